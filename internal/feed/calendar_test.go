package feed

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/dateline-cms/dateline"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/importer"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// A newsroom serves its calendar on loopback. In its zone, Asia/Tokyo, it is 1 March 2026 already.
type newsroom struct {
	db    *sqlite.DB
	store *store.Store
	now   time.Time
	log   bytes.Buffer
	url   string
}

func newNewsroom(t testing.TB) *newsroom {
	t.Helper()
	n := &newsroom{now: time.Date(2026, 2, 28, 20, 0, 0, 0, time.UTC)}
	var err error
	if n.db, err = sqlite.Open(filepath.Join(t.TempDir(), "site.db"), sqlite.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.db.Close() })
	now := func() time.Time { return n.now }
	if n.store, err = store.Open(t.Context(), n.db, now); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(Anniversaries(n.store, anybody, now, slog.New(slog.NewTextHandler(&n.log, nil))))
	t.Cleanup(server.Close)
	n.url = server.URL + AnniversariesPath
	n.write(t, news.Record{Ref: "t:site", Site: &news.SiteRecord{Site: news.Site{
		Name: "The Paper; Tokyo", URL: "https://paper.example", TimeZone: "Asia/Tokyo", DefaultLocale: "en"}}})
	return n
}

func (n *newsroom) write(t testing.TB, records ...news.Record) {
	t.Helper()
	outcomes, err := n.store.Import(t.Context(), records)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range outcomes {
		if o.Result == news.Failed {
			t.Fatalf("%s: %s", records[i].Ref, o.Reason)
		}
	}
	unresolved, err := n.store.FinishImport(t.Context())
	if err != nil || len(unresolved) > 0 {
		t.Fatal(unresolved, err)
	}
}

// event is a record of an event; edit may change it.
func event(name, title string, date news.EDTF, edit ...func(*news.EventRecord)) news.Record {
	e := &news.EventRecord{Date: date}
	e.Title, e.UpdatedAt = title, time.Date(2025, 6, 7, 8, 9, 10, 11_000_000, time.UTC)
	e.PublishedAt, e.CreatedAt = e.UpdatedAt, e.UpdatedAt
	for _, f := range edit {
		f(e)
	}
	return news.Record{Ref: news.Ref("t:" + name), Event: e}
}

// ask sends a query; header is name, value, name, value …
func (n *newsroom) ask(t testing.TB, method, query string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, n.url+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

// text is a calendar as it is sent.
func (n *newsroom) text(t testing.TB, query string) string {
	t.Helper()
	r, text := n.ask(t, "GET", query)
	if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "text/calendar; charset=utf-8" {
		t.Fatalf("%s: %s %s", query, r.Status, text)
	}
	return text
}

func (n *newsroom) calendar(t testing.TB, query string) *component {
	t.Helper()
	return readCalendar(t, n.text(t, query))
}

func same(t testing.TB, name string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got\n  %s\nwant\n  %s", name, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// TestCalendar compares all of a calendar with one written by hand.
func TestCalendar(t *testing.T) {
	n := newNewsroom(t)
	n.write(t,
		news.Record{Ref: "t:iraq", Topic: &news.TopicRecord{Topic: news.Topic{Name: "Iraq, today", Slug: "iraq"}}},
		news.Record{Ref: "t:world", Category: &news.CategoryRecord{Category: news.Category{Name: "World", Slug: "world"}}},
		news.Record{Ref: "t:world-topic", Topic: &news.TopicRecord{Topic: news.Topic{Name: "World", Slug: "the-world"}}},
		event("act", "House passes the Iraq Liberation Act; 360 to 38", "1998-10-05", func(e *news.EventRecord) {
			e.Path, e.Verification = "/days/iraq-liberation-act/", news.Disputed
			e.Description = "<p>The House voted, 360 to 38.</p><p>The path: C:\\news</p>"
			e.Topics, e.Categories = []news.Ref{"t:iraq", "t:world-topic"}, []news.Ref{"t:world"}
			e.Sources = []news.Citation{
				{Title: "H.R. 4655, 105th Congress", Publisher: new("Congress.gov"), URL: new(news.URL("https://www.congress.gov/bill/105th-congress/house-bill/4655"))},
				{Title: "https://other.example/", URL: new(news.URL("https://other.example/"))}}
		}),
		event("eve", "Epiphany Eve", "XXXX-01-05", func(e *news.EventRecord) { e.Path, e.Kind = "/days/eve", news.EventObservance }))
	got := n.text(t, "?roundness=ANY&from=2028-10-05&to=2029-01-31")
	got = regexp.MustCompile(`evt_[0-9a-z]{13}-`).ReplaceAllString(got, "EVENT-")
	got = regexp.MustCompile(`@site_[0-9a-z]{13}\r`).ReplaceAllString(got, "@SITE\r")
	want := `BEGIN:VCALENDAR
PRODID:-//Dateline//Anniversaries//EN
VERSION:2.0
METHOD:PUBLISH
NAME:The Paper\; Tokyo: anniversaries
X-WR-CALNAME:The Paper\; Tokyo: anniversaries
REFRESH-INTERVAL;VALUE=DURATION:PT1H
X-PUBLISHED-TTL:PT1H
SOURCE;VALUE=URI:https://paper.example/calendar/anniversaries.ics?from=2028
 -10-05&roundness=ANY&to=2029-01-31
BEGIN:VEVENT
UID:EVENT-2028@SITE
DTSTAMP:20250607T080910Z
LAST-MODIFIED:20250607T080910Z
DTSTART;VALUE=DATE:20281005
DTEND;VALUE=DATE:20281006
SUMMARY;LANGUAGE=en:30th anniversary: House passes the Iraq Liberation
  Act\; 360 to 38
DESCRIPTION:The House voted\, 360 to 38.\n\nThe path: C:\\news\n\n5 October
  1998 (DISPUTED)\n\nH.R. 4655\, 105th Congress\, Congress.gov\,
  https://www.congress.gov/bill/105th-congress/house-bill/4655\nhttps://oth
 er.example/
URL:https://paper.example/days/iraq-liberation-act/
CATEGORIES:World
CATEGORIES:Iraq\, today
TRANSP:TRANSPARENT
END:VEVENT
BEGIN:VEVENT
UID:EVENT-2029@SITE
DTSTAMP:20250607T080910Z
LAST-MODIFIED:20250607T080910Z
DTSTART;VALUE=DATE:20290105
DTEND;VALUE=DATE:20290106
SUMMARY;LANGUAGE=en:Epiphany Eve
DESCRIPTION:5 January
URL:https://paper.example/days/eve
TRANSP:TRANSPARENT
END:VEVENT
END:VCALENDAR
`
	if want = strings.ReplaceAll(want, "\n", "\r\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	readCalendar(t, got)
	if got := n.text(t, "?roundness=ANY&from=2028-10-05&to=2029-01-31"); got != n.text(t, "?to=2029-01-31&from=2028-10-05&roundness=ANY") {
		t.Error("the order of the parameters matters")
	}
}

// leapEvents are all of the end of February, of 1999 where nothing else is said.
func leapEvents(t *testing.T) *newsroom {
	n := newNewsroom(t)
	n.write(t,
		event("28", "The 28th", "1999-02-28"),
		event("29", "The 29th", "1996-02-29"),
		event("1", "The 1st", "1999-03-01"),
		event("any29", "Any 29th", "XXXX-02-29"),
		event("julian", "Julian 29th", "1900-02-29", func(e *news.EventRecord) { e.Calendar = news.CalendarJulian }))
	return n
}

func TestLeapDays(t *testing.T) {
	n := leapEvents(t)
	for query, want := range map[string][]string{
		"?roundness=ANY&from=2027-02-28&to=2027-03-01": {
			"20270228 28th anniversary: The 28th", "20270228 31st anniversary: The 29th", "20270228 127th anniversary: Julian 29th", "20270228 Any 29th", "20270301 28th anniversary: The 1st"},
		"?roundness=ANY&from=2027-02-28&to=2027-03-01&leapDayPolicy=FEB_28": {
			"20270228 28th anniversary: The 28th", "20270228 31st anniversary: The 29th", "20270228 127th anniversary: Julian 29th", "20270228 Any 29th", "20270301 28th anniversary: The 1st"},
		"?roundness=ANY&from=2027-02-28&to=2027-03-01&leapDayPolicy=MAR_1": {
			"20270228 28th anniversary: The 28th", "20270301 28th anniversary: The 1st", "20270301 31st anniversary: The 29th", "20270301 127th anniversary: Julian 29th", "20270301 Any 29th"},
		"?roundness=ANY&from=2027-02-28&to=2027-03-01&leapDayPolicy=LEAP_YEARS_ONLY": {
			"20270228 28th anniversary: The 28th", "20270301 28th anniversary: The 1st"},
		"?roundness=ANY&from=2028-02-28&to=2028-03-01&leapDayPolicy=MAR_1": {
			"20280228 29th anniversary: The 28th", "20280229 32nd anniversary: The 29th", "20280229 128th anniversary: Julian 29th", "20280229 Any 29th", "20280301 29th anniversary: The 1st"},
		"?roundness=ANY&from=2100-02-28&to=2100-03-01&leapDayPolicy=MAR_1&text=29th&minSignificance=50": { // no leap year
			"21000301 104th anniversary: The 29th", "21000301 bicentenary: Julian 29th", "21000301 Any 29th"},
	} {
		got := n.calendar(t, query).days()
		// On one day the newest id stands first; which that is does not matter here.
		slices.Sort(got)
		slices.Sort(want)
		same(t, query, got, want)
	}
	e := n.calendar(t, "?roundness=ANY&from=2027-02-28&to=2027-02-28&text=any").parts[0]
	if got := e.text("DESCRIPTION"); got != "29 February" {
		t.Errorf("kept on 28 February, it is of %q", got)
	}
}

// TestDefaults asks without parameters: a year from today in the site's zone, full fives.
func TestDefaults(t *testing.T) {
	n := newNewsroom(t)
	n.write(t,
		event("yesterday", "Yesterday", "2001-02-28"), // in Tokyo
		event("today", "Today", "2001-03-01"),
		event("last", "The last", "2002-02-28"),
		event("not round", "Not round", "2000-07-01"),
		event("yearly", "Each year", "XXXX-07-01"),
		event("julius", "Ides", "-0043-03-15", func(e *news.EventRecord) { e.Calendar = news.CalendarJulian }),
		event("month", "A month", "2001-07"),
		event("draft", "A draft", "2001-07-02", func(e *news.EventRecord) { e.Status = news.StatusDraft }))
	want := []string{"20260301 25th anniversary: Today", "20270228 25th anniversary: The last"}
	same(t, "default", n.calendar(t, "").days(), want)
	same(t, "default, named", n.calendar(t, "?roundness=MULTIPLE_OF_5&leapDayPolicy=FEB_28&withoutCoverageOnly=false&selectedOnly=false").days(), want)
	same(t, "any", n.calendar(t, "?roundness=ANY&to=2026-07-01").days(), []string{"20260301 25th anniversary: Today",
		"20260315 2069th anniversary: Ides", "20260701 Each year", "20260701 26th anniversary: Not round"})
	n.now = n.now.AddDate(0, 0, -1)
	same(t, "a day before", n.calendar(t, "").days(), []string{"20260228 25th anniversary: Yesterday", "20260301 25th anniversary: Today"})
}

func TestFilters(t *testing.T) {
	n := newNewsroom(t)
	term := func(name string) news.Record {
		return news.Record{Ref: news.Ref("t:" + name), Topic: &news.TopicRecord{Topic: news.Topic{Name: name, Slug: name}}}
	}
	category := func(name string, parent news.Ref) news.Record {
		return news.Record{Ref: news.Ref("t:" + name), Category: &news.CategoryRecord{Category: news.Category{Name: name, Slug: name}, Parent: parent}}
	}
	n.write(t, term("war"), term("peace"), category("world", ""), category("asia", "t:world"), category("sport", ""),
		event("a", "A", "1926-04-01", func(e *news.EventRecord) {
			e.Kind, e.Topics, e.Categories, e.Significance, e.Verification = news.EventBirth, []news.Ref{"t:war"}, []news.Ref{"t:asia"}, new(90), news.Verified
		}),
		event("b", "B", "1976-04-02", func(e *news.EventRecord) {
			e.Kind, e.Topics, e.Categories, e.Significance, e.IsSelected = news.EventDeath, []news.Ref{"t:peace"}, []news.Ref{"t:world"}, new(10), true
		}),
		event("c", "C", "2001-04-03", func(e *news.EventRecord) {
			e.Description, e.Categories, e.Verification = "<p>A comet.</p>", []news.Ref{"t:sport"}, news.Refuted
		}),
		event("d", "D", "2006-04-04"),
		event("e", "E", "2011-04-05"),
		event("f", "F", "-0074-04-06"),
		news.Record{Ref: "t:article", Article: &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: "Written", Slug: "written",
			PublishedAt: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}}, Body: "<p>x</p>", Events: []news.Ref{"t:d"}}})
	for query, want := range map[string]string{
		"":                               "ABCDEF",
		"?roundness=MULTIPLE_OF_10":      "ABDF",
		"?roundness=MULTIPLE_OF_25":      "ABCF",
		"?roundness=MULTIPLE_OF_50":      "ABF",
		"?roundness=CENTENARY":           "AF",
		"?kinds=BIRTH":                   "A",
		"?kinds=BIRTH,DEATH":             "AB",
		"?kinds=BIRTH&kinds=DEATH":       "AB",
		"?topics=war":                    "A",
		"?topics=war,peace":              "AB",
		"?topics=war&topics=peace":       "AB",
		"?categories=world":              "AB",
		"?categories=asia,sport":         "AC",
		"?categories=world&topics=peace": "B",
		"?verification=REFUTED,VERIFIED": "AC",
		"?minSignificance=50":            "ACDEF",
		"?minSignificance=51":            "A",
		"?selectedOnly=true":             "B",
		"?astronomicalYearFrom=1976":     "BCDE",
		"?astronomicalYearTo=1976":       "ABF",
		"?astronomicalYearFrom=-74&astronomicalYearTo=1926": "AF",
		"?text=comet":                    "C",
		"?text=no-such-word":             "",
		"?withoutCoverageOnly=true":      "ABCEF",
		"?from=2026-04-02&to=2026-04-03": "BC",
		"?from=2026-04-06":               "F",
	} {
		letters := ""
		for _, day := range n.calendar(t, query).days() {
			letters += day[len(day)-1:]
		}
		if letters != want {
			t.Errorf("%s: got %q, want %q", query, letters, want)
		}
	}
	if e := n.calendar(t, "?verification=REFUTED").parts[0]; !strings.HasSuffix(e.text("DESCRIPTION"), "3 April 2001 (REFUTED)") {
		t.Errorf("a refuted event says %q", e.text("DESCRIPTION"))
	}
}

func TestLanguages(t *testing.T) {
	n := newNewsroom(t)
	long := strings.Repeat("Größenverhältnisse in Überlingen, ", 5) + "Straßenbahn"
	n.write(t,
		event("ar", "تأسيس بغداد، مدينة السلام، على ضفاف نهر دجلة في عهد الخليفة أبي جعفر المنصور", "2001-04-01", func(e *news.EventRecord) { e.Locale = "ar-IQ" }),
		event("de", long, "2001-04-02", func(e *news.EventRecord) { e.Locale, e.Kind = "de", news.EventDeath }),
		event("ja", strings.Repeat("東京", 60), "2001-04-03", func(e *news.EventRecord) { e.Locale = "ja" }),
		event("emoji", strings.Repeat("👩‍👩‍👧", 30), "2001-04-04"))
	own := n.calendar(t, "")
	same(t, "their own", own.days(), []string{
		"20260401 الذكرى السنوية الـ٢٥: تأسيس بغداد، مدينة السلام، على ضفاف نهر دجلة في عهد الخليفة أبي جعفر المنصور",
		"20260402 25. Todestag: " + long, "20260403 25周年: " + strings.Repeat("東京", 60), "20260404 25th anniversary: " + strings.Repeat("👩‍👩‍👧", 30)})
	languages := func(c *component) (all []string) {
		for _, e := range c.parts {
			all = append(all, e.property("SUMMARY").parameters)
		}
		return all
	}
	same(t, "languages", languages(own), []string{";LANGUAGE=ar-IQ", ";LANGUAGE=de", ";LANGUAGE=ja", ";LANGUAGE=en"})
	german := n.calendar(t, "?locale=de")
	same(t, "German", german.days(), []string{
		"20260401 25. Jahrestag: تأسيس بغداد، مدينة السلام، على ضفاف نهر دجلة في عهد الخليفة أبي جعفر المنصور",
		"20260402 25. Todestag: " + long, "20260403 25. Jahrestag: " + strings.Repeat("東京", 60), "20260404 25. Jahrestag: " + strings.Repeat("👩‍👩‍👧", 30)})
	same(t, "titles keep theirs", languages(german), languages(own))
	for i, want := range []string{"1. April 2001", "2. April 2001"} {
		if got := german.parts[i].text("DESCRIPTION"); got != want {
			t.Errorf("German date: %q, want %q", got, want)
		}
	}
	if got := own.parts[0].text("DESCRIPTION"); got != "١ نيسان ٢٠٠١" {
		t.Errorf("Arabic date: %q", got)
	}
}

// TestUIDs follows entries through other spans, policies, languages and a move of the site.
func TestUIDs(t *testing.T) {
	n := leapEvents(t)
	byEntry := map[string]string{} // title and year to UID
	entries := 0
	collect := func(query string) {
		t.Helper()
		for _, e := range n.calendar(t, query).parts {
			_, title, ok := strings.Cut(e.text("SUMMARY"), ": ")
			if !ok {
				title = e.text("SUMMARY")
			}
			key, uid := title+" "+e.property("DTSTART").value[:4], e.text("UID")
			if before, ok := byEntry[key]; ok && before != uid {
				t.Errorf("%s: %s was %s and is %s", query, key, before, uid)
			}
			byEntry[key] = uid
			if entries++; strings.Contains(uid, "paper") || strings.Contains(uid, "example") {
				t.Errorf("%s names the host", uid)
			}
		}
	}
	collect("?roundness=ANY&from=2026-01-01&to=2031-12-31")
	collect("?roundness=ANY&from=2026-01-01&to=2031-12-31&leapDayPolicy=MAR_1")
	collect("?roundness=ANY&from=2027-02-01&to=2028-03-31&locale=de")
	if err := n.store.SetSite(t.Context(), func(s *news.Site) { s.URL = "https://elsewhere.example" }); err != nil {
		t.Fatal(err)
	}
	collect("?roundness=ANY&from=2030-01-01&to=2030-12-31")
	if want := 5 * 6; len(byEntry) != want || entries != want+want+10+5 {
		t.Errorf("%d anniversaries in %d entries", len(byEntry), entries)
	}
	uids := map[string]bool{}
	for _, uid := range byEntry {
		uids[uid] = true
	}
	if len(uids) != len(byEntry) {
		t.Errorf("%d anniversaries have %d UIDs", len(byEntry), len(uids))
	}
}

// TestEmpty asks where nothing is kept: the calendar still holds the component that the RFC demands.
func TestEmpty(t *testing.T) {
	n := newNewsroom(t)
	c := n.calendar(t, "")
	if len(c.parts) != 1 || c.parts[0].name != "VTIMEZONE" || len(c.parts[0].parts) != 1 || c.parts[0].parts[0].name != "STANDARD" {
		t.Fatalf("%+v", c.parts)
	}
	c.parts[0].once(t, "TZID")
	c.parts[0].parts[0].once(t, "DTSTART", "TZOFFSETFROM", "TZOFFSETTO")
}

// TestYears meets one event in each of eleven years: every entry has all of it, once.
func TestYears(t *testing.T) {
	n := newNewsroom(t)
	n.write(t, news.Record{Ref: "t:war", Topic: &news.TopicRecord{Topic: news.Topic{Name: "War", Slug: "war"}}},
		event("a", "A", "2001-04-01", func(e *news.EventRecord) {
			e.Topics, e.Sources = []news.Ref{"t:war"}, []news.Citation{{Title: "One"}, {Title: "Two"}}
		}))
	entries := n.calendar(t, "?roundness=ANY&from=2030-01-01&to=2040-12-31").parts
	if len(entries) != 11 {
		t.Fatalf("got %d entries", len(entries))
	}
	for i, e := range entries {
		if day := fmt.Sprint(2030+i, "0401"); e.property("DTSTART").value != day {
			t.Errorf("entry %d is of %s, want %s", i, e.property("DTSTART").value, day)
		}
		if got := e.text("DESCRIPTION"); got != "1 April 2001\n\nOne\nTwo" {
			t.Errorf("entry %d says %q", i, got)
		}
		same(t, "categories", e.all("CATEGORIES"), []string{"War"})
	}
}

// TestEndOfTime looks at the last day that iCalendar can write; the one after it cannot be an end.
func TestEndOfTime(t *testing.T) {
	n := newNewsroom(t)
	n.write(t, event("eve", "New Year's Eve", "1999-12-31"), event("first", "The first day", "0001-01-02"))
	c := n.calendar(t, "?from=9999-12-31&to=9999-12-31&roundness=ANY")
	same(t, "9999", c.days(), []string{"99991231 8000th anniversary: New Year's Eve"})
	if end := c.parts[0].all("DTEND"); end != nil {
		t.Errorf("it ends on %s", end)
	}
	same(t, "0002", n.calendar(t, "?from=0002-01-02&to=0002-01-02&roundness=ANY").days(), []string{"00020102 1st anniversary: The first day"})
}

const attack = "A\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil\r\nSUMMARY:x; y, z\\n \"q\" \x00\x1b\x7f\u0085BEGIN:VALARM\u2028ATTACH:file:///\u2029\rEND"

func TestInjection(t *testing.T) {
	n := newNewsroom(t)
	n.write(t,
		news.Record{Ref: "t:topic", Topic: &news.TopicRecord{Topic: news.Topic{Name: attack, Slug: "topic"}}},
		event("attack", attack, "2001-04-01", func(e *news.EventRecord) {
			e.Description, e.Topics = news.HTML("<pre>"+strings.ReplaceAll(attack, "\x00", "")+"</pre>"), []news.Ref{"t:topic"}
			e.Sources = []news.Citation{{Title: attack, Publisher: new(attack), URL: new(news.URL("https://a.example/?x=1;y,2"))}}
			e.Locale = "en;VALUE=URI:x"
		}))
	if err := n.store.SetSite(t.Context(), func(s *news.Site) { s.Name = attack }); err != nil {
		t.Fatal(err)
	}
	c := n.calendar(t, "?"+url.Values{"text": {"vevent"}, "locale": {"en"}}.Encode())
	if len(c.parts) != 1 || c.parts[0].name != "VEVENT" {
		t.Fatalf("got %d components", len(c.parts))
	}
	e := c.parts[0]
	// What the store keeps of such a title is its affair; all words must be there, on one line.
	for _, text := range []string{e.text("SUMMARY"), e.text("DESCRIPTION"), unescape(e.all("CATEGORIES")[0]), c.text("NAME")} {
		for _, word := range []string{"END:VEVENT", "BEGIN:VEVENT", "UID:evil", "x; y, z\\n \"q\"", "BEGIN:VALARM", "ATTACH:file:///"} {
			if !strings.Contains(text, word) {
				t.Errorf("%q lacks %q", text, word)
			}
		}
	}
	for _, text := range []string{e.text("SUMMARY"), unescape(e.all("CATEGORIES")[0]), c.text("NAME")} {
		if strings.Contains(text, "\n") {
			t.Errorf("more than a line: %q", text)
		}
	}
	if p := e.property("SUMMARY").parameters; p != "" {
		t.Errorf("a language that is none became %q", p)
	}
	if got := c.property("SOURCE").value; got != "https://paper.example/calendar/anniversaries.ics?locale=en&text=vevent" {
		t.Errorf("SOURCE is %s", got)
	}
	c = n.calendar(t, "?text="+url.QueryEscape("vevent\r\nATTACH:x"))
	if got := c.property("SOURCE").value; got != "https://paper.example/calendar/anniversaries.ics?text=vevent%0D%0AATTACH%3Ax" {
		t.Errorf("SOURCE is %s", got)
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"a\r\nb\rc\nd": "a\nb\nc\nd", "a\u2028b\u2029c\u0085d\ve\ff": "a\nb\nc\nd\ne\nf", "a\tb \u00a0c": "a\tb \u00a0c",
		"a\x00\x07\x1b\x7f\u009fb": "ab", "a\xffb": "a\ufffdb", "שלום \u200f👩‍👧": "שלום \u200f👩‍👧",
	} {
		if got := plain(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// FuzzEntry writes an entry with any text in it and reads it back.
func FuzzEntry(f *testing.F) {
	f.Add("Title", "Text", "Topic")
	f.Add(attack, attack, attack)
	f.Add(strings.Repeat("é", 100), "\\n\\\\;,", "<a> <b>")
	f.Add("\xff\xfe broken", "a\r\rb\n\r\nc", strings.Repeat(" ", 200))
	f.Fuzz(func(t *testing.T, title, text, name string) {
		site := &news.Site{ID: 7, Name: title, URL: "https://paper.example"}
		e := &news.HistoricalEvent{Head: news.Head{ID: 9, Title: title, Path: "/x", Locale: "en"}, Account: news.RichText{Text: text}}
		date, err := news.ParseHistoricalDate("2001-04-01", news.CalendarGregorian)
		if err != nil {
			t.Fatal(err)
		}
		e.Date = date
		c := newCalendar(edition{site: site, query: url.Values{"text": {text}}})
		day := e.AnniversaryOn(news.Date{Year: 2026, Month: 4, Day: 1}, news.Date{Year: 2026, Month: 1, Day: 1})
		about := details{sources: map[news.ID][]*news.Citation{9: {{Title: title}}}, topics: map[news.ID][]*news.Topic{9: {{Name: name}}}}
		writeEntry(c.AddEvent(uid(site, day)), site, day, about, nil)
		read := readCalendar(t, c.Serialize(ics.WithNewLineWindows))
		if len(read.parts) != 1 {
			t.Fatalf("%d components", len(read.parts))
		}
		if got, want := read.parts[0].text("SUMMARY"), "25th anniversary: "+line(title); got != want {
			t.Errorf("SUMMARY %q, want %q", got, want)
		}
		if got, want := unescape(read.parts[0].property("CATEGORIES").value), line(name); got != want {
			t.Errorf("CATEGORIES %q, want %q", got, want)
		}
		if got := read.parts[0].text("DESCRIPTION"); !strings.HasPrefix(got, plain(text)) || !strings.HasSuffix(got, line(title)) {
			t.Errorf("DESCRIPTION %q", got)
		}
	})
}

func TestTooMany(t *testing.T) {
	n := newNewsroom(t)
	var records []news.Record
	for i := range 455 {
		records = append(records, event(fmt.Sprint(i), fmt.Sprint("Event ", i), news.EDTF(fmt.Sprintf("1900-%02d-%02d", i%12+1, i%28+1))))
	}
	n.write(t, records[:454]...)
	const decade = "?roundness=ANY&from=2020-01-01&to=2030-12-31" // eleven years
	if got := len(n.calendar(t, decade).days()); got != 454*11 {
		t.Errorf("got %d entries, want %d", got, 454*11)
	}
	n.write(t, records[454])
	r, text := n.ask(t, "GET", decade)
	if r.StatusCode != http.StatusBadRequest || !strings.Contains(text, "5005 anniversaries") || !strings.Contains(text, "at most 5000") || !strings.Contains(text, "narrow it with from and to, roundness, kinds") {
		t.Errorf("got %s %s", r.Status, text)
	}
	if got := len(n.calendar(t, strings.Replace(decade, "2030", "2029", 1)).days()); got != 455*10 {
		t.Errorf("a year less: got %d entries, want %d", got, 455*10)
	}
}

func TestRefusals(t *testing.T) {
	n := newNewsroom(t)
	n.write(t, news.Record{Ref: "t:war", Topic: &news.TopicRecord{Topic: news.Topic{Name: "War", Slug: "war"}}})
	for query, want := range map[string]string{
		"?colour=red":                      `there is no parameter "colour"; there are astronomicalYearFrom, astronomicalYearTo, categories, from, kinds, leapDayPolicy, locale, minSignificance, roundness, selectedOnly, text, to, topics, verification, withoutCoverageOnly`,
		"?From=2026-01-01":                 `there is no parameter "From"`,
		"?=x":                              `there is no parameter ""`,
		"?from=tomorrow":                   `from: "tomorrow" is not a date; write it as YYYY-MM-DD`,
		"?to=2026-02-30":                   `to: "2026-02-30" is not a date`,
		"?from=":                           `from: "" is not a date`,
		"?from=2026-01-01&from=2026-01-02": `from: it was given 2 times; give it once`,
		"?from=2026-02-01&to=2026-01-01":   `to must not lie before from`,
		"?from=2026-01-01&to=2037-01-01":   `nor more than 10 years after it`,
		"?roundness=7":                     `roundness: "7" is none of [ANY MULTIPLE_OF_5 MULTIPLE_OF_10 MULTIPLE_OF_25 MULTIPLE_OF_50 CENTENARY]`,
		"?leapDayPolicy=feb_28":            `leapDayPolicy: "feb_28" is none of [FEB_28 MAR_1 LEAP_YEARS_ONLY]`,
		"?kinds=BIRTH,WAR":                 `kinds: "WAR" is none of [EVENT BIRTH DEATH HOLIDAY OBSERVANCE]`,
		"?kinds=BIRTH,":                    `kinds: "" is none of`,
		"?verification=TRUE":               `verification: "TRUE" is none of [UNVERIFIED VERIFIED DISPUTED REFUTED]`,
		"?minSignificance=101":             `minSignificance: "101" is no whole number from 0 to 100`,
		"?minSignificance=1.5":             `minSignificance: "1.5" is no whole number`,
		"?astronomicalYearTo=44 BC":        `astronomicalYearTo: "44 BC" is no whole number`,
		"?selectedOnly=1":                  `selectedOnly: "1" is neither true nor false`,
		"?withoutCoverageOnly":             `withoutCoverageOnly: "" is neither true nor false`,
		"?topics=war,pace":                 `topics: none has the slug "pace"; the GraphQL field topics lists them all`,
		"?categories=war":                  `categories: none has the slug "war"`,
		"?topics=":                         `topics: a value is empty; leave the parameter out or give it one`,
		"?text=%20":                        `text: a value is empty`,
		"?locale=klingonisch-und-mehr":     `locale: "klingonisch-und-mehr" is no language tag; write it as en or pt-BR`,
		"?from=%zz":                        `the query cannot be read`,
		"?from=2026-01-01;to=2026-02-01":   `the query cannot be read`,
		"?topics=" + strings.Repeat("war,", 100) + "war": `topics: it has 101 values; give at most 100`,
	} {
		r, text := n.ask(t, "GET", strings.ReplaceAll(query, " ", "+"))
		h := r.Header
		if r.StatusCode != http.StatusBadRequest || !strings.Contains(text, want) || h.Get("Content-Type") != "text/plain; charset=utf-8" ||
			h.Get("ETag") != "" || h.Get("Cache-Control") != "" || h.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: got %s %v %s; want %s", query, r.Status, h, text, want)
		}
	}
	n.calendar(t, "?topics="+strings.Repeat("war,", 99)+"war")
}

// TestSchema holds the parameters against the schema: the arguments and filters of its field, and the words of its enums.
func TestSchema(t *testing.T) {
	n := newNewsroom(t)
	block := func(begin, end string) string {
		_, after, _ := strings.Cut(dateline.Schema, begin)
		inside, _, ok := strings.Cut(after, end)
		if !ok {
			t.Fatalf("the schema has no %q", begin)
		}
		return inside
	}
	names := regexp.MustCompile(`(?m)^ +(\w+)(?:: |$)`)
	in := func(text string) (all []string) {
		for _, m := range names.FindAllStringSubmatch(text, -1) {
			all = append(all, m[1])
		}
		return all
	}
	known := append(in(block("  anniversaries(", "): AnniversaryConnection")), in(block("input HistoricalEventFilter {", "}"))...)
	for name := range parameters {
		if name = strings.TrimSuffix(strings.TrimSuffix(name, "From"), "To"); name != "locale" && !slices.Contains(known, name) {
			t.Errorf("the schema has no %s", name)
		}
	}
	for parameter, enum := range map[string]string{"roundness": "Roundness", "leapDayPolicy": "LeapDayPolicy", "kinds": "HistoricalEventKind", "verification": "VerificationState"} {
		words := in(block("enum "+enum+" {", "}"))
		if len(words) < 3 {
			t.Errorf("%s has %q", enum, words)
		}
		for _, word := range words {
			n.calendar(t, "?"+parameter+"="+word)
		}
	}
}

func TestHeaders(t *testing.T) {
	n := newNewsroom(t)
	n.write(t, event("a", "A", "2001-04-01"))
	r, text := n.ask(t, "GET", "?locale=en")
	tag := r.Header.Get("ETag")
	if !regexp.MustCompile(`^"[0-9a-f]{24}"$`).MatchString(tag) || r.Header.Get("Cache-Control") != "public, max-age=3600" ||
		r.Header.Get("Access-Control-Allow-Origin") != "*" || r.ContentLength != int64(len(text)) {
		t.Errorf("GET: %v", r.Header)
	}
	head, nothing := n.ask(t, "HEAD", "?locale=en")
	if head.StatusCode != http.StatusOK || nothing != "" || head.ContentLength != int64(len(text)) || head.Header.Get("ETag") != tag ||
		head.Header.Get("Content-Type") != "text/calendar; charset=utf-8" {
		t.Errorf("HEAD: %s %v %q", head.Status, head.Header, nothing)
	}
	for _, method := range []string{"GET", "HEAD"} {
		for _, sent := range [][]string{{tag}, {"W/" + tag}, {`"other", ` + tag + `, W/"third"`}, {`"other"`, tag}, {"*"}} {
			var header []string
			for _, s := range sent {
				header = append(header, "If-None-Match", s)
			}
			r, text := n.ask(t, method, "?locale=en", header...)
			if r.StatusCode != http.StatusNotModified || text != "" || r.Header.Get("ETag") != tag || r.Header.Get("Cache-Control") != "public, max-age=3600" ||
				r.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s %q: %s %v", method, sent, r.Status, r.Header)
			}
		}
	}
	fresh := func(why, query string) {
		t.Helper()
		r, text := n.ask(t, "GET", query, "If-None-Match", tag)
		if r.StatusCode != http.StatusOK || r.Header.Get("ETag") == tag || text == "" {
			t.Errorf("%s: %s, ETag %s", why, r.Status, r.Header.Get("ETag"))
		}
	}
	fresh("another query", "?locale=de")
	if r, _ := n.ask(t, "GET", "?locale=en", "If-None-Match", `"`+tag[2:]); r.StatusCode != http.StatusOK {
		t.Errorf("a tag that is not ours: %s", r.Status)
	}
	n.now = n.now.Add(24 * time.Hour)
	fresh("another day", "?locale=en")
	n.now = n.now.Add(-24*time.Hour - time.Minute)
	if r, _ := n.ask(t, "GET", "?locale=en", "If-None-Match", tag); r.StatusCode != http.StatusNotModified {
		t.Errorf("another minute: %s", r.Status)
	}
	other := newNewsroom(t)
	other.write(t, event("a", "A", "2001-04-01"))
	if r, _ := other.ask(t, "GET", "?locale=en", "If-None-Match", tag); r.StatusCode != http.StatusOK {
		t.Errorf("another site of the same age: %s", r.Status)
	}
	n.write(t, event("b", "B", "1999-08-01"))
	fresh("another event", "?locale=en")
}

// TestReadBack imports a calendar into another newsroom.
func TestReadBack(t *testing.T) {
	n, other := newNewsroom(t), newNewsroom(t)
	long := strings.Repeat("Zwölf Boxkämpfer, jagen; Viktor \\ ", 9) + "quer"
	n.write(t,
		news.Record{Ref: "t:war", Topic: &news.TopicRecord{Topic: news.Topic{Name: "War", Slug: "war"}}},
		news.Record{Ref: "t:peace", Topic: &news.TopicRecord{Topic: news.Topic{Name: "Peace", Slug: "peace"}}},
		event("a", long, "2001-04-01", func(e *news.EventRecord) {
			e.Locale, e.Description, e.Topics = "de", "<p>Eins.</p><p>Zwei; drei, vier.</p>", []news.Ref{"t:war", "t:peace"}
		}),
		event("b", "B", "1951-04-02"), event("c", "Each May", "XXXX-05-01"))
	text := n.text(t, "?roundness=ANY")
	run := func() *importer.Report {
		report, err := importer.Run(t.Context(), importer.ICalendar, strings.NewReader(text), importer.Options{Stage: other.store.Stage, Finish: other.store.FinishImport})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	first := run()
	if !first.OK() || first.Source != 3 || first.Created != 3 || len(first.Records) != 0 || first.Incomplete != "" {
		t.Errorf("first: %+v", first)
	}
	// Topics and categories of ours are no words of a calendar's.
	if u := first.Unsupported; len(u) != 1 || u[0].Name != "CATEGORIES" || u[0].Count != 2 {
		t.Errorf("unsupported: %+v", u)
	}
	if r := run(); !r.OK() || r.Unchanged != 3 {
		t.Errorf("again: %+v", r)
	}
	found, err := other.store.As(news.AnyCaller()).FindEvents(t.Context(), nil, news.HistoricalEventOrder{Field: news.EventByDate, Direction: news.Ascending}, news.Window{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range found.Nodes() {
		got = append(got, fmt.Sprintf("%s %s %s", e.Date.EDTF, e.Locale, e.Title))
	}
	same(t, "events", got, []string{"2026-04-01 de 25. Jahrestag: " + long, "2026-04-02 en 75th anniversary: B", "2026-05-01 en Each May"})
	if text := found.Nodes()[0].Account.Text; text != "Eins.\n\nZwei; drei, vier.\n\n1. April 2001" {
		t.Errorf("the description is %q", text)
	}
	empty := newNewsroom(t).text(t, "")
	if r, err := importer.Run(t.Context(), importer.ICalendar, strings.NewReader(empty), importer.Options{DryRun: true}); err != nil || !r.OK() || r.Source != 0 {
		t.Errorf("an empty calendar: %+v, %v", r, err)
	}
}

// TestFailure closes the database: the reader learns that it is our fault, the log why.
func TestFailure(t *testing.T) {
	n := newNewsroom(t)
	if err := n.db.Close(); err != nil {
		t.Fatal(err)
	}
	r, text := n.ask(t, "GET", "?locale=en")
	if r.StatusCode != http.StatusInternalServerError || text != "something went wrong here; the log has it\n" || r.Header.Get("ETag") != "" {
		t.Errorf("got %s %q", r.Status, text)
	}
	if !strings.Contains(n.log.String(), "query=\"locale=en\"") && !strings.Contains(n.log.String(), "query=locale=en") {
		t.Errorf("the log says %q", n.log.String())
	}
}

// TestOverdue asks with a deadline that has passed: no fault of ours for the log, and the reader learns what to do.
func TestOverdue(t *testing.T) {
	n := newNewsroom(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	Anniversaries(n.store, anybody, time.Now, slog.New(slog.NewTextHandler(&n.log, nil))).ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", AnniversariesPath, nil))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "narrower filters") || n.log.Len() > 0 {
		t.Errorf("got %d %q, logged %q", w.Code, w.Body, n.log.String())
	}
}

func anybody(*http.Request) (*news.Caller, error) { return news.AnyCaller(), nil }
