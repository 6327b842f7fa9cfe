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
	"time"

	"golang.org/x/sync/singleflight"

	"parley/internal/forum"
	"parley/internal/meter"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	Reader
	read     *sql.DB
	write    *sql.DB
	replicas replicas
	writer   *writer
	outage   outage
	trying   singleflight.Group // attempts to write
	meters   *meters
	closers  []func() error
	watchers []func([]forum.Move)
}

// Reader reads. Every read names its site.
type Reader struct {
	q       querier
	dialect dialect
	rows    *cost
}

// querier is what pools and transactions share.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// plain is the querier of a *sql.DB or a *sql.Tx.
type plain struct {
	sqlQuerier
}

type sqlQuerier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// QueryContext is querier.QueryContext.
func (p plain) QueryContext(ctx context.Context, query string, args ...any) (rows, error) {
	return p.sqlQuerier.QueryContext(ctx, query, args...)
}

// Tx is one transaction: everything in it happens at the instant Now and is
// seen by others whole or not at all.
type Tx struct {
	Reader
	Now   time.Time
	moves []forum.Move
}

// Places are where a database is.
type Places struct {
	URL string // a file path or a postgres:// URL
	// Direct leads past a pooler that gives every transaction another connection, as
	// PgBouncer does in its transaction mode: who changes the schema needs a
	// connection to itself. Empty: URL does.
	Direct   string
	Replicas []string // postgres:// URLs of databases that follow the one at URL
}

// Open opens the database at a URL, a file path or a postgres:// URL, and brings
// its schema up to date.
func Open(ctx context.Context, url string) (*Store, error) { return OpenPlaces(ctx, Places{URL: url}) }

// OpenPlaces is Open for a database behind a pooler or with replicas.
func OpenPlaces(ctx context.Context, p Places) (*Store, error) {
	d := dialectOf(p.URL)
	db, err := d.open(ctx, p.URL)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", d.name(), err)
	}
	meters := newMeters()
	s := &Store{
		Reader:  Reader{q: plain{db.read}, dialect: d, rows: newCost()},
		read:    db.read,
		write:   db.write,
		writer:  d.writer(db, meters),
		outage:  outage{again: tryAgain},
		meters:  meters,
		closers: db.closers,
	}
	s.replicas.limit, s.replicas.rest = replicaLimit, replicaRest
	for _, url := range p.Replicas {
		closers, err := s.replicas.open(ctx, d, url, s.rows)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.closers = append(s.closers, closers...)
	}
	if err := d.migrate(ctx, p, db.write); err != nil {
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
	_, err := one(ctx, s.Reader, "ping database", scanOne[int], `select 1`)
	return err
}

// Watch has f called after every commit of this Store with what it moved, before
// Write returns: who reads after a write of its own sees it. f must be quick and
// must not write. All watchers are there before the Store is used by several at
// once.
func (s *Store) Watch(f func([]forum.Move)) { s.watchers = append(s.watchers, f) }

// moved notes what the transaction changed that somebody may be looking at.
func (t *Tx) moved(m forum.Move) { t.moves = forum.Join(t.moves, m) }

// movedDesk notes that what waits at a site's desk changed.
func (t *Tx) movedDesk(site forum.ID) { t.moved(forum.Move{SiteID: site, Desk: true}) }

// tell tells the watchers what a commit moved.
func (s *Store) tell(moves []forum.Move) {
	if len(moves) == 0 {
		return
	}
	for _, f := range s.watchers {
		f(moves)
	}
}

// Write runs f in one transaction at the instant now and commits it if f
// returns nil. What f did is on disk when Write returns; on SQLite callers at the
// same time share a commit. A request cancelled while it waits for its turn is
// not written. Once begun it no longer listens to ctx: a request cancelled in the
// middle is either written whole or, if f failed, not at all, and the connection
// stays usable. A serialisation failure or deadlock is Conflict; where too many
// wait, or the database has no room or no working disk, it is Unavailable. f uses
// tx only: a Store inside would wait for itself or read what was before.
func (s *Store) Write(ctx context.Context, now time.Time, f func(context.Context, *Tx) error) error {
	return s.transact(ctx, now, manner{}, f)
}

// WriteUnder is Write for a transaction about a story, by whatever names it: callers at
// the same time with the same name share a commit on PostgreSQL as well. There f may be
// run twice, if what it shares a transaction with gets into its way: the first time for
// nothing.
func (s *Store) WriteUnder(ctx context.Context, now time.Time, story string, f func(context.Context, *Tx) error) error {
	return s.transact(ctx, now, manner{about: story}, f)
}

// WriteMany is Write for a transaction of many rows, like an import's: others do
// not wait for it to have their own commits done, as those who share one do.
func (s *Store) WriteMany(ctx context.Context, now time.Time, f func(context.Context, *Tx) error) error {
	return s.transact(ctx, now, manner{alone: true}, f)
}

// inside marks the context of a transaction.
type inside struct{}

func (s *Store) transact(ctx context.Context, now time.Time, how manner, f func(context.Context, *Tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if ctx.Value(inside{}) != nil {
		return errors.New("write: a transaction inside a transaction")
	}
	try, err := s.outage.admit()
	if err != nil {
		return err
	}
	s.meters.queued.Add(1)
	defer s.meters.queued.Add(-1)
	waited := meter.Start()
	t := &Tx{Reader: Reader{dialect: s.dialect, rows: s.rows}, Now: now.UTC()}
	err = s.writer.run(ctx, how, func(ctx context.Context, q querier) error {
		if t.q == nil { // else it runs once more
			s.meters.waits.Add(waited.Seconds())
		}
		t.q, t.moves = q, nil
		if err := f(context.WithValue(ctx, inside{}, true), t); err != nil || !try {
			return err
		}
		return t.touch(ctx)
	})
	s.outage.note(try, err)
	if err != nil {
		s.meters.undone.Add(1)
		return err
	}
	s.tell(t.moves)
	return nil
}

// Statements returns every SQL text of the package, so that a test can prepare
// all of them on both databases.
func Statements() []string { return slices.Clone(statements) }

var (
	statements []string
	registered = map[string]bool{}
)

// statement registers an SQL text.
func statement(text string) string {
	statements = append(statements, text)
	registered[text] = true
	return text
}

// exec runs a write and returns how many rows it touched.
func (t *Tx) exec(ctx context.Context, what, query string, args ...any) (int64, error) {
	watch := meter.Start()
	res, err := t.q.ExecContext(ctx, query, args...)
	if err != nil {
		t.rows.ran(ctx, what, query, watch, 0)
		return 0, t.dialect.wrap(what, err)
	}
	n, err := res.RowsAffected()
	t.rows.ran(ctx, what, query, watch, n)
	if err != nil {
		return 0, fmt.Errorf("%s: rows affected: %w", what, err)
	}
	return n, nil
}

// later runs a write whose answer its caller does not wait for: where statements
// have far to go, it is sent with the next one. mend, if given, makes of its error
// what the caller of the next one is told.
func (t *Tx) later(ctx context.Context, what string, mend func(error) error, query string, args ...any) error {
	return t.hand(ctx, what, false, func(_ int64, err error) error {
		if err != nil && mend != nil {
			return mend(err)
		}
		return err
	}, query, args)
}

// laterOne is later for a write that must touch a row; else it is failed.
func (t *Tx) laterOne(ctx context.Context, what string, failed error, query string, args ...any) error {
	return t.hand(ctx, what, true, func(n int64, err error) error {
		if err == nil && n == 0 {
			return failed
		}
		return err
	}, query, args)
}

func (t *Tx) hand(ctx context.Context, what string, guard bool, done func(n int64, err error) error, query string, args []any) error {
	p, far := t.q.(*stretch)
	if !far {
		return done(t.exec(ctx, what, query, args...))
	}
	return p.later(laterStatement{query: query, args: args, guard: guard, done: func(n int64, watch meter.Watch, err error) error {
		t.rows.ran(ctx, what, query, watch, n)
		if err != nil {
			err = t.dialect.wrap(what, err)
		}
		return done(n, err)
	}})
}

// one reads exactly one row; no row is NotFound.
func one[T any](ctx context.Context, r Reader, what string, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	var none T
	var n int64
	watch := meter.Start()
	defer func() { r.rows.ran(ctx, what, query, watch, n) }()
	ctx, done := bound(ctx, r.dialect.reading())
	defer done()
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return none, r.dialect.wrap(what, err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return none, r.dialect.wrap(what, err)
		}
		return none, forum.Fail(forum.NotFound, "error.notFound").Because("%s: no row", what)
	}
	v, err := scan(rows)
	if err != nil {
		return v, r.dialect.wrap(what, err)
	}
	// A statement that writes and returns its row reports here what went wrong.
	if err := rows.Close(); err != nil {
		return v, r.dialect.wrap(what, err)
	}
	n = 1
	r.rows.Add(1)
	return v, nil
}

// many reads all rows.
func many[T any](ctx context.Context, r Reader, what string, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	watch := meter.Start()
	defer func() { r.rows.ran(ctx, what, query, watch, int64(len(all))) }()
	ctx, done := bound(ctx, r.dialect.reading())
	defer done()
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, r.dialect.wrap(what, err)
	}
	defer rows.Close()
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

// listed is a statement about a list of ids in several lengths. A list is padded to
// the next of them, which costs as if there were as many ids.
type listed struct {
	lengths []int // rising
	texts   []string
}

// listStatement registers the text of a statement for lists of some lengths.
func listStatement(text func(ids int) string, lengths ...int) listed {
	l := listed{lengths: lengths}
	for _, n := range lengths {
		l.texts = append(l.texts, statement(text(n)))
	}
	return l
}

// each calls f with the text for each part of a list of ids and its values.
func (l listed) each(ids []forum.ID, pad forum.ID, f func(query string, values []any) error) error {
	for part := range slices.Chunk(ids, l.lengths[len(l.lengths)-1]) {
		i, _ := slices.BinarySearch(l.lengths, len(part))
		values := make([]any, l.lengths[i])
		for k := range values {
			if values[k] = pad; k < len(part) {
				values[k] = part[k]
			}
		}
		if err := f(l.texts[i], values); err != nil {
			return err
		}
	}
	return nil
}

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
