package engine

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A Trace records the statements of the queries whose context carries it. The
// zero value is ready. It may be read and written from any goroutine.
type Trace struct {
	mu         sync.Mutex
	statements []Traced
}

// A Traced is one statement that Query ran.
type Traced struct {
	SQL      string
	Rows     int
	Duration time.Duration // with its scans, without the wait for a free connection
}

type traceKey struct{}

// WithTrace returns a context whose queries are recorded in t.
func WithTrace(ctx context.Context, t *Trace) context.Context {
	return context.WithValue(ctx, traceKey{}, t)
}

// TraceOf returns the trace that ctx carries, or nil. It is for engines.
func TraceOf(ctx context.Context) *Trace {
	t, _ := ctx.Value(traceKey{}).(*Trace)
	return t
}

// Add records a statement. It is for engines.
func (t *Trace) Add(s Traced) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.statements = append(t.statements, s)
}

// Count returns the number of statements recorded so far.
func (t *Trace) Count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.statements)
}

// Statements returns what was recorded so far, in the order the statements
// ended.
func (t *Trace) Statements() []Traced {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.statements)
}
