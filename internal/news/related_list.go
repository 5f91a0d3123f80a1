package news

import (
	"context"
	"time"
)

// RelatedFilter narrows a list of related articles. Its parts are joined by AND.
type RelatedFilter struct {
	MinScore    float64
	AnyLocale   bool // those in other languages too
	Categories  *TermFilter
	PublishedAt *DateTimeRange
	ExcludeIds  []ID
}

// RelatedArticleEdge is one entry of an article's "Related news" box.
type RelatedArticleEdge struct {
	Edge[*Article]
	Of       ID     // whose list it is
	Locale   Locale // of whose list it is
	Position *int   // of a pin in the editors' order, from 0
	IsPinned bool   // chosen by an editor
	Score    float64
	// Parts are the reasons as they are stored: they may name what the reader must not see. A pin has one.
	Parts []RelatedReason
	Note  *string // of a pin
}

// RelatedKey identifies an entry of a list of related articles.
type RelatedKey struct{ Of, Related ID }

// Key identifies the entry.
func (e *RelatedArticleEdge) Key() RelatedKey { return RelatedKey{e.Of, e.Node.ID} }

// RelatedArticleConnection is one page of an article's related ones.
type RelatedArticleConnection struct {
	Connection[*RelatedArticleEdge, *Article]

	// Computed is asked only when it is selected. It is nil until the list was computed for the first time.
	Computed func(context.Context) (*RelatedComputation, error)
}

// RelatedComputation says how a list came about.
type RelatedComputation struct {
	At      time.Time
	Ranking string // its version: scores of one version compare
}

// ComputedAt is when the list was computed last, nil before the first time.
func (c *RelatedArticleConnection) ComputedAt(ctx context.Context) (*time.Time, error) {
	computed, err := c.Computed(ctx)
	if computed == nil {
		return nil, err
	}
	return &computed.At, err
}

// RankingVersion is that of the ranking by which the list was computed, nil before the first time.
func (c *RelatedArticleConnection) RankingVersion(ctx context.Context) (*string, error) {
	computed, err := c.Computed(ctx)
	if computed == nil {
		return nil, err
	}
	return &computed.Ranking, err
}

// Each calls yield with every edge and every node, in order.
func (c *RelatedArticleConnection) Each(yield func(any)) {
	for _, e := range c.Edges {
		yield(e)
		yield(e.Node)
	}
}

// FullScore is the score of what belongs together most, and of pins, in the unit of contributions.
const FullScore = 10_000

// ShownReason is a [RelatedReason] with what it names, as far as the reader may see it: an [EditorialReason],
// [SharedEventReason], [SharedTopicsReason], [SharedCategoriesReason], [SameAuthorReason], [TextSimilarityReason] or
// [SimpleReason].
type ShownReason interface{ Head() *ReasonHead }

// ReasonHead is what all reasons have in common.
type ReasonHead struct {
	Kind         RelatedReasonKind
	Contribution float64  // to the score
	Locale       Locale   // of the article
	Names        []string // of what the reason names
	Terms        []string // of [TextSimilarityReason]
}

// Head is what the reason has in common with others.
func (h *ReasonHead) Head() *ReasonHead { return h }

// Summary is a sentence for readers, in the article's language when no other is named.
func (h *ReasonHead) Summary(locale *Locale) string {
	if locale == nil {
		locale = &h.Locale
	}
	r := RelatedReason{Kind: h.Kind, Terms: h.Terms}
	for i := range h.Names {
		r.IDs = append(r.IDs, ID(i)) // only as many as may be named: their number shows in the sentence
	}
	return r.Summary(locale, func(id ID) string { return h.Names[id] })
}

// The reasons, by what they name.
type (
	EditorialReason struct {
		ReasonHead
		Note *string
	}
	SharedEventReason struct {
		ReasonHead
		Events []*HistoricalEvent
	}
	SharedTopicsReason struct {
		ReasonHead
		Topics []*Topic
	}
	SharedCategoriesReason struct {
		ReasonHead
		Categories []*Category
	}
	SameAuthorReason struct {
		ReasonHead
		Authors []*Author
	}
	TextSimilarityReason struct{ ReasonHead }
	SimpleReason         struct{ ReasonHead }
)
