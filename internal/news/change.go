package news

import "time"

// Change is an entry of the journal: something that happened to one node.
type Change struct {
	Seq      int64 // its place; no number is left out
	Subject  ID
	Kind     ChangeKind
	Revision int      // of the subject after the change
	Fields   []string // of the record that changed; nil when nobody wrote them down
	Tags     []ID     // nodes whose lists may have changed
	At       time.Time
	By       *string // nil when nobody is known, as for an import
	IsPublic bool    // readers could see the subject before or after
}

// ChangeKind says what happened.
type ChangeKind string

// The kinds of changes.
const (
	ChangeCreated     ChangeKind = "CREATED"
	ChangeUpdated     ChangeKind = "UPDATED"
	ChangePublished   ChangeKind = "PUBLISHED"
	ChangeCorrected   ChangeKind = "CORRECTED"
	ChangeScheduled   ChangeKind = "SCHEDULED"
	ChangeUnpublished ChangeKind = "UNPUBLISHED"
	ChangeRetracted   ChangeKind = "RETRACTED"
	ChangeDeleted     ChangeKind = "DELETED" // nothing is left but this
	ChangeMoved       ChangeKind = "MOVED"   // to another path
)

// ChangeFilter selects changes; its parts are joined by AND.
type ChangeFilter struct {
	Kinds   []ChangeKind
	Types   []SearchType
	Tags    []ID // any of these nodes is the subject or in its tags
	Subject *ID
}

// The connection of the schema and its edge.
type (
	ChangeEdge = Edge[*Change]

	// ChangeConnection is a page of the journal.
	ChangeConnection struct {
		Connection[*ChangeEdge, *Change]
		// MustResync says that changes after the cursor are no longer kept: read everything anew, then go on from the end.
		MustResync bool
	}
)
