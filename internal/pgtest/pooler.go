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
	s := startedServer(t)
	folder, err := pooler(s)
	if err != nil {
		giveUp(t, err)
	}
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("host", folder)
	query.Set("default_query_exec_mode", "exec")
	u.RawQuery = query.Encode()
	return u.String()
}

var (
	poolerOnce   sync.Once
	poolerFolder string
	errPooler    error
	// poolerAlive is this process's end of the pooler's supervisor's pipe.
	poolerAlive *os.File
)

// pooler starts the process's one pooler before a server and returns the folder of its
// socket.
func pooler(s *server) (string, error) {
	poolerOnce.Do(func() { poolerFolder, errPooler = s.startPooler() })
	return poolerFolder, errPooler
}

func (s *server) startPooler() (string, error) {
	// Debian keeps it where only root's PATH leads.
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/pgbouncer")
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", errMissing, err)
	}
	who, err := unprivileged()
	if err != nil {
		return "", err
	}
	folder, err := makeFolder(who)
	if err != nil {
		return "", err
	}
	rules := filepath.Join(folder, "pgbouncer.ini")
	if err := os.WriteFile(rules, fmt.Appendf(nil, poolerRules, folder, s.folder, PoolSize), 0o644); err != nil {
		return "", errors.Join(err, os.RemoveAll(folder))
	}
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(folder))
	}
	defer log.Close()
	alive, held, err := os.Pipe()
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(folder))
	}
	defer alive.Close()
	poolerAlive = held
	supervisor := exec.Command("/bin/sh", "-c", supervise, "sh", "TERM", folder, program, rules)
	s.runAs(supervisor, who)
	supervisor.Stdin, supervisor.Stdout, supervisor.Stderr = alive, log, log
	if err := supervisor.Start(); err != nil {
		return "", errors.Join(fmt.Errorf("start pgbouncer: %w", err), os.RemoveAll(folder))
	}
	return folder, awaitSocket(folder)
}

// awaitSocket waits until somebody listens in a folder.
func awaitSocket(folder string) error {
	for deadline := time.Now().Add(startLimit); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(folder, ".s.PGSQL.5432")); err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(folder, "log"))
			return fmt.Errorf("pgbouncer does not listen\n%s", log)
		}
	}
}
