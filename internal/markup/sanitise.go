// Package markup turns what others wrote into what a newsroom may store and show: safe HTML, plain text, titles, excerpts,
// slugs and addresses. Every result is valid UTF-8 in Unicode's normal form NFC, without control characters, and every
// function is safe for concurrent use.
package markup

import (
	"strings"
	"sync"

	"golang.org/x/net/html"
)

// Sanitise returns the part of an HTML fragment or document that an article may contain: paragraphs, headings, lists, quotes,
// figures, pictures, tables, code, links, phrase markup, line breaks, details, video and sound. Scripts, styles, frames,
// comments, event handlers and addresses other than http, https, mailto and relative ones are left out; the text inside any
// other unknown element stays. Elements are closed and nested as HTML requires, so that a browser's parser sees the very tree
// that is written here. Sanitise(Sanitise(x)) equals Sanitise(x).
func Sanitise(html string) string {
	safe, _ := Clean(html)
	return safe
}

// Text returns the plain text of an HTML fragment or document, for search, excerpts and word counts: blocks are separated by
// an empty line, list items and table rows stand on lines of their own, table cells are separated by a tab, <br> is a line
// break, <q> becomes quotation marks. Entities are decoded and white space is folded except in <pre>. Captions are included;
// alternative texts of pictures and ruby annotations are not. The result is not HTML: escape it to put it into a page.
func Text(html string) string {
	_, text := Clean(html)
	return text
}

// Clean returns Sanitise(source) and Text(source) for the price of one.
func Clean(source string) (safe, text string) {
	s := shapers.Get().(*shaper)
	defer shapers.Put(s)

	s.shape(source)
	if s.combining && s.joined {
		s.shape(string(s.html)) // for NFC across the joins
	}
	if tags := string(s.tags); policy.Sanitize(tags) != tags {
		s.shape(policy.Sanitize(string(s.html)))
	}
	return string(s.html), string(s.plain.finish())
}

var shapers = sync.Pool{New: func() any { return new(shaper) }}

func (s *shaper) shape(source string) {
	s.reset()
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken: // the end; reading a string cannot fail
			s.popTo(0)
			return
		case html.TextToken:
			if !s.skipText {
				s.text(z.Text())
			}
			s.skipText = false
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := tagName(z, z.Raw()[1:])
			s.startTag(name, more, z)
		case html.EndTagToken:
			name, _ := tagName(z, z.Raw()[2:])
			s.endTag(name)
		}
	}
}

// tagName is z.TagName without a copy for the usual spelling. The attributes it announces may turn out to be none.
func tagName(z *html.Tokenizer, raw []byte) (name []byte, more bool) {
	for i, c := range raw {
		switch {
		case c == '>':
			return raw[:i], false
		case isSpace(c) || c == '/':
			return raw[:i], true
		case (c < 'a' || c > 'z') && (c < '0' || c > '9'):
			return z.TagName()
		}
	}
	return z.TagName()
}
