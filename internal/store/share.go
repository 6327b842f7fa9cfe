package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"parley/internal/meter"
)

// besides is the base of PostgreSQL's writer: transactions run beside one another, on
// as many connections as there are turns. One pool serves for reads as well: those that
// wait for a turn hold no connection of it.
type besides struct {
	db      *sql.DB
	dialect dialect
	turns   chan struct{} // holds one for each transaction that has a connection
}

// connect is base.connect. Turns come in the order in which they were asked for.
func (b besides) connect(ctx context.Context) (shared, error) {
	select {
	case b.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	lent, err := b.db.Conn(ctx)
	if err != nil {
		<-b.turns
		return nil, b.dialect.wrap("wait to write", err)
	}
	p := &pipe{lent: lent, dialect: b.dialect, turns: b.turns}
	if err := lent.Raw(func(driver any) error { p.conn = driver.(*stdlib.Conn).Conn(); return nil }); err != nil {
		<-b.turns
		return nil, b.dialect.wrap("wait to write", errors.Join(err, lent.Close()))
	}
	return p, nil
}

// join is shared.join. Nothing is sent yet.
func (p *pipe) join(ctx context.Context) (part, error) {
	s := &stretch{pipe: p, ctx: ctx, behind: p.kept > 0}
	if s.behind {
		if !p.brief {
			p.step(s, pipeBrief, &p.brief)
		}
		p.step(s, pipeSavepoint, &s.set)
	}
	return s, nil
}

// step keeps a step of the pipe until the next statement is sent; did is set then.
func (p *pipe) step(s *stretch, query string, did *bool) {
	p.waiting = append(p.waiting, laterStatement{of: s, query: query, done: func(_ int64, _ meter.Watch, err error) error {
		*did = err == nil
		return err
	}})
}

// settle is shared.settle. What is kept may still fail, when it is sent with what
// comes next; but what done may refuse is sent now, because what comes next would
// stand on it.
func (p *pipe) settle(of part, keep bool) error {
	s := of.(*stretch)
	if keep && slices.ContainsFunc(p.waiting, func(w laterStatement) bool { return w.guard }) {
		_, _ = s.ExecContext(s.ctx, pipeFlush) // it notes what fails
	}
	if !keep || s.failed != nil {
		return p.undo(s)
	}
	if s.behind {
		var released bool
		p.step(s, pipeRelease, &released)
	}
	s.kept = true
	p.kept++
	return nil
}

// undo takes back what a stretch did, and what it would have done.
func (p *pipe) undo(s *stretch) error {
	p.waiting = slices.DeleteFunc(p.waiting, func(w laterStatement) bool { return w.of == s })
	p.wrote = false // what is left may have written nothing
	if s.kept {
		s.kept = false
		p.kept--
	}
	var err error
	ctx, done := context.WithTimeout(context.Background(), pingLimit)
	defer done()
	switch {
	case p.conn.IsClosed():
		if err = pgconn.ErrConnClosed; !errors.Is(s.failed, errCrossed) {
			err = errors.Join(s.failed, err)
		}
	case p.kept == 0 && p.begun:
		// Nobody is left: who joins next begins anew and waits for locks as the first does.
		p.begun, p.brief = false, false
		_, err = p.conn.Exec(ctx, pipeRollback)
	case s.set:
		_, err = p.conn.Exec(ctx, pipeUndo, pgx.QueryExecModeSimpleProtocol)
	}
	if err != nil {
		return p.dialect.wrap("take back", err)
	}
	if p.conn.PgConn().TxStatus() == 'E' {
		// It failed before its savepoint: with a text that PostgreSQL cannot read.
		return fmt.Errorf("%w: the transaction is lost: %w", errCrossed, s.failed)
	}
	return nil
}

// members is shared.members.
func (p *pipe) members() int { return p.kept }

// drop takes back a stretch of which a statement failed that waited. Among statements
// of others it may have failed for one of theirs: it begins anew then.
func (p *pipe) drop(s *stretch, err error, among bool) error {
	if among || p.othersWait(s) {
		err = fmt.Errorf("%w: %w", errCrossed, err)
	}
	_ = s.fail(err)
	return p.undo(s)
}

// sqlWait is a statement that changes nothing but has the commit wait, where
// standbys are synchronous, until they have all that was committed before.
const sqlWait = `select pg_logical_emit_message(true, 'parley', '')`

// commit is shared.commit. A transaction that wrote nothing often answers with what an
// earlier one wrote: a request that is repeated. That one's commit may have been
// cut off while it waited for a standby, which PostgreSQL then no longer does; so
// the answer waits instead.
func (p *pipe) commit(ctx context.Context) error {
	for {
		if !p.wrote {
			if _, err := p.exec(ctx, nil, sqlWait, nil); err != nil {
				return p.dialect.wrap("commit", err)
			}
		}
		results, whose, err := p.try(ctx, laterStatement{query: pipeCommit})
		if whose == nil {
			return p.committed(results, err)
		}
		if err := p.drop(whose, err, false); err != nil || p.kept == 0 {
			return err
		}
	}
}

// committed tells what became of a commit.
func (p *pipe) committed(results pgx.BatchResults, err error) error {
	if err != nil {
		return err
	}
	tag, err := results.Exec()
	if err = ended(results, err); err != nil {
		return p.dialect.wrap("commit", err)
	}
	if tag.String() != "COMMIT" {
		return fmt.Errorf("commit: the transaction was taken back: %s", tag)
	}
	return nil
}

// close is shared.close. A connection on which the transaction cannot be ended is
// given up.
func (p *pipe) close(bool) error {
	defer func() { <-p.turns }()
	if !p.conn.IsClosed() && p.conn.PgConn().TxStatus() != 'I' {
		ctx, done := context.WithTimeout(context.Background(), pingLimit)
		defer done()
		if _, err := p.conn.Exec(ctx, pipeRollback); err != nil {
			return giveUp(p.lent)
		}
	}
	return p.lent.Close()
}
