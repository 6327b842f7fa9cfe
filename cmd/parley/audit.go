package main

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"parley/internal/audit"
	"parley/internal/forum"
)

// auditCommands are parley audit ….
type auditCommands struct {
	Verify auditVerify `cmd:"" help:"Check that every entry of the logs is there, unchanged and in its place."`
}

// auditVerify is parley audit verify.
type auditVerify struct {
	Site  string `placeholder:"SLUG" help:"Only this site; all sites if not set."`
	Heads string `placeholder:"FILE" help:"File of signed ends to compare; that of log_heads if not set."`
	JSON  bool   `name:"json" help:"Print what was found as JSON."`
}

// finding is the whole answer of parley audit verify as JSON.
type finding struct {
	Good  bool           `json:"good"`
	Key   string         `json:"key,omitempty"` // that signed the heads
	Sites []audit.Report `json:"sites"`
	Heads []audit.Fault  `json:"heads"` // of the file of heads itself
}

// Run verifies the logs and ends with exitFinding if anything is wrong.
func (c *auditVerify) Run(p *program) error {
	heads, found, err := c.heads(p)
	if err != nil {
		return err
	}
	err = p.with(func(s *session) error {
		sites, err := c.sites(p, s)
		if err != nil {
			return err
		}
		for _, site := range sites {
			report, err := s.desk.VerifyLog(p.ctx, site, heads)
			if err != nil {
				return err
			}
			found.Sites = append(found.Sites, report)
			found.Good = found.Good && report.Good()
		}
		if c.Site == "" {
			found.strangers(heads, sites)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := c.print(p, found); err != nil {
		return err
	}
	if !found.Good {
		return exitWith(exitFinding, errSilent{})
	}
	return nil
}

// sites returns the sites to verify.
func (c *auditVerify) sites(p *program, s *session) ([]forum.Site, error) {
	if c.Site == "" {
		return s.desk.Sites(p.ctx)
	}
	site, err := p.site(s, c.Site)
	return []forum.Site{site}, err
}

// heads reads the file of signed heads, if there is one to read.
func (c *auditVerify) heads(p *program) ([]audit.Head, *finding, error) {
	found := &finding{Good: true, Sites: []audit.Report{}, Heads: []audit.Fault{}}
	path := c.Heads
	if path == "" {
		path = p.opts.LogHeads
	}
	if path == "" {
		return nil, found, nil
	}
	key, err := publicKey(p.opts.logKey())
	if err != nil {
		return nil, found, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, found, exitWith(exitInput, unlabelled(err))
	}
	defer file.Close()
	heads, faults, err := audit.ReadHeads(file, key)
	if err != nil {
		return nil, found, exitWith(exitInput, err)
	}
	found.Heads = append(found.Heads, faults...)
	found.Good = len(faults) == 0
	switch {
	case key != nil:
		found.Key = audit.KeyName(key)
	case len(heads) > 0:
		found.Key = heads[0].Key
	}
	return heads, found, nil
}

// publicKey returns the public half of a key's file; none if there is no file, as
// on a machine that only checks.
func publicKey(path string) (public ed25519.PublicKey, err error) {
	if path == "" {
		return public, nil
	}
	key, err := audit.LoadKey(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return public, nil
	case err != nil:
		return public, exitWith(exitInput, err)
	}
	return key.Public().(ed25519.PublicKey), nil
}

// strangers notes signed heads of sites that the database does not have.
func (f *finding) strangers(heads []audit.Head, sites []forum.Site) {
	var gone []string
	for _, h := range heads {
		if !slices.ContainsFunc(sites, func(s forum.Site) bool { return s.Slug == h.Site }) && !slices.Contains(gone, h.Site) {
			gone = append(gone, h.Site)
			f.Heads = append(f.Heads, audit.Fault{Kind: audit.Signed, Note: fmt.Sprintf("the log of site %q was signed, and there is no such site", h.Site)})
			f.Good = false
		}
	}
}

// print says what was found.
func (c *auditVerify) print(p *program, f *finding) error {
	if c.JSON {
		enc := json.NewEncoder(p.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(f)
	}
	for _, r := range f.Sites {
		for _, fault := range r.Faults {
			fmt.Fprintf(p.stdout, "WRONG  site %s: %s\n", r.Site, fault)
		}
		switch {
		case r.More > 0:
			fmt.Fprintf(p.stdout, "WRONG  site %s: and %d more\n", r.Site, r.More)
		case r.Good() && r.Entries == 0:
			fmt.Fprintf(p.stdout, "ok     site %s: its log is empty\n", r.Site)
		case r.Good():
			fmt.Fprintf(p.stdout, "ok     site %s: %d entries to %s, %d signed ends\n", r.Site, r.Entries, r.Hash, r.Heads)
		}
	}
	for _, fault := range f.Heads {
		fmt.Fprintf(p.stdout, "WRONG  %s\n", fault)
	}
	if f.Key != "" {
		fmt.Fprintf(p.stdout, "       the signed ends are compared under the key %s\n", f.Key)
	}
	return nil
}
