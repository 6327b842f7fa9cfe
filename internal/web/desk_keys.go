package web

import (
	"net/http"

	staffpage "parley/frontend/pages/staff"
	"parley/frontend/view"
)

// showKeys lists the site's API keys.
func (s *server) showKeys(w http.ResponseWriter, r *request) error {
	return s.keys(w, r, http.StatusOK, "", nil)
}

func (s *server) keys(w http.ResponseWriter, r *request, status int, label string, problem error) error {
	all, err := s.Desk.Keys(r.Context(), r.site, r.actor)
	if err != nil {
		return err
	}
	v := view.Keys{
		Shell: s.deskShell(r, t(r, "keys.title")), Flash: said(r, "keys.did", "Revoke"),
		Add: []view.Field{{
			Kind: view.FieldText, Name: "label", Label: t(r, "keys.label"), Hint: t(r, "keys.labelHint"), Value: label, Required: true,
			Error: problemAt(r, problem, "label"),
		}},
	}
	for _, k := range all {
		v.Items = append(v.Items, view.Key{Hash: k.Hash, Label: k.Label, At: k.CreatedAt})
	}
	s.writePage(w, r, status, staffpage.Keys(v))
	return nil
}

// postKey makes a key and shows its text, once.
func (s *server) postKey(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	label := r.PostFormValue("label")
	key, err := s.Desk.MakeKey(r.Context(), r.site, r.actor, label)
	if mends(err) {
		return s.keys(w, r, statusOf(err), label, err)
	}
	if err != nil {
		return err
	}
	return s.show(w, r, staffpage.Secret(view.Secret{
		Shell: s.deskShell(r, t(r, "keys.made")), Heading: t(r, "keys.made"), Text: t(r, "keys.madeText"), Label: t(r, "keys.key"),
		Value: key, Back: r.prefix + "/desk/keys", BackTo: t(r, "keys.title"),
	}))
}

func (s *server) postRevokeKey(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	if err := s.Desk.DropKey(r.Context(), r.site, r.actor, r.PostFormValue("key")); err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/desk/keys?did=Revoke")
}
