package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/graph"
	"github.com/dateline-cms/dateline/internal/media"
	"github.com/dateline-cms/dateline/internal/news"
)

// upload is the mutation that the tests send, with what it answers.
const upload = `mutation ($input: UploadImageInput!) { payload: uploadImage(input: $input) {
	image { id url mimeType sizeInBytes width height title caption { html } credit altText } removed` + userErrors + `} }`

// part is one of a form. A file has the name that it had on the sender's disk.
type part struct{ name, content string }

func formOf(t testing.TB, parts ...part) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = &bytes.Buffer{}
	form := multipart.NewWriter(body)
	for _, p := range parts {
		create := func(name string) (io.Writer, error) { return form.CreateFormFile(name, "../"+name+".exe") }
		if p.name == "operations" || p.name == "map" {
			create = form.CreateFormField
		}
		w, err := create(p.name)
		if err == nil {
			_, err = io.WriteString(w, p.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return body, form.FormDataContentType()
}

// operations are a document and its variables, as the part of a form.
func operations(t testing.TB, query string, variables m) part {
	t.Helper()
	text, err := json.Marshal(m{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return part{"operations", string(text)}
}

// sendForm sends a form as the newsroom's caller.
func (n *newsroom) sendForm(t testing.TB, parts ...part) answer {
	t.Helper()
	body, contentType := formOf(t, parts...)
	return n.sendBody(t, body, contentType)
}

func (n *newsroom) sendBody(t testing.TB, body io.Reader, contentType string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, n.url, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	if n.authorization != "" {
		r.Header.Set("Authorization", n.authorization)
	}
	return n.do(t, r)
}

// upload sends a file with its words.
func (n *newsroom) upload(t testing.TB, file string, input m) string {
	t.Helper()
	input["file"] = nil
	a := n.sendForm(t, operations(t, upload, m{"input": input}), part{"map", `{"0": ["variables.input.file"]}`}, part{"0", file})
	var data struct{ Payload json.RawMessage }
	a.must(t).read(t, &data)
	return string(data.Payload)
}

// photograph is a JPEG of 4 × 3 pixels, and what a camera makes of it with the place of its picture.
func photograph(t testing.TB) (plain, shot string) {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 3)), nil); err != nil {
		t.Fatal(err)
	}
	plain = b.String()
	exif := "Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00 at the old mill"
	return plain, plain[:2] + "\xff\xe1\x00" + string(rune(len(exif)+2)) + exif + plain[2:]
}

// get is a file as readers get it.
func (n *newsroom) get(t testing.TB, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	n.resolver.Media.Handler(func(_ context.Context, err error) { t.Error(err) }).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func TestUploadImage(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits).askedBy(t, editors)
	plain, shot := photograph(t)
	payload := n.upload(t, shot, m{"title": "The mill & <b>", "caption": m{"markdown": "The **mill**."}, "credit": "Ada", "altText": "A mill.", "idempotencyKey": "k1"})
	var p struct {
		Image   struct{ ID, URL string }
		Removed []string
	}
	if err := json.Unmarshal([]byte(payload), &p); err != nil {
		t.Fatal(err)
	}
	path, ok := strings.CutPrefix(p.Image.URL, "http://localhost:8080")
	if !ok || !strings.HasPrefix(path, media.Prefix) || !strings.HasSuffix(path, ".jpg") || len(p.Removed) != 1 || !strings.HasPrefix(p.Removed[0], "Exif") {
		t.Fatalf("got %s", payload)
	}
	expect(t, payload, fmt.Sprintf(`{"image":{"id":%q,"url":%q,"mimeType":"image/jpeg","sizeInBytes":%d,"width":4,"height":3,"title":"The mill & <b>","caption":{"html":"<p>The <strong>mill</strong>.</p>\n"},"credit":"Ada","altText":"A mill."},"removed":[%q],"userErrors":[]}`,
		p.Image.ID, p.Image.URL, len(plain), p.Removed[0]))
	if status, file := n.get(t, path); status != http.StatusOK || file != plain {
		t.Errorf("readers get %d and %d bytes, want the %d without the place", status, len(file), len(plain))
	}
	again := n.upload(t, shot, m{"title": "The mill & <b>", "caption": m{"markdown": "The **mill**."}, "credit": "Ada", "altText": "A mill.", "idempotencyKey": "k1"})
	expect(t, again, payload)
	if other := n.upload(t, plain, m{}); strings.Contains(other, p.Image.ID) || !strings.Contains(other, p.Image.URL) || !strings.Contains(other, `"altText":null},"removed":[],"userErrors":[]`) {
		t.Errorf("without the key the same file is another image: %s", other)
	}
	if drawn := n.upload(t, `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><path d="M0 0L1 1"/></svg>`, m{"altText": ""}); !strings.Contains(drawn, `"mimeType":"image/svg+xml"`) ||
		!strings.Contains(drawn, `"width":null,"height":null`) || !strings.Contains(drawn, `"altText":""},"removed":["<script>"],"userErrors":[]`) {
		t.Errorf("got %s", drawn)
	}
}

// TestRefusedUploads: what is wrong with a file is told where the file is asked for, and makes no image.
func TestRefusedUploads(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits).askedBy(t, editors)
	plain, _ := photograph(t)
	changes := func() string { return string(n.ask(t, `{ changes(first: 100) { nodes { kind } } }`, nil).Data) }
	before := changes()
	for words, file := range map[string]string{
		"is empty":          "",
		"no image":          "#!/bin/sh\nrm -r /\n",
		"damaged":           plain[:len(plain)/2],
		"more than 32 MB":   plain + strings.Repeat(" ", media.MaxBytes),
		"JPEG, PNG, GIF, W": "GIF88a",
	} {
		var p struct {
			Image      any
			Removed    []string
			UserErrors []struct {
				TypeName string `json:"__typename"`
				Code     string
				Message  string
				Path     []string
			}
		}
		got := n.upload(t, file, m{"altText": "x"})
		if err := json.Unmarshal([]byte(got), &p); err != nil {
			t.Fatal(err)
		}
		if p.Image != nil || p.Removed == nil || len(p.UserErrors) != 1 || p.UserErrors[0].TypeName != "InvalidInputError" || p.UserErrors[0].Code != "INVALID" ||
			strings.Join(p.UserErrors[0].Path, ".") != "input.file" || !strings.Contains(p.UserErrors[0].Message, words) {
			t.Errorf("%s: got %s", words, got)
		}
	}
	if after := changes(); after != before {
		t.Errorf("the journal was %s and is %s", before, after)
	}
}

// TestUploadsAreForEditors: nobody else's files are read at all.
func TestUploadsAreForEditors(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	for code, by := range map[string]*newsroom{
		"UNAUTHENTICATED": n,
		"FORBIDDEN":       n.askedBy(t, news.Grant{Scopes: []news.Scope{news.ScopeContentRead, news.ScopeContentPreview, news.ScopeContentPublish}, BodyDepth: news.BodyFull}),
	} {
		body, contentType := formOf(t, operations(t, upload, m{"input": m{"file": nil}}), part{"map", `{"0": ["variables.input.file"]}`})
		read := &counted{Reader: io.MultiReader(body, strings.NewReader(strings.Repeat(" ", media.MaxBytes)))}
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/graphql", read)
		r.Header.Set("Content-Type", contentType)
		if by.authorization != "" {
			r.Header.Set("Authorization", by.authorization)
		}
		n.handler.ServeHTTP(w, r)
		want := map[string]int{"UNAUTHENTICATED": http.StatusUnauthorized, "FORBIDDEN": http.StatusForbidden}[code]
		if w.Code != want || !strings.Contains(w.Body.String(), `"code":"`+code+`"`) || !strings.Contains(w.Body.String(), "CONTENT_EDIT") || read.bytes > 0 {
			t.Errorf("got %d %s after %d bytes, want %s", w.Code, w.Body, read.bytes, code)
		}
	}
}

// counted counts what is read.
type counted struct {
	io.Reader
	bytes int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.bytes += n
	return n, err
}

// TestForms: forms obey the limits of other requests, and say what is wrong with them.
func TestForms(t *testing.T) {
	limits := graph.DefaultLimits
	limits.BodyBytes, limits.Depth = 2000, 4
	n := newNewsroom(t, limits).askedBy(t, editors)
	input := operations(t, upload, m{"input": m{"file": nil}})
	file := part{"0", "x"}
	place := func(path string) part { return part{"map", `{"0": ["` + path + `"]}`} }
	list := operations(t, `query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, m{"ids": []any{nil, "x"}})
	for _, tt := range []struct {
		parts  []part
		status int
		code   string
		words  string
	}{
		{nil, 400, "INVALID", `the part "operations" is missing`},
		{[]part{{"map", "{}"}, input}, 400, "INVALID", `the part "map" comes where "operations" should`},
		{[]part{{"operations", "[" + input.content + "]"}, place("0.variables.input.file"), file}, 400, "INVALID", `the part "operations" is not what it should be`},
		{[]part{{"operations", `{"query": ""}`}, {"map", "{}"}}, 400, "INVALID", "there is no query"},
		{[]part{input}, 400, "INVALID", `the part "map" is missing`},
		{[]part{input, {"map", `["variables.input.file"]`}, file}, 400, "INVALID", `the part "map" is not what it should be`},
		{[]part{input, place("variables.input.file")}, 400, "INVALID", `the map names the part "0", which is missing`},
		{[]part{input, place("variables.input.file"), {"1", "x"}}, 400, "INVALID", `where the part "1" belongs`},
		{[]part{input, place("variables.input.file"), file, file}, 400, "INVALID", "it is there twice"},
		{[]part{input, place("variables"), file}, 400, "INVALID", "no null for a file"},
		{[]part{input, place("variables.input"), file}, 400, "INVALID", "no null for a file"},
		{[]part{input, place("variables.input.file.0"), file}, 400, "INVALID", "no null for a file"},
		{[]part{input, place("variables.0"), file}, 400, "INVALID", "no null for a file"},
		{[]part{input, place("variables.input.other"), file}, 400, "INVALID", "no null for a file"},
		{[]part{input, place("operationName"), file}, 400, "INVALID", "no null for a file"},
		{[]part{input, place("a.b.c"), file}, 400, "INVALID", "no null for a file"},
		{[]part{list, place("variables.ids.2"), file}, 400, "INVALID", "no null for a file"},
		{[]part{list, place("variables.ids.-1"), file}, 400, "INVALID", "no null for a file"},
		{[]part{list, place("variables.ids.1"), file}, 400, "INVALID", "no null for a file"},
		{[]part{{"operations", `{"query": "{ site { name } }"}`}, place("variables.a"), file}, 400, "INVALID", "no null for a file"},
		{[]part{operations(t, upload, m{"input": m{"file": nil, "title": strings.Repeat("x", 2000)}}), place("variables.input.file"), file}, 413, "INVALID", "more than 2000 bytes; send a shorter document"},
		{[]part{input, place("variables.input.file"), {"0", strings.Repeat("x", media.MaxBytes+2000)}}, 413, "INVALID", "one file at a time, of at most 32 MB"},
		{[]part{operations(t, `{ site { menus { items { children { label } } } } }`, nil), {"map", "{}"}}, 200, "GRAPHQL_VALIDATION_FAILED", "children"},
		{[]part{operations(t, `{ articles { nodes { related { nodes { id } } } } }`, nil), {"map", "{}"}}, 200, "LIMITED", "more than 4 deep"},
		{[]part{operations(t, upload, m{"input": m{"file": nil}}), {"map", "{}"}}, 200, "GRAPHQL_VALIDATION_FAILED", "cannot be null"},
	} {
		a := n.sendForm(t, tt.parts...)
		if a.status != tt.status || len(a.Errors) == 0 || a.Errors[0].Extensions.Code != tt.code || !strings.Contains(a.Errors[0].Message, tt.words) {
			t.Errorf("%.100v: got %d %.300s, want %d %s %q", tt.parts, a.status, a.body, tt.status, tt.code, tt.words)
		}
	}
	if a := n.sendForm(t, list, place("variables.ids.0"), file); a.code(t) != "GRAPHQL_VALIDATION_FAILED" {
		t.Errorf("a file in the place of an id: %s", a.body)
	}
	body, contentType := formOf(t, input, place("variables.input.file"), file)
	if a := n.sendBody(t, io.LimitReader(body, int64(body.Len())-20), contentType); a.status != http.StatusBadRequest || !strings.Contains(a.Errors[0].Message, "ended early") {
		t.Errorf("half a form: %d %s", a.status, a.body)
	}
	if a := n.sendBody(t, strings.NewReader("x"), "multipart/form-data"); a.status != http.StatusBadRequest || !strings.Contains(a.Errors[0].Message, "boundary") {
		t.Errorf("no form: %d %s", a.status, a.body)
	}
	if a := n.ask(t, upload, m{"input": m{"file": "x"}}); a.code(t) != "INVALID" || !strings.Contains(a.Errors[0].Message, "multipart/form-data") {
		t.Errorf("text for a file: %s", a.body)
	}
	if a := n.sendBody(t, strings.NewReader("x"), "text/plain"); a.status != http.StatusUnsupportedMediaType || a.header.Get("Accept-Post") != "application/json, multipart/form-data" {
		t.Errorf("text/plain: %d %v", a.status, a.header)
	}
	two := operations(t, `mutation ($files: [Upload!]!, $one: Upload!) { a: uploadImage(input: {file: $one}) { image { width } } }`, m{"files": []any{nil}, "one": nil})
	plain, _ := photograph(t)
	if a := n.sendForm(t, two, part{"map", `{"f": ["variables.files.0", "variables.one"]}`}, part{"f", plain}); a.status != 200 || len(a.Errors) != 1 || !strings.Contains(a.Errors[0].Message, "files") {
		t.Errorf("a variable that is not used: %s", a.body)
	}
	both := operations(t, `mutation ($one: Upload!) { a: uploadImage(input: {file: $one}) { image { width } } b: uploadImage(input: {file: $one, altText: ""}) { image { height } } }`, m{"one": nil})
	expect(t, string(n.sendForm(t, both, part{"map", `{"f": ["variables.one"]}`}, part{"f", plain}).must(t).Data), `{"a":{"image":{"width":4}},"b":{"image":{"height":3}}}`)
}

// TestUploadsOutliveTheTimeoutsOfRequests: who sends a large file over a slow line is not cut off.
func TestUploadsOutliveTheTimeoutsOfRequests(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits).askedBy(t, editors)
	const bound = 200 * time.Millisecond
	server := httptest.NewUnstartedServer(n.handler)
	server.Config.ReadTimeout, server.Config.WriteTimeout = bound, bound
	server.Start()
	t.Cleanup(server.Close)
	n.url = server.URL
	plain, _ := photograph(t)
	body, contentType := formOf(t, operations(t, upload, m{"input": m{"file": nil}}), part{"map", `{"0": ["variables.input.file"]}`}, part{"0", plain})
	start := io.LimitReader(body, int64(body.Len())/2)
	a := n.sendBody(t, io.MultiReader(start, late{time.After(3 * bound)}, body), contentType).must(t)
	if !strings.Contains(string(a.Data), `"width":4,"height":3`) {
		t.Errorf("got %s", a.Data)
	}
}

// late has nothing, and says so after a while.
type late struct{ after <-chan time.Time }

func (l late) Read([]byte) (int, error) {
	<-l.after
	return 0, io.EOF
}
