package main

import (
	"fmt"
	"time"

	"parley/internal/audit"
	"parley/internal/desk"
	"parley/internal/egress"
	"parley/internal/forum"
)

// serveCommand is parley serve.
type serveCommand struct {
	Drain time.Duration `env:"PARLEY_DRAIN" key:"drain" default:"0s" placeholder:"TIME" help:"How long /readyz says that the process is stopping before requests are refused."`
	Demo  bool          `env:"PARLEY_DEMO" key:"demo" help:"Fill an empty database with a publication to look at."`
}

// firstSlug is the slug of the site that a first start creates.
const firstSlug = "main"

// Run opens the database and serves it until it is told to stop. What it opened
// is closed in the reverse order: the web, the jobs, the database.
func (c *serveCommand) Run(p *program) (err error) {
	defer spareCollector()()
	s, err := p.open()
	if err != nil {
		return err
	}
	defer s.close(&err)
	if p.opts.slow > 0 {
		s.store.LogSlow(p.log, p.opts.slow)
	}
	if c.Demo {
		if err := p.fillDemo(s.desk); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	site, err := p.firstSite(s.desk)
	if err != nil {
		return err
	}
	if err := p.replayErasures(s.desk, nil); err != nil {
		return err
	}
	l, err := p.listen(publicListener, p.opts.Listen)
	if err != nil {
		return err
	}
	if err := p.connect(s.desk, l.Addr().String()); err != nil {
		return err
	}
	if err := p.announce(s.desk, site, l.Addr().String()); err != nil {
		return err
	}
	defer p.settle()()
	return p.serve(s, l, c.Drain)
}

// connect gives the desk what it reaches beyond its database, while it listens on
// an address.
func (p *program) connect(d *desk.Desk, listen string) error {
	out := desk.Outside{
		BaseURL: p.opts.base(listen), Mail: p.opts.mail, Web: egress.New(egress.Config{Allow: p.opts.out}), Secret: p.secret,
		Log: p.log,
	}
	if path := p.opts.logKey(); path != "" {
		key, err := audit.OpenKey(path)
		if err != nil {
			return exitWith(exitConfig, fmt.Errorf("log_key: %w", err))
		}
		out.Heads = audit.NewKeeper(key, p.opts.LogHeads)
	}
	if p.opts.Erasures != "" {
		out.NoteErasure = p.noteErasure
	}
	d.Connect(out)
	return nil
}

// firstSite returns the oldest site and makes it if there is none.
func (p *program) firstSite(d *desk.Desk) (forum.Site, error) {
	sites, err := d.Sites(p.ctx)
	if err != nil {
		return forum.Site{}, err
	}
	if len(sites) > 0 {
		return sites[0], nil
	}
	return d.AddSite(p.ctx, firstSlug, p.opts.SiteName, forum.DefaultSettings())
}

// announce prints where to look and, while nobody owns the site, the link that
// makes its holder the owner.
func (p *program) announce(d *desk.Desk, site forum.Site, listen string) error {
	base := p.opts.base(listen)
	fmt.Fprintf(p.stdout, "%s is at %s\n", site.Name, base)
	owned, err := d.HasOwner(p.ctx, site)
	if err != nil || owned {
		return err
	}
	token, err := d.OwnerLink(p.ctx, site)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "Nobody owns it yet. This link works once and makes its holder the owner:\n%s/welcome/%s\n", base, token)
	return nil
}
