package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"parley/internal/desk"
)

// look adds the pages of an author, and those of the desk about them.
func (r *room) look(a *author) {
	for _, path := range []string{"/me", "/me/inbox", "/me/mail", "/me/data", "/me/data.html", "/me/security", "/signin", "/signin/name"} {
		r.see(a.called, path)
	}
	account := a.actor.Account.ID.String()
	for _, path := range []string{"", "/sanction", "?state=rejected"} {
		r.see("staff-0", "/desk/authors/"+account+path)
	}
	r.see("staff-0", "/u/"+a.actor.Account.AuthorKey)
	r.see("staff-0", "/desk/log?object=account:"+account)
	r.see("staff-0", "/desk/all?author="+account)
}

// places adds the pages of which there is one at a site.
func (r *room) places() {
	for _, path := range []string{
		"/", "/section/part", "/search?q=alert", "/feed.atom", "/transparency", "/transparency/" + r.ids["month"], "/notice", "/c/" + r.ids["comment"] + "/illegal",
		"/s/" + r.ids["story"] + "/search?q=alert", "/signin/code", "/signin/recovery", "/signin",
	} {
		r.see("nobody", path)
	}
	for _, path := range []string{"", "/edit", "/withdraw", "/reply", "/replies"} {
		r.see("author-0", "/c/"+r.ids["comment"]+path)
	}
	r.see("author-0", "/me/security/code")
	for i := range r.staff {
		r.see("staff-"+strconv.Itoa(i), "/me/security")
	}
	desks := []string{
		"dashboard", "log", "rules", "rules/new", "export", "alerts", "jobs", "proposals", "staff", "settings", "reveal", "keys", "notices",
		"notices?all=1", "stories", "appeals", "reasons", "search?q=alert", "decided", "mine", "reveal?comment=" + r.ids["comment"],
		"authors/" + r.ids["account"] + "/sanction?comment=" + r.ids["comment"],
	}
	for _, queue := range desk.QueueKinds() {
		desks = append(desks, string(queue))
	}
	for _, path := range desks {
		r.see("staff-0", "/desk/"+path)
	}
}

// inPath finds the values in a pattern.
var inPath = regexp.MustCompile(`\{([a-z]+|\$)\}`)

// as returns who looks at a route or sends its form, and its address at the room;
// value gives the values of its path.
func (r *room) as(pattern string, value func(name string) string) string {
	who := "author-0"
	if strings.HasPrefix(pattern, "/desk") {
		who = "staff-0"
	}
	return who + " " + r.base + inPath.ReplaceAllStringFunc(pattern, func(m string) string { return url.PathEscape(value(strings.Trim(m, "{$}"))) })
}

// known gives values of a path that name something.
func (r *room) known(name string) string {
	switch id := r.ids[name]; {
	case name == "":
		return ""
	case id == "":
		return "none"
	default:
		return id
	}
}

// forms says where forms are sent and where parameters may be written, with
// attacks in all of them.
func (r *room) forms() {
	attack := strings.ReplaceAll(ownAttacks[1].Payload, " ", "/")
	for _, pattern := range routesOf(r.t, http.MethodGet) {
		if why := unseen[pattern]; why != "" && !strings.HasPrefix(why, "leads on") {
			continue
		}
		r.asked = append(r.asked, r.as(pattern, r.known))
		if strings.Contains(pattern, "/{") && !strings.HasSuffix(pattern, "{$}") {
			r.pages = append(r.pages, r.as(pattern, func(string) string { return attack }))
		}
	}
	for _, pattern := range routesOf(r.t, http.MethodPost) {
		if !strings.HasPrefix(pattern, "/api/") && pattern != "/session/end" {
			r.posts = append(r.posts, r.as(pattern, r.known))
		}
	}
}
