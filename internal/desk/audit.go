package desk

import (
	"context"

	"parley/internal/audit"
	"parley/internal/forum"
	"parley/internal/store"
)

// LogFilter narrows a reading of the log; its zero fields do not.
type LogFilter = store.LogFilter

// LogLine is an entry of the log as people of the desk read it.
type LogLine struct {
	Entry forum.LogEntry // Value is empty unless the reader may see it
	Actor forum.Account  // who acted; zero: the program or a rule
	Apart bool           // there is a value that the reader may not see
}

// Log returns a page of the site's log, the newest entries first, before a
// number (zero: from the end). What names a person is shown only to those who
// may reveal who writes; auditors see that there is something.
func (d *Desk) Log(ctx context.Context, site forum.Site, actor forum.Actor, f LogFilter, before int64, limit int) ([]LogLine, error) {
	if !forum.May(actor, forum.ActLog) {
		return nil, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	entries, err := d.store.Log(ctx, site.ID, f, before, limit)
	if err != nil {
		return nil, err
	}
	people := make([]forum.ID, len(entries))
	for i, e := range entries {
		people[i] = e.ActorID
	}
	by, err := d.store.AccountsByID(ctx, site.ID, people)
	if err != nil {
		return nil, err
	}
	reveal := forum.May(actor, forum.ActReveal)
	lines := make([]LogLine, len(entries))
	for i, e := range entries {
		lines[i] = LogLine{Entry: e, Actor: by[e.ActorID]}
		if !reveal && e.Value != "" {
			lines[i].Entry.Value, lines[i].Apart = "", true
		}
		lines[i].Entry.Salt = ""
	}
	return lines, nil
}

// logPage is how many entries a verification holds at a time.
const logPage = 500

// VerifyLog checks a site's whole log, entry by entry, against its head and the
// signed heads. The log may grow meanwhile: what is added is checked as well.
func (d *Desk) VerifyLog(ctx context.Context, site forum.Site, heads []audit.Head) (audit.Report, error) {
	v := audit.NewVerifier(site, heads)
	last := int64(0)
	for {
		entries, err := d.store.LogAfter(ctx, site.ID, last, logPage)
		if err != nil {
			return audit.Report{}, err
		}
		for _, e := range entries {
			v.Entry(e)
			last = e.Seq
		}
		if len(entries) > 0 {
			continue
		}
		// The head is read after the entries: it can be ahead of them, because
		// some were added in between, but never behind.
		head, err := d.store.LogHead(ctx, site.ID)
		if err != nil {
			return audit.Report{}, err
		}
		if head.Seq > last {
			if more, err := d.store.LogAfter(ctx, site.ID, last, 1); err != nil || len(more) > 0 {
				if err != nil {
					return audit.Report{}, err
				}
				continue
			}
		}
		values, err := d.store.LogValues(ctx, site.ID, last)
		if err != nil {
			return audit.Report{}, err
		}
		return v.Finish(head.Seq, head.Hash, values), nil
	}
}

// SignHead signs the end of a site's log, if it has grown since the last time,
// tells the endpoints that want to know, and keeps it outside the database. The
// log notes that it was signed, so that an end is signed once however many nodes
// run.
func (d *Desk) SignHead(ctx context.Context, site forum.Site) error {
	keeper := d.out.Heads
	if keeper == nil {
		return nil
	}
	var head audit.Head
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		told, err := d.lockWanting(ctx, tx, site.ID, forum.EventLogHead)
		if err != nil {
			return err
		}
		last, err := tx.Log(ctx, site.ID, LogFilter{}, 0, 1)
		if err != nil || len(last) == 0 {
			return err
		}
		grown := last[0].Action != logHead
		if grown {
			if err := d.log(ctx, tx, site.ID, forum.Actor{}, act{Action: logHead, After: last[0].Hash}); err != nil {
				return err
			}
		}
		end, err := tx.LogHead(ctx, site.ID)
		if err != nil {
			return err
		}
		head = keeper.Sign(site.Slug, end.Seq, end.Hash, tx.Now)
		if !grown {
			return nil
		}
		for _, e := range told {
			if err := d.deliver(ctx, tx, e, forum.EventLogHead, head); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || head.Seq == 0 {
		return err
	}
	return keeper.Keep(head)
}

// logHead is the action of signing the log's end.
const logHead = "log.head"

// LogActors returns those whose acts a reader of the log may look for.
func (d *Desk) LogActors(ctx context.Context, site forum.Site, actor forum.Actor) ([]forum.Account, error) {
	if !forum.May(actor, forum.ActLog) {
		return nil, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	return d.store.Staff(ctx, site.ID)
}
