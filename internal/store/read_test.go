package store

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// A told article is what a filter can ask about it, gathered from the base tables.
type told struct {
	id                      news.ID
	published, updated      time.Time
	kind, locale            string
	sticky, image           bool
	direct, subtree         map[news.ID]bool
	topics, authors, events map[news.ID]bool
	selected                bool // of events from here on
	significance            int
	year                    *int
	day                     news.MonthDay
}

func (a *told) matches(f *news.ArticleFilter, n *newsroom) bool {
	if f == nil {
		return true
	}
	all := []bool{
		f.Ids == nil || slices.Contains(f.Ids, a.id),
		f.Kinds == nil || slices.Contains(f.Kinds, news.ArticleKind(a.kind)),
		f.Locales == nil || slices.Contains(f.Locales, news.Locale(a.locale)),
		f.IsSticky == nil || *f.IsSticky == a.sticky,
		f.HasLeadImage == nil || *f.HasLeadImage == a.image,
		f.MentionsEvent == nil || a.events[*f.MentionsEvent],
		within(f.PublishedAt, a.published), within(f.UpdatedAt, a.updated),
		n.filed(f.Categories, "categories", a.direct, a.subtree), n.filed(f.Topics, "topics", a.topics, a.topics), n.filed(f.Authors, "authors", a.authors, a.authors),
		f.Not == nil || !a.matches(f.Not, n),
		f.Or == nil || slices.ContainsFunc(f.Or, func(g *news.ArticleFilter) bool { return a.matches(g, n) }),
		!slices.ContainsFunc(f.And, func(g *news.ArticleFilter) bool { return !a.matches(g, n) }),
	}
	return !slices.Contains(all, false)
}

func (a *told) matchesEvent(f *news.HistoricalEventFilter, n *newsroom) bool {
	if f == nil {
		return true
	}
	all := []bool{
		f.Kinds == nil || slices.Contains(f.Kinds, news.HistoricalEventKind(a.kind)),
		f.MonthDay == nil || *f.MonthDay == a.day,
		f.SelectedOnly == nil || !*f.SelectedOnly || a.selected,
		f.MinSignificance == nil || a.significance >= *f.MinSignificance,
		f.AstronomicalYear == nil || a.year != nil && (f.AstronomicalYear.From == nil || *a.year >= *f.AstronomicalYear.From) && (f.AstronomicalYear.To == nil || *a.year <= *f.AstronomicalYear.To),
		n.filed(f.Categories, "categories", a.direct, a.subtree), n.filed(f.Topics, "topics", a.topics, a.topics),
		f.Not == nil || !a.matchesEvent(f.Not, n),
		f.Or == nil || slices.ContainsFunc(f.Or, func(g *news.HistoricalEventFilter) bool { return a.matchesEvent(g, n) }),
		!slices.ContainsFunc(f.And, func(g *news.HistoricalEventFilter) bool { return !a.matchesEvent(g, n) }),
	}
	return !slices.Contains(all, false)
}

func within(r *news.DateTimeRange, t time.Time) bool {
	return r == nil || (r.From == nil || !t.Before(*r.From)) && (r.To == nil || t.Before(*r.To))
}

func (n *newsroom) filed(f *news.TermFilter, table string, direct, subtree map[news.ID]bool) bool {
	if f == nil {
		return true
	}
	under := direct
	if f.IncludeDescendants {
		under = subtree
	}
	is := func(ref *news.TermRef) bool { return under[n.term(ref, table)] }
	return (f.AnyOf == nil || slices.ContainsFunc(f.AnyOf, is)) && !slices.ContainsFunc(f.AllOf, func(r *news.TermRef) bool { return !is(r) }) && !slices.ContainsFunc(f.NoneOf, is)
}

// term looks a reference up by plain SQL; 1 is nothing.
func (n *newsroom) term(ref *news.TermRef, table string) news.ID {
	key := table + asJSON(ref)
	if id, ok := n.terms[key]; ok {
		return id
	}
	found := int64(1)
	switch {
	case ref.ID != nil:
		found = n.number(`SELECT coalesce((SELECT id FROM `+table+` WHERE id = ?), 1)`, int64(*ref.ID))
	case ref.Slug != nil && table == "authors":
		found = n.number(`SELECT coalesce((SELECT id FROM authors WHERE slug = ?), 1)`, *ref.Slug)
	case ref.Slug != nil:
		found = n.number(`SELECT coalesce((SELECT id FROM `+table+` WHERE slug = ? AND locale = 'en'), (SELECT min(id) FROM `+table+` WHERE slug = ?), 1)`, *ref.Slug, *ref.Slug)
	case ref.Path != nil:
		found = n.number(`SELECT coalesce((SELECT id FROM `+table+` WHERE path = ?), 1)`, string(*ref.Path))
	}
	n.terms[key] = news.ID(found)
	return news.ID(found)
}

func (n *newsroom) sets(sql string) map[news.ID]map[news.ID]bool {
	sets := map[news.ID]map[news.ID]bool{}
	n.query(sql, func(r *engine.Row) {
		of, member := id(r), id(r)
		if sets[of] == nil {
			sets[of] = map[news.ID]bool{}
		}
		sets[of][member] = true
	})
	return sets
}

func (n *newsroom) tell() (articles, events []*told) {
	subtree := func(links string) string {
		return `WITH RECURSIVE up (entry, category) AS (` + links + ` UNION SELECT entry, c.parent_id FROM up JOIN categories c ON c.id = up.category WHERE c.parent_id IS NOT NULL) SELECT * FROM up`
	}
	direct := `SELECT article_id, category_id FROM article_categories`
	directs, subtrees, topics := n.sets(direct), n.sets(subtree(direct)), n.sets(`SELECT article_id, topic_id FROM article_topics`)
	authors := n.sets(`SELECT article_id, author_id FROM bylines WHERE author_id IS NOT NULL`)
	mentioned := n.sets(`SELECT article_id, event_id FROM article_events JOIN events e ON e.id = event_id WHERE e.status = 'PUBLISHED'`)
	n.query(`SELECT id, published_at, updated_at, kind, locale, is_sticky, lead_image_id IS NOT NULL FROM articles WHERE status = 'PUBLISHED'`, func(r *engine.Row) {
		a := &told{id: id(r), published: instant(r), updated: instant(r), kind: r.Text(), locale: r.Text(), sticky: r.Bool(), image: r.Bool()}
		a.direct, a.subtree, a.topics, a.authors, a.events = directs[a.id], subtrees[a.id], topics[a.id], authors[a.id], mentioned[a.id]
		articles = append(articles, a)
	})
	direct = `SELECT event_id, category_id FROM event_categories`
	directs, subtrees, topics = n.sets(direct), n.sets(subtree(direct)), n.sets(`SELECT event_id, topic_id FROM event_topics`)
	n.query(`SELECT id, kind, is_selected, significance, edtf FROM events WHERE status = 'PUBLISHED'`, func(r *engine.Row) {
		e := &told{id: id(r), kind: r.Text(), selected: r.Bool(), significance: r.Int()}
		date, err := news.ParseHistoricalDate(r.Text(), news.CalendarGregorian)
		if err != nil {
			n.t.Error(err)
		}
		if day := date.MonthDay(); day != nil {
			e.day = *day
		}
		e.year, e.direct, e.subtree, e.topics = date.AstronomicalYear, directs[e.id], subtrees[e.id], topics[e.id]
		events = append(events, e)
	})
	return articles, events
}

func randomNewsroom(t *testing.T, seed uint64) *newsroom {
	n := newNewsroom(t)
	r := rand.New(rand.NewPCG(seed, 3))
	for range 40 {
		batch := make([]news.Record, 12)
		for i := range batch {
			batch[i] = randomRecord(r, noon)
		}
		n.try(batch...)
	}
	n.finish()
	return n
}

// randomFilters makes filters of one newsroom.
type randomFilters struct {
	*rand.Rand
	n   *newsroom
	ids map[string][]news.ID
}

func (r *randomFilters) id(table string) news.ID { return r.ids[table][r.IntN(len(r.ids[table]))] }

func (r *randomFilters) terms(table string) *news.TermFilter {
	refs := func(atLeast int) []*news.TermRef {
		refs := []*news.TermRef{}
		for range atLeast + r.IntN(3) {
			switch r.IntN(8) {
			case 0:
				refs = append(refs, &news.TermRef{ID: new(r.id([]string{"articles", "events", "categories", "topics", "authors"}[r.IntN(5)]))}) // mostly of the wrong type
			case 1:
				refs = append(refs, &news.TermRef{Slug: new([]string{"world", "flood", "ada", "nothing"}[r.IntN(4)])})
			case 2:
				path := news.Path(r.n.text(`SELECT path FROM `+table+` WHERE id = ?`, int64(r.id(table))))
				refs = append(refs, &news.TermRef{Path: new([]news.Path{path, path, "/nothing/"}[r.IntN(3)])})
			default:
				refs = append(refs, &news.TermRef{ID: new(r.id(table))})
			}
		}
		return refs
	}
	f := &news.TermFilter{IncludeDescendants: r.IntN(2) == 0}
	switch r.IntN(6) {
	case 0:
		f.AllOf = refs(1)
	case 1:
		f.NoneOf = refs(1)
	case 2:
		f.AnyOf, f.NoneOf = refs(1), refs(0)
	default:
		f.AnyOf = refs(1 - r.IntN(20)/19)
	}
	return f
}

func (r *randomFilters) times() *news.DateTimeRange {
	bound := func() *time.Time {
		if r.IntN(3) == 0 {
			return nil
		}
		return new(noon.Add(time.Duration(r.IntN(9)-6) * time.Hour))
	}
	return &news.DateTimeRange{From: bound(), To: bound()}
}

func (r *randomFilters) article(depth int) *news.ArticleFilter {
	f := &news.ArticleFilter{}
	subs := func() (subs []*news.ArticleFilter) {
		subs = []*news.ArticleFilter{}
		for range 1 + r.IntN(3) - r.IntN(12)/11 {
			subs = append(subs, r.article(depth-1))
		}
		return subs
	}
	for range 1 + r.IntN(2) {
		switch k := r.IntN(14); {
		case k == 0:
			f.Ids = []news.ID{}
			for range r.IntN(8) {
				f.Ids = append(f.Ids, r.id("articles"))
			}
		case k == 1:
			f.Kinds = [][]news.ArticleKind{{news.ArticleNews}, news.ArticleKinds[1:6], news.ArticleKinds, {}}[r.IntN(4)]
		case k == 2:
			f.Locales = [][]news.Locale{{"en"}, {"de", "ar"}, {"xx"}, {}, {"en", "xx"}}[r.IntN(5)]
		case k == 3:
			f.IsSticky = new(r.IntN(2) == 0)
		case k == 4:
			f.HasLeadImage = new(r.IntN(2) == 0)
		case k == 5:
			f.MentionsEvent = new(r.id([]string{"events", "events", "categories"}[r.IntN(3)]))
		case k == 6:
			f.PublishedAt = r.times()
		case k == 7:
			f.UpdatedAt = r.times()
		case k == 8:
			f.Topics = r.terms("topics")
		case k == 9:
			f.Authors = r.terms("authors")
		case k == 10 && depth > 0:
			f.And = subs()
		case k == 11 && depth > 0:
			f.Or = subs()
		case k == 12 && depth > 0:
			f.Not = r.article(depth - 1)
		default:
			f.Categories = r.terms("categories")
		}
	}
	return f
}

func (r *randomFilters) event(depth int) *news.HistoricalEventFilter {
	f := &news.HistoricalEventFilter{}
	for range 1 + r.IntN(2) {
		switch k := r.IntN(11); {
		case k == 0:
			f.Kinds = [][]news.HistoricalEventKind{{news.EventHappening}, {news.EventBirth, news.EventDeath}, {}}[r.IntN(3)]
		case k == 1:
			f.MonthDay = &news.MonthDay{Month: 1 + r.IntN(3), Day: 1 + r.IntN(3)}
		case k == 2:
			f.SelectedOnly = new(r.IntN(2) == 0)
		case k == 3:
			f.MinSignificance = new(r.IntN(4))
		case k == 4:
			f.AstronomicalYear = &news.IntRange{From: new(999 + r.IntN(3))}
		case k == 5:
			f.AstronomicalYear = &news.IntRange{From: new(999 + r.IntN(3)), To: new(1000 + r.IntN(3))}
		case k == 6:
			f.Topics = r.terms("topics")
		case k == 7 && depth > 0:
			f.And = []*news.HistoricalEventFilter{r.event(depth - 1), r.event(depth - 1)}
		case k == 8 && depth > 0:
			f.Or = []*news.HistoricalEventFilter{r.event(depth - 1), r.event(depth - 1)}
		case k == 9 && depth > 0:
			f.Not = r.event(depth - 1)
		default:
			f.Categories = r.terms("categories")
		}
	}
	return f
}

// TestFilters compares lists and their lengths with what a look at every entry finds, for random filters.
func TestFilters(t *testing.T) {
	ctx := context.Background()
	rounds := 700
	if underRace {
		rounds = 60
	}
	sizes := map[bool]int{}
	for seed := range uint64(2) {
		n := randomNewsroom(t, seed)
		n.bring(news.Created, event("x:holiday", "Holiday", "XXXX-01-01"), event("x:old", "Old", "0999-02-03"))
		articles, events := n.tell()
		r := &randomFilters{rand.New(rand.NewPCG(seed, 5)), n, map[string][]news.ID{}}
		for _, table := range []string{"articles", "events", "categories", "topics", "authors"} {
			for _, id := range n.numbers(`SELECT id FROM ` + table) {
				r.ids[table] = append(r.ids[table], news.ID(id))
			}
		}
		facets := []Facet{In(r.id("categories")), DirectlyIn(r.id("categories")), In(r.id("topics")), In(r.id("authors")), In(news.ID(99 << 40))}
		for range rounds {
			f, by := r.article(2), allArticleOrders()[r.IntN(6)]
			var want []news.ID
			for _, a := range articles {
				if a.matches(f, n) {
					want = append(want, a.id)
				}
			}
			sizes[len(want) > 0 && len(want) < len(articles)]++
			page, err := n.FindArticles(ctx, f, by, news.Window{Limit: 100})
			compare(t, ctx, f, page, err, want)
			pages, err := n.FindArticlesIn(ctx, facets, f, by, news.Window{Limit: 100})
			for _, facet := range facets {
				var under []news.ID
				for _, a := range articles {
					direct := facet < 0 && a.direct[news.ID(-facet)]
					if slices.Contains(want, a.id) && (direct || a.subtree[news.ID(facet)] || a.topics[news.ID(facet)] || a.authors[news.ID(facet)]) {
						under = append(under, a.id)
					}
				}
				compare(t, ctx, f, pages[facet], err, under)
			}
			g := r.event(2)
			want = nil
			for _, e := range events {
				if e.matchesEvent(g, n) {
					want = append(want, e.id)
				}
			}
			found, err := n.FindEvents(ctx, g, allEventOrders()[r.IntN(8)], news.Window{Limit: 100})
			compare(t, ctx, g, found, err, want)
			if t.Failed() {
				t.FailNow()
			}
		}
	}
	t.Logf("filters that pass some entries but not all: %v", sizes)
	if sizes[true] < rounds/2 {
		t.Error("the filters are not varied enough")
	}
}

func compare[N news.Node](t *testing.T, ctx context.Context, filter any, page *news.Connection[*news.Edge[N], N], err error, want []news.ID) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", asJSON(filter), err)
	}
	total, err := page.TotalCount(ctx)
	if err != nil {
		t.Fatalf("%s: %v", asJSON(filter), err)
	}
	var got []news.ID
	for _, e := range page.Edges {
		got = append(got, e.Node.NodeID())
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || total != len(want) {
		t.Errorf("%s:\n got %v, counted %d\nwant %v", asJSON(filter), got, total, want)
	}
}

// TestWindowBetween: a window between two cursors holds what lies between them, from either side.
func TestWindowBetween(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	fillForWalks(n)
	by := news.ArticleOrder{Field: news.ByTitle, Direction: news.Descending}
	all, err := plainList(n.FindArticles(ctx, nil, by, news.Window{Limit: 100}))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		i, j, limit := r.IntN(len(all.ids)), r.IntN(len(all.ids)), r.IntN(12)
		between := all.ids[min(i+1, len(all.ids)):max(j, min(i+1, len(all.ids)))]
		ahead, err := plainList(n.FindArticles(ctx, nil, by, news.Window{Limit: limit, Cursor: all.cursors[i], Bound: all.cursors[j]}))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprintf("%d after %d, before %d", limit, i, j), ahead.ids, slices.Clone(between[:min(limit, len(between))]))
		back, err := plainList(n.FindArticles(ctx, nil, by, news.Window{Limit: limit, Cursor: all.cursors[j], Bound: all.cursors[i], Backward: true}))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprintf("the last %d after %d, before %d", limit, i, j), back.ids, slices.Clone(between[len(between)-min(limit, len(between)):]))
		if ahead.info.HasNextPage != (len(between) > limit) || back.info.HasPreviousPage != (len(between) > limit) {
			t.Errorf("%d between %d and %d: more: %+v %+v", limit, i, j, ahead.info, back.info)
		}
	}
}

func TestHeadlineEvent(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	for i, e := range []struct {
		date         news.EDTF
		significance int
		selected     bool
		verification news.VerificationState
		status       news.EntryStatus
		in2028       string // of 29 February once it is there
		in2032       string // when the two best have changed places, if they may
	}{
		{"2000-02-28", 99, true, "", "", "NOT_FOUND", "NOT_FOUND"}, {"2000-02", 99, true, "", "", "NOT_FOUND", "NOT_FOUND"},
		{"2000-02-29", 99, true, "", news.StatusDraft, "NOT_FOUND", "NOT_FOUND"},
		{"2000-02-29", 40, false, "", "", "3", "3"}, {"1996-02-29", 40, false, "", "", "4", "3"}, {"2004-02-29", 40, false, "", "", "5", "4"},
		{"2000-02-29~", 99, true, "", "", "5", "4"}, {"2000-02-29", 41, false, "", "", "7", "5"}, {"2000-02-29", 1, true, "", "", "8", "8"},
		{"2000-02-29", 2, true, "", "", "9", "8"}, {"2000-02-29", 100, false, news.Verified, "", "9", "8"},
		{"2000-02-29", 0, true, news.Verified, "", "11", "11"}, {"2000-02-29", 100, true, news.Refuted, "", "11", "11"},
	} {
		n.bring(news.Created, event(news.Ref(fmt.Sprint("w:", i)), fmt.Sprint(i), e.date, func(r *news.EventRecord) {
			r.Significance, r.IsSelected, r.Status, r.Verification = new(e.significance), e.selected, e.status, e.verification
		}))
		for year, want := range map[int]string{2028: e.in2028, 2032: e.in2032} {
			got, err := n.HeadlineEvent(ctx, news.Date{Year: year, Month: 2, Day: 29}, news.LeapFeb28)
			title := string(news.KindOf(err))
			if err == nil {
				title = got.Title
			}
			if title != want {
				t.Errorf("after event %d, in %d: %s, want %s", i, year, title, want)
			}
		}
	}
	// A common year under FEB_28 has those of both days; 28 February of odd years shows the best.
	n.bring(news.Created, event("w:x", "Better", "1990-02-28", func(r *news.EventRecord) {
		r.Significance, r.IsSelected, r.Verification = new(1), true, news.Verified
	}))
	for day, want := range map[string]string{"2027-02-28": "Better", "2026-02-28": "11", "2028-02-28": "Better", "2027-03-01": "NOT_FOUND"} {
		date, _ := news.ParseDate(day)
		got, err := n.HeadlineEvent(ctx, date, news.LeapFeb28)
		title := string(news.KindOf(err))
		if err == nil {
			title = got.Title
		}
		if title != want {
			t.Errorf("on %s: %s, want %s", day, title, want)
		}
	}
}

func TestRoutes(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created,
		article("w:a", "Rain", func(a *news.ArticleRecord) { a.Path, a.RedirectsFrom = "/news/rain", []news.Path{"/?p=7", "/alt/"} }),
		article("w:b", "Snow", func(a *news.ArticleRecord) { a.Path = "/news/rain/" }), article("w:c", "مطر", func(a *news.ArticleRecord) { a.Path = "/عربي/مطر/" }),
		page("w:home", "Home", func(p *news.PageRecord) { p.Path = "/" }), redirect("w:g", "/gone/", ""))
	a, b, c, home := n.id("w:a"), n.id("w:b"), n.id("w:c"), n.id("w:home")
	for path, want := range map[news.Path]string{
		"/news/rain": fmt.Sprint("CURRENT ", a), "/news/rain/": fmt.Sprint("CURRENT ", b), "//news/rain": "INVALID", "news/rain": "INVALID", "": "INVALID", "https://x.example/": "INVALID",
		"/news/./rain": fmt.Sprint("CURRENT ", a), "/news/x/../rain": fmt.Sprint("CURRENT ", a), "/news/%72ain": fmt.Sprint("CURRENT ", a), "/news/rain?utm=1": "NOT_FOUND", "/news/Rain": "NOT_FOUND",
		"/?p=7": fmt.Sprint("MOVED ", a), "/alt/": fmt.Sprint("MOVED ", a), "/alt": fmt.Sprint("MOVED ", a), "/": fmt.Sprint("CURRENT ", home),
		"/عربي/مطر/": fmt.Sprint("CURRENT ", c), "/%D8%B9%D8%B1%D8%A8%D9%8A/%D9%85%D8%B7%D8%B1": fmt.Sprint("MOVED ", c), "/gone": "GONE", "/gone/": "GONE", "/never": "NOT_FOUND",
	} {
		route, err := n.Route(ctx, path)
		got := string(news.KindOf(err))
		if err == nil {
			if got = string(route.State); route.Subject != 0 {
				got += " " + route.Subject.String()
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s (%v)", path, got, want, err)
		}
	}
}

// TestLookups: each key of each thing finds it, and nothing finds something else.
func TestLookups(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created, wholeNewsroom()[1:]...)
	n.bring(news.Created, article("w:draft", "Draft", func(a *news.ArticleRecord) { a.Status = news.StatusDraft }), page("w:hidden", "Hidden", func(p *news.PageRecord) { p.Status = news.StatusUnpublished }))
	for name, ref := range map[string]news.ArticleRef{
		"a draft's id": {ID: new(n.id("w:draft"))}, "a draft's path": {Path: new(news.Path("/draft/"))}, "a draft's slug": {Slug: &news.SlugRef{Slug: "draft"}}, "a draft's ref": {ExternalRef: &news.ExternalRefInput{System: "w", Value: "draft"}},
		"a category's id": {ID: new(n.id("w:c"))}, "a category's path": {Path: new(news.Path("/world/"))}, "another language": {Slug: &news.SlugRef{Slug: "wet", Locale: new(news.Locale("ar"))}},
		"an old path": {Path: new(news.Path("/old"))}, "a topic's ref": {ExternalRef: &news.ExternalRefInput{System: "w", Value: "t"}},
	} {
		if a, err := n.Article(ctx, ref); news.KindOf(err) != news.NotFound || a != nil {
			t.Errorf("%s finds %v (%v)", name, a, err)
		}
	}
	for name, err := range map[string]error{
		"nothing": func() error { _, err := n.Article(ctx, news.ArticleRef{}); return err }(),
		"no path": func() error { _, err := n.Article(ctx, news.ArticleRef{Path: new(news.Path("wet"))}); return err }(),
		"no term": func() error { _, err := n.Topic(ctx, news.TermRef{}); return err }(),
		"no filter term": func() error {
			_, err := n.FindArticles(ctx, &news.ArticleFilter{Topics: &news.TermFilter{AnyOf: []*news.TermRef{{}}}}, allArticleOrders()[0], news.Window{})
			return err
		}(),
		"no kind": func() error {
			_, err := n.FindArticles(ctx, &news.ArticleFilter{Kinds: []news.ArticleKind{"X"}}, allArticleOrders()[0], news.Window{})
			return err
		}(),
		"no order": func() error {
			_, err := n.FindArticles(ctx, nil, news.ArticleOrder{Field: "X"}, news.Window{})
			return err
		}(),
		"no search type": func() error {
			_, err := n.Search(ctx, "rain", &news.SearchFilter{Types: []news.SearchType{"X"}}, news.SearchByNewest, news.Window{})
			return err
		}(),
	} {
		if news.KindOf(err) != news.Invalid || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"category by an author's id": func() error { _, err := n.Category(ctx, news.TermRef{ID: new(n.id("w:au"))}); return err }(),
		"topic by a category's path": func() error { _, err := n.Topic(ctx, news.TermRef{Path: new(news.Path("/world/"))}); return err }(),
		"an author nobody knows":     func() error { _, err := n.Author(ctx, news.TermRef{Slug: new("nobody")}); return err }(),
		"a hidden page":              func() error { _, err := n.Page(ctx, news.SlugRef{Slug: "hidden"}); return err }(),
	} {
		if news.KindOf(err) != news.NotFound || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A slug that two languages share means the default one.
	n.bring(news.Created, topic("w:t-ar", "Peace", func(tp *news.TopicRecord) { tp.Locale = "ar" }), topic("w:t-de", "Krieg", func(tp *news.TopicRecord) { tp.Locale = "de" }))
	for slug, want := range map[string]news.Locale{"peace": "en", "krieg": "de"} {
		if tp, err := n.Topic(ctx, news.TermRef{Slug: &slug}); err != nil || tp.Locale != want {
			t.Errorf("%s: %v (%v)", slug, tp, err)
		}
	}
	// Loaders give what is visible, and nothing for the rest.
	everything := slices.Collect(maps.Keys(n.sets(`SELECT subject, subject FROM changes`)))
	articles, err1 := n.Articles(ctx, everything)
	pages, err2 := n.Pages(ctx, everything)
	topics, err3 := n.Topics(ctx, everything)
	if err1 != nil || err2 != nil || err3 != nil || len(articles) != 2 || len(pages) != 1 || len(topics) != 3 {
		t.Errorf("%d articles, %d pages, %d topics: %v %v %v", len(articles), len(pages), len(topics), err1, err2, err3)
	}
	for _, a := range articles {
		if a.Status != news.StatusPublished {
			t.Errorf("%s is visible", a.Title)
		}
	}
	if none, err := n.Articles(ctx, nil); err != nil || len(none) != 0 {
		t.Errorf("%v %v", none, err)
	}
	if !strings.HasPrefix(n.article("w:a").ID.String(), "art_") {
		t.Error(n.article("w:a").ID)
	}
}

func TestRelatedPositions(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created, article("w:a", "A", func(a *news.ArticleRecord) { a.Related = news.Pins("w:3", "w:hidden", "w:1", "w:2") }),
		article("w:1", "1"), article("w:2", "2"), article("w:3", "3"), article("w:hidden", "H", func(a *news.ArticleRecord) { a.Status = news.StatusDraft }))
	a := n.id("w:a")
	ask := func(w news.Window) (text string, c *news.RelatedArticleConnection) {
		found, err := n.RelatedArticles(ctx, []news.ID{a, n.id("w:1")}, nil, w)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range found[a].Edges {
			text += fmt.Sprintf("%s at %d, ", e.Node.Title, *e.Position)
		}
		total, err := found[a].TotalCount(ctx)
		if len(found[n.id("w:1")].Edges) != 0 || total != 3 || err != nil {
			t.Errorf("total %d (%v)", total, err)
		}
		return text, found[a]
	}
	text, page := ask(news.Window{Limit: 2})
	equal(t, "the first two", text, "3 at 0, 1 at 1, ")
	text, _ = ask(news.Window{Limit: 2, Cursor: *page.PageInfo.EndCursor})
	equal(t, "the next", text, "2 at 2, ")
	text, _ = ask(news.Window{Limit: 2, Backward: true})
	equal(t, "the last two", text, "1 at 1, 2 at 2, ")
	text, page = ask(news.Window{Limit: 0})
	if text != "" || !page.PageInfo.HasNextPage || page.PageInfo.StartCursor != nil {
		t.Errorf("%q %+v", text, page.PageInfo)
	}
}
