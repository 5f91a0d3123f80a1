package graph

import (
	"context"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// reasonsOfEdge are kept by the edge itself, which holds them as they are stored.
var reasonsOfEdge = keyed[*news.RelatedArticleEdge, *news.RelatedArticleEdge, []news.ShownReason]{"reasons",
	func(e *news.RelatedArticleEdge) *news.RelatedArticleEdge { return e }, (*store.Reader).ShownReasons}

func (r *relatedArticleEdge) Reasons(ctx context.Context, e *news.RelatedArticleEdge) ([]news.ShownReason, error) {
	return load(ctx, reasonsOfEdge, e)
}

func (r *historicalEvent) RelatedEvents(ctx context.Context, e *news.HistoricalEvent, first *int, after *string, last *int, before *string) (*news.HistoricalEventConnection, error) {
	w, err := window(first, after, last, before, relatedPageSize)
	if err != nil {
		return nil, err
	}
	return loadField(ctx, relation[*news.HistoricalEvent, *news.HistoricalEventConnection]{"relatedEvents", eventID,
		func(s *store.Reader, ctx context.Context, ids []news.ID) (map[news.ID]*news.HistoricalEventConnection, error) {
			return s.RelatedEvents(ctx, ids, w)
		}}, e)
}
