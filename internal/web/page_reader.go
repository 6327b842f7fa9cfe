package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/frontend"
	"parley/frontend/locale"
	"parley/frontend/pages/search"
	"parley/frontend/parts/comment"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/markup"
)

// postMute mutes or unmutes an author, on this device and for the account.
func (s *server) postMute(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	mute, unmute := r.PostFormValue("mute"), r.PostFormValue("unmute")
	if !validAuthorKey(mute + unmute) {
		return forum.Fail(forum.Invalid, "error.badRequest").Because("author key")
	}
	if r.actor.Known() {
		if err := s.Desk.Mute(r.Context(), r.site, r.actor, mute+unmute, mute != ""); err != nil {
			return err
		}
	}
	mutes := slices.DeleteFunc(r.device.mutes, func(k string) bool { return k == mute || k == unmute })
	if mute != "" {
		mutes = append([]string{mute}, mutes...)
	}
	s.keep(w, r, cookieMutes, strings.Join(mutes[:min(len(mutes), maxMutes)], "."))
	return r.back(w)
}

// postSeen marks a discussion as read up to a comment, on this device.
func (s *server) postSeen(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	story, err := r.formID("story")
	if err != nil {
		return err
	}
	latest, err := r.formID("latest")
	if err != nil {
		return err
	}
	if story == 0 || latest == 0 {
		return forum.Fail(forum.Invalid, "error.badRequest").Because("nothing seen")
	}
	s.keep(w, r, cookieSeen, r.device.withSeen(story, latest))
	return r.back(w)
}

// postPreferences remembers how this device reads discussions.
func (s *server) postPreferences(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	size, err := strconv.Atoi(r.PostFormValue("size"))
	if err != nil {
		size = forum.DefaultPage().Size
	}
	p := forum.Page{View: forum.View(r.PostFormValue("view")), Order: forum.Order(r.PostFormValue("order")), Size: size}.Normal()
	path, _, _ := strings.Cut(localPath(r.PostFormValue("back"), r.prefix+"/"), "?")
	kept := p
	if p.View == forum.Picks {
		// The next discussion may have none: picks are seen here and now.
		path += pageQuery(p, "", false)
		kept.View = r.device.view.View
		kept = kept.Normal()
	}
	s.keep(w, r, cookieView, string(kept.View)+"."+string(kept.Order)+"."+strconv.Itoa(kept.Size))
	return seeOther(w, r, path+"#comments")
}

// overlayAnswer is what the script adds to a public page for one reader.
type overlayAnswer struct {
	Account  *overlayAccount       `json:"account"`
	Byline   overlayByline         `json:"byline"`
	Votes    map[string]forum.Vote `json:"votes"`
	Own      []string              `json:"own"`
	Editable map[string]string     `json:"editable"`
	Held     []overlayHeld         `json:"held"`
	Unseen   int                   `json:"unseen"` // notifications
	Mutes    []string              `json:"mutes"`
}

type overlayAccount struct {
	Name  string     `json:"name"`
	Role  forum.Role `json:"role"`
	Staff bool       `json:"staff"`
}

type overlayByline struct {
	Kind      forum.BylineKind `json:"kind,omitempty"` // as last used in this story
	Name      string           `json:"name"`
	Pseudonym string           `json:"pseudonym"`
}

type overlayHeld struct {
	ID     string `json:"id"`
	Parent string `json:"parent"`
	HTML   string `json:"html"`
}

func (s *server) showOverlay(w http.ResponseWriter, r *request) error {
	x, err := s.readStory(r)
	if err != nil {
		return err
	}
	p, err := s.newPersonal(r, x)
	if err != nil {
		return err
	}
	out := overlayAnswer{Votes: map[string]forum.Vote{}, Editable: map[string]string{}, Own: []string{}, Held: []overlayHeld{}}
	if r.actor.Known() {
		a := account(r.actor)
		out.Account = &overlayAccount{Name: a.Name, Role: a.Role, Staff: a.Staff}
		out.Unseen = s.unseen(r)
		out.Mutes = p.overlay.Mutes
		out.Byline = overlayByline{Kind: lastByline(p.overlay), Name: a.Name, Pseudonym: p.overlay.Pseudonym}
	}
	for id, v := range p.overlay.Votes {
		out.Votes[id.String()] = v
	}
	if err := s.overlayOwn(r, x, p, &out); err != nil {
		return err
	}
	return writeJSON(w, out)
}

// lastByline is the kind of byline a reader last wrote under in a story; empty if
// there is none.
func lastByline(o desk.Overlay) forum.BylineKind {
	if len(o.Own) == 0 {
		return ""
	}
	return o.Own[0].Byline.Kind
}

// overlayOwn lists the reader's own comments, with the HTML of those that only
// their author may see.
func (s *server) overlayOwn(r *request, x forum.Story, p *personalView, out *overlayAnswer) error {
	var held []forum.Comment
	for _, c := range p.overlay.Own {
		out.Own = append(out.Own, c.ID.String())
		if c.Editable(p.now, p.window) {
			out.Editable[c.ID.String()] = c.EditableUntil(p.window).Format(time.RFC3339)
		}
		if c.State == forum.Held {
			held = append(held, c)
		}
	}
	t := &thread{r: r, personal: p}
	for _, c := range held {
		v := t.comment(c)
		v.Depth = min(c.Depth, maxNesting)
		html, err := render(r.Context(), comment.Item(v, comment.Context{Prefix: r.prefix, Locale: r.locale, Personal: true, State: x.State}))
		if err != nil {
			return err
		}
		h := overlayHeld{ID: c.ID.String(), HTML: string(html)}
		if c.ParentID != 0 {
			h.Parent = c.ParentID.String()
		}
		out.Held = append(out.Held, h)
	}
	return nil
}

// writeJSON answers with JSON that nobody may keep.
func writeJSON(w http.ResponseWriter, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	// The client may be gone; there is nobody left to tell.
	_, _ = w.Write(b)
	return nil
}

func (s *server) showPulse(w http.ResponseWriter, r *request) error {
	id, err := r.id("story")
	if err != nil {
		return err
	}
	var since forum.ID
	if text := r.URL.Query().Get("since"); text != "" {
		if since, err = forum.ParseID(text); err != nil {
			return err
		}
	}
	p, err := s.Desk.Pulse(r.Context(), r.site, r.actor, id, since)
	if err != nil {
		return err
	}
	latest := ""
	if p.Latest != 0 {
		latest = p.Latest.String()
	}
	return writeJSON(w, map[string]any{
		"revision": p.Story.Revision, "count": p.Story.Comments, "latest": latest, "new": p.New, "replies": p.Answers,
	})
}

// maxQuery is the length of a search, in bytes.
const maxQuery = 400

func (s *server) searchStory(w http.ResponseWriter, r *request) error {
	x, err := s.readStory(r)
	if err != nil {
		return err
	}
	return s.search(w, r, x)
}

func (s *server) searchSite(w http.ResponseWriter, r *request) error {
	return s.search(w, r, forum.Story{})
}

// search shows the comments of a story, or of the whole site, that hold every
// word asked for.
func (s *server) search(w http.ResponseWriter, r *request, x forum.Story) error {
	q := r.URL.Query()
	asked := strings.TrimSpace(q.Get("q"))
	if len(asked) > maxQuery {
		return forum.Fail(forum.Invalid, "error.query").At("q")
	}
	var before forum.ID
	if text := q.Get("before"); text != "" {
		var err error
		if before, err = forum.ParseID(text); err != nil {
			return err
		}
	}
	found, err := s.Desk.Search(r.Context(), r.site, x.ID, asked, before)
	if err != nil {
		return err
	}
	v := view.Search{Action: r.prefix + r.URL.Path, Query: asked, Asked: asked != "", Hits: hits(r, found.Hits), Since: found.Since}
	title := locale.T(r.locale, "search.title")
	if asked != "" {
		title = locale.T(r.locale, "search.titleFor", "query", asked)
	}
	v.Shell = s.shell(r, title)
	v.Shell.NoIndex = true
	if x.ID != 0 {
		v.Headline, v.StoryURL = x.Headline, forum.StoryPath(r.prefix, x)
	}
	if found.Next != 0 {
		q.Set("before", found.Next.String())
		v.Next = v.Action + "?" + q.Encode()
	}
	return s.show(w, r, search.Page(v))
}

// hits turns comments found anywhere into views.
func hits(r *request, cards []desk.QueueCard) []view.Hit {
	out := make([]view.Hit, len(cards))
	for i, c := range cards {
		out[i] = view.Hit{Comment: cardComment(r, c), Headline: c.Story.Headline, StoryURL: forum.StoryPath(r.prefix, c.Story)}
	}
	return out
}

// cardComment is the view of a comment that stands alone, with its parent.
func cardComment(r *request, c desk.QueueCard) view.Comment {
	t := &thread{r: r}
	if c.Parent != nil {
		t.parents = map[forum.ID]forum.Comment{c.Parent.ID: *c.Parent}
	}
	v := t.comment(c.Comment)
	v.Lang = c.Story.Lang
	v.Staff = c.Author.Role.Staff() && c.Comment.Byline.Kind == forum.BylineName
	return v
}

// ownHit shows authors their own words, whatever became of them.
func (s *server) ownHit(r *request, h *view.Hit, c desk.QueueCard) {
	if c.Comment.State == forum.Withdrawn {
		return
	}
	h.Comment.Own, h.Comment.MayWithdraw, h.Comment.Gone = true, forum.MayMove(c.Comment.State, forum.Withdrawn), ""
	h.Comment.HTML, h.Comment.Name = markup.HTML(c.Comment.HTML), c.Comment.Byline.Name
	if window := r.site.Settings.EditWindow.Duration(); c.Comment.Editable(s.Desk.Now(), window) {
		h.Comment.Editable = c.Comment.EditableUntil(window)
	}
	if c.Decision != nil {
		h.Why, h.Decision = why(r, c), decisionPath(r, c.Decision.ID)
	}
}

// why is the reason of a decision in words, with the moderator's note.
func why(r *request, c desk.QueueCard) string {
	text := reasonWords(r.site, r.locale, c.Decision.Reason)
	if c.Decision.Note != "" {
		text += ". " + locale.Isolate(c.Decision.Note)
	}
	return text
}

func (s *server) postSignOut(w http.ResponseWriter, r *request) error {
	if r.token != "" {
		if err := s.Desk.SignOut(r.Context(), r.site, r.token); err != nil {
			return err
		}
	}
	s.forget(w, r)
	return seeOther(w, r, r.prefix+"/")
}

// showAsset serves a style sheet or script by its hashed name.
func (s *server) showAsset(w http.ResponseWriter, r *request) error {
	name := r.PathValue("file")
	body, ok := frontend.File(name)
	if !ok {
		return forum.Fail(forum.NotFound, "error.notFound")
	}
	p, err := s.cache.fixed(name, assetType(name), body)
	if err != nil {
		return err
	}
	return p.send(w, r)
}

// showIcon serves the icon where browsers look for one that no page names. A link
// to it would be one more request before the comments are seen.
func (s *server) showIcon(w http.ResponseWriter, r *request) error {
	_, body, _ := frontend.Asset("icon.svg")
	p, err := s.cache.fixed("favicon.ico", "image/svg+xml", body)
	if err != nil {
		return err
	}
	return p.send(w, r)
}

func assetType(name string) string {
	switch {
	case strings.HasSuffix(name, ".css"):
		return "text/css; charset=utf-8"
	case strings.HasSuffix(name, ".svg"):
		return "image/svg+xml"
	}
	return "text/javascript; charset=utf-8"
}

func (s *server) showRobots(w http.ResponseWriter, r *request) error {
	text := "User-agent: *\nDisallow: /search\nDisallow: /desk\nDisallow: /me\nDisallow: /mail/\nDisallow: /welcome/\nDisallow: /c/*/\nAllow: /\n"
	return newPage("text/plain; charset=utf-8", []byte(text)).send(w, r)
}
