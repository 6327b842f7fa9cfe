package web

import (
	"errors"
	"net/http"

	"parley/frontend/locale"
	"parley/frontend/pages/alerts"
	"parley/frontend/view"
	"parley/internal/forum"
)

// alertsPath is the page of the desk's alerts; each target has its own below it.
const alertsPath = "/desk/alerts"

func (s *server) showAlerts(w http.ResponseWriter, r *request) error {
	v, err := s.alertsView(r)
	if err != nil {
		return err
	}
	v.Done = r.URL.Query().Has("done")
	return s.show(w, r, alerts.Page(v))
}

// alertsView is the page of all targets with an empty form.
func (s *server) alertsView(r *request) (view.Alerts, error) {
	list, err := s.Desk.Endpoints(r.Context(), r.site, r.actor)
	if err != nil {
		return view.Alerts{}, err
	}
	dead, err := s.Desk.DeadMail(r.Context(), r.site, r.actor)
	if err != nil {
		return view.Alerts{}, err
	}
	v := view.Alerts{
		Shell: s.shell(r, locale.T(r.locale, "alerts.title")), Action: r.prefix + alertsPath, Mails: s.Desk.Mails(),
		Kind: forum.ToWebhook, Chosen: forum.Events(),
	}
	v.Shell.NoIndex = true
	for _, e := range list {
		v.Endpoints = append(v.Endpoints, endpointView(r, e))
	}
	for _, j := range dead {
		v.Dead = append(v.Dead, view.DeadMail{ID: j.ID, At: j.CreatedAt, Error: j.Error, Tries: j.Tries})
	}
	return v, nil
}

func endpointView(r *request, e forum.Endpoint) view.Endpoint {
	return view.Endpoint{
		ID: e.ID, Kind: e.Kind, Target: e.Target, Events: e.Events, Path: r.prefix + alertsPath + "/" + e.ID.String(), Told: e.ToldAt,
		Failed: e.FailingAt, Next: e.RetryAt, Off: e.DisabledAt,
	}
}

// postAlerts adds a target. Its secret is in the answer and nowhere else.
func (s *server) postAlerts(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	kind, target := forum.EndpointKind(r.PostFormValue("kind")), r.PostFormValue("target")
	e, failed := s.Desk.AddEndpoint(r.Context(), r.site, r.actor, kind, target, events(r))
	var wrong *forum.Error
	if failed != nil && !errors.As(failed, &wrong) || wrong != nil && wrong.Field == "" && wrong.Kind != forum.Conflict {
		return failed
	}
	if failed == nil && e.Secret == "" {
		return seeOther(w, r, r.prefix+alertsPath+"?done=1")
	}
	v, err := s.alertsView(r)
	if err != nil {
		return err
	}
	if wrong == nil {
		v.Secret, v.Target = e.Secret, e.Target
		return s.show(w, r, alerts.Page(v))
	}
	v.Kind, v.Entered, v.Chosen = kind, target, events(r)
	v.Errors = []view.FieldError{{Field: wrong.Field, Text: sentence(r.locale, wrong)}}
	s.writePage(w, r, statusOf(failed), alerts.Page(v))
	return nil
}

// events are those that a form has chosen.
func events(r *request) []forum.Event {
	var all []forum.Event
	for _, text := range r.PostForm["event"] {
		all = append(all, forum.Event(text))
	}
	return all
}

func (s *server) showAlertLog(w http.ResponseWriter, r *request) error {
	id, err := r.id("endpoint")
	if err != nil {
		return err
	}
	before, err := r.queryID("before")
	if err != nil {
		return err
	}
	e, list, next, err := s.Desk.EndpointLog(r.Context(), r.site, r.actor, id, before)
	if err != nil {
		return err
	}
	v := view.AlertLog{
		Shell: s.shell(r, locale.T(r.locale, "alerts.log")), Endpoint: endpointView(r, e), Done: r.URL.Query().Has("done"),
	}
	v.Shell.NoIndex = true
	for _, x := range list {
		v.Deliveries = append(v.Deliveries, view.Delivery{
			ID: x.ID, Event: x.Event, At: x.CreatedAt, Tries: x.Tries, Status: x.Status, Answer: x.Answer, Done: !x.DoneAt.IsZero(), Body: x.Body,
		})
	}
	if next != 0 {
		v.Next = v.Endpoint.Path + "?before=" + next.String()
	}
	return s.show(w, r, alerts.Log(v))
}

// postAlert does to a target what the button says.
func (s *server) postAlert(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	id, err := r.id("endpoint")
	if err != nil {
		return err
	}
	back := r.prefix + alertsPath + "/" + id.String() + "?done=1"
	switch do := r.PostFormValue("do"); do {
	case "rotate":
		return s.rotateAlert(w, r, id)
	case "remove":
		back = r.prefix + alertsPath + "?done=1"
		err = s.Desk.RemoveEndpoint(r.Context(), r.site, r.actor, id)
	case "events":
		err = s.Desk.SetEndpointEvents(r.Context(), r.site, r.actor, id, events(r))
	case "test":
		err = s.Desk.TestEndpoint(r.Context(), r.site, r.actor, id)
	case "on", "off":
		err = s.Desk.SwitchEndpoint(r.Context(), r.site, r.actor, id, do == "on")
	case "replay":
		err = s.replay(r, id)
	default:
		err = forum.Fail(forum.Invalid, "error.badRequest").Because("act %q", do)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, back)
}

// rotateAlert shows the new secret of a webhook, once.
func (s *server) rotateAlert(w http.ResponseWriter, r *request, id forum.ID) error {
	e, err := s.Desk.RotateEndpoint(r.Context(), r.site, r.actor, id)
	if err != nil {
		return err
	}
	v, err := s.alertsView(r)
	if err != nil {
		return err
	}
	v.Secret, v.Target, v.Rotated = e.Secret, e.Target, true
	return s.show(w, r, alerts.Page(v))
}

func (s *server) replay(r *request, endpoint forum.ID) error {
	delivery, err := r.formID("delivery")
	if err != nil {
		return err
	}
	return s.Desk.Replay(r.Context(), r.site, r.actor, endpoint, delivery)
}

// postDeadMail tries a message again that was given up.
func (s *server) postDeadMail(w http.ResponseWriter, r *request) error {
	id, err := r.id("job")
	if err != nil {
		return err
	}
	if err := s.Desk.RetryMail(r.Context(), r.site, r.actor, id); err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+alertsPath+"?done=1")
}
