package store

import (
	"context"
	"strings"
	"time"

	"parley/internal/forum"
)

// Erasure is the wish of a person to be forgotten. It outlives the account, so
// that a backup brought back learns of it again.
type Erasure struct {
	SiteID    forum.ID
	AccountID forum.ID
	Comments  forum.Remains
	AskedAt   time.Time
	DoneAt    time.Time // zero: being worked on
}

func scanErasure(s scanner) (Erasure, error) {
	var e Erasure
	var asked, done int64
	err := s.Scan(&e.SiteID, &e.AccountID, &e.Comments, &asked, &done)
	e.AskedAt, e.DoneAt = instant(asked), instant(done)
	return e, err
}

var sqlAddErasure = statement(`insert into erasures (site_id, account_id, comments, asked_at) values ($1, $2, $3, $4) on conflict do nothing`)

// AddErasure writes a wish down; false says that it was written down before.
func (t *Tx) AddErasure(ctx context.Context, e Erasure) (bool, error) {
	n, err := t.exec(ctx, "add erasure", sqlAddErasure, e.SiteID, e.AccountID, string(e.Comments), micros(e.AskedAt))
	return n == 1, err
}

var sqlEndErasure = statement(`update erasures set done_at = $3 where site_id = $1 and account_id = $2`)

// EndErasure notes that nothing of an account is left.
func (t *Tx) EndErasure(ctx context.Context, site, account forum.ID) error {
	_, err := t.exec(ctx, "end erasure", sqlEndErasure, site, account, micros(t.Now))
	return err
}

var sqlErasures = statement(`select site_id, account_id, comments, asked_at, done_at from erasures where site_id = $1 order by account_id`)

// Erasures returns all wishes of a site.
func (r Reader) Erasures(ctx context.Context, site forum.ID) ([]Erasure, error) {
	return many(ctx, r, "list erasures", scanErasure, sqlErasures, site)
}

var sqlSelves = statement(`select ` + accountColumns + ` from accounts where site_id = $1 and (account_id = $2 or merged_into = $2) order by account_id`)

// Selves returns an account and the guests that became it.
func (r Reader) Selves(ctx context.Context, site, account forum.ID) ([]forum.Account, error) {
	return many(ctx, r, "read account and its guests", scanAccount, sqlSelves, site, account)
}

var sqlSubjects = statement(`select subject from credentials where site_id = $1 and account_id = $2 and kind in ('email', 'oidc', 'sso')
	union select label from credentials where site_id = $1 and account_id = $2 and kind in ('email', 'oidc', 'sso') and label <> ''`)

// Subjects returns what names an account to those who sign it in: its addresses
// and its ids at other sites.
func (r Reader) Subjects(ctx context.Context, site, account forum.ID) ([]string, error) {
	return many(ctx, r, "read subjects", scanOne[string], sqlSubjects, site, account)
}

var sqlForgetAccount = statement(`update accounts set name = '', skeleton = '', author_key = $3, mail = '{}', role = 'archived', sections = '',
	profile_public = false, rules_seen_at = 0, break_at = 0, erased_at = $4 where site_id = $1 and account_id = $2`)

// forgotten are the rows that an account leaves behind and nobody else needs, and
// what others keep without its words.
var forgotten = []string{
	statement(`delete from sessions where site_id = $1 and account_id = $2`),
	statement(`delete from credentials where site_id = $1 and account_id = $2`),
	statement(`delete from sign_in_attempts where site_id = $1 and account_id = $2`),
	statement(`delete from pseudonyms where site_id = $1 and account_id = $2`),
	statement(`delete from account_mutes where site_id = $1 and account_id = $2`),
	statement(`delete from account_networks where site_id = $1 and account_id = $2`),
	statement(`delete from author_notes where site_id = $1 and account_id = $2`),
	statement(`delete from notifications where site_id = $1 and account_id = $2`),
	statement(`delete from claims where site_id = $1 and account_id = $2`),
	statement(`delete from one_time_links where site_id = $1 and made_by = $2 and used_at = 0`),
	statement(`update reports set words = '', network = '' where site_id = $1 and account_id = $2`),
	statement(`update appeals set words = '', answer = '' where site_id = $1 and account_id = $2`),
	statement(`update decisions set note = '' where site_id = $1 and account_id = $2`),
	statement(`update proposals set words = '' where site_id = $1 and made_by = $2`),
	statement(`delete from log_private where site_id = $1 and seq in (select seq from log_entries where site_id = $1 and actor_id = $2)`),
}

// forgottenNamed are those that name it in another way: as a proposal's or a log
// entry's object.
var forgottenNamed = []string{
	statement(`update proposals set words = '', payload = '{}' where site_id = $1 and subject = $2`),
	statement(`delete from log_private where site_id = $1 and seq in (select seq from log_entries where site_id = $1 and object = $2)`),
}

// forgottenAddress are those that know a person by an address.
var forgottenAddress = []string{
	statement(`delete from sign_in_attempts where site_id = $1 and target = $2`),
	statement(`delete from mails_sent where site_id = $1 and address = $2`),
	statement(`update notices set name = '', email = '', explanation = '', network = '' where site_id = $1 and email = $2`),
}

// ForgetAccount removes who an account was: its name, its credentials, its
// sessions, what it told the desk and what the desk noted about it. Its comments
// are ForgetComment's work, its votes and reports ForgetVotes'. named is the
// account as the log names it; key a fresh author key.
func (t *Tx) ForgetAccount(ctx context.Context, site, account forum.ID, named, key string, addresses []string) error {
	if err := t.moveStaff(ctx, site, account, forum.RoleArchived); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "forget account", sqlForgetAccount, site, account, key, micros(t.Now)); err != nil {
		return err
	}
	for _, query := range forgotten {
		if _, err := t.exec(ctx, "forget account", query, site, account); err != nil {
			return err
		}
	}
	for _, query := range forgottenNamed {
		if _, err := t.exec(ctx, "forget account", query, site, named); err != nil {
			return err
		}
	}
	for _, address := range addresses {
		for _, query := range forgottenAddress {
			if _, err := t.exec(ctx, "forget address", query, site, address); err != nil {
				return err
			}
		}
	}
	return nil
}

var (
	sqlGiveVotes   = statement(`update votes set account_id = $3 where site_id = $1 and account_id = $2`)
	sqlGiveReports = statement(`update reports set account_id = $3 where site_id = $1 and account_id = $2`)
)

// ForgetVotes gives the votes and reports of a locked account to a nobody, so
// that the sums stay and nothing says whose they were.
func (t *Tx) ForgetVotes(ctx context.Context, a forum.Account, nobody forum.ID) error {
	if _, err := t.exec(ctx, "give votes away", sqlGiveVotes, a.SiteID, a.ID, nobody); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "give reports away", sqlGiveReports, a.SiteID, a.ID, nobody); err != nil {
		return err
	}
	for account, sign := range map[forum.ID]int{a.ID: -1, nobody: 1} {
		if _, err := t.exec(ctx, "count outcomes", sqlCountOutcome, a.SiteID, account, sign*a.ReportsUpheld, sign*a.ReportsDismissed); err != nil {
			return err
		}
	}
	return nil
}

var (
	sqlNameless = statement(`update comments set byline_kind = 'none', byline_name = '', author_key = $3, parent_name = ''
		where site_id = $1 and comment_id = $2`)
	sqlTextless = statement(`update comments set source = '', html = '', simhash = 0, lang = '' where site_id = $1 and comment_id = $2`)
)

// nameless are the rows in which a comment's older text or author stand, whether
// or not its text stays.
var nameless = []string{
	sqlDropEditions,
	statement(`update reports set words = '' where site_id = $1 and comment_id = $2`),
	statement(`delete from claims where site_id = $1 and comment_id = $2`),
}

// textless are the rows in which a comment's text stands besides its own.
var textless = []string{
	statement(`delete from comment_hosts where site_id = $1 and comment_id = $2`),
	statement(`delete from comment_bands where site_id = $1 and comment_id = $2`),
	statement(`update verdicts set why = '{}' where site_id = $1 and comment_id = $2`),
}

var sqlForgetObject = forgottenNamed[1]

// ForgetComment takes the name off a comment and, unless its text is to stay, the
// text out of everything that holds it. Its state and the counters above it are
// the desk's work, and so is that its words leave the search (ChangeLists). named is the comment as the log names it, key a fresh author
// key.
func (t *Tx) ForgetComment(ctx context.Context, site, id forum.ID, named, key string, keepText bool) error {
	queries := nameless
	if !keepText {
		queries = append(append([]string{sqlTextless}, nameless...), textless...)
	}
	if _, err := t.exec(ctx, "forget author", sqlNameless, site, id, key); err != nil {
		return err
	}
	for _, query := range queries {
		if _, err := t.exec(ctx, "forget comment", query, site, id); err != nil {
			return err
		}
	}
	_, err := t.exec(ctx, "forget log values", sqlForgetObject, site, named)
	return err
}

var sqlNextOfAuthor = statement(`select ` + commentColumns + ` from comments
	where site_id = $1 and account_id = $2 and comment_id > $3 order by comment_id limit $4`)

// CommentsOfAuthor returns an account's comments in any state, the oldest first.
func (r Reader) CommentsOfAuthor(ctx context.Context, site, account, after forum.ID, limit int) ([]forum.Comment, error) {
	return many(ctx, r, "read comments of author", scanComment, sqlNextOfAuthor, site, account, after, limit)
}

var sqlCountOfAuthor = statement(`select count(*) from comments where site_id = $1 and account_id = $2`)

// CountOfAuthor returns how many comments an account has in any state.
func (r Reader) CountOfAuthor(ctx context.Context, site, account forum.ID) (int, error) {
	return one(ctx, r, "count comments of author", scanOne[int], sqlCountOfAuthor, site, account)
}

// Leftover is a text that was prepared for somebody and may speak of a person: a
// job's payload, what was sent to an endpoint, the examples of a rehearsal.
type Leftover struct {
	ID   forum.ID
	Text string
}

// leftovers are where such texts stand: how they are read and how they are
// blanked.
var leftovers = map[string]struct{ read, blank string }{
	"jobs": {
		statement(`select job_id, payload || ' ' || error from jobs where site_id = $1 and job_id > $2 and kind not in ('erase', 'bulk', 'undo') order by job_id limit $3`),
		statement(`update jobs set payload = '{}', error = '', state = case when state in ('waiting', 'paused') then 'cancelled' else state end,
			ended_at = case when state in ('waiting', 'paused') then $3 else ended_at end where site_id = $1 and job_id = $2`),
	},
	"deliveries": {
		statement(`select delivery_id, body || ' ' || answer from deliveries where site_id = $1 and delivery_id > $2 order by delivery_id limit $3`),
		statement(`update deliveries set body = '{}', answer = '', done_at = case when done_at = 0 then cast($3 as bigint) else done_at end
			where site_id = $1 and delivery_id = $2`),
	},
	"rehearsals": {
		statement(`select rehearsal_id, result from rehearsals where site_id = $1 and rehearsal_id > $2 order by rehearsal_id limit $3`),
		statement(`update rehearsals set result = '{}', created_at = case when created_at > $3 then created_at else created_at end where site_id = $1 and rehearsal_id = $2`),
	},
}

// Leftovers returns the texts of one sort, the oldest first.
func (r Reader) Leftovers(ctx context.Context, site forum.ID, sort string, after forum.ID, limit int) ([]Leftover, error) {
	return many(ctx, r, "read "+sort, func(s scanner) (Leftover, error) {
		var x Leftover
		err := s.Scan(&x.ID, &x.Text)
		return x, err
	}, leftovers[sort].read, site, after, limit)
}

// LeftoverSorts are the sorts of texts that Leftovers reads.
func LeftoverSorts() []string { return []string{"deliveries", "jobs", "rehearsals"} }

// BlankLeftover empties a text of one sort. A job that waited to deliver it is
// cancelled.
func (t *Tx) BlankLeftover(ctx context.Context, site forum.ID, sort string, id forum.ID) error {
	_, err := t.exec(ctx, "blank "+sort, leftovers[sort].blank, site, id, micros(t.Now))
	return err
}

// Scrub makes what was removed leave the database's files as far as the engine
// lets us: it reports whether it could do all of it now.
func (s *Store) Scrub(ctx context.Context) (bool, error) {
	query := strings.TrimSpace(s.dialect.scrub())
	if query == "" {
		return true, nil
	}
	var busy, log, moved int
	if err := s.write.QueryRowContext(ctx, query).Scan(&busy, &log, &moved); err != nil {
		return false, s.dialect.wrap("scrub", err)
	}
	return busy == 0, nil
}
