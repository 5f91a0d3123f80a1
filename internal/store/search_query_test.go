package store

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

// shown writes a typed search in one line.
func (s typedSearch) shown() string {
	word := func(w typedWord) string {
		text := w.text
		if w.phrase {
			text = "«" + text + "»"
		}
		if w.prefix {
			text += "*"
		}
		if w.author {
			text = "by " + text
		}
		return text
	}
	var parts []string
	for _, group := range s.all {
		var words []string
		for _, w := range group {
			words = append(words, word(w))
		}
		parts = append(parts, strings.Join(words, " or "))
	}
	for _, w := range s.none {
		parts = append(parts, "not "+word(w))
	}
	for _, t := range s.filed {
		parts = append(parts, fmt.Sprintf("%s %q%s", t.table, t.name, map[bool]string{true: " not"}[t.not]))
	}
	for _, d := range s.dates {
		parts = append(parts, map[bool]string{true: "before ", false: "from "}[d.before]+string(d.date.EDTF))
	}
	return strings.Join(parts, "; ")
}

func TestParseSearch(t *testing.T) {
	for typed, want := range map[string]string{
		"": "", " \t\u3000\n": "", "rain": "rain", "Heavy  rain": "Heavy; rain", "rain*": "rain*", "rain**": "rain*", "*": "*", "ra*in": "ra*in",
		`"heavy rain" snow`: "«heavy rain»; snow", `"heavy rain`: "«heavy rain»", `"`: "«»", `a"b"c`: "a; «b»; c", `"heavy ra"*`: "«heavy ra»*",
		"“heavy rain” «gros temps» „schwerer Regen“": "«heavy rain»; «gros temps»; «schwerer Regen»",
		`צה"ל בירושלים`:                              `צה"ל; בירושלים`, `"צה"ל"`: `«צה"ל»`,
		"rain -snow": "rain; not snow", `-"heavy rain" wind`: "wind; not «heavy rain»", "-": "-", "- rain": "-; rain", "--rain": "--rain", "well-known": "well-known", "-snow*": "not snow*",
		"rain OR snow": "rain or snow", "rain OR snow OR hail wind": "rain or snow or hail; wind", "rain | snow": "rain or snow", `rain OR "heavy snow"`: "rain or «heavy snow»",
		"OR": "", "OR rain": "rain", "rain OR": "rain", "rain OR OR snow": "rain or snow", "rain or snow": "rain; or; snow", "rain OR -snow": "rain; not snow", "-snow OR rain": "rain; not snow",
		"rain AND snow": "rain; snow", "AND": "", "rain NOT snow": "rain; NOT; snow", `"OR"`: "«OR»", "-OR": "not OR",
		"author:rosa rain": "by «rosa»; rain", `author:"Rosa Diaz"`: "by «Rosa Diaz»", "AUTHOR：罗莎": "by «罗莎»", "-author:rosa rain": "rain; not by «rosa»", "author:": "author:", "author: rosa": "author:; rosa",
		"author:rosa OR author:ada": "by «rosa» or by «ada»", "author:ros*": "by «ros»*",
		"category:sport -topic:tennis": `categories "sport"; topics "tennis" not`, `category:"World News" rain`: `rain; categories "World News"`, `rain OR category:sport snow`: `rain; snow; categories "sport"`,
		"before:2024 after:2023-05-09": "before 2024; from 2023-05-09", "after:1960s": "after 1960s", "after:196X": "from 196X", "before:yesterday": "before yesterday", "-after:2024": "not after 2024", "before:": "before:",
		"before:XXXX-12-25": "before XXXX-12-25", `before:"2024"`: "before 2024", "title:rain": "title:rain", "https://a.example/b": "https://a.example/b", "NEAR(a b, 3)": "NEAR(a; b,; 3)", "^rain": "^rain", "a\x00b": "a\x00b", "\xff": "\xff",
	} {
		if got := parseSearch(typed, searchFields).shown(); got != want {
			t.Errorf("%q: %s, want %s", typed, got, want)
		}
	}
	if got, want := parseSearch("category:sport before:2024 -rain OR", nil).shown(), "category:sport; before:2024; not rain"; got != want {
		t.Errorf("without fields: %s, want %s", got, want)
	}
}

// TestQueryLanguage asks for what each part of the language finds.
func TestQueryLanguage(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	article := func(ref news.Ref, title, day string, more ...func(*news.ArticleRecord)) news.Record {
		return article(ref, title, append(more, func(a *news.ArticleRecord) { a.PublishedAt, a.Body = dayAt(day), "" })...)
	}
	n.bring(news.Created,
		category("c:weather", "Weather", ""), category("c:storms", "Wild storms", "c:weather"), category("c:sport", "Sport", ""),
		topic("t:sea", "The Sea"), author("a:rosa", "Rosa Diaz"),
		article("w:rain", "Rain falls", "2023-12-31", func(a *news.ArticleRecord) { a.Categories = []news.Ref{"c:storms"} }),
		article("w:snow", "Snow falls", "2024-01-01", func(a *news.ArticleRecord) {
			a.Categories = []news.Ref{"c:sport"}
			a.Topics = []news.TopicLink{{Topic: "t:sea"}}
		}),
		article("w:both", "Rain and snow", "2024-06-30", func(a *news.ArticleRecord) { a.Byline = []news.CreditRecord{{Author: "a:rosa"}} }),
		article("w:hail", "Hail falls; rain follows", "2025-01-01", func(a *news.ArticleRecord) { a.Byline = []news.CreditRecord{{Name: "Ada Rain"}} }),
	)
	for typed, want := range map[string]string{
		"rain": "both hail rain", "rain OR snow": "both hail rain snow", "rain -snow": "hail rain", "-rain falls": "snow", "rain OR snow falls": "hail rain snow", "falls rain OR snow": "hail rain snow",
		"-rain -snow -weather -storms -sport -sea -rosa": "", "snow OR hail -falls": "both", `-"rain falls" falls`: "hail snow", "ra*": "both hail rain", "-ra* fall*": "snow", "rain OR": "both hail rain",
		"author:rosa": "both", `author:"Rosa Diaz" rain`: "both", `author:"Diaz Rosa"`: "", "rain -author:rosa": "hail rain", "author:rain": "hail", "author:ros*": "both", "author:rosa OR author:ada": "both hail",
		"category:weather": "rain", "category:storms": "", `category:"wild storms"`: "rain", "category:wild-storms rain": "rain", "falls -category:weather": "hail snow", "category:none": "", "category:sport topic:the-sea": "snow", "topic:sea": "", `topic:"the sea" rain`: "", `topic:"the sea"`: "snow",
		"rain before:2024": "rain", "falls after:2024": "hail snow", "falls after:2024 before:2025": "snow", "falls after:2024-01-02": "hail", "snow before:2024-07": "both snow", "rain after:2024-06": "both hail", "after:2025": "hail", "before:202X rain": "", "after:202X rain": "both hail rain",
		"before:tomorrow": "", "weather after:1000": "", "OR": "", "category:weather OR category:sport": "",
	} {
		hits, err := n.Search(ctx, typed, &news.SearchFilter{Types: []news.SearchType{news.SearchArticles}}, news.SearchByNewest, news.Window{Limit: 20})
		if err != nil {
			t.Errorf("%q: %v", typed, err)
			continue
		}
		if got := strings.Join(n.found(hits), " "); got != want {
			t.Errorf("%q: %s, want %s", typed, got, want)
		}
	}
	// Without a filter terms are found by their words, and conditions hold of what they can hold of.
	for typed, want := range map[string]string{"weather": "weather", "rosa": "both rosa", "-falls snow": "both", "sea": "sea", "-rain -falls": "rosa sea sport storms weather"} {
		for _, by := range []news.SearchOrder{news.SearchByNewest, news.SearchByOldest, news.SearchByRelevance, news.SearchByFreshness} {
			hits, err := n.Search(ctx, typed, nil, by, news.Window{Limit: 20})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(n.found(hits), " "); got != want {
				t.Errorf("%q by %s: %s, want %s", typed, by, got, want)
			}
		}
	}
}

func dayAt(day string) time.Time {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return at
}

// found are the last parts of the refs of hits, in the order of the alphabet.
func (n *newsroom) found(hits *Hits) (refs []string) {
	for _, h := range hits.Hits {
		refs = append(refs, n.text(`SELECT value FROM external_refs WHERE subject = ?`, int64(h.ID)))
	}
	slices.Sort(refs)
	return refs
}

// FuzzSearch: whatever is typed, in every order, is no syntax error and finds no draft.
func FuzzSearch(f *testing.F) {
	n := newNewsroom(f)
	n.bring(news.Created, article("w:a", "Rain and snow"), category("w:c", "Rain", ""), article("w:d", "Rain and snow", func(a *news.ArticleRecord) { a.Status = news.StatusDraft }))
	draft := n.id("w:d")
	for _, typed := range []string{"rain", `"`, `""`, `" "`, "*", "a*", `"a"*`, "^a", "-a", "a AND", "NOT", "NEAR(", "title:", "{", "a\x00", "\xff", "́", "́*", "\ue000", "𝟘", "🌧️", "ﬁ", "١٢", "\u0600a", "a\u200db", "ਪ੍ਰ", "\U0001E900",
		"rain OR snow", "-rain", "category:rain", "author:x", "before:2024", "after:-9999999", "before:Y2000000000", "after:Y-2000000000", "topic:\"", "category:", "OR OR", "| & -", `"a" OR -b c*`, "author:\"\"", "-category:rain", "rain:snow", "：", "author：*"} {
		f.Add(typed, byte(0))
	}
	for i, line := range naughty(f) {
		f.Add(line, byte(i))
	}
	orders := []news.SearchOrder{news.SearchByNewest, news.SearchByOldest, news.SearchByRelevance, news.SearchByFreshness}
	f.Fuzz(func(t *testing.T, typed string, how byte) {
		var filter *news.SearchFilter
		if how&4 != 0 {
			filter = &news.SearchFilter{Types: []news.SearchType{news.SearchArticles}, Locales: []news.Locale{news.Locale(typed)}}
		}
		hits, err := n.Search(context.Background(), typed, filter, orders[how&3], news.Window{Limit: 10})
		if err == nil {
			_, _, err = hits.Total(context.Background())
		}
		if err != nil {
			if news.KindOf(err) == news.Invalid && strings.Contains(err.Error(), "use fewer") {
				return
			}
			t.Fatalf("%q: %v", typed, err)
		}
		for _, h := range hits.Hits {
			if h.ID == draft {
				t.Errorf("%q finds the draft", typed)
			}
		}
		if _, err := n.FindEvents(context.Background(), &news.HistoricalEventFilter{Text: &typed}, news.HistoricalEventOrder{Field: news.EventByDate, Direction: news.Ascending}, news.Window{Limit: 1}); err != nil {
			t.Fatalf("events with %q: %v", typed, err)
		}
	})
}

// naughty are the texts of the Big List of Naughty Strings, where it is there.
func naughty(t testing.TB) (texts []string) {
	t.Helper()
	file, err := os.ReadFile("../../../shared/data/hostile/blns.json")
	if err != nil {
		return nil
	}
	if err := json.Unmarshal(file, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}
