package news

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// wrongReadings are the single-byte encodings in which UTF-8 is read by mistake. Two letters that make one UTF-8 sequence
// can be innocent neighbours; as many sequences in a row as least says, of the script that such a text is mostly in, cannot.
var wrongReadings = []struct {
	name    string
	charmap *charmap.Charmap
	least   int
	script  *unicode.RangeTable // nil for any
}{
	{"Windows-1252", charmap.Windows1252, 2, nil},
	{"Windows-1256", charmap.Windows1256, 2, unicode.Arabic},
	{"Windows-1251", charmap.Windows1251, 3, unicode.Cyrillic},
}

var (
	// encodedTwice is a character reference that readers see.
	encodedTwice = regexp.MustCompile(`&(?:amp|lt|gt|quot|apos|nbsp|[lr][sd]quo|hellip|[mn]dash|euro|[aeiouAEIOU](?:uml|acute|grave|circ)|szlig|#\d{2,5}|#[xX][0-9a-fA-F]{2,5});`)
	// lostLetter is a question mark in the place of an apostrophe or letter that an encoding did not have.
	lostLetter = regexp.MustCompile(`(?:^|\s)(?:\p{L}+n\?t|\p{Lu}?\p{Ll}+\?(?:s|re|ve|ll))(?:\s|$)`)
	lostWords  = regexp.MustCompile(`\?{3,}(?: \?{3,})+`)
)

// findDamage says what an encoding has damaged in the passages and what to do about it; both empty when nothing.
func findDamage(passages []passage) (what, remedy string) {
	for _, p := range passages {
		if i := strings.IndexRune(p.text, utf8.RuneError); i >= 0 {
			return "the sign � for a letter that was lost: " + quoted(around(p.text, i)), "write the letter, or import the text again with its true encoding"
		}
		if i, bad, good, encoding := misread(p.text); bad != "" {
			return fmt.Sprintf("%s, which is %s in UTF-8, read as %s: %s", strings.TrimSpace(bad), good, encoding, quoted(around(p.text, i))),
				"correct it, or import the text again as UTF-8"
		}
		if i, bad, good := misreadArabic(p.text); bad != "" {
			return fmt.Sprintf("%s, which is %s in Windows-1256, read as Windows-1252: %s", bad, good, quoted(around(p.text, i))),
				"correct it, or import the text again as Windows-1256"
		}
		if m := encodedTwice.FindStringIndex(p.text); m != nil {
			return fmt.Sprintf("the reference %s, which was encoded twice: %s", p.text[m[0]:m[1]], quoted(around(p.text, m[0]))),
				"put the character itself there"
		}
		for _, pattern := range []*regexp.Regexp{lostLetter, lostWords} {
			if m := pattern.FindStringIndex(p.text); m != nil {
				return "question marks for letters that were lost: " + quoted(around(p.text, m[0])), "write the letters, or import the text again as UTF-8"
			}
		}
	}
	return "", ""
}

// around is the text from a few words before a position on.
func around(text string, at int) string {
	from := max(0, at-20)
	if i := strings.IndexByte(text[from:at], ' '); from > 0 && i >= 0 {
		from += i + 1
	}
	for from < at && !utf8.RuneStart(text[from]) {
		from++
	}
	return text[from:]
}

// misread finds UTF-8 that was read in another encoding: where, what stands there, what it was, and the encoding.
func misread(text string) (at int, bad, good, encoding string) {
	if !strings.ContainsFunc(text, func(r rune) bool { return r >= 0xC2 }) {
		return 0, "", "", ""
	}
	for _, wrong := range wrongReadings {
		for start, run := range foreignRuns(text, wrong.charmap) {
			for i := 0; i < len(run.bytes); i++ {
				good, n := sequences(run.bytes[i:], wrong.script)
				from, to := start+run.offsets[i], start+run.offsets[i+n]
				if n > 0 && (utf8.RuneCountInString(good) >= wrong.least || isSure(good, text[:from], text[from:to], text[to:], wrong.charmap)) {
					return from, text[from:to], "“" + good + "”", wrong.name
				}
			}
		}
	}
	return 0, "", "", ""
}

// foreignRun is a run of characters that are no ASCII, in the bytes of an encoding.
type foreignRun struct {
	bytes   []byte
	offsets []int // of each byte's character, and of the end
}

// foreignRuns yields the runs of a text with where they begin.
func foreignRuns(text string, m *charmap.Charmap) func(yield func(int, foreignRun) bool) {
	return func(yield func(int, foreignRun) bool) {
		for i := 0; i < len(text); {
			run := foreignRun{}
			start := i
			for i < len(text) {
				r, size := utf8.DecodeRuneInString(text[i:])
				b, ok := m.EncodeRune(r)
				if !ok && r >= 0x80 && r < 0xA0 { // what the encoding leaves open, programs keep
					b, ok = byte(r), true
				}
				if r < utf8.RuneSelf || !ok {
					break
				}
				run.bytes, run.offsets = append(run.bytes, b), append(run.offsets, i-start)
				i += size
			}
			run.offsets = append(run.offsets, i-start)
			if len(run.bytes) > 1 && !yield(start, run) {
				return
			}
			if i < len(text) && i == start {
				_, size := utf8.DecodeRuneInString(text[i:])
				i += size
			}
		}
	}
}

// sequences are the characters that a run of UTF-8 sequences makes at the beginning of b, and how many bytes they take.
// Control characters, unassigned ones and letters of another script make none.
func sequences(b []byte, script *unicode.RangeTable) (good string, n int) {
	for n < len(b) {
		r, size := utf8.DecodeRune(b[n:])
		if size < 2 || !unicode.IsGraphic(r) || script != nil && unicode.IsLetter(r) && !unicode.Is(script, r) {
			break
		}
		n += size
	}
	return string(b[:n]), n
}

// isSure says whether one sequence alone is a sign: one of the quotation marks and dashes, an emoji, or an accented letter
// inside a word. An É before a closing quotation mark is none.
func isSure(good, before, bad, after string, m *charmap.Charmap) bool {
	r, _ := utf8.DecodeRuneInString(good)
	last, _ := utf8.DecodeLastRuneInString(bad)
	previous, _ := utf8.DecodeLastRuneInString(before)
	next, _ := utf8.DecodeRuneInString(after)
	inWord := unicode.IsLower(next) || unicode.IsLetter(previous) && !strings.ContainsRune("’”“‘…–—»›\u00a0", last)
	switch {
	case r >= 0x2010 && r <= 0x203A || r == 0x20AC || r == 0x2122 || r >= 0x1F300:
		return true
	case m != charmap.Windows1252:
		return false
	case r < 0xC0: // Â and a sign or a space
		return !unicode.IsUpper(previous)
	case r <= 0xFF: // Ã and a sign
		return inWord || !strings.ContainsRune("’”“‘…–—»›", last)
	case r <= 0x17F: // Ä or Å and a sign
		return inWord
	}
	return false
}

// latinWord is one of the words that Windows-1256 makes of Arabic.
var latinWord = regexp.MustCompile(`[À-ÿ]{4,}`)

// misreadArabic finds Arabic in Windows-1256 that was read as Windows-1252, such as ÇáÚÑÇÞ: at least two words of letters
// with accents only, a capital after a small one among them.
func misreadArabic(text string) (at int, bad, good string) {
	words := latinWord.FindAllStringIndex(text, -1)
	if len(words) < 2 {
		return 0, "", ""
	}
	for _, w := range words {
		word := text[w[0]:w[1]]
		arabic := strings.Map(func(r rune) rune { return charmap.Windows1256.DecodeByte(byte(r)) }, word)
		isArabic := !strings.ContainsFunc(arabic, func(r rune) bool { return !unicode.Is(unicode.Arabic, r) })
		if isArabic && capitalInside.MatchString(word) {
			return w[0], word, arabic
		}
	}
	return 0, "", ""
}

var capitalInside = regexp.MustCompile(`\p{Ll}\p{Lu}`)
