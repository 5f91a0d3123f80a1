package news

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// DateError says where and why a text is not a date. Its [KindOf] is [Invalid].
type DateError struct {
	Position int      // in code points from 0; the length of the text when it ends too early
	Expected []string // what could stand there: characters as they are, anything else in words
	Message  string
}

func (e *DateError) Error() string {
	quoted := make([]string, len(e.Expected))
	for i, what := range e.Expected {
		if quoted[i] = what; len(what) < 3 {
			quoted[i] = strconv.Quote(what)
		}
	}
	return fmt.Sprintf("%s (position %d; expected %s)", e.Message, e.Position, strings.Join(quoted, " or "))
}

// Unwrap makes the error one of kind [Invalid].
func (e *DateError) Unwrap() error { return &Error{Kind: Invalid, Message: e.Error()} }

// ParseHistoricalDate reads an EDTF string: levels 0 and 1, sets and exponential years of level 2, intervals between any
// two dates of level 1, millennia (1XXX) and, Gregorian only, days without a year (XXXX-12-25). The string is in the
// given calendar, Gregorian when it is empty; its year numbers are astronomical. The error is a [*DateError], for other
// valid level-2 strings with the message "EDTF level 2, not supported".
func ParseHistoricalDate(edtf string, calendar CalendarModel) (HistoricalDate, error) {
	switch calendar {
	case CalendarGregorian, CalendarJulian:
	case "":
		calendar = CalendarGregorian
	default:
		return HistoricalDate{}, Invalidf("%q is not a calendar; use %s or %s", calendar, CalendarGregorian, CalendarJulian)
	}
	if p, ok := plainDay(edtf, calendar); ok {
		d := HistoricalDate{EDTF: EDTF(edtf), Calendar: calendar, Era: EraCE, Gregorian: EDTF(edtf)}
		d.setParts(p)
		if calendar == CalendarJulian {
			d.Gregorian = EDTF(p.gregorian(calendar.DayNumber(p.year, int(p.month), int(p.day))).String())
		}
		return d, nil
	}
	e, err := parseExpression(edtf, calendar)
	if err != nil {
		return HistoricalDate{}, err
	}
	return e.date(calendar), nil
}

// plainDay reads YYYY-MM-DD, with or without a minus sign: nearly all dates are such days, and the store reads one with
// every row.
func plainDay(s string, c CalendarModel) (p point, ok bool) {
	sign, digits := 1, s
	if len(s) == 11 && s[0] == '-' {
		sign, digits = -1, s[1:]
	}
	if len(digits) != 10 || digits[4] != '-' || digits[7] != '-' {
		return p, false
	}
	n := 0
	for i := range 10 {
		if i == 4 || i == 7 {
			continue
		}
		if !isDigit(digits[i]) {
			return p, false
		}
		n = 10*n + int(digits[i]-'0')
	}
	year, month, day := sign*(n/10000), n/100%100, n%100
	if sign < 0 && year == 0 || month < 1 || month > 12 || day < 1 || day > c.DaysIn(year, month) {
		return p, false
	}
	return point{year: year, month: int8(month), day: int8(day), certainty: CertaintyExact}, true
}

// level2 matches what is EDTF of any level, as far as a pattern can tell.
var level2 = func() *regexp.Regexp {
	const (
		mark  = `[?~%]?`
		month = `(?:0[1-9X]|1[0-2X]|X[0-9X]|2[1-9]|3[0-9]|4[01])`
		day   = `(?:0[1-9X]|[12][0-9X]|3[01X]|X[0-9X])`
		short = mark + `-?(?:[0-9X]{4}|[0-9]{4}S[0-9]+)` + mark + `(?:-` + mark + month + mark + `(?:-` + mark + day + mark + `)?)?`
		long  = mark + `Y-?[0-9]+(?:E[0-9]+)?(?:S[0-9]+)?` + mark
		date  = `(?:` + short + `|` + long + `)`
		end   = `(?:\.\.|` + date + `)?`
		spans = `(?:\.\.)?` + date + `(?:\.\.` + date + `)?(?:, *` + date + `(?:\.\.` + date + `)?)*(?:\.\.)?`
	)
	return regexp.MustCompile(`^(?:` + date + `|` + date + `/` + end + `|` + end + `/` + date + `|\[` + spans + `\]|\{` + spans + `\})$`)
}()

func parseExpression(s string, c CalendarModel) (expression, error) {
	if p, ok := plainDay(s, c); ok {
		e := endpoint{point: p}
		return expression{spans: []span{{e, e}}}, nil
	}
	p := dateScanner{text: s, calendar: c}
	e, err := p.expression()
	if err == nil {
		return e, nil
	}
	if err.isSyntax && level2.MatchString(s) {
		err.Message = "EDTF level 2, not supported"
	}
	return expression{}, &err.DateError
}

// maxYear keeps years within GraphQL's Int and day numbers far from overflow.
const maxYear = 2_000_000_000

// dateScanner reads EDTF from left to right. It remembers what it looked for in vain at the current position, so that an
// error can name everything that could stand there.
type dateScanner struct {
	text     string
	pos      int
	calendar CalendarModel
	tried    [12]string
	triedN   int
	triedAt  int
}

// scanError is a DateError before it is known whether a higher level of EDTF explains it.
type scanError struct {
	DateError
	isSyntax bool
}

// want notes that what could stand here.
func (s *dateScanner) want(what string) {
	if s.triedAt != s.pos {
		s.triedAt, s.triedN = s.pos, 0
	}
	if s.triedN < len(s.tried) && !slices.Contains(s.tried[:s.triedN], what) {
		s.tried[s.triedN] = what
		s.triedN++
	}
}

// unexpected is the error for the current position.
func (s *dateScanner) unexpected() *scanError {
	message := "the date ends too early"
	if s.pos < len(s.text) {
		_, size := utf8.DecodeRuneInString(s.text[s.pos:])
		message = fmt.Sprintf("unexpected %q", s.text[s.pos:s.pos+size])
	}
	err := s.wrong(s.pos, message, s.tried[:s.triedN]...)
	err.isSyntax = true
	return err
}

// wrong is an error about what stands at pos. All before pos is ASCII, so pos counts code points too.
func (s *dateScanner) wrong(pos int, message string, expected ...string) *scanError {
	return &scanError{DateError: DateError{Position: pos, Expected: slices.Clone(expected), Message: message}}
}

func (s *dateScanner) take(token string) bool {
	if strings.HasPrefix(s.text[s.pos:], token) {
		s.pos += len(token)
		return true
	}
	s.want(token)
	return false
}

func (s *dateScanner) atEnd() bool {
	if s.pos == len(s.text) {
		return true
	}
	s.want("the end")
	return false
}

func (s *dateScanner) digit() (int, bool) {
	if s.pos < len(s.text) && isDigit(s.text[s.pos]) {
		s.pos++
		return int(s.text[s.pos-1] - '0'), true
	}
	s.want("a digit")
	return 0, false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// two reads two digits, or XX as unspecified.
func (s *dateScanner) two(mayBeUnspecified bool) (int, bool) {
	if mayBeUnspecified && s.take("XX") {
		return unspecified, true
	}
	tens, ok := s.digit()
	if !ok {
		return 0, false
	}
	ones, ok := s.digit()
	return 10*tens + ones, ok
}

func (s *dateScanner) expression() (expression, *scanError) {
	if s.take("[") {
		return s.set(shapeOneOf, "]")
	}
	if s.take("{") {
		return s.set(shapeAllOf, "}")
	}
	from, err := s.endpoint()
	if err != nil {
		return expression{}, err
	}
	if from.bound == boundGiven {
		if from.point.isDay() && from.point.certainty == CertaintyExact && s.take("T") {
			if err := s.time(&from.point); err != nil {
				return expression{}, err
			}
			if !s.atEnd() {
				return expression{}, s.unexpected()
			}
		}
		if s.atEnd() {
			return expression{shape: shapeSingle, spans: []span{{from, from}}}, nil
		}
	}
	if from.point.unknown == anyYear || !s.take("/") {
		return expression{}, s.unexpected()
	}
	to, err := s.intervalEnd(from)
	if err != nil {
		return expression{}, err
	}
	return expression{shape: shapeInterval, spans: []span{{from, to}}}, nil
}

// endpoint reads the start of an interval, which may be all there is.
func (s *dateScanner) endpoint() (endpoint, *scanError) {
	if s.take("..") {
		return endpoint{bound: boundOpen}, nil
	}
	if strings.HasPrefix(s.text, "/") {
		return endpoint{bound: boundUnknown}, nil
	}
	s.want("/")
	p, err := s.point()
	return endpoint{boundGiven, p}, err
}

func (s *dateScanner) intervalEnd(from endpoint) (endpoint, *scanError) {
	start := s.pos
	if from.bound == boundGiven {
		if s.atEnd() {
			return endpoint{bound: boundUnknown}, nil
		}
		if s.take("..") {
			if !s.atEnd() {
				return endpoint{}, s.unexpected()
			}
			return endpoint{bound: boundOpen}, nil
		}
	}
	p, err := s.point()
	if err == nil && !s.atEnd() {
		err = s.unexpected()
	}
	if err == nil {
		err = s.checkOrder(from, p, start)
	}
	return endpoint{boundGiven, p}, err
}

// checkOrder refuses a range that ends before it begins.
func (s *dateScanner) checkOrder(from endpoint, to point, pos int) *scanError {
	if from.bound == boundGiven && to.last(s.calendar) < from.point.first(s.calendar) {
		return s.wrong(pos, fmt.Sprintf("%s lies before %s", to, from.point), "a date that is not before the start")
	}
	return nil
}

// set reads the members of a set up to its closing bracket.
func (s *dateScanner) set(shape dateShape, closing string) (expression, *scanError) {
	e := expression{shape: shape}
	for {
		var m span
		if len(e.spans) == 0 && s.take("..") {
			m.from.bound = boundOpen
		}
		p, err := s.point()
		if err != nil {
			return e, err
		}
		m.to.point = p
		if m.from.bound == boundGiven {
			m.from.point = p
			if s.take("..") {
				if m.to, err = s.rangeEnd(m.from, closing); err != nil {
					return e, err
				}
			}
		}
		e.spans = append(e.spans, m)
		if m.to.bound != boundOpen && s.take(",") {
			for s.pos < len(s.text) && s.text[s.pos] == ' ' {
				s.pos++
			}
			continue
		}
		if !s.take(closing) || !s.atEnd() {
			return e, s.unexpected()
		}
		return e, nil
	}
}

// rangeEnd reads what follows ".." in a set: a date, or nothing before the closing bracket.
func (s *dateScanner) rangeEnd(from endpoint, closing string) (endpoint, *scanError) {
	start := s.pos
	if strings.HasPrefix(s.text[s.pos:], closing) {
		return endpoint{bound: boundOpen}, nil
	}
	s.want(closing)
	p, err := s.point()
	if err == nil {
		err = s.checkOrder(from, p, start)
	}
	return endpoint{boundGiven, p}, err
}

// point reads one date with its mark of certainty.
func (s *dateScanner) point() (point, *scanError) {
	p := point{certainty: CertaintyExact}
	var err *scanError
	if s.pos == 0 && strings.HasPrefix(s.text, "XXXX-") && s.calendar == CalendarGregorian {
		s.pos, p.unknown = 4, anyYear
	} else if s.take("Y") {
		err = s.longYear(&p)
	} else {
		err = s.year(&p)
	}
	if err == nil && !p.isLong && (p.unknown == 0 || p.unknown == anyYear) && s.take("-") {
		err = s.monthAndDay(&p)
	}
	if err != nil {
		return p, err
	}
	for i := range marks {
		if s.take(marks[i].sign) {
			p.certainty = marks[i].certainty
			break
		}
	}
	return p, nil
}

// year reads four digits, of which the last ones may be X.
func (s *dateScanner) year(p *point) *scanError {
	start := s.pos
	isNegative := s.take("-")
	n := 0
	for i := range 4 {
		if i > 0 && s.take("X") {
			p.unknown++
			n *= 10
			continue
		}
		if p.unknown > 0 {
			return s.unexpected()
		}
		d, ok := s.digit()
		if !ok {
			return s.unexpected()
		}
		n = 10*n + d
	}
	p.year = n
	if isNegative {
		if n == 0 && p.unknown == 0 {
			return s.wrong(start, "year 0 has no sign", "0000 for 1 BC", "-0001 for 2 BC")
		}
		p.year = -(n + powersOf10[p.unknown] - 1)
	}
	return nil
}

// longYear reads what follows Y: a year of any length, with or without an exponent.
func (s *dateScanner) longYear(p *point) *scanError {
	start := s.pos - 1
	sign := 1
	if s.take("-") {
		sign = -1
	}
	n, ok := s.number()
	if !ok {
		return s.unexpected()
	}
	hasExponent := s.take("E")
	if hasExponent {
		zeros, ok := s.number()
		if !ok {
			return s.unexpected()
		}
		for ; zeros > 0 && n > 0 && n <= maxYear; zeros-- {
			n *= 10
		}
	}
	switch {
	case n > maxYear:
		return s.wrong(start, "the year is too far away", fmt.Sprintf("a year from -%d to %d", maxYear, maxYear))
	case n == 0 && sign < 0:
		return s.wrong(start, "year 0 has no sign", "0000 for 1 BC", "-0001 for 2 BC")
	}
	p.year, p.isLong = sign*n, true
	p.isExponential = hasExponent && n > 9999 && n%10 == 0
	return nil
}

// number reads one or more digits; it stops counting above maxYear.
func (s *dateScanner) number() (n int, ok bool) {
	for {
		d, isDigit := s.digit()
		if !isDigit {
			return n, ok
		}
		if ok = true; n <= maxYear {
			n = 10*n + d
		}
	}
}

// monthAndDay reads what follows the hyphen after the year: a month or season, and a day.
func (s *dateScanner) monthAndDay(p *point) *scanError {
	start := s.pos
	month, ok := s.two(p.unknown == 0)
	switch {
	case !ok:
		return s.unexpected()
	case month >= 25 && month <= 41:
		return s.wrong(start, "EDTF level 2, not supported", "month 01 to 12", "season 21 to 24")
	case month == 0 || month > 12 && month < 21 || month > 24:
		return s.wrong(start, fmt.Sprintf("there is no month %02d", month), "month 01 to 12", "season 21 to 24", "XX")
	case month > 12 && p.unknown == anyYear:
		return s.wrong(start, "a season needs a year", "month 01 to 12")
	}
	p.month = int8(month)
	if month > 12 || !s.take("-") {
		if p.unknown == anyYear {
			return s.unexpected()
		}
		return nil
	}
	return s.day(p)
}

func (s *dateScanner) day(p *point) *scanError {
	start := s.pos
	if p.month == unspecified {
		if !s.take("XX") {
			return s.unexpected()
		}
		p.day = unspecified
		return nil
	}
	day, ok := s.two(p.unknown == 0)
	if !ok {
		return s.unexpected()
	}
	year := p.year
	if p.unknown == anyYear {
		year = 2000 // has a 29 February
	}
	if days := s.calendar.DaysIn(year, int(p.month)); day == 0 || day > days {
		return s.wrong(start, fmt.Sprintf("there is no day %02d in this month", day), fmt.Sprintf("day 01 to %d", days), "XX")
	}
	p.day = int8(day)
	return nil
}

// time reads what follows T: hh:mm:ss and, perhaps, Z or an offset from UTC in hours or hours and minutes.
func (s *dateScanner) time(p *point) *scanError {
	start := s.pos
	// A leap second is 60.
	for i, limit := range []int{23, 59, 60} {
		if i > 0 && !s.take(":") {
			return s.unexpected()
		}
		if err := s.upTo(limit); err != nil {
			return err
		}
	}
	if !s.take("Z") && (s.take("+") || s.take("-")) {
		if err := s.upTo(23); err != nil {
			return err
		}
		if s.take(":") {
			if err := s.upTo(59); err != nil {
				return err
			}
		}
	}
	p.time = s.text[start:s.pos]
	return nil
}

func (s *dateScanner) upTo(limit int) *scanError {
	start := s.pos
	n, ok := s.two(false)
	if !ok {
		return s.unexpected()
	}
	if n > limit {
		return s.wrong(start, fmt.Sprintf("%02d is too much", n), fmt.Sprintf("00 to %d", limit))
	}
	return nil
}
