package desk

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"parley/internal/forum"
	"parley/internal/store"
)

// SettingsSeen names a site's name and settings as somebody read them.
func SettingsSeen(site forum.Site) string {
	text, err := json.Marshal(site.Settings)
	if err != nil {
		return ""
	}
	return digest(site.Name, string(text))[:16]
}

// Configure changes a site's name and settings. If they are not what the actor
// saw, it is Conflict. Switching four eyes off waits for a second person if there
// is one: waits names the proposal; the other changes are made at once.
func (d *Desk) Configure(ctx context.Context, site forum.Site, actor forum.Actor, seen string, change func(*forum.Site)) (waits forum.ID, err error) {
	if !forum.May(actor, forum.ActManage) {
		return 0, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		before, err := tx.LockSite(ctx, site.ID)
		if err != nil {
			return err
		}
		if seen != SettingsSeen(before) {
			return forum.Fail(forum.Conflict, "error.conflict").Because("the settings were changed meanwhile")
		}
		after := before
		change(&after)
		if before.Settings.FourEyes && !after.Settings.FourEyes {
			seconds, err := d.seconds(ctx, tx.Reader, site, actor.Account.ID)
			if err != nil {
				return err
			}
			if len(seconds) > 0 {
				after.Settings.FourEyes = true
				if waits, err = d.propose(ctx, tx, site, actor, "four-eyes", about("site", site.ID), nil, ""); err != nil {
					return err
				}
			}
		}
		return d.configure(ctx, tx, actor, before, after)
	})
	return waits, err
}

// configure writes settings that differ and logs which.
func (d *Desk) configure(ctx context.Context, tx *store.Tx, actor forum.Actor, before, after forum.Site) error {
	if err := checkSite(after); err != nil {
		return err
	}
	changed := changes(before, after)
	if len(changed) == 0 {
		return nil
	}
	if err := tx.SetSite(ctx, after); err != nil {
		return err
	}
	return d.log(ctx, tx, after.ID, actor, act{
		Action: "settings.change", Object: about("site", after.ID), Reason: strings.Join(changed, " "),
		Before: SettingsSeen(before), After: SettingsSeen(after),
	})
}

// changes names the settings that two versions of a site differ in, as JSON calls
// them.
func changes(a, b forum.Site) []string {
	var out []string
	if a.Name != b.Name {
		out = append(out, "name")
	}
	x, y := reflect.ValueOf(a.Settings), reflect.ValueOf(b.Settings)
	for i := range x.NumField() {
		if !reflect.DeepEqual(x.Field(i).Interface(), y.Field(i).Interface()) {
			field, _, _ := strings.Cut(x.Type().Field(i).Tag.Get("json"), ",")
			out = append(out, field)
		}
	}
	slices.Sort(out)
	return out
}

// approveFourEyes switches the second pair of eyes off.
func approveFourEyes(ctx context.Context, d *Desk, tx *store.Tx, site forum.Site, by forum.Actor, _ Proposal) error {
	before, err := tx.LockSite(ctx, site.ID)
	if err != nil {
		return err
	}
	after := before
	after.Settings.FourEyes = false
	return d.configure(ctx, tx, by, before, after)
}
