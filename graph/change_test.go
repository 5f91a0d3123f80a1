package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/graph"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// with is the newsroom for the holder of a key with these scopes.
func (n *newsroom) with(t *testing.T, scopes ...news.Scope) *newsroom {
	t.Helper()
	return n.as(n.key(t, news.Grant{Scopes: scopes}))
}

// draft makes one.
func (n *newsroom) draft(t *testing.T, title string) news.ID {
	t.Helper()
	saved, err := n.store.Save(t.Context(), store.Edit{By: "Ada", Change: func(r *news.Record) error {
		r.Article = &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: title, Status: news.StatusDraft}}}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return saved.ID
}

func (n *newsroom) publish(t *testing.T, id news.ID) {
	t.Helper()
	if _, err := n.store.Publish(t.Context(), store.Step{ID: id, By: "Ada"}, news.Schedule{}); err != nil {
		t.Fatal(err)
	}
}

func (n *newsroom) retitle(t *testing.T, id news.ID, title string) {
	t.Helper()
	_, err := n.store.Save(t.Context(), store.Edit{ID: id, By: "Bob", Change: func(r *news.Record) error { r.Article.Standfirst = &title; return nil }})
	if err != nil {
		t.Fatal(err)
	}
}

// changesPage is a page of the journal as a client reads it.
type changesPage struct {
	Changes struct {
		Edges []struct {
			Cursor string
			Node   json.RawMessage
		}
		PageInfo     struct{ HasNextPage, HasPreviousPage bool }
		MustResync   bool
		LatestCursor string
	}
}

const changesQuery = `query ($after: String, $first: Int, $filter: ChangeFilter) { changes(after: $after, first: $first, filter: $filter) {
	edges { cursor node { kind revision changedFields node { id ... on Article { title } } } } pageInfo { hasNextPage hasPreviousPage } mustResync latestCursor } }`

func (n *newsroom) changes(t *testing.T, variables map[string]any) (p changesPage) {
	t.Helper()
	n.ask(t, changesQuery, variables).must(t).read(t, &p)
	return p
}

func (p changesPage) nodes() (nodes []string) {
	for _, e := range p.Changes.Edges {
		nodes = append(nodes, string(e.Node))
	}
	return nodes
}

func TestChanges(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	start := n.changes(t, nil).Changes.LatestCursor
	rain, secret := n.draft(t, "Rain"), n.draft(t, "Secret")
	n.publish(t, rain)
	n.retitle(t, secret, "More of it.")
	n.retitle(t, rain, "Wet.")
	if _, err := n.store.Unpublish(t.Context(), store.Step{ID: rain, By: "Ada"}, 0); err != nil {
		t.Fatal(err)
	}
	all := n.changes(t, map[string]any{"after": start})
	want := []string{
		`{"kind":"PUBLISHED","revision":2,"changedFields":["publishedAt","status"],"node":null}`,
		`{"kind":"UPDATED","revision":3,"changedFields":["standfirst"],"node":null}`,
		`{"kind":"UNPUBLISHED","revision":4,"changedFields":["status"],"node":null}`,
	}
	if got := all.nodes(); !slices.Equal(got, want) || all.Changes.MustResync || all.Changes.PageInfo.HasNextPage || !all.Changes.PageInfo.HasPreviousPage {
		t.Errorf("got %+v\n%s", all.Changes, strings.Join(got, "\n"))
	}
	// Page by page it is the same.
	var paged []string
	for after := start; ; {
		p := n.changes(t, map[string]any{"after": after, "first": 1})
		paged = append(paged, p.nodes()...)
		if !p.Changes.PageInfo.HasNextPage {
			break
		}
		after = p.Changes.Edges[0].Cursor
	}
	if !slices.Equal(paged, want) {
		t.Errorf("page by page: %q", paged)
	}
	if rest := n.changes(t, map[string]any{"after": all.Changes.LatestCursor}); len(rest.Changes.Edges) != 0 || rest.Changes.MustResync {
		t.Errorf("after the end: %+v", rest)
	}
	n.publish(t, rain)
	one := n.changes(t, map[string]any{"filter": map[string]any{"subjectId": rain, "kinds": []string{"PUBLISHED"}, "types": []string{"ARTICLE"}, "tags": []any{rain}}})
	if got := one.nodes(); len(got) != 2 || !strings.Contains(got[1], fmt.Sprintf(`"node":{"id":"%s","title":"Rain"}`, rain)) {
		t.Errorf("of the published one: %q", got)
	}
	// Editors see what is hidden, and by whom.
	var seen struct {
		Changes struct {
			Nodes []struct{ Kind, SubjectID, By string }
		}
	}
	n.with(t, news.ScopeContentEdit).ask(t, `query ($after: String) { changes(after: $after) { nodes { kind subjectId by } } }`, map[string]any{"after": start}).must(t).read(t, &seen)
	if len(seen.Changes.Nodes) != 7 || seen.Changes.Nodes[1].SubjectID != secret.String() || seen.Changes.Nodes[3].By != "Bob" {
		t.Errorf("an editor sees %+v", seen)
	}
	if a := n.ask(t, `{ changes(first: 1) { nodes { by } } }`, nil); a.code(t) != "UNAUTHENTICATED" {
		t.Errorf("a stranger asks by whom: %s", a.body)
	}
	if a := n.with(t, news.ScopeContentRead).ask(t, `{ changes(first: 1) { nodes { by } } }`, nil); a.code(t) != "FORBIDDEN" {
		t.Errorf("a partner asks by whom: %s", a.body)
	}
}

// TestHiddenChanges: nothing of what was never visible is in the journal of those who may not see it.
func TestHiddenChanges(t *testing.T) {
	visible, hidden := visibilityRecords()
	n := newNewsroom(t, noLimits)
	n.write(t, slices.Concat(hidden, visible)...)
	known := map[string]news.EntryStatus{}
	ids := n.ids(t)
	for _, r := range hidden {
		known[ids[r.Ref].String()] = statusOf(r)
	}
	seen := 0
	for after := any(nil); ; {
		var p struct {
			Changes struct {
				Nodes []struct {
					SubjectID, Kind string
					Node            *struct{ ID string }
				}
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		a := n.ask(t, `query ($after: String) { changes(first: 100, after: $after) { nodes { subjectId kind node { id } } pageInfo { hasNextPage endCursor } } }`, map[string]any{"after": after}).must(t)
		a.read(t, &p)
		for _, c := range p.Changes.Nodes {
			seen++
			switch status, isHidden := known[c.SubjectID]; {
			case isHidden && (status != news.StatusRetracted && status != news.StatusPublished || c.Node != nil):
				t.Errorf("%s is told of as %s, with the node %v", status, c.Kind, c.Node)
			case !isHidden && c.Node == nil:
				t.Errorf("%s has no node", c.SubjectID)
			}
		}
		if strings.Contains(string(a.body), marker) {
			t.Errorf("hidden text in %s", a.body)
		}
		if !p.Changes.PageInfo.HasNextPage {
			break
		}
		after = p.Changes.PageInfo.EndCursor
	}
	if seen < walkSize*5 {
		t.Errorf("only %d changes were seen", seen)
	}
}

func TestCursorsOfTheJournal(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	id := n.draft(t, "Rain")
	n.publish(t, id)
	n.retitle(t, id, "Wet.")
	at := n.changes(t, map[string]any{"first": 1}).Changes.Edges[0].Cursor
	for _, wrong := range []string{"x", "", "MQ", at + "A", news.ChangeCursor(-1)} {
		if a := n.ask(t, changesQuery, map[string]any{"after": wrong}); a.code(t) != "INVALID" {
			t.Errorf("the cursor %q: %s", wrong, a.body)
		}
	}
	lost := func(cursor string) {
		t.Helper()
		p := n.changes(t, map[string]any{"after": cursor})
		if !p.Changes.MustResync || len(p.Changes.Edges) != 0 {
			t.Errorf("got %+v", p)
		}
		if now := n.changes(t, map[string]any{"after": p.Changes.LatestCursor}); now.Changes.MustResync {
			t.Error("the cursor to go on from must be read anew, too")
		}
		said := ""
		for message := range n.subscribe(t, "sse", cursor) {
			said += message
		}
		if !strings.Contains(said, `"CONFLICT"`) {
			t.Errorf("the subscription says %q", said)
		}
	}
	lost(news.ChangeCursor(1 << 40)) // of a later state
	if err := n.store.Trim(context.Background(), -time.Hour); err != nil {
		t.Fatal(err)
	}
	lost(at)
	// From the start, what is left tells of every node.
	if got := n.changes(t, map[string]any{"filter": map[string]any{"subjectId": id}}).nodes(); len(got) != 1 || !strings.Contains(got[0], `"revision":3`) {
		t.Errorf("left is %q", got)
	}
}

// TestHiddenChangesOfEveryCaller: nobody's journal names what is kept from them, however it is kept.
func TestHiddenChangesOfEveryCaller(t *testing.T) {
	for _, v := range visitors {
		with, without := v.twoNewsrooms(t)
		hidden := map[string]news.Ref{}
		for _, ref := range hiddenRefs(t, with, without) {
			hidden[with.ids[ref].String()] = ref
		}
		seen := 0
		for after := any(nil); ; {
			var p struct {
				Changes struct {
					Nodes    []struct{ SubjectID, Kind string }
					PageInfo struct {
						HasNextPage bool
						EndCursor   string
					}
				}
			}
			with.newsroom.ask(t, `query ($after: String) { changes(first: 100, after: $after) { nodes { subjectId kind } pageInfo { hasNextPage endCursor } } }`, map[string]any{"after": after}).must(t).read(t, &p)
			for _, c := range p.Changes.Nodes {
				if ref, ok := hidden[c.SubjectID]; ok {
					t.Errorf("%s is told of %s, which is hidden: %s", v.name, ref, c.Kind)
				}
			}
			if seen += len(p.Changes.Nodes); !p.Changes.PageInfo.HasNextPage {
				break
			}
			after = p.Changes.PageInfo.EndCursor
		}
		if seen == 0 || len(hidden) == 0 {
			t.Errorf("%s saw %d changes, of %d things nothing", v.name, seen, len(hidden))
		}
	}
}
