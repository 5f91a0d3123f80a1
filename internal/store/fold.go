package store

import (
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// fold is the key that names and titles are ordered by: lower case, accents and compatibility forms removed (Unicode
// NFKD without marks), so that "Éire" stands beside "eire". Ties are broken by id.
func fold(s string) string {
	ascii := true
	for i := 0; ascii && i < len(s); i++ {
		ascii = s[i] < 0x80
	}
	if ascii {
		return strings.ToLower(s)
	}
	folded, _, err := transform.String(transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), norm.NFKC), s)
	if err != nil {
		folded = s // unreachable: these transformers accept any input
	}
	return strings.ToLower(folded)
}
