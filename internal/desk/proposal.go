package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"parley/internal/forum"
	"parley/internal/store"
)

// Proposal is an act that waits for a second person.
type Proposal = forum.Proposal

// approval carries out what a proposal asked for once by, who is not its maker,
// has agreed. It runs in the transaction that ends the proposal: if it fails,
// the proposal waits on.
type approval func(ctx context.Context, d *Desk, tx *store.Tx, site forum.Site, by forum.Actor, p Proposal) error

// proposable is a kind of proposal: the right that its maker must still have, and
// what agreeing does.
type proposable struct {
	right    forum.Act
	carryOut approval
}

// approvals are the kinds of proposal.
func approvals() map[string]proposable {
	return map[string]proposable{
		"invite":    {forum.ActStaff, approveInvite},
		"grant":     {forum.ActStaff, approveGrant},
		"four-eyes": {forum.ActManage, approveFourEyes},
		"export":    {forum.ActExport, approveExport},
		proposeBan:  {forum.ActSanction, approveBan},
		"bulk":      {forum.ActBulk, approveBulk},
	}
}

// proposer is who made a proposal, with the rights the account has now.
func proposer(ctx context.Context, tx *store.Tx, site forum.Site, p Proposal) (forum.Actor, error) {
	account, err := tx.Account(ctx, site.ID, p.MadeBy)
	return forum.Actor{Account: account, Kind: forum.SessionPage, Strong: true}, err
}

// mayStill refuses a proposal whose maker has lost the right to make it: two
// people agree, or nobody does.
func mayStill(ctx context.Context, tx *store.Tx, site forum.Site, p Proposal, right forum.Act) error {
	maker, err := proposer(ctx, tx, site, p)
	if err == nil && !forum.May(maker, right) {
		return lostRight(p)
	}
	return err
}

func lostRight(p Proposal) error {
	return forum.Fail(forum.Conflict, "error.conflict").Because("the maker of proposal %s has lost the right", p.ID)
}

// propose leaves an act to be done when a second person agrees, and tells those
// who may. It is Forbidden where nobody else could agree. The caller has checked
// that the actor may do the act.
func (d *Desk) propose(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, kind, subject string, payload any, words string) (forum.ID, error) {
	return d.proposeAs(ctx, tx, site, actor, d.mint(), kind, subject, payload, words)
}

// proposeAs proposes under an id, unless the same waits already under another one,
// which it then returns.
func (d *Desk) proposeAs(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, id forum.ID, kind, subject string, payload any, words string) (forum.ID, error) {
	words = strings.TrimSpace(words)
	if err := checkWords(words, "words"); err != nil {
		return 0, err
	}
	seconds, err := d.seconds(ctx, tx.Reader, site, actor.Account.ID)
	if err != nil {
		return 0, err
	}
	if len(seconds) == 0 {
		return 0, forum.Fail(forum.Forbidden, "error.secondNeeded")
	}
	text, err := json.Marshal(payload)
	if err != nil {
		return 0, fmt.Errorf("propose %s: %w", kind, err)
	}
	p := Proposal{
		SiteID: site.ID, ID: id, Kind: kind, Subject: subject, Payload: string(text), Words: words,
		MadeBy: actor.Account.ID, ExpiresAt: tx.Now.Add(forum.ProposalLife),
	}
	// A form that is sent twice asks once.
	same, err := tx.SameProposal(ctx, p)
	if err != nil || same != 0 {
		return same, err
	}
	if err := tx.AddProposal(ctx, p); err != nil {
		return 0, err
	}
	for _, a := range seconds {
		if err := d.notify(ctx, tx, actor, forum.Notification{SiteID: site.ID, AccountID: a.ID, Kind: forum.ToldStaff}); err != nil {
			return 0, err
		}
	}
	return p.ID, d.log(ctx, tx, site.ID, actor, act{Action: "proposal.make", Object: about("proposal", p.ID), Reason: kind, After: subject})
}

// checkWords refuses words that are no text or too long.
func checkWords(words, field string) error {
	if !goodText(words) {
		return forum.Fail(forum.Invalid, "error.textEncoding").At(field)
	}
	if utf8.RuneCountInString(words) > maxNote {
		return forum.Fail(forum.Invalid, "error.wordsLong").With("max", maxNote).At(field)
	}
	return nil
}

// seconds returns who else than an account may agree to proposals and can come in
// to do so.
func (d *Desk) seconds(ctx context.Context, r store.Reader, site forum.Site, but forum.ID) ([]forum.Account, error) {
	all, err := r.Staff(ctx, site.ID)
	if err != nil {
		return nil, err
	}
	var out []forum.Account
	for _, a := range all {
		strong := forum.Actor{Account: a, Kind: forum.SessionPage, Strong: true}
		if a.ID == but || !forum.May(strong, forum.ActApprove) {
			continue
		}
		comes, err := r.ComesIn(ctx, site.ID, a.ID, d.Now())
		if err != nil {
			return nil, err
		}
		if comes {
			out = append(out, a)
		}
	}
	return out, nil
}

// Approve agrees to a proposal of somebody else and does what it asked for.
func (d *Desk) Approve(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) error {
	if !forum.May(actor, forum.ActApprove) {
		return forum.Fail(forum.Forbidden, "error.forbidden")
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		p, err := tx.DecideProposal(ctx, site.ID, id, actor.Account.ID, forum.ProposalApproved)
		if err != nil {
			return err
		}
		if p.MadeBy == actor.Account.ID {
			return forum.Fail(forum.Forbidden, "error.ownProposal")
		}
		x, known := approvals()[p.Kind]
		if !known {
			return fmt.Errorf("approve: no kind of proposal is called %q", p.Kind)
		}
		if err := mayStill(ctx, tx, site, p, x.right); err != nil {
			return err
		}
		if err := x.carryOut(ctx, d, tx, site, actor, p); err != nil {
			return err
		}
		return d.endProposal(ctx, tx, actor, p, "proposal.approve")
	})
}

// Refuse ends a proposal without doing it. Who made it may take it back.
func (d *Desk) Refuse(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) error {
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		p, err := tx.Proposal(ctx, site.ID, id)
		if err != nil {
			return err
		}
		if p.MadeBy != actor.Account.ID && !forum.May(actor, forum.ActApprove) {
			return forum.Fail(forum.NotFound, "error.notFound").Because("somebody else's proposal")
		}
		if p, err = tx.DecideProposal(ctx, site.ID, id, actor.Account.ID, forum.ProposalRefused); err != nil {
			return err
		}
		return d.endProposal(ctx, tx, actor, p, "proposal.refuse")
	})
}

// endProposal tells who made a proposal what became of it, and logs it.
func (d *Desk) endProposal(ctx context.Context, tx *store.Tx, actor forum.Actor, p Proposal, action string) error {
	if err := d.notify(ctx, tx, actor, forum.Notification{SiteID: p.SiteID, AccountID: p.MadeBy, Kind: forum.ToldStaff}); err != nil {
		return err
	}
	return d.log(ctx, tx, p.SiteID, actor, act{Action: action, Object: about("proposal", p.ID), Reason: p.Kind, After: p.Subject})
}

// ProposalCard is a proposal with the people in it.
type ProposalCard struct {
	Proposal
	By      forum.Account // who made it
	Decider forum.Account // who decided; zero: nobody
	About   forum.Account // whom it concerns; zero: nobody in particular
	Waits   bool
	MayEnd  bool // the reader may approve or refuse it
	Own     bool // the reader made it
}

// Proposals returns a page of proposals, the newest first: all to who may agree,
// to others their own.
func (d *Desk) Proposals(ctx context.Context, site forum.Site, actor forum.Actor, before forum.ID, limit int) ([]ProposalCard, error) {
	all, err := d.store.Proposals(ctx, site.ID, before, limit)
	if err != nil {
		return nil, err
	}
	var people []forum.ID
	for _, p := range all {
		people = append(people, p.MadeBy, p.DecidedBy, concerns(p))
	}
	by, err := d.store.AccountsByID(ctx, site.ID, people)
	if err != nil {
		return nil, err
	}
	judge := forum.May(actor, forum.ActApprove)
	var cards []ProposalCard
	for _, p := range all {
		c := ProposalCard{Proposal: p, By: by[p.MadeBy], Decider: by[p.DecidedBy], About: by[concerns(p)], Waits: p.Open(d.Now()), Own: p.MadeBy == actor.Account.ID}
		c.MayEnd = c.Waits && judge && !c.Own
		if judge || c.Own {
			cards = append(cards, c)
		}
	}
	return cards, nil
}

// concerns returns the account a proposal is about; zero: none.
func concerns(p Proposal) forum.ID {
	text, found := strings.CutPrefix(p.Subject, "account:")
	if !found {
		return 0
	}
	id, err := forum.ParseID(text)
	if err != nil {
		return 0
	}
	return id
}

// ProposalsWaiting returns how many proposals wait for the actor.
func (d *Desk) ProposalsWaiting(ctx context.Context, site forum.Site, actor forum.Actor) (int, error) {
	if !forum.May(actor, forum.ActApprove) {
		return 0, nil
	}
	return d.store.ProposalsFor(ctx, site.ID, actor.Account.ID, d.Now())
}
