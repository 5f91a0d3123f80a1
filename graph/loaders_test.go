package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/dateline-cms/dateline/graph"
	"github.com/dateline-cms/dateline/internal/news"
)

// TestFailingBatch makes a relation fail for all parents: each gets an error, the log has it once, and what stands
// beside it is answered.
func TestFailingBatch(t *testing.T) {
	for name, find := range map[string]func() error{
		"error": func() error { return errors.New("secret detail") },
		"panic": func() error { panic("secret detail") },
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			n := newLoggedNewsroom(t, graph.DefaultLimits, &log)
			n.write(t, manyRecords(20)...)
			defer graph.ReplaceBylines(find)()
			a := n.ask(t, `{ articles(first: 20) { nodes { title categories { name } byline { name } } } site { name } }`, nil)
			if a.status != http.StatusOK || len(a.Errors) == 0 || len(a.Errors) > 20 {
				t.Fatalf("status %d, %d errors", a.status, len(a.Errors))
			}
			for _, e := range a.Errors {
				if e.Extensions.Code != "INTERNAL" || e.Message != a.Errors[0].Message || !strings.HasSuffix(fmt.Sprint(e.Path), "byline]") {
					t.Errorf("error %+v", e)
				}
			}
			if !strings.Contains(string(a.Data), `"site":{"name":"Many"}`) {
				t.Errorf("data %s", a.Data)
			}
			if strings.Contains(string(a.body), "secret") {
				t.Errorf("callers see what is for the log: %s", a.body)
			}
			number := a.Errors[0].Message[strings.LastIndexByte(a.Errors[0].Message, ' ')+1:]
			if lines := strings.Count(log.String(), "a field failed"); lines != 1 || !strings.Contains(log.String(), number) || !strings.Contains(log.String(), "secret detail") {
				t.Errorf("%d lines in the log, want one with %s:\n%.2000s", lines, number, log.String())
			}
		})
	}
}

// TestCallerErrorInBatch is about errors that callers can put right: they are shown as they are and not logged.
func TestCallerErrorInBatch(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	n.write(t, manyRecords(3)...)
	defer graph.ReplaceBylines(func() error { return news.Invalidf("ask otherwise") })()
	a := n.ask(t, `{ article(ref: {slug: {slug: "article-1"}}) { byline { name } } }`, nil)
	if code := a.code(t); code != "INVALID" || a.Errors[0].Message != "ask otherwise" {
		t.Errorf("%s: %s", code, a.Errors[0].Message)
	}
}

// TestCallerLeaves ends requests before their answer and while it is made: nothing hangs, fails aloud or is logged.
func TestCallerLeaves(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	n.write(t, manyRecords(100)...)
	_, frontPage := pageQueries(t)
	body, err := json.Marshal(map[string]any{"query": frontPage})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		ctx, leave := context.WithCancel(t.Context())
		request := httptest.NewRequest(http.MethodPost, "/graphql", &leavingBody{bytes.NewReader(body), i, leave}).WithContext(ctx)
		request.Header.Set("Content-Type", "application/json")
		n.handler.ServeHTTP(httptest.NewRecorder(), request)
		leave()
	}
	n.ask(t, frontPage, nil).must(t)
}

// leavingBody ends its request when it is read: at once for even numbers, else at about the time of the answer.
type leavingBody struct {
	*bytes.Reader
	number int
	leave  func()
}

func (b *leavingBody) Read(p []byte) (int, error) {
	if b.number%2 == 0 {
		b.leave()
	} else {
		go b.leave()
	}
	return b.Reader.Read(p)
}

// TestQueriesDuringImport has 64 callers ask different things while articles come and change. Run it with -race.
func TestQueriesDuringImport(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	const size = 100
	n.write(t, manyRecords(size)...)
	articlePage, frontPage := pageQueries(t)
	w := &walk{t: t, newsroom: n, schema: schema(), ids: n.ids(t), seen: map[string]bool{}}
	wide := "{ articles(first: 3) { nodes { " + w.everything(w.schema.Types["Article"], 0) + " categories { " + w.everything(w.schema.Types["Category"], 0) +
		" } topics { topic { articles(first: 2) { totalCount nodes { title } } } } related { totalCount nodes { title byline { author { name } } } } } } }"
	queries := []struct {
		document  string
		variables func() map[string]any
	}{
		{articlePage, func() map[string]any {
			return map[string]any{"path": fmt.Sprintf("/category-1/article-%d/", rand.IntN(2*size))}
		}},
		{frontPage, func() map[string]any { return map[string]any{"first": 1 + rand.IntN(30)} }},
		{`query ($q: String!) { search(query: $q, first: 5) { totalCount nodes { ... on Article { title categories { name ancestors { name } } } } } }`,
			func() map[string]any { return map[string]any{"q": fmt.Sprintf("article %d*", rand.IntN(9))} }},
		{`query ($n: Int) { categories(flat: true, first: $n) { totalCount nodes { name articleCount parent { name } articles(first: 2) { totalCount nodes { title leadImage { url } } } } } }`,
			func() map[string]any { return map[string]any{"n": rand.IntN(10)} }},
		{wide, func() map[string]any { return nil }},
	}
	var callers sync.WaitGroup
	for caller := range 64 {
		callers.Go(func() {
			for i := range len(queries) {
				q := queries[(caller+i)%len(queries)]
				if a := n.ask(t, q.document, q.variables()); len(a.Errors) > 0 {
					t.Errorf("%.200s: %+v", q.document, a.Errors)
				}
			}
		})
	}
	more := manyRecords(2 * size)
	for i := range more { // what is there changes, the rest is new
		if a := more[i].Article; a != nil {
			a.Title += ", changed"
			a.Categories = a.Categories[1:]
		}
	}
	for len(more) > 0 {
		batch := more[:min(25, len(more))]
		more = more[len(batch):]
		outcomes, err := n.store.Import(t.Context(), batch)
		if err != nil {
			t.Error(err)
		}
		for _, o := range outcomes {
			if o.Result == news.Failed {
				t.Error(o.Reason)
			}
		}
	}
	callers.Wait()
}
