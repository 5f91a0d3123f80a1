package graph

import (
	"context"
	"sync"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

func (r *query) Node(ctx context.Context, id news.ID) (news.Node, error) {
	found, err := r.nodes(ctx, []news.ID{id})
	return announceOne(ctx, found, id, err)
}

func (r *query) Nodes(ctx context.Context, ids []news.ID) ([]news.Node, error) {
	if len(ids) > news.MaxPageSize {
		return nil, news.Invalidf("%d ids were given; at most %d are answered at once", len(ids), news.MaxPageSize)
	}
	found, err := r.nodes(ctx, ids)
	if err != nil {
		return nil, err
	}
	nodes := make([]news.Node, len(ids))
	for i, id := range ids {
		nodes[i] = found[id]
	}
	return announce(ctx, nodes), nil
}

// nodes finds what is visible among ids, in one statement a type.
func (r *query) nodes(ctx context.Context, ids []news.ID) (map[news.ID]news.Node, error) {
	kinds := map[news.IDKind][]news.ID{}
	for _, id := range ids {
		kinds[id.Kind()] = append(kinds[id.Kind()], id)
	}
	found := make(map[news.ID]news.Node, len(ids))
	for kind, ids := range kinds {
		var err error
		switch kind {
		case news.KindArticle:
			err = collect(ctx, viewOf(ctx).Articles, ids, found)
		case news.KindPage:
			err = collect(ctx, viewOf(ctx).Pages, ids, found)
		case news.KindHistoricalEvent:
			err = collect(ctx, viewOf(ctx).Events, ids, found)
		case news.KindCategory:
			err = collect(ctx, viewOf(ctx).Categories, ids, found)
		case news.KindTopic:
			err = collect(ctx, viewOf(ctx).Topics, ids, found)
		case news.KindAuthor:
			err = collect(ctx, viewOf(ctx).Authors, ids, found)
		case news.KindImage:
			err = collect(ctx, viewOf(ctx).Images, ids, found)
		case news.KindSite:
			var site *news.Site
			if site, err = siteOf(ctx); err == nil && site.ID == ids[0] {
				found[site.ID] = site
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func collect[N news.Node](ctx context.Context, find func(context.Context, []news.ID) (map[news.ID]N, error), ids []news.ID, to map[news.ID]news.Node) error {
	found, err := find(ctx, ids)
	for id, n := range found {
		to[id] = n
	}
	return err
}

func (r *query) ResolvePath(ctx context.Context, path news.Path) (news.PathResolution, error) {
	route, err := viewOf(ctx).Route(ctx, path)
	if news.KindOf(err) == news.NotFound && err != nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if route.State == store.RouteGone {
		return &news.PathGone{Reason: route.Reason, Since: route.Since}, nil
	}
	found, err := r.nodes(ctx, []news.ID{route.Subject})
	node, visible := found[route.Subject].(news.Routable)
	if err != nil || !visible {
		return nil, err
	}
	announce(ctx, node)
	if route.State == store.RouteMoved {
		return &news.PathMoved{Location: route.Current, HTTPStatus: 301, Node: node, Since: route.Since}, nil
	}
	locale, err := r.localeOf(ctx, node)
	return &news.PathFound{Node: node, Locale: locale}, err
}

func (r *query) localeOf(ctx context.Context, node news.Routable) (news.Locale, error) {
	switch n := node.(type) {
	case news.Entry:
		return n.GetHead().Locale, nil
	case *news.Category:
		return n.Locale, nil
	case *news.Topic:
		return n.Locale, nil
	}
	site, err := siteOf(ctx)
	if err != nil {
		return "", err
	}
	return site.DefaultLocale, nil
}

func (r *query) Article(ctx context.Context, ref news.ArticleRef) (*news.Article, error) {
	found, err := viewOf(ctx).Article(ctx, ref)
	return announceFound(ctx, found, err)
}

func (r *query) Articles(ctx context.Context, first *int, after *string, last *int, before *string, filter *news.ArticleFilter, orderBy news.ArticleOrder) (*news.ArticleConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	found, err := viewOf(ctx).FindArticles(ctx, filter, orderBy, w)
	return announceFound(ctx, found, err)
}

func (r *query) Category(ctx context.Context, ref news.TermRef) (*news.Category, error) {
	found, err := viewOf(ctx).Category(ctx, ref)
	return announceFound(ctx, found, err)
}

func (r *query) Categories(ctx context.Context, first *int, after *string, last *int, before *string, parent *news.ID, flat bool, orderBy news.CategoryOrder) (*news.CategoryConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	var below news.ID
	if parent != nil {
		if flat {
			return nil, news.Invalidf("parent and flat exclude each other; give one of them")
		}
		if below = *parent; below == 0 {
			return nil, news.Invalidf("parent is no id of a category")
		}
	}
	found, err := viewOf(ctx).FindCategories(ctx, below, flat, orderBy, w)
	return announceFound(ctx, found, err)
}

func (r *query) Topic(ctx context.Context, ref news.TermRef) (*news.Topic, error) {
	found, err := viewOf(ctx).Topic(ctx, ref)
	return announceFound(ctx, found, err)
}

func (r *query) Topics(ctx context.Context, first *int, after *string, last *int, before *string, filter *news.TopicFilter, orderBy news.TopicOrder) (*news.TopicConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	found, err := viewOf(ctx).FindTopics(ctx, filter, orderBy, w)
	return announceFound(ctx, found, err)
}

func (r *query) Author(ctx context.Context, ref news.TermRef) (*news.Author, error) {
	found, err := viewOf(ctx).Author(ctx, ref)
	return announceFound(ctx, found, err)
}

func (r *query) Authors(ctx context.Context, first *int, after *string, last *int, before *string) (*news.AuthorConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	found, err := viewOf(ctx).FindAuthors(ctx, w)
	return announceFound(ctx, found, err)
}

func (r *query) Search(ctx context.Context, typed string, first *int, after *string, last *int, before *string, filter *news.SearchFilter, orderBy news.SearchOrder) (*news.SearchConnection, error) {
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	hits, err := viewOf(ctx).Search(ctx, typed, filter, orderBy, w)
	if err != nil {
		return nil, err
	}
	ids := make([]news.ID, len(hits.Hits))
	for i, h := range hits.Hits {
		ids[i] = h.ID
	}
	found, err := r.nodes(ctx, ids)
	if err != nil {
		return nil, err
	}
	c := &news.SearchConnection{Total: hits.Total, Counted: hits.Facets}
	c.PageInfo = hits.PageInfo
	c.Suggest = func(ctx context.Context) (string, error) { return viewOf(ctx).Suggestion(ctx, typed, filter, hits) }
	highlighted := sync.OnceValues(func() (map[news.ID][]*news.SearchHighlight, error) { return viewOf(ctx).Highlights(ctx, typed, ids) })
	for _, h := range hits.Hits {
		// What vanished since the index was read is left out.
		if node, ok := found[h.ID].(news.SearchResult); ok {
			c.Edges = append(c.Edges, &news.SearchEdge{Edge: news.Edge[news.SearchResult]{Cursor: h.Cursor, Node: node}, Score: h.Score, Highlighted: highlighted})
		}
	}
	return announce(ctx, c), nil
}
