// Package crash kills processes that write to a newsroom, again and again, and looks at what is left.
//
// SIGKILL ends a process between any two of its instructions, but what it had given to the operating system is written all
// the same. So this shows that every batch is whole or not there, that what was confirmed had left the process, and that the
// next start puts right what was half done. It does not show that what was confirmed survives a power cut: for that, see
// TestConfirmedIsOnDisk in engine/sqlite, which looks at the calls of fsync.
//
// A further sort of work is a workload, and what runs beside the writers (a follower of the journal, say) is a companion: a file
// with its functions, and a line in one of the two lists here.
package crash

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/journal"
	"github.com/dateline-cms/dateline/internal/media"
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
	written func(ctx context.Context, s opened, writer int) (int, error)
}

// workloads have 16 writers who are people, and six that import.
var workloads = []workload{
	{"lives of articles", 3, live, livesWritten},
	{"an article of many", 2, share, sharesWritten},
	{"plans", 2, plan, plansWritten},
	{"creations asked for again", 1, repeat, repeatsWritten},
	{"merges", 3, merge, mergesWritten},
	{"moves", 2, shift, shiftsWritten},
	{"related articles and deletions", 2, curate, curatedWritten},
	{"uploads", 1, upload, uploadsWritten},
	{"new articles", 2, newArticles, newArticlesWritten},
	{"edits", 1, edit, editsWritten},
	{"imported moves", 1, move, movesWritten},
	{"references that come later", 1, refer, refersWritten},
	{"a wide import", 1, importWide, widesWritten},
}

// A companion runs beside the writers of a process, as a server's followers do.
type companion struct {
	name string
	run  func(ctx context.Context, s opened, j *journal.Journal) error // in a process, until that is killed
	with func(part) bool                                               // the processes that have it

	// inspect looks at what it has done after a crash.
	inspect func(ctx context.Context, s opened, n *newsroom) error
	// finish lets it come to the end of its work, when nobody writes any more. j is followed and the clock goes on.
	finish func(ctx context.Context, s opened, j *journal.Journal, n *newsroom) error
}

// companions finish in this order. When two processes share the writers, the one with the first of them has the follower and the
// other one the subscriber; both have a schedule.
var companions = []companion{
	{"the schedule", runSchedule, part.any, inspectNothing, finishSchedule},
	{"the follower", runFollower, part.hasFirst, inspectFollower, finishFollower},
	{"the subscriber", runSubscriber, part.hasLast, inspectSubscriber, finishSubscriber},
}

// A part is some of the writers: those of a process.
type part struct{ from, to int }

func (part) any() bool        { return true }
func (p part) hasFirst() bool { return p.from == 0 }
func (p part) hasLast() bool  { return p.to == len(writers()) }

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
	var all score
	pieces := map[string]int{}
	for done := 0; done < *rounds; {
		n := newNewsroom(t)
		for range min(roundsPerNewsroom, *rounds-done) {
			n.crash(t)
			n.inspect(t)
			if done++; t.Failed() {
				t.Fatalf("in round %d", done)
			}
			if done%100 == 0 {
				t.Logf("%d rounds", done)
			}
		}
		n.finish(t)
		if t.Failed() {
			t.Fatalf("after round %d", done)
		}
		all.add(n.score)
		for _, w := range writers() {
			pieces[w.name] += n.there[w.number]
		}
		if err := os.RemoveAll(filepath.Dir(n.path)); err != nil {
			t.Error(err)
		}
	}
	for _, w := range workloads {
		if pieces[w.name] == 0 && *rounds >= roundsPerNewsroom {
			t.Errorf("no piece of work of %s was done: that shows nothing", w.name)
		}
		t.Logf("%6d of %s", pieces[w.name], w.name)
	}
	t.Logf("%d rounds: %v", *rounds, all)
}

// A score is what the crashes of a test have hit.
type score struct {
	kills, atWork, inBatch int // of processes; of those that had confirmed something; rounds that left half a batch in the WAL
	confirmed, unheard     int // pieces of work that were confirmed; those that were there when their process could not say so any more
}

func (s *score) add(more score) {
	s.kills += more.kills
	s.atWork += more.atWork
	s.inBatch += more.inBatch
	s.confirmed += more.confirmed
	s.unheard += more.unheard
}

func (s score) String() string {
	return fmt.Sprintf("%d processes were killed, %d of them at work; half a batch was left %d times; %d pieces of work were confirmed and %d more were there",
		s.kills, s.atWork, s.inBatch, s.confirmed, s.unheard)
}

// A newsroom is a database that goes from crash to crash, with the pieces of work by writer: those that were confirmed, and
// those that were there after the last crash.
type newsroom struct {
	path             string
	confirmed, there map[int]int
	told             told
	score            score
}

func newNewsroom(t *testing.T) *newsroom {
	return &newsroom{path: filepath.Join(t.TempDir(), "newsroom.db"), confirmed: map[int]int{}, there: map[int]int{}, told: told{}}
}

// crash lets processes write and kills them. One has all writers, or two share them and the second goes on after the first
// was killed.
func (n *newsroom) crash(t *testing.T) {
	t.Helper()
	parts := []part{{0, len(writers())}}
	if rand.IntN(2) == 0 {
		middle := 1 + rand.IntN(len(writers())-1)
		parts = []part{{0, middle}, {middle, len(writers())}}
	}
	var processes []*process
	for _, of := range parts {
		processes = append(processes, n.start(t, of))
	}
	for _, p := range processes {
		p.runAWhile()
		p.kill(t, n)
	}
	half, err := endsInBatch(n.path + "-wal")
	if err != nil {
		t.Error(err)
	}
	if half {
		n.score.inBatch++
	}
}

// A process writes until it is killed.
type process struct {
	*exec.Cmd
	errs  bytes.Buffer
	lines chan string // what it confirms
	ended chan struct{}
}

func (n *newsroom) start(t *testing.T, of part) *process {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(program), lines: make(chan string, 1<<16), ended: make(chan struct{})}
	p.Env = append(os.Environ(), "DATELINE_CRASH_DB="+n.path, fmt.Sprintf("DATELINE_CRASH_WRITERS=%d %d", of.from, of.to), fmt.Sprintf("DATELINE_CRASH_AFTER=%d", last(n.told[subscriber])))
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
	for want := 1 + rand.IntN(100); len(p.lines) < want; {
		select {
		case <-p.ended:
			return // by itself: kill tells why
		case <-time.After(time.Duration(rand.IntN(2000)) * time.Microsecond):
		}
	}
	time.Sleep(time.Duration(rand.IntN(10_000)) * time.Microsecond) // not always just after something was confirmed
}

// kill ends the process and takes note of what it has confirmed.
func (p *process) kill(t *testing.T, n *newsroom) {
	t.Helper()
	killed := p.Process.Kill()
	confirmed := 0
	for line := range p.lines {
		if n.told.hear(t, line) {
			continue
		}
		var number, piece int
		if _, err := fmt.Sscan(line, &number, &piece); err != nil {
			t.Fatalf("it said %q: %v", line, err)
		}
		if before := max(n.confirmed[number], n.there[number]); piece != before+1 && piece != before+2 { // one may have been done and not be confirmed
			t.Errorf("writer %d confirms its piece of work %d after %d", number, piece, before)
		}
		n.confirmed[number] = piece
		confirmed++
	}
	_ = p.Wait() // killed
	status, ok := p.ProcessState.Sys().(syscall.WaitStatus)
	if killed != nil || !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Fatalf("a process ended by itself: %v, %v: %s", p.ProcessState, killed, p.errs.String())
	}
	n.score.kills++
	n.score.confirmed += confirmed
	if confirmed > 0 {
		n.score.atWork++
	}
}

// inspect opens the newsroom as the next process does and compares it with what was confirmed.
func (n *newsroom) inspect(t *testing.T) {
	t.Helper()
	s := open(t, n.path)
	defer s.db.Close()
	for _, w := range writers() {
		there, err := w.written(t.Context(), s, w.number)
		if err != nil {
			t.Errorf("writer %d of %s: %v", w.number, w.name, err)
		}
		confirmed := max(n.confirmed[w.number], n.there[w.number])
		if there < confirmed || there > confirmed+1 {
			t.Errorf("writer %d of %s: %d pieces of work were confirmed and %d are there", w.number, w.name, confirmed, there)
		}
		n.score.unheard += there - confirmed
		n.there[w.number] = there
	}
	for _, c := range companions {
		if err := c.inspect(t.Context(), s, n); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	wantFaultless(t, s)
}

// finish lets the companions come to the end of their work, and looks at it.
func (n *newsroom) finish(t *testing.T) {
	t.Helper()
	s := open(t, n.path)
	defer s.db.Close()
	ctx, stop := context.WithCancel(t.Context())
	j := journal.New(s.Store, slog.New(slog.NewTextHandler(t.Output(), nil)))
	var running sync.WaitGroup
	running.Go(func() { j.Run(ctx) })
	running.Go(func() { journal.NewSchedule(j, time.Now).Run(ctx) })
	defer running.Wait()
	defer stop()
	for _, c := range companions {
		if err := c.finish(ctx, s, j, n); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	wantFaultless(t, s)
}

func wantFaultless(t *testing.T, s opened) {
	t.Helper()
	faults, err := s.Check(t.Context())
	if err != nil {
		t.Error(err)
	}
	for _, f := range faults {
		t.Error(f)
	}
}

// opened is a newsroom that a process has open.
type opened struct {
	*store.Store
	db      engine.Engine
	folder  string // of the uploads
	uploads *media.Store
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
	folder := filepath.Join(filepath.Dir(path), "uploads")
	uploads, err := media.Open("file:" + filepath.ToSlash(folder))
	if err != nil {
		return opened{}, err
	}
	db, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		return opened{}, err
	}
	s, err := store.Open(ctx, db, time.Now)
	if err != nil {
		return opened{}, errors.Join(err, db.Close())
	}
	return opened{s, db, folder, uploads}, nil
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
	var of part
	if _, err := fmt.Sscan(os.Getenv("DATELINE_CRASH_WRITERS"), &of.from, &of.to); err != nil {
		return err
	}
	s, err := openStore(ctx, path)
	if err != nil {
		return err
	}
	failed := make(chan error)
	for _, w := range writers()[of.from:of.to] {
		go func() { failed <- w.run(ctx, s) }()
	}
	j := journal.New(s.Store, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	go j.Run(ctx)
	for _, c := range companions {
		if c.with(of) {
			go func() { failed <- fmt.Errorf("%s: %w", c.name, c.run(ctx, s, j)) }()
		}
	}
	return <-failed
}

// run goes on where the last process was killed. Each line is one write to a pipe, which is whole or not there.
func (w writer) run(ctx context.Context, s opened) error {
	n, err := w.written(ctx, s, w.number)
	for err == nil {
		n++
		if err = w.write(ctx, s, w.number, n); err == nil {
			_, err = fmt.Printf("%d %d\n", w.number, n)
		}
	}
	return fmt.Errorf("writer %d of %s: %w", w.number, w.name, err)
}

func number(ctx context.Context, s opened, sql string, args ...any) (n int, err error) {
	err = s.db.Query(ctx, engine.Stmt{SQL: sql, Args: args, Scan: func(r *engine.Row) error { n = r.Int(); return nil }})
	return n, err
}

// same is the number that so many rows must have in common, 0 when there is no row.
func same(ctx context.Context, s opened, rows int, sql string, args ...any) (int, error) {
	var numbers []int
	err := s.db.Query(ctx, engine.Stmt{SQL: sql, Args: args, Scan: func(r *engine.Row) error { numbers = append(numbers, r.Int()); return nil }})
	if err != nil {
		return 0, err
	}
	return common(numbers, rows)
}

// common is the one number that so many are; 0 for none.
func common(numbers []int, count int) (int, error) {
	if len(numbers) == 0 {
		return 0, nil
	}
	for _, n := range numbers {
		if n != numbers[0] || len(numbers) != count {
			return 0, fmt.Errorf("a batch of %d is there by half: %v", count, numbers)
		}
	}
	return numbers[0], nil
}
