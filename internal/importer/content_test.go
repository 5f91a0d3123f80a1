package importer

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAutop(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"One line", "<p>One line</p>"},
		{"One\n\nTwo", "<p>One</p>\n<p>Two</p>"},
		{"One\r\n\r\n\r\n  \nTwo", "<p>One</p>\n<p>Two</p>"},
		{"One\nmore", "<p>One<br>\nmore</p>"},
		{"One<br />\nmore", "<p>One<br />more</p>"},
		{"One\n<br>\nmore", "<p>One<br>\n<br>more</p>"},
		{"A <em>word\nor two</em>", "<p>A <em>word<br>\nor two</em></p>"},
		{"<p>Done</p>\n\n<p>already</p>", "<p>Done</p>\n<p>already</p>"},
		{"<p>Half\n\ndone</p>", "<p>Half</p>\n<p>done</p>"},
		{"Text\n<h2>Head</h2>\nText", "<p>Text</p>\n<h2>Head</h2>\n<p>Text</p>"},
		{"<ul>\n<li>One</li>\n<li>Two\n\nparts</li>\n</ul>", "<ul><li>One</li>\n<li><p>Two</p>\n<p>parts</p>\n</li>\n</ul>"},
		{"<ul>\n\t<li>Out\n<ul>\n<li>In</li>\n</ul>\n</li>\n</ul>", "<ul><li>Out<ul><li>In</li>\n</ul>\n</li>\n</ul>"},
		{"<blockquote>Said\n\ntwice</blockquote>", "<blockquote><p>Said</p>\n<p>twice</p>\n</blockquote>"},
		{"<div>In a box</div>", "<div><p>In a box</p>\n</div>"},
		{"<pre>\n a\n\n b <b>c</b>\n</pre>\n\nAfter", "<pre>\n a\n\n b <b>c</b>\n</pre>\n<p>After</p>"},
		{"<table>\n<tr>\n<td>a</td>\n<td>b\nc</td>\n</tr>\n</table>", "<table><tr><td>a</td>\n<td>b<br>\nc</td>\n</tr>\n</table>"},
		{"<figure>\n\n<img src=\"a.jpg\">\n\n<figcaption>x</figcaption></figure>\n\nText", "<figure>\n\n<img src=\"a.jpg\">\n\n<figcaption>x</figcaption></figure>\n<p>Text</p>"},
		{"Before\n<hr />\nafter", "<p>Before</p>\n<hr />\n<p>after</p>"},
		{"<!-- a note -->\n\nText", "<!-- a note --><p>Text</p>"},
		{"<a href=\"x\ny\">link</a>", "<p><a href=\"x\ny\">link</a></p>"},
		{"2 < 3 and 4 > 3\n\n<3", "<p>2 < 3 and 4 > 3</p>\n<p><3</p>"},
		{"<a title=\"a > b\">x</a>", "<p><a title=\"a > b\">x</a></p>"},
		{"سطر\n\nسطر آخر", "<p>سطر</p>\n<p>سطر آخر</p>"},
		{"<script>\nx()\n\ny()</script>Text", "<script>\nx()\n\ny()</script>\n<p>Text</p>"},
		{"Unclosed <div", "<p>Unclosed</p>\n<div"},
		{"<P>Upper</P>\n\nText", "<P>Upper</P>\n<p>Text</p>"},
	} {
		if got := autop(c.in); got != c.want {
			t.Errorf("%q:\ngot  %q\nwant %q", c.in, got, c.want)
		}
	}
}

// render converts the content of a post that has two images, 21 and 22, the second uploaded to the post.
func render(content string) (body string, lost []string) {
	in := &run{report: newReport("", WXR, false)}
	w := &wxr{in: in, attachments: map[int64]attachment{
		21: {url: "https://example.org/21.jpg", alt: `A "boat"`}, 22: {url: "https://example.org/22.jpg", caption: "<b>Two</b>"},
	}, uploads: map[int64][]int64{7: {22}}}
	body = (&bodyWriter{w: w, ref: "x:y", postID: 7, notes: `[{"content":"A <b>note</b>","id":"n1"}]`}).html(content)
	in.report.finish()
	for _, u := range in.report.Unsupported {
		lost = append(lost, fmt.Sprintf("%s %s %d", u.Kind, u.Name, u.Count))
	}
	return body, lost
}

func TestContent(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		lost           []string
	}{
		{"caption", "Text\n[caption id=\"a\" align=\"left\" width=\"300\"]<a href=\"b\"><img src=\"c.jpg\" alt=\"d\" /></a> A <em>boat</em>[/caption]\nMore",
			"<p>Text</p>\n<figure><a href=\"b\"><img src=\"c.jpg\" alt=\"d\" /></a><figcaption>A <em>boat</em></figcaption></figure>\n<p>More</p>", nil},
		{"old caption", "[caption caption=\"A boat\"]<img src=\"c.jpg\">[/caption]",
			"<figure><img src=\"c.jpg\"><figcaption>A boat</figcaption></figure>", nil},
		{"caption without image", "[caption width=\"3\"]words[/caption]", "<p>words</p>", []string{"shortcode caption 1"}},
		{"gallery", "[gallery ids=\"21,22\"]",
			"<figure><img src=\"https://example.org/21.jpg\" alt=\"A &#34;boat&#34;\"></figure>\n<figure><img src=\"https://example.org/22.jpg\" alt=\"\"><figcaption><b>Two</b></figcaption></figure>", nil},
		{"gallery of uploads", "[gallery]", "<figure><img src=\"https://example.org/22.jpg\" alt=\"\"><figcaption><b>Two</b></figcaption></figure>", nil},
		{"gallery of others", "[gallery ids=\"98,99\"]", "", []string{"gallery image not in the file 2", "shortcode gallery 1"}},
		{"embed", "[embed width=\"3\"]https://video.example.com/1[/embed]",
			"<p><a href=\"https://video.example.com/1\">https://video.example.com/1</a></p>", nil},
		{"address on its own line", "Look\n\nhttps://video.example.com/1?a=b&amp;c=d\n\nText https://example.org/ here",
			"<p>Look</p>\n<p><a href=\"https://video.example.com/1?a=b&amp;c=d\">https://video.example.com/1?a=b&amp;c=d</a></p>\n<p>Text https://example.org/ here</p>", nil},
		{"address between lines", "Look\nhttps://example.org/\nhere",
			"<p>Look<br>\n<a href=\"https://example.org/\">https://example.org/</a><br>\nhere</p>", nil},
		{"youtube", "[youtube=http://www.youtube.com/watch?v=abcdefgh]", "<p><a href=\"http://www.youtube.com/watch?v=abcdefgh\">http://www.youtube.com/watch?v=abcdefgh</a></p>", nil},
		{"youtube id", "[youtube abcdefgh w=3]", "<p><a href=\"https://www.youtube.com/watch?v=abcdefgh\">https://www.youtube.com/watch?v=abcdefgh</a></p>", nil},
		{"audio", "[audio mp3=\"https://example.org/a.mp3\"][/audio]", "<figure><audio controls src=\"https://example.org/a.mp3\"></audio></figure>", nil},
		{"old audio", "[audio https://example.org/a.mp3|width=180]", "<figure><audio controls src=\"https://example.org/a.mp3\"></audio></figure>", nil},
		{"video", "[video width=\"640\" mp4=\"/v.mp4\"][/video]", "<figure><video controls src=\"/v.mp4\"></video></figure>", nil},
		{"playlist", "Hear [playlist ids=\"1,2\"] this", "<p>Hear  this</p>", []string{"shortcode playlist 1"}},
		{"code", "[sourcecode language=\"html\"]\n<b>x</b>\n\n[gallery]\n[/sourcecode]", "<pre><code>&lt;b&gt;x&lt;/b&gt;\n\n[gallery]</code></pre>", nil},
		{"unknown with text", "[box color=\"red\"]Mind the [b]gap[/b][/box]", "<p>Mind the gap</p>", []string{"shortcode b 1", "shortcode box 1"}},
		{"unknown alone", "See [contact-form-7 id=\"4\" title=\"Form\"] below", "<p>See  below</p>", []string{"shortcode contact-form-7 1"}},
		{"words in brackets", "He [the mayor] said [sic] so [1], see [video] and [W]hich", "<p>He [the mayor] said [sic] so [1], see [video] and [W]hich</p>", nil},
		{"escaped", "Write [[gallery ids=\"21\"]] here", "<p>Write [gallery ids=\"21\"] here</p>", nil},
		{"in a tag", "<a title=\"[gallery]\">x</a>", "<p><a title=\"[gallery]\">x</a></p>", nil},
		{"in code", "<pre>[gallery]</pre>", "<pre>[gallery]</pre>", nil},
		{"stray end", "Text[/caption] on", "<p>Text on</p>", nil},
		{"more and next page", "One<!--more Read on-->\n\nTwo\n<!--nextpage-->\nThree", "<p>One</p>\n<p>Two</p>\n<p>Three</p>", nil},
		{"iframe", "<iframe src=\"//www.youtube.com/embed/abcdefgh?rel=0\" width=\"3\"></iframe>",
			"<p><a href=\"https://www.youtube.com/watch?v=abcdefgh\">https://www.youtube.com/watch?v=abcdefgh</a></p>", nil},
		{"object", "<object><param name=\"movie\" value=\"http://www.youtube.com/v/abcdefgh\"></param><embed src=\"x\"></object>",
			"<p><a href=\"https://www.youtube.com/watch?v=abcdefgh\">https://www.youtube.com/watch?v=abcdefgh</a></p>", nil},
		{"iframe without address", "Text <iframe></iframe>", "<p>Text</p>", []string{"element iframe 1"}},
		{"script", "Text <script>alert(1)</script> on", "<p>Text  on</p>", []string{"element script 1"}},
		{"blocks", "<!-- wp:paragraph {\"align\":\"left\"} -->\n<p>One</p>\n<!-- /wp:paragraph -->\n<!-- wp:acme/box --><div>Two</div><!-- /wp:acme/box -->",
			"\n<p>One</p>\n\n<div>Two</div>", nil},
		{"dynamic blocks", "<!-- wp:latest-posts /--><!-- wp:calendar {\"month\":2} /--><!-- wp:calendar /-->", "", []string{"block calendar 2", "block latest-posts 1"}},
		{"template blocks", "<!-- wp:query --><div><!-- wp:query --><p>x</p><!-- /wp:query --><!-- wp:post-title /--></div><!-- /wp:query --><!-- wp:paragraph --><p>y</p><!-- /wp:paragraph -->",
			"<p>y</p>", []string{"block query 1"}},
		{"embed block", "<!-- wp:core-embed/twitter {\"url\":\"https://example.com/s/1\"} --><figure><div>https://example.com/s/1</div><figcaption>A note</figcaption></figure><!-- /wp:core-embed/twitter -->End",
			"<figure><p><a href=\"https://example.com/s/1\">https://example.com/s/1</a></p><figcaption>A note</figcaption></figure>\nEnd", nil},
		{"shortcode block", "<!-- wp:shortcode -->[gallery ids=\"22\"]<!-- /wp:shortcode -->", "<figure><img src=\"https://example.org/22.jpg\" alt=\"\"><figcaption><b>Two</b></figcaption></figure>\n", nil},
		{"social links", "<!-- wp:social-links --><ul><!-- wp:social-link {\"url\":\"https://example.com/me\",\"service\":\"example\"} /--></ul><!-- /wp:social-links -->",
			"<ul><li><a href=\"https://example.com/me\">example</a></li></ul>", nil},
		{"footnotes", "<!-- wp:footnotes /-->", "<ol><li id=\"n1\">A <b>note</b></li></ol>\n", nil},
		{"block without end", "<!-- wp:query --><p>x</p>", "", []string{"block query 1"}},
	} {
		got, lost := render(c.in)
		if got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
		if !slices.Equal(lost, c.lost) {
			t.Errorf("%s: lost %v, want %v", c.name, lost, c.lost)
		}
	}
}

// TestHostileContent renders texts that make careless parsers quadratic or recursive; the test's own time limit tells.
func TestHostileContent(t *testing.T) {
	for _, piece := range []string{
		"[a]", "[a x=\"1\"]", "[/a]", "[a][b]", "[caption]", "[gallery", "[[", "<", "<a title=\"", "<!--", "<!-- wp:embed -->",
		"<!-- wp:query -->", "<div>", "<pre>", "<iframe>", "<object><embed>", "\n\n", "<li>\n\n", "http://x\n", "[caption][/caption]",
		"<p>\n\n", "\u00a0\n", "<!-- wp:a {\"b\":", "[code]", "<!--more", "</div>", "<a title='", "[x\"",
	} {
		body, _ := render(strings.Repeat(piece, 200_000/len(piece)))
		if !utf8.ValidString(body) {
			t.Errorf("%q: not valid UTF-8", piece)
		}
	}
}

func FuzzContent(f *testing.F) {
	for _, seed := range []string{
		"One\n\nTwo <b>x\n\ny</b>", "[caption]<img src=a>[/caption][gallery ids=\"21\"]", "<!-- wp:query --><!-- /wp:query -->",
		"<iframe src=\"http://x/\"></iframe>", "<ul><li>a\n\nb</ul>", "[[x]] [a b=\"c]\"]", "<!-- wp:embed {\"url\":\"http://a.example/\"} -->x<!-- /wp:embed -->",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		body, _ := render(text)
		if utf8.ValidString(text) && !utf8.ValidString(body) {
			t.Errorf("%q became invalid UTF-8: %q", text, body)
		}
		// Paragraphs add tags and line ends but no words, and lose none.
		if got, want := words(autop(text)), words(text); got != want {
			t.Errorf("autop changed the words of %q from %q to %q", text, want, got)
		}
	})
}

// words are the letters and digits outside the tags that autop writes.
func words(s string) string {
	s = strings.NewReplacer("<p>", "", "</p>", "", "<br>", "").Replace(s)
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
