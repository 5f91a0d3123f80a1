package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// maxSlug is the length of the longest slug in user-perceived characters.
const maxSlug = 80

// Slug returns the part of an address that a plain-text title gives, in the title's own script: lower-case letters, marks and
// digits in NFC, single hyphens for everything between them, at most 80 user-perceived characters. As in WordPress, Latin
// letters lose their accents ("é" is "e", "ß" is "ss", "ø" is "o"), other scripts keep theirs, and an apostrophe does not
// part a word ("don't" is "dont"). It returns "" when the title holds no letter or digit.
func Slug(title string) string {
	var b strings.Builder
	hyphen, latin, marked := false, false, false // marked: a mark may follow
	for _, r := range norm.NFD.String(cases.Lower(language.Und).String(latinLetters(title))) {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r):
			if marked && !latin && !unicode.Is(unicode.Variation_Selector, r) {
				b.WriteRune(r)
			}
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			if hyphen && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
			hyphen, marked, latin = false, unicode.IsLetter(r), unicode.Is(unicode.Latin, r)
		case strings.ContainsRune("'’‘ʹ׳״", r) || unicode.Is(unicode.Cf, r):
			// parts no word; nor do joiners, direction marks and soft hyphens
		default:
			hyphen, marked = true, false
		}
	}
	return shorten(norm.NFC.String(b.String()))
}

// shorten cuts a slug to maxSlug characters, between words where the last one is not too long for that.
func shorten(slug string) string {
	end := cut(slug, maxSlug)
	if end == len(slug) {
		return slug
	}
	if slug[end] != '-' {
		if i := strings.LastIndexByte(slug[:end], '-'); i > end/2 {
			end = i
		}
	}
	return strings.Trim(slug[:end], "-")
}

// latinLetters spells out Latin letters that are no letter with an accent, and compatibility forms such as "ﬁ" and "Ａ".
func latinLetters(s string) string {
	if isASCII(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf || !unicode.Is(unicode.Latin, r) {
			b.WriteRune(r)
			continue
		}
		for _, r := range norm.NFKD.String(string(r)) {
			if spelled, ok := spellings[r]; ok {
				b.WriteString(spelled)
			} else {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// spellings of Latin letters without a decomposition in Unicode. The capitals of letters listed here follow.
var spellings = func() map[rune]string {
	lower := map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ħ': "h", 'ı': "i",
		'ĸ': "k", 'ŋ': "n", 'ŧ': "t", 'ſ': "s", 'ƒ': "f", 'ɓ': "b", 'ɖ': "d", 'ɗ': "d", 'ɛ': "e", 'ɠ': "g", 'ɣ': "g", 'ɨ': "i",
		'ƙ': "k", 'ɩ': "i", 'ɔ': "o", 'ƴ': "y", 'ƶ': "z", 'ə': "e", 'ǝ': "e"}
	all := map[rune]string{'ẞ': "ss"}
	for r, s := range lower {
		all[r] = s
		if upper := unicode.ToUpper(r); upper > unicode.MaxASCII {
			all[upper] = s
		}
	}
	return all
}()
