package live

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/forum"
)

// wire is a bus within a bubble of its own time, which can be lost in the two ways
// that matter: those who listen are told, or they are not.
type wire struct {
	mu      sync.Mutex
	deaf    bool // texts are lost and nobody knows
	cut     chan struct{}
	down    bool // nobody can listen or send
	hearers map[int]func([]byte)
	last    int
}

var errCut = errors.New("cut")

func (w *wire) Listen(ctx context.Context, up func(), heard func([]byte)) error {
	w.mu.Lock()
	if w.down {
		w.mu.Unlock()
		return errCut
	}
	w.last++
	me, cut := w.last, w.cut
	w.hearers[me] = heard
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.hearers, me)
	}()
	up()
	select {
	case <-ctx.Done():
		return nil
	case <-cut:
		return errCut
	}
}

func (w *wire) Send(_ context.Context, texts [][]byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		return errCut
	}
	for _, hear := range w.hearers {
		for _, text := range texts {
			if !w.deaf {
				hear(text)
			}
		}
	}
	return nil
}

// set makes the wire so from now on.
func (w *wire) set(deaf, down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deaf, w.down = deaf, down
	if down {
		close(w.cut)
		w.cut = make(chan struct{})
	}
}

// promised is how long after a commit a reader at another node hears of it at the
// latest, whatever the bus does.
const promised = 5 * time.Second

// TestBridge_promise has one node commit at every moment of another's rounds, over a
// bus that works, that loses what it carries without a word, that breaks, and that is
// mended: the other's reader always hears of it, once, and no later than was promised.
func TestBridge_promise(t *testing.T) {
	play(t, DefaultLimits, func(s *stage) {
		w := &wire{hearers: map[int]func([]byte){}, cut: make(chan struct{})}
		quiet := slog.New(slog.DiscardHandler)
		here := NewBridge(w, s.Tell, s.Doubt, quiet)
		there := NewBridge(w, func([]forum.Move) {}, func() {}, quiet)
		ctx, stop := context.WithCancel(s.t.Context())
		var running sync.WaitGroup
		running.Go(func() { here.Run(ctx) })
		running.Go(func() { there.Run(ctx) })
		defer running.Wait()
		defer stop()
		r := s.reader(Topic{1, 7, false}, Start{Now: Signal{7, 1, 0}, Known: 1})
		revision := int64(1)
		commit := func() (took time.Duration) {
			revision++
			m := move(7, revision, int(revision))
			s.shelf.put(m[0])
			there.Tell(m)
			for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
				took = time.Since(began)
				if got := r.heard(); got == told(7, revision, int(revision)) {
					return took
				} else if got != "" || took > promised {
					s.t.Fatalf("revision %d: heard %q after %v", revision, got, took)
				}
			}
		}
		for _, fault := range []struct {
			name       string
			deaf, down bool
			most       time.Duration
		}{
			{"a bus that works", false, false, gap + 20*time.Millisecond},
			{"a bus that loses", true, false, promised},
			{"a bus that is down", false, true, promised},
			{"a bus that is mended", false, false, gap + 20*time.Millisecond},
		} {
			w.set(fault.deaf, fault.down)
			if !fault.deaf && !fault.down {
				time.Sleep(retryMost)
				synctest.Wait()
			}
			for range 17 {
				time.Sleep(checkEvery/17 + 3*time.Millisecond)
				if took := commit(); took > fault.most {
					s.t.Errorf("%s: heard after %v, want at most %v", fault.name, took, fault.most)
				}
			}
			if up := here.Figures().Up; up == fault.down {
				s.t.Errorf("%s: up is %v", fault.name, up)
			}
		}
		if f := here.Figures(); f.Lost == 0 || f.Heard < 34 {
			s.t.Errorf("figures %+v", f)
		}
	})
}

// TestBridge_keeps has a node commit more than a broken bus is waited with for: what
// is kept for it is bounded, and goes out when it is mended.
func TestBridge_keeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{hearers: map[int]func([]byte){}, cut: make(chan struct{}), down: true}
		var heard int
		quiet := slog.New(slog.DiscardHandler)
		here := NewBridge(w, func(moves []forum.Move) { heard += len(moves) }, func() {}, quiet)
		there := NewBridge(w, func([]forum.Move) {}, func() {}, quiet)
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { here.Run(ctx) })
		running.Go(func() { there.Run(ctx) })
		for i := range maxUnsent + 10 {
			there.Tell(move(forum.ID(1+i), 1, 1))
		}
		synctest.Wait()
		w.set(false, false)
		time.Sleep(2 * retryMost)
		synctest.Wait()
		if heard != maxUnsent {
			t.Errorf("%d moves were heard, want %d", heard, maxUnsent)
		}
		stop()
		running.Wait()
	})
}
