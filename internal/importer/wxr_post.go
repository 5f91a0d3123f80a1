package importer

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// entry emits a post as article or a page as page.
func (w *wxr) entry(p *post) error {
	b := &bodyWriter{w: w, ref: p.ref, postID: p.id}
	b.notes, _ = p.meta("footnotes")
	body := news.HTML(b.html(p.Content.Text))
	head, redirects := w.head(p, body)
	w.remember(p, head)
	for _, m := range p.Meta {
		if m.Key != "" && m.Key[0] != '_' && m.Key != "footnotes" && m.Value != "" {
			w.in.report.lose("custom field", m.Key, p.ref)
		}
	}
	var external []news.ExternalRef
	if guid := strings.TrimSpace(p.GUID); guid != "" {
		external = []news.ExternalRef{{System: "guid", Value: guid}}
	}
	if p.Type == "page" {
		rec := &news.PageRecord{Page: news.Page{Head: head}, Body: body, RedirectsFrom: redirects, ExternalRefs: external}
		if parent := strings.TrimSpace(p.Parent); parent != "" && parent != "0" {
			rec.Parent = w.ref("page", parent)
		}
		return w.in.record(p.origin, news.Record{Ref: p.ref, Page: rec}, p.allNotes())
	}
	rec := &news.ArticleRecord{Article: news.Article{Head: head}, Body: body, RedirectsFrom: redirects, ExternalRefs: external}
	rec.IsSticky = strings.TrimSpace(p.IsSticky) == "1"
	rec.EditorSummary = plainText(p.Excerpt.Text)
	if id, ok := p.meta("_thumbnail_id"); ok && strings.Trim(id, "0 ") != "" {
		rec.LeadImage = w.ref("attachment", id)
	}
	if err := w.terms(p, rec); err != nil {
		return err
	}
	return w.in.record(p.origin, news.Record{Ref: p.ref, Article: rec}, p.allNotes())
}

func (w *wxr) head(p *post, body news.HTML) (news.Head, []news.Path) {
	h := news.Head{Title: markup.PlainTitle(p.Title), Slug: termSlug(p.Name), Locale: w.locale()}
	h.Status = w.status(p)
	published := w.time(p, "post_date", p.DateGMT, p.Date, p.PubDate)
	if h.Status == news.StatusDraft || h.Status == news.StatusInReview {
		h.CreatedAt = published
	} else {
		h.PublishedAt = published
	}
	if h.Status == news.StatusScheduled && published.IsZero() {
		h.Status = news.StatusDraft
		p.note("scheduled without a date: kept as a draft")
	}
	h.UpdatedAt = w.time(p, "post_modified", p.ModifiedGMT, p.Modified, "")
	if h.Title == "" {
		h.Title = cmp.Or(markup.Excerpt(strings.Join(strings.Fields(markup.Text(string(body))), " "), 60), h.Slug,
			"Untitled "+path.Base(string(p.ref)))
		p.note("it has no title: one was made from its text")
	}
	link := strings.TrimSpace(p.Link)
	h.Path = w.permalink(link)
	return h, w.oldPaths(p, h.Path)
}

func (w *wxr) status(p *post) news.EntryStatus {
	if strings.TrimSpace(p.Password) != "" {
		p.note("protected by a password: kept unpublished")
		return news.StatusUnpublished
	}
	switch p.Status {
	case "publish", "inherit":
		return news.StatusPublished
	case "draft", "auto-draft":
		return news.StatusDraft
	case "pending":
		return news.StatusInReview
	case "future":
		return news.StatusScheduled
	case "private":
		return news.StatusUnpublished
	}
	p.note(fmt.Sprintf("the status %q is not WordPress's own: kept unpublished", clip(p.Status, 40)))
	return news.StatusUnpublished
}

// time reads the first date that is there: UTC, then the blog's clock, then the date of the feed.
func (w *wxr) time(p *post, name, gmt, local, feed string) time.Time {
	bad := ""
	for _, try := range []struct {
		text string
		loc  *time.Location
	}{{gmt, time.UTC}, {local, w.in.opt.Location}} {
		text := strings.TrimSpace(try.text)
		if text == "" || strings.HasPrefix(text, "0000-00-00") {
			continue
		}
		t, err := time.ParseInLocation(time.DateTime, text, try.loc)
		if err == nil && t.Year() > 0 {
			p.noteDate(name, bad)
			return t.UTC()
		}
		bad = cmp.Or(bad, text)
	}
	if feed = strings.TrimSpace(feed); feed != "" {
		for _, layout := range []string{time.RFC1123Z, time.RFC1123, "Mon, 2 Jan 2006 15:04:05 -0700", time.RFC3339} {
			t, err := time.Parse(layout, feed)
			if err == nil && t.Year() > 0 { // "Mon, 30 Nov -0001" stands for no date
				p.noteDate(name, bad)
				return t.UTC()
			}
		}
		if !strings.Contains(feed, "-0001") {
			bad = cmp.Or(bad, feed)
		}
	}
	if bad != "" {
		p.note(fmt.Sprintf("%s %q is not a date, and there is no other: left out", name, clip(bad, 40)))
	}
	return time.Time{}
}

func (p *post) noteDate(name, bad string) {
	if bad != "" {
		p.note(fmt.Sprintf("%s %q is not a date: another of the item's dates was taken", name, clip(bad, 40)))
	}
}

// permalink is the path of an address of the blog; empty for another host's and for a plain /?p=17, which says nothing.
func (w *wxr) permalink(link string) news.Path {
	u, err := url.Parse(link)
	if err != nil || u.RawQuery != "" || u.Host != "" && !w.ours(u.Host) {
		return ""
	}
	return news.Path(markup.EncodePath(u.EscapedPath()))
}

func (w *wxr) ours(host string) bool {
	name, _, _ := strings.Cut(w.host, "/")
	return strings.EqualFold(strings.TrimPrefix(host, "www."), strings.TrimPrefix(name, "www."))
}

// oldPaths are the addresses under which WordPress found the post: by id, by guid, and by the slugs it had before.
func (w *wxr) oldPaths(p *post, at news.Path) []news.Path {
	var from []string
	if p.id > 0 {
		id := strconv.FormatInt(p.id, 10)
		from = append(from, w.base+"/?p="+id)
		if p.Type == "page" {
			from = append(from, w.base+"/?page_id="+id)
		}
	}
	if guid := w.permalink(strings.TrimSpace(p.GUID)); guid != "" && strings.TrimSuffix(string(guid), "/") != w.base {
		from = append(from, string(guid))
	}
	for _, m := range p.Meta {
		if m.Key == "_wp_old_slug" && m.Value != "" && at != "" {
			from = append(from, replaceSlug(string(at), p.Name, m.Value))
		}
	}
	var list []news.Path
	for _, f := range from {
		old := news.Path(markup.EncodePath(f))
		same := strings.TrimSuffix(string(old), "/") == strings.TrimSuffix(string(at), "/")
		if old != "" && !same && !slices.Contains(list, old) {
			list = append(list, old)
		}
	}
	return list
}

// replaceSlug puts another slug in place of the post's own in its permalink, or else of the last part.
func replaceSlug(at, slug, old string) string {
	parts := strings.Split(strings.Trim(at, "/"), "/")
	where := len(parts) - 1
	for i, part := range parts {
		if unescape(part) == unescape(slug) {
			where = i
		}
	}
	parts[where] = url.PathEscape(unescape(old))
	moved := "/" + strings.Join(parts, "/")
	if strings.HasSuffix(at, "/") {
		moved += "/"
	}
	return moved
}

// remember keeps what menus need.
func (w *wxr) remember(p *post, h news.Head) {
	if p.id > 0 && len(w.targets) < maxTargets {
		w.targets[p.id] = target{h.Path, h.Title, p.Type == "page"}
	}
}
