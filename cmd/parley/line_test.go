package main

import (
	"testing"
)

// What can be named on the command line can be carried out.
func TestCommands_run(t *testing.T) {
	var all commands
	for _, c := range all.grammar().All() {
		_, runs := c.Target.(runner)
		_, measures := c.Target.(measurer)
		if leaf := c.Leaf(); leaf != (runs || measures) {
			t.Errorf("parley %s: leaf %t, but it runs: %t", c.Path(), leaf, runs || measures)
		}
	}
}
