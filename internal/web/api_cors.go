package web

import (
	"net/http"
	"strings"

	"parley/internal/forum"
)

// preflightAge is how many seconds a browser may remember a preflight's answer.
const preflightAge = "600"

// callHeaders are the headers a page on another origin may send.
const callHeaders = "Content-Type, Idempotency-Key, Authorization, Parley-Context"

// preflights returns the routes that answer browsers which ask, before a page on
// another origin calls, whether it may: one for each URL open across origins.
func (s *server) preflights(table []route) []route {
	methods := map[string][]string{}
	var patterns []string
	for _, r := range table {
		if r.framing != acrossOrigins {
			continue
		}
		if methods[r.pattern] == nil {
			patterns = append(patterns, r.pattern)
		}
		methods[r.pattern] = append(methods[r.pattern], r.method)
	}
	routes := make([]route, len(patterns))
	for i, p := range patterns {
		routes[i] = route{http.MethodOptions, p, anybody, reading, uncached, acrossOrigins, preflight(methods[p])}
	}
	return routes
}

// preflight says which methods an origin may use; the guard has found out
// whether the site registered it.
func preflight(methods []string) handler {
	return func(w http.ResponseWriter, r *request) error {
		h := w.Header()
		if h.Get("Access-Control-Allow-Origin") == "" {
			return forum.Fail(forum.Forbidden, "error.originRefused").Because("origin %q", r.Header.Get("Origin"))
		}
		h.Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
		h.Set("Access-Control-Allow-Headers", callHeaders)
		h.Set("Access-Control-Max-Age", preflightAge)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}
