package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/internal/forum"
	"parley/internal/name"
	"parley/internal/store"
)

// roleIn names a role and its sections in the log.
func roleIn(role forum.Role, sections []string) string {
	if len(sections) == 0 {
		return string(role)
	}
	return string(role) + " " + strings.Join(sections, " ")
}

// Member is somebody who works for the newsroom.
type Member struct {
	forum.Account
	SeenAt time.Time // to the hour; zero: no session
}

// Team is everybody who works for a site's newsroom and who is invited to.
type Team struct {
	Members     []Member
	Invitations []Invited
}

// Team returns who works for the newsroom.
func (d *Desk) Team(ctx context.Context, site forum.Site, actor forum.Actor) (Team, error) {
	var t Team
	if !forum.May(actor, forum.ActStaff) {
		return t, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	all, err := d.store.Staff(ctx, site.ID)
	if err != nil {
		return t, err
	}
	byID := map[forum.ID]forum.Account{}
	ids := make([]forum.ID, len(all))
	for i, a := range all {
		byID[a.ID], ids[i] = a, a.ID
	}
	seen, err := d.store.LastSeen(ctx, site.ID, ids)
	if err != nil {
		return t, err
	}
	for _, a := range all {
		t.Members = append(t.Members, Member{a, seen[a.ID]})
	}
	order := forum.StaffRoles()
	slices.SortStableFunc(t.Members, func(a, b Member) int { return slices.Index(order, b.Role) - slices.Index(order, a.Role) })
	links, err := d.store.Invitations(ctx, site.ID, d.Now())
	for _, v := range links {
		t.Invitations = append(t.Invitations, Invited{Invitation: v, By: byID[v.MadeBy], Waits: v.ProposalID != 0})
	}
	return t, err
}

// Grant gives an account a role, for some sections or, with none, for the whole
// site. A weighty role waits for a second person if there is one: waits names
// the proposal. Nobody changes their own role, and the last admin keeps theirs.
func (d *Desk) Grant(ctx context.Context, site forum.Site, actor forum.Actor, account forum.ID, role forum.Role, sections []string, words string) (waits forum.ID, err error) {
	if !role.Staff() && role != forum.RoleReader && role != forum.RoleTrusted {
		return 0, forum.Fail(forum.Invalid, "error.roleUnknown").At("role")
	}
	if !forum.MayGrant(actor, role) {
		return 0, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	if account == actor.Account.ID {
		return 0, forum.Fail(forum.Forbidden, "error.ownRole")
	}
	if err := checkSections(site, role, sections); err != nil {
		return 0, err
	}
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, err := lockMember(ctx, tx, site.ID, account, role)
		if err != nil {
			return err
		}
		g := granting{Account: account, Role: role, Sections: sections, From: roleIn(a.Role, a.Sections)}
		second, err := d.needsSecond(ctx, tx, site, actor, role)
		if err != nil {
			return err
		}
		if second && g.From != roleIn(role, sections) {
			waits, err = d.propose(ctx, tx, site, actor, "grant", about("account", account), g, words)
			return err
		}
		return d.setRole(ctx, tx, site, actor, a, g)
	})
	return waits, err
}

// lockMember locks an account that is to have another role; before it all admins,
// if it might be one who is to be none: two who take it from each other at once
// must not wait for each other.
func lockMember(ctx context.Context, tx *store.Tx, site, account forum.ID, role forum.Role) (forum.Account, error) {
	if role != forum.RoleAdmin {
		if _, err := tx.LockAdmins(ctx, site); err != nil {
			return forum.Account{}, err
		}
	}
	return tx.LockAccount(ctx, site, account)
}

// approveGrant gives the role that was proposed, unless the account's has changed
// meanwhile.
func approveGrant(ctx context.Context, d *Desk, tx *store.Tx, site forum.Site, by forum.Actor, p Proposal) error {
	var g granting
	if err := json.Unmarshal([]byte(p.Payload), &g); err != nil {
		return fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	if g.Account == by.Account.ID {
		return forum.Fail(forum.Forbidden, "error.ownRole")
	}
	a, err := lockMember(ctx, tx, site.ID, g.Account, g.Role)
	if err != nil {
		return err
	}
	if roleIn(a.Role, a.Sections) != g.From {
		return forum.Fail(forum.Conflict, "error.conflict").Because("the role changed from %s meanwhile", g.From)
	}
	return d.setRole(ctx, tx, site, by, a, g)
}

// setRole changes a locked account's role. Who no longer works for the newsroom
// loses every session at once, and who may no longer give roles every invitation
// they made; whoever works for it in another role keeps their sessions, since the
// rights of a role are asked anew with each request.
func (d *Desk) setRole(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, a forum.Account, g granting) error {
	if a.Role == forum.RoleGuest || a.Role == forum.RoleArchived || !a.ErasedAt.IsZero() {
		return forum.Fail(forum.Invalid, "error.roleAccount").At("role")
	}
	if a.Role == forum.RoleAdmin && g.Role != forum.RoleAdmin {
		if err := d.keepAdmin(ctx, tx, site, a.ID); err != nil {
			return err
		}
	}
	if err := tx.SetRole(ctx, site.ID, a.ID, g.Role, g.Sections...); err != nil {
		return err
	}
	action := "staff.grant"
	if a.Role.Staff() && !g.Role.Staff() {
		action = "staff.revoke"
		if _, err := tx.EndSessions(ctx, site.ID, a.ID, 0); err != nil {
			return err
		}
	}
	// Else who may no longer give roles could still take one of their own links.
	if !slices.Contains(forum.Rights(g.Role), forum.ActStaff) {
		if err := tx.DropLinksBy(ctx, site.ID, a.ID); err != nil {
			return err
		}
	}
	if err := d.notify(ctx, tx, actor, forum.Notification{SiteID: site.ID, AccountID: a.ID, Kind: forum.ToldStaff}); err != nil {
		return err
	}
	return d.log(ctx, tx, site.ID, actor, act{
		Action: action, Object: about("account", a.ID), Before: roleIn(a.Role, a.Sections), After: roleIn(g.Role, g.Sections),
	})
}

// keepAdmin refuses to take the role of the last admin away.
func (d *Desk) keepAdmin(ctx context.Context, tx *store.Tx, site forum.Site, but forum.ID) error {
	all, err := tx.LockAdmins(ctx, site.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(a forum.Account) bool { return a.ID != but }) {
		return forum.Fail(forum.Conflict, "error.lastAdmin")
	}
	return nil
}

// FindName returns the account that writes under a name, however it is spelt.
func (d *Desk) FindName(ctx context.Context, site forum.Site, actor forum.Actor, called string) (forum.Account, error) {
	if !forum.May(actor, forum.ActStaff) {
		return forum.Account{}, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	a, err := d.store.AccountBySkeleton(ctx, site.ID, name.Skeleton(strings.TrimSpace(called)))
	if forum.IsKind(err, forum.NotFound) {
		return a, forum.Fail(forum.Invalid, "error.nameUnknown").At("name")
	}
	return a, err
}

// Trust makes a reader trusted, or takes that back.
func (d *Desk) Trust(ctx context.Context, site forum.Site, actor forum.Actor, account forum.ID, trusted bool) error {
	if !forum.May(actor, forum.ActSanction) {
		return forum.Fail(forum.Forbidden, "error.forbidden")
	}
	from, to := forum.RoleReader, forum.RoleTrusted
	if !trusted {
		from, to = to, from
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, err := tx.LockAccount(ctx, site.ID, account)
		if err != nil {
			return err
		}
		if a.Role != from {
			return forum.Fail(forum.Conflict, "error.conflict").Because("account is %s", a.Role)
		}
		if err := tx.SetRole(ctx, site.ID, a.ID, to); err != nil {
			return err
		}
		return d.log(ctx, tx, site.ID, actor, act{Action: "staff.grant", Object: about("account", a.ID), Before: string(from), After: string(to)})
	})
}

// trustSpan is the time whose rejections count when readers become trusted.
const trustSpan = 30 * 24 * time.Hour

// trustSlice is how many accounts are looked at in one go. They are read, not
// locked: nobody who writes waits while the many who have not earned it are passed.
const trustSlice = 200

// TrustReaders makes those readers trusted who have earned it by the site's
// settings. It looks at most accounts, or a slice more, and goes on behind them the
// next time; after the last it begins again.
func (d *Desk) TrustReaders(ctx context.Context, site forum.Site, most int) error {
	if site.Settings.TrustedAfter == 0 {
		return nil
	}
	for looked := 0; looked < most; looked += trustSlice {
		after := d.trusted.last(site.ID)
		some, err := d.store.Standings(ctx, site.ID, after, site.Settings.TrustedAfter, trustSlice)
		if err != nil {
			return err
		}
		var earned []forum.ID
		for _, x := range some {
			after = x.AccountID
			if x.Earned {
				earned = append(earned, x.AccountID)
			}
		}
		if err := d.trust(ctx, site, earned); err != nil {
			return err
		}
		if len(some) < trustSlice {
			d.trusted.set(site.ID, 0)
			return nil
		}
		d.trusted.set(site.ID, after)
	}
	return nil
}

// round is how far a round over the accounts of each site has come.
type round struct {
	mu sync.Mutex
	at map[forum.ID]forum.ID // by site
}

func (r *round) last(site forum.ID) forum.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at[site]
}

func (r *round) set(site, last forum.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at == nil {
		r.at = map[forum.ID]forum.ID{}
	}
	r.at[site] = last
}

// trust makes those readers trusted of whose comments lately few were rejected.
func (d *Desk) trust(ctx context.Context, site forum.Site, readers []forum.ID) error {
	if len(readers) == 0 {
		return nil
	}
	return d.writeMany(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, id := range readers {
			if err := tx.TrustReader(ctx, site.ID, id, site.Settings.TrustedAfter, tx.Now.Add(-trustSpan)); err != nil {
				return err
			}
		}
		return nil
	})
}
