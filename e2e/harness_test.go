package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"parley/internal/pgtest"
)

// What a machine may lack; see require.
const requireBrowser = "PARLEY_REQUIRE_BROWSER"

// Bounds of what is waited for.
const (
	startLimit  = 3 * time.Minute
	stopLimit   = 20 * time.Second
	scriptLimit = 8 * time.Minute
)

// require skips a test that has no browser to run in, or fails it where the
// environment says that there must be one.
func require(t *testing.T) {
	t.Helper()
	err := errors.Join(findChromium(), findNode(), findModules())
	if err == nil {
		return
	}
	if os.Getenv(requireBrowser) == "1" {
		t.Fatal(err)
	}
	t.Skipf("no browser to run the journeys in; set %s=1 to make this a failure:\n%v", requireBrowser, err)
}

// chromium returns the browser's path, empty if there is none.
func chromium() string {
	if path := os.Getenv("PARLEY_CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func findChromium() error {
	if chromium() == "" {
		return errors.New("there is no chromium on PATH; PARLEY_CHROMIUM may name one")
	}
	return nil
}

func findNode() error {
	if _, err := exec.LookPath("node"); err != nil {
		return errors.New("there is no node on PATH")
	}
	return nil
}

func findModules() error {
	if _, err := os.Stat("node_modules/playwright-core/package.json"); err != nil {
		return errors.New("e2e/node_modules is missing; run npm --prefix e2e ci")
	}
	return nil
}

// binary returns the program: the one PARLEY_BIN names, else one built once.
var binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("PARLEY_BIN"); path != "" {
		return filepath.Abs(path)
	}
	folder, err := os.MkdirTemp("", "parley-e2e-")
	if err != nil {
		return "", err
	}
	built = folder
	path := filepath.Join(folder, "parley")
	out, err := exec.Command("go", "build", "-o", path, "parley/cmd/parley").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build parley: %w\n%s", err, out)
	}
	return path, nil
})

// built is the folder of a binary that we built, to be removed at the end.
var built string

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

// installation is a running program with a database of its own.
type installation struct {
	t       *testing.T
	program string
	env     []string
	base    string // scheme and host under which it is reached
	owner   string // the one-time link that serve printed; empty: none
}

// databases are the engines every journey runs on.
var databases = []string{"SQLite", "PostgreSQL"}

// install returns a program on an empty database that is not serving yet.
func install(t *testing.T, engine string) *installation {
	t.Helper()
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	db := filepath.Join(t.TempDir(), "parley.db")
	if engine == "PostgreSQL" {
		db = pgtest.Open(t)
	}
	// Statements are slow where the machine is busy, and nobody complains of that here.
	env := []string{"PARLEY_DB=" + db, "PARLEY_RATE_LIMITS=off", "PARLEY_LOG_LEVEL=warn", "PARLEY_SLOW_QUERY=0"}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		env = append(env, name+"="+os.Getenv(name))
	}
	return &installation{t: t, program: program, env: env}
}

// run carries out a command of the program and returns what it prints.
func (in *installation) run(args ...string) string {
	in.t.Helper()
	c := exec.Command(in.program, args...)
	c.Env, c.Dir = in.env, in.t.TempDir()
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		in.t.Fatalf("parley %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

var (
	printedBase = regexp.MustCompile(`is at (http://\S+)`)
	printedLink = regexp.MustCompile(`^http://\S+/welcome/\S+$`)
)

// serve starts the server on a free port, and stops it when the test ends.
func (in *installation) serve(args ...string) {
	in.t.Helper()
	c := exec.Command(in.program, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	c.Env, c.Dir = in.env, in.t.TempDir()
	log := &syncBuffer{}
	c.Stderr = log
	out, err := c.StdoutPipe()
	if err != nil {
		in.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		in.t.Fatal(err)
	}
	in.t.Cleanup(func() { in.stop(c, log) })
	in.read(out, log)
	in.env = append(in.env, "PARLEY_BASE_URL="+in.base)
}

// read reads where the server is and, where nobody owns the site, the link.
func (in *installation) read(out io.Reader, log *syncBuffer) {
	in.t.Helper()
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	late := time.After(startLimit)
	for in.base == "" || in.owner == "" {
		select {
		case line, open := <-lines:
			if !open {
				in.t.Fatalf("parley serve ended:\n%s", log)
			}
			if m := printedBase.FindStringSubmatch(line); m != nil {
				in.base = m[1]
			}
			if printedLink.MatchString(line) {
				in.owner = line
			}
		case <-late:
			in.t.Fatalf("parley serve does not say where it is:\n%s", log)
		}
	}
	go func() {
		for range lines { //nolint:revive // what it prints later has no reader
		}
	}()
}

// stop ends the server as an operator would and shows what it complained of.
func (in *installation) stop(c *exec.Cmd, log *syncBuffer) {
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		in.t.Errorf("stop parley: %v", err)
	}
	select {
	case err := <-ended:
		if err != nil {
			in.t.Errorf("parley serve ended with %v", err)
		}
	case <-time.After(stopLimit):
		_ = c.Process.Kill()
		in.t.Error("parley serve does not end when told to")
	}
	if text := log.String(); text != "" {
		in.t.Errorf("parley serve complained:\n%s", text)
	}
}

// syncBuffer is a buffer that a process writes while a test reads.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// report is one line a script prints: how one of its tests ended.
type report struct {
	Test  string   `json:"test"`
	Error string   `json:"error"`
	Skip  string   `json:"skip"`
	Notes []string `json:"notes"`
	Shots []string `json:"shots"`
}

// facts are what a script is told.
type facts map[string]any

// play runs a script; each of its tests becomes a subtest.
func play(t *testing.T, script string, f facts) {
	t.Helper()
	shots := os.Getenv("ARTIFACTS")
	if shots == "" {
		shots = t.TempDir()
	}
	told := facts{"chromium": chromium(), "scratch": t.TempDir(), "shots": shots, "label": strings.ReplaceAll(t.Name(), "/", "-")}
	for k, v := range f {
		told[k] = v
	}
	text, err := json.Marshal(told)
	if err != nil {
		t.Fatal(err)
	}
	// A file, since the list of attacks is longer than an environment may be.
	file := filepath.Join(t.TempDir(), "facts.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), scriptLimit)
	defer cancel()
	c := exec.CommandContext(ctx, "node", script)
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }
	c.WaitDelay = 5 * time.Second
	// A group of its own, so that the browser ends with a script that does not.
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Env = append(os.Environ(), "PARLEY_E2E="+file)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	tests := 0
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if show(t, lines.Bytes()) {
			tests++
		}
	}
	if err := c.Wait(); err != nil || tests == 0 {
		t.Errorf("%s: %d tests ran, %v\n%s", script, tests, err, stderr.String())
	}
}

// show reports one line of a script and whether it was a test's.
func show(t *testing.T, line []byte) bool {
	var r report
	if json.Unmarshal(line, &r) != nil || r.Test == "" {
		t.Logf("%s", line)
		return false
	}
	t.Run(r.Test, func(t *testing.T) {
		for _, note := range r.Notes {
			t.Log(r.Test, note)
		}
		if r.Skip != "" {
			t.Skip(r.Skip)
		}
		if r.Error != "" {
			t.Errorf("%s\n%s", r.Error, strings.Join(r.Shots, "\n"))
		}
	})
	return true
}
