package relate_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/relate"
)

// id makes ids that say what they are of.
func id(kind news.IDKind, n int) news.ID { return news.ID(int64(kind)<<16 | int64(n) | 1<<40) }

// newsroom is a world of made-up articles.
type newsroom struct {
	*rand.Rand
}

// article writes one; what it shares with others is drawn from small sets, so that there is much to share.
func (r newsroom) article(n int) *relate.Document {
	words := make([]string, 20+r.IntN(60))
	for i := range words {
		words[i] = fmt.Sprintf("word%d", int(r.ExpFloat64()*40))
	}
	draw := func(kind news.IDKind, of, most int) (all []news.ID) {
		for range r.IntN(most + 1) {
			all = append(all, id(kind, 1+r.IntN(of)))
		}
		return all
	}
	d := &relate.Document{
		ID: id(news.KindArticle, n), Locale: []news.Locale{"en", "en", "en", "de", "ar"}[r.IntN(5)],
		PublishedAt: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(1000)) * 24 * time.Hour),
		Title:       strings.Join(words[:4], " "), Text: strings.Join(words[4:], " "),
		Authors: draw(news.KindAuthor, 8, 2), Topics: draw(news.KindTopic, 30, 4), Categories: draw(news.KindCategory, 5, 2),
		Events: draw(news.KindHistoricalEvent, 10, 1), Links: draw(news.KindArticle, 120, 2), Translations: draw(news.KindArticle, 120, 1),
	}
	if r.IntN(6) == 0 { // a reprint of another
		d.Text = strings.Repeat(fmt.Sprintf("The council of town %d voted on Tuesday to rebuild the bridge over the river. ", r.IntN(4)), 6)
	}
	return d
}

// TestFollowing changes documents at random, making again what the index says is affected, and compares with an index that is
// filled at once.
func TestFollowing(t *testing.T) {
	for seed := range uint64(4) {
		r := newsroom{rand.New(rand.NewPCG(seed, 1))}
		var count relate.Count
		for n := range 80 {
			count.Add(r.article(1 + n))
		}
		stats := count.Statistics(3)
		ranking := relate.Ranking{Statistics: 3}
		following := relate.NewIndex(ranking)
		profiles, lists := map[news.ID]*relate.Profile{}, map[news.ID]relate.List{}
		hidden := map[news.ID][]news.ID{}
		remade := 0
		for range 150 {
			var affected []news.ID
			n := 1 + r.IntN(120)
			if r.IntN(4) == 0 {
				affected = following.Remove(id(news.KindArticle, n))
				delete(profiles, id(news.KindArticle, n))
				delete(lists, id(news.KindArticle, n))
			} else {
				p := stats.Profile(r.article(n))
				var err error
				if affected, err = following.Put(p); err != nil {
					t.Fatal(err)
				}
				profiles[p.ID] = p
				hidden[p.ID] = []news.ID{id(news.KindArticle, 1+r.IntN(120))}
			}
			for _, id := range affected {
				lists[id] = following.Related(profiles[id], hidden[id])
				following.Keep(id, lists[id].Reach)
				remade++
			}
		}
		rebuilt := relate.NewIndex(ranking)
		for _, p := range profiles {
			if _, err := rebuilt.Put(p); err != nil {
				t.Fatal(err)
			}
		}
		for id, p := range profiles {
			want := rebuilt.Related(p, hidden[id])
			if !reflect.DeepEqual(lists[id], want) {
				t.Fatalf("seed %d, %s: following gave\n%+v\nrebuilding\n%+v", seed, id, lists[id], want)
			}
			check(t, p, want, hidden[id])
		}
		if len(profiles) < 50 || remade < 3000 {
			t.Fatalf("only %d documents, %d lists", len(profiles), remade)
		}
	}
}

// check looks for what must never be.
func check(t *testing.T, p *relate.Profile, list relate.List, hidden []news.ID) {
	t.Helper()
	if len(list.Own) > relate.MaxOwn || len(list.Other) > relate.MaxOther {
		t.Fatalf("a list of %d and %d", len(list.Own), len(list.Other))
	}
	seen := map[news.ID]bool{p.ID: true}
	for _, h := range hidden {
		seen[h] = true
	}
	for _, part := range [][]relate.Related{list.Own, list.Other} {
		for i, r := range part {
			if seen[r.ID] {
				t.Fatalf("%s: %s is itself, hidden or there twice", p.ID, r.ID)
			}
			seen[r.ID] = true
			if r.Score < 0 || r.Score > relate.Full || i > 0 && r.Score > part[i-1].Score {
				t.Fatalf("%s: scores %d after %d", p.ID, r.Score, part[max(i-1, 0)].Score)
			}
			sum := 0
			for _, reason := range r.Reasons {
				sum += reason.Contribution
				if reason.Contribution <= 0 || !slices.Contains(news.RelatedReasonKinds, reason.Kind) {
					t.Fatalf("%s: %+v", p.ID, reason)
				}
			}
			if sum != r.Score {
				t.Fatalf("%s: reasons add up to %d, the score is %d", p.ID, sum, r.Score)
			}
		}
	}
}

// TestStored writes profiles and statistics and reads them back, whole and in part.
func TestStored(t *testing.T) {
	r := newsroom{rand.New(rand.NewPCG(1, 2))}
	var count, reversed relate.Count
	var all []*relate.Document
	for n := range 60 {
		all = append(all, r.article(n+1))
		count.Add(all[n])
	}
	for _, d := range slices.Backward(all) {
		reversed.Add(d)
	}
	stats := count.Statistics(7)
	b, _ := stats.MarshalBinary()
	if again, _ := reversed.Statistics(7).MarshalBinary(); !slices.Equal(b, again) {
		t.Fatal("the order of counting shows")
	}
	var back relate.Statistics
	if err := back.UnmarshalBinary(b); err != nil || !reflect.DeepEqual(&back, stats) {
		t.Fatalf("statistics: %v", err)
	}
	for i := range b {
		if new(relate.Statistics).UnmarshalBinary(b[:i]) == nil {
			t.Fatalf("%d bytes of %d were accepted", i, len(b))
		}
	}
	for _, d := range all {
		p := stats.Profile(d)
		b, _ := p.MarshalBinary()
		var back relate.Profile
		if err := back.UnmarshalBinary(b); err != nil || !reflect.DeepEqual(&back, p) {
			t.Fatalf("profile: %v\n%+v\n%+v", err, &back, p)
		}
		for i := range b {
			if new(relate.Profile).UnmarshalBinary(b[:i]) == nil {
				t.Fatalf("%d bytes of %d were accepted", i, len(b))
			}
		}
	}
	if _, err := relate.NewIndex(relate.Ranking{Statistics: 8}).Put(stats.Profile(all[0])); err == nil || !strings.Contains(err.Error(), "rebuild") {
		t.Fatalf("a profile of other statistics: %v", err)
	}
	if v := stats.Version(); v != "1.7" {
		t.Fatal(v)
	}
}
