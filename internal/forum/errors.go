package forum

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of failure an Error is. A door maps it to its own
// language (an HTTP status, an exit code); nothing below a door knows those.
type Kind int

// The kinds. Internal is the zero value, so that an error nobody classified is
// never shown to a reader as something it is not.
const (
	Internal     Kind = iota // our fault; the reader learns only that
	Invalid                  // the input breaks a rule; Field says which part
	NotFound                 // no such thing, or none this caller may know of
	Forbidden                // known caller, act not allowed
	Unauthorised             // the act needs an account and there is none
	Conflict                 // the thing changed meanwhile, or the name is taken
	Gone                     // it was there and is not any more
	Closed                   // the discussion takes no more of this
	TooFast                  // a rate limit; RetryAfter says when
	TooLarge                 // beyond a size cap
	Unavailable              // try again later; RetryAfter says when
)

// Error is the one error type of the domain.
type Error struct {
	Kind Kind
	// Code names the sentence in the locale catalogue ("error.tooFast"); doors
	// show it in the reader's language. Never empty on an error made here.
	Code string
	// Args fill the sentence's placeholders, by name.
	Args map[string]any
	// Field is the form field the error stands at, or empty.
	Field string
	// RetryAfter is how long to wait before trying again; zero when waiting
	// does not help.
	RetryAfter time.Duration
	// Cause is for the log and is never shown.
	Cause error
}

// Error describes the failure for a log. Readers see the sentence behind Code.
func (e *Error) Error() string {
	text := e.Code
	if e.Field != "" {
		text += " (" + e.Field + ")"
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Fail makes an Error of a kind with the catalogue code of its sentence.
func Fail(kind Kind, code string) *Error { return &Error{Kind: kind, Code: code} }

// At returns a copy of e that stands at a form field.
func (e *Error) At(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// With returns a copy of e with one placeholder filled.
func (e *Error) With(name string, value any) *Error {
	c := *e
	c.Args = make(map[string]any, len(e.Args)+1)
	for k, v := range e.Args {
		c.Args[k] = v
	}
	c.Args[name] = value
	return &c
}

// After returns a copy of e that asks the caller to wait.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// Because returns a copy of e with a cause for the log.
func (e *Error) Because(format string, args ...any) *Error {
	c := *e
	c.Cause = fmt.Errorf(format, args...)
	return &c
}

// IsKind reports whether err is a domain error of the kind.
func IsKind(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}
