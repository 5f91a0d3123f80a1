package graph

import (
	"context"
	"slices"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

func (r *article) URL(ctx context.Context, a *news.Article) (news.URL, error) {
	return absolute(ctx, a.Path)
}

func (r *article) Body(ctx context.Context, a *news.Article) (*news.Body, error) {
	return required(load(ctx, bodyOfArticle, a))
}

func (r *article) Byline(ctx context.Context, a *news.Article) ([]*news.BylineCredit, error) {
	return load(ctx, bylineOfArticle, a)
}

func (r *article) PrimaryCategory(ctx context.Context, a *news.Article) (*news.Category, error) {
	if a.PrimaryCategoryID == 0 {
		return nil, nil
	}
	// It is one of the categories, which are often selected too.
	categories, err := load(ctx, categoriesOfArticle, a)
	i := slices.IndexFunc(categories, func(c *news.Category) bool { return c.ID == a.PrimaryCategoryID })
	if err != nil || i < 0 {
		return nil, err
	}
	return categories[i], nil
}

func (r *article) Categories(ctx context.Context, a *news.Article) ([]*news.Category, error) {
	return load(ctx, categoriesOfArticle, a)
}

func (r *article) Topics(ctx context.Context, a *news.Article, kinds []news.TopicKind, minRelevance float64) ([]*news.ArticleTopic, error) {
	topics, err := load(ctx, topicsOfArticle, a)
	if kinds == nil && minRelevance <= 0 {
		return topics, err
	}
	kept := []*news.ArticleTopic{}
	for _, t := range topics {
		if t.Relevance >= minRelevance && (kinds == nil || slices.Contains(kinds, t.Topic.Kind)) {
			kept = append(kept, t)
		}
	}
	return kept, err
}

func (r *article) LeadImage(ctx context.Context, a *news.Article) (*news.Image, error) {
	return load(ctx, leadImageOfArticle, a)
}

func (r *article) HistoricalEvents(ctx context.Context, a *news.Article, first *int, after *string, last *int, before *string) (*news.HistoricalEventConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	return loadField(ctx, relation[*news.Article, *news.HistoricalEventConnection]{"historicalEvents", articleID,
		func(s *store.Reader, ctx context.Context, ids []news.ID) (map[news.ID]*news.HistoricalEventConnection, error) {
			return s.ArticleEvents(ctx, ids, w)
		}}, a)
}

// relatedPageSize is what a "Related news" box usually shows.
const relatedPageSize = 5

func (r *article) Related(ctx context.Context, a *news.Article, first *int, after *string, last *int, before *string, filter *news.RelatedFilter) (*news.RelatedArticleConnection, error) {
	w, err := window(first, after, last, before, relatedPageSize)
	if err != nil {
		return nil, err
	}
	return loadField(ctx, relation[*news.Article, *news.RelatedArticleConnection]{"related", articleID,
		func(s *store.Reader, ctx context.Context, ids []news.ID) (map[news.ID]*news.RelatedArticleConnection, error) {
			return s.RelatedArticles(ctx, ids, filter, w)
		}}, a)
}

func (r *article) Translations(ctx context.Context, a *news.Article) ([]*news.Article, error) {
	return load(ctx, translationsOfArticle, a)
}

func (r *article) ExternalRefs(ctx context.Context, a *news.Article) ([]*news.ExternalRef, error) {
	return load(ctx, refsOfNode, news.Node(a))
}

// articlesIn is the relation from parents to the articles of a facet each.
func articlesIn[P any](facet func(P) news.ID, of func(news.ID) store.Facet, filter *news.ArticleFilter, by news.ArticleOrder, w news.Window) relation[P, *news.ArticleConnection] {
	return relation[P, *news.ArticleConnection]{"articles", facet,
		func(s *store.Reader, ctx context.Context, ids []news.ID) (map[news.ID]*news.ArticleConnection, error) {
			return byID(ids, of, func(facets []store.Facet) (map[store.Facet]*news.ArticleConnection, error) {
				return s.FindArticlesIn(ctx, facets, filter, by, w)
			})
		}}
}

// byID finds by facets and gives by the ids that these were made from.
func byID[V any](ids []news.ID, of func(news.ID) store.Facet, find func([]store.Facet) (map[store.Facet]V, error)) (map[news.ID]V, error) {
	facets := make([]store.Facet, len(ids))
	for i, id := range ids {
		facets[i] = of(id)
	}
	found, err := find(facets)
	if err != nil {
		return nil, err
	}
	result := make(map[news.ID]V, len(ids))
	for i, id := range ids {
		result[id] = found[facets[i]]
	}
	return result, nil
}

func (r *article) Corrections(ctx context.Context, a *news.Article) ([]*news.Correction, error) {
	return load(ctx, correctionsOfArticle, a)
}
