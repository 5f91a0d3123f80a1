package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// WordCount returns the number of words in plain text, in any script, as a basis for reading times. Words are those of Unicode
// text segmentation (UAX #29) that hold a letter or digit; words joined by a hyphen count as one, as word processors count
// them. Chinese and Japanese are counted by the character, as is usual in the trade. Thai, Lao, Khmer and Burmese write few
// spaces either, and finding their words takes a dictionary: there the count is an estimate of one word for every four
// letters, which agrees with the English side of translated news.
func WordCount(text string) int {
	n := 0
	for field := range strings.FieldsSeq(text) {
		if isASCII(field) {
			n += countASCII(field)
		} else {
			n += countSegments(field)
		}
	}
	return n
}

// countASCII is countSegments for plain ASCII, without the tables.
func countASCII(field string) int {
	n := 0
	inWord := false
	for i := range len(field) {
		c := field[i]
		switch {
		case isAlphanumeric(c):
			if !inWord {
				n++
			}
			inWord = true
		case !inWord:
		case c == '_' || i+1 < len(field) && joins(field[i-1], c, field[i+1]):
		default:
			inWord = false
		}
	}
	return n
}

// joins reports whether c between two others does not end a word: "don't", "3.14", "well-known".
func joins(before, c, after byte) bool {
	if c == '-' {
		return isAlphanumeric(after)
	}
	if !isAlphanumeric(before) || !isAlphanumeric(after) {
		return false
	}
	switch c {
	case '\'', '.':
		return isDigit(before) == isDigit(after)
	case ':':
		return !isDigit(before) && !isDigit(after)
	case ',', ';':
		return isDigit(before) && isDigit(after)
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// countSegments counts by segmentation.
func countSegments(field string) int {
	n, run := 0, 0 // run: letters of a script without spaces so far
	afterWord, hyphen := false, false
	for it := words.FromString(field); it.Next(); {
		token := it.Value()
		first, _ := utf8.DecodeRuneInString(token)
		word := strings.ContainsFunc(token, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
		if word && unicode.In(first, southEastAsian...) {
			run++
			afterWord, hyphen = true, false
			continue
		}
		n, run = n+wordsOf(run), 0
		switch {
		case !word:
			hyphen = afterWord && (token == "-" || token == "\u2010" || token == "\u2011")
			afterWord = false
			continue
		case unicode.In(first, byCharacter...) || first == '\u30FC':
			n += utf8.RuneCountInString(token)
		case !hyphen:
			n++
		}
		afterWord, hyphen = true, false
	}
	return n + wordsOf(run)
}

// wordsOf estimates the words in a run of letters.
func wordsOf(letters int) int { return (letters + 3) / 4 }

var (
	southEastAsian = []*unicode.RangeTable{unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}
	byCharacter    = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Yi}
)

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
