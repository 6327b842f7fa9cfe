package mail_test

import (
	"context"
	"strings"
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/locale"
	"parley/frontend/mail"
	"parley/frontend/parts/told"
	"parley/frontend/view"
	"parley/internal/forum"
)

func letter(loc string) view.Letter {
	return view.Letter{
		SiteName: "The Harbour Courier", Locale: loc, Base: "https://courier.example", Template: "told",
		Stop: "https://courier.example/mail/stop/all/1/x",
		Told: []view.Told{
			{Kind: forum.ToldReply, Headline: "The ferries", Who: "Mara", Excerpt: "I saw it.", URL: "https://courier.example/c/1", At: frontendtest.Noon},
			{Kind: forum.ToldDecision, Verb: forum.Reject, Headline: "The ferries", Reason: "Insult", Note: "Please.", URL: "https://courier.example/decisions/1"},
		},
	}
}

func words(t *testing.T, l view.Letter) (subject, text, html string) {
	t.Helper()
	subject, text, html, err := mail.Words(context.Background(), l)
	if err != nil {
		t.Fatal(err)
	}
	return subject, text, html
}

func TestWords_languages(t *testing.T) {
	for _, loc := range locale.Supported() {
		subject, text, html := words(t, letter(loc))
		if strings.Contains(subject, "mail.") || !strings.Contains(subject, "The Harbour Courier") {
			t.Errorf("%s: subject %q", loc, subject)
		}
		for _, x := range letter(loc).Told {
			said := told.Sentence(x, loc)
			if !strings.Contains(text, said) || !strings.Contains(html, said) || strings.HasPrefix(said, "told.") {
				t.Errorf("%s: %q is not in both forms", loc, said)
			}
		}
		if want := `dir="` + locale.Dir(loc) + `"`; !strings.Contains(html, want) || !strings.Contains(html, `lang="`+loc+`"`) {
			t.Errorf("%s: no %s", loc, want)
		}
		if strings.Contains(text+html, "mail.") {
			t.Errorf("%s: something has no words:\n%s", loc, text)
		}
	}
}

func TestWords_one(t *testing.T) {
	l := letter("en")
	l.Told = l.Told[:1]
	if subject, _, _ := words(t, l); subject != told.Sentence(letter("en").Told[0], "en") {
		t.Errorf("subject %q", subject)
	}
}

func TestWords_asked(t *testing.T) {
	l := view.Letter{
		SiteName: "The Harbour Courier", Locale: "tr", Base: "https://courier.example", Template: "code",
		Data: map[string]string{"code": "ABCD-EFGH", "minutes": "10", "url": "/signin?code=ABCD-EFGH"},
	}
	subject, text, html := words(t, l)
	if !strings.Contains(subject, "The Harbour Courier") || !strings.Contains(text, "\n    ABCD-EFGH\n") || !strings.Contains(text, "\nhttps://courier.example/signin?code=ABCD-EFGH\n") {
		t.Errorf("%s\n%s", subject, text)
	}
	if !strings.Contains(html, `href="https://courier.example/signin?code=ABCD-EFGH"`) || strings.Contains(text+html, "/mail/stop") || strings.Contains(text+html, "{") {
		t.Errorf("%s", html)
	}
}

func TestWords_alerts(t *testing.T) {
	l := view.Letter{SiteName: "The Harbour Courier", Locale: "ru", Base: "https://courier.example", Template: "alert"}
	for _, e := range append(forum.Events(), forum.EventTest) {
		l.Alerts = append(l.Alerts, view.AlertLine{Event: e, About: "Reject", URL: "https://courier.example/desk/held", At: frontendtest.Noon})
	}
	_, text, html := words(t, l)
	if strings.Contains(text+html, "event.") || strings.Count(html, "/desk/held") != len(l.Alerts) {
		t.Errorf("%s", text)
	}
}

// TestWords_attack puts markup and links into everything that others write.
func TestWords_attack(t *testing.T) {
	l := letter("en")
	bad := frontendtest.Attack + " https://evil.test/ evil.test \u202e"
	l.SiteName = frontendtest.Attack
	l.Data = map[string]string{"device": bad}
	for i := range l.Told {
		l.Told[i].Who, l.Told[i].Headline, l.Told[i].Excerpt, l.Told[i].Reason, l.Told[i].Note = bad, bad, bad, bad, bad
	}
	subject, text, html := words(t, l)
	if strings.Contains(html, "<script") || strings.Contains(html, "<img") {
		t.Errorf("markup passes:\n%s", html)
	}
	for form, said := range map[string]string{"subject": subject, "text": text, "html": html} {
		if strings.Contains(said, "evil.test") || strings.Contains(said, "\u202e") {
			t.Errorf("%s has a link of somebody else's:\n%s", form, said)
		}
	}
}
