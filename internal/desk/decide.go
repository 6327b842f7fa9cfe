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
		var err error
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
	story, err := tx.Story(ctx, site.ID, c.StoryID)
	if err != nil {
		return c, err
	}
	if !forum.MayIn(actor, forum.ActDecide, story.Section) {
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
	if r.Verb == forum.Dismiss && c.Reports == 0 {
		return c, forum.Fail(forum.Conflict, "error.conflict").Because("nothing is reported")
	}
	return c, nil
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
	if x.Verb.Restricts() || x.To != x.From {
		err := d.notify(ctx, tx, actor, forum.Notification{
			SiteID: x.SiteID, AccountID: x.AccountID, Kind: forum.ToldDecision, StoryID: x.StoryID, CommentID: x.CommentID, DecisionID: x.ID,
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
	_, moves := r.Verb.Target()
	if !moves && r.Verb != forum.Dismiss {
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
	c.Reports = 0
	return c, nil
}

// authorOf returns the account that wrote a comment; zero for no comment.
func authorOf(ctx context.Context, tx *store.Tx, site, id forum.ID) (forum.ID, error) {
	if id == 0 {
		return 0, nil
	}
	c, err := tx.Comment(ctx, site, id)
	return c.AccountID, err
}

// QueueCard is a comment that waits for the desk, with what a moderator needs to
// decide on it.
type QueueCard struct {
	Comment  forum.Comment
	Story    forum.Story
	Parent   *forum.Comment // nil: a root
	Author   forum.Account
	Reports  []forum.Report
	Editions []forum.Comment // earlier texts, the oldest first
	Decision *forum.Decision // of the list of decisions only
	By       forum.Account   // who made Decision
}

// Queue returns a page of a queue and how many comments wait in each.
func (d *Desk) Queue(ctx context.Context, site forum.Site, actor forum.Actor, kind store.QueueKind, after forum.ID, limit int) ([]QueueCard, map[store.QueueKind]int, error) {
	if !forum.May(actor, forum.ActDecide) {
		return nil, nil, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	counts, err := d.store.QueueCounts(ctx, site.ID)
	if err != nil {
		return nil, nil, err
	}
	comments, err := d.store.Queue(ctx, site.ID, kind, after, limit)
	if err != nil {
		return nil, nil, err
	}
	cards, err := d.cards(ctx, site.ID, comments)
	if err != nil {
		return nil, nil, err
	}
	for i := range cards {
		if cards[i].Comment.Reports > 0 {
			if cards[i].Reports, err = d.store.OpenReports(ctx, site.ID, cards[i].Comment.ID); err != nil {
				return nil, nil, err
			}
		}
		if !cards[i].Comment.EditedAt.IsZero() {
			if cards[i].Editions, err = d.store.Editions(ctx, site.ID, cards[i].Comment.ID); err != nil {
				return nil, nil, err
			}
		}
	}
	return cards, counts, nil
}

// cards gathers stories, parents and authors of comments.
func (d *Desk) cards(ctx context.Context, site forum.ID, comments []forum.Comment) ([]QueueCard, error) {
	parents, accounts := make([]forum.ID, 0, len(comments)), make([]forum.ID, 0, len(comments))
	for _, c := range comments {
		accounts = append(accounts, c.AccountID)
		if c.ParentID != 0 {
			parents = append(parents, c.ParentID)
		}
	}
	parent, err := d.store.CommentsByID(ctx, site, parents)
	if err != nil {
		return nil, err
	}
	author, err := d.store.AccountsByID(ctx, site, accounts)
	if err != nil {
		return nil, err
	}
	stories := map[forum.ID]forum.Story{}
	cards := make([]QueueCard, len(comments))
	for i, c := range comments {
		if _, ok := stories[c.StoryID]; !ok {
			if stories[c.StoryID], err = d.store.Story(ctx, site, c.StoryID); err != nil {
				return nil, err
			}
		}
		cards[i] = QueueCard{Comment: c, Story: stories[c.StoryID], Author: author[c.AccountID]}
		if p, ok := parent[c.ParentID]; ok {
			cards[i].Parent = &p
		}
	}
	return cards, nil
}

// Decided returns what the desk decided, the newest first.
func (d *Desk) Decided(ctx context.Context, site forum.Site, actor forum.Actor, before forum.ID, limit int) ([]QueueCard, map[store.QueueKind]int, error) {
	if !forum.May(actor, forum.ActDecide) {
		return nil, nil, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	counts, err := d.store.QueueCounts(ctx, site.ID)
	if err != nil {
		return nil, nil, err
	}
	decisions, err := d.store.Decisions(ctx, site.ID, before, limit)
	if err != nil {
		return nil, nil, err
	}
	ids, people := make([]forum.ID, len(decisions)), make([]forum.ID, len(decisions))
	for i, x := range decisions {
		ids[i], people[i] = x.CommentID, x.ActorID
	}
	byID, err := d.store.CommentsByID(ctx, site.ID, ids)
	if err != nil {
		return nil, nil, err
	}
	by, err := d.store.AccountsByID(ctx, site.ID, people)
	if err != nil {
		return nil, nil, err
	}
	comments := make([]forum.Comment, len(decisions))
	for i, id := range ids {
		comments[i] = byID[id]
	}
	cards, err := d.cards(ctx, site.ID, comments)
	for i := range cards {
		cards[i].Decision, cards[i].By = &decisions[i], by[decisions[i].ActorID]
	}
	return cards, counts, err
}

// QueueKind names a queue of the desk.
type QueueKind = store.QueueKind

// The queues.
const (
	QueueHeld     = store.QueueHeld
	QueueReported = store.QueueReported
)
