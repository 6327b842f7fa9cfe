package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"parley/internal/pgtest"
)

// databases are the two a newsroom may choose, empty.
var databases = map[string]func(*testing.T) string{
	"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "parley.db") },
	"postgres": func(t *testing.T) string { return pgtest.Open(t) },
}

// parley runs one command line and returns what it printed.
func parley(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(context.Background(), args, &out, &errs); code != exitOK {
		t.Fatalf("parley %s: exit %d: %s%s", strings.Join(args, " "), code, errs.String(), out.String())
	}
	return out.String()
}

// TestImportArchive_realPage brings a page in that a news site's readers saved.
func TestImportArchive_realPage(t *testing.T) {
	page := filepath.Join(fixtures(t), "archive", "000_e776aff8290555f3.txt")
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := database(t)
			read := func(args ...string) importReport {
				var r importReport
				out := parley(t, append([]string{"--db", db, "import", "archive", page, "--site", "archive", "--json"}, args...)...)
				if err := json.Unmarshal([]byte(out), &r); err != nil {
					t.Fatalf("%v in %s", err, out)
				}
				return r
			}
			want := importReport{
				Caption: "Turkish tanks", Headline: "Iraq Could Ask Russia for Help After 'Invasion' by Turkish Forces",
				Paragraphs: 7, Comments: 15, Nameless: 2, Replies: 2, Names: 12, New: 15, DryRun: true,
			}
			if got := read("--dry-run"); got != want {
				t.Errorf("dry run %+v, want %+v", got, want)
			}
			first := read()
			if !strings.HasPrefix(first.URL, "http://localhost:8080/s/") {
				t.Errorf("URL %q", first.URL)
			}
			want.DryRun, want.URL = false, first.URL
			if first != want {
				t.Errorf("import %+v, want %+v", first, want)
			}
			want.New, want.Known = 0, 15
			if again := read(); again != want {
				t.Errorf("second import %+v, want %+v", again, want)
			}
			parley(t, "--db", db, "doctor")
		})
	}
}
