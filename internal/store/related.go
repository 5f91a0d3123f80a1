package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// PLACES AND REASONS

// A place says where in a list an entry stands, the best first: by the score, then what is in the same language, then
// the order of the list. Lists have at most 128 entries of each sort.
const (
	placeOther = 1 << 7 // in another language
	placeScore = placeOther << 1
)

func relatedPlace(score, rank int, other bool) int64 {
	place := int64(news.FullScore-score)*placeScore + int64(rank)
	if other {
		place += placeOther
	}
	return place
}

func scoreOf(place int64) int { return news.FullScore - int(place/placeScore) }

// packReasons writes for each reason its place in news.RelatedReasonKinds, the contribution, and ids and terms behind their
// numbers.
func packReasons(reasons []news.RelatedReason) []byte {
	b := []byte{}
	for _, r := range reasons {
		b = append(b, byte(slices.Index(news.RelatedReasonKinds, r.Kind)))
		b = binary.AppendUvarint(b, uint64(r.Contribution))
		b = binary.AppendUvarint(b, uint64(len(r.IDs)))
		for _, id := range r.IDs {
			b = binary.BigEndian.AppendUint64(b, uint64(id))
		}
		b = binary.AppendUvarint(b, uint64(len(r.Terms)))
		for _, t := range r.Terms {
			b = binary.AppendUvarint(b, uint64(len(t)))
			b = append(b, t...)
		}
	}
	return b
}

var errReasons = errors.New("stored reasons of related articles are damaged; run dateline relate rebuild")

func unpackReasons(b []byte) (reasons []news.RelatedReason, err error) {
	failed := false
	number := func() int {
		n, size := binary.Uvarint(b)
		if failed = failed || size <= 0 || n > math.MaxInt32; failed {
			return 0
		}
		b = b[size:]
		return int(n)
	}
	bytes := func(n int) []byte {
		if failed = failed || n > len(b); failed {
			return make([]byte, 8)
		}
		part := b[:n]
		b = b[n:]
		return part
	}
	for len(b) > 0 && !failed {
		kind := int(bytes(1)[0])
		if kind >= len(news.RelatedReasonKinds) {
			return nil, errReasons
		}
		r := news.RelatedReason{Kind: news.RelatedReasonKinds[kind], Contribution: number()}
		for range number() {
			if r.IDs = append(r.IDs, news.ID(binary.BigEndian.Uint64(bytes(8)))); failed {
				break
			}
		}
		for range number() {
			if r.Terms = append(r.Terms, string(bytes(number()))); failed {
				break
			}
		}
		reasons = append(reasons, r)
	}
	if failed {
		return nil, errReasons
	}
	return reasons, nil
}

// READING

// relatedSorting is the order of related articles: what editors have pinned, at negative places, and then what was computed.
var relatedSorting = sorting{name: "RELATED", column: "place", id: "related_id"}

// Where pins stand: first an article's own, then the mutual ones of others.
const (
	placeOwnPins    = -1 << 41
	placeMutualPins = -1 << 40
)

// RelatedArticles is the same page of the related articles of each of many, in one statement: first what editors have pinned,
// whatever its language and score, then what was computed. Only visible articles appear, and none that an editor has hidden
// there. Every article has a page. The first Count asks for those of all pages in one statement, and so does the first
// Computed. The filter may be nil.
func (s *Reader) RelatedArticles(ctx context.Context, articles []news.ID, filter *news.RelatedFilter, w news.Window) (map[news.ID]*news.RelatedArticleConnection, error) {
	at, err := relatedSorting.seek(w, filter)
	if err != nil {
		return nil, err
	}
	q, err := s.relatedQuery(filter)
	if err != nil {
		return nil, err
	}
	lists := make(map[news.ID]*relatedLists, len(articles))
	for _, article := range articles {
		lists[article] = &relatedLists{}
	}
	stmt := q.page(articles, at)
	stmt.Scan = func(r *engine.Row) error {
		e := &news.RelatedArticleEdge{Of: id(r), Locale: news.Locale(r.Text()), IsPinned: r.Bool()}
		place := r.Int64()
		e.Note = r.NullText()
		reasons := r.NullBytes()
		var err error
		if e.Node, err = s.scanArticle(r); err != nil {
			return err
		}
		listed, own := row[*news.RelatedArticleEdge]{sortKey{place, e.Node.ID}, e}, lists[e.Of]
		if e.IsPinned {
			e.Score, e.Parts = 1, []news.RelatedReason{{Kind: news.ReasonEditorial, Contribution: news.FullScore}}
			own.pins = append(own.pins, listed)
			return nil
		}
		own.computed = append(own.computed, listed)
		e.Score = float64(scoreOf(place)) / news.FullScore
		e.Parts, err = unpackReasons(reasons)
		return err
	}
	if err := s.db.Query(ctx, stmt); err != nil {
		return nil, err
	}
	counts := s.relatedCounts(ctx, articles, q)
	computations := s.relatedComputations(ctx, articles)
	found := make(map[news.ID]*news.RelatedArticleConnection, len(articles))
	for _, article := range articles {
		own := lists[article]
		own.order()
		found[article] = relatedPage(at, append(own.pins, own.computed...))
		found[article].Count = func(context.Context) (int, error) { all, err := counts(); return len(own.pins) + all[article], err }
		found[article].Computed = func(context.Context) (*news.RelatedComputation, error) {
			all, err := computations()
			return all[article], err
		}
	}
	return found, nil
}

// relatedPage cuts the page out of pins and a window of what was computed.
func relatedPage(at seek, rows []row[*news.RelatedArticleEdge]) *news.RelatedArticleConnection {
	slices.SortFunc(rows, func(a, b row[*news.RelatedArticleEdge]) int { return a.key.compare(b.key) })
	keys, edges := make([]sortKey, len(rows)), make([]*news.RelatedArticleEdge, len(rows))
	for i, r := range rows {
		keys[i], edges[i] = r.key, r.node
	}
	keys, edges = cut(at, keys, edges)
	nodes := make([]*news.Article, len(edges))
	byNode := make(map[*news.Article]*news.RelatedArticleEdge, len(edges))
	for i, e := range edges {
		nodes[i], byNode[e.Node] = e.Node, e
	}
	return &news.RelatedArticleConnection{Connection: *connect(at, keys, nodes, func(cursor string, a *news.Article) *news.RelatedArticleEdge {
		e := byNode[a]
		e.Cursor = cursor
		return e
	})}
}

// A relatedQuery is a checked filter of related articles.
type relatedQuery struct {
	*Reader
	ownLocale bool
	below     int64     // places must be; 0: any
	matches   condition // about alias e; empty without a filter
}

func (s *Reader) relatedQuery(f *news.RelatedFilter) (*relatedQuery, error) {
	q := &relatedQuery{Reader: s, ownLocale: f == nil || !f.AnyLocale}
	if f == nil {
		return q, nil
	}
	if !(f.MinScore >= 0 && f.MinScore <= 1) {
		return nil, news.Invalidf("minScore %v is not between 0 and 1", f.MinScore)
	}
	if f.MinScore > 0 {
		q.below = relatedPlace(int(math.Ceil(f.MinScore*news.FullScore))-1, 0, false)
	}
	if f.Categories == nil && f.PublishedAt == nil && f.ExcludeIds == nil {
		return q, nil
	}
	filter := &news.ArticleFilter{Categories: f.Categories, PublishedAt: f.PublishedAt}
	if f.ExcludeIds != nil {
		filter.Not = &news.ArticleFilter{Ids: f.ExcludeIds}
	}
	for _, l := range s.listings(articleListing) {
		parts, err := s.articleParts(l, filter)
		if err != nil {
			return nil, err
		}
		c := parts.condition()
		if q.matches.sql != "" {
			q.matches.sql += " OR "
		}
		q.matches.sql += fmt.Sprintf("EXISTS (SELECT 1 FROM %s f WHERE f.article_id = e.id AND f.facet = %d AND %s)", l.table, facetAll, c.sql)
		q.matches.args = append(q.matches.args, c.args...)
	}
	q.matches.sql = "(" + q.matches.sql + ")"
	return q, nil
}

// shows adds the condition that the article e is visible and matches the filter.
func (q *relatedQuery) shows(c *condition) {
	c.and(q.visible(news.KindArticle))
	if q.matches.sql != "" {
		c.and(q.matches.sql, q.matches.args...)
	}
}

// keeps is the condition for an entry x of the computed list of p at the instant ?2: it is neither pinned there nor hidden.
func (q *relatedQuery) keeps() condition {
	c := condition{sql: "x.node_id = p.value"}
	if q.below > 0 {
		c.and("x.place < ?", q.below)
	}
	if q.ownLocale {
		c.and(fmt.Sprintf("x.place & %d = 0", placeOther))
	}
	q.shows(&c)
	c.and(`NOT EXISTS (SELECT 1 FROM related_articles l WHERE l.related_id = x.related_id AND l.article_id = p.value AND (l.expires_at IS NULL OR l.expires_at > ?2))
		AND NOT EXISTS (SELECT 1 FROM related_articles l WHERE l.related_id = p.value AND l.article_id = x.related_id AND l.is_mutual AND (l.expires_at IS NULL OR l.expires_at > ?2))
		AND NOT EXISTS (SELECT 1 FROM hidden_related_articles h WHERE h.article_id = p.value AND h.hidden_id = x.related_id)
		AND NOT EXISTS (SELECT 1 FROM hidden_related_articles h WHERE h.article_id = x.related_id AND h.hidden_id = p.value AND h.is_mutual)`)
	return c
}

// pinnedArticles are the pins of the articles with the ids in ?1 at the instant ?2: parent, that they are pins, place, note, no
// reasons and the other article. A mutual pin is not shown where either of the two hides the other, so that both show it or
// neither.
var pinnedArticles = fmt.Sprintf(`
	SELECT l.article_id AS parent, true AS is_pinned, l.position + %d AS place, l.note AS note, NULL AS reasons, l.related_id AS other
	FROM json_each(?1) j CROSS JOIN related_articles l ON l.article_id = j.value
	WHERE (l.expires_at IS NULL OR l.expires_at > ?2)
		AND NOT EXISTS (SELECT 1 FROM hidden_related_articles h WHERE h.article_id = l.article_id AND h.hidden_id = l.related_id)
		AND NOT EXISTS (SELECT 1 FROM hidden_related_articles h WHERE h.article_id = l.related_id AND h.hidden_id = l.article_id AND (h.is_mutual OR l.is_mutual))
	UNION ALL SELECT l.related_id, true, l.position + %d, l.note, NULL, l.article_id
	FROM json_each(?1) j CROSS JOIN related_articles l ON l.related_id = j.value
	WHERE l.is_mutual AND (l.expires_at IS NULL OR l.expires_at > ?2)
		AND NOT EXISTS (SELECT 1 FROM hidden_related_articles h WHERE h.article_id = l.article_id AND h.hidden_id = l.related_id)
		AND NOT EXISTS (SELECT 1 FROM hidden_related_articles h WHERE h.article_id = l.related_id AND h.hidden_id = l.article_id)`,
	placeOwnPins, placeMutualPins)

// page reads all pins, and a page of each of the computed lists.
func (q *relatedQuery) page(articles []news.ID, at seek) engine.Stmt {
	where, args := at.sql("x", q.keeps())
	shows := condition{args: append([]any{idList(articles), q.now().UnixMilli()}, args...)}
	q.shows(&shows)
	return engine.Stmt{SQL: `SELECT x.parent, a.locale, x.is_pinned, x.place, x.note, x.reasons, ` + articleColumns + ` FROM (` + pinnedArticles + `
		UNION ALL SELECT p.value, false, o.place, NULL, o.reasons, o.related_id FROM json_each(?1) p CROSS JOIN related_entries o ON o.node_id = p.value
			AND o.place IN (SELECT x.place FROM related_entries x CROSS JOIN articles e ON e.id = x.related_id` + where + `)) x
		CROSS JOIN articles a ON a.id = x.parent CROSS JOIN articles e ON e.id = x.other WHERE ` + shows.sql, Args: shows.args}
}

// relatedLists are the rows of one article's lists.
type relatedLists struct {
	pins, computed []row[*news.RelatedArticleEdge]
}

// order puts pins in the editors' order; where each of two pins the other, the one of its own counts.
func (c *relatedLists) order() {
	slices.SortFunc(c.pins, func(a, b row[*news.RelatedArticleEdge]) int { return a.key.compare(b.key) })
	seen := map[news.ID]bool{}
	c.pins = slices.DeleteFunc(c.pins, func(r row[*news.RelatedArticleEdge]) bool {
		twice := seen[r.key.id]
		seen[r.key.id] = true
		return twice
	})
	for i, r := range c.pins {
		r.node.Position = new(i)
	}
}

// relatedCounts are the lengths of the computed lists, asked for once and only when it is called.
func (s *Reader) relatedCounts(ctx context.Context, articles []news.ID, q *relatedQuery) func() (map[news.ID]int, error) {
	return sync.OnceValues(func() (map[news.ID]int, error) {
		counts := make(map[news.ID]int, len(articles))
		c := q.keeps()
		return counts, s.db.Query(ctx, engine.Stmt{
			SQL: `WITH p (value, now) AS (SELECT value, ?2 FROM json_each(?1))
				SELECT p.value, (SELECT count(*) FROM related_entries x CROSS JOIN articles e ON e.id = x.related_id WHERE ` + c.sql + `) FROM p`,
			Args: append([]any{idList(articles), s.now().UnixMilli()}, c.args...),
			Scan: func(r *engine.Row) error { counts[id(r)] = r.Int(); return nil },
		})
	})
}

// relatedComputations say when lists were computed, asked for once and only when it is called.
func (s *Reader) relatedComputations(ctx context.Context, nodes []news.ID) func() (map[news.ID]*news.RelatedComputation, error) {
	return sync.OnceValues(func() (map[news.ID]*news.RelatedComputation, error) {
		found := make(map[news.ID]*news.RelatedComputation, len(nodes))
		return found, s.db.Query(ctx, perNode(nodes, `SELECT l.node_id, l.computed_at, l.ranking FROM json_each(?) j CROSS JOIN related_lists l ON l.node_id = j.value`,
			func(r *engine.Row) error {
				found[id(r)] = &news.RelatedComputation{At: instant(r), Ranking: r.Text()}
				return nil
			}))
	})
}

// RelatedEvents is the same page of the events that have most in common with each of many, in one statement.
func (s *Reader) RelatedEvents(ctx context.Context, events []news.ID, w news.Window) (map[news.ID]*news.HistoricalEventConnection, error) {
	at, err := relatedSorting.seek(w, nil)
	if err != nil {
		return nil, err
	}
	keeps := condition{sql: "x.node_id = p.value"}
	keeps.and(fmt.Sprintf("x.place & %d = 0", placeOther))
	keeps.and(s.visible(news.KindHistoricalEvent))
	where, args := at.sql("x", keeps)
	pages := newPages[*news.HistoricalEvent](at)
	err = s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT p.value, o.place, ` + eventColumns + ` FROM json_each(?) p
			CROSS JOIN related_entries o ON o.node_id = p.value AND o.place IN (SELECT x.place FROM related_entries x CROSS JOIN events e ON e.id = x.related_id` + where + `)
			CROSS JOIN events e ON e.id = o.related_id`,
		Args: append([]any{idList(events)}, args...),
		Scan: func(r *engine.Row) error {
			of, k := id(r), at.readKey(r)
			e, err := s.scanEvent(r)
			k.id = e.ID
			pages.add(Facet(of), k, e)
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	counts := sync.OnceValues(func() (map[Facet]int, error) {
		counts := map[Facet]int{}
		return counts, s.db.Query(ctx, engine.Stmt{
			SQL: `SELECT x.node_id FROM json_each(?) p CROSS JOIN related_entries x ON x.node_id = p.value
				CROSS JOIN events e ON e.id = x.related_id WHERE ` + keeps.sql,
			Args: []any{idList(events)},
			Scan: func(r *engine.Row) error { counts[Facet(r.Int64())]++; return nil },
		})
	})
	facets := make([]Facet, len(events))
	for i, e := range events {
		facets[i] = Facet(e)
	}
	found := make(map[news.ID]*news.HistoricalEventConnection, len(events))
	for facet, page := range connections(pages, facets, counts) {
		found[news.ID(facet)] = page
	}
	return found, nil
}

// ShownReasons are the reasons of entries of lists, with what they name as far as it is visible, in four statements.
func (s *Reader) ShownReasons(ctx context.Context, edges []*news.RelatedArticleEdge) (map[*news.RelatedArticleEdge][]news.ShownReason, error) {
	of := map[news.IDKind][]news.ID{}
	seen := map[news.ID]bool{}
	for _, e := range edges {
		for _, r := range e.Parts {
			for _, id := range r.IDs {
				if !seen[id] {
					seen[id] = true
					of[id.Kind()] = append(of[id.Kind()], id)
				}
			}
		}
	}
	var names namedByReasons
	var err error
	if names.topics, err = s.Topics(ctx, of[news.KindTopic]); err != nil {
		return nil, err
	}
	if names.categories, err = s.Categories(ctx, of[news.KindCategory]); err != nil {
		return nil, err
	}
	if names.authors, err = s.Authors(ctx, of[news.KindAuthor]); err != nil {
		return nil, err
	}
	if names.events, err = s.Events(ctx, of[news.KindHistoricalEvent]); err != nil {
		return nil, err
	}
	found := make(map[*news.RelatedArticleEdge][]news.ShownReason, len(edges))
	for _, e := range edges {
		for _, r := range e.Parts {
			if s.noBody != nil { // they are words of the body
				r.Terms = nil
			}
			found[e] = append(found[e], names.shown(e, r))
		}
	}
	return found, nil
}

// namedByReasons are the visible nodes that reasons name.
type namedByReasons struct {
	topics     map[news.ID]*news.Topic
	categories map[news.ID]*news.Category
	authors    map[news.ID]*news.Author
	events     map[news.ID]*news.HistoricalEvent
}

func (n *namedByReasons) shown(e *news.RelatedArticleEdge, r news.RelatedReason) news.ShownReason {
	head := news.ReasonHead{Kind: r.Kind, Contribution: float64(r.Contribution) / news.FullScore, Locale: e.Locale, Terms: r.Terms}
	switch r.Kind {
	case news.ReasonEditorial:
		return &news.EditorialReason{ReasonHead: head, Note: e.Note}
	case news.ReasonSharedEvent:
		events, names := named(n.events, r.IDs, func(e *news.HistoricalEvent) string { return e.Title })
		head.Names = names
		return &news.SharedEventReason{ReasonHead: head, Events: events}
	case news.ReasonSharedTopics:
		topics, names := named(n.topics, r.IDs, func(t *news.Topic) string { return t.Name })
		head.Names = names
		return &news.SharedTopicsReason{ReasonHead: head, Topics: topics}
	case news.ReasonSharedCategories:
		categories, names := named(n.categories, r.IDs, func(c *news.Category) string { return c.Name })
		head.Names = names
		return &news.SharedCategoriesReason{ReasonHead: head, Categories: categories}
	case news.ReasonSameAuthor:
		authors, names := named(n.authors, r.IDs, func(a *news.Author) string { return a.Name })
		head.Names = names
		return &news.SameAuthorReason{ReasonHead: head, Authors: authors}
	case news.ReasonTextSimilarity:
		return &news.TextSimilarityReason{ReasonHead: head}
	}
	return &news.SimpleReason{ReasonHead: head}
}

// named are the nodes with these ids, of those that are there, and their names.
func named[N any](nodes map[news.ID]N, ids []news.ID, name func(N) string) (found []N, names []string) {
	found = []N{}
	for _, id := range ids {
		if n, ok := nodes[id]; ok {
			found, names = append(found, n), append(names, name(n))
		}
	}
	return found, names
}
