package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"parley/internal/forum"
)

// Bare is a database with one small table: what a durable commit costs at least,
// through the same driver and with the same settings as those of a [Store].
type Bare struct {
	write   *sql.DB
	closers []func() error
}

// OpenBare opens the database at a URL and makes the table, in place of one that a
// run before has left there.
func OpenBare(ctx context.Context, url string) (*Bare, error) {
	db, err := dialectOf(url).open(ctx, url)
	if err != nil {
		return nil, err
	}
	b := &Bare{write: db.write, closers: db.closers}
	for _, text := range []string{
		`drop table if exists bare_rows`,
		`create table bare_rows (site_id bigint not null, row_id bigint not null, words text not null, primary key (site_id, row_id))`,
	} {
		if _, err := b.write.ExecContext(ctx, text); err != nil {
			return nil, errors.Join(fmt.Errorf("make table: %w", err), b.Close(ctx))
		}
	}
	return b, nil
}

// Commit adds a row in a transaction of its own.
func (b *Bare) Commit(ctx context.Context, site forum.ID, row int64, words string) (err error) {
	tx, err := b.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `insert into bare_rows (site_id, row_id, words) values ($1, $2, $3)`, site, row, words); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Close takes the table away and closes the database.
func (b *Bare) Close(ctx context.Context) error {
	_, err := b.write.ExecContext(ctx, `drop table if exists bare_rows`)
	for _, c := range slices.Backward(b.closers) {
		err = errors.Join(err, c())
	}
	return err
}
