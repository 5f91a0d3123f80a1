package store

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/dateline-cms/dateline/internal/analysis"
	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// document is what the search index holds of a node.
type document struct {
	id                              news.ID
	locale                          news.Locale // of the texts; empty when nobody said
	title, standfirst, body, byline string
	at                              int64 // milliseconds
}

// columns are the texts of a document in the order of searchColumns.
func (d *document) columns() []string { return []string{d.title, d.standfirst, d.body, d.byline} }

// words are the columns as FTS5 gets them.
func (d *document) words() []string {
	language := analysis.In(string(d.locale))
	columns := d.columns()
	for i, text := range columns {
		columns[i] = language.Index(text)
	}
	return columns
}

// insertion writes a document into an index that does not have it.
func (d *document) insertion(index string) engine.Step {
	args := []any{int64(d.id), typeToken(d.id.Kind())}
	for _, words := range d.words() {
		args = append(args, words)
	}
	return engine.Step{SQL: `INSERT INTO ` + index + ` (rowid, type, title, standfirst, body, byline) VALUES (?, ?, ?, ?, ?, ?)`, Args: args, Late: true}
}

// searchColumns are those of the search index behind the type.
var searchColumns = []string{"title", "standfirst", "body", "byline"}

// index makes the search index hold the document of a node, or that of what is not published when it is invisible. It is the last thing that an
// import does for a record. Its steps run after all others: before each step that SQLite may have to undo alone, FTS5 writes
// the words it has gathered, and with steps of other tables in between that would be once a document.
func (b *batch) index(it *item, doc document, visible bool) {
	add := func(sql string, args ...any) {
		b.indexing = append(b.indexing, engine.Step{SQL: sql, Args: args, Late: true})
	}
	if !it.isNew {
		index := indexOf(it.stored.status == "" || it.stored.status == news.StatusPublished)
		add(`DELETE FROM `+index+` WHERE rowid = ?`, int64(doc.id))
		add(`DELETE FROM `+index+`_dates WHERE id = ?`, int64(doc.id))
	}
	index := indexOf(visible)
	b.documents = append(b.documents, indexed{doc, len(b.indexing)})
	add(index) // which analyse makes a statement
	add(`INSERT INTO `+index+`_dates (id, at) VALUES (?, ?)`, int64(doc.id), doc.at)
}

// indexed is a document whose insertion into an index will be a step of indexing.
type indexed struct {
	document
	step int
}

// analyse makes the steps of the documents, on all processors.
func (b *batch) analyse() {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, d := range b.documents {
		group.Go(func() error {
			b.indexing[d.step] = d.insertion(b.indexing[d.step].SQL)
			return nil
		})
	}
	_ = group.Wait() // no errors
}

// indexOf is the index of what is visible to everybody, or that of all else.
func indexOf(visible bool) string {
	if visible {
		return "search"
	}
	return "unpublished_search"
}

// shownAt is when an entry was published, will be, or was last changed.
func shownAt(h *news.Head, plan news.Schedule) int64 {
	return firstTime(h.PublishedAt, plan.PublishAt, h.UpdatedAt).UnixMilli()
}

// typeToken is the word that stands for a type in the index's first column.
func typeToken(k news.IDKind) string { return fmt.Sprintf("type%d", k) }

var searchKinds = map[news.SearchType]news.IDKind{
	news.SearchArticles: news.KindArticle, news.SearchPages: news.KindPage, news.SearchEvents: news.KindHistoricalEvent,
	news.SearchTopics: news.KindTopic, news.SearchAuthors: news.KindAuthor, news.SearchCategories: news.KindCategory,
}

// searched are the columns in which a caller's words are looked for: what it may not read it cannot find out by asking.
func (s *Reader) searched() string {
	if s.noBody != nil {
		return "title standfirst byline"
	}
	return everyColumn
}

// everyColumn are the columns of the index that hold words.
const everyColumn = "title standfirst body byline"

// matchExpression turns what a person typed into an FTS5 query that is never a syntax error. It is empty when there is
// no word in it.
func matchExpression(typed string, languages analysis.Languages, filter *news.SearchFilter, columns string) (string, error) {
	var wanted []analysis.Wanted
	for i, part := range strings.Split(typed, `"`) {
		if i%2 == 1 { // between quotes
			if w := languages.Phrase(part, false); w != nil {
				wanted = append(wanted, w)
			}
			continue
		}
		for field := range strings.FieldsSeq(part) {
			wanted = append(wanted, languages.Word(field, strings.HasSuffix(field, "*"))...)
		}
	}
	words := 0
	var terms []string
	for _, w := range wanted {
		words += len(w[0].Words)
		terms = append(terms, matchOf(w))
	}
	if len(terms) > maxSearchTerms || words > maxSearchWords {
		return "", news.Invalidf("the search holds more than %d words; use fewer", maxSearchTerms)
	}
	if len(terms) == 0 {
		return "", nil
	}
	expression := "{" + columns + "} : (" + strings.Join(terms, " AND ") + ")"
	if filter != nil && filter.Types != nil {
		var types []string
		for _, t := range filter.Types {
			kind, ok := searchKinds[t]
			if !ok {
				return "", news.Invalidf("there is no search type %s", t)
			}
			types = append(types, typeToken(kind))
		}
		if len(types) == 0 {
			return "", nil
		}
		expression = "(type : (" + strings.Join(types, " OR ") + ")) AND (" + expression + ")"
	}
	return expression, nil
}

// maxSearchTerms and maxSearchWords bound what one search can cost: a term of Chinese is many words of the index.
const (
	maxSearchTerms = 32
	maxSearchWords = 512
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
	Count    func(context.Context) (int, error)
}

// Search finds what is visible and holds all the words typed. No words find nothing.
func (s *Reader) Search(ctx context.Context, typed string, filter *news.SearchFilter, by news.SearchOrder, w news.Window) (*Hits, error) {
	if match, err := matchExpression(typed, nil, filter, s.searched()); match == "" || err != nil {
		return &Hits{Count: func(context.Context) (int, error) { return 0, nil }}, err
	}
	languages, err := s.languages(ctx)
	if err != nil {
		return nil, err
	}
	match, err := matchExpression(typed, languages, filter, s.searched())
	if err != nil {
		return nil, err
	}
	order, err := searchSorting(by)
	if err != nil {
		return nil, err
	}
	at, err := order.seek(w, struct {
		Typed  string
		Filter *news.SearchFilter
	}{typed, filter})
	if err != nil {
		return nil, err
	}
	var rows []row[Hit]
	tail, args := at.sql("m", condition{})
	err = s.db.Query(ctx, s.eachIndex(func(index, visible string) engine.Stmt {
		return engine.Stmt{
			SQL: fmt.Sprintf(`SELECT m.id, m.score, m.at, m.rank_key FROM (
				SELECT %[1]s.rowid AS id, -bm25(%[1]s, 0, 10, 4, 1, 3) AS score, d.at AS at,
					CAST(-bm25(%[1]s, 0, 10, 4, 1, 3) * 1e9 AS INTEGER) AS rank_key
				FROM %[1]s JOIN %[1]s_dates d ON d.id = %[1]s.rowid WHERE %[1]s MATCH ?%[2]s) m`, index, visible) + tail,
			Args: append([]any{match}, args...),
			Long: true,
			Scan: func(r *engine.Row) error {
				h := Hit{ID: id(r), Score: r.Float()}
				date, rank := r.Int64(), r.Int64()
				k := sortKey{value: rank, id: h.ID}
				if by == news.SearchByNewest {
					k.value = date
				}
				rows = append(rows, row[Hit]{k, h})
				return nil
			},
		}
	})...)
	if err != nil {
		return nil, err
	}
	if s.preview {
		inOrder(at, rows)
	}
	c := connectRows(at, rows)
	found := &Hits{PageInfo: c.PageInfo, Hits: make([]Hit, len(c.Edges))}
	for i, e := range c.Edges {
		found.Hits[i] = e.Node
		found.Hits[i].Cursor = e.Cursor
	}
	found.Count = func(ctx context.Context) (n int, err error) {
		err = s.db.Query(ctx, s.eachIndex(func(index, visible string) engine.Stmt {
			return engine.Stmt{SQL: fmt.Sprintf(`SELECT count(*) FROM %[1]s WHERE %[1]s MATCH ?%[2]s`, index, visible), Args: []any{match}, Long: true,
				Scan: func(r *engine.Row) error { n += r.Int(); return nil }}
		})...)
		return n, err
	}
	return found, nil
}

// eachIndex makes a statement for each index that holds what the caller sees, with what of it is visible.
func (s *Reader) eachIndex(stmt func(index, visible string) engine.Stmt) (stmts []engine.Stmt) {
	for _, l := range s.listings(articleListing) {
		visible := s.grantedNode(l.search + ".rowid")
		if visible != "" {
			visible = " AND " + visible
		}
		stmts = append(stmts, stmt(l.search, visible))
	}
	return stmts
}

func searchSorting(by news.SearchOrder) (sorting, error) {
	switch by {
	case news.SearchByRelevance:
		return sorting{name: string(by), column: "rank_key", id: "id", desc: true}, nil
	case news.SearchByNewest:
		return sorting{name: string(by), column: "at", id: "id", desc: true}, nil
	}
	return sorting{}, news.Invalidf("there is no order %s", by)
}
