package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parley/internal/bench"
)

// benchAll is parley bench all.
type benchAll struct {
	Write    string `placeholder:"FILE" help:"Write the tables, charts and what they mean there, as docs/benchmarks.md."`
	Comments int    `default:"400000" placeholder:"N" help:"Comments of the large site of growth."`

	Sizes   []int         `hidden:"" default:"1000,100,10000"`
	Past    []int         `hidden:"" default:"60,100000"`
	Random  int           `hidden:"" default:"1000"`
	Story   int           `hidden:"" default:"100000"`
	Rest    time.Duration `hidden:"" default:"15s"`
	Small   int           `hidden:"" default:"10000"`
	Readers int           `hidden:"" default:"10000"`
}

// chapter is a part of the report on everything.
type chapter struct {
	name, words string
	m           measurement
}

// chapters are all measurements with what a reader of their figures must know;
// those of several nodes only where there is a PostgreSQL.
func (c *benchAll) chapters(postgres bool) []chapter {
	all := []chapter{
		{"read", `The page comes from the server's cache, in the best compression that the client takes; the client keeps nothing. The
reference is a bare Go server in a process of its own that sends the same ready-made bytes with the same header, and
for a 304 nothing but that status, by turns with the measured one. At a steady rate both get the same requests, half of
what the slower can do, and the time of an answer counts from when its request was due. Random pages are those of a
site whose pages do not fit into the cache.`, &benchRead{Sizes: c.Sizes, Random: c.Random}},
		{"cold", `Nothing is cached: every request reads the database, renders and compresses. The reference sends the same
ready-made bytes.`, &benchCold{Sizes: c.Sizes}},
		{"post", `Every comment is a new guest's, checked by rules with 5,000 words, pace and likeness on, and on disk before it
is answered. The reference is the bare rate of the machine: durable commits of one row by one client through the same
driver with the same settings, by turns with the posts. CPU is all that the server used, with what it did behind its
answers.`, &benchPost{Size: 1000, Clients: []int{1, 16}}},
		{"mixed", `A discussion is read while it grows. At a steady rate, the reference is the same discussion at rest.`, &benchMixed{Size: 1000, Posts: 20, Fast: 8}},
		{"live", `Readers keep a stream open on a discussion, and ten comments are posted; the times are from sending a comment
to its arrival with each reader. Memory is what the server has resident with the readers above what it had without. Then
the server is told to end, and another starts in its place: the times are from the first reader cut off to each being
back, and the statements all that the new server asked its database meanwhile.`, &benchLive{Readers: c.Readers, Posts: 10}},
		{"growth", `The same requests to a large site, in its largest story, and by turns to a small one (the reference), with nothing
cached in either. The words searched for fill a page of both, or are found together in neither: then the search reads
the lists of its words to their end in the small site, and as much of them as a search may in the large one.`, &benchGrowth{Comments: c.Comments, Story: c.Story, Small: c.Small}},
		{"start", `From the start of the process to the end of its answer to a first request, on a site of many comments; the memory that
is resident when the demo was shown once and then left alone; and the bytes of the program's file.`, &benchStart{
			Comments: min(c.Comments, 1_000_000), Story: c.Story, Starts: 10, Rest: c.Rest,
		}},
		{"rules", `A list of 5,000 words on one comment of 500 characters, and the rehearsal of a rule with this list, one of pace
and one of likeness on the comments of 90 days. Each step of a rehearsal moved the progress that the desk sees.`, &benchRules{Sizes: c.Past}},
	}
	if postgres {
		all = append(all, chapter{"nodes", `Two connections read from one node, and by turns two from each of two nodes on the same PostgreSQL, so that
every node has the same to do; nothing is cached. CPU is that of all nodes, not of the database. Where every node has a
machine to itself, two of them serve twice as many readers as one, divided by the CPU ratio.`, &benchNodes{Stories: 16, Size: c.Sizes[0]}})
	}
	return all
}

// Run measures everything.
func (c *benchAll) Run(p *program, b *benchCommands) error {
	if b.JSON || b.SVG != "" {
		return exitWith(exitUsage, errors.New("--json and --svg are for one measurement; bench all takes --write"))
	}
	var doc bytes.Buffer
	for _, x := range c.chapters(p.opts.postgres()) {
		r, err := b.measure(p, x.name, x.m)
		if err != nil {
			return err
		}
		if x.name == "growth" {
			r = flat(r)
		}
		if err := b.report(p, r); err != nil {
			return err
		}
		fmt.Fprintln(p.stdout)
		if c.Write == "" {
			continue
		}
		if err := c.chapter(&doc, x, r); err != nil {
			return err
		}
	}
	if c.Write == "" {
		return nil
	}
	where, databases := fmt.Sprintf(" --comments %d", c.Comments), "SQLite"
	if p.opts.postgres() {
		where, databases = where+" --db postgres://…", "SQLite, and PostgreSQL with its own default settings where that is said"
	}
	head := fmt.Sprintf(benchIntro, where, b.Duration, b.Runs, bench.Commit(), p.now().UTC().Format("2 January 2006"), bench.Machine(), databases)
	return os.WriteFile(c.Write, append([]byte(head), doc.Bytes()...), 0o644)
}

// chapter writes a chapter, with its chart in the folder of images.
func (c *benchAll) chapter(doc *bytes.Buffer, x chapter, r bench.Report) error {
	images := filepath.Join(filepath.Dir(c.Write), "images")
	if err := os.MkdirAll(images, 0o755); err != nil {
		return err
	}
	chart := "bench-" + x.name + ".svg"
	if err := writeChart(filepath.Join(images, chart), r); err != nil {
		return err
	}
	fmt.Fprintf(doc, "\n## `parley bench %s`\n\n%s\n\n", x.name, strings.TrimSpace(x.words))
	if err := r.WriteMarkdown(doc); err != nil {
		return err
	}
	fmt.Fprintf(doc, "\n![The table above as bars](images/%s)\n", chart)
	return nil
}

const benchIntro = `# Benchmarks

This file is written by one command, and every figure Parley gives comes from it:

` + "```sh" + `
bin/parley bench all%s --duration %s --runs %d --write docs/benchmarks.md
` + "```" + `

It starts servers of its own on loopback with databases of its own, fills them with discussions shaped like readers',
and sends the load from a third process. CPU is what the operating system says the server's threads used, for each
request; ratios are taken in one run, by turns. Figures are medians where there were several runs.

Commit %s, %s. %s. %s; every post is on disk before it is acknowledged.
`
