package markup

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// marks are the elements that Markdown writes with signs around text, under the names that it gives them.
var marks = map[string]string{"b": "strong", "strong": "strong", "i": "em", "em": "em", "s": "del", "del": "del"}

// isEmptyMark says whether the node marks nothing but white space.
func (n node) isEmptyMark() bool {
	return n.Type == html.ElementNode && marks[n.Data] != "" && n.isPlain() && n.holdsNothing()
}

func (n node) holdsNothing() bool {
	return !slices.ContainsFunc(n.children(), func(c node) bool { return !c.isBlank() && !c.isEmptyMark() })
}

// shapeOf is a sanitised document without white space outside <pre>, without plain paragraphs other than as the ends of
// lines, and without marks around nothing, with b, i and s under their Markdown names: two documents of one shape and one
// text say the same.
func shapeOf(safe string) string {
	s := shapeWriter{afterBlock: true}
	s.children(parse(safe))
	return s.String()
}

type shapeWriter struct {
	strings.Builder
	pre        int
	isEnd      bool // a paragraph begins or ends here
	afterBlock bool // a block's tag was the last that was written
}

func (s *shapeWriter) children(n node) {
	for _, c := range n.children() {
		switch {
		case c.isText():
			s.text(c)
		case !c.isEmptyMark():
			s.element(c)
		}
	}
}

func (s *shapeWriter) text(n node) {
	text := strings.TrimRight(n.Data, "\n")
	if s.pre == 0 {
		text = strings.Map(func(r rune) rune {
			if r < 0x80 && isSpace(byte(r)) {
				return -1
			}
			return r
		}, text)
	} else if n.NextSibling != nil {
		text = n.Data
	}
	if text != "" {
		s.endLine()
		s.WriteString(html.EscapeString(text))
	}
}

// endLine writes the end of a paragraph before more text follows, unless a block's tag says it.
func (s *shapeWriter) endLine() {
	if s.isEnd && !s.afterBlock {
		s.WriteByte('\n')
	}
	s.isEnd, s.afterBlock = false, false
}

func (s *shapeWriter) element(n node) {
	if n.is("p") && n.isPlain() {
		s.isEnd = true
		s.children(n)
		s.isEnd = true
		return
	}
	name := n.Data
	if mark := marks[name]; mark != "" {
		name = mark
	}
	s.tag(openTag(name, n.Attr), n.isBlock())
	if n.is("pre") {
		s.pre++
	}
	s.children(n)
	if n.is("pre") {
		s.pre--
	}
	s.tag("</"+name+">", n.isBlock())
}

func (s *shapeWriter) tag(tag string, isBlock bool) {
	if isBlock {
		s.isEnd = false
	} else {
		s.endLine()
	}
	s.afterBlock = isBlock
	s.WriteString(tag)
}

// openTag is a start tag as [Sanitise] writes it.
func openTag(name string, attrs []html.Attribute) string {
	var b strings.Builder
	b.WriteString("<" + name)
	for _, a := range attrs {
		b.WriteString(" " + a.Key + `="` + html.EscapeString(a.Val) + `"`)
	}
	b.WriteByte('>')
	return b.String()
}
