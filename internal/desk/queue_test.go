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

// found returns the texts a filter finds, in order.
func (o *office) found(actor forum.Actor, f desk.Filter) []string {
	o.t.Helper()
	if f.Queue == "" {
		f.Queue = desk.QueueAll
	}
	page, err := o.d.Queue(ctx, o.site, actor, f, 50)
	if err != nil {
		o.t.Fatal(err)
	}
	var texts []string
	for _, c := range page.Cards {
		texts = append(texts, c.Comment.Source)
	}
	n, err := o.d.Count(ctx, o.site, actor, f, 99)
	if err != nil || n.N != len(texts) {
		o.t.Errorf("%+v: %d counted, %d found, %v", f, n.N, len(texts), err)
	}
	return texts
}

// A moderator of one section sees and decides what stands in it, and nothing
// else.
func TestQueue_sections(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		world, _, err := o.d.PutStory(ctx, o.site, desk.Article{ExternalID: "w", Headline: "Abroad", Section: "world"})
		if err != nil {
			t.Fatal(err)
		}
		home := o.post(o.guest(), 0, "at home")
		draft := draftOf(world.ID, 0, "abroad")
		p, err := o.d.Post(ctx, o.site, o.guest(), draft)
		if err != nil {
			t.Fatal(err)
		}
		of := o.inRole(forum.RoleModerator)
		of.Account.Sections = []string{"world"}
		same(t, "unseen", o.found(of, desk.Filter{Queue: desk.QueueUnseen}), []string{"abroad"})
		same(t, "all", o.found(of, desk.Filter{}), []string{"abroad"})
		same(t, "own section", o.found(of, desk.Filter{Section: "world"}), []string{"abroad"})
		same(t, "the owner", o.found(o.owner, desk.Filter{Oldest: true}), []string{"at home", "abroad"})
		_, err = o.d.Queue(ctx, o.site, of, desk.Filter{Queue: desk.QueueAll, Section: "sport"}, 9)
		refused(t, "another section", err, "error.forbidden", "")
		refused(t, "decide elsewhere", o.ruleAs(of, home, forum.Hold), "error.forbidden", "")
		_, _, err = o.d.Card(ctx, o.site, of, home.ID)
		refused(t, "a card elsewhere", err, "error.forbidden", "")
		_, err = o.d.Claim(ctx, o.site, of, home.ID)
		refused(t, "claim elsewhere", err, "error.forbidden", "")
		seen, err := o.d.Look(ctx, o.site, of, desk.QueueAll, []forum.ID{home.ID, p.Comment.ID})
		if err != nil || len(seen) != 1 {
			t.Errorf("looks at %d, %v", len(seen), err)
		}
		if err := o.ruleAs(o.owner, home, forum.Hold); err != nil {
			t.Fatal(err)
		}
		if list, err := o.d.Decided(ctx, o.site, of, false, 0, 9); err != nil || len(list.Cards) != 0 {
			t.Errorf("sees %d decisions of other sections, %v", len(list.Cards), err)
		}
		if err := o.ruleAs(of, p.Comment, forum.Publish); err != nil {
			t.Errorf("its own section: %v", err)
		}
		same(t, "seen", len(o.found(of, desk.Filter{Queue: desk.QueueUnseen})), 0)
		refused(t, "seen twice", o.ruleAs(o.owner, p.Comment, forum.Publish), "error.conflict", "")
	})
}

func TestQueue_search(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		named := o.guest()
		draft := draftOf(o.story.ID, 0, "The bridge at https://www.shop.example/x is new")
		draft.Byline, draft.Name = forum.BylineName, "Marlowe"
		if _, err := o.d.Post(ctx, o.site, named, draft); err != nil {
			t.Fatal(err)
		}
		o.clock.pass(48 * time.Hour)
		c := o.post(named, 0, "Nameless about the bridge")
		o.decide(c, forum.Reject)
		o.post(o.guest(), 0, "Something else")
		o.index()
		first, both := []string{"The bridge at https://www.shop.example/x is new"}, []string{"The bridge at https://www.shop.example/x is new", "Nameless about the bridge"}
		for what, x := range map[string]struct {
			f    desk.Filter
			want []string
		}{
			"words":        {desk.Filter{Text: "bridge new "}, first},
			"a beginning":  {desk.Filter{Text: "brid"}, both},
			"author":       {desk.Filter{Author: "marlowe"}, first},
			"by id":        {desk.Filter{Author: named.Account.ID.String()}, both},
			"nobody":       {desk.Filter{Author: "Nobody There"}, nil},
			"domain":       {desk.Filter{Host: "https://shop.example/"}, first},
			"decision":     {desk.Filter{Verb: forum.Reject}, both[1:]},
			"reason":       {desk.Filter{Verb: forum.Reject, Reason: "abuse", By: o.owner.Account.ID}, both[1:]},
			"state":        {desk.Filter{State: forum.Rejected}, both[1:]},
			"from":         {desk.Filter{Author: named.Account.ID.String(), From: storetest.Epoch.Add(time.Hour)}, both[1:]},
			"to":           {desk.Filter{To: storetest.Epoch.Add(time.Hour)}, first},
			"no such word": {desk.Filter{Text: "unheard"}, nil},
			"no word":      {desk.Filter{Text: "…"}, nil},
		} {
			x.f.Oldest = true
			same(t, what, o.found(o.owner, x.f), x.want)
		}
		_, err := o.d.Queue(ctx, o.site, o.inRole(forum.RoleReviewer), desk.Filter{Queue: desk.QueueAll, Text: "bridge"}, 9)
		refused(t, "a reviewer searches", err, "error.forbidden", "")
	})
}

// A card has all that the desk knows.
func TestQueue_card(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.guest()
		o.decide(o.post(author, 0, "first"), forum.Reject)
		c := o.post(author, 0, "before")
		if _, err := o.d.Edit(ctx, o.site, author, c.ID, "after", false); err != nil {
			t.Fatal(err)
		}
		o.report(o.from("x"), c)
		o.punish(author, forum.AlwaysHold, time.Time{})
		if err := o.d.NoteAuthor(ctx, o.site, o.owner, author.Account.ID, " Rang us up. "); err != nil {
			t.Fatal(err)
		}
		second := o.staff()
		if ok, err := o.d.Claim(ctx, o.site, second, c.ID); err != nil || !ok {
			t.Fatal(ok, err)
		}
		page, err := o.d.Queue(ctx, o.site, o.owner, desk.Filter{Queue: desk.QueueReported}, 9)
		if err != nil || len(page.Cards) != 1 {
			t.Fatal(len(page.Cards), err)
		}
		card := page.Cards[0]
		if card.Record.Accepted != 1 || card.Record.Rejected != 1 || len(card.Editions) != 1 || card.Editions[0].Source != "before" ||
			len(card.Reports) != 1 || len(card.Standing) != 1 || len(card.Notes) != 1 || card.Notes[0].Words != "Rang us up." ||
			card.Claimed == nil || card.Claimed.ID != second.Account.ID {
			t.Errorf("card: %+v", card)
		}
		h, err := o.d.History(ctx, o.site, o.owner, author.Account.ID, "", 0, 9)
		if err != nil || len(h.Comments.Cards) != 2 || len(h.Notes) != 1 || len(h.Standing) != 1 {
			t.Errorf("history: %+v, %v", h, err)
		}
		_, err = o.d.History(ctx, o.site, o.inRole(forum.RoleReviewer), author.Account.ID, "", 0, 9)
		refused(t, "a reviewer reads a history", err, "error.forbidden", "")
		if !slices.ContainsFunc(o.logged(), func(line string) bool { return len(line) >= 12 && line[:12] == "account.note" }) {
			t.Errorf("the note is not in the log: %v", o.logged())
		}
	})
}

func TestFeature(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.guest()
		c := o.post(author, 0, "wise")
		if err := o.ruleAs(o.owner, c, forum.Feature); err != nil {
			t.Fatal(err)
		}
		if o.reread(c).FeaturedAt.IsZero() {
			t.Error("not picked")
		}
		same(t, "told", o.told(author.Account.ID, o.last(c).ID), []forum.Occasion{forum.ToldFeature})
		refused(t, "twice", o.ruleAs(o.owner, c, forum.Feature), "error.conflict", "")
		refused(t, "a reviewer picks", o.ruleAs(o.inRole(forum.RoleReviewer), c, forum.Unfeature), "error.forbidden", "")
		if err := o.ruleAs(o.owner, c, forum.Unfeature); err != nil || !o.reread(c).FeaturedAt.IsZero() {
			t.Errorf("unfeature: %v", err)
		}
		held := o.post(o.guest(), 0, "held")
		o.decide(held, forum.Hold)
		refused(t, "of a held one", o.ruleAs(o.owner, held, forum.Feature), "error.conflict", "")
	})
}

// work runs what is queued to its end and returns one job of it.
func (o *office) work(id forum.ID) desk.ManyJob {
	o.t.Helper()
	o.runJobs()
	j, err := o.d.ManyJob(ctx, o.site, o.owner, id)
	if err != nil {
		o.t.Fatal(err)
	}
	return j
}

// runJobs runs every queued job on many comments to its end.
func (o *office) runJobs() {
	o.t.Helper()
	for range 100 {
		w, err := o.d.TakeJob(ctx, o.site.ID)
		if forum.IsKind(err, forum.NotFound) {
			return
		}
		if err != nil {
			o.t.Fatal(err)
		}
		step := map[forum.JobKind]func() (bool, error){
			desk.JobBulk:  func() (bool, error) { return o.d.BulkStep(ctx, o.site, &w.Job) },
			desk.JobUndo:  func() (bool, error) { return o.d.UndoStep(ctx, o.site, &w.Job) },
			desk.JobSweep: func() (bool, error) { return o.d.SweepStep(ctx, o.site, &w.Job) },
		}[w.Job.Kind]
		if step == nil {
			w.Job.State = forum.JobDone
		} else if done, err := step(); err != nil {
			o.t.Fatal(err)
		} else if done {
			w.Job.State = forum.JobDone
		}
		if _, err := o.d.SaveJob(ctx, w, true); err != nil {
			o.t.Fatal(err)
		}
	}
}

// All that a list finds are rejected by a job, and brought back by another.
func TestBulk(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.site.Settings.FourEyes = false
		for i := range 120 {
			o.post(o.guest(), 0, fmt.Sprint("casino ", i))
		}
		keep := o.post(o.guest(), 0, "a fine word")
		own := o.post(o.owner, 0, "casino of ours")
		o.index()
		b := desk.Bulk{Selection: desk.Selection{Filter: desk.Filter{Queue: desk.QueueAll, Text: "casino "}}, Verb: forum.Reject, Reason: "spam"}
		started, err := o.d.StartBulk(ctx, o.site, o.owner, b, "")
		if err != nil || started.Job == 0 || started.Total != 121 {
			t.Fatalf("%+v, %v", started, err)
		}
		o.clock.pass(time.Minute)
		late := o.post(o.guest(), 0, "casino too late")
		j := o.work(started.Job)
		if j.State != forum.JobDone || j.Skipped != 1 {
			t.Errorf("%s, %d skipped", j.State, j.Skipped)
		}
		n, err := o.d.Count(ctx, o.site, o.owner, desk.Filter{Queue: desk.QueueRejected}, 999)
		if err != nil || n.N != 120 {
			t.Errorf("%d rejected, %v", n.N, err)
		}
		for _, c := range []forum.Comment{keep, own, late} {
			same(t, "left alone", o.reread(c).State, forum.Published)
		}
		back, err := o.d.StartUndo(ctx, o.site, o.owner, desk.UndoOf{Job: started.Job}, "")
		if err != nil || back.Total != 120 {
			t.Fatalf("%+v, %v", back, err)
		}
		if j := o.work(back.Job); j.State != forum.JobDone || j.Skipped != 0 {
			t.Errorf("undo: %s, %d skipped", j.State, j.Skipped)
		}
		n, err = o.d.Count(ctx, o.site, o.owner, desk.Filter{Queue: desk.QueueRejected}, 999)
		if err != nil || n.N != 0 {
			t.Errorf("%d still rejected, %v", n.N, err)
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

func TestBulk_refusals(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		b := desk.Bulk{Verb: forum.Reject, Reason: "spam"}
		_, err := o.d.StartBulk(ctx, o.site, o.owner, b, "")
		refused(t, "nothing selected", err, "error.bulkNone", "")
		b.IDs = []forum.ID{o.post(o.guest(), 0, "a").ID}
		_, err = o.d.StartBulk(ctx, o.site, o.inRole(forum.RoleReviewer), b, "")
		refused(t, "a reviewer", err, "error.forbidden", "")
		b.Reason = ""
		_, err = o.d.StartBulk(ctx, o.site, o.owner, b, "")
		refused(t, "no reason", err, "error.reasonMissing", "reason")
		for i := range forum.FourEyesMany {
			b.IDs = append(b.IDs, o.post(o.guest(), 0, fmt.Sprint("b", i)).ID)
		}
		b.Reason = "spam"
		_, err = o.d.StartBulk(ctx, o.site, o.owner, b, "")
		refused(t, "alone", err, "error.secondNeeded", "")
		second := o.staff()
		started, err := o.d.StartBulk(ctx, o.site, o.owner, b, "")
		if err != nil || started.Job != 0 || started.Proposal == 0 {
			t.Fatalf("%+v, %v", started, err)
		}
		if err := o.d.Approve(ctx, o.site, second, started.Proposal); err != nil {
			t.Fatal(err)
		}
		jobs, err := o.d.ManyJobs(ctx, o.site, o.owner, 9)
		if err != nil || len(jobs) != 1 || jobs[0].MadeBy != o.owner.Account.ID {
			t.Fatalf("%+v, %v", jobs, err)
		}
		if err := o.d.MoveManyJob(ctx, o.site, o.owner, jobs[0].ID, "pause"); err != nil {
			t.Fatal(err)
		}
		if j := o.work(jobs[0].ID); j.State != forum.JobPaused || j.Progress != 0 {
			t.Errorf("paused: %s, %d done", j.State, j.Progress)
		}
		if err := o.d.MoveManyJob(ctx, o.site, o.owner, jobs[0].ID, "resume"); err != nil {
			t.Fatal(err)
		}
		if j := o.work(jobs[0].ID); j.State != forum.JobDone || j.Progress != 51 {
			t.Errorf("resumed: %s, %d done", j.State, j.Progress)
		}
	})
}
