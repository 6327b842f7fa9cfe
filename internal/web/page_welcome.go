package web

import (
	"net/http"
	"strings"

	"parley/frontend/locale"
	"parley/frontend/pages/confirm"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// showWelcome shows what a one-time link would do. Only the button does it.
func (s *server) showWelcome(w http.ResponseWriter, r *request) error {
	v, err := s.Desk.OpenInvitation(r.Context(), r.site, r.PathValue("token"))
	if err != nil {
		return err
	}
	heading := locale.T(r.locale, "welcome.title")
	page := view.Confirm{
		Shell: s.shell(r, heading), Heading: heading, Text: invitationText(r, v),
		Action: r.prefix + "/welcome/" + r.PathValue("token"), Button: locale.T(r.locale, "welcome.accept"),
	}
	if v.MadeBy == 0 && v.Role == forum.RoleAdmin {
		page.Button = locale.T(r.locale, "welcome.button")
	}
	if v.Waits {
		page.Button, page.Action = "", ""
	}
	page.Shell.NoIndex = true
	w.Header().Set("Referrer-Policy", "same-origin")
	return s.show(w, r, confirm.Page(page))
}

// invitationText says who invites, as what, where, and what that role may do.
func invitationText(r *request, v desk.Invited) string {
	if v.MadeBy == 0 && v.Role == forum.RoleAdmin {
		return locale.T(r.locale, "welcome.text", "site", r.site.Name)
	}
	parts := []string{locale.T(r.locale, "welcome.invited", "site", r.site.Name, "role", roleName(r, v.Role))}
	if v.By.Name != "" {
		parts[0] = locale.T(r.locale, "welcome.invitedBy", "name", v.By.Name, "site", r.site.Name, "role", roleName(r, v.Role))
	}
	if len(v.Sections) > 0 {
		parts = append(parts, locale.T(r.locale, "welcome.sections", "sections", sectionNames(r, v.Sections)))
	}
	parts = append(parts, locale.T(r.locale, "roleMay."+string(v.Role)))
	if v.Waits {
		parts = append(parts, locale.T(r.locale, "welcome.waits"))
	} else {
		parts = append(parts, locale.T(r.locale, "welcome.once"))
	}
	return strings.Join(parts, " ")
}

// roleName is what a role is called.
func roleName(r *request, role forum.Role) string { return locale.T(r.locale, "role."+string(role)) }

// sectionNames lists sections by their names.
func sectionNames(r *request, slugs []string) string {
	var names []string
	for _, slug := range slugs {
		name := slug
		if x, ok := r.site.Settings.Section(slug); ok {
			name = x.Name
		}
		names = append(names, locale.Isolate(name))
	}
	return strings.Join(names, locale.T(r.locale, "list.comma"))
}

func (s *server) postWelcome(w http.ResponseWriter, r *request) error {
	grant, err := s.Desk.Join(r.Context(), r.site, r.actor, r.PathValue("token"))
	if err != nil {
		return err
	}
	s.remember(w, r, grant)
	return seeOther(w, r, r.prefix+"/desk")
}
