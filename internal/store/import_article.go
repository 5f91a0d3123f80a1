package store

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// ExcerptLength bounds what stands in for a summary that nobody wrote, in characters.
const ExcerptLength = 200

func (b *batch) importArticle(it *item) error {
	r := it.Article
	primary, err := b.node(it, "primaryCategory", primaryCategory(r), news.KindCategory)
	if err != nil {
		return err
	}
	below := string(b.known[primaryCategory(r)].path)
	if err := b.head(it, &r.Head, &r.Schedule, "articles", cmp.Or(below, "/"), r.Path); err != nil {
		return err
	}
	r.Kind = cmp.Or(r.Kind, news.ArticleNews)
	leadImage, err := b.node(it, "leadImage", r.LeadImage, news.KindImage)
	if err != nil {
		return err
	}
	group, err := b.translationGroup(it)
	if err != nil {
		return err
	}
	zone, err := b.site.TimeZone.Location()
	if err != nil {
		return err
	}
	text := it.texts[0].text
	var dateline news.Dateline
	var datelineText *string
	if r.Dateline != nil {
		dateline, datelineText = *r.Dateline, &r.Dateline.Text
	}
	var datelineDate any
	if dateline.Date != nil {
		datelineDate = dateline.Date.String()
	}
	summary := r.EditorSummary
	if summary != nil && strings.TrimSpace(*summary) == "" {
		summary = nil
	}
	b.guarded("article.version", `INSERT INTO articles (`+headInsert+`, kind, dateline_text, dateline_place, dateline_date,
			standfirst, summary, excerpt, is_sticky, word_count, primary_category_id, lead_image_id, translation_group, published_day, is_syndicatable)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET `+headUpdate+`, kind = excluded.kind, dateline_text = excluded.dateline_text,
			dateline_place = excluded.dateline_place, dateline_date = excluded.dateline_date, standfirst = excluded.standfirst,
			summary = excluded.summary, excerpt = excluded.excerpt, is_sticky = excluded.is_sticky, word_count = excluded.word_count,
			primary_category_id = excluded.primary_category_id, lead_image_id = excluded.lead_image_id,
			translation_group = excluded.translation_group, published_day = excluded.published_day,
			is_syndicatable = excluded.is_syndicatable
		WHERE articles.version = excluded.version - 1`,
		append(headArgs(&r.Head, r.Schedule), string(r.Kind), datelineText, dateline.Place, datelineDate, r.Standfirst, summary,
			it.excerpt, r.IsSticky, it.texts[0].words, orNull(primary), orNull(leadImage), orNull(group), publishedDay(r.PublishedAt, zone), !r.IsNotSyndicatable)...)
	b.body(it)
	b.exec(`INSERT INTO locales (tag) VALUES (?) ON CONFLICT DO NOTHING`, string(r.Locale))
	names, err := b.articleLinks(it, primary)
	if err != nil {
		return err
	}
	b.route(it, r.Path, r.RedirectsFrom, r.Status == news.StatusRetracted)
	b.externalRefs(it, r.ExternalRefs)
	b.articles = append(b.articles, it.id)
	b.prints, b.reprinted = append(b.prints, print{int64(it.id), it.fingerprint}), b.reprinted || !it.isNew
	standfirst := ""
	if r.Standfirst != nil {
		standfirst = *r.Standfirst
	}
	b.index(it, document{id: it.id, locale: r.Locale, title: r.Title, standfirst: standfirst, body: text, byline: names, at: shownAt(&r.Head, r.Schedule)},
		r.Status == news.StatusPublished)
	return nil
}

// translationGroup is the group of the story that the article translates; the first translation founds it under the
// original's id.
func (b *batch) translationGroup(it *item) (group news.ID, err error) {
	original, err := b.node(it, "translationOf", it.Article.TranslationOf, news.KindArticle)
	if err != nil {
		return 0, err
	}
	if original == 0 || original == it.id {
		if it.stored.group == it.id || b.translated[it.Ref] { // others have joined it or will do so in this batch
			group = it.id
		}
		b.groups[it.id] = group
		return group, nil
	}
	if group, err = b.groupOf(original); err != nil {
		return 0, err
	}
	if _, ok := b.groups[original]; ok || b.open[original] {
		b.exec(`UPDATE articles SET translation_group = ? WHERE id = ? AND translation_group IS NULL`, int64(group), int64(original))
	} else { // it must still be there
		b.guarded("article.original", `UPDATE articles SET translation_group = coalesce(translation_group, ?) WHERE id = ?`, int64(group), int64(original))
	}
	if it.stored.group == it.id && group != it.id { // those who joined it come along
		b.exec(`UPDATE articles SET translation_group = ? WHERE translation_group = ?`, int64(group), int64(it.id))
	}
	b.groups[it.id] = group
	return group, nil
}

// groupOf is the translation group of an article that has or founds one.
func (b *batch) groupOf(article news.ID) (group news.ID, err error) {
	group, known := b.groups[article]
	if !known {
		err = b.db.Query(b.ctx, engine.Stmt{SQL: `SELECT translation_group FROM articles WHERE id = ?`,
			Args: []any{int64(article)}, Scan: func(r *engine.Row) error { group = nullID(r); return nil }})
	}
	return cmp.Or(group, article), err
}

// articleLinks writes the tables between an article and what it is filed under. It returns the names of the byline.
func (b *batch) articleLinks(it *item, primary news.ID) (names string, err error) {
	r, article := it.Article, int64(it.id)
	var rest []news.Ref
	for _, ref := range r.Categories {
		if ref != primaryCategory(r) {
			rest = append(rest, ref)
		}
	}
	categories, err := b.nodes(it, "categories", rest, news.KindCategory)
	if err != nil {
		return "", err
	}
	if primary != 0 { // which may be among the others under another of its names
		categories = append([]news.ID{primary}, slices.DeleteFunc(categories, func(c news.ID) bool { return c == primary })...)
	}
	b.clear(it, `DELETE FROM article_categories WHERE article_id = ?`)
	b.links(`INSERT INTO article_categories (article_id, position, category_id) SELECT ?, key, value FROM json_each(?)`, it.id, categories)

	b.clear(it, `DELETE FROM article_topics WHERE article_id = ?`)
	for _, t := range r.Topics {
		topic, err := b.node(it, "topics", t.Topic, news.KindTopic)
		if err != nil {
			return "", err
		}
		relevance := 1.0
		if t.Relevance != nil {
			relevance = min(max(*t.Relevance, 0), 1)
		}
		if topic != 0 {
			b.exec(`INSERT INTO article_topics (article_id, topic_id, relevance, source) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
				article, int64(topic), relevance, string(cmp.Or(t.Source, news.SourceImport)))
		}
	}

	b.clear(it, `DELETE FROM bylines WHERE article_id = ?`)
	var credits []string
	for i, c := range r.Byline {
		author, err := b.node(it, "byline", c.Author, news.KindAuthor)
		if err != nil {
			return "", err
		}
		name := markup.PlainTitle(c.Name)
		if name == "" && author == 0 {
			_, name = splitRef(c.Author) // stands in until the author comes
		}
		if author != 0 && name == "" {
			if name, err = b.authorName(author); err != nil {
				return "", err
			}
		}
		b.exec(`INSERT INTO bylines (article_id, position, name, role, author_id) VALUES (?, ?, ?, ?, ?)`,
			article, i, name, string(cmp.Or(c.Role, news.RoleAuthor)), orNull(author))
		credits = append(credits, name)
	}

	if err := b.choices(it); err != nil {
		return "", err
	}

	b.clear(it, `DELETE FROM corrections WHERE article_id = ?`)
	for i, c := range r.Corrections {
		b.exec(`INSERT INTO corrections (article_id, position, kind, notice, at) VALUES (?, ?, ?, ?, ?)`, article, i, string(c.Kind), c.Notice, c.At.UnixMilli())
	}

	events, err := b.nodes(it, "events", r.Events, news.KindHistoricalEvent)
	if err != nil {
		return "", err
	}
	b.clear(it, `DELETE FROM article_events WHERE article_id = ?`)
	b.links(`INSERT INTO article_events (article_id, event_id) SELECT ?, value FROM json_each(?)`, it.id, events)
	return strings.Join(credits, ", "), nil
}

// authorName is the name of an author of this batch or of the store.
func (b *batch) authorName(author news.ID) (name string, err error) {
	if name, ok := b.names[author]; ok {
		return name, nil
	}
	err = b.db.Query(b.ctx, engine.Stmt{SQL: `SELECT name FROM authors WHERE id = ?`, Args: []any{int64(author)},
		Scan: func(r *engine.Row) error { name = r.Text(); return nil }})
	b.names[author] = name
	return name, err
}

func (b *batch) links(sql string, from news.ID, to []news.ID) {
	if len(to) > 0 {
		b.exec(sql, int64(from), idList(to))
	}
}
