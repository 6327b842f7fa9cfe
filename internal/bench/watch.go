package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Watch opens streams of server-sent events and, while they are open, changes what
// they tell of.
type Watch struct {
	Address string
	Stream  Request
	Streams int
	Change  Request // made Rounds times; each time every stream must hear of it
	Rounds  int
	First   int // number of the first change
	Words   []string
}

// Watched is what became of a [Watch].
type Watched struct {
	Open    int       // streams that are open
	Missed  int       // times that a stream did not hear of a change in time
	Arrived Histogram // from when a change was sent to when a stream heard of it
	Error   string    // the first reason why a stream is not open
}

// Limits of a watch: how many streams are opened at once, and how long a change may
// take to arrive.
const (
	openingAtOnce = 64
	arrivalTime   = 10 * time.Second
)

// watching are open streams.
type watching struct {
	Watch
	mu      sync.Mutex
	conns   []net.Conn
	changed time.Time // when the last change was sent; zero: none is awaited
	heard   map[int]bool
	all     chan struct{} // closed when all have heard
	result  Watched
	readers sync.WaitGroup
}

// open opens the streams. Those that a server refuses are counted.
func (w Watch) open(ctx context.Context) *watching {
	on := &watching{Watch: w, heard: map[int]bool{}}
	var opening sync.WaitGroup
	next := make(chan int)
	for range min(openingAtOnce, w.Streams) {
		opening.Go(func() {
			for i := range next {
				if err := on.follow(ctx, i); err != nil {
					on.mu.Lock()
					on.result.Error = err.Error()
					on.mu.Unlock()
				}
			}
		})
	}
	for i := range w.Streams {
		next <- i
	}
	close(next)
	opening.Wait()
	return on
}

// follow opens the i-th stream and reads it from then on.
func (on *watching) follow(ctx context.Context, i int) error {
	conn, err := (&net.Dialer{Timeout: answerTime}).DialContext(ctx, "tcp", on.Address)
	if err != nil {
		return err
	}
	if _, err = io.WriteString(conn, on.Stream.Wire(on.Address)); err != nil {
		return errors.Join(err, conn.Close())
	}
	in := bufio.NewReaderSize(conn, 1<<10)
	answer, err := http.ReadResponse(in, nil)
	if err == nil && answer.StatusCode != on.Stream.Want {
		err = fmt.Errorf("%s: %s, want %d", on.Stream.Path, answer.Status, on.Stream.Want)
	}
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	on.mu.Lock()
	defer on.mu.Unlock()
	on.conns = append(on.conns, conn)
	on.result.Open++
	on.readers.Go(func() { on.read(i, bufio.NewReaderSize(answer.Body, 512)) })
	return nil
}

// read notes when the i-th stream says something, until it ends.
func (on *watching) read(i int, in *bufio.Reader) {
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if strings.HasPrefix(line, "data:") {
			on.hear(i, time.Now())
		}
	}
}

func (on *watching) hear(i int, at time.Time) {
	on.mu.Lock()
	defer on.mu.Unlock()
	if on.changed.IsZero() || on.heard[i] {
		return
	}
	on.heard[i] = true
	on.result.Arrived.Add(at.Sub(on.changed))
	if len(on.heard) == on.result.Open {
		close(on.all)
	}
}

// change makes one change and waits until all streams have heard of it.
func (on *watching) change(l *Loader, n int) error {
	w, err := l.dial(context.Background(), on.Address)
	if err != nil {
		return err
	}
	plan := Plan{Address: on.Address, Connections: 1, Duration: 1, Requests: []Request{on.Change}, Words: on.Words}
	made, err := plan.templates()
	if err != nil {
		return err
	}
	text, t := plan.request(made, n)
	on.mu.Lock()
	on.changed, on.heard, on.all = time.Now(), map[int]bool{}, make(chan struct{})
	all := on.all
	on.mu.Unlock()
	if _, err := w.exchange(text, t); err != nil {
		return errors.Join(err, w.conn.Close())
	}
	l.leave(on.Address, w)
	select {
	case <-all:
	case <-time.After(arrivalTime):
	}
	on.mu.Lock()
	defer on.mu.Unlock()
	on.changed = time.Time{}
	on.result.Missed += on.result.Open - len(on.heard)
	return nil
}

// close ends all streams.
func (on *watching) close() {
	on.mu.Lock()
	for _, c := range on.conns {
		c.Close()
	}
	on.mu.Unlock()
	on.readers.Wait()
}

// Watch opens the streams of a watch and tells when they are open; the changes are
// made when opened returns.
func (l *Loader) Watch(ctx context.Context, w Watch, opened func(Watched) error) (Watched, error) {
	on := w.open(ctx)
	defer on.close()
	// What a stream is told when it opens has been said by then.
	time.Sleep(time.Second)
	if err := opened(on.result); err != nil {
		return on.result, err
	}
	for i := range w.Rounds {
		if err := on.change(l, w.First+i); err != nil {
			return on.result, err
		}
	}
	on.mu.Lock()
	defer on.mu.Unlock()
	return on.result, ctx.Err()
}
