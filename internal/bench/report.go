package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Report is what a command measured. As JSON it is one object: the figures of its
// first result, which is the one the command is for, and beside them all results.
type Report struct {
	Command string `json:"command"`
	Commit  string `json:"commit"`
	Machine string `json:"machine"`
	Runs    int    `json:"runs"` // figures are medians of so many
	// Busy is how many processes wanted a processor in the minute before, beside the
	// measurement's own.
	Busy float64 `json:"load_average"`
	Result
	ColdRatio  float64  `json:"cold_ratio,omitempty"`  // of a first view: what the largest costs over the smallest
	WorstRatio float64  `json:"worst_ratio,omitempty"` // of what grew most
	Peak       float64  `json:"peak_mb"`               // most memory the server had resident
	Results    []Result `json:"results"`
}

// NewReport returns the report of a command.
func NewReport(command string, runs [][]Result, peak int64, busy float64) Report {
	r := Report{
		Command: command, Commit: Commit(), Machine: Machine(), Runs: len(runs), Results: Medians(runs),
		Peak: float64(peak) / 1e6, Busy: busy,
	}
	if len(r.Results) > 0 {
		r.Result = r.Results[0]
	}
	return r
}

// Commit returns the commit this program was built from, as far as it knows.
func Commit() string {
	info, ok := debug.ReadBuildInfo()
	commit, changed := "unknown", ""
	if !ok {
		return commit
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", changed since"
		}
	}
	return commit + changed
}

// Machine describes what the figures were taken on.
func Machine() string {
	return fmt.Sprintf("%s, %d cores shared by server and load, %s/%s, %s", processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
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

// column is a column of a table of results.
type column struct {
	head string
	cell func(Result) string
}

// columns are those every table has, and those it has if any of its results has
// something in them.
var columns = []column{
	{"what", func(r Result) string { return r.What }},
	{"of", func(r Result) string { return r.Of }},
	{"connections", func(r Result) string { return count(float64(r.Connections)) }},
	{"due/s", func(r Result) string { return count(r.Rate) }},
	{"requests/s", func(r Result) string { return count(r.RPS) }},
	{"p50 ms", func(r Result) string { return decimal(r.P50) }},
	{"p95 ms", func(r Result) string { return decimal(r.P95) }},
	{"p99 ms", func(r Result) string { return decimal(r.P99) }},
	{"p99.9 ms", func(r Result) string { return decimal(r.P999) }},
	{"CPU µs", func(r Result) string { return decimal(r.CPU) }},
	{"reference CPU µs", func(r Result) string { return decimal(r.ReferenceCPU) }},
	{"CPU ratio", func(r Result) string { return decimal(r.CPURatio) }},
	{"times one node", func(r Result) string { return decimal(r.Times) }},
	{"reference req/s", func(r Result) string { return count(r.ReferenceRPS) }},
	{"rate ratio", func(r Result) string { return decimal(r.RPSRatio) }},
	{"reference p99 ms", func(r Result) string { return decimal(r.ReferenceP99) }},
	{"p99 ratio", func(r Result) string { return decimal(r.P99Ratio) }},
	{"bytes", func(r Result) string { return count(float64(r.Bytes)) }},
	{"memory MB", func(r Result) string { return decimal(r.Memory) }},
	{"most in a second", func(r Result) string { return count(float64(r.Peak)) }},
	{"statements", func(r Result) string { return count(float64(r.Statements)) }},
	{"errors", func(r Result) string { return count(float64(r.Errors)) }},
}

// count writes a whole number with its thousands parted; nothing for 0.
func count(v float64) string {
	if v == 0 {
		return ""
	}
	digits := strconv.FormatInt(int64(math.Round(v)), 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// decimal writes a number with three digits that count; nothing for 0.
func decimal(v float64) string {
	switch {
	case v == 0:
		return ""
	case v >= 100:
		return count(v)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// table returns the results as rows of cells under their heads, leaving out columns
// in which there is nothing.
func (r Report) table() [][]string {
	rows := make([][]string, 1+len(r.Results))
	for _, c := range columns {
		filled := false
		for _, x := range r.Results {
			filled = filled || c.cell(x) != ""
		}
		if !filled {
			continue
		}
		rows[0] = append(rows[0], c.head)
		for i, x := range r.Results {
			rows[i+1] = append(rows[i+1], c.cell(x))
		}
	}
	return rows
}

// WriteJSON writes the report as one object.
func (r Report) WriteJSON(w io.Writer) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s\n", text)
	}
	return err
}

// WriteText writes the report for a terminal.
func (r Report) WriteText(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%s, commit %s, %s\n%s\n\n", r.Command, r.Commit, r.runs(), r.Machine); err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range r.table() {
		if _, err := fmt.Fprintln(table, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, line := range r.notes() {
		if _, err := fmt.Fprintf(w, "\n%s\n", line); err != nil {
			return err
		}
	}
	return nil
}

// WriteMarkdown writes the table of the report.
func (r Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	for i, row := range r.table() {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			b.WriteString("|---|---" + strings.Repeat("|--:", len(row)-2) + "|\n")
		}
	}
	for _, line := range r.notes() {
		b.WriteString("\n" + line + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Report) runs() string {
	if r.Runs == 1 {
		return "one run"
	}
	return fmt.Sprintf("medians of %d runs", r.Runs)
}

// busyFrom is the load average from which a report says that the machine was not
// quiet.
const busyFrom = 0.7

// LoadAverage returns how many processes wanted a processor in the last minute; 0
// where the system does not tell.
func LoadAverage() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	load, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return load
}

// notes are the lines below a table.
func (r Report) notes() []string {
	var notes []string
	if r.ColdRatio > 0 {
		notes = append(notes, fmt.Sprintf("Largest over smallest: %.2f for a first view, %.2f for what grew most.", r.ColdRatio, r.WorstRatio))
	}
	if r.Busy > busyFrom {
		notes = append(notes, fmt.Sprintf("Other work kept the machine busy: its load average was %.1f before the measurement. "+
			"Rates and waiting times are worse than on a quiet one; CPU times hardly.", r.Busy))
	}
	if r.Peak > 0 {
		notes = append(notes, fmt.Sprintf("The server had at most %.0f MB of memory resident.", r.Peak))
	}
	for _, x := range r.Results {
		if x.Error != "" {
			notes = append(notes, fmt.Sprintf("First error of %s: %s", x.What, x.Error))
		}
	}
	return notes
}
