package web

import (
	"strings"

	"parley/frontend/view"
)

// deskShell is the shell of a page of the desk.
func (s *server) deskShell(r *request, title string) view.Shell {
	sh := s.shell(r, title)
	sh.NoIndex = true
	return sh
}

// proposalsWaiting is how many proposals wait for who reads a page of the desk.
func (s *server) proposalsWaiting(r *request) int {
	if !strings.HasPrefix(r.route.pattern, "/desk") {
		return 0
	}
	// A count that cannot be read is no reason to withhold the page.
	n, err := s.Desk.ProposalsWaiting(r.Context(), r.site, r.actor)
	if err != nil {
		s.lacks(r, "proposals", err)
	}
	return n
}

// said is what the act that led to a page of the desk did, in words: the key
// behind a prefix in the catalogue, if it is one of those known.
func said(r *request, prefix string, known ...string) string {
	did := r.URL.Query().Get("did")
	for _, k := range known {
		if k == did {
			return t(r, prefix+k)
		}
	}
	return ""
}
