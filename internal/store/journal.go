package store

import (
	"context"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// change is an entry of the journal about one subject.
type change struct {
	subject news.ID
	kind    changeKind
	version int
	tags    []news.ID // whose lists may have changed
}

type changeKind string

const (
	changeCreated   changeKind = "CREATED"
	changeUpdated   changeKind = "UPDATED"
	changePublished changeKind = "PUBLISHED"
)

// commit writes the steps and appends the changes to the journal, all or nothing. It is the only way to write content.
// Two writers that read the same version of a subject cannot both commit.
func (s *Store) commit(ctx context.Context, opID string, at time.Time, changes []change, steps []engine.Step) error {
	type line struct {
		S int64   `json:"s"`
		K string  `json:"k"`
		V int     `json:"v"`
		T []int64 `json:"t"`
	}
	lines := make([]line, len(changes))
	for i, c := range changes {
		lines[i] = line{int64(c.subject), string(c.kind), c.version, make([]int64, len(c.tags))}
		for j, tag := range c.tags {
			lines[i].T[j] = int64(tag)
		}
	}
	return s.db.Write(ctx, opID, append(steps, engine.Step{
		SQL: `INSERT INTO changes (subject, kind, version, tags, at)
			SELECT value ->> 's', value ->> 'k', value ->> 'v', value -> 't', ? FROM json_each(?) ORDER BY key`,
		Args: []any{at.UnixMilli(), listJSON(lines)},
	}))
}

// Position is the sequence number of the last change; 0 before the first.
func (s *Store) Position(ctx context.Context) (seq int64, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT coalesce(max(seq), 0) FROM changes`,
		Scan: func(r *engine.Row) error { seq = r.Int64(); return nil },
	})
	return seq, err
}
