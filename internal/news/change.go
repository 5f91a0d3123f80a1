package news

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// Change is an entry of the journal: something that happened to one node.
type Change struct {
	Seq       int64 // its place; no number is left out
	SubjectID ID
	Kind      ChangeKind
	Revision  int // of the subject after the change
	// ChangedFields are those of the record that changed; nil when nobody wrote them down.
	ChangedFields []string
	Tags          []ID // nodes whose lists may have changed
	At            time.Time
	MadeBy        *string // nil when nobody is known, as for an import
	IsPublic      bool    // readers could see the subject before or after
}

// Cursor is the place of the change, as callers see it.
func (c *Change) Cursor() string { return ChangeCursor(c.Seq) }

const changeCursorMark = "journal\n"

// ChangeCursor is an opaque text for a place in the journal.
func ChangeCursor(seq int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(changeCursorMark + strconv.FormatInt(seq, 36)))
}

// ParseChangeCursor reads what [ChangeCursor] wrote.
func ParseChangeCursor(cursor string) (seq int64, err error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	digits, ok := strings.CutPrefix(string(text), changeCursorMark)
	if err == nil && ok {
		seq, err = strconv.ParseInt(digits, 36, 64)
	}
	if err != nil || seq < 0 || ChangeCursor(seq) != cursor {
		return 0, Invalidf("%q is no cursor of the journal; pass one exactly as it was returned", cursor)
	}
	return seq, nil
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
	Kinds []ChangeKind
	Types []SearchType
	Tags  []ID // any of these nodes is the subject or in its tags
	// SubjectID is the node that changed.
	SubjectID *ID
}

// The connection of the schema and its edge.
type (
	ChangeEdge = Edge[*Change]

	// ChangeConnection is a page of the journal.
	ChangeConnection struct {
		Connection[*ChangeEdge, *Change]
		// MustResync says that changes after the cursor are no longer kept, or that the journal does not reach it: read everything
		// anew, then go on from LatestCursor.
		MustResync bool
		// LatestCursor is where the journal ended when the page was read.
		LatestCursor string
	}
)
