package graph_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/graph"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/relate"
	"github.com/dateline-cms/dateline/internal/store"
)

// giveLists stores lists for who sees a part of what is published: they are computed of all of it. In the newsroom that has hidden
// siblings these stand between the visible entries, and reasons name hidden categories and events beside visible ones.
func (n *newsroom) giveLists(t testing.TB, ids map[news.Ref]news.ID) {
	t.Helper()
	if err := n.store.OwnRelated(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	named := func(kind string, i int) []news.ID {
		ref := news.Ref(fmt.Sprintf("%s:%d", kind, (i+walkSize)%walkSize))
		own := []news.ID{ids[ref]}
		if hidden, ok := ids[news.Ref(marker+":"+strings.ReplaceAll(string(ref), ":", "-"))]; ok {
			own = append([]news.ID{hidden}, own...)
		}
		if hidden, ok := ids[secret]; ok && kind == "category" {
			own = append(own, hidden)
		}
		return own
	}
	var w store.RelatedWrite
	for i := range walkSize {
		for _, kind := range []string{"article", "german", "historicalevent"} {
			for _, of := range named(kind, i) {
				var list relate.List
				for distance := 1; distance <= 6; distance++ {
					for _, other := range named(kind, i+distance) {
						list.Own = append(list.Own, relate.Related{ID: other, Score: 8000 - distance*100, Reasons: []news.RelatedReason{
							{Kind: news.ReasonSharedEvent, Contribution: 3000, IDs: named("historicalevent", i+distance)},
							{Kind: news.ReasonSharedCategories, Contribution: 2000, IDs: named("category", i+distance)},
							{Kind: news.ReasonSharedTopics, Contribution: 1000, IDs: named("topic", i+distance)},
							{Kind: news.ReasonSameAuthor, Contribution: 500, IDs: named("author", i+distance)},
							{Kind: news.ReasonTextSimilarity, Contribution: 1500 - distance*100, Terms: []string{"common"}},
						}})
					}
				}
				w.Lists = append(w.Lists, store.RelatedList{ID: of, Ranking: "1.1", List: list})
			}
		}
	}
	if err := n.store.WriteRelated(t.Context(), "test", w); err != nil {
		t.Fatal(err)
	}
}

// TestReasonsOfAFrontPage asks for twenty articles with five related ones each and why: contributions add up to the scores, pins
// come first, and all of it takes six statements.
func TestReasonsOfAFrontPage(t *testing.T) {
	n := newNewsroom(t, noLimits)
	n.write(t, walkRecords()...)
	n.relate(t)
	a := n.ask(t, `{ articles(first: 20) { nodes { id related(first: 5) { computedAt rankingVersion edges { score isPinned position node { id title }
		reasons { __typename kind contribution summary ... on SharedTopicsReason { topics { name } } ... on SharedEventReason { events { title } }
			... on SharedCategoriesReason { categories { name } } ... on SameAuthorReason { authors { name } } ... on TextSimilarityReason { terms } ... on EditorialReason { note } } } } } } }`, nil).must(t)
	var found struct {
		Articles struct {
			Nodes []struct {
				ID      string
				Related struct {
					ComputedAt, RankingVersion *string
					Edges                      []struct {
						Score    float64
						IsPinned bool
						Position *int
						Node     struct{ ID, Title string }
						Reasons  []struct {
							Kind, Summary string
							Contribution  float64
						}
					}
				}
			}
		}
	}
	a.read(t, &found)
	edges, kinds := 0, map[string]int{}
	for _, article := range found.Articles.Nodes {
		if r := article.Related; r.ComputedAt == nil || r.RankingVersion == nil || *r.RankingVersion != "1.1" || len(r.Edges) != 5 {
			t.Fatalf("%s: %+v", article.ID, r)
		}
		wasComputed := false
		for i, e := range article.Related.Edges {
			sum := 0.
			for _, r := range e.Reasons {
				sum += r.Contribution
				kinds[r.Kind]++
				if len(r.Summary) < 10 || r.Contribution <= 0 {
					t.Errorf("%s is a reason that brings %v", r.Summary, r.Contribution)
				}
			}
			if math.Abs(sum-e.Score) > 1e-9 || e.Node.ID == article.ID || e.IsPinned && (wasComputed || *e.Position != i || e.Score != 1) || !e.IsPinned && e.Position != nil {
				t.Errorf("%s: %+v", article.ID, e)
			}
			wasComputed = wasComputed || !e.IsPinned
			edges++
		}
	}
	if edges != 100 || kinds["EDITORIAL"] == 0 || kinds["SHARED_TOPICS"] == 0 || kinds["SAME_AUTHOR"] == 0 {
		t.Errorf("%d edges, reasons %v", edges, kinds)
	}
	if got := a.Extensions.Explain.Statements; got != 7 { // articles, related, when it was computed, and four for what reasons name
		t.Errorf("it took %d statements", got)
	}
}

// TestPinsOfBothSides pins and hides for both of two articles, and takes that back from either side.
func TestPinsOfBothSides(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits).askedBy(t, editors)
	entry := func(ref news.Ref, title string) news.Record {
		return news.Record{Ref: ref, Article: &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: title, Locale: "en"}}}}
	}
	german := entry("w:d", "Hagel")
	german.Article.Locale = "de"
	n.write(t, entry("w:a", "Rain"), entry("w:b", "Snow"), entry("w:c", "Hail"), german)
	ids := n.ids(t)
	a, b := ids["w:a"].String(), ids["w:b"].String()
	shown := func(want string) {
		t.Helper()
		answer := n.ask(t, `query ($a: ID!, $b: ID!) { a: article(ref: {id: $a}) { revision related { edges { node { title } reasons { summary ... on EditorialReason { note } } } } }
			b: article(ref: {id: $b}) { revision related { edges { node { title } } } } }`, m{"a": a, "b": b}).must(t)
		if string(answer.Data) != want {
			t.Errorf("%s\\nwant\\n%s", answer.Data, want)
		}
	}
	change := func(name, typeName string, in m) {
		t.Helper()
		in["articleId"], in["relatedId"] = in["of"], in["other"]
		delete(in, "of")
		delete(in, "other")
		if got := n.change(t, name, typeName, "article { id }", in); !strings.Contains(got, `"userErrors":[]`) {
			t.Fatal(got)
		}
	}
	change("pinRelated", "PinRelatedInput", m{"of": a, "other": b, "note": " Both are cold. ", "isMutual": true, "expiresAt": now.Add(time.Hour)})
	shown(`{"a":{"revision":2,"related":{"edges":[{"node":{"title":"Snow"},"reasons":[{"summary":"Chosen by the editors.","note":"Both are cold."}]}]}},"b":{"revision":1,"related":{"edges":[{"node":{"title":"Rain"}}]}}}`)
	change("unpinRelated", "RelatedInput", m{"of": b, "other": a}) // from the other side: the pin stays where it was made
	shown(`{"a":{"revision":3,"related":{"edges":[{"node":{"title":"Snow"},"reasons":[{"summary":"Chosen by the editors.","note":"Both are cold."}]}]}},"b":{"revision":1,"related":{"edges":[]}}}`)
	change("hideRelated", "HideRelatedInput", m{"of": b, "other": a, "isMutual": true})
	shown(`{"a":{"revision":4,"related":{"edges":[]}},"b":{"revision":2,"related":{"edges":[]}}}`)
	change("pinRelated", "PinRelatedInput", m{"of": a, "other": b, "isMutual": true}) // takes the other side's hide back
	shown(`{"a":{"revision":5,"related":{"edges":[{"node":{"title":"Snow"},"reasons":[{"summary":"Chosen by the editors.","note":null}]}]}},"b":{"revision":3,"related":{"edges":[{"node":{"title":"Rain"}}]}}}`)
	refusal(t, n.change(t, "pinRelated", "PinRelatedInput", "article { id }", m{"articleId": a, "relatedId": b, "expiresAt": now}), "INVALID", "input.expiresAt", "has passed")
	refusal(t, n.change(t, "pinRelated", "PinRelatedInput", "article { id }", m{"articleId": a, "relatedId": nowhere(news.KindTopic)}), "NOT_FOUND", "input.relatedId", "not an article")
	limited := n.askedBy(t, news.Grant{Scopes: []news.Scope{news.ScopeContentEdit, news.ScopeContentRead}, Locales: []news.Locale{"en"}})
	for _, mutual := range []bool{true, false} {
		got := limited.change(t, "hideRelated", "HideRelatedInput", "article { id }", m{"articleId": a, "relatedId": ids["w:d"].String(), "isMutual": mutual})
		if strings.Contains(got, `"userErrors":[]`) == mutual {
			t.Errorf("a key for one language, mutual %v: %s", mutual, got)
		}
	}
}
