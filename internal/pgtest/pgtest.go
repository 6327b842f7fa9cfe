// Package pgtest gives tests a real PostgreSQL: one server for each test
// process, started from the machine's own binaries in a temporary folder and
// reached over a Unix socket, and one fresh database for each test.
//
// It is for tests only; the program must never import it. It knows nothing of
// Parley's tables: a caller that wants them passes its own preparation to
// OpenTemplate.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Require is the environment variable that, set to 1, turns a missing
// PostgreSQL or PgBouncer from a skipped test into a failed one.
const Require = "PARLEY_REQUIRE_POSTGRES"

// Open returns the URL of an empty database (UTF8, locale C) that belongs to t
// alone and is dropped when t ends, connections or not. It may be called from
// parallel tests.
func Open(t testing.TB) string {
	t.Helper()
	return open(t, startedServer(t), "template0")
}

// OpenTemplate is Open for a database that prepare has filled. Prepare runs
// once in a process for each key, on a database of its own, and must close its
// connections; every call gets a clone of the result.
func OpenTemplate(t testing.TB, key string, prepare func(url string) error) string {
	t.Helper()
	s := startedServer(t)
	entry, _ := templates.LoadOrStore(key, &template{name: s.freshName()})
	ready := entry.(*template)
	ready.once.Do(func() { ready.err = s.prepare(ready.name, prepare) })
	if ready.err != nil {
		t.Fatalf("prepare database template %q: %v", key, ready.err)
	}
	return open(t, s, ready.name)
}

// template is a database that others are cloned from.
type template struct {
	name string
	once sync.Once
	err  error
}

var (
	// templates holds a *template by key.
	templates sync.Map
	// start starts the process's one server.
	start = sync.OnceValues(startServer)
)

func startedServer(t testing.TB) *server {
	t.Helper()
	s, err := start()
	if err != nil {
		giveUp(t, err)
	}
	return s
}

// giveUp ends a test that has no server.
func giveUp(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errMissing) && os.Getenv(Require) != "1" {
		t.Skipf("%v; set %s=1 to make this a failure", err, Require)
	}
	t.Fatal(err)
}

func open(t testing.TB, s *server, from string) string {
	t.Helper()
	name := s.freshName()
	if err := s.create(name, from); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.drop(name); err != nil {
			t.Error(err)
		}
	})
	return s.url(name)
}

// server is a running PostgreSQL.
type server struct {
	folder string // holds the socket
	// alive is this process's end of the supervisor's pipe. It stays open, and
	// referred to, until the process ends.
	alive *os.File
	last  atomic.Int64
}

func (s *server) freshName() string { return fmt.Sprintf("parley_%d", s.last.Add(1)) }

func (s *server) url(database string) string {
	query := url.Values{"host": {s.folder}, "user": {superuser}, "sslmode": {"disable"}}
	return "postgres:///" + database + "?" + query.Encode()
}

func (s *server) create(name, from string) error {
	return s.exec(fmt.Sprintf("create database %s template %s", name, from))
}

func (s *server) drop(name string) error {
	return s.exec(fmt.Sprintf("drop database %s with (force)", name))
}

func (s *server) prepare(name string, prepare func(url string) error) error {
	if err := s.create(name, "template0"); err != nil {
		return err
	}
	return prepare(s.url(name))
}

// exec runs one statement on a connection of its own: a pool would be a
// goroutine that leak checks find.
func (s *server) exec(statement string) error {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// Dial connects to the server of a URL that Open returned.
func Dial(database string) (net.Conn, error) {
	u, err := url.Parse(database)
	if err != nil {
		return nil, err
	}
	return net.Dial("unix", filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432"))
}

// Via is the URL of the same database by way of other addresses, each host:port,
// which are tried in turn.
func Via(database string, addresses ...string) (string, error) {
	u, err := url.Parse(database)
	if err != nil {
		return "", err
	}
	query := u.Query()
	query.Del("host")
	u.Host, u.User, u.RawQuery = strings.Join(addresses, ","), url.User(superuser), query.Encode()
	return u.String(), nil
}
