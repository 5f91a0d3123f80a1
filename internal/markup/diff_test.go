package markup

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var longParagraph = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"

var diffTests = []struct{ name, before, after, want string }{
	{"the same", "a\n\nb", "a\n\nb", ""},
	{"white space only", "a  b\n\n\nc", "a b \n\nc\n", ""},
	{"a word", "The vote was 7 to 4.", "The vote was 7 to 3.", "The vote was 7 to ~~4.~~ **3.**"},
	{"from nothing", "", "New text.", "**New text.**"},
	{"to nothing", "Old text.", "", "~~Old text.~~"},
	{"a paragraph more", "a\n\nb\n\nc", "a\n\nb\n\nnew one\n\nc", "\\[… 1 more paragraph …\\]\n\nb\n\n**new one**\n\nc"},
	{"neighbours are shortened", longParagraph + "\n\nold\n\n" + longParagraph, longParagraph + "\n\nnew\n\n" + longParagraph,
		"one two three four five six seven eight nine ten eleven twelve …\n\n~~old~~\n\n**new**\n\n" +
			"one two three four five six seven eight nine ten eleven twelve …"},
	{"inside a long paragraph", longParagraph + " END", longParagraph + " end",
		"… six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty ~~END~~ **end**"},
	{"edited and replaced", "Nothing of this stays here at all.\n\nThe council voted on Tuesday.", "The council voted on Friday.\n\nWholly new.",
		"~~Nothing of this stays here at all.~~\n\nThe council voted on ~~Tuesday.~~ **Friday.**\n\n**Wholly new.**"},
	{"marks of the text", "## A *b*", "### A **b** [c](/d)", "~~## A \\*b\\*~~\n\n**### A \\*\\*b\\*\\* \\[c\\](/d)**"},
	{"a changed link", "See [the report](/old) now", "See [the report](/new) now", "See \\[the ~~report\\](/old)~~ **report\\](/new)** now"},
	{"a heading beside", "## Head\n\na", "## Head\n\nb", "\\## Head\n\n~~a~~\n\n**b**"},
	{"a list", "- a b c\n- d e f\n  - g h i", "- a b c\n- d e X\n  - g h i", "\\- a b c\\\n\\- d e ~~f~~ **X**\\\n\u00a0\u00a0- g h i"},
	{"nesting", "- a\n- b", "- a\n  - b", "\\- a\\\n~~-~~ \u00a0\u00a0**-** b"},
	{"Chinese", "市议会星期二批准了计划", "市议会星期五批准了计划", "市议会星期 ~~二~~ **五** 批准了计划"},
	{"underlines beside signs", "a €_b_ c", "a €_b_ d", "a €\\_b\\_ ~~c~~ **d**"},
	{"a tag in Chinese", "<b>市</b>", "<b>议</b>", "\\<b> ~~市~~ **议** \\</b>"},
	{"Arabic", "صوت المجلس يوم الثلاثاء", "صوت المجلس يوم الجمعة", "صوت المجلس يوم ~~الثلاثاء~~ **الجمعة**"},
	{"HTML is shown", `<figure><img src="/a.jpg"></figure>`, `<figure><img src="/b.jpg"></figure>`,
		`\<figure>\<img ~~src="/a.jpg">\</figure>~~ **src="/b.jpg">\</figure>**`},
}

func TestDiffMarkdown(t *testing.T) {
	for _, test := range diffTests {
		got := DiffMarkdown(test.before, test.after)
		if got != test.want {
			t.Errorf("%s:\n got %q\nwant %q", test.name, got, test.want)
		}
		checkDiff(t, test.before, test.after)
	}
}

var (
	struck = regexp.MustCompile(`(?s)<del>.*?</del>`)
	bold   = regexp.MustCompile(`(?s)<strong>.*?</strong>`)
	anyTag = regexp.MustCompile(`<[a-z/][^>]*>`)
)

// checkDiff reads a whole diff as a browser would show it: without the struck words it must be the new text, without the
// bold ones the old one, and nothing else in it may be a mark.
func checkDiff(t *testing.T, before, after string) {
	t.Helper()
	if DiffMarkdown(before, before) != "" {
		t.Fatalf("a text differs from itself: %q", before)
	}
	md := differ{isWhole: true}.diff(before, after)
	if md == "" {
		if ink(before) != ink(after) {
			t.Fatalf("no difference: %q, %q", before, after)
		}
		return
	}
	page := fromMarkdown(md)
	for _, tag := range anyTag.FindAllString(page, -1) {
		if name := strings.Trim(tag, "</>"); name != "p" && name != "del" && name != "strong" && name != "br" {
			t.Fatalf("%s in a diff\nbefore %q\nafter  %q\ndiff   %q", tag, before, after, md)
		}
	}
	for _, side := range []struct {
		without *regexp.Regexp
		want    string
	}{{struck, after}, {bold, before}} {
		if got := ink(Text(side.without.ReplaceAllString(page, " "))); got != ink(side.want) {
			t.Fatalf("without %v\n got %q\nwant %q\ndiff %q", side.without, got, ink(side.want), md)
		}
	}
	short := DiffMarkdown(before, after)
	checkText(t, "diff", short)
	if page := fromMarkdown(short); ink(before) != ink(after) && !strings.Contains(page, "<del>") && !strings.Contains(page, "<strong>") {
		t.Fatalf("no marks in the short diff %q", short)
	}
}

// ink is a text without white space and without what plain text leaves out.
func ink(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u00AD' || r == '\uFEFF' || r == '\u25cc' {
			return -1
		}
		return r
	}, cleanText(s))
}

func TestDiffOfRandomEdits(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("the council voted on *Tuesday* to [approve](/x) plans 1. - # > ~~x~~ **y** <b>z</b> & &amp; 市议会 ! $5 `c` a_b |")
	text := func() []string {
		all := make([]string, random.IntN(120))
		for i := range all {
			all[i] = words[random.IntN(len(words))] + []string{" ", " ", " ", " ", "\n", "\n\n"}[random.IntN(6)]
		}
		return all
	}
	for range 200 {
		before := text()
		after := append([]string(nil), before...)
		for range random.IntN(6) {
			if n := len(after); n > 0 {
				at := random.IntN(n)
				after = slices.Concat(after[:at], []string{words[random.IntN(len(words))] + " "}, after[min(n, at+random.IntN(3)):])
			}
		}
		checkDiff(t, strings.Join(before, ""), strings.Join(after, ""))
		checkDiff(t, strings.Join(before, ""), strings.Join(text(), ""))
	}
}

// Whatever the texts are, the work is bounded; a diff that is not the shortest is still a true one.
func TestDiffOfHostileTexts(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine: the race detector has nothing to find here")
	}
	numbered := func(format string, n, from int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, from+i)
		}
		return b.String()
	}
	for _, test := range []struct{ name, before, after string }{
		{"words", numbered("w%d ", 8000, 0), numbered("w%d ", 8000, 4000)},
		{"all other words", numbered("w%d ", 20_000, 0), numbered("w%d ", 20_000, 5000)},
		{"paragraphs", numbered("p %d q\n\n", 2000, 0), numbered("p %d q\n\n", 2000, 1000)},
		{"all other paragraphs", numbered("p %d q\n\n", 2000, 0), numbered("x %d y\n\n", 2000, 0)},
		{"two words", strings.Repeat("a b ", 4000), strings.Repeat("b b a ", 4000)},
		{"one word", strings.Repeat("a", 50_000), strings.Repeat("b", 50_000)},
		{"one script", strings.Repeat("市议会", 5000), strings.Repeat("议市会", 5000)},
	} {
		checkDiff(t, test.before, test.after)
	}
}

func FuzzDiffMarkdown(f *testing.F) {
	for _, test := range diffTests {
		f.Add(test.before, test.after)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		checkDiff(t, ToMarkdown(before), ToMarkdown(after))
		checkDiff(t, cleanText(before), cleanText(after))
	})
}
