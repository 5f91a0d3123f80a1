package graph_test

import (
	"encoding/json"
	"slices"
	"strings"
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

// TestEventsHaveIssuesAndRevisions: who edits events sees what is wrong with one, how it became so, and brings back what it
// was: text, date and claims.
func TestEventsHaveIssuesAndRevisions(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	n.write(t,
		news.Record{Ref: "t:a", Article: &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: "Rain"}}, Body: "<p>It rained.</p>"}},
		news.Record{Ref: "t:draft", Article: &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: "Hidden", Status: news.StatusDraft}}, Body: "<p>It snowed.</p>"}},
		news.Record{Ref: "t:e", Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: "The House votes"}}, Date: "1998-10-05",
			Description: `<p>The House votes. <a href="/nowhere/">More</a></p>`,
			DateClaims:  []news.DateClaimRecord{{Date: "1998-07-16", PrintedIn: "t:a"}, {Date: "1998-07-17", PrintedIn: "t:draft"}}}},
		news.Record{Ref: "t:work", Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: "A work of 1850"}}, Date: "1850-01-01"}})
	ids := n.ids(t)
	historian := n.askedBy(t, news.Grant{Scopes: []news.Scope{news.ScopeContentReadFull, news.ScopeEventsEdit}, BodyDepth: news.BodyFull})
	const issues = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on HistoricalEvent { issues { code severity path message } } } }`
	var found struct {
		Nodes []struct {
			Issues []struct {
				Code, Severity, Message string
				Path                    []string
			}
		}
	}
	answer := historian.ask(t, issues, m{"ids": []string{ids["t:e"].String(), ids["t:work"].String()}}).must(t)
	answer.read(t, &found)
	if statements := len(answer.Extensions.Explain.SQL); statements != 4 { // the events; claims, texts and links
		t.Errorf("%d statements", statements)
	}
	var got []string
	for _, node := range found.Nodes {
		for _, i := range node.Issues {
			got = append(got, i.Severity+" "+i.Code+" "+strings.Join(i.Path, ".")+": "+i.Message)
		}
	}
	want := []string{
		"ERROR EVENT_DATE_CONFLICT dateClaims: the article “Rain” gives 16 July 1998, the accepted date is 5 October 1998; correct the article, or accept its date",
		"ERROR EVENT_DATE_CONFLICT dateClaims: an article gives 17 July 1998, the accepted date is 5 October 1998; correct the article, or accept its date", // a draft, which the historian does not see
		"WARNING DEAD_INTERNAL_LINK description: the description links to /nowhere/, where this site has nothing; correct the link or remove it",
		"WARNING SUSPICIOUS_DATE date: 1850-01-01 may stand for an unknown day: the text says \"1850\" and not the day; write the date as 1850 if only the year is known, or set the event to VERIFIED",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	id := ids["t:e"].String()
	historian.change(t, "updateHistoricalEvent", "UpdateHistoricalEventInput", "event { revision }", m{"id": id, "expectedRevision": 1, "title": "The Senate votes",
		"description": m{"html": "<p>The Senate votes.</p>"}, "revisionNote": "wrong house"})
	historian.change(t, "addDateClaim", "AddDateClaimInput", "event { revision }", m{"eventId": id, "date": "1998-10-07", "accept": true})
	const revisions = `query ($id: ID!) { historicalEvent(id: $id) { title date { edtf } dateClaims { isAccepted date { edtf } } revisions { totalCount nodes { number note diff } } } }`
	var is struct{ HistoricalEvent json.RawMessage }
	historian.ask(t, revisions, m{"id": id}).must(t).read(t, &is)
	expect(t, string(is.HistoricalEvent), `{"title":"The Senate votes","date":{"edtf":"1998-10-07"},"dateClaims":[{"isAccepted":true,"date":{"edtf":"1998-10-07"}},`+
		`{"isAccepted":false,"date":{"edtf":"1998-07-16"}},{"isAccepted":false,"date":{"edtf":"1998-07-17"}},{"isAccepted":false,"date":{"edtf":"1998-10-05"}}],`+
		`"revisions":{"totalCount":3,"nodes":[{"number":3,"note":null,"diff":"\\# The Senate votes\n\n~~5~~ **7** October 1998\n\nThe Senate votes."},`+
		`{"number":2,"note":"wrong house","diff":"\\# The ~~House~~ **Senate** votes\n\n5 October 1998\n\nThe ~~House~~ **Senate** votes. ~~\\[More\\](/nowhere/)~~"},`+
		`{"number":1,"note":null,"diff":"**# The House votes**\n\n**5 October 1998**\n\n**The House votes. \\[More\\](/nowhere/)**"}]}}`)
	restored := historian.change(t, "restoreRevision", "RestoreRevisionInput", "entry { revision title ... on HistoricalEvent { date { edtf } description { text } dateClaims { isAccepted date { edtf } } } }",
		m{"id": id, "expectedRevision": 3, "revision": 1})
	expect(t, restored, `{"entry":{"revision":4,"title":"The House votes","date":{"edtf":"1998-10-05"},"description":{"text":"The House votes. More"},`+
		`"dateClaims":[{"isAccepted":true,"date":{"edtf":"1998-10-05"}},{"isAccepted":false,"date":{"edtf":"1998-07-16"}},{"isAccepted":false,"date":{"edtf":"1998-07-17"}}]},"userErrors":[]}`)
	refusal(t, historian.change(t, "restoreRevision", "RestoreRevisionInput", "entry { revision }", m{"id": id, "expectedRevision": 3, "revision": 2}), "REVISION_CONFLICT", "input.expectedRevision", "revision 3 was changed")

	// Historians do not edit articles, readers of drafts nothing, and who may not read texts sees none here.
	if code := historian.ask(t, `mutation ($in: RestoreRevisionInput!) { restoreRevision(input: $in) { userErrors { message } } }`,
		m{"in": m{"id": ids["t:a"].String(), "expectedRevision": 1, "revision": 1}}).code(t); code != "FORBIDDEN" {
		t.Errorf("a historian restores an article: %q", code)
	}
	for name, grant := range map[string]news.Grant{
		"a reader of drafts":     {Scopes: []news.Scope{news.ScopeContentRead, news.ScopeContentPreview}, BodyDepth: news.BodyFull},
		"an editor without text": {Scopes: []news.Scope{news.ScopeContentRead, news.ScopeContentEdit, news.ScopeEventsEdit}, BodyDepth: news.BodySummary},
	} {
		caller := n.askedBy(t, grant)
		for _, field := range []string{"issues { code }", "revisions { totalCount }"} {
			for _, node := range []string{"t:e", "t:a"} {
				if code := caller.ask(t, `query ($id: ID!) { node(id: $id) { ... on HistoricalEvent { `+field+` } ... on Article { `+field+` } } }`, m{"id": ids[news.Ref(node)].String()}).code(t); code != "FORBIDDEN" {
					t.Errorf("%s of %s for %s: %q", field, node, name, code)
				}
			}
		}
	}
}
