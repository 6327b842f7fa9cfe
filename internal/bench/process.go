package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Process is a process of this machine, watched through /proc. What a system
// without /proc does not tell is 0.
type Process struct {
	PID  int
	seen map[string]time.Duration // processor time by thread
}

// CPU returns the processor time that all threads of the process have used so far,
// to the nanosecond. A thread that has ended counts with what it had used when it
// was last looked at.
func (p *Process) CPU() time.Duration {
	if p.seen == nil {
		p.seen = map[string]time.Duration{}
	}
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.PID))
	if err != nil {
		return 0
	}
	for _, file := range threads {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has just ended
		}
		// The first field is the time on a processor in nanoseconds
		// (Documentation/scheduler/sched-stats.rst).
		first, _, _ := strings.Cut(string(text), " ")
		if ns, err := strconv.ParseInt(first, 10, 64); err == nil {
			p.seen[file] = time.Duration(ns)
		}
	}
	var sum time.Duration
	for _, t := range p.seen {
		sum += t
	}
	return sum
}

// Peak returns the most memory the process had resident so far, in bytes.
func (p *Process) Peak() int64 { return p.status("VmHWM:") }

// Resident returns the memory the process has resident now, in bytes.
func (p *Process) Resident() int64 { return p.status("VmRSS:") }

// status returns a figure of /proc/PID/status that is given in kB.
func (p *Process) status(key string) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, key); found {
			fields := strings.Fields(value)
			if kb, err := strconv.ParseInt(fields[0], 10, 64); err == nil {
				return kb << 10
			}
		}
	}
	return 0
}
