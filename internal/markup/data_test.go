package markup

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// openData opens a file of the shared test data, which is not part of the repository.
func openData(t *testing.T, name string) io.Reader {
	t.Helper()
	if testing.Short() {
		t.Skip("one goroutine: the race detector has nothing to find here")
	}
	f, err := os.Open(filepath.Join("../../../shared/data", name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no shared test data: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if !strings.HasSuffix(name, ".gz") {
		return f
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func decodeData(t *testing.T, name string, v any) {
	t.Helper()
	if err := json.NewDecoder(openData(t, name)).Decode(v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func TestScriptPayloads(t *testing.T) {
	var payloads []struct{ Payload string }
	decodeData(t, "hostile/dompurify-expect.json", &payloads)
	if len(payloads) == 0 {
		t.Fatal("no payloads")
	}
	for _, p := range payloads {
		checkHTML(t, p.Payload)
		checkHTML(t, "<table><tr><td>"+p.Payload+"</table>")
	}
}

func TestNaughtyStrings(t *testing.T) {
	var naughty []string
	decodeData(t, "hostile/blns.json", &naughty)
	for _, s := range naughty {
		checkHTML(t, s)
		checkHTML(t, `<p title="`+s+`"><a href="`+s+`">`+s+`</a></p>`)
		checkLine(t, "title", PlainTitle(s))
		checkLine(t, "slug", Slug(s))
		checkLine(t, "excerpt", Excerpt(s, 10))
		checkPath(t, s)
		checkPath(t, "/"+s)
		checkURL(t, s)
		checkURL(t, "https://example.org/"+s)
		WordCount(s)
	}
}

// An address that is accepted here must lead a browser to the same host; one that browsers refuse must be refused.
func TestBrowserURLs(t *testing.T) {
	var cases []any
	decodeData(t, "hostile/whatwg-url-tests.json", &cases)
	accepted := 0
	for _, c := range cases {
		c, ok := c.(map[string]any)
		if !ok {
			continue // a comment
		}
		input, _ := c["input"].(string)
		checkURL(t, input)
		checkPath(t, input)
		checkHTML(t, `<a href="`+strings.ReplaceAll(input, `"`, "&quot;")+`">x</a>`)
		safe, ok := SafeURL(input)
		if !ok {
			continue
		}
		accepted++
		if protocol, host := c["protocol"], c["host"]; c["failure"] == true || !strings.HasPrefix(safe, fmt.Sprint(protocol, "//", host, "/")) {
			t.Errorf("SafeURL(%q) = %q, browsers: %v", input, safe, c["href"])
		}
	}
	if accepted < 100 {
		t.Errorf("only %d accepted", accepted)
	}
	t.Logf("%d of %d accepted", accepted, len(cases))
}

func TestRealPages(t *testing.T) {
	pages := tar.NewReader(openData(t, "html/readability-pages.tar.gz"))
	n := 0
	for {
		h, err := pages.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(h.Name, "/source.html") && !strings.HasSuffix(h.Name, "/expected.html") {
			continue
		}
		page, err := io.ReadAll(pages)
		if err != nil {
			t.Fatal(err)
		}
		n++
		checkHTML(t, string(page))
		text := Text(string(page))
		if WordCount(text) == 0 || strings.Contains(text, "</p>") || strings.Contains(text, "&nbsp;") {
			t.Errorf("%s: text of %d words: %.200q", h.Name, WordCount(text), text)
		}
	}
	if n == 0 {
		t.Fatal("no pages")
	}
}

// The same news in many languages: a Thai or Khmer estimate must be near the English count, and every title gives a slug.
func TestTranslatedNews(t *testing.T) {
	lines := bufio.NewScanner(openData(t, "news/ntrex-multilingual/articles.jsonl.gz"))
	lines.Buffer(nil, 1<<20)
	counts := map[string]int{}
	for lines.Scan() {
		var story struct {
			Lang, Title string
			Paragraphs  []string
		}
		if err := json.Unmarshal(lines.Bytes(), &story); err != nil {
			t.Fatal(err)
		}
		text := strings.Join(story.Paragraphs, "\n\n")
		counts[story.Lang] += WordCount(text)
		checkHTML(t, "<h1>"+story.Title+"</h1><p>"+strings.Join(story.Paragraphs, "</p><p>"))
		checkLine(t, "excerpt", Excerpt(text, 160))
		if slug := Slug(story.Title); len(slug) < 4 || EncodePath("/"+slug) == "" {
			t.Errorf("%s: Slug(%q) = %q", story.Lang, story.Title, slug)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	t.Log(counts)
	for _, lang := range []string{"tha", "khm", "mya", "fra", "deu", "rus", "hin", "arb"} {
		if n := counts[lang]; n < counts["eng"]*2/3 || n > counts["eng"]*3/2 {
			t.Errorf("%s: %d words, English %d", lang, n, counts["eng"])
		}
	}
	for _, lang := range []string{"zho-CN", "jpn"} {
		if n := counts[lang]; n < counts["eng"]*5/4 || n > counts["eng"]*3 {
			t.Errorf("%s: %d characters, English %d words", lang, n, counts["eng"])
		}
	}
}
