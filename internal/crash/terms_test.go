package crash

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// create makes a node. It may be asked for again, under the same name.
func create(ctx context.Context, s opened, by, name string, record func() news.Record) (news.ID, error) {
	saved, err := s.Save(ctx, store.Edit{By: by, Key: name, Change: func(r *news.Record) error { *r = record(); return nil }})
	return saved.ID, err
}

// filed is an article of the archive. It is the same whenever it is asked for.
func filed(title string, links func(*news.ArticleRecord)) func() news.Record {
	return func() news.Record {
		return article("", title, func(a *news.ArticleRecord) {
			a.PublishedAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
			if links != nil {
				links(a)
			}
		})
	}
}

func category(name string, parent news.ID) func() news.Record {
	return func() news.Record {
		c := &news.CategoryRecord{Parent: news.RefOf(parent)}
		c.Name = name
		return news.Record{Category: c}
	}
}

// titleOf is the column that says what a node of a table is called.
func titleOf(table string) string {
	if table == "articles" || table == "events" {
		return "title"
	}
	return "name"
}

// named finds a node of a table by what it is called.
func named(ctx context.Context, s opened, table, name string) (id news.ID, err error) {
	err = s.db.Query(ctx, engine.Stmt{SQL: `SELECT id FROM ` + table + ` WHERE ` + titleOf(table) + ` = ?`, Args: []any{name},
		Scan: func(r *engine.Row) error { id = news.ID(r.Int64()); return nil }})
	if err == nil && id == 0 {
		err = fmt.Errorf("%q is not in %s", name, table)
	}
	return id, err
}

// texts are what a query gives.
func texts(ctx context.Context, s opened, sql string, args ...any) (all []string, err error) {
	return all, s.db.Query(ctx, engine.Stmt{SQL: sql, Args: args, Scan: func(r *engine.Row) error { all = append(all, r.Text()); return nil }})
}

// wantTexts compares what a query gives with what it must give.
func wantTexts(ctx context.Context, s opened, want []string, sql string, args ...any) error {
	have, err := texts(ctx, s, sql, args...)
	if err == nil && !slices.Equal(have, want) {
		err = fmt.Errorf("there is %q; want %q", have, want)
	}
	return err
}

// A mergeable sort of node, and how articles refer to it.
type mergeable struct {
	table, links, column string
	record               func(name string) func() news.Record
	link                 func(*news.ArticleRecord, news.Ref)
	merge                func(*store.Store, context.Context, store.Merge) (store.Saved, error)
}

var mergeables = []mergeable{
	{"categories", "article_categories", "category_id", func(name string) func() news.Record { return category(name, 0) },
		func(a *news.ArticleRecord, to news.Ref) { a.Categories = []news.Ref{to} }, (*store.Store).MergeCategories},
	{"topics", "article_topics", "topic_id", func(name string) func() news.Record {
		return func() news.Record {
			t := &news.TopicRecord{}
			t.Name = name
			return news.Record{Topic: t}
		}
	}, func(a *news.ArticleRecord, to news.Ref) { a.Topics = []news.TopicLink{{Topic: to}} }, (*store.Store).MergeTopics},
	{"events", "article_events", "event_id", func(name string) func() news.Record {
		return func() news.Record {
			e := &news.EventRecord{Date: "1969-07-20"}
			e.Title, e.Status, e.PublishedAt = name, news.StatusPublished, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
			return news.Record{Event: e}
		}
	}, func(a *news.ArticleRecord, to news.Ref) { a.Events = []news.Ref{to} }, (*store.Store).MergeEvents},
}

func merger(writer int) string { return fmt.Sprintf("merger:%d", writer) }

// merge takes three pieces of work for one source: it is made (a category with one below it), an article is filed there, and it
// is merged into the target. What comes before the last save of a piece is made by somebody else, so that the journal tells how
// many pieces are there.
func merge(ctx context.Context, s opened, writer, n int) error {
	m, round, step := mergeables[writer%len(mergeables)], (n-1)/3+1, (n-1)%3
	by, targetName, sourceName := merger(writer), fmt.Sprintf("Target of %d", writer), fmt.Sprintf("Source %d of %d", round, writer)
	target, err := createOrFind(ctx, s, n == 1, m.table, "before "+by, targetName, m.record(targetName))
	if err != nil {
		return err
	}
	if step == 0 {
		if m.table != "categories" {
			_, err = create(ctx, s, by, sourceName, m.record(sourceName))
			return err
		}
		above, err := create(ctx, s, "before "+by, sourceName, m.record(sourceName))
		if err == nil {
			below := fmt.Sprintf("Below %d of %d", round, writer)
			_, err = create(ctx, s, by, below, category(below, above))
		}
		return err
	}
	source, err := named(ctx, s, m.table, sourceName)
	if err != nil {
		return err
	}
	if step == 1 {
		title := fmt.Sprintf("Filed %d of %d", round, writer)
		_, err = create(ctx, s, by, title, filed(title, func(a *news.ArticleRecord) { m.link(a, news.RefOf(source)) }))
		return err
	}
	_, err = m.merge(s.Store, ctx, store.Merge{Sources: []news.ID{source}, Target: target, By: by})
	return err
}

// createOrFind makes a node the first time, and finds it later.
func createOrFind(ctx context.Context, s opened, first bool, table, by, name string, record func() news.Record) (news.ID, error) {
	if first {
		return create(ctx, s, by, name, record)
	}
	return named(ctx, s, table, name)
}

func mergesWritten(ctx context.Context, s opened, writer int) (int, error) {
	made, err := number(ctx, s, `SELECT count(*) FROM changes WHERE by = ? AND version = 1`, merger(writer))
	if err != nil {
		return 0, err
	}
	merged, err := number(ctx, s, `SELECT count(*) FROM changes WHERE by = ? AND kind = 'DELETED'`, merger(writer))
	if err != nil {
		return 0, err
	}
	open := made - 2*merged // pieces of work for the source that is not merged yet
	if open < 0 || open > 2 {
		return 0, fmt.Errorf("%d nodes were made and %d merged", made, merged)
	}
	return 3*merged + open, mergeables[writer%len(mergeables)].compare(ctx, s, writer, merged, open)
}

// compare looks whether everything is where so many merges, and the pieces of work that are open, have put it.
func (m mergeable) compare(ctx context.Context, s opened, writer, merged, open int) error {
	name := titleOf(m.table)
	var articles, below, moved []string
	for i := 1; i <= merged; i++ {
		articles = append(articles, fmt.Sprintf("Filed %d of %d in Target of %[2]d, revision 2", i, writer))
		below = append(below, fmt.Sprintf("Below %d of %d in Target of %[2]d", i, writer))
		moved = append(moved, fmt.Sprintf("Target of %d", writer))
	}
	if open > 0 {
		below = append(below, fmt.Sprintf("Below %d of %d in Source %[1]d of %[2]d", merged+1, writer))
	}
	if open > 1 {
		articles = append(articles, fmt.Sprintf("Filed %d of %d in Source %[1]d of %[2]d, revision 1", merged+1, writer))
	}
	err := wantTexts(ctx, s, articles, `SELECT a.title || ' in ' || t.`+name+` || ', revision ' || a.version
		FROM articles a LEFT JOIN `+m.links+` l ON l.article_id = a.id LEFT JOIN `+m.table+` t ON t.id = l.`+m.column+`
		WHERE a.title GLOB 'Filed * of ' || ? ORDER BY a.id`, fmt.Sprint(writer))
	if err == nil {
		err = wantTexts(ctx, s, moved, `SELECT t.`+name+` FROM `+m.table+` t JOIN paths p ON p.subject = t.id AND p.state = 'MOVED' WHERE t.`+name+` = 'Target of ' || ?`, fmt.Sprint(writer))
	}
	if err == nil && m.table == "categories" {
		err = wantTexts(ctx, s, below, `SELECT c.name || ' in ' || p.name FROM categories c LEFT JOIN categories p ON p.id = c.parent_id AND c.path GLOB p.path || '*'
			WHERE c.name GLOB 'Below * of ' || ? ORDER BY c.id`, fmt.Sprint(writer))
	}
	if err != nil {
		return err
	}
	sources, err := texts(ctx, s, `SELECT `+name+` FROM `+m.table+` WHERE `+name+` GLOB 'Source * of ' || ?`, fmt.Sprint(writer))
	next := []string{fmt.Sprintf("Source %d of %d", merged+1, writer)}
	isBegun := m.table == "categories" && slices.Equal(sources, next) // the one below it is still to come
	if err == nil && !isBegun && !slices.Equal(sources, next[:min(open, 1)]) {
		err = fmt.Errorf("the sources are %q after %d merges and %d pieces of work", sources, merged, open)
	}
	return err
}

func mover(writer int) string { return fmt.Sprintf("mover:%d", writer) }

// shift saves a category under another parent, to and fro. The path of the category below it follows.
func shift(ctx context.Context, s opened, writer, n int) error {
	name := func(what string) string { return fmt.Sprintf("%s of %d", what, writer) }
	if n == 1 {
		by := "before " + mover(writer)
		north, err := create(ctx, s, by, "north", category(name("North"), 0))
		if err != nil {
			return err
		}
		if _, err = create(ctx, s, by, "south", category(name("South"), 0)); err != nil {
			return err
		}
		moving, err := create(ctx, s, by, "moving", category(name("Moving"), north))
		if err != nil {
			return err
		}
		leaf, err := create(ctx, s, by, "leaf", category(name("Leaf"), moving))
		if err != nil {
			return err
		}
		if _, err = create(ctx, s, by, "article", filed(name("Carried"), func(a *news.ArticleRecord) { a.Categories = []news.Ref{news.RefOf(leaf)} })); err != nil {
			return err
		}
	}
	moving, err := named(ctx, s, "categories", name("Moving"))
	if err != nil {
		return err
	}
	to, err := named(ctx, s, "categories", name([]string{"North", "South"}[n%2]))
	if err != nil {
		return err
	}
	_, err = s.Save(ctx, store.Edit{ID: moving, By: mover(writer), Change: func(r *news.Record) error { r.Category.Parent = news.RefOf(to); return nil }})
	return err
}

func shiftsWritten(ctx context.Context, s opened, writer int) (int, error) {
	n, err := same(ctx, s, 2, `SELECT count(*) FROM changes WHERE by = ? AND kind = 'MOVED' GROUP BY subject`, mover(writer))
	if err != nil || n == 0 {
		return n, err
	}
	place := []string{"north", "south"}[n%2]
	return n, wantTexts(ctx, s, []string{
		fmt.Sprintf("/%s-of-%d/moving-of-%[2]d", place, writer),
		fmt.Sprintf("/%s-of-%d/moving-of-%[2]d/leaf-of-%[2]d", place, writer),
	}, `SELECT rtrim(path, '/') FROM categories WHERE name IN ('Moving of ' || ?1, 'Leaf of ' || ?1) ORDER BY depth`, fmt.Sprint(writer))
}
