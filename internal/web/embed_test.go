package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"parley/frontend"
	"parley/internal/desk"
	"parley/internal/forum"
)

// page of another site whose discussion is embedded.
const paperPage = "https://paper.example/news/weir"

// embeddedStory is a story the newsroom sent, with one comment.
func (h *house) embeddedStory() (forum.Story, forum.ID) {
	h.t.Helper()
	x, _, err := h.desk.PutStory(context.Background(), h.site, desk.Article{
		ExternalID: "cms-7", URL: paperPage, Headline: "The </script> weir", Lede: "A lede.",
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return x, h.browser().write(h.site, x.ID, 0, forum.BylineName, "Jonas", "A heron lives there.")
}

func (h *house) countStories() int {
	h.t.Helper()
	all, err := h.desk.Stories(context.Background(), h.site.ID, "", desk.StoryCursor{}, 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	return len(all)
}

// nodes returns the elements of a tag in HTML, with their attributes by name.
func nodes(t *testing.T, text, tag string) []map[string]string {
	t.Helper()
	var found []map[string]string
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				t.Fatal(z.Err())
			}
			return found
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			if token.Data != tag {
				continue
			}
			attrs := map[string]string{}
			for _, a := range token.Attr {
				attrs[a.Key] = a.Val
			}
			found = append(found, attrs)
		}
	}
}

func TestEmbed_loader(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	a := b.get("/embed/v1.js").want(http.StatusOK)
	_, script, _ := frontend.Asset("embed.js")
	if a.body != string(script) || a.header.Get("Cache-Control") != "public, max-age=300" || !strings.HasPrefix(a.header.Get("Content-Type"), "text/javascript") {
		t.Errorf("%d bytes, headers %v", len(a.body), a.header)
	}
	if a.header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		t.Errorf("headers %v", a.header)
	}
	b.do(http.MethodGet, "/embed/v1.js", nil, http.Header{"If-None-Match": {a.header.Get("Etag")}}).want(http.StatusNotModified)
}

func TestEmbed_frame(t *testing.T) {
	h := newHouse(t)
	x, id := h.embeddedStory()
	b := h.browser()
	for _, query := range []string{"id=cms-7", "url=" + url.QueryEscape(paperPage), "url=" + url.QueryEscape("http://www.paper.example/news/weir/?utm_source=x#part") + "&title=Other"} {
		a := b.get("/embed/v1/frame?"+query+"&theme=dark&lang=tr").want(http.StatusOK).has("A heron lives there.", "Jonas")
		root := nodes(t, a.body, "html")[0]
		if root["lang"] != "tr" || root["data-theme"] != "dark" {
			t.Errorf("%v", root)
		}
		section := nodes(t, a.body, "section")[0]
		if section["data-story"] != x.ID.String() || section["data-embed"] != "frame" || !strings.Contains(a.body, `id="c-`+id.String()) {
			t.Errorf("%v", section)
		}
		if len(nodes(t, a.body, "header")) > 0 && strings.Contains(a.body, "masthead") {
			t.Error("the frame has a masthead")
		}
		policy := a.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "frame-ancestors 'self' "+paperOrigin) || strings.Contains(policy, "unsafe") {
			t.Errorf("policy %q", policy)
		}
		if strings.Contains(a.body, "Other") {
			t.Error("the title of the URL is shown for a stored story")
		}
	}
}

func TestEmbed_frameUnknownStory(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	before := h.countStories()
	title := `A "weir" <script>alert(1)</script>`
	q := url.Values{"id": {"cms-9"}, "url": {"https://paper.example/new?utm_source=x"}, "title": {title}}
	a := b.get("/embed/v1/frame?" + q.Encode()).want(http.StatusOK)
	if a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("cache control %q", a.header.Get("Cache-Control"))
	}
	fields := map[string]string{}
	for _, n := range nodes(t, a.body, "input") {
		fields[n["name"]] = n["value"]
	}
	if fields["external"] != "cms-9" || fields["url"] != "https://paper.example/new" || fields["title"] != title || fields["story"] != "" {
		t.Errorf("%v", fields)
	}
	if strings.Contains(a.body, "<script>alert") {
		t.Error("the title is not escaped")
	}
	if n := h.countStories(); n != before {
		t.Errorf("%d stories, before %d", n, before)
	}
	// Writing adds the story; its title cannot be changed by a URL from then on.
	body := `{"storyRef":{"externalId":"cms-9","url":"https://paper.example/new","title":"A weir"},"byline":"none","text":"First."}`
	b.postJSON(body, nil).want(http.StatusCreated)
	h.browser().get("/embed/v1/frame?" + q.Encode()).want(http.StatusOK).has("First.").lacks("alert(1)")
}

// The frame speaks only to an origin that the site registered.
func TestEmbed_frameHost(t *testing.T) {
	h := newHouse(t, func(s *forum.Settings) { s.Origins = []string{paperOrigin, "https://amp.example"} })
	h.embeddedStory()
	if _, _, err := h.desk.PutStory(context.Background(), h.site, desk.Article{ExternalID: "far", URL: "https://far.example/a", Headline: "Far"}); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"id=cms-7":                             paperPage,
		"id=cms-7&origin=https://amp.example":  "https://amp.example",
		"id=cms-7&origin=https://evil.example": paperPage,
		"id=far":                               "",
		"id=far&origin=https://evil.example":   "",
		"id=far&origin=https://amp.example":    "https://amp.example",
	} {
		a := h.browser().get("/embed/v1/frame?" + query).want(http.StatusOK)
		if got := nodes(t, a.body, "section")[0]["data-host"]; got != want {
			t.Errorf("%s: host %q, want %q", query, got, want)
		}
	}
}

func TestEmbed_refusesForeignPages(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	for query, status := range map[string]int{
		"": 422, "url=": 422, "id=unknown": 422,
		"url=" + url.QueryEscape("https://evil.example/a") + "&title=Win":       403,
		"url=" + url.QueryEscape("https://paper.example.evil.example/a"):        403,
		"url=" + url.QueryEscape("http://paper.example/a"):                      403,
		"url=" + url.QueryEscape("javascript:alert(1)"):                         422,
		"url=" + url.QueryEscape("https://user@paper.example/a"):                422,
		"id=" + strings.Repeat("x", 201) + "&url=" + url.QueryEscape(paperPage): 422,
		"id=%ff&url=" + url.QueryEscape("https://paper.example/"+"a\u0000b%00"): 422,
	} {
		for _, path := range []string{"/embed/v1/frame", "/embed/v1/discussion"} {
			a := b.get(path + "?" + query)
			if a.status != status {
				t.Errorf("%s?%s: status %d, want %d", path, query, a.status, status)
			}
			a.lacks("Win")
		}
	}
}

func TestEmbed_inline(t *testing.T) {
	h := newHouse(t)
	x, id := h.embeddedStory()
	path := "/embed/v1/discussion?format=html&url=" + url.QueryEscape(paperPage)
	a := h.browser().do(http.MethodGet, path, nil, http.Header{"Origin": {paperOrigin}}).want(http.StatusOK)
	if a.header.Get("Access-Control-Allow-Origin") != paperOrigin {
		t.Errorf("headers %v", a.header)
	}
	a.has("A heron lives there.")
	section := nodes(t, a.body, "section")[0]
	if section["data-story"] != x.ID.String() || section["data-embed"] != "embed" || len(nodes(t, a.body, "html")) > 0 || !strings.Contains(a.body, `id="c-`+id.String()) {
		t.Errorf("%v", section)
	}
	rels := map[string]string{}
	for _, l := range nodes(t, a.body, "link") {
		rels[l["rel"]] = l["href"]
	}
	for _, rel := range []string{"stylesheet", "modulepreload"} {
		file, ok := strings.CutPrefix(rels[rel], h.server.URL)
		if !ok {
			t.Fatalf("%s is %q", rel, rels[rel])
		}
		h.browser().do(http.MethodGet, file, nil, http.Header{"Origin": {paperOrigin}}).want(http.StatusOK)
	}
	noCORS(t, h.browser().do(http.MethodGet, path, nil, http.Header{"Origin": {"https://evil.example"}}))
}

func TestEmbed_include(t *testing.T) {
	h := newHouse(t)
	x, id := h.embeddedStory()
	a := h.browser().get("/embed/v1/discussion?id=cms-7").want(http.StatusOK).has("A heron lives there.", "Write a comment")
	element := nodes(t, a.body, "parley-discussion")
	if len(element) != 1 || element[0]["data-url"] != paperPage || element[0]["data-title"] != x.Headline || element[0]["data-story-id"] != "cms-7" {
		t.Errorf("%v", element)
	}
	if tpl := nodes(t, a.body, "template"); len(tpl) != 1 || tpl[0]["shadowrootmode"] != "open" {
		t.Errorf("%v", tpl)
	}
	// On another site's page every address is complete and no form sends anything.
	own := h.server.URL + forum.StoryPath("", x)
	links := map[string]bool{}
	for _, n := range nodes(t, a.body, "a") {
		links[n["href"]] = true
		if !strings.HasPrefix(n["href"], h.server.URL+"/") && !strings.HasPrefix(n["href"], "#") {
			t.Errorf("link %q", n["href"])
		}
	}
	for _, want := range []string{own + "#comments", h.server.URL + "/c/" + id.String(), h.server.URL + "/c/" + id.String() + "/reply", h.server.URL + "/c/" + id.String() + "/report"} {
		if !links[want] {
			t.Errorf("no link to %s in %v", want, links)
		}
	}
	for _, f := range nodes(t, a.body, "form") {
		if f["method"] == "post" || !strings.HasPrefix(f["action"], own) {
			t.Errorf("form %v", f)
		}
	}
	if len(nodes(t, a.body, "textarea")) > 0 {
		t.Error("the element has a box")
	}
	checkLD(t, a.body, x)
}

// checkLD checks what search engines read of an included discussion.
func checkLD(t *testing.T, page string, x forum.Story) {
	t.Helper()
	_, rest, ok := strings.Cut(page, `<script type="application/ld+json">`)
	text, _, ended := strings.Cut(rest, "</script>")
	if !ok || !ended {
		t.Fatalf("no data in %s", excerpt(page))
	}
	var data struct {
		Type         string `json:"@type"`
		Headline     string
		CommentCount int
		Comment      []struct{ Text, URL string }
	}
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if data.Type != "NewsArticle" || data.Headline != x.Headline || data.CommentCount != 1 || len(data.Comment) != 1 || data.Comment[0].Text != "A heron lives there." {
		t.Errorf("%+v", data)
	}
}

func TestEmbed_includeClosedStory(t *testing.T) {
	h := newHouse(t)
	x, _, err := h.desk.PutStory(context.Background(), h.site, desk.Article{ExternalID: "shut", Headline: "Over", State: forum.StoryClosed})
	if err != nil {
		t.Fatal(err)
	}
	h.browser().get("/embed/v1/discussion?id=" + x.ExternalID).want(http.StatusOK).lacks("Write a comment")
}

// What one reader's URL says never reaches another through the cache.
func TestEmbed_poisoning(t *testing.T) {
	h := newHouse(t)
	// A story without a key of the newsroom's is found by its URL, whatever key
	// the page gives.
	x, _, err := h.desk.PutStory(context.Background(), h.site, desk.Article{URL: paperPage, Headline: "The weir"})
	if err != nil {
		t.Fatal(err)
	}
	h.browser().write(h.site, x.ID, 0, forum.BylineNone, "", "A heron lives there.")
	address := "url=" + url.QueryEscape(paperPage)
	hostile := http.Header{
		"X-Forwarded-Host": {"evil.example"}, "X-Forwarded-Proto": {"gopher"}, "X-Original-Url": {"/evil"}, "Forwarded": {"host=evil.example"},
		"X-Host": {"evil.example"}, "Referer": {"https://evil.example/"}, "Accept-Language": {"tr"},
	}
	for _, path := range []string{"/embed/v1/frame?", "/embed/v1/discussion?", "/embed/v1/discussion?format=html&"} {
		first := h.browser().do(http.MethodGet, path+address+"&title=EVIL&theme=light&origin=https://evil.example&id=evil&x=evil", nil, hostile).want(http.StatusOK)
		second := h.browser().get(path + address).want(http.StatusOK)
		for _, a := range []answer{first, second} {
			if strings.Contains(strings.ToLower(a.body), "evil") {
				t.Errorf("%s: %s", path, excerpt(a.body))
			}
		}
		if strings.Contains(second.body, `data-theme="light"`) {
			t.Errorf("%s: the look of another request", path)
		}
	}
	turkish := h.browser().get("/embed/v1/frame?" + address + "&lang=tr")
	english := h.browser().get("/embed/v1/frame?" + address + "&lang=en")
	if turkish.body == english.body {
		t.Error("one language for all")
	}
	// The host's origin is named only when the site registered it.
	req, err := http.NewRequest(http.MethodGet, h.server.URL+"/embed/v1/frame?"+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("status %d for another host", res.StatusCode)
	}
}

func TestEmbed_counts(t *testing.T) {
	h := newHouse(t)
	h.embeddedStory()
	b := h.browser()
	q := url.Values{
		"id":  {"cms-7", "unknown"},
		"url": {paperPage, "http://www.paper.example/news/weir/?fbclid=1", "https://paper.example/other", "not a url"},
	}
	a := b.do(http.MethodGet, "/embed/v1/counts?"+q.Encode(), nil, http.Header{"Origin": {paperOrigin}}).want(http.StatusOK)
	var got struct{ Counts map[string]int }
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"cms-7": 1, "unknown": 0, paperPage: 1, "http://www.paper.example/news/weir/?fbclid=1": 1, "https://paper.example/other": 0, "not a url": 0}
	if len(got.Counts) != len(want) {
		t.Errorf("%v", got.Counts)
	}
	for key, n := range want {
		if have, ok := got.Counts[key]; !ok || have != n {
			t.Errorf("%q has %d, want %d", key, have, n)
		}
	}
	if a.header.Get("Access-Control-Allow-Origin") != paperOrigin {
		t.Errorf("headers %v", a.header)
	}
	noCORS(t, b.do(http.MethodGet, "/embed/v1/counts?id=cms-7", nil, http.Header{"Origin": {"https://evil.example"}}))
	noCORS(t, b.get("/embed/v1/counts?id=cms-7").want(http.StatusOK))
	if a := b.get("/embed/v1/counts").want(http.StatusOK); strings.TrimSpace(a.body) != `{"counts":{}}` {
		t.Error(a.body)
	}
	b.get("/embed/v1/counts?" + strings.Repeat("id=x&", 100)).want(http.StatusOK)
	b.get("/embed/v1/counts?" + strings.Repeat("id=x&", 60) + strings.Repeat("url=x&", 41)).want(422)
}

func TestEmbed_ofTheSiteAsked(t *testing.T) {
	h := newHouse(t)
	h.embeddedStory()
	h.addSite("other", func(s *forum.Settings) { s.Origins = []string{"https://other.example"} })
	b := h.browser()
	b.get("/at/other/embed/v1/frame?url=" + url.QueryEscape(paperPage)).want(http.StatusForbidden)
	a := b.get("/at/other/embed/v1/counts?url=" + url.QueryEscape(paperPage)).want(http.StatusOK)
	if !strings.Contains(a.body, ":0}") {
		t.Error(a.body)
	}
	frame := b.get("/at/other/embed/v1/frame?url=" + url.QueryEscape("https://other.example/a")).want(http.StatusOK)
	if p := frame.header.Get("Content-Security-Policy"); !strings.Contains(p, "https://other.example") || strings.Contains(p, paperOrigin) {
		t.Error(p)
	}
}
