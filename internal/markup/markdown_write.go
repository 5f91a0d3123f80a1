package markup

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// ToMarkdown writes a body as Markdown for editors and for [DiffMarkdown]: what Markdown can say in its own marks, and the
// rest, such as figures with captions, sized pictures, definition lists and marks of language, as HTML in between. Nothing
// is lost: [FromMarkdown] gives a body with the same text and the same elements and attributes back, except that b becomes
// strong, i em and s del, that text outside any block gets a paragraph, and that marks around nothing go. It sanitises its
// source first.
func ToMarkdown(source string) string {
	safe, text := Clean(source)
	for _, w := range []markdownWriter{{isTrusting: true}, {}} {
		md := strings.Join(w.blocks(parse(safe).children()), "\n\n")
		if says(md, safe, text) {
			return md
		}
	}
	return oneLine(safe)
}

// markdownWriter writes a tree as Markdown. It reads each block that it wrote again, and where that is not the same, it
// writes HTML; unless it trusts, because the whole is read again afterwards.
type markdownWriter struct {
	isTrusting bool
	depth      int // of quotes, lists and divisions
}

// maxChecked bounds how deep blocks in blocks are read again, since each is read once more than the one around it.
const maxChecked = 8

// node is an element or a text of a sanitised document.
type node struct{ *html.Node }

// parse returns the body of a sanitised fragment.
func parse(safe string) node {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, _ := html.ParseFragment(strings.NewReader(safe), body) // reading a string cannot fail
	for _, n := range nodes {
		body.AppendChild(n)
	}
	return node{body}
}

func (n node) children() (all []node) {
	for c := range n.ChildNodes() {
		all = append(all, node{c})
	}
	return all
}

func (n node) is(names ...string) bool {
	return n.Type == html.ElementNode && slices.Contains(names, n.Data)
}

func (n node) isText() bool { return n.Type == html.TextNode }

func (n node) isBlank() bool { return n.isText() && trimASCII(n.Data) == "" }

// isPlain says whether the element has no attributes but those given.
func (n node) isPlain(attrs ...string) bool {
	return !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return !slices.Contains(attrs, a.Key) })
}

func (n node) attr(key string) (value string, ok bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func (n node) isBlock() bool {
	e := elements[n.Data]
	return n.Type == html.ElementNode && e != nil && e.block
}

// holdsBlock says whether a block stands anywhere in the node.
func (n node) holdsBlock() bool {
	return n.isBlock() || slices.ContainsFunc(n.children(), node.holdsBlock)
}

// onlyText is the text of an element that holds nothing else.
func (n node) onlyText() (string, bool) {
	var b strings.Builder
	for c := range n.ChildNodes() {
		if c.Type != html.TextNode {
			return "", false
		}
		b.WriteString(c.Data)
	}
	return b.String(), true
}

// blocks writes each block, and each run of nodes between blocks as a paragraph.
func (w *markdownWriter) blocks(nodes []node) (out []string) {
	var run []node
	end := func() {
		if slices.ContainsFunc(run, func(n node) bool { return !n.isBlank() }) {
			out = append(out, w.loose(run))
		}
		run = nil
	}
	mark := byte('*')
	for _, n := range nodes {
		if !n.isBlock() {
			run = append(run, n)
			continue
		}
		end()
		// Lists in a row would become one if they had the same mark.
		if mark == '-' || !n.is("ul", "ol") {
			mark = '*'
		} else {
			mark = '-'
		}
		out = append(out, w.block(n, mark))
	}
	end()
	return out
}

// block writes a block as Markdown if that says the same.
func (w *markdownWriter) block(n node, mark byte) string {
	w.depth++
	defer func() { w.depth-- }()
	if w.depth > maxChecked {
		return rawHTML(n)
	}
	md, ok := w.tryBlock(n, mark)
	if !ok {
		return rawHTML(n)
	}
	return w.checked(md, n)
}

// loose writes nodes between blocks as a paragraph.
func (w *markdownWriter) loose(run []node) string {
	if slices.ContainsFunc(run, node.holdsBlock) {
		return rawHTML(run...)
	}
	return w.checked(paragraph(run), run...)
}

// checked is the Markdown of nodes if it says the same as they do, else their HTML.
func (w *markdownWriter) checked(md string, nodes ...node) string {
	if w.isTrusting {
		return md
	}
	raw := rawHTML(nodes...)
	if safe, text := Clean(raw); !says(md, safe, text) {
		return raw
	}
	return md
}

// says reports whether a piece of Markdown has the text and the elements of sanitised HTML.
func says(md, safe, text string) bool {
	if checkMarkdown(md) != nil {
		return false
	}
	gotHTML, gotText := Clean(fromMarkdown(md))
	return gotText == text && shapeOf(gotHTML) == shapeOf(safe)
}

func (w *markdownWriter) tryBlock(n node, mark byte) (md string, ok bool) {
	switch {
	case n.is("ol") && !n.isPlain("start") || !n.is("ol") && !n.isPlain():
		return "", false
	case n.is("p"):
		return paragraph(n.children()), true
	case n.is("h1", "h2", "h3", "h4", "h5", "h6"):
		return strings.Repeat("#", int(n.Data[1]-'0')) + " " + line(n.children()), true
	case n.is("hr"):
		return "---", true
	case n.is("blockquote"):
		return indent(strings.Join(w.blocks(n.children()), "\n\n"), "> ", "> "), true
	case n.is("ul", "ol"):
		return w.list(n, mark)
	case n.is("pre"):
		return fenced(n)
	case n.is("table"):
		return tableRows(n)
	case n.is("div", "section", "aside", "header", "footer", "address", "details"):
		return w.division(n)
	}
	return "", false
}

// division writes the tags of an element on lines of their own and Markdown between them. An element that holds text
// directly would become another one.
func (w *markdownWriter) division(n node) (string, bool) {
	if slices.ContainsFunc(n.children(), func(c node) bool { return !c.isBlock() && !c.isBlank() }) {
		return "", false
	}
	parts := slices.Concat([]string{"<" + n.Data + ">"}, w.blocks(n.children()), []string{"</" + n.Data + ">"})
	return strings.Join(parts, "\n\n"), true
}

func (w *markdownWriter) list(n node, mark byte) (string, bool) {
	number := 1
	if start, ok := n.attr("start"); ok {
		number, _ = strconv.Atoi(start)
	}
	var items []string
	isTight := true
	for _, item := range n.children() {
		if item.isBlank() {
			continue
		}
		if !item.is("li") || !item.isPlain() {
			return "", false
		}
		begin := string(mark) + " "
		if n.is("ol") {
			begin = strconv.Itoa(number) + map[byte]string{'-': ". ", '*': ") "}[mark]
			number++
		}
		blocks := w.blocks(item.children())
		gap := "\n\n"
		if len(blocks) < 2 || len(blocks) == 2 && item.LastChild != nil && lastElement(item).is("ul", "ol") {
			gap = "\n"
		} else {
			isTight = false
		}
		items = append(items, indent(strings.Join(blocks, gap), begin, strings.Repeat(" ", len(begin))))
	}
	if isTight {
		return strings.Join(items, "\n"), true
	}
	return strings.Join(items, "\n\n"), true
}

// lastElement is the last child that is no white space, or n itself.
func lastElement(n node) node {
	for _, c := range slices.Backward(n.children()) {
		if !c.isBlank() {
			return c
		}
	}
	return n
}

// indent puts a mark before the first line and another one before the others, none before empty lines but a quote's.
func indent(md, first, others string) string {
	lines := strings.Split(md, "\n")
	for i, line := range lines {
		switch {
		case i == 0:
			lines[i] = first + line
		default:
			lines[i] = others + line
		}
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// fenced writes <pre><code>; <pre> alone stays HTML.
func fenced(n node) (string, bool) {
	children := n.children()
	if len(children) != 1 || !children[0].is("code") || !children[0].isPlain() {
		return "", false
	}
	code, ok := children[0].onlyText()
	fence := strings.Repeat("`", max(3, longestRun(code, '`')+1))
	return fence + "\n" + strings.TrimSuffix(code, "\n") + "\n" + fence, ok
}

// longestRun is the length of the longest run of c in s.
func longestRun(s string, c byte) int {
	longest, n := 0, 0
	for i := range len(s) {
		if n++; s[i] != c {
			n = 0
		}
		longest = max(longest, n)
	}
	return longest
}

// tableRows writes a table that has one head row, cells without blocks, and nothing that Markdown cannot say.
func tableRows(n node) (string, bool) {
	var lines []string
	for _, section := range n.children() {
		if section.isBlank() {
			continue
		}
		if !section.is("thead", "tbody") || section.is("tbody") != (len(lines) > 0) {
			return "", false
		}
		for _, row := range section.children() {
			if row.isBlank() {
				continue
			}
			line, columns := tableRow(row)
			lines = append(lines, line)
			if section.is("thead") {
				lines = append(lines, "|"+strings.Repeat(" --- |", columns))
			}
		}
	}
	return strings.Join(lines, "\n"), len(lines) > 0
}

// tableRow writes the cells of a row on a line.
func tableRow(n node) (cells string, columns int) {
	cells = "|"
	for _, cell := range n.children() {
		if cell.isBlank() {
			continue
		}
		cells += " " + strings.ReplaceAll(line(cell.children()), "|", `\|`) + " |"
		columns++
	}
	return cells, columns
}

// rawHTML writes nodes as one line of HTML that Markdown passes on whole, as a block.
func rawHTML(nodes ...node) string {
	var b strings.Builder
	for _, n := range nodes {
		_ = html.Render(&b, n.Node) // writing to a builder cannot fail
	}
	return oneLine(Sanitise(b.String()))
}

// oneLine writes sanitised HTML as one line that Markdown passes on whole: a line that begins with a comment is HTML to its
// end, whatever it holds.
func oneLine(safe string) string {
	if safe == "" {
		return ""
	}
	var b strings.Builder
	if name := firstTag(safe); elements[name] == nil || !elements[name].block || elements[name].part() || name == "pre" {
		b.WriteString("<!-- -->")
	}
	if rest, ok := strings.CutPrefix(safe, string(overlay)); ok {
		b.WriteString(safeOverlay)
		safe = rest
	}
	pre := 0
	for text := range splitTags(safe) {
		switch {
		case strings.HasPrefix(text, "<pre"):
			pre++
		case text == "</pre>":
			pre--
		case pre > 0 && text[0] != '<':
			text = strings.ReplaceAll(text, "\n", "&#10;")
		}
		b.WriteString(strings.ReplaceAll(text, "\n", " "))
	}
	return b.String()
}

// firstTag is the name of the element that sanitised HTML begins with, or "".
func firstTag(safe string) string {
	if safe[0] != '<' {
		return ""
	}
	return safe[1:strings.IndexAny(safe, " >")]
}

// splitTags yields the tags of sanitised HTML and the text between them.
func splitTags(safe string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for safe != "" {
			end := strings.IndexByte(safe, '<')
			if end == 0 {
				end = strings.IndexByte(safe, '>') + 1
			} else if end < 0 {
				end = len(safe)
			}
			if !yield(safe[:end]) {
				return
			}
			safe = safe[end:]
		}
	}
}
