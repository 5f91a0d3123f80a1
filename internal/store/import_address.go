package store

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// slug is the node's unique slug: the one wanted, else one made from the name, with a number behind it where another
// node of the table has it already.
func (b *batch) slug(it *item, table, wanted, name string, locale news.Locale) (string, error) {
	base := cmp.Or(it.slug, markup.Slug(wanted), markup.Slug(name), strings.TrimSuffix(table, "s"))
	if table == "authors" {
		return b.free(it, base, it.stored.slug, wanted != "", table, "SELECT id FROM authors WHERE slug = +?")
	}
	return b.free(it, base, it.stored.slug, wanted != "", table+" "+string(locale), "SELECT id FROM "+table+" WHERE slug = +? AND locale = +?", string(locale))
}

// free is one of base, base-2, base-3 … that nobody else has: the node's own one, if it has such a one and base is not
// asked for, else the one after a taken one. The query finds the owner of its first argument.
func (b *batch) free(it *item, base, own string, asked bool, scope, query string, args ...any) (string, error) {
	isFree := func(candidate string) (bool, error) {
		owner := b.taken[scope+"\x00"+candidate]
		err := b.db.Query(b.ctx, engine.Stmt{SQL: query, Args: append([]any{candidate}, args...), Scan: func(r *engine.Row) error {
			if owner == 0 || owner == it.id {
				owner = id(r)
			}
			return nil
		}})
		return owner == 0 || owner == it.id, err
	}
	first := []string{base}
	switch {
	case !isNumbered(own, base):
	case asked:
		first = []string{base, own}
	default:
		first = []string{own, base}
	}
	for _, candidate := range first {
		if ok, err := isFree(candidate); ok || err != nil {
			b.taken[scope+"\x00"+candidate] = it.id
			return candidate, err
		}
	}
	// Doubling and then halving takes few looks where a thousand nodes have the same title.
	taken, free := 1, 2
	for {
		if ok, err := isFree(numbered(base, free)); err != nil {
			return "", err
		} else if ok {
			break
		}
		taken, free = free, free*2
	}
	for free-taken > 1 {
		middle := (taken + free) / 2
		if ok, err := isFree(numbered(base, middle)); err != nil {
			return "", err
		} else if ok {
			free = middle
		} else {
			taken = middle
		}
	}
	b.taken[scope+"\x00"+numbered(base, free)] = it.id
	return numbered(base, free), nil
}

// isNumbered says whether s is base with a number behind it.
func isNumbered(s, base string) bool {
	before, after := aroundNumber(base)
	digits := strings.TrimSuffix(strings.TrimPrefix(s, before), after)
	n, err := strconv.Atoi(digits)
	return err == nil && n > 1 && numbered(base, n) == s
}

// numbered puts a number behind a slug or a path, before its last slash.
func numbered(base string, n int) string {
	before, after := aroundNumber(base)
	return before + strconv.Itoa(n) + after
}

func aroundNumber(base string) (before, after string) {
	if base == "/" {
		return "/", "/"
	}
	trimmed := strings.TrimSuffix(base, "/")
	return trimmed + "-", base[len(trimmed):]
}

// path is the node's unique path: the one wanted, else below/slug/.
func (b *batch) path(it *item, wanted news.Path, below, slug string) (news.Path, error) {
	asked := markup.EncodePath(string(wanted))
	base := asked
	if base == "" && it.stored.path != "" && it.stored.slug == slug && !b.again && !it.moves {
		base = it.stored.path
	}
	if base == "" {
		base = pathBelow(below, slug)
	}
	path, err := b.free(it, base, it.stored.path, asked != "", "paths", "SELECT subject FROM paths WHERE path = +? AND state = 'CURRENT'")
	if asked != "" && path != asked {
		it.note = fmt.Sprintf("the path %s is taken; it stands at %s", asked, path)
	}
	return news.Path(path), err
}

// pathBelow is the path that is made for something below another.
func pathBelow(above, slug string) string {
	if above == "" || strings.Contains(above, "?") { // an address such as /?cat=3 has nothing below it
		above = "/"
	}
	return markup.EncodePath(above + slug + "/")
}

// isMadeOf says whether a path was made from a slug and the path above, or given by somebody.
func isMadeOf(path, above, slug string) bool {
	made := pathBelow(above, slug)
	return path == made || isNumbered(path, made)
}

// route makes path the node's current one, and lets the earlier paths lead to it.
func (b *batch) route(it *item, path news.Path, earlier []news.Path, gone bool) {
	at := b.now.UnixMilli()
	if !it.isNew {
		b.exec(`UPDATE paths SET state = 'MOVED', since = ? WHERE subject = ? AND state <> 'MOVED' AND path <> ?`, at, int64(it.id), string(path))
	}
	state := RouteCurrent
	if gone {
		state = RouteGone
	}
	b.exec(`INSERT INTO paths (path, subject, state, since) VALUES (?, ?, ?, ?)
		ON CONFLICT (path) DO UPDATE SET since = CASE WHEN subject IS excluded.subject AND state = excluded.state THEN since ELSE excluded.since END,
			subject = excluded.subject, state = excluded.state, reason = NULL`, string(path), int64(it.id), string(state), at)
	for _, p := range earlier {
		if old := markup.EncodePath(string(p)); old != "" && old != string(path) {
			b.exec(`INSERT INTO paths (path, subject, state, since) VALUES (?, ?, 'MOVED', ?) ON CONFLICT (path) DO NOTHING`, old, int64(it.id), at)
		}
	}
}

func (b *batch) externalRefs(it *item, refs []news.ExternalRef) {
	for _, ref := range refs {
		b.exec(`INSERT INTO external_refs (system, value, subject, url) VALUES (?, ?, ?, ?)
			ON CONFLICT (system, value) DO UPDATE SET url = excluded.url WHERE subject = excluded.subject`, ref.System, ref.Value, int64(it.id), ref.URL)
	}
}

func (b *batch) importRedirect(it *item) error {
	r := it.Redirect
	from := markup.EncodePath(string(r.From))
	if from == "" {
		return news.Invalidf("from is %q, which is no path; a path begins with one slash", r.From)
	}
	at := b.now.UnixMilli()
	if r.Target == "" {
		if err := b.noteInUse(it, from); err != nil {
			return err
		}
		b.exec(`INSERT INTO paths (path, state, reason, since) VALUES (?, 'GONE', ?, ?)
			ON CONFLICT (path) DO UPDATE SET subject = NULL, state = 'GONE', reason = excluded.reason WHERE state <> 'CURRENT'`,
			from, plain(&r.Reason), at)
		return nil
	}
	target, err := b.node(it, "target", r.Target, 0)
	if err != nil || target == 0 {
		return err
	}
	switch target.Kind() {
	case news.KindSite, news.KindImage, news.KindRedirect:
		return b.refuse(it, "target", r.Target, "target %s has no page of its own; choose an entry, category, topic or author", r.Target)
	}
	if err := b.noteInUse(it, from); err != nil {
		return err
	}
	b.exec(`INSERT INTO paths (path, subject, state, since) VALUES (?, ?, 'MOVED', ?)
		ON CONFLICT (path) DO UPDATE SET subject = excluded.subject, state = 'MOVED', reason = NULL, since = excluded.since WHERE state <> 'CURRENT'`,
		from, int64(target), at)
	return nil
}

// noteInUse says of a redirect that it has no effect while its path is the address of something.
func (b *batch) noteInUse(it *item, path string) error {
	return b.db.Query(b.ctx, engine.Stmt{SQL: `SELECT subject FROM paths WHERE path = ? AND state = 'CURRENT'`, Args: []any{path},
		Scan: func(r *engine.Row) error {
			it.note = fmt.Sprintf("%s is in use by %s and stays so", path, id(r))
			return nil
		}})
}
