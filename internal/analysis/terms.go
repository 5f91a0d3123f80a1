// Package analysis finds the words of texts by which people look for them, in each language by its own rules.
//
// Every word has a folded form (see Fold), the same in all languages, and a stem that its forms share where the language is
// known to have any. Scripts that do not separate words give overlapping pairs of characters instead.
package analysis

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Term is a word of a text.
type Term struct {
	Word       string // folded; never empty
	Stem       string // Word itself where the language has no rule for it
	Start, End int    // in bytes of the text
	Kind       Kind
}

// A Kind of terms.
type Kind uint8

const (
	// Whole is a word.
	Whole Kind = iota
	// Pair is two characters of a run without spaces; the next term begins with the second of them.
	Pair
	// Last is the last character of such a run. Every character of a run begins a term.
	Last
	// Joined is a word whose parts, with a zero-width non-joiner between, are the terms after it.
	Joined
)

// maxWord bounds what is kept of a word, in characters: longer ones are no words.
const maxWord = 64

// Terms are the words of a text in their order.
func (l *Language) Terms(text string) []Term {
	terms := make([]Term, 0, len(text)/6+1)
	l.each(text, func(t Term) { terms = append(terms, t) })
	return terms
}

// each yields the terms of a text.
func (l *Language) each(text string, yield func(Term)) {
	s := scanner{language: l, text: text, classes: classes(), yield: yield}
	s.scan()
}

type scanner struct {
	language *Language
	text     string
	classes  *[1 << 16]class
	yield    func(Term)
	units    []unit // of the run at hand
}

// A unit is a character of a run with its marks.
type unit struct {
	folded     string
	start, end int
}

func (s *scanner) scan() {
	for at := 0; at < len(s.text); {
		r, size := utf8.DecodeRuneInString(s.text[at:])
		switch classOf(s.classes, r) {
		case letter:
			at = s.word(at)
		case piece:
			at = s.run(at)
		default:
			at += size
		}
	}
}

// word reads the word that begins at start, and returns where it ends.
func (s *scanner) word(start int) (end int) {
	before := rune(-1)
	parts := []int(nil) // where the parts of an Arabic word with non-joiners end and begin
	for end = start; end < len(s.text); {
		if c := s.text[end]; 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			before = rune(c)
			end++
			continue
		}
		r, size := utf8.DecodeRuneInString(s.text[end:])
		switch classOf(s.classes, r) {
		case letter:
			before = r
		case mark:
		case ignorable, apostrophe:
			next := s.continues(end, before)
			if next == 0 {
				return s.add(start, end, parts)
			}
			if unicode.Is(unicode.Arabic, before) && strings.ContainsRune(s.text[end:next], zeroWidthNonJoiner) {
				parts = append(parts, end, next)
			}
			end = next
			continue
		default:
			return s.add(start, end, parts)
		}
		end += size
	}
	return s.add(start, end, parts)
}

// continues gives where a word goes on after what stands at a place without being a letter; 0 when it ends there.
func (s *scanner) continues(at int, before rune) int {
	apostropheSeen := rune(0)
	for at < len(s.text) {
		r, size := utf8.DecodeRuneInString(s.text[at:])
		switch classOf(s.classes, r) {
		case ignorable:
		case apostrophe:
			if apostropheSeen != 0 {
				return 0
			}
			apostropheSeen = r
		case mark:
			if apostropheSeen != 0 {
				return 0
			}
			return at
		case letter:
			if apostropheSeen != 0 && !spells(before, apostropheSeen, r) {
				return 0
			}
			return at
		default:
			return 0
		}
		at += size
	}
	return 0
}

// add adds a word, and returns its end.
func (s *scanner) add(start, end int, parts []int) int {
	if len(parts) == 0 {
		s.term(start, end, Whole)
		return end
	}
	s.term(start, end, Joined)
	from := start
	for i := 0; i < len(parts); i += 2 {
		s.term(from, parts[i], Whole)
		from = parts[i+1]
	}
	s.term(from, end, Whole)
	return end
}

func (s *scanner) term(start, end int, kind Kind) {
	word, stem := s.language.analyse(s.text[start:end])
	if word != "" {
		s.yield(Term{Word: word, Stem: stem, Start: start, End: end, Kind: kind})
	}
}

// run reads the run of characters without spaces that begins at start, and returns where it ends.
func (s *scanner) run(start int) (end int) {
	s.units = s.units[:0]
	from := start
	end = start
scan:
	for end < len(s.text) {
		r, size := utf8.DecodeRuneInString(s.text[end:])
		switch classOf(s.classes, r) {
		case piece:
			if end > from {
				s.unit(from, end)
			}
			from = end
		case mark:
		case ignorable:
			if end > from { // it belongs to neither
				s.unit(from, end)
			}
			from = end + size
		default:
			break scan
		}
		end += size
	}
	if end > from {
		s.unit(from, end)
	}
	for i, u := range s.units {
		t := Term{Word: u.folded, Start: u.start, End: u.end, Kind: Last}
		if i+1 < len(s.units) {
			next := s.units[i+1]
			t.Word, t.End, t.Kind = t.Word+next.folded, next.end, Pair
		}
		t.Stem = t.Word
		s.yield(t)
	}
	return end
}

// unit adds what stands between two places to the run: one character, or several where its folded form has several.
func (s *scanner) unit(start, end int) {
	folded := Fold(s.text[start:end])
	for len(folded) > 0 {
		_, size := utf8.DecodeRuneInString(folded)
		for size < len(folded) {
			r, n := utf8.DecodeRuneInString(folded[size:])
			if !unicode.Is(unicode.M, r) {
				break
			}
			size += n
		}
		s.units = append(s.units, unit{folded[:size], start, end})
		folded = folded[size:]
	}
}

// cut bounds a word.
func cut(word string) string {
	if len(word) <= maxWord {
		return word
	}
	n := 0
	for i := range word {
		if n++; n > maxWord {
			return word[:i]
		}
	}
	return word
}
