package analysis

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for typed, want := range map[string]string{
		"": "", "rain": "rain", "RAIN": "rain", "Éire": "eire", "ÅNGSTRÖM": "angstrom", "Straße": "strasse", "STRASSE": "strasse", "ﬁre": "fire", "ＡＢＣ": "abc",
		"İSTANBUL": "istanbul", "ISPARTA": "isparta", "ışık": "isik", "Łódź": "lodz", "Søren": "soren", "Đà": "da", "n't": "nt", "½": "12", "œuvre": "oeuvre",
		"ΟΔΟΣ": "οδοσ", "οδός": "οδοσ", "Ёлка": "елка", "за́мок": "замок", "Майский": "майский", "Київ": "київ",
		"مَطَر": "مطر", "مـطر": "مطر", "أحمد": "احمد", "إيران": "ايران", "آسيا": "اسيا", "مدرسة": "مدرسه", "على": "علي", "کتاب": "كتاب", "كتاب": "كتاب", "علی": "علي", "مسؤول": "مسوول",
		"٢٠١٩": "2019", "۲۰۱۹": "2019", "२०१९": "2019", "๒๕๖๒": "2562", "𝟙": "1", "①": "1",
		"שָׁלוֹם": "שלום", "हिन्दी": "हिन्दी", "क़लम": "कलम", "पाँच": "पांच", "กรุงเทพ": "กรุงเทพ", "が": "が", "ｶﾞ": "ガ", "한국": "한국", "a\u200db": "ab", "co\u00adop": "coop",
	} {
		if got := Fold(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

// show writes terms with what they stand for: word, /stem where it differs, and marks for pieces.
func show(l *Language, text string) string {
	var all []string
	for _, t := range l.Terms(text) {
		s := t.Word
		if t.Stem != t.Word {
			s += "/" + t.Stem
		}
		all = append(all, s+[]string{"", "+", ".", "~"}[t.Kind])
	}
	return strings.Join(all, " ")
}

func TestTerms(t *testing.T) {
	for _, tt := range []struct{ locale, text, want string }{
		{"en", "", ""}, {"en", " — … !", ""}, {"en", "The runners’ running-shoes", "the runners/runner running/run shoes/shoe"},
		{"en-GB", "Don't stop", "don t stop"}, {"xx", "runners", "runners"}, {"", "runners", "runners"},
		{"de", "Die Häuser der Straße", "die hauser/haus der strasse/strass"},
		{"de-AT", "Müllers", "mullers/mull"},
		{"fr", "L’été des élections", "l ete des/de elections/elect"},
		{"tr", "KIZILAY’da kitapları", "kizilay da kitaplari/kitap"},
		{"ru", "Ёлки и книгами", "елки/елк и книгами/книг"},
		{"ar", "وَالكِتَابُ ٢٠١٩", "والكتاب/كتاب 2019"},
		{"fa", "می\u200cخواهم کتابها", "ميخواهم~ مي خواهم كتابها/كتاب"},
		{"he", "וְהַבַּיִת צה״ל", "והבית/בית צהל"}, {"he", `צה"ל`, "צהל"},
		{"vi", "Thệ NGAY", "the/thệ ngay"},
		{"hi", "लड़कियों ने", "लडकियों/लडक ने"},
		{"uk", "п’ять п'ять", "пять пять"},
		{"zh", "北京天气", "北京+ 京天+ 天气+ 气."}, {"ja", "2019年の東京タワー", "2019 年の+ の東+ 東京+ 京タ+ タワ+ ワー+ ー."},
		{"ja", "ｶﾞｽ", "ガス+ ス."}, {"zh", "京", "京."}, {"ko", "서울에서", "서울+ 울에+ 에서+ 서."},
		{"th", "กรุงเทพฯ", "กรุ+ รุง+ งเ+ เท+ ทพ+ พฯ+ ฯ."},
		{"km", "កា\u200bរ", "ការ+ រ."}, {"th", "ไทย ABC", "ไท+ ทย+ ย. abc"},
		{"en", "a\xffb \xf0", "a b"}, {"en", "\u0301 x\u0301", "x"},
	} {
		if got := show(In(tt.locale), tt.text); got != tt.want {
			t.Errorf("%s: %q: %s, want %s", tt.locale, tt.text, got, tt.want)
		}
	}
}

// TestFound: a text that somebody wrote is found by what somebody else types.
func TestFound(t *testing.T) {
	for _, tt := range []struct{ locale, text, typed, marked string }{
		{"en", "Elections were held", "election", "[Elections] were held"},
		{"en", "An election", "ELECTIONS", "An [election]"},
		{"en", "Don’t stop", "don't", "[Don]’t stop"},
		{"en", "The well-known man", "well-known", "The [well]-[known] man"},
		{"fr", "Cet été fut humide", "l'été", "Cet [été] fut humide"},
		{"de", "Müller baute Häuser", "mueller", "[Müller] baute Häuser"},
		{"de", "Südquelle neuer Seen", "suedquelle", "[Südquelle] neuer Seen"},
		{"de", "Mueller baute", "Müller", "[Mueller] baute"},
		{"de", "Die Häuser", "haus", "Die [Häuser]"},
		{"de", "Ein Haeuser", "häuser", "Ein [Haeuser]"},
		{"de", "Auf der Straße", "STRASSE", "Auf der [Straße]"},
		{"de", "Auf der Strasse", "straße", "Auf der [Strasse]"},
		{"tr", "Ilık ışık", "isik", "Ilık [ışık]"}, {"tr", "İstanbul", "istanbul", "[İstanbul]"}, {"tr", "ısparta", "ISPARTA", "[ısparta]"},
		{"ar", "وَهَطَلَ المَطَرُ", "المطر", "وَهَطَلَ [المَطَرُ]"}, {"ar", "أحمد إلى", "الى", "أحمد [إلى]"}, {"ar", "المدارس والمدرسة", "مدرسه", "المدارس [والمدرسة]"},
		{"fa", "من می\u200cخواهم", "میخواهم", "من [می\u200cخواهم]"}, {"fa", "من می\u200cخواهم", "می\u200cخواهم", "من [می\u200cخواهم]"},
		{"fa", "من می خواهم", "می\u200cخواهم", "من [می خواهم]"}, {"fa", "من میخواهم", "می\u200cخواهم", "من [میخواهم]"},
		{"fa", "كتاب علي", "کتاب", "[كتاب] علي"}, {"fa", "کتاب\u200cها", "کتاب", "[کتاب\u200cها]"}, {"fa", "کتاب\u200cها", "کتابها", "[کتاب\u200cها]"},
		{"he", "שָׁלוֹם עֲלֵיכֶם", "שלום", "[שָׁלוֹם] עֲלֵיכֶם"}, {"he", "הממשלה", "ממשלה", "[הממשלה]"}, {"he", `צה״ל`, `צה"ל`, `[צה״ל]`},
		{"hi", "क़लम", "कलम", "[क़लम]"}, {"hi", "पाँच", "पांच", "[पाँच]"},
		{"ru", "Ёлки зелёные", "елка", "[Ёлки] зелёные"},
		{"zh", "今天北京天气", "北京", "今天[北京]天气"}, {"zh", "今天北京天气", "气", "今天北京天[气]"}, {"zh", "今天北京天气", "天", "今[天]北京[天]气"},
		{"zh", "今天北京天气", "北京天", "今天[北京天]气"},
		{"ja", "東京タワー", "東京 タワー", "[東京タワー]"}, {"ja", "2019年の夏", "2019年", "[2019年]の夏"}, {"ja", "ガス", "ｶﾞｽ", "[ガス]"},
		{"th", "อากาศกรุงเทพวันนี้", "กรุงเทพ", "อากาศ[กรุงเทพ]วันนี้"},
		{"ko", "서울에서 만난", "서울", "[서울]에서 만난"},
		{"vi", "Hà Nội", "ha noi", "[Hà] [Nội]"},
		{"en", "rainy rain", "rain", "rainy [rain]"},
		{"xx", "Elections", "election", "Elections"},
	} {
		l := In(tt.locale)
		var wanted []Wanted
		for word := range strings.FieldsSeq(tt.typed) {
			wanted = append(wanted, Languages{l}.Word(word, false)...)
		}
		if got := bracketed(l, tt.text, wanted); got != tt.marked {
			t.Errorf("%s: %q in %q: %s, want %s; wanted %v", tt.locale, tt.typed, tt.text, got, tt.marked, wanted)
		}
	}
}

func TestPhrasesAndPrefixes(t *testing.T) {
	for _, tt := range []struct {
		locale, text, typed string
		phrase, prefix      bool
		marked              string
	}{
		{"en", "heavy rain, heavy snow, rain heavy", "heavy rain", true, false, "[heavy rain], heavy snow, rain heavy"},
		{"en", "heavy rain and rains", "Heavy RAINS", true, false, "heavy rain and rains"},
		{"en", "rainfall and rains", "rain", false, true, "[rainfall] and [rains]"},
		{"en", "heavy rainfall", "heavy rain", true, true, "[heavy rainfall]"},
		{"de", "Müller Straße", "mueller strasse", true, false, "[Müller Straße]"},
		{"de", "Bundestagswahl", "bundes", false, true, "[Bundestagswahl]"},
		{"zh", "今天北京天气", "北京天气", true, false, "今天[北京天气]"},
		{"zh", "北京 天气", "北京 天气", true, false, "[北京 天气]"},
		{"zh", "今天北京天气好", "天气", true, true, "今天北京[天气]好"},
		{"fa", "می\u200cخواهم", "میخوا", false, true, "[می\u200cخواهم]"},
		{"fa", "من می\u200cخواهم", "من می\u200cخواهم", true, false, "[من می\u200cخواهم]"},
		{"en", "x", "—", true, false, "x"},
	} {
		ls := Languages{In(tt.locale)}
		var wanted []Wanted
		if tt.phrase {
			if w := ls.Phrase(tt.typed, tt.prefix); w != nil {
				wanted = []Wanted{w}
			}
		} else {
			wanted = ls.Word(tt.typed, tt.prefix)
		}
		if got := bracketed(In(tt.locale), tt.text, wanted); got != tt.marked {
			t.Errorf("%s: %q in %q: %s, want %s; wanted %v", tt.locale, tt.typed, tt.text, got, tt.marked, wanted)
		}
	}
}

func bracketed(l *Language, text string, wanted []Wanted) string {
	var b strings.Builder
	end := 0
	for _, s := range l.Find(text, wanted) {
		fmt.Fprintf(&b, "%s[%s]", text[end:s.Start], text[s.Start:s.End])
		end = s.End
	}
	return b.String() + text[end:]
}

func TestIndex(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "Rain": "rain ", "Rains fell": "rains fell =rain ", "東京": "東京 京 ",
	} {
		if got := In("en").Index(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestMark(t *testing.T) {
	long := strings.Repeat("far away ", 30) + "the rain & <snow> fell on rain gauges " + strings.Repeat("over there ", 30)
	for _, tt := range []struct {
		locale, text, typed, want string
		limit                     int
	}{
		{"en", "A <b> & rain's", "rain", "A &lt;b&gt; &amp; <mark>rain</mark>&#39;s", 100},
		{"en", "Dry", "rain", "", 100},
		{"en", "Rain\n\tand \u2028 rains", "rain", "<mark>Rain</mark>  and   <mark>rains</mark>", 100},
		{"en", long, "snow rain", "…away the <mark>rain</mark> &amp; &lt;<mark>snow</mark>&gt; fell on <mark>rain</mark>…", 40},
		{"zh", strings.Repeat("甲", 50) + "北京天气" + strings.Repeat("乙", 50), "北京天气", "…甲甲甲<mark>北京天气</mark>乙乙乙乙乙…", 12},
		{"th", strings.Repeat("ที่", 20) + "กรุงเทพ" + strings.Repeat("ที่", 20), "กรุงเทพ", "…ที่<mark>กรุงเทพ</mark>ที่ที่…", 17},
		{"en", strings.Repeat("x", 300) + " rain", "rain", "…<mark>rain</mark>", 40},
		{"en", "rain" + strings.Repeat("x", 300), "rain", "", 40},
		{"en", strings.Repeat("x", 300), strings.Repeat("x", 64) + "*", "<mark>" + strings.Repeat("x", 300) + "</mark>", 400},
	} {
		var wanted []Wanted
		for word := range strings.FieldsSeq(tt.typed) {
			wanted = append(wanted, Languages{In(tt.locale)}.Word(word, strings.HasSuffix(word, "*"))...)
		}
		got, found := In(tt.locale).Mark(tt.text, wanted, tt.limit)
		if got != tt.want || found != (tt.want != "") {
			t.Errorf("%s: %q: %s, want %s", tt.locale, tt.typed, got, tt.want)
		}
	}
}

// FuzzAnalysis: in any language any text gives terms in order that lie in it, whose folding is done; and each word that it
// holds finds it.
func FuzzAnalysis(f *testing.F) {
	for _, text := range []string{"Rain’s", "l'été", "می\u200cخواهم", "צה״ל", "東京ｶﾞ", "กรุงเทพฯ", "ﬃ ẞ İ ǰ ΐ", "\xff\u200c\u0301", "ᾳ ﷺ ㍿ ½ Ⅷ", "क़्", "a\u0345b", "’’a’", "𐐀 𝒜 🌧️"} {
		for _, locale := range []string{"en", "ar", "tr", "de", "ta", "vi", "xx"} {
			f.Add(text, locale)
		}
	}
	f.Fuzz(func(t *testing.T, text, locale string) {
		l := In(locale)
		before := 0
		for _, term := range l.Terms(text) {
			if term.Word == "" || term.Stem == "" || strings.ContainsAny(term.Word+term.Stem, " \"\x00=") || !utf8.ValidString(term.Word+term.Stem) {
				t.Fatalf("%q: term %q with stem %q", text, term.Word, term.Stem)
			}
			if term.Start < before || term.End <= term.Start || term.End > len(text) {
				t.Fatalf("%q: term at %d to %d after %d", text, term.Start, term.End, before)
			}
			before = term.Start
			if again := Fold(term.Word); again != term.Word {
				t.Fatalf("%q: folded %q, and again %q", text, term.Word, again)
			}
			if term.Kind == Joined || len(term.Word) > maxWord {
				continue
			}
			typed := text[term.Start:term.End]
			wanted := Languages{l}.Word(typed, false)
			if spans := l.Find(text, wanted); len(wanted) == 0 || len(spans) == 0 {
				t.Fatalf("%q: %q is not found by %v", text, typed, wanted)
			}
		}
		if marked, found := l.Mark(text, Languages{l}.Word(text, true), 20); found {
			bare := strings.NewReplacer("<mark>", "", "</mark>", "").Replace(marked)
			if strings.ContainsAny(bare, "<>\"'") || strings.Count(marked, "<mark>") != strings.Count(marked, "</mark>") {
				t.Fatalf("%q: marked %s", text, marked)
			}
		}
		if once := Fold(text); Fold(once) != once {
			t.Fatalf("%q: folded %q, and again %q", text, once, Fold(once))
		}
		for _, s := range l.Find(text, Languages{l}.Word(text, true)) {
			if s.Start < 0 || s.End > len(text) || s.Start >= s.End || !utf8.ValidString(text[s.Start:s.End]) && utf8.ValidString(text) {
				t.Fatalf("%q: span %v", text, s)
			}
		}
	})
}
