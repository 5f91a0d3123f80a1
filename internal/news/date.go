package news

import "math"

// EDTF is a date in the Extended Date/Time Format of ISO 8601-2 (https://www.loc.gov/standards/datetime/).
type EDTF string

// DatePrecision is the smallest part of a date that is known.
type DatePrecision string

// The precisions, coarsest first.
const (
	PrecisionMillennium DatePrecision = "MILLENNIUM"
	PrecisionCentury    DatePrecision = "CENTURY"
	PrecisionDecade     DatePrecision = "DECADE"
	PrecisionYear       DatePrecision = "YEAR"
	PrecisionSeason     DatePrecision = "SEASON"
	PrecisionMonth      DatePrecision = "MONTH"
	PrecisionDay        DatePrecision = "DAY"
	PrecisionTime       DatePrecision = "TIME"
)

// DatePrecisions lists every precision, the coarsest first; the position of a precision never changes.
var DatePrecisions = []DatePrecision{PrecisionMillennium, PrecisionCentury, PrecisionDecade, PrecisionYear,
	PrecisionSeason, PrecisionMonth, PrecisionDay, PrecisionTime}

// DateCertainty says how far a date can be relied on.
type DateCertainty string

// The certainties; EDTF writes nothing, "?", "~" and "%".
const (
	CertaintyExact                   DateCertainty = "EXACT"
	CertaintyUncertain               DateCertainty = "UNCERTAIN"
	CertaintyApproximate             DateCertainty = "APPROXIMATE"
	CertaintyUncertainAndApproximate DateCertainty = "UNCERTAIN_AND_APPROXIMATE"
)

// Era says on which side of the year 1 a historical year lies.
type Era string

// The eras.
const (
	EraCE  Era = "CE"
	EraBCE Era = "BCE"
)

// DateStyle is the length of a readable date.
type DateStyle string

// The styles: 05/10/1998, 5 Oct 1998, 5 October 1998.
const (
	StyleShort  DateStyle = "SHORT"
	StyleMedium DateStyle = "MEDIUM"
	StyleLong   DateStyle = "LONG"
)

// HistoricalDate is a date as exact as the evidence. [ParseHistoricalDate] makes it from EDTF and Calendar, which are
// all that needs storing; every other field follows from them.
//
// Precision to Time describe the date itself, the start of an interval (its end, for precision and certainty, when the
// start is not given), or what all members of a set have in common. A nil part is unknown, never 1 January.
type HistoricalDate struct {
	EDTF             EDTF // canonical, in Calendar
	Precision        DatePrecision
	Certainty        DateCertainty
	Calendar         CalendarModel
	Year             *int // as people count, never 0; see Era
	Era              Era  // CE when nothing tells
	AstronomicalYear *int // 1 BC is 0
	Month            *int
	Day              *int
	Time             *string // "23:20:30", with "Z" or an offset if one was given; the date is of that place
	Gregorian        EDTF    // the same in the Gregorian calendar; what is not a day becomes a range of days
	// End is the end of an interval, nil for everything else. An open end has EDTF "..", an unknown one "", and both
	// have nil parts.
	End *HistoricalDate
}

// MonthDay is the day of the year on which the date is kept, in its own calendar: nil unless day and month are known and
// not approximate. An interval is kept on its first day, a set only if all its members share the day.
func (d HistoricalDate) MonthDay() *MonthDay {
	if d.Day == nil || d.Month == nil || d.Certainty != CertaintyExact && d.Certainty != CertaintyUncertain {
		return nil
	}
	return &MonthDay{*d.Month, *d.Day}
}

// Earliest is the Julian Day Number of the first day the date can mean; ok is false when the start is open or unknown,
// or the year is. Uncertain and approximate dates are taken as written. Seasons are of the north and of three whole
// months; winter begins in December of its year.
func (d HistoricalDate) Earliest() (day int64, ok bool) {
	e, err := parseExpression(string(d.EDTF), d.Calendar)
	if err != nil {
		return 0, false
	}
	return e.earliest(d.Calendar)
}

// Latest is the last day the date can mean, like [HistoricalDate.Earliest].
func (d HistoricalDate) Latest() (day int64, ok bool) {
	e, err := parseExpression(string(d.EDTF), d.Calendar)
	if err != nil {
		return 0, false
	}
	return e.latest(d.Calendar)
}

// noYear lies after every day number that a year can have.
const noYear = 1 << 40

// SortDay is the number that sorts dates in time: the earliest day, or the latest one when the start is open or
// unknown. Days without a year come last, in the order of the year.
func (d HistoricalDate) SortDay() int64 {
	if day, ok := d.Earliest(); ok {
		return day
	}
	if day, ok := d.Latest(); ok {
		return day
	}
	if d.Month != nil && d.Day != nil {
		return noYear + int64(*d.Month*32+*d.Day)
	}
	return math.MaxInt64
}

// Level is the EDTF level (0, 1 or 2) that the canonical form needs.
func (d HistoricalDate) Level() int {
	e, err := parseExpression(string(d.EDTF), d.Calendar)
	if err != nil {
		return 0
	}
	return e.level()
}

// setParts fills the fields that tell the parts of p.
func (d *HistoricalDate) setParts(p point) {
	d.Precision, d.Certainty = p.precision(), p.certainty
	if _, last := p.years(); last <= 0 && p.unknown < anyYear {
		d.Era = EraBCE
	}
	parts := &[4]int{0, p.year, int(p.month), int(p.day)} // one allocation for four pointers
	if p.unknown == 0 {
		parts[0], _ = historicalYear(p.year)
		d.Year, d.AstronomicalYear = &parts[0], &parts[1]
	}
	if p.month > 0 && p.month <= 12 {
		d.Month = &parts[2]
	}
	if p.day > 0 {
		d.Day = &parts[3]
	}
	if p.time != "" {
		d.Time = new(p.time)
	}
}

// historicalYear counts an astronomical year the way people do.
func historicalYear(year int) (int, Era) {
	if year <= 0 {
		return 1 - year, EraBCE
	}
	return year, EraCE
}
