package desk

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"parley/internal/forum"
	"parley/internal/rule"
	"parley/internal/store"
)

// RuleDraft is a rule as the desk writes it.
type RuleDraft struct {
	Name       string
	Definition rule.Definition
}

// Caps of what the desk writes about rules.
const (
	maxRuleName   = 80
	maxRuleReason = 200
	maxRules      = 200 // of one site
)

// check refuses a draft that is not a rule, and returns it as it is kept. Errors
// stand at "name" and at paths of the definition.
func (x RuleDraft) check(site forum.Site) (name, definition string, err error) {
	name = strings.TrimSpace(x.Name)
	if name == "" || utf8.RuneCountInString(name) > maxRuleName || !goodText(name) {
		return "", "", forum.Fail(forum.Invalid, "error.ruleName").With("max", maxRuleName).At("name")
	}
	giveSecrets(&x.Definition)
	if _, err := rule.Compile(x.Definition); err != nil {
		return "", "", err
	}
	if r := x.Definition.Then.Reason; r != "" && !slices.Contains(site.Settings.OpenReasons(), r) {
		return "", "", forum.Fail(forum.Invalid, "error.ruleReason").At("then.reason")
	}
	definition = string(x.Definition.Encode())
	if !goodText(definition) {
		return "", "", forum.Fail(forum.Invalid, "error.ruleForm")
	}
	return name, definition, nil
}

// AddRule adds a rule, which does nothing until it is put on.
func (d *Desk) AddRule(ctx context.Context, site forum.Site, actor forum.Actor, draft RuleDraft) (forum.Rule, error) {
	name, definition, err := d.writableRule(site, actor, draft)
	if err != nil {
		return forum.Rule{}, err
	}
	x := forum.Rule{
		SiteID: site.ID, ID: d.mint(), Name: name, Version: 1, Stage: forum.StageOff, Definition: definition, MadeBy: actor.Account.ID,
	}
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.Rules(ctx, site.ID)
		if err != nil {
			return err
		}
		if len(all) >= maxRules {
			return forum.Fail(forum.Invalid, "error.ruleTooMany").With("max", maxRules)
		}
		x.CreatedAt, x.UpdatedAt = tx.Now, tx.Now
		if err := tx.AddRule(ctx, x); err != nil {
			return err
		}
		return d.log(ctx, tx, site.ID, actor, act{Action: "rule.add", Object: about("rule", x.ID), After: digest(definition)})
	})
	return x, err
}

func (d *Desk) writableRule(site forum.Site, actor forum.Actor, draft RuleDraft) (name, definition string, err error) {
	if !forum.May(actor, forum.ActRules) {
		return "", "", forum.Fail(forum.Forbidden, "error.forbidden")
	}
	return draft.check(site)
}

// ChangeRule gives a rule another version; the versions before are kept. seen is
// the version the actor changed; another one now is Conflict.
func (d *Desk) ChangeRule(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID, seen int, draft RuleDraft) (forum.Rule, error) {
	name, definition, err := d.writableRule(site, actor, draft)
	if err != nil {
		return forum.Rule{}, err
	}
	var x forum.Rule
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		before, err := tx.Rule(ctx, site.ID, id)
		if err != nil {
			return err
		}
		x = before
		if before.Version == seen && before.Name == name && before.Definition == definition {
			return nil
		}
		x.Version, x.Name, x.Definition, x.MadeBy = seen, name, definition, actor.Account.ID
		if err := tx.ChangeRule(ctx, x); err != nil {
			return err
		}
		x.Version, x.UpdatedAt = seen+1, tx.Now
		return d.log(ctx, tx, site.ID, actor, act{
			Action: "rule.change", Object: about("rule", id), Before: digest(before.Definition), After: digest(definition),
		})
	})
	return x, err
}

// StageRule turns a rule on, off, or to shadow. from and seen are the stage and
// the version the actor saw; others now are Conflict. words say why and are kept
// in the log; they are required.
func (d *Desk) StageRule(ctx context.Context, site forum.Site, actor forum.Actor, seen forum.Rule, to forum.Stage, words string) (forum.Rule, error) {
	if !forum.May(actor, forum.ActRules) {
		return seen, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	if to != forum.StageOff && to != forum.StageShadow && to != forum.StageOn {
		return seen, forum.Fail(forum.Invalid, "error.ruleStage").At("stage")
	}
	words = strings.TrimSpace(words)
	if words == "" || utf8.RuneCountInString(words) > maxRuleReason || !goodText(words) {
		return seen, forum.Fail(forum.Invalid, "error.ruleWhy").With("max", maxRuleReason).At("words")
	}
	var x forum.Rule
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if x, err = tx.Rule(ctx, site.ID, seen.ID); err != nil {
			return err
		}
		if x.Stage == to && x.Version == seen.Version {
			return nil
		}
		x.Version, x.Stage = seen.Version, seen.Stage
		if err := tx.StageRule(ctx, x, to); err != nil {
			return err
		}
		x.Stage = to
		return d.log(ctx, tx, site.ID, actor, act{
			Action: "rule.stage", Object: about("rule", x.ID), Before: string(seen.Stage), After: string(to), Value: words,
		})
	})
	return x, err
}

// RuleLine is a rule in the list of the desk.
type RuleLine struct {
	forum.Rule
	Definition rule.Definition
	Record     store.RuleRecord // of the last 30 days
	Silent     int              // how often in a row a hook of it gave no answer
	Unasked    bool             // a hook of it is not asked: there are more than MaxAsked
}

// ruleSpan is how long a rule's record reaches back.
const ruleSpan = 30 * 24 * time.Hour

// Rules returns a site's rules with how they did, the oldest first.
func (d *Desk) Rules(ctx context.Context, site forum.Site, actor forum.Actor) ([]RuleLine, error) {
	if !maySeeRules(actor) {
		return nil, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	all, err := d.store.Rules(ctx, site.ID)
	if err != nil {
		return nil, err
	}
	records, err := d.store.RuleRecords(ctx, site.ID, d.Now().Add(-ruleSpan))
	if err != nil {
		return nil, err
	}
	lines := make([]RuleLine, len(all))
	for i, x := range all {
		definition, err := rule.Decode([]byte(x.Definition))
		if err != nil {
			return nil, forum.Fail(forum.Internal, "error.internal").Because("rule %s: %w", x.ID, err)
		}
		lines[i] = RuleLine{Rule: x, Definition: definition, Record: records[x.ID]}
	}
	return lines, d.hookStates(ctx, site, lines)
}

// maySeeRules reports whether an actor may look at rules; to write them takes
// more.
func maySeeRules(a forum.Actor) bool { return forum.May(a, forum.ActFigures) }

// RuleFile is all that the desk knows of one rule.
type RuleFile struct {
	RuleLine
	Versions   []forum.Rule // the newest first
	People     map[forum.ID]forum.Account
	Verdicts   []forum.Verdict // the newest first
	Comments   map[forum.ID]forum.Comment
	Rehearsals []Rehearsal
}

const fileVerdicts = 20

// Rule returns one rule with its versions, its last verdicts and its rehearsals.
func (d *Desk) Rule(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) (RuleFile, error) {
	var f RuleFile
	lines, err := d.Rules(ctx, site, actor)
	if err != nil {
		return f, err
	}
	for _, l := range lines {
		if l.ID == id {
			f.RuleLine = l
		}
	}
	if f.ID == 0 {
		return f, forum.Fail(forum.NotFound, "error.notFound").Because("rule %s", id)
	}
	if f.Versions, err = d.store.RuleVersions(ctx, site.ID, id); err != nil {
		return f, err
	}
	if f.Verdicts, err = d.store.VerdictsOf(ctx, site.ID, id, 0, fileVerdicts); err != nil {
		return f, err
	}
	if f.Rehearsals, err = d.rehearsals(ctx, site, id); err != nil {
		return f, err
	}
	return f, d.fillFile(ctx, site, &f)
}

// fillFile reads the people and comments a file names.
func (d *Desk) fillFile(ctx context.Context, site forum.Site, f *RuleFile) error {
	var people, comments []forum.ID
	for _, v := range f.Versions {
		people = append(people, v.MadeBy)
	}
	for _, v := range f.Verdicts {
		comments = append(comments, v.CommentID)
	}
	for _, r := range f.Rehearsals {
		for _, e := range r.Result.Examples {
			comments = append(comments, e.Comment)
		}
	}
	var err error
	if f.People, err = d.store.AccountsByID(ctx, site.ID, people); err != nil {
		return err
	}
	f.Comments, err = d.store.CommentsByID(ctx, site.ID, comments)
	return err
}
