package desk

import (
	"context"
	"time"

	"parley/internal/forum"
	"parley/internal/signin"
	"parley/internal/store"
)

// handoffLife is how long a page has to swap a code for its session.
const handoffLife = time.Minute

// Handoff makes the code that carries a session from our own page to the page that
// opened it: to its exact origin, and to nobody without the verifier it keeps.
func (d *Desk) Handoff(ctx context.Context, site forum.Site, actor forum.Actor, challenge, origin string, kind forum.SessionKind) (string, error) {
	if err := signin.CheckChallenge(challenge); err != nil {
		return "", err
	}
	if !actor.Known() || isGuest(actor) || actor.Kind != forum.SessionPage {
		return "", forum.Fail(forum.Unauthorised, "error.signInNeeded")
	}
	if kind != forum.SessionFrame && kind != forum.SessionEmbed {
		return "", forum.Fail(forum.Invalid, "error.badRequest").Because("a session of kind %q is not handed over", kind)
	}
	code := secret()
	return code, d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		a := forum.Attempt{Kind: attemptHandoff, AccountID: actor.Account.ID}
		return d.attempt(ctx, tx, site, actor, a, code, handoffLife, attemptState{Challenge: challenge, Origin: origin, Kind: string(kind)})
	})
}

// Swap gives the page that opened our window its session, for the code it was
// handed. What its guest wrote there goes with it. The session never works at the
// desk.
func (d *Desk) Swap(ctx context.Context, site forum.Site, actor forum.Actor, code, verifier, origin string) (Entered, error) {
	a, state, err := d.useAttempt(ctx, site, code, attemptHandoff)
	if err != nil {
		return Entered{}, err
	}
	if origin != state.Origin || string(actor.Kind) != state.Kind {
		return Entered{}, refused("hand-over: for %s in %s, not for %s in %s", state.Kind, state.Origin, actor.Kind, origin)
	}
	if err := signin.CheckVerifier(state.Challenge, verifier); err != nil {
		return Entered{}, err
	}
	var in Entered
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		account, err := tx.Account(ctx, site.ID, a.AccountID)
		if err != nil {
			return err
		}
		in, err = d.admit(ctx, tx, site, actor, account, proof{})
		return err
	})
	return in, err
}

// HandoffTo returns the origin that a code of the actor's is for.
func (d *Desk) HandoffTo(ctx context.Context, site forum.Site, actor forum.Actor, code string) (string, error) {
	a, err := d.store.Attempt(ctx, site.ID, digest(code), attemptHandoff, d.Now())
	if err != nil {
		return "", err
	}
	if a.AccountID != actor.Account.ID {
		return "", forum.Fail(forum.NotFound, "error.notFound").Because("the hand-over is account %s's", a.AccountID)
	}
	state, err := stateOf(a)
	return state.Origin, err
}
