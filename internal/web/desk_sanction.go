package web

import (
	"net/http"
	"slices"
	"time"

	"parley/frontend/locale"
	"parley/frontend/pages/sanction"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// ends are the lengths a sanction is offered for.
var ends = []struct {
	code string
	life time.Duration
}{
	{"none", 0}, {"1h", time.Hour}, {"1d", 24 * time.Hour}, {"1w", 7 * 24 * time.Hour}, {"30d", 30 * 24 * time.Hour}, {"date", 0},
}

// sanctionPath is where the desk sees and sets what stands against an author.
func sanctionPath(r *request, account forum.ID) string {
	return r.prefix + "/desk/authors/" + account.String() + "/sanction"
}

// sanctionForm is what the desk typed.
type sanctionForm struct {
	desk.Penalty
	end, date string
}

// showSanction shows an author's sanctions and the form for another; the query
// may name the comment it is for.
func (s *server) showSanction(w http.ResponseWriter, r *request) error {
	f := sanctionForm{end: "none"}
	if text := r.URL.Query().Get("comment"); text != "" {
		id, err := forum.ParseID(text)
		if err != nil {
			return err
		}
		f.Comment = id
	}
	return s.sanctionPage(w, r, f, nil)
}

func (s *server) sanctionPage(w http.ResponseWriter, r *request, f sanctionForm, problem *forum.Error) error {
	id, err := r.id("account")
	if err != nil {
		return err
	}
	a, err := s.Desk.Author(r.Context(), r.site, r.actor, id)
	if err != nil {
		return err
	}
	comment, name, err := s.sanctionComment(r, f.Comment, id)
	if err != nil {
		return err
	}
	v := view.Sanction{
		Shell: s.shell(r, sanction.Heading(name, r.locale)), Name: name, Comment: comment, Accepted: a.Account.Accepted, Rejected: a.Account.Rejected,
		Comments: a.Comments, Standing: standingLines(r, a.Standing), Action: sanctionPath(r, id), Reasons: reasons(r), Ends: endChoices(r),
		Kind: f.Kind, End: f.end, Date: f.date, Reason: f.Reason, Note: f.Note, Sweep: f.Sweep, Everywhere: f.Everywhere,
		MayBan: forum.May(r.actor, forum.ActBan), FourEyes: r.site.Settings.FourEyes, Word: desk.SweepWord,
		Flash: sanctionFlash(r),
	}
	v.Shell.NoIndex = true
	status := http.StatusOK
	if problem != nil {
		v.Errors, status = fieldErrors(r, problem), statuses[problem.Kind]
	}
	s.writePage(w, r, status, sanction.Page(v))
	return nil
}

// sanctionComment is the comment a sanction would be for, and the name it shows:
// all that the desk calls its author, since who writes under a mask is told for a
// reason only. Without a comment there is no name.
func (s *server) sanctionComment(r *request, id, account forum.ID) (*view.Comment, string, error) {
	if id == 0 {
		return nil, "", nil
	}
	c, story, err := s.Desk.CommentOf(r.Context(), r.site, r.actor, id, account)
	if err != nil {
		return nil, "", err
	}
	return quotedText(r, desk.Statement{Comment: &c, Story: story}), c.Byline.Name, nil
}

func endChoices(r *request) []view.Reason {
	var all []view.Reason
	for _, e := range ends {
		all = append(all, view.Reason{Code: e.code, Words: locale.T(r.locale, "sanction.end."+e.code)})
	}
	return all
}

// standingLines are sanctions as the desk reads them.
func standingLines(r *request, all []desk.StandingLine) []view.StandingLine {
	var lines []view.StandingLine
	for _, x := range all {
		line := view.StandingLine{
			Kind: locale.T(r.locale, "verb."+string(x.Kind)), Reason: reasonWords(r.site, r.locale, x.Decision.Reason), Note: x.Decision.Note,
			By: signed(r, x.By, x.Decision), At: x.CreatedAt, Until: x.Until, State: locale.T(r.locale, standingState(x)), InForce: x.InForce,
			Statement: decisionPath(r, x.DecisionID),
		}
		if x.MayLift {
			line.Lift = r.prefix + "/desk/sanctions/" + x.DecisionID.String() + "/lift"
		}
		lines = append(lines, line)
	}
	return lines
}

// standingState names where a sanction stands.
func standingState(x desk.StandingLine) string {
	switch {
	case x.InForce:
		return "sanction.inForce"
	case !x.EndedAt.IsZero():
		return "sanction.lifted"
	case x.Kind == forum.Warn:
		return "sanction.wasRead"
	}
	return "sanction.over"
}

func sanctionFlash(r *request) string {
	did := r.URL.Query().Get("did")
	if slices.Contains([]string{"did", "proposed", "didLift"}, did) {
		return locale.T(r.locale, "sanction."+did)
	}
	return ""
}

// postSanction imposes a sanction; what is refused comes back as it was typed.
func (s *server) postSanction(w http.ResponseWriter, r *request) error {
	f, err := s.readSanction(r)
	if err != nil {
		return err
	}
	done, err := s.Desk.Sanction(r.Context(), r.site, r.actor, f.Penalty)
	if e := mendable(err); e != nil {
		return s.sanctionPage(w, r, f, e)
	}
	if err != nil {
		return err
	}
	did := "did"
	if done.Decision == 0 {
		did = "proposed"
	}
	return seeOther(w, r, withQuery(sanctionPath(r, f.Account), "did", did))
}

// readSanction reads the form. An end that is no date is one that is over, which
// the desk refuses at its field.
func (s *server) readSanction(r *request) (sanctionForm, error) {
	if err := r.form(); err != nil {
		return sanctionForm{}, err
	}
	f := sanctionForm{end: r.PostFormValue("end"), date: r.PostFormValue("date")}
	f.Kind, f.Reason, f.Note = forum.Verb(r.PostFormValue("kind")), r.PostFormValue("reason"), normalText(r.PostFormValue("note"))
	f.Sweep, f.Confirm = r.PostFormValue("sweep") != "", r.PostFormValue("confirm")
	f.Everywhere = r.PostFormValue("everywhere") != ""
	f.Until = s.readEnd(f.end, f.date)
	if f.Kind == forum.Warn && f.end == "none" {
		f.Until = time.Time{}
	}
	var err error
	if f.Account, err = r.id("account"); err != nil {
		return f, err
	}
	f.Comment, err = r.formID("comment")
	return f, err
}

// readEnd returns when a sanction of a length ends; zero: it does not.
func (s *server) readEnd(end, date string) time.Time {
	if end == "date" {
		day, err := time.Parse(time.DateOnly, date)
		if err != nil {
			return time.Unix(1, 0)
		}
		return day.Add(24*time.Hour - time.Minute)
	}
	for _, e := range ends {
		if e.code == end && e.life > 0 {
			return s.Desk.Now().Add(e.life)
		}
	}
	return time.Time{}
}

// postLift ends a sanction.
func (s *server) postLift(w http.ResponseWriter, r *request) error {
	id, err := r.id("decision")
	if err != nil {
		return err
	}
	if err := r.form(); err != nil {
		return err
	}
	x, err := s.Desk.Lift(r.Context(), r.site, r.actor, id, r.PostFormValue("note"))
	if err != nil {
		return err
	}
	return seeOther(w, r, withQuery(sanctionPath(r, x.AccountID), "did", "didLift"))
}
