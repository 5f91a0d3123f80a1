package graph

import (
	"context"

	"github.com/dateline-cms/dateline/internal/news"
)

func (r *searchConnection) Facets(ctx context.Context, c *news.SearchConnection, fields []news.SearchFacetField, limit int) ([]*news.SearchFacet, error) {
	facets, err := c.Counted(ctx, fields, limit)
	if err != nil {
		return nil, err
	}
	var ids []news.ID
	buckets := map[news.ID][]*news.SearchFacetBucket{}
	for _, facet := range facets {
		for _, b := range facet.Buckets {
			if id, err := news.ParseID(b.Value); err == nil {
				ids, buckets[id] = append(ids, id), append(buckets[id], b)
			}
		}
	}
	found, err := (*query)(r).nodes(ctx, ids)
	if err != nil {
		return nil, err
	}
	for id, node := range found {
		for _, b := range buckets[id] {
			b.Node, b.Label = node, nameOf(node)
		}
	}
	return announce(ctx, facets), nil
}

func nameOf(node news.Node) string {
	switch n := node.(type) {
	case *news.Category:
		return n.Name
	case *news.Topic:
		return n.Name
	case *news.Author:
		return n.Name
	}
	return node.NodeID().String()
}
