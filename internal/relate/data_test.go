package relate

import (
	"compress/gzip"
	"os"
	"strings"
	"testing"
)

// TestNoAnswers looks at the texts that quality is measured on: none may hold the address of what it links to.
func TestNoAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine: the race detector has nothing to find here")
	}
	for _, set := range []string{"opensuse-news", "18f-posts"} {
		folder := "../../../shared/data/news/" + set
		articles, err := os.Open(folder + "/articles.jsonl.gz")
		if err != nil {
			t.Skip("the real files are not here: ", err)
		}
		defer articles.Close()
		unpacked, err := gzip.NewReader(articles)
		if err != nil {
			t.Fatal(err)
		}
		links, err := os.Open(folder + "/links.tsv")
		if err != nil {
			t.Fatal(err)
		}
		defer links.Close()
		c, err := ReadCollection(unpacked, links)
		if err != nil {
			t.Fatal(err)
		}
		looked := 0
		for from, to := range c.linked {
			text := strings.ToLower(c.documents[from].Text)
			for other := range to {
				slug := c.names[other][len("2006-01-02-"):]
				if looked++; strings.Count(slug, "-") > 1 && strings.Contains(text, slug) {
					t.Errorf("%s: %s names %s", set, c.names[from], c.names[other])
				}
			}
		}
		if looked < 400 {
			t.Errorf("%s: only %d links were looked at", set, looked)
		}
	}
}

func TestWithoutTargets(t *testing.T) {
	for source, want := range map[string]string{
		`as [we wrote](https://a.example/b (old)) in [May]({{ "/2015/05/01/x/" | url }} "title").`: `as [we wrote]() in [May]().`,
		"see [this][1]\n\n[1]: https://a.example/x\nmore":                                          "see [this][1]\n\n\nmore",
		`<a class="x" HREF='/2015/a-b'>here</a> {% post_url 2015-01-01-x %}`:                       `<a class="x">here</a> `,
		"read https://a.example/x_y or www.b.example/z, a.example/2010/10/5/title and 3.5/4":       "read   or     and 3.5/4",
	} {
		if got := withoutTargets(source); got != want {
			t.Errorf("%q: %q, want %q", source, got, want)
		}
	}
}
