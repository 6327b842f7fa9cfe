package bench

import (
	"math"
	"math/bits"
	"time"
)

// subBits is how finely a histogram divides a power of two: times are kept to
// within 1 part in 2^subBits, 0.8 %.
const subBits = 7

// Histogram counts times in classes whose width grows with the time (as HdrHistogram
// does), so that millions of times take little room and add up exactly. The zero
// Histogram is empty.
type Histogram struct {
	Counts map[int]int64 `json:"counts,omitempty"` // by class
	N      int64         `json:"n"`
	Max    time.Duration `json:"max"`
}

// class returns the class of a time: below 2^subBits nanoseconds the time itself,
// then 2^subBits classes for each power of two.
func class(t time.Duration) int {
	n := uint64(max(t, 0))
	shift := bits.Len64(n>>subBits) - 1
	if shift < 0 {
		return int(n)
	}
	return (shift+1)<<subBits + int(n>>shift) - 1<<subBits
}

// middle returns the time in the middle of a class.
func middle(class int) time.Duration {
	shift := class>>subBits - 1
	if shift < 0 {
		return time.Duration(class)
	}
	low := uint64(class&(1<<subBits-1)+1<<subBits) << shift
	return time.Duration(low + 1<<shift/2)
}

// Add counts a time.
func (h *Histogram) Add(t time.Duration) {
	if h.Counts == nil {
		h.Counts = map[int]int64{}
	}
	h.Counts[class(t)]++
	h.N++
	h.Max = max(h.Max, t)
}

// Merge counts what another histogram has counted.
func (h *Histogram) Merge(other Histogram) {
	if h.Counts == nil {
		h.Counts = map[int]int64{}
	}
	for c, n := range other.Counts {
		h.Counts[c] += n
	}
	h.N += other.N
	h.Max = max(h.Max, other.Max)
}

// At returns the time within which a share of all times was, between 0 and 1; 0 if
// there is none. Nothing is beyond the longest time.
func (h *Histogram) At(share float64) time.Duration {
	if h.N == 0 {
		return 0
	}
	left := max(int64(math.Ceil(share*float64(h.N))), 1)
	last := 0
	for c := range h.Counts {
		last = max(last, c)
	}
	for c := 0; c <= last; c++ {
		if left -= h.Counts[c]; left <= 0 {
			return min(middle(c), h.Max)
		}
	}
	return h.Max
}
