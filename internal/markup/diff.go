package markup

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff/lcs"
	"github.com/clipperhouse/uax29/v2/words"
)

// DiffMarkdown shows what changed from one text to another, as Markdown to be read: removed words are ~~struck~~, added ones
// **bold**, and only the changed paragraphs are whole; of their neighbours the beginning is shown, the others are counted.
// The texts are meant to be [ToMarkdown]'s. They are shown as they are written, with their own marks escaped, so that a
// changed link or heading shows too and the only marks that count are the diff's. It is "" when the texts differ in white
// space at most. The work is bounded whatever the texts are: where more than some hundred words of a paragraph changed, more
// of it may be shown as replaced than was.
func DiffMarkdown(before, after string) string { return differ{}.diff(before, after) }

// How much is shown of what did not change.
const (
	neighbourWords = 12 // of an unchanged paragraph beside a changed one
	contextWords   = 15 // on each side of a change inside a paragraph
)

// pairFrom is how much two paragraphs must have in common, from 0 to 1, to be one that was edited and not two.
const pairFrom = 0.4

// maxPairing bounds the words that are looked at to find pairs.
const maxPairing = 1 << 21

// differ writes a diff; isWhole leaves nothing out.
type differ struct{ isWhole bool }

func (d differ) diff(before, after string) string {
	a, b := paragraphs(before), paragraphs(after)
	var out []string
	end := 0 // of the paragraphs of a that are dealt with
	changes := lcs.DiffLines(a, b)
	for i, change := range changes {
		out = append(out, d.unchanged(a[end:change.Start], i > 0, true)...)
		for _, pair := range pairs(a[change.Start:change.End], b[change.ReplStart:change.ReplEnd]) {
			out = append(out, d.changed(pair[0], pair[1]))
		}
		end = change.End
	}
	if len(changes) == 0 {
		return ""
	}
	out = append(out, d.unchanged(a[end:], true, false)...)
	return strings.Join(out, "\n\n")
}

// paragraphs splits a text at its empty lines. White space at the ends of lines and in rows goes, indentation stays.
func paragraphs(text string) (all []string) {
	var lines []string
	end := func() {
		if len(lines) > 0 {
			all = append(all, strings.Join(lines, "\n"))
		}
		lines = nil
	}
	for line := range strings.SplitSeq(text, "\n") {
		folded := strings.Join(strings.Fields(line), " ")
		if folded == "" {
			end()
			continue
		}
		lines = append(lines, line[:len(line)-len(strings.TrimLeft(line, " \t"))]+folded)
	}
	end()
	return all
}

// unchanged shows the beginnings of the paragraphs next to a change and counts the others.
func (d differ) unchanged(all []string, afterChange, beforeChange bool) (out []string) {
	var first, last []string
	rest := all
	if d.isWhole {
		afterChange = false
	}
	if afterChange && len(rest) > 0 {
		first, rest = []string{d.beginning(rest[0])}, rest[1:]
	}
	if beforeChange && len(rest) > 0 {
		last, rest = []string{d.beginning(rest[len(rest)-1])}, rest[:len(rest)-1]
	}
	switch {
	case d.isWhole:
		for _, p := range rest {
			out = append(out, d.beginning(p))
		}
		return append(out, last...)
	case len(rest) == 1:
		out = []string{"\\[… 1 more paragraph …\\]"}
	case len(rest) > 1:
		out = []string{fmt.Sprintf("\\[… %d more paragraphs …\\]", len(rest))}
	}
	return slices.Concat(first, out, last)
}

// beginning shows the first words of a paragraph.
func (d differ) beginning(p string) string {
	tokens := tokensOf(p)
	isCut := !d.isWhole && len(tokens) > neighbourWords+3
	if isCut {
		tokens = tokens[:neighbourWords]
	}
	w := diffWriter{}
	w.plain(tokens)
	if isCut {
		w.ellipsis()
	}
	return w.String()
}

// changed shows one paragraph that was edited, or removed, or added, when the other is "".
func (d differ) changed(before, after string) string {
	a, b := tokensOf(before), tokensOf(after)
	w := diffWriter{}
	end := 0
	changes := lcs.DiffLines(texts(a), texts(b))
	for i, change := range changes {
		d.context(&w, b[end:change.ReplStart], i > 0, true)
		w.marked("~~", a[change.Start:change.End])
		w.marked("**", b[change.ReplStart:change.ReplEnd])
		end = change.ReplEnd
	}
	d.context(&w, b[end:], len(changes) > 0, false)
	return w.String()
}

// context shows what is next to changes inside a paragraph.
func (d differ) context(w *diffWriter, tokens []token, afterChange, beforeChange bool) {
	kept := 0
	for _, side := range []bool{afterChange, beforeChange} {
		if side {
			kept += contextWords
		}
	}
	if d.isWhole || len(tokens) <= kept+3 {
		w.plain(tokens)
		return
	}
	if afterChange {
		w.plain(tokens[:contextWords])
	}
	w.ellipsis()
	if beforeChange {
		w.plain(tokens[len(tokens)-contextWords:])
	}
}

// pairs finds which removed paragraphs are which added ones, edited. It keeps the order; one that has no partner is paired
// with "".
func pairs(removed, added []string) (all [][2]string) {
	likeness := likenesses(removed, added)
	k, m := len(removed), len(added)
	best := make([][]float64, k+1) // of the paragraphs from i and from j on
	for i := range best {
		best[i] = make([]float64, m+1)
	}
	for i := k - 1; i >= 0 && likeness != nil; i-- {
		for j := m - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1], best[i+1][j+1]+likeness[i][j])
		}
	}
	i, j := 0, 0
	for i < k && j < m && likeness != nil {
		switch {
		case likeness[i][j] > 0 && best[i][j] == best[i+1][j+1]+likeness[i][j]:
			all = append(all, [2]string{removed[i], added[j]})
			i, j = i+1, j+1
		case best[i][j] == best[i+1][j]:
			all = append(all, [2]string{removed[i], ""})
			i++
		default:
			all = append(all, [2]string{"", added[j]})
			j++
		}
	}
	for ; i < k; i++ {
		all = append(all, [2]string{removed[i], ""})
	}
	for ; j < m; j++ {
		all = append(all, [2]string{"", added[j]})
	}
	return all
}

// likenesses are the parts of words that each removed paragraph has in common with each added one, 0 below [pairFrom]; nil
// when to find them is too much work.
func likenesses(removed, added []string) [][]float64 {
	a, b := bags(removed), bags(added)
	work := 0
	for _, x := range a {
		for _, y := range b {
			if work += len(x.count) + len(y.count); work > maxPairing {
				return nil
			}
		}
	}
	all := make([][]float64, len(a))
	for i, x := range a {
		all[i] = make([]float64, len(b))
		for j, y := range b {
			if part := x.common(y); part >= pairFrom {
				all[i][j] = part
			}
		}
	}
	return all
}

// bag is the words of a paragraph.
type bag struct {
	count map[string]int
	size  int
}

func bags(paragraphs []string) []bag {
	all := make([]bag, len(paragraphs))
	for i, p := range paragraphs {
		all[i].count = map[string]int{}
		for _, t := range tokensOf(p) {
			all[i].count[t.text]++
			all[i].size++
		}
	}
	return all
}

// common is the part of their words that two bags share, from 0 to 1.
func (x bag) common(y bag) float64 {
	if len(x.count) > len(y.count) {
		x, y = y, x
	}
	n := 0
	for word, count := range x.count {
		n += min(count, y.count[word])
	}
	return float64(2*n) / float64(max(1, x.size+y.size))
}

// token is a word with the marks that touch it, or a line break.
type token struct {
	text     string
	indent   string // before the first word of a line
	isJoined bool   // no space before it: scripts without spaces
}

// texts are what makes two tokens the same.
func texts(tokens []token) []string {
	all := make([]string, len(tokens))
	for i, t := range tokens {
		all[i] = t.indent + t.text
	}
	return all
}

func (t token) isBreak() bool { return t.text == "\n" }

// tokensOf splits a paragraph at its spaces, and scripts without spaces into words.
func tokensOf(p string) (all []token) {
	for i, line := range strings.Split(p, "\n") {
		if i > 0 {
			all = append(all, token{text: "\n"})
		}
		first := len(all)
		words := strings.TrimLeft(line, " \t")
		for field := range strings.FieldsSeq(words) {
			all = append(all, split(field)...)
		}
		if first < len(all) {
			all[first].indent = line[:len(line)-len(words)]
		}
	}
	return all
}

// split parts a field that holds scripts without spaces.
func split(field string) (all []token) {
	if isASCII(field) || !strings.ContainsFunc(field, func(r rune) bool { return unicode.In(r, byCharacter...) || unicode.In(r, southEastAsian...) }) {
		return []token{{text: field}}
	}
	for it := words.FromString(field); it.Next(); {
		// What could be a mark together, such as a tag, stays together.
		if last := len(all) - 1; last >= 0 && isASCII(it.Value()) && isASCII(all[last].text) {
			all[last].text += it.Value()
			continue
		}
		all = append(all, token{text: it.Value(), isJoined: len(all) > 0})
	}
	return all
}

// diffWriter writes tokens with their own marks escaped.
type diffWriter struct {
	lines []string // those that ended
	line  []byte
}

func (w *diffWriter) String() string {
	w.endLine()
	return strings.Join(w.lines, "\\\n")
}

func (w *diffWriter) endLine() {
	if line := strings.TrimRight(string(w.line), " "); line != "" {
		w.lines = append(w.lines, line)
	}
	w.line = w.line[:0]
}

func (w *diffWriter) space() {
	if n := len(w.line); n > 0 && w.line[n-1] != ' ' && !bytes.HasSuffix(w.line, []byte("\u00a0")) {
		w.line = append(w.line, ' ')
	}
}

func (w *diffWriter) ellipsis() {
	w.space()
	w.line = append(w.line, "… "...)
}

// plain writes tokens without a mark.
func (w *diffWriter) plain(tokens []token) {
	for _, t := range tokens {
		if t.isBreak() {
			w.endLine()
			continue
		}
		w.indent(t)
		if !t.isJoined {
			w.space()
		}
		text := escaped(t.text)
		if len(w.line) == 0 {
			text = escapeStart(text)
		}
		w.line = append(w.line, text...)
	}
}

// indent begins a line with spaces that Markdown keeps.
func (w *diffWriter) indent(t token) {
	n := len(t.indent) + 3*strings.Count(t.indent, "\t")
	w.line = append(w.line, strings.Repeat("\u00a0", n)...)
}

// marked writes tokens between marks, which need a space outside and none inside.
func (w *diffWriter) marked(mark string, tokens []token) {
	isOpen := false
	closeMark := func() {
		if text, ok := bytes.CutSuffix(w.line, []byte(`\~`)); isOpen && ok {
			w.line = append(text, "&#126;"...) // ~~ does not count after another ~
		}
		if isOpen {
			w.line = append(append(w.line, mark...), ' ')
		}
		isOpen = false
	}
	for _, t := range tokens {
		switch {
		case t.isBreak():
			closeMark()
			w.endLine()
			continue
		case !isOpen:
			w.indent(t)
			w.space()
			w.line = append(w.line, mark...)
			isOpen = true
		case !t.isJoined:
			w.line = append(w.line, ' ')
		}
		w.line = append(w.line, escaped(t.text)...)
	}
	closeMark()
}

// escaped is a word whose marks do not count; a space follows it, or another word.
func escaped(word string) string {
	text := strings.ReplaceAll(strings.TrimSuffix(escapeText(word+" ", false), " "), "|", `\|`)
	if first, _ := utf8.DecodeRuneInString(text); unicode.Is(unicode.M, first) {
		return "\u25cc" + text // a mark that combines with nothing else stands on a dotted circle
	}
	return text
}
