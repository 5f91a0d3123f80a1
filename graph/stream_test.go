package graph_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dateline-cms/dateline/graph"
	"github.com/dateline-cms/dateline/internal/access"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

const subscription = `subscription ($after: String) { changes(after: $after) { cursor kind subjectId revision node { id ... on Article { standfirst categories { id } } } } }`

// subscribe gives the payloads of a subscription's messages until the stream ends or the loop is left.
func (n *newsroom) subscribe(t testing.TB, over, after string) iter.Seq[string] {
	t.Helper()
	variables := map[string]any{}
	if after != "" {
		variables["after"] = after
	}
	return n.messages(t, over, subscription, variables)
}

func (n *newsroom) messages(t testing.TB, over, query string, variables map[string]any) iter.Seq[string] {
	t.Helper()
	request, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	if over == "sse" {
		return n.overSSE(t, request)
	}
	return n.overWebSocket(t, request, fmt.Sprintf(`{"Authorization":%q}`, n.authorization))
}

func (n *newsroom) overSSE(t testing.TB, body []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, n.url, bytes.NewReader(body))
		if err != nil {
			t.Error(err)
			return
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "text/event-stream")
		r.Header.Set("Authorization", n.authorization)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Error(err)
			return
		}
		defer response.Body.Close()
		lines := bufio.NewScanner(response.Body)
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && !yield(data) {
				return
			}
		}
	}
}

func (n *newsroom) overWebSocket(t testing.TB, request []byte, init string) iter.Seq[string] {
	return func(yield func(string) bool) {
		conn, _, err := websocket.Dial(t.Context(), n.url, &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"},
			HTTPHeader: http.Header{"Origin": {"https://elsewhere.example"}}})
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.CloseNow()
		send := func(message string) {
			if err := conn.Write(t.Context(), websocket.MessageText, []byte(message)); err != nil {
				t.Error(err)
			}
		}
		send(`{"type":"connection_init","payload":` + init + `}`)
		for {
			var message struct {
				Type    string
				Payload json.RawMessage
			}
			_, data, err := conn.Read(t.Context())
			if closed, ok := errors.AsType[websocket.CloseError](err); ok && closed.Code != websocket.StatusNormalClosure {
				yield(closed.Error())
			}
			if err != nil {
				return
			}
			if err := json.Unmarshal(data, &message); err != nil {
				t.Error(err)
				return
			}
			switch message.Type {
			case "connection_ack":
				send(fmt.Sprintf(`{"id":"1","type":"subscribe","payload":%s}`, request))
			case "ping":
				send(`{"type":"pong"}`)
			case "next", "error", "connection_error":
				if !yield(string(message.Payload)) {
					return
				}
			case "complete":
				return
			}
		}
	}
}

// told is a message of a subscription.
type told struct {
	Data struct {
		Changes struct {
			Cursor, Kind, SubjectID string
			Revision                int
			Node                    *struct {
				ID         string
				Standfirst *string
				Categories []struct{ ID string }
			}
		}
	}
	Errors []answerError
}

func read(t testing.TB, message string) (m told) {
	t.Helper()
	if err := json.Unmarshal([]byte(message), &m); err != nil || len(m.Errors) > 0 {
		t.Fatalf("%v in %s", err, message)
	}
	return m
}

// TestSubscriptionMissesNothing lets readers leave and come back at random while writers write: each gets every public change
// once, in order.
func TestSubscriptionMissesNothing(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	start := n.changes(t, nil).Changes.LatestCursor
	const writers, edits = 3, 25
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			id := n.draft(t, fmt.Sprint("Story ", w))
			n.publish(t, id)
			hidden := n.draft(t, fmt.Sprint("Draft ", w))
			for i := range edits {
				n.retitle(t, id, fmt.Sprint("Edit ", i))
				n.retitle(t, hidden, fmt.Sprint("Hidden ", i))
			}
		})
	}
	var written atomic.Bool
	go func() { writing.Wait(); written.Store(true) }()
	const want = writers * (edits + 1)
	var reading sync.WaitGroup
	for i, over := range []string{"sse", "websocket", "sse", "websocket"} {
		reading.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 4))
			after, sessions := start, 0
			var got []string
			for len(got) < want {
				sessions++
				leave := 1 + random.IntN(12)
				for message := range n.subscribe(t, over, after) {
					c := read(t, message).Data.Changes
					after = c.Cursor
					got = append(got, c.Kind+" "+c.SubjectID+fmt.Sprint(" ", c.Revision))
					if leave--; leave == 0 || len(got) == want {
						break
					}
				}
				if t.Failed() {
					return
				}
			}
			compareWithJournal(t, n, over, got)
			if sessions < want/12 {
				t.Errorf("%s: only %d sessions", over, sessions)
			}
		})
	}
	reading.Wait()
	writing.Wait()
}

// TestArticlePublished: of all that happens it tells what was published and no longer hidden, and goes on after a cursor.
func TestArticlePublished(t *testing.T) {
	for _, over := range []string{"sse", "websocket"} {
		n := newNewsroom(t, graph.DefaultLimits)
		start := n.changes(t, nil).Changes.LatestCursor
		first, second, withdrawn := n.draft(t, "First"), n.draft(t, "Second"), n.draft(t, "Withdrawn")
		for _, id := range []news.ID{first, withdrawn, second} {
			n.publish(t, id)
			n.retitle(t, id, "A change that is not told")
		}
		if _, err := n.store.Unpublish(t.Context(), store.Step{ID: withdrawn, By: "Ada"}, 0); err != nil {
			t.Fatal(err)
		}
		told := func(after string, want ...string) (cursor string) {
			t.Helper()
			i := 0
			for message := range n.messages(t, over, `subscription ($after: String) { articlePublished(after: $after) { cursor at article { id title } } }`, map[string]any{"after": after}) {
				var m struct {
					Data struct {
						ArticlePublished struct {
							Cursor, At string
							Article    *struct{ ID, Title string }
						}
					}
				}
				if err := json.Unmarshal([]byte(message), &m); err != nil {
					t.Fatalf("%s: %v in %s", over, err, message)
				}
				p, title := m.Data.ArticlePublished, "none"
				if p.Article != nil {
					title = p.Article.Title
				}
				if title != want[i] || p.Cursor == "" || p.At == "" {
					t.Fatalf("%s: message %d is %s, want the article %s", over, i, message, want[i])
				}
				if cursor == "" {
					cursor = p.Cursor
				}
				if i++; i == len(want) {
					break
				}
			}
			if i != len(want) {
				t.Fatalf("%s: %d messages, want %d", over, i, len(want))
			}
			return cursor
		}
		told(told(start, "First", "none", "Second"), "none", "Second")
	}
}

// compareWithJournal compares what a reader got with the public journal of articles, of which no two entries are the same.
func compareWithJournal(t *testing.T, n *newsroom, over string, got []string) {
	found, err := n.store.As(news.AnyCaller()).Changes(t.Context(), 0, &news.ChangeFilter{Types: []news.SearchType{news.SearchArticles}}, 1000)
	if err != nil {
		t.Error(err)
		return
	}
	if len(got) != len(found.Changes) {
		t.Errorf("%s: got %d changes of %d", over, len(got), len(found.Changes))
		return
	}
	for i, c := range found.Changes {
		if want := fmt.Sprint(c.Kind, " ", c.SubjectID, " ", c.Revision); got[i] != want {
			t.Errorf("%s: change %d is %s, want %s", over, i, got[i], want)
			return
		}
	}
}

// TestMessagesAreFresh: what one message has loaded is not shown by the next.
func TestMessagesAreFresh(t *testing.T) {
	for _, over := range []string{"sse", "websocket"} {
		n := newNewsroom(t, graph.DefaultLimits)
		start := n.changes(t, nil).Changes.LatestCursor
		id := n.draft(t, "Rain")
		n.publish(t, id)
		edits := 0
		for message := range n.subscribe(t, over, start) {
			node := read(t, message).Data.Changes.Node
			if edits > 0 && (node == nil || node.Standfirst == nil || *node.Standfirst != fmt.Sprint("Edit ", edits)) {
				t.Fatalf("%s: after edit %d the message is %s", over, edits, message)
			}
			if edits++; edits == 5 {
				break
			}
			n.retitle(t, id, fmt.Sprint("Edit ", edits))
		}
	}
}

// TestSlowReader does not read for a while: it holds up nobody, and then gets everything.
func TestSlowReader(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	start := n.changes(t, nil).Changes.LatestCursor
	id := n.draft(t, "Rain")
	n.publish(t, id)
	const edits = 300
	seen := 0
	for message := range n.subscribe(t, "sse", start) {
		if seen == 0 {
			for i := range edits {
				n.retitle(t, id, fmt.Sprint(strings.Repeat("long ", 2000), i))
			}
		}
		if c := read(t, message).Data.Changes; c.Revision != seen+2 {
			t.Fatalf("revision %d came after %d", c.Revision, seen+1)
		}
		if seen++; seen == edits+1 {
			break
		}
	}
	if seen != edits+1 {
		t.Errorf("%d changes came", seen)
	}
}

// TestSubscriptionsHaveLimits: what is refused of a query is refused of a subscription, with the same codes.
func TestSubscriptionsHaveLimits(t *testing.T) {
	limits := graph.DefaultLimits
	limits.Cost, limits.BodyBytes = 60, 2000
	n := newNewsroom(t, limits)
	for body, code := range map[string]string{
		`{"query":"subscription { changes { node { ... on Category { articles(first: 50) { nodes { id title } } } } } }"}`: "LIMITED",
		`{"query":"subscription { changes { nothing } }"}`:                                                                 "GRAPHQL_VALIDATION_FAILED",
		`{"query":"subscription { changes(after: \"x\") { kind } }"}`:                                                      "INVALID",
		`{"query":"subscription { changes { kind "}`:                                                                       "GRAPHQL_PARSE_FAILED",
	} {
		for over, messages := range map[string]iter.Seq[string]{"sse": n.overSSE(t, []byte(body)), "websocket": n.overWebSocket(t, []byte(body), `{}`)} {
			got := ""
			for message := range messages {
				got += message
			}
			if !strings.Contains(got, `"code":"`+code+`"`) {
				t.Errorf("%s over %s: got %s, want %s", body, over, got, code)
			}
		}
	}
	if a := n.ask(t, `subscription { changes { kind } }`, nil); a.code(t) != "INVALID" || !strings.Contains(a.Errors[0].Message, "text/event-stream") {
		t.Errorf("a subscription as a plain request: %s", a.body)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, n.url, strings.NewReader(strings.Repeat(" ", 3000)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(text), "2000 bytes") {
		t.Errorf("a long request: %s %s", response.Status, text)
	}
}

// TestSubscribersSeeWhatTheyMay: the caller of the request is that of each message.
func TestSubscribersSeeWhatTheyMay(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	start := n.changes(t, nil).Changes.LatestCursor
	id := n.draft(t, "Rain")
	n.publish(t, id)
	for over := range map[string]bool{"sse": true, "websocket": true} {
		for _, c := range []struct {
			who  *newsroom
			want string
		}{{n, "PUBLISHED"}, {n.with(t, news.ScopeContentEdit), "CREATED"}} {
			for message := range c.who.subscribe(t, over, start) {
				if got := read(t, message).Data.Changes.Kind; got != c.want {
					t.Errorf("over %s the first change is %s, want %s", over, got, c.want)
				}
				break
			}
		}
	}
	// A field that is refused says so, with its whole path, and the stream goes on.
	n.retitle(t, id, "Wet.")
	body := fmt.Sprintf(`{"query":"subscription { changes(after: \"%s\") { revision by } }"}`, start)
	messages := 0
	for message := range n.overSSE(t, []byte(body)) {
		if !strings.Contains(message, `"path":["changes","by"]`) || !strings.Contains(message, `"UNAUTHENTICATED"`) {
			t.Errorf("got %s", message)
		}
		if messages++; messages == 2 {
			break
		}
	}
}

// TestKeysOfSubscribers: a WebSocket says who it is in its first message, and a key that is revoked ends what it has begun.
func TestKeysOfSubscribers(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	start := n.changes(t, nil).Changes.LatestCursor
	id := n.draft(t, "Rain")
	secret := access.NewSecret()
	key, err := n.store.CreateKey(t.Context(), news.APIKey{Name: "Eve", Prefix: secret.Prefix(),
		Grant: news.Grant{Scopes: []news.Scope{news.ScopeContentEdit}, BodyDepth: news.BodyFull}}, secret.Hash())
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(fmt.Sprintf(`{"query":"subscription { changes(after: \"%s\") { kind by subjectId } }"}`, start))
	init := `{"Authorization":"Bearer ` + secret.Reveal() + `"}`
	messages := 0
	for message := range n.overWebSocket(t, body, init) {
		if messages++; messages == 1 {
			if !strings.Contains(message, `"kind":"CREATED","by":"Ada"`) {
				t.Errorf("got %s", message)
			}
			if _, err := n.store.RevokeKey(t.Context(), key.ID); err != nil {
				t.Fatal(err)
			}
			n.retitle(t, id, "Wet.")
			n.publish(t, id)
		}
	}
	if messages != 1 {
		t.Errorf("%d messages came, want one: the key was revoked then", messages)
	}
	messages = 0
	for message := range n.overWebSocket(t, body, init) {
		if messages++; !strings.Contains(message, "4403") || !strings.Contains(message, "revoked") {
			t.Errorf("the revoked key gets %s", message)
		}
	}
	if messages != 1 {
		t.Errorf("the revoked key gets %d messages", messages)
	}
}

// TestClosedWebSockets: who says nothing is refused where everybody must say who it is.
func TestClosedWebSockets(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	n.resolver.Access.Closed = true
	messages := 0
	for message := range n.overWebSocket(t, []byte(`{"query":"{ site { name } }"}`), `{}`) {
		if messages++; !strings.Contains(message, "this API is closed") {
			t.Errorf("got %s", message)
		}
	}
	if messages != 1 {
		t.Errorf("%d messages came", messages)
	}
}

// TestStreamsOutliveTheTimeoutsOfRequests: what bounds a request does not end a stream.
func TestStreamsOutliveTheTimeoutsOfRequests(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	id := n.draft(t, "Rain")
	start := n.changes(t, nil).Changes.LatestCursor
	const bound = 200 * time.Millisecond
	server := httptest.NewUnstartedServer(n.handler)
	server.Config.ReadTimeout, server.Config.WriteTimeout = bound, bound
	server.Start()
	t.Cleanup(server.Close)
	n.url = server.URL
	for _, over := range []string{"sse", "websocket"} {
		var writing sync.WaitGroup
		writing.Go(func() {
			time.Sleep(3 * bound)
			n.publish(t, id)
			if _, err := n.store.Unpublish(context.Background(), store.Step{ID: id, By: "Ada"}, 0); err != nil {
				t.Error(err)
			}
		})
		came := 0
		for message := range n.subscribe(t, over, start) {
			start = read(t, message).Data.Changes.Cursor
			if came++; came == 2 {
				break
			}
		}
		if came != 2 {
			t.Errorf("%s: %d messages came", over, came)
		}
		writing.Wait()
	}
}
