package relate_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
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
		text := make([]string, 250+r.IntN(300))
		for j := range text {
			if r.IntN(25) == 0 {
				text[j] = fmt.Sprintf("s%dw%d", story, r.IntN(20))
			} else {
				text[j] = fmt.Sprintf("w%d", words.Uint64())
			}
		}
		d := &relate.Document{
			ID: id(news.KindArticle, 0) + news.ID(i)<<22, Locale: "en",
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

func BenchmarkIndex(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var count relate.Count
			archive(n, count.Add)
			stats := count.Statistics(1)
			var profiles []*relate.Profile
			bytes := 0
			archive(n, func(d *relate.Document) {
				p := stats.Profile(d)
				stored, _ := p.MarshalBinary()
				bytes += len(stored)
				profiles = append(profiles, p)
			})
			stored, _ := stats.MarshalBinary()
			before := heap()
			x := relate.NewIndex(relate.Ranking{Statistics: 1})
			for _, p := range profiles {
				if err := x.Load(p, relate.Reach{}); err != nil {
					b.Fatal(err)
				}
			}
			b.Logf("%d documents: %d bytes each in the index, %d stored; statistics %d bytes stored", n, (heap()-before)/n, bytes/n, len(stored))
			at := 0
			next := func() *relate.Profile {
				at = (at + 7919) % n
				return profiles[at]
			}
			b.Run("Related", func(b *testing.B) {
				for b.Loop() {
					x.Related(next(), nil)
				}
			})
			for _, p := range profiles[:n/10] {
				x.Keep(p.ID, x.Related(p, nil).Reach)
			}
			b.Run("Put", func(b *testing.B) {
				affected := 0
				for b.Loop() {
					ids, err := x.Put(next())
					if err != nil {
						b.Fatal(err)
					}
					affected += len(ids)
				}
				b.ReportMetric(float64(affected)/float64(b.N), "affected/op")
			})
		})
	}
}

func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
