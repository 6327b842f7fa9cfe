package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"parley/internal/forum"
	"parley/internal/meter"
)

// writer runs transactions. Callers who write about the same thing take turns, in
// the order in which they came: they stand in a line. Who comes while others of the
// line write shares their transaction and its commit: a batch. Each runs its part in
// its own goroutine and is told what became of it when the batch is on disk; a part
// that fails is taken back without the others. On SQLite, which has one writer,
// there is one line; on PostgreSQL lines move beside one another.
type writer struct {
	base   base
	beside bool          // lines move beside one another
	room   int           // callers that may wait
	wait   time.Duration // how long one of them waits at most
	open   time.Duration // how long a batch takes members behind the first
	limit  time.Duration // how long one transaction may go on
	meters *meters

	mu      sync.Mutex
	waiting int              // callers, in lines and for connections
	lines   map[string]*line // those in which somebody has the turn
}

const (
	maxWaiting = 1024             // callers that wait to write
	maxWait    = 10 * time.Second // how long one of them waits
	writeLimit = 30 * time.Second // how long a transaction takes once it has begun
	maxMembers = 64               // transactions that share a commit
	// maxOpen is how long a batch takes members behind the first: it bounds what that
	// one waits for the others.
	maxOpen = 10 * time.Millisecond
)

// base is what a database gives its writer.
type base interface {
	// connect waits for a connection that writes, until ctx ends. Nothing is begun.
	connect(ctx context.Context) (shared, error)
}

// shared is a transaction of the database and the connection it runs on. It belongs
// to the one whose turn it is.
type shared interface {
	// join begins the part of a caller, whose time is up when ctx ends. An error
	// breaks the transaction.
	join(ctx context.Context) (part, error)
	// settle keeps a part or takes it back. An error breaks the transaction.
	settle(p part, keep bool) error
	// members is how many parts are kept so far.
	members() int
	// commit makes them durable. Some may fail at last, and be members no longer.
	commit(ctx context.Context) error
	// close gives the connection back, or gives it up if the transaction broke.
	close(broken bool) error
}

// part is what one caller does in a shared transaction.
type part interface {
	querier
	// failure is why the part is not kept: the first of its statements that failed.
	failure() error
}

// errCrossed says that a part was taken back, or all were, for a reason it may not have
// had in a transaction of its own.
var errCrossed = errors.New("what shares a transaction got into the way of others")

// line is the callers that wait behind one that has the turn, in the order in
// which they came.
type line struct {
	about   string
	waiting []*turn
}

// turn is a caller that waits. It is handed a batch, which it passes on when it
// has done its own part.
type turn struct {
	manner
	mine chan *batch
}

// manner is how a transaction wants to be carried out.
type manner struct {
	about string // what it writes about; empty: nothing that others do
	alone bool   // it shares its commit with nobody
}

// batch is a transaction of the database and the callers that share it. It
// belongs to the one whose turn it is, until it is done.
type batch struct {
	line *line            // nil: it has no line
	tx   shared           // nil: there is no connection yet
	full bool             // it takes no more
	late <-chan time.Time // tells when it takes no more; nil: nobody is done
	err  error            // why nothing of it was kept; others read it once it is done
	done chan struct{}    // closed when it is on disk or taken back
}

func newWriter(on base, beside bool, m *meters) *writer {
	return &writer{
		base: on, beside: beside, room: maxWaiting, wait: maxWait, open: maxOpen, limit: writeLimit, meters: m, lines: map[string]*line{},
	}
}

// run runs f in a transaction and returns when what it did is durable, or taken
// back with the error it returns. It listens to ctx until f begins. When too many
// wait, or a caller waits too long, it is Unavailable. What fails only because it
// shares a transaction is run once more, in one of its own.
func (w *writer) run(ctx context.Context, how manner, f func(context.Context, querier) error) error {
	again, err := w.once(ctx, how, f)
	if again {
		how.alone = true
		_, err = w.once(ctx, how, f)
	}
	return err
}

// once is run without the second time, for which it may ask.
func (w *writer) once(ctx context.Context, how manner, f func(context.Context, querier) error) (again bool, err error) {
	b, err := w.enter(ctx, how)
	if err != nil {
		return false, err
	}
	p, err := w.take(ctx, b, how.alone, f)
	<-b.done
	if b.err != nil {
		return errors.Is(b.err, errCrossed), b.err
	}
	if err == nil {
		err = p.failure()
	}
	return errors.Is(p.failure(), errCrossed), err
}

// take runs the caller's part of a batch and passes the batch on, even if f does
// not return.
func (w *writer) take(ctx context.Context, b *batch, alone bool, f func(context.Context, querier) error) (p part, err error) {
	defer w.pass(b)
	limit, done := context.WithTimeout(context.WithoutCancel(ctx), w.limit)
	defer done()
	if p, b.err = b.tx.join(limit); b.err != nil {
		return nil, b.err
	}
	kept := false
	defer func() { w.settle(b, p, kept) }()
	b.full = alone
	if err := f(limit, p); err != nil {
		return p, err
	}
	kept = p.failure() == nil
	return p, nil
}

// settle keeps a part of a batch or takes it back. The first waits for the others from
// now on, also if it is refused: it is told when the batch is done.
func (w *writer) settle(b *batch, p part, keep bool) {
	b.err = b.tx.settle(p, keep)
	if b.late == nil {
		b.late = time.After(w.open)
	}
}

// enter waits for the caller's turn and a connection, and returns the batch that
// the caller may join.
func (w *writer) enter(ctx context.Context, how manner) (*batch, error) {
	wait, done := context.WithTimeout(ctx, w.wait)
	defer done()
	b, err := w.stand(ctx, wait, how)
	if err != nil {
		return nil, err
	}
	defer w.came()
	if b.tx != nil {
		return b, nil
	}
	if b.tx, err = w.base.connect(wait); err != nil {
		w.pass(b)
		if wait.Err() != nil {
			return nil, gaveUp(ctx, w.wait)
		}
		return nil, err
	}
	return b, nil
}

// stand waits in the caller's line until it has the turn.
func (w *writer) stand(ctx, wait context.Context, how manner) (*batch, error) {
	if !w.beside {
		how.about = ""
	}
	t := &turn{manner: how, mine: make(chan *batch, 1)}
	w.mu.Lock()
	if w.waiting >= w.room {
		w.mu.Unlock()
		return nil, crowded("%d transactions wait already", w.room)
	}
	w.waiting++
	if w.beside && how.about == "" {
		w.mu.Unlock()
		return newBatch(nil), nil
	}
	l := w.lines[how.about]
	if l == nil {
		l = &line{about: how.about}
		w.lines[l.about] = l
		w.mu.Unlock()
		return newBatch(l), nil
	}
	l.waiting = append(l.waiting, t)
	w.mu.Unlock()
	select {
	case b := <-t.mine:
		return b, nil
	case <-wait.Done():
	}
	w.came()
	if !w.leave(l, t) {
		// The turn came at the same moment: it is the next one's.
		w.pass(<-t.mine)
	}
	return nil, gaveUp(ctx, w.wait)
}

// came notes that a caller waits no longer.
func (w *writer) came() {
	w.mu.Lock()
	w.waiting--
	w.mu.Unlock()
}

// leave takes a caller out of its line; false: its turn has come.
func (w *writer) leave(l *line, t *turn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.Index(l.waiting, t)
	if i < 0 {
		return false
	}
	l.waiting = slices.Delete(l.waiting, i, i+1)
	return true
}

// pass gives the turn to the next caller of the line: with the batch if that takes
// it, or with a new one once this one is on disk.
func (w *writer) pass(b *batch) {
	l := b.line
	if l == nil {
		w.end(b)
		return
	}
	w.mu.Lock()
	if len(l.waiting) > 0 && b.admits(l.waiting[0]) {
		l.hand(b)
		w.mu.Unlock()
		return
	}
	w.mu.Unlock()
	w.end(b)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(l.waiting) > 0 {
		l.hand(newBatch(l))
		return
	}
	delete(w.lines, l.about)
}

// hand gives a batch to the first caller. The writer's lock is held.
func (l *line) hand(b *batch) {
	l.waiting[0].mine <- b
	l.waiting = slices.Delete(l.waiting, 0, 1)
}

// end commits a batch and tells its members.
func (w *writer) end(b *batch) {
	defer close(b.done)
	if b.tx == nil {
		return
	}
	if b.err == nil && b.tx.members() > 0 {
		ctx, done := context.WithTimeout(context.Background(), w.limit)
		defer done()
		took := meter.Start()
		b.err = b.tx.commit(ctx)
		if n := b.tx.members(); b.err == nil && n > 0 {
			w.meters.commit(n, took)
		}
	}
	if err := b.tx.close(b.err != nil); err != nil {
		b.err = errors.Join(b.err, err)
	}
}

func newBatch(l *line) *batch { return &batch{line: l, done: make(chan struct{})} }

// admits reports whether a caller may join a batch.
func (b *batch) admits(t *turn) bool {
	if b.err != nil || b.tx == nil {
		return b.err == nil
	}
	select {
	case <-b.late:
		b.full = true
	default:
	}
	return !b.full && (b.tx.members() == 0 || !t.alone && b.tx.members() < maxMembers)
}

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
