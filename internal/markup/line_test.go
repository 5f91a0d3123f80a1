package markup

import (
	"strings"
	"testing"
)

var titleTests = []pair{
	{"", ""},
	{"Plain title", "Plain title"},
	{"  Two\n\tlines&nbsp; here ", "Two lines here"},
	{"The <em>Times</em> &amp; the <b class=x>Post</b>", "The Times & the Post"},
	{"Rock &#8217;n&#8217; roll &#x2014; live", "Rock ’n’ roll — live"},
	{"Q&amp;amp;A &amp;#8220;x&amp;#8221;", "Q&A “x”"},
	{"AT&T, R&D and &copy 2020", "AT&T, R&D and &copy 2020"},
	{"a < b > c <3 List<T> x <", "a < b > c <3 List<T> x <"},
	{"&lt;b&gt; is bold", "<b> is bold"},
	{"x<script>alert(1)</script>y", "xy"},
	{"One<br>two<br/>three", "One two three"},
	{"Hyphen&shy;ation\u00ad", "Hyphenation"},
	{"Cafe\u0301 \x00\x1b[1m", "Café [1m"},
	{"<span dir=\"rtl\">عنوان</span> بالعربية", "عنوان بالعربية"},
	{"<!-- x -->東京 &lt;速報&gt;", "東京 <速報>"},
	{"bad \xff byte", "bad \ufffd byte"},
}

func TestPlainTitle(t *testing.T) {
	for _, test := range titleTests {
		if got := PlainTitle(test.in); got != test.want {
			t.Errorf("PlainTitle(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

var excerptTests = []struct {
	in   string
	max  int
	want string
}{
	{"", 10, ""},
	{"Short.", 10, "Short."},
	{"Exactly 10", 10, "Exactly 10"},
	{"Anything", 0, ""},
	{"Anything", -1, ""},
	{"Folded\n\nwhite   space", 100, "Folded white space"},
	{"The first one ends here. The second goes on and on.", 30, "The first one ends here."},
	{"No. The sentence that follows is too long to fit into it.", 30, "No. The sentence that follows…"},
	{"We met Mr. Smith of the U.S. Senate in the old town hall.", 30, "We met Mr. Smith of the U.S…"},
	{"A sentence without an end that goes on", 20, "A sentence without…"},
	{"Unbreakablewordsareverylong", 10, "Unbreakab…"},
	{"Family 👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦 x", 9, "Family…"},
	{"👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 2, "👨‍👩‍👧‍👦…"},
	{"今日は晴れです。明日は雨が降るでしょう。", 10, "今日は晴れです。"},
	{"今日は晴れですか明日は雨が降るでしょう", 6, "今日は晴れ…"},
	{"ذهب الولد إلى المدرسة. ثم عاد إلى البيت مساء.", 30, "ذهب الولد إلى المدرسة."},
	{"यह पहला वाक्य है। यह दूसरा वाक्य है जो लंबा है।", 15, "यह पहला वाक्य है।"},
	{"e\u0301e\u0301e\u0301e\u0301", 4, "éééé"},
}

func TestExcerpt(t *testing.T) {
	for _, test := range excerptTests {
		if got := Excerpt(test.in, test.max); got != test.want {
			t.Errorf("Excerpt(%q, %d) = %q, want %q", test.in, test.max, got, test.want)
		}
	}
}

var slugTests = []pair{
	{"", ""},
	{"!!! … ---", ""},
	{"Hello, World!", "hello-world"},
	{"  Rock 'n' Roll: It’s 50 % off — today ", "rock-n-roll-its-50-off-today"},
	{"Crème brûlée à l'été", "creme-brulee-a-lete"},
	{"Straße, Øresund, Łódź, Æsir, Þór, Đà Nẵng", "strasse-oresund-lodz-aesir-thor-da-nang"},
	{"STRAẞE İstanbul ISPARTA ılık", "strasse-istanbul-isparta-ilik"},
	{"Новости дня: Ёлка и Йод", "новости-дня-ёлка-и-йод"},
	{"ΟΔΟΣ Ἀθηνᾶς", "οδος-ἀθηνᾶς"},
	{"الأخبار العاجلة، اليوم", "الأخبار-العاجلة-اليوم"},
	{"שָׁלוֹם עולם", "שָׁלוֹם-עולם"},
	{"東京タワーへ行く！", "東京タワーへ行く"},
	{"हिन्दी में समाचार", "हिन्दी-में-समाचार"},
	{"ภาษาไทย ข่าว", "ภาษาไทย-ข่าว"},
	{"می\u200cشود", "میشود"},
	{"한국어 뉴스", "한국어-뉴스"},
	{"Emoji 👍🏽 1️⃣ x", "emoji-1-x"},
	{"２０２４ Ａ ﬁn", "２０２４-a-fin"},
	{"\u0301abc -\u0301- \u0E31", "abc"},
	{"a/b\\c?d#e&f", "a-b-c-d-e-f"},
	{strings.Repeat("word ", 30), strings.TrimSuffix(strings.Repeat("word-", 16), "-")},
	{strings.Repeat("長", 100), strings.Repeat("長", 80)},
	{strings.Repeat("कि", 100), strings.Repeat("कि", 80)},
	{strings.Repeat("a", 78) + " bcdef", strings.Repeat("a", 78)},
}

func TestSlug(t *testing.T) {
	for _, test := range slugTests {
		if got := Slug(test.in); got != test.want {
			t.Errorf("Slug(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

var wordTests = []struct {
	in   string
	want int
}{
	{"", 0},
	{" \n — … !", 0},
	{"One two  three.\nFour", 4},
	{"Don't stop: the well-known 3.14, e.g. 1,000", 7},
	{"word—word and/or", 4},
	{"«Привет, мир!» — сказал он.", 4},
	{"ذهب الولد إلى المدرسة.", 4},
	{"यह पहला वाक्य है।", 4},
	{"今日は晴れです。", 7},
	{"東京タワーへ", 6},
	{"北京2008年 Olympic Games", 6},
	{"한국어 뉴스 기사", 3},
	{"สวัสดีชาวโลก", 3}, // ten letters with their marks
	{"👍 ok 🇫🇷", 1},
	{"e\u0301te\u0301 l’été", 2},
	{"tour-de-France franco‑allemand", 2},
}

func TestWordCount(t *testing.T) {
	for _, test := range wordTests {
		if got := WordCount(test.in); got != test.want {
			t.Errorf("WordCount(%q) = %d, want %d", test.in, got, test.want)
		}
	}
}

var pathTests = []pair{
	{"/", "/"},
	{"/2020/01/hello-world/", "/2020/01/hello-world/"},
	{"/%d9%85/", "/%D9%85/"},
	{"/م/", "/%D9%85/"},
	{"/%D9%85/", "/%D9%85/"},
	{"/e\u0301/é/%65%cc%81", "/%C3%A9/%C3%A9/%C3%A9"},
	{"/a//b///c", "/a/b/c"},
	{"/a/./b/../c", "/a/c"},
	{"/a/%2e%2E/b/.", "/b/"},
	{"/../../a/..", "/"},
	{"/a/..//b", "/b"},
	{"/a b\"<>^`{|}", "/a%20b%22%3C%3E%5E%60%7B%7C%7D"},
	{"/~user/!$&'()*+,;=:@-._", "/~user/!$&'()*+,;=:@-._"},
	{"/%7euser/%21", "/~user/!"},
	{"/100%/%zz/%2", "/100%25/%25zz/%252"},
	{"/%2525/%2f%3f%23%5c", "/%2525/%2F%3F%23%5C"},
	{"/%ff/\xff", "/%FF/%FF"},
	{"/?p=123", "/?p=123"},
	{"/a?q=%d9%85&x=م+%26&e=e\u0301", "/a?q=%D9%85&x=%D9%85+%26&e=%C3%A9"},
	{"/a?q=%3C\u0327", "/a?q=%3C%CC%A7"},
	{"/a?", "/a"},
	{"/a?#x", "/a"},
	{"/a#b?c", "/a"},
	{" /a/ ", "/a/"},
	{"", ""},
	{"a/b", ""},
	{"//host/x", ""},
	{"/\\host/x", ""},
	{"\\a", ""},
	{"/a\tb", ""},
	{"/\n/host", ""},
	{"https://host/", ""},
	{"javascript:alert(1)", ""},
	{"?p=1", ""},
	{"#x", ""},
}

func TestEncodePath(t *testing.T) {
	for _, test := range pathTests {
		if got := EncodePath(test.in); got != test.want {
			t.Errorf("EncodePath(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

// A "" means that the address is refused.
var urlTests = []pair{
	{"https://example.org", "https://example.org/"},
	{"HTTP://Example.ORG:80/A/../b/./c?Q=1#F", "http://example.org/b/c?Q=1#F"},
	{"https://example.org:8443/a//b/", "https://example.org:8443/a//b/"},
	{"https://example.org:0443?x", "https://example.org/?x"},
	{"https://bücher.example/straße/日本?q=ä", "https://xn--bcher-kva.example/stra%C3%9Fe/%E6%97%A5%E6%9C%AC?q=%C3%A4"},
	{"https://مثال.example/", "https://xn--mgbh0fb.example/"},
	{"https://example.org/e\u0301.jpg", "https://example.org/e%CC%81.jpg"}, // another server's file name stays as it is
	{"https://example.org/a b%2fc%7e%zz", "https://example.org/a%20b%2Fc~%25zz"},
	{" \thttps://exa\nmple.org/\u00a0", "https://example.org/"},
	{`https:\\example.org\a?b\c`, "https://example.org/a?b%5Cc"},
	{"https://user:pass@example.org/", "https://example.org/"},
	{"https://a@b@example.org/", "https://example.org/"},
	{"http://[2001:DB8:0::1]:8080/x", "http://[2001:db8::1]:8080/x"},
	{"http://192.0.2.1/x", "http://192.0.2.1/x"},
	{"https://ex%61mple.org/", "https://example.org/"},
	{"http://192.0.2.1./x", "http://192.0.2.1/x"},
	{"https://example.org./", "https://example.org./"},
	{"https://example.org/#", "https://example.org/"},
	{"https://example.org/?", "https://example.org/?"},
	{"", ""},
	{"/a", ""},
	{"//example.org/", ""},
	{"https:example.org", ""},
	{"https:///x", ""},
	{"https://", ""},
	{"https://?x", ""},
	{"https://exa mple.org/", ""},
	{"https://example.org:99999/", ""},
	{"https://example.org:x/", ""},
	{"https://[::1/", ""},
	{"https://[fe80::1%25eth0]/", ""},
	{"https://a..b/", ""},
	{"http://0x7f.1/", ""},
	{"http://256.0.0.1/", ""},
	{"http://017700000001/", ""},
	{"https://xn--pokxncvks/", ""},
	{"https://<script>/", ""},
	{"ftp://example.org/", ""},
	{"javascript:alert(1)", ""},
	{"data:text/html,x", ""},
	{"mailto:a@example.org", ""},
}

func TestSafeURL(t *testing.T) {
	for _, test := range urlTests {
		got, ok := SafeURL(test.in)
		if got != test.want || ok != (test.want != "") {
			t.Errorf("SafeURL(%q) = %q, %v, want %q", test.in, got, ok, test.want)
		}
	}
}
