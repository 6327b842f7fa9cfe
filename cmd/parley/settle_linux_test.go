package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// residentOfFiles is how much of the files it maps this process has resident, in kB.
func residentOfFiles(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		kb := 0
		if n, err := fmt.Sscanf(line, "RssFile: %d kB", &kb); n == 1 && err == nil {
			return kb
		}
	}
	t.Skip("without RssFile in /proc/self/status what is resident of files cannot be measured")
	return 0
}

// The program goes on without the pages it has let go of.
func TestForgetPages(t *testing.T) {
	before := residentOfFiles(t)
	if err := forgetPages(); err != nil {
		t.Fatal(err)
	}
	if after := residentOfFiles(t); after > before*2/3 {
		t.Errorf("%d kB of files are resident, %d before", after, before)
	}
}
