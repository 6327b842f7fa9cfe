package web

import (
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"parley/internal/desk"
	"parley/internal/meter"
)

// lane is the short way to an answer. Most requests ask for the public page of a
// story and bring nothing that could make a difference. What the long way (the
// route's policy, its handler, the page cache) answered to the first of them is
// noted here, and the next get the same for as long as all that it stood on is what
// is known now: the sites, the story and the page that is kept. Everything else
// takes the long way.
//
// Beside the address only what longWay names is looked at there; a test compares
// both ways.
type lane struct {
	noted sync.Map     // *noted by path
	kept  atomic.Int64 // how many; once there are more than most, all are forgotten
	most  int64        // 0: nothing is noted
	taken atomic.Int64 // requests answered
}

// noted is an answer without its bytes.
type noted struct {
	at    *routeTraffic
	pace  pace
	host  string // under which it was asked for
	sites *desk.SiteList
	head  *desk.Head
	key   pageKey
	whole []headerField // header fields, but what the page's form says and the request's id
	fresh []headerField // those of them that a 304 has
}

// headerField is a header field with its values, which are shared.
type headerField struct {
	name   string
	values []string
}

// laneShare is for how many bytes of pages one answer is noted: a note takes a
// thirtieth of that.
const laneShare = 32 << 10

// newLane returns a lane beside a cache of so many bytes.
func newLane(bytes int64) *lane {
	if bytes < 0 {
		return &lane{}
	}
	return &lane{most: max(bytes/laneShare, 16)}
}

// note notes an answer. To begin anew costs each page one long way.
func (l *lane) note(path string, x *noted) {
	if _, had := l.noted.Swap(path, x); !had && l.kept.Add(1) > l.most {
		l.noted.Clear()
		l.kept.Store(0)
	}
}

func (l *lane) reading() meter.Reading {
	return meter.Reading{
		Name: "parley_short_way_total", Help: "Requests for kept pages that were answered as one before was.", Value: float64(l.taken.Load()),
	}
}

// longWay reports whether a request brings something that may change the answer:
// then it is not for the lane.
func longWay(r *http.Request) bool {
	h := r.Header
	return r.Method != http.MethodGet || r.URL.RawQuery != "" || r.URL.RawPath != "" || r.Body != http.NoBody ||
		len(h["Authorization"]) > 0 || len(h["Origin"]) > 0 || len(h["Sec-Fetch-Dest"]) > 0 && h["Sec-Fetch-Dest"][0] == "iframe" ||
		carriesOurs(h)
}

// way is what the lane has for a request.
type way struct {
	plain  string // its path, if the answer to it may be noted
	*noted        // nil: the long way
	page   *page
}

// way looks up what was answered to a request before, if nothing has changed since
// and the request is admitted.
func (s *server) way(r *http.Request) (x way) {
	if s.lane.most == 0 || s.draining.Load() || longWay(r) {
		return x
	}
	x.plain = r.URL.Path
	known, ok := s.lane.noted.Load(x.plain)
	if !ok {
		return x
	}
	n := known.(*noted)
	if (r.Host != n.host && !s.hostAllowed(r.Host)) || !s.heads.Still(n.sites, n.head) {
		return x
	}
	if p, ok := s.cache.find(n.key); ok && s.admitted(n.pace, r) {
		x.noted, x.page = n, p
	}
	return x
}

// unchanged tells a client that has the page so. Nothing is done for this answer that
// could be logged, and so it has no id, unless answers themselves are logged.
func (s *server) unchanged(w http.ResponseWriter, r *http.Request, x way, took meter.Watch) bool {
	had := x.page.matching(first(r.Header["If-None-Match"]))
	if had == nil {
		return false
	}
	s.lane.taken.Add(1)
	h := w.Header()
	setAll(h, x.fresh)
	id := ""
	if s.LogRequests {
		id = requestID()
		h["Request-Id"] = []string{id}
	}
	notModified(w, had)
	s.tally(r.Context(), id, x.at, http.StatusNotModified, 0, took)
	return true
}

// shortWay sends a page with the header fields that it was sent with before.
func (s *server) shortWay(w *countedWriter, r *http.Request, x way) bool {
	t, ok := accepted(r.Header.Get("Accept-Encoding"))
	if !ok {
		return false
	}
	s.lane.taken.Add(1)
	w.routed, w.at = true, x.at
	setAll(w.Header(), x.whole)
	if err := x.page.sendWhole(w, r, t); err != nil {
		s.Log.ErrorContext(r.Context(), "compress page", "request", w.id, "route", x.at.route, "error", err)
		http.Error(w, "500 Internal Server Error", http.StatusInternalServerError)
	}
	return true
}

// admitted takes one call from the allowance of a request's network.
func (s *server) admitted(p pace, r *http.Request) bool {
	client := s.network.client(r)
	return s.unpaced(p, client) || s.limits.take(p, s.network.key(client), false) == nil
}

// first returns the value of a header field that has one.
func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func setAll(h http.Header, fields []headerField) {
	for _, f := range fields {
		h[f.name] = f.values
	}
}

// watch has the answer noted that is about to be given with a page of a story.
func (s *server) watch(r *request, head *desk.Head, key pageKey) {
	if r.plain == "" {
		return
	}
	r.learn = func(h http.Header) {
		x := &noted{
			at: s.traffic.route(r.route.method + " " + r.route.pattern), pace: r.route.pace, host: r.Host,
			sites: r.sites, head: head, key: key,
		}
		for name, values := range h {
			if name == "Request-Id" || name == "Connection" {
				continue
			}
			f := headerField{name, values}
			if x.whole = append(x.whole, f); !slices.Contains(protections, name) {
				x.fresh = append(x.fresh, f)
			}
		}
		s.lane.note(r.plain, x)
	}
}
