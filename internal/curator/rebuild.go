package curator

import (
	"context"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// Stage is a part of a rebuild.
type Stage string

// The stages of a rebuild, in their order.
const (
	Counting  Stage = "counting words"
	Profiling Stage = "comparing"
	Listing   Stage = "making lists"
)

// Stages is how many stages a rebuild has.
const Stages = 3

// Progress is how far a rebuild has come: each node counts once in each stage.
type Progress struct {
	Stage       Stage
	Done, Total int
}

// counting adds up what is done.
func (c *Curator) counting(ctx context.Context, progress func(Progress)) (func(Stage, int), error) {
	total, err := c.store.RelatedTotal(ctx)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	done := 0
	return func(s Stage, n int) {
		mu.Lock()
		defer mu.Unlock()
		if done += n; progress != nil {
			progress(Progress{s, done, Stages * total})
		}
	}, nil
}

// Rebuild makes all lists anew, by new statistics, and returns when they are stored; a server may run meanwhile, which then
// serves the lists as they are, and waits with its own. What is changed while lists are made is dealt with in between. When it
// is interrupted, a server goes on where it stopped. The clock must be the store's; progress may be nil.
func Rebuild(ctx context.Context, s *store.Store, log *slog.Logger, now func() time.Time, progress func(Progress)) error {
	c := newCurator(s, log, now, rebuilds, runtime.GOMAXPROCS(0))
	tell, err := c.counting(ctx, progress)
	if err != nil {
		return err
	}
	done := 0
	made, err := c.build(ctx, func(p Progress) {
		tell(p.Stage, p.Done-done)
		done = p.Done
	})
	if err != nil {
		return err
	}
	if err := s.OwnRelated(ctx, c.owner); err != nil {
		return err
	}
	// Whatever happens, a server need not wait until this program counts as dead.
	defer func() { _ = s.LeaveRelated(context.WithoutCancel(ctx), c.owner) }()
	if err := c.adopt(ctx, made); err != nil {
		return err
	}
	if err := s.Follow(ctx, Follower, made.position); err != nil {
		return err
	}
	return c.finish(ctx, made.position, func(n int) { tell(Listing, n) })
}

// followInterval is how often a rebuild looks for changes.
const followInterval = 200 * time.Millisecond

// finish makes the lists that are due, and deals now and then with some of what has changed meanwhile.
func (c *Curator) finish(ctx context.Context, position int64, tell func(int)) error {
	for looked := time.Now(); c.sweep > 0; {
		if time.Since(looked) > followInterval {
			changes, err := c.store.AllChanges(ctx, position, 100)
			if err != nil {
				return err
			}
			if len(changes) > 0 {
				if err := c.handleSome(ctx, changes); err != nil {
					return err
				}
				position = changes[len(changes)-1].Seq
				if err := c.store.Follow(ctx, Follower, position); err != nil {
					return err
				}
			}
			looked = time.Now()
		}
		n, err := c.sweepSome(ctx)
		if err != nil {
			return err
		}
		tell(n)
	}
	return c.drain(ctx) // what came since is a server's
}

func (c *Curator) handleSome(ctx context.Context, changes []*news.Change) error {
	if err := c.follow(ctx, changes); err != nil {
		return err
	}
	return c.drain(ctx)
}
