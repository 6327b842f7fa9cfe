package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/internal/bench"
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/rule"
)

// The word list of the measurement, and the text it is looked for in.
const (
	benchEntries = 5_000
	benchText    = 500 // characters
)

// benchRules is parley bench rules.
type benchRules struct {
	Sizes    []int `default:"100,1000,10000" placeholder:"N" help:"Comments of the discussions of the past, one for each number."`
	database string
	tried    int // rehearsals so far
}

// Run measures what rules cost: a long word list on one comment, and the rehearsal
// of a rule that has it on discussions of the sizes asked for.
func (c *benchRules) Run(p *program, b *benchCommands) error { return b.carryOut(p, "rules", c) }

func (c *benchRules) prepare(l *lab) (err error) {
	if err := checkSizes(c.Sizes); err != nil {
		return err
	}
	c.database = filepath.Join(l.folder, fmt.Sprintf("rules-%s.db", seedShape{sizes: c.Sizes}.name()))
	if _, err := os.Stat(c.database); err == nil {
		return nil
	}
	words, err := readCrowd()
	if err != nil {
		return err
	}
	db, err := l.p.openAt(c.database)
	if err != nil {
		return err
	}
	defer db.close(&err)
	site, err := db.desk.AddSite(l.p.ctx, benchSlug, "Bench", demoSettings())
	if err != nil {
		return err
	}
	seed := desk.Seed{Moderator: demoModerator}
	for _, n := range c.Sizes {
		talk := words.judged(n, l.p.now())
		seed.Stories = append(seed.Stories, desk.SeedStory{
			Article: desk.Article{ExternalID: benchKey(n), Headline: "A discussion of " + comments(n), PublishedAt: talk[0].At}, Comments: talk,
		})
	}
	_, err = db.desk.Seed(l.p.ctx, site, seed)
	return err
}

func (c *benchRules) run(l *lab) ([]bench.Result, error) {
	definition := benchRule()
	words, err := c.words(l, definition)
	if err != nil {
		return nil, err
	}
	rehearsal, err := c.rehearse(l.p, definition)
	return []bench.Result{words, rehearsal}, err
}

// judged is a crowd's discussion without its votes, spread evenly over as long as a rehearsal
// goes back, in which the desk has rejected a comment here and there.
func (w crowdWords) judged(n int, now time.Time) []desk.SeedComment {
	talk := w.talk(n, now.Add(-crowdSpan))
	span := time.Duration(slices.Max(desk.RehearsalDays()))*24*time.Hour - time.Hour
	for i := range talk {
		talk[i].Up, talk[i].Down = 0, 0 // votes cost the time of a run and no rule asks for them
		talk[i].At = now.Add(-span).Add(span / time.Duration(n) * time.Duration(i)).Truncate(time.Second)
	}
	judgePast(rand.New(rand.NewPCG(1852, uint64(n))), talk)
	return talk
}

// benchRule has a long list of invented words, a limit of pace and one on copies.
func benchRule() rule.Definition {
	r := rand.New(rand.NewPCG(1, 2))
	letters := []rune("eeeetttaaaooiinnsshhrrddlluucmwfgypbvkaeioutrnsжиаоенст")
	entries := make([]string, benchEntries)
	for i := range entries {
		var b strings.Builder
		for range 4 + r.IntN(9) {
			b.WriteRune(letters[r.IntN(len(letters))])
		}
		entries[i] = b.String() + fmt.Sprint("x", i)
	}
	return rule.Definition{Format: rule.Format, Then: rule.Effect{Do: forum.EffectHold}, When: rule.Condition{Any: []rule.Condition{
		{Words: &rule.WordsCondition{Lists: []rule.WordList{{Grade: rule.Banned, Entries: append(entries, "bridge*")}}}},
		{Copies: &rule.CopiesCondition{Within: 86_400, By: rule.ByAnyone}},
		{Pace: &rule.PaceCondition{AtLeast: 20, Within: 3_600, By: rule.ByAuthor}},
	}}}
}

// words measures the list alone, folding of the text included.
func (c *benchRules) words(l *lab, d rule.Definition) (bench.Result, error) {
	words, err := rule.CompileWords(d.When.Any[0].Words.Lists)
	if err != nil {
		return bench.Result{}, err
	}
	text := strings.Repeat("The council said on Tuesday that the ferry would stay in harbour until spring. ", 10)[:benchText]
	self := bench.Process{PID: os.Getpid()}
	var cost bench.Cost
	began, cpu := time.Now(), self.CPU()
	for cost.Elapsed = 0; cost.Elapsed < l.Duration; cost.Elapsed = time.Since(began) {
		start := time.Now()
		words.Find(rule.Read(text, "en"), 20)
		cost.Times.Add(time.Since(start))
		cost.Requests++
	}
	cost.CPU = self.CPU() - cpu
	what := fmt.Sprintf("%s words in %d characters", counted(benchEntries), benchText)
	return bench.NewResult(what, "one comment", bench.Plan{Connections: 1}, cost), nil
}

// rehearse runs a rehearsal over all comments of the database, as the worker of
// jobs does.
func (c *benchRules) rehearse(p *program, d rule.Definition) (r bench.Result, err error) {
	db, err := p.openAt(c.database)
	if err != nil {
		return r, err
	}
	defer db.close(&err)
	site, err := db.desk.SiteBySlug(p.ctx, benchSlug)
	if err != nil {
		return r, err
	}
	lead, err := signIn(p.ctx, db.desk, site)
	if err != nil {
		return r, err
	}
	c.tried++
	x, err := db.desk.AddRule(p.ctx, site, lead, desk.RuleDraft{Name: fmt.Sprint("bench ", c.tried), Definition: d})
	if err != nil {
		return r, err
	}
	id, err := db.desk.Rehearse(p.ctx, site, lead, x.ID, 1, slices.Max(desk.RehearsalDays()))
	if err != nil {
		return r, err
	}
	self := bench.Process{PID: os.Getpid()}
	began, cpu := time.Now(), self.CPU()
	steps, err := workOff(p.ctx, db.desk, site)
	if err != nil {
		return r, err
	}
	var cost bench.Cost
	cost.Elapsed, cost.CPU = time.Since(began), self.CPU()-cpu
	cost.Times.Add(cost.Elapsed)
	done, err := db.desk.Rehearsal(p.ctx, site, lead, id)
	cost.Requests = done.Result.Seen
	return bench.NewResult(fmt.Sprintf("rehearsal in %d steps", steps), comments(done.Result.Seen), bench.Plan{Connections: 1}, cost), err
}

// ownSite makes a session of an admin of a site.
func ownSite(ctx context.Context, d *desk.Desk, site forum.Site) (*desk.Grant, error) {
	token, err := d.OwnerLink(ctx, site)
	if err != nil {
		return nil, err
	}
	return d.Welcome(ctx, site, token)
}

// signIn is an admin of a site.
func signIn(ctx context.Context, d *desk.Desk, site forum.Site) (forum.Actor, error) {
	grant, err := ownSite(ctx, d, site)
	if err != nil {
		return forum.Actor{}, err
	}
	return d.Authenticate(ctx, site, grant.Token)
}

// workOff does the one job that is due, step by step, and returns how many there
// were. Each must bring the job's progress on, and the last one to its total.
func workOff(ctx context.Context, d *desk.Desk, site forum.Site) (steps int, err error) {
	w, err := d.TakeJob(ctx, site.ID)
	for done := false; err == nil && !done; steps++ {
		before := w.Job.Progress
		if done, err = d.RehearseStep(ctx, site, &w.Job); done {
			w.Job.State = forum.JobDone
		}
		if err == nil && w.Job.Progress <= before {
			return steps, fmt.Errorf("step %d left the job at %d of %d", steps+1, w.Job.Progress, w.Job.Total)
		}
		if err == nil {
			_, err = d.SaveJob(ctx, w, done)
		}
	}
	if err == nil && w.Job.Progress != w.Job.Total {
		err = fmt.Errorf("the job ended at %d of %d", w.Job.Progress, w.Job.Total)
	}
	return steps, err
}
