package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/graph"
	"github.com/dateline-cms/dateline/internal/access"
	"github.com/dateline-cms/dateline/internal/news"
)

// drafts is a newsroom with an article of every status, related to the first one.
func drafts(t *testing.T) (*newsroom, map[news.Ref]news.ID) {
	t.Helper()
	n := newNewsroom(t, graph.DefaultLimits)
	article := func(name string, status news.EntryStatus, edit ...func(*news.ArticleRecord)) news.Record {
		a := &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: "Storm " + name, Slug: name, Path: news.Path("/" + name), Status: status, UpdatedAt: now.Add(-time.Hour)},
			EditorSummary: new("Summary of " + name)}, Body: news.HTML("<p>Body with windfall of " + name + ".</p>"), Categories: []news.Ref{"w:world"}}
		if status == news.StatusPublished {
			a.PublishedAt = now.AddDate(0, 0, -2)
		}
		for _, e := range edit {
			e(a)
		}
		return news.Record{Ref: news.Ref("w:" + name), Article: a}
	}
	records := []news.Record{
		{Ref: "w:world", Category: &news.CategoryRecord{Category: news.Category{Name: "World"}}},
		{Ref: "w:sport", Category: &news.CategoryRecord{Category: news.Category{Name: "Sport"}}},
		article("published", news.StatusPublished, func(a *news.ArticleRecord) {
			a.Related = news.Pins("w:draft", "w:in-review", "w:scheduled", "w:unpublished", "w:retracted")
			a.Events = []news.Ref{"w:event"}
		}),
		{Ref: "w:event", Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: "Flood", Status: news.StatusDraft}}, Date: "1999-02-28", Description: "<p>Water.</p>"}},
		{Ref: "w:page", Page: &news.PageRecord{Page: news.Page{Head: news.Head{Title: "Contact", Slug: "contact", Status: news.StatusDraft}}, Body: "<p>Call.</p>"}},
		article("match", news.StatusPublished, func(a *news.ArticleRecord) { a.Categories = []news.Ref{"w:sport"} }),
	}
	for _, s := range news.EntryStatuses {
		if s != news.StatusPublished {
			records = append(records, article(strings.ReplaceAll(strings.ToLower(string(s)), "_", "-"), s, func(a *news.ArticleRecord) {
				if s == news.StatusScheduled {
					a.PublishAt = now.AddDate(0, 0, 3)
				}
			}))
		}
	}
	n.write(t, records...)
	return n, n.ids(t)
}

func scopes(list ...news.Scope) news.Grant { return news.Grant{Scopes: list} }

// TestPreviewSeesEverything asks for entries of every status by all that names them, and in lists.
func TestPreviewSeesEverything(t *testing.T) {
	n, ids := drafts(t)
	editor := n.as(n.key(t, scopes(news.ScopeContentPreview, news.ScopeContentReadFull)))
	for _, name := range []string{"published", "draft", "in-review", "scheduled", "unpublished", "retracted"} {
		query := fmt.Sprintf(`{ byID: article(ref: {id: %q}) { title } byPath: article(ref: {path: "/%s"}) { title } bySlug: article(ref: {slug: {slug: %q}}) { title body { text } }
			node(id: %q) { ... on Article { title } } resolvePath(path: "/%s") { ... on PathFound { node { ... on Article { title } } } ... on PathGone { since } } }`, ids[news.Ref("w:"+name)], name, name, ids[news.Ref("w:"+name)], name)
		title := fmt.Sprintf(`{"title":"Storm %s"}`, name)
		want := fmt.Sprintf(`{"byID":%[1]s,"byPath":%[1]s,"bySlug":{"title":"Storm %[2]s","body":{"text":"Body with windfall of %[2]s."}},"node":%[1]s,"resolvePath":{"node":%[1]s}}`, title, name)
		if a := editor.ask(t, query, nil).must(t); string(a.Data) != want {
			t.Errorf("%s: %s, want %s", name, a.Data, want)
		}
		nothing := `{"byID":null,"byPath":null,"bySlug":null,"node":null,"resolvePath":null}`
		if a := n.ask(t, query, nil).must(t); name != "published" && string(a.Data) != nothing && name != "retracted" {
			t.Errorf("a stranger: %s: %s", name, a.Data)
		}
	}
	a := editor.ask(t, `{
		articles { totalCount nodes { slug status } } drafts: articles(filter: {statuses: [DRAFT, IN_REVIEW]}) { totalCount nodes { slug } }
		published: articles(filter: {statuses: [PUBLISHED]}) { totalCount } not: articles(filter: {not: {statuses: [PUBLISHED]}}, first: 2, orderBy: {field: TITLE, direction: ASC}) { totalCount nodes { slug } }
		category(ref: {slug: "world"}) { articles { totalCount } articleCount }
		article(ref: {slug: {slug: "published"}}) { related(first: 10) { totalCount } historicalEvents { nodes { title status } } }
		page(ref: {slug: "contact"}) { title } onThisDay { headline { title } events { totalCount } } historicalEvents(filter: {statuses: [DRAFT]}) { totalCount }
		search(query: "windfall") { totalCount } viewer { perspective }
	}`, nil).must(t)
	want := `{"articles":{"totalCount":7,"nodes":[{"slug":"scheduled","status":"SCHEDULED"},{"slug":"unpublished","status":"UNPUBLISHED"},{"slug":"retracted","status":"RETRACTED"},` +
		`{"slug":"in-review","status":"IN_REVIEW"},{"slug":"draft","status":"DRAFT"},{"slug":"match","status":"PUBLISHED"},{"slug":"published","status":"PUBLISHED"}]},` +
		`"drafts":{"totalCount":2,"nodes":[{"slug":"in-review"},{"slug":"draft"}]},"published":{"totalCount":2},"not":{"totalCount":5,"nodes":[{"slug":"draft"},{"slug":"in-review"}]},` +
		`"category":{"articles":{"totalCount":6},"articleCount":1},"article":{"related":{"totalCount":5},"historicalEvents":{"nodes":[{"title":"Flood","status":"DRAFT"}]}},` +
		`"page":{"title":"Contact"},"onThisDay":{"headline":{"title":"Flood"},"events":{"totalCount":1}},"historicalEvents":{"totalCount":1},"search":{"totalCount":7},"viewer":{"perspective":"PREVIEW"}}`
	if !sameButTies(string(a.Data), want) {
		t.Errorf("%s\nwant\n%s", a.Data, want)
	}
}

// sameButTies compares answers whose entries of the same instant stand by id, in the order in which they were made.
func sameButTies(got, want string) bool {
	sort := strings.NewReplacer(`{"slug":"draft","status":"DRAFT"}`, "X", `{"slug":"in-review","status":"IN_REVIEW"}`, "X", `{"slug":"unpublished","status":"UNPUBLISHED"}`, "X",
		`{"slug":"retracted","status":"RETRACTED"}`, "X", `[{"slug":"in-review"},{"slug":"draft"}]`, "Y", `[{"slug":"draft"},{"slug":"in-review"}]`, "Y")
	return sort.Replace(got) == sort.Replace(want)
}

// TestRefusedFields asks for more than a key allows: an error that says so, and never a silent null.
func TestRefusedFields(t *testing.T) {
	n, ids := drafts(t)
	published := ids["w:published"].String()
	anyone, reader := n, n.as(n.key(t, scopes(news.ScopeContentRead)))
	titles := n.as(n.key(t, news.Grant{Scopes: fullRead, BodyDepth: news.BodyNone}))
	meter := n.as(n.key(t, scopes(news.ScopeMetricsRead)))
	editor := n.as(n.key(t, scopes(news.ScopeContentEdit)))
	inSport := n.as(n.key(t, news.Grant{Scopes: fullRead, Locales: []news.Locale{"en"}}))
	summary, body := `{ article(ref: {id: "`+published+`"}) { summary } }`, `{ article(ref: {id: "`+published+`"}) { body { text } } }`
	for _, c := range []struct {
		who         string
		as          *newsroom
		query, code string // code is empty when it is answered
		says        string
	}{
		{"anyone", anyone, body, "", ""},
		{"a reader of summaries", reader, summary, "", ""},
		{"a reader of summaries", reader, body, "FORBIDDEN", "CONTENT_READ_FULL"},
		{"a reader of titles", titles, summary, "FORBIDDEN", "NONE"},
		{"a reader of titles", titles, `{ article(ref: {id: "` + published + `"}) { title standfirst } }`, "", ""},
		{"an editor", editor, body, "", ""},
		{"an editor, of an event", editor, `{ historicalEvents { nodes { description { text } } } }`, "", ""},
		{"a reader of summaries, of an event", reader, `{ historicalEvents(first: 0) { totalCount } }`, "", ""},
		{"a meter", meter, `{ articles { totalCount } }`, "FORBIDDEN", "CONTENT_READ"},
		{"a meter", meter, `{ search(query: "storm") { totalCount } }`, "FORBIDDEN", "CONTENT_READ"},
		{"a meter", meter, `{ viewer { name scopes } site { name } }`, "", ""},
		{"anyone", anyone, `{ articles(filter: {statuses: [DRAFT]}) { totalCount } }`, "UNAUTHENTICATED", "CONTENT_PREVIEW"},
		{"anyone", anyone, `{ historicalEvents(filter: {or: [{statuses: [PUBLISHED]}]}) { totalCount } }`, "UNAUTHENTICATED", "CONTENT_PREVIEW"},
		{"a reader", reader, `{ articles(filter: {statuses: [PUBLISHED]}) { totalCount } }`, "FORBIDDEN", "CONTENT_PREVIEW"},
		{"anyone", anyone, `{ apiKeys { totalCount } }`, "UNAUTHENTICATED", "KEYS_MANAGE"},
		{"an editor", editor, `{ apiKeys { totalCount } }`, "FORBIDDEN", "KEYS_MANAGE"},
		{"an editor", editor, `mutation { createApiKey(input: {name: "x", scopes: [CONTENT_READ]}) { secret } }`, "FORBIDDEN", "KEYS_MANAGE"},
		{"an editor", editor, `mutation { createPreviewToken(input: {entryId: "` + published + `"}) { token } }`, "FORBIDDEN", "CONTENT_PREVIEW"},
		{"a limited reader", inSport, `{ topics(orderBy: ARTICLE_COUNT) { totalCount } }`, "FORBIDDEN", "ARTICLE_COUNT"},
		{"a limited reader", inSport, `{ categories(orderBy: {field: ARTICLE_COUNT}) { totalCount } }`, "FORBIDDEN", "ARTICLE_COUNT"},
		{"anyone", anyone, `{ topics(orderBy: ARTICLE_COUNT) { totalCount } }`, "", ""},
	} {
		a := c.as.ask(t, c.query, nil)
		if c.code == "" {
			a.must(t)
		} else if got := a.code(t); got != c.code || !strings.Contains(a.Errors[0].Message, c.says) {
			t.Errorf("%s, %s: %s %q, want %s and %s", c.who, c.query, got, a.Errors[0].Message, c.code, c.says)
		}
	}
	// What may not be read cannot be found out by searching for it either.
	for who, c := range map[string]struct {
		as   *newsroom
		want string
	}{"anyone": {anyone, `{"search":{"totalCount":2}}`}, "a reader of summaries": {reader, `{"search":{"totalCount":0}}`}, "a reader of titles": {titles, `{"search":{"totalCount":0}}`}} {
		if a := c.as.ask(t, `{ search(query: "windfall") { totalCount } }`, nil).must(t); string(a.Data) != c.want {
			t.Errorf("%s finds %s by words of a body, want %s", who, a.Data, c.want)
		}
	}
}

// TestBadCredentials sends what is no key: the answer is a GraphQL error with status 401, whatever was asked.
func TestBadCredentials(t *testing.T) {
	n, ids := drafts(t)
	good := n.key(t, scopes(fullRead...))
	revoked := n.key(t, scopes(fullRead...))
	keys, err := n.store.FindKeys(t.Context(), news.Window{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys.Nodes() {
		if strings.HasPrefix(revoked, k.Prefix) {
			if _, err := n.store.RevokeKey(t.Context(), k.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	typo := good[:len(good)-1] + "a"
	if typo == good {
		typo = good[:len(good)-1] + "b"
	}
	for name, c := range map[string]struct{ authorization, preview string }{
		"a typo": {"Bearer " + typo, ""}, "revoked": {"Bearer " + revoked, ""}, "basic": {"Basic YTpi", ""}, "unknown": {"Bearer " + access.NewSecret().Reveal(), ""},
		"no preview token": {"", "dl_preview_x"}, "a key as a preview token": {"", good}, "a good key with a bad preview token": {"Bearer " + good, "dl_preview_AAAA"},
	} {
		bad := *n
		bad.authorization, bad.preview = c.authorization, c.preview
		a := bad.ask(t, `{ site { name } __schema { queryType { name } } }`, nil)
		if a.status != http.StatusUnauthorized || a.code(t) != "UNAUTHENTICATED" || a.Data != nil {
			t.Errorf("%s: status %d, %s", name, a.status, a.body)
		}
		if a.header.Get("WWW-Authenticate") == "" || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
			t.Errorf("%s: headers %v", name, a.header)
		}
	}
	n.as(good).ask(t, `{ article(ref: {id: "`+ids["w:published"].String()+`"}) { body { text } } }`, nil).must(t)
}

// TestKeysByMutation makes and revokes keys as the holder of one.
func TestKeysByMutation(t *testing.T) {
	n, ids := drafts(t)
	chief := n.as(n.key(t, news.Grant{Scopes: []news.Scope{news.ScopeKeysManage, news.ScopeContentRead, news.ScopeContentReadFull}, Locales: []news.Locale{"en", "de"}}))
	a := chief.ask(t, `mutation ($c: [ID!]) { createApiKey(input: {name: "Partner", scopes: [CONTENT_READ], categoryIds: $c, locales: ["en"], bodyDepth: SUMMARY, expiresAt: "2027-01-01T00:00:00Z"}) {
		secret apiKey { id name prefix scopes grant { categoryIds locales syndicatableOnly bodyDepth } createdAt expiresAt revokedAt lastUsedAt } userErrors { code message path } } }`,
		map[string]any{"c": []string{ids["w:sport"].String()}}).must(t)
	var made struct {
		CreateAPIKey struct {
			Secret     string
			APIKey     struct{ ID, Name, Prefix string }
			UserErrors []any
		} `json:"createApiKey"`
	}
	a.read(t, &made)
	got := made.CreateAPIKey
	if got.Secret == "" || !strings.HasPrefix(got.Secret, got.APIKey.Prefix) || got.APIKey.Name != "Partner" || len(got.UserErrors) > 0 {
		t.Fatalf("%s", a.Data)
	}
	if want := `"scopes":["CONTENT_READ"],"grant":{"categoryIds":["` + ids["w:sport"].String() + `"],"locales":["en"],"syndicatableOnly":false,"bodyDepth":"SUMMARY"},` +
		`"createdAt":"2026-02-28T20:00:00Z","expiresAt":"2027-01-01T00:00:00Z","revokedAt":null,"lastUsedAt":null}`; !strings.Contains(string(a.Data), want) {
		t.Errorf("%s lacks %s", a.Data, want)
	}
	partner := n.as(got.Secret)
	a = partner.ask(t, `{ articles { totalCount nodes { slug } } categories(flat: true) { nodes { slug articleCount } } viewer { name perspective scopes apiKey { id } grant { locales } } page(ref: {slug: "contact"}) { id } }`, nil).must(t)
	if want := `{"articles":{"totalCount":1,"nodes":[{"slug":"match"}]},"categories":{"nodes":[{"slug":"sport","articleCount":1}]},` +
		`"viewer":{"name":"Partner","perspective":"PUBLISHED","scopes":["CONTENT_READ"],"apiKey":{"id":"` + got.APIKey.ID + `"},"grant":{"locales":["en"]}},"page":null}`; string(a.Data) != want {
		t.Errorf("the partner sees %s, want %s", a.Data, want)
	}
	for input, c := range map[string]struct{ code, says string }{
		`name: "More", scopes: [CONTENT_EDIT], locales: ["en"]`: {"FORBIDDEN", "CONTENT_EDIT"},
		`name: "All languages", scopes: [CONTENT_READ]`:         {"FORBIDDEN", "languages"},
		`name: "French", scopes: [CONTENT_READ], locales: "fr"`: {"FORBIDDEN", "languages"},
	} {
		a := chief.ask(t, `mutation { createApiKey(input: {`+input+`}) { secret } }`, nil)
		if got := a.code(t); got != c.code || !strings.Contains(a.Errors[0].Message, c.says) {
			t.Errorf("%s: %s %s", input, got, a.Errors[0].Message)
		}
	}
	nowhere := (news.ID(1)<<22 | news.ID(news.KindCategory)<<16).String()
	for input, code := range map[string]string{
		`name: "", scopes: [CONTENT_READ], locales: ["en"]`:                                                            "INVALID",
		`name: "Past", scopes: [CONTENT_READ], locales: ["en"], expiresAt: "2020-01-01T00:00:00Z"`:                     "INVALID",
		`name: "Nowhere", scopes: [CONTENT_READ], locales: ["en"], categoryIds: ["` + nowhere + `"]`:                   "NOT_FOUND",
		`name: "No section", scopes: [CONTENT_READ], locales: ["en"], categoryIds: ["` + ids["w:page"].String() + `"]`: "INVALID",
		`name: "Nothing", scopes: [], locales: ["en"]`:                                                                 "INVALID",
	} {
		a := chief.ask(t, `mutation { createApiKey(input: {`+input+`}) { secret userErrors { code path } } }`, nil).must(t)
		if want := `{"createApiKey":{"secret":null,"userErrors":[{"code":"` + code + `","path":["input"]}]}}`; string(a.Data) != want {
			t.Errorf("%s: %s, want %s", input, a.Data, want)
		}
	}
	revoke := `mutation { revokeApiKey(input: {id: "` + got.APIKey.ID + `"}) { apiKey { name revokedAt } userErrors { code } } }`
	if a := chief.ask(t, revoke, nil).must(t); string(a.Data) != `{"revokeApiKey":{"apiKey":{"name":"Partner","revokedAt":"2026-02-28T20:00:00Z"},"userErrors":[]}}` {
		t.Errorf("%s", a.Data)
	}
	if a := partner.ask(t, `{ site { name } }`, nil); a.status != http.StatusUnauthorized {
		t.Errorf("a revoked key got %d %s", a.status, a.body)
	}
	a = chief.ask(t, `mutation { revokeApiKey(input: {id: "`+(news.ID(1)<<22|news.ID(news.KindAPIKey)<<16).String()+`"}) { apiKey { id } userErrors { code path } } }`, nil).must(t)
	if string(a.Data) != `{"revokeApiKey":{"apiKey":null,"userErrors":[{"code":"NOT_FOUND","path":["input","id"]}]}}` {
		t.Errorf("%s", a.Data)
	}
	a = chief.ask(t, `{ apiKeys(first: 1) { totalCount nodes { name } pageInfo { hasNextPage } } }`, nil).must(t)
	if !strings.Contains(string(a.Data), `"totalCount":2`) || !strings.Contains(string(a.Data), `"hasNextPage":true`) {
		t.Errorf("%s", a.Data)
	}
}

// TestPreviewTokens shows one entry to strangers.
func TestPreviewTokens(t *testing.T) {
	n, ids := drafts(t)
	editor := n.as(n.key(t, scopes(news.ScopeContentPreview)))
	token := func(ref news.Ref) (value, url string) {
		a := editor.ask(t, `mutation { createPreviewToken(input: {entryId: "`+ids[ref].String()+`", expiresInSeconds: 600}) { token url expiresAt userErrors { code } } }`, nil).must(t)
		var got struct {
			CreatePreviewToken struct{ Token, URL, ExpiresAt string }
		}
		a.read(t, &got)
		if got.CreatePreviewToken.ExpiresAt != "2026-02-28T20:10:00Z" {
			t.Errorf("%s", a.Data)
		}
		return got.CreatePreviewToken.Token, got.CreatePreviewToken.URL
	}
	value, url := token("w:draft")
	if url != "http://localhost:8080/draft?preview="+value {
		t.Errorf("url %s", url)
	}
	guest := *n
	guest.preview = value
	query := fmt.Sprintf(`{ byID: node(id: %q) { ... on Article { title status body { text } } } byPath: article(ref: {path: "/draft"}) { slug } bySlug: article(ref: {slug: {slug: "draft"}}) { slug }
		resolvePath(path: "/draft") { __typename } other: article(ref: {slug: {slug: "scheduled"}}) { slug } articles { totalCount } article(ref: {slug: {slug: "published"}}) { related { nodes { slug } } }
		search(query: "storm") { totalCount } viewer { perspective name } }`, ids["w:draft"])
	want := `{"byID":{"title":"Storm draft","status":"DRAFT","body":{"text":"Body with windfall of draft."}},"byPath":{"slug":"draft"},"bySlug":{"slug":"draft"},"resolvePath":{"__typename":"PathFound"},` +
		`"other":null,"articles":{"totalCount":2},"article":{"related":{"nodes":[{"slug":"draft"}]}},"search":{"totalCount":2},"viewer":{"perspective":"PUBLISHED","name":null}}`
	if a := guest.ask(t, query, nil).must(t); string(a.Data) != want {
		t.Errorf("%s\nwant\n%s", a.Data, want)
	}
	byParameter := *n
	byParameter.url += "?preview=" + value
	if a := byParameter.ask(t, query, nil).must(t); string(a.Data) != want {
		t.Errorf("as a parameter: %s", a.Data)
	}
	guest.preview, _ = token("w:retracted")
	if a := guest.ask(t, `{ article(ref: {path: "/retracted"}) { slug } resolvePath(path: "/retracted") { __typename } draft: article(ref: {path: "/draft"}) { slug } }`, nil).must(t); string(a.Data) != `{"article":{"slug":"retracted"},"resolvePath":{"__typename":"PathFound"},"draft":null}` {
		t.Errorf("%s", a.Data)
	}
	for input, code := range map[string]string{
		`entryId: "` + ids["w:draft"].String() + `", expiresInSeconds: 1`:      "INVALID",
		`entryId: "` + ids["w:draft"].String() + `", expiresInSeconds: 604801`: "INVALID",
		`entryId: "` + ids["w:world"].String() + `"`:                           "NOT_FOUND",
		`entryId: "art_0000000004000"`:                                         "NOT_FOUND",
	} {
		a := editor.ask(t, `mutation { createPreviewToken(input: {`+input+`}) { token userErrors { code } } }`, nil).must(t)
		if want := `{"createPreviewToken":{"token":null,"userErrors":[{"code":"` + code + `"}]}}`; string(a.Data) != want {
			t.Errorf("%s: %s, want %s", input, a.Data, want)
		}
	}
	// A key that sees one section gives no previews of others.
	limited := n.as(n.key(t, news.Grant{Scopes: []news.Scope{news.ScopeContentPreview}, Categories: []news.ID{ids["w:sport"]}}))
	if a := limited.ask(t, `mutation { createPreviewToken(input: {entryId: "`+ids["w:draft"].String()+`"}) { token userErrors { code } } }`, nil).must(t); !strings.Contains(string(a.Data), "NOT_FOUND") {
		t.Errorf("%s", a.Data)
	}
}
