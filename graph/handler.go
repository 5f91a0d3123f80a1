package graph

import (
	"context"
	"maps"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/dateline-cms/dateline/graph/generated"
)

// Options steer the handler.
type Options struct {
	Limits  Limits
	Explain bool // answer the Dateline-Explain header
}

// documentCacheBytes bounds the texts of the documents that are kept parsed; in memory they take some twenty times it.
const documentCacheBytes = 1 << 20

// schema is the generated one without @defer, which our transport cannot answer.
func schema() *ast.Schema {
	s := *generated.NewExecutableSchema(generated.Config{}).Schema()
	s.Directives = maps.Clone(s.Directives)
	delete(s.Directives, "defer")
	return &s
}

// NewHandler answers GraphQL requests.
func NewHandler(r *Resolver, opt Options) http.Handler {
	h := handler.New(generated.NewExecutableSchema(generated.Config{Resolvers: r, Schema: schema()}))
	h.AddTransport(transport{bodyBytes: opt.Limits.BodyBytes})
	known := newDocuments(documentCacheBytes)
	h.SetQueryCache(known)
	h.SetParserTokenLimit(opt.Limits.Tokens)
	h.SetErrorPresenter(r.presentError)
	h.SetRecoverFunc(recovered)
	h.Use(extension.Introspection{})
	h.Use(repetition{opt.Limits, known})
	h.Use(limiter{opt.Limits})
	h.Use(&oneOf{})
	if opt.Explain {
		h.AroundResponses(explain)
	}
	h.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		return next(withLoaders(ctx, r.Store))
	})
	return r.authenticated(h)
}
