package teaser_test

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"parley/frontend/frontendtest"
	"parley/frontend/parts/teaser"
	"parley/frontend/view"
)

func TestItem(t *testing.T) {
	for i, story := range frontendtest.Front("ru").Stories {
		text := frontendtest.Check(t, teaser.Item(story, "ru", i == 0))
		if !strings.Contains(text, `lang="`+story.Lang+`"`) {
			t.Errorf("%s does not say its language", story.Headline)
		}
	}
}

func TestItem_attack(t *testing.T) {
	frontendtest.CheckAttack(t, frontendtest.Front("en").Stories[0], func(s view.Teaser) templ.Component {
		return teaser.Item(s, "en", true)
	})
}
