package alerts_test

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/alerts"
	"parley/frontend/view"
	"parley/internal/forum"
)

func endpoint(n int) view.Endpoint {
	e := view.Endpoint{
		ID: frontendtest.ID(n), Kind: forum.ToWebhook, Target: "https://tools.example/hook", Events: forum.Events(),
		Path: "/desk/alerts/1", Told: frontendtest.Noon,
	}
	switch n {
	case 1:
		e.Kind, e.Target = forum.ToEmail, "desk@courier.example"
	case 2:
		e.Failed, e.Next = frontendtest.Noon, frontendtest.Noon.Add(time.Hour)
	case 3:
		e.Off = frontendtest.Noon
	}
	return e
}

func page(loc string) view.Alerts {
	v := view.Alerts{
		Shell: frontendtest.Shell(loc), Action: "/desk/alerts", Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Target: "https://tools.example/hook",
		Rotated: true, Mails: true, Done: true, Errors: []view.FieldError{{Field: "target", Text: "Not a URL."}}, Entered: "x", Chosen: forum.Events(),
		Dead: []view.DeadMail{{ID: frontendtest.ID(9), At: frontendtest.Noon, Error: "mail: no such mailbox", Tries: 20}},
	}
	v.Shell.Account = &view.Account{Role: forum.RoleAdmin, Staff: true}
	for i := range 4 {
		v.Endpoints = append(v.Endpoints, endpoint(i))
	}
	return v
}

func log(loc string, n int) view.AlertLog {
	v := view.AlertLog{Shell: frontendtest.Shell(loc), Endpoint: endpoint(n), Next: "/desk/alerts/1?before=1", Done: true}
	for i, event := range append(forum.Events(), forum.EventTest) {
		v.Deliveries = append(v.Deliveries, view.Delivery{
			ID: frontendtest.ID(20 + i), Event: event, At: frontendtest.Noon, Tries: i, Status: 200 + 100*(i%4), Answer: "thanks", Done: i%2 == 0, Body: `{"type":"x"}`,
		})
	}
	return v
}

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, alerts.Page(page(loc)))
		for n := range 4 {
			text := frontendtest.Check(t, alerts.Log(log(loc, n)))
			if strings.Contains(text, "event.") || strings.Contains(text, "alerts.") {
				t.Errorf("%s: something has no words", loc)
			}
		}
	}
	text := frontendtest.Check(t, alerts.Page(view.Alerts{Shell: frontendtest.Shell("en"), Chosen: forum.Events()}))
	if strings.Contains(text, "whsec_") || strings.Contains(text, `value="email"`) {
		t.Error("an empty page shows a secret, or offers mail that cannot be sent")
	}
}

func TestPage_attack(t *testing.T) {
	frontendtest.CheckAttack(t, page("en"), func(v view.Alerts) templ.Component { return alerts.Page(v) })
	frontendtest.CheckAttack(t, log("en", 0), func(v view.AlertLog) templ.Component { return alerts.Log(v) })
}
