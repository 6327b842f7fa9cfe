package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
)

// eraseCommands are parley erase.
type eraseCommands struct {
	Replay eraseReplay `cmd:"" help:"Forget again everybody in the list of erasures whom the database still knows."`
}

// eraseReplay is parley erase replay.
type eraseReplay struct{}

// Run forgets and waits until it is done.
func (c *eraseReplay) Run(p *program) (err error) {
	s, err := p.openExisting()
	if err != nil {
		return err
	}
	defer s.close(&err)
	if p.opts.Erasures != "" {
		s.desk.Connect(desk.Outside{NoteErasure: p.noteErasure})
	}
	n := 0
	err = p.replayErasures(s.desk, func(site forum.Site, jobs []forum.ID) error {
		n += len(jobs)
		return s.desk.FinishErasures(p.ctx, site, jobs)
	})
	if err == nil {
		fmt.Fprintf(p.stdout, "forgotten again: %d\n", n)
	}
	return err
}

// replayErasures leaves the work of forgetting everybody who asked for it and is
// still known; finish, if set, does it at once.
func (p *program) replayErasures(d *desk.Desk, finish func(forum.Site, []forum.ID) error) error {
	noted, err := p.notedErasures()
	if err != nil {
		return err
	}
	sites, err := d.Sites(p.ctx)
	if err != nil {
		return err
	}
	for _, site := range sites {
		jobs, err := d.ReplayErasures(p.ctx, site, noted[site.Slug])
		if err != nil {
			return fmt.Errorf("forget again on %s: %w", site.Slug, err)
		}
		if finish != nil {
			if err := finish(site, jobs); err != nil {
				return err
			}
		}
	}
	return nil
}

// erasureFile keeps two jobs from writing to the list at once.
var erasureFile sync.Mutex

// noteErasure adds a line to the list of erasures: site, account, what becomes of
// the comments, and when it was asked. One that is there is not added again.
func (p *program) noteErasure(site string, e desk.Erasure) error {
	erasureFile.Lock()
	defer erasureFile.Unlock()
	noted, err := p.notedErasures()
	if err != nil {
		return err
	}
	for _, x := range noted[site] {
		if x.AccountID == e.AccountID {
			return nil
		}
	}
	f, err := os.OpenFile(p.opts.Erasures, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s %s %s %s\n", site, e.AccountID, e.Comments, e.AskedAt.UTC().Format(time.RFC3339))
	return errors.Join(err, f.Sync(), f.Close())
}

// notedErasures reads the list of erasures, by site.
func (p *program) notedErasures() (map[string][]desk.Erasure, error) {
	if p.opts.Erasures == "" {
		return nil, nil
	}
	f, err := os.Open(p.opts.Erasures)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	noted := map[string][]desk.Erasure{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		site, e, err := parseErasure(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("%s line %d: %w", p.opts.Erasures, n, err)
		}
		noted[site] = append(noted[site], e)
	}
	return noted, lines.Err()
}

// parseErasure reads a line of the list.
func parseErasure(line string) (site string, e desk.Erasure, err error) {
	parts := strings.Fields(line)
	if len(parts) != 4 {
		return "", e, errors.New("a line has a site, an account, a choice and a time")
	}
	if e.SiteID, err = forum.SiteID(parts[0]); err != nil {
		return "", e, err
	}
	if e.AccountID, err = forum.ParseID(parts[1]); err != nil {
		return "", e, err
	}
	if e.Comments = forum.Remains(parts[2]); !e.Comments.Valid() {
		return "", e, fmt.Errorf("%q is no choice", parts[2])
	}
	e.AskedAt, err = time.Parse(time.RFC3339, parts[3])
	return parts[0], e, err
}
