package web

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/a-h/templ"

	"parley/internal/desk"
	"parley/internal/forum"
)

// limited starts the house's installation once more, with rate limits.
func (h *house) limited() {
	h.t.Helper()
	h.anew(func(c *Config) { c.Unlimited = false })
}

// anew starts the house's installation once more, configured otherwise.
func (h *house) anew(change func(*Config)) {
	h.t.Helper()
	server := httptest.NewUnstartedServer(nil)
	config := Config{Desk: h.desk, Log: slog.New(slog.DiscardHandler), BaseURL: "http://" + server.Listener.Addr().String(), Unlimited: true}
	change(&config)
	handler, err := New(config)
	if err != nil {
		h.t.Fatal(err)
	}
	server.Config.Handler = handler
	server.Start()
	h.t.Cleanup(server.Close)
	h.server = server
}

func (h *house) draft(text string) url.Values {
	return url.Values{"story": {h.story.ID.String()}, "byline": {"none"}, "text": {text}}
}

// TestNowhere_isProtected asks for what is not there, on a site and on none.
func TestNowhere_isProtected(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/nothing", "/at/none/", "/at/none/nothing", "/at/none/desk/held", "/s/nothing"} {
		a := h.browser().get(path).want(http.StatusNotFound)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		} {
			if !strings.Contains(a.header.Get(name), want) {
				t.Errorf("%s: %s is %q", path, name, a.header.Get(name))
			}
		}
	}
}

// TestFront_storiesWithoutDate pages through stories whose date nobody knows, as
// imports leave them.
func TestFront_storiesWithoutDate(t *testing.T) {
	h := newHouse(t)
	for i := range frontSize + 5 {
		if _, _, err := h.desk.PutStory(context.Background(), h.site, desk.Article{Headline: fmt.Sprintf("Undated %02d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	first := h.browser().get("/").want(http.StatusOK)
	_, rest, found := strings.Cut(first.body, `href="/?after=`)
	cursor, _, _ := strings.Cut(rest, `"`)
	if !found {
		t.Fatal("no further page")
	}
	h.browser().get("/?after="+cursor).want(http.StatusOK).has("Undated 00", "Undated 05").lacks("Undated 06")
}

// TestForm_everyScript posts comments of the greatest length in scripts of which
// a form writes nine and twelve bytes for a letter.
func TestForm_everyScript(t *testing.T) {
	h := newHouse(t)
	limit := h.site.Settings.MaxLength
	for _, letter := range []string{"a", "ж", "水", "😀"} {
		h.browser().post("/comments", h.draft(strings.Repeat(letter, limit))).want(http.StatusOK)
		long := strings.Repeat(letter, limit+1)
		a := h.browser().post("/comments", h.draft(long)).want(http.StatusUnprocessableEntity)
		if !strings.Contains(a.body, long) {
			t.Errorf("%s: the text is lost", letter)
		}
	}
	h.browser().post("/comments", h.draft(strings.Repeat("a", formByte*maxBody))).want(http.StatusRequestEntityTooLarge)
}

// TestCache_settings changes the site while its pages are cached.
func TestCache_settings(t *testing.T) {
	h := newHouse(t)
	path := forum.StoryPath("", h.story)
	h.browser().get(path).want(http.StatusOK).has(h.site.Name)
	site := h.site
	site.Name, site.Settings.Guidelines = "The Renamed", "Be brief."
	if err := h.desk.SetSite(context.Background(), site); err != nil {
		t.Fatal(err)
	}
	h.browser().get(path).want(http.StatusOK).has("The Renamed", "Be brief.").lacks(h.site.Name)
}

// TestPost_answerLost sends a first comment again because its answer, with the
// session in it, was lost.
func TestPost_answerLost(t *testing.T) {
	h := newHouse(t, func(s *forum.Settings) { s.HoldFirst = true })
	h.browser().post("/comments", h.draft("Written once.")).want(http.StatusOK)
	h.browser().post("/comments", h.draft("Written once.")).want(http.StatusOK).has("Awaiting review").lacks("Written once.")
}

// TestOrder_sharedCursor follows a link to a further page with another order
// remembered on the device than the link was made in.
func TestOrder_sharedCursor(t *testing.T) {
	h := newHouse(t)
	h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", "The elder.")
	last := h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", "The younger.")
	path := forum.StoryPath("", h.story) + "?after=" + last.String()
	for _, order := range []forum.Order{forum.Useful, forum.Oldest} {
		b := h.browser()
		b.post("/preferences", url.Values{"order": {string(order)}, "view": {"threaded"}, "size": {"25"}}).want(http.StatusOK)
		b.get(path).want(http.StatusOK).has("The elder.").lacks("The younger.")
	}
}

// TestGuests_limited has somebody act again and again without the cookie that
// would make the acts one guest's.
func TestGuests_limited(t *testing.T) {
	h := newHouse(t)
	id := h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", "Vote for me.")
	h.limited()
	reader := h.browser()
	reader.post("/votes", url.Values{"up": {id.String()}}).want(http.StatusOK)
	counted := 0
	for range allowances[arriving].burst + 10 {
		if h.browser().post("/votes", url.Values{"up": {id.String()}}).status == http.StatusOK {
			counted++
		}
	}
	if counted >= allowances[arriving].burst+2 {
		t.Errorf("%d votes of one network's new guests", counted)
	}
	reader.post("/votes", url.Values{"undo": {id.String()}}).want(http.StatusOK)
	a := h.browser().post("/comments", h.draft("Too fast, but not lost.")).want(http.StatusTooManyRequests)
	if !strings.Contains(a.body, "Too fast, but not lost.</textarea>") || a.header.Get("Retry-After") == "" {
		t.Errorf("the text is lost\n%s", excerpt(a.body))
	}
}

// TestTurn_refused has more readers wait for a page than can be served.
func TestTurn_refused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &pageCache{turns: make(chan struct{}, 1)}
		done, err := c.turn()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.turn(); !forum.IsKind(err, forum.Unavailable) {
			t.Errorf("a second turn at once: %v", err)
		}
		done()
		if _, err := c.turn(); err != nil {
			t.Errorf("the next turn: %v", err)
		}
	})
}

// TestWhole_limited asks for whole discussions under ever other addresses, none
// of which the cache has.
func TestWhole_limited(t *testing.T) {
	h := newHouse(t)
	h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", "Words.")
	h.limited()
	served := 0
	for i := range 2 * allowances[whole].burst {
		path := fmt.Sprintf("%s?all=1&after=%s", forum.StoryPath("", h.story), h.story.ID+forum.ID(i))
		switch a := h.browser().get(path); a.status {
		case http.StatusOK:
			served++
		case http.StatusTooManyRequests:
		default:
			t.Fatalf("status %d", a.status)
		}
	}
	if served >= allowances[whole].burst+2 {
		t.Errorf("%d whole discussions at once", served)
	}
}

// TestBuild_outlivesItsReader has the first of those who wait for a page give up:
// the page is made for the others.
func TestBuild_outlivesItsReader(t *testing.T) {
	h := newHouse(t)
	x, _, err := h.desk.PutStory(context.Background(), h.site, desk.Article{Headline: "With a picture", Picture: picture(t)})
	if err != nil {
		t.Fatal(err)
	}
	s, err := newServer(Config{Desk: h.desk, Log: slog.New(slog.DiscardHandler), BaseURL: h.server.URL, Unlimited: true})
	if err != nil {
		t.Fatal(err)
	}
	gone, leave := context.WithCancel(context.Background())
	leave()
	for name, build := range map[string]func(context.Context, *request) (templ.Component, error){
		"front": func(ctx context.Context, r *request) (templ.Component, error) {
			return s.frontComponent(ctx, r, forum.Section{}, []forum.Story{x})
		},
		"story": func(ctx context.Context, r *request) (templ.Component, error) {
			return s.storyComponent(ctx, r, desk.Discussion{Story: x, Page: forum.DefaultPage()}, nil)
		},
	} {
		r := &request{Request: httptest.NewRequestWithContext(gone, http.MethodGet, "/", nil), paper: &paper{}, site: h.site, locale: "en"}
		w := httptest.NewRecorder()
		err := s.cache.serve(w, r, pageKey{kind: pageKind(name)}, htmlType, func(ctx context.Context) ([]byte, error) {
			c, err := build(ctx, r)
			if err != nil {
				return nil, err
			}
			return render(ctx, c)
		})
		if err != nil || !strings.Contains(w.Body.String(), "/media/") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// picture is a small PNG.
func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 3))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestReading_local reads more from this machine than a network may, as a proxy
// here does that nobody named as trusted.
func TestReading_local(t *testing.T) {
	h := newHouse(t)
	h.limited()
	b := h.browser()
	for range allowances[reading].burst + 20 {
		b.get("/robots.txt").want(http.StatusOK)
	}
	searches := 0
	for range allowances[searching].burst + 20 {
		if b.get("/search?q=dam").status == http.StatusOK {
			searches++
		}
	}
	if searches > allowances[searching].burst+2 {
		t.Errorf("%d searches from this machine were answered", searches)
	}
}
