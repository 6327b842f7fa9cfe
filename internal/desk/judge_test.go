package desk_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/rule"
	"parley/internal/store"
)

// rule adds a rule of one condition and puts it to a stage.
func (o *office) rule(stage forum.Stage, when, then string) forum.Rule {
	o.t.Helper()
	d, err := rule.Decode([]byte(`{"format":1,"when":` + when + `,"then":` + then + `}`))
	if err != nil {
		o.t.Fatal(err)
	}
	x, err := o.d.AddRule(ctx, o.site, o.owner, desk.RuleDraft{Name: "r", Definition: d})
	if err != nil {
		o.t.Fatal(err)
	}
	if x, err = o.d.StageRule(ctx, o.site, o.owner, x, stage, "a test begins now"); err != nil {
		o.t.Fatal(err)
	}
	return x
}

const (
	scum    = `{"words":{"lists":[{"grade":"banned","entries":["scum"]}]}}`
	holds   = `{"do":"hold"}`
	rejects = `{"do":"reject","reason":"abuse"}`
	thinks  = `{"do":"think"}`
	signsIn = `{"do":"sign-in"}`
	slows   = `{"do":"slow","seconds":60}`
)

// decided rejects or dismisses what a guest has reported.
func (o *office) decided(c forum.Comment, verb forum.Verb) {
	o.t.Helper()
	if verb == forum.Dismiss {
		o.report(o.guest(), c)
	}
	if _, err := o.d.Decide(ctx, o.site, o.owner, desk.Ruling{Comment: c.ID, Verb: verb, From: c.State, Reason: "abuse"}); err != nil {
		o.t.Fatal(err)
	}
}

// wavered rejects and takes it back.
func (o *office) wavered(c forum.Comment) {
	o.t.Helper()
	o.decided(c, forum.Reject)
	if _, err := o.d.Undo(ctx, o.site, o.owner, desk.TakeBack{Comment: c.ID}); err != nil {
		o.t.Fatal(err)
	}
}

// inRole is a strong session of somebody who works for the newsroom.
func (o *office) inRole(role forum.Role) forum.Actor {
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

// rehearse does the rehearsals that are queued.
func (o *office) rehearse() {
	o.t.Helper()
	w, err := o.d.TakeJob(ctx, o.site.ID)
	for done := false; err == nil && !done; {
		if done, err = o.d.RehearseStep(ctx, o.site, &w.Job); done {
			w.Job.State = forum.JobDone
		}
		if err == nil {
			_, err = o.d.SaveJob(ctx, w, done)
		}
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

// sound checks that no counter differs from what it counts.
func (o *office) sound() {
	o.t.Helper()
	wrong, err := o.s.Recount(ctx, o.site.ID)
	if err != nil || len(wrong) > 0 {
		o.t.Errorf("counters: %v, %v", wrong, err)
	}
}

func (o *office) verdicts(c forum.Comment) []forum.Verdict {
	o.t.Helper()
	all, err := o.d.Verdicts(ctx, o.site, []forum.ID{c.ID})
	if err != nil {
		o.t.Fatal(err)
	}
	return all[c.ID]
}

func (o *office) decisions(c forum.Comment) []forum.Decision {
	o.t.Helper()
	all, err := o.s.DecisionsOn(ctx, o.site.ID, c.ID)
	if err != nil {
		o.t.Fatal(err)
	}
	return all
}

// Of what fires, the strongest effect that applies acts; the rest is recorded.
func TestPost_rules(t *testing.T) {
	for _, c := range []struct {
		name  string
		rules []string // effects of rules that are on
		state forum.State
		code  string // of the refusal
	}{
		{"hold", []string{holds}, forum.Held, ""},
		{"reject", []string{rejects}, forum.Rejected, ""},
		{"think again", []string{thinks}, "", "error.thinkAgain"},
		{"sign in", []string{signsIn}, "", "error.signInRule"},
		{"slow, nothing before", []string{slows}, forum.Published, ""},
		{"reject goes before all", []string{thinks, slows, signsIn, holds, rejects}, forum.Rejected, ""},
		{"hold goes before asking", []string{holds, signsIn, thinks}, forum.Held, ""},
		{"sign in goes before thinking", []string{thinks, signsIn}, "", "error.signInRule"},
	} {
		t.Run(c.name, func(t *testing.T) {
			forEach(t, func(t *testing.T, o *office) {
				for _, then := range c.rules {
					o.rule(forum.StageOn, scum, then)
				}
				p, err := o.d.Post(ctx, o.site, o.guest(), draftOf(o.story.ID, 0, "you sc\u200bum"))
				if c.code != "" {
					refused(t, c.name, err, c.code, map[string]string{"error.thinkAgain": "confirmed"}[c.code])
					return
				}
				if err != nil || p.Comment.State != c.state {
					t.Fatalf("%s, %v", p.Comment.State, err)
				}
				if n := len(o.verdicts(p.Comment)); n != len(c.rules) {
					t.Errorf("%d verdicts of %d rules", n, len(c.rules))
				}
				o.sound()
			})
		})
	}
}

func TestPost_ruleHolds(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		x := o.rule(forum.StageOn, scum, holds)
		shadow := o.rule(forum.StageShadow, `{"text":{"shorter":100}}`, rejects)
		o.rule(forum.StageOff, `{"text":{"shorter":100}}`, rejects)
		p, err := o.d.Post(ctx, o.site, o.guest(), draftOf(o.story.ID, 0, "you scum"))
		if err != nil || p.Comment.State != forum.Held || p.Comment.HeldFor != "rule" || p.Story.Held != 1 || p.Story.Comments != 0 {
			t.Fatalf("%+v, %v", p, err)
		}
		ds := o.decisions(p.Comment)
		if len(ds) != 1 || ds[0].ID != p.Decision || ds[0].RuleID != x.ID || ds[0].RuleVersion != 1 || !ds[0].Automated ||
			ds[0].Verb != forum.Hold || ds[0].From != forum.Published || ds[0].To != forum.Held {
			t.Errorf("decisions %+v", ds)
		}
		vs := o.verdicts(p.Comment)
		if len(vs) != 2 || !vs[0].Acted || vs[0].RuleID != x.ID || vs[1].Acted || vs[1].RuleID != shadow.ID || vs[1].Stage != forum.StageShadow {
			t.Fatalf("verdicts %+v", vs)
		}
		w := vs[0].Why
		if w.Code != "rule.why.banned" || w.Args["word"] != "scum" || len(w.Marks) != 1 || p.Comment.Source[w.Marks[0].From:w.Marks[0].To] != "scum" {
			t.Errorf("why %+v", w)
		}
		entries, err := o.s.LogAfter(ctx, o.site.ID, 0, 50)
		if err != nil || entries[len(entries)-1].Action != "comment.hold" {
			t.Errorf("log %+v, %v", entries, err)
		}
		if q, err := o.d.Post(ctx, o.site, o.owner, draftOf(o.story.ID, 0, "the newsroom quotes: scum")); err != nil || q.Comment.State != forum.Published {
			t.Errorf("a rule judges the newsroom: %v, %v", q.Comment.State, err)
		}
	})
}

// Whoever is asked to think again can send it anyway, and nothing is kept of a
// text that was not sent.
func TestPost_thinkAgain(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.rule(forum.StageOn, scum, thinks)
		author, draft := o.guest(), draftOf(o.story.ID, 0, "you scum")
		_, err := o.d.Post(ctx, o.site, author, draft)
		refused(t, "first", err, "error.thinkAgain", "confirmed")
		o.shows("")
		draft.Confirmed = true
		p, err := o.d.Post(ctx, o.site, author, draft)
		if err != nil || p.Comment.State != forum.Published {
			t.Fatalf("confirmed: %+v, %v", p, err)
		}
		if vs := o.verdicts(p.Comment); len(vs) != 1 || vs[0].Acted {
			t.Errorf("verdicts %+v", vs)
		}
		mild := o.post(author, 0, "you are wrong")
		_, err = o.d.Edit(ctx, o.site, author, mild.ID, "you scum", false)
		refused(t, "edit", err, "error.thinkAgain", "confirmed")
		if c, err := o.d.Edit(ctx, o.site, author, mild.ID, "you scum", true); err != nil || c.State != forum.Published {
			t.Errorf("confirmed edit: %s, %v", c.State, err)
		}
	})
}

func TestPost_ruleSlows(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.rule(forum.StageOn, `{"author":{"guest":true}}`, slows)
		author := o.guest()
		o.post(author, 0, "one")
		o.clock.pass(20 * time.Second)
		_, err := o.d.Post(ctx, o.site, author, draftOf(o.story.ID, 0, "two"))
		refused(t, "too soon", err, "error.slowRule", "")
		var e *forum.Error
		if !errors.As(err, &e) || e.Args["seconds"] != 40 || e.RetryAfter != 40*time.Second {
			t.Errorf("wait %v, %s", e.Args, e.RetryAfter)
		}
		o.clock.pass(40 * time.Second)
		o.post(author, 0, "two")
	})
}

// What rules ask about authors, stories and other comments is counted right.
func TestPost_facts(t *testing.T) {
	long := strings.Repeat("buy the finest carpets of the whole province from my uncle ", 2)
	for _, c := range []struct {
		when  string
		write func(o *office, author forum.Actor) (before, caught string) // texts posted in this order
	}{
		{`{"pace":{"at_least":2,"within":60,"by":"author"}}`, func(o *office, a forum.Actor) (string, string) {
			o.post(a, 0, "one")
			return "two", "three"
		}},
		{`{"pace":{"at_least":2,"within":60,"by":"anyone"}}`, func(o *office, a forum.Actor) (string, string) {
			o.post(o.guest(), 0, "one")
			return "two", "three"
		}},
		{`{"copies":{"within":60,"by":"anyone"}}`, func(o *office, a forum.Actor) (string, string) {
			o.post(o.guest(), 0, "Something else that is just as long as what follows here, or about so.")
			return long, strings.ToUpper(long) + "!!"
		}},
		{`{"copies":{"within":60,"by":"author"}}`, func(o *office, a forum.Actor) (string, string) {
			o.post(o.guest(), 0, long)
			return long, long + "."
		}},
		{`{"links":{"first":true}}`, func(o *office, a forum.Actor) (string, string) {
			o.post(a, 0, "no link")
			return "nor here", "https://first.example/"
		}},
		{`{"links":{"domains":["spam.example"]}}`, func(o *office, a forum.Actor) (string, string) {
			return "https://notspam.example/", "[x](https://www.spam.example/y)"
		}},
		{`{"all":[{"author":{"accepted_below":3}},{"text":{"shorter":4}}]}`, func(o *office, a forum.Actor) (string, string) {
			return "long enough", "hm"
		}},
		{`{"author":{"rejected_share":0.5}}`, func(o *office, a forum.Actor) (string, string) {
			for i := range 4 {
				c := o.post(a, 0, fmt.Sprint("bad ", i))
				if i > 0 {
					o.decided(c, forum.Reject)
				}
			}
			return "still few", "now it counts"
		}},
	} {
		t.Run(c.when, func(t *testing.T) {
			forEach(t, func(t *testing.T, o *office) {
				author := o.guest()
				o.rule(forum.StageShadow, c.when, holds)
				before, caught := c.write(o, author)
				if vs := o.verdicts(o.post(author, 0, before)); len(vs) != 0 {
					t.Errorf("caught before: %+v", vs)
				}
				if vs := o.verdicts(o.post(author, 0, caught)); len(vs) != 1 {
					t.Errorf("not caught: %+v", vs)
				}
			})
		})
	}
}

// A text is compared with all that a rule can look back at, and is then forgotten.
func TestTidy_copies(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		text := strings.Repeat("buy the finest carpets of the whole province from my uncle ", 2)
		o.post(o.guest(), 0, text)
		o.rule(forum.StageShadow, `{"copies":{"within":7776000,"by":"anyone"}}`, holds)
		for _, x := range []struct{ days, said int }{{89, 1}, {91, 0}} {
			o.clock.pass(time.Duration(x.days) * 24 * time.Hour)
			if err := o.d.Tidy(ctx, o.site.ID); err != nil {
				t.Fatal(err)
			}
			if vs := o.verdicts(o.post(o.guest(), 0, text)); len(vs) != x.said {
				t.Errorf("%d days later: %+v", x.days, vs)
			}
		}
		err := o.s.Write(ctx, o.clock.now(), func(ctx context.Context, tx *store.Tx) error {
			left, err := tx.ForgetBands(ctx, o.site.ID, o.clock.now().Add(-rule.LongestWindow), 9)
			if left != 0 {
				t.Errorf("%d bands were not forgotten", left)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// An edit is judged as a new text is.
func TestEdit_rules(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		x := o.rule(forum.StageOn, scum, holds)
		o.rule(forum.StageOn, `{"words":{"lists":[{"grade":"banned","entries":["vermin"]}]}}`, rejects)
		author := o.guest()
		one, two := o.post(author, 0, "good morning"), o.post(author, 0, "good evening")
		c, err := o.d.Edit(ctx, o.site, author, one.ID, "good morning, scum", false)
		if err != nil || c.State != forum.Held || c.HeldFor != "rule" || c.Source != "good morning, scum" {
			t.Fatalf("%+v, %v", c, err)
		}
		if ds := o.decisions(c); len(ds) != 1 || ds[0].RuleID != x.ID || ds[0].From != forum.Published {
			t.Errorf("decisions %+v", ds)
		}
		if c, err = o.d.Edit(ctx, o.site, author, one.ID, "good morning, scum!", false); err != nil || c.State != forum.Held || len(o.decisions(c)) != 1 {
			t.Errorf("a held comment is held again: %s, %v, %d decisions", c.State, err, len(o.decisions(c)))
		}
		if c, err = o.d.Edit(ctx, o.site, author, two.ID, "good evening, vermin", false); err != nil || c.State != forum.Rejected {
			t.Errorf("%s, %v", c.State, err)
		}
		o.shows("")
		o.sound()
	})
}

// Who was let in with a harmless text is not let in with any.
func TestEdit_newcomerIsReviewedAgain(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.site.Settings.HoldFirst = true
		author := o.guest()
		p, err := o.d.Post(ctx, o.site, author, draftOf(o.story.ID, 0, "hello"))
		if err != nil || p.Comment.HeldFor != "first-comment" {
			t.Fatal(p.Comment, err)
		}
		o.decide(p.Comment, forum.Publish)
		c, err := o.d.Edit(ctx, o.site, author, p.Comment.ID, "buy carpets", false)
		if err != nil || c.State != forum.Held || c.HeldFor != "edited" {
			t.Fatalf("%+v, %v", c, err)
		}
		ds := o.decisions(c)
		if last := ds[len(ds)-1]; last.Verb != forum.Hold || last.Reason != "edited" || !last.Automated || last.RuleID != 0 {
			t.Errorf("decision %+v", last)
		}
		o.shows("")
		o.sound()
	})
}

func second[T any](_ T, err error) error { return err }

func TestRule_rights(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		x := o.rule(forum.StageOff, scum, holds)
		moderator := o.inRole(forum.RoleModerator)
		if _, err := o.d.Rules(ctx, o.site, moderator); err != nil {
			t.Errorf("a moderator does not see the rules: %v", err)
		}
		for name, err := range map[string]error{
			"add":      second(o.d.AddRule(ctx, o.site, moderator, desk.RuleDraft{Name: "x"})),
			"change":   second(o.d.ChangeRule(ctx, o.site, moderator, x.ID, 1, desk.RuleDraft{Name: "x"})),
			"stage":    second(o.d.StageRule(ctx, o.site, moderator, x, forum.StageOn, "because I say so")),
			"rehearse": second(o.d.Rehearse(ctx, o.site, moderator, x.ID, 1, 30)),
			"see":      second(o.d.Rules(ctx, o.site, o.inRole(forum.RoleReviewer))),
		} {
			if !forum.IsKind(err, forum.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := o.d.StageRule(ctx, o.site, o.owner, x, forum.StageOn, " ")
		refused(t, "without words", err, "error.ruleWhy", "words")
		stale := x
		if _, err = o.d.StageRule(ctx, o.site, o.owner, x, forum.StageOn, "it held up well"); err != nil {
			t.Fatal(err)
		}
		_, err = o.d.StageRule(ctx, o.site, o.owner, stale, forum.StageShadow, "not so sure now")
		refused(t, "from a stage it has left", err, "error.conflict", "")
	})
}

// What a person decided and took back says nothing about a rule.
func TestRule_record(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		x := o.rule(forum.StageOn, scum, holds)
		o.decided(o.post(o.guest(), 0, "scum, one"), forum.Reject)
		o.decided(o.post(o.guest(), 0, "scum, two"), forum.Publish)
		o.wavered(o.post(o.guest(), 0, "scum, three"))
		f, err := o.d.Rule(ctx, o.site, o.owner, x.ID)
		if r := f.Record; err != nil || r.Hits != 3 || r.Agreed != 1 || r.Disputed != 1 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// Versions are only added, and every verdict says which one spoke.
func TestChangeRule_versions(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		x := o.rule(forum.StageOn, scum, holds)
		o.post(o.guest(), 0, "vermin")
		d, err := rule.Decode([]byte(`{"format":1,"when":` + strings.ReplaceAll(scum, "scum", "vermin") + `,"then":` + holds + `}`))
		if err != nil {
			t.Fatal(err)
		}
		y, err := o.d.ChangeRule(ctx, o.site, o.owner, x.ID, 1, desk.RuleDraft{Name: "r", Definition: d})
		if err != nil || y.Version != 2 || y.Stage != forum.StageOn {
			t.Fatalf("%+v, %v", y, err)
		}
		_, err = o.d.ChangeRule(ctx, o.site, o.owner, x.ID, 1, desk.RuleDraft{Name: "other", Definition: d})
		refused(t, "from an old version", err, "error.conflict", "")
		p, err := o.d.Post(ctx, o.site, o.guest(), draftOf(o.story.ID, 0, "vermin"))
		if err != nil || p.Comment.State != forum.Held {
			t.Fatalf("%+v, %v", p, err)
		}
		if vs := o.verdicts(p.Comment); len(vs) != 1 || vs[0].Version != 2 {
			t.Errorf("verdicts %+v", vs)
		}
		f, err := o.d.Rule(ctx, o.site, o.owner, x.ID)
		if err != nil || len(f.Versions) != 2 || f.Versions[1].Definition != x.Definition || len(f.Verdicts) != 1 || f.Record.Hits != 1 {
			t.Errorf("%+v, %v", f, err)
		}
	})
}

// A rehearsal says what the rule would have caught and what people decided.
func TestRehearse(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		x := o.rule(forum.StageOff, `{"any":[`+scum+`,{"copies":{"within":3600,"by":"anyone"}},{"pace":{"at_least":8,"within":3600,"by":"author"}}]}`, holds)
		old := o.post(o.guest(), 0, "old scum")
		o.clock.pass(40 * 24 * time.Hour)
		o.decided(o.post(o.guest(), 0, "scum, one"), forum.Reject)
		o.decided(o.post(o.guest(), 0, "scum, two"), forum.Dismiss)
		o.wavered(o.post(o.guest(), 0, "scum, three"))
		o.decided(o.post(o.guest(), 0, "something else"), forum.Reject)
		same := "the very same long text that somebody sends to every story there is"
		o.post(o.guest(), 0, same)
		o.post(o.guest(), 0, same+"!")
		gone := o.guest()
		if _, err := o.d.Withdraw(ctx, o.site, gone, o.post(gone, 0, "scum withdrawn").ID); err != nil {
			t.Fatal(err)
		}
		o.post(o.owner, 0, "the newsroom says scum")
		id, err := o.d.Rehearse(ctx, o.site, o.owner, x.ID, 1, 30)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := o.d.Rehearsal(ctx, o.site, o.owner, id); err != nil || r.Result.Done || r.Job.State != forum.JobWaiting {
			t.Fatalf("%+v, %v", r, err)
		}
		o.rehearse()
		r, err := o.d.Rehearsal(ctx, o.site, o.owner, id)
		got := r.Result
		if err != nil || !got.Done || got.Seen != 6 || got.Caught != 4 || got.Agreed != 1 || got.Disputed != 1 || got.Undecided != 2 || got.Missed != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		for _, e := range got.Examples {
			if e.Comment == old.ID {
				t.Error("what is older than 30 days was judged")
			}
		}
		if len(got.Examples) != 4 || got.Examples[0].Ruling != forum.Dismiss {
			t.Errorf("examples %+v", got.Examples)
		}
		if vs := o.verdicts(old); len(vs) != 0 {
			t.Errorf("a rehearsal leaves verdicts: %+v", vs)
		}
	})
}
