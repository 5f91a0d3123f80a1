package importer

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// maxVEvent bounds the text of one event; attachments inside it count.
const maxVEvent = 4 << 20

// readICalendar reads the VEVENTs of an iCalendar file (RFC 5545). Lines are put together and cut into components here and
// understood by the library one by one, so that a broken one costs only itself.
func readICalendar(in *run, r io.Reader) error {
	c := &calendarReader{in: in, lines: &lineReader{r: bufio.NewReaderSize(r, 64<<10), max: maxVEvent}}
	for {
		line, err := c.next()
		if err != nil && err != io.EOF {
			in.report.Incomplete = fmt.Sprintf("line %d: %v; what came before is kept", c.lines.number, err)
			return nil
		}
		if len(line.text) > 0 || line.isTooLong {
			if err := c.line(line); err != nil {
				return err
			}
		}
		if err == io.EOF {
			break
		}
		if err := in.ctx.Err(); err != nil {
			return err
		}
	}
	if !c.isCalendar {
		return news.Invalidf("the file is not an iCalendar file; one begins with BEGIN:VCALENDAR")
	}
	if len(c.open) > 0 {
		c.unclosed()
		in.report.Incomplete = fmt.Sprintf("the file ends before END:%s; what came before is kept", c.open[len(c.open)-1])
	}
	return nil
}

// contentLine is a line as it was before it was folded.
type contentLine struct {
	text      []byte
	number    int // of the line it begins in
	offset    int64
	isTooLong bool // and cut
}

// calendarReader follows the components of a calendar.
type calendarReader struct {
	in         *run
	lines      *lineReader
	ahead      contentLine // read already, since only what follows a line says that it is over
	atEnd      bool
	isCalendar bool
	open       []string // components that are not closed yet, outermost first
	event      *vEvent  // the one being read; nil outside
}

// vEvent is what is needed of a VEVENT.
type vEvent struct {
	origin
	properties map[string]*ics.BaseProperty // the first of each name that says something here
	lost       []string                     // names of those that have no place here, as often as they come
	size       int
	problem    string // why it cannot be read
	notes      []string
}

// next returns an unfolded line; io.EOF comes with the last one.
func (c *calendarReader) next() (contentLine, error) {
	line := c.ahead
	c.ahead = contentLine{}
	for !c.atEnd {
		piece, err := c.lines.next()
		if err != nil && err != io.EOF && err != errTooLong {
			return line, err
		}
		c.atEnd = err == io.EOF
		if c.lines.number == 1 {
			piece = bytes.TrimPrefix(piece, []byte("\ufeff"))
		}
		if len(piece) > 0 && (piece[0] == ' ' || piece[0] == '\t') && len(line.text) > 0 {
			if line.isTooLong = line.isTooLong || len(line.text)+len(piece) > maxVEvent; !line.isTooLong {
				line.text = append(line.text, piece[1:]...)
			}
			continue
		}
		following := contentLine{bytes.Clone(piece), c.lines.number, c.lines.offset, err == errTooLong}
		if len(line.text) > 0 || line.isTooLong {
			c.ahead = following
			return line, nil
		}
		line = following
	}
	return line, io.EOF
}

// line takes an unfolded line to the component it belongs to.
func (c *calendarReader) line(l contentLine) error {
	name, value, _ := strings.Cut(string(l.text[:min(len(l.text), 100)]), ":")
	value = strings.ToUpper(strings.TrimSpace(value))
	switch strings.ToUpper(name) {
	case "BEGIN":
		return c.begin(value, l)
	case "END":
		return c.end(value)
	}
	if c.event != nil && c.open[len(c.open)-1] == "VEVENT" {
		c.event.add(l)
	}
	return nil
}

func (c *calendarReader) begin(component string, l contentLine) error {
	c.isCalendar = c.isCalendar || component == "VCALENDAR"
	if !c.isCalendar {
		return news.Invalidf("line %d: %s outside of a calendar; a file begins with BEGIN:VCALENDAR", l.number, clip(component, 40))
	}
	o := origin{kind: strings.ToLower(component), ref: news.Ref(fmt.Sprintf("line:%d", l.number)), line: l.number, offset: l.offset}
	switch component {
	case "VEVENT":
		c.unclosed()
		c.event = &vEvent{origin: o, properties: map[string]*ics.BaseProperty{}}
	case "VCALENDAR", "VTIMEZONE", "STANDARD", "DAYLIGHT":
	case "VTODO", "VJOURNAL", "VFREEBUSY":
		c.in.skip(o, "only events (VEVENT) have a place in Dateline")
	default:
		c.in.report.lose("component", component, o.ref)
	}
	if len(c.open) >= 20 {
		return news.Invalidf("line %d: components are nested more than 20 deep; no calendar does that", l.number)
	}
	c.open = append(c.open, component)
	return nil
}

// unclosed fails the event being read, whose end is missing.
func (c *calendarReader) unclosed() {
	if c.event == nil {
		return
	}
	c.in.fail(c.event.origin, fmt.Sprintf("line %d: the event has no END:VEVENT", c.event.line))
	c.event = nil
	c.open = slices.DeleteFunc(c.open, func(name string) bool { return name == "VEVENT" })
}

func (c *calendarReader) end(component string) error {
	at := slices.Index(c.open, component)
	if at < 0 {
		return nil
	}
	if c.event != nil && slices.Contains(c.open[at+1:], "VEVENT") {
		c.unclosed()
	}
	c.open = c.open[:min(at, len(c.open))]
	if component != "VEVENT" || c.event == nil {
		return nil
	}
	e := c.event
	c.event = nil
	return e.record(c.in)
}

// add takes a property of the event. A line that cannot be read is left out and noted.
func (e *vEvent) add(l contentLine) {
	if e.size += len(l.text); l.isTooLong || e.size > maxVEvent {
		e.problem = fmt.Sprintf("the event is longer than %d MB", maxVEvent>>20)
		return
	}
	property, err := ics.ParseProperty(ics.ContentLine(bytes.ToValidUTF8(l.text, []byte("\ufffd"))))
	if err != nil || property == nil {
		e.notes = append(e.notes, fmt.Sprintf("line %d is not a property and was left out", l.number))
		return
	}
	name := strings.ToUpper(property.IANAToken)
	isUnderstood := slices.Contains(understood, name)
	switch {
	case !isUnderstood && !slices.Contains(unimportant, name):
		e.lost = append(e.lost, name)
	case e.properties[name] == nil:
		e.properties[name] = property
	case isUnderstood:
		e.notes = append(e.notes, fmt.Sprintf("line %d: a second %s was left out", l.number, name))
	}
}

// understood are the properties that become part of an event, unimportant those that say nothing about it.
var (
	understood  = []string{"UID", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "URL", "RRULE", "STATUS", "RECURRENCE-ID"}
	unimportant = []string{"DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "CLASS", "TRANSP", "PRIORITY"}
)

func (e *vEvent) value(name string) string {
	if p := e.properties[name]; p != nil {
		return strings.TrimSpace(p.Value)
	}
	return ""
}

func (e *vEvent) parameters(name string) map[string][]string {
	if p := e.properties[name]; p != nil {
		return p.ICalParameters
	}
	return nil
}

// record hands the event on.
func (e *vEvent) record(in *run) error {
	o := e.origin
	title, start := oneLine(e.value("SUMMARY")), e.value("DTSTART")
	if uid := oneLine(e.value("UID")); uid != "" {
		o.ref = news.Ref("ical:" + uid)
	} else {
		sum := sha256.Sum256([]byte(title + "\x00" + start))
		o.ref = news.Ref("ical:" + hex.EncodeToString(sum[:12]))
	}
	switch {
	case strings.EqualFold(e.value("STATUS"), "CANCELLED"):
		in.skip(o, "the event is cancelled")
		return nil
	case e.properties["RECURRENCE-ID"] != nil:
		in.skip(o, "it changes one occurrence of an event that recurs")
		return nil
	case e.problem == "" && title == "":
		e.problem = "the event has no SUMMARY, which becomes its title"
	}
	rec := &news.EventRecord{
		HistoricalEvent: news.HistoricalEvent{
			Head:         news.Head{Title: title, Locale: cmp.Or(in.opt.Locale, e.locale()), Status: news.StatusPublished},
			Verification: news.Unverified,
		},
		Description: plainHTML(e.value("DESCRIPTION")),
	}
	if class := strings.ToUpper(e.value("CLASS")); class != "" && class != "PUBLIC" {
		rec.Status = news.StatusDraft
		e.notes = append(e.notes, "it is not public there (CLASS), and stays a draft")
	}
	if e.problem == "" {
		e.problem = e.date(in, rec)
	}
	if e.problem != "" {
		in.fail(o, fmt.Sprintf("line %d: %s", e.line, e.problem))
		return nil
	}
	for _, name := range e.lost {
		in.report.lose("property", name, o.ref)
	}
	if address, ok := markup.SafeURL(e.value("URL")); ok {
		u := news.URL(address)
		rec.Sources = []news.Citation{{Title: address, URL: &u}}
	} else if e.value("URL") != "" {
		e.notes = append(e.notes, fmt.Sprintf("the URL %q is not an http or https address and was left out", clip(e.value("URL"), 80)))
	}
	return in.record(o, news.Record{Ref: o.ref, Event: rec}, strings.Join(e.notes, "; "))
}

// locale is the language that the title names.
func (e *vEvent) locale() news.Locale {
	for name, values := range e.parameters("SUMMARY") {
		if strings.EqualFold(name, "LANGUAGE") && len(values) == 1 && localeTag.MatchString(values[0]) {
			return news.Locale(values[0])
		}
	}
	return ""
}

// date sets date and kind. What recurs each year has a day and, unless the operator says that it is the anniversary of
// something, no year: the first occurrence of a rule is where the calendar begins, not history.
func (e *vEvent) date(in *run, rec *news.EventRecord) (problem string) {
	start, problem := e.day("DTSTART", in.opt.Location)
	if problem != "" {
		return problem
	}
	rule := e.value("RRULE")
	if rule != "" {
		if problem := yearly(rule, start); problem != "" {
			return problem
		}
		rec.Kind = news.EventObservance
	}
	rec.Kind = cmp.Or(in.opt.Kind, rec.Kind, news.EventHappening)
	rec.Date = edtfDay(start.Year, start.Month, start.Day)
	if limit := strings.ToUpper(rule); strings.Contains(limit, "UNTIL=") || strings.Contains(limit, "COUNT=") {
		e.notes = append(e.notes, "the end of its recurrence was left out")
	}
	if rule != "" && (rec.Kind == news.EventObservance || rec.Kind == news.EventHoliday) {
		rec.Date = news.EDTF("XXXX-" + start.MonthDay().String())
		e.notes = append(e.notes, "it recurs each year: the year of its first occurrence was left out")
		return ""
	}
	if e.properties["DTEND"] == nil {
		return ""
	}
	end, problem := e.lastDay(in.opt.Location)
	if problem != "" {
		return problem
	}
	if first, last := start.In(time.UTC), end.In(time.UTC); last.After(first) {
		rec.Date += "/" + edtfDay(end.Year, end.Month, end.Day)
	}
	return ""
}

var calendarDate = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$`)

// day is the day of a date or of a time: that of the place the time is of, for a time in UTC that in loc.
func (e *vEvent) day(name string, loc *time.Location) (news.Date, string) {
	value := e.value(name)
	m := calendarDate.FindStringSubmatch(value)
	if m == nil {
		if value == "" {
			return news.Date{}, "the event has no " + name
		}
		return news.Date{}, fmt.Sprintf("%s %q is not a date such as 19981005", name, clip(value, 60))
	}
	day, err := news.ParseDate(m[1] + "-" + m[2] + "-" + m[3])
	if err != nil {
		return day, fmt.Sprintf("%s %q: there is no such day", name, value)
	}
	if m[7] == "" {
		return day, ""
	}
	at, err := time.Parse("20060102T150405Z", value)
	if err != nil {
		return day, fmt.Sprintf("%s %q: there is no such time", name, value)
	}
	if day = news.DateOf(at.In(loc)); day.Year < 1 || day.Year > 9999 {
		return day, fmt.Sprintf("%s %q is out of range", name, value)
	}
	return day, ""
}

// lastDay is the last day of the event: DTEND is the first moment after it.
func (e *vEvent) lastDay(loc *time.Location) (news.Date, string) {
	day, problem := e.day("DTEND", loc)
	if value := e.value("DTEND"); problem == "" && (len(value) == 8 || strings.Contains(value, "T000000") && !strings.HasSuffix(value, "Z")) {
		day = news.DateOf(day.In(time.UTC).AddDate(0, 0, -1))
	}
	return day, problem
}

// yearly says why a rule is not that of a day of the year.
func yearly(rule string, start news.Date) (problem string) {
	for part := range strings.SplitSeq(strings.ToUpper(rule), ";") {
		name, value, _ := strings.Cut(part, "=")
		isFine := true
		switch name {
		case "FREQ":
			isFine = value == "YEARLY"
		case "INTERVAL":
			isFine = value == "1"
		case "BYMONTH":
			isFine = strings.TrimLeft(value, "0") == fmt.Sprint(start.Month)
		case "BYMONTHDAY":
			isFine = strings.TrimLeft(value, "0") == fmt.Sprint(start.Day)
		case "COUNT", "UNTIL", "WKST", "":
		default:
			isFine = false
		}
		if !isFine {
			return fmt.Sprintf("it recurs by the rule %s, not on one day of each year; write its days as events of their own", clip(rule, 100))
		}
	}
	return ""
}
