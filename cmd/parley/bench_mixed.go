package main

import (
	"fmt"
	"math"

	"parley/internal/bench"
)

// benchMixed is parley bench mixed.
type benchMixed struct {
	Size  int     `default:"1000" placeholder:"N" help:"Comments of the discussion."`
	Posts float64 `default:"20" placeholder:"20" help:"Comments a second that it gets while it is read at a steady rate."`
	Fast  float64 `default:"8" placeholder:"8" help:"Comments a second that it gets while it is read as fast as it comes."`
	site  *benchSite
	words []string
}

// Run measures reading while others write.
func (c *benchMixed) Run(p *program, b *benchCommands) error { return b.carryOut(p, "mixed", c) }

func (c *benchMixed) prepare(l *lab) error {
	if err := checkSizes([]int{c.Size}); err != nil {
		return err
	}
	if c.Posts <= 0 || c.Posts > 10_000 || c.Fast <= 0 || c.Fast > 10_000 {
		return exitWith(exitUsage, fmt.Errorf("up to 10000 comments a second are needed"))
	}
	var err error
	if c.words, err = l.words(); err != nil {
		return err
	}
	c.site, err = l.site("mixed", seedShape{sizes: []int{c.Size}})
	return err
}

func (c *benchMixed) run(l *lab) (results []bench.Result, err error) {
	s, err := l.serve(c.site.database)
	if err != nil {
		return nil, err
	}
	defer l.end(s, &err)
	of := comments(c.Size)
	readers := plan(l.Connections, get(c.site.stories[0].path))
	fast, err := l.alone("read, quiet", of, side{s, readers})
	if err != nil {
		return nil, err
	}
	steady := readers
	steady.Rate = math.Max(math.Round(fast.RPS/2), 1)
	growing, posts, err := c.growing(l, side{s, steady}, c.Posts, true)
	if err != nil {
		return nil, err
	}
	live, liked, err := c.growing(l, side{s, readers}, c.Fast, false)
	return append(results, growing, posts, live, liked, fast), err
}

// growing measures readers of a discussion while it gets comments, by turns with a
// quiet one if asked for, and the comments.
func (c *benchMixed) growing(l *lab, readers side, rate float64, quiet bool) (reads, posts bench.Result, err error) {
	writers := plan(16, post(c.site.stories[0].id))
	writers.Rate, writers.Words = rate, c.words
	var read, written, still bench.Cost
	if err := l.warm(readers); err != nil {
		return reads, posts, err
	}
	for range turns {
		for _, p := range []*bench.Plan{&readers.plan, &writers} {
			p.Address, p.Duration = readers.server.address, l.Duration/turns
		}
		cpu := readers.server.CPU()
		outcomes, err := l.send(readers.plan, writers)
		if err != nil {
			return reads, posts, err
		}
		read.Add(outcomes[0], readers.server.CPU()-cpu)
		written.Add(outcomes[1], 0)
		if !quiet {
			continue
		}
		cost, err := l.turn(readers)
		if err != nil {
			return reads, posts, err
		}
		still.Add(cost.Outcome, cost.CPU)
	}
	with := fmt.Sprintf("%s and %.0f more a second", comments(c.Size), rate)
	reads = bench.NewResult("read while it grows", with, readers.plan, read)
	if quiet {
		reads = reads.Against(bench.NewResult("read, quiet", with, readers.plan, still))
	}
	return reads, bench.NewResult("post while it is read", with, writers, written), nil
}
