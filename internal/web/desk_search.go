package web

import (
	"net/http"

	"parley/frontend/view"
	"parley/internal/desk"
)

// searchDesk shows what a search of all comments found; its address can be sent
// to a colleague.
func (s *server) searchDesk(w http.ResponseWriter, r *request) error {
	f, err := readFilter(r)
	if err != nil {
		return err
	}
	f.Queue = desk.QueueAll
	v, err := s.deskView(r, "search", f)
	if err != nil {
		return err
	}
	v.Filter = view.DeskFilter{
		Text: f.Text, Author: f.Author, Host: f.Host, Verb: f.Verb, Reason: f.Reason, State: f.State,
		From: r.URL.Query().Get("from"), To: r.URL.Query().Get("to"), Asked: f.Searches() || f.Story != 0, OtherQueue: v.Filter.OtherQueue,
	}
	if f.Rule != 0 {
		v.Filter.Rule = f.Rule.String()
	}
	v.Filter.Sections, v.Filter.Section, v.Filter.Oldest = ownSections(r), f.Section, f.Oldest
	var page desk.QueuePage
	if v.Filter.Asked {
		if err := s.narrow(r, f, &v); err != nil {
			return err
		}
		if page, err = s.Desk.Queue(r.Context(), r.site, r.actor, f, queueSize); err != nil {
			return err
		}
	}
	return s.showCards(w, r, v, f, page)
}
