package audit

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestKeeper(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heads")
	k := key(t)
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	keep := func(keeper *Keeper, site string, seq int64) {
		t.Helper()
		if err := keeper.Keep(keeper.Sign(site, seq, "hash", at)); err != nil {
			t.Fatal(err)
		}
	}
	lines := func() int {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		heads, faults, err := ReadHeads(bytes.NewReader(text), k.Public().(ed25519.PublicKey))
		if err != nil || len(faults) != 0 {
			t.Errorf("the file cannot be read back: %v %v", faults, err)
		}
		return len(heads)
	}
	first := NewKeeper(k, path)
	keep(first, "main", 4)
	keep(first, "main", 4)
	keep(first, "other", 2)
	if n := lines(); n != 2 {
		t.Errorf("%d lines, want 2", n)
	}
	// A crash in the middle of a line; the next process mends the file and does
	// not repeat what it has.
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString(`{"site":"main","seq":5`)
	f.Close()
	second := NewKeeper(k, path)
	keep(second, "main", 4)
	keep(second, "main", 5)
	if n := lines(); n != 3 {
		t.Errorf("%d lines, want 3", n)
	}
	if err := NewKeeper(k, "").Keep(second.Sign("main", 9, "x", at)); err != nil {
		t.Error(err)
	}
	if err := NewKeeper(k, filepath.Join(path, "below")).Keep(second.Sign("main", 9, "x", at)); err == nil {
		t.Error("a head that could not be kept passes for kept")
	}
}

func TestOpenKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if _, err := LoadKey(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no key: %v", err)
	}
	made, err := OpenKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v %v", info.Mode(), err)
	}
	if again, err := OpenKey(path); err != nil || !again.Equal(made) {
		t.Errorf("the key changed: %v", err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenKey(path); err == nil {
		t.Error("a key that everybody may read was taken")
	}
}
