package analysis

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// stemMark begins what stands for a stem in an index. No word has it, so nobody can ask for a stem by typing it.
const stemMark = "="

// Index is a text as an index holds it: its words in their order, so that phrases are found, and after them the marked stems of
// those words that differ from theirs, each once. All are separated by spaces.
func (l *Language) Index(text string) string {
	if text == "" {
		return ""
	}
	var b strings.Builder
	b.Grow(len(text) + len(text)/2)
	var stems stemSet
	l.each(text, func(t Term) {
		if t.Kind != Joined {
			b.WriteString(t.Word)
			b.WriteByte(' ')
		} else {
			stems.add(t.Word)
		}
		if t.Stem != t.Word {
			stems.add(t.Stem)
		}
	})
	for _, stem := range stems.stems {
		b.WriteString(stemMark)
		b.WriteString(stem)
		b.WriteByte(' ')
	}
	return b.String()
}

// marked are the forms of a term that an index marks.
func (t *Term) marked() []string {
	switch {
	case t.Kind == Joined && t.Stem != t.Word:
		return []string{t.Word, t.Stem}
	case t.Kind == Joined || t.Stem != t.Word:
		return []string{t.Stem}
	}
	return nil
}

// Wanted is what a word or phrase asks of a text: one of the sequences must occur.
type Wanted []Sequence

// A Sequence are words of an index that follow each other.
type Sequence struct {
	Words  []string
	Prefix bool // the last word need only begin so
}

// Languages are those that the texts of an index are written in.
type Languages []*Language

// InAll are the languages of locales; each is there once.
func InAll(locales []string) Languages {
	var all Languages
	for _, locale := range locales {
		if l := In(locale); !slices.Contains(all, l) {
			all = append(all, l)
		}
	}
	return all
}

// Word is what is wanted by a word that somebody typed, without spaces and quotation marks around it. Punctuation can make
// several of it, all of which are wanted; none if there is nothing to look for. Words are found in all their forms. As a prefix
// the last one is wanted with whatever follows it.
func (ls Languages) Word(typed string, prefix bool) (all []Wanted) {
	groups := groupsOf(typed)
	for i, g := range groups {
		if isElision(typed, groups, i) {
			continue
		}
		all = append(all, ls.group(typed, g, prefix && i == len(groups)-1))
	}
	return all
}

// Phrase is what is wanted by words that must stand together as they were typed; nil if there is nothing to look for.
func (ls Languages) Phrase(typed string, prefix bool) (wanted Wanted) {
	for _, spelling := range ls.spellings(typed) {
		var words []string
		last := Whole
		for _, t := range other.Terms(spelling) {
			if t.Kind != Joined {
				words, last = append(words, t.Word), t.Kind
			}
		}
		wanted = wanted.add(sequence(words, last, prefix))
	}
	return wanted
}

// groupsOf are the words of a text; what stands together without anything between is one.
func groupsOf(typed string) (groups [][]Term) {
	end := -1
	for _, t := range other.Terms(typed) {
		together := t.Start <= end || end >= 0 && strings.Trim(typed[end:t.Start], ignorables) == ""
		if !together {
			groups = append(groups, nil)
		}
		g := &groups[len(groups)-1]
		*g = append(*g, t)
		end = max(end, t.End)
	}
	return groups
}

const ignorables = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"

// isElision says whether a group is a letter at an apostrophe that people leave out or do not mean: l'été, don't, Rome's.
func isElision(typed string, groups [][]Term, i int) bool {
	return len(groups) == 2 && strings.ContainsAny(typed, "'’ʼ`´") && len(groups[i]) == 1 && len(groups[i][0].Word) == 1 && strings.Contains("cdjlmnst", groups[i][0].Word)
}

// group is what is wanted by terms that stand together.
func (ls Languages) group(typed string, g []Term, prefix bool) (wanted Wanted) {
	var words []string
	for _, t := range g {
		if t.Kind == Joined {
			wanted = wanted.add(Sequence{[]string{t.Word}, prefix})
			wanted = wanted.add(Sequence{[]string{stemMark + t.Word}, prefix})
			continue
		}
		words = append(words, t.Word)
	}
	last := g[len(g)-1]
	wanted = append(Wanted{sequence(words, last.Kind, prefix)}, wanted...)
	if len(words) > 1 || last.Kind != Whole {
		return wanted
	}
	for _, spelling := range ls.spellings(typed[last.Start:last.End]) {
		for _, l := range append(Languages{other}, ls...) {
			word, stem := l.analyse(spelling)
			wanted = wanted.add(Sequence{[]string{word}, prefix})
			if prefix && isArabic(word) { // the whole of a word with a non-joiner is indexed as stems are
				wanted = wanted.add(Sequence{[]string{stemMark + word}, true})
			}
			if !prefix {
				for _, s := range []string{stem, stemMark + stem, stemMark + word} {
					wanted = wanted.add(Sequence{[]string{s}, false})
				}
			}
		}
	}
	return wanted
}

func isArabic(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.Is(unicode.Arabic, r)
}

// sequence is what to look for when the last of some words is of a kind: the character that ends a run begins another pair
// wherever the run goes on.
func sequence(words []string, last Kind, prefix bool) Sequence {
	if last == Last {
		if n := len(words); n > 1 && strings.HasSuffix(words[n-2], words[n-1]) {
			words = words[:n-1]
		} else {
			prefix = true
		}
	}
	return Sequence{words, prefix}
}

func (w Wanted) add(s Sequence) Wanted {
	if len(s.Words) == 0 || slices.ContainsFunc(w, func(o Sequence) bool { return o.Prefix == s.Prefix && slices.Equal(o.Words, s.Words) }) {
		return w
	}
	return append(w, s)
}

// spellings are the ways to spell what was typed: as it is, with other letters for those that a keyboard lacks, and the other
// way round where a language does so.
func (ls Languages) spellings(typed string) []string {
	composed := norm.NFC.String(strings.ToLower(typed))
	all := []string{typed}
	if s := spelledOut.Replace(composed); s != composed {
		all = append(all, s)
	}
	for _, l := range ls {
		if l.digraphs == nil {
			continue
		}
		if s := l.digraphs(composed); s != composed && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// spelledOut are letters that keyboards lack and what is written for them; Fold knows the other way, the bare letter.
var spelledOut = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ø", "oe", "å", "aa")

// characters is the number of characters of a word.
func characters(word string) int { return utf8.RuneCountInString(word) }
