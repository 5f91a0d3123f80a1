package news_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

var epoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

var kinds = map[string]news.IDKind{
	"site": news.KindSite, "art": news.KindArticle, "page": news.KindPage, "evt": news.KindHistoricalEvent, "cat": news.KindCategory,
	"top": news.KindTopic, "aut": news.KindAuthor, "img": news.KindImage, "red": news.KindRedirect, "clm": news.KindDateClaim,
	"key": news.KindAPIKey, "rel": news.KindRelatedLists,
}

// TestIDLayout: 41 bits of milliseconds since 2020, 6 of kind, 16 of sequence. Stored ids rest on it.
func TestIDLayout(t *testing.T) {
	for name, kind := range kinds {
		for _, millis := range []int64{1, 1_000, 195_868_800_123, 1<<41 - 1} {
			var g news.IDs
			id := g.New(kind, epoch.Add(time.Duration(millis)*time.Millisecond))
			if int64(id)>>22 != millis || int64(id)>>16&63 != int64(kind) || id < 0 || id.Kind() != kind || !kind.Known() {
				t.Errorf("%s at %d: %d", name, millis, id)
			}
			if second := g.New(kind, epoch); second != id+1 {
				t.Errorf("%s: %d follows %d", name, second, id)
			}
		}
	}
	if news.IDKind(0).Known() || news.IDKind(len(kinds)+1).Known() || news.IDKind(63).Known() {
		t.Error("a kind nobody named is known")
	}
}

func TestIDText(t *testing.T) {
	for text, want := range map[string]news.ID{
		"art_0000000004000":  2 << 16,
		"art_0000000004001":  2<<16 | 1,
		"art_000000000400z":  2<<16 | 31,
		"art_0000000004010":  2<<16 | 32,
		"site_0000000002000": 1 << 16,
		"red_0000000004g00":  0, // two sequence digits of another kind
		"art_7zzzzzzzv5zzz":  0,
	} {
		id, err := news.ParseID(text)
		if want == 0 {
			if err == nil && id.String() != text {
				t.Errorf("%s is %d, which is %s", text, id, id)
			}
			continue
		}
		if err != nil || id != want || id.String() != text {
			t.Errorf("%s is %d (%v), want %d; written %s", text, id, err, want, id)
		}
	}
	var g news.IDs
	for name, kind := range kinds {
		id := g.New(kind, time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC))
		text := id.String()
		if prefix, digits, _ := strings.Cut(text, "_"); prefix != name || len(digits) != 13 {
			t.Errorf("%s: %s", name, text)
		}
		if back, err := news.ParseID(text); err != nil || back != id {
			t.Errorf("%s comes back as %d (%v)", text, back, err)
		}
		if upper, err := news.ParseID(strings.ToUpper(text)); err == nil {
			t.Errorf("%s was taken for %d", strings.ToUpper(text), upper)
		}
	}
	highest := news.ID(math.MaxInt64&^(63<<16) | int64(news.KindArticle)<<16)
	if back, err := news.ParseID(highest.String()); err != nil || back != highest {
		t.Errorf("%s comes back as %d (%v)", highest, back, err)
	}
}

func TestMalformedIDs(t *testing.T) {
	for _, s := range []string{
		"", "_", "art", "art_", "art_000000000400", "art_00000000040000", "0000000004000", "_0000000004000", "cat_0000000004000", "ART_0000000004000",
		"art-0000000004000", "art_000000000400I", "art_000000000400i", "art_000000000400l", "art_000000000400o", "art_000000000400u", "art_000000000400Z", "art_000000000400 ", " art_0000000004000",
		"art_8000000004000", "art_zzzzzzzzzzzzz", "art_0000000004000_", "art_-000000004000", "art_000000000400é", "131072", "_000000001z000", "\x00",
	} {
		if id, err := news.ParseID(s); news.KindOf(err) != news.Invalid || id != 0 {
			t.Errorf("%q is %d (%v)", s, id, err)
		}
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("art_0000000004000", int64(2<<16))
	f.Add("site_7zzzzzzzzzzzz", int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, s string, n int64) {
		id, err := news.ParseID(s)
		if err != nil && (news.KindOf(err) != news.Invalid || id != 0) {
			t.Fatalf("%q: %d %v", s, id, err)
		}
		if err == nil && id.String() != s {
			t.Fatalf("%q is %d, which is written %s: one id with two texts", s, id, id)
		}
		if given := news.ID(n & math.MaxInt64); given.Kind().Known() {
			if back, err := news.ParseID(given.String()); err != nil || back != given {
				t.Fatalf("%d is written %s, which is %d (%v)", given, given, back, err)
			}
		}
	})
}

func TestIDOrder(t *testing.T) {
	var g news.IDs
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	last := g.New(news.KindArticle, at)
	for i, step := range []time.Duration{0, time.Millisecond, -time.Hour, 0, -10 * 365 * 24 * time.Hour, time.Microsecond, time.Hour} {
		at = at.Add(step)
		id := g.New(news.KindArticle, at)
		if id <= last {
			t.Errorf("step %d: %s is not after %s", i, id, last)
		}
		last = id
	}
	at = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	earlier := g.New(news.KindRedirect, at)
	if later := g.New(news.KindSite, at.Add(time.Millisecond)); later <= earlier {
		t.Errorf("%s, of a later millisecond, is not after %s", later, earlier)
	}
}

// TestIDsOfOneMillisecond: when the sequence is used up, ids borrow the next millisecond and stay unique and in order.
func TestIDsOfOneMillisecond(t *testing.T) {
	var g news.IDs
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	const n = 3 << 16
	last := news.ID(0)
	for range n {
		id := g.New(news.KindArticle, at)
		if id <= last || id.Kind() != news.KindArticle {
			t.Fatalf("%s after %s", id, last)
		}
		last = id
	}
	if borrowed := int64(last)>>22 - at.Sub(epoch).Milliseconds(); borrowed < 2 || borrowed > 3 {
		t.Errorf("%d ids borrowed %d milliseconds", n, borrowed)
	}
	if next := g.New(news.KindArticle, at.Add(time.Millisecond)); next != last+1 {
		t.Errorf("a borrowed millisecond was used again: %s after %s", next, last)
	}
}

func TestIDsAreUniqueWhenMadeAtOnce(t *testing.T) {
	var g news.IDs
	var wait sync.WaitGroup
	made := make([][]news.ID, 8)
	for i := range made {
		wait.Go(func() {
			for j := range 20_000 {
				kind := news.KindArticle
				if j%3 == 0 {
					kind = news.KindImage
				}
				made[i] = append(made[i], g.New(kind, epoch.Add(time.Duration(j/5_000)*time.Millisecond)))
			}
		})
	}
	wait.Wait()
	all := slices.Concat(made...)
	slices.Sort(all)
	if unique := len(slices.Compact(all)); unique != 8*20_000 {
		t.Errorf("%d ids are unique of %d", unique, 8*20_000)
	}
}

func TestIDsStartAnywhere(t *testing.T) {
	starts := map[news.ID]bool{}
	for range 200 {
		var g news.IDs
		id := g.New(news.KindArticle, epoch.Add(time.Hour))
		if id&(1<<16-1) >= 1<<15 {
			t.Errorf("%d starts in the upper half", id)
		}
		starts[id] = true
	}
	if len(starts) < 150 { // 200 of 32,768 agree in one or two on average
		t.Errorf("only %d of 200 processes start at another number", len(starts))
	}
}

func TestContinueAfter(t *testing.T) {
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	var stored news.IDs
	last := stored.New(news.KindRedirect, now.Add(time.Hour)) // the clock was ahead, or is back
	for _, kind := range kinds {
		var g news.IDs
		g.ContinueAfter(last)
		if id := g.New(kind, now); id <= last || id.Kind() != kind {
			t.Errorf("%s is not after %s", id, last)
		}
	}
	var g news.IDs
	first := g.New(news.KindArticle, now.Add(2*time.Hour))
	g.ContinueAfter(last) // of the past: nothing changes
	g.ContinueAfter(0)
	if id := g.New(news.KindArticle, now); id != first+1 {
		t.Errorf("%s follows %s", id, first)
	}
	g.ContinueAfter(first + 5) // of the same millisecond
	if id := g.New(news.KindSite, now); id <= first+5 {
		t.Errorf("%s is not after %s", id, first+5)
	}
}

func TestIDForms(t *testing.T) {
	id := news.ID(2<<16 | 7)
	var b strings.Builder
	id.MarshalGQL(&b)
	js, err := json.Marshal(map[news.ID]news.ID{id: id})
	if b.String() != `"art_0000000004007"` || string(js) != `{"art_0000000004007":"art_0000000004007"}` || err != nil {
		t.Errorf("%s %s %v", b.String(), js, err)
	}
	var back map[news.ID]news.ID
	if err := json.Unmarshal(js, &back); err != nil || back[id] != id {
		t.Errorf("%v %v", back, err)
	}
	for _, v := range []any{"art_0000000004007", 131079, int64(131079), json.Number("131079"), nil, 1.5, true, []any{}} {
		var got news.ID
		err := got.UnmarshalGQL(v)
		if want := v == "art_0000000004007"; (err == nil) != want || want && got != id || !want && (news.KindOf(err) != news.Invalid || got != 0) {
			t.Errorf("%v: %s %v", v, got, err)
		}
	}
}
