package markup

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"pgregory.net/rapid"
)

func TestPlain(t *testing.T) {
	for source, want := range map[string]string{
		"":                              "",
		"*a* **b** `c*d` \\*e":          "a b c*d *e",
		"one\ntwo\n\nthree":             "one\ntwo\n\nthree",
		"> q\n\n- x\n- y":               "q\n\nx\n\ny",
		"[t](http://a.b) <http://c.de>": "t http://c.de",
		"```go\nx\n```":                 "x",
		"a\x00\xffb\u202e":              "a\ufffdb",
	} {
		if got := Plain(source); got != want {
			t.Errorf("Plain(%q) = %q, want %q", source, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	for _, c := range []struct {
		source     string
		characters int
		want       string
	}{
		{"Its a **good** opportunity to kick", 60, "Its a good opportunity to kick"},
		{"Its a **good** opportunity to kick", 20, "Its a good…"},
		{"Well, that was it then", 15, "Well, that was…"},
		{"Well, that, really", 12, "Well, that…"},
		{"> quoted\n\nmy own\nwords", 40, "my own words"},
		{"> only quoted", 40, "only quoted"},
		{"李小龙是一位武术家", 5, "李小龙是…"},
		{"สวัสดีครับน้ำ", 4, "สวัส…"},
		{"👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2, "👩‍👩‍👧‍👦…"},
		{"a \u2067b c d e f g h\u2069", 4, "a b…"},
		{"", 9, ""},
	} {
		if got := Excerpt(c.source, c.characters); got != c.want {
			t.Errorf("Excerpt(%q, %d) = %q, want %q", c.source, c.characters, got, c.want)
		}
	}
	if got := Excerpt(strings.Repeat("word ", 1<<20), 50); uniseg.GraphemeClusterCount(got) > 50 {
		t.Errorf("too long: %q", got)
	}
}

func TestExcerpt_properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source, n := rapid.String().Draw(t, "source"), rapid.IntRange(1, 60).Draw(t, "n")
		got := Excerpt(source, n)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\n\t") || uniseg.GraphemeClusterCount(got) > n {
			t.Fatalf("Excerpt(%+q, %d) = %+q", source, n, got)
		}
	})
}

// TestBare has texts of all that markup is made of: where one is taken for words, the
// parser finds nothing else in it.
func TestBare(t *testing.T) {
	parts := []string{
		"word", "Words ", "ещё", "على", " ", "  ", "\n", "\n\n", "\n    ", "\t", "*", "**", "_", "`", "```\n", "~~~", "- ", "\n- ", "+ ", "1. ", "\n2) ", "> ",
		"# ", "\n===\n", "\n---\n", "[a](http://b.c)", "![", "]", "(", ")", "<b>", "&amp;", "\\", "\\*", "https://a.example/b", "www.example.com", "a@b.example",
		"\u00a0", "\u2028", "\u2067", "\u2069", "\"", "'", "!", ".", ",", ":", "|", "=", "\r\n", "\x00", "\u202e", "e\u0301\u0301",
	}
	random := rand.New(rand.NewPCG(1, 2))
	words := 0
	for range 50_000 {
		var b strings.Builder
		for range 1 + random.IntN(3) {
			odd := parts[random.IntN(len(parts))]
			b.WriteString("word" + odd + parts[random.IntN(8)] + odd)
		}
		text := salvage(b.String(), 1000)
		if !bare(text) {
			continue
		}
		words++
		if got, want := oneLine(text), ownWords([]byte(text)); got != want {
			t.Fatalf("%+q is %+q, want %+q", text, got, want)
		}
	}
	if words < 5_000 {
		t.Errorf("only %d texts were words", words)
	}
	for text, want := range map[string]bool{"Well, that was it then: \"no\" (or 3 of 4)!\n\nIt's over.": true, "1. one": false, "a\n- b": false, "a *b*": false} {
		if bare(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

// TestCut_characters cuts texts of all that characters are made of where they end.
func TestCut_characters(t *testing.T) {
	parts := []string{"a", "Z", " ", "1", "é", "e\u0301", "\u0301", "👍🏽", "👩\u200d👧", "\u200d", "🇹", "🇷", "1\ufe0f\u20e3", "ر", "\u064b", "각", "ᄀ", "ᅡ", "\x01", "क्षि"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var b strings.Builder
		for range random.IntN(8) {
			b.WriteString(parts[random.IntN(len(parts))])
		}
		text, at := b.String(), 0
		for g := uniseg.NewGraphemes(text); g.Next(); at += len(g.Str()) {
			if got := firstCluster(text[at:]); got != len(g.Str()) {
				t.Fatalf("the first character of %+q has %d bytes, want %d", text[at:], got, len(g.Str()))
			}
		}
		if n := uniseg.GraphemeClusterCount(text); n > 0 && (cut(text, n) != text || n > 1 && !strings.HasSuffix(cut(text, n-1), "…")) {
			t.Fatalf("%+q has %d characters and becomes %+q, %+q", text, n, cut(text, n), cut(text, n-1))
		}
	}
}
