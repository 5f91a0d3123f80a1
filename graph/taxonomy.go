package graph

import (
	"context"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

func (r *category) URL(ctx context.Context, c *news.Category) (news.URL, error) {
	return absolute(ctx, c.Path)
}

func (r *category) Parent(ctx context.Context, c *news.Category) (*news.Category, error) {
	return load(ctx, parentOfCategory, c)
}

func (r *category) Ancestors(ctx context.Context, c *news.Category) ([]*news.Category, error) {
	return load(ctx, ancestorsOfCategory, c)
}

func categoryID(c *news.Category) news.ID { return c.ID }

func (r *category) Children(ctx context.Context, c *news.Category, first *int, after *string, last *int, before *string) (*news.CategoryConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	return loadField(ctx, relation[*news.Category, *news.CategoryConnection]{"children", categoryID,
		func(s *store.Reader, ctx context.Context, ids []news.ID) (map[news.ID]*news.CategoryConnection, error) {
			return s.CategoryChildren(ctx, ids, w)
		}}, c)
}

func (r *category) Articles(ctx context.Context, c *news.Category, first *int, after *string, last *int, before *string, includeDescendants bool, filter *news.ArticleFilter, orderBy news.ArticleOrder) (*news.ArticleConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	of := store.DirectlyIn
	if includeDescendants {
		of = store.In
	}
	return loadField(ctx, articlesIn(categoryID, of, filter, orderBy, w), c)
}

func (r *category) ExternalRefs(ctx context.Context, c *news.Category) ([]*news.ExternalRef, error) {
	return load(ctx, refsOfNode, news.Node(c))
}

func (r *topic) URL(ctx context.Context, t *news.Topic) (news.URL, error) {
	return absolute(ctx, t.Path)
}

func (r *topic) Image(ctx context.Context, t *news.Topic) (*news.Image, error) {
	return load(ctx, imageOfTopic, t)
}

func topicID(t *news.Topic) news.ID { return t.ID }

func (r *topic) Articles(ctx context.Context, t *news.Topic, first *int, after *string, last *int, before *string, filter *news.ArticleFilter, orderBy news.ArticleOrder) (*news.ArticleConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	return loadField(ctx, articlesIn(topicID, store.In, filter, orderBy, w), t)
}

func (r *topic) HistoricalEvents(ctx context.Context, t *news.Topic, first *int, after *string, last *int, before *string, orderBy news.HistoricalEventOrder) (*news.HistoricalEventConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	return loadField(ctx, relation[*news.Topic, *news.HistoricalEventConnection]{"historicalEvents", topicID,
		func(s *store.Reader, ctx context.Context, ids []news.ID) (map[news.ID]*news.HistoricalEventConnection, error) {
			return byID(ids, store.In, func(facets []store.Facet) (map[store.Facet]*news.HistoricalEventConnection, error) {
				return s.FindEventsIn(ctx, facets, orderBy, w)
			})
		}}, t)
}

func (r *topic) ExternalRefs(ctx context.Context, t *news.Topic) ([]*news.ExternalRef, error) {
	return load(ctx, refsOfNode, news.Node(t))
}

func (r *author) URL(ctx context.Context, a *news.Author) (news.URL, error) {
	return absolute(ctx, a.Path)
}

func (r *author) Portrait(ctx context.Context, a *news.Author) (*news.Image, error) {
	return load(ctx, portraitOfAuthor, a)
}

func authorID(a *news.Author) news.ID { return a.ID }

func (r *author) Articles(ctx context.Context, a *news.Author, first *int, after *string, last *int, before *string, filter *news.ArticleFilter, orderBy news.ArticleOrder) (*news.ArticleConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	return loadField(ctx, articlesIn(authorID, store.In, filter, orderBy, w), a)
}

func (r *author) ExternalRefs(ctx context.Context, a *news.Author) ([]*news.ExternalRef, error) {
	return load(ctx, refsOfNode, news.Node(a))
}

func (r *image) URL(ctx context.Context, i *news.Image) (news.URL, error) {
	return absolute(ctx, i.File)
}

func (r *image) ExternalRefs(ctx context.Context, i *news.Image) ([]*news.ExternalRef, error) {
	return load(ctx, refsOfNode, news.Node(i))
}
