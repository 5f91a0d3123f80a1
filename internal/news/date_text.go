package news

import (
	"cmp"
	"strconv"
	"strings"
)

// Text is the date for readers: "c. 1850", "15 March 44 BC", "September 1939 to September 1945". Without a locale, or
// in a language that has no texts here, it is English. A style that is not known is LONG. A question mark stands for
// "uncertain" and for an unknown end of an interval. A Julian day since the Gregorian reform shows both calendars.
func (d HistoricalDate) Text(locale *Locale, style DateStyle) string {
	e, err := parseExpression(string(d.EDTF), d.Calendar)
	if err != nil {
		return string(d.EDTF)
	}
	if style != StyleShort && style != StyleMedium {
		style = StyleLong
	}
	l, digits := languageFor(locale)
	w := dateWriter{l, style}
	text := w.expression(e)
	if e.shape == shapeSingle && d.Calendar == CalendarJulian {
		text = w.withGregorian(text, e.spans[0].from.point)
	}
	return digits.write(text)
}

// dateWriter writes dates with ASCII digits in one language and style.
type dateWriter struct {
	*language
	style DateStyle
}

func (w dateWriter) expression(e expression) string {
	switch e.shape {
	case shapeSingle:
		return w.point(e.spans[0].from.point)
	case shapeInterval:
		return w.span(e.spans[0])
	}
	members := make([]string, len(e.spans))
	for i, s := range e.spans {
		if members[i] = w.span(s); e.shape == shapeAllOf {
			continue
		}
		// One date out of an open range is not a range.
		if s.from.bound == boundOpen {
			members[i] = fill(w.earlier, w.point(s.to.point))
		} else if s.to.bound == boundOpen {
			members[i] = fill(w.later, w.point(s.from.point))
		}
	}
	last := len(members) - 1
	if last == 0 {
		return members[0]
	}
	list := strings.Join(members[:last], cmp.Or(w.comma, ", "))
	if e.shape == shapeOneOf {
		return fill(w.or, list, members[last])
	}
	return fill(w.and, list, members[last])
}

func (w dateWriter) span(s span) string {
	switch {
	case s.from.bound == boundOpen:
		return fill(w.until, w.point(s.to.point))
	case s.to.bound == boundOpen:
		return fill(w.since, w.point(s.from.point))
	case s.from == s.to:
		return w.point(s.from.point)
	}
	return fill(w.to, w.end(s.from), w.end(s.to))
}

func (w dateWriter) end(e endpoint) string {
	if e.bound == boundUnknown {
		return cmp.Or(w.question, "?")
	}
	return w.point(e.point)
}

func (w dateWriter) point(p point) string {
	text := w.exact(p)
	if p.certainty == CertaintyApproximate || p.certainty == CertaintyUncertainAndApproximate {
		text = fill(w.about, text)
	}
	if p.certainty == CertaintyUncertain || p.certainty == CertaintyUncertainAndApproximate {
		text += cmp.Or(w.question, "?")
	}
	return text
}

// exact writes p without its certainty.
func (w dateWriter) exact(p point) string {
	if p.unknown == anyYear {
		// Some Persian months end in a link to the year, U+0654.
		return strings.TrimSuffix(w.parts(w.monthDay, p), "\u0654")
	}
	if p.unknown > 0 {
		return w.manyYears(p)
	}
	text := w.withEra(w.parts(w.pattern(p), p), p.year)
	if p.time != "" {
		text += " " + timeText(p.time)
	}
	return text
}

// pattern is the pattern for the parts that p has.
func (w dateWriter) pattern(p point) string {
	switch {
	case p.isSeason():
		return cmp.Or(w.season, w.month)
	case p.day > 0:
		return w.styled(w.dayShort, cmp.Or(w.dayMedium, w.day), w.day)
	case p.month > 0:
		return w.styled(w.monthShort, cmp.Or(w.monthMedium, w.month), w.month)
	}
	return w.yearPattern(p.year)
}

func (w dateWriter) styled(short, medium, long string) string {
	switch w.style {
	case StyleShort:
		return short
	case StyleMedium:
		return medium
	}
	return long
}

// yearPattern is for a year that stands alone.
func (w dateWriter) yearPattern(year int) string {
	if w.eraPattern(year) == "" {
		return cmp.Or(w.year, "{y}")
	}
	return cmp.Or(w.yearInEra, w.year, "{y}")
}

// parts fills the parts of p into a pattern.
func (w dateWriter) parts(pattern string, p point) string {
	year, _ := historicalYear(p.year)
	b := make([]byte, 0, 48)
	for {
		before, rest, ok := strings.Cut(pattern, "{")
		b = append(b, before...)
		if !ok {
			return string(b)
		}
		verb, after, _ := strings.Cut(rest, "}")
		switch verb {
		case "y":
			b = strconv.AppendInt(b, int64(year), 10)
		case "M":
			b = append(b, w.monthName(p)...)
		case "m":
			b = strconv.AppendInt(b, int64(p.month), 10)
		case "mm":
			b = append(b, byte('0'+p.month/10), byte('0'+p.month%10))
		case "d":
			b = w.appendDay(b, p)
		case "dd":
			b = append(b, byte('0'+p.day/10), byte('0'+p.day%10))
		}
		pattern = after
	}
}

func (w dateWriter) appendDay(b []byte, p point) []byte {
	if p.day == 1 && w.firstDay != "" && w.style != StyleShort {
		return append(b, w.firstDay...)
	}
	return strconv.AppendInt(b, int64(p.day), 10)
}

// monthName is the name of p's month or season.
func (w dateWriter) monthName(p point) string {
	switch {
	case p.isSeason():
		return w.seasons[p.month-21]
	case p.month <= 0 || w.months == nil:
		return ""
	case w.style == StyleMedium:
		return w.months().short[p.month]
	case p.day > 0:
		return w.months().wide[p.month]
	}
	return w.months().alone[p.month]
}

// timeText writes a time of day with its zone as an offset: "23:20:30 UTC+03:00".
func timeText(edtf string) string {
	clock, zone := edtf[:len("hh:mm:ss")], edtf[len("hh:mm:ss"):]
	switch zone {
	case "":
		return clock
	case "Z":
		return clock + " UTC"
	}
	return clock + " UTC" + strings.Replace(zone, "-", "−", 1)
}

// manyYears writes a decade, a century or a millennium.
func (w dateWriter) manyYears(p point) string {
	first, last := p.years()
	switch {
	case p.unknown == 3:
		return w.withEra(w.millennium(ordinal(first, last, 1000)), last)
	case p.unknown == 2 && first > 0 && w.hundreds != nil:
		return w.withEra(w.hundreds(first), last)
	case p.unknown == 2:
		return w.withEra(w.century(ordinal(first, last, 100)), last)
	case first > 0:
		return w.withEra(w.decade(first), last)
	case last > 0: // the years 0 to 9, on both sides of the era
		return w.exact(point{year: first}) + "–" + w.exact(point{year: last})
	}
	// Ten years of EDTF before Christ are no decade to people: -012X is 130 to 121 BC.
	years := strconv.Itoa(1-first) + "–" + strconv.Itoa(1-last)
	return w.withEra(strings.Replace(w.yearPattern(last), "{y}", years, 1), last)
}

// ordinal is the number of the century or millennium, away from the beginning of the era.
func ordinal(first, last, length int) int {
	if first < 0 {
		return -last/length + 1
	}
	return first/length + 1
}

// withEra adds the era where readers need it.
func (w dateWriter) withEra(text string, year int) string {
	if pattern := w.eraPattern(year); pattern != "" {
		return fill(pattern, text)
	}
	return text
}

// eraPattern is empty for years that nobody mistakes: those of three and more digits of our era.
func (w dateWriter) eraPattern(year int) string {
	switch {
	case year <= 0:
		return w.bce
	case year < 100:
		return w.ce
	}
	return ""
}

// gregorianReform is 15 October 1582; older days are given in the Julian calendar without saying so.
var gregorianReform = CalendarGregorian.DayNumber(1582, 10, 15)

// withGregorian adds the Gregorian day to the text of a Julian one.
func (w dateWriter) withGregorian(text string, p point) string {
	if !p.isDay() || p.first(CalendarJulian) < gregorianReform || w.style != StyleLong {
		return text
	}
	g := p.gregorian(p.first(CalendarJulian))
	g.time, g.certainty = "", CertaintyExact
	return fill(w.gregorian, text, w.exact(g))
}

// fill puts texts into the places {0} and {1} of a pattern.
func fill(pattern string, texts ...string) string {
	for i, text := range texts {
		pattern = strings.Replace(pattern, "{"+strconv.Itoa(i)+"}", text, 1)
	}
	return pattern
}
