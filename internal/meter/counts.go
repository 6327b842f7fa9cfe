package meter

import (
	"slices"
	"strings"
	"sync"
)

// Counts counts under labels whose values are found out while the program runs,
// of which there must be few. The zero value is empty. It is safe for concurrent
// use.
type Counts struct {
	mu sync.Mutex
	by map[string]float64
}

// Add adds to the count under these label values, in the order in which Readings
// names the labels.
func (c *Counts) Add(n float64, values ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[string]float64{}
	}
	c.by[strings.Join(values, "\x00")] += n
}

// Readings returns every count, in the order of their labels.
func (c *Counts) Readings(name, help string, labels ...string) []Reading {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []Reading
	for key, n := range c.by {
		r := Reading{Name: name, Help: help, Value: n}
		for i, value := range strings.Split(key, "\x00") {
			r.Labels = append(r.Labels, labels[i], value)
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Reading) int { return slices.Compare(a.Labels, b.Labels) })
	return all
}
