package graph

import (
	"context"
	"fmt"
	"sync"
	"time"
	"unsafe"

	"github.com/99designs/gqlgen/graphql"
	"github.com/graph-gophers/dataloader/v7"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// A keyed relation leads from parents of type P to what belongs to each of them, V, in one statement for any number.
type keyed[P any, K comparable, V any] struct {
	name string
	// key is what V is found by, such as the parent's own id or one that the parent holds; zero when there is nothing.
	key  func(P) K
	find func(*store.Reader, context.Context, []K) (map[K]V, error)
}

// A relation is found by an id.
type relation[P, V any] = keyed[P, news.ID, V]

// The relations without arguments. Those with arguments are made by their resolvers.
var (
	bodyOfArticle         = relation[*news.Article, *news.Body]{"body", articleID, (*store.Reader).Bodies}
	bylineOfArticle       = relation[*news.Article, []*news.BylineCredit]{"byline", articleID, (*store.Reader).Bylines}
	categoriesOfArticle   = relation[*news.Article, []*news.Category]{"categories", articleID, (*store.Reader).ArticleCategories}
	topicsOfArticle       = relation[*news.Article, []*news.ArticleTopic]{"topics", articleID, (*store.Reader).ArticleTopics}
	leadImageOfArticle    = relation[*news.Article, *news.Image]{"leadImage", func(a *news.Article) news.ID { return a.LeadImageID }, (*store.Reader).Images}
	correctionsOfArticle  = relation[*news.Article, []*news.Correction]{"corrections", articleID, (*store.Reader).Corrections}
	translationsOfArticle = relation[*news.Article, []*news.Article]{"translations", translatedID, (*store.Reader).Translations}

	parentOfCategory    = relation[*news.Category, *news.Category]{"parent", func(c *news.Category) news.ID { return c.ParentID }, (*store.Reader).Categories}
	ancestorsOfCategory = relation[*news.Category, []*news.Category]{"ancestors", lowerCategoryID, (*store.Reader).CategoryAncestors}

	imageOfTopic     = relation[*news.Topic, *news.Image]{"image", func(t *news.Topic) news.ID { return t.ImageID }, (*store.Reader).Images}
	portraitOfAuthor = relation[*news.Author, *news.Image]{"portrait", func(a *news.Author) news.ID { return a.PortraitID }, (*store.Reader).Images}

	claimsOfEvent     = relation[*news.HistoricalEvent, []*news.DateClaim]{"dateClaims", eventID, (*store.Reader).DateClaims}
	placeOfEvent      = relation[*news.HistoricalEvent, *news.Topic]{"place", func(e *news.HistoricalEvent) news.ID { return e.PlaceID }, (*store.Reader).Topics}
	citationsOfEvent  = relation[*news.HistoricalEvent, []*news.Citation]{"sources", eventID, (*store.Reader).EventCitations}
	topicsOfEvent     = relation[*news.HistoricalEvent, []*news.Topic]{"topics", eventID, (*store.Reader).EventTopics}
	categoriesOfEvent = relation[*news.HistoricalEvent, []*news.Category]{"categories", eventID, (*store.Reader).EventCategories}
	imageOfEvent      = relation[*news.HistoricalEvent, *news.Image]{"image", func(e *news.HistoricalEvent) news.ID { return e.ImageID }, (*store.Reader).Images}

	pageOfAbout    = relation[*news.AboutBlock, *news.Page]{"page", func(b *news.AboutBlock) news.ID { return b.PageID }, (*store.Reader).Pages}
	bodyOfPage     = relation[*news.Page, *news.Body]{"body", pageID, (*store.Reader).Bodies}
	parentOfPage   = relation[*news.Page, *news.Page]{"parent", func(p *news.Page) news.ID { return p.ParentID }, (*store.Reader).Pages}
	childrenOfPage = relation[*news.Page, []*news.Page]{"children", pageID, (*store.Reader).PageChildren}

	refsOfNode = relation[news.Node, []*news.ExternalRef]{"externalRefs", news.Node.NodeID, (*store.Reader).ExternalRefs}
)

func articleID(a *news.Article) news.ID       { return a.ID }
func eventID(e *news.HistoricalEvent) news.ID { return e.ID }
func pageID(p *news.Page) news.ID             { return p.ID }

func translatedID(a *news.Article) news.ID {
	if a.TranslationGroup == 0 {
		return 0
	}
	return a.ID
}

func lowerCategoryID(c *news.Category) news.ID {
	if c.ParentID == 0 {
		return 0
	}
	return c.ID
}

// A place is where in the response something stands, list indexes aside: a hash of the fields that lead there.
type place uint64

func placeOf(fc *graphql.FieldContext) place {
	h := uint64(14695981039346656037) // FNV-1a's constants
	for ; fc != nil; fc = fc.Parent {
		if fc.Field.Field != nil {
			h = (h ^ uint64(uintptr(unsafe.Pointer(fc.Field.Field)))) * 1099511628211
		}
	}
	return place(h)
}

// loaders are the relations of one response. Whoever returns nodes announces them; the first resolver that asks for a
// relation of one of them loads it for all that stand at the same place. So batches need neither a timer nor a look at
// the selection.
type loaders struct {
	view      *store.Reader
	mu        sync.Mutex
	cohorts   map[place][]any
	relations map[relationKey]any // *pending[K, V]
	site      func() (*news.Site, error)
}

type relationKey struct {
	name  string
	at    place
	field *ast.Field // of a relation with arguments
}

// pending is a relation of the nodes at one place.
type pending[K comparable, V any] struct {
	cache     dataloader.Cache[K, V]
	found     []V           // by all batches so far
	announced map[place]int // how many of found, by the place of a field that returns them
}

type loadersKey struct{}

func withLoaders(ctx context.Context, s *store.Store) context.Context {
	l := &loaders{view: s.As(callerOf(ctx)), cohorts: map[place][]any{}, relations: map[relationKey]any{}}
	l.site = sync.OnceValues(func() (*news.Site, error) { return s.Site(ctx) })
	return context.WithValue(ctx, loadersKey{}, l)
}

// viewOf is what the caller of the request sees: resolvers read content through it alone.
func viewOf(ctx context.Context) *store.Reader { return loadersOf(ctx).view }

func loadersOf(ctx context.Context) *loaders { return ctx.Value(loadersKey{}).(*loaders) }

// announce says which nodes the current field returns: a node, a connection or a list of them. It returns v.
func announce[V any](ctx context.Context, v V) V {
	l, at := loadersOf(ctx), placeOf(graphql.GetFieldContext(ctx))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.announce(at, v)
	return v
}

func (l *loaders) announce(at place, v any) {
	cohort := l.cohorts[at]
	eachNode(v, func(node any) { cohort = append(cohort, node) })
	l.cohorts[at] = cohort
}

// eachNode yields the nodes that resolvers will be called with.
func eachNode(v any, yield func(any)) {
	switch v := v.(type) {
	case []*news.Article:
		each(v, yield)
	case []*news.Category:
		each(v, yield)
	case []*news.Topic:
		each(v, yield)
	case []*news.Page:
		each(v, yield)
	case []news.Node:
		each(v, yield)
	case []*news.SearchFacet:
		for _, f := range v {
			for _, b := range f.Buckets {
				if b.Node != nil {
					yield(b.Node)
				}
			}
		}
	case *news.AnniversaryConnection:
		for _, e := range v.Edges {
			yield(e.Node)
			yield(e.Node.Event)
		}
	case interface{ Each(func(any)) }:
		v.Each(yield)
	case *news.Anniversary:
		yield(v)
		yield(v.Event)
	case []*news.ArticleTopic:
		for _, t := range v {
			yield(t.Topic)
		}
	case []*news.FieldIssue:
		for _, i := range v {
			each(i.Duplicates, yield)
		}
	case []news.ShownReason:
		for _, r := range v {
			eachNamed(r, yield)
		}
	case []*news.BylineCredit:
		for _, c := range v {
			if c.Author != nil {
				yield(c.Author)
			}
		}
	case news.Node:
		yield(v)
	}
}

// eachNamed yields the nodes that a reason names.
func eachNamed(r news.ShownReason, yield func(any)) {
	switch r := r.(type) {
	case *news.SharedEventReason:
		each(r.Events, yield)
	case *news.SharedTopicsReason:
		each(r.Topics, yield)
	case *news.SharedCategoriesReason:
		each(r.Categories, yield)
	case *news.SameAuthorReason:
		each(r.Authors, yield)
	}
}

func each[N any](nodes []N, yield func(any)) {
	for _, n := range nodes {
		yield(n)
	}
}

// load gives what belongs to a parent. The zero value of V means that there is nothing.
func load[P any, K comparable, V any](ctx context.Context, rel keyed[P, K, V], parent P) (V, error) {
	return loadAt(ctx, rel, parent, nil)
}

// loadField is load for a relation that depends on the arguments of the current field.
func loadField[P any, K comparable, V any](ctx context.Context, rel keyed[P, K, V], parent P) (V, error) {
	return loadAt(ctx, rel, parent, graphql.GetFieldContext(ctx).Field.Field)
}

func loadAt[P any, K comparable, V any](ctx context.Context, rel keyed[P, K, V], parent P, field *ast.Field) (V, error) {
	key := rel.key(parent)
	if isZero(key) {
		var nothing V
		return nothing, nil
	}
	l := loadersOf(ctx)
	p, thunk := promise(ctx, l, rel, key, field)
	v, err := thunk()
	p.announce(l, placeOf(graphql.GetFieldContext(ctx)))
	return v, err
}

// promise gives the relation at this place and what will be found for key.
func promise[P any, K comparable, V any](ctx context.Context, l *loaders, rel keyed[P, K, V], key K, field *ast.Field) (*pending[K, V], dataloader.Thunk[V]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, cohort := l.cohortOf(graphql.GetFieldContext(ctx))
	id := relationKey{rel.name, at, field}
	p, ok := l.relations[id].(*pending[K, V])
	if !ok {
		p = &pending[K, V]{cache: dataloader.NewCache[K, V](), announced: map[place]int{}}
		l.relations[id] = p
	}
	thunk, ok := p.cache.Get(ctx, key)
	if !ok {
		thunk = enqueue(ctx, l, p, rel, key, cohort)
	}
	return p, thunk
}

// announce makes known all that the relation has found, before the first of it is resolved further.
func (p *pending[K, V]) announce(l *loaders, at place) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, v := range p.found[p.announced[at]:] {
		l.announce(at, v)
	}
	p.announced[at] = len(p.found)
}

// cohortOf finds the nearest announced nodes above a field.
func (l *loaders) cohortOf(fc *graphql.FieldContext) (place, []any) {
	for fc = fc.Parent; fc != nil; fc = fc.Parent {
		if fc.Field.Field == nil {
			continue
		}
		at := placeOf(fc)
		if cohort, ok := l.cohorts[at]; ok {
			return at, cohort
		}
	}
	return 0, nil
}

// enqueue starts one batch for the key and for all of the cohort that was not asked for before. The batch leaves at
// once because it is exactly full.
func enqueue[P any, K comparable, V any](ctx context.Context, l *loaders, p *pending[K, V], rel keyed[P, K, V], key K, cohort []any) dataloader.Thunk[V] {
	keys := []K{key}
	seen := map[K]bool{key: true}
	for _, node := range cohort {
		parent, ok := node.(P)
		if !ok {
			continue
		}
		k := rel.key(parent)
		if seen[k] || isZero(k) {
			continue
		}
		seen[k] = true
		if _, cached := p.cache.Get(ctx, k); !cached {
			keys = append(keys, k)
		}
	}
	batch := func(ctx context.Context, keys []K) []*dataloader.Result[V] {
		found, err := rel.findSafely(ctx, l.view, keys)
		results := make([]*dataloader.Result[V], len(keys))
		l.mu.Lock()
		defer l.mu.Unlock()
		for i, k := range keys {
			v, ok := found[k]
			if ok && err == nil {
				p.found = append(p.found, v)
			}
			results[i] = &dataloader.Result[V]{Data: v, Error: err}
		}
		return results
	}
	loader := dataloader.NewBatchedLoader(batch, dataloader.WithCache(p.cache),
		dataloader.WithBatchCapacity[K, V](len(keys)), dataloader.WithInputCapacity[K, V](len(keys)),
		dataloader.WithWait[K, V](time.Minute)) // its timer must not part the keys when the machine is busy
	first := loader.Load(ctx, key)
	for _, k := range keys[1:] {
		loader.Load(ctx, k)
	}
	return first
}

// findSafely turns a panic into an error that says where it was; dataloader would tell it without.
func (rel keyed[P, K, V]) findSafely(ctx context.Context, s *store.Reader, keys []K) (found map[K]V, err error) {
	defer func() {
		if p := recover(); p != nil {
			found, err = nil, recovered(ctx, p)
		}
		if err != nil {
			err = &batchError{error: fmt.Errorf("load %s: %w", rel.name, err)}
		}
	}()
	return rel.find(s, ctx, keys)
}

func isZero[K comparable](k K) bool {
	var zero K
	return k == zero
}

// siteOf is the site, read once per response.
func siteOf(ctx context.Context) (*news.Site, error) { return loadersOf(ctx).site() }

// absolute is the address of a path, or of a file that may lie elsewhere.
func absolute[S ~string](ctx context.Context, address S) (news.URL, error) {
	if address == "" || address[0] != '/' {
		return news.URL(address), nil
	}
	site, err := siteOf(ctx)
	if err != nil {
		return "", err
	}
	return site.URL + news.URL(address), nil
}
