package importer

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

func (w *wxr) author(el *element) error {
	var a wxrAuthor
	note, ok := w.decodeRecord(el, "author", func() any { a = wxrAuthor{}; return &a })
	if !ok {
		return nil
	}
	login := strings.TrimSpace(a.Login)
	name := markup.PlainTitle(a.DisplayName)
	if name == "" {
		name = markup.PlainTitle(a.FirstName + " " + a.LastName)
	}
	if name == "" {
		name = login
	}
	if login == "" {
		login = name
	}
	o := w.origin(el, "author", login)
	if w.authors[login] != nil {
		w.in.skip(o, "the author "+clip(login, 60)+" was given before")
		return nil
	}
	return w.emitAuthor(o, login, name, note, strings.TrimSpace(a.ID))
}

func (w *wxr) emitAuthor(o origin, login, name, note, id string) error {
	slug := markup.Slug(login)
	t := &term{ref: o.ref, name: name, slug: slug}
	w.authors[login] = t
	for _, alias := range []string{slug, name} {
		if w.authors[alias] == nil {
			w.authors[alias] = t
		}
	}
	rec := &news.AuthorRecord{Author: news.Author{Name: name, Slug: slug, Path: w.archive("author", slug)}}
	if id != "" {
		rec.RedirectsFrom = w.redirects(rec.Path, "/?author="+id)
	}
	return w.in.record(o, news.Record{Ref: o.ref, Author: rec}, note)
}

func (w *wxr) origin(el *element, kind, id string) origin {
	return origin{kind: kind, ref: w.ref(kind, id), line: el.line, offset: el.offset}
}

// archive is the address that WordPress gives to the list of a term's posts unless it is set up otherwise, which an export
// does not tell.
func (w *wxr) archive(kind, slug string) news.Path {
	if slug == "" {
		return ""
	}
	return news.Path(markup.EncodePath(w.base + "/" + kind + "/" + slug + "/"))
}

// redirects makes paths of the blog from relative ones, without path itself.
func (w *wxr) redirects(path news.Path, from ...string) []news.Path {
	var list []news.Path
	for _, f := range from {
		p := news.Path(markup.EncodePath(w.base + f))
		if p != "" && p != path {
			list = append(list, p)
		}
	}
	return list
}

func (w *wxr) category(el *element) error {
	var c wxrCategory
	_, ok := w.decodeRecord(el, "category", func() any { c = wxrCategory{}; return &c })
	if !ok {
		return nil
	}
	if c.Nicename == "" {
		c.Nicename = markup.Slug(c.Name)
	}
	w.header = append(w.header, headerTerm{w.origin(el, "category", c.Nicename), c})
	return nil
}

// flushCategories emits the categories read so far, now that parents are known.
func (w *wxr) flushCategories() error {
	waiting := w.header
	w.header = nil
	var fresh []headerTerm
	for _, h := range waiting {
		if w.categories[h.cat.Nicename] != nil {
			w.in.skip(h.origin, "the category "+clip(h.cat.Nicename, 60)+" was given before")
			continue
		}
		fresh = append(fresh, h)
		t := &term{ref: w.ref("category", h.cat.Nicename), name: markup.PlainTitle(h.cat.Name),
			parent: strings.TrimSpace(h.cat.Parent), slug: termSlug(h.cat.Nicename)}
		if t.name == "" {
			t.name = h.cat.Nicename
		}
		w.categories[h.cat.Nicename] = t
		if w.byName[t.name] == nil {
			w.byName[t.name] = t
		}
		if h.cat.TermID != "" {
			w.termIDs["category "+h.cat.TermID] = t
		}
	}
	for _, h := range fresh {
		t := w.categories[h.cat.Nicename]
		t.path = w.categoryPath(t)
		rec := &news.CategoryRecord{Category: news.Category{
			Name: t.name, Slug: t.slug, Path: t.path, Locale: w.locale(), Description: plainText(h.cat.Description),
		}}
		if p := w.parentOf(t); p != nil {
			rec.Parent = p.ref
		}
		if h.cat.TermID != "" {
			rec.RedirectsFrom = w.redirects(t.path, "/?cat="+h.cat.TermID)
		}
		note := ""
		if t.parent != "" && rec.Parent == "" {
			note = fmt.Sprintf("the parent category %q is not in the file; it stands at the top", clip(t.parent, 60))
		}
		if err := w.in.record(h.origin, news.Record{Ref: t.ref, Category: rec}, note); err != nil {
			return err
		}
	}
	return nil
}

// parentOf finds the parent by nicename or, as the first exports wrote it, by name.
func (w *wxr) parentOf(t *term) *term {
	if t.parent == "" || t.parent == "0" {
		return nil
	}
	p := w.categories[t.parent]
	if p == nil {
		p = w.byName[markup.PlainTitle(t.parent)]
	}
	if p == t {
		return nil
	}
	return p
}

func (w *wxr) categoryPath(t *term) news.Path {
	slugs := t.slug
	for p, depth := w.parentOf(t), 0; p != nil && depth < 32; p, depth = w.parentOf(p), depth+1 {
		slugs = p.slug + "/" + slugs
	}
	if t.slug == "" {
		return ""
	}
	return w.archive("category", slugs)
}

func (w *wxr) tag(el *element) error {
	var t wxrTag
	note, ok := w.decodeRecord(el, "tag", func() any { t = wxrTag{}; return &t })
	if !ok {
		return nil
	}
	if t.Slug == "" {
		t.Slug = markup.Slug(t.Name)
	}
	o := w.origin(el, "tag", t.Slug)
	if w.tags[t.Slug] != nil {
		w.in.skip(o, "the tag "+clip(t.Slug, 60)+" was given before")
		return nil
	}
	return w.emitTag(o, t, note)
}

func (w *wxr) emitTag(o origin, in wxrTag, note string) error {
	slug := termSlug(in.Slug)
	t := &term{ref: w.ref("tag", in.Slug), name: markup.PlainTitle(in.Name), slug: slug, path: w.archive("tag", slug)}
	if t.name == "" {
		t.name = in.Slug
	}
	w.tags[in.Slug] = t
	if in.TermID != "" {
		w.termIDs["post_tag "+in.TermID] = t
	}
	rec := &news.TopicRecord{
		Topic: news.Topic{Kind: news.TopicTag, Name: t.name, Slug: slug, Path: t.path, Locale: w.locale(),
			Description: plainText(in.Description)},
		RedirectsFrom: w.redirects(t.path, "/?tag="+url.QueryEscape(unescape(in.Slug))),
	}
	return w.in.record(o, news.Record{Ref: t.ref, Topic: rec}, note)
}

// term reads wp:term, where newer exports repeat categories and tags and list the terms of all other taxonomies.
func (w *wxr) term(el *element) error {
	var t wxrTerm
	note, ok := w.decodeRecord(el, "term", func() any { t = wxrTerm{}; return &t })
	if !ok {
		return nil
	}
	o := w.origin(el, "term", t.Taxonomy+"/"+t.Slug)
	switch t.Taxonomy {
	case "nav_menu":
		if !w.menus.add(o, t.Slug) {
			w.in.skip(o, "the menu was given before")
		}
		return nil
	case "category":
		if w.categories[t.Slug] != nil {
			w.in.skip(o, "the same as its wp:category")
			return nil
		}
		w.header = append(w.header, headerTerm{o, wxrCategory{t.ID, t.Slug, t.Parent, t.Name, t.Description}})
		return nil
	case "post_tag":
		if w.tags[t.Slug] != nil {
			w.in.skip(o, "the same as its wp:tag")
			return nil
		}
		return w.emitTag(o, wxrTag{t.ID, t.Slug, t.Name, t.Description}, note)
	}
	w.in.skip(o, fmt.Sprintf("the taxonomy %q has no place in Dateline", clip(t.Taxonomy, 60)))
	return nil
}

// termSlug reads a nicename, which WordPress keeps percent-encoded when it is not ASCII.
func termSlug(nicename string) string { return markup.Slug(unescape(nicename)) }

func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

func plainText(html string) *string {
	if text := strings.TrimSpace(markup.Text(html)); text != "" {
		return &text
	}
	return nil
}
