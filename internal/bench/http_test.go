package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/access"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/server"
	"github.com/dateline-cms/dateline/internal/store"
)

const articlePage = `query ArticlePage($path: Path!) {
  resolvePath(path: $path) { __typename
    ... on PathMoved { location httpStatus }
    ... on PathFound { node { ... on Article {
      id title path publishedAt dateline { text date }
      categories { name path ancestors { name path } }
      primaryCategory { name }
      byline { name role author { name path } }
      topics { topic { name kind } }
      leadImage { url altText }
      body { html text wordCount readingMinutes }
      related(first: 5) { totalCount edges { isPinned node { title path publishedAt primaryCategory { name } leadImage { url } } } }
    } } } }
  onThisDay { date headline { title description { html } date { text precision } } events(first: 5) { nodes { title date { text } articles(first: 3) { nodes { title path } } } } }
  site { name about { heading body { html } } menus { location items { label url } } }
}`

const frontPage = `query FrontPage {
  articles(first: 20) { nodes {
    id title path publishedAt
    categories { name path }
    byline { name author { name path } }
    related(first: 5) { nodes { title path } }
  } }
}`

const dayPage = `query Day($date: Date!) {
  onThisDay(day: {date: $date}) {
    date headline { title description { html } date { text precision } } previousDay nextDay
    events(first: 20) { totalCount nodes { title kind date { text } verification sources { title } topics { name } } }
  }
}`

// contest is one newsroom behind two servers.
type contest struct {
	paths          []string // of visible articles, or days: what pages are asked for
	dateline, hand string   // addresses
	byHand         *hand
}

func newContest(t testing.TB, articles int) *contest {
	s, file := newsroom(t, articles)
	return between(t, s, file, paths(t, s))
}

// newCalendarContest is about every day of 2024.
func newCalendarContest(t testing.TB, events int) *contest {
	s, file := generated(t, fmt.Sprintf("calendar-%d", events), Calendar(events))
	var days []string
	for i := range 366 {
		days = append(days, time.Date(2024, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(days), func(i, j int) { days[i], days[j] = days[j], days[i] })
	return between(t, s, file, days)
}

func between(t testing.TB, s *store.Store, file string, paths []string) *contest {
	c := &contest{paths: paths, byHand: newHand(t, file)}
	c.hand = serve(t, c.byHand)
	c.dateline = serve(t, server.Handler(server.Config{
		Store: s, Access: access.New(access.Config{Store: s, Now: now}), Now: now, Log: quiet, Limits: server.DefaultLimits, Explain: true, Media: os.DirFS(t.TempDir()),
	}))
	return c
}

// quiet logs errors only, and nowhere.
var quiet = slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError}))

func serve(t testing.TB, h http.Handler) (addr string) {
	l, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx, l, h, quiet) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// paths are those of all visible articles, in an order that a cache cannot foresee.
func paths(t testing.TB, s *store.Store) (paths []string) {
	t.Helper()
	w := news.Window{Limit: news.MaxPageSize}
	for {
		page, err := s.As(news.AnyCaller()).FindArticles(context.Background(), nil, news.ArticleOrder{Field: news.ByPublishedAt, Direction: news.Descending}, w)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Edges {
			paths = append(paths, string(e.Node.Path))
		}
		if !page.PageInfo.HasNextPage {
			break
		}
		w.Cursor = *page.PageInfo.EndCursor
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	return paths
}

// page is one of the queries as both servers take it, with the variable that says which page, if it has one.
type page struct {
	name     string
	query    string
	byHand   string
	variable string
}

var (
	pages     = []page{{"ArticlePage", articlePage, "/article", "path"}, {"FrontPage", frontPage, "/front", ""}}
	onThisDay = page{"OnThisDay", dayPage, "/day", "date"}
)

// requests are for Dateline and for the hand-written server, the n-th of both for the same thing.
func (c *contest) requests(p page, n int) (dateline, byHand [][]byte) {
	for i := range n {
		variables, target := "{}", p.byHand
		if p.variable != "" {
			value := c.paths[i%len(c.paths)]
			variables, target = fmt.Sprintf(`{%q:%q}`, p.variable, value), target+"?"+p.variable+"="+url.QueryEscape(value)
		}
		body := fmt.Sprintf(`{"query":%s,"variables":%s}`, strconv.Quote(p.query), variables)
		dateline = append(dateline, fmt.Appendf(nil, "POST /graphql HTTP/1.1\r\nHost: bench.example\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
		byHand = append(byHand, fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: bench.example\r\n\r\n", target))
	}
	return dateline, byHand
}

// client is the least that speaks HTTP over one connection: it must not take the processors from the servers.
type client struct {
	conn net.Conn
	r    *bufio.Reader
	body []byte // of the last answer
}

func dial(t testing.TB, addr string) *client {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return &client{conn: conn, r: bufio.NewReaderSize(conn, 64<<10)}
}

// do sends a request and reads the answer into c.body.
func (c *client) do(request []byte) error {
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	status, err := c.r.ReadSlice('\n')
	if err != nil {
		return err
	}
	isOK := bytes.HasPrefix(status, []byte("HTTP/1.1 200 "))
	length, chunked := 0, false
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			length = number(value, 10)
		}
		chunked = chunked || bytes.HasPrefix(line, []byte("Transfer-Encoding: chunked"))
	}
	c.body = c.body[:0]
	for more := true; more; {
		if more = chunked; chunked {
			line, err := c.r.ReadSlice('\n')
			if err != nil {
				return err
			}
			length = number(line, 16)
			more = length > 0
		}
		start := len(c.body)
		c.body = slices.Grow(c.body, length)[:start+length]
		if _, err := io.ReadFull(c.r, c.body[start:]); err != nil {
			return err
		}
		if chunked {
			if _, err := c.r.Discard(2); err != nil {
				return err
			}
		}
	}
	if !isOK || !bytes.HasPrefix(c.body, []byte(`{"data":{`)) {
		return fmt.Errorf("answered %s: %s", bytes.TrimSpace(status), c.body)
	}
	return nil
}

func number(digits []byte, base int) (n int) {
	for _, d := range digits {
		v := strings.IndexByte("0123456789abcdef", d)
		if v < 0 || v >= base {
			break
		}
		n = n*base + v
	}
	return n
}

// Both must give the same data, or their speeds could not be compared.
func TestBothAnswerTheSame(t *testing.T) {
	t.Setenv("DATELINE_BENCH_DIR", t.TempDir())
	newsroom, calendar := newContest(t, 300), newCalendarContest(t, 8000)
	for _, p := range append(slices.Clone(pages), onThisDay) {
		c := newsroom
		if p == onThisDay {
			c = calendar
		}
		dateline, byHand := c.requests(p, len(c.paths))
		a, b := dial(t, c.dateline), dial(t, c.hand)
		defer a.conn.Close()
		defer b.conn.Close()
		for i := range dateline {
			if err := a.do(dateline[i]); err != nil {
				t.Fatal(err)
			}
			if err := b.do(byHand[i]); err != nil {
				t.Fatal(err)
			}
			var x, y any
			if err := json.Unmarshal(a.body, &x); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(b.body, &y); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(x, y) || len(a.body) != len(b.body) {
				t.Fatalf("%s: Dateline answers\n%s\nand the hand-written server\n%s", dateline[i], a.body, b.body)
			}
			if len(a.body) < 4000 {
				t.Fatalf("%s: the answer is short: %s", dateline[i], a.body)
			}
		}
	}
}

// span is how long each server answers before it is the other's turn.
const span = 500 * time.Millisecond

// BenchmarkHTTP asks Dateline for the article page (by random paths) and the front page over loopback, with 1 and 32
// clients that keep their connections, beside a hand-written server. They take turns, half a second each. DATELINE_BENCH_SIZES
// lists other sizes of the newsroom than 10,000 and 100,000 articles.
func BenchmarkHTTP(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as cmd/dateline does
	for _, size := range sizes(b) {
		b.Run(fmt.Sprintf("articles=%d", size), func(b *testing.B) {
			c := newContest(b, size)
			for _, p := range pages {
				for _, clients := range []int{1, 32} {
					b.Run(fmt.Sprintf("%s/clients=%d", p.name, clients), func(b *testing.B) { c.run(b, p, clients) })
				}
			}
		})
	}
}

// BenchmarkOnThisDay is BenchmarkHTTP for the page of a day, among few events and among many.
func BenchmarkOnThisDay(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as cmd/dateline does
	for _, events := range []int{5_000, 1_000_000} {
		b.Run(fmt.Sprintf("events=%d", events), func(b *testing.B) {
			c := newCalendarContest(b, events)
			for _, clients := range []int{1, 32} {
				b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) { c.run(b, onThisDay, clients) })
			}
		})
	}
}

func sizes(b *testing.B) (list []int) {
	text := os.Getenv("DATELINE_BENCH_SIZES")
	if text == "" {
		return []int{10_000, 100_000}
	}
	for _, word := range strings.Split(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 {
			b.Fatalf("DATELINE_BENCH_SIZES is %q; give numbers of articles, such as 10000,100000", text)
		}
		list = append(list, n)
	}
	return list
}

func (c *contest) run(b *testing.B, p page, clients int) {
	dateline, byHand := c.requests(p, 5000)
	a, h := newLoad(b, c.dateline, clients, dateline), newLoad(b, c.hand, clients, byHand)
	defer a.close()
	defer h.close()
	// Warm up: caches, prepared statements, connections.
	a.run(b, span/2)
	h.run(b, span/2)
	a.reset()
	h.reset()
	for b.Loop() {
		a.run(b, span)
		h.run(b, span)
	}
	b.ReportMetric(0, "ns/op")
	a.report(b, "")
	h.report(b, "hand-")
	b.ReportMetric(100*a.rate()/h.rate(), "%-of-hand")
	b.ReportMetric(float64(c.statements(b, dateline[0])), "statements")
	b.ReportMetric(float64(c.handStatements(b, byHand[0])), "hand-statements")
}

// load is a number of clients of one server and what they measured.
type load struct {
	clients  []*client
	requests [][]byte
	next     []int // request of each client
	took     [][]time.Duration
	spent    effort
	mallocs  uint64
	bytes    uint64
}

func newLoad(b *testing.B, addr string, clients int, requests [][]byte) *load {
	l := &load{requests: requests, took: make([][]time.Duration, clients)}
	for i := range clients {
		l.clients = append(l.clients, dial(b, addr))
		l.next = append(l.next, i*len(requests)/clients)
	}
	return l
}

func (l *load) close() {
	for _, c := range l.clients {
		c.conn.Close()
	}
}

func (l *load) reset() {
	for i := range l.took {
		l.took[i] = l.took[i][:0]
	}
	l.spent, l.mallocs, l.bytes = effort{}, 0, 0
}

// run asks for a while. Allocations are those of the whole process; the clients make next to none.
func (l *load) run(b *testing.B, d time.Duration) {
	for i, t := range l.took {
		l.took[i] = slices.Grow(t, 20_000)
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	spent := measure()
	var group sync.WaitGroup
	failed := make(chan error, len(l.clients))
	for i, c := range l.clients {
		group.Go(func() {
			for start := time.Now(); time.Since(start) < d; {
				at := time.Now()
				if err := c.do(l.requests[l.next[i]%len(l.requests)]); err != nil {
					failed <- err
					return
				}
				l.took[i] = append(l.took[i], time.Since(at))
				l.next[i]++
			}
		})
	}
	group.Wait()
	l.spent.add(spent())
	runtime.ReadMemStats(&after)
	l.mallocs += after.Mallocs - before.Mallocs
	l.bytes += after.TotalAlloc - before.TotalAlloc
	if len(failed) > 0 {
		b.Fatal(<-failed)
	}
}

func (l *load) count() (n int) {
	for _, t := range l.took {
		n += len(t)
	}
	return n
}

func (l *load) rate() float64 { return float64(l.count()) / l.spent.clock.Seconds() }

func (l *load) report(b *testing.B, prefix string) {
	all := slices.Sorted(func(yield func(time.Duration) bool) {
		for _, t := range l.took {
			for _, d := range t {
				if !yield(d) {
					return
				}
			}
		}
	})
	n := len(all)
	b.ReportMetric(l.rate(), prefix+"requests/s")
	b.ReportMetric(float64(all[n/2].Microseconds()), prefix+"p50-µs")
	b.ReportMetric(float64(all[n*99/100].Microseconds()), prefix+"p99-µs")
	b.ReportMetric(l.spent.cpu.Seconds()*1e6/float64(n), prefix+"cpu-µs/request")
	b.ReportMetric(float64(l.mallocs)/float64(n), prefix+"allocs/request")
	b.ReportMetric(float64(l.bytes)/float64(n), prefix+"B/request")
}

// statements asks Dateline how many it ran.
func (c *contest) statements(b *testing.B, request []byte) int {
	explained := bytes.Replace(request, []byte("\r\n"), []byte("\r\nDateline-Explain: 1\r\n"), 1)
	client := dial(b, c.dateline)
	defer client.conn.Close()
	if err := client.do(explained); err != nil {
		b.Fatal(err)
	}
	var answer struct {
		Extensions struct{ Explain struct{ Statements int } }
	}
	if err := json.Unmarshal(client.body, &answer); err != nil {
		b.Fatal(err)
	}
	return answer.Extensions.Explain.Statements
}

func (c *contest) handStatements(b *testing.B, request []byte) int {
	count := func() (n int) {
		conns := make([]*handConn, handReaders)
		for i := range conns {
			conns[i] = <-c.byHand.conns
			n += conns[i].statements
		}
		for _, conn := range conns {
			c.byHand.conns <- conn
		}
		return n
	}
	before := count()
	client := dial(b, c.hand)
	defer client.conn.Close()
	if err := client.do(request); err != nil {
		b.Fatal(err)
	}
	return count() - before
}
