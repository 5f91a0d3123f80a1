package relate_test

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/relate"
)

// archive writes articles whose words, topics and categories are as unequally frequent as in newspapers: Zipf's law, with
// stories that share the words of their own.
func archive(n int, yield func(*relate.Document)) {
	r := rand.New(rand.NewPCG(5, 5))
	words := rand.NewZipf(r, 1.05, 8, 400_000)
	topics := rand.NewZipf(r, 1.1, 4, 5_000)
	for i := range n {
		story := r.IntN(n/20 + 1)
		text := make([]string, 120+r.IntN(120))
		for j := range text {
			if r.IntN(25) == 0 {
				text[j] = fmt.Sprintf("s%dw%d", story, r.IntN(20))
			} else {
				text[j] = fmt.Sprintf("w%d", words.Uint64())
			}
		}
		d := &relate.Document{
			ID: article(i), Locale: "en",
			PublishedAt: time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 10 * 365 * 24 * time.Hour / time.Duration(n)),
			Title:       strings.Join(text[:8], " "), Text: strings.Join(text[8:], " "),
			Authors: []news.ID{id(news.KindAuthor, r.IntN(60))}, Categories: []news.ID{id(news.KindCategory, min(r.IntN(8), r.IntN(8)))},
		}
		for range 1 + r.IntN(6) {
			d.Topics = append(d.Topics, id(news.KindTopic, int(topics.Uint64())))
		}
		yield(d)
	}
}

func article(i int) news.ID { return id(news.KindArticle, 0) + news.ID(i)<<22 }

// BenchmarkIndex measures an index of 100,000 articles, or of as many as -articles says.
func BenchmarkIndex(b *testing.B) {
	n := *articles
	var sample, count relate.Count
	archive(n, func(d *relate.Document) { count.Add(d) })
	stats := count.Statistics(1)
	count = sample
	x := relate.NewIndex(relate.Ranking{Statistics: 1})
	var some []*relate.Profile
	before, bytes := heap(), 0
	archive(n, func(d *relate.Document) {
		p := stats.Profile(d)
		if err := x.Load(p, relate.Reach{}); err != nil {
			b.Fatal(err)
		}
		if len(some) < n/50 && x.Len()%50 == 0 {
			stored, _ := p.MarshalBinary()
			bytes += len(stored)
			some = append(some, p)
		}
	})
	stored, _ := stats.MarshalBinary()
	b.Logf("%d articles: %d bytes each in the index, %d in a stored profile; statistics %d bytes", n, (heap()-before)/n, bytes/len(some), len(stored))
	at := 0
	next := func() *relate.Profile { at = (at + 7919) % len(some); return some[at] }
	b.Run("Related", func(b *testing.B) {
		for b.Loop() {
			x.Related(next(), nil)
		}
	})
	// Lists are full, as on a site: each has a reach, here the median of some.
	var reaches []relate.Reach
	for _, p := range some[:200] {
		reaches = append(reaches, x.Related(p, nil).Reach)
	}
	slices.SortFunc(reaches, func(a, b relate.Reach) int { return cmp.Compare(a.Own, b.Own) })
	for i := range n {
		x.Keep(article(i), reaches[len(reaches)/2])
	}
	b.Run("Put", func(b *testing.B) {
		affected := 0
		for b.Loop() {
			p := next()
			ids, err := x.Put(p)
			if err != nil {
				b.Fatal(err)
			}
			x.Keep(p.ID, reaches[len(reaches)/2])
			affected += len(ids)
		}
		b.ReportMetric(float64(affected)/float64(b.N), "lists/op")
	})
}

var articles = flag.Int("articles", 100_000, "how large the index of the benchmark is")

func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
