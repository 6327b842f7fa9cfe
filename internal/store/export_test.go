package store

import (
	"context"
	"io"
	"time"
)

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

// Run runs a statement and, if it has a row, calls f before its rows are closed.
func (t *Tx) Run(ctx context.Context, query string, args []any, f func()) error {
	rows, err := t.q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	if rows.Next() {
		f()
	}
	return rows.Close()
}

// Commits returns how many commits the Store has made.
func (s *Store) Commits() uint64 { return s.meters.commits.Read().Count }

// Keep says that the connections of SQLite keep a statement.
func Keep(query string) { registered[query] = true }

// MaxPrepared is how many statements a connection keeps.
const MaxPrepared = maxPrepared

// Prepared returns how many statements the connection that writes keeps.
func (s *Store) Prepared() (n int, err error) {
	c, err := s.write.Conn(context.Background())
	if err != nil {
		return 0, err
	}
	defer c.Close()
	return n, c.Raw(func(c any) error { n = len(c.(*preparedConn).kept); return nil })
}

// Queue sets how many callers may wait to write, and how long.
func (s *Store) Queue(room int, wait time.Duration) { s.writer.room, s.writer.wait = room, wait }

// Waiting returns how many callers wait to write.
func (s *Store) Waiting() int {
	s.writer.mu.Lock()
	defer s.writer.mu.Unlock()
	return s.writer.waiting
}

// TryAgain sets how often a transaction tries whether an outage is over.
func (s *Store) TryAgain(d time.Duration) { s.outage.again = d }

// Hurry sets how long a read and a transaction may take on PostgreSQL.
func (s *Store) Hurry(read, write time.Duration) {
	s.dialect = postgres{limit: read}
	s.writer.limit = write
}

// HoldBatches has a batch take members for as long as any wait, and sets how long
// one transaction may go on.
func (s *Store) HoldBatches(limit time.Duration) {
	s.writer.open, s.writer.limit = time.Hour, limit
}

// HurryReplicas sets how long a replica may take for a read, and how long one that
// failed is left alone.
func (s *Store) HurryReplicas(limit, rest time.Duration) {
	s.replicas.limit, s.replicas.rest = limit, rest
}

// TakeReplica takes a connection out of the pool of the first replica, until it is
// closed.
func (s *Store) TakeReplica(ctx context.Context) (io.Closer, error) {
	return s.replicas.all[0].db.Conn(ctx)
}

// LookAt has a filter that asks for more than an index knows look at n comments at a
// time, until the test ends.
func LookAt(t interface{ Cleanup(func()) }, n int) {
	before := siftRows
	siftRows = n
	t.Cleanup(func() { siftRows = before })
}
