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

// Changes are what happened after a place in the journal, oldest first, at most limit: only what readers could see when
// publicOnly is set. The filter may be nil.
func (s *Store) Changes(ctx context.Context, after int64, publicOnly bool, filter *news.ChangeFilter, limit int) (list []*news.Change, err error) {
	c := condition{sql: "c.seq > ?", args: []any{after}}
	if publicOnly {
		c.and("c.is_public")
	}
	if err := c.changes(filter); err != nil {
		return nil, err
	}
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT c.seq, c.subject, c.kind, c.version, c.fields, c.tags, c.at, c.by, c.is_public FROM changes c WHERE ` + c.sql + ` ORDER BY c.seq LIMIT +?`,
		Args: append(c.args, limit),
		Scan: func(r *engine.Row) error {
			change, err := scanChange(r)
			list = append(list, change)
			return err
		},
	})
	return list, err
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
	if f.Subject != nil {
		c.and("c.subject = ?", int64(*f.Subject))
	}
	if f.Tags != nil {
		c.and("EXISTS (SELECT 1 FROM json_each(c.tags) t WHERE t.value IN (SELECT value FROM json_each(?)))", idList(f.Tags))
	}
	return nil
}

func scanChange(r *engine.Row) (*news.Change, error) {
	c := &news.Change{Seq: r.Int64(), Subject: id(r), Kind: news.ChangeKind(r.Text()), Revision: r.Int()}
	if fields := r.NullText(); fields != nil {
		if err := json.Unmarshal([]byte(*fields), &c.Fields); err != nil {
			return nil, fmt.Errorf("change %d: %w", c.Seq, err)
		}
	}
	tags, err := list[int64](r)
	for _, t := range tags {
		c.Tags = append(c.Tags, news.ID(t))
	}
	c.At, c.By, c.IsPublic = instant(r), r.NullText(), r.Bool()
	return c, err
}

// Earliest is the number of the oldest change that is kept; 1 before the first.
func (s *Store) Earliest(ctx context.Context) (seq int64, err error) {
	err = s.db.Query(ctx, engine.Stmt{SQL: `SELECT coalesce(min(seq), 1) FROM changes`,
		Scan: func(r *engine.Row) error { seq = r.Int64(); return nil }})
	return seq, err
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
	return s.commit(ctx, "", now, nil, []engine.Step{{SQL: `INSERT INTO followers (name, seq, at) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, at = excluded.at WHERE excluded.seq > seq`, Args: []any{name, seq, now.UnixMilli()}}})
}

// Position is the sequence number of the last change; 0 before the first.
func (s *Store) Position(ctx context.Context) (seq int64, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT coalesce(max(seq), 0) FROM changes`,
		Scan: func(r *engine.Row) error { seq = r.Int64(); return nil },
	})
	return seq, err
}
