package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"parley/internal/bench"
)

// benchStart is parley bench start.
type benchStart struct {
	Comments int           `default:"1000000" placeholder:"N" help:"Comments of the site that the server starts on."`
	Story    int           `default:"100000" placeholder:"N" help:"Comments of its largest story."`
	Starts   int           `default:"10" placeholder:"N" help:"How often the server is started."`
	Rest     time.Duration `default:"15s" placeholder:"15s" help:"How long the demo is left alone before its memory is looked at."`
	site     *benchSite
	demo     string
}

// Run measures what a server costs before it has anything to do.
func (c *benchStart) Run(p *program, b *benchCommands) error { return b.carryOut(p, "start", c) }

func (c *benchStart) prepare(l *lab) (err error) {
	if err := checkSizes([]int{c.Story, max(1, c.Comments/1000)}); err != nil {
		return err
	}
	if c.Starts < 1 || c.Starts > 1000 || c.Rest < 0 || c.Rest > time.Hour {
		return exitWith(exitUsage, fmt.Errorf("1 to 1000 starts and a rest of at most 1h are needed"))
	}
	if c.site, err = l.site("growth", growthShape(c.Story, max(c.Comments, c.Story))); err != nil {
		return err
	}
	c.demo = filepath.Join(l.folder, "demo.db")
	s, err := l.shown(c.demo, "--demo")
	if err != nil {
		return err
	}
	return s.stop()
}

// shown starts a server that has answered once.
func (l *lab) shown(database string, options ...string) (*benchChild, error) {
	s, err := l.serve(database, options...)
	if err == nil {
		_, err = fetch(s.address, get("/"))
	}
	return s, err
}

func (c *benchStart) run(l *lab) ([]bench.Result, error) {
	start, err := c.start(l)
	if err != nil {
		return nil, err
	}
	idle, err := c.idle(l)
	if err != nil {
		return nil, err
	}
	program, err := size()
	return []bench.Result{start, idle, program}, err
}

// start measures from the start of the process to the end of its first answer.
func (c *benchStart) start(l *lab) (bench.Result, error) {
	var cost bench.Cost
	for range c.Starts {
		began := time.Now()
		s, err := l.shown(c.site.database)
		if err != nil {
			return bench.Result{}, err
		}
		took := time.Since(began)
		cost.Requests++
		cost.Times.Add(took)
		cost.Elapsed += took
		cost.CPU += s.CPU()
		if l.end(s, &err); err != nil {
			return bench.Result{}, err
		}
	}
	return bench.NewResult("start to first answer", comments(max(c.Comments, c.Story)), bench.Plan{Connections: 1}, cost), nil
}

// idle measures the memory of a server that nobody asks any more.
func (c *benchStart) idle(l *lab) (r bench.Result, err error) {
	s, err := l.shown(c.demo, "--demo")
	if err != nil {
		return r, err
	}
	defer l.end(s, &err)
	time.Sleep(c.Rest)
	return bench.Result{What: "idle", Of: "the demo", Memory: float64(s.Resident()) / 1e6}, nil
}

// size is that of this program.
func size() (bench.Result, error) {
	self, err := os.Executable()
	if err != nil {
		return bench.Result{}, err
	}
	file, err := os.Stat(self)
	if err != nil {
		return bench.Result{}, err
	}
	return bench.Result{What: "the program", Of: "this machine", Bytes: int(file.Size())}, nil
}
