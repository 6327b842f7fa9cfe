package web

import (
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"

	"parley/internal/meter"
)

// traffic counts requests by the route that answered them. It is made with the
// table of routes, and from then on only its numbers change.
type traffic struct {
	byPattern map[string]*routeTraffic // by the pattern of the mux, with its method
	elsewhere *routeTraffic            // what no route matches
	running   atomic.Int64
}

// routeTraffic is what one route answered. A HEAD counts as the GET it is.
type routeTraffic struct {
	method, route string
	statuses      [len(countedStatuses) + 1]atomic.Int64 // the last is any other
	seconds       *meter.Histogram
	bytes         atomic.Int64
}

// countedStatuses are those Parley answers with.
var countedStatuses = [...]int{
	200, 201, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 421, 422, 429, 500, 503,
}

func newTraffic(table []route) *traffic {
	t := &traffic{byPattern: map[string]*routeTraffic{}, elsewhere: newRouteTraffic("other", "none")}
	for _, r := range table {
		t.byPattern[r.method+" "+r.pattern] = newRouteTraffic(r.method, r.pattern)
	}
	return t
}

func newRouteTraffic(method, pattern string) *routeTraffic {
	return &routeTraffic{
		method: method, route: pattern,
		seconds: meter.NewHistogram(.0001, .0005, .001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10),
	}
}

// route returns where requests of a mux's pattern are counted.
func (t *traffic) route(pattern string) *routeTraffic {
	if x, ok := t.byPattern[pattern]; ok {
		return x
	}
	return t.elsewhere
}

// readings returns what has been counted; routes nobody asked for are left out.
func (t *traffic) readings() []meter.Reading {
	all := []meter.Reading{{
		Name: "parley_http_requests_running", Help: "Requests under way.", Kind: meter.Level, Value: float64(t.running.Load()),
	}}
	all = append(all, t.elsewhere.readings()...)
	for _, x := range t.byPattern {
		all = append(all, x.readings()...)
	}
	return all
}

func (x *routeTraffic) readings() []meter.Reading {
	spread := x.seconds.Read()
	if spread.Count == 0 {
		return nil
	}
	with := []string{"method", x.method, "route", x.route}
	all := []meter.Reading{
		{Name: "parley_http_request_seconds", Help: "How long requests took, to the last byte handed to the system.", Labels: with, Spread: spread},
		{Name: "parley_http_response_bytes_total", Help: "Bytes of bodies sent, as compressed.", Labels: with, Value: float64(x.bytes.Load())},
	}
	for i := range x.statuses {
		if n := x.statuses[i].Load(); n > 0 {
			all = append(all, meter.Reading{
				Name: "parley_http_requests_total", Help: "Requests answered. A HEAD counts as GET; route none is what no route matches.",
				Labels: append(slices.Clone(with), "status", statusLabel(i)), Value: float64(n),
			})
		}
	}
	return all
}

// count counts an answer.
func (x *routeTraffic) count(status int, bytes int64, took meter.Watch) {
	i := slices.Index(countedStatuses[:], status)
	if i < 0 {
		i = len(countedStatuses)
	}
	x.statuses[i].Add(1)
	x.seconds.Add(took.Seconds())
	if bytes > 0 {
		x.bytes.Add(bytes)
	}
}

func statusLabel(i int) string {
	if i == len(countedStatuses) {
		return "other"
	}
	return strconv.Itoa(countedStatuses[i])
}

// countedWriter notes what an answer was.
type countedWriter struct {
	http.ResponseWriter
	id     [1]string // of the request, as header fields hold it
	plain  string    // as of request
	at     *routeTraffic
	took   meter.Watch
	status int
	bytes  int64

	routed  bool // a route has it; until then what the mux says is its own
	missing bool // the mux found no route
}

// WriteHeader notes the status; what precedes the answer (1xx) is none. The mux's own
// 404 is not sent: there is a page for it.
func (w *countedWriter) WriteHeader(status int) {
	if !w.routed && status == http.StatusNotFound {
		w.missing = true
	}
	if w.missing {
		return
	}
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *countedWriter) Write(b []byte) (int, error) {
	if w.missing {
		return len(b), nil
	}
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the writer of net/http, which flushes
// and hands connections over.
func (w *countedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// bare returns the writer of net/http, which some of its functions look for.
func bare(w http.ResponseWriter) http.ResponseWriter {
	if c, ok := w.(*countedWriter); ok {
		return c.ResponseWriter
	}
	return w
}
