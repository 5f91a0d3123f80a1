package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// change is an entry of the journal about one subject.
type change struct {
	subject news.ID
	kind    news.ChangeKind
	version int
	tags    []news.ID // whose lists may have changed
	fields  []string  // of the record; nil for all
	by      *string   // who made it; nil when nobody is known
	hidden  bool      // readers could not see the subject, neither before nor after
}

// commit writes the steps and appends the changes to the journal, all or nothing. It is the only way to write content.
// Two writers that read the same version of a subject cannot both commit.
func (s *Store) commit(ctx context.Context, opID string, at time.Time, changes []change, steps []engine.Step) error {
	for _, c := range changes {
		steps = append(steps, engine.Step{
			SQL:  `INSERT INTO changes (subject, kind, version, tags, fields, by, is_public, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			Args: []any{int64(c.subject), string(c.kind), c.version, idList(c.tags), fieldList(c.fields), c.by, !c.hidden, at.UnixMilli()},
		})
	}
	err := s.db.Write(ctx, opID, steps)
	if err == nil && len(changes) > 0 {
		s.notify()
	}
	return err
}

// Notify lets f be called after every write of this process to the journal. It must return at once.
func (s *Store) Notify(f func()) {
	s.listening.Lock()
	defer s.listening.Unlock()
	s.listeners = append(s.listeners, f)
}

func (s *Store) notify() {
	s.listening.RLock()
	defer s.listening.RUnlock()
	for _, f := range s.listeners {
		f()
	}
}

func fieldList(fields []string) any {
	if fields == nil {
		return nil
	}
	return listJSON(fields)
}

// A Stretch is a part of the journal.
type Stretch struct {
	Changes []*news.Change
	Last    int64 // the place of the last change that there is, whoever may see it
	Trimmed int64 // up to this place, only the last change of each subject is kept
}

// Changes are what the caller sees of what happened after a place in the journal, oldest first, at most limit. When they are
// fewer, everything up to Last has been looked at. The filter may be nil.
func (s *Reader) Changes(ctx context.Context, after int64, filter *news.ChangeFilter, limit int) (*Stretch, error) {
	c := condition{sql: "c.seq > ?", args: []any{after}}
	s.narrowChanges(&c)
	if err := c.changes(filter); err != nil {
		return nil, err
	}
	return stretch(ctx, s.db, c, limit)
}

// AllChanges are those after a place in the journal, oldest first, at most limit, whoever may see them.
func (s *Store) AllChanges(ctx context.Context, after int64, limit int) ([]*news.Change, error) {
	found, err := stretch(ctx, s.db, condition{sql: "c.seq > ?", args: []any{after}}, limit)
	if err != nil {
		return nil, err
	}
	return found.Changes, nil
}

func stretch(ctx context.Context, db engine.Engine, c condition, limit int) (*Stretch, error) {
	found := &Stretch{}
	return found, db.Query(ctx, engine.Stmt{
		SQL:  `SELECT (SELECT coalesce(max(seq), 0) FROM changes), coalesce((SELECT seq FROM followers WHERE name = +?), 0)`,
		Args: []any{trimmer},
		Scan: func(r *engine.Row) error { found.Last, found.Trimmed = r.Int64(), r.Int64(); return nil },
	}, engine.Stmt{
		SQL:  `SELECT c.seq, c.subject, c.kind, c.version, c.fields, c.tags, c.at, c.by, c.is_public FROM changes c WHERE ` + c.sql + ` ORDER BY c.seq LIMIT +?`,
		Args: append(c.args, limit),
		Scan: func(r *engine.Row) error {
			change, err := scanChange(r)
			found.Changes = append(found.Changes, change)
			return err
		},
	})
}

// narrowChanges leaves out what the caller may not see.
func (s *Reader) narrowChanges(c *condition) {
	if !s.preview {
		c.and("c.is_public")
	}
	if !s.caller.Has(news.ScopeKeysManage) {
		c.and(fmt.Sprintf("c.subject >> 16 & 63 <> %d", news.KindAPIKey))
	}
	c.and(fmt.Sprintf("c.subject >> 16 & 63 NOT IN (%d, %d)", news.KindRedirect, news.KindRelatedLists)) // never shown: they are no nodes
	if len(s.caller.Categories) > 0 {
		// Tags name the categories before the change and after it, so that who leaves a category is told to those who read it.
		c.and(fmt.Sprintf(`CASE WHEN c.subject >> 16 & 63 IN (%d, %d, %d, %d) THEN EXISTS (SELECT 1 FROM json_each(c.tags) j
			CROSS JOIN category_ancestors t ON t.category_id = j.value WHERE t.ancestor_id IN (%s)) ELSE true END`,
			news.KindArticle, news.KindHistoricalEvent, news.KindPage, news.KindCategory, s.grantedCategories()))
	}
	if len(s.caller.Locales) > 0 {
		for _, table := range []string{"articles", "events", "pages"} {
			c.and(`NOT EXISTS (SELECT 1 FROM ` + table + ` x WHERE x.id = c.subject AND x.locale NOT IN (` + s.grantedLocales() + `))`)
		}
	}
	if s.caller.SyndicatableOnly {
		// Whoever had an article that is taken from them must learn of it.
		c.and(`(NOT EXISTS (SELECT 1 FROM articles x WHERE x.id = c.subject AND NOT x.is_syndicatable)
			OR c.version > 1 AND EXISTS (SELECT 1 FROM json_each(c.fields) WHERE value = 'isNotSyndicatable'))`)
	}
}

func (c *condition) changes(f *news.ChangeFilter) error {
	if f == nil {
		return nil
	}
	if f.Kinds != nil {
		c.and("c.kind IN (SELECT value FROM json_each(?))", listJSON(f.Kinds))
	}
	if f.Types != nil {
		kinds := make([]int, len(f.Types))
		for i, t := range f.Types {
			kind, ok := searchKinds[t]
			if !ok {
				return news.Invalidf("there is no type %s", t)
			}
			kinds[i] = int(kind)
		}
		c.and("c.subject >> 16 & 63 IN (SELECT value FROM json_each(?))", listJSON(kinds))
	}
	if f.SubjectID != nil {
		c.and("c.subject = ?", int64(*f.SubjectID))
	}
	if f.Tags != nil {
		// The lists of a category hold what is filed below it.
		c.and(`EXISTS (SELECT 1 FROM json_each(c.tags) t WHERE t.value IN (SELECT value FROM json_each(?)
			UNION ALL SELECT a.category_id FROM json_each(?) g JOIN category_ancestors a ON a.ancestor_id = g.value))`, idList(f.Tags), idList(f.Tags))
	}
	return nil
}

func scanChange(r *engine.Row) (*news.Change, error) {
	c := &news.Change{Seq: r.Int64(), SubjectID: id(r), Kind: news.ChangeKind(r.Text()), Revision: r.Int()}
	if fields := r.NullText(); fields != nil {
		if err := json.Unmarshal([]byte(*fields), &c.ChangedFields); err != nil {
			return nil, fmt.Errorf("change %d: %w", c.Seq, err)
		}
	}
	tags, err := list[int64](r)
	for _, t := range tags {
		c.Tags = append(c.Tags, news.ID(t))
	}
	c.At, c.MadeBy, c.IsPublic = instant(r), r.NullText(), r.Bool()
	return c, err
}

// trimmer is the follower that deletes old changes.
const trimmer = "trim"

// trimmedAtOnce bounds how long a trimming holds up others who write, in places of the journal.
const trimmedAtOnce = 5000

// Trim deletes the changes that are older than keep, up to the one where the slowest follower stands. The last change of each
// subject stays: the versions of nodes rest on it, and so whoever reads the journal from the start finds every node there is
// and every deletion.
func (s *Store) Trim(ctx context.Context, keep time.Duration) error {
	from, to, err := s.trimmable(ctx, s.now().Add(-keep))
	for ; err == nil && from < to; from += trimmedAtOnce {
		now, until := s.now().UTC(), min(from+trimmedAtOnce, to)
		err = s.commit(ctx, "", now, nil, []engine.Step{
			// What an earlier trimming has left of these subjects goes, too.
			{SQL: `DELETE FROM changes WHERE subject IN (SELECT subject FROM changes WHERE seq > ?1 AND seq <= ?2) AND seq <= ?2
				AND version < (SELECT max(version) FROM changes c WHERE c.subject = changes.subject)`, Args: []any{from, until}},
			followed(trimmer, until, now),
		})
	}
	return err
}

// trimmable is the stretch of the journal that is older than an instant, was not trimmed before, and that no follower needs.
func (s *Store) trimmable(ctx context.Context, before time.Time) (from, to int64, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT coalesce((SELECT seq FROM followers WHERE name = +?), 0), coalesce((SELECT min(seq) FROM followers WHERE name <> +?), -1)`,
		Args: []any{trimmer, trimmer},
		Scan: func(r *engine.Row) error { from, to = r.Int64(), r.Int64(); return nil },
	})
	slowest := to
	if err != nil || slowest == 0 {
		return from, from, err
	}
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT coalesce((SELECT seq - 1 FROM changes WHERE seq > ? AND at >= ? ORDER BY seq LIMIT 1), (SELECT max(seq) FROM changes), 0)`,
		Args: []any{from, before.UnixMilli()},
		Scan: func(r *engine.Row) error { to = r.Int64(); return nil },
	})
	if slowest > 0 {
		to = min(to, slowest)
	}
	return from, to, err
}

// Followed is how far a follower of the journal has come; 0 before its first change.
func (s *Store) Followed(ctx context.Context, name string) (seq int64, err error) {
	err = s.db.Query(ctx, engine.Stmt{SQL: `SELECT seq FROM followers WHERE name = +?`, Args: []any{name},
		Scan: func(r *engine.Row) error { seq = r.Int64(); return nil }})
	return seq, err
}

// Follow notes that a follower has dealt with all changes up to one.
func (s *Store) Follow(ctx context.Context, name string, seq int64) error {
	now := s.now().UTC()
	return s.commit(ctx, "", now, nil, []engine.Step{followed(name, seq, now)})
}

func followed(name string, seq int64, now time.Time) engine.Step {
	return engine.Step{SQL: `INSERT INTO followers (name, seq, at) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, at = excluded.at WHERE excluded.seq > seq`, Args: []any{name, seq, now.UnixMilli()}}
}

// Position is the sequence number of the last change; 0 before the first.
func (s *Store) Position(ctx context.Context) (seq int64, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT coalesce(max(seq), 0) FROM changes`,
		Scan: func(r *engine.Row) error { seq = r.Int64(); return nil },
	})
	return seq, err
}
