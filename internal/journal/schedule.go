package journal

import (
	"context"
	"errors"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// A Schedule lets entries come and go when they are due.
type Schedule struct {
	*Journal
	now    func() time.Time
	tick   func(context.Context, news.ID) (store.Saved, error)
	failed map[news.ID]failure
}

// failure is an entry that was due and could not be saved.
type failure struct {
	wait  time.Duration
	again time.Time
}

// NewSchedule makes a schedule by a clock, which must be the store's.
func NewSchedule(j *Journal, now func() time.Time) *Schedule {
	return &Schedule{Journal: j, now: now, tick: j.store.Tick, failed: map[news.ID]failure{}}
}

// longestSleep bounds how late the schedule notices that the clock was set forward.
const longestSleep = time.Second / 2

// Run publishes and unpublishes what is due, in the order due, until ctx ends or the journal is no longer followed: each entry
// once, whatever was missed while nobody ran it. An entry that cannot be saved is logged and tried again; it does not hold up
// the others. It is called once.
func (s *Schedule) Run(ctx context.Context) {
	for err := error(nil); ctx.Err() == nil && !errors.Is(err, ErrStopped); {
		seen, _, _ := s.state()
		next, problem := s.catchUp(ctx)
		if problem != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "what is due could not be read", "error", problem, "again in", firstFailure)
			next = s.now().Add(firstFailure)
		}
		err = s.sleepUntil(ctx, next, seen)
	}
}

// catchUp does what is due and says when to look again; the zero time for when the journal has moved.
func (s *Schedule) catchUp(ctx context.Context) (next time.Time, err error) {
	for ctx.Err() == nil {
		now := s.now()
		due, err := s.first(ctx, now)
		if err != nil {
			return next, err
		}
		if due == nil {
			return s.next(ctx, now)
		}
		s.do(ctx, due)
	}
	return next, ctx.Err()
}

// first is the entry that is due first, of those that may be tried now; nil for none.
func (s *Schedule) first(ctx context.Context, now time.Time) (*store.Due, error) {
	due, err := s.store.DueEntries(ctx, now, 1+len(s.failed))
	for _, d := range due {
		if f, failed := s.failed[d.ID]; !failed || !now.Before(f.again) {
			return &d, err
		}
	}
	return nil, err
}

func (s *Schedule) do(ctx context.Context, due *store.Due) {
	saved, err := s.tick(ctx, due.ID)
	switch {
	case ctx.Err() != nil:
	case err == nil && saved.Seq != 0:
		delete(s.failed, due.ID)
	default:
		f := s.failed[due.ID]
		f.wait = min(max(2*f.wait, firstFailure), longestFailure)
		f.again = s.now().Add(f.wait)
		s.failed[due.ID] = f
		if err != nil { // else another process was faster
			s.log.ErrorContext(ctx, "an entry is due and could not be saved", "entry", due.ID.String(), "due", due.At, "error", err, "again in", f.wait)
		}
	}
}

// How long an entry that could not be saved has to wait: from the first time to the longest, doubling.
const (
	firstFailure   = time.Second
	longestFailure = time.Minute
)

// next is when something will be due, or may be tried again; the zero time for never.
func (s *Schedule) next(ctx context.Context, now time.Time) (time.Time, error) {
	at, ok, err := s.store.NextDue(ctx, now)
	for id, f := range s.failed {
		switch {
		case !f.again.After(now): // it may be tried and is not due: somebody else has saved it
			delete(s.failed, id)
		case !ok || f.again.Before(at):
			at, ok = f.again, true
		}
	}
	return at, err
}

// sleepUntil returns at an instant of the clock, or when the journal has moved. The error is that of Wait.
func (s *Schedule) sleepUntil(ctx context.Context, at time.Time, seen int64) error {
	for {
		wait := longestSleep
		if !at.IsZero() {
			wait = min(wait, at.Sub(s.now()))
		}
		if wait <= 0 {
			return nil
		}
		short, cancel := context.WithTimeout(ctx, wait)
		err := s.Wait(short, seen)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
}
