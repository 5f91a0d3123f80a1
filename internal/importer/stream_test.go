package importer

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

const exportHead = `<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
	xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
<title>Harbour Gazette</title>
<link>https://gazette.example.org</link>
<description>News from the quay</description>
<language>en-GB</language>
<wp:wxr_version>1.2</wp:wxr_version>
<wp:base_site_url>https://gazette.example.org</wp:base_site_url>
<wp:base_blog_url>https://gazette.example.org</wp:base_blog_url>
`

const exportTail = "</channel>\n</rss>\n"

const paragraph = "The harbour master said on Tuesday that the <em>northern quay</em> would open again in spring, after two years of work.\n\n"

// endless synthesises an export, item after item, until it has given size bytes.
type endless struct {
	size    int64
	given   int64
	items   int
	pending []byte
	body    string
	ended   bool
}

func newEndless(size int64, bodyParagraphs int) *endless {
	return &endless{size: size, pending: []byte(exportHead), body: strings.Repeat(paragraph, bodyParagraphs)}
}

func (e *endless) Read(p []byte) (int, error) {
	for len(e.pending) == 0 {
		if e.ended {
			return 0, io.EOF
		}
		if e.given >= e.size {
			e.pending, e.ended = []byte(exportTail), true
			break
		}
		e.items++
		e.pending = fmt.Appendf(nil, `<item>
<title>Story number %[1]d</title>
<link>https://gazette.example.org/2024/05/story-%[1]d/</link>
<dc:creator><![CDATA[mara]]></dc:creator>
<guid isPermaLink="false">https://gazette.example.org/?p=%[1]d</guid>
<content:encoded><![CDATA[%[2]s]]></content:encoded>
<excerpt:encoded><![CDATA[]]></excerpt:encoded>
<wp:post_id>%[1]d</wp:post_id>
<wp:post_date>2024-05-03 10:00:00</wp:post_date>
<wp:post_date_gmt>2024-05-03 08:00:00</wp:post_date_gmt>
<wp:post_name>story-%[1]d</wp:post_name>
<wp:status>publish</wp:status>
<wp:post_type>post</wp:post_type>
<category domain="category" nicename="quay"><![CDATA[Quay]]></category>
<wp:comment><wp:comment_id>%[1]d</wp:comment_id></wp:comment>
</item>
`, e.items, e.body)
	}
	n := copy(p, e.pending)
	e.pending = e.pending[n:]
	e.given += int64(n)
	return n, nil
}

// TestMemoryStaysBounded imports 200 MB of items and looks at the heap along the way. The bound of the whole program for
// a file of any size is 256 MB.
func TestMemoryStaysBounded(t *testing.T) {
	size := int64(200 << 20)
	if testing.Short() || raceOn {
		size = 32 << 20
	}
	in := newEndless(size, 40)
	var most uint64
	batches := 0
	sink := func(_ context.Context, batch []news.Record) ([]news.Outcome, error) {
		out := make([]news.Outcome, len(batch))
		for i := range out {
			out[i].Result = news.Created
		}
		if batches++; batches%10 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
		}
		return out, nil
	}
	rep, err := Run(t.Context(), WXR, in, Options{Sink: sink})
	if err != nil || !rep.OK() {
		t.Fatal(err, rep.Incomplete, rep.Failed)
	}
	if got := rep.ByType["post"].Created; got != in.items {
		t.Errorf("%d posts of %d", got, in.items)
	}
	if most == 0 || most > 128<<20 {
		t.Errorf("the heap grew to %d MB", most>>20)
	}
	t.Logf("%d items, %d MB, heap at most %d MB", in.items, in.given>>20, most>>20)
}

// TestHugeItems reads items near the limit, and passes over one above it.
func TestHugeItems(t *testing.T) {
	readers := []io.Reader{strings.NewReader(exportHead)}
	for i, megabytes := range []int{15, 40, 15, 1} {
		body := strings.Repeat(paragraph, megabytes<<20/len(paragraph))
		readers = append(readers, strings.NewReader(fmt.Sprintf("<item><title>Nr. %d</title><wp:post_id>%[1]d</wp:post_id><content:encoded><![CDATA[", i+1)),
			strings.NewReader(body), strings.NewReader("]]></content:encoded><wp:post_type>post</wp:post_type></item>\n"))
	}
	readers = append(readers, strings.NewReader(exportTail))
	var titles []string
	var most uint64
	rep, err := Run(t.Context(), WXR, io.MultiReader(readers...), Options{Sink: func(ctx context.Context, batch []news.Record) ([]news.Outcome, error) {
		for _, rec := range batch {
			if rec.Article != nil {
				titles = append(titles, rec.Article.Title)
			}
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapInuse)
		return discard(ctx, batch)
	}})
	if err != nil || rep.Incomplete != "" {
		t.Fatal(err, rep.Incomplete)
	}
	if got := strings.Join(titles, ","); got != "Nr. 1,Nr. 3,Nr. 4" {
		t.Errorf("imported %s", got)
	}
	if rep.Failed != 1 || rep.Records[0].Line == 0 || !strings.Contains(rep.Records[0].Reason, "longer than 16 MB") {
		t.Errorf("the report: %+v", rep.Records)
	}
	if most > 230<<20 {
		t.Errorf("the heap grew to %d MB", most>>20)
	}
	t.Logf("heap at most %d MB", most>>20)
}

func discard(_ context.Context, batch []news.Record) ([]news.Outcome, error) {
	out := make([]news.Outcome, len(batch))
	for i := range out {
		out[i].Result = news.Created
	}
	return out, nil
}

func BenchmarkWXR(b *testing.B) {
	var file bytes.Buffer
	if _, err := file.ReadFrom(newEndless(8<<20, 40)); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(file.Len()))
	b.ReportAllocs()
	for b.Loop() {
		rep, err := Run(b.Context(), WXR, bytes.NewReader(file.Bytes()), Options{Sink: discard})
		if err != nil || !rep.OK() {
			b.Fatal(err)
		}
	}
}

func BenchmarkJSONLines(b *testing.B) {
	var file bytes.Buffer
	body := strings.ReplaceAll(strings.Repeat(`<p>`+strings.TrimSpace(paragraph)+`</p>\n`, 40), `"`, `\"`)
	for i := range 1500 {
		fmt.Fprintf(&file, `{"type":"article","ref":"bench:article/%d","title":"Story %d","publishedAt":"2024-05-03T08:00:00Z",`+
			`"body":"%s","byline":[{"name":"Mara Quist","author":"bench:author/mara"}],"categories":["bench:category/quay"],`+
			`"topics":[{"topic":"bench:topic/harbour"}],"status":"PUBLISHED"}`+"\n", i, i, body)
	}
	b.SetBytes(int64(file.Len()))
	b.ReportAllocs()
	for b.Loop() {
		rep, err := Run(b.Context(), JSONLines, bytes.NewReader(file.Bytes()), Options{Sink: discard})
		if err != nil || !rep.OK() || rep.Created != 1500 {
			b.Fatal(err, rep.Records)
		}
	}
}
