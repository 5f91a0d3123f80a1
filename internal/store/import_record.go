package store

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// check refuses what the store could not write.
func check(r *news.Record) error {
	if !isRef(r.Ref) {
		return news.Invalidf("the ref %q has no system; write it as system:value", r.Ref)
	}
	for _, ref := range refsOf(r) {
		if !isRef(ref.to) {
			return news.Invalidf("%s refers to %q, which has no system; write it as system:value", ref.relation, ref.to)
		}
	}
	return r.Check()
}

func isRef(r news.Ref) bool {
	system, value := splitRef(r)
	return system != "" && value != "" && utf8.ValidString(string(r)) && strings.IndexByte(string(r), 0) < 0
}

// ADDRESSES

// slug is the node's unique slug: the one wanted, else one made from the name, with a number behind it where another
// node of the table has it already.
func (b *batch) slug(it *item, table, wanted, name string, locale news.Locale) (string, error) {
	base := cmp.Or(it.slug, markup.Slug(wanted), markup.Slug(name), strings.TrimSuffix(table, "s"))
	if table == "authors" {
		return b.free(it, base, it.stored.slug, wanted != "", table, "SELECT id FROM authors WHERE slug = +?")
	}
	return b.free(it, base, it.stored.slug, wanted != "", table+" "+string(locale), "SELECT id FROM "+table+" WHERE slug = +? AND locale = +?", string(locale))
}

// free is one of base, base-2, base-3 … that nobody else has: the node's own one, if it has such a one and base is not
// asked for, else the one after a taken one. The query finds the owner of its first argument.
func (b *batch) free(it *item, base, own string, asked bool, scope, query string, args ...any) (string, error) {
	isFree := func(candidate string) (bool, error) {
		owner := b.taken[scope+"\x00"+candidate]
		err := b.db.Query(b.ctx, engine.Stmt{SQL: query, Args: append([]any{candidate}, args...), Scan: func(r *engine.Row) error {
			if owner == 0 || owner == it.id {
				owner = id(r)
			}
			return nil
		}})
		return owner == 0 || owner == it.id, err
	}
	first := []string{base}
	switch {
	case !isNumbered(own, base):
	case asked:
		first = []string{base, own}
	default:
		first = []string{own, base}
	}
	for _, candidate := range first {
		if ok, err := isFree(candidate); ok || err != nil {
			b.taken[scope+"\x00"+candidate] = it.id
			return candidate, err
		}
	}
	// Doubling and then halving takes few looks where a thousand nodes have the same title.
	taken, free := 1, 2
	for {
		if ok, err := isFree(numbered(base, free)); err != nil {
			return "", err
		} else if ok {
			break
		}
		taken, free = free, free*2
	}
	for free-taken > 1 {
		middle := (taken + free) / 2
		if ok, err := isFree(numbered(base, middle)); err != nil {
			return "", err
		} else if ok {
			free = middle
		} else {
			taken = middle
		}
	}
	b.taken[scope+"\x00"+numbered(base, free)] = it.id
	return numbered(base, free), nil
}

// isNumbered says whether s is base with a number behind it.
func isNumbered(s, base string) bool {
	before, after := aroundNumber(base)
	digits := strings.TrimSuffix(strings.TrimPrefix(s, before), after)
	n, err := strconv.Atoi(digits)
	return err == nil && n > 1 && numbered(base, n) == s
}

// numbered puts a number behind a slug or a path, before its last slash.
func numbered(base string, n int) string {
	before, after := aroundNumber(base)
	return before + strconv.Itoa(n) + after
}

func aroundNumber(base string) (before, after string) {
	if base == "/" {
		return "/", "/"
	}
	trimmed := strings.TrimSuffix(base, "/")
	return trimmed + "-", base[len(trimmed):]
}

// path is the node's unique path: the one wanted, else below/slug/.
func (b *batch) path(it *item, wanted news.Path, below, slug string) (news.Path, error) {
	asked := markup.EncodePath(string(wanted))
	base := asked
	if base == "" && it.stored.path != "" && it.stored.slug == slug && !b.again {
		base = it.stored.path
	}
	if base == "" {
		if below == "" || strings.Contains(below, "?") { // an address such as /?cat=3 has nothing below it
			below = "/"
		}
		base = markup.EncodePath(below + slug + "/")
	}
	path, err := b.free(it, base, it.stored.path, asked != "", "paths", "SELECT subject FROM paths WHERE path = +? AND state = 'CURRENT'")
	if asked != "" && path != asked {
		it.note = fmt.Sprintf("the path %s is taken; it stands at %s", asked, path)
	}
	return news.Path(path), err
}

// route makes path the node's current one, and lets the earlier paths lead to it.
func (b *batch) route(it *item, path news.Path, earlier []news.Path, gone bool) {
	at := b.now.UnixMilli()
	if !it.isNew {
		b.exec(`UPDATE paths SET state = 'MOVED', since = ? WHERE subject = ? AND state <> 'MOVED' AND path <> ?`, at, int64(it.id), string(path))
	}
	state := RouteCurrent
	if gone {
		state = RouteGone
	}
	b.exec(`INSERT INTO paths (path, subject, state, since) VALUES (?, ?, ?, ?)
		ON CONFLICT (path) DO UPDATE SET since = CASE WHEN subject IS excluded.subject AND state = excluded.state THEN since ELSE excluded.since END,
			subject = excluded.subject, state = excluded.state, reason = NULL`, string(path), int64(it.id), string(state), at)
	for _, p := range earlier {
		if old := markup.EncodePath(string(p)); old != "" && old != string(path) {
			b.exec(`INSERT INTO paths (path, subject, state, since) VALUES (?, ?, 'MOVED', ?) ON CONFLICT (path) DO NOTHING`, old, int64(it.id), at)
		}
	}
}

func (b *batch) externalRefs(it *item, refs []news.ExternalRef) {
	for _, ref := range refs {
		b.exec(`INSERT INTO external_refs (system, value, subject, url) VALUES (?, ?, ?, ?)
			ON CONFLICT (system, value) DO UPDATE SET url = excluded.url WHERE subject = excluded.subject`, ref.System, ref.Value, int64(it.id), ref.URL)
	}
}

// ENTRIES

// head completes an entry's head with what the record leaves out.
func (b *batch) head(it *item, h *news.Head, table, below string, wanted news.Path) (err error) {
	h.ID = it.id
	h.Title = it.title
	if h.Title == "" {
		return news.Invalidf("the title is empty; give one with at least one letter")
	}
	h.Locale = cmp.Or(h.Locale, b.site.DefaultLocale)
	h.Status = cmp.Or(h.Status, news.StatusPublished)
	for _, t := range []*time.Time{&h.CreatedAt, &h.UpdatedAt, &h.PublishedAt} {
		*t = t.UTC().Truncate(time.Millisecond)
	}
	if h.PublishedAt.IsZero() && h.Status == news.StatusPublished {
		h.PublishedAt = firstTime(it.stored.publishedAt, h.CreatedAt, h.UpdatedAt, b.now)
	}
	// Only the clock makes things public: what lies ahead is scheduled.
	if h.Status == news.StatusPublished && h.PublishedAt.After(b.now) {
		h.Status = news.StatusScheduled
	}
	h.CreatedAt = firstTime(h.CreatedAt, it.stored.createdAt, h.PublishedAt, b.now)
	h.UpdatedAt = firstTime(h.UpdatedAt, h.PublishedAt, b.now)
	h.Revision = it.stored.version + 1
	if h.Slug, err = b.slug(it, table, h.Slug, h.Title, h.Locale); err != nil {
		return err
	}
	h.Path, err = b.path(it, wanted, below, h.Slug)
	return err
}

func firstTime(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

func (h headArgs) args() []any {
	return []any{int64(h.ID), string(h.Path), h.Title, fold(h.Title), h.Slug, string(h.Locale), string(h.Status), h.Revision,
		millis(h.CreatedAt), millis(h.UpdatedAt), millis(h.PublishedAt)}
}

// headArgs are the arguments for the columns that all entries have, from id to published_at.
type headArgs struct{ *news.Head }

const (
	headInsert = `id, path, title, title_key, slug, locale, status, version, created_at, updated_at, published_at`
	headUpdate = `path = excluded.path, title = excluded.title, title_key = excluded.title_key, slug = excluded.slug,
		locale = excluded.locale, status = excluded.status, version = excluded.version, created_at = excluded.created_at,
		updated_at = excluded.updated_at, published_at = excluded.published_at`
)

func (b *batch) body(it *item) {
	b.exec(`INSERT INTO bodies (entry_id, html, text, word_count) VALUES (?, ?, ?, ?)
		ON CONFLICT (entry_id) DO UPDATE SET html = excluded.html, text = excluded.text, word_count = excluded.word_count`,
		int64(it.id), it.texts[0].html, it.texts[0].text, it.texts[0].words)
}

// ExcerptLength bounds what stands in for a summary that nobody wrote, in characters.
const ExcerptLength = 200

func (b *batch) importArticle(it *item) error {
	r := it.Article
	primary, err := b.node(it, "primaryCategory", primaryCategory(r), news.KindCategory)
	if err != nil {
		return err
	}
	below := string(b.known[primaryCategory(r)].path)
	if err := b.head(it, &r.Head, "articles", cmp.Or(below, "/"), r.Path); err != nil {
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
			standfirst, summary, excerpt, is_sticky, word_count, primary_category_id, lead_image_id, translation_group)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET `+headUpdate+`, kind = excluded.kind, dateline_text = excluded.dateline_text,
			dateline_place = excluded.dateline_place, dateline_date = excluded.dateline_date, standfirst = excluded.standfirst,
			summary = excluded.summary, excerpt = excluded.excerpt, is_sticky = excluded.is_sticky, word_count = excluded.word_count,
			primary_category_id = excluded.primary_category_id, lead_image_id = excluded.lead_image_id,
			translation_group = excluded.translation_group
		WHERE articles.version = excluded.version - 1`,
		append(headArgs{&r.Head}.args(), string(r.Kind), datelineText, dateline.Place, datelineDate, r.Standfirst, summary,
			it.excerpt, r.IsSticky, it.texts[0].words, orNull(primary), orNull(leadImage), orNull(group))...)
	b.body(it)
	b.exec(`INSERT INTO locales (tag) VALUES (?) ON CONFLICT DO NOTHING`, string(r.Locale))
	names, err := b.articleLinks(it, primary)
	if err != nil {
		return err
	}
	b.route(it, r.Path, r.RedirectsFrom, r.Status == news.StatusRetracted)
	b.externalRefs(it, r.ExternalRefs)
	b.articles = append(b.articles, it.id)
	standfirst := ""
	if r.Standfirst != nil {
		standfirst = *r.Standfirst
	}
	b.index(it, document{id: it.id, title: r.Title, standfirst: standfirst, body: text, byline: names, at: r.PublishedAt.UnixMilli()},
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
	b.exec(`UPDATE articles SET translation_group = ? WHERE id = ? AND translation_group IS NULL`, int64(group), int64(original))
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
	if primary != 0 {
		categories = append([]news.ID{primary}, categories...)
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

	related, err := b.nodes(it, "related", r.Related, news.KindArticle)
	if err != nil {
		return "", err
	}
	b.clear(it, `DELETE FROM related_articles WHERE article_id = ?`)
	b.links(`INSERT INTO related_articles (article_id, position, related_id) SELECT ?, key, value FROM json_each(?)`, it.id, related)

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

func (b *batch) importPage(it *item) error {
	r := it.Page
	parent, err := b.parent(it, r.Parent, news.KindPage, "pages")
	if err != nil {
		return err
	}
	below := "/"
	if parent != 0 {
		if below, err = b.pagePath(parent); err != nil {
			return err
		}
	}
	if err := b.head(it, &r.Head, "pages", below, r.Path); err != nil {
		return err
	}
	b.parents[it.id], b.paths[it.id] = parent, r.Path
	b.guarded("page.version", `INSERT INTO pages (`+headInsert+`, parent_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET `+headUpdate+`, parent_id = excluded.parent_id WHERE pages.version = excluded.version - 1`,
		append(headArgs{&r.Head}.args(), orNull(parent))...)
	text := it.texts[0].text
	b.body(it)
	b.route(it, r.Path, r.RedirectsFrom, r.Status == news.StatusRetracted)
	b.externalRefs(it, r.ExternalRefs)
	b.index(it, document{id: it.id, title: r.Title, body: text, at: r.PublishedAt.UnixMilli()}, r.Status == news.StatusPublished)
	return nil
}

// pagePath is the path of a page of this batch or of the store.
func (b *batch) pagePath(page news.ID) (path string, err error) {
	if path, ok := b.paths[page]; ok {
		return string(path), nil
	}
	err = b.db.Query(b.ctx, engine.Stmt{SQL: `SELECT path FROM pages WHERE id = ?`, Args: []any{int64(page)},
		Scan: func(r *engine.Row) error { path = r.Text(); return nil }})
	return path, err
}

func (b *batch) importEvent(it *item) error {
	r := it.Event
	if err := b.head(it, &r.Head, "events", "/events/", r.Path); err != nil {
		return err
	}
	r.Kind = cmp.Or(r.Kind, news.EventHappening)
	date, err := news.ParseHistoricalDate(string(r.Date), cmp.Or(r.Calendar, news.CalendarGregorian))
	if err != nil {
		return news.Invalidf("date %q: %v", r.Date, err)
	}
	image, err := b.node(it, "image", r.Image, news.KindImage)
	if err != nil {
		return err
	}
	significance := 50
	if r.Significance != nil {
		significance = min(max(*r.Significance, 0), 100)
	}
	var monthDay any
	if md := date.MonthDay(); md != nil {
		monthDay = md.Month*100 + md.Day
	}
	b.guarded("event.version", `INSERT INTO events (`+headInsert+`, kind, description_html, description_text, edtf, calendar, sort_day,
			year, month_day, verification, significance, is_selected, image_id)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET `+headUpdate+`, kind = excluded.kind, description_html = excluded.description_html,
			description_text = excluded.description_text, edtf = excluded.edtf, calendar = excluded.calendar, sort_day = excluded.sort_day,
			year = excluded.year, month_day = excluded.month_day, verification = excluded.verification,
			significance = excluded.significance, is_selected = excluded.is_selected, image_id = excluded.image_id
		WHERE events.version = excluded.version - 1`,
		append(headArgs{&r.Head}.args(), string(r.Kind), it.texts[0].html, it.texts[0].text, string(date.EDTF), string(date.Calendar),
			date.SortDay(), date.AstronomicalYear, monthDay, string(cmp.Or(r.Verification, news.Unverified)), significance, r.IsSelected, orNull(image))...)
	if err := b.eventLinks(it); err != nil {
		return err
	}
	b.route(it, r.Path, r.RedirectsFrom, r.Status == news.StatusRetracted)
	b.externalRefs(it, r.ExternalRefs)
	b.events = append(b.events, it.id)
	b.index(it, document{id: it.id, title: r.Title, body: it.texts[0].text, at: r.PublishedAt.UnixMilli()}, r.Status == news.StatusPublished)
	return nil
}

func (b *batch) eventLinks(it *item) error {
	r, event := it.Event, int64(it.id)
	b.clear(it, `DELETE FROM event_citations WHERE event_id = ?`)
	for i, c := range r.Sources {
		var accessed any
		if c.AccessedAt != nil {
			accessed = c.AccessedAt.String()
		}
		b.exec(`INSERT INTO event_citations (event_id, position, title, url, publisher, accessed_at, quote) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			event, i, c.Title, c.URL, c.Publisher, accessed, c.Quote)
	}
	topics, err := b.nodes(it, "topics", r.Topics, news.KindTopic)
	if err != nil {
		return err
	}
	b.clear(it, `DELETE FROM event_topics WHERE event_id = ?`)
	b.links(`INSERT INTO event_topics (event_id, position, topic_id) SELECT ?, key, value FROM json_each(?)`, it.id, topics)
	categories, err := b.nodes(it, "categories", r.Categories, news.KindCategory)
	if err != nil {
		return err
	}
	b.clear(it, `DELETE FROM event_categories WHERE event_id = ?`)
	b.links(`INSERT INTO event_categories (event_id, position, category_id) SELECT ?, key, value FROM json_each(?)`, it.id, categories)
	return nil
}

// TAXONOMY

func (b *batch) name(name *string) error {
	if *name = markup.PlainTitle(*name); *name == "" {
		return news.Invalidf("the name is empty; give one with at least one letter")
	}
	return nil
}

func (b *batch) importCategory(it *item) (err error) {
	r := it.Category
	if err := b.name(&r.Name); err != nil {
		return err
	}
	parent, err := b.parent(it, r.Parent, news.KindCategory, "categories")
	if err != nil {
		return err
	}
	locale := cmp.Or(r.Locale, b.site.DefaultLocale)
	if r.Slug, err = b.slug(it, "categories", r.Slug, r.Name, locale); err != nil {
		return err
	}
	below := "/"
	if parent != 0 {
		below = string(b.known[r.Parent].path)
	}
	if r.Category.Path, err = b.path(it, r.Category.Path, below, r.Slug); err != nil {
		return err
	}
	b.known[it.Ref] = knownRef{id: it.id, path: r.Category.Path}
	b.guarded("category.version", `INSERT INTO categories (id, parent_id, path, name, name_key, slug, locale, description, position, depth, version, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)
		ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id, path = excluded.path, name = excluded.name, name_key = excluded.name_key,
			slug = excluded.slug, locale = excluded.locale, description = excluded.description, position = excluded.position,
			version = excluded.version, updated_at = excluded.updated_at
		WHERE categories.version = excluded.version - 1`,
		int64(it.id), orNull(parent), string(r.Category.Path), r.Name, fold(r.Name), r.Slug, string(locale), r.Description, r.Position,
		it.stored.version+1, millis(firstTime(r.UpdatedAt, b.now)))
	b.parents[it.id] = parent
	if it.isNew || it.stored.parent != parent {
		b.planted = append(b.planted, it.id)
	}
	if !it.isNew && it.stored.parent != parent {
		if err := b.refileBelow(it.id); err != nil {
			return err
		}
	}
	b.route(it, r.Category.Path, r.RedirectsFrom, false)
	b.named(it, r.Name, r.Description)
	return nil
}

// plant makes the ancestors and depths of categories, and of all below them, follow from their parents as they are now
// stored. Two writers at once can make a ring out of moves that are each right; maxDepth and the check of the table
// refuse it.
func plant(categories []news.ID) []engine.Step {
	below := `WITH RECURSIVE below (id) AS (SELECT value FROM json_each(?) UNION SELECT c.id FROM below CROSS JOIN categories c ON c.parent_id = below.id)`
	chain := fmt.Sprintf(`, chain (category_id, ancestor_id, up) AS (SELECT id, id, 0 FROM below
		UNION ALL SELECT chain.category_id, c.parent_id, up + 1 FROM chain CROSS JOIN categories c ON c.id = chain.ancestor_id
		WHERE c.parent_id IS NOT NULL AND up < %d)`, maxDepth)
	arg := []any{idList(categories)}
	return []engine.Step{
		{SQL: below + ` DELETE FROM category_ancestors WHERE category_id IN (SELECT id FROM below)`, Args: arg},
		{SQL: below + chain + ` INSERT INTO category_ancestors (category_id, depth, ancestor_id)
			SELECT category_id, max(up) OVER (PARTITION BY category_id) - up, ancestor_id FROM chain`, Args: arg},
		{SQL: below + ` UPDATE categories SET depth = (SELECT max(a.depth) FROM category_ancestors a WHERE a.category_id = categories.id)
			WHERE id IN (SELECT id FROM below)`, Args: arg},
	}
}

// refileBelow marks what is filed in a category that moves, or below it.
func (b *batch) refileBelow(category news.ID) error {
	collect := func(to *[]news.ID) func(*engine.Row) error {
		return func(r *engine.Row) error { *to = append(*to, id(r)); return nil }
	}
	return b.db.Query(b.ctx,
		engine.Stmt{SQL: `SELECT DISTINCT l.article_id FROM category_ancestors a CROSS JOIN article_categories l ON l.category_id = a.category_id
			WHERE a.ancestor_id = ?`, Args: []any{int64(category)}, Scan: collect(&b.articles)},
		engine.Stmt{SQL: `SELECT DISTINCT l.event_id FROM category_ancestors a CROSS JOIN event_categories l ON l.category_id = a.category_id
			WHERE a.ancestor_id = ?`, Args: []any{int64(category)}, Scan: collect(&b.events)})
}

// named makes a term searchable and countable.
func (b *batch) named(it *item, name string, description *string) {
	text := ""
	if description != nil {
		text = *description
	}
	b.exec(`INSERT INTO facet_counts (list, facet, entries) VALUES (1, ?, 0) ON CONFLICT DO NOTHING`, int64(it.id))
	b.index(it, document{id: it.id, title: name, body: text, at: b.now.UnixMilli()}, true)
}

func (b *batch) importTopic(it *item) (err error) {
	r := it.Topic
	if err := b.name(&r.Name); err != nil {
		return err
	}
	image, err := b.node(it, "image", r.Image, news.KindImage)
	if err != nil {
		return err
	}
	locale := cmp.Or(r.Locale, b.site.DefaultLocale)
	if r.Slug, err = b.slug(it, "topics", r.Slug, r.Name, locale); err != nil {
		return err
	}
	if r.Topic.Path, err = b.path(it, r.Topic.Path, "/topics/", r.Slug); err != nil {
		return err
	}
	b.guarded("topic.version", `INSERT INTO topics (id, path, kind, name, name_key, slug, locale, aliases, description, same_as, image_id, version, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET path = excluded.path, kind = excluded.kind, name = excluded.name, name_key = excluded.name_key,
			slug = excluded.slug, locale = excluded.locale, aliases = excluded.aliases, description = excluded.description,
			same_as = excluded.same_as, image_id = excluded.image_id, version = excluded.version, updated_at = excluded.updated_at
		WHERE topics.version = excluded.version - 1`,
		int64(it.id), string(r.Topic.Path), string(cmp.Or(r.Kind, news.TopicTag)), r.Name, fold(r.Name), r.Slug, string(locale),
		listJSON(r.Aliases), r.Description, listJSON(r.SameAs), orNull(image), it.stored.version+1, millis(firstTime(r.UpdatedAt, b.now)))
	b.route(it, r.Topic.Path, r.RedirectsFrom, false)
	b.named(it, strings.Join(append([]string{r.Name}, r.Aliases...), ", "), r.Description)
	return nil
}

func (b *batch) importAuthor(it *item) (err error) {
	r := it.Author
	if err := b.name(&r.Name); err != nil {
		return err
	}
	portrait, err := b.node(it, "portrait", r.Portrait, news.KindImage)
	if err != nil {
		return err
	}
	if r.Slug, err = b.slug(it, "authors", r.Slug, r.Name, ""); err != nil {
		return err
	}
	if r.Author.Path, err = b.path(it, r.Author.Path, "/authors/", r.Slug); err != nil {
		return err
	}
	bioHTML, bioText := richText(it.texts[0])
	b.guarded("author.version", `INSERT INTO authors (id, path, name, name_key, slug, job_title, bio_html, bio_text, links, portrait_id, version, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET path = excluded.path, name = excluded.name, name_key = excluded.name_key, slug = excluded.slug,
			job_title = excluded.job_title, bio_html = excluded.bio_html, bio_text = excluded.bio_text, links = excluded.links,
			portrait_id = excluded.portrait_id, version = excluded.version, updated_at = excluded.updated_at
		WHERE authors.version = excluded.version - 1`,
		int64(it.id), string(r.Author.Path), r.Name, fold(r.Name), r.Slug, r.JobTitle, bioHTML, bioText, listJSON(r.Links),
		orNull(portrait), it.stored.version+1, millis(firstTime(r.UpdatedAt, b.now)))
	b.route(it, r.Author.Path, r.RedirectsFrom, false)
	b.named(it, r.Name, bioText)
	return nil
}

// richText is nil for a text that is empty.
func richText(c cleaned) (html, text *string) {
	if strings.TrimSpace(c.html) == "" {
		return nil, nil
	}
	return &c.html, &c.text
}

func (b *batch) importImage(it *item) error {
	r := it.Image
	caption, captionText := richText(it.texts[0])
	b.guarded("image.version", `INSERT INTO images (id, url, mime_type, size, title, caption_html, caption_text, credit, alt_text, width, height, version, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET url = excluded.url, mime_type = excluded.mime_type, size = excluded.size, title = excluded.title,
			caption_html = excluded.caption_html, caption_text = excluded.caption_text, credit = excluded.credit, alt_text = excluded.alt_text,
			width = excluded.width, height = excluded.height, version = excluded.version, updated_at = excluded.updated_at
		WHERE images.version = excluded.version - 1`,
		int64(it.id), string(r.File), cmp.Or(r.MimeType, "application/octet-stream"), r.SizeInBytes, plain(r.Title), caption, captionText,
		plain(r.Credit), plain(r.AltText), r.Width, r.Height, it.stored.version+1, millis(firstTime(r.UpdatedAt, b.now)))
	return nil
}

func plain(s *string) *string {
	if s == nil {
		return nil
	}
	p := strings.ToValidUTF8(markup.PlainTitle(*s), string(utf8.RuneError))
	return &p
}

// SITE AND REDIRECTS

func (b *batch) importSite(it *item) error {
	r, site := it.Site, *b.site
	site.Name = cmp.Or(markup.PlainTitle(r.Name), site.Name)
	site.URL = cmp.Or(news.URL(strings.TrimRight(string(r.Site.URL), "/")), site.URL)
	site.TimeZone = cmp.Or(r.TimeZone, site.TimeZone)
	site.DefaultLocale = cmp.Or(r.DefaultLocale, site.DefaultLocale)
	if r.Tagline != nil {
		site.Tagline = plain(r.Tagline)
	}
	if r.Locales != nil {
		site.Locales = r.Locales
	}
	if r.SocialLinks != nil {
		site.SocialLinks = r.SocialLinks
	}
	if r.AllMenus != nil {
		site.AllMenus = r.AllMenus
	}
	if r.About != nil {
		page, err := b.node(it, "about.page", r.About.Page, news.KindPage)
		if err != nil {
			return err
		}
		text := it.texts[0].text
		site.About = &news.AboutBlock{Heading: markup.PlainTitle(r.About.Heading), PageID: page,
			Body: &news.Body{HTML: news.HTML(it.texts[0].html), Text: text, WordCount: it.texts[0].words}}
	}
	b.add(writeSite(&site, it.stored.version+1, b.now))
	b.site = &site
	return nil
}

func (b *batch) importRedirect(it *item) error {
	r := it.Redirect
	from := markup.EncodePath(string(r.From))
	if from == "" {
		return news.Invalidf("from is %q, which is no path; a path begins with one slash", r.From)
	}
	at := b.now.UnixMilli()
	if r.Target == "" {
		if err := b.noteInUse(it, from); err != nil {
			return err
		}
		b.exec(`INSERT INTO paths (path, state, reason, since) VALUES (?, 'GONE', ?, ?)
			ON CONFLICT (path) DO UPDATE SET subject = NULL, state = 'GONE', reason = excluded.reason WHERE state <> 'CURRENT'`,
			from, plain(&r.Reason), at)
		return nil
	}
	target, err := b.node(it, "target", r.Target, 0)
	if err != nil || target == 0 {
		return err
	}
	switch target.Kind() {
	case news.KindSite, news.KindImage, news.KindRedirect:
		return b.refuse(it, "target", r.Target, "target %s has no page of its own; choose an entry, category, topic or author", r.Target)
	}
	if err := b.noteInUse(it, from); err != nil {
		return err
	}
	b.exec(`INSERT INTO paths (path, subject, state, since) VALUES (?, ?, 'MOVED', ?)
		ON CONFLICT (path) DO UPDATE SET subject = excluded.subject, state = 'MOVED', reason = NULL, since = excluded.since WHERE state <> 'CURRENT'`,
		from, int64(target), at)
	return nil
}

// noteInUse says of a redirect that it has no effect while its path is the address of something.
func (b *batch) noteInUse(it *item, path string) error {
	return b.db.Query(b.ctx, engine.Stmt{SQL: `SELECT subject FROM paths WHERE path = ? AND state = 'CURRENT'`, Args: []any{path},
		Scan: func(r *engine.Row) error {
			it.note = fmt.Sprintf("%s is in use by %s and stays so", path, id(r))
			return nil
		}})
}
