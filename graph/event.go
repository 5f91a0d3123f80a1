package graph

import (
	"context"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

func (r *historicalEvent) URL(ctx context.Context, e *news.HistoricalEvent) (news.URL, error) {
	return absolute(ctx, e.Path)
}

func (r *historicalEvent) Sources(ctx context.Context, e *news.HistoricalEvent) ([]*news.Citation, error) {
	return load(ctx, citationsOfEvent, e)
}

func (r *historicalEvent) Topics(ctx context.Context, e *news.HistoricalEvent) ([]*news.Topic, error) {
	return load(ctx, topicsOfEvent, e)
}

func (r *historicalEvent) Categories(ctx context.Context, e *news.HistoricalEvent) ([]*news.Category, error) {
	return load(ctx, categoriesOfEvent, e)
}

func (r *historicalEvent) Image(ctx context.Context, e *news.HistoricalEvent) (*news.Image, error) {
	return load(ctx, imageOfEvent, e)
}

func (r *historicalEvent) YearsSince(ctx context.Context, e *news.HistoricalEvent, on *news.Date) (*int, error) {
	if on == nil {
		site, err := siteOf(ctx)
		if err != nil {
			return nil, err
		}
		today, err := r.today(site.TimeZone)
		if err != nil {
			return nil, err
		}
		on = &today
	}
	return e.Age(*on), nil
}

func (r *historicalEvent) today(zone news.TimeZone) (news.Date, error) { return today(r.Now(), zone) }

func today(now time.Time, zone news.TimeZone) (news.Date, error) {
	loc, err := zone.Location()
	if err != nil {
		return news.Date{}, err
	}
	return news.DateOf(now.In(loc)), nil
}

func (r *historicalEvent) Articles(ctx context.Context, e *news.HistoricalEvent, first *int, after *string, last *int, before *string, orderBy news.ArticleOrder) (*news.ArticleConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	return loadField(ctx, articlesIn(eventID, store.In, nil, orderBy, w), e)
}

func (r *historicalEvent) ExternalRefs(ctx context.Context, e *news.HistoricalEvent) ([]*news.ExternalRef, error) {
	return load(ctx, refsOfNode, news.Node(e))
}

func (r *query) HistoricalEvent(ctx context.Context, id news.ID) (*news.HistoricalEvent, error) {
	found, err := r.Store.Events(ctx, []news.ID{id})
	return announceOne(ctx, found, id, err)
}

func (r *query) HistoricalEvents(ctx context.Context, first *int, after *string, last *int, before *string, filter *news.HistoricalEventFilter, orderBy news.HistoricalEventOrder) (*news.HistoricalEventConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	found, err := r.Store.FindEvents(ctx, filter, orderBy, w)
	return announceFound(ctx, found, err)
}

func (r *query) OnThisDay(ctx context.Context, day *news.DayInput) (*news.OnThisDay, error) {
	site, err := siteOf(ctx)
	if err != nil {
		return nil, err
	}
	d := &news.OnThisDay{TimeZone: site.TimeZone}
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
	d.MonthDay = d.Date.MonthDay()
	return d, nil
}

func (r *onThisDay) Headline(ctx context.Context, d *news.OnThisDay) (*news.HistoricalEvent, error) {
	found, err := r.Store.HeadlineEvent(ctx, d.MonthDay)
	return announceFound(ctx, found, err)
}

func (r *onThisDay) Events(ctx context.Context, d *news.OnThisDay, first *int, after *string, last *int, before *string, filter *news.HistoricalEventFilter, orderBy news.HistoricalEventOrder) (*news.HistoricalEventConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	ofDay := &news.HistoricalEventFilter{MonthDay: &d.MonthDay}
	if filter != nil {
		ofDay.And = []*news.HistoricalEventFilter{filter}
	}
	found, err := r.Store.FindEvents(ctx, ofDay, orderBy, w)
	return announceFound(ctx, found, err)
}
