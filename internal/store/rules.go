package store

import (
	"context"

	"parley/internal/forum"
)

const ruleColumns = `r.site_id, r.rule_id, r.name, r.version, r.stage, v.definition, v.made_by, r.created_at, v.made_at`

func scanRule(s scanner) (forum.Rule, error) {
	var x forum.Rule
	var created, made int64
	err := s.Scan(&x.SiteID, &x.ID, &x.Name, &x.Version, &x.Stage, &x.Definition, &x.MadeBy, &created, &made)
	x.CreatedAt, x.UpdatedAt = instant(created), instant(made)
	return x, err
}

const fromRules = ` from rules r join rule_versions v on v.site_id = r.site_id and v.rule_id = r.rule_id and v.version = r.version`

var sqlRules = statement(`select ` + ruleColumns + fromRules + ` where r.site_id = $1 order by r.rule_id`)

// Rules returns a site's rules in their present versions, the oldest first.
func (r Reader) Rules(ctx context.Context, site forum.ID) ([]forum.Rule, error) {
	return many(ctx, r, "list rules", scanRule, sqlRules, site)
}

var sqlActiveRules = statement(`select site_id, rule_id, name, version, stage, '', 0, created_at, updated_at from rules
	where site_id = $1 and stage in ('shadow', 'on') order by rule_id`)

// ActiveRules returns the rules of a site that run, without their definitions,
// which a caller that has compiled them need not read again.
func (r Reader) ActiveRules(ctx context.Context, site forum.ID) ([]forum.Rule, error) {
	return many(ctx, r, "list active rules", scanRule, sqlActiveRules, site)
}

var sqlRule = statement(`select ` + ruleColumns + fromRules + ` where r.site_id = $1 and r.rule_id = $2`)

// Rule returns a rule in its present version.
func (r Reader) Rule(ctx context.Context, site, id forum.ID) (forum.Rule, error) {
	return one(ctx, r, "read rule", scanRule, sqlRule, site, id)
}

const fromVersions = ` from rule_versions v join rules r on r.site_id = v.site_id and r.rule_id = v.rule_id`

const versionColumns = `v.site_id, v.rule_id, r.name, v.version, r.stage, v.definition, v.made_by, r.created_at, v.made_at`

var sqlRuleVersion = statement(`select ` + versionColumns + fromVersions + ` where v.site_id = $1 and v.rule_id = $2 and v.version = $3`)

// RuleVersion returns a rule as it was in a version.
func (r Reader) RuleVersion(ctx context.Context, site, id forum.ID, version int) (forum.Rule, error) {
	return one(ctx, r, "read rule version", scanRule, sqlRuleVersion, site, id, version)
}

var sqlRuleVersions = statement(`select ` + versionColumns + fromVersions + `
	where v.site_id = $1 and v.rule_id = $2 order by v.version desc limit 100`)

// RuleVersions returns all versions of a rule, the newest first.
func (r Reader) RuleVersions(ctx context.Context, site, id forum.ID) ([]forum.Rule, error) {
	return many(ctx, r, "list rule versions", scanRule, sqlRuleVersions, site, id)
}

var (
	sqlAddRule = statement(`insert into rules (site_id, rule_id, name, version, stage, created_at, updated_at)
		values ($1, $2, $3, 1, $4, $5, $5)`)
	sqlAddVersion = statement(`insert into rule_versions (site_id, rule_id, version, definition, made_by, made_at)
		values ($1, $2, $3, $4, $5, $6)`)
)

// AddRule adds a rule with its first version.
func (t *Tx) AddRule(ctx context.Context, x forum.Rule) error {
	if _, err := t.exec(ctx, "add rule", sqlAddRule, x.SiteID, x.ID, x.Name, string(x.Stage), micros(t.Now)); err != nil {
		return err
	}
	_, err := t.exec(ctx, "add rule version", sqlAddVersion, x.SiteID, x.ID, 1, x.Definition, x.MadeBy, micros(t.Now))
	t.movedDesk(x.SiteID)
	return err
}

var sqlChangeRule = statement(`update rules set name = $4, version = version + 1, updated_at = $5
	where site_id = $1 and rule_id = $2 and version = $3`)

// ChangeRule gives a rule another name and another version, which the caller saw
// to be x.Version; if it is another now, it is Conflict. Versions are only added.
func (t *Tx) ChangeRule(ctx context.Context, x forum.Rule) error {
	n, err := t.exec(ctx, "change rule", sqlChangeRule, x.SiteID, x.ID, x.Version, x.Name, micros(t.Now))
	if err != nil {
		return err
	}
	if n == 0 {
		return forum.Fail(forum.Conflict, "error.conflict").Because("rule %s is not at version %d", x.ID, x.Version)
	}
	_, err = t.exec(ctx, "add rule version", sqlAddVersion, x.SiteID, x.ID, x.Version+1, x.Definition, x.MadeBy, micros(t.Now))
	t.movedDesk(x.SiteID)
	return err
}

var sqlStageRule = statement(`update rules set stage = $5, updated_at = $6
	where site_id = $1 and rule_id = $2 and version = $3 and stage = $4`)

// StageRule puts a rule from one stage to another, in the version that the caller
// saw. If either is another now, it is Conflict.
func (t *Tx) StageRule(ctx context.Context, x forum.Rule, to forum.Stage) error {
	n, err := t.exec(ctx, "stage rule", sqlStageRule, x.SiteID, x.ID, x.Version, string(x.Stage), string(to), micros(t.Now))
	if err == nil && n == 0 {
		return forum.Fail(forum.Conflict, "error.conflict").Because("rule %s is not %s at version %d", x.ID, x.Stage, x.Version)
	}
	t.movedDesk(x.SiteID)
	return err
}
