package desk_test

import (
	"strings"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// staffIn is an actor of the desk in a role, for some sections or the whole site.
func (o *office) staffIn(role forum.Role, sections ...string) forum.Actor {
	a := storetest.Account(o.t, o.s, o.site.ID, role)
	a.Sections = sections
	return forum.Actor{Account: a, Kind: forum.SessionPage, Strong: true}
}

// last returns the last decision on a comment.
func (o *office) last(c forum.Comment) forum.Decision {
	o.t.Helper()
	all, err := o.s.DecisionsOn(ctx, o.site.ID, c.ID)
	if err != nil || len(all) == 0 {
		o.t.Fatalf("%d decisions, %v", len(all), err)
	}
	return all[len(all)-1]
}

func TestDecide_siteReasons(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.site.Settings.Reasons = append(forum.DefaultReasons(),
			forum.RejectReason{Code: "house", Category: "OTHER_VIOLATION_TC", Words: map[string]string{"en": "Against the house rules"}})
		o.site.Settings.Reasons[0].Retired = true
		c := o.post(o.guest(), 0, "one")
		reject := desk.Ruling{Comment: c.ID, Verb: forum.Reject, From: forum.Published, Reason: "abuse"}
		_, err := o.d.Decide(ctx, o.site, o.owner, reject)
		refused(t, "a retired reason", err, "error.reasonMissing", "reason")
		reject.Reason, reject.Note = "house", strings.Repeat("x", 1001)
		_, err = o.d.Decide(ctx, o.site, o.owner, reject)
		refused(t, "a long note", err, "error.wordsLong", "note")
		reject.Note = " Mind the house. "
		if _, err = o.d.Decide(ctx, o.site, o.owner, reject); err != nil {
			t.Fatal(err)
		}
		if x := o.last(c); x.Reason != "house" || x.Note != "Mind the house." || x.ActorRole != forum.RoleAdmin || x.Source != forum.SourceVoluntary {
			t.Errorf("recorded %+v", x)
		}
	})
}

func TestDecide_sourceAndWaiting(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		c := o.post(o.guest(), 0, "reported")
		o.clock.pass(time.Hour)
		if _, _, err := o.d.Report(ctx, o.site, o.guest(), c.ID, forum.ReasonAbuse, ""); err != nil {
			t.Fatal(err)
		}
		o.clock.pass(10 * time.Minute)
		o.decide(c, forum.Hold)
		if x := o.last(c); x.Source != forum.SourceReport || x.Waited != 10*time.Minute || x.To != forum.Held {
			t.Errorf("a reported comment: %+v", x)
		}
		o.clock.pass(5 * time.Minute)
		o.decide(c, forum.Reject)
		if x := o.last(c); x.Source != forum.SourceReport || x.Waited != 5*time.Minute {
			t.Errorf("a held comment waited %v, %+v", x.Waited, x)
		}
		quiet := o.post(o.guest(), 0, "quiet")
		o.clock.pass(time.Hour)
		o.decide(quiet, forum.Reject)
		if x := o.last(quiet); x.Source != forum.SourceVoluntary || x.Waited != 0 {
			t.Errorf("nobody waited: %+v", x)
		}
	})
}

func TestDecide_section(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		c := o.post(o.guest(), 0, "no section")
		story, _, err := o.d.PutStory(ctx, o.site, desk.Article{ExternalID: "w", Headline: "World", Section: "world"})
		if err != nil {
			t.Fatal(err)
		}
		p, err := o.d.Post(ctx, o.site, o.guest(), draftOf(story.ID, 0, "of the world"))
		if err != nil {
			t.Fatal(err)
		}
		local := o.staffIn(forum.RoleModerator, "world")
		hold := desk.Ruling{Comment: c.ID, Verb: forum.Hold, From: forum.Published}
		_, err = o.d.Decide(ctx, o.site, local, hold)
		refused(t, "outside the section", err, "error.forbidden", "")
		hold.Comment = p.Comment.ID
		if _, err := o.d.Decide(ctx, o.site, local, hold); err != nil {
			t.Errorf("inside the section: %v", err)
		}
		if x := o.last(p.Comment); x.ActorRole != forum.RoleModerator {
			t.Errorf("recorded %+v", x)
		}
	})
}
