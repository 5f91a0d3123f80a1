package media_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/media"
)

// drawing puts content into an SVG.
func drawing(content string) string {
	return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">` + content + `</svg>`
}

// cleaned is what is stored of an SVG, without the root element, and what was removed.
func cleaned(t testing.TB, s *media.Store, source string) (string, []string, error) {
	t.Helper()
	f, err := s.Save(context.Background(), strings.NewReader(source))
	if err != nil {
		return "", nil, err
	}
	r, _ := get(s, "GET", string(f.Path))
	return body(t, r), f.Removed, nil
}

func TestSVG(t *testing.T) {
	s := open(t, "file://"+filepath.ToSlash(t.TempDir()))
	const noLoad = "may load something"
	for _, tt := range []struct{ source, want, removed string }{
		{`<path d="M0 0L1 1" fill="red"/>`, `<path d="M0 0L1 1" fill="red"></path>`, ""},
		{`<g transform="translate(1 2) rotate(3)" style="fill:rgb(1,2,3)">` + "\n\t" + `<rect/></g>`, `<g style="fill:rgb(1,2,3)" transform="translate(1 2) rotate(3)"><rect></rect></g>`, ""},
		{`<text>A &amp; B &lt; C <tspan>D</tspan></text>`, `<text>A &amp; B &lt; C <tspan>D</tspan></text>`, ""},
		{`<linearGradient id="a"/><rect fill="url(#a)" filter="url('#b')"/>`, `<linearGradient id="a"></linearGradient><rect fill="url(#a)" filter="url(&#39;#b&#39;)"></rect>`, ""},
		{`<use xlink:href="#a"/><use href="#b" xlink:href="#c"/><use xlink:href="#c" href="#b"/>`, `<use href="#a"></use><use href="#b"></use><use href="#b"></use>`, ""},
		{`<style>.a { fill: url(#b) } @media (prefers-color-scheme: dark) { g > .a:not(.b) { fill: #fff } }</style>`, `<style>.a { fill: url(#b) } @media (prefers-color-scheme: dark) { g &gt; .a:not(.b) { fill: #fff } }</style>`, ""},
		{`<style><![CDATA[.a{fill:red}]]></style>`, `<style>.a{fill:red}</style>`, ""},
		{`<image href="data:image/png;base64,iVBORw0KGgo="/>`, `<image href="data:image/png;base64,iVBORw0KGgo="></image>`, ""},
		{`<text xml:space="preserve" xml:lang="de" id="Ebene_(1)" aria-label="Sales (2020)">a  b</text>`, `<text aria-label="Sales (2020)" id="Ebene_(1)" xml:lang="de" xml:space="preserve">a  b</text>`, ""},
		{`<animate attributeName="opacity" values="0;1" dur="1s"/>`, `<animate attributeName="opacity" dur="1s" values="0;1"></animate>`, ""},
		{`<a href="javascript:alert(1)"><rect/></a><text><a xlink:href="https://evil.example">b</a></text>`, `<g><rect></rect></g><text><tspan>b</tspan></text>`, "links"},

		{`<script>alert(1)</script><g/>`, `<g></g>`, "<script>"},
		{`<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>`, ``, "<script>"},
		{`<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>`, ``, "data of other programs"},
		{`<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>`, ``, "data of other programs"},
		{`<foreignObject><rect/><iframe src="https://evil.example"/></foreignObject>`, ``, "<foreignObject>"},
		{`<SCRIPT>alert(1)</SCRIPT>`, ``, "<SCRIPT>"},
		{`<rect onclick="alert(1)" ONLOAD="alert(2)"/>`, `<rect></rect>`, "the attribute ONLOAD, the attribute onclick"},
		{`<use href="https://evil.example/x.svg#a"/><image xlink:href="//evil.example/x.png"/>`, `<use></use><image></image>`, "a reference to something outside the file"},
		{`<image href="data:image/svg+xml;base64,PHN2Zz4="/><use href="data:image/png;base64,AAAA"/>`, `<image></image><use></use>`, "a reference to something outside the file"},
		{`<feImage href="#a"/>`, ``, "<feImage>"},
		{`<rect fill="url(https://evil.example/#a)"/><rect fill="URL( 'x.svg#a')"/>`, `<rect></rect><rect></rect>`, "a value of fill that " + noLoad},
		{`<rect style="background:image-set('https://evil.example/a.png' 1x)"/>`, `<rect></rect>`, "a value of style that " + noLoad},
		{`<rect style="fill:u\72l(https://evil.example)"/>`, `<rect></rect>`, "a value of style that " + noLoad},
		{`<style>@import "https://evil.example/a.css";</style>`, `<style></style>`, "style rules that " + noLoad},
		{`<style>@im<!-- -->port "https://evil.example/a.css";</style>`, `<style></style>`, "style rules that " + noLoad},
		{`<style>a{fill:url<!-- -->(https://evil.example)}</style>`, `<style></style>`, "style rules that " + noLoad},
		{`<style>a{fill:url<![CDATA[(https://evil.example)]]>}</style>`, `<style></style>`, "style rules that " + noLoad},
		{`<style>@font-face{font-family:x;src:url(#x)}</style>`, `<style></style>`, "style rules that " + noLoad},
		{`<style>a{}&lt;/style>&lt;script>alert(1)&lt;/script></style>`, `<style></style>`, "style rules that " + noLoad},
		{`<set attributeName="href" to="javascript:alert(1)"/><animate attributeName="xlink:href" values="https://evil.example"/>`, ``, "a value of to that " + noLoad + ", an animation of href, an animation of xlink:href"},
		{`<animate attributeName="onclick" to="alert(1)"/><set attributeName="fill" to="url(https://evil.example)"/>`, `<set attributeName="fill"></set>`, "a value of to that " + noLoad + ", an animation of onclick"},
		{`<handler type="application/ecmascript">alert(1)</handler><audio/><video/><iframe/><embed/><object/><link/><meta/>`, ``, "<audio>, <embed>, <handler>, <iframe>, <link>, <meta>, <object>, <video>"},
		{`<title><style>&lt;img src=x onerror=alert(1)></style>b</title>`, `<title>b</title>`, "<style>"},
		{`<!-- --><?xml-stylesheet href="https://evil.example/a.css"?><g/>`, `<g></g>`, "a <?xml-stylesheet?> instruction"},
		{`<sodipodi:namedview xmlns:sodipodi="http://sodipodi.example"/><g xmlns:i="http://i.example" i:label="a"/>`, `<g></g>`, "data of other programs"},
		{`<g data-x="1" tabindex="0"/>`, `<g></g>`, "the attribute data-x, the attribute tabindex"},
	} {
		got, removed, err := cleaned(t, s, drawing(tt.source))
		want := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">` + tt.want + `</svg>`
		if err != nil || got != want || strings.Join(removed, ", ") != tt.removed {
			t.Errorf("%s\n got %s\nwant %s\nremoved %q, want %s (%v)", tt.source, got, want, removed, tt.removed, err)
		}
	}
}

func TestSVGFiles(t *testing.T) {
	s := open(t, "file://"+filepath.ToSlash(t.TempDir()))
	for source, want := range map[string]string{
		"\ufeff<?xml version='1.0' encoding='UTF-8'?>\n<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\">\n<svg width='1' height='1'/>": `<svg xmlns="http://www.w3.org/2000/svg" height="1" width="1"></svg>`,
		`<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:g/></s:svg>`: `<svg xmlns="http://www.w3.org/2000/svg"><g></g></svg>`,
		`<svg><g></svg>`:    "element <g> closed by </svg>",
		`<svg/><svg/>`:      "instead of one <svg>",
		`<svg>&nbsp;</svg>`: "invalid character entity &nbsp;",
		`<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>`: "it declares entities in its DOCTYPE",
		`<?xml version="1.0" encoding="utf-16"?><svg/>`:  "utf-16",
		`<svg xmlns="http://www.w3.org/1999/xhtml"/>`:    "instead of one <svg>",
		`<!-- <svg -->`: "nothing is in it",
		`<svg>` + strings.Repeat("<g>", 300) + `</svg>`: "nested more than 200 deep",
		`<svg>` + strings.Repeat(" ", 5<<20) + `</svg>`: "it has more than 4 MB",
		drawing(laughs(6)): "stand for more than 1000000 others",
		drawing(`<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>`): `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><g id="a"><use href="#b"></use></g><g id="b"><use href="#a"></use></g></svg>`,
	} {
		got, _, err := cleaned(t, s, source)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%.100s: %.300s, want %s", source, got, want)
		}
	}
	if _, _, err := cleaned(t, s, drawing(laughs(5))); err != nil {
		t.Errorf("a hundred thousand shapes: %v", err)
	}
}

// laughs are groups of ten uses of the group before.
func laughs(levels int) string {
	b := `<rect id="l0"/>`
	for i := range levels {
		b += fmt.Sprintf(`<g id="l%d">%s</g>`, i+1, strings.Repeat(fmt.Sprintf(`<use href="#l%d"/>`, i), 10))
	}
	return b
}

func TestSVGSize(t *testing.T) {
	s := open(t, "file://"+filepath.ToSlash(t.TempDir()))
	for attributes, want := range map[string][2]int{
		`width="40" height="30"`:                              {40, 30},
		`width="40px" height=" 30.2 "`:                        {40, 31},
		`width="1in" height="2.54cm"`:                         {96, 96},
		`width="25.4mm" height="72pt"`:                        {96, 96},
		`width="100%" height="100%" viewBox="0 0 40,30"`:      {40, 30},
		`viewBox="-5 -5 40 30"`:                               {40, 30},
		`viewBox="0 0 40"`:                                    {0, 0},
		`width="40"`:                                          {0, 0},
		`width="-4" height="-4"`:                              {0, 0},
		`width="1000000" height="1000000"`:                    {0, 0},
		`width="1e3" height="1e3"`:                            {0, 0},
		`width="` + strings.Repeat("9", 400) + `" height="1"`: {0, 0},
		``: {0, 0},
	} {
		f, err := s.Save(context.Background(), strings.NewReader("<svg "+attributes+"/>"))
		if err != nil || f.Width != want[0] || f.Height != want[1] {
			t.Errorf("%s: %+v %v, want %v", attributes, f, err, want)
		}
	}
}

var (
	elsewhere = regexp.MustCompile(`(?i)url\(\s*["']?[^#"'\s]`)
	dangerous = []string{"script", "foreignobject", "iframe", "object", "embed", "handler", "a", "feimage", "link", "meta", "html", "body", "img"}
)

// harmless reads a stored SVG with a parser and complains of what could run or load something.
func harmless(t *testing.T, stored string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(stored))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", stored, err)
		}
		switch token := token.(type) {
		case xml.Directive, xml.ProcInst, xml.Comment:
			t.Errorf("%s: holds %v", stored, token)
		case xml.StartElement:
			if token.Name.Space != "http://www.w3.org/2000/svg" || slices.Contains(dangerous, strings.ToLower(token.Name.Local)) {
				t.Errorf("%s: holds <%s>", stored, token.Name)
			}
			for _, a := range token.Attr {
				name := strings.ToLower(a.Name.Local)
				if strings.HasPrefix(name, "on") || name == "src" || name == "href" && !strings.HasPrefix(a.Value, "#") && !strings.HasPrefix(a.Value, "data:image/") {
					t.Errorf("%s: holds %s=%q", stored, a.Name, a.Value)
				}
				if name != "id" && name != "class" && !strings.HasPrefix(name, "aria-") && elsewhere.MatchString(a.Value) {
					t.Errorf("%s: holds %s=%q", stored, a.Name, a.Value)
				}
				if name == "attributename" && strings.Contains(strings.ToLower(a.Value), "href") {
					t.Errorf("%s: animates %q", stored, a.Value)
				}
			}
		}
	}
}

func FuzzSVG(f *testing.F) {
	for _, s := range []string{`<script>alert(1)</script>`, `<style>a{fill:url<!-- -->(x)}</style>`, `<a xlink:href="x"><text onload="y">z</text></a>`,
		`<image href="data:image/png;base64,AA=="/>`, `<set attributeName="fill" to="url(#a)"/>`, `<g id="a"><use href="#a"/></g>`, `<title><style>b</style></title>`} {
		f.Add(drawing(s))
	}
	s := open(f, "file://"+filepath.ToSlash(f.TempDir()))
	f.Fuzz(func(t *testing.T, source string) {
		if !strings.Contains(source, "<svg") {
			source = drawing(source)
		}
		stored, _, err := cleaned(t, s, source)
		if err != nil || !strings.HasPrefix(stored, "<svg ") {
			return
		}
		harmless(t, stored)
		if again, removed, err := cleaned(t, s, stored); err != nil || again != stored || len(removed) > 0 {
			t.Errorf("%s\nbecomes %s\n removed %q, %v", stored, again, removed, err)
		}
	})
}

// TestSVGPayloads stores the attacks on other sanitisers that lie beside the project, where they are.
func TestSVGPayloads(t *testing.T) {
	data, err := os.ReadFile("../../../shared/data/hostile/dompurify-expect.json")
	if err != nil {
		t.Skip("the payloads are not here")
	}
	var payloads []struct{ Payload string }
	if err := json.Unmarshal(data, &payloads); err != nil {
		t.Fatal(err)
	}
	s := open(t, "file://"+filepath.ToSlash(t.TempDir()))
	kept := 0
	for _, p := range payloads {
		for _, source := range []string{p.Payload, drawing(p.Payload), drawing("<text>" + p.Payload + "</text>"), drawing("<style>" + p.Payload + "</style>")} {
			stored, _, err := cleaned(t, s, source)
			if err != nil {
				continue
			}
			if kept++; bytes.HasPrefix([]byte(stored), []byte("<svg ")) {
				harmless(t, stored)
			}
		}
	}
	if t.Logf("%d of %d variants of %d payloads were stored", kept, 4*len(payloads), len(payloads)); kept == 0 {
		t.Error("nothing was looked at")
	}
}
