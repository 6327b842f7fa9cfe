package main

import (
	"fmt"
	"net/http"
	"time"

	"parley/internal/bench"
)

// benchLive is parley bench live.
type benchLive struct {
	Readers int `default:"9000" placeholder:"N" help:"Readers that wait; each needs an open file here and there."`
	Posts   int `default:"10" placeholder:"N" help:"Comments that all of them must hear of."`
	site    *benchSite
	words   []string
}

// Run measures live arrival.
func (c *benchLive) Run(p *program, b *benchCommands) error { return b.carryOut(p, "live", c) }

func (c *benchLive) prepare(l *lab) error {
	if c.Readers < 1 || c.Readers > 1_000_000 || c.Posts < 1 || c.Posts > 10_000 {
		return exitWith(exitUsage, fmt.Errorf("1 to 1000000 readers and 1 to 10000 posts are needed"))
	}
	var err error
	if c.words, err = l.words(); err != nil {
		return err
	}
	c.site, err = l.site("live", seedShape{sizes: []int{100}})
	return err
}

func (c *benchLive) run(l *lab) (results []bench.Result, err error) {
	s, err := l.serve(c.site.database)
	if err != nil {
		return nil, err
	}
	defer l.end(s, &err)
	story := c.site.stories[0]
	if err := l.warm(side{s, plan(4, get(story.path))}); err != nil {
		return nil, err
	}
	idle := s.Resident()
	began, cpu := time.Now(), s.CPU()
	opened, err := l.tell(bench.Task{Watch: &bench.Watch{
		Address: s.address, Streams: c.Readers, Rounds: c.Posts, First: l.first, Change: post(story.id), Words: c.words,
		Stream: bench.Request{
			Method: http.MethodGet, Path: "/s/" + story.id + "/live", Header: []string{"Accept: text/event-stream"}, Want: http.StatusOK,
		},
	}})
	if err != nil {
		return nil, err
	}
	l.first += 1_000_000
	memory := s.Resident() - idle
	opening := time.Since(began)
	cost := bench.Cost{Outcome: bench.Outcome{Requests: opened.Watched.Open, Elapsed: opening}, CPU: s.CPU() - cpu}
	cpu = s.CPU()
	began = time.Now()
	done, err := l.tell(true)
	if err != nil {
		return nil, err
	}
	of, many := counted(c.Readers)+" readers", bench.Plan{Connections: c.Readers}
	open := bench.NewResult("stream opened", of, many, cost)
	open.Memory = float64(memory) / 1e6
	open.Errors, open.Error = c.Readers-opened.Watched.Open, opened.Watched.Error
	cost = bench.Cost{CPU: s.CPU() - cpu, Outcome: bench.Outcome{
		Requests: int(done.Watched.Arrived.N), Errors: done.Watched.Missed, Times: done.Watched.Arrived, Elapsed: time.Since(began),
	}}
	return []bench.Result{bench.NewResult("arrival of a comment", of, many, cost), open}, nil
}
