// Command check enforces the rules of the house that no general linter knows:
// which room may import which, where SQL, servers, outgoing requests and the
// clock live, and what a template may not contain. The rules are tables in
// arrows.go, calls.go and templates.go; a new room is added there first.
//
// It prints a line "file:line: message" for each violation and exits 1 if
// there is one.
package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	root := "."
	if len(args) > 0 {
		root = args[0]
	}
	findings, err := checkTree(os.DirFS(root))
	if err != nil {
		fmt.Fprintln(stderr, "check:", err)
		return 2
	}
	for _, f := range findings {
		fmt.Fprintln(stdout, f)
	}
	if len(findings) > 0 {
		return 1
	}
	return 0
}

// finding is one violation.
type finding struct {
	file    string
	line    int
	message string
}

func (f finding) String() string { return fmt.Sprintf("%s:%d: %s", f.file, f.line, f.message) }

func sortFindings(findings []finding) {
	slices.SortFunc(findings, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.message, b.message))
	})
}
