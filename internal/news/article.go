package news

import (
	"math"
	"time"
)

// Article is a story in any stage of its life.
type Article struct {
	Head
	Kind              ArticleKind `json:"kind,omitempty"`
	Dateline          *Dateline   `json:"dateline,omitempty"`
	Standfirst        *string     `json:"standfirst,omitempty"`
	EditorSummary     *string     `json:"summary,omitempty"`
	Excerpt           string      `json:"-"` // first sentences of the body, made at write
	IsSticky          bool        `json:"isSticky,omitempty"`
	WordCount         int         `json:"-"`
	PrimaryCategoryID ID          `json:"-"` // zero when there is none
	LeadImageID       ID          `json:"-"` // zero when there is none
	TranslationGroup  ID          `json:"-"` // the same for all language versions of a story; zero when alone

	refused error // why the summary may not be read
}

// Withhold takes the summary out of the article, whose reader may not have it.
func (a *Article) Withhold(why error) { a.EditorSummary, a.Excerpt, a.refused = nil, "", why }

// Summary is the editor's summary, or the first sentences of the body where nobody wrote one.
func (a *Article) Summary() (string, error) {
	if a.EditorSummary != nil {
		return *a.EditorSummary, nil
	}
	return a.Excerpt, a.refused
}

// ArticleKind is the journalistic form of an article.
type ArticleKind string

// The forms of an article, in the order of their facets; append only.
const (
	ArticleNews         ArticleKind = "NEWS"
	ArticleAnalysis     ArticleKind = "ANALYSIS"
	ArticleOpinion      ArticleKind = "OPINION"
	ArticleFeature      ArticleKind = "FEATURE"
	ArticleInterview    ArticleKind = "INTERVIEW"
	ArticleLiveBlog     ArticleKind = "LIVE_BLOG"
	ArticleGallery      ArticleKind = "GALLERY"
	ArticleVideo        ArticleKind = "VIDEO"
	ArticleAudio        ArticleKind = "AUDIO"
	ArticleExplainer    ArticleKind = "EXPLAINER"
	ArticleObituary     ArticleKind = "OBITUARY"
	ArticlePressRelease ArticleKind = "PRESS_RELEASE"
)

// ArticleKinds lists every form; the position of a form never changes.
var ArticleKinds = []ArticleKind{
	ArticleNews, ArticleAnalysis, ArticleOpinion, ArticleFeature, ArticleInterview, ArticleLiveBlog,
	ArticleGallery, ArticleVideo, ArticleAudio, ArticleExplainer, ArticleObituary, ArticlePressRelease,
}

// Dateline is the line that opens a story, as printed and as understood.
type Dateline struct {
	Text  string  `json:"text"`
	Place *string `json:"place,omitempty"`
	Date  *Date   `json:"date,omitempty"`
}

// Body is the text of an article or a page.
type Body struct {
	HTML      HTML
	Text      string
	WordCount int
}

// wordsPerMinute is the mean silent reading rate of English non-fiction (Brysbaert 2019, doi:10.1016/j.jml.2019.104047).
const wordsPerMinute = 238

// ReadingMinutes is rounded up, and 0 for an empty text.
func (b *Body) ReadingMinutes() int {
	return int(math.Ceil(float64(b.WordCount) / wordsPerMinute))
}

// Correction tells readers what a published article said wrongly and that it was put right.
type Correction struct {
	Kind   CorrectionKind `json:"kind"`
	Notice string         `json:"notice"`
	At     time.Time      `json:"at"`
}

// CorrectionKind says how grave the fault was.
type CorrectionKind string

// The kinds of corrections.
const (
	CorrectionOfFact        CorrectionKind = "CORRECTION"    // a fact was wrong
	CorrectionClarification CorrectionKind = "CLARIFICATION" // right, but easily misread
	CorrectionUpdate        CorrectionKind = "UPDATE"        // something happened since
	CorrectionRetraction    CorrectionKind = "RETRACTION"    // the article was withdrawn
)

// CorrectionKinds lists every kind.
var CorrectionKinds = []CorrectionKind{CorrectionOfFact, CorrectionClarification, CorrectionUpdate, CorrectionRetraction}

// BylineCredit is one name of a byline, in printed order.
type BylineCredit struct {
	Name   string
	Role   BylineRole
	Author *Author // nil for a credit that matches no author
}

// BylineRole is what a credited person did.
type BylineRole string

// The roles in a byline.
const (
	RoleAuthor       BylineRole = "AUTHOR"
	RoleContributor  BylineRole = "CONTRIBUTOR"
	RoleEditor       BylineRole = "EDITOR"
	RolePhotographer BylineRole = "PHOTOGRAPHER"
	RoleTranslator   BylineRole = "TRANSLATOR"
	RoleAgency       BylineRole = "AGENCY"
)

// ArticleTopic is a topic of an article with its weight there.
type ArticleTopic struct {
	Topic     *Topic
	Relevance float64 // 0 to 1
	Source    AssignmentSource
}

// AssignmentSource says who put a topic on an article.
type AssignmentSource string

// Who may put a topic on an article.
const (
	SourceEditor AssignmentSource = "EDITOR"
	SourceImport AssignmentSource = "IMPORT"
	SourceRule   AssignmentSource = "RULE"
)

// ExternalRef identifies a node in another system.
type ExternalRef struct {
	System string `json:"system"`
	Value  string `json:"value"`
	URL    *URL   `json:"url,omitempty"`
}
