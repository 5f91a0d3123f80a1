package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// Listen takes the address; port 0 is any free port.
func Listen(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use by another program: stop that or choose another address with --addr", addr)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s may not be used: ports below 1024 need special rights; choose another with --addr", addr)
	case err != nil:
		return nil, fmt.Errorf("%w: choose an address of this machine with --addr, such as 127.0.0.1:8080", err)
	}
	return l, nil
}

// Run answers requests until ctx ends; then it finishes those that are running, for 15 seconds at most. WebSockets have to end
// with ctx by themselves.
func Run(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	var running sync.WaitGroup // also those that the http.Server no longer knows
	s := newServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running.Add(1)
		defer running.Done()
		h.ServeHTTP(w, r)
	}), log)
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	if err := s.Shutdown(ending); err != nil {
		return fmt.Errorf("some requests were still running when the server stopped: %w", err)
	}
	ended := make(chan struct{})
	go func() { running.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-ending.Done():
		return fmt.Errorf("some WebSockets were still open when the server stopped: %w", ending.Err())
	}
}

// newServer bounds how long and how much a client may send, so that slow or broken ones hold nothing for long.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
