package markup

import (
	"fmt"
	"strings"
	"testing"
)

// article5kB is an article as WordPress writes it: 14 paragraphs with links, a figure, a list and a quotation.
var article5kB = func() string {
	var b strings.Builder
	for i := 0; b.Len() < 5000; i++ {
		fmt.Fprintf(&b, `<p>The city council voted on <strong>Tuesday</strong> to approve the plan, which the mayor’s office said would `+
			`cost &euro;%d million. “We didn't expect it,” said <a href="https://example.org/people/%d?a=b&amp;c=d">Ana Núñez</a>, who `+
			`has followed the <em>debate</em> for years &amp; wrote about it. The vote was 7 to 4.</p>`+"\n\n", i, i)
		if i == 3 {
			b.WriteString(`<!-- wp:image {"id":1} --><figure class="wp-block-image"><img src="https://example.org/uploads/2020/01/a.jpg" ` +
				`alt="Bridge" width="640" height="480" class="wp-image-1" srcset="/uploads/a-300.jpg 300w, /uploads/a.jpg 640w"/>` +
				`<figcaption>The bridge</figcaption></figure>` + "\n<h2>What next</h2>\n<ul>\n<li>One</li>\n<li>Two</li>\n</ul>\n" +
				`<blockquote><p>Quote</p></blockquote>`)
		}
	}
	return b.String()
}()

func benchmark(b *testing.B, f func()) {
	b.ReportAllocs()
	for b.Loop() {
		f()
	}
}

func BenchmarkSanitise5kB(b *testing.B) { benchmark(b, func() { Sanitise(article5kB) }) }
func BenchmarkClean5kB(b *testing.B)    { benchmark(b, func() { Clean(article5kB) }) }

// BenchmarkPolicy5kB is the library alone on the same article and allow-list.
func BenchmarkPolicy5kB(b *testing.B) { benchmark(b, func() { policy.Sanitize(article5kB) }) }

func BenchmarkWordCount5kB(b *testing.B) {
	text := Text(article5kB)
	benchmark(b, func() { WordCount(text) })
}

func BenchmarkWordCountJapanese5kB(b *testing.B) {
	text := strings.Repeat("東京タワーは一九五八年に完成した。", 100)
	benchmark(b, func() { WordCount(text) })
}

func BenchmarkExcerpt(b *testing.B) {
	text := Text(article5kB)
	benchmark(b, func() { Excerpt(text, 160) })
}

func BenchmarkLine(b *testing.B) {
	b.Run("PlainTitle", func(b *testing.B) { benchmark(b, func() { PlainTitle("The <em>Times</em> &amp; the Post’s view") }) })
	b.Run("Slug", func(b *testing.B) { benchmark(b, func() { Slug("Crème brûlée and the Post’s view of it") }) })
	b.Run("EncodePath", func(b *testing.B) { benchmark(b, func() { EncodePath("/2020/01/الأخبار-العاجلة/") }) })
	b.Run("SafeURL", func(b *testing.B) { benchmark(b, func() { SafeURL("https://example.org/uploads/2020/01/a.jpg?x=1") }) })
}
