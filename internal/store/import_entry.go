package store

import (
	"cmp"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// head completes an entry's head with what the record leaves out.
func (b *batch) head(it *item, h *news.Head, plan *news.Schedule, table, below string, wanted news.Path) (err error) {
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
	switch {
	case h.Status != news.StatusScheduled:
		plan.PublishAt = time.Time{}
	case plan.PublishAt.IsZero():
		plan.PublishAt = firstTime(h.PublishedAt, b.now)
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

// headArgs are the arguments for the columns that all entries have, from id to expires_at.
func headArgs(h *news.Head, plan news.Schedule) []any {
	return []any{int64(h.ID), string(h.Path), h.Title, fold(h.Title), h.Slug, string(h.Locale), string(h.Status), h.Revision,
		millis(h.CreatedAt), millis(h.UpdatedAt), millis(h.PublishedAt), millis(plan.PublishAt), millis(plan.EmbargoUntil), millis(plan.ExpiresAt)}
}

const (
	headInsert = `id, path, title, title_key, slug, locale, status, version, created_at, updated_at, published_at, publish_at, embargo_until, expires_at`
	headUpdate = `path = excluded.path, title = excluded.title, title_key = excluded.title_key, slug = excluded.slug,
		locale = excluded.locale, status = excluded.status, version = excluded.version, created_at = excluded.created_at,
		updated_at = excluded.updated_at, published_at = excluded.published_at, publish_at = excluded.publish_at,
		embargo_until = excluded.embargo_until, expires_at = excluded.expires_at`
)

func (b *batch) body(it *item) {
	b.exec(`INSERT INTO bodies (entry_id, html, text, word_count) VALUES (?, ?, ?, ?)
		ON CONFLICT (entry_id) DO UPDATE SET html = excluded.html, text = excluded.text, word_count = excluded.word_count`,
		int64(it.id), it.texts[0].html, it.texts[0].text, it.texts[0].words)
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
	if err := b.head(it, &r.Head, &r.Schedule, "pages", below, r.Path); err != nil {
		return err
	}
	b.parents[it.id], b.paths[it.id] = parent, r.Path
	b.guarded("page.version", `INSERT INTO pages (`+headInsert+`, parent_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET `+headUpdate+`, parent_id = excluded.parent_id WHERE pages.version = excluded.version - 1`,
		append(headArgs(&r.Head, r.Schedule), orNull(parent))...)
	text := it.texts[0].text
	b.body(it)
	b.route(it, r.Path, r.RedirectsFrom, r.Status == news.StatusRetracted)
	b.externalRefs(it, r.ExternalRefs)
	b.index(it, document{id: it.id, locale: r.Locale, title: r.Title, body: text, at: shownAt(&r.Head, r.Schedule)}, r.Status == news.StatusPublished)
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
