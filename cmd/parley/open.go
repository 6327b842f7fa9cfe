package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
)

// session is an open database with its desk.
type session struct {
	store *store.Store
	desk  *desk.Desk
}

// open opens the database, brings it up to date, and makes a file that does not
// exist yet.
func (p *program) open() (*session, error) { return p.openPlaces(p.opts.places()) }

// openExisting is open for commands that have no business making a database.
func (p *program) openExisting() (*session, error) {
	if !p.databaseExists() {
		return nil, exitWith(exitDatabase, fmt.Errorf("there is no database %s; parley serve makes it", p.opts.DB))
	}
	return p.open()
}

func (p *program) openAt(place string) (*session, error) {
	return p.openPlaces(store.Places{URL: place})
}

func (p *program) openPlaces(at store.Places) (*session, error) {
	s, err := store.OpenPlaces(p.ctx, at)
	if err != nil {
		return nil, exitWith(exitDatabase, fmt.Errorf("%s: %w", shownPlace(at.URL), err))
	}
	return &session{store: s, desk: desk.New(s, p.now)}, nil
}

// databaseExists reports whether the database file is there; of a server only
// opening it will tell.
func (p *program) databaseExists() bool {
	if p.opts.postgres() {
		return true
	}
	_, err := os.Stat(p.opts.DB)
	return !errors.Is(err, fs.ErrNotExist)
}

// shownPlace returns a database's place without a password.
func shownPlace(place string) string {
	if u, err := url.Parse(place); err == nil && u.Scheme != "" {
		return u.Redacted()
	}
	return place
}

// close closes the database after a command and keeps the command's own error
// in front.
func (s *session) close(err *error) {
	if closed := s.store.Close(); closed != nil && *err == nil {
		*err = fmt.Errorf("close database: %w", closed)
	}
}

// with runs f on the existing database, which may take as long as it needs.
func (p *program) with(f func(*session) error) (err error) {
	p.ctx = store.Unhurried(p.ctx)
	s, err := p.openExisting()
	if err != nil {
		return err
	}
	defer s.close(&err)
	return f(s)
}

// scratch opens an empty database that is gone when done is called.
func (p *program) scratch() (s *session, done func(*error), err error) {
	folder, err := os.MkdirTemp("", "parley-")
	if err != nil {
		return nil, nil, fmt.Errorf("scratch database: %w", err)
	}
	s, err = p.openAt(filepath.Join(folder, "scratch.db"))
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(folder))
	}
	return s, func(err *error) {
		s.close(err)
		if removed := os.RemoveAll(folder); removed != nil && *err == nil {
			*err = fmt.Errorf("scratch database: %w", removed)
		}
	}, nil
}

// site returns the site with a slug, or the oldest one for an empty slug.
func (p *program) site(s *session, slug string) (forum.Site, error) {
	if slug != "" {
		site, err := s.desk.SiteBySlug(p.ctx, slug)
		if forum.IsKind(err, forum.NotFound) {
			return site, fmt.Errorf("there is no site %q; parley site list shows those there are", slug)
		}
		return site, err
	}
	sites, err := s.desk.Sites(p.ctx)
	if err != nil {
		return forum.Site{}, err
	}
	if len(sites) == 0 {
		return forum.Site{}, errors.New("there is no site yet; parley site add makes one")
	}
	return sites[0], nil
}

// address returns the absolute URL of a path of a site. Only the oldest site
// lives without a prefix.
func (p *program) address(s *session, site forum.Site, path string) (string, error) {
	sites, err := s.desk.Sites(p.ctx)
	if err != nil {
		return "", err
	}
	return p.opts.base(p.opts.Listen) + sitePrefix(sites, site) + path, nil
}

// sitePrefix returns what stands before the paths of a site.
func sitePrefix(sites []forum.Site, site forum.Site) string {
	if len(sites) == 0 || sites[0].ID == site.ID {
		return ""
	}
	return "/at/" + site.Slug
}
