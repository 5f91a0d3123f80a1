package graph

import (
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/dateline-cms/dateline/internal/news"
)

// The caller of a request is known before the request is looked at, and decides once what all of it sees: the view in
// loaders.go. No argument changes it.

type callerKey struct{}

// WithCaller says who makes a request.
func WithCaller(ctx context.Context, c *news.Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

func callerOf(ctx context.Context) *news.Caller { return ctx.Value(callerKey{}).(*news.Caller) }

// requires is the caller, or an error when none of the scopes is theirs.
func requires(ctx context.Context, scopes ...news.Scope) (*news.Caller, error) {
	c := callerOf(ctx)
	return c, c.Require(scopes...)
}

// authenticated finds out who sends a request. Bad credentials end it, whatever it asks for: whoever sends a key that is not
// valid should learn so, and not get the answers of strangers.
func (r *Resolver) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		caller, err := r.Access.RequestCaller(request)
		if err != nil && r.Access.Closed && request.Header.Get("Upgrade") != "" && request.Header.Get("Authorization") == "" {
			next.ServeHTTP(w, request) // a WebSocket says who it is in its first message: see initialised
			return
		}
		if err != nil {
			r.refuse(w, request, err)
			return
		}
		next.ServeHTTP(w, request.WithContext(WithCaller(request.Context(), caller)))
	})
}

// refuse answers a request whose caller is not known, or has no rights here.
func (r *Resolver) refuse(w http.ResponseWriter, request *http.Request, err error) {
	status := http.StatusInternalServerError
	switch news.KindOf(err) {
	case news.Unauthenticated:
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", `Bearer realm="Dateline"`) // RFC 6750, section 3
	case news.Forbidden:
		status = http.StatusForbidden
	}
	w.Header().Add("Vary", "Accept")
	respond(w, answerMedia(request), status, &graphql.Response{Errors: gqlerror.List{r.presentError(request.Context(), err)}})
}
