package main

import "parley/internal/bench"

// benchCold is parley bench cold.
type benchCold struct {
	Sizes []int `default:"1000,100,10000" placeholder:"N" help:"Comments of the discussions that are read; the first one's figures come first."`
	site  *benchSite
}

// Run measures reading without a cache.
func (c *benchCold) Run(p *program, b *benchCommands) error { return b.carryOut(p, "cold", c) }

func (c *benchCold) prepare(l *lab) error {
	if err := checkSizes(c.Sizes); err != nil {
		return err
	}
	var err error
	c.site, err = l.site("cold", seedShape{sizes: c.Sizes})
	return err
}

func (c *benchCold) run(l *lab) (results []bench.Result, err error) {
	s, err := l.serve(c.site.database, "--cache-bytes", "off")
	if err != nil {
		return nil, err
	}
	defer l.end(s, &err)
	for i, size := range c.Sizes {
		page := get(c.site.stories[i].path)
		ready, err := fetch(s.address, page)
		if err != nil {
			return nil, err
		}
		bare, err := l.reference(map[string]bench.Ready{page.Path: ready})
		if err != nil {
			return nil, err
		}
		// One reader: many who ask for the same page at once share its making.
		r, err := l.beside("cold first view", comments(size), side{s, plan(1, page)}, side{bare, plan(1, page)})
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}
