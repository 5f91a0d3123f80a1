package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

// A walker goes up and down one list in pages of any size, from any entry it has seen to any other. Want are the entries
// that stay as they are all the time, in order; others come, go and move in between.
type walker struct {
	name string
	want []news.ID
	list func(news.Window) (listed, error)

	stays         map[news.ID]bool // the same as want
	cursor        string
	before, after int // how many of want lie before the cursor, and how many do not lie after it
	pages         int
	others        int
}

type listed struct {
	ids     []news.ID
	cursors []string
	info    news.PageInfo
}

func listedOf[E interface{ GetNode() N }, N news.Node](c *news.Connection[E, N], cursor func(E) string) (l listed) {
	l.info = c.PageInfo
	for _, e := range c.Edges {
		l.ids, l.cursors = append(l.ids, e.GetNode().NodeID()), append(l.cursors, cursor(e))
	}
	return l
}

func plainList[N news.Node](c *news.Connection[*news.Edge[N], N], err error) (listed, error) {
	if err != nil {
		return listed{}, err
	}
	return listedOf(c, func(e *news.Edge[N]) string { return e.Cursor }), nil
}

func (w *walker) step(t *testing.T, r *rand.Rand) {
	t.Helper()
	window := news.Window{Limit: 1 + r.IntN(25), Cursor: w.cursor, Backward: r.IntN(3) == 0}
	page, err := w.list(window)
	if err != nil {
		t.Fatalf("%s: %v", w.name, err)
	}
	w.pages++
	var kept []news.ID
	for i, id := range page.ids {
		if slices.Contains(page.ids[:i], id) {
			t.Fatalf("%s: %s is on one page twice", w.name, id)
		}
		if w.stays[id] {
			kept = append(kept, id)
		}
	}
	w.others += len(page.ids) - len(kept)
	from, more, rest := w.after, page.info.HasNextPage, 0
	switch {
	case window.Backward:
		if from = w.before; w.cursor == "" {
			from = len(w.want)
		}
		from -= len(kept)
		more, rest = page.info.HasPreviousPage, from
	case w.cursor == "":
		from = 0
		rest = len(w.want) - len(kept)
	default:
		rest = len(w.want) - from - len(kept)
	}
	if from < 0 || from+len(kept) > len(w.want) || !slices.Equal(kept, w.want[from:from+len(kept)]) {
		t.Fatalf("%s: page %d (%+v) holds\n%v, which do not stand together at %d of\n%v", w.name, w.pages, window, kept, from, w.want)
	}
	if !more && rest != 0 {
		t.Fatalf("%s: page %d (%+v) is said to be the last but %d entries follow", w.name, w.pages, window, rest)
	}
	if more && len(page.ids) != window.Limit {
		t.Fatalf("%s: page %d (%+v) holds %d entries and is said not to be the last", w.name, w.pages, window, len(page.ids))
	}
	if n := len(page.ids); n > 0 && (*page.info.StartCursor != page.cursors[0] || *page.info.EndCursor != page.cursors[n-1]) {
		t.Fatalf("%s: the page's cursors are not those of its ends", w.name)
	}
	w.moveOn(r, page, from, more)
}

// moveOn chooses the entry to go on from; at the end of the list, often the other end.
func (w *walker) moveOn(r *rand.Rand, page listed, from int, more bool) {
	if len(page.ids) == 0 || !more && r.IntN(2) == 0 {
		w.cursor = ""
		w.before, w.after = 0, 0
		return
	}
	at := len(page.ids) - 1
	if r.IntN(4) == 0 {
		at = r.IntN(len(page.ids))
	}
	w.cursor, w.before = page.cursors[at], from
	for _, id := range page.ids[:at] {
		if w.stays[id] {
			w.before++
		}
	}
	w.after = w.before
	if w.stays[page.ids[at]] {
		w.after++
	}
}

const (
	keptArticles = 90
	keptTerms    = 25
	movingOnes   = 12
)

// TestWalks goes a thousand steps through every list while other entries are written.
func TestWalks(t *testing.T) {
	n := newNewsroom(t)
	r := rand.New(rand.NewPCG(11, 12))
	fillForWalks(n)
	walkers := allWalkers(n)
	rounds := 1000
	if underRace || testing.Short() {
		rounds = 60
	}
	for round := range rounds {
		if round%3 == 0 {
			n.clock.advance(time.Minute)
			n.try(movingRecord(r), movingRecord(r))
		}
		for _, w := range walkers {
			w.step(t, r)
		}
	}
	others := 0
	for _, w := range walkers {
		others += w.others
		if len(w.want) < 5 {
			t.Errorf("%s has %d entries that stay; there is nothing to walk", w.name, len(w.want))
		}
	}
	t.Logf("%d lists, %d steps each, %d sightings of entries that moved", len(walkers), rounds, others)
	if others < rounds {
		t.Error("hardly anything moved")
	}
	n.check()
}

func titled(i int) string { return []string{"Rain", "rain", "Ráin", "Snow"}[i%4] }

// fillForWalks writes what stays: few different times, titles, lengths and counts, so that ids must tell entries apart.
func fillForWalks(n *newsroom) {
	var records []news.Record
	for i := range keptTerms {
		number := fmt.Sprint(i)
		records = append(records,
			category(news.Ref("k:c"+number), titled(i), map[bool]news.Ref{true: "k:c0"}[i > 12], func(c *news.CategoryRecord) { c.Position = i % 3 }),
			topic(news.Ref("k:t"+number), titled(i), func(tp *news.TopicRecord) { tp.Kind = news.TopicKinds[i%2] }),
			author(news.Ref("k:au"+number), titled(i)),
			event(news.Ref("k:e"+number), titled(i), []news.EDTF{"1914-07-28", "1914-07", "XXXX-07-28", "-0043-03-15"}[i%4], func(e *news.EventRecord) {
				e.Significance, e.IsSelected, e.Kind = new(i%3), i%2 == 0, news.HistoricalEventKinds[i%2]
				e.Topics, e.UpdatedAt = []news.Ref{"k:t0"}, noon.Add(-time.Duration(i%3)*time.Hour)
			}))
	}
	for i := range keptArticles {
		records = append(records, article(news.Ref(fmt.Sprint("k:a", i)), titled(i), func(a *news.ArticleRecord) {
			a.PublishedAt, a.UpdatedAt = noon.Add(-time.Duration(i%4)*time.Hour), noon.Add(-time.Duration(i%3)*time.Hour)
			a.Body, a.IsSticky, a.Kind = news.HTML("<p>"+strings.Repeat("rain ", i%3)+"</p>"), i%2 == 0, news.ArticleKinds[i%2]
			a.Categories = []news.Ref{news.Ref(fmt.Sprint("k:c", i%16))}
			a.Topics, a.Byline = []news.TopicLink{{Topic: news.Ref(fmt.Sprint("k:t", i%4))}}, []news.CreditRecord{{Author: news.Ref(fmt.Sprint("k:au", i%2))}}
			a.Events = []news.Ref{"k:e0", "k:e1"}
			a.Locale = []news.Locale{"en", "de"}[i%2]
			if i == 0 {
				for j := range keptArticles {
					a.Related = append(a.Related, news.Pin{Article: news.Ref(fmt.Sprint("k:a", (j*7)%keptArticles))})
				}
				for j := range movingOnes {
					a.Related = slices.Insert(a.Related, j*5, news.Pin{Article: news.Ref(fmt.Sprint("m:a", j))})
				}
				for j := range keptTerms {
					a.Events = append(a.Events, news.Ref(fmt.Sprint("k:e", j)))
				}
				a.Events = append(a.Events, "m:e0", "m:e1", "m:e2")
			}
		}))
	}
	for i := range movingOnes {
		records = append(records, article(news.Ref(fmt.Sprint("m:a", i)), titled(i)), event(news.Ref(fmt.Sprint("m:e", i)), titled(i), "1914"),
			category(news.Ref(fmt.Sprint("m:c", i)), titled(i), ""), topic(news.Ref(fmt.Sprint("m:t", i)), titled(i)), author(news.Ref(fmt.Sprint("m:au", i)), titled(i)))
	}
	n.bring(news.Created, records...)
}

// movingRecord is a new entry or a change of one of those that do not stay. It changes no count of a term that stays.
func movingRecord(r *rand.Rand) news.Record {
	number := fmt.Sprint(r.IntN(2 * movingOnes))
	switch r.IntN(8) {
	case 0:
		return category(news.Ref("m:c"+number), titled(r.IntN(4)), []news.Ref{"", "k:c0", "m:c0"}[r.IntN(3)], func(c *news.CategoryRecord) { c.Position = r.IntN(4) })
	case 1:
		return topic(news.Ref("m:t"+number), titled(r.IntN(4)), func(tp *news.TopicRecord) { tp.Kind = news.TopicKinds[r.IntN(2)] })
	case 2:
		return author(news.Ref("m:au"+number), titled(r.IntN(4)))
	case 3:
		return event(news.Ref("m:e"+number), titled(r.IntN(4)), []news.EDTF{"1914-07-28", "1915", "XXXX-07-28"}[r.IntN(3)], func(e *news.EventRecord) {
			e.Status = []news.EntryStatus{news.StatusPublished, news.StatusDraft}[r.IntN(2)]
			e.Significance, e.IsSelected, e.Kind = new(r.IntN(3)), r.IntN(2) == 0, news.HistoricalEventKinds[r.IntN(2)]
		})
	}
	return article(news.Ref("m:a"+number), titled(r.IntN(4)), func(a *news.ArticleRecord) {
		a.Status = []news.EntryStatus{news.StatusPublished, news.StatusPublished, news.StatusDraft, news.StatusRetracted}[r.IntN(4)]
		a.PublishedAt, a.UpdatedAt = noon.Add(-time.Duration(r.IntN(5))*time.Hour), noon.Add(-time.Duration(r.IntN(4))*time.Hour)
		a.Body, a.IsSticky, a.Kind = news.HTML("<p>"+strings.Repeat("rain ", r.IntN(4))+"</p>"), r.IntN(2) == 0, news.ArticleKinds[r.IntN(2)]
		a.Categories = []news.Ref{"m:c" + news.Ref(fmt.Sprint(r.IntN(movingOnes)))}
		a.Events = []news.Ref{"k:e0"}
		a.Locale = []news.Locale{"en", "de"}[r.IntN(2)]
	})
}

// staying are the ids that a plain query over the base tables finds and that belong to what stays.
func (n *newsroom) staying(sql string, args ...any) (ids []news.ID) {
	stays := map[int64]bool{}
	for _, id := range n.numbers(`SELECT subject FROM external_refs WHERE system = 'k'`) {
		stays[id] = true
	}
	for _, id := range n.numbers(sql, args...) {
		if stays[id] {
			ids = append(ids, news.ID(id))
		}
	}
	return ids
}

func allWalkers(n *newsroom) (all []*walker) {
	ctx := context.Background()
	add := func(name string, want []news.ID, list func(news.Window) (listed, error)) {
		w := &walker{name: name, want: want, list: list, stays: map[news.ID]bool{}}
		for _, id := range want {
			w.stays[id] = true
		}
		all = append(all, w)
	}
	term := func(ref news.Ref) *news.TermFilter {
		return &news.TermFilter{AnyOf: []*news.TermRef{{ID: new(n.id(ref))}}, IncludeDescendants: true}
	}
	early, late := noon.Add(-2*time.Hour), noon
	filters := []struct {
		name   string
		filter *news.ArticleFilter
		where  string
	}{
		{"all", nil, `true`},
		{"kind", &news.ArticleFilter{Kinds: []news.ArticleKind{news.ArticleNews}}, `kind = 'NEWS'`},
		{"subtree", &news.ArticleFilter{Categories: term("k:c0")}, `id IN (SELECT article_id FROM article_categories l JOIN categories c ON c.id = l.category_id
			JOIN external_refs r ON r.system = 'k' AND r.value = 'c0' WHERE c.id = r.subject OR c.parent_id = r.subject)`},
		{"topic", &news.ArticleFilter{Topics: term("k:t1")}, `id IN (SELECT article_id FROM article_topics JOIN external_refs r ON r.subject = topic_id WHERE r.value = 't1' AND r.system = 'k')`},
		{"range and sticky", &news.ArticleFilter{PublishedAt: &news.DateTimeRange{From: &early, To: &late}, IsSticky: new(true)}, fmt.Sprintf(`is_sticky AND published_at >= %d AND published_at < %d`, early.UnixMilli(), late.UnixMilli())},
		{"or", &news.ArticleFilter{Or: []*news.ArticleFilter{{Locales: []news.Locale{"de"}}, {Authors: term("k:au0")}}}, `(locale = 'de' OR id IN (SELECT article_id FROM bylines JOIN external_refs r ON r.subject = author_id WHERE r.value = 'au0' AND r.system = 'k'))`},
	}
	for _, f := range filters {
		for _, by := range allArticleOrders() {
			column := articleListing.orders[string(by.Field)].column
			want := n.staying(fmt.Sprintf(`SELECT id FROM articles WHERE status = 'PUBLISHED' AND %s ORDER BY %s %s, id %[3]s`, f.where, column, by.Direction))
			add(fmt.Sprint("articles, ", f.name, by), want, func(w news.Window) (listed, error) { return plainList(n.FindArticles(ctx, f.filter, by, w)) })
		}
	}
	for _, by := range allArticleOrders() {
		column := articleListing.orders[string(by.Field)].column
		at := In(n.id("k:t1"))
		facets := []Facet{In(n.id("m:t0")), at, DirectlyIn(n.id("k:c3")), In(n.id("k:c0"))}
		want := n.staying(fmt.Sprintf(`SELECT a.id FROM articles a JOIN article_topics l ON l.article_id = a.id WHERE l.topic_id = ? ORDER BY %s %s, id %[2]s`, column, by.Direction), int64(at))
		add(fmt.Sprint("articles of many topics", by), want, func(w news.Window) (listed, error) {
			pages, err := n.FindArticlesIn(ctx, facets, nil, by, w)
			return plainList(pages[at], err)
		})
	}
	for _, by := range allEventOrders() {
		column := eventListing.orders[string(by.Field)].column
		order := fmt.Sprintf(` ORDER BY %s %s, id %[2]s`, column, by.Direction)
		for name, f := range map[string]struct {
			filter *news.HistoricalEventFilter
			where  string
		}{
			"all":      {nil, `true`},
			"selected": {&news.HistoricalEventFilter{SelectedOnly: new(true)}, `is_selected`},
			"day":      {&news.HistoricalEventFilter{MonthDay: &news.MonthDay{Month: 7, Day: 28}}, `edtf LIKE '%-07-28'`},
		} {
			add(fmt.Sprint("events, ", name, by), n.staying(`SELECT id FROM events WHERE status = 'PUBLISHED' AND `+f.where+order), func(w news.Window) (listed, error) {
				return plainList(n.FindEvents(ctx, f.filter, by, w))
			})
		}
		at := In(n.id("k:t0"))
		add(fmt.Sprint("events of a topic", by), n.staying(`SELECT id FROM events JOIN event_topics ON event_id = id WHERE topic_id = ?`+order, int64(at)), func(w news.Window) (listed, error) {
			pages, err := n.FindEventsIn(ctx, []Facet{In(n.id("m:t0")), at}, by, w)
			return plainList(pages[at], err)
		})
	}
	for field, column := range map[news.CategoryOrderField]string{news.CategoryByPosition: "position", news.CategoryByName: "name_key", news.CategoryByArticleCount: articleCount("c.id")} {
		for _, d := range directions {
			by := news.CategoryOrder{Field: field, Direction: d}
			for name, under := range map[string]struct {
				parent news.ID
				all    bool
				where  string
			}{"all": {0, true, `true`}, "top": {0, false, `parent_id IS NULL`}, "below": {n.id("k:c0"), false, fmt.Sprint(`parent_id = `, int64(n.id("k:c0")))}} {
				if field == news.CategoryByArticleCount { // what moves stands below it
					under.where += fmt.Sprint(` AND id <> `, int64(n.id("k:c0")))
				}
				add(fmt.Sprint("categories, ", name, by), n.staying(fmt.Sprintf(`SELECT id FROM categories c WHERE %s ORDER BY %s %s, id %[3]s`, under.where, column, d)), func(w news.Window) (listed, error) {
					return plainList(n.FindCategories(ctx, under.parent, under.all, by, w))
				})
			}
		}
	}
	parent := n.id("k:c0")
	add("children", n.staying(`SELECT id FROM categories WHERE parent_id = ? ORDER BY position, id`, int64(parent)), func(w news.Window) (listed, error) {
		pages, err := n.CategoryChildren(ctx, []news.ID{n.id("k:c1"), parent}, w)
		return plainList(pages[parent], err)
	})
	for by, order := range map[news.TopicOrder]string{news.TopicByName: `name_key, id`, news.TopicByArticleCount: articleCount("t.id") + ` DESC, id DESC`} {
		add(fmt.Sprint("topics, ", by), n.staying(`SELECT id FROM topics t ORDER BY `+order), func(w news.Window) (listed, error) {
			return plainList(n.FindTopics(ctx, nil, by, w))
		})
		add(fmt.Sprint("topics of a kind, ", by), n.staying(`SELECT id FROM topics t WHERE kind = 'PERSON' ORDER BY `+order), func(w news.Window) (listed, error) {
			return plainList(n.FindTopics(ctx, &news.TopicFilter{Kinds: []news.TopicKind{news.TopicPerson}}, by, w))
		})
	}
	add("authors", n.staying(`SELECT id FROM authors ORDER BY name_key, id`), func(w news.Window) (listed, error) { return plainList(n.FindAuthors(ctx, w)) })
	first := n.id("k:a0")
	add("related", n.staying(`SELECT related_id AS id FROM related_articles WHERE article_id = ? ORDER BY position`, int64(first)), func(w news.Window) (listed, error) {
		pages, err := n.RelatedArticles(ctx, []news.ID{first}, nil, w)
		if err != nil {
			return listed{}, err
		}
		return listedOf(&pages[first].Connection, func(e *news.RelatedArticleEdge) string { return e.Cursor }), nil
	})
	add("events of an article", n.staying(`SELECT e.id FROM article_events l JOIN events e ON e.id = l.event_id WHERE article_id = ? ORDER BY sort_day, id`, int64(first)), func(w news.Window) (listed, error) {
		pages, err := n.ArticleEvents(ctx, []news.ID{first}, w)
		return plainList(pages[first], err)
	})
	day := news.Date{Year: 2026, Month: 7, Day: 28}
	for _, by := range allEventOrders() {
		column := eventListing.orders[string(by.Field)].column
		add(fmt.Sprint("events of a day", by), n.staying(fmt.Sprintf(`SELECT id FROM events WHERE edtf LIKE '%%-07-28' ORDER BY %s %s, id %[2]s`, column, by.Direction)), func(w news.Window) (listed, error) {
			return plainList(n.FindEventsOn(ctx, day, news.LeapFeb28, nil, by, w))
		})
	}
	add("archive", n.staying(`SELECT id FROM articles ORDER BY published_at DESC, id DESC`), func(w news.Window) (listed, error) {
		c, err := n.FindArchive(ctx, news.Date{Year: noon.Year() + 1, Month: int(noon.Month()), Day: noon.Day()}, time.UTC, news.LeapFeb28, 1, nil, w)
		if err != nil {
			return listed{}, err
		}
		return listedOf(c, func(e *news.ArchiveArticleEdge) string { return e.Cursor }), nil
	})
	// Twelve months from June to May: each event returns once, 28 July before 15 March.
	spring := AnniversaryQuery{From: news.Date{Year: 2026, Month: 6, Day: 1}, To: news.Date{Year: 2027, Month: 5, Day: 31}, Roundness: news.RoundAny, Zone: time.UTC}
	add("anniversaries", n.staying(`SELECT id FROM events WHERE edtf LIKE '%-07-28' OR edtf LIKE '%-03-15' ORDER BY edtf LIKE '%-03-15', significance DESC, id DESC`), func(w news.Window) (listed, error) {
		c, err := n.FindAnniversaries(ctx, spring, w)
		if err != nil {
			return listed{}, err
		}
		l := listed{info: c.PageInfo}
		for _, e := range c.Edges {
			l.ids, l.cursors = append(l.ids, e.Node.Event.ID), append(l.cursors, e.Cursor)
		}
		return l, nil
	})
	about := Coverage{Event: n.id("k:e0"), Since: noon.Add(-2 * time.Hour).UnixMilli(), Until: noon.UnixMilli()}
	add("coverage", n.staying(`SELECT id FROM articles WHERE published_at >= ? AND published_at < ? ORDER BY published_at DESC, id DESC`, about.Since, about.Until), func(w news.Window) (listed, error) {
		pages, err := n.FindCoverage(ctx, []Coverage{{Event: n.id("k:e1"), Until: about.Since}, about}, w)
		return plainList(pages[about], err)
	})
	add("search, newest", n.staying(`SELECT id FROM search_dates JOIN articles USING (id) WHERE title <> 'Snow' OR word_count > 0 ORDER BY at DESC, id DESC`), func(w news.Window) (listed, error) {
		hits, err := n.Search(ctx, "rain", &news.SearchFilter{Types: []news.SearchType{news.SearchArticles}}, news.SearchByNewest, w)
		if err != nil {
			return listed{}, err
		}
		l := listed{info: hits.PageInfo}
		for _, h := range hits.Hits {
			l.ids, l.cursors = append(l.ids, h.ID), append(l.cursors, h.Cursor)
		}
		return l, nil
	})
	return all
}

// TestRelevanceWalk goes through a search by relevance from both ends while nothing is written.
func TestRelevanceWalk(t *testing.T) {
	n := newNewsroom(t)
	fillForWalks(n)
	ctx := context.Background()
	whole := map[bool][]news.ID{}
	for _, backward := range []bool{false, true} {
		w := news.Window{Limit: 7, Backward: backward}
		for {
			hits, err := n.Search(ctx, "rain", nil, news.SearchByRelevance, w)
			if err != nil {
				t.Fatal(err)
			}
			var ids []news.ID
			for i, h := range hits.Hits {
				if i > 0 && hits.Hits[i-1].Score < h.Score {
					t.Errorf("the score rises from %v to %v", hits.Hits[i-1].Score, h.Score)
				}
				ids = append(ids, h.ID)
			}
			if backward {
				whole[true] = append(ids, whole[true]...)
				if !hits.PageInfo.HasPreviousPage {
					break
				}
				w.Cursor = *hits.PageInfo.StartCursor
			} else {
				whole[false] = append(whole[false], ids...)
				if !hits.PageInfo.HasNextPage {
					break
				}
				w.Cursor = *hits.PageInfo.EndCursor
			}
		}
	}
	equal(t, "the walk back", whole[true], whole[false])
	if found := n.number(`SELECT count(*) FROM search WHERE search MATCH '"rain"'`); int(found) != len(whole[false]) || found < 50 {
		t.Errorf("%d of %d were walked", len(whole[false]), found)
	}
	sorted := slices.Clone(whole[false])
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) != len(whole[false]) {
		t.Error("something came twice")
	}
}

func TestCursorsRefused(t *testing.T) {
	n := newNewsroom(t)
	fillForWalks(n)
	ctx := context.Background()
	newest := news.ArticleOrder{Field: news.ByPublishedAt, Direction: news.Descending}
	topicOf := func(ref news.Ref) *news.ArticleFilter {
		return &news.ArticleFilter{Topics: &news.TermFilter{AnyOf: []*news.TermRef{{ID: new(n.id(ref))}}}}
	}
	page, err := n.FindArticles(ctx, topicOf("k:t1"), newest, news.Window{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	good := *page.PageInfo.EndCursor
	plain, _ := base64.RawURLEncoding.DecodeString(good)
	edited := func(old, new string) string {
		if !strings.Contains(string(plain), old) {
			t.Fatalf("%q holds no %q", plain, old)
		}
		return base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(plain), old, new, 1)))
	}
	parts := strings.Split(string(plain), "\n")
	authors, err := n.FindAuthors(ctx, news.Window{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		what, cursor string
		filter       *news.ArticleFilter
		by           news.ArticleOrder
		says         string
	}{
		{"as it was", good, topicOf("k:t1"), newest, ""},
		{"another direction", good, topicOf("k:t1"), news.ArticleOrder{Field: news.ByPublishedAt, Direction: news.Ascending}, "belongs to the order PUBLISHED_AT DESC"},
		{"another field", good, topicOf("k:t1"), news.ArticleOrder{Field: news.ByUpdatedAt, Direction: news.Descending}, "ordered by UPDATED_AT DESC"},
		{"another topic", good, topicOf("k:t2"), newest, "another filter"},
		{"no filter", good, nil, newest, "another filter"},
		{"of another list", *authors.PageInfo.EndCursor, nil, newest, "belongs to the order NAME"},
		{"cut off", good[:len(good)/2], topicOf("k:t1"), newest, "is not a cursor"},
		{"one letter less", good[:len(good)-1], topicOf("k:t1"), newest, "cursor"},
		{"another alphabet", "$$$$", topicOf("k:t1"), newest, "is not a cursor"},
		{"another version", edited("1\n", "0\n"), topicOf("k:t1"), newest, "is not a cursor"},
		{"no number for an id", edited("\n"+parts[3]+"\n", "\n!\n"), topicOf("k:t1"), newest, "is damaged"},
		{"no number for a time", edited("\n"+parts[4], "\nDROP TABLE"), topicOf("k:t1"), newest, "is damaged"},
		{"a number too large", edited("\n"+parts[4], "\nzzzzzzzzzzzzzzzzz"), topicOf("k:t1"), newest, "is damaged"},
	} {
		for _, w := range []news.Window{{Limit: 3, Cursor: tt.cursor}, {Limit: 3, Bound: tt.cursor}, {Limit: 3, Cursor: tt.cursor, Backward: true}} {
			_, err := n.FindArticles(ctx, tt.filter, tt.by, w)
			if tt.what == "one letter less" && err == nil {
				continue // it may still be one, of another place
			}
			if tt.says == "" && err != nil || tt.says != "" && (news.KindOf(err) != news.Invalid || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("%s: %v", tt.what, err)
			}
		}
	}
	if _, err := n.FindArticlesIn(ctx, []Facet{In(n.id("k:t1"))}, nil, newest, news.Window{Limit: 3, Cursor: good}); news.KindOf(err) != news.Invalid {
		t.Errorf("a list under a parent took a cursor of the list of all: %v", err)
	}
	top, err := n.FindCategories(ctx, 0, false, news.CategoryOrder{Field: news.CategoryByName, Direction: news.Ascending}, news.Window{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.FindCategories(ctx, n.id("k:c0"), false, news.CategoryOrder{Field: news.CategoryByName, Direction: news.Ascending},
		news.Window{Limit: 3, Cursor: *top.PageInfo.EndCursor}); news.KindOf(err) != news.Invalid {
		t.Errorf("categories below one took a cursor of those at the top: %v", err)
	}
}

// FuzzCursor: whatever comes, the answer is a key or an error for the caller, and a cursor leads back to its key.
func FuzzCursor(f *testing.F) {
	number, err := articleListing.sorting(string(news.ByPublishedAt), news.Descending)
	if err != nil {
		f.Fatal(err)
	}
	title, err := articleListing.sorting(string(news.ByTitle), news.Ascending)
	if err != nil {
		f.Fatal(err)
	}
	numbers, titles := seek{sorting: number, filter: 7}, seek{sorting: title}
	f.Add(numbers.cursor(sortKey{value: int64(-5), id: 9}), int64(3), "")
	f.Add(titles.cursor(sortKey{value: "a\nb\xff", id: -9}), int64(-3), "x\n\ny")
	f.Add("", int64(0), "\x00")
	f.Fuzz(func(t *testing.T, text string, n int64, s string) {
		for _, at := range []seek{numbers, titles} {
			key, err := at.parseCursor(text)
			if err != nil && news.KindOf(err) != news.Invalid {
				t.Fatalf("%q: %v", text, err)
			}
			if err == nil && text != "" {
				again, err := at.parseCursor(at.cursor(*key))
				if err != nil || *again != *key {
					t.Fatalf("%q: %v comes back as %v (%v)", text, key, again, err)
				}
			}
		}
		for _, tt := range []struct {
			at  seek
			key sortKey
		}{{numbers, sortKey{value: n, id: news.ID(n)}}, {titles, sortKey{value: s, id: news.ID(n)}}} {
			if key, err := tt.at.parseCursor(tt.at.cursor(tt.key)); err != nil || *key != tt.key {
				t.Fatalf("%v comes back as %v (%v)", tt.key, key, err)
			}
		}
	})
}
