package journal

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// clockwork is a schedule that can be stopped and started.
func (n *newsroom) clockwork() (s *Schedule, stop func()) {
	j, stopJournal := n.journal()
	s = NewSchedule(j, time.Now)
	stopSchedule := n.start(s.Run)
	return s, func() { stopSchedule(); stopJournal() }
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	instant, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func publishAt(t *testing.T, text string) (plan news.Schedule) {
	t.Helper()
	plan.PublishAt = at(t, text)
	return plan
}

func TestScheduleIsOnTime(t *testing.T) {
	inBubble(t, func(t *testing.T, n *newsroom) {
		n.clockwork()
		n.schedule("B", publishAt(t, "2026-03-01T14:00:00.250Z"))
		plan := publishAt(t, "2026-03-01T13:30:00Z")
		plan.ExpiresAt = at(t, "2026-03-01T14:30:00Z")
		n.schedule("A", plan)
		time.Sleep(90*time.Minute - time.Millisecond)
		synctest.Wait()
		n.want()
		time.Sleep(time.Millisecond)
		synctest.Wait()
		n.want("03-01 13:30:00.000 A PUBLISHED")
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		n.want("03-01 13:30:00.000 A PUBLISHED", "03-01 14:00:00.250 B PUBLISHED", "03-01 14:30:00.000 A UNPUBLISHED")
	})
}

// TestScheduleAfterALongStop: what was missed happens at the start, in the order in which it was due: the expiry of A, too, which
// its publication alone makes due.
func TestScheduleAfterALongStop(t *testing.T) {
	inBubble(t, func(t *testing.T, n *newsroom) {
		n.schedule("C", publishAt(t, "2026-03-03T12:00:00Z"))
		plan := publishAt(t, "2026-03-01T13:00:00Z")
		plan.ExpiresAt = at(t, "2026-03-02T13:00:00Z")
		n.schedule("A", plan)
		n.schedule("B", publishAt(t, "2026-03-02T12:00:00Z"))
		n.schedule("D", publishAt(t, "2026-03-20T12:00:00Z"))
		time.Sleep(10 * 24 * time.Hour)
		_, stop := n.clockwork()
		synctest.Wait()
		all := []string{"03-11 12:00:00.000 A PUBLISHED", "03-11 12:00:00.000 B PUBLISHED", "03-11 12:00:00.000 A UNPUBLISHED", "03-11 12:00:00.000 C PUBLISHED"}
		n.want(all...)
		stop()
		n.clockwork() // once is enough
		time.Sleep(time.Hour)
		synctest.Wait()
		n.want(all...)
	})
}

// TestScheduleAfterACrash ends the program right after an entry was saved, and right before.
func TestScheduleAfterACrash(t *testing.T) {
	for name, saves := range map[string]bool{"before": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, n *newsroom) {
				n.schedule("A", publishAt(t, "2026-03-01T13:00:00Z"))
				n.schedule("B", publishAt(t, "2026-03-01T13:00:01Z"))
				j, _ := n.journal()
				s := NewSchedule(j, time.Now)
				ctx, crash := context.WithCancel(t.Context())
				s.tick = func(ctx context.Context, id news.ID) (saved store.Saved, err error) {
					if saves {
						saved, err = n.Tick(ctx, id)
					}
					crash()
					return saved, err
				}
				s.Run(ctx)
				time.Sleep(time.Hour)
				n.clockwork()
				synctest.Wait()
				first := "03-01 14:00:00.000 A PUBLISHED"
				if saves {
					first = "03-01 13:00:00.000 A PUBLISHED"
				}
				n.want(first, "03-01 14:00:00.000 B PUBLISHED")
			})
		})
	}
}

// TestScheduleOnDaysOfTwoOffsets: on 29 March 2026 clocks in Berlin go from 2 to 3, on 25 October from 3 back to 2.
func TestScheduleOnDaysOfTwoOffsets(t *testing.T) {
	inBubble(t, func(t *testing.T, n *newsroom) {
		n.schedule("second half past two", publishAt(t, "2026-10-25T02:30:00+01:00"))
		n.schedule("first half past two", publishAt(t, "2026-10-25T02:30:00+02:00"))
		n.schedule("three in spring", publishAt(t, "2026-03-29T03:00:00+02:00"))
		n.schedule("before three in spring", publishAt(t, "2026-03-29T01:59:59+01:00"))
		for _, eve := range []string{"2026-03-28T23:00:00Z", "2026-10-24T22:00:00Z"} {
			time.Sleep(time.Until(at(t, eve)))
			_, stop := n.clockwork()
			time.Sleep(6 * time.Hour)
			synctest.Wait()
			stop()
		}
		n.want("03-29 00:59:59.000 before three in spring PUBLISHED", "03-29 01:00:00.000 three in spring PUBLISHED",
			"10-25 00:30:00.000 first half past two PUBLISHED", "10-25 01:30:00.000 second half past two PUBLISHED")
	})
}

// TestRescheduling changes plans while the schedule sleeps.
func TestRescheduling(t *testing.T) {
	inBubble(t, func(t *testing.T, n *newsroom) {
		n.clockwork()
		a := n.schedule("A", publishAt(t, "2026-03-01T20:00:00Z"))
		b := n.schedule("B", publishAt(t, "2026-03-01T18:00:00Z"))
		time.Sleep(time.Hour)
		for _, change := range []struct {
			id   news.ID
			plan string
		}{{a, "2026-03-01T13:30:00Z"}, {b, "2026-03-01T23:00:00Z"}} {
			if _, err := n.Unpublish(t.Context(), store.Step{ID: change.id, By: "Ada"}, 0); err != nil {
				t.Fatal(err)
			}
			n.plan(change.id, publishAt(t, change.plan))
		}
		time.Sleep(12 * time.Hour)
		synctest.Wait()
		n.want("03-01 13:30:00.000 A PUBLISHED", "03-01 23:00:00.000 B PUBLISHED")
	})
}

// TestScheduleGoesOnPastFaults: an entry that cannot be saved is tried again, and the others do not wait for it.
func TestScheduleGoesOnPastFaults(t *testing.T) {
	inBubble(t, func(t *testing.T, n *newsroom) {
		bad := n.schedule("Bad", publishAt(t, "2026-03-01T13:00:00Z"))
		n.schedule("Good", publishAt(t, "2026-03-01T13:00:00Z"))
		n.schedule("Later", publishAt(t, "2026-03-01T13:00:02Z"))
		j, _ := n.journal()
		s := NewSchedule(j, time.Now)
		tries := 0
		s.tick = func(ctx context.Context, id news.ID) (store.Saved, error) {
			if id == bad && tries < 4 {
				tries++
				return store.Saved{}, errors.New("the disk is full")
			}
			return n.Tick(ctx, id)
		}
		n.start(s.Run)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		// It is tried after 1, 2, 4 and 8 seconds.
		n.want("03-01 13:00:00.000 Good PUBLISHED", "03-01 13:00:02.000 Later PUBLISHED", "03-01 13:00:15.000 Bad PUBLISHED")
		if tries != 4 || n.log.about("the disk is full") != 4 || len(s.failed) != 0 {
			t.Errorf("%d tries, logged %q, still failed %v", tries, n.log.all, s.failed)
		}
	})
}
