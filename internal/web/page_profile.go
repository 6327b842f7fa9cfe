package web

import (
	"net/http"
	"slices"

	"parley/frontend/pages/profile"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// profileSize is how many comments a page of a profile shows.
const profileSize = 25

// showProfile shows what an author published under their name.
func (s *server) showProfile(w http.ResponseWriter, r *request) error {
	key := r.PathValue("author")
	if !validAuthorKey(key) {
		return forum.Fail(forum.NotFound, "error.notFound").Because("no author key")
	}
	before, err := r.queryID("before")
	if err != nil {
		return err
	}
	p, err := s.Desk.Profile(r.Context(), r.site, key, before, profileSize)
	if err != nil {
		return err
	}
	mutes, err := s.Desk.Mutes(r.Context(), r.site, r.actor)
	if err != nil {
		return err
	}
	v := view.Profile{
		Shell: s.shell(r, t(r, "profile.title", "name", p.Account.Name)), Name: p.Account.Name, Staff: p.Account.Role.Staff(), Count: p.Comments,
		Mute: key, Muted: slices.Contains(mutes, key) || slices.Contains(r.device.mutes, key), Comments: hits(r, p.Page),
	}
	v.Shell.NoIndex = r.site.Settings.ProfilesHidden
	if v.Staff {
		v.Role = roleName(r, p.Account.Role)
	} else {
		v.Badge = view.Badge(desk.BadgeOf(p.Account))
	}
	if p.Next != 0 {
		v.Next = r.prefix + "/u/" + key + "?before=" + p.Next.String()
	}
	return s.show(w, r, profile.Page(v))
}

// postProfile shows or hides the reader's own profile.
func (s *server) postProfile(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	if err := s.Desk.ShowProfile(r.Context(), r.site, r.actor, r.PostFormValue("public") == "on"); err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/me/data?did=Profile")
}
