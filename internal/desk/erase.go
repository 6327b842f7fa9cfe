package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// JobErase is the queued work of forgetting somebody.
const JobErase forum.JobKind = "erase"

// Erasure is the wish of a person to be forgotten.
type Erasure = store.Erasure

// freshFor is how long ago somebody may have signed in to do what cannot be
// undone.
const freshFor = 10 * time.Minute

// eraseJob is the payload of a job that forgets somebody. It is emptied when the
// job is done.
type eraseJob struct {
	Account  forum.ID      `json:"account"`
	Accounts []forum.ID    `json:"accounts"` // it and the guests that became it
	Remains  forum.Remains `json:"remains"`
	Asked    time.Time     `json:"asked"`
	Texts    []string      `json:"texts"` // its addresses and names, as prepared messages hold them
}

// EraseMe forgets the actor: at once who it was, its credentials and its
// sessions; then, by a job, its comments and every text that speaks of it. typed
// must be EraseWord. It cannot be undone, so the session must be strong or fresh.
func (d *Desk) EraseMe(ctx context.Context, site forum.Site, actor forum.Actor, remains forum.Remains, typed string) (forum.ID, error) {
	if !actor.Known() {
		return 0, forum.Fail(forum.Unauthorised, "error.signInNeeded")
	}
	if !remains.Valid() {
		return 0, forum.Fail(forum.Invalid, "error.remains").At("comments")
	}
	if !strings.EqualFold(strings.TrimSpace(typed), EraseWord(site, actor)) {
		return 0, forum.Fail(forum.Invalid, "error.eraseWord").At("word")
	}
	if err := d.fresh(ctx, site, actor); err != nil {
		return 0, err
	}
	var job forum.ID
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		e := Erasure{SiteID: site.ID, AccountID: actor.Account.ID, Comments: remains, AskedAt: tx.Now}
		payload, err := d.forget(ctx, tx, site, actor, e)
		if err != nil {
			return err
		}
		job, err = d.enqueue(ctx, tx, site.ID, forum.Actor{}, JobErase, time.Time{}, payload)
		if err != nil {
			return err
		}
		return d.log(ctx, tx, site.ID, actor, act{Action: "account.erase", Object: about("account", e.AccountID), Reason: string(remains)})
	})
	return job, err
}

// EraseWord is what somebody types to be forgotten: their name, or the site's
// handle if they have none.
func EraseWord(site forum.Site, actor forum.Actor) string {
	if actor.Account.Name != "" {
		return actor.Account.Name
	}
	return site.Slug
}

// fresh refuses a session that is neither strong nor newly begun. A guest, who
// cannot sign in again, has no better proof than its device.
func (d *Desk) fresh(ctx context.Context, site forum.Site, actor forum.Actor) error {
	if actor.Strong || actor.Account.Role == forum.RoleGuest {
		return nil
	}
	began, err := d.store.SessionBegan(ctx, site.ID, actor.Account.ID, actor.Session)
	if err != nil {
		return err
	}
	if d.Now().Sub(began) > freshFor {
		return forum.Fail(forum.Unauthorised, "error.freshNeeded")
	}
	return nil
}

// forget removes who an account was and writes the wish down. What is left to do
// is in the payload it returns. The last admin of a site must hand it over first.
func (d *Desk) forget(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, e Erasure) (eraseJob, error) {
	job := eraseJob{Account: e.AccountID, Remains: e.Comments, Asked: e.AskedAt}
	if _, err := tx.AddErasure(ctx, e); err != nil {
		return job, err
	}
	selves, err := tx.Selves(ctx, site.ID, e.AccountID)
	if err != nil {
		return job, err
	}
	for _, a := range selves {
		if a.Role == forum.RoleAdmin && actor.Known() {
			if err := d.keepAdmin(ctx, tx, site, a.ID); err != nil {
				return job, err
			}
		}
		addresses, err := tx.Subjects(ctx, site.ID, a.ID)
		if err != nil {
			return job, err
		}
		job.Accounts, job.Texts = append(job.Accounts, a.ID), append(job.Texts, addresses...)
		if a.Name != "" {
			job.Texts = append(job.Texts, a.Name)
		}
		if err := d.forgetSelf(ctx, tx, a, addresses); err != nil {
			return job, err
		}
	}
	return job, nil
}

// forgetSelf removes who one account was, and gives its votes and reports to
// nobody.
func (d *Desk) forgetSelf(ctx context.Context, tx *store.Tx, a forum.Account, addresses []string) error {
	nobody := forum.Account{
		SiteID: a.SiteID, ID: d.mint(), Role: forum.RoleArchived, AuthorKey: authorKey(), CreatedAt: tx.Now,
	}
	if err := tx.AddAccount(ctx, nobody, ""); err != nil {
		return err
	}
	a, err := tx.LockAccount(ctx, a.SiteID, a.ID)
	if err != nil {
		return err
	}
	for _, address := range slices.Clone(addresses) {
		// Attempts to sign in and the day's limit know an address by its digests.
		addresses = append(addresses, strings.ToLower(address), mailTarget(address), addressKey(address))
	}
	if err := tx.ForgetAccount(ctx, a.SiteID, a.ID, about("account", a.ID), authorKey(), addresses); err != nil {
		return err
	}
	return tx.ForgetVotes(ctx, a, nobody.ID)
}

// eraseStep is how many rows one step of forgetting looks at.
const eraseStep = 100

// EraseStep does the next part of forgetting somebody and reports whether nothing
// is left. A part done twice changes nothing.
func (d *Desk) EraseStep(ctx context.Context, site forum.Site, j *forum.Job) (bool, error) {
	var e eraseJob
	if err := json.Unmarshal([]byte(j.Payload), &e); err != nil {
		return false, fmt.Errorf("job %s: %w: %w", j.ID, err, ErrGiveUp)
	}
	phase, cursor, _ := strings.Cut(j.Cursor, ":")
	switch phase {
	case "":
		return false, d.beginErase(ctx, site, j, e)
	case "comments":
		return false, d.eraseComments(ctx, site, j, e, cursor)
	case "end":
		return false, d.endErase(ctx, site, j, e)
	case "scrub":
		return d.scrub(ctx)
	}
	return false, d.eraseLeftovers(ctx, site, j, e, phase, cursor)
}

// beginErase notes the wish outside the database, where a backup brought back
// cannot take it away, and counts what there is to do.
func (d *Desk) beginErase(ctx context.Context, site forum.Site, j *forum.Job, e eraseJob) error {
	if d.out.NoteErasure != nil {
		note := Erasure{SiteID: site.ID, AccountID: e.Account, Comments: e.Remains, AskedAt: e.Asked}
		if err := d.out.NoteErasure(site.Slug, note); err != nil {
			return fmt.Errorf("note erasure: %w", err)
		}
	}
	j.Total = 0
	for _, a := range e.Accounts {
		n, err := d.store.CountOfAuthor(ctx, site.ID, a)
		if err != nil {
			return err
		}
		j.Total += n
	}
	j.Cursor = "comments:0 0"
	return nil
}

// eraseComments forgets a page of comments. The cursor is the number of the
// account and the last comment done.
func (d *Desk) eraseComments(ctx context.Context, site forum.Site, j *forum.Job, e eraseJob, cursor string) error {
	var n int
	var after forum.ID
	if _, err := fmt.Sscanf(cursor, "%d %d", &n, &after); err != nil {
		return fmt.Errorf("cursor %q: %w: %w", cursor, err, ErrGiveUp)
	}
	if n >= len(e.Accounts) {
		j.Cursor = store.LeftoverSorts()[0] + ":0"
		return nil
	}
	page, err := d.store.CommentsOfAuthor(ctx, site.ID, e.Accounts[n], after, eraseStep)
	if err != nil {
		return err
	}
	for story, of := range byStory(page) {
		if err := d.writeMany(ctx, func(ctx context.Context, tx *store.Tx) error { return d.forgetComments(ctx, tx, story, of, e.Remains) }); err != nil {
			return err
		}
	}
	j.Progress += len(page)
	j.Cursor = fmt.Sprintf("comments:%d 0", n+1)
	if len(page) == eraseStep {
		j.Cursor = fmt.Sprintf("comments:%d %d", n, page[len(page)-1].ID)
	}
	return nil
}

// byStory sorts comments by their story.
func byStory(comments []forum.Comment) map[forum.ID][]forum.Comment {
	out := map[forum.ID][]forum.Comment{}
	for _, c := range comments {
		out[c.StoryID] = append(out[c.StoryID], c)
	}
	return out
}

// forgetComments forgets comments of one story. Those whose text goes are
// withdrawn, so that answers to them keep their place; either way the story's
// revision moves.
func (d *Desk) forgetComments(ctx context.Context, tx *store.Tx, story forum.ID, comments []forum.Comment, remains forum.Remains) error {
	if _, err := tx.TouchStory(ctx, comments[0].SiteID, story, 0, 0); err != nil {
		return err
	}
	words, gone := store.Lists{}, make([]forum.ID, 0, len(comments))
	for _, c := range comments {
		keep := remains == forum.RemainsNameless && c.State != forum.Withdrawn
		c, err := tx.Comment(ctx, c.SiteID, c.ID)
		if err != nil {
			return err
		}
		if !keep && forum.MayMove(c.State, forum.Withdrawn) {
			if c, err = d.move(ctx, tx, c, forum.Withdrawn); err != nil {
				return err
			}
			if err := tx.ResolveReports(ctx, c.SiteID, c.ID); err != nil {
				return err
			}
		}
		if err := tx.ForgetComment(ctx, c.SiteID, c.ID, about("comment", c.ID), authorKey(), keep); err != nil {
			return err
		}
		if !keep {
			words.Add(c.ID, termsOf(c.Source)...)
			gone = append(gone, c.ID)
		}
	}
	return tx.ChangeLists(ctx, comments[0].SiteID, gone, words, nil)
}

// idLike finds what may be an id in a text.
var idLike = regexp.MustCompile(`[0-9a-z]{13}`)

// eraseLeftovers blanks a page of texts that were prepared for somebody and speak
// of the person: messages that wait, what endpoints were told, examples of rules.
func (d *Desk) eraseLeftovers(ctx context.Context, site forum.Site, j *forum.Job, e eraseJob, sort, cursor string) error {
	after, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil {
		return fmt.Errorf("cursor %q: %w: %w", cursor, err, ErrGiveUp)
	}
	page, err := d.store.Leftovers(ctx, site.ID, sort, forum.ID(after), eraseStep)
	if err != nil {
		return err
	}
	for _, x := range page {
		speaks, err := d.speaksOf(ctx, site, x.Text, e)
		if err != nil {
			return err
		}
		if speaks {
			if err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.BlankLeftover(ctx, site.ID, sort, x.ID) }); err != nil {
				return err
			}
		}
	}
	if len(page) == eraseStep {
		j.Cursor = fmt.Sprintf("%s:%d", sort, page[len(page)-1].ID)
		return nil
	}
	sorts := store.LeftoverSorts()
	j.Cursor = "end:"
	if i := slices.Index(sorts, sort); i+1 < len(sorts) {
		j.Cursor = sorts[i+1] + ":0"
	}
	return nil
}

// speaksOf reports whether a text holds an address of a person, its name as a
// value of JSON, its account or one of its comments.
func (d *Desk) speaksOf(ctx context.Context, site forum.Site, text string, e eraseJob) (bool, error) {
	for _, t := range e.Texts {
		if strings.Contains(text, strconv.Quote(t)) || (strings.Contains(t, "@") && strings.Contains(text, t)) {
			return true, nil
		}
	}
	var ids []forum.ID
	for _, word := range idLike.FindAllString(text, 1000) {
		id, err := forum.ParseID(word)
		if err != nil {
			continue
		}
		if slices.Contains(e.Accounts, id) {
			return true, nil
		}
		ids = append(ids, id)
	}
	found, err := d.store.CommentsByID(ctx, site.ID, ids)
	for _, c := range found {
		if slices.Contains(e.Accounts, c.AccountID) {
			return true, err
		}
	}
	return false, err
}

// endErase notes that it is done and empties the job of what it knew.
func (d *Desk) endErase(ctx context.Context, site forum.Site, j *forum.Job, e eraseJob) error {
	j.Payload, j.Cursor = "{}", "scrub:"
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.EmptyJob(ctx, site.ID, j.ID); err != nil {
			return err
		}
		return tx.EndErasure(ctx, site.ID, e.Account)
	})
}

// scrub empties the database's files of what was removed.
func (d *Desk) scrub(ctx context.Context) (bool, error) {
	clean, err := d.store.Scrub(ctx)
	if err != nil {
		return false, err
	}
	if !clean {
		return false, &LaterError{At: d.Now().Add(time.Minute), Cause: fmt.Errorf("somebody reads what the log still holds")}
	}
	return true, nil
}

// EraseProgress returns how far a job that forgets somebody has come. It says
// nothing about whom.
func (d *Desk) EraseProgress(ctx context.Context, site forum.Site, job forum.ID) (forum.Job, error) {
	j, err := d.store.Job(ctx, site.ID, job)
	if err == nil && j.Kind != JobErase {
		return forum.Job{}, forum.Fail(forum.NotFound, "error.notFound").Because("a job of another kind")
	}
	j.Payload = ""
	return j, err
}

// ReplayErasures forgets again everybody who asked for it and is not forgotten in
// this database: a backup was brought back. noted are the wishes kept outside
// it. It returns the jobs it left.
func (d *Desk) ReplayErasures(ctx context.Context, site forum.Site, noted []Erasure) ([]forum.ID, error) {
	known, err := d.store.Erasures(ctx, site.ID)
	if err != nil {
		return nil, err
	}
	var queued []forum.ID
	seen := map[forum.ID]bool{}
	for _, e := range append(known, noted...) {
		if e.SiteID != site.ID || seen[e.AccountID] {
			continue
		}
		seen[e.AccountID] = true
		a, err := d.store.Account(ctx, site.ID, e.AccountID)
		if forum.IsKind(err, forum.NotFound) || (err == nil && !a.ErasedAt.IsZero()) {
			continue
		}
		if err != nil {
			return queued, err
		}
		err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
			payload, err := d.forget(ctx, tx, site, forum.Actor{}, e)
			if err != nil {
				return err
			}
			id, err := d.enqueue(ctx, tx, site.ID, forum.Actor{}, JobErase, time.Time{}, payload)
			if err != nil {
				return err
			}
			queued = append(queued, id)
			return d.log(ctx, tx, site.ID, forum.Actor{}, act{Action: "account.erase", Object: about("account", e.AccountID), Reason: string(e.Comments)})
		})
		if err != nil {
			return queued, err
		}
	}
	return queued, nil
}

// FinishErasures works on jobs that forget somebody until they are done, for a
// command that cannot wait for the server's worker.
func (d *Desk) FinishErasures(ctx context.Context, site forum.Site, jobs []forum.ID) error {
	for _, id := range jobs {
		j, err := d.store.Job(ctx, site.ID, id)
		for done := false; err == nil && !done; {
			done, err = d.EraseStep(ctx, site, &j)
		}
		if err != nil {
			return err
		}
		err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.EndJob(ctx, site.ID, id) })
		if err != nil {
			return err
		}
	}
	return nil
}
