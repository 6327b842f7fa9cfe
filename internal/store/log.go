package store

import (
	"context"

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
