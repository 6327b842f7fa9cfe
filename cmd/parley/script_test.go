package main

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"parley/internal/forum"
	"parley/internal/store"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"parley": main})
}

// TestScripts runs the transcripts of testdata: each is a newsroom at its
// command line.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: false,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"miscount": miscount,
			"exit":     exitScript,
		},
	})
}

// miscount FILE SLUG makes the comment counter of the site's first story wrong by
// one.
func miscount(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	s, err := store.Open(ctx, ts.MkAbs(args[0]))
	ts.Check(err)
	defer s.Close()
	site, err := forum.SiteID(args[1])
	ts.Check(err)
	stories, err := s.Stories(ctx, site, "", store.StoryCursor{}, 1)
	ts.Check(err)
	ts.Check(s.Write(ctx, time.Now(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.TouchStory(ctx, site, stories[0].ID, 1, 0)
		return err
	}))
}

// exitScript "exit N parley …" runs the program and checks its exit code and that
// it says no more than one line about it.
func exitScript(ts *testscript.TestScript, _ bool, args []string) {
	want := args[0]
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		var ended interface{ ExitCode() int }
		if e, ok := err.(interface{ ExitCode() int }); ok {
			ended = e
			got = string(rune('0' + ended.ExitCode()))
		}
	}
	if got != want {
		ts.Fatalf("exit code %s, want %s (%v)", got, want, err)
	}
	if lines := countLines(ts.ReadFile("stderr")); want != "0" && lines > 1 {
		ts.Fatalf("%d lines on standard error", lines)
	}
}

func countLines(s string) int {
	n := 0
	for _, c := range s {
		if c == '\n' {
			n++
		}
	}
	return n
}

// fixtures returns the folder of third parties' files.
func fixtures(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("PARLEY_FIXTURES")
	if folder == "" {
		t.Skip("PARLEY_FIXTURES does not name the folder of third-party fixtures")
	}
	return folder
}
