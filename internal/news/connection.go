package news

import "context"

// PageInfo says where a page of a list begins and ends (https://relay.dev/graphql/connections.htm).
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string // nil for an empty page
	EndCursor       *string
}

// Edge is one entry of a list.
type Edge[N any] struct {
	Cursor string
	Node   N
}

// GetNode is the entry's node.
func (e *Edge[N]) GetNode() N { return e.Node }

// Connection is one page of a list.
type Connection[E interface{ GetNode() N }, N any] struct {
	Edges    []E
	PageInfo PageInfo

	// Count is asked only when totalCount is selected.
	Count func(context.Context) (int, error)
}

// Nodes are the nodes of the edges, in order.
func (c *Connection[E, N]) Nodes() []N {
	nodes := make([]N, len(c.Edges))
	for i, e := range c.Edges {
		nodes[i] = e.GetNode()
	}
	return nodes
}

// TotalCount is the length of the whole list under the same filter.
func (c *Connection[E, N]) TotalCount(ctx context.Context) (int, error) { return c.Count(ctx) }

// The connections and edges of the schema.
type (
	ArticleEdge         = Edge[*Article]
	CategoryEdge        = Edge[*Category]
	TopicEdge           = Edge[*Topic]
	AuthorEdge          = Edge[*Author]
	HistoricalEventEdge = Edge[*HistoricalEvent]
	AnniversaryEdge     = Edge[*Anniversary]

	ArticleConnection         = Connection[*ArticleEdge, *Article]
	CategoryConnection        = Connection[*CategoryEdge, *Category]
	TopicConnection           = Connection[*TopicEdge, *Topic]
	AuthorConnection          = Connection[*AuthorEdge, *Author]
	HistoricalEventConnection = Connection[*HistoricalEventEdge, *HistoricalEvent]
	AnniversaryConnection     = Connection[*AnniversaryEdge, *Anniversary]
	ArchiveArticleConnection  = Connection[*ArchiveArticleEdge, *Article]
)

// MaxPageSize bounds first and last.
const MaxPageSize = 100

// Paging is the paging arguments of a connection.
type Paging struct {
	First  *int
	After  *string
	Last   *int
	Before *string
}

// Window is a checked [Paging]: at most Limit entries after or before a cursor, counted from the end when Backward.
type Window struct {
	Limit    int
	Cursor   string // "" at the end of the list where the window starts
	Bound    string // the other cursor, where the window must stop; "" for none
	Backward bool
}

// Window checks the arguments; size applies when neither first nor last is given.
func (p Paging) Window(size int) (Window, error) {
	w := Window{Limit: size}
	switch {
	case p.First != nil && p.Last != nil:
		return w, Invalidf("first and last were both given; give one of them")
	case p.Last != nil:
		w.Limit, w.Backward = *p.Last, true
	case p.First != nil:
		w.Limit = *p.First
	case p.Before != nil:
		w.Backward = true
	}
	if w.Limit < 0 || w.Limit > MaxPageSize {
		return w, Invalidf("a page of %d was asked for; first and last go from 0 to %d", w.Limit, MaxPageSize)
	}
	start, end := p.After, p.Before
	if w.Backward {
		start, end = end, start
	}
	if start != nil {
		w.Cursor = *start
	}
	if end != nil {
		w.Bound = *end
	}
	if start != nil && *start == "" || end != nil && *end == "" {
		return w, Invalidf("a cursor is empty; leave the argument out or pass a cursor as it was returned")
	}
	return w, nil
}

// Each calls yield with every node, in order.
func (c *Connection[E, N]) Each(yield func(any)) {
	for _, e := range c.Edges {
		yield(e.GetNode())
	}
}
