package news_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

func TestDate(t *testing.T) {
	for s, want := range map[string]news.Date{
		"2024-02-29": {Year: 2024, Month: 2, Day: 29}, "0001-01-01": {Year: 1, Month: 1, Day: 1}, "9999-12-31": {Year: 9999, Month: 12, Day: 31}, "1600-02-29": {Year: 1600, Month: 2, Day: 29},
		"2023-02-29": {}, "1900-02-29": {}, "2024-13-01": {}, "2024-00-01": {}, "2024-01-00": {}, "2024-04-31": {}, "0000-01-01": {}, "-001-01-01": {}, "2024-1-1": {}, "24-01-01": {}, "10000-01-01": {},
		"2024-01-01T00:00:00Z": {}, " 2024-01-01": {}, "": {}, "2024/01/01": {}, "٢٠٢٤-٠١-٠١": {},
	} {
		got, err := news.ParseDate(s)
		if got != want || (err == nil) != (want != news.Date{}) || err != nil && news.KindOf(err) != news.Invalid {
			t.Errorf("%q: %+v (%v)", s, got, err)
		}
		if err == nil && got.String() != s {
			t.Errorf("%q is written %s", s, got)
		}
	}
}

func TestDateInZones(t *testing.T) {
	load := func(name string) *time.Location {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Skip(err)
		}
		return loc
	}
	at := time.Date(2026, 3, 9, 22, 30, 0, 0, time.UTC)
	for zone, want := range map[string]string{"UTC": "2026-03-09", "Asia/Baghdad": "2026-03-10", "Pacific/Honolulu": "2026-03-09", "Pacific/Kiritimati": "2026-03-10"} {
		if got := news.DateOf(at.In(load(zone))); got.String() != want || got.MonthDay().String() != want[5:] {
			t.Errorf("%s: %s, want %s", zone, got, want)
		}
	}
	for _, tt := range []struct {
		zone, date, want string
	}{
		{"Europe/Berlin", "2024-03-31", "2024-03-30T23:00:00Z"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, // had no midnight and began at one o'clock
		{"America/Asuncion", "2023-10-01", "2023-10-01T04:00:00Z"},  // likewise
		{"Africa/Cairo", "2024-04-26", "2024-04-25T22:00:00Z"},      // likewise, east of Greenwich
		{"America/Havana", "2018-11-04", "2018-11-04T04:00:00Z"},    // had two midnights
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},      // never was: the 29th met the 31st
	} {
		date, err := news.ParseDate(tt.date)
		if got := date.In(load(tt.zone)).UTC().Format(time.RFC3339); err != nil || got != tt.want {
			t.Errorf("%s begins in %s at %s, want %s", tt.date, tt.zone, got, tt.want)
		}
	}
}

func TestMonthDay(t *testing.T) {
	for s, want := range map[string]news.MonthDay{
		"02-29": {Month: 2, Day: 29}, "01-01": {Month: 1, Day: 1}, "12-31": {Month: 12, Day: 31},
		"02-30": {}, "00-01": {}, "13-01": {}, "01-00": {}, "04-31": {}, "1-1": {}, "": {}, "2000-01-01": {}, "01-01-01": {}, "0101": {}, "-1-01": {},
	} {
		got, err := news.ParseMonthDay(s)
		if got != want || (err == nil) != (want != news.MonthDay{}) || err != nil && news.KindOf(err) != news.Invalid {
			t.Errorf("%q: %+v (%v)", s, got, err)
		}
		if err == nil && got.String() != s {
			t.Errorf("%q is written %s", s, got)
		}
	}
}

func TestMonthDayNext(t *testing.T) {
	for _, tt := range []struct{ day, from, want string }{
		{"03-09", "2026-03-09", "2026-03-09"}, {"03-09", "2026-03-10", "2027-03-09"}, {"03-09", "2026-02-28", "2026-03-09"}, {"03-09", "2026-04-01", "2027-03-09"},
		{"01-01", "2026-12-31", "2027-01-01"}, {"12-31", "2026-01-01", "2026-12-31"},
		{"02-29", "2024-02-29", "2024-02-29"}, {"02-29", "2024-02-28", "2024-02-29"}, {"02-29", "2024-03-01", "2028-02-29"}, {"02-29", "2025-01-01", "2028-02-29"},
		{"02-29", "1896-03-01", "1904-02-29"}, {"02-29", "2096-03-01", "2104-02-29"}, {"02-29", "1999-01-01", "2000-02-29"},
	} {
		day, err1 := news.ParseMonthDay(tt.day)
		from, err2 := news.ParseDate(tt.from)
		if got := day.Next(from); got.String() != tt.want || err1 != nil || err2 != nil {
			t.Errorf("%s from %s on: %s, want %s", tt.day, tt.from, got, tt.want)
		}
	}
}

// TestScalarForms: the JSON and the GraphQL form of a day are the same text, and nothing else is read.
func TestScalarForms(t *testing.T) {
	type days struct {
		Date     news.Date
		MonthDay news.MonthDay
	}
	want := days{news.Date{Year: 44, Month: 3, Day: 15}, news.MonthDay{Month: 3, Day: 15}}
	js, err := json.Marshal(want)
	if string(js) != `{"Date":"0044-03-15","MonthDay":"03-15"}` || err != nil {
		t.Errorf("%s %v", js, err)
	}
	var got days
	if err := json.Unmarshal(js, &got); err != nil || got != want {
		t.Errorf("%+v %v", got, err)
	}
	for _, bad := range []string{`{"Date":"2026-02-30"}`, `{"MonthDay":"02-30"}`, `{"Date":7}`, `{"MonthDay":{}}`} {
		if err := json.Unmarshal([]byte(bad), new(days)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
	var b strings.Builder
	want.Date.MarshalGQL(&b)
	want.MonthDay.MarshalGQL(&b)
	if b.String() != `"0044-03-15""03-15"` {
		t.Error(b.String())
	}
	var date news.Date
	var day news.MonthDay
	if err := date.UnmarshalGQL("0044-03-15"); err != nil || date != want.Date {
		t.Error(date, err)
	}
	if err := day.UnmarshalGQL("03-15"); err != nil || day != want.MonthDay {
		t.Error(day, err)
	}
	for _, v := range []any{nil, 44, int64(44), json.Number("44"), 1.5, true, []any{"0044-03-15"}, map[string]any{}, "", "x", "0044-03-15\n"} {
		date, day := want.Date, want.MonthDay
		if err := date.UnmarshalGQL(v); news.KindOf(err) != news.Invalid || err == nil || date != want.Date {
			t.Errorf("%v became the date %v (%v)", v, date, err)
		}
		if err := day.UnmarshalGQL(v); news.KindOf(err) != news.Invalid || err == nil || day != want.MonthDay {
			t.Errorf("%v became the day %v (%v)", v, day, err)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	f.Add("2024-02-29")
	f.Add("02-29")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := news.ParseDate(s); err == nil && (d.String() != s || news.DateOf(d.In(time.UTC)) != d) {
			t.Errorf("%q is %v", s, d)
		}
		if m, err := news.ParseMonthDay(s); err == nil && (m.String() != s || m.Next(news.Date{Year: 2000, Month: 1, Day: 1}).MonthDay() != m) {
			t.Errorf("%q is %v", s, m)
		}
	})
}

func TestTimeZone(t *testing.T) {
	for zone, good := range map[news.TimeZone]bool{"UTC": true, "Asia/Baghdad": true, "": false, "Mars/Olympus": false, "../../etc/passwd": false, "asia/nowhere": false} {
		loc, err := zone.Location()
		if (err == nil) != good || good && loc.String() != string(zone) || !good && (news.KindOf(err) != news.Invalid || loc != nil) {
			t.Errorf("%q: %v %v", zone, loc, err)
		}
	}
}
