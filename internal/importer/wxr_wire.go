package importer

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The elements of a WordPress export as WordPress writes them (wp-admin/includes/export.php). The names of the namespaces
// are the usual prefixes; wireReader makes them so.

type wxrAuthor struct {
	ID          string `xml:"wp author_id"`
	Login       string `xml:"wp author_login"`
	DisplayName string `xml:"wp author_display_name"`
	FirstName   string `xml:"wp author_first_name"`
	LastName    string `xml:"wp author_last_name"`
}

type wxrCategory struct {
	TermID      string `xml:"wp term_id"`
	Nicename    string `xml:"wp category_nicename"`
	Parent      string `xml:"wp category_parent"`
	Name        string `xml:"wp cat_name"`
	Description string `xml:"wp category_description"`
}

type wxrTag struct {
	TermID      string `xml:"wp term_id"`
	Slug        string `xml:"wp tag_slug"`
	Name        string `xml:"wp tag_name"`
	Description string `xml:"wp tag_description"`
}

type wxrTerm struct {
	ID          string `xml:"wp term_id"`
	Taxonomy    string `xml:"wp term_taxonomy"`
	Slug        string `xml:"wp term_slug"`
	Parent      string `xml:"wp term_parent"`
	Name        string `xml:"wp term_name"`
	Description string `xml:"wp term_description"`
}

type wxrItem struct {
	Title         string       `xml:"title"`
	Link          string       `xml:"link"`
	PubDate       string       `xml:"pubDate"`
	Creator       string       `xml:"dc creator"`
	GUID          string       `xml:"guid"`
	Content       wxrText      `xml:"content encoded"`
	Excerpt       wxrText      `xml:"excerpt encoded"`
	PostID        string       `xml:"wp post_id"`
	Date          string       `xml:"wp post_date"`
	DateGMT       string       `xml:"wp post_date_gmt"`
	Modified      string       `xml:"wp post_modified"`
	ModifiedGMT   string       `xml:"wp post_modified_gmt"`
	Name          string       `xml:"wp post_name"`
	Status        string       `xml:"wp status"`
	Parent        string       `xml:"wp post_parent"`
	MenuOrder     string       `xml:"wp menu_order"`
	Type          string       `xml:"wp post_type"`
	Password      string       `xml:"wp post_password"`
	IsSticky      string       `xml:"wp is_sticky"`
	AttachmentURL string       `xml:"wp attachment_url"`
	Terms         []wxrItemTag `xml:"category"`
	Meta          []wxrMeta    `xml:"wp postmeta"`
	Comments      []wxrComment `xml:"wp comment"`
}

type wxrText struct {
	Text string     `xml:",chardata"`
	Any  []struct{} `xml:",any"` // markup that should have been escaped
}

type wxrItemTag struct {
	Domain   string `xml:"domain,attr"`
	Nicename string `xml:"nicename,attr"`
	Name     string `xml:",chardata"`
}

type wxrMeta struct {
	Key   string `xml:"wp meta_key"`
	Value string `xml:"wp meta_value"`
}

type wxrComment struct {
	ID string `xml:"wp comment_id"`
}

// meta returns the first value of a meta field, and whether there is one.
func (it *wxrItem) meta(key string) (string, bool) {
	for i := range it.Meta {
		if it.Meta[i].Key == key {
			return it.Meta[i].Value, true
		}
	}
	return "", false
}

// decode reads an element into a wire struct. When it is not well formed, a second try repairs what WordPress and its
// plugins are known to get wrong; repaired then says what was wrong.
func decode(el *element, spaces map[string]string, into func() any) (repaired, problem string) {
	raw, cleaned := cleanXML(el.raw)
	strictErr := decodeXML(raw, spaces, true, into())
	if strictErr == nil {
		return cleaned, ""
	}
	if errors.Is(strictErr, errDirective) {
		return "", strictErr.Error()
	}
	if decodeXML(numericReference.ReplaceAllFunc(raw, dropIllegal), spaces, false, into()) != nil {
		return "", xmlProblem(el, strictErr)
	}
	return joinNotes(cleaned, "repaired XML that is not well formed: "+xmlProblem(el, strictErr)), ""
}

func xmlProblem(el *element, err error) string {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Sprintf("line %d: %s", el.line+syntax.Line-1, clip(syntax.Msg, 200))
	}
	return clip(err.Error(), 200)
}

func decodeXML(raw []byte, spaces map[string]string, strict bool, v any) error {
	d := xml.NewDecoder(bytes.NewReader(raw))
	d.Strict = strict
	if !strict {
		d.Entity = xml.HTMLEntity
	}
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // decoded already
	err := xml.NewTokenDecoder(&wireReader{d: d, spaces: spaces}).Decode(v)
	if err == nil {
		return wellPlaced(v)
	}
	return err
}

var errUnescaped = errors.New("its content holds markup that is not escaped")

func wellPlaced(v any) error {
	if it, ok := v.(*wxrItem); ok && len(it.Content.Any)+len(it.Excerpt.Any) > 0 {
		return errUnescaped
	}
	return nil
}

var errDirective = errors.New("it holds a declaration (<!…>), which is not read")

// wireReader gives every namespace its usual prefix and leaves out elements of namespaces that are not WordPress's, so
// that <media:title> is not taken for <title>.
type wireReader struct {
	d      *xml.Decoder
	spaces map[string]string
	depth  int
}

// maxXMLDepth is far above the three levels of an export.
const maxXMLDepth = 64

func (w *wireReader) Token() (xml.Token, error) {
	for {
		t, err := w.d.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			space, known := w.space(t.Name.Space)
			if !known && w.depth > 0 {
				if err := w.d.Skip(); err != nil {
					return nil, err
				}
				continue
			}
			if w.depth++; w.depth > maxXMLDepth {
				return nil, fmt.Errorf("elements are nested more than %d deep", maxXMLDepth)
			}
			t.Name.Space = space
			// The names are final: another decoder must not resolve them again.
			t.Attr = slices.DeleteFunc(t.Attr, func(a xml.Attr) bool { return a.Name.Space == "xmlns" || a.Name.Local == "xmlns" })
			return t, nil
		case xml.EndElement:
			w.depth--
			t.Name.Space, _ = w.space(t.Name.Space)
			return t, nil
		case xml.Directive:
			return nil, errDirective
		case xml.Comment, xml.ProcInst:
			continue
		default:
			return t, nil
		}
	}
}

// space is the usual prefix for a namespace, given as address or as prefix, and whether it is one of WordPress's.
func (w *wireReader) space(space string) (string, bool) {
	if space == "" {
		return "", true
	}
	if uri := w.spaces[space]; uri != "" {
		space = uri
	}
	switch {
	case space == "wp", space == "excerpt", space == "content", space == "dc":
		return space, true
	case strings.Contains(space, "wordpress.org/export/"):
		if strings.HasSuffix(space, "/excerpt/") {
			return "excerpt", true
		}
		return "wp", true
	case strings.Contains(space, "/modules/content"):
		return "content", true
	case strings.Contains(space, "purl.org/dc/elements/"):
		return "dc", true
	}
	return space, false
}

var (
	xmlnsAttr        = regexp.MustCompile(`xmlns:([\w.-]+)\s*=\s*("[^"]*"|'[^']*')`)
	numericReference = regexp.MustCompile(`&#(?:[0-9]{1,10}|[xX][0-9a-fA-F]{1,8});`)
)

// cleanXML replaces bytes that are not UTF-8 by U+FFFD and drops characters that XML forbids. WordPress writes both.
func cleanXML(raw []byte) (clean []byte, note string) {
	if utf8.Valid(raw) && !hasIllegal(raw) {
		return raw, ""
	}
	raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	raw = bytes.Map(func(r rune) rune {
		if legalXML(r) {
			return r
		}
		return -1
	}, raw)
	return raw, "repaired bytes that are not valid text"
}

func hasIllegal(raw []byte) bool {
	for i, c := range raw {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
			return true
		}
		// U+FFFE and U+FFFF, the only other forbidden characters in valid UTF-8.
		if c == 0xEF && i+2 < len(raw) && raw[i+1] == 0xBF && raw[i+2] >= 0xBE {
			return true
		}
	}
	return false
}

func legalXML(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r < 0xFFFE || r > 0xFFFF
}

func dropIllegal(ref []byte) []byte {
	digits, base := string(ref[2:len(ref)-1]), 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune || !legalXML(rune(n)) || n >= 0xD800 && n < 0xE000 {
		return nil
	}
	return ref
}

// declaredEncoding is the encoding that an XML declaration at the beginning of head names, in lower case; empty for none.
func declaredEncoding(head []byte) string {
	if m := encodingDecl.FindSubmatch(head); m != nil {
		return strings.ToLower(string(m[1]))
	}
	return ""
}

var encodingDecl = regexp.MustCompile(`^(?:\xEF\xBB\xBF)?\s*<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)
