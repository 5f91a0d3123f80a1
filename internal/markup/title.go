package markup

import (
	"strings"

	"golang.org/x/net/html"
)

// PlainTitle returns the text of a title that may carry HTML tags and entities, as WordPress stores it, on one line. Tags of
// HTML elements are removed (scripts and styles with their content); what only looks like a tag stays: "a < b", "List<T>".
// Entities are decoded only with their semicolon, so "AT&T" and "Q&A" stay as they are. A title that was encoded twice, as
// exports and feeds often are, is decoded twice: "Q&amp;amp;A" becomes "Q&A". The result is not HTML; an encoded tag is text
// in it: "&lt;b&gt;" becomes "<b>".
func PlainTitle(s string) string {
	if strings.IndexByte(s, '<') >= 0 {
		s = stripTags(s)
	}
	return fold(decodeEntities(decodeEntities(s)))
}

// stripTags removes tags and comments and leaves entities as they are.
func stripTags(s string) string {
	var b strings.Builder
	skip := false
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			b.Write(z.Raw()) // a "<" near the end that begins no tag
			return b.String()
		case html.TextToken:
			if !skip {
				b.Write(z.Raw())
			}
			skip = false
		case html.CommentToken:
			if !strings.HasPrefix(string(z.Raw()), "<!--") {
				b.Write(z.Raw()) // "</ 3", "<?"
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			raw := string(z.Raw())
			name, _ := z.TagName()
			e := elements[string(name)]
			skip = kind != html.EndTagToken && hidden[string(name)]
			switch {
			case hidden[string(name)]:
			case e == nil && !transparent[string(name)] && !known[string(name)]:
				b.WriteString(raw)
			case e != nil && (e.block || e.void):
				b.WriteByte(' ')
			}
		}
	}
}

// Elements of HTML and SVG that no article holds and whose tags are no text in a title either.
var known = map[string]bool{"body": true, "button": true, "embed": true, "head": true, "html": true, "input": true,
	"link": true, "meta": true, "object": true, "param": true, "path": true, "svg": true, "template": true, "textarea": true}

// decodeEntities decodes the entities that end in a semicolon, once.
func decodeEntities(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			if b.Len() == 0 {
				return s
			}
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i:]
		end := 1
		for end < len(s) && end < 40 && (isAlphanumeric(s[end]) || s[end] == '#' && end == 1) {
			end++
		}
		if end == len(s) || s[end] != ';' {
			b.WriteByte('&')
			s = s[1:]
			continue
		}
		b.WriteString(html.UnescapeString(s[:end+1]))
		s = s[end+1:]
	}
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
