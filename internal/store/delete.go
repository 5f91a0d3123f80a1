package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// Delete erases an entry with its revisions and every link to it. What stays is an entry in the journal and, where readers
// could once see it, paths that answer that they are gone. The revision of what is saved is that of the tombstone.
func (s *Store) Delete(ctx context.Context, st Step) (Saved, error) {
	return s.inBatch(ctx, func(b *batch) (Saved, error) {
		e := st.edit(nil)
		e.erases = true
		if err := b.mayEdit(ctx, e, st.ID.Kind()); err != nil {
			return Saved{}, err
		}
		before, err := b.stateFor(ctx, e)
		if err != nil {
			return Saved{}, err
		}
		h, _, err := entryOf(&before.record)
		if err != nil {
			return Saved{}, err
		}
		lost, err := b.unlink(st.ID)
		if err != nil {
			return Saved{}, err
		}
		if err := b.bump(lost, st.By, st.ID); err != nil {
			return Saved{}, err
		}
		listed, err := b.listedIn(st.ID)
		if err != nil {
			return Saved{}, err
		}
		if wasPublic(h, b.now) {
			b.exec(`UPDATE paths SET subject = NULL, state = 'GONE', reason = NULL, since = ? WHERE subject = ?`, b.now.UnixMilli(), int64(st.ID))
		} else {
			b.exec(`DELETE FROM paths WHERE subject = ?`, int64(st.ID))
		}
		b.exec(`DELETE FROM external_refs WHERE subject = ?`, int64(st.ID))
		b.exec(`DELETE FROM idempotency_keys WHERE subject = ?`, int64(st.ID))
		b.erase(st.ID, before.version, change{by: &st.By, hidden: !wasPublic(h, b.now), tags: listed})
		return Saved{ID: st.ID, Revision: before.version + 1}, nil
	})
}

// wasPublic says whether readers could ever see an entry.
func wasPublic(h *news.Head, now time.Time) bool {
	switch h.Status {
	case news.StatusDraft, news.StatusInReview:
		return false
	case news.StatusPublished, news.StatusRetracted:
		return true
	}
	return !h.PublishedAt.IsZero() && !h.PublishedAt.After(now)
}

// tableOf are the tables of nodes that can be erased; rowsOf are the tables with rows that hang on them and would be lost
// with them. Links that others hold are taken by unlink, or given to another node, before.
var (
	tableOf = map[news.IDKind]string{news.KindArticle: "articles", news.KindPage: "pages", news.KindHistoricalEvent: "events", news.KindCategory: "categories",
		news.KindTopic: "topics", news.KindSite: "sites"}
	rowsOf = map[news.IDKind][]string{
		news.KindArticle: {"bodies WHERE entry_id", "bylines WHERE article_id", "article_categories WHERE article_id", "article_topics WHERE article_id",
			"related_articles WHERE article_id", "hidden_related_articles WHERE article_id", "corrections WHERE article_id", "article_events WHERE article_id", "fingerprints WHERE article_id"},
		news.KindPage: {"bodies WHERE entry_id"},
		news.KindHistoricalEvent: {"event_citations WHERE event_id", "event_topics WHERE event_id", "event_categories WHERE event_id",
			"date_claims WHERE event_id"},
		news.KindCategory: {"category_ancestors WHERE category_id"},
	}
)

// erase removes a node that has the version that was read, with all rows of its own, and notes c in the journal.
func (b *batch) erase(node news.ID, version int, c change) {
	table := tableOf[node.Kind()]
	b.guarded(table+".version", `DELETE FROM `+table+` WHERE id = ? AND version = ?`, int64(node), version)
	for _, rows := range rowsOf[node.Kind()] {
		b.exec(`DELETE FROM `+rows+` = ?`, int64(node))
	}
	b.exec(`DELETE FROM pending_records WHERE subject = ?`, int64(node))
	b.add(eraseRevisions(node))
	if slices.Contains(RelatedKinds, node.Kind()) {
		for _, rows := range relatedTables {
			b.exec(`DELETE FROM `+rows+` WHERE node_id = ?`, int64(node))
		}
	}
	b.indexing = append(b.indexing, engine.Step{ // after what was filed there is gone
		SQL: `DELETE FROM facet_counts WHERE facet IN (?, ?)`, Args: []any{int64(node), -int64(node)}})
	last := func(sql string, args ...any) {
		b.indexing = append(b.indexing, engine.Step{SQL: sql, Args: args, Late: true})
	}
	for _, index := range []string{indexOf(true), indexOf(false)} {
		last(`DELETE FROM `+index+` WHERE rowid = ?`, int64(node))
		last(`DELETE FROM `+index+`_dates WHERE id = ?`, int64(node))
	}
	switch node.Kind() {
	case news.KindArticle:
		b.articles = append(b.articles, node)
	case news.KindHistoricalEvent:
		b.events = append(b.events, node)
	}
	c.subject, c.kind, c.version, c.tags = node, news.ChangeDeleted, version+1, append([]news.ID{node}, c.tags...)
	b.changes = append(b.changes, c)
}

// listedIn are the nodes in whose lists an article or event is.
func (b *batch) listedIn(node news.ID) ([]news.ID, error) {
	it := &item{id: node}
	switch node.Kind() {
	case news.KindArticle:
		if err := b.loadPartners(it); err != nil {
			return nil, err
		}
		return it.listed(b, articleListing)
	case news.KindHistoricalEvent:
		return it.listed(b, eventListing)
	}
	return nil, nil
}

func (it *item) listed(b *batch, l *listing) ([]news.ID, error) {
	err := b.loadListed(it, l)
	return it.stored.listed, err
}

// touched are nodes whose links are changed by statements of their own, with the fields of their records that differ then.
type touched map[news.ID][]string

func (t touched) add(node news.ID, field string) {
	if !slices.Contains(t[node], field) {
		t[node] = append(t[node], field)
		slices.Sort(t[node])
	}
}

// of are the nodes of a kind, as a JSON list. Statements that change links are held to the nodes that were found, so that a
// link which somebody makes meanwhile breaks the batch, and is found when it is tried again.
func (t touched) of(kind news.IDKind) string {
	var ids []news.ID
	for node := range t {
		if node.Kind() == kind {
			ids = append(ids, node)
		}
	}
	slices.Sort(ids)
	return idList(ids)
}

// find adds the nodes that a query gives; its argument is a JSON list of ids.
func (b *batch) find(t touched, field, query string, ids ...news.ID) error {
	return b.db.Query(b.ctx, engine.Stmt{SQL: query, Args: []any{idList(ids)}, Scan: func(r *engine.Row) error { t.add(id(r), field); return nil }})
}

// bump gives nodes whose links change a new version and an entry in the journal, and keeps what they still wait for. The
// batch must not edit them too.
func (b *batch) bump(t touched, by string, tags ...news.ID) error {
	byKind := map[news.IDKind][]news.ID{}
	for node := range t {
		byKind[node.Kind()] = append(byKind[node.Kind()], node)
	}
	for kind, nodes := range byKind {
		slices.Sort(nodes)
		status := "e.status"
		if kind == news.KindSite {
			status = "'PUBLISHED'"
		}
		err := b.db.Query(b.ctx, engine.Stmt{
			SQL:  fmt.Sprintf(`SELECT e.id, e.version, %s FROM json_each(?) j CROSS JOIN %s e ON e.id = j.value`, status, tableOf[kind]),
			Args: []any{idList(nodes)},
			Scan: func(r *engine.Row) error {
				node, version, status := id(r), r.Int(), news.EntryStatus(r.Text())
				b.changes = append(b.changes, change{subject: node, kind: news.ChangeUpdated, version: version + 1, tags: append([]news.ID{node}, tags...),
					fields: t[node], by: &by, hidden: status != news.StatusPublished && status != news.StatusRetracted})
				return nil
			},
		})
		if err != nil {
			return err
		}
		b.exec(`UPDATE `+tableOf[kind]+` SET version = version + 1 WHERE id IN (SELECT value FROM json_each(?))`, idList(nodes))
		b.exec(`UPDATE pending_records AS p SET version = version + 1 WHERE subject IN (SELECT value FROM json_each(?)) AND `+isCurrent, idList(nodes))
	}
	return nil
}

// unlink takes away the links that others have to an entry, and gives who has had one.
func (b *batch) unlink(entry news.ID) (touched, error) {
	switch entry.Kind() {
	case news.KindArticle:
		return b.unlinkArticle(entry)
	case news.KindPage:
		return b.unlinkPage(entry)
	}
	lost := touched{}
	if err := b.find(lost, "events", `SELECT l.article_id FROM json_each(?) j CROSS JOIN article_events l ON l.event_id = j.value`, entry); err != nil {
		return nil, err
	}
	for node := range lost {
		b.articles = append(b.articles, node)
	}
	b.exec(`DELETE FROM article_events WHERE event_id = ? AND article_id IN (SELECT value FROM json_each(?))`, int64(entry), lost.of(news.KindArticle))
	return lost, nil
}

func (b *batch) unlinkPage(page news.ID) (touched, error) {
	lost := touched{}
	if err := b.find(lost, "parent", `SELECT e.id FROM json_each(?) j CROSS JOIN pages e ON e.parent_id = j.value`, page); err != nil {
		return nil, err
	}
	if err := b.find(lost, "about", `SELECT e.id FROM json_each(?) j CROSS JOIN sites e ON e.about_page_id = j.value`, page); err != nil {
		return nil, err
	}
	// What stood below it stands where it stood.
	b.exec(`UPDATE pages SET parent_id = (SELECT p.parent_id FROM pages p WHERE p.id = ?1) WHERE parent_id = ?1 AND id IN (SELECT value FROM json_each(?2))`,
		int64(page), lost.of(news.KindPage))
	b.exec(`UPDATE sites SET about_page_id = NULL WHERE about_page_id = ? AND id IN (SELECT value FROM json_each(?))`, int64(page), lost.of(news.KindSite))
	return lost, nil
}

func (b *batch) unlinkArticle(article news.ID) (touched, error) {
	lost := touched{}
	for _, link := range []struct{ field, query string }{
		{"related", `SELECT l.article_id FROM json_each(?) j CROSS JOIN related_articles l ON l.related_id = j.value`},
		{"hidden", `SELECT l.article_id FROM json_each(?) j CROSS JOIN hidden_related_articles l ON l.hidden_id = j.value`},
		{"dateClaims", `SELECT l.event_id FROM json_each(?) j CROSS JOIN date_claims l ON l.article_id = j.value`},
	} {
		if err := b.find(lost, link.field, link.query, article); err != nil {
			return nil, err
		}
	}
	articles := lost.of(news.KindArticle)
	b.exec(`DELETE FROM related_articles WHERE related_id = ? AND article_id IN (SELECT value FROM json_each(?))`, int64(article), articles)
	b.exec(`DELETE FROM hidden_related_articles WHERE hidden_id = ? AND article_id IN (SELECT value FROM json_each(?))`, int64(article), articles)
	b.exec(`UPDATE date_claims SET article_id = NULL WHERE article_id = ? AND event_id IN (SELECT value FROM json_each(?))`,
		int64(article), lost.of(news.KindHistoricalEvent))
	return lost, b.leaveTranslations(article, lost)
}

// leaveTranslations takes an article out of the group of its language versions.
func (b *batch) leaveTranslations(article news.ID, lost touched) error {
	var group news.ID
	var others []news.ID // language versions of the same story, the oldest first
	err := b.db.Query(b.ctx, engine.Stmt{
		SQL: `SELECT o.translation_group, o.id FROM articles e CROSS JOIN articles o ON o.translation_group = e.translation_group AND o.id <> e.id
			WHERE e.id = ? ORDER BY o.id`,
		Args: []any{int64(article)},
		Scan: func(r *engine.Row) error { group = id(r); others = append(others, id(r)); return nil },
	})
	if err != nil {
		return err
	}
	b.guarded("article.translations", `UPDATE articles SET version = version WHERE id = ?1 AND
		(SELECT count(*) FROM articles o WHERE o.translation_group = articles.translation_group AND o.id <> ?1) = ?2`, int64(article), len(others))
	switch {
	case len(others) == 0:
	case len(others) == 1: // alone from now on
		b.exec(`UPDATE articles SET translation_group = NULL WHERE id = ?`, int64(others[0]))
		if group != others[0] {
			lost.add(others[0], "translationOf")
		}
	case group == article:
		b.exec(`UPDATE articles SET translation_group = ? WHERE translation_group = ?`, int64(others[0]), int64(group))
		for _, o := range others {
			lost.add(o, "translationOf")
		}
	}
	return nil
}

// DeleteCategory erases a category in which nothing is filed, which has none below it and to which no API key is limited. Its
// paths answer that they are gone.
func (s *Store) DeleteCategory(ctx context.Context, st Step) (Saved, error) {
	category := st.ID
	if category.Kind() != news.KindCategory {
		return Saved{}, news.NotFoundf("%s is not a category", category)
	}
	return s.inBatch(ctx, func(b *batch) (Saved, error) {
		before, err := b.stateFor(ctx, Edit{ID: category, Expected: st.Expected, erases: true})
		if err != nil {
			return Saved{}, err
		}
		for _, use := range []struct{ what, query string }{
			{"categories are below it", `SELECT count(*) FROM categories WHERE parent_id = ?`},
			{"articles are filed in it", `SELECT count(*) FROM article_categories WHERE category_id = ?`},
			{"events are filed in it", `SELECT count(*) FROM event_categories WHERE category_id = ?`},
			{"API keys are limited to it", `SELECT count(*) FROM api_keys e CROSS JOIN json_each(e.categories) c WHERE c.value = ?`},
		} {
			n := 0
			err := b.db.Query(ctx, engine.Stmt{SQL: use.query, Args: []any{int64(category)}, Scan: func(r *engine.Row) error { n = r.Int(); return nil }})
			if err != nil {
				return Saved{}, err
			}
			if n > 0 {
				return Saved{}, news.Invalidf("the category cannot be deleted: %s (%d, drafts and revoked keys counted); merge it into another one", use.what, n)
			}
		}
		b.exec(`UPDATE paths SET subject = NULL, state = 'GONE', reason = NULL, since = ? WHERE subject = ?`, b.now.UnixMilli(), int64(category))
		b.exec(`DELETE FROM external_refs WHERE subject = ?`, int64(category))
		b.exec(`DELETE FROM idempotency_keys WHERE subject = ?`, int64(category))
		var tags []news.ID
		if parent := before.record.Category.ParentID; parent != 0 {
			tags = append(tags, parent)
		}
		b.erase(category, before.version, change{by: &st.By, tags: tags})
		return Saved{ID: category, Revision: before.version + 1}, nil
	})
}
