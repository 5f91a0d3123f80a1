package server

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/dateline-cms/dateline/internal/access"
)

// openToOrigins lets pages of any origin read the answers. Nothing here depends on cookies, so no page can act for its
// reader (https://fetch.spec.whatwg.org/#http-cors-protocol).
func openToOrigins(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cache-Control", "no-store")
		switch r.Method {
		case http.MethodOptions:
			h.Set("Access-Control-Allow-Methods", "GET, POST")
			h.Set("Access-Control-Allow-Headers", "Content-Type, Authorization, Dateline-Explain, "+access.PreviewHeader)
			h.Set("Access-Control-Max-Age", "86400")
			w.WriteHeader(http.StatusNoContent)
		case http.MethodGet, http.MethodPost:
			next.ServeHTTP(w, r)
		default:
			h.Set("Allow", "GET, POST, OPTIONS")
			http.Error(w, "send queries by POST or GET", http.StatusMethodNotAllowed)
		}
	})
}

// within ends the work on a request after a while.
func within(d time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), d)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// safely sets the headers that every answer has.
func safely(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// logged logs each request at debug level, failures as errors, and keeps a panic from ending the program.
func logged(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler: // ends the connection on purpose
				panic(p)
			default:
				log.ErrorContext(r.Context(), "a request panicked", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
				http.Error(seen, "something went wrong here; the log has it", http.StatusInternalServerError)
			}
			level := slog.LevelDebug
			if seen.status >= http.StatusInternalServerError {
				level = slog.LevelError
			}
			log.Log(r.Context(), level, "request", "method", r.Method, "path", r.URL.Path, "status", seen.status, "took", time.Since(start))
		}()
		next.ServeHTTP(seen, r)
	})
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the real writer.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
