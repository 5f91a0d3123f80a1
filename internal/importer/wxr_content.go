package importer

import (
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/dateline-cms/dateline/internal/news"
)

// bodyWriter turns the content of one WordPress post into HTML; the store sanitises it. What cannot be shown is counted.
type bodyWriter struct {
	w      *wxr
	ref    news.Ref
	postID int64
	notes  string // the post's "footnotes" meta field
}

func (b *bodyWriter) lose(kind, name string) { b.w.in.report.lose(kind, name, b.ref) }

// html is the whole of a post; WordPress's page breaks and "more" markers go, so the text is one piece.
func (b *bodyWriter) html(content string) string {
	content = markers.ReplaceAllString(content, "\n")
	if strings.Contains(content, "<!-- wp:") {
		return embedLines(b.elements(b.shortcodes(b.blocks(content), 0)))
	}
	return embedLines(autop(b.elements(b.shortcodes(content, 0))))
}

var markers = regexp.MustCompile(`<!--\s*(?:more\b.*?|nextpage|noteaser)\s*-->`)

// blocks takes out the comments that delimit blocks. The HTML between them is what the block editor saved; blocks without
// any are made by WordPress when it shows the page, and those are lost.
func (b *bodyWriter) blocks(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	dropping, depth := "", 0
	for {
		d, at := nextDelimiter(s)
		if d == nil {
			if dropping == "" {
				out.WriteString(s)
			}
			return out.String()
		}
		if dropping == "" {
			out.WriteString(s[:at])
		}
		s = s[at+d.length:]
		switch {
		case dropping != "":
			if d.name == dropping && !d.void {
				if d.closing {
					depth--
				} else {
					depth++
				}
			}
			if depth == 0 {
				dropping = ""
			}
		case d.closing:
		case d.name == "embed" || strings.HasPrefix(d.name, "core-embed/"):
			s = b.embedBlock(&out, d, s)
		case d.void:
			b.voidBlock(&out, d)
		case templateBlocks[d.name]:
			b.lose("block", d.name)
			dropping, depth = d.name, 1
		}
	}
}

// templateBlocks hold patterns that WordPress fills when it shows the page, not text.
var templateBlocks = set(`query post-template query-pagination query-no-results query-title navigation comments
	comment-template comments-query-loop comments-pagination post-comments post-comments-form template-part term-template
	loginout page-list`)

func (b *bodyWriter) voidBlock(out *strings.Builder, d *delimiter) {
	switch d.name {
	case "more", "nextpage", "spacer":
	case "social-link":
		var attrs struct {
			URL     string `json:"url"`
			Service string `json:"service"`
			Label   string `json:"label"`
		}
		if json.Unmarshal([]byte(d.attrs), &attrs) != nil || !isHTTP(attrs.URL) {
			b.lose("block", d.name)
			return
		}
		label := attrs.Label
		if label == "" {
			label = attrs.Service
		}
		fmt.Fprintf(out, `<li>%s</li>`, anchor(attrs.URL, label))
	case "footnotes":
		b.footnotes(out)
	default:
		b.lose("block", d.name)
	}
}

func (b *bodyWriter) footnotes(out *strings.Builder) {
	var notes []struct {
		Content string `json:"content"`
		ID      string `json:"id"`
	}
	if json.Unmarshal([]byte(b.notes), &notes) != nil {
		b.lose("block", "footnotes")
		return
	}
	out.WriteString("<ol>")
	for _, n := range notes {
		fmt.Fprintf(out, `<li id="%s">%s</li>`, html.EscapeString(n.ID), n.Content)
	}
	out.WriteString("</ol>\n")
}

// maxEmbed bounds the search for the end of an embed, which holds no other blocks.
const maxEmbed = 64 << 10

// embedBlock writes a link in place of something embedded and returns what follows the block.
func (b *bodyWriter) embedBlock(out *strings.Builder, d *delimiter, s string) string {
	var attrs struct {
		URL string `json:"url"`
	}
	inner := ""
	if !d.void {
		if end, at := nextDelimiter(s[:min(len(s), maxEmbed)]); end != nil && end.closing && end.name == d.name {
			inner, s = s[:at], s[at+end.length:]
		}
	}
	if json.Unmarshal([]byte(d.attrs), &attrs) != nil || !isHTTP(attrs.URL) {
		if attrs.URL = strings.TrimSpace(tags.ReplaceAllString(figcaption.ReplaceAllString(inner, ""), "")); !isHTTP(attrs.URL) {
			b.lose("block", d.name)
			return s
		}
	}
	out.WriteString("<figure><p>" + anchor(attrs.URL, "") + "</p>")
	out.WriteString(figcaption.FindString(inner))
	out.WriteString("</figure>\n")
	return s
}

var (
	figcaption = regexp.MustCompile(`(?is)<figcaption.*?</figcaption>`)
	tags       = regexp.MustCompile(`<[^>]*>`)
)

// delimiter is a block comment: <!-- wp:name {"json":1} -->, <!-- wp:name /--> or <!-- /wp:name -->.
type delimiter struct {
	name          string // without "core/"
	attrs         string
	closing, void bool
	length        int
}

func nextDelimiter(s string) (*delimiter, int) {
	for from := 0; ; {
		i := strings.Index(s[from:], "<!--")
		if i < 0 {
			return nil, 0
		}
		i += from
		end := strings.Index(s[i:], "-->")
		if end < 0 {
			return nil, 0
		}
		if end < 4 { // <!--> is a whole comment
			from = i + end + 3
			continue
		}
		text := strings.TrimSpace(s[i+4 : i+end])
		d := delimiter{length: end + 3}
		if rest, ok := strings.CutPrefix(text, "/wp:"); ok {
			text, d.closing = rest, true
		} else if rest, ok := strings.CutPrefix(text, "wp:"); ok {
			text = rest
			if rest, ok := strings.CutSuffix(text, "/"); ok {
				text, d.void = strings.TrimSpace(rest), true
			}
		} else {
			from = i + end + 3
			continue
		}
		d.name, d.attrs, _ = strings.Cut(text, " ")
		d.name = strings.TrimPrefix(clip(d.name, 80), "core/")
		d.attrs = strings.TrimSpace(d.attrs)
		return &d, i
	}
}

// embedLines makes links of addresses that stand alone in a line or paragraph, which WordPress shows as embeds.
func embedLines(s string) string {
	if !strings.Contains(s, "http") {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	afterBreak := false
	for line := range strings.Lines(s) {
		text := strings.TrimSpace(line)
		body, opened := strings.CutPrefix(text, "<p>")
		body, closed := strings.CutSuffix(body, "</p>")
		body, broken := strings.CutSuffix(body, "<br>")
		u := strings.TrimSpace(html.UnescapeString(body))
		if isHTTP(u) && !strings.ContainsAny(u, " <>\"\t") && (opened || closed || broken || afterBreak) {
			out.WriteString(strings.Replace(line, body, anchor(u, ""), 1))
		} else {
			out.WriteString(line)
		}
		afterBreak = broken
	}
	return out.String()
}

// elements puts links in place of embedded players, and counts what the sanitiser is going to remove.
func (b *bodyWriter) elements(s string) string {
	if !hasForeign(s) {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	for s != "" {
		n := tokenEnd(s)
		tok := s[:n]
		s = s[n:]
		name, closing := elementName(tok)
		switch {
		case name == "pre" && !closing:
			n := verbatimEnd(s, name)
			out.WriteString(tok + s[:n])
			s = s[n:]
		case closing && playerElements[name]:
		case name == "iframe" || name == "object":
			n := verbatimEnd(s, name)
			b.player(&out, name, tok, s[:n])
			s = s[n:]
		case name == "embed":
			b.player(&out, name, tok, "")
		case (name == "script" || name == "style") && !closing:
			b.lose("element", name)
			s = s[verbatimEnd(s, name):]
		case foreignElements[name] && !closing:
			b.lose("element", name)
			out.WriteString(tok)
		default:
			out.WriteString(tok)
		}
	}
	return out.String()
}

var (
	foreignElements = set(`form input select textarea svg canvas applet`)
	playerElements  = set(`iframe object embed param`)
	sourceAttr      = regexp.MustCompile(`(?i)\s(?:src|data|data-src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))`)
	movieParam      = regexp.MustCompile(`(?i)<param[^>]*name\s*=\s*["']?(?:movie|src|filename)["']?[^>]*value\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))`)
)

// hasForeign is a quick look that spares most texts the closer one.
func hasForeign(s string) bool {
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			return false
		}
		s = s[i:]
		name, _ := elementName(s[:min(len(s), 12)])
		if playerElements[name] || foreignElements[name] || name == "script" || name == "style" {
			return true
		}
		s = s[1:]
	}
}

func (b *bodyWriter) player(out *strings.Builder, name, tag, inner string) {
	for _, m := range [][]string{sourceAttr.FindStringSubmatch(tag), movieParam.FindStringSubmatch(inner),
		sourceAttr.FindStringSubmatch(inner)} {
		if m == nil {
			continue
		}
		u := watchURL(html.UnescapeString(strings.TrimSpace(m[1] + m[2] + m[3])))
		if isHTTP(u) {
			out.WriteString(anchor(u, ""))
			return
		}
	}
	b.lose("element", name)
}

// watchURL is the page of a video whose player has the address u.
func watchURL(u string) string {
	if strings.HasPrefix(u, "//") {
		u = "https:" + u
	}
	for _, p := range players {
		if m := p.player.FindStringSubmatch(u); m != nil {
			return p.page + m[1]
		}
	}
	return u
}

var players = []struct {
	player *regexp.Regexp
	page   string
}{
	{regexp.MustCompile(`^https?://(?:www\.)?youtube(?:-nocookie)?\.com/(?:embed|v)/([\w-]{6,})`), "https://www.youtube.com/watch?v="},
	{regexp.MustCompile(`^https?://player\.vimeo\.com/video/(\d+)`), "https://vimeo.com/"},
	{regexp.MustCompile(`^https?://(?:www\.)?dailymotion\.com/embed/video/(\w+)`), "https://www.dailymotion.com/video/"},
}

func isHTTP(u string) bool {
	return len(u) > 8 && (strings.HasPrefix(u, "http://") || strings.HasPrefix(u, "https://"))
}

// anchor is a link; label is plain text, the address when empty.
func anchor(u, label string) string {
	if label == "" {
		label = u
	}
	return `<a href="` + html.EscapeString(u) + `">` + html.EscapeString(label) + `</a>`
}

// figure shows an image; alt is plain text, caption is HTML.
func figure(src, alt, caption string) string {
	f := `<figure><img src="` + html.EscapeString(src) + `" alt="` + html.EscapeString(alt) + `">`
	if strings.TrimSpace(caption) != "" {
		f += "<figcaption>" + caption + "</figcaption>"
	}
	return f + "</figure>\n"
}

// gallery shows the images of a [gallery]: those named, or else those uploaded to the post.
func (b *bodyWriter) gallery(attrs map[string]string) (string, bool) {
	var ids []int64
	for f := range strings.FieldsFuncSeq(attrs["ids"]+","+attrs["include"], func(r rune) bool { return r == ',' || r == ' ' }) {
		if id, err := strconv.ParseInt(f, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		ids = b.w.uploads[b.postID]
	}
	var out strings.Builder
	for _, id := range ids[:min(len(ids), 1000)] {
		if a, ok := b.w.attachments[id]; ok {
			out.WriteString(figure(a.url, a.alt, a.caption))
		} else {
			b.lose("gallery image", "not in the file")
		}
	}
	return out.String(), out.Len() > 0
}
