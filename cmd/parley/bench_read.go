package main

import (
	"fmt"
	"math"

	"parley/internal/bench"
)

// benchRead is parley bench read.
type benchRead struct {
	Sizes  []int `default:"1000,100,10000" placeholder:"N" help:"Comments of the discussions that are read; the first one's figures come first."`
	Random int   `default:"1000" placeholder:"N" help:"Stories of 100 comments each that are read at random with caches too small for them; 0: none."`
	site   *benchSite
}

// Run measures reading.
func (c *benchRead) Run(p *program, b *benchCommands) error { return b.carryOut(p, "read", c) }

func (c *benchRead) prepare(l *lab) error {
	if err := checkSizes(c.Sizes); err != nil {
		return err
	}
	var err error
	c.site, err = l.site("read", seedShape{sizes: c.Sizes, others: c.Random, each: 100})
	return err
}

func (c *benchRead) run(l *lab) (results []bench.Result, err error) {
	s, err := l.serve(c.site.database)
	if err != nil {
		return nil, err
	}
	defer l.end(s, &err)
	for i, size := range c.Sizes {
		more, err := l.cached(s, c.site.stories[i].path, comments(size), i == 0)
		if err != nil {
			return nil, err
		}
		results = append(results, more...)
	}
	if c.Random == 0 {
		return results, nil
	}
	more, err := c.random(l)
	return append(results, more...), err
}

// cached measures a page that the server keeps, beside a bare server that sends the
// same bytes: one reader, many, and many at a rate that both can do.
func (l *lab) cached(s *benchChild, path, of string, whole bool) ([]bench.Result, error) {
	ready, err := fetch(s.address, get(path))
	if err != nil {
		return nil, err
	}
	bare, err := l.reference(map[string]bench.Ready{path: ready, "/304": {Status: 304}})
	if err != nil {
		return nil, err
	}
	page, bare304 := get(path), notModified("/304", `"x"`)
	seen := notModified(path, ready.Header.Get("Etag"))
	type pair struct {
		what        string
		connections int
		ours, bare  bench.Request
	}
	pairs := []pair{{"first view", 1, page, page}}
	if whole {
		pairs = append(pairs, pair{"304", 1, seen, bare304}, pair{"304", l.Connections, seen, bare304})
	}
	pairs = append(pairs, pair{"first view", l.Connections, page, page})
	var results []bench.Result
	for _, x := range pairs {
		r, err := l.beside(x.what, of, side{s, plan(x.connections, x.ours)}, side{bare, plan(x.connections, x.bare)})
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	if !whole {
		return results, nil
	}
	// Half of what the slower one can do leaves both room; what is measured is how
	// evenly they answer.
	last := results[len(results)-1]
	steady := plan(l.Connections, page)
	steady.Rate = math.Max(math.Round(math.Min(last.RPS, last.ReferenceRPS)/2), 1)
	r, err := l.beside("first view at a steady rate", of, side{s, steady}, side{bare, steady})
	return append(results, r), err
}

// random reads pages of a site that is larger than the cache: first one of a quarter
// of their HTML, which is kept compressed, then one that holds a quarter of the pages.
func (c *benchRead) random(l *lab) (results []bench.Result, err error) {
	one, err := l.serve(c.site.database)
	if err != nil {
		return nil, err
	}
	defer l.end(one, &err)
	plain := get(c.site.others[0])
	plain.Header = []string{"Accept-Encoding: identity"}
	html, err := fetch(one.address, plain)
	if err != nil {
		return nil, err
	}
	sent, err := fetch(one.address, get(c.site.others[0]))
	if err != nil {
		return nil, err
	}
	for _, cache := range []struct {
		bytes int
		of    string
	}{
		{len(html.Body), " stories, a cache of a quarter of their HTML"},
		{len(sent.Body) + keptBeside, " stories, a quarter of them cached"},
	} {
		r, err := c.randomWith(l, max(cache.bytes*c.Random/4, 1<<20), counted(c.Random)+cache.of)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// keptBeside is what the cache reckons for a page besides its bytes.
const keptBeside = 1 << 10

func (c *benchRead) randomWith(l *lab, cache int, of string) (r bench.Result, err error) {
	s, err := l.serve(c.site.database, "--cache-bytes", fmt.Sprint(cache))
	if err != nil {
		return r, err
	}
	defer l.end(s, &err)
	pages := plan(l.Connections)
	pages.Random = true
	for _, path := range c.site.others {
		pages.Requests = append(pages.Requests, get(path))
	}
	return l.alone("random pages", of, side{s, pages})
}
