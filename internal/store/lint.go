package store

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// Finding is an issue of something stored.
type Finding struct {
	news.ContentIssue
	Subject news.ID // zero where the issue is of a whole day
	Path    news.Path
	Title   string
	Field   []string      // as in news.FieldIssue; nil where the issue is of the whole
	Events  []ListedEvent // of a DUPLICATE_EVENT: the one to keep first, which is Subject, then the others
	// Duplicates are articles of nearly the same text that came before.
	Duplicates []*news.Article
}

// ListedEvent is an event of a merge list.
type ListedEvent struct {
	*news.HistoricalEvent
	Ref     news.Ref // what it was imported under, else dateline: and its id; Import takes it back
	Sources []*news.Citation
}

const (
	// lintPage is how many rows are read at once, so that a slow reader of the findings holds no snapshot.
	lintPage = 500
	// maxCompared bounds the events of one day and year that are held and compared with each other.
	maxCompared = 2000
)

// Lint calls do with each issue of the given codes (all when none is given) of what is stored, whatever its status, and
// ends with its error. First come articles that printed a date which is not the accepted one, by article; then events of which
// somebody else gives another date; then events whose day was probably never known, by year; then groups of events that may be
// one, by day of the year; then the texts and pictures of the site's box, of articles, pages and events. A group is given as long
// as two of it are neither unpublished nor retracted. What is written meanwhile may be missed.
func (s *Store) Lint(ctx context.Context, codes []news.ContentIssueCode, do func(Finding) error) error {
	content := func(ctx context.Context, do func(Finding) error) error { return s.lintContent(ctx, codes, do) }
	for _, lint := range []struct {
		of  []news.ContentIssueCode
		run func(context.Context, func(Finding) error) error
	}{
		{[]news.ContentIssueCode{news.IssueEventDateConflict}, s.lintDateConflicts},
		{[]news.ContentIssueCode{news.IssueEventDateConflict}, s.lintClaims},
		{[]news.ContentIssueCode{news.IssueSuspiciousDate}, s.lintSuspiciousDates},
		{[]news.ContentIssueCode{news.IssueDuplicateEvent}, s.lintDuplicates},
		{contentCodes, content},
	} {
		if len(codes) > 0 && !slices.ContainsFunc(lint.of, func(code news.ContentIssueCode) bool { return slices.Contains(codes, code) }) {
			continue
		}
		if err := lint.run(ctx, do); err != nil {
			return fmt.Errorf("lint %s: %w", lint.of[0], err)
		}
	}
	return nil
}

func (s *Store) lintDateConflicts(ctx context.Context, do func(Finding) error) error {
	var article, claim news.ID // the last ones read
	for rows := lintPage; rows == lintPage; {
		rows = 0
		var found []Finding
		err := s.db.Query(ctx, engine.Stmt{
			SQL: `SELECT a.id, c.id, a.path, a.title, c.edtf, c.calendar, e.title, e.edtf, e.calendar
				FROM date_claims c INDEXED BY date_claims_by_article CROSS JOIN articles a ON a.id = c.article_id CROSS JOIN events e ON e.id = c.event_id
				WHERE c.article_id IS NOT NULL AND (c.article_id, c.id) > (?, ?) AND NOT c.is_accepted ORDER BY c.article_id, c.id LIMIT ?`,
			Args: []any{int64(article), int64(claim), lintPage},
			Long: true,
			Scan: func(r *engine.Row) error {
				rows++
				article, claim = id(r), id(r)
				f := Finding{Subject: article, Path: news.Path(r.Text()), Title: r.Text()}
				printed, err := news.ParseHistoricalDate(r.Text(), news.CalendarModel(r.Text()))
				if err != nil {
					return err
				}
				event := r.Text()
				accepted, err := news.ParseHistoricalDate(r.Text(), news.CalendarModel(r.Text()))
				if err != nil {
					return err
				}
				if issue := news.EventDateConflict(event, printed, accepted); issue != nil {
					f.ContentIssue = *issue
					found = append(found, f)
				}
				return nil
			},
		})
		if err != nil {
			return err
		}
		if err := each(found, do); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) lintSuspiciousDates(ctx context.Context, do func(Finding) error) error {
	year, event := math.MinInt, news.ID(0) // of the last one read
	for rows := lintPage; rows == lintPage; {
		rows = 0
		var found []Finding
		err := s.db.Query(ctx, engine.Stmt{
			SQL: `SELECT e.year, ` + eventColumns + ` FROM events e INDEXED BY events_by_day
				WHERE e.month_day = 101 AND (e.year, e.id) > (?, ?) ORDER BY e.year, e.id LIMIT ?`,
			Args: []any{year, int64(event), lintPage},
			Scan: func(r *engine.Row) error {
				rows++
				year = r.Int()
				e, err := scanEvent(r)
				if err != nil {
					return err
				}
				event = e.ID
				if issue := news.SuspiciousDate(e); issue != nil {
					found = append(found, Finding{ContentIssue: *issue, Subject: e.ID, Path: e.Path, Title: e.Title})
				}
				return nil
			},
		})
		if err != nil {
			return err
		}
		if err := each(found, do); err != nil {
			return err
		}
	}
	return nil
}

func each(found []Finding, do func(Finding) error) error {
	for _, f := range found {
		if err := do(f); err != nil {
			return err
		}
	}
	return nil
}

// dayOfYear is a day that events are kept on, by the figures of their own calendar. Year is nil for those that only recur.
type dayOfYear struct {
	MonthDay int
	Year     *int
}

// lintDuplicates reads the events of each day of the year, as many years at once as fit a page.
func (s *Store) lintDuplicates(ctx context.Context, do func(Finding) error) error {
	for month := 1; month <= 12; month++ {
		for day := range news.CalendarGregorian.DaysIn(2000, month) {
			days, counts, err := s.yearsOf(ctx, month*100+day+1)
			if err != nil {
				return err
			}
			for len(days) > 0 {
				n, rows := 1, counts[0]
				for n < len(days) && rows+counts[n] <= lintPage {
					rows += counts[n]
					n++
				}
				if err := s.lintDays(ctx, days[:n], rows, do); err != nil {
					return err
				}
				days, counts = days[n:], counts[n:]
			}
		}
	}
	return nil
}

// yearsOf are the years that have events on a day, each with their number.
func (s *Store) yearsOf(ctx context.Context, monthDay int) (days []dayOfYear, counts []int, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT e.year, count(*) FROM events e INDEXED BY events_by_day WHERE e.month_day = ? GROUP BY e.year`,
		Args: []any{monthDay},
		Scan: func(r *engine.Row) error {
			days = append(days, dayOfYear{monthDay, nullInt(r)})
			counts = append(counts, r.Int())
			return nil
		},
	})
	return days, counts, err
}

// lintDays compares the events of each of the days, of which there are rows, among themselves.
func (s *Store) lintDays(ctx context.Context, days []dayOfYear, rows int, do func(Finding) error) error {
	if rows > maxCompared { // a single day
		some, err := s.eventsOn(ctx, days, 1)
		if err != nil || len(some[0]) == 0 {
			return err
		}
		e := some[0][0]
		return do(Finding{ContentIssue: news.TooManyEvents(rows, maxCompared, e.Date), Title: e.Date.Text(nil, news.StyleLong)})
	}
	events, err := s.eventsOn(ctx, days, maxCompared)
	if err != nil {
		return err
	}
	for i, day := range days {
		groups, err := s.duplicates(ctx, day, events[i])
		if err != nil {
			return err
		}
		for _, group := range groups {
			f, err := s.mergeList(ctx, group)
			if err != nil {
				return err
			}
			if err := do(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// eventsOn are the events of days, at most limit in all, by the place of their day in the list.
func (s *Store) eventsOn(ctx context.Context, days []dayOfYear, limit int) ([][]*news.HistoricalEvent, error) {
	list := make([][2]any, len(days))
	for i, d := range days {
		list[i] = [2]any{d.MonthDay, d.Year}
	}
	found := make([][]*news.HistoricalEvent, len(days))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT j.key, ` + eventColumns + ` FROM json_each(?) j CROSS JOIN events e INDEXED BY events_by_day
			ON e.month_day = j.value ->> 0 AND e.year IS j.value ->> 1 LIMIT ?`,
		Args: []any{asJSON(list), limit},
		Scan: func(r *engine.Row) error {
			day := r.Int()
			e, err := scanEvent(r)
			found[day] = append(found[day], e)
			return err
		},
	})
}

// duplicates are the groups among the events of a day. A Julian date may be of the same day as a Gregorian one with other
// figures: their group belongs to the day of the Julian one.
func (s *Store) duplicates(ctx context.Context, day dayOfYear, events []*news.HistoricalEvent) (groups [][]*news.HistoricalEvent, err error) {
	all := events
	if slices.ContainsFunc(events, isJulian) {
		gregorian, err := s.eventsOfCalendar(ctx, news.CalendarJulian, day, news.CalendarGregorian)
		if err != nil {
			return nil, err
		}
		all = slices.Concat(events, gregorian)
	}
	for _, group := range news.SameEvents(all) {
		if !slices.ContainsFunc(group, func(e *news.HistoricalEvent) bool { return slices.Contains(events, e) }) || isSettled(group) {
			continue
		}
		if !slices.ContainsFunc(group, isJulian) {
			julian, err := s.eventsOfCalendar(ctx, news.CalendarGregorian, day, news.CalendarJulian)
			if err != nil {
				return nil, err
			}
			if isAmong(group, julian) {
				continue
			}
		}
		groups = append(groups, group)
	}
	return groups, nil
}

// isSettled says whether no more than one of group stands.
func isSettled(group []*news.HistoricalEvent) bool {
	standing := 0
	for _, e := range group {
		if isStanding(e) {
			standing++
		}
	}
	return standing < 2
}

func isStanding(e *news.HistoricalEvent) bool {
	return e.Status != news.StatusUnpublished && e.Status != news.StatusRetracted
}

func isJulian(e *news.HistoricalEvent) bool { return e.Date.Calendar == news.CalendarJulian }

// isAmong says whether one of group is the same as one of others.
func isAmong(group, others []*news.HistoricalEvent) bool {
	return slices.ContainsFunc(others, func(o *news.HistoricalEvent) bool {
		return slices.ContainsFunc(group, func(e *news.HistoricalEvent) bool { return news.SameEvent(e, o) >= news.SameEventFrom })
	})
}

// eventsOfCalendar are the events dated in calendar to on the day that has the given figures in calendar from; none where
// it has the same figures in both.
func (s *Store) eventsOfCalendar(ctx context.Context, from news.CalendarModel, day dayOfYear, to news.CalendarModel) ([]*news.HistoricalEvent, error) {
	if day.Year == nil {
		return nil, nil
	}
	year, month, d := to.DayOf(from.DayNumber(*day.Year, day.MonthDay/100, day.MonthDay%100))
	if month*100+d == day.MonthDay && year == *day.Year {
		return nil, nil
	}
	found, err := s.eventsOn(ctx, []dayOfYear{{month*100 + d, &year}}, maxCompared)
	return slices.DeleteFunc(found[0], func(e *news.HistoricalEvent) bool { return e.Date.Calendar != to }), err
}

// mergeList puts the event to keep first: of those that stand the verified one, with the most sources, the oldest.
func (s *Store) mergeList(ctx context.Context, group []*news.HistoricalEvent) (f Finding, err error) {
	ids := make([]news.ID, len(group))
	for i, e := range group {
		ids[i] = e.ID
	}
	sources, err := s.As(news.AnyCaller()).EventCitations(ctx, ids)
	if err != nil {
		return f, err
	}
	refs, err := s.importRefs(ctx, ids)
	if err != nil {
		return f, err
	}
	for _, e := range group {
		f.Events = append(f.Events, ListedEvent{e, refs[e.ID], sources[e.ID]})
	}
	slices.SortFunc(f.Events, func(a, b ListedEvent) int {
		return cmp.Or(trueFirst(isStanding(a.HistoricalEvent), isStanding(b.HistoricalEvent)),
			trueFirst(a.Verification == news.Verified, b.Verification == news.Verified),
			cmp.Compare(len(b.Sources), len(a.Sources)), a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	best := f.Events[0]
	f.Subject, f.Path, f.Title = best.ID, best.Path, best.Title
	f.ContentIssue = news.DuplicateEvents(len(group), best.Date)
	return f, nil
}

// trueFirst compares a with b.
func trueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// importRefs are the refs that nodes were imported under, or have by their ids.
func (s *Store) importRefs(ctx context.Context, ids []news.ID) (map[news.ID]news.Ref, error) {
	refs := make(map[news.ID]news.Ref, len(ids))
	return refs, s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT j.value, ` + refOf("j.value") + ` FROM json_each(?) j`,
		Args: []any{idList(ids)},
		Scan: func(r *engine.Row) error {
			node := id(r)
			refs[node] = refOr(r.NullText(), node)
			return nil
		},
	})
}
