package importer

import (
	"strings"
)

// autop makes paragraphs from blank lines and <br> from line ends, as WordPress does when it shows a text of the classic
// editor. Markup that is there stays; text inside <pre> and the like is not touched.
func autop(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	a := &paragraphs{}
	a.out.Grow(len(text) + len(text)/8)
	for len(text) > 0 {
		n := tokenEnd(text)
		tok := text[:n]
		text = text[n:]
		name, closing := elementName(tok)
		switch {
		case name == "":
			a.inline(tok)
		case !closing && verbatim[name]:
			n := verbatimEnd(text, name)
			if blockLevel[name] {
				a.block(tok+text[:n], "", false)
			} else {
				a.inlineVerbatim(tok + text[:n])
			}
			text = text[n:]
		case blockLevel[name]:
			a.block(tok, name, closing)
		default:
			a.inlineVerbatim(tok)
		}
	}
	a.flush()
	return strings.TrimSpace(a.out.String())
}

// paragraphs builds the output: a run of inline text is held until something ends it.
type paragraphs struct {
	out   strings.Builder
	run   strings.Builder
	open  []string // block elements around the run
	mixed []bool   // for each: holds a blank line, so its text becomes paragraphs
}

// block ends the run and writes a tag of a block element. name is empty for an element that is complete.
func (a *paragraphs) block(tag, name string, closing bool) {
	if name == "" || strings.HasSuffix(tag, "/>") || name == "hr" || name == "col" {
		a.flush()
		a.out.WriteString(tag)
		a.out.WriteByte('\n')
		return
	}
	if !closing {
		a.flush()
		a.out.WriteString(tag)
		a.open, a.mixed = append(a.open, name), append(a.mixed, false)
		return
	}
	a.flush()
	a.out.WriteString(tag)
	a.out.WriteByte('\n')
	for i := len(a.open) - 1; i >= 0 && i >= len(a.open)-64; i-- {
		if a.open[i] == name {
			a.open, a.mixed = a.open[:i], a.mixed[:i]
			break
		}
	}
}

func (a *paragraphs) mark() {
	if n := len(a.mixed); n > 0 {
		a.mixed[n-1] = true
	}
}

func (a *paragraphs) inlineVerbatim(tag string) { a.run.WriteString(tag) }

// inline adds text, which blank lines cut into paragraphs.
func (a *paragraphs) inline(text string) {
	for {
		i, n := blankLine(text)
		if i < 0 {
			a.run.WriteString(text)
			return
		}
		a.run.WriteString(text[:i])
		text = text[i+n:]
		if strings.TrimSpace(a.run.String()) != "" {
			a.mark()
			if a.inside() == "p" {
				a.out.WriteString(lineBreaks(strings.TrimSpace(a.run.String())))
				a.run.Reset()
				if strings.TrimSpace(text) != "" {
					a.out.WriteString("</p>\n<p>")
				}
				continue
			}
		}
		a.flush()
	}
}

func (a *paragraphs) inside() string {
	if len(a.open) == 0 {
		return ""
	}
	return a.open[len(a.open)-1]
}

// flush writes the run: as a paragraph where paragraphs may stand, as it is where they may not.
func (a *paragraphs) flush() {
	raw := a.run.String()
	a.run.Reset()
	text := strings.TrimSpace(raw)
	if text == "" {
		return
	}
	parent := a.inside()
	switch {
	case onlyComments(text), noText[parent]:
		a.out.WriteString(text)
	case parent == "" || flow[parent], holdsEither[parent] && a.mixed[len(a.mixed)-1]:
		a.out.WriteString("<p>")
		a.out.WriteString(lineBreaks(text))
		a.out.WriteString("</p>\n")
	default:
		a.out.WriteString(lineBreaks(text))
	}
}

// lineBreaks turns the line ends of a paragraph into <br>, except after a <br> that is there and inside tags.
func lineBreaks(text string) string {
	if !strings.Contains(text, "\n") {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		n := tokenEnd(text)
		tok := text[:n]
		text = text[n:]
		if tok[0] == '<' {
			b.WriteString(tok)
			if name, closing := elementName(tok); !closing && verbatim[name] {
				n := verbatimEnd(text, name)
				b.WriteString(text[:n])
				text = text[n:]
			} else if name == "br" {
				text = strings.TrimPrefix(strings.TrimLeft(text, " \t"), "\n")
			}
			continue
		}
		lines := strings.Split(tok, "\n")
		for i, line := range lines {
			if i > 0 {
				b.WriteString("<br>\n")
			}
			if i < len(lines)-1 {
				line = strings.TrimRight(line, " \t")
			}
			b.WriteString(line)
		}
	}
	return b.String()
}

// blankLine finds the first line end that is followed by nothing but white space and another line end; n is the length of
// all of it.
func blankLine(s string) (i, n int) {
	for from := 0; ; {
		j := strings.IndexByte(s[from:], '\n')
		if j < 0 {
			return -1, 0
		}
		i = from + j
		rest := strings.TrimLeft(s[i:], " \t\n\u00a0")
		gap := s[i : len(s)-len(rest)]
		if strings.Count(gap, "\n") > 1 {
			return i, len(gap)
		}
		from = i + max(1, len(gap))
	}
}

// tokenEnd is the length of the tag, comment or text at the beginning of s.
func tokenEnd(s string) int {
	if s[0] != '<' || len(s) < 2 {
		return textEnd(s)
	}
	if strings.HasPrefix(s, "<!--") {
		if i := strings.Index(s, "-->"); i >= 0 {
			return i + 3
		}
		return len(s)
	}
	if c := s[1]; !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '/' || c == '!') {
		return textEnd(s)
	}
	var quote byte
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && i > 0 && (s[i-1] == '=' || s[i-1] == ' '):
			quote = c
		case c == '>':
			return i + 1
		case c == '<':
			return i
		}
	}
	if i := strings.IndexByte(s, '>'); i >= 0 { // a quote that does not end
		return i + 1
	}
	return len(s)
}

func textEnd(s string) int {
	if i := strings.IndexByte(s[1:], '<'); i >= 0 {
		return i + 1
	}
	return len(s)
}

// elementName is the lower-case name of a tag, empty for text and comments.
func elementName(tok string) (name string, closing bool) {
	if len(tok) < 2 || tok[0] != '<' {
		return "", false
	}
	tok = tok[1:]
	if tok[0] == '/' {
		closing, tok = true, tok[1:]
	}
	n := 0
	for n < len(tok) && (tok[n] >= 'a' && tok[n] <= 'z' || tok[n] >= 'A' && tok[n] <= 'Z' || n > 0 && tok[n] >= '0' && tok[n] <= '9') {
		n++
	}
	return strings.ToLower(tok[:n]), closing
}

// verbatimEnd is the length of what belongs to an element that was just opened, with its end tag.
func verbatimEnd(s, name string) int {
	depth := 1
	for i := 0; i < len(s); {
		j := strings.IndexByte(s[i:], '<')
		if j < 0 {
			break
		}
		i += j
		n := tokenEnd(s[i:])
		if found, closing := elementName(s[i : i+n]); found == name {
			if closing {
				depth--
			} else if name == "figure" || name == "svg" || name == "object" {
				depth++
			}
			if depth == 0 {
				return i + n
			}
		}
		i += n
	}
	return len(s)
}

func onlyComments(s string) bool {
	for s != "" {
		if !strings.HasPrefix(s, "<!--") {
			return false
		}
		i := strings.Index(s, "-->")
		if i < 0 {
			return true
		}
		s = strings.TrimSpace(s[i+3:])
	}
	return true
}

func set(names string) map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		m[name] = true
	}
	return m
}

var (
	blockLevel = set(`address article aside blockquote body caption center col colgroup dd details dir div dl dt fieldset
		figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav noscript ol p pre
		script section style summary table tbody td tfoot th thead tr ul`)
	verbatim = set(`pre script style textarea svg math figure object video audio select`)
	// Paragraphs may stand here.
	flow = set(`article aside blockquote body center details div fieldset footer form header html main nav noscript section`)
	// Text stands here as it is, or in paragraphs when there are several.
	holdsEither = set(`li td th dd`)
	// No text belongs here.
	noText = set(`colgroup dl hgroup menu ol table tbody tfoot thead tr ul`)
)
