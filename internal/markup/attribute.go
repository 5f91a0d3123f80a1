package markup

import (
	"slices"
	"strings"
)

// cleanAttribute returns running text for an attribute.
func cleanAttribute(v string) (string, bool) { return fold(v), true }

// cleanSize returns a number of pixels, rows or columns: "640", "640px".
func cleanSize(v string) (string, bool) {
	v = strings.TrimSuffix(trimASCII(v), "px")
	if len(v) == 0 || len(v) > 6 {
		return "", false
	}
	for i := range len(v) {
		if v[i] < '0' || v[i] > '9' {
			return "", false
		}
	}
	return v, true
}

// What a link may say about its target.
var relations = []string{"author", "external", "license", "nofollow", "noopener", "noreferrer", "sponsored", "tag", "ugc"}

func cleanRel(v string) (string, bool) {
	var kept []string
	for word := range strings.FieldsSeq(strings.ToLower(v)) {
		if slices.Contains(relations, word) && !slices.Contains(kept, word) {
			kept = append(kept, word)
		}
	}
	return strings.Join(kept, " "), len(kept) > 0
}

// cleanSrcset returns a list of picture addresses with their widths or densities; all of it is dropped when a part is wrong.
func cleanSrcset(v string) (string, bool) {
	var out []string
	for rest := v; ; {
		rest = strings.TrimLeft(rest, " \t\n\r\f,")
		if rest == "" {
			return strings.Join(out, ", "), len(out) > 0
		}
		end := strings.IndexAny(rest, " \t\n\r\f")
		if end < 0 {
			end = len(rest)
		}
		address, descriptor := rest[:end], ""
		rest = rest[end:]
		if trimmed := strings.TrimRight(address, ","); trimmed != address {
			address = trimmed
		} else {
			descriptor, rest, _ = strings.Cut(rest, ",")
			descriptor = trimASCII(descriptor)
		}
		address, ok := linkURL(address, false)
		if !ok || !isDescriptor(descriptor) {
			return "", false
		}
		if descriptor != "" {
			address += " " + descriptor
		}
		out = append(out, address)
	}
}

// isDescriptor reports whether s is a width as in "640w", a density as in "1.5x", or nothing.
func isDescriptor(s string) bool {
	if s == "" {
		return true
	}
	n := strings.Trim(s[:len(s)-1], "0123456789")
	return len(s) > 1 && len(s) < 10 && s[0] != '.' && (s[len(s)-1] == 'w' && n == "" || s[len(s)-1] == 'x' && (n == "" || n == "."))
}
