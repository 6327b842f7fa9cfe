package desk_test

import (
	"context"
	"slices"
	"testing"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
)

// worker returns somebody who works at the desk in a role.
func (o *office) worker(role forum.Role) forum.Actor {
	o.t.Helper()
	token, err := o.d.RoleLink(ctx, o.site, role)
	if err != nil {
		o.t.Fatal(err)
	}
	g, err := o.d.Welcome(ctx, o.site, token)
	if err != nil {
		o.t.Fatal(err)
	}
	return o.as(g)
}

// again reads an actor's account anew.
func (o *office) again(a forum.Actor) forum.Actor {
	o.t.Helper()
	var err error
	if a.Account, err = o.s.Account(ctx, o.site.ID, a.Account.ID); err != nil {
		o.t.Fatal(err)
	}
	return a
}

// logged returns the actions of the site's log, the oldest first.
func (o *office) logged() []string {
	o.t.Helper()
	entries, err := o.s.LogAfter(ctx, o.site.ID, 0, 1000)
	if err != nil {
		o.t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Action)
	}
	return out
}

func TestProposals_grant(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		lead, second := o.worker(forum.RoleReviewer), o.worker(forum.RoleLead)
		id, err := o.d.Grant(ctx, o.site, o.owner, lead.Account.ID, forum.RoleModerator, []string{"world"}, "she knows the desk")
		if err != nil || id == 0 {
			t.Fatalf("granting a weighty role: proposal %s, %v", id, err)
		}
		if got := o.again(lead).Account.Role; got != forum.RoleReviewer {
			t.Errorf("before anybody agreed the role is %s", got)
		}
		refused(t, "agree to one's own", o.d.Approve(ctx, o.site, o.owner, id), "error.ownProposal", "")
		refused(t, "agree without the right", o.d.Approve(ctx, o.site, lead, id), "error.forbidden", "")
		refused(t, "refuse a stranger's", o.d.Refuse(ctx, o.site, lead, id), "error.notFound", "")
		if n, err := o.d.ProposalsWaiting(ctx, o.site, second); err != nil || n != 1 {
			t.Errorf("%d wait for the second, %v", n, err)
		}
		if n, err := o.d.ProposalsWaiting(ctx, o.site, o.owner); err != nil || n != 0 {
			t.Errorf("%d wait for the proposer, %v", n, err)
		}
		if err := o.d.Approve(ctx, o.site, second, id); err != nil {
			t.Fatal(err)
		}
		if got := o.again(lead).Account; got.Role != forum.RoleModerator || !slices.Equal(got.Sections, []string{"world"}) {
			t.Errorf("after agreement: %s %v", got.Role, got.Sections)
		}
		refused(t, "agree twice", o.d.Approve(ctx, o.site, second, id), "error.conflict", "")
		want := []string{"proposal.make", "staff.grant", "proposal.approve"}
		if got := o.logged(); !slices.Equal(got[len(got)-3:], want) {
			t.Errorf("logged %v", got)
		}
	})
}

func TestProposals_endOnce(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		reviewer, second := o.worker(forum.RoleReviewer), o.worker(forum.RoleLead)
		propose := func() forum.ID {
			id, err := o.d.Grant(ctx, o.site, o.owner, reviewer.Account.ID, forum.RoleModerator, nil, "")
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		late := propose()
		o.clock.pass(forum.ProposalLife)
		refused(t, "agree too late", o.d.Approve(ctx, o.site, second, late), "error.conflict", "")
		if err := o.d.Tidy(ctx, o.site.ID); err != nil {
			t.Fatal(err)
		}
		cards, err := o.d.Proposals(ctx, o.site, second, 0, 10)
		if err != nil || len(cards) != 1 || cards[0].Outcome != forum.ProposalExpired || cards[0].MayEnd {
			t.Errorf("%+v, %v", cards, err)
		}
		taken := propose()
		if err := o.d.Refuse(ctx, o.site, o.owner, taken); err != nil {
			t.Errorf("take one's own back: %v", err)
		}
		refused(t, "agree to what was taken back", o.d.Approve(ctx, o.site, second, taken), "error.conflict", "")
		stale := propose()
		if err := o.s.Write(ctx, o.clock.now(), func(c context.Context, tx *store.Tx) error {
			return tx.SetRole(c, o.site.ID, reviewer.Account.ID, forum.RoleReader)
		}); err != nil {
			t.Fatal(err)
		}
		refused(t, "a role that changed meanwhile", o.d.Approve(ctx, o.site, second, stale), "error.conflict", "")
	})
}

// TestRace_approve has fifty leads agree to one proposal at once: one does, and
// what was proposed happens once.
func TestRace_approve(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		reviewer := o.worker(forum.RoleReviewer)
		leads := []forum.Actor{o.worker(forum.RoleLead), o.worker(forum.RoleLead), o.worker(forum.RoleAdmin)}
		id, err := o.d.Grant(ctx, o.site, o.owner, reviewer.Account.ID, forum.RoleModerator, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		won := 0
		for i, err := range atOnce(50, func(i int) error { return o.d.Approve(ctx, o.site, leads[i%3], id) }) {
			switch {
			case err == nil:
				won++
			case !forum.IsKind(err, forum.Conflict):
				t.Errorf("agreement %d: %v", i, err)
			}
		}
		granted := 0
		for _, a := range o.logged() {
			if a == "staff.grant" {
				granted++
			}
		}
		if won != 1 || granted != 1 {
			t.Errorf("%d agreements, %d grants", won, granted)
		}
	})
}

// TestRace_join has fifty browsers accept one invitation at once: one does.
func TestRace_join(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		token, waits, err := o.d.Invite(ctx, o.site, o.owner, forum.RoleReviewer, nil, "")
		if err != nil || waits != 0 {
			t.Fatal(waits, err)
		}
		won := 0
		for i, err := range atOnce(50, func(int) error { _, err := o.d.Join(ctx, o.site, forum.Actor{}, token); return err }) {
			switch {
			case err == nil:
				won++
			case !forum.IsKind(err, forum.Gone):
				t.Errorf("acceptance %d: %v", i, err)
			}
		}
		team, err := o.d.Team(ctx, o.site, o.owner)
		if err != nil || won != 1 || len(team.Members) != 2 || len(team.Invitations) != 0 {
			t.Errorf("%d accepted; %d members, %d invitations, %v", won, len(team.Members), len(team.Invitations), err)
		}
	})
}

func TestInvite_waitsForASecond(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		// Who is alone invites the second person alone.
		token, waits, err := o.d.Invite(ctx, o.site, o.owner, forum.RoleLead, nil, "")
		if err != nil || waits != 0 {
			t.Fatalf("alone: waits for %s, %v", waits, err)
		}
		g, err := o.d.Join(ctx, o.site, forum.Actor{}, token)
		if err != nil {
			t.Fatal(err)
		}
		lead := o.as(g)
		if lead.Account.Role != forum.RoleLead || !lead.Strong {
			t.Errorf("joined as %+v", lead)
		}
		token, waits, err = o.d.Invite(ctx, o.site, o.owner, forum.RoleModerator, []string{"world"}, "")
		if err != nil || waits == 0 {
			t.Fatalf("with a second person: waits for %s, %v", waits, err)
		}
		if v, err := o.d.OpenInvitation(ctx, o.site, token); err != nil || !v.Waits || v.By.ID != o.owner.Account.ID {
			t.Errorf("%+v, %v", v, err)
		}
		_, err = o.d.Join(ctx, o.site, forum.Actor{}, token)
		refused(t, "accept before a second agreed", err, "error.linkUsed", "")
		if err := o.d.Approve(ctx, o.site, lead, waits); err != nil {
			t.Fatal(err)
		}
		_, err = o.d.Join(ctx, o.site, o.owner, token)
		refused(t, "accept one's own", err, "error.ownInvitation", "")
		reader := o.guest()
		if g, err = o.d.Join(ctx, o.site, reader, token); err != nil {
			t.Fatal(err)
		}
		if a := o.as(g).Account; a.Role != forum.RoleModerator || !slices.Equal(a.Sections, []string{"world"}) {
			t.Errorf("joined as %s for %v", a.Role, a.Sections)
		}
	})
}

func TestInvite_refused(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		lead := o.worker(forum.RoleLead)
		invite := func(a forum.Actor, role forum.Role, sections ...string) error {
			_, _, err := o.d.Invite(ctx, o.site, a, role, sections, "")
			return err
		}
		refused(t, "a lead invites", invite(lead, forum.RoleReviewer), "error.forbidden", "")
		refused(t, "an unknown role", invite(o.owner, "king"), "error.roleUnknown", "role")
		refused(t, "a reader's role", invite(o.owner, forum.RoleReader), "error.roleUnknown", "role")
		refused(t, "an unknown section", invite(o.owner, forum.RoleReviewer, "moon"), "error.sectionUnknown", "sections")
		refused(t, "a lead of a section", invite(o.owner, forum.RoleLead, "world"), "error.roleWhole", "sections")
		weak := o.owner
		weak.Strong = false
		refused(t, "a weak session", invite(weak, forum.RoleReviewer), "error.forbidden", "")
		token, _, err := o.d.Invite(ctx, o.site, o.owner, forum.RoleReviewer, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		team, err := o.d.Team(ctx, o.site, o.owner)
		if err != nil || len(team.Invitations) != 1 {
			t.Fatalf("%+v, %v", team.Invitations, err)
		}
		refused(t, "a lead takes it back", o.d.Uninvite(ctx, o.site, lead, team.Invitations[0].ID), "error.forbidden", "")
		if err := o.d.Uninvite(ctx, o.site, o.owner, team.Invitations[0].ID); err != nil {
			t.Fatal(err)
		}
		_, err = o.d.Join(ctx, o.site, forum.Actor{}, token)
		refused(t, "accept what was taken back", err, "error.linkUsed", "")
	})
}

// TestGrant_revoke takes a role away: the very next request is nobody's, and the
// invitations of who had it are worth nothing.
func TestGrant_revoke(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		token, err := o.d.RoleLink(ctx, o.site, forum.RoleAdmin)
		if err != nil {
			t.Fatal(err)
		}
		g, err := o.d.Welcome(ctx, o.site, token)
		if err != nil {
			t.Fatal(err)
		}
		other := o.as(g)
		invitation, _, err := o.d.Invite(ctx, o.site, other, forum.RoleReviewer, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = o.d.Grant(ctx, o.site, other, other.Account.ID, forum.RoleReader, nil, "")
		refused(t, "one's own role", err, "error.ownRole", "")
		if waits, err := o.d.Grant(ctx, o.site, o.owner, other.Account.ID, forum.RoleReader, nil, ""); err != nil || waits != 0 {
			t.Fatalf("revoke: %s, %v", waits, err)
		}
		_, err = o.d.Authenticate(ctx, o.site, g.Token)
		refused(t, "the old session", err, "error.signInNeeded", "")
		_, err = o.d.Join(ctx, o.site, forum.Actor{}, invitation)
		refused(t, "the old invitation", err, "error.linkUsed", "")
		_, err = o.d.Grant(ctx, o.site, o.again(other), o.owner.Account.ID, forum.RoleReader, nil, "")
		refused(t, "who lost the role", err, "error.forbidden", "")
	})
}

func TestConfigure(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		seen := desk.SettingsSeen(o.site)
		off := func(s *forum.Site) { s.Settings.FourEyes, s.Settings.Guidelines = false, "Be kind." }
		lead := o.worker(forum.RoleLead)
		_, err := o.d.Configure(ctx, o.site, lead, seen, off)
		refused(t, "a lead changes settings", err, "error.forbidden", "")
		waits, err := o.d.Configure(ctx, o.site, o.owner, seen, off)
		if err != nil || waits == 0 {
			t.Fatalf("switch four eyes off beside a lead: %s, %v", waits, err)
		}
		_, err = o.d.Configure(ctx, o.site, o.owner, seen, off)
		refused(t, "settings changed meanwhile", err, "error.conflict", "")
		site, _ := o.s.Site(ctx, o.site.ID)
		if !site.Settings.FourEyes || site.Settings.Guidelines != "Be kind." {
			t.Errorf("before agreement: %+v", site.Settings)
		}
		if err := o.d.Approve(ctx, o.site, lead, waits); err != nil {
			t.Fatal(err)
		}
		if site, _ = o.s.Site(ctx, o.site.ID); site.Settings.FourEyes {
			t.Error("agreed, and still on")
		}
		_, err = o.d.Configure(ctx, o.site, o.owner, desk.SettingsSeen(site), func(s *forum.Site) { s.Settings.MaxLength = 0 })
		refused(t, "a bad value", err, "error.setting", "max_length")
		if _, err := o.d.Configure(ctx, o.site, o.owner, desk.SettingsSeen(site), func(s *forum.Site) { s.Name = " " }); err == nil {
			t.Error("a site without a name")
		}
	})
}

// TestConfigure_alone lets an admin who is alone switch four eyes off.
func TestConfigure_alone(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		waits, err := o.d.Configure(ctx, o.site, o.owner, desk.SettingsSeen(o.site), func(s *forum.Site) { s.Settings.FourEyes = false })
		site, _ := o.s.Site(ctx, o.site.ID)
		if err != nil || waits != 0 || site.Settings.FourEyes {
			t.Errorf("waits for %s, four eyes %t, %v", waits, site.Settings.FourEyes, err)
		}
		if got := o.logged(); got[len(got)-1] != "settings.change" {
			t.Errorf("logged %v", got)
		}
	})
}
