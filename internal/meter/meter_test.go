package meter

import (
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHistogram(t *testing.T) {
	h := NewHistogram(1, 2, 4)
	var writers sync.WaitGroup
	for _, v := range []float64{0.5, 1, 1.5, 4, 100} {
		writers.Go(func() { h.Add(v) })
	}
	writers.Wait()
	got := h.Read()
	if want := map[float64]uint64{1: 2, 2: 3, 4: 4}; got.Count != 5 || got.Sum != 107 || !maps.Equal(got.Buckets, want) {
		t.Errorf("%+v, want 5 values of 107 in %v", got, want)
	}
}

func TestCounts(t *testing.T) {
	var c Counts
	c.Add(1, "mail", "done")
	c.Add(2, "mail", "done")
	c.Add(1, "bulk", "failed")
	want := []Reading{
		{Name: "n", Help: "h", Labels: []string{"kind", "bulk", "outcome", "failed"}, Value: 1},
		{Name: "n", Help: "h", Labels: []string{"kind", "mail", "outcome", "done"}, Value: 3},
	}
	if d := cmp.Diff(want, c.Readings("n", "h", "kind", "outcome")); d != "" {
		t.Error(d)
	}
}

func TestMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m Mark
		if m.Within(time.Hour) {
			t.Error("it never happened")
		}
		m.Set()
		time.Sleep(time.Second)
		if !m.Within(time.Second) || m.Within(time.Second-1) {
			t.Error("it happened a second ago")
		}
	})
}
