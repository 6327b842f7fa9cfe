package desk

import (
	"context"
	"strings"
	"sync"
	"time"

	"parley/internal/forum"
	"parley/internal/markup"
	"parley/internal/rule"
	"parley/internal/store"
)

// What holds a comment for review, as Comment.HeldFor names it.
const (
	heldFirst       = "first-comment" // its author has none accepted yet
	heldAlways      = "always-hold"   // a sanction of its author
	heldEdited      = "edited"        // it had been reviewed, and has another text now
	heldTemperature = "temperature"   // every comment of its story waits
	heldRule        = "rule"
)

// seat is a rule that runs.
type seat struct {
	forum.Rule
	compiled *rule.Compiled
}

// bench are the rules of a site that run, and what they want to know.
type bench struct {
	seats []seat
	needs rule.Needs
}

// only returns the rules for an occasion: those about reports are asked when one
// comes, the others when a text does.
func (b bench) only(reports bool) bench {
	var some bench
	for _, s := range b.seats {
		if n := s.compiled.Needs(); n.Reports == reports {
			some.seats = append(some.seats, s)
			some.needs = some.needs.With(n)
		}
	}
	return some
}

// compiledRules keeps the present version of each rule compiled.
type compiledRules struct {
	mu  sync.Mutex
	all map[ruleKey]compiledVersion
	// building is held while a rule is compiled, and by nobody who waits for the
	// database: a list of thousands of words takes much time and memory, which the
	// first of a crowd spends for all.
	building sync.Mutex
}

type ruleKey struct{ site, rule forum.ID }

type compiledVersion struct {
	version  int
	compiled *rule.Compiled
}

func (c *compiledRules) find(x forum.Rule) *rule.Compiled {
	c.mu.Lock()
	defer c.mu.Unlock()
	if have := c.all[ruleKey{x.SiteID, x.ID}]; have.version == x.Version {
		return have.compiled
	}
	return nil
}

func (c *compiledRules) keep(x forum.Rule, compiled *rule.Compiled) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[ruleKey]compiledVersion{}
	}
	if c.all[ruleKey{x.SiteID, x.ID}].version <= x.Version {
		c.all[ruleKey{x.SiteID, x.ID}] = compiledVersion{x.Version, compiled}
	}
}

// bench reads the rules of a site that run.
func (d *Desk) bench(ctx context.Context, r store.Reader, site forum.ID) (bench, error) {
	rules, err := r.ActiveRules(ctx, site)
	if err != nil {
		return bench{}, err
	}
	var b bench
	for _, x := range rules {
		compiled := d.rules.find(x)
		if compiled == nil {
			full, err := r.RuleVersion(ctx, x.SiteID, x.ID, x.Version)
			if err != nil {
				return bench{}, err
			}
			if compiled, err = d.rules.compile(full); err != nil {
				return bench{}, err
			}
		}
		b.seats = append(b.seats, seat{x, compiled})
	}
	return b, nil
}

// knownBench is bench for a text that is about to be written: at most a second old,
// and younger where this process was told of a change.
func (d *Desk) knownBench(ctx context.Context, site forum.ID) (bench, error) {
	load := func(ctx context.Context) (bench, error) { return d.bench(ctx, d.store.Reader, site) }
	if d.heads == nil {
		return load(ctx)
	}
	return d.heads.benches.read(ctx, memoryKey{site: site}, load)
}

// compile compiles a version of a rule, unless another did meanwhile.
func (c *compiledRules) compile(x forum.Rule) (*rule.Compiled, error) {
	c.building.Lock()
	defer c.building.Unlock()
	if compiled := c.find(x); compiled != nil {
		return compiled, nil
	}
	compiled, err := compileRule(x)
	if err == nil {
		c.keep(x, compiled)
	}
	return compiled, err
}

// compileRule compiles a rule as it is kept. What was checked when it was saved
// compiles; an error is ours.
func compileRule(x forum.Rule) (*rule.Compiled, error) {
	definition, err := rule.Decode([]byte(x.Definition))
	if err == nil {
		var c *rule.Compiled
		if c, err = rule.Compile(definition); err == nil {
			return c, nil
		}
	}
	return nil, forum.Fail(forum.Internal, "error.internal").Because("rule %s, version %d: %w", x.ID, x.Version, err)
}

// subject is a comment that rules are asked about.
type subject struct {
	site      forum.Site
	account   forum.Account
	story     forum.Story
	comment   forum.Comment // its text is the one judged
	text      *rule.Text    // the same, read in some language; nil: not yet
	links     []rule.Link
	opinions  map[rule.Hook]rule.Opinion
	edit      bool
	reported  bool          // it stands, and was reported
	confirmed bool          // the author was asked to think again, and did
	held      bool          // a sanction holds every comment of the author
	newcomer  bool          // the author has an account since this transaction
	parent    forum.Comment // of a new comment; zero: a root, or it is none
}

// kept is the subject's comment among those that are kept; zero: it is new.
func (s subject) kept() forum.ID {
	if s.edit || s.reported {
		return s.comment.ID
	}
	return 0
}

// linksOf are the links of a source.
func linksOf(source string) []rule.Link {
	if !strings.Contains(source, "://") {
		return nil
	}
	found := markup.Links(source)
	links := make([]rule.Link, len(found))
	for i, l := range found {
		links[i] = rule.Link{Host: l.Host, Mark: forum.Mark{From: l.From, To: l.To}}
	}
	return links
}

// languageOf is the language a story's comments are taken to be in.
func languageOf(site forum.Site, story forum.Story) string {
	if story.Lang != "" {
		return story.Lang
	}
	return site.Settings.Locale
}

// recordSpan is how far back an author's record is looked at.
const recordSpan = 90 * 24 * time.Hour

// facts gathers what rules need to know about a subject.
func facts(ctx context.Context, tx *store.Tx, s subject, text *rule.Text, needs rule.Needs) (rule.Facts, error) {
	f := rule.Facts{
		Text: text, Links: s.links, Opinions: s.opinions,
		Author: rule.Author{
			Age: tx.Now.Sub(s.account.CreatedAt), Accepted: s.account.Accepted, Byline: s.comment.Byline.Kind,
			Guest: s.account.Role == forum.RoleGuest,
		},
		Story: rule.Story{Section: s.story.Section, Age: tx.Now.Sub(publishedAt(s.story)), Temperature: temperatureOf(s.story)},
	}
	f.FirstLink = needs.FirstLink && s.newcomer
	f.Pace, f.Copies = map[rule.Window]int{}, map[rule.Window]int{}
	err := askTogether(ctx, tx, questions(s, text, needs, &f))
	return f, err
}

// question asks the database for one of the facts.
type question func(ctx context.Context, tx *store.Tx) error

// questions are those whose answers rules need; they fill f.
func questions(s subject, text *rule.Text, needs rule.Needs, f *rule.Facts) (all []question) {
	if needs.Record && !s.newcomer {
		all = append(all, func(ctx context.Context, tx *store.Tx) error {
			recent, err := tx.RecentOf(ctx, s.site.ID, s.account.ID, tx.Now.Add(-recordSpan))
			f.Author.Accepted90, f.Author.Rejected90, f.Author.Reports = recent.Accepted, recent.Rejected, recent.Reported
			return err
		})
	}
	if needs.FirstLink && !s.newcomer {
		all = append(all, func(ctx context.Context, tx *store.Tx) error {
			had, err := tx.HadLink(ctx, s.site.ID, s.account.ID)
			f.FirstLink = !had
			return err
		})
	}
	if needs.Reports {
		all = append(all, func(ctx context.Context, tx *store.Tx) error { return weighReports(ctx, tx, s, f) })
	}
	for _, w := range needs.Pace {
		all = append(all, func(ctx context.Context, tx *store.Tx) error { return countPace(ctx, tx, s, w, f) })
	}
	if print := text.Fingerprint(); print != 0 {
		for _, w := range needs.Copies {
			all = append(all, func(ctx context.Context, tx *store.Tx) error { return countCopies(ctx, tx, s, print, w, f) })
		}
	}
	return all
}

// askTogether asks questions of which none depends on the answer to another.
func askTogether(ctx context.Context, tx *store.Tx, all []question) error {
	if len(all) > 1 {
		tx.Together(ctx, func(ctx context.Context, tx *store.Tx) {
			for _, ask := range all {
				_ = ask(ctx, tx)
			}
		})
	}
	for _, ask := range all {
		if err := ask(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

func publishedAt(x forum.Story) time.Time {
	if x.PublishedAt.IsZero() {
		return x.CreatedAt
	}
	return x.PublishedAt
}

// calm is the temperature of a story that no signal has cooled.
const calm = "calm"

func temperatureOf(x forum.Story) string {
	if x.Controls.Auto == "" {
		return calm
	}
	return x.Controls.Auto
}

func countPace(ctx context.Context, tx *store.Tx, s subject, w rule.Window, f *rule.Facts) (err error) {
	since := tx.Now.Add(-w.Within)
	switch {
	case w.By != rule.ByAuthor:
		f.Pace[w], err = tx.PaceOfStory(ctx, s.site.ID, s.story.ID, since, s.kept())
	case !s.newcomer:
		f.Pace[w], err = tx.PaceOfAuthor(ctx, s.site.ID, s.account.ID, s.story.ID, since, s.kept())
	}
	return err
}

func countCopies(ctx context.Context, tx *store.Tx, s subject, print rule.Fingerprint, w rule.Window, f *rule.Facts) error {
	like, err := tx.Copies(ctx, s.site.ID, print.Bands(), tx.Now.Add(-w.Within), s.kept())
	for _, c := range like {
		near := print.Distance(rule.Fingerprint(c.Fingerprint)) <= rule.Near
		if near && (w.By == rule.ByAnyone || c.Account == s.account.ID) {
			f.Copies[w]++
		}
	}
	return err
}

// fate is what becomes of a comment: the state it gets, and the verdicts that
// were given.
type fate struct {
	state    forum.State
	from     forum.State // it had, or would have had without rules
	heldFor  string
	reason   string // of the decision; empty: there is none
	verdicts []forum.Verdict
	by       *forum.Verdict // of verdicts, the one that acted; nil: none
	text     *rule.Text
}

// judge asks a site's rules about a comment that would get a state without them.
// The strongest effect that applies wins: reject, hold, sign in, slow, think
// again. Rules that want the author to do something first are errors: Conflict
// "error.thinkAgain" at "confirmed", TooFast "error.slowRule" and Unauthorised
// "error.signInRule".
func (d *Desk) judge(ctx context.Context, tx *store.Tx, b bench, s subject, without forum.State, heldFor string) (fate, error) {
	out := fate{state: without, from: without, heldFor: heldFor, reason: heldFor}
	out.text = s.text
	if language := languageOf(s.site, s.story); s.text == nil || !s.text.In(language) {
		out.text = rule.Read(s.comment.Source, language)
	}
	if len(b.seats) == 0 || s.account.Role.Staff() {
		return out, nil
	}
	f, err := facts(ctx, tx, s, out.text, b.needs)
	if err != nil {
		return out, err
	}
	strongest, by, wait := rule.Effect{}, -1, time.Duration(0)
	for _, seat := range b.seats {
		v, fires := seat.compiled.Judge(f)
		if !fires {
			continue
		}
		out.verdicts = append(out.verdicts, seat.verdict(d.mint(), s.comment.ID, v))
		if seat.Stage != forum.StageOn || by >= 0 && !v.Effect.Stronger(strongest) {
			continue
		}
		does, rest, err := applies(ctx, tx, s, v.Effect, without)
		if err != nil {
			return out, err
		}
		if does {
			strongest, by, wait = v.Effect, len(out.verdicts)-1, rest
		}
	}
	if by < 0 {
		return out, nil
	}
	out.by = &out.verdicts[by]
	return out, out.apply(strongest, wait)
}

func (s seat) verdict(id, comment forum.ID, v rule.Verdict) forum.Verdict {
	return forum.Verdict{
		SiteID: s.SiteID, ID: id, CommentID: comment, RuleID: s.ID, Version: s.Version, RuleName: s.Name, Stage: s.Stage,
		Effect: v.Effect.Do, Why: v.Why(),
	}
}

// applies reports whether an effect would change anything for a subject, and how
// long its author would have to wait.
func applies(ctx context.Context, tx *store.Tx, s subject, e rule.Effect, without forum.State) (bool, time.Duration, error) {
	if s.reported && e.Do != forum.EffectHold && e.Do != forum.EffectReject {
		return false, 0, nil
	}
	switch e.Do {
	case forum.EffectThink:
		return !s.confirmed, 0, nil
	case forum.EffectSlow:
		wait, err := waitFor(ctx, tx, s, e.Seconds.Duration())
		return wait > 0, wait, err
	case forum.EffectSignIn:
		return s.account.Role == forum.RoleGuest, 0, nil
	case forum.EffectHold:
		return without == forum.Published, 0, nil
	}
	return true, 0, nil
}

// waitFor is how long the author of a subject must wait for a gap behind the last
// comment. An edit is no new comment.
func waitFor(ctx context.Context, tx *store.Tx, s subject, gap time.Duration) (time.Duration, error) {
	if s.edit || s.newcomer {
		return 0, nil
	}
	last, err := tx.CommentsByAuthor(ctx, s.site.ID, s.account.ID, 0, 1)
	if err != nil || len(last) == 0 {
		return 0, err
	}
	return last[0].CreatedAt.Add(gap).Sub(tx.Now), nil
}

// apply carries the strongest effect out, or asks the author for something first.
func (f *fate) apply(e rule.Effect, wait time.Duration) error {
	f.by.Acted = true
	switch e.Do {
	case forum.EffectThink:
		return forum.Fail(forum.Conflict, "error.thinkAgain").At("confirmed").Because("rule %s", f.by.RuleID)
	case forum.EffectSlow:
		seconds := int((wait + time.Second - 1) / time.Second)
		return forum.Fail(forum.TooFast, "error.slowRule").With("seconds", seconds).After(wait).Because("rule %s", f.by.RuleID)
	case forum.EffectSignIn:
		return forum.Fail(forum.Unauthorised, "error.signInRule").Because("rule %s", f.by.RuleID)
	case forum.EffectHold:
		f.state, f.heldFor, f.reason = forum.Held, heldRule, heldRule
	case forum.EffectReject:
		f.state, f.heldFor, f.reason = forum.Rejected, "", e.Reason
	}
	return nil
}

// addVerdicts writes what was said about a comment.
func addVerdicts(ctx context.Context, tx *store.Tx, f fate) error {
	for _, v := range f.verdicts {
		if err := tx.AddVerdict(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

// recordFate writes the decision that holds or rejects a comment, if there is
// one, and returns its id. It is the last thing a transaction does. Who is new
// sees at once that a first comment waits, and is not told again.
func (d *Desk) recordFate(ctx context.Context, tx *store.Tx, c forum.Comment, f fate, source forum.Source) (forum.ID, error) {
	if f.reason == "" {
		return 0, nil
	}
	x := forum.Decision{
		SiteID: c.SiteID, ID: d.mint(), CommentID: c.ID, StoryID: c.StoryID, AccountID: c.AccountID, Verb: forum.Hold, Reason: f.reason,
		From: f.from, To: f.state, Automated: true, Source: source,
	}
	if f.state == forum.Rejected {
		x.Verb = forum.Reject
	}
	if f.by != nil {
		x.RuleID, x.RuleVersion = f.by.RuleID, f.by.Version
	}
	if f.reason == heldFirst {
		if err := tx.AddDecision(ctx, x); err != nil {
			return 0, err
		}
		return x.ID, d.alertDecision(ctx, tx, x)
	}
	return x.ID, d.record(ctx, tx, forum.Actor{}, x)
}

// printsOf are a text's prints, as they are stored.
func printsOf(t *rule.Text, links []rule.Link) store.Prints {
	var p store.Prints
	if print := t.Fingerprint(); print != 0 {
		p.Fingerprint, p.Bands = int64(print), print.Bands()
	}
	for _, l := range links {
		p.Hosts = append(p.Hosts, l.Host)
	}
	return p
}

// Verdicts returns what rules said about comments, by comment, the oldest first.
func (d *Desk) Verdicts(ctx context.Context, site forum.Site, comments []forum.ID) (map[forum.ID][]forum.Verdict, error) {
	return d.store.VerdictsOn(ctx, site.ID, comments)
}
