package main

import (
	"context"
	"database/sql"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"parley/internal/audit"
	"parley/internal/desk"
	"parley/internal/fixture"
	"parley/internal/forum"
	"parley/internal/store"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"parley": main, "parley-next": next})
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
			"grow":     growScript,
			"tamper":   tamperScript,
			"signends": signScript,
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

// growScript "grow FILE SLUG N" appends entries to a site's log.
func growScript(ts *testscript.TestScript, _ bool, args []string) {
	onSite(ts, args[0], args[1], func(ctx context.Context, s *store.Store, site forum.ID) error {
		n, err := strconv.Atoi(args[2])
		ts.Check(err)
		return s.Write(ctx, time.Now(), func(ctx context.Context, tx *store.Tx) error {
			for range n {
				if _, err := tx.AppendLog(ctx, forum.LogEntry{SiteID: site, Action: "comment.hold", Reason: "link"}); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// signScript "signends FILE SLUG HEADS" signs the end of a site's log.
func signScript(ts *testscript.TestScript, _ bool, args []string) {
	onSite(ts, args[0], args[1], func(ctx context.Context, s *store.Store, id forum.ID) error {
		key, err := audit.OpenKey(ts.MkAbs(args[0] + ".log-key"))
		ts.Check(err)
		d := desk.New(s, time.Now)
		d.Connect(desk.Outside{Heads: audit.NewKeeper(key, ts.MkAbs(args[2]))})
		site, err := s.Site(ctx, id)
		ts.Check(err)
		return d.SignHead(ctx, site)
	})
}

func onSite(ts *testscript.TestScript, file, slug string, do func(context.Context, *store.Store, forum.ID) error) {
	ctx := context.Background()
	s, err := store.Open(ctx, ts.MkAbs(file))
	ts.Check(err)
	defer s.Close()
	site, err := forum.SiteID(slug)
	ts.Check(err)
	ts.Check(do(ctx, s, site))
}

// tamperScript "tamper FILE SQL" changes a database behind the program's back.
func tamperScript(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(args[1])
	ts.Check(err)
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
	folder := fixture.Path(t)
	return folder
}
