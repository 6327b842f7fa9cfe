package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// QueueKind names a queue of the desk.
type QueueKind = store.QueueKind

// The queues.
const (
	QueueReported = store.QueueReported
	QueueHeld     = store.QueueHeld
	QueueUnseen   = store.QueueUnseen
	QueueRejected = store.QueueRejected
	QueueAll      = store.QueueAll
)

// QueueKinds lists the queues in the order shown.
func QueueKinds() []QueueKind { return store.QueueKinds() }

// recordDays is how far back the record of an author on a card looks.
const recordDays = 90

// QueueCard is a comment at the desk, with what a moderator needs to decide on
// it.
type QueueCard struct {
	Comment    forum.Comment
	Story      forum.Story
	Parent     *forum.Comment // nil: a root
	Author     forum.Account
	Reports    []forum.Report
	Editions   []forum.Comment // earlier texts, the oldest first
	Record     store.Record    // of the author, in 90 days
	Verdicts   []forum.Verdict
	Silent     int             // rules that ran and had nothing to say
	NotRun     []forum.Rule    // rules that did not run on it: they are younger
	Standing   forum.Standing  // what is in force against the author
	Notes      []AuthorNote    // about the author, the newest first
	Neighbours int             // other accounts on the author's networks
	Claimed    *forum.Account  // who else is looking at it; nil: nobody
	Decision   *forum.Decision // of the lists of decisions only
	By         forum.Account   // who made Decision
	Undone     bool            // Decision was taken back
}

// QueuePage is a page of cards.
type QueuePage struct {
	Cards []QueueCard
	Next  forum.ID // where the next page goes on; zero: this is the last
}

// Queue returns a page of the comments of a filter.
func (d *Desk) Queue(ctx context.Context, site forum.Site, actor forum.Actor, f Filter, limit int) (QueuePage, error) {
	sieve, err := d.sieve(ctx, d.store.Reader, site, actor, f)
	if errors.Is(err, errNothing) {
		return QueuePage{}, nil
	}
	if err != nil {
		return QueuePage{}, err
	}
	sifted, err := d.store.Sift(ctx, site.ID, sieve, limit+1)
	if err != nil {
		return QueuePage{}, err
	}
	comments, page := sifted.Comments, QueuePage{Next: sifted.Reached}
	if len(comments) > limit {
		comments = comments[:limit]
		page.Next = comments[limit-1].ID
	}
	if page.Cards, err = d.cards(ctx, site.ID, comments); err != nil {
		return page, err
	}
	return page, d.fill(ctx, site, actor, page.Cards)
}

// Card returns one comment at the desk with the decisions on it, the oldest
// first.
func (d *Desk) Card(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) (QueueCard, []QueueCard, error) {
	if !forum.May(actor, forum.ActQueue) {
		return QueueCard{}, nil, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	c, err := d.store.Comment(ctx, site.ID, id)
	if err != nil {
		return QueueCard{}, nil, err
	}
	cards, err := d.cards(ctx, site.ID, []forum.Comment{c})
	if err != nil {
		return QueueCard{}, nil, err
	}
	if !forum.MayIn(actor, forum.ActQueue, cards[0].Story.Section) {
		return QueueCard{}, nil, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	if err := d.fill(ctx, site, actor, cards); err != nil {
		return QueueCard{}, nil, err
	}
	decisions, err := d.store.DecisionsOn(ctx, site.ID, id)
	if err != nil {
		return QueueCard{}, nil, err
	}
	past, err := d.decisionCards(ctx, site.ID, decisions)
	return cards[0], past, err
}

// fill adds to cards what only the desk sees.
func (d *Desk) fill(ctx context.Context, site forum.Site, actor forum.Actor, cards []QueueCard) error {
	ids, authors := make([]forum.ID, len(cards)), make([]forum.ID, 0, len(cards))
	seen := map[forum.ID]bool{}
	for i, c := range cards {
		ids[i] = c.Comment.ID
		if !seen[c.Author.ID] {
			seen[c.Author.ID] = true
			authors = append(authors, c.Author.ID)
		}
	}
	about, err := d.authors(ctx, site.ID, authors)
	if err != nil {
		return err
	}
	claims, err := d.claimed(ctx, site.ID, actor, ids)
	if err != nil {
		return err
	}
	if err := d.fillVerdicts(ctx, site, cards, ids); err != nil {
		return err
	}
	for i := range cards {
		c := &cards[i]
		known := about[c.Author.ID]
		c.Record, c.Standing, c.Notes, c.Neighbours = known.record, known.standing, known.notes, known.neighbours
		if by, ok := claims[c.Comment.ID]; ok {
			c.Claimed = &by
		}
		if err := d.fillOne(ctx, site.ID, c); err != nil {
			return err
		}
	}
	return nil
}

// fillVerdicts adds what each rule said of each comment.
func (d *Desk) fillVerdicts(ctx context.Context, site forum.Site, cards []QueueCard, ids []forum.ID) error {
	verdicts, err := d.Verdicts(ctx, site, ids)
	if err != nil {
		return err
	}
	rules, err := d.store.Rules(ctx, site.ID)
	if err != nil {
		return err
	}
	for i := range cards {
		c := &cards[i]
		c.Verdicts = verdicts[c.Comment.ID]
		for _, rule := range rules {
			spoke := slices.ContainsFunc(c.Verdicts, func(v forum.Verdict) bool { return v.RuleID == rule.ID })
			switch {
			case spoke || rule.Stage == forum.StageOff:
			case rule.CreatedAt.After(c.Comment.CreatedAt):
				c.NotRun = append(c.NotRun, rule)
			default:
				c.Silent++
			}
		}
	}
	return nil
}

// known is what the desk knows of an author.
type known struct {
	record     store.Record
	standing   forum.Standing
	notes      []AuthorNote
	neighbours int
}

// maxNeighbours is how far the accounts on the same network are counted.
const maxNeighbours = 50

func (d *Desk) authors(ctx context.Context, site forum.ID, ids []forum.ID) (map[forum.ID]known, error) {
	records, err := d.store.Records(ctx, site, ids, d.Now().Add(-recordDays*24*time.Hour))
	if err != nil {
		return nil, err
	}
	out := make(map[forum.ID]known, len(ids))
	for _, id := range ids {
		k := known{record: records[id]}
		if k.standing, err = d.standing(ctx, d.store.Reader, site, id); err != nil {
			return nil, err
		}
		k.standing = slices.DeleteFunc(k.standing, func(x forum.Sanction) bool { return !x.InForce(d.Now()) })
		if k.notes, err = d.notes(ctx, site, id, 3); err != nil {
			return nil, err
		}
		if k.neighbours, err = d.store.Neighbours(ctx, site, id, maxNeighbours); err != nil {
			return nil, err
		}
		out[id] = k
	}
	return out, nil
}

// fillOne adds the reports and the earlier texts of a comment that has some.
func (d *Desk) fillOne(ctx context.Context, site forum.ID, c *QueueCard) error {
	var err error
	if c.Comment.Reports > 0 {
		if c.Reports, err = d.store.OpenReports(ctx, site, c.Comment.ID); err != nil {
			return err
		}
	}
	if !c.Comment.EditedAt.IsZero() {
		c.Editions, err = d.store.Editions(ctx, site, c.Comment.ID)
	}
	return err
}

// cards gathers stories, parents and authors of comments.
func (d *Desk) cards(ctx context.Context, site forum.ID, comments []forum.Comment) ([]QueueCard, error) {
	parents, accounts := make([]forum.ID, 0, len(comments)), make([]forum.ID, 0, len(comments))
	for _, c := range comments {
		accounts = append(accounts, c.AccountID)
		if c.ParentID != 0 {
			parents = append(parents, c.ParentID)
		}
	}
	parent, err := d.store.CommentsByID(ctx, site, parents)
	if err != nil {
		return nil, err
	}
	author, err := d.store.AccountsByID(ctx, site, accounts)
	if err != nil {
		return nil, err
	}
	stories := map[forum.ID]forum.Story{}
	cards := make([]QueueCard, len(comments))
	for i, c := range comments {
		if _, ok := stories[c.StoryID]; !ok {
			if stories[c.StoryID], err = d.store.Story(ctx, site, c.StoryID); err != nil {
				return nil, err
			}
		}
		cards[i] = QueueCard{Comment: c, Story: stories[c.StoryID], Author: author[c.AccountID]}
		if p, ok := parent[c.ParentID]; ok {
			cards[i].Parent = &p
		}
	}
	return cards, nil
}

// MaxCount is how far the comments of a queue are counted: a longer one costs no
// more than one of this length, and a page says "1,000+".
const MaxCount = 1000

// Counts says how many comments wait in each queue, and how many appeals.
type Counts struct {
	Queues  map[QueueKind]Counted
	Appeals Counted
}

// Counted is how many were counted; More says that there may be others.
type Counted struct {
	N    int
	More bool
}

// UpTo is what was counted no further than to MaxCount.
func UpTo(n int) Counted { return Counted{n, n >= MaxCount} }

// QueueCounts counts what waits, as far as a filter's section and story go.
func (d *Desk) QueueCounts(ctx context.Context, site forum.Site, actor forum.Actor, f Filter) (Counts, error) {
	out := Counts{Queues: map[QueueKind]Counted{}}
	for _, q := range QueueKinds() {
		if q == QueueAll {
			continue
		}
		n, err := d.Count(ctx, site, actor, Filter{Queue: q, Section: f.Section, Story: f.Story}, MaxCount)
		if err != nil {
			return out, err
		}
		out.Queues[q] = n
	}
	if !forum.May(actor, forum.ActAnswer) {
		return out, nil
	}
	n, err := d.store.CountOpenAppeals(ctx, site.ID)
	out.Appeals = UpTo(n)
	return out, err
}

// Count returns how many comments a filter finds, counting no further than most.
// It looks at so many comments, and into so many texts: there may be more then, too.
func (d *Desk) Count(ctx context.Context, site forum.Site, actor forum.Actor, f Filter, most int) (Counted, error) {
	f.After = 0
	n, reached, err := d.count(ctx, site, actor, f, most)
	return Counted{n, n >= most || reached != 0}, err
}

// countAll is Count for an act on all of them: it looks into every text it has to,
// as how many there are decides who may do it.
func (d *Desk) countAll(ctx context.Context, site forum.Site, actor forum.Actor, f Filter, most int) (int, error) {
	f.After, f.Oldest = 0, true
	for total := 0; ; {
		n, reached, err := d.count(ctx, site, actor, f, most-total)
		if total += n; err != nil || reached == 0 || total >= most {
			return total, err
		}
		f.After = reached
	}
}

// count counts from a comment on, and returns where to count on; zero: there is no
// more.
func (d *Desk) count(ctx context.Context, site forum.Site, actor forum.Actor, f Filter, most int) (int, forum.ID, error) {
	sieve, err := d.sieve(ctx, d.store.Reader, site, actor, f)
	if errors.Is(err, errNothing) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	return d.store.CountSifted(ctx, site.ID, sieve, most)
}

// Decided returns what the desk decided on comments, the newest first; mine
// leaves out what others decided.
func (d *Desk) Decided(ctx context.Context, site forum.Site, actor forum.Actor, mine bool, before forum.ID, limit int) (QueuePage, error) {
	if !forum.May(actor, forum.ActQueue) {
		return QueuePage{}, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	by := forum.ID(0)
	if mine {
		by = actor.Account.ID
	}
	decisions, err := d.store.Decided(ctx, site.ID, actor.Account.Sections, by, before, limit+1)
	if err != nil {
		return QueuePage{}, err
	}
	var page QueuePage
	if len(decisions) > limit {
		decisions = decisions[:limit]
		page.Next = decisions[limit-1].ID
	}
	page.Cards, err = d.decisionCards(ctx, site.ID, decisions)
	return page, err
}

// decisionCards gathers the comments of decisions, and who made them.
func (d *Desk) decisionCards(ctx context.Context, site forum.ID, decisions []forum.Decision) ([]QueueCard, error) {
	ids, people, all := make([]forum.ID, len(decisions)), make([]forum.ID, len(decisions)), make([]forum.ID, len(decisions))
	for i, x := range decisions {
		ids[i], people[i], all[i] = x.CommentID, x.ActorID, x.ID
	}
	byID, err := d.store.CommentsByID(ctx, site, ids)
	if err != nil {
		return nil, err
	}
	by, err := d.store.AccountsByID(ctx, site, people)
	if err != nil {
		return nil, err
	}
	undone, err := d.store.Undone(ctx, site, all)
	if err != nil {
		return nil, err
	}
	comments := make([]forum.Comment, len(decisions))
	for i, id := range ids {
		comments[i] = byID[id]
	}
	cards, err := d.cards(ctx, site, comments)
	for i := range cards {
		cards[i].Decision, cards[i].By, cards[i].Undone = &decisions[i], by[decisions[i].ActorID], undone[decisions[i].ID]
	}
	return cards, err
}
