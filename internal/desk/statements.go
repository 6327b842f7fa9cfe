package desk

import (
	"context"
	"strconv"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// Restriction is a decision that took something from an author.
type Restriction = store.Restriction

// statementPage is how many decisions are held at a time.
const statementPage = 500

// Restrictions calls yield with every decision of a month that a statement of
// reasons is owed for, in their order. What only waits for its first look, as
// every first comment does, is judged by nobody yet and is not among them.
func (d *Desk) Restrictions(ctx context.Context, site forum.Site, month time.Time, yield func(Restriction) error) error {
	from := time.Date(month.Year(), month.Month(), 1, 0, 0, 0, 0, time.UTC)
	after := forum.ID(from.UnixMilli()<<20) - 1
	for {
		page, err := d.store.Restrictions(ctx, site.ID, after, from.AddDate(0, 1, 0), statementPage)
		if err != nil {
			return err
		}
		for _, x := range page {
			after = x.Decision.ID
			if !judged(x.Decision) {
				continue
			}
			if err := yield(x); err != nil {
				return err
			}
		}
		if len(page) < statementPage {
			return nil
		}
	}
}

// judged reports whether somebody or a rule judged what a decision is about.
func judged(x forum.Decision) bool {
	return x.Verb != forum.Hold || !x.Automated || x.RuleID != 0
}

// LogExport notes in the log that statements of reasons of a month were taken
// out, and how many.
func (d *Desk) LogExport(ctx context.Context, site forum.Site, actor forum.Actor, month time.Time, count int) error {
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return d.log(ctx, tx, site.ID, actor, act{
			Action: "export.statements", Object: "month:" + month.Format("2006-01"), After: strconv.Itoa(count),
		})
	})
}
