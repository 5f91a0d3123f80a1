package markup

import (
	"strings"
	"sync"
	"testing"
)

type pair struct{ in, want string }

var sanitiseTests = []pair{
	// Kept as it is.
	{"", ""},
	{"plain text", "plain text"},
	{"<p>One <em>two</em> <strong>three</strong>.</p>", "<p>One <em>two</em> <strong>three</strong>.</p>"},
	{"<h2>Head</h2>\n\n<p>Text</p>", "<h2>Head</h2>\n\n<p>Text</p>"},
	{`<p dir="rtl" lang="ar">مرحبا <bdi>x</bdi></p>`, `<p dir="rtl" lang="ar">مرحبا <bdi>x</bdi></p>`},
	{`<figure><picture><source srcset="/a.webp 1x, /b.webp 2x" type="image/webp"><img src="/a.jpg" alt="" width="64" height="48"></picture><figcaption>C</figcaption></figure>`,
		`<figure><picture><source srcset="/a.webp 1x, /b.webp 2x" type="image/webp"><img src="/a.jpg" alt="" width="64" height="48"></picture><figcaption>C</figcaption></figure>`},
	{`<ol start="3" reversed="" type="a"><li value="7">x</li></ol>`, `<ol start="3" reversed="" type="a"><li value="7">x</li></ol>`},
	{`<details open=""><summary>S</summary>T</details>`, `<details open=""><summary>S</summary>T</details>`},
	{`<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>`, `<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>`},
	{`<blockquote cite="https://example.org/"><p>“It isn't”</p></blockquote>`, `<blockquote cite="https://example.org/"><p>“It isn't”</p></blockquote>`},
	{`<p><time datetime="2024-02-29T10:00:00+01:00">today</time> <del datetime="2020-01-01">a</del><ins>b</ins> <abbr title="Euro &quot;€&quot;">EUR</abbr></p>`,
		`<p><time datetime="2024-02-29T10:00:00+01:00">today</time> <del datetime="2020-01-01">a</del><ins>b</ins> <abbr title="Euro &#34;€&#34;">EUR</abbr></p>`},

	// Scripts and what carries them.
	{`a<script>alert(1)</script>b`, `a b`},
	{`<SCRIPT SRC=//x.test/x.js></SCRIPT>x`, `x`},
	{`<style>p{}</style><p style="color:red" class="x" id="y" onclick="z()">x</p>`, `<p>x</p>`},
	{`<iframe src="https://x.test/"><p>no</p></iframe>x`, `x`},
	{`<object data="x.swf"><embed src="x.swf">fallback</object>`, `fallback `},
	{`<noscript><p title="</noscript><img src=x onerror=alert(1)>">`, `<img src="x">"&gt;`},
	{`<svg><style><img src=x onerror=alert(1)></style><path/></svg>x`, `x`},
	{`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`, `<table><tbody><tr><td></td></tr></tbody></table>`},
	{`<a href="javascript:alert(1)">x</a>`, `x`},
	{`<a href=" java&#10;script&colon;alert(1)">x</a>`, `x`},
	{`<a href="JaVaScRiPt:alert(1)" title="t">x</a>`, `x`},
	{`<a href="data:text/html,x">x</a><a href="vbscript:x">y</a><a href="ftp://x/">z</a>`, `xyz`},
	{`<img src="data:image/png;base64,AAAA" alt="x">y`, `y`},
	{`<img src=x onerror=alert(1)>`, `<img src="x">`},
	{`<video src="javascript:alert(1)" poster="data:x" autoplay onplay=x><source src="javascript:x"><track src="data:x"></video>`, `<video controls=""></video>`},
	{`<img src="/a" srcset="/b 1x, javascript:alert(1) 2x">`, `<img src="/a">`},
	{`<!-- x --><![CDATA[y]]><?php z ?><!doctype html>w`, `w`},
	{`<p>a<!-- b`, `<p>a</p>`},
	{`<form action="/x"><input name=a><button formaction="javascript:x">Go</button></form>`, `<div>Go </div>`},

	// Links.
	{`<a href="https://EXAMPLE.org:443/a b?q=ü#ä" target="_blank" rel="opener noopener nofollow" download ping="/x">x</a>`,
		`<a href="https://example.org/a%20b?q=%C3%BC#%C3%A4" rel="noopener nofollow">x</a>`},
	{`<a href="//cdn.example.org/x">x</a>`, `<a href="https://cdn.example.org/x">x</a>`},
	{`<a href="/\evil.example/x">x</a>`, `<a href="https://evil.example/x">x</a>`},
	{`<a href="../a?b=c&d=e">x</a> <a href="#note">n</a> <a href="mailto:a@example.org?subject=Hi there">m</a>`,
		`<a href="../a?b=c&amp;d=e">x</a> <a href="#note">n</a> <a href="mailto:a@example.org?subject=Hi%20there">m</a>`},
	{`<a href="1:2">x</a>`, `<a href="./1:2">x</a>`},
	{`<a name="top"></a><a>x</a><a href="">y</a>`, `xy`},
	{`<a href="https://user:secret@example.org/">x</a>`, `<a href="https://example.org/">x</a>`},
	{`<a href="/1">one <a href="/2">two</a></a>`, `<a href="/1">one </a><a href="/2">two</a>`},

	// Attributes.
	{`<img src="/a.jpg" width="640px" height="50%" alt="  two  
 words " sizes="(max-width: 600px) 100vw, 600px" loading=lazy>`,
		`<img src="/a.jpg" width="640" alt="two words" sizes="(max-width: 600px) 100vw, 600px">`},
	{`<td colspan=2>x</td>`, `x`},
	{`<p dir="sideways" lang="e'n">x</p><p lang="zh-Hant-TW">y</p>`, `<p>x</p><p lang="zh-Hant-TW">y</p>`},
	{`<img src="/a" src="/b" SRC="/c">`, `<img src="/a">`},
	{`<img src="/a" srcset="/s,1.jpg 300w, /s,2.jpg  640w,">`, `<img src="/a" srcset="/s,1.jpg 300w, /s,2.jpg 640w">`},
	{`<span class="x">a <span lang="fr">b <span>c</span> d</span> e</span>`, `a <span lang="fr">b c d</span> e`},

	// Other names.
	{`<center>a</center><strike>b</strike><tt>c</tt><acronym>d</acronym><article>e</article><big>f</big>`,
		`<div>a</div><s>b</s><code>c</code><abbr>d</abbr><div>e</div>f`},
	{`wo<font color=red>rd</font><custom-tag>two</custom-tag>`, `word two `},
	{`<xmp><b>raw</b></xmp>`, `<pre>&lt;b&gt;raw&lt;/b&gt;</pre>`},

	// Nesting.
	{`<p>a<p>b`, `<p>a</p><p>b</p>`},
	{`<p>a<div>b</div>c</p>d`, `<p>a</p><div>b</div>c d`},
	{`<p><figure><img src="/a"></figure></p>`, `<figure><img src="/a"></figure>`},
	{`<b><p>a</b>b</p>c`, `<b><p>ab</p></b>c`},
	{`<b>a<i>b</b>c</i>`, `<b>a<i>b</i></b>c`},
	{`<ul><li>a<li>b<ul><li>c</ul><li>d</ul>`, `<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>`},
	{`<dl><dt>a<dd>b<dt>c</dl>`, `<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>`},
	{`<h2>a<h3>b`, `<h2>a</h2><h3>b</h3>`},
	{`<h2>a</h3>b`, `<h2>a</h2>b`},
	{`<table><tr><td>a<td>b<tr><th>c</table>d`, `<table><tbody><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></tbody></table>d`},
	{`<table>a<p>b</table>`, `<table><tbody><tr><td>a<p>b</p></td></tr></tbody></table>`},
	{`<table><col span=2><caption>c</caption><td>x`, `<table><colgroup><col span="2"></colgroup><caption>c</caption><tbody><tr><td>x</td></tr></tbody></table>`},
	{`<table><td></div></p></b>x</table>`, `<table><tbody><tr><td>x</td></tr></tbody></table>`},
	{`<ruby>a<rt>b<rt>c</ruby>`, `<ruby>a<rt>b</rt><rt>c</rt></ruby>`},
	{`a</br>b</p>c`, `a<br>b c`},
	{`<p></p><b></b><div><p> </p></div><p>x</p>`, `<div><p> </p></div><p>x</p>`},
	{`a<p></p>b`, `a<p></p>b`},
	{"<pre>\na\n  b</pre>", "<pre>a\n  b</pre>"},
	{"<pre>\n\na</pre>", "<pre>\n\na</pre>"},

	// Unicode.
	{"e\u0301 &eacute; e<b></b>\u0301 e<x>\u0301</x>", "é é é e \u0301 "},
	{"a\x00b\x1fc\u0085d\xffe&#1;&#x9f;f", "abc d\ufffdeŸf"},
	{"><!-- -->\u0338", "≯"},
	{"<b>x</b>\u0338y", "<b>x</b>&#824;y"},
	{"&lt;script&gt; &amp;lt; &nbsp;&quot;'", "&lt;script&gt; &amp;lt; \u00a0\"'"},
	{"5 < 6 > 4 & 3", "5 &lt; 6 &gt; 4 &amp; 3"},
}

func TestSanitise(t *testing.T) {
	for _, test := range sanitiseTests {
		if got := Sanitise(test.in); got != test.want {
			t.Errorf("Sanitise(%q)\n got %q\nwant %q", test.in, got, test.want)
		}
		checkHTML(t, test.in)
	}
}

var textTests = []pair{
	{"", ""},
	{"<p>One\n two</p><p>three</p>", "One two\n\nthree"},
	{"<h1>Head</h1>text<div>more</div>", "Head\n\ntext\n\nmore"},
	{"a<br>b<br/>\n<br>c", "a\nb\n\nc"},
	{"<ul>\n<li>a</li>\n<li><p>b</p><ol><li>c</li></ol></li>\n</ul>d", "a\nb\nc\n\nd"},
	{"<dl><dt>a</dt><dd>b</dd></dl>", "a\nb"},
	{"<table><caption>c</caption><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>x", "c\n\na\tb\n1\t2\n\nx"},
	{`<figure><img src="/a" alt="not this"><figcaption>Caption</figcaption></figure>`, "Caption"},
	{"<p>a&amp;b &lt;c&gt; &eacute;&#8217;&nbsp;d</p>", "a&b <c> é’ d"},
	{"<pre>if x {\n\ty()\n}\n</pre><p>z</p>", "if x {\n\ty()\n}\n\nz"},
	{"wo<b>rd</b>s in<i>side</i>", "words inside"},
	{"<script>x</script><style>y</style><title>z</title><p>t</p>", "t"},
	{"hyphen&shy;ated \ufeffmark", "hyphenated mark"},
	{"e<i>\u0301</i>", "é"},
	{"He said <q>yes</q>.", `He said "yes".`},
	{"<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>を読む", "漢字を読む"},
	{"<p dir=rtl>שלום <b>עולם</b></p>\n<p>مرحبا</p>", "שלום עולם\n\nمرحبا"},
	{"<p>a</p><hr><p>b</p>", "a\n\nb"},
	{"<details><summary>s</summary>t</details>", "s\n\nt"},
}

func TestText(t *testing.T) {
	for _, test := range textTests {
		if got := Text(test.in); got != test.want {
			t.Errorf("Text(%q)\n got %q\nwant %q", test.in, got, test.want)
		}
		checkHTML(t, test.in)
	}
}

// The policy must agree with the package's own tables: it sees only tags with attributes, so a disagreement over an element
// would not show otherwise.
func TestPolicyAllowsTheElements(t *testing.T) {
	for _, e := range elements {
		tag := "<" + e.name + ">"
		if got := policy.Sanitize(tag); got != tag {
			t.Errorf("policy makes %q of %q", got, tag)
		}
	}
}

// In the ordinary way the policy has nothing to change. Were it not so, the second line of defence would do the first one's work.
func TestPolicyChangesNothing(t *testing.T) {
	for _, test := range sanitiseTests {
		var s shaper
		s.shape(test.in)
		if tags := string(s.tags); policy.Sanitize(tags) != tags {
			t.Errorf("policy makes %q of %q, from %q", policy.Sanitize(tags), tags, test.in)
		}
	}
}

func TestDepthIsBounded(t *testing.T) {
	for _, tag := range []string{"<b>", "<div>", "<blockquote>", "<ul><li>", "<table><td>", "<span lang=en>", "<a href=/x><p>", "<q>"} {
		source := strings.Repeat(tag, 20000) + "x" + strings.Repeat("Z</div>", 300)
		checkHTML(t, source)
		if safe := Sanitise(source); !strings.Contains(safe, "x") || strings.Count(safe, "Z") != 300 || len(safe) > len(source) {
			t.Errorf("%s: %d bytes, text lost or grown", tag, len(safe))
		}
	}
}

func TestCleanConcurrently(t *testing.T) {
	var wg sync.WaitGroup
	for _, test := range sanitiseTests {
		wg.Go(func() {
			for range 20 {
				if got := Sanitise(test.in); got != test.want {
					t.Errorf("Sanitise(%q) = %q", test.in, got)
					return
				}
			}
		})
	}
	wg.Wait()
}
