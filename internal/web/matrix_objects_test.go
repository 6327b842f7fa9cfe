package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/rule"
	"parley/internal/storetest"
)

// spot is where the object of a request lies, as seen by a desk of one site
// whose staff may be limited to the section "world".
type spot string

// The places. A missing object is named by a good id that nothing has.
const (
	here    spot = "in the section"
	outside spot = "in another section"
	foreign spot = "on another site"
	missing spot = "nowhere"
)

// exhibits are the objects of one place by the name that routes and forms give
// them.
type exhibits map[string]string

// noObject are path values that name no object of a site's people, and why.
var noObject = map[string]string{
	"section": "a list of stories, empty if nothing is in it", "picture": "a file named by its content",
	"file": "a file of the program", "month": "figures of a month", "slug": "words beside a story's id",
	"sort": "a sort of mail", "token": "proves itself; page_signin_test.go and desk_staff_test.go", "ticket": "proves itself",
	"code": "proves itself", "provider": "a login of the settings", "queue": "a list", "site": "the site's own name",
	"externalId": "made by the newsroom that names it",
}

// sectional are the objects that lie in a section. Those of the other names are
// the whole site's.
var sectional = []string{"comment", "decision", "appeal", "notice", "story"}

// aside are routes whose own tests hold them, because what they are about proves
// itself or is no more than the reader's own.
var aside = map[string]string{
	"GET /mail/stop/{sort}/{account}/{token}":       "a signed address",
	"POST /mail/stop/{sort}/{account}/{token}":      "a signed address",
	"PUT /api/v1/sites/{site}/stories/{externalId}": "makes what it names",
	"POST /c/{comment}/withdraw":                    "TestMatrix_objects; it would take the exhibit away",
	"POST /api/v1/comments/{comment}/withdraw":      "TestMatrix_objects; it would take the exhibit away",
	"POST /decisions/{decision}/read":               "TestDecisions_warning and TestMatrix_objects; the exhibit is no warning",
	"POST /api/v1/decisions/{decision}/read":        "TestDecisions_warning and TestMatrix_objects; the exhibit is no warning",
	"POST /c/{comment}/illegal":                     "a notice may be about what is not there",
}

// onComment are routes about an account that are for one of its comments, and so
// for a section.
var onComment = []string{"POST /desk/authors/{account}/sanction", "POST /api/v1/authors/{account}/sanctions"}

// otherwise is how a route answers about nothing, where that is not 404.
var otherwise = map[string]int{
	"POST /desk/undo":                         http.StatusConflict,            // it is none of one's own last twenty
	"POST /api/v1/comments/{comment}/undo":    http.StatusConflict,            // neither
	"POST /desk/bulk":                         http.StatusOK,                  // how many are meant is asked before they are looked up
	"POST /me/inbox":                          http.StatusSeeOther,            // to have read what is not there changes nothing
	"POST /seen":                              http.StatusNoContent,           // a device remembers what it likes
	"POST /mutes":                             http.StatusSeeOther,            // so it does
	"POST /desk/rules/{rule}":                 http.StatusUnprocessableEntity, // the form is checked first
	"GET /desk/rules/{rule}/undo":             http.StatusUnprocessableEntity, // the day is missing
	"POST /desk/rules/{rule}/undo":            http.StatusUnprocessableEntity, // there is nothing to undo
	"POST /desk/proposals/{proposal}/approve": http.StatusConflict,            // it waits no more
}

// forms are the good fields of the forms about an object: {name} stands for the
// object of that name.
var forms = map[string]string{
	"POST /comments":                            "story={story}&parent={comment}&byline=none&text=An+answer+to+it.",
	"POST /preview":                             "story={story}&parent={comment}&byline=none&text=An+answer+to+it.",
	"POST /votes":                               "up={comment}",
	"POST /c/{comment}/edit":                    "text=Taken+over.",
	"POST /c/{comment}/report":                  "reason=spam",
	"POST /me/inbox":                            "id={notification}",
	"POST /decisions/{decision}/appeal":         "words=I+meant+the+building,+not+its+owner.",
	"POST /desk/decisions":                      "comment={comment}&verb=hold&from=published",
	"POST /desk/undo":                           "decision={decision}",
	"POST /desk/claims":                         "comment={comment}",
	"POST /desk/reveal":                         "comment={comment}&words=threats+in+three+stories",
	"POST /desk/bulk":                           "id={comment}&verb=hold",
	"POST /desk/jobs/{job}":                     "act=pause",
	"POST /desk/authors/{account}/notes":        "words=Writes+late.",
	"POST /desk/authors/{account}/sanction":     "comment={comment}&kind=always-hold&end=none&reason=abuse",
	"POST /desk/staff/roles":                    "account={account}&role=reviewer",
	"POST /desk/appeals/{appeal}":               "outcome=upheld&answer=It+names+a+person.",
	"POST /desk/notices/{notice}":               "verb=keep&words=It+is+a+quotation.",
	"POST /desk/notices/{notice}/reveal":        "why=The+court+asks+who+it+was.",
	"POST /desk/stories/{story}":                "state=open&slow=0&cap=0&why=calm",
	"POST /desk/alerts/{endpoint}":              "do=on",
	"POST /desk/rules/{rule}":                   "name=r",
	"POST /desk/rules/{rule}/undo":              "since=2026-01-01",
	"POST /desk/rules/{rule}/stage":             "version=1&from=shadow&stage=off",
	"POST /desk/rules/{rule}/rehearsals":        "version=1&days=30",
	"PATCH /api/v1/comments/{comment}":          `{"text":"Taken over."}`,
	"PUT /api/v1/comments/{comment}/vote":       `{"value":1}`,
	"POST /api/v1/comments/{comment}/reports":   `{"reason":"spam"}`,
	"POST /api/v1/comments/{comment}/decisions": `{"verb":"hold","from":"published"}`,
	"POST /api/v1/decisions/{decision}/appeal":  `{"words":"I meant the building, not its owner."}`,
	"POST /api/v1/authors/{account}/sanctions":  `{"kind":"always-hold","reason":"abuse","comment":"{comment}"}`,
	"POST /api/v1/appeals/{appeal}/answer":      `{"outcome":"upheld","answer":"It names a person."}`,
	"PUT /api/v1/stories/{story}/controls":      `{"state":"open"}`,
}

// named finds the path values of a pattern.
var named = regexp.MustCompile(`\{(\w+)\}`)

// gallery is a matrix with exhibits in every place.
type gallery struct {
	*matrix
	rooms map[spot]exhibits
	head  forum.Actor // of the desk; brings back what was decided
}

func newGallery(t *testing.T) *gallery {
	g := &gallery{matrix: newMatrix(t), rooms: map[spot]exhibits{}}
	for _, site := range []*forum.Site{&g.site, &g.foreign} {
		site.Settings.Sections = []forum.Section{{Slug: "world", Name: "World"}, {Slug: "sport", Name: "Sport"}}
		if err := g.desk.SetSite(t.Context(), *site); err != nil {
			t.Fatal(err)
		}
	}
	g.head = g.chief(g.site)
	g.author = g.browser() // of the exhibits here, whose comments nobody holds
	g.rooms[here] = g.furnish(g.site, "world")
	g.rooms[outside] = g.furnish(g.site, "sport")
	g.rooms[foreign] = g.furnish(g.foreign, "world")
	nothing := exhibits{}
	for name := range g.rooms[here] {
		nothing[name] = "0zzzzzzzzzzz1"
	}
	g.rooms[missing] = nothing
	return g
}

// chief is somebody of a site's desk who acts in no test.
func (g *gallery) chief(site forum.Site) forum.Actor {
	g.t.Helper()
	ctx := context.Background()
	token, err := g.desk.RoleLink(ctx, site, forum.RoleAdmin)
	if err != nil {
		g.t.Fatal(err)
	}
	grant, err := g.desk.Welcome(ctx, site, token)
	if err != nil {
		g.t.Fatal(err)
	}
	actor, err := g.desk.Authenticate(ctx, site, grant.Token)
	if err != nil {
		g.t.Fatal(err)
	}
	return actor
}

// furnish makes one of every object in a section of a site.
func (g *gallery) furnish(site forum.Site, section string) exhibits {
	g.t.Helper()
	ctx, t := context.Background(), g.t
	good := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s of %s: %v", section, site.Slug, err)
		}
	}
	g.chief(site) // a second one, so that what is weighty waits
	chief := g.chief(site)
	story, _, err := g.desk.PutStory(ctx, site, desk.Article{
		Headline: "About " + section, Lede: "A lede.", Body: "A body.", Section: section, PublishedAt: time.Now().Add(-time.Hour),
	})
	good(err)
	author := g.author
	if section != "world" || site.ID != g.site.ID {
		author = g.browser()
	}
	comment := author.write(site, story.ID, 0, forum.BylinePseudonym, "Bird of "+section, "A comment in "+section+".")
	reject := author.write(site, story.ID, 0, forum.BylinePseudonym, "Bird of "+section, "A comment too many in "+section+".")
	author.write(site, story.ID, 0, forum.BylineName, "Writer of "+section, "A comment with a name in "+section+".")
	at := func(id forum.ID) forum.Comment {
		c, err := g.store.Comment(ctx, site.ID, id)
		good(err)
		return c
	}
	_, err = g.desk.Decide(ctx, site, chief, desk.Ruling{Comment: reject, Verb: forum.Reject, From: forum.Published, Reason: "abuse"})
	good(err)
	decisions, err := g.store.DecisionsOn(ctx, site.ID, reject)
	good(err)
	account := at(comment).AccountID
	owner, err := g.store.Account(ctx, site.ID, account)
	good(err)
	appeal, err := g.desk.Appeal(ctx, site, forum.Actor{Account: owner, Kind: forum.SessionPage}, decisions[0].ID, "I meant the building, not its owner.")
	good(err)
	notice, receipt, err := g.desk.FileNotice(ctx, site, forum.Actor{Network: section}, forum.Notice{
		URL: g.server.URL + "/c/" + comment.String(), CommentID: comment, Kind: forum.NoticeKinds()[0], Name: "N", Email: "n@example.org",
		Explanation: "The second sentence calls for violence against a group.", GoodFaith: true,
	}, "a key that is hard to guess")
	good(err)
	held, err := g.desk.Sanction(ctx, site, chief, desk.Penalty{Account: account, Kind: forum.AlwaysHold, Reason: "other", Comment: comment})
	good(err)
	_, err = g.desk.Lift(ctx, site, chief, held.Decision, "")
	good(err)
	drawn, err := g.desk.AddRule(ctx, site, chief, desk.RuleDraft{Name: "r", Definition: definition(t)})
	good(err)
	rehearsal, err := g.desk.Rehearse(ctx, site, chief, drawn.ID, drawn.Version, 30)
	good(err)
	bulk, err := g.desk.StartBulk(ctx, site, chief, desk.Bulk{Selection: desk.Selection{IDs: []forum.ID{comment}}, Verb: forum.Hold}, "")
	good(err)
	endpoint, err := g.desk.AddEndpoint(ctx, site, chief, forum.ToEmail, section+"@example.org", forum.Events()[:1])
	good(err)
	_, _, err = g.desk.Invite(ctx, site, chief, forum.RoleReviewer, nil, "")
	good(err)
	team, err := g.desk.Team(ctx, site, chief)
	good(err)
	_, wait, err := g.desk.Invite(ctx, site, chief, forum.RoleLead, nil, "We need a lead.")
	good(err)
	invitation := team.Invitations[0].ID
	for _, v := range team.Invitations {
		if v.ID.String() != g.rooms[here]["invitation"] {
			invitation = v.ID
		}
	}
	return exhibits{
		"sanction": held.Decision.String(),
		"story":    story.ID.String(), "comment": comment.String(), "decision": decisions[0].ID.String(), "appeal": appeal.ID.String(),
		"account": account.String(), "author": owner.AuthorKey, "notice": notice.ID.String(), "receipt": receipt, "rule": drawn.ID.String(),
		"rehearsal": rehearsal.String(), "job": bulk.Job.String(), "endpoint": endpoint.ID.String(),
		"invitation": invitation.String(), "proposal": wait.String(), "notification": decisions[0].ID.String(),
	}
}

func definition(t *testing.T) rule.Definition {
	t.Helper()
	d, err := rule.Decode([]byte(`{"format":1,"when":{"words":{"lists":[{"grade":"banned","entries":["scum"]}]}},"then":{"do":"hold"}}`))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// guest is a visitor who may be limited to the section "world".
type guest struct {
	visitor
	limited bool
	browser *browser
}

// admitted is visitor.admitted with the limits of a section.
func (v guest) admitted(w who) bool {
	if !v.visitor.admitted(w) {
		return false
	}
	actor := forum.Actor{Account: forum.Account{ID: 1, Role: v.role}, Kind: forum.SessionPage, Strong: true}
	if v.limited {
		actor.Account.Sections = []string{"world"}
	}
	return w.act == "" || forum.May(actor, w.act)
}

// guests are all sorts of visitors, and each role of the desk once more for one
// section.
func (g *gallery) guests() []guest {
	g.t.Helper()
	var all []guest
	for _, v := range visitors() {
		all = append(all, guest{v, false, v.make(g.t, g.matrix)})
	}
	alone := g.site
	alone.Settings.FourEyes = false
	for _, role := range []forum.Role{forum.RoleReviewer, forum.RoleModerator} { // the others are for the whole site
		token, _, err := g.desk.Invite(context.Background(), alone, g.chief(g.site), role, []string{"world"}, "")
		if err != nil {
			g.t.Fatal(err)
		}
		v := visitor{string(role) + " of a section", worker, role, false, nil}
		all = append(all, guest{v, true, g.welcome(g.site, token)})
	}
	for _, v := range all {
		v.browser.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return all
}

// objectsOf returns the names of the objects in a route's path and form; what
// names none is left out, and what nobody has placed fails the test.
func (g *gallery) objectsOf(r route) []string {
	g.t.Helper()
	var names []string
	for _, m := range named.FindAllStringSubmatch(r.pattern+" "+forms[r.method+" "+r.pattern], -1) {
		_, shown := g.rooms[here][m[1]]
		if noObject[m[1]] == "" && !shown {
			g.t.Errorf("%s %s: {%s} is neither among the exhibits nor among what is no object", r.method, r.pattern, m[1])
			continue
		}
		if shown {
			names = append(names, m[1])
		}
	}
	return names
}

// ask makes the request of a route about the objects of a place.
func (g *gallery) ask(v guest, r route, at spot) answer {
	g.t.Helper()
	v.browser.t = g.t
	fill := func(text string) string {
		return named.ReplaceAllStringFunc(text, func(m string) string {
			name := m[1 : len(m)-1]
			if name == "decision" && strings.HasSuffix(r.pattern, "/lift") {
				name = "sanction"
			}
			if id, ok := g.rooms[at][name]; ok {
				return id
			}
			return g.ids[name]
		})
	}
	path, body := fill(strings.ReplaceAll(r.pattern, "{$}", "")), fill(forms[r.method+" "+r.pattern])
	switch {
	case r.method == http.MethodGet:
		return v.browser.do(r.method, path, nil, nil)
	case strings.HasPrefix(r.pattern, "/api/"):
		return v.browser.json(r.method, path, orEmpty(body))
	}
	return v.browser.do(r.method, path, strings.NewReader(body), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

func orEmpty(body string) string {
	if body == "" {
		return "{}"
	}
	return body
}

// bland is an answer without the ids of a place, so that what remains is what
// somebody learns.
func (g *gallery) bland(a answer, at spot) string {
	text := fmt.Sprint(a.status, " ", a.header.Get("Location"), " ", a.body)
	for _, id := range g.rooms[at] {
		text = strings.ReplaceAll(text, url.QueryEscape(id), "ID")
		text = strings.ReplaceAll(text, id, "ID")
	}
	text = keyIn.ReplaceAllString(text, `name="key" value="KEY"`)
	return text
}

// verdict is what policy says of one visitor, route and place.
type verdict int

// The verdicts.
const (
	turnedAway verdict = iota // 401 or 403, by the route
	unknown                   // as if it did not exist
	closed                    // 401, 403 or 404
	open                      // none of these
)

// expected says, from the policy alone, what a visitor gets of a route about
// objects of a place.
func (v guest) expected(r route, objects []string, at spot) verdict {
	key := r.method + " " + r.pattern
	inSection := slices.ContainsFunc(objects, func(o string) bool { return slices.Contains(sectional, o) })
	switch {
	case !v.admitted(r.who):
		return turnedAway
	case at == missing || at == foreign:
		return unknown
	case slices.Contains(objects, "proposal") && (v.role == "" || !forum.May(forum.Actor{Account: forum.Account{ID: 1, Role: v.role, Sections: v.sections()}, Kind: forum.SessionPage, Strong: true}, forum.ActApprove)):
		return closed // somebody else's
	case slices.Contains(objects, "job") && strings.HasPrefix(r.pattern, "/desk/jobs") && v.limited:
		return closed // somebody else's
	case strings.HasPrefix(r.pattern, "/desk/alerts/mail"):
		return closed // the exhibit is another sort of job
	case strings.HasPrefix(r.pattern, "/erasures"):
		return closed // so it is
	case key == "POST /desk/bulk":
		return open // the job leaves out what its maker may not decide on
	case r.who.caller == staffCaller:
		if at == outside && v.limited && (inSection || slices.Contains(onComment, key)) {
			return closed
		}
		return open
	case r.who == known && r.method == http.MethodGet && slices.Contains(objects, "decision") && v.role.Staff():
		// The desk reads the statements of its sections.
		actor := forum.Actor{Account: forum.Account{ID: 1, Role: v.role, Sections: v.sections()}, Kind: forum.SessionPage, Strong: true}
		if forum.May(actor, forum.ActQueue) && (at == here || !v.limited) {
			return open
		}
		return closed
	case r.who == known && inSection && !(v.owner && at == here):
		return closed // somebody else's
	}
	return open
}

func (v guest) sections() []string {
	if v.limited {
		return []string{"world"}
	}
	return nil
}

// TestMatrix_roleRouteObject calls every route that is about an object as every
// sort of visitor, those of the desk also limited to a section, about one of each
// object in the section, in another, on another site, and about none. No cell
// differs from the policy, and what is on another site answers byte for byte as
// what does not exist.
func TestMatrix_roleRouteObject(t *testing.T) {
	storetest.NoRace(t)
	g := newGallery(t)
	guests := g.guests()
	cells := 0
	for _, r := range routesOf(t, g.house) {
		key := r.method + " " + r.pattern
		objects := g.objectsOf(r)
		if r.method == http.MethodOptions || len(objects) == 0 || aside[key] != "" {
			continue
		}
		for _, v := range guests {
			if len(v.calls) == len(everybody) {
				v.browser = v.make(t, g.matrix) // what it wrote before made a guest of it
				v.browser.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			}
			g.publish()
			nothing := ""
			for _, at := range []spot{missing, foreign, outside, here} {
				a := g.ask(v, r, at)
				cells++
				if want := v.expected(r, objects, at); !fits(a, want, r, v) {
					t.Errorf("%s as %s, %s: status %d, want %s\n%s", key, v.name, at, a.status, words(want, key), excerptOf(a))
				}
				switch at {
				case missing:
					nothing = g.bland(a, at)
				case foreign:
					if got := g.bland(a, at); got != nothing {
						t.Errorf("%s as %s: what is on another site answers\n%s\nand what is not there\n%s", key, v.name, got, nothing)
					}
				}
			}
		}
	}
	if cells < 2000 {
		t.Errorf("only %d cells", cells)
	}
	t.Logf("%d cells", cells)
}

// publish brings back the comments that a visitor before decided on.
func (g *gallery) publish() {
	g.t.Helper()
	for _, at := range []spot{here, outside} {
		id, err := forum.ParseID(g.rooms[at]["comment"])
		if err != nil {
			g.t.Fatal(err)
		}
		c, err := g.store.Comment(context.Background(), g.site.ID, id)
		if err != nil {
			g.t.Fatal(err)
		}
		if c.State == forum.Published {
			continue
		}
		if _, err := g.desk.Decide(context.Background(), g.site, g.head, desk.Ruling{Comment: id, Verb: forum.Publish, From: c.State}); err != nil {
			g.t.Fatal(err)
		}
	}
}

// fits reports whether an answer is what a cell asks for.
func fits(a answer, want verdict, r route, v guest) bool {
	shut := a.status == http.StatusUnauthorized || a.status == http.StatusForbidden
	key := r.method + " " + r.pattern
	switch want {
	case turnedAway:
		return shut
	case unknown:
		if other, ok := otherwise[key]; ok {
			return a.status == other
		}
		return a.status == http.StatusNotFound
	case closed:
		return shut || a.status == http.StatusNotFound || a.status == otherwise[key] && otherwise[key] >= 400
	}
	if a.status >= 500 {
		return false
	}
	return !shut && a.status != http.StatusNotFound || ownRefusal(r, v.visitor, a)
}

func words(want verdict, key string) string {
	if other := otherwise[key]; want == unknown && other != 0 {
		return fmt.Sprint(other)
	}
	return []string{"401 or 403", "404", "401, 403 or 404", "none of 401, 403, 404 and no failure"}[want]
}

func excerptOf(a answer) string {
	text := strings.Join(strings.Fields(textOf(a.body)), " ")
	return text[:min(len(text), 300)]
}

// formIDs finds where a handler reads what a form or query names.
var formIDs = regexp.MustCompile(`r\.(?:formID|queryID)\("(\w+)"\)`)

// inForms are the names of fields that the matrix sends to a route, or that name
// a place in a list and nothing to act on.
var inForms = []string{
	"comment", "decision", "account", "story", "parent", "id", "credential", "session", "before", "after", "latest", "since",
	"delivery", "proposal", "read",
}

// TestMatrix_fields walks the source of the handlers: an id that a form or query
// gives under a name the matrix does not know fails the test.
func TestMatrix_fields(t *testing.T) {
	storetest.NoRace(t)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range formIDs.FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(inForms, m[1]) {
				t.Errorf("%s reads an id named %q, which TestMatrix_roleRouteObject does not send", file, m[1])
			}
		}
	}
}
