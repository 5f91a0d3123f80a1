package news

import (
	"fmt"
	"slices"
)

// PrintedClaim is a date claim with what is known of the article of this site that printed it.
type PrintedClaim struct {
	DateClaim
	IsPrinted bool
	Article   string // its title; empty for one that whoever asks does not see
}

// Issues lists what an editor should look at in an event, as far as it can be told from itself, its picture (nil when it has
// none) and all claims of its date.
func (e *HistoricalEvent) Issues(image *Image, claims []PrintedClaim) []FieldIssue {
	c := Copy{Title: e.Title, Body: Body{HTML: e.Account.HTML, Text: e.Account.Text}, LeadImage: image, Locale: e.Locale,
		BodyField: "description", ImageField: "image", IsBrief: true}
	found := c.Issues()
	if suspicious := SuspiciousDate(e); suspicious != nil {
		found = append(found, FieldIssue{ContentIssue: *suspicious, Path: []string{"date"}})
	}
	return append(found, e.ClaimIssues(claims)...)
}

// ClaimIssues compares the accepted date of an event with its other claims. A claim is an issue when no day fits both (see
// [EventDateConflict]), and when it is better supported than the accepted one and would keep the event on another day of the
// year. One that an article of this site printed misleads its readers. Disagreement of sources is only to be known of once
// somebody has set the event to VERIFIED or DISPUTED.
func (e *HistoricalEvent) ClaimIssues(claims []PrintedClaim) (found []FieldIssue) {
	at := slices.IndexFunc(claims, func(c PrintedClaim) bool { return c.IsAccepted })
	if at < 0 {
		return nil
	}
	accepted, best := &claims[at], bestClaim(claims)
	for i := range claims {
		c := &claims[i]
		if c == accepted {
			continue
		}
		why := ""
		if i == best && e.Verification != Verified {
			why = c.betterThan(&accepted.DateClaim)
		}
		if issue := e.claimIssue(c, accepted, why); issue != nil {
			found = append(found, FieldIssue{ContentIssue: *issue, Path: []string{"dateClaims"}})
		}
	}
	return found
}

// claimIssue is the issue with a claim that is not accepted, which is better for the reason why, if there is one.
func (e *HistoricalEvent) claimIssue(c, accepted *PrintedClaim, why string) *ContentIssue {
	issue := EventDateConflict(e.Title, c.Date, accepted.Date)
	day, kept := c.Date.MonthDay(), accepted.Date.MonthDay()
	movesDay := why != "" && day != nil && (kept == nil || *day != *kept)
	if issue == nil && !movesDay {
		return nil
	}
	message := fmt.Sprintf("%s gives %s, the accepted date is %s", c.claimant(), c.Date.Text(nil, StyleLong), accepted.Date.Text(nil, StyleLong))
	severity := SeverityWarning
	switch {
	case issue != nil && c.IsPrinted:
		severity = issue.Severity
		message += "; correct the article, or accept its date"
	case issue != nil && why == "" && (e.Verification == Verified || e.Verification == Disputed):
		severity = SeverityInfo
		message += fmt.Sprintf("; the event is set to %s", e.Verification)
	case why == "":
		message += fmt.Sprintf("; accept the right one, or set the event to %s or %s", Verified, Disputed)
	}
	if why != "" {
		message += fmt.Sprintf("; it is better supported (%s): accept it, or set the event to %s", why, Verified)
	}
	if movesDay && kept == nil {
		message += fmt.Sprintf("; until then the event is kept on no day of the year, and not on %s", dayText(*day))
	} else if movesDay {
		message += fmt.Sprintf("; until then the event is kept on %s of each year, and not on %s", dayText(*kept), dayText(*day))
	}
	return &ContentIssue{IssueEventDateConflict, severity, message}
}

// dayText is a day of the year in words.
func dayText(day MonthDay) string {
	return HistoricalDate{EDTF: EDTF("XXXX-" + day.String()), Calendar: CalendarGregorian}.Text(nil, StyleLong)
}

// claimant names who makes a claim.
func (c *PrintedClaim) claimant() string {
	switch {
	case c.IsPrinted && c.Article != "":
		return "the article " + quoted(c.Article)
	case c.IsPrinted:
		return "an article"
	case c.Source != nil:
		return "the source " + quoted(c.Source.Title)
	}
	return "a claim without a source"
}

// bestClaim is the index of the claim with the best support, the first of several.
func bestClaim(claims []PrintedClaim) (best int) {
	for i := range claims {
		if claims[i].betterThan(&claims[best].DateClaim) != "" {
			best = i
		}
	}
	return best
}

// betterThan says why a claim is better supported than another; empty when it is not. A named source counts most, then that
// the date is not in doubt, then how exact it is.
func (c *DateClaim) betterThan(other *DateClaim) string {
	rank := func(c *DateClaim) int { return slices.Index(DatePrecisions, c.Date.Precision) }
	sourced, sure := c.Source != nil, c.Date.Certainty == CertaintyExact
	otherSourced, otherSure := other.Source != nil, other.Date.Certainty == CertaintyExact
	switch {
	case sourced != otherSourced:
		return sayIf(sourced, "it names a source")
	case !sourced:
		return "" // nobody knows which one is better
	case sure != otherSure:
		return sayIf(sure, "it is not in doubt")
	}
	return sayIf(rank(c) > rank(other), "it is more exact")
}

func sayIf(is bool, what string) string {
	if is {
		return what
	}
	return ""
}
