package rank

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The published values are method 3 (score, no continuity correction) of table
// I in R. G. Newcombe, "Two-sided confidence intervals for the single
// proportion", Statistics in Medicine 17 (1998), 857–872.
func TestWilson_published(t *testing.T) {
	for _, c := range []struct {
		up, of int
		want   float64
	}{{81, 263, 0.2553}, {15, 148, 0.0624}, {0, 20, 0}, {1, 29, 0.0061}} {
		if got := Wilson(c.up, c.of-c.up); math.Abs(got-c.want) > 0.00005 {
			t.Errorf("%d of %d: got %.5f, want %.4f", c.up, c.of, got, c.want)
		}
	}
}

func TestWilson_closedForms(t *testing.T) {
	for _, c := range []struct {
		up, down int
		want     float64
	}{
		{0, 0, 0},
		{0, 7, 0},
		{-3, 2, 0},
		{5, -2, 5 / (5 + z*z)}, // all up: n ÷ (n + z²)
		{1, 0, 0.20654931654},
		{10, 0, 0.7224672001},
		{1, 1, 0.09453121},
		{math.MaxInt, 0, 1},
	} {
		if got := Wilson(c.up, c.down); math.Abs(got-c.want) > 1e-8 {
			t.Errorf("Wilson(%d, %d) = %.9f, want %.9f", c.up, c.down, got, c.want)
		}
	}
}

func TestWilson_properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		up := rapid.IntRange(0, 1_000_000).Draw(t, "up")
		down := rapid.IntRange(0, 1_000_000).Draw(t, "down")
		got := Wilson(up, down)
		if !(got >= 0 && got <= 1) {
			t.Fatalf("outside [0,1]: %v", got)
		}
		if up > 0 && got > float64(up)/float64(up+down) {
			t.Fatalf("above the share itself: %v", got)
		}
		if more := Wilson(up+1, down); more <= got {
			t.Fatalf("a vote up did not raise it: %v then %v", got, more)
		}
		if less := Wilson(up, down+1); less > got || (up > 0 && less == got) {
			t.Fatalf("a vote down did not lower it: %v then %v", got, less)
		}
	})
}

func TestWilson_believesManyMoreThanFew(t *testing.T) {
	if few, many := Wilson(3, 0), Wilson(90, 10); few >= many {
		t.Errorf("3 of 3 (%v) ranks above 90 of 100 (%v)", few, many)
	}
}
