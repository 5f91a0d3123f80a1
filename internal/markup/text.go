package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// cleanText returns s in NFC without control characters other than line breaks and tabs. Bytes that are not UTF-8 become
// U+FFFD.
func cleanText(s string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return '\n'
		case r == '\f' || r == '\v' || r == '\u0085':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s))
}

// normal is cleanText for the text of a document.
func (s *shaper) normal(b []byte) []byte {
	plain, combining := true, false
	for i, c := range b {
		switch {
		case c >= ' ' && c < 0x7F || c == '\n' || c == '\t':
		case c < utf8.RuneSelf:
			return s.cleaned(b)
		default:
			plain = false
			combining = combining || c >= 0xCC && !settled(b[i:])
			if c == 0xC2 && i+1 < len(b) && b[i+1] < 0xA0 {
				return s.cleaned(b)
			}
		}
	}
	s.combining = s.combining || combining
	if plain || utf8.Valid(b) && (!combining || norm.NFC.IsNormal(b)) {
		return b
	}
	return s.cleaned(b)
}

// settled reports for the bytes of frequent characters above U+0300 that the character is normal and never combines with the
// one before it: punctuation, currency signs, Cyrillic, Chinese characters. Below U+0300 all are. Continuation bytes are below.
func settled(b []byte) bool {
	switch c := b[0]; c {
	case 0xD0, 0xD1, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9:
		return true
	case 0xE2:
		return len(b) > 2 && (b[1] == 0x80 && b[2] >= 0x90 || b[1] == 0x82)
	}
	return false
}

func (s *shaper) cleaned(b []byte) []byte {
	s.combining = true
	return []byte(cleanText(string(b)))
}

// fold returns cleanText(s) with every run of white space as one space, none at the ends, and without soft hyphens.
func fold(s string) string {
	if isFolded(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if r == '\u00AD' || r == '\uFEFF' {
			return -1
		}
		return r
	}, s)
	return norm.NFC.String(strings.Join(strings.Fields(cleanText(s)), " "))
}

// isFolded reports for plain ASCII text that there is nothing to fold.
func isFolded(s string) bool {
	afterSpace := true
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= 0x7F || c == ' ' && afterSpace {
			return false
		}
		afterSpace = c == ' '
	}
	return !afterSpace || s == ""
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

func isBlank(b []byte) bool {
	for _, c := range b {
		if !isSpace(c) {
			return false
		}
	}
	return true
}

func trimASCII(s string) string { return strings.Trim(s, " \t\n\r\f") }
