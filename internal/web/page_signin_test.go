package web

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/signin"
	"parley/internal/signintest"
	"parley/internal/store"
)

// lastCode returns the code of the newest mail that waits to be sent.
func (h *house) lastCode(site forum.Site) string {
	h.t.Helper()
	queued, err := h.store.JobsOfKind(context.Background(), site.ID, "mail", 0, 1)
	if err != nil || len(queued) != 1 {
		h.t.Fatalf("%d mails, %v", len(queued), err)
	}
	var mail struct{ Data map[string]string }
	if err := json.Unmarshal([]byte(queued[0].Payload), &mail); err != nil {
		h.t.Fatal(err)
	}
	return mail.Data["code"]
}

// signIn signs a browser in at an address, under a name if it has none yet.
func (b *browser) signIn(site forum.Site, address, name string) {
	b.t.Helper()
	b.post(b.at(site)+"/signin/email", url.Values{"email": {address}}).want(http.StatusOK)
	a := b.post(b.at(site)+"/signin/code", url.Values{"code": {b.lastCode(site)}}).want(http.StatusOK)
	if strings.HasSuffix(a.path, "/signin/name") {
		b.post(b.at(site)+"/signin/name", url.Values{"name": {name}}).want(http.StatusOK)
	}
}

// TestSignIn_email goes the whole way without script, as a guest who has written.
func TestSignIn_email(t *testing.T) {
	h := newHouse(t, func(s *forum.Settings) { s.Guidelines = "Be kind to strangers." })
	b := h.browser()
	id := b.write(h.site, h.story.ID, 0, forum.BylineNone, "", "As a guest.")
	back := "/c/" + id.String()
	b.get("/signin?return_to="+back).want(http.StatusOK).has("Sign in", "E-mail address")
	b.post("/signin/email", url.Values{"email": {"nobody"}}).want(http.StatusUnprocessableEntity).has("This is not an e-mail address.")
	a := b.post("/signin/email", url.Values{"email": {"ada@mail.example"}, "return_to": {back}}).want(http.StatusOK)
	a.has("Enter the code", "ada@mail.example")
	code := h.lastCode(h.site)

	// What follows the link of the mail uses nothing up, here or elsewhere.
	link := "/signin/code?code=" + url.QueryEscape(code)
	if page := b.get(link).want(http.StatusOK); !strings.Contains(page.body, `value="`+code+`"`) {
		t.Error("the link does not bring the code")
	}
	h.browser().get(link).want(http.StatusOK).has("belongs to the browser")
	h.browser().post("/signin/code", url.Values{"code": {code}}).want(http.StatusUnprocessableEntity)
	b.post("/signin/code", url.Values{"code": {"0000-0000"}}).want(http.StatusUnprocessableEntity).has("This code is not right")

	a = b.post("/signin/code", url.Values{"code": {strings.ToLower(code)}}).want(http.StatusOK)
	a.has("How should your comments be signed?", "Be kind to strangers.")
	b.post("/signin/name", url.Values{"name": {"Moderator"}, "return_to": {back}}).want(http.StatusUnprocessableEntity).has("newsroom")
	if a = b.post("/signin/name", url.Values{"name": {"Ada Karim"}, "return_to": {back}}).want(http.StatusOK); a.path != back {
		t.Errorf("went on to %s, not to %s", a.path, back)
	}
	b.get("/me").want(http.StatusOK).has("As a guest.")
	b.get("/me/security").want(http.StatusOK).has("Code by e-mail", "ada@mail.example", "this browser")

	second := h.browser()
	second.signIn(h.site, "ada@mail.example", "")
	second.get("/me").has("As a guest.")
	second.post("/me/sessions/end", nil).want(http.StatusOK)
	b.get("/me").lacks("As a guest.")
}

// TestSignIn_sameAnswer: an address that signs in and one that nobody has get the
// same bytes.
func TestSignIn_sameAnswer(t *testing.T) {
	h := newHouse(t)
	h.browser().signIn(h.site, "known@mail.example", "Known Reader")
	answer := func(address string) string {
		b := h.browser()
		a := b.post("/signin/email", url.Values{"email": {address}}).want(http.StatusOK)
		return strings.ReplaceAll(a.body, address, "ADDRESS")
	}
	if known, unknown := answer("known@mail.example"), answer("fresh@mail.example"); known != unknown {
		t.Error("a known address is told from an unknown one")
	}
}

// field finds the page a form goes back to.
var field = regexp.MustCompile(`name="return_to" value="([^"]*)"`)

// withLogin is a house whose paper signs tokens, with what its log says.
func withLogin(t *testing.T) (*house, *signintest.Login, *bytes.Buffer) {
	t.Helper()
	h := newHouse(t)
	login := signintest.NewLogin(t, "https://login.paper.example", h.site.Slug, time.Now())
	h.site.Settings.SignIn.Paper = &forum.Paper{
		Name: "The Paper", URL: "https://login.paper.example/login", Issuer: login.Issuer, Algorithm: "HS256",
		Keys: []forum.PaperKey{{ID: login.KeyID, Secret: "paper"}},
	}
	if err := h.desk.SetSite(context.Background(), h.site); err != nil {
		t.Fatal(err)
	}
	h.reach.Secret = func(string) ([]byte, error) { return login.Secret, nil }
	h.desk.Connect(h.reach)
	log := &bytes.Buffer{}
	handler, err := New(Config{
		Desk: h.desk, Log: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), BaseURL: h.server.URL, Unlimited: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.server.Config.Handler = handler
	return h, login, log
}

// hand hands a token over as the paper's page does.
func (h *house) hand(token string) answer {
	h.t.Helper()
	body, err := json.Marshal(map[string]string{"jwt": token})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.browser().do(http.MethodPost, "/api/v1/session/token", bytes.NewReader(body), http.Header{
		"Content-Type": {"application/json"}, "Origin": {paperOrigin},
	})
}

// TestToken_mutations sends every change to a good token that the fixtures describe.
// All but those whose line names its own answer get one and the same 401; the log
// says why.
func TestToken_mutations(t *testing.T) {
	h, login, log := withLogin(t)
	good := h.hand(login.Token("HS256", map[string]any{"name": "Ada Karim"})).want(http.StatusOK)
	if good.header.Get("Parley-Token") == "" || !strings.Contains(good.body, `"role":"reader"`) {
		t.Fatalf("a good token: %s", good.body)
	}
	wrong := h.hand("x").want(http.StatusUnauthorized).body
	check := func(words, token, why string) {
		t.Helper()
		log.Reset()
		a := h.hand(token)
		if len(token) > 30_000 { // beyond what any request may carry
			if a.status != http.StatusRequestEntityTooLarge && a.status != http.StatusUnauthorized {
				t.Errorf("%s: status %d", words, a.status)
			}
			return
		}
		if a.status != http.StatusUnauthorized || a.body != wrong {
			t.Errorf("%s: %d %s", words, a.status, a.body)
		}
		if said := strings.ReplaceAll(log.String(), `\"`, `"`); strings.Count(said, "\n") != 1 || !strings.Contains(strings.ReplaceAll(said, `\`, ""), why) {
			t.Errorf("%s: the log says %s, not %q", words, said, why)
		}
	}
	for words, m := range login.Mutations() {
		why := m.Why
		if m.Configured != "HS256" {
			why = "token" // of a site with another key; internal/signin has the reasons
		}
		check(words, m.Token, why)
	}
	replayed := login.Token("HS256")
	h.hand(replayed).want(http.StatusOK)
	check("jti replayed", replayed, "used before")
	check("name impersonating a moderator", login.Token("HS256", map[string]any{"name": "Moderator"}), "newsroom")
	banned := login.Token("HS256", map[string]any{"sub": "banned"})
	h.bar(banned)
	check("sub of a banned user", login.Token("HS256", map[string]any{"sub": "banned"}), "barred")

	// In a URL, in a header, or as what it is not, a good token is nothing.
	fresh := func() string { return login.Token("HS256") }
	h.browser().post("/signin/token?token="+fresh(), nil).want(http.StatusUnauthorized)
	overlay := "/s/" + h.story.ID.String() + "/overlay"
	for _, headers := range [][]string{
		{"Bearer " + fresh()},
		{"bearer " + fresh()},
		{"BEARER  " + fresh()},
		{"Bearer\t" + fresh()},
		{"Parley " + fresh()},
		{"Bearer " + fresh(), "Bearer " + fresh()},
	} {
		a := h.browser().do(http.MethodGet, overlay, nil, http.Header{"Authorization": headers}).want(http.StatusOK)
		if !strings.Contains(a.body, `"account":null`) {
			t.Errorf("%q signs in: %s", headers, a.body)
		}
		h.browser().do(http.MethodPut, "/api/v1/sites/"+h.site.Slug+"/stories/x", strings.NewReader(`{"headline":"x"}`),
			http.Header{"Authorization": headers, "Content-Type": {"application/json"}}).want(http.StatusUnauthorized)
	}
}

// bar signs a token's person in and bars them, as a ban does.
func (h *house) bar(token string) {
	h.t.Helper()
	h.hand(token).want(http.StatusOK)
	ctx := context.Background()
	c, err := h.store.CredentialBySubject(ctx, h.site.ID, forum.CredentialSSO, "https://login.paper.example", "banned")
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.desk.BarCredentials(ctx, h.site, c.AccountID, 7); err != nil {
		h.t.Fatal(err)
	}
	// The account itself stays open to them, for an appeal; another is not to be had.
	err = h.store.Write(ctx, h.desk.Now(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.DropCredential(ctx, h.site.ID, c.AccountID, c.ID)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// TestToken_posted is the paper's login posting its token: with the nonce of this
// browser it signs in at once, else the person is asked.
func TestToken_posted(t *testing.T) {
	h, login, _ := withLogin(t)
	b, other := h.browser(), h.browser()
	for _, x := range []*browser{b, other} {
		x.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
			r.Header.Del("Origin") // no browser names one after a redirect
			if r.URL.Host == "login.paper.example" {
				return http.ErrUseLastResponse
			}
			return nil
		}
	}
	there := b.get("/signin/paper?return_to=/section/world").want(http.StatusSeeOther)
	u, err := url.Parse(there.header.Get("Location"))
	if err != nil || u.Query().Get("return_url") != h.server.URL+"/at/main/signin/token" {
		t.Fatalf("sent to %s, %v", u, err)
	}
	abroad := http.Header{"Origin": {paperOrigin}, "Content-Type": {"application/x-www-form-urlencoded"}}
	send := func(b *browser, token string) answer {
		return b.do(http.MethodPost, "/at/main/signin/token", strings.NewReader(url.Values{"token": {token}}.Encode()), abroad)
	}
	a := send(b, login.Token("HS256", map[string]any{"nonce": u.Query().Get("nonce"), "name": "Ada Karim"})).want(http.StatusOK)
	if a.path != "/signin/name" || !strings.Contains(a.body, `value="Ada Karim"`) || !strings.Contains(a.body, "/section/world") {
		t.Errorf("came to %s\n%s", a.path, excerpt(a.body))
	}
	a = send(other, login.Token("HS256", map[string]any{"sub": "somebody", "name": "Bea Sand"})).want(http.StatusOK)
	a.has("Continue as", "Bea Sand")
	other.get("/me/security").has("Sign in") // nothing happened yet
	other.post(a.path, nil).want(http.StatusOK)
	other.get("/me/security").has("The publication’s login")
	other.post(a.path, nil).want(http.StatusUnauthorized)
	// From an origin that the site has not registered nothing is taken.
	abroad.Set("Origin", "https://evil.example")
	send(h.browser(), login.Token("HS256")).want(http.StatusForbidden)
}

// TestWindow is the window that a frame and a foreign page open to sign in.
func TestWindow(t *testing.T) {
	h := newHouse(t)
	const verifier = "a-verifier-of-at-least-forty-three-characters-0123"
	for kind, origin := range map[string]string{"frame": h.server.URL, "embed": paperOrigin} {
		headers := http.Header{"Content-Type": {"application/json"}, "Origin": {origin}}
		if kind == "frame" {
			headers.Set("Parley-Context", "frame")
		}
		page, window := h.browser(), h.browser()
		posted := page.do(http.MethodPost, "/api/v1/comments",
			strings.NewReader(`{"story":"`+h.story.ID.String()+`","byline":"none","text":"Before signing in, in a `+kind+`."}`), headers).want(http.StatusCreated)
		headers.Set("Authorization", "Parley "+posted.header.Get("Parley-Token"))

		q := url.Values{"challenge": {signin.Challenge(verifier)}, "origin": {origin}, "kind": {kind}}
		a := window.get("/signin?" + q.Encode()).want(http.StatusOK)
		if coop := a.header.Get("Cross-Origin-Opener-Policy"); coop != "unsafe-none" {
			t.Errorf("the opener is cut off: %q", coop)
		}
		q.Set("email", kind+"@mail.example")
		window.post("/signin/email", q).want(http.StatusOK)
		a = window.post("/signin/code", url.Values{"code": {h.lastCode(h.site)}}).want(http.StatusOK)
		q.Set("later", "1")
		a = window.post("/signin/name", q).want(http.StatusOK)
		handed := regexp.MustCompile(`data-handoff="([A-Z0-9]+)" data-to="([^"]+)"`).FindStringSubmatch(a.body)
		if handed == nil || handed[2] != origin {
			t.Fatalf("%s: no code for %s\n%s", kind, origin, excerpt(a.body))
		}
		swap := func(verifier string) answer {
			return page.do(http.MethodPost, "/api/v1/session", strings.NewReader(`{"code":"`+handed[1]+`","verifier":"`+verifier+`"}`), headers)
		}
		a = swap(verifier).want(http.StatusOK)
		cookie := strings.Join(a.header.Values("Set-Cookie"), "\n")
		if !strings.Contains(cookie, "__Host-parley-"+kind+"-main=") || !strings.Contains(cookie, "Partitioned") || !strings.Contains(a.body, `"role":"reader"`) {
			t.Errorf("%s: %s %s", kind, cookie, a.body)
		}
		swap(verifier).want(http.StatusUnauthorized)
		window.get("/me").has("Before signing in, in a " + kind)
	}
	// Another origin gets no window, and no code leads to it.
	q := url.Values{"challenge": {signin.Challenge(verifier)}, "origin": {"https://evil.example"}, "kind": {"embed"}}
	if a := h.browser().get("/signin?" + q.Encode()).want(http.StatusOK); strings.Contains(a.body, "evil.example") {
		t.Error("an origin that is not registered is taken")
	}
}

// TestPasskey enrols and uses a passkey over HTTP, as the page's script does.
func TestPasskey(t *testing.T) {
	h := newHouse(t)
	base := "http://localhost:4321"
	h.reach.BaseURL = base
	h.desk.Connect(h.reach)
	owner := h.owner(h.site)
	owner.get("/me/security").has("Add a passkey")
	device := &signintest.Authenticator{Origin: base, Verifies: true}
	options := owner.post("/me/passkeys/begin", nil).want(http.StatusOK)
	owner.json(http.MethodPost, "/me/passkeys", string(device.Create(t, []byte(options.body)))).want(http.StatusOK)
	owner.get("/desk/held").want(http.StatusOK)
	owner.get("/me/security").has("Passkey").lacks("works only once")

	again := h.browser()
	options = again.post("/signin/passkey/begin", url.Values{"return_to": {"/desk/held"}}).want(http.StatusOK)
	answer := string(device.Use(t, []byte(options.body)))
	h.browser().json(http.MethodPost, "/signin/passkey", answer).want(http.StatusUnauthorized)
	if a := again.json(http.MethodPost, "/signin/passkey", answer).want(http.StatusOK); !strings.Contains(a.body, "/signin/name?return_to=%2Fdesk%2Fheld") {
		t.Errorf("goes on to %s", a.body)
	}
	again.get("/desk/held").want(http.StatusOK)
	// A form of another site cannot send an answer.
	again.post("/signin/passkey", url.Values{"answer": {answer}}).want(http.StatusUnprocessableEntity)

	codes := regexp.MustCompile(`<code>([0-9A-Z-]+)</code>`).FindAllStringSubmatch(owner.post("/me/security/recovery", nil).want(http.StatusOK).body, -1)
	if len(codes) != signin.RecoveryCodes {
		t.Fatalf("%d codes", len(codes))
	}
	lost := h.browser()
	lost.post("/signin/recovery?return_to=/desk/held", url.Values{"code": {codes[0][1]}}).want(http.StatusOK)
	lost.get("/desk/held").want(http.StatusOK)
}

// TestProvider_page goes to a real provider and comes back.
func TestProvider_page(t *testing.T) {
	h := newHouse(t)
	p := signintest.NewProvider(t, time.Now)
	h.site.Settings.SignIn.Providers = []forum.Provider{{Slug: "id", Name: "City ID", Issuer: p.Issuer, ClientID: p.ClientID, Secret: "id"}}
	if err := h.desk.SetSite(context.Background(), h.site); err != nil {
		t.Fatal(err)
	}
	h.reach.Web, h.reach.Secret = signintest.Loopback(), func(string) ([]byte, error) { return []byte(p.ClientSecret), nil }
	h.desk.Connect(h.reach)
	b := h.browser()
	b.get("/signin").has("Continue with", "City ID")
	a := b.get("/signin/with/id?return_to=/section/world").want(http.StatusOK)
	action := regexp.MustCompile(`action="([^"]+)"`).FindStringSubmatch(a.body)
	res, err := b.client.Post(p.Issuer+action[1], "application/x-www-form-urlencoded", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.Request.URL.Path != "/signin/name" || res.Request.URL.Query().Get("name") != "Ada Karim" {
		t.Errorf("came back to %s", res.Request.URL)
	}
	b.get("/me/security").has("City ID")
	// What comes back a second time, or to another browser, signs nobody in.
	h.browser().get("/at/main/signin/with/id/back?state=x&code=y").want(http.StatusUnauthorized).has("Signing in did not work")
}

// TestSignIn_origin: a page whose referrer policy hides where its form was sent from
// would make its own form a stranger's, who is no guest of ours.
func TestSignIn_origin(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.post("/signin/email", url.Values{"email": {"ada@mail.example"}}).want(http.StatusOK)
	for _, path := range []string{"/signin", "/signin/code", "/signin/recovery"} {
		if policy := b.get(path).want(http.StatusOK).header.Get("Referrer-Policy"); policy == "no-referrer" {
			t.Errorf("%s: forms are sent from nowhere", path)
		}
	}
}
