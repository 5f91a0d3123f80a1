// Package store keeps the newsroom in SQL. It reads many things at once and writes in batches; every write of content
// appends to the journal in the same batch. See DESIGN.md for the tables that lists are read from.
package store

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store reads and writes one newsroom. It is safe for concurrent use.
type Store struct {
	db  engine.Engine
	now func() time.Time
	ids news.IDs

	saving      sync.RWMutex // see inBatch
	usualLocale atomic.Value // the news.Locale that the site had when it was last looked at; for stage
	rankings    rankings     // of searches
	bounds      searchBounds

	listening sync.RWMutex
	listeners []func() // see Notify
}

// Migrations are the schema's, for [engine.Migrate].
func Migrations() fs.FS {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return files
}

// Open brings the schema up to date and returns the store. It does not take over db: the caller closes it after the
// last use of the store.
func Open(ctx context.Context, db engine.Engine, now func() time.Time) (*Store, error) {
	if _, err := engine.Migrate(ctx, db, Migrations(), now()); err != nil {
		return nil, err
	}
	s := &Store{db: db, now: now, bounds: usualBounds}
	last, err := s.lastID(ctx)
	if err != nil {
		return nil, err
	}
	s.ids.ContinueAfter(last)
	if err := s.foundSite(ctx); err != nil {
		return nil, err
	}
	return s, s.derive(ctx)
}

// lastID is the highest id ever given: the journal has them all but those of claims.
func (s *Store) lastID(ctx context.Context) (last news.ID, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT max(coalesce((SELECT max(subject) FROM changes), 0), coalesce((SELECT max(id) FROM date_claims), 0))`,
		Scan: func(r *engine.Row) error { last = id(r); return nil },
	})
	return last, err
}

// Ready fails when the database does not answer.
func (s *Store) Ready(ctx context.Context) error {
	return s.db.Query(ctx, engine.Stmt{SQL: `SELECT 1`})
}

// The forms in which columns hold Go values.

func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

func instant(r *engine.Row) time.Time { return time.UnixMilli(r.Int64()).UTC() }

func nullInstant(r *engine.Row) time.Time {
	if ms, ok := r.NullInt64(); ok {
		return time.UnixMilli(ms).UTC()
	}
	return time.Time{}
}

func id(r *engine.Row) news.ID { return news.ID(r.Int64()) }

func nullID(r *engine.Row) news.ID {
	v, _ := r.NullInt64()
	return news.ID(v)
}

// orNull stores the absence of a node.
func orNull(id news.ID) any {
	if id == 0 {
		return nil
	}
	return int64(id)
}

func nullInt(r *engine.Row) *int {
	if v, ok := r.NullInt(); ok {
		return &v
	}
	return nil
}

func nullURL(r *engine.Row) *news.URL { return (*news.URL)(r.NullText()) }

func nullDate(r *engine.Row) (*news.Date, error) {
	text := r.NullText()
	if text == nil {
		return nil, nil
	}
	date, err := news.ParseDate(*text)
	return &date, err
}

func nullRichText(r *engine.Row) *news.RichText {
	html, text := r.NullText(), r.NullText()
	if html == nil || text == nil {
		return nil
	}
	return &news.RichText{HTML: news.HTML(*html), Text: *text}
}

func list[T any](r *engine.Row) (values []T, err error) {
	text := r.Text()
	if text == "[]" {
		return []T{}, nil
	}
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		return nil, fmt.Errorf("a stored list is not JSON: %w", err)
	}
	return values, nil
}

// asJSON is for values whose encoding cannot fail.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func listJSON[T any](values []T) string {
	if len(values) == 0 {
		return "[]"
	}
	return asJSON(values)
}

// idList is the argument of json_each(?) for ids; as numbers, unlike their JSON form.
func idList(ids []news.ID) string {
	numbers := make([]int64, len(ids))
	for i, id := range ids {
		numbers[i] = int64(id)
	}
	return listJSON(numbers)
}
