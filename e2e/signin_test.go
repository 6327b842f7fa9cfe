package e2e

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"parley/internal/signintest"
)

// TestSignIn plays the journeys of signing in, with a mailbox, an OpenID Connect
// provider and a paper's login of its own.
func TestSignIn(t *testing.T) {
	require(t)
	for _, engine := range databases {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			host, box, provider := startHost(t), startMailbox(t), signintest.NewProvider(t, time.Now)
			login := signintest.NewLogin(t, "https://login.paper.example", "demo", time.Now())
			paper := startPaper(t, login)
			in := install(t, engine)
			secrets := t.TempDir()
			in.env = append(in.env, "PARLEY_SMTP=smtp://"+box.address+"?tls=none", "PARLEY_MAIL_FROM=The Meridian <talk@meridian.example>",
				"PARLEY_OUT_NETWORKS=127.0.0.0/8", "PARLEY_SECRETS="+secrets)
			keep(t, secrets, "provider", []byte(provider.ClientSecret))
			keep(t, secrets, "paper", login.Secret)
			in.run("site", "add", "demo", "--name", "The Meridian", "--no-hold-first", "--nameless-pace", "0", "--reader-pace", "0",
				"--origin", host.Foreign, "--origin", host.Kindred, "--origin", paper)
			in.run("site", "sign-in", "demo", settings(t, provider, login, paper))
			in.serve()
			f := facts{
				"parley": in.base, "owner": in.owner, "foreign": host.Foreign, "kindred": host.Kindred, "codes": box.codes,
				"tokens": []string{
					login.Token("HS256", map[string]any{"sub": "subscriber-1", "name": "Deniz Kaya"}),
					login.Token("HS256", map[string]any{"sub": "subscriber-2", "name": "Elif Sand"}),
				},
				"story": address.FindString(in.run("story", "add", "--site", "demo", story("plain"))),
			}
			play(t, "signin.mjs", f)
		})
	}
}

func keep(t *testing.T, folder, name string, secret []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), secret, 0o600); err != nil {
		t.Fatal(err)
	}
}

// settings writes how people sign in and returns the file.
func settings(t *testing.T, p *signintest.Provider, l *signintest.Login, paper string) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"providers": []any{map[string]any{"slug": "city", "name": "City ID", "issuer": p.Issuer, "client_id": p.ClientID, "secret": "provider"}},
		"paper": map[string]any{
			"name": "The Gazette", "url": paper + "/login", "issuer": l.Issuer, "algorithm": "HS256",
			"keys": []any{map[string]any{"id": l.KeyID, "secret": "paper"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "sign-in.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// paperLogin posts a token back to who asked, as a paper's login does.
var paperLogin = template.Must(template.New("").Parse(`<!DOCTYPE html><html lang="en"><title>The Gazette</title>
<link rel="icon" href="data:,"><form method="post" action="{{.Back}}"><input type="hidden" name="token" value="{{.Token}}">
<button>Go on as a subscriber</button></form></html>`))

// startPaper starts a paper's login and returns its origin.
func startPaper(t *testing.T, l *signintest.Login) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.Now = time.Now()
		token := l.Token("HS256", map[string]any{"nonce": r.FormValue("nonce"), "name": "Cem Usta"})
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = paperLogin.Execute(w, map[string]string{"Back": r.FormValue("return_url"), "Token": token})
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// mailbox is an SMTP server that keeps what it gets, and tells codes over HTTP.
type mailbox struct {
	address string // where mail is taken
	codes   string // URL that answers with the newest code sent to ?to=

	mu    sync.Mutex
	mails []letter
}

type letter struct{ to, text string }

var codeForm = regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b`)

func startMailbox(t *testing.T) *mailbox {
	t.Helper()
	m := &mailbox{}
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.address = on.Addr().String()
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{box: m}, nil }))
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(on) }()
	tell := httptest.NewServer(http.HandlerFunc(m.tell))
	m.codes = tell.URL
	t.Cleanup(func() { tell.Close(); _ = server.Close(); <-ended })
	return m
}

func (m *mailbox) tell(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.mails) - 1; i >= 0; i-- {
		if m.mails[i].to == r.FormValue("to") {
			fmt.Fprint(w, codeForm.FindString(m.mails[i].text))
			return
		}
	}
	http.NotFound(w, r)
}

// delivery takes one message.
type delivery struct {
	box *mailbox
	to  string
}

func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error { d.to = to; return nil }

func (d *delivery) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	d.box.mu.Lock()
	defer d.box.mu.Unlock()
	// Lines that were too long for mail are joined again.
	d.box.mails = append(d.box.mails, letter{d.to, strings.ReplaceAll(string(text), "=\r\n", "")})
	return err
}

func (d *delivery) Reset() {}

func (d *delivery) Logout() error { return nil }
