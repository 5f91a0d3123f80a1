package graph

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	gqlgen "github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Subscriptions go over gqlgen's own transports. What stands around these here bounds what a client can hold up.

const (
	// pingInterval keeps proxies from closing a stream on which nothing happens.
	pingInterval = 15 * time.Second
	// stallTimeout is how long a client may not read while something is sent to it. Then the stream ends.
	stallTimeout = 30 * time.Second
	// initTimeout is how long a WebSocket may stay open before it says who it is.
	initTimeout = 10 * time.Second
)

// ending gives a context that ends with another, too.
func ending(ctx, with context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if with == nil {
		return ctx, cancel
	}
	stop := context.AfterFunc(with, cancel)
	return ctx, func() { stop(); cancel() }
}

// sse answers by server-sent events, as in the distinct connections mode of
// https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md.
type sse struct {
	gqlgen.SSE
	bodyBytes int64
	until     context.Context
}

var _ graphql.Transport = sse{}

func (t sse) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, t.bodyBytes))
	if err != nil {
		status, problem := bodyError(err)
		respond(w, mediaJSON, status, exec.DispatchError(r.Context(), gqlerror.List{problem}))
		return
	}
	ctx, cancel := ending(r.Context(), t.until)
	defer cancel()
	r = r.WithContext(ctx)
	r.Body = io.NopCloser(bytes.NewReader(body))
	to := &stream{ResponseWriter: w, control: http.NewResponseController(w)}
	defer to.end()
	to.control.SetReadDeadline(time.Time{}) // the request has been read; the server's timeouts are for those
	t.SSE.Do(to, r, exec)
}

// stream writes as long as the request lasts: gqlgen's pings may come later. Each write has its own deadline.
type stream struct {
	http.ResponseWriter
	control *http.ResponseController
	mu      sync.Mutex
	ended   bool
}

var errStreamEnded = errors.New("the stream has ended")

func (s *stream) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return 0, errStreamEnded
	}
	s.control.SetWriteDeadline(time.Now().Add(stallTimeout))
	return s.ResponseWriter.Write(b)
}

// Flush sends what was written.
func (s *stream) Flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.control.Flush()
	}
}

func (s *stream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
}

// newWebSocket answers over WebSockets of any origin, since nothing depends on cookies. The caller may say who it is in the
// payload of connection_init, as browsers cannot send headers.
func (r *Resolver) newWebSocket(opt Options) graphql.Transport {
	return webSocket{gqlgen.Websocket{
		Implementation:   accepting{},
		InitTimeout:      initTimeout,
		InitFunc:         r.initialised,
		PingPongInterval: pingInterval,
		PayloadReadLimit: &opt.Limits.BodyBytes,
	}, opt.Until}
}

type webSocket struct {
	gqlgen.Websocket
	until context.Context
}

func (t webSocket) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	ctx, cancel := ending(r.Context(), t.until)
	defer cancel()
	t.Websocket.Do(w, r.WithContext(ctx), exec)
}

// initialised finds out who has opened a WebSocket. What the payload says goes before the header.
func (r *Resolver) initialised(ctx context.Context, payload gqlgen.InitPayload) (context.Context, *gqlgen.InitPayload, error) {
	authorization := payload.Authorization()
	if authorization == "" && ctx.Value(callerKey{}) != nil {
		return ctx, nil, nil
	}
	caller, err := r.Access.Caller(ctx, authorization)
	if err != nil {
		shown := r.presentError(ctx, err)
		reason := strings.ToValidUTF8(shown.Message[:min(len(shown.Message), longestReason)], "")
		return gqlgen.AppendCloseReason(gqlgen.WithWebsocketCloseCode(ctx, closeForbidden), reason), nil, shown
	}
	return WithCaller(ctx, caller), nil, nil
}

const (
	closeForbidden = 4403 // of https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
	longestReason  = 123  // bytes (RFC 6455, section 5.5)
)

// accepting makes WebSockets whose writes have a deadline.
type accepting struct{}

func (accepting) Accept(w http.ResponseWriter, r *http.Request, options gqlgen.WebsocketAcceptOptions) (gqlgen.WebsocketConn, error) {
	var real gqlgen.CoderWebsocketImplementation
	real.AcceptOptions.InsecureSkipVerify = true // of origins
	conn, err := real.Accept(w, r, options)
	if err != nil {
		return nil, err
	}
	return stalling{conn.(limitedConn)}, nil
}

type limitedConn interface {
	gqlgen.WebsocketConn
	gqlgen.WebsocketReadLimiter
	gqlgen.WebsocketReadDeadliner
}

// stalling closes the connection when its client does not read.
type stalling struct{ limitedConn }

func (c stalling) WriteJSON(v any) error {
	timer := time.AfterFunc(stallTimeout, func() { c.Close() })
	defer timer.Stop()
	return c.limitedConn.WriteJSON(v)
}

// isStream says whether the client of a request waits for server-sent events.
func isStream(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/event-stream")
}

// Supports is for requests by POST.
func (t sse) Supports(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return r.Method == http.MethodPost && err == nil && media == mediaJSON && isStream(r)
}

// eachResponse gives every response, and so every message of a subscription, its own loaders. Queries and mutations end after
// a while.
func (r *Resolver) eachResponse(timeout time.Duration) graphql.ResponseMiddleware {
	return func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		ctx = withLoaders(ctx, r.Store)
		if field, ok := subscribedField(ctx); ok {
			// gqlgen leaves it out of the paths of its errors.
			return next(graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: "Subscription", Field: field}))
		}
		if timeout > 0 {
			limited, cancel := context.WithTimeout(ctx, timeout)
			defer cancel()
			ctx = limited
		}
		return next(ctx)
	}
}

// subscribedField is the root field of a subscription.
func subscribedField(ctx context.Context) (field graphql.CollectedField, ok bool) {
	if !graphql.HasOperationContext(ctx) {
		return field, false
	}
	op := graphql.GetOperationContext(ctx)
	if op.Operation == nil || op.Operation.Operation != ast.Subscription {
		return field, false
	}
	fields := graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Subscription"})
	if len(fields) != 1 {
		return field, false
	}
	return fields[0], true
}
