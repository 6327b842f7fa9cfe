package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
)

// ErrNoBackup is the answer of a database server, which has its own means.
var ErrNoBackup = errors.New("a database server is backed up by its own means, such as pg_dump")

// Backup writes a copy of an SQLite database, as it stands at one instant, to a
// file that is not there yet. Others may read and write meanwhile. When it returns
// nil, the copy is on disk and SQLite has checked the whole of it. It returns the
// copy's size in bytes.
func (s *Store) Backup(ctx context.Context, path string) (size int64, err error) {
	copying := s.dialect.backup()
	if copying == "" {
		return 0, ErrNoBackup
	}
	// Made first, so that nobody but its owner ever reads it.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	if _, err := s.write.ExecContext(ctx, copying, path); err != nil {
		return 0, s.dialect.wrap("copy database", err)
	}
	if err := errors.Join(f.Sync(), syncFolder(path)); err != nil {
		return 0, err
	}
	if err := checkCopy(ctx, path, s.dialect.integrity()); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// syncFolder makes a file's name durable.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// checkCopy opens a copy, without leaving anything beside it, and has SQLite read
// all of it.
func checkCopy(ctx context.Context, path, integrity string) (err error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&immutable=1")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	r := Reader{q: plain{db}, dialect: sqliteDialect{}, rows: newCost()}
	found, err := many(ctx, r, "check copy", scanOne[string], integrity)
	if err != nil {
		return err
	}
	if bad := slices.DeleteFunc(found, func(line string) bool { return line == "ok" }); len(bad) > 0 {
		return fmt.Errorf("the copy is damaged: %s", bad[0])
	}
	has, wants, err := r.Migrated(ctx)
	// It has more where a newer program has been at the database.
	if err == nil && has < wants {
		err = fmt.Errorf("the copy has migration %d, not %d", has, wants)
	}
	return err
}
