package news

import "errors"

// UserError is something that whoever asked for a change can put right.
type UserError interface {
	GetCode() UserErrorCode
	GetMessage() string
	GetPath() []string
}

// UserErrorCode says what sort of error it is.
type UserErrorCode string

// The codes of user errors.
const (
	UserInvalid          UserErrorCode = "INVALID"
	UserNotFound         UserErrorCode = "NOT_FOUND"
	UserSlugTaken        UserErrorCode = "SLUG_TAKEN"
	UserRevisionConflict UserErrorCode = "REVISION_CONFLICT"
	UserBadTransition    UserErrorCode = "BAD_TRANSITION"
)

// Fault is what all user errors have.
type Fault struct {
	Code    UserErrorCode
	Message string
	Path    []string // into the arguments; empty when it concerns the whole
}

// GetCode is the sort of the error.
func (f Fault) GetCode() UserErrorCode { return f.Code }

// GetMessage says what was wrong and what to do.
func (f Fault) GetMessage() string { return f.Message }

// GetPath leads into the arguments.
func (f Fault) GetPath() []string { return f.Path }

// The user errors of the schema.
type (
	InvalidInputError struct{ Fault }
	NotFoundError     struct{ Fault }
	SlugTakenError    struct {
		Fault
		Suggestion string
	}
	RevisionConflictError struct {
		Fault
		CurrentRevision   int
		ChangedFields     []string
		ConflictingFields []string
	}
	TransitionError struct {
		Fault
		From EntryStatus
	}
)

// UserErrorOf is what the caller of a change can put right about err; nil when that is nothing. Path is where in the
// arguments the fault lies, unless err knows better.
func UserErrorOf(err error, path ...string) UserError {
	if len(path) == 0 {
		path = []string{"input"}
	}
	if conflict, ok := errors.AsType[*RevisionConflict](err); ok {
		return &RevisionConflictError{Fault{UserRevisionConflict, err.Error(), append(path, "expectedRevision")}, conflict.Current, orEmpty(conflict.Theirs), orEmpty(conflict.Both)}
	}
	if taken, ok := errors.AsType[*SlugTaken](err); ok {
		return &SlugTakenError{Fault{UserSlugTaken, err.Error(), append(path, "slug")}, taken.Suggestion}
	}
	if refused, ok := errors.AsType[*Transition](err); ok {
		return &TransitionError{Fault{UserBadTransition, err.Error(), append(path, "id")}, refused.From}
	}
	if known, ok := errors.AsType[*Error](err); ok {
		switch known.Kind {
		case Invalid, Limited:
			return &InvalidInputError{Fault{UserInvalid, known.Message, path}}
		case NotFound:
			return &NotFoundError{Fault{UserNotFound, known.Message, path}}
		}
	}
	return nil
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// ArticlePayload is what became of a change of an article.
type ArticlePayload struct {
	Article    *Article
	UserErrors []UserError
}

// PagePayload is what became of a change of a page.
type PagePayload struct {
	Page       *Page
	UserErrors []UserError
}

// EntryPayload is what became of a change of an entry.
type EntryPayload struct {
	Entry      Entry
	UserErrors []UserError
}
