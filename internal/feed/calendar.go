// Package feed publishes lists of the newsroom in formats that other programs subscribe to.
package feed

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// AnniversariesPath is where [Anniversaries] must be served: the calendar names it as its source.
const AnniversariesPath = "/calendar/anniversaries.ics"

// maxEntries bounds a calendar; pageSize is how many are read at once.
const (
	maxEntries = 5000
	pageSize   = 500
)

// Anniversaries serves the anniversaries of the events that a caller sees as iCalendar (RFC 5545, RFC 7986). The query
// parameters are named after the arguments of the GraphQL field anniversaries; docs/calendar.md describes them. CallerOf
// says who asks, with an Unauthenticated or Forbidden error when nobody may.
func Anniversaries(s *store.Store, callerOf func(*http.Request) (*news.Caller, error), now func() time.Time, log *slog.Logger) http.Handler {
	return &anniversaries{store: s, callerOf: callerOf, now: now, log: log}
}

type anniversaries struct {
	store    *store.Store
	callerOf func(*http.Request) (*news.Caller, error)
	now      func() time.Time
	log      *slog.Logger

	// Of one request.
	caller *news.Caller
	reader *store.Reader
}

func (a *anniversaries) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	err := a.serve(w, r)
	switch {
	case err == nil:
	case news.KindOf(err) == news.Unauthenticated:
		w.Header().Set("WWW-Authenticate", `Bearer realm="Dateline"`)
		http.Error(w, err.Error(), http.StatusUnauthorized)
	case news.KindOf(err) == news.Forbidden:
		http.Error(w, err.Error(), http.StatusForbidden)
	case news.KindOf(err) == news.Invalid:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case r.Context().Err() != nil:
		http.Error(w, "the request ended before the calendar was complete; ask for a shorter span or with narrower filters", http.StatusServiceUnavailable)
	default:
		a.log.ErrorContext(r.Context(), "the calendar of anniversaries failed", "query", r.URL.RawQuery, "error", err)
		http.Error(w, "something went wrong here; the log has it", http.StatusInternalServerError)
	}
}

// serve answers, or gives an error and has written nothing.
func (a *anniversaries) serve(w http.ResponseWriter, r *http.Request) error {
	caller, err := a.callerOf(r)
	if err != nil {
		return err
	}
	a = &anniversaries{store: a.store, now: a.now, log: a.log, caller: caller, reader: a.store.As(caller)}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return news.Invalidf("the query cannot be read (%v); write it as ?from=2027-01-01&to=2027-12-31", err)
	}
	wanted, err := parseSelection(query)
	if err != nil {
		return err
	}
	e, err := a.edition(r.Context(), query)
	if err != nil {
		return err
	}
	var text []byte
	isKnown := isAmong(r.Header.Values("If-None-Match"), e.tag)
	if !isKnown {
		if text, err = a.calendar(r.Context(), e, wanted); err != nil {
			return err
		}
	}
	h := w.Header()
	h.Set("ETag", e.tag)
	h.Set("Vary", "Authorization")
	h.Set("Cache-Control", "public, max-age=3600")
	if !a.caller.Anonymous() {
		h.Set("Cache-Control", "private, max-age=3600")
	}
	if isKnown {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.Write(text)
	return nil
}

// edition is what a calendar depends on besides its filters.
type edition struct {
	site  *news.Site
	zone  *time.Location
	today news.Date
	query url.Values
	tag   string
}

// edition reads the journal's position first: an answer that a change overtakes is then tagged as older than it is, and
// asked for again.
func (a *anniversaries) edition(ctx context.Context, query url.Values) (e edition, err error) {
	position, err := a.store.Position(ctx)
	if err != nil {
		return e, err
	}
	if e.site, err = a.store.Site(ctx); err != nil {
		return e, err
	}
	if e.zone, err = e.site.TimeZone.Location(); err != nil {
		return e, err
	}
	e.today, e.query = news.DateOf(a.now().In(e.zone)), query
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %s %s %s %s", e.site.ID, position, e.today, query.Encode(), a.caller.KeyID, a.caller.Name))
	e.tag = `"` + hex.EncodeToString(sum[:12]) + `"`
	return e, nil
}

// isAmong says whether a tag is one of those that If-None-Match lists (RFC 9110, 13.1.2). Our tags hold no comma.
func isAmong(headers []string, tag string) bool {
	for listed := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		if listed = strings.TrimSpace(listed); listed == "*" || strings.TrimPrefix(listed, "W/") == tag {
			return true
		}
	}
	return false
}

// calendar writes what is wanted.
func (a *anniversaries) calendar(ctx context.Context, e edition, wanted *selection) ([]byte, error) {
	found, err := a.find(ctx, e, wanted)
	if err != nil {
		return nil, err
	}
	about, err := a.details(ctx, found)
	if err != nil {
		return nil, err
	}
	c := newCalendar(e)
	for _, day := range found {
		writeEntry(c.AddEvent(uid(e.site, day)), e.site, day, about, wanted.locale)
	}
	if len(found) == 0 {
		addTimeZone(c)
	}
	var b bytes.Buffer
	err = c.SerializeTo(&b, ics.WithNewLineWindows) // a line must end in CR LF
	return b.Bytes(), err
}

// find reads what is wanted, page by page. More than a calendar holds is an Invalid error that says how many there are.
func (a *anniversaries) find(ctx context.Context, e edition, wanted *selection) (found []*news.Anniversary, err error) {
	q := store.AnniversaryQuery{Roundness: wanted.roundness, Policy: wanted.leapDayPolicy, WithoutCoverageOnly: wanted.withoutCoverageOnly,
		Filter: &wanted.filter, Today: e.today, Zone: e.zone}
	q.From, q.To = news.AnniversarySpan(e.today, wanted.from, wanted.to)
	if q.Filter.Topics, err = terms(ctx, "topics", wanted.topics, a.reader.Topic); err != nil {
		return nil, err
	}
	if q.Filter.Categories, err = terms(ctx, "categories", wanted.categories, a.reader.Category); err != nil {
		return nil, err
	}
	for w := (news.Window{Limit: pageSize}); ; {
		page, err := a.reader.FindAnniversaries(ctx, q, w)
		if err != nil {
			return nil, err
		}
		found = append(found, page.Nodes()...)
		if !page.PageInfo.HasNextPage {
			return found, nil
		}
		if w.Cursor == "" {
			if err := checkTotal(page.TotalCount(ctx)); err != nil {
				return nil, err
			}
		}
		w.Cursor = *page.PageInfo.EndCursor
	}
}

func checkTotal(total int, err error) error {
	if err == nil && total > maxEntries {
		err = news.Invalidf("that would be %d anniversaries, and a calendar holds at most %d; narrow it with from and to, roundness, kinds, topics, categories, "+
			"verification, minSignificance, selectedOnly, withoutCoverageOnly, astronomicalYearFrom, astronomicalYearTo or text", total, maxEntries)
	}
	return err
}

// terms matches any of the topics or categories that have these slugs, and what lies below the categories.
func terms[N news.Node](ctx context.Context, parameter string, slugs []string, find func(context.Context, news.TermRef) (N, error)) (*news.TermFilter, error) {
	if slugs == nil {
		return nil, nil
	}
	filter := &news.TermFilter{IncludeDescendants: true}
	for _, slug := range slugs {
		term, err := find(ctx, news.TermRef{Slug: &slug})
		if news.KindOf(err) == news.NotFound {
			return nil, news.Invalidf("%s: none has the slug %q; the GraphQL field %s lists them all", parameter, slug, parameter)
		}
		if err != nil {
			return nil, err
		}
		filter.AnyOf = append(filter.AnyOf, &news.TermRef{ID: new(term.NodeID())})
	}
	return filter, nil
}

// details is what the entries say about their events.
type details struct {
	sources    map[news.ID][]*news.Citation
	categories map[news.ID][]*news.Category
	topics     map[news.ID][]*news.Topic
}

func (a *anniversaries) details(ctx context.Context, found []*news.Anniversary) (d details, err error) {
	events := make([]news.ID, len(found))
	for i, day := range found {
		events[i] = day.Event.ID
	}
	slices.Sort(events)
	events = slices.Compact(events) // a span of years meets an event again and again
	if d.sources, err = a.reader.EventCitations(ctx, events); err != nil {
		return d, err
	}
	if d.categories, err = a.reader.EventCategories(ctx, events); err != nil {
		return d, err
	}
	d.topics, err = a.reader.EventTopics(ctx, events)
	return d, err
}

func newCalendar(e edition) *ics.Calendar {
	c := &ics.Calendar{}
	c.SetProductId("-//Dateline//Anniversaries//EN")
	c.SetVersion("2.0")
	c.SetMethod(ics.MethodPublish)
	c.SetName(line(e.site.Name + ": anniversaries"))
	c.SetRefreshInterval("PT1H") // the library adds VALUE=DURATION itself
	c.SetXPublishedTTL("PT1H")
	source := string(e.site.URL) + AnniversariesPath
	if len(e.query) > 0 {
		source += "?" + e.query.Encode()
	}
	c.CalendarProperties = append(c.CalendarProperties, ics.CalendarProperty{BaseProperty: ics.BaseProperty{
		IANAToken: "SOURCE", Value: source, ICalParameters: map[string][]string{"VALUE": {string(ics.ValueDataTypeUri)}},
	}})
	return c
}

// addTimeZone gives a calendar without entries the component that RFC 5545, 3.6, demands; it shows nowhere.
func addTimeZone(c *ics.Calendar) {
	standard := c.AddTimezone("Etc/UTC").AddStandard()
	standard.AddProperty(ics.ComponentPropertyDtStart, "19700101T000000")
	standard.AddProperty(ics.ComponentProperty(ics.PropertyTzoffsetfrom), "+0000")
	standard.AddProperty(ics.ComponentProperty(ics.PropertyTzoffsetto), "+0000")
}

// uid is the same in every calendar that shows the anniversary. RFC 7986, 5.3, forbids the host's name in it; the
// site's id stands there instead, which also stays when the site moves.
func uid(site *news.Site, day *news.Anniversary) string {
	return fmt.Sprintf("%s-%04d@%s", day.Event.ID, day.OccursOn.Year, site.ID)
}

// writeEntry fills in an anniversary. Its stamps are the event's, so that what did not change is the same to the byte.
func writeEntry(entry *ics.VEvent, site *news.Site, day *news.Anniversary, about details, locale *news.Locale) {
	e := day.Event
	entry.SetDtStampTime(e.UpdatedAt)
	entry.SetModifiedAt(e.UpdatedAt)
	start := day.OccursOn.In(time.UTC)
	entry.SetAllDayStartAt(start)
	if end := start.AddDate(0, 0, 1); end.Year() < 10000 { // without an end it is one day all the same
		entry.SetAllDayEndAt(end)
	}
	entry.SetSummary(summary(day, locale), inLanguage(e.Locale)...)
	entry.SetDescription(description(e, about.sources[e.ID], locale))
	entry.SetURL(string(site.URL) + string(e.Path))
	for _, name := range filedUnder(about.categories[e.ID], about.topics[e.ID]) {
		entry.AddCategory(name)
	}
	entry.SetTimeTransparency(ics.TransparencyTransparent) // nobody is busy because of it
}

// summary leaves out the label of a day without a year, which is that day's own name.
func summary(day *news.Anniversary, locale *news.Locale) string {
	if day.Years == nil {
		return line(day.Event.Title)
	}
	return line(day.Label(locale) + ": " + day.Event.Title)
}

// inLanguage says the language of the title.
func inLanguage(l news.Locale) []ics.PropertyParameter {
	tag, err := parseLocale(string(l))
	if err != nil {
		return nil
	}
	return []ics.PropertyParameter{&ics.KeyValues{Key: string(ics.ParameterLanguage), Value: []string{string(tag)}}}
}

// description is the event's text, its date with a warning where that is disputed or refuted, and its sources.
func description(e *news.HistoricalEvent, sources []*news.Citation, locale *news.Locale) string {
	date := e.Date.Text(cmp.Or(locale, &e.Locale), news.StyleLong)
	if e.Verification == news.Disputed || e.Verification == news.Refuted {
		date += " (" + string(e.Verification) + ")"
	}
	cited := make([]string, len(sources))
	for i, s := range sources {
		cited[i] = line(citation(s))
	}
	text := ""
	if d, err := e.Description(); err == nil { // else the caller's key does not reach that far
		text = plain(d.Text)
	}
	parts := []string{text, date, strings.Join(cited, "\n")}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "\n\n")
}

func citation(c *news.Citation) string {
	text := c.Title
	if c.Publisher != nil {
		text += ", " + *c.Publisher
	}
	if c.URL != nil && string(*c.URL) != c.Title {
		text += ", " + string(*c.URL)
	}
	return text
}

// filedUnder are the names of categories and topics, each once.
func filedUnder(categories []*news.Category, topics []*news.Topic) (names []string) {
	add := func(name string) {
		if name = line(name); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, c := range categories {
		add(c.Name)
	}
	for _, t := range topics {
		add(t.Name)
	}
	return names
}

// plain is text as RFC 5545, 3.1, allows it: no control characters but tabs and line feeds. All that ends a line
// becomes a line feed; the library escapes that, and nothing else that programs take for the end of a line.
func plain(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch r {
		case '\t', '\n':
			return r
		case '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
			return '\n'
		}
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
}

// line is plain text on a single line.
func line(text string) string { return strings.ReplaceAll(plain(text), "\n", " ") }
