package main

import (
	"os"
	"strings"
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

// TestOptions_documented finds every option in the guide for operators.
func TestOptions_documented(t *testing.T) {
	guide, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	var all commands
	for key, o := range all.grammar().Keys() {
		for _, name := range []string{"--" + o.Name + "`", "`" + o.Env + "`", "`" + key + "`"} {
			if !strings.Contains(string(guide), name) {
				t.Errorf("docs/operating.md does not have %s", name)
			}
		}
	}
}
