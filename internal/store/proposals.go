package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

const proposalColumns = `site_id, proposal_id, kind, subject, payload, words, made_by, made_at, expires_at, decided_by, decided_at, outcome`

func scanProposal(s scanner) (forum.Proposal, error) {
	var p forum.Proposal
	var made, expires, decided int64
	err := s.Scan(&p.SiteID, &p.ID, &p.Kind, &p.Subject, &p.Payload, &p.Words, &p.MadeBy, &made, &expires, &p.DecidedBy, &decided, &p.Outcome)
	p.MadeAt, p.ExpiresAt, p.DecidedAt = instant(made), instant(expires), instant(decided)
	return p, err
}

var sqlAddProposal = statement(`insert into proposals (site_id, proposal_id, kind, subject, payload, words, made_by, made_at, expires_at)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)

// AddProposal adds an act that waits for a second person.
func (t *Tx) AddProposal(ctx context.Context, p forum.Proposal) error {
	_, err := t.exec(ctx, "add proposal", sqlAddProposal, p.SiteID, p.ID, p.Kind, p.Subject, p.Payload, p.Words, p.MadeBy, micros(t.Now),
		micros(p.ExpiresAt))
	return err
}

var sqlSameProposal = statement(`select proposal_id from proposals
	where site_id = $1 and kind = $2 and subject = $3 and payload = $4 and words = $5 and made_by = $6 and decided_at = 0 and expires_at > $7
	order by proposal_id limit 1`)

// SameProposal returns the proposal that waits and is the same as one that is to
// be made, by the same person in the same words; zero: none.
func (t *Tx) SameProposal(ctx context.Context, p forum.Proposal) (forum.ID, error) {
	id, err := one(ctx, t.Reader, "find same proposal", scanOne[forum.ID], sqlSameProposal, p.SiteID, p.Kind, p.Subject, p.Payload, p.Words,
		p.MadeBy, micros(t.Now))
	if forum.IsKind(err, forum.NotFound) {
		return 0, nil
	}
	return id, err
}

var sqlProposal = statement(`select ` + proposalColumns + ` from proposals where site_id = $1 and proposal_id = $2`)

// Proposal returns a proposal, whatever became of it.
func (r Reader) Proposal(ctx context.Context, site, id forum.ID) (forum.Proposal, error) {
	return one(ctx, r, "read proposal", scanProposal, sqlProposal, site, id)
}

var sqlProposals = statement(`select ` + proposalColumns + ` from proposals
	where site_id = $1 and proposal_id < $2 order by proposal_id desc limit $3`)

// Proposals returns a site's proposals, the newest first.
func (r Reader) Proposals(ctx context.Context, site, before forum.ID, limit int) ([]forum.Proposal, error) {
	return many(ctx, r, "list proposals", scanProposal, sqlProposals, site, orMax(before), limit)
}

var sqlCountProposals = statement(`select count(*) from proposals where site_id = $1 and decided_at = 0 and expires_at > $2 and made_by <> $3`)

// ProposalsFor returns how many proposals of others than an account wait at an
// instant.
func (r Reader) ProposalsFor(ctx context.Context, site, account forum.ID, at time.Time) (int, error) {
	return one(ctx, r, "count proposals", scanOne[int], sqlCountProposals, site, micros(at), account)
}

var sqlDecideProposal = statement(`update proposals set decided_by = $3, decided_at = $4, outcome = $5
	where site_id = $1 and proposal_id = $2 and decided_at = 0 and expires_at > $4 returning ` + proposalColumns)

// DecideProposal ends a proposal that waits and returns it. One that was decided
// or has expired is Conflict.
func (t *Tx) DecideProposal(ctx context.Context, site, id, by forum.ID, outcome forum.ProposalState) (forum.Proposal, error) {
	p, err := one(ctx, t.Reader, "decide proposal", scanProposal, sqlDecideProposal, site, id, by, micros(t.Now), string(outcome))
	if forum.IsKind(err, forum.NotFound) {
		return p, forum.Fail(forum.Conflict, "error.conflict").Because("proposal %s does not wait", id)
	}
	return p, err
}

var sqlExpireProposals = statement(`update proposals set decided_at = $2, outcome = 'expired'
	where site_id = $1 and decided_at = 0 and expires_at <= $2`)

// ExpireProposals ends the proposals nobody decided in time.
func (t *Tx) ExpireProposals(ctx context.Context, site forum.ID) (int64, error) {
	return t.exec(ctx, "expire proposals", sqlExpireProposals, site, micros(t.Now))
}

var sqlStaffOf = statement(`select ` + accountColumns + ` from accounts
	where site_id = $1 and role not in ('guest', 'reader', 'trusted', 'archived') order by role, account_id`)

// Staff returns everybody who works for the newsroom.
func (r Reader) Staff(ctx context.Context, site forum.ID) ([]forum.Account, error) {
	return many(ctx, r, "list staff", scanAccount, sqlStaffOf, site)
}

var sqlLockAdmins = statement(`update accounts set accepted = accepted where site_id = $1 and ` + isAdmin + ` returning ` + accountColumns)

// LockAdmins returns a site's admins and keeps others from changing them until
// the transaction ends.
func (t *Tx) LockAdmins(ctx context.Context, site forum.ID) ([]forum.Account, error) {
	return many(ctx, t.Reader, "lock admins", scanAccount, sqlLockAdmins, site)
}
