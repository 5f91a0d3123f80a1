package news

// RelatedReasonKind says why two articles, or two historical events, stand together.
type RelatedReasonKind string

// The reasons. New ones may come.
const (
	ReasonEditorial        RelatedReasonKind = "EDITORIAL"
	ReasonSharedEvent      RelatedReasonKind = "SHARED_EVENT"
	ReasonSharedTopics     RelatedReasonKind = "SHARED_TOPICS"
	ReasonSharedCategories RelatedReasonKind = "SHARED_CATEGORIES"
	ReasonTextSimilarity   RelatedReasonKind = "TEXT_SIMILARITY"
	ReasonSameAuthor       RelatedReasonKind = "SAME_AUTHOR"
	ReasonInTextLink       RelatedReasonKind = "IN_TEXT_LINK"
)

// RelatedReasonKinds lists every reason; the position of a reason never changes.
var RelatedReasonKinds = []RelatedReasonKind{
	ReasonEditorial, ReasonSharedEvent, ReasonSharedTopics, ReasonSharedCategories, ReasonTextSimilarity, ReasonSameAuthor, ReasonInTextLink,
}

// A RelatedReason is one part of why two articles stand together.
type RelatedReason struct {
	Kind         RelatedReasonKind
	Contribution int      // to the score, in ten-thousandths; those of an edge add up to its score
	IDs          []ID     // what both share, the most telling first; none for links and texts
	Terms        []string // for texts: the words that both share, the most telling first, at most three
}
