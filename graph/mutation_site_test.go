package graph_test

import (
	"testing"

	"github.com/dateline-cms/dateline/graph"
)

func TestImageMutations(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits).askedBy(t, editors)
	const image = "image { url mimeType sizeInBytes title caption { html } credit altText width height } "
	var made struct {
		Payload struct{ Image struct{ ID string } }
	}
	n.ask(t, `mutation { payload: createImage(input: {url: "https://cdn.example/a/b.JPG?w=3", title: "A & <b>", caption: {html: "<p onclick='x'>In <b>March</b></p>"}, altText: "", width: 8, height: 6}) { image { id } } }`, nil).must(t).read(t, &made)
	id := made.Payload.Image.ID
	expect(t, n.change(t, "updateImage", "UpdateImageInput", image, m{"id": id, "credit": "Ada", "height": nil, "sizeInBytes": 12}),
		`{"image":{"url":"https://cdn.example/a/b.JPG?w=3","mimeType":"image/jpeg","sizeInBytes":12,"title":"A & <b>","caption":{"html":"<p>In <b>March</b></p>"},"credit":"Ada","altText":"","width":8,"height":null},"userErrors":[]}`)
	refusal(t, n.change(t, "createImage", "CreateImageInput", image, m{"url": "javascript:x.png"}), "INVALID", "input.url", "leads nowhere")
	refusal(t, n.change(t, "createImage", "CreateImageInput", image, m{"url": "//other.example/x.png"}), "INVALID", "input.url", "leads nowhere")
	refusal(t, n.change(t, "createImage", "CreateImageInput", image, m{"url": "/paper.pdf"}), "INVALID", "input.mimeType", "application/pdf")
	refusal(t, n.change(t, "updateImage", "UpdateImageInput", image, m{"id": id, "width": 0}), "INVALID", "input.width", "above 0")
	refusal(t, n.change(t, "updateImage", "UpdateImageInput", image, m{"id": id, "url": nil}), "INVALID", "input.url", "leads nowhere")
}

// TestSiteMutations: every answer shows the site as it is after its own change, in one request too.
func TestSiteMutations(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits).askedBy(t, editors)
	a := n.ask(t, `mutation {
		image: createImage(input: {url: "/i.png"}) { image { url } }
		one: updateSite(input: {expectedRevision: 1, name: "The Paper & Co", url: "https://paper.example", tagline: "All of it", locales: ["en", "ar"], socialLinks: ["https://social.example/p"],
			about: {heading: "About <us>", body: {markdown: "We **print**."}}}) { site { name url tagline locales socialLinks about { heading body { html } page { title } } } userErrors { code } }
		again: createImage(input: {url: "/j.png"}) { image { url } }
		two: updateSite(input: {expectedRevision: 2, tagline: null, about: null, locales: ["de"]}) { site { name tagline locales about { heading } } userErrors { code } }
	}`, nil).must(t)
	expect(t, string(a.Data), `{"image":{"image":{"url":"http://localhost:8080/i.png"}},`+
		`"one":{"site":{"name":"The Paper & Co","url":"https://paper.example","tagline":"All of it","locales":["en","ar"],"socialLinks":["https://social.example/p"],"about":{"heading":"About <us>","body":{"html":"<p>We <strong>print</strong>.</p>\n"},"page":null}},"userErrors":[]},`+
		`"again":{"image":{"url":"https://paper.example/j.png"}},`+
		`"two":{"site":{"name":"The Paper & Co","tagline":null,"locales":["en","de"],"about":null},"userErrors":[]}}`)
	const site = "site { name timeZone } "
	for field, bad := range map[string]any{"name": " ", "url": "paper", "timeZone": "Mars/Base", "defaultLocale": "?", "locales": []string{"en", "?"}, "socialLinks": []string{"javascript:x"}, "about": m{"heading": "", "body": m{"html": "x"}}} {
		refusal(t, n.change(t, "updateSite", "UpdateSiteInput", site, m{field: bad}), "INVALID", "input."+field, "")
	}
	refusal(t, n.change(t, "updateSite", "UpdateSiteInput", site, m{"timeZone": nil}), "INVALID", "input.timeZone", "cannot be cleared")
	expect(t, n.change(t, "updateSite", "UpdateSiteInput", site, m{"timeZone": "Asia/Tokyo"}), `{"site":{"name":"The Paper & Co","timeZone":"Asia/Tokyo"},"userErrors":[]}`)
	today := n.ask(t, `{ onThisDay { date } }`, nil).must(t)
	expect(t, string(today.Data), `{"onThisDay":{"date":"2026-03-01"}}`)

	const menus = "site { menus { location items { label url parentIndex } } } "
	item := func(label, url string, parent any) m { return m{"label": label, "url": url, "parentIndex": parent} }
	n.change(t, "updateMenu", "UpdateMenuInput", menus, m{"location": "foot", "items": []m{item("Contact", "/contact/", nil)}})
	expect(t, n.change(t, "updateMenu", "UpdateMenuInput", menus, m{"location": "main", "items": []m{item("Home", "/", nil), item("Far", "https://far.example/", 0)}}),
		`{"site":{"menus":[{"location":"foot","items":[{"label":"Contact","url":"https://paper.example/contact/","parentIndex":null}]},{"location":"main","items":[{"label":"Home","url":"https://paper.example/","parentIndex":null},{"label":"Far","url":"https://far.example/","parentIndex":0}]}]},"userErrors":[]}`)
	expect(t, n.change(t, "updateMenu", "UpdateMenuInput", menus, m{"location": "foot", "items": []m{}}),
		`{"site":{"menus":[{"location":"main","items":[{"label":"Home","url":"https://paper.example/","parentIndex":null},{"label":"Far","url":"https://far.example/","parentIndex":0}]}]},"userErrors":[]}`)
	for words, bad := range map[string]m{"label is empty": item(" ", "/", nil), "leads nowhere": item("X", "javascript:alert(1)", nil), "comes before it": item("X", "/", 0)} {
		refusal(t, n.change(t, "updateMenu", "UpdateMenuInput", menus, m{"location": "main", "items": []m{bad}}), "INVALID", "input.items", words)
	}
	refusal(t, n.change(t, "updateMenu", "UpdateMenuInput", menus, m{"location": "", "items": []m{}}), "INVALID", "input.location", "empty")
}
