package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// The server is killed in the middle of posts, again and again. What was
// acknowledged is there, once; what was not, is there once after its writer has
// sent it again.
//
// PARLEY_KILL_ROUNDS sets how often it is killed.
func TestServe_killed(t *testing.T) {
	storetest.NoRace(t)
	rounds := 4
	if text := os.Getenv("PARLEY_KILL_ROUNDS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		rounds = n
	}
	k := newKilling(t)
	for round := range rounds {
		if k.round(round); t.Failed() {
			return
		}
	}
	k.start()
	k.sendAgain(rounds)
	k.process.interrupt(t)
	k.compare(0)
	k.doctor()
	t.Logf("%d rounds: %d comments acknowledged, %d cut off, %d sent again", rounds, k.acknowledged, k.cut, k.again)
	if k.acknowledged == 0 || k.cut == 0 {
		t.Error("no round cut anything off")
	}
}

// sent is a comment that a client sends, and what it was told.
type sent struct {
	round     int
	key, text string
	id        string // empty: not acknowledged
}

// killing is a server that is killed, and the ledger of its clients.
type killing struct {
	t       *testing.T
	db      string
	story   string
	process *served
	random  *rand.Rand
	client  *http.Client

	mu     sync.Mutex
	ledger []*sent
	// acknowledged counts posts that were answered at once; cut those whose
	// connection broke; again what was sent a second time.
	acknowledged, cut, again int
}

// killClients is how many write at the same time.
const killClients = 4

func newKilling(t *testing.T) *killing {
	k := &killing{t: t, db: filepath.Join(t.TempDir(), "parley.db"), random: rand.New(rand.NewPCG(1, 2)), client: &http.Client{Timeout: 30 * time.Second}}
	s, err := store.Open(context.Background(), k.db)
	if err != nil {
		t.Fatal(err)
	}
	d := desk.New(s, time.Now)
	settings := demoSettings()
	settings.Temperature.Most = forum.AutoNone // hundreds of nameless comments are meant here
	site, err := d.AddSite(context.Background(), "main", "Main", settings)
	if err != nil {
		t.Fatal(err)
	}
	story, _, err := d.PutStory(context.Background(), site, desk.Article{ExternalID: "a", Headline: "A", PublishedAt: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	k.story = story.ID.String()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return k
}

// round starts the server, has what the last round cut off sent again, lets
// clients write, kills it at a random moment, and looks at what is left.
func (k *killing) round(n int) {
	k.start()
	k.sendAgain(n)
	var clients sync.WaitGroup
	for c := range killClients {
		clients.Go(func() {
			for i := 0; k.write(n, c, i); i++ {
			}
		})
	}
	time.AfterFunc(time.Duration(10+k.random.IntN(150))*time.Millisecond, k.process.kill)
	clients.Wait()
	k.process.wait()
	k.compare(max(0, n-1))
}

// write sends a new comment; false if the server is gone.
func (k *killing) write(round, client, i int) bool {
	p := &sent{round: round, key: fmt.Sprintf("key-%d-%d-%d", round, client, i), text: fmt.Sprintf("round %d client %d post %d", round, client, i)}
	k.mu.Lock()
	k.ledger = append(k.ledger, p)
	k.mu.Unlock()
	id, err := k.send(p)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		k.cut++
		return false
	}
	p.id = id
	k.acknowledged++
	return true
}

// sendAgain sends again what was not acknowledged before a round, with the same
// keys, and some of what was: that must be told the same.
func (k *killing) sendAgain(round int) {
	for _, p := range k.ledger {
		if p.id != "" && (p.round < round-2 || k.random.IntN(20) > 0) {
			continue
		}
		id, err := k.send(p)
		if err != nil {
			k.t.Fatalf("%s again: %v", p.key, err)
		}
		if p.id != "" && p.id != id {
			k.t.Errorf("%s was told %s, then %s", p.key, p.id, id)
		}
		p.id = id
		k.again++
	}
}

// send posts a comment and returns its id. A status that is neither 200 nor 201
// fails the test.
func (k *killing) send(p *sent) (string, error) {
	body, err := json.Marshal(map[string]string{"story": k.story, "byline": "none", "text": p.text})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequest(http.MethodPost, k.process.base+"/api/v1/comments", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", p.key)
	resp, err := k.client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	var answer struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(text, &answer); err != nil || answer.ID == "" || (resp.StatusCode != http.StatusCreated && resp.StatusCode != http.StatusOK) {
		k.t.Errorf("%s: %s: %s", p.key, resp.Status, text)
		return "", errors.New(resp.Status)
	}
	return answer.ID, nil
}

// compare compares the ledger with the database, from a round on.
func (k *killing) compare(from int) {
	db, err := sql.Open("sqlite", "file:"+k.db)
	if err != nil {
		k.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`select source, comment_id from comments`)
	if err != nil {
		k.t.Fatal(err)
	}
	defer rows.Close()
	have := map[string][]string{}
	for rows.Next() {
		var text string
		var id int64
		if err := rows.Scan(&text, &id); err != nil {
			k.t.Fatal(err)
		}
		have[text] = append(have[text], forum.ID(id).String())
	}
	if err := rows.Err(); err != nil {
		k.t.Fatal(err)
	}
	for _, p := range k.ledger {
		ids := have[p.text]
		if p.round >= from && (len(ids) > 1 || (p.id != "" && (len(ids) != 1 || ids[0] != p.id))) {
			k.t.Errorf("%s was told %q, there is %v", p.key, p.id, ids)
		}
	}
}

// doctor has the command look for anything that is not as it should be.
func (k *killing) doctor() {
	out, err := exec.Command("parley", "doctor", "--db", k.db).CombinedOutput()
	if err != nil || strings.Contains(string(out), "WRONG") {
		k.t.Errorf("doctor: %v\n%s", err, out)
	}
}

// served is parley serve in a process of its own.
type served struct {
	command *exec.Cmd
	base    string
	done    chan bool
}

// start starts the server.
func (k *killing) start() {
	k.t.Helper()
	k.process = startServed(k.t, filepath.Dir(k.db), exec.Command("parley", "serve", "--db", k.db))
}

// startServed starts a server in a folder, on an address of its own, and waits until
// it says where it is.
func startServed(t *testing.T, folder string, command *exec.Cmd) *served {
	t.Helper()
	command.Args = append(command.Args, "--listen", "127.0.0.1:0", "--rate-limits", "off", "--log-level", "error")
	command.Dir = folder
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	s := &served{command: command, done: make(chan bool)}
	t.Cleanup(s.kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, base, found := strings.Cut(lines.Text(), " is at "); found {
			s.base = base
			break
		}
	}
	if s.base == "" {
		t.Fatal("the server did not start")
	}
	go func() {
		for lines.Scan() {
		}
		close(s.done)
	}()
	return s
}

// kill ends the process as a crash does.
func (s *served) kill() {
	if err := s.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(err)
	}
}

// wait waits until the process is gone.
func (s *served) wait() {
	<-s.done
	_ = s.command.Wait()
}

// interrupt ends the process as an operator does.
func (s *served) interrupt(t *testing.T) {
	if err := s.command.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	<-s.done
	if err := s.command.Wait(); err != nil {
		t.Errorf("interrupted: %v", err)
	}
}
