package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	gqlgen "github.com/99designs/gqlgen/graphql/handler/transport"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

func (r *query) Changes(ctx context.Context, first *int, after *string, filter *news.ChangeFilter) (*news.ChangeConnection, error) {
	w, err := window(first, after, nil, nil, defaultPageSize)
	if err != nil {
		return nil, err
	}
	at, err := placeInJournal(after, 0)
	if err != nil {
		return nil, err
	}
	found, err := viewOf(ctx).Changes(ctx, at, filter, w.Limit+1)
	if err != nil {
		return nil, err
	}
	c := &news.ChangeConnection{LatestCursor: news.ChangeCursor(found.Last), MustResync: after != nil && isLost(found, at)}
	if c.MustResync {
		return c, nil
	}
	for _, change := range found.Changes[:min(len(found.Changes), w.Limit)] {
		c.Edges = append(c.Edges, &news.ChangeEdge{Cursor: change.Cursor(), Node: change})
	}
	c.PageInfo.HasNextPage, c.PageInfo.HasPreviousPage = len(found.Changes) > w.Limit, at > 0
	if last := len(c.Edges) - 1; last >= 0 {
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &c.Edges[0].Cursor, &c.Edges[last].Cursor
	}
	return announce(ctx, c), nil
}

// placeInJournal is the place of a cursor.
func placeInJournal(cursor *string, without int64) (int64, error) {
	if cursor == nil {
		return without, nil
	}
	return news.ParseChangeCursor(*cursor)
}

// isLost says that not all that follows a place is kept, or that the journal has never come so far.
func isLost(found *store.Stretch, at int64) bool { return at < found.Trimmed || at > found.Last }

func (r *change) Node(ctx context.Context, c *news.Change) (news.Node, error) {
	nodes := relation[*news.Change, news.Node]{"node of a change", func(c *news.Change) news.ID { return c.SubjectID },
		func(_ *store.Reader, ctx context.Context, ids []news.ID) (map[news.ID]news.Node, error) {
			return (*query)(r).nodes(ctx, ids)
		}}
	return load(ctx, nodes, c)
}

func (r *change) By(ctx context.Context, c *news.Change) (*string, error) {
	_, err := requires(ctx, news.ScopeContentEdit)
	return c.MadeBy, err
}

// subscribedAtOnce is how many changes a subscriber holds at most; the journal has the others.
const subscribedAtOnce = 32

func (r *subscription) Changes(ctx context.Context, after *string, filter *news.ChangeFilter) (<-chan *news.Change, error) {
	now, err := r.Store.Position(ctx)
	if err != nil {
		return nil, err
	}
	s := &subscriber{Resolver: (*Resolver)(r), view: r.Store.As(callerOf(ctx)), filter: filter}
	if s.at, err = placeInJournal(after, now); err != nil {
		return nil, err
	}
	found, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	changes := make(chan *news.Change)
	go s.run(ctx, found, changes)
	return changes, nil
}

func (r *subscription) ArticlePublished(ctx context.Context, after *string, tags []news.ID) (<-chan *news.Change, error) {
	return r.Changes(ctx, after, &news.ChangeFilter{Kinds: []news.ChangeKind{news.ChangePublished}, Types: []news.SearchType{news.SearchArticles}, Tags: tags})
}

func (r *published) Article(ctx context.Context, c *news.Change) (*news.Article, error) {
	node, err := (*change)(r).Node(ctx, c)
	a, _ := node.(*news.Article)
	return a, err
}

// A subscriber goes along the journal at its own speed. It keeps no more than one page of it.
type subscriber struct {
	*Resolver
	view   *store.Reader
	filter *news.ChangeFilter
	at     int64
}

// read gives the next changes, or an error when some are lost.
func (s *subscriber) read(ctx context.Context) (*store.Stretch, error) {
	found, err := s.view.Changes(ctx, s.at, s.filter, subscribedAtOnce)
	if err == nil && isLost(found, s.at) {
		err = &news.Error{Kind: news.Conflict, Message: "the changes after this cursor are no longer kept, or it is of another state of the database: take latestCursor of changes, read everything anew, and subscribe after that cursor"}
	}
	return found, err
}

// run sends what it was given and all that follows. It ends, and the stream with it, when ctx ends, the journal is no longer
// followed, or the caller has lost its rights.
func (s *subscriber) run(ctx context.Context, found *store.Stretch, to chan<- *news.Change) {
	defer close(to)
	defer func() {
		if p := recover(); p != nil { // no resolver stands around this
			s.logged(ctx, graphql.GetPath(ctx), recovered(ctx, p))
		}
	}()
	for err := error(nil); err == nil; found, err = s.next(ctx, found) {
		for _, c := range found.Changes {
			select {
			case to <- c:
				s.at = c.Seq
			case <-ctx.Done():
				return
			}
		}
	}
}

// next waits for what follows what was read before.
func (s *subscriber) next(ctx context.Context, before *store.Stretch) (*store.Stretch, error) {
	if len(before.Changes) < subscribedAtOnce {
		s.at = max(s.at, before.Last) // what lies between is not for this subscriber
	}
	err := s.Journal.Wait(ctx, s.at)
	if err == nil {
		err = s.mayGoOn(ctx)
	}
	if err != nil {
		return nil, err
	}
	found, err := s.read(ctx)
	if err != nil && ctx.Err() == nil && news.KindOf(err) == news.Internal {
		s.logged(ctx, graphql.GetPath(ctx), err)
	}
	return found, err
}

// mayGoOn asks again who subscribes: since it began a key may have been revoked, and a token may have expired.
func (s *subscriber) mayGoOn(ctx context.Context) error {
	authorization := gqlgen.GetInitPayload(ctx).Authorization()
	if authorization == "" {
		authorization = graphql.GetOperationContext(ctx).Headers.Get("Authorization")
	}
	_, err := s.Access.Caller(ctx, authorization)
	return err
}
