package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/markup"
	"parley/internal/store"
	"parley/internal/web"
)

// TestXSS puts every attack that runs in a browser into every text field and
// opens every page that shows it, with the Content-Security-Policy left out, so
// that only the escaping stands in its way. Every page of the table of routes is
// among them, and every field is seen on one. Then it takes the escaping of one
// field away and expects the same run to find it.
func TestXSS(t *testing.T) {
	require(t)
	attacks := readAttacks(t)
	s := newXSS(t, attacks)
	f := facts{"parley": s.url, "payloads": attacks, "session": s.session}
	t.Run("reading", func(t *testing.T) { play(t, "xss.mjs", with(f, facts{"pages": s.pages})) })
	t.Run("people and moderation", func(t *testing.T) {
		play(t, "xss.mjs", with(f, facts{
			"payloads": s.room.attacks, "pages": s.room.pages, "posts": s.room.posts, "asked": s.room.asked, "fields": namesRead(t, fieldRead), "parameters": namesRead(t, parameterRead),
		}))
	})
	t.Run("every route", func(t *testing.T) { s.watched.check(t) })
	t.Run("faults", func(t *testing.T) {
		faults := map[string][]string{}
		for name, fault := range seededFaults(s) {
			srv := s.serveFault(fault.place)
			faults[name] = []string{strings.Replace(fault.page, s.url, srv, 1)}
		}
		play(t, "xss.mjs", with(f, facts{"faults": faults}))
	})
}

// with returns facts with more of them.
func with(some, more facts) facts {
	all := maps.Clone(some)
	maps.Copy(all, more)
	return all
}

// attack is one line of an attack set.
type attack struct {
	ID      string `json:"id"`
	Payload string `json:"payload"`
	Effect  string `json:"chromium156"`
}

// ownAttacks run everywhere, also where the sets of others are missing.
var ownAttacks = []attack{
	{ID: "own-script", Payload: `<script>alert(1)</script>`},
	{ID: "own-image", Payload: `<img src=x onerror=alert(1)>`},
	{ID: "own-attribute", Payload: `" autofocus onfocus="alert(1)" x="`},
	{ID: "own-quote", Payload: `' onmouseover='alert(1)' x='`},
	{ID: "own-title", Payload: `</title></textarea></script><svg/onload=alert(1)>`},
	{ID: "own-link", Payload: `[here](javascript:alert(1))`},
	{ID: "own-markdown", Payload: "<javascript:alert(1)> ![x](data:text/html,<script>alert(1)</script>)"},
	{ID: "own-json", Payload: `</script><script>alert(1)//\u003cscript\u003e`},
}

// sampled is how many attacks of others go where people and moderation write.
const sampled = 48

// sample returns our own attacks and some of others, spread over all sets. All of
// them go into what readers write; the desk's pages are escaped by the same
// templates, and PARLEY_SOAK sends all of them there too.
func sample(attacks []attack) []attack {
	own, others := attacks[:len(ownAttacks)], attacks[len(ownAttacks):]
	if len(others) <= sampled || os.Getenv("PARLEY_SOAK") != "" {
		return attacks
	}
	some := slices.Clone(own)
	for i := range sampled {
		some = append(some, others[i*len(others)/sampled])
	}
	return some
}

// readAttacks returns the attacks that do something in a browser.
func readAttacks(t *testing.T) []attack {
	t.Helper()
	attacks := ownAttacks
	folder := os.Getenv("PARLEY_FIXTURES")
	if folder == "" {
		t.Log("PARLEY_FIXTURES is not set: only our own attacks are tried")
		return attacks
	}
	files, err := filepath.Glob(filepath.Join(folder, "attacks", "xss-*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no attacks in %s (%v)", folder, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(text))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var a attack
			if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if a.Effect != "dead" {
				attacks = append(attacks, a)
			}
		}
	}
	return attacks
}

// searchedWord stands in every comment, so that a search lists them all.
const searchedWord = "zebra"

// Sizes of what is laid out.
const (
	perStory = 100 // attacks in a discussion
	perField = 8   // attacks in one field of a story
)

// xss is an installation full of attacks.
type xss struct {
	t       *testing.T
	db      *store.Store
	file    string // of the database
	desk    *desk.Desk
	handler http.Handler
	watched *watched
	url     string
	site    forum.Site // publishes at once
	held    forum.Site // holds everything
	stories []string   // addresses of the discussions
	pages   []string   // addresses of all there is to look at, some behind who looks
	room    *room
	session map[string]string
}

func newXSS(t *testing.T, attacks []attack) *xss {
	t.Helper()
	file := filepath.Join(t.TempDir(), "xss.db")
	db, err := store.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := &xss{t: t, db: db, file: file, desk: desk.New(db, time.Now), watched: newWatched(t), session: map[string]string{}}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.watched.serve(w, r, s.handler) }))
	s.url = "http://" + srv.Listener.Addr().String()
	s.handler, err = web.New(web.Config{
		Desk: s.desk, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), BaseURL: s.url, Unlimited: true, UnsafeNoCSP: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(srv.Close)
	s.addSites()
	s.importComments(attacks)
	s.addStories(attacks)
	s.holdComments(attacks)
	s.decide(attacks)
	s.room = s.furnish(sample(attacks))
	return s
}

func (s *xss) must(err error, what string) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
}

// addSites adds the sites, with an attack wherever an owner may write.
func (s *xss) addSites() {
	set := forum.DefaultSettings()
	set.HoldFirst, set.NamelessPace, set.ReaderPace = false, forum.Pace{}, forum.Pace{}
	set.Guidelines = `Be kind. <img src=x onerror=alert(1)>`
	set.Sections = []forum.Section{{Slug: "section", Name: `Section <img src=x onerror=alert(1)>`}}
	var err error
	s.site, err = s.desk.AddSite(s.t.Context(), "main", `Paper <svg/onload=alert(1)>`, set)
	s.must(err, "add site")
	set.HoldFirst = true
	s.held, err = s.desk.AddSite(s.t.Context(), "held", "Held", set)
	s.must(err, "add site")
	for _, site := range []forum.Site{s.site, s.held} {
		link, err := s.desk.OwnerLink(s.t.Context(), site)
		s.must(err, "owner link")
		grant, err := s.desk.Welcome(s.t.Context(), site, link)
		s.must(err, "welcome")
		s.session["parley-"+site.Slug] = grant.Token
	}
	s.pages = append(s.pages, s.url+"/", s.url+"/section/section", s.url+"/nowhere", s.url+"/feed.atom", s.url+"/feed.json",
		s.url+"/search?q="+searchedWord, s.url+"/desk/held", s.url+"/desk/reported", s.url+"/desk/decided",
		s.url+"/at/held/desk/held")
}

// texts are the shapes in which an attack comes in a comment.
func texts(a attack) []string {
	return []string{
		searchedWord + " " + a.Payload,
		a.Payload,
		"> " + strings.ReplaceAll(a.Payload, "\n", "\n> ") + "\n\n- " + a.Payload + "\n\n`" + a.Payload + "` **" + a.Payload + "**",
		"[" + a.Payload + "](https://example.com/) [x](" + a.Payload + ") <" + a.Payload + "> https://example.com/" + a.Payload,
	}
}

// importComments brings discussions in whose names and texts are attacks.
func (s *xss) importComments(attacks []attack) {
	for start := 0; start < len(attacks); start += perStory {
		batch := attacks[start:min(start+perStory, len(attacks))]
		in := desk.Import{Article: desk.Article{ExternalID: "talk-" + strconv.Itoa(start), Headline: "Talk", Body: "Text.", Unlisted: true}}
		for _, a := range batch {
			root := -1
			for i, text := range texts(a) {
				if _, err := markup.Render(text, markup.Rules{Links: true, MaxLength: 50_000}); err != nil {
					continue // refused, so nothing to see
				}
				c := desk.ImportedComment{SourceID: a.ID + "-" + strconv.Itoa(i), Parent: root, Name: a.Payload, Text: text}
				if root < 0 {
					root = len(in.Comments)
				}
				if i == 1 {
					c.Name = "" // a nameless parent is called by its text
				}
				if i == 2 {
					c.Parent, c.ParentName = -1, a.Payload
				}
				in.Comments = append(in.Comments, c)
			}
		}
		done, err := s.desk.Import(s.t.Context(), s.site, in)
		s.must(err, "import")
		page := s.url + forum.StoryPath("", done.Story)
		s.stories = append(s.stories, page)
		s.pages = append(s.pages, page+"?all=1", page+"?view=conversation&all=1", page+"?view=conversation&order=oldest&size=100",
			s.url+"/s/"+done.Story.ID.String()+"/feed.atom", s.url+"/s/"+done.Story.ID.String()+"/feed.json",
			s.url+"/embed/v1/frame?id="+in.Article.ExternalID, s.url+"/embed/v1/discussion?id="+in.Article.ExternalID,
			s.url+"/embed/v1/discussion?format=html&id="+in.Article.ExternalID)
		s.singlePages(done.Story)
	}
}

// singlePages adds the pages of single comments, of some of every shape.
func (s *xss) singlePages(story forum.Story) {
	d, err := s.desk.Discussion(s.t.Context(), story, forum.Page{View: forum.Conversation, Order: forum.Oldest, Size: 100, All: true}.Normal())
	s.must(err, "read discussion")
	for i, n := range d.Nodes {
		if i%31 != 0 {
			continue
		}
		at := s.url + "/c/" + n.ID.String()
		s.pages = append(s.pages, at, at+"/reply", at+"/report", at+"/replies")
	}
}

// dot is a picture, as small as one can be.
func dot() []byte {
	img := image.NewGray(image.Rect(0, 0, 2, 2))
	img.SetGray(0, 0, color.Gray{Y: 200})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// addStories publishes stories whose every field is full of attacks, by the
// newsroom's door.
func (s *xss) addStories(attacks []attack) {
	key, err := s.desk.AddKey(s.t.Context(), s.site, "xss")
	s.must(err, "add key")
	for start := 0; start < len(attacks); start += perField {
		var words []string
		for _, a := range attacks[start:min(start+perField, len(attacks))] {
			words = append(words, a.Payload)
		}
		line := strings.Join(words, " ")
		short := cut(line, 250)
		s.putStory(key, "field-"+strconv.Itoa(start), map[string]any{
			"headline": short, "lede": cut(line, 900), "byline": short, "section": "section", "body": printable(strings.Join(words, "\n\n")),
			"picture":     map[string]any{"data": dot(), "alt": short, "caption": short, "credit": short},
			"publishedAt": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339),
			"url":         "https://example.com/" + strconv.Itoa(start) + url.PathEscape(cut(line, 60)),
			"state":       "read-only", "stateReason": short,
		})
	}
}

func cut(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		text = string(runes[:n])
	}
	return printable(text)
}

// printable leaves out what a newsroom's door refuses.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
}

func (s *xss) putStory(key, id string, body map[string]any) {
	text, err := json.Marshal(body)
	s.must(err, "story")
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPut, s.url+"/api/v1/sites/main/stories/"+id, bytes.NewReader(text))
	s.must(err, "story")
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	s.must(err, "put story")
	defer answer.Body.Close()
	out, err := io.ReadAll(answer.Body)
	s.must(err, "put story")
	if answer.StatusCode >= 300 {
		s.t.Fatalf("put story %s: %s %s", id, answer.Status, out)
	}
	story, err := s.desk.FindStory(s.t.Context(), s.site, desk.StoryRef{ExternalID: id})
	s.must(err, "find story")
	s.pages = append(s.pages, s.url+forum.StoryPath("", story), s.url+"/embed/v1/discussion?id="+id)
}

// holdComments lets one guest write every attack where all is held; the guest
// sees them by the page's script and, without script, in the page.
func (s *xss) holdComments(attacks []attack) {
	story, _, err := s.desk.PutStory(s.t.Context(), s.held, desk.Article{ExternalID: "held", Headline: "Held", Body: "Text."})
	s.must(err, "put story")
	actor := forum.Actor{Network: "xss"}
	for i, a := range attacks {
		if i%3 != 0 {
			continue
		}
		posted, err := s.desk.Post(s.t.Context(), s.held, actor, desk.Draft{Story: story.ID, Byline: forum.BylineNone, Text: a.Payload, Key: a.ID})
		if forum.IsKind(err, forum.Invalid) {
			continue
		}
		s.must(err, "post")
		if posted.Grant == nil {
			continue
		}
		s.session["guest"] = posted.Grant.Token
		actor, err = s.desk.Authenticate(s.t.Context(), s.held, posted.Grant.Token)
		s.must(err, "authenticate")
	}
	s.pages = append(s.pages, "guest "+s.url+forum.StoryPath("/at/held", story), "guest "+s.url+"/at/held/me")
}

// decide reports comments with attacks for words and rejects others with attacks
// for a note, which their author reads.
func (s *xss) decide(attacks []attack) {
	ctx := s.t.Context()
	story, _, err := s.desk.PutStory(ctx, s.site, desk.Article{ExternalID: "decided", Headline: "Decided", Body: "Text."})
	s.must(err, "put story")
	owner, err := s.desk.Authenticate(ctx, s.site, s.session["parley-main"])
	s.must(err, "authenticate")
	var author forum.Actor
	for i, a := range attacks {
		if i%90 == 0 {
			author = forum.Actor{Network: "xss"}
		}
		author = s.report(ctx, story, author, a, "writer-"+strconv.Itoa(i/90))
		s.reject(ctx, story, author, owner, a)
	}
}

// report posts a comment and reports it in an attack's words.
func (s *xss) report(ctx context.Context, story forum.Story, author forum.Actor, a attack, session string) forum.Actor {
	posted, err := s.desk.Post(ctx, s.site, author, desk.Draft{Story: story.ID, Byline: forum.BylineNone, Text: "Reported " + a.ID, Key: "r" + a.ID})
	s.must(err, "post")
	if posted.Grant != nil {
		s.session[session] = posted.Grant.Token
		author, err = s.desk.Authenticate(ctx, s.site, posted.Grant.Token)
		s.must(err, "authenticate")
		s.pages = append(s.pages, session+" "+s.url+"/me")
	}
	_, _, err = s.desk.Report(ctx, s.site, forum.Actor{Network: "other"}, posted.Comment.ID, forum.ReasonSpam, cut(a.Payload, 1000))
	s.must(err, "report")
	return author
}

// reject posts a comment and rejects it with an attack for a note.
func (s *xss) reject(ctx context.Context, story forum.Story, author, owner forum.Actor, a attack) {
	posted, err := s.desk.Post(ctx, s.site, author, desk.Draft{Story: story.ID, Byline: forum.BylineNone, Text: "Rejected " + a.ID, Key: "n" + a.ID})
	s.must(err, "post")
	_, err = s.desk.Decide(ctx, s.site, owner, desk.Ruling{
		Comment: posted.Comment.ID, Verb: forum.Reject, From: forum.Published, Reason: "spam", Note: cut(a.Payload, 1000),
	})
	s.must(err, "reject")
}

// fault is a place whose escaping is taken away, and a page that has it.
type fault struct {
	place *regexp.Regexp
	page  string // behind who looks at it
}

func seededFaults(s *xss) map[string]fault {
	desk := "staff-0 " + s.room.base + "/desk/"
	return map[string]fault{
		"names without escaping":       {regexp.MustCompile(`(?s)<bdi class="comment-name">.*?</bdi>`), "nobody " + s.stories[0]},
		"texts without escaping":       {regexp.MustCompile(`(?s)<div class="comment-text".*?</div>`), "nobody " + s.stories[0]},
		"proposals without escaping":   {regexp.MustCompile(`(?s)<bdi>.*?</bdi>`), desk + "proposals"},
		"text areas without escaping":  {regexp.MustCompile(`(?s)<textarea.*?</textarea>`), desk + "settings"},
		"typed fields without quoting": {regexp.MustCompile(`value="[^"]*"`), desk + "settings"},
		"messages without escaping":    {regexp.MustCompile(`(?s)<blockquote.*?</blockquote>`), "nobody " + s.url + "/letters/0"},
	}
}

// serveFault serves the same pages with one place left unescaped.
func (s *xss) serveFault(place *regexp.Regexp) string {
	raw := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'", "&quot;", `"`, "&amp;", "&")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding")
		rec := httptest.NewRecorder()
		s.watched.serve(rec, r, s.handler)
		for name, values := range rec.Header() {
			if name != "Content-Length" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(place.ReplaceAllFunc(rec.Body.Bytes(), func(b []byte) []byte { return []byte(raw.Replace(string(b))) }))
	}))
	s.t.Cleanup(srv.Close)
	return srv.URL
}
