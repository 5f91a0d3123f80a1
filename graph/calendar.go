package graph

import (
	"context"
	"sync"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

func (r *query) OnThisDay(ctx context.Context, day *news.DayInput, leapDayPolicy news.LeapDayPolicy) (*news.OnThisDay, error) {
	site, err := siteOf(ctx)
	if err != nil {
		return nil, err
	}
	d := &news.OnThisDay{TimeZone: site.TimeZone, Policy: leapDayPolicy}
	if day != nil && day.TodayIn != nil {
		d.TimeZone = *day.TodayIn
	}
	if d.Date, err = today(r.Now(), d.TimeZone); err != nil {
		return nil, err
	}
	switch {
	case day == nil:
	case day.Date != nil:
		d.Date = *day.Date
	case day.MonthDay != nil:
		d.Date = day.MonthDay.Next(d.Date)
	}
	d.Neighbours = neighbours(viewOf(ctx), d.Date, d.Policy)
	return d, nil
}

// neighbours asks once for the days before and after.
func neighbours(s *store.Reader, day news.Date, policy news.LeapDayPolicy) func(context.Context) (previous, next news.MonthDay, err error) {
	var once sync.Once
	var previous, next news.MonthDay
	var err error
	return func(ctx context.Context) (news.MonthDay, news.MonthDay, error) {
		once.Do(func() { previous, next, err = s.NeighbourDays(ctx, day, policy) })
		return previous, next, err
	}
}

func (r *onThisDay) Headline(ctx context.Context, d *news.OnThisDay) (*news.HistoricalEvent, error) {
	found, err := viewOf(ctx).HeadlineEvent(ctx, d.Date, d.Policy)
	return announceFound(ctx, found, err)
}

func (r *onThisDay) Events(ctx context.Context, d *news.OnThisDay, first *int, after *string, last *int, before *string, filter *news.HistoricalEventFilter, orderBy news.HistoricalEventOrder) (*news.HistoricalEventConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	found, err := viewOf(ctx).FindEventsOn(ctx, d.Date, d.Policy, filter, orderBy, w)
	return announceFound(ctx, found, err)
}

func (r *onThisDay) Archive(ctx context.Context, d *news.OnThisDay, first *int, after *string, last *int, before *string, minYearsAgo int, filter *news.ArticleFilter) (*news.ArchiveArticleConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	if minYearsAgo < 1 {
		return nil, news.Invalidf("minYearsAgo is %d; the archive begins 1 year ago", minYearsAgo)
	}
	zone, err := siteZone(ctx)
	if err != nil {
		return nil, err
	}
	found, err := viewOf(ctx).FindArchive(ctx, d.Date, zone, d.Policy, minYearsAgo, filter, w)
	return announceFound(ctx, found, err)
}

func (r *query) Anniversaries(ctx context.Context, first *int, after *string, last *int, before *string, from *news.Date, to *news.Date, roundness news.Roundness, withoutCoverageOnly bool, filter *news.HistoricalEventFilter, leapDayPolicy news.LeapDayPolicy) (*news.AnniversaryConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	zone, err := siteZone(ctx)
	if err != nil {
		return nil, err
	}
	q := store.AnniversaryQuery{Roundness: roundness, Policy: leapDayPolicy, WithoutCoverageOnly: withoutCoverageOnly, Filter: filter,
		Today: news.DateOf(r.Now().In(zone)), Zone: zone}
	q.From, q.To = news.AnniversarySpan(q.Today, from, to)
	found, err := viewOf(ctx).FindAnniversaries(ctx, q, w)
	return announceFound(ctx, found, err)
}

// NextAnniversary is reckoned for all events at the place before the first is resolved further, like what is loaded.
func (r *historicalEvent) NextAnniversary(ctx context.Context, e *news.HistoricalEvent, from *news.Date, leapDayPolicy news.LeapDayPolicy) (*news.Anniversary, error) {
	today, err := dayOr(ctx, r.Now(), nil)
	if err != nil {
		return nil, err
	}
	first := today
	if from != nil {
		first = *from
	}
	next := func(_ *store.Reader, _ context.Context, events []*news.HistoricalEvent) (map[*news.HistoricalEvent]*news.Anniversary, error) {
		found := make(map[*news.HistoricalEvent]*news.Anniversary, len(events))
		for _, e := range events {
			if a := e.AnniversaryFrom(first, leapDayPolicy); a != nil {
				a.Today = today
				found[e] = a
			}
		}
		return found, nil
	}
	same := func(e *news.HistoricalEvent) *news.HistoricalEvent { return e }
	return loadField(ctx, keyed[*news.HistoricalEvent, *news.HistoricalEvent, *news.Anniversary]{"nextAnniversary", same, next}, e)
}

func (r *anniversary) Coverage(ctx context.Context, a *news.Anniversary, first *int, after *string, last *int, before *string) (*news.ArticleConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	zone, err := siteZone(ctx)
	if err != nil {
		return nil, err
	}
	of := func(a *news.Anniversary) store.Coverage {
		since, until := a.CoverageTimes(zone)
		return store.Coverage{Event: a.Event.ID, Since: since.UnixMilli(), Until: until.UnixMilli()}
	}
	find := func(s *store.Reader, ctx context.Context, of []store.Coverage) (map[store.Coverage]*news.ArticleConnection, error) {
		return s.FindCoverage(ctx, of, w)
	}
	return loadField(ctx, keyed[*news.Anniversary, store.Coverage, *news.ArticleConnection]{"coverage", of, find}, a)
}

// dayOr is the day, or today in the site's time zone.
func dayOr(ctx context.Context, now time.Time, day *news.Date) (news.Date, error) {
	if day != nil {
		return *day, nil
	}
	site, err := siteOf(ctx)
	if err != nil {
		return news.Date{}, err
	}
	return today(now, site.TimeZone)
}

func today(now time.Time, zone news.TimeZone) (news.Date, error) {
	loc, err := zone.Location()
	if err != nil {
		return news.Date{}, err
	}
	return news.DateOf(now.In(loc)), nil
}

func siteZone(ctx context.Context) (*time.Location, error) {
	site, err := siteOf(ctx)
	if err != nil {
		return nil, err
	}
	return site.TimeZone.Location()
}
