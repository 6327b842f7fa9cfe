package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"

	"parley/frontend/locale"
)

// benchReport is the report as JSON.
type benchReport struct {
	Machine benchMachine  `json:"machine"`
	Results []benchResult `json:"results"`
}

// benchMachine is what the figures were taken on.
type benchMachine struct {
	System    string `json:"system"`
	Processor string `json:"processor"`
	Cores     int    `json:"cores"`
	Go        string `json:"go"`
	Database  string `json:"database"`
}

func thisMachine() benchMachine {
	return benchMachine{
		System: runtime.GOOS + "/" + runtime.GOARCH, Processor: processor(), Cores: runtime.NumCPU(),
		Go: runtime.Version(), Database: "SQLite, every post on disk before it is acknowledged",
	}
}

// processor returns the name of the processor where the system tells it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(text)) {
		if key, name, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(name)
		}
	}
	return "unknown processor"
}

func (m benchMachine) String() string {
	return fmt.Sprintf("%s, %d cores shared by server and load, %s, %s; %s", m.Processor, m.Cores, m.System, m.Go, m.Database)
}

// benchHead are the columns of the report.
var benchHead = []string{"what", "comments", "connections", "requests/s", "p50 ms", "p99 ms", "server CPU ms", "bytes"}

// cells returns a line of the report.
func (r benchResult) cells() []string {
	cpu := "–"
	if r.CPU > 0 {
		cpu = fmt.Sprintf("%.2f", r.CPU)
	}
	return []string{
		r.What, locale.Number("en", r.Comments), fmt.Sprint(r.Connections), locale.Number("en", int(r.PerSecond+0.5)),
		fmt.Sprintf("%.2f", r.P50), fmt.Sprintf("%.2f", r.P99), cpu, locale.Number("en", r.Bytes),
	}
}

// report prints what was measured.
func (b *bench) report(p *program) error {
	machine := thisMachine()
	if b.command.JSON {
		text, err := json.MarshalIndent(benchReport{machine, b.results}, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "%s\n", text)
		return err
	}
	fmt.Fprintf(p.stdout, "%s\n\n", machine)
	if b.command.Markdown {
		line := func(cells []string) { fmt.Fprintf(p.stdout, "| %s |\n", strings.Join(cells, " | ")) }
		line(benchHead)
		fmt.Fprintln(p.stdout, "|---|"+strings.Repeat("--:|", len(benchHead)-1))
		for _, r := range b.results {
			line(r.cells())
		}
		return nil
	}
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(benchHead, "\t"))
	for _, r := range b.results {
		fmt.Fprintln(table, strings.Join(r.cells(), "\t"))
	}
	return table.Flush()
}
