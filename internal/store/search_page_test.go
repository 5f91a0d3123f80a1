package store

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

var searchOrders = []news.SearchOrder{news.SearchByRelevance, news.SearchByFreshness, news.SearchByNewest, news.SearchByOldest}

// storms are articles of which the word storm is told in different ways, some of them by people who file them in two sections.
func storms(n *newsroom, from, count int) {
	n.t.Helper()
	r := rand.New(rand.NewPCG(7, uint64(from)))
	var records []news.Record
	for i := from; i < from+count; i++ {
		records = append(records, article(news.Ref(fmt.Sprintf("s:%d", i)), fmt.Sprintf("Report %d", i), func(a *news.ArticleRecord) {
			a.Body = news.HTML("<p>" + strings.Repeat("A storm came. ", 1+r.IntN(5)) + strings.Repeat("Nothing else. ", r.IntN(30)) + "</p>")
			if r.IntN(4) == 0 {
				a.Title = "Storm of " + a.Title
			}
			a.PublishedAt = noon.Add(-time.Duration(r.IntN(4000)) * time.Hour)
			a.Categories = []news.Ref{[]news.Ref{"c:sea", "c:coast", "c:land"}[r.IntN(3)]}
			a.Topics = []news.TopicLink{{Topic: []news.Ref{"t:wind", "t:rain"}[r.IntN(2)]}}
			a.Byline = []news.CreditRecord{{Author: "a:ada"}}
			if r.IntN(3) == 0 {
				a.Locale = "de"
			}
		}))
	}
	n.bring(news.Created, records...)
}

func stormyNewsroom(t *testing.T) *newsroom {
	n := newNewsroom(t)
	n.bring(news.Created, category("c:sea", "Sea", ""), category("c:coast", "Coast", "c:sea"), category("c:land", "Land", ""),
		topic("t:wind", "Wind"), topic("t:rain", "Rain"), author("a:ada", "Ada"))
	storms(n, 0, 60)
	return n
}

// TestSearchPages turns pages, forwards and backwards, while articles that match are written and taken away. What was found at first
// comes once, in its order, unless it was taken away before its page; nothing else comes in orders by score.
func TestSearchPages(t *testing.T) {
	for _, by := range searchOrders {
		for _, backward := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, backward %v", by, backward), func(t *testing.T) {
				t.Parallel()
				n := stormyNewsroom(t)
				ctx := context.Background()
				whole, err := n.Search(ctx, "storm", nil, by, news.Window{Limit: 100})
				if err != nil || len(whole.Hits) != 60 {
					t.Fatal(len(whole.Hits), err)
				}
				checkOrder(t, n, whole.Hits, by)
				var want, got []news.ID
				for _, h := range whole.Hits {
					want = append(want, h.ID)
				}
				if backward {
					slices.Reverse(want)
				}
				gone := map[news.ID]bool{}
				w := news.Window{Limit: 7, Backward: backward}
				for page := 0; ; page++ {
					hits, err := n.Search(ctx, "storm", nil, by, w)
					if err != nil {
						t.Fatal(err)
					}
					var ids []news.ID
					for _, h := range hits.Hits {
						if gone[h.ID] {
							t.Errorf("page %d shows %s, which was taken away", page, h.ID)
						}
						ids = append(ids, h.ID)
					}
					more := hits.PageInfo.HasNextPage
					if backward {
						slices.Reverse(ids)
						more = hits.PageInfo.HasPreviousPage
					}
					got = append(got, ids...)
					if !more {
						break
					}
					if len(ids) != 7 {
						t.Errorf("page %d has %d entries and says that there are more", page, len(ids))
					}
					w.Cursor = *hits.PageInfo.EndCursor
					if backward {
						w.Cursor = *hits.PageInfo.StartCursor
					}
					// Something new, and two of the next page away: one withdrawn, one deleted.
					storms(n, 1000+10*page, 3)
					next := slices.DeleteFunc(slices.Clone(want[slices.Index(want, lastOf(got, want))+1:]), func(id news.ID) bool { return gone[id] })
					if len(next) > 4 {
						n.withdraw(next[1])
						n.erase(next[3])
						gone[next[1]], gone[next[3]] = true, true
					}
				}
				if by == news.SearchByNewest || by == news.SearchByOldest {
					got = slices.DeleteFunc(got, func(id news.ID) bool { return !slices.Contains(want, id) }) // new ones behind the cursor
				}
				want = slices.DeleteFunc(want, func(id news.ID) bool { return gone[id] })
				equal(t, "the walk", got, want)
				n.check()
			})
		}
	}
}

// lastOf is the last of the list that is known.
func lastOf(list, known []news.ID) news.ID {
	for _, id := range slices.Backward(list) {
		if slices.Contains(known, id) {
			return id
		}
	}
	return 0
}

func (n *newsroom) withdraw(id news.ID) {
	n.t.Helper()
	if _, err := n.Unpublish(context.Background(), Step{ID: id, By: "Ada"}, 0); err != nil {
		n.t.Fatal(err)
	}
}

func (n *newsroom) erase(id news.ID) {
	n.t.Helper()
	if _, err := n.Delete(context.Background(), Step{ID: id, By: "Ada"}); err != nil {
		n.t.Fatal(err)
	}
}

func checkOrder(t *testing.T, n *newsroom, hits []Hit, by news.SearchOrder) {
	t.Helper()
	at := func(h Hit) int64 { return n.number(`SELECT at FROM search_dates WHERE id = ?`, int64(h.ID)) }
	if !slices.IsSortedFunc(hits, func(a, b Hit) int {
		switch by {
		case news.SearchByNewest:
			return cmp.Or(cmp.Compare(at(b), at(a)), cmp.Compare(b.ID, a.ID))
		case news.SearchByOldest:
			return cmp.Or(cmp.Compare(at(a), at(b)), cmp.Compare(a.ID, b.ID))
		}
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.ID, a.ID))
	}) {
		t.Errorf("by %s the order is wrong", by)
	}
}

// TestFreshness: the damped score is that of relevance divided by 1 + age / 30 days.
func TestFreshness(t *testing.T) {
	n := stormyNewsroom(t)
	scores := map[news.SearchOrder]map[news.ID]float64{}
	for _, by := range searchOrders[:2] {
		hits, err := n.Search(context.Background(), "storm", nil, by, news.Window{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		scores[by] = map[news.ID]float64{}
		for _, h := range hits.Hits {
			scores[by][h.ID] = h.Score
		}
	}
	for id, score := range scores[news.SearchByRelevance] {
		days := noon.Sub(time.UnixMilli(n.number(`SELECT at FROM search_dates WHERE id = ?`, int64(id)))).Hours() / 24
		if want, got := score/(1+days/30), scores[news.SearchByFreshness][id]; got < want*0.999 || got > want*1.001 {
			t.Errorf("%v days old: %v, want %v", days, got, want)
		}
	}
}

// TestSearchWindows asks for every page by first, last, after and before, and compares it with a cut of the whole.
func TestSearchWindows(t *testing.T) {
	n := stormyNewsroom(t)
	ctx := context.Background()
	r := rand.New(rand.NewPCG(1, 2))
	for _, by := range searchOrders {
		whole, err := n.Search(ctx, "storm", nil, by, news.Window{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for range 200 {
			from, to := -1, len(whole.Hits)
			w := news.Window{Limit: r.IntN(70), Backward: r.IntN(2) == 0}
			var after, before string
			if r.IntN(3) > 0 {
				from = r.IntN(60)
				after = whole.Hits[from].Cursor
			}
			if r.IntN(3) > 0 {
				to = r.IntN(60)
				before = whole.Hits[to].Cursor
			}
			if w.Cursor, w.Bound = after, before; w.Backward {
				w.Cursor, w.Bound = before, after
			}
			want := whole.Hits[min(from+1, to):max(to, from+1)]
			if from+1 > to {
				want = nil
			}
			more := len(want) > w.Limit
			if want = want[:min(len(want), w.Limit)]; w.Backward && from+1 <= to {
				all := whole.Hits[from+1 : to]
				want = all[max(0, len(all)-w.Limit):]
			}
			hits, err := n.Search(ctx, "storm", nil, by, w)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := ids(hits.Hits), ids(want); !slices.Equal(got, want) {
				t.Fatalf("%s: %d to %d of %+v: %v, want %v", by, from, to, w.Limit, got, want)
			}
			has := hits.PageInfo.HasNextPage
			if w.Backward {
				has = hits.PageInfo.HasPreviousPage
			}
			if has != more {
				t.Errorf("%s: %d to %d, limit %d, backward %v: more is %v", by, from, to, w.Limit, w.Backward, has)
			}
		}
	}
}

func ids(hits []Hit) (list []news.ID) {
	for _, h := range hits {
		list = append(list, h.ID)
	}
	return list
}

// TestBroadSearches: with bounds so small that every word is common, orders by date are what they are without, and orders by score hold
// the newest and those with the words in their titles.
func TestBroadSearches(t *testing.T) {
	n := stormyNewsroom(t)
	ctx := context.Background()
	filters := []*news.SearchFilter{nil, {Types: []news.SearchType{news.SearchArticles}}, {Locales: []news.Locale{"de"}}, {Categories: &news.TermFilter{AnyOf: []*news.TermRef{{ID: new(n.id("c:sea"))}}, IncludeDescendants: true}},
		{Topics: &news.TermFilter{NoneOf: []*news.TermRef{{ID: new(n.id("t:wind"))}}}}, {Authors: &news.TermFilter{AllOf: []*news.TermRef{{ID: new(n.id("a:ada"))}}}, PublishedAt: &news.DateTimeRange{From: new(noon.AddDate(0, -3, 0))}}}
	for _, typed := range []string{"storm", "stor*", "storm -nothing", "-report", "category:sea", "storm OR wind", "author:ada"} {
		for _, filter := range filters {
			var usual [2][]news.ID
			for i, bounds := range []searchBounds{usualBounds, {broadPages: -1, prefixPages: 40, titlePages: 200, ranked: 8, counted: 5, faceted: 5, stretch: 3}} {
				n.Store.bounds = bounds
				reader := n.As(news.AnyCaller())
				for _, by := range searchOrders[2:] {
					for w := (news.Window{Limit: 5}); ; {
						hits, err := reader.Search(ctx, typed, filter, by, w)
						if err != nil {
							t.Fatal(err)
						}
						usual[i] = append(usual[i], ids(hits.Hits)...)
						if !hits.PageInfo.HasNextPage {
							break
						}
						w.Cursor = *hits.PageInfo.EndCursor
					}
				}
				hits, err := reader.Search(ctx, typed, filter, news.SearchByRelevance, news.Window{Limit: 100})
				if err != nil {
					t.Fatal(err)
				}
				total, exact, err := hits.Total(ctx)
				if err != nil {
					t.Fatal(err)
				}
				found := len(usual[0]) / 2
				if i == 0 && (total != found || !exact || len(hits.Hits) != found) || i == 1 && (total != min(found, 5) || exact != (found <= 5) || len(hits.Hits) != min(found, 8)) {
					t.Errorf("%q, filter %+v, %d found: counted %d, exact %v, ranked %d", typed, filter, found, total, exact, len(hits.Hits))
				}
				if i == 1 && typed == "storm" && filter == nil {
					for _, h := range hits.Hits {
						if title := n.text(`SELECT title FROM articles WHERE id = ?`, int64(h.ID)); !strings.HasPrefix(title, "Storm") {
							t.Errorf("%s is before those with the word in their titles", title)
						}
					}
				}
			}
			equal(t, typed+", both orders by date", usual[1], usual[0])
		}
	}
}

// TestNarrowedPrefix: a prefix of too many words is looked for in titles alone, or is a word, and the total says so.
func TestNarrowedPrefix(t *testing.T) {
	n := stormyNewsroom(t)
	n.bring(news.Created, article("s:short", "Stor", func(a *news.ArticleRecord) { a.Body = "" }))
	for _, tt := range []struct {
		bounds searchBounds
		title  string
	}{{searchBounds{prefixPages: -1, titlePages: 9}, "Stor"}, {searchBounds{prefixPages: -1, titlePages: -1}, "Stor "}} {
		n.Store.bounds = usualBounds
		n.Store.bounds.prefixPages, n.Store.bounds.titlePages = tt.bounds.prefixPages, tt.bounds.titlePages
		hits, err := n.As(news.AnyCaller()).Search(context.Background(), "stor*", nil, news.SearchByNewest, news.Window{Limit: 100})
		if err != nil || len(hits.Hits) == 0 {
			t.Fatal(len(hits.Hits), err)
		}
		for _, h := range hits.Hits {
			if title := n.text(`SELECT title || ' ' FROM articles WHERE id = ?`, int64(h.ID)); !strings.HasPrefix(title, tt.title) {
				t.Errorf("%+v: found %s", tt.bounds, title)
			}
		}
		if total, exact, err := hits.Total(context.Background()); total != len(hits.Hits) || exact || err != nil {
			t.Errorf("%d hits, counted %d, exact %v (%v)", len(hits.Hits), total, exact, err)
		}
	}
}

// TestRankCursorsRefused: cursors by score expire, and are those of one search and of one view.
func TestRankCursorsRefused(t *testing.T) {
	n := stormyNewsroom(t)
	clock := noon
	n.Store.now = func() time.Time { return clock }
	reader := n.As(news.AnyCaller())
	ctx := context.Background()
	first, err := reader.Search(ctx, "storm", nil, news.SearchByRelevance, news.Window{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	cursor := *first.PageInfo.EndCursor
	other, err := reader.Search(ctx, "storm", nil, news.SearchByRelevance, news.Window{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	byDate, err := reader.Search(ctx, "storm", nil, news.SearchByNewest, news.Window{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	section := n.As(&news.Caller{Grant: news.Grant{Scopes: []news.Scope{news.ScopeContentRead, news.ScopeContentReadFull}, BodyDepth: news.BodyFull, Categories: []news.ID{n.id("c:sea")}}})
	for name, tt := range map[string]struct {
		s     *Reader
		typed string
		by    news.SearchOrder
		w     news.Window
		want  news.Kind
	}{
		"good":             {reader, "storm", news.SearchByRelevance, news.Window{Limit: 3, Cursor: cursor}, ""},
		"same view":        {n.As(news.AnyCaller()), "storm", news.SearchByRelevance, news.Window{Limit: 3, Cursor: cursor}, ""},
		"another's view":   {section, "storm", news.SearchByRelevance, news.Window{Limit: 3, Cursor: cursor}, news.CursorExpired},
		"an editor's view": {n.As(news.Operator()), "storm", news.SearchByRelevance, news.Window{Limit: 3, Cursor: cursor}, news.CursorExpired},
		"other words":      {reader, "storms", news.SearchByRelevance, news.Window{Limit: 3, Cursor: cursor}, news.Invalid},
		"another order":    {reader, "storm", news.SearchByFreshness, news.Window{Limit: 3, Cursor: cursor}, news.Invalid},
		"an order by date": {reader, "storm", news.SearchByNewest, news.Window{Limit: 3, Cursor: cursor}, news.Invalid},
		"a cursor by date": {reader, "storm", news.SearchByRelevance, news.Window{Limit: 3, Cursor: *byDate.PageInfo.EndCursor}, news.Invalid},
		"of two searches":  {reader, "storm", news.SearchByRelevance, news.Window{Limit: 3, Cursor: cursor, Bound: *other.PageInfo.EndCursor}, news.Invalid},
		"no cursor":        {reader, "storm", news.SearchByRelevance, news.Window{Limit: 3, Cursor: "x"}, news.Invalid},
		"another process's cursor": {reader, "storm", news.SearchByRelevance, news.Window{Limit: 3, Cursor: (&ranking{token: "T", order: news.SearchByRelevance, what: hashFilter(struct {
			Typed  string
			Filter *news.SearchFilter
		}{"storm", nil})}).cursor(2)}, news.CursorExpired},
	} {
		if _, err := tt.s.Search(ctx, tt.typed, nil, tt.by, tt.w); err == nil && tt.want != "" || err != nil && news.KindOf(err) != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	clock = clock.Add(maxRankingAge)
	if _, err := reader.Search(ctx, "storm", nil, news.SearchByRelevance, news.Window{Limit: 3, Cursor: cursor}); err != nil {
		t.Errorf("in time: %v", err)
	}
	clock = clock.Add(time.Second)
	if _, err := reader.Search(ctx, "storm", nil, news.SearchByRelevance, news.Window{Limit: 3, Cursor: cursor}); news.KindOf(err) != news.CursorExpired {
		t.Errorf("too late: %v", err)
	}
	if n.Store.rankings.bytes != 0 || len(n.Store.rankings.all) != 0 {
		t.Errorf("%d rankings of %d bytes are left", len(n.Store.rankings.all), n.Store.rankings.bytes)
	}
}

// TestRankingsAreBounded in bytes: the oldest go first.
func TestRankingsAreBounded(t *testing.T) {
	var k rankings
	hits := make([]scored, 2000)
	for i := range 2 * maxRankingBytes / 48_000 {
		k.keep(&ranking{token: fmt.Sprint(i), hits: hits}, noon)
		if k.bytes > maxRankingBytes {
			t.Fatalf("%d bytes are kept", k.bytes)
		}
	}
	if k.find("0", noon) != nil || k.find(fmt.Sprint(2*maxRankingBytes/48_000-1), noon) == nil {
		t.Error("not the oldest went")
	}
}

// TestFacets compares with counts by hand, for everybody and for whoever sees a section only.
func TestFacets(t *testing.T) {
	n := stormyNewsroom(t)
	n.bring(news.Created, article("s:draft", "Storm", func(a *news.ArticleRecord) { a.Status = news.StatusDraft; a.Categories = []news.Ref{"c:land"} }),
		event("s:event", "Storm of 1703", "1703-11-26", func(e *news.EventRecord) { e.Topics = []news.Ref{"t:wind"} }), topic("t:storm", "Storm"))
	section := n.As(&news.Caller{Grant: news.Grant{Scopes: []news.Scope{news.ScopeContentRead, news.ScopeContentReadFull}, BodyDepth: news.BodyFull, Categories: []news.ID{n.id("c:coast")}}})
	fields := []news.SearchFacetField{news.FacetType, news.FacetCategory, news.FacetTopic, news.FacetAuthor, news.FacetYear, news.FacetLocale}
	for name, tt := range map[string]struct {
		s     *Reader
		where string
	}{"everybody": {n.As(news.AnyCaller()), "a.status = 'PUBLISHED'"}, "a section": {section, "a.status = 'PUBLISHED' AND c.category_id = " + fmt.Sprint(int64(n.id("c:coast")))},
		"an editor": {n.As(news.Operator()), "true"}} {
		hits, err := tt.s.Search(context.Background(), "storm", nil, news.SearchByRelevance, news.Window{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		facets, err := hits.Facets(context.Background(), fields, 100)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, f := range facets {
			for _, b := range f.Buckets {
				got[string(f.Field)+" "+b.Value] = b.Count
			}
		}
		// Of articles by hand; the event and the topic beside them.
		articles := `FROM articles a JOIN article_categories c ON c.article_id = a.id JOIN article_topics p ON p.article_id = a.id WHERE a.title LIKE '%storm%' AND ` + tt.where +
			` OR a.id IN (SELECT b.entry_id FROM bodies b WHERE b.text LIKE '%storm%') AND ` + tt.where
		limited := name == "a section"
		want := map[string]int{}
		add := func(key string, count int64, beside int) {
			if limited && beside > 0 && key != "TYPE TOPIC" {
				beside = 0
			}
			if count+int64(beside) > 0 {
				want[key] = int(count) + beside
			}
		}
		articles = "FROM (SELECT DISTINCT a.id, a.locale, a.published_at, c.category_id, p.topic_id " + strings.Replace(articles, "JOIN article_topics", "LEFT JOIN article_topics", 1) + ")"
		add("TYPE ARTICLE", n.number(`SELECT count(*) `+articles), 0)
		add("TYPE HISTORICAL_EVENT", 0, 1)
		add("TYPE TOPIC", 0, 1)
		for _, c := range []news.Ref{"c:coast", "c:land"} {
			add("CATEGORY "+n.id(c).String(), n.number(`SELECT count(*) `+articles+` WHERE category_id = ?`, int64(n.id(c))), 0)
		}
		if !limited {
			add("CATEGORY "+n.id("c:sea").String(), n.number(`SELECT count(*) `+articles+` WHERE category_id IN (?, ?)`, int64(n.id("c:coast")), int64(n.id("c:sea"))), 0)
		}
		add("TOPIC "+n.id("t:wind").String(), n.number(`SELECT count(*) `+articles+` WHERE topic_id = ?`, int64(n.id("t:wind"))), 1)
		add("TOPIC "+n.id("t:rain").String(), n.number(`SELECT count(*) `+articles+` WHERE topic_id = ?`, int64(n.id("t:rain"))), 0)
		add("AUTHOR "+n.id("a:ada").String(), n.number(`SELECT count(*) `+articles+` WHERE topic_id IS NOT NULL`), 0)
		add("LOCALE de", n.number(`SELECT count(*) `+articles+` WHERE locale = 'de'`), 0)
		add("LOCALE en", n.number(`SELECT count(*) `+articles+` WHERE locale = 'en'`), map[bool]int{false: 2, true: 0}[limited])
		if limited {
			want["LOCALE en"]++ // the topic
		}
		for key := range got {
			if strings.HasPrefix(key, "YEAR") {
				want[key] = got[key] // below
			}
		}
		for key := range want {
			if want[key] != got[key] {
				t.Errorf("%s, %s: %d, want %d", name, key, got[key], want[key])
			}
		}
		for key := range got {
			if _, ok := want[key]; !ok {
				t.Errorf("%s: %s is counted", name, key)
			}
		}
		years := 0
		for key, count := range got {
			if strings.HasPrefix(key, "YEAR") {
				years += count
			}
		}
		if entries := want["TYPE ARTICLE"] + want["TYPE HISTORICAL_EVENT"]; years != entries {
			t.Errorf("%s: %d entries have years, want %d", name, years, entries)
		}
	}
	hits, _ := n.Search(context.Background(), "storm", nil, news.SearchByNewest, news.Window{Limit: 1})
	if _, err := hits.Facets(context.Background(), fields, 101); news.KindOf(err) != news.Invalid {
		t.Errorf("too many values: %v", err)
	}
	if facets, err := hits.Facets(context.Background(), fields[1:2], 1); err != nil || len(facets[0].Buckets) != 1 {
		t.Errorf("one value: %+v (%v)", facets, err)
	}
}
