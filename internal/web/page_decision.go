package web

import (
	"errors"
	"net/http"

	"parley/frontend/locale"
	"parley/frontend/pages/decision"
	"parley/frontend/pages/warned"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/markup"
)

// showDecision shows the statement of a decision to its author and to the desk.
func (s *server) showDecision(w http.ResponseWriter, r *request) error {
	return s.decisionPage(w, r, "", nil)
}

// decisionPage shows a statement, with what was typed and why it was refused.
func (s *server) decisionPage(w http.ResponseWriter, r *request, words string, problem *forum.Error) error {
	id, err := r.id("decision")
	if err != nil {
		return err
	}
	x, err := s.Desk.Statement(r.Context(), r.site, r.actor, id)
	if err != nil {
		return err
	}
	status := http.StatusOK
	v := statementView(r, x)
	v.Shell = s.shell(r, v.Heading)
	v.Shell.NoIndex = true
	v.Words = words
	if problem != nil {
		v.Errors = fieldErrors(r, problem)
		status = statuses[problem.Kind]
	}
	s.writePage(w, r, status, decision.Page(v))
	return nil
}

// fieldErrors writes an error at its field.
func fieldErrors(r *request, e *forum.Error) []view.FieldError {
	return []view.FieldError{{Field: e.Field, Text: sentence(r.locale, e)}}
}

// mendable returns an error that a form can show with what was typed; nil for
// all others.
func mendable(err error) *forum.Error {
	var e *forum.Error
	if errors.As(err, &e) && (e.Kind == forum.Invalid || e.Kind == forum.Conflict || e.Kind == forum.Forbidden && e.Code != "error.forbidden") {
		return e
	}
	return nil
}

// decisionPath is where the statement of a decision stands.
func decisionPath(r *request, id forum.ID) string { return r.prefix + "/decisions/" + id.String() }

// statementView writes a statement in the reader's language.
func statementView(r *request, x desk.Statement) view.Statement {
	v := view.Statement{
		Heading: heading(r, x), At: x.Decision.CreatedAt, Facts: facts(r, x), AppealUntil: x.AppealUntil,
		Action: decisionPath(r, x.Decision.ID) + "/appeal",
	}
	if x.Story.ID != 0 {
		v.Headline, v.StoryURL = x.Story.Headline, forum.StoryPath(r.prefix, x.Story)
	}
	v.Text = quotedText(r, x)
	if x.Undone != nil {
		v.Undone = &view.Fact{Term: locale.T(r.locale, "statement.undone"), Words: x.Undone.Note, At: x.Undone.CreatedAt, Quote: true}
	}
	if x.Appeal != nil {
		v.Appeal = &view.Appeal{
			Words: x.Appeal.Words, At: x.Appeal.CreatedAt, Outcome: x.Appeal.Outcome, Answer: x.Appeal.Answer, EndedAt: x.Appeal.DecidedAt,
		}
	}
	if x.Own && x.Sanction != nil && x.Sanction.Kind == forum.Warn && x.Sanction.AcknowledgedAt.IsZero() && x.Sanction.EndedAt.IsZero() {
		v.Acknowledge = decisionPath(r, x.Decision.ID) + "/read"
	}
	if !x.Own {
		v.Chain, v.ChainOf = chain(r, x), locale.T(r.locale, "statement.chain")
		if x.Decision.Verb.OnAccount() {
			v.ChainOf = locale.T(r.locale, "statement.about")
		}
		if forum.May(r.actor, forum.ActSanction) {
			v.Sanction = sanctionPath(r, x.Decision.AccountID)
		}
	}
	return v
}

// heading says what was decided: to its author, or to the desk.
func heading(r *request, x desk.Statement) string {
	if x.Own {
		return locale.T(r.locale, "statement.title."+string(x.Decision.Verb))
	}
	return locale.T(r.locale, "verb."+string(x.Decision.Verb))
}

// quotedText is the comment a decision is about, in full; nil if there is none or its
// author withdrew it.
func quotedText(r *request, x desk.Statement) *view.Comment {
	if x.Comment == nil || x.Comment.State == forum.Withdrawn {
		return nil
	}
	t := &thread{r: r}
	v := t.comment(*x.Comment)
	v.Gone, v.HTML, v.Lang, v.Own = "", markup.HTML(x.Comment.HTML), x.Story.Lang, x.Own
	return &v
}

// facts are the lines of a statement that Article 17 asks for.
func facts(r *request, x desk.Statement) []view.Fact {
	d := x.Decision
	all := []view.Fact{fact(r, "statement.what", locale.T(r.locale, "statement.did."+string(d.Verb)))}
	if x.Sanction != nil && (d.Verb == forum.Suspend || d.Verb == forum.Ban || d.Verb == forum.AlwaysHold) {
		until := fact(r, "statement.until", "")
		until.At = d.Until
		if d.Until.IsZero() {
			until.Words = locale.T(r.locale, "statement.noEnd")
		}
		all = append(all, until)
	}
	if d.Reason != "" {
		all = append(all, fact(r, "statement.reason", reasonWords(r.site, r.locale, d.Reason)))
	}
	if x.Rule != "" {
		all = append(all, fact(r, "statement.rule", x.Rule))
	}
	if d.Note != "" {
		note := fact(r, "statement.note", d.Note)
		note.Quote = true
		all = append(all, note)
	}
	if d.Verb.Restricts() {
		all = append(all, fact(r, "statement.ground", locale.T(r.locale, ground(r, d))), fact(r, "statement.source", locale.T(r.locale, source(x))))
	}
	by := fact(r, "statement.by", locale.T(r.locale, deciderRole(d)))
	if a := x.People[d.ActorID]; d.ActorID != 0 && a.Name != "" {
		by.Words += " (" + locale.Isolate(a.Name) + ")"
	}
	return append(all, by, fact(r, "statement.machine", locale.T(r.locale, machine(x))))
}

func fact(r *request, term, words string) view.Fact {
	return view.Fact{Term: locale.T(r.locale, term), Words: words}
}

// ground names on what a decision rests: the law or the site's terms.
func ground(r *request, d forum.Decision) string {
	if reason, ok := r.site.Settings.Reason(d.Reason); ok && reason.Illegal {
		return "statement.law"
	}
	return "statement.terms"
}

// source says what brought up what was decided.
func source(x desk.Statement) string {
	switch {
	case x.Decision.Source == forum.SourceNotice:
		return "statement.source.notice"
	case x.Decision.Source == forum.SourceReport:
		return "statement.source.report"
	case x.Detected || x.Decision.Automated:
		return "statement.source.rule"
	}
	return "statement.source.own"
}

// deciderRole says in what role somebody decided, never who.
func deciderRole(d forum.Decision) string {
	switch {
	case d.Automated:
		return "statement.by.rule"
	case d.ActorRole.Staff() && d.ActorRole != forum.RoleAuditor:
		return "statement.by." + string(d.ActorRole)
	}
	return "statement.by.none"
}

// machine says what part a machine had.
func machine(x desk.Statement) string {
	switch {
	case x.Decision.Automated && x.Decision.Verb == forum.Hold:
		return "statement.machine.held"
	case x.Decision.Automated:
		return "statement.machine.decided"
	case x.Detected:
		return "statement.machine.found"
	}
	return "statement.machine.none"
}

// chain lists the decisions beside one, for the desk.
func chain(r *request, x desk.Statement) []view.DecisionLine {
	var lines []view.DecisionLine
	for _, d := range x.Chain {
		lines = append(lines, view.DecisionLine{
			Verb: d.Verb, Reason: reasonWords(r.site, r.locale, d.Reason), Note: d.Note, By: signed(r, x.People[d.ActorID], d), At: d.CreatedAt,
			URL: decisionPath(r, d.ID),
		})
	}
	return lines
}

// signed is who decided, as the desk reads it: a name, else a role; empty: a rule.
func signed(r *request, by forum.Account, d forum.Decision) string {
	if d.ActorID == 0 {
		return ""
	}
	if by.Name != "" {
		return by.Name
	}
	return locale.T(r.locale, deciderRole(d))
}

// postAppeal files an appeal; what is refused comes back with the words kept.
func (s *server) postAppeal(w http.ResponseWriter, r *request) error {
	id, err := r.id("decision")
	if err != nil {
		return err
	}
	if err := r.form(); err != nil {
		return err
	}
	words := normalText(r.PostFormValue("words"))
	_, err = s.Desk.Appeal(r.Context(), r.site, r.actor, id, words)
	if e := mendable(err); e != nil {
		return s.decisionPage(w, r, words, e)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, decisionPath(r, id)+"#appeal")
}

// postRead notes that the author has read a warning.
func (s *server) postRead(w http.ResponseWriter, r *request) error {
	id, err := r.id("decision")
	if err != nil {
		return err
	}
	if err := s.Desk.Acknowledge(r.Context(), r.site, r.actor, id); err != nil {
		return err
	}
	return seeOther(w, r, decisionPath(r, id))
}

// warnFirst shows an author the warning that stands before their comment, with
// what they wrote kept in the form. Its button reads the warning and posts.
func (s *server) warnFirst(w http.ResponseWriter, r *request, d desk.Draft, warning forum.ID) error {
	x, err := s.Desk.Statement(r.Context(), r.site, r.actor, warning)
	if err != nil {
		return err
	}
	v := view.Warned{
		Shell: s.shell(r, locale.T(r.locale, "statement.title.warn")), Reason: reasonWords(r.site, r.locale, x.Decision.Reason),
		Note: x.Decision.Note, At: x.Decision.CreatedAt, Statement: decisionPath(r, warning), Action: r.prefix + writePattern, Draft: d.Text,
		Fields: []view.Hidden{
			{Name: "read", Value: warning.String()},
			{Name: "text", Value: d.Text},
			{Name: "byline", Value: string(d.Byline)},
			{Name: "name", Value: d.Name},
			{Name: "key", Value: d.Key},
			{Name: "external", Value: d.Ref.ExternalID},
			{Name: "url", Value: d.Ref.URL},
			{Name: "title", Value: d.Ref.Title},
		},
	}
	if d.Story != 0 {
		v.Fields = append(v.Fields, view.Hidden{Name: "story", Value: d.Story.String()})
	}
	if d.Parent != 0 {
		v.Fields = append(v.Fields, view.Hidden{Name: "parent", Value: d.Parent.String()})
	}
	v.Shell.NoIndex = true
	s.writePage(w, r, http.StatusForbidden, warned.Page(v))
	return nil
}

// readWarning acknowledges the warning that the form of warnFirst names.
func (s *server) readWarning(r *request) error {
	id, err := r.formID("read")
	if err != nil || id == 0 {
		return err
	}
	return s.Desk.Acknowledge(r.Context(), r.site, r.actor, id)
}
