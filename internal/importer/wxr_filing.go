package importer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// terms puts categories, topics, byline and kind on an article.
func (w *wxr) terms(p *post, rec *news.ArticleRecord) error {
	hasDomain := slices.ContainsFunc(p.Terms, func(t wxrItemTag) bool { return t.Domain != "" })
	for i := range p.Terms {
		if err := w.itemTerm(p, rec, &p.Terms[i], hasDomain); err != nil {
			return err
		}
	}
	w.setPrimary(p, rec)
	if len(rec.Byline) > 0 {
		return nil
	}
	creator := strings.TrimSpace(p.Creator)
	if creator == "" {
		return nil
	}
	return w.credit(p, rec, creator, creator)
}

func (w *wxr) itemTerm(p *post, rec *news.ArticleRecord, t *wxrItemTag, hasDomain bool) error {
	name := markup.PlainTitle(t.Name)
	if t.Nicename == "" && name == "" {
		return nil
	}
	switch t.Domain {
	case "category":
		return w.itemCategory(p, rec, cmp.Or(t.Nicename, markup.Slug(name)), name)
	case "post_tag", "tag":
		return w.itemTag(p, rec, cmp.Or(t.Nicename, markup.Slug(name)), name)
	case "author":
		return w.credit(p, rec, strings.TrimPrefix(t.Nicename, "cap-"), name)
	case "post_format":
		rec.Kind = formats[strings.TrimPrefix(t.Nicename, "post-format-")]
	case "":
		// The first exports repeat each term without its domain. Where there are only those, they are plain RSS.
		if hasDomain {
			return nil
		}
		if c := w.byName[name]; c != nil {
			rec.Categories = appendNew(rec.Categories, c.ref)
			return nil
		}
		return w.itemTag(p, rec, cmp.Or(t.Nicename, markup.Slug(name)), name)
	default:
		w.in.report.lose("taxonomy", t.Domain, p.ref)
	}
	return nil
}

// formats are the post formats that are kinds of articles.
var formats = map[string]news.ArticleKind{
	"gallery": news.ArticleGallery, "video": news.ArticleVideo, "audio": news.ArticleAudio,
}

// itemCategory files the article. An export of a selection has no list of categories: then posts bring them, and they
// count as "implied category".
func (w *wxr) itemCategory(p *post, rec *news.ArticleRecord, nicename, name string) error {
	c := w.categories[nicename]
	if c == nil {
		c = &term{ref: w.ref("category", nicename), name: cmp.Or(name, nicename), slug: termSlug(nicename)}
		c.path = w.categoryPath(c)
		w.categories[nicename] = c
		o := origin{"implied category", c.ref, p.line, p.offset}
		err := w.in.record(o, news.Record{Ref: c.ref, Category: &news.CategoryRecord{Category: news.Category{
			Name: c.name, Slug: c.slug, Path: c.path, Locale: w.locale()}}}, "")
		if err != nil {
			return err
		}
	}
	rec.Categories = appendNew(rec.Categories, c.ref)
	return nil
}

func (w *wxr) itemTag(p *post, rec *news.ArticleRecord, nicename, name string) error {
	if nicename == "" {
		return nil
	}
	if w.tags[nicename] == nil {
		o := origin{"implied tag", w.ref("tag", nicename), p.line, p.offset}
		if err := w.emitTag(o, wxrTag{Slug: nicename, Name: name}, ""); err != nil {
			return err
		}
	}
	link := news.TopicLink{Topic: w.tags[nicename].ref}
	if !slices.Contains(rec.Topics, link) {
		rec.Topics = append(rec.Topics, link)
	}
	return nil
}

// credit adds a name to the byline. An author whom the export does not list counts as "implied author".
func (w *wxr) credit(p *post, rec *news.ArticleRecord, login, name string) error {
	a := w.authors[login]
	if a == nil {
		a = w.authors[markup.Slug(login)]
	}
	if a == nil && login != name {
		a = w.authors[name]
	}
	if a == nil {
		o := origin{"implied author", w.ref("author", login), p.line, p.offset}
		if err := w.emitAuthor(o, login, cmp.Or(markup.PlainTitle(name), login), "", ""); err != nil {
			return err
		}
		a = w.authors[login]
	}
	c := news.CreditRecord{Name: a.name, Author: a.ref}
	if !slices.Contains(rec.Byline, c) {
		rec.Byline = append(rec.Byline, c)
	}
	return nil
}

// setPrimary takes the category an SEO plugin marked, or the first that is not WordPress's default.
func (w *wxr) setPrimary(p *post, rec *news.ArticleRecord) {
	for _, key := range []string{"_yoast_wpseo_primary_category", "rank_math_primary_category"} {
		id, _ := p.meta(key)
		if t := w.termIDs["category "+id]; t != nil && slices.Contains(rec.Categories, t.ref) {
			rec.PrimaryCategory = t.ref
			return
		}
	}
	for _, ref := range rec.Categories {
		if rec.PrimaryCategory == "" || rec.PrimaryCategory == w.ref("category", "uncategorized") {
			rec.PrimaryCategory = ref
		}
	}
}

func appendNew(refs []news.Ref, ref news.Ref) []news.Ref {
	if slices.Contains(refs, ref) {
		return refs
	}
	return append(refs, ref)
}
