package media

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	svgNamespace   = "http://www.w3.org/2000/svg"
	xlinkNamespace = "http://www.w3.org/1999/xlink"
	xmlNamespace   = "http://www.w3.org/XML/1998/namespace"
)

// Bounds of an SVG. Use elements that use others multiply: a few lines can stand for millions of shapes.
const (
	maxSVGBytes = 4 << 20
	maxDepth    = 200
	maxDrawn    = 1_000_000
)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// What is allowed: what draws, from SVG 2 (https://www.w3.org/TR/SVG2/eltindex.html, attindex.html) and Filter Effects 1.
var (
	svgElements = words(`svg g defs symbol use switch title desc style path rect circle ellipse line polyline polygon image
		text tspan textPath marker pattern linearGradient radialGradient stop clipPath mask filter
		feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight
		feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology feOffset fePointLight
		feSpecularLighting feSpotLight feTile feTurbulence animate animateTransform animateMotion set mpath`)
	svgTextElements = words(`title desc style text tspan textPath`)
	svgLeafElements = words(`title desc style`) // browsers read what is in these as HTML when an SVG stands in a page

	svgAttributes = words(`id class style lang role version viewBox preserveAspectRatio x y z x1 y1 x2 y2 dx dy cx cy r rx ry fx fy fr width
		height d points pathLength transform rotate textLength lengthAdjust startOffset method spacing side offset
		gradientUnits gradientTransform spreadMethod patternUnits patternContentUnits patternTransform clipPathUnits maskUnits
		maskContentUnits mask-type markerUnits markerWidth markerHeight orient refX refY filterUnits primitiveUnits in in2 result
		mode type values tableValues slope intercept amplitude exponent operator k1 k2 k3 k4 order kernelMatrix divisor bias
		targetX targetY edgeMode preserveAlpha surfaceScale diffuseConstant specularConstant specularExponent kernelUnitLength
		limitingConeAngle pointsAtX pointsAtY pointsAtZ azimuth elevation scale xChannelSelector yChannelSelector stdDeviation
		radius baseFrequency numOctaves seed stitchTiles systemLanguage
		attributeName attributeType begin dur end min max restart repeatCount repeatDur calcMode keyTimes keySplines keyPoints from
		to by additive accumulate path
		alignment-baseline baseline-shift clip clip-path clip-rule color color-interpolation color-interpolation-filters
		color-rendering cursor direction display dominant-baseline fill fill-opacity fill-rule filter flood-color flood-opacity
		font-family font-size font-size-adjust font-stretch font-style font-variant font-weight image-rendering isolation
		letter-spacing lighting-color marker-end marker-mid marker-start mask mix-blend-mode opacity overflow paint-order
		pointer-events shape-rendering stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset stroke-linecap
		stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor text-decoration text-rendering transform-origin
		unicode-bidi vector-effect visibility white-space word-spacing writing-mode`)
	svgNotAnimated = words(`id class style href attributeName begin end`)

	cssFunctions = words(`rgb rgba hsl hsla hwb lab lch oklab oklch color color-mix calc min max clamp var matrix matrix3d translate
		translatex translatey translate3d scale scalex scaley rotate rotatex rotatey rotatez skew skewx skewy perspective cubic-bezier
		steps blur brightness contrast drop-shadow grayscale hue-rotate invert opacity saturate sepia polygon circle ellipse inset
		path not is where nth-child nth-of-type nth-last-child lang and or`)
	cssFunction = regexp.MustCompile(`([-\w]*)\(`)
	cssLocalURL = regexp.MustCompile(`^\s*["']?#`)
	cssRule     = regexp.MustCompile(`@[-\w]*`)
	cssRules    = words(`@media @keyframes @-webkit-keyframes`)

	rasterData = regexp.MustCompile(`^data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*$`)
)

func isSVG(data []byte) bool {
	data = bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\ufeff")), " \t\r\n")
	return bytes.HasPrefix(data, []byte("<")) && (bytes.Contains(data, []byte("<svg")) || bytes.Contains(data, []byte(":svg")))
}

// readSVG writes an SVG anew from what is allowed in it. It is then well-formed, has one spelling for everything, and neither
// runs nor loads anything, on its own or as a part of a page.
func readSVG(data []byte) (*picture, error) {
	if len(data) > maxSVGBytes {
		return nil, fmt.Errorf("it has more than %d MB", maxSVGBytes>>20)
	}
	s := &svgCleaner{removed: map[string]bool{}, parts: map[string]svgPart{}}
	decoder := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = s.token(token)
		}
		if err != nil {
			return nil, err
		}
	}
	if s.out.Len() == 0 {
		return nil, errors.New("nothing is in it")
	}
	s.parts[""] = svgPart{s.elements, s.uses}
	if s.drawn("", map[string]int{}) > maxDrawn {
		return nil, fmt.Errorf("its use elements stand for more than %d others; write fewer", maxDrawn)
	}
	return &picture{data: s.out.Bytes(), width: s.width, height: s.height, removed: slices.Sorted(maps.Keys(s.removed))}, nil
}

// svgCleaner copies what is allowed.
type svgCleaner struct {
	out           bytes.Buffer
	open          []svgElement
	skipping      int // depth within an element that is left out
	css           []byte
	width, height int
	removed       map[string]bool
	elements      int      // written so far
	uses          []string // what use elements refer to, in order
	parts         map[string]svgPart
}

// svgElement is an open element, with what had been written before it.
type svgElement struct {
	name, id       string
	elements, uses int
}

// svgPart is what use elements may refer to by its id; "" is the whole.
type svgPart struct {
	elements int
	uses     []string
}

func (s *svgCleaner) token(t xml.Token) error {
	switch t := t.(type) {
	case xml.StartElement:
		if s.skipping > 0 {
			s.skipping++
			return nil
		}
		return s.start(t)
	case xml.EndElement:
		if s.skipping > 0 {
			s.skipping--
			return nil
		}
		s.end()
	case xml.CharData:
		s.text(t)
	case xml.Directive:
		if bytes.ContainsRune(t, '[') {
			return errors.New("it declares entities in its DOCTYPE; save it as plain SVG")
		}
	case xml.ProcInst:
		if t.Target != "xml" {
			s.removed["a <?"+shorten(t.Target)+"?> instruction"] = true
		}
	}
	return nil
}

func (s *svgCleaner) start(t xml.StartElement) error {
	name := t.Name.Local
	if len(s.open) == 0 {
		if name != "svg" || t.Name.Space != svgNamespace && t.Name.Space != "" || s.out.Len() > 0 {
			return fmt.Errorf("it begins with <%s> instead of one <svg>", shorten(name))
		}
		s.width, s.height = svgSize(t.Attr)
	}
	if len(s.open) >= maxDepth {
		return fmt.Errorf("its elements are nested more than %d deep", maxDepth)
	}
	if name == "a" {
		s.removed["links"] = true
		t.Attr = slices.DeleteFunc(t.Attr, func(a xml.Attr) bool { return a.Name.Local == "href" })
		if name = "g"; s.within(svgTextElements) {
			name = "tspan"
		}
	}
	if t.Name.Space != svgNamespace && t.Name.Space != "" {
		s.removed["data of other programs"] = true
		s.skipping = 1
		return nil
	}
	if !svgElements[name] || s.within(svgLeafElements) {
		s.removed["<"+shorten(name)+">"] = true
		s.skipping = 1
		return nil
	}
	attributes := s.attributes(name, t.Attr)
	if target := attributes["attributeName"]; svgNotAnimated[target] || target != "" && !svgAttributes[target] {
		s.removed["an animation of "+shorten(target)] = true
		s.skipping = 1
		return nil
	}
	s.write(name, attributes)
	return nil
}

// within says whether the innermost open element is one of these.
func (s *svgCleaner) within(names map[string]bool) bool {
	return len(s.open) > 0 && names[s.open[len(s.open)-1].name]
}

func (s *svgCleaner) write(name string, attributes map[string]string) {
	s.open = append(s.open, svgElement{name, attributes["id"], s.elements, len(s.uses)})
	s.elements++
	if href, ok := strings.CutPrefix(attributes["href"], "#"); ok && name == "use" {
		s.uses = append(s.uses, href)
	}
	s.out.WriteString("<" + name)
	if len(s.open) == 1 {
		s.out.WriteString(` xmlns="` + svgNamespace + `"`)
	}
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		s.out.WriteString(" " + key + `="`)
		xml.EscapeText(&s.out, []byte(attributes[key]))
		s.out.WriteByte('"')
	}
	s.out.WriteByte('>')
}

func (s *svgCleaner) end() {
	last := len(s.open) - 1
	e := s.open[last]
	if s.open = s.open[:last]; e.name == "style" {
		s.style()
	}
	s.out.WriteString("</" + e.name + ">")
	if _, known := s.parts[e.id]; !known && e.id != "" {
		s.parts[e.id] = svgPart{s.elements - e.elements, s.uses[e.uses:len(s.uses):len(s.uses)]}
	}
}

// style writes the rules of a style element. They come in pieces where there are comments, and are judged as a whole.
func (s *svgCleaner) style() {
	if isHarmlessCSS(string(s.css)) {
		xml.EscapeText(&s.out, s.css)
	} else {
		s.removed["style rules that may load something"] = true
	}
	s.css = nil
}

// attributes are the allowed ones by the name under which they are written.
func (s *svgCleaner) attributes(element string, all []xml.Attr) map[string]string {
	allowed := map[string]string{}
	for _, a := range all {
		name := a.Name.Local
		switch {
		case a.Name.Space == "xmlns" || a.Name.Space == "" && name == "xmlns":
			continue
		case a.Name.Space == xmlNamespace && (name == "space" || name == "lang"):
			name = "xml:" + name
		case name == "href" && (a.Name.Space == "" || a.Name.Space == xlinkNamespace):
			if !strings.HasPrefix(a.Value, "#") && (element != "image" || !rasterData.MatchString(a.Value)) {
				s.removed["a reference to something outside the file"] = true
				continue
			}
			if _, given := allowed[name]; given && a.Name.Space != "" {
				continue // the plain one counts
			}
		case a.Name.Space != "":
			s.removed["data of other programs"] = true
			continue
		case name == "id" || name == "class" || strings.HasPrefix(name, "aria-") && plainName.MatchString(name):
		case !svgAttributes[name]:
			s.removed["the attribute "+shorten(name)] = true
			continue
		case !isHarmlessCSS(a.Value):
			s.removed["a value of "+name+" that may load something"] = true
			continue
		}
		allowed[name] = a.Value
	}
	return allowed
}

var plainName = regexp.MustCompile(`^[a-z-]+$`)

func (s *svgCleaner) text(t xml.CharData) {
	switch {
	case s.skipping > 0 || !s.within(svgTextElements): // white space, as a rule; nobody would see it
	case s.open[len(s.open)-1].name == "style":
		s.css = append(s.css, t...)
	default:
		xml.EscapeText(&s.out, t)
	}
}

// isHarmlessCSS says whether style rules or a value refer to nothing outside the file: each function is a known one, url()
// names a part of the file, and each at-rule is a known one. An escape could hide any of these.
func isHarmlessCSS(css string) bool {
	if strings.ContainsAny(css, `\<`) {
		return false
	}
	for _, rule := range cssRule.FindAllString(css, -1) {
		if !cssRules[strings.ToLower(rule)] {
			return false
		}
	}
	for _, at := range cssFunction.FindAllStringSubmatchIndex(css, -1) {
		name := strings.ToLower(css[at[2]:at[3]])
		if name == "url" && !cssLocalURL.MatchString(css[at[1]:]) || name != "" && name != "url" && !cssFunctions[name] {
			return false
		}
	}
	return true
}

// drawn counts the elements that an id stands for with all that they use; it ends soon after maxDrawn.
func (s *svgCleaner) drawn(id string, known map[string]int) int {
	if n, ok := known[id]; ok {
		return n
	}
	known[id] = 0 // a ring, which browsers do not draw
	n := s.parts[id].elements
	for _, target := range s.parts[id].uses {
		if n += s.drawn(target, known); n > maxDrawn {
			break
		}
	}
	known[id] = n
	return n
}

var svgLength = regexp.MustCompile(`^\s*\+?(\d+(?:\.\d*)?|\.\d+)(px|pt|pc|mm|cm|in)?\s*$`)

// pixels in a unit of CSS (https://www.w3.org/TR/css-values-4/#absolute-lengths).
var pixels = map[string]float64{"": 1, "px": 1, "pt": 96.0 / 72, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96}

// svgSize is what the root element says of its size, else that of its view box; zeros when neither tells.
func svgSize(root []xml.Attr) (width, height int) {
	var w, h, boxW, boxH float64
	for _, a := range root {
		switch a.Name {
		case xml.Name{Local: "width"}:
			w = svgPixels(a.Value)
		case xml.Name{Local: "height"}:
			h = svgPixels(a.Value)
		case xml.Name{Local: "viewBox"}:
			if parts := strings.FieldsFunc(a.Value, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' }); len(parts) == 4 {
				boxW, boxH = svgPixels(parts[2]), svgPixels(parts[3])
			}
		}
	}
	if w == 0 || h == 0 {
		w, h = boxW, boxH
	}
	if w, h = math.Ceil(w), math.Ceil(h); w == 0 || h == 0 || w*h > MaxPixels {
		return 0, 0
	}
	return int(w), int(h)
}

func svgPixels(length string) float64 {
	m := svgLength.FindStringSubmatch(length)
	if m == nil {
		return 0
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0
	}
	return n * pixels[m[2]]
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
