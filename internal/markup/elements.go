package markup

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
)

// element is an HTML element that an article may contain.
type element struct {
	name   string
	attrs  map[string]attribute
	needs  []string // the element is left out when it has none of these attributes
	layout layout
	block  bool // starts on its own line; ends an open paragraph
	void   bool // has no content and no end tag
	empty  bool // means something even when it holds nothing
}

// layout is the part an element plays in the structure of a document.
type layout uint8

const (
	flow    layout = iota // no special part
	heading               // does not hold another heading
	list                  // an item's end tag does not reach beyond it
	table                 // holds table parts only
	section               // thead, tbody, tfoot
	row
	cell // td, th, caption: a closed room inside a table
	columns
	column
)

// part reports whether the element may stand only inside a table.
func (e *element) part() bool { return e.layout > table }

// attribute is what may stand in an attribute's value.
type attribute struct {
	name    string
	clean   func(string) (string, bool) // the value to store; false drops the attribute
	pattern *regexp.Regexp              // what the policy checks in addition, when not nil
}

// matching is an attribute whose value is kept as it is if it matches the whole pattern.
func matching(pattern string) attribute {
	re := regexp.MustCompile(`^(?:` + pattern + `)$`)
	return attribute{pattern: re, clean: func(v string) (string, bool) {
		v = trimASCII(v)
		return v, re.MatchString(v)
	}}
}

const candidate = `(?:https?://\S+|[^\s:/?#]*[/?#]\S*|[^\s:/?#]+)(?: [0-9.]+[wx])?`

var (
	// No addresses other than http, https and relative ones. bluemonday itself looks at the address in href, cite and src of
	// img, audio, video and track, but not at the others.
	mediaPattern  = regexp.MustCompile(`^(?:https?://|[^:]*$|[^:/?#]*[/?#])`)
	srcsetPattern = regexp.MustCompile(`^` + candidate + `(?:, ` + candidate + `)*$`)

	prose    = attribute{clean: cleanAttribute}
	link     = attribute{clean: func(v string) (string, bool) { return linkURL(v, true) }}
	media    = attribute{clean: func(v string) (string, bool) { return linkURL(v, false) }, pattern: mediaPattern}
	srcset   = attribute{clean: cleanSrcset, pattern: srcsetPattern}
	rel      = attribute{clean: cleanRel, pattern: regexp.MustCompile(`^[a-z ]+$`)}
	langTag  = matching(`[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*`)
	number   = matching(`-?[0-9]{1,6}`)
	size     = attribute{clean: cleanSize, pattern: regexp.MustCompile(`^[0-9]{1,6}$`)}
	instant  = matching(`[0-9A-Za-z:+., -]{1,60}`)
	flag     = attribute{clean: func(string) (string, bool) { return "", true }, pattern: regexp.MustCompile(`^$`)}
	query    = matching(`[\w\s():,.<>=/%*+-]{1,500}`)
	mimeType = matching(`[a-z]+/[\w.+-]+(?:; ?codecs="?[\w., +-]+"?)?`)
)

// Attributes that every element may have.
var globalAttrs = named(map[string]attribute{
	"dir":   matching(`(?i:ltr|rtl|auto)`),
	"lang":  langTag,
	"title": prose,
})

func named(attrs map[string]attribute) map[string]attribute {
	for name, a := range attrs {
		a.name = name
		attrs[name] = a
	}
	return attrs
}

var elements = func() map[string]*element {
	byName := map[string]*element{}
	add := func(e element, names ...string) {
		for _, name := range names {
			e.name = name
			e.attrs = named(e.attrs)
			one := e
			byName[name] = &one
		}
	}
	as := func(name string, olds ...string) {
		for _, old := range olds {
			byName[old] = byName[name]
		}
	}

	cite := map[string]attribute{"cite": link}
	edit := map[string]attribute{"cite": link, "datetime": instant}
	spans := map[string]attribute{"span": size}
	inCell := map[string]attribute{"colspan": size, "rowspan": size, "scope": matching(`row|col|rowgroup|colgroup`)}

	// Blocks.
	add(element{block: true}, "p", "div", "section", "aside", "header", "footer", "address", "figure", "figcaption",
		"pre", "summary", "dl")
	add(element{block: true, empty: true}, "dt", "dd")
	add(element{block: true, layout: heading}, "h1", "h2", "h3", "h4", "h5", "h6")
	add(element{block: true, layout: list}, "ul")
	add(element{block: true, layout: list, attrs: map[string]attribute{
		"start": number, "reversed": flag, "type": matching(`[1aAiI]`)}}, "ol")
	add(element{block: true, empty: true, attrs: map[string]attribute{"value": number}}, "li")
	add(element{block: true, attrs: cite}, "blockquote")
	add(element{block: true, attrs: map[string]attribute{"open": flag}}, "details")
	add(element{block: true, void: true}, "hr")

	// Tables.
	add(element{block: true, layout: table}, "table")
	add(element{block: true, layout: section, empty: true}, "thead", "tbody", "tfoot")
	add(element{block: true, layout: row, empty: true}, "tr")
	add(element{block: true, layout: cell, empty: true, attrs: inCell}, "td", "th")
	add(element{block: true, layout: cell}, "caption")
	add(element{block: true, layout: columns, empty: true, attrs: spans}, "colgroup")
	add(element{block: true, layout: column, void: true, attrs: spans}, "col")

	// Text.
	add(element{}, "em", "strong", "b", "i", "u", "s", "sub", "sup", "small", "mark", "abbr", "cite", "code", "kbd", "samp",
		"var", "dfn", "bdi", "bdo", "ruby", "rt", "rp")
	add(element{needs: []string{"dir", "lang", "title"}}, "span")
	add(element{needs: []string{"href"}, attrs: map[string]attribute{"href": link, "hreflang": langTag, "rel": rel}}, "a")
	add(element{attrs: map[string]attribute{"datetime": instant}}, "time")
	add(element{attrs: edit}, "del", "ins")
	add(element{empty: true, attrs: cite}, "q")
	add(element{void: true}, "br", "wbr")

	// Pictures and sound.
	add(element{}, "picture")
	add(element{void: true, needs: []string{"src", "srcset"}, attrs: map[string]attribute{
		"src": media, "srcset": srcset, "sizes": query, "alt": prose, "width": size, "height": size}}, "img")
	add(element{void: true, needs: []string{"src", "srcset"}, attrs: map[string]attribute{
		"src": media, "srcset": srcset, "sizes": query, "media": query, "type": mimeType, "width": size, "height": size}}, "source")
	add(element{empty: true, attrs: map[string]attribute{
		"src": media, "poster": media, "width": size, "height": size, "controls": flag, "loop": flag, "muted": flag,
		"preload": matching(`none|metadata|auto`)}}, "video")
	add(element{empty: true, attrs: map[string]attribute{
		"src": media, "controls": flag, "loop": flag, "muted": flag, "preload": matching(`none|metadata|auto`)}}, "audio")
	add(element{void: true, needs: []string{"src"}, attrs: map[string]attribute{
		"src": media, "kind": matching(`subtitles|captions|descriptions|chapters|metadata`), "srclang": langTag,
		"label": prose, "default": flag}}, "track")

	// Elements that are stored under another name, so that what they do to the page stays.
	as("div", "article", "main", "nav", "center", "hgroup", "search", "form", "fieldset", "legend", "dialog")
	as("ul", "menu", "dir")
	as("pre", "listing", "xmp", "plaintext")
	as("s", "strike")
	as("code", "tt")
	as("abbr", "acronym")
	as("img", "image")
	return byName
}()

// Elements whose content is not text for readers. The tokenizer hands it over as one text token.
var hidden = map[string]bool{"script": true, "style": true, "iframe": true, "noembed": true, "noframes": true,
	"noscript": true, "title": true}

// Elements that are left out although a word may go on across their tags. Any other unknown element parts words.
var transparent = map[string]bool{"font": true, "big": true, "blink": true, "nobr": true, "data": true, "label": true,
	"rb": true, "rtc": true, "slot": true}

// policy is the library's view of the same allow-list.
var policy = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(true)
	p.AllowURLSchemes("http", "https", "mailto")
	for key, a := range globalAttrs {
		if a.pattern != nil {
			p.AllowAttrs(key).Matching(a.pattern).Globally()
		} else {
			p.AllowAttrs(key).Globally()
		}
	}
	for name, e := range elements {
		if name != e.name {
			continue
		}
		p.AllowElements(e.name)
		p.AllowNoAttrs().OnElements(e.name)
		for key, a := range e.attrs {
			if a.pattern != nil {
				p.AllowAttrs(key).Matching(a.pattern).OnElements(e.name)
			} else {
				p.AllowAttrs(key).OnElements(e.name)
			}
		}
	}
	return p
}()
