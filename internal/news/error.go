package news

import (
	"errors"
	"fmt"
)

// Kind says what the caller can make of an error.
type Kind string

// The kinds of errors that callers are shown. Everything that is not an [Error] is internal.
const (
	Invalid         Kind = "INVALID"
	NotFound        Kind = "NOT_FOUND"
	Conflict        Kind = "CONFLICT"
	Unauthenticated Kind = "UNAUTHENTICATED"
	Forbidden       Kind = "FORBIDDEN"
	Limited         Kind = "LIMITED"
	CursorExpired   Kind = "CURSOR_EXPIRED"
	Unavailable     Kind = "UNAVAILABLE" // for now, through no fault of the caller
	Internal        Kind = "INTERNAL"
)

// Error is an error whose message is meant for the caller.
type Error struct {
	Kind    Kind
	Message string
}

func (e *Error) Error() string { return e.Message }

// Invalidf is an error of kind [Invalid].
func Invalidf(format string, args ...any) error {
	return &Error{Kind: Invalid, Message: fmt.Sprintf(format, args...)}
}

// NotFoundf is an error of kind [NotFound].
func NotFoundf(format string, args ...any) error {
	return &Error{Kind: NotFound, Message: fmt.Sprintf(format, args...)}
}

// Unauthenticatedf is an error of kind [Unauthenticated]: nobody knows who asks.
func Unauthenticatedf(format string, args ...any) error {
	return &Error{Kind: Unauthenticated, Message: fmt.Sprintf(format, args...)}
}

// Forbiddenf is an error of kind [Forbidden]: who asks is known and may not.
func Forbiddenf(format string, args ...any) error {
	return &Error{Kind: Forbidden, Message: fmt.Sprintf(format, args...)}
}

// KindOf is the kind of err, [Internal] when it is not an [Error].
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}
