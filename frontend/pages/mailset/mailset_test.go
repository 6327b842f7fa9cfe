package mailset_test

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/mailset"
	"parley/frontend/view"
	"parley/internal/forum"
)

func page(loc string) view.MailSettings {
	return view.MailSettings{
		Shell: frontendtest.Shell(loc), Action: "/me/mail", Address: "anna@reader.example", Max: forum.MaxMailADay, Saved: true,
		Sorts: []view.MailSort{{Sort: forum.MailReplies, Rhythm: forum.MailDaily}, {Sort: forum.MailDecisions, Rhythm: forum.MailOff}},
	}
}

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		text := frontendtest.Check(t, mailset.Page(page(loc)))
		if strings.Count(text, " checked") != 2 || strings.Contains(text, "mailset.now") {
			t.Errorf("%s: the page does not say what is chosen", loc)
		}
	}
	for _, change := range []func(*view.MailSettings){
		func(v *view.MailSettings) { v.Address = "" }, func(v *view.MailSettings) { v.Off = true },
	} {
		v := page("en")
		change(&v)
		if strings.Contains(frontendtest.Check(t, mailset.Page(v)), "Mail goes to") {
			t.Error("mail is said to go somewhere")
		}
	}
}

func TestPage_attack(t *testing.T) {
	frontendtest.CheckAttack(t, page("en"), func(v view.MailSettings) templ.Component { return mailset.Page(v) })
}
