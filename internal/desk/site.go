package desk

import (
	"context"
	"strings"
	"time"

	"parley/internal/forum"
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

// linkLife is how long a one-time link works.
const linkLife = 7 * 24 * time.Hour

// OwnerLink makes a one-time link token whose holder becomes the owner of a
// site. Links made before stop working.
func (d *Desk) OwnerLink(ctx context.Context, site forum.Site) (string, error) {
	token := secret()
	return token, d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.DropLinks(ctx, site.ID); err != nil {
			return err
		}
		return tx.AddLink(ctx, site.ID, digest(token), forum.RoleAdmin, tx.Now.Add(linkLife))
	})
}

// RoleLink makes a one-time link token whose holder gets a role of the desk. It
// is for who runs the installation; the desk itself invites.
func (d *Desk) RoleLink(ctx context.Context, site forum.Site, role forum.Role) (string, error) {
	if !role.Staff() {
		return "", forum.Fail(forum.Invalid, "error.badRequest").At("role")
	}
	token := secret()
	return token, d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.AddLink(ctx, site.ID, digest(token), role, tx.Now.Add(linkLife))
	})
}

// HasOwner reports whether somebody owns a site.
func (d *Desk) HasOwner(ctx context.Context, site forum.Site) (bool, error) {
	return d.store.HasOwner(ctx, site.ID)
}

// LinkRole returns what a one-time link would make of its holder, without using
// it up, so that a mail scanner that follows the link does no harm.
func (d *Desk) LinkRole(ctx context.Context, site forum.Site, token string) (forum.Role, error) {
	return d.store.OpenLink(ctx, site.ID, digest(token), d.Now())
}

// Welcome uses a one-time link up: it adds an account with the link's role and
// signs the browser in.
func (d *Desk) Welcome(ctx context.Context, site forum.Site, token string) (*Grant, error) {
	var grant *Grant
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		role, err := tx.UseLink(ctx, site.ID, digest(token))
		if err != nil {
			return err
		}
		a := forum.Account{SiteID: site.ID, ID: d.mint(), Role: role, AuthorKey: authorKey(), CreatedAt: tx.Now}
		if err := tx.AddAccount(ctx, a, ""); err != nil {
			return err
		}
		grant, err = d.grant(ctx, tx, a, forum.SessionPage, true)
		return err
	})
	return grant, err
}

// Authenticate returns who acts with a session token. An unknown or expired one
// is Unauthorised.
func (d *Desk) Authenticate(ctx context.Context, site forum.Site, token string) (forum.Actor, error) {
	s, err := d.store.Session(ctx, site.ID, digest(token), d.Now())
	if forum.IsKind(err, forum.NotFound) {
		return forum.Actor{}, forum.Fail(forum.Unauthorised, "error.signInNeeded")
	}
	if err != nil {
		return forum.Actor{}, err
	}
	account, err := d.store.Account(ctx, site.ID, s.AccountID)
	return forum.Actor{Account: account, Kind: s.Kind, Session: s.ID, Strong: d.Now().Before(s.StrongUntil)}, err
}

// SignOut ends the session of a token.
func (d *Desk) SignOut(ctx context.Context, site forum.Site, token string) error {
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.EndSession(ctx, site.ID, digest(token)) })
}

// AddKey makes an API key for the newsroom's own systems and returns its text,
// which is not stored.
func (d *Desk) AddKey(ctx context.Context, site forum.Site, label string) (string, error) {
	key := "pk_" + secret()
	return key, d.write(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.AddKey(ctx, site.ID, digest(key), label) })
}

// CheckKey returns Unauthorised for what is not an API key of the site.
func (d *Desk) CheckKey(ctx context.Context, site forum.Site, key string) error {
	_, err := d.store.Key(ctx, site.ID, digest(key))
	if forum.IsKind(err, forum.NotFound) {
		return forum.Fail(forum.Unauthorised, "error.signInNeeded")
	}
	return err
}

const (
	keyLife     = 24 * time.Hour // how long a repeated request is recognised
	networkLife = 24 * time.Hour // how long it is known from which network a report or notice came
)

// Tidy forgets what has ended: idempotency keys and networks older than a day,
// and expired sessions.
func (d *Desk) Tidy(ctx context.Context, site forum.ID) error {
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.DropKeys(ctx, site, tx.Now.Add(-keyLife)); err != nil {
			return err
		}
		if _, err := tx.ForgetReporters(ctx, site, tx.Now.Add(-networkLife)); err != nil {
			return err
		}
		_, err := tx.DropExpired(ctx, site)
		return err
	})
}

// Recount counts every counter of a site again and returns those that differ;
// with mend set it also corrects them.
func (d *Desk) Recount(ctx context.Context, site forum.ID, mend bool) ([]store.Miscount, error) {
	if !mend {
		return d.store.Recount(ctx, site)
	}
	var wrong []store.Miscount
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
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
