package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// articleCount is SQL for the counter of a facet.
func articleCount(facet string) string {
	return fmt.Sprintf("coalesce((SELECT n.entries FROM facet_counts n WHERE n.list = 1 AND n.facet = %s), 0)", facet)
}

// CATEGORIES

const categoryRow = `e.id, e.parent_id, e.path, e.name, e.slug, e.locale, e.description, e.position, e.depth, e.version, e.updated_at, `

var categoryColumns = categoryRow + articleCount("e.id") + `, ` + articleCount("-e.id")

func (s *Reader) categoryColumns() string {
	all, row := s.countsAllOfCategory(), categoryRow
	if c := s.visibleCategory("e.parent_id"); c != "" { // a hidden parent is none
		row = strings.Replace(row, "e.parent_id", "iif("+c+", e.parent_id, NULL)", 1)
	}
	return row + s.articleCount("e.id", all) + `, ` + s.articleCount("-e.id", all)
}

func scanCategory(r *engine.Row) (*news.Category, error) {
	return &news.Category{
		ID: id(r), ParentID: nullID(r), Path: news.Path(r.Text()), Name: r.Text(), Slug: r.Text(),
		Locale: news.Locale(r.Text()), Description: r.NullText(), Position: r.Int(), Depth: r.Int(), Revision: r.Int(), UpdatedAt: instant(r),
		SubtreeArticles: r.Int(), DirectArticles: r.Int(),
	}, nil
}

// Categories are those among ids that exist.
func (s *Reader) Categories(ctx context.Context, ids []news.ID) (map[news.ID]*news.Category, error) {
	found := make(map[news.ID]*news.Category, len(ids))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT ` + s.categoryColumns() + ` FROM json_each(?) j CROSS JOIN categories e ON e.id = j.value` + s.andVisible("e.id"),
		Args: []any{idList(ids)},
		Scan: func(r *engine.Row) error {
			c, err := scanCategory(r)
			found[c.ID] = c
			return err
		},
	})
}

// Category is the one that ref names, or a NotFound error.
func (s *Reader) Category(ctx context.Context, ref news.TermRef) (found *news.Category, err error) {
	return termOf(ctx, s, ref, "categories", s.categoryColumns(), scanCategory)
}

func termOf[T any](ctx context.Context, s *Reader, ref news.TermRef, table, columns string, scan func(*engine.Row) (*T, error)) (found *T, err error) {
	c, err := termByRef(&ref, table)
	if err != nil {
		return nil, err
	}
	if table == "categories" {
		c.sql = s.ifVisible(c.sql)
	}
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT ` + columns + ` FROM ` + table + ` e WHERE e.id = (` + c.sql + `)`,
		Args: c.args,
		Scan: func(r *engine.Row) (err error) { found, err = scan(r); return err },
	})
	if err == nil && found == nil {
		err = news.NotFoundf("there is nothing of that name among the %s", table)
	}
	return found, err
}

// CategoryAncestors are the ancestors of categories, the root first, without the category itself.
func (s *Reader) CategoryAncestors(ctx context.Context, categories []news.ID) (map[news.ID][]*news.Category, error) {
	return s.categoriesOf(ctx, `category_ancestors l ON l.category_id = j.value AND l.ancestor_id <> j.value`, `l.category_id`, categories)
}

// categoriesOf reads the categories that a link table l holds for parents. The table's key orders them.
func (s *Reader) categoriesOf(ctx context.Context, join, parent string, parents []news.ID) (map[news.ID][]*news.Category, error) {
	child, order := "l.category_id", "l.position"
	if parent == child {
		child, order = "l.ancestor_id", "l.depth"
	}
	found := make(map[news.ID][]*news.Category, len(parents))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL: fmt.Sprintf(`SELECT %s, %s FROM json_each(?) j CROSS JOIN %s CROSS JOIN categories e ON e.id = %s%s ORDER BY %s, %s`,
			parent, s.categoryColumns(), join, child, s.andVisible("e.id"), parent, order),
		Args: []any{idList(parents)},
		Scan: func(r *engine.Row) error {
			of := id(r)
			c, err := scanCategory(r)
			found[of] = append(found[of], c)
			return err
		},
	})
}

// FindCategories is a page of the categories below parent, of those at the top (parent is 0), or of all. At the top are
// those whose parent the caller does not see.
func (s *Reader) FindCategories(ctx context.Context, parent news.ID, all bool, by news.CategoryOrder, w news.Window) (*news.CategoryConnection, error) {
	where := s.categoriesBelow(parent, all)
	o := sorting{name: string(by.Field) + " " + string(by.Direction), id: "id", desc: by.Direction == news.Descending}
	from, alias := "categories e", "e"
	switch by.Field {
	case news.CategoryByPosition:
		o.column = "position"
	case news.CategoryByName:
		o.column, o.isText = "name_key", true
	case news.CategoryByArticleCount:
		if err := s.mayOrderByCount(s.countsAllOfCategory()); err != nil {
			return nil, err
		}
		o.column, o.id, alias = "entries", "facet", "n"
		from = "facet_counts n CROSS JOIN categories e ON e.id = n.facet"
		where.and(fmt.Sprintf("n.list = 1 AND n.kind = %d", news.KindCategory))
	default:
		return nil, news.Invalidf("there is no order %s", by.Field)
	}
	var filter any
	if !all {
		filter = parent
	}
	count := condition{sql: "SELECT count(*) FROM categories e", args: where.args}
	if by.Field != news.CategoryByArticleCount && where.sql != "" {
		count.sql += " WHERE " + where.sql
	} else if by.Field == news.CategoryByArticleCount {
		count.sql = "SELECT count(*) FROM " + from + " WHERE " + where.sql
	}
	return findPlain(ctx, s.db, o, w, filter, from, alias, s.categoryColumns(), where, count, scanCategory)
}

func (s *Reader) categoriesBelow(parent news.ID, all bool) (where condition) {
	limited := len(s.caller.Categories) > 0
	switch {
	case all && limited:
		where.and(s.visibleCategory("e.id"))
	case all:
	case parent == 0 && limited:
		where.and(s.visibleCategory("e.id") + " AND NOT " + s.visibleCategory("e.parent_id"))
	case parent == 0:
		where.and("e.parent_id IS NULL")
	case limited: // as a test of each row it would lead to a sort
		where.and("e.parent_id = ("+s.ifVisible("+?")+")", int64(parent))
	default:
		where.and("e.parent_id = +?", int64(parent))
	}
	return where
}

// findPlain reads a page of a list that needs no facets.
func findPlain[N news.Node](ctx context.Context, db engine.Engine, o sorting, w news.Window, filter any, from, alias, columns string,
	where, count condition, scan func(*engine.Row) (N, error)) (*news.Connection[*news.Edge[N], N], error) {
	at, err := o.seek(w, filter)
	if err != nil {
		return nil, err
	}
	var keys []sortKey
	var nodes []N
	tail, args := at.sql(alias, where)
	err = db.Query(ctx, engine.Stmt{
		SQL:  `SELECT ` + alias + `.` + o.column + `, ` + columns + ` FROM ` + from + tail,
		Args: args,
		Scan: func(r *engine.Row) error {
			k := at.readKey(r)
			node, err := scan(r)
			k.id = node.NodeID()
			keys, nodes = append(keys, k), append(nodes, node)
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	c := connect(at, keys, nodes, plainEdge)
	c.Count = func(ctx context.Context) (n int, err error) {
		err = db.Query(ctx, engine.Stmt{SQL: count.sql, Args: count.args, Long: true,
			Scan: func(r *engine.Row) error { n = r.Int(); return nil }})
		return n, err
	}
	return c, nil
}

// CategoryChildren is the same page of the categories right below each of many, in the editors' order.
func (s *Reader) CategoryChildren(ctx context.Context, parents []news.ID, w news.Window) (map[news.ID]*news.CategoryConnection, error) {
	at, err := sorting{name: "CHILDREN", column: "position", id: "id"}.seek(w, nil)
	if err != nil {
		return nil, err
	}
	keys, nodes := map[news.ID][]sortKey{}, map[news.ID][]*news.Category{}
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT ` + s.categoryColumns() + ` FROM json_each(?) j CROSS JOIN categories e ON e.parent_id = j.value` + s.andVisible("e.parent_id") + ` ORDER BY e.parent_id, e.position, e.id`,
		Args: []any{idList(parents)},
		Scan: func(r *engine.Row) error {
			c, err := scanCategory(r)
			keys[c.ParentID] = append(keys[c.ParentID], sortKey{value: int64(c.Position), id: c.ID})
			nodes[c.ParentID] = append(nodes[c.ParentID], c)
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	found := make(map[news.ID]*news.CategoryConnection, len(parents))
	for _, parent := range parents {
		total := len(keys[parent])
		k, n := cut(at, keys[parent], nodes[parent])
		found[parent] = connect(at, k, n, plainEdge)
		found[parent].Count = func(context.Context) (int, error) { return total, nil }
	}
	return found, nil
}

// TOPICS

const topicRow = `e.id, e.path, e.kind, e.name, e.slug, e.locale, e.aliases, e.description, e.same_as, e.version, e.updated_at, e.image_id, `

var topicColumns = topicRow + articleCount("e.id")

func (s *Reader) topicColumns() string { return topicRow + s.articleCount("e.id", !s.limited()) }

func scanTopic(r *engine.Row) (t *news.Topic, err error) {
	t = &news.Topic{ID: id(r), Path: news.Path(r.Text()), Kind: news.TopicKind(r.Text()), Name: r.Text(), Slug: r.Text(), Locale: news.Locale(r.Text())}
	if t.Aliases, err = list[string](r); err != nil {
		return t, err
	}
	t.Description = r.NullText()
	t.SameAs, err = list[news.URL](r)
	t.Revision, t.UpdatedAt, t.ImageID, t.ArticleCount = r.Int(), instant(r), nullID(r), r.Int()
	return t, err
}

// Topics are those among ids that exist.
func (s *Reader) Topics(ctx context.Context, ids []news.ID) (map[news.ID]*news.Topic, error) {
	found := make(map[news.ID]*news.Topic, len(ids))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT ` + s.topicColumns() + ` FROM json_each(?) j CROSS JOIN topics e ON e.id = j.value`,
		Args: []any{idList(ids)},
		Scan: func(r *engine.Row) error {
			t, err := scanTopic(r)
			found[t.ID] = t
			return err
		},
	})
}

// Topic is the one that ref names, or a NotFound error.
func (s *Reader) Topic(ctx context.Context, ref news.TermRef) (*news.Topic, error) {
	return termOf(ctx, s, ref, "topics", s.topicColumns(), scanTopic)
}

// FindTopics is a page of all topics that match.
func (s *Reader) FindTopics(ctx context.Context, filter *news.TopicFilter, by news.TopicOrder, w news.Window) (*news.TopicConnection, error) {
	where := condition{}
	if filter != nil && filter.Kinds != nil {
		if _, err := wordFacets(filter.Kinds, news.TopicKinds, 0); err != nil {
			return nil, err
		}
		if len(filter.Kinds) == 1 {
			where.and("e.kind = +?", string(filter.Kinds[0]))
		} else {
			// The plus keeps SQLite from seeking by kind, which would cost a sort.
			where.and("+e.kind IN (SELECT value FROM json_each(?))", listJSON(filter.Kinds))
		}
	}
	from, alias, o := "topics e", "e", sorting{name: string(by), column: "name_key", id: "id", isText: true}
	switch by {
	case news.TopicByName:
	case news.TopicByArticleCount:
		if err := s.mayOrderByCount(!s.limited()); err != nil {
			return nil, err
		}
		o, alias = sorting{name: string(by), column: "entries", id: "facet", desc: true}, "n"
		from = "facet_counts n CROSS JOIN topics e ON e.id = n.facet"
		where.and(fmt.Sprintf("n.list = 1 AND n.kind = %d", news.KindTopic))
	default:
		return nil, news.Invalidf("there is no order %s", by)
	}
	count := condition{sql: "SELECT count(*) FROM " + from, args: where.args}
	if where.sql != "" {
		count.sql += " WHERE " + where.sql
	}
	return findPlain(ctx, s.db, o, w, scope("", filter), from, alias, s.topicColumns(), where, count, scanTopic)
}

// EventTopics are the topics of events, in the editors' order.
func (s *Reader) EventTopics(ctx context.Context, events []news.ID) (map[news.ID][]*news.Topic, error) {
	found := make(map[news.ID][]*news.Topic, len(events))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT l.event_id, ` + s.topicColumns() + ` FROM json_each(?) j CROSS JOIN event_topics l ON l.event_id = j.value
			CROSS JOIN topics e ON e.id = l.topic_id ORDER BY l.event_id, l.position`,
		Args: []any{idList(events)},
		Scan: func(r *engine.Row) error {
			event := id(r)
			t, err := scanTopic(r)
			found[event] = append(found[event], t)
			return err
		},
	})
}

// AUTHORS

const authorRow = `e.id, e.path, e.name, e.slug, e.job_title, e.bio_html, e.bio_text, e.links, e.version, e.updated_at, e.portrait_id, `

var authorColumns = authorRow + articleCount("e.id")

func (s *Reader) authorColumns() string { return authorRow + s.articleCount("e.id", !s.limited()) }

func scanAuthor(r *engine.Row) (a *news.Author, err error) {
	a = &news.Author{ID: id(r), Path: news.Path(r.Text()), Name: r.Text(), Slug: r.Text(), JobTitle: r.NullText(), Bio: nullRichText(r)}
	a.Links, err = list[news.URL](r)
	a.Revision, a.UpdatedAt, a.PortraitID, a.ArticleCount = r.Int(), instant(r), nullID(r), r.Int()
	return a, err
}

// Authors are those among ids that exist.
func (s *Reader) Authors(ctx context.Context, ids []news.ID) (map[news.ID]*news.Author, error) {
	found := make(map[news.ID]*news.Author, len(ids))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT ` + s.authorColumns() + ` FROM json_each(?) j CROSS JOIN authors e ON e.id = j.value`,
		Args: []any{idList(ids)},
		Scan: func(r *engine.Row) error {
			a, err := scanAuthor(r)
			found[a.ID] = a
			return err
		},
	})
}

// Author is the one that ref names, or a NotFound error.
func (s *Reader) Author(ctx context.Context, ref news.TermRef) (*news.Author, error) {
	return termOf(ctx, s, ref, "authors", s.authorColumns(), scanAuthor)
}

// FindAuthors is a page of all authors, by name.
func (s *Reader) FindAuthors(ctx context.Context, w news.Window) (*news.AuthorConnection, error) {
	return findPlain(ctx, s.db, sorting{name: "NAME", column: "name_key", id: "id", isText: true}, w, nil,
		"authors e", "e", s.authorColumns(), condition{}, condition{sql: "SELECT count(*) FROM authors"}, scanAuthor)
}

// IMAGES

const imageColumns = `e.id, e.url, e.mime_type, e.size, e.title, e.caption_html, e.caption_text, e.credit, e.alt_text, e.width, e.height, e.version, e.updated_at`

func scanImage(r *engine.Row) *news.Image {
	return &news.Image{
		ID: id(r), File: news.URL(r.Text()), MimeType: r.Text(), SizeInBytes: nullInt(r), Title: r.NullText(),
		Caption: nullRichText(r), Credit: r.NullText(), AltText: r.NullText(), Width: nullInt(r), Height: nullInt(r),
		Revision: r.Int(), UpdatedAt: instant(r),
	}
}

// Images are those among ids that exist.
func (s *Reader) Images(ctx context.Context, ids []news.ID) (map[news.ID]*news.Image, error) {
	found := make(map[news.ID]*news.Image, len(ids))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT ` + imageColumns + ` FROM json_each(?) j CROSS JOIN images e ON e.id = j.value`,
		Args: []any{idList(ids)},
		Scan: func(r *engine.Row) error {
			i := scanImage(r)
			found[i.ID] = i
			return nil
		},
	})
}
