package input

import (
	"github.com/99designs/gqlgen/graphql"

	"github.com/dateline-cms/dateline/internal/news"
)

// ImageWords are what people say about an image.
type ImageWords struct {
	Title   graphql.Omittable[*string]
	Caption graphql.Omittable[*BodyInput]
	Credit  graphql.Omittable[*string]
	AltText graphql.Omittable[*string]
}

// Image is what new images and changes of images have in common.
type Image struct {
	ImageWords
	MimeType    graphql.Omittable[*string]
	SizeInBytes graphql.Omittable[*int]
	Width       graphql.Omittable[*int]
	Height      graphql.Omittable[*int]
}

// CreateImageInput is an image that has an address already.
type CreateImageInput struct {
	IdempotencyKey *string
	URL            news.URL
	Image
}

// UploadImageInput is an image whose file comes with the request.
type UploadImageInput struct {
	IdempotencyKey *string
	File           Upload
	ImageWords
}

// UpdateImageInput is a change of an image.
type UpdateImageInput struct {
	ID               news.ID
	ExpectedRevision int
	URL              graphql.Omittable[*news.URL]
	Image
}

// UpdateSiteInput is a change of the site's settings.
type UpdateSiteInput struct {
	ExpectedRevision int
	Name             graphql.Omittable[*string]
	Tagline          graphql.Omittable[*string]
	URL              graphql.Omittable[*news.URL]
	TimeZone         graphql.Omittable[*news.TimeZone]
	DefaultLocale    graphql.Omittable[*news.Locale]
	Locales          graphql.Omittable[[]news.Locale]
	SocialLinks      graphql.Omittable[[]news.URL]
	// RelatedHalfLife is in days.
	RelatedHalfLife graphql.Omittable[*int]
	About           graphql.Omittable[*AboutInput]
}

// AboutInput is the about box.
type AboutInput struct {
	Heading string
	Body    BodyInput
	PageID  *news.ID
}

// UpdateMenuInput is a menu with its links.
type UpdateMenuInput struct {
	ExpectedRevision int
	Location         string
	Items            []*MenuItemInput
}

// MenuItemInput is one link of a menu.
type MenuItemInput struct {
	Label       string
	URL         news.URL
	ParentIndex *int
}
