package importer

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/html/charset"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// wxr reads a WordPress export (WXR 1.0 to 1.2) and emits its records as it goes. It remembers only what later elements
// need: terms, authors, and addresses of posts and images up to a limit.
type wxr struct {
	in      *run
	spaces  map[string]string
	site    wxrSite
	host    string // with the blog's base path; names the blog in refs
	base    string // path of the blog without trailing slash
	version string
	isWXR   bool

	header     []headerTerm // categories waiting for all their parents
	categories map[string]*term
	byName     map[string]*term // category by name, for exports that name parents so
	tags       map[string]*term
	termIDs    map[string]*term // "category 17", "post_tag 5"
	authors    map[string]*term // by login, nicename and, last, display name

	targets     map[int64]target // what menu items may point to
	attachments map[int64]attachment
	uploads     map[int64][]int64 // attachments of a post
	seen        seenIDs
	menus       menus
	held        []*post // posts whose galleries wait for images further on
	heldBytes   int
}

type wxrSite struct{ title, link, description, language, blogURL, siteURL string }

// term is a category, tag or author that a post may name.
type term struct {
	ref    news.Ref
	name   string
	path   news.Path
	parent string // nicename or name
	slug   string
}

type headerTerm struct {
	origin origin
	cat    wxrCategory
}

type target struct {
	path  news.Path
	title string
	page  bool
}

type attachment struct{ url, alt, caption string }

// Limits of what is remembered, so that memory does not grow with the file. Beyond them a menu item points to /?p=ID,
// which redirects, and a gallery shows the images that are known.
const (
	maxTargets     = 200_000
	maxAttachments = 100_000
	maxHeldBytes   = 16 << 20
)

func readWXR(in *run, r io.Reader) error {
	r, err := toUTF8(r)
	if err != nil {
		return err
	}
	w := &wxr{
		in: in, categories: map[string]*term{}, byName: map[string]*term{}, tags: map[string]*term{},
		termIDs: map[string]*term{}, authors: map[string]*term{}, targets: map[int64]target{},
		attachments: map[int64]attachment{}, uploads: map[int64][]int64{}, seen: seenIDs{},
	}
	s := newScanner(r)
	w.spaces = s.spaces
	for {
		el, err := s.next()
		if err != nil {
			return w.end(s, err)
		}
		if err := w.element(el); err != nil {
			return err
		}
	}
}

// end finishes the run after the scanner's last error. What came before a cut is kept.
func (w *wxr) end(s *scanner, err error) error {
	switch {
	case err != io.EOF && news.KindOf(err) == news.Invalid:
		return err
	case err != io.EOF:
		w.in.report.Incomplete = fmt.Sprintf("line %d, byte %d: %v; what came before is kept", s.line, s.at, err)
	case !s.ended:
		w.in.report.Incomplete = fmt.Sprintf("the file ends at line %d, byte %d, before </channel>; what came before is kept",
			s.line, s.at)
	}
	return w.finish()
}

// toUTF8 decodes the encoding that a byte order mark or the XML declaration names.
func toUTF8(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	head, _ := b.Peek(1024)
	label := declaredEncoding(head)
	switch {
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		label = "utf-16be"
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.HasPrefix(head, []byte("<\x00?\x00")):
		label = "utf-16le"
	case label == "", label == "utf-8", label == "utf8", strings.HasPrefix(label, "utf-16"), label == "us-ascii":
		return b, nil // a file that says UTF-16 in plain letters is not
	}
	decoded, err := charset.NewReaderLabel(label, b)
	if err != nil {
		return nil, news.Invalidf("the encoding %q of the file is unknown; convert the file to UTF-8", clip(label, 40))
	}
	return decoded, nil
}

func (w *wxr) element(el *element) error {
	if !isSiteField[el.name] {
		if err := w.begin(); err != nil {
			return err
		}
	}
	if el.problem != "" {
		return w.broken(el)
	}
	switch el.name {
	case "item":
		return w.item(el)
	case "wp:category":
		return w.category(el)
	case "wp:author", "wp:tag", "wp:term":
		if err := w.flushCategories(); err != nil {
			return err
		}
		switch el.name {
		case "wp:author":
			return w.author(el)
		case "wp:tag":
			return w.tag(el)
		}
		return w.term(el)
	}
	if isSiteField[el.name] {
		w.siteField(el)
		return nil
	}
	w.in.skip(w.origin(el, clip(el.name, 60), "line-"+strconv.Itoa(el.line)), "this element of an export is not known")
	return nil
}

var isSiteField = set(`title link description pubDate language generator image wp:wxr_version wp:base_site_url wp:base_blog_url
	atom:link cloud lastBuildDate webMaster managingEditor copyright ttl docs sy:updatePeriod sy:updateFrequency`)

// begin settles which blog this is, before the first record.
func (w *wxr) begin() error {
	if w.host != "" {
		return nil
	}
	for _, uri := range w.spaces {
		w.isWXR = w.isWXR || strings.Contains(uri, "wordpress.org/export/")
	}
	if !w.isWXR && w.version == "" {
		return news.Invalidf("the file is an RSS feed but not a WordPress export: it has no wp:wxr_version; use Tools, Export in WordPress")
	}
	for _, address := range []string{w.site.blogURL, w.site.link, w.site.siteURL} {
		u, err := url.Parse(strings.TrimSpace(address))
		if err != nil || u.Host == "" {
			continue
		}
		w.base = strings.TrimSuffix(markup.EncodePath("/"+strings.TrimPrefix(u.EscapedPath(), "/")), "/")
		w.host = strings.ToLower(u.Host) + w.base
		return nil
	}
	w.host = "unknown-blog"
	return nil
}

func (w *wxr) siteField(el *element) {
	var field struct {
		Text string `xml:",chardata"`
	}
	if _, problem := decode(el, w.spaces, func() any { return &field }); problem != "" {
		return
	}
	text := strings.TrimSpace(field.Text)
	switch el.name {
	case "title":
		w.site.title = text
	case "link":
		w.site.link = text
	case "description":
		w.site.description = text
	case "language":
		w.site.language = text
	case "wp:base_blog_url":
		w.site.blogURL = text
	case "wp:base_site_url":
		w.site.siteURL = text
	case "wp:wxr_version":
		w.version = text
	}
}

// broken reports an element that has no end. Only records count; anything else of the kind is the end of the file.
func (w *wxr) broken(el *element) error {
	kind, ok := recordElements[el.name]
	if !ok {
		return nil
	}
	o := origin{kind: kind, ref: w.ref(kind, "line-"+strconv.Itoa(el.line)), line: el.line, offset: el.offset}
	if kind == "item" {
		o.kind = brokenKind(el.raw)
		if m := brokenID.FindSubmatch(el.raw); m != nil {
			o.ref = w.ref(o.kind, string(m[1]))
		}
	}
	w.in.fail(o, el.problem)
	return w.in.ctx.Err()
}

var recordElements = map[string]string{
	"item": "item", "wp:author": "author", "wp:category": "category", "wp:tag": "tag", "wp:term": "term",
}

func (w *wxr) ref(kind, id string) news.Ref {
	return news.Ref("wordpress:" + w.host + "/" + kind + "/" + clip(strings.Join(strings.Fields(id), "-"), 400))
}

func (w *wxr) locale() news.Locale {
	if w.in.opt.Locale != "" {
		return w.in.opt.Locale
	}
	if w.site.language != "" && localeTag.MatchString(w.site.language) {
		return news.Locale(w.site.language)
	}
	return ""
}

// decodeRecord reads a record element, or reports it as failed. The note says what was repaired.
func (w *wxr) decodeRecord(el *element, kind string, into func() any) (note string, ok bool) {
	note, problem := decode(el, w.spaces, into)
	if problem == "" {
		return note, true
	}
	broken := *el
	broken.problem = problem
	if el.name != "item" {
		broken.name = "wp:" + kind
	}
	w.broken(&broken)
	return "", false
}

// finish emits what waited for the end of the file.
func (w *wxr) finish() error {
	if err := w.begin(); err != nil {
		return err
	}
	if err := w.flushCategories(); err != nil {
		return err
	}
	if err := w.release(); err != nil {
		return err
	}
	return w.emitSite()
}

func (w *wxr) emitSite() error {
	site := &news.SiteRecord{Site: news.Site{Name: markup.PlainTitle(w.site.title), DefaultLocale: w.locale()}}
	if tagline := markup.PlainTitle(w.site.description); tagline != "" {
		site.Tagline = &tagline
	}
	site.URL = w.in.opt.SiteURL
	if site.URL == "" {
		site.URL = w.origins()
	}
	var parts []origin
	site.AllMenus, parts = w.resolveMenus()
	if site.Name == "" && site.URL == "" && len(site.AllMenus) == 0 {
		return nil
	}
	ref := news.Ref("wordpress:" + w.host + "/site")
	return w.in.record(origin{kind: "site", ref: ref}, news.Record{Ref: ref, Site: site}, "", parts...)
}

// origins is the scheme and host of the blog; the base path is part of every path.
func (w *wxr) origins() news.URL {
	for _, address := range []string{w.site.blogURL, w.site.link, w.site.siteURL} {
		if u, err := url.Parse(strings.TrimSpace(address)); err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
			return news.URL(u.Scheme + "://" + u.Host)
		}
	}
	return ""
}

// seenIDs is a set of post ids; ids of a blog are dense, so 64 share a word.
type seenIDs map[int64]uint64

// add says whether id is new.
func (s seenIDs) add(id int64) bool {
	bit := uint64(1) << (uint64(id) & 63)
	if s[id>>6]&bit != 0 {
		return false
	}
	s[id>>6] |= bit
	return true
}
