package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Bus carries short texts between the nodes of a PostgreSQL database by its NOTIFY
// and LISTEN. It has connections of its own, one for each direction: a NOTIFY
// inside the transactions of others would take, as each commits, a lock that there
// is one of in the whole database. It is safe for concurrent use.
type Bus struct {
	config *pgx.ConnConfig

	mu   sync.Mutex // guards the connection that sends
	conn *pgx.Conn
}

const (
	busChannel = "parley_moves"
	// busWait is how long the database may take to take a text, or to show that it is
	// there; busSilence is how long it may be silent before it is asked to.
	busWait    = 1500 * time.Millisecond
	busSilence = time.Second
)

// NewBus returns the bus of the database at a postgres:// URL, which must not lead
// through a pooler that gives every transaction another connection. It connects
// when it is used.
func NewBus(url string) (*Bus, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The URL may hold a password: the parser's words are not repeated.
		return nil, errors.New("the postgres:// URL is not valid")
	}
	return &Bus{config: cfg.ConnConfig}, nil
}

// Listen calls up once it hears, and then heard with every text that any node
// sends, this one included, until ctx ends or the database is lost.
func (b *Bus) Listen(ctx context.Context, up func(), heard func([]byte)) error {
	conn, err := b.connect(ctx)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer hangUp(conn)
	if _, err := conn.Exec(ctx, "listen "+busChannel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	up()
	for {
		wait, done := context.WithTimeout(ctx, busSilence)
		text, err := conn.WaitForNotification(wait)
		done()
		switch {
		case err == nil:
			heard([]byte(text.Payload))
		case ctx.Err() != nil:
			return nil
		case !errors.Is(err, context.DeadlineExceeded):
			return fmt.Errorf("listen: %w", err)
		default:
			if err := ping(ctx, conn); err != nil {
				return fmt.Errorf("listen: %w", err)
			}
		}
	}
}

// ping asks the database to show that it is there.
func ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, done := context.WithTimeout(ctx, busWait)
	defer done()
	return conn.Ping(ctx)
}

// Send sends texts of at most 7,999 bytes. After an error some may have been sent.
func (b *Bus) Send(ctx context.Context, texts [][]byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	ctx, done := context.WithTimeout(ctx, busWait)
	defer done()
	if b.conn == nil {
		conn, err := b.connect(ctx)
		if err != nil {
			return fmt.Errorf("notify: %w", err)
		}
		b.conn = conn
	}
	batch := &pgx.Batch{}
	for _, text := range texts {
		batch.Queue("select pg_notify($1, $2)", busChannel, string(text))
	}
	if err := b.conn.SendBatch(ctx, batch).Close(); err != nil {
		hangUp(b.conn)
		b.conn = nil
		return fmt.Errorf("notify: %w", err)
	}
	return nil
}

func (b *Bus) connect(ctx context.Context) (*pgx.Conn, error) {
	ctx, done := context.WithTimeout(ctx, busWait)
	defer done()
	return pgx.ConnectConfig(ctx, b.config.Copy())
}

// Close ends the connection that sends.
func (b *Bus) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.conn != nil {
		hangUp(b.conn)
		b.conn = nil
	}
}

// hangUp closes a connection that may be lost already, so it waits for nothing.
func hangUp(conn *pgx.Conn) {
	ctx, done := context.WithTimeout(context.Background(), busWait)
	defer done()
	_ = conn.Close(ctx)
}
