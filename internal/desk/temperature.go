package desk

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"parley/internal/forum"
	"parley/internal/markup"
	"parley/internal/store"
)

// Cooling is what a moderator sets for a story.
type Cooling struct {
	Story    forum.ID
	State    forum.StoryState
	Controls forum.Controls // Why is also the reason of a state that is not open; Auto and Since stay as they are
	Seen     string         // SeenControls of what the moderator saw, if known; others now are Conflict
}

// SeenControls names a story's state and controls, so that two moderators never
// overwrite each other.
func SeenControls(x forum.Story) string {
	text, err := json.Marshal(x.Controls)
	if err != nil { // numbers, texts and instants always marshal
		panic(err)
	}
	return digest(string(x.State), x.StateReason, string(text))[:16]
}

// What a decision about a story's temperature rests on.
const (
	CooledByDesk    = "desk"
	CooledByClock   = "clock"
	CooledBySignals = "signals"
)

// Cool gives a story another state and other controls. Saying that no measured
// signal may take a step here also takes back the step one has taken.
func (d *Desk) Cool(ctx context.Context, site forum.Site, actor forum.Actor, in Cooling) (forum.Story, error) {
	in.Controls.Why = strings.TrimSpace(in.Controls.Why)
	if in.State != forum.StoryOpen && in.State != forum.StoryReadOnly && in.State != forum.StoryClosed {
		return forum.Story{}, forum.Fail(forum.Invalid, "error.stateUnknown").With("state", string(in.State)).At("state")
	}
	var x forum.Story
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		before, err := tx.TouchStory(ctx, site.ID, in.Story, 0, 0)
		if err != nil {
			return err
		}
		if !forum.MayIn(actor, forum.ActTemperature, before.Section) {
			return forum.Fail(forum.Forbidden, "error.forbidden").Because("section %q", before.Section)
		}
		if in.Seen != "" && in.Seen != SeenControls(before) {
			return forum.Fail(forum.Conflict, "error.conflict").Because("the controls were changed meanwhile")
		}
		if err := in.Controls.Check(tx.Now); err != nil {
			return err
		}
		after := before
		after.State, after.StateReason, after.Controls = in.State, "", in.Controls
		if in.State != forum.StoryOpen {
			after.StateReason = in.Controls.Why
		}
		if !in.Controls.NoAuto {
			after.Controls.Auto, after.Controls.Since = before.Controls.Auto, before.Controls.Since
		}
		if SeenControls(after) == SeenControls(before) {
			x = before
			return nil
		}
		x, err = d.cool(ctx, tx, actor, before, after, CooledByDesk, after.Controls.Why)
		return err
	})
	return x, err
}

// cool writes a story's state and controls, records the decision and logs it.
// The zero actor is the clock or a measured signal.
func (d *Desk) cool(ctx context.Context, tx *store.Tx, actor forum.Actor, before, after forum.Story, reason, note string) (forum.Story, error) {
	x, err := tx.SetControls(ctx, after)
	if err != nil {
		return x, err
	}
	err = tx.AddDecision(ctx, forum.Decision{
		SiteID: x.SiteID, ID: d.mint(), StoryID: x.ID, ActorID: actor.Account.ID, ActorRole: actor.Account.Role, Verb: forum.Cool,
		Reason: reason, Note: note, Automated: !actor.Known(), Scope: temperatureText(after),
	})
	if err != nil {
		return x, err
	}
	err = d.alert(ctx, tx, x.SiteID, forum.EventTemperature, temperatureEvent{
		Story: x.ID, State: x.State, Controls: x.Controls.Text(), Step: x.Controls.Auto, Reason: reason,
	})
	if err != nil {
		return x, err
	}
	action := "story.cool"
	if before.State != after.State {
		action = "story.close"
		if after.State == forum.StoryOpen {
			action = "story.open"
		}
	}
	return x, d.log(ctx, tx, x.SiteID, actor, act{
		Action: action, Object: about("story", x.ID), Reason: reason, Before: temperatureText(before), After: temperatureText(after),
	})
}

// temperatureEvent is what endpoints are told of a story's temperature.
type temperatureEvent struct {
	Story    forum.ID         `json:"story"`
	State    forum.StoryState `json:"state"`
	Controls string           `json:"controls"`
	Step     string           `json:"step,omitempty"`
	Reason   string           `json:"reason"`
}

// temperatureText writes a story's state and controls in one line.
func temperatureText(x forum.Story) string {
	if text := x.Controls.Text(); text != "" {
		return string(x.State) + ", " + text
	}
	return string(x.State)
}

// takesComments says why a story takes no comments at an instant, if it does not.
func takesComments(story forum.Story, now time.Time) error {
	closes := story.Controls.CloseAt
	switch {
	case story.State == forum.StoryOpen && (closes.IsZero() || now.Before(closes)):
		return nil
	case story.State == forum.StoryReadOnly:
		return forum.Fail(forum.Closed, "error.readOnly")
	}
	return forum.Fail(forum.Closed, "error.closed")
}

// controlsFor returns the controls of a story that hold for an account. The desk
// itself is free.
func controlsFor(story forum.Story, account forum.Account) forum.Controls {
	if account.Role.Staff() {
		return forum.Controls{}
	}
	return story.Controls.Effective()
}

// checkControls applies a story's controls to what an account is about to write
// there; whether it waits for review, entryState says. The story is locked, so
// that what the account writes at the same moment counts.
func checkControls(ctx context.Context, tx *store.Tx, site forum.Site, story forum.Story, account forum.Account, text string) error {
	c := controlsFor(story, account)
	if c.VerifiedOnly && account.Role == forum.RoleGuest {
		return forum.Fail(forum.Unauthorised, "error.verifiedOnly")
	}
	if err := checkText(site, c, text); err != nil || (c.Slow == 0 && c.Cap == 0) {
		return err
	}
	own, err := tx.CommentsByAuthorIn(ctx, site.ID, account.ID, story.ID, max(1, c.Cap))
	if err != nil || len(own) == 0 {
		return err
	}
	if c.Cap > 0 && len(own) >= c.Cap {
		return forum.Fail(forum.Forbidden, "error.authorCap").With("n", c.Cap)
	}
	if wait := own[0].CreatedAt.Add(c.Slow.Duration()).Sub(tx.Now); wait > 0 {
		seconds := int((wait + time.Second - 1) / time.Second)
		return forum.Fail(forum.TooFast, "error.slowMode").With("seconds", seconds).After(wait)
	}
	return nil
}

// checkText refuses links and pictures where a story's controls do.
func checkText(site forum.Site, c forum.Controls, text string) error {
	if !c.NoLinks && !c.NoPictures {
		return nil
	}
	_, err := markup.Render(text, markup.Rules{Links: !c.NoLinks, NoPictures: c.NoPictures, MaxLength: site.Settings.MaxLength})
	var e *forum.Error
	if errors.As(err, &e) {
		switch e.Code {
		case "error.linkNotAllowed":
			return forum.Fail(forum.Invalid, "error.noLinksHere").At("text")
		case "error.pictureNotAllowed":
			return forum.Fail(forum.Invalid, "error.noPicturesHere").At("text")
		}
	}
	return err
}
