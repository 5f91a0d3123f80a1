package news_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

func mustParse(t testing.TB, edtf string, calendar news.CalendarModel) news.HistoricalDate {
	t.Helper()
	d, err := news.ParseHistoricalDate(edtf, calendar)
	if err != nil {
		t.Fatalf("%s: %v", edtf, err)
	}
	return d
}

// describe writes the parts of a date: precision, certainty, year and era, astronomical year, month, day, time.
func describe(d news.HistoricalDate) string {
	part := func(n *int) string {
		if n == nil {
			return "-"
		}
		return fmt.Sprint(*n)
	}
	s := fmt.Sprintf("%s %s %s %s (%s) %s %s", d.Precision, d.Certainty, part(d.Year), d.Era, part(d.AstronomicalYear),
		part(d.Month), part(d.Day))
	if d.Time != nil {
		s += " " + *d.Time
	}
	return s
}

// bounds writes the earliest and latest day in the Gregorian calendar; "?" where there is none.
func bounds(d news.HistoricalDate) string {
	return dayText(d.Earliest()) + " " + dayText(d.Latest())
}

func dayText(number int64, ok bool) string {
	if !ok {
		return "?"
	}
	y, m, d := news.CalendarGregorian.DayOf(number)
	if y < 0 {
		return fmt.Sprintf("-%04d-%02d-%02d", -y, m, d)
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
}

func keptOn(d news.HistoricalDate) string {
	if md := d.MonthDay(); md != nil {
		return md.String()
	}
	return "-"
}

func TestParseHistoricalDate(t *testing.T) {
	for _, tt := range []struct {
		edtf, canonical string // canonical: as edtf when empty
		parts, bounds   string
		keptOn          string
		level           int
	}{
		// level 0
		{"1998-10-05", "", "DAY EXACT 1998 CE (1998) 10 5", "1998-10-05 1998-10-05", "10-05", 0},
		{"2000-02-29", "", "DAY EXACT 2000 CE (2000) 2 29", "2000-02-29 2000-02-29", "02-29", 0},
		{"0000-01-01", "", "DAY EXACT 1 BCE (0) 1 1", "0000-01-01 0000-01-01", "01-01", 0},
		{"1985-04", "", "MONTH EXACT 1985 CE (1985) 4 -", "1985-04-01 1985-04-30", "-", 0},
		{"1900-02", "", "MONTH EXACT 1900 CE (1900) 2 -", "1900-02-01 1900-02-28", "-", 0},
		{"1985", "", "YEAR EXACT 1985 CE (1985) - -", "1985-01-01 1985-12-31", "-", 0},
		{"0044", "", "YEAR EXACT 44 CE (44) - -", "0044-01-01 0044-12-31", "-", 0},
		{"1945-08-06T08:15:00", "", "TIME EXACT 1945 CE (1945) 8 6 08:15:00", "1945-08-06 1945-08-06", "08-06", 0},
		{"1998-12-31T23:59:60Z", "", "TIME EXACT 1998 CE (1998) 12 31 23:59:60Z", "1998-12-31 1998-12-31", "12-31", 0},
		{"1985-04-12T23:20:30-04", "", "TIME EXACT 1985 CE (1985) 4 12 23:20:30-04", "1985-04-12 1985-04-12", "04-12", 0},
		{"1985-04-12T23:20:30+04:30", "", "TIME EXACT 1985 CE (1985) 4 12 23:20:30+04:30", "1985-04-12 1985-04-12", "04-12", 0},
		{"1939-09/1945-09", "", "MONTH EXACT 1939 CE (1939) 9 -", "1939-09-01 1945-09-30", "-", 0},
		{"2004-02-01/2005", "", "DAY EXACT 2004 CE (2004) 2 1", "2004-02-01 2005-12-31", "02-01", 0},
		{"1985/1985-04", "", "YEAR EXACT 1985 CE (1985) - -", "1985-01-01 1985-04-30", "-", 0},
		// level 1
		{"-0043", "", "YEAR EXACT 44 BCE (-43) - -", "-0043-01-01 -0043-12-31", "-", 1},
		{"-0043-03-13", "", "DAY EXACT 44 BCE (-43) 3 13", "-0043-03-13 -0043-03-13", "03-13", 1},
		{"Y170000002", "", "YEAR EXACT 170000002 CE (170000002) - -", "170000002-01-01 170000002-12-31", "-", 1},
		{"Y-17000002", "", "YEAR EXACT 17000003 BCE (-17000002) - -", "-17000002-01-01 -17000002-12-31", "-", 1},
		{"Y-12000~", "", "YEAR APPROXIMATE 12001 BCE (-12000) - -", "-12000-01-01 -12000-12-31", "-", 1},
		{"Y1700", "1700", "YEAR EXACT 1700 CE (1700) - -", "1700-01-01 1700-12-31", "-", 0},
		{"Y-00044", "-0044", "YEAR EXACT 45 BCE (-44) - -", "-0044-01-01 -0044-12-31", "-", 1},
		{"2001-21", "", "SEASON EXACT 2001 CE (2001) - -", "2001-03-01 2001-05-31", "-", 1},
		{"2001-22~", "", "SEASON APPROXIMATE 2001 CE (2001) - -", "2001-06-01 2001-08-31", "-", 1},
		{"2001-23", "", "SEASON EXACT 2001 CE (2001) - -", "2001-09-01 2001-11-30", "-", 1},
		{"2019-24", "", "SEASON EXACT 2019 CE (2019) - -", "2019-12-01 2020-02-29", "-", 1},
		{"1914?", "", "YEAR UNCERTAIN 1914 CE (1914) - -", "1914-01-01 1914-12-31", "-", 1},
		{"1850~", "", "YEAR APPROXIMATE 1850 CE (1850) - -", "1850-01-01 1850-12-31", "-", 1},
		{"2004-06-11?", "", "DAY UNCERTAIN 2004 CE (2004) 6 11", "2004-06-11 2004-06-11", "06-11", 1},
		{"2004-06-11~", "", "DAY APPROXIMATE 2004 CE (2004) 6 11", "2004-06-11 2004-06-11", "-", 1},
		{"2004-06-11%", "", "DAY UNCERTAIN_AND_APPROXIMATE 2004 CE (2004) 6 11", "2004-06-11 2004-06-11", "-", 1},
		{"185X", "", "DECADE EXACT - CE (-) - -", "1850-01-01 1859-12-31", "-", 1},
		{"18XX?", "", "CENTURY UNCERTAIN - CE (-) - -", "1800-01-01 1899-12-31", "-", 1},
		{"-01XX", "", "CENTURY EXACT - BCE (-) - -", "-0199-01-01 -0100-12-31", "-", 1},
		{"-012X~", "", "DECADE APPROXIMATE - BCE (-) - -", "-0129-01-01 -0120-12-31", "-", 1},
		{"000X", "", "DECADE EXACT - CE (-) - -", "0000-01-01 0009-12-31", "-", 1},
		{"-000X", "", "DECADE EXACT - BCE (-) - -", "-0009-01-01 0000-12-31", "-", 1},
		{"2004-XX", "", "YEAR EXACT 2004 CE (2004) - -", "2004-01-01 2004-12-31", "-", 1},
		{"1984-06-XX", "", "MONTH EXACT 1984 CE (1984) 6 -", "1984-06-01 1984-06-30", "-", 1},
		{"1985-XX-XX", "", "YEAR EXACT 1985 CE (1985) - -", "1985-01-01 1985-12-31", "-", 1},
		{"../1945", "", "YEAR EXACT - CE (-) - -", "? 1945-12-31", "-", 1},
		{"../1945-05-08", "", "DAY EXACT - CE (-) - -", "? 1945-05-08", "-", 1},
		{"/1945~", "", "YEAR APPROXIMATE - CE (-) - -", "? 1945-12-31", "-", 1},
		{"1945-05-08/..", "", "DAY EXACT 1945 CE (1945) 5 8", "1945-05-08 ?", "05-08", 1},
		{"1945/", "", "YEAR EXACT 1945 CE (1945) - -", "1945-01-01 ?", "-", 1},
		{"1984~/2004-06-11?", "", "YEAR APPROXIMATE 1984 CE (1984) - -", "1984-01-01 2004-06-11", "-", 1},
		{"2004-06-11~/2004-06-20", "", "DAY APPROXIMATE 2004 CE (2004) 6 11", "2004-06-11 2004-06-20", "-", 1},
		{"2001-21/2003-24", "", "SEASON EXACT 2001 CE (2001) - -", "2001-03-01 2004-02-29", "-", 1},
		// level 2
		{"Y-17E7", "", "YEAR EXACT 170000001 BCE (-170000000) - -", "-170000000-01-01 -170000000-12-31", "-", 2},
		{"Y170E6", "Y17E7", "YEAR EXACT 170000000 CE (170000000) - -", "170000000-01-01 170000000-12-31", "-", 2},
		{"Y20E2", "2000", "YEAR EXACT 2000 CE (2000) - -", "2000-01-01 2000-12-31", "-", 0},
		{"1XXX", "", "MILLENNIUM EXACT - CE (-) - -", "1000-01-01 1999-12-31", "-", 2},
		{"185X/187X", "", "DECADE EXACT - CE (-) - -", "1850-01-01 1879-12-31", "-", 2},
		{"XXXX-12-25", "", "DAY EXACT - CE (-) 12 25", "? ?", "12-25", 2},
		{"XXXX-02-29", "", "DAY EXACT - CE (-) 2 29", "? ?", "02-29", 2},
		{"{1667,1668}", "", "YEAR EXACT - CE (-) - -", "1667-01-01 1668-12-31", "-", 2},
		{"[1667,1668, 1670..1672]", "[1667,1668,1670..1672]", "YEAR EXACT - CE (-) - -", "1667-01-01 1672-12-31", "-", 2},
		{"[1668,1667]", "", "YEAR EXACT - CE (-) - -", "1667-01-01 1668-12-31", "-", 2},
		{"[1984]", "", "YEAR EXACT 1984 CE (1984) - -", "1984-01-01 1984-12-31", "-", 2},
		{"[1760-01,1760-02,1760-12..]", "", "MONTH EXACT - CE (-) - -", "1760-01-01 ?", "-", 2},
		{"{..1984}", "", "YEAR EXACT - CE (-) - -", "? 1984-12-31", "-", 2},
		{"[1667,1760-12]", "", "YEAR EXACT - CE (-) - -", "1667-01-01 1760-12-31", "-", 2},
		{"[1997-10-05,1998-10-05]", "", "DAY EXACT - CE (-) 10 5", "1997-10-05 1998-10-05", "10-05", 2},
		{"[1997-10-05..1998-10-05]", "", "DAY EXACT - CE (-) - -", "1997-10-05 1998-10-05", "-", 2},
		{"[1998-10-05,1998-10-07?]", "", "DAY UNCERTAIN 1998 CE (1998) 10 -", "1998-10-05 1998-10-07", "-", 2},
		{"{-0001,0001}", "", "YEAR EXACT - CE (-) - -", "-0001-01-01 0001-12-31", "-", 2},
		{"[-0049,-0043?]", "", "YEAR UNCERTAIN - BCE (-) - -", "-0049-01-01 -0043-12-31", "-", 2},
	} {
		d := mustParse(t, tt.edtf, "")
		want := tt.canonical
		if want == "" {
			want = tt.edtf
		}
		if string(d.EDTF) != want || d.Gregorian != d.EDTF || d.Calendar != news.CalendarGregorian {
			t.Errorf("%s is %s (%s %s), want %s", tt.edtf, d.EDTF, d.Calendar, d.Gregorian, want)
		}
		if got := describe(d); got != tt.parts {
			t.Errorf("%s:\n got %s\nwant %s", tt.edtf, got, tt.parts)
		}
		if got := bounds(d); got != tt.bounds {
			t.Errorf("%s lies in %s, want %s", tt.edtf, got, tt.bounds)
		}
		if got := keptOn(d); got != tt.keptOn {
			t.Errorf("%s is kept on %s, want %s", tt.edtf, got, tt.keptOn)
		}
		if got := d.Level(); got != tt.level {
			t.Errorf("%s has level %d, want %d", tt.edtf, got, tt.level)
		}
		if hasEnd := strings.Contains(tt.edtf, "/"); hasEnd != (d.End != nil) {
			t.Errorf("%s: end %v", tt.edtf, d.End)
		}
		again := mustParse(t, string(d.EDTF), d.Calendar)
		if !reflect.DeepEqual(d, again) {
			t.Errorf("%s and its canonical form %s differ", tt.edtf, d.EDTF)
		}
	}
}

func TestJulianDates(t *testing.T) {
	for _, tt := range []struct{ edtf, parts, gregorian, bounds, keptOn string }{
		{"-0043-03-15", "DAY EXACT 44 BCE (-43) 3 15", "-0043-03-13", "-0043-03-13 -0043-03-13", "03-15"},
		{"-4712-01-01", "DAY EXACT 4713 BCE (-4712) 1 1", "-4713-11-24", "-4713-11-24 -4713-11-24", "01-01"},
		{"1582-10-05", "DAY EXACT 1582 CE (1582) 10 5", "1582-10-15", "1582-10-15 1582-10-15", "10-05"},
		{"1900-02-29?", "DAY UNCERTAIN 1900 CE (1900) 2 29", "1900-03-13?", "1900-03-13 1900-03-13", "02-29"},
		{"1917-10-25", "DAY EXACT 1917 CE (1917) 10 25", "1917-11-07", "1917-11-07 1917-11-07", "10-25"},
		{"1917-10-25T21:40:00", "TIME EXACT 1917 CE (1917) 10 25 21:40:00", "1917-11-07T21:40:00", "1917-11-07 1917-11-07", "10-25"},
		{"1917-10", "MONTH EXACT 1917 CE (1917) 10 -", "[1917-10-14..1917-11-13]", "1917-10-14 1917-11-13", "-"},
		{"1917~", "YEAR APPROXIMATE 1917 CE (1917) - -", "[1917-01-14~..1918-01-13~]", "1917-01-14 1918-01-13", "-"},
		{"15XX", "CENTURY EXACT - CE (-) - -", "[1500-01-10..1600-01-10]", "1500-01-10 1600-01-10", "-"},
		{"1917-02-23/1917-10", "DAY EXACT 1917 CE (1917) 2 23", "1917-03-08/1917-11-13", "1917-03-08 1917-11-13", "02-23"},
		{"1917-03/..", "MONTH EXACT 1917 CE (1917) 3 -", "1917-03-14/..", "1917-03-14 ?", "-"},
		{"{1917-02-23,1917-10}", "MONTH EXACT 1917 CE (1917) - -", "{1917-03-08,1917-10-14..1917-11-13}", "1917-03-08 1917-11-13", "-"},
		{"Y-17E7", "YEAR EXACT 170000001 BCE (-170000000) - -", "[Y-170003491..Y-170003490]", "-170003491-03-01 -170003490-03-01", "-"},
	} {
		d := mustParse(t, tt.edtf, news.CalendarJulian)
		if string(d.EDTF) != tt.edtf || string(d.Gregorian) != tt.gregorian {
			t.Errorf("%s is %s, Gregorian %s, want %s", tt.edtf, d.EDTF, d.Gregorian, tt.gregorian)
		}
		if describe(d) != tt.parts || bounds(d) != tt.bounds || keptOn(d) != tt.keptOn {
			t.Errorf("%s: %s, %s, kept on %s", tt.edtf, describe(d), bounds(d), keptOn(d))
		}
		if g := mustParse(t, tt.gregorian, news.CalendarGregorian); tt.edtf[0] != 'Y' && bounds(g) != tt.bounds {
			t.Errorf("%s lies in %s, its Gregorian form in %s", tt.edtf, tt.bounds, bounds(g))
		}
	}
	if d := mustParse(t, "1917-02/1917-10-25", news.CalendarJulian); d.End.Gregorian != "1917-11-07" || *d.End.Day != 25 {
		t.Errorf("end of a Julian interval: %+v", d.End)
	}
	for _, edtf := range []string{"1899-02-29", "XXXX-12-25"} {
		if d, err := news.ParseHistoricalDate(edtf, news.CalendarJulian); err == nil {
			t.Errorf("%s is accepted as %s", edtf, d.Gregorian)
		}
	}
	if _, err := news.ParseHistoricalDate("1998", "MAYAN"); news.KindOf(err) != news.Invalid {
		t.Errorf("unknown calendar: %v", err)
	}
}

func TestIntervalEnds(t *testing.T) {
	for edtf, want := range map[string]string{
		"1939-09/1945-09-02": "1945-09-02 DAY EXACT 1945 CE (1945) 9 2",
		"1939-09~/1945?":     "1945? YEAR UNCERTAIN 1945 CE (1945) - -",
		"-0099/-0043-03-15":  "-0043-03-15 DAY EXACT 44 BCE (-43) 3 15",
		"1945-05/..":         ".. MONTH EXACT - CE (-) - -",
		"1945-05/":           " MONTH EXACT - CE (-) - -",
		"../1945-05":         "1945-05 MONTH EXACT 1945 CE (1945) 5 -",
	} {
		end := mustParse(t, edtf, "").End
		if got := string(end.EDTF) + " " + describe(*end); got != want || end.End != nil {
			t.Errorf("%s ends %q, want %q", edtf, got, want)
		}
		if _, ok := end.Latest(); ok != (end.Year != nil) {
			t.Errorf("%s: the end has a latest day: %t", edtf, ok)
		}
	}
}

func TestDateErrors(t *testing.T) {
	for _, tt := range []struct {
		edtf     string
		position int
		message  string
		expected string // one of them
	}{
		{"", 0, "the date ends too early", "a digit"},
		{"5 October 1998", 1, `unexpected " "`, "a digit"},
		{"October 1998", 0, `unexpected "O"`, "a digit"},
		{"98-10-05", 2, `unexpected "-"`, "a digit"},
		{"19985", 4, `unexpected "5"`, "-"},
		{"1998-1-05", 6, `unexpected "-"`, "a digit"},
		{"1998-10-5", 9, "the date ends too early", "a digit"},
		{"1998/10/05", 7, `unexpected "/"`, "a digit"},
		{"1998-13-05", 5, "there is no month 13", "month 01 to 12"},
		{"1998-00", 5, "there is no month 00", "season 21 to 24"},
		{"1998-20", 5, "there is no month 20", "season 21 to 24"},
		{"1998-42", 5, "there is no month 42", "season 21 to 24"},
		{"1998-02-30", 8, "there is no day 30 in this month", "day 01 to 28"},
		{"1900-02-29", 8, "there is no day 29 in this month", "day 01 to 28"},
		{"1998-10-00", 8, "there is no day 00 in this month", "day 01 to 31"},
		{"XXXX-02-30", 8, "there is no day 30 in this month", "day 01 to 29"},
		{"XXXX-21-01", 5, "a season needs a year", "month 01 to 12"},
		{"-0000", 0, "year 0 has no sign", "0000 for 1 BC"},
		{"Y-0", 0, "year 0 has no sign", "0000 for 1 BC"},
		{"Y2000000001", 0, "the year is too far away", "a year from -2000000000 to 2000000000"},
		{"Y9E99999999999999999999", 0, "the year is too far away", "a year from -2000000000 to 2000000000"},
		{"Y17000-05", 6, `unexpected "-"`, "the end"},
		{"185x", 3, `unexpected "x"`, "X"},
		{"1939–1945", 4, `unexpected "–"`, "/"},
		{"１９９８", 0, `unexpected "１"`, "a digit"},
		{"1945/1939", 5, "1939 lies before 1945", "a date that is not before the start"},
		{"[1667,1945..1939]", 12, "1939 lies before 1945", "a date that is not before the start"},
		{"/", 1, "the date ends too early", "a digit"},
		{"../..", 3, `unexpected "."`, "a digit"},
		{"../", 3, "the date ends too early", "a digit"},
		{"/..", 1, `unexpected "."`, "a digit"},
		{"1939/1940/1941", 9, `unexpected "/"`, "the end"},
		{"1945/..x", 7, `unexpected "x"`, "the end"},
		{"1984..", 4, `unexpected "."`, "/"},
		{"..", 2, "the date ends too early", "/"},
		{"1998-10-05T12:00", 16, "the date ends too early", ":"},
		{"1998-10-05T24:00:00", 11, "24 is too much", "00 to 23"},
		{"1998-10-05T12:60:00", 14, "60 is too much", "00 to 59"},
		{"1998-10-05T12:00:00+24", 20, "24 is too much", "00 to 23"},
		{"1998-10-05T12:00:00/1999", 19, `unexpected "/"`, "the end"},
		{"1998-10-05?T12:00:00", 11, `unexpected "T"`, "the end"},
		{"1998-10T12:00:00", 7, `unexpected "T"`, "-"},
		{"1998?~", 5, `unexpected "~"`, "the end"},
		{"[1984", 5, "the date ends too early", "]"},
		{"[1984}", 5, `unexpected "}"`, "]"},
		{"[1984]x", 6, `unexpected "x"`, "the end"},
		{"[1984..,1990]", 7, `unexpected ","`, "]"},
		{"{}", 1, `unexpected "}"`, "a digit"},
		{"1998-10-05\n", 10, `unexpected "\n"`, "the end"},
		{"\xff", 0, `unexpected "\xff"`, "a digit"},
		{"Y17E", 4, "the date ends too early", "a digit"},
		{"19", 2, "the date ends too early", "a digit"},
		{"199X5", 4, `unexpected "5"`, "the end"},
		{"1998-XX-", 8, "the date ends too early", "XX"},
		{"1998-10-", 8, "the date ends too early", "XX"},
		{"1998-10-05T12:0", 15, "the date ends too early", "a digit"},
		{"1998-10-05T12-00", 13, `unexpected "-"`, ":"},
		{"1998-10-05T12:00:00+05:60", 23, "60 is too much", "00 to 59"},
		{"YX", 1, `unexpected "X"`, "a digit"},
		{"1984-0XY", 6, `unexpected "X"`, "a digit"},
	} {
		d, err := news.ParseHistoricalDate(tt.edtf, news.CalendarGregorian)
		if err == nil {
			t.Errorf("%q is accepted as %s", tt.edtf, d.EDTF)
			continue
		}
		e, ok := errors.AsType[*news.DateError](err)
		if !ok || news.KindOf(err) != news.Invalid {
			t.Errorf("%q: %T of kind %s", tt.edtf, err, news.KindOf(err))
			continue
		}
		if e.Position != tt.position || !strings.Contains(e.Message, tt.message) ||
			tt.expected != "" && !slices.Contains(e.Expected, tt.expected) {
			t.Errorf("%q: got %v\nwant %s (position %d; expected %s …)", tt.edtf, err, tt.message, tt.position, tt.expected)
		}
	}
}

func TestErrorText(t *testing.T) {
	_, err := news.ParseHistoricalDate("1939–1945", "")
	want := `unexpected "–" (position 4; expected "-" or "?" or "~" or "%" or the end or "/")`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestLevel2OutsideTheScope(t *testing.T) {
	for edtf, position := range map[string]int{
		"2004-06~-11": 8, "2004?-06-11": 5, "?2004-06-~11": 0, "2004-%06-11": 5, // qualified parts
		"2004-06-~01/2004-06-~20": 8, "~-0100/~2020": 0,
		"156X-12-25": 4, "XXXX-12-XX": 8, "1XXX-12": 4, "1984-1X": 6, "XXXX": 0, "19X5": 3, // unspecified parts
		"1950S2": 4, "Y171010000S3": 10, "Y3388E2S3": 7, // significant digits
		"2001-34": 5, "2019-28": 5, "2001-25": 5, "2001-41": 5, // groups of months
		"[1984-1X,1990]": 7,
	} {
		_, err := news.ParseHistoricalDate(edtf, "")
		e, ok := errors.AsType[*news.DateError](err)
		if !ok || e.Message != "EDTF level 2, not supported" || e.Position != position {
			t.Errorf("%s: %v, want position %d", edtf, err, position)
		}
	}
}

func TestSortDay(t *testing.T) {
	inOrder := []string{
		"Y-17E7", "-0099", "-0043-03-13", "-0043-03-14", "-0043-04", "0000-12-31", "0001", "18XX", "185X~",
		"1850-01-02", "1939-09-01/1945-09-02", "[..1944]", "../1945-05-08", "/1945-05-09", "1998-10-05", "1998-10-06/..", "Y12000",
		"XXXX-01-01", "XXXX-02-29", "XXXX-12-25",
	}
	for i, edtf := range inOrder[1:] {
		if a, b := mustParse(t, inOrder[i], "").SortDay(), mustParse(t, edtf, "").SortDay(); a >= b {
			t.Errorf("%s (%d) must sort before %s (%d)", inOrder[i], a, edtf, b)
		}
	}
	if a, b := mustParse(t, "-0043-03-15", news.CalendarJulian), mustParse(t, "-0043-03-13", ""); a.SortDay() != b.SortDay() {
		t.Errorf("the Ides of March: %d and %d", a.SortDay(), b.SortDay())
	}
}

// Every eleventh day meets every day of the year; TestEveryDayOfBothCalendars has all of them as numbers.
func TestJulianDaysAsText(t *testing.T) {
	end := news.CalendarGregorian.DayNumber(3000, 12, 31)
	for n := int64(0); n <= end; n += 11 {
		y, m, d := news.CalendarJulian.DayOf(n)
		text := fmt.Sprintf("%04d-%02d-%02d", y, m, d)
		if y < 0 {
			text = fmt.Sprintf("-%04d-%02d-%02d", -y, m, d)
		}
		julian := mustParse(t, text, news.CalendarJulian)
		if string(julian.EDTF) != text || string(julian.Gregorian) != dayText(n, true) {
			t.Fatalf("day %d: %s is %s, Gregorian %s, want %s", n, text, julian.EDTF, julian.Gregorian, dayText(n, true))
		}
		if got := mustParse(t, string(julian.Gregorian), "").SortDay(); got != n {
			t.Fatalf("%s: day %d, want %d", julian.Gregorian, got, n)
		}
	}
}

func TestDateNotMadeByTheParser(t *testing.T) {
	d := news.HistoricalDate{EDTF: "soon"}
	if got := d.Text(nil, news.StyleLong); got != "soon" {
		t.Errorf("text %q", got)
	}
	if bounds(d) != "? ?" || d.Level() != 0 || d.MonthDay() != nil {
		t.Errorf("bounds %s, level %d, kept on %v", bounds(d), d.Level(), d.MonthDay())
	}
}

// randomDate builds a canonical date from its parts, so that no code is shared with the parser.
func randomDate(r *rand.Rand) (edtf string, first, last time.Time) {
	year := r.IntN(9999) - 4999
	sign, digits := "", year
	if year < 0 {
		sign, digits = "-", -year
	}
	written := fmt.Sprintf("%s%04d", sign, digits)
	mark := []string{"", "?", "~", "%"}[r.IntN(4)]
	month := 1 + r.IntN(12)
	day := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	switch r.IntN(6) {
	case 0:
		return written + mark, day(year, 1, 1), day(year, 12, 31)
	case 1:
		return fmt.Sprintf("%s-%02d%s", written, month, mark), day(year, month, 1), day(year, month+1, 0)
	case 2:
		return fmt.Sprintf("%s-%02d-XX%s", written, month, mark), day(year, month, 1), day(year, month+1, 0)
	case 3:
		season := r.IntN(4)
		return fmt.Sprintf("%s-%d%s", written, 21+season, mark), day(year, 3+3*season, 1), day(year, 6+3*season, 0)
	case 4:
		unknown := 1 + r.IntN(3)
		span := []int{1, 10, 100, 1000}[unknown]
		low := digits / span * span
		edtf := written[:len(written)-unknown] + strings.Repeat("X", unknown) + mark
		if year < 0 {
			return edtf, day(-low-span+1, 1, 1), day(-low, 12, 31)
		}
		return edtf, day(low, 1, 1), day(low+span-1, 12, 31)
	}
	d := day(year, month, 1+r.IntN(28))
	return fmt.Sprintf("%s-%02d-%02d%s", written, month, d.Day(), mark), d, d
}

func dayNumber(t time.Time) int64 { return t.Unix()/86400 + 2440588 }

func TestRandomDates(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		a, first, last := randomDate(r)
		b, first2, last2 := randomDate(r)
		if first2.Before(first) {
			a, first, last, b, first2, last2 = b, first2, last2, a, first, last
		}
		set := "[" + a + "," + b + "]"
		later := last
		if last2.After(last) {
			later = last2
		}
		for edtf, want := range map[string][2]time.Time{
			a: {first, last}, b: {first2, last2}, set: {first, later}, a + "/" + b: {first, last2},
		} {
			d := mustParse(t, edtf, "")
			if string(d.EDTF) != edtf {
				t.Fatalf("%s is printed as %s", edtf, d.EDTF)
			}
			earliest, ok := d.Earliest()
			latest, ok2 := d.Latest()
			if !ok || !ok2 || earliest != dayNumber(want[0]) || latest != dayNumber(want[1]) {
				t.Fatalf("%s lies in %s, want %v", edtf, bounds(d), want)
			}
		}
	}
}

// The table is that of sfomuseum/go-edtf; three of its "level 1" rows and one of level 2 are English, not EDTF.
func TestStandardTable(t *testing.T) {
	table, err := os.ReadFile("../../../shared/data/standards/edtf-with-bounds.jsonl")
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no shared data")
	}
	if err != nil {
		t.Fatal(err)
	}
	right, withBounds := 0, 0
	for line := range strings.Lines(string(table)) {
		var row struct {
			Level         int
			Feature, EDTF string
			Start         string `json:"StartLowerTimeRFC3339"`
			End           string `json:"EndUpperTimeRFC3339"`
			EndLower      string `json:"EndLowerTimeRFC3339"`
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		isEnglish := strings.Contains(row.EDTF, " ")
		d, err := news.ParseHistoricalDate(row.EDTF, "")
		if err != nil {
			e, ok := errors.AsType[*news.DateError](err)
			if !isEnglish && (row.Level < 2 || !ok || e.Message != "EDTF level 2, not supported") {
				t.Errorf("%s: %v", row.EDTF, err)
			}
			t.Logf("outside: level %d %s %q: %v", row.Level, row.Feature, row.EDTF, err)
			continue
		}
		// The table has negative years in level 0 as well as in level 1, where the standard has them.
		if isEnglish || d.Level() > max(row.Level, 1) {
			t.Errorf("level %d, %s is accepted as level %d", row.Level, row.EDTF, d.Level())
		}
		right++
		if row.Start == "" && row.End == "" {
			continue // no bounds given
		}
		withBounds++
		if got, want := bounds(d), localDay(d, row.Start)+" "+localDay(d, row.End); got != want {
			t.Errorf("%s lies in %s, want %s", row.EDTF, got, want)
		}
		if d.End != nil && row.EndLower != "" {
			if got := dayText(d.End.Earliest()); got != localDay(d, row.EndLower) {
				t.Errorf("%s ends in %s at the earliest, want %s", row.EDTF, got, row.EndLower)
			}
		}
	}
	t.Logf("%d rows in scope, %d of them with bounds", right, withBounds)
}

// localDay is the day of a UTC instant at the place of d, "?" for none.
func localDay(d news.HistoricalDate, instant string) string {
	if instant == "" {
		return "?"
	}
	day, _, _ := strings.Cut(instant, "T")
	if d.Time == nil || len(*d.Time) <= len("hh:mm:ssZ") {
		return day
	}
	at, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		return err.Error()
	}
	offset := (*d.Time)[len("hh:mm:ss"):]
	if len(offset) == len("-04") {
		offset += ":00"
	}
	place, err := time.Parse("-07:00", offset)
	if err != nil {
		return err.Error()
	}
	return at.In(place.Location()).Format(time.DateOnly)
}

func BenchmarkParseHistoricalDate(b *testing.B) {
	for _, tt := range []struct {
		name, edtf string
		calendar   news.CalendarModel
	}{
		{"day", "1998-10-05", news.CalendarGregorian},
		{"Julian day", "-0043-03-15", news.CalendarJulian},
		{"about a year", "1850~", news.CalendarGregorian},
		{"interval", "1939-09/1945-09", news.CalendarGregorian},
		{"set", "[1667,1668,1670..1672]", news.CalendarGregorian},
	} {
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := news.ParseHistoricalDate(tt.edtf, tt.calendar); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
