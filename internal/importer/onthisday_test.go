package importer

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

const feed = `{
 "selected":[
  {"text":"A bridge (pictured) opened.","year":1894,"pages":[{"title":"Bridge"}]},
  {"text":"A comet was seen.","year":1758,"pages":[{"title":"Comet"}]}],
 "events":[
  {"text":"A philosopher was put on trial. He lost.","year":-399,"pages":[{"title":"Trial_of_Socrates","lang":"en","normalizedtitle":"Trial of Socrates","content_urls":{"desktop":{"page":"https://en.wikipedia.org/wiki/Trial_of_Socrates"}}}]},
  {"text":"The last year before our era ended.","year":-1,"pages":[]},
  {"text":"A flood & a <fire>.","year":69},
  {"text":"The bridge opens to traffic.","year":1894,"pages":[{"title":"City"},{"title":"Bridge"}]},
  {"text":"Something else opens.","year":1894,"pages":[{"title":"City"}]}],
 "births":[{"text":"Ada Example, mathematician","year":1815,"pages":[{"title":"Ada_Example","lang":"en"}]},{"text":"X","year":0}],
 "deaths":[{"text":"  ","year":1900}],
 "holidays":[{"text":"Day of the Sea (Harbour)","pages":[{"title":"Sea"}]},{"text":"Day of the Sea (Harbour)","pages":[]}]
}`

func TestOnThisDay(t *testing.T) {
	s := &sink{}
	rep, err := Run(t.Context(), OnThisDay, strings.NewReader(feed), Options{Input: "/tmp/feed-02-06.json", Sink: s.write, Locale: "en"})
	if err != nil {
		t.Fatal(err)
	}
	checkSums(t, rep)
	var got []string
	for _, r := range s.records {
		e := r.Event
		got = append(got, fmt.Sprintf("%s %s %v %s | %s", e.Date, e.Kind, e.IsSelected, e.Title, e.Description))
	}
	want := []string{
		"-0398-02-06 EVENT false A philosopher was put on trial | <p>A philosopher was put on trial. He lost.</p>",
		"0000-02-06 EVENT false The last year before our era ended | <p>The last year before our era ended.</p>",
		"0069-02-06 EVENT false A flood & a <fire> | <p>A flood &amp; a &lt;fire&gt;.</p>",
		"1894-02-06 EVENT true The bridge opens to traffic | <p>The bridge opens to traffic.</p>",
		"1894-02-06 EVENT false Something else opens | <p>Something else opens.</p>",
		"1758-02-06 EVENT true A comet was seen | <p>A comet was seen.</p>",
		"1815-02-06 BIRTH false Ada Example, mathematician | <p>Ada Example, mathematician</p>",
		"XXXX-02-06 HOLIDAY false Day of the Sea (Harbour) | <p>Day of the Sea (Harbour)</p>",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
	if rep.Counts != (Counts{Source: 12, Created: 8, Skipped: 2, Failed: 2}) {
		t.Errorf("%+v", rep.Counts)
	}
	first := s.records[0]
	if !strings.HasPrefix(string(first.Ref), "wikimedia:02-06/events/-399/") || first.Event.Locale != "en" {
		t.Errorf("%s %s", first.Ref, first.Event.Locale)
	}
	if c := first.Event.Sources[0]; c.Title != "Trial of Socrates" || *c.Publisher != "Wikipedia" || *c.URL != "https://en.wikipedia.org/wiki/Trial_of_Socrates" {
		t.Errorf("%+v", c)
	}
	again, err := Run(t.Context(), OnThisDay, strings.NewReader(feed), Options{Day: &news.MonthDay{Month: 2, Day: 6}, Sink: s.write, Locale: "en"})
	if err != nil || again.Unchanged != 8 || again.Created+again.Updated != 0 {
		t.Errorf("the second run: %v %+v", err, again.Counts)
	}
}

func TestFeedDay(t *testing.T) {
	for _, c := range []struct{ input, want string }{
		{"wikimedia-feed-02-06.json", "02-06"}, {"wikimedia-feed-02-29.json.gz", "02-29"}, {"/a/12_31.json", "12-31"}, {`C:\x\02-06.json`, "02-06"},
		{"feed-2024-02-06.json", "02-06"}, {"02-06/feed.json", ""}, {"feed-13-01.json", ""}, {"feed-02-30.json", ""}, {"-", ""}, {"", ""},
		{"1902-06.json", ""},
	} {
		day, err := feedDay(Options{Input: c.input})
		if c.want == "" {
			if news.KindOf(err) != news.Invalid || !strings.Contains(err.Error(), "--day MM-DD") {
				t.Errorf("%q: %v %v", c.input, day, err)
			}
		} else if err != nil || day.String() != c.want {
			t.Errorf("%q: %v %v, want %s", c.input, day, err, c.want)
		}
	}
}

func TestOtherAnswers(t *testing.T) {
	for in, want := range map[string]string{
		`[]`: "a list", `{"articles":[]}`: "most read", `{"extract":"x"}`: "summary", `{"x":1}`: "some other JSON", `7`: "not a JSON object",
		``: "not a JSON object", `{"events":[`: "not an answer", `{"events":7}`: "not an answer", `{"events":[{"year":"1998"}]}`: "not an answer",
	} {
		_, err := Run(t.Context(), OnThisDay, strings.NewReader(in), Options{DryRun: true, Day: &news.MonthDay{Month: 2, Day: 6}})
		if news.KindOf(err) != news.Invalid || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%s: %v, want %q", in, err, want)
		}
	}
}

func TestHeadline(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"A treaty is signed.", "A treaty is signed"},
		{"A treaty is signed. It lasts.", "A treaty is signed"},
		{"J. R. R. Example is born in St. Anne. He writes.", "J. R. R. Example is born in St. Anne"},
		{"The U.S. House votes. It passes.", "The U.S. House votes"},
		{"Prices rise by 3.5 per cent in the year. More follows.", "Prices rise by 3.5 per cent in the year"},
		{"条約が調印される。続く。", "条約が調印される。"},
		{strings.Repeat("word ", 20) + "ends, and then " + strings.Repeat("more ", 20), strings.Repeat("word ", 20) + "ends"},
	} {
		if got := headline(c.in); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
	if got := headline(strings.Repeat("word ", 60)); len(got) > 130 || !strings.HasSuffix(got, "…") {
		t.Errorf("%q", got)
	}
}

func FuzzOnThisDay(f *testing.F) {
	f.Add([]byte(feed))
	f.Add([]byte(`{"events":[{"text":"x","year":-9999999999}],"holidays":null}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := &sink{}
		rep, err := Run(t.Context(), OnThisDay, strings.NewReader(string(raw)), Options{Day: &news.MonthDay{Month: 2, Day: 29}, Sink: s.write})
		checkSums(t, rep)
		if err == nil && rep.Created != len(s.records) {
			t.Errorf("%d records, %+v", len(s.records), rep.Counts)
		}
	})
}
