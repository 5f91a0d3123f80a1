package news_test

import (
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

// locales are the languages with texts of their own, one that has none, and odd tags.
var locales = []news.Locale{
	"en", "en-US", "de", "fr", "es", "it", "pt", "nl", "sv", "pl", "ru", "uk", "tr", "ar", "ar-IQ", "fa", "he", "ku",
	"zh", "zh-Hant", "ja", "hi", "th", "", "-", "ar-", "zh-",
}

func text(t *testing.T, edtf string, locale news.Locale, style news.DateStyle) string {
	t.Helper()
	return mustParse(t, edtf, news.CalendarGregorian).Text(&locale, style)
}

func TestEnglishText(t *testing.T) {
	for edtf, want := range map[string]string{
		"1998-10-05":                "5 October 1998",
		"1998-10":                   "October 1998",
		"1998":                      "1998",
		"1850~":                     "c. 1850",
		"1914?":                     "1914?",
		"2004-06-11%":               "c. 11 June 2004?",
		"-0043-03-15":               "15 March 44 BC",
		"-0043":                     "44 BC",
		"0000":                      "1 BC",
		"0014-08-19":                "19 August 14 AD",
		"0100":                      "100",
		"-0043/0014":                "44 BC to 14 AD",
		"1939-09/1945-09":           "September 1939 to September 1945",
		"1850~/1860%":               "c. 1850 to c. 1860?",
		"../1945":                   "until 1945",
		"1945-05-08/..":             "from 8 May 1945",
		"/1945":                     "? to 1945",
		"1945/":                     "1945 to ?",
		"2001-21":                   "spring 2001",
		"2001-22":                   "summer 2001",
		"-0043-23":                  "autumn 44 BC",
		"2019-24~":                  "c. winter 2019",
		"185X":                      "1850s",
		"185X~":                     "c. 1850s",
		"009X":                      "90s AD",
		"000X":                      "1 BC–9 AD",
		"-000X":                     "10–1 BC",
		"-012X":                     "130–121 BC",
		"18XX":                      "19th century",
		"20XX?":                     "21st century?",
		"10XX":                      "11th century",
		"11XX":                      "12th century",
		"12XX":                      "13th century",
		"00XX":                      "1st century AD",
		"-00XX":                     "1st century BC",
		"-01XX":                     "2nd century BC",
		"-02XX":                     "3rd century BC",
		"0XXX":                      "1st millennium",
		"1XXX":                      "2nd millennium",
		"-1XXX":                     "2nd millennium BC",
		"Y-17E7":                    "170000001 BC",
		"2004-XX":                   "2004",
		"1984-06-XX":                "June 1984",
		"[1667,1668,1670..1672]":    "1667, 1668 or 1670 to 1672",
		"{1667,1668}":               "1667 and 1668",
		"[1984]":                    "1984",
		"[..1760-12-03]":            "3 December 1760 or earlier",
		"[1760-01,1760-12..]":       "January 1760 or December 1760 or later",
		"{..1984}":                  "until 1984",
		"{1984,1990..}":             "1984 and from 1990",
		"XXXX-12-25":                "25 December",
		"1945-08-06T08:15:00":       "6 August 1945 08:15:00",
		"1985-04-12T23:20:30Z":      "12 April 1985 23:20:30 UTC",
		"1985-04-12T23:20:30-04":    "12 April 1985 23:20:30 UTC−04",
		"1985-04-12T23:20:30+04:30": "12 April 1985 23:20:30 UTC+04:30",
	} {
		if got := text(t, edtf, "en", news.StyleLong); got != want {
			t.Errorf("%s is %q, want %q", edtf, got, want)
		}
	}
}

// The Julian day stands alone where history writes it so, and with the Gregorian one once that calendar existed.
func TestJulianText(t *testing.T) {
	for edtf, want := range map[string]string{
		"-0043-03-15":         "15 March 44 BC",
		"1582-10-04":          "4 October 1582",
		"1582-10-05":          "5 October 1582 (15 October 1582 Gregorian)",
		"1917-10-25?":         "25 October 1917? (7 November 1917 Gregorian)",
		"1917-10":             "October 1917",
		"1917-12-31T21:40:00": "31 December 1917 21:40:00 (13 January 1918 Gregorian)",
	} {
		if got := mustParse(t, edtf, news.CalendarJulian).Text(nil, news.StyleLong); got != want {
			t.Errorf("%s is %q, want %q", edtf, got, want)
		}
	}
	if got := mustParse(t, "1917-10-25", news.CalendarJulian).Text(nil, news.StyleMedium); got != "25 Oct 1917" {
		t.Errorf("medium: %q", got)
	}
}

func TestTextFallsBack(t *testing.T) {
	d := mustParse(t, "1998-10-05", "")
	if got := d.Text(nil, ""); got != "5 October 1998" {
		t.Errorf("no locale, no style: %q", got)
	}
	for locale, want := range map[news.Locale]string{
		"": "5 October 1998", "th": "5 October 1998", "EN-gb": "5 October 1998", "en_US": "October 5, 1998",
		"DE-at": "5. Oktober 1998", "pt-PT": "5 de outubro de 1998", "ar-SA": "٥ أكتوبر ١٩٩٨", "ar-MA": "5 أكتوبر 1998",
		"ar-SY": "٥ تشرين الأول ١٩٩٨", "zh-Hans-CN": "1998年10月5日",
	} {
		if got := d.Text(&locale, "UNKNOWN"); got != want {
			t.Errorf("%q: %q, want %q", locale, got, want)
		}
	}
}

// Days, months and eras were compared with Intl.DateTimeFormat of ICU 78 (CLDR 48).
func TestTextInOtherLanguages(t *testing.T) {
	dates := []string{
		"1998-10-05", "1998-10", "-0043-03-15", "0070", "1850~", "1914?", "1939-09/1945-09", "../1945", "2001-21",
		"185X", "19XX", "-01XX", "1XXX", "[1667,1668]", "{1667,1668}", "[..1984]", "XXXX-01-01",
	}
	for locale, want := range map[news.Locale]string{
		"en-US":   "October 5, 1998|October 1998|March 15, 44 BC|70 AD|c. 1850|1914?|September 1939 to September 1945|until 1945|spring 2001|1850s|20th century|2nd century BC|2nd millennium|1667 or 1668|1667 and 1668|1984 or earlier|January 1",
		"de":      "5. Oktober 1998|Oktober 1998|15. März 44 v. Chr.|70 n. Chr.|ca. 1850|1914?|September 1939 bis September 1945|bis 1945|Frühling 2001|1850er Jahre|20. Jahrhundert|2. Jahrhundert v. Chr.|2. Jahrtausend|1667 oder 1668|1667 und 1668|1984 oder früher|1. Januar",
		"fr":      "5 octobre 1998|octobre 1998|15 mars 44 av. J.-C.|70 ap. J.-C.|vers 1850|1914?|septembre 1939 à septembre 1945|… – 1945|printemps 2001|années 1850|XXe siècle|IIe siècle av. J.-C.|IIe millénaire|1667 ou 1668|1667 et 1668|1984 ou avant|1er janvier",
		"es":      "5 de octubre de 1998|octubre de 1998|15 de marzo de 44 a. C.|70 d. C.|c. 1850|1914?|septiembre de 1939 a septiembre de 1945|… – 1945|primavera de 2001|década de 1850|siglo XX|siglo II a. C.|II milenio|1667 o 1668|1667 y 1668|1984 o antes|1 de enero",
		"it":      "5 ottobre 1998|ottobre 1998|15 marzo 44 a.C.|70 d.C.|circa 1850|1914?|settembre 1939 – settembre 1945|… – 1945|primavera 2001|anni 1850|XX secolo|II secolo a.C.|II millennio|1667 o 1668|1667 e 1668|1984 o prima|1 gennaio",
		"pt":      "5 de outubro de 1998|outubro de 1998|15 de março de 44 a.C.|70 d.C.|c. 1850|1914?|setembro de 1939 a setembro de 1945|até 1945|primavera de 2001|década de 1850|século XX|século II a.C.|II milênio|1667 ou 1668|1667 e 1668|1984 ou antes|1 de janeiro",
		"nl":      "5 oktober 1998|oktober 1998|15 maart 44 v.Chr.|70 n.Chr.|ca. 1850|1914?|september 1939 tot september 1945|tot 1945|lente 2001|jaren 1850|20e eeuw|2e eeuw v.Chr.|2e millennium|1667 of 1668|1667 en 1668|1984 of eerder|1 januari",
		"sv":      "5 oktober 1998|oktober 1998|15 mars 44 f.Kr.|70 e.Kr.|ca 1850|1914?|september 1939 till september 1945|till 1945|våren 2001|1850-talet|1900-talet|2:a århundradet f.Kr.|2:a årtusendet|1667 eller 1668|1667 och 1668|1984 eller tidigare|1 januari",
		"pl":      "5 października 1998|październik 1998|15 marca 44 p.n.e.|70 n.e.|ok. 1850|1914?|wrzesień 1939 – wrzesień 1945|… – 1945|wiosna 2001|lata 50. XIX wieku|XX wiek|II wiek p.n.e.|II tysiąclecie|1667 lub 1668|1667 i 1668|1984 lub wcześniej|1 stycznia",
		"ru":      "5 октября 1998 г.|октябрь 1998 г.|15 марта 44 г. до н. э.|70 г. н. э.|ок. 1850|1914?|сентябрь 1939 г. — сентябрь 1945 г.|… — 1945|весна 2001 г.|1850-е годы|XX век|II век до н. э.|II тысячелетие|1667 или 1668|1667 и 1668|1984 или раньше|1 января",
		"uk":      "5 жовтня 1998 р.|жовтень 1998 р.|15 березня 44 р. до н. е.|70 р. н. е.|бл. 1850|1914?|вересень 1939 р. — вересень 1945 р.|… — 1945|весна 2001 р.|1850-ті роки|XX століття|II століття до н. е.|II тисячоліття|1667 або 1668|1667 і 1668|1984 або раніше|1 січня",
		"tr":      "5 Ekim 1998|Ekim 1998|MÖ 15 Mart 44|MS 70|yaklaşık 1850|1914?|Eylül 1939 – Eylül 1945|… – 1945|2001 ilkbaharı|1850’ler|20. yüzyıl|MÖ 2. yüzyıl|2. binyıl|1667 veya 1668|1667 ve 1668|1984 veya öncesi|1 Ocak",
		"ar":      "5 أكتوبر 1998|أكتوبر 1998|15 مارس 44 ق.م|70 م|نحو 1850|1914؟|سبتمبر 1939 إلى سبتمبر 1945|حتى 1945|ربيع 2001|عقد 1850|القرن 20|القرن 2 ق.م|الألفية 2|1667 أو 1668|1667 و1668|1984 أو قبل ذلك|1 يناير",
		"ar-IQ":   "٥ تشرين الأول ١٩٩٨|تشرين الأول ١٩٩٨|١٥ آذار ٤٤ ق.م|٧٠ م|نحو ١٨٥٠|١٩١٤؟|أيلول ١٩٣٩ إلى أيلول ١٩٤٥|حتى ١٩٤٥|ربيع ٢٠٠١|عقد ١٨٥٠|القرن ٢٠|القرن ٢ ق.م|الألفية ٢|١٦٦٧ أو ١٦٦٨|١٦٦٧ و١٦٦٨|١٩٨٤ أو قبل ذلك|١ كانون الثاني",
		"fa":      "۵ اکتبر ۱۹۹۸|اکتبر ۱۹۹۸|۱۵ مارس ۴۴ ق.م.|۷۰ م.|حدود ۱۸۵۰|۱۹۱۴؟|سپتامبر ۱۹۳۹ تا سپتامبر ۱۹۴۵|تا ۱۹۴۵|بهار ۲۰۰۱|دههٔ ۱۸۵۰|سدهٔ ۲۰|سدهٔ ۲ ق.م.|هزارهٔ ۲|۱۶۶۷ یا ۱۶۶۸|۱۶۶۷ و ۱۶۶۸|۱۹۸۴ یا پیش از آن|۱ ژانویه",
		"he":      "5 באוקטובר 1998|אוקטובר 1998|15 במרץ 44 לפנה״ס|70 לספירה|בערך 1850|1914?|ספטמבר 1939 עד ספטמבר 1945|עד 1945|אביב 2001|שנות ה-1850|המאה ה-20|המאה ה-2 לפנה״ס|האלף ה-2|1667 או 1668|1667 ו-1668|1984 או לפני כן|1 בינואר",
		"ku":      "5ê cotmeha 1998an|cotmeha 1998an|BM 15ê adara 44an|PM 70|dora 1850|1914?|îlona 1939an – îlona 1945an|heta 1945|bihara 2001an|salên 1850an|sedsala 20an|BM sedsala 2an|hezarsala 2an|1667 an 1668|1667 û 1668|1984 an berê|1ê rêbendanê",
		"zh":      "1998年10月5日|1998年10月|公元前44年3月15日|公元70年|约1850年|1914年？|1939年9月至1945年9月|至1945年|2001年春季|1850年代|20世纪|公元前2世纪|第2千年|1667年或1668年|1667年和1668年|1984年或更早|1月1日",
		"zh-Hant": "1998年10月5日|1998年10月|西元前44年3月15日|西元70年|約1850年|1914年？|1939年9月至1945年9月|至1945年|2001年春季|1850年代|20世紀|西元前2世紀|第2千年紀|1667年或1668年|1667年和1668年|1984年或更早|1月1日",
		"ja":      "1998年10月5日|1998年10月|紀元前44年3月15日|西暦70年|1850年頃|1914年？|1939年9月から1945年9月まで|1945年まで|2001年春|1850年代|20世紀|紀元前2世紀|2千年紀|1667年または1668年|1667年と1668年|1984年またはそれ以前|1月1日",
		"hi":      "5 अक्तूबर 1998|अक्तूबर 1998|15 मार्च 44 ईसा-पूर्व|70 ईस्वी|लगभग 1850|1914?|सितंबर 1939 से सितंबर 1945 तक|1945 तक|वसंत 2001|1850 का दशक|20वीं शताब्दी|दूसरी शताब्दी ईसा-पूर्व|दूसरी सहस्राब्दी|1667 या 1668|1667 और 1668|1984 या उससे पहले|1 जनवरी",
	} {
		var got []string
		for _, edtf := range dates {
			got = append(got, text(t, edtf, locale, news.StyleLong))
		}
		if got := strings.Join(got, "|"); got != want {
			t.Errorf("%s:\n got %s\nwant %s", locale, got, want)
		}
	}
}

func TestTextStyles(t *testing.T) {
	for locale, want := range map[news.Locale]string{
		"en": "5 Oct 1998|Oct 1998|05/10/1998|10/1998|15/03/44 BC", "en-US": "Oct 5, 1998|Oct 1998|10/5/1998|10/1998|3/15/44 BC",
		"de": "5. Okt. 1998|Okt. 1998|05.10.1998|10/1998|15.03.44 v. Chr.", "fr": "5 oct. 1998|oct. 1998|05/10/1998|10/1998|15/03/44 av. J.-C.",
		"es": "5 oct. 1998|oct. 1998|5/10/1998|10/1998|15/3/44 a. C.", "sv": "5 okt. 1998|okt. 1998|1998-10-05|1998-10|44-03-15 f.Kr.",
		"ru": "5 окт. 1998 г.|окт. 1998 г.|05.10.1998|10.1998|15.03.44 до н. э.", "tr": "5 Eki 1998|Eki 1998|05.10.1998|10/1998|MÖ 15.03.44",
		"he": "5 באוק׳ 1998|אוק׳ 1998|5.10.1998|10.1998|15.3.44 לפנה״ס", "fa": "۵ اکتبر ۱۹۹۸|اکتبر ۱۹۹۸|۱۹۹۸/۱۰/۵|۱۹۹۸/۱۰|۴۴/۳/۱۵ ق.م.",
		"ja": "1998年10月5日|1998年10月|1998/10/05|1998/10|紀元前44/03/15", "ku": "5 cot, 1998|cot, 1998|05.10.1998|10.1998|BM 15.03.44",
	} {
		got := strings.Join([]string{
			text(t, "1998-10-05", locale, news.StyleMedium), text(t, "1998-10", locale, news.StyleMedium),
			text(t, "1998-10-05", locale, news.StyleShort), text(t, "1998-10", locale, news.StyleShort),
			text(t, "-0043-03-15", locale, news.StyleShort),
		}, "|")
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", locale, got, want)
		}
	}
}

func TestWordsThatChangeWithTheNumber(t *testing.T) {
	for _, tt := range []struct {
		locale     news.Locale
		edtf, want string
	}{
		{"fr", "1998-01-01", "1er janvier 1998"}, {"fr", "1998-01-11", "11 janvier 1998"}, {"fr", "00XX", "Ier siècle ap. J.-C."},
		{"sv", "00XX", "1:a århundradet e.Kr."}, {"sv", "-02XX", "3:e århundradet f.Kr."}, {"sv", "-11XX", "12:e århundradet f.Kr."},
		{"pl", "180X", "lata 1800–1809"}, {"pl", "191X", "lata 10. XX wieku"}, {"pl", "1998-05", "maj 1998"}, {"pl", "1998-05-03", "3 maja 1998"},
		{"tr", "196X", "1960’lar"}, {"tr", "197X", "1970’ler"}, {"tr", "200X", "2000’ler"},
		{"uk", "184X", "1840-ві роки"}, {"uk", "185X", "1850-ті роки"}, {"uk", "200X", "2000-ні роки"},
		{"hi", "-00XX", "पहली शताब्दी ईसा-पूर्व"}, {"hi", "04XX", "5वीं शताब्दी"}, {"hi", "05XX", "छठी शताब्दी"},
		{"es", "04XX", "siglo V"}, {"es", "08XX", "siglo IX"}, {"es", "13XX", "siglo XIV"}, {"es", "-39XX", "siglo XL a. C."},
		{"es", "98XX", "siglo XCIX"}, {"it", "99XX", "C secolo"}, {"es", "48XX", "siglo XLIX"},
		{"ru", "1998-10/1999-03-08", "октябрь 1998 г. — 8 марта 1999 г."}, {"fa", "XXXX-01-01", "۱ ژانویه"},
		{"ar", "[1914?,1915?]", "1914؟ أو 1915؟"}, {"zh", "-012X", "公元前130–121年"},
	} {
		if got := text(t, tt.edtf, tt.locale, news.StyleLong); got != tt.want {
			t.Errorf("%s in %s is %q, want %q", tt.edtf, tt.locale, got, tt.want)
		}
	}
}
