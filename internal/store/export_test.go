package store

import "context"

// ReadText runs a query of one text column on the connections that read, for
// tests.
func (s *Store) ReadText(ctx context.Context, query string, args ...any) ([]string, error) {
	return many(ctx, s.Reader, "test", scanOne[string], query, args...)
}

// WriteText runs a query of one text column on the connection that writes, for
// tests.
func (t *Tx) WriteText(ctx context.Context, query string, args ...any) ([]string, error) {
	return many(ctx, t.Reader, "test", scanOne[string], query, args...)
}
