package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"time"

	"parley/frontend/locale"
	"parley/internal/exporter"
	"parley/internal/forum"
)

// exportCommands are parley export ….
type exportCommands struct {
	Statements exportStatements `cmd:"" help:"Write a month's statements of reasons in the schema of the EU Transparency Database."`
}

// exportStatements is parley export statements.
type exportStatements struct {
	Site   string `placeholder:"SLUG" help:"The site; the oldest one if not set."`
	Month  string `required:"" placeholder:"2026-11" help:"The month in which the decisions were made."`
	Locale string `placeholder:"en|ar|tr|ru" help:"Language of the texts; the site's own if not set."`
	Out    string `placeholder:"FILE" help:"File to write, one statement a line; standard output if not set."`
}

// Run writes the statements and notes in the log that they were taken out.
func (c *exportStatements) Run(p *program) error {
	month, err := time.Parse("2006-01", c.Month)
	if err != nil {
		return exitWith(exitUsage, fmt.Errorf("--month: %q is not a month like 2026-11", c.Month))
	}
	return p.with(func(s *session) error {
		site, err := p.site(s, c.Site)
		if err != nil {
			return err
		}
		n := 0
		if err := c.to(p, func(w io.Writer) error {
			n, err = exporter.Month(p.ctx, w, s.desk, site, month, c.say(site), c.title(site))
			return err
		}); err != nil {
			return err
		}
		fmt.Fprintf(p.stderr, "%d statements of %s\n", n, c.Month)
		return s.desk.LogExport(p.ctx, site, forum.Actor{}, month, n)
	})
}

// to calls write with where the statements go.
func (c *exportStatements) to(p *program, write func(io.Writer) error) (err error) {
	out := p.stdout
	if c.Out != "" {
		f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return unlabelled(err)
		}
		defer func() {
			if closed := f.Close(); err == nil {
				err = closed
			}
		}()
		out = f
	}
	b := bufio.NewWriter(out)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

func (c *exportStatements) locale(site forum.Site) string {
	if c.Locale != "" {
		return c.Locale
	}
	return site.Settings.Locale
}

// say gives the texts of statements, without the marks that only pages need.
func (c *exportStatements) say(site forum.Site) exporter.Words {
	return func(key string, args ...any) string { return isolates.Replace(locale.T(c.locale(site), key, args...)) }
}

// title gives the words of a reason.
func (c *exportStatements) title(site forum.Site) func(string) string {
	return func(code string) string { return isolates.Replace(locale.Reason(c.locale(site), site.Settings, code)) }
}
