package name

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"parley/internal/fixture"
)

type imitation struct {
	ID, Payload, Victim, Kind, Policy string
}

func imitations(t *testing.T) []imitation {
	t.Helper()
	file, err := os.Open(fixture.Path(t, "attacks", "names-impersonation.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []imitation
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var i imitation
		if err := json.Unmarshal(lines.Bytes(), &i); err != nil {
			t.Fatal(err)
		}
		all = append(all, i)
	}
	if len(all) < 100 {
		t.Fatalf("only %d imitations", len(all))
	}
	return all
}

// A name that imitates a victim is refused or has the victim's skeleton. One
// that imitates nobody ("-") is refused, reserved, or known to be harmless.
func TestImitations(t *testing.T) {
	harmless := []string{"NaN", "true"}
	collided := 0
	for _, i := range imitations(t) {
		n, err := Check(i.Payload)
		switch {
		case err != nil:
		case i.Victim != "-" && n.Skeleton == Skeleton(i.Victim):
			collided++
		case i.Victim == "-" && (Reserved(n, nil) || slices.Contains(harmless, n.Shown)):
		default:
			t.Errorf("%s: %+q passes as %+q (victim %q, %s: %s)", i.ID, i.Payload, n, i.Victim, i.Kind, i.Policy)
		}
	}
	if collided < 20 {
		t.Errorf("only %d imitations were told by their skeleton; the rest were refused", collided)
	}
}

// Even what Check refuses must look like its victim: the desk compares names
// that came from elsewhere.
func TestImitations_skeletons(t *testing.T) {
	for _, i := range imitations(t) {
		if i.Kind != "cyrillic-homograph" && i.Kind != "confusable/normalisation" {
			continue
		}
		if got, want := Skeleton(i.Payload), Skeleton(i.Victim); got != want {
			t.Errorf("%s: %q is %q, but its victim %q is %q", i.ID, i.Payload, got, i.Victim, want)
		}
	}
}
