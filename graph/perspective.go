package graph

import (
	"context"

	"github.com/dateline-cms/dateline/internal/news"
)

type callerKey struct{}

// WithCaller says who makes a request.
func WithCaller(ctx context.Context, c *news.Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

func callerOf(ctx context.Context) *news.Caller {
	if c, ok := ctx.Value(callerKey{}).(*news.Caller); ok {
		return c
	}
	return news.AnyCaller()
}

// requires is the caller, or an error when none of the scopes is theirs.
func requires(ctx context.Context, scopes ...news.Scope) (*news.Caller, error) {
	c := callerOf(ctx)
	return c, c.Require(scopes...)
}
