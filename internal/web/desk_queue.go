package web

import (
	"net/http"

	"parley/frontend/locale"
	deskpage "parley/frontend/pages/desk"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/markup"
)

// queueSize is how many cards a page of the desk shows.
const queueSize = 25

// decided is the queue of what is done.
const decided = "decided"

func (s *server) redirectDesk(w http.ResponseWriter, r *request) error {
	if !forum.May(r.actor, forum.ActQueue) {
		return seeOther(w, r, r.prefix+"/desk/log") // an auditor reads the log only
	}
	return seeOther(w, r, r.prefix+"/desk/held")
}

// showDesk shows a queue of the moderation desk.
func (s *server) showDesk(w http.ResponseWriter, r *request) error {
	queue := r.PathValue("queue")
	var after forum.ID
	if text := r.URL.Query().Get("after"); text != "" {
		var err error
		if after, err = forum.ParseID(text); err != nil {
			return err
		}
	}
	cards, counts, err := s.readQueue(r, queue, after)
	if err != nil {
		return err
	}
	v := view.Desk{
		Queue: queue, Action: r.prefix + "/desk/decisions", Reasons: reasons(r), Flash: flash(r),
		Counts: map[string]int{"held": counts[desk.QueueHeld], "reported": counts[desk.QueueReported]},
	}
	v.Shell = s.deskShell(r, locale.T(r.locale, "desk.title"))
	if len(cards) > queueSize {
		cards = cards[:queueSize]
		v.Next = r.prefix + r.URL.Path + "?after=" + lastOf(cards).String()
	}
	for _, c := range cards {
		v.Cards = append(v.Cards, cardView(r, queue, c))
	}
	return s.show(w, r, deskpage.Page(v))
}

// lastOf is where a list of cards goes on: after its last decision or comment.
func lastOf(cards []desk.QueueCard) forum.ID {
	last := cards[len(cards)-1]
	if last.Decision != nil {
		return last.Decision.ID
	}
	return last.Comment.ID
}

func (s *server) readQueue(r *request, queue string, after forum.ID) ([]desk.QueueCard, map[desk.QueueKind]int, error) {
	switch queue {
	case string(desk.QueueHeld), string(desk.QueueReported):
		return s.Desk.Queue(r.Context(), r.site, r.actor, desk.QueueKind(queue), after, queueSize+1)
	case decided:
		return s.Desk.Decided(r.Context(), r.site, r.actor, after, queueSize+1)
	}
	return nil, nil, forum.Fail(forum.NotFound, "error.notFound").Because("queue %q", queue)
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
	}
	return ""
}

// cardView shows a comment to the desk: in full, whatever its state.
func cardView(r *request, queue string, c desk.QueueCard) view.Card {
	v := view.Card{
		Comment: cardComment(r, c), Headline: c.Story.Headline, StoryURL: forum.StoryPath(r.prefix, c.Story),
		Why: locale.T(r.locale, "why."+cause(queue)), Accepted: c.Author.Accepted, Rejected: c.Author.Rejected, Seen: desk.Seen(c.Comment),
	}
	v.Comment.HTML, v.Comment.Name, v.Comment.Gone = markup.HTML(c.Comment.HTML), c.Comment.Byline.Name, ""
	if c.Comment.State == forum.Withdrawn {
		v.Comment.Gone = view.GoneWithdrawn
	}
	for _, x := range c.Reports {
		v.Reports = append(v.Reports, view.ReportLine{Reason: x.Reason, Words: x.Words, At: x.CreatedAt})
	}
	for _, e := range c.Editions {
		v.History = append(v.History, view.Edition{HTML: markup.HTML(e.HTML), At: e.CreatedAt})
	}
	if d := c.Decision; d != nil {
		v.Decision = &view.DecisionLine{Verb: d.Verb, Reason: reasonWords(r.site, r.locale, d.Reason), Note: d.Note, By: c.By.Name, At: d.CreatedAt}
	}
	return v
}

// cause names why a comment is in a queue.
func cause(queue string) string {
	if queue == string(desk.QueueHeld) {
		return "first-comment"
	}
	return queue
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
	if _, err := s.Desk.Decide(r.Context(), r.site, r.actor, ruling); err != nil {
		return err
	}
	back := localPath(r.PostFormValue("back"), r.prefix+"/desk/held")
	return seeOther(w, r, withQuery(back, "did", string(ruling.Verb)))
}
