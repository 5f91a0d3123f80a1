package curator

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/journal"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// serve keeps the lists as a server does until the test ends.
func (n *newsroom) serve() {
	n.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	log := slog.New(slog.NewTextHandler(failLog{n.t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	j := journal.New(n.Store, log)
	ended := make(chan bool, 2)
	go func() { j.Run(ctx); ended <- true }()
	n.curator = New(n.Store, log, clock)
	go func() { n.curator.Run(ctx, j); ended <- true }()
	n.t.Cleanup(func() { stop(); <-ended; <-ended })
}

// kept waits until nothing is left to do, and says how long that took.
func (n *newsroom) kept() time.Duration {
	n.t.Helper()
	for start := time.Now(); ; time.Sleep(time.Millisecond) {
		followed, err := n.Followed(n.t.Context(), Follower)
		n.must(err)
		behind, err := n.RelatedBacklog(n.t.Context(), followed, 1)
		n.must(err)
		st, err := n.RelatedState(n.t.Context())
		n.must(err)
		queue, err := n.RelatedQueue(n.t.Context(), 1)
		n.must(err)
		if behind == 0 && st.Number > 0 && st.Sweep == 0 && len(queue) == 0 {
			return time.Since(start)
		}
		if time.Since(start) > time.Minute {
			n.t.Fatalf("after a minute lists are not kept: %+v, at %d", st, followed)
		}
	}
}

// TestRebuildBesideAServer rebuilds while a server keeps the lists and editors write: the server waits, goes on afterwards, and
// nothing is missed.
func TestRebuildBesideAServer(t *testing.T) {
	w := &writer{newsroom: newNewsroom(t), Rand: rand.New(rand.NewPCG(4, 4))}
	w.found()
	for range 150 {
		w.change()
	}
	w.serve()
	w.kept()
	for range 3 {
		before, err := w.RelatedState(t.Context())
		w.must(err)
		other := openNewsroom(t, w.file)
		seen := map[Stage]int{}
		rebuilt := make(chan error)
		go func() {
			rebuilt <- Rebuild(context.Background(), other.Store, w.curator.log, clock, func(p Progress) {
				if seen[p.Stage]++; p.Done > p.Total+50 {
					t.Errorf("%d of %d is done", p.Done, p.Total)
				}
			})
		}()
		for done := false; !done; {
			w.change()
			select {
			case err := <-rebuilt:
				w.must(err)
				done = true
			case <-time.After(20 * time.Millisecond):
			}
		}
		w.change()
		t.Logf("lists were kept %v after the last change", w.kept())
		st, err := w.RelatedState(t.Context())
		w.must(err)
		if st.Number <= before.Number || seen[Counting] == 0 || seen[Profiling] == 0 || seen[Listing] == 0 {
			t.Errorf("%+v after %+v, stages %v", st, before, seen)
		}
		w.same()
	}
}

// TestHalfLife: another half-life of the site is another ranking.
func TestHalfLife(t *testing.T) {
	w := &writer{newsroom: newNewsroom(t), Rand: rand.New(rand.NewPCG(5, 5))}
	w.found()
	for range 60 {
		w.change()
	}
	w.begin()
	w.settled()
	before := w.curator.edition.number
	site, err := w.Site(t.Context())
	w.must(err)
	w.save(store.Edit{ID: site.ID, Change: func(r *news.Record) error { r.Site.Tagline = new("Another"); return nil }})
	w.settled()
	if w.curator.edition.number != before {
		t.Error("another tagline made another ranking")
	}
	w.save(store.Edit{ID: site.ID, Change: func(r *news.Record) error { r.Site.RelatedHalfLife = new(0); return nil }})
	w.settled()
	if st, err := w.RelatedState(t.Context()); err != nil || st.Number != before+1 || st.HalfLife != 0 || st.Sweep != 0 {
		t.Errorf("%+v, %v", st, err)
	}
	w.same()
}

// TestLargeBacklog: what an import brought is not followed change by change.
func TestLargeBacklog(t *testing.T) {
	w := &writer{newsroom: newNewsroom(t), Rand: rand.New(rand.NewPCG(6, 6))}
	w.found()
	for range 30 {
		w.change()
	}
	w.begin()
	w.settled()
	before := w.curator.edition.number
	for i := range leastBehind + 2 {
		w.save(store.Edit{ID: w.topics[0], Change: func(r *news.Record) error { r.Topic.Description = new(fmt.Sprint(i)); return nil }})
	}
	changes, err := w.AllChanges(t.Context(), w.position, 100)
	w.must(err)
	if err := w.curator.handle(t.Context(), changes); err != errBehind {
		t.Errorf("a long journal is followed: %v", err)
	}
	w.begin()
	if w.curator.edition.number != before+1 {
		t.Errorf("ranking %d after %d", w.curator.edition.number, before)
	}
	w.settled()
	w.same()
}
