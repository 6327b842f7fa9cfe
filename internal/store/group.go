package store

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"slices"
	"sync"
	"time"

	"parley/internal/meter"
)

// grouped is the writer of SQLite. Callers take turns on its one connection, in
// the order in which they came. Who comes while others write shares their
// transaction and its commit: a batch. Each runs in the batch behind a savepoint,
// in its own goroutine, and is told what became of it when the batch is on disk.
// A caller that is alone begins and commits at once, without a savepoint.
type grouped struct {
	db      *sql.DB
	dialect dialect
	room    int           // callers that may wait
	wait    time.Duration // how long one of them waits at most
	open    time.Duration // how long a batch takes members
	limit   time.Duration // how long one transaction may go on
	meters  *meters

	mu      sync.Mutex
	busy    bool    // somebody has the turn
	waiting []*turn // in the order in which they came
}

const (
	maxMembers = 64 // transactions that share a commit
	// maxOpen is how long a batch takes members: it bounds what the first of them
	// waits for the others.
	maxOpen = 10 * time.Millisecond
)

// turn is a caller that waits. It is handed a batch, which it passes on when it
// has done its own part.
type turn struct {
	alone bool
	mine  chan *batch
}

// run is writer.run.
func (w *grouped) run(ctx context.Context, alone bool, f func(context.Context, querier) error) error {
	b, err := w.enter(ctx, alone)
	if err != nil {
		return err
	}
	err = w.take(ctx, b, alone, f)
	<-b.done
	if b.err != nil {
		return b.err
	}
	return err
}

// take runs the caller's part of a batch and passes the batch on, even if f does
// not return.
func (w *grouped) take(ctx context.Context, b *batch, alone bool, f func(context.Context, querier) error) error {
	defer w.pass(b)
	limit, done := context.WithTimeout(context.WithoutCancel(ctx), w.limit)
	defer done()
	m, err := w.join(limit, b)
	if err != nil {
		return err
	}
	kept := false
	defer func() { w.settle(b, m, kept) }()
	b.full = alone
	if err := f(limit, m); err != nil {
		return err
	}
	kept = m.err == nil
	return m.err
}

// enter waits for the caller's turn and returns the batch that it may join.
func (w *grouped) enter(ctx context.Context, alone bool) (*batch, error) {
	t := &turn{alone: alone, mine: make(chan *batch, 1)}
	w.mu.Lock()
	if !w.busy {
		w.busy = true
		w.mu.Unlock()
		return newBatch(), nil
	}
	if len(w.waiting) >= w.room {
		w.mu.Unlock()
		return nil, crowded("%d transactions wait already", w.room)
	}
	w.waiting = append(w.waiting, t)
	w.mu.Unlock()
	wait, done := context.WithTimeout(ctx, w.wait)
	defer done()
	select {
	case b := <-t.mine:
		return b, nil
	case <-wait.Done():
	}
	if !w.leave(t) {
		// The turn came at the same moment: it is the next one's.
		w.pass(<-t.mine)
	}
	return nil, gaveUp(ctx, w.wait)
}

// leave takes a caller out of the line; false: its turn has come.
func (w *grouped) leave(t *turn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.Index(w.waiting, t)
	if i < 0 {
		return false
	}
	w.waiting = slices.Delete(w.waiting, i, i+1)
	return true
}

// pass gives the turn to the next caller: with the batch if that takes it, or
// with a new one once this one is on disk.
func (w *grouped) pass(b *batch) {
	w.mu.Lock()
	if len(w.waiting) > 0 && b.admits(w.waiting[0]) {
		w.hand(b)
		w.mu.Unlock()
		return
	}
	w.mu.Unlock()
	w.end(b)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) > 0 {
		w.hand(newBatch())
		return
	}
	w.busy = false
}

// hand gives a batch to the first caller in the line. The lock is held.
func (w *grouped) hand(b *batch) {
	w.waiting[0].mine <- b
	w.waiting = slices.Delete(w.waiting, 0, 1)
}

// batch is a transaction of the database and the callers that share it. It
// belongs to the one whose turn it is, until it is done.
type batch struct {
	conn    *sql.Conn        // nil: none taken
	members int              // transactions in it; 0: the database's is not begun
	full    bool             // it takes no more
	late    <-chan time.Time // tells when it takes no more
	err     error            // why nothing of it was kept; others read it once it is done
	done    chan struct{}    // closed when it is on disk or taken back
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

// admits reports whether a caller may join a batch.
func (b *batch) admits(t *turn) bool {
	if b.members == 0 {
		return b.err == nil
	}
	select {
	case <-b.late:
		b.full = true
	default:
	}
	return b.err == nil && !b.full && !t.alone && b.members < maxMembers
}

// The steps of a batch.
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

// join begins the database's transaction for the first member and sets a
// savepoint for every other.
func (w *grouped) join(ctx context.Context, b *batch) (*member, error) {
	m := &member{ctx: context.WithoutCancel(ctx), limit: ctx}
	if b.conn == nil {
		if b.conn, b.err = w.db.Conn(m.ctx); b.err != nil {
			b.err = w.dialect.wrap("connect to write", b.err)
			return nil, b.err
		}
	}
	m.conn = b.conn
	step := stepSavepoint
	if b.members == 0 {
		b.late, step = time.After(w.open), stepBegin
	}
	if b.exec(m.ctx, step); b.err != nil {
		b.err = w.dialect.wrap("begin", b.err)
		return nil, b.err
	}
	b.members++
	return m, nil
}

// settle keeps what the last member did, or takes it back. A failure for which
// SQLite has taken the whole transaction back shows here.
func (w *grouped) settle(b *batch, m *member, kept bool) {
	switch {
	case b.members == 1 && kept:
	case b.members == 1:
		b.exec(m.ctx, stepRollback)
		b.members = 0
	case kept:
		b.exec(m.ctx, stepRelease)
	default:
		b.exec(m.ctx, stepUndo)
		b.exec(m.ctx, stepRelease)
		b.members--
	}
	if b.err != nil {
		b.err = w.dialect.wrap("settle", errors.Join(m.err, b.err))
	}
}

// end commits a batch and tells its members. A connection on which a step of ours
// failed may still be in a transaction, or not: it is given up.
func (w *grouped) end(b *batch) {
	defer close(b.done)
	if b.conn == nil {
		return
	}
	if b.err == nil && b.members > 0 {
		took := meter.Start()
		if b.exec(context.Background(), stepCommit); b.err != nil {
			b.err = w.dialect.wrap("commit", b.err)
		} else {
			w.meters.commit(b.members, took)
		}
	}
	if b.err != nil {
		b.err = errors.Join(b.err, giveUp(b.conn))
		return
	}
	b.err = b.conn.Close()
}

// exec runs a step of the batch, unless one failed before.
func (b *batch) exec(ctx context.Context, step string) {
	if b.err == nil {
		_, b.err = b.conn.ExecContext(ctx, step)
	}
}

// giveUp closes a connection for good; SQLite takes back what was open on it.
func giveUp(c *sql.Conn) error {
	if err := c.Raw(func(any) error { return sqldriver.ErrBadConn }); !errors.Is(err, sqldriver.ErrBadConn) {
		return err
	}
	return nil
}

// member is one transaction of a batch, as its statements see it. As on
// PostgreSQL, no statement runs after one that failed. The end of the caller's
// context would take the whole batch back, so statements do not listen to it.
type member struct {
	ctx   context.Context
	conn  *sql.Conn
	limit context.Context // no statement begins once it has ended
	err   error           // of the first statement that failed
}

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
