// Package curator keeps the stored lists of related articles and events: it follows the journal, computes again what a
// change touches, and all of it when the ranking changes. internal/relate says what is related; this package says when.
package curator

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dateline-cms/dateline/internal/journal"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// Follower is the name under which the journal is followed.
const Follower = "related"

// A Curator keeps the lists of one newsroom. One program at a time does: the owner. Whoever rebuilds becomes it for as long as
// that takes, and a server waits meanwhile.
type Curator struct {
	store   *store.Store
	log     *slog.Logger
	now     func() time.Time
	owner   string
	workers int

	mu      sync.Mutex // over what is below, and over writing
	edition *edition
	sweep   news.ID // see store.RelatedState
	rebuild bool    // all is to be made anew
	wake    chan struct{}
}

// Names of owners begin with what they are.
const (
	servers  = "server "
	rebuilds = "rebuild "
)

// New makes the curator of a server; it does nothing until Run. The clock must be the store's.
func New(s *store.Store, log *slog.Logger, now func() time.Time) *Curator {
	return newCurator(s, log, now, servers, 1)
}

func newCurator(s *store.Store, log *slog.Logger, now func() time.Time, what string, workers int) *Curator {
	return &Curator{store: s, log: log, now: now, owner: what + rand.Text(), workers: workers, wake: make(chan struct{}, 1)}
}

// errBehind ends a term whose journal has run so far ahead that it is faster to make all anew.
var errBehind = errors.New("the journal has run far ahead")

// How long to wait after something that failed: from the first time to the longest, doubling.
const (
	firstRetry   = 100 * time.Millisecond
	longestRetry = 30 * time.Second
)

// Run keeps the lists until ctx ends or the journal is no longer followed. What fails is logged and tried again, from what is
// stored. It is called once.
func (c *Curator) Run(ctx context.Context, j *journal.Journal) {
	wait := firstRetry
	for ctx.Err() == nil {
		began := c.now()
		err := c.term(ctx, j)
		switch {
		case ctx.Err() != nil || errors.Is(err, journal.ErrStopped):
			return
		case errors.Is(err, store.ErrDeposed):
			c.log.InfoContext(ctx, "another program keeps the lists of related articles; this one waits")
		case errors.Is(err, errBehind):
		default:
			if c.now().Sub(began) > longestRetry {
				wait = firstRetry
			}
			c.log.ErrorContext(ctx, "the lists of related articles cannot be kept", "error", err, "again in", wait)
			sleep(ctx, wait)
			wait = min(2*wait, longestRetry)
		}
	}
}

// term is the time from becoming the owner to losing that, or to a fault.
func (c *Curator) term(ctx context.Context, j *journal.Journal) error {
	if err := c.own(ctx); err != nil {
		return err
	}
	if err := c.start(ctx); err != nil {
		return err
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	var running sync.WaitGroup
	running.Go(func() { end(c.background(ctx)) })
	err := j.Follow(ctx, Follower, func(ctx context.Context, changes []*news.Change) error {
		err := c.handle(ctx, changes)
		if err != nil {
			end(err) // what is in memory may be ahead of what is stored
		}
		return err
	})
	end(err)
	running.Wait()
	return context.Cause(ctx)
}

// How often a server looks whether a rebuild has ended, and how long one may be silent before it counts as dead.
const (
	lookInterval = 300 * time.Millisecond
	deadAfter    = 5 * time.Second
)

// own waits until nobody else rebuilds, and becomes the owner. A server before this one has ended: there is one at a time.
func (c *Curator) own(ctx context.Context) error {
	for {
		st, err := c.store.RelatedState(ctx)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(st.Owner, rebuilds) || c.now().Sub(st.Beat) > deadAfter {
			return c.store.OwnRelated(ctx, c.owner)
		}
		if sleep(ctx, lookInterval); ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// start brings into memory what is stored, or makes it, and computes the lists that were left to compute.
func (c *Curator) start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	stored, err := c.load(ctx)
	if err != nil {
		return err
	}
	followed, err := c.store.Followed(ctx, Follower)
	if err != nil {
		return err
	}
	behind, err := c.isBehind(ctx, followed)
	if err != nil {
		return err
	}
	if !stored || behind {
		if err := c.settle(ctx); err != nil {
			return err
		}
		made, err := c.build(ctx, nil)
		if err != nil {
			return err
		}
		if err := c.adopt(ctx, made); err != nil {
			return err
		}
		if err := c.store.Follow(ctx, Follower, made.position); err != nil {
			return err
		}
	}
	return c.drain(ctx)
}

// Behind means that following would take longer than making all anew: a change touches some thirty lists.
const (
	listsPerChange = 30
	leastBehind    = 1000
)

func (c *Curator) isBehind(ctx context.Context, followed int64) (bool, error) {
	far := leastBehind
	if c.edition != nil {
		far = max(far, len(c.edition.known)/listsPerChange)
	}
	backlog, err := c.store.RelatedBacklog(ctx, followed, far+1)
	return backlog > far, err
}

// settle waits while an import writes fast, for at most a minute: what it writes after the look would have to be followed.
func (c *Curator) settle(ctx context.Context) error {
	before, err := c.store.Position(ctx)
	for tries := 0; err == nil && tries < 120; tries++ {
		var now int64
		if sleep(ctx, time.Second/2); ctx.Err() != nil {
			return ctx.Err()
		}
		if now, err = c.store.Position(ctx); now-before < 50 {
			break
		}
		before = now
	}
	return err
}

// handle deals with changes: what they touch is computed when it returns.
func (c *Curator) handle(ctx context.Context, changes []*news.Change) error {
	changes = slices.DeleteFunc(slices.Clone(changes), func(ch *news.Change) bool { return ch.SubjectID.Kind() == news.KindRelatedLists })
	if len(changes) == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	behind, err := c.isBehind(ctx, changes[0].Seq)
	if err != nil {
		return err
	}
	if behind {
		return errBehind
	}
	if err := c.follow(ctx, changes); err != nil {
		return err
	}
	if err := c.drain(ctx); err != nil {
		return err
	}
	return c.isDue(ctx)
}

// follow brings profiles up to date, and queues the lists that may change by that.
func (c *Curator) follow(ctx context.Context, changes []*news.Change) error {
	concern, err := c.store.RelatedConcern(ctx, changes)
	if err != nil {
		return err
	}
	made, err := c.edition.profiles(ctx, c, concern.Sources)
	if err != nil {
		return err
	}
	stored, err := c.store.StoredProfiles(ctx, concern.Sources)
	if err != nil {
		return err
	}
	affected, err := c.held(ctx, changes)
	if err != nil {
		return err
	}
	var w store.RelatedWrite
	for _, node := range concern.Sources {
		m, isPublished := made[node]
		switch {
		case !isPublished:
			if stored[node] != nil {
				w.Gone = append(w.Gone, node)
			}
			c.edition.remove(node, affected)
			continue
		case !c.edition.knows(node) || !bytes.Equal(stored[node], m.Profile):
			if err := c.edition.put(m.profile, affected); err != nil {
				return err
			}
		}
		w.Profiles = append(w.Profiles, m.RelatedProfile)
	}
	for _, node := range concern.Lists {
		affected[node] = true
	}
	for _, node := range sorted(affected) {
		if c.edition.knows(node) {
			w.Queue = append(w.Queue, node)
		}
	}
	return c.write(ctx, w)
}

// held are the nodes whose lists hold something that was deleted while nobody followed: nothing is known of it any more.
func (c *Curator) held(ctx context.Context, changes []*news.Change) (map[news.ID]bool, error) {
	var unknown []news.ID
	for _, ch := range changes {
		if ch.Kind == news.ChangeDeleted && ch.IsPublic && slices.Contains(store.RelatedKinds, ch.SubjectID.Kind()) && !c.edition.knows(ch.SubjectID) {
			unknown = append(unknown, ch.SubjectID)
		}
	}
	held := map[news.ID]bool{}
	if len(unknown) == 0 {
		return held, nil
	}
	nodes, err := c.store.ListsWith(ctx, unknown)
	for _, node := range nodes {
		held[node] = true
	}
	return held, err
}

// Most of what one write holds, so that nobody waits long for it.
const (
	profilesAtOnce = 25
	queuedAtOnce   = 1000
	listsAtOnce    = 8
)

// write stores what was followed, piece by piece. The queue comes first: a profile that is stored says that the queue knows what
// it touches.
func (c *Curator) write(ctx context.Context, w store.RelatedWrite) error {
	for queue := range slices.Chunk(w.Queue, queuedAtOnce) {
		if err := c.store.WriteRelated(ctx, c.owner, store.RelatedWrite{Queue: queue}); err != nil {
			return err
		}
	}
	for profiles := range slices.Chunk(w.Profiles, profilesAtOnce) {
		if err := c.store.WriteRelated(ctx, c.owner, store.RelatedWrite{Profiles: profiles}); err != nil {
			return err
		}
	}
	for gone := range slices.Chunk(w.Gone, profilesAtOnce) {
		if err := c.store.WriteRelated(ctx, c.owner, store.RelatedWrite{Gone: gone}); err != nil {
			return err
		}
	}
	return nil
}

// drain computes the lists that are queued.
func (c *Curator) drain(ctx context.Context) error {
	for {
		nodes, err := c.store.RelatedQueue(ctx, listsAtOnce)
		if err != nil || len(nodes) == 0 {
			return err
		}
		if err := c.compute(ctx, nodes, store.RelatedWrite{Done: nodes}); err != nil {
			return err
		}
	}
}

// compute computes lists and stores them, the last of them with w.
func (c *Curator) compute(ctx context.Context, nodes []news.ID, w store.RelatedWrite) error {
	nodes = slices.DeleteFunc(slices.Clone(nodes), func(n news.ID) bool { return !c.edition.knows(n) }) // the journal will tell of those that are new
	if len(nodes) > 0 {
		lists, remade, err := c.edition.lists(ctx, c, nodes)
		if err != nil {
			return err
		}
		for len(lists) > listsAtOnce {
			var first store.RelatedWrite
			first.Lists, lists = lists[:listsAtOnce], lists[listsAtOnce:]
			first.Profiles, remade = ofLists(remade, first.Lists)
			if err := c.store.WriteRelated(ctx, c.owner, first); err != nil {
				return err
			}
			c.keep(first.Lists)
		}
		w.Lists, w.Profiles = lists, remade
	}
	if err := c.store.WriteRelated(ctx, c.owner, w); err != nil {
		return err
	}
	c.keep(w.Lists)
	return nil
}

func (c *Curator) keep(lists []store.RelatedList) {
	for _, l := range lists {
		c.edition.keep(l)
	}
}

// ofLists are the profiles of the nodes of some lists, and the others.
func ofLists(profiles []store.RelatedProfile, lists []store.RelatedList) (of, others []store.RelatedProfile) {
	for _, p := range profiles {
		if slices.ContainsFunc(lists, func(l store.RelatedList) bool { return l.ID == p.ID }) {
			of = append(of, p)
		} else {
			others = append(others, p)
		}
	}
	return of, others
}

// isDue notes whether the ranking has to change, and wakes who does that.
func (c *Curator) isDue(ctx context.Context) error {
	stale, err := c.isStale(ctx)
	if err != nil {
		return err
	}
	c.rebuild = c.rebuild || stale
	if c.rebuild || c.sweep > 0 {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
	return nil
}

// isStale says whether statistics or the site's half-life differ from those of the ranking.
func (c *Curator) isStale(ctx context.Context) (bool, error) {
	days, err := halfLife(ctx, c.store)
	if err != nil || days != c.edition.halfLife {
		return err == nil, err
	}
	for kind, stats := range c.edition.statistics {
		if stats.Stale(c.edition.counts[kind]) {
			return true, nil
		}
	}
	return false, nil
}

// background makes all lists anew, a few at a time, when the ranking changes.
func (c *Curator) background(ctx context.Context) error {
	for {
		did, err := c.step(ctx)
		switch {
		case err != nil:
			return err
		case did:
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.wake:
		}
	}
}

func (c *Curator) step(ctx context.Context) (did bool, err error) {
	c.mu.Lock()
	rebuild, sweep := c.rebuild, c.sweep
	c.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case rebuild:
		made, err := c.build(ctx, nil)
		if err != nil {
			return false, err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.rebuild = false
		return true, c.adopt(ctx, made)
	case sweep > 0:
		c.mu.Lock()
		defer c.mu.Unlock()
		_, err := c.sweepSome(ctx)
		return true, err
	}
	return false, nil
}

// sweepSome computes the next lists of the sweep, the newest first, and says how many.
func (c *Curator) sweepSome(ctx context.Context) (int, error) {
	nodes, err := c.store.PublishedBefore(ctx, c.sweep, listsAtOnce*c.workers)
	if err != nil {
		return 0, err
	}
	next := news.ID(0)
	if len(nodes) > 0 {
		next = nodes[len(nodes)-1]
	}
	if err := c.compute(ctx, nodes, store.RelatedWrite{Done: nodes, Sweep: &next}); err != nil {
		return 0, err
	}
	if c.sweep = next; next == 0 {
		return len(nodes), c.forget(ctx)
	}
	return len(nodes), nil
}

// everything is a sweep of all nodes: no id is above it.
const everything = news.ID(math.MaxInt64)

// adopt makes a new edition the one in use: its lists are due.
func (c *Curator) adopt(ctx context.Context, made *edition) error {
	if err := made.catchUp(ctx, c); err != nil {
		return err
	}
	statistics := map[news.IDKind][]byte{}
	for kind, s := range made.statistics {
		content, err := s.MarshalBinary()
		if err != nil {
			return err
		}
		statistics[kind] = content
	}
	err := c.store.Rank(ctx, c.owner, store.RelatedState{Algorithm: made.algorithm, Number: made.number, HalfLife: made.halfLife, Sweep: everything}, statistics)
	if err != nil {
		return err
	}
	c.edition, c.sweep = made, everything
	return nil
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// sorted are the nodes of a set.
func sorted(set map[news.ID]bool) []news.ID { return slices.Sorted(maps.Keys(set)) }
