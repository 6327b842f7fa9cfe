package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"parley/internal/forum"
)

const siteColumns = `site_id, slug, name, settings, created_at, staff_changes`

// SiteRow is a site as the database has it: two that are equal are the same site
// with the same settings.
type SiteRow struct {
	id       forum.ID
	slug     string
	name     string
	settings string // JSON
	created  int64
	staff    int64 // changes of who works at the desk
}

func scanSiteRow(s scanner) (SiteRow, error) {
	var x SiteRow
	err := s.Scan(&x.id, &x.slug, &x.name, &x.settings, &x.created, &x.staff)
	return x, err
}

// Site reads the settings of a row.
func (x SiteRow) Site() (forum.Site, error) {
	site := forum.Site{ID: x.id, Slug: x.slug, Name: x.name, CreatedAt: instant(x.created), Settings: forum.DefaultSettings(), StaffChanges: x.staff}
	if err := json.Unmarshal([]byte(x.settings), &site.Settings); err != nil {
		return site, fmt.Errorf("settings of site %s: %w", site.Slug, err)
	}
	return site, nil
}

func scanSite(s scanner) (forum.Site, error) {
	x, err := scanSiteRow(s)
	if err != nil {
		return forum.Site{}, err
	}
	return x.Site()
}

var sqlSite = statement(`select ` + siteColumns + ` from sites where site_id = $1`)

// Site returns a site.
func (r Reader) Site(ctx context.Context, id forum.ID) (forum.Site, error) {
	return one(ctx, r, "read site", scanSite, sqlSite, id)
}

var sqlLockSite = statement(`update sites set name = name where site_id = $1 returning ` + siteColumns)

// LockSite returns a site and keeps others from changing it until the transaction
// ends.
func (t *Tx) LockSite(ctx context.Context, id forum.ID) (forum.Site, error) {
	return one(ctx, t.Reader, "lock site", scanSite, sqlLockSite, id)
}

var sqlSites = statement(`select ` + siteColumns + ` from sites order by created_at, slug`)

// SiteRows returns all sites, the oldest first, for who may know them already: to
// read their settings costs more than to read the rows.
func (r Reader) SiteRows(ctx context.Context) ([]SiteRow, error) {
	return many(ctx, r, "list sites", scanSiteRow, sqlSites)
}

// Sites returns all sites, the oldest first.
func (r Reader) Sites(ctx context.Context) ([]forum.Site, error) {
	return many(ctx, r, "list sites", scanSite, sqlSites)
}

var sqlAddSite = statement(`insert into sites (site_id, slug, name, settings, created_at)
	values ($1, $2, $3, $4, $5) on conflict do nothing`)

// AddSite adds a site; one of that slug is Conflict.
func (t *Tx) AddSite(ctx context.Context, site forum.Site) error {
	settings, err := json.Marshal(site.Settings)
	if err != nil {
		return fmt.Errorf("add site: %w", err)
	}
	n, err := t.exec(ctx, "add site", sqlAddSite, site.ID, site.Slug, site.Name, string(settings), micros(t.Now))
	if err != nil {
		return err
	}
	if n == 0 {
		return forum.Fail(forum.Conflict, "error.siteExists").With("slug", site.Slug)
	}
	t.moved(forum.Move{SiteID: site.ID})
	return nil
}

var sqlSetSite = statement(`update sites set name = $2, settings = $3 where site_id = $1`)

// SetSite changes a site's name and settings.
func (t *Tx) SetSite(ctx context.Context, site forum.Site) error {
	settings, err := json.Marshal(site.Settings)
	if err != nil {
		return fmt.Errorf("set site: %w", err)
	}
	n, err := t.exec(ctx, "set site", sqlSetSite, site.ID, site.Name, string(settings))
	if err == nil && n == 0 {
		return forum.Fail(forum.NotFound, "error.notFound")
	}
	t.moved(forum.Move{SiteID: site.ID})
	return err
}

var sqlMoveStaff = statement(`update sites set staff_changes = staff_changes + 1 where site_id = $1 and exists (
	select 1 from accounts where site_id = $1 and account_id = $2 and (role in ('` + staffRoles() + `')) <> $3)`)

// staffRoles are the roles of the desk as a statement lists them.
func staffRoles() string {
	var roles []string
	for _, r := range forum.StaffRoles() {
		roles = append(roles, string(r))
	}
	return strings.Join(roles, "', '")
}

// moveStaff notes, before an account gets another role, that it comes to the desk or
// leaves it. Pages that are kept say of authors whether they work there.
func (t *Tx) moveStaff(ctx context.Context, site, account forum.ID, to forum.Role) error {
	n, err := t.exec(ctx, "count staff change", sqlMoveStaff, site, account, to.Staff())
	if n > 0 {
		t.moved(forum.Move{SiteID: site})
	}
	return err
}
