package importer

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

const dayList = `{"month":3,"day":15,"kind":"events","date":"March 15","wikipedia":"https://wikipedia.org/wiki/March_15","events":[
 {"year":"44 BC","description":"A dictator is stabbed.[1][2]","wikipedia":[{"title":"Ides of March","wikipedia":"https://wikipedia.org/wiki/Ides_of_March"}],"url_image":"https://pictures.example/1.jpg"},
 {"year":"1 BC","description":"The last year before our era.","wikipedia":[]},
 {"year":"AD 69","description":"A city & a <fire>."},
 {"year":"9 AD","description":"A forest."},
 {"year":"1917","description":"A tsar abdicates.","wikipedia":[{"title":"Tsar","wikipedia":"https://de.wikipedia.org/wiki/Zar"}]},
 {"year":"1917","description":"A tsar abdicates."},
 {"year":"1942 -World War: a battle is fought.","description":""},
 {"year":"1925\n\nA trial: in a town.","description":null},
 {"year":"1941-45 war","description":""},
 {"year":"309/310","description":"A pope is banished."},
 {"year":"543 or 547","description":"A saint."},
 {"year":"285 (or 286)","description":"Two saints."},
 {"year":"A sentence without one","description":""},
 {"year":"","description":"No year."},
 {"year":"0","description":"Year nought."},
 {"year":"AD 5 BC","description":"Both."},
 {"year":"1700","description":" "},
 {"year":"1642 (OS)","description":"Old style in March."},
 {"year":1998,"description":"A number."}
]}
{"month":12,"day":25,"births":[{"year":"1642 (OS)","description":"Isaac Example, natural philosopher (d. 1727)"},{"year":"800 (OS)","description":"Too early"}]}

{"month":2,"day":29,"deaths":[{"year":"1500","description":"Somebody, poet"},{"year":"1900","description":"Nobody, poet"},{"year":"1904","description":"Else, poet"}]}
{"month":10,"day":10,"events":[{"year":"1582","description":"A day that only the Julian calendar has."}]}
{"month":10,"day":15,"events":[{"year":"1582","description":"The first Gregorian day."}]}
{"month":2,"day":30,"events":[]}
{"month":2,"day":3}
not JSON
`

func TestDayList(t *testing.T) {
	// One line for each day.
	text := strings.NewReplacer("[\n {", "[{", "},\n {", "},{", "}\n]}", "}]}").Replace(dayList)
	s := &sink{}
	rep, err := Run(t.Context(), DayList, strings.NewReader(text), Options{Sink: s.write})
	if err != nil {
		t.Fatal(err)
	}
	checkSums(t, rep)
	var got []string
	for _, r := range s.records {
		e := r.Event
		got = append(got, fmt.Sprintf("%s %s %s %q | %s", e.Date, e.Calendar, e.Kind, e.Title, e.Description))
	}
	want := []string{
		`-0043-03-15 JULIAN EVENT "A dictator is stabbed" | <p>A dictator is stabbed.</p>`,
		`0000-03-15 JULIAN EVENT "The last year before our era" | <p>The last year before our era.</p>`,
		`0069-03-15 JULIAN EVENT "A city & a <fire>" | <p>A city &amp; a &lt;fire&gt;.</p>`,
		`0009-03-15 JULIAN EVENT "A forest" | <p>A forest.</p>`,
		`1917-03-15 GREGORIAN EVENT "A tsar abdicates" | <p>A tsar abdicates.</p>`,
		`1942-03-15 GREGORIAN EVENT "World War: a battle is fought" | <p>World War: a battle is fought.</p>`,
		`1925-03-15 GREGORIAN EVENT "A trial: in a town" | <p>A trial: in a town.</p>`,
		`1642-12-25 JULIAN BIRTH "Isaac Example, natural philosopher (d. 1727)" | <p>Isaac Example, natural philosopher (d. 1727)</p>`,
		`1500-02-29 JULIAN DEATH "Somebody, poet" | <p>Somebody, poet</p>`,
		`1904-02-29 GREGORIAN DEATH "Else, poet" | <p>Else, poet</p>`,
		`1582-10-10 JULIAN EVENT "A day that only the Julian calendar has" | <p>A day that only the Julian calendar has.</p>`,
		`1582-10-15 GREGORIAN EVENT "The first Gregorian day" | <p>The first Gregorian day.</p>`,
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
	if rep.Counts != (Counts{Source: 29, Created: 12, Skipped: 1, Failed: 16}) {
		t.Errorf("%+v", rep.Counts)
	}
	reasons := map[string]int{}
	for _, r := range rep.Records {
		for _, part := range []string{"names two years", "text where the year", "no certain year", "no year 0", "has no year", "no text", "25 March",
			"1582 to 1923", "cannot hold a JSON number", "there is no day 29", "no day of the year", "none of the lists", "not valid JSON", "same entry before"} {
			if strings.Contains(r.Reason, part) {
				reasons[part]++
			}
		}
	}
	if fmt.Sprint(reasons) != "map[1582 to 1923:1 25 March:1 cannot hold a JSON number:1 has no year:1 names two years:3 no certain year:2 "+
		"no day of the year:1 no text:1 no year 0:1 none of the lists:1 not valid JSON:1 same entry before:1 text where the year:1 there is no day 29:1]" {
		t.Errorf("%v", reasons)
	}
	first, tsar := s.records[0], s.records[4].Event
	if !strings.HasPrefix(string(first.Ref), "wikipedia:03-15/events/-43/") || first.Event.Locale != "en" || *first.Event.Sources[0].URL != "https://wikipedia.org/wiki/Ides_of_March" {
		t.Errorf("%s %+v", first.Ref, first.Event)
	}
	if tsar.Locale != "de" || tsar.Verification != news.Unverified || tsar.Status != news.StatusPublished {
		t.Errorf("%+v", tsar)
	}
	if len(rep.Unsupported) != 1 || rep.Unsupported[0] != (Unsupported{"field", "url_image", 1, first.Ref}) {
		t.Errorf("%+v", rep.Unsupported)
	}
	again, err := Run(t.Context(), DayList, strings.NewReader(text), Options{Sink: s.write})
	if err != nil || again.Unchanged != 12 || again.Created+again.Updated != 0 {
		t.Errorf("the second run: %v %+v", err, again.Counts)
	}
}

func TestDayListKind(t *testing.T) {
	s := &sink{}
	_, err := Run(t.Context(), DayList, strings.NewReader(`{"month":1,"day":2,"events":[{"year":"1950","description":"A day of rest."}]}`),
		Options{Sink: s.write, Kind: news.EventObservance, Locale: "fr"})
	if err != nil || len(s.records) != 1 || s.records[0].Event.Kind != news.EventObservance || s.records[0].Event.Locale != "fr" {
		t.Errorf("%v %+v", err, s.records)
	}
}

// TestRealDayLists reads all 185 days. The counts of the sources are those of the data's README.
func TestRealDayLists(t *testing.T) {
	dir := filepath.Join(dataDir(t), "onthisday", "wikipedia-days")
	for list, n := range map[string]int{"events": 8904, "births": 37997, "deaths": 17492} {
		s := &sink{}
		rep := importFile(t, filepath.Join(dir, list+".jsonl.gz"), DayList, s)
		checkSums(t, rep)
		if inSource(rep, list) != n || rep.Source != n {
			t.Errorf("%s: %+v, want %d in the source", list, rep.Counts, n)
		}
		reasons := map[string]int{}
		for _, r := range rep.Records {
			reasons[fmt.Sprintf("%s: %s", r.Outcome, r.Reason)]++
		}
		t.Logf("%s: %+v, unsupported %+v", list, rep.Counts, rep.Unsupported)
		for _, reason := range slices.Sorted(maps.Keys(reasons)) {
			t.Logf("%5d × %s", reasons[reason], reason)
		}
		if rep.Failed > 110 {
			t.Errorf("%s: %d entries are rejected", list, rep.Failed)
		}
	}
}

func FuzzDayList(f *testing.F) {
	for line := range strings.Lines(dayList) {
		f.Add(line)
	}
	f.Add(`{"month":12,"day":25,"births":[{"year":"1642 (OS)","description":"x"}],"x":[1]}`)
	f.Fuzz(func(t *testing.T, line string) {
		s := &sink{}
		rep, err := Run(t.Context(), DayList, strings.NewReader(line), Options{Sink: s.write})
		if err != nil && news.KindOf(err) != news.Invalid {
			t.Fatal(err)
		}
		checkSums(t, rep)
		for _, r := range s.records {
			if d, err := news.ParseHistoricalDate(string(r.Event.Date), r.Event.Calendar); err != nil || d.MonthDay() == nil {
				t.Errorf("%s: %v", r.Event.Date, err)
			}
		}
	})
}
