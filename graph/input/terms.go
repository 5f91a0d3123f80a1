package input

import (
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/dateline-cms/dateline/internal/news"
)

// MergeInput names nodes of which one is to be made.
type MergeInput struct {
	Sources          []*MergeSourceInput
	TargetID         news.ID
	ExpectedRevision int
}

// MergeSourceInput is a node that is to become part of another.
type MergeSourceInput struct {
	ID               news.ID
	ExpectedRevision int
}

// PinRelatedInput is an article that is to be related to another.
type PinRelatedInput struct {
	ArticleID        news.ID
	RelatedID        news.ID
	ExpectedRevision int
	Position         *int
	Note             graphql.Omittable[*string]
	ExpiresAt        graphql.Omittable[*time.Time]
	IsMutual         bool
}

// HideRelatedInput is an article that is not to be related to another.
type HideRelatedInput struct {
	ArticleID        news.ID
	RelatedID        news.ID
	ExpectedRevision int
	IsMutual         bool
}

// RelatedInput is an article at another.
type RelatedInput struct {
	ArticleID        news.ID
	RelatedID        news.ID
	ExpectedRevision int
}

// CreateCategoryInput is a new category.
type CreateCategoryInput struct {
	IdempotencyKey *string
	Name           string
	Slug           *string
	Locale         *news.Locale
	Description    *string
	ParentID       *news.ID
	Position       *int
}

// UpdateCategoryInput is a change of a category.
type UpdateCategoryInput struct {
	ID               news.ID
	ExpectedRevision int
	Name             graphql.Omittable[*string]
	Slug             graphql.Omittable[*string]
	Description      graphql.Omittable[*string]
	Position         graphql.Omittable[*int]
}

// MoveCategoryInput is another place for a category.
type MoveCategoryInput struct {
	ID               news.ID
	ExpectedRevision int
	ParentID         graphql.Omittable[*news.ID]
	Position         graphql.Omittable[*int]
}

// DeleteCategoryInput is a category that is to be erased.
type DeleteCategoryInput struct {
	ID               news.ID
	ExpectedRevision int
}

// Topic is what new topics and changes of topics have in common.
type Topic struct {
	Slug        graphql.Omittable[*string]
	Kind        graphql.Omittable[*news.TopicKind]
	Aliases     graphql.Omittable[[]string]
	Description graphql.Omittable[*string]
	SameAs      graphql.Omittable[[]news.URL]
	ImageID     graphql.Omittable[*news.ID]
}

// CreateTopicInput is a new topic.
type CreateTopicInput struct {
	IdempotencyKey *string
	Name           string
	Locale         *news.Locale
	Topic
}

// UpdateTopicInput is a change of a topic.
type UpdateTopicInput struct {
	ID               news.ID
	ExpectedRevision int
	Name             graphql.Omittable[*string]
	Topic
}

// Author is what new authors and changes of authors have in common.
type Author struct {
	Slug       graphql.Omittable[*string]
	JobTitle   graphql.Omittable[*string]
	Bio        graphql.Omittable[*BodyInput]
	Links      graphql.Omittable[[]news.URL]
	PortraitID graphql.Omittable[*news.ID]
}

// CreateAuthorInput is a new author.
type CreateAuthorInput struct {
	IdempotencyKey *string
	Name           string
	Author
}

// UpdateAuthorInput is a change of an author.
type UpdateAuthorInput struct {
	ID               news.ID
	ExpectedRevision int
	Name             graphql.Omittable[*string]
	Author
}
