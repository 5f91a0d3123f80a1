// Package server is the HTTP side of Dateline: all routes on one page, what stands around them, and the http.Server.
package server

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/dateline-cms/dateline"
	"github.com/dateline-cms/dateline/graph"
	"github.com/dateline-cms/dateline/internal/access"
	"github.com/dateline-cms/dateline/internal/explorer"
	"github.com/dateline-cms/dateline/internal/feed"
	"github.com/dateline-cms/dateline/internal/journal"
	"github.com/dateline-cms/dateline/internal/media"
	"github.com/dateline-cms/dateline/internal/store"
)

// Config is what the routes need.
type Config struct {
	Store   *store.Store
	Access  *access.Authenticator // says who asks
	Journal *journal.Journal
	Now     func() time.Time
	Log     *slog.Logger
	Limits  graph.Limits
	Explain bool         // answer the Dateline-Explain header
	Media   fs.FS        // served below /media/
	Uploads *media.Store // served below [media.Prefix]
	// Until ends all subscriptions when it ends; nil for never.
	Until context.Context
}

// DefaultLimits bound what a GraphQL request may ask for, unless the operator says otherwise.
var DefaultLimits = graph.DefaultLimits

// Handler answers every request.
func Handler(c Config) http.Handler {
	resolver := &graph.Resolver{Store: c.Store, Journal: c.Journal, Access: c.Access, Media: c.Uploads, Now: c.Now, Log: c.Log}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", explorer.Handler())
	mux.Handle("GET "+explorer.AssetPrefix, explorer.Handler())
	mux.Handle("/graphql", openToOrigins(graph.NewHandler(resolver, graph.Options{Limits: c.Limits, Explain: c.Explain, Timeout: 20 * time.Second, Until: c.Until})))
	mux.Handle("GET /schema.graphqls", text("no-cache", dateline.Schema))
	mux.Handle("GET "+feed.AnniversariesPath, within(20*time.Second, feed.Anniversaries(c.Store, c.Access.RequestCaller, c.Now, c.Log)))
	mux.Handle("GET /media/", drawings(c.Media))
	mux.Handle("GET "+media.Prefix, c.Uploads.Handler(func(ctx context.Context, err error) {
		c.Log.ErrorContext(ctx, "an upload cannot be served", "error", err)
	}))
	mux.Handle("GET /healthz", text("no-store", "alive\n"))
	mux.Handle("GET /readyz", ready(c.Store.Ready))
	return logged(c.Log, safely(mux))
}

func text(caching, s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", caching)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Write([]byte(s))
	}
}

// ready says whether the database answers; a load balancer sends no requests while it does not.
func ready(check func(context.Context) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := check(r.Context()); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		text("no-store", "ready\n")(w, r)
	}
}

// drawings serves files that came with the program. They may be SVG, so scripts in them are forbidden.
func drawings(files fs.FS) http.Handler {
	serve := http.StripPrefix("/media/", http.FileServerFS(files))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") { // a folder: what is in it is nobody's business
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		serve.ServeHTTP(w, r)
	})
}
