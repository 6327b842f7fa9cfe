package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"parley/internal/forum"
)

// Bulk is what a seed adds of one site in one transaction. Its counters and
// scores are written as they stand, so they must say what a recount would.
type Bulk struct {
	Accounts []BulkAccount
	Comments []BulkComment
	Votes    []BulkVote
}

// BulkAccount is a new account, or one of an earlier Bulk that wrote more:
// Accepted is what it has on top of what it had.
type BulkAccount struct {
	forum.Account
	Skeleton string // of its name; empty: it has none
}

// BulkComment is a comment with all counters. It is found by its words once
// AddToLists has added it to their lists.
type BulkComment struct {
	NewComment
	ReplySeq int // places taken below it
}

// BulkVote is a vote that its comment's counters count already.
type BulkVote struct {
	Comment, Account forum.ID
	Value            forum.Vote
	At               time.Time
}

// rowsInto adds rows to a table: a few in one statement, and what is left over one
// by one. SQLite looks a parameter up among all of its statement, so that many
// rows at once cost more than they save.
type rowsInto struct {
	what    string
	columns int // beside site_id, which comes first and is the same in all rows
	rows    int
	few     string
	one     string
}

// into registers the two statements that add rows to columns of a table; more is
// what stands after the rows.
func into(table, columns string, rows int, more string) rowsInto {
	r := rowsInto{what: "add many " + table, columns: strings.Count(columns, ",") + 1, rows: rows}
	text := func(n int) string {
		values := make([]string, n)
		for i := range values {
			values[i] = "($1, " + placeholders(2+i*r.columns, r.columns) + ")"
		}
		return statement("insert into " + table + " (site_id, " + columns + ") values " + strings.Join(values, ", ") + more)
	}
	r.few, r.one = text(rows), text(1)
	return r
}

var (
	intoAccounts = into("accounts", "account_id, role, name, skeleton, author_key, created_at, accepted", 16,
		" on conflict (site_id, account_id) do update set accepted = accounts.accepted + excluded.accepted")
	intoComments = into("comments", `comment_id, story_id, parent_id, root_id, path, depth, account_id, byline_kind, byline_name,
		author_key, source, html, html_version, state, created_at, published_at, parent_name, import_id, reviewed, held_for,
		simhash, reply_seq, replies, descendants, up, down, shown_up, shown_down, score`, 4, "")
	intoBands = into("comment_bands", "band, comment_id, simhash", 40, "")
	intoHosts = into("comment_hosts", "host, comment_id", 16, " on conflict do nothing")
	intoVotes = into("votes", "comment_id, account_id, value, created_at", 30, "")
)

// AddBulk adds rows of a site. Stories are not counted; that is CountStory's work.
func (t *Tx) AddBulk(ctx context.Context, site forum.ID, b Bulk) error {
	for _, add := range []struct {
		into rowsInto
		args []any
	}{
		{intoAccounts, b.accounts()},
		{intoComments, b.comments()},
		{intoBands, b.bands()},
		{intoHosts, b.hosts()},
		{intoVotes, b.votes()},
	} {
		if err := t.addRows(ctx, add.into, site, add.args); err != nil {
			return err
		}
	}
	return nil
}

// addRows adds rows whose values stand one after the other.
func (t *Tx) addRows(ctx context.Context, into rowsInto, site forum.ID, values []any) error {
	few := into.rows * into.columns
	for _, step := range []struct {
		text  string
		width int
	}{{into.few, few}, {into.one, into.columns}} {
		args := make([]any, 1+step.width)
		args[0] = site
		for ; len(values) >= step.width; values = values[step.width:] {
			copy(args[1:], values)
			if err := t.later(ctx, into.what, nil, step.text, slices.Clone(args)...); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b Bulk) accounts() []any {
	values := make([]any, 0, len(b.Accounts)*intoAccounts.columns)
	for _, a := range b.Accounts {
		values = append(values, a.ID, string(a.Role), a.Name, a.Skeleton, a.AuthorKey, micros(a.CreatedAt), a.Accepted)
	}
	return values
}

func (b Bulk) comments() []any {
	values := make([]any, 0, len(b.Comments)*intoComments.columns)
	for _, c := range b.Comments {
		values = append(
			values, c.ID, c.StoryID, c.ParentID, c.RootID, c.Path, c.Depth, c.AccountID, string(c.Byline.Kind), c.Byline.Name,
			c.AuthorKey, c.Source, c.HTML, c.HTMLVersion, string(c.State), micros(c.CreatedAt), micros(c.PublishedAt), c.ParentName,
			c.ImportID, c.Reviewed, c.HeldFor, c.Prints.Fingerprint, c.ReplySeq, c.Replies, c.Descendants, c.Up, c.Down, c.ShownUp,
			c.ShownDown, c.Score,
		)
	}
	return values
}

// bands come in the order of their table, so that neighbours are written together.
func (b Bulk) bands() []any {
	type row struct {
		band    int64
		comment *BulkComment
	}
	var rows []row
	for i := range b.Comments {
		if b.Comments[i].Prints.Bands == [4]int64{} {
			continue
		}
		for _, band := range b.Comments[i].Prints.Bands {
			rows = append(rows, row{band, &b.Comments[i]})
		}
	}
	slices.SortStableFunc(rows, func(x, y row) int { return cmp.Compare(x.band, y.band) })
	values := make([]any, 0, len(rows)*intoBands.columns)
	for _, r := range rows {
		values = append(values, r.band, r.comment.ID, r.comment.Prints.Fingerprint)
	}
	return values
}

func (b Bulk) hosts() []any {
	var values []any
	for _, c := range b.Comments {
		for _, host := range c.Prints.Hosts {
			values = append(values, host, c.ID)
		}
	}
	return values
}

func (b Bulk) votes() []any {
	values := make([]any, 0, len(b.Votes)*intoVotes.columns)
	for _, v := range b.Votes {
		values = append(values, v.Comment, v.Account, int(v.Value), micros(v.At))
	}
	return values
}
