package desk

import (
	"context"
	"errors"
	"strconv"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// formKeyWindow is how long the same words in the same place are the same
// request, for a form that has no key of its own.
const formKeyWindow = 10 * time.Minute

// draftKeys are the idempotency keys of a draft: the one it claims and, for a
// derived one, those under which the same request may have come before: in the
// window before, or from the same network before the author had an account.
type draftKeys struct {
	claim  string
	before []string
}

// keyTries is how often a draft is tried again whose key others take meanwhile.
const keyTries = 3

// once runs the transaction of a draft. If that is refused and a request with its key
// came before, it runs again and knows: then it finds what that one made.
func (d *Desk) once(ctx context.Context, site forum.Site, actor forum.Actor, draft Draft, write func(again bool) error) error {
	err := write(false)
	if err == nil {
		return nil
	}
	came, looked := d.cameBefore(ctx, site, actor, draft, err)
	if looked != nil {
		return errors.Join(err, looked)
	}
	if !came {
		return err
	}
	for range keyTries {
		if err = write(true); !errors.Is(err, store.ErrClaimed) {
			break
		}
	}
	return err
}

// cameBefore reports whether a request with a refused draft's key was served: the key
// was claimed, or it names a comment, which may be just what is in the draft's way.
func (d *Desk) cameBefore(ctx context.Context, site forum.Site, actor forum.Actor, draft Draft, refusal error) (bool, error) {
	var e *forum.Error
	if errors.Is(refusal, store.ErrClaimed) {
		return true, nil
	}
	if !errors.As(refusal, &e) || e.Kind == forum.Unavailable {
		return false, nil
	}
	keys, _ := draftKey(actor, draft, d.Now())
	for _, key := range append(keys.before, keys.claim) {
		if id, err := d.store.KeyResult(ctx, site.ID, key); err != nil || id != 0 {
			return id != 0, err
		}
	}
	return false, nil
}

// draftKey returns the idempotency keys of a draft and the digest of its request.
// A form without script has no key of its own, because its page is the same for
// every reader: sending the same words to the same place again, from the same
// account or network and within minutes, is then the same request.
func draftKey(actor forum.Actor, draft Draft, now time.Time) (keys draftKeys, request string) {
	request = digest(draft.Story.String(), draft.Ref.ExternalID, draft.Ref.URL, draft.Parent.String(),
		string(draft.Byline), draft.Name, draft.Text)
	if draft.Key != "" {
		return draftKeys{claim: "client:" + digest(draft.Key)}, request
	}
	window := now.UnixNano() / int64(formKeyWindow)
	in := func(who string, w int64) string {
		return "form:" + digest(who, request, strconv.FormatInt(w, 10))
	}
	if !actor.Known() {
		return draftKeys{claim: in(actor.Network, window), before: []string{in(actor.Network, window-1)}}, request
	}
	account := actor.Account.ID.String()
	return draftKeys{
		claim:  in(account, window),
		before: []string{in(account, window-1), in(actor.Network, window), in(actor.Network, window-1)},
	}, request
}

// earlier returns the comment that an earlier request with a draft's keys made; zero
// if there is none. What somebody else on the same network wrote is not the actor's,
// and who writes the words of a withdrawn comment again means them anew: left is such
// a comment, which the key still names. Unless it is known that there was a request,
// the key itself is not looked for: [keep] finds that it is claimed.
func earlier(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, keys draftKeys, request string, again bool) (made, left forum.ID, err error) {
	for _, key := range keys.before {
		id, err := tx.KeyResult(ctx, site.ID, key)
		if err != nil {
			return 0, 0, err
		}
		if id == 0 {
			continue
		}
		c, err := tx.Comment(ctx, site.ID, id)
		if err != nil {
			return 0, 0, err
		}
		if c.State != forum.Withdrawn && (!actor.Known() || c.AccountID == actor.Account.ID) {
			return id, 0, nil
		}
	}
	if !again {
		return 0, 0, nil
	}
	id, err := tx.UsedKey(ctx, site.ID, keys.claim, request)
	if err != nil || id == 0 || len(keys.before) == 0 {
		return id, 0, err
	}
	c, err := tx.Comment(ctx, site.ID, id)
	if c.State == forum.Withdrawn {
		return 0, id, err
	}
	return id, 0, err
}

// keep records under a draft's key which comment it made, in place of the one that was
// left. It comes last: who has a key waits for nobody, so that others may wait for it.
func keep(ctx context.Context, tx *store.Tx, site forum.Site, keys draftKeys, request string, left, made forum.ID) error {
	if left != 0 {
		return tx.MoveResult(ctx, site.ID, keys.claim, left, made)
	}
	return tx.AddResult(ctx, site.ID, keys.claim, request, made)
}

// repeat answers a request that was served before. A key that somebody else used
// is Conflict.
func (d *Desk) repeat(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, id forum.ID) (Posted, error) {
	c, err := tx.Comment(ctx, site.ID, id)
	if err != nil {
		return Posted{}, err
	}
	if actor.Known() && c.AccountID != actor.Account.ID {
		return Posted{}, forum.Fail(forum.Conflict, "error.keyReused")
	}
	story, err := tx.Story(ctx, site.ID, c.StoryID)
	return Posted{Comment: c, Story: story, Repeat: true}, err
}
