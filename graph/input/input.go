// Package input holds the inputs of mutations. A field that is Omittable tells what was left out from what was sent as null.
package input

import (
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/dateline-cms/dateline/internal/news"
)

// BodyInput is a text in one of its forms.
type BodyInput struct {
	HTML     *string
	Markdown *string
}

// BylineInput is one name of a byline.
type BylineInput struct {
	Name     *string
	AuthorID *news.ID
	Role     news.BylineRole
}

// DatelineInput is the line that opens a story.
type DatelineInput struct {
	Text  string
	Place *string
	Date  *news.Date
}

// Article is what new articles and changes of articles have in common.
type Article struct {
	Slug               graphql.Omittable[*string]
	Kind               graphql.Omittable[*news.ArticleKind]
	TranslationOf      graphql.Omittable[*news.ID]
	Dateline           graphql.Omittable[*DatelineInput]
	Standfirst         graphql.Omittable[*string]
	Summary            graphql.Omittable[*string]
	Body               graphql.Omittable[*BodyInput]
	Byline             graphql.Omittable[[]*BylineInput]
	PrimaryCategoryID  graphql.Omittable[*news.ID]
	CategoryIds        graphql.Omittable[[]news.ID]
	TopicIds           graphql.Omittable[[]news.ID]
	LeadImageID        graphql.Omittable[*news.ID]
	HistoricalEventIds graphql.Omittable[[]news.ID]
	IsSticky           graphql.Omittable[*bool]
	IsSyndicatable     graphql.Omittable[*bool]
	RevisionNote       *string
}

// CreateArticleInput is a new article.
type CreateArticleInput struct {
	IdempotencyKey *string
	Title          string
	Locale         *news.Locale
	Article
}

// UpdateArticleInput is a change of an article.
type UpdateArticleInput struct {
	ID               news.ID
	ExpectedRevision int
	Title            graphql.Omittable[*string]
	Article
}

// CorrectArticleInput is a correction of a published article.
type CorrectArticleInput struct {
	ID               news.ID
	ExpectedRevision int
	Kind             news.CorrectionKind
	Notice           string
	Body             graphql.Omittable[*BodyInput]
	Title            graphql.Omittable[*string]
	Standfirst       graphql.Omittable[*string]
	Summary          graphql.Omittable[*string]
}

// CreatePageInput is a new standing page.
type CreatePageInput struct {
	IdempotencyKey *string
	Title          string
	Slug           *string
	Locale         *news.Locale
	ParentID       *news.ID
	Body           *BodyInput
	RevisionNote   *string
}

// UpdatePageInput is a change of a standing page.
type UpdatePageInput struct {
	ID               news.ID
	ExpectedRevision int
	Title            graphql.Omittable[*string]
	Slug             graphql.Omittable[*string]
	ParentID         graphql.Omittable[*news.ID]
	Body             graphql.Omittable[*BodyInput]
	RevisionNote     *string
}

// EntryStepInput names an entry as its caller has seen it.
type EntryStepInput struct {
	ID               news.ID
	ExpectedRevision int
}

// PublishEntryInput says when an entry comes and goes.
type PublishEntryInput struct {
	ID               news.ID
	ExpectedRevision int
	PublishAt        *news.ScheduleTime
	EmbargoUntil     graphql.Omittable[*news.ScheduleTime]
	ExpiresAt        graphql.Omittable[*news.ScheduleTime]
}

// UnpublishEntryInput takes an entry off the site.
type UnpublishEntryInput struct {
	ID               news.ID
	ExpectedRevision int
	RedirectTo       *news.ID
}

// RetractEntryInput withdraws an entry.
type RetractEntryInput struct {
	ID               news.ID
	ExpectedRevision int
	Notice           string
}

// RestoreRevisionInput goes back to an earlier revision.
type RestoreRevisionInput struct {
	ID               news.ID
	ExpectedRevision int
	Revision         int
}

// CreateAPIKeyInput is a new API key.
type CreateAPIKeyInput struct {
	Name             string
	Scopes           []news.Scope
	CategoryIds      []news.ID
	Locales          []news.Locale
	SyndicatableOnly bool
	BodyDepth        news.BodyDepth
	ExpiresAt        *time.Time
}

// RevokeAPIKeyInput names an API key.
type RevokeAPIKeyInput struct {
	ID news.ID
}

// CreatePreviewTokenInput says what to show, and for how long.
type CreatePreviewTokenInput struct {
	EntryID          news.ID
	ExpiresInSeconds int
}
