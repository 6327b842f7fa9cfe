package store

import (
	"context"
	"math"

	"parley/internal/forum"
)

var (
	sqlBeginLog = statement(`insert into log_heads (site_id, seq, hash) values ($1, 0, '') on conflict do nothing`)
	sqlLogHead  = statement(`update log_heads set seq = seq + 1 where site_id = $1 returning seq, hash`)
	sqlMoveHead = statement(`update log_heads set hash = $2 where site_id = $1`)

	sqlAddLog = statement(`insert into log_entries (site_id, seq, at, actor_id, actor_role, action, object, reason, before, after,
		request, private, prev, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`)
	sqlAddPrivate = statement(`insert into log_private (site_id, seq, salt, value) values ($1, $2, $3, $4)`)
)

// AppendLog adds an entry to a site's log, behind the last one, and returns it
// with its number and hash. The head's row is locked: it is the last row a
// transaction should lock. e.Salt must be random when e.Value is set.
func (t *Tx) AppendLog(ctx context.Context, e forum.LogEntry) (forum.LogEntry, error) {
	if _, err := t.exec(ctx, "begin log", sqlBeginLog, e.SiteID); err != nil {
		return e, err
	}
	head, err := one(ctx, t.Reader, "lock log", scanHead, sqlLogHead, e.SiteID)
	if err != nil {
		return e, err
	}
	e.Seq, e.Prev, e.At = head.Seq, head.Hash, t.Now
	if e.Value != "" {
		e.Private = forum.Commit(e.Salt, e.Value)
	}
	e.Hash = e.Chain()
	_, err = t.exec(ctx, "append to log", sqlAddLog, e.SiteID, e.Seq, micros(e.At), e.ActorID, string(e.ActorRole), e.Action, e.Object,
		e.Reason, e.Before, e.After, e.Request, e.Private, e.Prev, e.Hash)
	if err != nil {
		return e, err
	}
	if e.Value != "" {
		if _, err := t.exec(ctx, "keep private value", sqlAddPrivate, e.SiteID, e.Seq, e.Salt, e.Value); err != nil {
			return e, err
		}
	}
	_, err = t.exec(ctx, "move log head", sqlMoveHead, e.SiteID, e.Hash)
	return e, err
}

// LogHead is where a site's log ends.
type LogHead struct {
	Seq  int64
	Hash string
}

func scanHead(s scanner) (LogHead, error) {
	var h LogHead
	err := s.Scan(&h.Seq, &h.Hash)
	return h, err
}

var sqlReadHead = statement(`select seq, hash from log_heads where site_id = $1`)

// LogHead returns where a site's log ends; zero before its first entry.
func (r Reader) LogHead(ctx context.Context, site forum.ID) (LogHead, error) {
	h, err := one(ctx, r, "read log head", scanHead, sqlReadHead, site)
	if forum.IsKind(err, forum.NotFound) {
		return LogHead{}, nil
	}
	return h, err
}

// entryColumns are those of an entry e and of what is kept apart for it, p.
const entryColumns = `e.site_id, e.seq, e.at, e.actor_id, e.actor_role, e.action, e.object, e.reason, e.before, e.after, e.request,
	e.private, e.prev, e.hash, coalesce(p.salt, ''), coalesce(p.value, '')`

func scanEntry(s scanner) (forum.LogEntry, error) {
	var e forum.LogEntry
	var at int64
	err := s.Scan(&e.SiteID, &e.Seq, &at, &e.ActorID, &e.ActorRole, &e.Action, &e.Object, &e.Reason, &e.Before, &e.After, &e.Request,
		&e.Private, &e.Prev, &e.Hash, &e.Salt, &e.Value)
	e.At = instant(at)
	return e, err
}

var sqlLogAfter = statement(`select ` + entryColumns + ` from log_entries e
	left join log_private p on p.site_id = e.site_id and p.seq = e.seq
	where e.site_id = $1 and e.seq > $2 order by e.seq limit $3`)

// LogAfter returns the entries behind a number, in their order, with what is
// kept apart for them.
func (r Reader) LogAfter(ctx context.Context, site forum.ID, after int64, limit int) ([]forum.LogEntry, error) {
	return many(ctx, r, "read log", scanEntry, sqlLogAfter, site, after, limit)
}

var sqlLogValues = statement(`select count(*) as counted from log_private where site_id = $1 and seq <= $2`)

// LogValues returns how many values are kept apart for entries up to a number.
func (r Reader) LogValues(ctx context.Context, site forum.ID, upTo int64) (int64, error) {
	return one(ctx, r, "count private values", scanOne[int64], sqlLogValues, site, upTo)
}

// LogFilter narrows a reading of the log; its zero fields do not.
type LogFilter struct {
	Actor  forum.ID
	Action string
	Object string // "comment:0v…"
}

// The three readings differ in the index that leads them: the narrowest field
// that is given.
var (
	sqlLog = statement(`select ` + entryColumns + ` from log_entries e
		left join log_private p on p.site_id = e.site_id and p.seq = e.seq
		where e.site_id = $1 and e.seq < $2 order by e.seq desc limit $3`)
	sqlLogOfAction = statement(`select ` + entryColumns + ` from log_entries e
		left join log_private p on p.site_id = e.site_id and p.seq = e.seq
		where e.site_id = $1 and e.action = $4 and e.seq < $2 order by e.seq desc limit $3`)
	sqlLogOfActor = statement(`select ` + entryColumns + ` from log_entries e
		left join log_private p on p.site_id = e.site_id and p.seq = e.seq
		where e.site_id = $1 and e.actor_id = $4 and e.seq < $2 and (cast($5 as text) = '' or e.action = $5) order by e.seq desc limit $3`)
	sqlLogOfObject = statement(`select ` + entryColumns + ` from log_entries e
		left join log_private p on p.site_id = e.site_id and p.seq = e.seq
		where e.site_id = $1 and e.object = $4 and e.seq < $2 and (cast($5 as text) = '' or e.action = $5) and (cast($6 as bigint) = 0 or e.actor_id = $6)
		order by e.seq desc limit $3`)
)

// Log returns entries before a number, the newest first; before zero means from
// the end.
func (r Reader) Log(ctx context.Context, site forum.ID, f LogFilter, before int64, limit int) ([]forum.LogEntry, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	switch {
	case f.Object != "":
		return many(ctx, r, "read log", scanEntry, sqlLogOfObject, site, before, limit, f.Object, f.Action, f.Actor)
	case f.Actor != 0:
		return many(ctx, r, "read log", scanEntry, sqlLogOfActor, site, before, limit, f.Actor, f.Action)
	case f.Action != "":
		return many(ctx, r, "read log", scanEntry, sqlLogOfAction, site, before, limit, f.Action)
	}
	return many(ctx, r, "read log", scanEntry, sqlLog, site, before, limit)
}
