package desk

import (
	"context"
	"slices"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// linkLife is how long a one-time link works.
const linkLife = 7 * 24 * time.Hour

// OwnerLink makes a one-time link token whose holder becomes the owner of a
// site. Links to own it made before stop working.
func (d *Desk) OwnerLink(ctx context.Context, site forum.Site) (string, error) {
	return d.link(ctx, site, forum.RoleAdmin, true)
}

// RoleLink makes a one-time link token whose holder gets a role of the desk. It
// is for who runs the installation; the desk itself invites.
func (d *Desk) RoleLink(ctx context.Context, site forum.Site, role forum.Role) (string, error) {
	if !role.Staff() {
		return "", forum.Fail(forum.Invalid, "error.badRequest").At("role")
	}
	return d.link(ctx, site, role, false)
}

// link makes a one-time link of who runs the installation.
func (d *Desk) link(ctx context.Context, site forum.Site, role forum.Role, newest bool) (string, error) {
	token := secret()
	return token, d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if newest {
			if err := tx.DropLinks(ctx, site.ID); err != nil {
				return err
			}
		}
		v := store.Invitation{SiteID: site.ID, ID: d.mint(), Role: role, ExpiresAt: tx.Now.Add(linkLife)}
		return tx.AddInvitation(ctx, v, digest(token))
	})
}

// Invite makes a one-time link token whose holder gets a role, for some sections
// or, with none, for the whole site. A weighty role waits for a second person if
// there is one: waits names the proposal.
func (d *Desk) Invite(ctx context.Context, site forum.Site, actor forum.Actor, role forum.Role, sections []string, words string) (token string, waits forum.ID, err error) {
	if !role.Staff() {
		return "", 0, forum.Fail(forum.Invalid, "error.roleUnknown").At("role")
	}
	if !forum.MayGrant(actor, role) {
		return "", 0, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	if err := checkSections(site, role, sections); err != nil {
		return "", 0, err
	}
	token = secret()
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		v := store.Invitation{SiteID: site.ID, ID: d.mint(), Role: role, Sections: sections, MadeBy: actor.Account.ID, ExpiresAt: tx.Now.Add(linkLife)}
		second, err := d.needsSecond(ctx, tx, site, actor, role)
		if err != nil {
			return err
		}
		if second {
			if v.ProposalID, err = d.propose(ctx, tx, site, actor, "invite", about("invitation", v.ID), granting{Role: role, Sections: sections}, words); err != nil {
				return err
			}
			v.ExpiresAt = tx.Now.Add(forum.ProposalLife)
			waits = v.ProposalID
		}
		if err := tx.AddInvitation(ctx, v, digest(token)); err != nil {
			return err
		}
		return d.log(ctx, tx, site.ID, actor, act{Action: "staff.invite", Object: about("invitation", v.ID), After: roleIn(role, sections)})
	})
	return token, waits, err
}

// granting is the payload of proposals about a role.
type granting struct {
	Account  forum.ID   `json:"account,omitempty"`
	Role     forum.Role `json:"role"`
	Sections []string   `json:"sections,omitempty"`
	From     string     `json:"from,omitempty"` // the role as it was when this was proposed
}

// needsSecond reports whether an actor's giving of a role waits for a second
// person. Who is alone may invite the second one without.
func (d *Desk) needsSecond(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, role forum.Role) (bool, error) {
	if !site.Settings.FourEyes || !role.Weighty() {
		return false, nil
	}
	seconds, err := d.seconds(ctx, tx.Reader, site, actor.Account.ID)
	return len(seconds) > 0, err
}

// approveInvite lets an invitation be used.
func approveInvite(ctx context.Context, _ *Desk, tx *store.Tx, site forum.Site, _ forum.Actor, p Proposal) error {
	return tx.OpenUp(ctx, site.ID, p.ID, tx.Now.Add(linkLife))
}

// checkSections refuses sections that the site does not have, and any for the
// roles that are for the whole site.
func checkSections(site forum.Site, role forum.Role, sections []string) error {
	for _, slug := range sections {
		if _, ok := site.Settings.Section(slug); !ok {
			return forum.Fail(forum.Invalid, "error.sectionUnknown").With("section", slug).At("sections")
		}
	}
	if len(sections) > 0 && !slices.Contains([]forum.Role{forum.RoleReviewer, forum.RoleModerator}, role) {
		return forum.Fail(forum.Invalid, "error.roleWhole").At("sections")
	}
	return nil
}

// Invited is what a one-time link would do.
type Invited struct {
	store.Invitation
	By    forum.Account // who invites; zero: who runs the installation
	Waits bool          // a second person must agree first
}

// OpenInvitation returns what a one-time link would make of its holder, without
// using it up, so that a mail scanner that follows the link does no harm.
func (d *Desk) OpenInvitation(ctx context.Context, site forum.Site, token string) (Invited, error) {
	v, err := d.store.OpenLink(ctx, site.ID, digest(token), d.Now())
	if err != nil {
		return Invited{}, err
	}
	out := Invited{Invitation: v, Waits: v.ProposalID != 0}
	if v.MadeBy != 0 {
		out.By, err = d.store.Account(ctx, site.ID, v.MadeBy)
	}
	return out, err
}

// Welcome uses a one-time link up for a browser without an account.
func (d *Desk) Welcome(ctx context.Context, site forum.Site, token string) (*Grant, error) {
	return d.Join(ctx, site, forum.Actor{}, token)
}

// Join uses a one-time link up: the actor's account, or a new one for a browser
// that has none or only a guest's, gets the link's role, and the browser a
// session that is proof enough for the desk. Nobody accepts their own
// invitation.
func (d *Desk) Join(ctx context.Context, site forum.Site, actor forum.Actor, token string) (*Grant, error) {
	var grant *Grant
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		v, err := tx.UseLink(ctx, site.ID, digest(token))
		if err != nil {
			return err
		}
		a, err := d.joiner(ctx, tx, site, actor, v)
		if err != nil {
			return err
		}
		if grant, err = d.grant(ctx, tx, forum.Actor{Device: actor.Device}, a, true); err != nil {
			return err
		}
		actor.Account = a
		return d.log(ctx, tx, site.ID, actor, act{
			Action: "staff.join", Object: about("account", a.ID), Before: about("invitation", v.ID), After: roleIn(a.Role, a.Sections),
		})
	})
	return grant, err
}

// joiner is the account that takes an invitation's role.
func (d *Desk) joiner(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, v store.Invitation) (forum.Account, error) {
	if role := actor.Account.Role; role != forum.RoleReader && role != forum.RoleTrusted && !role.Staff() {
		a := forum.Account{SiteID: site.ID, ID: d.mint(), Role: v.Role, Sections: v.Sections, AuthorKey: authorKey(), CreatedAt: tx.Now}
		if err := tx.AddAccount(ctx, a, ""); err != nil {
			return a, err
		}
		return a, tx.SetRole(ctx, site.ID, a.ID, a.Role, a.Sections...)
	}
	if v.MadeBy == actor.Account.ID {
		return forum.Account{}, forum.Fail(forum.Forbidden, "error.ownInvitation")
	}
	a, err := tx.LockAccount(ctx, site.ID, actor.Account.ID)
	if err != nil {
		return a, err
	}
	if a.Role == forum.RoleAdmin && v.Role != forum.RoleAdmin {
		return a, forum.Fail(forum.Conflict, "error.alreadyStaff")
	}
	a.Role, a.Sections = v.Role, v.Sections
	return a, tx.SetRole(ctx, site.ID, a.ID, a.Role, a.Sections...)
}

// Uninvite takes an invitation back that nobody has used.
func (d *Desk) Uninvite(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) error {
	if !forum.May(actor, forum.ActStaff) {
		return forum.Fail(forum.Forbidden, "error.forbidden")
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		v, err := tx.DropLink(ctx, site.ID, id)
		if err != nil {
			return err
		}
		return d.log(ctx, tx, site.ID, actor, act{Action: "staff.uninvite", Object: about("invitation", id), Before: roleIn(v.Role, v.Sections)})
	})
}
