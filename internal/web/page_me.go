package web

import (
	"net/http"

	"parley/frontend/pages/me"
	"parley/frontend/view"
)

// mineSize is how many of the reader's own comments a page lists.
const mineSize = 30

// showMe shows readers what they wrote and reported, and what became of it.
func (s *server) showMe(w http.ResponseWriter, r *request) error {
	before, err := r.queryID("before")
	if err != nil {
		return err
	}
	cards, err := s.Desk.Mine(r.Context(), r.site, r.actor, before, mineSize)
	if err != nil {
		return err
	}
	mutes, err := s.Desk.Mutes(r.Context(), r.site, r.actor)
	if err != nil {
		return err
	}
	v := view.Me{Shell: s.shell(r, t(r, "me.title")), Known: r.actor.Known(), Mutes: max(len(mutes), len(r.device.mutes))}
	v.Shell.NoIndex = true
	v.Comments = hits(r, cards)
	for i, c := range cards {
		s.ownHit(r, &v.Comments[i], c)
	}
	if len(cards) == mineSize {
		v.Next = r.prefix + "/me?before=" + cards[len(cards)-1].Comment.ID.String()
	}
	if before == 0 {
		if v.Reports, err = s.myReports(r); err != nil {
			return err
		}
	}
	return s.show(w, r, me.Page(v))
}

// myReports lists the reader's reports with what became of them.
func (s *server) myReports(r *request) ([]view.MyReport, error) {
	all, err := s.Desk.MyReports(r.Context(), r.site, r.actor, mineSize)
	out := make([]view.MyReport, len(all))
	for i, x := range all {
		out[i] = view.MyReport{Reason: t(r, "reason."+string(x.Reason)), Outcome: t(r, "myReport.open"), At: x.CreatedAt}
		switch {
		case x.Outcome != "":
			out[i].Outcome = t(r, "myReport."+string(x.Outcome))
		case !x.ResolvedAt.IsZero():
			out[i].Outcome = t(r, "myReport.closed")
		}
		if x.Comment.Visible() {
			out[i].Path = r.prefix + "/c/" + x.CommentID.String()
		}
	}
	return out, err
}
