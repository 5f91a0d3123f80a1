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
