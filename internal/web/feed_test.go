package web

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
)

// readAtom is a feed as a reader's program sees it.
type readAtom struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string   `xml:"http://www.w3.org/2005/Atom id"`
	Title   string   `xml:"http://www.w3.org/2005/Atom title"`
	Updated string   `xml:"http://www.w3.org/2005/Atom updated"`
	Links   []struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	} `xml:"http://www.w3.org/2005/Atom link"`
	Entries []struct {
		ID        string `xml:"http://www.w3.org/2005/Atom id"`
		Title     string `xml:"http://www.w3.org/2005/Atom title"`
		Updated   string `xml:"http://www.w3.org/2005/Atom updated"`
		Published string `xml:"http://www.w3.org/2005/Atom published"`
		Author    string `xml:"http://www.w3.org/2005/Atom author>name"`
		Summary   string `xml:"http://www.w3.org/2005/Atom summary"`
		Content   struct {
			Type string `xml:"type,attr"`
			Text string `xml:",chardata"`
		} `xml:"http://www.w3.org/2005/Atom content"`
		Link struct {
			Href string `xml:"href,attr"`
		} `xml:"http://www.w3.org/2005/Atom link"`
		Category struct {
			Term  string `xml:"term,attr"`
			Label string `xml:"label,attr"`
		} `xml:"http://www.w3.org/2005/Atom category"`
		Answers struct {
			Ref string `xml:"ref,attr"`
		} `xml:"http://purl.org/syndication/thread/1.0 in-reply-to"`
	} `xml:"http://www.w3.org/2005/Atom entry"`
}

// atom parses a feed and checks what RFC 4287 demands of every one.
func atom(t *testing.T, a answer) readAtom {
	t.Helper()
	if kind := a.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/atom+xml") {
		t.Errorf("content type %q", kind)
	}
	d := xml.NewDecoder(strings.NewReader(a.body))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, excerpt(a.body))
		}
	}
	var f readAtom
	if err := xml.Unmarshal([]byte(a.body), &f); err != nil {
		t.Fatal(err)
	}
	if f.ID == "" || f.Title == "" {
		t.Errorf("feed %q has the title %q", f.ID, f.Title)
	}
	instants := []string{f.Updated}
	for _, e := range f.Entries {
		instants = append(instants, e.Updated)
		if e.ID == "" || e.Title == "" || e.Author == "" || e.Link.Href == "" {
			t.Errorf("entry lacks something: %+v", e)
		}
		if e.Published != "" {
			instants = append(instants, e.Published)
		}
	}
	for _, at := range instants {
		if _, err := time.Parse(time.RFC3339, at); err != nil {
			t.Error(err)
		}
	}
	return f
}

// readJSONFeed is a feed as a reader's program sees it.
type readJSONFeed struct {
	Version     string
	Title       string
	HomePageURL string `json:"home_page_url"`
	FeedURL     string `json:"feed_url"`
	Items       []struct {
		ID, URL, Title string
		ContentHTML    string  `json:"content_html"`
		DatePublished  *string `json:"date_published"`
		DateModified   *string `json:"date_modified"`
		Authors        []struct{ Name string }
		Tags           []string
		Parley         struct {
			InReplyTo string `json:"in_reply_to"`
		} `json:"_parley"`
	}
}

func feedJSON(t *testing.T, a answer) readJSONFeed {
	t.Helper()
	var f readJSONFeed
	if err := json.Unmarshal([]byte(a.body), &f); err != nil {
		t.Fatalf("%v\n%s", err, excerpt(a.body))
	}
	if f.Version != "https://jsonfeed.org/version/1.1" || f.Title == "" || !strings.HasPrefix(a.header.Get("Content-Type"), "application/feed+json") {
		t.Errorf("version %q, title %q, content type %q", f.Version, f.Title, a.header.Get("Content-Type"))
	}
	return f
}

func TestFeed_stories(t *testing.T) {
	h := newHouse(t)
	ctx := context.Background()
	hostile := "A \x01 <b>&\u202e]]> \ufffe story"
	if _, _, err := h.desk.PutStory(ctx, h.site, desk.Article{Headline: hostile, Lede: "\x0b</summary>", Body: "A]]>B & <script>x</script>"}); err != nil {
		t.Fatal(err)
	}
	b := h.browser()
	f := atom(t, b.get("/feed.atom").want(http.StatusOK))
	if len(f.Entries) != 2 || f.ID != h.server.URL+"/" || f.Links[1].Href != h.server.URL+"/feed.atom" {
		t.Fatalf("%+v", f)
	}
	dated, undated := f.Entries[0], f.Entries[1]
	if dated.Title != h.story.Headline || dated.Published == "" || dated.Summary != "A lede." || !strings.Contains(dated.Content.Text, "<em>body</em>") || dated.Content.Type != "html" {
		t.Errorf("%+v", dated)
	}
	if dated.Link.Href != h.server.URL+forum.StoryPath("", h.story) || dated.Author != h.site.Name {
		t.Errorf("%+v", dated)
	}
	// Nobody knows when this was published; the feed says so and gives no date.
	if undated.Published != "" || undated.Category.Term != "date-unknown" || undated.Category.Label != "date unknown" {
		t.Errorf("%+v", undated)
	}
	if undated.Title != "A \ufffd <b>&\u202e]]> \ufffd story" || strings.Contains(undated.Content.Text, "<script>") {
		t.Errorf("title %q, content %q", undated.Title, undated.Content.Text)
	}
	j := feedJSON(t, b.get("/feed.json").want(http.StatusOK))
	if len(j.Items) != 2 || j.Items[0].DatePublished == nil || j.Items[1].DatePublished != nil || j.Items[1].DateModified != nil || len(j.Items[1].Tags) != 1 {
		t.Errorf("%+v", j.Items)
	}
	if j.FeedURL != h.server.URL+"/feed.json" || j.HomePageURL != h.server.URL+"/" {
		t.Errorf("%+v", j)
	}
}

func TestFeed_comments(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	root := b.write(h.site, h.story.ID, 0, forum.BylineName, "Jonas", "A *root*.")
	reply := b.write(h.site, h.story.ID, root, forum.BylineNone, "", "A reply & more.")
	gone := b.write(h.site, h.story.ID, root, forum.BylineNone, "", "Regretted.")
	b.write(h.site, h.story.ID, gone, forum.BylineNone, "", "Below it.")
	b.json("POST", "/api/v1/comments/"+gone.String()+"/withdraw", "{}").want(http.StatusOK)
	path := "/s/" + h.story.ID.String()
	a := b.get(path + "/feed.atom").want(http.StatusOK)
	f := atom(t, a)
	if len(f.Entries) != 3 || strings.Contains(a.body, "Regretted") {
		t.Fatalf("%+v", f.Entries)
	}
	last, second := f.Entries[2], f.Entries[1]
	at := h.server.URL + "/c/"
	if last.ID != at+root.String() || last.Author != "Jonas" || last.Answers.Ref != "" || last.Content.Text != h.comment(root).HTML || last.Title != "A comment by Jonas" {
		t.Errorf("%+v", last)
	}
	if second.ID != at+reply.String() || second.Author != "Nameless reader" || second.Answers.Ref != at+root.String() {
		t.Errorf("%+v", second)
	}
	turkish := atom(t, b.get(path+"/feed.atom?lang=tr").want(http.StatusOK))
	if turkish.Entries[1].Author == "Nameless reader" {
		t.Error("the nameless author is called in English")
	}
	j := feedJSON(t, b.get(path+"/feed.json").want(http.StatusOK))
	if len(j.Items) != 3 || j.Items[1].Parley.InReplyTo != at+root.String() || j.Items[1].Authors[0].Name != "Nameless reader" {
		t.Errorf("%+v", j.Items)
	}
	// A new comment is in the feed at once, and the old answer's tag is stale.
	b.write(h.site, h.story.ID, 0, forum.BylineNone, "", "Newest.")
	fresh := b.do(http.MethodGet, path+"/feed.atom", nil, http.Header{"If-None-Match": {a.header.Get("Etag")}}).want(http.StatusOK)
	if n := len(atom(t, fresh).Entries); n != 4 {
		t.Errorf("%d entries", n)
	}
	b.do(http.MethodGet, path+"/feed.atom", nil, http.Header{"If-None-Match": {fresh.header.Get("Etag")}}).want(http.StatusNotModified)
}

// A comment whose date nobody knows has none in a feed: not the day of its import.
func TestFeed_undatedComment(t *testing.T) {
	h := newHouse(t)
	got, err := h.desk.Import(context.Background(), h.site, desk.Import{
		Article:  desk.Article{Headline: "Old days", ExternalID: "old"},
		Comments: []desk.ImportedComment{{SourceID: "1", Parent: -1, Name: "Ana", Text: "Back then."}},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := "/s/" + got.Story.ID.String()
	e := atom(t, h.browser().get(path+"/feed.atom").want(http.StatusOK)).Entries[0]
	if e.Published != "" || e.Category.Term != "date-unknown" || e.Updated == "" {
		t.Errorf("%+v", e)
	}
	j := feedJSON(t, h.browser().get(path+"/feed.json").want(http.StatusOK)).Items[0]
	if j.DatePublished != nil || j.DateModified != nil || len(j.Tags) != 1 {
		t.Errorf("%+v", j)
	}
}

func TestFeed_siteAndBase(t *testing.T) {
	h := newHouse(t)
	other := h.addSite("other")
	x := h.addStory(other, "Elsewhere")
	b := h.browser()
	a := b.do(http.MethodGet, "/at/other/feed.atom", nil, http.Header{"X-Forwarded-Host": {"evil.example"}, "Forwarded": {"host=evil.example"}}).want(http.StatusOK)
	f := atom(t, a)
	if len(f.Entries) != 1 || f.Entries[0].Link.Href != h.server.URL+forum.StoryPath("/at/other", x) || strings.Contains(a.body, "evil.example") {
		t.Errorf("%+v", f)
	}
	b.get("/s/" + x.ID.String() + "/feed.atom").want(http.StatusNotFound)
}
