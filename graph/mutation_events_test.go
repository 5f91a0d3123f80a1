package graph_test

import (
	"testing"

	"github.com/dateline-cms/dateline/graph"
	"github.com/dateline-cms/dateline/internal/news"
)

func TestEventMutations(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits).askedBy(t, news.Grant{Scopes: []news.Scope{news.ScopeContentRead, news.ScopeContentReadFull, news.ScopeEventsEdit}, BodyDepth: news.BodyFull})
	n.write(t, news.Record{Ref: "w:basra", Topic: &news.TopicRecord{Topic: news.Topic{Name: "Basra"}}},
		news.Record{Ref: "w:a", Article: &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: "Rain"}}}})
	basra, article := n.ids(t)["w:basra"].String(), n.ids(t)["w:a"].String()
	const event = "event { title revision status kind significance date { edtf calendar } place { name } topics { name } sources { title } dateClaims { isAccepted claimedBy source { title } date { edtf } } } redirectsCreated "
	var made struct {
		Payload struct {
			Event struct {
				ID         string
				DateClaims []struct{ ID string }
			}
		}
	}
	create := m{"title": "Flood & fire", "date": "1999-01-02", "idempotencyKey": "k", "placeId": basra, "topicIds": []string{basra}, "sources": []m{{"title": "Gazette", "url": "https://g.example/"}}}
	want := `{"event":{"title":"Flood & fire","revision":1,"status":"PUBLISHED","kind":"EVENT","significance":50,"date":{"edtf":"1999-01-02","calendar":"GREGORIAN"},"place":{"name":"Basra"},"topics":[{"name":"Basra"}],"sources":[{"title":"Gazette"}],"dateClaims":[{"isAccepted":true,"claimedBy":"Test","source":{"title":"Gazette"},"date":{"edtf":"1999-01-02"}}]},"redirectsCreated":0,"userErrors":[]}`
	expect(t, n.change(t, "createHistoricalEvent", "CreateHistoricalEventInput", event, create), want)
	expect(t, n.change(t, "createHistoricalEvent", "CreateHistoricalEventInput", event, create), want)
	refusal(t, n.change(t, "createHistoricalEvent", "CreateHistoricalEventInput", event, m{"title": "X", "date": "1999-02-30"}), "INVALID", "input.date", "1999-02-30")
	refusal(t, n.change(t, "createHistoricalEvent", "CreateHistoricalEventInput", event, m{"title": "X", "date": "1999", "significance": 101}), "INVALID", "input.significance", "0 to 100")
	refusal(t, n.change(t, "createHistoricalEvent", "CreateHistoricalEventInput", event, m{"title": "X", "date": "1999", "sources": []m{{"title": "X", "url": "javascript:x"}}}), "INVALID", "input.sources", "no address")
	expect(t, n.change(t, "createHistoricalEvent", "CreateHistoricalEventInput", "event { title } ", m{"title": "X", "date": "1999", "isDraft": true}), `{"event":null,"userErrors":[]}`)
	var found struct {
		HistoricalEvents struct{ Nodes []struct{ ID string } }
	}
	n.ask(t, `{ historicalEvents { nodes { id } } }`, nil).must(t).read(t, &found)
	id := found.HistoricalEvents.Nodes[0].ID

	const short = "event { title revision kind significance sources { title } } "
	expect(t, n.change(t, "updateHistoricalEvent", "UpdateHistoricalEventInput", short, m{"id": id, "expectedRevision": 1, "kind": "BIRTH", "significance": nil, "sources": []m{{"title": "Almanac"}}}),
		`{"event":{"title":"Flood & fire","revision":2,"kind":"BIRTH","significance":50,"sources":[{"title":"Almanac"}]},"userErrors":[]}`)
	refusal(t, n.change(t, "updateHistoricalEvent", "UpdateHistoricalEventInput", short, m{"id": id, "expectedRevision": 1, "title": "Y"}), "REVISION_CONFLICT", "input.expectedRevision", "")
	refusal(t, n.change(t, "updateHistoricalEvent", "UpdateHistoricalEventInput", short, m{"id": id, "expectedRevision": 2, "title": nil}), "INVALID", "input.title", "cannot be cleared")

	const claims = "event { date { edtf } dateClaims { id isAccepted note source { title } date { edtf } } } "
	n.ask(t, `mutation ($id: ID!, $article: ID!) { payload: addDateClaim(input: {eventId: $id, expectedRevision: 2, date: "1999-01-03", source: {title: "Diary"}, note: "By hand", printedInId: $article}) { event { dateClaims { id } } } }`,
		m{"id": id, "article": article}).must(t).read(t, &made)
	first, second := made.Payload.Event.DateClaims[0].ID, made.Payload.Event.DateClaims[1].ID
	refusal(t, n.change(t, "addDateClaim", "AddDateClaimInput", claims, m{"eventId": id, "date": "1999-01-03", "source": m{"title": "Diary"}}), "INVALID", "input", "already")
	refusal(t, n.change(t, "addDateClaim", "AddDateClaimInput", claims, m{"eventId": id, "date": "nonsense"}), "INVALID", "input.date", "nonsense")
	refusal(t, n.change(t, "addDateClaim", "AddDateClaimInput", claims, m{"eventId": article, "date": "1999"}), "NOT_FOUND", "input", "another type")
	expect(t, n.change(t, "acceptDateClaim", "DateClaimInput", claims, m{"id": second}), `{"event":{"date":{"edtf":"1999-01-03"},"dateClaims":[{"id":"`+second+`","isAccepted":true,"note":"By hand","source":{"title":"Diary"},"date":{"edtf":"1999-01-03"}},{"id":"`+first+`","isAccepted":false,"note":null,"source":{"title":"Gazette"},"date":{"edtf":"1999-01-02"}}]},"userErrors":[]}`)
	refusal(t, n.change(t, "removeDateClaim", "DateClaimInput", claims, m{"id": second}), "INVALID", "input.id", "accept another one first")
	expect(t, n.change(t, "removeDateClaim", "DateClaimInput", claims, m{"id": first}), `{"event":{"date":{"edtf":"1999-01-03"},"dateClaims":[{"id":"`+second+`","isAccepted":true,"note":"By hand","source":{"title":"Diary"},"date":{"edtf":"1999-01-03"}}]},"userErrors":[]}`)
	refusal(t, n.change(t, "acceptDateClaim", "DateClaimInput", claims, m{"id": first}), "NOT_FOUND", "input.id", "there is no date claim")
	expect(t, n.change(t, "addDateClaim", "AddDateClaimInput", "event { date { edtf } } ", m{"eventId": id, "date": "1999-01", "accept": true}), `{"event":{"date":{"edtf":"1999-01"}},"userErrors":[]}`)

	n.ask(t, `mutation { payload: createHistoricalEvent(input: {title: "The fire", date: "1999-01-02", description: {html: "<p>Hot.</p>"}}) { event { id } } }`, nil).must(t).read(t, &made)
	other := made.Payload.Event.ID
	expect(t, n.change(t, "mergeHistoricalEvents", "MergeInput", "event { title description { text } dateClaims { date { edtf } } } redirectsCreated ", m{"sources": n.sources(t, other), "targetId": id}),
		`{"event":{"title":"Flood & fire","description":{"text":"Hot."},"dateClaims":[{"date":{"edtf":"1999-01"}},{"date":{"edtf":"1999-01-03"}},{"date":{"edtf":"1999-01-02"}}]},"redirectsCreated":1,"userErrors":[]}`)
	refusal(t, n.change(t, "mergeHistoricalEvents", "MergeInput", "event { title } ", m{"sources": n.sources(t, other), "targetId": id}), "NOT_FOUND", "input", "there is no")
	a := n.ask(t, `query ($other: ID!) { node(id: $other) { id } resolvePath(path: "/events/the-fire/") { ... on PathMoved { location } } historicalEvents { totalCount } }`, m{"other": other}).must(t)
	expect(t, string(a.Data), `{"node":null,"resolvePath":{"location":"/events/flood-fire/"},"historicalEvents":{"totalCount":1}}`)
}

// TestEventsWithinAGrant: a key that is limited to a section writes the events of that section, and learns nothing of others.
func TestEventsWithinAGrant(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	n.write(t, news.Record{Ref: "w:c", Category: &news.CategoryRecord{Category: news.Category{Name: "World"}}},
		news.Record{Ref: "w:in", Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: "Inside"}}, Date: "1999", Categories: []news.Ref{"w:c"}}},
		news.Record{Ref: "w:out", Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: "Outside"}}, Date: "1999"}})
	ids := n.ids(t)
	var out struct {
		HistoricalEvent struct{ DateClaims []struct{ ID string } }
	}
	n.ask(t, `query ($id: ID!) { historicalEvent(id: $id) { dateClaims { id } } }`, m{"id": ids["w:out"].String()}).must(t).read(t, &out)
	limited := n.askedBy(t, news.Grant{Scopes: []news.Scope{news.ScopeContentRead, news.ScopeContentReadFull, news.ScopeContentRetract, news.ScopeEventsEdit}, Categories: []news.ID{ids["w:c"]}})
	expect(t, limited.change(t, "addDateClaim", "AddDateClaimInput", "event { title } ", m{"eventId": ids["w:in"].String(), "date": "1998"}), `{"event":{"title":"Inside"},"userErrors":[]}`)
	refusal(t, limited.change(t, "addDateClaim", "AddDateClaimInput", "event { title } ", m{"eventId": ids["w:out"].String(), "date": "1998"}), "NOT_FOUND", "input", "there is no")
	refusal(t, limited.change(t, "acceptDateClaim", "DateClaimInput", "event { title } ", m{"id": out.HistoricalEvent.DateClaims[0].ID}), "NOT_FOUND", "input.id", "there is no date claim")
	refusal(t, limited.change(t, "deleteEntry", "EntryStepInput", "deletedId", m{"id": ids["w:out"].String(), "expectedRevision": 1}), "NOT_FOUND", "input", "there is no")
	expect(t, limited.change(t, "deleteEntry", "EntryStepInput", "deletedId", m{"id": ids["w:in"].String(), "expectedRevision": 2}), `{"deletedId":"`+ids["w:in"].String()+`","userErrors":[]}`)
	if code := limited.ask(t, `mutation { createHistoricalEvent(input: {title: "X", date: "1999"}) { userErrors { code } } }`, nil).code(t); code != "FORBIDDEN" {
		t.Errorf("an event outside of the section: %s", code)
	}
}
