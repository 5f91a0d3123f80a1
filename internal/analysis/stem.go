package analysis

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/irish"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/tamil"
	"github.com/blevesearch/snowballstem/turkish"
	"golang.org/x/text/unicode/norm"
)

// A Language finds the words of texts that are written in it. It is safe for concurrent use.
type Language struct {
	lower func(string) string
	// stem takes a word in lower case and composed form, stemFolded a folded one; nil where there are no rules.
	stem, stemFolded func(string) string
	// exact is for languages where a word without its marks is many words: their stems are the words as they are written.
	exact bool
	// digraphs puts letters that a keyboard lacks for what is typed instead; nil where nobody does.
	digraphs func(string) string

	memo memo
}

// In is the language of a locale, such as de-AT. One without rules of its own folds words and knows no stems.
func In(locale string) *Language {
	base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(locale, "_", "-")), "-")
	if l, ok := languages[base]; ok {
		return l
	}
	return other
}

var (
	other = &Language{lower: strings.ToLower}

	deutsch   = &Language{lower: strings.ToLower, stem: snowball(german.Stem), digraphs: umlauts}
	norse     = strings.NewReplacer("ae", "æ", "oe", "ø", "aa", "å").Replace
	norsk     = &Language{lower: strings.ToLower, stem: snowball(norwegian.Stem), digraphs: norse}
	languages = map[string]*Language{
		"ar": by(arabicStem),
		"da": {lower: strings.ToLower, stem: snowball(danish.Stem), digraphs: norse},
		"de": deutsch,
		"en": by(snowball(english.Stem)),
		"es": by(snowball(spanish.Stem)),
		"fa": {stemFolded: persianStem},
		"fi": by(snowball(finnish.Stem)),
		"fr": by(snowball(french.Stem)),
		"ga": by(snowball(irish.Stem)),
		"he": {stemFolded: hebrewStem},
		"hi": {stemFolded: hindiStem},
		"hu": by(snowball(hungarian.Stem)),
		"it": by(snowball(italian.Stem)),
		"nb": norsk, "nn": norsk, "no": norsk,
		"nl": by(snowball(dutch.Stem)),
		"pt": by(snowball(portuguese.Stem)),
		"ro": by(snowball(romanian.Stem)),
		"ru": {lower: func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "ё", "е") }, stem: snowball(russian.Stem)},
		"sv": by(snowball(swedish.Stem)),
		"ta": by(snowball(tamil.Stem)),
		"vi": {lower: strings.ToLower, exact: true},
		"tr": {lower: func(s string) string { return strings.ToLowerSpecial(unicode.TurkishCase, s) }, stem: snowball(turkish.Stem)},
	}
)

func by(stem func(string) string) *Language { return &Language{lower: strings.ToLower, stem: stem} }

// snowball makes a rule of one of Snowball's.
func snowball(rule func(*snowballstem.Env) bool) func(string) string {
	return func(word string) string {
		env := snowballstem.NewEnv(word)
		rule(env)
		return env.Current()
	}
}

// analyse gives the folded form of a word and its stem. The form is empty where nothing is left.
func (l *Language) analyse(word string) (folded, stem string) {
	if l.stem == nil && l.stemFolded == nil && !l.exact {
		folded = cut(Fold(word))
		return folded, folded
	}
	place := l.memo.place(word)
	if f := l.memo.find(place, word); f != nil {
		return f.word, f.stem
	}
	f := &known{written: strings.Clone(word), word: cut(Fold(word))}
	f.stem = f.word
	switch {
	case len(word) > 4*maxWord || startsWithDigit(f.word):
	case l.exact:
		f.stem = cmp.Or(cut(written(l.lower(norm.NFKC.String(word)))), f.word)
	case l.stem == nil:
		f.stem = Fold(l.stemFolded(f.word))
	default:
		f.stem = cmp.Or(cut(Fold(l.stem(l.lower(norm.NFKC.String(word))))), f.word)
	}
	l.memo.put(place, f)
	return f.word, f.stem
}

// written is a word without what is no part of any word.
func written(word string) string {
	return strings.Map(func(r rune) rune {
		if isIgnorable(r) || !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Co) {
			return -1
		}
		return r
	}, word)
}

// umlauts puts ä, ö and ü for ae, oe and ue. After a vowel or q, as in neue and Quelle, ue is none.
func umlauts(word string) string {
	var b strings.Builder
	for i := 0; i < len(word); i++ {
		if i+1 < len(word) && word[i+1] == 'e' {
			if umlaut, ok := map[byte]string{'a': "ä", 'o': "ö", 'u': "ü"}[word[i]]; ok && (word[i] != 'u' || i == 0 || !strings.Contains("aeiouq", word[i-1:i])) {
				b.WriteString(umlaut)
				i++
				continue
			}
		}
		b.WriteByte(word[i])
	}
	return b.String()
}

func startsWithDigit(word string) bool { return word != "" && '0' <= word[0] && word[0] <= '9' }

var arabicRules = snowball(arabic.Stem)

// arabicStem knows, beyond Snowball's rules, that "and" and "so" stand before the article.
func arabicStem(word string) string {
	bare := strings.Map(func(r rune) rune {
		if isDiacritic(0, r) {
			return -1
		}
		return r
	}, word)
	for _, particle := range []string{"و", "ف"} {
		if rest, ok := strings.CutPrefix(bare, particle); ok && strings.HasPrefix(rest, "ال") {
			return arabicRules(rest)
		}
	}
	return arabicRules(bare)
}

// hindiStem takes off the endings of number, case, gender and tense, the longest first, as Ramanathan and Rao proposed (A
// Lightweight Stemmer for Hindi, EACL 2003). What is left has two characters at least.
func hindiStem(word string) string {
	for n := len(hindiEndings) - 1; n >= 0; n-- {
		for _, ending := range hindiEndings[n] {
			if rest, ok := strings.CutSuffix(word, ending); ok && utf8.RuneCountInString(rest) >= 2 {
				return rest
			}
		}
	}
	return word
}

// hindiEndings are the endings by their length.
var hindiEndings = [][]string{
	{"ो", "े", "ू", "ु", "ी", "ि", "ा"},
	{"कर", "ाओ", "िए", "ाई", "ाए", "ने", "नी", "ना", "ते", "ीं", "ती", "ता", "ां", "ों", "ें"},
	{"ाकर", "ाइए", "ाईं", "ाया", "ेगी", "ेगा", "ोगी", "ोगे", "ाने", "ाना", "ाते", "ाती", "ाता", "तीं", "ाओं", "ाएं", "ुओं", "ुएं", "ुआं"},
	{"ाएगी", "ाएगा", "ाओगी", "ाओगे", "एंगी", "ेंगी", "एंगे", "ेंगे", "ूंगी", "ूंगा", "ातीं", "नाओं", "नाएं", "ताओं", "ताएं", "ियों", "ियां"},
	{"ाएंगी", "ाएंगे", "ाऊंगी", "ाऊंगा", "ाइयों", "ाइयां"},
}

// persianStem takes off the endings of the plural and those of comparison that are written without a non-joiner; with one they
// are words of their own.
func persianStem(word string) string {
	for _, ending := range []string{"هايي", "هايم", "هايش", "ترين", "هاي", "ها", "تر"} {
		if rest, ok := strings.CutSuffix(word, ending); ok && utf8.RuneCountInString(rest) >= 3 {
			return rest
		}
	}
	return word
}

// hebrewStem takes off the particles that are written as one with the word: and, that, the, in, as, to, from. What is left has
// three letters at least.
func hebrewStem(word string) string {
	rest := word
	for _, particles := range []string{"ו", "ש", "הבכלמ"} {
		letter, size := utf8.DecodeRuneInString(rest)
		if strings.ContainsRune(particles, letter) && characters(rest[size:]) >= 3 {
			rest = rest[size:]
		}
	}
	return rest
}
