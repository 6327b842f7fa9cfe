package live

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/forum"
	"parley/internal/meter"
)

// Bus carries short texts between nodes. What it loses while it is broken is lost:
// who listens again after that reads the database.
type Bus interface {
	// Listen calls up once it hears, and then heard with every text that any node
	// sends, until ctx ends or the bus is lost.
	Listen(ctx context.Context, up func(), heard func([]byte)) error
	// Send sends texts. After an error some may have been sent.
	Send(ctx context.Context, texts [][]byte) error
}

const (
	// textMoves is how many moves one text carries: fewer than 8,000 bytes.
	textMoves = 50
	// maxUnsent bounds what is kept for a bus that is broken. What is beyond it the
	// other nodes read in the database, as they do when they doubt.
	maxUnsent = 5000
	// The waits before a broken bus is tried again, each twice the one before.
	retryLeast, retryMost = 100 * time.Millisecond, 2 * time.Second
)

// Bridge tells the other nodes what this one moved, and this one what they moved.
type Bridge struct {
	bus   Bus
	node  string
	hear  func([]forum.Move)
	doubt func()
	log   *slog.Logger

	mu     sync.Mutex
	unsent []forum.Move
	wake   chan struct{}

	figures struct {
		up                atomic.Bool
		sent, heard, lost atomic.Int64
	}
}

// NewBridge returns the bridge over a bus. Hear is given what other nodes moved;
// doubt is called when this node may have missed some of it.
func NewBridge(bus Bus, hear func([]forum.Move), doubt func(), log *slog.Logger) *Bridge {
	return &Bridge{bus: bus, node: rand.Text(), hear: hear, doubt: doubt, log: log, wake: make(chan struct{}, 1)}
}

// BridgeFigures say what a bridge does.
type BridgeFigures struct {
	Up    bool  // this node hears the others
	Sent  int64 // moves told to other nodes
	Heard int64 // moves heard of from other nodes
	Lost  int64 // times the bus was lost
}

// Figures returns what the bridge does.
func (b *Bridge) Figures() BridgeFigures {
	f := &b.figures
	return BridgeFigures{f.up.Load(), f.sent.Load(), f.heard.Load(), f.lost.Load()}
}

// Meters returns the figures of the bridge.
func (b *Bridge) Meters() []meter.Reading {
	f := b.Figures()
	up := 0.0
	if f.Up {
		up = 1
	}
	return []meter.Reading{
		{Name: "parley_bus_up", Help: "Whether this node hears the others.", Kind: meter.Level, Value: up},
		{Name: "parley_bus_sent_total", Help: "Moves told to other nodes.", Value: float64(f.Sent)},
		{Name: "parley_bus_heard_total", Help: "Moves heard of from other nodes.", Value: float64(f.Heard)},
		{Name: "parley_bus_lost_total", Help: "Times the bus was lost.", Value: float64(f.Lost)},
	}
}

// Tell has moves sent to the other nodes. It never waits.
func (b *Bridge) Tell(moves []forum.Move) {
	b.mu.Lock()
	for _, m := range moves {
		b.unsent = forum.Join(b.unsent, m)
	}
	b.unsent = b.unsent[:min(len(b.unsent), maxUnsent)]
	b.mu.Unlock()
	ring(b.wake)
}

// Run carries moves both ways until ctx ends.
func (b *Bridge) Run(ctx context.Context) {
	var listening sync.WaitGroup
	listening.Go(func() { b.keepListening(ctx) })
	defer listening.Wait()
	pause := retryLeast
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		}
		if b.send(ctx) {
			pause = retryLeast
			continue
		}
		pause = rest(ctx, pause)
		ring(b.wake)
	}
}

// rest waits, and returns how long to wait the next time.
func rest(ctx context.Context, pause time.Duration) time.Duration {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
	return min(2*pause, retryMost)
}

// message is a text on the bus.
type message struct {
	Node  string       `json:"node"`
	Moves []forum.Move `json:"moves"`
}

// send sends what is unsent, and keeps it if that fails. While it sends, what is
// told next gathers: many commits make one text.
func (b *Bridge) send(ctx context.Context) bool {
	b.mu.Lock()
	moves := b.unsent
	b.unsent = nil
	b.mu.Unlock()
	var texts [][]byte
	for from := 0; from < len(moves); from += textMoves {
		text, err := json.Marshal(message{b.node, moves[from:min(from+textMoves, len(moves))]})
		if err != nil {
			b.log.Error("live: moves not written", "error", err)
			return true
		}
		texts = append(texts, text)
	}
	if len(texts) == 0 {
		return true
	}
	if err := b.bus.Send(ctx, texts); err != nil {
		b.log.LogAttrs(ctx, slog.LevelWarn, "live: other nodes not told", slog.String("error", err.Error()))
		b.keep(moves)
		return false
	}
	b.figures.sent.Add(int64(len(moves)))
	return true
}

// keep puts back what was not sent, before what was told meanwhile.
func (b *Bridge) keep(moves []forum.Move) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.unsent {
		moves = forum.Join(moves, m)
	}
	b.unsent = moves[:min(len(moves), maxUnsent)]
}

// keepListening hears the other nodes, and doubts whenever it begins to.
func (b *Bridge) keepListening(ctx context.Context) {
	pause := retryLeast
	for ctx.Err() == nil {
		err := b.bus.Listen(ctx, func() {
			pause = retryLeast
			b.figures.up.Store(true)
			b.doubt()
		}, b.heard)
		b.figures.up.Store(false)
		if err == nil {
			return
		}
		b.figures.lost.Add(1)
		b.log.LogAttrs(ctx, slog.LevelWarn, "live: other nodes not heard", slog.String("error", err.Error()))
		// What they moved meanwhile is looked for at once, and again when they are heard.
		b.doubt()
		pause = rest(ctx, pause)
	}
}

// heard takes a text of a node. An own one is no news.
func (b *Bridge) heard(text []byte) {
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		b.log.Warn("live: a text of another node is not understood", "error", err)
		return
	}
	if m.Node == b.node {
		return
	}
	b.figures.heard.Add(int64(len(m.Moves)))
	b.hear(m.Moves)
}
