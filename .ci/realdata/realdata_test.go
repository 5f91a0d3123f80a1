package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/access"
	"github.com/dateline-cms/dateline/internal/demo"
	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/importer"
	"github.com/dateline-cms/dateline/internal/server"
	"github.com/dateline-cms/dateline/internal/store"
)

// data is the path of a real file beside the repository. Where they are not, the test is skipped.
func data(t *testing.T, name string) string {
	t.Helper()
	folder := filepath.Join("..", "..", "..", "shared", "data")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("the real files are not here: ", err)
	}
	return filepath.Join(folder, name)
}

func decodeFile(t *testing.T, name string, to any) {
	t.Helper()
	if err := reading(data(t, name), func(in io.Reader) error { return json.NewDecoder(in).Decode(to) }); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// A site is a database of its own behind a real server.
type site struct {
	t  *testing.T
	db *sqlite.DB
	*store.Store
	url string
	log *log
}

// log keeps what the server said went wrong.
type log struct {
	sync.Mutex
	bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.Buffer.Write(p)
}

func newSite(t *testing.T) *site {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "site.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := store.Open(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	l := &log{}
	h := httptest.NewServer(server.Handler(server.Config{Store: s, Access: access.New(access.Config{Store: s, Now: time.Now}), Now: time.Now, Limits: server.DefaultLimits, Media: demo.Media(),
		Log: slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelWarn}))}))
	t.Cleanup(func() {
		h.Close()
		if l.Len() > 0 {
			t.Errorf("the server logged: %.2000s", l.String())
		}
	})
	return &site{t, db, s, h.URL, l}
}

// load imports a source and checks that every record of it is accounted for.
func (s *site) load(format importer.Format, name string, in io.Reader) *importer.Report {
	s.t.Helper()
	report, err := importer.Run(s.t.Context(), format, in, importer.Options{Input: name, Stage: s.Stage, Finish: s.FinishImport})
	if err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
	var sum importer.Counts
	for kind, c := range report.ByType {
		if c.Source != c.Created+c.Updated+c.Unchanged+c.Skipped+c.Failed {
			s.t.Errorf("%s: %s does not add up: %+v", name, kind, *c)
		}
		sum = importer.Counts{Source: sum.Source + c.Source, Created: sum.Created + c.Created, Updated: sum.Updated + c.Updated,
			Unchanged: sum.Unchanged + c.Unchanged, Skipped: sum.Skipped + c.Skipped, Failed: sum.Failed + c.Failed}
	}
	if sum != report.Counts {
		s.t.Errorf("%s: the types add up to %+v, the report says %+v", name, sum, report.Counts)
	}
	return report
}

func (s *site) loadFile(format importer.Format, name string) *importer.Report {
	s.t.Helper()
	file, err := os.Open(name)
	if err != nil {
		s.t.Fatal(err)
	}
	defer file.Close()
	return s.load(format, name, file)
}

// twice loads the same source twice: the second time changes nothing.
func (s *site) twice(load func() *importer.Report) *importer.Report {
	s.t.Helper()
	first := load()
	before := s.position()
	second := load()
	if after := s.position(); after != before || second.Created != 0 || second.Updated != 0 || second.Source != first.Source ||
		second.Unchanged != first.Created+first.Updated+first.Unchanged || second.Skipped != first.Skipped || second.Failed != first.Failed {
		s.t.Errorf("the second run: %+v after %+v, the journal went from %d to %d", second.Counts, first.Counts, before, after)
	}
	if !first.OK() {
		s.t.Errorf("%d failed, incomplete %q: %.2000v", first.Failed, first.Incomplete, first.Records)
	}
	s.checkDatabase()
	return first
}

func (s *site) position() int64 {
	s.t.Helper()
	seq, err := s.Position(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return seq
}

// table reads two columns: a name and a number.
func (s *site) table(sql string) map[string]int {
	s.t.Helper()
	rows := map[string]int{}
	err := s.db.Query(s.t.Context(), engine.Stmt{SQL: sql, Scan: func(r *engine.Row) error {
		name := r.Text()
		rows[name] = r.Int()
		return nil
	}})
	if err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	return rows
}

func (s *site) checkDatabase() {
	s.t.Helper()
	if got := s.table(`SELECT integrity_check, 0 FROM pragma_integrity_check`); len(got) != 1 || got["ok"] != 0 {
		s.t.Errorf("integrity: %v", got)
	}
	if got := s.table(`SELECT "table" || ' to ' || parent, rowid FROM pragma_foreign_key_check`); len(got) > 0 {
		s.t.Errorf("foreign keys: %v", got)
	}
}

// ask sends a query; errors in the answer fail the test.
func (s *site) ask(query string, variables map[string]any, to any) {
	s.t.Helper()
	status, answer := s.post(map[string]any{"query": query, "variables": variables})
	var parsed struct {
		Errors json.RawMessage
		Data   json.RawMessage
	}
	if err := json.Unmarshal(answer, &parsed); err != nil || status != http.StatusOK || parsed.Errors != nil {
		s.t.Fatalf("%.60s with %v: status %d, %v, %.500s", query, variables, status, err, answer)
	}
	if err := json.Unmarshal(parsed.Data, to); err != nil {
		s.t.Fatalf("%s: %v", parsed.Data, err)
	}
}

func (s *site) post(request any) (int, []byte) {
	s.t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.postRaw(body)
}

func (s *site) postRaw(body []byte) (int, []byte) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute) // nothing may hang
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatalf("%.200s: %v", body, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, answer
}

const articlePage = `query ArticlePage($path: Path!) {
  resolvePath(path: $path) { __typename
    ... on PathMoved { location httpStatus }
    ... on PathFound { node { ... on Article {
      id title path publishedAt dateline { text date }
      categories { name path ancestors { name path } }
      primaryCategory { name }
      byline { name role author { name path } }
      topics { topic { name kind } }
      leadImage { url altText }
      body { html text wordCount readingMinutes }
      related(first: 5) { totalCount edges { isPinned node { title path publishedAt primaryCategory { name } leadImage { url } } } }
    } } } }
  onThisDay { date headline { title description { html } date { text precision } } events(first: 5) { nodes { title date { text } articles(first: 3) { nodes { title path } } } } }
  site { name about { heading body { html } } menus { location items { label url } } }
}`

const frontPage = `query FrontPage { articles(first: 20) { totalCount nodes { title path summary publishedAt
  categories { name path } byline { name author { name } } related(first: 5) { nodes { title } } } } }`

// page is what the checks read of an article page.
type page struct {
	ResolvePath *struct {
		Typename string `json:"__typename"`
		Node     *struct {
			Title, Path string
			Byline      []struct{ Name string }
			Body        struct {
				HTML, Text string
			}
			Related struct{ TotalCount int }
		}
	}
}

// checkPages asks for the front page and for 50 random article pages, as many as there are.
func (s *site) checkPages() {
	s.t.Helper()
	published := s.table(`SELECT path, 1 FROM articles WHERE status = 'PUBLISHED'`)
	var front struct{ Articles struct{ TotalCount int } }
	s.ask(frontPage, nil, &front)
	if front.Articles.TotalCount != len(published) {
		s.t.Errorf("the front page counts %d articles, %d are published", front.Articles.TotalCount, len(published))
	}
	paths := slices.Sorted(maps.Keys(published))
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	for _, path := range paths[:min(50, len(paths))] {
		var p page
		s.ask(articlePage, map[string]any{"path": path}, &p)
		if p.ResolvePath == nil || p.ResolvePath.Node == nil || p.ResolvePath.Node.Path != path || p.ResolvePath.Node.Title == "" {
			s.t.Errorf("%s is not found: %+v", path, p.ResolvePath)
		}
	}
}

// counted is a category, topic or author with its counters and the length of its list.
type counted struct {
	Path                 string
	ArticleCount, Direct int
	Articles             struct{ TotalCount int }
}

// checkCounts compares every counter with a plain count over the tables of links.
func (s *site) checkCounts() {
	s.t.Helper()
	for field, c := range map[string]struct {
		more, count, direct string
	}{
		"categories(flat: true, ": {"direct: articleCount(includeDescendants: false)",
			`WITH RECURSIVE below (top, id) AS (SELECT id, id FROM categories UNION SELECT top, c.id FROM below JOIN categories c ON c.parent_id = below.id)
			SELECT t.path, count(DISTINCT a.id) FROM categories t JOIN below b ON b.top = t.id LEFT JOIN article_categories l ON l.category_id = b.id
			LEFT JOIN articles a ON a.id = l.article_id AND a.status = 'PUBLISHED' GROUP BY t.id`,
			`SELECT t.path, count(DISTINCT a.id) FROM categories t LEFT JOIN article_categories l ON l.category_id = t.id
			LEFT JOIN articles a ON a.id = l.article_id AND a.status = 'PUBLISHED' GROUP BY t.id`},
		"topics(": {"", `SELECT t.path, count(DISTINCT a.id) FROM topics t LEFT JOIN article_topics l ON l.topic_id = t.id
			LEFT JOIN articles a ON a.id = l.article_id AND a.status = 'PUBLISHED' GROUP BY t.id`, ""},
		"authors(": {"", `SELECT t.path, count(DISTINCT a.id) FROM authors t LEFT JOIN bylines l ON l.author_id = t.id
			LEFT JOIN articles a ON a.id = l.article_id AND a.status = 'PUBLISHED' GROUP BY t.id`, ""},
	} {
		want, direct := s.table(c.count), map[string]int{}
		if c.direct != "" {
			direct = s.table(c.direct)
		}
		seen := 0
		for after := "null"; after != ""; {
			var answer struct {
				List struct {
					Nodes    []counted
					PageInfo struct {
						HasNextPage bool
						EndCursor   *string
					}
				}
			}
			s.ask(fmt.Sprintf(`{ list: %sfirst: 100, after: %s) { nodes { path articleCount %s articles(first: 0) { totalCount } } pageInfo { hasNextPage endCursor } } }`,
				field, after, c.more), nil, &answer)
			for _, n := range answer.List.Nodes {
				seen++
				if n.ArticleCount != want[n.Path] || n.Articles.TotalCount != want[n.Path] || n.Direct != direct[n.Path] {
					s.t.Errorf("%s: %+v, counted %d and %d", field, n, want[n.Path], direct[n.Path])
				}
			}
			after = ""
			if answer.List.PageInfo.HasNextPage {
				after = fmt.Sprintf("%q", *answer.List.PageInfo.EndCursor)
			}
		}
		if seen != len(want) {
			s.t.Errorf("%s shows %d, the table has %d", field, seen, len(want))
		}
	}
}

// counts is what an independent parser found in an export.
type counts struct {
	Authors, Categories, Tags, Terms, Items, Comments int

	PostTypes     map[string]int `json:"post_types"`
	Statuses      map[string]int
	ItemTermLinks int    `json:"item_term_links"`
	FirstDate     string `json:"first_date_gmt"`
	LastDate      string `json:"last_date_gmt"`
}

func TestExports(t *testing.T) {
	var files map[string]counts
	decodeFile(t, "wxr/counts.json", &files)
	if len(files) != 8 {
		t.Fatalf("counts.json names %d files, not 8", len(files))
	}
	for name, want := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			s := newSite(t)
			start := time.Now()
			report := s.twice(func() *importer.Report { return s.loadFile(importer.WXR, data(t, filepath.Join("wxr", name))) })
			t.Logf("%+v in two runs of %s", report.Counts, time.Since(start).Round(time.Millisecond))
			s.compare(report, want)
			links := s.table(`SELECT 'all', (SELECT count(*) FROM article_categories) + (SELECT count(*) FROM article_topics)`)["all"]
			if got := links + want.PostTypes["nav_menu_item"] + otherLinks[filepath.Base(name)]; got != want.ItemTermLinks {
				t.Errorf("%d links to terms, in the file %d", got, want.ItemTermLinks)
			}
			s.checkPages()
			s.checkCounts()
		})
	}
}

// otherLinks are the links of items to terms that are no categories, tags or menus, counted by hand.
var otherLinks = map[string]int{
	"theme-unit-test-data.xml": 13,  // post formats
	"colornews-free.xml.gz":    1,   // the theme of a style
	"theme-preview.xml":        -15, // tags in the form of WXR 1.0, which counts.json leaves out
}

func (s *site) compare(report *importer.Report, want counts) {
	s.t.Helper()
	inSource := func(kind string) int { return cmp.Or(report.ByType[kind], &importer.Counts{}).Source }
	items := 0
	for kind, n := range want.PostTypes {
		items += inSource(kind)
		if got := inSource(kind); got != n {
			s.t.Errorf("%s: %d in the report, %d in the file", kind, got, n)
		}
	}
	for kind, n := range map[string]int{"author": want.Authors, "category": want.Categories, "tag": want.Tags, "term": want.Terms, "comment": want.Comments} {
		if got := inSource(kind); got != n {
			s.t.Errorf("%s: %d in the report, %d in the file", kind, got, n)
		}
	}
	if items != want.Items {
		s.t.Errorf("%d items in the report, %d in the file", items, want.Items)
	}
	statuses := s.table(`SELECT 'post/' || status, count(*) FROM articles GROUP BY status UNION ALL SELECT 'page/' || status, count(*) FROM pages GROUP BY status`)
	for _, kind := range []string{"post", "page"} {
		// Posts with a password count as published in the file, and are kept unpublished.
		if got := statuses[kind+"/PUBLISHED"] + statuses[kind+"/UNPUBLISHED"]; got != want.Statuses[kind+"/publish"]+want.Statuses[kind+"/private"] ||
			statuses[kind+"/DRAFT"] != want.Statuses[kind+"/draft"] || statuses[kind+"/SCHEDULED"] != want.Statuses[kind+"/future"] {
			s.t.Errorf("%s: statuses %v, in the file %v", kind, statuses, want.Statuses)
		}
	}
	rows := s.table(`SELECT 'post', count(*) FROM articles UNION ALL SELECT 'page', count(*) FROM pages UNION ALL SELECT 'attachment', count(*) FROM images`)
	for kind, n := range rows {
		c := cmp.Or(report.ByType[kind], &importer.Counts{})
		if n != c.Created {
			s.t.Errorf("%s: %d in the database, %d created in the report", kind, n, c.Created)
		}
	}
	s.compareDates(want)
}

// compareDates checks the first and last date. A date is of items of any kind, so what was imported lies within; where
// everything is an article or a page it is the same.
func (s *site) compareDates(want counts) {
	s.t.Helper()
	if want.FirstDate == "" {
		return
	}
	dates := s.table(`SELECT 'first', min(published_at) / 1000 FROM (SELECT published_at FROM articles UNION ALL SELECT published_at FROM pages)
		UNION ALL SELECT 'last', max(published_at) / 1000 FROM (SELECT published_at FROM articles UNION ALL SELECT published_at FROM pages)`)
	first, last := time.Unix(int64(dates["first"]), 0).UTC().Format(time.DateTime), time.Unix(int64(dates["last"]), 0).UTC().Format(time.DateTime)
	everything := want.PostTypes["post"]+want.PostTypes["page"] == want.Items
	if first < want.FirstDate || last > want.LastDate || everything && (first != want.FirstDate || last != want.LastDate) {
		s.t.Errorf("dates from %s to %s, in the file from %s to %s", first, last, want.FirstDate, want.LastDate)
	}
}

// TestArticles converts two newsrooms and loads them.
func TestArticles(t *testing.T) {
	for _, c := range []struct {
		room     newsroom
		folder   string
		articles int
	}{{openSUSE, "opensuse-news", 2282}, {eighteenF, "18f-posts", 508}} {
		t.Run(c.room.system, func(t *testing.T) {
			var lines bytes.Buffer
			r, err := convertArticles(c.room, data(t, "news/"+c.folder+"/articles.jsonl.gz"), data(t, "news/"+c.folder+"/links.tsv"), &lines)
			if err != nil || r.entries != c.articles || len(r.rejected) > 0 {
				t.Fatalf("%+v, %v", r, err)
			}
			s := newSite(t)
			start := time.Now()
			report := s.twice(func() *importer.Report { return s.load(importer.JSONLines, c.folder, bytes.NewReader(lines.Bytes())) })
			t.Logf("%+v in two runs of %s, %d references lead nowhere", report.Counts, time.Since(start).Round(time.Millisecond), len(report.Unresolved))
			if got := report.ByType["article"]; got.Source != c.articles || got.Created != c.articles || report.Source != r.records {
				t.Errorf("%+v of %+v", *got, r)
			}
			s.checkPages()
			s.checkCounts()
			s.checkLinks(c.room, data(t, "news/"+c.folder+"/links.tsv"))
		})
	}
}

// checkLinks compares what GraphQL says is related with the source's list of links.
func (s *site) checkLinks(room newsroom, links string) {
	s.t.Helper()
	want := map[string]map[string]bool{}
	text, err := os.ReadFile(links)
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if from, to, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && from != "from" && from != to {
			if want[from] == nil {
				want[from] = map[string]bool{}
			}
			want[from][to] = true
		}
	}
	checked := 0
	for from, to := range want {
		var answer struct {
			Article struct{ Related struct{ TotalCount int } }
		}
		s.ask(`query($system: String!, $value: String!) { article(ref: { externalRef: { system: $system, value: $value } }) { related(first: 1) { totalCount } } }`,
			map[string]any{"system": room.system, "value": "article/" + from}, &answer)
		if answer.Article.Related.TotalCount != len(to) {
			s.t.Errorf("%s has %d related articles, the source %d", from, answer.Article.Related.TotalCount, len(to))
		}
		checked++
	}
	if checked < 100 {
		s.t.Errorf("only %d articles have links", checked)
	}
}

// TestDays loads the 185 days and Wikimedia's feed, asks for each day, and looks for what is there twice.
func TestDays(t *testing.T) {
	s := newSite(t)
	want := map[string]int{} // events by day
	all := 0
	for name, entries := range map[string]int{"events": 8904, "births": 37997, "deaths": 17492} {
		var lines bytes.Buffer
		r, err := convertDays(data(t, "onthisday/wikipedia-days/"+name+".jsonl.gz"), &lines)
		if err != nil || r.entries != entries || r.records+len(r.rejected) != entries || len(r.rejected) > 100 {
			t.Fatalf("%s: %d entries, %d records, %d rejected, %v", name, r.entries, r.records, len(r.rejected), err)
		}
		for _, reason := range r.rejected {
			t.Logf("%s: rejected: %s", name, reason)
		}
		for line := range bytes.Lines(lines.Bytes()) {
			rec, _, err := importer.DecodeRecord(line)
			if err != nil {
				t.Fatal(err)
			}
			want[string(rec.Event.Date[len(rec.Event.Date)-5:])]++
		}
		start := time.Now()
		report := s.twice(func() *importer.Report { return s.load(importer.JSONLines, name, bytes.NewReader(lines.Bytes())) })
		if report.Created != r.records {
			t.Errorf("%s: %+v, want %d created", name, report.Counts, r.records)
		}
		t.Logf("%s: %d rejected, %+v in two runs of %s", name, len(r.rejected), report.Counts, time.Since(start).Round(time.Millisecond))
		all += r.records
	}
	feed := s.twice(func() *importer.Report {
		return s.loadFile(importer.OnThisDay, data(t, "onthisday/wikimedia-feed-02-06.json.gz"))
	})
	if feed.Created+feed.Skipped != 5+48+229+96+17 {
		t.Errorf("the feed gave %+v", feed.Counts)
	}
	want["02-06"] += feed.Created
	if len(want) < 185 {
		t.Errorf("events are of %d days", len(want))
	}
	for day, n := range want {
		var answer struct {
			OnThisDay struct {
				Headline *struct{ Title string }
				Events   struct {
					TotalCount int
					Nodes      []struct{ Title string }
				}
			}
		}
		s.ask(`query($day: MonthDay!) { onThisDay(day: { monthDay: $day }) { headline { title } events(first: 5) { totalCount nodes { title date { text } } } } }`,
			map[string]any{"day": day}, &answer)
		if got := answer.OnThisDay; got.Events.TotalCount != n || got.Headline == nil || len(got.Events.Nodes) != 5 {
			t.Errorf("%s: %+v, want %d events", day, got, n)
		}
	}
	var answer struct {
		HistoricalEvents struct{ TotalCount int }
	}
	s.ask(`{ historicalEvents(first: 1) { totalCount } }`, nil, &answer)
	if answer.HistoricalEvents.TotalCount != all+feed.Created {
		t.Errorf("%d events, want %d", answer.HistoricalEvents.TotalCount, all+feed.Created)
	}
	s.checkDuplicates()
}

// TestUnderstand reads the years that the days really have.
func TestUnderstand(t *testing.T) {
	for _, c := range []struct {
		year, text string
		want       string
	}{
		{"1914", "a", "1914 GREGORIAN a"},
		{"153 BC", "a", "-152 GREGORIAN a"},
		{"1 BC", "a", "0 GREGORIAN a"},
		{"AD 69", "a", "69 GREGORIAN a"},
		{"9 AD", "a", "9 GREGORIAN a"},
		{"1642 (OS)", "a", "1642 JULIAN a"},
		{"1942 -World War II: a battle.", "", "1942 GREGORIAN World War II: a battle."},
		{"AD 40- Agricola, Roman general (d. 93)", "", "40 GREGORIAN Agricola, Roman general (d. 93)"},
		{"1925\n\nScopes Trial: in Dayton", "", "1925 GREGORIAN Scopes Trial: in Dayton"},
		{"1530\u00a0- Appearance", "", "1530 GREGORIAN Appearance"},
		{"309/310", "a", ""}, {"285 (or 286)", "a", ""}, {"543 or 547", "a", ""}, {"Buddy Holly (b. 1936)", "", ""},
		{"", "a", ""}, {"0", "a", ""}, {"AD 5 BC", "a", ""}, {"1914", "", ""}, {"c. 500", "a", ""},
	} {
		year, calendar, text, err := occurrence{Year: c.year, Description: c.text}.understand()
		got := fmt.Sprintf("%d %s %s", year, calendar, text)
		if err != nil {
			got = ""
		}
		if got != c.want {
			t.Errorf("%q with %q: got %q, want %q", c.year, c.text, got, c.want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	for source, want := range map[string]string{
		"# Title\nText":                 "<h1>Title</h1>\n<p>Text</p>\n",
		"a *b* **c** `<d>`":             "<p>a <em>b</em> <strong>c</strong> <code>&lt;d&gt;</code></p>\n",
		"[x](https://e.example/ \"t\")": "<p><a href=\"https://e.example/\">x</a></p>\n",
		"![alt](/a.png)":                "<p><img src=\"/a.png\" alt=\"alt\"></p>\n",
		"- a\n- b\n  c":                 "<ul><li>a</li><li>b c</li></ul>\n",
		"1. a\n2. b":                    "<ol><li>a</li><li>b</li></ol>\n",
		"> a\n> b":                      "<blockquote><p>a\nb</p>\n</blockquote>\n",
		"```go\na <b>\n\nc\n```":        "<pre><code>a &lt;b&gt;&#10;&#10;c&#10;</code></pre>\n",
		"<div>\nraw</div>\n\nb":         "<div>\nraw</div>\n<p>b</p>\n",
		"<https://e.example>":           "<p><a href=\"https://e.example\">https://e.example</a></p>\n",
	} {
		if got := markdown(source); got != want {
			t.Errorf("%q: got %q, want %q", source, got, want)
		}
	}
}

func TestExportIsRead(t *testing.T) {
	var export bytes.Buffer
	if err := writeExport(&export, 2_000_000); err != nil {
		t.Fatal(err)
	}
	items := strings.Count(export.String(), "<item>")
	s := newSite(t)
	report := s.load(importer.WXR, "export", &export)
	if got := report.ByType["post"]; items < 300 || got == nil || got.Created != items || !report.OK() || report.ByType["comment"].Skipped != items {
		t.Errorf("%d items, %+v", items, report.Counts)
	}
}
