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
	fields  []string  // of the record; nil for all
	by      *string   // who made it; nil when nobody is known
}

type changeKind string

const (
	changeCreated   changeKind = "CREATED"
	changeUpdated   changeKind = "UPDATED"
	changePublished changeKind = "PUBLISHED"

	changeCorrected   changeKind = "CORRECTED"
	changeScheduled   changeKind = "SCHEDULED"
	changeUnpublished changeKind = "UNPUBLISHED"
	changeRetracted   changeKind = "RETRACTED"
	changeDeleted     changeKind = "DELETED"
	changeMoved       changeKind = "MOVED" // to another path
)

// commit writes the steps and appends the changes to the journal, all or nothing. It is the only way to write content.
// Two writers that read the same version of a subject cannot both commit.
func (s *Store) commit(ctx context.Context, opID string, at time.Time, changes []change, steps []engine.Step) error {
	for _, c := range changes {
		steps = append(steps, engine.Step{
			SQL:  `INSERT INTO changes (subject, kind, version, tags, fields, by, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			Args: []any{int64(c.subject), string(c.kind), c.version, idList(c.tags), fieldList(c.fields), c.by, at.UnixMilli()},
		})
	}
	return s.db.Write(ctx, opID, steps)
}

func fieldList(fields []string) any {
	if fields == nil {
		return nil
	}
	return listJSON(fields)
}

// Position is the sequence number of the last change; 0 before the first.
func (s *Store) Position(ctx context.Context) (seq int64, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT coalesce(max(seq), 0) FROM changes`,
		Scan: func(r *engine.Row) error { seq = r.Int64(); return nil },
	})
	return seq, err
}
