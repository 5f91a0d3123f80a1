package graph_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
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
			a.Related = append(a.Related, news.Pin{Article: ref("article", (i+r+1)%size)})
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
	n.relate(t)
	var newest struct {
		Articles struct{ Nodes []struct{ Path string } }
	}
	n.ask(t, `{ articles(first: 1) { nodes { path } } }`, nil).must(t).read(t, &newest)
	queries := explorer.Queries()
	if len(queries) != 7 {
		t.Errorf("there are %d queries, want 7", len(queries))
	}
	for _, q := range queries {
		t.Run(q.Name, func(t *testing.T) {
			if _, ok := q.Variables["path"]; ok {
				q.Variables["path"] = newest.Articles.Nodes[0].Path
			}
			body, err := json.Marshal(map[string]any{"query": q.Document, "operationName": q.Operation, "variables": q.Variables})
			if err != nil {
				t.Fatal(err)
			}
			a := n.post(t, body).must(t)
			for _, empty := range []string{`"resolvePath":null`, `"headline":null`, `"totalCount":0,"edges":[]`, `"site":null`,
				`"anniversaries":{"totalCount":0`} {
				if strings.Contains(string(a.Data), empty) && !strings.Contains(string(a.Data), `"related":{`+empty) {
					t.Errorf("the answer holds %s: %.500s", empty, a.Data)
				}
			}
			if a.Extensions.Explain.Statements > 16 {
				t.Errorf("%d statements, want at most 16", a.Extensions.Explain.Statements)
			}
		})
	}
	t.Run("starting page", func(t *testing.T) { wantStartingPage(t, n, queries) })
	t.Run("plan", func(t *testing.T) { wantPlan(t, n, queries) })
}

// wantStartingPage asks for the page that started the project, and for the day of its event, which shows both dates.
func wantStartingPage(t *testing.T, n *newsroom, queries []explorer.Query) {
	var day struct {
		OnThisDay struct {
			PreviousDay, NextDay string
			Headline             struct {
				Title, Verification string
				Place               struct{ Name string }
				DateClaims          []struct {
					Date       struct{ Text string }
					IsAccepted bool
				}
			}
			Archive struct{ TotalCount int }
		}
	}
	for _, q := range queries {
		switch q.Name {
		case "Article page":
			path := map[string]any{"path": "/world/middle-east/iraq-news/baghdad-press-archive-opens-newspapers-of-1998/"}
			if page := n.ask(t, q.Document, path).must(t); page.Extensions.Explain.Statements > 16 || !strings.Contains(string(page.Data), "PathFound") {
				t.Errorf("%d statements for %.300s", page.Extensions.Explain.Statements, page.Data)
			}
		case "On this day":
			n.ask(t, q.Document, q.Variables).must(t).read(t, &day)
		}
	}
	d := day.OnThisDay
	if h := d.Headline; h.Title != "House passes the Iraq Liberation Act" || h.Verification != "DISPUTED" || h.Place.Name != "Washington, D.C." ||
		fmt.Sprint(h.DateClaims) != "[{{5 October 1998} true} {{16 July 1998} false}]" {
		t.Errorf("the headline is %+v", h)
	}
	if d.PreviousDay != "10-04" || d.NextDay != "10-06" || d.Archive.TotalCount != 2 {
		t.Errorf("the day is %+v", d)
	}
}

// wantPlan asks for twelve months around the time of the tests. What it wants was counted by a script of another language.
func wantPlan(t *testing.T, n *newsroom, queries []explorer.Query) {
	type node struct {
		Label, OccursOn string
		Event           struct{ Title string }
		Coverage        struct{ TotalCount int }
	}
	ask := func(withoutCoverageOnly bool) (total int, nodes []node) {
		var plan struct {
			Anniversaries struct {
				TotalCount int
				Nodes      []node
			}
		}
		q := queries[slices.IndexFunc(queries, func(q explorer.Query) bool { return q.Name == "Plan next year" })]
		q.Variables["from"], q.Variables["withoutCoverageOnly"] = "2025-06-01", withoutCoverageOnly
		n.ask(t, q.Document, q.Variables).must(t).read(t, &plan)
		return plan.Anniversaries.TotalCount, plan.Anniversaries.Nodes
	}
	total, nodes := ask(false)
	covered := slices.DeleteFunc(slices.Clone(nodes), func(n node) bool { return n.Coverage.TotalCount == 0 })
	want := "[{125th anniversary 2025-07-19 {The first line of the Paris Métro opens} {1}} {centenary 2026-01-26 {John Logie Baird demonstrates television} {1}}]"
	if total != 20 || len(nodes) != 20 || fmt.Sprint(covered) != want {
		t.Errorf("%d anniversaries, %d of them shown, with coverage %v, want 20, all, and %s", total, len(nodes), covered, want)
	}
	total, left := ask(true)
	if total != 18 || slices.ContainsFunc(left, func(n node) bool { return n.Coverage.TotalCount > 0 }) {
		t.Errorf("%d anniversaries without coverage, want 18: %v", total, left)
	}
}
