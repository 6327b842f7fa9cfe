package signin

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/oauth2"
)

// discoveryLife is how long a provider's description of itself is believed.
const discoveryLife = time.Hour

// Provider is an OpenID Connect provider, known by its issuer alone.
type Provider struct {
	config ProviderConfig

	mu    sync.Mutex
	known *discovered
	until time.Time
}

// ProviderConfig is what a provider gave us when we registered with it.
type ProviderConfig struct {
	Issuer       string
	ClientID     string
	ClientSecret string // empty: a public client
	Redirect     string // the exact address registered there
	Scopes       []string
	Client       *Client
	Now          func() time.Time
}

// Flow is one attempt to sign in at a provider. The caller keeps it, bound to the
// browser by State, and uses it once.
type Flow struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
}

// discovered is what a provider says of itself.
type discovered struct {
	provider  *oidc.Provider
	style     oauth2.AuthStyle
	namesSelf bool // it promises "iss" in its answers (RFC 9207)
}

// NewProvider refuses a configuration that cannot be used. It asks nobody anything
// yet.
func NewProvider(c ProviderConfig) (*Provider, error) {
	if _, err := secureURL(c.Issuer); err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	if _, err := secureURL(c.Redirect); err != nil {
		return nil, fmt.Errorf("redirect address: %w", err)
	}
	if c.ClientID == "" {
		return nil, fmt.Errorf("provider %s: no client id", c.Issuer)
	}
	if len(c.Scopes) == 0 {
		c.Scopes = []string{"profile", "email"}
	}
	c.Scopes = append([]string{oidc.ScopeOpenID}, slices.DeleteFunc(slices.Clone(c.Scopes), func(s string) bool { return s == oidc.ScopeOpenID })...)
	return &Provider{config: c}, nil
}

// NewFlow returns a fresh attempt.
func NewFlow(state string) Flow {
	return Flow{State: state, Nonce: Secret(), Verifier: oauth2.GenerateVerifier()}
}

// Begin returns where to send the browser.
func (p *Provider) Begin(ctx context.Context, f Flow) (string, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return p.oauth(d).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), nil
}

// Finish turns the provider's answer into an identity. The answer is the query
// with which the provider sent the browser back.
func (p *Provider) Finish(ctx context.Context, f Flow, answer url.Values) (Identity, error) {
	for name, values := range answer {
		if len(values) != 1 {
			return Identity{}, refuse("OIDC answer: %q is there %d times", clip(name), len(values))
		}
	}
	if f.State == "" || subtle.ConstantTimeCompare([]byte(f.State), []byte(answer.Get("state"))) != 1 {
		return Identity{}, refuse("OIDC answer: the state is not the request's")
	}
	d, err := p.discover(ctx)
	if err != nil {
		return Identity{}, err
	}
	if iss, ok := answer["iss"]; (ok && iss[0] != p.config.Issuer) || (!ok && d.namesSelf) {
		return Identity{}, refuse("OIDC answer: issuer %q is not %s", clip(answer.Get("iss")), p.config.Issuer)
	}
	if code := answer.Get("error"); code != "" {
		return Identity{}, refuse("OIDC answer: the provider says %q", clip(code))
	}
	if answer.Get("code") == "" {
		return Identity{}, refuse("OIDC answer: no code")
	}
	ctx = oidc.ClientContext(ctx, p.config.Client)
	granted, err := p.oauth(d).Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return Identity{}, refuse("OIDC code: %w", err)
	}
	raw, ok := granted.Extra("id_token").(string)
	if !ok || len(raw) > maxToken {
		return Identity{}, refuse("OIDC code: no ID token of at most %d bytes", maxToken)
	}
	return p.read(ctx, d, f, raw, granted.AccessToken)
}

// read checks an ID token and returns whom it names.
func (p *Provider) read(ctx context.Context, d *discovered, f Flow, raw, access string) (Identity, error) {
	token, err := d.provider.Verifier(&oidc.Config{ClientID: p.config.ClientID, Now: p.config.Now}).Verify(ctx, raw)
	if err != nil {
		return Identity{}, refuse("ID token: %w", err)
	}
	if token.Nonce == "" || subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(f.Nonce)) != 1 {
		return Identity{}, refuse("ID token: the nonce is not the request's")
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(access); err != nil {
			return Identity{}, refuse("ID token: at_hash: %w", err)
		}
	}
	if err := checkSubject(token.Subject); err != nil {
		return Identity{}, err
	}
	var payload jsontext.Value
	if err := token.Claims(&payload); err != nil {
		return Identity{}, refuse("ID token: %w", err)
	}
	return p.describe(token, payload)
}

// describe reads the claims that the library leaves to us.
func (p *Provider) describe(token *oidc.IDToken, payload []byte) (Identity, error) {
	claims, err := members(payload)
	if err != nil {
		return Identity{}, refuse("ID token: payload: %w", err)
	}
	if _, ok := claims["events"]; ok {
		return Identity{}, refuse("ID token: it is a logout token")
	}
	party, err := text(claims, "azp")
	if err != nil || (party != "" && party != p.config.ClientID) || (party == "" && len(token.Audience) > 1) {
		return Identity{}, refuse("ID token: authorised party %q is not ours", clip(party))
	}
	if issued := token.IssuedAt; issued.IsZero() || issued.After(p.config.Now().Add(TokenSkew)) {
		return Identity{}, refuse("ID token: issued in the future, or never")
	}
	id := Identity{Issuer: p.config.Issuer, Subject: token.Subject}
	for _, name := range []string{"preferred_username", "name"} {
		if shown, err := text(claims, name); err == nil && shown != "" && checkShownName(shown) == nil {
			id.Name = shown
		}
	}
	// An address that is malformed or not verified is no address to us.
	var verified bool
	if v, ok := claims["email_verified"]; ok && json.Unmarshal(v, &verified) == nil && verified {
		if address, err := text(claims, "email"); err == nil && checkAddress(address) == nil {
			id.Email = address
		}
	}
	return id, nil
}

func (p *Provider) oauth(d *discovered) *oauth2.Config {
	endpoint := d.provider.Endpoint()
	endpoint.AuthStyle = d.style
	return &oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, Endpoint: endpoint,
		RedirectURL: p.config.Redirect, Scopes: p.config.Scopes,
	}
}

// discover returns what the provider says of itself, asking when that is old.
func (p *Provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil && p.config.Now().Before(p.until) {
		return p.known, nil
	}
	// The library refuses an issuer that calls itself otherwise.
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, p.config.Client), p.config.Issuer)
	if err != nil {
		return nil, refuse("OIDC discovery: %w", err)
	}
	var says struct {
		Methods   []string `json:"token_endpoint_auth_methods_supported"`
		NamesSelf bool     `json:"authorization_response_iss_parameter_supported"`
		Keys      string   `json:"jwks_uri"`
	}
	if err := provider.Claims(&says); err != nil {
		return nil, refuse("OIDC discovery: %w", err)
	}
	for _, address := range []string{provider.Endpoint().AuthURL, provider.Endpoint().TokenURL, says.Keys} {
		if _, err := secureURL(address); err != nil {
			return nil, refuse("OIDC discovery: %w", err)
		}
	}
	p.known = &discovered{provider: provider, style: p.style(says.Methods), namesSelf: says.NamesSelf}
	p.until = p.config.Now().Add(discoveryLife)
	return p.known, nil
}

// style says how we show who we are: in the header unless the provider takes only
// the form, or there is nothing to hide.
func (p *Provider) style(methods []string) oauth2.AuthStyle {
	form := slices.Contains(methods, "client_secret_post") && !slices.Contains(methods, "client_secret_basic")
	if form || p.config.ClientSecret == "" {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}
