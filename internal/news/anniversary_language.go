package news

import "strconv"

// occasion is how one language counts the returns of a day, with ASCII digits.
type occasion struct{ event, birth, death func(years int) string }

// anniversaryWords has the words of the languages that have dates, by what [languageFor] finds. Ordinals are written
// here because the plural rules of CLDR choose between forms but do not hold the forms.
var anniversaryWords = map[*language]occasion{
	languages["en"]: {
		event: centuries("centenary", "bicentenary", "tercentenary", englishOrdinal("anniversary")),
		birth: englishOrdinal("birthday"), death: englishOrdinal("anniversary of death"),
	},
	languages["en-US"]: {
		event: centuries("centennial", "bicentennial", "tricentennial", englishOrdinal("anniversary")),
		birth: englishOrdinal("birthday"), death: englishOrdinal("anniversary of death"),
	},
	languages["de"]: {numbered("{0}. Jahrestag"), numbered("{0}. Geburtstag"), numbered("{0}. Todestag")},
	languages["fr"]: {
		event: centuries("centenaire", "bicentenaire", "tricentenaire", counted(frenchNumber, "{0} anniversaire")),
		birth: counted(frenchNumber, "{0} anniversaire de la naissance"),
		death: counted(frenchNumber, "{0} anniversaire de la mort"),
	},
	languages["es"]: {
		event: centuries("centenario", "bicentenario", "tricentenario", counted(spanishNumber, "{0} aniversario")),
		birth: counted(spanishNumber, "{0} aniversario del nacimiento"),
		death: counted(spanishNumber, "{0} aniversario de la muerte"),
	},
	languages["it"]: {
		event: centuries("centenario", "bicentenario", "tricentenario", numbered("{0}º anniversario")),
		birth: numbered("{0}º anniversario della nascita"), death: numbered("{0}º anniversario della morte"),
	},
	languages["pt"]: {
		event: centuries("centenário", "bicentenário", "tricentenário", numbered("{0}º aniversário")),
		birth: numbered("{0}º aniversário do nascimento"), death: numbered("{0}º aniversário da morte"),
	},
	languages["nl"]: {numbered("{0}e verjaardag"), numbered("{0}e geboortedag"), numbered("{0}e sterfdag")},
	languages["sv"]: {numbered("{0}-årsdag"), numbered("{0}-årsdag av födelsen"), numbered("{0}-årsdag av dödsfallet")},
	languages["pl"]: {numbered("{0}. rocznica"), numbered("{0}. rocznica urodzin"), numbered("{0}. rocznica śmierci")},
	languages["ru"]: {
		event: centuries("100-летие", "200-летие", "300-летие", numbered("{0}-я годовщина")),
		birth: numbered("{0}-я годовщина со дня рождения"), death: numbered("{0}-я годовщина со дня смерти"),
	},
	languages["uk"]: {
		event: centuries("100-річчя", "200-річчя", "300-річчя", counted(ukrainianNumber, "{0} річниця")),
		birth: counted(ukrainianNumber, "{0} річниця від дня народження"),
		death: counted(ukrainianNumber, "{0} річниця від дня смерті"),
	},
	languages["tr"]: {numbered("{0}. yıl dönümü"), numbered("{0}. doğum yıl dönümü"), numbered("{0}. ölüm yıl dönümü")},
	languages["ar"]: arabicOccasion, languages["ar-IQ"]: arabicOccasion,
	languages["fa"]: {
		counted(persianNumber, "{0} سالگرد"), counted(persianNumber, "{0} زادروز"), counted(persianNumber, "{0} سالگرد درگذشت"),
	},
	languages["he"]: {numbered("יום השנה ה-{0}"), numbered("יום ההולדת ה-{0}"), numbered("יום השנה ה-{0} לפטירה")},
	languages["zh"]: {numbered("{0}周年"), numbered("诞辰{0}周年"), numbered("逝世{0}周年")},
	languages["zh-Hant"]: {
		numbered("{0}週年"), numbered("誕辰{0}週年"), numbered("逝世{0}週年"),
	},
	languages["ja"]: {numbered("{0}周年"), numbered("生誕{0}周年"), numbered("没後{0}年")},
	languages["hi"]: {hindiOrdinal("वर्षगांठ"), hindiOrdinal("जयंती"), hindiOrdinal("पुण्यतिथि")},
}

var arabicOccasion = occasion{
	event: centuries("الذكرى المئوية", "الذكرى المئوية الثانية", "الذكرى المئوية الثالثة",
		counted(arabicNumber, "الذكرى السنوية {0}")),
	birth: counted(arabicNumber, "الذكرى {0} للميلاد"),
	death: counted(arabicNumber, "الذكرى {0} للوفاة"),
}

// centuries names the first, second and third full century and leaves all else to other.
func centuries(first, second, third string, other func(int) string) func(int) string {
	return func(n int) string {
		switch n {
		case 100:
			return first
		case 200:
			return second
		case 300:
			return third
		}
		return other(n)
	}
}

// counted puts the ordinal number in place of {0}.
func counted(ordinal func(int) string, pattern string) func(int) string {
	return func(n int) string { return fill(pattern, ordinal(n)) }
}

func frenchNumber(n int) string {
	if n == 1 {
		return "1er"
	}
	return strconv.Itoa(n) + "e"
}

// spanishNumber is masculine and stands before its noun: primer and tercer are shortened, undécimo is not.
func spanishNumber(n int) string {
	if n%10 == 3 || n%10 == 1 && n%100 != 11 {
		return strconv.Itoa(n) + ".er"
	}
	return strconv.Itoa(n) + ".º"
}

// ukrainianNumber is feminine; its ending is that of the last word as it is read: перша, друга, третя, сьома, сорокова.
func ukrainianNumber(n int) string {
	ending := "-та"
	isTeen := n%100 > 10 && n%100 < 20
	switch last := n % 10; {
	case n%1000 == 0:
		ending = "-на"
	case isTeen:
	case last == 1:
		ending = "-ша"
	case last == 2:
		ending = "-га"
	case last == 3:
		ending = "-тя"
	case last == 7 || last == 8:
		ending = "-ма"
	case n%100 == 40:
		ending = "-ва"
	}
	return strconv.Itoa(n) + ending
}

// arabicNumber is feminine and definite: words up to ten, digits above.
func arabicNumber(n int) string {
	words := [...]string{
		1: "الأولى", 2: "الثانية", 3: "الثالثة", 4: "الرابعة", 5: "الخامسة",
		6: "السادسة", 7: "السابعة", 8: "الثامنة", 9: "التاسعة", 10: "العاشرة",
	}
	if n < len(words) {
		return words[n]
	}
	return "الـ" + strconv.Itoa(n)
}

// persianNumber stands before its noun: words up to ten, digits above.
func persianNumber(n int) string {
	words := [...]string{
		1: "نخستین", 2: "دومین", 3: "سومین", 4: "چهارمین", 5: "پنجمین",
		6: "ششمین", 7: "هفتمین", 8: "هشتمین", 9: "نهمین", 10: "دهمین",
	}
	if n < len(words) {
		return words[n]
	}
	return strconv.Itoa(n) + "مین"
}
