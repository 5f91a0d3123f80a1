// Package crash kills processes that write to a newsroom, again and again, and looks at what is left.
//
// SIGKILL ends a process between any two of its instructions, but what it had given to the operating system is written all
// the same. So this shows that every batch is whole or not there, that what was confirmed had left the process, and that the
// next start puts right what was half done. It does not show that what was confirmed survives a power cut: for that, see
// TestConfirmedIsOnDisk in engine/sqlite, which looks at the calls of fsync.
package crash

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

var rounds = flag.Int("rounds", 10, "how often the processes are killed")

// A workload is what a writer does again and again.
type workload struct {
	name    string
	writers int // how many do it at once

	// write does the nth piece of work of a writer, counted from 1. It is confirmed when write returns. After a crash the
	// piece that was not confirmed may come again.
	write func(ctx context.Context, s opened, writer, n int) error

	// written returns how many pieces of a writer's work are there. What is there of a piece by half is an error.
	written func(ctx context.Context, db engine.Engine, writer int) (int, error)
}

// workloads have 16 writers in all: half of them import, the others are people.
var workloads = []workload{
	{"new articles", 3, newArticles, newArticlesWritten},
	{"edits", 2, edit, editsWritten},
	{"moves of categories", 2, move, movesWritten},
	{"references that come later", 1, refer, refersWritten},
	{"lives of articles", 4, live, livesWritten},
	{"an article of many", 2, share, sharesWritten},
	{"plans", 2, plan, plansWritten},
}

// writer is one of those of the workloads.
type writer struct {
	workload
	number int
}

func writers() (all []writer) {
	for _, w := range workloads {
		for range w.writers {
			all = append(all, writer{w, len(all)})
		}
	}
	return all
}

// roundsPerNewsroom is how many crashes a database goes through before a new one is begun.
const roundsPerNewsroom = 20

func TestCrash(t *testing.T) {
	if testing.Short() {
		*rounds = min(*rounds, 3)
	}
	work := 0
	var n *newsroom
	for round := range *rounds {
		if round%roundsPerNewsroom == 0 {
			n = &newsroom{path: filepath.Join(t.TempDir(), "newsroom.db"), confirmed: map[int]int{}, there: map[int]int{}, told: told{}}
		}
		n.crash(t)
		work += n.inspect(t)
		if last := round + 1; last%roundsPerNewsroom == 0 || last == *rounds {
			n.finish(t)
		}
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
		if done := round + 1; done%100 == 0 {
			t.Logf("%d rounds, %d pieces of work", done, work)
		}
	}
	if work < *rounds {
		t.Errorf("only %d pieces of work were done in %d rounds: that shows nothing", work, *rounds)
	}
	t.Logf("%d rounds, %d pieces of work", *rounds, work)
}

// A newsroom is a database that goes from crash to crash, with the pieces of work by writer: those that were confirmed, and
// those that were there after the last crash.
type newsroom struct {
	path             string
	confirmed, there map[int]int
	told             told
}

// crash lets processes write and kills them. One has all writers, or two share them and the second goes on after the first
// was killed.
func (n *newsroom) crash(t *testing.T) {
	t.Helper()
	all := len(writers())
	shares := [][2]int{{0, all}}
	if rand.IntN(2) == 0 {
		middle := 1 + rand.IntN(all-1)
		shares = [][2]int{{0, middle}, {middle, all}}
	}
	var processes []*process
	for _, share := range shares {
		processes = append(processes, n.start(t, share[0], share[1]))
	}
	for _, p := range processes {
		p.runAWhile()
		p.kill(t, n)
	}
}

// A process writes until it is killed.
type process struct {
	*exec.Cmd
	errs  bytes.Buffer
	lines chan string // what it confirms
	ended chan struct{}
}

func (n *newsroom) start(t *testing.T, from, to int) *process {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(program), lines: make(chan string, 1<<16), ended: make(chan struct{})}
	p.Env = append(os.Environ(), "DATELINE_CRASH_DB="+n.path, fmt.Sprintf("DATELINE_CRASH_WRITERS=%d %d", from, to), fmt.Sprintf("DATELINE_CRASH_AFTER=%d", last(n.told[subscriber])))
	p.Stderr = &p.errs
	if _, err := p.StdinPipe(); err != nil { // stays open as long as this process lives
		t.Fatal(err)
	}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() })
	go func() {
		defer close(p.ended)
		defer close(p.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	return p
}

// runAWhile waits for a random moment: of the start, or of the work.
func (p *process) runAWhile() {
	if rand.IntN(4) == 0 {
		time.Sleep(time.Duration(rand.IntN(60_000)) * time.Microsecond)
		return
	}
	for want := 1 + rand.IntN(40); len(p.lines) < want; {
		select {
		case <-p.ended:
			return // by itself: kill tells why
		case <-time.After(time.Duration(rand.IntN(2000)) * time.Microsecond):
		}
	}
}

// kill ends the process and takes note of what it has confirmed.
func (p *process) kill(t *testing.T, n *newsroom) {
	t.Helper()
	killed := p.Process.Kill()
	for line := range p.lines {
		if n.told.hear(t, line) {
			continue
		}
		var number, piece int
		if _, err := fmt.Sscan(line, &number, &piece); err != nil {
			t.Fatalf("it said %q: %v", line, err)
		}
		n.confirmed[number] = piece
	}
	_ = p.Wait() // killed
	status, ok := p.ProcessState.Sys().(syscall.WaitStatus)
	if killed != nil || !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Fatalf("a process ended by itself: %v, %v: %s", p.ProcessState, killed, p.errs.String())
	}
}

// inspect opens the newsroom as the next process does and compares it with what was confirmed. It returns how many pieces of
// work are new since the last time.
func (n *newsroom) inspect(t *testing.T) (done int) {
	t.Helper()
	s := open(t, n.path)
	defer s.db.Close()
	for _, w := range writers() {
		there, err := w.written(t.Context(), s.db, w.number)
		if err != nil {
			t.Errorf("writer %d of %s: %v", w.number, w.name, err)
		}
		if confirmed := max(n.confirmed[w.number], n.there[w.number]); there < confirmed || there > confirmed+1 {
			t.Errorf("writer %d of %s: %d pieces of work were confirmed and %d are there", w.number, w.name, confirmed, there)
		}
		done += there - n.there[w.number]
		n.there[w.number] = there
	}
	n.told.compare(t, s)
	faults, err := s.Check(t.Context())
	if err != nil {
		t.Error(err)
	}
	for _, f := range faults {
		t.Error(f)
	}
	return done
}

// opened is a newsroom that a process has open.
type opened struct {
	*store.Store
	db engine.Engine
}

func open(t *testing.T, path string) opened {
	t.Helper()
	s, err := openStore(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openStore(ctx context.Context, path string) (opened, error) {
	db, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		return opened{}, err
	}
	s, err := store.Open(ctx, db, time.Now)
	if err != nil {
		return opened{}, errors.Join(err, db.Close())
	}
	return opened{s, db}, nil
}

// TestMain lets the test's own program be the one that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("DATELINE_CRASH_DB"); path != "" {
		go func() { // end with the test, however that ends
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(1)
		}()
		fmt.Fprintln(os.Stderr, work(context.Background(), path))
		os.Exit(1)
	}
	flag.Parse()
	os.Exit(m.Run())
}

// work writes until the process is killed, or returns why it could not.
func work(ctx context.Context, path string) error {
	var from, to int
	if _, err := fmt.Sscan(os.Getenv("DATELINE_CRASH_WRITERS"), &from, &to); err != nil {
		return err
	}
	s, err := openStore(ctx, path)
	if err != nil {
		return err
	}
	failed := make(chan error)
	for _, w := range writers()[from:to] {
		go func() { failed <- w.run(ctx, s) }()
	}
	go func() { failed <- follow(ctx, s, from, to) }()
	return <-failed
}

// run goes on where the last process was killed. Each line is one write to a pipe, which is whole or not there.
func (w writer) run(ctx context.Context, s opened) error {
	n, err := w.written(ctx, s.db, w.number)
	for err == nil {
		n++
		if err = w.write(ctx, s, w.number, n); err == nil {
			_, err = fmt.Printf("%d %d\n", w.number, n)
		}
	}
	return fmt.Errorf("writer %d of %s: %w", w.number, w.name, err)
}

// bring imports records as one batch. Each must be written or be there already.
func bring(ctx context.Context, s opened, records ...news.Record) error {
	outcomes, err := s.Import(ctx, records)
	for i, o := range outcomes {
		if o.Result == news.Failed {
			err = errors.Join(err, fmt.Errorf("%s: %s", records[i].Ref, o.Reason))
		}
	}
	return err
}

func ref(kind string, numbers ...int) news.Ref {
	return news.Ref("crash:" + kind + ":" + strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ":"), "[]"))
}

func article(ref news.Ref, title string, edit func(*news.ArticleRecord)) news.Record {
	a := &news.ArticleRecord{}
	a.Title, a.Status, a.PublishedAt = title, news.StatusPublished, time.Now()
	a.Body = news.HTML("<p>" + strings.Repeat("It rained on "+title+". ", 20) + "</p>")
	if edit != nil {
		edit(a)
	}
	return news.Record{Ref: ref, Article: a}
}

// batch is how many records of one import stand or fall together. Their titles are their own: an import is split when two
// writers want the same slug.
const batch = 5

// newArticles imports articles that nobody had before.
func newArticles(ctx context.Context, s opened, writer, n int) error {
	var records []news.Record
	for i := range batch {
		records = append(records, article(ref("new", writer, n, i), fmt.Sprintf("News %d of %d.%d", n, writer, i), nil))
	}
	return bring(ctx, s, records...)
}

func newArticlesWritten(ctx context.Context, db engine.Engine, writer int) (n int, err error) {
	articles, err := number(ctx, db, `SELECT count(*) FROM external_refs r JOIN articles a ON a.id = r.subject JOIN bodies b ON b.entry_id = a.id
		WHERE r.system = 'crash' AND r.value GLOB ? AND b.text LIKE '%' || a.title || '%'`, fmt.Sprintf("new:%d:*", writer))
	if err == nil && articles%batch != 0 {
		err = fmt.Errorf("%d articles are there, no multiple of %d", articles, batch)
	}
	return articles / batch, err
}

// edit gives the same articles another title, all at once.
func edit(ctx context.Context, s opened, writer, n int) error {
	var records []news.Record
	for i := range batch {
		records = append(records, article(ref("edit", writer, i), fmt.Sprintf("Edit %d of %d.%d", n, writer, i), nil))
	}
	return bring(ctx, s, records...)
}

func editsWritten(ctx context.Context, db engine.Engine, writer int) (int, error) {
	return same(ctx, db, batch, `SELECT CAST(substr(a.title, 6) AS INTEGER) FROM external_refs r JOIN articles a ON a.id = r.subject
		WHERE r.system = 'crash' AND r.value GLOB ?`, fmt.Sprintf("edit:%d:*", writer))
}

// move hangs a category, with one below it that has an article, under one or another: many lists change.
func move(ctx context.Context, s opened, writer, n int) error {
	category := func(i int, parent news.Ref) news.Record {
		c := &news.CategoryRecord{Parent: parent}
		c.Name, c.Description = fmt.Sprintf("Category %d of %d", i, writer), new(fmt.Sprint(n))
		return news.Record{Ref: ref("move", writer, i), Category: c}
	}
	records := []news.Record{category(0, ""), category(1, ""), category(2, ref("move", writer, n%2)), category(3, ref("move", writer, 2))}
	return bring(ctx, s, append(records, article(ref("moved", writer), fmt.Sprintf("Moved by %d", writer), func(a *news.ArticleRecord) {
		a.Categories = []news.Ref{ref("move", writer, 3)}
	}))...)
}

func movesWritten(ctx context.Context, db engine.Engine, writer int) (int, error) {
	return same(ctx, db, 4, `SELECT CAST(c.description AS INTEGER) FROM external_refs r JOIN categories c ON c.id = r.subject
		WHERE r.system = 'crash' AND r.value GLOB ?`, fmt.Sprintf("move:%d:*", writer))
}

// refer imports an article before the topic that it is about.
func refer(ctx context.Context, s opened, writer, n int) error {
	topic := &news.TopicRecord{}
	topic.Name = fmt.Sprintf("Topic %d", n)
	err := bring(ctx, s, article(ref("about", writer, n), fmt.Sprintf("About %d", n), func(a *news.ArticleRecord) {
		a.Topics = []news.TopicLink{{Topic: ref("topic", writer, n)}}
	}))
	if err == nil {
		err = bring(ctx, s, news.Record{Ref: ref("topic", writer, n), Topic: topic})
	}
	if err == nil {
		_, err = s.FinishImport(ctx)
	}
	return err
}

func refersWritten(ctx context.Context, db engine.Engine, writer int) (int, error) {
	return number(ctx, db, `SELECT count(*) FROM external_refs r JOIN article_topics t ON t.article_id = r.subject WHERE r.system = 'crash' AND r.value GLOB ?`,
		fmt.Sprintf("about:%d:*", writer))
}

func number(ctx context.Context, db engine.Engine, sql string, args ...any) (n int, err error) {
	err = db.Query(ctx, engine.Stmt{SQL: sql, Args: args, Scan: func(r *engine.Row) error { n = r.Int(); return nil }})
	return n, err
}

// same is the number that so many rows must have in common, 0 when there is no row.
func same(ctx context.Context, db engine.Engine, rows int, sql string, args ...any) (int, error) {
	var numbers []int
	err := db.Query(ctx, engine.Stmt{SQL: sql, Args: args, Scan: func(r *engine.Row) error { numbers = append(numbers, r.Int()); return nil }})
	if err != nil || len(numbers) == 0 {
		return 0, err
	}
	for _, n := range numbers {
		if n != numbers[0] || len(numbers) != rows {
			return 0, fmt.Errorf("a batch of %d is there by half: %v", rows, numbers)
		}
	}
	return numbers[0], nil
}
