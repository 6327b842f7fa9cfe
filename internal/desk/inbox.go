package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/markup"
	"parley/internal/store"
)

// Told is a notification with what it is about.
type Told struct {
	forum.Notification
	Headline string
	Path     string // where to look, below the site's URL
	Who      string // who answered; empty: a nameless reader
	Excerpt  string // of the answer or, for the others, of the reader's own comment
	Verb     forum.Verb
	Reason   string // code of the decision's reason
	Note     string // words for the author
	// Silent says that there is nothing to send mail about: the answer is gone, or
	// the page told the author as it happened.
	Silent bool

	author string // author key of the answer
}

// inboxSize is how many notifications a page lists.
const inboxSize = 50

// excerptLength is how much of a comment a notification quotes, in characters.
const excerptLength = 160

// Inbox returns what an account was told, the newest first, and where the list
// goes on.
func (d *Desk) Inbox(ctx context.Context, site forum.Site, actor forum.Actor, before forum.ID) (list []Told, next forum.ID, err error) {
	if !actor.Known() {
		return nil, 0, nil
	}
	all, err := d.store.Notifications(ctx, site.ID, actor.Account.ID, before, inboxSize+1)
	if err != nil {
		return nil, 0, err
	}
	if len(all) > inboxSize {
		all = all[:inboxSize]
		next = all[inboxSize-1].ID
	}
	list, err = d.told(ctx, site, all)
	return list, next, err
}

// mostUnseen is where the bell stops counting.
const mostUnseen = 100

// Unseen returns how much an actor was told and has not looked at, at most 100.
func (d *Desk) Unseen(ctx context.Context, site forum.Site, actor forum.Actor) (int, error) {
	if !actor.Known() {
		return 0, nil
	}
	return d.store.Unseen(ctx, site.ID, actor.Account.ID, mostUnseen)
}

// See marks what an actor was told as looked at: one notification, or with all
// set everything up to it.
func (d *Desk) See(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID, all bool) error {
	if !actor.Known() {
		return forum.Fail(forum.Unauthorised, "error.signInNeeded")
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if all {
			return tx.SeeAll(ctx, site.ID, actor.Account.ID, id)
		}
		return tx.See(ctx, site.ID, actor.Account.ID, id)
	})
}

// told finds what notifications are about.
func (d *Desk) told(ctx context.Context, site forum.Site, list []forum.Notification) ([]Told, error) {
	var ids []forum.ID
	for _, n := range list {
		for _, id := range []forum.ID{n.CommentID, n.OtherID} {
			if id != 0 {
				ids = append(ids, id)
			}
		}
	}
	comments, err := d.store.CommentsByID(ctx, site.ID, ids)
	if err != nil {
		return nil, err
	}
	stories := map[forum.ID]forum.Story{}
	out := make([]Told, len(list))
	for i, n := range list {
		t := Told{Notification: n}
		if n.StoryID != 0 {
			if _, read := stories[n.StoryID]; !read {
				if stories[n.StoryID], err = d.store.Story(ctx, site.ID, n.StoryID); err != nil && !forum.IsKind(err, forum.NotFound) {
					return nil, err
				}
			}
			t.Headline = stories[n.StoryID].Headline
		}
		t.about(comments)
		if err := d.decided(ctx, &t); err != nil {
			return nil, err
		}
		out[i] = t
	}
	return out, nil
}

// about fills in what a notification says of comments, and where it leads.
func (t *Told) about(comments map[forum.ID]forum.Comment) {
	own, answer := comments[t.CommentID], comments[t.OtherID]
	switch {
	case t.Kind == forum.ToldReply:
		t.Path = "/c/" + t.OtherID.String()
		t.Silent = answer.State != forum.Published
		if !t.Silent {
			t.Who, t.author, t.Excerpt = answer.Byline.Name, answer.AuthorKey, markup.Excerpt(answer.Source, excerptLength)
		}
	case t.Kind == forum.ToldReport:
		// It is somebody else's comment: it may be gone, and for a reason.
		t.Path = "/me/inbox"
		if answer.State == forum.Published {
			t.Path = "/c/" + t.OtherID.String()
		}
	case t.Kind == forum.ToldFeature && t.CommentID != 0:
		t.Path = "/c/" + t.CommentID.String()
	case t.DecisionID != 0:
		t.Path = "/decisions/" + t.DecisionID.String()
	case t.Kind == forum.ToldAlerts:
		t.Path = "/desk/alerts"
	case t.Kind == forum.ToldStaff:
		t.Path = "/desk/proposals"
	default:
		t.Path = "/me"
	}
	if t.Kind != forum.ToldReply && t.Kind != forum.ToldReport && own.ID != 0 && own.State != forum.Withdrawn {
		t.Excerpt = markup.Excerpt(own.Source, excerptLength)
	}
}

// decided fills in the decision that a notification is about. What a decision says
// to an author is not for who reported the comment.
func (d *Desk) decided(ctx context.Context, t *Told) error {
	if t.DecisionID == 0 || t.Kind == forum.ToldReport {
		return nil
	}
	x, err := d.store.Decision(ctx, t.SiteID, t.DecisionID)
	if forum.IsKind(err, forum.NotFound) {
		return nil
	}
	t.Verb, t.Reason, t.Note = x.Verb, x.Reason, x.Note
	// Whose first words are held is told so by the page on which they were sent.
	t.Silent = t.Silent || x.Automated && x.Verb == forum.Hold && x.From == x.To
	return err
}

// MailWishes returns what an actor wants to be sent and where; the address is
// empty if there is none.
func (d *Desk) MailWishes(ctx context.Context, site forum.Site, actor forum.Actor) (wishes forum.MailWishes, address string, err error) {
	if !actor.Known() {
		return wishes, "", forum.Fail(forum.Unauthorised, "error.signInNeeded")
	}
	if wishes, err = d.store.MailWishes(ctx, site.ID, actor.Account.ID); err != nil {
		return wishes, "", err
	}
	address, err = d.store.Email(ctx, site.ID, actor.Account.ID)
	return wishes, address, err
}

// SetMailWishes changes how often an actor is sent mail, and in which language.
// What waits in another rhythm is sent in the new one.
func (d *Desk) SetMailWishes(ctx context.Context, site forum.Site, actor forum.Actor, wanted forum.MailWishes) error {
	if !actor.Known() {
		return forum.Fail(forum.Unauthorised, "error.signInNeeded")
	}
	if !wanted.Reply.Valid() || !wanted.Decision.Valid() {
		return forum.Fail(forum.Invalid, "error.badRequest").At("rhythm")
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		old, err := tx.MailWishes(ctx, site.ID, actor.Account.ID)
		if err != nil {
			return err
		}
		wanted.Stop = old.Stop
		if err := tx.SetMailWishes(ctx, site.ID, actor.Account.ID, wanted); err != nil {
			return err
		}
		return d.rewind(ctx, tx, site, actor.Account.ID, old, wanted)
	})
}

// rewind leaves a job for each sort of mail whose rhythm has changed.
func (d *Desk) rewind(ctx context.Context, tx *store.Tx, site forum.Site, account forum.ID, old, wanted forum.MailWishes) error {
	for _, sort := range []forum.MailSort{forum.MailReplies, forum.MailDecisions} {
		r := wanted.Rhythm(sort)
		if r == old.Rhythm(sort) || r == forum.MailOff || d.out.Mail == nil {
			continue
		}
		if _, err := d.enqueue(ctx, tx, site.ID, forum.Actor{}, JobDigest, r.Due(tx.Now), digestJob{account, r}); err != nil {
			return err
		}
	}
	return nil
}

// CheckStop returns NotFound for what is no link that ends mail.
func (d *Desk) CheckStop(ctx context.Context, site forum.Site, account forum.ID, token string) error {
	w, err := d.store.MailWishes(ctx, site.ID, account)
	return checkStop(w, token, err)
}

func checkStop(w forum.MailWishes, token string, err error) error {
	if err == nil && (w.Stop == "" || digest(w.Stop) != digest(token)) {
		return forum.Fail(forum.NotFound, "error.notFound").Because("unsubscribe token")
	}
	return err
}

// StopMail ends mail of a sort to an account, for whoever has the link that was
// in it. Doing it again changes nothing.
func (d *Desk) StopMail(ctx context.Context, site forum.Site, account forum.ID, token string, sort forum.MailSort) error {
	if !sort.Valid() {
		return forum.Fail(forum.NotFound, "error.notFound").Because("sort of mail %q", sort)
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		w, err := tx.MailWishes(ctx, site.ID, account)
		if err := checkStop(w, token, err); err != nil {
			return err
		}
		return tx.SetMailWishes(ctx, site.ID, account, w.Without(sort))
	})
}
