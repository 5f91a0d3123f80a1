package graph_test

import (
	"encoding/json"
	"testing"

	"github.com/dateline-cms/dateline/graph"
	"github.com/dateline-cms/dateline/internal/news"
)

// TestPagesHaveIssuesAndRevisions: an editor sees what is wrong with a page and how it became so; others are refused.
func TestPagesHaveIssuesAndRevisions(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	ada := n.askedBy(t, editors)
	var made struct {
		Payload struct{ Page struct{ ID string } }
	}
	ada.ask(t, `mutation { payload: createPage(input: {title: "About", revisionNote: "start", body: {markdown: "We print the news of the town, every day."}}) { page { id } } }`, nil).must(t).read(t, &made)
	id := made.Payload.Page.ID
	ada.change(t, "updatePage", "UpdatePageInput", "page { revision }", m{"id": id, "expectedRevision": 1, "body": m{"html": `<p>We print the news of the city, every day.</p><p><a href="/nowhere/">More</a></p>`}})
	ada.change(t, "createPage", "CreatePageInput", "page { id }", m{"title": "Contact", "body": m{"markdown": "Write to the desk in the old mill."}})

	const fields = `{ ... on Page { title issues { code path } revisions(first: 1) { totalCount nodes { number note diff } pageInfo { hasNextPage } } } }`
	var nodes struct {
		Node json.RawMessage
	}
	ada.ask(t, `query ($id: ID!) { node(id: $id) `+fields+` }`, m{"id": id}).must(t).read(t, &nodes)
	expect(t, string(nodes.Node), `{"title":"About","issues":[{"code":"DEAD_INTERNAL_LINK","path":["body"]}],"revisions":{"totalCount":2,"nodes":[{"number":2,"note":null,`+
		`"diff":"\\# About\n\nWe print the news of the ~~town,~~ **city,** every day.\n\n**\\[More\\](/nowhere/)**"}],"pageInfo":{"hasNextPage":true}}}`)
	ada.ask(t, `{ node: page(ref: {slug: "contact"}) { title issues { code } revisions { totalCount } } }`, nil).must(t).read(t, &nodes)
	expect(t, string(nodes.Node), `{"title":"Contact","issues":[],"revisions":{"totalCount":1}}`)

	reader := n.askedBy(t, news.Grant{Scopes: []news.Scope{news.ScopeContentRead, news.ScopeContentPreview}, BodyDepth: news.BodyFull})
	for _, field := range []string{"issues { code }", "revisions { totalCount }"} {
		if code := reader.ask(t, `query ($id: ID!) { node(id: $id) { ... on Page { `+field+` } } }`, m{"id": id}).code(t); code != "FORBIDDEN" {
			t.Errorf("%s for a reader of drafts: %q", field, code)
		}
	}
}
