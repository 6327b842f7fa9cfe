package live

import (
	"context"
	"net"
	"sync"
	"time"

	"parley/internal/forum"
)

// line is where the bytes of a stream go.
type line interface {
	// send never waits. False: the reader is gone, or does not read.
	send(b []byte) bool
	close()
}

// Stream is one reader's place at a topic. It begins with Attach or Pass and must
// be given back with End if it never does.
type Stream struct {
	hub     *Hub
	topic   *topic
	network string
	out     line // nil: not begun
	at      int  // its place among the topic's streams
	slot    int  // of the heartbeats
	until   time.Time
	ended   bool
}

// Start is how a stream begins.
type Start struct {
	Head []byte // goes before the first event
	Now  Signal // of a story's stream: how the story stands
	// Known is the revision the reader has heard of; zero: none. Now is told if it
	// is another.
	Known int64
}

// Attach begins the stream on a connection that the hub then owns. It reports
// false, and leaves the connection alone, if one cannot write to it without
// waiting.
func (s *Stream) Attach(c net.Conn, from Start) bool {
	l := newRaw(c)
	if l == nil {
		return false
	}
	s.hub.begin(s, l, from)
	return true
}

// Pass begins the stream and hands its bytes to write, which may wait, until ctx
// or the stream ends or write fails.
func (s *Stream) Pass(ctx context.Context, from Start, write func([]byte) error) {
	l := &queue{events: make(chan []byte, queued), closed: make(chan struct{})}
	defer s.End()
	s.hub.begin(s, l, from)
	for {
		select {
		case b := <-l.events:
			if write(b) != nil {
				return
			}
		case <-ctx.Done():
			return
		case <-l.closed:
			l.flush(write)
			return
		}
	}
}

// End gives the place back and closes what was attached.
func (s *Stream) End() { s.hub.drop(s) }

// queued is how many events a stream of its own goroutine may be behind.
const queued = 8

// queue is the line of a stream whose bytes a goroutine of its own writes.
type queue struct {
	events chan []byte
	once   sync.Once
	closed chan struct{}
}

func (q *queue) send(b []byte) bool {
	select {
	case q.events <- b:
		return true
	default:
		return false
	}
}

func (q *queue) close() { q.once.Do(func() { close(q.closed) }) }

// flush writes what was sent before the end.
func (q *queue) flush(write func([]byte) error) {
	for {
		select {
		case b := <-q.events:
			if write(b) != nil {
				return
			}
		default:
			return
		}
	}
}

// Topic is what a stream follows. Story zero is the front page of the site, or
// its desk.
type Topic struct {
	Site, Story forum.ID
	Desk        bool
}
