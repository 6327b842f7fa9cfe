package main

import (
	"encoding/json"
	"os/exec"
	"testing"

	"parley/internal/bench"
	"parley/internal/storetest"
)

// TestBench_postgres makes the measurements that need PostgreSQL, one after the other
// on the same scratch database, and twice.
func TestBench_postgres(t *testing.T) {
	database := storetest.URL(t, "postgres")
	for _, args := range [][]string{
		{"post", "--size", "60", "--clients", "2"},
		{"nodes", "--stories", "2", "--size", "60"},
		{"nodes", "--stories", "2", "--size", "60"},
	} {
		command := exec.Command("parley", append([]string{"bench", "--db", database, "--duration", "40ms", "--json"}, args...)...)
		command.Dir = t.TempDir()
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		var r bench.Report
		if err := json.Unmarshal(out, &r); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		last := r.Results[len(r.Results)-1]
		if last.Requests == 0 || last.Errors > 0 || args[0] == "nodes" && last.Times == 0 {
			t.Errorf("%v: %+v", args, last)
		}
	}
}
