package store

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"parley/internal/forum"
)

// A database at the other end of a network may fall silent without a word. So
// nothing here waits for it without a bound, and a connection that failed is given
// up: the pool dials anew, and with several hosts in the URL finds the one that
// takes writes.
const (
	dialLimit = 5 * time.Second  // to connect to one host, unless the URL says connect_timeout
	pingLimit = 2 * time.Second  // for a connection that was idle to show that it lives
	readLimit = 20 * time.Second // for a read outside a transaction; writeLimit bounds one inside
)

// unhurried marks the context of reads that may take as long as they need.
type unhurried struct{}

// Unhurried lets the reads of a command that nobody waits for take as long as they
// need.
func Unhurried(ctx context.Context) context.Context { return context.WithValue(ctx, unhurried{}, true) }

// bound gives a read its limit, unless it has one.
func bound(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has || limit == 0 || ctx.Value(unhurried{}) != nil {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, limit)
}

// impatient bounds what a pool waits for.
func impatient(cfg *pgxpool.Config) {
	if cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = dialLimit
	}
	if cfg.PingTimeout == 0 {
		cfg.PingTimeout = pingLimit
	}
}

// unreachable reports whether err says that the database could not be reached or
// fell silent. What a commit that ended so did is not known; whoever repeats it
// under its idempotency key learns.
func unreachable(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false // whoever asked has gone
	}
	for _, lost := range []error{
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, pgconn.ErrConnClosed, sqldriver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone, context.DeadlineExceeded,
	} {
		if errors.Is(err, lost) {
			return true
		}
	}
	var down *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &down) || errors.As(err, &network) || pgconn.Timeout(err)
}

// tryLater is the error of what the database could not be asked for now.
func tryLater(what string, err error) error {
	return forum.Fail(forum.Unavailable, "error.unavailable").After(time.Second).Because("%s: %w", what, err)
}
