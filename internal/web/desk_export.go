package web

import (
	"bufio"
	"errors"
	"net/http"
	"time"

	"parley/frontend/locale"
	exportpage "parley/frontend/pages/export"
	"parley/internal/exporter"
	"parley/internal/forum"
)

func (s *server) showExport(w http.ResponseWriter, r *request) error {
	v, err := s.exportView(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Get("did") == "ask" {
		v.Flash = locale.T(r.locale, "proposals.didPropose")
	}
	return s.show(w, r, exportpage.Page(v))
}

// exportView fills the page of exports.
func (s *server) exportView(r *request) (exportpage.View, error) {
	v := exportpage.View{
		Action: r.prefix + "/desk/export", Fetch: r.prefix + "/desk/export/statements", Two: r.site.Settings.FourEyes,
		Latest: s.Desk.Now().Format("2006-01"),
	}
	if !v.Two {
		v.Action = v.Fetch
	}
	v.Shell = s.shell(r, locale.T(r.locale, "export.title"))
	v.Shell.NoIndex = true
	ready, err := s.Desk.Exports(r.Context(), r.site, r.actor)
	for _, x := range ready {
		v.Ready = append(v.Ready, exportpage.Ready{
			Proposal: x.Proposal.String(), Month: x.Month.Format("2006-01"), Name: locale.Month(r.locale, x.Month), Until: x.Until,
		})
	}
	return v, err
}

// formMonth reads the month of a form.
func formMonth(r *request) (time.Time, error) {
	month, err := time.Parse("2006-01", r.PostFormValue("month"))
	if err != nil {
		return month, forum.Fail(forum.Invalid, "error.month").At("month").Because("%w", err)
	}
	return month, nil
}

// postExport asks a second person to agree to an export.
func (s *server) postExport(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	month, err := formMonth(r)
	if err == nil {
		_, err = s.Desk.RequestExport(r.Context(), r.site, r.actor, month, r.PostFormValue("words"))
	}
	if err != nil {
		return s.exportAgain(w, r, err)
	}
	return seeOther(w, r, r.prefix+"/desk/export?did=ask")
}

// exportAgain shows the form once more with what is wrong.
func (s *server) exportAgain(w http.ResponseWriter, r *request, problem error) error {
	var e *forum.Error
	if !errors.As(problem, &e) || (e.Kind != forum.Invalid && e.Code != "error.secondNeeded") {
		return problem
	}
	v, err := s.exportView(r)
	if err != nil {
		return err
	}
	v.Month, v.Words = r.PostFormValue("month"), r.PostFormValue("words")
	if text := sentence(r.locale, e); e.Field == "month" {
		v.Wrong = text
	} else {
		v.Error = text
	}
	s.writePage(w, r, statuses[e.Kind], exportpage.Page(v))
	return nil
}

// postStatements hands a month's statements of reasons over as a file, one a
// line. Once the first is on its way, a failure can only break the answer off.
func (s *server) postStatements(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	month, err := formMonth(r)
	if err != nil {
		return s.exportAgain(w, r, err)
	}
	var proposal forum.ID
	if text := r.PostFormValue("proposal"); text != "" {
		if proposal, err = r.formID("proposal"); err != nil {
			return err
		}
	}
	if err := s.Desk.BeginExport(r.Context(), r.site, r.actor, month, proposal); err != nil {
		return s.exportAgain(w, r, err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/jsonl")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", `attachment; filename="statements-`+r.site.Slug+"-"+month.Format("2006-01")+`.jsonl"`)
	b := bufio.NewWriter(w)
	say := func(key string, args ...any) string { return feedTitle(r.locale, key, args...) }
	title := func(code string) string { return reasonWords(r.site, r.locale, code) }
	_, err = exporter.Month(r.Context(), b, s.Desk, r.site, month, say, title)
	if err == nil {
		err = b.Flush()
	}
	if err != nil {
		s.Log.ErrorContext(r.Context(), "export statements", "request", r.requestID, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}
