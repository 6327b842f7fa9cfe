package desk_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// canaries are texts that exist nowhere but with one person.
var canaries = []string{"canary-mail@birds.example", "Serinus Canaria", "kanarya-takma-ad", "canarytextword", "canaryeditionword", "canaryreportword", "canarynote"}

// aviary is an office whose database can be looked at from outside.
type aviary struct {
	*office
	engine, url string
}

// inAviary runs a test in an aviary on each database.
func inAviary(t *testing.T, test func(t *testing.T, o aviary)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			s, err := store.Open(ctx, url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			test(t, aviary{newOffice(t, s), engine, url})
		})
	}
}

// bird is a person who left traces everywhere.
func (o aviary) bird() forum.Actor {
	o.t.Helper()
	reader := forum.Actor{Account: storetest.Account(o.t, o.s, o.site.ID, forum.RoleReader), Kind: forum.SessionPage, Strong: true}
	other := o.guest()
	named := draftOf(o.story.ID, 0, "A canarytextword in a comment at https://birds.example/canarytextword.")
	named.Byline, named.Name = forum.BylineName, canaries[1]
	posted, err := o.d.Post(ctx, o.site, reader, named)
	if err != nil {
		o.t.Fatal(err)
	}
	first := posted.Comment
	if _, err := o.d.Edit(ctx, o.site, reader, first.ID, "Then canaryeditionword.", false); err != nil {
		o.t.Fatal(err)
	}
	if _, err := o.d.Edit(ctx, o.site, reader, first.ID, "And canarytextword again.", false); err != nil {
		o.t.Fatal(err)
	}
	answer := o.post(other, first.ID, "An answer to it.")
	masked := draftOf(o.story.ID, answer.ID, "Another canarytextword.")
	masked.Byline, masked.Name = forum.BylinePseudonym, canaries[2]
	if _, err := o.d.Post(ctx, o.site, reader, masked); err != nil {
		o.t.Fatal(err)
	}
	if _, _, err := o.d.Vote(ctx, o.site, reader, answer.ID, forum.VoteUp); err != nil {
		o.t.Fatal(err)
	}
	if _, _, err := o.d.Report(ctx, o.site, reader, answer.ID, forum.ReasonSpam, "canaryreportword"); err != nil {
		o.t.Fatal(err)
	}
	reject := o.post(reader, 0, "A rejected canarytextword.")
	_, err = o.d.Decide(ctx, o.site, o.owner, desk.Ruling{Comment: reject.ID, Verb: forum.Reject, From: forum.Published, Reason: "spam", Note: "canarynote"})
	if err != nil {
		o.t.Fatal(err)
	}
	o.plant(reader.Account.ID, first.ID)
	return o.again(reader)
}

// plant adds what other parts of the desk keep about a person.
func (o aviary) plant(account, comment forum.ID) {
	o.t.Helper()
	for _, query := range []string{
		`insert into credentials (site_id, credential_id, account_id, kind, subject, label, created_at) values (%[1]d, 1, %[2]d, 'email', 'canary-mail@birds.example', 'Canary-Mail@birds.example', 1)`,
		`insert into sign_in_attempts (site_id, token_hash, kind, target, created_at, expires_at) values (%[1]d, 'x', 'email', 'canary-mail@birds.example', 1, 2)`,
		`insert into author_notes (site_id, note_id, account_id, actor_id, words, created_at) values (%[1]d, 1, %[2]d, 1, 'canarynote', 1)`,
		`insert into account_mutes (site_id, account_id, author_key, created_at) values (%[1]d, %[2]d, 'canarynote', 1)`,
		`insert into notices (site_id, notice_id, receipt, url, kind, explanation, name, email, good_faith, created_at) values (%[1]d, 1, 'r', 'u', 'k', 'canarytextword', 'Serinus Canaria', 'canary-mail@birds.example', true, 1)`,
		`insert into comment_hosts (site_id, host, comment_id) values (%[1]d, 'canarytextword.example', %[3]d) on conflict do nothing`,
		`insert into jobs (site_id, job_id, kind, payload, created_at, due_at, state, error) values (%[1]d, 7, 'mail', '{"to":"canary-mail@birds.example"}', 1, 9000000000000000, 'waiting', 'no canary-mail@birds.example')`,
		`insert into jobs (site_id, job_id, kind, payload, created_at, due_at, state) values (%[1]d, 8, 'mail', '{"to":"else@birds.example"}', 1, 9000000000000000, 'waiting')`,
		`insert into verdicts (site_id, verdict_id, comment_id, rule_id, version, stage, effect, acted, why, created_at) values (%[1]d, 1, %[3]d, 1, 1, 'on', 'hold', true, '{"x":"canarytextword"}', 1)`,
	} {
		storetest.Plant(o.t, o.engine, o.url, fmt.Sprintf(query+"%[4]s", o.site.ID, account, comment, ""))
	}
}

// finish does the queued work of forgetting.
func (o *office) finish(job forum.ID) {
	o.t.Helper()
	if err := o.d.FinishErasures(ctx, o.site, []forum.ID{job}); err != nil {
		o.t.Fatal(err)
	}
}

// found returns the canaries that a text holds.
func found(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		for _, c := range canaries {
			if strings.Contains(strings.ToLower(line), strings.ToLower(c)) {
				all = append(all, c+" in "+strings.TrimSpace(line))
			}
		}
	}
	return all
}

// TestErase_leavesNothing has somebody with traces everywhere forgotten: not a
// byte of them is in a table, every counter stays right, answers keep their
// place, and a backup from before forgets them again.
func TestErase_leavesNothing(t *testing.T) {
	inAviary(t, func(t *testing.T, o aviary) {
		bird := o.bird()
		o.index()
		if n := len(found(storetest.Dump(t, o.engine, o.url))); n < 15 {
			t.Fatalf("only %d canaries were planted", n)
		}
		before := o.backup()
		others := o.other()
		sums := fmt.Sprint(o.thread(others))
		_, err := o.d.EraseMe(ctx, o.site, bird, forum.RemainsNothing, "somebody else")
		refused(t, "a wrong word", err, "error.eraseWord", "word")
		_, err = o.d.EraseMe(ctx, o.site, bird, "keep", desk.EraseWord(o.site, bird))
		refused(t, "a wrong choice", err, "error.remains", "comments")
		weak := bird
		weak.Strong = false
		_, err = o.d.EraseMe(ctx, o.site, weak, forum.RemainsNothing, desk.EraseWord(o.site, bird))
		refused(t, "an old session", err, "error.freshNeeded", "")
		job, err := o.d.EraseMe(ctx, o.site, bird, forum.RemainsNothing, " serinus canaria ")
		if err != nil {
			t.Fatal(err)
		}
		o.finish(job)
		dump := storetest.Dump(t, o.engine, o.url)
		for _, line := range found(dump) {
			t.Error(line)
		}
		if !strings.Contains(dump, "else@birds.example") {
			t.Error("somebody else's mail was taken too")
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
		if got := fmt.Sprint(o.thread(others)); got != sums {
			t.Errorf("the thread's places and votes were %s, are %s", sums, got)
		}
		if o.engine == "sqlite" {
			checkFiles(t, o.url)
			restored(t, before, o.office)
		}
	})
}

// thread returns the place, the parent and the votes of each comment of others.
func (o *office) thread(author forum.ID) []string {
	o.t.Helper()
	var all []string
	page, err := o.s.CommentsOfAuthor(ctx, o.site.ID, author, 0, 100)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, c := range page {
		all = append(all, fmt.Sprint(c.ID, c.ParentID, c.Path, c.State, c.Up, c.Down, c.Reports))
	}
	return all
}

// anyWith asks for a word and believes the lists.
func anyWith(word string) store.Wording {
	return store.Wording{Words: []string{word}, Holds: func(string) bool { return true }}
}

// other returns the author of the only comment that says it is an answer.
func (o *office) other() forum.ID {
	o.t.Helper()
	found, err := o.s.Search(ctx, o.site.ID, store.Search{Wording: anyWith("answer"), Limit: 1})
	if err != nil || len(found.Comments) != 1 {
		o.t.Fatal(found, err)
	}
	return found.Comments[0].AccountID
}

// backup copies an SQLite database.
func (o aviary) backup() string {
	o.t.Helper()
	if o.engine != "sqlite" {
		return ""
	}
	if _, err := o.s.Scrub(ctx); err != nil {
		o.t.Fatal(err)
	}
	bytes, err := os.ReadFile(o.url)
	if err != nil {
		o.t.Fatal(err)
	}
	old := o.url + ".old"
	if err := os.WriteFile(old, bytes, 0o600); err != nil {
		o.t.Fatal(err)
	}
	return old
}

// checkFiles looks for the canaries in the bytes of the database's files.
func checkFiles(t *testing.T, path string) {
	t.Helper()
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		bytes, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for _, c := range canaries {
			if strings.Contains(strings.ToLower(string(bytes)), strings.ToLower(c)) {
				t.Errorf("%q is in the bytes of %s", c, file)
			}
		}
	}
}

// restored opens a backup from before somebody was forgotten and forgets them
// again by the list kept outside of it.
func restored(t *testing.T, path string, o *office) {
	t.Helper()
	noted, err := o.s.Erasures(ctx, o.site.ID)
	if err != nil || len(noted) != 1 || noted[0].DoneAt.IsZero() {
		t.Fatalf("%+v, %v", noted, err)
	}
	s, err := store.Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	d := desk.New(s, o.clock.now)
	jobs, err := d.ReplayErasures(ctx, o.site, noted)
	if err != nil || len(jobs) != 1 {
		t.Fatalf("%v, %v", jobs, err)
	}
	if err := d.FinishErasures(ctx, o.site, jobs); err != nil {
		t.Fatal(err)
	}
	if again, err := d.ReplayErasures(ctx, o.site, noted); err != nil || len(again) != 0 {
		t.Errorf("forgotten twice: %v, %v", again, err)
	}
	for _, line := range found(storetest.Dump(t, "sqlite", path)) {
		t.Errorf("in the backup: %s", line)
	}
	storetest.CheckCounters(t, s, o.site.ID)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkFiles(t, path)
}

// TestErase_anonymise keeps the texts and nothing that says who wrote them.
func TestErase_anonymise(t *testing.T) {
	inAviary(t, func(t *testing.T, o aviary) {
		bird := o.bird()
		job, err := o.d.EraseMe(ctx, o.site, bird, forum.RemainsNameless, desk.EraseWord(o.site, bird))
		if err != nil {
			t.Fatal(err)
		}
		o.finish(job)
		page, err := o.s.CommentsOfAuthor(ctx, o.site.ID, bird.Account.ID, 0, 10)
		if err != nil || len(page) != 3 {
			t.Fatal(len(page), err)
		}
		keys := map[string]bool{}
		for _, c := range page {
			keys[c.AuthorKey] = true
			if c.Byline.Kind != forum.BylineNone || c.Byline.Name != "" || !strings.Contains(c.Source, "canarytextword") {
				t.Errorf("%+v %q", c.Byline, c.Source)
			}
		}
		if len(keys) != 3 {
			t.Errorf("%d author keys", len(keys))
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

// TestErase_lastAdmin keeps the only admin of a site until there is another.
func TestErase_lastAdmin(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		_, err := o.d.EraseMe(ctx, o.site, o.owner, forum.RemainsNothing, desk.EraseWord(o.site, o.owner))
		refused(t, "the last admin", err, "error.lastAdmin", "")
		o.worker(forum.RoleAdmin)
		if _, err := o.d.EraseMe(ctx, o.site, o.owner, forum.RemainsNothing, desk.EraseWord(o.site, o.owner)); err != nil {
			t.Error(err)
		}
	})
}
