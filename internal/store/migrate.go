package store

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// How long a migration waits for a table that others use, who wait behind it
// meanwhile; how long they are left in peace then; and how often it tries.
const (
	lockWait  = time.Second
	lockPause = time.Second
	lockTries = 60
)

// migrate is dialect.migrate. Nobody else has the file's lock.
func (sqliteDialect) migrate(ctx context.Context, _ Places, write *sql.DB) error {
	return applyMigrations(ctx, "sqlite", goose.DialectSQLite3, write)
}

// migrate is dialect.migrate. A session lock lets one of several starting nodes do
// it while the others wait, on connections that end with it. Older nodes go on
// working beside it: a migration gives way to them and tries again.
func (postgres) migrate(ctx context.Context, p Places, _ *sql.DB) error {
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return fmt.Errorf("session lock: %w", err)
	}
	db, err := postgres{lockWait: lockWait}.open(ctx, cmp.Or(p.Direct, p.URL))
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		err = applyMigrations(ctx, "postgres", goose.DialectPostgres, db.write, goose.WithSessionLocker(locker))
		if !tableInUse(err) || try == lockTries {
			break
		}
		rest(ctx, lockPause)
	}
	for _, c := range slices.Backward(db.closers) {
		err = errors.Join(err, c())
	}
	return err
}

// tableInUse reports whether err says that a table was used by others for too long,
// or that one of them and this one waited for each other.
func tableInUse(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "55P03" || e.Code == "40P01")
}

// rest waits, or until ctx ends.
func rest(ctx context.Context, pause time.Duration) {
	ctx, done := context.WithTimeout(ctx, pause)
	defer done()
	<-ctx.Done()
}

// applyMigrations applies those of an engine that are missing.
func applyMigrations(ctx context.Context, engine string, kind goose.Dialect, db *sql.DB, options ...goose.ProviderOption) error {
	folder, err := fs.Sub(migrations, "migrations/"+engine)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(kind, db, folder, append(options, goose.WithDisableGlobalRegistry(true))...)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}
