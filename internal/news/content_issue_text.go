package news

import (
	"iter"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// passage is a paragraph, heading, list item or table cell of a body, without pieces of code.
type passage struct {
	text    string
	isAside bool // stands beside the text or quotes: repeating it is no mistake
}

// tag is a start tag of a body.
type tag struct {
	name  string
	attrs [][2]string
}

func (t tag) attr(key string) string {
	for _, a := range t.attrs {
		if a[0] == key {
			return a[1]
		}
	}
	return ""
}

// tags yields the start tags of a body.
func tags(body string) iter.Seq[tag] {
	return func(yield func(tag) bool) {
		for z := html.NewTokenizer(strings.NewReader(body)); ; {
			switch z.Next() {
			case html.ErrorToken: // the end; reading a string cannot fail
				return
			case html.StartTagToken, html.SelfClosingTagToken:
				token := z.Token()
				t := tag{name: token.Data}
				for _, a := range token.Attr {
					t.attrs = append(t.attrs, [2]string{a.Key, a.Val})
				}
				if !yield(t) {
					return
				}
			}
		}
	}
}

// Elements by what they do to a text.
var (
	phrases = []string{"a", "abbr", "b", "bdi", "bdo", "cite", "del", "dfn", "em", "i", "ins", "mark", "q", "ruby", "s",
		"small", "span", "strong", "sub", "sup", "time", "u", "wbr"} // a word may go on across their tags
	inLine    = []string{"br", "img", "code", "kbd", "samp", "var"}       // words end at them, passages do not
	codes     = []string{"pre", "code", "kbd", "samp", "var", "rt", "rp"} // hold no prose
	besideIts = []string{"aside", "figure", "blockquote", "details", "header", "footer", "table"}
)

// passages splits the body. Without HTML each paragraph of its text is one.
func (c *Copy) passages() []passage {
	if c.Body.HTML != "" {
		return passagesOf(string(c.Body.HTML))
	}
	var all []passage
	for text := range strings.SplitSeq(c.Body.Text, "\n\n") {
		if strings.TrimSpace(text) != "" {
			all = append(all, passage{text: text})
		}
	}
	return all
}

func passagesOf(body string) (all []passage) {
	var b strings.Builder
	code, beside := 0, 0
	end := func() {
		if strings.TrimSpace(b.String()) != "" {
			all = append(all, passage{b.String(), beside > 0})
		}
		b.Reset()
	}
	for z := html.NewTokenizer(strings.NewReader(body)); ; {
		kind := z.Next()
		switch kind {
		case html.ErrorToken:
			end()
			return all
		case html.TextToken:
			if code == 0 {
				b.Write(z.Text())
			}
			continue
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		name, _ := z.TagName()
		element := string(name)
		switch {
		case slices.Contains(inLine, element):
			b.WriteByte(' ')
		case !slices.Contains(phrases, element):
			end()
		}
		step := map[html.TokenType]int{html.StartTagToken: 1, html.EndTagToken: -1}[kind]
		if slices.Contains(codes, element) {
			code = max(0, code+step)
		}
		if slices.Contains(besideIts, element) {
			beside = max(0, beside+step)
		}
	}
}
