package store

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// A kept thing is an event or article of a random newsroom with what the test itself knows about it.
type kept struct {
	id      news.ID
	event   *news.EventRecord
	day     *news.MonthDay // on which it is kept, as the date was made and not as it was read; nil for none
	year    *int
	sortDay int64
	visible bool
	about   []time.Time // publications of the visible articles that refer to the event
}

var policies = []news.LeapDayPolicy{news.LeapFeb28, news.LeapMar1, news.LeapYearsOnly}

// isLeap asks the standard library.
func isLeap(year int) bool {
	return time.Date(year, 2, 29, 0, 0, 0, 0, time.UTC).Month() == time.February
}

// isKept is the rule, in one place and plain: a day of the year is kept on itself, 29 February in common years by policy.
func isKept(md news.MonthDay, on news.Date, p news.LeapDayPolicy) bool {
	leapDay := news.MonthDay{Month: 2, Day: 29}
	if md == leapDay && !isLeap(on.Year) {
		switch p {
		case news.LeapFeb28:
			md = news.MonthDay{Month: 2, Day: 28}
		case news.LeapMar1:
			md = news.MonthDay{Month: 3, Day: 1}
		default:
			return false
		}
	}
	return md.Month == on.Month && md.Day == on.Day
}

// daysFrom are all days between two, both included.
func daysFrom(first, last news.Date) (days []news.Date) {
	end := time.Date(last.Year, time.Month(last.Month), last.Day, 0, 0, 0, 0, time.UTC)
	for t := time.Date(first.Year, time.Month(first.Month), first.Day, 0, 0, 0, 0, time.UTC); !t.After(end); t = t.AddDate(0, 0, 1) {
		days = append(days, news.Date{Year: t.Year(), Month: int(t.Month()), Day: t.Day()})
	}
	return days
}

func daysOf(year int) []news.Date {
	return daysFrom(news.Date{Year: year, Month: 1, Day: 1}, news.Date{Year: year, Month: 12, Day: 31})
}

// firstInstant looks for the beginning of a day quarter by quarter; that of a day which does not exist is that of the next.
func firstInstant(day news.Date, zone *time.Location) time.Time {
	t := time.Date(day.Year, time.Month(day.Month), day.Day, 0, 0, 0, 0, time.UTC).Add(-28 * time.Hour)
	for before := func(t time.Time) bool {
		y, m, d := t.In(zone).Date()
		return cmp.Or(cmp.Compare(y, day.Year), cmp.Compare(int(m), day.Month), cmp.Compare(d, day.Day)) < 0
	}; before(t); {
		t = t.Add(15 * time.Minute)
	}
	return t
}

// busyDays are where days meet: around 29 February and the turn of the year.
var busyDays = []news.MonthDay{{Month: 2, Day: 27}, {Month: 2, Day: 28}, {Month: 2, Day: 29}, {Month: 2, Day: 29}, {Month: 3, Day: 1}, {Month: 3, Day: 2}, {Month: 12, Day: 31}, {Month: 1, Day: 1}}

func randomMonthDay(r *rand.Rand) news.MonthDay {
	if r.IntN(2) == 0 {
		return busyDays[r.IntN(len(busyDays))]
	}
	all := daysOf(2024)
	return all[r.IntN(len(all))].MonthDay()
}

// randomDate makes a date of any form, and says on which day it is kept and of which year it is, nil for none.
func randomDate(r *rand.Rand) (edtf string, calendar news.CalendarModel, day *news.MonthDay, year *int) {
	md := randomMonthDay(r)
	calendar = news.CalendarGregorian
	if r.IntN(5) == 0 {
		calendar = news.CalendarJulian
	}
	leap := func(y int) bool { return isLeap(y) || calendar == news.CalendarJulian && y%4 == 0 }
	aYear := func() int {
		y := []int{1800 + r.IntN(226), 1800 + r.IntN(226), -500 + r.IntN(2000), -4 + r.IntN(9), 1890 + r.IntN(20)}[r.IntN(5)]
		for md == (news.MonthDay{Month: 2, Day: 29}) && !leap(y) {
			y--
		}
		return y
	}
	y := aYear()
	written := func(y int) string {
		if y < 0 {
			return fmt.Sprintf("-%04d", -y)
		}
		return fmt.Sprintf("%04d", y)
	}
	on := func(y int) string { return fmt.Sprintf("%s-%02d-%02d", written(y), md.Month, md.Day) }
	later := y + 4*(1+r.IntN(100))
	for md == (news.MonthDay{Month: 2, Day: 29}) && !leap(later) {
		later += 4
	}
	switch r.IntN(24) {
	case 0:
		return on(y) + "?", calendar, &md, &y
	case 1:
		return on(y) + "~", calendar, nil, nil
	case 2:
		return on(y) + "%", calendar, nil, nil
	case 3:
		return fmt.Sprintf("%s-%02d", written(y), md.Month), calendar, nil, nil
	case 4:
		return written(y), calendar, nil, nil
	case 5:
		return []string{"185X", "19XX", "1XXX", "2001-21"}[r.IntN(4)], calendar, nil, nil
	case 6:
		return "{" + on(y) + "," + on(later) + "}", calendar, &md, nil
	case 7:
		return fmt.Sprintf("{%s,%s-04-30}", on(y), written(later)), calendar, nil, nil // no busy day is 30 April
	case 8:
		return on(y) + "/" + on(later), calendar, &md, &y
	case 9:
		return on(y) + "?/" + written(later), calendar, &md, &y
	case 10:
		return on(y) + "/..", calendar, &md, &y
	case 11:
		return "../" + on(y), calendar, nil, nil
	case 12:
		return written(y) + "/" + on(later), calendar, nil, nil
	case 13:
		return fmt.Sprintf("%s-%02d-XX", written(y), md.Month), calendar, nil, nil
	case 14, 15:
		return fmt.Sprintf("XXXX-%02d-%02d", md.Month, md.Day), news.CalendarGregorian, &md, nil
	case 16:
		return on(y) + "T23:30:00", calendar, &md, &y
	}
	return on(y), calendar, &md, &y
}

var eventFilters = []struct {
	name    string
	filter  *news.HistoricalEventFilter
	matches func(*kept) bool
}{
	{"all", nil, func(*kept) bool { return true }},
	{"kinds", &news.HistoricalEventFilter{Kinds: []news.HistoricalEventKind{news.EventBirth, news.EventDeath}},
		func(e *kept) bool { return e.event.Kind == news.EventBirth || e.event.Kind == news.EventDeath }},
	{"weight and choice", &news.HistoricalEventFilter{MinSignificance: new(2), SelectedOnly: new(true)},
		func(e *kept) bool { return *e.event.Significance >= 2 && e.event.IsSelected }},
	{"verification", &news.HistoricalEventFilter{Verification: []news.VerificationState{news.Verified, news.Disputed}},
		func(e *kept) bool {
			return e.event.Verification == news.Verified || e.event.Verification == news.Disputed
		}},
	{"exact days before the year 1", &news.HistoricalEventFilter{Precision: []news.DatePrecision{news.PrecisionDay}, AstronomicalYear: &news.IntRange{To: new(0)}},
		func(e *kept) bool {
			return e.day != nil && !strings.Contains(string(e.event.Date), "T") && e.sortDay < news.CalendarGregorian.DayNumber(1, 1, 1)
		}},
	{"a word", &news.HistoricalEventFilter{Text: new("snow")}, func(e *kept) bool { return e.event.Title == "Snow" }},
}

// randomCalendar fills a newsroom with events of all forms of dates and states, some of them with articles.
func randomCalendar(n *newsroom, seed uint64, size int) (events []*kept) {
	r := rand.New(rand.NewPCG(seed, 21))
	var records []news.Record
	for i := range size {
		edtf, calendar, day, year := randomDate(r)
		record := event(news.Ref(fmt.Sprint("w:e", i)), titled(r.IntN(4)), news.EDTF(edtf), func(e *news.EventRecord) {
			e.Calendar, e.Kind, e.Significance = calendar, news.HistoricalEventKinds[r.IntN(5)], new(r.IntN(4))
			e.Verification, e.IsSelected = news.VerificationStates[r.IntN(4)], r.IntN(5) == 0
			e.UpdatedAt = noon.Add(-time.Duration(r.IntN(4)) * time.Hour)
			e.Status = []news.EntryStatus{news.StatusPublished, news.StatusPublished, news.StatusPublished, news.StatusPublished, news.StatusPublished,
				news.StatusDraft, news.StatusUnpublished, news.StatusRetracted}[r.IntN(8)]
			if e.PublishedAt = noon.Add(-time.Hour); r.IntN(12) == 0 {
				e.PublishedAt = n.clock.now().Add(time.Hour)
			}
		})
		date, err := news.ParseHistoricalDate(edtf, calendar)
		if err != nil {
			n.t.Fatalf("%s: %v", edtf, err)
		}
		records = append(records, record)
		events = append(events, &kept{event: record.Event, day: day, year: year, sortDay: date.SortDay(),
			visible: record.Event.Status == news.StatusPublished && !record.Event.PublishedAt.After(n.clock.now())})
	}
	n.bring(news.Created, records...)
	for i, e := range events {
		e.id = n.id(news.Ref(fmt.Sprint("w:e", i)))
	}
	return events
}

// compareEvents is the order of two events, without regard to its direction.
func compareEvents(a, b *kept, field news.HistoricalEventOrderField) int {
	key := map[news.HistoricalEventOrderField]int{
		news.EventByDate:         cmp.Compare(a.sortDay, b.sortDay),
		news.EventBySignificance: cmp.Compare(*a.event.Significance, *b.event.Significance),
		news.EventByTitle:        cmp.Compare(fold(a.event.Title), fold(b.event.Title)),
		news.EventByUpdatedAt:    a.event.UpdatedAt.Compare(b.event.UpdatedAt),
	}[field]
	return cmp.Or(key, cmp.Compare(a.id, b.id))
}

func sortedEvents(events []*kept, by news.HistoricalEventOrder) []*kept {
	events = slices.Clone(events)
	slices.SortFunc(events, func(a, b *kept) int {
		if by.Direction == news.Descending {
			a, b = b, a
		}
		return compareEvents(a, b, by.Field)
	})
	return events
}

func chosen[T any](all []T, is func(T) bool) (some []T) {
	for _, one := range all {
		if is(one) {
			some = append(some, one)
		}
	}
	return some
}

func shown[T any](all []T, show func(T) string) []string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = show(one)
	}
	return texts
}

func keptID(k *kept) string { return k.id.String() }

// shownPage is a page of any list.
type shownPage struct {
	entries, cursors []string
	info             news.PageInfo
	count            func(context.Context) (int, error)
}

func pageOf[E interface{ GetNode() N }, N any](c *news.Connection[E, N], cursor, show func(E) string) shownPage {
	return shownPage{shown(c.Edges, show), shown(c.Edges, cursor), c.PageInfo, c.Count}
}

func pageOfEvents(c *news.HistoricalEventConnection, err error) (shownPage, error) {
	if err != nil {
		return shownPage{}, err
	}
	return pageOf(c, func(e *news.HistoricalEventEdge) string { return e.Cursor }, func(e *news.HistoricalEventEdge) string { return e.Node.ID.String() }), nil
}

// bothWays reads a list from both ends in pages of one size, and once between two cursors.
func bothWays(t testing.TB, what string, r *rand.Rand, limit int, want []string, list func(news.Window) (shownPage, error)) {
	t.Helper()
	page := func(w news.Window) shownPage {
		p, err := list(w)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if len(p.entries) > w.Limit {
			t.Fatalf("%s: %d entries where %d were asked for", what, len(p.entries), w.Limit)
		}
		return p
	}
	var entries, cursors []string
	w := news.Window{Limit: limit}
	for {
		p := page(w)
		entries, cursors = append(entries, p.entries...), append(cursors, p.cursors...)
		if w.Cursor == "" {
			if count, err := p.count(context.Background()); err != nil || count != len(want) {
				t.Fatalf("%s: the count is %d (%v), want %d", what, count, err, len(want))
			}
		}
		if !p.info.HasNextPage {
			break
		}
		w.Cursor = *p.info.EndCursor
	}
	if !slices.Equal(entries, want) {
		t.Fatalf("%s forwards:\n got %v\nwant %v", what, entries, want)
	}
	var back []string
	w = news.Window{Limit: limit, Backward: true}
	for {
		p := page(w)
		back = append(p.entries, back...)
		if !p.info.HasPreviousPage {
			break
		}
		w.Cursor = *p.info.StartCursor
	}
	if !slices.Equal(back, want) {
		t.Fatalf("%s backwards:\n got %v\nwant %v", what, back, want)
	}
	if len(want) < 2 {
		return
	}
	from := r.IntN(len(want) - 1)
	to := from + 1 + r.IntN(len(want)-from-1)
	between := want[from+1 : to]
	first := page(news.Window{Limit: limit, Cursor: cursors[from], Bound: cursors[to]})
	last := page(news.Window{Limit: limit, Cursor: cursors[to], Bound: cursors[from], Backward: true})
	n := min(limit, len(between))
	if !slices.Equal(first.entries, between[:n]) || !slices.Equal(last.entries, between[len(between)-n:]) || first.info.HasNextPage != (n < len(between)) {
		t.Fatalf("%s between %d and %d:\n got %v and %v\n  of %v", what, from, to, first.entries, last.entries, between)
	}
}

// TestEventsOfADay: for every day of a common and a leap year, every policy and every order, a day's events are the same
// through FindEventsOn, through the filter by days of the year, and in a scan of all events.
func TestEventsOfADay(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	events := randomCalendar(n, 1, 700)
	n.check()
	r := rand.New(rand.NewPCG(2, 2))
	lists, longest := 0, 0
	for _, day := range append(daysOf(2023), daysOf(2024)...) {
		if (underRace || testing.Short()) && day.Day%9 != 1 && !slices.Contains(busyDays, day.MonthDay()) {
			continue
		}
		for _, policy := range policies {
			f := eventFilters[max(0, r.IntN(2*len(eventFilters))-len(eventFilters))]
			own := chosen(events, func(e *kept) bool {
				return e.visible && e.day != nil && isKept(*e.day, day, policy) && f.matches(e)
			})
			var days []*news.HistoricalEventFilter
			for _, d := range daysOf(2024) {
				if isKept(d.MonthDay(), day, policy) {
					days = append(days, &news.HistoricalEventFilter{MonthDay: new(d.MonthDay())})
				}
			}
			through := &news.HistoricalEventFilter{Or: days}
			if len(days) == 1 {
				through = days[0]
			}
			if f.filter != nil {
				through = &news.HistoricalEventFilter{And: []*news.HistoricalEventFilter{through, f.filter}}
			}
			for _, by := range allEventOrders() {
				want := shown(sortedEvents(own, by), keptID)
				what := fmt.Sprint(day, " ", policy, " ", f.name, " ", by)
				bothWays(t, what, r, 1+r.IntN(12), want, func(w news.Window) (shownPage, error) {
					return pageOfEvents(n.FindEventsOn(ctx, day, policy, f.filter, by, w))
				})
				all, err := pageOfEvents(n.FindEvents(ctx, through, by, news.Window{Limit: 1000}))
				if err != nil || !slices.Equal(all.entries, want) {
					t.Fatalf("%s through the filter (%v):\n got %v\nwant %v", what, err, all.entries, want)
				}
				lists, longest = lists+1, max(longest, len(want))
			}
		}
	}
	t.Logf("%d lists, the longest of %d events", lists, longest)
	if longest < 20 {
		t.Error("no day has enough events to page through")
	}
}

// TestHeadline compares with a sort of the day's events, and follows every day over eleven years: where there is a choice
// among equals, nothing is printed two years running.
func TestHeadline(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	events := randomCalendar(n, 3, 1500)
	class := func(e *kept) int {
		c := 0
		if e.event.IsSelected {
			c += 2
		}
		if e.event.Verification == news.Verified {
			c++
		}
		return c
	}
	turns := 0
	for _, policy := range policies {
		last := map[news.MonthDay][]*kept{} // candidates of the last time, the printed one first
		for year := 2019; year <= 2029; year++ {
			for _, day := range daysOf(year) {
				own := chosen(events, func(e *kept) bool {
					return e.visible && e.day != nil && isKept(*e.day, day, policy) && e.event.Verification != news.Refuted
				})
				slices.SortFunc(own, func(a, b *kept) int {
					return cmp.Or(class(b)-class(a), *b.event.Significance-*a.event.Significance, cmp.Compare(b.id, a.id))
				})
				got, err := n.HeadlineEvent(ctx, day, policy)
				if len(own) == 0 {
					if news.KindOf(err) != news.NotFound {
						t.Fatalf("%s %s: %v, %v; nothing is kept", day, policy, got, err)
					}
					continue
				}
				if err != nil {
					t.Fatalf("%s %s: %v", day, policy, err)
				}
				best := own[:1]
				if len(own) > 1 && class(own[1]) == class(own[0]) {
					best = own[:2]
				}
				at := slices.IndexFunc(best, func(e *kept) bool { return e.id == got.ID })
				if at < 0 {
					t.Fatalf("%s %s: %s is not among the best %v", day, policy, got.ID, shown(best, keptID))
				}
				before := last[day.MonthDay()]
				isSame := len(before) == len(best) && !slices.ContainsFunc(best, func(e *kept) bool { return !slices.Contains(before, e) })
				if len(best) == 2 && isSame {
					turns++
					if before[0] == best[at] {
						t.Errorf("%s %s: %s was there the last time, too", day, policy, got.ID)
					}
				}
				last[day.MonthDay()] = append([]*kept{best[at]}, slices.Delete(slices.Clone(best), at, at+1)...)
			}
		}
	}
	t.Logf("%d times it was another one's turn", turns)
	if turns < 300 {
		t.Error("hardly any day has a choice")
	}
}

// TestNeighbourDays compares with a scan of the days that have something, in newsrooms from empty to crowded.
func TestNeighbourDays(t *testing.T) {
	ctx := context.Background()
	for seed, size := range []int{0, 1, 2, 5, 12, 40, 400} {
		n := newNewsroom(t)
		if err := n.SetSite(ctx, func(s *news.Site) { s.TimeZone = "Pacific/Kiritimati" }); err != nil {
			t.Fatal(err)
		}
		has := map[news.MonthDay]bool{}
		for i, e := range randomCalendar(n, uint64(seed), size) {
			if i%3 == 1 { // what was there and went leaves a counter of nothing behind
				e.event.Status, e.visible = news.StatusUnpublished, false
				n.try(news.Record{Ref: news.Ref(fmt.Sprint("w:e", i)), Event: e.event})
			}
			if e.visible && e.day != nil {
				has[*e.day] = true
			}
		}
		zone := n.zone()
		for _, a := range randomArchive(n, uint64(seed), size/4, nil) {
			if a.visible {
				has[news.DateOf(a.at.In(zone)).MonthDay()] = true
			}
		}
		all := shown(daysOf(2024), func(d news.Date) string { return d.MonthDay().String() })
		for _, date := range append(daysOf(2024), daysOf(2025)...) {
			for _, policy := range []news.LeapDayPolicy{news.LeapFeb28, news.LeapMar1, news.LeapYearsOnly} {
				day := date.MonthDay().String()
				i := slices.Index(all, day)
				at := func(step int) string {
					for j := 1; j <= len(all); j++ {
						text := all[((i+step*j)%len(all)+len(all))%len(all)]
						joined := text == "02-29" && date.Year == 2025 && (policy == news.LeapFeb28 && day == "02-28" || policy == news.LeapMar1 && day == "03-01")
						if md, err := news.ParseMonthDay(text); err != nil || has[md] && !joined {
							return text
						}
					}
					return day
				}
				previous, next, err := n.NeighbourDays(ctx, date, policy)
				if err != nil || previous.String() != at(-1) || next.String() != at(1) {
					t.Fatalf("%d events: the neighbours of %s are %s and %s (%v), want %s and %s", size, date, previous, next, err, at(-1), at(1))
				}
			}
		}
	}
}

// An archived article is one of a random newsroom.
type archived struct {
	id      news.ID
	at      time.Time
	kind    news.ArticleKind
	visible bool
}

// randomArchive fills a newsroom with articles published around the midnights of busy days and of some more.
func randomArchive(n *newsroom, seed uint64, size int, more []news.Date) (articles []*archived) {
	r := rand.New(rand.NewPCG(seed, 22))
	zone := n.zone()
	var records []news.Record
	for i := range size {
		day := randomMonthDay(r).Next(news.Date{Year: 2004 + r.IntN(18), Month: 1, Day: 1})
		if len(more) > 0 && r.IntN(3) == 0 {
			day = more[r.IntN(len(more))]
		}
		offset := []time.Duration{-time.Millisecond, 0, time.Millisecond, -20 * time.Minute, 40 * time.Minute, 23 * time.Hour, 24*time.Hour - time.Millisecond,
			time.Duration(r.Int64N(int64(24 * time.Hour)))}[r.IntN(8)]
		a := &archived{at: firstInstant(day, zone).Add(offset.Truncate(time.Millisecond)), kind: news.ArticleKinds[r.IntN(2)]}
		status := []news.EntryStatus{news.StatusPublished, news.StatusPublished, news.StatusPublished, news.StatusDraft, news.StatusRetracted}[r.IntN(5)]
		if r.IntN(10) == 0 {
			a.at = a.at.AddDate(60, 0, 0)
		}
		a.visible = status == news.StatusPublished && !a.at.After(n.clock.now())
		articles = append(articles, a)
		records = append(records, article(news.Ref(fmt.Sprint("w:a", i)), "Rain", func(rec *news.ArticleRecord) {
			rec.PublishedAt, rec.Kind, rec.Status = a.at, a.kind, status
		}))
	}
	n.bring(news.Created, records...)
	for i, a := range articles {
		a.id = n.id(news.Ref(fmt.Sprint("w:a", i)))
	}
	return articles
}

// archiveZones are zones with the days on which something is odd there.
var archiveZones = map[news.TimeZone][]news.Date{
	"Asia/Baghdad":        {{Year: 2007, Month: 4, Day: 1}, {Year: 2007, Month: 10, Day: 1}},
	"Pacific/Kiritimati":  {{Year: 1994, Month: 12, Day: 30}, {Year: 1994, Month: 12, Day: 31}, {Year: 1995, Month: 1, Day: 1}},
	"Pacific/Apia":        {{Year: 2011, Month: 12, Day: 29}, {Year: 2011, Month: 12, Day: 30}, {Year: 2011, Month: 12, Day: 31}},
	"America/New_York":    {{Year: 2020, Month: 3, Day: 8}, {Year: 2020, Month: 11, Day: 1}, {Year: 2021, Month: 11, Day: 7}},
	"Australia/Lord_Howe": {{Year: 2020, Month: 4, Day: 5}, {Year: 2020, Month: 10, Day: 4}},
	"America/Sao_Paulo":   {{Year: 2015, Month: 10, Day: 18}, {Year: 2016, Month: 2, Day: 21}}, // the clocks change at midnight
}

// TestArchive compares with a scan of all articles, day by day in zones where days are odd.
func TestArchive(t *testing.T) {
	ctx := context.Background()
	for zoneName, odd := range archiveZones {
		t.Run(strings.ReplaceAll(string(zoneName), "/", " "), func(t *testing.T) {
			t.Parallel()
			n := newNewsroom(t)
			if err := n.SetSite(ctx, func(s *news.Site) { s.TimeZone = zoneName }); err != nil {
				t.Fatal(err)
			}
			zone := n.zone()
			articles := randomArchive(n, 5, 400, odd)
			n.check()
			r := rand.New(rand.NewPCG(6, 6))
			seen := 0
			for _, day := range append(append(daysOf(2023), daysOf(2024)...), daysFrom(news.Date{Year: 2011, Month: 12, Day: 25}, news.Date{Year: 2012, Month: 3, Day: 3})...) {
				if (underRace || testing.Short()) && day.Day%9 != 1 && !slices.Contains(busyDays, day.MonthDay()) {
					continue
				}
				for _, policy := range policies {
					yearsAgo := []int{1, 1, 2, 5, 12, 40, 3000}[r.IntN(7)]
					var filter *news.ArticleFilter
					if r.IntN(4) == 0 {
						filter = &news.ArticleFilter{Kinds: []news.ArticleKind{news.ArticleNews}}
					}
					found := chosen(articles, func(a *archived) bool {
						local := news.DateOf(a.at.In(zone))
						return a.visible && isKept(local.MonthDay(), day, policy) && day.Year-local.Year >= yearsAgo && (filter == nil || a.kind == news.ArticleNews)
					})
					slices.SortFunc(found, func(a, b *archived) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.id, a.id)) })
					want := shown(found, func(a *archived) string { return fmt.Sprint(a.id, " ", day.Year-a.at.In(zone).Year()) })
					seen += len(want)
					bothWays(t, fmt.Sprint(day, " ", policy, " ", yearsAgo), r, 1+r.IntN(6), want, func(w news.Window) (shownPage, error) {
						c, err := n.FindArchive(ctx, day, zone, policy, yearsAgo, filter, w)
						if err != nil {
							return shownPage{}, err
						}
						return pageOf(c, func(e *news.ArchiveArticleEdge) string { return e.Cursor },
							func(e *news.ArchiveArticleEdge) string { return fmt.Sprint(e.Node.ID, " ", e.YearsAgo) }), nil
					})
				}
			}
			if seen < 100 && !underRace {
				t.Errorf("only %d articles came up", seen)
			}
		})
	}
}

// TestArchiveByHand: instants around odd midnights and the days they fall on, as almanacs have them.
func TestArchiveByHand(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	for _, tt := range []struct {
		zone    news.TimeZone
		instant string
		day     string // where it was then; "" on which it is not
	}{
		{"Pacific/Apia", "2011-12-30T09:59:59.999Z", "12-29"}, // UTC-10 in summer time, the last moment before the date line moved
		{"Pacific/Apia", "2011-12-30T10:00:00Z", "12-31"},     // UTC+14: there was no 30 December
		{"Pacific/Kiritimati", "2020-12-31T09:59:59.999Z", "12-31"},
		{"Pacific/Kiritimati", "2020-12-31T10:00:00Z", "01-01"}, // UTC+14
		{"Asia/Baghdad", "2020-02-28T20:59:59.999Z", "02-28"},
		{"Asia/Baghdad", "2020-02-28T21:00:00Z", "02-29"}, // UTC+3
		{"Asia/Baghdad", "2020-02-29T20:59:59.999Z", "02-29"},
		{"Asia/Baghdad", "2020-02-29T21:00:00Z", "03-01"},
		{"America/New_York", "2020-03-08T04:59:59.999Z", "03-07"}, // UTC-5 still
		{"America/New_York", "2020-03-09T03:59:59.999Z", "03-08"}, // UTC-4: the day had 23 hours
		{"America/New_York", "2020-03-09T04:00:00Z", "03-09"},
		{"America/New_York", "2020-11-02T04:59:59.999Z", "11-01"}, // 25 hours
		{"Australia/Lord_Howe", "2020-04-04T12:59:59.999Z", "04-04"},
		{"Australia/Lord_Howe", "2020-04-05T13:29:59.999Z", "04-05"}, // UTC+11, then UTC+10:30: 24 hours and a half
		{"Australia/Lord_Howe", "2020-04-05T13:30:00Z", "04-06"},
		{"America/Sao_Paulo", "2015-10-18T02:59:59.999Z", "10-17"},
		{"America/Sao_Paulo", "2015-10-18T03:00:00Z", "10-18"}, // its first moment was 01:00
	} {
		at, err := time.Parse(time.RFC3339, tt.instant)
		if err != nil {
			t.Fatal(err)
		}
		if err := n.SetSite(ctx, func(s *news.Site) { s.TimeZone = tt.zone }); err != nil {
			t.Fatal(err)
		}
		n.try(article("w:a", "Rain "+tt.instant, func(a *news.ArticleRecord) { a.PublishedAt = at }))
		var days []string
		for _, day := range daysOf(2024) {
			c, err := n.FindArchive(ctx, day, n.zone(), news.LeapFeb28, 1, nil, news.Window{Limit: 5})
			if err != nil {
				t.Fatal(err)
			}
			for range c.Edges {
				days = append(days, day.MonthDay().String())
			}
		}
		if fmt.Sprint(days) != "["+tt.day+"]" {
			t.Errorf("%s in %s is on %v, want %s", tt.instant, tt.zone, days, tt.day)
		}
	}
	n.check()
}

var roundnesses = map[news.Roundness]int{news.RoundAny: 1, news.RoundMultipleOf5: 5, news.RoundMultipleOf10: 10, news.RoundMultipleOf25: 25,
	news.RoundMultipleOf50: 50, news.RoundCentenary: 100}

// A returning event is one anniversary as the test finds it.
type returning struct {
	on    news.Date
	years *int
	event *kept
}

func (a returning) show(today news.Date) string {
	at := func(d news.Date) int64 { // time.Duration ends after 292 years
		return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
	}
	years, round := "no", 1
	if a.years != nil {
		years = fmt.Sprint(*a.years)
		for _, divisor := range roundnesses {
			if *a.years%divisor == 0 {
				round = max(round, divisor)
			}
		}
	}
	return fmt.Sprintf("%s %s years %s round %d away %d", a.on, a.event.id, years, round, at(a.on)-at(today))
}

// almanac goes through days one by one, and on each through all events.
func almanac(events []*kept, q AnniversaryQuery, matches func(*kept) bool, start func(news.Date) time.Time) (found []returning) {
	keepers := chosen(events, func(e *kept) bool { return e.visible && e.day != nil && matches(e) })
	for _, on := range daysFrom(q.From, q.To) {
		first := len(found)
		for _, e := range keepers {
			if !isKept(*e.day, on, q.Policy) {
				continue
			}
			a := returning{on: on, event: e}
			if e.year != nil {
				a.years = new(on.Year - *e.year)
			}
			if a.years == nil && q.Roundness != news.RoundAny || a.years != nil && (*a.years <= 0 || *a.years%roundnesses[q.Roundness] != 0) {
				continue
			}
			if q.WithoutCoverageOnly && slices.ContainsFunc(e.about, func(t time.Time) bool { return isCoverage(t, on, start) }) {
				continue
			}
			found = append(found, a)
		}
		slices.SortFunc(found[first:], func(a, b returning) int {
			return cmp.Or(*b.event.event.Significance-*a.event.event.Significance, cmp.Compare(b.event.id, a.event.id))
		})
	}
	return found
}

// isCoverage says whether an article of an instant counts for a day: it came out on it or in the 90 days before.
func isCoverage(t time.Time, on news.Date, start func(news.Date) time.Time) bool {
	at := time.Date(on.Year, time.Month(on.Month), on.Day, 12, 0, 0, 0, time.UTC)
	return !t.Before(start(news.DateOf(at.AddDate(0, 0, -90)))) && t.Before(start(news.DateOf(at.AddDate(0, 0, 1))))
}

// coveredCalendar is a random newsroom of the year 2110 with articles about its events, around the edges of what counts.
func coveredCalendar(t *testing.T, zoneName news.TimeZone, spans [][2]news.Date) (*newsroom, []*kept, func(news.Date) time.Time) {
	n := newNewsroom(t)
	n.clock.advance(time.Date(2110, 1, 1, 0, 0, 0, 0, time.UTC).Sub(noon))
	if err := n.SetSite(t.Context(), func(s *news.Site) { s.TimeZone = zoneName }); err != nil {
		t.Fatal(err)
	}
	zone := n.zone()
	starts := map[news.Date]time.Time{}
	start := func(d news.Date) time.Time {
		if _, ok := starts[d]; !ok {
			starts[d] = firstInstant(d, zone)
		}
		return starts[d]
	}
	events := randomCalendar(n, 8, 350)
	r := rand.New(rand.NewPCG(9, 9))
	var records []news.Record
	for i := range 900 {
		at := r.IntN(len(events))
		for events[at].day == nil && r.IntN(10) > 0 {
			at = r.IntN(len(events))
		}
		span := spans[r.IntN(len(spans))]
		day := randomMonthDay(r)
		if events[at].day != nil {
			day = *events[at].day
		}
		on := day.Next(news.Date{Year: span[0].Year + r.IntN(span[1].Year-span[0].Year+1), Month: 1, Day: 1})
		noonThen := time.Date(on.Year, time.Month(on.Month), on.Day+[]int{-90, -90, 1, 1, 0, -45, -1}[r.IntN(7)], 12, 0, 0, 0, time.UTC)
		published := start(news.DateOf(noonThen)).Add([]time.Duration{-time.Millisecond, 0, time.Hour}[r.IntN(3)])
		status := []news.EntryStatus{news.StatusPublished, news.StatusPublished, news.StatusDraft}[r.IntN(3)]
		if status == news.StatusPublished {
			events[at].about = append(events[at].about, published)
		}
		records = append(records, article(news.Ref(fmt.Sprint("w:a", i)), "Rain", func(a *news.ArticleRecord) {
			a.PublishedAt, a.Status, a.Events = published, status, []news.Ref{news.Ref(fmt.Sprint("w:e", at))}
		}))
	}
	n.bring(news.Created, records...)
	n.check()
	return n, events, start
}

// TestAnniversaries compares with an almanac for every policy and roundness over spans with leap years, a common year at
// the turn of a century, and one that is leap.
func TestAnniversaries(t *testing.T) {
	spans := [][2]news.Date{
		{{Year: 1899, Month: 1, Day: 1}, {Year: 1905, Month: 12, Day: 31}},
		{{Year: 1999, Month: 2, Day: 28}, {Year: 2001, Month: 3, Day: 1}},
		{{Year: 2095, Month: 12, Day: 31}, {Year: 2105, Month: 1, Day: 1}},
		{{Year: 2000, Month: 2, Day: 29}, {Year: 2000, Month: 2, Day: 29}},
		{{Year: 2001, Month: 2, Day: 28}, {Year: 2001, Month: 3, Day: 1}},
		{{Year: 1, Month: 1, Day: 1}, {Year: 5, Month: 12, Day: 31}},
	}
	n, events, start := coveredCalendar(t, "America/New_York", spans[:3])
	r := rand.New(rand.NewPCG(10, 10))
	total, uncovered := 0, 0
	for _, span := range spans {
		for _, policy := range policies {
			for roundness := range roundnesses {
				for _, bare := range []bool{false, true} {
					f := eventFilters[max(0, r.IntN(2*len(eventFilters))-len(eventFilters))]
					if (underRace || testing.Short()) && r.IntN(8) != 0 {
						continue
					}
					q := AnniversaryQuery{From: span[0], To: span[1], Roundness: roundness, Policy: policy, WithoutCoverageOnly: bare, Filter: f.filter,
						Today: news.Date{Year: 2026, Month: 3, Day: 9}, Zone: n.zone()}
					want := shown(almanac(events, q, f.matches, start), func(a returning) string { return a.show(q.Today) })
					if total += len(want); bare {
						uncovered += len(want)
					}
					bothWays(t, fmt.Sprint(span, policy, roundness, bare, f.name), r, 20+r.IntN(100), want, func(w news.Window) (shownPage, error) {
						return pageOfAnniversaries(n.FindAnniversaries(t.Context(), q, w))
					})
				}
			}
		}
	}
	t.Logf("%d anniversaries, %d of them asked for without coverage", total, uncovered)
	if (total < 1000 || uncovered < 100) && !underRace && !testing.Short() {
		t.Error("that is too few to show anything")
	}
}

func pageOfAnniversaries(c *news.AnniversaryConnection, err error) (shownPage, error) {
	if err != nil {
		return shownPage{}, err
	}
	return pageOf(c, func(e *news.AnniversaryEdge) string { return e.Cursor }, func(e *news.AnniversaryEdge) string {
		a := e.Node
		years := "no"
		if a.Years != nil {
			years = fmt.Sprint(*a.Years)
		}
		return fmt.Sprintf("%s %s years %s round %d away %d", a.OccursOn, a.Event.ID, years, roundnesses[a.Roundness()], a.DaysAway())
	}), nil
}

// TestAnniversaryWindows: any two cursors and any size of page, also where the year turns in between.
func TestAnniversaryWindows(t *testing.T) {
	span := [2]news.Date{{Year: 1999, Month: 12, Day: 1}, {Year: 2004, Month: 3, Day: 2}}
	n, events, start := coveredCalendar(t, "Pacific/Apia", [][2]news.Date{span})
	r := rand.New(rand.NewPCG(12, 12))
	for range 60 {
		q := AnniversaryQuery{From: span[0], To: span[1], Roundness: news.RoundAny, Policy: policies[r.IntN(3)], WithoutCoverageOnly: r.IntN(2) == 0,
			Today: span[0], Zone: n.zone()}
		want := shown(almanac(events, q, func(*kept) bool { return true }, start), func(a returning) string { return a.show(q.Today) })
		bothWays(t, fmt.Sprint(q.Policy, q.WithoutCoverageOnly), r, 1+r.IntN(len(want)), want, func(w news.Window) (shownPage, error) {
			return pageOfAnniversaries(n.FindAnniversaries(t.Context(), q, w))
		})
		if underRace || testing.Short() {
			break
		}
	}
}

func TestAnniversarySpansRefused(t *testing.T) {
	n := newNewsroom(t)
	n.bring(news.Created, event("w:e", "Flood", "1999-01-02"))
	day := func(y, m, d int) news.Date { return news.Date{Year: y, Month: m, Day: d} }
	for _, tt := range []struct {
		from, to news.Date
		found    int
		isBad    bool
	}{
		{day(2026, 1, 2), day(2026, 1, 2), 1, false},
		{day(2026, 1, 2), day(2026, 1, 1), 0, true},
		{day(2026, 2, 1), day(2026, 1, 31), 0, true},
		{day(2026, 1, 1), day(2025, 12, 31), 0, true},
		{day(2026, 1, 1), day(2036, 12, 31), 11, false},
		{day(2026, 12, 31), day(2037, 1, 1), 0, true},
		{day(1998, 1, 1), day(2000, 12, 31), 1, false}, // its own year does not count
		{day(9999, 1, 1), day(9999, 12, 31), 1, false},
	} {
		q := AnniversaryQuery{From: tt.from, To: tt.to, Roundness: news.RoundAny, Policy: news.LeapFeb28, Zone: time.UTC}
		c, err := n.FindAnniversaries(t.Context(), q, news.Window{Limit: 100})
		if tt.isBad {
			if news.KindOf(err) != news.Invalid || !strings.Contains(err.Error(), "from "+tt.from.String()+" to "+tt.to.String()) {
				t.Errorf("%s to %s: %v", tt.from, tt.to, err)
			}
			continue
		}
		if err != nil || len(c.Edges) != tt.found {
			t.Errorf("%s to %s: %v, %v; want %d", tt.from, tt.to, c, err, tt.found)
		}
	}
}

// TestLastYear: a span that is left open ends with the calendar, for what comes after it cannot be written as a Date.
func TestLastYear(t *testing.T) {
	n := newNewsroom(t)
	n.bring(news.Created, event("w:e", "Flood", "1999-01-02"), event("w:f", "Fire", "1999-12-31"))
	q := AnniversaryQuery{Roundness: news.RoundAny, Policy: news.LeapFeb28, Zone: time.UTC}
	q.From, q.To = news.AnniversarySpan(news.Date{Year: 9999, Month: 6, Day: 1}, nil, nil)
	page, err := pageOfAnniversaries(n.FindAnniversaries(t.Context(), q, news.Window{Limit: 100}))
	if err != nil || len(page.entries) != 1 || !strings.HasPrefix(page.entries[0], "9999-12-31") {
		t.Errorf("%s to %s: %v, %v", q.From, q.To, page.entries, err)
	}
}

// TestCoverage compares with a scan of all articles, for all anniversaries of a page at once.
func TestCoverage(t *testing.T) {
	span := [2]news.Date{{Year: 2018, Month: 1, Day: 1}, {Year: 2021, Month: 12, Day: 31}}
	for _, zoneName := range []news.TimeZone{"America/New_York", "America/Sao_Paulo"} {
		n, events, start := coveredCalendar(t, zoneName, [][2]news.Date{span})
		r := rand.New(rand.NewPCG(14, 14))
		written := map[news.ID]time.Time{}
		n.query(`SELECT id, published_at FROM articles WHERE status = 'PUBLISHED'`, func(row *engine.Row) { a := id(row); written[a] = instant(row) })
		about := n.sets(`SELECT event_id, article_id FROM article_events`)
		q := AnniversaryQuery{From: span[0], To: span[1], Roundness: news.RoundAny, Policy: news.LeapMar1}
		all := almanac(events, q, func(*kept) bool { return true }, start)
		of := make([]Coverage, len(all))
		want := make([][]string, len(all))
		entries := 0
		for i, a := range all {
			since, until := (&news.Anniversary{OccursOn: a.on}).CoverageTimes(n.zone())
			of[i] = Coverage{Event: a.event.id, Since: since.UnixMilli(), Until: until.UnixMilli()}
			var found []news.ID
			for article := range about[a.event.id] {
				if t, isVisible := written[article]; isVisible && isCoverage(t, a.on, start) {
					found = append(found, article)
				}
			}
			slices.SortFunc(found, func(a, b news.ID) int { return cmp.Or(written[b].Compare(written[a]), cmp.Compare(b, a)) })
			want[i] = shown(found, news.ID.String)
			entries += len(found)
		}
		t.Logf("%s: %d anniversaries with %d articles", zoneName, len(of), entries)
		if entries < 200 {
			t.Error("that is too few to show anything")
		}
		// The first page of all at once.
		pages, err := n.FindCoverage(t.Context(), of, news.Window{Limit: 2})
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range of {
			got := pageOf(pages[c], func(e *news.ArticleEdge) string { return e.Cursor }, func(e *news.ArticleEdge) string { return e.Node.ID.String() })
			if !slices.Equal(got.entries, want[i][:min(2, len(want[i]))]) || got.info.HasNextPage != (len(want[i]) > 2) {
				t.Fatalf("%v on %s: got %v, want %v", all[i].event.id, all[i].on, got.entries, want[i])
			}
			if count, err := got.count(t.Context()); err != nil || count != len(want[i]) {
				t.Fatalf("%v on %s: the count is %d (%v), want %d", all[i].event.id, all[i].on, count, err, len(want[i]))
			}
		}
		for i, c := range of {
			if len(want[i]) < 2 {
				continue
			}
			bothWays(t, fmt.Sprint(all[i].event.id, all[i].on), r, 1+r.IntN(3), want[i], func(w news.Window) (shownPage, error) {
				pages, err := n.FindCoverage(t.Context(), []Coverage{of[(i+1)%len(of)], c}, w)
				if err != nil {
					return shownPage{}, err
				}
				return pageOf(pages[c], func(e *news.ArticleEdge) string { return e.Cursor }, func(e *news.ArticleEdge) string { return e.Node.ID.String() }), nil
			})
		}
	}
}

// TestCoverageByHand: when the 90 days begin and the day ends, to the millisecond.
func TestCoverageByHand(t *testing.T) {
	for _, tt := range []struct {
		zone               news.TimeZone
		on                 news.Date
		since, lastInstant string
	}{
		{"UTC", news.Date{Year: 2026, Month: 3, Day: 1}, "2025-12-01T00:00:00Z", "2026-03-01T23:59:59.999Z"},              // 31 + 31 + 28 days
		{"UTC", news.Date{Year: 2024, Month: 3, Day: 1}, "2023-12-02T00:00:00Z", "2024-03-01T23:59:59.999Z"},              // 30 + 31 + 29
		{"America/New_York", news.Date{Year: 2026, Month: 3, Day: 8}, "2025-12-08T05:00:00Z", "2026-03-09T03:59:59.999Z"}, // 23 hours: it ends at UTC-4
		{"America/New_York", news.Date{Year: 2025, Month: 11, Day: 2}, "2025-08-04T04:00:00Z", "2025-11-03T04:59:59.999Z"},
		{"Pacific/Apia", news.Date{Year: 2011, Month: 12, Day: 29}, "2011-09-30T10:00:00Z", "2011-12-30T09:59:59.999Z"}, // the next day was the 31st, that moment; summer time since 24 September
		{"America/Sao_Paulo", news.Date{Year: 2015, Month: 10, Day: 17}, "2015-07-19T03:00:00Z", "2015-10-18T02:59:59.999Z"},
		{"Pacific/Kiritimati", news.Date{Year: 2026, Month: 1, Day: 1}, "2025-10-02T10:00:00Z", "2026-01-01T09:59:59.999Z"},
	} {
		instant := func(s string) time.Time {
			at, err := time.Parse(time.RFC3339, s)
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
		n := newNewsroom(t)
		if err := n.SetSite(t.Context(), func(s *news.Site) { s.TimeZone = tt.zone }); err != nil {
			t.Fatal(err)
		}
		at := map[string]time.Time{"too early": instant(tt.since).Add(-time.Millisecond), "first": instant(tt.since),
			"last": instant(tt.lastInstant), "too late": instant(tt.lastInstant).Add(time.Millisecond)}
		n.bring(news.Created, event("w:e", "Flood", news.EDTF(fmt.Sprintf("1999-%02d-%02d", tt.on.Month, tt.on.Day))))
		for name, published := range at {
			n.bring(news.Created, article(news.Ref("w:"+strings.ReplaceAll(name, " ", "")), name, func(a *news.ArticleRecord) {
				a.PublishedAt, a.Events = published, []news.Ref{"w:e"}
			}))
		}
		since, until := (&news.Anniversary{OccursOn: tt.on}).CoverageTimes(n.zone())
		c := Coverage{Event: n.id("w:e"), Since: since.UnixMilli(), Until: until.UnixMilli()}
		pages, err := n.FindCoverage(t.Context(), []Coverage{c, c}, news.Window{Limit: 9})
		if err != nil {
			t.Fatal(err)
		}
		titles := shown(pages[c].Nodes(), func(a *news.Article) string { return a.Title })
		equal(t, fmt.Sprint("coverage of ", tt.on, " in ", tt.zone), titles, []string{"last", "first"})
		for _, without := range []bool{false, true} {
			q := AnniversaryQuery{From: tt.on, To: tt.on, Roundness: news.RoundAny, Policy: news.LeapFeb28, WithoutCoverageOnly: without, Zone: n.zone()}
			listed := func() int {
				page, err := n.FindAnniversaries(t.Context(), q, news.Window{Limit: 9})
				if err != nil {
					t.Fatal(err)
				}
				return len(page.Edges)
			}
			if got := listed(); (got == 0) != without {
				t.Errorf("%s in %s: %d anniversaries, without coverage only: %v", tt.on, tt.zone, got, without)
			}
		}
		// Without the two that count the day is uncovered again, whatever lies around it.
		for _, ref := range []news.Ref{"w:first", "w:last"} {
			n.bring(news.Updated, article(ref, "Withdrawn", func(a *news.ArticleRecord) {
				a.PublishedAt, a.Events, a.Status = at["first"], []news.Ref{"w:e"}, news.StatusRetracted
			}))
		}
		page, err := n.FindAnniversaries(t.Context(), AnniversaryQuery{From: tt.on, To: tt.on, Roundness: news.RoundAny, Policy: news.LeapFeb28, WithoutCoverageOnly: true, Zone: n.zone()}, news.Window{Limit: 9})
		if err != nil || len(page.Edges) != 1 {
			t.Errorf("%s in %s without articles that count: %v, %v", tt.on, tt.zone, page, err)
		}
	}
}
