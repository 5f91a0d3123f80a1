package graph

import (
	"context"
	"maps"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	gqlgen "github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/dateline-cms/dateline/graph/generated"
)

// Options steer the handler.
type Options struct {
	Limits  Limits
	Explain bool            // answer the Dateline-Explain header
	Timeout time.Duration   // of a query or mutation; zero for none
	Until   context.Context // when it ends, all subscriptions do; nil for never
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
	h.AddTransport(r.newWebSocket(opt))
	h.AddTransport(sse{gqlgen.SSE{KeepAlivePingInterval: pingInterval}, opt.Limits.BodyBytes, opt.Until})
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
	h.AroundResponses(r.eachResponse(opt.Timeout))
	return r.authenticated(h)
}
