package relate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

// TestBest compares with adding up everything.
func TestBest(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine: the race detector has nothing to find here")
	}
	r := rand.New(rand.NewPCG(3, 4))
	words := rand.NewZipf(r, 1.1, 3, 20_000)
	var all []*Document
	var count Count
	for n := range 3000 {
		story := r.IntN(200)
		text := make([]string, 60+r.IntN(60))
		for i := range text {
			if text[i] = fmt.Sprintf("w%d", words.Uint64()); r.IntN(6) == 0 {
				text[i] = fmt.Sprintf("s%dw%d", story, r.IntN(12))
			}
		}
		d := &Document{ID: numbered(news.KindArticle, n+1), Locale: []news.Locale{"en", "de"}[r.IntN(4)/3], Title: text[0], Text: strings.Join(text, " "),
			PublishedAt: time.Unix(int64(r.IntN(3e8)), 0), Categories: []news.ID{numbered(news.KindCategory, 1+r.IntN(3))},
			Topics: []news.ID{numbered(news.KindTopic, 1+story%20), numbered(news.KindTopic, 1+r.IntN(9))}, Authors: []news.ID{numbered(news.KindAuthor, 1+r.IntN(12))}}
		if r.IntN(5) == 0 {
			d.Links = []news.ID{numbered(news.KindArticle, 1+r.IntN(3000))}
		}
		all = append(all, d)
		count.Add(d)
	}
	stats, x := count.Statistics(1), NewIndex(Ranking{Statistics: 1})
	var profiles []*Profile
	for _, d := range all {
		p := stats.Profile(d)
		profiles = append(profiles, p)
		if _, err := x.Put(p); err != nil {
			t.Fatal(err)
		}
	}
	for range 500 { // so that there are free slots and numbers, and bounds above what is there
		i := r.IntN(len(all))
		x.Remove(all[i].ID)
		if r.IntN(2) == 0 {
			if _, err := x.Put(profiles[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	cut := 0
	for i := 0; i < len(profiles); i += 40 {
		p := profiles[i]
		for locale, s := range x.shelves {
			want := x.plain(p, s)
			for _, n := range []int{1, 7, 60} {
				got, complete := x.best(p, []*shelf{s}, n)
				if len(got) < min(n, len(want)) || !slices.Equal(got, want[:min(n, len(want))]) || complete && n < len(want) {
					t.Fatalf("%s in %s, %d: %v, want %v", p.ID, locale, n, got, want[:min(n, len(want))])
				}
			}
			if rest, first := bounds(x.common(p, s)), want[:min(1, len(want))]; len(first) > 0 && rest[len(rest)*3/4]<<fine < first[0].score {
				cut++
			}
		}
	}
	if cut < 20 {
		t.Errorf("a quarter of the features could be left out %d times only", cut)
	}
}

// plain are all candidates on a shelf, the best first.
func (x *Index) plain(p *Profile, s *shelf) (all []scored) {
	features := x.common(p, s)
	slices.SortFunc(features, func(a, b common) int { return int(a.number) - int(b.number) })
	for id, slot := range x.slots {
		e := &x.entries[slot]
		raw := product(features, e.features)
		if slices.Contains(p.links, id) || e.linksTo(p.ID) {
			raw += linkShare * whole / 100
		}
		if score := x.damped(raw, p.day(), e.day); score >= leastScore && e.shelf == s && id != p.ID {
			all = append(all, scored{slot, score})
		}
	}
	slices.SortFunc(all, x.compare)
	return all
}
