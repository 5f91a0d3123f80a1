package store

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
)

// seen is an entry as a plain look at all rows finds it.
type seen struct {
	id            news.ID
	status        news.EntryStatus
	locale        news.Locale
	title         string
	published     int64 // what the lists sort by
	updated       int64
	sortDay       int64
	significance  int64
	syndicatable  bool
	sections      []int64 // with all above
	direct        []int64
	firstMonthDay int
}

// mayShow decides without SQL what the readers decide in SQL.
func (e *seen) mayShow(c *news.Caller, article bool) bool {
	inAny := len(c.Categories) == 0 || slices.ContainsFunc(c.Categories, func(id news.ID) bool { return slices.Contains(e.sections, int64(id)) })
	return (e.status == news.StatusPublished || c.Perspective() == news.PerspectivePreview) && inAny &&
		(len(c.Locales) == 0 || slices.Contains(c.Locales, e.locale)) && (!article || !c.SyndicatableOnly || e.syndicatable)
}

func (n *newsroom) allSeen(chains map[int64][]int64) (articles, events []*seen) {
	byID := map[int64]*seen{}
	n.query(`SELECT id, status, locale, title, coalesce(published_at, publish_at, updated_at), updated_at, is_syndicatable FROM articles`, func(r *engine.Row) {
		e := &seen{id: id(r), status: news.EntryStatus(r.Text()), locale: news.Locale(r.Text()), title: fold(r.Text()), published: r.Int64(), updated: r.Int64(), syndicatable: r.Bool()}
		articles, byID[int64(e.id)] = append(articles, e), e
	})
	n.query(`SELECT id, status, locale, title, updated_at, sort_day, significance, coalesce(month_day, 0) FROM events`, func(r *engine.Row) {
		e := &seen{id: id(r), status: news.EntryStatus(r.Text()), locale: news.Locale(r.Text()), title: fold(r.Text()), updated: r.Int64(), sortDay: r.Int64(), significance: r.Int64(), firstMonthDay: r.Int()}
		events, byID[int64(e.id)] = append(events, e), e
	})
	for _, sql := range []string{`SELECT article_id, category_id FROM article_categories`, `SELECT event_id, category_id FROM event_categories`} {
		n.query(sql, func(r *engine.Row) {
			e, category := byID[r.Int64()], r.Int64()
			e.direct, e.sections = append(e.direct, category), append(e.sections, chains[category]...)
		})
	}
	return articles, events
}

// sorted are the ids of those entries that pass, in an order.
func sorted(all []*seen, pass func(*seen) bool, desc bool, compare func(a, b *seen) int) (ids []news.ID) {
	var list []*seen
	for _, e := range all {
		if pass(e) {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b *seen) int {
		c := cmp.Or(compare(a, b), cmp.Compare(a.id, b.id))
		if desc {
			return -c
		}
		return c
	})
	for _, e := range list {
		ids = append(ids, e.id)
	}
	return ids
}

// walked reads a list page by page, forwards and backwards, with its length.
func walked[N news.Node](t *testing.T, what string, want []news.ID, page func(news.Window) (*news.Connection[*news.Edge[N], N], error)) {
	t.Helper()
	for _, backward := range []bool{false, true} {
		var got []news.ID
		w := news.Window{Limit: 3, Backward: backward}
		for {
			c, err := page(w)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			var ids []news.ID
			for _, e := range c.Edges {
				ids = append(ids, e.Node.NodeID())
			}
			more, next := c.PageInfo.HasNextPage, c.PageInfo.EndCursor
			if backward {
				got, more, next = append(ids, got...), c.PageInfo.HasPreviousPage, c.PageInfo.StartCursor
			} else {
				got = append(got, ids...)
			}
			if total, err := c.TotalCount(context.Background()); err != nil || total != len(want) {
				t.Fatalf("%s: totalCount %d, %v, want %d", what, total, err, len(want))
			}
			if !more {
				break
			}
			w.Cursor = *next
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s, backward %v: %v\nwant %v", what, backward, got, want)
		}
	}
}

// TestReadersSeeWhatTheyMay compares the lists of many callers over a random newsroom with a plain look at every row.
func TestReadersSeeWhatTheyMay(t *testing.T) {
	ctx := context.Background()
	n, r := newNewsroom(t), rand.New(rand.NewPCG(5, 6))
	for range 60 {
		n.clock.advance(time.Hour)
		batch := make([]news.Record, 6)
		for i := range batch {
			batch[i] = randomRecord(r, n.clock.now())
			if batch[i].Article != nil {
				batch[i].Article.IsNotSyndicatable = r.IntN(3) == 0
			}
		}
		n.try(batch...)
	}
	n.finish()
	chains := n.checkCategories()
	articles, events := n.allSeen(chains)
	categories := n.numbers(`SELECT id FROM categories`)
	lists, found, statuses := 0, 0, map[news.EntryStatus]int{}
	for range 100 {
		c := randomCaller(r, categories)
		s := n.As(c)
		for _, by := range allArticleOrders() {
			compare := map[news.ArticleOrderField]func(a, b *seen) int{
				news.ByPublishedAt: func(a, b *seen) int { return cmp.Compare(a.published, b.published) },
				news.ByUpdatedAt:   func(a, b *seen) int { return cmp.Compare(a.updated, b.updated) },
				news.ByTitle:       func(a, b *seen) int { return cmp.Compare(a.title, b.title) },
			}[by.Field]
			var filter *news.ArticleFilter
			wanted := func(*seen) bool { return true }
			if c.Perspective() == news.PerspectivePreview && r.IntN(2) == 0 {
				some := []news.EntryStatus{news.EntryStatuses[r.IntN(6)], news.EntryStatuses[r.IntN(6)]}
				filter, wanted = &news.ArticleFilter{Statuses: some}, func(e *seen) bool { return slices.Contains(some, e.status) }
				if r.IntN(2) == 0 {
					filter, wanted = &news.ArticleFilter{Not: filter}, func(e *seen) bool { return !slices.Contains(some, e.status) }
				}
			}
			want := sorted(articles, func(e *seen) bool { return e.mayShow(c, true) && wanted(e) }, by.Direction == news.Descending, compare)
			what := fmt.Sprintf("%+v, %v, %+v", c.Grant, by, filter)
			walked(t, what, want, func(w news.Window) (*news.ArticleConnection, error) { return s.FindArticles(ctx, filter, by, w) })
			section := categories[r.IntN(len(categories))]
			under := sorted(articles, func(e *seen) bool { return e.mayShow(c, true) && wanted(e) && slices.Contains(e.sections, section) }, by.Direction == news.Descending, compare)
			walked(t, what+" in a section", under, func(w news.Window) (*news.ArticleConnection, error) {
				pages, err := s.FindArticlesIn(ctx, []Facet{In(news.ID(section))}, filter, by, w)
				return pages[In(news.ID(section))], err
			})
			lists, found = lists+2, found+len(want)
		}
		for _, by := range allEventOrders() {
			compare := map[news.HistoricalEventOrderField]func(a, b *seen) int{
				news.EventByDate:         func(a, b *seen) int { return cmp.Compare(a.sortDay, b.sortDay) },
				news.EventBySignificance: func(a, b *seen) int { return cmp.Compare(a.significance, b.significance) },
				news.EventByUpdatedAt:    func(a, b *seen) int { return cmp.Compare(a.updated, b.updated) },
				news.EventByTitle:        func(a, b *seen) int { return cmp.Compare(a.title, b.title) },
			}[by.Field]
			want := sorted(events, func(e *seen) bool { return e.mayShow(c, false) }, by.Direction == news.Descending, compare)
			walked(t, fmt.Sprintf("%+v, %v", c.Grant, by), want, func(w news.Window) (*news.HistoricalEventConnection, error) { return s.FindEvents(ctx, nil, by, w) })
			day := news.Date{Year: 2026, Month: 1 + r.IntN(2), Day: 1 + r.IntN(2)}
			onDay := sorted(events, func(e *seen) bool { return e.mayShow(c, false) && e.firstMonthDay == day.MonthDay().Number() }, by.Direction == news.Descending, compare)
			walked(t, fmt.Sprintf("%+v, %v on %v", c.Grant, by, day), onDay, func(w news.Window) (*news.HistoricalEventConnection, error) {
				return s.FindEventsOn(ctx, day, news.LeapFeb28, nil, by, w)
			})
			lists, found = lists+2, found+len(want)
		}
		visible, err := s.Articles(ctx, idsOf(articles))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range articles {
			if _, ok := visible[e.id]; ok != e.mayShow(c, true) {
				t.Fatalf("%+v sees %s (%s): %v", c.Grant, e.id, e.status, ok)
			}
			statuses[e.status]++
		}
		sameCounts(t, s, c, articles)
	}
	t.Logf("%d lists, %d entries, %v", lists, found, statuses)
	if found < 1500 || len(statuses) < 4 {
		t.Error("the newsroom is too small to show anything")
	}
}

func idsOf(all []*seen) (ids []news.ID) {
	for _, e := range all {
		ids = append(ids, e.id)
	}
	return ids
}

// sameCounts compares the counters that categories show with what the caller sees published.
func sameCounts(t *testing.T, s *Reader, c *news.Caller, articles []*seen) {
	t.Helper()
	ctx := context.Background()
	page, err := s.FindCategories(ctx, 0, true, news.CategoryOrder{Field: news.CategoryByName}, news.Window{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, category := range page.Nodes() {
		subtree, direct := 0, 0
		for _, e := range articles {
			if e.status != news.StatusPublished || !e.mayShow(c, true) {
				continue
			}
			if slices.Contains(e.sections, int64(category.ID)) {
				subtree++
			}
			if slices.Contains(e.direct, int64(category.ID)) {
				direct++
			}
		}
		if category.SubtreeArticles != subtree || category.DirectArticles != direct {
			t.Fatalf("%+v: %s has %d and %d articles, want %d and %d", c.Grant, category.ID, category.SubtreeArticles, category.DirectArticles, subtree, direct)
		}
	}
}

// randomCaller has a random grant.
func randomCaller(r *rand.Rand, categories []int64) *news.Caller {
	g := news.Grant{Scopes: []news.Scope{news.ScopeContentRead, news.ScopeContentReadFull}, BodyDepth: news.BodyFull, SyndicatableOnly: r.IntN(3) == 0}
	if r.IntN(2) == 0 {
		g.Scopes = append(g.Scopes, news.ScopeContentPreview)
	}
	for range r.IntN(3) {
		g.Categories = append(g.Categories, news.ID(categories[r.IntN(len(categories))]))
	}
	for range r.IntN(3) {
		g.Locales = append(g.Locales, []news.Locale{"en", "de", "ar", "fr"}[r.IntN(4)])
	}
	return &news.Caller{Name: "test", Grant: g}
}

// TestLimitedEdits edits under a grant: what lies outside is not there, and nothing can be brought out or in.
func TestLimitedEdits(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created, category("w:mine", "Mine", ""), category("w:below", "Below", "w:mine"), category("w:other", "Other", ""),
		article("w:in", "In", func(a *news.ArticleRecord) { a.Categories = []news.Ref{"w:below"} }),
		article("w:out", "Out", func(a *news.ArticleRecord) { a.Categories = []news.Ref{"w:other"} }), page("w:page", "Page"))
	grant := &news.Grant{Scopes: []news.Scope{news.ScopeContentEdit}, Categories: []news.ID{n.id("w:mine")}, Locales: []news.Locale{"en"}, BodyDepth: news.BodyFull}
	edit := func(node news.ID, change func(*news.Record)) error {
		_, err := n.Save(ctx, Edit{ID: node, By: "Ada", Grant: grant, Change: func(r *news.Record) error { change(r); return nil }})
		return err
	}
	create := func(in news.Ref, locale news.Locale) func(*news.Record) {
		return func(r *news.Record) {
			r.Article = &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: "New", Status: news.StatusDraft, Locale: locale}}, Categories: []news.Ref{in}}
		}
	}
	for _, c := range []struct {
		what string
		err  error
		want news.Kind // empty for none
	}{
		{"an article of mine", edit(n.id("w:in"), func(r *news.Record) { r.Article.Title = "In, again" }), ""},
		{"another's", edit(n.id("w:out"), func(r *news.Record) { r.Article.Title = "Mine" }), news.NotFound},
		{"another's with a wrong revision", func() error { _, err := n.Save(ctx, Edit{ID: n.id("w:out"), Expected: 77, Grant: grant}); return err }(), news.NotFound},
		{"another's earlier revision", func() error { _, err := n.Restore(ctx, Step{ID: n.id("w:out"), Grant: grant}, 9); return err }(), news.NotFound},
		{"a page", edit(n.id("w:page"), func(r *news.Record) { r.Page.Title = "Mine" }), news.NotFound},
		{"mine to another section", edit(n.id("w:in"), func(r *news.Record) { r.Article.PrimaryCategory, r.Article.Categories = "", []news.Ref{"w:other"} }), news.Forbidden},
		{"mine to another language", edit(n.id("w:in"), func(r *news.Record) { r.Article.Locale = "de" }), news.Forbidden},
		{"mine to both sections", edit(n.id("w:in"), func(r *news.Record) { r.Article.Categories = []news.Ref{"w:below", "w:other"} }), ""},
		{"a new one here", edit(0, create("w:mine", "en")), ""},
		{"a new one elsewhere", edit(0, create("w:other", "en")), news.Forbidden},
		{"a new one in another language", edit(0, create("w:mine", "de")), news.Forbidden},
		{"my section", edit(n.id("w:mine"), func(r *news.Record) { r.Category.Name = "All" }), news.Forbidden},
		{"the site", edit(n.siteID(), func(r *news.Record) { r.Site.Name = "Mine" }), news.Forbidden},
	} {
		if (c.want == "") != (c.err == nil) || c.err != nil && news.KindOf(c.err) != c.want {
			t.Errorf("%s: %v, want %q", c.what, c.err, c.want)
		}
	}
	n.check()
}

func (n *newsroom) siteID() news.ID { return news.ID(n.number(`SELECT id FROM sites`)) }

// TestOldDrafts opens a database from before readers: what is not published there is filed and found.
func TestOldDrafts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "newsroom.db")
	db, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	old := fstest.MapFS{}
	for _, name := range []string{"0001_newsroom.sql", "0002_calendar.sql", "0003_keys.sql", "0004_revisions.sql", "0005_writing.sql"} {
		text, err := fs.ReadFile(Migrations(), name)
		if err != nil {
			t.Fatal(err)
		}
		old[name] = &fstest.MapFile{Data: text}
	}
	if _, err := engine.Migrate(t.Context(), db, old, noon); err != nil {
		t.Fatal(err)
	}
	id := func(kind news.IDKind, n int) int64 { return int64(1)<<22 | int64(kind)<<16 | int64(n) }
	article, page, event, public := id(news.KindArticle, 1), id(news.KindPage, 2), id(news.KindHistoricalEvent, 3), id(news.KindArticle, 4)
	var steps []engine.Step
	add := func(sql string, args ...any) { steps = append(steps, engine.Step{SQL: sql, Args: args}) }
	add(`INSERT INTO locales (tag) VALUES ('en')`)
	for i, a := range []struct {
		id     int64
		title  string
		status news.EntryStatus
	}{{article, "Squall", news.StatusDraft}, {public, "Sunshine", news.StatusPublished}} {
		add(`INSERT INTO articles (id, path, title, title_key, slug, locale, status, version, created_at, updated_at, published_at, kind, excerpt, is_sticky, word_count)
			VALUES (?1, '/a' || ?2, ?3, ?4, 'a' || ?2, 'en', ?5, 1, 5, 6, CASE ?5 WHEN 'PUBLISHED' THEN 5 END, 'NEWS', '', 0, 1)`, a.id, i, a.title, fold(a.title), string(a.status))
		add(`INSERT INTO bodies (entry_id, html, text, word_count) VALUES (?, '<p>gale</p>', 'gale', 1)`, a.id)
		add(`INSERT INTO bylines (article_id, position, name, role) VALUES (?, 0, 'Ada', 'AUTHOR')`, a.id)
		add(`INSERT INTO paths (path, subject, state, since) VALUES ('/a' || ?, ?, 'CURRENT', 5)`, i, a.id)
		add(`INSERT INTO changes (subject, kind, version, tags, at) VALUES (?, 'CREATED', 1, '[]', 5)`, a.id)
	}
	add(`INSERT INTO search (rowid, type, title, standfirst, body, byline) VALUES (?, 'type2', 'Sunshine', '', 'gale', 'Ada')`, public)
	add(`INSERT INTO search_dates (id, at) VALUES (?, 5)`, public)
	add(`INSERT INTO pages (id, path, title, title_key, slug, locale, status, version, created_at, updated_at) VALUES (?, '/p', 'Squall page', 'squall page', 'p', 'en', 'UNPUBLISHED', 1, 5, 6)`, page)
	add(`INSERT INTO bodies (entry_id, html, text, word_count) VALUES (?, '<p>gale</p>', 'gale', 1)`, page)
	add(`INSERT INTO events (id, path, title, title_key, slug, locale, status, version, created_at, updated_at, kind, description_html, description_text, edtf, calendar, sort_day, year, month_day, verification, significance, is_selected, publish_at)
		VALUES (?, '/e', 'Squall event', 'squall event', 'e', 'en', 'SCHEDULED', 1, 5, 6, 'EVENT', '<p>gale</p>', 'gale', '1999-03-09', 'GREGORIAN', 2451247, 1999, 309, 'UNVERIFIED', 50, 0, 9)`, event)
	add(`INSERT INTO date_claims (event_id, position, id, edtf, calendar, is_accepted, claimed_at) VALUES (?, 0, ?, '1999-03-09', 'GREGORIAN', 1, 5)`, event, id(news.KindDateClaim, 5))
	for node, at := range map[int64]string{page: "/p", event: "/e"} {
		add(`INSERT INTO paths (path, subject, state, since) VALUES (?, ?, 'CURRENT', 5)`, at, node)
		add(`INSERT INTO changes (subject, kind, version, tags, at) VALUES (?, 'CREATED', 1, '[]', 5)`, node)
	}
	if err := db.Write(t.Context(), "", steps); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	n := openNewsroom(t, path)
	n.check()
	editor := n.As(news.Operator())
	hits, err := editor.Search(t.Context(), "gale", nil, news.SearchByNewest, news.Window{Limit: 10})
	if err != nil || len(hits.Hits) != 4 {
		t.Errorf("%+v, %v", hits, err)
	}
	if hits, err := editor.Search(t.Context(), "ada squall", nil, news.SearchByRelevance, news.Window{Limit: 10}); err != nil || len(hits.Hits) != 1 || int64(hits.Hits[0].ID) != article {
		t.Errorf("%+v, %v", hits, err)
	}
	if hits, err := n.Search(t.Context(), "gale", nil, news.SearchByNewest, news.Window{Limit: 10}); err != nil || len(hits.Hits) != 1 {
		t.Errorf("%+v, %v", hits, err)
	}
}
