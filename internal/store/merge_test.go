package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

func (n *newsroom) address(id news.ID) string {
	r := n.record(id)
	return string(pathOf(&r))
}

// TestMovedCategories: paths that were made from those above follow, with redirects; others stay.
func TestMovedCategories(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created, category("w:a", "A", ""), category("w:b", "B", "w:a"), category("w:c", "C", "w:b"),
		category("w:own", "Own", "w:b", func(c *news.CategoryRecord) { c.Category.Path = "/special/" }), category("w:below", "Below", "w:own"),
		category("w:x", "X", ""), category("w:taken", "C", "w:x", func(c *news.CategoryRecord) { c.Category.Path = "/x/b/c/" }),
		article("w:art", "Rain", func(a *news.ArticleRecord) { a.PrimaryCategory = "w:c" }))
	b, c := n.id("w:b"), n.id("w:c")
	move := func(parent news.Ref) (Saved, error) {
		return n.Save(ctx, Edit{ID: b, By: "Ada", Change: func(r *news.Record) error { r.Category.Parent = parent; return nil }})
	}
	saved, err := move(news.RefOf(n.id("w:x")))
	if err != nil || saved.Redirects != 2 {
		t.Fatalf("saved %+v, %v", saved, err)
	}
	for id, want := range map[news.ID]string{b: "/x/b/", c: "/x/b/c-2/", n.id("w:own"): "/special/", n.id("w:below"): "/special/below/", n.id("w:art"): "/a/b/c/rain/"} {
		if got := n.address(id); got != want {
			t.Errorf("%s is at %s, want %s", id, got, want)
		}
	}
	if route, err := n.Route(ctx, "/a/b/c/"); err != nil || route.State != RouteMoved || route.Current != "/x/b/c-2/" {
		t.Errorf("the old path: %+v, %v", route, err)
	}
	if got := n.category("w:x").SubtreeArticles; got != 1 {
		t.Errorf("%d articles below the new parent", got)
	}
	if got := n.journalOf(c); got != "1 CREATED - -\n2 MOVED [\"path\"] Ada" {
		t.Errorf("journal of the one below: %s", got)
	}
	if _, err := move("w:c"); news.KindOf(err) != news.Invalid || !strings.Contains(err.Error(), "below the record itself") {
		t.Errorf("a ring: %v", err)
	}
	if n.check(); t.Failed() {
		return
	}
	// Another slug moves those below too, and back at the top the path is as short as it can be.
	saved = n.save(Edit{ID: b, Change: func(r *news.Record) error { r.Category.Slug, r.Category.Parent = "bee", ""; return nil }})
	if n.address(b) != "/bee/" || n.address(c) != "/bee/c/" || saved.Redirects != 2 {
		t.Errorf("%s %s %+v", n.address(b), n.address(c), saved)
	}
	n.check()
}

func TestMergeCategories(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	filed := func(primary news.Ref, others ...news.Ref) func(*news.ArticleRecord) {
		return func(a *news.ArticleRecord) { a.PrimaryCategory, a.Categories = primary, others }
	}
	records := []news.Record{category("w:t", "Target", ""), category("w:s", "Source", ""), category("w:r", "Rest", "w:s"), category("w:k", "Kid", "w:s"),
		category("w:g", "Grandchild", "w:k"), category("w:o", "Other", ""),
		article("w:1", "Primary", filed("w:s", "w:o", "w:t")), article("w:2", "Second", filed("w:o", "w:r", "w:s")), article("w:3", "Untouched", filed("w:o")),
		article("w:4", "Below", filed("w:g")), article("w:5", "Waiting", func(a *news.ArticleRecord) {
			a.PrimaryCategory, a.Topics = "w:s", []news.TopicLink{{Topic: "w:later"}}
		}),
		event("w:e", "Flood", "1999-01-02", func(e *news.EventRecord) { e.Categories = []news.Ref{"w:t", "w:s"} })}
	n.bring(news.Created, records...)
	secret := n.save(Edit{Change: draft("Draft", filed("w:r"))}).ID
	s, r, target := n.id("w:s"), n.id("w:r"), n.id("w:t")
	n.makeKey("dl_live_1", func(k *news.APIKey) { k.Categories = []news.ID{s} })
	key := n.makeKey("dl_live_2", func(k *news.APIKey) { k.Categories = []news.ID{n.id("w:o"), r, target, s} })
	m := Merge{Sources: []news.ID{s, r}, Target: target, By: "Ada"}

	for _, bad := range []struct {
		merge Merge
		kind  news.Kind
		why   string
	}{
		{Merge{Target: target}, news.Invalid, "nothing to merge"},
		{Merge{Sources: []news.ID{target}, Target: target}, news.Invalid, "named twice"},
		{Merge{Sources: []news.ID{s, s}, Target: target}, news.Invalid, "named twice"},
		{Merge{Sources: []news.ID{n.id("w:1")}, Target: target}, news.Invalid, "another type"},
		{Merge{Sources: []news.ID{s + 1000}, Target: target}, news.NotFound, "there is no"},
		{Merge{Sources: []news.ID{s}, Target: n.id("w:g")}, news.Invalid, "lies below"},
	} {
		if _, err := n.MergeCategories(ctx, bad.merge); news.KindOf(err) != bad.kind || !strings.Contains(fmt.Sprint(err), bad.why) {
			t.Errorf("%+v: %v", bad.merge, err)
		}
	}
	position := n.position()
	saved, err := n.MergeCategories(ctx, m)
	if err != nil || saved.ID != target || saved.Redirects != 4 { // two sources, the kid and what is below
		t.Fatalf("saved %+v, %v", saved, err)
	}
	if n.check(); t.Failed() {
		return
	}
	names := func(ids []news.Ref) (list string) {
		for _, ref := range ids {
			list += strings.TrimPrefix(string(ref), "w:")
		}
		return list
	}
	for ref, want := range map[news.Ref]string{"w:1": "w:t to", "w:2": "w:o ot", "w:3": "w:o o", "w:4": "w:g g", "w:5": "w:t t"} {
		a := n.record(n.id(ref)).Article
		if got := string(a.PrimaryCategory) + " " + names(a.Categories); got != want {
			t.Errorf("%s is filed in %s, want %s", ref, got, want)
		}
	}
	if got := names(n.record(n.id("w:e")).Event.Categories); got != "t" {
		t.Errorf("the event is filed in %s", got)
	}
	if got := n.category("w:t"); got.DirectArticles != 3 || got.SubtreeArticles != 4 {
		t.Errorf("the target counts %d and %d", got.DirectArticles, got.SubtreeArticles)
	}
	if got := n.address(n.id("w:g")); got != "/target/kid/grandchild/" {
		t.Errorf("what was below is at %s", got)
	}
	for _, path := range []news.Path{"/source/", "/source/rest/"} {
		if route, err := n.Route(ctx, path); err != nil || route.State != RouteMoved || route.Current != "/target/" {
			t.Errorf("%s: %+v, %v", path, route, err)
		}
	}
	if got := n.text(`SELECT categories FROM api_keys ORDER BY id`); got != fmt.Sprintf("[%d]\n[%d,%d]", int64(target), int64(n.id("w:o")), int64(target)) {
		t.Errorf("keys are limited to %s", got)
	}
	if revoked, err := n.RevokeKey(ctx, key.ID); err != nil || revoked.RevokedAt == nil {
		t.Errorf("a key that was rewritten cannot be revoked: %v", err)
	}
	if got := n.text(`SELECT kind || ' ' || coalesce(fields, '') || ' ' || is_public FROM changes WHERE seq > ? AND subject IN (?, ?, ?) ORDER BY subject`, position, int64(n.id("w:1")), int64(n.id("w:3")), int64(secret)); got != "UPDATED [\"categories\",\"primaryCategory\"] 1\nUPDATED [\"categories\",\"primaryCategory\"] 0" {
		t.Errorf("the journal tells of the articles: %s", got)
	}
	// The names of the sources mean the target from now on, and their records are not taken for it.
	n.bring(news.Unchanged, records[1])
	n.bring(news.Unchanged, category("w:s", "Renamed", ""))
	n.bring(news.Created, article("w:6", "New", filed("w:s")), article("w:7", "Newer", filed(news.RefOf(r))), topic("w:later", "Later"))
	if n.category("w:t").DirectArticles != 5 || n.category("w:t").Name != "Target" {
		t.Errorf("the target is %+v", n.category("w:t"))
	}
	if left := n.finish(); len(left) > 0 {
		t.Errorf("unresolved: %v", left)
	}
	if got := n.record(n.id("w:5")).Article; len(got.Topics) != 1 || got.PrimaryCategory != "w:t" {
		t.Errorf("what waited for a topic got %+v and %s", got.Topics, got.PrimaryCategory)
	}
	n.check()
}

func TestMergeTopics(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	about := func(links ...news.TopicLink) func(*news.ArticleRecord) {
		return func(a *news.ArticleRecord) { a.Topics = links }
	}
	n.bring(news.Created, image("w:i", "/i.svg"), topic("w:t", "Peace", func(tp *news.TopicRecord) { tp.Aliases = []string{"Calm"} }),
		topic("w:s", "Truce", func(tp *news.TopicRecord) {
			tp.Aliases, tp.SameAs, tp.Description, tp.Image = []string{"Calm", "Ceasefire"}, []news.URL{"https://t.example/"}, new("No shots"), "w:i"
		}),
		article("w:1", "Both", about(news.TopicLink{Topic: "w:t", Relevance: new(0.25)}, news.TopicLink{Topic: "w:s", Relevance: new(0.75), Source: news.SourceEditor})),
		article("w:2", "One", about(news.TopicLink{Topic: "w:s", Relevance: new(0.5)})),
		event("w:e", "Flood", "1999-01-02", func(e *news.EventRecord) { e.Topics, e.Place = []news.Ref{"w:s", "w:t"}, "w:s" }))
	saved, err := n.MergeTopics(ctx, Merge{Sources: []news.ID{n.id("w:s")}, Target: n.id("w:t"), By: "Ada"})
	if err != nil || saved.Redirects != 1 || saved.Revision != 2 {
		t.Fatalf("saved %+v, %v", saved, err)
	}
	n.check()
	tp := n.record(n.id("w:t")).Topic
	if fmt.Sprintln(tp.Aliases, tp.SameAs, *tp.Description, tp.Image, tp.RedirectsFrom) != "[Calm Truce Ceasefire] [https://t.example/] No shots w:i [/topics/truce/]\n" {
		t.Errorf("the topic is %+v", tp)
	}
	link := n.record(n.id("w:1")).Article.Topics[0]
	if *link.Relevance != 0.75 || link.Source != news.SourceEditor || len(n.record(n.id("w:2")).Article.Topics) != 1 {
		t.Errorf("the link is %+v", link)
	}
	e := n.record(n.id("w:e")).Event
	if fmt.Sprintln(e.Topics, e.Place) != "[w:t] w:t\n" {
		t.Errorf("the event is about %v, in %s", e.Topics, e.Place)
	}
	if got := n.text(`SELECT fields FROM changes WHERE subject = ? AND version = 2`, int64(n.id("w:e"))); got != `["place","topics"]` {
		t.Errorf("fields %s", got)
	}
}

func TestMergeEvents(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	claim := func(date news.EDTF, accepted bool, source string) news.DateClaimRecord {
		return news.DateClaimRecord{Date: date, IsAccepted: accepted, Source: &news.Citation{Title: source}}
	}
	source := event("w:s", "The flood of Basra", "1999-01-03", func(e *news.EventRecord) {
		e.DateClaims = []news.DateClaimRecord{claim("1999-01-03", true, "Almanac"), claim("1999-01-02", false, "Gazette")}
		e.Sources, e.Topics, e.Description = []news.Citation{{Title: "Gazette"}, {Title: "Almanac"}}, []news.Ref{"w:p"}, "<p>Water.</p>"
		e.Place, e.RedirectsFrom, e.ExternalRefs = "w:p", []news.Path{"/floods/99"}, []news.ExternalRef{{System: "wikidata", Value: "Q1"}}
	})
	n.bring(news.Created, topic("w:p", "Basra"),
		event("w:t", "Flood in Basra", "1999-01-02", func(e *news.EventRecord) {
			e.DateClaims, e.Sources = []news.DateClaimRecord{claim("1999-01-02", true, "Gazette")}, []news.Citation{{Title: "Gazette"}}
		}), source,
		article("w:1", "Both", func(a *news.ArticleRecord) { a.Events = []news.Ref{"w:t", "w:s"} }),
		article("w:2", "One", func(a *news.ArticleRecord) { a.Events = []news.Ref{"w:s"} }))
	hidden := n.save(Edit{Change: func(r *news.Record) error {
		r.Event = &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: "Basra floods", Status: news.StatusDraft}}, Date: "1999"}
		return nil
	}}).ID
	target, s := n.id("w:t"), n.id("w:s")
	if _, err := n.MergeEvents(ctx, Merge{Sources: []news.ID{s}, Target: hidden, By: "Ada"}); news.KindOf(err) != news.Invalid || !strings.Contains(err.Error(), "other way round") {
		t.Errorf("into a draft: %v", err)
	}
	saved, err := n.MergeEvents(ctx, Merge{Sources: []news.ID{s, hidden}, Target: target, By: "Ada"})
	if err != nil || saved.Redirects != 1 || saved.Revision != 2 {
		t.Fatalf("saved %+v, %v", saved, err)
	}
	if n.check(); t.Failed() {
		return
	}
	e := n.record(target).Event
	claims := ""
	for _, c := range e.DateClaims {
		title := ""
		if c.Source != nil {
			title = c.Source.Title
		}
		claims += fmt.Sprint(c.Date, " ", c.IsAccepted, " ", title, "; ")
	}
	if claims != "1999-01-02 true Gazette; 1999-01-03 false Almanac; 1999 false ; " || e.Date != "1999-01-02" {
		t.Errorf("claims %s", claims)
	}
	if got := fmt.Sprintln(e.Title, len(e.Sources), e.Topics, e.Description, e.Place, e.RedirectsFrom); got != "Flood in Basra 2 [w:p] <p>Water.</p> w:p [/events/the-flood-of-basra/ /floods/99]\n" {
		t.Errorf("the event is %s", got)
	}
	if n.text(`SELECT count(*) || '' FROM article_events WHERE event_id = ?`, int64(target)) != "2" || n.text(`SELECT subject || '' FROM external_refs WHERE system = 'wikidata'`) != fmt.Sprint(int64(target)) {
		t.Error("articles or names were left behind")
	}
	if refs, err := n.ExternalRefs(ctx, []news.ID{target}); err != nil || len(refs[target]) != 3 || refs[target][2].Value != "Q1" {
		t.Errorf("names %s, %v", asJSON(refs), err)
	}
	if got := n.text(`SELECT path FROM paths WHERE path LIKE '%basra-floods%'`); got != "" {
		t.Errorf("a path that nobody saw redirects: %s", got)
	}
	for _, gone := range []news.ID{s, hidden} {
		if left := n.traces(gone); len(left) > 0 {
			t.Errorf("%s is still in %v", gone, left)
		}
	}
	n.bring(news.Unchanged, source)
	n.save(Edit{ID: target, Change: func(r *news.Record) error { bump(r); return nil }})
	n.check()
}

func TestClaims(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created, event("w:e", "Flood", "1999-01-02"))
	e := n.id("w:e")
	n.save(Edit{ID: e, Change: func(r *news.Record) error {
		return r.Event.Claim(news.DateClaimRecord{Date: "1999-01-05", Source: &news.Citation{Title: "Gazette"}}, false)
	}})
	ids := n.numbers(`SELECT id FROM date_claims ORDER BY position`)
	first, second := news.ID(ids[0]), news.ID(ids[1])
	accept := func(r *news.EventRecord, at int) error { return r.Accept(at) }
	withdraw := func(r *news.EventRecord, at int) error { return r.Withdraw(at) }
	if _, err := n.EditClaims(ctx, Step{ID: first, By: "Ada"}, withdraw); news.KindOf(err) != news.Invalid {
		t.Errorf("the accepted claim was taken away: %v", err)
	}
	if saved, err := n.EditClaims(ctx, Step{ID: first, By: "Ada"}, accept); err != nil || saved.Seq != 0 {
		t.Errorf("accepted again: %+v, %v", saved, err)
	}
	if _, err := n.EditClaims(ctx, Step{ID: second, By: "Ada"}, accept); err != nil {
		t.Fatal(err)
	}
	n.check()
	if got := n.text(`SELECT edtf FROM events`) + fmt.Sprint(n.numbers(`SELECT id FROM date_claims ORDER BY position`)); got != "1999-01-05"+fmt.Sprint(ids) {
		t.Errorf("got %s", got)
	}
	if _, err := n.EditClaims(ctx, Step{ID: first, By: "Ada"}, withdraw); err != nil {
		t.Fatal(err)
	}
	n.check()
	if _, err := n.EditClaims(ctx, Step{ID: first, By: "Ada"}, accept); news.KindOf(err) != news.NotFound {
		t.Errorf("a claim that is no more: %v", err)
	}
	if _, err := n.Save(ctx, Edit{ID: e, By: "Ada", Change: func(r *news.Record) error {
		return r.Event.Claim(news.DateClaimRecord{Date: "1999-01-05", Source: &news.Citation{Title: "Gazette"}}, false)
	}}); news.KindOf(err) != news.Invalid {
		t.Errorf("the same claim twice: %v", err)
	}
}

func TestHiddenRelated(t *testing.T) {
	n := newNewsroom(t)
	n.bring(news.Created, article("w:b", "Snow"), article("w:c", "Hail"), article("w:a", "Rain", func(a *news.ArticleRecord) {
		a.Related, a.Hidden = news.Pins("w:b", "w:c"), news.Hides("w:b")
	}))
	found, err := n.RelatedArticles(context.Background(), []news.ID{n.id("w:a")}, nil, first5(t))
	if err != nil {
		t.Fatal(err)
	}
	if nodes := found[n.id("w:a")].Nodes(); len(nodes) != 1 || nodes[0].Title != "Hail" {
		t.Errorf("related are %v", nodes)
	}
}

func first5(t *testing.T) news.Window {
	t.Helper()
	w, err := news.Paging{First: new(5)}.Window(5)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestMergesAmongWriters merges categories while others file articles in them: nothing is lost and nothing is half done.
func TestMergesAmongWriters(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	const sources, articles = 6, 12
	n.bring(news.Created, category("w:target", "Target", ""))
	for i := range sources {
		n.bring(news.Created, category(news.Ref(fmt.Sprint("w:s", i)), fmt.Sprint("Source ", i), ""))
	}
	ids := make([]news.ID, sources)
	for i := range ids {
		ids[i] = n.id(news.Ref(fmt.Sprint("w:s", i)))
	}
	target := n.id("w:target")
	var group errgroup.Group
	group.Go(func() error {
		for _, source := range ids {
			if _, err := n.MergeCategories(ctx, Merge{Sources: []news.ID{source}, Target: target, By: "Ada"}); err != nil {
				return err
			}
		}
		return nil
	})
	filed := int64(0)
	for writer := range 2 {
		group.Go(func() error {
			for i := range articles {
				source := ids[(writer+i)%sources]
				_, err := n.Save(ctx, Edit{By: "Bob", Change: draft(fmt.Sprint("Story ", writer, " ", i), func(a *news.ArticleRecord) {
					a.PrimaryCategory, a.Status = news.RefOf(source), news.StatusPublished
				})})
				if _, collided := errors.AsType[*engine.ConstraintError](err); collided {
					continue // three times in a row; the writer is told, and nothing is written
				}
				if err != nil {
					return err
				}
				atomic.AddInt64(&filed, 1)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	n.check()
	if got := int64(n.category("w:target").DirectArticles); got != filed || filed < articles {
		t.Errorf("the target has %d articles, and %d were filed", got, filed)
	}
}

// TestRandomEdits deletes, merges and moves what random imports have left, and imports again.
func TestRandomEdits(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			n := newNewsroom(t)
			r := rand.New(rand.NewPCG(seed, 11))
			one := func(table string) news.ID {
				ids := n.numbers(`SELECT id FROM ` + table + ` ORDER BY id`)
				if len(ids) == 0 {
					return 0
				}
				return news.ID(ids[r.IntN(len(ids))])
			}
			done := map[string]int{}
			for i := range 150 {
				n.clock.advance(time.Hour)
				batch := make([]news.Record, 1+r.IntN(8))
				for j := range batch {
					batch[j] = randomRecord(r, n.clock.now())
				}
				n.try(batch...)
				if i%4 == 0 {
					n.finish()
				}
				what, err := "", error(nil)
				some := func(table string) Merge {
					return Merge{Sources: []news.ID{one(table), one(table)}[:1+r.IntN(2)], Target: one(table), By: "Ada"}
				}
				switch r.IntN(7) {
				case 0, 1:
					table := []string{"articles", "pages", "events"}[r.IntN(3)]
					what = "delete " + table
					_, err = n.Delete(ctx, Step{ID: one(table), By: "Ada"})
				case 2:
					what = "delete category"
					_, err = n.DeleteCategory(ctx, Step{ID: one("categories"), By: "Ada"})
				case 3:
					what = "merge categories"
					_, err = n.MergeCategories(ctx, some("categories"))
				case 4:
					what = "merge topics"
					_, err = n.MergeTopics(ctx, some("topics"))
				case 5:
					what = "merge events"
					_, err = n.MergeEvents(ctx, some("events"))
				case 6:
					what = "move"
					parent := one("categories")
					if id := one("categories"); id != 0 {
						_, err = n.Save(ctx, Edit{ID: id, By: "Ada", Change: func(rec *news.Record) error { rec.Category.Parent = news.RefOf(parent); return nil }})
					}
				}
				if kind := news.KindOf(err); err != nil && kind != news.Invalid && kind != news.NotFound {
					t.Fatalf("%s: %v", what, err)
				}
				if err == nil {
					done[what]++
				}
				if n.check(); t.Failed() {
					t.Fatalf("after step %d, %s (%v)", i, what, err)
				}
			}
			if faults, err := n.Check(ctx); err != nil || len(faults) > 0 {
				t.Errorf("dateline check finds %v, %v", faults, err)
			}
			t.Log(done)
			if len(done) < 7 {
				t.Errorf("too little was done to show anything: %v", done)
			}
		})
	}
}

// TestOneCategoryUnderTwoNames files an article once, however its category is named.
func TestOneCategoryUnderTwoNames(t *testing.T) {
	n := newNewsroom(t)
	n.bring(news.Created, category("w:c", "World", ""))
	own := news.RefOf(n.id("w:c"))
	id := n.save(Edit{Change: draft("Rain", func(a *news.ArticleRecord) { a.PrimaryCategory, a.Categories = own, []news.Ref{"w:c", own} })}).ID
	if got := n.record(id).Article.Categories; len(got) != 1 || got[0] != "w:c" {
		t.Errorf("filed in %v", got)
	}
	n.check()
}
