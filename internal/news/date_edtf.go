package news

import (
	"fmt"
	"strconv"
	"strings"
)

// expression is an EDTF string understood: a date is a span from itself to itself.
type expression struct {
	shape dateShape
	spans []span // one, except in a set
}

type dateShape uint8

const (
	shapeSingle dateShape = iota
	shapeInterval
	shapeOneOf // a set of which one member is right
	shapeAllOf // a set of which all members are
)

type span struct{ from, to endpoint }

type endpoint struct {
	bound bound
	point point // when given
}

type bound uint8

const (
	boundGiven bound = iota
	boundOpen
	boundUnknown
)

// point is one date as written.
type point struct {
	year          int  // astronomical, the first possible one
	unknown       int8 // unspecified digits at the end of the year
	month         int8 // 1 to 12, season 21 to 24, unspecified, or 0 for none
	day           int8 // likewise
	isLong        bool // written with Y
	isExponential bool // and an exponent that its canonical form keeps
	certainty     DateCertainty
	time          string
}

const (
	anyYear     = 4
	unspecified = -1
)

var powersOf10 = [...]int{1, 10, 100, 1000, 10000}

var marks = [...]struct {
	sign      string
	certainty DateCertainty
}{
	{"?", CertaintyUncertain},
	{"~", CertaintyApproximate},
	{"%", CertaintyUncertainAndApproximate},
}

func (p point) years() (first, last int) { return p.year, p.year + powersOf10[p.unknown] - 1 }

func (p point) isSeason() bool { return p.month > 12 }

// isDay says whether year, month and day are known.
func (p point) isDay() bool { return p.day > 0 && p.unknown == 0 }

func (p point) precision() DatePrecision {
	switch {
	case p.time != "":
		return PrecisionTime
	case p.day > 0:
		return PrecisionDay
	case p.isSeason():
		return PrecisionSeason
	case p.month > 0:
		return PrecisionMonth
	}
	return [...]DatePrecision{PrecisionYear, PrecisionDecade, PrecisionCentury, PrecisionMillennium}[p.unknown]
}

// first is the first day that p can mean; p has a year.
func (p point) first(c CalendarModel) int64 {
	month, day := 1, 1
	switch {
	case p.isSeason():
		month = 3 * (int(p.month) - 20)
	case p.month > 0:
		month = int(p.month)
	}
	if p.day > 0 {
		day = int(p.day)
	}
	return c.DayNumber(p.year, month, day)
}

// last is the last day that p can mean; p has a year.
func (p point) last(c CalendarModel) int64 {
	if p.day > 0 {
		return p.first(c)
	}
	_, year := p.years()
	month := 12
	switch {
	case p.month == 24: // winter goes on into the next year
		year, month = year+1, 2
	case p.isSeason():
		month = 3*(int(p.month)-20) + 2
	case p.month > 0:
		month = int(p.month)
	}
	return c.DayNumber(year, month, c.DaysIn(year, month))
}

// String is the canonical EDTF of p.
func (p point) String() string {
	b := make([]byte, 0, 24)
	b = p.appendYear(b)
	b = appendPart(b, p.month)
	b = appendPart(b, p.day)
	if p.time != "" {
		b = append(append(b, 'T'), p.time...)
	}
	for _, m := range marks {
		if m.certainty == p.certainty {
			b = append(b, m.sign...)
		}
	}
	return string(b)
}

func (p point) appendYear(b []byte) []byte {
	n := p.year
	if n > 9999 || n < -9999 {
		b = append(b, 'Y')
		if !p.isExponential {
			return strconv.AppendInt(b, int64(n), 10)
		}
		zeros := 0
		for ; n%10 == 0; zeros++ {
			n /= 10
		}
		return fmt.Appendf(b, "%dE%d", n, zeros)
	}
	if n < 0 {
		// Digits count away from year 0, so the written ones are those of the last possible year.
		_, n = p.years()
		b, n = append(b, '-'), -n
	}
	start := len(b)
	b = append(b, byte('0'+n/1000), byte('0'+n/100%10), byte('0'+n/10%10), byte('0'+n%10))
	for i := range int(p.unknown) {
		b[start+3-i] = 'X'
	}
	return b
}

func appendPart(b []byte, n int8) []byte {
	switch {
	case n == unspecified:
		return append(b, "-XX"...)
	case n > 0:
		return append(b, '-', byte('0'+n/10), byte('0'+n%10))
	}
	return b
}

func (e endpoint) String() string {
	switch e.bound {
	case boundOpen:
		return ".."
	case boundUnknown:
		return ""
	}
	return e.point.String()
}

// String is the canonical EDTF of e.
func (e expression) String() string {
	first := e.spans[0]
	switch e.shape {
	case shapeSingle:
		return first.from.String()
	case shapeInterval:
		return first.from.String() + "/" + first.to.String()
	}
	members := make([]string, len(e.spans))
	for i, m := range e.spans {
		members[i] = m.String()
	}
	list := strings.Join(members, ",")
	if e.shape == shapeOneOf {
		return "[" + list + "]"
	}
	return "{" + list + "}"
}

// String is the canonical EDTF of a member of a set.
func (s span) String() string {
	switch {
	case s.from.bound == boundOpen:
		return ".." + s.to.String()
	case s.to.bound == boundOpen:
		return s.from.String() + ".."
	case s.from == s.to:
		return s.from.String()
	}
	return s.from.String() + ".." + s.to.String()
}

// earliest is the first day e can mean; ok is false when it has none.
func (e expression) earliest(c CalendarModel) (day int64, ok bool) {
	for i, s := range e.spans {
		if s.from.bound != boundGiven || s.from.point.unknown == anyYear {
			return 0, false
		}
		if first := s.from.point.first(c); i == 0 || first < day {
			day = first
		}
	}
	return day, true
}

// latest is the last day e can mean; ok is false when it has none.
func (e expression) latest(c CalendarModel) (day int64, ok bool) {
	for i, s := range e.spans {
		if s.to.bound != boundGiven || s.to.point.unknown == anyYear {
			return 0, false
		}
		if last := s.to.point.last(c); i == 0 || last > day {
			day = last
		}
	}
	return day, true
}

// level is the lowest level of EDTF that has all of e's features.
func (e expression) level() int {
	if e.shape == shapeOneOf || e.shape == shapeAllOf {
		return 2
	}
	s := e.spans[0]
	level := 0
	for _, end := range [...]endpoint{s.from, s.to} {
		p := end.point
		hasX := p.unknown > 0 || p.month == unspecified || p.day == unspecified
		switch {
		case p.isExponential, p.unknown > 2, hasX && e.shape == shapeInterval:
			return 2
		case end.bound != boundGiven, hasX, p.year < 0, p.year > 9999, p.isSeason(), p.certainty != CertaintyExact:
			level = 1
		}
	}
	return level
}

// date is the public form of e.
func (e expression) date(c CalendarModel) HistoricalDate {
	d := HistoricalDate{EDTF: EDTF(e.String()), Calendar: c, Era: EraCE}
	d.Gregorian = d.EDTF
	if c != CalendarGregorian {
		d.Gregorian = EDTF(e.gregorian(c).String())
	}
	switch first := e.spans[0]; {
	case e.shape == shapeOneOf || e.shape == shapeAllOf:
		d.setCommonParts(e)
	case first.from.bound == boundGiven:
		d.setParts(first.from.point)
	default:
		d.Precision, d.Certainty = first.to.point.precision(), first.to.point.certainty
	}
	if e.shape == shapeInterval {
		d.End = e.spans[0].to.date(c, d)
	}
	return d
}

// date is the public form of the end of an interval that starts with start.
func (e endpoint) date(c CalendarModel, start HistoricalDate) *HistoricalDate {
	if e.bound == boundGiven {
		d := expression{shape: shapeSingle, spans: []span{{e, e}}}.date(c)
		return &d
	}
	return &HistoricalDate{
		EDTF: EDTF(e.String()), Gregorian: EDTF(e.String()), Calendar: c, Era: EraCE,
		Precision: start.Precision, Certainty: start.Certainty,
	}
}

// setCommonParts fills d with what the members of a set have in common.
func (d *HistoricalDate) setCommonParts(e expression) {
	var ends []point
	isDated := true // all ends are given
	for _, s := range e.spans {
		for _, end := range [...]endpoint{s.from, s.to} {
			if isDated = isDated && end.bound == boundGiven; end.bound == boundGiven {
				ends = append(ends, end.point)
			}
		}
	}
	d.setParts(ends[0])
	for _, p := range ends[1:] {
		var other HistoricalDate
		other.setParts(p)
		d.Year, d.AstronomicalYear = commonPart(d.Year, other.Year), commonPart(d.AstronomicalYear, other.AstronomicalYear)
		d.Month, d.Day = commonPart(d.Month, other.Month), commonPart(d.Day, other.Day)
		d.Precision = coarser(d.Precision, other.Precision)
		d.Certainty = addDoubts(d.Certainty, other.Certainty)
	}
	if !isDated {
		d.Year, d.AstronomicalYear = nil, nil
	}
	// A range goes through everything below the first part in which its ends differ.
	for _, s := range e.spans {
		if s.from != s.to && d.AstronomicalYear == nil {
			d.Month = nil
		}
		if s.from != s.to && d.Month == nil {
			d.Day = nil
		}
	}
	if last, ok := e.latest(d.Calendar); ok {
		year, _, _ := d.Calendar.DayOf(last)
		_, d.Era = historicalYear(year)
	}
}

func commonPart(a, b *int) *int {
	if a == nil || b == nil || *a != *b {
		return nil
	}
	return a
}

func coarser(a, b DatePrecision) DatePrecision {
	for _, p := range DatePrecisions {
		if p == a || p == b {
			return p
		}
	}
	return a
}

// addDoubts is the certainty that has the doubts of a and of b.
func addDoubts(a, b DateCertainty) DateCertainty {
	switch {
	case a == b || b == CertaintyExact:
		return a
	case a == CertaintyExact:
		return b
	}
	return CertaintyUncertainAndApproximate
}

// gregorian is e, written in calendar c, in the Gregorian calendar. A day stays a day; a month, a year or any other
// stretch of time begins and ends inside Gregorian ones and becomes "one of the days from … to …", or, in an interval,
// the first or the last of these.
func (e expression) gregorian(c CalendarModel) expression {
	g := expression{shape: e.shape}
	for _, s := range e.spans {
		if s.from.bound == boundGiven {
			s.from.point = s.from.point.gregorian(s.from.point.first(c))
		}
		if s.to.bound == boundGiven {
			s.to.point = s.to.point.gregorian(s.to.point.last(c))
		}
		g.spans = append(g.spans, s)
	}
	if e.shape == shapeSingle && g.spans[0].from != g.spans[0].to {
		g.shape = shapeOneOf
	}
	return g
}

// gregorian is the day with the given number, with the time and certainty of p. Only years can lie more than 9999 years
// away in EDTF.
func (p point) gregorian(number int64) point {
	year, month, day := CalendarGregorian.DayOf(number)
	g := point{year: year, month: int8(month), day: int8(day), certainty: p.certainty, time: p.time}
	if year > 9999 || year < -9999 {
		g.month, g.day, g.isLong = 0, 0, true
	}
	return g
}
