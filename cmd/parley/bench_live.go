package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"parley/internal/bench"
)

// benchLive is parley bench live.
type benchLive struct {
	Readers int `default:"10000" placeholder:"N" help:"Readers that wait; each needs an open file here and there."`
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
	defer func() { l.end(s, &err) }()
	// Once: what a crowd leaves behind would hide what the readers take.
	if _, err := fetch(s.address, get(c.site.stories[0].path)); err != nil {
		return nil, err
	}
	opened, open, err := c.open(l, s)
	if err != nil {
		return nil, err
	}
	began, cpu := time.Now(), s.CPU()
	heard, err := l.tell(true)
	if err != nil {
		return nil, err
	}
	arrival := c.result("arrival of a comment", bench.Cost{CPU: s.CPU() - cpu, Outcome: bench.Outcome{
		Requests: int(heard.Watched.Arrived.N), Errors: heard.Watched.Missed, Times: heard.Watched.Arrived, Elapsed: time.Since(began),
	}})
	if s, err = l.restart(s, c.site.database); err != nil {
		return nil, err
	}
	back, err := c.returned(l, s, opened.Watched.Open)
	return []bench.Result{arrival, open, back}, err
}

// open lets the readers open their streams, and measures what that costs.
func (c *benchLive) open(l *lab, s *benchChild) (bench.Answer, bench.Result, error) {
	story := c.site.stories[0]
	idle, began, cpu := s.Resident(), time.Now(), s.CPU()
	opened, err := l.tell(bench.Task{Watch: &bench.Watch{
		Address: s.address, Streams: c.Readers, Rounds: c.Posts, First: l.first, Change: post(story.id), Words: c.words, Return: true,
		Stream: bench.Request{
			Method: http.MethodGet, Path: "/s/" + story.id + "/live", Header: []string{"Accept: text/event-stream"}, Want: http.StatusOK,
		},
	}})
	l.first += 1_000_000
	r := c.result("stream opened", bench.Cost{
		Outcome: bench.Outcome{Requests: opened.Watched.Open, Elapsed: time.Since(began)}, CPU: s.CPU() - cpu,
	})
	r.Memory = float64(s.Resident()-idle) / 1e6
	r.Errors, r.Error = c.Readers-opened.Watched.Open, opened.Watched.Error
	return opened, r, err
}

// returned waits until all readers are back at a server that has just started.
func (c *benchLive) returned(l *lab, s *benchChild, open int) (bench.Result, error) {
	began := time.Now()
	done, err := l.tell(true)
	if err != nil {
		return bench.Result{}, err
	}
	back := done.Watched.Back
	r := c.result("back after a restart", bench.Cost{
		CPU:     s.CPU(),
		Outcome: bench.Outcome{Requests: int(back.N), Errors: open - int(back.N), Times: back, Elapsed: time.Since(began)},
	})
	r.Peak = done.Watched.Peak
	r.Statements, err = s.figure("parley_db_statement_seconds_count")
	return r, err
}

func (c *benchLive) result(what string, cost bench.Cost) bench.Result {
	return bench.NewResult(what, counted(c.Readers)+" readers", bench.Plan{Connections: c.Readers}, cost)
}

// restart ends a server and starts another in its place, whose figures can be read.
func (l *lab) restart(s *benchChild, database string) (*benchChild, error) {
	var err error
	if l.end(s, &err); err != nil {
		return s, err
	}
	next, err := l.serve(database, "--listen", s.address, "--admin", "127.0.0.1:0")
	if err != nil {
		return s, err
	}
	metrics, err := next.said(" are at http://")
	next.admin, _, _ = strings.Cut(metrics, "/")
	return next, err
}

// figure returns a figure of the server's own metrics.
func (c *benchChild) figure(name string) (int, error) {
	metrics, err := fetch(c.admin, bench.Request{Method: http.MethodGet, Path: "/metrics", Want: http.StatusOK})
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(metrics.Body)) {
		if value, found := strings.CutPrefix(line, name+" "); found {
			return strconv.Atoi(strings.TrimSpace(value))
		}
	}
	return 0, fmt.Errorf("%s/metrics: no %s", c.admin, name)
}
