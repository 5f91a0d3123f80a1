package news

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ContentIssue is something about a piece of content that a person should look at.
type ContentIssue struct {
	Code     ContentIssueCode
	Severity IssueSeverity
	Message  string // what is wrong and what to do
}

// ContentIssueCode says what is wrong.
type ContentIssueCode string

// The issues with events.
const (
	IssueEventDateConflict ContentIssueCode = "EVENT_DATE_CONFLICT" // an article or another claim gives another date than the event has
	IssueSuspiciousDate    ContentIssueCode = "SUSPICIOUS_DATE"     // a day that was probably never known
	IssueDuplicateEvent    ContentIssueCode = "DUPLICATE_EVENT"     // events that may be one, told twice
)

// ContentIssueCodes lists every code.
var ContentIssueCodes = []ContentIssueCode{IssueEventDateConflict, IssueSuspiciousDate, IssueDuplicateEvent, IssueFillerText, IssueMissingAltText,
	IssueEncodingDamage, IssueDuplicateText, IssueDeadInternalLink, IssueEmptyField}

// IssueSeverity says how much an issue matters.
type IssueSeverity string

// The severities, mildest first.
const (
	SeverityInfo    IssueSeverity = "INFO"
	SeverityWarning IssueSeverity = "WARNING"
	SeverityError   IssueSeverity = "ERROR"
)

// EventDateConflict compares the date that an article printed with the one accepted for the event of that title; nil when
// both can be right. They conflict when no day fits both: an error, or a warning when one of them has a question mark. Approximate
// dates, dates without a year, and the same figures in two calendars never conflict.
func EventDateConflict(title string, printed, accepted HistoricalDate) *ContentIssue {
	// Marks of doubt stand for themselves in EDTF, wherever they are.
	written := string(printed.EDTF + " " + accepted.EDTF)
	if printed.EDTF == accepted.EDTF || strings.ContainsAny(written, "~%") {
		return nil
	}
	if !endsBefore(printed, accepted) && !endsBefore(accepted, printed) {
		return nil
	}
	issue := &ContentIssue{IssueEventDateConflict, SeverityError, fmt.Sprintf(
		"the article dates the event %q %s, the accepted date is %s; correct the article, or accept its date for the event",
		title, printed.Text(nil, StyleLong), accepted.Text(nil, StyleLong))}
	if strings.Contains(written, "?") {
		issue.Severity = SeverityWarning
	}
	return issue
}

// endsBefore says whether every day of a lies before every day of b.
func endsBefore(a, b HistoricalDate) bool {
	last, hasLast := a.Latest()
	first, hasFirst := b.Earliest()
	return hasLast && hasFirst && last < first
}

// DuplicateEvents is the issue of a group that [SameEvents] found on a day.
func DuplicateEvents(count int, day HistoricalDate) ContentIssue {
	return ContentIssue{IssueDuplicateEvent, SeverityWarning, fmt.Sprintf(
		"%d events of %s may be one; keep the first, give it what only the others have, and set those to %s",
		count, day.Text(nil, StyleLong), StatusUnpublished)}
}

// TooManyEvents is the issue of a day with more events than are compared with each other.
func TooManyEvents(count, most int, day HistoricalDate) ContentIssue {
	return ContentIssue{IssueDuplicateEvent, SeverityWarning, fmt.Sprintf(
		"%d events are dated %s, and no more than %d are compared with each other; if their day was never known, write only what was",
		count, day.Text(nil, StyleLong), most)}
}

// SuspiciousDate finds a year that a program wrote as 1 January; nil when the event's date shows no sign of it. The signs
// are the time 00:00:00, or a title or description that tells a year and not the day: the year itself, its decade or
// century, or, unless the event is a birth or a death, any year from 1000 to 2099. A verified date is not suspicious, nor
// is a holiday or an observance. A text that tells nothing about time is no sign.
func SuspiciousDate(e *HistoricalEvent) *ContentIssue {
	kept := e.Date.MonthDay()
	if kept == nil || *kept != (MonthDay{1, 1}) || e.Date.AstronomicalYear == nil || e.Verification == Verified ||
		e.Kind == EventHoliday || e.Kind == EventObservance {
		return nil
	}
	text := plain(e.Title + "\n" + e.Account.Text)
	if namesFirstOfJanuary(text, e.Locale) {
		return nil
	}
	year := *e.Date.AstronomicalYear
	sign := ""
	if e.Date.Time != nil && strings.HasPrefix(*e.Date.Time, "00:00:00") {
		sign = "it has the time 00:00:00, which programs add"
	} else if name := namedSpan(text, year, e.Locale); name != "" {
		sign = fmt.Sprintf("the text says %q and not the day", name)
	} else if other := anyYearNumber.FindStringSubmatch(text); other != nil && e.Kind != EventBirth && e.Kind != EventDeath {
		sign = fmt.Sprintf("the text says %q and not the day", other[1])
	}
	if sign == "" {
		return nil
	}
	return &ContentIssue{IssueSuspiciousDate, SeverityWarning, fmt.Sprintf(
		"%s may stand for an unknown day: %s; write the date as %s if only the year is known, or set the event to %s",
		e.Date.EDTF, sign, point{year: year, certainty: e.Date.Certainty}, Verified)}
}

// anyYearNumber finds a year of four digits that is no part of another number.
var anyYearNumber = regexp.MustCompile(`(?:^|[^\d.,])(1\d{3}|20\d\d)(?:\D|$)`)

// namedSpan is how text calls the year, or the decade or century around it; empty when it does not.
func namedSpan(text string, year int, locale Locale) string {
	spans := []point{{year: year}}
	if year >= 100 {
		spans = append(spans, point{year: year - year%10, unknown: 1}, point{year: year - year%100, unknown: 2})
	}
	for _, span := range spans {
		for _, l := range []Locale{locale, "en"} {
			language, _ := languageFor(&l)
			if name := (dateWriter{language, StyleLong}).exact(span); contains(text, plain(name)) {
				return name
			}
		}
	}
	return ""
}

// namesFirstOfJanuary says whether text, in plain form, names the day in its language or in English.
func namesFirstOfJanuary(text string, locale Locale) bool {
	for _, name := range [...]string{"1st january", "1st of january", "first of january", "jan. 1", "new year"} {
		if contains(text, name) {
			return true
		}
	}
	day := HistoricalDate{EDTF: "XXXX-01-01", Calendar: CalendarGregorian}
	for _, l := range [...]Locale{locale, "en", "en-US"} {
		for _, style := range [...]DateStyle{StyleLong, StyleMedium} {
			if contains(text, plain(day.Text(&l, style))) {
				return true
			}
		}
	}
	return false
}

// plain is s in lower case, with ASCII digits, and with spaces for hyphens ("15th-century").
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		for _, zero := range [...]digits{arabic, persian} {
			if r >= rune(zero) && r <= rune(zero)+9 {
				return r - rune(zero) + '0'
			}
		}
		if r == '-' || r == '\u00a0' {
			return ' '
		}
		return unicode.ToLower(r)
	}, s)
}

// contains says whether text has name and not as a part of a longer number or Latin word.
func contains(text, name string) bool {
	first, _ := utf8.DecodeRuneInString(name)
	last, _ := utf8.DecodeLastRuneInString(name)
	for at := 0; ; {
		i := strings.Index(text[at:], name)
		if i < 0 {
			return false
		}
		start, end := at+i, at+i+len(name)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if !isJoined(before, first) && !isJoined(last, after) {
			return true
		}
		at = end
	}
}

// isJoined says whether two characters in a row belong to one number or Latin word.
func isJoined(a, b rune) bool {
	return unicode.IsDigit(a) && unicode.IsDigit(b) || unicode.Is(unicode.Latin, a) && unicode.Is(unicode.Latin, b)
}
