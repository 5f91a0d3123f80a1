package store

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// condition is SQL for a WHERE clause with its arguments. Its alias is that of the row it is about.
//
// Here and in other statements that run often, a parameter that is compared with = or limits is written +?. SQLite looks at
// the value of a bare one when it plans, and therefore plans the statement again each time it is used; that takes
// longer than most of the statements do (https://www.sqlite.org/c3ref/c_dbconfig_defensive.html, ENABLE_QPSG).
type condition struct {
	sql  string
	args []any
}

func (c *condition) and(sql string, args ...any) {
	if c.sql != "" {
		c.sql += " AND "
	}
	c.sql += sql
	c.args = append(c.args, args...)
}

// sortKey is where an entry stands in an order.
type sortKey struct {
	value any // int64 or string
	id    news.ID
}

func (k sortKey) compare(other sortKey) int {
	var c int
	switch v := k.value.(type) {
	case int64:
		c = cmp.Compare(v, other.value.(int64))
	case string:
		c = cmp.Compare(v, other.value.(string))
	}
	return cmp.Or(c, cmp.Compare(k.id, other.id))
}

// sorting is a total order of a list: a column, then the id.
type sorting struct {
	name   string // in cursors
	column string
	id     string
	isText bool
	desc   bool
}

func (l *listing) sorting(field string, direction news.OrderDirection) (sorting, error) {
	o, ok := l.orders[field]
	if !ok {
		return sorting{}, news.Invalidf("there is no order %s", field)
	}
	return sorting{name: field + " " + string(direction), column: o.column, id: l.id, isText: o.isText, desc: direction == news.Descending}, nil
}

func (o sorting) readKey(r *engine.Row) (k sortKey) {
	if o.isText {
		k.value = r.Text()
	} else {
		k.value = r.Int64()
	}
	return k
}

// seek is the part of a query from WHERE on that reads one window of the order, one entry more than the window holds.
type seek struct {
	sorting
	window news.Window
	filter uint32 // hash of what the list is filtered by
	start  *sortKey
	bound  *sortKey
}

func (o sorting) seek(w news.Window, filter any) (s seek, err error) {
	s = seek{sorting: o, window: w, filter: hashFilter(filter)}
	if s.start, err = s.parseCursor(w.Cursor); err != nil {
		return s, err
	}
	s.bound, err = s.parseCursor(w.Bound)
	return s, err
}

// sql completes the condition. Alias is the table's that holds the column and the id.
func (s seek) sql(alias string, c condition) (string, []any) {
	after, before, direction := ">", "<", ""
	if s.desc != s.window.Backward {
		after, before, direction = "<", ">", " DESC"
	}
	column, id := alias+"."+s.column, alias+"."+s.id
	if s.start != nil {
		c.and(fmt.Sprintf("(%s, %s) %s (?, ?)", column, id, after), s.start.value, int64(s.start.id))
	}
	if s.bound != nil {
		c.and(fmt.Sprintf("(%s, %s) %s (?, ?)", column, id, before), s.bound.value, int64(s.bound.id))
	}
	if c.sql == "" {
		c.sql = "true"
	}
	return fmt.Sprintf(" WHERE %s ORDER BY %s%s, %s%s LIMIT +?", c.sql, column, direction, id, direction), append(c.args, s.window.Limit+1)
}

// connect makes a connection of the entries that a seek found, in the order it found them.
func connect[E interface{ GetNode() N }, N any](s seek, keys []sortKey, nodes []N, edge func(cursor string, node N) E) *news.Connection[E, N] {
	more := len(keys) > s.window.Limit
	n := min(len(keys), s.window.Limit)
	c := &news.Connection[E, N]{Edges: make([]E, n)}
	for i := range n {
		at := i
		if s.window.Backward {
			at = n - 1 - i
		}
		c.Edges[at] = edge(s.cursor(keys[i]), nodes[i])
	}
	c.PageInfo.HasNextPage, c.PageInfo.HasPreviousPage = more, s.start != nil
	first, last := 0, n-1
	if s.window.Backward {
		c.PageInfo.HasNextPage, c.PageInfo.HasPreviousPage = s.start != nil, more
		first, last = last, first
	}
	if n > 0 {
		start, end := s.cursor(keys[first]), s.cursor(keys[last])
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &start, &end
	}
	return c
}

// cut applies the window to a short list that was read whole, in ascending order, and gives what a query would have
// found.
func cut[N any](s seek, keys []sortKey, nodes []N) ([]sortKey, []N) {
	keys, nodes = slices.Clone(keys), slices.Clone(nodes)
	if s.desc != s.window.Backward {
		slices.Reverse(keys)
		slices.Reverse(nodes)
	}
	beyond := func(k sortKey, mark *sortKey) int {
		if s.desc != s.window.Backward {
			return mark.compare(k)
		}
		return k.compare(*mark)
	}
	from, to := 0, len(keys)
	for s.start != nil && from < to && beyond(keys[from], s.start) <= 0 {
		from++
	}
	for s.bound != nil && to > from && beyond(keys[to-1], s.bound) >= 0 {
		to--
	}
	to = min(to, from+s.window.Limit+1)
	return keys[from:to], nodes[from:to]
}

func plainEdge[N any](cursor string, node N) *news.Edge[N] {
	return &news.Edge[N]{Cursor: cursor, Node: node}
}

// Cursors hold a version, the order, a hash of the filter, the id and the sort value.
const cursorVersion = "1"

func (s seek) cursor(k sortKey) string {
	b := make([]byte, 0, 64)
	b = append(b, cursorVersion...)
	b = append(b, '\n')
	b = append(b, s.name...)
	b = append(b, '\n')
	b = strconv.AppendUint(b, uint64(s.filter), 36)
	b = append(b, '\n')
	b = strconv.AppendInt(b, int64(k.id), 36)
	b = append(b, '\n')
	switch v := k.value.(type) {
	case int64:
		b = strconv.AppendInt(b, v, 36)
	case string:
		b = append(b, v...)
	case float64:
		b = strconv.AppendFloat(b, v, 'g', -1, 64)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func (s seek) parseCursor(text string) (*sortKey, error) {
	if text == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.SplitN(string(b), "\n", 5)
	if err == nil && len(parts) == 5 && parts[0] == rankCursorVersion {
		return nil, news.Invalidf("the cursor belongs to a search by %s, this list is ordered by %s; start without a cursor when the order changes", parts[1], s.name)
	}
	if err != nil || len(parts) != 5 || parts[0] != cursorVersion {
		return nil, news.Invalidf("%q is not a cursor of this API; pass one exactly as it was returned, or start without", shorten(text))
	}
	if parts[1] != s.name {
		return nil, news.Invalidf("the cursor belongs to the order %s, this list is ordered by %s; start without a cursor when the order changes", parts[1], s.name)
	}
	if parts[2] != strconv.FormatUint(uint64(s.filter), 36) {
		return nil, news.Invalidf("the cursor belongs to a list with another filter; start without a cursor when the filter changes")
	}
	id, err := strconv.ParseInt(parts[3], 36, 64)
	k := &sortKey{value: parts[4], id: news.ID(id)}
	if err == nil && !s.isText {
		k.value, err = strconv.ParseInt(parts[4], 36, 64)
	}
	if err != nil {
		return nil, news.Invalidf("%q is damaged; pass a cursor exactly as it was returned", shorten(text))
	}
	return k, nil
}

func shorten(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

// hashFilter is 0 for no filter.
func hashFilter(filter any) uint32 {
	b, err := json.Marshal(filter)
	if err != nil || string(b) == "null" {
		return 0
	}
	h := fnv.New32a()
	h.Write(b)
	return h.Sum32()
}

// FACETED LISTS

// selection is a checked filter: a facet to seek in, and what else entries must fulfil.
type selection struct {
	*listing
	facet     string // SQL expression, without reference to other tables
	facetArgs []any
	rest      condition // about alias f
}

// find reads a page of the selection. Columns are those of the joined entry, whose alias is e.
func (sel selection) find(s seek, columns, join string) (string, []any) {
	c := condition{sql: "f.facet = " + sel.facet, args: slices.Clone(sel.facetArgs)}
	if sel.rest.sql != "" {
		c.and(sel.rest.sql, sel.rest.args...)
	}
	where, args := s.sql("f", c)
	return fmt.Sprintf("SELECT f.%s, %s FROM %s f INDEXED BY %s CROSS JOIN %s e ON e.id = f.%s", s.column, columns, sel.table, sel.index(s), join, sel.id) + where, args
}

// findUnder reads the same page for each of many parents, whose facets are given as a JSON list. Each row begins with
// the parent's facet. SQLite has no lateral joins; the correlated IN is one seek a parent.
func (sel selection) findUnder(facets string, s seek, columns, join string) (string, []any) {
	c := condition{sql: "f.facet = p.value"}
	if sel.rest.sql != "" {
		c.and(sel.rest.sql, sel.rest.args...)
	}
	where, args := s.sql("f", c)
	return fmt.Sprintf(`SELECT p.value, o.%s, %s FROM json_each(?) p
		CROSS JOIN %s o ON o.facet = p.value AND o.%s IN (SELECT f.%s FROM %s f INDEXED BY %s%s)
		CROSS JOIN %s e ON e.id = o.%s`,
		s.column, columns, sel.table, sel.id, sel.id, sel.table, sel.index(s), where, join, sel.id), append([]any{facets}, args...)
}

// index is the one that an order is read along. It is named in the query: a filter by a range of another column would
// otherwise lead SQLite to seek by that column and to sort all that it finds.
func (l *listing) index(s seek) string {
	return l.table + "_by_" + strings.TrimSuffix(s.column, "_key")
}

// findListed reads a page of selections that hold different entries. Scan reads the columns of the joined table, whose
// alias is e.
func findListed[N news.Node](ctx context.Context, s *Reader, sels []selection, at seek, columns, table string,
	scan func(*engine.Row) (N, error)) (*news.Connection[*news.Edge[N], N], error) {
	var rows []row[N]
	stmts := make([]engine.Stmt, len(sels))
	for i, sel := range sels {
		sql, args := sel.find(at, columns, table)
		stmts[i] = engine.Stmt{SQL: sql, Args: args, Scan: func(r *engine.Row) error {
			k := at.readKey(r)
			node, err := scan(r)
			k.id = node.NodeID()
			rows = append(rows, row[N]{k, node})
			return err
		}}
	}
	if err := s.db.Query(ctx, stmts...); err != nil {
		return nil, err
	}
	if len(sels) > 1 {
		inOrder(at, rows)
	}
	c := connectRows(at, rows)
	c.Count = func(ctx context.Context) (int, error) { return s.count(ctx, sels) }
	return c, nil
}

// findListedUnder reads the same page for each of many facets. Every facet has a page in the map.
func findListedUnder[N news.Node](ctx context.Context, s *Reader, under []selection, at seek, facets []Facet, columns, table string,
	scan func(*engine.Row) (N, error)) (map[Facet]*news.Connection[*news.Edge[N], N], error) {
	pages := newPages[N](at)
	stmts := make([]engine.Stmt, len(under))
	for i, sel := range under {
		sql, args := sel.findUnder(listJSON(facets), at, columns, table)
		stmts[i] = engine.Stmt{SQL: sql, Args: args, Scan: func(r *engine.Row) error {
			facet, k := Facet(r.Int64()), at.readKey(r)
			node, err := scan(r)
			k.id = node.NodeID()
			pages.add(facet, k, node)
			return err
		}}
	}
	err := s.db.Query(ctx, stmts...)
	return connections(pages, facets, s.countLater(ctx, under, facets)), err
}

// pages collects rows of many lists that come in any order.
type pages[N any] struct {
	seek seek
	rows map[Facet][]row[N]
}

type row[N any] struct {
	key  sortKey
	node N
}

func newPages[N any](at seek) *pages[N] { return &pages[N]{seek: at, rows: map[Facet][]row[N]{}} }

func (p *pages[N]) add(facet Facet, k sortKey, node N) {
	p.rows[facet] = append(p.rows[facet], row[N]{k, node})
}

// inOrder sorts rows as one query would have given them.
func inOrder[N any](at seek, rows []row[N]) {
	slices.SortFunc(rows, func(a, b row[N]) int {
		if at.desc != at.window.Backward {
			a, b = b, a
		}
		return a.key.compare(b.key)
	})
}

// connectRows makes a connection of rows in order.
func connectRows[N any](at seek, rows []row[N]) *news.Connection[*news.Edge[N], N] {
	keys, nodes := make([]sortKey, len(rows)), make([]N, len(rows))
	for i, r := range rows {
		keys[i], nodes[i] = r.key, r.node
	}
	return connect(at, keys, nodes, plainEdge)
}

func connections[N any](p *pages[N], facets []Facet, counts func() (map[Facet]int, error)) map[Facet]*news.Connection[*news.Edge[N], N] {
	found := make(map[Facet]*news.Connection[*news.Edge[N], N], len(facets))
	for _, facet := range facets {
		rows := p.rows[facet]
		inOrder(p.seek, rows)
		c := connectRows(p.seek, rows)
		c.Count = func(context.Context) (int, error) {
			all, err := counts()
			return all[facet], err
		}
		found[facet] = c
	}
	return found
}

// count is the size of the selections together: a counter's value where there is nothing but the facet.
func (s *Reader) count(ctx context.Context, sels []selection) (n int, err error) {
	stmts := make([]engine.Stmt, len(sels))
	for i, sel := range sels {
		stmt := engine.Stmt{
			SQL:  fmt.Sprintf("SELECT entries FROM facet_counts WHERE list = %d AND facet = %s", sel.number, sel.facet),
			Args: sel.facetArgs,
			Scan: func(r *engine.Row) error { n += r.Int(); return nil },
		}
		if sel.rest.sql != "" {
			stmt.SQL = fmt.Sprintf("SELECT count(*) FROM %s f WHERE f.facet = %s AND %s", sel.table, sel.facet, sel.rest.sql)
			stmt.Args = append(slices.Clone(sel.facetArgs), sel.rest.args...)
			stmt.Long = true
		}
		stmts[i] = stmt
	}
	err = s.db.Query(ctx, stmts...)
	return n, err
}

// countUnder is count for many parents at once, by the parents' facets; a facet without entries has none in the map.
func (s *Reader) countUnder(ctx context.Context, under []selection, facets []Facet) (map[Facet]int, error) {
	counts := map[Facet]int{}
	stmts := make([]engine.Stmt, len(under))
	for i, sel := range under {
		stmt := engine.Stmt{
			SQL:  fmt.Sprintf("SELECT p.value, c.entries FROM json_each(?) p CROSS JOIN facet_counts c ON c.list = %d AND c.facet = p.value", sel.number),
			Args: []any{listJSON(facets)},
			Scan: func(r *engine.Row) error {
				if facet, n := Facet(r.Int64()), r.Int(); n > 0 {
					counts[facet] += n
				}
				return nil
			},
		}
		if sel.rest.sql != "" {
			stmt.SQL = fmt.Sprintf("SELECT p.value, (SELECT count(*) FROM %s f WHERE f.facet = p.value AND %s) FROM json_each(?) p", sel.table, sel.rest.sql)
			stmt.Args = append(slices.Clone(sel.rest.args), stmt.Args...)
			stmt.Long = true
		}
		stmts[i] = stmt
	}
	return counts, s.db.Query(ctx, stmts...)
}

// countLater is countUnder, asked once and only when it is called.
func (s *Reader) countLater(ctx context.Context, under []selection, facets []Facet) func() (map[Facet]int, error) {
	return sync.OnceValues(func() (map[Facet]int, error) { return s.countUnder(ctx, under, facets) })
}
