package main

import (
	"errors"
	"fmt"

	"parley/internal/bench"
)

// benchNodes is parley bench nodes.
type benchNodes struct {
	Stories int `default:"16" placeholder:"N" help:"Discussions that are read."`
	Size    int `default:"1000" placeholder:"N" help:"Comments of each of them."`
	site    *benchSite
}

// Run measures two nodes beside one.
func (c *benchNodes) Run(p *program, b *benchCommands) error {
	if !p.opts.postgres() {
		return exitWith(exitUsage, errors.New("several nodes need PostgreSQL: --db with the URL of a scratch database"))
	}
	return b.carryOut(p, "nodes", c)
}

func (c *benchNodes) prepare(l *lab) error {
	if err := checkSizes([]int{c.Size, c.Stories}); err != nil {
		return err
	}
	var err error
	c.site, err = l.scratchSite(seedShape{others: c.Stories, each: c.Size})
	return err
}

// run has two connections read from one node, and by turns as many from each of two:
// every node has the same to do, as it costs more processor time for each request
// where there are few. What counts is the processor time of all nodes: where each has
// a machine to itself, two serve twice as much for it.
func (c *benchNodes) run(l *lab) (results []bench.Result, err error) {
	var nodes [2]*benchChild
	for i := range nodes {
		if nodes[i], err = l.serve(c.site.database, "--cache-bytes", "off"); err != nil {
			return nil, err
		}
		defer l.end(nodes[i], &err)
	}
	one := plan(2)
	one.Random = true
	for _, path := range c.site.others {
		one.Requests = append(one.Requests, get(path))
	}
	for _, n := range nodes {
		if err := l.warm(side{n, one}); err != nil {
			return nil, err
		}
	}
	var apart, together bench.Cost
	for range turns {
		for _, n := range nodes {
			cost, err := l.turn(side{n, one})
			if err != nil {
				return nil, err
			}
			apart.Add(cost.Outcome, cost.CPU)
		}
		if err := l.both(nodes, one, &together); err != nil {
			return nil, err
		}
	}
	of := fmt.Sprintf("%d discussions of %s, PostgreSQL", c.Stories, comments(c.Size))
	r := bench.NewResult("cold first view at two nodes", of, plan(2*one.Connections), together).Against(bench.NewResult("cold first view", of, one, apart))
	r.Times = 2 / r.CPURatio
	return []bench.Result{r}, nil
}

// both carries out a part of a plan at two nodes at once.
func (l *lab) both(nodes [2]*benchChild, p bench.Plan, sum *bench.Cost) error {
	var plans []bench.Plan
	for _, n := range nodes {
		p.Address, p.Duration = n.address, l.Duration/turns
		plans = append(plans, p)
	}
	cpu := nodes[0].CPU() + nodes[1].CPU()
	outcomes, err := l.send(plans...)
	if err != nil {
		return err
	}
	elapsed := outcomes[0].Elapsed
	outcomes[0].Merge(outcomes[1])
	outcomes[0].Elapsed = max(elapsed, outcomes[1].Elapsed)
	sum.Add(outcomes[0], nodes[0].CPU()+nodes[1].CPU()-cpu)
	return nil
}
