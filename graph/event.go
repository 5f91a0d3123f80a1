package graph

import (
	"context"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

func (r *historicalEvent) URL(ctx context.Context, e *news.HistoricalEvent) (news.URL, error) {
	return absolute(ctx, e.Path)
}

func (r *historicalEvent) Sources(ctx context.Context, e *news.HistoricalEvent) ([]*news.Citation, error) {
	return load(ctx, citationsOfEvent, e)
}

func (r *historicalEvent) DateClaims(ctx context.Context, e *news.HistoricalEvent) ([]*news.DateClaim, error) {
	return load(ctx, claimsOfEvent, e)
}

func (r *historicalEvent) Place(ctx context.Context, e *news.HistoricalEvent) (*news.Topic, error) {
	return load(ctx, placeOfEvent, e)
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
	day, err := dayOr(ctx, r.Now(), on)
	if err != nil {
		return nil, err
	}
	return e.Age(day), nil
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
	found, err := viewOf(ctx).Events(ctx, []news.ID{id})
	return announceOne(ctx, found, id, err)
}

func (r *query) HistoricalEvents(ctx context.Context, first *int, after *string, last *int, before *string, filter *news.HistoricalEventFilter, orderBy news.HistoricalEventOrder) (*news.HistoricalEventConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	found, err := viewOf(ctx).FindEvents(ctx, filter, orderBy, w)
	return announceFound(ctx, found, err)
}
