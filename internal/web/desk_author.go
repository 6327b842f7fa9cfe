package web

import (
	"net/http"

	"parley/frontend/locale"
	"parley/frontend/pages/author"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/markup"
)

// showAuthor shows what the desk knows of an account: counts and texts, and no
// name, since bylines of one account must not be tied together without a reason.
func (s *server) showAuthor(w http.ResponseWriter, r *request) error {
	id, err := r.id("account")
	if err != nil {
		return err
	}
	q := r.URL.Query()
	before, err := optionalID(q.Get("after"))
	if err != nil {
		return err
	}
	state := forum.State(q.Get("state"))
	h, err := s.Desk.History(r.Context(), r.site, r.actor, id, state, before, queueSize)
	if err != nil {
		return err
	}
	v := authorView(r, h)
	v.Shell = s.shell(r, locale.T(r.locale, "author.title"))
	v.Shell.NoIndex, v.State = true, state
	if q.Get("did") == "note" {
		v.Flash = locale.T(r.locale, "author.didNote")
	}
	if h.Comments.Next != 0 {
		v.Next = withQuery(v.Path+"?state="+string(state), "after", h.Comments.Next.String())
	}
	return s.show(w, r, author.Page(v))
}

func authorView(r *request, h desk.History) view.AuthorPage {
	a := h.Account
	path := r.prefix + "/desk/authors/" + a.ID.String()
	v := view.AuthorPage{
		Action: path + "/notes", Path: path, Since: a.CreatedAt, Role: a.Role, Accepted: a.Accepted, Rejected: a.Rejected,
		Newest: h.Record.Newest, Recent: figure(desk.UpTo(h.Record.Accepted)), Refused: figure(desk.UpTo(h.Record.Rejected)), Held: figure(h.Held),
		Upheld: a.ReportsUpheld, Wrong: a.ReportsDismissed, Others: figure(desk.UpTo(h.Neighbours)), MayNote: forum.May(r.actor, forum.ActNote),
	}
	if all := h.Record.Accepted + h.Record.Rejected; all > 0 {
		v.Rate = (100*h.Record.Rejected + all/2) / all
	}
	if forum.May(r.actor, forum.ActSanction) && a.Sanctionable() {
		v.Sanction = path + "/sanction"
	}
	for _, n := range h.Notes {
		v.Notes = append(v.Notes, noteView(r, n))
	}
	for _, x := range h.Standing {
		if x.InForce {
			v.Standing = append(v.Standing, sanctionWords(r, x.Sanction))
		}
	}
	for _, c := range h.Comments.Cards {
		v.Comments = append(v.Comments, pastComment(r, c))
		if v.Reveal == "" {
			v.Reveal = revealPath(r, c)
		}
	}
	return v
}

// sanctionWords says what stands against an author.
func sanctionWords(r *request, x forum.Sanction) string {
	if x.Until.IsZero() {
		return locale.T(r.locale, "standing."+string(x.Kind))
	}
	return locale.T(r.locale, "standing."+string(x.Kind)+"Until", "time", x.Until)
}

// pastComment is one comment of a history: its text and what became of it, under
// which kind of byline, and never under which name.
func pastComment(r *request, c desk.QueueCard) view.Card {
	v := view.Card{
		Comment: view.Comment{Kind: c.Comment.Byline.Kind, HTML: markup.HTML(c.Comment.HTML), At: c.Comment.CreatedAt, State: c.Comment.State},
		Page:    r.prefix + "/desk/comments/" + c.Comment.ID.String(), Headline: c.Story.Headline, StoryURL: forum.StoryPath(r.prefix, c.Story),
	}
	return v
}

// postNote writes a note about an author.
func (s *server) postNote(w http.ResponseWriter, r *request) error {
	id, err := r.id("account")
	if err != nil {
		return err
	}
	if err := r.form(); err != nil {
		return err
	}
	if err := s.Desk.NoteAuthor(r.Context(), r.site, r.actor, id, normalText(r.PostFormValue("words"))); err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/desk/authors/"+id.String()+"?did=note")
}
