package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dateline-cms/dateline/internal/analysis"
	"github.com/dateline-cms/dateline/internal/news"
)

// A facetExpr is SQL for a facet with its arguments. The rank tells which of several facets to seek in: the one that
// usually holds the fewest entries.
type facetExpr struct {
	sql  string
	args []any
	rank int
}

func facetNumber(n int, rank int) facetExpr {
	return facetExpr{sql: "+?", args: []any{n}, rank: rank}
}

// The ranks of facets, from few entries to many.
const (
	rankAll = iota
	rankLocale
	rankKind
	rankCategory
	rankTopic
	rankAuthor
	rankEvent
	rankDay
)

// filterParts collects a filter: facets that every entry must have, and other conditions about alias f.
type filterParts struct {
	listing *listing
	reader  *Reader
	all     []facetExpr
	rest    condition
}

// selection seeks in the facet of the highest rank and tests the others entry by entry.
func (p *filterParts) selection() selection {
	facets := slices.Clone(p.all)
	slices.SortStableFunc(facets, func(a, b facetExpr) int { return b.rank - a.rank })
	seek := facetNumber(facetAll, rankAll)
	if len(facets) > 0 {
		seek, facets = facets[0], facets[1:]
	}
	rest := condition{}
	for _, f := range facets {
		c := p.has(f)
		rest.and(c.sql, c.args...)
	}
	if p.rest.sql != "" {
		rest.and(p.rest.sql, p.rest.args...)
	}
	return selection{listing: p.listing, facet: seek.sql, facetArgs: seek.args, rest: rest}
}

// under is the filter without a facet of its own to seek in: the parents' facets take that place.
func (p *filterParts) under() selection {
	return selection{listing: p.listing, rest: p.wholeCondition()}
}

// condition is the whole filter as a test of an entry; never empty.
func (p *filterParts) condition() condition {
	c := p.wholeCondition()
	if c.sql == "" {
		c.sql = "true"
	}
	return c
}

func (p *filterParts) wholeCondition() (c condition) {
	for _, f := range p.all {
		has := p.has(f)
		c.and(has.sql, has.args...)
	}
	if p.rest.sql != "" {
		c.and(p.rest.sql, p.rest.args...)
	}
	return c
}

func (p *filterParts) has(facets ...facetExpr) condition {
	sql := make([]string, len(facets))
	var args []any
	for i, f := range facets {
		sql[i] = f.sql
		args = append(args, f.args...)
	}
	return condition{sql: fmt.Sprintf("EXISTS (SELECT 1 FROM %s x WHERE x.%s = f.%s AND x.facet IN (%s))",
		p.listing.table, p.listing.id, p.listing.id, strings.Join(sql, ", ")), args: args}
}

// anyOf demands one of the facets. An empty list, like a nil one, demands nothing.
func (p *filterParts) anyOf(facets []facetExpr) {
	switch len(facets) {
	case 0:
	case 1:
		p.all = append(p.all, facets[0])
	default:
		c := p.has(facets...)
		p.rest.and(c.sql, c.args...)
	}
}

func (p *filterParts) noneOf(facets []facetExpr) {
	if len(facets) > 0 {
		c := p.has(facets...)
		p.rest.and("NOT "+c.sql, c.args...)
	}
}

// combine adds the conditions of and, or and not.
func combine[F any](p *filterParts, and, or []*F, not *F, parts func(*F) (*filterParts, error)) error {
	for _, f := range and {
		sub, err := parts(f)
		if err != nil {
			return err
		}
		p.all = append(p.all, sub.all...)
		if sub.rest.sql != "" {
			p.rest.and(sub.rest.sql, sub.rest.args...)
		}
	}
	if len(or) > 0 {
		var alternatives []string
		var args []any
		for _, f := range or {
			sub, err := parts(f)
			if err != nil {
				return err
			}
			c := sub.condition()
			alternatives, args = append(alternatives, "("+c.sql+")"), append(args, c.args...)
		}
		p.rest.and("("+strings.Join(alternatives, " OR ")+")", args...)
	}
	if not != nil {
		sub, err := parts(not)
		if err != nil {
			return err
		}
		c := sub.condition()
		p.rest.and("NOT ("+c.sql+")", c.args...)
	}
	return nil
}

// terms adds a filter by category, topic or author.
func (p *filterParts) terms(f *news.TermFilter, table string, rank int) error {
	if f == nil {
		return nil
	}
	anyOf, err := p.termFacets(f.AnyOf, table, f.IncludeDescendants, rank)
	if err != nil {
		return err
	}
	if f.AnyOf != nil && len(anyOf) == 0 {
		p.rest.and("false")
	}
	p.anyOf(anyOf)
	allOf, err := p.termFacets(f.AllOf, table, f.IncludeDescendants, rank)
	if err != nil {
		return err
	}
	p.all = append(p.all, allOf...)
	noneOf, err := p.termFacets(f.NoneOf, table, f.IncludeDescendants, rank)
	if err != nil {
		return err
	}
	p.noneOf(noneOf)
	return nil
}

// termFacets are the facets of terms: of categories without what lies below, if so asked.
func (p *filterParts) termFacets(refs []*news.TermRef, table string, descend bool, rank int) ([]facetExpr, error) {
	sign := ""
	if table == "categories" && !descend {
		sign = "-"
	}
	list := make([]facetExpr, len(refs))
	for i, ref := range refs {
		c, err := termByRef(ref, table)
		if err != nil {
			return nil, err
		}
		if table == "categories" {
			c.sql = p.reader.ifVisible(c.sql)
		}
		list[i] = facetExpr{sql: sign + "(" + c.sql + ")", args: c.args, rank: rank}
	}
	return list, nil
}

var termKinds = map[string]news.IDKind{"categories": news.KindCategory, "topics": news.KindTopic, "authors": news.KindAuthor}

// ofKind is the id, or NULL, which is no facet, for the id of something else.
func ofKind(id news.ID, kind news.IDKind) any {
	if id.Kind() != kind {
		return nil
	}
	return int64(id)
}

// termByRef is a query for the id of a term; it finds nothing when there is none.
func termByRef(ref *news.TermRef, table string) (condition, error) {
	switch {
	case ref.ID != nil:
		return condition{sql: "SELECT ?", args: []any{ofKind(*ref.ID, termKinds[table])}}, nil
	case ref.Slug != nil && table == "authors":
		return condition{sql: "SELECT id FROM authors WHERE slug = +?", args: []any{*ref.Slug}}, nil
	case ref.Slug != nil:
		return condition{sql: fmt.Sprintf("SELECT id FROM %s WHERE slug = +? ORDER BY locale <> (SELECT default_locale FROM sites), id LIMIT 1", table), args: []any{*ref.Slug}}, nil
	case ref.Path != nil:
		path, err := normalPath(*ref.Path)
		if err != nil {
			return condition{}, err
		}
		return condition{sql: fmt.Sprintf("SELECT t.id FROM paths p JOIN %s t ON t.id = p.subject WHERE p.path = +? AND p.state = 'CURRENT'", table), args: []any{path}}, nil
	}
	return condition{}, news.Invalidf("give exactly one of id, slug and path")
}

// wordFacets are the facets of words, numbered from first in the order of the known ones.
func wordFacets[W ~string](words, known []W, first int) ([]facetExpr, error) {
	list := make([]facetExpr, len(words))
	for i, w := range words {
		at := slices.Index(known, w)
		if at < 0 {
			return nil, news.Invalidf("%q is none of %v", string(w), known)
		}
		list[i] = facetNumber(first+at, rankKind)
	}
	return list, nil
}

// statuses demands one of the statuses; only who sees more than one may ask.
func (p *filterParts) statuses(wanted []news.EntryStatus) error {
	if wanted == nil {
		return nil
	}
	if err := p.reader.mayAskStatuses(); err != nil {
		return err
	}
	facets, err := wordFacets(wanted, news.EntryStatuses, facetStatus)
	if err != nil {
		return err
	}
	switch published := slices.Contains(wanted, news.StatusPublished); {
	case len(wanted) == 0 || p.listing.unpublished != nil && !published:
		p.rest.and("false")
	case p.listing.unpublished == nil: // holds those that are not published
		p.anyOf(facets)
	}
	return nil
}

func (p *filterParts) dates(column string, r *news.DateTimeRange) {
	if r == nil {
		return
	}
	if r.From != nil {
		p.rest.and("f."+column+" >= ?", r.From.UnixMilli())
	}
	if r.To != nil {
		p.rest.and("f."+column+" < ?", r.To.UnixMilli())
	}
}

func (s *Reader) articleParts(l *listing, f *news.ArticleFilter) (*filterParts, error) {
	p := &filterParts{listing: l, reader: s}
	if f == nil {
		return p, nil
	}
	kinds, err := wordFacets(f.Kinds, news.ArticleKinds, facetKind)
	if err != nil {
		return nil, err
	}
	p.anyOf(kinds)
	if err := p.statuses(f.Statuses); err != nil {
		return nil, err
	}
	locales := make([]facetExpr, len(f.Locales))
	for i, l := range f.Locales {
		locales[i] = facetExpr{sql: fmt.Sprintf("%d + (SELECT id FROM locales WHERE tag = +?)", facetLocale), args: []any{string(l)}, rank: rankLocale}
	}
	p.anyOf(locales)
	if f.MentionsEvent != nil {
		p.all = append(p.all, facetExpr{sql: "(SELECT e.id FROM events e WHERE e.id = +? AND " + s.visible(news.KindHistoricalEvent) + ")",
			args: []any{int64(*f.MentionsEvent)}, rank: rankEvent})
	}
	if f.IsSticky != nil {
		sticky := facetNumber(facetSticky, rankDay)
		if *f.IsSticky {
			p.all = append(p.all, sticky)
		} else {
			p.noneOf([]facetExpr{sticky})
		}
	}
	if f.HasLeadImage != nil {
		image := facetNoImage
		if *f.HasLeadImage {
			image = facetImage
		}
		p.all = append(p.all, facetNumber(image, rankKind))
	}
	if f.Ids != nil {
		p.rest.and("f.article_id IN (SELECT value FROM json_each(?))", idList(f.Ids))
	}
	p.dates("published_at", f.PublishedAt)
	p.dates("updated_at", f.UpdatedAt)
	for _, t := range []struct {
		filter *news.TermFilter
		table  string
		rank   int
	}{{f.Categories, "categories", rankCategory}, {f.Topics, "topics", rankTopic}, {f.Authors, "authors", rankAuthor}} {
		if err := p.terms(t.filter, t.table, t.rank); err != nil {
			return nil, err
		}
	}
	for _, empty := range []bool{f.Kinds != nil && len(f.Kinds) == 0, f.Locales != nil && len(f.Locales) == 0, f.Or != nil && len(f.Or) == 0} {
		if empty {
			p.rest.and("false")
		}
	}
	return p, combine(p, f.And, f.Or, f.Not, func(f *news.ArticleFilter) (*filterParts, error) { return s.articleParts(l, f) })
}

// eventFilter are the parts of filters of events; ctx is for what a filter by words has to know.
func (s *Reader) eventFilter(ctx context.Context, f *news.HistoricalEventFilter) (parts func(*listing, *news.HistoricalEventFilter) (*filterParts, error), err error) {
	var languages analysis.Languages
	if searches(f) {
		if languages, err = s.languages(ctx); err != nil {
			return nil, err
		}
	}
	return func(l *listing, f *news.HistoricalEventFilter) (*filterParts, error) {
		return s.eventParts(l, f, languages)
	}, nil
}

// searches says whether a filter asks for words.
func searches(f *news.HistoricalEventFilter) bool {
	return f != nil && (f.Text != nil || searches(f.Not) || slices.ContainsFunc(f.And, searches) || slices.ContainsFunc(f.Or, searches))
}

func (s *Reader) eventParts(l *listing, f *news.HistoricalEventFilter, languages analysis.Languages) (*filterParts, error) {
	p := &filterParts{listing: l, reader: s}
	if f == nil {
		return p, nil
	}
	kinds, err := wordFacets(f.Kinds, news.HistoricalEventKinds, facetKind)
	if err != nil {
		return nil, err
	}
	p.anyOf(kinds)
	if err := p.statuses(f.Statuses); err != nil {
		return nil, err
	}
	if f.MonthDay != nil {
		p.all = append(p.all, facetNumber(facetMonthDay+f.MonthDay.Number(), rankDay))
	}
	precisions, err := wordFacets(f.Precision, news.DatePrecisions, facetPrecise)
	if err != nil {
		return nil, err
	}
	p.anyOf(precisions)
	states, err := wordFacets(f.Verification, news.VerificationStates, facetVerified)
	if err != nil {
		return nil, err
	}
	p.anyOf(states)
	if f.SelectedOnly != nil && *f.SelectedOnly {
		p.all = append(p.all, facetNumber(facetSelected, rankKind))
	}
	if f.MinSignificance != nil {
		p.rest.and("f.significance >= ?", *f.MinSignificance)
	}
	if y := f.AstronomicalYear; y != nil {
		if y.From != nil {
			p.rest.and("f.sort_day >= ?", news.FirstDayOfYear(min(max(*y.From, math.MinInt32), math.MaxInt32)))
		}
		last := math.MaxInt32 // days without a year stand after those of all years
		if y.To != nil {
			last = min(max(*y.To, math.MinInt32), last)
		}
		p.rest.and("f.sort_day < ?", news.FirstDayOfYear(last+1))
	}
	for _, t := range []struct {
		filter *news.TermFilter
		table  string
		rank   int
	}{{f.Topics, "topics", rankTopic}, {f.Categories, "categories", rankCategory}} {
		if err := p.terms(t.filter, t.table, t.rank); err != nil {
			return nil, err
		}
	}
	if f.Text != nil {
		match, err := s.eventsMatch(*f.Text, languages)
		if err != nil {
			return nil, err
		}
		if match == "" {
			p.rest.and("false")
		} else {
			p.rest.and("f.event_id IN (SELECT rowid FROM "+l.search+" WHERE "+l.search+" MATCH ?)", match)
		}
	}
	for _, empty := range []bool{f.Kinds != nil && len(f.Kinds) == 0, f.Precision != nil && len(f.Precision) == 0,
		f.Verification != nil && len(f.Verification) == 0, f.Or != nil && len(f.Or) == 0} {
		if empty {
			p.rest.and("false")
		}
	}
	return p, combine(p, f.And, f.Or, f.Not, func(f *news.HistoricalEventFilter) (*filterParts, error) { return s.eventParts(l, f, languages) })
}
