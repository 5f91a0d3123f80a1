package store

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
)

// noon is when the tests' newsrooms live.
var noon = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

// newsroom is a store on a file of its own, or of several stores.
type newsroom struct {
	*Store
	*Reader // as everybody
	db      engine.Engine
	t       testing.TB
	path    string
	clock   *clock
	terms   map[string]news.ID // found by term
}

// clock tells the time that a test sets.
type clock struct {
	mu   sync.Mutex
	time time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time = c.time.Add(d)
}

func newNewsroom(t testing.TB) *newsroom {
	t.Helper()
	return openNewsroom(t, filepath.Join(t.TempDir(), "newsroom.db"))
}

// openNewsroom opens a file that other newsrooms may have open.
func openNewsroom(t testing.TB, path string) *newsroom {
	t.Helper()
	db, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return newsroomOn(t, db, path)
}

func newsroomOn(t testing.TB, db engine.Engine, path string) *newsroom {
	t.Helper()
	n := &newsroom{t: t, path: path, clock: &clock{time: noon}, terms: map[string]news.ID{}}
	var err error
	if n.Store, err = Open(context.Background(), db, n.clock.now); err != nil {
		t.Fatal(err)
	}
	n.db, n.Reader = db, n.As(news.AnyCaller())
	return n
}

// bring imports records, each of which must come to the given result.
func (n *newsroom) bring(want news.ImportResult, records ...news.Record) []news.Outcome {
	n.t.Helper()
	outcomes := n.try(records...)
	for i, o := range outcomes {
		if o.Result != want {
			n.t.Fatalf("%s: %s (%s), want %s", records[i].Ref, o.Result, o.Reason, want)
		}
	}
	return outcomes
}

func (n *newsroom) try(records ...news.Record) []news.Outcome {
	n.t.Helper()
	outcomes, err := n.Import(context.Background(), records)
	if err != nil {
		n.t.Fatal(err)
	}
	if len(outcomes) != len(records) {
		n.t.Fatalf("%d outcomes for %d records", len(outcomes), len(records))
	}
	return outcomes
}

func (n *newsroom) finish() []news.Unresolved {
	n.t.Helper()
	list, err := n.FinishImport(context.Background())
	if err != nil {
		n.t.Fatal(err)
	}
	return list
}

// id is the node that was imported under a ref.
func (n *newsroom) id(ref news.Ref) news.ID {
	n.t.Helper()
	system, value := splitRef(ref)
	found := n.number(`SELECT coalesce((SELECT subject FROM external_refs WHERE system = ? AND value = ?), 0)`, system, value)
	if found == 0 {
		n.t.Fatalf("nothing was imported as %s", ref)
	}
	return news.ID(found)
}

func (n *newsroom) article(ref news.Ref) *news.Article {
	n.t.Helper()
	a, err := n.Article(context.Background(), news.ArticleRef{ID: new(n.id(ref))})
	if err != nil {
		n.t.Fatalf("%s: %v", ref, err)
	}
	return a
}

func (n *newsroom) category(ref news.Ref) *news.Category {
	n.t.Helper()
	c, err := n.Category(context.Background(), news.TermRef{ID: new(n.id(ref))})
	if err != nil {
		n.t.Fatalf("%s: %v", ref, err)
	}
	return c
}

// number is the first value of the first row.
func (n *newsroom) number(sql string, args ...any) (v int64) {
	n.t.Helper()
	n.query(sql, func(r *engine.Row) { v = r.Int64() }, args...)
	return v
}

func (n *newsroom) numbers(sql string, args ...any) (v []int64) {
	n.t.Helper()
	n.query(sql, func(r *engine.Row) { v = append(v, r.Int64()) }, args...)
	return v
}

func (n *newsroom) text(sql string, args ...any) string {
	n.t.Helper()
	var lines []string
	n.query(sql, func(r *engine.Row) { lines = append(lines, r.Text()) }, args...)
	return strings.Join(lines, "\n")
}

func (n *newsroom) query(sql string, scan func(*engine.Row), args ...any) {
	n.t.Helper()
	err := n.db.Query(context.Background(), engine.Stmt{SQL: sql, Args: args, Scan: func(r *engine.Row) error { scan(r); return nil }})
	if err != nil {
		n.t.Fatal(err)
	}
}

func (n *newsroom) position() int64 {
	n.t.Helper()
	seq, err := n.Position(context.Background())
	if err != nil {
		n.t.Fatal(err)
	}
	return seq
}

// Short forms of records; edit changes what matters to a test.

func article(ref news.Ref, title string, edit ...func(*news.ArticleRecord)) news.Record {
	a := &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: title}}, Body: news.HTML("<p>About " + title + ".</p>")}
	return news.Record{Ref: ref, Article: edited(a, edit)}
}

func page(ref news.Ref, title string, edit ...func(*news.PageRecord)) news.Record {
	return news.Record{Ref: ref, Page: edited(&news.PageRecord{Page: news.Page{Head: news.Head{Title: title}}, Body: "<p>Page.</p>"}, edit)}
}

func event(ref news.Ref, title string, date news.EDTF, edit ...func(*news.EventRecord)) news.Record {
	e := &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: title}}, Date: date}
	return news.Record{Ref: ref, Event: edited(e, edit)}
}

func category(ref news.Ref, name string, parent news.Ref, edit ...func(*news.CategoryRecord)) news.Record {
	return news.Record{Ref: ref, Category: edited(&news.CategoryRecord{Category: news.Category{Name: name}, Parent: parent}, edit)}
}

func topic(ref news.Ref, name string, edit ...func(*news.TopicRecord)) news.Record {
	return news.Record{Ref: ref, Topic: edited(&news.TopicRecord{Topic: news.Topic{Name: name}}, edit)}
}

func author(ref news.Ref, name string, edit ...func(*news.AuthorRecord)) news.Record {
	return news.Record{Ref: ref, Author: edited(&news.AuthorRecord{Author: news.Author{Name: name}}, edit)}
}

func image(ref news.Ref, url news.URL, edit ...func(*news.ImageRecord)) news.Record {
	return news.Record{Ref: ref, Image: edited(&news.ImageRecord{Image: news.Image{File: url}}, edit)}
}

func redirect(ref news.Ref, from news.Path, target news.Ref) news.Record {
	return news.Record{Ref: ref, Redirect: &news.RedirectRecord{From: from, Target: target}}
}

func edited[T any](record *T, edits []func(*T)) *T {
	for _, edit := range edits {
		edit(record)
	}
	return record
}

func equal[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}
