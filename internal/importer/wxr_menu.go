package importer

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// menus gathers the navigation menus, which are complete only at the end of the file. An export does not say where a theme
// shows a menu, so its slug is the location.
type menus struct {
	list  []*menu
	count int
}

type menu struct {
	slug  string
	term  *origin // nil for a menu that only its items name
	items []menuItem
}

type menuItem struct {
	origin
	id, parent, order int64
	label             string
	kind, object, url string // _menu_item_type, _menu_item_object, _menu_item_url
	objectID          int64
}

const maxMenuItems = 20_000

// add declares a menu; false when it was declared before.
func (m *menus) add(o origin, slug string) bool {
	found := m.get(slug)
	if found.term != nil {
		return false
	}
	found.term = &o
	return true
}

func (m *menus) get(slug string) *menu {
	for _, known := range m.list {
		if known.slug == slug {
			return known
		}
	}
	m.list = append(m.list, &menu{slug: slug})
	return m.list[len(m.list)-1]
}

func (w *wxr) menuItem(p *post) {
	i := slices.IndexFunc(p.Terms, func(t wxrItemTag) bool { return t.Domain == "nav_menu" })
	switch {
	case i < 0:
		w.in.skip(p.origin, "it belongs to no menu")
		return
	case w.menus.count >= maxMenuItems:
		w.in.skip(p.origin, fmt.Sprintf("a site has at most %d menu entries", maxMenuItems))
		return
	case p.Status != "publish":
		w.in.skip(p.origin, "it is not published")
		return
	}
	m := w.menus.get(cmp.Or(p.Terms[i].Nicename, markup.Slug(p.Terms[i].Name)))
	if slices.ContainsFunc(m.items, func(other menuItem) bool { return other.id == p.id }) {
		w.in.skip(p.origin, "the menu has this entry already")
		return
	}
	number := func(key string) int64 {
		v, _ := p.meta(key)
		n, _ := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		return n
	}
	item := menuItem{origin: p.origin, id: p.id, parent: number("_menu_item_menu_item_parent"),
		objectID: number("_menu_item_object_id"), label: markup.PlainTitle(p.Title)}
	item.order, _ = strconv.ParseInt(strings.TrimSpace(p.MenuOrder), 10, 64)
	item.kind, _ = p.meta("_menu_item_type")
	item.object, _ = p.meta("_menu_item_object")
	item.url, _ = p.meta("_menu_item_url")
	m.items = append(m.items, item)
	w.menus.count++
}

// resolveMenus finds the addresses of all entries. parts are the records that went into the menus.
func (w *wxr) resolveMenus() (list []news.Menu, parts []origin) {
	for _, m := range w.menus.list {
		slices.SortStableFunc(m.items, func(a, b menuItem) int { return cmp.Compare(a.order, b.order) })
		out := news.Menu{Location: cmp.Or(termSlug(m.slug), "menu"), Items: []news.MenuItem{}}
		at := map[int64]int{}
		for _, item := range m.items {
			label, address, problem := w.resolve(&item)
			if problem != "" {
				w.in.skip(item.origin, problem)
				continue
			}
			entry := news.MenuItem{Label: label, Target: address}
			if i, ok := at[item.parent]; ok && item.parent != 0 {
				entry.ParentIndex = &i
			}
			at[item.id] = len(out.Items)
			out.Items = append(out.Items, entry)
			parts = append(parts, item.origin)
		}
		if m.term != nil {
			parts = append(parts, *m.term)
		}
		list = append(list, out)
	}
	return list, parts
}

func (w *wxr) resolve(item *menuItem) (label string, address news.URL, problem string) {
	label = item.label
	switch item.kind {
	case "post_type":
		if item.object != "post" && item.object != "page" {
			return "", "", fmt.Sprintf("it points to a %q, which is not imported", clip(item.object, 60))
		}
		t, ok := w.targets[item.objectID]
		if !ok && len(w.targets) < maxTargets {
			return "", "", fmt.Sprintf("it points to the %s %d, which is not in the file", item.object, item.objectID)
		}
		label = cmp.Or(label, t.title)
		address = news.URL(t.path)
		if address == "" { // the store makes the path; this one redirects there
			address = news.URL(fmt.Sprintf("%s/?p=%d", w.base, item.objectID))
		}
	case "taxonomy":
		t := w.termIDs[fmt.Sprintf("%s %d", item.object, item.objectID)]
		if t == nil {
			return "", "", fmt.Sprintf("it points to the %s %d, which is not in the file", clip(item.object, 60), item.objectID)
		}
		label, address = cmp.Or(label, t.name), news.URL(t.path)
	case "custom", "":
		address, problem = w.customLink(strings.TrimSpace(item.url))
	default:
		return "", "", fmt.Sprintf("links of the type %q have no place in Dateline", clip(item.kind, 60))
	}
	if problem == "" && label == "" {
		problem = "it has no label"
	}
	return label, address, problem
}

// customLink makes a link to the blog itself root-relative. "#" stands over a submenu and goes to the front page.
func (w *wxr) customLink(link string) (news.URL, string) {
	if strings.HasPrefix(link, "#") || link == "" {
		return news.URL(w.base + "/"), ""
	}
	u, err := url.Parse(link)
	if err == nil && (u.Host == "" && u.Scheme == "" || w.ours(u.Host)) {
		p := u.EscapedPath()
		if !strings.HasPrefix(p, "/") {
			p = w.base + "/" + p
		}
		if u.RawQuery != "" {
			p += "?" + u.RawQuery
		}
		if p = markup.EncodePath(p); p != "" {
			return news.URL(p), ""
		}
	}
	if safe, ok := markup.SafeURL(link); ok {
		return news.URL(safe), ""
	}
	return "", fmt.Sprintf("its address %q is neither http nor https", clip(link, 80))
}
