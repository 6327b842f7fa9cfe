package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"parley/frontend/locale"
	"parley/frontend/pages/storydesk"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// showReadings shows the lively discussions, the hottest first.
func (s *server) showReadings(w http.ResponseWriter, r *request) error {
	return s.readings(w, r, r.site.Settings.Temperature.Full(), nil)
}

func (s *server) readings(w http.ResponseWriter, r *request, form forum.Temperature, e *forum.Error) error {
	readings, err := s.Desk.Temperatures(r.Context(), r.site, r.actor)
	if err != nil {
		return err
	}
	v := view.Readings{Shell: s.shell(r, locale.T(r.locale, "stories.title"))}
	v.Shell.NoIndex = true
	if r.URL.Query().Get("did") == "save" {
		v.Flash = locale.T(r.locale, "stories.saved")
	}
	for _, x := range readings {
		v.Readings = append(v.Readings, readingView(r, x))
	}
	status := http.StatusOK
	if forum.May(r.actor, forum.ActManage) {
		v.Settings = &view.TemperatureForm{Action: r.prefix + "/desk/stories", Values: form}
		if e != nil {
			v.Settings.Errors = []view.FieldError{{Field: "temperature", Text: sentence(r.locale, e)}}
			status = statuses[e.Kind]
		}
	}
	s.writePage(w, r, status, storydesk.List(v))
	return nil
}

func readingView(r *request, x desk.Reading) view.Reading {
	section, _ := r.site.Settings.Section(x.Story.Section)
	return view.Reading{
		Headline: x.Story.Headline, Path: r.prefix + "/desk/stories/" + x.Story.ID.String(), StoryURL: forum.StoryPath(r.prefix, x.Story),
		Section: section.Name, State: x.Story.State, Controls: x.Story.Controls, Signals: x.Signals,
		Limits: r.site.Settings.Temperature.Full(), High: x.High, Hours: x.Hours,
	}
}

// postTemperature sets what the site has decided about steps by measured signals.
func (s *server) postTemperature(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	number := func(name string) float64 {
		x, err := strconv.ParseFloat(strings.Replace(r.PostFormValue(name), ",", ".", 1), 64)
		if err != nil {
			return -1 // no setting
		}
		return x
	}
	t := forum.Temperature{
		Most: r.PostFormValue("most"), Comments: int(min(number("comments"), 1e9)), Reports: number("reports"), Pace: number("pace"),
		Rejected: number("rejected"), New: number("new"),
	}
	err := s.Desk.SetTemperature(r.Context(), r.site, r.actor, t)
	var e *forum.Error
	if errors.As(err, &e) && e.Kind == forum.Invalid {
		return s.readings(w, r, t, e)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/desk/stories?did=save")
}

// fieldTime is how a datetime-local field writes an instant.
const fieldTime = "2006-01-02T15:04"

// showStoryDesk shows a story's signals, its controls and what was decided.
func (s *server) showStoryDesk(w http.ResponseWriter, r *request) error {
	return s.storyDesk(w, r, nil, nil)
}

// storyDesk shows the page of a story; a form that was refused stands in it with
// what is wrong.
func (s *server) storyDesk(w http.ResponseWriter, r *request, form *view.ControlsForm, e *forum.Error) error {
	id, err := r.id("story")
	if err != nil {
		return err
	}
	x, err := s.Desk.StoryDesk(r.Context(), r.site, r.actor, id)
	if err != nil {
		return err
	}
	v := view.StoryDesk{
		Shell: s.shell(r, x.Story.Headline), Reading: readingView(r, x.Reading), Action: r.prefix + "/desk/stories/" + id.String(),
		Seen: x.Seen, List: r.prefix + "/desk/stories", Form: view.ControlsForm{State: x.Story.State, Controls: x.Story.Controls},
	}
	v.Shell.NoIndex = true
	if v.Form.Controls.Why == "" {
		v.Form.Controls.Why = x.Story.StateReason
	}
	if at := x.Story.Controls.CloseAt; !at.IsZero() {
		v.Form.CloseAt = at.UTC().Format(fieldTime)
	}
	if r.URL.Query().Get("did") == "save" {
		v.Flash = locale.T(r.locale, "control.saved")
	}
	for _, d := range x.History {
		v.History = append(v.History, view.CoolingLine{
			At: d.CreatedAt, By: x.By[d.ActorID].Name, Reason: d.Reason, Text: d.Scope, Note: d.Note,
		})
	}
	status := http.StatusOK
	if form != nil {
		v.Form = *form
	}
	if e != nil {
		v.Errors, status = []view.FieldError{{Field: e.Field, Text: sentence(r.locale, e)}}, statuses[e.Kind]
	}
	s.writePage(w, r, status, storydesk.Page(v))
	return nil
}

// postControls sets the controls of a story. What is refused comes back in the
// form.
func (s *server) postControls(w http.ResponseWriter, r *request) error {
	id, err := r.id("story")
	if err != nil {
		return err
	}
	if err := r.form(); err != nil {
		return err
	}
	form, err := s.readControls(r)
	if err == nil {
		_, err = s.Desk.Cool(r.Context(), r.site, r.actor, desk.Cooling{
			Story: id, State: form.State, Controls: form.Controls, Seen: r.PostFormValue("seen"),
		})
	}
	var e *forum.Error
	if errors.As(err, &e) && (e.Kind == forum.Invalid || e.Kind == forum.Conflict) {
		if e.Kind == forum.Conflict {
			return s.storyDesk(w, r, nil, e) // shows what another set
		}
		return s.storyDesk(w, r, &form, e)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/desk/stories/"+id.String()+"?did=save")
}

// readControls reads the form of a story's controls.
func (s *server) readControls(r *request) (view.ControlsForm, error) {
	on := func(name string) bool { return r.PostFormValue(name) == "1" }
	f := view.ControlsForm{
		State: forum.StoryState(r.PostFormValue("state")), CloseAt: r.PostFormValue("close_at"), CloseIn: r.PostFormValue("close_in"),
		Controls: forum.Controls{
			NoLinks: on("no_links"), NoPictures: on("no_pictures"), VerifiedOnly: on("verified_only"), HoldAll: on("hold_all"),
			NoAuto: on("no_auto"), Why: normalText(r.PostFormValue("why")),
		},
	}
	slow, slowErr := count(r.PostFormValue("slow"))
	most, capErr := count(r.PostFormValue("cap"))
	f.Controls.Slow, f.Controls.Cap = forum.Seconds(slow), most
	switch {
	case slowErr != nil:
		return f, forum.Fail(forum.Invalid, "error.controlSlow").With("max", int(forum.MaxSlow/3600)).At("slow")
	case capErr != nil:
		return f, forum.Fail(forum.Invalid, "error.controlCap").With("max", forum.MaxCap).At("cap")
	}
	at, err := s.closing(f)
	f.Controls.CloseAt = at
	return f, err
}

// count reads a number from a form; an empty one is 0.
func count(text string) (int, error) {
	if text = strings.TrimSpace(text); text == "" {
		return 0, nil
	}
	return strconv.Atoi(text)
}

// closing reads when a discussion shall close; zero: it shall not.
func (s *server) closing(f view.ControlsForm) (time.Time, error) {
	bad := forum.Fail(forum.Invalid, "error.controlCloseAt").At("close_at")
	if f.CloseIn != "" {
		wait, err := strconv.Atoi(f.CloseIn)
		if err != nil || wait <= 0 || wait > 366*24*3600 {
			return time.Time{}, bad
		}
		return s.Desk.Now().Add(time.Duration(wait) * time.Second).Truncate(time.Minute), nil
	}
	if f.CloseAt == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(fieldTime, f.CloseAt)
	if err != nil {
		return at, bad.Because("%w", err)
	}
	return at.UTC(), nil
}

type controlsInput struct {
	Story string `path:"story"`
	Body  struct {
		State        forum.StoryState `json:"state" enum:"open,read-only,closed"`
		Why          string           `json:"why,omitempty" maxLength:"300" doc:"In words for readers."`
		Slow         int              `json:"slow,omitempty" doc:"Seconds between two comments of one reader."`
		Cap          int              `json:"cap,omitempty" doc:"Most comments of one reader."`
		NoLinks      bool             `json:"noLinks,omitempty"`
		NoPictures   bool             `json:"noPictures,omitempty"`
		VerifiedOnly bool             `json:"verifiedOnly,omitempty" doc:"Only who has signed in may write."`
		HoldAll      bool             `json:"holdAll,omitempty" doc:"Every comment waits for review."`
		CloseAt      time.Time        `json:"closeAt,omitempty" doc:"When the discussion closes by itself."`
		NoAuto       bool             `json:"noAuto,omitempty" doc:"No steps by measured signals; ends the one that is taken."`
		Seen         string           `json:"seen,omitempty" doc:"The seen of an earlier answer; other controls now are a conflict."`
	}
}

type controlsOutput struct {
	Body struct {
		State    forum.StoryState `json:"state" enum:"open,read-only,closed"`
		Auto     string           `json:"auto,omitempty" enum:"slow,verified,hold" doc:"The step that measured signals have taken."`
		Revision int64            `json:"revision"`
		Seen     string           `json:"seen" doc:"Names these controls."`
	}
}

// apiSetControls replaces all of a story's controls.
func apiSetControls(c *call, in *controlsInput) (*controlsOutput, error) {
	id, err := forum.ParseID(in.Story)
	if err != nil {
		return nil, err
	}
	b := in.Body
	x, err := c.server.Desk.Cool(c.Context(), c.site, c.actor, desk.Cooling{
		Story: id, State: b.State, Seen: b.Seen, Controls: forum.Controls{
			Slow: forum.Seconds(b.Slow), Cap: b.Cap, NoLinks: b.NoLinks, NoPictures: b.NoPictures, VerifiedOnly: b.VerifiedOnly,
			HoldAll: b.HoldAll, CloseAt: b.CloseAt.UTC(), NoAuto: b.NoAuto, Why: b.Why,
		},
	})
	if err != nil {
		return nil, err
	}
	out := &controlsOutput{}
	out.Body.State, out.Body.Auto, out.Body.Revision, out.Body.Seen = x.State, x.Controls.Auto, x.Revision, desk.SeenControls(x)
	return out, nil
}
