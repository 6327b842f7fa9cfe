package store

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"fmt"
	"reflect"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// Together foretells statements whose answers a transaction will wait for, one after
// the other, and which none of these answers changes: f asks for them as they will be
// asked for, and is told that there is nothing. Where statements have far to go, they
// all go in the order of f when the first of them is asked for in earnest, in one round
// trip; each answer is kept until it is asked for. So f may name a statement that is
// not asked for only if it changes nothing but locks.
func (t *Tx) Together(ctx context.Context, f func(context.Context, *Tx)) {
	if s, far := t.q.(*stretch); far {
		f(ctx, &Tx{Reader: Reader{q: (*foretold)(s), dialect: t.dialect, rows: uncounted}, Now: t.Now})
	}
}

// uncounted is told of statements that did not run.
var uncounted = newCost()

// foretold notes the statements of a stretch that will be asked for.
type foretold stretch

// QueryContext is querier.QueryContext.
func (s *foretold) QueryContext(_ context.Context, query string, args ...any) (rows, error) {
	return &answer{}, s.note(query, args)
}

// ExecContext is querier.ExecContext.
func (s *foretold) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	return sqldriver.RowsAffected(0), s.note(query, args)
}

func (s *foretold) note(query string, args []any) error {
	plain, err := plainArgs(args)
	if err == nil && (*stretch)(s).foretoldAt(query, plain) < 0 {
		s.ahead = append(s.ahead, &answer{query: query, args: plain})
	}
	return err
}

// answer is a statement that was foretold, and once it is sent its rows.
type answer struct {
	query  string
	args   []any
	sent   bool
	types  *pgtype.Map
	fields []pgconn.FieldDescription
	values [][][]byte // the rows that were not read yet, and before them the one that is
	begun  bool       // a row is being read
	tag    pgconn.CommandTag
}

// foretold takes the answer to a statement out of those that were foretold, sending
// them all if that is not done yet; nil: it was not foretold.
func (s *stretch) foretold(query string, args []any, send bool) (*answer, error) {
	i := s.foretoldAt(query, args)
	if i < 0 {
		return nil, nil
	}
	a := s.ahead[i]
	if !a.sent && send {
		if err := s.sendAhead(); err != nil {
			return nil, s.fail(err)
		}
	}
	s.ahead = slices.Delete(s.ahead, i, i+1)
	return a, nil
}

// foretoldAt is where a statement stands among those that were foretold; -1: it does not.
func (s *stretch) foretoldAt(query string, args []any) int {
	return slices.IndexFunc(s.ahead, func(a *answer) bool { return a.query == query && reflect.DeepEqual(a.args, args) })
}

// sendAhead sends what was foretold and reads its answers.
func (s *stretch) sendAhead() error {
	var unsent []*answer
	var more []laterStatement
	for _, a := range s.ahead {
		if !a.sent {
			unsent, more = append(unsent, a), append(more, laterStatement{query: a.query, args: a.args})
		}
	}
	results, err := s.pipe.send(s.ctx, s, more...)
	if err != nil {
		return err
	}
	for _, a := range unsent {
		found, err := results.Query()
		if err == nil {
			err = a.read(s.pipe.conn.TypeMap(), found)
		}
		if err != nil {
			return ended(results, err)
		}
		s.pipe.wrote = s.pipe.wrote || !a.tag.Select() && a.tag.RowsAffected() > 0
	}
	return results.Close()
}

// read keeps the rows of an answer.
func (a *answer) read(types *pgtype.Map, found pgx.Rows) error {
	a.types, a.fields, a.sent = types, slices.Clone(found.FieldDescriptions()), true
	for found.Next() {
		var row [][]byte
		for _, value := range found.RawValues() {
			row = append(row, slices.Clone(value))
		}
		a.values = append(a.values, row)
	}
	found.Close()
	a.tag = found.CommandTag()
	return found.Err()
}

// affected is how many rows the statement touched.
func (a *answer) affected() int64 {
	if a == nil {
		return 0
	}
	return a.tag.RowsAffected()
}

// Next is rows.Next.
func (a *answer) Next() bool {
	if a.begun {
		a.values = a.values[1:]
	}
	a.begun = len(a.values) > 0
	return a.begun
}

// Scan is scanner.Scan.
func (a *answer) Scan(dest ...any) error {
	return pgx.ScanRow(a.types, a.fields, a.values[0], dest...)
}

// Err is rows.Err.
func (a *answer) Err() error { return nil }

// Close is rows.Close.
func (a *answer) Close() error { return nil }

// Columns is rows.Columns.
func (a *answer) Columns() ([]string, error) {
	return nil, fmt.Errorf("%s: columns were not kept", a.query)
}
