package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/relate"
)

// What internal/curator keeps here: lists of related articles and events, and what they are made from. One program at a
// time writes it, the owner.

// ErrDeposed is what the owner's writes fail with when another program has become the owner.
var ErrDeposed = errors.New("another program keeps the lists of related articles now")

// RelatedKinds are the kinds of nodes that have lists.
var RelatedKinds = []news.IDKind{news.KindArticle, news.KindHistoricalEvent}

// RelatedState is the ranking, and who keeps the lists.
type RelatedState struct {
	Algorithm int
	Number    int // of the statistics; 0 before the first
	HalfLife  int // in days; 0 when age plays no part
	// Sweep says that the lists of nodes below it are of an earlier ranking; 0 when none is.
	Sweep news.ID
	Owner string
	Beat  time.Time // when the owner wrote last

	version int
}

// RelatedState reads it.
func (s *Store) RelatedState(ctx context.Context) (st RelatedState, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT algorithm, number, half_life, sweep, owner, beat, version FROM related_state`,
		Scan: func(r *engine.Row) error {
			st = RelatedState{Algorithm: r.Int(), Number: r.Int(), HalfLife: r.Int(), Sweep: id(r), Owner: r.Text(), Beat: instant(r), version: r.Int()}
			return nil
		},
	})
	return st, err
}

// OwnRelated makes a program the owner, whoever was it before.
func (s *Store) OwnRelated(ctx context.Context, owner string) error {
	return s.commit(ctx, "", s.now().UTC(), nil, []engine.Step{
		{SQL: `UPDATE related_state SET owner = ?, beat = ?`, Args: []any{owner, s.now().UnixMilli()}}})
}

// LeaveRelated lets others become the owner.
func (s *Store) LeaveRelated(ctx context.Context, owner string) error {
	return s.commit(ctx, "", s.now().UTC(), nil, []engine.Step{{SQL: `UPDATE related_state SET owner = '' WHERE owner = ?`, Args: []any{owner}}})
}

func (s *Store) writeOwned(ctx context.Context, owner string, changes []change, steps []engine.Step) error {
	now := s.now().UTC()
	own := engine.Step{SQL: `UPDATE related_state SET beat = ? WHERE owner = ?`, Args: []any{now.UnixMilli(), owner}, Guard: "related.owner"}
	err := s.commit(ctx, "", now, changes, append([]engine.Step{own}, steps...))
	if guard, ok := errors.AsType[*engine.GuardError](err); ok && guard.Reason == own.Guard {
		return ErrDeposed
	}
	return err
}

// Rank starts another ranking, whose statistics are given by kind: all lists are due.
func (s *Store) Rank(ctx context.Context, owner string, to RelatedState, statistics map[news.IDKind][]byte) error {
	steps := []engine.Step{{SQL: `UPDATE related_state SET algorithm = ?, number = ?, half_life = ?, sweep = ?`,
		Args: []any{to.Algorithm, to.Number, to.HalfLife, int64(to.Sweep)}}}
	for _, kind := range RelatedKinds {
		steps = append(steps, engine.Step{SQL: `INSERT INTO related_statistics (kind, statistics) VALUES (?, ?)
			ON CONFLICT (kind) DO UPDATE SET statistics = excluded.statistics`, Args: []any{int(kind), statistics[kind]}})
	}
	return s.writeOwned(ctx, owner, nil, steps)
}

// RelatedStatistics are those of the ranking, by kind.
func (s *Store) RelatedStatistics(ctx context.Context) (map[news.IDKind][]byte, error) {
	found := map[news.IDKind][]byte{}
	return found, s.db.Query(ctx, engine.Stmt{SQL: `SELECT kind, statistics FROM related_statistics`,
		Scan: func(r *engine.Row) error { found[news.IDKind(r.Int())] = r.Bytes(); return nil }})
}

// DOCUMENTS

// A RelatedSource is a published article or event as it is compared with others.
type RelatedSource struct {
	relate.Document
	Group news.ID  // of language versions; zero for none
	Paths []string // of this site that the text links to
}

// RelatedSources are the published ones among articles and events.
func (s *Store) RelatedSources(ctx context.Context, nodes []news.ID) (map[news.ID]*RelatedSource, error) {
	site, err := s.Site(ctx)
	if err != nil {
		return nil, err
	}
	found := make(map[news.ID]*RelatedSource, len(nodes))
	into := func(list func(*RelatedSource) *[]news.ID) func(*engine.Row) error {
		return func(r *engine.Row) error {
			node, other := id(r), id(r)
			if d := found[node]; d != nil {
				to := list(d)
				*to = append(*to, other)
			}
			return nil
		}
	}
	topics := into(func(d *RelatedSource) *[]news.ID { return &d.Topics })
	categories := into(func(d *RelatedSource) *[]news.ID { return &d.Categories })
	err = s.db.Query(ctx,
		perNode(nodes, `SELECT e.id, e.locale, e.published_at, e.title, coalesce(e.standfirst || char(10), '') || b.text, e.translation_group, e.path, b.html
			FROM json_each(?) j CROSS JOIN articles e ON e.id = j.value AND e.status = 'PUBLISHED' CROSS JOIN bodies b ON b.entry_id = e.id`,
			func(r *engine.Row) error {
				d := scanSource(r)
				d.Group = nullID(r)
				path := news.Path(r.Text())
				d.Paths = linkedPaths(news.HTML(r.Text()), site.URL, path)
				found[d.ID] = d
				return nil
			}),
		perNode(nodes, `SELECT e.id, e.locale, e.published_at, e.title, e.description_text
			FROM json_each(?) j CROSS JOIN events e ON e.id = j.value AND e.status = 'PUBLISHED'`,
			func(r *engine.Row) error {
				d := scanSource(r)
				found[d.ID] = d
				return nil
			}),
		perNode(nodes, `SELECT l.article_id, l.topic_id FROM json_each(?) j CROSS JOIN article_topics l ON l.article_id = j.value`, topics),
		perNode(nodes, `SELECT l.event_id, l.topic_id FROM json_each(?) j CROSS JOIN event_topics l ON l.event_id = j.value`, topics),
		perNode(nodes, `SELECT e.id, e.place_id FROM json_each(?) j CROSS JOIN events e ON e.id = j.value WHERE e.place_id IS NOT NULL`, topics),
		perNode(nodes, `SELECT l.article_id, l.category_id FROM json_each(?) j CROSS JOIN article_categories l ON l.article_id = j.value`, categories),
		perNode(nodes, `SELECT l.event_id, l.category_id FROM json_each(?) j CROSS JOIN event_categories l ON l.event_id = j.value`, categories),
		perNode(nodes, `SELECT l.article_id, l.author_id FROM json_each(?) j CROSS JOIN bylines l ON l.article_id = j.value WHERE l.author_id IS NOT NULL`,
			into(func(d *RelatedSource) *[]news.ID { return &d.Authors })),
		perNode(nodes, `SELECT l.article_id, l.event_id FROM json_each(?) j CROSS JOIN article_events l ON l.article_id = j.value
			CROSS JOIN events e ON e.id = l.event_id AND e.status = 'PUBLISHED'`,
			into(func(d *RelatedSource) *[]news.ID { return &d.Events })),
		perNode(nodes, `SELECT e.id, o.id FROM json_each(?) j CROSS JOIN articles e ON e.id = j.value
			CROSS JOIN articles o ON o.translation_group = e.translation_group AND o.id <> e.id`,
			into(func(d *RelatedSource) *[]news.ID { return &d.Translations })),
	)
	if err != nil {
		return nil, err
	}
	return found, s.followLinks(ctx, found)
}

func scanSource(r *engine.Row) *RelatedSource {
	return &RelatedSource{Document: relate.Document{ID: id(r), Locale: news.Locale(r.Text()), PublishedAt: instant(r), Title: r.Text(), Text: r.Text()}}
}

func linkedPaths(body news.HTML, site news.URL, from news.Path) (paths []string) {
	for _, p := range news.InternalLinks(body, site, from) {
		if path := markup.EncodePath(string(p)); path != "" {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// otherSpelling is SQL for a path with or without its last slash.
func otherSpelling(path string) string {
	return fmt.Sprintf(`iif(%[1]s LIKE '%%/', rtrim(%[1]s, '/'), %[1]s || '/')`, path)
}

// followLinks finds which articles the paths lead to.
func (s *Store) followLinks(ctx context.Context, sources map[news.ID]*RelatedSource) error {
	var paths []string
	for _, d := range sources {
		paths = append(paths, d.Paths...)
	}
	slices.Sort(paths)
	lead := map[string]news.ID{}
	err := s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT j.value, p.subject, p.path = j.value FROM json_each(?) j CROSS JOIN paths p ON p.path IN (j.value, ` + otherSpelling("j.value") + `)
			WHERE p.subject >> 16 & 63 = ?`,
		Args: []any{listJSON(slices.Compact(paths)), int(news.KindArticle)},
		Scan: func(r *engine.Row) error {
			path, subject := r.Text(), id(r)
			if isExact := r.Bool(); isExact || lead[path] == 0 {
				lead[path] = subject
			}
			return nil
		},
	})
	for _, d := range sources {
		for _, path := range d.Paths {
			if target := lead[path]; target != 0 && target != d.ID {
				d.Links = append(d.Links, target)
			}
		}
	}
	return err
}

// PublishedAfter are the next published nodes of a kind in the order of their ids.
func (s *Store) PublishedAfter(ctx context.Context, kind news.IDKind, after news.ID, limit int) (ids []news.ID, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT id FROM ` + entryTable(kind) + ` WHERE id > ? AND status = 'PUBLISHED' ORDER BY id LIMIT ?`,
		Args: []any{int64(after), limit},
		Scan: func(r *engine.Row) error { ids = append(ids, id(r)); return nil },
	})
	return ids, err
}

// PublishedBefore are the published nodes of all kinds with the highest ids below one, the highest first.
func (s *Store) PublishedBefore(ctx context.Context, before news.ID, limit int) (ids []news.ID, err error) {
	var stmts []engine.Stmt
	for _, kind := range RelatedKinds {
		stmts = append(stmts, engine.Stmt{
			SQL:  `SELECT id FROM ` + entryTable(kind) + ` WHERE id < ? AND status = 'PUBLISHED' ORDER BY id DESC LIMIT ?`,
			Args: []any{int64(before), limit},
			Scan: func(r *engine.Row) error { ids = append(ids, id(r)); return nil },
		})
	}
	err = s.db.Query(ctx, stmts...)
	slices.SortFunc(ids, func(a, b news.ID) int { return int(max(-1, min(1, b-a))) })
	return ids[:min(limit, len(ids))], err
}

// RelatedTotal is how many nodes have lists.
func (s *Store) RelatedTotal(ctx context.Context) (n int, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  fmt.Sprintf(`SELECT entries FROM facet_counts WHERE list IN (%d, %d) AND facet = %d`, articleListing.number, eventListing.number, facetAll),
		Scan: func(r *engine.Row) error { n += r.Int(); return nil },
	})
	return n, err
}

// CHANGES

// RelatedConcern is what changes may mean for the lists.
type RelatedConcern struct {
	Sources []news.ID // nodes that may be other sources now, or none
	Lists   []news.ID // nodes whose lists may be others although their sources are the same
	Site    bool      // the site was changed
}

// RelatedConcern finds what changes may mean for the lists. It names more nodes rather than too few.
func (s *Store) RelatedConcern(ctx context.Context, changes []*news.Change) (*RelatedConcern, error) {
	c := &RelatedConcern{}
	sources, lists, redirected := map[news.ID]bool{}, map[news.ID]bool{}, map[news.ID]bool{}
	for _, change := range changes {
		switch subject := change.SubjectID; subject.Kind() {
		case news.KindSite:
			c.Site = true
		case news.KindArticle:
			sources[subject], redirected[subject] = true, true
			if change.ChangedFields == nil || slices.Contains(change.ChangedFields, "hidden") {
				for _, tag := range append(change.Tags, subject) { // those that it hides, or did, are among them
					lists[tag] = lists[tag] || tag.Kind() == news.KindArticle
				}
			}
		case news.KindHistoricalEvent:
			sources[subject] = true
		case news.KindRedirect:
			for _, tag := range change.Tags {
				redirected[tag] = redirected[tag] || tag.Kind() == news.KindArticle
			}
		}
	}
	add := func(r *engine.Row) error { sources[id(r)] = true; return nil }
	subjects := slices.Collect(maps.Keys(sources))
	err := s.db.Query(ctx,
		// Language versions of the same story, as it is and as it was.
		perNode(subjects, `SELECT o.id FROM json_each(?) j CROSS JOIN articles e ON e.id = j.value CROSS JOIN articles o ON o.translation_group = e.translation_group`, add),
		perNode(subjects, `SELECT o.id FROM json_each(?) j CROSS JOIN related_profiles e ON e.node_id = j.value CROSS JOIN articles o ON o.translation_group = e.translation_group`, add),
		perNode(subjects, `SELECT o.node_id FROM json_each(?) j CROSS JOIN related_profiles e ON e.node_id = j.value
			CROSS JOIN related_profiles o ON o.translation_group = e.translation_group`, add),
		// What mentions an event that has come or gone.
		perNode(subjects, `SELECT l.article_id FROM json_each(?) j CROSS JOIN article_events l ON l.event_id = j.value`, add),
		// What links to a path that leads to another article now.
		perNode(slices.Collect(maps.Keys(redirected)), `SELECT l.node_id FROM json_each(?) j CROSS JOIN paths p ON p.subject = j.value
			CROSS JOIN related_links l ON l.path IN (p.path, `+otherSpelling("p.path")+`)`, add),
	)
	delete(lists, 0)
	for node, ok := range lists {
		if ok {
			c.Lists = append(c.Lists, node)
		}
	}
	c.Sources = slices.Sorted(maps.Keys(sources))
	slices.Sort(c.Lists)
	return c, err
}

// RelatedBacklog counts the changes after a place in the journal, those of the lists aside, up to a limit.
func (s *Store) RelatedBacklog(ctx context.Context, after int64, limit int) (n int, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  fmt.Sprintf(`SELECT count(*) FROM (SELECT 1 FROM changes WHERE seq > ? AND subject >> 16 & 63 <> %d ORDER BY seq LIMIT ?)`, news.KindRelatedLists),
		Args: []any{after, limit},
		Scan: func(r *engine.Row) error { n = r.Int(); return nil },
	})
	return n, err
}

// ListsWith are the nodes whose stored lists hold one of others. It looks at all lists.
func (s *Store) ListsWith(ctx context.Context, nodes []news.ID) (ids []news.ID, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT DISTINCT node_id FROM related_entries WHERE related_id IN (SELECT value FROM json_each(?))`,
		Args: []any{idList(nodes)},
		Long: true,
		Scan: func(r *engine.Row) error { ids = append(ids, id(r)); return nil },
	})
	return ids, err
}

// STORED PROFILES AND LISTS

// StoredProfile is a node's profile, and how far its list reaches.
type StoredProfile struct {
	ID      news.ID
	Profile []byte
	Reach   relate.Reach
}

// StoredProfilesAfter are those of the next nodes in the order of their ids.
func (s *Store) StoredProfilesAfter(ctx context.Context, after news.ID, limit int) (all []StoredProfile, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT p.node_id, p.profile, coalesce(l.reach_own, 0), coalesce(l.reach_other, 0) FROM related_profiles p
			LEFT JOIN related_lists l ON l.node_id = p.node_id WHERE p.node_id > ? ORDER BY p.node_id LIMIT ?`,
		Args: []any{int64(after), limit},
		Scan: func(r *engine.Row) error {
			all = append(all, StoredProfile{id(r), r.Bytes(), relate.Reach{Own: uint32(r.Int64()), Other: uint32(r.Int64())}})
			return nil
		},
	})
	return all, err
}

// StoredProfiles are those of nodes, where there are any.
func (s *Store) StoredProfiles(ctx context.Context, nodes []news.ID) (map[news.ID][]byte, error) {
	found := make(map[news.ID][]byte, len(nodes))
	return found, s.db.Query(ctx, perNode(nodes, `SELECT p.node_id, p.profile FROM json_each(?) j CROSS JOIN related_profiles p ON p.node_id = j.value`,
		func(r *engine.Row) error { found[id(r)] = r.Bytes(); return nil }))
}

// Unrelated are the next nodes in the order of their ids of which a list or profile is stored and which are not published any
// more.
func (s *Store) Unrelated(ctx context.Context, after news.ID, limit int) (ids []news.ID, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT node_id FROM (SELECT node_id FROM related_profiles WHERE node_id > ?1 UNION SELECT node_id FROM related_lists WHERE node_id > ?1) n
			WHERE NOT EXISTS (SELECT 1 FROM articles e WHERE e.id = n.node_id AND e.status = 'PUBLISHED')
				AND NOT EXISTS (SELECT 1 FROM events e WHERE e.id = n.node_id AND e.status = 'PUBLISHED') ORDER BY node_id LIMIT ?2`,
		Args: []any{int64(after), limit},
		Long: true,
		Scan: func(r *engine.Row) error { ids = append(ids, id(r)); return nil },
	})
	return ids, err
}

// RelatedQueue are nodes whose lists have to be computed again, the newest first.
func (s *Store) RelatedQueue(ctx context.Context, limit int) (ids []news.ID, err error) {
	err = s.db.Query(ctx, engine.Stmt{SQL: `SELECT node_id FROM related_queue ORDER BY node_id DESC LIMIT ?`, Args: []any{limit},
		Scan: func(r *engine.Row) error { ids = append(ids, id(r)); return nil }})
	return ids, err
}

// HiddenRelated are the articles that editors do not want to see beside others.
func (s *Store) HiddenRelated(ctx context.Context, articles []news.ID) (map[news.ID][]news.ID, error) {
	found := map[news.ID][]news.ID{}
	return found, s.db.Query(ctx, perNode(articles, `
		SELECT h.article_id, h.hidden_id FROM json_each(?1) j CROSS JOIN hidden_related_articles h ON h.article_id = j.value
		UNION ALL SELECT h.hidden_id, h.article_id FROM json_each(?1) j CROSS JOIN hidden_related_articles h ON h.hidden_id = j.value WHERE h.is_mutual`,
		func(r *engine.Row) error {
			article := id(r)
			found[article] = append(found[article], id(r))
			return nil
		}))
}

// RelatedProfile is a profile to store, with what is needed to find it when others change.
type RelatedProfile struct {
	ID      news.ID
	Group   news.ID
	Paths   []string
	Profile []byte
}

// RelatedList is a list to store.
type RelatedList struct {
	ID      news.ID
	Ranking string
	relate.List
}

// RelatedWrite is what one write changes. A node may be in several of its fields.
type RelatedWrite struct {
	Profiles []RelatedProfile
	Gone     []news.ID // nodes that have neither list nor profile any more
	Queue    []news.ID // nodes whose lists have to be computed again
	Lists    []RelatedList
	Done     []news.ID // nodes whose lists need not be computed again
	Sweep    *news.ID  // see [RelatedState]
}

// WriteRelated writes in one batch. Lists that are as they were before are left alone; of the others the journal tells, hidden
// from everybody but those who follow it. It is ErrDeposed when the program is not the owner any more.
func (s *Store) WriteRelated(ctx context.Context, owner string, w RelatedWrite) error {
	var steps []engine.Step
	add := func(sql string, args ...any) { steps = append(steps, engine.Step{SQL: sql, Args: args}) }
	if len(w.Profiles) > 0 {
		nodes := make([]news.ID, len(w.Profiles))
		for i, p := range w.Profiles {
			nodes[i] = p.ID
		}
		add(`DELETE FROM related_links WHERE node_id IN (SELECT value FROM json_each(?))`, idList(nodes))
	}
	for _, p := range w.Profiles {
		add(`INSERT INTO related_profiles (node_id, translation_group, profile) VALUES (?, ?, ?)
			ON CONFLICT (node_id) DO UPDATE SET translation_group = excluded.translation_group, profile = excluded.profile`, int64(p.ID), orNull(p.Group), p.Profile)
		if len(p.Paths) > 0 {
			add(`INSERT INTO related_links (node_id, path) SELECT ?, value FROM json_each(?)`, int64(p.ID), listJSON(p.Paths))
		}
	}
	if len(w.Gone) > 0 {
		for _, table := range relatedTables {
			add(`DELETE FROM `+table+` WHERE node_id IN (SELECT value FROM json_each(?))`, idList(w.Gone))
		}
	}
	if len(w.Done) > 0 {
		add(`DELETE FROM related_queue WHERE node_id IN (SELECT value FROM json_each(?))`, idList(w.Done))
	}
	if len(w.Queue) > 0 {
		add(`INSERT INTO related_queue (node_id) SELECT value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`, idList(w.Queue))
	}
	if w.Sweep != nil {
		add(`UPDATE related_state SET sweep = ?`, int64(*w.Sweep))
	}
	lists, changed, err := s.listSteps(ctx, w.Lists)
	if err != nil {
		return err
	}
	steps = append(steps, lists...)
	var changes []change
	if tags := append(changed, w.Gone...); len(tags) > 0 {
		st, err := s.RelatedState(ctx)
		if err != nil {
			return err
		}
		steps = append(steps, engine.Step{SQL: `UPDATE related_state SET version = version + 1 WHERE version = ?`, Args: []any{st.version}, Guard: "related.version"})
		changes = []change{{subject: news.ID(news.KindRelatedLists) << 16, kind: news.ChangeUpdated, version: st.version + 1, tags: tags, fields: []string{}, hidden: true}}
	}
	return s.writeOwned(ctx, owner, changes, steps)
}

// relatedTables have rows of nodes with lists.
var relatedTables = []string{"related_lists", "related_entries", "related_profiles", "related_links", "related_queue"}

// listSteps store lists, and say which of them readers see as others.
func (s *Store) listSteps(ctx context.Context, lists []RelatedList) (steps []engine.Step, changed []news.ID, err error) {
	if len(lists) == 0 {
		return nil, nil, nil
	}
	stored, err := s.storedLists(ctx, lists)
	if err != nil {
		return nil, nil, err
	}
	now := s.now().UnixMilli()
	for _, l := range lists {
		before, entries := stored[l.ID], listEntries(l.List)
		same := slices.EqualFunc(before.entries, entries, func(a, b listEntry) bool {
			return a.place == b.place && a.related == b.related && bytes.Equal(a.reasons, b.reasons)
		})
		at := before.computedAt
		if !same || before.ranking != l.Ranking {
			changed, at = append(changed, l.ID), now
		} else if before.reach == l.Reach {
			continue
		}
		steps = append(steps, engine.Step{SQL: `INSERT INTO related_lists (node_id, ranking, computed_at, reach_own, reach_other) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (node_id) DO UPDATE SET ranking = excluded.ranking, computed_at = excluded.computed_at, reach_own = excluded.reach_own, reach_other = excluded.reach_other`,
			Args: []any{int64(l.ID), l.Ranking, at, int64(l.Reach.Own), int64(l.Reach.Other)}})
		if same {
			continue
		}
		if len(before.entries) > 0 {
			steps = append(steps, engine.Step{SQL: `DELETE FROM related_entries WHERE node_id = ?`, Args: []any{int64(l.ID)}})
		}
		if len(entries) > 0 {
			args := make([]any, 0, 4*len(entries))
			for _, e := range entries {
				args = append(args, int64(l.ID), e.place, int64(e.related), e.reasons)
			}
			steps = append(steps, engine.Step{SQL: `INSERT INTO related_entries (node_id, place, related_id, reasons) VALUES (?, ?, ?, ?)` +
				strings.Repeat(`, (?, ?, ?, ?)`, len(entries)-1), Args: args})
		}
	}
	return steps, changed, nil
}

// A listEntry is a row of related_entries.
type listEntry struct {
	place   int64
	related news.ID
	reasons []byte
}

type storedList struct {
	ranking    string
	computedAt int64
	reach      relate.Reach
	entries    []listEntry
}

func listEntries(l relate.List) []listEntry {
	entries := make([]listEntry, 0, len(l.Own)+len(l.Other))
	for _, part := range []struct {
		list  []relate.Related
		other bool
	}{{l.Own, false}, {l.Other, true}} {
		for i, r := range part.list {
			entries = append(entries, listEntry{relatedPlace(r.Score, i, part.other), r.ID, packReasons(r.Reasons)})
		}
	}
	slices.SortFunc(entries, func(a, b listEntry) int { return int(a.place - b.place) })
	return entries
}

func (s *Store) storedLists(ctx context.Context, lists []RelatedList) (map[news.ID]*storedList, error) {
	ids := make([]news.ID, len(lists))
	found := make(map[news.ID]*storedList, len(lists))
	for i, l := range lists {
		ids[i], found[l.ID] = l.ID, &storedList{}
	}
	return found, s.db.Query(ctx,
		perNode(ids, `SELECT l.node_id, l.ranking, l.computed_at, l.reach_own, l.reach_other FROM json_each(?) j CROSS JOIN related_lists l ON l.node_id = j.value`,
			func(r *engine.Row) error {
				l := found[id(r)]
				l.ranking, l.computedAt, l.reach = r.Text(), r.Int64(), relate.Reach{Own: uint32(r.Int64()), Other: uint32(r.Int64())}
				return nil
			}),
		perNode(ids, `SELECT x.node_id, x.place, x.related_id, x.reasons FROM json_each(?) j CROSS JOIN related_entries x ON x.node_id = j.value`,
			func(r *engine.Row) error {
				l := found[id(r)]
				l.entries = append(l.entries, listEntry{r.Int64(), id(r), r.Bytes()})
				return nil
			}),
	)
}
