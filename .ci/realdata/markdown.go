package main

import (
	"fmt"
	"html"
	"regexp"
	"strings"
)

// markdown turns the Markdown of blogs into HTML: headings, lists, quotes, code, links, pictures, emphasis, and HTML as it
// is. It knows no nested lists and no tables; their text stays. The importer sanitises what comes out.
func markdown(source string) string {
	var b strings.Builder
	for block := range strings.SplitSeq(fences(strings.ReplaceAll(source, "\r\n", "\n")), "\n\n") {
		if block = strings.Trim(block, "\n"); strings.TrimSpace(block) != "" {
			b.WriteString(blockHTML(block))
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// fences makes fenced code one block of HTML without empty lines.
func fences(source string) string {
	return fence.ReplaceAllStringFunc(source, func(m string) string {
		code := html.EscapeString(fence.FindStringSubmatch(m)[1])
		return "\n\n<pre><code>" + strings.ReplaceAll(code, "\n", "&#10;") + "</code></pre>\n\n"
	})
}

var (
	fence    = regexp.MustCompile("(?s)```[a-zA-Z]*\n(.*?)```")
	heading  = regexp.MustCompile(`^(#{1,6})\s+(.*?)\s*#*$`)
	item     = regexp.MustCompile(`^\s*(?:[-*+]|\d+[.)])\s+`)
	ordered  = regexp.MustCompile(`^\s*\d+[.)]\s`)
	picture  = regexp.MustCompile(`!\[([^\]]*)\]\(\s*<?([^\s)>]+)>?[^)]*\)`)
	link     = regexp.MustCompile(`\[([^\]]*)\]\(\s*<?([^\s)>]+)>?[^)]*\)`)
	address  = regexp.MustCompile(`<(https?://[^>\s]+)>`)
	strong   = regexp.MustCompile(`\*\*([^*\n]+)\*\*|__([^_\n]+)__`)
	emphasis = regexp.MustCompile(`\*([^*\s][^*\n]*)\*`)
	code     = regexp.MustCompile("`([^`\n]+)`")
)

func blockHTML(block string) string {
	lines := strings.Split(block, "\n")
	first := strings.TrimSpace(lines[0])
	switch m := heading.FindStringSubmatch(first); {
	case m != nil:
		rest := ""
		if len(lines) > 1 {
			rest = "\n" + blockHTML(strings.Join(lines[1:], "\n"))
		}
		return fmt.Sprintf("<h%d>%s</h%[1]d>%[3]s", len(m[1]), inline(m[2]), rest)
	case strings.HasPrefix(first, "<") && !address.MatchString(first):
		return block
	case strings.HasPrefix(first, ">"):
		for i := range lines {
			lines[i] = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(lines[i]), ">"), " ")
		}
		return "<blockquote>" + markdown(strings.Join(lines, "\n")) + "</blockquote>"
	case item.MatchString(lines[0]):
		return list(lines)
	}
	return "<p>" + inline(block) + "</p>"
}

func list(lines []string) string {
	name := "ul"
	if ordered.MatchString(lines[0]) {
		name = "ol"
	}
	var b strings.Builder
	b.WriteString("<" + name + ">")
	for i, line := range lines {
		if mark := item.FindString(line); mark != "" {
			if i > 0 {
				b.WriteString("</li>")
			}
			b.WriteString("<li>" + inline(line[len(mark):]))
		} else {
			b.WriteString(" " + inline(strings.TrimSpace(line)))
		}
	}
	return b.String() + "</li></" + name + ">"
}

func inline(s string) string {
	s = code.ReplaceAllStringFunc(s, func(m string) string { return "<code>" + html.EscapeString(m[1:len(m)-1]) + "</code>" })
	s = picture.ReplaceAllString(s, `<img src="$2" alt="$1">`)
	s = link.ReplaceAllString(s, `<a href="$2">$1</a>`)
	s = address.ReplaceAllString(s, `<a href="$1">$1</a>`)
	s = strong.ReplaceAllString(s, "<strong>$1$2</strong>")
	return emphasis.ReplaceAllString(s, "<em>$1</em>")
}
