package desk_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"parley/internal/desk"
)

// drawn writes a diff as text: what is gone in [], what is new in {}.
func drawn(all []desk.Change) string {
	var b strings.Builder
	for _, c := range all {
		b.WriteString([]string{"", "[", "{"}[c.In] + c.Text + []string{"", "]", "}"}[c.In])
	}
	return b.String()
}

func TestDiff(t *testing.T) {
	for _, x := range [][3]string{
		{"", "", ""},
		{"same words", "same words", "same words"},
		{"I like this", "I really like this", "I {really }like this"},
		{"buy it now", "buy it", "buy it[ now]"},
		{"the old bridge", "the new bridge", "the [old]{new} bridge"},
		{"", "first", "{first}"},
		{"кот спал", "кот спит", "кот [спал]{спит}"},
	} {
		if got := drawn(desk.Diff(x[0], x[1])); got != x[2] {
			t.Errorf("%q to %q: %s, want %s", x[0], x[1], got, x[2])
		}
	}
	long := strings.Repeat("a b ", 3000)
	if got := desk.Diff("x "+long, "y "+strings.Repeat("c d ", 3000)); len(got) != 2 && len(got) != 3 {
		t.Errorf("two long texts: %d pieces", len(got))
	}
}

// What a diff says of each text, put together, is that text.
func TestDiff_complete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("ab \né")), 0, 40, -1)
		before, after := text.Draw(t, "before"), text.Draw(t, "after")
		var a, b strings.Builder
		for _, c := range desk.Diff(before, after) {
			if c.In != desk.OnlyAfter {
				a.WriteString(c.Text)
			}
			if c.In != desk.OnlyBefore {
				b.WriteString(c.Text)
			}
		}
		if a.String() != before || b.String() != after {
			t.Fatalf("%q to %q came out as %q to %q", before, after, a.String(), b.String())
		}
	})
}
