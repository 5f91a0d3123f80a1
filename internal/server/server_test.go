package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dateline-cms/dateline"
	"github.com/dateline-cms/dateline/internal/access"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/explorer"
	"github.com/dateline-cms/dateline/internal/media"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

var pictures = fstest.MapFS{
	"harbour.svg":    {Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)},
	"photos/one.png": {Data: []byte("\x89PNG\r\n\x1a\n")},
	"index.html":     {Data: []byte("<p>a page</p>")},
}

// uploads are kept in a folder of their own.
func uploads(t *testing.T) *media.Store {
	t.Helper()
	s, err := media.Open("file:" + filepath.ToSlash(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A newsroom is a handler on a database of its own.
type newsroom struct {
	http.Handler
	db  *sqlite.DB
	log *logBook
}

// logBook keeps what was logged.
type logBook struct {
	sync.Mutex
	bytes.Buffer
}

func (j *logBook) Write(p []byte) (int, error) {
	j.Lock()
	defer j.Unlock()
	return j.Buffer.Write(p)
}

func (j *logBook) text() string {
	j.Lock()
	defer j.Unlock()
	return j.String()
}

func (j *logBook) logger() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

func newNewsroom(t *testing.T) *newsroom {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "site.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := store.Open(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	log := &logBook{}
	return &newsroom{db: db, log: log, Handler: Handler(Config{
		Store: s, Access: access.New(access.Config{Store: s, Now: time.Now}), Now: time.Now, Log: log.logger(), Limits: DefaultLimits, Media: pictures, Uploads: uploads(t),
	})}
}

// send asks the handler; header is name, value, name, value …
func send(h http.Handler, method, target, content string, header ...string) *http.Response {
	r := httptest.NewRequest(method, target, strings.NewReader(content))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const siteQuery = `{"query":"{ site { name } }"}`

func TestRoutes(t *testing.T) {
	h := newNewsroom(t)
	const plain = "text/plain; charset=utf-8"
	asJSON := []string{"Content-Type", "application/json"}
	page := send(h, "GET", "/", "").StatusCode // 503 where GraphiQL was not built
	for _, c := range []struct {
		method, target, content string
		header                  []string
		status                  int
		contentType, caching    string
		want                    string
	}{
		{"GET", "/", "", nil, page, "text/html; charset=utf-8", "", "<"},
		{"GET", "/index.html", "", nil, 404, plain, "", ""},
		{"GET", "/nothing/here", "", nil, 404, plain, "", ""},
		{"POST", "/", "x=1", nil, 405, plain, "", ""},
		{"GET", explorer.AssetPrefix + "none.js", "", nil, 404, plain, "no-store", ""},
		{"POST", "/graphql", siteQuery, asJSON, 200, "application/json; charset=utf-8", "no-store", `"name":"Untitled"`},
		{"POST", "/graphql", siteQuery, append(asJSON, "Accept", "application/graphql-response+json"), 200, "application/graphql-response+json; charset=utf-8", "no-store", `"name":"Untitled"`},
		{"POST", "/graphql", siteQuery, []string{"Content-Type", "text/plain"}, 415, "application/json; charset=utf-8", "no-store", "application/json"},
		{"POST", "/graphql", "", asJSON, 400, "application/json; charset=utf-8", "no-store", "errors"},
		{"GET", "/graphql?query=" + url.QueryEscape("{ site { name } }"), "", nil, 200, "application/json; charset=utf-8", "no-store", `"name":"Untitled"`},
		{"GET", "/graphql", "", nil, 400, "application/json; charset=utf-8", "no-store", "there is no query"},
		{"HEAD", "/graphql?query=%7Bsite%7Bname%7D%7D", "", nil, 405, plain, "", "POST or GET"},
		{"PUT", "/graphql", siteQuery, asJSON, 405, plain, "", "POST or GET"},
		{"DELETE", "/graphql", "", nil, 405, plain, "", "POST or GET"},
		{"GET", "/graphql/", "", nil, 404, plain, "", ""},
		{"GET", "/schema.graphqls", "", nil, 200, plain, "no-cache", dateline.Schema},
		{"HEAD", "/schema.graphqls", "", nil, 200, plain, "no-cache", ""},
		{"POST", "/schema.graphqls", "", nil, 405, plain, "", ""},
		{"GET", "/healthz", "", nil, 200, plain, "no-store", "alive\n"},
		{"HEAD", "/healthz", "", nil, 200, plain, "no-store", ""},
		{"POST", "/healthz", "", nil, 405, plain, "", ""},
		{"GET", "/readyz", "", nil, 200, plain, "no-store", "ready\n"},
		{"HEAD", "/readyz", "", nil, 200, plain, "no-store", ""},
		{"GET", "/calendar/anniversaries.ics?roundness=CENTENARY", "", nil, 200, "text/calendar; charset=utf-8", "public, max-age=3600", "BEGIN:VCALENDAR\r\n"},
		{"HEAD", "/calendar/anniversaries.ics", "", nil, 200, "text/calendar; charset=utf-8", "public, max-age=3600", ""},
		{"GET", "/calendar/anniversaries.ics?roundness=7", "", nil, 400, plain, "", "CENTENARY"},
		{"POST", "/calendar/anniversaries.ics", "", nil, 405, plain, "", ""},
		{"GET", "/calendar/", "", nil, 404, plain, "", ""},
		{"GET", "/media/harbour.svg", "", nil, 200, "image/svg+xml", "public, max-age=3600", "<svg"},
		{"HEAD", "/media/harbour.svg", "", nil, 200, "image/svg+xml", "public, max-age=3600", ""},
		{"GET", "/media/photos/one.png", "", nil, 200, "image/png", "public, max-age=3600", "PNG"},
		{"GET", "/media/none.svg", "", nil, 404, plain, "", ""},
		{"GET", "/media/", "", nil, 404, plain, "", ""},
		{"GET", "/media/photos/", "", nil, 404, plain, "", ""},
		{"POST", "/media/harbour.svg", "", nil, 405, plain, "", ""},
		{"GET", "/media/uploads/harbour.svg", "", nil, 404, plain, "", ""},
		{"GET", "/media/uploads/" + strings.Repeat("0", 64) + ".svg", "", nil, 404, plain, "", ""},
		{"POST", "/media/uploads/" + strings.Repeat("0", 64) + ".svg", "", nil, 405, plain, "", ""},
	} {
		name := c.method + " " + c.target
		r := send(h, c.method, c.target, c.content, c.header...)
		got := body(t, r)
		if r.StatusCode != c.status || r.Header.Get("Content-Type") != c.contentType || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %s, %s, %.200q; want %d, %s, %.60q", name, r.Status, r.Header.Get("Content-Type"), got, c.status, c.contentType, c.want)
		}
		if caching := r.Header.Get("Cache-Control"); c.caching != "" && caching != c.caching || c.status == 404 && strings.Contains(caching, "public") {
			t.Errorf("%s: Cache-Control is %q, want %q", name, caching, c.caching)
		}
		if r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: no nosniff", name)
		}
		if c.status == 405 && !strings.Contains(r.Header.Get("Allow"), "GET") {
			t.Errorf("%s: Allow is %q", name, r.Header.Get("Allow"))
		}
	}
}

func TestAnyOriginMayAsk(t *testing.T) {
	h := newNewsroom(t)
	r := send(h, "OPTIONS", "/graphql", "", "Origin", "https://reader.example", "Access-Control-Request-Method", "POST",
		"Access-Control-Request-Headers", "content-type,dateline-explain")
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin":      "*",
		"Access-Control-Allow-Methods":     "GET, POST",
		"Access-Control-Allow-Headers":     "Content-Type, Authorization, Dateline-Explain, Dateline-Preview",
		"Access-Control-Max-Age":           "86400",
		"Access-Control-Allow-Credentials": "",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("preflight: %s is %q, want %q", name, got, want)
		}
	}
	if r.StatusCode != http.StatusNoContent || body(t, r) != "" {
		t.Errorf("preflight: got %s", r.Status)
	}
	for _, r := range []*http.Response{
		send(h, "POST", "/graphql", siteQuery, "Origin", "https://reader.example", "Content-Type", "application/json"),
		send(h, "POST", "/graphql", "{", "Origin", "https://reader.example", "Content-Type", "application/json"),
		send(h, "GET", "/media/harbour.svg", ""),
	} {
		if got := r.Header.Get("Access-Control-Allow-Origin"); got != "*" {
			t.Errorf("%s: Access-Control-Allow-Origin is %q", r.Status, got)
		}
	}
	if got := send(h, "GET", "/", "").Header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("the page is open to %q", got)
	}
}

func TestReadyFollowsTheDatabase(t *testing.T) {
	h := newNewsroom(t)
	if err := h.db.Close(); err != nil {
		t.Fatal(err)
	}
	r := send(h, "GET", "/readyz", "")
	if r.StatusCode != http.StatusServiceUnavailable || body(t, r) != "the database does not answer\n" {
		t.Errorf("readyz: got %s", r.Status)
	}
	if r := send(h, "GET", "/healthz", ""); r.StatusCode != http.StatusOK {
		t.Errorf("healthz: got %s; the program itself is well", r.Status)
	}
	if !strings.Contains(h.log.text(), "path=/readyz status=503") {
		t.Errorf("the log says %q", h.log.text())
	}
	got := body(t, send(h, "POST", "/graphql", siteQuery, "Content-Type", "application/json"))
	if !json.Valid([]byte(got)) || !strings.Contains(got, `"INTERNAL"`) || strings.Contains(got, "closed") {
		t.Errorf("graphql says %s", got)
	}
}

func TestPanic(t *testing.T) {
	log := &logBook{}
	for name, h := range map[string]http.HandlerFunc{
		"before": func(http.ResponseWriter, *http.Request) { panic("secret reason") },
		"after": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9999")
			panic(fmt.Errorf("secret reason"))
		},
	} {
		r := send(logged(log.logger(), h), "GET", "/somewhere", "")
		if got := body(t, r); r.StatusCode != http.StatusInternalServerError || strings.Contains(got, "secret") || got == "" {
			t.Errorf("%s: got %s %q", name, r.Status, got)
		}
	}
	for _, want := range []string{"a request panicked", "path=/somewhere", "secret reason", "server_test.go", "status=500"} {
		if strings.Count(log.text(), want) < 2 {
			t.Errorf("the log does not say %q twice: %s", want, log.text())
		}
	}
}

// TestAbort checks that a handler may still end the connection on purpose, which is no fault.
func TestAbort(t *testing.T) {
	log := &logBook{}
	s := httptest.NewServer(logged(log.logger(), http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })))
	defer s.Close()
	if r, err := http.Get(s.URL); err == nil {
		t.Errorf("got %s, want a broken connection", r.Status)
	}
	if log.text() != "" {
		t.Errorf("logged %q", log.text())
	}
}

func TestMediaRunsNoScript(t *testing.T) {
	h := newNewsroom(t)
	r := send(h, "GET", "/media/harbour.svg", "")
	policy := r.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "script-src") || !strings.HasSuffix(policy, "sandbox") {
		t.Errorf("Content-Security-Policy is %q", policy)
	}
	for _, target := range []string{
		"/media/../server_test.go", "/media/%2e%2e/server_test.go", "/media/..%2fserver_test.go", "/media/photos/../../server.go",
		"/media//etc/passwd", "/media/%00", "/media/..\\server.go", "/media/photos/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
	} {
		got := body(t, send(h, "GET", target, ""))
		if strings.Contains(got, "package server") || strings.Contains(got, "root:") {
			t.Errorf("%s leaves the folder: %.80q", target, got)
		}
	}
}

// A served is a real server on loopback.
type served struct {
	url, address string
	stop         context.CancelFunc
	done         chan error
}

func run(t *testing.T, h http.Handler) *served {
	t.Helper()
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &served{url: "http://" + l.Addr().String(), address: l.Addr().String(), stop: cancel, done: make(chan error, 1)}
	go func() { s.done <- Run(ctx, l, h, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		cancel()
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

// TestNestedBrackets sends what overflows the stack of a server that parses first and counts later.
func TestNestedBrackets(t *testing.T) {
	s := run(t, newNewsroom(t))
	const n = 5 << 20
	deep := func(open, shut string, n int) string { return strings.Repeat(open, n) + strings.Repeat(shut, n) }
	posts := map[string]string{
		"query":           `{"query":"` + strings.Repeat("{a", n/2) + `"}`,
		"lists":           `{"query":"{ nodes(ids: ` + deep("[", "]", n/2) + `) { id } }"}`,
		"variables":       `{"query":"query($v: ID!) { node(id: $v) { id } }","variables":{"v":` + deep("[", "]", n/2) + `}}`,
		"the body":        strings.Repeat("[", n),
		"objects":         strings.Repeat(`{"a":`, n/5),
		"query, small":    `{"query":"` + strings.Repeat("{a", 400_000) + `"}`,
		"lists, small":    `{"query":"{ nodes(ids: ` + deep("[", "]", 400_000) + `) { id } }"}`,
		"objects, small":  `{"query":"{ articles(filter: ` + strings.Repeat("{not:", 200_000) + `) { totalCount } }"}`,
		"selects, small":  `{"query":"` + deep("{site", "}", 2400) + `"}`,
		"variable, small": `{"query":"query($v: ID!) { node(id: $v) { id } }","variables":{"v":` + deep("[", "]", 400_000) + `}}`,
		"types, small":    `{"query":"query($v: ` + deep("[", "]", 400_000) + `) { site { name } }"}`,
	}
	for name, post := range posts {
		r, err := http.Post(s.url+"/graphql", "application/json", strings.NewReader(post))
		if err != nil {
			if len(post) <= 1<<20 {
				t.Errorf("%s: %v", name, err)
			}
			continue // the server may end the connection before it has read everything
		}
		got := body(t, r)
		if len(post) > 1<<20 && r.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(got, `"errors"`) || strings.Contains(got, `"data":{`) {
			t.Errorf("%s: got %s %.200s", name, r.Status, got)
		}
	}
	for name, query := range map[string]string{
		"query":     "query=" + strings.Repeat("%7Ba", 4_000),
		"variables": "query=%7Bsite%7Bname%7D%7D&variables=" + strings.Repeat("[", 50_000),
		"too long":  "query=" + strings.Repeat("{", n),
	} {
		r, err := http.Get(s.url + "/graphql?" + query)
		if err != nil {
			if name != "too long" {
				t.Errorf("GET %s: %v", name, err)
			}
			continue
		}
		if got := body(t, r); r.StatusCode < 400 || r.StatusCode >= 500 {
			t.Errorf("GET %s: got %s %.200s", name, r.Status, got)
		}
	}
	r, err := http.Post(s.url+"/graphql", "application/json", strings.NewReader(siteQuery))
	if err != nil || !strings.Contains(body(t, r), `"name":"Untitled"`) {
		t.Errorf("afterwards the server does not answer: %v", err)
	}
}

func TestBounds(t *testing.T) {
	s := newServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	for name, d := range map[string]time.Duration{
		"ReadHeaderTimeout": s.ReadHeaderTimeout, "ReadTimeout": s.ReadTimeout, "WriteTimeout": s.WriteTimeout, "IdleTimeout": s.IdleTimeout,
	} {
		if d <= 0 || d > 2*time.Minute {
			t.Errorf("%s is %s", name, d)
		}
	}
	if s.ReadHeaderTimeout > 10*time.Second || s.MaxHeaderBytes > 1<<20 || s.MaxHeaderBytes <= 0 {
		t.Errorf("headers may take %s and %d bytes", s.ReadHeaderTimeout, s.MaxHeaderBytes)
	}
}

// TestSlowHeader begins a request and does not go on: the server ends the connection by itself.
func TestSlowHeader(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for ReadHeaderTimeout")
	}
	t.Parallel()
	s := run(t, http.NotFoundHandler())
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the server did not end the connection: %v", err)
	}
}

func TestLongHeader(t *testing.T) {
	s := run(t, http.NotFoundHandler())
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() {
		fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n")
		for {
			if _, err := fmt.Fprintf(conn, "X-Long: %s\r\n", strings.Repeat("x", 1000)); err != nil {
				return
			}
		}
	}()
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || r.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("got %v, %v; want 431", r, err)
	}
}

// TestShutdownUnderLoad stops the server while many ask: who got through gets a whole answer.
func TestShutdownUnderLoad(t *testing.T) {
	s := run(t, newNewsroom(t))
	const clients = 16
	var answered sync.WaitGroup // until each client has had an answer
	var all sync.WaitGroup
	answered.Add(clients)
	for range clients {
		all.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for n := 0; ; n++ {
				r, err := client.Post(s.url+"/graphql", "application/json", strings.NewReader(siteQuery))
				if err != nil {
					if n == 0 {
						answered.Done()
						t.Errorf("the first request failed: %v", err)
					}
					return // the door is closed
				}
				got, err := io.ReadAll(r.Body)
				r.Body.Close()
				if err != nil || r.StatusCode != http.StatusOK || !strings.Contains(string(got), `"name":"Untitled"`) {
					t.Errorf("got %s %q %v", r.Status, got, err)
				}
				if n == 0 {
					answered.Done()
				}
			}
		})
	}
	answered.Wait()
	s.stop()
	if err := <-s.done; err != nil {
		t.Errorf("Run: %v", err)
	}
	all.Wait()
	if _, err := net.Dial("tcp", s.address); err == nil {
		t.Error("the server still takes connections")
	}
}

// TestRunFinishesRequests stops the server while a handler works.
func TestRunFinishesRequests(t *testing.T) {
	working, finish := make(chan bool), make(chan bool)
	s := run(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(working)
		<-finish
		if r.Context().Err() != nil {
			t.Error("the request was cancelled")
		}
		io.WriteString(w, "finished")
	}))
	answer := make(chan string, 1)
	go func() {
		r, err := http.Get(s.url)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer r.Body.Close()
		got, _ := io.ReadAll(r.Body)
		answer <- string(got)
	}()
	<-working
	s.stop()
	for { // until the server has closed its door, so that it is stopping while the handler works
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			break
		}
		conn.Close()
	}
	select {
	case err := <-s.done:
		t.Fatalf("Run ended while a request was running: %v", err)
	default:
	}
	close(finish)
	if got := <-answer; got != "finished" {
		t.Errorf("got %q", got)
	}
	if err := <-s.done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestListen(t *testing.T) {
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := Listen(l.Addr().String()); err == nil || !strings.Contains(err.Error(), "in use by another program") {
		t.Errorf("a used port: %v", err)
	}
	if _, err := Listen("192.0.2.1:0"); err == nil || !strings.Contains(err.Error(), "--addr") {
		t.Errorf("a foreign address: %v", err)
	}
}

// TestWithin checks that a request cannot work for ever.
func TestWithin(t *testing.T) {
	var left time.Duration
	h := within(20*time.Second, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		deadline, _ := r.Context().Deadline()
		left = time.Until(deadline)
	}))
	send(h, "GET", "/", "")
	if left <= 0 || left > 20*time.Second {
		t.Errorf("%s are left", left)
	}
}

// TestClosedAPI answers nobody without a key, not even with the schema, and says how to send one.
func TestClosedAPI(t *testing.T) {
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "site.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := store.Open(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	secret := access.NewSecret()
	key := news.APIKey{Name: "Reader", Prefix: secret.Prefix(), Grant: news.Grant{Scopes: []news.Scope{news.ScopeContentRead}, BodyDepth: news.BodyFull}}
	if _, err := s.CreateKey(t.Context(), key, secret.Hash()); err != nil {
		t.Fatal(err)
	}
	who := access.New(access.Config{Store: s, Now: time.Now, Closed: true, Failed: func(err error) { t.Error(err) }})
	t.Cleanup(who.Close)
	log := &logBook{}
	h := Handler(Config{Store: s, Access: who, Now: time.Now, Log: log.logger(), Limits: DefaultLimits, Media: pictures, Uploads: uploads(t)})
	for _, query := range []string{`{ site { name } }`, `{ __schema { queryType { name } } }`, `{ viewer { name } }`, `{`} {
		r := send(h, http.MethodPost, "/graphql", fmt.Sprintf(`{"query": %q}`, query), "Content-Type", "application/json")
		body, _ := io.ReadAll(r.Body)
		if r.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(r.Header.Get("WWW-Authenticate"), "Bearer") || r.Header.Get("Access-Control-Allow-Origin") != "*" ||
			!strings.Contains(string(body), `"code":"UNAUTHENTICATED"`) || !strings.Contains(string(body), "closed") {
			t.Errorf("%s: %d %v %s", query, r.StatusCode, r.Header, body)
		}
	}
	r := send(h, http.MethodPost, "/graphql", `{"query": "{ viewer { name } }"}`, "Content-Type", "application/json", "Authorization", "Bearer "+secret.Reveal())
	if body, _ := io.ReadAll(r.Body); r.StatusCode != http.StatusOK || string(body) != `{"data":{"viewer":{"name":"Reader"}}}` {
		t.Errorf("with a key: %d %s", r.StatusCode, body)
	}
}
