package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

// BenchmarkSpelling misspells words of titles, each in one of four ways, and asks for a suggestion; and for the highlights of the first
// 20 hits of the word itself. It reports how many suggestions are right, and median and worst of both, in processor time.
func BenchmarkSpelling(b *testing.B) {
	ctx := context.Background()
	for _, size := range sizes(b) {
		b.Run(fmt.Sprintf("articles=%d", size), func(b *testing.B) {
			s, _ := newsroom(b, size)
			reader := s.As(news.AnyCaller())
			n, r := sizeOf(size), random("spelling", 0)
			for b.Loop() {
				var suggested, highlighted []time.Duration
				right := 0
				for i := 0; len(suggested) < 200; i++ {
					written := strings.Fields(n.article(r.IntN(size)).Article.Title)[0]
					if len(written) < 5 {
						continue
					}
					typed := misspelled(written, i%4)
					hits, err := reader.Search(ctx, typed, nil, news.SearchByRelevance, news.Window{Limit: 20})
					if err != nil {
						b.Fatal(err)
					}
					better := ""
					suggested = append(suggested, cheapest(func() {
						if better, err = reader.Suggestion(ctx, typed, nil, hits); err != nil {
							b.Fatal(err)
						}
					}))
					if strings.EqualFold(better, written) {
						right++
					}
					if hits, err = reader.Search(ctx, written, nil, news.SearchByRelevance, news.Window{Limit: 20}); err != nil {
						b.Fatal(err)
					}
					ids := make([]news.ID, len(hits.Hits))
					for i, h := range hits.Hits {
						ids[i] = h.ID
					}
					highlighted = append(highlighted, cheapest(func() {
						if _, err := reader.Highlights(ctx, written, ids); err != nil {
							b.Fatal(err)
						}
					}))
				}
				slices.Sort(suggested)
				slices.Sort(highlighted)
				milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
				b.ReportMetric(100*float64(right)/float64(len(suggested)), "%-right")
				b.ReportMetric(milliseconds(suggested[len(suggested)/2]), "suggestion-p50-ms")
				b.ReportMetric(milliseconds(suggested[len(suggested)-1]), "suggestion-worst-ms")
				b.ReportMetric(milliseconds(highlighted[len(highlighted)/2]), "highlights-p50-ms")
				b.ReportMetric(milliseconds(highlighted[len(highlighted)-1]), "highlights-worst-ms")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// misspelled makes one slip: another letter in the middle, one left out, two exchanged, one before.
func misspelled(word string, slip int) string {
	switch slip {
	case 0:
		return word[:len(word)/2] + "x" + word[len(word)/2+1:]
	case 1:
		return word[:2] + word[3:]
	case 2:
		return word[:1] + word[2:3] + word[1:2] + word[3:]
	}
	return "q" + word
}
