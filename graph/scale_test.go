package graph_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/graph"
	"github.com/dateline-cms/dateline/internal/demo"
	"github.com/dateline-cms/dateline/internal/explorer"
	"github.com/dateline-cms/dateline/internal/news"
)

// pageQueries are the two queries whose number of statements is bounded, as the explorer has them.
func pageQueries(t testing.TB) (articlePage, frontPage string) {
	t.Helper()
	for _, q := range explorer.Queries() {
		switch q.Name {
		case "Article page":
			articlePage = q.Document
		case "Front page":
			frontPage = q.Document
		}
	}
	if articlePage == "" || frontPage == "" {
		t.Fatal("the explorer has no queries of these names")
	}
	return articlePage, frontPage
}

func TestStatementsDoNotGrowWithNewsroom(t *testing.T) {
	articlePage, frontPage := pageQueries(t)
	large := 10_000
	if testing.Short() || underRace {
		large = 500
	}
	type counts struct{ article, front int }
	var got []counts
	for _, size := range []int{10, large} {
		n := newNewsroom(t, graph.DefaultLimits)
		n.write(t, manyRecords(size)...)
		article := n.ask(t, articlePage, map[string]any{"path": "/category-1/article-7/"}).must(t)
		if !strings.Contains(string(article.Data), `"title":"Article 7"`) {
			t.Fatalf("the page shows %.300s", article.Data)
		}
		front := n.ask(t, frontPage, map[string]any{"first": 20}).must(t)
		if shown := strings.Count(string(front.Data), `"summary"`); shown != min(size, 20) {
			t.Fatalf("the front page shows %d articles", shown)
		}
		got = append(got, counts{article.Extensions.Explain.Statements, front.Extensions.Explain.Statements})
	}
	if got[0] != got[1] || got[0].article > 16 || got[0].front > 6 {
		t.Errorf("statements of article page and front page: %v at 10 articles, %v at %d; want the same, at most 16 and 6", got[0], got[1], large)
	}
}

// manyRecords are size articles with everything that the two pages show.
func manyRecords(size int) []news.Record {
	random := rand.New(rand.NewPCG(1, 2))
	ref := func(kind string, i int) news.Ref { return news.Ref(fmt.Sprintf("%s:%d", kind, i)) }
	const terms = 10
	records := []news.Record{
		{Ref: "site:0", Site: &news.SiteRecord{
			Site:  news.Site{Name: "Many", TimeZone: "UTC", DefaultLocale: "en", AllMenus: []news.Menu{{Location: "primary", Items: []news.MenuItem{{Label: "A", Target: "/a/"}}}}},
			About: &news.AboutRecord{Heading: "About", Body: "<p>Us.</p>"}}},
		{Ref: "event:0", Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: "Event"}}, Date: "1950-02-28"}},
	}
	for i := range terms {
		category := news.CategoryRecord{Category: news.Category{Name: fmt.Sprintf("Category %d", i), Path: news.Path(fmt.Sprintf("/category-%d/", i))}}
		if i > 0 {
			category.Parent = ref("category", i/2)
		}
		records = append(records,
			news.Record{Ref: ref("image", i), Image: &news.ImageRecord{Image: news.Image{File: "/media/a.svg", MimeType: "image/svg+xml"}}},
			news.Record{Ref: ref("author", i), Author: &news.AuthorRecord{Author: news.Author{Name: fmt.Sprintf("Author %d", i)}}},
			news.Record{Ref: ref("topic", i), Topic: &news.TopicRecord{Topic: news.Topic{Name: fmt.Sprintf("Topic %d", i)}}},
			news.Record{Ref: ref("category", i), Category: &category})
	}
	for i := range size {
		a := news.ArticleRecord{
			Article: news.Article{Head: news.Head{Title: fmt.Sprintf("Article %d", i), Path: news.Path(fmt.Sprintf("/category-1/article-%d/", i)),
				PublishedAt: now.Add(-time.Duration(i/3) * time.Minute)}}, // threes share an instant
			Body:       news.HTML(fmt.Sprintf("<p>The text of article %d, number %d.</p>", i, random.IntN(1000))),
			Byline:     []news.CreditRecord{{Author: ref("author", i%terms)}},
			Categories: []news.Ref{ref("category", i%terms), ref("category", (i+3)%terms)},
			Topics:     []news.TopicLink{{Topic: ref("topic", i%terms)}},
			LeadImage:  ref("image", i%terms),
		}
		for r := range 5 {
			a.Related = append(a.Related, ref("article", (i+r+1)%size))
		}
		if i < 50 {
			a.Events = []news.Ref{"event:0"}
		}
		records = append(records, news.Record{Ref: ref("article", i), Article: &a})
	}
	return records
}

// TestExplorerQueries asks the ready queries of the starting page of the demo newsroom.
func TestExplorerQueries(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	n.load(t, demo.Records())
	var newest struct {
		Articles struct{ Nodes []struct{ Path string } }
	}
	n.ask(t, `{ articles(first: 1) { nodes { path } } }`, nil).must(t).read(t, &newest)
	queries := explorer.Queries()
	if len(queries) != 4 {
		t.Errorf("there are %d queries, want 4", len(queries))
	}
	for _, q := range queries {
		t.Run(q.Name, func(t *testing.T) {
			if _, ok := q.Variables["path"]; ok {
				q.Variables["path"] = newest.Articles.Nodes[0].Path
			}
			a := n.ask(t, q.Document, q.Variables).must(t)
			for _, empty := range []string{`"resolvePath":null`, `"headline":null`, `"totalCount":0,"edges":[]`, `"site":null`} {
				if strings.Contains(string(a.Data), empty) && !strings.Contains(string(a.Data), `"related":{`+empty) {
					t.Errorf("the answer holds %s: %.500s", empty, a.Data)
				}
			}
		})
	}
}
