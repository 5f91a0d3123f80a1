package markup

import (
	"math/rand/v2"
	"strings"
	"testing"
)

var fromMarkdownTests = []pair{
	{"", ""},
	{"One *two* **three** `four`.", "<p>One <em>two</em> <strong>three</strong> <code>four</code>.</p>\n"},
	{"# Head\n\ntext\\\nmore", "<h1>Head</h1>\n<p>text<br>\nmore</p>\n"},
	{"~~gone~~ https://example.org/a?b=c.", `<p><del>gone</del> <a href="https://example.org/a?b=c">https://example.org/a?b=c</a>.</p>` + "\n"},
	{"| a | b |\n|---|--:|\n| 1 | 2 |", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n"},
	{"![Bridge](/a.jpg \"The bridge\")", `<p><img src="/a.jpg" alt="Bridge" title="The bridge"></p>` + "\n"},
	{"3. c\n4. d", "<ol start=\"3\">\n<li>c</li>\n<li>d</li>\n</ol>\n"},
	{"> quoted\n\n---", "<blockquote>\n<p>quoted</p>\n</blockquote>\n<hr>\n"},
	{"```go\nx < y\n```", "<pre><code>x &lt; y\n</code></pre>\n"},

	// HTML in Markdown is sanitised.
	{"<script>alert(1)</script>\n\nHi <sup onclick=x>2</sup>", "\n<p>Hi <sup>2</sup></p>\n"},
	{"[x](javascript:alert(1)) <javascript:alert(1)> ![x](data:text/html,x)", "<p>x javascript:alert(1) </p>\n"},
	{"<iframe src=\"https://x.test/\"></iframe>\n\n<div>\n\n*a*\n\n</div>", "\n<div>\n<p><em>a</em></p>\n</div>"},
}

func TestFromMarkdown(t *testing.T) {
	for _, test := range fromMarkdownTests {
		got, err := FromMarkdown(test.in)
		if err != nil || got != test.want {
			t.Errorf("FromMarkdown(%q)\n got %q, %v\nwant %q", test.in, got, err, test.want)
		}
	}
}

var toMarkdownTests = []pair{
	{"", ""},
	{"<p>One <em>two</em> <strong>three</strong>.</p>", "One *two* **three**."},
	{"<p>a <b>bold</b>, <i>lean</i> and <s>gone</s></p>", "a **bold**, *lean* and ~~gone~~"},
	{"<h2>Head</h2>\n\n<p>Text<br>more</p>", "## Head\n\nText\\\nmore"},
	{"<p>white<b> space </b>moves</p>", "white **space** moves"},
	{"<p><strong>all <em>in</em> one</strong></p>", "**all _in_ one**"},
	{"<p>im<b>port</b>ant <b>(yes)</b>no</p>", "im**port**ant <strong>(yes)</strong>no"},
	{"<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n  - c"},
	{"<ol start=\"3\"><li>a</li><li><p>b</p><p>c</p></li></ol>", "3. a\n\n4. b\n\n   c"},
	{"<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n* b"},
	{"<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"},
	{"<pre><code>if x {\n\ty()\n}\n</code></pre>", "```\nif x {\n\ty()\n}\n```"},
	{"<p>use <code>a`b</code></p>", "use ``a`b``"},
	{`<p><a href="/a_(b)" title="T &quot;q&quot;">text</a> <a href="https://example.org/x">https://example.org/x</a></p>`,
		`[text](</a_(b)> "T \"q\"") <https://example.org/x>`},
	{`<p><img src="/a.jpg" alt="A [x]"></p>`, `![A \[x\]](/a.jpg)`},
	{`<p><img src="/a.jpg"></p>`, `<img src="/a.jpg">`},
	{`<figure><img src="/a.jpg" alt="A" width="640"><figcaption>C</figcaption></figure>`,
		`<figure><img src="/a.jpg" alt="A" width="640"><figcaption>C</figcaption></figure>`},
	{"<table><thead><tr><th>a|b</th><th>c</th></tr></thead><tbody><tr><td>1</td><td><b>2</b></td></tr></tbody></table>",
		"| a\\|b | c |\n| --- | --- |\n| 1 | **2** |"},
	{"<table><tr><td>no head</td></tr></table>", "<table><tbody><tr><td>no head</td></tr></tbody></table>"},
	{"<div><p>a</p><p>b</p></div>", "<div>\n\na\n\nb\n\n</div>"},
	{`<p dir="rtl">مرحبا <b>x</b></p>`, `<p dir="rtl">مرحبا <b>x</b></p>`},
	{"<p>H<sub>2</sub>O &amp; <mark>more <em>of</em> it</mark></p>", "H<sub>2</sub>O & <mark>more *of* it</mark>"},
	{"<p>1. no list</p><p># no head</p><p>- 2 * 3_4 [x] snake_case &amp;lt; &lt;b&gt;</p>",
		"1\\. no list\n\n\\# no head\n\n\\- 2 \\* 3_4 \\[x\\] snake_case \\&lt; \\<b>"},
	{"<p>see http://example.org or www.example.org or a@example.org</p>", `see http\://example.org or www\.example.org or a\@example.org`},
	{"plain", "plain"},
	{"<script>x</script>y", "y"},
}

func TestToMarkdown(t *testing.T) {
	for _, test := range toMarkdownTests {
		if got := ToMarkdown(test.in); got != test.want {
			t.Errorf("ToMarkdown(%q)\n got %q\nwant %q", test.in, got, test.want)
		}
	}
}

// checkMarkdownRound fails when a body that is written as Markdown and read again is not the same.
func checkMarkdownRound(t *testing.T, source string) {
	t.Helper()
	safe, text := Clean(source)
	md := ToMarkdown(source)
	checkText(t, "Markdown", md)
	again, err := FromMarkdown(md)
	if err != nil {
		if len(safe) < maxMarkdown/2 && strings.Count(safe, "<a")+strings.Count(safe, "[")+strings.Count(safe, "`") < maxSpans/2 {
			t.Fatalf("its Markdown is refused: %v\nsource %.500q", err, source)
		}
		return
	}
	gotHTML, gotText := Clean(again)
	if gotHTML != again {
		t.Fatalf("FromMarkdown is not sanitised: %q, %q", again, gotHTML)
	}
	if gotText != text {
		t.Fatalf("another text\nsource   %q\nMarkdown %q\n got %q\nwant %q", safe, md, gotText, text)
	}
	if got, want := shapeOf(again), shapeOf(safe); got != want {
		t.Fatalf("another shape\nsource   %q\nMarkdown %q\n got %q\nwant %q", safe, md, got, want)
	}
}

func TestMarkdownRound(t *testing.T) {
	for _, tests := range [][]pair{sanitiseTests, textTests, toMarkdownTests, fromMarkdownTests} {
		for _, test := range tests {
			checkMarkdownRound(t, test.in)
		}
	}
}

func FuzzToMarkdown(f *testing.F) {
	for _, tests := range [][]pair{sanitiseTests, textTests, toMarkdownTests} {
		for _, test := range tests {
			f.Add(test.in)
		}
	}
	f.Fuzz(checkMarkdownRound)
}

func FuzzFromMarkdown(f *testing.F) {
	for _, test := range fromMarkdownTests {
		f.Add(test.in)
	}
	for _, test := range toMarkdownTests {
		f.Add(test.want)
	}
	f.Fuzz(func(t *testing.T, source string) {
		safe, err := FromMarkdown(source)
		if err != nil {
			if safe != "" || !strings.Contains(err.Error(), "Markdown") {
				t.Fatalf("%q, %v", safe, err)
			}
			return
		}
		checkHTML(t, safe)
		if Sanitise(safe) != safe {
			t.Fatalf("FromMarkdown(%q) = %q is not sanitised", source, safe)
		}
		checkMarkdownRound(t, safe)
	})
}

// What would keep the parser busy for minutes is refused with a word about what to change; its neighbours are not.
func TestFromMarkdownIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine: the race detector has nothing to find here")
	}
	for _, test := range []struct{ source, want string }{
		{strings.Repeat("a", maxMarkdown+1), "more than 1048576; split"},
		{"a\n\n" + strings.Repeat("> ", 101) + "a", "line 3 of the Markdown nests"},
		{strings.Repeat(">", 101) + "a", "line 1 of the Markdown nests"},
		{strings.Repeat("1. ", 101) + "a", "nests quotes or lists more than 100 deep"},
		{"a\n\n\nb\n" + strings.Repeat("[a](", 1001), "the paragraph at line 4 of the Markdown has more than 1000 links"},
		{strings.Repeat("\\```", 1000), "more than 1000 links and pieces of code"},
		{strings.Repeat("|a", 600) + "\n" + strings.Repeat("|-", 600) + strings.Repeat("\n|x", 600), "tables of the Markdown may have 601 columns in 602 lines"},
	} {
		if safe, err := FromMarkdown(test.source); err == nil || !strings.Contains(err.Error(), test.want) || safe != "" {
			t.Errorf("FromMarkdown(%.20q…) = %.20q, %v; want an error with %q", test.source, safe, err, test.want)
		}
	}
	for _, source := range []string{
		strings.Repeat("a", maxMarkdown), strings.Repeat("- ", 500), strings.Repeat("-", 500) + "+", strings.Repeat(".", 500),
		strings.Repeat("> ", 100) + "a", strings.Repeat("[a](/b)\n\n", 5000), strings.Repeat("*a **a ", 50_000), strings.Repeat("<b>", 300_000),
	} {
		if _, err := FromMarkdown(source); err != nil {
			t.Errorf("FromMarkdown(%.20q…): %v", source, err)
		}
	}
}

// Documents that are badly nested come back, too, as deep as the sanitiser lets them be.
func TestMarkdownOfRandomNesting(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		var b strings.Builder
		few, from := 4+random.IntN(len(pieces)-4), random.IntN(len(pieces))
		for range 3 + random.IntN(40) {
			b.WriteString(pieces[(from+random.IntN(few))%len(pieces)])
		}
		checkMarkdownRound(t, b.String())
	}
	for _, tag := range []string{"<b>", "<div>", "<blockquote>", "<ul><li>", "<table><td>", "<q>", "<div><p>a</p>"} {
		checkMarkdownRound(t, strings.Repeat(tag, 2000)+"x")
	}
}
