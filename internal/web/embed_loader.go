package web

import (
	"net/http"

	"parley/frontend"
	"parley/internal/forum"
)

// showLoader serves the script that other sites name in their one tag. Its URL
// never changes, so browsers keep it for minutes only.
func (s *server) showLoader(w http.ResponseWriter, r *request) error {
	_, script, ok := frontend.Asset("embed.js")
	if !ok {
		return forum.Fail(forum.NotFound, "error.notFound")
	}
	p, err := s.cache.fixed("loader", "text/javascript; charset=utf-8", script)
	if err != nil {
		return err
	}
	return p.send(w, r)
}
