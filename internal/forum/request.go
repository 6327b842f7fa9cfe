package forum

import "context"

// requestKey keys a request's name in its context.
type requestKey struct{}

// WithRequest names the request that a context belongs to, for the log.
func WithRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// RequestOf returns the name of the request that a context belongs to; empty if it
// belongs to none.
func RequestOf(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
