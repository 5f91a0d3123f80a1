package store

import (
	"context"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

const headColumns = `e.id, e.path, e.title, e.slug, e.locale, e.status, e.version, e.created_at, e.updated_at, e.published_at`

func scanHead(r *engine.Row) news.Head {
	return news.Head{
		ID: id(r), Path: news.Path(r.Text()), Title: r.Text(), Slug: r.Text(), Locale: news.Locale(r.Text()),
		Status: news.EntryStatus(r.Text()), Revision: r.Int(),
		CreatedAt: instant(r), UpdatedAt: instant(r), PublishedAt: nullInstant(r),
	}
}

const scheduleColumns = `e.publish_at, e.embargo_until, e.expires_at`

func scanSchedule(r *engine.Row) news.Schedule {
	return news.Schedule{PublishAt: nullInstant(r), EmbargoUntil: nullInstant(r), ExpiresAt: nullInstant(r)}
}

const articleColumns = headColumns + `, e.kind, e.dateline_text, e.dateline_place, e.dateline_date, e.standfirst, e.summary,
	e.excerpt, e.is_sticky, e.word_count, e.primary_category_id, e.lead_image_id, e.translation_group`

func scanArticle(r *engine.Row) (*news.Article, error) {
	a := &news.Article{Head: scanHead(r), Kind: news.ArticleKind(r.Text())}
	text, place := r.NullText(), r.NullText()
	date, err := nullDate(r)
	if text != nil {
		a.Dateline = &news.Dateline{Text: *text, Place: place, Date: date}
	}
	a.Standfirst, a.EditorSummary, a.Excerpt = r.NullText(), r.NullText(), r.Text()
	a.IsSticky, a.WordCount = r.Bool(), r.Int()
	a.PrimaryCategoryID, a.LeadImageID, a.TranslationGroup = nullID(r), nullID(r), nullID(r)
	return a, err
}

// Articles are the visible ones among ids.
func (s *Reader) Articles(ctx context.Context, ids []news.ID) (map[news.ID]*news.Article, error) {
	found := make(map[news.ID]*news.Article, len(ids))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT ` + articleColumns + ` FROM json_each(?) j CROSS JOIN articles e ON e.id = j.value WHERE ` + s.visible(news.KindArticle),
		Args: []any{idList(ids)},
		Scan: func(r *engine.Row) error {
			a, err := s.scanArticle(r)
			found[a.ID] = a
			return err
		},
	})
}

// Article is the visible article that ref names, or a NotFound error.
func (s *Reader) Article(ctx context.Context, ref news.ArticleRef) (found *news.Article, err error) {
	c, err := s.articleByRef(ref)
	if err != nil {
		return nil, err
	}
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT ` + articleColumns + ` FROM articles e WHERE ` + s.visible(news.KindArticle) + ` AND e.id = (` + c.sql + `)`,
		Args: c.args,
		Scan: func(r *engine.Row) (err error) { found, err = s.scanArticle(r); return err },
	})
	if err == nil && found == nil {
		err = news.NotFoundf("there is no such article")
	}
	return found, err
}

func (s *Reader) articleByRef(ref news.ArticleRef) (condition, error) {
	switch {
	case ref.ID != nil:
		return condition{sql: "+?", args: []any{int64(*ref.ID)}}, nil
	case ref.Path != nil:
		path, err := normalPath(*ref.Path)
		return condition{sql: "SELECT subject FROM paths WHERE path = +? AND state " + s.pathStates(), args: []any{path}}, err
	case ref.Slug != nil:
		return slugCondition("articles", *ref.Slug), nil
	case ref.ExternalRef != nil:
		return condition{sql: "SELECT subject FROM external_refs WHERE system = +? AND value = +?", args: []any{ref.ExternalRef.System, ref.ExternalRef.Value}}, nil
	}
	return condition{}, news.Invalidf("give exactly one of id, path, slug and externalRef")
}

func slugCondition(table string, ref news.SlugRef) condition {
	if ref.Locale == nil {
		return condition{sql: "SELECT id FROM " + table + " WHERE slug = +? AND locale = (SELECT default_locale FROM sites)", args: []any{ref.Slug}}
	}
	return condition{sql: "SELECT id FROM " + table + " WHERE slug = +? AND locale = +?", args: []any{ref.Slug, string(*ref.Locale)}}
}

// FindArticles is a page of all visible articles that match.
func (s *Reader) FindArticles(ctx context.Context, filter *news.ArticleFilter, by news.ArticleOrder, w news.Window) (*news.ArticleConnection, error) {
	parts, err := filtered(s, articleListing, filter, s.articleParts)
	if err != nil {
		return nil, err
	}
	at, err := articleSeek(filter, "", by, w)
	if err != nil {
		return nil, err
	}
	return findListed(ctx, s, selections(parts, (*filterParts).selection), at, articleColumns, "articles", s.scanArticle)
}

func articleSeek(filter *news.ArticleFilter, under string, by news.ArticleOrder, w news.Window) (seek, error) {
	o, err := articleListing.sorting(string(by.Field), by.Direction)
	if err != nil {
		return seek{}, err
	}
	return o.seek(w, scope(under, filter))
}

// scope is what a cursor's filter hash is made of; nil for a list without any filter.
func scope[F any](under string, filter *F) any {
	if under == "" && filter == nil {
		return nil
	}
	return struct {
		Under  string
		Filter *F
	}{under, filter}
}

// A Facet of articles or events names whose list is read.
type Facet int64

// In is the facet of what is filed under a topic, author or event, or anywhere in the subtree of a category.
func In(id news.ID) Facet { return Facet(id) }

// DirectlyIn is the facet of what is filed in a category itself.
func DirectlyIn(category news.ID) Facet { return -Facet(category) }

// FindArticlesIn is the same page for each of many facets, in one statement. A facet without articles has an empty
// page. The first Count asks for those of all pages, in one statement.
func (s *Reader) FindArticlesIn(ctx context.Context, facets []Facet, filter *news.ArticleFilter, by news.ArticleOrder, w news.Window) (map[Facet]*news.ArticleConnection, error) {
	parts, err := filtered(s, articleListing, filter, s.articleParts)
	if err != nil {
		return nil, err
	}
	at, err := articleSeek(filter, "facet", by, w)
	if err != nil {
		return nil, err
	}
	return findListedUnder(ctx, s, selections(parts, (*filterParts).under), at, facets, articleColumns, "articles", s.scanArticle)
}

// Bodies are the texts of articles and pages, which the caller has already found to be visible. Who may not read bodies gets
// a Forbidden error.
func (s *Reader) Bodies(ctx context.Context, entries []news.ID) (map[news.ID]*news.Body, error) {
	if s.noBody != nil {
		return nil, s.noBody
	}
	found := make(map[news.ID]*news.Body, len(entries))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT b.entry_id, b.html, b.text, b.word_count FROM json_each(?) j CROSS JOIN bodies b ON b.entry_id = j.value`,
		Args: []any{idList(entries)},
		Scan: func(r *engine.Row) error {
			found[id(r)] = &news.Body{HTML: news.HTML(r.Text()), Text: r.Text(), WordCount: r.Int()}
			return nil
		},
	})
}

// Bylines are the credits of articles, in printed order.
func (s *Reader) Bylines(ctx context.Context, articles []news.ID) (map[news.ID][]*news.BylineCredit, error) {
	found := make(map[news.ID][]*news.BylineCredit, len(articles))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT b.article_id, b.name, b.role, e.id IS NOT NULL, ` + s.authorColumns() + `
			FROM json_each(?) j CROSS JOIN bylines b ON b.article_id = j.value LEFT JOIN authors e ON e.id = b.author_id
			ORDER BY b.article_id, b.position`,
		Args: []any{idList(articles)},
		Scan: func(r *engine.Row) (err error) {
			article := id(r)
			credit := &news.BylineCredit{Name: r.Text(), Role: news.BylineRole(r.Text())}
			if r.Bool() {
				credit.Author, err = scanAuthor(r)
			}
			found[article] = append(found[article], credit)
			return err
		},
	})
}

// ArticleCategories are the categories of articles, in the editors' order.
func (s *Reader) ArticleCategories(ctx context.Context, articles []news.ID) (map[news.ID][]*news.Category, error) {
	return s.categoriesOf(ctx, `article_categories l ON l.article_id = j.value`, `l.article_id`, articles)
}

// ArticleTopics are the topics of articles, the most relevant first.
func (s *Reader) ArticleTopics(ctx context.Context, articles []news.ID) (map[news.ID][]*news.ArticleTopic, error) {
	found := make(map[news.ID][]*news.ArticleTopic, len(articles))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT l.article_id, l.relevance, l.source, ` + s.topicColumns() + `
			FROM json_each(?) j CROSS JOIN article_topics l ON l.article_id = j.value CROSS JOIN topics e ON e.id = l.topic_id
			ORDER BY l.article_id, l.relevance DESC, e.name_key, e.id`,
		Args: []any{idList(articles)},
		Scan: func(r *engine.Row) (err error) {
			article := id(r)
			t := &news.ArticleTopic{Relevance: r.Float(), Source: news.AssignmentSource(r.Text())}
			t.Topic, err = scanTopic(r)
			found[article] = append(found[article], t)
			return err
		},
	})
}

// Translations are the other visible language versions of articles, by locale.
func (s *Reader) Translations(ctx context.Context, articles []news.ID) (map[news.ID][]*news.Article, error) {
	found := make(map[news.ID][]*news.Article, len(articles))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT a.id, ` + articleColumns + `
			FROM json_each(?) j CROSS JOIN articles a ON a.id = j.value
			CROSS JOIN articles e ON e.translation_group = a.translation_group AND e.id <> a.id AND ` + s.visible(news.KindArticle) + `
			ORDER BY a.id, e.locale, e.id`,
		Args: []any{idList(articles)},
		Scan: func(r *engine.Row) error {
			article := id(r)
			a, err := s.scanArticle(r)
			found[article] = append(found[article], a)
			return err
		},
	})
}

// Corrections are what readers were told about faults of articles, oldest first.
func (s *Reader) Corrections(ctx context.Context, articles []news.ID) (map[news.ID][]*news.Correction, error) {
	found := make(map[news.ID][]*news.Correction, len(articles))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT c.article_id, c.kind, c.notice, c.at FROM json_each(?) j CROSS JOIN corrections c ON c.article_id = j.value
			ORDER BY c.article_id, c.position`,
		Args: []any{idList(articles)},
		Scan: func(r *engine.Row) error {
			article := id(r)
			found[article] = append(found[article], &news.Correction{Kind: news.CorrectionKind(r.Text()), Notice: r.Text(), At: instant(r)})
			return nil
		},
	})
}

// ArticleEvents are the visible events that articles refer to, with the earliest first.
func (s *Reader) ArticleEvents(ctx context.Context, articles []news.ID, w news.Window) (map[news.ID]*news.HistoricalEventConnection, error) {
	at, err := sorting{name: "MENTIONED", column: "sort_day", id: "id"}.seek(w, nil)
	if err != nil {
		return nil, err
	}
	keys, nodes := map[news.ID][]sortKey{}, map[news.ID][]*news.HistoricalEvent{}
	err = s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT l.article_id, e.sort_day, ` + eventColumns + `
			FROM json_each(?) j CROSS JOIN article_events l ON l.article_id = j.value
			CROSS JOIN events e ON e.id = l.event_id AND ` + s.visible(news.KindHistoricalEvent) + `
			ORDER BY l.article_id, e.sort_day, e.id`,
		Args: []any{idList(articles)},
		Scan: func(r *engine.Row) error {
			article := id(r)
			k := sortKey{value: r.Int64()}
			e, err := s.scanEvent(r)
			k.id = e.ID
			keys[article], nodes[article] = append(keys[article], k), append(nodes[article], e)
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	found := make(map[news.ID]*news.HistoricalEventConnection, len(articles))
	for _, article := range articles {
		total := len(keys[article])
		k, n := cut(at, keys[article], nodes[article])
		found[article] = connect(at, k, n, plainEdge)
		found[article].Count = func(context.Context) (int, error) { return total, nil }
	}
	return found, nil
}

// ExternalRefs are the names of nodes in other systems, by system and value. The ids of nodes that were merged into them are
// not among these: some of those were drafts.
func (s *Reader) ExternalRefs(ctx context.Context, nodes []news.ID) (map[news.ID][]*news.ExternalRef, error) {
	found := make(map[news.ID][]*news.ExternalRef, len(nodes))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT r.subject, r.system, r.value, r.url FROM json_each(?) j CROSS JOIN external_refs r ON r.subject = j.value
			WHERE NOT (r.system = '` + ownSystem + `' AND r.digest IS '` + mergedDigest + `')
			ORDER BY r.subject, r.system, r.value`,
		Args: []any{idList(nodes)},
		Scan: func(r *engine.Row) error {
			node := id(r)
			found[node] = append(found[node], &news.ExternalRef{System: r.Text(), Value: r.Text(), URL: nullURL(r)})
			return nil
		},
	})
}
