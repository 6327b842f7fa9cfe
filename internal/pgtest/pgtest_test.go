package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

func ask(t *testing.T, c *pgx.Conn, query string) string {
	t.Helper()
	var answer string
	if err := c.QueryRow(t.Context(), query).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return answer
}

func TestOpen_settings(t *testing.T) {
	c := connect(t, Open(t))
	for query, want := range map[string]string{
		"show server_encoding": "UTF8",
		"show fsync":           "off",
		"select datcollate from pg_database where datname = current_database()":                    "C",
		"select count(*)::text from information_schema.tables where table_schema = 'public'":       "0",
		"select (string_agg(x, '' order by x) = 'Zaä')::text from (values ('a'),('ä'),('Z')) v(x)": "true",
	} {
		if got := ask(t, c, query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func TestOpen_eachTestHasItsOwn(t *testing.T) {
	var names [8]string
	t.Run("all", func(t *testing.T) {
		for i := range names {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				c := connect(t, Open(t))
				if _, err := c.Exec(t.Context(), "create table mine (id bigint)"); err != nil {
					t.Error(err)
				}
				names[i] = ask(t, c, "select current_database()")
			})
		}
	})
	c := connect(t, Open(t))
	seen := make(map[string]bool)
	for _, name := range names {
		if name == "" || seen[name] {
			t.Errorf("database %q was given twice", name)
		}
		seen[name] = true
		if got := ask(t, c, "select count(*)::text from pg_database where datname = '"+name+"'"); got != "0" {
			t.Errorf("database %s outlived its test", name)
		}
	}
}

func TestOpenTemplate(t *testing.T) {
	var prepared atomic.Int64
	prepare := func(url string) error {
		prepared.Add(1)
		c, err := pgx.Connect(context.Background(), url)
		if err != nil {
			return err
		}
		defer c.Close(context.Background())
		_, err = c.Exec(context.Background(), "create table word (w text); insert into word values ('seed')")
		return err
	}
	t.Run("clones", func(t *testing.T) {
		for i := range 4 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				c := connect(t, OpenTemplate(t, t.Name()[:len("TestOpenTemplate")], prepare))
				if got := ask(t, c, "select string_agg(w, ',') from word"); got != "seed" {
					t.Errorf("the clone holds %q", got)
				}
				if _, err := c.Exec(t.Context(), "insert into word values ('mine')"); err != nil {
					t.Error(err)
				}
			})
		}
	})
	if n := prepared.Load(); n != 1 {
		t.Errorf("the template was prepared %d times", n)
	}
}

// TestServer_endsWithItsProcess kills a test process that holds a server and
// waits for the server's folder, and with it the server, to go.
func TestServer_endsWithItsProcess(t *testing.T) {
	if os.Getenv("PGTEST_VICTIM") == "1" {
		// Straight to the terminal's file: the test framework would hold it back.
		fmt.Fprintln(os.Stderr, Open(t))
		select {}
	}
	startedServer(t) // skips where there is none
	victim := exec.Command(os.Args[0], "-test.run=^TestServer_endsWithItsProcess$")
	victim.Env = append(os.Environ(), "PGTEST_VICTIM=1")
	out, err := victim.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	var line string
	if _, err := fmt.Fscanln(out, &line); err != nil {
		t.Fatal(err)
	}
	connect(t, line)
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := victim.Wait(); err == nil {
		t.Fatal("the killed process ended well")
	}
	u, err := url.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	folder := u.Query().Get("host")
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(folder); errors.Is(err, os.ErrNotExist) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there", folder)
		}
	}
	if _, err := pgx.Connect(t.Context(), line); err == nil {
		t.Error("the server still answers")
	}
}

func TestFindBinaries(t *testing.T) {
	root := t.TempDir()
	for _, v := range []string{"9", "15", "17"} {
		bin := filepath.Join(root, v, "bin")
		if err := os.MkdirAll(bin, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"initdb", "postgres"} {
			if v == "17" && name == "postgres" {
				continue // a client-only package
			}
			if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := findBinaries(filepath.Join(root, "*", "bin"))
	if want := filepath.Join(root, "15", "bin"); err != nil || got != want {
		t.Errorf("found %q (%v), want %q", got, err, want)
	}
	t.Setenv("PATH", filepath.Join(root, "9", "bin"))
	if got, err := findBinaries(); err != nil || got != filepath.Join(root, "9", "bin") {
		t.Errorf("found %q (%v) on PATH", got, err)
	}
	t.Setenv("PATH", root)
	if _, err := findBinaries(); !errors.Is(err, errMissing) {
		t.Errorf("error %v where there are no binaries", err)
	}
}

func TestVersion(t *testing.T) {
	for path, want := range map[string]int{
		"/usr/lib/postgresql/15/bin/initdb": 15,
		"/usr/pgsql-16/bin/initdb":          16,
		"/opt/pg/bin/initdb":                0,
	} {
		if got := version(path); got != want {
			t.Errorf("version(%s) = %d, want %d", path, got, want)
		}
	}
}

// outcome records how a test was ended instead of ending it.
type outcome struct {
	testing.TB
	skipped, failed string
}

func (o *outcome) Helper()                       {}
func (o *outcome) Skipf(format string, a ...any) { o.skipped = fmt.Sprintf(format, a...); panic(o) }
func (o *outcome) Fatal(a ...any)                { o.failed = fmt.Sprint(a...); panic(o) }

func TestGiveUp(t *testing.T) {
	for _, test := range []struct {
		name, require string
		err           error
		skipped       bool
	}{
		{"missing", "", errMissing, true},
		{"missing but required", "1", errMissing, false},
		{"broken", "", errors.New("initdb failed"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(Require, test.require)
			o := &outcome{}
			func() {
				defer func() { _ = recover() }()
				giveUp(o, test.err)
			}()
			message := o.failed
			if test.skipped {
				message = o.skipped
			}
			if !strings.Contains(message, test.err.Error()) {
				t.Errorf("skipped %q, failed %q", o.skipped, o.failed)
			}
		})
	}
}
