package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/rule"
)

// The word list of the measurement, and the text it is looked for in.
const (
	benchEntries = 5_000
	benchText    = 500 // characters
)

// rules measures what rules cost: a long word list on one comment, and the
// rehearsal of a rule that has it on discussions of the sizes asked for.
func (c *benchCommand) rules(p *program) (err error) {
	b := &bench{command: c}
	definition := benchRule()
	if err := b.words(definition); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	s := &benchServer{folder: folder}
	if err := s.fill(p, c.Sizes, crowdWords.judged); err != nil {
		return err
	}
	if err := b.rehearse(p, s.database(), definition); err != nil {
		return err
	}
	return b.report(p)
}

// judged is a discussion as unvoted, spread evenly over as long as a rehearsal
// goes back, in which the desk has rejected a comment here and there.
func (w crowdWords) judged(n int, now time.Time) []desk.SeedComment {
	talk := w.unvoted(n, now)
	span := time.Duration(slices.Max(desk.RehearsalDays()))*24*time.Hour - time.Hour
	for i := range talk {
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
func (b *bench) words(d rule.Definition) error {
	words, err := rule.CompileWords(d.When.Any[0].Words.Lists)
	if err != nil {
		return err
	}
	text := strings.Repeat("The council said on Tuesday that the ferry would stay in harbour until spring. ", 10)[:benchText]
	var taken []time.Duration
	began := time.Now()
	for time.Since(began) < b.command.Duration {
		start := time.Now()
		words.Find(rule.Read(text, "en"), 20)
		taken = append(taken, time.Since(start))
	}
	what := fmt.Sprintf("%d words in %d characters", benchEntries, benchText)
	b.note(benchResult{What: what, Comments: 1, Connections: 1}, taken, time.Since(began), 0)
	return nil
}

// rehearse runs a rehearsal over all comments of a database, as the worker of
// jobs does.
func (b *bench) rehearse(p *program, path string, d rule.Definition) (err error) {
	db, err := p.openAt(path)
	if err != nil {
		return err
	}
	defer db.close(&err)
	site, err := db.desk.SiteBySlug(p.ctx, "bench")
	if err != nil {
		return err
	}
	lead, err := signIn(p.ctx, db.desk, site)
	if err != nil {
		return err
	}
	x, err := db.desk.AddRule(p.ctx, site, lead, desk.RuleDraft{Name: "bench", Definition: d})
	if err != nil {
		return err
	}
	id, err := db.desk.Rehearse(p.ctx, site, lead, x.ID, 1, slices.Max(desk.RehearsalDays()))
	if err != nil {
		return err
	}
	began := time.Now()
	steps, err := workOff(p.ctx, db.desk, site)
	if err != nil {
		return err
	}
	took := time.Since(began)
	done, err := db.desk.Rehearsal(p.ctx, site, lead, id)
	if err != nil {
		return err
	}
	b.results = append(b.results, benchResult{
		What: "rehearsal", Comments: done.Result.Seen, Connections: 1, Requests: steps, PerSecond: float64(done.Result.Seen) / took.Seconds(),
		P50: float64(took.Milliseconds()), P99: float64(took.Milliseconds()),
	})
	return nil
}

// signIn is an admin of a site of its own making.
func signIn(ctx context.Context, d *desk.Desk, site forum.Site) (forum.Actor, error) {
	token, err := d.OwnerLink(ctx, site)
	if err != nil {
		return forum.Actor{}, err
	}
	grant, err := d.Welcome(ctx, site, token)
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
