package markup

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lineWriter writes text and phrase elements in Markdown's marks, other elements as tags with Markdown between them.
type lineWriter struct {
	b      []byte
	oneRow bool // no line breaks: a heading or a cell
	inMark int  // open emphasis
	inLink int
}

// paragraph writes phrase content; hard line breaks stand at the ends of lines.
func paragraph(nodes []node) string {
	w := lineWriter{}
	w.nodes(nodes)
	lines := strings.Split(strings.Trim(string(w.b), " \t\n"), "\n")
	for i, line := range lines {
		lines[i] = escapeStart(strings.TrimLeft(line, " \t"))
	}
	return strings.Join(lines, "\n")
}

// line writes phrase content on one line, for a heading or a cell.
func line(nodes []node) string {
	w := lineWriter{oneRow: true}
	w.nodes(nodes)
	text := strings.Trim(string(w.b), " \t")
	if head := strings.TrimRight(text, "#"); head != text && !strings.HasSuffix(head, `\`) {
		return head + `\` + text[len(head):]
	}
	return text
}

var (
	blockMark = regexp.MustCompile(`^(#{1,6}(?:\s|$)|>|[-+](?:\s|$)|=+\s*$|-[-\s]*$|:?-[-:|\s]*$|~{3})`)
	itemMark  = regexp.MustCompile(`^\d{1,9}[.)](?:\s|$)`)
)

// escapeStart escapes what would begin a block at the beginning of a line.
func escapeStart(line string) string {
	if blockMark.MatchString(line) {
		return `\` + line
	}
	if m := itemMark.FindString(line); m != "" {
		n := strings.IndexAny(m, ".)")
		return line[:n] + `\` + line[n:]
	}
	return line
}

func (w *lineWriter) nodes(nodes []node) {
	for i, n := range nodes {
		next := nodes[i+1:]
		switch {
		case n.isText():
			w.text(n.Data)
		case n.isEmptyMark():
			w.space(len(n.children()) > 0)
		default:
			w.element(n, next)
		}
	}
}

func (w *lineWriter) write(s string) { w.b = append(w.b, s...) }

// safeOverlay is an overlay that does not melt with a > before it.
const safeOverlay = "&#824;"

// space writes a space unless there is one.
func (w *lineWriter) space(wanted bool) {
	if n := len(w.b); wanted && (n == 0 || !isSpace(w.b[n-1])) {
		w.write(" ")
	}
}

func (w *lineWriter) element(n node, next []node) {
	switch {
	case n.is("br") && n.isPlain():
		w.breakLine(next)
	case marks[n.Data] != "" && n.isPlain():
		w.mark(n, next)
	case n.is("code") && n.isPlain():
		w.code(n)
	case n.is("a") && n.isPlain("href", "title"):
		w.link(n)
	case n.is("img"):
		w.image(n)
	case n.is("picture", "video", "audio"):
		w.write(strings.TrimPrefix(rawHTML(n), "<!-- -->"))
	default:
		w.tagged(n, n.Data)
	}
}

// tagged writes an element as its tags, with Markdown between them.
func (w *lineWriter) tagged(n node, name string) {
	w.write(openTag(name, n.Attr))
	if !elements[n.Data].void {
		w.nodes(n.children())
		w.write("</" + name + ">")
	}
}

func (w *lineWriter) breakLine(next []node) {
	text := strings.TrimRight(string(w.b), " ")
	if w.oneRow || text == "" || strings.HasSuffix(text, "\n") || strings.TrimSpace(textOf(next)) == "" {
		w.write("<br>")
		return
	}
	w.b = append([]byte(text), '\\', '\n')
}

// textOf is the text of nodes, roughly.
func textOf(nodes []node) string {
	var b strings.Builder
	for _, n := range nodes {
		if n.isText() {
			b.WriteString(n.Data)
		}
		b.WriteString(textOf(n.children()))
	}
	return b.String()
}

// mark writes emphasis and strikethrough, whose signs must touch the text inside, and tags where the signs would not count.
func (w *lineWriter) mark(n node, next []node) {
	name := marks[n.Data]
	sign := map[string]string{"strong": "**", "em": "*", "del": "~~"}[name]
	if name == "em" && w.inMark > 0 {
		sign = "_" // ** and * would run together
	}
	inner := lineWriter{oneRow: w.oneRow, inLink: w.inLink, inMark: w.inMark + 1}
	inner.nodes(n.children())
	text := string(inner.b)
	body := strings.Trim(text, " \n\t")
	if body == "" {
		w.tagged(n, name)
		return
	}
	w.space(strings.IndexAny(text[:1], " \n\t") == 0)
	before, _ := utf8.DecodeLastRune(w.b)
	first, _ := utf8.DecodeRuneInString(body)
	last, _ := utf8.DecodeLastRuneInString(body)
	after, _ := utf8.DecodeRuneInString(textOf(next))
	if text[len(text)-1] == ' ' {
		after = ' '
	}
	if !opens(before, first, sign) || !opens(after, last, sign) {
		w.write("<" + name + ">" + body + "</" + name + ">")
	} else {
		w.write(sign + body + sign)
	}
	w.space(text[len(text)-1] == ' ')
}

// opens says whether a sign between two characters counts: outside is the one that is not marked, RuneError when there is
// none. It is the rule of CommonMark 6.2, slightly stricter.
func opens(outside, inside rune, sign string) bool {
	isEdge := outside == utf8.RuneError || unicode.IsSpace(outside)
	if strings.ContainsRune("*_~", outside) || strings.ContainsRune("*~", inside) {
		return false
	}
	if sign == "_" || isSign(inside) {
		return isEdge || isSign(outside)
	}
	return true
}

func isSign(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }

func (w *lineWriter) code(n node) {
	text, ok := n.onlyText()
	text = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		return r
	}, text)
	if !ok || trimASCII(text) == "" {
		w.tagged(n, n.Data)
		return
	}
	if strings.Trim(text, " `") != text {
		text = " " + text + " "
	}
	fence := strings.Repeat("`", longestRun(text, '`')+1)
	w.write(fence + text + fence)
}

func (w *lineWriter) link(n node) {
	href, _ := n.attr("href")
	title, hasTitle := n.attr("title")
	if text, ok := n.onlyText(); ok && text == href && !hasTitle && strings.HasPrefix(href, "http") {
		w.write("<" + href + ">")
		return
	}
	w.write("[")
	w.inLink++
	w.nodes(n.children())
	w.inLink--
	w.write("]" + target(href, title, hasTitle))
}

// image writes a picture that has an alternative text, if only an empty one, and no size. One without any must stay one
// without.
func (w *lineWriter) image(n node) {
	src, hasSource := n.attr("src")
	alt, hasAlt := n.attr("alt")
	title, hasTitle := n.attr("title")
	if !hasSource || !hasAlt || !n.isPlain("src", "alt", "title") {
		w.tagged(n, n.Data)
		return
	}
	w.write("![" + escapeText(alt, true) + "]" + target(src, title, hasTitle))
}

// target is the second half of a link or picture.
func target(address, title string, hasTitle bool) string {
	if strings.ContainsAny(address, `()\&`) {
		address = "<" + strings.NewReplacer(`\`, `\\`, "&", `\&`).Replace(address) + ">"
	}
	if hasTitle {
		address += ` "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", `\&`).Replace(title) + `"`
	}
	return "(" + address + ")"
}

func (w *lineWriter) text(s string) {
	folded := strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < 0x80 && isSpace(byte(r)) }), " ")
	w.space(s != "" && isSpace(s[0]))
	if folded == "" {
		return
	}
	if isSpace(s[len(s)-1]) {
		folded += " "
	}
	text := escapeText(folded, w.inLink > 0)
	if rest, ok := strings.CutPrefix(text, string(overlay)); ok {
		text = safeOverlay + rest
	}
	w.write(text)
}

var entity = regexp.MustCompile(`^&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);`)

// escapeText escapes what Markdown would take for a mark of its own.
func escapeText(s string, inLink bool) string {
	var b strings.Builder
	for i := range len(s) {
		if needsEscape(s, i, inLink) {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func needsEscape(s string, i int, inLink bool) bool {
	rest := s[i+1:]
	switch s[i] {
	case '\\', '`', '*', '[', ']', '~':
		return true
	case '_':
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		after, _ := utf8.DecodeRuneInString(rest)
		return !isWordRune(before) || !isWordRune(after)
	case '<':
		return rest == "" || isAlphanumeric(rest[0]) || strings.IndexByte("/!?", rest[0]) >= 0
	case '&':
		return rest == "" || entity.MatchString(s[i:])
	case '!':
		return rest == ""
	case ':': // bare addresses would become links
		return !inLink && strings.HasPrefix(rest, "//") && i > 2
	case '.':
		return !inLink && i > 2 && strings.EqualFold(s[i-3:i], "www")
	case '@':
		return !inLink && i > 0 && rest != "" && s[i-1] != ' ' && isAlphanumeric(rest[0])
	}
	return false
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
