// Package meter counts what a room of Parley does while it runs: plain numbers in
// memory, which cost a room nothing to keep. A room lists them with a method
// Meters; the door that shows them (web/admin.go) knows in which format.
//
// What may never enter: a format or a library of one, and figures about people,
// comments or sites. Labels are few and known when the program is written.
package meter

import (
	"math"
	"sync/atomic"
	"time"
)

// Kind says what a reading's value means.
type Kind int

// The kinds of readings.
const (
	Count Kind = iota // only grows while the process lives
	Level             // is what it is now
)

// Reading is one figure as it stands, under one set of labels.
type Reading struct {
	Name   string   // lower case with its unit at the end, a count's before "_total"
	Help   string   // one sentence, the same for every set of labels
	Labels []string // pairs of name and value
	Kind   Kind
	Value  float64
	Spread *Spread // in place of Value: how values lie
}

// Histogram counts values by size. Its zero value is of no use; NewHistogram makes
// one. It is safe for concurrent use.
type Histogram struct {
	bounds []float64
	counts []atomic.Uint64 // one more than bounds: what is larger than all
	sum    atomic.Uint64   // the bits of a float64
}

// NewHistogram returns a histogram that counts values up to each bound; bounds
// ascend.
func NewHistogram(bounds ...float64) *Histogram {
	return &Histogram{bounds: bounds, counts: make([]atomic.Uint64, len(bounds)+1)}
}

// Add counts a value.
func (h *Histogram) Add(v float64) {
	i := 0
	for i < len(h.bounds) && v > h.bounds[i] {
		i++
	}
	h.counts[i].Add(1)
	for {
		old := h.sum.Load()
		if h.sum.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+v)) {
			return
		}
	}
}

// Spread is what a histogram holds.
type Spread struct {
	Count   uint64
	Sum     float64
	Buckets map[float64]uint64 // by bound: how many values are not larger
}

// Read returns what the histogram holds now.
func (h *Histogram) Read() *Spread {
	s := &Spread{Buckets: make(map[float64]uint64, len(h.bounds))}
	for i := range h.counts {
		s.Count += h.counts[i].Load()
		if i < len(h.bounds) {
			s.Buckets[h.bounds[i]] = s.Count
		}
	}
	s.Sum = math.Float64frombits(h.sum.Load())
	return s
}

// Watch measures how long something takes. It tells no time of day, which is a
// parameter everywhere.
type Watch struct{ began time.Time }

// Start starts a watch.
func Start() Watch { return Watch{time.Now()} }

// Elapsed returns the time since the watch was started.
func (w Watch) Elapsed() time.Duration { return time.Since(w.began) }

// Seconds is Elapsed as histograms take it.
func (w Watch) Seconds() float64 { return w.Elapsed().Seconds() }

// Mark remembers when something happened last. The zero value says never. It is
// safe for concurrent use.
type Mark struct{ last atomic.Pointer[Watch] }

// Set notes that it happened now.
func (m *Mark) Set() {
	w := Start()
	m.last.Store(&w)
}

// Within reports whether it happened and no longer ago than that.
func (m *Mark) Within(d time.Duration) bool {
	w := m.last.Load()
	return w != nil && w.Elapsed() <= d
}
