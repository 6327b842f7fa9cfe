package desk

import (
	"context"
	"slices"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// Statement is what is told of a decision that takes something from an author:
// what was done, for which rule or reason, what part a machine had, by whom in
// the sense of a role, and how to appeal (Regulation (EU) 2022/2065, Article 17).
type Statement struct {
	Decision forum.Decision
	Comment  *forum.Comment  // what it is about; nil: no comment
	Story    forum.Story     // of Comment
	Sanction *forum.Sanction // what it set; nil: none
	Rule     string          // name of the rule that brought it up or decided; empty: none
	Detected bool            // a machine brought it up
	Undone   *forum.Decision // what took it back; nil: it stands
	Appeal   *forum.Appeal   // nil: none was filed

	Own         bool      // the reader is its author
	AppealUntil time.Time // until when the author may appeal; zero: not, or not any more

	// For the desk only.
	Chain  []forum.Decision           // all decisions on the comment, or about the account
	People map[forum.ID]forum.Account // who decided
	Author forum.Account
}

// Statement returns the statement of a decision to its author and to the desk.
// For everybody else it does not exist.
func (d *Desk) Statement(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) (Statement, error) {
	x, err := d.store.Decision(ctx, site.ID, id)
	if err != nil {
		return Statement{}, err
	}
	s := Statement{Decision: x}
	if s.Own, err = isAbout(ctx, d.store.Reader, x, actor); err != nil {
		return Statement{}, err
	}
	if err := d.tellComment(ctx, &s); err != nil {
		return Statement{}, err
	}
	if !s.Own && !mayRead(actor, s) {
		return Statement{}, forum.Fail(forum.NotFound, "error.notFound").Because("somebody else's decision")
	}
	if err := d.tellStanding(ctx, &s); err != nil {
		return Statement{}, err
	}
	if !s.Own {
		return s, d.tellDesk(ctx, site, &s)
	}
	if appealable(s, d.Now()) == nil {
		s.AppealUntil = x.CreatedAt.Add(forum.AppealWindow)
	}
	return s, nil
}

// isAbout reports whether a decision is about the actor: its account, or the
// guest it was before it signed in.
func isAbout(ctx context.Context, r store.Reader, x forum.Decision, actor forum.Actor) (bool, error) {
	if !actor.Known() || x.AccountID == 0 {
		return false, nil
	}
	if x.AccountID == actor.Account.ID {
		return true, nil
	}
	a, err := r.Account(ctx, x.SiteID, x.AccountID)
	return err == nil && a.MergedInto == actor.Account.ID, err
}

// mayRead reports whether somebody of the desk may read a statement: that of a
// comment in their section, or that of an account, unless it is for a comment
// elsewhere.
func mayRead(actor forum.Actor, s Statement) bool {
	if s.Story.ID != 0 && !actor.Account.In(s.Story.Section) {
		return false
	}
	if s.Decision.Verb.OnAccount() {
		return forum.May(actor, forum.ActSanction) || forum.May(actor, forum.ActAnswer)
	}
	return forum.MayIn(actor, forum.ActQueue, s.Story.Section)
}

// tellComment adds the comment and its story.
func (d *Desk) tellComment(ctx context.Context, s *Statement) error {
	x := s.Decision
	if x.CommentID != 0 {
		c, err := d.store.Comment(ctx, x.SiteID, x.CommentID)
		if err != nil {
			return err
		}
		s.Comment, x.StoryID = &c, c.StoryID
	}
	if x.StoryID == 0 {
		return nil
	}
	var err error
	s.Story, err = d.store.Story(ctx, x.SiteID, x.StoryID)
	return err
}

// tellStanding adds what came of the decision, and which rule was in it.
func (d *Desk) tellStanding(ctx context.Context, s *Statement) error {
	x := s.Decision
	if x.Verb.OnAccount() && x.Verb != forum.Lift {
		held, err := d.store.Sanction(ctx, x.SiteID, x.ID)
		if err != nil {
			return err
		}
		s.Sanction = &held
	}
	undone, err := d.store.Undoing(ctx, x.SiteID, x.ID)
	if err == nil {
		s.Undone = &undone
	} else if !forum.IsKind(err, forum.NotFound) {
		return err
	}
	appeal, err := d.store.AppealOn(ctx, x.SiteID, x.ID)
	if err == nil {
		s.Appeal = &appeal
	} else if !forum.IsKind(err, forum.NotFound) {
		return err
	}
	return d.tellRule(ctx, s)
}

// tellRule finds the rule that decided, or that had held the comment before a
// person decided.
func (d *Desk) tellRule(ctx context.Context, s *Statement) error {
	x := s.Decision
	rule := x.RuleID
	if x.CommentID != 0 && !x.Verb.OnAccount() {
		before, err := d.store.DecisionsOn(ctx, x.SiteID, x.CommentID)
		if err != nil {
			return err
		}
		for _, b := range before {
			if b.ID < x.ID && b.Automated && b.RuleID != 0 && rule == 0 {
				rule = b.RuleID
			}
		}
	}
	s.Detected = rule != 0
	if rule == 0 {
		return nil
	}
	name, err := d.store.RuleName(ctx, x.SiteID, rule)
	if forum.IsKind(err, forum.NotFound) {
		return nil
	}
	s.Rule = name
	return err
}

// tellDesk adds what only the desk may know: who decided, and all decisions on
// the comment or about the account.
func (d *Desk) tellDesk(ctx context.Context, site forum.Site, s *Statement) error {
	var err error
	if s.Comment != nil && !s.Decision.Verb.OnAccount() {
		s.Chain, err = d.store.DecisionsOn(ctx, site.ID, s.Comment.ID)
	} else {
		s.Chain, err = d.store.DecisionsAbout(ctx, site.ID, s.Decision.AccountID, 0, 50)
		slices.Reverse(s.Chain)
	}
	if err != nil {
		return err
	}
	people := []forum.ID{s.Decision.AccountID, s.Decision.ActorID}
	for _, x := range s.Chain {
		people = append(people, x.ActorID)
	}
	if s.Appeal != nil {
		people = append(people, s.Appeal.DecidedBy)
	}
	s.People, err = d.store.AccountsByID(ctx, site.ID, people)
	s.Author = s.People[s.Decision.AccountID]
	return err
}
