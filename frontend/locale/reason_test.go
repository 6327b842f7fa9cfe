package locale_test

import (
	"testing"

	"parley/frontend/locale"
	"parley/internal/forum"
)

func TestReason(t *testing.T) {
	s := forum.DefaultSettings()
	if got := locale.Reason("ru", s, "abuse"); got != locale.T("ru", "reject.abuse") {
		t.Errorf("a default reason: %q", got)
	}
	s.Locale = "tr"
	s.Reasons = []forum.RejectReason{
		{Code: "abuse", Words: map[string]string{"en": "Rude"}},
		{Code: "house", Words: map[string]string{"en": "House rule", "tr": "Ev kuralı"}, Retired: true},
	}
	for _, x := range []struct{ loc, code, want string }{
		{"en", "abuse", "Rude"},
		{"ru", "abuse", locale.T("ru", "reject.abuse")}, // the catalogue's, before another language's
		{"en", "house", "House rule"},
		{"ar", "house", "Ev kuralı"}, // the site's language
		{"en", "first-comment", locale.T("en", "why.first-comment")},
		{"en", "threat", locale.T("en", "reject.threat")}, // no longer on the list
		{"en", "unheard-of", "unheard-of"},
		{"en", "", ""},
	} {
		if got := locale.Reason(x.loc, s, x.code); got != x.want {
			t.Errorf("%s %s: %q, want %q", x.loc, x.code, got, x.want)
		}
	}
}
