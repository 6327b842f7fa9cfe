package desk

import (
	"context"
	"time"

	"parley/internal/forum"
	"parley/internal/markup"
	"parley/internal/rule"
	"parley/internal/store"
)

// Draft is what a reader wants to publish.
type Draft struct {
	Story  forum.ID // zero: Ref names it
	Ref    StoryRef // a story on another page, added when first written under
	Parent forum.ID // zero: a root
	Byline forum.BylineKind
	Name   string // for BylineName and BylinePseudonym, if the account has none yet
	Text   string
	Key    string // the client's idempotency key; empty: derived from the draft
	// Confirmed says that a rule asked the author to think again, and the author
	// did.
	Confirmed bool
}

// Posted is what became of a draft.
type Posted struct {
	Comment forum.Comment
	Story   forum.Story
	Grant   *Grant // the author's new session; nil: it had one
	Repeat  bool   // the same request had been served before
	// Decision is what held or rejected the comment; zero: nothing did, or the
	// request is a repeat.
	Decision forum.ID
	fate     fate
}

// Post publishes a draft, or holds or rejects it as the site's rules say. Errors
// stand at the fields "text", "name", "byline" and "parent"; Closed, TooFast and
// Conflict (a key used for something else) stand at none. Rules that want the
// author to do something first are errors of [Desk.judge].
func (d *Desk) Post(ctx context.Context, site forum.Site, actor forum.Actor, draft Draft) (Posted, error) {
	if !forum.May(actor, forum.ActPost) {
		return Posted{}, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	if !draft.Byline.Valid() || !site.Settings.Allows(draft.Byline) {
		return Posted{}, forum.Fail(forum.Invalid, "error.bylineNotAllowed").At("byline")
	}
	html, err := markup.Render(draft.Text, rules(site))
	if err != nil {
		return Posted{}, err
	}
	read, err := d.read(ctx, site, draft)
	if err != nil {
		return Posted{}, err
	}
	read.html = html
	var posted Posted
	err = d.once(ctx, site, actor, draft, func(again bool) error {
		read.again = again
		return d.writeStory(ctx, storyName(site, draft.Story, draft.Ref), func(ctx context.Context, tx *store.Tx) error {
			posted, err = d.post(ctx, tx, site, actor, draft, read)
			return err
		})
	})
	if err != nil {
		return Posted{}, err
	}
	return posted, nil
}

// reading is what is known of a draft before its transaction begins.
type reading struct {
	html     markup.HTML
	links    []rule.Link
	text     *rule.Text // as if the story were in the site's language
	bench    bench
	opinions map[rule.Hook]rule.Opinion
	again    bool // a request with the draft's key came before
}

func (d *Desk) read(ctx context.Context, site forum.Site, draft Draft) (reading, error) {
	all, err := d.knownBench(ctx, site.ID)
	if err != nil {
		return reading{}, err
	}
	b := all.only(false)
	return reading{links: linksOf(draft.Text), text: rule.Read(draft.Text, site.Settings.Locale), bench: b, opinions: d.askHooks(ctx, site, b, draft)}, nil
}

// rules are a site's rules for the text of comments.
func rules(site forum.Site) markup.Rules {
	return markup.Rules{Links: site.Settings.Links, MaxLength: site.Settings.MaxLength}
}

func (d *Desk) post(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, draft Draft, read reading) (Posted, error) {
	key, request := draftKey(actor, draft, tx.Now)
	first, left, err := earlier(ctx, tx, site, actor, key, request, read.again)
	if err != nil {
		return Posted{}, err
	}
	if first != 0 {
		return d.repeat(ctx, tx, site, actor, first)
	}
	d.foretell(ctx, tx, site, actor, draft, read)
	// What is foretold is sent when the first of it is asked for: who waits, waits for the
	// story.
	story, err := d.storyFor(ctx, tx, site, draft)
	if err != nil {
		return Posted{}, err
	}
	// Nothing is known of who comes for the first time, and nothing is asked.
	newcomer := !actor.Known()
	var standing forum.Standing
	if !newcomer {
		if standing, err = d.checkStanding(ctx, tx.Reader, site.ID, actor.Account.ID, forum.ActPost, tx.Now); err != nil {
			return Posted{}, err
		}
	}
	if err := takesComments(story, tx.Now); err != nil {
		return Posted{}, err
	}
	account, grant, err := d.author(ctx, tx, site, actor)
	if err != nil {
		return Posted{}, err
	}
	if err := checkControls(ctx, tx, site, story, account, draft.Text); err != nil {
		return Posted{}, err
	}
	if !newcomer {
		if err := checkPace(ctx, tx, site, account, draft.Byline); err != nil {
			return Posted{}, err
		}
	}
	// The story is locked: its comments' ids rise in the order in which readers see them.
	c := forum.Comment{
		SiteID: site.ID, ID: d.mint(), StoryID: story.ID, ParentID: draft.Parent, AccountID: account.ID,
		Source: draft.Text, HTML: string(read.html), CreatedAt: tx.Now,
	}
	if err := setByline(ctx, tx, site, account, draft, &c); err != nil {
		return Posted{}, err
	}
	parent, err := place(ctx, tx, &c)
	if err != nil {
		return Posted{}, err
	}
	s := subject{newcomer: newcomer, parent: parent, site: site, account: account, story: story, comment: c, text: read.text, links: read.links, opinions: read.opinions, confirmed: draft.Confirmed}
	s.held = standing.Holds(tx.Now)
	posted, err := d.enter(ctx, tx, s, read.bench)
	if err != nil {
		return Posted{}, err
	}
	posted.Grant = grant
	if posted.Decision, err = d.recordFate(ctx, tx, posted.Comment, posted.fate, forum.SourceVoluntary); err != nil {
		return Posted{}, err
	}
	return posted, keep(ctx, tx, site, key, request, left, c.ID)
}

// author returns the account that a comment is written with as it was before, or a new
// guest's and its session. The comment to come is counted as accepted, as nearly all
// are; enter corrects that for the others. The account is locked, so that what it
// writes elsewhere at the same moment counts.
func (d *Desk) author(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor) (a forum.Account, g *Grant, err error) {
	if actor.Known() {
		a, err = tx.TouchAccount(ctx, site.ID, actor.Account.ID, 1)
	} else {
		a, g, err = d.newGuest(ctx, tx, site, actor, 1)
	}
	a.Accepted--
	return a, g, err
}

// enter gives a placed comment the state it deserves and adds it.
func (d *Desk) enter(ctx context.Context, tx *store.Tx, s subject, b bench) (Posted, error) {
	without, why := entryState(s)
	f, err := d.judge(ctx, tx, b, s, without, why)
	if err != nil {
		return Posted{}, err
	}
	c := s.comment
	c.State, c.HeldFor = f.state, f.heldFor
	if c.State == forum.Published {
		c.PublishedAt = tx.Now
	}
	story := s.story
	if published, held := tally(c.State); published == 0 {
		// storyFor and author counted it as published.
		if story, err = tx.CountStory(ctx, c.SiteID, c.StoryID, -1, held); err != nil {
			return Posted{}, err
		}
		if err = tx.CountStanding(ctx, c.SiteID, c.AccountID, -1, rejected(c.State)); err != nil {
			return Posted{}, err
		}
	}
	if err := d.addComment(ctx, tx, store.NewComment{Comment: c, HTMLVersion: markup.Version, Prints: printsOf(f.text, s.links)}); err != nil {
		return Posted{}, err
	}
	if err := d.tellAnswered(ctx, tx, s.parent, c); err != nil {
		return Posted{}, err
	}
	return Posted{Comment: c, Story: story, fate: f}, addVerdicts(ctx, tx, f)
}

// entryState is the state a new comment gets before any rule is asked, and what
// holds it.
func entryState(s subject) (forum.State, string) {
	if s.held {
		return forum.Held, heldAlways
	}
	if s.site.Settings.HoldFirst && s.account.Accepted == 0 && !s.account.Role.Staff() {
		return forum.Held, heldFirst
	}
	if controlsFor(s.story, s.account).HoldAll {
		return forum.Held, heldTemperature
	}
	return forum.Published, ""
}

// storyFor locks the story of a draft, moving its revision, and adds a story that
// is written under for the first time. The comment to come is counted as published,
// as nearly all are; enter corrects that for the others.
func (d *Desk) storyFor(ctx context.Context, tx *store.Tx, site forum.Site, draft Draft) (forum.Story, error) {
	id := draft.Story
	if id == 0 {
		story, err := d.resolve(ctx, tx, site, draft.Ref)
		if err != nil {
			return forum.Story{}, err
		}
		id = story.ID
	}
	return tx.TouchStory(ctx, site.ID, id, 1, 0)
}

// tally returns what a comment in a state adds to its story's counters.
func tally(state forum.State) (published, held int) {
	switch state {
	case forum.Published:
		return 1, 0
	case forum.Held:
		return 0, 1
	}
	return 0, 0
}

// checkPace applies the site's limits to how fast one account writes.
func checkPace(ctx context.Context, tx *store.Tx, site forum.Site, account forum.Account, byline forum.BylineKind) error {
	if account.Role.Staff() {
		return nil
	}
	pace := site.Settings.ReaderPace
	if byline == forum.BylineNone {
		pace = site.Settings.NamelessPace
	}
	recent, err := tx.CommentsByAuthor(ctx, site.ID, account.ID, 0, max(1, pace.Count))
	if err != nil || len(recent) == 0 {
		return err
	}
	// What is of the future was written before the clock went back.
	since := func(c forum.Comment) time.Duration { return max(0, tx.Now.Sub(c.CreatedAt)) }
	wait := pace.Gap.Duration() - since(recent[0])
	if pace.Count > 0 && len(recent) == pace.Count {
		wait = max(wait, pace.Window.Duration()-since(recent[pace.Count-1]))
	}
	if wait <= 0 {
		return nil
	}
	seconds := int((wait + time.Second - 1) / time.Second)
	return forum.Fail(forum.TooFast, "error.tooFast").With("seconds", seconds).After(wait)
}

// place finds the comment's place in its thread: below its parent, which must be
// published and under the same story and is returned. A root has none.
func place(ctx context.Context, tx *store.Tx, c *forum.Comment) (forum.Comment, error) {
	if c.ParentID == 0 {
		c.RootID = c.ID
		return forum.Comment{}, nil
	}
	gone := forum.Fail(forum.Gone, "error.parentGone").At("parent")
	parent, err := tx.Comment(ctx, c.SiteID, c.ParentID)
	if forum.IsKind(err, forum.NotFound) {
		return parent, gone.Because("%w", err)
	}
	if err != nil {
		return parent, err
	}
	if parent.StoryID != c.StoryID || parent.State != forum.Published {
		return parent, gone.Because("parent %s is %s", parent.ID, parent.State)
	}
	return parent, placeBelow(ctx, tx, c, parent)
}

// placeBelow gives the comment the next place below a parent. Beyond MaxDepth it
// stands beside its parent instead, and still names it.
func placeBelow(ctx context.Context, tx *store.Tx, c *forum.Comment, parent forum.Comment) error {
	c.RootID, c.ParentID = parent.RootID, parent.ID
	above := parent
	if parent.Depth >= forum.MaxDepth {
		paths := forum.ParentPaths(parent.Path)
		id, err := tx.CommentAt(ctx, c.SiteID, parent.RootID, paths[len(paths)-1])
		if err != nil {
			return err
		}
		above.ID, above.Path = id, paths[len(paths)-1]
	}
	n, err := tx.NextPlace(ctx, c.SiteID, above.ID)
	if err != nil {
		return err
	}
	c.Path = forum.ChildPath(above.Path, n)
	c.Depth = forum.PathDepth(c.Path)
	return nil
}

// addComment adds a placed comment with what hangs on it: counters above it, its
// prints. Its words are indexed behind it; its author's record is the caller's.
func (d *Desk) addComment(ctx context.Context, tx *store.Tx, c store.NewComment) error {
	if err := tx.AddComment(ctx, c); err != nil {
		return err
	}
	if c.State == forum.Published {
		if err := tx.AddBelow(ctx, c.Comment, 1); err != nil {
			return err
		}
	}
	if err := tx.AddPrints(ctx, c.Comment, c.Prints); err != nil {
		return err
	}
	return tx.AddSearchDue(ctx, c.Comment)
}

// addCounted is addComment for a comment that its author's record does not count yet.
func (d *Desk) addCounted(ctx context.Context, tx *store.Tx, c store.NewComment) error {
	accepted, _ := tally(c.State)
	if n := rejected(c.State); accepted != 0 || n != 0 {
		if err := tx.CountStanding(ctx, c.SiteID, c.AccountID, accepted, n); err != nil {
			return err
		}
	}
	return d.addComment(ctx, tx, c)
}

// Preview renders a draft's text as it would appear, without keeping anything.
func (d *Desk) Preview(site forum.Site, text string) (markup.HTML, error) {
	return markup.Render(text, rules(site))
}
