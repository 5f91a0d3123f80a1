package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/dateline-cms/dateline/internal/importer"
	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// hostileSite has an article for each text, which is its title, slug and body, named test:0, test:1 and so on.
func hostileSite(t *testing.T, texts []string, as func(i int, text string) *news.ArticleRecord) (*site, *importer.Report) {
	t.Helper()
	var lines bytes.Buffer
	w := writer{Writer: &lines}
	for i, text := range texts {
		if err := w.record(news.Record{Ref: news.Ref(fmt.Sprintf("test:%d", i)), Article: as(i, text)}); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	}
	s := newSite(t)
	return s, s.load(importer.JSONLines, "hostile", &lines)
}

// article is what is served of a hostile one.
type article struct {
	Title, Path, Slug, Summary string
	Body                       struct{ HTML, Text string }
}

// served is the page of an article by its number; nil when it is not there.
func (s *site) served(i int) *article {
	s.t.Helper()
	var answer struct{ Article *article }
	s.ask(`query($ref: String!) { article(ref: { externalRef: { system: "test", value: $ref } }) { title path slug summary body { html text } } }`,
		map[string]any{"ref": fmt.Sprint(i)}, &answer)
	return answer.Article
}

func TestNaughtyStrings(t *testing.T) {
	var texts []string
	decodeFile(t, "hostile/blns.json", &texts)
	s, report := hostileSite(t, texts, func(_ int, text string) *news.ArticleRecord {
		return &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: text, Slug: text}, Standfirst: &text, EditorSummary: &text},
			Body: news.HTML(text), Byline: []news.CreditRecord{{Name: "x" + text}}}
	})
	untitled := 0
	for _, text := range texts {
		if markup.PlainTitle(text) == "" { // nothing but markup and white space
			untitled++
		}
	}
	if report.Failed != untitled || report.Created != len(texts)-untitled || len(texts) != 515 {
		t.Errorf("of %d strings %d are no title: %+v", len(texts), untitled, report.Counts)
	}
	for _, r := range report.Records {
		if r.Outcome == news.Failed && !strings.Contains(r.Reason, "title") {
			t.Errorf("%s: %s", r.Ref, r.Reason)
		}
	}
	there := 0
	for i, text := range texts {
		if a := s.served(i); a != nil {
			there++
			checkHTML(t, a.Body.HTML)
			var p page
			s.ask(articlePage, map[string]any{"path": a.Path}, &p)
			if p.ResolvePath == nil || p.ResolvePath.Node == nil || p.ResolvePath.Node.Title != a.Title {
				t.Errorf("%q: its path %s leads to %+v", text, a.Path, p.ResolvePath)
			}
		}
		for _, request := range []map[string]any{
			{"query": text},
			{"query": `query($w: String!) { search(query: $w, first: 3) { totalCount edges { score node { __typename } } } }`, "variables": map[string]any{"w": text}},
			{"query": "{ site { name } } # " + text},
			{"query": `query($p: Path!) { resolvePath(path: $p) { __typename } }`, "variables": map[string]any{"p": text}},
			{"query": `query($p: Path!) { resolvePath(path: $p) { __typename } }`, "variables": map[string]any{"p": "/" + text}},
			{"query": `query($a: String) { articles(first: 1, after: $a) { totalCount } }`, "variables": map[string]any{"a": text}},
			{"query": `query($i: ID!) { node(id: $i) { id } }`, "variables": map[string]any{"i": text}},
			{"query": `{ site { name } }`, "operationName": text},
			{"query": `query($n: String!) { article(ref: { slug: { slug: $n } }) { id } }`, "variables": map[string]any{"n": text}},
			{"query": `query($l: Locale!) { articles(filter: { locales: [$l] }) { totalCount } }`, "variables": map[string]any{"l": text}},
			{"query": `query($z: TimeZone!) { onThisDay(day: { todayIn: $z }) { date } }`, "variables": map[string]any{"z": text}},
		} {
			status, answer := s.post(request)
			checkAnswer(t, fmt.Sprint(request), status, answer)
		}
		response, err := http.Get(s.url + "/media/" + url.PathEscape(text))
		if err != nil {
			t.Fatalf("media %q: %v", text, err)
		}
		response.Body.Close()
		if response.StatusCode >= 500 {
			t.Errorf("media %q: %s", text, response.Status)
		}
	}
	if there != report.Created {
		t.Errorf("%d articles are served, %d were created", there, report.Created)
	}
	s.checkDatabase()
}

// checkAnswer checks that a strange request gets a proper answer, which may be an error of the client's but not of ours.
func checkAnswer(t *testing.T, request string, status int, answer []byte) {
	t.Helper()
	var parsed struct {
		Data   json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal(answer, &parsed); err != nil || status >= 500 || parsed.Data == nil && parsed.Errors == nil {
		t.Errorf("%.200s: status %d, %v, %.300s", request, status, err, answer)
	}
	for _, e := range parsed.Errors {
		if e.Message == "" || e.Extensions.Code == string(news.Internal) {
			t.Errorf("%.200s: %.300s", request, answer)
		}
	}
}

func TestScriptsDoNotGetThrough(t *testing.T) {
	var vectors []struct{ Payload string }
	decodeFile(t, "hostile/dompurify-expect.json", &vectors)
	var texts []string
	for _, v := range vectors {
		texts = append(texts, v.Payload, "<table><tr><td>"+v.Payload+"</td></tr></table>", "<p title=\""+v.Payload+"\">"+v.Payload)
	}
	s, report := hostileSite(t, texts, func(i int, text string) *news.ArticleRecord {
		return &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: fmt.Sprint("Vector ", i)}}, Body: news.HTML(text)}
	})
	if report.Created != len(texts) || len(vectors) != 223 {
		t.Errorf("%d vectors: %+v", len(vectors), report.Counts)
	}
	for i := range texts {
		a := s.served(i)
		if a == nil {
			t.Fatalf("vector %d is not served", i)
		}
		checkHTML(t, a.Body.HTML)
	}
}

// checkHTML parses what is served as a browser does, and finds nothing that runs.
func checkHTML(t *testing.T, served string) {
	t.Helper()
	tree, err := html.Parse(strings.NewReader("<!doctype html><body>" + served))
	if err != nil {
		t.Fatal(err)
	}
	for n := range tree.Descendants() {
		if n.Type == html.CommentNode {
			t.Errorf("a comment is left in %q", served)
		}
		if n.Type != html.ElementNode {
			continue
		}
		if n.Namespace != "" || strings.Contains(" script style iframe object embed form input textarea select button base link meta svg math template noscript frame frameset applet ", " "+n.Data+" ") {
			t.Errorf("<%s> is left in %q", n.Data, served)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" || a.Key == "formaction" {
				t.Errorf("the attribute %s is left in %q", a.Key, served)
			}
			if a.Key == "href" || a.Key == "src" || a.Key == "cite" || a.Key == "poster" || a.Key == "action" {
				scheme, _, found := strings.Cut(strings.ToLower(a.Val), ":")
				if found && !strings.ContainsAny(scheme, "/?#") && scheme != "http" && scheme != "https" && scheme != "mailto" {
					t.Errorf("the address %q is left in %q", a.Val, served)
				}
			}
		}
	}
}

// TestOddJSON sends the files of a suite for JSON parsers as requests, and as variables of one.
func TestOddJSON(t *testing.T) {
	s := newSite(t)
	files := archive(t, "hostile/json-test-suite.tar.gz")
	if len(files) != 170 {
		t.Errorf("%d files, want 160 + 10", len(files))
	}
	for name, content := range files {
		status, answer := s.postRaw(content)
		checkAnswer(t, name, status, answer)
		if strings.Contains(name, "/n_") && status != http.StatusBadRequest {
			t.Errorf("%s: status %d for what is not JSON: %.200s", name, status, answer)
		}
		inside := append(append([]byte(`{"query":"query($v: ID!) { node(id: $v) { id } }","variables":{"v":`), content...), "}}"...)
		status, answer = s.postRaw(inside)
		checkAnswer(t, name+" inside", status, answer)
		response, err := http.Get(s.url + "/graphql?query=" + url.QueryEscape("{ site { name } }") + "&variables=" + url.QueryEscape(string(content)))
		if err != nil {
			t.Fatalf("%s by GET: %v", name, err)
		}
		response.Body.Close()
		if response.StatusCode >= 500 {
			t.Errorf("%s by GET: %s", name, response.Status)
		}
	}
}

func TestOddXML(t *testing.T) {
	s := newSite(t)
	files := archive(t, "hostile/xml-malformed.tar.gz")
	before, inputs := s.position(), 0
	for name, content := range files {
		for _, format := range []importer.Format{importer.WXR, importer.JSONLines, importer.OnThisDay} {
			day := news.MonthDay{Month: 2, Day: 6}
			report, err := importer.Run(t.Context(), format, bytes.NewReader(content), importer.Options{Input: name, Stage: s.Stage, Finish: s.FinishImport, Day: &day})
			if err != nil && news.KindOf(err) != news.Invalid {
				t.Errorf("%s as %s: %v", name, format, err)
			}
			if report.Created+report.Updated > 0 {
				t.Errorf("%s as %s: %+v", name, format, report.Counts)
			}
		}
		inputs++
	}
	if inputs < 47 || s.position() != before {
		t.Errorf("%d inputs; the journal went from %d to %d", inputs, before, s.position())
	}
}

// TestOddURLs asks for each address of the URL standard's tests as a path, and stores them as links and pictures.
func TestOddURLs(t *testing.T) {
	var cases []json.RawMessage
	decodeFile(t, "hostile/whatwg-url-tests.json", &cases)
	var inputs []string
	for _, c := range cases {
		var parsed struct{ Input, Href string }
		if json.Unmarshal(c, &parsed) == nil { // others are comments
			inputs = append(inputs, parsed.Input, parsed.Href)
		}
	}
	if len(inputs) < 1500 {
		t.Fatalf("only %d addresses", len(inputs))
	}
	s, report := hostileSite(t, inputs, func(i int, text string) *news.ArticleRecord {
		return &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: fmt.Sprint("Address ", i)}},
			Body: news.HTML(`<p><a href="` + html.EscapeString(text) + `">x</a> <img src="` + html.EscapeString(text) + `" alt=""></p>`)}
	})
	if report.Created != len(inputs) {
		t.Errorf("%d addresses: %+v", len(inputs), report.Counts)
	}
	for i, input := range inputs {
		a := s.served(i)
		if a == nil {
			t.Fatalf("address %d is not served", i)
		}
		checkHTML(t, a.Body.HTML)
		for _, path := range []string{input, "/" + input} {
			status, answer := s.post(map[string]any{"query": `query($p: Path!) { resolvePath(path: $p) { __typename } }`, "variables": map[string]any{"p": path}})
			checkAnswer(t, path, status, answer)
		}
	}
}

// archive reads the files of a tar.
func archive(t *testing.T, name string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := reading(data(t, name), func(in io.Reader) error {
		for tr := tar.NewReader(in); ; {
			h, err := tr.Next()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			if h.Typeflag == tar.TypeReg {
				if files[h.Name], err = io.ReadAll(tr); err != nil {
					return err
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
