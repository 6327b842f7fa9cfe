package desk_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
)

// noted is how an action stands in the source of the desk.
var noted = regexp.MustCompile(`Action: +"([a-z-]+\.[a-z-]+)"`)

// TestLogActions walks the source of the desk: what its verbs note in the log is
// in the list of actions, so that readers can filter by it and have words for it.
func TestLogActions(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range noted.FindAllStringSubmatch(string(text), -1) {
			found++
			if !slices.Contains(forum.LogActions(), m[1]) {
				t.Errorf("%s notes %q, which is not in the list of actions", file, m[1])
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d were found: the pattern no longer fits the code", found)
	}
}

// TestLog_decisions decides in every way and finds each act in the log with who,
// what and why, and the chain whole.
func TestLog_decisions(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		posted := o.post(o.guest(), 0, "Something to decide on.")
		if _, _, err := o.d.Report(ctx, o.site, o.guest(), posted.ID, forum.ReasonAbuse, ""); err != nil {
			t.Fatal(err)
		}
		from := forum.Published
		for _, verb := range []forum.Verb{forum.Dismiss, forum.Hold, forum.Publish, forum.Reject} {
			reason := ""
			if verb == forum.Reject {
				reason = "abuse"
			}
			c, err := o.d.Decide(ctx, o.site, o.owner, desk.Ruling{Comment: posted.ID, Verb: verb, From: from, Reason: reason})
			if err != nil {
				t.Fatalf("%s: %v", verb, err)
			}
			lines, err := o.d.Log(ctx, o.site, o.owner, store.LogFilter{Object: "comment:" + posted.ID.String()}, 0, 1)
			if err != nil || len(lines) != 1 {
				t.Fatalf("%s: %d lines, %v", verb, len(lines), err)
			}
			e := lines[0].Entry
			if e.Action != "comment."+string(verb) || e.ActorID != o.owner.Account.ID || e.ActorRole != o.owner.Account.Role || e.Reason != reason {
				t.Errorf("%s is noted as %+v", verb, e)
			}
			from = c.State
		}
		if r, err := o.d.VerifyLog(ctx, o.site, nil); err != nil || !r.Good() || r.Entries < 4 {
			t.Errorf("%+v %v", r, err)
		}
	})
}
