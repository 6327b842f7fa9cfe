package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"parley/internal/bench"
)

// benchCommands is parley bench: the one place figures come from. It measures
// servers of its own, each in a process of its own, on databases of its own that
// are gone afterwards; the load comes from a third process, over loopback. What is
// pure about it is in internal/bench.
type benchCommands struct {
	benchOptions

	All       benchAll       `cmd:"" default:"withargs" help:"All measurements but the largest, one after the other."`
	Read      benchRead      `cmd:"" help:"Pages from the cache beside a bare server that sends the same bytes, and random pages of a site larger than the cache."`
	Cold      benchCold      `cmd:"" help:"Pages made anew for every request, by the length of the discussion."`
	Post      benchPost      `cmd:"" help:"Comments beside bare commits of one row; on PostgreSQL, too, if --db is a scratch database there."`
	Mixed     benchMixed     `cmd:"" help:"Readers of a discussion while it grows, beside a quiet one."`
	Live      benchLive      `cmd:"" help:"Readers that wait for what is new."`
	Nodes     benchNodes     `cmd:"" help:"Pages made anew at two nodes on one PostgreSQL beside one node; --db is a scratch database there."`
	Start     benchStart     `cmd:"" help:"What a server costs before it has anything to do."`
	Growth    benchGrowth    `cmd:"" help:"What everything costs in a large site beside a small one, nothing cached."`
	Reference benchReference `cmd:"" help:"The bare server alone."`
	Rules     benchRules     `cmd:"" help:"A long list of words, and the rehearsal of a rule on a long past."`
	Seed      benchSeed      `cmd:"" help:"Fill the database with a site of any size."`

	Load benchLoad `cmd:"" hidden:""`
	Bare benchBare `cmd:"" hidden:""`
}

// benchOptions are those of every measurement.
type benchOptions struct {
	Duration    time.Duration `default:"4s" placeholder:"4s" help:"How long each measurement takes, by turns with what it is compared with."`
	Connections int           `default:"64" placeholder:"64" help:"Connections of the concurrent measurements."`
	Runs        int           `default:"1" placeholder:"1" help:"How often everything is measured; figures are medians."`
	JSON        bool          `name:"json" help:"Report as one JSON object."`
	Markdown    bool          `help:"Report as a table of docs/benchmarks.md."`
	SVG         string        `name:"svg" placeholder:"FILE" help:"Write a chart there, too."`
	Keep        string        `placeholder:"FOLDER" help:"Folder in which the databases are made and kept for the next time."`
}

// check refuses options that cannot work.
func (o *benchOptions) check() error {
	if o.Duration < 10*time.Millisecond || o.Duration > time.Hour || o.Connections < 1 || o.Connections > 10_000 || o.Runs < 1 || o.Runs > 100 {
		return exitWith(exitUsage, fmt.Errorf("a duration of 10ms to 1h, 1 to 10000 connections and 1 to 100 runs are needed"))
	}
	if o.JSON && o.Markdown {
		return misused(errors.New("--json and --markdown can't be used together"))
	}
	return nil
}

// measurement is one of the things that can be measured.
type measurement interface {
	// prepare makes what all runs need.
	prepare(l *lab) error
	// run measures once; what it measures and in which order is always the same.
	run(l *lab) ([]bench.Result, error)
}

// carryOut measures as often as asked for and reports under a name.
func (o *benchOptions) carryOut(p *program, name string, m measurement) error {
	r, err := o.measure(p, name, m)
	if err != nil {
		return err
	}
	return o.report(p, r)
}

// measure makes the report of a measurement.
func (o *benchOptions) measure(p *program, name string, m measurement) (r bench.Report, err error) {
	if err := o.check(); err != nil {
		return r, err
	}
	busy := bench.LoadAverage()
	l, err := p.newLab(o)
	if err != nil {
		return r, err
	}
	defer l.close(&err)
	if err := m.prepare(l); err != nil {
		return r, err
	}
	runs := make([][]bench.Result, o.Runs)
	for i := range runs {
		if runs[i], err = m.run(l); err != nil {
			return r, err
		}
	}
	r = bench.NewReport("parley bench "+name, runs, l.peak, busy)
	for _, x := range r.Results {
		if x.Errors > 0 && x.Requests == 0 {
			return r, fmt.Errorf("%s of %s: nothing but errors: %s", x.What, x.Of, x.Error)
		}
	}
	return r, nil
}

// report prints a report and writes its chart.
func (o *benchOptions) report(p *program, r bench.Report) error {
	if o.SVG != "" {
		if err := writeChart(o.SVG, r); err != nil {
			return err
		}
	}
	switch {
	case o.JSON:
		return r.WriteJSON(p.stdout)
	case o.Markdown:
		return r.WriteMarkdown(p.stdout)
	}
	return r.WriteText(p.stdout)
}

func writeChart(file string, r bench.Report) (err error) {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return r.WriteChart(f)
}

// checkSizes refuses sizes of discussions that no run can make.
func checkSizes(sizes []int) error {
	if len(sizes) == 0 || slices.Min(sizes) < 1 || slices.Max(sizes) > maxBenchSize {
		return exitWith(exitUsage, fmt.Errorf("sizes of 1 to %d comments are needed", maxBenchSize))
	}
	return nil
}

// maxBenchSize keeps a discussion within what one process holds in memory.
const maxBenchSize = 1_000_000

// comments is "1,000 comments".
func comments(n int) string { return counted(n) + " comments" }

// counted writes a number with its thousands parted.
func counted(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return strings.TrimSpace(text)
}
