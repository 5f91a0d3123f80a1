package markup

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
)

// Bounds of a Markdown source. They are far above what an article needs; beyond them the parser's work would grow with the
// square of the source.
const (
	maxMarkdown = 1 << 20 // bytes
	maxNesting  = 100     // marks of quotes and list items on one line
	maxSpans    = 1000    // links and code in one paragraph
	maxCells    = 1 << 18 // of tables: rows are filled up to the columns of the head
)

// commonMark is CommonMark with tables, ~~strikethrough~~ and bare addresses as links. HTML in the source is passed on.
var commonMark = goldmark.New(
	goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify),
	goldmark.WithRendererOptions(html.WithUnsafe()),
)

// FromMarkdown returns the sanitised HTML of a Markdown body: CommonMark with tables, ~~strikethrough~~ and bare addresses as
// links. HTML in the source means what it means in a body: the allowed part of it stays. The result is Sanitise's, and needs
// no more cleaning. A source that no editor would write, above 1 MiB or nested more than 100 deep for instance, is an error
// that says what to change.
func FromMarkdown(source string) (string, error) {
	if err := checkMarkdown(source); err != nil {
		return "", err
	}
	return fromMarkdown(source), nil
}

// fromMarkdown is FromMarkdown for a source that is known to be harmless.
func fromMarkdown(source string) string {
	var b bytes.Buffer
	_ = commonMark.Convert([]byte(source), &b) // writing to a buffer cannot fail
	return Sanitise(b.String())
}

// checkMarkdown refuses a source on which the parser would spend minutes.
func checkMarkdown(source string) error {
	if len(source) > maxMarkdown {
		return fmt.Errorf("the Markdown has %d bytes, more than %d; split the text", len(source), maxMarkdown)
	}
	rows, columns := 0, 0
	start, spans := 1, 0 // of the paragraph
	n := 0
	for line := range strings.SplitSeq(source, "\n") {
		n++
		if strings.TrimSpace(line) == "" {
			start, spans = n+1, 0
		}
		spans += max(strings.Count(line, "["), strings.Count(line, "](")) + strings.Count(line, "`")/2
		rows++
		if isTableRule(line) {
			columns = max(columns, strings.Count(line, "|")+1)
		}
		switch {
		case nesting(line) > maxNesting:
			return fmt.Errorf("line %d of the Markdown nests quotes or lists more than %d deep; nest them less", n, maxNesting)
		case spans > maxSpans:
			return fmt.Errorf("the paragraph at line %d of the Markdown has more than %d links and pieces of code; part it with empty lines", start, maxSpans)
		}
	}
	if rows*columns > maxCells {
		return fmt.Errorf("the tables of the Markdown may have %d columns in %d lines; make them smaller", columns, rows)
	}
	return nil
}

// nesting is how many quotes and list items a line can begin. Lists can also nest line by line, but indentation bounds that.
func nesting(line string) int {
	if strings.Trim(line, "-* \t\r") == "" {
		return 0 // a rule across the page
	}
	n := 0
	for i := range len(line) {
		c := line[i]
		endsMark := i+1 == len(line) || isSpace(line[i+1])
		switch {
		case c == '>' || strings.IndexByte("-+*.)", c) >= 0 && endsMark:
			n++
		case c != ' ' && c != '\t' && (c < '0' || c > '9'):
			return n
		}
	}
	return n
}

// isTableRule says whether the line may part a table's head from its rows, also inside a quote or list.
func isTableRule(line string) bool {
	return strings.Contains(line, "-") && strings.Trim(line, "|-: \t>+*.)0123456789\r") == ""
}
