package store

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"regexp"
)

// preparing opens SQLite connections that keep the statements they have prepared.
// The driver would parse and plan a text anew each time it runs, which costs more
// than running it. Only the texts of [statement] are kept, so that none grows
// with what readers send; SQLite prepares a kept one again by itself when the
// schema has changed.
type preparing struct{ sqldriver.Connector }

// maxPrepared bounds the statements a connection keeps, at some 10 kB each.
const maxPrepared = 160

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	sqldriver.Conn
	sqldriver.ConnBeginTx
	sqldriver.ConnPrepareContext
	sqldriver.ExecerContext
	sqldriver.QueryerContext
	sqldriver.Pinger
	sqldriver.SessionResetter
	sqldriver.Validator
}

func (p preparing) Connect(ctx context.Context) (sqldriver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := c.(sqliteConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the SQLite driver's connection is a %T", c), c.Close())
	}
	return &preparedConn{sqliteConn: full, kept: map[string]*prepared{}}, nil
}

// preparedConn is a connection with its statements. Like every connection of a
// pool it is used by one goroutine at a time.
type preparedConn struct {
	sqliteConn
	kept map[string]*prepared
	uses int64
}

// sqliteStmt is what the driver's statements can do.
type sqliteStmt interface {
	sqldriver.Stmt
	sqldriver.StmtExecContext
	sqldriver.StmtQueryContext
}

// prepared is a statement that is kept.
type prepared struct {
	sqliteStmt
	open bool  // rows of it are being read
	used int64 // when it was last used, counted in uses
}

// ExecContext runs a statement, a kept one if it may.
func (c *preparedConn) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	p, kept, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	if !kept {
		return c.sqliteConn.ExecContext(ctx, steadyLimits(query), args)
	}
	return p.ExecContext(ctx, args)
}

// QueryContext reads rows, with a kept statement if it may.
func (c *preparedConn) QueryContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	p, kept, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	if !kept {
		return c.sqliteConn.QueryContext(ctx, steadyLimits(query), args)
	}
	rows, err := p.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	p.open = true
	return &preparedRows{rows, p}, nil
}

// take returns the kept statement of a text, preparing it at its first use; false
// if the text is not kept or its rows are being read just now.
func (c *preparedConn) take(ctx context.Context, query string) (*prepared, bool, error) {
	c.uses++
	p := c.kept[query]
	if p == nil {
		if !registered[query] || !c.makeRoom() {
			return nil, false, nil
		}
		var err error
		if p, err = c.prepare(ctx, query); err != nil {
			return nil, false, err
		}
		c.kept[query] = p
	}
	p.used = c.uses
	return p, !p.open, nil
}

// limitVariable is a limit that is a parameter.
var limitVariable = regexp.MustCompile(`\blimit (\$\d+)`)

// steadyLimits writes limits so that SQLite does not plan a statement for the number
// that is bound: since 3.50 it reads a parameter that stands alone, and so parses and
// plans the whole text again whenever one is bound to it.
func steadyLimits(query string) string { return limitVariable.ReplaceAllString(query, "limit +$1") }

func (c *preparedConn) prepare(ctx context.Context, query string) (*prepared, error) {
	s, err := c.PrepareContext(ctx, steadyLimits(query))
	if err != nil {
		return nil, err
	}
	full, ok := s.(sqliteStmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the SQLite driver's statement is a %T", s), s.Close())
	}
	return &prepared{sqliteStmt: full}, nil
}

// makeRoom closes the statement that was not used for longest when there are too
// many, and reports whether there is room for one more.
func (c *preparedConn) makeRoom() bool {
	if len(c.kept) < maxPrepared {
		return true
	}
	var oldest string
	for query, p := range c.kept {
		if !p.open && (oldest == "" || p.used < c.kept[oldest].used) {
			oldest = query
		}
	}
	if oldest == "" {
		return false
	}
	closed := c.kept[oldest].Close()
	delete(c.kept, oldest)
	return closed == nil
}

// Close closes the statements and the connection.
func (c *preparedConn) Close() error {
	var errs []error
	for _, p := range c.kept {
		errs = append(errs, p.Close())
	}
	clear(c.kept)
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

// preparedRows are rows of a kept statement, which is free again once they are
// closed.
type preparedRows struct {
	sqldriver.Rows
	of *prepared
}

func (r *preparedRows) Close() error {
	r.of.open = false
	return r.Rows.Close()
}
