package signin_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"parley/internal/fixture"
	"parley/internal/forum"
	"parley/internal/signin"
	"parley/internal/signintest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return noon }

const (
	paper = "https://login.paper.example"
	site  = "gazette"
)

func newLogin(t *testing.T) *signintest.Login { return signintest.NewLogin(t, paper, site, noon) }

// tokens is a site that takes the tokens of a login.
func tokens(t *testing.T, l *signintest.Login, a signin.Algorithm) *signin.Tokens {
	t.Helper()
	var key signin.Key
	var err error
	if a == signin.HS256 {
		key, err = signin.SecretKey(l.KeyID, l.Secret)
	} else {
		key, err = signin.PublicKey(l.KeyID, a, l.PEM(string(a)))
	}
	if err != nil {
		t.Fatal(err)
	}
	checks, err := signin.NewTokens(signin.TokensConfig{
		Issuer: l.Issuer, Audiences: []string{"0000000000042", l.Audience}, Algorithm: a, Keys: []signin.Key{key}, Now: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	return checks
}

// wantRefused fails the test unless err is the one answer, with a cause that says why.
func wantRefused(t *testing.T, err error, why string) {
	t.Helper()
	var e *forum.Error
	if !errors.As(err, &e) {
		t.Fatalf("not refused: %v", err)
	}
	if e.Kind != forum.Unauthorised || e.Code != "error.signInFailed" || e.Field != "" || len(e.Args) > 0 {
		t.Errorf("the answer says more than that it failed: %+v", e)
	}
	if e.Cause == nil || !strings.Contains(e.Cause.Error(), why) {
		t.Errorf("the log says %v, not %q", e.Cause, why)
	}
}

// elsewhere are the mutations which this room cannot see: they are in the request
// around a token, or in what the site knows of the person. internal/web tests them.
var elsewhere = map[string]bool{
	"sub of a banned user": true, "name impersonating a moderator": true, "jti replayed": true, "token in URL query": true,
	"two Authorization headers": true, "Bearer case/space variants": true,
}

// TestMutations builds every change to a good token that the fixtures describe.
func TestMutations(t *testing.T) {
	login := newLogin(t)
	changed := login.Mutations()
	special := map[string]func(*testing.T){
		"HMAC secret shorter than 32 bytes in config": shortSecret,
		"key rotated out":               rotatedOut,
		"nonce missing (OIDC)":          providerSays("nonce", map[string]any{"nonce": nil}),
		"nonce other (OIDC)":            providerSays("nonce", map[string]any{"nonce": "another"}),
		"azp other (OIDC)":              providerSays("authorised party", map[string]any{"azp": "another"}),
		"at_hash wrong (OIDC)":          providerSays("at_hash", map[string]any{"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
		"access token used as ID token": providerSays("nonce", map[string]any{"nonce": nil, "at_hash": nil, "scope": "openid", "client_id": "parley"}),
		"issuer metadata mismatch":      metadataMismatch,
	}
	seen := 0
	for _, words := range readFixture(t, "jwt-mutations.jsonl") {
		seen++
		t.Run(words, func(t *testing.T) {
			if test, ok := special[words]; ok {
				test(t)
				return
			}
			m, ok := changed[words]
			if !ok {
				if !elsewhere[words] {
					t.Fatal("nobody builds this mutation")
				}
				return
			}
			_, err := tokens(t, login, signin.Algorithm(m.Configured)).Check(context.Background(), m.Token, "")
			wantRefused(t, err, m.Why)
		})
	}
	if want := len(changed) + len(special) + len(elsewhere); seen != want {
		t.Errorf("%d mutations are described, %d are built", seen, want)
	}
}

// fixture returns the payloads of an attack file.
func readFixture(t *testing.T, name string) []string {
	t.Helper()
	f, err := os.Open(fixture.Path(t, "attacks", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var payloads []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var line struct{ Payload string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		payloads = append(payloads, line.Payload)
	}
	return payloads
}

func shortSecret(t *testing.T) {
	if _, err := signin.SecretKey("", []byte("only thirty-one bytes long, alas")[:31]); err == nil {
		t.Error("a secret of 31 bytes is taken")
	}
}

// rotatedOut signs in with a key, takes it off the set, and tries again later.
func rotatedOut(t *testing.T) {
	old, young := newLogin(t), newLogin(t)
	young.KeyID = "key-2"
	set := old.KeySet("ES256")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(set)) }))
	defer server.Close()
	now := noon
	checks, err := signin.NewTokens(signin.TokensConfig{
		Issuer: paper, Audiences: []string{site}, Algorithm: signin.ES256, KeysURL: server.URL, Client: server.Client(),
		Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	check := func(l *signintest.Login) error {
		l.Now = now
		_, err := checks.Check(context.Background(), l.Token("ES256"), "")
		return err
	}
	if err := check(old); err != nil {
		t.Fatalf("before: %v", err)
	}
	set = young.KeySet("ES256")
	now = now.Add(time.Minute)
	if err := check(young); err != nil {
		t.Fatalf("the new key: %v", err)
	}
	wantRefused(t, check(old), "not among those")
	now = now.Add(time.Hour)
	wantRefused(t, check(old), "not known")
}

// atProvider goes through a provider's whole flow.
func atProvider(t *testing.T, p *signintest.Provider, change func(url.Values)) (signin.Identity, error) {
	t.Helper()
	ours, err := signin.NewProvider(signin.ProviderConfig{
		Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: p.ClientSecret, Redirect: "https://talk.paper.example/signin/back",
		Client: p.Server.Client(), Now: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	flow := signin.NewFlow(signin.Secret())
	there, err := ours.Begin(context.Background(), flow)
	if err != nil {
		return signin.Identity{}, err
	}
	u, err := url.Parse(there)
	if err != nil {
		t.Fatal(err)
	}
	back, err := url.Parse(p.Answer(u.Query()))
	if err != nil {
		t.Fatal(err)
	}
	answer := back.Query()
	if change != nil {
		change(answer)
	}
	return ours.Finish(context.Background(), flow, answer)
}

// providerSays is a provider whose ID tokens say something else.
func providerSays(why string, change map[string]any) func(*testing.T) {
	return func(t *testing.T) {
		p := signintest.NewProvider(t, clock)
		for name, value := range change {
			p.Person[name] = value
		}
		_, err := atProvider(t, p, nil)
		wantRefused(t, err, why)
	}
}

func metadataMismatch(t *testing.T) {
	p := signintest.NewProvider(t, clock)
	p.Describe = func(says map[string]any) { says["issuer"] = p.Issuer + "/" }
	_, err := atProvider(t, p, nil)
	wantRefused(t, err, "discovery")
}
