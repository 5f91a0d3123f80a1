package news

import (
	"slices"
	"time"
)

// Node is anything that can be fetched again by its id.
type Node interface{ NodeID() ID }

// Routable is a node with an address on the public site.
type Routable interface {
	Node
	Address() Path
}

// Entry is a node with an address and a life cycle.
type Entry interface {
	Routable
	GetHead() *Head
}

// Head is what every entry has: its address, language and life cycle.
type Head struct {
	ID          ID          `json:"-"`
	Path        Path        `json:"path,omitempty"`
	Title       string      `json:"title"`
	Slug        string      `json:"slug,omitempty"`
	Locale      Locale      `json:"locale,omitempty"`
	Status      EntryStatus `json:"status,omitempty"`
	Revision    int         `json:"-"`
	CreatedAt   time.Time   `json:"createdAt,omitzero"`
	UpdatedAt   time.Time   `json:"updatedAt,omitzero"`
	PublishedAt time.Time   `json:"publishedAt,omitzero"` // zero until first published
}

// NodeID is the entry's id.
func (h *Head) NodeID() ID { return h.ID }

// Address is the canonical path.
func (h *Head) Address() Path { return h.Path }

// GetHead is the head itself; it makes every type that embeds Head an [Entry].
func (h *Head) GetHead() *Head { return h }

// EntryStatus is a stage of an entry's life.
type EntryStatus string

// The stages of an entry's life.
const (
	StatusDraft       EntryStatus = "DRAFT"
	StatusInReview    EntryStatus = "IN_REVIEW"
	StatusScheduled   EntryStatus = "SCHEDULED"
	StatusPublished   EntryStatus = "PUBLISHED"
	StatusUnpublished EntryStatus = "UNPUBLISHED"
	StatusRetracted   EntryStatus = "RETRACTED"
)

// EntryStatuses lists every stage; the position of a stage never changes.
var EntryStatuses = []EntryStatus{StatusDraft, StatusInReview, StatusScheduled, StatusPublished, StatusUnpublished, StatusRetracted}

// Known says whether s is one of the stages.
func (s EntryStatus) Known() bool { return slices.Contains(EntryStatuses, s) }
