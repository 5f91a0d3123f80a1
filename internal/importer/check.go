package importer

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// checkRecord says what is wrong with a record, or nothing: what [news.Record.Check] finds, and what is missing or malformed.
// It needs no store, so that a dry run and a real one agree.
func checkRecord(rec *news.Record) string {
	if problem := checkRef("ref", rec.Ref); problem != "" || rec.Ref == "" {
		if problem == "" {
			problem = `ref is missing; write "system:value", such as "ours:article/17"`
		}
		return problem
	}
	if err := rec.Check(); err != nil {
		return clip(err.Error(), 400)
	}
	switch {
	case rec.Site != nil:
		return checkRef("about.page", aboutPage(rec.Site))
	case rec.Image != nil:
		return first(required("url", string(rec.Image.File)), checkAddress("url", rec.Image.File))
	case rec.Author != nil:
		return first(required("name", rec.Author.Name), checkPaths(rec.Author.Path, rec.Author.RedirectsFrom),
			checkRef("portrait", rec.Author.Portrait))
	case rec.Topic != nil:
		return first(required("name", rec.Topic.Name), checkPaths(rec.Topic.Path, rec.Topic.RedirectsFrom),
			checkRef("image", rec.Topic.Image))
	case rec.Category != nil:
		return first(required("name", rec.Category.Name), checkPaths(rec.Category.Path, rec.Category.RedirectsFrom),
			checkRef("parent", rec.Category.Parent))
	case rec.Page != nil:
		return first(checkHead(&rec.Page.Head, &rec.Page.Schedule), checkPaths(rec.Page.Path, rec.Page.RedirectsFrom),
			checkRef("parent", rec.Page.Parent))
	case rec.Article != nil:
		return checkArticle(rec.Article)
	case rec.Event != nil:
		return checkEvent(rec.Event)
	case rec.Redirect != nil:
		return first(required("from", string(rec.Redirect.From)), checkPaths(rec.Redirect.From, nil),
			checkRef("target", rec.Redirect.Target))
	}
	return ""
}

func aboutPage(s *news.SiteRecord) news.Ref {
	if s.About == nil {
		return ""
	}
	return s.About.Page
}

func checkHead(h *news.Head, plan *news.Schedule) string {
	if h.Status == news.StatusScheduled && h.PublishedAt.IsZero() && plan.PublishAt.IsZero() {
		return "status is SCHEDULED but publishedAt and publishAt are missing"
	}
	return required("title", h.Title)
}

func checkArticle(a *news.ArticleRecord) string {
	problem := first(checkHead(&a.Head, &a.Schedule), checkPaths(a.Path, a.RedirectsFrom),
		checkRef("primaryCategory", a.PrimaryCategory), checkRefs("categories", a.Categories),
		checkRef("leadImage", a.LeadImage), checkRefs("related", pinned(a.Related)), checkRefs("hidden", hidden(a.Hidden)), checkRefs("events", a.Events),
		checkRef("translationOf", a.TranslationOf))
	if problem != "" {
		return problem
	}
	for _, c := range a.Byline {
		if p := checkRef("byline.author", c.Author); p != "" {
			return p
		}
	}
	for _, t := range a.Topics {
		if t.Relevance != nil && !(*t.Relevance >= 0 && *t.Relevance <= 1) {
			return fmt.Sprintf("topics.relevance %v is not between 0 and 1", *t.Relevance)
		}
		if p := checkRef("topics.topic", t.Topic); p != "" {
			return p
		}
	}
	return ""
}

func pinned(pins []news.Pin) (refs []news.Ref) {
	for _, p := range pins {
		refs = append(refs, p.Article)
	}
	return refs
}

func hidden(hides []news.Hide) (refs []news.Ref) {
	for _, h := range hides {
		refs = append(refs, h.Article)
	}
	return refs
}

func checkEvent(e *news.EventRecord) string {
	problem := first(checkHead(&e.Head, &e.Schedule), required("date", string(e.Date)), checkPaths(e.Path, e.RedirectsFrom),
		checkRef("image", e.Image), checkRefs("topics", e.Topics), checkRefs("categories", e.Categories))
	if problem != "" {
		return problem
	}
	if e.Significance != nil && (*e.Significance < 0 || *e.Significance > 100) {
		return fmt.Sprintf("significance %d is not between 0 and 100", *e.Significance)
	}
	if _, err := news.ParseHistoricalDate(string(e.Date), e.Calendar); err != nil {
		return fmt.Sprintf("date %q: %v", clip(string(e.Date), 60), err)
	}
	return ""
}

func first(problems ...string) string {
	for _, p := range problems {
		if p != "" {
			return p
		}
	}
	return ""
}

func required(name, value string) string {
	if strings.TrimSpace(value) == "" {
		return name + " is missing"
	}
	return ""
}

func checkRefs(name string, refs []news.Ref) string {
	for _, ref := range refs {
		if ref == "" {
			return name + " holds an empty ref"
		}
		if p := checkRef(name, ref); p != "" {
			return p
		}
	}
	return ""
}

func checkRef(name string, ref news.Ref) string {
	if ref == "" {
		return ""
	}
	system, value, ok := strings.Cut(string(ref), ":")
	if !ok || system == "" || value == "" || len(ref) > 1000 || !utf8.ValidString(string(ref)) {
		return fmt.Sprintf(`%s %q is not a reference; write "system:value" in at most 1000 bytes`, name, clip(string(ref), 60))
	}
	return ""
}

func checkPaths(path news.Path, redirects []news.Path) string {
	if path != "" && markup.EncodePath(string(path)) == "" {
		return fmt.Sprintf("path %q is not a path of this site; begin it with one slash", clip(string(path), 80))
	}
	for _, p := range redirects {
		if markup.EncodePath(string(p)) == "" {
			return fmt.Sprintf("redirectsFrom %q is not a path of this site; begin it with one slash", clip(string(p), 80))
		}
	}
	return ""
}

// checkAddress accepts an absolute address and a path of this site.
func checkAddress(name string, u news.URL) string {
	if _, ok := markup.SafeURL(string(u)); ok {
		return ""
	}
	if markup.EncodePath(string(u)) != "" {
		return ""
	}
	return fmt.Sprintf("%s %q is not an http or https address", name, clip(string(u), 80))
}
