package illegal_test

import (
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/illegal"
	"parley/frontend/view"
	"parley/internal/forum"
)

func form(loc string) view.NoticeForm {
	c := frontendtest.Thread()[0]
	return view.NoticeForm{
		Shell: frontendtest.Shell(loc), Action: "/notice", Key: "key", Comment: &c,
		Values: forum.Notice{Kind: forum.NoticeFraud, Explanation: "It asks for card numbers.", URL: "https://courier.example/c/1", GoodFaith: true},
		Errors: []view.FieldError{{Field: "email", Text: "Give an address."}, {Field: "kind", Text: "Choose."}, {Text: "Too many."}},
	}
}

func status(loc string, outcome forum.NoticeOutcome) view.NoticeStatus {
	return view.NoticeStatus{
		Shell: frontendtest.Shell(loc), Number: "1kjmma2g0gqhr", Kind: forum.NoticeHate, URL: "https://courier.example/c/1", At: frontendtest.Noon,
		New: outcome == "", Outcome: outcome, DecidedAt: frontendtest.Noon, Reason: "Insults", Answer: "It is a quotation.", Automated: outcome == forum.NoticeRemoved,
	}
}

func desk(loc string) view.NoticeDesk {
	c := frontendtest.Thread()[0]
	c.State = forum.Published
	return view.NoticeDesk{
		Shell: frontendtest.Shell(loc), Line: view.NoticeLine{Path: "/desk/notices/1", Number: "1", Kind: forum.NoticeHate, Headline: "Ferries"},
		Notice:  forum.Notice{Explanation: "Because.", Law: "§ 1", Name: "N. N.", Email: "n@example.org", URL: "https://courier.example/c/1", CreatedAt: frontendtest.Noon},
		Comment: &c, HTML: c.HTML, Revealed: loc == "ar", MayReveal: true, Action: "/desk/notices/1", List: "/desk/notices", Reasons: []view.Reason{{Code: "illegal", Words: "Illegal"}},
		Reason: "illegal", Errors: []view.FieldError{{Field: "words", Text: "Say why."}},
	}
}

func TestPages(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, illegal.Form(form(loc)))
		frontendtest.Check(t, illegal.Form(view.NoticeForm{Shell: frontendtest.Shell(loc), Action: "/notice"}))
		for _, outcome := range []forum.NoticeOutcome{"", forum.NoticeRemoved, forum.NoticeKept, forum.NoticeGone} {
			frontendtest.Check(t, illegal.Status(status(loc, outcome)))
		}
		frontendtest.Check(t, illegal.Desk(desk(loc)))
		line := desk(loc).Line
		line.Outcome = forum.NoticeKept
		frontendtest.Check(t, illegal.List(view.NoticeList{Shell: frontendtest.Shell(loc), All: true, Lines: []view.NoticeLine{line}, Next: "/x"}))
	}
}

func TestPages_attack(t *testing.T) {
	frontendtest.CheckAttack(t, form("en"), illegal.Form)
	frontendtest.CheckAttack(t, status("en", forum.NoticeKept), illegal.Status)
	frontendtest.CheckAttack(t, desk("en"), illegal.Desk)
}
