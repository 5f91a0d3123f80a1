package curator

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/relate"
	"github.com/dateline-cms/dateline/internal/store"
)

// An edition is one ranking of the whole newsroom, in memory.
type edition struct {
	algorithm  int
	number     int
	halfLife   int   // in days; 0 when age plays no part
	position   int64 // in the journal: what came before is in it
	statistics map[news.IDKind]*relate.Statistics
	indexes    map[news.IDKind]*relate.Index
	known      map[news.ID]news.Locale             // who is in the indexes
	counts     map[news.IDKind]map[news.Locale]int // of known
	// unstored are profiles that were made with the edition and are stored with their lists.
	unstored map[news.ID]store.RelatedProfile
	loading  sync.Mutex // over loadSources, which may be called from many goroutines
}

func newEdition(number, halfLife int, statistics map[news.IDKind]*relate.Statistics) *edition {
	e := &edition{algorithm: relate.Algorithm, number: number, halfLife: halfLife, statistics: statistics, indexes: map[news.IDKind]*relate.Index{}, known: map[news.ID]news.Locale{}, unstored: map[news.ID]store.RelatedProfile{}, counts: map[news.IDKind]map[news.Locale]int{}}
	for _, kind := range store.RelatedKinds {
		ranking := relate.Ranking{Statistics: number, HalfLife: time.Duration(halfLife) * 24 * time.Hour}
		if halfLife == 0 || kind == news.KindHistoricalEvent { // that events were entered at the same time says nothing
			ranking.HalfLife = -1
		}
		e.indexes[kind], e.counts[kind] = relate.NewIndex(ranking), map[news.Locale]int{}
	}
	return e
}

// version is that of the ranking.
func (e *edition) version() string { return e.statistics[news.KindArticle].Version() }

func (e *edition) put(p *relate.Profile, affected map[news.ID]bool) error {
	ids, err := e.indexes[p.ID.Kind()].Put(p)
	for _, id := range ids {
		affected[id] = true
	}
	e.note(p.ID, &p.Locale)
	return err
}

// note counts a node that is known from now on, or with nil is not any more.
func (e *edition) note(node news.ID, locale *news.Locale) {
	delete(e.unstored, node)
	counts := e.counts[node.Kind()]
	if before, ok := e.known[node]; ok {
		if counts[before]--; counts[before] == 0 {
			delete(counts, before)
		}
		delete(e.known, node)
	}
	if locale != nil {
		e.known[node] = *locale
		counts[*locale]++
	}
}

func (e *edition) knows(node news.ID) bool {
	_, ok := e.known[node]
	return ok
}

func (e *edition) remove(node news.ID, affected map[news.ID]bool) {
	for _, id := range e.indexes[node.Kind()].Remove(node) {
		affected[id] = true
	}
	e.note(node, nil)
}

func (e *edition) load(p *relate.Profile, r relate.Reach) error {
	e.note(p.ID, &p.Locale)
	return e.indexes[p.ID.Kind()].Load(p, r)
}

func (e *edition) keep(l store.RelatedList) {
	e.indexes[l.ID.Kind()].Keep(l.ID, l.Reach)
	delete(e.unstored, l.ID)
}

// made is a profile in both its forms.
type made struct {
	store.RelatedProfile
	profile *relate.Profile
}

// profiles makes those of the published ones among nodes.
func (e *edition) profiles(ctx context.Context, c *Curator, nodes []news.ID) (map[news.ID]*made, error) {
	sources, err := c.store.RelatedSources(ctx, nodes)
	if err != nil {
		return nil, err
	}
	all := make(map[news.ID]*made, len(sources))
	var group errgroup.Group
	group.SetLimit(c.workers)
	for node, d := range sources {
		m := &made{RelatedProfile: store.RelatedProfile{ID: node, Group: d.Group, Paths: d.Paths}}
		all[node] = m
		group.Go(func() (err error) {
			m.profile = e.statistics[node.Kind()].Profile(&d.Document)
			m.Profile, err = m.profile.MarshalBinary()
			return err
		})
	}
	return all, group.Wait()
}

// lists computes those of nodes, and makes the profiles again that are stored of an earlier ranking.
func (e *edition) lists(ctx context.Context, c *Curator, nodes []news.ID) (lists []store.RelatedList, remade []store.RelatedProfile, err error) {
	stored, err := c.store.StoredProfiles(ctx, nodes)
	if err != nil {
		return nil, nil, err
	}
	profiles := make(map[news.ID]*relate.Profile, len(nodes))
	var old []news.ID
	for _, node := range nodes {
		p, ok := e.read(stored[node])
		if made, isMade := e.unstored[node]; !ok && isMade {
			if p, ok = e.read(made.Profile); ok {
				remade = append(remade, made)
			}
		}
		if profiles[node] = p; !ok {
			old = append(old, node)
		}
	}
	if len(old) > 0 {
		again, err := e.profiles(ctx, c, old)
		if err != nil {
			return nil, nil, err
		}
		for node, m := range again {
			profiles[node], remade = m.profile, append(remade, m.RelatedProfile)
		}
	}
	hidden, err := c.store.HiddenRelated(ctx, nodes)
	if err != nil {
		return nil, nil, err
	}
	lists = make([]store.RelatedList, 0, len(nodes))
	for _, node := range nodes {
		if profiles[node] != nil { // else it was withdrawn just now, and the journal will tell
			lists = append(lists, store.RelatedList{ID: node, Ranking: e.version()})
		}
	}
	var group errgroup.Group
	group.SetLimit(c.workers)
	for i := range lists {
		l := &lists[i]
		group.Go(func() error {
			l.List = e.indexes[l.ID.Kind()].Related(profiles[l.ID], hidden[l.ID])
			return nil
		})
	}
	return lists, remade, group.Wait()
}

// read takes a stored profile apart; ok is false for what is not of this ranking.
func (e *edition) read(stored []byte) (p *relate.Profile, ok bool) {
	p = &relate.Profile{}
	if stored == nil || p.UnmarshalBinary(stored) != nil || p.Statistics != e.number {
		return nil, false
	}
	return p, true
}

// loadedAtOnce is how many nodes are read at once where all are.
const loadedAtOnce = 250

// load brings what is stored into memory. It says false when there is no ranking, or one of another program.
func (c *Curator) load(ctx context.Context) (bool, error) {
	c.edition, c.rebuild = nil, false
	st, err := c.store.RelatedState(ctx)
	if err != nil {
		return false, err
	}
	c.sweep = st.Sweep
	if st.Number == 0 || st.Algorithm != relate.Algorithm {
		return false, nil
	}
	stored, err := c.store.RelatedStatistics(ctx)
	if err != nil {
		return false, err
	}
	statistics := map[news.IDKind]*relate.Statistics{}
	for _, kind := range store.RelatedKinds {
		statistics[kind] = &relate.Statistics{}
		if err := statistics[kind].UnmarshalBinary(stored[kind]); err != nil {
			c.log.WarnContext(ctx, "the statistics of related articles are made anew", "error", err)
			return false, nil
		}
	}
	e := newEdition(st.Number, st.HalfLife, statistics)
	if err := c.loadStored(ctx, e); err != nil {
		return false, err
	}
	if c.sweep > 0 {
		if err := c.loadDue(ctx, e); err != nil {
			return false, err
		}
	}
	c.edition = e
	c.rebuild, err = c.isStale(ctx)
	return true, err
}

// loadStored loads what was known when this was kept last, withdrawn or not: the journal tells what has become of it.
func (c *Curator) loadStored(ctx context.Context, e *edition) error {
	for after := news.ID(0); ; {
		page, err := c.store.StoredProfilesAfter(ctx, after, loadedAtOnce)
		if err != nil || len(page) == 0 {
			return err
		}
		var damaged []news.ID
		for _, s := range page {
			p, ok := e.read(s.Profile)
			switch {
			case ok:
				if err := e.load(p, s.Reach); err != nil {
					return err
				}
			case s.ID >= c.sweep:
				damaged = append(damaged, s.ID)
			}
		}
		if len(damaged) > 0 {
			if err := e.loadSources(ctx, c, damaged); err != nil {
				return err
			}
			if err := c.store.WriteRelated(ctx, c.owner, store.RelatedWrite{Queue: damaged}); err != nil {
				return err
			}
		}
		after = page[len(page)-1].ID
	}
}

// loadDue loads what the sweep has not come to.
func (c *Curator) loadDue(ctx context.Context, e *edition) error {
	stored := make(map[news.ID]bool, len(e.known))
	for node := range e.known {
		stored[node] = true
	}
	for _, kind := range store.RelatedKinds {
		err := c.eachPage(ctx, kind, func(nodes []news.ID) error {
			return e.loadSources(ctx, c, slices.DeleteFunc(nodes, func(n news.ID) bool { return n >= c.sweep || stored[n] }))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// loadSources brings nodes into memory whose profiles are not stored.
func (e *edition) loadSources(ctx context.Context, c *Curator, nodes []news.ID) error {
	if len(nodes) == 0 {
		return nil
	}
	all, err := e.profiles(ctx, c, nodes)
	if err != nil {
		return err
	}
	e.loading.Lock()
	defer e.loading.Unlock()
	for _, node := range nodes {
		if m := all[node]; m != nil {
			if err := e.load(m.profile, relate.Reach{}); err != nil {
				return err
			}
			e.unstored[node] = m.RelatedProfile
		}
	}
	return nil
}

// forget removes what is stored of nodes that are neither published nor known.
func (c *Curator) forget(ctx context.Context) error {
	for after := news.ID(0); ; {
		gone, err := c.store.Unrelated(ctx, after, profilesAtOnce)
		if err != nil || len(gone) == 0 {
			return err
		}
		after = gone[len(gone)-1]
		gone = slices.DeleteFunc(gone, func(n news.ID) bool { return c.edition.knows(n) })
		if err := c.store.WriteRelated(ctx, c.owner, store.RelatedWrite{Gone: gone}); err != nil {
			return err
		}
	}
}

// build takes new statistics and makes an edition of the content as it is. It needs neither the lock nor ownership.
func (c *Curator) build(ctx context.Context, progress func(Progress)) (*edition, error) {
	st, err := c.store.RelatedState(ctx)
	if err != nil {
		return nil, err
	}
	position, err := c.store.Position(ctx)
	if err != nil {
		return nil, err
	}
	days, err := halfLife(ctx, c.store)
	if err != nil {
		return nil, err
	}
	number := st.Number + 1
	statistics := map[news.IDKind]*relate.Statistics{}
	tell, err := c.counting(ctx, progress)
	if err != nil {
		return nil, err
	}
	for _, kind := range store.RelatedKinds {
		count, err := c.count(ctx, kind, tell)
		if err != nil {
			return nil, err
		}
		statistics[kind] = count.Statistics(number)
	}
	e := newEdition(number, days, statistics)
	e.position = position
	for _, kind := range store.RelatedKinds {
		err := c.eachPage(ctx, kind, func(nodes []news.ID) error {
			tell(Profiling, len(nodes))
			return e.loadSources(ctx, c, nodes)
		})
		if err != nil {
			return nil, err
		}
	}
	return e, nil
}

// count counts the documents of a kind, on each processor for itself.
func (c *Curator) count(ctx context.Context, kind news.IDKind, tell func(Stage, int)) (*relate.Count, error) {
	counts := make(chan *relate.Count, c.workers)
	for range c.workers {
		counts <- &relate.Count{}
	}
	err := c.eachPage(ctx, kind, func(nodes []news.ID) error {
		count := <-counts
		defer func() { counts <- count }()
		sources, err := c.store.RelatedSources(ctx, nodes)
		for _, d := range sources {
			count.Add(&d.Document)
		}
		tell(Counting, len(nodes))
		return err
	})
	all := <-counts
	for range c.workers - 1 {
		all.Join(<-counts)
	}
	return all, err
}

// eachPage goes through all published nodes of a kind, with as many pages at once as there are workers.
func (c *Curator) eachPage(ctx context.Context, kind news.IDKind, do func([]news.ID) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(c.workers)
	err := c.pages(ctx, kind, func(nodes []news.ID) { group.Go(func() error { return do(nodes) }) })
	return cmp.Or(group.Wait(), err)
}

func (c *Curator) pages(ctx context.Context, kind news.IDKind, do func([]news.ID)) error {
	for after := news.ID(0); ; {
		nodes, err := c.store.PublishedAfter(ctx, kind, after, loadedAtOnce)
		if err != nil || len(nodes) == 0 {
			return err
		}
		after = nodes[len(nodes)-1]
		do(nodes)
	}
}

// catchUp brings what was changed since the edition was begun into it. Its lists are all due anyway.
func (e *edition) catchUp(ctx context.Context, c *Curator) error {
	for {
		changes, err := c.store.AllChanges(ctx, e.position, 1000)
		if err != nil || len(changes) == 0 {
			return err
		}
		concern, err := c.store.RelatedConcern(ctx, changes)
		if err != nil {
			return err
		}
		all, err := e.profiles(ctx, c, concern.Sources)
		if err != nil {
			return err
		}
		for _, node := range concern.Sources {
			if m := all[node]; m == nil {
				e.remove(node, map[news.ID]bool{})
			} else if err := e.load(m.profile, relate.Reach{}); err != nil {
				return err
			}
		}
		e.position = changes[len(changes)-1].Seq
	}
}

// halfLife is the site's, in days.
func halfLife(ctx context.Context, s *store.Store) (int, error) {
	site, err := s.Site(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the site: %w", err)
	}
	if site.RelatedHalfLife != nil {
		return *site.RelatedHalfLife, nil
	}
	return int(relate.DefaultHalfLife / (24 * time.Hour)), nil
}
