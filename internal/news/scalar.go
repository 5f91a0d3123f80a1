package news

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Locale is a BCP 47 language tag such as "en" or "pt-BR".
type Locale string

// TimeZone is an IANA time-zone name such as "Asia/Baghdad".
type TimeZone string

// Location loads the zone. The error names the zone when the name is unknown.
func (z TimeZone) Location() (*time.Location, error) {
	if loc, ok := locations.Load(z); ok {
		return loc.(*time.Location), nil
	}
	loc, err := time.LoadLocation(string(z))
	if err != nil || z == "" || path.Clean(string(z)) != string(z) { // files have many spellings, zones have one
		return nil, Invalidf("%q is not an IANA time-zone name; use one such as Europe/Berlin", string(z))
	}
	locations.Store(z, loc)
	return loc, nil
}

// locations are those that were asked for; time.LoadLocation reads a file each time. There are some 600 names.
var locations sync.Map // TimeZone to *time.Location

// URL is an absolute http or https address.
type URL string

// Check refuses what is not an absolute http or https address.
func (u URL) Check() error {
	parsed, err := url.Parse(string(u))
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return Invalidf("%q is no address; write it as https://news.example/page", string(u))
	}
	return nil
}

// CheckTarget refuses what is neither an absolute address nor a path on this site.
func (u URL) CheckTarget() error {
	if parsed, err := url.Parse(string(u)); err == nil && parsed.Scheme == "" && parsed.Host == "" && strings.HasPrefix(string(u), "/") {
		return nil
	}
	if u.Check() != nil {
		return Invalidf("%q leads nowhere; write it as https://news.example/page, or as /page on this site", string(u))
	}
	return nil
}

// Path is a root-relative, percent-encoded, normalised path such as "/iraq-news/slug".
type Path string

// HTML is sanitised HTML from the allow-list of package markup; safe to place in a page.
type HTML string

// RichText is short formatted text in two views.
type RichText struct {
	HTML HTML   `json:"html"`
	Text string `json:"text"`
}

// Date is a day of the proleptic Gregorian calendar without a time zone, years 0001 to 9999.
type Date struct{ Year, Month, Day int }

// DateOf is the calendar day of t in t's own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, int(m), d}
}

// ParseDate reads "YYYY-MM-DD" and refuses days that do not exist.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return Date{}, Invalidf("%q is not a date; write it as YYYY-MM-DD", s)
	}
	return DateOf(t), nil
}

func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// In is the first instant of the day in loc; of a day that a zone left out when it crossed the date line, that of the next.
func (d Date) In(loc *time.Location) time.Time {
	t := time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, loc)
	if DateOf(t) != d { // the clocks were put forward at midnight, and package time went back for it
		_, t = t.ZoneBounds()
	}
	return t
}

// MonthDay is the day's place in the year.
func (d Date) MonthDay() MonthDay { return MonthDay{d.Month, d.Day} }

// MarshalGQL writes the date as a JSON string.
func (d Date) MarshalGQL(w io.Writer) { io.WriteString(w, strconv.Quote(d.String())) }

// UnmarshalGQL reads what MarshalGQL writes.
func (d *Date) UnmarshalGQL(v any) error { return unmarshalText(v, "Date", d, ParseDate) }

// MarshalText makes the JSON form of a date the same as its GraphQL form.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(b []byte) (err error) { *d, err = ParseDate(string(b)); return err }

// MonthDay is a day of the year, any year; 29 February is valid.
type MonthDay struct{ Month, Day int }

// ParseMonthDay reads "MM-DD".
func ParseMonthDay(s string) (MonthDay, error) {
	// 2000 was a leap year, so 02-29 passes.
	t, err := time.Parse(time.DateOnly, "2000-"+s)
	if err != nil {
		return MonthDay{}, Invalidf("%q is not a day of the year; write it as MM-DD", s)
	}
	return DateOf(t).MonthDay(), nil
}

// Number is month * 100 + day.
func (m MonthDay) Number() int { return m.Month*100 + m.Day }

func (m MonthDay) String() string { return fmt.Sprintf("%02d-%02d", m.Month, m.Day) }

// MarshalGQL writes the day as a JSON string.
func (m MonthDay) MarshalGQL(w io.Writer) { io.WriteString(w, strconv.Quote(m.String())) }

// UnmarshalGQL reads what MarshalGQL writes.
func (m *MonthDay) UnmarshalGQL(v any) error { return unmarshalText(v, "MonthDay", m, ParseMonthDay) }

// MarshalText makes the JSON form of a day the same as its GraphQL form.
func (m MonthDay) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (m *MonthDay) UnmarshalText(b []byte) (err error) {
	*m, err = ParseMonthDay(string(b))
	return err
}

func unmarshalText[T any](v any, name string, to *T, parse func(string) (T, error)) error {
	s, ok := v.(string)
	if n, isNumber := v.(json.Number); isNumber {
		s, ok = n.String(), name == "ID"
	}
	if !ok {
		return Invalidf("%s must be a string", name)
	}
	parsed, err := parse(s)
	if err != nil {
		return err
	}
	*to = parsed
	return nil
}

// Next is the first such day that is not before from; for 29 February that may be some years ahead. It needs a day that
// [ParseMonthDay] takes.
func (m MonthDay) Next(from Date) Date {
	for year := from.Year; ; year++ {
		day := Date{year, m.Month, m.Day}
		exists := DateOf(day.In(time.UTC)) == day
		if exists && (year > from.Year || m.Month > from.Month || m.Month == from.Month && m.Day >= from.Day) {
			return day
		}
	}
}
