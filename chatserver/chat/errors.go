package chat

import (
	"errors"
	"strings"
	"time"
)

// Error is a refusal that the caller can be told: a stable code, words for
// people, and, where it helps, the fields at fault or when to try again. Any
// error that is not one of these is internal and is never shown.
type Error struct {
	Code       Code
	Detail     string        // one sentence; the code's title when empty
	Fields     []FieldError  // with CodeValidationFailed
	RetryAfter time.Duration // zero: no advice
}

// FieldError says what is wrong with one field of a request.
type FieldError struct {
	Field  string // name in the request, e.g. "password"
	Code   string // e.g. "required", "too_short", "too_long", "invalid_characters"
	Detail string
}

// NewError returns an Error with a code and, when not empty, a detail of its own.
func NewError(code Code, detail string) *Error {
	return &Error{Code: code, Detail: detail}
}

// ErrNotFound is the answer to everything that does not exist or may not be seen.
var ErrNotFound = &Error{Code: CodeNotFound}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Code))
	b.WriteString(": ")
	b.WriteString(e.Message())
	for _, f := range e.Fields {
		b.WriteString("; " + f.Field + ": " + f.Detail)
	}
	return b.String()
}

// Message is the detail, or the code's title where there is none.
func (e *Error) Message() string {
	if e.Detail != "" {
		return e.Detail
	}
	return e.Code.Info().Title
}

// Is makes errors.Is compare by code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// AsError returns err as an Error: itself, or an internal one that hides it.
// The second result is false when err was hidden and therefore deserves a log.
func AsError(err error) (*Error, bool) {
	if e, ok := errors.AsType[*Error](err); ok {
		return e, true
	}
	return &Error{Code: CodeInternal}, false
}

// CodeOf returns the code of err, CodeInternal for an error of another kind.
func CodeOf(err error) Code {
	e, _ := AsError(err)
	return e.Code
}
