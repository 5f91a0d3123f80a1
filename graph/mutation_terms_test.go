package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/graph"
	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// askedBy is the newsroom as it answers a key that is called Test.
func (n *newsroom) askedBy(t *testing.T, grant news.Grant) *newsroom {
	t.Helper()
	return n.as(n.key(t, grant))
}

// editors may do everything that these tests do.
var editors = news.Grant{Scopes: []news.Scope{news.ScopeContentRead, news.ScopeContentReadFull, news.ScopeContentEdit, news.ScopeContentPublish,
	news.ScopeContentRetract, news.ScopeEventsEdit}, BodyDepth: news.BodyFull}

const userErrors = ` userErrors { __typename code message path ... on SlugTakenError { suggestion } } `

// change makes one mutation, such as `createTopic`, with an input of the type, and gives the payload, compact. An expected
// revision that the input lacks is the one that is stored, as if the caller had just read it.
func (n *newsroom) change(t *testing.T, field, inputType, selection string, input map[string]any) string {
	t.Helper()
	if def := schema().Types[inputType]; def.Fields.ForName("expectedRevision") != nil && input["expectedRevision"] == nil {
		input["expectedRevision"] = n.revision(t, changedBy(input))
	}
	query := fmt.Sprintf(`mutation ($input: %s!) { payload: %s(input: $input) { %s%s} }`, inputType, field, selection, userErrors)
	return n.changed(t, query, map[string]any{"input": input})
}

// changedBy is the id of what an input changes; empty for the site.
func changedBy(input map[string]any) string {
	for _, field := range []string{"id", "articleId", "eventId", "targetId"} {
		if id, ok := input[field].(string); ok {
			return id
		}
	}
	return ""
}

// revision is that of a node, or of the event of a claim; 1 for what is not there.
func (n *newsroom) revision(t *testing.T, text string) (revision int) {
	t.Helper()
	site, err := n.store.Site(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id := site.ID
	if text != "" {
		if id, err = news.ParseID(text); err != nil {
			t.Fatal(err)
		}
	}
	err = n.db.Query(t.Context(), engine.Stmt{
		SQL: `SELECT coalesce(max(version), 1) FROM changes WHERE subject IN (?1, (SELECT event_id FROM date_claims WHERE id = ?1))`, Args: []any{int64(id)},
		Scan: func(r *engine.Row) error { revision = r.Int(); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

// sources are nodes for a MergeInput, as they are stored.
func (n *newsroom) sources(t *testing.T, ids ...string) (list []m) {
	t.Helper()
	for _, id := range ids {
		list = append(list, m{"id": id, "expectedRevision": n.revision(t, id)})
	}
	return list
}

func (n *newsroom) changed(t *testing.T, query string, variables map[string]any) string {
	t.Helper()
	var data struct{ Payload json.RawMessage }
	n.ask(t, query, variables).must(t).read(t, &data)
	return string(data.Payload)
}

func expect(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// refusal says that the payload holds one user error with the code, the path and the words, and nothing else.
func refusal(t *testing.T, payload, code, path, words string) {
	t.Helper()
	var p map[string]json.RawMessage
	var errs []struct {
		Code, Message string
		Path          []string
	}
	if err := json.Unmarshal([]byte(payload), &p); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(p["userErrors"], &errs); err != nil {
		t.Fatal(err)
	}
	if len(errs) != 1 || errs[0].Code != code || strings.Join(errs[0].Path, ".") != path || !strings.Contains(errs[0].Message, words) {
		t.Errorf("got %s, want %s at %s: %s", payload, code, path, words)
	}
	for name, value := range p {
		if name != "userErrors" && string(value) != "null" && string(value) != "0" {
			t.Errorf("refused, and yet %s is %s", name, value)
		}
	}
}

type m = map[string]any

// nowhere is the id of a node that nobody has made.
func nowhere(kind news.IDKind) string { return news.ID(int64(kind) << 16).String() }

func TestWhoMayChangeWhat(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	id := nowhere(news.KindCategory)
	merge := `{sources: [{id: "` + id + `", expectedRevision: 1}], targetId: "` + id + `", expectedRevision: 1}`
	for field, scope := range map[string]news.Scope{
		`deleteEntry(input: {id: "` + id + `", expectedRevision: 1})`:                                  news.ScopeContentRetract,
		`pinRelated(input: {articleId: "` + id + `", relatedId: "` + id + `", expectedRevision: 1})`:   news.ScopeContentEdit,
		`unpinRelated(input: {articleId: "` + id + `", relatedId: "` + id + `", expectedRevision: 1})`: news.ScopeContentEdit,
		`hideRelated(input: {articleId: "` + id + `", relatedId: "` + id + `", expectedRevision: 1})`:  news.ScopeContentEdit,
		`createCategory(input: {name: "x"})`:                                                           news.ScopeContentEdit,
		`updateCategory(input: {id: "` + id + `", expectedRevision: 1})`:                               news.ScopeContentEdit,
		`moveCategory(input: {id: "` + id + `", expectedRevision: 1})`:                                 news.ScopeContentEdit,
		`mergeCategories(input: ` + merge + `)`:                                                        news.ScopeContentEdit,
		`deleteCategory(input: {id: "` + id + `", expectedRevision: 1})`:                               news.ScopeContentEdit,
		`createTopic(input: {name: "x"})`:                                                              news.ScopeContentEdit,
		`updateTopic(input: {id: "` + id + `", expectedRevision: 1})`:                                  news.ScopeContentEdit,
		`mergeTopics(input: ` + merge + `)`:                                                            news.ScopeContentEdit,
		`createAuthor(input: {name: "x"})`:                                                             news.ScopeContentEdit,
		`updateAuthor(input: {id: "` + id + `", expectedRevision: 1})`:                                 news.ScopeContentEdit,
		`createImage(input: {url: "/x.png"})`:                                                          news.ScopeContentEdit,
		`updateImage(input: {id: "` + id + `", expectedRevision: 1})`:                                  news.ScopeContentEdit,
		`updateSite(input: {name: "x", expectedRevision: 1})`:                                          news.ScopeContentPublish,
		`updateMenu(input: {location: "x", items: [], expectedRevision: 1})`:                           news.ScopeContentPublish,
		`createHistoricalEvent(input: {title: "x", date: "1999"})`:                                     news.ScopeEventsEdit,
		`updateHistoricalEvent(input: {id: "` + id + `", expectedRevision: 1})`:                        news.ScopeEventsEdit,
		`addDateClaim(input: {eventId: "` + id + `", date: "1999", expectedRevision: 1})`:              news.ScopeEventsEdit,
		`acceptDateClaim(input: {id: "` + id + `", expectedRevision: 1})`:                              news.ScopeEventsEdit,
		`removeDateClaim(input: {id: "` + id + `", expectedRevision: 1})`:                              news.ScopeEventsEdit,
		`mergeHistoricalEvents(input: ` + merge + `)`:                                                  news.ScopeEventsEdit,
	} {
		var others []news.Scope
		for _, s := range news.Scopes {
			if s.Scope != scope {
				others = append(others, s.Scope)
			}
		}
		query := `mutation { ` + field + ` { userErrors { code } } }`
		if code := n.ask(t, query, nil).code(t); code != "UNAUTHENTICATED" {
			t.Errorf("%s by anybody: %s", field, code)
		}
		if a := n.askedBy(t, news.Grant{Scopes: others}).ask(t, query, nil); a.code(t) != "FORBIDDEN" || !strings.Contains(a.Errors[0].Message, string(scope)) {
			t.Errorf("%s with every other scope: %s", field, a.body)
		}
		limited := n.askedBy(t, news.Grant{Scopes: []news.Scope{scope}, Locales: []news.Locale{"de"}}).ask(t, query, nil)
		perEntry := strings.Contains(field, "Related") || strings.HasPrefix(field, "deleteEntry") || strings.HasPrefix(field, "createImage") ||
			scope == news.ScopeEventsEdit && !strings.HasPrefix(field, "merge")
		if !perEntry && limited.code(t) != "FORBIDDEN" {
			t.Errorf("%s by a caller who is limited to one language: %s", field, limited.body)
		}
	}
}

func TestCategoryMutations(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits).askedBy(t, editors)
	const category = "category { name slug path depth position parent { name } articleCount } redirectsCreated "
	id := func(slug string) string {
		var found struct{ Category struct{ ID string } }
		n.ask(t, `query ($slug: String!) { category(ref: {slug: $slug}) { id } }`, m{"slug": slug}).must(t).read(t, &found)
		return found.Category.ID
	}
	world := n.change(t, "createCategory", "CreateCategoryInput", category, m{"name": "World & more", "idempotencyKey": "k"})
	expect(t, world, `{"category":{"name":"World & more","slug":"world-more","path":"/world-more/","depth":0,"position":0,"parent":null,"articleCount":0},"redirectsCreated":0,"userErrors":[]}`)
	expect(t, n.change(t, "createCategory", "CreateCategoryInput", category, m{"name": "World & more", "idempotencyKey": "k"}), world)
	refusal(t, n.change(t, "createCategory", "CreateCategoryInput", category, m{"name": "  "}), "INVALID", "input.name", "name cannot be empty")
	refusal(t, n.change(t, "createCategory", "CreateCategoryInput", category, m{"name": "X", "parentId": nowhere(news.KindCategory)}), "NOT_FOUND", "input", "there is no")
	refusal(t, n.change(t, "createCategory", "CreateCategoryInput", category, m{"name": "X", "slug": "world-more"}), "SLUG_TAKEN", "input.slug", "taken")
	expect(t, n.change(t, "createCategory", "CreateCategoryInput", category, m{"name": "Asia", "parentId": id("world-more"), "position": 3, "description": "Far"}),
		`{"category":{"name":"Asia","slug":"asia","path":"/world-more/asia/","depth":1,"position":3,"parent":{"name":"World & more"},"articleCount":0},"redirectsCreated":0,"userErrors":[]}`)
	n.change(t, "createCategory", "CreateCategoryInput", category, m{"name": "Iraq", "parentId": id("asia")})
	n.change(t, "createCategory", "CreateCategoryInput", category, m{"name": "Home"})

	expect(t, n.change(t, "updateCategory", "UpdateCategoryInput", category, m{"id": id("world-more"), "name": "World", "slug": "world"}),
		`{"category":{"name":"World","slug":"world","path":"/world/","depth":0,"position":0,"parent":null,"articleCount":0},"redirectsCreated":3,"userErrors":[]}`)
	refusal(t, n.change(t, "moveCategory", "MoveCategoryInput", category, m{"id": id("world"), "parentId": id("iraq")}), "INVALID", "input.parentId", "below the record itself")
	refusal(t, n.change(t, "moveCategory", "MoveCategoryInput", category, m{"id": nowhere(news.KindArticle), "parentId": nil}), "NOT_FOUND", "input", "another type")
	expect(t, n.change(t, "moveCategory", "MoveCategoryInput", category, m{"id": id("asia"), "parentId": id("home"), "position": 1}),
		`{"category":{"name":"Asia","slug":"asia","path":"/home/asia/","depth":1,"position":1,"parent":{"name":"Home"},"articleCount":0},"redirectsCreated":2,"userErrors":[]}`)
	expect(t, n.change(t, "moveCategory", "MoveCategoryInput", "redirectsCreated ", m{"id": id("asia"), "parentId": id("home")}), `{"redirectsCreated":0,"userErrors":[]}`)
	expect(t, n.change(t, "moveCategory", "MoveCategoryInput", category, m{"id": id("iraq"), "parentId": nil}),
		`{"category":{"name":"Iraq","slug":"iraq","path":"/iraq/","depth":0,"position":0,"parent":null,"articleCount":0},"redirectsCreated":1,"userErrors":[]}`)

	n.write(t, news.Record{Ref: "w:a", Article: &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: "Rain"}}, PrimaryCategory: news.Ref("dateline:" + id("asia"))}})
	refusal(t, n.change(t, "deleteCategory", "DeleteCategoryInput", "deletedId", m{"id": id("asia")}), "INVALID", "input", "merge it into another one")
	refusal(t, n.change(t, "deleteCategory", "DeleteCategoryInput", "deletedId", m{"id": nowhere(news.KindCategory)}), "NOT_FOUND", "input", "there is no")
	asia := id("asia")
	expect(t, n.change(t, "mergeCategories", "MergeInput", category, m{"sources": n.sources(t, asia, id("world")), "targetId": id("iraq")}),
		`{"category":{"name":"Iraq","slug":"iraq","path":"/iraq/","depth":0,"position":0,"parent":null,"articleCount":1},"redirectsCreated":2,"userErrors":[]}`)
	refusal(t, n.change(t, "mergeCategories", "MergeInput", category, m{"sources": []m{}, "targetId": id("iraq")}), "INVALID", "input", "nothing to merge")
	refusal(t, n.change(t, "mergeCategories", "MergeInput", category, m{"sources": n.sources(t, asia), "targetId": id("iraq")}), "NOT_FOUND", "input", "there is no")
	home := id("home")
	expect(t, n.change(t, "deleteCategory", "DeleteCategoryInput", "deletedId", m{"id": home}), `{"deletedId":"`+home+`","userErrors":[]}`)
	a := n.ask(t, `{ old: resolvePath(path: "/world-more/asia/") { ... on PathMoved { location } } gone: resolvePath(path: "/home/") { ... on PathGone { reason } }
		article(ref: {slug: {slug: "rain"}}) { path primaryCategory { name } categories { name } } }`, nil).must(t)
	expect(t, string(a.Data), `{"old":{"location":"/iraq/"},"gone":{"reason":null},"article":{"path":"/home/asia/rain/","primaryCategory":{"name":"Iraq"},"categories":[{"name":"Iraq"}]}}`)
}

func TestTopicAndAuthorMutations(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits).askedBy(t, editors)
	const topic = "topic { name slug kind aliases description sameAs path image { altText } } redirectsCreated "
	var made struct {
		Payload struct{ Image, Topic, Author struct{ ID string } }
	}
	n.ask(t, `mutation { payload: createImage(input: {url: "/i.png", altText: "Doves"}) { image { id } } }`, nil).must(t).read(t, &made)
	image := made.Payload.Image.ID
	expect(t, n.change(t, "createTopic", "CreateTopicInput", topic, m{"name": "Peace", "kind": "SUBJECT", "aliases": []string{"Calm"}, "sameAs": []string{"https://www.wikidata.org/wiki/Q454"}, "imageId": image}),
		`{"topic":{"name":"Peace","slug":"peace","kind":"SUBJECT","aliases":["Calm"],"description":null,"sameAs":["https://www.wikidata.org/wiki/Q454"],"path":"/topics/peace/","image":{"altText":"Doves"}},"redirectsCreated":0,"userErrors":[]}`)
	refusal(t, n.change(t, "createTopic", "CreateTopicInput", topic, m{"name": "X", "sameAs": []string{"javascript:alert(1)"}}), "INVALID", "input.sameAs", "no address")
	n.ask(t, `mutation { payload: createTopic(input: {name: "Truce"}) { topic { id } } }`, nil).must(t).read(t, &made)
	truce := made.Payload.Topic.ID
	refusal(t, n.change(t, "updateTopic", "UpdateTopicInput", topic, m{"id": truce, "slug": "peace"}), "SLUG_TAKEN", "input.slug", "taken")
	refusal(t, n.change(t, "updateTopic", "UpdateTopicInput", topic, m{"id": truce, "name": nil}), "INVALID", "input.name", "name cannot be empty")
	refusal(t, n.change(t, "updateTopic", "UpdateTopicInput", topic, m{"id": image, "name": "X"}), "NOT_FOUND", "input", "another type")
	expect(t, n.change(t, "updateTopic", "UpdateTopicInput", topic, m{"id": truce, "name": "A truce", "description": "No shots", "kind": nil, "slug": "a-truce"}),
		`{"topic":{"name":"A truce","slug":"a-truce","kind":"TAG","aliases":[],"description":"No shots","sameAs":[],"path":"/topics/a-truce/","image":null},"redirectsCreated":1,"userErrors":[]}`)
	var found struct{ Topic struct{ ID string } }
	n.ask(t, `{ topic(ref: {slug: "peace"}) { id } }`, nil).must(t).read(t, &found)
	expect(t, n.change(t, "mergeTopics", "MergeInput", topic, m{"sources": n.sources(t, truce), "targetId": found.Topic.ID}),
		`{"topic":{"name":"Peace","slug":"peace","kind":"SUBJECT","aliases":["Calm","A truce"],"description":"No shots","sameAs":["https://www.wikidata.org/wiki/Q454"],"path":"/topics/peace/","image":{"altText":"Doves"}},"redirectsCreated":1,"userErrors":[]}`)
	refusal(t, n.change(t, "mergeTopics", "MergeInput", topic, m{"sources": n.sources(t, image), "targetId": found.Topic.ID}), "INVALID", "input", "another type")

	const author = "author { name slug jobTitle bio { html } links portrait { altText } } "
	expect(t, n.change(t, "createAuthor", "CreateAuthorInput", author, m{"name": "Ada <L>", "bio": m{"markdown": "Counts *much*."}, "links": []string{"https://ada.example/"}, "portraitId": image}),
		`{"author":{"name":"Ada <L>","slug":"ada-l","jobTitle":null,"bio":{"html":"<p>Counts <em>much</em>.</p>\n"},"links":["https://ada.example/"],"portrait":{"altText":"Doves"}},"userErrors":[]}`)
	n.ask(t, `mutation { payload: createAuthor(input: {name: "Ben"}) { author { id } } }`, nil).must(t).read(t, &made)
	ben := made.Payload.Author.ID
	expect(t, n.change(t, "updateAuthor", "UpdateAuthorInput", author, m{"id": ben, "jobTitle": "Editor"}),
		`{"author":{"name":"Ben","slug":"ben","jobTitle":"Editor","bio":null,"links":[],"portrait":null},"userErrors":[]}`)
	refusal(t, n.change(t, "updateAuthor", "UpdateAuthorInput", author, m{"id": ben, "links": []string{"/x"}}), "INVALID", "input.links", "no address")
	refusal(t, n.change(t, "updateAuthor", "UpdateAuthorInput", author, m{"id": ben, "portraitId": truce}), "INVALID", "input", "another type")
}

func TestRelatedAndDeletedArticles(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits).askedBy(t, editors)
	entry := func(ref news.Ref, title string, related ...news.Ref) news.Record {
		return news.Record{Ref: ref, Article: &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: title}}, Related: news.Pins(related...)}}
	}
	n.write(t, entry("w:a", "Rain", "w:b"), entry("w:b", "Snow"), entry("w:c", "Hail"))
	ids := n.ids(t)
	a, b, c := ids["w:a"].String(), ids["w:b"].String(), ids["w:c"].String()
	const related = "article { revision related { nodes { title } } } "
	expect(t, n.change(t, "pinRelated", "PinRelatedInput", related, m{"articleId": a, "relatedId": c, "position": 0}), `{"article":{"revision":2,"related":{"nodes":[{"title":"Hail"},{"title":"Snow"}]}},"userErrors":[]}`)
	expect(t, n.change(t, "hideRelated", "HideRelatedInput", related, m{"articleId": a, "relatedId": b}), `{"article":{"revision":3,"related":{"nodes":[{"title":"Hail"}]}},"userErrors":[]}`)
	expect(t, n.change(t, "hideRelated", "HideRelatedInput", related, m{"articleId": a, "relatedId": b}), `{"article":{"revision":3,"related":{"nodes":[{"title":"Hail"}]}},"userErrors":[]}`)
	expect(t, n.change(t, "unpinRelated", "RelatedInput", related, m{"articleId": a, "relatedId": c}), `{"article":{"revision":4,"related":{"nodes":[]}},"userErrors":[]}`)
	expect(t, n.change(t, "pinRelated", "PinRelatedInput", related, m{"articleId": a, "relatedId": b}), `{"article":{"revision":5,"related":{"nodes":[{"title":"Snow"}]}},"userErrors":[]}`)
	refusal(t, n.change(t, "pinRelated", "PinRelatedInput", related, m{"articleId": a, "relatedId": a}), "INVALID", "input.relatedId", "not related to itself")
	refusal(t, n.change(t, "pinRelated", "PinRelatedInput", related, m{"articleId": a, "relatedId": b, "position": -1}), "INVALID", "input.position", "before the first")
	refusal(t, n.change(t, "hideRelated", "HideRelatedInput", related, m{"articleId": a, "relatedId": nowhere(news.KindArticle)}), "NOT_FOUND", "input", "there is no")
	refusal(t, n.change(t, "hideRelated", "HideRelatedInput", related, m{"articleId": nowhere(news.KindCategory), "relatedId": b}), "NOT_FOUND", "input.articleId", "not an article")

	refusal(t, n.change(t, "deleteEntry", "EntryStepInput", "deletedId", m{"id": b, "expectedRevision": 7}), "REVISION_CONFLICT", "input.expectedRevision", "")
	expect(t, n.change(t, "deleteEntry", "EntryStepInput", "deletedId", m{"id": b, "expectedRevision": 1}), `{"deletedId":"`+b+`","userErrors":[]}`)
	refusal(t, n.change(t, "deleteEntry", "EntryStepInput", "deletedId", m{"id": b, "expectedRevision": 1}), "NOT_FOUND", "input", "there is no")
	answer := n.ask(t, `query ($a: ID!, $b: ID!) { gone: node(id: $b) { id } resolvePath(path: "/snow/") { ... on PathGone { reason } } search(query: "snow") { totalCount }
		article(ref: {id: $a}) { revision related { nodes { title } } } articles { totalCount } }`, m{"a": a, "b": b}).must(t)
	expect(t, string(answer.Data), `{"gone":null,"resolvePath":{"reason":null},"search":{"totalCount":0},"article":{"revision":6,"related":{"nodes":[]}},"articles":{"totalCount":2}}`)
}
