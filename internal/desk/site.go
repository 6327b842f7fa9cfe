package desk

import (
	"context"
	"strings"
	"time"

	"parley/internal/forum"
	"parley/internal/rule"
	"parley/internal/store"
)

// Sites returns every site, the oldest first. The first is the one served
// without a prefix.
func (d *Desk) Sites(ctx context.Context) ([]forum.Site, error) { return d.store.Sites(ctx) }

// SiteBySlug returns a site by its slug.
func (d *Desk) SiteBySlug(ctx context.Context, slug string) (forum.Site, error) {
	id, err := forum.SiteID(slug)
	if err != nil {
		return forum.Site{}, forum.Fail(forum.NotFound, "error.notFound").Because("%w", err)
	}
	return d.store.Site(ctx, id)
}

// AddSite adds a site.
func (d *Desk) AddSite(ctx context.Context, slug, siteName string, settings forum.Settings) (forum.Site, error) {
	id, err := forum.SiteID(slug)
	if err != nil {
		return forum.Site{}, err
	}
	site := forum.Site{ID: id, Slug: slug, Name: siteName, Settings: settings, CreatedAt: d.Now()}
	if err := checkSite(site); err != nil {
		return site, err
	}
	return site, d.write(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.AddSite(ctx, site) })
}

// SetSite changes a site's name and settings.
func (d *Desk) SetSite(ctx context.Context, site forum.Site) error {
	if err := checkSite(site); err != nil {
		return err
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.SetSite(ctx, site) })
}

func checkSite(site forum.Site) error {
	if strings.TrimSpace(site.Name) == "" || !goodText(site.Name) {
		return forum.Fail(forum.Invalid, "error.siteName").At("name")
	}
	return site.Settings.Check()
}

// HasOwner reports whether somebody owns a site.
func (d *Desk) HasOwner(ctx context.Context, site forum.Site) (bool, error) {
	return d.store.HasOwner(ctx, site.ID)
}

const (
	keyLife     = 24 * time.Hour // how long a repeated request is recognised
	networkLife = 24 * time.Hour // how long it is known from which network a report or notice came
	bandsChunk  = 4000           // bands forgotten in one transaction
)

// Tidy forgets what has ended: idempotency keys and networks older than a day,
// expired sessions and links, proposals nobody decided, attempts to sign in and
// tokens that were used, work that is done, what was sent where, and by what a text
// is compared with others once no rule can look that far back.
func (d *Desk) Tidy(ctx context.Context, site forum.ID) error {
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.DropKeys(ctx, site, tx.Now.Add(-keyLife)); err != nil {
			return err
		}
		if _, err := tx.ForgetReporters(ctx, site, tx.Now.Add(-networkLife)); err != nil {
			return err
		}
		if err := tx.ForgetNotifiers(ctx, site, tx.Now.Add(-networkLife), tx.Now.Add(-notifierLife)); err != nil {
			return err
		}
		if _, err := tx.ExpireProposals(ctx, site); err != nil {
			return err
		}
		if _, err := tx.DropClaims(ctx, site, tx.Now.Add(-claimLife)); err != nil {
			return err
		}
		if err := tx.DropOldLinks(ctx, site, tx.Now.Add(-linkLife)); err != nil {
			return err
		}
		for _, drop := range []func(context.Context, forum.ID) (int64, error){tx.DropExpired, tx.DropAttempts, tx.DropTokens} {
			if _, err := drop(ctx, site); err != nil {
				return err
			}
		}
		return dropSent(ctx, tx, site)
	})
	if err != nil {
		return err
	}
	return d.forgetBands(ctx, site)
}

// forgetBands goes in transactions that let others write in between.
func (d *Desk) forgetBands(ctx context.Context, site forum.ID) error {
	for {
		var gone int64
		err := d.writeMany(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			gone, err = tx.ForgetBands(ctx, site, tx.Now.Add(-rule.LongestWindow), bandsChunk)
			return err
		})
		if err != nil || gone < bandsChunk {
			return err
		}
	}
}

// Recount counts every counter of a site again and returns those that differ;
// with mend set it also corrects them.
func (d *Desk) Recount(ctx context.Context, site forum.ID, mend bool) ([]store.Miscount, error) {
	if !mend {
		return d.store.Recount(ctx, site)
	}
	var wrong []store.Miscount
	err := d.writeMany(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if wrong, err = tx.Recount(ctx, site); err != nil {
			return err
		}
		for _, m := range wrong {
			if err := tx.Mend(ctx, site, m); err != nil {
				return err
			}
		}
		return nil
	})
	return wrong, err
}
