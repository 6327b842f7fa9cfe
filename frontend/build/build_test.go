package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What is committed must be what the sources give: run go run ./frontend/build.
func TestBuild_distIsFresh(t *testing.T) {
	files, err := build("..")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadDir("../dist")
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) != len(files) {
		t.Errorf("dist has %d files, the sources give %d", len(kept), len(files))
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("../dist", name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("dist/%s is stale (%v)", name, err)
		}
	}
}

func TestBuild_twiceTheSame(t *testing.T) {
	first, err := build("..")
	if err != nil {
		t.Fatal(err)
	}
	moved := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.CopyFS(moved, os.DirFS("..")); err != nil {
		t.Fatal(err)
	}
	second, err := build(moved)
	if err != nil {
		t.Fatal(err)
	}
	if len(first) != len(second) {
		t.Fatalf("%d files, then %d", len(first), len(second))
	}
	for name, body := range first {
		if !bytes.Equal(body, second[name]) {
			t.Errorf("%s differs in another folder", name)
		}
	}
}

// Late scripts take what they share from site.js, which must have all of it: a
// name that two of its modules export would silently be missing.
func TestBuild_lateScriptsFindWhatTheyTake(t *testing.T) {
	files, err := build("..")
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]bool{}
	taken := map[string][]string{}
	for name, body := range files {
		if bytes.Contains(body, []byte(unknownHash)) {
			t.Errorf("%s names a file by no hash", name)
		}
		for _, m := range regexp.MustCompile(`import\{([^}]+)\}from"\./site\.`).FindAllSubmatch(body, -1) {
			for clause := range strings.SplitSeq(string(m[1]), ",") {
				outer, _, _ := strings.Cut(clause, " as ")
				taken[name] = append(taken[name], outer)
			}
		}
		if strings.HasPrefix(name, "site.") && strings.HasSuffix(name, ".js") {
			exports := body[bytes.LastIndex(body, []byte("export{")):]
			for _, m := range regexp.MustCompile(`(\w+)[,}]`).FindAllSubmatch(exports, -1) {
				given[string(m[1])] = true
			}
		}
	}
	if n := len(late) - 1; len(taken) != n { // live.js needs nothing
		t.Errorf("%d scripts take something from site.js, want %d", len(taken), n)
	}
	for name, list := range taken {
		for _, each := range list {
			if !given[each] {
				t.Errorf("%s takes %q, which site.js does not give", name, each)
			}
		}
	}
	if !given["attach"] {
		t.Error("site.js has no attach for pages that embed a discussion")
	}
}
