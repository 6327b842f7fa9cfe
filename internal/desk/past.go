package desk

import (
	"context"
	"sync"
	"time"

	"parley/internal/forum"
	"parley/internal/rule"
	"parley/internal/store"
)

// past is a site's comments played again before one rule, in the order they were
// written. It knows of each author and story what was known at that moment.
type past struct {
	site      forum.Site
	job       forum.ID
	rehearsal store.Rehearsal
	rule      *rule.Compiled
	needs     rule.Needs
	after     forum.ID // the comment judged last
	until     forum.ID
	total     int
	seen      int
	began     time.Time
	result    RehearsalResult
	examples  map[forum.Verb][]RehearsalExample

	accounts map[forum.ID]forum.Account
	stories  map[forum.ID]forum.Story
	accepted map[forum.ID]int  // comments of an account published so far
	linked   map[forum.ID]bool // whether an account had a link published
	pace     map[paceKey][]int64
	bands    map[int64][]trace
}

// paceKey is a story, or an author in a story.
type paceKey struct{ story, account forum.ID }

// trace is what a comment of the past leaves for those that copy it.
type trace struct {
	at      int64
	account forum.ID
	print   rule.Fingerprint
}

func newPast(site forum.Site, x store.Rehearsal, compiled *rule.Compiled, now time.Time) *past {
	return &past{
		site: site, rehearsal: x, rule: compiled, needs: compiled.Needs(), began: now,
		after: forum.FirstID(now.Add(-time.Duration(x.Days) * 24 * time.Hour)), until: forum.FirstID(now.Add(time.Millisecond)),
		examples: map[forum.Verb][]RehearsalExample{}, accounts: map[forum.ID]forum.Account{}, stories: map[forum.ID]forum.Story{},
		accepted: map[forum.ID]int{}, linked: map[forum.ID]bool{}, pace: map[paceKey][]int64{}, bands: map[int64][]trace{},
	}
}

// pasts keeps the rehearsals that are under way.
type pasts struct {
	mu  sync.Mutex
	all map[forum.ID]*past
}

// maxPasts bounds what rehearsals keep in memory; one that is put out begins
// again.
const maxPasts = 3

func (p *pasts) find(job forum.ID) *past {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all[job]
}

func (p *pasts) keep(x *past) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil || len(p.all) >= maxPasts {
		p.all = map[forum.ID]*past{}
	}
	p.all[x.job] = x
}

func (p *pasts) drop(job forum.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.all, job)
}

// step judges the next comments and reports whether there are more.
func (p *past) step(ctx context.Context, r store.Reader, n int) (bool, error) {
	comments, err := r.Written(ctx, p.site.ID, p.after, p.until, n)
	if err != nil {
		return false, err
	}
	if err := p.meet(ctx, r, comments); err != nil {
		return false, err
	}
	rulings, err := p.rulings(ctx, r, comments)
	if err != nil {
		return false, err
	}
	for _, c := range comments {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if err := p.judge(ctx, r, c, rulings[c.ID]); err != nil {
			return false, err
		}
		p.after = c.ID
	}
	p.seen += len(comments)
	return len(comments) == n, nil
}

// meet reads the authors and stories of comments that are new to the past.
func (p *past) meet(ctx context.Context, r store.Reader, comments []forum.Comment) error {
	var authors []forum.ID
	for _, c := range comments {
		if _, known := p.accounts[c.AccountID]; !known {
			p.accounts[c.AccountID] = forum.Account{}
			authors = append(authors, c.AccountID)
		}
		if _, known := p.stories[c.StoryID]; !known {
			story, err := r.Story(ctx, p.site.ID, c.StoryID)
			if err != nil {
				return err
			}
			p.stories[c.StoryID] = story
		}
	}
	found, err := r.AccountsByID(ctx, p.site.ID, authors)
	for id, a := range found {
		p.accounts[id] = a
	}
	return err
}

func (p *past) rulings(ctx context.Context, r store.Reader, comments []forum.Comment) (map[forum.ID]forum.Verb, error) {
	ids := make([]forum.ID, len(comments))
	for i, c := range comments {
		ids[i] = c.ID
	}
	return r.Rulings(ctx, p.site.ID, ids)
}

// judge asks the rule about one comment, and lets the comment leave its traces.
func (p *past) judge(ctx context.Context, r store.Reader, c forum.Comment, ruling forum.Verb) error {
	account := p.accounts[c.AccountID]
	if account.Role.Staff() {
		return nil
	}
	f, err := p.facts(ctx, r, c, account)
	if err != nil {
		return err
	}
	v, fires := p.rule.Judge(f)
	p.result.count(fires, ruling)
	if fires {
		p.example(RehearsalExample{Comment: c.ID, Why: v.Why(), Ruling: ruling})
	}
	p.trace(c, f)
	return nil
}

// count compares what the rule said with what a person decided.
func (r *RehearsalResult) count(fires bool, ruling forum.Verb) {
	r.Seen++
	switch {
	case fires && ruling == forum.Reject:
		r.Agreed++
	case fires && ruling != "":
		r.Disputed++
	case fires:
		r.Undecided++
	case ruling == forum.Reject:
		r.Missed++
	}
	if fires {
		r.Caught++
	}
}

// maxExamples are kept of each kind: agreed, disputed, undecided.
const maxExamples = 8

func (p *past) example(e RehearsalExample) {
	kind := e.Ruling
	if kind == forum.Dismiss {
		kind = forum.Publish
	}
	if len(p.examples[kind]) < maxExamples {
		p.examples[kind] = append(p.examples[kind], e)
	}
}

// facts are what the rule would have been told.
func (p *past) facts(ctx context.Context, r store.Reader, c forum.Comment, a forum.Account) (rule.Facts, error) {
	story, at := p.stories[c.StoryID], writtenAt(c)
	f := rule.Facts{
		Text: rule.Read(c.Source, languageOf(p.site, story)), Links: linksOf(c.Source),
		Story: rule.Story{Section: story.Section, Age: at.Sub(publishedAt(story)), Temperature: temperatureOf(story)},
		Author: rule.Author{
			Age: at.Sub(a.CreatedAt), Byline: c.Byline.Kind, Guest: a.Role == forum.RoleGuest,
		},
		Pace: map[rule.Window]int{}, Copies: map[rule.Window]int{},
	}
	var err error
	if f.Author.Accepted, err = p.acceptedBefore(ctx, r, c); err != nil {
		return f, err
	}
	if err := p.record(ctx, r, c, at, &f); err != nil {
		return f, err
	}
	for _, w := range p.needs.Pace {
		f.Pace[w] = since(p.pace[p.paceKey(w.By, c)], at.Add(-w.Within))
	}
	if len(p.needs.Copies) > 0 {
		p.copies(f.Text.Fingerprint(), c, at, &f)
	}
	return f, nil
}

func writtenAt(c forum.Comment) time.Time {
	if c.CreatedAt.IsZero() {
		return c.ID.Time()
	}
	return c.CreatedAt
}

// acceptedBefore counts on from what the author had before the rehearsal's time.
func (p *past) acceptedBefore(ctx context.Context, r store.Reader, c forum.Comment) (int, error) {
	if _, known := p.accepted[c.AccountID]; !known {
		n, err := r.AcceptedBefore(ctx, p.site.ID, c.AccountID, c.ID)
		if err != nil {
			return 0, err
		}
		p.accepted[c.AccountID] = n
	}
	return p.accepted[c.AccountID], nil
}

// record reads what only some rules ask for.
func (p *past) record(ctx context.Context, r store.Reader, c forum.Comment, at time.Time, f *rule.Facts) error {
	if p.needs.Record {
		x, err := r.RecentBefore(ctx, p.site.ID, c.AccountID, at.Add(-recordSpan), c.ID)
		if err != nil {
			return err
		}
		f.Author.Accepted90, f.Author.Rejected90, f.Author.Reports = x.Accepted, x.Rejected, x.Reported
	}
	if p.needs.Reports {
		n, err := r.ReportsEver(ctx, p.site.ID, c.ID)
		if err != nil {
			return err
		}
		f.Reports = float64(n)
	}
	if !p.needs.FirstLink || len(f.Links) == 0 {
		return nil
	}
	if _, known := p.linked[c.AccountID]; !known {
		had, err := r.HadLinkBefore(ctx, p.site.ID, c.AccountID, c.ID)
		if err != nil {
			return err
		}
		p.linked[c.AccountID] = had
	}
	f.FirstLink = !p.linked[c.AccountID]
	return nil
}

func (p *past) paceKey(by rule.By, c forum.Comment) paceKey {
	if by == rule.ByAuthor {
		return paceKey{c.StoryID, c.AccountID}
	}
	return paceKey{story: c.StoryID}
}

// since counts the instants from one on; they lie in order, but for imports.
func since(instants []int64, from time.Time) int {
	n := 0
	for i := len(instants) - 1; i >= 0 && instants[i] >= from.UnixMicro() && n < 1000; i-- {
		n++
	}
	return n
}

// copies counts the comments before that nearly have a text.
func (p *past) copies(print rule.Fingerprint, c forum.Comment, at time.Time, f *rule.Facts) {
	if print == 0 {
		return
	}
	bands := print.Bands()
	for _, w := range p.needs.Copies {
		for i, band := range bands {
			for _, t := range p.bands[band] {
				near := t.at >= at.Add(-w.Within).UnixMicro() && print.Distance(t.print) <= rule.Near
				if near && firstBand(bands, t.print) == i && (w.By == rule.ByAnyone || t.account == c.AccountID) {
					f.Copies[w]++
				}
			}
		}
	}
}

// firstBand is the first band that another fingerprint shares, so that it is
// counted once.
func firstBand(bands [4]int64, other rule.Fingerprint) int {
	for i, b := range other.Bands() {
		if b == bands[i] {
			return i
		}
	}
	return len(bands)
}

// maxTraces bounds what is compared for one band: of the commonest texts the
// latest are enough.
const maxTraces = 1000

// trace lets a comment count for those after it.
func (p *past) trace(c forum.Comment, f rule.Facts) {
	if c.State == forum.Published {
		p.accepted[c.AccountID]++
		if len(f.Links) > 0 {
			p.linked[c.AccountID] = true
		}
	}
	at := writtenAt(c).UnixMicro()
	seen := map[paceKey]bool{}
	for _, w := range p.needs.Pace {
		if key := p.paceKey(w.By, c); !seen[key] {
			p.pace[key], seen[key] = append(p.pace[key], at), true
		}
	}
	print := rule.Fingerprint(0)
	if len(p.needs.Copies) > 0 {
		print = f.Text.Fingerprint()
	}
	if print == 0 {
		return
	}
	for _, band := range print.Bands() {
		list := append(p.bands[band], trace{at, c.AccountID, print})
		p.bands[band] = list[max(0, len(list)-maxTraces):]
	}
}

// end returns the result with its examples: what people disputed comes first.
func (p *past) end(now time.Time) RehearsalResult {
	r := p.result
	for _, kind := range []forum.Verb{forum.Publish, "", forum.Reject} {
		r.Examples = append(r.Examples, p.examples[kind]...)
	}
	r.Done, r.Took, r.Hook, r.Job = true, now.Sub(p.began).Milliseconds(), len(p.needs.Hooks) > 0, p.job
	return r
}
