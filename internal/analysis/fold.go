package analysis

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold gives a word and all that people take for the same word one form. It does away with case (dotted and dotless i are one),
// compatibility forms, the diacritics of Latin, Greek, Hebrew and Arabic, variants of Arabic letters, digits of other scripts, and
// all that is neither letter, mark nor number. Marks that make another letter or syllable stay, such as those of
// Devanagari, Thai and kana. Folding twice changes nothing.
func Fold(word string) string {
	if isPlain(word) {
		return word
	}
	var b strings.Builder
	b.Grow(len(word))
	before := rune(-1)
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(word, "")) {
		r = unicode.ToLower(r)
		if keep := foldRune(&b, before, r); keep {
			before = r
		}
	}
	folded := b.String()
	if norm.NFC.IsNormalString(folded) {
		return folded
	}
	return norm.NFC.String(folded)
}

// foldRune writes what is left of a decomposed lower-case rune. It is false for marks that are taken away.
func foldRune(b *strings.Builder, before, r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
		b.WriteByte(byte(r))
	case isDiacritic(before, r), isIgnorable(r), !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Co):
		return false
	case unicode.Is(unicode.Nd, r):
		b.WriteByte('0' + byte(digit(r)))
	default:
		if to, ok := sameLetters[r]; ok {
			b.WriteString(to)
		} else {
			b.WriteRune(r)
		}
	}
	return true
}

// isPlain says whether folding changes nothing, for the words where that is quickly seen.
func isPlain(word string) bool {
	for i := range len(word) {
		if c := word[i]; (c < 'a' || 'z' < c) && (c < '0' || '9' < c) {
			return false
		}
	}
	return true
}

// isDiacritic says whether a mark can be left out in writing without making another word of it.
func isDiacritic(before, r rune) bool {
	switch {
	case r < 0x300:
		return false
	case r <= 0x36f: // й, ў and ї are letters of their own
		return !(r == 0x306 && (before == 'и' || before == 'у') || r == 0x308 && before == 'і')
	case r == 0x640: // tatweel, which is a letter to Unicode
		return true
	case 0x591 <= r && r <= 0x5c7: // niqqud and cantillation, and the punctuation between, which is in no word
		return unicode.Is(unicode.Mn, r)
	case 0x610 <= r && r <= 0x6ed, 0x898 <= r && r <= 0x8ff: // harakat, hamza above and below, Quranic signs
		return unicode.Is(unicode.Mn, r)
	}
	return r == 0x93c || r == 0xa3c || // nukta
		0x1ab0 <= r && r <= 0x1aff || 0x1dc0 <= r && r <= 0x1dff || 0x20d0 <= r && r <= 0x20ff || 0xfe20 <= r && r <= 0xfe2d
}

// isIgnorable is a character without a shape, which may stand within words.
func isIgnorable(r rune) bool {
	switch {
	case r == 0xad, r == 0x61c, r == 0x34f, r == 0xfeff, 0x200b <= r && r <= 0x200f, 0x202a <= r && r <= 0x202e, 0x2060 <= r && r <= 0x206f,
		0xfe00 <= r && r <= 0xfe0f, 0xe0100 <= r && r <= 0xe01ef:
		return true
	}
	return r == 0x17b4 || r == 0x17b5 // inherent vowels of Khmer, which nobody sees
}

const zeroWidthNonJoiner = '\u200c'

// sameLetters are letters that Unicode does not decompose, by what is typed for them.
var sameLetters = map[rune]string{
	'ß': "ss", 'ı': "i", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l", 'ħ': "h", 'ŧ': "t", 'ŋ': "n", 'ĸ': "k",
	'ς': "σ",
	'ё': "е", // where it was not decomposed
	'ٱ': "ا", 'ى': "ي", 'ی': "ي", 'ې': "ي", 'ے': "ي", 'ک': "ك", 'ڪ': "ك", 'ة': "ه", 'ۃ': "ه", 'ہ': "ه", 'ھ': "ه", 'ە': "ه", 'ۀ': "ه",
	'ँ': "ं",
}

// digit is the value of a decimal digit of any script.
func digit(r rune) rune {
	for _, digits := range unicode.Nd.R16 {
		if r <= rune(digits.Hi) {
			return (r - rune(digits.Lo)) % 10
		}
	}
	for _, digits := range unicode.Nd.R32 {
		if r <= rune(digits.Hi) {
			return (r - rune(digits.Lo)) % 10
		}
	}
	return 0
}
