package store

import (
	"context"

	"github.com/dateline-cms/dateline/internal/engine"
)

// Trace records the statements that a store runs.
type Trace = engine.Trace

// WithTrace returns a context under which statements are recorded in t.
func WithTrace(ctx context.Context, t *Trace) context.Context { return engine.WithTrace(ctx, t) }
