package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// Merge makes one node of several of a kind. The sources are erased: their paths redirect to the target, and their ids and
// the names under which they were imported mean the target from then on.
type Merge struct {
	Sources []news.ID
	Target  news.ID
	// Expected are the revisions that the person has seen of target and sources. A node that is not among them is not asked.
	Expected map[news.ID]int
	By       string
}

// mergedDigest stands in external_refs for that of a record whose node was merged into another: when it comes again, it is
// left alone.
const mergedDigest = "merged"

// sources reads the sources, which must be of the target's kind.
func (b *batch) sources(m Merge, kind news.IDKind) (list []state, err error) {
	if len(m.Sources) == 0 {
		return nil, news.Invalidf("there is nothing to merge; name at least one source")
	}
	for i, id := range append([]news.ID{m.Target}, m.Sources...) {
		if id.Kind() != kind {
			return nil, news.Invalidf("%s cannot be merged here; it is of another type", id)
		}
		if i > 0 && (id == m.Target || slices.Contains(m.Sources[:i-1], id)) {
			return nil, news.Invalidf("%s is named twice; a target is no source, and each source is named once", id)
		}
	}
	for _, id := range m.Sources {
		source, err := b.stateFor(b.ctx, Edit{ID: id, Expected: m.Expected[id], erases: true})
		if err != nil {
			return nil, err
		}
		list = append(list, source)
	}
	return list, nil
}

// merge makes the edit of the target from the sources, and adds in the same batch what along does.
func (s *Store) merge(ctx context.Context, m Merge, kind news.IDKind, edit func(target *news.Record, source *news.Record) error, along func(*batch, []state) error) (Saved, error) {
	return s.inBatch(ctx, func(b *batch) (Saved, error) {
		sources, err := b.sources(m, kind)
		if err != nil {
			return Saved{}, err
		}
		saved, err := b.edit(Edit{ID: m.Target, Expected: m.Expected[m.Target], By: m.By, Change: func(target *news.Record) error {
			for i := range sources {
				if err := edit(target, &sources[i].record); err != nil {
					return err
				}
			}
			return nil
		}})
		if err != nil {
			return Saved{}, err
		}
		if err := along(b, sources); err != nil {
			return Saved{}, err
		}
		for i, source := range sources {
			b.succeed(m.Sources[i], m.Target, source)
			h, hidden := headOf(&source.record), false
			if h != nil {
				hidden = !wasPublic(h, b.now)
			}
			b.erase(m.Sources[i], source.version, change{by: &m.By, hidden: hidden, tags: []news.ID{m.Target}})
		}
		return saved, nil
	})
}

// succeed gives the paths and names of a source to the target. A path that answered that it is gone, or that readers never
// saw, leads nowhere.
func (b *batch) succeed(source, target news.ID, before state) {
	at := b.now.UnixMilli()
	b.exec(`UPDATE paths SET subject = NULL WHERE subject = ? AND state = 'GONE'`, int64(source))
	if h := headOf(&before.record); h != nil && !wasPublic(h, b.now) {
		b.exec(`DELETE FROM paths WHERE subject = ?`, int64(source))
	} else {
		b.exec(`UPDATE paths SET subject = ?, state = 'MOVED', since = CASE state WHEN 'MOVED' THEN since ELSE ? END WHERE subject = ?`, int64(target), at, int64(source))
		b.redirects++
	}
	b.exec(`UPDATE external_refs SET subject = ?, digest = '`+mergedDigest+`' WHERE subject = ?`, int64(target), int64(source))
	b.exec(`INSERT INTO external_refs (system, value, subject, digest) VALUES ('`+ownSystem+`', ?, ?, '`+mergedDigest+`')
		ON CONFLICT (system, value) DO UPDATE SET subject = excluded.subject, digest = excluded.digest`, source.String(), int64(target))
	b.exec(`UPDATE idempotency_keys SET subject = ? WHERE subject = ?`, int64(target), int64(source))
}

// MergeCategories files what is in the sources under the target, in their place: articles, events and the categories below
// them, whose paths follow. API keys that are limited to a source are limited to the target.
func (s *Store) MergeCategories(ctx context.Context, m Merge) (Saved, error) {
	return s.merge(ctx, m, news.KindCategory, func(target, source *news.Record) error {
		target.Category.RedirectsFrom = append(append(target.Category.RedirectsFrom, source.Category.Category.Path), source.Category.RedirectsFrom...)
		return nil
	}, func(b *batch, _ []state) error {
		if err := b.mergeSubtrees(m); err != nil {
			return err
		}
		if err := b.mergeFiled(m); err != nil {
			return err
		}
		return b.mergeLimits(m)
	})
}

// mergeSubtrees moves the categories below the sources.
func (b *batch) mergeSubtrees(m Merge) error {
	for above := b.parents[m.Target]; above != 0; above = b.parents[above] { // the edit of the target has read them
		if slices.Contains(m.Sources, above) {
			return news.Invalidf("the target lies below %s, which would be no more; move it out first", above)
		}
	}
	var children []news.ID
	err := b.db.Query(b.ctx, engine.Stmt{
		SQL: `SELECT c.id FROM json_each(?1) j CROSS JOIN categories c ON c.parent_id = j.value
			WHERE c.id NOT IN (SELECT value FROM json_each(?1)) ORDER BY j.key, c.position, c.id`,
		Args: []any{idList(m.Sources)}, Scan: func(r *engine.Row) error { children = append(children, id(r)); return nil }})
	if err != nil {
		return err
	}
	b.settled = map[news.ID]bool{}
	for _, id := range slices.Concat(m.Sources, children) {
		b.settled[id] = true
	}
	for _, child := range children {
		move := func(r *news.Record) error { r.Category.Parent = news.RefOf(m.Target); return nil }
		if _, err := b.edit(Edit{ID: child, By: m.By, Change: move}); err != nil {
			return err
		}
	}
	return nil
}

// mergeFiled files articles and events of the sources under the target.
func (b *batch) mergeFiled(m Merge) error {
	filed := touched{}
	for _, link := range []struct{ field, query string }{
		{"categories", `SELECT l.article_id FROM json_each(?) j CROSS JOIN article_categories l ON l.category_id = j.value`},
		{"categories", `SELECT l.event_id FROM json_each(?) j CROSS JOIN event_categories l ON l.category_id = j.value`},
		{"primaryCategory", `SELECT e.id FROM json_each(?) j CROSS JOIN articles e ON e.primary_category_id = j.value`},
	} {
		if err := b.find(filed, link.field, link.query, m.Sources...); err != nil {
			return err
		}
	}
	articles := filed.of(news.KindArticle)
	b.relink("article_categories", "article_id", "category_id", m, articles)
	b.relink("event_categories", "event_id", "category_id", m, filed.of(news.KindHistoricalEvent))
	b.exec(`UPDATE articles SET primary_category_id = ? WHERE primary_category_id IN (SELECT value FROM json_each(?)) AND id IN (SELECT value FROM json_each(?))`,
		int64(m.Target), idList(m.Sources), articles)
	return b.refiled(filed, m)
}

// refiled notes who was linked with a source.
func (b *batch) refiled(filed touched, m Merge) error {
	for node := range filed {
		if node.Kind() == news.KindArticle {
			b.articles = append(b.articles, node)
		} else {
			b.events = append(b.events, node)
		}
	}
	return b.bump(filed, m.By, append([]news.ID{m.Target}, m.Sources...)...)
}

// relink makes links of an ordered list that some nodes have to the sources lead to the target: the first of those to the
// same keeps its place.
func (b *batch) relink(table, from, to string, m Merge, nodes string) {
	all := idList(append([]news.ID{m.Target}, m.Sources...))
	b.exec(fmt.Sprintf(`DELETE FROM %[1]s AS l WHERE l.%[2]s IN (SELECT value FROM json_each(?2)) AND l.%[3]s IN (SELECT value FROM json_each(?1)) AND EXISTS (
		SELECT 1 FROM %[1]s x WHERE x.%[2]s = l.%[2]s AND x.position < l.position AND x.%[3]s IN (SELECT value FROM json_each(?1)))`, table, from, to), all, nodes)
	b.exec(fmt.Sprintf(`UPDATE %[1]s SET %[3]s = ? WHERE %[2]s IN (SELECT value FROM json_each(?)) AND %[3]s IN (SELECT value FROM json_each(?))`, table, from, to),
		int64(m.Target), nodes, idList(m.Sources))
}

// mergeLimits limits API keys to the target that are limited to a source. None loses its limit.
func (b *batch) mergeLimits(m Merge) error {
	return b.db.Query(b.ctx, engine.Stmt{
		SQL: `SELECT e.id, e.version, e.categories FROM api_keys e
			WHERE EXISTS (SELECT 1 FROM json_each(e.categories) c WHERE c.value IN (SELECT value FROM json_each(?))) ORDER BY e.id`,
		Args: []any{idList(m.Sources)},
		Scan: func(r *engine.Row) error {
			key, version := id(r), r.Int()
			numbers, err := list[int64](r)
			if err != nil {
				return err
			}
			var limits []news.ID
			for _, n := range numbers {
				limit := news.ID(n)
				if slices.Contains(m.Sources, limit) {
					limit = m.Target
				}
				if !slices.Contains(limits, limit) {
					limits = append(limits, limit)
				}
			}
			b.guarded("key.version", `UPDATE api_keys SET categories = ?, version = version + 1 WHERE id = ? AND version = ?`, idList(limits), int64(key), version)
			b.changes = append(b.changes, change{subject: key, kind: news.ChangeUpdated, version: version + 1, tags: []news.ID{key}, fields: []string{"categories"}, by: &m.By, hidden: true})
			return nil
		},
	})
}

// MergeTopics makes one topic of several: articles and events of the sources are about the target, which takes over their
// names as aliases, their addresses elsewhere, and the description and image that it lacks.
func (s *Store) MergeTopics(ctx context.Context, m Merge) (Saved, error) {
	return s.merge(ctx, m, news.KindTopic, func(target, source *news.Record) error {
		t, from := target.Topic, source.Topic
		for _, name := range append([]string{from.Topic.Name}, from.Aliases...) {
			if name != t.Name && !slices.Contains(t.Aliases, name) {
				t.Aliases = append(t.Aliases, name)
			}
		}
		for _, address := range from.SameAs {
			if !slices.Contains(t.SameAs, address) {
				t.SameAs = append(t.SameAs, address)
			}
		}
		if t.Description == nil {
			t.Description = from.Description
		}
		if t.Image == "" {
			t.Image = from.Image
		}
		t.RedirectsFrom = append(append(t.RedirectsFrom, from.Topic.Path), from.RedirectsFrom...)
		return nil
	}, func(b *batch, _ []state) error { return b.mergeTopics(m) })
}

func (b *batch) mergeTopics(m Merge) error {
	about := touched{}
	for _, link := range []struct{ field, query string }{
		{"topics", `SELECT l.article_id FROM json_each(?) j CROSS JOIN article_topics l ON l.topic_id = j.value`},
		{"topics", `SELECT l.event_id FROM json_each(?) j CROSS JOIN event_topics l ON l.topic_id = j.value`},
		{"place", `SELECT e.id FROM json_each(?) j CROSS JOIN events e ON e.place_id = j.value`},
	} {
		if err := b.find(about, link.field, link.query, m.Sources...); err != nil {
			return err
		}
	}
	sources, articles, events := idList(m.Sources), about.of(news.KindArticle), about.of(news.KindHistoricalEvent)
	// The more relevant link says who made it.
	b.exec(`INSERT INTO article_topics (article_id, topic_id, relevance, source)
		SELECT l.article_id, ?, max(l.relevance), l.source FROM json_each(?) j CROSS JOIN article_topics l ON l.article_id = j.value
		WHERE l.topic_id IN (SELECT value FROM json_each(?)) GROUP BY l.article_id
		ON CONFLICT (article_id, topic_id) DO UPDATE SET relevance = excluded.relevance, source = excluded.source WHERE excluded.relevance > relevance`,
		int64(m.Target), articles, sources)
	b.exec(`DELETE FROM article_topics WHERE article_id IN (SELECT value FROM json_each(?)) AND topic_id IN (SELECT value FROM json_each(?))`, articles, sources)
	b.relink("event_topics", "event_id", "topic_id", m, events)
	b.exec(`UPDATE events SET place_id = ? WHERE place_id IN (SELECT value FROM json_each(?)) AND id IN (SELECT value FROM json_each(?))`, int64(m.Target), sources, events)
	return b.refiled(about, m)
}

// MergeEvents makes one historical event of several that tell the same: date claims, sources, topics and categories of the
// sources are added to the target, articles that refer to them refer to it, and it takes over the text, place and image that it
// lacks. Its own date stays the accepted one.
func (s *Store) MergeEvents(ctx context.Context, m Merge) (Saved, error) {
	return s.merge(ctx, m, news.KindHistoricalEvent, func(target, source *news.Record) error {
		if source.Event.Status == news.StatusPublished && target.Event.Status != news.StatusPublished {
			return news.Invalidf("the target is %s and %s is published: merge the other way round, or publish the target first", target.Event.Status, source.Event.Path)
		}
		if err := target.Event.Absorb(source.Event); err != nil {
			return err
		}
		t, from := target.Event, source.Event
		if system, value := splitRef(source.Ref); system != ownSystem {
			t.ExternalRefs = append(t.ExternalRefs, news.ExternalRef{System: system, Value: value})
		}
		t.ExternalRefs = append(t.ExternalRefs, from.ExternalRefs...)
		if wasPublic(&from.Head, s.now()) {
			t.RedirectsFrom = append(append(t.RedirectsFrom, from.Path), from.RedirectsFrom...)
		}
		return nil
	}, func(b *batch, _ []state) error { return b.mergeMentions(m) })
}

// mergeMentions lets articles refer to the target instead of the sources.
func (b *batch) mergeMentions(m Merge) error {
	mentions := touched{}
	if err := b.find(mentions, "events", `SELECT l.article_id FROM json_each(?) j CROSS JOIN article_events l ON l.event_id = j.value`, m.Sources...); err != nil {
		return err
	}
	articles := mentions.of(news.KindArticle)
	b.exec(`INSERT INTO article_events (article_id, event_id) SELECT value, ? FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`, int64(m.Target), articles)
	b.exec(`DELETE FROM article_events WHERE article_id IN (SELECT value FROM json_each(?)) AND event_id IN (SELECT value FROM json_each(?))`, articles, idList(m.Sources))
	return b.refiled(mentions, m)
}

// EditClaims lets edit change the date claims of the event that one of them belongs to. The claim is at the given place of
// what [news.EventRecord.AllClaims] gives. The step is that of the claim; the revision it expects is the event's.
func (s *Store) EditClaims(ctx context.Context, st Step, edit func(r *news.EventRecord, at int) error) (Saved, error) {
	claim := st.ID
	return s.inBatch(ctx, func(b *batch) (Saved, error) {
		var event news.ID
		at := 0
		err := b.db.Query(ctx, engine.Stmt{
			SQL:  `SELECT c.event_id, (SELECT count(*) FROM date_claims o WHERE o.event_id = c.event_id AND o.position < c.position) FROM date_claims c WHERE c.id = ?`,
			Args: []any{int64(claim)},
			Scan: func(r *engine.Row) error { event, at = id(r), r.Int(); return nil },
		})
		if err != nil {
			return Saved{}, err
		}
		missing := news.NotFoundf("there is no date claim %s", claim)
		if event == 0 {
			return Saved{}, missing
		}
		e := st.edit(func(r *news.Record) error { return edit(r.Event, at) })
		e.ID = event
		if err := b.mayEdit(ctx, e, event.Kind()); news.KindOf(err) == news.NotFound && err != nil {
			return Saved{}, missing // who may not see an event learns nothing of it
		}
		return b.edit(e)
	})
}
