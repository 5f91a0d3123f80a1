package graph_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/graph"
	"github.com/dateline-cms/dateline/internal/access"
	"github.com/dateline-cms/dateline/internal/curator"
	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/importer"
	"github.com/dateline-cms/dateline/internal/journal"
	"github.com/dateline-cms/dateline/internal/media"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// now is the instant at which all tests run. In Asia/Tokyo it is already 1 March, elsewhere still 28 February.
var now = time.Date(2026, 2, 28, 20, 0, 0, 0, time.UTC)

// newsroom is a database file with the GraphQL handler above it.
type newsroom struct {
	db       *sqlite.DB
	store    *store.Store
	resolver *graph.Resolver
	handler  http.Handler
	url      string

	authorization string // sent with every request; empty for none
	preview       string // token, likewise
}

// noLimits let a test ask for more than callers may.
var noLimits = graph.Limits{BodyBytes: 1 << 30, Tokens: 1 << 30, Depth: 1 << 30, Cost: 1 << 30, Inputs: 1 << 30}

// newNewsroom is empty. A field that fails with an internal error fails the test.
func newNewsroom(t testing.TB, limits graph.Limits) *newsroom {
	t.Helper()
	return newLoggedNewsroom(t, limits, failLog{t})
}

func newLoggedNewsroom(t testing.TB, limits graph.Limits, log io.Writer) *newsroom {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "newsroom.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := store.Open(t.Context(), db, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(log, nil))
	changes := journal.New(s, logger)
	clock := func() time.Time { return now }
	who := access.New(access.Config{Store: s, Now: clock, Failed: func(err error) { t.Error(err) }})
	t.Cleanup(who.Close)
	uploads, err := media.Open("file:" + filepath.ToSlash(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	resolver := &graph.Resolver{Store: s, Journal: changes, Access: who, Media: uploads, Now: clock, Log: logger}
	until, stop := context.WithCancel(context.Background())
	handler := graph.NewHandler(resolver, graph.Options{Limits: limits, Explain: true, Until: until})
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	var following sync.WaitGroup
	following.Go(func() { changes.Run(until) })
	t.Cleanup(func() { stop(); following.Wait() })
	return &newsroom{db: db, store: s, resolver: resolver, handler: handler, url: server.URL}
}

// failLog fails a test for each line that is logged.
type failLog struct{ t testing.TB }

func (l failLog) Write(line []byte) (int, error) {
	l.t.Errorf("logged: %s", line)
	return len(line), nil
}

// load imports JSON Lines, all of whose records must be good.
func (n *newsroom) load(t testing.TB, lines io.Reader) {
	t.Helper()
	report, err := importer.Run(t.Context(), importer.JSONLines, lines, importer.Options{Stage: n.store.Stage, Finish: n.store.FinishImport})
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK() || len(report.Unresolved) > 0 {
		var b strings.Builder
		report.WriteText(&b)
		t.Fatal(b.String())
	}
}

// write imports records, all of which must be good.
func (n *newsroom) write(t testing.TB, records ...news.Record) {
	t.Helper()
	for len(records) > 0 {
		size := min(len(records), 1000)
		outcomes, err := n.store.Import(t.Context(), records[:size])
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range outcomes {
			if o.Result == news.Failed {
				t.Fatalf("%s: %s", records[i].Ref, o.Reason)
			}
		}
		records = records[size:]
	}
	unresolved, err := n.store.FinishImport(t.Context())
	if err != nil || len(unresolved) > 0 {
		t.Fatal(unresolved, err)
	}
}

// relate computes the lists of related articles and events.
func (n *newsroom) relate(t testing.TB) {
	t.Helper()
	if err := curator.Rebuild(t.Context(), n.store, n.resolver.Log, func() time.Time { return now }, nil); err != nil {
		t.Fatal(err)
	}
}

// ids are the ids of all imported records by their refs.
func (n *newsroom) ids(t testing.TB) map[news.Ref]news.ID {
	t.Helper()
	ids := map[news.Ref]news.ID{}
	err := n.db.Query(t.Context(), engine.Stmt{
		SQL: `SELECT system || ':' || value, subject FROM external_refs WHERE digest IS NOT NULL`,
		Scan: func(r *engine.Row) error {
			ids[news.Ref(r.Text())] = news.ID(r.Int64())
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// idTexts are the ids of prefix:0, prefix:1 … as GraphQL has them.
func idTexts(ids map[news.Ref]news.ID, prefix string, indexes ...int) []string {
	texts := make([]string, len(indexes))
	for i, index := range indexes {
		texts[i] = ids[news.Ref(fmt.Sprintf("%s:%d", prefix, index))].String()
	}
	return texts
}

// answer is a response to a query.
type answer struct {
	status int
	header http.Header
	body   []byte
	answerJSON
}

type answerJSON struct {
	Data       json.RawMessage
	Errors     []answerError
	Extensions struct {
		Explain struct {
			Statements int
			SQL        []struct {
				Text string
				Rows int
			}
		}
	}
}

type answerError struct {
	Message    string
	Path       []any
	Extensions struct{ Code string }
}

// ask sends a query with the explain header. The answer must be JSON.
func (n *newsroom) ask(t testing.TB, query string, variables map[string]any) answer {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return n.post(t, body)
}

func (n *newsroom) post(t testing.TB, body []byte) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, n.url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Dateline-Explain", "1")
	if n.authorization != "" {
		request.Header.Set("Authorization", n.authorization)
	}
	if n.preview != "" {
		request.Header.Set(access.PreviewHeader, n.preview)
	}
	return n.do(t, request)
}

func (n *newsroom) do(t testing.TB, request *http.Request) answer {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode, header: response.Header}
	if a.body, err = io.ReadAll(response.Body); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(a.body, &a.answerJSON); err != nil {
		t.Fatalf("%v in the answer %.500s", err, a.body)
	}
	return a
}

// must fails the test when the answer has errors.
func (a answer) must(t testing.TB) answer {
	t.Helper()
	if len(a.Errors) > 0 || a.status != http.StatusOK {
		t.Fatalf("status %d, errors %+v", a.status, a.Errors)
	}
	return a
}

// code is the code of the only error.
func (a answer) code(t testing.TB) string {
	t.Helper()
	if len(a.Errors) != 1 {
		t.Fatalf("%d errors, want one: %.500s", len(a.Errors), a.body)
	}
	return a.Errors[0].Extensions.Code
}

var (
	idPattern     = regexp.MustCompile(`\b(site|art|page|evt|cat|top|aut|img|clm)_[0-9a-z]{13}\b`)
	cursorPattern = regexp.MustCompile(`"M[Qg]p[-_A-Za-z0-9]+"`)
)

// readable is an answer as indented JSON without explanations, with refs in the place of ids and cursors.
func readable(t testing.TB, ids map[news.Ref]news.ID, body []byte) []byte {
	t.Helper()
	names := map[string]string{}
	for ref, id := range ids {
		names[id.String()] = string(ref)
	}
	body = cursorPattern.ReplaceAllFunc(body, func(cursor []byte) []byte {
		parts := decodeCursor(strings.Trim(string(cursor), `"`))
		if parts[0] == "2" { // a place in a ranking, whose name is random
			return fmt.Appendf(nil, "%q", "cursor:"+parts[1]+"#"+parts[4])
		}
		id, err := strconv.ParseInt(parts[3], 36, 64)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Appendf(nil, "%q", "cursor:"+parts[1]+"@"+names[news.ID(id).String()])
	})
	body = idPattern.ReplaceAllFunc(body, func(id []byte) []byte { return []byte("id:" + names[string(id)]) })
	var shown struct {
		Errors []json.RawMessage `json:"errors,omitempty"`
		Data   json.RawMessage   `json:"data,omitempty"`
	}
	if err := json.Unmarshal(body, &shown); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	// Fields fail at the same time, in any order.
	slices.SortFunc(shown.Errors, func(a, b json.RawMessage) int { return bytes.Compare(a, b) })
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(shown); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// decodeCursor gives the version, the order, the filter, the id and the sort value; in version 2 the ranking and the place.
func decodeCursor(cursor string) []string {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	parts := strings.SplitN(string(b), "\n", 5)
	if err != nil || len(parts) != 5 {
		panic("no cursor: " + cursor)
	}
	return parts
}

// read decodes the data of an answer.
func (a answer) read(t testing.TB, to any) {
	t.Helper()
	if err := json.Unmarshal(a.Data, to); err != nil {
		t.Fatal(err)
	}
}
