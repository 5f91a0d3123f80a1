package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/clipperhouse/uax29/v2/sentences"
	"github.com/clipperhouse/uax29/v2/words"
)

// Excerpt returns the beginning of plain text on one line, at most max user-perceived characters long. It ends with a whole
// sentence when one ends in the last two fifths of that length, otherwise with a word and "…". A text that fits is returned
// whole. It works in any script.
func Excerpt(text string, max int) string {
	if max <= 0 {
		return ""
	}
	text = beginning(text, max)
	limit := cut(text, max)
	if limit == len(text) {
		return text
	}
	if end := sentenceEnd(text[:limit], text); end > 0 && graphemeCount(text[:end]) >= max*3/5 {
		return text[:end]
	}
	end := wordEnd(text[:cut(text, max-1)], text)
	return strings.TrimRight(text[:end], " ") + "…"
}

// beginning returns the folded text, or enough whole words of it to hold more than max characters.
func beginning(text string, max int) string {
	for n := 64; n < len(text) && max < len(text); n *= 2 {
		end := strings.IndexFunc(text[n:], unicode.IsSpace)
		if end < 0 {
			break
		}
		if n < 2*max {
			continue
		}
		if head := fold(text[:n+end]); cut(head, max) < len(head) {
			return head
		}
	}
	return fold(text)
}

// cut returns the length in bytes of the first n characters of text.
func cut(text string, n int) int {
	end := 0
	for it := graphemes.FromString(text); n > 0 && it.Next(); n-- {
		end = it.End()
	}
	return end
}

func graphemeCount(text string) int {
	n := 0
	for it := graphemes.FromString(text); it.Next(); {
		n++
	}
	return n
}

// sentenceEnd returns where the last whole sentence of text ends that lies inside part, text's beginning; 0 when there is none.
func sentenceEnd(part, text string) int {
	end := 0
	for it := sentences.FromString(text); it.Next(); {
		sentence := strings.TrimRight(it.Value(), " ")
		if it.Start()+len(sentence) > len(part) {
			break
		}
		if it.End() < len(text) && !isAbbreviated(sentence) {
			end = it.Start() + len(sentence)
		}
	}
	return end
}

// isAbbreviated reports whether a sentence seems to end in an abbreviation or initial ("Mr.", "U.S.", "J.") rather than a word.
func isAbbreviated(sentence string) bool {
	word, dot := strings.CutSuffix(sentence, ".")
	if !dot {
		return false
	}
	word = word[strings.LastIndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) })+1:]
	first, _ := utf8.DecodeRuneInString(word)
	return unicode.IsUpper(first) && utf8.RuneCountInString(word) <= 3
}

// wordEnd returns where the last whole word of text ends that lies inside part, text's beginning. When not even one word fits,
// it is the whole part.
func wordEnd(part, text string) int {
	end := 0
	for it := words.FromString(text); it.Next() && it.End() <= len(part); {
		if strings.ContainsFunc(it.Value(), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
			end = it.End()
		}
	}
	if end == 0 {
		return len(part)
	}
	// A word boundary may lie inside a character, for instance an emoji sequence.
	return graphemeBoundary(text, end)
}

// graphemeBoundary returns the last character boundary of text at or before n.
func graphemeBoundary(text string, n int) int {
	end := 0
	for it := graphemes.FromString(text); it.Next() && it.End() <= n; {
		end = it.End()
	}
	return end
}
