package store

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// TestOnlyCommitWrites: no function but commit calls the engine's Write, so that no write can pass by the journal.
func TestOnlyCommitWrites(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var writers []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			ast.Inspect(d, func(n ast.Node) bool {
				s, ok := n.(*ast.SelectorExpr)
				if !ok || s.Sel.Name != "Write" {
					return true
				}
				if on, ok := s.X.(*ast.SelectorExpr); ok && on.Sel.Name == "db" {
					writers = append(writers, d.(*ast.FuncDecl).Name.Name)
				}
				return true
			})
		}
	}
	if !slices.Equal(writers, []string{"commit"}) {
		t.Errorf("db.Write is called in %v, want commit alone", writers)
	}
}

func TestTwoWritersOfOneVersion(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created, topic("w:t", "Peace"))
	subject := n.id("w:t")
	step := func(description string) []engine.Step {
		return []engine.Step{
			{SQL: `UPDATE topics SET same_as = '["https://loser.example"]' WHERE id = ?`, Args: []any{int64(subject)}},
			{SQL: `UPDATE topics SET description = ?, version = 2 WHERE id = ? AND version = 1`, Args: []any{description, int64(subject)}, Guard: "topic.version"},
		}
	}
	second := []change{{subject: subject, kind: news.ChangeUpdated, version: 2, tags: []news.ID{subject}}}
	if err := n.commit(ctx, "", noon, second, step("Peace treaty")[1:]); err != nil {
		t.Fatal(err)
	}
	before := n.text(`SELECT group_concat(seq || subject || kind || version || tags || at) FROM changes`)
	err := n.commit(ctx, "", noon, second, step("War"))
	if guard, ok := errors.AsType[*engine.GuardError](err); !ok || guard.Reason != "topic.version" || guard.Step != 1 {
		t.Errorf("the second writer of version 2 got %v", err)
	}
	// Without the guard the journal itself refuses.
	err = n.commit(ctx, "", noon, second, step("War")[:1])
	if broken, ok := errors.AsType[*engine.ConstraintError](err); !ok || broken.Table != "changes" {
		t.Errorf("a writer that forgot its guard got %v", err)
	}
	if got := n.text(`SELECT description || same_as FROM topics`); got != "Peace treaty[]" {
		t.Errorf("the topic is %q: the loser's batch was kept in part", got)
	}
	equal(t, "the journal", n.text(`SELECT group_concat(seq || subject || kind || version || tags || at) FROM changes`), before)
	n.check()
}

func TestJournalTellsWhatHappened(t *testing.T) {
	n := newNewsroom(t)
	start := n.position()
	filed := func(status news.EntryStatus, title string) news.Record {
		return article("w:a", title, func(a *news.ArticleRecord) { a.Status, a.Categories = status, []news.Ref{"w:c"} })
	}
	n.bring(news.Created, category("w:c", "World", ""), filed(news.StatusDraft, "Rain"))
	n.bring(news.Updated, filed(news.StatusPublished, "Rain"))
	n.bring(news.Updated, filed(news.StatusPublished, "Snow"))
	n.bring(news.Updated, filed(news.StatusRetracted, "Snow"))
	a, c := n.id("w:a"), n.id("w:c")
	type line struct {
		subject news.ID
		kind    string
		version int
		tags    string
		public  bool
	}
	var got []line
	n.query(`SELECT subject, kind, version, tags, is_public FROM changes WHERE seq > ? ORDER BY seq`, func(r *engine.Row) {
		got = append(got, line{id(r), r.Text(), r.Int(), r.Text(), r.Bool()})
	}, start)
	both := idList([]news.ID{a, c})
	equal(t, "the journal", got, []line{
		{c, "CREATED", 1, idList([]news.ID{c}), true}, {a, "CREATED", 1, both, false}, {a, "PUBLISHED", 2, both, true},
		{a, "MOVED", 3, both, true}, {a, "RETRACTED", 4, both, true}}) // the new title makes a new path
}

// TestJournalNamesListsLeft: who leaves a list changes it as much as who comes.
func TestJournalNamesListsLeft(t *testing.T) {
	n := newNewsroom(t)
	filed := func(in news.Ref) news.Record {
		return article("w:a", "Rain", func(a *news.ArticleRecord) { a.Categories = []news.Ref{in} })
	}
	n.bring(news.Created, category("w:world", "World", ""), category("w:asia", "Asia", "w:world"), category("w:sport", "Sport", ""), filed("w:asia"))
	n.bring(news.Updated, filed("w:sport"))
	var tags []int64
	n.query(`SELECT value FROM changes, json_each(tags) WHERE seq = (SELECT max(seq) FROM changes) ORDER BY value`, func(r *engine.Row) { tags = append(tags, r.Int64()) })
	var want []int64
	for _, ref := range []news.Ref{"w:a", "w:world", "w:asia", "w:sport"} {
		want = append(want, int64(n.id(ref)))
	}
	slices.Sort(want)
	equal(t, "tags", tags, want)
}

// TestSetSiteBesideAnother: an edit that was made from a site that has changed meanwhile is made again.
func TestSetSiteBesideAnother(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	calls := 0
	err := n.SetSite(ctx, func(s *news.Site) {
		if calls++; calls == 1 {
			if err := n.SetSite(ctx, func(s *news.Site) { s.Tagline = new("All the news") }); err != nil {
				t.Error(err)
			}
		}
		s.Name = "The Paper"
	})
	site, siteErr := n.Site(ctx)
	if err != nil || siteErr != nil || calls != 2 || site.Name != "The Paper" || site.Tagline == nil || *site.Tagline != "All the news" {
		t.Errorf("%+v after %d calls: %v %v", site, calls, err, siteErr)
	}
	n.check()
}
