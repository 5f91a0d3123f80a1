package analysis

import (
	"cmp"
	"slices"
	"strings"
)

// A Span is a part of a text, in bytes.
type Span struct{ Start, End int }

// Find gives where what is wanted occurs in a text, in order. Spans do not overlap, and those with nothing but shapeless
// characters between them are one.
func (l *Language) Find(text string, wanted []Wanted) []Span {
	lookup := newLookup(wanted)
	terms := l.Terms(text)
	var spans []Span
	for i, t := range terms {
		if t.Kind != Joined {
			for _, s := range lookup.starts(t.Word) {
				if end := s.at(terms, i); end > 0 {
					spans = append(spans, Span{t.Start, end})
				}
			}
		}
		if slices.ContainsFunc(t.marked(), lookup.holdsStem) {
			spans = append(spans, Span{t.Start, t.End})
		}
	}
	return merge(text, spans)
}

// A lookup finds the sequences that a word may begin.
type lookup struct {
	words        map[string][]Sequence // by their first word
	prefixes     []Sequence            // of one word
	stems        map[string]bool
	stemPrefixes []string
}

func newLookup(wanted []Wanted) lookup {
	l := lookup{words: map[string][]Sequence{}, stems: map[string]bool{}}
	for _, w := range wanted {
		for _, s := range w {
			first := s.Words[0]
			switch stem, isStem := strings.CutPrefix(first, stemMark); {
			case isStem && s.Prefix:
				l.stemPrefixes = append(l.stemPrefixes, stem)
			case isStem:
				l.stems[stem] = true
			case len(s.Words) == 1 && s.Prefix:
				l.prefixes = append(l.prefixes, s)
			default:
				l.words[first] = append(l.words[first], s)
			}
		}
	}
	return l
}

func (l *lookup) holdsStem(stem string) bool {
	return l.stems[stem] || slices.ContainsFunc(l.stemPrefixes, func(prefix string) bool { return strings.HasPrefix(stem, prefix) })
}

func (l *lookup) starts(word string) []Sequence {
	found := l.words[word]
	for _, s := range l.prefixes {
		if strings.HasPrefix(word, s.Words[0]) {
			found = append(slices.Clip(found), s)
		}
	}
	return found
}

// at gives where the sequence ends that begins with the term at i; 0 when it does not.
func (s Sequence) at(terms []Term, i int) (end int) {
	for n, want := range s.Words {
		for i < len(terms) && terms[i].Kind == Joined {
			i++
		}
		if i == len(terms) {
			return 0
		}
		t := terms[i]
		isLast := n == len(s.Words)-1
		switch {
		case t.Word == want:
			end = max(end, t.End)
		case isLast && s.Prefix && strings.HasPrefix(t.Word, want):
			end = max(end, t.End)
			if t.Kind == Pair && characters(want) == 1 { // its first character alone
				end = terms[i].firstEnd(terms, i)
			}
		default:
			return 0
		}
		i++
	}
	return end
}

// firstEnd is where the first character of a pair ends.
func (t Term) firstEnd(terms []Term, i int) int {
	if i+1 < len(terms) && terms[i+1].Start < t.End && terms[i+1].Start > t.Start {
		return terms[i+1].Start
	}
	return t.End
}

// merge orders spans and makes one of those that touch.
func merge(text string, spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End)) })
	merged := spans[:0]
	for _, s := range spans {
		if n := len(merged); n > 0 && (s.Start <= merged[n-1].End || strings.Trim(text[merged[n-1].End:s.Start], ignorables) == "") {
			merged[n-1].End = max(merged[n-1].End, s.End)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}
