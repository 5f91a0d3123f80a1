package markup

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// SafeURL returns an absolute http or https address in one normal form: lower-case scheme and host, the host in ASCII
// (Punycode), no default port, no user name or password, no dot segments, at least "/" as path, and everything else
// percent-encoded in upper case only where RFC 3986 requires it. It does not change what the address means to its server, so
// slashes in a row and the query stay. It reports false for anything else: another scheme, no or an impossible host.
func SafeURL(u string) (string, bool) {
	u = trimURL(u)
	scheme, rest := cutScheme(u)
	if scheme != "http" && scheme != "https" {
		return "", false
	}
	rest = slashes(rest)
	if !strings.HasPrefix(rest, "//") {
		return "", false
	}
	return hostURL(scheme, rest[2:])
}

// linkURL returns the address of a link or medium: absolute, relative, or with mail also mailto:. An address without scheme
// but with a host ("//host/path") gets https.
func linkURL(u string, mail bool) (string, bool) {
	u = trimURL(u)
	switch scheme, rest := cutScheme(u); {
	case scheme == "http" || scheme == "https":
		return SafeURL(u)
	case scheme == "mailto" && mail && rest != "" && rest[0] != '/':
		address, query, hasQuery := strings.Cut(rest, "?")
		b := appendEncoded([]byte("mailto:"), address, pathByte)
		if hasQuery {
			b = appendEncoded(append(b, '?'), query, queryByte)
		}
		return string(b), true
	case scheme != "" || u == "":
		return "", false
	}
	u = slashes(u)
	if strings.HasPrefix(u, "//") {
		return hostURL("https", u[2:])
	}
	path, query, fragment := cutURL(u)
	b := appendEncoded(nil, path, pathByte)
	if first, _, _ := strings.Cut(string(b), "/"); strings.Contains(first, ":") {
		b = append([]byte("./"), b...)
	}
	b = appendQuery(b, query, fragment)
	return string(b), len(b) > 0
}

// hostURL puts an address together from what follows "scheme://".
func hostURL(scheme, rest string) (string, bool) {
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host, ok := cleanHost(scheme, rest[:end])
	if !ok {
		return "", false
	}
	path, query, fragment := cutURL(rest[end:])
	b := make([]byte, 0, len(scheme)+len(host)+len(rest)-end+16)
	b = append(append(append(b, scheme...), "://"...), host...)
	if path = withoutDots(path); path == "" {
		path = "/"
	}
	b = appendEncoded(b, path, pathByte)
	return string(appendQuery(b, query, fragment)), true
}

// cleanHost returns host and port in normal form.
func cleanHost(scheme, authority string) (string, bool) {
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	port := ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host, port = host[:i], host[i+1:]
		if n, err := strconv.ParseUint(port, 10, 16); err == nil {
			port = strconv.FormatUint(n, 10)
		} else if port != "" {
			return "", false
		}
	}
	if scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		port = ""
	}
	if strings.HasPrefix(host, "[") {
		ip, err := netip.ParseAddr(strings.TrimSuffix(host[1:], "]"))
		if err != nil || !ip.Is6() || ip.Zone() != "" || !strings.HasSuffix(host, "]") {
			return "", false
		}
		host = "[" + ip.String() + "]"
	} else if host = cleanName(host); host == "" {
		return "", false
	}
	if port != "" {
		host += ":" + port
	}
	return host, true
}

// cleanName returns a host name in lower-case ASCII, or "" when it cannot be one.
func cleanName(host string) string {
	host = strings.ToLower(percentDecode(host, anyByte))
	if !isASCII(host) || strings.Contains(host, "xn--") {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return ""
		}
		host = ascii
	}
	last := strings.TrimSuffix(host, ".")
	last = last[strings.LastIndexByte(last, '.')+1:]
	if strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		ip, err := netip.ParseAddr(strings.TrimSuffix(host, "."))
		if err != nil {
			return "" // browsers take 0x7f.1 for 127.0.0.1; nobody means well by it
		}
		return ip.String()
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return ""
		}
	}
	if len(host) > 254 {
		return ""
	}
	return host
}

// EncodePath returns the normal form of a root-relative path, for WordPress permalinks and look-ups: percent-encoded UTF-8 in
// NFC with upper-case digits, so that "/%d9%85/", "/م/" and "/%D9%85/" are equal. Letters, digits and the marks that RFC 3986
// allows in a path stand as they are; a "%" that encodes nothing becomes "%25". Dot segments are resolved, slashes in a row
// become one, a trailing slash is kept as given. A query is kept unless it is empty; a fragment is dropped. EncodePath returns
// "" for what is not a root-relative path: "", "a/b", "//host/x", "https://host/", anything with a backslash or a control
// character.
func EncodePath(p string) string {
	p = strings.TrimSpace(p)
	if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") ||
		strings.ContainsFunc(p, func(r rune) bool { return r == '\\' || unicode.IsControl(r) }) {
		return ""
	}
	path, query, _ := cutURL(p)
	segments := strings.Split(path[1:], "/")
	b := make([]byte, 0, len(p)+8)
	var starts []int
	for i, segment := range segments {
		last := i == len(segments)-1
		segment = norm.NFC.String(percentDecode(segment, anyByte))
		switch {
		case segment == "..":
			if n := len(starts); n > 0 {
				b, starts = b[:starts[n-1]], starts[:n-1]
			}
		case segment != "" && segment != ".":
			starts = append(starts, len(b))
			b = append(b, '/')
			b = appendBytes(b, segment, segmentByte)
			continue
		}
		if last {
			b = append(b, '/')
		}
	}
	if len(query) > 1 {
		b = appendNormal(append(b, '?'), query[1:])
	}
	return string(b)
}

// appendNormal percent-encodes a query whose text is put into NFC; marks that are encoded because they would mean something
// else raw, such as %26, stay and do not combine with what follows.
func appendNormal(b []byte, query string) []byte {
	q := percentDecode(string(appendEncoded(nil, query, queryByte)), func(c byte) bool { return c >= 0x80 })
	for {
		text, rest, more := strings.Cut(q, "%")
		b = appendBytes(b, norm.NFC.String(text), queryByte)
		if !more {
			return b
		}
		b = append(append(b, '%'), rest[:2]...)
		q = rest[2:]
	}
}

// trimURL removes what browsers ignore in an address: white space at the ends, and tabs and line breaks anywhere.
func trimURL(u string) string {
	u = strings.TrimFunc(u, func(r rune) bool { return r <= ' ' || unicode.IsSpace(r) })
	if strings.ContainsAny(u, "\t\n\r") {
		u = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(u)
	}
	return u
}

// cutScheme splits off the scheme, in lower case; it is "" when there is none.
func cutScheme(u string) (scheme, rest string) {
	for i := range len(u) {
		c := u[i] | 0x20
		switch {
		case c >= 'a' && c <= 'z':
		case i > 0 && (u[i] >= '0' && u[i] <= '9' || u[i] == '+' || u[i] == '-' || u[i] == '.'):
		case i > 0 && u[i] == ':':
			return strings.ToLower(u[:i]), u[i+1:]
		default:
			return "", u
		}
	}
	return "", u
}

// slashes turns the backslashes before the query into slashes, as browsers do.
func slashes(u string) string {
	end := strings.IndexAny(u, "?#")
	if end < 0 {
		end = len(u)
	}
	if strings.IndexByte(u[:end], '\\') < 0 {
		return u
	}
	return strings.ReplaceAll(u[:end], `\`, "/") + u[end:]
}

// cutURL splits path, query with its "?" and fragment with its "#".
func cutURL(u string) (path, query, fragment string) {
	if i := strings.IndexByte(u, '#'); i >= 0 {
		u, fragment = u[:i], u[i:]
	}
	if i := strings.IndexByte(u, '?'); i >= 0 {
		u, query = u[:i], u[i:]
	}
	return u, query, fragment
}

func appendQuery(b []byte, query, fragment string) []byte {
	if query != "" {
		b = appendEncoded(append(b, '?'), query[1:], queryByte)
	}
	if len(fragment) > 1 {
		b = appendEncoded(append(b, '#'), fragment[1:], queryByte)
	}
	return b
}

// withoutDots resolves the dot segments, also encoded ones, of an absolute path.
func withoutDots(path string) string {
	if !strings.Contains(path, "/.") && !strings.Contains(path, "/%2") {
		return path
	}
	segments := strings.Split(path[1:], "/")
	kept := segments[:0]
	for i, segment := range segments {
		switch percentDecode(segment, unreserved) {
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		case ".":
		default:
			kept = append(kept, segment)
			continue
		}
		if i == len(segments)-1 {
			kept = append(kept, "")
		}
	}
	return "/" + strings.Join(kept, "/")
}

// unreserved bytes never need encoding and never change an address's meaning when decoded (RFC 3986, 2.3).
func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

func segmentByte(c byte) bool { return unreserved(c) || strings.IndexByte("!$&'()*+,;=:@", c) >= 0 }

func pathByte(c byte) bool { return segmentByte(c) || c == '/' }

func queryByte(c byte) bool { return pathByte(c) || c == '?' }

func anyByte(byte) bool { return true }

// appendEncoded percent-encodes what is not raw, keeps what is encoded already, in upper case, and decodes unreserved bytes.
func appendEncoded(b []byte, s string, raw func(byte) bool) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if d, ok := hexByte(s[i:]); ok {
				if unreserved(d) {
					b = append(b, d)
				} else {
					b = appendHex(b, d)
				}
				i += 2
				continue
			}
		}
		if raw(c) {
			b = append(b, c)
		} else {
			b = appendHex(b, c)
		}
	}
	return b
}

// appendBytes percent-encodes what is not raw in text that holds no encoding.
func appendBytes(b []byte, s string, raw func(byte) bool) []byte {
	for i := range len(s) {
		if c := s[i]; raw(c) {
			b = append(b, c)
		} else {
			b = appendHex(b, c)
		}
	}
	return b
}

// percentDecode decodes the bytes that decode accepts.
func percentDecode(s string, decode func(byte) bool) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if d, ok := hexByte(s[i:]); ok && decode(d) {
			b = append(b, d)
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

// hexByte returns the byte that a percent sequence at the beginning of s stands for.
func hexByte(s string) (byte, bool) {
	if len(s) < 3 || s[0] != '%' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[1:3], 16, 8)
	return byte(n), err == nil
}

const hexDigits = "0123456789ABCDEF"

func appendHex(b []byte, c byte) []byte {
	return append(b, '%', hexDigits[c>>4], hexDigits[c&15])
}
