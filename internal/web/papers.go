package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync/atomic"

	"parley/internal/desk"
	"parley/internal/forum"
)

// paper is a site with what every answer about it repeats, made once.
type paper struct {
	site   forum.Site
	prefix string // "" or "/at/slug"
	// edition names all that pages show of the site: its name, its settings, how
	// often its staff changed and where it stands.
	edition string
	// closed and framed are Content-Security-Policies: of pages that no other page
	// frames, and of those the site's origins may.
	closed, framed []string
}

// papers finds the sites of an installation.
type papers struct {
	list   *desk.SiteList // they are made of
	bySlug map[string]*paper
	first  *paper // the oldest, whose pages have no prefix; nil: there is no site
}

// newPapers makes the papers of a list of sites.
func newPapers(list *desk.SiteList) (*papers, error) {
	p := &papers{list: list, bySlug: make(map[string]*paper, len(list.Sites))}
	for i, site := range list.Sites {
		x := &paper{site: site, closed: policy("'none'"), framed: policy("'none'")}
		if i > 0 {
			x.prefix = "/at/" + site.Slug
		}
		if len(site.Settings.Origins) > 0 {
			x.framed = policy("'self' " + strings.Join(site.Settings.Origins, " "))
		}
		text, err := json.Marshal(site)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(append(text, x.prefix...))
		x.edition = base64.RawURLEncoding.EncodeToString(sum[:12])
		p.bySlug[site.Slug] = x
		if i == 0 {
			p.first = x
		}
	}
	return p, nil
}

// papersOf keeps the papers of the present list of sites.
type papersOf struct{ now atomic.Pointer[papers] }

func (k *papersOf) of(list *desk.SiteList) (*papers, error) {
	if p := k.now.Load(); p != nil && p.list == list {
		return p, nil
	}
	p, err := newPapers(list)
	if err == nil {
		k.now.Store(p)
	}
	return p, err
}

// policy is a Content-Security-Policy that lets some frame the page.
func policy(ancestors string) []string {
	return []string{"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors " + ancestors +
		"; require-trusted-types-for 'script'; trusted-types parley"}
}

// nowhere is the policy of an answer that is about no site.
var nowhere = policy("'none'")

// policy is the Content-Security-Policy of an answer.
func (r *request) policy() []string {
	switch {
	case r.paper == nil:
		return nowhere
	case r.route.framing == inFrames || r.route.framing == acrossOrigins:
		return r.paper.framed
	}
	return r.paper.closed
}
