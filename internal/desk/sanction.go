package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// Penalty is what the desk imposes on an account.
type Penalty struct {
	Account forum.ID
	Kind    forum.Verb // Warn, AlwaysHold, Suspend or Ban
	Until   time.Time  // zero: without an end; a suspension has one
	Reason  string     // one of the site's open reasons
	Note    string     // words for the author, at most 1,000 characters
	Comment forum.ID   `json:",omitzero"` // for which comment of theirs; zero: none in particular
	// Everywhere also imposes it on the other sites of the installation where the
	// actor has an account with the same right and the author has one, each found
	// by a credential that both sites know.
	Everywhere bool
	// Sweep also rejects everything of theirs that stands (a ban for spam). Confirm
	// must then be SweepWord: a name would tell who writes under a mask.
	Sweep   bool
	Confirm string
}

// SweepWord confirms a ban that removes everything of an author.
const SweepWord = "spam"

// maxSanction is how far away the end of a sanction may be.
const maxSanction = 10 * 366 * 24 * time.Hour

// Imposed is what became of a penalty.
type Imposed struct {
	Decision forum.ID // zero: it waits for a second person
	Proposal forum.ID // zero: nobody else had to agree
	Sites    []string // slugs of the other sites where it holds, or waits, as well
}

// Sanction imposes a penalty. A ban for more than 30 days, and one that removes
// more than 50 comments, waits for a second person. The author is always told.
// Errors stand at the fields "kind", "until", "reason", "note" and "confirm".
func (d *Desk) Sanction(ctx context.Context, site forum.Site, actor forum.Actor, p Penalty) (Imposed, error) {
	done, err := d.sanctionHere(ctx, site, actor, p)
	if err != nil || !p.Everywhere {
		return done, err
	}
	done.Sites, err = d.sanctionElsewhere(ctx, site, actor, p)
	return done, err
}

func (d *Desk) sanctionHere(ctx context.Context, site forum.Site, actor forum.Actor, p Penalty) (Imposed, error) {
	p.Note, p.Confirm = strings.TrimSpace(p.Note), strings.TrimSpace(p.Confirm)
	if err := checkPenalty(site, p, d.Now()); err != nil {
		return Imposed{}, err
	}
	var done Imposed
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := d.mayPunish(ctx, tx, site, actor, p); err != nil {
			return err
		}
		account, err := tx.LockAccount(ctx, site.ID, p.Account)
		if err != nil {
			return err
		}
		if err := d.punishable(ctx, tx, account, p); err != nil {
			return err
		}
		waits, err := d.penaltyWaits(ctx, tx, site, actor, p)
		if err != nil {
			return err
		}
		if waits {
			done.Proposal, err = d.propose(ctx, tx, site, actor, proposeBan, about("account", account.ID), p, p.Note)
			return err
		}
		done.Decision, err = d.impose(ctx, tx, site, actor, account, p, 0)
		return err
	})
	return done, err
}

// proposeBan is the kind of proposal whose approval imposes a penalty.
const proposeBan = "ban"

// penaltyWaits reports whether a penalty waits for a second person: one that is
// long, or one that removes many comments.
func (d *Desk) penaltyWaits(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, p Penalty) (bool, error) {
	if !site.Settings.FourEyes || p.Kind != forum.Suspend && p.Kind != forum.Ban {
		return false, nil
	}
	if p.Until.IsZero() || p.Until.After(tx.Now.Add(forum.FourEyesBan)) {
		return true, nil
	}
	if !p.Sweep {
		return false, nil
	}
	n, err := tx.CountStandingComments(ctx, site.ID, p.Account)
	if err != nil {
		return false, err
	}
	return d.manyWaits(ctx, tx, site, actor, n)
}

// approveBan imposes the penalty of a proposal as its maker's, who must still have
// the right to it.
func approveBan(ctx context.Context, d *Desk, tx *store.Tx, site forum.Site, by forum.Actor, x Proposal) error {
	var p Penalty
	if err := json.Unmarshal([]byte(x.Payload), &p); err != nil {
		return fmt.Errorf("approve ban: %w", err)
	}
	if err := checkPenalty(site, p, tx.Now); err != nil {
		return err
	}
	actor, err := proposer(ctx, tx, site, x)
	if err != nil {
		return err
	}
	actor.Request = by.Request
	if err := d.mayPunish(ctx, tx, site, actor, p); forum.IsKind(err, forum.Forbidden) {
		return lostRight(x)
	} else if err != nil {
		return err
	}
	account, err := tx.LockAccount(ctx, site.ID, p.Account)
	if err != nil {
		return err
	}
	if account.ID == by.Account.ID {
		return forum.Fail(forum.Forbidden, "error.ownSanction")
	}
	if err := notBy(ctx, tx, by.Account.ID, site.ID, p.Comment); err != nil {
		return err
	}
	if err := d.punishable(ctx, tx, account, p); err != nil {
		return err
	}
	_, err = d.impose(ctx, tx, site, actor, account, p, by.Account.ID)
	return err
}

// sanctioning is the right that a kind of sanction asks for.
func sanctioning(kind forum.Verb) forum.Act {
	if kind == forum.Ban {
		return forum.ActBan
	}
	return forum.ActSanction
}

// checkPenalty refuses a penalty that nobody could impose.
func checkPenalty(site forum.Site, p Penalty, now time.Time) error {
	kinds := []forum.Verb{forum.Warn, forum.AlwaysHold, forum.Suspend, forum.Ban}
	late := !p.Until.IsZero() && (!p.Until.After(now) || p.Until.After(now.Add(maxSanction)))
	switch {
	case !slices.Contains(kinds, p.Kind):
		return forum.Fail(forum.Invalid, "error.sanctionKind").At("kind")
	case late, p.Kind == forum.Suspend && p.Until.IsZero(), p.Kind == forum.Warn && !p.Until.IsZero():
		return forum.Fail(forum.Invalid, "error.sanctionUntil").At("until")
	case p.Sweep && p.Kind != forum.Ban:
		return forum.Fail(forum.Invalid, "error.badRequest").At("sweep")
	case !slices.Contains(site.Settings.OpenReasons(), p.Reason):
		return forum.Fail(forum.Invalid, "error.reasonMissing").At("reason")
	}
	return checkNote(p.Note)
}

// punishable refuses an account that cannot be sanctioned, or has that very
// sanction already.
func (d *Desk) punishable(ctx context.Context, tx *store.Tx, account forum.Account, p Penalty) error {
	if !account.Sanctionable() {
		return forum.Fail(forum.Forbidden, "error.noSanction").Because("account is %s", account.Role)
	}
	if p.Sweep && p.Confirm != SweepWord {
		return forum.Fail(forum.Invalid, "error.sweepConfirm").With("word", SweepWord).At("confirm")
	}
	all, err := d.standing(ctx, tx.Reader, account.SiteID, account.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(x forum.Sanction) bool { return x.Kind == p.Kind && x.InForce(tx.Now) }) {
		return forum.Fail(forum.Conflict, "error.sanctionTwice").At("kind")
	}
	return nil
}

// mayPunish refuses who may not impose a penalty: in the section of the comment it
// is about, which must be the account's (without one the whole site is meant), not
// on themselves, and not for a reply to them.
func (d *Desk) mayPunish(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, p Penalty) error {
	section, answered := "", forum.ID(0)
	if p.Comment != 0 {
		c, err := tx.Comment(ctx, site.ID, p.Comment)
		if err != nil {
			return err
		}
		if c.AccountID != p.Account {
			return forum.Fail(forum.NotFound, "error.notFound").Because("comment %s is not of account %s", p.Comment, p.Account)
		}
		story, err := tx.Story(ctx, site.ID, c.StoryID)
		if err != nil {
			return err
		}
		if answered, err = authorOf(ctx, tx, site.ID, c.ParentID); err != nil {
			return err
		}
		section = story.Section
	}
	switch {
	case !forum.MayIn(actor, sanctioning(p.Kind), section):
		return forum.Fail(forum.Forbidden, "error.forbidden").Because("%s in section %q", p.Kind, section)
	case p.Account == actor.Account.ID:
		return forum.Fail(forum.Forbidden, "error.ownSanction")
	case answered == actor.Account.ID:
		return forum.Fail(forum.Forbidden, "error.ownDecision")
	}
	return nil
}

// impose records a checked penalty, which then holds; second agreed to it, or zero.
func (d *Desk) impose(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, account forum.Account, p Penalty, second forum.ID) (forum.ID, error) {
	x := forum.Decision{
		SiteID: site.ID, ID: d.mint(), CommentID: p.Comment, AccountID: account.ID, Verb: p.Kind, Reason: p.Reason, Note: p.Note, Until: p.Until,
	}
	if p.Comment != 0 {
		c, err := tx.Comment(ctx, site.ID, p.Comment)
		if err != nil {
			return 0, err
		}
		x.StoryID = c.StoryID
	}
	if p.Everywhere {
		x.Scope = "all"
	}
	x.ActorID, x.ActorRole = actor.Account.ID, actor.Account.Role
	if err := tx.AddDecision(ctx, x); err != nil {
		return 0, err
	}
	err := tx.AddSanction(ctx, forum.Sanction{SiteID: site.ID, DecisionID: x.ID, AccountID: account.ID, Kind: p.Kind, Until: p.Until})
	if err != nil {
		return 0, err
	}
	if p.Kind == forum.Ban {
		if err := d.barCredentials(ctx, tx, site.ID, account.ID, x.ID); err != nil {
			return 0, err
		}
	}
	if p.Sweep {
		if err := d.queueSweep(ctx, tx, site, actor, sweep{Account: account.ID, Reason: p.Reason, Decision: x.ID, Second: second}); err != nil {
			return 0, err
		}
	}
	return x.ID, d.tell(ctx, tx, actor, x)
}

// tell tells an author of a decision about their account and logs it.
func (d *Desk) tell(ctx context.Context, tx *store.Tx, actor forum.Actor, x forum.Decision) error {
	err := d.notify(ctx, tx, actor, forum.Notification{
		SiteID: x.SiteID, AccountID: x.AccountID, Kind: forum.ToldSanction, StoryID: x.StoryID, CommentID: x.CommentID, DecisionID: x.ID,
	})
	if err != nil {
		return err
	}
	if err := d.alertDecision(ctx, tx, x); err != nil {
		return err
	}
	until := ""
	if !x.Until.IsZero() {
		until = x.Until.UTC().Format(time.RFC3339)
	}
	return d.log(ctx, tx, x.SiteID, actor, act{
		Action: "account." + string(x.Verb), Object: about("account", x.AccountID), Reason: x.Reason, After: until,
	})
}

// Lift ends a sanction, named by its decision, and returns the decision that does
// so. Words for the author are optional. One that has ended is Conflict.
func (d *Desk) Lift(ctx context.Context, site forum.Site, actor forum.Actor, decision forum.ID, note string) (forum.Decision, error) {
	note = strings.TrimSpace(note)
	if err := checkNote(note); err != nil {
		return forum.Decision{}, err
	}
	var lifted forum.Decision
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		x, err := tx.Decision(ctx, site.ID, decision)
		if err != nil {
			return err
		}
		section := ""
		if x.StoryID != 0 {
			story, err := tx.Story(ctx, site.ID, x.StoryID)
			if err != nil {
				return err
			}
			section = story.Section
		}
		if !forum.MayIn(actor, sanctioning(x.Verb), section) {
			return forum.Fail(forum.Forbidden, "error.forbidden").Because("lift of a %s", x.Verb)
		}
		if lifted, err = d.lift(ctx, tx, actor, x, note, 0); err != nil {
			return err
		}
		return d.tell(ctx, tx, actor, lifted)
	})
	return lifted, err
}

// lift ends the sanction of a decision and records that; the caller tells whom it
// concerns, last.
func (d *Desk) lift(ctx context.Context, tx *store.Tx, actor forum.Actor, x forum.Decision, note string, job forum.ID) (forum.Decision, error) {
	held, err := tx.Sanction(ctx, x.SiteID, x.ID)
	if err != nil {
		return x, err
	}
	if held.AccountID == actor.Account.ID {
		return x, forum.Fail(forum.Forbidden, "error.ownSanction")
	}
	if err := notBy(ctx, tx, actor.Account.ID, x.SiteID, x.CommentID); err != nil {
		return x, err
	}
	if !held.InForce(tx.Now) {
		return x, forum.Fail(forum.Conflict, "error.conflict").Because("sanction %s has ended", x.ID)
	}
	if err := tx.EndSanction(ctx, x.SiteID, x.ID); err != nil {
		return x, err
	}
	if err := tx.Unbar(ctx, x.SiteID, x.ID); err != nil {
		return x, err
	}
	lifted := forum.Decision{
		SiteID: x.SiteID, ID: d.mint(), CommentID: x.CommentID, StoryID: x.StoryID, AccountID: held.AccountID, ActorID: actor.Account.ID,
		ActorRole: actor.Account.Role, Verb: forum.Lift, Note: note, Undoes: x.ID, JobID: job,
	}
	return lifted, tx.AddDecision(ctx, lifted)
}

// Authored is what the desk knows of an account that it may sanction.
type Authored struct {
	Account  forum.Account
	Standing []StandingLine
	Comments int // that stand: what a sweep would reject
}

// StandingLine is a sanction with the decision that set it.
type StandingLine struct {
	forum.Sanction
	Decision forum.Decision
	By       forum.Account
	InForce  bool
	MayLift  bool
}

// Author returns an account with its sanctions, for who may sanction it.
func (d *Desk) Author(ctx context.Context, site forum.Site, actor forum.Actor, account forum.ID) (Authored, error) {
	if !forum.May(actor, forum.ActSanction) {
		return Authored{}, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	a, err := d.store.Account(ctx, site.ID, account)
	if err != nil {
		return Authored{}, err
	}
	out := Authored{Account: a}
	if out.Comments, err = d.store.CountStandingComments(ctx, site.ID, account); err != nil {
		return out, err
	}
	out.Standing, err = d.standingLines(ctx, site, actor, account)
	return out, err
}

// CommentOf returns a comment of an account with its story, for who may sanction
// its author.
func (d *Desk) CommentOf(ctx context.Context, site forum.Site, actor forum.Actor, id, account forum.ID) (forum.Comment, forum.Story, error) {
	c, err := d.store.Comment(ctx, site.ID, id)
	if err != nil {
		return c, forum.Story{}, err
	}
	story, err := d.store.Story(ctx, site.ID, c.StoryID)
	if err != nil {
		return c, story, err
	}
	if c.AccountID != account || !forum.MayIn(actor, forum.ActSanction, story.Section) {
		return c, story, forum.Fail(forum.NotFound, "error.notFound").Because("comment %s of account %s in section %q", id, c.AccountID, story.Section)
	}
	return c, story, nil
}

// standingLines returns the sanctions of an account with who set them, the latest
// first.
func (d *Desk) standingLines(ctx context.Context, site forum.Site, actor forum.Actor, account forum.ID) ([]StandingLine, error) {
	all, err := d.standing(ctx, d.store.Reader, site.ID, account)
	if err != nil {
		return nil, err
	}
	var lines []StandingLine
	for _, x := range slices.Backward(all) {
		dec, err := d.store.Decision(ctx, site.ID, x.DecisionID)
		if err != nil {
			return nil, err
		}
		line := StandingLine{Sanction: x, Decision: dec, InForce: x.InForce(d.Now())}
		line.MayLift = line.InForce && forum.May(actor, sanctioning(x.Kind))
		if dec.ActorID != 0 {
			if line.By, err = d.store.Account(ctx, site.ID, dec.ActorID); err != nil {
				return nil, err
			}
		}
		lines = append(lines, line)
	}
	return lines, nil
}
