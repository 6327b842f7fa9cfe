package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/internal/bench"
)

// lab is where measurements are made: a folder for databases, the process that
// loads, and the servers that are loaded. All of it ends with the lab.
type lab struct {
	*benchOptions
	p      *program
	folder string
	load   *benchChild
	bare   *benchChild // the reference, of the present answers
	opened []*benchChild
	peak   int64 // most memory a server had, in bytes
	first  int   // number of the next request that is not like any other
}

// newLab makes a lab with its loading process.
func (p *program) newLab(o *benchOptions) (*lab, error) {
	l := &lab{benchOptions: o, p: p, folder: o.Keep}
	var err error
	if l.folder == "" {
		l.folder, err = os.MkdirTemp("", "parley-bench-")
	} else if err = os.MkdirAll(l.folder, 0o755); err == nil {
		l.folder, err = filepath.Abs(l.folder)
	}
	if err != nil {
		return nil, err
	}
	if l.load, err = l.child("bench", "load"); err != nil {
		l.close(&err)
		return nil, err
	}
	// Texts and keys must differ from those of an earlier run on a kept database.
	l.first = int(time.Now().UnixMilli()%1e9) * 1000
	return l, nil
}

// close ends everything and removes what was not to be kept.
func (l *lab) close(err *error) {
	for _, c := range slices.Backward(l.opened) {
		*err = errors.Join(*err, c.stop())
	}
	if l.Keep == "" {
		*err = errors.Join(*err, os.RemoveAll(l.folder))
	}
}

// benchChild is this program in a process of its own.
type benchChild struct {
	bench.Process
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	address string // of a server
	admin   string // of its metrics, if they were asked for
	ended   bool
}

// child starts this program with arguments. It ends when its input does, or when it
// is told to.
func (l *lab) child(args ...string) (*benchChild, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &benchChild{command: exec.Command(self, args...)}
	// Neither the options file nor the environment of this run is the child's.
	c.command.Dir = l.folder
	c.command.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PARLEY_") })
	c.command.Stderr = l.p.stderr
	if c.in, err = c.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	if err := c.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", strings.Join(args, " "), err)
	}
	c.PID = c.command.Process.Pid
	l.opened = append(l.opened, c)
	return c, nil
}

// stop ends a child and waits for it.
func (c *benchChild) stop() error {
	if c.ended {
		return nil
	}
	c.ended = true
	err := c.in.Close()
	// An interrupt from the keyboard has reached the child as well.
	if told := c.command.Process.Signal(os.Interrupt); !errors.Is(told, os.ErrProcessDone) {
		err = errors.Join(err, told)
	}
	return errors.Join(err, c.command.Wait())
}

// serve starts a server on a database of the lab, or on a postgres:// URL, and
// waits until it says where it is.
func (l *lab) serve(database string, options ...string) (*benchChild, error) {
	args := []string{"serve", "--db", database, "--listen", "127.0.0.1:0", "--rate-limits", "off", "--log-level", "error"}
	if strings.Contains(database, "://") {
		args = append(args, "--log-key", filepath.Join(l.folder, "log-key"))
	}
	c, err := l.child(append(args, options...)...)
	if err != nil {
		return nil, err
	}
	base, err := c.said(" is at ")
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	c.address = "127.0.0.1:" + u.Port()
	return c, nil
}

// said waits until a server says where something is, and returns that.
func (c *benchChild) said(is string) (string, error) {
	for {
		line, err := c.out.ReadString('\n')
		if err != nil {
			return "", fmt.Errorf("the server did not say where it is: %w", err)
		}
		if _, at, found := strings.Cut(strings.TrimSpace(line), is); found {
			return at, nil
		}
	}
}

// end stops a server and notes how much memory it had.
func (l *lab) end(c *benchChild, err *error) {
	l.peak = max(l.peak, c.Peak())
	*err = errors.Join(*err, c.stop())
}

// reference starts the bare server with ready answers by path. There is one at a
// time.
func (l *lab) reference(answers map[string]bench.Ready) (*benchChild, error) {
	if l.bare != nil {
		if err := l.bare.stop(); err != nil {
			return nil, err
		}
	}
	var err error
	if l.bare, err = l.child("bench", "bare"); err != nil {
		return nil, err
	}
	if err := json.NewEncoder(l.bare.in).Encode(answers); err != nil {
		return nil, err
	}
	line, err := l.bare.out.ReadString('\n')
	l.bare.address = strings.TrimSpace(line)
	return l.bare, err
}

// send lets the loading process carry out plans at the same time.
func (l *lab) send(plans ...bench.Plan) ([]bench.Outcome, error) {
	if err := l.p.ctx.Err(); err != nil {
		return nil, err
	}
	for i := range plans {
		plans[i].First = l.first
		l.first += 1_000_000
	}
	a, err := l.tell(bench.Task{Plans: plans})
	return a.Outcomes, err
}

// tell gives the loading process a task, or the sign to go on, and returns what it
// answers.
func (l *lab) tell(task any) (a bench.Answer, err error) {
	if err := json.NewEncoder(l.load.in).Encode(task); err != nil {
		return a, err
	}
	line, err := l.load.out.ReadBytes('\n')
	if err != nil {
		return a, fmt.Errorf("the load ended: %w", err)
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return a, err
	}
	if a.Error != "" {
		return a, errors.New(a.Error)
	}
	return a, nil
}

// side is a plan for a server, one of those that are measured by turns.
type side struct {
	server *benchChild
	plan   bench.Plan
}

// turns is into how many parts a measurement is cut that goes by turns with others,
// so that what else the machine does meets them all.
const turns = 8

// byTurns carries out the plans of sides one after the other, a part of each at a
// time.
func (l *lab) byTurns(sides ...side) ([]bench.Cost, error) {
	costs := make([]bench.Cost, len(sides))
	for _, s := range sides {
		if err := l.warm(s); err != nil {
			return nil, err
		}
	}
	for range turns {
		for i, s := range sides {
			cost, err := l.turn(s)
			if err != nil {
				return nil, err
			}
			costs[i].Add(cost.Outcome, cost.CPU)
		}
	}
	return costs, nil
}

// warm carries out a little of a plan that is not measured: connections are made,
// and the server makes what it makes once.
func (l *lab) warm(s side) error {
	s.plan.Address, s.plan.Duration = s.server.address, min(l.Duration/turns, 300*time.Millisecond)
	_, err := l.send(s.plan)
	return err
}

// turn carries out a part of a plan.
func (l *lab) turn(s side) (bench.Cost, error) {
	s.plan.Address, s.plan.Duration = s.server.address, l.Duration/turns
	cpu := s.server.CPU()
	outcomes, err := l.send(s.plan)
	if err != nil {
		return bench.Cost{}, err
	}
	return bench.Cost{Outcome: outcomes[0], CPU: s.server.CPU() - cpu}, nil
}

// beside measures a plan on a server by turns with another on what it is compared
// with.
func (l *lab) beside(what, of string, measured, other side) (bench.Result, error) {
	costs, err := l.byTurns(measured, other)
	if err != nil {
		return bench.Result{}, fmt.Errorf("%s of %s: %w", what, of, err)
	}
	return bench.NewResult(what, of, measured.plan, costs[0]).Against(bench.NewResult(what, of, other.plan, costs[1])), nil
}

// alone measures a plan on a server.
func (l *lab) alone(what, of string, s side) (bench.Result, error) {
	costs, err := l.byTurns(s)
	if err != nil {
		return bench.Result{}, fmt.Errorf("%s of %s: %w", what, of, err)
	}
	return bench.NewResult(what, of, s.plan, costs[0]), nil
}

// benchLoad is the process that loads.
type benchLoad struct{}

// Run carries out the plans that come in.
func (benchLoad) Run(p *program) error { return bench.ServeLoad(p.ctx, os.Stdin, p.stdout) }

// benchBare is the process of the bare server.
type benchBare struct{}

// Run serves the answers that come in.
func (benchBare) Run(p *program) error { return bench.ServeReference(p.ctx, os.Stdin, p.stdout) }
