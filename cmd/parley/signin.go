package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"parley/internal/desk"
	"parley/internal/forum"
)

// maxSecret bounds a file of the folder of secrets.
const maxSecret = 64 << 10

// secret reads a secret of the installation: a file of the folder of secrets, which
// nobody but its owner may read.
func (p *program) secret(name string) ([]byte, error) {
	if p.opts.Secrets == "" {
		return nil, fmt.Errorf("secret %q: the option secrets names no folder", name)
	}
	if !forum.GoodSecretName(name) {
		return nil, fmt.Errorf("secret %q: this is no name of a file", name)
	}
	path := filepath.Join(p.opts.Secrets, name)
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("secret %q: %w", name, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("secret %q: others may read %s (mode %04o); chmod 600 it", name, path, info.Mode().Perm())
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("secret %q: %w", name, err)
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, maxSecret))
	// Editors end files with a line end, which is no part of the secret.
	return bytes.TrimRight(body, "\r\n"), err
}

// siteSignIn is parley site sign-in.
type siteSignIn struct {
	Slug string `arg:"" help:"The site's handle."`
	File string `arg:"" optional:"" help:"JSON file."`
}

// Run sets how people sign in, if the settings and the secrets they name make sense,
// and prints the addresses to register with each provider.
func (c *siteSignIn) Run(p *program) error {
	return p.with(func(s *session) error {
		site, err := p.site(s, c.Slug)
		if err != nil {
			return err
		}
		s.desk.Connect(desk.Outside{BaseURL: p.opts.base(p.opts.Listen), Secret: p.secret})
		if c.File == "" {
			out := json.NewEncoder(p.stdout)
			out.SetIndent("", "  ")
			return out.Encode(site.Settings.SignIn)
		}
		if site.Settings.SignIn, err = readSignIn(c.File); err != nil {
			return err
		}
		if err := s.desk.CheckLogins(site); err != nil {
			return exitWith(exitConfig, err)
		}
		if err := s.desk.SetSite(p.ctx, site); err != nil {
			return err
		}
		for _, x := range site.Settings.SignIn.Providers {
			fmt.Fprintf(p.stdout, "%s comes back to %s\n", x.Name, s.desk.ProviderRedirect(site, x.Slug))
		}
		return nil
	})
}

// readSignIn reads settings in which every name is known.
func readSignIn(file string) (forum.SignIn, error) {
	f, err := os.Open(file)
	if err != nil {
		return forum.SignIn{}, err
	}
	defer f.Close()
	settings := forum.DefaultSettings().SignIn
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if err := d.Decode(&settings); err != nil {
		return settings, exitWith(exitUsage, fmt.Errorf("%s: %w", file, err))
	}
	return settings, nil
}
