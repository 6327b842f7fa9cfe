package signintest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync"
	"testing"
	"time"

	"parley/internal/egress"
)

// Provider is an OpenID Connect provider on this machine. It signs everybody in as
// the same person, asking with one button.
type Provider struct {
	*Login
	ClientID     string
	ClientSecret string
	Server       *httptest.Server
	// Person is what ID tokens say of the person, beside what they must say; a nil
	// value takes a claim away.
	Person map[string]any
	// Describe changes what the provider says of itself.
	Describe func(map[string]any)
	// Typ is the type of its ID tokens.
	Typ string
	// Now is its clock.
	Now func() time.Time

	mu    sync.Mutex
	codes map[string]url.Values // what was asked for, by code
}

// NewProvider starts a provider.
func NewProvider(t testing.TB, now func() time.Time) *Provider {
	t.Helper()
	p := &Provider{
		ClientID: "parley", ClientSecret: rand.Text(), Typ: "JWT", Now: now, codes: map[string]url.Values{},
		Person: map[string]any{"sub": "person-1", "name": "Ada Karim", "email": "ada@mail.example", "email_verified": true},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, p.KeySet("RS256")) })
	mux.HandleFunc("GET /authorize", p.ask)
	mux.HandleFunc("POST /authorize", p.agree)
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Server.Close)
	p.Login = NewLogin(t, p.Server.URL, p.ClientID, now())
	return p
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	says := map[string]any{
		"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token",
		"jwks_uri": p.Issuer + "/keys", "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported":          []string{"RS256"},
		"authorization_response_iss_parameter_supported": true,
	}
	if p.Describe != nil {
		p.Describe(says)
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, object(says))
}

// ask shows one button.
func (p *Provider) ask(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><title>Provider</title><form method="post" action="/authorize?%s"><button>Continue as Ada</button></form>`,
		url.PathEscape(r.URL.RawQuery))
}

func (p *Provider) agree(w http.ResponseWriter, r *http.Request) {
	raw, err := url.PathUnescape(r.URL.RawQuery)
	must(err)
	asked, err := url.ParseQuery(raw)
	must(err)
	http.Redirect(w, r, p.Answer(asked), http.StatusSeeOther)
}

// Answer agrees to what was asked for and returns where the browser is sent.
func (p *Provider) Answer(asked url.Values) string {
	code := rand.Text()
	p.mu.Lock()
	p.codes[code] = asked
	p.mu.Unlock()
	back := url.Values{"code": {code}, "state": {asked.Get("state")}, "iss": {p.Issuer}}
	return asked.Get("redirect_uri") + "?" + back.Encode()
}

// token swaps a code, once, for tokens, if who asks has the client's secret and
// the verifier.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	asked, ok := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	p.mu.Unlock()
	id, secret, _ := r.BasicAuth()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	w.Header().Set("Content-Type", "application/json")
	if !ok || id != p.ClientID || secret != p.ClientSecret || challenge != asked.Get("code_challenge") ||
		asked.Get("code_challenge_method") != "S256" || r.PostFormValue("redirect_uri") != asked.Get("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_grant"}`)
		return
	}
	access := rand.Text()
	must(json.NewEncoder(w).Encode(map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": p.idToken(asked.Get("nonce"), access),
	}))
}

func (p *Provider) idToken(nonce, access string) string {
	hash := sha256.Sum256([]byte(access))
	now := p.Now()
	claims := map[string]any{
		"iss": p.Issuer, "aud": p.ClientID, "nonce": nonce, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"at_hash": base64.RawURLEncoding.EncodeToString(hash[:16]),
	}
	maps.Copy(claims, p.Person)
	for name, value := range claims {
		if value == nil {
			delete(claims, name)
		}
	}
	header := p.Header("RS256")
	header["typ"] = p.Typ
	return p.Sign("RS256", object(header), object(claims))
}

// Loopback is a way out to this machine, where a test's provider is.
func Loopback() *egress.Egress {
	return egress.New(egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
}
