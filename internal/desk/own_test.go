package desk_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// dispute is a comment on which me may not decide, and what a door to a decision
// on it needs.
type dispute struct {
	*office
	me     forum.Actor // a lead
	author forum.Actor // who wrote the comment
	c      forum.Comment
	id     forum.ID // what prepare made: a decision, an appeal, a notice, a job or a proposal
}

// ownCases are the ways in which a comment concerns me. What prepare does happens
// before merge makes the guest me.
var ownCases = []struct {
	name string
	make func(x *dispute) (merge func())
	free bool // it does not concern me
}{
	{"somebody else's", func(x *dispute) func() {
		x.author = x.guest()
		x.c = x.post(x.author, x.post(x.guest(), 0, "a word").ID, "an answer")
		return func() {}
	}, true},
	{"one's own", func(x *dispute) func() {
		x.author, x.c = x.me, x.post(x.me, 0, "mine")
		return func() {}
	}, false},
	{"a reply to oneself", func(x *dispute) func() {
		x.author = x.guest()
		x.c = x.post(x.author, x.post(x.me, 0, "mine").ID, "to me")
		return func() {}
	}, false},
	{"the one of the guest whom I was", func(x *dispute) func() {
		x.author = x.guest()
		x.c = x.post(x.author, 0, "mine, as it turns out")
		return x.becomes(x.author)
	}, false},
	{"a reply to the guest whom I was", func(x *dispute) func() {
		guest := x.guest()
		x.author = x.guest()
		x.c = x.post(x.author, x.post(guest, 0, "mine, as it turns out").ID, "to me")
		return x.becomes(guest)
	}, false},
}

// becomes merges a guest into me.
func (x *dispute) becomes(guest forum.Actor) func() {
	return func() {
		storetest.Write(x.t, x.s, func(ctx ctxT, tx txT) error { return tx.Merge(ctx, guest.Account, x.me.Account) })
	}
}

// ownDoor is one way to a decision on a comment.
type ownDoor struct {
	name    string
	prepare func(x *dispute)       // by others, or by me while the comment does not concern me yet; nil: nothing
	try     func(x *dispute) error // by me
	skips   bool                   // it is refused by leaving the comment out
}

// ownDoors are all ways to a decision: a new verb of the desk gets its line here.
func ownDoors() []ownDoor {
	var all []ownDoor
	before := map[forum.Verb]func(*dispute){forum.Publish: (*dispute).ruled, forum.Dismiss: (*dispute).reported, forum.Unfeature: (*dispute).picked}
	for _, verb := range []forum.Verb{forum.Publish, forum.Reject, forum.Hold, forum.Dismiss, forum.Feature, forum.Unfeature} {
		all = append(all, ownDoor{name: "decide: " + string(verb), prepare: before[verb], try: func(x *dispute) error { return x.ruleAs(x.me, x.reread(x.c), verb) }})
	}
	for _, outcome := range []forum.Outcome{forum.Upheld, forum.Reversed} {
		all = append(all, ownDoor{"appeal: " + string(outcome), (*dispute).appealed, func(x *dispute) error {
			return x.d.AnswerAppeal(ctx, x.site, x.me, x.id, outcome, "We looked at it again.")
		}, false})
	}
	for _, remove := range []bool{true, false} {
		all = append(all, ownDoor{map[bool]string{true: "notice: remove", false: "notice: keep"}[remove], (*dispute).noticed, func(x *dispute) error {
			_, err := x.d.AnswerNotice(ctx, x.site, x.me, desk.NoticeAnswer{Notice: x.id, Remove: remove, Reason: "illegal", Words: "So be it."})
			return err
		}, false})
	}
	for _, kind := range []forum.Verb{forum.Warn, forum.AlwaysHold, forum.Suspend, forum.Ban} {
		all = append(all, ownDoor{name: "sanction: " + string(kind), try: func(x *dispute) error {
			_, err := x.d.Sanction(ctx, x.site, x.me, x.penalty(kind))
			return err
		}})
	}
	return append(all,
		ownDoor{"lift", (*dispute).punished, func(x *dispute) error { _, err := x.d.Lift(ctx, x.site, x.me, x.id, ""); return err }, false},
		ownDoor{"agree to a ban", (*dispute).banProposed, func(x *dispute) error { return x.d.Approve(ctx, x.site, x.me, x.id) }, false},
		ownDoor{"undo the last", (*dispute).ruledByMe, func(x *dispute) error {
			_, err := x.d.Undo(ctx, x.site, x.me, desk.TakeBack{Comment: x.c.ID})
			return err
		}, false},
		ownDoor{"undo by its decision", (*dispute).ruledByMe, func(x *dispute) error {
			_, err := x.d.Undo(ctx, x.site, x.me, desk.TakeBack{Decision: x.last(x.c).ID})
			return err
		}, false},
		ownDoor{"undo many", (*dispute).ruled, func(x *dispute) error { return x.undoMany(x.me) }, true},
		ownDoor{"bulk", nil, func(x *dispute) error { return x.bulk(x.me, x.c.ID) }, true},
		ownDoor{"agree to a bulk", (*dispute).bulkProposed, func(x *dispute) error {
			if err := x.d.Approve(ctx, x.site, x.me, x.id); err != nil {
				return err
			}
			x.work(x.id)
			return nil
		}, true},
		ownDoor{"sweep", (*dispute).sweepWaits, func(x *dispute) error { x.runJobs(); return nil }, true},
		ownDoor{"agree to a sweep", (*dispute).sweepProposed, func(x *dispute) error {
			if x.id == 0 {
				return nil
			}
			if err := x.d.Approve(ctx, x.site, x.me, x.id); err != nil {
				return err
			}
			x.runJobs()
			return nil
		}, true},
	)
}

func (x *dispute) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

// ruled has somebody else reject the comment.
func (x *dispute) ruled() { x.reject(x.c) }

func (x *dispute) reported() { x.report(x.guest(), x.c) }

// picked has somebody else feature it.
func (x *dispute) picked() { x.must(x.ruleAs(x.owner, x.c, forum.Feature)) }

// ruledByMe has me reject it, if it does not concern me yet.
func (x *dispute) ruledByMe() {
	if err := x.ruleAs(x.me, x.c, forum.Reject); err != nil {
		x.ruled()
	}
}

func (x *dispute) appealed() {
	x.ruled()
	a, err := x.d.Appeal(ctx, x.site, x.author, x.last(x.c).ID, plea)
	x.must(err)
	x.id = a.ID
}

func (x *dispute) noticed() {
	n, _, err := x.d.FileNotice(ctx, x.site, forum.Actor{Network: x.c.ID.String()}, noticeOf(x.c), "")
	x.must(err)
	x.id = n.ID
}

func (x *dispute) penalty(kind forum.Verb) desk.Penalty {
	p := desk.Penalty{Account: x.author.Account.ID, Kind: kind, Reason: "abuse", Comment: x.c.ID}
	if kind == forum.Suspend {
		p.Until = x.clock.now().Add(time.Hour)
	}
	return p
}

// punished has somebody else warn the author, where one can.
func (x *dispute) punished() {
	if x.author.Account.ID == x.me.Account.ID {
		return // who works for the desk is not warned
	}
	done, err := x.d.Sanction(ctx, x.site, x.owner, x.penalty(forum.AlwaysHold))
	x.must(err)
	x.id = done.Decision
}

func (x *dispute) banProposed() {
	if x.author.Account.ID == x.me.Account.ID {
		return
	}
	done, err := x.d.Sanction(ctx, x.site, x.owner, x.penalty(forum.Ban))
	x.must(err)
	x.id = done.Proposal
}

// spam is a ban that removes everything, for a time that needs nobody's agreement
// or without an end.
func (x *dispute) spam(until time.Time) desk.Penalty {
	return desk.Penalty{Account: x.author.Account.ID, Kind: forum.Ban, Until: until, Reason: "spam", Sweep: true, Confirm: desk.SweepWord}
}

// sweepWaits has me ban the author, where one can be banned; the sweep is not begun.
func (x *dispute) sweepWaits() {
	if x.author.Account.ID == x.me.Account.ID {
		return
	}
	_, err := x.d.Sanction(ctx, x.site, x.me, x.spam(x.clock.now().Add(time.Hour)))
	x.must(err)
}

func (x *dispute) sweepProposed() {
	if x.author.Account.ID == x.me.Account.ID {
		return
	}
	done, err := x.d.Sanction(ctx, x.site, x.owner, x.spam(time.Time{}))
	x.must(err)
	x.id = done.Proposal
}

// bulk holds comments by a job.
func (x *dispute) bulk(by forum.Actor, ids ...forum.ID) error {
	started, err := x.d.StartBulk(ctx, x.site, by, desk.Bulk{Selection: desk.Selection{IDs: ids}, Verb: forum.Hold}, "")
	if err != nil {
		return err
	}
	if x.id = started.Proposal; started.Job != 0 {
		x.work(started.Job)
	}
	return nil
}

// bulkProposed has somebody else propose to hold so many that a second must agree.
func (x *dispute) bulkProposed() {
	x.must(x.bulk(x.owner, slices.Repeat([]forum.ID{x.c.ID}, forum.FourEyesMany+1)...))
}

func (x *dispute) undoMany(by forum.Actor) error {
	started, err := x.d.StartUndo(ctx, x.site, by, desk.UndoOf{Actor: x.owner.Account.ID, Since: x.last(x.c).CreatedAt}, "")
	if err == nil && started.Job != 0 {
		x.work(started.Job)
	}
	return err
}

// TestOwn goes through every door to a decision on one's own comment and on a reply
// to oneself, also where a guest's account became one's own: nothing is decided.
// The same doors are open for a comment of somebody else.
func TestOwn(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		for _, door := range ownDoors() {
			for _, k := range ownCases {
				o.clock.pass(time.Minute)
				x := &dispute{office: o, me: o.worker(forum.RoleLead)}
				merge := k.make(x)
				if door.prepare != nil {
					door.prepare(x)
				}
				merge()
				x.me = x.again(x.me)
				was := x.ruledOn()
				err := door.try(x)
				if err == nil != (k.free || door.skips) && !(door.skips && forum.IsKind(err, forum.Forbidden)) {
					t.Errorf("%s, %s: %v", door.name, k.name, err)
				}
				if now := x.ruledOn(); now != was && !k.free || now == was && k.free && door.skips {
					t.Errorf("%s, %s: %s, was %s (%v)", door.name, k.name, now, was, err)
				}
			}
		}
	})
}

// ruledOn tells what was decided on the comment.
func (x *dispute) ruledOn() string {
	x.t.Helper()
	return fmt.Sprintf("%s after %d decisions", x.reread(x.c).State, len(x.decisions(x.c)))
}

// TestAppeal_agreedBulk appeals against one decision of many that two people agreed
// to: neither answers, however long the job is gone.
func TestAppeal_agreedBulk(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		second, third := o.worker(forum.RoleLead), o.worker(forum.RoleLead)
		author := o.guest()
		c := o.post(author, 0, "one of many")
		b := desk.Bulk{Selection: desk.Selection{IDs: slices.Repeat([]forum.ID{c.ID}, forum.FourEyesMany+1)}, Verb: forum.Reject, Reason: "spam"}
		started, err := o.d.StartBulk(ctx, o.site, o.owner, b, "")
		if err != nil || started.Proposal == 0 {
			t.Fatal(started, err)
		}
		if err := o.d.Approve(ctx, o.site, second, started.Proposal); err != nil {
			t.Fatal(err)
		}
		o.work(started.Proposal)
		a, err := o.d.Appeal(ctx, o.site, author, o.last(c).ID, plea)
		if err != nil {
			t.Fatal(err)
		}
		storetest.Write(t, o.s, func(ctx ctxT, tx txT) error {
			_, err := tx.DropJobs(ctx, o.site.ID, o.clock.now().Add(time.Hour))
			return err
		})
		for what, by := range map[string]forum.Actor{"who proposed": o.owner, "who agreed": second} {
			refused(t, what, o.d.AnswerAppeal(ctx, o.site, by, a.ID, forum.Upheld, "It was spam."), "error.ownAppeal", "")
		}
		if err := o.d.AnswerAppeal(ctx, o.site, third, a.ID, forum.Reversed, "It was none."); err != nil {
			t.Error(err)
		}
	})
}

// TestBulk_once begins acts on many twice with one key, fifty at once: there is one
// job or one proposal, and every repeat is led to it, also once nothing is left to
// do.
func TestBulk_once(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		second := o.worker(forum.RoleLead)
		c := o.post(o.guest(), 0, "casino")
		o.index()
		b := desk.Bulk{Selection: desk.Selection{Filter: desk.Filter{Queue: desk.QueueAll, Text: "casino"}}, Verb: forum.Reject, Reason: "spam"}
		bulk := func(key string) func() (desk.Started, error) {
			return func() (desk.Started, error) { return o.d.StartBulk(ctx, o.site, o.owner, b, key) }
		}
		job := o.once(bulk("k"))
		o.work(job.Job)
		same(t, "a repeat when it is done", o.once(bulk("k")), job)
		undo := func() (desk.Started, error) {
			return o.d.StartUndo(ctx, o.site, o.owner, desk.UndoOf{Job: job.Job}, "k")
		}
		back := o.once(undo)
		o.work(back.Job)
		same(t, "undone once", len(o.decisions(c)), 2)
		same(t, "a repeat of the undo", o.once(undo), back)
		if again := o.once(bulk("another")); again.Job == job.Job {
			t.Error("another key leads to the first job")
		}
		changed := b
		changed.Verb, changed.Reason = forum.Hold, ""
		_, err := o.d.StartBulk(ctx, o.site, o.owner, changed, "k")
		refused(t, "the key for something else", err, "error.keyReused", "")

		spammer := o.guest()
		banned := atOnce(50, func(int) error {
			_, err := o.d.Sanction(ctx, o.site, o.owner, (&dispute{office: o, author: spammer}).spam(o.clock.now().Add(time.Hour)))
			return err
		})
		same(t, "bans that sweep", len(slices.DeleteFunc(banned, func(err error) bool { return err != nil })), 1)
		jobs, err := o.s.JobsOfKind(ctx, o.site.ID, desk.JobSweep, 0, 10)
		if err != nil || len(jobs) != 1 {
			t.Errorf("%d sweeps, %v", len(jobs), err)
		}

		b = desk.Bulk{Selection: desk.Selection{IDs: slices.Repeat([]forum.ID{c.ID}, forum.FourEyesMany+1)}, Verb: forum.Hold}
		proposed := o.once(bulk("many"))
		if proposed.Proposal == 0 || proposed.Job != 0 {
			t.Fatalf("%+v", proposed)
		}
		if err := o.d.Approve(ctx, o.site, second, proposed.Proposal); err != nil {
			t.Fatal(err)
		}
		same(t, "a repeat of what was agreed to", o.once(bulk("many")).Job, proposed.Proposal)
	})
}

// once does something fifty times at once, which must have come out the same every
// time, but for how many comments are told.
func (o *office) once(start func() (desk.Started, error)) desk.Started {
	o.t.Helper()
	all := make([]desk.Started, 50)
	for _, err := range atOnce(len(all), func(i int) (err error) { all[i], err = start(); return err }) {
		if err != nil {
			o.t.Fatal(err)
		}
	}
	for i := range all {
		all[i].Total = 0
	}
	if n := len(slices.Compact(slices.Clone(all))); n != 1 {
		o.t.Fatalf("%d different beginnings: %+v", n, all[:2])
	}
	return all[0]
}

// TestBulk_alone has one person do by several acts what takes two people at once:
// what each began in a day counts together, however it was begun.
func TestBulk_alone(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		second := o.worker(forum.RoleLead)
		spammer := o.guest()
		var ids []forum.ID
		for i := range 50 {
			ids = append(ids, o.post(spammer, 0, fmt.Sprint("casino ", i)).ID)
		}
		hold := func(by forum.Actor, n int) (desk.Started, error) {
			b := desk.Bulk{Selection: desk.Selection{IDs: ids[:n]}, Verb: forum.Hold}
			return o.d.StartBulk(ctx, o.site, by, b, "")
		}
		begins := func(what string, waits bool, started desk.Started, err error) {
			t.Helper()
			if err != nil || (started.Proposal != 0) != waits || (started.Job != 0) == waits {
				t.Errorf("%s: %+v, %v", what, started, err)
			}
		}
		begin := func(what string, waits bool, by forum.Actor, n int) forum.ID {
			t.Helper()
			started, err := hold(by, n)
			begins(what, waits, started, err)
			return started.Job
		}
		// Fifty at once, one comment each: who comes later counts who came before.
		alone := make([]desk.Started, 51)
		for _, err := range atOnce(len(alone), func(i int) (err error) { alone[i], err = hold(o.owner, 1); return err }) {
			if err != nil {
				t.Fatal(err)
			}
		}
		same(t, "begun alone", len(slices.DeleteFunc(alone, func(s desk.Started) bool { return s.Job == 0 })), 50)
		job := begin("somebody else", false, second, 30)
		begin("and twenty more", false, second, 20)
		begin("and one more", true, second, 1)
		o.clock.pass(forum.FourEyesSpan + time.Minute)
		begin("a day later", false, second, 50)
		begin("and one more", true, second, 1)

		// Taking back what one job did is no act of its own.
		o.runJobs()
		back, err := o.d.StartUndo(ctx, o.site, o.owner, desk.UndoOf{Job: job}, "")
		if err != nil || back.Job == 0 {
			t.Fatal(back, err)
		}
		begin("after an undo", false, o.owner, 25)
		again, err := o.d.StartUndo(ctx, o.site, o.owner, desk.UndoOf{Actor: second.Account.ID, Since: o.clock.now().Add(-time.Hour)}, "")
		begins("an undo of what somebody did", true, again, err)

		// A ban that sweeps counts as well, and is counted.
		p := (&dispute{office: o, author: spammer}).spam(o.clock.now().Add(time.Hour))
		banned, err := o.d.Sanction(ctx, o.site, o.owner, p)
		if err != nil || banned.Proposal == 0 {
			t.Errorf("a sweep after 25: %+v, %v", banned, err)
		}
	})
}

// TestSeconds counts as a second person only who can come in.
func TestSeconds(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		seeded := storetest.Account(t, o.s, o.site.ID, forum.RoleLead)
		p := desk.Penalty{Account: o.guest().Account.ID, Kind: forum.Ban, Reason: "threat"}
		alone := func(what string) {
			t.Helper()
			if _, waits, err := o.d.Invite(ctx, o.site, o.owner, forum.RoleModerator, nil, ""); err != nil || waits != 0 {
				t.Errorf("%s: an invitation waits for %s, %v", what, waits, err)
			}
			_, err := o.d.Sanction(ctx, o.site, o.owner, p)
			refused(t, what, err, "error.secondNeeded", "")
		}
		alone("beside a seeded account")
		o.worker(forum.RoleLead)
		if _, waits, err := o.d.Invite(ctx, o.site, o.owner, forum.RoleModerator, nil, ""); err != nil || waits == 0 {
			t.Errorf("beside somebody signed in: waits for %s, %v", waits, err)
		}
		o.clock.pass(400 * 24 * time.Hour)
		alone("beside a session that has ended")
		storetest.Email(t, o.s, seeded, "night@desk.example")
		if _, waits, err := o.d.Invite(ctx, o.site, o.owner, forum.RoleModerator, nil, ""); err != nil || waits == 0 {
			t.Errorf("beside somebody with an address: waits for %s, %v", waits, err)
		}
	})
}
