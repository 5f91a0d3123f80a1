package news

import (
	"slices"
	"time"
)

// DateClaim is a date that somebody gave for an event.
type DateClaim struct {
	ID         ID
	Date       HistoricalDate
	IsAccepted bool      // the one in force; exactly one of an event's
	Source     *Citation // nil when nobody named one
	Note       *string
	ClaimedAt  time.Time // when it was entered
	ClaimedBy  *string   // who entered it
}

// DateClaimRecord is a claim of an imported event.
type DateClaimRecord struct {
	Date       EDTF          `json:"date"`
	Calendar   CalendarModel `json:"calendar,omitempty"` // GREGORIAN when left out
	IsAccepted bool          `json:"isAccepted,omitempty"`
	Source     *Citation     `json:"source,omitempty"`
	Note       *string       `json:"note,omitempty"`
	ClaimedAt  time.Time     `json:"claimedAt,omitzero"` // when the event was created, when left out
	ClaimedBy  *string       `json:"claimedBy,omitempty"`
	PrintedIn  Ref           `json:"printedIn,omitempty"` // an article of this site
}

// AllClaims are the claims of the record, exactly one of them accepted. Where DateClaims accepts none, the record's own
// date with its first source follows them. It is an Invalid error when two are accepted, or one that is not the
// record's date.
func (r *EventRecord) AllClaims() ([]DateClaimRecord, error) {
	accepted := 0
	for _, c := range r.DateClaims {
		if !c.IsAccepted {
			continue
		}
		if accepted++; accepted > 1 {
			return nil, Invalidf("two of dateClaims are accepted; accept one")
		}
		if c.Date != r.Date || calendarOr(c.Calendar) != calendarOr(r.Calendar) {
			return nil, Invalidf("the accepted claim says %s (%s) and date says %s (%s); give the same", c.Date, calendarOr(c.Calendar), r.Date, calendarOr(r.Calendar))
		}
	}
	if accepted == 1 {
		return r.DateClaims, nil
	}
	return append(slices.Clone(r.DateClaims), r.ownClaim()), nil
}

// ownClaim is the claim of a record that makes none.
func (r *EventRecord) ownClaim() DateClaimRecord {
	own := DateClaimRecord{Date: r.Date, Calendar: calendarOr(r.Calendar), IsAccepted: true, ClaimedAt: r.CreatedAt}
	if len(r.Sources) > 0 {
		own.Source = &r.Sources[0]
	}
	return own
}

// DropOwnClaim leaves out a claim that [EventRecord.AllClaims] would add.
func (r *EventRecord) DropOwnClaim() {
	if len(r.DateClaims) != 1 {
		return
	}
	c, own := r.DateClaims[0], r.ownClaim()
	if c.Note != nil || c.ClaimedBy != nil || c.PrintedIn != "" || !c.ClaimedAt.Equal(own.ClaimedAt) || (c.Source == nil) != (own.Source == nil) {
		return
	}
	if c.Source == nil || c.Source.equal(own.Source) {
		r.DateClaims = nil
	}
}

// says whether two claims give the same date by the same source.
func (c *DateClaimRecord) says(other *DateClaimRecord) bool {
	if c.Date != other.Date || calendarOr(c.Calendar) != calendarOr(other.Calendar) || (c.Source == nil) != (other.Source == nil) {
		return false
	}
	return c.Source == nil || c.Source.Title == other.Source.Title
}

// Accept makes one of [EventRecord.AllClaims] the date of the event.
func (r *EventRecord) Accept(claim int) error {
	claims, err := r.AllClaims()
	if err != nil {
		return err
	}
	if claims[claim].IsAccepted {
		return nil
	}
	claims = slices.Clone(claims)
	for i := range claims {
		claims[i].IsAccepted = i == claim
	}
	r.DateClaims, r.Date, r.Calendar = claims, claims[claim].Date, claims[claim].Calendar
	return nil
}

// Claim adds a date that somebody gives for the event. It is an Invalid error when the same source has given it before.
func (r *EventRecord) Claim(c DateClaimRecord, accept bool) error {
	claims, err := r.AllClaims()
	if err != nil {
		return err
	}
	for i := range claims {
		if claims[i].says(&c) {
			return Invalidf("the event has that date already by that source; accept the claim that is there, or name another source")
		}
	}
	c.IsAccepted = false
	r.DateClaims = append(slices.Clone(claims), c)
	if accept {
		return r.Accept(len(claims))
	}
	return nil
}

// Withdraw takes away one of [EventRecord.AllClaims] that is not the accepted one.
func (r *EventRecord) Withdraw(claim int) error {
	claims, err := r.AllClaims()
	if err != nil {
		return err
	}
	if claims[claim].IsAccepted {
		return Invalidf("the accepted claim is the date of the event; accept another one first")
	}
	r.DateClaims = slices.Delete(slices.Clone(claims), claim, claim+1)
	return nil
}

// Absorb adds what another record of the same event knows: its claims, sources, topics and categories, and the text, place and
// image where r has none. The date of r stays.
func (r *EventRecord) Absorb(other *EventRecord) error {
	theirs, err := other.AllClaims()
	if err != nil {
		return err
	}
	claims, err := r.AllClaims()
	if err != nil {
		return err
	}
	claims = slices.Clone(claims)
	for _, c := range theirs {
		c.IsAccepted = false
		if !slices.ContainsFunc(claims, func(own DateClaimRecord) bool {
			return own.says(&c) && (c.PrintedIn == "" || own.PrintedIn == c.PrintedIn)
		}) {
			claims = append(claims, c)
		}
	}
	r.DateClaims = claims
	for _, c := range other.Sources {
		if !slices.ContainsFunc(r.Sources, func(own Citation) bool { return own.equal(&c) }) {
			r.Sources = append(r.Sources, c)
		}
	}
	r.Topics, r.Categories = union(r.Topics, other.Topics), union(r.Categories, other.Categories)
	if r.Description == "" {
		r.Description = other.Description
	}
	if r.Place == "" {
		r.Place = other.Place
	}
	if r.Image == "" {
		r.Image = other.Image
	}
	return nil
}

func union[T comparable](a, b []T) []T {
	for _, v := range b {
		if !slices.Contains(a, v) {
			a = append(a, v)
		}
	}
	return a
}

func (c *Citation) equal(other *Citation) bool {
	return c.Title == other.Title && equalValue(c.URL, other.URL) && equalValue(c.Publisher, other.Publisher) &&
		equalValue(c.AccessedAt, other.AccessedAt) && equalValue(c.Quote, other.Quote)
}

func equalValue[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func calendarOr(c CalendarModel) CalendarModel {
	if c == "" {
		return CalendarGregorian
	}
	return c
}
