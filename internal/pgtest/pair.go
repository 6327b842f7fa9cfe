//go:build unix

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Pair is a PostgreSQL server that takes writes and a second one that follows it.
// It belongs to one test and one goroutine.
type Pair struct {
	t       testing.TB
	folder  string
	bin     string
	who     *syscall.Credential
	sync    bool
	primary *member
	other   *member
}

// member is one server of a pair.
type member struct {
	*server
	running *exec.Cmd // nil: it does not run
}

// guard ends the servers of a pair if the test process ends before them.
const guard = `
trap '' INT TERM HUP
read -r _
for f in "$1"/*/data/postmaster.pid; do
	[ -f "$f" ] && kill -QUIT "$(head -n 1 "$f")"
done
sleep 1
rm -rf "$1"
`

// OpenPair starts both servers with an empty database "parley". If synchronous, a
// commit is acknowledged only when both have it.
func OpenPair(t testing.TB, synchronous bool) *Pair {
	t.Helper()
	bin, err := findBinaries("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
	if err != nil {
		giveUp(t, err)
	}
	who, err := unprivileged()
	if err != nil {
		giveUp(t, err)
	}
	folder, err := makeFolder(who)
	if err != nil {
		t.Fatal(err)
	}
	p := &Pair{t: t, folder: folder, bin: bin, who: who, sync: synchronous}
	p.watch()
	p.primary, p.other = p.member("a"), p.member("b")
	p.run(p.primary, "initdb", "--pgdata="+p.primary.data(), "--username="+superuser, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
	p.start(p.primary)
	p.Follow()
	if err := p.primary.create("parley", "template0"); err != nil {
		t.Fatal(err)
	}
	return p
}

// URL is that of the database at whichever server takes writes.
func (p *Pair) URL() string {
	query := url.Values{
		"host": {filepath.Join(p.folder, "a") + "," + filepath.Join(p.folder, "b")}, "user": {superuser},
		"sslmode": {"disable"}, "target_session_attrs": {"read-write"},
	}
	return "postgres:///parley?" + query.Encode()
}

// Primary is the URL of the database at the server that takes writes, whichever it is
// by then.
func (p *Pair) Primary() string { return p.primary.url("parley") }

// Follower is the URL of the database at the other server.
func (p *Pair) Follower() string { return p.other.url("parley") }

// Hold has the follower receive what is written but show none of it, until Release.
func (p *Pair) Hold() {
	p.t.Helper()
	if err := p.other.exec("select pg_wal_replay_pause()"); err != nil {
		p.t.Fatal(err)
	}
	p.awaitAt(p.other, "the follower's pause", func(c *pgx.Conn) error {
		var state string
		err := c.QueryRow(context.Background(), "select pg_get_wal_replay_pause_state()").Scan(&state)
		if err == nil && state != "paused" {
			err = errors.New(state)
		}
		return err
	})
}

// Release has the follower show what it received since Hold.
func (p *Pair) Release() {
	p.t.Helper()
	if err := p.other.exec("select pg_wal_replay_resume()"); err != nil {
		p.t.Fatal(err)
	}
	p.Caught()
}

// Caught waits until the follower shows everything that was committed.
func (p *Pair) Caught() {
	p.t.Helper()
	p.await("the follower", func(c *pgx.Conn) error {
		var n int
		err := c.QueryRow(context.Background(), `select count(*) from pg_stat_replication
			where state = 'streaming' and application_name = 'walreceiver' and replay_lsn >= pg_current_wal_lsn()`).Scan(&n)
		if err == nil && n == 0 {
			err = errors.New("it is behind")
		}
		return err
	})
}

// Kill ends the server that takes writes as a crash would: by kill -9.
func (p *Pair) Kill() {
	p.t.Helper()
	p.kill(p.primary)
}

// Orphan ends the follower so. Follow gives the other a new one.
func (p *Pair) Orphan() {
	p.t.Helper()
	p.kill(p.other)
}

func (p *Pair) kill(m *member) {
	p.t.Helper()
	if err := m.running.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	_ = m.running.Wait() // it was killed
	m.running = nil
	// Its number may soon be another process's.
	if err := os.Remove(filepath.Join(m.data(), "postmaster.pid")); err != nil {
		p.t.Fatal(err)
	}
}

// Promote has the follower take writes.
func (p *Pair) Promote() {
	p.t.Helper()
	p.primary, p.other = p.other, p.primary
	if err := p.primary.exec("select pg_promote(true, 60)"); err != nil {
		p.t.Fatal(err)
	}
}

// Follow has the server that was killed begin anew, as the follower of the other,
// and waits until it has everything.
func (p *Pair) Follow() {
	p.t.Helper()
	if err := os.RemoveAll(p.other.data()); err != nil {
		p.t.Fatal(err)
	}
	p.run(p.other, "pg_basebackup", "--pgdata="+p.other.data(), "--host="+p.primary.folder, "--username="+superuser,
		"--write-recovery-conf", "--checkpoint=fast", "--no-sync")
	p.start(p.other)
	p.await("the follower", func(c *pgx.Conn) error {
		var n int
		err := c.QueryRow(context.Background(), `select count(*) from pg_stat_replication
			where state = 'streaming' and application_name = 'walreceiver' and replay_lsn >= sent_lsn`).Scan(&n)
		if err == nil && n == 0 {
			err = errors.New("it does not stream")
		}
		return err
	})
}

func (p *Pair) member(name string) *member {
	m := &member{server: &server{folder: filepath.Join(p.folder, name)}}
	if err := os.Mkdir(m.folder, 0o700); err != nil {
		p.t.Fatal(err)
	}
	if p.who != nil {
		if err := os.Chown(m.folder, int(p.who.Uid), int(p.who.Gid)); err != nil {
			p.t.Fatal(err)
		}
	}
	return m
}

func (m *member) data() string { return filepath.Join(m.folder, "data") }

// watch starts the guard and has the pair end with its test.
func (p *Pair) watch() {
	alive, held, err := os.Pipe()
	if err != nil {
		p.t.Fatal(err)
	}
	defer alive.Close()
	g := exec.Command("/bin/sh", "-c", guard, "sh", p.folder)
	runAs(g, p.folder, p.who)
	g.Dir, g.Stdin = "/", alive
	if err := g.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		for _, m := range []*member{p.primary, p.other} {
			if m != nil && m.running != nil {
				_ = m.running.Process.Signal(syscall.SIGQUIT) // it may have ended by itself
				_ = m.running.Wait()
			}
		}
		held.Close()
		if err := g.Wait(); err != nil {
			p.t.Error(err)
		}
		if _, err := os.Stat(p.folder); !errors.Is(err, fs.ErrNotExist) {
			p.t.Errorf("%s is still there", p.folder)
		}
	})
}

func (p *Pair) run(m *member, name string, args ...string) {
	p.t.Helper()
	c := exec.Command(filepath.Join(p.bin, name), args...)
	runAs(c, m.folder, p.who)
	if out, err := c.CombinedOutput(); err != nil {
		p.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// start starts a server and waits until it answers.
func (p *Pair) start(m *member) {
	p.t.Helper()
	args := []string{
		"-D", m.data(), "-k", m.folder, "-h", "", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=32MB",
		"-c", "wal_receiver_status_interval=1", "-c", "wal_retrieve_retry_interval=100ms",
	}
	if p.sync {
		args = append(args, "-c", "synchronous_standby_names=*")
	}
	log, err := os.OpenFile(m.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	c := exec.Command(filepath.Join(p.bin, "postgres"), args...)
	runAs(c, m.folder, p.who)
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		p.t.Fatal(err)
	}
	m.running = c
	if err := m.awaitReady(); err != nil {
		p.t.Fatal(err)
	}
}

// await asks the server that takes writes until it says yes.
func (p *Pair) await(what string, ask func(*pgx.Conn) error) {
	p.t.Helper()
	p.awaitAt(p.primary, what, ask)
}

func (p *Pair) awaitAt(m *member, what string, ask func(*pgx.Conn) error) {
	p.t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, m.url("postgres"))
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Close(ctx)
	for deadline := time.Now().Add(startLimit); ; time.Sleep(20 * time.Millisecond) {
		err := ask(c)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatal(fmt.Errorf("%s: %w", what, err))
		}
	}
}
