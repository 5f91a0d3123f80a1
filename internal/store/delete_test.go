package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// traces are the columns of all tables that hold a number, or a list with it, but the journal's own.
func (n *newsroom) traces(id news.ID) (found []string) {
	n.t.Helper()
	var columns [][2]string
	n.query(`SELECT m.name, c.name FROM sqlite_master m CROSS JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.sql NOT LIKE '%fts5%' AND m.name NOT LIKE '%search\_%' ESCAPE '\' OR m.name LIKE '%search\_dates' ESCAPE '\'`,
		func(r *engine.Row) { columns = append(columns, [2]string{r.Text(), r.Text()}) })
	for _, c := range columns {
		if c[0] == "changes" {
			continue
		}
		if n.number(fmt.Sprintf(`SELECT count(*) FROM %[1]s WHERE %[2]s = ?1 OR %[2]s = -?1 OR %[2]s LIKE '%%' || ?1 || '%%'`, c[0], c[1]), int64(id)) > 0 {
			found = append(found, c[0]+"."+c[1])
		}
	}
	return found
}

func TestDeleteLeavesATombstoneOnly(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created, wholeNewsroom()[1:]...)
	n.bring(news.Updated, wholeNewsroom()[0])
	n.bring(news.Created,
		article("w:third", "Third", func(a *news.ArticleRecord) { a.TranslationOf, a.Locale = "w:b", "de" }),
		article("w:other", "Friend", func(a *news.ArticleRecord) { a.Related, a.Hidden = news.Pins("w:a"), news.Hides("w:b") }),
		event("w:printed", "Printed", "1999-01-02", func(e *news.EventRecord) {
			e.DateClaims = []news.DateClaimRecord{{Date: "1999-01-02", IsAccepted: true}, {Date: "1999-01-03", PrintedIn: "w:a"}}
		}),
		page("w:below", "Staff", func(p *news.PageRecord) { p.Parent = "w:p" }),
	)
	a, b, e, p := n.id("w:a"), n.id("w:b"), n.id("w:e"), n.id("w:p")
	friend := n.id("w:other")
	n.save(Edit{ID: a, Change: func(r *news.Record) error { bump(r); return nil }}) // two revisions
	if len(n.traces(a)) < 12 {
		t.Fatalf("the article leaves too few traces to show anything: %v", n.traces(a))
	}
	address := string(n.article("w:a").Path)
	for _, id := range []news.ID{a, b, e, p} {
		if _, err := n.Delete(ctx, Step{ID: id, Expected: 77, By: "Ada"}); err == nil || !strings.Contains(err.Error(), "revision 77") {
			t.Fatalf("an old revision was deleted: %v", err)
		}
		version := n.number(`SELECT max(version) FROM changes WHERE subject = ?`, int64(id))
		n.clock.advance(time.Minute)
		saved, err := n.Delete(ctx, Step{ID: id, By: "Ada"})
		if err != nil {
			t.Fatal(err)
		}
		if saved.Revision != int(version)+1 || saved.Seq == 0 {
			t.Errorf("%s: saved %+v after version %d", id, saved, version)
		}
		if left := n.traces(id); len(left) > 0 {
			t.Errorf("%s is still in %v", id, left)
		}
		if got := n.text(`SELECT kind || ' ' || by || ' ' || is_public FROM changes WHERE subject = ? ORDER BY version DESC LIMIT 1`, int64(id)); got != "DELETED Ada 1" {
			t.Errorf("%s: the journal ends with %q", id, got)
		}
		if n.check(); t.Failed() {
			t.Fatalf("after the end of %s", id)
		}
	}
	for _, path := range []string{address, "/?p=17", "/old"} {
		route, err := n.Route(ctx, news.Path(path))
		if err != nil || route.State != RouteGone || route.Reason != nil {
			t.Errorf("%s: %+v, %v", path, route, err)
		}
	}
	if got := n.journalOf(friend); got != "1 PUBLISHED - -\n2 UPDATED [\"related\"] Ada\n3 UPDATED [\"hidden\"] Ada" {
		t.Errorf("the article that was linked: %s", got)
	}
	if got := n.text(`SELECT fields FROM changes WHERE subject = ? AND version = 2`, int64(n.id("w:third"))); got != `["translationOf"]` {
		t.Errorf("the third language version: %s", got)
	}
	if site, err := n.Site(ctx); err != nil || site.About == nil || site.About.PageID != 0 {
		t.Errorf("the about box: %+v, %v", site.About, err)
	}
	if _, err := n.Delete(ctx, Step{ID: a, By: "Ada"}); news.KindOf(err) != news.NotFound {
		t.Errorf("deleted twice: %v", err)
	}
	if _, err := n.Save(ctx, Edit{ID: friend, By: "Ada", Change: func(r *news.Record) error { r.Article.Related = news.Pins(news.RefOf(a)); return nil }}); news.KindOf(err) != news.NotFound {
		t.Errorf("a link to what was deleted: %v", err)
	}
	// It may come again, as something new.
	n.bring(news.Created, wholeNewsroom()[9])
	if n.id("w:a") == a {
		t.Error("an id came back")
	}
	n.check()
}

func TestDeletedDraftsWereNeverThere(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	made := n.save(Edit{Key: "k", Change: draft("Secret")})
	scheduled := n.save(Edit{Change: draft("Later")})
	if _, err := n.Publish(ctx, Step{ID: scheduled.ID, By: "Ada"}, news.Schedule{PublishAt: n.clock.now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	withdrawn := n.save(Edit{Change: draft("Seen")})
	if _, err := n.Publish(ctx, Step{ID: withdrawn.ID, By: "Ada"}, news.Schedule{}); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Unpublish(ctx, Step{ID: withdrawn.ID, By: "Ada"}, 0); err != nil {
		t.Fatal(err)
	}
	for _, id := range []news.ID{made.ID, scheduled.ID, withdrawn.ID} {
		if _, err := n.Delete(ctx, Step{ID: id, By: "Ada"}); err != nil {
			t.Fatal(err)
		}
		if left := n.traces(id); len(left) > 0 {
			t.Errorf("%s is still in %v", id, left)
		}
	}
	if got := n.text(`SELECT 'public ' || is_public FROM changes WHERE kind = 'DELETED' ORDER BY seq`); got != "public 0\npublic 0\npublic 1" {
		t.Errorf("public are %s", got)
	}
	if got := n.text(`SELECT path || state FROM paths`); got != "/seen/GONE" {
		t.Errorf("paths: %s", got)
	}
	if again := n.save(Edit{Key: "k", Change: draft("Secret")}); again.ID == made.ID {
		t.Error("the key of a deleted creation gives what is gone")
	}
	n.check()
}

func TestDeleteCategory(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created, category("w:c", "World", ""), category("w:d", "Asia", "w:c"), article("w:a", "Rain", func(a *news.ArticleRecord) { a.PrimaryCategory = "w:d" }))
	d := n.id("w:d")
	refused := func(id news.ID, why string) {
		t.Helper()
		if _, err := n.DeleteCategory(ctx, Step{ID: id, By: "Ada"}); news.KindOf(err) != news.Invalid || !strings.Contains(err.Error(), why) {
			t.Errorf("got %v, want %q", err, why)
		}
	}
	refused(n.id("w:c"), "categories are below it (1,")
	refused(d, "articles are filed in it (1,")
	n.save(Edit{ID: n.id("w:a"), Change: func(r *news.Record) error { r.Article.PrimaryCategory, r.Article.Categories = "", nil; return nil }})
	n.makeKey("dl_live_1", func(k *news.APIKey) { k.Categories = []news.ID{d} })
	refused(d, "API keys are limited to it (1,")
	if _, err := n.DeleteCategory(ctx, Step{ID: n.id("w:a"), By: "Ada"}); news.KindOf(err) != news.NotFound {
		t.Errorf("an article: %v", err)
	}
	c := n.id("w:c")
	n.save(Edit{ID: d, Change: func(r *news.Record) error { r.Category.Parent = ""; return nil }})
	if _, err := n.DeleteCategory(ctx, Step{ID: c, By: "Ada"}); err != nil {
		t.Fatal(err)
	}
	if left := n.traces(c); len(left) > 0 {
		t.Errorf("it is still in %v", left)
	}
	if route, err := n.Route(ctx, "/world/"); err != nil || route.State != RouteGone {
		t.Errorf("its path: %+v, %v", route, err)
	}
	n.check()
}
