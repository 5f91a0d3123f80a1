package markup

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// gap is what separates a piece of plain text from the one before it. Of several in a row the greatest counts.
type gap uint8

const (
	none gap = iota
	space
	tab
	newline
	blankLine
)

var gaps = [...]string{none: "", space: " ", tab: "\t", newline: "\n", blankLine: "\n\n"}

// plain collects the plain text of a document.
type plain struct {
	b       []byte
	pending gap
	rooms   int // open list items and table cells: blocks in them are only lines
	pre     int
	ruby    int // open annotations
}

func (p *plain) reset() { *p = plain{b: p.b[:0]} }

func (p *plain) gap(g gap) { p.pending = max(p.pending, g) }

// around returns the gap before and after an element.
func (p *plain) around(e *element) gap {
	switch {
	case !e.block:
		return none
	case e.layout == row || e.name == "li" || e.name == "dt" || e.name == "dd" || p.rooms > 0:
		return newline
	}
	return blankLine
}

// enter notes that an element begins; one without content also ends by that.
func (p *plain) enter(e *element) {
	switch e.name {
	case "br":
		if p.pending == newline {
			p.gap(blankLine)
		}
		p.gap(newline)
		return
	case "td", "th":
		p.gap(tab)
		p.rooms++
		return
	case "q":
		p.write(quote)
	case "rt", "rp":
		p.ruby++
	case "pre":
		p.gap(p.around(e))
		p.pre++
		return
	}
	p.gap(p.around(e))
	if e.name == "li" || e.name == "dt" || e.name == "dd" {
		p.rooms++
	}
}

func (p *plain) leave(e *element) {
	switch e.name {
	case "td", "th":
		p.rooms--
		p.gap(tab)
		return
	case "q":
		p.write(quote)
	case "rt", "rp":
		p.ruby--
	case "pre":
		p.pre--
	case "li", "dt", "dd":
		p.rooms--
	}
	p.gap(p.around(e))
}

var quote = []byte(`"`)

func (p *plain) write(text []byte) {
	if p.ruby > 0 {
		return
	}
	for i := 0; i < len(text); {
		n := 1
		switch c := text[i]; {
		case isInk(c):
			for i+n < len(text) && (isInk(text[i+n]) || text[i+n] == ' ' && i+n+1 < len(text) && isInk(text[i+n+1])) {
				n++
			}
			p.put(text[i : i+n])
		case c < utf8.RuneSelf && p.pre > 0 && p.pending < newline:
			p.put(text[i : i+1])
		case c < utf8.RuneSelf:
			p.gap(space)
		default:
			var r rune
			r, n = utf8.DecodeRune(text[i:])
			switch {
			case r == '\u00AD' || r == '\uFEFF': // a place to hyphenate, a byte order mark
			case unicode.IsSpace(r):
				p.gap(space)
			default:
				p.put(text[i : i+n])
			}
		}
		i += n
	}
}

// isInk reports for a byte of UTF-8 that it cannot begin white space or another character that write treats specially.
func isInk(c byte) bool {
	return c > ' ' && c != 0xC2 && c != 0xE1 && c != 0xE2 && c != 0xE3 && c != 0xEF
}

func (p *plain) put(b []byte) {
	if p.pending != none {
		p.trim()
		if len(p.b) > 0 {
			p.b = append(p.b, gaps[p.pending]...)
		}
		p.pending = none
	}
	p.b = append(p.b, b...)
}

// trim removes the white space that <pre> may have left at the end.
func (p *plain) trim() {
	for len(p.b) > 0 && isSpace(p.b[len(p.b)-1]) {
		p.b = p.b[:len(p.b)-1]
	}
}

// finish returns the whole text.
func (p *plain) finish() []byte {
	p.trim()
	if !norm.NFC.IsNormal(p.b) {
		p.b = norm.NFC.Append(nil, p.b...)
	}
	return p.b
}
