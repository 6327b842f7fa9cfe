package web

import (
	"errors"
	"net/http"
	"slices"

	staffpage "parley/frontend/pages/staff"
	"parley/frontend/view"
	"parley/internal/forum"
)

// showTeam lists who works for the newsroom.
func (s *server) showTeam(w http.ResponseWriter, r *request) error {
	return s.team(w, r, http.StatusOK, teamForm{}, nil)
}

// teamForm is what somebody wrote into one of the forms of the staff page.
type teamForm struct {
	which    string // "invite" or "grant"
	name     string
	role     forum.Role
	sections []string
	words    string
}

// team shows the staff page, with a form again that was refused.
func (s *server) team(w http.ResponseWriter, r *request, status int, f teamForm, problem error) error {
	team, err := s.Desk.Team(r.Context(), r.site, r.actor)
	if err != nil {
		return err
	}
	v := view.Team{
		Shell: s.deskShell(r, t(r, "team.title")), Flash: said(r, "team.did", "Grant", "Revoke", "Uninvite", "Propose"),
		Invite: inviteFields(r, f, problem), Grant: grantFields(r, f, problem),
	}
	for _, m := range team.Members {
		v.Members = append(v.Members, view.Member{
			ID: m.ID, Name: m.Name, Role: roleName(r, m.Role), Sections: sectionNames(r, m.Sections), May: t(r, "roleMay."+string(m.Role)),
			Seen: m.SeenAt, Self: m.ID == r.actor.Account.ID, Fields: roleFields(r, m.Role, m.Sections, forum.StaffRoles(), nil),
		})
	}
	for _, x := range team.Invitations {
		v.Invitations = append(v.Invitations, view.Invitation{
			ID: x.ID, Role: roleName(r, x.Role), Sections: sectionNames(r, x.Sections), By: personName(r, x.By), Expires: x.ExpiresAt, Waits: x.Waits,
		})
	}
	s.writePage(w, r, status, staffpage.Team(v))
	return nil
}

// roleFields are the fields in which a role and its sections are chosen.
func roleFields(r *request, role forum.Role, sections []string, roles []forum.Role, problem error) []view.Field {
	choose := view.Field{Kind: view.FieldSelect, Name: "role", Label: t(r, "team.role"), Required: true, Error: problemAt(r, problem, "role")}
	for _, x := range roles {
		choose.Options = append(choose.Options, view.Option{Value: string(x), Label: roleName(r, x), On: x == role})
	}
	fields := []view.Field{choose}
	if len(r.site.Settings.Sections) > 0 {
		in := view.Field{
			Kind: view.FieldChecks, Name: "sections", Label: t(r, "team.sections"), Hint: t(r, "team.sectionsHint"),
			Error: problemAt(r, problem, "sections"),
		}
		for _, x := range r.site.Settings.Sections {
			in.Options = append(in.Options, view.Option{Value: x.Slug, Label: x.Name, On: slices.Contains(sections, x.Slug)})
		}
		fields = append(fields, in)
	}
	return append(fields, view.Field{
		Kind: view.FieldText, Name: "words", Label: t(r, "team.words"), Hint: t(r, "team.wordsHint"), Error: problemAt(r, problem, "words"),
	})
}

func inviteFields(r *request, f teamForm, problem error) []view.Field {
	if f.which != "invite" {
		f, problem = teamForm{role: forum.RoleReviewer}, nil
	}
	return roleFields(r, f.role, f.sections, forum.StaffRoles(), problem)
}

func grantFields(r *request, f teamForm, problem error) []view.Field {
	if f.which != "grant" {
		f, problem = teamForm{role: forum.RoleTrusted}, nil
	}
	called := view.Field{
		Kind: view.FieldText, Name: "name", Label: t(r, "team.name"), Value: f.name, Required: true, Error: problemAt(r, problem, "name"),
	}
	roles := append([]forum.Role{forum.RoleTrusted}, forum.StaffRoles()...)
	return append([]view.Field{called}, roleFields(r, f.role, f.sections, roles, problem)...)
}

// problemAt is what is wrong with a field, in words; a problem with no field of
// its own stands at the first, "role".
func problemAt(r *request, problem error, field string) string {
	var e *forum.Error
	if !errors.As(problem, &e) || (e.Field != field && !(e.Field == "" && field == "role")) {
		return ""
	}
	return sentence(r.locale, e)
}

// fieldOf is the field a problem stands at; empty: the form as a whole.
func fieldOf(problem error) string {
	var e *forum.Error
	if errors.As(problem, &e) {
		return e.Field
	}
	return ""
}

// mends reports whether a form shown again can mend a problem.
func mends(problem error) bool {
	return forum.IsKind(problem, forum.Invalid) || forum.IsKind(problem, forum.Conflict) || forum.IsKind(problem, forum.Forbidden)
}

// statusOf is the HTTP status of a problem.
func statusOf(problem error) int {
	var e *forum.Error
	if errors.As(problem, &e) {
		return statuses[e.Kind]
	}
	return http.StatusInternalServerError
}

// postInvite makes an invitation and shows its link, once.
func (s *server) postInvite(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	f := readTeamForm(r, "invite")
	token, waits, err := s.Desk.Invite(r.Context(), r.site, r.actor, f.role, f.sections, f.words)
	if mends(err) {
		return s.team(w, r, statusOf(err), f, err)
	}
	if err != nil {
		return err
	}
	v := view.Secret{
		Shell: s.deskShell(r, t(r, "team.linkTitle")), Heading: t(r, "team.linkTitle"), Text: t(r, "team.linkText"), Label: t(r, "team.link"),
		Value: s.BaseURL + r.prefix + "/welcome/" + token, Back: r.prefix + "/desk/staff", BackTo: t(r, "team.title"),
	}
	if waits != 0 {
		v.Text = t(r, "team.linkWaits")
	}
	return s.show(w, r, staffpage.Secret(v))
}

func readTeamForm(r *request, which string) teamForm {
	return teamForm{which, r.PostFormValue("name"), forum.Role(r.PostFormValue("role")), r.PostForm["sections"], r.PostFormValue("words")}
}

// postRole gives somebody a role: a member by id, a reader by name.
func (s *server) postRole(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	f := readTeamForm(r, "grant")
	account, err := r.formID("account")
	if err != nil {
		return err
	}
	if account == 0 {
		a, err := s.Desk.FindName(r.Context(), r.site, r.actor, f.name)
		if mends(err) {
			return s.team(w, r, statusOf(err), f, err)
		}
		if err != nil {
			return err
		}
		account = a.ID
	}
	waits, err := s.Desk.Grant(r.Context(), r.site, r.actor, account, f.role, f.sections, f.words)
	if mends(err) {
		return s.team(w, r, statusOf(err), f, err)
	}
	if err != nil {
		return err
	}
	did := "Grant"
	switch {
	case waits != 0:
		did = "Propose"
	case !f.role.Staff():
		did = "Revoke"
	}
	return seeOther(w, r, r.prefix+"/desk/staff?did="+did)
}

func (s *server) postUninvite(w http.ResponseWriter, r *request) error {
	id, err := r.id("invitation")
	if err != nil {
		return err
	}
	if err := s.Desk.Uninvite(r.Context(), r.site, r.actor, id); err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/desk/staff?did=Uninvite")
}
