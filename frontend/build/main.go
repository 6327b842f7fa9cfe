// Command build makes frontend/dist, what a browser gets, from the style sheets
// and scripts beside the templates. Run it in the module's folder after a
// change: go run ./frontend/build. Nothing but esbuild's Go library takes part,
// and the same sources give the same bytes. No page and no text enters here.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

const source = "frontend"

func main() {
	if err := write(source); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// write makes dist hold the files built and nothing else.
func write(dir string) error {
	files, err := build(dir)
	if err != nil {
		return err
	}
	dist := filepath.Join(dir, "dist")
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", dist, err)
	}
	for name, body := range files {
		if err := os.WriteFile(filepath.Join(dist, name), body, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return removeOthers(dist, files)
}

// removeOthers deletes what an earlier build left.
func removeOthers(dist string, files map[string][]byte) error {
	kept, err := os.ReadDir(dist)
	if err != nil {
		return fmt.Errorf("list %s: %w", dist, err)
	}
	for _, entry := range kept {
		if _, ok := files[entry.Name()]; ok {
			continue
		}
		if err := os.Remove(filepath.Join(dist, entry.Name())); err != nil {
			return fmt.Errorf("remove what an earlier build left: %w", err)
		}
	}
	return nil
}
