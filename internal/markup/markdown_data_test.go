package markup

import (
	"archive/tar"
	"bufio"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// Real bodies, written as HTML and as Markdown, must come back the same.
func TestMarkdownOfRealBodies(t *testing.T) {
	eachBody(t, func(t *testing.T, body string) { checkMarkdownRound(t, body) })
}

// eachBody runs f on bodies of the shared test data, in HTML: all of WordPress, the long ones and some others of the news.
func eachBody(t *testing.T, f func(t *testing.T, body string)) {
	for _, name := range []string{"wxr/real-blog-cc-labs.xml.gz", "wxr/theme-unit-test-data.xml", "wxr/64-block-test-data.xml", "wxr/content-framework.xml",
		"wxr/magazine-demo/colormag-newspaper.xml.gz", "wxr/magazine-demo/colormag-pro-online-news.xml.gz", "wxr/magazine-demo/colornews-free.xml.gz"} {
		t.Run(name, func(t *testing.T) {
			n := 0
			for x := xml.NewDecoder(openData(t, name)); ; {
				token, err := x.Token()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if start, ok := token.(xml.StartElement); ok && start.Name.Local == "encoded" {
					var body string
					if err := x.DecodeElement(&body, &start); err != nil {
						t.Fatal(err)
					}
					f(t, body)
					n++
				}
			}
			t.Logf("%d bodies", n)
		})
	}
	for _, name := range []string{"news/opensuse-news/articles.jsonl.gz", "news/18f-posts/articles.jsonl.gz"} {
		t.Run(name, func(t *testing.T) {
			lines := bufio.NewScanner(openData(t, name))
			lines.Buffer(nil, 1<<22)
			n := 0
			for lines.Scan() {
				var post struct {
					Body string `json:"body_markdown"`
				}
				if err := json.Unmarshal(lines.Bytes(), &post); err != nil {
					t.Fatal(err)
				}
				if n++; n%25 != 0 && len(post.Body) < 80_000 {
					continue
				}
				body, err := FromMarkdown(post.Body)
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				f(t, body)
			}
			if err := lines.Err(); err != nil || n == 0 {
				t.Fatalf("%d bodies: %v", n, err)
			}
			t.Logf("%d bodies", n)
		})
	}
	t.Run("html/readability-pages.tar.gz", func(t *testing.T) {
		pages := tar.NewReader(openData(t, "html/readability-pages.tar.gz"))
		for {
			h, err := pages.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(h.Name, "/expected.html") {
				page, err := io.ReadAll(pages)
				if err != nil {
					t.Fatal(err)
				}
				f(t, string(page))
			}
		}
	})
}
