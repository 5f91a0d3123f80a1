package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// dayLine is a line of a day list: what Wikipedia's page of a day of the year lists, with the years as they stand there.
type dayLine struct {
	Month  int              `json:"month"`
	Day    int              `json:"day"`
	Events []jsontext.Value `json:"events"`
	Births []jsontext.Value `json:"births"`
	Deaths []jsontext.Value `json:"deaths"`

	// What says the same again, or nothing.
	Kind jsontext.Value `json:"kind"`
	Date jsontext.Value `json:"date"`
	Page jsontext.Value `json:"wikipedia"`

	Rest map[string]jsontext.Value `json:",inline"`
}

// dayEntry is an entry of a day. Year is free text, and sometimes the whole entry.
type dayEntry struct {
	Year        string                    `json:"year"`
	Description string                    `json:"description"`
	Pages       []dayPage                 `json:"wikipedia"`
	Rest        map[string]jsontext.Value `json:",inline"`
}

type dayPage struct {
	Title   string `json:"title"`
	Address string `json:"wikipedia"`
}

// readDayList reads JSON Lines, a day on each line. A date is never made up: what has no certain year fails.
func readDayList(in *run, r io.Reader) error { return eachLine(in, r, "day", readDay) }

func readDay(in *run, o origin, line []byte) error {
	var l dayLine
	if err := jsonProblem(json.Unmarshal(line, &l, feedOptions)); err != nil {
		in.fail(o, fmt.Sprintf("line %d: %v", o.line, err))
		return nil
	}
	day, err := news.ParseMonthDay(fmt.Sprintf("%02d-%02d", l.Month, l.Day))
	if err != nil {
		in.fail(o, fmt.Sprintf("line %d: month %d and day %d are no day of the year", o.line, l.Month, l.Day))
		return nil
	}
	if l.Events == nil && l.Births == nil && l.Deaths == nil {
		in.fail(o, fmt.Sprintf("line %d holds none of the lists events, births and deaths", o.line))
		return nil
	}
	for name := range l.Rest {
		in.report.lose("field", name, o.ref)
	}
	for _, list := range []struct {
		name    string
		kind    news.HistoricalEventKind
		entries []jsontext.Value
	}{{"events", news.EventHappening, l.Events}, {"births", news.EventBirth, l.Births}, {"deaths", news.EventDeath, l.Deaths}} {
		d := &dayListReader{in: in, day: day, list: list.name, kind: list.kind, at: o, refs: map[news.Ref]bool{}}
		if in.opt.Kind != "" {
			d.kind = in.opt.Kind
		}
		for i, entry := range list.entries {
			if err := d.entry(i+1, entry); err != nil {
				return err
			}
		}
	}
	return nil
}

// dayListReader reads one list of a day.
type dayListReader struct {
	in   *run
	day  news.MonthDay
	list string
	kind news.HistoricalEventKind
	at   origin // of the line
	refs map[news.Ref]bool
}

func (d *dayListReader) entry(number int, raw jsontext.Value) error {
	o := d.at
	o.kind, o.ref = d.list, news.Ref(fmt.Sprintf("wikipedia:%s/%s/entry-%d", d.day, d.list, number))
	var e dayEntry
	if err := jsonProblem(json.Unmarshal(raw, &e, feedOptions)); err != nil {
		d.in.fail(o, fmt.Sprintf("entry %d: %v", number, err))
		return nil
	}
	date, text, problem := e.understand(d.day)
	if problem != "" {
		d.in.fail(o, problem)
		return nil
	}
	sum := sha256.Sum256([]byte(text))
	o.ref = news.Ref(fmt.Sprintf("wikipedia:%s/%s/%d/%s", d.day, d.list, date.year, hex.EncodeToString(sum[:8])))
	if d.refs[o.ref] {
		d.in.skip(o, "the list has the same entry before")
		return nil
	}
	d.refs[o.ref] = true
	for name := range e.Rest {
		d.in.report.lose("field", name, o.ref)
	}
	rec := newEvent(text, d.kind, d.in.opt.Locale)
	rec.Date, rec.Calendar = edtfDay(date.year, d.day.Month, d.day.Day), date.calendar
	for _, p := range e.Pages {
		c, locale := p.citation()
		if rec.Locale == "" {
			rec.Locale = locale
		}
		if c.Title != "" {
			rec.Sources = append(rec.Sources, c)
		}
	}
	return d.in.record(o, news.Record{Ref: o.ref, Event: rec}, "")
}

// newEvent is a published, unverified event described by plain text.
func newEvent(text string, kind news.HistoricalEventKind, locale news.Locale) *news.EventRecord {
	return &news.EventRecord{
		HistoricalEvent: news.HistoricalEvent{
			Head: news.Head{Title: headline(text), Locale: locale, Status: news.StatusPublished},
			Kind: kind, Verification: news.Unverified,
		},
		Description: news.HTML("<p>" + html.EscapeString(text) + "</p>"),
	}
}

// edtfDay writes a day with its astronomical year, from -9999 to 9999.
func edtfDay(year, month, day int) news.EDTF {
	if year < 0 {
		return news.EDTF(fmt.Sprintf("-%04d-%02d-%02d", -year, month, day))
	}
	return news.EDTF(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
}

// listedYear is what a day list says beside the day: the astronomical year and the calendar.
type listedYear struct {
	year     int
	calendar news.CalendarModel
}

// understand finds the year and the text of an entry. problem says why there is no certain one.
func (e *dayEntry) understand(day news.MonthDay) (date listedYear, text, problem string) {
	year, text := oneLine(e.Year), oneLine(footnote.ReplaceAllString(markup.PlainTitle(e.Description), ""))
	if m := yearThenText.FindStringSubmatch(strings.ReplaceAll(e.Year, "\u00a0", " ")); m != nil && text == "" {
		year, text = oneLine(m[1]), oneLine(footnote.ReplaceAllString(markup.PlainTitle(m[2]), ""))
	}
	y, isOldStyle, problem := parseListedYear(year)
	switch {
	case problem != "":
	case text == "":
		problem = "the entry has a year and no text"
	case isOldStyle && (y < 1582 || y > 1923):
		problem = fmt.Sprintf("%q: old style has a meaning from 1582 to 1923 only", year)
	case isOldStyle && (day.Month < 3 || day.Month == 3 && day.Day < 25):
		problem = fmt.Sprintf("%q: an old-style year may begin on 25 March, so that the day may lie in the year after", year)
	}
	if problem != "" {
		return date, "", problem
	}
	date = listedYear{y, news.CalendarGregorian}
	if isOldStyle || isBeforeReform(y, day) {
		date.calendar = news.CalendarJulian
	}
	return date, text, ""
}

// isBeforeReform says whether a day lies before 15 October 1582, the first one of the Gregorian calendar.
func isBeforeReform(year int, day news.MonthDay) bool {
	return year < 1582 || year == 1582 && (day.Month < 10 || day.Month == 10 && day.Day < 15)
}

var (
	writtenYear  = regexp.MustCompile(`^(?:(AD) )?(\d{1,4})(?: (AD|CE|BC|BCE))?( \((?:OS|O\.S\.)\))?$`)
	yearThenText = regexp.MustCompile(`(?s)^\s*((?:AD )?\d{1,4}(?: (?:AD|CE|BC|BCE))?)\s*(?:[-–—]+|\n)\s*(\pL.*)$`)
	severalYears = regexp.MustCompile(`^\d{1,4}(?: ?(?:/|or|\(or) ?)\d{1,4}\)?$`)
	footnote     = regexp.MustCompile(`\s*\[(?:\d{1,3}|[a-z\s\x{a0}]{1,40} needed|[a-z\s\x{a0}]{1,40}\x{a0}needed)\]`)
)

// parseListedYear reads "1066", "AD 69", "9 AD", "153 BC" and "1642 (OS)". The year it returns is astronomical.
func parseListedYear(s string) (year int, isOldStyle bool, problem string) {
	m := writtenYear.FindStringSubmatch(s)
	switch {
	case s == "":
		return 0, false, "the entry has no year"
	case severalYears.MatchString(s):
		return 0, false, fmt.Sprintf("%q names two years; neither is certain", s)
	case m == nil && !strings.ContainsAny(s[:1], "0123456789") && !strings.HasPrefix(s, "AD "):
		return 0, false, fmt.Sprintf("there is text where the year should stand: %q", clip(s, 80))
	case m == nil || m[1] != "" && m[3] != "":
		return 0, false, fmt.Sprintf("%q is no certain year", clip(s, 80))
	}
	year, _ = strconv.Atoi(m[2]) // digits
	if year == 0 {
		return 0, false, "there was no year 0; 1 BC is followed by AD 1"
	}
	if strings.HasPrefix(m[3], "BC") {
		year = 1 - year
	}
	return year, m[4] != "", ""
}

// oneLine makes any white space one space.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// citation also tells the language of the page: that of its host, where wikipedia.org alone leads to English.
func (p dayPage) citation() (news.Citation, news.Locale) {
	publisher := "Wikipedia"
	c := news.Citation{Title: oneLine(markup.PlainTitle(p.Title)), Publisher: &publisher}
	safe, ok := markup.SafeURL(p.Address)
	if !ok {
		return c, ""
	}
	address := news.URL(safe)
	c.URL = &address
	u, err := url.Parse(safe)
	if err != nil {
		return c, ""
	}
	switch language, isWikipedia := strings.CutSuffix(u.Hostname(), "wikipedia.org"); {
	case !isWikipedia:
		return c, ""
	case language == "" || language == "www.":
		return c, "en"
	default:
		if tag := strings.TrimSuffix(language, "."); localeTag.MatchString(tag) {
			return c, news.Locale(tag)
		}
	}
	return c, ""
}
