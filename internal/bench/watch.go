package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Watch opens streams of server-sent events and, while they are open, changes what
// they tell of. Streams that a server cuts off come back as a browser's do.
type Watch struct {
	Address string
	Stream  Request
	Streams int
	Change  Request // made Rounds times; each time every stream must hear of it
	Rounds  int
	First   int // number of the first change
	Words   []string
	Return  bool // after the rounds, the streams are cut off and come back
}

// Watched is what became of a [Watch].
type Watched struct {
	Open    int       // streams that are open
	Missed  int       // times that a stream did not hear of a change in time
	Arrived Histogram // from when a change was sent to when a stream heard of it
	Back    Histogram // from when the first stream was cut off to when one was open again
	Peak    int       // most streams that came back within a second
	Error   string    // the first reason why a stream is not open
}

// Limits of a watch: how many streams are opened at once, and how long a change may
// take to arrive, and a stream to come back. A browser that was not told how long to
// wait before it does has its own mind.
const (
	openingAtOnce = 64
	arrivalTime   = 10 * time.Second
	returnTime    = 30 * time.Second
	ownWait       = 3 * time.Second
)

// watching are open streams.
type watching struct {
	Watch
	mu      sync.Mutex
	conns   map[int]net.Conn // by stream
	closing bool
	cut     time.Time   // when the first stream was cut off
	back    []time.Time // when each came back
	allBack chan struct{}
	changed time.Time // when the last change was sent; zero: none is awaited
	heard   map[int]bool
	all     chan struct{} // closed when all have heard
	result  Watched
	readers sync.WaitGroup
}

// open opens the streams. Those that a server refuses are counted.
func (w Watch) open(ctx context.Context) *watching {
	on := &watching{Watch: w, heard: map[int]bool{}, conns: map[int]net.Conn{}, allBack: make(chan struct{})}
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
	conn, in, err := on.connect(ctx, "")
	if err != nil {
		return err
	}
	on.mu.Lock()
	defer on.mu.Unlock()
	on.conns[i] = conn
	on.result.Open++
	on.readers.Go(func() { on.read(ctx, i, in) })
	return nil
}

// connect opens a stream for a reader who has heard of the event last; empty: of none.
func (on *watching) connect(ctx context.Context, last string) (net.Conn, *bufio.Reader, error) {
	conn, err := (&net.Dialer{Timeout: answerTime}).DialContext(ctx, "tcp", on.Address)
	if err != nil {
		return nil, nil, err
	}
	ask := on.Stream
	if last != "" {
		ask.Header = append(slices.Clone(ask.Header), "Last-Event-ID: "+last)
	}
	if _, err = io.WriteString(conn, ask.Wire(on.Address)); err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	answer, err := http.ReadResponse(bufio.NewReaderSize(conn, 1<<10), nil)
	if err == nil && answer.StatusCode != ask.Want {
		err = fmt.Errorf("%s: %s, want %d", ask.Path, answer.Status, ask.Want)
	}
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	return conn, bufio.NewReaderSize(answer.Body, 512), nil
}

// read notes when the i-th stream says something, until the watch ends.
func (on *watching) read(ctx context.Context, i int, in *bufio.Reader) {
	wait, last := ownWait, ""
	for in != nil {
		line, err := in.ReadString('\n')
		if err != nil {
			in = on.comeBack(ctx, i, wait, last)
			continue
		}
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch key {
		case "data":
			on.hear(i, time.Now())
		case "id":
			last = value
		case "retry":
			if ms, err := strconv.Atoi(value); err == nil {
				wait = time.Duration(ms) * time.Millisecond
			}
		}
	}
}

// comeBack opens the i-th stream again after it was cut off, waiting before each
// attempt as it was told to. It returns nil when the watch is over.
func (on *watching) comeBack(ctx context.Context, i int, wait time.Duration, last string) *bufio.Reader {
	on.mu.Lock()
	if on.cut.IsZero() {
		on.cut = time.Now()
	}
	on.mu.Unlock()
	for {
		on.mu.Lock()
		over := on.closing || !on.Return || time.Since(on.cut) > returnTime
		on.mu.Unlock()
		if over || ctx.Err() != nil {
			return nil
		}
		time.Sleep(wait)
		conn, in, err := on.connect(ctx, last)
		if err == nil {
			on.returned(i, conn, time.Now())
			return in
		}
	}
}

// returned notes that the i-th stream is open again.
func (on *watching) returned(i int, conn net.Conn, at time.Time) {
	on.mu.Lock()
	defer on.mu.Unlock()
	on.conns[i].Close()
	on.conns[i] = conn
	if on.closing {
		conn.Close()
		return
	}
	on.result.Back.Add(at.Sub(on.cut))
	if on.back = append(on.back, at); len(on.back) == on.result.Open {
		close(on.allBack)
	}
}

// returns waits until all streams are back and counts how many were within a second.
func (on *watching) returns() {
	select {
	case <-on.allBack:
	case <-time.After(returnTime):
	}
	on.mu.Lock()
	defer on.mu.Unlock()
	slices.SortFunc(on.back, time.Time.Compare)
	from := 0
	for to, at := range on.back {
		for at.Sub(on.back[from]) > time.Second {
			from++
		}
		on.result.Peak = max(on.result.Peak, to-from+1)
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
	on.closing = true
	for _, c := range on.conns {
		c.Close()
	}
	on.mu.Unlock()
	on.readers.Wait()
}

// Watch opens the streams of a watch and tells when they are open; the changes are
// made when told returns. If the streams are to come back, it tells when the changes
// were made, too, and told returns when there is a server for them again.
func (l *Loader) Watch(ctx context.Context, w Watch, told func(Watched) error) (Watched, error) {
	on := w.open(ctx)
	defer on.close()
	// What a stream is told when it opens has been said by then.
	time.Sleep(time.Second)
	if err := told(on.soFar()); err != nil {
		return on.soFar(), err
	}
	for i := range w.Rounds {
		if err := on.change(l, w.First+i); err != nil {
			return on.soFar(), err
		}
	}
	if w.Return {
		if err := told(on.soFar()); err != nil {
			return on.soFar(), err
		}
		on.returns()
	}
	return on.soFar(), ctx.Err()
}

// soFar returns what has become of the watch until now.
func (on *watching) soFar() Watched {
	on.mu.Lock()
	defer on.mu.Unlock()
	return on.result
}
