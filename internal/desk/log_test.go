package desk_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
)

// action is how an action is called.
var action = regexp.MustCompile(`^[a-z]+\.[a-z-]+$`)

// composed are the actions that the desk puts together of a subject and what was
// done to it.
func composed() map[string][]string {
	verbs := func(all ...forum.Verb) (names []string) {
		for _, v := range all {
			names = append(names, string(v))
		}
		return names
	}
	return map[string][]string{
		"comment.": verbs(forum.Publish, forum.Reject, forum.Hold, forum.Dismiss, forum.Feature, forum.Unfeature, forum.Undo),
		"account.": verbs(forum.Warn, forum.AlwaysHold, forum.Suspend, forum.Ban, forum.Lift),
		"job.":     {"pause", "resume", "retry", "cancel", "end"},
	}
}

// notedIn returns the actions that a file of the desk notes: texts that stand
// where the log is written or that a function passes there, and those put
// together. subjects are the first words of the actions that exist.
func notedIn(t *testing.T, path string, subjects map[string]bool) (found []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	text := func(e ast.Expr) string {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			s, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		return ""
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); !ok || key.Name != "Action" {
				return true
			}
			if s := text(n.Value); s != "" {
				found = append(found, s)
			}
			if sum, ok := n.Value.(*ast.BinaryExpr); ok {
				parts, known := composed()[text(sum.X)]
				if !known {
					t.Errorf("%s: an action is put together that this test does not know", path)
				}
				for _, p := range parts {
					found = append(found, text(sum.X)+p)
				}
			}
		case *ast.BasicLit:
			if s := text(n); action.MatchString(s) && subjects[strings.SplitN(s, ".", 2)[0]] {
				found = append(found, s)
			}
		}
		return true
	})
	return found
}

// notNoted are texts of the desk that look like actions and are something else:
// the occasion of a mail, and what a hook is asked.
var notNoted = []string{"credential.change", "rule.question"}

// TestLogActions walks the source of the desk: what its verbs note in the log is
// in the list of actions, so that readers can filter by it and have words for it,
// and everything in the list is noted by a verb.
func TestLogActions(t *testing.T) {
	subjects, all := map[string]bool{}, forum.LogActions()
	for i, a := range all {
		subjects[strings.SplitN(a, ".", 2)[0]] = true
		if slices.Contains(all[:i], a) {
			t.Errorf("%q is listed twice", a)
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, a := range notedIn(t, file, subjects) {
			by[a] = file
		}
	}
	for a, file := range by {
		if !slices.Contains(all, a) && !slices.Contains(notNoted, a) {
			t.Errorf("%s notes %q, which is not in the list of actions", file, a)
		}
	}
	for _, a := range all {
		if by[a] == "" {
			t.Errorf("%q is in the list of actions, and no verb notes it", a)
		}
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
