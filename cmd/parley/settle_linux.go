package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// forgetPages lets go of the pages of this program's own file. The system has those
// that are asked for again in its cache; the others, which only the start has needed,
// would count as resident for as long as the process lives.
func forgetPages() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return err
	}
	defer maps.Close()
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		// "00400000-018c5000 r-xp 00000000 fe:00 9978951   /usr/bin/parley" (proc_pid_maps(5))
		where, rest, _ := strings.Cut(lines.Text(), " ")
		if !strings.HasSuffix(rest, " "+self) || strings.Contains(rest[:4], "w") {
			continue
		}
		var from, to uintptr
		if _, err := fmt.Sscanf(where, "%x-%x", &from, &to); err != nil {
			return err
		}
		if _, _, failed := syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED); failed != 0 {
			return failed
		}
	}
	return lines.Err()
}
