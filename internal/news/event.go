package news

import "context"

// HistoricalEvent is something that happened, or recurs, with a date as exact as the evidence.
type HistoricalEvent struct {
	Head
	Kind         HistoricalEventKind `json:"kind,omitempty"`
	Account      RichText            `json:"-"` // what happened
	Date         HistoricalDate      `json:"-"`
	Verification VerificationState   `json:"verification,omitempty"`
	Significance int                 `json:"significance"` // editors' weight, 0 to 100
	IsSelected   bool                `json:"isSelected,omitempty"`
	PlaceID      ID                  `json:"-"` // a topic; zero when there is none
	ImageID      ID                  `json:"-"` // zero when there is none

	refused error // why the account may not be read
}

// Withhold takes the account out of the event, whose reader may not have it.
func (e *HistoricalEvent) Withhold(why error) { e.Account, e.refused = RichText{}, why }

// Description says what happened.
func (e *HistoricalEvent) Description() (*RichText, error) { return &e.Account, e.refused }

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

// VerificationStates lists every state; the position of a state never changes.
var VerificationStates = []VerificationState{Unverified, Verified, Disputed, Refuted}

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
	Date     Date // the concrete day in TimeZone
	TimeZone TimeZone
	Policy   LeapDayPolicy

	// Neighbours are the nearest days of the year before and after, around the turn of the year, on which something is
	// kept; asked only when they are selected.
	Neighbours func(context.Context) (previous, next MonthDay, err error)
}

// MonthDay is the day of the year.
func (d *OnThisDay) MonthDay() MonthDay { return d.Date.MonthDay() }

// IncludesLeapDay says whether the events of 29 February are kept on this day of a common year.
func (d *OnThisDay) IncludesLeapDay() bool { return len(d.Policy.KeptOn(d.Date)) > 1 }

// PreviousDay is the nearest earlier day on which something is kept.
func (d *OnThisDay) PreviousDay(ctx context.Context) (MonthDay, error) {
	previous, _, err := d.Neighbours(ctx)
	return previous, err
}

// NextDay is the nearest later day on which something is kept.
func (d *OnThisDay) NextDay(ctx context.Context) (MonthDay, error) {
	_, next, err := d.Neighbours(ctx)
	return next, err
}

// ArchiveArticleEdge is an article in the archive of a day.
type ArchiveArticleEdge struct {
	Edge[*Article]
	YearsAgo int // between its year and that of the day
}

// Roundness is the rarest grade of YearsAgo.
func (e *ArchiveArticleEdge) Roundness() Roundness { return RoundnessOf(e.YearsAgo) }

// FirstDayOfYear is the Julian Day Number of 1 January of an astronomical year in the Gregorian calendar; compare it with
// [HistoricalDate.SortDay].
func FirstDayOfYear(year int) int64 { return CalendarGregorian.DayNumber(year, 1, 1) }
