package desk

import (
	"context"
	"encoding/json"
	"fmt"

	"parley/internal/forum"
	"parley/internal/store"
)

// NeedsSecond reports whether an act of an actor on so many comments would wait
// for a second person: whether it is on more than forum.FourEyesMany, with what
// the actor began alone in the last forum.FourEyesSpan.
func (d *Desk) NeedsSecond(ctx context.Context, site forum.Site, actor forum.Actor, n int) (bool, error) {
	if !site.Settings.FourEyes || n > forum.FourEyesMany {
		return site.Settings.FourEyes, nil
	}
	before, err := d.begunAlone(ctx, d.store.Reader, site.ID, actor.Account.ID)
	return n+before > forum.FourEyesMany, err
}

// manyWaits is NeedsSecond for an act that is about to begin. Of two of the same
// actor at once, the later counts the earlier.
func (d *Desk) manyWaits(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, n int) (bool, error) {
	if !site.Settings.FourEyes || n > forum.FourEyesMany {
		return site.Settings.FourEyes, nil
	}
	if _, err := tx.LockAccount(ctx, site.ID, actor.Account.ID); err != nil {
		return false, err
	}
	before, err := d.begunAlone(ctx, tx.Reader, site.ID, actor.Account.ID)
	return n+before > forum.FourEyesMany, err
}

// begunAlone returns on how many comments the acts on many are that an account
// began in the last forum.FourEyesSpan and nobody else agreed to.
func (d *Desk) begunAlone(ctx context.Context, r store.Reader, site, account forum.ID) (int, error) {
	n, since := 0, forum.FirstID(d.Now().Add(-forum.FourEyesSpan))
	for _, kind := range manyJobs {
		jobs, err := r.JobsBy(ctx, site, kind, account, since)
		if err != nil {
			return 0, err
		}
		for _, j := range jobs {
			alone, err := isAlone(ctx, r, j)
			if err != nil {
				return 0, err
			}
			if alone {
				n += reach(j)
			}
		}
	}
	return n, nil
}

// isAlone reports whether one person alone answers for a job on many comments.
// Taking back what another job did is no act of its own.
func isAlone(ctx context.Context, r store.Reader, j forum.Job) (bool, error) {
	var work struct {
		Job    forum.ID `json:"job"`    // of an UndoOf
		Second forum.ID `json:"second"` // of a sweep
	}
	if err := json.Unmarshal([]byte(j.Payload), &work); err != nil {
		return false, fmt.Errorf("job %s: %w", j.ID, err)
	}
	if work.Job != 0 || work.Second != 0 {
		return false, nil
	}
	second, err := agreed(ctx, r, j.SiteID, j.ID)
	return second == 0, err
}

// reach is on how many comments a job on many is or, if it has ended, was.
func reach(j forum.Job) int {
	if j.EndedAt.IsZero() {
		return max(j.Total, j.Progress)
	}
	return j.Progress
}
