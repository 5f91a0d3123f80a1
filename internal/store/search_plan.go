package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dateline-cms/dateline/internal/analysis"
	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// A searchPlan is what was typed, and the filter beside it, in FTS5's language and in SQL.
type searchPlan struct {
	reader *Reader
	match  string // what must be found
	titles string // the same in titles alone
	// rank is the part of match that scores are made of: common words tell little and cost much. Empty when there is none.
	rank   string
	broad  bool // so much may match that not all of it can be looked at
	narrow bool // a prefix stood for too many words to look for all of them everywhere
	filter *news.SearchFilter
	filed  []typedTerm
	since  []condition // about the dates of alias d
}

// A clause is what one group of alternatives wants.
type clause struct {
	match, titles string
	pages         int
}

// planSearch is nil when there is nothing to look for.
func (s *Reader) planSearch(ctx context.Context, typed string, filter *news.SearchFilter) (*searchPlan, error) {
	parsed := parseSearch(typed, searchFields)
	types, err := typesMatch(filter)
	if err != nil {
		return nil, err
	}
	all, none := parsed.sought(nil)
	if len(all) == 0 && !parsed.isConditional() || matchesNothing(filter) {
		return nil, nil
	}
	if err := checkLength(append(all, none)); err != nil {
		return nil, err
	}
	languages, err := s.languages(ctx)
	if err != nil {
		return nil, err
	}
	p := &searchPlan{reader: s, filter: filter, filed: parsed.filed}
	if p.since, err = s.publishedWithin(ctx, parsed.dates); err != nil {
		return nil, err
	}
	all, none = parsed.sought(languages)
	costs, err := s.costs(ctx, append(slices.Clone(all), none)...)
	if err != nil {
		return nil, err
	}
	clauses := make([]clause, len(all))
	for i, words := range all {
		clauses[i] = p.clause(words, costs)
	}
	p.express(clauses, p.clause(none, costs).match, types, filter != nil && filter.Types != nil)
	return p, nil
}

// matchesNothing says whether a filter holds an empty list, of which nothing is one.
func matchesNothing(f *news.SearchFilter) bool {
	if f == nil {
		return false
	}
	empty := f.Types != nil && len(f.Types) == 0 || f.Locales != nil && len(f.Locales) == 0
	for _, t := range []*news.TermFilter{f.Categories, f.Topics, f.Authors} {
		empty = empty || t != nil && t.AnyOf != nil && len(t.AnyOf) == 0
	}
	return empty
}

// eventsMatch is what events must match to hold what was typed, in a filter: fields mean nothing there and are words. It is empty when
// there is nothing to look for.
func (s *Reader) eventsMatch(typed string, languages analysis.Languages) (string, error) {
	parsed := parseSearch(typed, nil)
	p := &searchPlan{reader: s}
	groups, none := parsed.sought(languages)
	clauses := make([]clause, len(groups))
	for i, words := range groups {
		clauses[i] = p.clause(words, nil)
	}
	if len(clauses) == 0 && len(none) == 0 {
		return "", nil
	}
	if err := checkLength(append(groups, none)); err != nil {
		return "", err
	}
	p.express(clauses, p.clause(none, nil).match, "(type : "+typeToken(news.KindHistoricalEvent)+")", true)
	return p.match, nil
}

// maxSearchTerms and maxSearchWords bound what one search can cost: a term of Chinese is many words of the index.
const (
	maxSearchTerms = 32
	maxSearchWords = 512
)

func checkLength(groups [][]sought) error {
	terms, words := 0, 0
	for _, group := range groups {
		for _, word := range group {
			terms += len(word.wanted)
			for _, w := range word.wanted {
				words += len(w[0].Words)
			}
		}
	}
	if terms > maxSearchTerms || words > maxSearchWords {
		return news.Invalidf("the search holds more than %d words; use fewer", maxSearchTerms)
	}
	return nil
}

// typesMatch is the part of a match that demands the types of a filter, or any.
func typesMatch(filter *news.SearchFilter) (string, error) {
	wanted := []news.SearchType{news.SearchArticles, news.SearchPages, news.SearchEvents, news.SearchTopics, news.SearchAuthors, news.SearchCategories}
	if filter != nil && filter.Types != nil {
		wanted = filter.Types
	}
	tokens := make([]string, len(wanted))
	for i, t := range wanted {
		kind, ok := searchKinds[t]
		if !ok {
			return "", news.Invalidf("there is no search type %s", t)
		}
		tokens[i] = typeToken(kind)
	}
	return "(type : (" + strings.Join(tokens, " OR ") + "))", nil
}

// clause is empty when there are no words.
func (p *searchPlan) clause(words []sought, costs costs) (c clause) {
	var match, titles []string
	for _, word := range words {
		columns, title := p.reader.searched(), "title"
		if word.author {
			columns, title = "byline", "byline"
		}
		var everywhere, inTitles []string
		for _, w := range word.wanted {
			everywhere, inTitles = append(everywhere, p.wanted(w, columns, costs)), append(inTitles, p.wanted(w, title, costs))
		}
		match, titles = append(match, "("+strings.Join(everywhere, " AND ")+")"), append(titles, "("+strings.Join(inTitles, " AND ")+")")
		c.pages += costs.ofAll(word.wanted)
	}
	if len(match) > 0 {
		c.match, c.titles = "("+strings.Join(match, " OR ")+")", "("+strings.Join(titles, " OR ")+")"
	}
	return c
}

// wanted is matchOf within columns. Prefixes that too many words share are narrowed.
func (p *searchPlan) wanted(w analysis.Wanted, columns string, costs costs) string {
	var here, inTitle analysis.Wanted
	for _, s := range w {
		pages := 0
		if s.Prefix {
			pages = costs[analysisKey{s.Words[len(s.Words)-1], true}]
		}
		switch {
		case pages > p.reader.bounds.titlePages:
			p.narrow = true
			here = append(here, analysis.Sequence{Words: s.Words})
		case pages > p.reader.bounds.prefixPages && columns != "byline":
			p.narrow = true
			inTitle = append(inTitle, s)
		default:
			here = append(here, s)
		}
	}
	var parts []string
	if len(here) > 0 {
		parts = append(parts, "{"+columns+"} : "+matchOf(here))
	}
	if len(inTitle) > 0 {
		parts = append(parts, "title : "+matchOf(inTitle))
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// express makes the expressions of the plan.
func (p *searchPlan) express(clauses []clause, none, types string, limited bool) {
	var match, titles, rank []string
	if limited || len(clauses) == 0 {
		match, titles = append(match, types), append(titles, types)
	}
	p.broad = len(clauses) == 0 || slices.MinFunc(clauses, func(a, b clause) int { return a.pages - b.pages }).pages > p.reader.bounds.broadPages
	left := p.reader.bounds.rankPages
	for _, c := range slices.SortedStableFunc(slices.Values(clauses), func(a, b clause) int { return a.pages - b.pages }) {
		match, titles = append(match, c.match), append(titles, c.titles)
		if left -= c.pages; left >= 0 {
			rank = append(rank, c.match)
		}
	}
	join := func(parts []string) string {
		joined := strings.Join(parts, " AND ")
		if none != "" {
			joined = "(" + joined + ") NOT " + none
		}
		return joined
	}
	p.match, p.titles, p.rank = join(match), join(titles), strings.Join(rank, " AND ")
}

// publishedWithin are the conditions of dates that were typed, about alias d. Days are those of the site's zone.
func (s *Reader) publishedWithin(ctx context.Context, dates []typedDate) (all []condition, err error) {
	if len(dates) == 0 {
		return nil, nil
	}
	zone, err := s.zone(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range dates {
		day, _ := d.date.Earliest()
		// Beyond some 270,000 years instants do not fit the column.
		start := time.Date(1970, 1, 1+int(min(max(day-news.CalendarGregorian.DayNumber(1970, 1, 1), -1e8), 1e8)), 0, 0, 0, 0, zone).UnixMilli()
		if d.before {
			all = append(all, condition{"d.at < ?", []any{start}})
		} else {
			all = append(all, condition{"d.at >= ?", []any{start}})
		}
	}
	return all, nil
}

// zone is the site's.
func (s *Reader) zone(ctx context.Context) (zone *time.Location, err error) {
	err = s.db.Query(ctx, engine.Stmt{SQL: `SELECT time_zone FROM sites`,
		Scan: func(r *engine.Row) (err error) { zone, err = news.TimeZone(r.Text()).Location(); return err }})
	return zone, err
}

// condition is what holds of the matches of an index besides their words, about its rowid and alias d of its dates.
func (p *searchPlan) condition(l *listing) (c condition, err error) {
	s, id := p.reader, l.search+".rowid"
	if visible := s.grantedNode(id); visible != "" {
		if p.broad && len(s.caller.Categories) > 0 { // one look at the section instead of one at each match
			granted := make([]facetExpr, len(s.caller.Categories))
			for i, category := range s.caller.Categories {
				granted[i] = facetExpr{sql: fmt.Sprint(int64(category))}
			}
			filed := p.filedUnder(l, granted)
			c.and("("+filed.sql+" OR "+id+" >> 16 & 63 NOT IN ("+entryKinds+"))", filed.args...)
		}
		c.and(visible)
	}
	dates := p.since
	if f := p.filter; f != nil {
		for _, t := range []struct {
			filter *news.TermFilter
			table  string
		}{{f.Categories, "categories"}, {f.Topics, "topics"}, {f.Authors, "authors"}} {
			if err := p.terms(&c, l, t.filter, t.table); err != nil {
				return c, err
			}
		}
		if len(f.Locales) > 0 {
			c.and(fmt.Sprintf(localeIs, id), listJSON(f.Locales))
		}
		if f.PublishedAt != nil {
			within := condition{"true", nil}
			if f.PublishedAt.From != nil {
				within.and("d.at >= ?", f.PublishedAt.From.UnixMilli())
			}
			if f.PublishedAt.To != nil {
				within.and("d.at < ?", f.PublishedAt.To.UnixMilli())
			}
			dates = append(slices.Clip(dates), within)
		}
	}
	for _, t := range p.filed {
		under := p.filedUnder(l, []facetExpr{s.typedTerm(t)})
		if t.not {
			under.sql = "NOT " + under.sql
		}
		c.and(under.sql, under.args...)
	}
	for _, d := range dates {
		c.and(d.sql, d.args...)
	}
	if len(dates) > 0 {
		c.and(id + " >> 16 & 63 IN (" + entryKinds + ")")
	}
	return c, nil
}

// entryKinds are what is published on a date.
var entryKinds = fmt.Sprintf("%d, %d, %d", news.KindArticle, news.KindPage, news.KindHistoricalEvent)

// localeIs asks for the language of a node; authors have none.
var localeIs = func() string {
	var b strings.Builder
	b.WriteString("CASE %[1]s >> 16 & 63")
	for _, t := range []struct {
		table string
		kind  news.IDKind
	}{{"articles", news.KindArticle}, {"pages", news.KindPage}, {"events", news.KindHistoricalEvent}, {"topics", news.KindTopic}, {"categories", news.KindCategory}} {
		fmt.Fprintf(&b, " WHEN %d THEN (SELECT e.locale FROM %s e WHERE e.id = %%[1]s)", t.kind, t.table)
	}
	b.WriteString(" END IN (SELECT value FROM json_each(?))")
	return b.String()
}()

// typedTerm is the facet of the terms that have the name or the slug.
func (s *Reader) typedTerm(t typedTerm) facetExpr {
	visible := ""
	if t.table == "categories" {
		visible = s.andVisible("e.id")
	}
	name := strings.TrimSpace(t.name)
	return facetExpr{sql: fmt.Sprintf("SELECT e.id FROM %s e WHERE (e.slug = ? OR e.name_key = ?)%s", t.table, visible), args: []any{strings.ToLower(name), fold(name)}}
}

func (p *searchPlan) terms(c *condition, l *listing, f *news.TermFilter, table string) error {
	if f == nil {
		return nil
	}
	parts := &filterParts{listing: l, reader: p.reader}
	for _, refs := range []struct {
		refs []*news.TermRef
		add  func([]facetExpr)
	}{
		{f.AnyOf, func(facets []facetExpr) {
			under := p.filedUnder(l, facets)
			c.and(under.sql, under.args...)
		}},
		{f.AllOf, func(facets []facetExpr) {
			for _, facet := range facets {
				under := p.filedUnder(l, []facetExpr{facet})
				c.and(under.sql, under.args...)
			}
		}},
		{f.NoneOf, func(facets []facetExpr) {
			under := p.filedUnder(l, facets)
			c.and("NOT "+under.sql, under.args...)
		}},
	} {
		facets, err := parts.termFacets(refs.refs, table, f.IncludeDescendants, 0)
		if err != nil {
			return err
		}
		if len(facets) > 0 {
			refs.add(facets)
		}
	}
	return nil
}

// filedUnder says that a match is an article or event with one of the facets. When there may be many matches, the entries of the
// facets are read at once.
func (p *searchPlan) filedUnder(l *listing, facets []facetExpr) (c condition) {
	events, sqls := eventListing, make([]string, len(facets))
	if l.unpublished == nil {
		events = eventListing.unpublished
	}
	for i, f := range facets {
		sqls[i] = f.sql
		c.args = append(c.args, f.args...)
	}
	c.args = append(c.args, c.args...)
	under, id := strings.Join(sqls, ", "), l.search+".rowid"
	if p.broad {
		c.sql = fmt.Sprintf("(+%s IN (SELECT x.article_id FROM %s x WHERE x.facet IN (%s) UNION ALL SELECT x.event_id FROM %s x WHERE x.facet IN (%s)))",
			id, l.table, under, events.table, under)
		return c
	}
	c.sql = fmt.Sprintf("(CASE %[1]s >> 16 & 63 WHEN %[2]d THEN EXISTS (SELECT 1 FROM %[3]s x WHERE x.article_id = %[1]s AND x.facet IN (%[6]s)) "+
		"WHEN %[4]d THEN EXISTS (SELECT 1 FROM %[5]s x WHERE x.event_id = %[1]s AND x.facet IN (%[6]s)) ELSE false END)",
		id, news.KindArticle, l.table, news.KindHistoricalEvent, events.table, under)
	return c
}

// found is SQL from FROM on for the matches of an index, with its arguments; extra conditions come last.
func (p *searchPlan) found(l *listing, match string, extra condition) (string, []any, error) {
	c, err := p.condition(l)
	if err != nil {
		return "", nil, err
	}
	all := condition{sql: l.search + " MATCH ?", args: []any{match}}
	for _, more := range []condition{c, extra} {
		if more.sql != "" {
			all.and(more.sql, more.args...)
		}
	}
	return fmt.Sprintf("FROM %[1]s CROSS JOIN %[1]s_dates d ON d.id = %[1]s.rowid WHERE %[2]s", l.search, all.sql), all.args, nil
}

// eachFound makes a statement for each index of the caller.
func (p *searchPlan) eachFound(match string, stmt func(l *listing, found string, args []any) engine.Stmt) (stmts []engine.Stmt, err error) {
	for _, l := range p.reader.listings(articleListing) {
		found, args, err := p.found(l, match, condition{})
		if err != nil {
			return nil, err
		}
		stmts = append(stmts, stmt(l, found, args))
	}
	return stmts, nil
}
