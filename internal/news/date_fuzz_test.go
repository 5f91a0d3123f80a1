package news_test

import (
	"errors"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/dateline-cms/dateline/internal/news"
)

var fuzzSeeds = []string{
	"1998-10-05", "1914?", "1850~", "2004-06-11%", "185X", "18XX", "1XXX", "1984-06-XX", "1985-XX-XX", "-0043-03-15", "-012X~",
	"Y-17E7", "Y170000002", "1939-09/1945-09", "../1945", "1945/..", "/1945", "1945/", "2001-21", "{1667,1668}",
	"[1667,1668, 1670..1672]", "[..1984]", "[1760-12..]", "XXXX-12-25", "1985-04-12T23:20:30-04", "1985-04-12T23:20:30Z",
	"2004-06-~01/2004-06-~20", "1950S2", "1939–1945", "", "/", "..", "[", "Y", "-9999-12-31", "9999-12-31",
}

func FuzzParseHistoricalDate(f *testing.F) {
	for _, seed := range fuzzSeeds {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, edtf string, isJulian bool) {
		calendar := news.CalendarGregorian
		if isJulian {
			calendar = news.CalendarJulian
		}
		d, err := news.ParseHistoricalDate(edtf, calendar)
		if err != nil {
			e, ok := errors.AsType[*news.DateError](err)
			if !ok || e.Message == "" || len(e.Expected) == 0 || e.Position < 0 || e.Position > utf8.RuneCountInString(edtf) {
				t.Fatalf("%q: %#v", edtf, err)
			}
			return
		}
		again, err := news.ParseHistoricalDate(string(d.EDTF), calendar)
		if err != nil || !reflect.DeepEqual(d, again) {
			t.Fatalf("%q: canonical %q differs: %v\n%+v\n%+v", edtf, d.EDTF, err, d, again)
		}
		checkBounds(t, d)
		checkGregorian(t, d)
		for _, locale := range locales {
			for _, style := range []news.DateStyle{news.StyleShort, news.StyleMedium, news.StyleLong} {
				if text := d.Text(&locale, style); text == "" || !utf8.ValidString(text) {
					t.Fatalf("%q in %s, %s: %q", edtf, locale, style, text)
				}
			}
		}
	})
}

func checkBounds(t *testing.T, d news.HistoricalDate) {
	earliest, hasEarliest := d.Earliest()
	latest, hasLatest := d.Latest()
	if hasEarliest && hasLatest && earliest > latest {
		t.Fatalf("%s: from %d to %d", d.EDTF, earliest, latest)
	}
	if hasEarliest && d.SortDay() != earliest || !hasEarliest && hasLatest && d.SortDay() != latest {
		t.Fatalf("%s: sorts as %d", d.EDTF, d.SortDay())
	}
	if d.Year != nil && (*d.Year < 1 || (d.Era == news.EraBCE) != (*d.AstronomicalYear <= 0)) {
		t.Fatalf("%s: year %d %s", d.EDTF, *d.Year, d.Era)
	}
}

func checkGregorian(t *testing.T, d news.HistoricalDate) {
	g, err := news.ParseHistoricalDate(string(d.Gregorian), news.CalendarGregorian)
	// Next to the last accepted year, the other calendar may be one year beyond; and only years go beyond 9999.
	if err != nil || g.Gregorian != g.EDTF || g.EDTF != d.Gregorian {
		if e, ok := errors.AsType[*news.DateError](err); ok && e.Message == "the year is too far away" {
			return
		}
		t.Fatalf("%s: Gregorian %s: %v", d.EDTF, d.Gregorian, err)
	}
	if hasLongYear(string(d.Gregorian)) {
		return
	}
	earliest, ok := d.Earliest()
	if g, gOK := g.Earliest(); g != earliest || gOK != ok {
		t.Fatalf("%s begins on %d, Gregorian %s on %d", d.EDTF, earliest, d.Gregorian, g)
	}
	latest, ok := d.Latest()
	if g, gOK := g.Latest(); g != latest || gOK != ok {
		t.Fatalf("%s ends on %d, Gregorian %s on %d", d.EDTF, latest, d.Gregorian, g)
	}
}

func hasLongYear(edtf string) bool {
	for _, c := range edtf {
		if c == 'Y' {
			return true
		}
	}
	return false
}
