package store

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dateline-cms/dateline/internal/analysis"
	"github.com/dateline-cms/dateline/internal/news"
)

// A typedSearch is what somebody typed, taken apart. docs/search.md has the language; nothing that can be typed is an error in
// it.
type typedSearch struct {
	all   [][]typedWord // each must occur, by any of its words
	none  []typedWord
	filed []typedTerm
	dates []typedDate
}

// A typedWord is a word or a phrase.
type typedWord struct {
	text           string
	phrase, prefix bool
	author         bool // is looked for in bylines alone
}

// A typedTerm is the name or slug of a category or topic.
type typedTerm struct {
	table, name string
	not         bool
}

// A typedDate bounds when something was published: from the first day on that the date can mean, or before that day.
type typedDate struct {
	date   news.HistoricalDate
	before bool
}

// parseSearch never fails: what is no operator and none of the fields is words.
func parseSearch(typed string, fields map[string]bool) (s typedSearch) {
	joins, wasWord := false, false // an OR stands before this operand; the last operand was a word that one can join
	for scan := (searchScanner{rest: typed, fields: fields}); ; {
		o, ok := scan.next()
		if !ok {
			return s
		}
		if !o.phrase && !o.not && o.field == "" {
			switch o.text {
			case "OR", "|":
				joins = wasWord
				continue
			case "AND", "&":
				continue
			}
		}
		wasWord = s.add(o, joins)
		joins = false
	}
}

// add says whether the operand is a word that may occur.
func (s *typedSearch) add(o operand, joins bool) bool {
	w := typedWord{text: o.text, phrase: o.phrase, prefix: o.prefix}
	switch o.field {
	case "category":
		s.filed = append(s.filed, typedTerm{"categories", o.text, o.not})
		return false
	case "topic":
		s.filed = append(s.filed, typedTerm{"topics", o.text, o.not})
		return false
	case "before", "after":
		date, err := news.ParseHistoricalDate(o.text, "")
		if _, known := date.Earliest(); err == nil && known && !o.not {
			s.dates = append(s.dates, typedDate{date, o.field == "before"})
			return false
		}
		w.text, w.phrase = o.field+" "+o.text, false
	case "author":
		w.author, w.phrase = true, true
	}
	switch {
	case o.not:
		s.none = append(s.none, w)
		return false
	case joins:
		last := len(s.all) - 1
		s.all[last] = append(s.all[last], w)
	default:
		s.all = append(s.all, []typedWord{w})
	}
	return true
}

// isConditional says whether there is a condition besides words that must occur: such a search is for all that fulfils it.
func (s *typedSearch) isConditional() bool {
	return len(s.none)+len(s.filed)+len(s.dates) > 0
}

// An operand is a word, a phrase, or a field with its value.
type operand struct {
	field, text         string
	phrase, prefix, not bool
}

// A searchScanner reads operands from left to right.
type searchScanner struct {
	rest   string
	fields map[string]bool
}

// searchFields are the names before a colon that mean something.
var searchFields = map[string]bool{"author": true, "category": true, "topic": true, "before": true, "after": true}

func (p *searchScanner) next() (o operand, ok bool) {
	p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace)
	if p.rest == "" {
		return o, false
	}
	if after, found := strings.CutPrefix(p.rest, "-"); found && after != "" && after[0] != '-' && !startsWithSpace(after) {
		o.not, p.rest = true, after
	}
	if p.quoted(&o) {
		return o, true
	}
	word := p.rest[:p.end(func(r rune) bool { return unicode.IsSpace(r) || isQuote(r) })]
	p.rest = p.rest[len(word):]
	if name, value, found := cutField(word); found && p.fields[name] && (value != "" || startsWithQuote(p.rest)) {
		o.field, word = name, value
		if value == "" {
			p.quoted(&o)
			return o, true
		}
	}
	o.text = strings.TrimRight(word, "*")
	o.prefix = len(o.text) < len(word)
	return o, true
}

// quoted reads what stands between quotation marks; a mark that nobody closed reaches to the end.
func (p *searchScanner) quoted(o *operand) bool {
	if !startsWithQuote(p.rest) {
		return false
	}
	_, size := utf8.DecodeRuneInString(p.rest)
	p.rest = p.rest[size:]
	end := p.end(isQuote)
	o.text, o.phrase = p.rest[:end], true
	_, size = utf8.DecodeRuneInString(p.rest[end:])
	p.rest = p.rest[end+size:]
	if after, found := strings.CutPrefix(p.rest, "*"); found {
		p.rest, o.prefix = after, true
	}
	return true
}

// end is where the first character of a sort is. A quotation mark between Hebrew letters is none: acronyms are written with one.
func (p *searchScanner) end(is func(rune) bool) int {
	before := rune(-1)
	for i, r := range p.rest {
		if is(r) {
			next, _ := utf8.DecodeRuneInString(p.rest[i+utf8.RuneLen(r):])
			if !isQuote(r) || !unicode.Is(unicode.Hebrew, before) || !unicode.Is(unicode.Hebrew, next) {
				return i
			}
		}
		before = r
	}
	return len(p.rest)
}

func cutField(word string) (name, value string, found bool) {
	at := strings.IndexAny(word, ":：")
	if at < 0 {
		return "", "", false
	}
	_, size := utf8.DecodeRuneInString(word[at:])
	name = strings.ToLower(word[:at])
	return name, word[at+size:], true
}

func isQuote(r rune) bool { return strings.ContainsRune(`"“”„«»`, r) }

func startsWithQuote(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return size > 0 && isQuote(r)
}

func startsWithSpace(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsSpace(r)
}

// A sought word is what one of the typed words wants of the index: each list of alternatives must be satisfied.
type sought struct {
	wanted []analysis.Wanted
	author bool
}

func (w typedWord) sought(languages analysis.Languages) sought {
	if w.phrase {
		if wanted := languages.Phrase(w.text, w.prefix); wanted != nil {
			return sought{[]analysis.Wanted{wanted}, w.author}
		}
		return sought{author: w.author}
	}
	return sought{languages.Word(w.text, w.prefix), w.author}
}

// sought is what of all and of none there is to look for.
func (s *typedSearch) sought(languages analysis.Languages) (all [][]sought, none []sought) {
	for _, group := range s.all {
		if words := soughtWords(group, languages); len(words) > 0 {
			all = append(all, words)
		}
	}
	return all, soughtWords(s.none, languages)
}

// soughtWords leaves out what holds nothing to look for.
func soughtWords(typed []typedWord, languages analysis.Languages) (all []sought) {
	for _, w := range typed {
		if s := w.sought(languages); len(s.wanted) > 0 {
			all = append(all, s)
		}
	}
	return all
}
