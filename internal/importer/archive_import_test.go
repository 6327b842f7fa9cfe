package importer

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"parley/internal/fixture"
	"parley/internal/markup"
)

// shown returns what readers see of a text that was imported, blanks aside.
func shown(text string) string {
	return strings.Join(strings.Fields(markup.Plain(strings.Join(literal(strings.Split(text, "\n")), "\n"))), " ")
}

// TestImport_showsWhatThePageShowed imports plain text that is full of what the
// comment markup would take for its own.
func TestImport_showsWhatThePageShowed(t *testing.T) {
	for _, text := range []string{
		"# not a heading", "> not a quote", "- not a list", "+ nor this", "1. nor that", "12) nor these",
		"*no* _emphasis_ **at** __all__", "`no code`", "```\nno fence\n```", "~~~\nno fence\n~~~", "a\n===", "a\n---", "***",
		"[no](https://link.example)", "<b>no tag</b>", "<https://no.example>", "&amp; is &#38; not &", `back\slash \* kept`,
		"![no](picture.png)", "snake_case and 2*3*4", "a | b\n--|--", "----", "1.", "-", "    four blanks",
	} {
		if want := strings.Join(strings.Fields(text), " "); shown(text) != want {
			t.Errorf("%q is shown as %q", text, shown(text))
		}
	}
	if link := "see https://a.example/x_y?a=1&b=2_3 there"; escapeLine(link) != link {
		t.Errorf("an address becomes %s", escapeLine(link))
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching("[ab #>*_`\\[\\]()<&;!+=~.1\\\\|\\-\n]{1,40}").Draw(t, "text")
		if want := strings.Join(strings.Fields(text), " "); shown(text) != want {
			t.Fatalf("%q is shown as %q", text, shown(text))
		}
	})
}

// TestImport_realPage checks that the markup takes nothing from a page that
// knew none.
func TestImport_realPage(t *testing.T) {
	a, err := readArchive(t, fixture.Path(t, "archive", "000_e776aff8290555f3.txt"))
	if err != nil {
		t.Fatal(err)
	}
	in := a.Import()
	if in.Article.Headline != a.Headline || in.Article.Caption != a.Caption || len(in.Comments) != len(a.Comments) {
		t.Fatalf("the import has %q, %q and %d comments", in.Article.Headline, in.Article.Caption, len(in.Comments))
	}
	for i, c := range in.Comments {
		want := strings.Join(strings.Fields(a.Comments[i].Text), " ")
		if got := strings.Join(strings.Fields(markup.Plain(c.Text)), " "); got != want {
			t.Errorf("comment %d is shown as\n%s\nwant\n%s", i, got, want)
		}
		if c.Name != a.Comments[i].Name || c.Parent != a.Comments[i].Parent || c.Guessed != a.Comments[i].Guessed || !c.At.IsZero() {
			t.Errorf("comment %d is %+v", i, c)
		}
	}
}
