package news

import "time"

// LeapDayPolicy says on which day of a common year 29 February is kept.
type LeapDayPolicy string

// The policies. Any other value counts as FEB_28.
const (
	LeapFeb28     LeapDayPolicy = "FEB_28"
	LeapMar1      LeapDayPolicy = "MAR_1"
	LeapYearsOnly LeapDayPolicy = "LEAP_YEARS_ONLY" // in common years not at all
)

var leapDay = MonthDay{2, 29}

// KeptOn is every day of the year that is kept on d, in the order of the calendar: d's own and, in a common year and by
// policy, 29 February.
func (p LeapDayPolicy) KeptOn(d Date) []MonthDay {
	own := d.MonthDay()
	if at, ok := leapDay.ObservedIn(d.Year, p); !ok || at != d || own == leapDay {
		return []MonthDay{own}
	}
	if p == LeapMar1 {
		return []MonthDay{leapDay, own}
	}
	return []MonthDay{own, leapDay}
}

// ObservedIn is the day on which m is kept in a year of the Gregorian calendar; ok is false when the policy skips that
// year and for years outside 1 to 9999.
func (m MonthDay) ObservedIn(year int, p LeapDayPolicy) (day Date, ok bool) {
	if year < 1 || year > maxDateYear {
		return Date{}, false
	}
	if m != leapDay || CalendarGregorian.IsLeap(year) {
		return Date{year, m.Month, m.Day}, true
	}
	switch p {
	case LeapMar1:
		return Date{year, 3, 1}, true
	case LeapYearsOnly:
		return Date{}, false
	}
	return Date{year, 2, 28}, true
}

// maxDateYear is the last year of a [Date].
const maxDateYear = 9999

// dayNumber is the Julian Day Number of d.
func (d Date) dayNumber() int64 { return CalendarGregorian.DayNumber(d.Year, d.Month, d.Day) }

// Roundness is how round a number of years is. As a filter it means "at least as divisible as this".
type Roundness string

// The grades of roundness. ANY is every number, or one that no other grade fits.
const (
	RoundAny          Roundness = "ANY"
	RoundMultipleOf5  Roundness = "MULTIPLE_OF_5"
	RoundMultipleOf10 Roundness = "MULTIPLE_OF_10"
	RoundMultipleOf25 Roundness = "MULTIPLE_OF_25"
	RoundMultipleOf50 Roundness = "MULTIPLE_OF_50"
	RoundCentenary    Roundness = "CENTENARY" // every full hundred
)

// roundest lists the grades that ask for something, the rarest first.
var roundest = [...]Roundness{RoundCentenary, RoundMultipleOf50, RoundMultipleOf25, RoundMultipleOf10, RoundMultipleOf5}

// RoundnessOf is the rarest grade that years has: 50 is MULTIPLE_OF_50, 7 is ANY.
func RoundnessOf(years int) Roundness {
	for _, r := range roundest {
		if r.Includes(years) {
			return r
		}
	}
	return RoundAny
}

// Includes says whether years, which must be at least 1, has this grade.
func (r Roundness) Includes(years int) bool { return years > 0 && years%r.Divisor() == 0 }

// Divisor divides every number of years of this grade; 1 for ANY and for a value that is no grade.
func (r Roundness) Divisor() int {
	switch r {
	case RoundMultipleOf5:
		return 5
	case RoundMultipleOf10:
		return 10
	case RoundMultipleOf25:
		return 25
	case RoundMultipleOf50:
		return 50
	case RoundCentenary:
		return 100
	}
	return 1
}

// Anniversary is one return of an event's day.
type Anniversary struct {
	OccursOn Date
	// Years since the event, at least 1. Nil when nobody knows or there is no one year, as for 25 December.
	Years *int
	Event *HistoricalEvent
	Today Date // the site's, for DaysAway
}

// AnniversaryFrom is the first return of the event's day on or after the day given, so that a day is its own next
// anniversary until it is over. The event's own year does not count. A Julian date is kept on the day it has in its own
// calendar: the October Revolution on 25 October. Nil when the event has no exact day or no such day comes before the
// year 10000. Today is set to after; set it to the site's day when that is another one.
func (e *HistoricalEvent) AnniversaryFrom(after Date, p LeapDayPolicy) *Anniversary {
	kept := e.Date.MonthDay()
	if kept == nil {
		return nil
	}
	first := after.Year
	if e.Date.AstronomicalYear != nil {
		first = max(first, *e.Date.AstronomicalYear+1)
	}
	for year := first; year <= maxDateYear; year++ {
		day, ok := kept.ObservedIn(year, p)
		if !ok || day.dayNumber() < after.dayNumber() {
			continue
		}
		return e.AnniversaryOn(day, after)
	}
	return nil
}

// AnniversaryOn is the return of the event's day on a day that the caller knows to be one.
func (e *HistoricalEvent) AnniversaryOn(day, today Date) *Anniversary {
	a := &Anniversary{OccursOn: day, Event: e, Today: today}
	if e.Date.AstronomicalYear != nil {
		a.Years = new(day.Year - *e.Date.AstronomicalYear)
	}
	return a
}

// AnniversarySpan completes a span of days: it begins today and ends before its first day comes round again, or with the
// year 9999.
func AnniversarySpan(today Date, from, to *Date) (first, last Date) {
	first = today
	if from != nil {
		first = *from
	}
	if to != nil {
		return first, *to
	}
	if first.Year == maxDateYear {
		return first, Date{maxDateYear, 12, 31}
	}
	// A 29 February comes round on 1 March.
	return first, DateOf(time.Date(first.Year+1, time.Month(first.Month), first.Day-1, 0, 0, 0, 0, time.UTC))
}

// CoverageDays is how long before an anniversary an article about its event begins to count as written for it.
const CoverageDays = 90

// CoverageTimes is when an article about the event must be first published to count as written for the anniversary: from
// the midnight CoverageDays before it until the midnight that ends it, in the site's zone.
func (a *Anniversary) CoverageTimes(zone *time.Location) (since, until time.Time) {
	return a.OccursOn.plus(-CoverageDays).In(zone), a.OccursOn.plus(1).In(zone)
}

// plus is the day so many days later.
func (d Date) plus(days int64) Date {
	year, month, day := CalendarGregorian.DayOf(d.dayNumber() + days)
	return Date{year, month, day}
}

// DaysAway is the number of midnights between Today and OccursOn: 0 today, 1 tomorrow, negative when the day is over.
func (a *Anniversary) DaysAway() int { return int(a.OccursOn.dayNumber() - a.Today.dayNumber()) }

// Roundness is the rarest grade of Years, ANY when there are none.
func (a *Anniversary) Roundness() Roundness {
	if a.Years == nil {
		return RoundAny
	}
	return RoundnessOf(*a.Years)
}

// Label says for readers which anniversary it is: "25th anniversary", "centenary", "100th birthday", "25th anniversary of
// death". Holidays and observances count like events. Without Years it is the day itself: "25 December". The locale is
// the event's when none is given; in a language that has no words here it is English.
func (a *Anniversary) Label(locale *Locale) string {
	if locale == nil {
		locale = &a.Event.Locale
	}
	if a.Years == nil {
		return a.dayText(locale)
	}
	language, digits := languageFor(locale)
	words, ok := anniversaryWords[language]
	if !ok {
		words, digits = anniversaryWords[&english], latin
	}
	label := words.event
	switch a.Event.Kind {
	case EventBirth:
		label = words.birth
	case EventDeath:
		label = words.death
	}
	return digits.write(label(*a.Years))
}

// dayText is the day of the year, as it stands in the event's calendar.
func (a *Anniversary) dayText(locale *Locale) string {
	day := a.OccursOn.MonthDay()
	if kept := a.Event.Date.MonthDay(); kept != nil {
		day = *kept
	}
	return HistoricalDate{EDTF: EDTF("XXXX-" + day.String()), Calendar: CalendarGregorian}.Text(locale, StyleLong)
}
