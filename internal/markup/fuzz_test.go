package markup

import (
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"
)

func FuzzSanitise(f *testing.F) {
	for _, test := range sanitiseTests {
		f.Add(test.in)
	}
	for _, test := range textTests {
		f.Add(test.in)
	}
	f.Add("<p>>\u0338x</p>e<x>\u0301<!-- -->\u0338")
	f.Add("\x00<scr\x00ipt>\xff&#1;&#x85;&NotEqualTilde;")
	f.Fuzz(checkHTML)
}

// Building blocks of badly nested documents.
var pieces = []string{"x", " ", "\n", "e\u0301", "\u0338", "<p>", "</p>", "<b>", "</b>", "<i>", "</i>", "<a href=/1>", "</a>", "<a href=/2>",
	"<div>", "</div>", "<ul>", "</ul>", "<li>", "</li>", "<dl>", "<dt>", "<dd>", "</dd>", "</dl>", "<h1>", "</h1>", "<h2>", "</h2>",
	"<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<th>", "<tbody>", "</tbody>", "<thead>", "<caption>", "</caption>",
	"<colgroup>", "<col>", "<pre>", "</pre>", "<blockquote>", "</blockquote>", "<span>", "<span lang=fr>", "</span>", "<ruby>",
	"<rt>", "<rp>", "</ruby>", "<br>", "</br>", "<hr>", "<img src=/i>", "<img>", "<figure>", "<figcaption>", "</figure>", "<q>",
	"</q>", "<details>", "<summary>", "</details>", "<font>", "</font>", "<form>", "</form>", "<svg>", "</svg>", "<select>",
	"</select>", "<script>", "</script>", "<title>", "</title>", "<textarea>", "</textarea>", "<center>", "<xmp>", "</xmp>",
	"<math>", "<button>", "</button>", "<address>", "</address>", "<video>", "</video>", "<picture>", "<source srcset=/s>",
	"<!--", "-->", "<td", "<custom>", "</custom>", "<noscript>", "</noscript>", "<ins>", "</ins>", "<sup>", "</sup>", "&lt;"}

// FuzzNesting builds documents from tags, which a mutator of bytes seldom does.
func FuzzNesting(f *testing.F) {
	f.Add([]byte{5, 0, 7, 0, 5, 0, 8, 0})
	f.Add([]byte{29, 33, 0, 29, 11, 0, 13, 31, 0, 30, 0})
	f.Fuzz(func(t *testing.T, choice []byte) {
		var b strings.Builder
		for _, c := range choice {
			b.WriteString(pieces[int(c)%len(pieces)])
		}
		checkHTML(t, b.String())
	})
}

// Random documents, each from its own few of the pieces, find other mistakes than mutation does.
func TestRandomNesting(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		var b strings.Builder
		few, from := 4+random.IntN(len(pieces)-4), random.IntN(len(pieces))
		for range 3 + random.IntN(40) {
			b.WriteString(pieces[(from+random.IntN(few))%len(pieces)])
		}
		checkHTML(t, b.String())
	}
}

func FuzzPlainTitle(f *testing.F) {
	for _, test := range titleTests {
		f.Add(test.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		title := PlainTitle(s)
		checkLine(t, "title", title)
		if again := PlainTitle(html.EscapeString(title)); !strings.Contains(title, "&") && again != title {
			t.Fatalf("a title from an encoded title differs: %q, %q", title, again)
		}
	})
}

func FuzzExcerpt(f *testing.F) {
	for _, test := range excerptTests {
		f.Add(test.in, test.max)
	}
	f.Fuzz(func(t *testing.T, s string, max int) {
		excerpt := Excerpt(s, max)
		checkLine(t, "excerpt", excerpt)
		if n := graphemeCount(excerpt); n > max && max >= 0 {
			t.Fatalf("Excerpt(%q, %d) has %d characters: %q", s, max, n, excerpt)
		}
		if again := Excerpt(excerpt, max); again != excerpt {
			t.Fatalf("not idempotent: %q, %q", excerpt, again)
		}
		if whole := fold(s); !strings.HasPrefix(whole, strings.TrimSuffix(excerpt, "…")) {
			t.Fatalf("Excerpt(%q, %d) = %q is not its beginning", s, max, excerpt)
		}
	})
}

func FuzzSlug(f *testing.F) {
	for _, test := range slugTests {
		f.Add(test.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		slug := Slug(s)
		checkLine(t, "slug", slug)
		if strings.HasPrefix(slug, "-") || strings.HasSuffix(slug, "-") || strings.Contains(slug, "--") ||
			strings.ContainsAny(slug, " /?#%&<>\"'\\.:;") {
			t.Fatalf("Slug(%q) = %q", s, slug)
		}
		if n := graphemeCount(slug); n > maxSlug {
			t.Fatalf("Slug(%q) has %d characters", s, n)
		}
		if again := Slug(slug); again != slug {
			t.Fatalf("not idempotent: %q, %q", slug, again)
		}
		if path := EncodePath("/" + slug); path == "" {
			t.Fatalf("slug %q is no path", slug)
		}
	})
}

func FuzzEncodePath(f *testing.F) {
	for _, test := range pathTests {
		f.Add(test.in)
	}
	f.Fuzz(checkPath)
}

func checkPath(t *testing.T, s string) {
	t.Helper()
	p := EncodePath(s)
	if p == "" {
		return
	}
	if again := EncodePath(p); again != p {
		t.Fatalf("not idempotent: %q, %q, %q", s, p, again)
	}
	u, err := url.Parse(p)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Fragment != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(p, "//") {
		t.Fatalf("EncodePath(%q) = %q: %+v, %v", s, p, u, err)
	}
	if strings.ContainsFunc(p, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\\\"<>^`{|}#", r) }) {
		t.Fatalf("EncodePath(%q) = %q", s, p)
	}
	decoded, err := url.PathUnescape(strings.SplitN(p, "?", 2)[0])
	if err != nil || utf8.ValidString(decoded) && !norm.NFC.IsNormalString(decoded) {
		t.Fatalf("EncodePath(%q) = %q is not NFC", s, p)
	}
}

func FuzzSafeURL(f *testing.F) {
	for _, test := range urlTests {
		f.Add(test.in)
	}
	f.Fuzz(checkURL)
}

func checkURL(t *testing.T, s string) {
	t.Helper()
	safe, ok := SafeURL(s)
	if !ok {
		if safe != "" {
			t.Fatalf("SafeURL(%q) = %q, false", s, safe)
		}
		return
	}
	if again, ok := SafeURL(safe); !ok || again != safe {
		t.Fatalf("not idempotent: %q, %q, %q", s, safe, again)
	}
	u, err := url.Parse(safe)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.String() != safe {
		t.Fatalf("SafeURL(%q) = %q: %+v, %v", s, safe, u, err)
	}
	if strings.ContainsFunc(safe, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\\\"<>^`{|}", r) }) {
		t.Fatalf("SafeURL(%q) = %q", s, safe)
	}
}

func FuzzWordCount(f *testing.F) {
	for _, test := range wordTests {
		f.Add(test.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := WordCount(s)
		if n < 0 || n > utf8.RuneCountInString(s) {
			t.Fatalf("WordCount(%q) = %d", s, n)
		}
		if twice := WordCount(s + "\n\n" + s); twice != 2*n {
			t.Fatalf("WordCount(%q) = %d, of two of them %d", s, n, twice)
		}
		for field := range strings.FieldsSeq(s) {
			if isASCII(field) && !strings.Contains(field, "_") && countASCII(field) != countSegments(field) {
				t.Fatalf("countASCII(%q) = %d, by segmentation %d", field, countASCII(field), countSegments(field))
			}
		}
	})
}
