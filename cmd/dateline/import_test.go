package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// An export as WordPress writes it, with a published article, a comment and something that is not known here.
const export = `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
<title>The Harbour Post</title><link>https://harbour.example</link><wp:wxr_version>1.2</wp:wxr_version>
<wp:base_site_url>https://harbour.example</wp:base_site_url><wp:base_blog_url>https://harbour.example</wp:base_blog_url>
<wp:category><wp:term_id>2</wp:term_id><wp:category_nicename>port</wp:category_nicename><wp:cat_name><![CDATA[Port]]></wp:cat_name></wp:category>
<item>
<title>The crane is back</title><link>https://harbour.example/2026/03/crane/</link><dc:creator><![CDATA[ines]]></dc:creator>
<content:encoded><![CDATA[<p>It was repaired in Gdansk.</p>[unknown_box id="4"]]]></content:encoded><excerpt:encoded><![CDATA[]]></excerpt:encoded>
<wp:post_id>7</wp:post_id><wp:post_date>2026-03-09 10:00:00</wp:post_date><wp:post_date_gmt>2026-03-09 09:00:00</wp:post_date_gmt>
<wp:post_name>crane</wp:post_name><wp:status>publish</wp:status><wp:post_parent>0</wp:post_parent><wp:post_type>post</wp:post_type>
<wp:post_password></wp:post_password><wp:is_sticky>0</wp:is_sticky>
<category domain="category" nicename="port"><![CDATA[Port]]></category>
<wp:comment><wp:comment_id>1</wp:comment_id><wp:comment_content>Good!</wp:comment_content></wp:comment>
</item>
</channel></rss>
`

const feed = `{"events":[{"text":"A treaty is signed.","year":1840,"pages":[]}],"births":[],"deaths":[],"holidays":[]}`

// more makes a file of articles with these refs.
func more(refs ...string) string {
	var b strings.Builder
	for _, ref := range refs {
		fmt.Fprintf(&b, `{"type":"article","ref":"test:%s","title":"Article %s","body":"<p>Text of %s.</p>","publishedAt":"2026-03-09T12:00:00Z"}`+"\n", ref, ref, ref)
	}
	return b.String()
}

func TestImportFormats(t *testing.T) {
	inFolder(t, map[string]string{
		"blog.xml": export, "blog.xml.gz": zipped(t, export), "a.jsonl": more("a"), "b.jsonl.gz": zipped(t, more("b", "c")),
		"feed.json": feed, "feed-02-06.json": feed,
	})
	for _, c := range []struct {
		args string
		want []string
	}{
		{"wxr --db w.db blog.xml", []string{"post 1 1 0 0 0 0", "comment 1 0 0 0 1 0", "unknown_box"}},
		{"wxr --db w.db blog.xml.gz", []string{"post 1 0 0 1 0 0", "comment 1 0 0 0 1 0"}},
		{"jsonl --db j.db a.jsonl b.jsonl.gz", []string{"jsonl a.jsonl", "article 1 1 0 0 0 0", "jsonl b.jsonl.gz", "article 2 2 0 0 0 0"}},
		{"onthisday --db o.db --day 02-06 feed.json", []string{"events 1 1 0 0 0 0"}},
		{"onthisday --db o.db feed-02-06.json", []string{"events 1 0 0 1 0 0"}},
	} {
		r := dateline(t, append([]string{"import"}, strings.Fields(c.args)...)...)
		if r.code != 0 || r.err != "" {
			t.Errorf("import %s: code %d, stderr %q", c.args, r.code, r.err)
		}
		table := strings.Join(strings.Fields(r.out), " ")
		for _, want := range c.want {
			if !strings.Contains(table, want) {
				t.Errorf("import %s does not say %q:\n%s", c.args, want, r.out)
			}
		}
	}
	if s := site(t, "w.db"); s.Name != "The Harbour Post" {
		t.Errorf("the site is %+v", s)
	}
}

func TestImportFromStandardInput(t *testing.T) {
	inFolder(t, nil)
	for _, input := range []string{more("a"), zipped(t, more("a"))} {
		c := command(t, "import", "jsonl", "--db", "site.db", "-")
		c.Stdin = strings.NewReader(input)
		out, err := c.CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("article")) {
			t.Errorf("%v: %s", err, out)
		}
	}
	if r := dateline(t, "import", "jsonl", "--db", "site.db", os.DevNull); r.code != 0 {
		t.Errorf("an empty file: %+v", r)
	}
}

func TestImportTwiceChangesNothing(t *testing.T) {
	inFolder(t, map[string]string{"blog.xml": export})
	flags := strings.Fields("import wxr --db site.db --base-url https://new.example --time-zone Europe/Lisbon --locale pt blog.xml")
	if r := dateline(t, flags...); r.code != 0 {
		t.Fatal(r)
	}
	before := position(t, "site.db")
	if s := site(t, "site.db"); s.URL != "https://new.example" || s.TimeZone != "Europe/Lisbon" || s.DefaultLocale != "pt" {
		t.Errorf("the flags did not win over the export: %+v", s)
	}
	if r := dateline(t, flags...); r.code != 0 || position(t, "site.db") != before {
		t.Errorf("the second run moved the journal from %d to %d: %+v", before, position(t, "site.db"), r)
	}
}

func TestDryRun(t *testing.T) {
	inFolder(t, map[string]string{"a.jsonl": more("a"), "b.jsonl": more("a", "b", "c")})
	t.Setenv("TMPDIR", t.TempDir())
	if r := dateline(t, "import", "jsonl", "--dry-run", "--db", "site.db", "b.jsonl"); r.code != 0 ||
		!strings.Contains(r.out, "nothing was written") || !strings.Contains(strings.Join(strings.Fields(r.out), " "), "article 3 3 0 0 0 0") {
		t.Errorf("without a database: %+v", r)
	}
	if exists("site.db") {
		t.Error("a dry run made the database")
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("a dry run left %v in the temporary folder (%v)", left, err)
	}
	if r := dateline(t, "import", "jsonl", "--db", "site.db", "a.jsonl"); r.code != 0 {
		t.Fatal(r)
	}
	before, bytesBefore := position(t, "site.db"), read(t, "site.db")
	if r := dateline(t, "import", "jsonl", "--dry-run", "--db", "site.db", "--base-url", "https://other.example", "b.jsonl"); r.code != 0 ||
		!strings.Contains(strings.Join(strings.Fields(r.out), " "), "article 3 2 0 1 0 0") {
		t.Errorf("with a database: %+v", r)
	}
	if position(t, "site.db") != before || read(t, "site.db") != bytesBefore || site(t, "site.db").URL == "https://other.example" {
		t.Error("a dry run changed the database")
	}
}

// A report as the issue lists it; what a reader of the file may rely on.
type report struct {
	Source, Created, Updated, Unchanged, Skipped, Failed *int
	ByType                                               map[string]map[string]int
	Records                                              []struct{ Ref, Outcome, Reason string }
	Unsupported                                          []struct {
		Name  string
		Count int
	}
}

func TestReportFile(t *testing.T) {
	inFolder(t, map[string]string{"blog.xml": export, "a.jsonl": more("a") + "not JSON\n", "b.jsonl": more("b")})
	if r := dateline(t, "import", "wxr", "--db", "w.db", "--report", "r.json", "blog.xml"); r.code != 0 {
		t.Fatal(r)
	}
	var one report
	if err := json.Unmarshal([]byte(read(t, "r.json")), &one); err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]*int{"source": one.Source, "created": one.Created, "updated": one.Updated,
		"unchanged": one.Unchanged, "skipped": one.Skipped, "failed": one.Failed} {
		if n == nil {
			t.Fatalf("%s is missing: %s", name, read(t, "r.json"))
		}
	}
	if *one.Source != *one.Created+*one.Updated+*one.Unchanged+*one.Skipped+*one.Failed || *one.Skipped != 1 || one.ByType["post"]["created"] != 1 {
		t.Errorf("the numbers do not add up: %s", read(t, "r.json"))
	}
	if len(one.Records) == 0 || one.Records[0].Ref == "" || one.Records[0].Outcome == "" || one.Records[0].Reason == "" ||
		len(one.Unsupported) != 1 || one.Unsupported[0].Name != "unknown_box" || one.Unsupported[0].Count != 1 {
		t.Errorf("records or unsupported: %+v", one)
	}

	write(t, "r.json", strings.Repeat("an older and longer report ", 1000))
	r := dateline(t, "import", "jsonl", "--db", "j.db", "--report", "r.json", "a.jsonl", "b.jsonl")
	if r.code != 1 || !strings.Contains(r.out, "line 2") {
		t.Errorf("a failed record must give exit code 1 and its place: %+v", r)
	}
	var several []report
	if err := json.Unmarshal([]byte(read(t, "r.json")), &several); err != nil || len(several) != 2 {
		t.Fatalf("%d reports: %v", len(several), err)
	}
	if *several[0].Failed != 1 || *several[0].Created != 1 || *several[1].Failed != 0 || *several[1].Created != 1 {
		t.Errorf("the reports are %s", read(t, "r.json"))
	}
}

func TestOneBadFileLeavesTheOthers(t *testing.T) {
	inFolder(t, map[string]string{"bad.xml": "<html>no export</html>", "cut.xml.gz": zipped(t, export)[:300], "blog.xml": export})
	r := dateline(t, "import", "wxr", "--db", "site.db", "bad.xml", "cut.xml.gz", "blog.xml")
	if r.code != 1 || !strings.Contains(r.err, "bad.xml") || site(t, "site.db").Name != "The Harbour Post" {
		t.Errorf("%+v, site %+v", r, site(t, "site.db"))
	}
	if !strings.Contains(r.out+r.err, "cut.xml.gz") || !strings.Contains(r.out+r.err, "unexpected EOF") && !strings.Contains(r.out+r.err, "cut off") {
		t.Errorf("nothing says that cut.xml.gz was cut off: %+v", r)
	}
}

func TestImportBesideServer(t *testing.T) {
	inFolder(t, map[string]string{"a.jsonl": more("a", "b")})
	p := serve(t, "--db", "site.db")
	const titles = `{ articles(first: 5) { totalCount nodes { title } } }`
	if got := string(ask(t, p.url, titles).Data["articles"]); got != `{"totalCount":0,"nodes":[]}` {
		t.Fatalf("before the import: %s", got)
	}
	if r := dateline(t, "import", "jsonl", "--db", "site.db", "a.jsonl"); r.code != 0 {
		t.Fatal(r)
	}
	got := string(ask(t, p.url, titles).Data["articles"])
	if !strings.Contains(got, `"totalCount":2`) || !strings.Contains(got, `"Article a"`) || !strings.Contains(got, `"Article b"`) {
		t.Errorf("after the import: %s", got)
	}
	p.stop()
}

// importBatch is the importer's: a batch is written whole or not at all.
const importBatch = 300

// TestInterruptedImport stops an import in the middle: what is written stays, in whole batches, and the program says so.
func TestInterruptedImport(t *testing.T) {
	inFolder(t, nil)
	c := command(t, "import", "jsonl", "--db", "site.db", "-")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		// 8,000 lines are more than the pipe and the program's buffer hold together, so some of them are being written.
		if n == 8000 {
			if err := c.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := in.Write([]byte(more(fmt.Sprint(n)))); err != nil {
			break // the program has ended
		}
	}
	c.Wait()
	if c.ProcessState.ExitCode() != 1 || !strings.Contains(errs.String(), "interrupted") {
		t.Errorf("exit code %d, stderr %q", c.ProcessState.ExitCode(), errs.String())
	}
	inspect(t, "site.db", func(ctx context.Context, s *store.Store) {
		found, err := s.As(news.AnyCaller()).FindArticles(ctx, nil, news.ArticleOrder{Field: news.ByPublishedAt, Direction: news.Descending}, news.Window{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := found.TotalCount(ctx); err != nil || n < importBatch || n%importBatch != 0 {
			t.Errorf("%d articles (%v), want some batches of %d", n, err, importBatch)
		}
	})
}
