package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// Reader reads what one caller may see: all reading of content that anybody is shown goes through one. What is visible
// is said in SQL, by the conditions of this file, and cannot be widened by an argument. A Reader is safe for concurrent
// use.
type Reader struct {
	db      engine.Engine
	now     func() time.Time
	caller  *news.Caller
	preview bool // of entries in every stage of life
	// Why summaries and bodies may not be read; nil when they may.
	noSummary, noBody error
	rankings          *rankings
	bounds            *searchBounds
}

// As is what the caller sees. Whoever may read nothing gets a reader that refuses everything.
func (s *Store) As(caller *news.Caller) *Reader {
	r := &Reader{db: s.db, caller: caller, preview: caller.Perspective() == news.PerspectivePreview,
		noSummary: caller.MayRead(news.BodySummary), noBody: caller.MayRead(news.BodyFull),
		rankings: &s.rankings, bounds: &s.bounds, now: s.now}
	if err := caller.Require(news.ReadingScopes...); err != nil {
		r.db = refusing{s.db, err}
	}
	return r
}

// refusing is the database of a caller who may read nothing.
type refusing struct {
	engine.Engine
	err error
}

func (r refusing) Query(context.Context, ...engine.Stmt) error { return r.err }

// limited says whether there is published content that the caller does not see.
func (s *Reader) limited() bool {
	g := &s.caller.Grant
	return len(g.Categories) > 0 || len(g.Locales) > 0 || g.SyndicatableOnly
}

// Limits stand in statements as literals: ids are numbers, and language tags are quoted. There are as many texts as
// there are different grants, which are few.

func (s *Reader) grantedCategories() string { return numbers(s.caller.Categories) }

func numbers(ids []news.ID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.FormatInt(int64(id), 10)
	}
	return strings.Join(texts, ", ")
}

func (s *Reader) grantedLocales() string {
	texts := make([]string, len(s.caller.Locales))
	for i, l := range s.caller.Locales {
		texts[i] = quoted(string(l))
	}
	return strings.Join(texts, ", ")
}

// quoted is a text as a literal.
func quoted(text string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(text, "\x00", ""), "'", "''") + "'"
}

// VISIBLE NODES

// visible is the condition that the row e of an entry's table is visible; never empty.
func (s *Reader) visible(kind news.IDKind) string {
	var all []string
	if !s.preview {
		all = append(all, "e.status = 'PUBLISHED'")
	}
	all = append(all, s.granted(kind)...)
	c := "true"
	if len(all) > 0 {
		c = strings.Join(all, " AND ")
	}
	if shown := s.caller.Preview; shown.Kind() == kind {
		c = fmt.Sprintf("(%s OR e.id = %d)", c, int64(shown))
	}
	return c
}

// granted are the conditions of the caller's grant for the row e of an entry's table, whatever its status.
func (s *Reader) granted(kind news.IDKind) (all []string) {
	g := &s.caller.Grant
	if len(g.Categories) > 0 {
		switch kind {
		case news.KindArticle:
			all = append(all, s.filed("article_categories", "article_id", "e.id"))
		case news.KindHistoricalEvent:
			all = append(all, s.filed("event_categories", "event_id", "e.id"))
		default: // pages are filed nowhere
			all = append(all, "false")
		}
	}
	if len(g.Locales) > 0 {
		all = append(all, "e.locale IN ("+s.grantedLocales()+")")
	}
	if g.SyndicatableOnly && kind == news.KindArticle {
		all = append(all, "e.is_syndicatable")
	}
	return all
}

// filed is the condition that an entry is in a granted category or below.
func (s *Reader) filed(links, column, entry string) string {
	return fmt.Sprintf(`EXISTS (SELECT 1 FROM %s l CROSS JOIN category_ancestors t ON t.category_id = l.category_id
		WHERE l.%s = %s AND t.ancestor_id IN (%s))`, links, column, entry, s.grantedCategories())
}

// visibleCategory is the condition that a category is visible: it is granted or below one that is. Empty when all are.
func (s *Reader) visibleCategory(category string) string {
	if len(s.caller.Categories) == 0 {
		return ""
	}
	return fmt.Sprintf("EXISTS (SELECT 1 FROM category_ancestors t WHERE t.category_id = %s AND t.ancestor_id IN (%s))", category, s.grantedCategories())
}

// andVisible is visibleCategory behind another condition.
func (s *Reader) andVisible(category string) string {
	if c := s.visibleCategory(category); c != "" {
		return " AND " + c
	}
	return ""
}

// ifVisible is a query for the id of a category, which finds only a visible one.
func (s *Reader) ifVisible(query string) string {
	if len(s.caller.Categories) == 0 {
		return query
	}
	return "SELECT e.id FROM categories e WHERE e.id = (" + query + ")" + s.andVisible("e.id")
}

// visibleNode is the condition that a node of any type is visible.
func (s *Reader) visibleNode(id string) string { return s.nodeIs(id, s.visible) }

// grantedNode is the condition that a node of any type, whatever its status, is in the caller's grant; empty when all are.
func (s *Reader) grantedNode(id string) string {
	if !s.limited() {
		return ""
	}
	return s.nodeIs(id, func(kind news.IDKind) string { return strings.Join(append(s.granted(kind), "true"), " AND ") })
}

// nodeIs asks of a node what entry gives for its type as a condition about the row e of its table.
func (s *Reader) nodeIs(id string, entry func(news.IDKind) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CASE %s >> 16 & 63", id)
	for _, kind := range []news.IDKind{news.KindArticle, news.KindHistoricalEvent, news.KindPage} {
		fmt.Fprintf(&b, " WHEN %d THEN EXISTS (SELECT 1 FROM %s e WHERE e.id = %s AND %s)", kind, entryTable(kind), id, entry(kind))
	}
	if c := s.visibleCategory(id); c != "" {
		fmt.Fprintf(&b, " WHEN %d THEN %s", news.KindCategory, c)
	}
	return b.String() + " ELSE true END"
}

// entryTable is the table of a type of entries.
func entryTable(kind news.IDKind) string {
	return map[news.IDKind]string{news.KindArticle: "articles", news.KindPage: "pages", news.KindHistoricalEvent: "events"}[kind]
}

// inGrant says whether an entry would be visible if it were published.
func (s *Reader) inGrant(ctx context.Context, id news.ID) (ok bool, err error) {
	c := s.grantedNode("?1")
	if c == "" {
		return true, nil
	}
	err = s.db.Query(ctx, engine.Stmt{SQL: `SELECT ` + c, Args: []any{int64(id)}, Scan: func(r *engine.Row) error { ok = r.Bool(); return nil }})
	return ok, err
}

// LISTS

// listings are those that hold what the caller sees: what is published and, in preview, what is not.
func (s *Reader) listings(published *listing) []*listing {
	if s.preview {
		return []*listing{published, published.unpublished}
	}
	return []*listing{published}
}

// filtered are the parts of a filter for each listing, narrowed to the caller's grant.
func filtered[F any](s *Reader, l *listing, filter F, parts func(*listing, F) (*filterParts, error)) ([]*filterParts, error) {
	var all []*filterParts
	for _, l := range s.listings(l) {
		p, err := parts(l, filter)
		if err != nil {
			return nil, err
		}
		s.narrow(p)
		all = append(all, p)
	}
	return all, nil
}

func selections(parts []*filterParts, of func(*filterParts) selection) []selection {
	all := make([]selection, len(parts))
	for i, p := range parts {
		all[i] = of(p)
	}
	return all
}

// narrow demands that entries be in the caller's grant.
func (s *Reader) narrow(p *filterParts) {
	g := &s.caller.Grant
	facets := make([]facetExpr, len(g.Categories))
	for i, c := range g.Categories {
		facets[i] = facetExpr{sql: strconv.FormatInt(int64(c), 10), rank: rankCategory}
	}
	p.anyOf(facets)
	if p.listing.entries == "articles" {
		locales := make([]facetExpr, len(g.Locales))
		for i, l := range g.Locales {
			locales[i] = facetExpr{sql: fmt.Sprintf("(SELECT %d + id FROM locales WHERE tag = %s)", facetLocale, quoted(string(l))), rank: rankLocale}
		}
		p.anyOf(locales)
		if g.SyndicatableOnly {
			p.noneOf([]facetExpr{{sql: strconv.Itoa(facetNotSyndicatable)}})
		}
	} else if len(g.Locales) > 0 {
		p.rest.and("EXISTS (SELECT 1 FROM events v WHERE v.id = f.event_id AND v.locale IN (" + s.grantedLocales() + "))")
	}
}

// andLimit is the grant behind another condition, about a row of a listing; empty when there is none.
func (s *Reader) andLimit(l *listing, alias string) string {
	p := &filterParts{listing: l}
	s.narrow(p)
	c := p.wholeCondition() // without arguments: narrow uses literals
	if c.sql == "" {
		return ""
	}
	own := "." + l.id
	return " AND " + strings.ReplaceAll(c.sql, "f"+own, alias+own)
}

// articleCount is SQL for the number of published articles of a facet that the caller sees: a counter's value where that is
// all of them.
func (s *Reader) articleCount(facet string, all bool) string {
	if all {
		return articleCount(facet)
	}
	return fmt.Sprintf("(SELECT count(*) FROM article_facets f WHERE f.facet = %s%s)", facet, s.andLimit(articleListing, "f"))
}

// countsAllOfCategory says whether the caller sees all articles of the categories that it sees.
func (s *Reader) countsAllOfCategory() bool {
	return len(s.caller.Locales) == 0 && !s.caller.SyndicatableOnly
}

// mayOrderByCount refuses an order that is read along the counters, where these tell of more than the caller sees.
func (s *Reader) mayOrderByCount(counted bool) error {
	if counted {
		return nil
	}
	return news.Forbiddenf("the order ARTICLE_COUNT goes by all articles, and %s sees only some of them; choose another order", s.caller.Name)
}

// mayAskStatuses refuses a filter by status to callers who see one status only.
func (s *Reader) mayAskStatuses() error {
	return s.caller.Require(news.ScopeContentPreview, news.ScopeContentEdit)
}

func (s *Reader) scanArticle(r *engine.Row) (*news.Article, error) {
	a, err := scanArticle(r)
	if s.noSummary != nil {
		a.Withhold(s.noSummary)
	}
	return a, err
}

func (s *Reader) scanEvent(r *engine.Row) (*news.HistoricalEvent, error) {
	e, err := scanEvent(r)
	if err == nil && s.noBody != nil {
		e.Withhold(s.noBody)
	}
	return e, err
}
