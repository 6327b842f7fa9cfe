package card_test

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"parley/frontend/frontendtest"
	"parley/frontend/parts/card"
	"parley/frontend/view"
)

func TestItem(t *testing.T) {
	d := frontendtest.Desk("en")
	offers := [][]string{{"publish", "reject"}, {"dismiss", "hold", "reject"}, nil}
	for i, c := range d.Cards {
		text := frontendtest.Check(t, card.Item(c, d))
		for _, verb := range []string{"publish", "reject", "hold", "dismiss"} {
			offered := strings.Contains(text, `name="verb" value="`+verb+`"`)
			wanted := strings.Contains(strings.Join(offers[i], " "), verb)
			if offered != wanted {
				t.Errorf("card %d offers %s: %v, want %v", i, verb, offered, wanted)
			}
		}
		decides := strings.Contains(text, `name="from" value="`+string(c.Comment.State)+`"`)
		if undoes := strings.Contains(text, `name="decision" value="`+c.Undo.String()+`"`); decides == undoes {
			t.Errorf("card %d offers to decide: %v, and to undo: %v", i, decides, undoes)
		}
	}
}

func TestItem_attack(t *testing.T) {
	frontendtest.CheckAttack(t, frontendtest.Desk("en"), func(d view.Desk) templ.Component {
		var all []templ.Component
		for _, c := range d.Cards {
			all = append(all, card.Item(c, d))
		}
		return templ.Join(all...)
	})
}
