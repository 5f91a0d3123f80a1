package news

import (
	"fmt"
	"strings"
)

// RefOf names a node of this newsroom in a record.
func RefOf(id ID) Ref {
	if id == 0 {
		return ""
	}
	return Ref("dateline:" + id.String())
}

// RevisionConflict refuses a change of something that somebody else has changed since.
type RevisionConflict struct {
	Entry    ID
	Expected int      // the revision that the change was made on
	Current  int      // the one that is stored
	Theirs   []string // fields that others have changed since
	Both     []string // fields that this change would overwrite
}

func (e *RevisionConflict) Error() string {
	what := "none of the fields that you changed"
	if len(e.Both) > 0 {
		what = strings.Join(e.Both, ", ")
	}
	if e.Expected < 1 {
		return fmt.Sprintf("nobody has seen a revision before the first; it is now %d: read it again and repeat the change", e.Current)
	}
	return fmt.Sprintf("revision %d was changed by somebody else (now %d); both of you changed: %s; read it again and repeat the change", e.Expected, e.Current, what)
}

// SlugTaken refuses a slug that something else of the type and locale has.
type SlugTaken struct {
	Slug       string
	Suggestion string // a free one
}

func (e *SlugTaken) Error() string {
	return fmt.Sprintf("the slug %q is taken; %q is free", e.Slug, e.Suggestion)
}
