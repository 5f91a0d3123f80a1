package news_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

func TestSuspiciousDate(t *testing.T) {
	for _, c := range []struct {
		what, edtf, title, text string
		locale                  news.Locale
		kind                    news.HistoricalEventKind
		state                   news.VerificationState
		want                    string // part of the message; empty when there must be no issue
	}{
		{what: "the year", edtf: "1371-01-01", text: "A war over the duchy broke out in 1371.", want: `"1371"`},
		{what: "the year in the title", edtf: "1905-01-01", title: "The strike of 1905", want: `"1905"`},
		{what: "a span", edtf: "1371-01-01", text: "It lasted from 1371–1379.", want: `"1371"`},
		{what: "another year", edtf: "1940-01-01", title: "The war of 1948", want: `"1948"`},
		{what: "a decade", edtf: "1083-01-01", text: "Fought in the late 1080s.", want: `"1080s"`},
		{what: "a century", edtf: "1499-01-01", text: "A 15th-century siege.", want: `"15th century"`},
		{what: "before Christ", edtf: "-0043-01-01", text: "Cicero dies in 44 BC.", want: `"44 BC"`},
		{what: "German", edtf: "1499-01-01", locale: "de", text: "Im 15. Jahrhundert belagert.", want: `"15. Jahrhundert"`},
		{what: "Arabic digits", edtf: "1920-01-01", locale: "ar-IQ", text: "ثورة ١٩٢٠ في العراق", want: `"1920"`},
		{what: "Chinese", edtf: "1911-01-01", locale: "zh", text: "该会于1911年成立。", want: `"1911年"`},
		{what: "midnight", edtf: "1982-01-01T00:00:00Z", title: "Islands war", want: "00:00:00"},
		{what: "uncertain", edtf: "1371-01-01?", text: "Since 1371.", want: "write the date as 1371? if"},
		{what: "Julian", edtf: "1371-01-01", text: "Since 1371.", want: "1371"},
		{what: "a birth in that year", edtf: "1956-01-01", kind: news.EventBirth, text: "Born in 1956.", want: `"1956"`},
		{what: "disputed", edtf: "1371-01-01", text: "Since 1371.", state: news.Disputed, want: "1371"},

		{what: "another day", edtf: "1371-01-02", text: "A war broke out in 1371."},
		{what: "only the year", edtf: "1371", text: "A war broke out in 1371."},
		{what: "approximate", edtf: "1371-01-01~", text: "A war broke out in 1371."},
		{what: "no year", edtf: "XXXX-01-01", title: "New Year 2000"},
		{what: "no text", edtf: "1371-01-01", title: "First war of the succession"},
		{what: "a text without time", edtf: "1804-01-01", text: "The colony declares its independence."},
		{what: "the day", edtf: "1804-01-01", text: "It declared independence on 1 January 1804."},
		{what: "the American day", edtf: "1804-01-01", text: "It declared independence on January 1, 1804."},
		{what: "the day, short", edtf: "1804-01-01", text: "Dated Jan. 1, 1804."},
		{what: "1st", edtf: "1804-01-01", text: "Dated the 1st of January, 1804."},
		{what: "New Year", edtf: "1984-01-01", text: "On New Year's Day 1984 it was split."},
		{what: "the German day", edtf: "1834-01-01", locale: "de-DE", text: "Am 1. Januar 1834 fielen die Grenzen."},
		{what: "the French day", edtf: "1804-01-01", locale: "fr", text: "Le 1er janvier 1804."},
		{what: "the Arabic day", edtf: "1956-01-01", locale: "ar", text: "استقل في ١ يناير ١٩٥٦"},
		{what: "the Chinese day", edtf: "1912-01-01", locale: "zh", text: "1912年1月1日成立"},
		{what: "midnight of the day", edtf: "1999-01-01T00:00:00", text: "The new currency came on 1 January."},
		{what: "verified", edtf: "1371-01-01", text: "A war broke out in 1371.", state: news.Verified},
		{what: "a holiday", edtf: "1971-01-01", kind: news.EventHoliday, text: "Kept since 1971."},
		{what: "an observance", edtf: "1968-01-01", kind: news.EventObservance, text: "Kept since 1968."},
		{what: "the death of one who was born", edtf: "1956-01-01", kind: news.EventBirth, text: "Player (d. 2011)."},
		{what: "a large number", edtf: "2004-01-01", text: "Won 658 of 1,170 votes, 21371 shares and 0.1371 %."},
		{what: "another century", edtf: "1499-01-01", locale: "es", text: "Guerra del siglo XVI."},
		{what: "the century in Spanish", edtf: "1499-01-01", locale: "es", text: "Guerra del siglo XV.", want: `"siglo XV"`},

		// 11 January is not 1 January, nor is January 12.
		{what: "11 January", edtf: "1371-01-01", text: "From 11 January 1371 on.", want: `"1371"`},
		{what: "January 12", edtf: "1371-01-01", text: "From January 12, 1371 on.", want: `"1371"`},
		{what: "11月1日", edtf: "1911-01-01", locale: "zh", text: "1911年11月1日", want: `"1911年"`},
		{what: "a longer number", edtf: "1371-01-01", text: "With 13710 men."},
	} {
		calendar := news.CalendarGregorian
		if c.what == "Julian" {
			calendar = news.CalendarJulian
		}
		e := newEvent(t, c.edtf, calendar)
		e.Title, e.Account.Text, e.Locale, e.Verification = c.title, c.text, c.locale, c.state
		if c.kind != "" {
			e.Kind = c.kind
		}
		switch issue := news.SuspiciousDate(e); {
		case c.want == "" && issue != nil:
			t.Errorf("%s: %s", c.what, issue.Message)
		case c.want == "":
		case issue == nil:
			t.Errorf("%s: no issue, want one that says %s", c.what, c.want)
		case issue.Code != news.IssueSuspiciousDate || issue.Severity != news.SeverityWarning || !strings.Contains(issue.Message, c.want):
			t.Errorf("%s: %+v, want it to say %s", c.what, *issue, c.want)
		}
	}
}

func TestSuspiciousDateMessage(t *testing.T) {
	e := newEvent(t, "-0043-01-01", "")
	e.Title = "Cicero dies in 44 BC"
	want := `-0043-01-01 may stand for an unknown day: the text says "44 BC" and not the day; ` +
		`write the date as -0043 if only the year is known, or set the event to VERIFIED`
	if issue := news.SuspiciousDate(e); issue == nil || issue.Message != want {
		t.Errorf("%+v, want %s", issue, want)
	}
}

func TestEventDateConflict(t *testing.T) {
	for _, c := range []struct {
		printed, accepted string
		want              news.IssueSeverity // empty for no conflict
	}{
		{"1998-07-16", "1998-10-05", news.SeverityError},
		{"1998-10-05", "1998-07-16", news.SeverityError},
		{"1997", "1998-10-05", news.SeverityError},
		{"1914?", "1915-06-01", news.SeverityWarning},
		{"1915-06-01", "1914/1914-12?", news.SeverityWarning},
		{"../1945", "1950", news.SeverityError},
		{"1998-10-05", "1998-10-05", ""},
		{"1998", "1998-10-05", ""},
		{"1998-10", "1998-10-05/1998-10-31", ""},
		{"1939/1945", "1944-06-06", ""},
		{"1850~", "1852", ""},
		{"1852", "1848/1850~", ""},
		{"XXXX-12-25", "1998-10-05", ""},
		{"../1945", "1939-09-01", ""},
		{"1998-10-05T08:00:00Z", "1998-10-05", ""},
	} {
		issue := news.EventDateConflict("The vote", mustParse(t, c.printed, ""), mustParse(t, c.accepted, ""))
		var got news.IssueSeverity
		if issue != nil {
			got = issue.Severity
		}
		if got != c.want || issue != nil && issue.Code != news.IssueEventDateConflict {
			t.Errorf("%s printed, %s accepted: %+v, want %q", c.printed, c.accepted, issue, c.want)
		}
	}
	issue := news.EventDateConflict("The vote", mustParse(t, "1998-07-16", ""), mustParse(t, "1998-10-05", ""))
	if want := `the article dates the event "The vote" 16 July 1998, the accepted date is 5 October 1998; ` +
		"correct the article, or accept its date for the event"; issue.Message != want {
		t.Errorf("%s", issue.Message)
	}
}

// A Julian day and the Gregorian one are the same day; the same figures in both are how most texts write it.
func TestEventDateConflictAcrossCalendars(t *testing.T) {
	accepted := mustParse(t, "1917-10-25", news.CalendarJulian)
	for printed, conflicts := range map[string]bool{"1917-11-07": false, "1917-10-25": false, "1917-11-08": true} {
		if issue := news.EventDateConflict("The vote", mustParse(t, printed, news.CalendarGregorian), accepted); (issue != nil) != conflicts {
			t.Errorf("%s: %+v", printed, issue)
		}
	}
}

// Real events of which many have only a year: all days are written as times, and 1 January stands for the year.
func TestSuspiciousDateOfRealEvents(t *testing.T) {
	var conflicts []struct {
		Date, EventLabel string
		Summary          string `json:"summary_wikipedia"`
	}
	file, err := os.Open("../../../shared/data/onthisday/conflicts-with-summaries.json.gz")
	if err != nil {
		t.Skip("the real data is absent: ", err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(&conflicts); err != nil {
		t.Fatal(err)
	}
	var firstDays, byTime, byText, others int
	for _, c := range conflicts {
		for _, edtf := range []string{c.Date, strings.TrimSuffix(c.Date, "T00:00:00Z")} {
			d, err := news.ParseHistoricalDate(edtf, "")
			if err != nil {
				t.Logf("%s %s: %v", edtf, c.EventLabel, err)
				continue
			}
			e := &news.HistoricalEvent{Kind: news.EventHappening, Date: d}
			e.Title, e.Locale, e.Account.Text = c.EventLabel, "en", c.Summary
			isSuspicious := news.SuspiciousDate(e) != nil
			switch {
			case !strings.Contains(edtf, "-01-01"):
				if isSuspicious {
					others++
				}
			case d.Time == nil:
				firstDays++
				byText += count(isSuspicious)
			default:
				byTime += count(isSuspicious)
			}
		}
	}
	t.Logf("%d events, %d on 1 January: found %d by the time, %d by the text alone", len(conflicts), firstDays, byTime, byText)
	if len(conflicts) != 575 || byTime != firstDays || byText*4 < firstDays*3 || others != 0 {
		t.Errorf("%d events, %d on 1 January: found %d by the time, %d by the text alone, and %d on other days",
			len(conflicts), firstDays, byTime, byText, others)
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// A list of what did happen on 1 January: hardly any of it may be suspicious.
func TestSuspiciousDateOfARealFirstOfJanuary(t *testing.T) {
	kinds := map[string]news.HistoricalEventKind{"events": news.EventHappening, "births": news.EventBirth, "deaths": news.EventDeath}
	for list, kind := range kinds {
		file, err := os.Open("../../../shared/data/onthisday/wikipedia-days/" + list + ".jsonl.gz")
		if err != nil {
			t.Skip("the real data is absent: ", err)
		}
		defer file.Close()
		z, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		all, found := 0, 0
		lines := bufio.NewScanner(z)
		lines.Buffer(nil, 8<<20)
		for lines.Scan() {
			if !bytes.Contains(lines.Bytes(), []byte(`"date": "January 1",`)) {
				continue
			}
			var day map[string]json.RawMessage
			if err := json.Unmarshal(lines.Bytes(), &day); err != nil {
				t.Fatal(err)
			}
			var entries []struct{ Year, Description string }
			if err := json.Unmarshal(day[list], &entries); err != nil {
				t.Fatal(err)
			}
			for _, entry := range entries {
				year, err := strconv.Atoi(entry.Year)
				if err != nil || year < 1 {
					continue // years in words are for the importer
				}
				e := newEvent(t, astronomical(year)+"-01-01", "")
				e.Kind, e.Locale, e.Account.Text = kind, "en", entry.Description
				all++
				if issue := news.SuspiciousDate(e); issue != nil {
					found++
					t.Logf("%s: %s", entry.Description, issue.Message)
				}
			}
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d of %d", list, found, all)
		if all < 100 || found*15 > all {
			t.Errorf("%s: %d of %d are suspicious", list, found, all)
		}
	}
}
