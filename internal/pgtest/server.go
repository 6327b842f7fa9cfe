//go:build unix

package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	superuser = "postgres"
	// startLimit bounds the wait for a started server to accept connections.
	startLimit = 60 * time.Second
	// socketPathLimit is what the shortest sun_path of our systems leaves for
	// the folder, beside "/.s.PGSQL.5432".
	socketPathLimit = 80
)

// errMissing is why tests are skipped: the machine has no PostgreSQL to start.
var errMissing = errors.New("what PostgreSQL needs is not on this machine")

// supervise runs a server and outlives the test process: when that ends, in
// whatever way, its end of the pipe closes, read returns, and the server and
// its folder go. The first argument is the signal that ends the server at once.
const supervise = `
trap '' INT TERM HUP
signal=$1 folder=$2; shift 2
"$@" &
read -r _
kill -"$signal" $!
wait
rm -rf "$folder"
`

func startServer() (*server, error) {
	binaries, err := findBinaries("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
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
	s := &server{folder: folder}
	if err := s.launch(binaries, who); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return s, s.awaitReady()
}

// findBinaries returns the folder of initdb and postgres: the newest version
// among the patterns, else the one on PATH.
func findBinaries(patterns ...string) (string, error) {
	var folders []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(pattern, "initdb"))
		if err != nil {
			return "", err
		}
		folders = append(folders, found...)
	}
	slices.SortFunc(folders, func(a, b string) int { return version(b) - version(a) })
	for _, initdb := range folders {
		if _, err := exec.LookPath(filepath.Join(filepath.Dir(initdb), "postgres")); err == nil {
			return filepath.Dir(initdb), nil
		}
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", fmt.Errorf("%w: %w", errMissing, err)
	}
	return filepath.Dir(initdb), nil
}

// version reads the major version in a path such as
// /usr/lib/postgresql/15/bin/initdb, 0 if there is none.
func version(path string) int {
	name := filepath.Base(filepath.Dir(filepath.Dir(path)))
	n, err := strconv.Atoi(name[strings.LastIndex(name, "-")+1:])
	if err != nil {
		return 0
	}
	return n
}

// unprivileged returns whom to run the server as, nil for the current user.
// PostgreSQL refuses to run as root, so root takes the system user that every
// package of it makes.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("%w: root needs the system user postgres to run it: %w", errMissing, err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user id of postgres: %w", err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("group id of postgres: %w", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// makeFolder makes the server's folder, readable by its user alone.
func makeFolder(who *syscall.Credential) (string, error) {
	parent := os.TempDir()
	if len(parent) > socketPathLimit {
		parent = "/tmp"
	}
	folder, err := os.MkdirTemp(parent, "parley-pg-")
	if err != nil {
		return "", err
	}
	if who == nil {
		return folder, nil
	}
	return folder, os.Chown(folder, int(who.Uid), int(who.Gid))
}

// launch makes the data folder and starts the server under its supervisor.
func (s *server) launch(binaries string, who *syscall.Credential) error {
	data := filepath.Join(s.folder, "data")
	initdb := exec.Command(filepath.Join(binaries, "initdb"), "--pgdata="+data, "--username="+superuser,
		"--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
	runAs(initdb, s.folder, who)
	out, err := initdb.CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	s.alive, err = superviseAs(who, s.folder, "QUIT", filepath.Join(binaries, "postgres"), "-D", data, "-k", s.folder, "-h", "",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200",
		"-c", "shared_buffers=64MB", "-c", "max_wal_size=1GB")
	return err
}

// superviseAs starts a server under its supervisor and returns this process's end of
// the pipe. The signal ends the server at once.
func superviseAs(who *syscall.Credential, folder, signal string, command ...string) (*os.File, error) {
	log, err := os.Create(filepath.Join(folder, logName))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	alive, held, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer alive.Close()
	supervisor := exec.Command("/bin/sh", append([]string{"-c", supervise, "sh", signal, folder}, command...)...)
	runAs(supervisor, folder, who)
	supervisor.Stdin, supervisor.Stdout, supervisor.Stderr = alive, log, log
	if err := supervisor.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", filepath.Base(command[0]), err), held.Close())
	}
	return held, nil
}

// runAs gives a command its user, its folder and an environment without the
// caller's PostgreSQL settings. The group of its own keeps a Ctrl-C at the
// terminal from the server, which would leave its folder behind.
func runAs(c *exec.Cmd, folder string, who *syscall.Credential) {
	c.Dir = folder
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: who}
}

// logName is the file in a server's folder that has its output.
const logName = "log"

func (s *server) logFile() string { return filepath.Join(s.folder, logName) }

// awaitReady waits until the server answers a query.
func (s *server) awaitReady() error {
	deadline := time.Now().Add(startLimit)
	for {
		err := s.exec("select 1")
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(s.logFile())
			return fmt.Errorf("PostgreSQL does not answer: %w\n%s", err, log)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
