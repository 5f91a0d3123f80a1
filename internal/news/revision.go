package news

import "time"

// Revision is one saved state of an entry. Number is the entry's Head.Revision at that time.
type Revision struct {
	EntryID ID
	Number  int
	SavedAt time.Time
	SavedBy *string // nil when nobody is known
	Note    *string
}

// The connection of the schema and its edge.
type (
	RevisionEdge       = Edge[*Revision]
	RevisionConnection = Connection[*RevisionEdge, *Revision]
)
