package web

import (
	"net/http"

	"parley/frontend/locale"
	staffpage "parley/frontend/pages/staff"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// revealsShown is how many earlier questions the page lists.
const revealsShown = 25

// showReveal asks why somebody wants to know who wrote a comment.
func (s *server) showReveal(w http.ResponseWriter, r *request) error {
	return s.reveal(w, r, http.StatusOK, r.URL.Query().Get("comment"), "", nil, nil)
}

// reveal shows the page: the question, or what it found, and earlier questions.
func (s *server) reveal(w http.ResponseWriter, r *request, status int, comment, words string, found *view.Found, problem error) error {
	before, err := s.Desk.Revelations(r.Context(), r.site, r.actor, revealsShown)
	if err != nil {
		return err
	}
	v := view.Reveal{Shell: s.deskShell(r, t(r, "reveal.title")), Found: found, Ask: []view.Field{
		{Kind: view.FieldText, Name: "comment", Label: t(r, "reveal.comment"), Value: comment, Required: true, Error: problemAt(r, problem, "comment")},
		{
			Kind: view.FieldArea, Name: "words", Label: t(r, "reveal.words"), Hint: t(r, "reveal.wordsHint"), Value: words, Required: true,
			Error: problemAt(r, problem, "words"),
		},
	}}
	for _, x := range before {
		line := view.Revelation{By: personName(r, x.By), At: x.At, Why: x.Why}
		if x.Comment != 0 {
			line.Comment = r.prefix + "/c/" + x.Comment.String()
		}
		v.Before = append(v.Before, line)
	}
	s.writePage(w, r, status, staffpage.Reveal(v))
	return nil
}

// postReveal tells who wrote a comment, to somebody who said why.
func (s *server) postReveal(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	comment, words := r.PostFormValue("comment"), r.PostFormValue("words")
	id, err := forum.ParseID(comment)
	if err != nil {
		err = forum.Fail(forum.Invalid, "error.notFound").At("comment")
		return s.reveal(w, r, statusOf(err), comment, words, nil, err)
	}
	out, err := s.Desk.Reveal(r.Context(), r.site, r.actor, id, words)
	if mends(err) {
		return s.reveal(w, r, statusOf(err), comment, words, nil, err)
	}
	if err != nil {
		return err
	}
	return s.reveal(w, r, http.StatusOK, "", "", foundView(r, out), nil)
}

// foundView shows an account to who may know of it: never an address.
func foundView(r *request, x desk.Revealed) *view.Found {
	name := x.Account.Name
	if name == "" {
		name = t(r, "reveal.nameless", "id", x.Account.ID.String())
	}
	byline := x.Comment.Byline.Name
	if byline == "" {
		byline = locale.T(r.locale, "comment.nameless")
	}
	return &view.Found{
		Name: name, Role: roleName(r, x.Account.Role), Since: x.Account.CreatedAt, Accepted: x.Account.Accepted, Rejected: x.Account.Rejected,
		Byline: byline, Headline: x.Story.Headline, Path: r.prefix + "/desk/authors/" + x.Account.ID.String() + "/sanction",
	}
}
