package importer

import (
	"bytes"
	"strconv"
)

// phpArray reads the scalar members of a PHP-serialised array, and those of arrays in it under "outer.inner"; see
// https://www.php.net/serialize. It answers nil for anything else or broken. Lengths of strings are only a hint, since
// search-and-replace tools leave wrong ones behind. It never instantiates objects.
func phpArray(s string) map[string]string {
	if len(s) > maxPHP || len(s) < 2 || s[0] != 'a' {
		return nil
	}
	p := &phpReader{rest: []byte(s), into: map[string]string{}}
	if !p.array("", 0) {
		return nil
	}
	return p.into
}

const (
	maxPHP      = 1 << 20
	maxPHPDepth = 8
)

type phpReader struct {
	rest []byte
	into map[string]string
}

func (p *phpReader) array(prefix string, depth int) bool {
	n, ok := p.number("a:", ':')
	if !ok || depth >= maxPHPDepth || !p.literal("{") {
		return false
	}
	for range n { // every turn takes input, so a false count ends with it
		key, ok := p.scalar()
		if !ok || !p.value(prefix+key, depth) {
			return false
		}
	}
	return p.literal("}")
}

func (p *phpReader) value(key string, depth int) bool {
	if bytes.HasPrefix(p.rest, []byte("a:")) {
		return p.array(key+".", depth+1)
	}
	v, ok := p.scalar()
	if ok {
		p.into[key] = v
	}
	return ok
}

func (p *phpReader) scalar() (string, bool) {
	if len(p.rest) < 2 {
		return "", false
	}
	switch p.rest[0] {
	case 's':
		return p.text()
	case 'i', 'd', 'b':
		return p.until(2, ';')
	case 'N':
		return "", p.literal("N;")
	}
	return "", false
}

func (p *phpReader) text() (string, bool) {
	n, ok := p.number("s:", ':')
	if !ok || !p.literal(`"`) {
		return "", false
	}
	if n < 0 || n+2 > len(p.rest) || p.rest[n] != '"' || p.rest[n+1] != ';' {
		if n = bytes.Index(p.rest, []byte(`";`)); n < 0 {
			return "", false
		}
	}
	v := string(p.rest[:n])
	p.rest = p.rest[n+2:]
	return v, true
}

func (p *phpReader) number(prefix string, end byte) (int, bool) {
	if !bytes.HasPrefix(p.rest, []byte(prefix)) {
		return 0, false
	}
	digits, ok := p.until(len(prefix), end)
	n, err := strconv.Atoi(digits)
	return n, ok && err == nil && n >= 0
}

func (p *phpReader) until(from int, end byte) (string, bool) {
	i := bytes.IndexByte(p.rest[from:], end)
	if i < 0 {
		return "", false
	}
	v := string(p.rest[from : from+i])
	p.rest = p.rest[from+i+1:]
	return v, true
}

func (p *phpReader) literal(s string) bool {
	if !bytes.HasPrefix(p.rest, []byte(s)) {
		return false
	}
	p.rest = p.rest[len(s):]
	return true
}
