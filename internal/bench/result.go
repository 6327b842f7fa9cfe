package bench

import (
	"slices"
	"time"
)

// Result is one measurement: what was asked, and what it cost. What was not
// measured is 0.
type Result struct {
	What        string  `json:"what"`
	Of          string  `json:"of"` // what it was asked of
	Connections int     `json:"connections"`
	Rate        float64 `json:"rate,omitempty"` // requests due a second; 0: as fast as answers came
	Requests    int     `json:"requests"`
	Errors      int     `json:"errors"`
	Error       string  `json:"error,omitempty"` // the first of them
	RPS         float64 `json:"rps"`
	P50         float64 `json:"p50_ms"`
	P95         float64 `json:"p95_ms"`
	P99         float64 `json:"p99_ms"`
	P999        float64 `json:"p999_ms"`
	CPU         float64 `json:"cpu_us"`               // of the server's processes, a request
	Bytes       int     `json:"bytes"`                // of one answer's body, or of what is measured
	Memory      float64 `json:"memory_mb,omitempty"`  // resident in the server above what it had before, or in all
	Peak        int     `json:"peak_per_s,omitempty"` // most within a second
	Statements  int     `json:"statements,omitempty"` // asked of the database
	// What the same cost a bare server, or the thing compared with, by turns with
	// the measured one.
	ReferenceCPU float64 `json:"reference_cpu_us"`
	CPURatio     float64 `json:"cpu_ratio"`
	ReferenceRPS float64 `json:"reference_rps,omitempty"`
	RPSRatio     float64 `json:"rps_ratio,omitempty"`
	ReferenceP99 float64 `json:"reference_p99_ms,omitempty"`
	P99Ratio     float64 `json:"p99_ratio,omitempty"`
	// Times is how many times as much as one node several serve with as much processor
	// time each.
	Times float64 `json:"times,omitempty"`
}

// Cost is an outcome with the processor time it took the server.
type Cost struct {
	Outcome
	CPU time.Duration
}

// Add adds a later part of the same measurement.
func (c *Cost) Add(outcome Outcome, cpu time.Duration) {
	c.Merge(outcome)
	c.CPU += cpu
}

// NewResult works out what a measurement of a plan says.
func NewResult(what, of string, p Plan, c Cost) Result {
	ms := func(share float64) float64 { return float64(c.Times.At(share).Microseconds()) / 1000 }
	return Result{
		What: what, Of: of, Connections: p.Connections, Rate: p.Rate, Requests: c.Requests, Errors: c.Errors, Error: c.Error,
		RPS: ratio(float64(c.Requests), c.Elapsed.Seconds()), Bytes: c.Bytes,
		P50: ms(0.50), P95: ms(0.95), P99: ms(0.99), P999: ms(0.999),
		CPU: ratio(float64(c.CPU.Nanoseconds())/1000, float64(c.Requests)),
	}
}

// Against returns the result beside that of what it is compared with.
func (r Result) Against(reference Result) Result {
	r.ReferenceCPU, r.CPURatio = reference.CPU, ratio(r.CPU, reference.CPU)
	r.ReferenceRPS, r.RPSRatio = reference.RPS, ratio(r.RPS, reference.RPS)
	r.ReferenceP99, r.P99Ratio = reference.P99, ratio(r.P99, reference.P99)
	return r
}

// ratio is 0 where there is nothing to divide by.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// figures are the numbers of a result of which several runs have a median.
func (r *Result) figures() []*float64 {
	return []*float64{
		&r.RPS, &r.P50, &r.P95, &r.P99, &r.P999, &r.CPU, &r.Memory, &r.ReferenceCPU, &r.CPURatio, &r.ReferenceRPS, &r.RPSRatio,
		&r.ReferenceP99, &r.P99Ratio, &r.Times,
	}
}

// Median returns the middle one of numbers, or the mean of the two in the middle; 0
// of none.
func Median(numbers []float64) float64 {
	if len(numbers) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(numbers))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// Medians returns one run whose figures are the medians of several runs of the same
// measurements. Ratios are medians of ratios, each of one run. Errors and requests
// add up.
func Medians(runs [][]Result) []Result {
	if len(runs) == 0 {
		return nil
	}
	medians := slices.Clone(runs[0])
	for i := range medians {
		m := &medians[i]
		for f, to := range m.figures() {
			var all []float64
			for _, run := range runs {
				all = append(all, *run[i].figures()[f])
			}
			*to = Median(all)
		}
		for _, run := range runs[1:] {
			m.Requests += run[i].Requests
			if m.Errors += run[i].Errors; m.Error == "" {
				m.Error = run[i].Error
			}
		}
	}
	return medians
}
