package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"parley/frontend/locale"
	"parley/frontend/pages/rules"
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/rule"
)

// showRules lists the rules of a site.
func (s *server) showRules(w http.ResponseWriter, r *request) error {
	lines, err := s.Desk.Rules(r.Context(), r.site, r.actor)
	if err != nil {
		return err
	}
	v := rules.List{May: forum.May(r.actor, forum.ActRules)}
	v.Shell = s.shell(r, locale.T(r.locale, "rules.title"))
	v.Shell.NoIndex = true
	for _, l := range lines {
		v.Lines = append(v.Lines, ruleLine(r, l))
	}
	return s.show(w, r, rules.ListPage(v))
}

func ruleLine(r *request, l desk.RuleLine) rules.Line {
	line := rules.Line{
		Path: r.prefix + "/desk/rules/" + l.ID.String(), Name: l.Name, Stage: l.Stage, Effect: l.Definition.Then.Do,
		Caught: l.Record.Hits, Acted: l.Record.Acted, Decided: l.Record.Agreed + l.Record.Disputed,
	}
	if p, known := l.Record.Precision(); known {
		line.Precision = percentRound(p)
	}
	if l.Silent >= desk.HookSilent {
		line.Trouble = append(line.Trouble, locale.N(r.locale, "rules.hookSilent", l.Silent))
	}
	if l.Unasked {
		line.Trouble = append(line.Trouble, locale.T(r.locale, "rules.hookUnasked", "most", desk.MaxAsked))
	}
	return line
}

func percentRound(share float64) int { return int(100*share + 0.5) }

// showNewRule shows the form of a rule that is not written yet.
func (s *server) showNewRule(w http.ResponseWriter, r *request) error {
	return s.newRule(w, r, rules.Form{Fresh: true, Values: map[string][]string{"do": {string(forum.EffectHold)}}}, http.StatusOK)
}

func (s *server) newRule(w http.ResponseWriter, r *request, f rules.Form, status int) error {
	v := rules.Edit{May: true, Form: s.ruleForm(r, f, r.prefix+"/desk/rules")}
	v.Shell = s.shell(r, locale.T(r.locale, "rules.new"))
	v.Shell.NoIndex = true
	s.writePage(w, r, status, rules.EditPage(v))
	return nil
}

// ruleForm fills in what every form of a rule has.
func (s *server) ruleForm(r *request, f rules.Form, action string) rules.Form {
	f.Action, f.Sections, f.Reasons = action, r.site.Settings.Sections, reasons(r)
	return f
}

// postRule adds a rule.
func (s *server) postRule(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	draft, err := readRule(r)
	var x forum.Rule
	if err == nil {
		x, err = s.Desk.AddRule(r.Context(), r.site, r.actor, draft)
	}
	if f, status, wrong := refusedRule(r, err); wrong {
		return s.newRule(w, r, f, status)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/desk/rules/"+x.ID.String()+"?did=added")
}

func readRule(r *request) (desk.RuleDraft, error) {
	d, err := ruleOf(r.PostForm)
	return desk.RuleDraft{Name: r.PostFormValue("name"), Definition: d}, err
}

// refusedRule is the form as it was sent, with what is wrong, if somebody can
// mend that.
func refusedRule(r *request, err error) (rules.Form, int, bool) {
	var e *forum.Error
	if !errors.As(err, &e) || e.Kind != forum.Invalid && e.Kind != forum.Conflict && e.Kind != forum.TooLarge {
		return rules.Form{}, 0, false
	}
	return rules.Form{
		Values: r.PostForm, Expert: r.PostFormValue("expert") != "", Wrong: sentence(r.locale, e), At: ruleGroup(e.Field),
	}, statuses[e.Kind], true
}

// showRule shows one rule with all that is known of it.
func (s *server) showRule(w http.ResponseWriter, r *request) error {
	return s.rulePage(w, r, nil, "", http.StatusOK)
}

// rulePage shows a rule; form and stage are what was refused, if anything was.
func (s *server) rulePage(w http.ResponseWriter, r *request, form *rules.Form, stage string, status int) error {
	id, err := r.id("rule")
	if err != nil {
		return err
	}
	file, err := s.Desk.Rule(r.Context(), r.site, r.actor, id)
	if err != nil {
		return err
	}
	v := rules.Edit{
		May: forum.May(r.actor, forum.ActRules), Line: ruleLine(r, file.RuleLine), Version: file.Version,
		Flash: ruleFlash(r),
	}
	for i, x := range file.Versions {
		if file.Versions[i].Definition, err = withoutSecrets(x.Definition); err != nil {
			return err
		}
	}
	if !v.May {
		for _, h := range file.RuleLine.Definition.Hooks() {
			h.Secret = ""
		}
	}
	if v.May {
		v.Since = s.Desk.Now().AddDate(0, 0, -undoDays).Format(time.DateOnly)
	}
	if form == nil {
		values, simple := ruleValues(file.Name, file.RuleLine.Definition)
		form = &rules.Form{Values: values, Expert: !simple || r.URL.Query().Get("expert") != ""}
	}
	v.Form = s.ruleForm(r, *form, v.Line.Path)
	v.Stage = rules.StageForm{Action: v.Line.Path + "/stage", Words: r.PostFormValue("words"), Wrong: stage}
	v.Shell = s.shell(r, file.Name)
	v.Shell.NoIndex = true
	for _, x := range file.Versions {
		v.Versions = append(v.Versions, rules.Version{Number: x.Version, By: file.People[x.MadeBy].Name, At: x.UpdatedAt, Definition: x.Definition})
	}
	for _, x := range file.Verdicts {
		e := example(r, file.Comments[x.CommentID], x.Why)
		e.Stage, e.Acted, e.At = x.Stage, x.Acted, x.CreatedAt
		v.Verdicts = append(v.Verdicts, e)
	}
	for _, x := range file.Rehearsals {
		v.Rehearsals = append(v.Rehearsals, rehearsalView(r, file, x))
	}
	s.writePage(w, r, status, rules.EditPage(v))
	return nil
}

// withoutSecrets is a definition that anybody of the desk may read.
func withoutSecrets(definition string) (string, error) {
	d, err := rule.Decode([]byte(definition))
	for _, h := range d.Hooks() {
		h.Secret = ""
	}
	return string(d.Encode()), err
}

// ruleFlash says what the act that led here did.
func ruleFlash(r *request) string {
	switch r.URL.Query().Get("did") {
	case "added":
		return locale.T(r.locale, "rules.didAdd")
	case "changed":
		return locale.T(r.locale, "rules.didChange")
	case "staged":
		return locale.T(r.locale, "rules.didStage")
	}
	return ""
}

// example shows a comment that a rule caught. One that was edited since may not
// have what matched any more.
func example(r *request, c forum.Comment, why forum.Why) rules.Example {
	e := rules.Example{Why: whyWords(r.locale, why), At: c.CreatedAt}
	if c.ID != 0 && c.Source != "" {
		e.URL, e.Pieces = r.prefix+"/c/"+c.ID.String(), pieces(c.Source, why.Marks)
	}
	return e
}

// whyWords are the reasons of a verdict in words.
func whyWords(loc string, why forum.Why) []string {
	var all []string
	for _, w := range append([]forum.Why{why}, why.Also...) {
		if w.Code != "" {
			all = append(all, sentence(loc, &forum.Error{Code: w.Code, Args: w.Args}))
		}
	}
	return all
}

// pieces cuts a text where it is marked. Marks that overlap become one, and one
// outside the text is dropped.
func pieces(text string, marks []forum.Mark) []rules.Piece {
	marks = slices.Clone(marks)
	slices.SortFunc(marks, func(a, b forum.Mark) int { return a.From - b.From })
	var all []rules.Piece
	at := 0
	for _, m := range marks {
		from, to := max(m.From, at), m.To
		if from >= to || to > len(text) {
			continue
		}
		if from > at {
			all = append(all, rules.Piece{Text: text[at:from]})
		}
		all = append(all, rules.Piece{Text: text[from:to], Marked: true})
		at = to
	}
	if at < len(text) {
		all = append(all, rules.Piece{Text: text[at:]})
	}
	return all
}

// postRuleChange gives a rule another version.
func (s *server) postRuleChange(w http.ResponseWriter, r *request) error {
	id, err := r.id("rule")
	if err != nil {
		return err
	}
	if err := r.form(); err != nil {
		return err
	}
	seen, err := formNumber(r, "version")
	if err != nil {
		return err
	}
	draft, err := readRule(r)
	if err == nil {
		_, err = s.Desk.ChangeRule(r.Context(), r.site, r.actor, id, seen, draft)
	}
	if f, status, wrong := refusedRule(r, err); wrong {
		return s.rulePage(w, r, &f, "", status)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/desk/rules/"+id.String()+"?did=changed")
}

// formNumber reads a number that a form of ours put in.
func formNumber(r *request, name string) (int, error) {
	n, err := strconv.Atoi(r.PostFormValue(name))
	if err != nil {
		return 0, forum.Fail(forum.Invalid, "error.badRequest").At(name).Because("%w", err)
	}
	return n, nil
}

// postRuleStage turns a rule on, off or to shadow.
func (s *server) postRuleStage(w http.ResponseWriter, r *request) error {
	id, err := r.id("rule")
	if err != nil {
		return err
	}
	if err := r.form(); err != nil {
		return err
	}
	version, err := formNumber(r, "version")
	if err != nil {
		return err
	}
	seen := forum.Rule{SiteID: r.site.ID, ID: id, Version: version, Stage: forum.Stage(r.PostFormValue("from"))}
	_, err = s.Desk.StageRule(r.Context(), r.site, r.actor, seen, forum.Stage(r.PostFormValue("stage")), r.PostFormValue("words"))
	var e *forum.Error
	if errors.As(err, &e) && (e.Kind == forum.Invalid || e.Kind == forum.Conflict) {
		return s.rulePage(w, r, nil, sentence(r.locale, e), statuses[e.Kind])
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/desk/rules/"+id.String()+"?did=staged")
}

// postRehearsal begins to try a rule on the past.
func (s *server) postRehearsal(w http.ResponseWriter, r *request) error {
	id, err := r.id("rule")
	if err != nil {
		return err
	}
	if err := r.form(); err != nil {
		return err
	}
	version, err := formNumber(r, "version")
	if err != nil {
		return err
	}
	days, err := formNumber(r, "days")
	if err != nil {
		return err
	}
	rehearsal, err := s.Desk.Rehearse(r.Context(), r.site, r.actor, id, version, days)
	if err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/desk/rules/"+id.String()+"/rehearsals/"+rehearsal.String())
}

// refreshSeconds is how often the page of a rehearsal looks again, in every
// browser, while the rehearsal is under way.
const refreshSeconds = "2"

// showRehearsal shows a rehearsal or how far it has come.
func (s *server) showRehearsal(w http.ResponseWriter, r *request) error {
	id, err := r.id("rule")
	if err != nil {
		return err
	}
	rehearsal, err := r.id("rehearsal")
	if err != nil {
		return err
	}
	file, x, err := s.Desk.RehearsalOf(r.Context(), r.site, r.actor, id, rehearsal)
	if err != nil {
		return err
	}
	v := rehearsalView(r, file, x)
	v.Shell = s.shell(r, locale.T(r.locale, "rules.rehearse"))
	v.Shell.NoIndex = true
	if !v.Done && !v.Failed {
		w.Header().Set("Refresh", refreshSeconds)
	}
	return s.show(w, r, rules.RehearsalPage(v))
}

func rehearsalView(r *request, file desk.RuleFile, x desk.Rehearsal) rules.Rehearsal {
	path := r.prefix + "/desk/rules/" + x.RuleID.String()
	res := x.Result
	v := rules.Rehearsal{
		RulePath: path, RuleName: file.Name, Path: path + "/rehearsals/" + x.ID.String(), At: x.CreatedAt, Version: x.Version, Days: x.Days,
		Done: res.Done, Failed: !res.Done && (x.Job.ID == 0 || x.Job.State == forum.JobDead || x.Job.State == forum.JobCancelled),
		Progress: x.Job.Progress, Total: x.Job.Total, Seen: res.Seen, Caught: res.Caught, Agreed: res.Agreed, Disputed: res.Disputed,
		Undecided: res.Undecided, Missed: res.Missed, Precision: -1, Recall: -1, Seconds: int((res.Took + 999) / 1000), Hook: res.Hook,
	}
	if p, known := res.Precision(); known {
		v.Precision = percentRound(p)
	}
	if p, known := res.Recall(); known {
		v.Recall = percentRound(p)
	}
	for _, e := range res.Examples {
		shown := example(r, file.Comments[e.Comment], e.Why)
		shown.Ruling = e.Ruling
		v.Examples = append(v.Examples, shown)
	}
	return v
}
