package importer

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/dateline-cms/dateline/internal/news"
)

var (
	brokenType = regexp.MustCompile(`<wp:post_type>(?:<!\[CDATA\[)?([\w-]{1,60})`)
	brokenID   = regexp.MustCompile(`<wp:post_id>(?:<!\[CDATA\[)?(\d{1,18})`)
	localeTag  = regexp.MustCompile(`^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$`)
)

// brokenKind guesses what a record would have been.
func brokenKind(raw []byte) string {
	if m := brokenType.FindSubmatch(raw); m != nil {
		return string(m[1])
	}
	return "item"
}

// post is an item with what all its uses need.
type post struct {
	*wxrItem
	origin
	id    int64
	notes []string
}

func (p *post) note(text string) {
	if text != "" {
		p.notes = append(p.notes, text)
	}
}

func (p *post) allNotes() string { return strings.Join(p.notes, "; ") }

func (w *wxr) item(el *element) error {
	if err := w.flushCategories(); err != nil {
		return err
	}
	var it *wxrItem
	note, ok := w.decodeRecord(el, "item", func() any { it = &wxrItem{}; return it })
	if !ok {
		return nil
	}
	it.Type = cmp.Or(strings.TrimSpace(it.Type), "post")
	it.Status = cmp.Or(strings.TrimSpace(it.Status), "publish")
	p := &post{wxrItem: it, origin: origin{kind: it.Type, line: el.line, offset: el.offset}}
	p.note(note)
	p.id, p.ref = w.identify(it)
	for _, c := range it.Comments {
		o := origin{"comment", w.ref("comment", cmp.Or(c.ID, string(p.ref))), el.line, el.offset}
		w.in.skip(o, "comments have no place in Dateline")
	}
	if it.Type != "nav_menu_item" && p.id > 0 && !w.seen.add(p.id) {
		w.in.fail(p.origin, fmt.Sprintf("another item of the file has the same post_id %d", p.id))
		return nil
	}
	return w.use(p)
}

// identify finds the id of a post, in old or hand-made exports from its address, and its ref.
func (w *wxr) identify(it *wxrItem) (int64, news.Ref) {
	kind := clip(it.Type, 60)
	id, err := strconv.ParseInt(strings.TrimSpace(it.PostID), 10, 64)
	if err == nil && id > 0 {
		return id, w.ref(kind, strconv.FormatInt(id, 10))
	}
	for _, address := range []string{it.Link, it.GUID} {
		if id := queryID(address); id > 0 {
			return id, w.ref(kind, strconv.FormatInt(id, 10))
		}
	}
	h := fnv.New64a()
	fmt.Fprint(h, it.GUID, "\x00", it.Link, "\x00", it.Title, "\x00", it.Date)
	return 0, w.ref(kind, fmt.Sprintf("%016x", h.Sum64()))
}

// queryID is the id in an address like /?p=17.
func queryID(address string) int64 {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.RawQuery == "" {
		return 0
	}
	q := u.Query()
	id, err := strconv.ParseInt(cmp.Or(q.Get("p"), q.Get("page_id"), q.Get("attachment_id")), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

func (w *wxr) use(p *post) error {
	if p.Status == "trash" {
		w.in.skip(p.origin, "it is in the trash")
		return nil
	}
	switch p.Type {
	case "post", "page":
		if p.Status == "auto-draft" && strings.TrimSpace(p.Content.Text) == "" && strings.TrimSpace(p.Title) == "" {
			w.in.skip(p.origin, "it is an empty automatic draft")
			return nil
		}
		if strings.Contains(p.Content.Text, "[gallery") && w.heldBytes < maxHeldBytes {
			w.heldBytes += len(p.Content.Text)
			w.held = append(w.held, p)
			return nil
		}
		return w.entry(p)
	case "attachment":
		return w.attachment(p)
	case "nav_menu_item":
		w.menuItem(p)
		return nil
	}
	w.in.skip(p.origin, cmp.Or(skippedTypes[p.Type],
		fmt.Sprintf("the custom post type %q has no place in Dateline", clip(p.Type, 60))))
	return nil
}

var skippedTypes = map[string]string{
	"revision":            "only the current version of a post is imported",
	"wp_navigation":       "block navigation of a theme; classic menus are imported",
	"wp_template":         "part of a theme's layout",
	"wp_template_part":    "part of a theme's layout",
	"wp_global_styles":    "part of a theme's layout",
	"wp_font_family":      "part of a theme's layout",
	"wp_font_face":        "part of a theme's layout",
	"custom_css":          "part of a theme's layout",
	"customize_changeset": "part of a theme's layout",
	"elementor_library":   "template of a page builder",
	"wp_block":            "block that several posts share; posts that use it count it as unsupported",
	"everest_form":        "form of a plugin",
	"oembed_cache":        "cache of WordPress",
	"user_request":        "request for personal data",
}

// release works on the posts that waited for images.
func (w *wxr) release() error {
	held := w.held
	w.held = nil
	for _, p := range held {
		if err := w.entry(p); err != nil {
			return err
		}
	}
	return nil
}
