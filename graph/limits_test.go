package graph_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/graph"
)

// TestLimits asks what would cost too much. Each is refused before anything of it runs, and says so by its code.
func TestLimits(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	const parseFailed, invalid, limited, validation = "GRAPHQL_PARSE_FAILED", "INVALID", "LIMITED", "GRAPHQL_VALIDATION_FAILED"
	nested := func(open, middle, shut string, times int) string {
		return strings.Repeat(open, times) + middle + strings.Repeat(shut, times)
	}
	numbered := func(format string, times int) string {
		var b strings.Builder
		for i := range times {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	nest := func(field string, times int) any {
		var filter any = map[string]any{"isSticky": true}
		for range times {
			filter = map[string]any{field: filter}
		}
		return filter
	}
	ids := slices.Repeat([]string{"art_0000000004000"}, 101)
	const filtered = `query ($f: ArticleFilter) { articles(filter: $f) { totalCount } }`
	for name, c := range map[string]struct {
		query     string
		variables map[string]any
		code      string // empty when the answer is right
	}{
		"tokens":                       {query: "{" + numbered(" a%d: __typename", 2000) + "}", code: parseFailed},
		"1000 aliases":                 {query: "{" + numbered(" a%d: __typename", 1000) + "}"},
		"10,000 aliases":               {query: "{" + numbered(" a%d: site { name }", 10_000) + "}", code: parseFailed},
		"selections within each other": {query: nested("{site", "{name}", "}", 2000), code: parseFailed},
		"selections never closed":      {query: strings.Repeat("{", 500_000), code: parseFailed},
		"lists within each other":      {query: `{ nodes(ids: ` + nested("[", "", "]", 2000) + `) { id } }`, code: parseFailed},
		"lists never closed":           {query: `{ nodes(ids: ` + strings.Repeat("[", 500_000), code: parseFailed},
		"objects within each other":    {query: `{ articles(filter: ` + nested("{not: ", "{}", "}", 300) + `) { totalCount } }`, code: limited},
		"list types":                   {query: "query ($x: " + nested("[", "Int", "]", 2000) + ") { __typename }", code: parseFailed},
		"depth 15":                     {query: "{ category(ref: {slug: \"a\"})" + nested("{parent", "{name}", "}", 13) + " }"},
		"depth 16":                     {query: "{ category(ref: {slug: \"a\"})" + nested("{parent", "{name}", "}", 14) + " }", code: limited},
		"depth by fragments": {query: "{ category(ref: {slug: \"a\"}) { ...f0 } }" + " fragment f0 on Category { parent { ...g } }" +
			" fragment g on Category " + nested("{parent", "{name}", "}", 13), code: limited},
		"cost of lists":               {query: `{ articles(first: 100) { nodes { related(first: 100) { nodes { title slug } } } } }`, code: limited},
		"cost of lists without first": {query: `{ articles { nodes { a: related { nodes { related(first: 100) { nodes { title } } } } } } }`, code: limited},
		"cost of facets":              {query: `{ search(query: "a") { facets(fields: [CATEGORY, TOPIC, AUTHOR], limit: 100) { buckets { node { ... on Category { articles(first: 20) { nodes { title slug } } } } } } } }`, code: limited},
		"few facets":                  {query: `{ search(query: "a") { facets(fields: [CATEGORY, TOPIC, AUTHOR]) { buckets { node { ... on Category { articles(first: 5) { nodes { title } } } } } } } }`},
		"cost by a variable":          {query: `query ($n: Int) { articles(first: $n) { nodes { related(last: $n) { nodes { title slug } } } } }`, variables: map[string]any{"n": 100}, code: limited},
		"small by a variable":         {query: `query ($n: Int) { articles(first: $n) { nodes { related(last: $n) { nodes { title slug } } } } }`, variables: map[string]any{"n": 10}},
		"default of a variable":       {query: `query ($n: Int = 100) { articles(first: $n) { nodes { related(last: $n) { nodes { title slug } } } } }`, code: limited},
		"cost of plain lists":         {query: `{ articles(first: 100) { nodes { categories { ancestors { children(first: 10) { nodes { name } } } } } } }`, code: limited},
		"cost by aliases":             {query: "{" + numbered(" a%d: articles(first: 100) { nodes { title } }", 100) + "}", code: limited},
		"cost of ids":                 {query: `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Category { articles(first: 100) { nodes { title slug } } } } }`, variables: map[string]any{"ids": ids[:100]}, code: limited},
		"a cost above all integers":   {query: "{ articles(first: 100)" + nested("{ nodes { related(first: 100)", "{ totalCount }", "} }", 6) + "}", code: limited},
		"fragments multiply": {query: "{ ...f0 }" + "" +
			func() (s string) {
				for i := range 30 {
					s += fmt.Sprintf(" fragment f%d on Query { ...f%d ...f%d }", i, i+1, i+1)
				}
				return s + " fragment f30 on Query { __typename }"
			}(), code: limited},
		"fragment cycle":           {query: "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }", code: validation},
		"fragment within itself":   {query: "{ site { ...a } } fragment a on Site { about { page { parent { ...b } } } } fragment b on Page { parent { ...b } }", code: validation},
		"fields again and again":   {query: "{" + strings.Repeat(" __typename", 4000) + "}", code: limited},
		"objects again and again":  {query: "{" + strings.Repeat(" site { name }", 1000) + "}", code: limited},
		"inner fields again":       {query: "{" + strings.Repeat("site {"+strings.Repeat(" name", 400)+" }", 10) + "}", code: limited},
		"inline fragments":         {query: nested("{ ...", "{"+numbered(" a%d: __typename", 1000)+"}", "}", 400), code: limited},
		"a hundred times the same": {query: "{" + strings.Repeat(" site { name }", 100) + "}"},
		"fragments side by side":   {query: "{" + numbered(" ...f%d", 500) + "}" + numbered(" fragment f%d on Query { __typename }", 500), code: limited},
		"101 ids":                  {query: `query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, variables: map[string]any{"ids": ids}, code: invalid},
		"100 ids":                  {query: `query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, variables: map[string]any{"ids": ids[:100]}},
		"10,000 ids":               {query: `query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, variables: map[string]any{"ids": slices.Repeat(ids, 100)}, code: limited},
		"10,000 kinds":             {query: filtered, variables: map[string]any{"f": map[string]any{"kinds": slices.Repeat([]string{"NEWS"}, 10_000)}}, code: limited},
		"900 kinds":                {query: filtered, variables: map[string]any{"f": map[string]any{"kinds": slices.Repeat([]string{"NEWS", "OPINION"}, 450)}}},
		"900 locales":              {query: filtered, variables: map[string]any{"f": map[string]any{"locales": slices.Repeat([]string{"en", "de"}, 450)}}},
		"a wide filter":            {query: filtered, variables: map[string]any{"f": map[string]any{"or": slices.Repeat([]any{map[string]any{"isSticky": false}}, 490)}}},
		"a wide filter of ands":    {query: filtered, variables: map[string]any{"f": map[string]any{"and": slices.Repeat([]any{map[string]any{"isSticky": false}}, 490)}}},
		"many terms":               {query: filtered, variables: map[string]any{"f": map[string]any{"topics": map[string]any{"allOf": slices.Repeat([]any{map[string]any{"slug": "x"}}, 490)}}}},
		"a deep filter":            {query: filtered, variables: map[string]any{"f": nest("not", 13)}},
		"too deep a filter":        {query: filtered, variables: map[string]any{"f": nest("not", 14)}, code: limited},
		"far too deep a filter":    {query: filtered, variables: map[string]any{"f": nest("not", 5000)}, code: limited},
		"deep lists of filters":    {query: filtered, variables: map[string]any{"f": nest("or", 2000)}, code: limited},
		"first above 32 bits":      {query: `{ articles(first: 4294967296) { totalCount } }`, code: invalid},
		"first above 64 bits":      {query: `{ articles(first: 99999999999999999999) { totalCount } }`, code: validation},
		"first by exponent":        {query: `{ articles(first: 1e3) { totalCount } }`, code: validation},
		"variable above 64 bits":   {query: `query ($n: Int) { articles(first: $n) { totalCount } }`, variables: map[string]any{"n": 1e300}, code: validation},
		"words of a search":        {query: `query ($q: String!) { search(query: $q) { totalCount } }`, variables: map[string]any{"q": strings.Repeat("word ", 33)}, code: invalid},
		"32 words":                 {query: `query ($q: String!) { search(query: $q) { totalCount } }`, variables: map[string]any{"q": strings.Repeat("word ", 32)}},
		"a long word":              {query: `query ($q: String!) { search(query: $q) { totalCount } }`, variables: map[string]any{"q": strings.Repeat("w", 500_000)}},
		"a long path":              {query: `query ($p: Path!) { resolvePath(path: $p) { __typename } }`, variables: map[string]any{"p": "/" + strings.Repeat("a/", 200_000)}},
		"years":                    {query: `{ historicalEvents(filter: {astronomicalYear: {from: -9223372036854775808, to: 9223372036854775807}}) { totalCount } }`},
		"introspection":            {query: introspection},
		"introspection ten times":  {query: "{" + numbered(" a%d: "+introspectionSchema, 10) + "}" + introspectionFragments, code: limited},
		"introspection in circles": {query: "{ __schema { types" + nested("{ fields { type ", "{ name }", "} }", 6) + "} }", code: validation},
	} {
		t.Run(name, func(t *testing.T) {
			a := n.ask(t, c.query, c.variables)
			if c.code == "" {
				a.must(t)
				return
			}
			if len(a.Errors) == 0 {
				t.Fatalf("it was answered: %.300s", a.body)
			}
			for _, e := range a.Errors {
				if e.Extensions.Code != c.code {
					t.Errorf("code %s, want %s: %s", e.Extensions.Code, c.code, e.Message)
				}
			}
			if a.Extensions.Explain.Statements > 0 {
				t.Errorf("it took %d statements", a.Extensions.Explain.Statements)
			}
		})
	}
}

// What GraphiQL asks when it starts, which must be within all limits.
const (
	introspectionSchema = `__schema { queryType { name kind } mutationType { name kind } subscriptionType { name kind } types { ...FullType }
		directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } }`
	introspectionFragments = `
		fragment FullType on __Type { kind name description specifiedByURL isOneOf
			fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
			inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
			enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
		fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
		fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
			ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }`
	introspection = "query IntrospectionQuery { " + introspectionSchema + " }" + introspectionFragments
)

// TestBodies sends what is no proper request.
func TestBodies(t *testing.T) {
	limits := graph.DefaultLimits
	limits.BodyBytes = 10_000
	n := newNewsroom(t, limits)
	const typical = `{"query":"{ site { name } }"}`
	for name, c := range map[string]struct {
		method, contentType, accept, body string
		status                            int
		code                              string
	}{
		"fine":                         {body: typical, status: 200},
		"with a charset":               {contentType: "application/json; charset=utf-8", body: typical, status: 200},
		"no content type":              {contentType: "-", body: typical, status: 415, code: "INVALID"},
		"a form":                       {contentType: "application/x-www-form-urlencoded", body: "query=x", status: 415, code: "INVALID"},
		"plain text":                   {contentType: "text/plain", body: typical, status: 415, code: "INVALID"},
		"multipart":                    {contentType: "multipart/form-data; boundary=x", body: "--x--", status: 401, code: "UNAUTHENTICATED"},
		"too large":                    {body: `{"query":"` + strings.Repeat(" ", 10_000) + `"}`, status: 413, code: "INVALID"},
		"5 MB of brackets":             {body: strings.Repeat("[", 5<<20), status: 413, code: "INVALID"},
		"brackets":                     {body: strings.Repeat("[", 9999), status: 400, code: "INVALID"},
		"brackets in variables":        {body: `{"query":"{ __typename }","variables":{"a":` + strings.Repeat("[", 9000), status: 400, code: "INVALID"},
		"unused variables in brackets": {body: `{"query":"{ __typename }","variables":{"a":` + strings.Repeat("[", 4000) + strings.Repeat("]", 4000) + `}}`, status: 200},
		"empty":                        {body: "", status: 400, code: "INVALID"},
		"no JSON":                      {body: "{ site { name } }", status: 400, code: "INVALID"},
		"cut off":                      {body: typical[:20], status: 400, code: "INVALID"},
		"two requests":                 {body: typical + typical, status: 400, code: "INVALID"},
		"a batch":                      {body: "[" + typical + "]", status: 400, code: "INVALID"},
		"null":                         {body: "null", status: 400, code: "INVALID"},
		"a number as query":            {body: `{"query": 1}`, status: 400, code: "INVALID"},
		"variables as text":            {body: `{"query":"{ __typename }","variables":"x"}`, status: 400, code: "INVALID"},
		"no query":                     {body: `{"variables":{}}`, status: 400, code: "INVALID"},
		"blank query":                  {body: `{"query":" \n "}`, status: 400, code: "INVALID"},
		"only a comment":               {body: `{"query":"# nothing"}`, status: 200, code: "GRAPHQL_VALIDATION_FAILED"},
		"only a fragment":              {body: `{"query":"fragment f on Site { name }"}`, status: 200, code: "GRAPHQL_VALIDATION_FAILED"},
		"null variables":               {body: `{"query":"{ __typename }","variables":null,"operationName":null,"extensions":null}`, status: 200},
		"unknown operation":            {body: `{"query":"query A { __typename }","operationName":"B"}`, status: 200, code: "GRAPHQL_VALIDATION_FAILED"},
		"named operation":              {body: `{"query":"query A { __typename } query B { site { name } }","operationName":"B"}`, status: 200},
		"broken UTF-8":                 {body: "{\"query\":\"{ search(query: \\\"\xff\xfe\\\") { totalCount } }\"}", status: 200},
		"zero byte":                    {body: `{"query":"{ search(query: \"a\\u0000b\") { totalCount } }"}`, status: 200},
		"lone surrogate":               {body: `{"query":"{ search(query: \"\\ud800\") { totalCount } }"}`, status: 200},
		"odd text in an error":         {body: `{"query":"{ node(id: \"\\u2028<script>\\\"\\\\ \\u0007\") { id } }"}`, status: 200, code: "INVALID"},
		"syntax, old media type":       {body: `{"query":"{"}`, status: 400, code: "GRAPHQL_PARSE_FAILED"},
		"syntax, new media type":       {accept: "application/graphql-response+json", body: `{"query":"{"}`, status: 400, code: "GRAPHQL_PARSE_FAILED"},
		"invalid, old media type":      {accept: "application/json", body: `{"query":"{ nothing }"}`, status: 200, code: "GRAPHQL_VALIDATION_FAILED"},
		"invalid, new media type":      {accept: "application/graphql-response+json", body: `{"query":"{ nothing }"}`, status: 400, code: "GRAPHQL_VALIDATION_FAILED"},
		"field error, new media type":  {accept: "application/graphql-response+json", body: `{"query":"{ articles(first: -1) { totalCount } }"}`, status: 200, code: "INVALID"},
		"put":                          {method: "PUT", body: typical, status: 400, code: ""},
	} {
		t.Run(name, func(t *testing.T) {
			method := c.method
			if method == "" {
				method = http.MethodPost
			}
			request, err := http.NewRequest(method, n.url, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			switch c.contentType {
			case "-":
			case "":
				request.Header.Set("Content-Type", "application/json")
			default:
				request.Header.Set("Content-Type", c.contentType)
			}
			if c.accept != "" {
				request.Header.Set("Accept", c.accept)
			}
			request.Header.Set("Dateline-Explain", "1")
			a := n.do(t, request)
			if a.status != c.status {
				t.Errorf("status %d, want %d: %.300s", a.status, c.status, a.body)
			}
			if c.code != "" && a.code(t) != c.code {
				t.Errorf("code %s, want %s", a.code(t), c.code)
			}
			if c.code == "" && c.status == 200 && len(a.Errors) > 0 {
				t.Errorf("errors %+v", a.Errors)
			}
		})
	}
}

func TestMediaTypes(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	const older, newer = "application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8"
	for accept, want := range map[string]string{
		"":                                  older,
		"*/*":                               older,
		"application/*":                     older,
		"application/json":                  older,
		"application/graphql-response+json": newer,
		"application/graphql-response+json, application/json;q=0.9": newer,
		"application/json, application/graphql-response+json;q=0.5": older,
		"application/json;q=0.5, application/graphql-response+json": newer,
		"application/graphql-response+json;q=0, application/json":   older,
		"text/html, */*;q=0.1": older,
		"nonsense;;;,":         older,
	} {
		request, err := http.NewRequest(http.MethodGet, n.url+"?query="+url.QueryEscape("{ site { name } }"), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept", accept)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := response.Header.Get("Content-Type"); got != want || response.StatusCode != 200 {
			t.Errorf("Accept %q: %d %s, want %s", accept, response.StatusCode, got, want)
		}
		if response.Header.Get("Vary") != "Accept" {
			t.Errorf("Vary is %q", response.Header.Get("Vary"))
		}
	}
}

func TestGet(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	for name, c := range map[string]struct {
		query  url.Values
		status int
		want   string // part of the answer
	}{
		"query":             {url.Values{"query": {"{ site { name } }"}}, 200, `{"data":{"site":{"name":"Untitled"}}}`},
		"variables":         {url.Values{"query": {"query ($n: Int) { articles(first: $n) { totalCount } }"}, "variables": {`{"n": 1}`}}, 200, `"totalCount":0`},
		"broken variables":  {url.Values{"query": {"{ __typename }"}, "variables": {`{"n"`}}, 400, "variables is not a JSON object"},
		"broken extensions": {url.Values{"query": {"{ __typename }"}, "extensions": {`[]`}}, 400, "extensions is not a JSON object"},
		"operation name":    {url.Values{"query": {"query A { a: __typename } query B { b: __typename }"}, "operationName": {"B"}}, 200, `{"data":{"b":"Query"}}`},
		"no query":          {url.Values{}, 400, "there is no query"},
		"mutation":          {url.Values{"query": {`mutation { submitEntry(input: {id: "art_0000000004000", expectedRevision: 1}) { userErrors { code } } }`}}, 405, "send a mutation by POST"},
		"brackets":          {url.Values{"query": {strings.Repeat("{", 10_000)}}, 400, "GRAPHQL_PARSE_FAILED"},
		"nested variables":  {url.Values{"query": {"{ __typename }"}, "variables": {`{"a":` + strings.Repeat("[", 20_000)}}, 400, "variables is not a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequest(http.MethodGet, n.url+"?"+c.query.Encode(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if a := n.do(t, request); a.status != c.status || !strings.Contains(string(a.body), c.want) {
				t.Errorf("%d %.300s, want %d with %s", a.status, a.body, c.status, c.want)
			}
		})
	}
}

// TestOddTexts sends texts that are hard to write as JSON through the database and back.
func TestOddTexts(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	texts := map[string]string{
		"quotes": `"\'` + "`", "newlines": "a\nb\rc\td", "controls": "\u0001\u001f\u007f", "separators": "\u2028\u2029", "script": "</script><!--",
		"astral": "𝒳 👩‍👩‍👧", "rtl": "\u202eابجد", "slash": `\u0041\`, "empty": "",
	}
	for i, name := range slices.Sorted(maps.Keys(texts)) {
		a := n.ask(t, `query ($q: String!, $ref: TermRef!) { search(query: $q) { totalCount } topic(ref: $ref) { name } }`,
			map[string]any{"q": texts[name], "ref": map[string]any{"slug": texts[name]}})
		if len(a.Errors) > 0 {
			t.Errorf("%d, %s: %+v", i, name, a.Errors)
		}
	}
}
