package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"parley/frontend/locale"
	"parley/internal/desk"
	"parley/internal/forum"
)

// deskPulse is how the cards on a moderator's screen stand, and how many wait.
type deskPulse struct {
	Counts map[string]string    `json:"counts"` // by queue, as a page writes them; "" for none
	Cards  map[string]cardPulse `json:"cards"`
}

// cardPulse is how one card stands.
type cardPulse struct {
	State forum.State `json:"state"`
	Here  bool        `json:"here"` // it is still in the list's queue
	Seen  string      `json:"seen"` // names its present text
	By    string      `json:"by,omitempty"`
	Verb  string      `json:"verb,omitempty"`  // what By did to it, in words
	Taken string      `json:"taken,omitempty"` // who else is looking at it
}

// showDeskPulse tells script how the cards on the screen stand now. It costs
// little and is asked every two seconds: an answer that has not changed is empty.
func (s *server) showDeskPulse(w http.ResponseWriter, r *request) error {
	f, err := parseFilter(desk.QueueAll, r.URL.Query())
	if err != nil {
		return err
	}
	var ids []forum.ID
	for _, text := range strings.Fields(r.URL.Query().Get("ids")) {
		id, err := forum.ParseID(text)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	glimpses, err := s.Desk.Look(r.Context(), r.site, r.actor, f.Queue, ids)
	if err != nil {
		return err
	}
	counts, err := s.Desk.QueueCounts(r.Context(), r.site, r.actor, f)
	if err != nil {
		return err
	}
	out := deskPulse{Counts: map[string]string{"appeals": pulseFigure(r, counts.Appeals)}, Cards: map[string]cardPulse{}}
	for q, n := range counts.Queues {
		out.Counts[string(q)] = pulseFigure(r, n)
	}
	for id, g := range glimpses {
		out.Cards[id.String()] = pulseOf(r, f.Queue, g)
	}
	return sendUnlessKnown(w, r, out)
}

func pulseOf(r *request, q desk.QueueKind, g desk.Glimpse) cardPulse {
	p := cardPulse{State: g.Comment.State, Here: g.Here(q), Seen: desk.Seen(g.Comment)}
	if g.Claimed != nil {
		p.Taken = personName(r, *g.Claimed)
	}
	if g.Last != nil {
		p.By, p.Verb = personName(r, g.By), locale.T(r.locale, "verb."+string(g.Last.Verb))
	}
	return p
}

// pulseFigure writes a count; none is empty.
func pulseFigure(r *request, n desk.Counted) string {
	if n.N == 0 && !n.More {
		return ""
	}
	text := locale.Number(r.locale, n.N)
	if n.More {
		return locale.T(r.locale, "desk.many", "n", text)
	}
	return text
}

// sendUnlessKnown answers with JSON, or with 304 if the client has that answer.
func sendUnlessKnown(w http.ResponseWriter, r *request, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", tag)
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "application/json")
	_, err = w.Write(body)
	return err
}

// postClaim notes which card the moderator is looking at.
func (s *server) postClaim(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	id, err := r.formID("comment")
	if err != nil {
		return err
	}
	if _, err := s.Desk.Claim(r.Context(), r.site, r.actor, id); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
