package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"parley/internal/bench"
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
)

// benchPost is parley bench post.
type benchPost struct {
	Size    int   `default:"1000" placeholder:"N" help:"Comments of the discussion that is written to."`
	Clients []int `default:"1,16" placeholder:"N" help:"How many write at once."`
	sites   []postSite
}

// postSite is a database that is written to, and where bare commits go.
type postSite struct {
	*benchSite
	engine string
	bare   string
}

// Run measures posting.
func (c *benchPost) Run(p *program, b *benchCommands) error { return b.carryOut(p, "post", c) }

func (c *benchPost) prepare(l *lab) error {
	if err := checkSizes(append(c.Clients, c.Size)); err != nil {
		return err
	}
	shape := seedShape{sizes: []int{c.Size}}
	site, err := l.site("post", shape)
	if err != nil {
		return err
	}
	c.sites = []postSite{{site, "SQLite", filepath.Join(l.folder, "bare.db")}}
	if l.p.opts.postgres() {
		if site, err = l.scratchSite(shape); err != nil {
			return err
		}
		c.sites = append(c.sites, postSite{site, "PostgreSQL", l.p.opts.DB})
	}
	for _, s := range c.sites {
		if err := l.ruled(s.database); err != nil {
			return err
		}
	}
	return nil
}

// scratchSite fills the database of --db, unless an earlier run has. Measurements
// share its site; each has stories of its own there.
func (l *lab) scratchSite(shape seedShape) (*benchSite, error) {
	found, err := l.find(l.p.opts.DB, shape)
	if !forum.IsKind(err, forum.NotFound) {
		return found, err
	}
	if err := l.fill(l.p.opts.DB, shape); err != nil {
		return nil, err
	}
	return l.find(l.p.opts.DB, shape)
}

// ruled turns rules on, once: those of bench rules.
func (l *lab) ruled(place string) (err error) {
	db, err := l.p.openAt(place)
	if err != nil {
		return err
	}
	defer db.close(&err)
	site, err := db.desk.SiteBySlug(l.p.ctx, benchSlug)
	if err != nil {
		return err
	}
	lead, err := signIn(l.p.ctx, db.desk, site)
	if err != nil {
		return err
	}
	all, err := db.desk.Rules(l.p.ctx, site, lead)
	if err != nil || len(all) > 0 {
		return err
	}
	x, err := db.desk.AddRule(l.p.ctx, site, lead, desk.RuleDraft{Name: "bench", Definition: benchRule()})
	if err != nil {
		return err
	}
	_, err = db.desk.StageRule(l.p.ctx, site, lead, x, forum.StageOn, "for the bench")
	return err
}

func (c *benchPost) run(l *lab) (results []bench.Result, err error) {
	words, err := l.words()
	if err != nil {
		return nil, err
	}
	for _, s := range c.sites {
		for _, clients := range c.Clients {
			r, err := c.beside(l, s, clients, words)
			if err != nil {
				return nil, err
			}
			results = append(results, r)
		}
	}
	return results, nil
}

// beside measures posts by turns with bare commits of one row by one client.
func (c *benchPost) beside(l *lab, s postSite, clients int, words []string) (r bench.Result, err error) {
	server, err := l.serve(s.database)
	if err != nil {
		return r, err
	}
	defer l.end(server, &err)
	bare, err := store.OpenBare(l.p.ctx, s.bare)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, bare.Close(context.WithoutCancel(l.p.ctx))) }()
	posts := side{server, plan(clients, post(s.stories[0].id))}
	posts.plan.Words = words
	if err := l.warm(posts); err != nil {
		return r, err
	}
	// What the server does behind the posts counts with them, whenever it does it.
	before, err := l.resting(server)
	if err != nil {
		return r, err
	}
	var ours, theirs bench.Cost
	var rows atomic.Int64
	for range turns {
		cost, err := l.turn(posts)
		if err != nil {
			return r, err
		}
		ours.Add(cost.Outcome, 0)
		outcome, err := commits(l.p.ctx, bare, l.Duration/turns, &rows)
		if err != nil {
			return r, err
		}
		theirs.Add(outcome, 0)
	}
	after, err := l.resting(server)
	if err != nil {
		return r, err
	}
	ours.CPU = after - before
	of := fmt.Sprintf("%s, %s", comments(c.Size), s.engine)
	return bench.NewResult("post", of, posts.plan, ours).Against(bench.NewResult("bare commit", of, plan(1), theirs)), nil
}

// restTime is how long a server has hardly worked before it is taken to rest: longer
// than what it does by the clock lets wait. restLimit is how long that is waited for.
const (
	restTime  = 2500 * time.Millisecond
	restLimit = 30 * time.Second
)

// resting waits until a server has done what it does behind its answers, and
// returns the processor time that it has used so far.
func (l *lab) resting(server *benchChild) (time.Duration, error) {
	rest := min(restTime, l.Duration) // a measurement that is only tried out waits for nothing
	used := server.CPU()
	for began := time.Now(); time.Since(began) < restLimit; {
		select {
		case <-l.p.ctx.Done():
			return used, l.p.ctx.Err()
		case <-time.After(rest):
		}
		now := server.CPU()
		if now-used < rest/50 {
			return now, nil
		}
		used = now
	}
	return used, nil
}

// commits makes bare commits one after the other for a while.
func commits(ctx context.Context, bare *store.Bare, d time.Duration, rows *atomic.Int64) (bench.Outcome, error) {
	var o bench.Outcome
	text := strings.Repeat("A comment of two lines says this much. ", 5)
	began := time.Now()
	for o.Elapsed < d {
		start := time.Now()
		if err := bare.Commit(ctx, 1, rows.Add(1), text); err != nil {
			return o, err
		}
		o.Times.Add(time.Since(start))
		o.Requests++
		o.Elapsed = time.Since(began)
	}
	return o, nil
}

// post is a comment of a new guest's without a name, one of some words.
func post(story string) bench.Request {
	return bench.Request{
		Method: http.MethodPost, Path: "/api/v1/comments", Want: http.StatusCreated,
		Header: []string{"Content-Type: application/json", "Accept: application/json", "Idempotency-Key: bench-{n}"},
		Body:   `{"story":"` + story + `","byline":"none","text":"{words} {n}"}`,
	}
}

// vote is a vote of a session's on a comment; each time round it is the other one.
func vote(comment, cookie string) bench.Request {
	return bench.Request{
		Method: http.MethodPut, Path: "/api/v1/comments/" + comment + "/vote", Want: http.StatusOK,
		Header: []string{"Content-Type: application/json", "Accept: application/json", cookie}, Body: `{"value":{flip}}`,
	}
}

// words are those of the demo's crowd in Latin script, each once.
func (l *lab) words() ([]string, error) {
	crowd, err := readCrowd()
	if err != nil {
		return nil, err
	}
	var words []string
	seen := map[string]bool{}
	for _, list := range [][]string{crowd.Openers, crowd.Replies} {
		for _, word := range strings.Fields(strings.Join(list, " ")) {
			if plain := strings.Trim(word, `.,;:!?"'()`); !seen[plain] && plainWord(plain) {
				seen[plain] = true
				words = append(words, plain)
			}
		}
	}
	return words, nil
}

// plainWord reports whether a word needs no care in JSON or a URL.
func plainWord(word string) bool {
	return len(word) > 2 && strings.Trim(strings.ToLower(word), "abcdefghijklmnopqrstuvwxyz") == ""
}
