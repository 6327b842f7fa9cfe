package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"parley/internal/forum"
)

// wrongType refuses a body that is not application/json.
var wrongType = forum.Fail(forum.Invalid, "error.mediaType")

// huma keeps how errors look in package variables, for every API in a process.
func init() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return humaProblem(nil, status, msg, errs...)
	}
	huma.NewErrorWithContext = humaProblem
}

// Error makes a problem an error that huma answers with.
func (p *problem) Error() string { return p.Code }

// GetStatus returns the status of the answer.
func (p *problem) GetStatus() int { return p.Status }

// ContentType returns the media type of the answer (RFC 9457).
func (p *problem) ContentType(string) string { return "application/problem+json" }

// refuse turns the error of an operation into the answer that says so.
func (c *call) refuse(err error) error {
	p := c.server.describeCall(c.request, err)
	if p.RetryAfter > 0 {
		c.w.Header().Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	return &p
}

// describeCall logs an error and writes it as a problem. Fields of a GET stand
// in its query.
func (s *server) describeCall(r *request, err error) problem {
	var e *forum.Error
	if !errors.As(err, &e) {
		e = forum.Fail(forum.Internal, "error.internal").Because("%w", err)
	}
	s.logFailure(r, e)
	p := describe(r.locale, e)
	if e.Code == wrongType.Code {
		p.Status, p.Title = http.StatusUnsupportedMediaType, http.StatusText(http.StatusUnsupportedMediaType)
	}
	for i, f := range p.Errors {
		if r.Method == http.MethodGet {
			p.Errors[i].Location = "query." + strings.TrimPrefix(f.Location, "body.")
		}
	}
	return p
}

// humaProblem writes what huma itself refuses: a body or a parameter that cannot
// be read. It names the place and repeats nothing of the value.
func humaProblem(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
	if ctx == nil {
		return &problem{Status: status, Title: http.StatusText(status)}
	}
	c := callOf(ctx.Context())
	e := forum.Fail(forum.Invalid, "error.badRequest").Because("%s: %w", msg, errors.Join(errs...))
	var large *http.MaxBytesError
	switch {
	case errors.As(errors.Join(errs...), &large):
		e = forum.Fail(forum.TooLarge, "error.bodyTooLarge").Because("%w", large)
		// What is left unread must not stand before the next request.
		c.w.Header().Set("Connection", "close")
	case status >= http.StatusInternalServerError:
		e = forum.Fail(forum.Internal, "error.internal").Because("%s: %w", msg, errors.Join(errs...))
	}
	p := c.server.describeCall(c.request, e)
	if e.Kind == forum.Invalid {
		p.Status, p.Title = http.StatusBadRequest, http.StatusText(http.StatusBadRequest)
		p.Errors = places(p.Detail, errs)
	}
	return &p
}

// places names where a request could not be read.
func places(message string, errs []error) []problemField {
	var fields []problemField
	for _, err := range errs {
		var at *huma.ErrorDetail
		if !errors.As(err, &at) {
			continue
		}
		location := at.Location
		// What decodeStrict says of a body is the place in it.
		if place, ok := strings.CutPrefix(at.Message, placePrefix); ok {
			location = place
		}
		fields = append(fields, problemField{Location: location, Message: message})
	}
	return fields
}

// placePrefix stands before the place in the text of a placeError, since huma
// keeps only the text.
const placePrefix = "at "

// placeError is a body that cannot be read, with the place: "body.text".
type placeError struct{ place string }

func (e placeError) Error() string { return placePrefix + e.place }

// placeOf turns a JSON pointer into the place in a body.
func placeOf(pointer string) error {
	return placeError{"body" + strings.ReplaceAll(pointer, "/", ".")}
}
