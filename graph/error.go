package graph

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/dateline-cms/dateline/internal/news"
)

// announceFound turns a look-up's NotFound error into null, and announces what was found.
func announceFound[V any](ctx context.Context, v V, err error) (V, error) {
	var nothing V
	if err != nil {
		if news.KindOf(err) == news.NotFound {
			err = nil
		}
		return nothing, err
	}
	return announce(ctx, v), nil
}

// announceOne gives the node of an id and announces it; nothing where it was not found.
func announceOne[N news.Node](ctx context.Context, found map[news.ID]N, id news.ID, err error) (N, error) {
	node, ok := found[id]
	if !ok || err != nil {
		return node, err
	}
	return announce(ctx, node), nil
}

// required refuses the absence of what every node has.
func required[V any](v *V, err error) (*V, error) {
	if err == nil && v == nil {
		err = fmt.Errorf("a node lacks its %T", v)
	}
	return v, err
}

// presentError shows callers the errors that are meant for them. Any other is logged under a number, which is all that
// callers see.
func (r *Resolver) presentError(ctx context.Context, err error) *gqlerror.Error {
	shown, isOwn := errors.AsType[*gqlerror.Error](err)
	if isOwn && shown.Unwrap() == nil {
		return shown // the executor's: parsing, validation, null in a non-null field
	}
	path := graphql.GetPath(ctx)
	if isOwn && shown.Path != nil {
		path = shown.Path
	}
	present := func(kind news.Kind, message string) *gqlerror.Error {
		return &gqlerror.Error{Err: err, Message: message, Path: path, Extensions: map[string]any{"code": string(kind)}}
	}
	if mine, ok := errors.AsType[*news.Error](err); ok {
		if mine.Kind == news.Unavailable {
			return present(mine.Kind, mine.Message+"; the log has it as "+r.logged(ctx, path, err))
		}
		return present(mine.Kind, mine.Message)
	}
	if ctx.Err() != nil {
		return present(news.Limited, "the request ended before the answer was complete; ask for less at once")
	}
	return present(news.Internal, "something went wrong here; the log has it as "+r.logged(ctx, path, err))
}

// logged writes an error to the log and gives the number under which it stands there.
func (r *Resolver) logged(ctx context.Context, path ast.Path, err error) (number string) {
	write := func() {
		number = rand.Text()[:10]
		r.Log.ErrorContext(ctx, "a field failed", "number", number, "path", path.String(), "error", err)
	}
	batch, ok := errors.AsType[*batchError](err)
	if !ok {
		write()
		return number
	}
	batch.once.Do(func() {
		write()
		batch.number = number
	})
	return batch.number
}

// batchError is the failure of a batch. Each of its parents gets it; the log has it once.
type batchError struct {
	error
	once   sync.Once
	number string
}

func (e *batchError) Unwrap() error { return e.error }

// recovered turns a panic into an error for presentError.
func recovered(_ context.Context, p any) error {
	return fmt.Errorf("panic: %v\n%s", p, debug.Stack())
}
