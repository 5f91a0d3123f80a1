package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// newsroom is a database whose clock is that of the test's bubble.
type newsroom struct {
	*store.Store
	t   *testing.T
	log *lines
}

// lines are what was logged.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, string(line))
	return len(line), nil
}

func (l *lines) about(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(l.all), func(line string) bool { return !strings.Contains(line, text) }))
}

// inBubble runs a test in which time passes only while everybody sleeps. It begins at noon on 1 March 2026.
func inBubble(t *testing.T, test func(t *testing.T, n *newsroom)) {
	inBubbleOf(t, func(t *testing.T, file string) { test(t, open(t, file)) })
}

func inBubbleOf(t *testing.T, test func(t *testing.T, file string)) {
	file := filepath.Join(t.TempDir(), "site.db")
	// Encoders that another bubble has put into a sync.Pool hold channels of that bubble. The second collection frees them.
	runtime.GC()
	runtime.GC()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
		test(t, file)
	})
}

func open(t *testing.T, file string) *newsroom {
	t.Helper()
	db, err := sqlite.Open(file, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := store.Open(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return &newsroom{s, t, &lines{}}
}

// journal follows the store until the test or the function ends it. In a bubble the polling would never let time stand still for
// long, so it is rare.
func (n *newsroom) journal() (j *Journal, stop func()) {
	j = New(n.Store, slog.New(slog.NewTextHandler(n.log, nil)))
	j.poll = 240 * time.Hour
	return j, n.start(j.Run)
}

// start runs something until the test or the function ends it.
func (n *newsroom) start(run func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(n.t.Context())
	var running sync.WaitGroup
	running.Go(func() { run(ctx) })
	stop = func() {
		cancel()
		running.Wait()
	}
	n.t.Cleanup(stop)
	return stop
}

// write makes a draft.
func (n *newsroom) write(title string) news.ID {
	n.t.Helper()
	saved, err := n.Save(n.t.Context(), store.Edit{By: "Ada", Change: func(r *news.Record) error {
		r.Article = &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: title, Status: news.StatusDraft}}}
		return nil
	}})
	if err != nil {
		n.t.Fatal(err)
	}
	return saved.ID
}

func (n *newsroom) schedule(title string, plan news.Schedule) news.ID {
	n.t.Helper()
	id := n.write(title)
	n.plan(id, plan)
	return id
}

func (n *newsroom) plan(id news.ID, plan news.Schedule) {
	n.t.Helper()
	if _, err := n.Publish(n.t.Context(), store.Step{ID: id, By: "Ada"}, plan); err != nil {
		n.t.Fatal(err)
	}
}

// done is what the clock has done, with the titles and when.
func (n *newsroom) done() (done []string) {
	n.t.Helper()
	changes, err := n.AllChanges(n.t.Context(), 0, 10_000)
	if err != nil {
		n.t.Fatal(err)
	}
	for _, c := range changes {
		if c.MadeBy != nil && *c.MadeBy == "schedule" {
			records, err := n.Records(n.t.Context(), []news.ID{c.SubjectID})
			if err != nil {
				n.t.Fatal(err)
			}
			done = append(done, fmt.Sprintf("%s %s %s", c.At.Format("01-02 15:04:05.000"), records[c.SubjectID].Article.Title, c.Kind))
		}
	}
	return done
}

func (n *newsroom) want(want ...string) {
	n.t.Helper()
	if got := n.done(); !slices.Equal(got, want) {
		n.t.Errorf("the clock did\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWait(t *testing.T) {
	inBubble(t, func(t *testing.T, n *newsroom) {
		j, stop := n.journal()
		at, err := n.Position(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Wait(t.Context(), at-1); err != nil {
			t.Errorf("what is there already: %v", err)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := j.Wait(short, at); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nothing happened, and Wait says %v", err)
		}
		woken := make(chan error, 100)
		for range cap(woken) {
			go func() { woken <- j.Wait(t.Context(), at) }()
		}
		synctest.Wait()
		start := time.Now()
		n.write("Rain")
		for range cap(woken) {
			if err := <-woken; err != nil {
				t.Error(err)
			}
		}
		if late := time.Since(start); late != 0 {
			t.Errorf("a write of this process woke others after %s", late)
		}
		go func() { woken <- j.Wait(t.Context(), at+100) }()
		synctest.Wait()
		stop()
		if err := <-woken; !errors.Is(err, ErrStopped) {
			t.Errorf("when nobody follows the journal any more, Wait says %v", err)
		}
	})
}

// TestAnotherProcess writes through another connection, which tells this one nothing.
func TestAnotherProcess(t *testing.T) {
	inBubbleOf(t, func(t *testing.T, file string) {
		n, other := open(t, file), open(t, file)
		j := New(n.Store, slog.New(slog.NewTextHandler(n.log, nil)))
		n.start(j.Run)
		synctest.Wait()
		at, err := n.Position(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
		start := time.Now()
		other.write("Rain")
		if err := j.Wait(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		if late := time.Since(start); late > 250*time.Millisecond {
			t.Errorf("it was seen after %s", late)
		}
	})
}

func TestFollow(t *testing.T) {
	inBubble(t, func(t *testing.T, n *newsroom) {
		for i := range 250 { // more than two pages
			n.write(fmt.Sprint("Before ", i))
		}
		j, _ := n.journal()
		var got []int64
		fail := 0
		follower := func(ctx context.Context) {
			err := j.Follow(ctx, "test", func(_ context.Context, changes []*news.Change) error {
				if fail > 0 {
					fail--
					return errors.New("a passing fault")
				}
				for _, c := range changes {
					got = append(got, c.Seq)
				}
				return nil
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Follow ended with %v", err)
			}
		}
		whole := func(when string) {
			t.Helper()
			last, err := n.Position(t.Context())
			if err != nil || int64(len(got)) != last {
				t.Fatalf("%s: %d changes of %d (%v)", when, len(got), last, err)
			}
			for i, seq := range got {
				if seq != int64(i+1) {
					t.Fatalf("%s: change %d came in the place of %d", when, seq, i+1)
				}
			}
		}
		stop := n.start(follower)
		synctest.Wait()
		whole("at the start")
		n.write("Rain")
		synctest.Wait()
		whole("after a write")
		stop()
		n.write("Snow")
		stop = n.start(follower)
		synctest.Wait()
		whole("after a restart")
		fail = 3
		n.write("Hail")
		time.Sleep(time.Minute)
		synctest.Wait()
		whole("after faults")
		if n.log.about("a passing fault") != 3 {
			t.Errorf("three faults were logged as %q", n.log.all)
		}
		stop()
		// A crash between dealing with changes and noting it brings them again.
		at, err := n.Followed(t.Context(), "test")
		if err != nil || at != got[len(got)-1] {
			t.Errorf("the follower stands at %d (%v), want %d", at, err, got[len(got)-1])
		}
	})
}

// TestFollowerAfterCrash ends a follower after it has dealt with changes and before it is noted.
func TestFollowerAfterCrash(t *testing.T) {
	inBubble(t, func(t *testing.T, n *newsroom) {
		j, _ := n.journal()
		n.write("Rain")
		last, err := n.Position(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for range 2 {
			ctx, crash := context.WithCancel(t.Context())
			err := j.Follow(ctx, "test", func(_ context.Context, changes []*news.Change) error {
				for _, c := range changes {
					got = append(got, c.Seq)
				}
				crash()
				return nil
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Follow ended with %v", err)
			}
		}
		if int64(len(got)) != 2*last || got[last] != 1 {
			t.Errorf("after the crash the changes were not given again: %v", got)
		}
	})
}

func TestTrimEveryHour(t *testing.T) {
	inBubble(t, func(t *testing.T, n *newsroom) {
		id := n.write("Rain")
		n.plan(id, news.Schedule{})
		j, _ := n.journal()
		n.start(func(ctx context.Context) { j.Trim(ctx, 90*time.Minute) })
		count := func() int {
			changes, err := n.AllChanges(t.Context(), 0, 100)
			if err != nil {
				t.Fatal(err)
			}
			return len(changes)
		}
		before := count()
		time.Sleep(time.Hour + time.Minute)
		if got := count(); got != before {
			t.Errorf("%d changes of %d are left after an hour", got, before)
		}
		time.Sleep(time.Hour)
		if got := count(); got != before-1 {
			t.Errorf("%d changes of %d are left after two hours, want all but the first of the article", got, before)
		}
	})
}
