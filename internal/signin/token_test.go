package signin_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"parley/internal/signin"
)

// TestTokens_good takes good tokens of every algorithm, so that the refusals of
// TestMutations are refusals of the mutation.
func TestTokens_good(t *testing.T) {
	login := newLogin(t)
	for _, a := range []signin.Algorithm{signin.HS256, signin.RS256, signin.ES256, signin.EdDSA} {
		t.Run(string(a), func(t *testing.T) {
			token := login.Token(string(a), map[string]any{"name": "Ada Karim", "email": "ada@mail.example", "email_verified": true})
			got, err := tokens(t, login, a).Check(context.Background(), token, "")
			if err != nil {
				t.Fatal(err)
			}
			want := signin.Identity{Issuer: paper, Subject: "reader-4711", Name: "Ada Karim", Email: "ada@mail.example"}
			if got.Identity != want || got.ID == "" || !got.Expires.Equal(noon.Add(5*time.Minute)) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestTokens_edges(t *testing.T) {
	login := newLogin(t)
	checks := tokens(t, login, signin.HS256)
	at := func(d time.Duration) int64 { return noon.Add(d).Unix() }
	for _, c := range []struct {
		name  string
		claim map[string]any
		nonce string
		why   string // empty: taken
	}{
		{"the site's id", map[string]any{"aud": "0000000000042"}, "", ""},
		{"a list of us alone", map[string]any{"aud": []string{site}}, "", ""},
		{"issued as far ahead as the skew", map[string]any{"iat": at(60 * time.Second), "exp": at(2 * time.Minute)}, "", ""},
		{"issued further ahead", map[string]any{"iat": at(61 * time.Second), "exp": at(2 * time.Minute)}, "", "issued in the future"},
		{"expired within the skew", map[string]any{"iat": at(-4 * time.Minute), "exp": at(-59 * time.Second)}, "", ""},
		{"expired as far as the skew", map[string]any{"iat": at(-4 * time.Minute), "exp": at(-60 * time.Second)}, "", "expired"},
		{"issued in a minute", map[string]any{"iat": at(time.Minute), "exp": at(6 * time.Minute)}, "", ""},
		{"five minutes", map[string]any{"exp": at(5 * time.Minute)}, "", ""},
		{"a second more", map[string]any{"exp": at(5*time.Minute + time.Second)}, "", "lives for"},
		{"ended before it began", map[string]any{"exp": at(-time.Second)}, "", "lives for"},
		{"the nonce asked for", map[string]any{"nonce": "n-1"}, "n-1", ""},
		{"a nonce nobody asked for", map[string]any{"nonce": "n-1"}, "", ""},
		{"another nonce", map[string]any{"nonce": "n-2"}, "n-1", "nonce"},
		{"no nonce", nil, "n-1", "nonce"},
		{"255 bytes of subject", map[string]any{"sub": strings.Repeat("s", 255)}, "", ""},
		{"256 bytes of subject", map[string]any{"sub": strings.Repeat("s", 256)}, "", "subject"},
		{"an address that is none", map[string]any{"email": "nobody", "email_verified": true}, "", "e-mail"},
		{"fractions of a second", map[string]any{"exp": float64(at(time.Minute)) + 0.5}, "", "exp is not a moment"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := checks.Check(context.Background(), login.Token("HS256", c.claim), c.nonce)
			if c.why != "" {
				wantRefused(t, err, c.why)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestTokens_unverified drops an address that the login did not verify.
func TestTokens_unverified(t *testing.T) {
	login := newLogin(t)
	token := login.Token("EdDSA", map[string]any{"email": "ada@mail.example", "email_verified": false})
	got, err := tokens(t, login, signin.EdDSA).Check(context.Background(), token, "")
	if err != nil || got.Email != "" {
		t.Errorf("got %q, %v", got.Email, err)
	}
}

// TestTokens_keySet reads keys of several kinds and finds the one of the algorithm.
func TestTokens_keySet(t *testing.T) {
	login := newLogin(t)
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_, _ = w.Write([]byte(login.KeySet("RS256", "ES256", "EdDSA")))
	}))
	defer server.Close()
	for _, a := range []signin.Algorithm{signin.RS256, signin.ES256, signin.EdDSA} {
		checks, err := signin.NewTokens(signin.TokensConfig{
			Issuer: paper, Audiences: []string{site}, Algorithm: a, KeysURL: server.URL, Client: server.Client(), Now: clock,
		})
		if err != nil {
			t.Fatal(err)
		}
		asked = 0
		for range 3 {
			if _, err := checks.Check(context.Background(), login.Token(string(a)), ""); err != nil {
				t.Errorf("%s: %v", a, err)
			}
		}
		strange := newLogin(t)
		strange.KeyID = "strange"
		for range 3 {
			_, err := checks.Check(context.Background(), strange.Token(string(a)), "")
			wantRefused(t, err, "not among those")
		}
		if asked != 1 {
			t.Errorf("%s: asked %d times for the keys", a, asked)
		}
	}
}

func TestNewTokens_refuses(t *testing.T) {
	login := newLogin(t)
	rsa, err := signin.PublicKey("a", signin.RS256, login.PEM("RS256"))
	if err != nil {
		t.Fatal(err)
	}
	base := signin.TokensConfig{Issuer: paper, Audiences: []string{site}, Algorithm: signin.RS256, Keys: []signin.Key{rsa}, Now: clock}
	for name, change := range map[string]func(*signin.TokensConfig){
		"no issuer":           func(c *signin.TokensConfig) { c.Issuer = "" },
		"no audience":         func(c *signin.TokensConfig) { c.Audiences = nil },
		"no key":              func(c *signin.TokensConfig) { c.Keys = nil },
		"none":                func(c *signin.TokensConfig) { c.Algorithm = "none" },
		"another algorithm":   func(c *signin.TokensConfig) { c.Algorithm = signin.ES256 },
		"the same id twice":   func(c *signin.TokensConfig) { c.Keys = []signin.Key{rsa, rsa} },
		"keys over http":      func(c *signin.TokensConfig) { c.Keys, c.KeysURL = nil, "http://paper.example/keys" },
		"keys here and there": func(c *signin.TokensConfig) { c.KeysURL = "https://paper.example/keys" },
		"a secret from afar": func(c *signin.TokensConfig) {
			c.Algorithm, c.Keys, c.KeysURL = signin.HS256, nil, "https://paper.example/keys"
		},
	} {
		c := base
		change(&c)
		if _, err := signin.NewTokens(c); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := signin.PublicKey("", signin.ES256, login.PEM("RS256")); err == nil {
		t.Error("an RSA key is taken for ES256")
	}
	if _, err := signin.PublicKey("", signin.EdDSA, []byte(`{"kty":"OKP","crv":"Ed25519","x":"AAAA"}`)); err == nil {
		t.Error("an Ed25519 key of 3 bytes is taken")
	}
}
