package web

import (
	"net/http"

	"parley/frontend/locale"
	"parley/frontend/pages/security"
	"parley/frontend/pages/signin"
	"parley/frontend/view"
	"parley/internal/forum"
)

// showSecurity shows how an account signs in and where it is signed in.
func (s *server) showSecurity(w http.ResponseWriter, r *request) error {
	v, err := s.securityView(r)
	if err != nil {
		return err
	}
	return s.show(w, r, security.Page(v))
}

func (s *server) securityView(r *request) (view.Security, error) {
	v := view.Security{
		Shell: s.signInShell(r, locale.T(r.locale, "security.title")), SignIn: r.prefix + "/signin?return_to=" + r.prefix + "/me/security",
		Guest: !r.actor.Account.SignedIn(),
		Email: s.Desk.HasEmail(r.site), Passkeys: s.Desk.HasPasskeys(r.site),
	}
	if !r.actor.Known() {
		return v, nil
	}
	ways, recovery, err := s.Desk.Credentials(r.Context(), r.site, r.actor)
	if err != nil {
		return v, err
	}
	v.Recovery = recovery
	for _, c := range ways {
		v.Ways = append(v.Ways, view.SecurityWay{ID: c.ID.String(), Kind: string(c.Kind), Label: s.wayLabel(r, c), Added: c.CreatedAt, Used: c.UsedAt})
	}
	if v.NeedsProof, err = s.Desk.NeedsProof(r.Context(), r.site, r.actor); err != nil {
		return v, err
	}
	v.Devices, err = s.devices(r)
	v.Others = len(v.Devices) > 1
	return v, err
}

// wayLabel tells one way in apart from another of its kind.
func (s *server) wayLabel(r *request, c forum.Credential) string {
	if c.Kind != forum.CredentialOIDC {
		return c.Label
	}
	for _, p := range r.site.Settings.SignIn.Providers {
		if p.Slug == c.Label {
			return p.Name
		}
	}
	return c.Issuer
}

func (s *server) devices(r *request) ([]view.SecurityDevice, error) {
	all, err := s.Desk.Sessions(r.Context(), r.site, r.actor)
	out := make([]view.SecurityDevice, len(all))
	for i, x := range all {
		out[i] = view.SecurityDevice{
			ID: x.ID.String(), Name: x.Device, Here: x.ID == r.actor.Session, Since: x.CreatedAt, Seen: x.SeenAt,
		}
		if x.Kind != forum.SessionPage {
			out[i].Kind = string(x.Kind)
		}
	}
	return out, err
}

// securityAgain shows the page once more, with what was wrong.
func (s *server) securityAgain(w http.ResponseWriter, r *request, typed string, problem error) error {
	wrong, status, err := s.mendable(w, r, problem)
	if err != nil {
		return err
	}
	v, err := s.securityView(r)
	if err != nil {
		return err
	}
	v.Errors, v.EmailTyped = wrong, typed
	s.writePage(w, r, status, security.Page(v))
	return nil
}

func (s *server) postRemoveCredential(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	id, err := r.formID("credential")
	if err != nil {
		return err
	}
	if err := s.Desk.RemoveCredential(r.Context(), r.site, r.actor, id); err != nil {
		return s.securityAgain(w, r, "", err)
	}
	return seeOther(w, r, r.prefix+"/me/security")
}

// postNewRecovery makes recovery codes and shows them, this once.
func (s *server) postNewRecovery(w http.ResponseWriter, r *request) error {
	codes, err := s.Desk.NewRecovery(r.Context(), r.site, r.actor)
	if err != nil {
		return s.securityAgain(w, r, "", err)
	}
	v, err := s.securityView(r)
	if err != nil {
		return err
	}
	v.Codes = codes
	return s.show(w, r, security.Page(v))
}

func (s *server) postChangeEmail(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	typed := r.PostFormValue("email")
	token, both, err := s.Desk.StartChange(r.Context(), r.site, r.actor, typed, r.locale)
	if err != nil {
		return s.securityAgain(w, r, typed, err)
	}
	s.hold(w, r, "change", token)
	path := r.prefix + "/me/security/code"
	if both {
		path += "?both=1"
	}
	return seeOther(w, r, path)
}

// showChangeCode shows where the codes for another address are typed. What a link
// brought stays out: which of the two it is, only the mail says.
func (s *server) showChangeCode(w http.ResponseWriter, r *request) error {
	return s.show(w, r, signin.Code(s.changeView(r)))
}

func (s *server) changeView(r *request) view.SignInCode {
	v := view.SignInCode{
		Shell: s.signInShell(r, locale.T(r.locale, "security.changeTitle")), Heading: locale.T(r.locale, "security.changeTitle"),
		Text: locale.T(r.locale, "security.newEmailHint"), Action: r.prefix + "/me/security/code", Label: locale.T(r.locale, "security.newCode"),
		Length: codeLetters, Again: r.prefix + "/me/security",
	}
	if r.URL.Query().Get("both") != "" || r.PostFormValue("old") != "" {
		v.OldLabel, v.Action = locale.T(r.locale, "security.oldCode"), v.Action+"?both=1"
	}
	return v
}

func (s *server) postChangeCode(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	err := s.Desk.FinishChange(r.Context(), r.site, r.actor, s.held(r, "change"), r.PostFormValue("code"), r.PostFormValue("old"))
	if err != nil {
		wrong, status, err := s.mendable(w, r, err)
		if err != nil {
			return err
		}
		v := s.changeView(r)
		v.Errors = wrong
		s.writePage(w, r, status, signin.Code(v))
		return nil
	}
	s.hold(w, r, "change", "")
	return seeOther(w, r, r.prefix+"/me/security")
}

// postEndSessions signs one browser out, or all but this one.
func (s *server) postEndSessions(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	id, err := r.formID("session")
	if err != nil {
		return err
	}
	if id == 0 {
		err = s.Desk.EndOtherSessions(r.Context(), r.site, r.actor)
	} else {
		err = s.Desk.EndSession(r.Context(), r.site, r.actor, id)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/me/security")
}

// postEnrolBegin answers script with what the browser is asked for a new passkey.
func (s *server) postEnrolBegin(w http.ResponseWriter, r *request) error {
	token, options, err := s.Desk.BeginEnrol(r.Context(), r.site, r.visitor())
	if err != nil {
		return err
	}
	s.hold(w, r, "enrol", token)
	return writeRawJSON(w, options)
}

// postEnrol adds the passkey that the browser made; its errand is in the query.
func (s *server) postEnrol(w http.ResponseWriter, r *request) error {
	answer, err := r.ceremony()
	if err != nil {
		return err
	}
	in, err := s.Desk.FinishEnrol(r.Context(), r.site, r.visitor(), s.held(r, "enrol"), answer)
	if err != nil {
		return err
	}
	in.Errand = s.readErrand(r, r.URL.Query()).query()
	return s.enterScript(w, r, "enrol", in)
}
