package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"parley/internal/forum"
)

// doctorCommand is parley doctor.
type doctorCommand struct {
	Mend      bool          `help:"Correct the counters that are wrong."`
	Reach     bool          `help:"Also connect to the mail relay and to the base URL."`
	Backups   string        `placeholder:"FOLDER" help:"Also look how old the newest backup in a folder is."`
	BackupAge time.Duration `default:"26h" placeholder:"26h" help:"How old that may be."`
}

// examination prints one line for each check and remembers whether any failed.
type examination struct {
	p     *program
	found bool
}

func (x *examination) ok(check, format string, args ...any) {
	fmt.Fprintf(x.p.stdout, "ok     %s: %s\n", check, fmt.Sprintf(format, args...))
}

func (x *examination) wrong(check, format string, args ...any) {
	x.found = true
	fmt.Fprintf(x.p.stdout, "WRONG  %s: %s\n", check, fmt.Sprintf(format, args...))
}

// Run checks everything it can and ends with exitFinding if something is wrong.
func (c *doctorCommand) Run(p *program) error {
	x := &examination{p: p}
	x.options()
	x.folder()
	x.heads()
	if c.Backups != "" {
		x.backups(c.Backups, c.BackupAge)
	}
	if c.Reach {
		x.reach()
	}
	err := p.with(func(s *session) error {
		if err := x.database(s); err != nil {
			return err
		}
		return x.contents(s, c.Mend)
	})
	if codeOf(err) == exitDatabase {
		x.wrong("database", "%s", sentence(err))
		return exitWith(exitDatabase, errSilent{})
	}
	if err == nil && x.found {
		err = exitWith(exitFinding, errSilent{})
	}
	return err
}

// options looks for settings that are allowed but unlikely to be meant.
func (x *examination) options() {
	u, err := url.Parse(x.p.opts.base(x.p.opts.Listen))
	if err != nil {
		x.wrong("options", "base_url: %s", sentence(err))
		return
	}
	host, _, err := net.SplitHostPort(x.p.opts.Listen)
	switch {
	case err != nil:
		x.wrong("options", "listen: %s", sentence(err))
	case u.Scheme == "http" && !loopback(u.Hostname()):
		x.wrong("options", "base_url %s is not https: sessions would travel readable", u)
	case host == "" && x.p.opts.BaseURL == "":
		x.wrong("options", "listen %s takes requests from everywhere, and base_url does not say under which name", x.p.opts.Listen)
	default:
		x.ok("options", "readers reach this installation at %s", u)
	}
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback())
}

// folder checks that the database can grow where it is: SQLite writes files
// beside its own.
func (x *examination) folder() {
	if x.p.opts.postgres() {
		return
	}
	folder := filepath.Dir(x.p.opts.DB)
	f, err := os.CreateTemp(folder, ".parley-doctor-")
	if err != nil {
		x.wrong("folder", "%s cannot be written: %s", folder, sentence(unlabelled(err)))
		return
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		x.wrong("folder", "%s: %s", folder, sentence(err))
		return
	}
	x.ok("folder", "%s can be written", folder)
}

// contents checks what the database holds.
func (x *examination) contents(s *session, mend bool) error {
	damage, err := s.desk.Damage(x.p.ctx)
	if err != nil {
		return err
	}
	for _, line := range damage {
		x.wrong("integrity", "%s", line)
	}
	if len(damage) == 0 {
		x.ok("integrity", "the database finds no damage")
	}
	sites, err := s.desk.Sites(x.p.ctx)
	if err != nil {
		return err
	}
	if len(sites) == 0 {
		x.ok("sites", "none yet")
	}
	for _, site := range sites {
		if err := x.site(s, site, mend); err != nil {
			return err
		}
	}
	return nil
}

// site checks one site: its settings, its stories, its sanctions, the end of its
// log, what it has left undone and every counter.
func (x *examination) site(s *session, site forum.Site, mend bool) error {
	name := "site " + site.Slug
	if err := site.Settings.Check(); err != nil {
		x.wrong(name, "settings: %s", sentence(err))
	} else {
		x.ok(name, "its settings can work")
	}
	lost, err := s.desk.LostStories(x.p.ctx, site.ID)
	if err != nil {
		return err
	}
	for _, id := range lost {
		x.wrong(name, "story %s cannot be found by its URL", id)
	}
	if len(lost) == 0 {
		x.ok(name, "every story of another page is found by its URL")
	}
	odd, err := s.desk.OddSanctions(x.p.ctx, site.ID)
	if err != nil {
		return err
	}
	for _, id := range odd {
		x.wrong(name, "what stands against an account is not what decision %s says", id)
	}
	if len(odd) == 0 {
		x.ok(name, "what stands against accounts is what was decided")
	}
	if err := x.logEnd(s, site); err != nil {
		return err
	}
	if err := x.ahead(s, site); err != nil {
		return err
	}
	if err := x.work(s, site); err != nil {
		return err
	}
	return x.counters(s, site, mend)
}

// logEnd compares the end of the log with its last entry.
func (x *examination) logEnd(s *session, site forum.Site) error {
	name := "site " + site.Slug
	said, last, err := s.desk.LogEnd(x.p.ctx, site.ID)
	if err != nil {
		return err
	}
	if said == last {
		x.ok(name, "the log ends with its last entry; parley audit verify checks every one")
		return nil
	}
	x.wrong(name, "the log should end with entry %d, and entry %d is its last or was changed; see parley audit verify", said.Seq, last.Seq)
	return nil
}

// counters counts everything again.
func (x *examination) counters(s *session, site forum.Site, mend bool) error {
	name := "site " + site.Slug
	differ, err := s.desk.Recount(x.p.ctx, site.ID, mend)
	if err != nil {
		return err
	}
	for _, m := range differ {
		text := fmt.Sprintf("%s %s: %s says %d, counted %d", m.Table, m.ID, m.Counter, m.Stored, m.Counted)
		if mend {
			x.ok(name, "mended %s", text)
			continue
		}
		x.wrong(name, "%s; --mend corrects it", text)
	}
	if len(differ) == 0 {
		x.ok(name, "every counter says what a recount says")
	}
	return nil
}
