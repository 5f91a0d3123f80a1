package store

import (
	"fmt"
	"runtime"

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
	analysed                        words // those of body, where they are known
}

// words are those of a text as FTS5 gets them, found by the rules of a language.
type words struct {
	language   *analysis.Language
	text, fts5 string
}

func (w *words) of(locale news.Locale, text string) {
	w.language, w.text = analysis.In(string(locale)), text
	w.fts5 = w.language.Index(text)
}

// columns are the texts of a document in the order of searchColumns.
func (d *document) columns() []string { return []string{d.title, d.standfirst, d.body, d.byline} }

// words are the columns as FTS5 gets them.
func (d *document) words() []string {
	language := analysis.In(string(d.locale))
	columns := d.columns()
	for i, text := range columns {
		if w := &d.analysed; w.language == language && w.text == text {
			columns[i] = w.fts5
		} else {
			columns[i] = language.Index(text)
		}
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
	doc.analysed = it.words
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
