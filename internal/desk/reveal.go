package desk

import (
	"context"
	"strings"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// Revealed is who wrote a comment under another name or none, and why somebody
// wanted to know.
type Revealed struct {
	Comment forum.Comment
	Account forum.Account
	Story   forum.Story
}

// Reveal tells who wrote a comment under another name or none: the account, never
// an address. It takes words that say why; that it was asked, by whom and why
// stands in the log, and everybody who reads the log is told.
func (d *Desk) Reveal(ctx context.Context, site forum.Site, actor forum.Actor, comment forum.ID, words string) (Revealed, error) {
	var out Revealed
	if !forum.May(actor, forum.ActReveal) {
		return out, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	words, err := revealWords(words)
	if err != nil {
		return out, err
	}
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if out.Comment, err = tx.Comment(ctx, site.ID, comment); err != nil {
			return err
		}
		if out.Story, err = tx.Story(ctx, site.ID, out.Comment.StoryID); err != nil {
			return err
		}
		if !forum.MayIn(actor, forum.ActReveal, out.Story.Section) {
			return forum.Fail(forum.NotFound, "error.notFound").Because("another section")
		}
		if out.Account, err = tx.Account(ctx, site.ID, out.Comment.AccountID); err != nil {
			return err
		}
		if err := d.tellReaders(ctx, tx, site, actor); err != nil {
			return err
		}
		return d.log(ctx, tx, site.ID, actor, act{Action: "account.reveal", Object: about("comment", comment), Value: words})
	})
	return out, err
}

// minReveal is the least that says why, in bytes.
const minReveal = 10

// revealWords returns the words that say why somebody wants to know a name, or
// refuses them.
func revealWords(words string) (string, error) {
	words = strings.TrimSpace(words)
	if len(words) < minReveal {
		return "", forum.Fail(forum.Invalid, "error.revealWhy").At("words")
	}
	return words, checkWords(words, "words")
}

// tellReaders tells everybody who may read the log, but the actor, that it is
// worth a look.
func (d *Desk) tellReaders(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor) error {
	staff, err := tx.Staff(ctx, site.ID)
	if err != nil {
		return err
	}
	for _, a := range staff {
		if a.Role != forum.RoleLead && a.Role != forum.RoleAdmin {
			continue
		}
		if err := d.notify(ctx, tx, actor, forum.Notification{SiteID: site.ID, AccountID: a.ID, Kind: forum.ToldStaff}); err != nil {
			return err
		}
	}
	return nil
}

// Revelation is one time that somebody asked who wrote a comment.
type Revelation struct {
	By      forum.Account
	At      time.Time
	Comment forum.ID
	Why     string // empty: forgotten
}

// Revelations returns the last times that somebody asked who wrote a comment, the
// newest first.
func (d *Desk) Revelations(ctx context.Context, site forum.Site, actor forum.Actor, limit int) ([]Revelation, error) {
	if !forum.May(actor, forum.ActReveal) {
		return nil, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	entries, err := d.store.Log(ctx, site.ID, store.LogFilter{Action: "account.reveal"}, 0, limit)
	if err != nil {
		return nil, err
	}
	var people []forum.ID
	for _, e := range entries {
		people = append(people, e.ActorID)
	}
	by, err := d.store.AccountsByID(ctx, site.ID, people)
	out := make([]Revelation, len(entries))
	for i, e := range entries {
		out[i] = Revelation{By: by[e.ActorID], At: e.At, Why: e.Value}
		if text, ok := strings.CutPrefix(e.Object, "comment:"); ok {
			// An object that is no id leaves the line without a link.
			out[i].Comment, _ = forum.ParseID(text)
		}
	}
	return out, err
}
