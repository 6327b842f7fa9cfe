package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/mail"
	"parley/internal/store"
)

// house is a whole installation for one test: real store, real desk, real HTTP.
type house struct {
	t      *testing.T
	desk   *desk.Desk
	store  *store.Store
	site   forum.Site
	story  forum.Story
	path   string // of the database
	server *httptest.Server
	reach  desk.Outside // what the desk reaches
}

// paperOrigin is the origin of another site that may embed this one.
const paperOrigin = "https://paper.example"

// index makes what was posted findable, as a job does a moment after it.
func (h *house) index() {
	h.t.Helper()
	if err := h.desk.Index(h.t.Context(), h.site.ID); err != nil {
		h.t.Fatal(err)
	}
}

// newHouse starts an installation with a site and a story. Comments appear at
// once and as fast as the test writes.
func newHouse(t *testing.T, change ...func(*forum.Settings)) *house {
	t.Helper()
	path := t.TempDir() + "/parley.db"
	h := houseAt(t, store.Places{URL: path}, change...)
	h.path = path
	return h
}

// houseAt does so with the database where the test says.
func houseAt(t *testing.T, at store.Places, change ...func(*forum.Settings)) *house {
	t.Helper()
	s, err := store.OpenPlaces(context.Background(), at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &house{t: t, store: s, desk: desk.New(s, time.Now)}
	h.site = h.addSite("main", change...)
	h.story = h.addStory(h.site, "The dam holds")
	h.server = httptest.NewUnstartedServer(nil)
	base := "http://" + h.server.Listener.Addr().String()
	h.reach = desk.Outside{BaseURL: base, Mail: relay(t)}
	h.desk.Connect(h.reach)
	handler, err := New(Config{Desk: h.desk, Log: slog.New(slog.DiscardHandler), BaseURL: base, Unlimited: true})
	if err != nil {
		t.Fatal(err)
	}
	h.server.Config.Handler = handler
	h.server.Start()
	t.Cleanup(h.server.Close)
	return h
}

func (h *house) addSite(slug string, change ...func(*forum.Settings)) forum.Site {
	h.t.Helper()
	settings := forum.DefaultSettings()
	settings.HoldFirst = false
	settings.NamelessPace, settings.ReaderPace = forum.Pace{}, forum.Pace{}
	settings.Origins = []string{paperOrigin}
	for _, c := range change {
		c(&settings)
	}
	site, err := h.desk.AddSite(context.Background(), slug, "The "+slug+" paper", settings)
	if err != nil {
		h.t.Fatal(err)
	}
	return site
}

func (h *house) addStory(site forum.Site, headline string) forum.Story {
	h.t.Helper()
	x, _, err := h.desk.PutStory(context.Background(), site, desk.Article{
		Headline: headline, Lede: "A lede.", Body: "A *body*.", PublishedAt: time.Now().Add(-time.Hour),
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return x
}

// browser is a client that keeps cookies and follows redirects.
type browser struct {
	*house
	client *http.Client
	header http.Header
}

func (h *house) browser() *browser {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &browser{house: h, client: &http.Client{Jar: jar}, header: http.Header{}}
}

// owner is a browser that came through the site's one-time link.
func (h *house) owner(site forum.Site) *browser {
	h.t.Helper()
	token, err := h.desk.OwnerLink(context.Background(), site)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.welcome(site, token)
}

// staffed is a browser that works for the newsroom in a role.
func (h *house) staffed(site forum.Site, role forum.Role) *browser {
	h.t.Helper()
	token, err := h.desk.RoleLink(context.Background(), site, role)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.welcome(site, token)
}

// welcome is a browser that came through a one-time link.
func (h *house) welcome(site forum.Site, token string) *browser {
	h.t.Helper()
	b := h.browser()
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer func() { b.client.CheckRedirect = nil }()
	if a := b.post(h.at(site)+"/welcome/"+token, nil); a.status != http.StatusSeeOther {
		h.t.Fatalf("welcome: %d\n%s", a.status, a.body)
	}
	return b
}

// at returns the prefix of a site's paths.
func (h *house) at(site forum.Site) string {
	if site.ID == h.site.ID {
		return ""
	}
	return "/at/" + site.Slug
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	path   string // after redirects
	header http.Header
	body   string
}

func (b *browser) do(method, path string, body io.Reader, header http.Header) answer {
	b.t.Helper()
	req, err := http.NewRequest(method, b.server.URL+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, set := range []http.Header{b.header, header} {
		for name, values := range set {
			req.Header[name] = values
		}
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{t: b.t, status: res.StatusCode, path: res.Request.URL.Path, header: res.Header, body: string(text)}
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	return b.do(http.MethodGet, path, nil, nil)
}

func (b *browser) post(path string, form url.Values) answer {
	b.t.Helper()
	return b.do(http.MethodPost, path, strings.NewReader(form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

func (b *browser) json(method, path, body string) answer {
	b.t.Helper()
	return b.do(method, path, strings.NewReader(body), http.Header{"Content-Type": {"application/json"}})
}

// want fails the test unless the status is the one expected.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d at %s, want %d\n%s", a.status, a.path, status, excerpt(a.body))
	}
	return a
}

// has fails the test unless the page's text holds every one of the words.
func (a answer) has(words ...string) answer {
	a.t.Helper()
	text := textOf(a.body)
	for _, w := range words {
		if !strings.Contains(text, w) {
			a.t.Errorf("page %s does not say %q\n%s", a.path, w, excerpt(text))
		}
	}
	return a
}

// lacks fails the test if the page's text holds one of the words.
func (a answer) lacks(words ...string) answer {
	a.t.Helper()
	text := textOf(a.body)
	for _, w := range words {
		if strings.Contains(text, w) {
			a.t.Errorf("page %s says %q\n%s", a.path, w, excerpt(text))
		}
	}
	return a
}

func excerpt(s string) string {
	if len(s) > 3000 {
		return s[:3000] + " …"
	}
	return s
}

// textOf returns the visible text of a page: no scripts, no attributes.
func textOf(page string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(page))
	skip := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.StartTagToken:
			if name, _ := z.TagName(); string(name) == "script" || string(name) == "style" {
				skip++
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "script" || string(name) == "style" {
				skip--
			}
		case html.TextToken:
			if skip == 0 {
				b.WriteString(html.UnescapeString(string(z.Raw())))
			}
		}
	}
}

// write posts a comment as a form and returns its id.
func (b *browser) write(site forum.Site, story, parent forum.ID, byline forum.BylineKind, name, text string) forum.ID {
	b.t.Helper()
	form := url.Values{"story": {story.String()}, "byline": {string(byline)}, "name": {name}, "text": {text}}
	if parent != 0 {
		form.Set("parent", parent.String())
	}
	a := b.post(b.at(site)+"/comments", form).want(http.StatusOK)
	_, last, _ := strings.Cut(a.path, "/c/")
	id, err := forum.ParseID(last)
	if err != nil {
		b.t.Fatalf("posted to %s: %v", a.path, err)
	}
	return id
}

// storySetter changes the state of the house's story.
func storySetter(h *house, state forum.StoryState, reason string) func(context.Context, *store.Tx) error {
	return func(ctx context.Context, tx *store.Tx) error {
		x, err := tx.Story(ctx, h.site.ID, h.story.ID)
		if err != nil {
			return err
		}
		x.State, x.StateReason = state, reason
		return tx.SetStory(ctx, x)
	}
}

// relay is a mail relay that nobody asks: mail stays queued.
func relay(t *testing.T) *mail.Sender {
	t.Helper()
	sender, err := mail.New(mail.Config{URL: "smtp://127.0.0.1:1?tls=none", From: "parley@talk.example"})
	if err != nil {
		t.Fatal(err)
	}
	return sender
}
