package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
)

func articleLine(n int, title string) string {
	return fmt.Sprintf(`{"type":"article","ref":"test:%d","title":%q,"body":"<p>Text.</p>","publishedAt":"2026-03-09T12:00:00Z"}`+"\n", n, title)
}

func bring(t *testing.T, lines string) {
	t.Helper()
	write(t, "more.jsonl", lines)
	if r := dateline(t, "import", "jsonl", "--db", "site.db", "more.jsonl"); r.code != 0 {
		t.Fatal(r)
	}
}

func TestChangesTail(t *testing.T) {
	inFolder(t, nil)
	bring(t, articleLine(1, "Rain")+articleLine(2, "Snow"))
	bring(t, articleLine(2, "Sleet"))
	r := dateline(t, "changes", "tail", "--db", "site.db", "--after", "0", "--json")
	var kinds []string
	for i, line := range strings.Split(strings.TrimSpace(r.out), "\n") {
		var c changeLine
		if err := json.Unmarshal([]byte(line), &c); err != nil || c.Seq != int64(i+1) {
			t.Fatalf("line %d is %s (%v)", i+1, line, err)
		}
		if c.Subject.Kind() == news.KindArticle {
			kinds = append(kinds, fmt.Sprint(c.Kind, " ", c.Revision))
		}
	}
	if r.code != 0 || r.err != "" || !slices.Equal(kinds, []string{"PUBLISHED 1", "PUBLISHED 1", "MOVED 2"}) {
		t.Errorf("code %d, stderr %q, kinds %q", r.code, r.err, kinds)
	}
	last := position(t, "site.db")
	r = dateline(t, "changes", "tail", "--db", "site.db", "--after", fmt.Sprint(last-1))
	if !strings.HasPrefix(r.out, fmt.Sprintf("%d  20", last)) || !strings.Contains(r.out, "  MOVED        art_") || strings.Count(r.out, "\n") != 1 {
		t.Errorf("%+v", r)
	}
	if r := dateline(t, "changes", "tail", "--db", "none.db"); r.code != 1 || !strings.Contains(r.err, "none.db") || exists("none.db") {
		t.Errorf("%+v", r)
	}
}

func TestChangesTailFollows(t *testing.T) {
	inFolder(t, nil)
	bring(t, articleLine(1, "Rain"))
	c := command(t, "changes", "tail", "--db", "site.db", "--follow", "--after", fmt.Sprint(position(t, "site.db")-1))
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for _, want := range []string{"PUBLISHED", "MOVED", "MOVED"} {
		if !lines.Scan() || !strings.Contains(lines.Text(), want) {
			t.Fatalf("got %q, want %s", lines.Text(), want)
		}
		bring(t, articleLine(1, "Rain after "+lines.Text()))
	}
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	if err := c.Wait(); err != nil {
		t.Errorf("tail ended with %v", err)
	}
}

func TestChangesVerify(t *testing.T) {
	inFolder(t, nil)
	bring(t, articleLine(1, "Rain")+articleLine(2, "Snow"))
	if r := dateline(t, "changes", "verify", "--db", "site.db"); r.code != 0 || !strings.Contains(r.out, "no fault") {
		t.Errorf("%+v", r)
	}
	db, err := sqlite.Open("site.db", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), "", []engine.Step{{SQL: `UPDATE articles SET version = 7 WHERE title = 'Snow'`}}); err != nil {
		t.Fatal(err)
	}
	db.Close()
	if r := dateline(t, "changes", "verify", "--db", "site.db"); r.code != 1 || !strings.Contains(r.out, "version 7") || strings.Count(r.out, "\n") != 1 {
		t.Errorf("%+v", r)
	}
}

// subscriber reads a subscription from a server, over a connection of its own.
type subscriber struct {
	net.Conn
	lines *bufio.Scanner
}

// latest is the cursor of the end of the journal.
func latest(t *testing.T, url string) string {
	t.Helper()
	var changes struct{ LatestCursor string }
	if err := json.Unmarshal(ask(t, url, `{ changes(first: 0) { latestCursor } }`).Data["changes"], &changes); err != nil || changes.LatestCursor == "" {
		t.Fatal(changes, err)
	}
	return changes.LatestCursor
}

func subscribeTo(url, after string) (*subscriber, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		return nil, err
	}
	body := articleChanges(after)
	fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	s := &subscriber{conn, bufio.NewScanner(conn)}
	for s.lines.Scan() { // until the stream has begun
		if s.lines.Text() == ":" {
			return s, nil
		}
	}
	conn.Close()
	return nil, fmt.Errorf("the stream did not begin: %v", s.lines.Err())
}

// articleChanges is the request for the changes of articles after a cursor.
func articleChanges(after string) string {
	return fmt.Sprintf(`{"query":"subscription ($after: String) { changes(after: $after, filter: {types: [ARTICLE]}) { cursor subjectId revision at } }","variables":{"after":%q}}`, after)
}

type seenChange struct {
	Cursor, SubjectID string
	Revision          int
	At                time.Time
}

// next waits for a change; ok is false when the stream has ended.
func (s *subscriber) next(t *testing.T) (c seenChange, ok bool) {
	for s.lines.Scan() {
		data, isData := strings.CutPrefix(s.lines.Text(), "data: ")
		if !isData || data == "" {
			continue
		}
		var message struct {
			Data   struct{ Changes seenChange }
			Errors []any
		}
		if err := json.Unmarshal([]byte(data), &message); err != nil || len(message.Errors) > 0 {
			t.Errorf("%v in %s", err, data)
			return c, false
		}
		return message.Data.Changes, true
	}
	return c, false
}

// TestSubscribersOfManyServers restarts the server again and again, while other processes write: the subscriber gets every change
// once, in order.
func TestSubscribersOfManyServers(t *testing.T) {
	inFolder(t, nil)
	bring(t, articleLine(0, "Nothing yet"))
	p := serve(t, "--db", "site.db")
	after := latest(t, p.url)
	const rounds = 4
	for round := range rounds {
		if round > 0 {
			p = serve(t, "--db", "site.db")
		}
		s, err := subscribeTo(p.url, after)
		if err != nil {
			t.Fatal(err)
		}
		// The first change of a round was made while no server ran.
		for i := range 3 {
			if i > 0 || round == 0 {
				bring(t, articleLine(1, fmt.Sprint("Title ", round, i)))
			}
			c, ok := s.next(t)
			if want := round*3 + i + 1; !ok || c.Revision != want {
				t.Fatalf("round %d: got revision %d (%v), want %d", round, c.Revision, ok, want)
			}
			after = c.Cursor
		}
		p.stop() // and the stream ends
		if c, ok := s.next(t); ok {
			t.Fatalf("something came from a server that stopped: %+v", c)
		}
		s.Close()
		bring(t, articleLine(1, fmt.Sprint("Title after round ", round)))
	}
}

// TestScheduleOfTheServer publishes by the clock, and by that of a server that was not running when it was due.
func TestScheduleOfTheServer(t *testing.T) {
	inFolder(t, nil)
	due := time.Now().Add(2 * time.Second)
	bring(t, fmt.Sprintf(`{"type":"article","ref":"test:1","title":"Soon","status":"SCHEDULED","body":"<p>Text.</p>","publishedAt":%q}`+"\n", due.UTC().Format(time.RFC3339Nano)))
	p := serve(t, "--db", "site.db")
	s := openSSE(t, p.url, latest(t, p.url))
	c, ok := s.next(t)
	if !ok || c.Revision != 2 || c.At.Before(due.Truncate(time.Millisecond)) {
		t.Errorf("got %+v (%v), due %s", c, ok, due)
	}
	t.Logf("published %s after it was due", c.At.Sub(due))
	p.stop()
	if r := dateline(t, "changes", "tail", "--db", "site.db", "--after", "0"); strings.Count(r.out, `by "schedule"`) != 1 {
		t.Errorf("the clock wrote %s", r.out)
	}
}

// TestThousandSubscribers lets 1,000 wait at once, over connections of their own, and measures the server's memory. Then the server
// stops and lets them know.
func TestThousandSubscribers(t *testing.T) {
	if testing.Short() {
		t.Skip("measures memory, of which the race detector takes several times as much")
	}
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < 1200 {
		t.Skipf("only %d files may be open (%v)", limit.Cur, err)
	}
	for over, open := range map[string]func(t *testing.T, url, after string) stream{"SSE": openSSE, "WebSocket": openWebSocket} {
		t.Run(over, func(t *testing.T) {
			inFolder(t, nil)
			bring(t, articleLine(1, "Rain"))
			p := serve(t, "--db", "site.db")
			after := latest(t, p.url)
			const subscribers = 1000
			before := residentKB(t, p.Process.Pid)
			all := make([]stream, subscribers)
			for i := range all {
				all[i] = open(t, p.url, after)
			}
			waiting := residentKB(t, p.Process.Pid)
			bring(t, articleLine(2, "Snow"))
			written := time.Now()
			var reading sync.WaitGroup
			each := func(read func(stream)) {
				for _, s := range all {
					reading.Go(func() { read(s) })
				}
				reading.Wait()
			}
			each(func(s stream) {
				if c, ok := s.next(t); !ok || c.Revision != 1 {
					t.Errorf("got %+v (%v)", c, ok)
				}
			})
			late := time.Since(written)
			told := residentKB(t, p.Process.Pid)
			t.Logf("resident memory: %d kB before, %d kB with %d subscribers (%d kB each), %d kB after they were told, %s after another process had written",
				before, waiting, subscribers, (waiting-before)/subscribers, told, late)
			if kb := (told - before) / subscribers; kb > 256 {
				t.Errorf("a subscriber takes %d kB", kb)
			}
			stopped := make(chan bool)
			go func() { p.stop(); close(stopped) }()
			each(func(s stream) {
				if c, ok := s.next(t); ok {
					t.Errorf("from a server that stops came %+v", c)
				}
			})
			<-stopped
		})
	}
}

// stream is a subscription over either transport.
type stream interface {
	next(*testing.T) (seenChange, bool)
}

func openSSE(t *testing.T, url, after string) stream {
	s, err := subscribeTo(url, after)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

type webSocket struct{ *websocket.Conn }

func openWebSocket(t *testing.T, url, after string) stream {
	conn, _, err := websocket.Dial(t.Context(), url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	for _, message := range []string{`{"type":"connection_init"}`, `{"id":"1","type":"subscribe","payload":` + articleChanges(after) + `}`, `{"type":"ping"}`} {
		if err := conn.Write(t.Context(), websocket.MessageText, []byte(message)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"connection_ack", "pong"} {
		if _, data, err := conn.Read(t.Context()); err != nil || !strings.Contains(string(data), want) {
			t.Fatalf("got %s (%v), want %s", data, err, want)
		}
	}
	return webSocket{conn}
}

func (s webSocket) next(t *testing.T) (c seenChange, ok bool) {
	for {
		_, data, err := s.Read(t.Context())
		if err != nil {
			if code := websocket.CloseStatus(err); code != websocket.StatusNormalClosure {
				t.Errorf("the connection ended with %v", err)
			}
			return c, false
		}
		var message struct {
			Type    string
			Payload struct{ Data struct{ Changes seenChange } }
		}
		if err := json.Unmarshal(data, &message); err != nil {
			t.Errorf("%v in %s", err, data)
			return c, false
		}
		if message.Type == "next" {
			return message.Payload.Data.Changes, true
		}
	}
}

// residentKB is how much memory a process holds.
func residentKB(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(status, []byte("VmRSS:"))
	kb, err := strconv.Atoi(string(bytes.Fields(rest)[0]))
	if err != nil {
		t.Fatal(err)
	}
	return kb
}
