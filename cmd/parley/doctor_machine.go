package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"parley/internal/egress"
	"parley/internal/forum"
	"parley/internal/store"
)

// What the doctor finds worrying.
const (
	leastFree  = 256 << 20       // bytes on the disk of an SQLite database, beside room for a copy of it
	maxSkew    = 5 * time.Second // between this machine's clock and the database server's
	maxFuture  = time.Minute     // by which the log's last entry may be ahead of this machine's clock
	reachTime  = 10 * time.Second
	failingFor = time.Hour // how long a webhook may fail before it is worth a word
)

// database says what the database is, and looks at the room it has, the clock it
// keeps, and its migrations.
func (x *examination) database(s *session) error {
	facts, err := s.store.Facts(x.p.ctx)
	if err != nil {
		return err
	}
	x.ok("database", "%s %s, %s", s.store.Engine(), facts.Version, bytesText(facts.Bytes))
	has, wants, err := s.store.Migrated(x.p.ctx)
	if err != nil {
		return err
	}
	if has > wants {
		x.ok("migrations", "%d; a newer program has opened the database, this one brings %d", has, wants)
	} else {
		x.ok("migrations", "all %d are done", has)
	}
	if skew := facts.Clock.Sub(x.p.now()); !facts.Clock.IsZero() && skew.Abs() > maxSkew {
		x.wrong("clock", "the database server's clock differs by %s", skew.Round(time.Second))
	} else if !facts.Clock.IsZero() {
		x.ok("clock", "it agrees with the database server's")
	}
	if !x.p.opts.postgres() {
		return x.disk(facts.Bytes)
	}
	return nil
}

// disk checks that a database can grow and be copied where it is.
func (x *examination) disk(size int64) error {
	var at syscall.Statfs_t
	folder := filepath.Dir(x.p.opts.DB)
	if err := syscall.Statfs(folder, &at); err != nil {
		return fmt.Errorf("%s: %w", folder, err)
	}
	free := int64(at.Bavail) * at.Bsize
	if free < max(size, leastFree) {
		x.wrong("disk", "%s has %s free; the database takes %s", folder, bytesText(free), bytesText(size))
	} else {
		x.ok("disk", "%s has %s free", folder, bytesText(free))
	}
	return nil
}

// backups looks how old the newest file of a folder of backups is.
func (x *examination) backups(folder string, oldest time.Duration) {
	var newest time.Time
	err := filepath.WalkDir(folder, func(_ string, f fs.DirEntry, err error) error {
		if err != nil || !f.Type().IsRegular() {
			return err
		}
		info, err := f.Info()
		if err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
		return err
	})
	age := x.p.now().Sub(newest)
	switch {
	case err != nil:
		x.wrong("backups", "%s", sentence(unlabelled(err)))
	case newest.IsZero():
		x.wrong("backups", "%s holds none", folder)
	case age > oldest:
		x.wrong("backups", "the newest in %s is %s old", folder, age.Round(time.Minute))
	default:
		x.ok("backups", "the newest in %s is %s old", folder, age.Round(time.Minute))
	}
}

// reach connects to what the installation depends on: the mail relay, and the base
// URL as readers reach it.
func (x *examination) reach() {
	ctx, cancel := context.WithTimeout(x.p.ctx, reachTime)
	defer cancel()
	if x.p.opts.mail == nil {
		x.ok("mail", "none is sent: smtp is not set")
	} else if err := x.p.opts.mail.Try(ctx); err != nil {
		x.wrong("mail", "%s", sentence(err))
	} else {
		x.ok("mail", "the relay lets us in")
	}
	base := x.p.opts.base(x.p.opts.Listen)
	if err := x.health(ctx, base+"/healthz"); err != nil {
		x.wrong("base_url", "%s: %s", base, sentence(err))
	} else {
		x.ok("base_url", "%s is answered by Parley", base)
	}
}

// health asks whether Parley answers at a URL.
func (x *examination) health(ctx context.Context, url string) error {
	here := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	client := egress.New(egress.Config{Allow: append(here, x.p.opts.out...), Timeout: reachTime}).Client()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || !strings.Contains(string(body), `"status"`) {
		return fmt.Errorf("%s, and not from Parley", res.Status)
	}
	return nil
}

// work looks at what a site has left undone: jobs given up and webhooks that do not
// get through.
func (x *examination) work(s *session, site forum.Site) error {
	name := "site " + site.Slug
	counts, err := s.store.CountJobs(x.p.ctx, site.ID)
	if err != nil {
		return err
	}
	dead := false
	for _, c := range counts {
		if c.State == forum.JobDead {
			dead = true
			x.wrong(name, "%d jobs of kind %s were given up; the desk lists them under Alerts", c.Number, c.Kind)
		}
	}
	if !dead {
		x.ok(name, "no job was given up")
	}
	endpoints, err := s.store.Endpoints(x.p.ctx, site.ID)
	if err != nil {
		return err
	}
	failing := false
	for _, e := range endpoints {
		since := x.p.now().Sub(e.FailingAt)
		if e.DisabledAt.IsZero() && (e.FailingAt.IsZero() || since < failingFor) {
			continue
		}
		failing = true
		state := "turned off"
		if e.DisabledAt.IsZero() {
			state = fmt.Sprintf("failing for %s", since.Round(time.Minute))
		}
		x.wrong(name, "%s %s is %s", e.Kind, e.ID, state)
	}
	if !failing {
		x.ok(name, "every webhook and alert gets through")
	}
	return nil
}

// ahead reports whether the log's last entry was made after this machine's clock
// says it is.
func (x *examination) ahead(s *session, site forum.Site) error {
	last, err := s.store.Log(x.p.ctx, site.ID, store.LogFilter{}, 0, 1)
	if err != nil || len(last) == 0 {
		return err
	}
	if by := last[0].At.Sub(x.p.now()); by > maxFuture {
		x.wrong("site "+site.Slug, "the log's last entry is %s ahead of this machine's clock", by.Round(time.Second))
	}
	return nil
}

// heads checks that the file which keeps the ends of the logs can be added to.
func (x *examination) heads() {
	path := x.p.opts.LogHeads
	if path == "" {
		x.ok("log_heads", "the ends of the logs are not kept beyond the database")
		return
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if errors.Is(err, fs.ErrNotExist) {
		x.ok("log_heads", "%s is not begun yet", path)
		return
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		x.wrong("log_heads", "%s: %s", path, sentence(unlabelled(err)))
		return
	}
	x.ok("log_heads", "%s can be added to", path)
}
