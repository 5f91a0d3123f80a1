package markup

import (
	"bytes"
	"slices"

	"golang.org/x/net/html"
)

// shaper writes the allowed part of a stream of HTML tokens, balanced and nested so that the HTML standard's parser builds the
// same tree from it. It ends formatting with the block it stands in and never opens it again elsewhere.
//
// It writes no element and no attribute outside the allow-list, and keeps the tags that carry attributes apart in tags: these
// are what the library's policy judges afterwards, and in normal operation it has nothing to change.
type shaper struct {
	html, tags []byte
	plain      plain
	stack      []open
	boundary   int  // len(html) when nothing but white space followed the last tag of a block
	textEnd    int  // len(html) after the last piece of text
	skipText   bool // the next text token is not for readers
	combining  bool // the text holds characters that may combine with their neighbours
	joined     bool // two pieces of text became neighbours because what stood between them was left out
}

// open is an element that has begun and not yet ended.
type open struct {
	*element
	start, body int  // where in html its start tag and its content begin
	silent      bool // its tags are not written
	ended       bool // its end tag came while a block in it was open: it ends with that block
	atBoundary  bool // it began where a block begins
	gap         gap  // what separated the plain text before it began
}

// maxDepth bounds how deep elements nest; browsers stop at 512. Deeper tags are left out, their content stays.
const maxDepth = 100

func (s *shaper) reset() {
	s.html, s.tags, s.stack = s.html[:0], s.tags[:0], s.stack[:0]
	s.plain.reset()
	s.boundary, s.textEnd = 0, -1
	s.skipText, s.combining, s.joined = false, false, false
}

func (s *shaper) startTag(name []byte, more bool, z *html.Tokenizer) {
	s.skipText = false
	e := elements[string(name)]
	if e == nil {
		s.skipText = hidden[string(name)]
		s.unknown(name)
		return
	}
	if len(s.stack) >= maxDepth && !e.void && !e.part() || !s.makeRoom(e) {
		if e.block {
			s.partWords()
		}
		return
	}
	s.write(e, more, z)
}

// unknown leaves out a tag.
func (s *shaper) unknown(name []byte) {
	if !transparent[string(name)] {
		s.partWords()
	}
}

// partWords writes a space where a tag is left out, so that the words before and after it do not become one.
func (s *shaper) partWords() {
	if n := len(s.html); n != s.boundary && !isSpace(s.html[n-1]) {
		s.html = append(s.html, ' ')
		s.plain.write([]byte{' '})
	}
}

// makeRoom ends and begins what HTML requires so that e can begin. It reports false when e cannot stand here.
func (s *shaper) makeRoom(e *element) bool {
	if e.part() {
		return s.makeRoomInTable(e)
	}
	s.enterCell()
	switch e.name {
	case "a":
		if i, blocks := s.find("a"); i >= 0 && blocks {
			return false
		} else if i >= 0 {
			s.popTo(i)
		}
	case "li":
		s.endItem("li", "li")
	case "dt", "dd":
		s.endItem("dt", "dd")
	case "rt", "rp":
		for i, _ := s.find("ruby"); i >= 0 && len(s.stack) > i+1; i, _ = s.find("ruby") {
			s.popTo(i + 1)
		}
	}
	if e.block {
		s.endParagraph()
	}
	if e.layout == heading {
		s.endHeading()
	}
	return true
}

// find returns the innermost open element of that name in this table cell, or -1, and whether blocks are open in it.
func (s *shaper) find(name string) (i int, blocks bool) {
	room := s.room()
	for i = len(s.stack) - 1; i >= room; i-- {
		if e := &s.stack[i]; e.name == name && !e.silent {
			return i, blocks
		} else if e.block {
			blocks = true
		}
	}
	return -1, blocks
}

// room is the index of the first element inside the innermost table or cell.
func (s *shaper) room() int {
	for i := len(s.stack) - 1; i >= 0; i-- {
		if l := s.stack[i].layout; l == cell || l == table {
			return i + 1
		}
	}
	return 0
}

func (s *shaper) endParagraph() {
	if i, _ := s.find("p"); i >= 0 {
		s.popTo(i)
	}
}

// endItem ends the open item of the innermost list before the next item begins.
func (s *shaper) endItem(one, other string) {
	for i, room := len(s.stack)-1, s.room(); i >= room; i-- {
		switch e := &s.stack[i]; {
		case e.name == one || e.name == other:
			s.popTo(i)
			return
		case e.block && e.name != "p" && e.name != "div" && e.name != "address":
			return
		}
	}
}

func (s *shaper) endHeading() {
	for i, room := len(s.stack)-1, s.room(); i >= room; i-- {
		switch e := &s.stack[i]; {
		case e.layout == heading:
			s.popTo(i)
			return
		case e.block:
			return
		}
	}
}

// innermostTable is the index of the innermost open table, or -1.
func (s *shaper) innermostTable() int {
	for i := len(s.stack) - 1; i >= 0; i-- {
		if s.stack[i].layout == table {
			return i
		}
	}
	return -1
}

// makeRoomInTable ends and begins table parts so that the part e can begin. Directly inside an open table stands a caption, a
// colgroup or a section; inside a section stands a row; inside a row stands a cell.
func (s *shaper) makeRoomInTable(e *element) bool {
	t := s.innermostTable()
	if t < 0 {
		return false
	}
	has := func(depth int, l layout) bool { return len(s.stack) > t+depth && s.stack[t+depth].layout == l }
	switch {
	case e.layout == column && has(1, columns):
		s.popTo(t + 2)
	case e.layout == column:
		s.popTo(t + 1)
		s.begin("colgroup")
	case e.layout == row && has(1, section):
		s.popTo(t + 2)
	case e.layout == row:
		s.popTo(t + 1)
		s.begin("tbody")
	case e.layout == cell && e.name != "caption" && has(2, row):
		s.popTo(t + 3)
	case e.layout == cell && e.name != "caption" && has(1, section):
		s.popTo(t + 2)
		s.begin("tr")
	case e.layout == cell && e.name != "caption":
		s.popTo(t + 1)
		s.begin("tbody")
		s.begin("tr")
	default:
		s.popTo(t + 1)
	}
	return true
}

// enterCell begins a cell when text or an element is about to stand in a table outside any cell. Browsers would move it out
// of the table.
func (s *shaper) enterCell() {
	if len(s.stack) == 0 {
		return
	}
	switch s.stack[len(s.stack)-1].layout {
	case table, section, row, columns:
		s.makeRoomInTable(elements["td"])
		s.begin("td")
	}
}

// begin writes a start tag that the source left to be understood.
func (s *shaper) begin(name string) { s.write(elements[name], false, nil) }

func (s *shaper) write(e *element, more bool, z *html.Tokenizer) {
	start := len(s.html)
	s.html = append(append(s.html, '<'), e.name...)
	bare := len(s.html)
	silent := !s.attributes(e, more, z)
	if silent {
		s.html = s.html[:start]
	} else {
		s.html = append(s.html, '>')
	}
	if len(s.html) > bare+1 {
		s.tags = append(s.tags, s.html[start:]...)
	}
	if e.void && silent {
		return
	}
	if !e.void {
		s.stack = append(s.stack, open{element: e, start: start, body: len(s.html), silent: silent,
			atBoundary: s.boundary == start, gap: s.plain.pending})
	}
	s.plain.enter(e)
	s.markBoundary(e)
}

func (s *shaper) markBoundary(e *element) {
	if e.block {
		s.boundary = len(s.html)
	}
}

// attributes writes the allowed ones of the tag's attributes and reports whether they are enough for the element to mean
// something. The tokenizer has dropped repeated ones.
func (s *shaper) attributes(e *element, more bool, z *html.Tokenizer) (enough bool) {
	enough = len(e.needs) == 0
	controls := false
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		a, ok := e.attrs[string(key)]
		if !ok {
			a, ok = globalAttrs[string(key)]
		}
		if !ok {
			continue
		}
		if v, ok := a.clean(string(value)); ok {
			s.attribute(a.name, v)
			enough = enough || slices.Contains(e.needs, a.name)
			controls = controls || a.name == "controls"
		}
	}
	if !controls && (e.name == "video" || e.name == "audio") {
		s.attribute("controls", "") // it no longer plays by itself
	}
	return enough
}

func (s *shaper) attribute(key, value string) {
	s.html = append(append(append(append(s.html, ' '), key...), `="`...), html.EscapeString(value)...)
	s.html = append(s.html, '"')
}

func (s *shaper) endTag(name []byte) {
	s.skipText = false
	e := elements[string(name)]
	switch {
	case e == nil:
		s.unknown(name)
	case e.name == "br":
		s.startTag(name, false, nil)
	case e.void:
	case e.layout == table || e.part():
		s.endTable(e)
	case e.block:
		s.endBlock(e)
	default:
		s.endPhrase(e)
	}
}

func (s *shaper) endTable(e *element) {
	t := s.innermostTable()
	for i := max(t, 0); i < len(s.stack); i++ {
		if s.stack[i].element == e {
			s.popTo(i)
			return
		}
	}
}

func (s *shaper) endBlock(e *element) {
	for i, room := len(s.stack)-1, s.room(); i >= room; i-- {
		in := &s.stack[i]
		if in.element == e || e.layout == heading && in.layout == heading {
			s.popTo(i)
			return
		}
		if e.name == "li" && in.layout == list {
			break
		}
	}
	s.partWords()
}

func (s *shaper) endPhrase(e *element) {
	blocks := false
	for i, room := len(s.stack)-1, s.room(); i >= room; i-- {
		in := &s.stack[i]
		switch {
		case in.element == e && !in.ended && blocks:
			in.ended = true
			return
		case in.element == e && !in.ended:
			s.popTo(i)
			return
		case in.block:
			blocks = true
		}
	}
}

// popTo ends the open elements from index n on, and those around them that only waited for that.
func (s *shaper) popTo(n int) {
	for len(s.stack) > n || len(s.stack) > 0 && s.stack[len(s.stack)-1].ended {
		s.pop()
	}
}

// pop ends the innermost element, or takes it back when it held nothing.
func (s *shaper) pop() {
	e := s.stack[len(s.stack)-1]
	s.stack = s.stack[:len(s.stack)-1]
	s.plain.leave(e.element)
	switch {
	case e.silent:
	case len(s.html) == e.body && !e.empty && !e.block:
		s.html = s.html[:e.start]
	case len(s.html) == e.body && !e.empty && e.atBoundary:
		s.html = s.html[:e.start]
		s.boundary, s.plain.pending = e.start, e.gap
	default:
		s.html = append(append(append(s.html, "</"...), e.name...), '>')
		s.markBoundary(e.element)
	}
}

// text writes a piece of text.
func (s *shaper) text(b []byte) {
	b = s.normal(b)
	if len(b) == 0 {
		return
	}
	if isBlank(b) {
		s.appendSpace(b...)
		s.plain.write(b)
		return
	}
	s.enterCell()
	b = s.newlineInPre(b)
	s.joined = s.joined || s.textEnd == len(s.html)
	s.plain.write(b)
	s.escape(b)
	s.textEnd = len(s.html)
}

// appendSpace writes white space, after which the place is as much a block's beginning or not as before.
func (s *shaper) appendSpace(b ...byte) {
	b = s.newlineInPre(b)
	atBoundary := s.boundary == len(s.html)
	s.html = append(s.html, b...)
	if atBoundary {
		s.boundary = len(s.html)
	}
}

// newlineInPre deals with the one line break that HTML ignores after <pre>: it drops it, and writes one before a line break
// that counts.
func (s *shaper) newlineInPre(b []byte) []byte {
	i := len(s.stack) - 1
	top := i
	for i >= 0 && s.stack[i].silent {
		i--
	}
	if i < 0 || s.stack[i].name != "pre" || s.stack[i].body != len(s.html) {
		return b
	}
	if i == top && len(b) > 0 && b[0] == '\n' {
		b = b[1:]
	}
	if len(b) > 0 && b[0] == '\n' {
		s.html = append(s.html, '\n')
	}
	return b
}

// overlay is a combining stroke that would melt with the > of a tag before it into one character.
var overlay = []byte("\u0338")

// escape writes text as HTML.
func (s *shaper) escape(b []byte) {
	if len(s.html) > 0 && s.html[len(s.html)-1] == '>' && bytes.HasPrefix(b, overlay) {
		s.html = append(s.html, "&#824;"...)
		b = b[len(overlay):]
	}
	from := 0
	for i, c := range b {
		var entity string
		switch c {
		case '&':
			entity = "&amp;"
		case '<':
			entity = "&lt;"
		case '>':
			entity = "&gt;"
		default:
			continue
		}
		s.html = append(append(s.html, b[from:i]...), entity...)
		from = i + 1
	}
	s.html = append(s.html, b[from:]...)
}
