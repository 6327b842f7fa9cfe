package bench

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Plan is a load on one server.
type Plan struct {
	Address     string // host:port
	Connections int
	// Rate is how many requests a second are due, at even distances, whether or not
	// earlier ones were answered: the time of an answer counts from when its request
	// was due, so that waiting for a slow server is not left out. 0: each connection
	// sends its next request when it has its answer.
	Rate     float64
	Duration time.Duration
	Requests []Request
	Random   bool     // in no order; else one after the other
	First    int      // number of the first request
	Words    []string // what {words} is made of
}

// Request is a request of a plan. In its path, its header and its body {n} stands
// for the number of the request, which no other one has, {flip} for 1 and -1 by
// turns as the list is gone through, and {words} for a dozen words or a few dozen.
type Request struct {
	Method string
	Path   string
	Header []string // "Name: value"
	Body   string
	Want   int // status of the answer; anything else is an error
}

// Outcome is what became of a plan.
type Outcome struct {
	Requests int           // answered as wanted
	Errors   int           // all others
	Error    string        // the first of them
	Elapsed  time.Duration // from the first request due to the last answer
	Bytes    int           // of the body of the last answer
	Times    Histogram
}

// add adds what one connection did.
func (o *Outcome) add(part Outcome) {
	o.Requests += part.Requests
	if o.Errors += part.Errors; o.Error == "" {
		o.Error = part.Error
	}
	if part.Bytes > 0 {
		o.Bytes = part.Bytes
	}
	o.Times.Merge(part.Times)
}

// Merge adds a later outcome of the same plan.
func (o *Outcome) Merge(later Outcome) {
	o.Elapsed += later.Elapsed
	o.add(later)
}

// template is a request as it is sent.
type template struct {
	text  string // as it is sent, if nothing is to be filled in
	of    Request
	blank bool
	want  int
	head  bool
}

// templates writes the requests of a plan.
func (p Plan) templates() ([]template, error) {
	if len(p.Requests) == 0 || p.Connections < 1 || p.Duration <= 0 {
		return nil, fmt.Errorf("a plan needs requests, connections and a duration")
	}
	all := make([]template, len(p.Requests))
	for i, r := range p.Requests {
		all[i] = template{of: r, want: r.Want, head: r.Method == http.MethodHead}
		if all[i].blank = strings.Contains(r.Path+strings.Join(r.Header, "")+r.Body, "{"); !all[i].blank {
			all[i].text = r.Wire(p.Address)
		}
	}
	return all, nil
}

// Wire writes a request to a host as HTTP/1.1 has it.
func (r Request) Wire(host string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.Path, host)
	for _, h := range r.Header {
		b.WriteString(h + "\r\n")
	}
	if r.Body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.Body))
	}
	b.WriteString("\r\n" + r.Body)
	return b.String()
}

// request returns the n-th request of a plan as it is sent.
func (p Plan) request(all []template, n int) (string, template) {
	at := n % len(all)
	if p.Random {
		at = rand.IntN(len(all))
	}
	t := all[at]
	if !t.blank {
		return t.text, t
	}
	flip := "1"
	if n/len(all)%2 == 1 {
		flip = "-1"
	}
	fill := strings.NewReplacer("{n}", strconv.Itoa(n), "{flip}", flip, "{words}", p.sentence(n))
	r := t.of
	r.Path, r.Body = fill.Replace(r.Path), fill.Replace(r.Body)
	r.Header = slices.Clone(r.Header)
	for i, h := range r.Header {
		r.Header[i] = fill.Replace(h)
	}
	return r.Wire(p.Address), t
}

// sentence returns the words of the n-th request.
func (p Plan) sentence(n int) string {
	if len(p.Words) == 0 {
		return ""
	}
	r := rand.New(rand.NewPCG(1, uint64(n)))
	words := make([]string, 12+r.IntN(30))
	for i := range words {
		words[i] = p.Words[r.IntN(len(p.Words))]
	}
	return strings.Join(words, " ")
}
