// Package store has all SQL of Parley: one text for SQLite and PostgreSQL.
// Reads are methods of Reader, which a Store and a Tx both are; writes are
// methods of Tx only, so that nothing can be written outside a transaction.
//
// What may never enter: rules about who may do what (forum), anything that
// renders or decides (desk), and branches on the database outside dialect.go.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"parley/internal/forum"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	Reader
	write   *sql.DB
	closers []func() error
}

// Reader reads. Every read names its site.
type Reader struct {
	q       querier
	dialect dialect
	rows    *atomic.Int64
}

// querier is what *sql.DB and *sql.Tx share.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// Tx is one transaction: everything in it happens at the instant Now and is
// seen by others whole or not at all.
type Tx struct {
	Reader
	Now time.Time
}

// Open opens the database at a URL, a file path or a postgres:// URL, and brings
// its schema up to date.
func Open(ctx context.Context, url string) (*Store, error) {
	d := dialectOf(url)
	read, write, closers, err := d.open(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", d.name(), err)
	}
	s := &Store{
		Reader:  Reader{q: read, dialect: d, rows: new(atomic.Int64)},
		write:   write,
		closers: closers,
	}
	if err := migrate(ctx, d, write); err != nil {
		return nil, errors.Join(fmt.Errorf("migrate database: %w", err), s.Close())
	}
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error {
	var errs []error
	for _, c := range slices.Backward(s.closers) {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}

// Engine returns "sqlite" or "postgres".
func (s *Store) Engine() string { return s.dialect.name() }

// RowsRead returns how many rows this Store has read so far. Tests use it to
// prove that a read costs what it shows.
func (s *Store) RowsRead() int64 { return s.rows.Load() }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.q.QueryRowContext(ctx, `select 1`).Scan(&one); err != nil {
		return fmt.Errorf("ping database: %w", err)
	}
	return nil
}

// writeLimit bounds a transaction whose caller has gone away.
const writeLimit = 30 * time.Second

// Write runs f in one transaction at the instant now and commits it if f
// returns nil. A request cancelled while it waits for its turn is not written.
// Once begun it no longer listens to ctx: a request cancelled in the middle is
// either written whole or, if f failed, not at all, and the connection stays
// usable. A serialisation failure or deadlock is Conflict.
func (s *Store) Write(ctx context.Context, now time.Time, f func(context.Context, *Tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	wait, done := context.WithTimeout(ctx, writeLimit)
	defer done()
	conn, err := s.write.Conn(wait)
	if err != nil {
		return s.dialect.wrap("wait to write", err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeLimit)
	defer cancel()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return s.dialect.wrap("begin", err)
	}
	t := &Tx{Reader: Reader{q: tx, dialect: s.dialect, rows: s.rows}, Now: now.UTC()}
	if err := f(ctx, t); err != nil {
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
			return errors.Join(err, fmt.Errorf("roll back: %w", back))
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return s.dialect.wrap("commit", err)
	}
	return nil
}

// Statements returns every SQL text of the package, so that a test can prepare
// all of them on both databases.
func Statements() []string { return slices.Clone(statements) }

var statements []string

// statement registers an SQL text.
func statement(text string) string {
	statements = append(statements, text)
	return text
}

// exec runs a write and returns how many rows it touched.
func (t *Tx) exec(ctx context.Context, what, query string, args ...any) (int64, error) {
	res, err := t.q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, t.dialect.wrap(what, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("%s: rows affected: %w", what, err)
	}
	return n, nil
}

// one reads exactly one row; no row is NotFound.
func one[T any](ctx context.Context, r Reader, what string, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	v, err := scan(r.q.QueryRowContext(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return v, forum.Fail(forum.NotFound, "error.notFound").Because("%s: no row", what)
	}
	if err != nil {
		return v, r.dialect.wrap(what, err)
	}
	r.rows.Add(1)
	return v, nil
}

// many reads all rows.
func many[T any](ctx context.Context, r Reader, what string, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, r.dialect.wrap(what, err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, r.dialect.wrap(what, err)
		}
		all = append(all, v)
	}
	if err := rows.Err(); err != nil {
		return nil, r.dialect.wrap(what, err)
	}
	r.rows.Add(int64(len(all)))
	return all, nil
}

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// scanOne reads a row of one column.
func scanOne[T any](s scanner) (T, error) {
	var v T
	err := s.Scan(&v)
	return v, err
}

// micros writes an instant as the database keeps it.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// instant reads an instant as the database keeps it.
func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// idChunk is how many ids one statement takes; shorter lists are padded with
// the zero id, so that the text of the statement stays the same.
const idChunk = 100

// placeholders returns "$from,…" for n parameters.
func placeholders(from, n int) string {
	b := make([]byte, 0, 5*n)
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, "$%d", from+i)
	}
	return string(b)
}

// chunked calls f with slices of ids, each padded to idChunk values.
func chunked[T any](ids []T, zero T, f func(args []any) error) error {
	for part := range slices.Chunk(ids, idChunk) {
		args := make([]any, 0, idChunk)
		for _, id := range part {
			args = append(args, id)
		}
		for len(args) < idChunk {
			args = append(args, zero)
		}
		if err := f(args); err != nil {
			return err
		}
	}
	return nil
}
