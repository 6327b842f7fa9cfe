package main

import (
	"errors"
	"fmt"
	"os"

	"parley/internal/store"
)

// backupCommand is parley backup.
type backupCommand struct {
	File string `arg:"" help:"File to write, which must not be there yet."`
}

// Run copies the database while it is in use, and checks the copy.
func (c *backupCommand) Run(p *program) error {
	return p.with(func(s *session) error {
		size, err := s.store.Backup(p.ctx, c.File)
		switch {
		case errors.Is(err, store.ErrNoBackup):
			return exitWith(exitUsage, err)
		case errors.Is(err, os.ErrExist):
			return fmt.Errorf("%s is there already; a backup replaces nothing", c.File)
		case err != nil:
			return fmt.Errorf("%s: %w", c.File, err)
		}
		fmt.Fprintf(p.stdout, "%s: %s, checked\n", c.File, bytesText(size))
		return nil
	})
}

// bytesText writes a size for people.
func bytesText(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	size, unit := float64(n), 0
	for size >= 1024 && unit < len(units)-1 {
		size, unit = size/1024, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", size, units[unit])
}
