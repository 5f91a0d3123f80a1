package bench

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// BenchmarkSearch reads the first page of 20 of a log of 1,000 searches, words by Zipf's law, one after the other. It reports median,
// 99th percentile and worst of all, and names the worst; and, of the searches for two words by relevance, those of Dateline beside raw
// FTS5: one statement on the same index, written by hand, that does nothing else. All in processor time.
func BenchmarkSearch(b *testing.B) {
	for _, size := range sizes(b) {
		b.Run(fmt.Sprintf("articles=%d", size), func(b *testing.B) {
			s, file := newsroom(b, size)
			hand := newHand(b, file)
			raw := <-hand.conns
			defer func() { hand.conns <- raw }()
			list := searches(size)
			for b.Loop() {
				runSearches(b, s, raw, list)
			}
		})
	}
}

// cheapest is the least processor time of three runs: other programs on the machine do not count.
func cheapest(run func()) time.Duration {
	best := time.Hour
	for range 3 {
		before := cpuTime()
		run()
		best = min(best, cpuTime()-before)
	}
	return best
}

type loggedSearch struct {
	typed  string
	raw    string // in FTS5's language; empty unless it is two words
	order  news.SearchOrder
	filter *news.SearchFilter
	facets bool
}

// searches is the log: words alone, two, three, phrases of titles, prefixes, exclusions, alternatives, and the most common words in
// each of these ways; by every order, with filters and with facets.
func searches(articles int) (log []loggedSearch) {
	r := random("search", 0)
	n := sizeOf(articles)
	forms := []func(word func() string) string{
		func(w func() string) string { return w() },
		func(w func() string) string { return w() + " " + w() },
		func(w func() string) string { return w() + " " + w() + " " + w() },
		func(func() string) string {
			title := strings.Fields(n.article(r.IntN(articles)).Article.Title)
			return `"` + title[0] + " " + title[1] + `"`
		},
		func(w func() string) string { p := w(); return p[:min(len(p), 1+r.IntN(5))] + "*" },
		func(w func() string) string { return w() + " -" + w() },
		func(w func() string) string { return w() + " OR " + w() + " OR " + w() },
		func(w func() string) string { return "-" + w() },
		func(w func() string) string { return w() + " " + w()[:2] + "* -" + w() + " " + w() + " OR " + w() },
	}
	shares := []int{0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8}
	orders := []news.SearchOrder{news.SearchByRelevance, news.SearchByRelevance, news.SearchByFreshness, news.SearchByNewest, news.SearchByOldest}
	common := func() string { return vocabulary[r.IntN(5)] }
	zipf := func() string { return word(r) }
	for i := range 1000 {
		l := loggedSearch{order: orders[i%len(orders)], facets: i%10 == 9}
		form, words := shares[r.IntN(len(shares))], zipf
		if i%10 == 0 {
			words = common
		}
		l.typed = forms[form](words)
		if form == 1 && l.order == news.SearchByRelevance {
			two := strings.Fields(l.typed)
			l.raw = fmt.Sprintf(`{title standfirst body byline} : ("%s" AND "%s")`, two[0], two[1])
		} else if i%7 == 0 {
			from, slug := Newest.AddDate(0, -1, 0), strings.ToLower(strings.ReplaceAll(topic(r.IntN(50)).Topic.Name, " ", "-"))
			l.filter = []*news.SearchFilter{{Types: []news.SearchType{news.SearchArticles}}, {PublishedAt: &news.DateTimeRange{From: &from}},
				{Locales: []news.Locale{"es"}}, {Topics: &news.TermFilter{AnyOf: []*news.TermRef{{Slug: &slug}}}}}[r.IntN(4)]
		}
		log = append(log, l)
	}
	return log
}

func runSearches(b *testing.B, s *store.Store, raw *handConn, list []loggedSearch) {
	ctx := context.Background()
	var all, ours, theirs []time.Duration
	names := map[time.Duration]string{}
	for _, l := range list {
		took := cheapest(func() {
			hits, err := s.As(news.AnyCaller()).Search(ctx, l.typed, l.filter, l.order, news.Window{Limit: 20})
			if err == nil && l.facets {
				_, err = hits.Facets(ctx, []news.SearchFacetField{news.FacetType, news.FacetCategory}, 10)
			}
			if err != nil {
				b.Fatal(err)
			}
		})
		all, names[took] = append(all, took), fmt.Sprintf("%s by %s, filter %v, facets %v", l.typed, l.order, l.filter != nil, l.facets)
		if l.raw == "" {
			continue
		}
		row := make([]driver.Value, 1)
		ours, theirs = append(ours, took), append(theirs, cheapest(func() {
			if err := raw.each(`SELECT rowid FROM search WHERE search MATCH ? ORDER BY bm25(search, 0, 10, 4, 1, 3) LIMIT 20`, row, func() {}, l.raw); err != nil {
				b.Fatal(err)
			}
		}))
	}
	b.ReportMetric(0, "ns/op")
	for name, list := range map[string][]time.Duration{"all": all, "two-words": ours, "raw-two-words": theirs} {
		slices.SortFunc(list, func(x, y time.Duration) int { return cmp.Compare(x, y) })
		for at, share := range map[string]int{"p50": 50, "p99": 99} {
			b.ReportMetric(float64(list[len(list)*share/100].Microseconds()), name+"-"+at+"-µs")
		}
		b.ReportMetric(float64(list[len(list)-1].Microseconds()), name+"-worst-µs")
	}
	for _, took := range all[len(all)-8:] {
		b.Logf("%v: %s", took.Round(time.Microsecond), names[took])
	}
}
