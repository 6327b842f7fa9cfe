package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"parley/frontend/locale"
	logpage "parley/frontend/pages/log"
	"parley/internal/desk"
	"parley/internal/forum"
)

// logSize is how many entries a page of the log shows.
const logSize = 50

// showLog shows the log of the desk, filtered by actor, act and object.
func (s *server) showLog(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	v := logpage.View{Actor: q.Get("actor"), Action: q.Get("action"), Object: strings.TrimSpace(q.Get("object"))}
	filter, before, err := logFilter(v, q.Get("before"))
	if err != nil {
		return err
	}
	lines, err := s.Desk.Log(r.Context(), r.site, r.actor, filter, before, logSize+1)
	if err != nil {
		return err
	}
	staff, err := s.Desk.LogActors(r.Context(), r.site, r.actor)
	if err != nil {
		return err
	}
	loc := r.locale
	v.Shell = s.shell(r, locale.T(loc, "log.title"))
	v.Shell.NoIndex = true
	if filter != (desk.LogFilter{}) {
		v.All = r.prefix + "/desk/log"
	}
	for _, action := range forum.LogActions() {
		v.Actions = append(v.Actions, logpage.Option{Value: action, Name: locale.T(loc, "act."+action)})
	}
	for _, a := range staff {
		v.People = append(v.People, logpage.Option{Value: a.ID.String(), Name: calledAtDesk(loc, a)})
	}
	if filter.Actor != 0 && !slices.ContainsFunc(staff, func(a forum.Account) bool { return a.ID == filter.Actor }) {
		v.People = append(v.People, logpage.Option{Value: v.Actor, Name: v.Actor})
	}
	if len(lines) > logSize {
		lines = lines[:logSize]
		q.Set("before", strconv.FormatInt(lines[logSize-1].Entry.Seq, 10))
		v.Next = r.prefix + "/desk/log?" + q.Encode()
	}
	for _, l := range lines {
		v.Lines = append(v.Lines, logLine(r, l))
	}
	return s.show(w, r, logpage.Page(v))
}

// logFilter reads what the page was asked for.
func logFilter(v logpage.View, from string) (f desk.LogFilter, before int64, err error) {
	if v.Actor != "" {
		if f.Actor, err = forum.ParseID(v.Actor); err != nil {
			return f, 0, err
		}
	}
	if from != "" {
		if before, err = strconv.ParseInt(from, 10, 64); err != nil || before < 1 {
			return f, 0, forum.Fail(forum.NotFound, "error.notFound").Because("entry %q", from)
		}
	}
	f.Action, f.Object = v.Action, v.Object
	return f, before, nil
}

// logLine writes an entry for people.
func logLine(r *request, l desk.LogLine) logpage.Line {
	e, loc := l.Entry, r.locale
	line := logpage.Line{
		Seq: e.Seq, At: e.At, Action: e.Action, Object: e.Object, Reason: reasonOfLog(r, e.Reason), Before: stateWords(loc, e.Before),
		After: stateWords(loc, e.After), Value: e.Value, Apart: l.Apart, Hash: e.Hash,
	}
	if key := "act." + e.Action; locale.Has(key) {
		line.Action = locale.T(loc, key)
	}
	if e.ActorID != 0 {
		line.Actor, line.ByActor = calledAtDesk(loc, l.Actor), r.prefix+"/desk/log?actor="+e.ActorID.String()
	}
	if key := "role." + string(e.ActorRole); locale.Has(key) && locale.T(loc, key) != line.Actor {
		line.Role = locale.T(loc, key)
	}
	if e.Object != "" {
		line.ByThing = r.prefix + "/desk/log?object=" + url.QueryEscape(e.Object)
	}
	return line
}

func reasonOfLog(r *request, code string) string {
	if code == "" {
		return ""
	}
	return reasonWords(r.site, r.locale, code)
}

// stateWords returns the words of a comment's state; other values of the log are
// digests and codes, and stay what they are, shortened.
func stateWords(loc, value string) string {
	if key := "state." + value; locale.Has(key) {
		return locale.T(loc, key)
	}
	if len(value) > 24 && !strings.Contains(value, " ") {
		return value[:12] + "…"
	}
	return value
}
