package desk

import (
	"context"
	"strings"
	"unicode/utf8"

	"parley/internal/forum"
	"parley/internal/store"
)

// AddKey makes an API key for the newsroom's own systems and returns its text,
// which is not stored.
func (d *Desk) AddKey(ctx context.Context, site forum.Site, label string) (string, error) {
	key := "pk_" + secret()
	return key, d.write(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.AddKey(ctx, site.ID, digest(key), label) })
}

// CheckKey returns Unauthorised for what is not an API key of the site.
func (d *Desk) CheckKey(ctx context.Context, site forum.Site, key string) error {
	_, err := d.store.Key(ctx, site.ID, digest(key))
	if forum.IsKind(err, forum.NotFound) {
		return forum.Fail(forum.Unauthorised, "error.signInNeeded")
	}
	return err
}

// maxLabel is how long the label of an API key may be.
const maxLabel = 80

// MakeKey makes an API key for an actor, who names what it is for.
func (d *Desk) MakeKey(ctx context.Context, site forum.Site, actor forum.Actor, label string) (string, error) {
	if !forum.May(actor, forum.ActManage) {
		return "", forum.Fail(forum.Forbidden, "error.forbidden")
	}
	label = strings.TrimSpace(label)
	if label == "" || !goodText(label) || utf8.RuneCountInString(label) > maxLabel {
		return "", forum.Fail(forum.Invalid, "error.keyLabel").At("label")
	}
	key := "pk_" + secret()
	return key, d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddKey(ctx, site.ID, digest(key), label); err != nil {
			return err
		}
		return d.log(ctx, tx, site.ID, actor, act{Action: "key.add", Object: keyName(digest(key)), Value: label})
	})
}

// keyName names an API key in the log.
func keyName(hash string) string { return "key:" + hash[:min(len(hash), 12)] }

// Keys returns the API keys of a site.
func (d *Desk) Keys(ctx context.Context, site forum.Site, actor forum.Actor) ([]store.APIKey, error) {
	if !forum.May(actor, forum.ActManage) {
		return nil, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	return d.store.Keys(ctx, site.ID)
}

// DropKey ends an API key, which store.APIKey.Hash names. It stops working with
// the next request.
func (d *Desk) DropKey(ctx context.Context, site forum.Site, actor forum.Actor, hash string) error {
	if !forum.May(actor, forum.ActManage) {
		return forum.Fail(forum.Forbidden, "error.forbidden")
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		label, err := tx.DropKey(ctx, site.ID, hash)
		if err != nil {
			return err
		}
		return d.log(ctx, tx, site.ID, actor, act{Action: "key.remove", Object: keyName(hash), Value: label})
	})
}
