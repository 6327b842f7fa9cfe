package main

import (
	"fmt"
	"net/http"
	"strings"

	"parley/internal/bench"
)

// benchReference is parley bench reference.
type benchReference struct {
	Bytes int `default:"15000" placeholder:"N" help:"Bytes of the answer's body."`
}

// Run measures the bare server alone.
func (c *benchReference) Run(p *program, b *benchCommands) error {
	return b.carryOut(p, "reference", c)
}

func (c *benchReference) prepare(*lab) error {
	if c.Bytes < 1 || c.Bytes > 100<<20 {
		return exitWith(exitUsage, fmt.Errorf("a body of 1 byte to 100 MiB is needed"))
	}
	return nil
}

func (c *benchReference) run(l *lab) ([]bench.Result, error) {
	body := []byte(strings.Repeat("x", c.Bytes))
	bare, err := l.reference(map[string]bench.Ready{
		"/page": {Status: 200, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}, "Content-Length": {fmt.Sprint(c.Bytes)}}, Body: body},
		"/304":  {Status: 304},
	})
	if err != nil {
		return nil, err
	}
	var results []bench.Result
	for _, x := range []struct {
		what string
		r    bench.Request
	}{{"bare page", get("/page")}, {"bare 304", notModified("/304", `"x"`)}} {
		for _, connections := range []int{1, l.Connections} {
			r, err := l.alone(x.what, counted(c.Bytes)+" bytes", side{bare, plan(connections, x.r)})
			if err != nil {
				return nil, err
			}
			results = append(results, r)
		}
	}
	l.peak = max(l.peak, bare.Peak())
	return results, nil
}
