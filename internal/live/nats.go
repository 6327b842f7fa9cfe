package live

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// NATS is a bus by a NATS server: plain subjects, nothing stored. It is safe for
// concurrent use.
type NATS struct {
	server  string
	subject string

	mu   sync.Mutex // guards the connection that sends
	conn *nats.Conn
}

const (
	natsSubject = "parley.moves"
	// natsWait is how long the server may take for anything; natsPing is how often it
	// must show that it is there.
	natsWait = 1500 * time.Millisecond
	natsPing = time.Second
)

// NewNATS returns the bus at nats://[USER:PASSWORD@]HOST:PORT[/SUBJECT]. The nodes
// of one database share a subject that no others use: "parley.moves" if none is
// named. It connects when it is used.
func NewNATS(address string) (*NATS, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		// The URL may hold a password: it is not repeated.
		return nil, errors.New("the nats:// URL is not valid")
	}
	subject := strings.Trim(u.Path, "/")
	if subject == "" {
		subject = natsSubject
	}
	u.Path = ""
	return &NATS{server: u.String(), subject: subject}, nil
}

// connect opens a connection that ends for good when it is lost: who listens must
// learn of that.
func (b *NATS) connect(lost func(error)) (*nats.Conn, error) {
	return nats.Connect(b.server, nats.Name("parley"), nats.NoReconnect(), nats.Timeout(natsWait), nats.PingInterval(natsPing),
		nats.MaxPingsOutstanding(1), nats.ClosedHandler(func(c *nats.Conn) { lost(c.LastError()) }))
}

// Listen is Bus.Listen.
func (b *NATS) Listen(ctx context.Context, up func(), heard func([]byte)) error {
	lost := make(chan error, 1)
	conn, err := b.connect(func(err error) { lost <- err })
	if err != nil {
		return fmt.Errorf("listen to NATS: %w", err)
	}
	defer conn.Close()
	_, err = conn.Subscribe(b.subject, func(m *nats.Msg) { heard(m.Data) })
	if err == nil {
		err = conn.FlushTimeout(natsWait)
	}
	if err != nil {
		return fmt.Errorf("listen to NATS: %w", err)
	}
	up()
	select {
	case <-ctx.Done():
		return nil
	case err := <-lost:
		return fmt.Errorf("listen to NATS: %w", errors.Join(errLost, err))
	}
}

var errLost = errors.New("the connection was lost")

// Send is Bus.Send.
func (b *NATS) Send(_ context.Context, texts [][]byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.conn == nil {
		conn, err := b.connect(func(error) {})
		if err != nil {
			return fmt.Errorf("send to NATS: %w", err)
		}
		b.conn = conn
	}
	var err error
	for _, text := range texts {
		err = errors.Join(err, b.conn.Publish(b.subject, text))
	}
	if err = errors.Join(err, b.conn.FlushTimeout(natsWait)); err != nil {
		b.hangUp()
		return fmt.Errorf("send to NATS: %w", err)
	}
	return nil
}

// Close ends the connection that sends.
func (b *NATS) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hangUp()
}

func (b *NATS) hangUp() {
	if b.conn != nil {
		b.conn.Close()
		b.conn = nil
	}
}
