package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"parley/internal/forum"
	"parley/internal/name"
	"parley/internal/signin"
	"parley/internal/store"
)

// ticketLife is how long somebody whom the paper's login sent may take to arrive.
const ticketLife = time.Minute

// logins are the sites' logins elsewhere, made of their settings when first needed
// and kept while those stay.
type logins struct {
	mu    sync.Mutex
	sites map[forum.ID]*siteLogins
}

// siteLogins are a site's logins elsewhere.
type siteLogins struct {
	made      string // the settings they were made of
	providers map[string]*signin.Provider
	tokens    *signin.Tokens
	connect   *signin.Connect
}

// loginsOf returns a site's logins elsewhere.
func (d *Desk) loginsOf(site forum.Site) (*siteLogins, error) {
	text, err := json.Marshal(site.Settings.SignIn)
	if err != nil {
		return nil, fmt.Errorf("sign-in settings: %w", err)
	}
	d.logins.mu.Lock()
	defer d.logins.mu.Unlock()
	if known := d.logins.sites[site.ID]; known != nil && known.made == string(text) {
		return known, nil
	}
	made, err := d.makeLogins(site)
	if err != nil {
		return nil, forum.Fail(forum.Unavailable, "error.unavailable").Because("logins of site %s: %w", site.Slug, err)
	}
	made.made = string(text)
	if d.logins.sites == nil {
		d.logins.sites = map[forum.ID]*siteLogins{}
	}
	d.logins.sites[site.ID] = made
	return made, nil
}

// CheckLogins makes a site's logins of its settings and the secrets they name, and
// says what is wrong with them. It asks nobody.
func (d *Desk) CheckLogins(site forum.Site) error {
	_, err := d.makeLogins(site)
	return err
}

func (d *Desk) makeLogins(site forum.Site) (*siteLogins, error) {
	out := &siteLogins{providers: map[string]*signin.Provider{}}
	for _, p := range site.Settings.SignIn.Providers {
		secret, err := d.secret(p.Secret)
		if err != nil {
			return nil, fmt.Errorf("provider %s: %w", p.Slug, err)
		}
		made, err := signin.NewProvider(signin.ProviderConfig{
			Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: string(secret), Redirect: d.ProviderRedirect(site, p.Slug),
			Client: d.client(), Now: d.now,
		})
		if err != nil {
			return nil, fmt.Errorf("provider %s: %w", p.Slug, err)
		}
		out.providers[p.Slug] = made
	}
	paper := site.Settings.SignIn.Paper
	if paper == nil {
		return out, nil
	}
	var err error
	if paper.Secret != "" {
		out.connect, err = d.makeConnect(*paper)
	} else {
		out.tokens, err = d.makeTokens(site, *paper)
	}
	return out, err
}

func (d *Desk) makeConnect(paper forum.Paper) (*signin.Connect, error) {
	shared, err := d.secret(paper.Secret)
	if err != nil {
		return nil, err
	}
	return signin.NewConnect(paper.URL, string(shared))
}

func (d *Desk) makeTokens(site forum.Site, paper forum.Paper) (*signin.Tokens, error) {
	c := signin.TokensConfig{
		Issuer: paper.Issuer, Audiences: []string{site.Slug, site.ID.String()}, Algorithm: signin.Algorithm(paper.Algorithm),
		KeysURL: paper.KeysURL, Client: d.client(), Now: d.now,
	}
	for _, k := range paper.Keys {
		source, err := d.secret(k.Secret)
		if err != nil {
			return nil, err
		}
		var key signin.Key
		if c.Algorithm == signin.HS256 {
			key, err = signin.SecretKey(k.ID, source)
		} else {
			key, err = signin.PublicKey(k.ID, c.Algorithm, source)
		}
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", k.Secret, err)
		}
		c.Keys = append(c.Keys, key)
	}
	return signin.NewTokens(c)
}

// client is the way out to providers and key sets; an installation that reaches
// nothing refuses whatever is asked of it.
func (d *Desk) client() *signin.Client {
	if d.out.Web == nil {
		return &signin.Client{Transport: nowhere{}}
	}
	return d.out.Web.Client()
}

// nowhere is the transport of an installation that reaches nothing.
type nowhere struct{}

// RoundTrip refuses.
func (nowhere) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("this installation calls nobody")
}

// secret reads a secret of the installation by its name; no name, no secret.
func (d *Desk) secret(name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	if d.out.Secret == nil {
		return nil, fmt.Errorf("secret %q: this installation has no folder of secrets", name)
	}
	return d.out.Secret(name)
}

// sitePath is the address of a path of a site. The oldest site has no prefix, but
// answers with it too; providers know each site by one address.
func (d *Desk) sitePath(site forum.Site, path string) string {
	return d.out.BaseURL + "/at/" + site.Slug + path
}

// ProviderRedirect is the address to register with a provider.
func (d *Desk) ProviderRedirect(site forum.Site, slug string) string {
	return d.sitePath(site, "/signin/with/"+slug+"/back")
}

// BeginProvider returns the token of the attempt and where to send the browser.
func (d *Desk) BeginProvider(ctx context.Context, site forum.Site, actor forum.Actor, slug, errand string) (token, there string, err error) {
	l, err := d.loginsOf(site)
	if err != nil {
		return "", "", err
	}
	p := l.providers[slug]
	if p == nil {
		return "", "", forum.Fail(forum.NotFound, "error.notFound")
	}
	token = secret()
	flow := signin.NewFlow(secret())
	if there, err = p.Begin(ctx, flow); err != nil {
		return "", "", err
	}
	return token, there, d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return d.attempt(ctx, tx, site, actor, forum.Attempt{Kind: attemptProvider}, token, codeLife,
			attemptState{Flow: &flow, Provider: slug, Errand: errand})
	})
}

// FinishProvider signs in with what the provider sent the browser back with.
func (d *Desk) FinishProvider(ctx context.Context, site forum.Site, actor forum.Actor, slug, token string, answer url.Values) (Entered, error) {
	l, err := d.loginsOf(site)
	if err != nil {
		return Entered{}, err
	}
	_, state, err := d.useAttempt(ctx, site, token, attemptProvider)
	if err != nil {
		return Entered{}, err
	}
	p := l.providers[slug]
	if p == nil || state.Provider != slug || state.Flow == nil {
		return Entered{}, refused("provider %q did not begin this attempt", slug)
	}
	id, err := p.Finish(ctx, *state.Flow, answer)
	if err != nil {
		return Entered{}, err
	}
	return d.enterAs(ctx, site, actor, forum.CredentialOIDC, id, slug, state.Errand)
}

// enterAs signs in whom a login vouches for.
func (d *Desk) enterAs(ctx context.Context, site forum.Site, actor forum.Actor, kind forum.CredentialKind, id signin.Identity, label, errand string) (Entered, error) {
	var in Entered
	err := d.enterWrite(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		in, err = d.letIn(ctx, tx, site, actor, proof{
			kind: kind, issuer: id.Issuer, subject: id.Subject, label: label, name: suggestion(site, id.Name), strong: kind.Strong(),
		})
		return err
	})
	in.Errand = errand
	return in, err
}

// suggestion is a login's name for a person, if the site would take it.
func suggestion(site forum.Site, said string) string {
	n, err := checkName(site, forum.Account{}, said)
	if err != nil {
		return ""
	}
	return n.Shown
}

// BeginPaper returns the token of the attempt and where to send the browser, with
// what the paper's login must send back.
func (d *Desk) BeginPaper(ctx context.Context, site forum.Site, actor forum.Actor, errand string) (token, there string, err error) {
	l, err := d.loginsOf(site)
	if err != nil {
		return "", "", err
	}
	paper := site.Settings.SignIn.Paper
	if paper == nil || paper.URL == "" {
		return "", "", forum.Fail(forum.NotFound, "error.notFound")
	}
	token = secret()
	state := attemptState{Nonce: secret(), Errand: errand}
	if l.connect != nil {
		there = l.connect.Request(state.Nonce, d.sitePath(site, "/signin/paper/back"))
	} else {
		u, err := url.Parse(paper.URL)
		if err != nil {
			return "", "", fmt.Errorf("address of the paper's login: %w", err)
		}
		q := u.Query()
		q.Set("nonce", state.Nonce)
		q.Set("return_url", d.sitePath(site, "/signin/token"))
		u.RawQuery = q.Encode()
		there = u.String()
	}
	return token, there, d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return d.attempt(ctx, tx, site, actor, forum.Attempt{Kind: attemptPaper}, token, codeLife, state)
	})
}

// FinishConnect signs in with the answer of a login that speaks DiscourseConnect.
func (d *Desk) FinishConnect(ctx context.Context, site forum.Site, actor forum.Actor, token, sso, sig string) (Entered, error) {
	l, err := d.loginsOf(site)
	if err != nil {
		return Entered{}, err
	}
	_, state, err := d.useAttempt(ctx, site, token, attemptPaper)
	if err != nil {
		return Entered{}, err
	}
	if l.connect == nil {
		return Entered{}, refused("the site's login does not speak DiscourseConnect")
	}
	id, err := l.connect.Answer(sso, sig, state.Nonce)
	if err != nil {
		return Entered{}, err
	}
	return d.vouched(d.enterAs(ctx, site, actor, forum.CredentialSSO, id, site.Settings.SignIn.Paper.Name, state.Errand))
}

// vouched gives what the paper's login brings the one answer that all its refusals
// have: whose account is barred is not the login's to learn.
func (d *Desk) vouched(in Entered, err error) (Entered, error) {
	if forum.IsKind(err, forum.Forbidden) {
		err = refused("%w", err)
	}
	return in, err
}

// checkToken checks a token of the paper's login and uses it up.
func (d *Desk) checkToken(ctx context.Context, site forum.Site, token string) (signin.Token, error) {
	l, err := d.loginsOf(site)
	if err != nil {
		return signin.Token{}, err
	}
	if l.tokens == nil {
		return signin.Token{}, refused("token: the site's login signs none")
	}
	t, err := l.tokens.Check(ctx, token, "")
	if err != nil {
		return t, err
	}
	if err := honestName(site, t.Name); err != nil {
		return t, err
	}
	return t, d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		decision, err := tx.Barred(ctx, site.ID, barDigest(forum.CredentialSSO, t.Issuer, t.Subject))
		if err != nil {
			return err
		}
		if decision != 0 {
			return refused("token: its subject is barred by decision %s", decision)
		}
		fresh, err := tx.UseToken(ctx, site.ID, digest("token", t.Issuer, t.ID), t.Expires)
		if err == nil && !fresh {
			return refused("token: used before")
		}
		return err
	})
}

// honestName refuses a token that names its person like somebody of the newsroom:
// the paper's login would not.
func honestName(site forum.Site, said string) error {
	n, err := name.Check(said)
	if err == nil && name.Reserved(n, []string{site.Name}) {
		return refused("token: the name is like one of the newsroom")
	}
	return nil
}

// EnterToken signs in with a token that a page of the publication, or our frame in
// one, hands over.
func (d *Desk) EnterToken(ctx context.Context, site forum.Site, actor forum.Actor, token string) (Entered, error) {
	t, err := d.checkToken(ctx, site, token)
	if err != nil {
		return Entered{}, err
	}
	return d.vouched(d.enterAs(ctx, site, actor, forum.CredentialSSO, t.Identity, site.Settings.SignIn.Paper.Name, ""))
}

// TakeToken accepts a token that the paper's login posted, when the browser's own
// cookies are not with it, and returns a ticket with which the browser comes next.
func (d *Desk) TakeToken(ctx context.Context, site forum.Site, actor forum.Actor, token string) (string, error) {
	t, err := d.checkToken(ctx, site, token)
	if err != nil {
		return "", err
	}
	ticket := secret()
	return ticket, d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return d.attempt(ctx, tx, site, actor, forum.Attempt{Kind: attemptTicket}, ticket, ticketLife,
			attemptState{Identity: &t.Identity, Nonce: t.Nonce})
	})
}

// Ticket says who a ticket would sign in and whether this browser went to fetch it:
// only then it is not asked first, since anybody could send anybody a ticket.
func (d *Desk) Ticket(ctx context.Context, site forum.Site, ticket, began string) (name string, expected bool, err error) {
	a, err := d.store.Attempt(ctx, site.ID, digest(ticket), attemptTicket, d.Now())
	if err != nil {
		return "", false, err
	}
	state, err := stateOf(a)
	if err != nil || state.Identity == nil {
		return "", false, err
	}
	asked, err := d.store.Attempt(ctx, site.ID, digest(began), attemptPaper, d.Now())
	if forum.IsKind(err, forum.NotFound) {
		return state.Identity.Name, false, nil
	}
	if err != nil {
		return "", false, err
	}
	flow, err := stateOf(asked)
	return state.Identity.Name, err == nil && flow.Nonce != "" && flow.Nonce == state.Nonce, err
}

// EnterTicket signs in with a ticket. began is the token of the attempt with which
// the browser went to the paper's login; empty: the login sent it by itself.
func (d *Desk) EnterTicket(ctx context.Context, site forum.Site, actor forum.Actor, ticket, began string) (Entered, error) {
	errand := ""
	if began != "" {
		_, flow, err := d.useAttempt(ctx, site, began, attemptPaper)
		if err != nil && !forum.IsKind(err, forum.Unauthorised) {
			return Entered{}, err
		}
		errand = flow.Errand
	}
	_, state, err := d.useAttempt(ctx, site, ticket, attemptTicket)
	if err != nil {
		return Entered{}, err
	}
	if state.Identity == nil || site.Settings.SignIn.Paper == nil {
		return Entered{}, refused("ticket: without an identity")
	}
	return d.vouched(d.enterAs(ctx, site, actor, forum.CredentialSSO, *state.Identity, site.Settings.SignIn.Paper.Name, errand))
}
