package store

import (
	"cmp"
	ordered "container/list"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// Hit is a found node with its score; greater is better.
type Hit struct {
	ID     news.ID
	Score  float64
	Cursor string
}

// Hits is one page of a search.
type Hits struct {
	Hits     []Hit
	PageInfo news.PageInfo
	plan     func() (*searchPlan, error)

	once  sync.Once // guards what Total has counted
	total int
	exact bool
	err   error

	facets facetCounts
}

// Search finds what is visible and matches what was typed, by any order. In orders by score the first page remembers what
// follows it, for its cursors: it is a list as it was then, without what has become invisible since.
func (s *Reader) Search(ctx context.Context, typed string, filter *news.SearchFilter, by news.SearchOrder, w news.Window) (*Hits, error) {
	found := &Hits{plan: sync.OnceValues(func() (*searchPlan, error) { return s.planSearch(ctx, typed, filter) })}
	what := hashFilter(struct {
		Typed  string
		Filter *news.SearchFilter
	}{typed, filter})
	switch by {
	case news.SearchByNewest, news.SearchByOldest:
		return found, s.searchByDate(ctx, found, what, sorting{name: string(by), column: "at", id: "id", desc: by == news.SearchByNewest}, w)
	case news.SearchByRelevance, news.SearchByFreshness:
		return found, s.searchByScore(ctx, found, what, by, w)
	}
	return nil, news.Invalidf("there is no order %s", by)
}

// BY DATE

func (s *Reader) searchByDate(ctx context.Context, found *Hits, what uint32, order sorting, w news.Window) error {
	at := seek{sorting: order, window: w, filter: what}
	var err error
	if at.start, err = at.parseCursor(w.Cursor); err != nil {
		return err
	}
	if at.bound, err = at.parseCursor(w.Bound); err != nil {
		return err
	}
	plan, err := found.plan()
	if err != nil || plan == nil {
		return err
	}
	var rows []row[Hit]
	for _, l := range s.listings(articleListing) {
		more, err := plan.byDate(ctx, l, at)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	if s.preview {
		inOrder(at, rows)
	}
	c := connectRows(at, rows)
	found.PageInfo, found.Hits = c.PageInfo, make([]Hit, len(c.Edges))
	for i, e := range c.Edges {
		found.Hits[i] = e.Node
		found.Hits[i].Cursor = e.Cursor
	}
	return nil
}

// A dateStretch is a part of the order by date: entries that were made at about the same time were mostly published at the same time.
type dateStretch struct {
	first, last news.ID
	beyond      int64 // the date at which it stops
}

// byDate reads a window of an index. What matches widely is first looked for in a stretch of the dates: to sort all matches would take
// as long as there are many.
func (p *searchPlan) byDate(ctx context.Context, l *listing, at seek) (rows []row[Hit], err error) {
	if p.broad {
		part, whole, err := p.stretch(ctx, l, at, p.reader.bounds.stretch)
		if err != nil {
			return nil, err
		}
		if whole {
			return p.dated(ctx, l, at, condition{})
		}
		within := condition{fmt.Sprintf("%[1]s.rowid >= ? AND %[1]s.rowid <= ?", l.search), []any{int64(part.first), int64(part.last)}}
		side := "<"
		if at.desc != at.window.Backward {
			side = ">"
		}
		within.and("d.at "+side+" ?", part.beyond)
		if rows, err = p.dated(ctx, l, at, within); err != nil || len(rows) > at.window.Limit {
			return rows, err
		}
	}
	return p.dated(ctx, l, at, condition{})
}

// stretch gives the next entries of an index by date, whatever is in them; whole says that there are no more.
func (p *searchPlan) stretch(ctx context.Context, l *listing, at seek, size int) (part dateStretch, whole bool, err error) {
	at.window.Limit = size - 1
	tail, args := at.sql("d", condition{})
	extreme := "max"
	if at.desc != at.window.Backward {
		extreme = "min"
	}
	err = p.reader.db.Query(ctx, engine.Stmt{
		SQL: fmt.Sprintf(`SELECT count(*), coalesce(min(id), 0), coalesce(max(id), 0), coalesce(%s(at), 0) FROM (SELECT d.id, d.at FROM %s_dates d%s)`, extreme, l.search, tail), Args: args,
		Scan: func(r *engine.Row) error {
			whole = r.Int() < size
			part = dateStretch{id(r), id(r), r.Int64()}
			return nil
		}})
	return part, whole, err
}

func (p *searchPlan) dated(ctx context.Context, l *listing, at seek, within condition) (rows []row[Hit], err error) {
	found, args, err := p.found(l, p.match, within)
	if err != nil {
		return nil, err
	}
	place, placeArgs := at.sql("d", condition{})
	err = p.reader.db.Query(ctx, engine.Stmt{
		SQL: "SELECT d.id, d.at " + found + strings.Replace(place, " WHERE ", " AND ", 1), Args: append(args, placeArgs...), Long: true,
		Scan: func(r *engine.Row) error {
			h := Hit{ID: id(r)}
			rows = append(rows, row[Hit]{sortKey{r.Int64(), h.ID}, h})
			return nil
		}})
	return rows, err
}

// BY SCORE

// bm25 weighs the columns of an index: type, title, standfirst, body, byline.
const bm25 = "-bm25(%[1]s, 0, 10, 4, 1, 3)"

// freshFor is the age at which an order by freshness halves a score.
const freshFor = 30 * 24 * time.Hour

type scored struct {
	id    news.ID
	score float64
	at    int64
}

// ranked are the hits in order, the best first. Equals stand as they were made, the latest first.
func (p *searchPlan) ranked(ctx context.Context, by news.SearchOrder, now time.Time) (all []scored, err error) {
	for _, l := range p.reader.listings(articleListing) {
		found, err := p.score(ctx, l, p.broad)
		if err == nil && !p.broad && len(found) > p.reader.bounds.ranked { // which its words did not tell
			found, err = p.score(ctx, l, true)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if by == news.SearchByFreshness {
		for i, hit := range all {
			age := time.Duration(max(now.UnixMilli()-hit.at, 0)) * time.Millisecond
			all[i].score /= 1 + float64(age)/float64(freshFor)
		}
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.id, a.id)) })
	return all[:min(len(all), p.reader.bounds.ranked)], nil
}

// score reads the newest matches of an index with their scores, at most one more than are ranked; with titles also the newest that
// match in their titles.
func (p *searchPlan) score(ctx context.Context, l *listing, titles bool) (hits []scored, err error) {
	found, args, err := p.found(l, p.match, condition{})
	if err != nil {
		return nil, err
	}
	newest := fmt.Sprintf("%s ORDER BY %s.rowid DESC LIMIT %d", found, l.search, p.reader.bounds.ranked+1)
	score := fmt.Sprintf(bm25, l.search)
	if p.rank == p.match && !titles {
		return p.scores(ctx, "SELECT d.id, "+score+", d.at "+newest, args)
	}
	candidates := "SELECT id, 0.0 AS title FROM (SELECT d.id " + newest + ")"
	if titles && p.titles != p.match {
		inTitles, more, err := p.found(l, p.titles, condition{})
		if err != nil {
			return nil, err
		}
		candidates += fmt.Sprintf(" UNION ALL SELECT id, 1.0 FROM (SELECT d.id %s ORDER BY %s.rowid DESC LIMIT %d)", inTitles, l.search, p.reader.bounds.ranked)
		args = append(args, more...)
	}
	candidates = "WITH candidates (id, title) AS MATERIALIZED (" + candidates + ") "
	if p.rank == "" { // words so common that there is no other score
		return p.scores(ctx, fmt.Sprintf("%sSELECT d.id, max(candidates.title), d.at FROM candidates CROSS JOIN %s_dates d ON d.id = candidates.id GROUP BY d.id", candidates, l.search), args)
	}
	return p.scores(ctx, fmt.Sprintf("%[3]sSELECT d.id, %[2]s, d.at FROM %[1]s CROSS JOIN %[1]s_dates d ON d.id = %[1]s.rowid WHERE %[1]s MATCH ? "+
		"AND %[1]s.rowid >= (SELECT min(id) FROM candidates) AND +%[1]s.rowid IN (SELECT id FROM candidates)", l.search, score, candidates), append(args, p.rank))
}

func (p *searchPlan) scores(ctx context.Context, sql string, args []any) (hits []scored, err error) {
	err = p.reader.db.Query(ctx, engine.Stmt{SQL: sql, Args: args, Long: true, Scan: func(r *engine.Row) error {
		hits = append(hits, scored{id(r), r.Float(), r.Int64()})
		return nil
	}})
	return hits, err
}

func (s *Reader) searchByScore(ctx context.Context, found *Hits, what uint32, by news.SearchOrder, w news.Window) error {
	if w.Cursor == "" && w.Bound == "" {
		plan, err := found.plan()
		if err != nil || plan == nil {
			return err
		}
		hits, err := plan.ranked(ctx, by, s.now())
		if err != nil || len(hits) == 0 {
			return err
		}
		r := &ranking{token: rand.Text(), view: s.view(), order: by, what: what, hits: hits}
		s.rankings.keep(r, s.now())
		return s.pageOf(ctx, found, r, -1, len(hits), w, true)
	}
	after, before := w.Cursor, w.Bound
	if w.Backward {
		after, before = before, after
	}
	token, from, to := "", -1, math.MaxInt
	for _, c := range []struct {
		text  string
		place *int
	}{{after, &from}, {before, &to}} {
		if c.text == "" {
			continue
		}
		t, place, err := parseRankCursor(c.text, by, what)
		if err != nil {
			return err
		}
		if token != "" && t != token {
			return news.Invalidf("the two cursors belong to different searches; pass those of one")
		}
		token, *c.place = t, place
	}
	r := s.rankings.find(token, s.now())
	if r == nil || r.view != s.view() || r.order != by || r.what != what {
		return errExpired
	}
	return s.pageOf(ctx, found, r, from, min(to, len(r.hits)), w, false)
}

// pageOf fills a page with the hits between two places, from its beginning or end.
func (s *Reader) pageOf(ctx context.Context, found *Hits, r *ranking, after, before int, w news.Window, fresh bool) error {
	step, i := 1, after+1
	if w.Backward {
		step, i = -1, before-1
	}
	var places []int
	for i > after && i < before && len(places) <= w.Limit {
		var asked []int
		for ; i > after && i < before && len(asked) <= w.Limit; i += step {
			asked = append(asked, i)
		}
		visible := map[news.ID]bool{}
		if !fresh {
			var err error
			if visible, err = s.stillVisible(ctx, r, asked); err != nil {
				return err
			}
		}
		for _, place := range asked {
			if fresh || visible[r.hits[place].id] {
				places = append(places, place)
			}
		}
	}
	more := len(places) > w.Limit
	places = places[:min(len(places), w.Limit)]
	if w.Backward {
		slices.Reverse(places)
	}
	found.PageInfo = news.PageInfo{HasNextPage: more, HasPreviousPage: w.Cursor != ""}
	if w.Backward {
		found.PageInfo = news.PageInfo{HasNextPage: w.Cursor != "", HasPreviousPage: more}
	}
	for _, place := range places {
		hit := r.hits[place]
		found.Hits = append(found.Hits, Hit{hit.id, hit.score, r.cursor(place)})
	}
	if n := len(found.Hits); n > 0 {
		found.PageInfo.StartCursor, found.PageInfo.EndCursor = &found.Hits[0].Cursor, &found.Hits[n-1].Cursor
	}
	return nil
}

func (s *Reader) stillVisible(ctx context.Context, r *ranking, places []int) (map[news.ID]bool, error) {
	ids := make([]news.ID, len(places))
	for i, place := range places {
		ids[i] = r.hits[place].id
	}
	visible := make(map[news.ID]bool, len(ids))
	return visible, s.db.Query(ctx, s.eachIndex(func(index, granted string) engine.Stmt {
		return engine.Stmt{SQL: fmt.Sprintf("SELECT d.id FROM json_each(?) j CROSS JOIN %s_dates d ON d.id = j.value%s", index, granted), Args: []any{idList(ids)},
			Scan: func(r *engine.Row) error { visible[id(r)] = true; return nil }}
	})...)
}

// eachIndex makes a statement for each index that holds what the caller sees, with the condition about alias d of what of it is visible.
func (s *Reader) eachIndex(stmt func(index, granted string) engine.Stmt) (stmts []engine.Stmt) {
	granted := s.grantedNode("d.id")
	if granted != "" {
		granted = " WHERE " + granted
	}
	for _, l := range s.listings(articleListing) {
		stmts = append(stmts, stmt(l.search, granted))
	}
	return stmts
}

// RANKINGS

// A ranking is what a search by score has found, kept for its further pages.
type ranking struct {
	token string
	view  string
	order news.SearchOrder
	what  uint32 // hash of the search
	hits  []scored
	made  time.Time
}

// view tells callers apart who see different things.
func (s *Reader) view() string {
	return asJSON([]any{s.preview, s.noBody == nil, s.caller.Categories, s.caller.Locales, s.caller.SyndicatableOnly})
}

func (r *ranking) bytes() int { return len(r.hits)*24 + 512 }

// rankings are bounded: the oldest go first. They are lost when the process ends.
type rankings struct {
	mu    sync.Mutex
	bytes int
	byAge ordered.List // of *ranking, the newest at the front
	all   map[string]*ordered.Element
}

// What is kept of searches.
const (
	maxRankingBytes = 32 << 20
	maxRankingAge   = 15 * time.Minute
)

func (k *rankings) keep(r *ranking, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil {
		k.all = map[string]*ordered.Element{}
	}
	r.made = now
	k.all[r.token] = k.byAge.PushFront(r)
	k.bytes += r.bytes()
	k.drop(now)
}

func (k *rankings) drop(now time.Time) {
	for e := k.byAge.Back(); e != nil; e = k.byAge.Back() {
		r := e.Value.(*ranking)
		if k.bytes <= maxRankingBytes && now.Sub(r.made) <= maxRankingAge {
			return
		}
		k.byAge.Remove(e)
		delete(k.all, r.token)
		k.bytes -= r.bytes()
	}
}

func (k *rankings) find(token string, now time.Time) *ranking {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.drop(now)
	if e, ok := k.all[token]; ok {
		return e.Value.(*ranking)
	}
	return nil
}

// errExpired is told of cursors whose ranking is gone, and of those that somebody else got, alike.
var errExpired = &news.Error{Kind: news.CursorExpired,
	Message: fmt.Sprintf("the cursor has expired: pages by score can be turned for %d minutes, at most, by who asked for the first; search again without a cursor, or by date, whose cursors last", int(maxRankingAge.Minutes()))}

const rankCursorVersion = "2"

func (r *ranking) cursor(place int) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s\n%s\n%s\n%s\n%d", rankCursorVersion, r.order, strconv.FormatUint(uint64(r.what), 36), r.token, place))
}

func parseRankCursor(text string, by news.SearchOrder, what uint32) (token string, place int, err error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.Split(string(b), "\n")
	if err == nil && len(parts) == 5 && parts[0] == cursorVersion { // that of a list, or of a search by date
		return "", 0, news.Invalidf("the cursor belongs to the order %s, this list is ordered by %s; start without a cursor when the order changes", parts[1], by)
	}
	if err != nil || len(parts) != 5 || parts[0] != rankCursorVersion {
		return "", 0, news.Invalidf("%q is not a cursor of this API; pass one exactly as it was returned, or start without", shorten(text))
	}
	if parts[1] != string(by) {
		return "", 0, news.Invalidf("the cursor belongs to the order %s, this list is ordered by %s; start without a cursor when the order changes", parts[1], by)
	}
	if parts[2] != strconv.FormatUint(uint64(what), 36) {
		return "", 0, news.Invalidf("the cursor belongs to a list with another filter; start without a cursor when the filter changes")
	}
	if place, err = strconv.Atoi(parts[4]); err != nil || place < 0 || place > math.MaxInt32 {
		return "", 0, news.Invalidf("%q is damaged; pass a cursor exactly as it was returned", shorten(text))
	}
	return parts[3], place, nil
}
