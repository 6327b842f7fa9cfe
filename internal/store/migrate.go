package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// migrateAt is migrate for a database at a URL, on connections that end with it.
func migrateAt(ctx context.Context, d dialect, url string) error {
	_, write, closers, err := d.open(ctx, url)
	if err != nil {
		return err
	}
	err = migrate(ctx, d, write)
	for _, c := range slices.Backward(closers) {
		err = errors.Join(err, c())
	}
	return err
}

// migrate applies the migrations that are missing. On PostgreSQL a session lock
// lets one of several starting nodes do it while the others wait.
func migrate(ctx context.Context, d dialect, db *sql.DB) error {
	dir, err := fs.Sub(migrations, "migrations/"+d.name())
	if err != nil {
		return err
	}
	kind := goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if d.name() == "postgres" {
		kind = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return fmt.Errorf("session lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(kind, db, dir, options...)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return err
	}
	return nil
}
