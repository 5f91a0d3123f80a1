package analysis

import (
	"sync"
	"unicode"
)

// class is what a character does to words.
type class uint8

const (
	separator  class = iota
	letter           // of scripts that separate words; numbers too
	piece            // a letter of scripts that do not, and of Korean, whose words carry their particles
	mark             // goes with the character before it
	ignorable        // goes with the characters around it
	apostrophe       // goes with those of scripts that spell with it
)

var unspaced = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Hangul, unicode.Thai, unicode.Lao,
	unicode.Khmer, unicode.Myanmar, unicode.Yi}

// classes holds the class of the characters of the basic plane. Other characters are looked up.
var classes = sync.OnceValue(func() *[1 << 16]class {
	var table [1 << 16]class
	for r := range rune(len(table)) {
		table[r] = findClass(r)
	}
	return &table
})

func findClass(r rune) class {
	switch {
	case isIgnorable(r):
		return ignorable
	case r == '\'', r == '’', r == '"', r == 'ʼ', r == '׳', r == '״', r == '`', r == '´':
		return apostrophe
	case unicode.Is(unicode.M, r), 0xff9e <= r && r <= 0xff9f: // the latter are the voiced marks of narrow kana
		return mark
	case r == 'ー', r == 'ｰ':
		return piece
	case unicode.IsNumber(r):
		return letter
	case unicode.IsLetter(r):
		if unicode.In(r, unspaced...) {
			return piece
		}
		return letter
	case unicode.Is(unicode.Co, r):
		return letter
	}
	return separator
}

func classOf(table *[1 << 16]class, r rune) class {
	if int(r) < len(table) {
		return table[r]
	}
	return findClass(r)
}

// spells says whether an apostrophe, or quotation mark, between two letters is part of the word: Hebrew acronyms and Ukrainian
// words are written so.
func spells(before, apostrophe, after rune) bool {
	if unicode.Is(unicode.Hebrew, before) {
		return unicode.Is(unicode.Hebrew, after)
	}
	return apostrophe != '"' && unicode.Is(unicode.Cyrillic, before) && unicode.Is(unicode.Cyrillic, after)
}
