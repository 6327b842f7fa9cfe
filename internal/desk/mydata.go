package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/store"
)

// DataField is one value of a person's data.
type DataField = store.DataField

// DataParts names the tables of a person's data in the order told.
func DataParts() []string { return store.DataParts() }

// dataPage is how many rows of a person's data are read at once.
const dataPage = 200

// MyData calls each with every row of one table of the actor's own data, the
// oldest first. It reads a page at a time, so that it can be as long as it is.
func (d *Desk) MyData(ctx context.Context, site forum.Site, actor forum.Actor, part string, each func([]DataField) error) error {
	if !actor.Known() {
		return forum.Fail(forum.Unauthorised, "error.signInNeeded")
	}
	for after := int64(0); ; {
		rows, err := d.store.Data(ctx, site.ID, actor.Account.ID, part, after, dataPage)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if part == "comments" {
				if r.Fields, err = d.withEditions(ctx, site, r); err != nil {
					return err
				}
			}
			if err := each(r.Fields); err != nil {
				return err
			}
			after = r.Key
		}
		if len(rows) < dataPage || after == 0 || part == "mutes" {
			return nil
		}
	}
}

// withEditions adds the earlier texts of a comment that was edited.
func (d *Desk) withEditions(ctx context.Context, site forum.Site, r store.DataRow) ([]DataField, error) {
	texts, err := d.store.EditionTexts(ctx, site.ID, forum.ID(r.Key))
	for _, t := range texts {
		r.Fields = append(r.Fields, DataField{Name: "earlier", Value: t})
	}
	return r.Fields, err
}

// TookData notes in the log that somebody took their data with them.
func (d *Desk) TookData(ctx context.Context, site forum.Site, actor forum.Actor) error {
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return d.log(ctx, tx, site.ID, actor, act{Action: "account.export", Object: about("account", actor.Account.ID)})
	})
}
