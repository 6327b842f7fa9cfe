package desk

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"parley/internal/forum"
	"parley/internal/markup"
	"parley/internal/name"
	"parley/internal/rank"
	"parley/internal/rule"
	"parley/internal/store"
	"parley/internal/term"
)

// SeedMany adds stories with discussions of any length as [Desk.Seed] does, in
// statements of many rows, and returns how many comments and how many rows it
// added. What it does not take is refused: a story the site has or that lives on
// another page, states but published and held, an answer to what is held, reports,
// pseudonyms. The desk has seen everything older than a day.
func (d *Desk) SeedMany(ctx context.Context, site forum.Site, stories iter.Seq[SeedStory]) (Seeded, error) {
	m := seedMany{
		desk: d, site: site, began: d.Now(), n: rand.IntN(1 << 29),
		named: map[string]*seedAuthor{}, texts: map[string]seedText{}, batches: make(chan seedRows, 2),
		lists: store.Lists{},
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var failed error
	go func() {
		defer close(m.batches)
		failed = m.prepare(ctx, stories)
	}()
	var done Seeded
	for rows := range m.batches {
		if err := m.add(ctx, rows, &done); err != nil {
			cancel()
			for range m.batches { // until prepare has ended
			}
			return done, err
		}
	}
	if failed != nil {
		return done, failed
	}
	return done, m.list(ctx)
}

// add adds a batch, and now and then the words of many batches to their lists.
func (m *seedMany) add(ctx context.Context, rows seedRows, done *Seeded) error {
	if err := m.desk.write(ctx, rows.add); err != nil {
		return err
	}
	done.Comments += len(rows.Comments)
	done.Rows += rows.count()
	for i, c := range rows.Comments {
		m.lists.Add(c.ID, rows.terms[i]...)
	}
	if m.listed += len(rows.Comments); m.listed < seedManyLists {
		return nil
	}
	return m.list(ctx)
}

// list adds the comments to the lists of their words, a range of words at a time.
func (m *seedMany) list(ctx context.Context) error {
	lists := m.lists.Sorted()
	m.lists, m.listed = store.Lists{}, 0
	for part := range slices.Chunk(lists, indexSlice) {
		err := m.desk.writeMany(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.AddToLists(ctx, m.site.ID, part) })
		if err != nil {
			return err
		}
	}
	return nil
}

// errNotMany refuses what SeedMany does not take.
var errNotMany = errors.New("a large seed cannot have this")

// Seeded is what a seed added.
type Seeded struct {
	Comments int
	Rows     int // of all tables but the lists of words
}

// seedMany makes the rows of a large seed.
type seedMany struct {
	desk    *Desk
	site    forum.Site
	began   time.Time
	n       int
	named   map[string]*seedAuthor
	voters  []forum.ID
	voted   int
	texts   map[string]seedText
	next    seedRows
	batches chan seedRows
	lists   store.Lists // what was added and is on no list yet
	listed  int         // how many comments these are
}

// seedAuthor is an account and the batch that counts for it last.
type seedAuthor struct {
	store.BulkAccount
	batch, at int
}

// seedText is what is made of a text, kept because a crowd repeats itself.
type seedText struct {
	html   string
	prints store.Prints
	terms  []string
}

// seedRows are what one transaction adds.
type seedRows struct {
	store.Bulk
	site    forum.ID
	batch   int
	stories []forum.Story // Comments and Held are what the batch adds
	fresh   map[forum.ID]bool
	holds   []forum.Decision
	terms   [][]string // of each comment
}

// seedManyBatch is how many comments one transaction of a large seed adds at least,
// seedManyLists of how many it gathers the words before they are written to their
// lists, and seedManyTexts how many texts it remembers what was made of.
const (
	seedManyBatch = 1000
	seedManyLists = 50_000
	seedManyTexts = 50_000
)

// seedVoters is how many accounts give the votes of a large seed: no comment has
// more votes.
const seedVoters = 256

// mint returns an id that no other thing of the seed has: the seconds are the
// instant's, and the rest counts.
func (m *seedMany) mint(at time.Time) (forum.ID, error) {
	m.n++
	const low = 1 << 20
	return forum.MintAt(at.Truncate(time.Second).Add(time.Duration(m.n/low%1000)*time.Millisecond), m.n%low)
}

// prepare makes the rows of all stories and hands them over batch by batch.
func (m *seedMany) prepare(ctx context.Context, stories iter.Seq[SeedStory]) error {
	m.start()
	for in := range stories {
		if err := m.story(ctx, in); err != nil {
			return fmt.Errorf("seed %q: %w", in.Article.Headline, err)
		}
	}
	return m.send(ctx)
}

// start begins the next batch.
func (m *seedMany) start() {
	m.next = seedRows{site: m.site.ID, batch: m.next.batch + 1, fresh: map[forum.ID]bool{}}
}

// send hands a batch over.
func (m *seedMany) send(ctx context.Context) error {
	select {
	case m.batches <- m.next:
	case <-ctx.Done():
		return ctx.Err()
	}
	m.start()
	return nil
}

// story makes the rows of a story and its discussion.
func (m *seedMany) story(ctx context.Context, in SeedStory) error {
	story, err := storyOf(m.site, in.Article)
	if err != nil {
		return err
	}
	if story.URL != "" {
		return errNotMany
	}
	story.ID = m.desk.mint()
	if story.State == "" {
		story.State = forum.StoryOpen
	}
	if err := m.cast(in.Comments); err != nil {
		return err
	}
	talk, err := m.talk(story, in.Comments)
	if err != nil {
		return err
	}
	m.next.stories, m.next.fresh[story.ID] = append(m.next.stories, story), true
	for i, c := range talk {
		if len(m.next.Comments) >= seedManyBatch {
			if err := m.send(ctx); err != nil {
				return err
			}
			m.next.stories = append(m.next.stories, story)
		}
		if err := m.comment(ctx, in.Comments[i], c); err != nil {
			return fmt.Errorf("comment %d: %w", i+1, err)
		}
	}
	return nil
}

// talk places the comments of a discussion and counts what stands below each.
func (m *seedMany) talk(story forum.Story, in []SeedComment) ([]store.BulkComment, error) {
	talk := make([]store.BulkComment, len(in))
	above := make([]int, len(in)) // whose place a comment stands below; −1: none
	for i, x := range in {
		id, err := m.mint(x.At)
		if err != nil {
			return nil, err
		}
		c := &talk[i]
		c.Comment = forum.Comment{
			SiteID: m.site.ID, ID: id, StoryID: story.ID, RootID: id, Source: x.Text, State: x.entered(), CreatedAt: x.At.UTC(),
			Up: x.Up, Down: x.Down, ShownUp: x.Up, ShownDown: x.Down, Score: rank.Wilson(x.Up, x.Down),
		}
		c.ImportID, c.HTMLVersion = seedID(i), markup.Version
		if above[i] = x.Parent; x.Parent < 0 {
			continue
		}
		if x.Parent >= i || talk[x.Parent].State != forum.Published || x.State != forum.Published && x.State != forum.Held {
			return nil, errNotMany
		}
		m.place(talk, above, i)
	}
	return talk, nil
}

// place is placeBelow with the counters of AddBelow.
func (m *seedMany) place(talk []store.BulkComment, above []int, i int) {
	c, parent := &talk[i], &talk[above[i]]
	c.RootID, c.ParentID = parent.RootID, parent.ID
	if parent.Depth >= forum.MaxDepth {
		above[i] = above[above[i]]
	}
	at := &talk[above[i]]
	at.ReplySeq++
	c.Path = forum.ChildPath(at.Path, at.ReplySeq)
	c.Depth = forum.PathDepth(c.Path)
	if c.State != forum.Published {
		return
	}
	parent.Replies++
	for j := above[i]; j >= 0; j = above[j] {
		talk[j].Descendants++
	}
}

// comment adds a placed comment to the batch, with its author, its words and its
// votes.
func (m *seedMany) comment(ctx context.Context, in SeedComment, c store.BulkComment) error {
	text, err := m.text(in.Text)
	if err != nil {
		return err
	}
	c.HTML, c.Prints = text.html, text.prints
	if m.began.Sub(in.At) > rule.LongestWindow {
		c.Prints.Bands = [4]int64{}
	}
	c.Reviewed = m.began.Sub(in.At) > 24*time.Hour
	if err := m.sign(ctx, in, &c); err != nil {
		return err
	}
	published, held := tally(c.State)
	story := &m.next.stories[len(m.next.stories)-1]
	story.Comments, story.Held = story.Comments+published, story.Held+held
	if c.State == forum.Held {
		c.HeldFor, c.Reviewed = heldFirst, false
		if err := m.hold(c); err != nil {
			return err
		}
	} else {
		c.PublishedAt = c.CreatedAt
	}
	for i := range in.Up + in.Down {
		value := forum.VoteUp
		if i >= in.Up {
			value = forum.VoteDown
		}
		m.voted++
		m.next.Votes = append(m.next.Votes, store.BulkVote{
			Comment: c.ID, Account: m.voters[m.voted%len(m.voters)], Value: value, At: c.CreatedAt,
		})
	}
	m.next.Comments, m.next.terms = append(m.next.Comments, c), append(m.next.terms, text.terms)
	return nil
}

// hold adds the decision that holds a comment.
func (m *seedMany) hold(c store.BulkComment) error {
	id, err := m.mint(c.CreatedAt)
	m.next.holds = append(m.next.holds, forum.Decision{
		SiteID: m.site.ID, ID: id, CommentID: c.ID, StoryID: c.StoryID, AccountID: c.AccountID, Verb: forum.Hold, Reason: heldFirst,
		From: forum.Held, To: forum.Held, Automated: true, CreatedAt: c.CreatedAt,
	})
	return err
}

// text returns what is made of a text.
func (m *seedMany) text(source string) (seedText, error) {
	if t, ok := m.texts[source]; ok {
		return t, nil
	}
	html, err := markup.Render(source, rules(m.site))
	t := seedText{
		html: string(html), terms: term.Index(markup.Plain(source)),
		prints: printsOf(rule.Read(source, m.site.Settings.Locale), linksOf(source)),
	}
	if len(m.texts) < seedManyTexts {
		m.texts[source] = t
	}
	return t, err
}

// cast adds the accounts that vote, once for the whole seed.
func (m *seedMany) cast(in []SeedComment) error {
	for _, c := range in {
		if c.Up+c.Down > seedVoters || len(c.Reports) > 0 || c.Undone || c.Byline.Kind == forum.BylinePseudonym {
			return errNotMany
		}
	}
	for len(m.voters) < seedVoters {
		a, err := m.account("", "", m.began)
		if err != nil {
			return err
		}
		m.voters = append(m.voters, a.ID)
		m.next.Accounts = append(m.next.Accounts, a.BulkAccount)
	}
	return nil
}

func (m *seedMany) account(shown, skeleton string, at time.Time) (*seedAuthor, error) {
	id, err := m.mint(at)
	a := forum.Account{SiteID: m.site.ID, ID: id, Role: forum.RoleGuest, Name: shown, AuthorKey: authorKey(), CreatedAt: at.UTC()}
	return &seedAuthor{BulkAccount: store.BulkAccount{Account: a, Skeleton: skeleton}}, err
}

// sign gives a comment the account of its name, or one of its own, and counts it
// there.
func (m *seedMany) sign(ctx context.Context, in SeedComment, c *store.BulkComment) error {
	author, err := m.author(ctx, in)
	if err != nil {
		return err
	}
	c.AccountID, c.AuthorKey = author.ID, author.AuthorKey
	c.Byline = forum.Byline{Kind: in.Byline.Kind, Name: author.Name}
	if in.Byline.Kind == forum.BylineNone {
		c.AuthorKey = c.ID.String()
	}
	if author.batch != m.next.batch {
		author.batch, author.at = m.next.batch, len(m.next.Accounts)
		m.next.Accounts = append(m.next.Accounts, author.BulkAccount)
	}
	if c.State == forum.Published {
		m.next.Accounts[author.at].Accepted++
	}
	return nil
}

// author returns the account of a name, or one that nobody else writes with. A
// name that an earlier batch is still adding is known already.
func (m *seedMany) author(ctx context.Context, in SeedComment) (*seedAuthor, error) {
	if in.Byline.Kind == forum.BylineNone {
		return m.account("", "", in.At)
	}
	if a := m.named[in.Byline.Name]; a != nil {
		return a, nil
	}
	n, err := name.Check(in.Byline.Name)
	if err != nil {
		return nil, err
	}
	known, err := m.desk.store.AccountBySkeleton(ctx, m.site.ID, n.Skeleton)
	if err == nil {
		known.Accepted = 0
		m.named[in.Byline.Name] = &seedAuthor{BulkAccount: store.BulkAccount{Account: known, Skeleton: n.Skeleton}}
		return m.named[in.Byline.Name], nil
	}
	if !forum.IsKind(err, forum.NotFound) {
		return nil, err
	}
	a, err := m.account(n.Shown, n.Skeleton, in.At)
	m.named[in.Byline.Name] = a
	return a, err
}

// add adds the rows; the stories come first, as in every transaction that changes
// a discussion.
func (r seedRows) add(ctx context.Context, tx *store.Tx) error {
	for _, x := range r.stories {
		var err error
		if r.fresh[x.ID] {
			err = tx.AddStory(ctx, x)
		}
		if err == nil {
			_, err = tx.TouchStory(ctx, r.site, x.ID, x.Comments, x.Held)
		}
		if err != nil {
			return err
		}
	}
	if err := tx.AddBulk(ctx, r.site, r.Bulk); err != nil {
		return err
	}
	for _, x := range r.holds {
		tx.Now = x.CreatedAt
		if err := tx.AddDecision(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

// count returns how many rows a batch adds.
func (r seedRows) count() int {
	n := len(r.fresh) + len(r.Accounts) + len(r.Comments) + len(r.Votes) + len(r.holds)
	for _, c := range r.Comments {
		n += len(c.Prints.Hosts)
		if c.Prints.Bands != [4]int64{} {
			n += len(c.Prints.Bands)
		}
	}
	return n
}
