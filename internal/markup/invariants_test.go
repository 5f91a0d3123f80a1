package markup

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"
)

// The allow-list once more, written by hand, so that a slip in the package's own tables shows.
var (
	allowedElements = strings.Fields(`a abbr address aside audio b bdi bdo blockquote br caption cite code col colgroup dd del
		details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li mark ol p picture pre q rp
		rt ruby s samp section small source span strong sub summary sup table tbody td tfoot th thead time tr track u ul var video wbr`)
	allowedAttributes = strings.Fields(`alt cite colspan controls datetime default dir height href hreflang kind label lang loop
		media muted open poster preload rel reversed rowspan scope sizes span src srclang srcset start title type value width`)
)

// checkSafe parses sanitised HTML as a browser does and fails when something stands in it that must not, or when the parser
// sees another tree than the one written.
func checkSafe(t *testing.T, source, safe string) {
	t.Helper()
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(safe), body)
	if err != nil {
		t.Fatalf("result does not parse: %v\nsource %q\nresult %q", err, source, safe)
	}
	var again strings.Builder
	for _, n := range nodes {
		checkNode(t, n, source)
		render(&again, n)
	}
	safe = sortAttributes(safe) // the parser sorts those of formatting elements
	if again := sortAttributes(again.String()); again != safe {
		i := 0
		for i < min(len(again), len(safe)) && again[i] == safe[i] {
			i++
		}
		from := max(i-200, 0)
		t.Fatalf("a parser sees another tree\nresult …%.400q\nparsed …%.400q\nsource %q", safe[from:], again[from:], source)
	}
}

var tag = regexp.MustCompile(`<\w+( [a-z]+="[^"]*")+>`)

func sortAttributes(s string) string {
	return tag.ReplaceAllStringFunc(s, func(tag string) string {
		parts := regexp.MustCompile(` [a-z]+="[^"]*"`).FindAllString(tag, -1)
		slices.Sort(parts)
		return tag[:strings.IndexByte(tag, ' ')] + strings.Join(parts, "") + ">"
	})
}

func checkNode(t *testing.T, n *html.Node, source string) {
	t.Helper()
	switch n.Type {
	case html.TextNode:
	case html.ElementNode:
		if n.Namespace != "" || !slices.Contains(allowedElements, n.Data) {
			t.Fatalf("element %s:%s\nsource %q", n.Namespace, n.Data, source)
		}
	default:
		t.Fatalf("node of type %v\nsource %q", n.Type, source)
	}
	for _, a := range n.Attr {
		if !slices.Contains(allowedAttributes, a.Key) || strings.HasPrefix(a.Key, "on") {
			t.Fatalf("attribute %s of %s\nsource %q", a.Key, n.Data, source)
		}
		switch a.Key {
		case "href", "src", "cite", "poster":
			checkScheme(t, a.Val, source)
		case "srcset":
			for _, candidate := range strings.Split(a.Val, ", ") {
				checkScheme(t, strings.Fields(candidate)[0], source)
			}
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		checkNode(t, c, source)
	}
}

func checkScheme(t *testing.T, address, source string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || !slices.Contains([]string{"", "http", "https", "mailto"}, u.Scheme) ||
		strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }) {
		t.Fatalf("address %q: %v\nsource %q", address, err, source)
	}
}

// render writes a parsed tree as this package writes HTML.
func render(b *strings.Builder, n *html.Node) {
	if n.Type == html.TextNode {
		text := n.Data
		if strings.HasPrefix(text, "\u0338") && strings.HasSuffix(b.String(), ">") {
			b.WriteString("&#824;")
			text = text[len("\u0338"):]
		}
		b.WriteString(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text))
		return
	}
	b.WriteString("<" + n.Data)
	for _, a := range n.Attr {
		b.WriteString(" " + a.Key + `="` + html.EscapeString(a.Val) + `"`)
	}
	b.WriteString(">")
	if slices.Contains([]string{"br", "hr", "img", "source", "track", "wbr", "col"}, n.Data) {
		return
	}
	if n.Data == "pre" && n.FirstChild != nil && strings.HasPrefix(n.FirstChild.Data, "\n") {
		b.WriteString("\n")
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		render(b, c)
	}
	b.WriteString("</" + n.Data + ">")
}

// checkText fails when s is not clean Unicode.
func checkText(t *testing.T, what, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Fatalf("%s is not UTF-8: %q", what, s)
	}
	if !norm.NFC.IsNormalString(s) {
		t.Fatalf("%s is not NFC: %q", what, s)
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }); i >= 0 {
		t.Fatalf("%s holds a control character at %d: %q", what, i, s)
	}
}

// checkLine is checkText for text on one line.
func checkLine(t *testing.T, what, s string) {
	t.Helper()
	checkText(t, what, s)
	if s != strings.Join(strings.Fields(s), " ") {
		t.Fatalf("%s is not folded: %q", what, s)
	}
}

func checkHTML(t *testing.T, source string) {
	t.Helper()
	safe, text := Clean(source)
	checkText(t, "HTML", safe)
	checkText(t, "text", text)
	checkSafe(t, source, safe)
	safe2, text2 := Clean(safe)
	if safe2 != safe {
		t.Fatalf("not idempotent\nsource %q\nonce   %q\ntwice  %q", source, safe, safe2)
	}
	if text2 != text {
		t.Fatalf("the result has another text\nsource %q\nHTML   %q\nbefore %q\nafter  %q", source, safe, text, text2)
	}
	if strings.Trim(text, " \n\t") != text {
		t.Fatalf("text has white space at its ends: %q", text)
	}
}
