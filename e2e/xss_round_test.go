package e2e

import (
	"context"
	"strconv"
	"strings"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/rule"
	"parley/internal/store"
)

// round is what becomes of one bunch of attacks in every field of the desk.
func (r *room) round(i int, words string, a, other *author) {
	n := strconv.Itoa(i)
	r.heed(a)
	r.heed(other)
	story := r.publish("round-"+n, cut(words, 250))
	c := r.say(a, story, 0, searchedWord+" "+words, "c"+n)
	r.say(other, story, c.ID, words, "o"+n)
	bad := r.say(a, story, 0, words, "b"+n)
	r.reported(i, words, c)
	r.rejected(i, words, a, bad)
	r.punished(i, words, a, c)
	r.cooled(i, words, story)
	r.ruled(i, words)
	r.proposed(i, words, c)
	r.see("staff-0", "/desk/comments/"+c.ID.String())
	r.ids["story"] = story.ID.String()
}

// heed lets an author read the warning that keeps them from writing.
func (r *room) heed(a *author) {
	if a.warned != 0 {
		r.must(r.desk.Acknowledge(r.ctx, r.site, a.actor, a.warned), "acknowledge")
		a.warned = 0
	}
}

func (r *room) reported(i int, words string, c forum.Comment) {
	_, _, err := r.desk.Report(r.ctx, r.site, forum.Actor{Network: "other" + strconv.Itoa(i)}, c.ID, forum.ReasonSpam, r.watched.mark("a report", words))
	r.must(err, "report")
	_, err = r.desk.Reveal(r.ctx, r.site, r.by(i), c.ID, r.watched.mark("why a name was asked", words))
	r.must(err, "reveal")
	r.must(r.desk.NoteAuthor(r.ctx, r.site, r.by(i), c.AccountID, r.watched.mark("a note about an author", words)), "note")
}

// rejected rejects a comment; its author appeals, and half the appeals are
// answered.
func (r *room) rejected(i int, words string, a *author, c forum.Comment) {
	_, err := r.desk.Decide(r.ctx, r.site, r.by(i), desk.Ruling{
		Comment: c.ID, Verb: forum.Reject, From: forum.Published, Reason: r.reason(i), Note: r.watched.mark("a decision's note", words),
	})
	r.must(err, "reject")
	all, err := r.db.DecisionsOn(r.ctx, r.site.ID, c.ID)
	r.must(err, "decisions")
	x := all[0].ID
	appeal, err := r.desk.Appeal(r.ctx, r.site, a.actor, x, r.watched.mark("an appeal", words))
	r.must(err, "appeal")
	if i%2 == 0 {
		answer := r.watched.mark("an appeal's answer", words)
		r.must(r.desk.AnswerAppeal(r.ctx, r.site, r.by(i+1), appeal.ID, forum.Upheld, answer), "answer")
	}
	r.ids["account"] = c.AccountID.String()
	if a.called == "author-0" {
		r.ids["decision"], r.ids["appeal"] = x.String(), appeal.ID.String()
	}
	path := "/decisions/" + x.String()
	r.see([]string{a.called, "staff-1"}[i%2], path)
	if i%16 == 0 {
		for _, loc := range forum.Locales() {
			r.see(a.called, path+"?lang="+loc)
		}
	}
}

func (r *room) reason(i int) string {
	open := r.site.Settings.OpenReasons()
	return open[i%len(open)]
}

// punished warns an author, and holds them for a moment.
func (r *room) punished(i int, words string, a *author, c forum.Comment) {
	for _, kind := range []forum.Verb{forum.AlwaysHold, forum.Warn} {
		done, err := r.desk.Sanction(r.ctx, r.site, r.by(i), desk.Penalty{
			Account: c.AccountID, Kind: kind, Reason: r.reason(i), Note: r.watched.mark("a sanction's note", words), Comment: c.ID,
		})
		r.must(err, "sanction")
		if kind == forum.Warn {
			a.warned = done.Decision
			continue
		}
		lifted, err := r.desk.Lift(r.ctx, r.site, r.by(i), done.Decision, r.watched.mark("why a sanction was lifted", words))
		r.must(err, "lift")
		r.see("staff-1", "/decisions/"+lifted.ID.String())
	}
	if i%4 == 0 {
		r.see(a.called, "/decisions/"+a.warned.String())
	}
}

// cooled slows a discussion, in words for its readers.
func (r *room) cooled(i int, words string, story forum.Story) {
	controls := forum.Controls{Slow: 60, Why: cut(words, inWhyLength)}
	x, err := r.desk.Cool(r.ctx, r.site, r.by(i), desk.Cooling{Story: story.ID, State: forum.StoryOpen, Controls: controls})
	r.must(err, "cool")
	x.Controls.Why = r.watched.mark("why a discussion is slow", words)
	if i%2 == 0 {
		x.State, x.StateReason = forum.StoryClosed, r.watched.mark("why a discussion is closed", words)
	}
	r.store(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.SetControls(ctx, x)
		return err
	})
	r.pages = append(r.pages, r.url+forum.StoryPath("/at/room", story))
	r.see("staff-0", "/desk/stories/"+story.ID.String())
}

// ruled adds a rule whose name and words are attacks.
func (r *room) ruled(i int, words string) {
	var entries []string
	for _, part := range strings.Fields(words) {
		entries = append(entries, cut(part, rule.MaxEntryLength))
	}
	d := rule.Definition{Format: rule.Format, Then: rule.Effect{Do: forum.EffectReject, Reason: r.reason(i)}, When: rule.Condition{All: []rule.Condition{
		{Words: &rule.WordsCondition{Lists: []rule.WordList{{Grade: rule.Banned, Entries: append(entries, r.watched.mark("a rule's words", ""))}}}},
		{Links: &rule.LinksCondition{Domains: []string{r.watched.mark("a rule's hosts", words)}}},
	}}}
	x := forum.Rule{
		SiteID: r.site.ID, ID: r.rule.ID + forum.ID(i) + 1, Name: r.watched.mark("a rule's name", words), Version: 1, Stage: forum.StageOff,
		Definition: string(d.Encode()), MadeBy: r.by(i).Account.ID, CreatedAt: time.Now(), UpdatedAt: time.Now(),
	}
	r.store(func(ctx context.Context, tx *store.Tx) error { return tx.AddRule(ctx, x) })
	r.see("staff-0", "/desk/rules/"+x.ID.String())
}

// proposed leaves words for a second person, a job with a note, a key and an
// entry of the log.
func (r *room) proposed(i int, words string, c forum.Comment) {
	_, _, err := r.desk.Invite(r.ctx, r.site, r.by(i), forum.RoleLead, nil, r.watched.mark("a proposal", words))
	r.must(err, "invite")
	waits, err := r.desk.RequestExport(r.ctx, r.site, r.by(i), time.Now().UTC().AddDate(0, 0, -1), r.watched.mark("a wish for an export", words))
	r.must(err, "export")
	started, err := r.desk.StartBulk(r.ctx, r.site, r.by(i), desk.Bulk{
		Selection: desk.Selection{IDs: []forum.ID{c.ID}, Filter: desk.Filter{Text: words}},
		Verb:      forum.Hold, Reason: r.reason(i), Note: r.watched.mark("a job's note", words),
	}, "bulk"+strconv.Itoa(i))
	r.must(err, "bulk")
	r.ids["proposal"], r.ids["job"] = waits.String(), started.Job.String()
	r.see("staff-0", "/desk/jobs/"+started.Job.String())
	r.store(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddKey(ctx, r.site.ID, "key"+strconv.Itoa(i), r.watched.mark("a key's label", words)); err != nil {
			return err
		}
		_, err := tx.AppendLog(ctx, forum.LogEntry{
			SiteID: r.site.ID, ActorID: r.by(i).Account.ID, ActorRole: forum.RoleAdmin, Action: "account.note", Object: "account:" + c.AccountID.String(),
			Reason: r.watched.mark("the log's reason", words), Before: r.watched.mark("the log's before", words),
			After: r.watched.mark("the log's after", words), Value: r.watched.mark("the log's value", words), Salt: "salt",
		})
		return err
	})
}

// notify files a notice; half of them are answered.
func (r *room) notify(i int, words string) {
	story := r.publish("notice-"+strconv.Itoa(i), cut(words, 250))
	x, receipt, err := r.desk.FileNotice(r.ctx, r.site, forum.Actor{Network: "notice" + strconv.Itoa(i)}, forum.Notice{
		URL: r.url + forum.StoryPath("/at/room", story), Kind: forum.NoticeFraud, Name: r.watched.mark("a notifier's name", cut(words, 150)),
		Email: "n@example.org", Explanation: r.watched.mark("a notice", words), Law: r.watched.mark("a notice's law", cut(words, 480)), GoodFaith: true,
	}, "key"+strconv.Itoa(i))
	r.must(err, "file notice")
	if i%2 == 0 {
		_, err = r.desk.AnswerNotice(r.ctx, r.site, r.by(i), desk.NoticeAnswer{Notice: x.ID, Words: r.watched.mark("a notice's answer", cut(words, wordsSize))})
		r.must(err, "answer notice")
	}
	r.ids["notice"], r.ids["receipt"] = x.ID.String(), receipt
	r.see("staff-0", "/notices/"+receipt)
	r.see("staff-0", "/desk/notices/"+x.ID.String())
}
