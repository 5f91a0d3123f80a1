package feed

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// A component is one of an iCalendar file, read by the letter of RFC 5545 and without the library that wrote it.
type component struct {
	name       string
	properties []property
	parts      []*component
}

type property struct {
	name, parameters string
	value            string // as it stands there
}

var (
	contentLine = regexp.MustCompile(`^([A-Z0-9-]+)((?:;[A-Z-]+=[^\x00-\x1f\x7f";:,]+)*):(.*)$`)
	escapedText = regexp.MustCompile(`^(?:[^\\;,]|\\[\\;,nN])*$`)
)

// texts are the properties whose value is a TEXT, which must be escaped.
var texts = []string{"SUMMARY", "DESCRIPTION", "CATEGORIES", "NAME", "X-WR-CALNAME", "UID", "PRODID", "VERSION", "METHOD", "TRANSP", "TZID"}

// readCalendar fails the test at whatever the RFC does not allow.
func readCalendar(t testing.TB, text string) *component {
	t.Helper()
	var lines []string
	body, isEnded := strings.CutSuffix(text, "\r\n")
	if !isEnded {
		t.Fatalf("the last line has no end: %.200q", text)
	}
	for _, l := range strings.Split(body, "\r\n") {
		if len(l) > 75 {
			t.Fatalf("a line has %d octets: %q", len(l), l)
		}
		if !utf8.ValidString(l) || strings.ContainsFunc(l, func(r rune) bool {
			return r < ' ' && r != '\t' || r == 0x7f || 0x80 <= r && r < 0xa0 || r == '\u2028' || r == '\u2029'
		}) {
			t.Fatalf("a line holds what it must not, or is cut within a character: %q", l)
		}
		if l != "" && (l[0] == ' ' || l[0] == '\t') && len(lines) > 0 {
			lines[len(lines)-1] += l[1:]
			continue
		}
		lines = append(lines, l)
	}
	root := &component{}
	for open := []*component{root}; ; lines = lines[1:] {
		if len(lines) == 0 {
			if len(open) != 1 || len(root.parts) != 1 || root.parts[0].name != "VCALENDAR" || len(root.properties) != 0 {
				t.Fatalf("it is no single calendar: %.300q", text)
			}
			checkCalendar(t, root.parts[0])
			return root.parts[0]
		}
		m := contentLine.FindStringSubmatch(lines[0])
		if m == nil {
			t.Fatalf("it is no property: %q", lines[0])
		}
		p, here := property{m[1], m[2], m[3]}, open[len(open)-1]
		switch {
		case p.name == "BEGIN":
			part := &component{name: p.value}
			here.parts = append(here.parts, part)
			open = append(open, part)
		case p.name == "END":
			if p.value != here.name {
				t.Fatalf("END:%s ends a %s", p.value, here.name)
			}
			open = open[:len(open)-1]
		default:
			if slices.Contains(texts, p.name) && !escapedText.MatchString(p.value) {
				t.Fatalf("%s is not escaped: %q", p.name, p.value)
			}
			here.properties = append(here.properties, p)
		}
	}
}

// checkCalendar counts what must be there once (RFC 5545, 3.6 and 3.6.1), and checks days.
func checkCalendar(t testing.TB, c *component) {
	t.Helper()
	if len(c.parts) == 0 {
		t.Fatal("the calendar has no component")
	}
	c.once(t, "PRODID", "VERSION", "METHOD", "NAME", "X-WR-CALNAME", "REFRESH-INTERVAL", "X-PUBLISHED-TTL", "SOURCE")
	seen := map[string]bool{}
	for _, e := range c.parts {
		if e.name != "VEVENT" {
			continue
		}
		e.once(t, "UID", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "SUMMARY", "DESCRIPTION", "URL", "TRANSP")
		if uid := e.text("UID"); seen[uid] {
			t.Fatalf("two entries are %s", uid)
		} else {
			seen[uid] = true
		}
		if start := e.property("DTSTART"); start.parameters != ";VALUE=DATE" || !regexp.MustCompile(`^\d{8}$`).MatchString(start.value) {
			t.Fatalf("DTSTART is %+v", start)
		}
		if len(e.parts) > 0 {
			t.Fatalf("an event holds a %s", e.parts[0].name)
		}
	}
}

func (c *component) once(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if n := len(c.all(name)); n != 1 {
			t.Fatalf("a %s has %d of %s: %+v", c.name, n, name, c.properties)
		}
	}
}

func (c *component) all(name string) (values []string) {
	for _, p := range c.properties {
		if p.name == name {
			values = append(values, p.value)
		}
	}
	return values
}

func (c *component) property(name string) property {
	for _, p := range c.properties {
		if p.name == name {
			return p
		}
	}
	return property{}
}

// text is the value of a TEXT property without its escapes.
func (c *component) text(name string) string { return unescape(c.property(name).value) }

func unescape(value string) string {
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '\\' {
			i++
			if value[i] == 'n' || value[i] == 'N' {
				b.WriteByte('\n')
				continue
			}
		}
		b.WriteByte(value[i])
	}
	return b.String()
}

// days lists the entries as "20270305 summary".
func (c *component) days() (list []string) {
	for _, e := range c.parts {
		if e.name == "VEVENT" {
			list = append(list, e.property("DTSTART").value+" "+e.text("SUMMARY"))
		}
	}
	return list
}
