package web

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"parley/internal/forum"
)

// plain is a client that neither unpacks answers nor follows redirects.
func (b *browser) plain() *browser {
	b.client.Transport = &http.Transport{DisableCompression: true}
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b
}

func TestReading_publicPageIsForEverybody(t *testing.T) {
	h := newHouse(t)
	author := h.browser()
	author.write(h.site, h.story.ID, 0, forum.BylineName, "Mara Lind", "A comment of mine.")
	path := forum.StoryPath("", h.story)
	stranger := h.browser().get(path).want(http.StatusOK)
	author.header.Set("Cookie", "parley-js=1")
	if mine := author.get(path).want(http.StatusOK); mine.body != stranger.body {
		t.Error("with script, the author gets another page than everybody")
	}
	author.header.Del("Cookie")
	mine := author.get(path).want(http.StatusOK).has("Edit (until", "Withdraw")
	if got := mine.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("personal page has Cache-Control %q", got)
	}
	if stranger.header.Get("Set-Cookie") != "" {
		t.Error("reading set a cookie")
	}
	if strings.Contains(stranger.body, "Edit (until") {
		t.Error("the public page holds what is personal")
	}
}

func TestReading_encodings(t *testing.T) {
	h := newHouse(t)
	h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", "Words worth packing. "+strings.Repeat("More of them. ", 50))
	path := forum.StoryPath("", h.story)
	b := h.browser().plain()
	whole := b.do(http.MethodGet, path, nil, nil).want(http.StatusOK)
	unpack := map[string]func(io.Reader) (io.Reader, error){
		"br":   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	}
	etags := map[string]bool{}
	for encoding, open := range unpack {
		a := b.do(http.MethodGet, path, nil, http.Header{"Accept-Encoding": {encoding}}).want(http.StatusOK)
		if got := a.header.Get("Content-Encoding"); got != encoding {
			t.Fatalf("asked for %s, got %q", encoding, got)
		}
		r, err := open(strings.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil || string(text) != whole.body {
			t.Errorf("%s unpacks to something else: %v", encoding, err)
		}
		etag := a.header.Get("ETag")
		if etags[etag] || strings.HasPrefix(etag, "W/") {
			t.Errorf("%s: ETag %s is weak or not its own", encoding, etag)
		}
		etags[etag] = true
		again := b.do(http.MethodGet, path, nil, http.Header{"Accept-Encoding": {encoding}, "If-None-Match": {`"x", ` + etag}})
		if again.status != http.StatusNotModified || again.body != "" {
			t.Errorf("%s: %d with %d bytes for a page the client has", encoding, again.status, len(again.body))
		}
	}
	if a := b.do(http.MethodHead, path, nil, nil).want(http.StatusOK); a.body != "" || a.header.Get("Content-Length") == "" {
		t.Error("HEAD has a body or no length")
	}
	if a := b.do(http.MethodGet, path, nil, http.Header{"Accept-Encoding": {"br;q=0, gzip"}}); a.header.Get("Content-Encoding") != "gzip" {
		t.Errorf("refused br, got %q", a.header.Get("Content-Encoding"))
	}
}

// TestReading_poison sends what might be reflected into a page that others get.
func TestReading_poison(t *testing.T) {
	h := newHouse(t)
	h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", "A comment.")
	path := forum.StoryPath("", h.story)
	clean := h.browser().get(path).body
	for _, header := range []http.Header{
		{"X-Forwarded-Host": {"evil.example"}},
		{"X-Forwarded-Proto": {"gopher"}},
		{"X-Original-Url": {"/evil"}},
		{"Forwarded": {"host=evil.example"}},
		{"Accept-Language": {"ar"}},
		{"User-Agent": {"<script>evil</script>"}},
		{"Referer": {"https://evil.example/"}},
		{"Cookie": {"parley-view=evil.evil.99; parley-mutes=evil; parley-seen=evil; theme=evil"}},
	} {
		a := h.browser().do(http.MethodGet, path+"?part=evil&theme=evil&utm_source=evil&lang=evil", nil, header)
		if strings.Contains(a.body, "evil") {
			t.Errorf("%v is reflected", header)
		}
		if again := h.browser().get(path).body; again != clean {
			t.Fatalf("%v changed the page of others", header)
		}
	}
	a := h.browser().do(http.MethodGet, path, nil, nil)
	req, _ := http.NewRequest(http.MethodGet, h.server.URL+path, nil)
	req.Host = "evil.example"
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("foreign host: %d", res.StatusCode)
	}
	a.want(http.StatusOK)
}

// TestReading_pages walks through a discussion in every view and order and meets
// every comment exactly once.
func TestReading_pages(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.header.Set("Cookie", "parley-js=1")
	for i := range 60 {
		b.write(h.site, h.story.ID, 0, forum.BylineNone, "", fmt.Sprintf("Comment number %d.", i))
	}
	for _, query := range []string{"", "?order=oldest", "?order=useful", "?view=conversation", "?view=conversation&order=oldest", "?size=50"} {
		t.Run(query, func(t *testing.T) {
			seen := map[string]int{}
			next := forum.StoryPath("", h.story) + query
			for pages := 0; next != ""; pages++ {
				if pages > 4 {
					t.Fatal("the pages do not end")
				}
				a := h.browser().get(next).want(http.StatusOK)
				for _, id := range commentIDs(a.body) {
					seen[id]++
				}
				next = linkWith(a.body, "data-load-more")
			}
			for id, n := range seen {
				if n != 1 {
					t.Errorf("comment %s stands on %d pages", id, n)
				}
			}
			if len(seen) != 60 {
				t.Errorf("%d comments, want 60", len(seen))
			}
		})
	}
	first := h.browser().get(forum.StoryPath("", h.story))
	all := h.browser().get(linkWith(first.body, "data-load-all")).want(http.StatusOK)
	if n := len(commentIDs(all.body)); n != 60 {
		t.Errorf("load all shows %d comments", n)
	}
}

// commentIDs returns the ids of the comments on a page, in order.
func commentIDs(page string) []string {
	var ids []string
	for _, part := range strings.Split(page, `id="c-`)[1:] {
		ids = append(ids, part[:13])
	}
	return ids
}

// linkWith returns where the link with an attribute leads, or nothing.
func linkWith(page, attribute string) string {
	_, rest, found := strings.Cut(page, attribute+` href="`)
	if !found {
		return ""
	}
	href, _, _ := strings.Cut(rest, `"`)
	return strings.ReplaceAll(href, "&amp;", "&")
}

func TestReading_repliesAndPermalink(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	root := b.write(h.site, h.story.ID, 0, forum.BylineName, "Mara Lind", "The root of it.")
	parent := root
	var ids []forum.ID
	for i := range 12 {
		parent = b.write(h.site, h.story.ID, parent, forum.BylineNone, "", fmt.Sprintf("Reply %d to that.", i))
		ids = append(ids, parent)
	}
	reader := h.browser()
	page := reader.get(forum.StoryPath("", h.story)).want(http.StatusOK)
	page.has("The root of it.", "Reply 0", "Reply 2", "Show 9 more replies", "in reply to").lacks("Reply 3 to that.")
	more := linkWith(page.body, `class="more-replies" data-more`)
	reader.get(more).want(http.StatusOK).has("Reply 3", "Reply 11")
	list := reader.get(more + "&part=replies").want(http.StatusOK)
	if !strings.HasPrefix(strings.TrimSpace(list.body), "<ol") || len(commentIDs(list.body)) != 9 {
		t.Errorf("the part is no list of 9 replies\n%s", excerpt(list.body))
	}
	last := reader.get("/c/" + ids[11].String()).want(http.StatusOK)
	last.has("The root of it.", "Reply 5", "Reply 11", "View the whole discussion")
	if !strings.Contains(last.body, `id="c-`+ids[11].String()+`" data-by="`+ids[11].String()+`" data-focused`) {
		t.Error("the comment is not marked")
	}
	if depth := strings.Count(last.body, `<ol class="replies">`); depth > maxNesting {
		t.Errorf("nests %d deep", depth)
	}
	b.post("/c/"+ids[2].String()+"/withdraw", nil).want(http.StatusOK)
	reader.get("/c/"+ids[3].String()).has("Withdrawn by its author", "in reply to a removed comment").lacks("Reply 2 to that.")
}

func TestReading_deviceMemory(t *testing.T) {
	h := newHouse(t)
	author := h.browser()
	first := author.write(h.site, h.story.ID, 0, forum.BylineName, "Mara Lind", "The first word.")
	path := forum.StoryPath("", h.story)
	key := h.comment(first).AuthorKey

	reader := h.browser()
	reader.post("/mutes", url.Values{"mute": {key}, "back": {path}}).want(http.StatusOK).has("You muted this author.")
	h.browser().get(path).lacks("You muted this author.")
	reader.post("/mutes", url.Values{"unmute": {key}, "back": {path}}).want(http.StatusOK).lacks("You muted this author.")

	reader.post("/seen", url.Values{"story": {h.story.ID.String()}, "latest": {first.String()}, "back": {path}}).want(http.StatusOK)
	author.write(h.site, h.story.ID, 0, forum.BylineName, "Mara Lind", "The second word.")
	reader.get(path).has("1 new comment since you were here", "New")
	h.browser().get(path).lacks("new comment since")

	a := reader.post("/preferences", url.Values{"view": {"conversation"}, "order": {"oldest"}, "size": {"100"}, "back": {path}}).want(http.StatusOK)
	for _, want := range []string{`data-view="conversation"`, `data-order="oldest"`, `data-size="100"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("not remembered: %s", want)
		}
	}
}

func TestReading_openRedirects(t *testing.T) {
	h := newHouse(t)
	b := h.browser().plain()
	for _, back := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, `\\evil.example`, "javascript:alert(1)", "/\tevil", "evil", " //evil.example", "/a\r\nSet-Cookie: x=1"} {
		a := b.post("/mutes", url.Values{"mute": {"0123456789abc"}, "back": {back}})
		if to := a.header.Get("Location"); to != "/" {
			t.Errorf("back %q leads to %q", back, to)
		}
	}
}

func TestReading_languages(t *testing.T) {
	h := newHouse(t)
	path := forum.StoryPath("", h.story)
	h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", "A comment.")
	for lang, words := range map[string]string{"en": "1 comment", "ar": "تعليق", "tr": "1 yorum", "ru": "1 комментарий"} {
		a := h.browser().get(path + "?lang=" + lang).want(http.StatusOK).has(words)
		if !strings.Contains(a.body, `<html lang="`+lang+`"`) {
			t.Errorf("%s: the document says another language", lang)
		}
		if rtl := strings.Contains(a.body, `dir="rtl"`); rtl != (lang == "ar") {
			t.Errorf("%s: right to left %t", lang, rtl)
		}
	}
}

func TestReading_search(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.write(h.site, h.story.ID, 0, forum.BylineNone, "", "Плотина выдержала весенний паводок.")
	b.write(h.site, h.story.ID, 0, forum.BylineNone, "", "The dam held in spring.")
	h.index()
	h.browser().get("/search?q=" + url.QueryEscape("ПЛОТИНА паводок")).want(http.StatusOK).has("весенний").lacks("The dam held")
	h.browser().get("/s/" + h.story.ID.String() + "/search?q=spri").want(http.StatusOK).has("The dam held")
	h.browser().get("/search?q=" + url.QueryEscape(`"><script>alert(1)</script>`)).want(http.StatusOK).has("Nothing found")
	h.browser().get("/search?q=" + strings.Repeat("x", 500)).want(http.StatusUnprocessableEntity)
}

// TestReading_nothingPersonal looks for what may never stand in any page.
func TestReading_nothingPersonal(t *testing.T) {
	h := newHouse(t)
	author := h.browser()
	named := author.write(h.site, h.story.ID, 0, forum.BylineName, "Mara Lind", "Under my name.")
	pseudonym := author.write(h.site, h.story.ID, 0, forum.BylinePseudonym, "Night Owl", "Under another.")
	nameless := author.write(h.site, h.story.ID, 0, forum.BylineNone, "", "Under none.")
	h.index()
	account := h.comment(named).AccountID.String()
	keys := map[string]bool{h.comment(named).AuthorKey: true, h.comment(pseudonym).AuthorKey: true, h.comment(nameless).AuthorKey: true}
	if len(keys) != 3 {
		t.Errorf("author keys link what one person wrote under different bylines: %v", keys)
	}
	for _, path := range []string{
		forum.StoryPath("", h.story), "/c/" + named.String(), "/search?q=under", "/s/" + h.story.ID.String() + "/feed.atom",
		"/s/" + h.story.ID.String() + "/feed.json", "/api/v1/stories/" + h.story.ID.String() + "/comments", "/api/v1/comments/" + named.String(),
	} {
		a := h.browser().get(path).want(http.StatusOK)
		for what, secret := range map[string]string{"account id": account, "address": "127.0.0.1\"", "raw account": fmt.Sprint(int64(h.comment(named).AccountID))} {
			if strings.Contains(a.body, secret) {
				t.Errorf("%s shows the %s", path, what)
			}
		}
	}
}

// TestReading_heldReply shows authors what their held reply answers, on whichever
// page of the discussion they are.
func TestReading_heldReply(t *testing.T) {
	h := newHouse(t, func(s *forum.Settings) { s.HoldFirst = true })
	owner, author := h.owner(h.site), h.browser()
	first := owner.write(h.site, h.story.ID, 0, forum.BylineName, "Mara Lind", "The first word.")
	for i := range 30 {
		owner.write(h.site, h.story.ID, 0, forum.BylineNone, "", fmt.Sprintf("Another word, the %dth.", i))
	}
	author.write(h.site, h.story.ID, first, forum.BylineNone, "", "My held answer.")
	author.get(forum.StoryPath("", h.story)).has("My held answer.", "in reply to", "Mara Lind").lacks("Another word, the 0th.")
	if a := author.get("/s/" + h.story.ID.String() + "/overlay"); !strings.Contains(a.body, "Mara Lind") {
		t.Errorf("the overlay does not say what the reply answers\n%s", a.body)
	}
}
