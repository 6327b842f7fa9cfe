package base_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"parley/frontend/base"
	"parley/frontend/frontendtest"
	"parley/frontend/view"
	"parley/internal/forum"
)

func page(s view.Shell) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return base.Page(s).Render(templ.WithChildren(ctx, templ.Raw("<h1>Content</h1>")), w)
	})
}

func TestPage(t *testing.T) {
	for loc, dir := range map[string]string{"en": "ltr", "ar": "rtl", "tr": "ltr", "ru": "ltr"} {
		text := frontendtest.Check(t, page(frontendtest.Shell(loc)))
		for _, want := range []string{
			`<html lang="` + loc + `" dir="` + dir + `"`, `<link rel="canonical"`, `<script type="module" src="/assets/site.js"></script>`,
			`<script type="application/ld+json">{"@context"`, "application/atom+xml", "og:image", "<h1>Content</h1>", "lang=ru",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %s is missing", loc, want)
			}
		}
	}
}

func TestPage_staff(t *testing.T) {
	s := frontendtest.Shell("en")
	if text := frontendtest.Check(t, page(s)); strings.Contains(text, `"/desk"`) || strings.Contains(text, "/session/end") {
		t.Error("a public page shows the desk or a way out")
	}
	s.Account = &view.Account{Name: "Mara", Staff: true, Role: forum.RoleAdmin}
	if text := frontendtest.Check(t, page(s)); !strings.Contains(text, `"/desk"`) || !strings.Contains(text, "Mara") {
		t.Error("staff see no way to the desk, or not who they are")
	}
}

func TestPage_embedded(t *testing.T) {
	s := frontendtest.Shell("en")
	s.Embedded, s.Theme = true, "dark"
	text := frontendtest.Check(t, page(s))
	if strings.Contains(text, "masthead") || strings.Contains(text, `class="foot"`) || !strings.Contains(text, `data-theme="dark"`) {
		t.Error("a frame has a masthead, a foot, or no theme")
	}
}

func TestPage_attack(t *testing.T) {
	s := frontendtest.Shell("en")
	s.Account = &view.Account{Staff: true}
	frontendtest.CheckAttack(t, s, page)
}
