package desk

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"parley/internal/forum"
	"parley/internal/store"
)

// Ruling is what a moderator decides about a comment.
type Ruling struct {
	Comment forum.ID
	Verb    forum.Verb
	From    forum.State // the state the moderator saw; another one now is Conflict
	Reason  string      // one of the site's open reasons; required for Reject
	Note    string      // words for the author, at most 1,000 characters
	Seen    string      // Seen of the text the moderator read, if known; another text now is Conflict
	// Source is what brought the comment up; by default a report if one is open,
	// a notice if one waits, else the moderator's own initiative.
	Source forum.Source
	Key    string // the client's idempotency key: a repeat changes nothing; empty: none
}

// Seen names the text of a comment, so that a ruling holds for what was read.
func Seen(c forum.Comment) string { return digest(c.Source)[:16] }

const maxNote = 1000

// Decide carries out a ruling and records it. A comment that is not in the state
// the moderator saw is Conflict, so that two moderators never overwrite each
// other, and one that has another text is too, so that nothing unread appears.
func (d *Desk) Decide(ctx context.Context, site forum.Site, actor forum.Actor, r Ruling) (forum.Comment, error) {
	if !forum.May(actor, forum.ActDecide) {
		return forum.Comment{}, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	r.Note = strings.TrimSpace(r.Note)
	if err := checkRuling(site, r); err != nil {
		return forum.Comment{}, err
	}
	var c forum.Comment
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := d.claimAct(ctx, tx, site, actor, "decide", r.Key, r.Comment.String(), string(r.Verb), string(r.From), r.Reason, r.Note)
		if err != nil {
			return err
		}
		if done != 0 {
			c, err = tx.Comment(ctx, site.ID, done)
			return err
		}
		// The log comes last, since it locks the end of the log.
		if err := d.didAct(ctx, tx, site, actor, "decide", r.Key, r.Comment); err != nil {
			return err
		}
		c, err = d.decideOne(ctx, tx, site, actor, r, 0)
		return err
	})
	return c, err
}

// decideOne carries out a checked ruling inside a transaction; job is the job
// that decides many, or zero. Its last act is the log's, which locks the end of
// the log: one transaction decides on one comment.
func (d *Desk) decideOne(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, r Ruling, job forum.ID) (forum.Comment, error) {
	c, err := d.decidable(ctx, tx, site, actor, r)
	if err != nil {
		return c, err
	}
	x := forum.Decision{
		SiteID: site.ID, CommentID: c.ID, StoryID: c.StoryID, AccountID: c.AccountID, Verb: r.Verb, Reason: r.Reason, Note: r.Note,
		From: r.From, Source: r.Source, JobID: job,
	}
	brought, err := broughtUp(ctx, tx, c)
	if err != nil {
		return c, err
	}
	if x.Source == forum.SourceVoluntary {
		x.Source = brought.source
	}
	if !brought.since.IsZero() {
		x.Waited = tx.Now.Sub(brought.since)
	}
	if c, err = d.rule(ctx, tx, c, r); err != nil {
		return c, err
	}
	if r.Seen != "" && r.Seen != Seen(c) {
		return c, forum.Fail(forum.Conflict, "error.conflict").Because("the text was edited meanwhile")
	}
	x.To = c.State
	return c, d.record(ctx, tx, actor, x)
}

// decidable returns the comment of a ruling if the actor may decide on it, in its
// section, and it is in the state the actor saw.
func (d *Desk) decidable(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, r Ruling) (forum.Comment, error) {
	c, err := tx.Comment(ctx, site.ID, r.Comment)
	if err != nil {
		return c, err
	}
	// The story is locked, so that of many who decide at once one is first; the
	// comment is then read again.
	story, err := tx.LockStory(ctx, site.ID, c.StoryID)
	if err != nil {
		return c, err
	}
	if c, err = tx.Comment(ctx, site.ID, r.Comment); err != nil {
		return c, err
	}
	right := forum.ActDecide
	if r.Verb == forum.Feature || r.Verb == forum.Unfeature {
		right = forum.ActFeature
	}
	if !forum.MayIn(actor, right, story.Section) {
		return c, forum.Fail(forum.Forbidden, "error.forbidden").Because("section %q", story.Section)
	}
	parentAuthor, err := authorOf(ctx, tx, site.ID, c.ParentID)
	if err != nil {
		return c, err
	}
	if err := forum.MayOn(actor, forum.ActDecide, c, parentAuthor, tx.Now, 0); err != nil {
		return c, err
	}
	if c.State != r.From {
		return c, forum.Fail(forum.Conflict, "error.conflict").Because("comment is %s, seen %s", c.State, r.From)
	}
	return c, changesSomething(c, r.Verb)
}

// changesSomething refuses a ruling that leaves a comment as it is, which
// somebody else has then made before.
func changesSomething(c forum.Comment, v forum.Verb) error {
	done := false
	switch v {
	case forum.Dismiss:
		done = c.Reports == 0
	case forum.Publish:
		done = c.State == forum.Published && c.Reviewed && c.Reports == 0
	case forum.Reject, forum.Hold:
		to, _ := v.Target()
		done = c.State == to
	case forum.Feature, forum.Unfeature:
		done = c.State != forum.Published || c.FeaturedAt.IsZero() == (v == forum.Unfeature)
	}
	if done {
		return forum.Fail(forum.Conflict, "error.conflict").Because("%s changes nothing", v)
	}
	return nil
}

// cause is what brought a comment to the desk, and since when it waited there;
// zero: nobody waited.
type cause struct {
	source forum.Source
	since  time.Time
}

// broughtUp finds out what brought a comment to the desk. A notice weighs more
// than a report, since the law asks what became of it.
func broughtUp(ctx context.Context, tx *store.Tx, c forum.Comment) (cause, error) {
	x := cause{source: forum.SourceVoluntary}
	if c.State == forum.Held {
		since, err := heldSince(ctx, tx, c)
		if err != nil {
			return x, err
		}
		x.since = since
	}
	if c.Reports > 0 {
		open, err := tx.OpenReports(ctx, c.SiteID, c.ID)
		if err != nil {
			return x, err
		}
		x.source = forum.SourceReport
		if len(open) > 0 && x.since.IsZero() {
			x.since = open[0].CreatedAt
		}
	}
	noticed, err := tx.OldestNotice(ctx, c.SiteID, c.ID)
	if err != nil || noticed.IsZero() {
		return x, err
	}
	x.source = forum.SourceNotice
	if x.since.IsZero() || noticed.Before(x.since) {
		x.since = noticed
	}
	return x, nil
}

// heldSince is when a held comment began to wait.
func heldSince(ctx context.Context, tx *store.Tx, c forum.Comment) (time.Time, error) {
	decisions, err := tx.DecisionsOn(ctx, c.SiteID, c.ID)
	for _, x := range slices.Backward(decisions) {
		if x.To == forum.Held && x.From != forum.Held {
			return x.CreatedAt, err
		}
	}
	return c.CreatedAt, err
}

// record adds a decision of an actor, tells whom it concerns, settles what was
// reported, and writes it into the log. The zero actor is a rule.
func (d *Desk) record(ctx context.Context, tx *store.Tx, actor forum.Actor, x forum.Decision) error {
	if x.ID == 0 {
		x.ID = d.mint()
	}
	x.ActorID, x.ActorRole = actor.Account.ID, actor.Account.Role
	if err := tx.AddDecision(ctx, x); err != nil {
		return err
	}
	if x.Verb.Restricts() || x.To != x.From || x.Verb == forum.Feature {
		kind := forum.ToldDecision
		if x.Verb == forum.Feature {
			kind = forum.ToldFeature
		}
		err := d.notify(ctx, tx, actor, forum.Notification{
			SiteID: x.SiteID, AccountID: x.AccountID, Kind: kind, StoryID: x.StoryID, CommentID: x.CommentID, DecisionID: x.ID,
		})
		if err != nil {
			return err
		}
	}
	if err := d.settleReports(ctx, tx, actor, x); err != nil {
		return err
	}
	if err := d.alertDecision(ctx, tx, x); err != nil {
		return err
	}
	return d.log(ctx, tx, x.SiteID, actor, act{
		Action: "comment." + string(x.Verb), Object: about("comment", x.CommentID), Reason: x.Reason, Before: string(x.From), After: string(x.To),
	})
}

// checkRuling refuses a ruling that no comment could take.
func checkRuling(site forum.Site, r Ruling) error {
	if !r.Verb.OnComment() {
		return forum.Fail(forum.Invalid, "error.badRequest").At("verb")
	}
	if (r.Verb == forum.Reject || r.Reason != "") && !slices.Contains(site.Settings.OpenReasons(), r.Reason) {
		return forum.Fail(forum.Invalid, "error.reasonMissing").At("reason")
	}
	return checkNote(r.Note)
}

// checkNote refuses words for an author that cannot be kept.
func checkNote(note string) error {
	if !goodText(note) {
		return forum.Fail(forum.Invalid, "error.textEncoding").At("note")
	}
	if utf8.RuneCountInString(note) > maxNote {
		return forum.Fail(forum.Invalid, "error.wordsLong").With("max", maxNote).At("note")
	}
	return nil
}

// rule moves the comment if the verb does; record settles its reports.
func (d *Desk) rule(ctx context.Context, tx *store.Tx, c forum.Comment, r Ruling) (forum.Comment, error) {
	if to, moves := r.Verb.Target(); moves && to != c.State {
		moved, err := d.move(ctx, tx, c, to)
		if err != nil {
			return c, err
		}
		c = moved
	}
	if r.Verb == forum.Feature || r.Verb == forum.Unfeature {
		var err error
		if c, err = d.feature(ctx, tx, c, r.Verb == forum.Feature); err != nil {
			return c, err
		}
	} else {
		c.Reports = 0
	}
	c.Reviewed = true
	return c, tx.SetReviewed(ctx, c.SiteID, c.ID, true)
}

// authorOf returns the account that wrote a comment; zero for no comment.
func authorOf(ctx context.Context, tx *store.Tx, site, id forum.ID) (forum.ID, error) {
	if id == 0 {
		return 0, nil
	}
	c, err := tx.Comment(ctx, site, id)
	return c.AccountID, err
}
