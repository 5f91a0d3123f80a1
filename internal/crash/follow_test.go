package crash

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/journal"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

func planner(writer int) string { return fmt.Sprintf("planner:%d", writer) }

// plan schedules an article for some instant of the next second. Every other one is public for a moment only.
func plan(ctx context.Context, s opened, writer, n int) error {
	id, err := draft(ctx, s, planner(writer), fmt.Sprintf("Plan %d of %d", n, writer))
	if err != nil {
		return err
	}
	for {
		p := news.Schedule{PublishAt: time.Now().Add(time.Millisecond * time.Duration(100+rand.IntN(1+rand.IntN(900))))}
		if expires(n) {
			p.ExpiresAt = p.PublishAt.Add(time.Millisecond * time.Duration(1+rand.IntN(100)))
		}
		_, err = s.Publish(ctx, store.Step{ID: id, Expected: 1, By: planner(writer)}, p)
		if err == nil || p.ExpiresAt.IsZero() || time.Now().Before(p.ExpiresAt) { // else it was so slow that it wished for the past
			return err
		}
	}
}

func expires(n int) bool { return n%2 == 0 }

// plansWritten counts the articles that are scheduled or were. What the clock did to them it must have done once, in order
// and not too early.
func plansWritten(ctx context.Context, s opened, writer int) (n int, err error) {
	lives, err := plans(ctx, s, writer)
	for plan, life := range lives {
		if want := fated(writer, plan, life); len(life) > len(want) || !slices.Equal(life, want[:len(life)]) {
			return n, fmt.Errorf("what happened to plan %d of %d is %q; want no more than %q in this order", plan, writer, life, want)
		}
		if len(life) > 1 {
			n = max(n, plan)
		}
	}
	if err == nil && len(lives) != n && len(lives) != n+1 {
		err = fmt.Errorf("%d plans are there, and the last that was scheduled is number %d", len(lives), n)
	}
	return n, err
}

// plans are what the journal says about each of a writer's plans.
func plans(ctx context.Context, s opened, writer int) (map[int][]string, error) {
	lives := map[int][]string{}
	return lives, s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT CAST(substr(a.title, 6) AS INTEGER), c.kind || ' ' || c.version || ' ' || c.by, c.at, coalesce(a.published_at, 0)
			FROM articles a JOIN changes c ON c.subject = a.id WHERE a.title GLOB ? ORDER BY a.id, c.seq`,
		Args: []any{fmt.Sprintf("Plan * of %d", writer)},
		Scan: func(r *engine.Row) error {
			plan, what, at, due := r.Int(), r.Text(), r.Int64(), r.Int64()
			lives[plan] = append(lives[plan], what)
			if strings.HasSuffix(what, "schedule") && at < due {
				return fmt.Errorf("plan %d: %s came %d ms too early", plan, what, due-at)
			}
			return nil
		},
	})
}

// fated is what happens to a plan in the end. When its writer was so slow that the instant had passed, it was public at once.
func fated(writer, plan int, life []string) []string {
	all := []string{"CREATED 1 " + planner(writer)}
	if atOnce := "PUBLISHED 2 " + planner(writer); slices.Contains(life, atOnce) {
		all = append(all, atOnce)
	} else {
		all = append(all, "SCHEDULED 2 "+planner(writer), "PUBLISHED 3 schedule")
	}
	if expires(plan) {
		all = append(all, fmt.Sprintf("UNPUBLISHED %d schedule", len(all)+1))
	}
	return all
}

func runSchedule(ctx context.Context, _ opened, j *journal.Journal) error {
	journal.NewSchedule(j, time.Now).Run(ctx)
	return errors.New("it has ended")
}

func inspectNothing(context.Context, opened, *newsroom) error { return nil } // it is in the plans

// finishSchedule returns when nothing is left for the clock to do, and compares what happened to the plans with what had to.
func finishSchedule(ctx context.Context, s opened, j *journal.Journal, _ *newsroom) error {
	for {
		at, err := s.Position(ctx)
		if err != nil {
			return err
		}
		left, err := number(ctx, s, `SELECT count(*) FROM articles WHERE status = 'SCHEDULED' OR expires_at IS NOT NULL`)
		if err != nil {
			return err
		}
		if left == 0 {
			break
		}
		short, cancel := context.WithTimeout(ctx, time.Minute)
		err = j.Wait(short, at)
		cancel()
		if err != nil {
			return fmt.Errorf("%d articles wait for the clock, which does nothing: %w", left, err)
		}
	}
	var errs []error
	for _, w := range writers() {
		if w.name == "plans" {
			errs = append(errs, allFated(ctx, s, w.number))
		}
	}
	return errors.Join(errs...)
}

// allFated compares what happened to a writer's plans with what had to. The last may be there and not be scheduled.
func allFated(ctx context.Context, s opened, writer int) error {
	lives, err := plans(ctx, s, writer)
	if err != nil {
		return err
	}
	var errs []error
	for plan, life := range lives {
		if want := fated(writer, plan, life); len(life) != len(want) && len(life) > 1 {
			errs = append(errs, fmt.Errorf("what happened to plan %d of %d is %q; want %q", plan, writer, life, want))
		}
	}
	return errors.Join(errs...)
}

// Two read the journal. The store keeps the follower's place: after a crash the last changes may come to it again. The
// subscriber keeps its own, as callers of the API do, and gets every change that readers may see once.
const (
	follower   = "follower"
	subscriber = "subscriber"
)

// seenBy are the changes that each is told of, as a condition.
var seenBy = map[string]string{follower: "true", subscriber: "is_public"}

// tell is what each of the two does in a process that is killed.
func tell(name string) func([]*news.Change) error {
	return func(changes []*news.Change) error {
		_, err := fmt.Println(name, strings.Trim(fmt.Sprint(places(changes)), "[]"))
		return err
	}
}

func runFollower(ctx context.Context, _ opened, j *journal.Journal) error {
	return followAlong(ctx, j, tell(follower))
}

func runSubscriber(ctx context.Context, s opened, j *journal.Journal) error {
	var after int64
	if _, err := fmt.Sscan(os.Getenv("DATELINE_CRASH_AFTER"), &after); err != nil {
		return err
	}
	return subscribe(ctx, s, j, after, tell(subscriber))
}

func followAlong(ctx context.Context, j *journal.Journal, tell func([]*news.Change) error) error {
	return j.Follow(ctx, follower, func(_ context.Context, changes []*news.Change) error { return tell(changes) })
}

func subscribe(ctx context.Context, s opened, j *journal.Journal, after int64, tell func([]*news.Change) error) error {
	for {
		if err := j.Wait(ctx, after); err != nil {
			return err
		}
		const page = 50
		found, err := s.As(news.AnyCaller()).Changes(ctx, after, nil, page)
		if err != nil {
			return err
		}
		if len(found.Changes) > 0 {
			if err := tell(found.Changes); err != nil {
				return err
			}
		}
		if after = found.Last; len(found.Changes) == page {
			after = last(places(found.Changes))
		}
	}
}

func places(changes []*news.Change) (all []int64) {
	for _, c := range changes {
		all = append(all, c.Seq)
	}
	return all
}

// last is 0 where there is none.
func last(seqs []int64) int64 {
	if len(seqs) == 0 {
		return 0
	}
	return seqs[len(seqs)-1]
}

// told are the places in the journal of the changes that each of the two was told about.
type told map[string][]int64

// hear takes note of a line of a process, if it is about changes.
func (all told) hear(t *testing.T, line string) bool {
	t.Helper()
	name, rest, _ := strings.Cut(line, " ")
	if name != follower && name != subscriber {
		return false
	}
	var seqs []int64
	for _, word := range strings.Fields(rest) {
		var seq int64
		if _, err := fmt.Sscan(word, &seq); err != nil {
			t.Fatalf("the %s said %q: %v", name, line, err)
		}
		seqs = append(seqs, seq)
	}
	all.add(name, seqs)
	return true
}

// add lets the follower be told again what it has been told last.
func (all told) add(name string, seqs []int64) {
	if before := all[name]; name == follower && len(seqs) > 0 {
		if i := slices.Index(before, seqs[0]); i >= 0 && slices.Equal(before[i:], seqs[:min(len(before)-i, len(seqs))]) {
			all[name] = before[:i]
		}
	}
	all[name] = append(all[name], seqs...)
}

// inspectFollower also says whether the store keeps a place for the follower that is not ahead of it.
func inspectFollower(ctx context.Context, s opened, n *newsroom) error {
	kept, err := s.Followed(ctx, follower)
	if end := last(n.told[follower]); err == nil && kept > end {
		err = fmt.Errorf("the place that is kept for it is %d, and it was told up to %d", kept, end)
	}
	return errors.Join(err, n.told.compare(ctx, s, follower))
}

func inspectSubscriber(ctx context.Context, s opened, n *newsroom) error {
	return n.told.compare(ctx, s, subscriber)
}

// compare says whether one of the two was told all from the first to the last, in order.
func (all told) compare(ctx context.Context, s opened, name string) error {
	var want []int64
	err := s.db.Query(ctx, engine.Stmt{SQL: `SELECT seq FROM changes WHERE ` + seenBy[name] + ` AND seq <= ? ORDER BY seq`, Args: []any{last(all[name])},
		Scan: func(r *engine.Row) error { want = append(want, r.Int64()); return nil }})
	if err == nil && !slices.Equal(all[name], want) {
		err = fmt.Errorf("it was told %d changes up to %d and the journal has %d: the first that differs is number %d", len(all[name]), last(all[name]), len(want),
			differs(all[name], want))
	}
	return err
}

func differs(a, b []int64) (i int) {
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return i
}

func finishFollower(ctx context.Context, s opened, j *journal.Journal, n *newsroom) error {
	return n.told.finish(ctx, s, follower, func(ctx context.Context, hear func([]*news.Change) error) error { return followAlong(ctx, j, hear) })
}

func finishSubscriber(ctx context.Context, s opened, j *journal.Journal, n *newsroom) error {
	return n.told.finish(ctx, s, subscriber, func(ctx context.Context, hear func([]*news.Change) error) error {
		return subscribe(ctx, s, j, last(n.told[subscriber]), hear)
	})
}

// finish lets one of the two read on until it was told of the last change.
func (all told) finish(ctx context.Context, s opened, name string, read func(context.Context, func([]*news.Change) error) error) error {
	end, err := number(ctx, s, `SELECT coalesce(max(seq), 0) FROM changes WHERE `+seenBy[name])
	if err != nil {
		return err
	}
	reading, stop := context.WithCancel(ctx)
	defer stop()
	hear := func(changes []*news.Change) error {
		all.add(name, places(changes))
		if last(all[name]) >= int64(end) {
			stop()
		}
		return nil
	}
	if err := hear(nil); err != nil {
		return err
	}
	if err := read(reading, hear); !errors.Is(err, context.Canceled) {
		return err
	}
	return all.compare(ctx, s, name)
}
