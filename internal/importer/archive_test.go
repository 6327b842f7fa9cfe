package importer

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"parley/internal/fixture"
	"parley/internal/forum"
)

func readArchive(t *testing.T, path string) (Archive, error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return ParseArchive(f)
}

// TestParseArchive_realPage reads a page as a news site's readers saved it.
func TestParseArchive_realPage(t *testing.T) {
	a, err := readArchive(t, fixture.Path(t, "archive", "000_e776aff8290555f3.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if a.Caption != "Turkish tanks" {
		t.Errorf("caption %q", a.Caption)
	}
	if want := "Iraq Could Ask Russia for Help After 'Invasion' by Turkish Forces"; a.Headline != want {
		t.Errorf("headline %q", a.Headline)
	}
	if len(a.Paragraphs) != 7 || len(a.Comments) != 15 {
		t.Fatalf("%d paragraphs and %d comments, want 7 and 15", len(a.Paragraphs), len(a.Comments))
	}
	if strings.ContainsRune(strings.Join(a.Paragraphs, ""), nbsp) {
		t.Error("a no-break space is left in the story")
	}
	want := []string{
		"Mitach2002", "cast235", "buckwheatisback", "farwatchpost", "teddy j", "landauroj",
		"Mikhas", "jaodernein", "choticastile", "барба", "spirocoffee", "tgmy7",
	}
	if diff := cmp.Diff(want, a.Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	checkRealComments(t, a.Comments)
}

func checkRealComments(t *testing.T, comments []ArchivedComment) {
	t.Helper()
	type reply struct{ name, parentName, parent string }
	var replies []reply
	var nameless []string
	longest := comments[0]
	for _, c := range comments {
		if c.Name == "" {
			nameless = append(nameless, c.Text)
		}
		if c.Parent >= 0 {
			replies = append(replies, reply{c.Name, c.ParentName, comments[c.Parent].Name})
		}
		if len(c.Text) > len(longest.Text) {
			longest = c
		}
	}
	wantReplies := []reply{{"teddy j", "Mitach2002", "Mitach2002"}, {"", "jaodernein", "jaodernein"}}
	if diff := cmp.Diff(wantReplies, replies, cmp.AllowUnexported(reply{})); diff != "" {
		t.Errorf("replies (-want +got):\n%s", diff)
	}
	if len(nameless) != 2 || nameless[0] != "Its a good opportunity to kick some baklava butt !!" {
		t.Errorf("nameless comments %q", nameless)
	}
	if longest.Name != "teddy j" || longest.Line != 31 {
		t.Errorf("longest comment by %q on line %d", longest.Name, longest.Line)
	}
	if n := strings.Count(longest.Text, "\n\n"); n != 6 {
		t.Errorf("longest comment has %d gaps between paragraphs, want 6", n)
	}
	if !strings.HasSuffix(longest.Text, "USA behind them - ALL..") {
		t.Errorf("longest comment ends %q", longest.Text[len(longest.Text)-40:])
	}
}

// said is an archived comment without the line it stands on.
type said struct {
	Name, ParentName string
	Parent           int
	Text             string
}

func TestParseArchive_traps(t *testing.T) {
	for _, test := range []struct {
		file string
		want []said
	}{
		{"archive_name_in_reply_to.txt", []said{
			{"Ann in reply to nobody", "", -1, "My name only looks like a reply."},
			{"Ann in reply to nobody", "Ann in reply to nobody", 0, "I answer myself."},
			{"Stranger", "Ann in reply to nobody", 1, "And I answer the same person."},
		}},
		{"archive_name_parentheses.txt", []said{
			{"Bob (harbour)", "", -1, "A name may end in brackets."},
			{"Eve (Show comment)", "", -1, "Or in half of the page's own words."},
			{"Dan", "Bob (harbour)", 0, "Blanks present everywhere."},
			{"Dan", "Bob (harbour)", 0, "Blanks missing everywhere."},
		}},
		{"archive_parent_guess.txt", []said{
			{"Ann", "", -1, "First."},
			{"Ann", "", -1, "Second."},
			{"Bob", "Ann", 1, "To the second one."},
			{"Ann", "", -1, "Third."},
			{"Ann", "Ann", 3, "To the third one, not to this one."},
		}},
		{"archive_parent_missing.txt", []said{
			{"Bob", "Zoë", -1, "Zoë writes only later."},
			{"Zoë", "", -1, "Here I am."},
			{"", "", -1, "A reply to a nameless comment that is not there."},
			{"", "", -1, "No one of note wrote this line"},
			{"Ann", "", 3, "A reply to the nameless line above."},
		}},
		{"archive_nameless.txt", []said{
			{"", "", -1, "Text under a bare bullet."},
			{"", "", -1, "Text under a bullet and a no-break space."},
			{"", "", -1, "Text on the bullet's own line"},
			{"", "", -1, "Bob in reply toAnn(Show commentHide comment)"},
		}},
		{"archive_bullets_in_text.txt", []said{
			{"Ann", "", -1, "Three things:\n• the lamp\n• its wick\n• the oil\n\n• and the keeper\n• a tab"},
			{"Bob", "", -1, "• Only a bullet."},
		}},
		{"archive_blank_lines.txt", []said{
			{"Ann", "", -1, "First paragraph.\nIts second line.\n\nSecond paragraph.\n\n\nThird paragraph."},
			{"Bob", "", -1, "After the blank line."},
		}},
		{"archive_preview.txt", []said{
			{"Ann", "", -1, "The lamp was lit at nine in the evening.\n\nI saw it myself."},
			{"Bob", "Ann", 0, "So did I."},
			{"Cid", "Bob", 1, "So did I.\nA short line repeated is the reader's own."},
			{"Dan", "Ann", 0, "The lamp was lit at nine in the evening.\n\nI saw it myself."},
		}},
		{"archive_nbsp_crlf.txt", []said{{"Ann Lee", "", -1, "Half past nine."}}},
		{"archive_same_headline.txt", []said{{"rosa", "", -1, "At last."}}},
	} {
		t.Run(test.file, func(t *testing.T) {
			a, err := readArchive(t, filepath.Join("testdata", test.file))
			if err != nil {
				t.Fatal(err)
			}
			var got []said
			for _, c := range a.Comments {
				got = append(got, said{c.Name, c.ParentName, c.Parent, c.Text})
				if c.Guessed != (c.Parent >= 0) {
					t.Errorf("line %d: guessed is %v with parent %d", c.Line, c.Guessed, c.Parent)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("comments (-want +got):\n%s", diff)
			}
			if want := []string{"The lamp was lit again on Friday."}; !cmp.Equal(want, a.Paragraphs) {
				t.Errorf("paragraphs %q", a.Paragraphs)
			}
			caption := "A lighthouse at dusk"
			if test.file == "archive_same_headline.txt" {
				caption = a.Headline
			}
			if a.Headline != "Keepers return to the light" || a.Caption != caption {
				t.Errorf("caption %q, headline %q", a.Caption, a.Headline)
			}
		})
	}
}

func TestParseArchive_refused(t *testing.T) {
	for _, test := range []struct {
		file, code string
		line       int
	}{
		{"refused_empty.txt", "error.archiveEmpty", 1},
		{"refused_no_headline.txt", "error.archiveNoHeadline", 3},
		{"refused_no_paragraph.txt", "error.archiveNoParagraph", 5},
		{"refused_encoding.txt", "error.archiveEncoding", 8},
		{"refused_binary.txt", "error.archiveBinary", 8},
		{"refused_indented.txt", "error.archiveIndented", 5},
		{"refused_html.txt", "error.archiveHTML", 2},
		{"refused_stray.txt", "error.archiveStray", 9},
		{"refused_empty_comment.txt", "error.archiveEmptyComment", 9},
		{"refused_no_comment.txt", "error.archiveNoComment", 5},
	} {
		t.Run(test.file, func(t *testing.T) {
			_, err := readArchive(t, filepath.Join("testdata", test.file))
			wantRefusal(t, err, test.code, test.line)
		})
	}
}

func wantRefusal(t *testing.T, err error, code string, line int) {
	t.Helper()
	var refused *forum.Error
	if !errors.As(err, &refused) {
		t.Fatalf("error %v, want %s", err, code)
	}
	if refused.Kind != forum.Invalid || refused.Code != code || refused.Args["line"] != line {
		t.Errorf("kind %v, code %s, line %v; want %s on line %d",
			refused.Kind, refused.Code, refused.Args["line"], code, line)
	}
}

func TestParseArchive_noBytes(t *testing.T) {
	_, err := ParseArchive(strings.NewReader(""))
	wantRefusal(t, err, "error.archiveEmpty", 1)
}

func TestParseArchive_size(t *testing.T) {
	page := []byte("Caption\nHeadline\nParagraph\n  • Name\n    ")
	page = append(page, bytes.Repeat([]byte("a"), archiveLimit-len(page))...)
	if _, err := ParseArchive(bytes.NewReader(page)); err != nil {
		t.Fatalf("a page of exactly the limit: %v", err)
	}
	_, err := ParseArchive(bytes.NewReader(append(page, 'a')))
	wantRefusal(t, err, "error.archiveTooLarge", 5)
}

func TestParseArchive_brokenReader(t *testing.T) {
	broken := errors.New("the disk is gone")
	_, err := ParseArchive(iotest.ErrReader(broken))
	if !errors.Is(err, broken) || forum.IsKind(err, forum.Invalid) {
		t.Errorf("error %v does not tell of the reader's failure", err)
	}
}

func TestArchive_SourceID(t *testing.T) {
	a, err := readArchive(t, "testdata/archive_equal_comments.txt")
	if err != nil {
		t.Fatal(err)
	}
	ids := make(map[string]int)
	for i := range a.Comments {
		ids[a.SourceID(i)] = i
	}
	if len(ids) != 4 {
		t.Fatalf("%d distinct ids for 4 comments: %v", len(ids), ids)
	}
	// One that arrived above the others when the page was saved again.
	source, err := os.ReadFile("testdata/archive_equal_comments.txt")
	if err != nil {
		t.Fatal(err)
	}
	later := strings.Replace(string(source), "  • Ann", "  • Zoë\n    New here.\n  • Ann", 1)
	b, err := ParseArchive(strings.NewReader(later))
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(b.Comments); i++ {
		if b.SourceID(i) != a.SourceID(i-1) {
			t.Errorf("comment %d changed its id when another came above it", i-1)
		}
	}
	if _, known := ids[b.SourceID(0)]; known {
		t.Error("the new comment has the id of an old one")
	}
	if a.Fingerprint() != b.Fingerprint() {
		t.Error("the story's fingerprint changed with its comments")
	}
	if b.Headline += "!"; a.Fingerprint() == b.Fingerprint() || a.SourceID(0) == b.SourceID(1) {
		t.Error("another headline has the same ids")
	}
}

func FuzzParseArchive(f *testing.F) {
	pages, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, page := range pages {
		data, err := os.ReadFile(page)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := ParseArchive(bytes.NewReader(data))
		if err != nil {
			if !forum.IsKind(err, forum.Invalid) {
				t.Fatalf("unclassified error %v", err)
			}
			return
		}
		checkShape(t, a)
	})
}

// checkShape asserts what every parsed page keeps to.
func checkShape(t *testing.T, a Archive) {
	t.Helper()
	if a.Caption == "" || a.Headline == "" || len(a.Paragraphs) == 0 {
		t.Fatalf("a page without a story: %+v", a)
	}
	ids := make(map[string]bool)
	line := 0
	for i, c := range a.Comments {
		if strings.TrimFunc(c.Text, unicode.IsControl) == "" || !utf8.ValidString(c.Text+c.Name) {
			t.Fatalf("comment %d has text %q", i, c.Text)
		}
		if c.Parent < -1 || c.Parent >= i || c.Guessed != (c.Parent >= 0) {
			t.Fatalf("comment %d has parent %d", i, c.Parent)
		}
		if c.Parent >= 0 && a.Comments[c.Parent].Name != c.ParentName {
			t.Fatalf("comment %d has a parent of another name", i)
		}
		if c.Line <= line {
			t.Fatalf("comment %d is on line %d after line %d", i, c.Line, line)
		}
		line = c.Line
		ids[a.SourceID(i)] = true
	}
	if len(ids) != len(a.Comments) {
		t.Fatalf("%d ids for %d comments", len(ids), len(a.Comments))
	}
}
