package news

import "time"

// Category is a section of the site. Categories form a tree.
type Category struct {
	ID          ID        `json:"-"`
	ParentID    ID        `json:"-"` // zero at the top
	Path        Path      `json:"path,omitempty"`
	Name        string    `json:"name"`
	Slug        string    `json:"slug,omitempty"`
	Locale      Locale    `json:"locale,omitempty"`
	Description *string   `json:"description,omitempty"`
	Position    int       `json:"position,omitempty"`
	Depth       int       `json:"-"`
	Revision    int       `json:"-"`
	UpdatedAt   time.Time `json:"updatedAt,omitzero"`

	SubtreeArticles int `json:"-"` // published articles here and below
	DirectArticles  int `json:"-"` // published articles filed here
}

// NodeID is the category's id.
func (c *Category) NodeID() ID { return c.ID }

// Address is the canonical path.
func (c *Category) Address() Path { return c.Path }

// ArticleCount is the number of published articles, with or without those of the categories below.
func (c *Category) ArticleCount(includeDescendants bool) int {
	if includeDescendants {
		return c.SubtreeArticles
	}
	return c.DirectArticles
}

// Topic is what a story is about, as opposed to where it is filed.
type Topic struct {
	ID           ID        `json:"-"`
	Path         Path      `json:"path,omitempty"`
	Kind         TopicKind `json:"kind,omitempty"`
	Name         string    `json:"name"`
	Slug         string    `json:"slug,omitempty"`
	Locale       Locale    `json:"locale,omitempty"`
	Aliases      []string  `json:"aliases,omitempty"`
	Description  *string   `json:"description,omitempty"`
	SameAs       []URL     `json:"sameAs,omitempty"`
	ArticleCount int       `json:"-"` // published articles
	Revision     int       `json:"-"`
	UpdatedAt    time.Time `json:"updatedAt,omitzero"`
	ImageID      ID        `json:"-"`
}

// NodeID is the topic's id.
func (t *Topic) NodeID() ID { return t.ID }

// Address is the canonical path.
func (t *Topic) Address() Path { return t.Path }

// TopicKind says what sort of thing a topic is.
type TopicKind string

// The sorts of topics.
const (
	TopicSubject      TopicKind = "SUBJECT"
	TopicPerson       TopicKind = "PERSON"
	TopicOrganisation TopicKind = "ORGANISATION"
	TopicPlace        TopicKind = "PLACE"
	TopicEvent        TopicKind = "EVENT"
	TopicWork         TopicKind = "WORK"
	TopicSeries       TopicKind = "SERIES"
	TopicTone         TopicKind = "TONE"
	TopicTag          TopicKind = "TAG"
)

// TopicKinds lists every sort; the position of a sort never changes.
var TopicKinds = []TopicKind{
	TopicSubject, TopicPerson, TopicOrganisation, TopicPlace, TopicEvent, TopicWork, TopicSeries, TopicTone, TopicTag,
}

// Author is a person or desk that articles are credited to.
type Author struct {
	ID           ID        `json:"-"`
	Path         Path      `json:"path,omitempty"`
	Name         string    `json:"name"`
	Slug         string    `json:"slug,omitempty"`
	JobTitle     *string   `json:"jobTitle,omitempty"`
	Bio          *RichText `json:"-"`
	Links        []URL     `json:"links,omitempty"`
	ArticleCount int       `json:"-"` // published articles
	Revision     int       `json:"-"`
	UpdatedAt    time.Time `json:"updatedAt,omitzero"`
	PortraitID   ID        `json:"-"`
}

// NodeID is the author's id.
func (a *Author) NodeID() ID { return a.ID }

// Address is the canonical path.
func (a *Author) Address() Path { return a.Path }

// Image is a picture with its address and description. The file itself lies elsewhere.
type Image struct {
	ID          ID        `json:"-"`
	File        URL       `json:"url"` // absolute, or root-relative on this site
	MimeType    string    `json:"mimeType,omitempty"`
	SizeInBytes *int      `json:"sizeInBytes,omitempty"`
	Title       *string   `json:"title,omitempty"`
	Caption     *RichText `json:"-"`
	Credit      *string   `json:"credit,omitempty"`
	AltText     *string   `json:"altText,omitempty"` // nil: nobody wrote one; empty: decorative
	Width       *int      `json:"width,omitempty"`
	Height      *int      `json:"height,omitempty"`
	Revision    int       `json:"-"`
	UpdatedAt   time.Time `json:"updatedAt,omitzero"`
}

// NodeID is the image's id.
func (i *Image) NodeID() ID { return i.ID }
