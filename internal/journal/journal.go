// Package journal follows the store's journal: it wakes whoever waits for the next change, leads followers along it, and lets
// the clock do what is due.
package journal

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// Journal knows how far the journal has come. It is safe for concurrent use.
type Journal struct {
	store *store.Store
	log   *slog.Logger
	poll  time.Duration

	wrote chan struct{} // holds something when this process has written

	mu       sync.Mutex
	position int64
	moved    chan struct{} // closed when position grows or nobody looks any more
	stopped  bool
}

// pollInterval is how often the store is asked for what other processes have written.
const pollInterval = 200 * time.Millisecond

// ErrStopped is what whoever waits gets when Run has ended.
var ErrStopped = errors.New("the journal is no longer followed")

// New makes a journal that stands still until Run.
func New(s *store.Store, log *slog.Logger) *Journal {
	j := &Journal{store: s, log: log, poll: pollInterval, wrote: make(chan struct{}, 1), moved: make(chan struct{})}
	s.Notify(func() {
		select {
		case j.wrote <- struct{}{}:
		default: // Run will look anyway
		}
	})
	return j
}

// Run keeps up with the journal until ctx ends: at once after a write of this process, within 250 ms after one of another.
// It is called once.
func (j *Journal) Run(ctx context.Context) {
	defer j.stop()
	ticker := time.NewTicker(j.poll)
	defer ticker.Stop()
	failing := false
	for {
		seq, err := j.store.Position(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			j.log.ErrorContext(ctx, "the journal cannot be read; it is tried again", "error", err)
		case err == nil:
			j.advance(seq)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-j.wrote:
		case <-ticker.C:
		}
	}
}

func (j *Journal) advance(seq int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if seq > j.position {
		j.position = seq
		close(j.moved)
		j.moved = make(chan struct{})
	}
}

func (j *Journal) stop() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stopped = true
	close(j.moved)
}

// Wait returns when the journal holds something after a place in it. Otherwise the error is that of ctx, or ErrStopped.
func (j *Journal) Wait(ctx context.Context, after int64) error {
	for {
		position, moved, stopped := j.state()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case stopped:
			return ErrStopped
		case position > after:
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
		}
	}
}

func (j *Journal) state() (position int64, moved <-chan struct{}, stopped bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.position, j.moved, j.stopped
}

// pageSize is how many changes a follower gets at most at a time.
const pageSize = 100

// Follow hands every change to handle, in order, until ctx ends or Run has ended. How far it came is kept in the store under
// the name: the next call of Follow goes on from there. After a crash the last changes may come again, so handle must bear
// that. What fails is logged and tried again, ever more slowly, and nothing is left out. A follower that is new to a journal
// whose past was trimmed gets at least the last change of each subject.
func (j *Journal) Follow(ctx context.Context, name string, handle func(context.Context, []*news.Change) error) error {
	var at int64
	var changes []*news.Change
	steps := []struct {
		what string
		do   func() error
	}{
		{"read the journal", func() (err error) { changes, err = j.next(ctx, at); return err }},
		{"deal with changes", func() error { return handle(ctx, changes) }},
		{"note how far it came", func() error { return j.store.Follow(ctx, name, changes[len(changes)-1].Seq) }},
	}
	err := j.insist(ctx, name, "find its place", func() (err error) { at, err = j.store.Followed(ctx, name); return err })
	for err == nil {
		for _, step := range steps {
			if err = j.insist(ctx, name, step.what, step.do); err != nil {
				return err
			}
		}
		at = changes[len(changes)-1].Seq
	}
	return err
}

// next waits for changes after a place in the journal.
func (j *Journal) next(ctx context.Context, at int64) ([]*news.Change, error) {
	if err := j.Wait(ctx, at); err != nil {
		return nil, err
	}
	return j.store.AllChanges(ctx, at, pageSize)
}

// How long to wait before something that failed is tried again: from the first to the longest, doubling.
const (
	firstRetry   = 100 * time.Millisecond
	longestRetry = 30 * time.Second
)

// insist does something until it succeeds. The error is that nobody wants it any more.
func (j *Journal) insist(ctx context.Context, name, what string, do func() error) error {
	for wait := firstRetry; ; wait = min(2*wait, longestRetry) {
		err := do()
		switch {
		case err == nil, errors.Is(err, ErrStopped):
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
		j.log.ErrorContext(ctx, "a follower of the journal could not "+what, "follower", name, "error", err, "again in", wait)
		sleep(ctx, wait)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// trimInterval is how often old changes are looked for.
const trimInterval = time.Hour

// Trim deletes changes that are older than keep, now and every hour, until ctx ends. See [store.Store.Trim].
func (j *Journal) Trim(ctx context.Context, keep time.Duration) {
	for ctx.Err() == nil {
		err := j.store.Trim(ctx, keep)
		if err != nil && ctx.Err() == nil {
			j.log.ErrorContext(ctx, "old changes could not be deleted from the journal; it is tried again in an hour", "error", err)
		}
		sleep(ctx, trimInterval)
	}
}
