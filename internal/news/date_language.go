package news

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-playground/locales"
	"github.com/go-playground/locales/ar"
	"github.com/go-playground/locales/ar_IQ"
	"github.com/go-playground/locales/de"
	"github.com/go-playground/locales/en"
	"github.com/go-playground/locales/es"
	"github.com/go-playground/locales/fa"
	"github.com/go-playground/locales/fr"
	"github.com/go-playground/locales/he"
	"github.com/go-playground/locales/hi"
	"github.com/go-playground/locales/it"
	"github.com/go-playground/locales/nl"
	"github.com/go-playground/locales/pl"
	"github.com/go-playground/locales/pt"
	"github.com/go-playground/locales/ru"
	"github.com/go-playground/locales/sv"
	"github.com/go-playground/locales/tr"
	"github.com/go-playground/locales/uk"
)

// language is how one language writes dates. Month names come from CLDR through package locales; patterns, eras and the
// forms that package lacks follow CLDR 48. Patterns hold {y} year, {M} name of month or season, {m} and {mm} month in
// one or two digits, {d} and {dd} day; or {0} and {1} for texts already written.
type language struct {
	months func() *monthNames // nil when patterns have only numbers

	day, dayMedium, dayShort       string // dayMedium: as day when empty
	month, monthMedium, monthShort string // monthMedium: as month when empty
	monthDay                       string // a day without a year
	firstDay                       string // first day of a month, when not 1
	year, yearInEra                string // {y} when empty

	bce, ce          string
	about            string // approximate
	question         string // uncertain or unknown, ? when empty
	to, until, since string
	or, and, comma   string // comma: ", " when empty
	earlier, later   string
	gregorian        string // {0} in the Julian calendar, {1} in the Gregorian

	seasons    [4]string // from spring
	season     string    // as month when empty
	decade     func(firstYear int) string
	century    func(number int) string
	hundreds   func(firstYear int) string // century of our era, when not by number
	millennium func(number int) string
}

// monthNames has the names from index 1 on.
type monthNames struct {
	wide  [13]string // with a day
	alone [13]string // without
	short [13]string
}

// cldr reads the names of months on first use; a translator holds much else.
func cldr(newTranslator func() locales.Translator) func() *monthNames {
	return sync.OnceValue(func() *monthNames {
		t := newTranslator()
		var n monthNames
		for m := time.January; m <= time.December; m++ {
			n.wide[m], n.short[m] = t.MonthWide(m), t.MonthAbbreviated(m)
		}
		n.alone = n.wide
		return &n
	})
}

// cldrAlone is cldr for a language in which a month has another form without a day.
func cldrAlone(newTranslator func() locales.Translator, alone ...string) func() *monthNames {
	names := cldr(newTranslator)
	return sync.OnceValue(func() *monthNames {
		n := *names()
		copy(n.alone[1:], alone)
		return &n
	})
}

// kurdishMonths are those of CLDR 48; package locales still has the ones of CLDR 36.
func kurdishMonths() *monthNames {
	n := &monthNames{
		wide:  [13]string{"", "rêbendan", "sibat", "adar", "nîsan", "gulan", "hezîran", "tîrmeh", "tebax", "îlon", "cotmeh", "mijdar", "berfanbar"},
		short: [13]string{"", "rbn", "sbt", "adr", "nsn", "gln", "hzr", "trm", "tbx", "îln", "cot", "mjd", "brf"},
	}
	n.alone = n.wide
	return n
}

// Regions that write Arabic with Latin digits, and those with their own names of months (CLDR 48).
const (
	latinDigits = " ae dz eh ly ma tn "
	levant      = " iq jo lb ps sy "
)

// languageFor finds the language of a BCP 47 tag, English when there is none, and its digits.
func languageFor(locale *Locale) (*language, digits) {
	if locale == nil {
		return languages["en"], latin
	}
	tag := strings.Split(strings.ToLower(strings.ReplaceAll(string(*locale), "_", "-")), "-")
	isIn := func(list string) bool {
		for _, part := range tag[1:] {
			if strings.Contains(list, " "+part+" ") {
				return true
			}
		}
		return false
	}
	name, d := tag[0], latin
	switch name {
	case "ar":
		if len(tag) > 1 && !isIn(latinDigits) {
			d = arabic
		}
		if isIn(levant) {
			name = "ar-IQ"
		}
	case "en":
		if isIn(" us ") {
			name = "en-US"
		}
	case "fa":
		d = persian
	case "zh":
		if isIn(" hant tw hk mo ") {
			name = "zh-Hant"
		}
	}
	if l, ok := languages[name]; ok {
		return l, d
	}
	return languages["en"], latin
}

// digits is the zero of a row of ten digits.
type digits rune

const (
	latin   digits = '0'
	arabic  digits = '٠'
	persian digits = '۰'
)

// write replaces the ASCII digits of s.
func (d digits) write(s string) string {
	if d == latin {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + rune(d)
		}
		return r
	}, s)
}

// numbered puts the number in place of {0}.
func numbered(pattern string) func(int) string {
	return func(n int) string { return fill(pattern, strconv.Itoa(n)) }
}

// inRoman puts the number in Roman numerals in place of {0}.
func inRoman(pattern string) func(int) string {
	return func(n int) string { return fill(pattern, roman(n)) }
}

func roman(n int) string {
	var b strings.Builder
	for _, digit := range [...]struct {
		value int
		sign  string
	}{{100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= digit.value; n -= digit.value {
			b.WriteString(digit.sign)
		}
	}
	return b.String()
}

func englishOrdinal(noun string) func(int) string {
	return func(n int) string {
		suffix := "th"
		if n%100 < 11 || n%100 > 13 {
			switch n % 10 {
			case 1:
				suffix = "st"
			case 2:
				suffix = "nd"
			case 3:
				suffix = "rd"
			}
		}
		return strconv.Itoa(n) + suffix + " " + noun
	}
}

func frenchOrdinal(noun string) func(int) string {
	return func(n int) string {
		if n == 1 {
			return "Ier " + noun
		}
		return roman(n) + "e " + noun
	}
}

func swedishOrdinal(noun string) func(int) string {
	return func(n int) string {
		suffix := ":e "
		if (n%10 == 1 || n%10 == 2) && n%100 != 11 && n%100 != 12 {
			suffix = ":a "
		}
		return strconv.Itoa(n) + suffix + noun
	}
}

func hindiOrdinal(noun string) func(int) string {
	small := [...]string{1: "पहली", 2: "दूसरी", 3: "तीसरी", 4: "चौथी", 6: "छठी"}
	return func(n int) string {
		if n < len(small) && small[n] != "" {
			return small[n] + " " + noun
		}
		return strconv.Itoa(n) + "वीं " + noun
	}
}

// polishDecade counts the decade within its century, except the first, which has no such name.
func polishDecade(first int) string {
	if first%100 == 0 {
		return "lata " + strconv.Itoa(first) + "–" + strconv.Itoa(first+9)
	}
	return "lata " + strconv.Itoa(first%100) + ". " + roman(first/100+1) + " wieku"
}

// turkishDecade has a suffix in harmony with the last word of the number as it is read.
func turkishDecade(first int) string {
	switch first % 100 {
	case 10, 30, 40, 60, 90:
		return strconv.Itoa(first) + "’lar"
	}
	return strconv.Itoa(first) + "’ler"
}

// ukrainianDecade likewise: сорокові, двохтисячні, all others in -ті.
func ukrainianDecade(first int) string {
	suffix := "-ті"
	switch {
	case first%1000 == 0:
		suffix = "-ні"
	case first%100 == 40:
		suffix = "-ві"
	}
	return strconv.Itoa(first) + suffix + " роки"
}

// languages by BCP 47 tag. Where a preposition would change the form of the date after it, a dash stands instead.
var languages = map[string]*language{
	"en": &english,
	"en-US": variant(english, func(l *language) {
		l.day, l.dayShort, l.monthDay = "{M} {d}, {y}", "{m}/{d}/{y}", "{M} {d}"
	}),
	"de": {
		months: cldr(de.New),
		day:    "{d}. {M} {y}", dayShort: "{dd}.{mm}.{y}", month: "{M} {y}", monthShort: "{m}/{y}", monthDay: "{d}. {M}",
		bce: "{0} v. Chr.", ce: "{0} n. Chr.", about: "ca. {0}",
		to: "{0} bis {1}", until: "bis {0}", since: "ab {0}",
		or: "{0} oder {1}", and: "{0} und {1}", earlier: "{0} oder früher", later: "{0} oder später",
		gregorian: "{0} ({1} gregorianisch)",
		seasons:   [4]string{"Frühling", "Sommer", "Herbst", "Winter"},
		decade:    numbered("{0}er Jahre"), century: numbered("{0}. Jahrhundert"), millennium: numbered("{0}. Jahrtausend"),
	},
	"fr": {
		months: cldr(fr.New),
		day:    "{d} {M} {y}", dayShort: "{dd}/{mm}/{y}", month: "{M} {y}", monthShort: "{mm}/{y}", monthDay: "{d} {M}",
		firstDay: "1er",
		bce:      "{0} av. J.-C.", ce: "{0} ap. J.-C.", about: "vers {0}",
		to: "{0} à {1}", until: "… – {0}", since: "{0} – …",
		or: "{0} ou {1}", and: "{0} et {1}", earlier: "{0} ou avant", later: "{0} ou après",
		gregorian: "{0} ({1} grégorien)",
		seasons:   [4]string{"printemps", "été", "automne", "hiver"},
		decade:    numbered("années {0}"), century: frenchOrdinal("siècle"), millennium: frenchOrdinal("millénaire"),
	},
	"es": {
		months: cldr(es.New),
		day:    "{d} de {M} de {y}", dayMedium: "{d} {M} {y}", dayShort: "{d}/{m}/{y}",
		month: "{M} de {y}", monthMedium: "{M} {y}", monthShort: "{m}/{y}", monthDay: "{d} de {M}",
		bce: "{0} a. C.", ce: "{0} d. C.", about: "c. {0}",
		to: "{0} a {1}", until: "… – {0}", since: "{0} – …",
		or: "{0} o {1}", and: "{0} y {1}", earlier: "{0} o antes", later: "{0} o después",
		gregorian: "{0} ({1} gregoriano)",
		seasons:   [4]string{"primavera", "verano", "otoño", "invierno"},
		decade:    numbered("década de {0}"), century: inRoman("siglo {0}"), millennium: inRoman("{0} milenio"),
	},
	"it": {
		months: cldr(it.New),
		day:    "{d} {M} {y}", dayShort: "{dd}/{mm}/{y}", month: "{M} {y}", monthShort: "{mm}/{y}", monthDay: "{d} {M}",
		bce: "{0} a.C.", ce: "{0} d.C.", about: "circa {0}",
		to: "{0} – {1}", until: "… – {0}", since: "{0} – …",
		or: "{0} o {1}", and: "{0} e {1}", earlier: "{0} o prima", later: "{0} o dopo",
		gregorian: "{0} ({1} gregoriano)",
		seasons:   [4]string{"primavera", "estate", "autunno", "inverno"},
		decade:    numbered("anni {0}"), century: inRoman("{0} secolo"), millennium: inRoman("{0} millennio"),
	},
	"pt": {
		months: cldr(pt.New),
		day:    "{d} de {M} de {y}", dayShort: "{dd}/{mm}/{y}", month: "{M} de {y}", monthShort: "{mm}/{y}", monthDay: "{d} de {M}",
		bce: "{0} a.C.", ce: "{0} d.C.", about: "c. {0}",
		to: "{0} a {1}", until: "até {0}", since: "desde {0}",
		or: "{0} ou {1}", and: "{0} e {1}", earlier: "{0} ou antes", later: "{0} ou depois",
		gregorian: "{0} ({1} gregoriano)",
		seasons:   [4]string{"primavera", "verão", "outono", "inverno"},
		decade:    numbered("década de {0}"), century: inRoman("século {0}"), millennium: inRoman("{0} milênio"),
	},
	"nl": {
		months: cldr(nl.New),
		day:    "{d} {M} {y}", dayShort: "{d}-{m}-{y}", month: "{M} {y}", monthShort: "{m}-{y}", monthDay: "{d} {M}",
		bce: "{0} v.Chr.", ce: "{0} n.Chr.", about: "ca. {0}",
		to: "{0} tot {1}", until: "tot {0}", since: "vanaf {0}",
		or: "{0} of {1}", and: "{0} en {1}", earlier: "{0} of eerder", later: "{0} of later",
		gregorian: "{0} ({1} gregoriaans)",
		seasons:   [4]string{"lente", "zomer", "herfst", "winter"},
		decade:    numbered("jaren {0}"), century: numbered("{0}e eeuw"), millennium: numbered("{0}e millennium"),
	},
	"sv": {
		months: cldr(sv.New),
		day:    "{d} {M} {y}", dayShort: "{y}-{mm}-{dd}", month: "{M} {y}", monthShort: "{y}-{mm}", monthDay: "{d} {M}",
		bce: "{0} f.Kr.", ce: "{0} e.Kr.", about: "ca {0}",
		to: "{0} till {1}", until: "till {0}", since: "från {0}",
		or: "{0} eller {1}", and: "{0} och {1}", earlier: "{0} eller tidigare", later: "{0} eller senare",
		gregorian: "{0} ({1} gregorianskt)",
		seasons:   [4]string{"våren", "sommaren", "hösten", "vintern"},
		decade:    numbered("{0}-talet"), century: swedishOrdinal("århundradet"), hundreds: numbered("{0}-talet"),
		millennium: swedishOrdinal("årtusendet"),
	},
	"pl": {
		months: cldrAlone(pl.New, "styczeń", "luty", "marzec", "kwiecień", "maj", "czerwiec",
			"lipiec", "sierpień", "wrzesień", "październik", "listopad", "grudzień"),
		day: "{d} {M} {y}", dayShort: "{d}.{mm}.{y}", month: "{M} {y}", monthShort: "{mm}.{y}", monthDay: "{d} {M}",
		bce: "{0} p.n.e.", ce: "{0} n.e.", about: "ok. {0}",
		to: "{0} – {1}", until: "… – {0}", since: "{0} – …",
		or: "{0} lub {1}", and: "{0} i {1}", earlier: "{0} lub wcześniej", later: "{0} lub później",
		gregorian: "{0} ({1} według kalendarza gregoriańskiego)",
		seasons:   [4]string{"wiosna", "lato", "jesień", "zima"},
		decade:    polishDecade, century: inRoman("{0} wiek"), millennium: inRoman("{0} tysiąclecie"),
	},
	"ru": {
		months: cldrAlone(ru.New, "январь", "февраль", "март", "апрель", "май", "июнь",
			"июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"),
		day: "{d} {M} {y} г.", dayShort: "{dd}.{mm}.{y}", month: "{M} {y} г.", monthShort: "{mm}.{y}", monthDay: "{d} {M}",
		yearInEra: "{y} г.",
		bce:       "{0} до н. э.", ce: "{0} н. э.", about: "ок. {0}",
		to: "{0} — {1}", until: "… — {0}", since: "{0} — …",
		or: "{0} или {1}", and: "{0} и {1}", earlier: "{0} или раньше", later: "{0} или позже",
		gregorian: "{0} ({1} по григорианскому календарю)",
		seasons:   [4]string{"весна", "лето", "осень", "зима"},
		decade:    numbered("{0}-е годы"), century: inRoman("{0} век"), millennium: inRoman("{0} тысячелетие"),
	},
	"uk": {
		months: cldrAlone(uk.New, "січень", "лютий", "березень", "квітень", "травень", "червень",
			"липень", "серпень", "вересень", "жовтень", "листопад", "грудень"),
		day: "{d} {M} {y} р.", dayShort: "{dd}.{mm}.{y}", month: "{M} {y} р.", monthShort: "{mm}.{y}", monthDay: "{d} {M}",
		yearInEra: "{y} р.",
		bce:       "{0} до н. е.", ce: "{0} н. е.", about: "бл. {0}",
		to: "{0} — {1}", until: "… — {0}", since: "{0} — …",
		or: "{0} або {1}", and: "{0} і {1}", earlier: "{0} або раніше", later: "{0} або пізніше",
		gregorian: "{0} ({1} за григоріанським календарем)",
		seasons:   [4]string{"весна", "літо", "осінь", "зима"},
		decade:    ukrainianDecade, century: inRoman("{0} століття"), millennium: inRoman("{0} тисячоліття"),
	},
	"tr": {
		months: cldr(tr.New),
		day:    "{d} {M} {y}", dayShort: "{dd}.{mm}.{y}", month: "{M} {y}", monthShort: "{mm}/{y}", monthDay: "{d} {M}",
		bce: "MÖ {0}", ce: "MS {0}", about: "yaklaşık {0}",
		to: "{0} – {1}", until: "… – {0}", since: "{0} – …",
		or: "{0} veya {1}", and: "{0} ve {1}", earlier: "{0} veya öncesi", later: "{0} veya sonrası",
		gregorian: "{0} (Gregoryen takvimde {1})",
		seasons:   [4]string{"ilkbaharı", "yazı", "sonbaharı", "kışı"}, season: "{y} {M}",
		decade: turkishDecade, century: numbered("{0}. yüzyıl"), millennium: numbered("{0}. binyıl"),
	},
	"ar":    &standardArabic,
	"ar-IQ": variant(standardArabic, func(l *language) { l.months = cldr(ar_IQ.New) }),
	"fa": {
		months: cldr(fa.New),
		day:    "{d} {M} {y}", dayShort: "{y}/{m}/{d}", month: "{M} {y}", monthShort: "{y}/{m}", monthDay: "{d} {M}",
		bce: "{0} ق.م.", ce: "{0} م.", about: "حدود {0}", question: "؟", comma: "، ",
		to: "{0} تا {1}", until: "تا {0}", since: "از {0}",
		or: "{0} یا {1}", and: "{0} و {1}", earlier: "{0} یا پیش از آن", later: "{0} یا پس از آن",
		gregorian: "{0} ({1} در گاه\u200cشماری گرگوری)",
		seasons:   [4]string{"بهار", "تابستان", "پاییز", "زمستان"},
		decade:    numbered("دههٔ {0}"), century: numbered("سدهٔ {0}"), millennium: numbered("هزارهٔ {0}"),
	},
	"he": {
		months: cldr(he.New),
		day:    "{d} ב{M} {y}", dayShort: "{d}.{m}.{y}", month: "{M} {y}", monthShort: "{m}.{y}", monthDay: "{d} ב{M}",
		bce: "{0} לפנה״ס", ce: "{0} לספירה", about: "בערך {0}",
		to: "{0} עד {1}", until: "עד {0}", since: "מאז {0}",
		or: "{0} או {1}", and: "{0} ו-{1}", earlier: "{0} או לפני כן", later: "{0} או אחרי כן",
		gregorian: "{0} ({1} בלוח הגרגוריאני)",
		seasons:   [4]string{"אביב", "קיץ", "סתיו", "חורף"},
		decade:    numbered("שנות ה-{0}"), century: numbered("המאה ה-{0}"), millennium: numbered("האלף ה-{0}"),
	},
	"ku": {
		months: sync.OnceValue(kurdishMonths),
		day:    "{d}ê {M}a {y}an", dayMedium: "{d} {M}, {y}", dayShort: "{dd}.{mm}.{y}",
		month: "{M}a {y}an", monthMedium: "{M}, {y}", monthShort: "{mm}.{y}", monthDay: "{d}ê {M}ê",
		bce: "BM {0}", ce: "PM {0}", about: "dora {0}",
		to: "{0} – {1}", until: "heta {0}", since: "ji {0}",
		or: "{0} an {1}", and: "{0} û {1}", earlier: "{0} an berê", later: "{0} an paşê",
		gregorian: "{0} ({1} li gor salnameya gregoryen)",
		seasons:   [4]string{"bihar", "havîn", "payîz", "zivistan"},
		decade:    numbered("salên {0}an"), century: numbered("sedsala {0}an"), millennium: numbered("hezarsala {0}an"),
	},
	"zh": &simplifiedChinese,
	"zh-Hant": variant(simplifiedChinese, func(l *language) {
		l.bce, l.ce, l.about, l.gregorian = "西元前{0}", "西元{0}", "約{0}", "{0}（格里曆{1}）"
		l.century, l.millennium = numbered("{0}世紀"), numbered("第{0}千年紀")
	}),
	"ja": {
		day: "{y}年{m}月{d}日", dayShort: "{y}/{mm}/{dd}", month: "{y}年{m}月", monthShort: "{y}/{mm}", monthDay: "{m}月{d}日",
		year: "{y}年",
		bce:  "紀元前{0}", ce: "西暦{0}", about: "{0}頃", question: "？", comma: "、",
		to: "{0}から{1}まで", until: "{0}まで", since: "{0}から",
		or: "{0}または{1}", and: "{0}と{1}", earlier: "{0}またはそれ以前", later: "{0}またはそれ以降",
		gregorian: "{0}（グレゴリオ暦{1}）",
		seasons:   [4]string{"春", "夏", "秋", "冬"}, season: "{y}年{M}",
		decade: numbered("{0}年代"), century: numbered("{0}世紀"), millennium: numbered("{0}千年紀"),
	},
	"hi": {
		months: cldr(hi.New),
		day:    "{d} {M} {y}", dayShort: "{d}/{m}/{y}", month: "{M} {y}", monthShort: "{m}/{y}", monthDay: "{d} {M}",
		bce: "{0} ईसा-पूर्व", ce: "{0} ईस्वी", about: "लगभग {0}",
		to: "{0} से {1} तक", until: "{0} तक", since: "{0} से",
		or: "{0} या {1}", and: "{0} और {1}", earlier: "{0} या उससे पहले", later: "{0} या उसके बाद",
		gregorian: "{0} (ग्रेगोरी कैलेंडर में {1})",
		seasons:   [4]string{"वसंत", "ग्रीष्म", "शरद", "शीत"},
		decade:    numbered("{0} का दशक"), century: hindiOrdinal("शताब्दी"), millennium: hindiOrdinal("सहस्राब्दी"),
	},
}

func variant(l language, change func(*language)) *language {
	change(&l)
	return &l
}

var english = language{
	months: cldr(en.New),
	day:    "{d} {M} {y}", dayShort: "{dd}/{mm}/{y}", month: "{M} {y}", monthShort: "{mm}/{y}", monthDay: "{d} {M}",
	bce: "{0} BC", ce: "{0} AD", about: "c. {0}",
	to: "{0} to {1}", until: "until {0}", since: "from {0}",
	or: "{0} or {1}", and: "{0} and {1}", earlier: "{0} or earlier", later: "{0} or later",
	gregorian: "{0} ({1} Gregorian)",
	seasons:   [4]string{"spring", "summer", "autumn", "winter"},
	decade:    numbered("{0}s"), century: englishOrdinal("century"), millennium: englishOrdinal("millennium"),
}

var standardArabic = language{
	months: cldr(ar.New),
	day:    "{d} {M} {y}", dayShort: "{d}\u200f/{m}\u200f/{y}", month: "{M} {y}", monthShort: "{m}\u200f/{y}", monthDay: "{d} {M}",
	bce: "{0} ق.م", ce: "{0} م", about: "نحو {0}", question: "؟", comma: "، ",
	to: "{0} إلى {1}", until: "حتى {0}", since: "منذ {0}",
	or: "{0} أو {1}", and: "{0} و{1}", earlier: "{0} أو قبل ذلك", later: "{0} أو بعد ذلك",
	gregorian: "{0} ({1} بالتقويم الغريغوري)",
	seasons:   [4]string{"ربيع", "صيف", "خريف", "شتاء"},
	decade:    numbered("عقد {0}"), century: numbered("القرن {0}"), millennium: numbered("الألفية {0}"),
}

var simplifiedChinese = language{
	day: "{y}年{m}月{d}日", dayShort: "{y}/{m}/{d}", month: "{y}年{m}月", monthShort: "{y}/{m}", monthDay: "{m}月{d}日",
	year: "{y}年",
	bce:  "公元前{0}", ce: "公元{0}", about: "约{0}", question: "？", comma: "、",
	to: "{0}至{1}", until: "至{0}", since: "{0}起",
	or: "{0}或{1}", and: "{0}和{1}", earlier: "{0}或更早", later: "{0}或更晚",
	gregorian: "{0}（格里历{1}）",
	seasons:   [4]string{"春季", "夏季", "秋季", "冬季"}, season: "{y}年{M}",
	decade: numbered("{0}年代"), century: numbered("{0}世纪"), millennium: numbered("第{0}千年"),
}
