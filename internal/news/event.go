package news

// HistoricalEvent is something that happened, or recurs, with a date as exact as the evidence.
type HistoricalEvent struct {
	Head
	Kind         HistoricalEventKind `json:"kind,omitempty"`
	Description  RichText            `json:"-"`
	Date         HistoricalDate      `json:"-"`
	Verification VerificationState   `json:"verification,omitempty"`
	Significance int                 `json:"significance"` // editors' weight, 0 to 100
	IsSelected   bool                `json:"isSelected,omitempty"`
	ImageID      ID                  `json:"-"` // zero when there is none
}

// Age is the number of whole years from the event to on, by the year, month and day of the event's own calendar; nil when
// the event has no exact day or on lies before it. A 29 February counts from 1 March in common years.
func (e *HistoricalEvent) Age(on Date) *int {
	md := e.Date.MonthDay()
	if md == nil || e.Date.AstronomicalYear == nil {
		return nil
	}
	years := on.Year - *e.Date.AstronomicalYear
	if on.Month < md.Month || on.Month == md.Month && on.Day < md.Day {
		years--
	}
	if years < 0 {
		return nil
	}
	return &years
}

// HistoricalEventKind says what sort of event it is.
type HistoricalEventKind string

// The sorts of historical events.
const (
	EventHappening  HistoricalEventKind = "EVENT"
	EventBirth      HistoricalEventKind = "BIRTH"
	EventDeath      HistoricalEventKind = "DEATH"
	EventHoliday    HistoricalEventKind = "HOLIDAY"
	EventObservance HistoricalEventKind = "OBSERVANCE"
)

// HistoricalEventKinds lists every sort; the position of a sort never changes.
var HistoricalEventKinds = []HistoricalEventKind{EventHappening, EventBirth, EventDeath, EventHoliday, EventObservance}

// VerificationState says how far an event's date and facts were checked.
type VerificationState string

// The states of verification.
const (
	Unverified VerificationState = "UNVERIFIED"
	Verified   VerificationState = "VERIFIED"
	Disputed   VerificationState = "DISPUTED"
	Refuted    VerificationState = "REFUTED"
)

// Citation is a source of a fact.
type Citation struct {
	Title      string  `json:"title"`
	URL        *URL    `json:"url,omitempty"`
	Publisher  *string `json:"publisher,omitempty"`
	AccessedAt *Date   `json:"accessedAt,omitempty"`
	Quote      *string `json:"quote,omitempty"`
}

// OnThisDay is all there is to show for one day of the year.
type OnThisDay struct {
	MonthDay MonthDay
	Date     Date // the concrete day in TimeZone
	TimeZone TimeZone
}

// FirstDayOfYear is the Julian Day Number of 1 January of an astronomical year in the Gregorian calendar; compare it with
// [HistoricalDate.SortDay].
func FirstDayOfYear(year int) int64 { return CalendarGregorian.DayNumber(year, 1, 1) }
