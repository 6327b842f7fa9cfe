package picture_test

import (
	"strings"
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/parts/picture"
)

func TestFigure(t *testing.T) {
	text := frontendtest.Check(t, picture.Figure(frontendtest.Picture()))
	for _, want := range []string{`width="1600"`, `height="1067"`, `alt="A ferry`, "<figcaption>", "Odile Marchetti"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestFigure_attack(t *testing.T) {
	frontendtest.CheckAttack(t, frontendtest.Picture(), picture.Figure)
}
