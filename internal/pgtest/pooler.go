//go:build unix

package pgtest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// PoolSize is how many connections to a database the pooler has: fewer than a program
// opens to it, so that nothing of a session can stay with its client.
const PoolSize = 4

// poolerRules is the configuration of PgBouncer: a folder for its socket, and that of
// the server's.
const poolerRules = `[databases]
* = host=%[2]s user=` + superuser + `
[pgbouncer]
unix_socket_dir = %[1]s
listen_port = 5432
auth_type = any
pool_mode = transaction
default_pool_size = %[3]d
max_client_conn = 1000
server_idle_timeout = 5
`

// Pooled is the URL of a database of the process's server by way of a PgBouncer in its
// transaction mode: every transaction, and every statement outside one, may get
// another connection. One pooler serves all tests of a process.
func Pooled(t testing.TB, database string) string {
	t.Helper()
	p, err := startedPooler()
	if err != nil {
		giveUp(t, err)
	}
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("host", p.folder)
	query.Set("default_query_exec_mode", "exec")
	u.RawQuery = query.Encode()
	return u.String()
}

// pooler is a running PgBouncer.
type pooler struct {
	folder string // holds the socket
	// alive is this process's end of the supervisor's pipe; see server.
	alive *os.File
}

// startedPooler is the process's one pooler, before its one server.
var startedPooler = sync.OnceValues(func() (*pooler, error) {
	s, err := start()
	if err != nil {
		return nil, err
	}
	program, err := findPooler()
	if err != nil {
		return nil, err
	}
	who, err := unprivileged()
	if err != nil {
		return nil, err
	}
	folder, err := makeFolder(who)
	if err != nil {
		return nil, err
	}
	p := &pooler{folder: folder}
	if err := p.launch(program, who, s.folder); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return p, p.awaitReady()
})

// findPooler returns the path of PgBouncer, which Debian keeps where only root's PATH
// leads.
func findPooler() (string, error) {
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	return "", fmt.Errorf("%w: no pgbouncer", errMissing)
}

// launch starts the pooler before the server whose socket is in a folder.
func (p *pooler) launch(program string, who *syscall.Credential, before string) error {
	rules := filepath.Join(p.folder, "pgbouncer.ini")
	err := os.WriteFile(rules, fmt.Appendf(nil, poolerRules, p.folder, before, PoolSize), 0o644)
	if err != nil {
		return err
	}
	p.alive, err = superviseAs(who, p.folder, "TERM", program, rules)
	return err
}

// awaitReady waits until the pooler listens.
func (p *pooler) awaitReady() error {
	for deadline := time.Now().Add(startLimit); ; time.Sleep(10 * time.Millisecond) {
		_, err := os.Stat(filepath.Join(p.folder, ".s.PGSQL.5432"))
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(p.folder, logName))
			return fmt.Errorf("pgbouncer does not listen: %w\n%s", err, log)
		}
	}
}
