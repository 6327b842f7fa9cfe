package store

import (
	"context"
	"strings"
	"time"

	"parley/internal/forum"
)

const accountColumns = `site_id, account_id, role, sections, name, author_key, created_at, accepted, rejected, reports_upheld,
	reports_dismissed, profile_public, rules_seen_at, merged_into, erased_at`

func scanAccount(s scanner) (forum.Account, error) {
	var a forum.Account
	var sections string
	var public bool
	var created, rules, erased int64
	err := s.Scan(&a.SiteID, &a.ID, &a.Role, &sections, &a.Name, &a.AuthorKey, &created, &a.Accepted, &a.Rejected, &a.ReportsUpheld,
		&a.ReportsDismissed, &public, &rules, &a.MergedInto, &erased)
	a.Sections, a.ProfileOff = strings.Fields(sections), !public
	a.CreatedAt, a.RulesSeenAt, a.ErasedAt = instant(created), instant(rules), instant(erased)
	return a, err
}

var sqlAccount = statement(`select ` + accountColumns + ` from accounts where site_id = $1 and account_id = $2`)

// Account returns an account.
func (r Reader) Account(ctx context.Context, site, id forum.ID) (forum.Account, error) {
	return one(ctx, r, "read account", scanAccount, sqlAccount, site, id)
}

var sqlLockAccount = statement(`update accounts set accepted = accepted where site_id = $1 and account_id = $2
	returning ` + accountColumns)

// LockAccount returns an account and keeps others from changing it until the
// transaction ends. In a transaction that changes a discussion, the story comes
// first.
func (t *Tx) LockAccount(ctx context.Context, site, id forum.ID) (forum.Account, error) {
	return one(ctx, t.Reader, "lock account", scanAccount, sqlLockAccount, site, id)
}

var sqlTouchAccount = statement(`update accounts set accepted = accepted + $3 where site_id = $1 and account_id = $2
	returning ` + accountColumns)

// TouchAccount is LockAccount that also adds to the number of accepted comments,
// which it returns as it then is.
func (t *Tx) TouchAccount(ctx context.Context, site, id forum.ID, accepted int) (forum.Account, error) {
	return one(ctx, t.Reader, "touch account", scanAccount, sqlTouchAccount, site, id, accepted)
}

var sqlAccountsByID = statement(`select ` + accountColumns + ` from accounts
	where site_id = $1 and account_id in (` + placeholders(2, idChunk) + `)`)

// AccountsByID returns accounts by id. What does not exist is missing.
func (r Reader) AccountsByID(ctx context.Context, site forum.ID, ids []forum.ID) (map[forum.ID]forum.Account, error) {
	found := make(map[forum.ID]forum.Account, len(ids))
	err := chunked(ids, 0, func(args []any) error {
		all, err := many(ctx, r, "read accounts", scanAccount, sqlAccountsByID, append([]any{site}, args...)...)
		for _, a := range all {
			found[a.ID] = a
		}
		return err
	})
	return found, err
}

var sqlSigners = listStatement(func(n int) string {
	return `select account_id, role, author_key, accepted, profile_public from accounts
		where site_id = $1 and account_id in (` + placeholders(2, n) + `)`
}, 8, 16, 32, idChunk)

// Signers returns what pages show of accounts whose names stand under comments: their
// roles, author keys, comments accepted and whether they have a profile; nothing
// else is in them. What does not exist is missing.
func (r Reader) Signers(ctx context.Context, site forum.ID, ids []forum.ID) (map[forum.ID]forum.Account, error) {
	found := make(map[forum.ID]forum.Account, len(ids))
	scan := func(s scanner) (forum.Account, error) {
		var x struct {
			id, accepted int64
			role, key    string
			public       bool
		}
		err := s.Scan(&x.id, &x.role, &x.key, &x.accepted, &x.public)
		return forum.Account{
			SiteID: site, ID: forum.ID(x.id), Role: forum.Role(x.role), AuthorKey: x.key, Accepted: int(x.accepted), ProfileOff: !x.public,
		}, err
	}
	err := sqlSigners.each(ids, 0, func(query string, args []any) error {
		all, err := many(ctx, r, "read signers", scan, query, append([]any{site}, args...)...)
		for _, a := range all {
			found[a.ID] = a
		}
		return err
	})
	return found, err
}

var sqlAccountBySkeleton = statement(`select ` + accountColumns + ` from accounts
	where site_id = $1 and skeleton = $2 and skeleton <> ''`)

// AccountBySkeleton returns the account whose name looks like a skeleton.
func (r Reader) AccountBySkeleton(ctx context.Context, site forum.ID, skeleton string) (forum.Account, error) {
	return one(ctx, r, "find name", scanAccount, sqlAccountBySkeleton, site, skeleton)
}

var sqlAddAccount = statement(`insert into accounts (site_id, account_id, role, name, skeleton, author_key, created_at, accepted)
	values ($1, $2, $3, $4, $5, $6, $7, $8)`)

// AddAccount adds an account with its number of accepted comments. A skeleton that another account has is Conflict
// at the field "name"; an empty one reserves nothing.
func (t *Tx) AddAccount(ctx context.Context, a forum.Account, skeleton string) error {
	return t.later(ctx, "add account", t.nameTaken, sqlAddAccount, a.SiteID, a.ID, string(a.Role), a.Name, skeleton, a.AuthorKey, micros(t.Now), a.Accepted)
}

// nameTaken turns a violated unique name into what the reader is told.
func (t *Tx) nameTaken(err error) error {
	if t.dialect.unique(err) {
		return forum.Fail(forum.Conflict, "error.nameTaken").At("name").Because("%w", err)
	}
	return err
}

var sqlSetName = statement(`update accounts set name = $3, skeleton = $4 where site_id = $1 and account_id = $2 and name = ''`)

// SetName gives a nameless account its name. A name that is taken, or an account
// that has one, is Conflict.
func (t *Tx) SetName(ctx context.Context, site, account forum.ID, name, skeleton string) error {
	n, err := t.exec(ctx, "set name", sqlSetName, site, account, name, skeleton)
	if err == nil && n == 0 {
		return forum.Fail(forum.Conflict, "error.conflict").Because("account %s has a name", account)
	}
	return t.nameTaken(err)
}

var sqlSetRole = statement(`update accounts set role = $3, sections = $4 where site_id = $1 and account_id = $2`)

// SetRole gives an account another role, for some sections or, with none, for the
// whole site.
func (t *Tx) SetRole(ctx context.Context, site, account forum.ID, role forum.Role, sections ...string) error {
	if err := t.moveStaff(ctx, site, account, role); err != nil {
		return err
	}
	n, err := t.exec(ctx, "set role", sqlSetRole, site, account, string(role), strings.Join(sections, " "))
	if err == nil && n == 0 {
		return forum.Fail(forum.NotFound, "error.notFound")
	}
	return err
}

// Standing is whether an account is a reader with enough accepted comments.
type Standing struct {
	AccountID forum.ID
	Earned    bool
}

func scanStanding(row scanner) (x Standing, err error) {
	return x, row.Scan(&x.AccountID, &x.Earned)
}

var sqlStandings = statement(`select account_id, role = 'reader' and accepted >= $3 from accounts
	where site_id = $1 and account_id > $2 order by account_id limit $4`)

// Standings returns how the next accounts behind one stand, by id.
func (r Reader) Standings(ctx context.Context, site, after forum.ID, accepted, limit int) ([]Standing, error) {
	return many(ctx, r, "read standings", scanStanding, sqlStandings, site, after, accepted, limit)
}

var sqlTrustReader = statement(`update accounts set role = 'trusted' where site_id = $1 and account_id = $2 and role = 'reader' and accepted >= $3 and (
	select count(*) from comments c where c.site_id = $1 and c.account_id = $2 and c.created_at > $4 and c.state = 'rejected') * 20 <= (
	select count(*) from comments c where c.site_id = $1 and c.account_id = $2 and c.created_at > $4 and c.state in ('rejected', 'published'))
	- 1 + case when exists (select 1 from comments c where c.site_id = $1 and c.account_id = $2 and c.created_at > $4
		and c.state = 'rejected') then 0 else 1 end`)

// TrustReader makes a reader trusted who has enough accepted comments and of whose
// comments since an instant fewer than one in twenty were rejected.
func (t *Tx) TrustReader(ctx context.Context, site, account forum.ID, accepted int, since time.Time) error {
	_, err := t.exec(ctx, "trust a reader", sqlTrustReader, site, account, accepted, micros(since))
	return err
}

var sqlCountStanding = statement(`update accounts set accepted = accepted + $3, rejected = rejected + $4
	where site_id = $1 and account_id = $2`)

// CountStanding adds to the numbers of an account's accepted and rejected
// comments.
func (t *Tx) CountStanding(ctx context.Context, site, account forum.ID, accepted, rejected int) error {
	return t.later(ctx, "count standing", nil, sqlCountStanding, site, account, accepted, rejected)
}

var sqlPseudonym = statement(`select name, author_key from pseudonyms where site_id = $1 and story_id = $2 and account_id = $3`)

// Pseudonym is the name an account writes under in one story.
type Pseudonym struct{ Name, AuthorKey string }

// Pseudonym returns the name an account writes under in one story.
func (r Reader) Pseudonym(ctx context.Context, site, story, account forum.ID) (Pseudonym, error) {
	return one(ctx, r, "read pseudonym", func(s scanner) (Pseudonym, error) {
		var p Pseudonym
		err := s.Scan(&p.Name, &p.AuthorKey)
		return p, err
	}, sqlPseudonym, site, story, account)
}

var sqlPseudonymOwner = statement(`select account_id from pseudonyms where site_id = $1 and story_id = $2 and skeleton = $3`)

// PseudonymOwner returns the account that writes in a story under a pseudonym of
// a skeleton; zero if none does.
func (r Reader) PseudonymOwner(ctx context.Context, site, story forum.ID, skeleton string) (forum.ID, error) {
	id, err := one(ctx, r, "find pseudonym", scanOne[forum.ID], sqlPseudonymOwner, site, story, skeleton)
	if forum.IsKind(err, forum.NotFound) {
		return 0, nil
	}
	return id, err
}

var sqlAddPseudonym = statement(`insert into pseudonyms (site_id, story_id, account_id, name, skeleton, author_key)
	values ($1, $2, $3, $4, $5, $6)`)

// AddPseudonym gives an account its name for one story. A name that is taken
// there is Conflict.
func (t *Tx) AddPseudonym(ctx context.Context, site, story, account forum.ID, p Pseudonym, skeleton string) error {
	_, err := t.exec(ctx, "add pseudonym", sqlAddPseudonym, site, story, account, p.Name, skeleton, p.AuthorKey)
	return t.nameTaken(err)
}

// The second condition says what the first implies in the words of an index: SQLite
// does not see it.
const isAdmin = `role = 'admin' and role not in ('guest', 'reader', 'trusted', 'archived')`

var sqlHasStaff = statement(`select exists (select 1 from accounts where site_id = $1 and ` + isAdmin + `)`)

// HasOwner reports whether somebody owns a site.
func (r Reader) HasOwner(ctx context.Context, site forum.ID) (bool, error) {
	return one(ctx, r, "find owner", scanOne[bool], sqlHasStaff, site)
}
