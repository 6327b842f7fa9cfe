package store

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parley/internal/meter"
)

// pipe is a transaction of PostgreSQL whose statements go out together where that
// is possible: a write whose answer nobody waits for is sent with the next statement
// whose answer somebody does, the first of them with the begin, and the last with the
// commit. What a statement sees is what it would see if each were sent alone: the
// server runs them in their order, and none after one that failed.
type pipe struct {
	conn    *pgx.Conn
	dialect dialect
	waiting []laterStatement
	begun   bool
	wrote   bool
	failed  error // of a statement that nobody waited for: nothing is sent after it
}

// laterStatement is a statement that is not sent yet.
type laterStatement struct {
	query string
	args  []any
	guard bool                                                 // done may refuse what the statement did
	done  func(rows int64, watch meter.Watch, err error) error // is told what became of it
}

// The steps of a pipe.
const (
	pipeBegin    = `begin`
	pipeCommit   = `commit`
	pipeRollback = `rollback`
)

// rows are what *sql.Rows and rows of a pipe share.
type rows interface {
	scanner
	Next() bool
	Err() error
	Close() error
	Columns() ([]string, error)
}

// later keeps a write until the next statement is sent. What done returns is the
// error of the statement that is waited for.
func (p *pipe) later(w laterStatement) error {
	var err error
	w.args, err = plainArgs(w.args)
	p.waiting = append(p.waiting, w)
	return err
}

// QueryContext is querier.QueryContext.
func (p *pipe) QueryContext(ctx context.Context, query string, args ...any) (rows, error) {
	args, err := plainArgs(args)
	if err != nil {
		return nil, err
	}
	if p.begun && p.failed == nil && len(p.waiting) == 0 {
		found, err := p.conn.Query(ctx, query, args...)
		return &pipeRows{Rows: found}, err
	}
	results, err := p.send(ctx, query, args)
	if err != nil {
		return nil, err
	}
	found, err := results.Query()
	if err != nil {
		return nil, ended(results, err)
	}
	return &pipeRows{Rows: found, batch: results}, nil
}

// ExecContext is querier.ExecContext.
func (p *pipe) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	args, err := plainArgs(args)
	if err != nil {
		return nil, err
	}
	tag, err := p.exec(ctx, query, args)
	n := tag.RowsAffected()
	p.wrote = p.wrote || n > 0 && !tag.Select()
	return sqldriver.RowsAffected(n), err
}

func (p *pipe) exec(ctx context.Context, query string, args []any) (pgconn.CommandTag, error) {
	if p.begun && p.failed == nil && len(p.waiting) == 0 {
		return p.conn.Exec(ctx, query, args...)
	}
	results, err := p.send(ctx, query, args)
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

// send sends what waits and a statement, and returns the results behind those of
// what waited.
func (p *pipe) send(ctx context.Context, query string, args []any) (pgx.BatchResults, error) {
	if p.failed != nil {
		return nil, p.failed
	}
	var b pgx.Batch
	if !p.begun {
		b.Queue(pipeBegin)
	}
	waiting := p.waiting
	p.waiting = nil
	for _, w := range waiting {
		b.Queue(w.query, w.args...)
	}
	b.Queue(query, args...)
	results := p.conn.SendBatch(ctx, &b)
	if !p.begun {
		if _, err := results.Exec(); err != nil {
			return nil, p.dialect.wrap("begin", ended(results, err))
		}
		p.begun = true
	}
	for _, w := range waiting {
		watch := meter.Start()
		tag, err := results.Exec()
		n := tag.RowsAffected()
		p.wrote = p.wrote || n > 0
		if p.failed = w.done(n, watch, err); p.failed != nil {
			return nil, ended(results, p.failed)
		}
	}
	return results, nil
}

// sqlWait is a statement that changes nothing but has the commit wait, where
// standbys are synchronous, until they have all that was committed before.
const sqlWait = `select pg_logical_emit_message(true, 'parley', '')`

// commit commits. A transaction that wrote nothing often answers with what an
// earlier one wrote: a request that is repeated. That one's commit may have been
// cut off while it waited for a standby, which PostgreSQL then no longer does; so
// the answer waits instead.
func (p *pipe) commit(ctx context.Context) error {
	guarded := slices.ContainsFunc(p.waiting, func(w laterStatement) bool { return w.guard })
	if !p.wrote || guarded {
		if _, err := p.exec(ctx, sqlWait, nil); err != nil {
			return err
		}
	}
	tag, err := p.exec(ctx, pipeCommit, nil)
	if err == nil && tag.String() != "COMMIT" {
		return fmt.Errorf("the transaction was taken back: %s", tag)
	}
	return err
}

// rollback takes back what was done.
func (p *pipe) rollback(ctx context.Context) error {
	p.waiting = nil
	if !p.begun && p.conn.PgConn().TxStatus() == 'I' || p.conn.IsClosed() {
		return nil
	}
	_, err := p.conn.Exec(ctx, pipeRollback)
	return err
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
}

// Close ends the reading, and returns what went wrong until then.
func (r *pipeRows) Close() error {
	r.Rows.Close()
	if r.batch != nil {
		err := r.batch.Close()
		r.batch = nil
		return err
	}
	return r.Err()
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
