package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/store"
)

// act is one act for the log.
type act struct {
	Action string // "comment.reject", "rule.on", …
	Object string // about("comment", id)
	Reason string
	Before string
	After  string
	Value  string // what names a person; kept apart, so that it can be erased
}

// about names a thing in the log.
func about(kind string, id forum.ID) string { return kind + ":" + id.String() }

// log records an act of an actor in the site's log. It is the last thing a
// transaction does, because it locks the end of the log. The zero actor is the
// program itself or a rule.
func (d *Desk) log(ctx context.Context, tx *store.Tx, site forum.ID, actor forum.Actor, a act) error {
	e := forum.LogEntry{
		SiteID: site, ActorID: actor.Account.ID, ActorRole: actor.Account.Role, Action: a.Action, Object: a.Object, Reason: a.Reason,
		Before: a.Before, After: a.After, Request: actor.Request, Value: a.Value,
	}
	if a.Value != "" {
		e.Salt = secret()
	}
	_, err := tx.AppendLog(ctx, e)
	return err
}
