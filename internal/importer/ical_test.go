package importer

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

const calendar = "\ufeffBEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//us//EN\r\n" +
	"BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n" +
	"BEGIN:VEVENT\r\nUID:1@us\r\nDTSTAMP:20240101T000000Z\r\nDTSTART;VALUE=DATE:19981005\r\nDTEND;VALUE=DATE:19981006\r\n" +
	"SUMMARY;LANGUAGE=de:Brücke\\, offen\\; für\r\n  alle\r\nDESCRIPTION:Eins\\nZwei & drei\\n\\nVier\r\nURL:https://paper.example/1\r\n" +
	"CATEGORIES:BUILDING,TOWN\r\nLOCATION:Quay\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\nSUMMARY:not this\r\nDESCRIPTION:nor this\r\nEND:VALARM\r\nEND:VEVENT\r\n" +
	"begin:vevent\nuid:2@us\ndtstart;value=date:20240101\nrrule:freq=yearly\nsummary:New Year\ncategories:X\nend:vevent\n" + // line ends and case as they come
	"BEGIN:VEVENT\r\nUID:3@us\r\nDTSTART:20240102T233000Z\r\nSUMMARY:Late in the evening\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:4@us\r\nDTSTART;TZID=Europe/Berlin:20240102T233000\r\nDTEND;TZID=Europe/Berlin:20240104T000000\r\nSUMMARY:Two days\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:5@us\r\nDTSTART:20241128\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH\r\nSUMMARY:It moves\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:6@us\r\nDTSTART:20240229\r\nRRULE:FREQ=YEARLY;INTERVAL=1;BYMONTH=02;BYMONTHDAY=29;UNTIL=20400101\r\nSUMMARY:Leap day\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:7@us\r\nDTSTART:20230229\r\nSUMMARY:No such day\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:8@us\r\nSUMMARY:No start\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:9@us\r\nDTSTART:20240101\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:10@us\r\nDTSTART:20240101\r\nSUMMARY:Off\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:2@us\r\nRECURRENCE-ID:20250101\r\nDTSTART:20250102\r\nSUMMARY:New Year\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:12@us\r\nDTSTART:20240105\r\nthis is no property\r\nSUMMARY:Broken line\r\nURL:javascript:x\r\nCLASS:PRIVATE\r\nEND:VEVENT\r\n" +
	"BEGIN:VTODO\r\nUID:13@us\r\nSUMMARY:To do\r\nEND:VTODO\r\n" +
	"BEGIN:VEVENT\r\nUID:14@us\r\nDTSTART:20240106\r\nSUMMARY:Never closed\r\n" +
	"BEGIN:VEVENT\r\nDTSTART:20240107\r\nSUMMARY:Without a UID\r\nEND:VEVENT\r\n" +
	"END:VCALENDAR\r\n"

func TestICalendar(t *testing.T) {
	s := &sink{}
	rep, err := Run(t.Context(), ICalendar, strings.NewReader(calendar), Options{Sink: s.write, Location: time.FixedZone("", 3600)})
	if err != nil {
		t.Fatal(err)
	}
	checkSums(t, rep)
	var got []string
	for _, r := range s.records {
		ref := string(r.Ref)
		if len(ref) > 20 {
			ref = "made"
		}
		got = append(got, fmt.Sprintf("%s %s %s %s %q", ref, r.Event.Date, r.Event.Kind, r.Event.Status, r.Event.Title))
	}
	want := []string{
		`ical:1@us 1998-10-05 EVENT PUBLISHED "Brücke, offen; für alle"`,
		`ical:2@us XXXX-01-01 OBSERVANCE PUBLISHED "New Year"`,
		`ical:3@us 2024-01-03 EVENT PUBLISHED "Late in the evening"`,
		`ical:4@us 2024-01-02/2024-01-03 EVENT PUBLISHED "Two days"`,
		`ical:6@us XXXX-02-29 OBSERVANCE PUBLISHED "Leap day"`,
		`ical:12@us 2024-01-05 EVENT DRAFT "Broken line"`,
		`made 2024-01-07 EVENT PUBLISHED "Without a UID"`,
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
	first := s.records[0].Event
	if first.Locale != "de" || first.Description != "<p>Eins<br>Zwei &amp; drei</p><p>Vier</p>" || len(first.Sources) != 1 || *first.Sources[0].URL != "https://paper.example/1" {
		t.Errorf("%+v", first)
	}
	var reasons []string
	for _, r := range rep.Records {
		reasons = append(reasons, fmt.Sprintf("%s %s %s", r.Ref, r.Outcome, r.Reason))
	}
	text := strings.Join(reasons, "\n")
	line := func(of string) int { return 1 + strings.Count(calendar[:strings.Index(calendar, of)], "\n") }
	event := func(uid string) int { return line("UID:"+uid) - 1 }
	for _, part := range []string{
		"ical:2@us created it recurs each year: the year of its first occurrence was left out",
		fmt.Sprintf("ical:5@us failed line %d: it recurs by the rule FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", event("5@us")),
		"ical:6@us created the end of its recurrence was left out; it recurs",
		fmt.Sprintf("ical:7@us failed line %d: DTSTART \"20230229\": there is no such day", event("7@us")),
		fmt.Sprintf("ical:8@us failed line %d: the event has no DTSTART", event("8@us")),
		fmt.Sprintf("ical:9@us failed line %d: the event has no SUMMARY", event("9@us")),
		"ical:10@us skipped the event is cancelled",
		"ical:2@us skipped it changes one occurrence",
		fmt.Sprintf("ical:12@us created line %d is not a property and was left out; it is not public there (CLASS), and stays a draft; the URL \"javascript:x\"", line("this is no property")),
		fmt.Sprintf("line:%d skipped only events (VEVENT)", line("BEGIN:VTODO")),
		fmt.Sprintf("line:%d failed line %[1]d: the event has no END:VEVENT", event("14@us")),
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
	if rep.Counts != (Counts{Source: 15, Created: 7, Skipped: 3, Failed: 5}) || rep.Incomplete != "" {
		t.Errorf("%+v %q", rep.Counts, rep.Incomplete)
	}
	var lost []string
	for _, u := range rep.Unsupported {
		lost = append(lost, fmt.Sprintf("%s %s %d", u.Kind, u.Name, u.Count))
	}
	if fmt.Sprint(lost) != "[component VALARM 1 property CATEGORIES 2 property LOCATION 1]" {
		t.Errorf("%q", lost)
	}
	again, err := Run(t.Context(), ICalendar, strings.NewReader(calendar), Options{Sink: s.write, Location: time.FixedZone("", 3600)})
	if err != nil || again.Unchanged != 7 {
		t.Errorf("the second run: %v %+v", err, again.Counts)
	}
}

// TestICalendarKind shows what the operator can say about what recurs.
func TestICalendarKind(t *testing.T) {
	const text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:19500304\nRRULE:FREQ=YEARLY\nSUMMARY:Mara\nEND:VEVENT\nEND:VCALENDAR\n"
	for kind, want := range map[news.HistoricalEventKind]string{
		"": "XXXX-03-04 OBSERVANCE", news.EventHoliday: "XXXX-03-04 HOLIDAY", news.EventBirth: "1950-03-04 BIRTH", news.EventHappening: "1950-03-04 EVENT",
	} {
		s := &sink{}
		if _, err := Run(t.Context(), ICalendar, strings.NewReader(text), Options{Sink: s.write, Kind: kind}); err != nil || len(s.records) != 1 {
			t.Fatal(err)
		}
		if e := s.records[0].Event; fmt.Sprint(e.Date, " ", e.Kind) != want {
			t.Errorf("%s: %s %s, want %s", kind, e.Date, e.Kind, want)
		}
	}
}

// TestICalendarRepeats has properties twice: the RFC allows that for those that have no place here, which are counted.
func TestICalendarRepeats(t *testing.T) {
	const text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:19500304\nSUMMARY:Mara\nCATEGORIES:A\ncategories:B\nDTSTAMP:20240101T000000Z\n" +
		"DTSTAMP:20240101T000000Z\nSUMMARY:Mara again\nEND:VEVENT\nEND:VCALENDAR\n"
	s := &sink{}
	rep, err := Run(t.Context(), ICalendar, strings.NewReader(text), Options{Sink: s.write})
	if err != nil || len(s.records) != 1 || s.records[0].Event.Title != "Mara" {
		t.Fatal(err, s.records)
	}
	if len(rep.Records) != 1 || rep.Records[0].Reason != "line 10: a second SUMMARY was left out" {
		t.Errorf("noted: %+v", rep.Records)
	}
	if want := []Unsupported{{Kind: "property", Name: "CATEGORIES", Count: 2, Example: "ical:1"}}; !slices.Equal(rep.Unsupported, want) {
		t.Errorf("unsupported: %+v", rep.Unsupported)
	}
}

func TestICalendarBroken(t *testing.T) {
	for in, want := range map[string]string{
		"": "not an iCalendar file", "BEGIN:VEVENT\n": "outside of a calendar", "{}": "not an iCalendar file",
		"BEGIN:VCALENDAR\n" + strings.Repeat("BEGIN:X\n", 30): "nested more than 20 deep",
	} {
		_, err := Run(t.Context(), ICalendar, strings.NewReader(in), Options{DryRun: true})
		if news.KindOf(err) != news.Invalid || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%.40q: %v, want %q", in, err, want)
		}
	}
	// What is too long costs one event, folded or not.
	long := strings.Repeat("x", maxVEvent)
	folded := strings.Repeat(" "+strings.Repeat("x", 70)+"\n", maxVEvent/70+10)
	s := &sink{}
	rep, err := Run(t.Context(), ICalendar, strings.NewReader("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20240101\nSUMMARY:A\nATTACH:"+long+
		"\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nDTSTART:20240101\nSUMMARY:B\nATTACH:x\n"+folded+"END:VEVENT\nBEGIN:VEVENT\nUID:3\nDTSTART:20240101\nSUMMARY:C\nEND:VEVENT\nBEGIN:VEVENT\nUID:4\nDTSTART:2024"), Options{Sink: s.write})
	if err != nil || len(s.records) != 1 || s.records[0].Ref != "ical:3" || rep.Failed != 3 || !strings.Contains(rep.Incomplete, "ends before END:") {
		t.Errorf("%v %+v %q", err, rep.Records, rep.Incomplete)
	}
}

func FuzzICalendar(f *testing.F) {
	f.Add(calendar)
	f.Add("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY;X=\"a:b\";LANGUAGE=de:x\\\nDTSTART:99991231T235959Z\nDTEND:00010101\nUID:\\\nEND:VEVENT\nEND:VCALENDAR")
	f.Fuzz(func(t *testing.T, text string) {
		s := &sink{}
		rep, err := Run(t.Context(), ICalendar, strings.NewReader(text), Options{Sink: s.write})
		if err != nil && news.KindOf(err) != news.Invalid {
			t.Fatal(err)
		}
		checkSums(t, rep)
		for _, r := range s.records {
			if problem := checkRecord(&r); problem != "" {
				t.Error(problem)
			}
		}
	})
}
