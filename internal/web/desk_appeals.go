package web

import (
	"net/http"

	"parley/frontend/locale"
	"parley/frontend/pages/appeals"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// showAppeals shows the appeals that wait, the one waiting longest first.
func (s *server) showAppeals(w http.ResponseWriter, r *request) error {
	var after forum.ID
	if text := r.URL.Query().Get("after"); text != "" {
		var err error
		if after, err = forum.ParseID(text); err != nil {
			return err
		}
	}
	cards, n, err := s.Desk.Appeals(r.Context(), r.site, r.actor, after, queueSize+1)
	if err != nil {
		return err
	}
	v := view.Appeals{Shell: s.shell(r, locale.T(r.locale, "appeals.title")), Count: n, Flash: appealFlash(r)}
	v.Shell.NoIndex = true
	if len(cards) > queueSize {
		cards = cards[:queueSize]
		v.Next = r.prefix + "/desk/appeals?after=" + cards[queueSize-1].ID.String()
	}
	for _, c := range cards {
		v.Cards = append(v.Cards, appealView(r, c))
	}
	return s.show(w, r, appeals.Page(v))
}

func appealFlash(r *request) string {
	switch forum.Outcome(r.URL.Query().Get("did")) {
	case forum.Upheld:
		return locale.T(r.locale, "appeals.didUphold")
	case forum.Reversed:
		return locale.T(r.locale, "appeals.didReverse")
	}
	return ""
}

// appealView shows an appeal to the desk.
func appealView(r *request, c desk.AppealCard) view.AppealCard {
	x := c.Statement
	// The card shows in which role somebody decided; the chain says who.
	plain := x
	plain.People = nil
	v := view.AppealCard{
		ID: c.ID, At: c.CreatedAt, Words: c.Words, Heading: heading(r, x), Facts: facts(r, plain), Text: quotedText(r, x),
		Accepted: x.Author.Accepted, Rejected: x.Author.Rejected, Chain: chain(r, x), Standing: standingLines(r, c.Standing),
		Action: r.prefix + "/desk/appeals/" + c.ID.String(), May: c.MayAnswer,
	}
	if x.Story.ID != 0 {
		v.Headline, v.StoryURL = x.Story.Headline, forum.StoryPath(r.prefix, x.Story)
	}
	return v
}

// postAnswer decides an appeal; what is refused comes back with the words kept.
func (s *server) postAnswer(w http.ResponseWriter, r *request) error {
	id, err := r.id("appeal")
	if err != nil {
		return err
	}
	if err := r.form(); err != nil {
		return err
	}
	outcome, answer := forum.Outcome(r.PostFormValue("outcome")), normalText(r.PostFormValue("answer"))
	err = s.Desk.AnswerAppeal(r.Context(), r.site, r.actor, id, outcome, answer)
	if e := mendable(err); e != nil {
		return s.answerAgain(w, r, id, answer, e)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, withQuery(r.prefix+"/desk/appeals", "did", string(outcome)))
}

// answerAgain shows one appeal with the answer that was typed and what is wrong.
func (s *server) answerAgain(w http.ResponseWriter, r *request, id forum.ID, answer string, e *forum.Error) error {
	c, err := s.Desk.AppealByID(r.Context(), r.site, r.actor, id)
	if err != nil {
		return err
	}
	card := appealView(r, c)
	card.Answer, card.Errors = answer, fieldErrors(r, e)
	if !c.MayAnswer && e.Kind == forum.Conflict {
		// Somebody else was faster: there is nothing left to fill in.
		return e
	}
	v := view.Appeals{Shell: s.shell(r, locale.T(r.locale, "appeals.title")), Cards: []view.AppealCard{card}}
	v.Shell.NoIndex = true
	s.writePage(w, r, statuses[e.Kind], appeals.Page(v))
	return nil
}
