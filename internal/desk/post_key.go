package desk

import (
	"context"
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

// claim claims the key of a draft, or returns the comment an earlier request with it
// made. What somebody else on the same network
// wrote is not the actor's, and who writes the words of a withdrawn comment again
// means them anew. Unless it is known that there was one, the answer is not waited
// for: the transaction then ends with store.ErrClaimed.
func claim(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, keys draftKeys, request string, again bool) (forum.ID, error) {
	for _, key := range keys.before {
		id, err := tx.KeyResult(ctx, site.ID, key)
		if err != nil {
			return 0, err
		}
		if id == 0 {
			continue
		}
		c, err := tx.Comment(ctx, site.ID, id)
		if err != nil {
			return 0, err
		}
		if c.State != forum.Withdrawn && (!actor.Known() || c.AccountID == actor.Account.ID) {
			return id, nil
		}
	}
	if !again {
		return 0, tx.ClaimFresh(ctx, site.ID, keys.claim, request)
	}
	id, err := tx.ClaimKey(ctx, site.ID, keys.claim, request)
	if err != nil || id == 0 || len(keys.before) == 0 {
		return id, err
	}
	c, err := tx.Comment(ctx, site.ID, id)
	if c.State == forum.Withdrawn {
		return 0, err
	}
	return id, err
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
