package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// What may be asked of facets.
const (
	maxBuckets  = 100
	facetFields = 6
)

// Total is how many hits there are; it is not exact, but the least, when counting stopped at its bound or when a prefix stood for so
// many words that not all were looked for. It is counted once.
func (h *Hits) Total(ctx context.Context) (n int, exact bool, err error) {
	h.once.Do(func() { h.total, h.exact, h.err = h.count(ctx) })
	return h.total, h.exact, h.err
}

func (h *Hits) count(ctx context.Context) (n int, exact bool, err error) {
	plan, err := h.plan()
	if err != nil || plan == nil {
		return 0, err == nil, err
	}
	most := plan.reader.bounds.counted
	stmts, err := plan.eachFound(plan.match, func(l *listing, found string, args []any) engine.Stmt {
		return engine.Stmt{SQL: fmt.Sprintf("SELECT count(*) FROM (SELECT 1 %s LIMIT %d)", found, most+1), Args: args, Long: true,
			Scan: func(r *engine.Row) error { n += r.Int(); return nil }}
	})
	if err == nil {
		err = plan.reader.db.Query(ctx, stmts...)
	}
	return min(n, most), n <= most && !plan.narrow, err
}

// Facets counts the hits by fields: at most limit values of each, the fullest first. Where there are more hits than a bound, the
// newest are counted. Nodes are left to the caller, by their ids in the values.
func (h *Hits) Facets(ctx context.Context, fields []news.SearchFacetField, limit int) ([]*news.SearchFacet, error) {
	if limit < 0 || limit > maxBuckets {
		return nil, news.Invalidf("%d values of each facet were asked for; limit goes from 0 to %d", limit, maxBuckets)
	}
	if len(fields) > facetFields {
		return nil, news.Invalidf("%d facets were asked for; there are %d", len(fields), facetFields)
	}
	h.facets.Lock()
	defer h.facets.Unlock()
	list := make([]*news.SearchFacet, len(fields))
	for i, field := range fields {
		counts, err := h.countsBy(ctx, field)
		if err != nil {
			return nil, err
		}
		list[i] = &news.SearchFacet{Field: field, Buckets: fullest(counts, limit)}
	}
	return list, nil
}

// facetCounts are the counts of a search that were asked for so far.
type facetCounts struct {
	sync.Mutex
	newest  []dated
	byField map[news.SearchFacetField]map[string]int
}

// countsBy counts once, however often it is asked.
func (h *Hits) countsBy(ctx context.Context, field news.SearchFacetField) (map[string]int, error) {
	if counts, ok := h.facets.byField[field]; ok {
		return counts, nil
	}
	plan, err := h.plan()
	if err != nil || plan == nil {
		return nil, err
	}
	if h.facets.byField == nil {
		if h.facets.newest, err = plan.newest(ctx); err != nil {
			return nil, err
		}
		h.facets.byField = map[news.SearchFacetField]map[string]int{}
	}
	counts := map[string]int{}
	if len(h.facets.newest) > 0 {
		if err := plan.countBy(ctx, field, h.facets.newest, counts); err != nil {
			return nil, err
		}
	}
	h.facets.byField[field] = counts
	return counts, nil
}

// A dated hit is one with its time, in milliseconds.
type dated struct {
	id news.ID
	at int64
}

// newest are the hits that facets count.
func (p *searchPlan) newest(ctx context.Context) (hits []dated, err error) {
	stmts, err := p.eachFound(p.match, func(l *listing, found string, args []any) engine.Stmt {
		return engine.Stmt{SQL: fmt.Sprintf("SELECT d.id, d.at %s ORDER BY %s.rowid DESC LIMIT %d", found, l.search, p.reader.bounds.faceted), Args: args, Long: true,
			Scan: func(r *engine.Row) error { hits = append(hits, dated{id(r), r.Int64()}); return nil }}
	})
	if err == nil {
		err = p.reader.db.Query(ctx, stmts...)
	}
	return hits, err
}

func fullest(counts map[string]int, limit int) []*news.SearchFacetBucket {
	buckets := make([]*news.SearchFacetBucket, 0, len(counts))
	for value, n := range counts {
		buckets = append(buckets, &news.SearchFacetBucket{Value: value, Label: value, Count: n})
	}
	slices.SortFunc(buckets, func(a, b *news.SearchFacetBucket) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return buckets[:min(len(buckets), limit)]
}

// countBy adds to counts.
func (p *searchPlan) countBy(ctx context.Context, field news.SearchFacetField, hits []dated, counts map[string]int) error {
	switch field {
	case news.FacetType:
		for _, h := range hits {
			counts[string(typeOf(h.id.Kind()))]++
		}
		return nil
	case news.FacetYear:
		return p.countByYear(ctx, hits, counts)
	case news.FacetLocale:
		return p.countIn(ctx, hits, counts, localesOfHits, (*engine.Row).Text)
	case news.FacetCategory:
		return p.countIn(ctx, hits, counts, p.termsOfHits(news.KindCategory), idText)
	case news.FacetTopic:
		return p.countIn(ctx, hits, counts, p.termsOfHits(news.KindTopic), idText)
	case news.FacetAuthor:
		return p.countIn(ctx, hits, counts, p.termsOfHits(news.KindAuthor), idText)
	}
	return news.Invalidf("there is no facet %s", field)
}

func (p *searchPlan) countByYear(ctx context.Context, hits []dated, counts map[string]int) error {
	zone, err := p.reader.zone(ctx)
	if err != nil {
		return err
	}
	for _, h := range hits {
		if isEntry(h.id.Kind()) {
			counts[strconv.Itoa(time.UnixMilli(h.at).In(zone).Year())]++
		}
	}
	return nil
}

// countIn runs a query for values with their numbers among the ids of hits.
func (p *searchPlan) countIn(ctx context.Context, hits []dated, counts map[string]int, sql string, value func(*engine.Row) string) error {
	ids := make([]news.ID, len(hits))
	for i, h := range hits {
		ids[i] = h.id
	}
	return p.reader.db.Query(ctx, engine.Stmt{SQL: `WITH counted (id) AS MATERIALIZED (SELECT value FROM json_each(?)) ` + sql, Args: []any{idList(ids)}, Long: true,
		Scan: func(r *engine.Row) error { counts[value(r)] += r.Int(); return nil }})
}

func idText(r *engine.Row) string { return id(r).String() }

func typeOf(kind news.IDKind) news.SearchType {
	for t, k := range searchKinds {
		if k == kind {
			return t
		}
	}
	return ""
}

// localesOfHits looks for each hit in the table of its type: ids of other types are not there.
const localesOfHits = `SELECT locale, count(*) FROM (
	SELECT e.locale FROM counted CROSS JOIN articles e ON e.id = counted.id
	UNION ALL SELECT e.locale FROM counted CROSS JOIN pages e ON e.id = counted.id
	UNION ALL SELECT e.locale FROM counted CROSS JOIN events e ON e.id = counted.id
	UNION ALL SELECT e.locale FROM counted CROSS JOIN topics e ON e.id = counted.id
	UNION ALL SELECT e.locale FROM counted CROSS JOIN categories e ON e.id = counted.id) GROUP BY locale`

// termsOfHits counts the facets of hits that are terms of a kind, as far as the caller sees them. A category has what is below it.
func (p *searchPlan) termsOfHits(kind news.IDKind) string {
	var facets []string
	for _, l := range append(p.reader.listings(articleListing), p.reader.listings(eventListing)...) {
		facets = append(facets, fmt.Sprintf("SELECT x.facet AS f FROM counted CROSS JOIN %[1]s x ON x.%[2]s = counted.id AND x.facet > %[3]d WHERE x.facet >> 16 & 63 = %[4]d", l.table, l.id, int64(minID), kind))
	}
	visible := ""
	if kind == news.KindCategory {
		visible = p.reader.andVisible("f")
	}
	return "SELECT f, n FROM (SELECT f, count(*) AS n FROM (" + strings.Join(facets, " UNION ALL ") + ") GROUP BY f) WHERE true" + visible
}
