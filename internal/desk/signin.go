package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"parley/internal/forum"
	"parley/internal/mail"
	"parley/internal/signin"
	"parley/internal/store"
)

// Limits of signing in.
const (
	codeLife      = 10 * time.Minute
	codeTries     = 5
	mailsAddress  = 3  // codes an hour to one address, whoever asks and for what
	mailsNetwork  = 10 // codes an hour asked for from one network
	mailsTime     = time.Hour
	recoveryTurns = 10 // recovery codes tried an hour from one network
)

// The kinds of attempt.
const (
	attemptEmail    = "email"
	attemptChange   = "email-change"
	attemptPasskey  = "passkey"
	attemptEnrol    = "passkey-add"
	attemptProvider = "provider"
	attemptPaper    = "paper"
	attemptTicket   = "ticket"
	attemptHandoff  = "handoff"
)

// Entered is somebody who has signed in.
type Entered struct {
	Grant   *Grant
	Account forum.Account
	// Errand is what the browser had come for; the door that sent it knows.
	Errand string
	// Suggested is a name the login gave, for an account that has none.
	Suggested string
}

// First reports whether the person has yet to choose a name and see the rules.
func (e Entered) First() bool { return e.Account.Name == "" && e.Account.RulesSeenAt.IsZero() }

// refused is the one answer to whatever does not sign in.
func refused(format string, args ...any) error {
	return forum.Fail(forum.Unauthorised, "error.signInFailed").Because(format, args...)
}

// wrongCode is the one answer to a code that is not the one, whatever the reason.
func wrongCode(format string, args ...any) error {
	return forum.Fail(forum.Invalid, "error.codeWrong").At("code").Because(format, args...)
}

// attemptState is what an attempt keeps.
type attemptState struct {
	Address   string           `json:"address,omitempty"`
	OldSeal   string           `json:"old_seal,omitempty"` // of the code sent to the old address
	Ceremony  json.RawMessage  `json:"ceremony,omitempty"`
	Flow      *signin.Flow     `json:"flow,omitempty"`
	Provider  string           `json:"provider,omitempty"`
	Identity  *signin.Identity `json:"identity,omitempty"`
	Nonce     string           `json:"nonce,omitempty"`
	Challenge string           `json:"challenge,omitempty"`
	Origin    string           `json:"origin,omitempty"`
	Kind      string           `json:"kind,omitempty"`
	Errand    string           `json:"errand,omitempty"`
}

// attempt adds an attempt of the browser that holds the token.
func (d *Desk) attempt(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, a forum.Attempt, token string, life time.Duration, state attemptState) error {
	text, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("attempt: %w", err)
	}
	a.SiteID, a.TokenHash, a.State, a.Network, a.ExpiresAt = site.ID, digest(token), string(text), actor.Network, tx.Now.Add(life)
	return tx.AddAttempt(ctx, a)
}

// stateOf reads what an attempt keeps.
func stateOf(a forum.Attempt) (attemptState, error) {
	var s attemptState
	if err := json.Unmarshal([]byte(a.State), &s); err != nil {
		return s, fmt.Errorf("attempt: %w", err)
	}
	return s, nil
}

// useAttempt uses an attempt up, in a transaction of its own: what comes after it
// may fail, and is not tried again with the same.
func (d *Desk) useAttempt(ctx context.Context, site forum.Site, token, kind string) (forum.Attempt, attemptState, error) {
	var a forum.Attempt
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		a, err = tx.UseAttempt(ctx, site.ID, digest(token), kind)
		return err
	})
	if forum.IsKind(err, forum.NotFound) {
		return a, attemptState{}, refused("attempt %s: unknown, used or over", kind)
	}
	if err != nil {
		return a, attemptState{}, err
	}
	state, err := stateOf(a)
	return a, state, err
}

// turn takes one of a number of turns of an hour.
func (d *Desk) turn(ctx context.Context, tx *store.Tx, site forum.Site, number int, what, who string) error {
	for i := range number {
		free, err := tx.TakeTurn(ctx, site.ID, digest("turn", what, who, strconv.Itoa(i)), mailsTime)
		if err != nil || free {
			return err
		}
	}
	return forum.Fail(forum.TooFast, "error.tooManyMails").After(mailsTime).Because("%s: all turns are taken", what)
}

// mailTurns takes a turn of an address and one of the network that asks.
func (d *Desk) mailTurns(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, addresses ...string) error {
	if err := d.turn(ctx, tx, site, mailsNetwork, "mail network", actor.Network); err != nil {
		return err
	}
	for _, address := range addresses {
		if err := d.turn(ctx, tx, site, mailsAddress, "mail address", mail.Key(address)); err != nil {
			return err
		}
	}
	return nil
}

// sendCode queues the mail with a code. Its button leads to the page on which the
// code is typed, a path of the site; empty: there is no button.
func (d *Desk) sendCode(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, template, address, code, loc, page string) error {
	data := map[string]string{"code": code, "minutes": strconv.Itoa(int(codeLife / time.Minute))}
	if page != "" {
		data["url"] = page + "?code=" + code
	}
	return d.mailTo(ctx, tx, site, actor, address, template, loc, data, time.Time{})
}

// readAddress reads an e-mail address as somebody typed it.
func readAddress(typed string) (string, error) {
	address, err := mail.Address(strings.TrimSpace(typed))
	if err != nil {
		return "", forum.Fail(forum.Invalid, "error.emailInvalid").At("email").Because("%w", err)
	}
	return address, nil
}

// HasEmail reports whether people sign in to a site by a code sent to an address.
func (d *Desk) HasEmail(site forum.Site) bool { return site.Settings.SignIn.Email && d.Mails() }

// StartEmail sends a code to an address and returns the token of the attempt, for
// the browser alone. It does the same and answers the same whether anybody signs
// in with the address or not: it does not look. An earlier code to the address
// ends. Errors stand at "email"; TooFast says that the address or the network has
// had its codes for the hour.
func (d *Desk) StartEmail(ctx context.Context, site forum.Site, actor forum.Actor, typed, errand, loc string) (string, error) {
	if !d.HasEmail(site) {
		return "", forum.Fail(forum.NotFound, "error.noMail")
	}
	address, err := readAddress(typed)
	if err != nil {
		return "", err
	}
	token, code := secret(), signin.NewCode()
	return token, d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := d.mailTurns(ctx, tx, site, actor, address); err != nil {
			return err
		}
		target := mailTarget(address)
		if err := tx.EndAttempts(ctx, site.ID, attemptEmail, target); err != nil {
			return err
		}
		a := forum.Attempt{Kind: attemptEmail, Target: target, Secret: sealOf(token, code)}
		if err := d.attempt(ctx, tx, site, actor, a, token, codeLife, attemptState{Address: address, Errand: errand}); err != nil {
			return err
		}
		return d.sendCode(ctx, tx, site, actor, "code", address, code, loc, "/signin/code")
	})
}

// mailTarget names an address among the targets of attempts.
func mailTarget(address string) string { return digest("e-mail", mail.Key(address)) }

// sealOf is what is stored of a code that was just made.
func sealOf(token, code string) string {
	plain, _ := signin.ReadCode(code)
	return signin.SealCode(token, plain)
}

// EmailAsked returns the address a browser's attempt is about.
func (d *Desk) EmailAsked(ctx context.Context, site forum.Site, token string) (address, errand string, err error) {
	a, err := d.store.Attempt(ctx, site.ID, digest(token), attemptEmail, d.Now())
	if err != nil {
		return "", "", err
	}
	s, err := stateOf(a)
	return s.Address, s.Errand, err
}

// RedeemEmail signs in with a code that was sent to an address, in the browser
// that asked for it. It is good once, for ten minutes and five tries; the answer
// to anything else is always the same.
func (d *Desk) RedeemEmail(ctx context.Context, site forum.Site, actor forum.Actor, token, code string) (Entered, error) {
	var in Entered
	var wrong error
	err := d.enterWrite(ctx, func(ctx context.Context, tx *store.Tx) error {
		wrong = nil
		a, err := tx.TryAttempt(ctx, site.ID, digest(token), attemptEmail, codeTries)
		if forum.IsKind(err, forum.NotFound) {
			wrong = wrongCode("no attempt of this browser has a try left")
			return nil
		}
		if err != nil {
			return err
		}
		if !signin.CodeMatches(a.Secret, token, code) {
			// What counted the try is committed.
			wrong = wrongCode("try %d of %d", a.Tries, codeTries)
			return nil
		}
		if _, err := tx.UseAttempt(ctx, site.ID, a.TokenHash, attemptEmail); err != nil {
			return err
		}
		state, err := stateOf(a)
		if err != nil {
			return err
		}
		in, err = d.letIn(ctx, tx, site, actor, proof{
			kind: forum.CredentialEmail, subject: mail.Key(state.Address), label: state.Address,
		})
		in.Errand = state.Errand
		return err
	})
	if wrong != nil && err == nil {
		err = wrong
	}
	return in, err
}
