package news

// CalendarModel is the calendar a historical date is written in.
type CalendarModel string

// The calendars. Both are proleptic: they run without end in both directions, with a year 0 before year 1.
const (
	CalendarGregorian CalendarModel = "GREGORIAN"
	CalendarJulian    CalendarModel = "JULIAN"
)

// Julian Day Numbers of 1 March of year 0. Counting years from March puts the leap day at the end.
const (
	marchGregorian = 1721120
	marchJulian    = 1721118
)

// DayNumber is the Julian Day Number of a day: 0 is 1 January 4713 BC in the Julian calendar, each day adds 1. The year
// is astronomical (1 BC is 0). A month outside 1 to 12 or a day outside the month is not checked and counts on.
func (c CalendarModel) DayNumber(year, month, day int) int64 {
	y, m := int64(year), int64(month)-3
	if m < 0 {
		y, m = y-1, m+12
	}
	n := 365*y + floorDiv(y, 4) + (153*m+2)/5 + int64(day) - 1
	if c == CalendarJulian {
		return n + marchJulian
	}
	return n - floorDiv(y, 100) + floorDiv(y, 400) + marchGregorian
}

// DayOf is the inverse of [CalendarModel.DayNumber]; the year is astronomical.
func (c CalendarModel) DayOf(number int64) (year, month, day int) {
	var y, n int64 // year from March, day within it
	if c == CalendarJulian {
		y, n = julianYear(number - marchJulian)
	} else {
		y, n = gregorianYear(number - marchGregorian)
	}
	m := (5*n + 2) / 153
	day = int(n-(153*m+2)/5) + 1
	if m < 10 {
		return int(y), int(m) + 3, day
	}
	return int(y) + 1, int(m) - 9, day
}

// julianYear splits days since 1 March of year 0 into years and days; a leap cycle has 4 years.
func julianYear(days int64) (year, day int64) {
	cycle := floorDiv(days, 1461)
	n := days - 1461*cycle
	y := (n - n/1460) / 365
	return 4*cycle + y, n - 365*y
}

// gregorianYear does the same for the cycle of 400 years.
func gregorianYear(days int64) (year, day int64) {
	cycle := floorDiv(days, 146097)
	n := days - 146097*cycle
	y := (n - n/1460 + n/36524 - n/146096) / 365
	return 400*cycle + y, n - (365*y + y/4 - y/100)
}

// IsLeap says whether the astronomical year has a 29 February.
func (c CalendarModel) IsLeap(year int) bool {
	if c == CalendarJulian {
		return year%4 == 0
	}
	return year%4 == 0 && (year%100 != 0 || year%400 == 0)
}

// DaysIn is the number of days in a month (1 to 12) of the astronomical year.
func (c CalendarModel) DaysIn(year, month int) int {
	switch {
	case month == 2 && c.IsLeap(year):
		return 29
	case month == 2:
		return 28
	case month == 4 || month == 6 || month == 9 || month == 11:
		return 30
	}
	return 31
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
