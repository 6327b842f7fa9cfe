package log_test

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/log"
	"parley/frontend/view"
	"parley/internal/forum"
)

func page(loc string) log.View {
	v := log.View{
		Shell: frontendtest.Shell(loc), Action: "comment.reject", Object: "comment:1", All: "/desk/log", Next: "/desk/log?before=3",
		Actions: []log.Option{{Value: "comment.reject", Name: "Comment rejected"}}, People: []log.Option{{Value: "1", Name: "Mara"}},
		Wrong: "There is no such entry.",
		Lines: []log.Line{
			{
				Seq: 1204, At: frontendtest.Noon, Actor: "Mara", ByActor: "/desk/log?actor=1", Role: "Moderator", Action: "Comment rejected",
				Object: "comment:1", ByThing: "/desk/log?object=comment:1", Reason: "Insult", Before: "Published", After: "Rejected",
				Value: "Jonas", Hash: strings.Repeat("ab", 32),
			},
			{Seq: 3, At: frontendtest.Noon, Action: "End of the log signed", Apart: true},
		},
	}
	v.Shell.Account = &view.Account{Role: forum.RoleAuditor, Staff: true}
	return v
}

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		text := frontendtest.Check(t, log.Page(page(loc)))
		if !strings.Contains(text, `<option value="comment.reject" selected>`) || strings.Contains(text, `<option value="1" selected>`) {
			t.Errorf("%s: the filter does not say what was asked for", loc)
		}
	}
	frontendtest.Check(t, log.Page(log.View{Shell: frontendtest.Shell("en")}))
}

func TestPage_attack(t *testing.T) {
	frontendtest.CheckAttack(t, page("en"), func(v log.View) templ.Component { return log.Page(v) })
}
