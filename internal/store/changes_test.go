package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

// seen are the changes that a caller sees, as "kind revision".
func (n *newsroom) seen(grant news.Grant, filter *news.ChangeFilter, of ...news.ID) (seen []string) {
	n.t.Helper()
	found, err := n.As(&news.Caller{Grant: grant}).Changes(context.Background(), 0, filter, 1000)
	if err != nil {
		n.t.Fatal(err)
	}
	for _, c := range found.Changes {
		if slices.Contains(of, c.SubjectID) {
			seen = append(seen, fmt.Sprint(c.Kind, " ", c.Revision))
		}
	}
	return seen
}

// TestWhoSeesWhichChanges tells of one article to callers with other rights: it moves from one section to another, loses its
// syndication, is taken off the site and edited there.
func TestWhoSeesWhichChanges(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created, category("w:world", "World", ""), category("w:asia", "Asia", "w:world"), category("w:sport", "Sport", ""))
	world, sport := n.id("w:world"), n.id("w:sport")
	a := n.save(Edit{Change: draft("Rain", func(a *news.ArticleRecord) { a.Categories = []news.Ref{"w:asia"} })}).ID // hidden
	edit := func(change func(*news.ArticleRecord)) {
		n.save(Edit{ID: a, Change: func(r *news.Record) error { change(r.Article); return nil }})
	}
	if _, err := n.Publish(ctx, Step{ID: a, By: "Ada"}, news.Schedule{}); err != nil { // 2
		t.Fatal(err)
	}
	edit(func(a *news.ArticleRecord) { a.Standfirst = new("Wet.") }) // 3, in Asia
	edit(func(a *news.ArticleRecord) {
		a.PrimaryCategory, a.Categories = news.RefOf(sport), []news.Ref{news.RefOf(sport)}
	}) // 4, to Sport
	edit(func(a *news.ArticleRecord) { a.Standfirst = new("Wetter.") })    // 5, in Sport
	edit(func(a *news.ArticleRecord) { a.IsNotSyndicatable = true })       // 6
	if _, err := n.Unpublish(ctx, Step{ID: a, By: "Ada"}, 0); err != nil { // 7
		t.Fatal(err)
	}
	edit(func(a *news.ArticleRecord) { a.Standfirst = new("Wettest.") }) // 8, hidden
	key, err := n.CreateKey(ctx, news.APIKey{Name: "K", Prefix: "dl_live_x", Grant: news.Grant{Scopes: []news.Scope{news.ScopeContentRead}, BodyDepth: news.BodyFull}}, [32]byte{})
	if err != nil {
		t.Fatal(err)
	}
	public := []string{"PUBLISHED 2", "UPDATED 3", "UPDATED 4", "UPDATED 5", "UPDATED 6", "UNPUBLISHED 7"}
	read := []news.Scope{news.ScopeContentRead}
	for _, c := range []struct {
		what  string
		grant news.Grant
		want  []string
	}{
		{"readers", news.Grant{Scopes: read}, public},
		{"editors", news.Grant{Scopes: []news.Scope{news.ScopeContentEdit}}, slices.Concat([]string{"CREATED 1"}, public, []string{"UPDATED 8"})},
		{"who previews and manages keys", news.Grant{Scopes: []news.Scope{news.ScopeContentPreview, news.ScopeKeysManage}},
			slices.Concat([]string{"CREATED 1"}, public, []string{"UPDATED 8", "CREATED 1"})},
		{"readers of World", news.Grant{Scopes: read, Categories: []news.ID{world}}, []string{"PUBLISHED 2", "UPDATED 3", "UPDATED 4"}},
		{"readers of Sport", news.Grant{Scopes: read, Categories: []news.ID{sport}}, []string{"UPDATED 4", "UPDATED 5", "UPDATED 6", "UNPUBLISHED 7"}},
		{"readers of its language", news.Grant{Scopes: read, Locales: []news.Locale{"en"}}, public},
		{"readers of another", news.Grant{Scopes: read, Locales: []news.Locale{"de"}}, nil},
		{"syndication partners", news.Grant{Scopes: read, SyndicatableOnly: true}, []string{"UPDATED 6"}},
	} {
		equal(t, c.what, n.seen(c.grant, nil, a, key.ID), c.want)
	}
	for _, c := range []struct {
		filter news.ChangeFilter
		want   []string
	}{
		{news.ChangeFilter{Kinds: []news.ChangeKind{news.ChangePublished, news.ChangeUnpublished}}, []string{"PUBLISHED 2", "UNPUBLISHED 7"}},
		{news.ChangeFilter{Types: []news.SearchType{news.SearchPages}}, nil},
		{news.ChangeFilter{Types: []news.SearchType{news.SearchArticles}, Tags: []news.ID{n.id("w:asia")}}, []string{"PUBLISHED 2", "UPDATED 3", "UPDATED 4"}},
		{news.ChangeFilter{Tags: []news.ID{world}, Kinds: []news.ChangeKind{news.ChangePublished}}, []string{"PUBLISHED 2"}}, // in Asia, below World
		{news.ChangeFilter{Tags: []news.ID{sport}, Kinds: []news.ChangeKind{news.ChangePublished}}, nil},
		{news.ChangeFilter{SubjectID: &a, Kinds: []news.ChangeKind{}}, nil},
		{news.ChangeFilter{SubjectID: &a}, public},
	} {
		equal(t, fmt.Sprintf("%+v", c.filter), n.seen(news.Grant{Scopes: read}, &c.filter, a), c.want)
	}
}

// TestTrim deletes what is old, and nothing that anybody needs.
func TestTrim(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	id := n.save(Edit{Change: draft("Rain")}).ID
	edit := func(text string) {
		n.save(Edit{ID: id, Change: func(r *news.Record) error { r.Article.Standfirst = &text; return nil }})
	}
	edit("one")
	edit("two")
	other := n.save(Edit{Change: draft("Snow")}).ID
	old, _ := n.Position(ctx)
	n.clock.advance(48 * time.Hour)
	edit("three")
	edit("four")
	trim := func() {
		t.Helper()
		if err := n.Trim(ctx, 24*time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	left := func() []int64 {
		return n.numbers(`SELECT version FROM changes WHERE subject = ? ORDER BY version`, int64(id))
	}
	if err := n.Follow(ctx, "slow", 0); err != nil {
		t.Fatal(err)
	}
	trim()
	equal(t, "while a follower has seen nothing", left(), []int64{1, 2, 3, 4, 5})
	if err := n.Follow(ctx, "slow", old-2); err != nil { // up to "one"
		t.Fatal(err)
	}
	trim()
	equal(t, "while a follower is behind", left(), []int64{3, 4, 5})
	if err := n.Follow(ctx, "slow", old+1); err != nil {
		t.Fatal(err)
	}
	trim()
	equal(t, "at last", left(), []int64{4, 5})
	equal(t, "of one with a single change", n.numbers(`SELECT version FROM changes WHERE subject = ?`, int64(other)), []int64{1})
	found, err := n.As(news.AnyCaller()).Changes(ctx, 0, nil, 10)
	if err != nil || found.Trimmed != old || found.Last != old+2 {
		t.Errorf("trimmed %d of %d (%v), want %d of %d", found.Trimmed, found.Last, err, old, old+2)
	}
	// What rests on versions goes on.
	_, err = n.Save(ctx, Edit{ID: id, Expected: 2, By: "Bob", Change: func(r *news.Record) error { r.Article.Title = "Sleet"; return nil }})
	if conflict, ok := errors.AsType[*news.RevisionConflict](err); !ok || conflict.Current != 5 || fmt.Sprint(conflict.Both) != "[title]" {
		t.Errorf("a conflict with what was trimmed is %v", err)
	}
	if saved := n.save(Edit{ID: id, Expected: 5, Change: func(r *news.Record) error { r.Article.Title = "Sleet"; return nil }}); saved.Revision != 6 {
		t.Errorf("saved as revision %d", saved.Revision)
	}
	n.clock.advance(48 * time.Hour)
	if err := n.Follow(ctx, "slow", old+3); err != nil {
		t.Fatal(err)
	}
	trim()
	equal(t, "of all that is old", left(), []int64{6})
	sound := func() {
		t.Helper()
		if faults, err := n.CheckJournal(ctx); err != nil || len(faults) > 0 {
			t.Errorf("after the trimming: %v, %v", faults, err)
		}
	}
	sound()
	if saved := n.save(Edit{ID: id, Change: func(r *news.Record) error { r.Article.Title = "Hail"; return nil }}); saved.Seq != old+4 {
		t.Errorf("the next change is number %d, want %d", saved.Seq, old+4)
	}
	// What an earlier trimming has left goes when it is overtaken.
	n.save(Edit{ID: other, Change: func(r *news.Record) error { r.Article.Title = "Slush"; return nil }})
	n.save(Edit{ID: other, Change: func(r *news.Record) error { r.Article.Title = "Thaw"; return nil }})
	sound()
	n.clock.advance(48 * time.Hour)
	if err := n.Follow(ctx, "slow", old+6); err != nil {
		t.Fatal(err)
	}
	trim()
	equal(t, "of the other", n.numbers(`SELECT version FROM changes WHERE subject = ? ORDER BY version`, int64(other)), []int64{3})
	sound()
	edit("five")
	edit("six")
	sound()
	n.write(fmt.Sprint(`DELETE FROM changes WHERE seq = `, old+7))
	if faults, err := n.CheckJournal(ctx); err != nil || len(faults) != 2 || !strings.Contains(faults[0].What, fmt.Sprint("lacks the changes ", old+7)) {
		t.Errorf("a change that is missing is told as %v, %v", faults, err)
	}
}
