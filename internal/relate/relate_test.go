package relate_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
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
	if testing.Short() {
		t.Skip("one goroutine: the race detector has nothing to find here")
	}
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
		t.Errorf("a list of %d and %d", len(list.Own), len(list.Other))
	}
	seen := map[news.ID]bool{p.ID: true}
	for _, h := range hidden {
		seen[h] = true
	}
	for _, part := range [][]relate.Related{list.Own, list.Other} {
		for i, r := range part {
			if seen[r.ID] {
				t.Errorf("%s: %s is itself, hidden or there twice", p.ID, r.ID)
			}
			seen[r.ID] = true
			if r.Score < 0 || r.Score > relate.Full || i > 0 && r.Score > part[i-1].Score {
				t.Errorf("%s: scores %d after %d", p.ID, r.Score, part[max(i-1, 0)].Score)
			}
			sum := 0
			for _, reason := range r.Reasons {
				sum += reason.Contribution
				if reason.Contribution <= 0 || !slices.Contains(news.RelatedReasonKinds, reason.Kind) {
					t.Errorf("%s: %+v", p.ID, reason)
				}
			}
			if sum != r.Score {
				t.Errorf("%s: reasons add up to %d, the score is %d", p.ID, sum, r.Score)
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

// index holds documents with statistics of their own.
func index(t *testing.T, documents []*relate.Document) (*relate.Index, map[news.ID]*relate.Profile) {
	t.Helper()
	var count relate.Count
	for _, d := range documents {
		count.Add(d)
	}
	stats := count.Statistics(1)
	x, profiles := relate.NewIndex(relate.Ranking{Statistics: 1}), map[news.ID]*relate.Profile{}
	for _, d := range documents {
		p := stats.Profile(d)
		profiles[d.ID] = p
		if _, err := x.Put(p); err != nil {
			t.Fatal(err)
		}
	}
	return x, profiles
}

func ids(list []relate.Related) (all []news.ID) {
	for _, r := range list {
		all = append(all, r.ID)
	}
	return all
}

var longAgo = time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)

// TestRules has a document for each rule of what may stand in a list.
func TestRules(t *testing.T) {
	report := strings.Repeat("The minister opened the new bridge over the Tigris before many guests on Tuesday morning. ", 5)
	art := func(n int) news.ID { return id(news.KindArticle, n) }
	topic := []news.ID{id(news.KindTopic, 1)}
	write := func(n int, locale news.Locale, title, text string) *relate.Document {
		return &relate.Document{ID: art(n), Locale: locale, PublishedAt: longAgo, Title: title, Text: text, Topics: topic}
	}
	all := []*relate.Document{
		write(1, "en", "The Tigris bridge opens", report),
		write(2, "en", "Tigris bridge open", report+" Agency report."), // a reprint of 1
		write(3, "en", "Who built the Tigris bridge", "Welders from Kirkuk spent two years on it."),
		write(4, "de", "Brücke über den Tigris", "Der Minister war da."),         // 1 in German
		write(5, "de", "Tigris: Schweißer aus Kirkuk", "Zwei Jahre Arbeit."),     // 3 in German
		write(6, "de", "Wer zahlt die Brücke am Tigris?", "Niemand weiß es."),    // nobody's version
		write(7, "en", "Tigris bridge closed", "A barge has damaged a pier."),    // hidden
		write(8, "en", "Tigris bridge closed on Monday", report[:200]+" Again."), // fits
	}
	all[0].Translations = []news.ID{art(4)}
	all[4].Translations = []news.ID{art(3)}
	x, profiles := index(t, all)
	list := x.Related(profiles[art(1)], []news.ID{art(7)})
	own := ids(list.Own)
	slices.Sort(own)
	if !slices.Equal(own, []news.ID{art(3), art(8)}) || !slices.Equal(ids(list.Other), []news.ID{art(6)}) {
		t.Errorf("own %v, other %v", own, ids(list.Other))
	}
	// Without 3 in the list, its German version may stand there.
	if other := ids(x.Related(profiles[art(1)], []news.ID{art(3)}).Other); len(other) != 2 || !slices.Contains(other, art(5)) {
		t.Errorf("other %v", other)
	}
	// 2 is as good as 1 for others, and one of the two at most.
	if own := ids(x.Related(profiles[art(3)], nil).Own); slices.Contains(own, art(1)) == slices.Contains(own, art(2)) {
		t.Errorf("own %v", own)
	}
}

// TestReasons shares one thing at a time.
func TestReasons(t *testing.T) {
	art := func(n int) news.ID { return id(news.KindArticle, n) }
	shared := func(kind news.IDKind) []news.ID { return []news.ID{id(kind, 1)} }
	one := relate.Document{ID: art(1), Locale: "en", PublishedAt: longAgo, Title: "Marshes", Text: "Reeds and Buffalo-herds stand in the marshes.",
		Authors: shared(news.KindAuthor), Topics: shared(news.KindTopic), Categories: shared(news.KindCategory),
		Events: shared(news.KindHistoricalEvent), Links: []news.ID{art(7)}}
	all := []*relate.Document{&one,
		{ID: art(2), Authors: one.Authors}, {ID: art(3), Topics: one.Topics}, {ID: art(4), Categories: one.Categories}, {ID: art(5), Events: one.Events},
		{ID: art(6), Title: "A marsh", Text: "Two buffaloes and a herd bathe."}, {ID: art(7)}, {ID: art(8), Links: []news.ID{art(1)}},
		{ID: art(9)}, {ID: art(10), Text: "The wheat and the price."}, {ID: art(11), Text: "The road and the rail."}}
	for _, d := range all {
		d.Locale, d.PublishedAt = "en", longAgo
	}
	x, profiles := index(t, all)
	want := map[news.ID]news.RelatedReasonKind{
		art(2): news.ReasonSameAuthor, art(3): news.ReasonSharedTopics, art(4): news.ReasonSharedCategories, art(5): news.ReasonSharedEvent,
		art(6): news.ReasonTextSimilarity, art(7): news.ReasonInTextLink, art(8): news.ReasonInTextLink}
	// Vectors of one feature each are the same, so their scores are the shares of docs/related.md, as far as weights of a byte can say.
	scores := map[news.ID]int{art(2): 200, art(3): 800, art(4): 400, art(5): 1200, art(7): 1000, art(8): 1000}
	// What one of twenty texts says explains nothing.
	list := x.Related(profiles[art(1)], nil)
	for _, r := range list.Own {
		if r.ID >= art(10) {
			if len(r.Reasons[0].Terms) > 0 {
				t.Errorf("%s: %+v", r.ID, r.Reasons)
			}
			continue
		}
		if len(r.Reasons) != 1 || r.Reasons[0].Kind != want[r.ID] || r.Reasons[0].Contribution != r.Score {
			t.Errorf("%s: %+v", r.ID, r.Reasons)
		}
		if s, ok := scores[r.ID]; ok && (r.Score < s-6 || r.Score > s+6) {
			t.Errorf("%s: score %d, want %d", r.ID, r.Score, s)
		}
		if terms := slices.Sorted(slices.Values(r.Reasons[0].Terms)); r.ID == art(6) && !slices.Equal(terms, []string{"Buffalo", "Marshes", "herds"}) {
			t.Errorf("terms %q", terms)
		}
		delete(want, r.ID)
	}
	if len(want) > 0 {
		t.Errorf("not in the list: %v", want)
	}
}

// TestAge moves a document away in time: at the half-life the part that decays is half.
func TestAge(t *testing.T) {
	at := func(halfLives float64) int {
		document := func(n int, published time.Time) *relate.Document {
			return &relate.Document{ID: id(news.KindArticle, n), Locale: "en", PublishedAt: published, Topics: []news.ID{id(news.KindTopic, 1)}}
		}
		apart := time.Duration(halfLives * float64(relate.DefaultHalfLife))
		x, profiles := index(t, []*relate.Document{document(1, longAgo), document(2, longAgo.Add(apart))})
		there, back := x.Related(profiles[id(news.KindArticle, 1)], nil).Own, x.Related(profiles[id(news.KindArticle, 2)], nil).Own
		if len(there) == 0 {
			return 0
		}
		if there[0].Score != back[0].Score {
			t.Errorf("%d there, %d back", there[0].Score, back[0].Score)
		}
		return there[0].Score
	}
	for halfLives, want := range map[float64]int{0: 800, 1: 460, 8: 256, 200: 148} { // 8 % of 1, .15+.85/2, .15+.85/5 and .15+.85/24.5
		if got := at(halfLives); got < want-2 || got > want+2 {
			t.Errorf("%v half-lives apart: %d, want %d", halfLives, got, want)
		}
	}
}

// TestLanguages writes one story in scripts with and without spaces, beside another.
func TestLanguages(t *testing.T) {
	for locale, texts := range map[news.Locale][3]string{
		"ar": {"سد الموصل يعاني من نقص المياه", "نقص في مياه السد قرب الموصل", "الحكومة تناقش الميزانية"},
		"zh": {"摩苏尔大坝水位下降", "专家担心大坝的水位", "政府讨论预算案"},
		"ja": {"ダムの水位が下がる", "専門家はダムの水位を心配", "政府は予算を議論"},
		"th": {"ระดับน้ำในเขื่อนลดลง", "ผู้เชี่ยวชาญกังวลเรื่องน้ำในเขื่อน", "รัฐบาลหารือเรื่องงบประมาณ"},
		"hi": {"बांध का जलस्तर घटा", "विशेषज्ञ बांध के जलस्तर से चिंतित", "सरकार बजट पर चर्चा करती है"},
		"ru": {"Уровень воды в плотине падает", "Эксперты о воде в плотинах", "Правительство обсуждает бюджет"},
		"de": {"Der Stausee verliert Wasser", "Fachleute sorgen sich um die Stauseen", "Die Regierung berät den Haushalt"},
	} {
		var all []*relate.Document
		for i, text := range texts {
			all = append(all, &relate.Document{ID: id(news.KindArticle, 1+i), Locale: locale, PublishedAt: longAgo, Title: text})
		}
		x, profiles := index(t, all)
		own := x.Related(profiles[id(news.KindArticle, 1)], nil).Own
		if len(own) == 0 || own[0].ID != id(news.KindArticle, 2) || len(own[0].Reasons[0].Terms) == 0 {
			t.Errorf("%s: %+v", locale, own)
		}
	}
}

func TestStale(t *testing.T) {
	var count relate.Count
	for n := range 100 {
		count.Add(&relate.Document{ID: id(news.KindArticle, n), Locale: "en"})
	}
	stats := count.Statistics(1)
	for _, c := range []struct {
		documents map[news.Locale]int
		want      bool
	}{
		{map[news.Locale]int{"en": 100}, false}, {map[news.Locale]int{"en": 125}, false}, {map[news.Locale]int{"en": 126}, true},
		{map[news.Locale]int{"en": 75}, false}, {map[news.Locale]int{"en": 74}, true}, {map[news.Locale]int{"en": 100, "ar": 1}, true}, {nil, true},
	} {
		if got := stats.Stale(c.documents); got != c.want {
			t.Errorf("%v: %v", c.documents, got)
		}
	}
}

// TestReadersBesideAWriter is for the race detector.
func TestReadersBesideAWriter(t *testing.T) {
	r := newsroom{rand.New(rand.NewPCG(8, 8))}
	var all []*relate.Document
	for n := range 60 {
		all = append(all, r.article(n+1))
	}
	x, profiles := index(t, all)
	var readers sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for {
				for _, p := range profiles {
					select {
					case <-done:
						return
					default:
						check(t, p, x.Related(p, nil), nil)
					}
				}
			}
		})
	}
	for i := range 200 {
		p := profiles[all[i%len(all)].ID]
		if i%3 == 0 {
			x.Remove(p.ID)
		} else if _, err := x.Put(p); err != nil {
			t.Error(err)
		}
		x.Keep(p.ID, relate.Reach{Own: uint32(i)})
	}
	close(done)
	readers.Wait()
}
