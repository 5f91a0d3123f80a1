package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// Site is the publication.
func (s *Store) Site(ctx context.Context) (site *news.Site, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT id, name, tagline, url, time_zone, default_locale, locales, social_links, menus,
				about_heading, about_html, about_text, about_words, about_page_id, updated_at, version, related_half_life FROM sites`,
		Scan: func(r *engine.Row) (err error) {
			site = &news.Site{ID: id(r), Name: r.Text(), Tagline: r.NullText(), URL: news.URL(r.Text()),
				TimeZone: news.TimeZone(r.Text()), DefaultLocale: news.Locale(r.Text())}
			if site.Locales, err = list[news.Locale](r); err != nil {
				return err
			}
			if site.SocialLinks, err = list[news.URL](r); err != nil {
				return err
			}
			if site.AllMenus, err = list[news.Menu](r); err != nil {
				return err
			}
			heading, body, page := r.NullText(), &news.Body{HTML: news.HTML(r.Text()), Text: r.Text(), WordCount: r.Int()}, nullID(r)
			if heading != nil {
				site.About = &news.AboutBlock{Heading: *heading, Body: body, PageID: page}
			}
			site.UpdatedAt, site.Revision = instant(r), r.Int()
			site.RelatedHalfLife = nullInt(r)
			return nil
		},
	})
	if err == nil && site == nil {
		err = news.NotFoundf("this database holds no site yet; import something or load the demo newsroom")
	}
	return site, err
}

// What a site is until somebody says otherwise.
const (
	DefaultLocale   news.Locale   = "en"
	DefaultTimeZone news.TimeZone = "UTC"
	DefaultURL      news.URL      = "http://localhost:8080"
)

// SetSite changes the site's settings. The first call of edit may be followed by others when somebody else changes the
// site at the same time.
func (s *Store) SetSite(ctx context.Context, edit func(*news.Site)) error {
	for {
		site, err := s.Site(ctx)
		if err != nil {
			return err
		}
		edit(site)
		now := s.now().UTC()
		err = s.commit(ctx, "", now, []change{{subject: site.ID, kind: news.ChangeUpdated, version: site.Revision + 1, tags: []news.ID{site.ID}}},
			[]engine.Step{writeSite(site, site.Revision+1, now)})
		if err == nil {
			return s.derive(ctx)
		}
		if _, lost := errors.AsType[*engine.GuardError](err); !lost {
			return err
		}
	}
}

// foundSite makes sure that there is a site.
func (s *Store) foundSite(ctx context.Context) error {
	if _, err := s.Site(ctx); news.KindOf(err) != news.NotFound {
		return err
	}
	now := s.now().UTC()
	site := &news.Site{ID: s.ids.New(news.KindSite, now), Name: "Untitled", URL: DefaultURL, TimeZone: DefaultTimeZone, DefaultLocale: DefaultLocale}
	err := s.commit(ctx, "found site", now, []change{{subject: site.ID, kind: news.ChangeCreated, version: 1, tags: []news.ID{site.ID}}},
		[]engine.Step{writeSite(site, 1, now)})
	if errors.Is(err, engine.ErrApplied) { // by another process just now
		return nil
	}
	return err
}

// writeSite stores the site as the given version. What is derived from its zone must be made anew when that is another one.
func writeSite(site *news.Site, version int, now time.Time) engine.Step {
	var heading *string
	about := news.AboutBlock{Body: &news.Body{}}
	if site.About != nil {
		about, heading = *site.About, &site.About.Heading
	}
	locales := site.Locales
	if !slices.Contains(locales, site.DefaultLocale) {
		locales = append([]news.Locale{site.DefaultLocale}, locales...)
	}
	return engine.Step{
		SQL: `INSERT INTO sites (id, name, tagline, url, time_zone, default_locale, locales, social_links, menus,
				about_heading, about_html, about_text, about_words, about_page_id, related_half_life, version, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, tagline = excluded.tagline, url = excluded.url, time_zone = excluded.time_zone,
				default_locale = excluded.default_locale, locales = excluded.locales, social_links = excluded.social_links, menus = excluded.menus,
				about_heading = excluded.about_heading, about_html = excluded.about_html, about_text = excluded.about_text,
				about_words = excluded.about_words, about_page_id = excluded.about_page_id,
				related_half_life = excluded.related_half_life, version = excluded.version, updated_at = excluded.updated_at,
				derived_by = iif(sites.time_zone = excluded.time_zone, sites.derived_by, substr(sites.derived_by, 1, instr(sites.derived_by, ' ')))
			WHERE sites.version = excluded.version - 1`,
		Args: []any{int64(site.ID), site.Name, site.Tagline, string(site.URL), string(site.TimeZone), string(site.DefaultLocale), listJSON(locales),
			listJSON(site.SocialLinks), listJSON(site.AllMenus), heading, string(about.Body.HTML), about.Body.Text, about.Body.WordCount,
			orNull(about.PageID), site.RelatedHalfLife, version, now.UnixMilli()},
		Guard: "site.version",
	}
}

func scanPage(r *engine.Row) *news.Page {
	return &news.Page{Head: scanHead(r), ParentID: nullID(r)}
}

// visibleParent is SQL for the id of a page's parent. A hidden one is none, and nothing is to be asked for it.
func (s *Reader) visibleParent() string {
	return "(SELECT p.id FROM pages p WHERE p.id = e.parent_id AND " + strings.ReplaceAll(s.visible(news.KindPage), "e.", "p.") + ")"
}

// Pages are the visible ones among ids.
func (s *Reader) Pages(ctx context.Context, ids []news.ID) (map[news.ID]*news.Page, error) {
	found := make(map[news.ID]*news.Page, len(ids))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT ` + headColumns + `, ` + s.visibleParent() + ` FROM json_each(?) j CROSS JOIN pages e ON e.id = j.value WHERE ` + s.visible(news.KindPage),
		Args: []any{idList(ids)},
		Scan: func(r *engine.Row) error {
			p := scanPage(r)
			found[p.ID] = p
			return nil
		},
	})
}

// Page is the visible page that ref names, or a NotFound error.
func (s *Reader) Page(ctx context.Context, ref news.SlugRef) (found *news.Page, err error) {
	c := slugCondition("pages", ref)
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT ` + headColumns + `, ` + s.visibleParent() + ` FROM pages e WHERE ` + s.visible(news.KindPage) + ` AND e.id = (` + c.sql + `)`,
		Args: c.args,
		Scan: func(r *engine.Row) error { found = scanPage(r); return nil },
	})
	if err == nil && found == nil {
		err = news.NotFoundf("there is no such page")
	}
	return found, err
}

// PageChildren are the visible pages right below each of many, by title.
func (s *Reader) PageChildren(ctx context.Context, parents []news.ID) (map[news.ID][]*news.Page, error) {
	found := make(map[news.ID][]*news.Page, len(parents))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT ` + headColumns + `, ` + s.visibleParent() + ` FROM json_each(?) j CROSS JOIN pages e ON e.parent_id = j.value
			WHERE ` + s.visible(news.KindPage) + ` ORDER BY e.parent_id, e.title_key, e.id`,
		Args: []any{idList(parents)},
		Scan: func(r *engine.Row) error {
			p := scanPage(r)
			found[p.ParentID] = append(found[p.ParentID], p)
			return nil
		},
	})
}

// Route is what a path stands for.
type Route struct {
	State   RouteState
	Subject news.ID   // zero when nothing is left
	Current news.Path // of the subject; empty when it is gone
	Reason  *string   // why it is gone
	Since   time.Time
}

// RouteState says whether a path is current.
type RouteState string

// The states of a path.
const (
	RouteCurrent RouteState = "CURRENT"
	RouteMoved   RouteState = "MOVED"
	RouteGone    RouteState = "GONE"
)

// Route finds what a path stands for, or a NotFound error for a path never used, or of something that is not visible. A path that differs from a current
// one in its last slash only has moved there.
func (s *Reader) Route(ctx context.Context, p news.Path) (*Route, error) {
	path, err := normalPath(p)
	if err != nil {
		return nil, err
	}
	var route *Route
	err = s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT p.path, p.state, p.subject, (SELECT c.path FROM paths c WHERE c.subject = p.subject AND c.state = 'CURRENT'), p.reason, p.since
			FROM paths p WHERE p.path IN (?1, ?2) AND ` + s.routed() + ` ORDER BY p.path = ?1 DESC LIMIT 1`,
		Args: []any{path, otherSlash(path)},
		Scan: func(r *engine.Row) error {
			found := r.Text()
			route = &Route{State: RouteState(r.Text()), Subject: nullID(r)}
			if current := r.NullText(); current != nil {
				route.Current = news.Path(*current)
			}
			route.Reason, route.Since = r.NullText(), instant(r)
			if route.State == RouteGone && route.Subject != 0 && (s.preview || s.caller.Preview == route.Subject) {
				route.State = RouteCurrent // who sees what is withdrawn finds it
			}
			if found != path && route.State == RouteCurrent {
				route.State = RouteMoved
			}
			return nil
		},
	})
	if err == nil && route == nil {
		err = news.NotFoundf("nothing was ever at %s", path)
	}
	return route, err
}

// routed is the condition that a caller is told of path p: that of something visible, or of something withdrawn that it
// would otherwise see. It stands in the query, so that a hidden path answers, and takes, what one never used does.
func (s *Reader) routed() string {
	gone := "p.state = 'GONE'"
	if granted := s.grantedNode("p.subject"); granted != "" {
		gone += " AND " + granted
	}
	return "(" + s.visibleNode("p.subject") + " OR " + gone + ")"
}

// pathStates is the condition that a path is that of something visible.
func (s *Reader) pathStates() string {
	if s.preview || s.caller.Preview != 0 { // what is withdrawn keeps its path
		return "IN ('CURRENT', 'GONE')"
	}
	return "= 'CURRENT'"
}

// otherSlash adds or removes the slash at the end of a path.
func otherSlash(path string) string {
	path, query, hasQuery := strings.Cut(path, "?")
	if trimmed := strings.TrimSuffix(path, "/"); trimmed != path && trimmed != "" {
		path = trimmed
	} else {
		path += "/"
	}
	if hasQuery {
		path += "?" + query
	}
	return path
}

// normalPath is the form in which paths are stored.
func normalPath(p news.Path) (string, error) {
	path := markup.EncodePath(string(p))
	if path == "" {
		return "", news.Invalidf("%q is not a path; a path begins with one slash", string(p))
	}
	return path, nil
}
