package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// wholeNewsroom is one record of every type with everything in it.
func wholeNewsroom() []news.Record {
	at := time.Date(2024, 2, 29, 8, 30, 0, 123_000_000, time.UTC)
	return []news.Record{
		{Ref: "w:site", Site: &news.SiteRecord{
			Site: news.Site{Name: "The Paper", Tagline: new("All of it"), URL: "https://paper.example/", TimeZone: "Asia/Baghdad", DefaultLocale: "en",
				Locales: []news.Locale{"en", "ar"}, SocialLinks: []news.URL{"https://social.example/paper"},
				AllMenus: []news.Menu{{Location: "main", Items: []news.MenuItem{{Label: "Home", Target: "/"}, {Label: "World", Target: "/world/", ParentIndex: new(0)}}}}},
			About: &news.AboutRecord{Heading: "About Us", Body: "<p>We <b>print</b>.</p><script>x</script>", Page: "w:p"}}},
		image("w:i", "/media/i.svg", func(i *news.ImageRecord) {
			i.MimeType, i.SizeInBytes, i.Title, i.Credit, i.AltText = "image/svg+xml", new(1234), new("Rain"), new("Ada"), new("")
			i.Width, i.Height, i.Caption, i.UpdatedAt = new(800), new(600), "<p>In <i>March</i></p>", at
		}),
		author("w:au", "Ada Lovelace", func(a *news.AuthorRecord) {
			a.JobTitle, a.Links, a.Bio, a.Portrait, a.UpdatedAt = new("Editor"), []news.URL{"https://ada.example/"}, "<p>Counts.</p>", "w:i", at
			a.RedirectsFrom = []news.Path{"/by/ada"}
		}),
		topic("w:t", "Peace", func(tp *news.TopicRecord) {
			tp.Kind, tp.Aliases, tp.Description, tp.SameAs = news.TopicSubject, []string{"No war"}, new("The opposite"), []news.URL{"https://www.wikidata.org/wiki/Q454"}
			tp.Image, tp.UpdatedAt, tp.Locale = "w:i", at, "en"
		}),
		category("w:c", "World", "", func(c *news.CategoryRecord) {
			c.Description, c.Position, c.UpdatedAt = new("Far away"), 3, at
		}),
		category("w:d", "Asia", "w:c"),
		page("w:p", "About", func(p *news.PageRecord) {
			p.Body, p.PublishedAt, p.CreatedAt, p.UpdatedAt = "<p>Long story.</p>", at, at.Add(-time.Hour), at.Add(time.Hour)
			p.ExternalRefs = []news.ExternalRef{{System: "cms", Value: "7"}}
		}),
		event("w:e", "A treaty", "-0043-03-15", func(e *news.EventRecord) {
			e.Kind, e.Calendar, e.Description, e.Significance, e.Verification, e.IsSelected = news.EventObservance, news.CalendarJulian, "<p>Signed.</p>", new(77), news.Verified, true
			e.Sources = []news.Citation{{Title: "Lives", URL: new(news.URL("https://lives.example/")), Publisher: new("P"), AccessedAt: &news.Date{Year: 2026, Month: 1, Day: 2}, Quote: new("Et tu")}, {Title: "Annals"}}
			e.Image, e.Topics, e.Categories, e.PublishedAt = "w:i", []news.Ref{"w:t"}, []news.Ref{"w:d", "w:c"}, at
		}),
		article("w:b", "Other", func(a *news.ArticleRecord) { a.Locale = "ar" }),
		article("w:a", "Rain &amp; <b>snow</b>", func(a *news.ArticleRecord) {
			a.Kind, a.Slug, a.Locale, a.CreatedAt, a.UpdatedAt, a.PublishedAt = news.ArticleAnalysis, "wet", "en", at, at.Add(time.Hour), at
			a.Dateline = &news.Dateline{Text: "BAGHDAD, 29 February", Place: new("Baghdad"), Date: &news.Date{Year: 2024, Month: 2, Day: 29}}
			a.Standfirst, a.EditorSummary, a.IsSticky = new("It rains."), new("Water falls."), true
			a.Body = `<p onclick="x()">It rained &amp; rained.</p><script>alert(1)</script>`
			a.Byline = []news.CreditRecord{{Author: "w:au"}, {Name: "An agency", Role: news.RoleAgency}}
			a.PrimaryCategory, a.Categories, a.LeadImage = "w:d", []news.Ref{"w:c", "w:d"}, "w:i"
			a.Topics = []news.TopicLink{{Topic: "w:t", Relevance: new(0.5), Source: news.SourceRule}}
			a.Related, a.Events, a.TranslationOf = news.Pins("w:b"), []news.Ref{"w:e"}, "w:b"
			a.RedirectsFrom, a.ExternalRefs = []news.Path{"/?p=17"}, []news.ExternalRef{{System: "cms", Value: "17", URL: new(news.URL("https://old.example/17"))}}
		}),
		redirect("w:r", "/old", "w:a"),
		{Ref: "w:g", Redirect: &news.RedirectRecord{From: "/withdrawn", Reason: "Wrong"}},
	}
}

// TestRoundTrip: what is written is what is read, for every field of every type.
func TestRoundTrip(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created, wholeNewsroom()[1:]...)
	n.bring(news.Updated, wholeNewsroom()[0]) // the site was there
	at := time.Date(2024, 2, 29, 8, 30, 0, 123_000_000, time.UTC)
	show := func(what string, got any, err error, want any) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if g, w := asJSON(got), asJSON(want); g != w {
			t.Errorf("%s:\n got %s\nwant %s", what, g, w)
		}
	}
	type m = map[string]any // for fields that JSON leaves out

	site, err := n.Site(ctx)
	show("site", m{"s": site, "about": site.About}, err, m{
		"s": news.Site{Name: "The Paper", Tagline: new("All of it"), URL: "https://paper.example", TimeZone: "Asia/Baghdad", DefaultLocale: "en",
			Locales: []news.Locale{"en", "ar"}, SocialLinks: []news.URL{"https://social.example/paper"}, AllMenus: wholeNewsroom()[0].Site.AllMenus, UpdatedAt: noon},
		"about": news.AboutBlock{Heading: "About Us", PageID: n.id("w:p"), Body: &news.Body{HTML: "<p>We <b>print</b>.</p>", Text: "We print.", WordCount: 2}}})

	images, err := n.Images(ctx, []news.ID{n.id("w:i")})
	i := images[n.id("w:i")]
	show("image", m{"i": i, "caption": i.Caption, "alt": *i.AltText}, err, m{
		"i":       news.Image{File: "/media/i.svg", MimeType: "image/svg+xml", SizeInBytes: new(1234), Title: new("Rain"), Credit: new("Ada"), AltText: new(""), Width: new(800), Height: new(600), UpdatedAt: at},
		"caption": news.RichText{HTML: "<p>In <i>March</i></p>", Text: "In March"}, "alt": ""})

	au, err := n.Author(ctx, news.TermRef{Slug: new("ada-lovelace")})
	show("author", m{"a": au, "bio": au.Bio, "portrait": au.PortraitID, "n": au.ArticleCount}, err, m{
		"a":   news.Author{Path: "/authors/ada-lovelace/", Name: "Ada Lovelace", Slug: "ada-lovelace", JobTitle: new("Editor"), Links: []news.URL{"https://ada.example/"}, UpdatedAt: at},
		"bio": news.RichText{HTML: "<p>Counts.</p>", Text: "Counts."}, "portrait": n.id("w:i"), "n": 1})

	tp, err := n.Topic(ctx, news.TermRef{Path: new(news.Path("/topics/peace/"))})
	show("topic", m{"t": tp, "image": tp.ImageID, "n": tp.ArticleCount}, err, m{
		"t": news.Topic{Path: "/topics/peace/", Kind: news.TopicSubject, Name: "Peace", Slug: "peace", Locale: "en", Aliases: []string{"No war"},
			Description: new("The opposite"), SameAs: []news.URL{"https://www.wikidata.org/wiki/Q454"}, UpdatedAt: at},
		"image": n.id("w:i"), "n": 1})

	c, d := n.category("w:c"), n.category("w:d")
	show("categories", []any{c, c.ParentID, c.Depth, c.SubtreeArticles, c.DirectArticles, d, d.ParentID, d.Depth, d.SubtreeArticles, d.DirectArticles}, nil, []any{
		news.Category{Path: "/world/", Name: "World", Slug: "world", Locale: "en", Description: new("Far away"), Position: 3, UpdatedAt: at}, news.ID(0), 0, 1, 1,
		news.Category{Path: "/world/asia/", Name: "Asia", Slug: "asia", Locale: "en", UpdatedAt: noon}, c.ID, 1, 1, 1})

	p, err := n.Page(ctx, news.SlugRef{Slug: "about"})
	show("page", m{"p": p, "parent": p.ParentID, "v": p.Revision}, err, m{
		"p":      news.Page{Head: news.Head{Path: "/about/", Title: "About", Slug: "about", Locale: "en", Status: news.StatusPublished, CreatedAt: at.Add(-time.Hour), UpdatedAt: at.Add(time.Hour), PublishedAt: at}},
		"parent": news.ID(0), "v": 1})

	events, err := n.Events(ctx, []news.ID{n.id("w:e")})
	e := events[n.id("w:e")]
	date, dateErr := news.ParseHistoricalDate("-0043-03-15", news.CalendarJulian)
	show("event", m{"e": e, "d": e.Account, "date": e.Date, "image": e.ImageID}, errors.Join(err, dateErr), m{
		"e": news.HistoricalEvent{Head: news.Head{Path: "/events/a-treaty/", Title: "A treaty", Slug: "a-treaty", Locale: "en", Status: news.StatusPublished, CreatedAt: at, UpdatedAt: at, PublishedAt: at},
			Kind: news.EventObservance, Verification: news.Verified, Significance: 77, IsSelected: true},
		"d": news.RichText{HTML: "<p>Signed.</p>", Text: "Signed."}, "date": date, "image": n.id("w:i")})
	citations, err := n.EventCitations(ctx, []news.ID{e.ID})
	show("citations", citations[e.ID], err, wholeNewsroom()[7].Event.Sources)
	names := func(list []*news.Category) (names []string) {
		for _, c := range list {
			names = append(names, c.Name)
		}
		return names
	}
	eventCategories, err := n.EventCategories(ctx, []news.ID{e.ID})
	show("event's categories", names(eventCategories[e.ID]), err, []string{"Asia", "World"})

	a, b := n.article("w:a"), n.article("w:b")
	show("article", m{"a": a, "x": a.Excerpt, "n": a.WordCount, "ids": []news.ID{a.PrimaryCategoryID, a.LeadImageID, a.TranslationGroup, b.TranslationGroup}, "v": a.Revision}, nil, m{
		"a": news.Article{Head: news.Head{Path: "/world/asia/wet/", Title: "Rain & snow", Slug: "wet", Locale: "en", Status: news.StatusPublished, CreatedAt: at, UpdatedAt: at.Add(time.Hour), PublishedAt: at},
			Kind: news.ArticleAnalysis, Dateline: wholeNewsroom()[9].Article.Dateline, Standfirst: new("It rains."), EditorSummary: new("Water falls."), IsSticky: true},
		"x": "It rained & rained.", "n": 3, "ids": []news.ID{d.ID, n.id("w:i"), b.ID, b.ID}, "v": 1})
	bodies, err := n.Bodies(ctx, []news.ID{a.ID, p.ID})
	show("bodies", []news.Body{*bodies[a.ID], *bodies[p.ID]}, err, []news.Body{{HTML: "<p>It rained &amp; rained.</p>", Text: "It rained & rained.", WordCount: 3}, {HTML: "<p>Long story.</p>", Text: "Long story.", WordCount: 2}})
	bylines, err := n.Bylines(ctx, []news.ID{a.ID})
	show("byline", bylines[a.ID], err, []news.BylineCredit{{Name: "Ada Lovelace", Role: news.RoleAuthor, Author: au}, {Name: "An agency", Role: news.RoleAgency}})
	categories, err := n.ArticleCategories(ctx, []news.ID{a.ID})
	show("categories of the article", names(categories[a.ID]), err, []string{"Asia", "World"})
	topics, err := n.ArticleTopics(ctx, []news.ID{a.ID})
	show("topics of the article", topics[a.ID], err, []news.ArticleTopic{{Topic: tp, Relevance: 0.5, Source: news.SourceRule}})
	related, err := n.RelatedArticles(ctx, []news.ID{a.ID}, nil, news.Window{Limit: 5})
	show("related", related[a.ID].Nodes(), err, []*news.Article{b})
	mentioned, err := n.ArticleEvents(ctx, []news.ID{a.ID}, news.Window{Limit: 5})
	show("events of the article", mentioned[a.ID].Nodes(), err, []*news.HistoricalEvent{e})
	translations, err := n.Translations(ctx, []news.ID{a.ID, b.ID})
	show("translations", translations, err, map[news.ID][]*news.Article{a.ID: {b}, b.ID: {a}})
	refs, err := n.ExternalRefs(ctx, []news.ID{a.ID})
	show("names elsewhere", refs[a.ID], err, []news.ExternalRef{{System: "cms", Value: "17", URL: new(news.URL("https://old.example/17"))}, {System: "w", Value: "a"}})
	ancestors, err := n.CategoryAncestors(ctx, []news.ID{c.ID, d.ID})
	show("ancestors", names(ancestors[d.ID]), err, []string{"World"})
	for path, want := range map[news.Path]Route{
		"/old": {State: RouteMoved, Subject: a.ID, Current: a.Path}, "/?p=17": {State: RouteMoved, Subject: a.ID, Current: a.Path}, "/by/ada": {State: RouteMoved, Subject: au.ID, Current: au.Path},
		"/withdrawn": {State: RouteGone, Reason: new("Wrong")}, "/world/asia/wet/": {State: RouteCurrent, Subject: a.ID, Current: a.Path},
	} {
		want.Since = noon
		got, err := n.Route(ctx, path)
		show(string(path), got, err, want)
	}
	n.check()
}

// TestSecondImport: what has not changed is not written, whatever it consists of.
func TestSecondImport(t *testing.T) {
	n := newNewsroom(t)
	n.try(wholeNewsroom()...)
	n.finish()
	before, dump := n.position(), n.dump()
	n.clock.advance(time.Hour)
	records := wholeNewsroom()
	n.bring(news.Unchanged, records...)
	slices.Reverse(records)
	n.bring(news.Unchanged, records...)
	if list := n.finish(); len(list) != 0 || n.position() != before {
		t.Errorf("the journal went from %d to %d; unresolved: %v", before, n.position(), list)
	}
	equal(t, "the database", n.dump(), dump)
	if a, b := asJSON(wholeNewsroom()), asJSON(func() []news.Record { r := wholeNewsroom(); n.try(r...); return r }()); a != b {
		t.Errorf("the import changed the caller's records:\n%s\n%s", a, b)
	}
}

// dump is all that is stored, but for the search index.
func (n *newsroom) dump() string {
	var all strings.Builder
	for _, table := range strings.Fields(n.text(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%search%' AND name NOT LIKE 'sqlite%' ORDER BY name`)) {
		columns := n.text(`SELECT group_concat('quote(' || name || ')', '||'',''||') FROM pragma_table_info(?)`, table)
		all.WriteString(table + ":\n" + n.text(`SELECT line FROM (SELECT `+columns+` AS line FROM `+table+`) ORDER BY line`) + "\n")
	}
	return all.String()
}

// TestChangedRecord: facets, counters, search, paths and the journal follow a change.
func TestChangedRecord(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	record := func(edit func(*news.ArticleRecord)) news.Record {
		r := article("w:a", "Rain in March", func(a *news.ArticleRecord) {
			a.Categories, a.Topics, a.Byline = []news.Ref{"w:c"}, []news.TopicLink{{Topic: "w:t"}}, []news.CreditRecord{{Author: "w:au"}}
		})
		edit(r.Article)
		return r
	}
	n.bring(news.Created, category("w:c", "World", ""), category("w:d", "Sport", ""), topic("w:t", "Peace"), author("w:au", "Ada"), record(func(*news.ArticleRecord) {}))
	first := n.article("w:a")
	equal(t, "the first path", first.Path, "/world/rain-in-march/")
	n.clock.advance(24 * time.Hour)
	n.bring(news.Updated, record(func(a *news.ArticleRecord) {
		a.Body = "<p>It was cold.</p>"
		a.Title, a.Categories, a.Topics, a.IsSticky, a.Kind, a.Byline = "Snow in May", []news.Ref{"w:d"}, nil, true, news.ArticleOpinion, []news.CreditRecord{{Name: "Ben"}}
	}))
	a := n.article("w:a")
	if a.Revision != 2 || a.ID != first.ID || !a.PublishedAt.Equal(first.PublishedAt) || !a.CreatedAt.Equal(first.CreatedAt) {
		t.Errorf("revision %d, published %v (was %v), created %v (was %v)", a.Revision, a.PublishedAt, first.PublishedAt, a.CreatedAt, first.CreatedAt)
	}
	equal(t, "the path", a.Path, "/sport/snow-in-may/")
	route, err := n.Route(ctx, first.Path)
	if err != nil || route.State != RouteMoved || route.Current != a.Path || !route.Since.Equal(noon.Add(24*time.Hour)) {
		t.Errorf("the old path leads to %+v (%v)", route, err)
	}
	for typed, want := range map[string]int{"snow": 1, "may": 1, "rain": 0, "ben": 1} {
		hits, err := n.Search(ctx, typed, nil, news.SearchByNewest, news.Window{Limit: 5})
		if err != nil || len(hits.Hits) != want {
			t.Errorf("%q finds %d, want %d (%v)", typed, len(hits.Hits), want, err)
		}
	}
	if c, d := n.category("w:c"), n.category("w:d"); c.DirectArticles != 0 || d.DirectArticles != 1 {
		t.Errorf("the categories have %d and %d articles", c.DirectArticles, d.DirectArticles)
	}
	n.check()

	// Back again: the old path is current and nothing is left behind.
	n.bring(news.Updated, record(func(*news.ArticleRecord) {}))
	equal(t, "the path", n.article("w:a").Path, first.Path)
	if route, err = n.Route(ctx, a.Path); err != nil || route.State != RouteMoved || route.Current != first.Path {
		t.Errorf("the path in between leads to %+v (%v)", route, err)
	}
	n.check()
}

// TestAnyOrder imports a newsroom in several orders and cuts, which must come to the same.
func TestAnyOrder(t *testing.T) {
	show := func(n *newsroom) string {
		return n.text(`SELECT 'article ' || title || path || status || coalesce((SELECT c.name FROM categories c WHERE c.id = primary_category_id), '') ||
				coalesce((SELECT i.url FROM images i WHERE i.id = lead_image_id), '') || (translation_group IS NOT NULL) FROM articles ORDER BY title`) +
			n.text(`SELECT a.title || f.facet FROM article_facets f JOIN articles a ON a.id = f.article_id WHERE f.facet BETWEEN 0 AND 1000 ORDER BY 1`) +
			n.text(`SELECT a.title || c.name || l.position FROM article_categories l JOIN articles a ON a.id = l.article_id JOIN categories c ON c.id = l.category_id ORDER BY 1`) +
			n.text(`SELECT a.title || b.title || l.position FROM related_articles l JOIN articles a ON a.id = l.article_id JOIN articles b ON b.id = l.related_id ORDER BY 1`) +
			n.text(`SELECT a.title || e.title FROM article_events l JOIN articles a ON a.id = l.article_id JOIN events e ON e.id = l.event_id ORDER BY 1`) +
			n.text(`SELECT a.title || b.name || coalesce(x.name, '') FROM bylines b JOIN articles a ON a.id = b.article_id LEFT JOIN authors x ON x.id = b.author_id ORDER BY 1`) +
			n.text(`SELECT a.title || x.name FROM article_topics l JOIN articles a ON a.id = l.article_id JOIN topics x ON x.id = l.topic_id ORDER BY 1`) +
			n.text(`SELECT c.name || a.depth || p.name || c.path FROM category_ancestors a JOIN categories c ON c.id = a.category_id JOIN categories p ON p.id = a.ancestor_id ORDER BY 1`) +
			n.text(`SELECT path || state FROM paths WHERE state = 'CURRENT' OR subject IS NULL OR path LIKE '/old%' ORDER BY 1`) +
			n.text(`SELECT about_heading || (about_page_id IS NOT NULL) FROM sites`)
	}
	n := newNewsroom(t)
	n.try(wholeNewsroom()...)
	want := show(n)
	backwards := wholeNewsroom()
	slices.Reverse(backwards)
	for name, batches := range map[string][][]news.Record{
		"backwards":                 {backwards},
		"one by one":                slices.Collect(slices.Chunk(wholeNewsroom(), 1)),
		"one by one, backwards":     slices.Collect(slices.Chunk(backwards, 1)),
		"in threes, backwards":      slices.Collect(slices.Chunk(backwards, 3)),
		"the middle first":          {wholeNewsroom()[5:9], wholeNewsroom()[9:], wholeNewsroom()[:5]},
		"articles last to be ready": {wholeNewsroom()[8:], wholeNewsroom()[:8]},
	} {
		n := newNewsroom(t)
		for _, batch := range batches {
			for i, o := range n.try(batch...) {
				if o.Result == news.Failed {
					t.Fatalf("%s: %s: %s", name, batch[i].Ref, o.Reason)
				}
			}
		}
		if list := n.finish(); len(list) != 0 {
			t.Errorf("%s: unresolved: %v", name, list)
		}
		// An address that was given before the parent came stays as a redirect; the rest must be the same.
		if got := show(n); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
		n.check()
		before := n.position()
		n.bring(news.Unchanged, wholeNewsroom()...)
		n.finish()
		if n.position() != before {
			t.Errorf("%s: the second import wrote something", name)
		}
	}
}

func TestReferences(t *testing.T) {
	ctx := context.Background()
	t.Run("that never come", func(t *testing.T) {
		n := newNewsroom(t)
		n.bring(news.Created, article("w:a", "Rain", func(a *news.ArticleRecord) {
			a.LeadImage, a.Related, a.Byline = "w:never", news.Pins("w:b", "w:gone"), []news.CreditRecord{{Author: "w:nobody"}}
		}), article("w:b", "Snow"))
		want := []news.Unresolved{{From: "w:a", To: "w:never", Relation: "leadImage"}, {From: "w:a", To: "w:nobody", Relation: "byline"}, {From: "w:a", To: "w:gone", Relation: "related"}}
		equal(t, "unresolved", n.finish(), want)
		at := n.position()
		equal(t, "unresolved, again", n.finish(), want)
		if n.position() != at {
			t.Error("FinishImport writes again what it cannot resolve")
		}
		// One of three comes.
		n.bring(news.Created, image("w:never", "/media/i.svg"))
		equal(t, "unresolved, one less", n.finish(), want[1:])
		if n.article("w:a").LeadImageID != n.id("w:never") || n.article("w:a").Revision != 2 {
			t.Errorf("%+v", n.article("w:a"))
		}
		// The record changes and needs them no more.
		n.bring(news.Updated, article("w:a", "Rain"))
		if list := n.finish(); len(list) != 0 {
			t.Errorf("unresolved: %v", list)
		}
		n.check()
	})
	t.Run("of the wrong type", func(t *testing.T) {
		n := newNewsroom(t)
		wrong := article("w:a", "Rain", func(a *news.ArticleRecord) { a.LeadImage, a.Related = "w:t", news.Pins("w:b") })
		n.bring(news.Created, wrong) // nobody can know yet
		n.bring(news.Created, topic("w:t", "Peace"), article("w:b", "Snow"))
		want := []news.Unresolved{{From: "w:a", To: "w:t", Relation: "leadImage"}}
		equal(t, "unresolved", n.finish(), want)
		related, err := n.RelatedArticles(ctx, []news.ID{n.id("w:a")}, nil, news.Window{Limit: 5})
		if err != nil || len(related[n.id("w:a")].Edges) != 1 {
			t.Errorf("the good reference of the record was not set (%v)", err)
		}
		at := n.position()
		equal(t, "unresolved, again", n.finish(), want)
		if n.position() != at {
			t.Error("FinishImport writes again what it cannot set")
		}
		for relation, edit := range map[string]func(*news.ArticleRecord){
			"leadImage": func(a *news.ArticleRecord) { a.LeadImage = "w:t" }, "related": func(a *news.ArticleRecord) { a.Related = news.Pins("w:t") },
			"categories": func(a *news.ArticleRecord) { a.PrimaryCategory, a.Categories = "w:c", []news.Ref{"w:b"} }, "primaryCategory": func(a *news.ArticleRecord) { a.PrimaryCategory = "w:b" },
			"byline": func(a *news.ArticleRecord) { a.Byline = []news.CreditRecord{{Author: "w:t"}} }, "topics": func(a *news.ArticleRecord) { a.Topics = []news.TopicLink{{Topic: "w:b"}} },
			"events": func(a *news.ArticleRecord) { a.Events = []news.Ref{"w:b"} }, "translationOf": func(a *news.ArticleRecord) { a.TranslationOf = "w:t" },
		} {
			outcomes := n.try(category("w:c", "World", ""), article("w:x", "Hail", edit), article(news.Ref("w:good-"+relation), "Sleet"))
			if outcomes[1].Result != news.Failed || !strings.Contains(outcomes[1].Reason, relation+" refers to w:") || outcomes[2].Result != news.Created {
				t.Errorf("%s: %+v", relation, outcomes)
			}
		}
		n.check()
	})
	t.Run("to itself", func(t *testing.T) {
		n := newNewsroom(t)
		n.bring(news.Created, article("w:a", "Rain", func(a *news.ArticleRecord) {
			a.Related, a.TranslationOf = news.Pins("w:a", "w:b", "w:b"), "w:a"
		}), article("w:b", "Snow"))
		related, err := n.RelatedArticles(ctx, []news.ID{n.id("w:a")}, nil, news.Window{Limit: 5})
		if err != nil || len(related[n.id("w:a")].Edges) != 1 || *related[n.id("w:a")].Edges[0].Position != 0 {
			t.Errorf("related to itself and twice to another: %+v (%v)", related[n.id("w:a")].Edges, err)
		}
		outcomes := n.try(category("w:c", "World", "w:c"), page("w:p", "Page", func(p *news.PageRecord) { p.Parent = "w:p" }))
		for _, o := range outcomes {
			if o.Result != news.Failed || !strings.Contains(o.Reason, "lies below the record itself") {
				t.Errorf("%+v", o)
			}
		}
		n.check()
	})
	t.Run("twice", func(t *testing.T) {
		n := newNewsroom(t)
		n.bring(news.Created, category("w:c", "World", ""), topic("w:t", "Peace"), author("w:au", "Ada"), event("w:e", "Treaty", "1999"),
			article("w:a", "Rain", func(a *news.ArticleRecord) {
				a.Categories, a.Events = []news.Ref{"w:c", "w:c"}, []news.Ref{"w:e", "w:e"}
				a.Topics, a.Byline = []news.TopicLink{{Topic: "w:t"}, {Topic: "w:t"}}, []news.CreditRecord{{Author: "w:au"}, {Author: "w:au", Role: news.RolePhotographer}}
			}))
		n.check()
	})
	t.Run("under one ref", func(t *testing.T) {
		n := newNewsroom(t)
		outcomes := n.try(article("w:a", "Rain"), article("w:a", "Snow"), topic("w:a", "Peace"))
		if outcomes[0].Result != news.Created || outcomes[1].Result != news.Failed || outcomes[2].Result != news.Failed || !strings.Contains(outcomes[1].Reason, "stands twice") {
			t.Errorf("%+v", outcomes)
		}
		if o := n.try(topic("w:a", "Peace"))[0]; o.Result != news.Failed || !strings.Contains(o.Reason, "as something else") {
			t.Errorf("%+v", o)
		}
		n.check()
	})
}

// TestTranslations: a story in several languages is one group, however its versions come.
func TestTranslations(t *testing.T) {
	version := func(ref, of news.Ref) news.Record {
		return article(ref, string(ref), func(a *news.ArticleRecord) { a.TranslationOf, a.Locale = of, news.Locale(ref[2:]) })
	}
	for name, batches := range map[string][][]news.Record{
		"original first":            {{version("w:en", ""), version("w:de", "w:en"), version("w:fr", "w:en")}},
		"original last":             {{version("w:fr", "w:en"), version("w:de", "w:en"), version("w:en", "")}},
		"a chain":                   {{version("w:fr", "w:de"), version("w:de", "w:en"), version("w:en", "")}},
		"a ring":                    {{version("w:fr", "w:de"), version("w:de", "w:en"), version("w:en", "w:fr")}},
		"one by one":                {{version("w:en", "")}, {version("w:de", "w:en")}, {version("w:fr", "w:de")}},
		"one by one, original last": {{version("w:fr", "w:en")}, {version("w:de", "w:en")}, {version("w:en", "")}},
		"two groups meet":           {{version("w:en", ""), version("w:de", ""), version("w:fr", "w:de")}, {version("w:de", "w:en")}},
	} {
		n := newNewsroom(t)
		for _, batch := range batches {
			n.try(batch...)
		}
		n.finish()
		if groups := n.number(`SELECT count(DISTINCT coalesce(translation_group, id)) FROM articles`); groups != 1 {
			t.Errorf("%s: %d groups", name, groups)
		}
		found, err := n.Translations(context.Background(), []news.ID{n.id("w:en"), n.id("w:fr")})
		if err != nil || len(found[n.id("w:en")]) != 2 || len(found[n.id("w:fr")]) != 2 {
			t.Errorf("%s: %v %v", name, found, err)
		}
		n.check()
	}
	n := newNewsroom(t)
	n.bring(news.Created, version("w:en", ""), version("w:de", "w:en"))
	n.bring(news.Updated, version("w:de", ""))
	found, err := n.Translations(context.Background(), []news.ID{n.id("w:en"), n.id("w:de")})
	if err != nil || len(found) != 0 {
		t.Errorf("a version that left its group is still in it: %v %v", found, err)
	}
}

// TestBrokenRecordsFailAlone: the rest of the batch is written, also when only the database finds out.
func TestBrokenRecordsFailAlone(t *testing.T) {
	n := newNewsroom(t)
	db := n.db
	if err := db.Write(context.Background(), "", []engine.Step{{SQL: `CREATE TRIGGER no_thirteen BEFORE INSERT ON articles WHEN new.title LIKE '%13%' BEGIN
		INSERT INTO facet_counts (list, facet, entries) VALUES (9, 9, NULL); END`}}); err != nil {
		t.Fatal(err)
	}
	var records []news.Record
	for i := range 20 {
		records = append(records, article(news.Ref(fmt.Sprint("w:a", i)), fmt.Sprint("Number ", i), func(a *news.ArticleRecord) { a.Related = news.Pins("w:a13") }))
	}
	records = append(records,
		article("w:untitled", "  <b></b> "), news.Record{Ref: "w:nothing"}, news.Record{Ref: "w:both", Topic: &news.TopicRecord{Topic: news.Topic{Name: "A"}}, Author: &news.AuthorRecord{Author: news.Author{Name: "A"}}},
		article("no-system", "Rain"), article("w:nul\x00", "Rain"), article("w:utf\xff", "Rain"), article("w:poem", "Rain", func(a *news.ArticleRecord) { a.Kind = "POEM" }),
		article("w:lost", "Rain", func(a *news.ArticleRecord) { a.Status = "LOST" }),
		article("w:nan", "Rain", func(a *news.ArticleRecord) { a.Topics = []news.TopicLink{{Topic: "w:t", Relevance: new(math.NaN())}} }),
		article("w:far", "Rain", func(a *news.ArticleRecord) { a.PublishedAt = time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC) }),
		article("w:anonymous", "Rain", func(a *news.ArticleRecord) { a.Byline = []news.CreditRecord{{}} }),
		article("w:about-nothing", "Rain", func(a *news.ArticleRecord) { a.Topics = []news.TopicLink{{}} }),
		event("w:never", "Rain", "31 February"), event("w:maybe", "Rain", "1999", func(e *news.EventRecord) { e.Verification = "MAYBE" }),
		category("w:nameless", " ", ""), topic("w:nameless-2", ""), author("w:nameless-3", "<i>"), topic("w:kind", "Rain", func(tp *news.TopicRecord) { tp.Kind = "STONE" }),
		redirect("w:relative", "old", "w:a1"), redirect("w:image", "/old", "w:i"), news.Record{Ref: "w:zone", Site: &news.SiteRecord{Site: news.Site{TimeZone: "Mars/Olympus"}}},
		image("w:i", "/media/i.svg"))
	good := map[news.Ref]bool{"w:i": true}
	for i := range 20 {
		good[news.Ref(fmt.Sprint("w:a", i))] = i != 13
	}
	for i, o := range n.try(records...) {
		if (o.Result == news.Created) != good[records[i].Ref] {
			t.Errorf("%s: %+v", records[i].Ref, o)
		}
		if o.Result == news.Failed && len(o.Reason) < 15 {
			t.Errorf("%s failed without saying why: %q", records[i].Ref, o.Reason)
		}
	}
	if list := n.finish(); len(list) != 19 {
		t.Errorf("%d references lead nowhere, want the 19 to the broken article", len(list))
	}
	n.check()
	// What failed is tried again and can be mended.
	n.bring(news.Created, article("w:a13", "Number thirteen"))
	if list := n.finish(); len(list) != 0 {
		t.Errorf("unresolved: %v", list)
	}
	if linked := n.number(`SELECT count(*) FROM related_articles WHERE related_id = ?`, int64(n.id("w:a13"))); linked != 19 {
		t.Errorf("%d are related to it", linked)
	}
	n.check()
}

// TestFailedUpdateKeepsTheNode: others of the batch still find what is stored of it.
func TestFailedUpdateKeepsTheNode(t *testing.T) {
	n := newNewsroom(t)
	n.bring(news.Created, category("w:c", "World", ""))
	outcomes := n.try(category("w:c", " ", ""), article("w:a", "Rain", func(a *news.ArticleRecord) { a.Categories = []news.Ref{"w:c"} }))
	if outcomes[0].Result != news.Failed || outcomes[1].Result != news.Created || n.article("w:a").PrimaryCategoryID != n.id("w:c") {
		t.Errorf("%+v, filed in %s", outcomes, n.article("w:a").PrimaryCategoryID)
	}
	equal(t, "the path", n.article("w:a").Path, "/world/rain/")
	n.check()
}

func TestAddresses(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	titled := func(ref news.Ref, title string, edit ...func(*news.ArticleRecord)) string {
		n.bring(news.Created, article(ref, title, edit...))
		a := n.article(ref)
		return a.Slug + " " + string(a.Path)
	}
	in := func(l news.Locale) func(*news.ArticleRecord) { return func(a *news.ArticleRecord) { a.Locale = l } }
	at := func(p news.Path) func(*news.ArticleRecord) { return func(a *news.ArticleRecord) { a.Path = p } }
	for i, tt := range []struct {
		title string
		edit  func(*news.ArticleRecord)
		want  string
	}{
		{"Rain", in("en"), "rain /rain/"}, {"Rain", in("en"), "rain-2 /rain-2/"}, {"Rain!", in("en"), "rain-3 /rain-3/"},
		{"Rain", in("de"), "rain /rain-4/"}, {"Rain", in("de"), "rain-2 /rain-2-2/"},
		{"🌧️", in("en"), "article /article/"}, {"🌧️🌧️", in("en"), "article-2 /article-2/"},
		{"مطر", in("ar"), "مطر /%D9%85%D8%B7%D8%B1/"},
		{"Given", at("/given/by us"), "given /given/by%20us"}, {"Given", at("/given/by%20us"), "given-2 /given/by%20us-2"},
		{"Root", at("/"), "root /"}, {"Root", at("/"), "root-2 /2/"},
	} {
		if got := titled(news.Ref(fmt.Sprint("w:", i)), tt.title, tt.edit); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.title, got, tt.want)
		}
	}
	taken := n.try(article("w:taken", "Other", at("/given/by us")))[0]
	if taken.Result != news.Created || !strings.Contains(taken.Reason, "/given/by%20us is taken") {
		t.Errorf("nobody says that the path was taken: %+v", taken)
	}
	// A number stays with the node when others change.
	n.bring(news.Updated, article("w:0", "Hail", in("en")))
	n.bring(news.Updated, article("w:1", "Rain", in("en"), func(a *news.ArticleRecord) { a.IsSticky = true }))
	equal(t, "the slug of an article whose namesake has gone", n.article("w:1").Slug, "rain-2")
	// But what is asked for is given as soon as it is free.
	n.bring(news.Updated, article("w:8", "Given", at("/elsewhere")), article("w:9", "Given", at("/given/by us"), func(a *news.ArticleRecord) { a.IsSticky = true }))
	equal(t, "a path that was asked for", n.article("w:9").Path, "/given/by%20us-2") // still taken when the batch was read
	n.bring(news.Updated, article("w:9", "Given", at("/given/by us")))
	equal(t, "a path that was asked for again", n.article("w:9").Path, "/given/by%20us")
	n.check()

	many := newNewsroom(t)
	var records []news.Record
	for i := range 300 {
		records = append(records, article(news.Ref(fmt.Sprint("w:", i)), "Briefing"))
	}
	for batch := range slices.Chunk(records, 70) {
		many.bring(news.Created, batch...)
	}
	slugs := strings.Fields(many.text(`SELECT slug FROM articles ORDER BY length(slug), slug`))
	for i, slug := range slugs {
		if want := numbered("briefing", i+1); i > 0 && slug != want {
			t.Fatalf("slug %d is %s, want %s", i, slug, want)
		}
	}
	if _, err := many.Route(ctx, "/briefing-300/"); err != nil {
		t.Error(err)
	}
	many.check()
}

func TestIsNumbered(t *testing.T) {
	for s, want := range map[string]bool{"/a-2/": true, "/a-17/": true, "/a-1/": false, "/a-02/": false, "/a-2": false, "/a/": false, "/a--2/": false, "/ab-2/": false, "/a-x/": false, "": false, "/a-/": false, "/a-+2/": false} {
		if isNumbered(s, "/a/") != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

func TestCategoryTrees(t *testing.T) {
	chain := func(n *newsroom, ref news.Ref) string {
		found, err := n.CategoryAncestors(context.Background(), []news.ID{n.id(ref)})
		if err != nil {
			t.Fatal(err)
		}
		names := ""
		for _, c := range found[n.id(ref)] {
			names += c.Name + " "
		}
		return names + n.category(ref).Name
	}
	filed := func(ref, in news.Ref) news.Record {
		return article(ref, string(ref[2:]), func(a *news.ArticleRecord) { a.Categories = []news.Ref{in} })
	}
	t.Run("moved", func(t *testing.T) {
		n := newNewsroom(t)
		n.bring(news.Created, category("w:a", "A", ""), category("w:b", "B", "w:a"), category("w:c", "C", "w:b"), category("w:x", "X", ""), category("w:y", "Y", "w:x"),
			filed("w:1", "w:c"), filed("w:2", "w:b"), filed("w:3", "w:a"), event("w:e", "E", "1999", func(e *news.EventRecord) { e.Categories = []news.Ref{"w:c"} }))
		n.bring(news.Updated, category("w:b", "B", "w:y"))
		equal(t, "the chain", chain(n, "w:c"), "X Y B C")
		for ref, want := range map[news.Ref]int{"w:a": 1, "w:b": 2, "w:c": 1, "w:x": 2, "w:y": 2} {
			if got := n.category(ref).SubtreeArticles; got != want {
				t.Errorf("%s has %d articles, want %d", ref, got, want)
			}
		}
		n.check()
		n.bring(news.Updated, category("w:b", "B", ""))
		equal(t, "the chain", chain(n, "w:c"), "B C")
		n.check()
		// Several moves, new children and refiled articles in one batch.
		n.try(category("w:new", "New", "w:c"), category("w:c", "C", "w:x"), category("w:x", "X", "w:a"), category("w:b", "B", "w:new"), filed("w:1", "w:new"), filed("w:4", "w:b"))
		equal(t, "the chain", chain(n, "w:b"), "A X C New B")
		n.check()
	})
	t.Run("ring in one batch", func(t *testing.T) {
		n := newNewsroom(t)
		outcomes := n.try(category("w:a", "A", "w:b"), category("w:b", "B", "w:c"), category("w:c", "C", "w:a"))
		failed := 0
		for _, o := range outcomes {
			if o.Result == news.Failed {
				failed++
			}
		}
		if failed != 1 {
			t.Errorf("%+v, want one to fail", outcomes)
		}
		n.finish()
		n.check()
	})
	t.Run("ring of moves in one batch", func(t *testing.T) {
		n := newNewsroom(t)
		n.bring(news.Created, category("w:a", "A", ""), category("w:b", "B", ""), category("w:c", "C", "w:b"))
		outcomes := n.try(category("w:a", "A", "w:c"), category("w:b", "B", "w:a"))
		if outcomes[0].Result != news.Updated || outcomes[1].Result != news.Failed {
			t.Errorf("%+v", outcomes)
		}
		n.check()
		// Not a ring: the one moves out of the way of the other.
		n.bring(news.Updated, category("w:b", "B", "w:a"), category("w:a", "A", ""), category("w:c", "C", ""))
		equal(t, "the chain", chain(n, "w:b"), "A B")
		n.check()
	})
	t.Run("ring over two batches", func(t *testing.T) {
		n := newNewsroom(t)
		n.bring(news.Created, category("w:a", "A", "w:b"))
		n.bring(news.Created, category("w:b", "B", "w:a"))
		equal(t, "unresolved", n.finish(), []news.Unresolved{{From: "w:a", To: "w:b", Relation: "parent"}})
		at := n.position()
		n.finish()
		if n.position() != at {
			t.Error("FinishImport goes on trying")
		}
		n.check()
		p := func(ref, parent news.Ref) news.Record {
			return page(ref, string(ref), func(p *news.PageRecord) { p.Parent = parent })
		}
		n.bring(news.Created, p("w:p", "w:q"))
		n.bring(news.Created, p("w:q", "w:p"))
		if list := n.finish(); len(list) != 2 {
			t.Errorf("unresolved: %v", list)
		}
		n.check()
	})
	t.Run("deep", func(t *testing.T) {
		n := newNewsroom(t)
		var records []news.Record
		for i := range maxDepth + 1 {
			parent := news.Ref("")
			if i > 0 {
				parent = news.Ref(fmt.Sprint("w:", i-1))
			}
			records = append(records, category(news.Ref(fmt.Sprint("w:", i)), fmt.Sprint(i), parent))
		}
		slices.Reverse(records)
		for i, o := range n.try(records...) {
			if want := map[bool]news.ImportResult{true: news.Failed, false: news.Created}[i == 0]; o.Result != want {
				t.Fatalf("%s: %+v", records[i].Ref, o)
			}
		}
		if d := n.category("w:99").Depth; d != maxDepth-1 {
			t.Errorf("the lowest has depth %d", d)
		}
		// The tree as a whole cannot be hung below another.
		n.bring(news.Created, category("w:top", "Top", ""))
		if o := n.try(category("w:0", "0", "w:top"))[0]; o.Result != news.Failed {
			t.Errorf("%+v", o)
		}
		n.check()
	})
}

func TestPageTrees(t *testing.T) {
	n := newNewsroom(t)
	p := func(ref, parent news.Ref, edit ...func(*news.PageRecord)) news.Record {
		return page(ref, string(ref[2:]), append([]func(*news.PageRecord){func(p *news.PageRecord) { p.Parent = parent }}, edit...)...)
	}
	n.bring(news.Created, p("w:c", "w:b"), p("w:b", "w:a"), p("w:a", ""))
	equal(t, "the path", n.text(`SELECT path FROM pages WHERE title = 'c'`), "/a/b/c/")
	n.bring(news.Updated, p("w:a", "", func(p *news.PageRecord) { p.Status = news.StatusRetracted }))
	n.bring(news.Created, p("w:d", "w:a"))
	equal(t, "the path below a retracted page", n.text(`SELECT path FROM pages WHERE title = 'd'`), "/a/d/")
	o := n.try(p("w:x", "w:y"), p("w:y", "w:x"))
	if (o[0].Result == news.Failed) == (o[1].Result == news.Failed) {
		t.Errorf("a ring: %+v", o)
	}
	n.finish()
	n.check()
}

func TestRedirects(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	state := func(path news.Path) string {
		t.Helper()
		r, err := n.Route(ctx, path)
		if err != nil {
			return string(news.KindOf(err))
		}
		return fmt.Sprintf("%s %s", r.State, r.Current)
	}
	n.bring(news.Created, redirect("w:r", "/old", "w:a")) // the target comes later
	equal(t, "a redirect without its target", state("/old"), "NOT_FOUND")
	n.bring(news.Created, article("w:a", "Rain"), redirect("w:g", "/gone", ""))
	n.finish()
	equal(t, "a redirect", state("/old"), "MOVED /rain/")
	equal(t, "gone", state("/gone"), "GONE ")
	// What is current stays, and the import says so.
	o := n.try(redirect("w:r2", "/rain/", ""), redirect("w:r3", "/rain", "w:a"))
	if !strings.Contains(o[0].Reason, "is in use by "+n.id("w:a").String()) || o[1].Reason != "" {
		t.Errorf("%+v", o)
	}
	equal(t, "a current path", state("/rain/"), "CURRENT /rain/")
	// What moves in takes an old path over.
	n.bring(news.Created, article("w:b", "New", func(a *news.ArticleRecord) { a.Path = "/old" }))
	equal(t, "an old path", state("/old"), "CURRENT /old")
	// Retracted: gone, and later back elsewhere.
	n.bring(news.Updated, article("w:b", "New", func(a *news.ArticleRecord) { a.Path, a.Status = "/old", news.StatusRetracted }))
	equal(t, "a retracted path", state("/old"), "GONE ")
	n.bring(news.Updated, article("w:b", "New", func(a *news.ArticleRecord) { a.Path = "/new" }))
	equal(t, "the path before the retraction", state("/old"), "MOVED /new")
	n.check()
	// Another target.
	n.bring(news.Updated, redirect("w:g", "/gone", "w:b"))
	equal(t, "no longer gone", state("/gone"), "MOVED /new")
	n.check()
}

func TestStatuses(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	ahead := noon.Add(time.Hour)
	for _, tt := range []struct {
		status    news.EntryStatus
		published time.Time
		want      news.EntryStatus
	}{
		{"", time.Time{}, news.StatusPublished}, {"", ahead, news.StatusScheduled}, {news.StatusPublished, ahead, news.StatusScheduled},
		{news.StatusPublished, noon, news.StatusPublished}, {news.StatusScheduled, ahead, news.StatusScheduled}, {news.StatusDraft, time.Time{}, news.StatusDraft},
		{news.StatusInReview, time.Time{}, news.StatusInReview}, {news.StatusUnpublished, noon, news.StatusUnpublished}, {news.StatusRetracted, noon, news.StatusRetracted},
		{news.StatusPublished, time.Unix(0, 0).UTC(), news.StatusPublished},
	} {
		name := fmt.Sprint(tt.status, tt.published.Unix())
		set := func(h *news.Head) { h.Status, h.PublishedAt = tt.status, tt.published }
		n.bring(news.Created, article(news.Ref("w:a"+name), "Rain", func(a *news.ArticleRecord) { set(&a.Head) }), page(news.Ref("w:p"+name), "Rain", func(p *news.PageRecord) { set(&p.Head) }),
			event(news.Ref("w:e"+name), "Rain", "1999", func(e *news.EventRecord) { set(&e.Head) }))
		visible := tt.want == news.StatusPublished
		a, p, e := n.id(news.Ref("w:a"+name)), n.id(news.Ref("w:p"+name)), n.id(news.Ref("w:e"+name))
		articles, err1 := n.Articles(ctx, []news.ID{a})
		pages, err2 := n.Pages(ctx, []news.ID{p})
		events, err3 := n.Events(ctx, []news.ID{e})
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		if (articles[a] != nil) != visible || (pages[p] != nil) != visible || (events[e] != nil) != visible {
			t.Errorf("%s: visible: %v %v %v, want %v", name, articles[a] != nil, pages[p] != nil, events[e] != nil, visible)
		}
		for id, table := range map[news.ID]string{a: "articles", p: "pages", e: "events"} {
			if got := n.text(`SELECT status FROM `+table+` WHERE id = ?`, int64(id)); got != string(tt.want) {
				t.Errorf("%s: %s is %s, want %s", name, table, got, tt.want)
			}
		}
		if visible && !tt.published.IsZero() && !articles[a].PublishedAt.Equal(tt.published) {
			t.Errorf("%s: published %v, want %v", name, articles[a].PublishedAt, tt.published)
		}
	}
	n.check()
}

// TestTwoImporters: two programs import the same records into one file at the same time. Every record is written once.
func TestTwoImporters(t *testing.T) {
	first := newNewsroom(t)
	second := openNewsroom(t, first.path)
	records := func() (all []news.Record) {
		for i := range 60 {
			number := fmt.Sprint(i)
			all = append(all, image(news.Ref("w:i"+number), "/media/i.svg"), category(news.Ref("w:c"+number), "World", ""), redirect(news.Ref("w:r"+number), news.Path("/old-"+number), news.Ref("w:a"+number)),
				article(news.Ref("w:a"+number), "Rain", func(a *news.ArticleRecord) {
					a.LeadImage, a.Categories = news.Ref("w:i"+number), []news.Ref{news.Ref("w:c" + number)}
				}))
		}
		return all
	}
	for round := range 3 {
		var wait sync.WaitGroup
		for _, n := range []*newsroom{first, second} {
			wait.Go(func() {
				all := records()
				for i := range all { // the later rounds change something
					if all[i].Article != nil && round > 0 {
						all[i].Article.Standfirst = new(fmt.Sprint("Round ", round))
					}
				}
				for batch := range slices.Chunk(all, 16) {
					outcomes, err := n.Import(context.Background(), batch)
					if err != nil {
						t.Error(err)
						return
					}
					for i, o := range outcomes {
						if o.Result == news.Failed {
							t.Errorf("%s: %s", batch[i].Ref, o.Reason)
						}
					}
				}
			})
		}
		wait.Wait()
		first.check()
		for table, want := range map[string]int64{"images": 60, "categories": 60, "articles": 60, "external_refs": 240} {
			if got := first.number(`SELECT count(*) FROM ` + table); got != want {
				t.Errorf("round %d: %d %s, want %d", round, got, table, want)
			}
		}
		if wrong := first.number(`SELECT count(*) FROM articles WHERE version <> ?`, round+1); wrong != 0 {
			t.Errorf("round %d: %d articles were not written exactly once", round, wrong)
		}
	}
}

// meetingEngine lets somebody else write right before one of its calls.
type meetingEngine struct {
	engine.Engine
	before int // calls until then
	other  func()
}

func (e *meetingEngine) meet() {
	if e.before--; e.before == 0 {
		e.other()
	}
}

func (e *meetingEngine) Query(ctx context.Context, stmts ...engine.Stmt) error {
	e.meet()
	return e.Engine.Query(ctx, stmts...)
}

func (e *meetingEngine) Write(ctx context.Context, opID string, steps []engine.Step) error {
	e.meet()
	return e.Engine.Write(ctx, opID, steps)
}

// TestImporterInBetween: another program imports the same at any moment of an import. Everything is written once.
func TestImporterInBetween(t *testing.T) {
	ctx := context.Background()
	for _, known := range []bool{false, true} {
		for before := 1; ; before++ {
			n := newNewsroom(t)
			want := int64(1)
			if known {
				n.try(wholeNewsroom()...)
				want = 2
			}
			records := func() []news.Record {
				all := wholeNewsroom()
				for i := range all {
					if all[i].Article != nil {
						all[i].Article.Standfirst = new("Changed")
					}
				}
				return all
			}
			other := openNewsroom(t, n.path)
			meeting := &meetingEngine{n.db, before, func() { other.try(records()...) }}
			n.Store.db = meeting
			outcomes, err := n.Import(ctx, records())
			n.Store.db = meeting.Engine
			if err != nil {
				t.Fatalf("at call %d: %v", before, err)
			}
			for i, o := range outcomes {
				if o.Result == news.Failed {
					t.Errorf("at call %d: %s: %s", before, records()[i].Ref, o.Reason)
				}
			}
			if wrong := n.text(`SELECT title || ' ' || version FROM articles WHERE version <> ?`, want); wrong != "" {
				t.Errorf("at call %d: written twice: %s", before, wrong)
			}
			if n.check(); t.Failed() {
				t.FailNow()
			}
			if meeting.before > 0 {
				if before < 5 {
					t.Errorf("the import made only %d calls", before)
				}
				break // the import was over before
			}
		}
	}
}

// slowEngine ends the context in the middle of a batch.
type slowEngine struct {
	engine.Engine
	cancel context.CancelFunc
	after  int // queries
}

func (e *slowEngine) Query(ctx context.Context, stmts ...engine.Stmt) error {
	if e.after--; e.after == 0 {
		e.cancel()
	}
	return e.Engine.Query(ctx, stmts...)
}

func (e *slowEngine) Write(ctx context.Context, opID string, steps []engine.Step) error {
	if e.after > 0 {
		e.cancel()
	}
	return e.Engine.Write(ctx, opID, steps)
}

// TestCancelled: an import that is broken off leaves nothing, wherever it is.
func TestCancelled(t *testing.T) {
	n := newNewsroom(t)
	db := n.db
	for _, after := range []int{1, 3, 10, 1 << 30} {
		ctx, cancel := context.WithCancel(context.Background())
		n.Store.db = &slowEngine{db, cancel, after}
		_, err := n.Import(ctx, wholeNewsroom())
		n.Store.db = db
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after %d queries: %v", after, err)
		}
		if n.position() != 1 || n.number(`SELECT count(*) FROM external_refs`) != 0 {
			t.Fatalf("after %d queries something is left", after)
		}
	}
	n.check()
}

func TestImportDry(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created, topic("w:t", "Peace"), article("w:a", "Rain"))
	dump := n.dump()
	records := append(wholeNewsroom()[1:], topic("w:bad", " "))
	dry, err := n.ImportDry(ctx, records)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "the database after a dry run", n.dump(), dump)
	again, err := n.ImportDry(ctx, records)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "a second dry run", again, dry)
	equal(t, "the real run", n.try(records...), dry)
	results := map[news.ImportResult]int{}
	for _, o := range dry {
		results[o.Result]++
	}
	equal(t, "results", results, map[news.ImportResult]int{news.Created: 9, news.Updated: 2, news.Failed: 1})
}

// TestStatementsPerRecord: what an import asks and writes does not grow with what is stored or with the batch.
func TestStatementsPerRecord(t *testing.T) {
	n, r := recordedNewsroom(t)
	batch := func(from, size int) (records []news.Record) {
		for i := from; i < from+size; i++ {
			records = append(records, article(news.Ref(fmt.Sprint("w:", i)), fmt.Sprint("Rain ", i), func(a *news.ArticleRecord) { a.Categories = []news.Ref{"w:c"} }))
		}
		return records
	}
	n.bring(news.Created, category("w:c", "World", ""))
	count := func(records []news.Record) int {
		before := r.count
		n.try(records...)
		return r.count - before
	}
	one := count(batch(0, 1))
	hundred := count(batch(100, 100))
	for i := range 5 {
		count(batch(1000+200*i, 200))
	}
	if later := count(batch(5000, 1)); later != one {
		t.Errorf("one article took %d statements, and %d after a thousand others", one, later)
	}
	if later := count(batch(6000, 100)); later != hundred || hundred > 100*one {
		t.Errorf("a hundred articles took %d statements, and %d after a thousand others; one takes %d", hundred, later, one)
	}
	unchanged := count(batch(100, 100))
	if unchanged > 3 {
		t.Errorf("a hundred unchanged articles took %d statements", unchanged)
	}
	t.Logf("%d statements for one article, %d for a hundred, %d for a hundred unchanged", one, hundred, unchanged)
}

// TestOneWrite: a batch without faults is one batch of the database, also where its records touch the same things.
func TestOneWrite(t *testing.T) {
	n, r := recordedNewsroom(t)
	filed := func(title string) news.Record {
		return article("w:x", title, func(a *news.ArticleRecord) { a.Categories = []news.Ref{"w:low"} })
	}
	writes := func(want news.ImportResult, records ...news.Record) int {
		before := r.writes
		n.bring(want, records...)
		return r.writes - before
	}
	if got := writes(news.Created, wholeNewsroom()[1:]...); got != 1 {
		t.Errorf("a newsroom took %d writes", got)
	}
	n.bring(news.Created, category("w:high", "High", ""), category("w:low", "Low", ""), filed("Hail"))
	if got := writes(news.Updated, category("w:low", "Low", "w:high"), category("w:high", "High", "w:c"), filed("Sleet")); got != 1 {
		t.Errorf("a moved category and what is filed in it took %d writes", got)
	}
	n.check()
}

// TestSecondImportOfOddBytes: the digest of a record that waited in the database is that of the source.
func TestSecondImportOfOddBytes(t *testing.T) {
	n := newNewsroom(t)
	odd := article("w:b", "Snow", func(a *news.ArticleRecord) { a.LeadImage, a.Body = "w:i", "<p>caf\xe9 \u2028 &lt;</p>" })
	n.bring(news.Created, odd)
	n.bring(news.Created, image("w:i", "/media/i.svg"))
	n.finish()
	if n.article("w:b").LeadImageID == 0 {
		t.Error("the image was not set")
	}
	n.bring(news.Unchanged, odd)
}

// TestEditedSince: a record that waits for others is not imported again over what an editor has written since.
func TestEditedSince(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created, article("w:a", "Rain", func(a *news.ArticleRecord) { a.LeadImage = "w:i" }))
	id := n.id("w:a")
	if err := n.commit(ctx, "", noon, []change{{subject: id, kind: news.ChangeUpdated, version: 2}}, []engine.Step{
		{SQL: `UPDATE articles SET standfirst = 'By an editor', version = 2 WHERE id = ? AND version = 1`, Args: []any{int64(id)}, Guard: "article.version"}}); err != nil {
		t.Fatal(err)
	}
	n.bring(news.Created, image("w:i", "/media/i.svg"))
	if list := n.finish(); len(list) != 0 {
		t.Errorf("unresolved: %v", list)
	}
	if a := n.article("w:a"); a.Revision != 2 || a.Standfirst == nil {
		t.Errorf("the editor's version was overwritten: %+v", a)
	}
	n.check()
}

// TestAliases: a node can be imported under another of its names, also together with a record that gives it the name.
func TestAliases(t *testing.T) {
	n := newNewsroom(t)
	named := article("w:a", "Rain", func(a *news.ArticleRecord) {
		a.ExternalRefs = []news.ExternalRef{{System: "old", Value: "7"}, {System: "w", Value: "a"}}
	})
	n.bring(news.Created, named)
	n.bring(news.Updated, article("old:7", "Snow"))
	if n.id("old:7") != n.id("w:a") || n.article("w:a").Title != "Snow" || n.number(`SELECT count(*) FROM articles`) != 1 {
		t.Errorf("%s is not %s", n.id("old:7"), n.id("w:a"))
	}
	n.check()
	both := newNewsroom(t)
	both.try(named, article("old:7", "Snow"))
	both.check()
	if both.number(`SELECT count(*) FROM articles`) != 1 || both.article("w:a").Title != "Snow" {
		t.Errorf("%d articles, %s", both.number(`SELECT count(*) FROM articles`), both.article("w:a").Title)
	}
	// Two names of one node in one batch: one after the other.
	both.bring(news.Updated, article("w:a", "Hail"), article("old:7", "Sleet"))
	both.check()
	if a := both.article("w:a"); a.Title != "Sleet" || a.Revision != 4 {
		t.Errorf("%s, revision %d", a.Title, a.Revision)
	}
}
