package web

import (
	"crypto/rand"
	"net/http"
	"net/url"

	"parley/frontend/locale"
	"parley/frontend/pages/manyjob"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// readBulk reads a decision on many comments: on those selected, or on all that
// the list's filter finds.
func readBulk(r *request) (desk.Bulk, error) {
	if err := r.form(); err != nil {
		return desk.Bulk{}, err
	}
	b := desk.Bulk{Verb: forum.Verb(r.PostFormValue("verb")), Reason: r.PostFormValue("reason"), Note: r.PostFormValue("note")}
	if b.Verb != forum.Reject {
		b.Reason = ""
	}
	if r.PostFormValue("which") == "all" {
		q, err := url.ParseQuery(r.PostFormValue("filter"))
		if err != nil {
			return b, forum.Fail(forum.Invalid, "error.badRequest").Because("%w", err)
		}
		b.Filter, err = parseFilter("", q)
		return b, err
	}
	for _, text := range r.PostForm["id"] {
		id, err := forum.ParseID(text)
		if err != nil {
			return b, err
		}
		b.IDs = append(b.IDs, id)
	}
	return b, nil
}

// postBulk asks once more, saying how many comments are meant, and then leaves
// them to a job.
func (s *server) postBulk(w http.ResponseWriter, r *request) error {
	b, err := readBulk(r)
	if err != nil {
		return err
	}
	if r.PostFormValue("sure") == "" {
		n, err := s.Desk.CountBulk(r.Context(), r.site, r.actor, b)
		if err != nil {
			return err
		}
		waits, err := s.Desk.NeedsSecond(r.Context(), r.site, r.actor, n)
		if err != nil {
			return err
		}
		return s.show(w, r, manyjob.Confirm(s.confirmBulk(r, b, n, waits)))
	}
	started, err := s.Desk.StartBulk(r.Context(), r.site, r.actor, b, r.PostFormValue("key"))
	if err != nil {
		return err
	}
	return s.follow(w, r, started)
}

// follow leads to the job that was started, or to the proposal that waits.
func (s *server) follow(w http.ResponseWriter, r *request, x desk.Started) error {
	if x.Job == 0 {
		return seeOther(w, r, r.prefix+"/desk/proposals?did=Propose")
	}
	return seeOther(w, r, r.prefix+"/desk/jobs/"+x.Job.String())
}

func (s *server) confirmBulk(r *request, b desk.Bulk, n int, waits bool) view.ConfirmBulk {
	v := view.ConfirmBulk{
		Shell: s.shell(r, locale.T(r.locale, "bulk.title")), Action: r.prefix + "/desk/bulk",
		Back: localPath(r.PostFormValue("back"), r.prefix+"/desk/held"), Danger: b.Verb == forum.Reject,
		Text: locale.N(r.locale, "bulk.sure."+string(b.Verb), n), Button: locale.T(r.locale, "desk."+string(b.Verb)),
	}
	v.Shell.NoIndex = true
	if b.Reason != "" {
		v.Text += " " + reasonWords(r.site, r.locale, b.Reason) + "."
	}
	if waits {
		v.Text += " " + locale.T(r.locale, "bulk.second", "most", forum.FourEyesMany)
	}
	for _, name := range []string{"which", "filter", "verb", "reason", "note"} {
		v.Fields = append(v.Fields, [2]string{name, r.PostFormValue(name)})
	}
	for _, id := range b.IDs {
		v.Fields = append(v.Fields, [2]string{"id", id.String()})
	}
	v.Fields = append(v.Fields, [2]string{"sure", "1"}, [2]string{"key", rand.Text()})
	return v
}

// listJobs lists the acts on many comments.
func (s *server) listJobs(w http.ResponseWriter, r *request) error {
	jobs, err := s.Desk.ManyJobs(r.Context(), r.site, r.actor, queueSize)
	if err != nil {
		return err
	}
	v := view.JobPage{Shell: s.shell(r, locale.T(r.locale, "job.title"))}
	v.Shell.NoIndex = true
	for _, j := range jobs {
		v.Jobs = append(v.Jobs, view.JobLine{
			Path: r.prefix + "/desk/jobs/" + j.ID.String(), Text: jobTitle(r, j), State: j.State, By: personName(r, j.By), At: j.CreatedAt,
		})
	}
	return s.show(w, r, manyjob.List(v))
}

// showJob shows the progress of an act on many comments.
func (s *server) showJob(w http.ResponseWriter, r *request) error {
	id, err := r.id("job")
	if err != nil {
		return err
	}
	j, err := s.Desk.ManyJob(r.Context(), r.site, r.actor, id)
	if err != nil {
		return err
	}
	v := view.JobPage{
		Shell: s.shell(r, jobTitle(r, j)), ID: id, Action: r.prefix + "/desk/jobs/" + id.String(), Heading: jobTitle(r, j), State: j.State,
		Done: j.Progress, Total: max(j.Total, j.Progress), Skipped: j.Skipped, By: personName(r, j.By), At: j.CreatedAt, Back: r.prefix + "/desk",
		Error: j.Error, Key: rand.Text(), MayUndo: j.Kind != desk.JobUndo && j.Progress > 0 && j.State != forum.JobWaiting,
	}
	v.Shell.NoIndex = true
	if v.Total > 0 {
		v.Progress = 100 * v.Done / v.Total
	}
	if j.State == forum.JobDone {
		v.Progress = 100
	}
	return s.show(w, r, manyjob.Page(v))
}

// jobTitle says what a job does.
func jobTitle(r *request, j desk.ManyJob) string {
	if j.Kind == desk.JobUndo {
		return locale.N(r.locale, "job.undoes", j.Total)
	}
	title := locale.N(r.locale, "job.does."+string(j.Bulk.Verb), j.Total)
	if j.Bulk.Reason != "" {
		title += ": " + reasonWords(r.site, r.locale, j.Bulk.Reason)
	}
	return title
}

// postJob pauses, resumes, cancels or takes back an act on many comments.
func (s *server) postJob(w http.ResponseWriter, r *request) error {
	id, err := r.id("job")
	if err != nil {
		return err
	}
	if err := r.form(); err != nil {
		return err
	}
	if r.PostFormValue("act") != "undo" {
		if err := s.Desk.MoveManyJob(r.Context(), r.site, r.actor, id, r.PostFormValue("act")); err != nil {
			return err
		}
		return seeOther(w, r, r.prefix+"/desk/jobs/"+id.String())
	}
	started, err := s.Desk.StartUndo(r.Context(), r.site, r.actor, desk.UndoOf{Job: id}, r.PostFormValue("key"))
	if err != nil {
		return err
	}
	return s.follow(w, r, started)
}
