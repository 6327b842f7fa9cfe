package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// benchCommand is parley bench. It measures a server of its own, in a process of
// its own, on an SQLite database of its own that is gone afterwards; --db is not
// touched. The load comes from this process, over loopback.
type benchCommand struct {
	What     string        `arg:"" optional:"" enum:"all,read,post,rules" default:"all" help:"What to measure: read, post, both (all), or rules."`
	Duration time.Duration `default:"2s" placeholder:"2s" help:"How long each measurement takes."`
	Readers  int           `default:"8" placeholder:"8" help:"Connections of the concurrent measurements."`
	Sizes    []int         `default:"100,1000,10000" placeholder:"N" help:"Comments of the discussions that are read; comments are posted to the second."`
	JSON     bool          `name:"json" xor:"format" help:"Report as JSON."`
	Markdown bool          `xor:"format" help:"Report as the table of docs/benchmarks.md."`
}

// maxBenchSize keeps a run within minutes.
const maxBenchSize = 100_000

// Run sets a server up, measures, and reports.
func (c *benchCommand) Run(p *program) (err error) {
	if c.Duration < 10*time.Millisecond || c.Duration > time.Minute || c.Readers < 1 || c.Readers > 1000 {
		return exitWith(exitUsage, fmt.Errorf("a duration of 10ms to 1m and 1 to 1000 readers are needed"))
	}
	if len(c.Sizes) < 2 || slices.Min(c.Sizes) < 1 || slices.Max(c.Sizes) > maxBenchSize {
		return exitWith(exitUsage, fmt.Errorf("two or more sizes of 1 to %d comments are needed", maxBenchSize))
	}
	if c.What == "rules" {
		return c.rules(p)
	}
	s, err := p.startBench(c.Sizes)
	if err != nil {
		return err
	}
	defer s.stop(&err)
	b := &bench{command: c, server: s, client: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: c.Readers, DisableCompression: true},
		Timeout:   30 * time.Second,
	}}
	defer b.client.CloseIdleConnections()
	if err := b.all(p.ctx); err != nil {
		return err
	}
	return b.report(p)
}

// bench is one run of measurements.
type bench struct {
	command *benchCommand
	server  *benchServer
	client  *http.Client
	posts   atomic.Int64 // keeps texts apart
	results []benchResult
}

// benchResult is one line of the report.
type benchResult struct {
	What        string  `json:"what"`
	Comments    int     `json:"comments"` // in the discussion before the measurement
	Connections int     `json:"connections"`
	Requests    int     `json:"requests"` // of a rehearsal: its steps, each of which moved the progress of its job
	PerSecond   float64 `json:"requests_per_second"`
	P50         float64 `json:"p50_ms"`
	P99         float64 `json:"p99_ms"`
	CPU         float64 `json:"server_cpu_ms_per_request"` // 0 where the system does not tell
	Bytes       int     `json:"bytes"`                     // of one answer's body, brotli where it is a page
}

// all makes the measurements asked for.
func (b *bench) all(ctx context.Context) error {
	if b.command.What != "post" {
		for i, size := range b.command.Sizes {
			if err := b.reading(ctx, size, b.server.stories[i]); err != nil {
				return err
			}
		}
	}
	if b.command.What == "read" {
		return nil
	}
	for _, connections := range []int{1, b.command.Readers} {
		story := b.server.stories[1]
		if err := b.measure(ctx, "post", b.command.Sizes[1], connections, func(ctx context.Context) (time.Duration, int, error) {
			return b.post(ctx, story, "")
		}); err != nil {
			return err
		}
	}
	return nil
}

// reading measures a story's page as it comes from the cache, and as it is made
// anew after a reply to its oldest comment, far below what the page shows.
func (b *bench) reading(ctx context.Context, size int, story benchStory) error {
	get := func(ctx context.Context) (time.Duration, int, error) { return b.get(ctx, story) }
	for _, connections := range []int{1, b.command.Readers} {
		if err := b.measure(ctx, "read", size, connections, get); err != nil {
			return err
		}
	}
	return b.measure(ctx, "read after a post", size, 1, func(ctx context.Context) (time.Duration, int, error) {
		if _, _, err := b.post(ctx, story, story.oldest); err != nil {
			return 0, 0, err
		}
		return b.get(ctx, story)
	})
}

// measure lets connections make requests for the set time and notes how that
// went. A request returns how long it took and how large its answer was.
func (b *bench) measure(ctx context.Context, what string, size, connections int, request func(context.Context) (time.Duration, int, error)) error {
	// The first request of a connection pays for what later ones share.
	if _, _, err := request(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	taken := make([][]time.Duration, connections)
	var body atomic.Int64
	var loads sync.WaitGroup
	began, cpu := time.Now(), b.server.cpu()
	for i := range connections {
		loads.Go(func() {
			for time.Since(began) < b.command.Duration && ctx.Err() == nil {
				took, bytes, err := request(ctx)
				if err != nil {
					cancel(err)
					return
				}
				taken[i] = append(taken[i], took)
				body.Store(int64(bytes))
			}
		})
	}
	loads.Wait()
	elapsed, cpu := time.Since(began), b.server.cpu()-cpu
	if err := context.Cause(ctx); err != nil {
		return err
	}
	b.note(benchResult{What: what, Comments: size, Connections: connections, Bytes: int(body.Load())}, slices.Concat(taken...), elapsed, cpu)
	return nil
}

// note works a line of the report out. What one request of "read after a post"
// costs the server is not told apart from its post, so it is left out.
func (b *bench) note(r benchResult, taken []time.Duration, elapsed, cpu time.Duration) {
	slices.Sort(taken)
	at := func(share float64) float64 {
		return float64(taken[min(len(taken)-1, int(share*float64(len(taken))))].Microseconds()) / 1000
	}
	r.Requests = len(taken)
	r.P50, r.P99 = at(0.50), at(0.99)
	if r.What == "read after a post" {
		var sum time.Duration
		for _, t := range taken {
			sum += t
		}
		r.PerSecond = float64(len(taken)) / sum.Seconds()
	} else {
		r.PerSecond = float64(len(taken)) / elapsed.Seconds()
		r.CPU = float64(cpu.Microseconds()) / 1000 / float64(len(taken))
	}
	b.results = append(b.results, r)
}

// get reads a story's page.
func (b *bench) get(ctx context.Context, story benchStory) (time.Duration, int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.server.base+story.path, nil)
	if err != nil {
		return 0, 0, err
	}
	req.Header.Set("Accept-Encoding", "br")
	return b.send(req, http.StatusOK)
}

// post writes a nameless comment as a new reader; an empty parent makes it a
// root.
func (b *bench) post(ctx context.Context, story benchStory, parent string) (time.Duration, int, error) {
	n := b.posts.Add(1)
	draft := map[string]string{
		"story": story.id, "byline": "none",
		"text": "Comment " + strconv.FormatInt(n, 10) + ", which says what a comment of two lines says:\nnot much, but all of it.",
	}
	if parent != "" {
		draft["parent"] = parent
	}
	body, err := json.Marshal(draft)
	if err != nil {
		return 0, 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.server.base+"/api/v1/comments", bytes.NewReader(body))
	if err != nil {
		return 0, 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", "bench-"+strconv.FormatInt(n, 10))
	return b.send(req, http.StatusCreated)
}

// send makes a request and reads its answer whole.
func (b *bench) send(req *http.Request, want int) (time.Duration, int, error) {
	began := time.Now()
	resp, err := b.client.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	took := time.Since(began)
	if err != nil {
		return 0, 0, err
	}
	if resp.StatusCode != want {
		return 0, 0, fmt.Errorf("%s %s: %s, want %d: %.200s", req.Method, req.URL.Path, resp.Status, want, body)
	}
	return took, len(body), nil
}
