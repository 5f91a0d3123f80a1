package crash

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
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
func plansWritten(ctx context.Context, db engine.Engine, writer int) (n int, err error) {
	lives, err := plans(ctx, db, writer)
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
func plans(ctx context.Context, db engine.Engine, writer int) (map[int][]string, error) {
	lives := map[int][]string{}
	return lives, db.Query(ctx, engine.Stmt{
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

// Two read the journal. The store keeps the follower's place: after a crash the last changes may come to it again. The
// subscriber keeps its own, as callers of the API do, and gets every change that readers may see once.
const (
	follower   = "follower"
	subscriber = "subscriber"
)

// follow runs the schedule and those who read the journal, as a server does. When two processes share the writers, the one
// with the first of them has the follower and the other one the subscriber; both have a schedule.
func follow(ctx context.Context, s opened, from, to int) error {
	j := journal.New(s.Store, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	go j.Run(ctx)
	go journal.NewSchedule(j, time.Now).Run(ctx)
	failed := make(chan error)
	tell := func(name string) func([]*news.Change) error {
		return func(changes []*news.Change) error {
			_, err := fmt.Println(name, strings.Trim(fmt.Sprint(places(changes)), "[]"))
			return err
		}
	}
	if from == 0 {
		go func() { failed <- followAlong(ctx, j, tell(follower)) }()
	}
	if to == len(writers()) {
		var after int64
		if _, err := fmt.Sscan(os.Getenv("DATELINE_CRASH_AFTER"), &after); err != nil {
			return err
		}
		go func() { failed <- subscribe(ctx, s, j, after, tell(subscriber)) }()
	}
	return <-failed
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

// compare says whether each was told all from the first to the last, in order, and whether the store keeps a place for the
// follower that is not ahead of it.
func (all told) compare(t *testing.T, s opened) {
	t.Helper()
	for name, which := range map[string]string{follower: "true", subscriber: "is_public"} {
		var want []int64
		err := s.db.Query(t.Context(), engine.Stmt{SQL: `SELECT seq FROM changes WHERE ` + which + ` AND seq <= ? ORDER BY seq`, Args: []any{last(all[name])},
			Scan: func(r *engine.Row) error { want = append(want, r.Int64()); return nil }})
		if err != nil {
			t.Error(err)
		}
		if !slices.Equal(all[name], want) {
			t.Errorf("the %s was told %d changes up to %d and the journal has %d: the first that differs is number %d", name, len(all[name]), last(all[name]), len(want),
				differs(all[name], want))
		}
	}
	if kept, err := s.Followed(t.Context(), follower); err != nil || kept > last(all[follower]) {
		t.Errorf("the place that is kept for the follower is %d, and it was told up to %d: %v", kept, last(all[follower]), err)
	}
}

func differs(a, b []int64) (i int) {
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return i
}

// finish lets the clock and the readers come to the end of their work, and looks at it.
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
	end := n.waitForPlans(t, s, j)

	reach := func(name string) (context.Context, func([]*news.Change) error) {
		ctx, reached := context.WithCancel(ctx)
		done := func() {
			if last(n.told[name]) >= end[name] {
				reached()
			}
		}
		done()
		return ctx, func(changes []*news.Change) error {
			n.told.add(name, places(changes))
			done()
			return nil
		}
	}
	ctx1, tell := reach(follower)
	if err := followAlong(ctx1, j, tell); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	ctx2, tell := reach(subscriber)
	if err := subscribe(ctx2, s, j, last(n.told[subscriber]), tell); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	n.told.compare(t, s)
	for _, w := range writers() {
		if w.name == "plans" {
			wantFated(t, s, w.number)
		}
	}
	if faults, err := s.Check(t.Context()); err != nil || len(faults) > 0 {
		t.Error(faults, err)
	}
}

// waitForPlans returns when nothing is left for the clock to do, with the last change of each reader.
func (n *newsroom) waitForPlans(t *testing.T, s opened, j *journal.Journal) (end map[string]int64) {
	t.Helper()
	for {
		at, err := s.Position(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		left, err := number(t.Context(), s.db, `SELECT count(*) FROM articles WHERE status = 'SCHEDULED' OR expires_at IS NOT NULL`)
		if err != nil {
			t.Fatal(err)
		}
		if left == 0 {
			break
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		err = j.Wait(ctx, at)
		cancel()
		if err != nil {
			t.Fatalf("%d articles wait for the clock, which does nothing: %v", left, err)
		}
	}
	end = map[string]int64{}
	for name, which := range map[string]string{follower: "true", subscriber: "is_public"} {
		seq, err := number(t.Context(), s.db, `SELECT coalesce(max(seq), 0) FROM changes WHERE `+which)
		if err != nil {
			t.Fatal(err)
		}
		end[name] = int64(seq)
	}
	return end
}

// wantFated compares what happened to a writer's plans with what had to. The last may be there and not be scheduled.
func wantFated(t *testing.T, s opened, writer int) {
	t.Helper()
	lives, err := plans(t.Context(), s.db, writer)
	if err != nil {
		t.Error(err)
	}
	for plan, life := range lives {
		if want := fated(writer, plan, life); len(life) != len(want) && len(life) > 1 {
			t.Errorf("what happened to plan %d of %d is %q; want %q", plan, writer, life, want)
		}
	}
}
