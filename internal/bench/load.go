package bench

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Loader carries out plans. It keeps its connections from one plan to the next, so
// that only the first pays for making them.
type Loader struct {
	mu   sync.Mutex
	idle map[string][]*wire
}

// wire is a connection with HTTP/1.1 on it.
type wire struct {
	conn  net.Conn
	in    *bufio.Reader
	since time.Time // of its last answer, or it was made
}

// Limits of a connection: how long an answer may take, and after how long a server
// may have closed one that was not used. A server closes one on which nothing was
// ever sent much sooner, so none is made before there is something to send.
const (
	answerTime = 30 * time.Second
	idleTime   = 20 * time.Second
)

// dial returns a connection to a server, one that is left over if there is one.
func (l *Loader) dial(ctx context.Context, address string) (*wire, error) {
	l.mu.Lock()
	for left := l.idle[address]; len(left) > 0; left = l.idle[address] {
		w := left[len(left)-1]
		l.idle[address] = left[:len(left)-1]
		if time.Since(w.since) < idleTime {
			l.mu.Unlock()
			return w, nil
		}
		w.conn.Close()
	}
	l.mu.Unlock()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &wire{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), since: time.Now()}, nil
}

// leave keeps a connection for the next plan.
func (l *Loader) leave(address string, w *wire) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.idle == nil {
		l.idle = map[string][]*wire{}
	}
	l.idle[address] = append(l.idle[address], w)
}

// Close closes all connections.
func (l *Loader) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, left := range l.idle {
		for _, w := range left {
			errs = append(errs, w.conn.Close())
		}
	}
	l.idle = nil
	return errors.Join(errs...)
}

// Run carries plans out at the same time and returns what became of each. A server
// that cannot be reached is an error; one that answers wrongly is counted.
func (l *Loader) Run(ctx context.Context, plans []Plan) ([]Outcome, error) {
	runs := make([]*run, len(plans))
	for i, p := range plans {
		all, err := p.templates()
		if err != nil {
			return nil, err
		}
		runs[i] = &run{loader: l, plan: p, all: all}
		w, err := l.dial(ctx, p.Address)
		if err != nil {
			return nil, err
		}
		l.leave(p.Address, w)
	}
	var all sync.WaitGroup
	began := time.Now()
	for _, r := range runs {
		all.Go(func() { r.do(ctx, began) })
	}
	all.Wait()
	outcomes := make([]Outcome, len(runs))
	for i, r := range runs {
		outcomes[i] = r.outcome
	}
	return outcomes, context.Cause(ctx)
}

// run is a plan under way.
type run struct {
	loader  *Loader
	plan    Plan
	all     []template
	next    atomic.Int64
	mu      sync.Mutex
	outcome Outcome
}

// do lets each connection send until the time is over.
func (r *run) do(ctx context.Context, began time.Time) {
	var senders sync.WaitGroup
	for range r.plan.Connections {
		senders.Go(func() {
			part := r.send(ctx, began)
			r.mu.Lock()
			defer r.mu.Unlock()
			r.outcome.add(part)
		})
	}
	senders.Wait()
	r.outcome.Elapsed = time.Since(began)
}

// due returns when the i-th request is to be sent; for a plan without a rate that
// is now.
func (r *run) due(began time.Time, i int) time.Time {
	if r.plan.Rate == 0 {
		return time.Now()
	}
	return began.Add(time.Duration(float64(i) / r.plan.Rate * float64(time.Second)))
}

// send sends the requests whose turn it is on one connection.
func (r *run) send(ctx context.Context, began time.Time) Outcome {
	var o Outcome
	var w *wire
	defer func() {
		if w != nil {
			r.loader.leave(r.plan.Address, w)
		}
	}()
	for ctx.Err() == nil {
		i := int(r.next.Add(1)) - 1
		due := r.due(began, i)
		if due.Sub(began) >= r.plan.Duration {
			return o
		}
		time.Sleep(time.Until(due))
		text, t := r.plan.request(r.all, r.plan.First+i)
		if w == nil {
			var err error
			if w, err = r.loader.dial(ctx, r.plan.Address); err != nil {
				o.Errors, o.Error = o.Errors+1, cmp.Or(o.Error, err.Error())
				return o
			}
		}
		bytes, err := w.exchange(text, t)
		if err == nil {
			o.Requests, o.Bytes = o.Requests+1, bytes
			o.Times.Add(time.Since(due))
			continue
		}
		o.Errors, o.Error = o.Errors+1, cmp.Or(o.Error, err.Error())
		if errors.Is(err, errAnswer) {
			continue
		}
		w.conn.Close()
		w = nil
	}
	return o
}

// errAnswer marks an answer that was read whole but is not the wanted one.
var errAnswer = errors.New("not the answer wanted")

// exchange sends a request and reads its answer whole.
func (w *wire) exchange(text string, t template) (bytes int, err error) {
	if err := w.conn.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return 0, err
	}
	if _, err := io.WriteString(w.conn, text); err != nil {
		return 0, err
	}
	var asked *http.Request
	if t.head {
		asked = &http.Request{Method: http.MethodHead}
	}
	answer, err := http.ReadResponse(w.in, asked)
	if err != nil {
		return 0, err
	}
	var start []byte
	if answer.StatusCode != t.want {
		if start, err = io.ReadAll(io.LimitReader(answer.Body, 200)); err != nil {
			return 0, err
		}
	}
	n, err := io.Copy(io.Discard, answer.Body)
	if err != nil {
		return 0, err
	}
	w.since = time.Now()
	if answer.StatusCode != t.want {
		return 0, fmt.Errorf("%w: %s %s: %s, want %d: %s", errAnswer, t.of.Method, t.of.Path, answer.Status, t.want, start)
	}
	return int(n), nil
}

// Task is what a loading process is told to do: plans at the same time, or a watch.
type Task struct {
	Plans []Plan
	Watch *Watch
}

// Answer is what became of a task. A watch has more than one: when its streams are
// open, before they are cut off if they are to come back, and at its end; after each
// but the last the process waits for a line of input.
type Answer struct {
	Outcomes []Outcome
	Watched  Watched
	Error    string
}

// ServeLoad carries out the tasks that come in as JSON, one after the other, and
// writes what became of them, until there are no more.
func ServeLoad(ctx context.Context, in io.Reader, out io.Writer) (err error) {
	var l Loader
	defer func() { err = errors.Join(err, l.Close()) }()
	tasks, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var t Task
		if err := tasks.Decode(&t); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var a Answer
		var err error
		if t.Watch == nil {
			a.Outcomes, err = l.Run(ctx, t.Plans)
		} else {
			a.Watched, err = l.Watch(ctx, *t.Watch, func(w Watched) error {
				var goOn bool
				return errors.Join(answers.Encode(Answer{Watched: w}), tasks.Decode(&goOn))
			})
		}
		if err != nil {
			a.Error = err.Error()
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
}
