package input

import (
	"github.com/99designs/gqlgen/graphql"

	"github.com/dateline-cms/dateline/internal/news"
)

// CitationInput is a source of a fact.
type CitationInput struct {
	Title      string
	URL        *news.URL
	Publisher  *string
	AccessedAt *news.Date
	Quote      *string
}

// HistoricalEvent is what new events and changes of events have in common.
type HistoricalEvent struct {
	Slug         graphql.Omittable[*string]
	Kind         graphql.Omittable[*news.HistoricalEventKind]
	Description  graphql.Omittable[*BodyInput]
	Verification graphql.Omittable[*news.VerificationState]
	Significance graphql.Omittable[*int]
	IsSelected   graphql.Omittable[*bool]
	PlaceID      graphql.Omittable[*news.ID]
	ImageID      graphql.Omittable[*news.ID]
	TopicIds     graphql.Omittable[[]news.ID]
	CategoryIds  graphql.Omittable[[]news.ID]
	Sources      graphql.Omittable[[]*CitationInput]
	RevisionNote *string
}

// CreateHistoricalEventInput is a new historical event.
type CreateHistoricalEventInput struct {
	IdempotencyKey *string
	Title          string
	Date           news.EDTF
	Calendar       news.CalendarModel
	Locale         *news.Locale
	IsDraft        bool
	HistoricalEvent
}

// UpdateHistoricalEventInput is a change of a historical event.
type UpdateHistoricalEventInput struct {
	ID               news.ID
	ExpectedRevision int
	Title            graphql.Omittable[*string]
	HistoricalEvent
}

// AddDateClaimInput is a date that somebody gives for an event.
type AddDateClaimInput struct {
	EventID          news.ID
	ExpectedRevision int
	Date             news.EDTF
	Calendar         news.CalendarModel
	Source           *CitationInput
	Note             *string
	PrintedInID      *news.ID
	Accept           bool
}

// DateClaimInput is one of the dates that were given for an event.
type DateClaimInput struct {
	ID               news.ID
	ExpectedRevision int // of the event
}
