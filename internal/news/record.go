package news

import "slices"

// Ref names a record in the system it came from, written "system:value" such as "wordpress:post:1234": the system ends
// at the first colon. Records refer to each other by Ref, in any order.
type Ref string

// Record is one thing to import: exactly one of the pointers after Ref is set. As a line of JSON it is one object with
// the fields of that struct, "type" (the lower-case name of the pointer) and "ref".
type Record struct {
	Ref      Ref
	Site     *SiteRecord
	Image    *ImageRecord
	Author   *AuthorRecord
	Topic    *TopicRecord
	Category *CategoryRecord
	Page     *PageRecord
	Article  *ArticleRecord
	Event    *EventRecord
	Redirect *RedirectRecord
}

// SiteRecord sets the site; fields left out keep their value. An empty tagline or about box takes it away.
type SiteRecord struct {
	Site
	About *AboutRecord `json:"about,omitempty"`
}

// AboutRecord is the "About Us" box of a [SiteRecord].
type AboutRecord struct {
	Heading string `json:"heading"`
	Body    HTML   `json:"body"`
	Page    Ref    `json:"page,omitempty"`
}

// ImageRecord is an image to import.
type ImageRecord struct {
	Image
	Caption HTML `json:"caption,omitempty"`
}

// AuthorRecord is an author to import.
type AuthorRecord struct {
	Author
	Bio           HTML   `json:"bio,omitempty"`
	Portrait      Ref    `json:"portrait,omitempty"`
	RedirectsFrom []Path `json:"redirectsFrom,omitempty"`
}

// TopicRecord is a topic to import.
type TopicRecord struct {
	Topic
	Image         Ref    `json:"image,omitempty"`
	RedirectsFrom []Path `json:"redirectsFrom,omitempty"`
}

// CategoryRecord is a category to import.
type CategoryRecord struct {
	Category
	Parent        Ref    `json:"parent,omitempty"`
	RedirectsFrom []Path `json:"redirectsFrom,omitempty"`
}

// PageRecord is a page to import.
type PageRecord struct {
	Page
	Schedule
	Body          HTML          `json:"body"`
	Parent        Ref           `json:"parent,omitempty"`
	RedirectsFrom []Path        `json:"redirectsFrom,omitempty"`
	ExternalRefs  []ExternalRef `json:"externalRefs,omitempty"`
}

// ArticleRecord is an article to import. Status defaults to PUBLISHED, kind to NEWS, locale to the site's, slug to one
// made from the title, and path to the primary category's path and the slug.
type ArticleRecord struct {
	Article
	Schedule
	Body            HTML           `json:"body"`
	Byline          []CreditRecord `json:"byline,omitempty"`
	PrimaryCategory Ref            `json:"primaryCategory,omitempty"`
	Categories      []Ref          `json:"categories,omitempty"`
	Topics          []TopicLink    `json:"topics,omitempty"`
	LeadImage       Ref            `json:"leadImage,omitempty"`
	Related         []Pin          `json:"related,omitempty"` // the editors' order
	Events          []Ref          `json:"events,omitempty"`
	TranslationOf   Ref            `json:"translationOf,omitempty"`
	Hidden          []Hide         `json:"hidden,omitempty"` // articles not to be shown as related
	Corrections     []Correction   `json:"corrections,omitempty"`

	// IsNotSyndicatable keeps the article from partners whose keys are limited to syndicatable content.
	IsNotSyndicatable bool          `json:"isNotSyndicatable,omitempty"`
	RedirectsFrom     []Path        `json:"redirectsFrom,omitempty"`
	ExternalRefs      []ExternalRef `json:"externalRefs,omitempty"`
}

// CreditRecord is one name of an imported byline. Name may be left out when Author is given.
type CreditRecord struct {
	Name   string     `json:"name,omitempty"`
	Role   BylineRole `json:"role,omitempty"` // AUTHOR when left out
	Author Ref        `json:"author,omitempty"`
}

// TopicLink puts a topic on an imported article.
type TopicLink struct {
	Topic     Ref              `json:"topic"`
	Relevance *float64         `json:"relevance,omitempty"` // 1 when left out
	Source    AssignmentSource `json:"source,omitempty"`    // IMPORT when left out
}

// EventRecord is a historical event to import. Significance defaults to 50.
type EventRecord struct {
	HistoricalEvent
	Schedule
	Date          EDTF          `json:"date"`               // in Calendar; BC years are astronomical: 44 BC is -0043
	Calendar      CalendarModel `json:"calendar,omitempty"` // GREGORIAN when left out
	Description   HTML          `json:"description,omitempty"`
	Significance  *int          `json:"significance,omitempty"`
	Sources       []Citation    `json:"sources,omitempty"`
	Place         Ref           `json:"place,omitempty"` // a topic
	Image         Ref           `json:"image,omitempty"`
	Topics        []Ref         `json:"topics,omitempty"`
	Categories    []Ref         `json:"categories,omitempty"`
	RedirectsFrom []Path        `json:"redirectsFrom,omitempty"`
	ExternalRefs  []ExternalRef `json:"externalRefs,omitempty"`

	// DateClaims are all dates that were given for the event; see [EventRecord.AllClaims].
	DateClaims []DateClaimRecord `json:"dateClaims,omitempty"`
}

// RedirectRecord sends an old path to a node, or, without Target, says that it is gone.
type RedirectRecord struct {
	From   Path   `json:"from"`
	Target Ref    `json:"target,omitempty"`
	Reason string `json:"reason,omitempty"` // why it is gone
}

// Outcome is what became of one imported record.
type Outcome struct {
	Result ImportResult
	Reason string // why it failed, or what to know about it; may be empty
}

// ImportResult says what an import did with a record.
type ImportResult string

// What an import can do with a record.
const (
	Created   ImportResult = "created"
	Updated   ImportResult = "updated"
	Unchanged ImportResult = "unchanged"
	Failed    ImportResult = "failed"
)

// Unresolved is a reference of an imported record to one that nobody has imported.
type Unresolved struct {
	From     Ref    `json:"from"`
	To       Ref    `json:"to"`
	Relation string `json:"relation"` // the field of the record that holds the reference
}

// Check says what is wrong with the record as far as it can be told without others: it must hold one thing, and words
// that stand for something must be known ones.
func (r *Record) Check() error {
	held := 0
	for _, isHeld := range []bool{r.Site != nil, r.Image != nil, r.Author != nil, r.Topic != nil, r.Category != nil, r.Page != nil,
		r.Article != nil, r.Event != nil, r.Redirect != nil} {
		if isHeld {
			held++
		}
	}
	if held != 1 {
		return Invalidf("the record holds %d things; give one", held)
	}
	switch {
	case r.Site != nil:
		return r.Site.CheckSettings()
	case r.Topic != nil:
		return oneOf("kind", r.Topic.Kind, TopicKinds...)
	case r.Page != nil:
		return r.Page.Status.check()
	case r.Article != nil:
		return r.Article.check()
	case r.Event != nil:
		return r.Event.check()
	}
	return nil
}

func (r *ArticleRecord) check() error {
	for _, c := range r.Byline {
		if c.Name == "" && c.Author == "" {
			return Invalidf("an entry of the byline has neither name nor author; give one of them")
		}
		if err := oneOf("byline.role", c.Role, RoleAuthor, RoleContributor, RoleEditor, RolePhotographer, RoleTranslator, RoleAgency); err != nil {
			return err
		}
	}
	for _, t := range r.Topics {
		if t.Topic == "" {
			return Invalidf("an entry of topics has no topic; name one")
		}
		if err := oneOf("topics.source", t.Source, SourceEditor, SourceImport, SourceRule); err != nil {
			return err
		}
	}
	for _, c := range r.Corrections {
		if err := oneOf("corrections.kind", c.Kind, CorrectionKinds...); err != nil {
			return err
		}
	}
	if err := oneOf("kind", r.Kind, ArticleKinds...); err != nil {
		return err
	}
	return r.Status.check()
}

func (r *EventRecord) check() error {
	if err := oneOf("verification", r.Verification, VerificationStates...); err != nil {
		return err
	}
	if err := oneOf("kind", r.Kind, HistoricalEventKinds...); err != nil {
		return err
	}
	if _, err := r.AllClaims(); err != nil {
		return err
	}
	return r.Status.check()
}

func (s EntryStatus) check() error {
	if s != "" && !s.Known() {
		return Invalidf("status %q is unknown; use DRAFT, IN_REVIEW, SCHEDULED, PUBLISHED, UNPUBLISHED or RETRACTED", string(s))
	}
	return nil
}

// oneOf accepts a known word and none at all.
func oneOf[T ~string](field string, word T, known ...T) error {
	if word == "" || slices.Contains(known, word) {
		return nil
	}
	return Invalidf("%s %q is unknown; use one of %v", field, string(word), known)
}
