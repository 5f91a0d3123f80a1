package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// derivation numbers the rules by which the columns below, the fingerprints, the facets and the words of the search index are
// made. Raise it when they change, those of internal/analysis and its stems included: the next Open makes all of it anew.
const derivation = "5"

// derive makes anew what Go derives from entries and the site's time zone, unless that was done under the same rules: the
// day on which an article came out, the precision of an event's date, and all facets; and fingerprints and the search index, which know no zone. It
// may be stopped and run again, and others may write at the same time.
func (s *Store) derive(ctx context.Context) error {
	for {
		site, err := s.Site(ctx)
		if err != nil {
			return err
		}
		err = s.deriveFor(ctx, site.TimeZone, site.Revision)
		if _, lost := errors.AsType[*engine.GuardError](err); !lost {
			return err
		}
		// Somebody changed the site: what was done is worth nothing if that was its zone.
	}
}

// deriveFor fails with a GuardError when the site has another version.
func (s *Store) deriveFor(ctx context.Context, timeZone news.TimeZone, version int) error {
	by, before := derivation+" "+string(timeZone), ""
	err := s.db.Query(ctx, engine.Stmt{SQL: `SELECT coalesce(derived_by, '') FROM sites`,
		Scan: func(r *engine.Row) error { before = r.Text(); return nil }})
	if err != nil || before == by {
		return err
	}
	zone, err := timeZone.Location()
	if err != nil {
		return err
	}
	same := engine.Step{SQL: `UPDATE sites SET version = version WHERE version = ?`, Args: []any{version}, Guard: "site.version"}
	isOutdated := !strings.HasPrefix(before, derivation+" ")
	if isOutdated {
		if err := s.fingerprintAll(ctx, same); err != nil {
			return err
		}
	}
	if err := s.deriveAll(ctx, same, articleListing, `SELECT id, published_at FROM articles WHERE id > ? ORDER BY id LIMIT ?`,
		`UPDATE articles SET published_day = j.value ->> 1 FROM json_each(?) j WHERE articles.id = j.value ->> 0 AND articles.published_at IS j.value ->> 2`,
		func(r *engine.Row) (day, of any, err error) {
			at := nullInstant(r)
			return publishedDay(at, zone), millis(at), nil
		}); err != nil {
		return err
	}
	if err := s.deriveAll(ctx, same, eventListing, `SELECT id, edtf, calendar FROM events WHERE id > ? ORDER BY id LIMIT ?`,
		`UPDATE events SET precision = j.value ->> 1 FROM json_each(?) j WHERE events.id = j.value ->> 0 AND events.edtf = j.value ->> 2`,
		func(r *engine.Row) (precision, of any, err error) {
			edtf := r.Text()
			date, err := news.ParseHistoricalDate(edtf, news.CalendarModel(r.Text()))
			return orNullText(date.Precision), edtf, err
		}); err != nil {
		return err
	}
	if isOutdated {
		if err := s.reindex(ctx); err != nil {
			return err
		}
	}
	return s.commit(ctx, "", s.now().UTC(), nil, []engine.Step{{SQL: `UPDATE sites SET derived_by = ?`, Args: []any{by}}, same})
}

// deriveAll goes through all entries of a listing: query reads some after an id, value gives what update writes, and the
// column it follows from: an entry that somebody changes meanwhile has been derived by who did. Each batch holds same.
func (s *Store) deriveAll(ctx context.Context, same engine.Step, l *listing, query, update string, value func(*engine.Row) (derived, of any, err error)) error {
	const page = 500
	for after := news.ID(0); ; {
		var ids []news.ID
		var values [][3]any
		err := s.db.Query(ctx, engine.Stmt{SQL: query, Args: []any{int64(after), page}, Scan: func(r *engine.Row) error {
			id := id(r)
			derived, of, err := value(r)
			ids, values = append(ids, id), append(values, [3]any{int64(id), derived, of})
			return err
		}})
		if err != nil {
			return fmt.Errorf("derive: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		steps := append([]engine.Step{same, {SQL: update, Args: []any{asJSON(values)}}}, l.refile(ids)...)
		if err := s.commit(ctx, "", s.now().UTC(), nil, steps); err != nil {
			return fmt.Errorf("derive: %w", err)
		}
		after = ids[len(ids)-1]
	}
}

// reindex makes the search indexes hold all documents by the rules of today.
func (s *Store) reindex(ctx context.Context) error {
	for _, documents := range documentsOf {
		if err := s.reindexAll(ctx, documents); err != nil {
			return fmt.Errorf("reindex: %w", err)
		}
	}
	return nil
}

// reindexAll reads and writes the documents of a type page by page, and does a page again when somebody has changed one of its
// documents meanwhile.
func (s *Store) reindexAll(ctx context.Context, documents string) error {
	const page = 500
	for after := news.ID(0); ; {
		b, seq := &batch{}, int64(0)
		var ids []news.ID
		err := s.db.Query(ctx,
			engine.Stmt{SQL: `SELECT coalesce(max(seq), 0) FROM changes`, Scan: func(r *engine.Row) error { seq = r.Int64(); return nil }},
			engine.Stmt{SQL: `SELECT * FROM (` + documents + `) WHERE id > ? ORDER BY id LIMIT ?`, Args: []any{int64(after), page}, Long: true, Scan: func(r *engine.Row) error {
				doc, visible := scanDocument(r)
				b.documents = append(b.documents, indexed{doc, len(b.indexing)})
				b.indexing = append(b.indexing, engine.Step{SQL: indexOf(visible)})
				ids = append(ids, doc.id)
				return nil
			}})
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return nil
		}
		b.analyse()
		steps := []engine.Step{{SQL: `UPDATE sites SET version = version WHERE NOT EXISTS (
			SELECT 1 FROM changes WHERE seq > ? AND subject IN (SELECT value FROM json_each(?)))`, Args: []any{seq, idList(ids)}, Guard: "documents"}}
		for _, index := range []string{indexOf(true), indexOf(false)} {
			steps = append(steps, engine.Step{SQL: `DELETE FROM ` + index + ` WHERE rowid IN (SELECT value FROM json_each(?))`, Args: []any{idList(ids)}, Late: true})
		}
		err = s.commit(ctx, "", s.now().UTC(), nil, append(steps, b.indexing...))
		if _, changed := errors.AsType[*engine.GuardError](err); changed {
			continue
		}
		if err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}

// publishedDay is what column published_day holds for an instant.
func publishedDay(at time.Time, zone *time.Location) any {
	if at.IsZero() {
		return nil
	}
	return news.DateOf(at.In(zone)).MonthDay().Number()
}

// inZone lets a batch fail whose days were reckoned in a zone that the site has left since.
func inZone(zone news.TimeZone) engine.Step {
	return engine.Step{SQL: `UPDATE sites SET time_zone = time_zone WHERE time_zone = ?`, Args: []any{string(zone)}, Guard: "site.time_zone"}
}

func orNullText[T ~string](s T) any {
	if s == "" {
		return nil
	}
	return string(s)
}
