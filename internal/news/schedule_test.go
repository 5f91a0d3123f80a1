package news_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

func utc(t *testing.T, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

// The instants come from the zones' published rules (IANA tz database, files europe, northamerica, australasia, asia),
// worked out by hand.
func TestScheduleTime(t *testing.T) {
	now := utc(t, "2026-03-28T22:30:00Z") // 23:30 in Berlin
	for text, want := range map[string]string{
		"2026-03-29T06:00:00+02:00":         "2026-03-29T04:00:00Z",
		" 2026-03-29T06:00:00.123456Z ":     "2026-03-29T06:00:00.123Z",
		"2026-06-01 06:00":                  "2026-06-01T04:00:00Z",
		"2026-06-01 6:05":                   "2026-06-01T04:05:00Z",
		"2026-06-01T06:00":                  "2026-06-01T04:00:00Z",
		"2026-06-01T06:00:30 UTC":           "2026-06-01T06:00:30Z",
		"today 23:45":                       "2026-03-28T22:45:00Z",
		"Tomorrow 06:00":                    "2026-03-29T04:00:00Z",
		"tomorrow 06:00 Asia/Tokyo":         "2026-03-29T21:00:00Z", // where it is the 29th already
		"today 06:00 Pacific/Kiritimati":    "2026-03-28T16:00:00Z",
		"2026-03-29 01:59":                  "2026-03-29T00:59:00Z",
		"2026-03-29 03:00":                  "2026-03-29T01:00:00Z",
		"2026-10-25 01:59":                  "2026-10-24T23:59:00Z",
		"2026-10-25 02:00":                  "2026-10-25T00:00:00Z",
		"2026-10-25 02:59:59":               "2026-10-25T00:59:59Z",
		"2026-10-25 03:00":                  "2026-10-25T02:00:00Z",
		"2026-11-01 01:30 America/New_York": "2026-11-01T05:30:00Z",
		"2026-11-01 02:00 America/New_York": "2026-11-01T07:00:00Z",
		"2026-03-08 03:00 America/New_York": "2026-03-08T07:00:00Z",
		// Half an hour, in the south.
		"2026-10-04 01:59 Australia/Lord_Howe": "2026-10-03T15:29:00Z",
		"2026-10-04 02:30 Australia/Lord_Howe": "2026-10-03T15:30:00Z",
		"2026-04-05 01:30 Australia/Lord_Howe": "2026-04-04T14:30:00Z",
		"2026-04-05 02:00 Australia/Lord_Howe": "2026-04-04T15:30:00Z",
		// The day that Samoa left out, and what stands around it.
		"2011-12-29 23:59 Pacific/Apia":       "2011-12-30T09:59:00Z",
		"2011-12-31 00:00 Pacific/Apia":       "2011-12-30T10:00:00Z",
		"1994-12-30 23:59 Pacific/Kiritimati": "1994-12-31T09:59:00Z",
		"1995-01-01 00:00 Pacific/Kiritimati": "1994-12-31T10:00:00Z",
		// Clocks were changed at midnight.
		"1983-03-30 23:59 Asia/Baghdad": "1983-03-30T20:59:00Z",
		"1983-03-31 01:00 Asia/Baghdad": "1983-03-30T21:00:00Z",
		"1983-09-30 23:30 Asia/Baghdad": "1983-09-30T19:30:00Z",
		"1983-10-01 00:00 Asia/Baghdad": "1983-09-30T21:00:00Z",
		// Long after the last change that the tables list.
		"2040-12-31 12:00":                "2040-12-31T11:00:00Z",
		"0001-01-01 00:00 UTC":            "0001-01-01T00:00:00Z",
		"9999-12-31 12:00":                "9999-12-31T11:00:00Z",
		"0001-01-01 00:00 Africa/Abidjan": "0001-01-01T00:16:08Z",
		// Before 1883 New York had minutes and seconds of its own.
		"1880-06-01 12:00 America/New_York": "1880-06-01T16:56:02Z",
	} {
		if got, err := news.ScheduleTime(text).Instant("Europe/Berlin", now); err != nil || !got.Equal(utc(t, want)) {
			t.Errorf("%s: %v %v, want %s", text, got, err, want)
		}
	}
}

func TestScheduleTimeRefuses(t *testing.T) {
	now := utc(t, "2026-03-28T22:30:00Z")
	for text, want := range map[string]string{
		"tomorrow 02:30":                        "2026-03-29 02:30 does not exist in Europe/Berlin: the clocks go from 2026-03-29 02:00 on to 2026-03-29 03:00; the nearest times are 2026-03-29 01:59 and 2026-03-29 03:00",
		"2026-03-29 02:00":                      "nearest times are 2026-03-29 01:59 and 2026-03-29 03:00",
		"2026-03-29 02:59:59":                   "2026-03-29 02:59:59 does not exist",
		"2026-03-08 02:30 America/New_York":     "nearest times are 2026-03-08 01:59 and 2026-03-08 03:00",
		"2026-10-04 02:15 Australia/Lord_Howe":  "nearest times are 2026-10-04 01:59 and 2026-10-04 02:30",
		"2011-12-30 00:00 Pacific/Apia":         "nearest times are 2011-12-29 23:59 and 2011-12-31 00:00",
		"2011-12-30 23:59 Pacific/Apia":         "the clocks go from 2011-12-30 00:00 on to 2011-12-31 00:00",
		"1994-12-31 12:00 Pacific/Kiritimati":   "nearest times are 1994-12-30 23:59 and 1995-01-01 00:00",
		"1983-03-31 00:00 Asia/Baghdad":         "nearest times are 1983-03-30 23:59 and 1983-03-31 01:00",
		"2026-02-30 06:00":                      `"2026-02-30" is not a day`,
		"yesterday 06:00":                       `"yesterday" is not a day; write it as YYYY-MM-DD, or say today or tomorrow`,
		"2026-06-01 25:00":                      `"25:00" is not a time of day`,
		"2026-06-01 24:00":                      "write 00:00 of the next day",
		"2026-06-01 06:00 CEST":                 `"CEST" is not an IANA time-zone name`,
		"2026-06-01 06:00 Europe/Berlin please": "is no time",
		"2026-06-01":                            "is no time",
		"":                                      `"" is no time; write 2026-03-29T06:00:00+02:00, or a day, a time and a zone as in 2026-03-29 06:00 Europe/Berlin`,
		strings.Repeat("é", 90) + " 06:00":      "é…\" is not a day",
	} {
		got, err := news.ScheduleTime(text).Instant("Europe/Berlin", now)
		if err == nil || !strings.Contains(err.Error(), want) || news.KindOf(err) != news.Invalid {
			t.Errorf("%s: %v %v, want an error with %q", text, got, err, want)
		}
	}
}

// TestScheduleTimeAgreesWithClocks: every minute around each change of the clocks is found again from what the wall shows,
// the first of two, and what is refused is shown by no clock.
func TestScheduleTimeAgreesWithClocks(t *testing.T) {
	for zone, around := range map[news.TimeZone][]string{
		"Europe/Berlin":       {"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"},
		"America/New_York":    {"2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"},
		"Australia/Lord_Howe": {"2026-10-03T15:30:00Z", "2026-04-04T15:00:00Z"},
		"Pacific/Apia":        {"2011-12-30T10:00:00Z"},
		"Asia/Baghdad":        {"1983-03-30T21:00:00Z", "1983-09-30T20:00:00Z"},
	} {
		loc, err := zone.Location()
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range around {
			shown := map[string][]time.Time{} // what walls showed, and when
			middle := utc(t, change)
			for at := middle.Add(-30 * time.Hour); at.Before(middle.Add(30 * time.Hour)); at = at.Add(time.Minute) {
				local := at.In(loc).Format("2006-01-02 15:04")
				shown[local] = append(shown[local], at)
			}
			first, asked := middle.Add(-3*time.Hour), 0
			start := first.In(loc)
			naive := time.Date(start.Year(), start.Month(), start.Day(), start.Hour(), start.Minute(), 0, 0, time.UTC)
			for end := naive.Add(6 * time.Hour); naive.Before(end); naive = naive.Add(time.Minute) {
				text := naive.Format("2006-01-02 15:04")
				want := shown[text]
				got, err := news.ScheduleTime(text).Instant(zone, middle)
				asked++
				switch {
				case len(want) == 0 && err == nil:
					t.Errorf("%s in %s is %v, but no clock shows it", text, zone, got)
				case len(want) > 0 && (err != nil || !got.Equal(want[0])):
					t.Errorf("%s in %s is %v %v, want %v", text, zone, got, err, want)
				}
			}
			if asked != 360 {
				t.Fatalf("%d minutes were asked for", asked)
			}
		}
	}
}

func TestScheduleCheck(t *testing.T) {
	now := utc(t, "2026-03-09T12:00:00Z")
	hour := func(h float64) time.Time { return now.Add(time.Duration(h * float64(time.Hour))) }
	for _, tt := range []struct {
		what    string
		s       news.Schedule
		refusal string
	}{
		{"at once", news.Schedule{}, ""},
		{"tomorrow", news.Schedule{PublishAt: hour(24)}, ""},
		{"a moment ago", news.Schedule{PublishAt: now.Add(-59 * time.Second)}, ""},
		{"this morning", news.Schedule{PublishAt: hour(-3)}, "publishAt 2026-03-09T09:00:00Z has passed (it is 2026-03-09T12:00:00Z)"},
		{"at the end of the embargo", news.Schedule{PublishAt: hour(2), EmbargoUntil: hour(2)}, ""},
		{"within the embargo", news.Schedule{PublishAt: hour(1), EmbargoUntil: hour(2)}, "publishAt must not be before embargoUntil: it is 2026-03-09T13:00:00Z, the embargo ends at 2026-03-09T14:00:00Z"},
		{"at once, under embargo", news.Schedule{EmbargoUntil: hour(2)}, "publishAt must not be before embargoUntil"},
		{"at once, after the embargo", news.Schedule{EmbargoUntil: hour(-2)}, ""},
		{"a day long", news.Schedule{PublishAt: hour(1), ExpiresAt: hour(25)}, ""},
		{"gone before it comes", news.Schedule{PublishAt: hour(2), ExpiresAt: hour(1)}, "expiresAt must be after the publication: it is 2026-03-09T13:00:00Z, published at 2026-03-09T14:00:00Z"},
		{"gone when it comes", news.Schedule{PublishAt: hour(2), ExpiresAt: hour(2)}, "expiresAt must be after"},
		{"gone already", news.Schedule{ExpiresAt: hour(-1)}, "expiresAt must be after"},
	} {
		err := tt.s.Check(now)
		if tt.refusal == "" && err != nil {
			t.Errorf("%s: %v", tt.what, err)
		} else if tt.refusal != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.refusal) || news.KindOf(err) != news.Invalid) {
			t.Errorf("%s: %v, want %q", tt.what, err, tt.refusal)
		}
	}
}

func FuzzScheduleTime(f *testing.F) {
	for _, s := range []string{"2026-03-29T06:00:00+02:00", "tomorrow 06:00 Europe/Berlin", "2011-12-30 12:00 Pacific/Apia", "0001-01-01 00:00", "9999-12-31 23:59:59.999 Asia/Baghdad"} {
		f.Add(s, int64(1774737000))
	}
	f.Fuzz(func(t *testing.T, text string, now int64) {
		at, err := news.ScheduleTime(text).Instant("Australia/Lord_Howe", time.Unix(now%(1<<33), 0))
		if err != nil {
			if news.KindOf(err) != news.Invalid {
				t.Fatal(err)
			}
			return
		}
		if at.Location() != time.UTC || !at.Equal(at.Truncate(time.Millisecond)) {
			t.Errorf("%q is %v", text, at)
		}
		// The same instant, written with its offset, is the same.
		if again, err := news.ScheduleTime(at.Format(time.RFC3339Nano)).Instant("UTC", at); at.Year() > 0 && at.Year() <= 9999 && (err != nil || !again.Equal(at)) {
			t.Errorf("%q is %v, and then %v %v", text, at, again, err)
		}
	})
}
