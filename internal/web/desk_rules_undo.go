package web

import (
	"crypto/rand"
	"net/http"
	"time"

	"parley/frontend/locale"
	"parley/frontend/pages/rules"
	"parley/internal/desk"
	"parley/internal/forum"
)

// undoDays is how far back undoing begins when nothing else was asked for.
const undoDays = 7

// undoOf reads what is to be taken back: all that a rule did since a day began.
func undoOf(r *request, since string) (desk.UndoOf, error) {
	id, err := r.id("rule")
	if err != nil {
		return desk.UndoOf{}, err
	}
	day, err := time.Parse(time.DateOnly, since)
	if err != nil || day.Year() < 2000 {
		return desk.UndoOf{}, forum.Fail(forum.Invalid, "error.badRequest").At("since").Because("%q", since)
	}
	return desk.UndoOf{Rule: id, Since: day}, nil
}

// showRuleUndo asks before what a rule did is taken back, and says how much that
// is.
func (s *server) showRuleUndo(w http.ResponseWriter, r *request) error {
	since := r.URL.Query().Get("since")
	u, err := undoOf(r, since)
	if err != nil {
		return err
	}
	file, err := s.Desk.Rule(r.Context(), r.site, r.actor, u.Rule)
	if err != nil {
		return err
	}
	n, err := s.Desk.CountUndo(r.Context(), r.site, r.actor, u)
	if err != nil {
		return err
	}
	path := r.prefix + "/desk/rules/" + u.Rule.String()
	v := rules.Undo{
		Name: file.Name, Back: path, Action: path + "/undo", Since: since, Day: u.Since, Count: n, Key: rand.Text(),
	}
	v.Shell = s.shell(r, locale.T(r.locale, "rules.undo"))
	v.Shell.NoIndex = true
	return s.show(w, r, rules.UndoPage(v))
}

// postRuleUndo leaves the undoing to a job.
func (s *server) postRuleUndo(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	u, err := undoOf(r, r.PostFormValue("since"))
	if err != nil {
		return err
	}
	started, err := s.Desk.StartUndo(r.Context(), r.site, r.actor, u, r.PostFormValue("key"))
	if err != nil {
		return err
	}
	return s.follow(w, r, started)
}
