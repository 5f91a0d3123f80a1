package news_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

var leapDayPolicies = []news.LeapDayPolicy{news.LeapFeb28, news.LeapMar1, news.LeapYearsOnly}

func newEvent(t testing.TB, edtf string, calendar news.CalendarModel) *news.HistoricalEvent {
	t.Helper()
	return &news.HistoricalEvent{Kind: news.EventHappening, Date: mustParse(t, edtf, calendar)}
}

func mustDate(t testing.TB, s string) news.Date {
	t.Helper()
	d, err := news.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// isKept is the definition, day by day: a day of the year is kept on its own day; 29 February, in a year that time.Date
// gives none, on the day before or after by policy.
func isKept(on time.Time, kept news.MonthDay, p news.LeapDayPolicy) bool {
	own := news.DateOf(on).MonthDay()
	if own == kept {
		return true
	}
	hasLeapDay := time.Date(on.Year(), 2, 29, 0, 0, 0, 0, time.UTC).Month() == time.February
	if kept != (news.MonthDay{Month: 2, Day: 29}) || hasLeapDay {
		return false
	}
	return p == news.LeapFeb28 && own == news.MonthDay{Month: 2, Day: 28} ||
		p == news.LeapMar1 && own == news.MonthDay{Month: 3, Day: 1}
}

// everyDay lists all 366 days of the year.
func everyDay() (days []news.MonthDay) {
	for d := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() == 2000; d = d.AddDate(0, 0, 1) {
		days = append(days, news.DateOf(d).MonthDay())
	}
	return days
}

// KeptOn and ObservedIn are two views of the definition. The years hold every kind of century.
func TestLeapDayPoliciesByBruteForce(t *testing.T) {
	spans := [][2]int{{1, 9}, {96, 104}, {1896, 2104}, {9995, 9999}}
	if testing.Short() {
		spans = [][2]int{{1, 5}, {1899, 1905}, {1999, 2001}}
	}
	all := everyDay()
	for _, p := range leapDayPolicies {
		for _, span := range spans {
			for year := span[0]; year <= span[1]; year++ {
				observed := map[news.Date][]news.MonthDay{}
				for _, kept := range all {
					day, ok := kept.ObservedIn(year, p)
					if ok {
						observed[day] = append(observed[day], kept)
					} else if (day != news.Date{}) {
						t.Fatalf("%s %s in %d: not kept, yet on %s", p, kept, year, day)
					}
				}
				for on := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); on.Year() == year; on = on.AddDate(0, 0, 1) {
					day := news.DateOf(on)
					var want []news.MonthDay
					for _, near := range []int{-1, 0, 1} { // nothing is kept further away
						if kept := news.DateOf(time.Date(2000, on.Month(), on.Day()+near, 0, 0, 0, 0, time.UTC)).MonthDay(); isKept(on, kept, p) {
							want = append(want, kept)
						}
					}
					if got := p.KeptOn(day); !slices.Equal(got, want) {
						t.Fatalf("%s: kept on %s are %v, want %v", p, day, got, want)
					}
					if !slices.Equal(observed[day], want) {
						t.Fatalf("%s: observed on %s are %v, want %v", p, day, observed[day], want)
					}
				}
			}
		}
	}
}

func TestKeptOn(t *testing.T) {
	for _, c := range []struct {
		day  string
		want [3]string // by policy
	}{
		{"2023-02-28", [3]string{"[02-28 02-29]", "[02-28]", "[02-28]"}},
		{"2023-03-01", [3]string{"[03-01]", "[02-29 03-01]", "[03-01]"}},
		{"2024-02-28", [3]string{"[02-28]", "[02-28]", "[02-28]"}},
		{"2024-02-29", [3]string{"[02-29]", "[02-29]", "[02-29]"}},
		{"2024-03-01", [3]string{"[03-01]", "[03-01]", "[03-01]"}},
		{"1900-02-28", [3]string{"[02-28 02-29]", "[02-28]", "[02-28]"}},
		{"2000-02-28", [3]string{"[02-28]", "[02-28]", "[02-28]"}},
	} {
		for i, p := range leapDayPolicies {
			if got := fmt.Sprint(p.KeptOn(mustDate(t, c.day))); got != c.want[i] {
				t.Errorf("%s %s: %s, want %s", c.day, p, got, c.want[i])
			}
		}
		if got := fmt.Sprint(news.LeapDayPolicy("").KeptOn(mustDate(t, c.day))); got != c.want[0] {
			t.Errorf("%s without a policy: %s, want %s", c.day, got, c.want[0])
		}
	}
	for _, year := range []int{-1, 0, 10000} {
		if day, ok := (news.MonthDay{Month: 6, Day: 15}).ObservedIn(year, news.LeapFeb28); ok {
			t.Errorf("kept in the year %d on %s", year, day)
		}
	}
}

// A calendar of more than two centuries is walked backwards, so that at each day the next one kept is known without
// looking it up.
func TestAnniversaryFromByBruteForce(t *testing.T) {
	events := []struct {
		edtf     string
		calendar news.CalendarModel
		kept     news.MonthDay
		year     int // astronomical
	}{
		{"1896-02-29", news.CalendarGregorian, news.MonthDay{Month: 2, Day: 29}, 1896},
		{"1900-02-28", news.CalendarGregorian, news.MonthDay{Month: 2, Day: 28}, 1900},
		{"1999-03-01", news.CalendarGregorian, news.MonthDay{Month: 3, Day: 1}, 1999},
		{"2000-02-29?", news.CalendarGregorian, news.MonthDay{Month: 2, Day: 29}, 2000},
		{"1900-02-29", news.CalendarJulian, news.MonthDay{Month: 2, Day: 29}, 1900}, // no such day in the Gregorian year
		{"1917-12-31", news.CalendarJulian, news.MonthDay{Month: 12, Day: 31}, 1917},
		{"-0043-03-15", news.CalendarJulian, news.MonthDay{Month: 3, Day: 15}, -43},
		{"0000-02-29", news.CalendarGregorian, news.MonthDay{Month: 2, Day: 29}, 0},
		{"0001-01-01", news.CalendarGregorian, news.MonthDay{Month: 1, Day: 1}, 1},
		{"2050-01-01/2051-06-30", news.CalendarGregorian, news.MonthDay{Month: 1, Day: 1}, 2050},
	}
	spans := [][2]int{{1, 12}, {1896, 2104}}
	if testing.Short() {
		spans = [][2]int{{1, 9}, {1896, 1905}}
	}
	checked := 0
	for _, c := range events {
		e := newEvent(t, c.edtf, c.calendar)
		for _, p := range leapDayPolicies {
			for _, span := range spans {
				var next time.Time // zero until one is known
				for day := time.Date(span[1], 12, 31, 0, 0, 0, 0, time.UTC); day.Year() >= span[0] && day.Year() > 0; day = day.AddDate(0, 0, -1) {
					if day.Year() > c.year && isKept(day, c.kept, p) {
						next = day
					}
					if next.IsZero() {
						continue
					}
					a := e.AnniversaryFrom(news.DateOf(day), p)
					away := int(next.Sub(day) / (24 * time.Hour))
					if a == nil || a.OccursOn != news.DateOf(next) || *a.Years != next.Year()-c.year || a.DaysAway() != away || a.Event != e {
						t.Fatalf("%s %s after %s: %+v, want %s in %d days", c.edtf, p, news.DateOf(day), a, news.DateOf(next), away)
					}
					checked++
				}
			}
		}
	}
	if checked == 0 {
		t.Fatal("nothing was checked")
	}
}

// People have no year 0: the years are counted one by one.
func TestYearsAcrossTheEra(t *testing.T) {
	for _, bc := range []int{1, 2, 44, 753} {
		e := newEvent(t, fmt.Sprintf("%s-04-21", astronomical(1-bc)), "")
		years := 0
		for label, ad := bc, 0; ad < 100; years++ { // from bc BC to 1 BC, then AD 1
			if label > 0 {
				label--
			}
			if label == 0 {
				ad++
				a := e.AnniversaryFrom(news.Date{Year: ad, Month: 1, Day: 1}, news.LeapFeb28)
				if *a.Years != years+1 || a.OccursOn.Year != ad {
					t.Fatalf("%d BC in AD %d: %d years on %s, want %d", bc, ad, *a.Years, a.OccursOn, years+1)
				}
			}
		}
	}
}

func astronomical(year int) string {
	if year < 0 {
		return fmt.Sprintf("-%04d", -year)
	}
	return fmt.Sprintf("%04d", year)
}

func TestAnniversaryFrom(t *testing.T) {
	for _, c := range []struct {
		edtf     string
		calendar news.CalendarModel
		after    string
		policy   news.LeapDayPolicy
		want     string // day, years and days away
	}{
		{"1998-10-05", "", "2026-10-04", "", "2026-10-05 28 1"},
		{"1998-10-05", "", "2026-10-05", "", "2026-10-05 28 0"}, // today counts
		{"1998-10-05", "", "2026-10-06", "", "2027-10-05 29 364"},
		{"1998-10-05", "", "1998-10-05", "", "1999-10-05 1 365"}, // the day itself does not
		{"1998-10-05", "", "1995-01-01", "", "1999-10-05 1 1738"},
		{"1998-10-05T08:15:00Z", "", "2026-01-01", "", "2026-10-05 28 277"},
		{"1917-10-25", news.CalendarJulian, "2017-10-20", "", "2017-10-25 100 5"},
		{"1917-12-31", news.CalendarJulian, "1918-01-13", "", "1918-12-31 1 352"}, // it was that very day
		{"-0043-03-15", news.CalendarJulian, "1957-03-01", "", "1957-03-15 2000 14"},
		{"-0043-03-15", news.CalendarGregorian, "0001-01-01", "", "0001-03-15 44 73"},
		{"1939-09-01/1945-09-02", "", "1940-01-01", "", "1940-09-01 1 244"},
		{"2004-02-29", "", "2026-02-28", news.LeapFeb28, "2026-02-28 22 0"},
		{"2004-02-29", "", "2026-03-01", news.LeapFeb28, "2027-02-28 23 364"},
		{"2004-02-29", "", "2026-02-28", news.LeapMar1, "2026-03-01 22 1"},
		{"2004-02-29", "", "2026-02-28", news.LeapYearsOnly, "2028-02-29 24 731"},
		{"1896-02-29", "", "1897-01-01", news.LeapYearsOnly, "1904-02-29 8 2614"}, // 1900 was none
		{"XXXX-12-25", "", "2026-11-22", "", "2026-12-25 - 33"},
		{"XXXX-02-29", "", "2026-01-01", news.LeapMar1, "2026-03-01 - 59"},
		{"{1667-05-03,1668-05-03}", "", "2026-01-01", "", "2026-05-03 - 122"}, // no one year
		{"9998-07-01", "", "9999-07-01", "", "9999-07-01 1 0"},
		{"9998-07-01", "", "9999-07-02", "", "none"},
		{"Y2000000000", "", "2026-01-01", "", "none"},
		{"1998-10", "", "2026-01-01", "", "none"},
		{"1998", "", "2026-01-01", "", "none"},
		{"1998-10-05~", "", "2026-01-01", "", "none"},
		{"../1998-10-05", "", "2026-01-01", "", "none"},
	} {
		got := "none"
		if a := newEvent(t, c.edtf, c.calendar).AnniversaryFrom(mustDate(t, c.after), c.policy); a != nil {
			years := "-"
			if a.Years != nil {
				years = fmt.Sprint(*a.Years)
			}
			got = fmt.Sprint(a.OccursOn, " ", years, " ", a.DaysAway())
		}
		if got != c.want {
			t.Errorf("%s after %s %s: %s, want %s", c.edtf, c.after, c.policy, got, c.want)
		}
	}
}

func TestDaysAway(t *testing.T) {
	for _, c := range []struct {
		today, on string
		want      int
	}{
		{"2026-03-28", "2026-03-30", 2}, // clocks change in between
		{"2026-12-31", "2027-01-01", 1},
		{"2024-02-28", "2024-03-01", 2},
		{"1900-02-28", "1900-03-01", 1},
		{"2026-10-06", "2026-10-05", -1},
		{"0001-01-01", "9999-12-31", 3652058},
	} {
		a := news.Anniversary{Today: mustDate(t, c.today), OccursOn: mustDate(t, c.on)}
		if got := a.DaysAway(); got != c.want {
			t.Errorf("from %s to %s are %d days, want %d", c.today, c.on, got, c.want)
		}
	}
}

func TestRoundness(t *testing.T) {
	divisors := map[news.Roundness]int{
		news.RoundAny: 1, news.RoundMultipleOf5: 5, news.RoundMultipleOf10: 10, news.RoundMultipleOf25: 25,
		news.RoundMultipleOf50: 50, news.RoundCentenary: 100, "OTHER": 1,
	}
	for r, divisor := range divisors {
		if got := r.Divisor(); got != divisor {
			t.Errorf("%s divides by %d, want %d", r, got, divisor)
		}
		for years := -200; years <= 1000; years++ {
			if want := years >= 1 && years%divisor == 0; r.Includes(years) != want {
				t.Fatalf("%s includes %d: %t", r, years, !want)
			}
		}
	}
	for years, want := range map[int]news.Roundness{
		-100: news.RoundAny, 0: news.RoundAny, 1: news.RoundAny, 7: news.RoundAny, 5: news.RoundMultipleOf5,
		10: news.RoundMultipleOf10, 15: news.RoundMultipleOf5, 25: news.RoundMultipleOf25, 30: news.RoundMultipleOf10,
		50: news.RoundMultipleOf50, 75: news.RoundMultipleOf25, 100: news.RoundCentenary, 150: news.RoundMultipleOf50,
		1000: news.RoundCentenary, 2070: news.RoundMultipleOf10,
	} {
		if got := news.RoundnessOf(years); got != want {
			t.Errorf("%d is %s, want %s", years, got, want)
		}
		if got := (&news.Anniversary{Years: &years}).Roundness(); got != want {
			t.Errorf("an anniversary of %d years is %s, want %s", years, got, want)
		}
	}
	if got := new(news.Anniversary).Roundness(); got != news.RoundAny {
		t.Errorf("without years: %s", got)
	}
}

func label(t *testing.T, kind news.HistoricalEventKind, years int, locale news.Locale) string {
	t.Helper()
	a := news.Anniversary{Years: &years, Event: &news.HistoricalEvent{Kind: kind}}
	return a.Label(&locale)
}

// Labels of 1, 21, 25, 100 and 200 years of an event, then 100 years of a birth and 25 of a death.
func TestLabel(t *testing.T) {
	for locale, want := range map[news.Locale]string{
		"en":      "1st anniversary|21st anniversary|25th anniversary|centenary|bicentenary|100th birthday|25th anniversary of death",
		"en-US":   "1st anniversary|21st anniversary|25th anniversary|centennial|bicentennial|100th birthday|25th anniversary of death",
		"de-AT":   "1. Jahrestag|21. Jahrestag|25. Jahrestag|100. Jahrestag|200. Jahrestag|100. Geburtstag|25. Todestag",
		"fr":      "1er anniversaire|21e anniversaire|25e anniversaire|centenaire|bicentenaire|100e anniversaire de la naissance|25e anniversaire de la mort",
		"es":      "1.er aniversario|21.er aniversario|25.º aniversario|centenario|bicentenario|100.º aniversario del nacimiento|25.º aniversario de la muerte",
		"it":      "1º anniversario|21º anniversario|25º anniversario|centenario|bicentenario|100º anniversario della nascita|25º anniversario della morte",
		"pt-BR":   "1º aniversário|21º aniversário|25º aniversário|centenário|bicentenário|100º aniversário do nascimento|25º aniversário da morte",
		"nl":      "1e verjaardag|21e verjaardag|25e verjaardag|100e verjaardag|200e verjaardag|100e geboortedag|25e sterfdag",
		"sv":      "1-årsdag|21-årsdag|25-årsdag|100-årsdag|200-årsdag|100-årsdag av födelsen|25-årsdag av dödsfallet",
		"pl":      "1. rocznica|21. rocznica|25. rocznica|100. rocznica|200. rocznica|100. rocznica urodzin|25. rocznica śmierci",
		"ru":      "1-я годовщина|21-я годовщина|25-я годовщина|100-летие|200-летие|100-я годовщина со дня рождения|25-я годовщина со дня смерти",
		"uk":      "1-ша річниця|21-ша річниця|25-та річниця|100-річчя|200-річчя|100-та річниця від дня народження|25-та річниця від дня смерті",
		"tr":      "1. yıl dönümü|21. yıl dönümü|25. yıl dönümü|100. yıl dönümü|200. yıl dönümü|100. doğum yıl dönümü|25. ölüm yıl dönümü",
		"ar":      "الذكرى السنوية الأولى|الذكرى السنوية الـ21|الذكرى السنوية الـ25|الذكرى المئوية|الذكرى المئوية الثانية|الذكرى الـ100 للميلاد|الذكرى الـ25 للوفاة",
		"ar-IQ":   "الذكرى السنوية الأولى|الذكرى السنوية الـ٢١|الذكرى السنوية الـ٢٥|الذكرى المئوية|الذكرى المئوية الثانية|الذكرى الـ١٠٠ للميلاد|الذكرى الـ٢٥ للوفاة",
		"fa":      "نخستین سالگرد|۲۱مین سالگرد|۲۵مین سالگرد|۱۰۰مین سالگرد|۲۰۰مین سالگرد|۱۰۰مین زادروز|۲۵مین سالگرد درگذشت",
		"he":      "יום השנה ה-1|יום השנה ה-21|יום השנה ה-25|יום השנה ה-100|יום השנה ה-200|יום ההולדת ה-100|יום השנה ה-25 לפטירה",
		"zh":      "1周年|21周年|25周年|100周年|200周年|诞辰100周年|逝世25周年",
		"zh-Hant": "1週年|21週年|25週年|100週年|200週年|誕辰100週年|逝世25週年",
		"ja":      "1周年|21周年|25周年|100周年|200周年|生誕100周年|没後25年",
		"hi":      "पहली वर्षगांठ|21वीं वर्षगांठ|25वीं वर्षगांठ|100वीं वर्षगांठ|200वीं वर्षगांठ|100वीं जयंती|25वीं पुण्यतिथि",
		"th":      "1st anniversary|21st anniversary|25th anniversary|centenary|bicentenary|100th birthday|25th anniversary of death",
		"ku":      "1st anniversary|21st anniversary|25th anniversary|centenary|bicentenary|100th birthday|25th anniversary of death",
		"":        "1st anniversary|21st anniversary|25th anniversary|centenary|bicentenary|100th birthday|25th anniversary of death",
	} {
		var got []string
		for _, years := range []int{1, 21, 25, 100, 200} {
			got = append(got, label(t, news.EventHappening, years, locale))
		}
		got = append(got, label(t, news.EventBirth, 100, locale), label(t, news.EventDeath, 25, locale))
		if text := strings.Join(got, "|"); text != want {
			t.Errorf("%s:\n%s want\n%s", locale, text, want)
		}
		if got := label(t, news.EventObservance, 21, locale); got != label(t, news.EventHappening, 21, locale) {
			t.Errorf("%s: an observance is %q", locale, got)
		}
	}
}

// Endings that follow the number as it is read.
func TestLabelOrdinals(t *testing.T) {
	for locale, want := range map[news.Locale]map[int]string{
		"en": {2: "2nd", 3: "3rd", 11: "11th", 12: "12th", 13: "13th", 22: "22nd", 111: "111th", 300: "tercentenary", 2070: "2070th"},
		"es": {3: "3.er", 11: "11.º", 13: "13.er", 31: "31.er", 111: "111.º", 121: "121.er", 300: "tricentenario"},
		"uk": {
			2: "2-га", 3: "3-тя", 4: "4-та", 7: "7-ма", 8: "8-ма", 11: "11-та", 12: "12-та", 13: "13-та", 17: "17-та", 20: "20-та",
			40: "40-ва", 42: "42-га", 48: "48-ма", 140: "140-ва", 400: "400-та", 1000: "1000-на",
		},
		"hi": {2: "दूसरी", 3: "तीसरी", 4: "चौथी", 5: "5वीं", 6: "छठी", 7: "7वीं"},
		"ar": {2: "الذكرى السنوية الثانية", 10: "الذكرى السنوية العاشرة", 11: "الذكرى السنوية الـ11", 300: "الذكرى المئوية الثالثة"},
		"fa": {3: "سومین", 10: "دهمین", 11: "۱۱مین"},
		"ru": {2: "2-я", 300: "300-летие", 400: "400-я"},
	} {
		for years, start := range want {
			if got := label(t, news.EventHappening, years, locale); got != start && !strings.HasPrefix(got, start+" ") {
				t.Errorf("%s %d: %q, want it to begin with %q", locale, years, got, start)
			}
		}
	}
}

func TestLabelWithoutYears(t *testing.T) {
	for locale, want := range map[news.Locale]string{
		"en": "29 February", "en-US": "February 29", "de": "29. Februar", "fr": "29 février", "ar-IQ": "٢٩ شباط", "ja": "2月29日",
	} {
		a := newEvent(t, "XXXX-02-29", "").AnniversaryFrom(news.Date{Year: 2026, Month: 1, Day: 1}, news.LeapMar1)
		if got := a.Label(&locale); got != want {
			t.Errorf("%s: %q, want %q", locale, got, want)
		}
	}
	a := newEvent(t, "1998-10-05", "").AnniversaryFrom(news.Date{Year: 2023, Month: 1, Day: 1}, news.LeapFeb28)
	if got := a.Label(nil); got != "25th anniversary" {
		t.Errorf("without a locale: %q", got)
	}
}

// No language answers with nothing, with a pattern not filled in, or with the same label for two numbers.
func TestLabelsAreDistinct(t *testing.T) {
	kinds := []news.HistoricalEventKind{news.EventHappening, news.EventBirth, news.EventDeath, news.EventHoliday}
	for _, locale := range locales {
		for _, kind := range kinds {
			seen := map[string]int{}
			for range 300 {
				years := 1 + rand.IntN(2500)
				got := label(t, kind, years, locale)
				if before, ok := seen[got]; got == "" || strings.ContainsAny(got, "{}") || ok && before != years {
					t.Fatalf("%q %s %d: %q, also for %d", locale, kind, years, got, before)
				}
				seen[got] = years
			}
		}
	}
}
