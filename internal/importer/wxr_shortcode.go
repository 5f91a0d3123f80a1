package importer

import (
	"html"
	"regexp"
	"strings"
)

// maxShortcodeDepth is how deep shortcodes may contain each other; deeper ones stay as text.
const maxShortcodeDepth = 16

// shortcodes replaces WordPress's shortcodes by HTML (https://codex.wordpress.org/Shortcode_API). An export does not say
// which names are shortcodes, so an unknown [word] is taken for one only when it looks like nothing else: it has a closing
// tag or quoted attributes. Its brackets go, the text inside stays, and it is counted.
func (b *bodyWriter) shortcodes(s string, depth int) string {
	if depth > maxShortcodeDepth || strings.IndexByte(s, '[') < 0 {
		return s
	}
	ends := closers(s)
	var out strings.Builder
	out.Grow(len(s))
	for i := 0; i < len(s); {
		j := strings.IndexAny(s[i:], "[<")
		if j < 0 {
			out.WriteString(s[i:])
			break
		}
		out.WriteString(s[i : i+j])
		i += j
		if s[i] == '<' {
			n := tokenEnd(s[i:])
			if name, closing := elementName(s[i : i+n]); !closing && literal[name] {
				n += verbatimEnd(s[i+n:], name)
			}
			out.WriteString(s[i : i+n])
			i += n
			continue
		}
		n := b.shortcode(&out, s, i, ends, depth)
		if n == 0 {
			out.WriteByte('[')
			n = 1
		}
		i += n
	}
	return out.String()
}

// literal elements show what looks like a shortcode as it is.
var literal = set(`pre code script style textarea`)

// shortcode writes what the shortcode at s[i] stands for and returns its length; 0 when there is none.
func (b *bodyWriter) shortcode(out *strings.Builder, s string, i int, ends map[string][]int, depth int) int {
	if strings.HasPrefix(s[i:], "[[") { // WordPress's way to show a shortcode as text
		if sc := parseShortcode(s[i+1:]); sc != nil && strings.HasPrefix(s[i+1+sc.length:], "]") {
			out.WriteString(s[i+1 : i+1+sc.length])
			return sc.length + 2
		}
		return 0
	}
	if strings.HasPrefix(s[i:], "[/") {
		return b.strayEnd(s[i:])
	}
	sc := parseShortcode(s[i:])
	if sc == nil {
		return 0
	}
	show := shortcodeHTML[sc.name]
	if show == nil && codeNames[sc.name] {
		show = codeText
	}
	length, end := sc.length, -1
	if !sc.void {
		end = closer(ends, sc.name, i+sc.length)
	}
	if end >= 0 {
		sc.inner, length = s[i+sc.length:end], end-i+len(sc.name)+3
	}
	switch {
	case show == nil && end < 0 && !sc.looksReal() && !pluginCodes[sc.name]:
		return 0
	case codeNames[sc.name]:
		if end < 0 {
			return 0
		}
	default:
		sc.inner = b.shortcodes(sc.inner, depth+1)
	}
	if show != nil {
		if text, ok := show(b, sc); ok {
			out.WriteString(text)
			return length
		}
		if end < 0 && len(sc.attrs)+len(sc.words) == 0 && sc.name != "gallery" {
			return 0 // a word in brackets that happens to have this name
		}
	}
	b.lose("shortcode", sc.name)
	out.WriteString(sc.inner)
	return length
}

// strayEnd passes the closing tag of a known shortcode that has no beginning.
func (b *bodyWriter) strayEnd(s string) int {
	for name := range shortcodeHTML {
		if strings.HasPrefix(s[2:], name+"]") {
			return len(name) + 3
		}
	}
	return 0
}

type shortcode struct {
	name   string
	attrs  map[string]string
	words  []string // attributes without a name
	quoted bool     // an attribute has a quoted value
	inner  string
	void   bool
	length int // of the opening tag
}

// looksReal guesses whether an unknown name is a shortcode.
func (sc *shortcode) looksReal() bool {
	return sc.quoted || len(sc.attrs) > 0 && strings.ContainsAny(sc.name, "_-")
}

// parseShortcode reads an opening tag at the beginning of s; nil when there is none.
func parseShortcode(s string) *shortcode {
	n := 1
	for n < len(s) && n < 64 && (s[n] >= 'a' && s[n] <= 'z' || s[n] >= 'A' && s[n] <= 'Z' || n > 1 && (s[n] >= '0' && s[n] <= '9' || s[n] == '_' || s[n] == '-')) {
		n++
	}
	if n == 1 || n >= len(s) || !strings.ContainsRune(" \t\r\n]/=\u00a0", rune(s[n])) && !strings.HasPrefix(s[n:], "\u00a0") {
		return nil
	}
	sc := &shortcode{name: s[1:n]}
	end := tagEnd(s, n)
	if end < 0 {
		return nil
	}
	text := s[n:end]
	if strings.HasSuffix(text, "/") {
		text, sc.void = text[:len(text)-1], true
	}
	sc.length = end + 1
	sc.parseAttrs(strings.TrimPrefix(text, "="))
	return sc
}

// tagEnd is the position of the "]" that ends a tag, outside quotes; -1 when there is none near.
func tagEnd(s string, from int) int {
	var quote byte
	for i := from; i < len(s) && i < from+4000; i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && s[i-1] == '=':
			quote = c
		case c == ']':
			return i
		case c == '[', c == '<':
			return -1
		}
	}
	return -1
}

var shortcodeAttr = regexp.MustCompile(`([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|(?:&quot;|&#822[01];|[“”″])(.*?)(?:&quot;|&#822[01];|[“”″])|([^\s"']+))|"([^"]*)"|'([^']*)'|(\S+)`)

func (sc *shortcode) parseAttrs(text string) {
	sc.attrs = map[string]string{}
	for _, m := range shortcodeAttr.FindAllStringSubmatch(text, 100) {
		if m[1] == "" {
			sc.words = append(sc.words, html.UnescapeString(m[6]+m[7]+m[8]))
			continue
		}
		sc.attrs[strings.ToLower(m[1])] = html.UnescapeString(m[2] + m[3] + m[4] + m[5])
		sc.quoted = sc.quoted || m[5] == ""
	}
}

// closers finds every "[/name]" of s.
func closers(s string) map[string][]int {
	found := map[string][]int{}
	for i := 0; ; {
		j := strings.Index(s[i:], "[/")
		if j < 0 {
			return found
		}
		i += j
		if end := strings.IndexByte(s[i:min(len(s), i+70)], ']'); end > 2 {
			name := s[i+2 : i+end]
			found[name] = append(found[name], i)
		}
		i += 2
	}
}

// closer is the first "[/name]" at or after from; -1 when there is none. It forgets those before, so calls go forward.
func closer(ends map[string][]int, name string, from int) int {
	list := ends[name]
	for len(list) > 0 && list[0] < from {
		list = list[1:]
	}
	if len(list) == 0 {
		delete(ends, name)
		return -1
	}
	ends[name] = list
	return list[0]
}

// pluginCodes are common shortcodes without attributes or closing tag.
var pluginCodes = set(`contact-form contact-form-7 woocommerce_cart woocommerce_checkout woocommerce_my_account
	woocommerce_order_tracking products recent_products sitemap archives wp_sitemap_page bbp-forum-index subscribe2 blog_subscription_form
	jetpack_subscription_form display-posts wpforms mc4wp_form ninja_form gravityform playlist`)

// codeNames show their text as program code.
var codeNames = set(`code sourcecode source php css html xml javascript js python bash shell ruby java sql perl cpp csharp`)

type showShortcode func(*bodyWriter, *shortcode) (string, bool)

var shortcodeHTML map[string]showShortcode

func init() { // not a literal: showing refers to parsing, which refers to this table
	shortcodeHTML = map[string]showShortcode{
		"caption": caption, "wp_caption": caption,
		"gallery": func(b *bodyWriter, sc *shortcode) (string, bool) { return b.gallery(sc.attrs) },
		"embed":   linkTo(""), "youtube": linkTo("https://www.youtube.com/watch?v="), "vimeo": linkTo("https://vimeo.com/"),
		"dailymotion": linkTo("https://www.dailymotion.com/video/"), "ted": linkTo("https://www.ted.com/talks/"),
		"soundcloud": linkTo(""), "tweet": linkTo("https://twitter.com/i/status/"), "twitter": linkTo(""),
		"instagram": linkTo(""), "facebook": linkTo(""), "slideshare": linkTo(""), "googlevideo": linkTo(""),
		"wpvideo": linkTo("https://videopress.com/v/"), "videopress": linkTo("https://videopress.com/v/"),
		"audio": media("audio", "src mp3 m4a ogg wav wma flac opus"),
		"video": media("video", "src mp4 m4v webm ogv wmv flv mov"),
	}
}

// caption frames the image it holds; what stands behind the image is the caption.
func caption(_ *bodyWriter, sc *shortcode) (string, bool) {
	m := captionImage.FindStringSubmatch(sc.inner)
	if m == nil {
		return "", false
	}
	text := strings.TrimSpace(m[2])
	if c, ok := sc.attrs["caption"]; ok && strings.TrimSpace(c) != "" {
		text = c
	}
	if text == "" {
		return "<figure>" + m[1] + "</figure>\n", true
	}
	return "<figure>" + m[1] + "<figcaption>" + text + "</figcaption></figure>\n", true
}

var captionImage = regexp.MustCompile(`(?is)^\s*((?:<a\s[^>]*>\s*)?<img\s[^>]*>(?:\s*</a>)?)(.*)$`)

// linkTo links to what a shortcode embeds: an address, or an id behind base.
func linkTo(base string) showShortcode {
	return func(_ *bodyWriter, sc *shortcode) (string, bool) {
		candidates := append([]string{sc.attrs["url"], sc.attrs["src"], sc.attrs["id"]}, sc.words...)
		for _, c := range append(candidates, tags.ReplaceAllString(sc.inner, "")) {
			c = html.UnescapeString(strings.TrimSpace(c))
			if strings.HasPrefix(c, "//") {
				c = "https:" + c
			}
			if base != "" && embedID.MatchString(c) {
				c = base + c
			}
			if isHTTP(c) && !strings.ContainsAny(c, " \t\n<>\"") {
				return "\n\n<p>" + anchor(watchURL(c), "") + "</p>\n\n", true
			}
		}
		return "", false
	}
}

var embedID = regexp.MustCompile(`^[\w-]{4,}$`)

// media plays a file, which one of several attributes, or a link inside, names.
func media(element, attrs string) showShortcode {
	return func(_ *bodyWriter, sc *shortcode) (string, bool) {
		var candidates []string
		for name := range strings.FieldsSeq(attrs) {
			candidates = append(candidates, sc.attrs[name])
		}
		candidates = append(candidates, sc.words...)
		candidates = append(candidates, tags.ReplaceAllString(sc.inner, ""))
		for _, src := range candidates {
			// The old audio player put its options behind the address: [audio http://example.org/a.mp3|width=180].
			src, _, _ = strings.Cut(strings.TrimSpace(src), "|")
			if isHTTP(src) || strings.HasPrefix(src, "/") {
				return "\n<figure><" + element + ` controls src="` + html.EscapeString(src) + `"></` + element + "></figure>\n", true
			}
		}
		return "", false
	}
}

// codeText shows program code as it is.
func codeText(_ *bodyWriter, sc *shortcode) (string, bool) {
	text := strings.Trim(sc.inner, "\r\n")
	text = strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(text) // entities in it are as the editor wrote them
	return "\n<pre><code>" + text + "</code></pre>\n", true
}
