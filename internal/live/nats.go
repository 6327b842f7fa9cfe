package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"
)

// NATS is a bus by a NATS server: plain subjects, nothing stored. It is safe for
// concurrent use. How it speaks to the server is in nats_line.go.
type NATS struct {
	server  *url.URL
	subject string

	mu   sync.Mutex // guards the line that sends
	line *natsLine
}

const (
	natsSubject = "parley.moves"
	natsPort    = "4222"
	// natsWait is how long the server may take for anything; natsPing is how often it
	// must show that it is there.
	natsWait = 1500 * time.Millisecond
	natsPing = time.Second
)

// NewNATS returns the bus at nats://[USER:PASSWORD@]HOST[:PORT][/SUBJECT], or
// [TOKEN@]; at tls:// the server must offer TLS. The nodes of one database share a
// subject that no others use: "parley.moves" if none is named. It connects when it is
// used.
func NewNATS(address string) (*NATS, error) {
	u, err := url.Parse(address)
	// The URL may hold a password: it is not repeated.
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("the nats:// URL is not valid")
	}
	subject := strings.Trim(u.Path, "/")
	if strings.ContainsAny(subject, " \t\r\n*>") {
		return nil, errors.New("the subject of the nats:// URL is not valid")
	}
	if subject == "" {
		subject = natsSubject
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), natsPort)
	}
	return &NATS{server: u, subject: subject}, nil
}

// Listen is Bus.Listen.
func (b *NATS) Listen(ctx context.Context, up func(), heard func([]byte)) error {
	l, err := dialNATS(ctx, b.server)
	if err != nil {
		return fmt.Errorf("listen to NATS: %w", err)
	}
	defer l.close()
	if err := l.within(natsWait, func() error {
		if err := l.write("SUB %s 1\r\nPING\r\n", b.subject); err != nil {
			return err
		}
		return l.pong(heard)
	}); err != nil {
		return fmt.Errorf("listen to NATS: %w", err)
	}
	up()
	ctx, done := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { l.watch(ctx) })
	for err == nil {
		err = l.read(heard)
	}
	told := ctx.Err() != nil
	done()
	watching.Wait()
	if told {
		return nil
	}
	return fmt.Errorf("listen to NATS: %w", err)
}

// Send is Bus.Send.
func (b *NATS) Send(ctx context.Context, texts [][]byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	used := b.line != nil
	err := b.publish(ctx, texts)
	if err != nil && used && ctx.Err() == nil {
		// A server ends a line on which nothing was sent for minutes. What it has
		// taken nevertheless may come twice.
		err = b.publish(ctx, texts)
	}
	if err != nil {
		return fmt.Errorf("send to NATS: %w", err)
	}
	return nil
}

// publish sends texts on the line, if need be on a new one, and waits until the server
// has them. After an error there is no line.
func (b *NATS) publish(ctx context.Context, texts [][]byte) (err error) {
	if b.line == nil {
		if b.line, err = dialNATS(ctx, b.server); err != nil {
			return err
		}
	}
	err = b.line.within(natsWait, func() error {
		for _, text := range texts {
			if err := b.line.write("PUB %s %d\r\n%s\r\n", b.subject, len(text), text); err != nil {
				return err
			}
		}
		if err := b.line.write("PING\r\n"); err != nil {
			return err
		}
		return b.line.pong(nil)
	})
	if err != nil {
		b.hangUp()
	}
	return err
}

// Close ends the line that sends.
func (b *NATS) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hangUp()
}

func (b *NATS) hangUp() {
	if b.line != nil {
		b.line.close()
		b.line = nil
	}
}
