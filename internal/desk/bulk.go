package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// Selection is which comments an act on many is about: those of a list or, if it
// is empty, all that a filter finds.
type Selection struct {
	IDs    []forum.ID `json:"ids,omitempty"`
	Filter Filter     `json:"filter,omitzero"`
}

// Bulk is one decision on many comments.
type Bulk struct {
	Selection
	Verb   forum.Verb `json:"verb"`
	Reason string     `json:"reason,omitempty"`
	Note   string     `json:"note,omitempty"`
}

// bulkWork is what the job of a Bulk keeps.
type bulkWork struct {
	Bulk
	Until forum.ID `json:"until"` // what is written later is not meant
}

const (
	maxBulk   = 100000 // comments that one job decides on
	maxListed = 1000   // ids that a selection may list
)

// Started is what became of an act on many.
type Started struct {
	Job      forum.ID // zero: it waits for a second person
	Proposal forum.ID // zero: there is a job
	Total    int
}

// CountBulk checks an act on many and returns how many comments it is about.
func (d *Desk) CountBulk(ctx context.Context, site forum.Site, actor forum.Actor, b Bulk) (int, error) {
	if !forum.May(actor, forum.ActBulk) {
		return 0, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	if _, moves := b.Verb.Target(); !moves {
		return 0, forum.Fail(forum.Invalid, "error.badRequest").At("verb")
	}
	if err := checkRuling(site, Ruling{Verb: b.Verb, Reason: b.Reason, Note: b.Note}); err != nil {
		return 0, err
	}
	if len(b.IDs) > maxListed {
		return 0, forum.Fail(forum.Invalid, "error.badRequest").Because("%d ids", len(b.IDs))
	}
	n := len(b.IDs)
	if n == 0 && b.Filter.Queue != "" {
		var err error
		if n, err = d.countAll(ctx, site, actor, b.Filter, maxBulk); err != nil {
			return 0, err
		}
	}
	if n == 0 {
		return 0, forum.Fail(forum.Invalid, "error.bulkNone")
	}
	return n, nil
}

// StartBulk leaves an act on many to be done by a job, or proposes it where a
// second person must agree. A repeat with the same key starts nothing and returns
// what the first has started.
func (d *Desk) StartBulk(ctx context.Context, site forum.Site, actor forum.Actor, b Bulk, key string) (Started, error) {
	n, err := d.CountBulk(ctx, site, actor, b)
	work := bulkWork{Bulk: b, Until: forum.FirstID(d.Now().Add(time.Millisecond))}
	slices.Sort(work.IDs)
	return d.startOnce(ctx, site, actor, JobBulk, key, b, starting{n, err}, func(ctx context.Context, tx *store.Tx, id forum.ID) (Started, error) {
		waits, err := d.manyWaits(ctx, tx, site, actor, n)
		if err != nil {
			return Started{}, err
		}
		if waits {
			proposal := bulkProposal{Kind: JobBulk, Bulk: work, Total: n}
			made, err := d.proposeAs(ctx, tx, site, actor, id, "bulk", string(b.Verb), proposal, b.Note)
			return Started{Proposal: made, Total: n}, err
		}
		return Started{Job: id, Total: n}, d.queueMany(ctx, tx, site, actor, id, JobBulk, n, work)
	})
}

// starting is on how many comments an act on many is, or why it is not to begin.
type starting struct {
	total   int
	problem error
}

// startOnce begins an act on many under an id, once for each key. What a repeat
// would find does not matter: by then the first may have left nothing to do.
func (d *Desk) startOnce(ctx context.Context, site forum.Site, actor forum.Actor, kind forum.JobKind, key string, what any, s starting, start func(context.Context, *store.Tx, forum.ID) (Started, error)) (Started, error) {
	if s.problem != nil && key == "" {
		return Started{}, s.problem
	}
	text, err := json.Marshal(what)
	if err != nil {
		return Started{}, fmt.Errorf("start %s: %w", kind, err)
	}
	var out Started
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := d.claimAct(ctx, tx, site, actor, string(kind), key, string(text))
		if err != nil {
			return err
		}
		if done != 0 {
			out, err = startedAs(ctx, tx, site.ID, done)
			return err
		}
		if s.problem != nil {
			return s.problem
		}
		if out, err = start(ctx, tx, d.mint()); err != nil {
			return err
		}
		// The key's row is this transaction's since it was claimed: noting comes after
		// the log without waiting for anybody.
		return d.didAct(ctx, tx, site, actor, string(kind), key, out.Job+out.Proposal)
	})
	return out, err
}

// startedAs returns what was begun under an id: a job, or the proposal that it
// waits for, whose approval gives the job its own id.
func startedAs(ctx context.Context, tx *store.Tx, site, id forum.ID) (Started, error) {
	j, err := tx.Job(ctx, site, id)
	if forum.IsKind(err, forum.NotFound) {
		return Started{Proposal: id}, nil
	}
	return Started{Job: j.ID, Total: j.Total}, err
}

// queueMany adds the job of an act on many and logs it.
func (d *Desk) queueMany(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, id forum.ID, kind forum.JobKind, total int, work any) error {
	text, err := json.Marshal(work)
	if err != nil {
		return fmt.Errorf("job %s: %w", kind, err)
	}
	err = tx.AddJob(ctx, forum.Job{SiteID: site.ID, ID: id, Kind: kind, Payload: string(text), MadeBy: actor.Account.ID, Total: total})
	if err != nil {
		return err
	}
	return d.log(ctx, tx, site.ID, actor, act{Action: "job.start", Object: about("job", id), Reason: string(kind), After: strconv.Itoa(total)})
}

// bulkProposal is an act on many that waits for a second person.
type bulkProposal struct {
	Kind  forum.JobKind `json:"kind"`
	Bulk  bulkWork      `json:"bulk,omitzero"`
	Undo  UndoOf        `json:"undo,omitzero"`
	Total int           `json:"total"`
}

// approveBulk queues the act in the name of who proposed it. The job has the
// proposal's id, so that whoever looks at what it did, however late, finds who
// agreed.
func approveBulk(ctx context.Context, d *Desk, tx *store.Tx, site forum.Site, _ forum.Actor, p Proposal) error {
	var x bulkProposal
	if err := json.Unmarshal([]byte(p.Payload), &x); err != nil {
		return fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	maker, err := proposer(ctx, tx, site, p)
	if err != nil {
		return err
	}
	if x.Kind == JobUndo {
		if x.Undo.mayUndoMany(maker) != nil {
			return lostRight(p)
		}
		return d.queueUndo(ctx, tx, site, maker, p.ID, x.Total, x.Undo)
	}
	return d.queueMany(ctx, tx, site, maker, p.ID, x.Kind, x.Total, x.Bulk)
}

// BulkStep decides on the next comments of a job.
func (d *Desk) BulkStep(ctx context.Context, site forum.Site, j *forum.Job) (done bool, err error) {
	var work bulkWork
	m, err := d.many(ctx, site, j, &work)
	if err != nil {
		return false, err
	}
	comments, more, err := d.selected(ctx, site, m.actor, work, m.at)
	if err != nil {
		return false, err
	}
	for _, c := range comments {
		err := m.each(ctx, c.ID, c.ID, func(ctx context.Context, tx *store.Tx) error {
			r := Ruling{Comment: c.ID, Verb: work.Verb, From: c.State, Reason: work.Reason, Note: work.Note}
			_, err := d.decideOne(ctx, tx, site, m.actor, r, j.ID)
			return err
		})
		if err != nil {
			return false, err
		}
	}
	return !more, nil
}

// selected returns the next comments of a selection, the oldest first, and
// whether there may be more.
func (d *Desk) selected(ctx context.Context, site forum.Site, actor forum.Actor, work bulkWork, after forum.ID) ([]forum.Comment, bool, error) {
	if len(work.IDs) > 0 {
		return d.listed(ctx, site.ID, work.IDs, after)
	}
	sieve, err := d.sieve(ctx, d.store.Reader, site, actor, work.Filter)
	if errors.Is(err, errNothing) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	sieve.Oldest, sieve.After = true, after
	for {
		page, err := d.store.Sift(ctx, site.ID, sieve, manyBatch)
		if err != nil {
			return nil, false, err
		}
		all := len(page.Comments)
		found := slices.DeleteFunc(page.Comments, func(c forum.Comment) bool { return c.ID >= work.Until })
		more := len(found) == all && (all == manyBatch || page.Reached != 0 && page.Reached < work.Until)
		if len(found) > 0 || !more {
			return found, more, nil
		}
		sieve.After = page.Reached
	}
}

// listed returns the next comments of a sorted list of ids.
func (d *Desk) listed(ctx context.Context, site forum.ID, ids []forum.ID, after forum.ID) ([]forum.Comment, bool, error) {
	from, _ := slices.BinarySearch(ids, after+1)
	ids = ids[from:]
	more := len(ids) > manyBatch
	ids = ids[:min(len(ids), manyBatch)]
	byID, err := d.store.CommentsByID(ctx, site, ids)
	var out []forum.Comment
	for _, id := range ids {
		if c, ok := byID[id]; ok {
			out = append(out, c)
		}
	}
	return out, more, err
}
