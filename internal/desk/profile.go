package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/store"
)

// Badge says in a word who writes under a name. A pseudonymous or nameless
// comment never has one.
type Badge string

// The badges.
const (
	BadgeStaff   Badge = "staff"
	BadgeTrusted Badge = "trusted"
	BadgeNew     Badge = "new" // one of the first comments
)

// newUntil is how many accepted comments make an author no longer new.
const newUntil = 3

// BadgeOf returns the badge of an account's name; empty: none.
func BadgeOf(a forum.Account) Badge {
	switch {
	case a.Role.Staff():
		return BadgeStaff
	case a.Role == forum.RoleTrusted:
		return BadgeTrusted
	case a.ID != 0 && a.Role != forum.RoleArchived && a.Accepted <= newUntil:
		return BadgeNew
	}
	return ""
}

// Profile is what everybody may know of an author: what stands under the name.
type Profile struct {
	Account  forum.Account
	Comments int // published under the name
	Page     []QueueCard
	Next     forum.ID // where the next page goes on; zero: nowhere
}

// Profile returns the public profile of the author with a key. Pseudonymous and
// nameless comments are no part of it. An author who has none, or no profile, is
// NotFound.
func (d *Desk) Profile(ctx context.Context, site forum.Site, key string, before forum.ID, limit int) (Profile, error) {
	var p Profile
	var err error
	if p.Account, err = d.store.AccountByKey(ctx, site.ID, key); err != nil {
		return p, err
	}
	if p.Account.ProfileOff || !p.Account.ErasedAt.IsZero() {
		return p, forum.Fail(forum.NotFound, "error.notFound").Because("the profile is off")
	}
	if p.Comments, err = d.store.CountNamed(ctx, site.ID, p.Account.ID); err != nil {
		return p, err
	}
	if p.Comments == 0 {
		return p, forum.Fail(forum.NotFound, "error.notFound").Because("nothing stands under the name")
	}
	comments, err := d.store.NamedComments(ctx, site.ID, p.Account.ID, before, limit+1)
	if err != nil {
		return p, err
	}
	if len(comments) > limit {
		comments = comments[:limit]
		p.Next = comments[limit-1].ID
	}
	p.Page, err = d.cards(ctx, site.ID, comments)
	return p, err
}

// ShowProfile shows or hides the actor's public profile.
func (d *Desk) ShowProfile(ctx context.Context, site forum.Site, actor forum.Actor, public bool) error {
	if !actor.Known() {
		return forum.Fail(forum.Unauthorised, "error.signInNeeded")
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.SetProfile(ctx, site.ID, actor.Account.ID, public)
	})
}

// MyReport is one of the actor's own reports with the comment it is about.
type MyReport struct {
	forum.Report
	Comment forum.Comment
}

// MyReports returns the actor's reports, the newest first.
func (d *Desk) MyReports(ctx context.Context, site forum.Site, actor forum.Actor, limit int) ([]MyReport, error) {
	if !actor.Known() {
		return nil, nil
	}
	all, err := d.store.ReportsBy(ctx, site.ID, actor.Account.ID, 0, limit)
	if err != nil {
		return nil, err
	}
	ids := make([]forum.ID, len(all))
	for i, r := range all {
		ids[i] = r.CommentID
	}
	comments, err := d.store.CommentsByID(ctx, site.ID, ids)
	out := make([]MyReport, len(all))
	for i, r := range all {
		out[i] = MyReport{r, comments[r.CommentID]}
	}
	return out, err
}
