package live

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// natsLine is a connection to a NATS server. It knows what plain subjects need of the
// client protocol (https://docs.nats.io/reference/reference-protocols/nats-protocol):
// INFO, CONNECT, SUB, PUB, MSG, PING, PONG and -ERR. One goroutine reads at a time;
// any may write.
type natsLine struct {
	raw      net.Conn // what is closed
	conn     net.Conn // what is spoken through: raw, or TLS over it
	in       *bufio.Reader
	unheeded atomic.Int32 // pings since the server said anything
}

// maxNATS is how long a line or a text of the server's may be, in bytes.
const maxNATS = 64 << 10

// natsHello is what the server says of itself first.
type natsHello struct {
	TLSRequired  bool `json:"tls_required"`
	TLSAvailable bool `json:"tls_available"`
}

// natsConnect is what a client says of itself.
type natsConnect struct {
	Verbose  bool   `json:"verbose"`
	Pedantic bool   `json:"pedantic"`
	TLS      bool   `json:"tls_required"`
	Echo     bool   `json:"echo"`
	Name     string `json:"name"`
	Lang     string `json:"lang"`
	Version  string `json:"version"`
	User     string `json:"user,omitempty"`
	Password string `json:"pass,omitempty"`
	Token    string `json:"auth_token,omitempty"`
}

var errSilent = errors.New("the NATS server is silent")

// dialNATS connects to a server and shows it who is there.
func dialNATS(ctx context.Context, server *url.URL) (*natsLine, error) {
	conn, err := (&net.Dialer{Timeout: natsWait}).DialContext(ctx, "tcp", server.Host)
	if err != nil {
		return nil, err
	}
	l := &natsLine{raw: conn, conn: conn, in: bufio.NewReaderSize(conn, maxNATS)}
	if err := l.within(natsWait, func() error { return l.greet(ctx, server) }); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// greet hears the server's greeting, begins TLS if one of the two wants it, and
// answers.
func (l *natsLine) greet(ctx context.Context, server *url.URL) error {
	verb, rest, err := l.next()
	if err != nil {
		return err
	}
	var hello natsHello
	if verb != "INFO" || json.Unmarshal([]byte(rest), &hello) != nil {
		return errors.New("this is no NATS server")
	}
	secure := server.Scheme == "tls" || hello.TLSRequired
	if secure {
		if !hello.TLSRequired && !hello.TLSAvailable {
			return errors.New("the NATS server has no TLS")
		}
		over := tls.Client(l.conn, &tls.Config{ServerName: server.Hostname(), MinVersion: tls.VersionTLS12})
		if err := over.HandshakeContext(ctx); err != nil {
			return err
		}
		l.conn, l.in = over, bufio.NewReaderSize(over, maxNATS)
	}
	me := natsConnect{TLS: secure, Echo: true, Name: "parley", Lang: "go", Version: "1"}
	if user := server.User; user != nil {
		password, both := user.Password()
		if me.User, me.Password = user.Username(), password; !both {
			me.User, me.Token = "", user.Username()
		}
	}
	text, err := json.Marshal(me)
	if err != nil {
		return err
	}
	if err := l.write("CONNECT %s\r\nPING\r\n", text); err != nil {
		return err
	}
	return l.pong(nil)
}

// within runs f and ends the line if it takes longer than a time.
func (l *natsLine) within(limit time.Duration, f func() error) error {
	late := time.AfterFunc(limit, l.close)
	err := f()
	if !late.Stop() {
		return errors.Join(errSilent, err)
	}
	return err
}

// watch ends the line when ctx ends, or when the server has not heeded a ping by the
// time of the next.
func (l *natsLine) watch(ctx context.Context) {
	defer l.close()
	tick := time.NewTicker(natsPing)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if l.unheeded.Add(1) > 1 || l.write("PING\r\n") != nil {
			return
		}
	}
}

func (l *natsLine) write(format string, args ...any) error {
	_, err := fmt.Fprintf(l.conn, format, args...)
	return err
}

// next reads a line: its verb and what follows that.
func (l *natsLine) next() (verb, rest string, err error) {
	line, err := l.in.ReadSlice('\n')
	if err != nil {
		return "", "", err
	}
	l.unheeded.Store(0)
	verb, rest, _ = strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
	return verb, rest, nil
}

// pong reads until the server has answered a ping, and so has had all that was
// written before.
func (l *natsLine) pong(heard func([]byte)) error {
	for {
		verb, err := l.step(heard)
		if err != nil || verb == "PONG" {
			return err
		}
	}
}

// read reads one thing that the server says, and hands on what it brings.
func (l *natsLine) read(heard func([]byte)) error {
	_, err := l.step(heard)
	return err
}

func (l *natsLine) step(heard func([]byte)) (verb string, err error) {
	verb, rest, err := l.next()
	if err != nil {
		return verb, err
	}
	switch verb {
	case "PING":
		return verb, l.write("PONG\r\n")
	case "MSG":
		return verb, l.message(rest, heard)
	case "-ERR":
		return verb, fmt.Errorf("the NATS server refuses: %s", rest)
	case "PONG", "INFO", "+OK":
		return verb, nil
	}
	return verb, errors.New("the NATS server says what no client knows")
}

// message reads the text of "SUBJECT NUMBER [REPLY-TO] BYTES".
func (l *natsLine) message(rest string, heard func([]byte)) error {
	size, err := strconv.Atoi(rest[strings.LastIndexByte(rest, ' ')+1:])
	if err != nil || size < 0 || size > maxNATS || heard == nil {
		return errors.New("the NATS server brings what nobody asked for")
	}
	text := make([]byte, size+len("\r\n"))
	if _, err := io.ReadFull(l.in, text); err != nil {
		return err
	}
	heard(text[:size])
	return nil
}

func (l *natsLine) close() {
	// It may be closed already.
	_ = l.raw.Close()
}
