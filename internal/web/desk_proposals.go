package web

import (
	"encoding/json"
	"net/http"

	"parley/frontend/locale"
	staffpage "parley/frontend/pages/staff"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// t says a text of the catalogue in the reader's language.
func t(r *request, key string, args ...any) string { return locale.T(r.locale, key, args...) }

// proposalsSize is how many proposals a page shows.
const proposalsSize = 25

// showProposals lists the acts that wait for a second person.
func (s *server) showProposals(w http.ResponseWriter, r *request) error {
	before, err := r.queryID("before")
	if err != nil {
		return err
	}
	cards, err := s.Desk.Proposals(r.Context(), r.site, r.actor, before, proposalsSize)
	if err != nil {
		return err
	}
	v := view.Proposals{
		Shell: s.deskShell(r, t(r, "proposals.title")), Flash: said(r, "proposals.did", "Approve", "Refuse", "Propose"),
	}
	for _, c := range cards {
		v.Items = append(v.Items, proposalView(r, c))
	}
	if len(cards) == proposalsSize {
		v.Next = r.prefix + "/desk/proposals?before=" + cards[len(cards)-1].ID.String()
	}
	return s.show(w, r, staffpage.Proposals(v))
}

// proposalView shows a proposal in words.
func proposalView(r *request, c desk.ProposalCard) view.Proposal {
	v := view.Proposal{
		ID: c.ID, Title: proposalTitle(r, c), Words: c.Words, By: personName(r, c.By), At: c.MadeAt, Expires: c.ExpiresAt,
		MayEnd: c.MayEnd, Own: c.Own, Waits: c.Waits,
	}
	switch {
	case c.Outcome != "":
		v.Outcome = t(r, "proposals."+string(c.Outcome))
	case !c.Waits:
		v.Outcome = t(r, "proposals.expired")
	}
	if c.DecidedBy != 0 {
		v.Decider = personName(r, c.Decider)
	}
	return v
}

// proposalTitle says what agreeing does.
func proposalTitle(r *request, c desk.ProposalCard) string {
	var about struct {
		Role     forum.Role `json:"role"`
		Sections []string   `json:"sections"`
	}
	// A payload without a role is another kind's.
	_ = json.Unmarshal([]byte(c.Payload), &about)
	if !c.About.Role.Staff() && about.Role == "" {
		// The name behind a byline is told for a reason only.
		c.About.Name = ""
	}
	title := t(r, "proposalKind."+c.Kind, "name", personName(r, c.About), "role", t(r, "role."+string(about.Role)))
	if len(about.Sections) > 0 {
		title += " (" + sectionNames(r, about.Sections) + ")"
	}
	return title
}

// personName is what a member of the newsroom is called by others there.
func personName(r *request, a forum.Account) string {
	if a.Name != "" {
		return a.Name
	}
	if a.ID == 0 {
		return t(r, "team.installation")
	}
	return t(r, "role."+string(a.Role)) + " " + a.ID.String()[9:]
}

func (s *server) postApprove(w http.ResponseWriter, r *request) error {
	id, err := r.id("proposal")
	if err != nil {
		return err
	}
	if err := s.Desk.Approve(r.Context(), r.site, r.actor, id); err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/desk/proposals?did=Approve")
}

func (s *server) postRefuse(w http.ResponseWriter, r *request) error {
	id, err := r.id("proposal")
	if err != nil {
		return err
	}
	if err := s.Desk.Refuse(r.Context(), r.site, r.actor, id); err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/desk/proposals?did=Refuse")
}
