package e2e

import (
	"os"
	"testing"
)

// maxBinary is how many bytes the program may have, as make build makes it.
const maxBinary = 40_000_000

// A binary far above it is one whose linker keeps every method: something looks
// methods up by name again (ADR 29).
func TestBinary_size(t *testing.T) {
	path := os.Getenv("PARLEY_BIN")
	if path == "" {
		t.Skip("PARLEY_BIN names no program made by make build")
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > maxBinary {
		t.Errorf("%s has %d bytes, over its budget of %d", path, info.Size(), maxBinary)
	}
}
