package news

import "time"

// OrderDirection is ascending or descending.
type OrderDirection string

// The directions of an order.
const (
	Ascending  OrderDirection = "ASC"
	Descending OrderDirection = "DESC"
)

// DateTimeRange is From (inclusive) to To (exclusive); a nil end is open.
type DateTimeRange struct {
	From *time.Time
	To   *time.Time
}

// IntRange is From to To, both inclusive; a nil end is open.
type IntRange struct {
	From *int
	To   *int
}

// TermRef names a category, topic or author by one of its keys.
type TermRef struct {
	ID   *ID
	Slug *string
	Path *Path
}

// SlugRef names a page by its slug; a nil locale is the site's default.
type SlugRef struct {
	Slug   string
	Locale *Locale
}

// ExternalRefInput names a node by its identity in another system.
type ExternalRefInput struct {
	System string
	Value  string
}

// ArticleRef names an article by one of its keys.
type ArticleRef struct {
	ID          *ID
	Path        *Path
	Slug        *SlugRef
	ExternalRef *ExternalRefInput
}

// TermFilter matches what an article is filed under; its parts are joined by AND.
type TermFilter struct {
	AnyOf              []*TermRef
	AllOf              []*TermRef
	NoneOf             []*TermRef
	IncludeDescendants bool // categories only: a parent also matches its whole subtree
}

// ArticleFilter selects articles; its parts are joined by AND.
type ArticleFilter struct {
	And           []*ArticleFilter
	Or            []*ArticleFilter
	Not           *ArticleFilter
	Ids           []ID
	Kinds         []ArticleKind
	Statuses      []EntryStatus `json:",omitempty"` // left out of the hash in cursors, as it was before
	Categories    *TermFilter
	Topics        *TermFilter
	Authors       *TermFilter
	MentionsEvent *ID
	PublishedAt   *DateTimeRange
	UpdatedAt     *DateTimeRange
	Locales       []Locale
	HasLeadImage  *bool
	IsSticky      *bool
}

// ArticleOrder is one key of an order of articles.
type ArticleOrder struct {
	Field     ArticleOrderField
	Direction OrderDirection
}

// ArticleOrderField is what articles can be ordered by.
type ArticleOrderField string

// What articles can be ordered by.
const (
	ByPublishedAt ArticleOrderField = "PUBLISHED_AT"
	ByUpdatedAt   ArticleOrderField = "UPDATED_AT"
	ByTitle       ArticleOrderField = "TITLE"
)

// HistoricalEventFilter selects events; its parts are joined by AND.
type HistoricalEventFilter struct {
	And              []*HistoricalEventFilter
	Or               []*HistoricalEventFilter
	Not              *HistoricalEventFilter
	Kinds            []HistoricalEventKind
	Statuses         []EntryStatus `json:",omitempty"` // left out of the hash in cursors, as it was before
	AstronomicalYear *IntRange
	MonthDay         *MonthDay
	Precision        []DatePrecision
	Verification     []VerificationState
	SelectedOnly     *bool
	MinSignificance  *int
	Topics           *TermFilter
	Categories       *TermFilter
	Text             *string
}

// HistoricalEventOrder is an order of events.
type HistoricalEventOrder struct {
	Field     HistoricalEventOrderField
	Direction OrderDirection
}

// HistoricalEventOrderField is what events can be ordered by.
type HistoricalEventOrderField string

// What events can be ordered by.
const (
	EventByDate         HistoricalEventOrderField = "DATE"
	EventBySignificance HistoricalEventOrderField = "SIGNIFICANCE"
	EventByTitle        HistoricalEventOrderField = "TITLE"
	EventByUpdatedAt    HistoricalEventOrderField = "UPDATED_AT"
)

// CategoryOrder is an order of categories.
type CategoryOrder struct {
	Field     CategoryOrderField
	Direction OrderDirection
}

// CategoryOrderField is what categories can be ordered by.
type CategoryOrderField string

// What categories can be ordered by.
const (
	CategoryByPosition     CategoryOrderField = "POSITION"
	CategoryByName         CategoryOrderField = "NAME"
	CategoryByArticleCount CategoryOrderField = "ARTICLE_COUNT"
)

// TopicFilter selects topics; its parts are joined by AND.
type TopicFilter struct {
	Kinds []TopicKind
}

// TopicOrder is an order of topics.
type TopicOrder string

// The orders of topics.
const (
	TopicByName         TopicOrder = "NAME"
	TopicByArticleCount TopicOrder = "ARTICLE_COUNT"
)

// DayInput says which day: one of its fields.
type DayInput struct {
	TodayIn  *TimeZone
	Date     *Date
	MonthDay *MonthDay
}

// SearchFilter selects what a search may find; its parts are joined by AND.
type SearchFilter struct {
	Types       []SearchType
	Categories  *TermFilter
	Topics      *TermFilter
	Authors     *TermFilter
	PublishedAt *DateTimeRange
	Locales     []Locale
}

// SearchType is a type of thing that a search can find.
type SearchType string

// The types that a search can find.
const (
	SearchArticles   SearchType = "ARTICLE"
	SearchPages      SearchType = "PAGE"
	SearchEvents     SearchType = "HISTORICAL_EVENT"
	SearchTopics     SearchType = "TOPIC"
	SearchAuthors    SearchType = "AUTHOR"
	SearchCategories SearchType = "CATEGORY"
)

// SearchOrder is an order of search results.
type SearchOrder string

// The orders of search results.
const (
	SearchByRelevance SearchOrder = "RELEVANCE"
	SearchByFreshness SearchOrder = "FRESHNESS"
	SearchByNewest    SearchOrder = "NEWEST"
	SearchByOldest    SearchOrder = "OLDEST"
)

// SearchFacetField is what the hits of a search are counted by.
type SearchFacetField string

// What hits are counted by.
const (
	FacetType     SearchFacetField = "TYPE"
	FacetCategory SearchFacetField = "CATEGORY"
	FacetTopic    SearchFacetField = "TOPIC"
	FacetAuthor   SearchFacetField = "AUTHOR"
	FacetYear     SearchFacetField = "YEAR"
	FacetLocale   SearchFacetField = "LOCALE"
)

// SearchFacet is how many hits have each value of a field.
type SearchFacet struct {
	Field   SearchFacetField
	Buckets []*SearchFacetBucket // the fullest first
}

// SearchFacetBucket is one value of a field.
type SearchFacetBucket struct {
	Value string // for a filter: an id, a type, a year, a language
	Label string // for people; Value where there is no name
	Count int
	Node  Node // nil for what is no node
}
