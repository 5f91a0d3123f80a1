package graph

import (
	"context"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/vektah/gqlparser/v2/ast"
)

// documents keeps parsed and validated documents, the last used first, bounded by the bytes of their texts. It
// implements gqlgen's Cache.
type documents struct {
	mu    sync.Mutex
	lru   *simplelru.LRU[string, *ast.QueryDocument]
	bytes int
	limit int
}

func newDocuments(limit int) *documents {
	d := &documents{limit: limit}
	// The size in entries is no bound of its own: every text has at least one byte.
	d.lru, _ = simplelru.NewLRU(limit, func(text string, _ *ast.QueryDocument) { d.bytes -= len(text) })
	return d
}

// Get finds a document by its text.
func (d *documents) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lru.Get(text)
}

// Add keeps a document, unless it alone would fill a good part of the cache.
func (d *documents) Add(_ context.Context, text string, document *ast.QueryDocument) {
	if len(text) > d.limit/8 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lru.Contains(text) {
		return
	}
	d.lru.Add(text, document)
	for d.bytes += len(text); d.bytes > d.limit; {
		d.lru.RemoveOldest()
	}
}
