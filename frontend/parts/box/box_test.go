package box_test

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"parley/frontend/frontendtest"
	"parley/frontend/parts/box"
	"parley/frontend/view"
	"parley/internal/forum"
)

func english(b view.Box) templ.Component { return box.Form(b, "en") }

func TestForm(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, box.Form(frontendtest.Box(), loc))
		frontendtest.Check(t, box.Form(frontendtest.WrongBox(), loc))
	}
}

func TestForm_errorsStandAtTheirFields(t *testing.T) {
	b := frontendtest.WrongBox()
	text := frontendtest.Check(t, english(b))
	if strings.Count(text, `aria-invalid="true"`) != 2 {
		t.Error("not exactly the text and the name are invalid")
	}
	for _, want := range []string{
		`data-error="text">Links`, `data-error="name">This name`, `data-error="byline">This site`, `data-error="form">That was`,
		"Have a look at https://spam.example and tell me</textarea>", `value="The Harbour Courier"`, `class="box open"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestForm_twoOnOnePage(t *testing.T) {
	frontendtest.Check(t, templ.Join(english(frontendtest.Box()), english(frontendtest.WrongBox())))
}

func TestForm_bylines(t *testing.T) {
	b := frontendtest.Box()
	b.Bylines, b.Byline = []forum.BylineKind{forum.BylineNone}, ""
	if text := frontendtest.Check(t, english(b)); strings.Contains(text, `name="name"`) {
		t.Error("a site without names asks for one")
	}
	b = frontendtest.Box()
	b.Name, b.NameFixed = "Anna K.", true
	if text := frontendtest.Check(t, english(b)); !strings.Contains(text, "\u2068Anna K.\u2069") || strings.Contains(text, `value="Anna K."`) {
		t.Error("a name that is fixed is not shown, or can be typed over")
	}
}

func TestForm_edit(t *testing.T) {
	b := frontendtest.Box()
	b.Edit, b.Until = frontendtest.ID(9), frontendtest.Noon
	text := frontendtest.Check(t, english(b))
	if strings.Contains(text, `name="story"`) || strings.Contains(text, `name="byline"`) || !strings.Contains(text, "Save changes") {
		t.Errorf("an edit asks for more than a text: %s", text)
	}
}

func TestForm_attack(t *testing.T) {
	b := frontendtest.WrongBox()
	b.Story, b.NameFixed = &view.StoryRef{}, true
	frontendtest.CheckAttack(t, b, english)
	b.NameFixed = false
	frontendtest.CheckAttack(t, b, english)
}
