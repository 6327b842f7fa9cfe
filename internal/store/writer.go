package store

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"parley/internal/forum"
	"parley/internal/meter"
)

// writer runs transactions. SQLite's lets callers share a commit ([grouped]);
// PostgreSQL's gives each a connection ([apart]).
type writer interface {
	// run runs f in a transaction and returns when what it did is durable, or
	// taken back with the error it returns. It listens to ctx until f begins. When
	// too many wait, or a caller waits too long, it is Unavailable. One that wants
	// to be alone shares its commit with nobody.
	run(ctx context.Context, alone bool, f func(context.Context, querier) error) error
}

const (
	maxWaiting = 1024             // callers that wait to write
	maxWait    = 10 * time.Second // how long one of them waits
	writeLimit = 30 * time.Second // how long a transaction takes once it has begun
)

// crowded is the refusal of a caller that would wait too long.
func crowded(format string, args ...any) error {
	return forum.Fail(forum.Unavailable, "error.unavailable").After(time.Second).Because("wait to write: "+format, args...)
}

// gaveUp says why a caller stopped waiting: it was cancelled, or the wait was too
// long.
func gaveUp(ctx context.Context, wait time.Duration) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait to write: %w", err)
	}
	return crowded("no turn within %s", wait)
}

// apart is the writer of PostgreSQL: transactions run beside one another, on as many
// connections as there are turns. One pool serves for reads as well: those that wait
// for a turn hold no connection of it.
type apart struct {
	db      *sql.DB
	dialect dialect
	turns   chan struct{} // holds one for each transaction that has a connection
	room    int64         // callers that may wait
	wait    time.Duration // how long one of them waits at most
	limit   time.Duration // how long one transaction may go on
	waiting atomic.Int64
	meters  *meters
}

// run is writer.run. Nobody shares a commit here.
func (w *apart) run(ctx context.Context, _ bool, f func(context.Context, querier) error) error {
	conn, err := w.enter(ctx)
	if err != nil {
		return err
	}
	defer w.leave(conn)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.limit)
	defer cancel()
	var failed error
	err = conn.Raw(func(driver any) error {
		p := &pipe{conn: driver.(*stdlib.Conn).Conn(), dialect: w.dialect}
		if failed = w.carryOut(ctx, p, f); failed == nil {
			return nil
		}
		return w.takeBack(ctx, p)
	})
	if failed != nil {
		return failed
	}
	return err
}

// carryOut runs f in a pipe and commits.
func (w *apart) carryOut(ctx context.Context, p *pipe, f func(context.Context, querier) error) error {
	if err := f(ctx, p); err != nil {
		return err
	}
	took := meter.Start()
	if err := p.commit(ctx); err != nil {
		return w.dialect.wrap("commit", err)
	}
	w.meters.commit(1, took)
	return nil
}

// takeBack ends a transaction that failed. A connection on which that fails is
// given up.
func (w *apart) takeBack(ctx context.Context, p *pipe) error {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), pingLimit)
	defer done()
	if err := p.rollback(ctx); err != nil {
		return sqldriver.ErrBadConn
	}
	return nil
}

// enter waits for a turn, in the order in which callers came, and for a connection.
func (w *apart) enter(ctx context.Context) (*sql.Conn, error) {
	defer w.waiting.Add(-1)
	if w.waiting.Add(1) > w.room {
		return nil, crowded("%d transactions wait already", w.room)
	}
	wait, done := context.WithTimeout(ctx, w.wait)
	defer done()
	select {
	case w.turns <- struct{}{}:
	case <-wait.Done():
		return nil, gaveUp(ctx, w.wait)
	}
	conn, err := w.db.Conn(wait)
	if err == nil {
		return conn, nil
	}
	<-w.turns
	if wait.Err() != nil {
		return nil, gaveUp(ctx, w.wait)
	}
	return nil, w.dialect.wrap("wait to write", err)
}

// leave gives the connection back and the turn to the next.
func (w *apart) leave(conn *sql.Conn) {
	conn.Close()
	<-w.turns
}
