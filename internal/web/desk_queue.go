package web

import (
	"errors"
	"net/http"

	"parley/frontend/locale"
	deskpage "parley/frontend/pages/desk"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// queueSize is how many cards a page of the desk shows.
const queueSize = 25

// The lists of decisions: everybody's, and the moderator's own.
const (
	decided = "decided"
	mine    = "mine"
)

func (s *server) redirectDesk(w http.ResponseWriter, r *request) error {
	if !forum.May(r.actor, forum.ActQueue) {
		return seeOther(w, r, r.prefix+"/desk/log") // an auditor reads the log only
	}
	return seeOther(w, r, r.prefix+"/desk/held")
}

// showDesk shows a queue of the moderation desk or a list of decisions.
func (s *server) showDesk(w http.ResponseWriter, r *request) error {
	queue := r.PathValue("queue")
	f, err := readFilter(r)
	if err != nil {
		return err
	}
	v, err := s.deskView(r, queue, f)
	if err != nil {
		return err
	}
	var page desk.QueuePage
	if queue == decided || queue == mine {
		page, err = s.Desk.Decided(r.Context(), r.site, r.actor, queue == mine, f.After, queueSize)
	} else {
		if err = s.narrow(r, f, &v); err == nil {
			page, err = s.Desk.Queue(r.Context(), r.site, r.actor, f, queueSize)
		}
	}
	if err != nil {
		return err
	}
	return s.showCards(w, r, v, f, page)
}

// showCards writes a list of cards: as a page or, for script, the cards alone.
func (s *server) showCards(w http.ResponseWriter, r *request, v view.Desk, f desk.Filter, page desk.QueuePage) error {
	var err error
	if v.Cards, err = s.cardViews(r, v, f, page.Cards); err != nil {
		return err
	}
	// Where little of a long queue was looked at to count, the page may have found more.
	if v.Total.Many {
		v.Total.N = max(v.Total.N, len(page.Cards))
	}
	if page.Next != 0 {
		v.Next = withQuery(v.Back, "after", page.Next.String())
	}
	if r.part() == "cards" {
		return s.show(w, r, deskpage.Cards(v))
	}
	return s.show(w, r, deskpage.Page(v))
}

// deskView fills what stands around every list of the desk.
func (s *server) deskView(r *request, queue string, f desk.Filter) (view.Desk, error) {
	v := view.Desk{
		Queue: queue, Action: r.prefix + "/desk/decisions", Reasons: reasons(r), Flash: flash(r),
		Back: r.prefix + r.URL.Path + place(f), Pulse: r.prefix + "/desk/pulse?" + encoded(f), May: deskRights(r.actor),
	}
	v.Shell = s.deskShell(r, locale.T(r.locale, "desk.title"))
	counts, err := s.Desk.QueueCounts(r.Context(), r.site, r.actor, f)
	v.Tabs = deskTabs(r, counts, f)
	v.Filter.OtherQueue = otherQueue(v)
	return v, err
}

func deskRights(a forum.Actor) view.DeskRights {
	return view.DeskRights{
		Feature: forum.May(a, forum.ActFeature), Sanction: forum.May(a, forum.ActSanction), History: forum.May(a, forum.ActHistory),
		Search: forum.May(a, forum.ActSearch), Bulk: forum.May(a, forum.ActBulk), Note: forum.May(a, forum.ActNote),
	}
}

// deskTabs are the queues with their figures, under the same section and story.
func deskTabs(r *request, counts desk.Counts, f desk.Filter) []view.DeskTab {
	where := place(desk.Filter{Section: f.Section, Story: f.Story})
	var tabs []view.DeskTab
	for _, q := range desk.QueueKinds() {
		tab := view.DeskTab{Queue: string(q), Path: r.prefix + "/desk/" + string(q) + where}
		if n, counted := counts.Queues[q]; counted {
			tab.Count = figure(n)
		}
		tabs = append(tabs, tab)
	}
	if forum.May(r.actor, forum.ActAnswer) {
		tabs = append(tabs, view.DeskTab{Queue: "appeals", Path: r.prefix + "/desk/appeals", Count: figure(counts.Appeals)})
	}
	return append(tabs, view.DeskTab{Queue: mine, Path: r.prefix + "/desk/" + mine}, view.DeskTab{Queue: decided, Path: r.prefix + "/desk/" + decided})
}

func figure(n desk.Counted) view.Figure { return view.Figure{N: n.N, Many: n.More, Shown: true} }

// otherQueue is the next queue in which something waits, for the key "t".
func otherQueue(v view.Desk) string {
	at := 0
	for i, t := range v.Tabs {
		if t.Queue == v.Queue {
			at = i
		}
	}
	for i := range v.Tabs {
		t := v.Tabs[(at+i+1)%len(v.Tabs)]
		if (t.Count.N > 0 || t.Count.Many) && t.Queue != v.Queue && t.Queue != string(desk.QueueRejected) {
			return t.Path
		}
	}
	return ""
}

// narrow fills the form that narrows a queue.
func (s *server) narrow(r *request, f desk.Filter, v *view.Desk) error {
	v.Filter.Action, v.Filter.Oldest, v.Filter.Section = r.prefix+r.URL.Path, f.Oldest, f.Section
	v.Filter.Encoded = encoded(f)
	v.Bulk = r.prefix + "/desk/bulk"
	v.Filter.Sections = ownSections(r)
	if f.Story != 0 {
		story, err := s.Desk.Story(r.Context(), r.site.ID, f.Story)
		if err != nil {
			return err
		}
		v.Filter.Story, v.Filter.Headline = story.ID, story.Headline
		without := f
		without.Story = 0
		v.Filter.WithoutStory = r.prefix + r.URL.Path + place(without)
	}
	n, err := s.Desk.Count(r.Context(), r.site, r.actor, f, desk.MaxCount)
	v.Total = figure(n)
	return err
}

// ownSections are the sections of the site that the moderator works for.
func ownSections(r *request) []forum.Section {
	var all []forum.Section
	for _, x := range r.site.Settings.Sections {
		if r.actor.Account.In(x.Slug) {
			all = append(all, x)
		}
	}
	return all
}

// flash says what the act that led here did.
func flash(r *request) string {
	switch forum.Verb(r.URL.Query().Get("did")) {
	case forum.Publish:
		return locale.T(r.locale, "desk.didPublish")
	case forum.Reject:
		return locale.T(r.locale, "desk.didReject")
	case forum.Hold:
		return locale.T(r.locale, "desk.didHold")
	case forum.Dismiss:
		return locale.T(r.locale, "desk.didDismiss")
	case forum.Feature:
		return locale.T(r.locale, "desk.didFeature")
	case forum.Unfeature:
		return locale.T(r.locale, "desk.didUnfeature")
	case forum.Undo:
		return locale.T(r.locale, "desk.didUndo")
	}
	return ""
}

// postDecision carries out what a moderator decided on a card.
func (s *server) postDecision(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	id, err := r.formID("comment")
	if err != nil {
		return err
	}
	ruling := desk.Ruling{
		Comment: id, Verb: forum.Verb(r.PostFormValue("verb")), From: forum.State(r.PostFormValue("from")),
		Reason: r.PostFormValue("reason"), Note: r.PostFormValue("note"), Seen: r.PostFormValue("seen"),
	}
	if ruling.Verb != forum.Reject {
		ruling.Reason = ""
	}
	back := localPath(r.PostFormValue("back"), r.prefix+"/desk/held")
	if _, err := s.Desk.Decide(r.Context(), r.site, r.actor, ruling); err != nil {
		return s.decideAgain(w, r, ruling, back, err)
	}
	return seeOther(w, r, withQuery(back, "did", string(ruling.Verb)))
}

// decideAgain shows the comment as it is now when somebody was faster, with what
// the moderator chose and typed. Any other problem is the caller's.
func (s *server) decideAgain(w http.ResponseWriter, r *request, ruling desk.Ruling, back string, problem error) error {
	var e *forum.Error
	if !errors.As(problem, &e) || e.Kind != forum.Conflict {
		return problem
	}
	v, err := s.deskComment(r, ruling.Comment)
	if err != nil {
		return err
	}
	c := &v.Cards[0]
	v.Back, c.Error, c.Reason, c.Note = back, sentence(r.locale, e), ruling.Reason, ruling.Note
	s.writePage(w, r, http.StatusConflict, deskpage.Page(v))
	return nil
}

// postUndo takes back one of the moderator's own last decisions.
func (s *server) postUndo(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	id, err := r.formID("decision")
	if err != nil {
		return err
	}
	if _, err := s.Desk.Undo(r.Context(), r.site, r.actor, desk.TakeBack{Decision: id}); err != nil {
		return err
	}
	back := localPath(r.PostFormValue("back"), r.prefix+"/desk/"+mine)
	return seeOther(w, r, withQuery(back, "did", string(forum.Undo)))
}

// showDeskComment shows one comment at the desk, with all that was decided on it.
func (s *server) showDeskComment(w http.ResponseWriter, r *request) error {
	id, err := r.id("comment")
	if err != nil {
		return err
	}
	v, err := s.deskComment(r, id)
	if err != nil {
		return err
	}
	if r.part() == "cards" {
		return s.show(w, r, deskpage.Cards(v))
	}
	return s.show(w, r, deskpage.Page(v))
}

// deskComment is the page of one comment at the desk.
func (s *server) deskComment(r *request, id forum.ID) (view.Desk, error) {
	card, past, err := s.Desk.Card(r.Context(), r.site, r.actor, id)
	if err != nil {
		return view.Desk{}, err
	}
	f := desk.Filter{Queue: desk.QueueAll}
	v, err := s.deskView(r, "comment", f)
	if err != nil {
		return v, err
	}
	v.Back, v.Pulse = r.prefix+"/desk/comments/"+id.String(), r.prefix+"/desk/pulse?queue=all"
	if v.Cards, err = s.cardViews(r, v, f, []desk.QueueCard{card}); err != nil {
		return v, err
	}
	for _, x := range past {
		v.Cards[0].Past = append(v.Cards[0].Past, decisionView(r, x))
	}
	return v, nil
}
