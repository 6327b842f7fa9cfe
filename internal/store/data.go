package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

// dataKind is what a column of a person's data holds.
type dataKind int

const (
	dataText dataKind = iota
	dataNumber
	dataTime
	dataID
	dataBool
)

// dataColumn is one column of a person's data.
type dataColumn struct {
	name string
	kind dataKind
}

// dataPart is one table of a person's data: a statement with the parameters
// site, account, the last key seen and a limit, whose first column is that key.
type dataPart struct {
	name    string
	query   string
	columns []dataColumn
}

func text(name string) dataColumn   { return dataColumn{name, dataText} }
func number(name string) dataColumn { return dataColumn{name, dataNumber} }
func at(name string) dataColumn     { return dataColumn{name, dataTime} }
func id(name string) dataColumn     { return dataColumn{name, dataID} }
func flag(name string) dataColumn   { return dataColumn{name, dataBool} }

// dataParts are all tables of a person's data, in the order told. Of others they
// hold nothing but the public byline of what a comment answered.
var dataParts = []dataPart{
	{"profile", statement(`select account_id, role, name, sections, created_at, accepted, rejected, reports_upheld, reports_dismissed, profile_public,
			rules_seen_at, mail from accounts where site_id = $1 and account_id = $2 and account_id > $3 order by account_id limit $4`), []dataColumn{
		id("account"), text("role"), text("name"), text("sections"), at("since"), number("accepted"), number("rejected"), number("reportsUpheld"),
		number("reportsDismissed"), flag("profilePublic"), at("rulesSeen"), text("mail"),
	}},
	{"credentials", statement(`select credential_id, kind, issuer, label, created_at, used_at from credentials
			where site_id = $1 and account_id = $2 and credential_id > $3 order by credential_id limit $4`), []dataColumn{
		id("id"), text("kind"), text("issuer"), text("label"), at("at"), at("used"),
	}},
	{"sessions", statement(`select session_id, kind, device, created_at, seen_at, expires_at from sessions
			where site_id = $1 and account_id = $2 and session_id > $3 order by session_id limit $4`), []dataColumn{
		id("id"), text("kind"), text("device"), at("at"), at("seen"), at("expires"),
	}},
	{"comments", statement(`select c.comment_id, c.story_id, s.headline, coalesce(case when p.state = 'published' then p.byline_name end, ''), c.byline_kind,
			c.byline_name, c.source, c.state, c.created_at, c.edited_at, c.up, c.down
			from comments c join stories s on s.site_id = c.site_id and s.story_id = c.story_id
			left join comments p on p.site_id = c.site_id and p.comment_id = c.parent_id
			where c.site_id = $1 and c.account_id = $2 and c.comment_id > $3 order by c.comment_id limit $4`), []dataColumn{
		id("id"), id("story"), text("headline"), text("answers"), text("byline"), text("name"), text("text"), text("state"), at("at"), at("edited"),
		number("up"), number("down"),
	}},
	{"pseudonyms", statement(`select story_id, name from pseudonyms
			where site_id = $1 and account_id = $2 and story_id > $3 order by story_id limit $4`), []dataColumn{id("story"), text("name")}},
	{"votes", statement(`select comment_id, value, created_at from votes
			where site_id = $1 and account_id = $2 and comment_id > $3 order by comment_id limit $4`), []dataColumn{id("comment"), number("value"), at("at")}},
	{"reports", statement(`select report_id, comment_id, reason, words, outcome, created_at, resolved_at from reports
			where site_id = $1 and account_id = $2 and report_id > $3 order by report_id limit $4`), []dataColumn{
		id("id"), id("comment"), text("reason"), text("words"), text("outcome"), at("at"), at("ended"),
	}},
	{"notices", statement(`select n.notice_id, n.receipt, n.url, n.kind, n.explanation, n.law, n.name, n.email, n.outcome, n.answer, n.created_at
			from notices n where n.site_id = $1 and n.email in (select subject from credentials where site_id = $1 and account_id = $2 and kind = 'email')
			and n.notice_id > $3 order by n.notice_id limit $4`), []dataColumn{
		id("id"), text("receipt"), text("url"), text("kind"), text("text"), text("law"), text("name"), text("email"), text("outcome"), text("answer"), at("at"),
	}},
	{"decisions", statement(`select decision_id, comment_id, verb, reason, note, automated, until_at, created_at from decisions
			where site_id = $1 and account_id = $2 and account_id <> 0 and decision_id > $3 order by decision_id limit $4`), []dataColumn{
		id("id"), id("comment"), text("verb"), text("reason"), text("note"), flag("automated"), at("until"), at("at"),
	}},
	{"sanctions", statement(`select decision_id, kind, until_at, created_at, acknowledged_at, ended_at from sanctions
			where site_id = $1 and account_id = $2 and decision_id > $3 order by decision_id limit $4`), []dataColumn{
		id("id"), text("kind"), at("until"), at("at"), at("seen"), at("ended"),
	}},
	{"appeals", statement(`select appeal_id, decision_id, words, outcome, answer, created_at, decided_at from appeals
			where site_id = $1 and account_id = $2 and appeal_id > $3 order by appeal_id limit $4`), []dataColumn{
		id("id"), id("decision"), text("words"), text("outcome"), text("answer"), at("at"), at("ended"),
	}},
	{"notifications", statement(`select notification_id, kind, comment_id, other_id, created_at, seen_at from notifications
			where site_id = $1 and account_id = $2 and notification_id > $3 order by notification_id limit $4`), []dataColumn{
		id("id"), text("kind"), id("comment"), id("other"), at("at"), at("seen"),
	}},
	{"mutes", statement(`select created_at, author_key from account_mutes
			where site_id = $1 and account_id = $2 and $3 = 0 order by created_at, author_key limit $4`), []dataColumn{at("at"), text("author")}},
}

// DataParts names the tables of a person's data in the order told.
func DataParts() []string {
	var names []string
	for _, p := range dataParts {
		names = append(names, p.name)
	}
	return names
}

// DataField is one value of a person's data: a text, an int64, a bool, a
// time.Time or a forum.ID.
type DataField struct {
	Name  string
	Value any
}

// DataRow is one row of a person's data.
type DataRow struct {
	Key    int64 // where the next page goes on
	Fields []DataField
}

// Data returns rows of one table of a person's data, behind a key.
func (r Reader) Data(ctx context.Context, site, account forum.ID, part string, after int64, limit int) ([]DataRow, error) {
	for _, p := range dataParts {
		if p.name == part {
			return many(ctx, r, "read data: "+part, p.scan, p.query, site, account, after, limit)
		}
	}
	return nil, forum.Fail(forum.NotFound, "error.notFound").Because("no data %q", part)
}

// scan reads a row of a table.
func (p dataPart) scan(s scanner) (DataRow, error) {
	targets := make([]any, len(p.columns))
	for i, c := range p.columns {
		switch c.kind {
		case dataText:
			targets[i] = new(string)
		case dataBool:
			targets[i] = new(bool)
		default:
			targets[i] = new(int64)
		}
	}
	if err := s.Scan(targets...); err != nil {
		return DataRow{}, err
	}
	row := DataRow{}
	if key, ok := targets[0].(*int64); ok {
		row.Key = *key
	}
	for i, c := range p.columns {
		row.Fields = append(row.Fields, DataField{c.name, c.value(targets[i])})
	}
	return row, nil
}

// value is what a column's number or text stands for.
func (c dataColumn) value(target any) any {
	switch v := target.(type) {
	case *string:
		return *v
	case *bool:
		return *v
	case *int64:
		switch c.kind {
		case dataTime:
			return instant(*v)
		case dataID:
			return forum.ID(*v)
		}
		return *v
	}
	return time.Time{}
}
