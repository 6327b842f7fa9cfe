package web

import (
	"fmt"
	"math"
	"net/http"
	"os"
	"runtime"
	"testing"
	"time"
)

// usage is what a process holds.
type usage struct{ routines, files, bytes float64 }

func measure(t *testing.T) usage {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("without /proc/self/fd open files cannot be counted: %v", err)
	}
	return usage{float64(runtime.NumGoroutine()), float64(len(files)), float64(heap())}
}

// TestLeak reads, posts and votes in rounds and looks at what is held after each:
// goroutines, open files and memory stay flat. PARLEY_SOAK does it for 30 minutes.
func TestLeak(t *testing.T) {
	h := newHouse(t)
	// Pages are kept up to a limit, which is reached before anything is measured.
	h.anew(func(c *Config) { c.CacheBytes = 1 << 20 })
	rounds, every := 6, 200*time.Millisecond
	if soaking() {
		rounds, every = 60, 30*time.Second
	}
	const warm = 3
	stories := make([]string, warm+rounds)
	for i := range stories {
		stories[i] = h.addStory(h.site, fmt.Sprint("Story ", i)).ID.String()
	}
	author, voter := h.browser(), h.browser()
	load := func(round int) {
		for n, until := 0, time.Now().Add(every); n < 10 || time.Now().Before(until); n++ {
			// A story does not grow without end, so that a page weighs the same in every round.
			id := ""
			if n < 100 {
				text := fmt.Sprintf(`{"story":%q,"byline":"none","text":"Comment %d."}`, stories[round], n)
				id, _ = decode(t, author.postJSON(text, nil).want(http.StatusCreated))["id"].(string)
				voter.json(http.MethodPut, "/api/v1/comments/"+id+"/vote", `{"value":1}`).want(http.StatusOK)
			}
			h.browser().get("/s/" + stories[round] + "/x")
			author.get("/").want(http.StatusOK)
		}
		h.server.CloseClientConnections()
		http.DefaultClient.CloseIdleConnections()
		time.Sleep(20 * time.Millisecond) // connections end in goroutines of their own
	}
	for round := range warm {
		load(round)
	}
	var held []usage
	for round := range rounds {
		load(warm + round)
		held = append(held, measure(t))
		if soaking() {
			t.Logf("round %d: %+v", round, held[round])
		}
	}
	for _, x := range []struct {
		what  string
		of    func(usage) float64
		limit float64 // what it may grow by over all rounds
	}{
		{"goroutines", func(u usage) float64 { return u.routines }, 10},
		{"open files", func(u usage) float64 { return u.files }, 10},
		{"bytes", func(u usage) float64 { return u.bytes }, 24 << 20},
	} {
		grew := slope(held, x.of) * float64(rounds)
		t.Logf("%s: %.0f, growing by %.1f in %d rounds of %s", x.what, x.of(held[0]), grew, rounds, every)
		if grew > x.limit {
			t.Errorf("%s grow by %.1f", x.what, grew)
		}
	}
}

// slope is how much a figure grows a round, by least squares.
func slope(all []usage, of func(usage) float64) float64 {
	n := float64(len(all))
	middle, mean := (n-1)/2, 0.0
	for _, u := range all {
		mean += of(u) / n
	}
	var up, across float64
	for i, u := range all {
		up += (float64(i) - middle) * (of(u) - mean)
		across += math.Pow(float64(i)-middle, 2)
	}
	return up / across
}
