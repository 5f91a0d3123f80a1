package importer

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

// importTable returns the records as short texts.
func importTable(t *testing.T, text string, opt Options) ([]string, *Report, error) {
	t.Helper()
	s := &sink{}
	opt.Sink = s.write
	rep, err := Run(t.Context(), CSV, strings.NewReader(text), opt)
	checkSums(t, rep)
	var got []string
	for _, r := range s.records {
		got = append(got, fmt.Sprintf("%s %s %s", r.Event.Date, r.Event.Calendar, r.Event.Title))
	}
	return got, rep, err
}

func TestCSV(t *testing.T) {
	const text = "\ufeffNr;Headline;When;Text;Link;Mood;Cal\r\n" +
		"7;Quay opens;1998-10-05;\"First line\r\nsecond; line\n\nNew & <b>paragraph</b>\";https://paper.example/1;glad;\r\n" +
		"wikidata:Q2;\"The \"\"Ides\"\"\";1750~;;;;julian\r\n" +
		";War;1939-09/1945-09;;;sad;\r\n" +
		";War;1939-09/1945-09;another text;;;\r\n" +
		"\r\n" +
		";;1998;;;;\r\n" +
		";Bad day;1998-02-30;;;;\r\n" +
		";Bad link;1998;;javascript:x;;\r\n" +
		";Bad calendar;1998;;;;Mayan\r\n" +
		";Long row;1998;;;;;surplus\r\n" +
		";Short row;1998\r\n" +
		";BC;-0043-03-15;;;;\r\n" +
		";No date\r\n" +
		";Quote \" in it;1998;;;;\r\n" +
		";After;2001;;;;\r\n" +
		";Not UTF-8 \xff;2001;;;;\r\n"
	opt := Options{Columns: map[string]string{"title": "Headline", "date": "when", "ref": "Nr", "description": "Text", "url": "Link", "calendar": "Cal"},
		Locale: "en", Kind: news.EventHappening}
	got, rep, err := importTable(t, text, opt)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"1998-10-05 GREGORIAN Quay opens", `1750~ JULIAN The "Ides"`, "1939-09/1945-09 GREGORIAN War", "1998 GREGORIAN Short row", "2001 GREGORIAN After"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if rep.Counts != (Counts{Source: 15, Created: 5, Skipped: 1, Failed: 9}) {
		t.Errorf("%+v", rep.Counts)
	}
	var reasons []string
	for _, r := range rep.Records {
		reasons = append(reasons, fmt.Sprintf("%d %s", r.Line, r.Reason))
	}
	for i, part := range []string{
		"8 title, date and kind are those of line 7",
		`10 line 10, column "Headline": the title is missing`,
		`11 line 11, column "When" (character 10): date "1998-02-30": there is no day 30`,
		`12 line 12, column "Link" (character 17): "javascript:x" is not`,
		`13 line 13, column "Cal" (character 23): "Mayan" is not a calendar`,
		"14 line 14, character 20: the row has more values",
		`16 line 16, column "When" (character 5): "-0043-03-15" is a year before 1; say --bc astronomical`,
		`17 line 17, column "When": the date is missing`,
		"18 line 18, character 8: bare \" in non-quoted-field",
		`20 line 20, column "Headline" (character 2): the text is not UTF-8`,
	} {
		if i >= len(reasons) || !strings.HasPrefix(reasons[i], part) {
			t.Errorf("reason %d is not %q: %q", i, part, reasons)
			break
		}
	}
	if len(rep.Unsupported) != 1 || rep.Unsupported[0].Name != "Mood" || rep.Unsupported[0].Kind != "column" {
		t.Errorf("%+v", rep.Unsupported)
	}
}

func TestCSVRecord(t *testing.T) {
	s := &sink{}
	text := "title,date,ref,kind,description,significance,verification,locale,status,source,url,publisher,quote\n" +
		"A,1998,7,birth,\"One\nline\n\nTwo & <i>\",80,disputed,de,draft,A book,https://paper.example/a b,Press,It was so\nB,1999,x:9,,,,,,,,,,\n"
	rep, err := Run(t.Context(), CSV, strings.NewReader(text), Options{Sink: s.write, System: "archive", Locale: "en", Calendar: news.CalendarJulian})
	if err != nil || rep.Failed > 0 || len(s.records) != 2 || len(rep.Unsupported) > 0 {
		t.Fatalf("%v %+v", err, rep)
	}
	a, b := s.records[0], s.records[1]
	if a.Ref != "archive:7" || b.Ref != "x:9" {
		t.Errorf("refs %s and %s", a.Ref, b.Ref)
	}
	e := a.Event
	if e.Kind != news.EventBirth || e.Description != "<p>One<br>line</p><p>Two &amp; &lt;i&gt;</p>" || *e.Significance != 80 || e.Verification != news.Disputed ||
		e.Locale != "de" || e.Status != news.StatusDraft || e.Calendar != news.CalendarJulian {
		t.Errorf("%+v", e)
	}
	if c := e.Sources[0]; c.Title != "A book" || *c.URL != "https://paper.example/a%20b" || *c.Publisher != "Press" || *c.Quote != "It was so" {
		t.Errorf("%+v", c)
	}
	if e := b.Event; e.Locale != "en" || e.Kind != "" || e.Significance != nil || e.Sources != nil || e.Description != "" {
		t.Errorf("%+v", e)
	}
	text = strings.Replace(text, "A book", "Another book", 1)
	if rep, _ = Run(t.Context(), CSV, strings.NewReader(text), Options{Sink: s.write, System: "archive", Locale: "en", Calendar: news.CalendarJulian}); rep.Updated != 1 || rep.Unchanged != 1 {
		t.Errorf("a corrected row: %+v", rep.Counts)
	}
}

// TestCSVRefs shows that a made ref outlives a corrected text, and neither another date nor another title.
func TestCSVRefs(t *testing.T) {
	refs := map[news.Ref]bool{}
	for _, row := range []string{"A,1998,x", "A,1998,y", "A,1998-01,x", "B,1998,x"} {
		s := &sink{}
		if _, err := Run(t.Context(), CSV, strings.NewReader("title,date,description\n"+row), Options{Sink: s.write}); err != nil || len(s.records) != 1 {
			t.Fatal(err)
		}
		refs[s.records[0].Ref] = true
	}
	if len(refs) != 3 {
		t.Errorf("%v", refs)
	}
}

func TestCSVYears(t *testing.T) {
	const head = "title,year,month,day\n"
	for _, c := range []struct {
		row  string
		bc   YearNumbering
		want string // a date, or what the reason says
	}{
		{"1998,10,5", "", "1998-10-05"},
		{"1998,10,", "", "1998-10"},
		{"1998,,", "", "1998"},
		{"98,1,2", "", "0098-01-02"},
		{",12,25", "", "XXXX-12-25"},
		{"44 BC,3,15", "", "-0043-03-15"},
		{"1 BC,,", "", "0000"},
		{"AD 69,,", "", "0069"},
		{"-44,3,15", "", "say --bc negated"},
		{"0,,", "", "say --bc negated"},
		{"-44,3,15", YearsNegated, "-0043-03-15"},
		{"−44,3,15", YearsNegated, "-0043-03-15"},
		{"-1,,", YearsNegated, "0000"},
		{"0,,", YearsNegated, "no year 0"},
		{"-43,3,15", YearsAstronomical, "-0043-03-15"},
		{"0,,", YearsAstronomical, "0000"},
		{"44 BC,,", YearsAstronomical, "-0043"},
		{"-12000,,", YearsNegated, "out of range"},
		{"1998,,5", "", "a day without a month"},
		{"1998,13,5", "", `"13" is not a month`},
		{"1998,2,30", "", "there is no day 30"},
		{"1998,March,5", "", `"March" is not a month`},
		{"ca. 1850,,", "", `"ca. 1850" is not a year`},
		{"1642 (OS),,", "", "is not a year"},
		{",,", "", "the date is missing"},
		{",12,", "", "the date is missing"},
	} {
		got, rep, err := importTable(t, head+"T,"+c.row+"\n", Options{BC: c.bc})
		if err != nil {
			t.Fatal(err)
		}
		found := strings.Join(got, "")
		if rep.Failed == 1 {
			found = rep.Records[0].Reason
		}
		if !strings.Contains(found, c.want) || rep.Failed == 0 && found != c.want+" GREGORIAN T" {
			t.Errorf("%s %s: %q, want %q", c.row, c.bc, found, c.want)
		}
	}
	for date, want := range map[string]string{"-0043": "EDTF is astronomical", "1998/2001": "", "1998-10": "", "0000": "EDTF is astronomical", "[-0001,0001]": "EDTF is astronomical",
		"XXXX-12-25": "", "Y-12000": "EDTF is astronomical", "../-0500": "EDTF is astronomical", "185X": "", "-004X": "EDTF is astronomical"} {
		_, rep, _ := importTable(t, "title,date\nT,\""+date+"\"\n", Options{BC: YearsNegated})
		if (rep.Failed == 1) != (want != "") || rep.Failed == 1 && !strings.Contains(rep.Records[0].Reason, want) {
			t.Errorf("%s negated: %+v", date, rep.Records)
		}
		if _, rep, _ := importTable(t, "title,date\nT,\""+date+"\"\n", Options{BC: YearsAstronomical}); rep.Created != 1 {
			t.Errorf("%s astronomical: %+v", date, rep.Records)
		}
	}
}

func TestCSVSeparators(t *testing.T) {
	for _, text := range []string{
		"title,date\nA,1998\n", "title;date\nA;1998\n", "title\tdate\r\nA\t1998", "title|date\nA|1998\n", "sep=;\ntitle;date\nA;1998\n", "\ufeffsep=|\r\ntitle|date\r\nA|1998\r\n",
		"TITLE, Date \nA, 1998\n", "\"a,b,c,d\";title;date\n;A;1998\n",
	} {
		if got, _, err := importTable(t, text, Options{}); err != nil || fmt.Sprint(got) != "[1998 GREGORIAN A]" {
			t.Errorf("%q: %v %q", text, err, got)
		}
	}
}

func TestCSVRefused(t *testing.T) {
	for _, c := range []struct {
		text, want string
		columns    map[string]string
	}{
		{"", "the header row cannot be read", nil},
		{"a,b\n1,2\n", `no column holds the title; name it as in --map title="a"; the table has "a", "b"`, nil},
		{"title,b\n1,2\n", "no column holds the date", nil},
		{"title,date\n", `there is no column "Headline" for title; the table has "title", "date"`, map[string]string{"title": "Headline"}},
		{"title,date\n", `a column cannot be mapped to "headline"; use one of title, date`, map[string]string{"headline": "title"}},
		{"title,title,date\n", `2 columns are called "title"`, nil},
		{"title,date,y\n", "both date and year are mapped", map[string]string{"year": "y"}},
		{"\xff\xfet\x00", "UTF-16", nil},
		{"ti\"tle,date\n", "the header row cannot be read", nil},
	} {
		_, _, err := importTable(t, c.text, Options{Columns: c.columns})
		if news.KindOf(err) != news.Invalid || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
	}
}

// TestCSVOpenQuote shows that a quote that is never closed takes a bounded amount of memory.
func TestCSVOpenQuote(t *testing.T) {
	text := "title,date\nA,1998\n\"B,1999\n" + strings.Repeat("C,2000\n", 2<<20)
	got, rep, err := importTable(t, text, Options{})
	if err != nil || len(got) != 1 || !strings.Contains(rep.Incomplete, "longer than 8 MB; look for a quote") || rep.OK() {
		t.Errorf("%v %q %q", err, got, rep.Incomplete)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("title,date\nA,1998\n", "", "")
	f.Add("\ufefftitle;year;month;day\n\"A\nB\";-44;3;15\n", "negated", "x")
	f.Add("sep=|\ntitle|date|kind\nA|-0043|BIRTH\n\"", "astronomical", "")
	f.Fuzz(func(t *testing.T, text, bc, title string) {
		s := &sink{}
		opt := Options{Sink: s.write, BC: YearNumbering(bc)}
		if title != "" {
			opt.Columns = map[string]string{"title": title}
		}
		rep, err := Run(t.Context(), CSV, strings.NewReader(text), opt)
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
