package store

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

// sqlMigrated asks goose's own table, which belongs to no site.
const sqlMigrated = `select coalesce(max(version_id), 0) from goose_db_version where is_applied`

// Migrated returns the number of the last migration the database has had, and of
// the last one this program brings. The database may be ahead: migrations only
// expand, and a newer program has opened it.
func (r Reader) Migrated(ctx context.Context) (has, wants int, err error) {
	if has, err = one(ctx, r, "read migrations", scanOne[int], sqlMigrated); err != nil {
		return 0, 0, err
	}
	files, err := fs.Glob(migrations, path.Join("migrations", r.dialect.name(), "*.sql"))
	if err != nil {
		return 0, 0, err
	}
	for _, f := range files {
		number, _, _ := strings.Cut(path.Base(f), "_")
		n, err := strconv.Atoi(number)
		if err != nil {
			return 0, 0, fmt.Errorf("migration %s: %w", f, err)
		}
		wants = max(wants, n)
	}
	return has, wants, nil
}

// provenFor is how long a commit proves that the database takes writes.
const provenFor = 5 * time.Second

// TryWrite reports whether the database takes writes: whether a transaction was
// made durable within the last seconds, or else whether one that changes nothing
// can be. One that is under way when ctx ends goes on, since a commit that waits for
// a standby is not called off; who asks meanwhile waits for the same one.
func (s *Store) TryWrite(ctx context.Context, now time.Time) error {
	if s.Outage() == nil && s.meters.lastCommit.Within(provenFor) {
		return nil
	}
	tried := s.trying.DoChan("", func() (any, error) {
		return nil, s.Write(context.WithoutCancel(ctx), now, func(ctx context.Context, tx *Tx) error { return tx.touch(ctx) })
	})
	select {
	case x := <-tried:
		return x.Err
	case <-ctx.Done():
		return fmt.Errorf("try to write: %w", ctx.Err())
	}
}

// touch writes without changing anything.
func (t *Tx) touch(ctx context.Context) error {
	_, err := t.exec(ctx, "try to write", t.dialect.touch())
	return err
}
