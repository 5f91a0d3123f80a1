// Package graph answers GraphQL. Resolvers are a few lines each, in a file per noun; whatever has its own table goes
// through one of the relations in loaders.go, so that a level of a query costs one SQL statement per relation.
package graph

import (
	"log/slog"
	"time"

	"github.com/dateline-cms/dateline/graph/generated"
	"github.com/dateline-cms/dateline/internal/access"
	"github.com/dateline-cms/dateline/internal/journal"
	"github.com/dateline-cms/dateline/internal/media"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

//go:generate go tool gqlgen generate

// Resolver holds what resolvers need.
type Resolver struct {
	Store   *store.Store
	Journal *journal.Journal      // wakes subscribers
	Access  *access.Authenticator // says who asks
	Media   *media.Store          // keeps uploads
	Now     func() time.Time
	Log     *slog.Logger
}

type (
	aboutBlock         Resolver
	anniversary        Resolver
	article            Resolver
	author             Resolver
	category           Resolver
	change             Resolver
	historicalEvent    Resolver
	image              Resolver
	menuItem           Resolver
	mutation           Resolver
	onThisDay          Resolver
	page               Resolver
	published          Resolver
	query              Resolver
	relatedArticleEdge Resolver
	revision           Resolver
	site               Resolver
	subscription       Resolver
	topic              Resolver
	searchConnection   Resolver
)

var _ generated.ResolverRoot = (*Resolver)(nil)

// The methods that gqlgen asks for, one for each type with resolvers.

func (r *Resolver) AboutBlock() generated.AboutBlockResolver             { return (*aboutBlock)(r) }
func (r *Resolver) Anniversary() generated.AnniversaryResolver           { return (*anniversary)(r) }
func (r *Resolver) Article() generated.ArticleResolver                   { return (*article)(r) }
func (r *Resolver) Author() generated.AuthorResolver                     { return (*author)(r) }
func (r *Resolver) Category() generated.CategoryResolver                 { return (*category)(r) }
func (r *Resolver) Change() generated.ChangeResolver                     { return (*change)(r) }
func (r *Resolver) HistoricalEvent() generated.HistoricalEventResolver   { return (*historicalEvent)(r) }
func (r *Resolver) Image() generated.ImageResolver                       { return (*image)(r) }
func (r *Resolver) MenuItem() generated.MenuItemResolver                 { return (*menuItem)(r) }
func (r *Resolver) Mutation() generated.MutationResolver                 { return (*mutation)(r) }
func (r *Resolver) OnThisDay() generated.OnThisDayResolver               { return (*onThisDay)(r) }
func (r *Resolver) Page() generated.PageResolver                         { return (*page)(r) }
func (r *Resolver) PublishedArticle() generated.PublishedArticleResolver { return (*published)(r) }
func (r *Resolver) Query() generated.QueryResolver                       { return (*query)(r) }
func (r *Resolver) RelatedArticleEdge() generated.RelatedArticleEdgeResolver {
	return (*relatedArticleEdge)(r)
}
func (r *Resolver) Revision() generated.RevisionResolver { return (*revision)(r) }
func (r *Resolver) SearchConnection() generated.SearchConnectionResolver {
	return (*searchConnection)(r)
}
func (r *Resolver) Site() generated.SiteResolver                 { return (*site)(r) }
func (r *Resolver) Subscription() generated.SubscriptionResolver { return (*subscription)(r) }
func (r *Resolver) Topic() generated.TopicResolver               { return (*topic)(r) }

// defaultPageSize is the size of a page when neither first nor last is given.
const defaultPageSize = 20

func window(first *int, after *string, last *int, before *string, size int) (news.Window, error) {
	return news.Paging{First: first, After: after, Last: last, Before: before}.Window(size)
}
