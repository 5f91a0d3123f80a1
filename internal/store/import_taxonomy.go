package store

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

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
	b.named(it, locale, r.Name, r.Description)
	return nil
}

// categoryPath is the stored path of a category; empty for none.
func (b *batch) categoryPath(category news.ID) (path string, err error) {
	err = b.db.Query(b.ctx, engine.Stmt{SQL: `SELECT path FROM categories WHERE id = ?`, Args: []any{int64(category)},
		Scan: func(r *engine.Row) error { path = r.Text(); return nil }})
	return path, err
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
func (b *batch) named(it *item, locale news.Locale, name string, description *string) {
	text := ""
	if description != nil {
		text = *description
	}
	b.exec(`INSERT INTO facet_counts (list, facet, entries) VALUES (1, ?, 0) ON CONFLICT DO NOTHING`, int64(it.id))
	b.index(it, document{id: it.id, locale: locale, title: name, body: text, at: b.now.UnixMilli()}, true)
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
	b.named(it, locale, strings.Join(append([]string{r.Name}, r.Aliases...), ", "), r.Description)
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
	b.named(it, "", r.Name, bioText)
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

func (b *batch) importSite(it *item) error {
	r, site := it.Site, *b.site
	site.Name = cmp.Or(markup.PlainTitle(r.Name), site.Name)
	site.URL = cmp.Or(news.URL(strings.TrimRight(string(r.Site.URL), "/")), site.URL)
	site.TimeZone = cmp.Or(r.TimeZone, site.TimeZone)
	site.DefaultLocale = cmp.Or(r.DefaultLocale, site.DefaultLocale)
	if r.Tagline != nil {
		if site.Tagline = plain(r.Tagline); *site.Tagline == "" {
			site.Tagline = nil
		}
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
	if r.RelatedHalfLife != nil {
		site.RelatedHalfLife = r.RelatedHalfLife
	}
	if r.About != nil {
		page, err := b.node(it, "about.page", r.About.Page, news.KindPage)
		if err != nil {
			return err
		}
		text := it.texts[0].text
		site.About = &news.AboutBlock{Heading: markup.PlainTitle(r.About.Heading), PageID: page,
			Body: &news.Body{HTML: news.HTML(it.texts[0].html), Text: text, WordCount: it.texts[0].words}}
		if *r.About == (news.AboutRecord{}) {
			site.About = nil
		}
	}
	site.Revision++ // of what was read: settings that somebody has changed since fail the guard
	b.add(writeSite(&site, site.Revision, b.now))
	b.site = &site
	return nil
}
