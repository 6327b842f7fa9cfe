package store

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
)

// oneWriter is the base of SQLite's writer: it has one connection that writes.
type oneWriter struct {
	db      *sql.DB
	dialect dialect
}

// connect is base.connect.
func (o oneWriter) connect(ctx context.Context) (shared, error) {
	conn, err := o.db.Conn(context.WithoutCancel(ctx))
	if err != nil {
		return nil, o.dialect.wrap("connect to write", err)
	}
	return &group{conn: conn, dialect: o.dialect}, nil
}

// group is a transaction of SQLite that callers share. The first begins it, without
// a savepoint; every other has one.
type group struct {
	conn    *sql.Conn
	dialect dialect
	kept    int
}

// The steps of a group.
const (
	stepBegin     = `begin immediate`
	stepCommit    = `commit`
	stepRollback  = `rollback`
	stepSavepoint = `savepoint member`
	stepRelease   = `release member`
	stepUndo      = `rollback to member`
)

func init() {
	for _, step := range []string{stepBegin, stepCommit, stepRollback, stepSavepoint, stepRelease, stepUndo} {
		registered[step] = true
	}
}

// join is shared.join.
func (g *group) join(ctx context.Context) (part, error) {
	step := stepSavepoint
	if g.kept == 0 {
		step = stepBegin
	}
	m := &member{ctx: context.WithoutCancel(ctx), conn: g.conn, limit: ctx}
	return m, g.carryOut(m.ctx, "begin", step)
}

// settle is shared.settle. A failure for which SQLite has taken the whole
// transaction back shows here.
func (g *group) settle(p part, keep bool) error {
	m := p.(*member)
	var steps []string
	switch {
	case g.kept == 0 && !keep:
		steps = []string{stepRollback}
	case g.kept > 0 && keep:
		steps = []string{stepRelease}
	case g.kept > 0:
		steps = []string{stepUndo, stepRelease}
	}
	if keep {
		g.kept++
	}
	if err := g.carryOut(m.ctx, "settle", steps...); err != nil {
		return errors.Join(m.err, err)
	}
	return nil
}

// members is shared.members.
func (g *group) members() int { return g.kept }

// commit is shared.commit. What would interrupt it could not tell what became of it.
func (g *group) commit(ctx context.Context) error {
	return g.carryOut(context.WithoutCancel(ctx), "commit", stepCommit)
}

// close is shared.close. A connection on which a step of ours failed may still be in
// a transaction, or not: it is given up.
func (g *group) close(broken bool) error {
	if broken {
		return giveUp(g.conn)
	}
	return g.conn.Close()
}

// carryOut runs steps of the group.
func (g *group) carryOut(ctx context.Context, what string, steps ...string) error {
	for _, step := range steps {
		if _, err := g.conn.ExecContext(ctx, step); err != nil {
			return g.dialect.wrap(what, err)
		}
	}
	return nil
}

// giveUp closes a connection for good; the database takes back what was open on it.
func giveUp(c *sql.Conn) error {
	if err := c.Raw(func(any) error { return sqldriver.ErrBadConn }); !errors.Is(err, sqldriver.ErrBadConn) {
		return err
	}
	return nil
}

// member is one caller's part of a group, as its statements see it. As on
// PostgreSQL, no statement runs after one that failed. The end of the caller's
// context would take the whole group back, so statements do not listen to it.
type member struct {
	ctx   context.Context
	conn  *sql.Conn
	limit context.Context // no statement begins once it has ended
	err   error           // of the first statement that failed
}

// failure is part.failure.
func (m *member) failure() error { return m.err }

// QueryContext is querier.QueryContext.
func (m *member) QueryContext(_ context.Context, query string, args ...any) (rows, error) {
	if m.late(); m.err != nil {
		return nil, m.err
	}
	var found rows
	found, m.err = m.conn.QueryContext(m.ctx, query, args...)
	return found, m.err
}

// ExecContext is querier.ExecContext.
func (m *member) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	if m.late(); m.err != nil {
		return nil, m.err
	}
	var result sql.Result
	result, m.err = m.conn.ExecContext(m.ctx, query, args...)
	return result, m.err
}

// late ends a transaction that has taken too long.
func (m *member) late() {
	if m.err == nil {
		m.err = m.limit.Err()
	}
}
