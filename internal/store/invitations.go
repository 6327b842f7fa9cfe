package store

import (
	"context"
	"strings"
	"time"

	"parley/internal/forum"
)

const linkColumns = `site_id, link_id, role, sections, made_by, made_at, expires_at, used_at, proposal_id`

// Invitation is a one-time link that gives its holder a role.
type Invitation struct {
	SiteID     forum.ID
	ID         forum.ID // names it in lists; the link itself is not stored
	Role       forum.Role
	Sections   []string // slugs; none: the whole site
	MadeBy     forum.ID // zero: who runs the installation
	MadeAt     time.Time
	ExpiresAt  time.Time
	UsedAt     time.Time // zero: not used
	ProposalID forum.ID  // the proposal it waits for; zero: none
}

func scanInvitation(s scanner) (Invitation, error) {
	var v Invitation
	var sections string
	var made, expires, used int64
	err := s.Scan(&v.SiteID, &v.ID, &v.Role, &sections, &v.MadeBy, &made, &expires, &used, &v.ProposalID)
	v.Sections = strings.Fields(sections)
	v.MadeAt, v.ExpiresAt, v.UsedAt = instant(made), instant(expires), instant(used)
	return v, err
}

var sqlAddInvitation = statement(`insert into one_time_links (site_id, token_hash, link_id, role, sections, made_by, made_at, expires_at, proposal_id)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)

// AddInvitation adds a one-time link under the hash of its token.
func (t *Tx) AddInvitation(ctx context.Context, v Invitation, tokenHash string) error {
	_, err := t.exec(ctx, "add link", sqlAddInvitation, v.SiteID, tokenHash, v.ID, string(v.Role), strings.Join(v.Sections, " "), v.MadeBy,
		micros(t.Now), micros(v.ExpiresAt), v.ProposalID)
	return err
}

var sqlUseLink = statement(`update one_time_links set used_at = $3
	where site_id = $1 and token_hash = $2 and used_at = 0 and expires_at > $3 and proposal_id = 0 returning ` + linkColumns)

// UseLink uses a one-time link up and returns what it gives. A link that is
// unknown, used or expired, or that waits for a second person, is Gone.
func (t *Tx) UseLink(ctx context.Context, site forum.ID, tokenHash string) (Invitation, error) {
	v, err := one(ctx, t.Reader, "use link", scanInvitation, sqlUseLink, site, tokenHash, micros(t.Now))
	return v, linkGone(err)
}

var sqlOpenLink = statement(`select ` + linkColumns + ` from one_time_links
	where site_id = $1 and token_hash = $2 and used_at = 0 and expires_at > $3`)

// OpenLink returns what a link would give, without using it.
func (r Reader) OpenLink(ctx context.Context, site forum.ID, tokenHash string, at time.Time) (Invitation, error) {
	v, err := one(ctx, r, "read link", scanInvitation, sqlOpenLink, site, tokenHash, micros(at))
	return v, linkGone(err)
}

// linkGone turns a link that is not there into what its holder is told.
func linkGone(err error) error {
	if forum.IsKind(err, forum.NotFound) {
		return forum.Fail(forum.Gone, "error.linkUsed")
	}
	return err
}

var sqlInvitations = statement(`select ` + linkColumns + ` from one_time_links
	where site_id = $1 and used_at = 0 and expires_at > $2 and link_id <> 0 order by link_id`)

// Invitations returns the links of a site that may still be used.
func (r Reader) Invitations(ctx context.Context, site forum.ID, at time.Time) ([]Invitation, error) {
	return many(ctx, r, "list links", scanInvitation, sqlInvitations, site, micros(at))
}

var sqlDropLink = statement(`delete from one_time_links where site_id = $1 and link_id = $2 and link_id <> 0 and used_at = 0 returning ` + linkColumns)

// DropLink takes a link back that was not used; one that is gone is NotFound.
func (t *Tx) DropLink(ctx context.Context, site, id forum.ID) (Invitation, error) {
	return one(ctx, t.Reader, "drop link", scanInvitation, sqlDropLink, site, id)
}

var sqlDropLinksBy = statement(`delete from one_time_links where site_id = $1 and made_by = $2 and used_at = 0`)

// DropLinksBy takes back every link that somebody made and nobody used.
func (t *Tx) DropLinksBy(ctx context.Context, site, account forum.ID) error {
	_, err := t.exec(ctx, "drop links of account", sqlDropLinksBy, site, account)
	return err
}

var sqlOpenUp = statement(`update one_time_links set proposal_id = 0, expires_at = $3
	where site_id = $1 and proposal_id = $2 and used_at = 0`)

// OpenUp lets the link that waited for a proposal be used, until an instant. A
// link that was taken back is Conflict.
func (t *Tx) OpenUp(ctx context.Context, site, proposal forum.ID, until time.Time) error {
	n, err := t.exec(ctx, "open link", sqlOpenUp, site, proposal, micros(until))
	if err == nil && n == 0 {
		return forum.Fail(forum.Conflict, "error.conflict").Because("the invitation was taken back")
	}
	return err
}

var sqlDropLinks = statement(`delete from one_time_links where site_id = $1 and used_at = 0 and made_by = 0 and role = 'admin'`)

// DropLinks removes every link to own a site that who runs the installation made
// and nobody used, so that only the newest works.
func (t *Tx) DropLinks(ctx context.Context, site forum.ID) error {
	_, err := t.exec(ctx, "drop links", sqlDropLinks, site)
	return err
}

var sqlDropOldLinks = statement(`delete from one_time_links where site_id = $1 and expires_at < $2`)

// DropOldLinks forgets the links that expired before an instant.
func (t *Tx) DropOldLinks(ctx context.Context, site forum.ID, before time.Time) error {
	_, err := t.exec(ctx, "drop old links", sqlDropOldLinks, site, micros(before))
	return err
}

var sqlLastSeen = statement(`select account_id, max(seen_at) from sessions where site_id = $1 and account_id in (` + placeholders(2, idChunk) + `)
	group by account_id`)

// LastSeen returns when accounts were last here, to the hour. Those without a
// session are missing.
func (r Reader) LastSeen(ctx context.Context, site forum.ID, ids []forum.ID) (map[forum.ID]time.Time, error) {
	type row struct {
		id forum.ID
		at int64
	}
	out := map[forum.ID]time.Time{}
	err := chunked(ids, 0, func(args []any) error {
		all, err := many(ctx, r, "read last visits", func(s scanner) (row, error) {
			var x row
			err := s.Scan(&x.id, &x.at)
			return x, err
		}, sqlLastSeen, append([]any{site}, args...)...)
		for _, x := range all {
			out[x.id] = instant(x.at)
		}
		return err
	})
	return out, err
}
