package jobs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/meter"
)

// told returns readings as lines, without those of value 0.
func told(all []meter.Reading) []string {
	var lines []string
	for _, r := range all {
		if r.Value != 0 {
			lines = append(lines, fmt.Sprintf("%s %s %v", r.Name, strings.Join(r.Labels, " "), r.Value))
		}
	}
	slices.Sort(lines)
	return lines
}

// TestMeters counts a message that waits, goes out late, and one that is refused
// for good.
func TestMeters(t *testing.T) {
	forEach(t, func(t *testing.T, n *newsroom) {
		anna, bob := n.reader("anna@reader.test"), n.reader("bob@reader.test")
		queue := func(when string, want ...string) {
			t.Helper()
			all, err := n.d.JobMeters(ctx)
			if err != nil || !slices.Equal(told(all), want) {
				t.Errorf("%s: %q, %v; want %q", when, told(all), err, want)
			}
		}
		first := n.post(anna, 0, "First.")
		n.post(bob, first.ID, "Answer.")
		n.now = n.now.Add(time.Hour)
		queue("waiting", "parley_jobs_overdue_seconds kind digest 3600", "parley_jobs_waiting kind digest 1")
		n.work()
		queue("sent")
		n.box.refuse = true
		n.post(bob, first.ID, "Another.")
		n.pass(2*time.Hour, time.Hour)
		queue("given up", "parley_jobs_dead kind digest 1")
		want := []string{"parley_job_steps_total kind digest outcome dead 1", "parley_job_steps_total kind digest outcome done 1"}
		if got := told(n.r.Meters()); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}
