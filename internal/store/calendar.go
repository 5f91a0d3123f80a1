package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// FindEventsOn is a page of the visible events that are kept on a day.
func (s *Reader) FindEventsOn(ctx context.Context, day news.Date, policy news.LeapDayPolicy, filter *news.HistoricalEventFilter, by news.HistoricalEventOrder, w news.Window) (*news.HistoricalEventConnection, error) {
	eventParts, err := s.eventFilter(ctx, filter)
	if err != nil {
		return nil, err
	}
	parts, err := filtered(s, eventListing, filter, eventParts)
	if err != nil {
		return nil, err
	}
	facet := dayFacet(day, policy)
	for _, p := range parts {
		p.all = append(p.all, facetNumber(facet, rankDay))
	}
	at, err := eventSeek(filter, "day "+strconv.Itoa(facet), by, w)
	if err != nil {
		return nil, err
	}
	return findListed(ctx, s, selections(parts, (*filterParts).selection), at, eventColumns, "events", s.scanEvent)
}

// HeadlineEvent is the event to print in a box with a single place: of what is kept on the day and not refuted, first what
// editors picked, then what is verified, then the most significant, then what came last, as in a list by significance.
// Where the two best are alike in being picked and verified they take turns, year by year. It is a NotFound error when the
// day has none.
func (s *Reader) HeadlineEvent(ctx context.Context, day news.Date, policy news.LeapDayPolicy) (*news.HistoricalEvent, error) {
	var best []*news.HistoricalEvent
	var stmts []engine.Stmt
	for _, l := range s.listings(eventListing) {
		var ranks []string // the two best of each, however many the day has
		var args []any
		for rank := 1; rank <= 4; rank++ {
			ranks = append(ranks, fmt.Sprintf(`SELECT * FROM (SELECT f.event_id, f.significance, %d AS rank FROM %s f INDEXED BY %s_by_significance
				WHERE f.facet = +?%s ORDER BY f.significance DESC, f.event_id DESC LIMIT 2)`, rank, l.table, l.table, s.andLimit(l, "f")))
			args = append(args, rank*facetHeadline+dayFacet(day, policy))
		}
		stmts = append(stmts, engine.Stmt{
			SQL: `SELECT ` + eventColumns + ` FROM (` + strings.Join(ranks, " UNION ALL ") + `) best CROSS JOIN events e ON e.id = best.event_id
				ORDER BY best.rank, best.significance DESC, best.event_id DESC LIMIT 2`,
			Args: args,
			Scan: func(r *engine.Row) error {
				e, err := s.scanEvent(r)
				best = append(best, e)
				return err
			},
		})
	}
	if err := s.db.Query(ctx, stmts...); err != nil {
		return nil, err
	}
	if len(stmts) > 1 {
		slices.SortFunc(best, headlinesFirst)
		best = best[:min(len(best), 2)]
	}
	if len(best) == 0 {
		return nil, news.NotFoundf("nothing is kept on %s", day)
	}
	turn := day.Year
	if day.MonthDay() == (news.MonthDay{Month: 2, Day: 29}) {
		turn /= 4 // its years are all even
	}
	rank := func(e *news.HistoricalEvent) [2]bool { return [2]bool{e.IsSelected, e.Verification == news.Verified} }
	if len(best) == 2 && turn%2 == 0 && rank(best[0]) == rank(best[1]) {
		return best[1], nil
	}
	return best[0], nil
}

// headlinesFirst is the order of the query for headlines.
func headlinesFirst(a, b *news.HistoricalEvent) int {
	first := func(a, b bool) int {
		switch {
		case a == b:
			return 0
		case a:
			return -1
		}
		return 1
	}
	return cmp.Or(first(a.IsSelected, b.IsSelected), first(a.Verification == news.Verified, b.Verification == news.Verified),
		cmp.Compare(b.Significance, a.Significance), cmp.Compare(b.ID, a.ID))
}

// NeighbourDays are the nearest days of the year before and after one that have a visible event or article, around the
// turn of the year; the day itself when no other has. A 29 February that is kept on the day already is none.
func (s *Reader) NeighbourDays(ctx context.Context, date news.Date, policy news.LeapDayPolicy) (previous, next news.MonthDay, err error) {
	day := date.MonthDay()
	previous, next = day, day
	at, included := facetMonthDay+day.Number(), 0
	if len(policy.KeptOn(date)) > 1 {
		included = facetMonthDay + 229
	}
	if s.limited() {
		return s.neighbourDays(ctx, day, included)
	}
	lists := "1, 2"
	if s.preview {
		lists = "1, 2, 3, 4"
	}
	monthDay := func(r *engine.Row, or news.MonthDay) news.MonthDay {
		if facet, ok := r.NullInt(); ok {
			return news.MonthDay{Month: (facet - facetMonthDay) / 100, Day: facet % 100}
		}
		return or
	}
	err = s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT coalesce(max(iif(facet < ?1, facet, NULL)), max(facet)), coalesce(min(iif(facet > ?1, facet, NULL)), min(facet))
			FROM facet_counts WHERE list IN (` + lists + `) AND facet BETWEEN ` + strconv.Itoa(facetMonthDay+101) + ` AND ` + strconv.Itoa(facetMonthDay+1231) + `
				AND facet NOT IN (?1, ?2) AND entries > 0`,
		Args: []any{at, included},
		Scan: func(r *engine.Row) error {
			previous, next = monthDay(r, day), monthDay(r, day)
			return nil
		},
	})
	return previous, next, err
}

// neighbourDays looks for entries where the counters tell of more than the caller sees.
func (s *Reader) neighbourDays(ctx context.Context, day news.MonthDay, included int) (previous, next news.MonthDay, err error) {
	previous, next = day, day
	var holds []string
	for _, l := range []*listing{articleListing, eventListing} {
		for _, l := range s.listings(l) {
			holds = append(holds, fmt.Sprintf("EXISTS (SELECT 1 FROM %s f WHERE f.facet = %d + y.month_day %s)", l.table, facetMonthDay, s.andLimit(l, "f")))
		}
	}
	find := func(nearest, direction string, found *news.MonthDay) engine.Stmt {
		return engine.Stmt{
			SQL: `SELECT y.month_day FROM calendar_days y WHERE y.variant = 0 AND y.month_day NOT IN (?1, ?2) AND (` + strings.Join(holds, " OR ") + `)
				ORDER BY y.month_day ` + nearest + ` ?1 DESC, y.position` + direction + ` LIMIT 1`,
			Args: []any{day.Number(), included - facetMonthDay}, Long: true,
			Scan: func(r *engine.Row) error {
				n := r.Int()
				*found = news.MonthDay{Month: n / 100, Day: n % 100}
				return nil
			},
		}
	}
	return previous, next, s.db.Query(ctx, find("<", " DESC", &previous), find(">", "", &next))
}

// FindArchive is a page of the visible articles that were first published on a day of the year, in the site's zone, and
// at least yearsAgo years before, newest first. YearsAgo of the edges is reckoned in zone, which must be the site's.
func (s *Reader) FindArchive(ctx context.Context, day news.Date, zone *time.Location, policy news.LeapDayPolicy, yearsAgo int, filter *news.ArticleFilter, w news.Window) (*news.ArchiveArticleConnection, error) {
	parts, err := filtered(s, articleListing, filter, s.articleParts)
	if err != nil {
		return nil, err
	}
	facet := dayFacet(day, policy)
	// Nothing was published before the year 1; the last day of December keeps what is near the turn of the year.
	before := news.Date{Year: max(day.Year-yearsAgo, 0) + 1, Month: 1, Day: 1}.In(zone)
	for _, p := range parts {
		p.all = append(p.all, facetNumber(facet, rankDay))
		p.rest.and("f.published_at < ?", before.UnixMilli())
	}
	by := news.ArticleOrder{Field: news.ByPublishedAt, Direction: news.Descending}
	at, err := articleSeek(filter, fmt.Sprintf("archive %d %d", facet, day.Year-yearsAgo), by, w)
	if err != nil {
		return nil, err
	}
	found, err := findListed(ctx, s, selections(parts, (*filterParts).selection), at, articleColumns, "articles", s.scanArticle)
	if err != nil {
		return nil, err
	}
	archive := &news.ArchiveArticleConnection{PageInfo: found.PageInfo, Count: found.Count, Edges: make([]*news.ArchiveArticleEdge, len(found.Edges))}
	for i, e := range found.Edges {
		archive.Edges[i] = &news.ArchiveArticleEdge{Edge: *e, YearsAgo: day.Year - e.Node.PublishedAt.In(zone).Year()}
	}
	return archive, nil
}

// AnniversaryQuery selects anniversaries.
type AnniversaryQuery struct {
	From, To            news.Date // both included
	Roundness           news.Roundness
	Policy              news.LeapDayPolicy
	WithoutCoverageOnly bool
	Filter              *news.HistoricalEventFilter
	Today               news.Date // for [news.Anniversary.DaysAway]
	Zone                *time.Location

	eventParts func(*listing, *news.HistoricalEventFilter) (*filterParts, error) // of Filter
}

// MaxAnniversaryYears bounds the difference between the years of an [AnniversaryQuery].
const MaxAnniversaryYears = 10

// FindAnniversaries is a page of the anniversaries between two days: soonest first, on one day the most significant
// first. Events whose year nobody knows come only with [news.RoundAny]. It takes one statement for each calendar year
// that it looks at.
func (s *Reader) FindAnniversaries(ctx context.Context, q AnniversaryQuery, w news.Window) (*news.AnniversaryConnection, error) {
	if q.To.Year < q.From.Year || q.To.Year > q.From.Year+MaxAnniversaryYears || q.To.Year == q.From.Year && q.To.MonthDay().Number() < q.From.MonthDay().Number() {
		return nil, news.Invalidf("from %s to %s is no range of days; to must not lie before from, nor more than %d years after it", q.From, q.To, MaxAnniversaryYears)
	}
	order := sorting{name: "ANNIVERSARY", id: "event_id"}
	at, err := order.seek(w, struct {
		From, To  news.Date
		Roundness news.Roundness
		Policy    news.LeapDayPolicy
		Uncovered bool
		Filter    *news.HistoricalEventFilter
	}{q.From, q.To, q.Roundness, q.Policy, q.WithoutCoverageOnly, q.Filter})
	if err != nil {
		return nil, err
	}
	if q.eventParts, err = s.eventFilter(ctx, q.Filter); err != nil {
		return nil, err
	}
	var rows []row[*news.Anniversary]
	for _, year := range q.years(at) {
		if len(rows) > w.Limit {
			break
		}
		var ofYear []row[*news.Anniversary]
		var stmts []engine.Stmt
		for _, l := range s.listings(eventListing) {
			stmt, err := s.anniversaries(q, l, at, year, w.Limit+1-len(rows))
			if err != nil {
				return nil, err
			}
			stmt.Scan = func(r *engine.Row) error {
				position, monthDay, significance := r.Int(), r.Int(), r.Int()
				e, err := s.scanEvent(r)
				if err != nil {
					return err
				}
				k := sortKey{value: anniversaryMark{year, position, significance}.packed(), id: e.ID}
				ofYear = append(ofYear, row[*news.Anniversary]{k, e.AnniversaryOn(news.Date{Year: year, Month: monthDay / 100, Day: monthDay % 100}, q.Today)})
				return nil
			}
			stmts = append(stmts, stmt)
		}
		if err := s.db.Query(ctx, stmts...); err != nil {
			return nil, err
		}
		if len(stmts) > 1 {
			soonestFirst(at, ofYear)
		}
		rows = append(rows, ofYear...)
	}
	c := connectRows(at, rows)
	c.Count = func(ctx context.Context) (int, error) { return s.countAnniversaries(ctx, q) }
	return c, nil
}

// soonestFirst sorts anniversaries of one year in the order of the list.
func soonestFirst(at seek, rows []row[*news.Anniversary]) {
	slices.SortFunc(rows, func(a, b row[*news.Anniversary]) int {
		m, n := unpackMark(&a.key), unpackMark(&b.key)
		c := cmp.Or(cmp.Compare(m.position, n.position), cmp.Compare(n.significance, m.significance), cmp.Compare(b.key.id, a.key.id))
		if at.window.Backward {
			return -c
		}
		return c
	})
}

// anniversaryMark is where an anniversary stands in the order, before its event's id. Cursors hold it as one number.
type anniversaryMark struct{ year, position, significance int }

func (m anniversaryMark) packed() int64 {
	return (int64(m.year)*1000+int64(m.position))*1000 + int64(m.significance)
}

func unpackMark(k *sortKey) anniversaryMark {
	n := k.value.(int64)
	return anniversaryMark{int(n / 1_000_000), int(n / 1000 % 1000), int(n % 1000)}
}

// years are the calendar years in which the page may lie, in the order in which it meets them.
func (q AnniversaryQuery) years(at seek) (years []int) {
	first, last := q.From.Year, q.To.Year
	lower, upper := at.start, at.bound
	if at.window.Backward {
		lower, upper = upper, lower
	}
	if lower != nil {
		first = max(first, unpackMark(lower).year)
	}
	if upper != nil {
		last = min(last, unpackMark(upper).year)
	}
	for year := first; year <= last; year++ {
		years = append(years, year)
	}
	if at.window.Backward {
		slices.Reverse(years)
	}
	return years
}

// variant is the calendar of a year in table calendar_days.
func (q AnniversaryQuery) variant(year int) int {
	switch {
	case news.CalendarGregorian.IsLeap(year):
		return 0
	case q.Policy == news.LeapMar1:
		return 2
	case q.Policy == news.LeapYearsOnly:
		return 3
	}
	return 1
}

// anniversaries reads what stands in one calendar year of the window.
func (s *Reader) anniversaries(q AnniversaryQuery, l *listing, at seek, year, limit int) (engine.Stmt, error) {
	tail, c, err := s.anniversariesOf(q, l, year)
	if err != nil {
		return engine.Stmt{}, err
	}
	mark := func(k *sortKey, after bool) {
		if k == nil || unpackMark(k).year != year {
			return
		}
		m := unpackMark(k)
		later, less := ">", "<"
		if !after {
			later, less = "<", ">"
		}
		c.and(fmt.Sprintf("y.position %s= ? AND (y.position %s ? OR (f.significance, f.event_id) %s (?, ?))", later, later, less),
			m.position, m.position, m.significance, int64(k.id))
	}
	mark(at.start, !at.window.Backward)
	mark(at.bound, at.window.Backward)
	soonest, greatest := "", " DESC"
	if at.window.Backward {
		soonest, greatest = greatest, soonest
	}
	return engine.Stmt{
		SQL: `SELECT y.position, y.month_day, f.significance, ` + eventColumns + tail + c.sql +
			` ORDER BY y.position` + soonest + `, f.significance` + greatest + `, f.event_id` + greatest + ` LIMIT +?`,
		Args: append(c.args, limit),
		Long: true,
	}, nil
}

// anniversariesOf is a query from FROM to WHERE, and the condition, for the anniversaries of one calendar year. The facets of a day are
// read along the index by significance, days in the order of the year: nothing is sorted.
func (s *Reader) anniversariesOf(q AnniversaryQuery, l *listing, year int) (tail string, c condition, err error) {
	parts, err := q.eventParts(l, q.Filter)
	if err != nil {
		return "", c, err
	}
	s.narrow(parts)
	first, last := news.Date{Year: year, Month: 1, Day: 1}, news.Date{Year: year, Month: 12, Day: 31}
	if year == q.From.Year {
		first = q.From
	}
	if year == q.To.Year {
		last = q.To
	}
	c.and("y.variant = +? AND y.position BETWEEN ? AND ?", q.variant(year), position(first), position(last))
	born := "e.year < ? AND (? - e.year) % ? = 0"
	if q.Roundness.Divisor() == 1 {
		born = "coalesce(e.year < ? AND (? - e.year) % ? = 0, true)"
	}
	c.and(born, year, year, q.Roundness.Divisor())
	if rest := parts.wholeCondition(); rest.sql != "" {
		c.and(rest.sql, rest.args...)
	}
	if q.WithoutCoverageOnly {
		from, to := q.coverage(year)
		for _, articles := range s.listings(articleListing) {
			c.and(s.uncovered(articles), from, to)
		}
	}
	return ` FROM calendar_days y CROSS JOIN ` + l.table + ` f INDEXED BY ` + l.table + `_by_significance ON f.facet = y.facet
		CROSS JOIN events e ON e.id = f.event_id WHERE `, c, nil
}

// uncovered is the condition that no visible article was written for an anniversary; its arguments are JSON lists of when the
// coverage of each day begins and ends.
func (s *Reader) uncovered(articles *listing) string {
	return fmt.Sprintf(`NOT EXISTS (SELECT 1 FROM %[1]s a INDEXED BY %[1]s_by_published_at WHERE a.facet = f.event_id
			AND a.published_at >= ? ->> (y.position - 1) AND a.published_at < ? ->> (y.position - 1)%[2]s)`, articles.table, s.andLimit(articles, "a"))
}

// coverage are JSON lists of when coverage of each position's day begins and ends.
func (q AnniversaryQuery) coverage(year int) (from, to string) {
	starts, ends := make([]int64, daysOfCalendar), make([]int64, daysOfCalendar)
	for i := range starts {
		leap := time.Date(2000, 1, 1+i, 0, 0, 0, 0, time.UTC)
		// 29 February of a common year is no position of its variant.
		a := news.Anniversary{OccursOn: news.Date{Year: year, Month: int(leap.Month()), Day: leap.Day()}}
		since, until := a.CoverageTimes(q.Zone)
		starts[i], ends[i] = since.UnixMilli(), until.UnixMilli()
	}
	return listJSON(starts), listJSON(ends)
}

// daysOfCalendar is the number of positions in table calendar_days.
const daysOfCalendar = 366

// position is the day's place among those of a leap year.
func position(d news.Date) int {
	return time.Date(2000, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC).YearDay()
}

func (s *Reader) countAnniversaries(ctx context.Context, q AnniversaryQuery) (total int, err error) {
	for year := q.From.Year; year <= q.To.Year; year++ {
		var stmts []engine.Stmt
		for _, l := range s.listings(eventListing) {
			tail, c, err := s.anniversariesOf(q, l, year)
			if err != nil {
				return 0, err
			}
			stmts = append(stmts, engine.Stmt{SQL: `SELECT count(*)` + tail + c.sql, Args: c.args, Long: true,
				Scan: func(r *engine.Row) error { total += r.Int(); return nil }})
		}
		if err := s.db.Query(ctx, stmts...); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Coverage is what was written about an event for one of its days: the articles that refer to it and were first
// published from Since until before Until.
type Coverage struct {
	Event        news.ID
	Since, Until int64 // milliseconds since 1970
}

// FindCoverage is a page of the coverage of each of many anniversaries, newest first, in one statement. All have a page
// in the map. The first Count asks for those of all pages, in one statement.
func (s *Reader) FindCoverage(ctx context.Context, of []Coverage, w news.Window) (map[Coverage]*news.ArticleConnection, error) {
	at, err := articleSeek(nil, "coverage", news.ArticleOrder{Field: news.ByPublishedAt, Direction: news.Descending}, w)
	if err != nil {
		return nil, err
	}
	const written = `f.facet = p.value ->> 0 AND f.published_at >= p.value ->> 1 AND f.published_at < p.value ->> 2`
	list, numbers := make([][3]int64, len(of)), make([]Facet, len(of))
	for i, c := range of {
		list[i], numbers[i] = [3]int64{int64(c.Event), c.Since, c.Until}, Facet(i)
	}
	found := newPages[*news.Article](at)
	var pageStmts, countStmts []engine.Stmt
	for _, l := range s.listings(articleListing) {
		c := condition{sql: written + s.andLimit(l, "f")}
		where, args := at.sql("f", c)
		pageStmts = append(pageStmts, engine.Stmt{
			SQL: fmt.Sprintf(`SELECT p.key, o.published_at, %[1]s FROM json_each(?) p
				CROSS JOIN %[2]s o ON o.facet = p.value ->> 0 AND o.article_id IN (SELECT f.article_id FROM %[2]s f INDEXED BY %[2]s_by_published_at%[3]s)
				CROSS JOIN articles e ON e.id = o.article_id`, articleColumns, l.table, where),
			Args: append([]any{asJSON(list)}, args...),
			Scan: func(r *engine.Row) error {
				number, k := Facet(r.Int64()), at.readKey(r)
				a, err := s.scanArticle(r)
				k.id = a.ID
				found.add(number, k, a)
				return err
			},
		})
		countStmts = append(countStmts, engine.Stmt{
			SQL:  fmt.Sprintf(`SELECT p.key, (SELECT count(*) FROM %[1]s f INDEXED BY %[1]s_by_published_at WHERE %[2]s) FROM json_each(?) p`, l.table, c.sql),
			Args: []any{asJSON(list)},
		})
	}
	if err := s.db.Query(ctx, pageStmts...); err != nil {
		return nil, err
	}
	counts := sync.OnceValues(func() (map[Facet]int, error) {
		counts := map[Facet]int{}
		for i := range countStmts {
			countStmts[i].Scan = func(r *engine.Row) error { number := Facet(r.Int64()); counts[number] += r.Int(); return nil }
		}
		return counts, s.db.Query(ctx, countStmts...)
	})
	pages := connections(found, numbers, counts)
	byCoverage := make(map[Coverage]*news.ArticleConnection, len(of))
	for i, c := range of {
		byCoverage[c] = pages[Facet(i)]
	}
	return byCoverage, nil
}
