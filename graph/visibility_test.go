package graph_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

// marker is a word that everything hidden has in all its texts and addresses.
const marker = "zxhidden"

// hiddenStatuses are those that nobody may see. A published entry whose time lies ahead is hidden too.
var hiddenStatuses = []news.EntryStatus{
	news.StatusDraft, news.StatusInReview, news.StatusScheduled, news.StatusUnpublished, news.StatusRetracted, news.StatusPublished,
}

// TestHiddenEntriesLeaveNoTrace asks a newsroom in which everything has hidden siblings for all there is, and compares
// the answers with those of the same newsroom without them.
func TestHiddenEntriesLeaveNoTrace(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("asks some hundred large queries, one after the other")
	}
	visible, hidden := visibilityRecords()
	with, without := newNewsroom(t, noLimits), newNewsroom(t, noLimits)
	with.write(t, slices.Concat(hidden, visible)...)
	visible, _ = visibilityRecords() // an import completes the records that it is given
	without.write(t, withoutHidden(visible)...)
	with.relate(t)
	without.relate(t)
	a := &walk{t: t, newsroom: with, schema: schema(), ids: with.ids(t), seen: map[string]bool{}}
	b := &walk{t: t, newsroom: without, schema: schema(), ids: without.ids(t), seen: map[string]bool{}}
	for _, root := range a.roots() {
		if root.field == "apiKeys" || root.field == "changes" {
			continue // not for strangers; and the journal says what was taken away, see TestHiddenChanges
		}
		def := a.schema.Types[root.typeName]
		selections := []string{a.everything(def, 1)}
		if !isPaging(def) {
			for _, f := range ownFields(def) {
				if !strings.Contains(f.Description, "Needs CONTENT_") { // which is not for strangers
					selections = append(selections, a.field(f, 1)...)
				}
			}
		}
		for _, selection := range selections {
			a.sameAnswer(b, root, selection)
		}
	}
}

// sameAnswer compares what two newsrooms answer.
func (w *walk) sameAnswer(other *walk, root walkRoot, selection string) {
	const parents = 8
	answers := [2][]byte{}
	for i, in := range []*walk{w, other} {
		a := in.newsroom.ask(w.t, in.query(root, selection, parents), nil).must(w.t)
		answers[i] = readable(w.t, in.ids, a.body)
	}
	if bytes.Contains(answers[0], []byte(marker)) {
		w.t.Errorf("hidden text in the answer to %.300s", w.query(root, selection, 1))
	}
	if !bytes.Equal(answers[0], answers[1]) {
		w.t.Errorf("hidden entries change the answer to %.300s\n%s", w.query(root, selection, 1), difference(answers[0], answers[1]))
	}
}

// difference is the first line in which two texts differ, with some before.
func difference(a, b []byte) string {
	with, without := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(with), len(without)) {
		if with[i] != without[i] {
			return fmt.Sprintf("%s\nwith:    %s\nwithout: %s", strings.Join(with[max(0, i-8):i], "\n"), with[i], without[i])
		}
	}
	return "one is longer"
}

// TestHiddenEntriesCannotBeNamed asks for hidden entries by everything that names them.
func TestHiddenEntriesCannotBeNamed(t *testing.T) {
	visible, hidden := visibilityRecords()
	n := newNewsroom(t, noLimits)
	n.write(t, slices.Concat(hidden, visible)...)
	ids := n.ids(t)
	asked := 0
	for _, r := range hidden {
		path, status := pathOf(r), statusOf(r)
		if path == "" {
			continue
		}
		asked++
		id := ids[r.Ref].String()
		system, value, _ := strings.Cut(string(r.Ref), ":")
		slug := strings.Trim(string(path), "/")
		a := n.ask(t, `query ($id: ID!, $path: Path!, $slug: String!, $system: String!, $value: String!) {
			node(id: $id) { id } nodes(ids: [$id]) { id } historicalEvent(id: $id) { id }
			byID: article(ref: {id: $id}) { id } byPath: article(ref: {path: $path}) { id } bySlug: article(ref: {slug: {slug: $slug}}) { id }
			byLocale: article(ref: {slug: {slug: $slug, locale: "de"}}) { id }
			byRef: article(ref: {externalRef: {system: $system, value: $value}}) { id } page(ref: {slug: $slug}) { id }
			mentions: articles(filter: {mentionsEvent: $id}) { totalCount } ids: articles(filter: {ids: [$id]}) { totalCount }
			resolvePath(path: $path) { __typename } old: resolvePath(path: "/old/`+slug+`") { __typename }
			bySystem: article(ref: {externalRef: {system: "other", value: $value}}) { id }
		}`, map[string]any{"id": id, "path": path, "slug": slug, "system": system, "value": value}).must(t)
		resolved := "null"
		if status == news.StatusRetracted {
			resolved = `{"__typename":"PathGone"}` // which the schema promises
		}
		want := `{"node":null,"nodes":[null],"historicalEvent":null,"byID":null,"byPath":null,"bySlug":null,"byLocale":null,"byRef":null,"page":null,` +
			`"mentions":{"totalCount":0},"ids":{"totalCount":0},"resolvePath":` + resolved + `,"old":null,"bySystem":null}`
		if string(a.Data) != want {
			t.Errorf("%s, %s:\n%s\nwant\n%s", r.Ref, status, a.Data, want)
		}
	}
	if asked < 3*len(hiddenStatuses) {
		t.Errorf("only %d hidden entries were asked for", asked)
	}
	a := n.ask(t, `{ search(query: "`+marker+`") { totalCount nodes { __typename } } prefix: search(query: "`+marker[:4]+`*") { totalCount }
		spelling: search(query: "`+marker[:len(marker)-1]+`") { suggestion } }`, nil).must(t)
	if want := `{"search":{"totalCount":0,"nodes":[]},"prefix":{"totalCount":0},"spelling":{"suggestion":null}}`; string(a.Data) != want {
		t.Errorf("search finds %s", a.Data)
	}
}

// visibilityRecords are those of the walk, with hidden siblings of every entry that is linked with others.
func visibilityRecords() (visible, hidden []news.Record) {
	visible = walkRecords()
	text := marker + " text"
	for i := range visible {
		r := &visible[i]
		kind, number, _ := strings.Cut(string(r.Ref), ":")
		status := hiddenStatuses[i%len(hiddenStatuses)]
		ref := news.Ref(marker + ":" + kind + "-" + number)
		head := func(of news.Head) news.Head {
			address := marker + "-" + kind + "-" + number
			of.Title, of.Slug, of.Path, of.Status = marker+" common title", address, news.Path("/"+address+"/"), status
			if status == news.StatusPublished {
				of.PublishedAt = now.AddDate(0, 0, 1)
			}
			return of
		}
		old := []news.Path{news.Path("/old/" + marker + "-" + kind + "-" + number)}
		also := []news.ExternalRef{{System: "other", Value: kind + "-" + number}}
		switch {
		case r.Article != nil:
			twin := *r.Article
			twin.Head, twin.RedirectsFrom, twin.ExternalRefs = head(twin.Head), old, also
			twin.Standfirst, twin.EditorSummary, twin.Body = &text, &text, "<p>common "+marker+"</p>"
			twin.IsSticky = true
			if kind == "german" {
				twin.Locale = "fr" // a third language version of the same story
			}
			twin.Related = append(news.Pins(r.Ref), twin.Related...)
			r.Article.Related = append(news.Pins(ref), r.Article.Related...)
			r.Article.Events = append([]news.Ref{news.Ref(marker + ":historicalevent-" + number)}, r.Article.Events...)
			hidden = append(hidden, news.Record{Ref: ref, Article: &twin})
		case r.Page != nil:
			child := *r.Page
			child.Head, child.RedirectsFrom, child.ExternalRefs = head(child.Head), old, also
			child.Body, child.Parent = "<p>common "+marker+"</p>", r.Ref
			hidden = append(hidden, news.Record{Ref: ref, Page: &child})
			if r.Page.Parent == "" {
				r.Page.Parent = ref // a hidden parent is no parent
				child.Parent = ""
			}
		case r.Event != nil:
			twin := *r.Event
			most := 100
			twin.Head, twin.RedirectsFrom, twin.ExternalRefs = head(twin.Head), old, also
			twin.Significance, twin.Description = &most, "<p>common "+marker+"</p>"
			twin.Sources = []news.Citation{{Title: text}}
			hidden = append(hidden, news.Record{Ref: ref, Event: &twin})
		}
	}
	return visible, hidden
}

// withoutHidden drops what refers to hidden entries.
func withoutHidden(records []news.Record) []news.Record {
	isHidden := func(r news.Ref) bool { return strings.HasPrefix(string(r), marker) }
	var list []news.Record
	for _, r := range records {
		switch {
		case r.Article != nil:
			a := *r.Article
			a.Related = slices.DeleteFunc(slices.Clone(a.Related), func(p news.Pin) bool { return isHidden(p.Article) })
			a.Events = slices.DeleteFunc(slices.Clone(a.Events), isHidden)
			r.Article = &a
		case r.Page != nil && isHidden(r.Page.Parent):
			p := *r.Page
			p.Parent = ""
			r.Page = &p
		}
		list = append(list, r)
	}
	return list
}

func pathOf(r news.Record) news.Path {
	switch {
	case r.Article != nil:
		return r.Article.Path
	case r.Page != nil:
		return r.Page.Path
	case r.Event != nil:
		return r.Event.Path
	}
	return ""
}

func statusOf(r news.Record) news.EntryStatus {
	switch {
	case r.Article != nil:
		return r.Article.Status
	case r.Page != nil:
		return r.Page.Status
	case r.Event != nil:
		return r.Event.Status
	}
	return ""
}
