package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dateline-cms/dateline/internal/news"
)

// maxItem bounds one element of an export, and so the memory of a run.
const maxItem = 16 << 20

// maxTag bounds a start tag, a declaration and a DOCTYPE at the top of the file.
const maxTag = 64 << 10

// scanner cuts an export into the elements directly inside <channel>, holding only one of them. It knows just enough XML
// to find their ends (tags, CDATA, comments); encoding/xml reads each element afterwards. That way one broken or huge
// element costs only itself, and has a position.
type scanner struct {
	r    io.Reader
	buf  []byte // what was read and not yet passed
	eof  error  // why there is no more to read; io.EOF at the end
	at   int64  // offset of buf[0]
	line int    // line of buf[0], from 1
	max  int    // of one element

	root   string            // name of the outermost element, once seen
	spaces map[string]string // namespaces that <rss> and <channel> declare, by prefix
	inside bool              // a <channel> is open
	ended  bool              // it was closed
	store  []byte            // the array behind buf
}

// element is a child of <channel>. raw is valid until the next call of next.
type element struct {
	name    string
	raw     []byte
	line    int
	offset  int64
	problem string // why it cannot be read; raw holds what there is of it
}

func newScanner(r io.Reader) *scanner {
	return &scanner{r: r, line: 1, max: maxItem, spaces: map[string]string{}}
}

// next returns the next element, or io.EOF after the last, or what makes the whole file unreadable. A file that ends early
// gives io.EOF too, with ended still false.
func (s *scanner) next() (*element, error) {
	for {
		if err := s.toTag(); err != nil {
			return nil, err
		}
		switch {
		case s.has("<!--"):
			s.discardTo(4, "-->")
		case s.has("<?"):
			s.discardTo(2, "?>")
		case s.has("<![CDATA["):
			s.discardTo(9, "]]>")
		case s.has("<!"):
			return nil, s.refuseDeclaration()
		case s.has("</"):
			if name := tagName(s.peek(maxTag)[2:]); name == s.root || name == "channel" {
				s.ended = true
			}
			s.discardTo(2, ">")
		default:
			if el, err := s.startTag(); el != nil || err != nil {
				return el, err
			}
		}
	}
}

// toTag passes text up to the next "<". After the end of <channel> it reads on, so that what follows is not lost silently.
func (s *scanner) toTag() error {
	for {
		if i := bytes.IndexByte(s.buf, '<'); i >= 0 {
			if s.root == "" && len(bytes.Trim(s.buf[:i], " \t\r\n\ufeff")) > 0 {
				return news.Invalidf("the file does not begin with XML; give a WordPress export (WXR)")
			}
			s.pass(i)
			return nil
		}
		if s.root == "" && len(bytes.Trim(s.buf, " \t\r\n\ufeff")) > maxTag {
			return news.Invalidf("the file does not begin with XML; give a WordPress export (WXR)")
		}
		if s.root != "" {
			s.pass(len(s.buf))
		}
		if !s.fill() {
			return s.end()
		}
	}
}

func (s *scanner) end() error {
	if s.eof != io.EOF {
		return s.eof
	}
	if s.root == "" {
		return news.Invalidf("there is no XML in the file; give a WordPress export (WXR)")
	}
	return io.EOF
}

// startTag enters <rss> and <channel> and returns anything else as an element.
func (s *scanner) startTag() (*element, error) {
	tag := s.tag()
	if tag == nil {
		if s.root == "" {
			return nil, news.Invalidf("line %d: the first tag does not end; give a WordPress export (WXR)", s.line)
		}
		if s.eof == nil { // a stray "<" with no end in sight
			s.pass(1)
			return nil, nil
		}
		return s.cutOff("tag"), nil
	}
	name := tagName(tag[1:])
	switch {
	case name == "": // a stray "<" in text
		s.pass(1)
		return nil, nil
	case s.root == "":
		s.root = name
		if name != "rss" && name != "RDF" && !strings.HasSuffix(name, ":RDF") {
			return nil, news.Invalidf("the outermost element is <%s>, not <rss>; give a WordPress export (WXR)", clip(name, 40))
		}
		s.declare(tag)
	case name == "channel" && !s.inside:
		s.inside = true
		s.declare(tag)
	default:
		return s.element(name, len(tag), bytes.HasSuffix(tag, []byte("/>"))), nil
	}
	s.pass(len(tag))
	return nil, nil
}

// tag returns the start tag at the beginning of buf, nil when it has no end.
func (s *scanner) tag() []byte {
	var quote byte
	for i := 1; ; i++ {
		for i >= len(s.buf) {
			if i > maxTag || !s.fill() {
				return nil
			}
		}
		switch c := s.buf[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return s.buf[:i+1]
		case c == '<':
			return nil
		}
	}
}

// element finds the end of the element at the beginning of buf, whose start tag is n bytes long.
func (s *scanner) element(name string, n int, empty bool) *element {
	el := &element{name: name, line: s.line, offset: s.at}
	if empty {
		el.raw = s.take(n)
		return el
	}
	end, problem := s.findEnd(name, n)
	switch {
	case errors.Is(problem, errTooLong):
		el.problem = fmt.Sprintf("the element is longer than %d MB; shorten it in WordPress and export again", s.max>>20)
	case problem != nil:
		el.problem = problem.Error()
		el.raw = s.take(end)
	default:
		el.raw = s.take(end)
	}
	return el
}

var errTooLong = errors.New("too long")

// findEnd returns the length of the element at the beginning of buf. A problem is errTooLong, then the element is passed
// already, or says how the element is broken.
func (s *scanner) findEnd(name string, from int) (int, error) {
	open, end := "<"+name, "</"+name
	for i := from; ; {
		j, err := s.index(i, "<")
		if err != nil {
			return s.noEnd(name, err)
		}
		for len(s.buf) < j+len(end)+9 && s.fill() {
		}
		rest := s.buf[j:]
		switch {
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			k, err := s.index(j+9, "]]>")
			if cut := s.unclosed(name, j+9, k, err); cut > 0 {
				return cut, errors.New("a CDATA section in it is not closed")
			}
			if err != nil {
				return s.noEnd(name, err)
			}
			i = k + 3
		case bytes.HasPrefix(rest, []byte("<!--")):
			k, err := s.index(j+4, "-->")
			if err != nil {
				return s.noEnd(name, err)
			}
			i = k + 3
		case hasName(rest, end):
			k, err := s.index(j, ">")
			if err != nil {
				return s.noEnd(name, err)
			}
			return k + 1, nil
		case name == "item" && hasName(rest, open):
			return j, errors.New("it is not closed before the next item")
		default:
			i = j + 1
		}
	}
}

// unclosed looks for the end of an item in a CDATA section that reaches up to k, or as far as was read: a section that
// holds the end of one export item and fields of another has lost its end, and would swallow the item behind.
func (s *scanner) unclosed(name string, from, k int, err error) int {
	if name != "item" {
		return 0
	}
	text := s.buf[from:]
	if err == nil {
		text = s.buf[from:k]
	}
	end := bytes.Index(text, []byte("</item>"))
	if end < 0 {
		return 0
	}
	behind := text[end+len("</item>"):]
	if bytes.Contains(behind, []byte("<wp:post_")) || err == io.EOF && len(bytes.TrimSpace(behind)) == 0 {
		return from + end + len("</item>")
	}
	if err == io.EOF && bytes.Contains(behind, []byte("</channel>")) {
		return from + end + len("</item>")
	}
	return 0
}

func (s *scanner) noEnd(name string, err error) (int, error) {
	if err == errTooLong {
		s.resync()
		return 0, errTooLong
	}
	if s.eof != io.EOF {
		return len(s.buf), fmt.Errorf("the file cannot be read further: %w", s.eof)
	}
	return len(s.buf), fmt.Errorf("the file ends inside <%s>", name)
}

// resync passes everything up to the next item or the end of the channel.
func (s *scanner) resync() {
	s.pass(1)
	for {
		i := bytes.Index(s.buf, []byte("<item"))
		if j := bytes.Index(s.buf, []byte("</channel>")); j >= 0 && (i < 0 || j < i) {
			i = j
		}
		if i >= 0 {
			s.pass(i)
			return
		}
		s.pass(max(0, len(s.buf)-len("</channel>")))
		if !s.fill() {
			s.pass(len(s.buf))
			return
		}
	}
}

func (s *scanner) cutOff(what string) *element {
	el := &element{name: what, line: s.line, offset: s.at, problem: "the file ends inside a " + what}
	el.raw = s.take(len(s.buf))
	return el
}

// refuseDeclaration is the error for a DOCTYPE. WordPress writes none, and the entities it may declare are how XML files
// attack their readers.
func (s *scanner) refuseDeclaration() error {
	text := s.peek(maxTag)
	if bytes.Contains(text, []byte("<!ENTITY")) {
		return news.Invalidf("line %d: the file declares XML entities, which are not read; no WordPress export has them", s.line)
	}
	return news.Invalidf("line %d: the file has a document type declaration (<!DOCTYPE …>), which is not read; "+
		"no WordPress export has one", s.line)
}

// index finds pat at or after from, reading as needed. The error is errTooLong or io.EOF.
func (s *scanner) index(from int, pat string) (int, error) {
	for {
		if from < len(s.buf) {
			if i := bytes.Index(s.buf[from:], []byte(pat)); i >= 0 {
				return from + i, nil
			}
			from = max(from, len(s.buf)-len(pat)+1)
		}
		if len(s.buf) > s.max {
			return 0, errTooLong
		}
		if !s.fill() {
			return 0, io.EOF
		}
	}
}

func (s *scanner) has(prefix string) bool {
	for len(s.buf) < len(prefix) && s.fill() {
	}
	return bytes.HasPrefix(s.buf, []byte(prefix))
}

func (s *scanner) peek(n int) []byte {
	for len(s.buf) < n && s.fill() {
	}
	return s.buf[:min(n, len(s.buf))]
}

// discardTo passes from bytes and then everything through pat, without keeping it.
func (s *scanner) discardTo(from int, pat string) {
	s.pass(min(from, len(s.buf)))
	for {
		if i := bytes.Index(s.buf, []byte(pat)); i >= 0 {
			s.pass(i + len(pat))
			return
		}
		s.pass(max(0, len(s.buf)-len(pat)+1))
		if !s.fill() {
			s.pass(len(s.buf))
			return
		}
	}
}

func (s *scanner) take(n int) []byte {
	raw := s.buf[:n:n]
	s.pass(n)
	return raw
}

func (s *scanner) pass(n int) {
	s.line += bytes.Count(s.buf[:n], []byte{'\n'})
	s.at += int64(n)
	s.buf = s.buf[n:]
}

// fill reads more behind buf; false at the end. It may move buf, but not while raw of the last element is still read: that
// ends with the next call of next, and only next reads.
func (s *scanner) fill() bool {
	if s.eof != nil {
		return false
	}
	if cap(s.buf)-len(s.buf) == 0 {
		s.makeRoom()
	}
	for range 100 {
		n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		if err != nil {
			s.eof = err
		}
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	s.eof = io.ErrNoProgress
	return false
}

func (s *scanner) makeRoom() {
	const least = 256 << 10
	if len(s.buf) <= cap(s.store)/2 && cap(s.store) >= least {
		if cap(s.store) > 4<<20 && len(s.buf) < cap(s.store)/8 { // give back what one large element took
			s.store = make([]byte, max(least, 2*len(s.buf)))
		}
	} else {
		s.store = make([]byte, max(least, 2*len(s.buf)))
	}
	n := copy(s.store[:cap(s.store)], s.buf)
	s.buf = s.store[:n]
}

func (s *scanner) declare(tag []byte) {
	for _, m := range xmlnsAttr.FindAllSubmatch(tag, -1) {
		s.spaces[string(m[1])] = strings.Trim(string(m[2]), `"'`)
	}
}

// tagName is the name at the beginning of b; empty when there is none.
func tagName(b []byte) string {
	n := 0
	for n < len(b) && isNameByte(b[n]) {
		n++
	}
	if n == 0 || b[0] >= '0' && b[0] <= '9' || b[0] == '-' || b[0] == '.' {
		return ""
	}
	return string(b[:n])
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == ':' || c == '_' || c == '-' ||
		c == '.' || c >= 0x80
}

func hasName(b []byte, tag string) bool {
	return len(b) > len(tag) && string(b[:len(tag)]) == tag && !isNameByte(b[len(tag)])
}
