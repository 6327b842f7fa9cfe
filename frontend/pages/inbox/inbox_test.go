package inbox_test

import (
	"testing"

	"github.com/a-h/templ"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/inbox"
	"parley/frontend/parts/told"
	"parley/frontend/view"
	"parley/internal/forum"
)

func page(loc string) view.Inbox {
	v := view.Inbox{Shell: frontendtest.Shell(loc), Action: "/me/inbox", Mail: "/me/mail", Next: "/me/inbox?before=1", Unseen: 2}
	v.Shell.Account = &view.Account{Name: "Anna", Role: forum.RoleReader, Unseen: 120}
	kinds := []forum.Occasion{
		forum.ToldReply, forum.ToldDecision, forum.ToldFeature, forum.ToldSanction, forum.ToldAppeal, forum.ToldReport, forum.ToldStaff, forum.ToldAlerts,
	}
	for i, kind := range kinds {
		v.Told = append(v.Told, view.Told{
			ID: frontendtest.ID(i), Kind: kind, Verb: forum.Reject, Headline: "The ferries", Who: "Mara", Excerpt: "I saw it.",
			Reason: "Insult", Note: "Please read the rules.", URL: "/c/1", At: frontendtest.Noon, New: i < 2,
		})
	}
	return v
}

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, inbox.Page(page(loc)))
		for _, x := range page(loc).Told {
			if s := told.Sentence(x, loc); s == "" || s == "told."+string(x.Kind) {
				t.Errorf("%s: no words for %s", loc, x.Kind)
			}
		}
	}
	frontendtest.Check(t, inbox.Page(view.Inbox{Shell: frontendtest.Shell("en")}))
}

func TestPage_attack(t *testing.T) {
	frontendtest.CheckAttack(t, page("en"), func(v view.Inbox) templ.Component { return inbox.Page(v) })
}
