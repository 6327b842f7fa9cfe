package signin_test

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"

	"parley/internal/fixture"
	"parley/internal/signin"
	"parley/internal/signintest"
)

func TestCode(t *testing.T) {
	const code = "01AB-XYZ9"
	seal := signin.SealCode("key", "01ABXYZ9")
	for _, typed := range []string{code, "01ABXYZ9", "oiab xyz9", " OLab–xyz9\n", "٠١ABXYZ۹", "\u200e01ab-xyz9"} {
		if !signin.CodeMatches(seal, "key", typed) {
			t.Errorf("%q is not read as the code", typed)
		}
	}
	for _, typed := range []string{"", "01AB-XYZ8", "01AB-XYZ", "01AB-XYZ99", "01ABXYZU", strings.Repeat(" ", 500) + code, "０１ABXYZ9"} {
		if signin.CodeMatches(seal, "key", typed) {
			t.Errorf("%q is read as the code", typed)
		}
	}
	if signin.CodeMatches(seal, "another browser's", code) {
		t.Error("the code is good without the browser's key")
	}
	// An empty code never matches, even if somebody managed to seal one.
	if signin.CodeMatches(signin.SealCode("key", ""), "key", "") {
		t.Error("no code is a code")
	}
	seen := map[string]bool{}
	for range 1000 {
		c := signin.NewCode()
		if read, ok := signin.ReadCode(c); !ok || read != strings.ReplaceAll(c, "-", "") || seen[c] {
			t.Fatalf("made %q", c)
		}
		seen[c] = true
	}
}

func TestRecoveryCodes(t *testing.T) {
	codes := signin.NewRecoveryCodes()
	hashes := map[string]bool{}
	for _, c := range codes {
		h, err := signin.HashRecovery(strings.ToLower(strings.ReplaceAll(c, "-", " ")))
		if err != nil {
			t.Fatal(err)
		}
		hashes[h] = true
	}
	if len(hashes) != signin.RecoveryCodes {
		t.Errorf("%d different codes", len(hashes))
	}
	_, err := signin.HashRecovery(codes[0][:10])
	wantRefused(t, err, "recovery code")
}

func TestHandoff(t *testing.T) {
	// The vector of RFC 7636, appendix B.
	const verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	if got := signin.Challenge(verifier); got != challenge {
		t.Errorf("challenge %s", got)
	}
	if err := signin.CheckChallenge(challenge); err != nil {
		t.Error(err)
	}
	if err := signin.CheckVerifier(challenge, verifier); err != nil {
		t.Error(err)
	}
	wantRefused(t, signin.CheckVerifier(challenge, verifier[1:]+"A"), "not the challenge's")
	wantRefused(t, signin.CheckVerifier(challenge, "short"), "malformed")
	wantRefused(t, signin.CheckChallenge(challenge+"="), "malformed")
}

// TestConnect_vectors reads the vectors of a real implementation.
func TestConnect_vectors(t *testing.T) {
	b, err := os.ReadFile(fixture.Path(t, "standards", "sso", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	type signed struct{ Sso, Sig, Decoded string }
	var vectors struct {
		Connect struct {
			Secret            string
			Request, Response signed
		} `json:"discourse_connect"`
	}
	if err := json.Unmarshal(b, &vectors); err != nil {
		t.Fatal(err)
	}
	v := vectors.Connect
	sso, sig := signin.SignPayload([]byte(v.Secret), v.Request.Decoded)
	if sso != v.Request.Sso || sig != v.Request.Sig {
		t.Errorf("signed %s %s", sso, sig)
	}
	fields, err := signin.OpenPayload([]byte(v.Secret), v.Response.Sso, v.Response.Sig)
	if err != nil || fields.Get("external_id") != "1337" || fields.Get("nonce") != "very_wow_much_base64_so_query" {
		t.Errorf("opened %v, %v", fields, err)
	}
	_, err = signin.OpenPayload([]byte(v.Secret), v.Response.Sso, v.Request.Sig)
	wantRefused(t, err, "signature")
}

const sharedSecret = "a secret of at least thirty-two bytes"

// TestConnect goes there and back, with a login that answers in every way.
func TestConnect(t *testing.T) {
	login, err := signin.NewConnect("https://paper.example/sso?lang=en", sharedSecret)
	if err != nil {
		t.Fatal(err)
	}
	there, err := url.Parse(login.Request("n-1", "https://talk.paper.example/signin/connect"))
	if err != nil {
		t.Fatal(err)
	}
	asked, err := signin.OpenPayload([]byte(sharedSecret), there.Query().Get("sso"), there.Query().Get("sig"))
	if err != nil || asked.Get("nonce") != "n-1" || there.Query().Get("lang") != "en" {
		t.Fatalf("asked %v, %v", asked, err)
	}
	for _, c := range []struct{ payload, nonce, why string }{
		{"nonce=n-1&external_id=7&email=ada%40mail.example&username=Ada&admin=true", "n-1", ""},
		{"nonce=n-1&external_id=7&email=ada%40mail.example&require_activation=true", "n-1", ""},
		{"nonce=n-1&external_id=7", "n-2", "nonce"},
		{"nonce=&external_id=7", "", "nonce"},
		{"nonce=n-1", "n-1", "subject"},
		{"nonce=n-1&external_id=7&external_id=8", "n-1", "2 times"},
		{"nonce=n-1&external_id=7&username=%3Cb%3E", "n-1", "name"},
		{"nonce=n-1&external_id=7&email=nobody", "n-1", "e-mail"},
	} {
		sso, sig := signin.SignPayload([]byte(sharedSecret), c.payload)
		id, err := login.Answer(sso, sig, c.nonce)
		if c.why != "" {
			wantRefused(t, err, c.why)
			continue
		}
		verified := !strings.Contains(c.payload, "require_activation")
		if err != nil || id.Subject != "7" || id.Issuer != "discourse:https://paper.example" || (id.Email != "") != verified {
			t.Errorf("%s: %+v, %v", c.payload, id, err)
		}
	}
	_, err = login.Answer("bm9uY2U9bi0x", strings.Repeat("00", 32), "n-1")
	wantRefused(t, err, "signature")
	if _, err := signin.NewConnect("https://paper.example/sso", "short"); err == nil {
		t.Error("a short secret is taken")
	}
	if _, err := signin.NewConnect("http://paper.example/sso", sharedSecret); err == nil {
		t.Error("a login without TLS is taken")
	}
}

// TestProvider goes through the flow with a provider that behaves, then with one
// whose answers were changed on the way.
func TestProvider(t *testing.T) {
	p := signintest.NewProvider(t, clock)
	id, err := atProvider(t, p, nil)
	want := signin.Identity{Issuer: p.Issuer, Subject: "person-1", Name: "Ada Karim", Email: "ada@mail.example"}
	if err != nil || id != want {
		t.Fatalf("got %+v, %v", id, err)
	}
	for why, change := range map[string]func(url.Values){
		"state":              func(a url.Values) { a.Set("state", "another") },
		"issuer":             func(a url.Values) { a.Set("iss", "https://another.example") },
		`issuer ""`:          func(a url.Values) { a.Del("iss") },
		"no code":            func(a url.Values) { a.Del("code") },
		"OIDC code":          func(a url.Values) { a.Set("code", "guessed") },
		`"state" is there 2`: func(a url.Values) { a.Add("state", "another") },
		"access_denied":      func(a url.Values) { a.Set("error", "access_denied") },
	} {
		t.Run(why, func(t *testing.T) {
			_, err := atProvider(t, p, change)
			wantRefused(t, err, why)
		})
	}
	p.Person["email_verified"] = "true"
	if id, err := atProvider(t, p, nil); err != nil || id.Email != "" {
		t.Errorf("an address that is not verified: %q, %v", id.Email, err)
	}
	p.Describe = func(says map[string]any) { says["token_endpoint"] = "http://evil.example/token" }
	_, err = atProvider(t, p, nil)
	wantRefused(t, err, "https")
}

// TestProvider_flows are bound to their own secrets.
func TestProvider_flows(t *testing.T) {
	p := signintest.NewProvider(t, clock)
	ours, err := signin.NewProvider(signin.ProviderConfig{
		Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: p.ClientSecret, Redirect: "https://talk.paper.example/signin/back",
		Client: p.Server.Client(), Now: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	mine, yours := signin.NewFlow("state-1"), signin.NewFlow("state-1")
	there, err := ours.Begin(context.Background(), yours)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(there)
	if err != nil {
		t.Fatal(err)
	}
	back, err := url.Parse(p.Answer(u.Query()))
	if err != nil {
		t.Fatal(err)
	}
	// A code that was put into another browser's flow has the wrong verifier.
	_, err = ours.Finish(context.Background(), mine, back.Query())
	wantRefused(t, err, "OIDC code")
}
