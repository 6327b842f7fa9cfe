package store

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parley/internal/meter"
)

// pipe is a transaction of PostgreSQL whose statements go out together where that
// is possible: a write whose answer nobody waits for is sent with the next statement
// whose answer somebody does, the first of them with the begin, and the last with the
// commit or with the first of the next caller who shares the transaction. What a
// statement sees is what it would see if each were sent alone: the server runs them in
// their order, and none after one that failed.
//
// The first caller has no savepoint, every other has. The first waits for the rows
// that others have locked, as it would in a transaction of its own. The others, who
// would do so with all in their hands that those before them locked, and so could wait
// in a circle, wait for patience only; then they are taken back and begin anew in a
// transaction of their own.
type pipe struct {
	lent    *sql.Conn // by database/sql, until it is closed
	conn    *pgx.Conn
	turns   chan struct{}
	dialect dialect
	waiting []laterStatement
	kept    int
	begun   bool
	brief   bool // who waits for a lock does so for patience only
	wrote   bool
}

// patience is how long a caller who is not the first in a transaction waits for a lock.
const patience = 10 * time.Millisecond

// laterStatement is a statement that is not sent yet.
type laterStatement struct {
	of    *stretch
	query string
	args  []any
	guard bool                                                 // done may refuse what the statement did
	done  func(rows int64, watch meter.Watch, err error) error // is told what became of it
}

// The steps of a pipe.
const (
	pipeBegin     = `begin`
	pipeCommit    = `commit`
	pipeRollback  = `rollback`
	pipeSavepoint = `savepoint member`
	pipeRelease   = `release member`
	pipeUndo      = `rollback to member; release member`
	pipeFlush     = `select` // has all sent that waits
)

var pipeBrief = fmt.Sprintf(`set local lock_timeout = %d`, patience.Milliseconds())

// rows are what *sql.Rows and rows of a pipe share.
type rows interface {
	scanner
	Next() bool
	Err() error
	Close() error
	Columns() ([]string, error)
}

// stretch is one caller's part of a pipe. Its statements end when the caller's time is
// up, which breaks the connection for all who share it; they listen to no other context,
// which could end earlier.
type stretch struct {
	pipe   *pipe
	ctx    context.Context // ends when the caller's time is up
	behind bool            // others are before it: it has a savepoint
	set    bool            // the server has the savepoint
	kept   bool            // it is settled
	ahead  []*answer       // to statements that were foretold and not asked for yet
	failed error           // of the first statement that failed: nothing is sent after it
}

// failure is part.failure.
func (s *stretch) failure() error { return s.failed }

// fail notes why a stretch is not kept and returns that.
func (s *stretch) fail(err error) error {
	var e *pgconn.PgError
	if s.behind && errors.As(err, &e) && (e.Code == "55P03" || e.Code == "40P01") {
		err = fmt.Errorf("%w: %w", errCrossed, err)
	}
	if s.failed == nil {
		s.failed = err
	}
	return s.failed
}

// later keeps a write until the next statement is sent. What done returns is the
// error of the statement that is waited for.
func (s *stretch) later(w laterStatement) error {
	var err error
	w.of = s
	if w.args, err = plainArgs(w.args); err != nil {
		return s.fail(err)
	}
	if known, _ := s.foretold(w.query, w.args, false); known != nil && known.sent {
		return w.done(known.affected(), meter.Start(), nil)
	}
	s.pipe.waiting = append(s.pipe.waiting, w)
	return nil
}

// ready refuses a statement behind one that failed, or when time is up.
func (s *stretch) ready() error {
	if s.failed != nil {
		return s.failed
	}
	if err := s.ctx.Err(); err != nil {
		return s.fail(err)
	}
	return nil
}

// QueryContext is querier.QueryContext.
func (s *stretch) QueryContext(_ context.Context, query string, args ...any) (rows, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	args, err := plainArgs(args)
	if err != nil {
		return nil, err
	}
	if known, err := s.foretold(query, args, true); known != nil || err != nil {
		return known, err
	}
	p := s.pipe
	if p.begun && len(p.waiting) == 0 {
		found, err := p.conn.Query(s.ctx, query, args...)
		if err != nil {
			return nil, s.fail(err)
		}
		return &pipeRows{Rows: found, of: s}, nil
	}
	results, err := p.send(s.ctx, s, laterStatement{query: query, args: args})
	if err != nil {
		return nil, s.fail(err)
	}
	found, err := results.Query()
	if err != nil {
		return nil, s.fail(ended(results, err))
	}
	return &pipeRows{Rows: found, batch: results, of: s}, nil
}

// ExecContext is querier.ExecContext.
func (s *stretch) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	args, err := plainArgs(args)
	if err != nil {
		return nil, err
	}
	if known, err := s.foretold(query, args, true); known != nil || err != nil {
		return sqldriver.RowsAffected(known.affected()), err
	}
	tag, err := s.pipe.exec(s.ctx, s, query, args)
	if err != nil {
		return nil, s.fail(err)
	}
	n := tag.RowsAffected()
	s.pipe.wrote = s.pipe.wrote || n > 0 && !tag.Select()
	return sqldriver.RowsAffected(n), nil
}

// exec runs a statement of a stretch; nil: of the pipe itself.
func (p *pipe) exec(ctx context.Context, s *stretch, query string, args []any) (pgconn.CommandTag, error) {
	if p.begun && len(p.waiting) == 0 {
		return p.conn.Exec(ctx, query, args...)
	}
	results, err := p.send(ctx, s, laterStatement{query: query, args: args})
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := results.Exec()
	return tag, ended(results, err)
}

// ended ends the reading of results and returns what went wrong first.
func ended(results pgx.BatchResults, err error) error {
	closed := results.Close()
	if err != nil {
		return err
	}
	return closed
}

// send sends what waits and statements of a stretch, and returns the results behind
// those of what waited. If what another left behind fails, that one is taken back and
// the others are sent again.
func (p *pipe) send(ctx context.Context, s *stretch, asked ...laterStatement) (pgx.BatchResults, error) {
	for {
		results, whose, err := p.try(ctx, asked...)
		if err != nil && whose == nil && s != nil && p.othersWait(s) {
			return nil, fmt.Errorf("%w: %w", errCrossed, err)
		}
		if whose == nil || whose == s {
			return results, err
		}
		if err := p.drop(whose, err, s != nil); err != nil {
			return nil, err
		}
	}
}

// othersWait reports whether statements wait of others than s.
func (p *pipe) othersWait(s *stretch) bool {
	return slices.ContainsFunc(p.waiting, func(w laterStatement) bool { return w.of != s })
}

// try sends what waits and statements, and returns the results behind those of what
// waited, or the stretch of which a statement failed that waited, without what had
// run.
func (p *pipe) try(ctx context.Context, asked ...laterStatement) (pgx.BatchResults, *stretch, error) {
	var b pgx.Batch
	if !p.begun {
		b.Queue(pipeBegin)
	}
	for _, w := range slices.Concat(p.waiting, asked) {
		b.Queue(w.query, w.args...)
	}
	results := p.conn.SendBatch(ctx, &b)
	if !p.begun {
		if _, err := results.Exec(); err != nil {
			return nil, nil, p.dialect.wrap("begin", ended(results, err))
		}
		p.begun = true
	}
	for len(p.waiting) > 0 {
		w := p.waiting[0]
		p.waiting = p.waiting[1:]
		watch := meter.Start()
		tag, err := results.Exec()
		n := tag.RowsAffected()
		p.wrote = p.wrote || n > 0
		if err = w.done(n, watch, err); err != nil {
			return nil, w.of, ended(results, err)
		}
	}
	return results, nil, nil
}

// plainArgs are arguments as database/sql hands them to a driver.
func plainArgs(args []any) ([]any, error) {
	plain := make([]any, len(args))
	for i, a := range args {
		var err error
		if plain[i], err = sqldriver.DefaultParameterConverter.ConvertValue(a); err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
	}
	return plain, nil
}

// pipeRows are rows of a pipe.
type pipeRows struct {
	pgx.Rows
	batch pgx.BatchResults // they end; nil: none
	of    *stretch
}

// Close ends the reading, and returns what went wrong until then.
func (r *pipeRows) Close() error {
	r.Rows.Close()
	err := r.Rows.Err()
	if r.batch != nil {
		err = ended(r.batch, err)
		r.batch = nil
	}
	if err != nil {
		return r.of.fail(err)
	}
	return nil
}

// Err returns what went wrong so far.
func (r *pipeRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return r.of.fail(err)
	}
	return nil
}

// Columns are the names of the columns.
func (r *pipeRows) Columns() ([]string, error) {
	fields := r.FieldDescriptions()
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names, nil
}
