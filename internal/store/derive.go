package store

import (
	"context"
	"fmt"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// derivation numbers the rules by which the columns below and the facets are made. Raise it when they change: the next
// Open makes them anew.
const derivation = "2"

// derive makes anew what Go derives from entries and the site's time zone, unless that was done under the same rules: the
// day on which an article came out, the precision of an event's date, and all facets. It may be stopped and run again.
func (s *Store) derive(ctx context.Context) error {
	site, err := s.Site(ctx)
	if err != nil {
		return err
	}
	by := derivation + " " + string(site.TimeZone)
	done := false
	err = s.db.Query(ctx, engine.Stmt{SQL: `SELECT derived_by = +? FROM sites`, Args: []any{by},
		Scan: func(r *engine.Row) error { done, _ = r.NullBool(); return nil }})
	if err != nil || done {
		return err
	}
	zone, err := site.TimeZone.Location()
	if err != nil {
		return err
	}
	if err := s.deriveAll(ctx, articleListing, `SELECT id, published_at, NULL FROM articles WHERE id > ? ORDER BY id LIMIT ?`,
		`UPDATE articles SET published_day = j.value ->> 1 FROM json_each(?) j WHERE articles.id = j.value ->> 0`,
		func(r *engine.Row) (any, error) { day := publishedDay(nullInstant(r), zone); r.Skip(); return day, nil }); err != nil {
		return err
	}
	if err := s.deriveAll(ctx, eventListing, `SELECT id, edtf, calendar FROM events WHERE id > ? ORDER BY id LIMIT ?`,
		`UPDATE events SET precision = j.value ->> 1 FROM json_each(?) j WHERE events.id = j.value ->> 0`,
		func(r *engine.Row) (any, error) {
			date, err := news.ParseHistoricalDate(r.Text(), news.CalendarModel(r.Text()))
			return orNullText(date.Precision), err
		}); err != nil {
		return err
	}
	return s.commit(ctx, "", s.now().UTC(), nil, []engine.Step{{SQL: `UPDATE sites SET derived_by = ?`, Args: []any{by}}, inZone(site.TimeZone)})
}

// deriveAll goes through all entries of a listing: query reads some after an id, value makes what update writes.
func (s *Store) deriveAll(ctx context.Context, l *listing, query, update string, value func(*engine.Row) (any, error)) error {
	const page = 500
	for after := news.ID(0); ; {
		var ids []news.ID
		var values [][2]any
		err := s.db.Query(ctx, engine.Stmt{SQL: query, Args: []any{int64(after), page}, Scan: func(r *engine.Row) error {
			id := id(r)
			v, err := value(r)
			ids, values = append(ids, id), append(values, [2]any{int64(id), v})
			return err
		}})
		if err != nil {
			return fmt.Errorf("derive: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		steps := append([]engine.Step{{SQL: update, Args: []any{asJSON(values)}}}, l.refile(ids)...)
		if err := s.commit(ctx, "", s.now().UTC(), nil, steps); err != nil {
			return fmt.Errorf("derive: %w", err)
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
