package web

import (
	"errors"
	"net/http"

	"parley/frontend/locale"
	"parley/frontend/pages/confirm"
	"parley/frontend/pages/notice"
	"parley/frontend/pages/report"
	"parley/frontend/pages/write"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/markup"
)

// readDraft reads a comment form.
func readDraft(r *request) (desk.Draft, error) {
	if err := r.form(); err != nil {
		return desk.Draft{}, err
	}
	d := desk.Draft{
		Ref:    desk.StoryRef{ExternalID: r.PostFormValue("external"), URL: r.PostFormValue("url"), Title: r.PostFormValue("title")},
		Byline: forum.BylineKind(r.PostFormValue("byline")), Name: r.PostFormValue("name"), Text: normalText(r.PostFormValue("text")),
		Key: r.PostFormValue("key"), Confirmed: r.PostFormValue("confirmed") == "true",
	}
	if d.Byline == "" {
		d.Byline = r.site.Settings.Bylines[0]
	}
	var err error
	if d.Story, err = r.formID("story"); err != nil {
		return d, err
	}
	d.Parent, err = r.formID("parent")
	return d, err
}

// postComment posts a form. What is refused comes back in the form, with the
// text kept and the error at its field.
func (s *server) postComment(w http.ResponseWriter, r *request) error {
	draft, err := readDraft(r)
	if err != nil {
		return err
	}
	if !r.actor.Known() {
		r.actor.Kind = s.sessionKind(r)
	}
	if err := s.readWarning(r); err != nil {
		return err
	}
	posted, err := s.Desk.Post(r.Context(), r.site, r.actor, draft)
	var e *forum.Error
	if errors.As(err, &e) && desk.Warning(e) != 0 {
		return s.warnFirst(w, r, draft, desk.Warning(e))
	}
	if err != nil {
		return s.writeAgain(w, r, draft, "", err)
	}
	s.remember(w, r, posted.Grant)
	if posted.Repeat && !r.actor.Known() && posted.Comment.State != forum.Published {
		// The first answer, with its session, never reached this browser; the
		// comment's own page would deny that it exists.
		return s.thank(w, r, posted.Story.ID, "comment.held")
	}
	if posted.Comment.State == forum.Rejected {
		if posted.Decision != 0 && r.actor.Kind == forum.SessionPage {
			return seeOther(w, r, r.prefix+"/decisions/"+posted.Decision.String())
		}
		return s.thank(w, r, posted.Story.ID, "thanks.rejected")
	}
	id := posted.Comment.ID.String()
	return seeOther(w, r, r.prefix+"/c/"+id+"#c-"+id)
}

// previewComment shows a draft as it would appear, with the form beneath.
func (s *server) previewComment(w http.ResponseWriter, r *request) error {
	draft, err := readDraft(r)
	if err != nil {
		return err
	}
	html, err := s.Desk.Preview(r.site, draft.Text)
	return s.writeAgain(w, r, draft, html, err)
}

// writeAgain shows a draft in its form again, with a preview or with what is
// wrong. Errors that no form can mend are passed on.
func (s *server) writeAgain(w http.ResponseWriter, r *request, d desk.Draft, preview markup.HTML, problem error) error {
	var e *forum.Error
	if problem != nil && (!errors.As(problem, &e) || e.Kind == forum.Internal || e.Kind == forum.NotFound) {
		return problem
	}
	story, err := s.storyOf(r, d)
	if err != nil {
		return err
	}
	r.in(story.Lang)
	parent, err := s.parentOf(r, d.Parent)
	if err != nil {
		return err
	}
	v, err := s.writeView(r, story, parent)
	if err != nil {
		return err
	}
	if story.ID == 0 {
		v.Box.Story = &view.StoryRef{ExternalID: d.Ref.ExternalID, URL: d.Ref.URL, Title: d.Ref.Title}
	}
	v.Box.Text, v.Box.Key, v.Box.Byline, v.Box.PreviewOf = d.Text, d.Key, d.Byline, preview
	if !v.Box.NameFixed {
		v.Box.Name = d.Name
	}
	status := http.StatusOK
	if e != nil {
		v.Box.Errors = []view.FieldError{{Field: e.Field, Text: sentence(r.locale, e)}}
		v.Box.Closed, v.Box.Confirm = false, d.Confirmed || asksAgain(e)
		status = statuses[e.Kind]
		setRetry(w.Header(), e)
		s.logFailure(r, e)
	}
	s.writePage(w, r, status, write.Page(v))
	return nil
}

// asksAgain reports whether an error asks the author to think again, so that the
// form offers to send the text anyway.
func asksAgain(e *forum.Error) bool { return e.Field == "confirmed" }

// storyOf returns the story of a draft; one nobody has written under yet is made
// up from what the page that embeds it says.
func (s *server) storyOf(r *request, d desk.Draft) (forum.Story, error) {
	if d.Story != 0 {
		return s.Desk.Story(r.Context(), r.site.ID, d.Story)
	}
	x, err := s.Desk.FindStory(r.Context(), r.site, d.Ref)
	if forum.IsKind(err, forum.NotFound) {
		return forum.Story{SiteID: r.site.ID, Headline: d.Ref.Title, URL: d.Ref.URL, State: forum.StoryOpen}, nil
	}
	return x, err
}

// parentOf describes the comment that is answered, or nil for none. One that
// went away meanwhile is described as gone, so that the text is not lost.
func (s *server) parentOf(r *request, id forum.ID) (*view.Parent, error) {
	if id == 0 {
		return nil, nil //nolint:nilnil // no parent is a parent view like any other: none
	}
	c, err := s.Desk.Visible(r.Context(), r.site, forum.Actor{}, id)
	if forum.IsKind(err, forum.NotFound) {
		return &view.Parent{ID: id, Gone: view.GoneRejected}, nil
	}
	if err != nil {
		return nil, err
	}
	return parentView(r, c, false, false), nil
}

// writeView is a page with a box for a story, or for a reply.
func (s *server) writeView(r *request, story forum.Story, parent *view.Parent) (view.Write, error) {
	v := view.Write{Heading: locale.T(r.locale, "write.comment"), Headline: story.Headline, Box: s.box(r, story, parent)}
	if story.ID != 0 {
		v.StoryURL = forum.StoryPath(r.prefix, story) + "#comments"
	}
	if parent != nil {
		v.Heading = locale.T(r.locale, "write.replyNameless")
		if parent.Name != "" {
			v.Heading = locale.T(r.locale, "write.reply", "name", parent.Name)
		}
	}
	v.Shell = s.shell(r, v.Heading)
	v.Shell.NoIndex = true
	v.Box.Open = true
	overlay, err := s.Desk.Overlay(r.Context(), r.actor, story)
	v.Box = personalBox(v.Box, overlay)
	return v, err
}

// showReply shows the form for a reply.
func (s *server) showReply(w http.ResponseWriter, r *request) error {
	id, err := r.id("comment")
	if err != nil {
		return err
	}
	c, err := s.Desk.Visible(r.Context(), r.site, r.actor, id)
	if err != nil {
		return err
	}
	if c.State != forum.Published {
		return forum.Fail(forum.Gone, "error.parentGone")
	}
	story, err := s.Desk.Story(r.Context(), r.site.ID, c.StoryID)
	if err != nil {
		return err
	}
	r.in(story.Lang)
	v, err := s.writeView(r, story, parentView(r, c, false, false))
	if err != nil {
		return err
	}
	return s.show(w, r, write.Page(v))
}

// showEdit shows the reader's own comment in the form.
func (s *server) showEdit(w http.ResponseWriter, r *request) error {
	id, err := r.id("comment")
	if err != nil {
		return err
	}
	c, err := s.Desk.Editable(r.Context(), r.site, r.actor, id)
	if err != nil {
		return err
	}
	return s.editForm(w, r, c, c.Source, nil)
}

func (s *server) editForm(w http.ResponseWriter, r *request, c forum.Comment, text string, e *forum.Error) error {
	story, err := s.Desk.Story(r.Context(), r.site.ID, c.StoryID)
	if err != nil {
		return err
	}
	r.in(story.Lang)
	v, err := s.writeView(r, story, nil)
	if err != nil {
		return err
	}
	v.Heading = locale.T(r.locale, "write.edit")
	v.Shell.Title = v.Heading
	v.Box.Action, v.Box.Preview = r.prefix+"/c/"+c.ID.String()+"/edit", ""
	v.Box.Edit, v.Box.Text, v.Box.Until = c.ID, text, c.EditableUntil(r.site.Settings.EditWindow.Duration())
	v.Box.Bylines, v.Box.Closed = nil, false
	status := http.StatusOK
	if e != nil {
		v.Box.Errors = []view.FieldError{{Field: e.Field, Text: sentence(r.locale, e)}}
		v.Box.Confirm = asksAgain(e)
		status = statuses[e.Kind]
	}
	s.writePage(w, r, status, write.Page(v))
	return nil
}

// postEdit saves an edit; what is refused comes back with the text kept.
func (s *server) postEdit(w http.ResponseWriter, r *request) error {
	id, err := r.id("comment")
	if err != nil {
		return err
	}
	if err := r.form(); err != nil {
		return err
	}
	text := normalText(r.PostFormValue("text"))
	c, err := s.Desk.Edit(r.Context(), r.site, r.actor, id, text, r.PostFormValue("confirmed") == "true")
	var e *forum.Error
	if errors.As(err, &e) && e.Kind != forum.NotFound && e.Kind != forum.Internal {
		if c.ID == 0 {
			if c, err = s.Desk.Visible(r.Context(), r.site, r.actor, id); err != nil {
				return err
			}
			if c.AccountID != r.actor.Account.ID {
				return forum.Fail(forum.NotFound, "error.notFound")
			}
		}
		return s.editForm(w, r, c, text, e)
	}
	if err != nil {
		return err
	}
	if c.State == forum.Rejected {
		return s.thank(w, r, c.StoryID, "thanks.rejected")
	}
	return seeOther(w, r, r.prefix+"/c/"+id.String()+"#c-"+id.String())
}

// showWithdraw asks once more.
func (s *server) showWithdraw(w http.ResponseWriter, r *request) error {
	id, err := r.id("comment")
	if err != nil {
		return err
	}
	c, err := s.Desk.Visible(r.Context(), r.site, r.actor, id)
	if err != nil {
		return err
	}
	if c.AccountID != r.actor.Account.ID {
		return forum.Fail(forum.NotFound, "error.notFound")
	}
	v := view.Confirm{
		Shell: s.shell(r, locale.T(r.locale, "withdraw.title")), Heading: locale.T(r.locale, "withdraw.title"),
		Text: locale.T(r.locale, "withdraw.text"), Action: r.prefix + "/c/" + id.String() + "/withdraw",
		Button: locale.T(r.locale, "withdraw.button"), Danger: true, Back: r.prefix + "/c/" + id.String(),
	}
	v.Shell.NoIndex = true
	return s.show(w, r, confirm.Page(v))
}

func (s *server) postWithdraw(w http.ResponseWriter, r *request) error {
	id, err := r.id("comment")
	if err != nil {
		return err
	}
	c, err := s.Desk.Withdraw(r.Context(), r.site, r.actor, id)
	if err != nil {
		return err
	}
	return s.thank(w, r, c.StoryID, "thanks.withdrawn")
}

// thank shows a page that says one thing, with the way back to the story.
func (s *server) thank(w http.ResponseWriter, r *request, story forum.ID, key string) error {
	x, err := s.Desk.Story(r.Context(), r.site.ID, story)
	if err != nil {
		return err
	}
	r.in(x.Lang)
	v := view.Notice{
		Shell: s.shell(r, locale.T(r.locale, "thanks.title")), Heading: locale.T(r.locale, "thanks.title"), Text: locale.T(r.locale, key),
		Back: forum.StoryPath(r.prefix, x) + "#comments", BackTo: locale.T(r.locale, "notice.toStory"),
	}
	v.Shell.NoIndex = true
	return s.show(w, r, notice.Page(v))
}

// showReport shows the form for a report.
func (s *server) showReport(w http.ResponseWriter, r *request) error {
	return s.reportForm(w, r, "", "", nil)
}

func (s *server) reportForm(w http.ResponseWriter, r *request, reason forum.Reason, words string, e *forum.Error) error {
	id, err := r.id("comment")
	if err != nil {
		return err
	}
	c, err := s.Desk.Visible(r.Context(), r.site, r.actor, id)
	if err != nil {
		return err
	}
	if c.State != forum.Published {
		return forum.Fail(forum.Gone, "error.notFound")
	}
	story, err := s.Desk.Story(r.Context(), r.site.ID, c.StoryID)
	if err != nil {
		return err
	}
	r.in(story.Lang)
	t := &thread{r: r}
	v := view.Report{
		Shell: s.shell(r, locale.T(r.locale, "report.title")), Comment: t.comment(c), Action: r.prefix + "/c/" + id.String() + "/report",
		StoryURL: forum.StoryPath(r.prefix, story), Reason: reason, Words: words, Illegal: r.prefix + "/c/" + id.String() + "/illegal",
	}
	v.Shell.NoIndex = true
	status := http.StatusOK
	if e != nil {
		v.Errors = []view.FieldError{{Field: e.Field, Text: sentence(r.locale, e)}}
		status = statuses[e.Kind]
	}
	s.writePage(w, r, status, report.Page(v))
	return nil
}

func (s *server) postReport(w http.ResponseWriter, r *request) error {
	id, err := r.id("comment")
	if err != nil {
		return err
	}
	if err := r.form(); err != nil {
		return err
	}
	if !r.actor.Known() {
		r.actor.Kind = s.sessionKind(r)
	}
	reason, words := forum.Reason(r.PostFormValue("reason")), r.PostFormValue("words")
	c, grant, err := s.Desk.Report(r.Context(), r.site, r.actor, id, reason, words)
	var e *forum.Error
	if errors.As(err, &e) && (e.Kind == forum.Invalid || e.Kind == forum.TooFast) {
		return s.reportForm(w, r, reason, words, e)
	}
	if err != nil {
		return err
	}
	s.remember(w, r, grant)
	if reason == forum.ReasonDisagree {
		return s.thank(w, r, c.StoryID, "thanks.disagree")
	}
	return s.thank(w, r, c.StoryID, "thanks.report")
}

// postVote reads which of the shared form's buttons was pressed.
func (s *server) postVote(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	for name, vote := range map[string]forum.Vote{"up": forum.VoteUp, "down": forum.VoteDown, "undo": forum.VoteNone} {
		if r.PostFormValue(name) == "" {
			continue
		}
		id, err := r.formID(name)
		if err != nil {
			return err
		}
		if !r.actor.Known() {
			r.actor.Kind = s.sessionKind(r)
		}
		_, grant, err := s.Desk.Vote(r.Context(), r.site, r.actor, id, vote)
		if err != nil {
			return err
		}
		s.remember(w, r, grant)
		return seeOther(w, r, localPath(r.PostFormValue("back"), r.prefix+"/c/"+id.String())+"#c-"+id.String())
	}
	return forum.Fail(forum.Invalid, "error.badRequest").Because("no vote")
}
