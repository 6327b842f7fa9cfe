package desk

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"parley/internal/forum"
	"parley/internal/markup"
	"parley/internal/rule"
	"parley/internal/store"
)

// Seed is a past to fill a site with: the demonstration and the benchmarks
// write one. It is not a door for readers: no pace, no idempotency and no
// first-comment rule applies, and every instant is the seed's own.
type Seed struct {
	Moderator string // name of the account that made the seed's decisions
	Second    string // name of one that made every other of them, and took some back; empty: none
	Stories   []SeedStory
}

// SeedStory is a story with its discussion.
type SeedStory struct {
	Article  Article
	Comments []SeedComment // in the order of their times, parents before their replies
}

// SeedComment is one comment of a seed.
type SeedComment struct {
	Parent   int // index of the parent in SeedStory.Comments; −1: a root
	Byline   forum.Byline
	Text     string
	At       time.Time
	Up, Down int
	State    forum.State // where it ended up
	Reason   string      // why it is rejected or held; for Rejected one of forum.RejectReasons
	Reports  []SeedReport
	Undone   bool // of a published one: it was rejected for Reason, and somebody else took that back
}

// SeedReport is one report on a comment of a seed.
type SeedReport struct {
	Reason forum.Reason
	Words  string
}

// Seed adds the stories of a seed that the site does not have, each with its
// discussion, and returns how many it added; it goes on where an interrupted one
// ended. An account stands behind every name, every pseudonym, every nameless
// comment and every vote, and every counter says what a recount would.
func (d *Desk) Seed(ctx context.Context, site forum.Site, seed Seed) (int, error) {
	s := seeder{desk: d, site: site, seed: seed, named: map[string]forum.Account{}, began: d.Now(), n: rand.IntN(1 << 19)}
	added := 0
	for _, story := range seed.Stories {
		was, err := s.addStory(ctx, story)
		if err != nil {
			return added, fmt.Errorf("seed %q: %w", story.Article.Headline, err)
		}
		if was {
			added++
		}
	}
	if added == 0 {
		return 0, nil
	}
	if err := d.Index(ctx, site.ID); err != nil {
		return added, err
	}
	_, err := d.RefreshScores(ctx, site.ID)
	return added, err
}

// seeder writes one seed. Each id carries the instant of what it names, so that
// discussions order as if they had been written then; n keeps ids apart, also
// from those of an interrupted seed.
type seeder struct {
	desk      *Desk
	site      forum.Site
	seed      Seed
	began     time.Time
	n         int
	named     map[string]forum.Account
	voters    []forum.ID
	moderator forum.ID
	second    forum.ID // zero: there is one moderator
	decided   int      // decisions of moderators so far
	voted     int      // votes given so far; the next voters follow the last ones
}

// mint returns the id of something that happened at an instant.
func (s *seeder) mint(at time.Time) (forum.ID, error) {
	s.n++
	return forum.MintAt(at, s.n)
}

// seedBatch is how many comments are written in one transaction, so that none
// takes long on a slow machine.
const seedBatch = 100

// addStory adds a story with its discussion, or what an interrupted seed left
// out of it. It reports whether anything was missing.
func (s *seeder) addStory(ctx context.Context, in SeedStory) (bool, error) {
	story, err := findStory(ctx, s.desk.store.Reader, s.site.ID, StoryRef{ExternalID: in.Article.ExternalID, URL: in.Article.URL})
	missing := forum.IsKind(err, forum.NotFound)
	if missing {
		story, _, err = s.desk.PutStory(ctx, s.site, in.Article)
	}
	if err != nil || len(in.Comments) == 0 {
		return missing, err
	}
	if !missing {
		_, err := s.desk.store.Imported(ctx, s.site.ID, story.ID, seedID(len(in.Comments)-1))
		if err == nil || !forum.IsKind(err, forum.NotFound) {
			return false, err
		}
	}
	t := seedTalk{seeder: s, story: story, in: in.Comments, done: make([]forum.Comment, len(in.Comments))}
	return true, t.write(ctx)
}

// seedID recognises the i-th comment of a story's seed.
func seedID(i int) string { return "seed-" + strconv.Itoa(i) }

// seedTalk is the discussion of one story.
type seedTalk struct {
	*seeder
	story forum.Story
	in    []SeedComment
	html  []markup.HTML
	done  []forum.Comment
}

// write writes the discussion as it came in, a batch at a time.
func (t *seedTalk) write(ctx context.Context) error {
	t.html = make([]markup.HTML, len(t.in))
	for i, c := range t.in {
		var err error
		if t.html[i], err = markup.Render(c.Text, rules(t.site)); err != nil {
			return fmt.Errorf("comment %d: %w", i+1, err)
		}
	}
	if err := t.desk.writeMany(ctx, t.cast); err != nil {
		return err
	}
	for from := 0; from < len(t.in); from += seedBatch {
		err := t.desk.writeMany(ctx, func(ctx context.Context, tx *store.Tx) error {
			return t.batch(ctx, tx, from, min(from+seedBatch, len(t.in)))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// batch writes comments from..to with all that happened to them. The story is
// touched first, as by every transaction that changes a discussion.
func (t *seedTalk) batch(ctx context.Context, tx *store.Tx, from, to int) error {
	if _, err := tx.TouchStory(ctx, t.site.ID, t.story.ID, 0, 0); err != nil {
		return err
	}
	published, held := 0, 0
	for i := from; i < to; i++ {
		known, err := t.recall(ctx, tx, i)
		if err == nil && !known {
			err = t.unfold(ctx, tx, i)
			p, h := tally(t.in[i].entered())
			published, held = published+p, held+h
		}
		if err != nil {
			return fmt.Errorf("comment %d: %w", i+1, err)
		}
	}
	_, err := tx.TouchStory(ctx, t.site.ID, t.story.ID, published, held)
	return err
}

// recall takes up a comment that an interrupted seed has written.
func (t *seedTalk) recall(ctx context.Context, tx *store.Tx, i int) (bool, error) {
	id, err := tx.Imported(ctx, t.site.ID, t.story.ID, seedID(i))
	if forum.IsKind(err, forum.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if t.done[i], err = tx.Comment(ctx, t.site.ID, id); err != nil {
		return false, err
	}
	if t.in[i].Byline.Kind == forum.BylineNone {
		return true, nil
	}
	author, err := tx.Account(ctx, t.site.ID, t.done[i].AccountID)
	t.named[authorOfSeed(t.in[i], t.story.ID)] = author
	return true, err
}

// unfold writes a comment and what happened to it.
func (t *seedTalk) unfold(ctx context.Context, tx *store.Tx, i int) error {
	var err error
	if t.done[i], err = t.comment(ctx, tx, i); err != nil {
		return err
	}
	return t.aftermath(ctx, tx, t.in[i], t.done[i])
}

// entered returns the state a comment had when it came in: one that ended up
// held was so from the start if nobody could vote on it or report it.
func (c SeedComment) entered() forum.State {
	if c.State == forum.Held && c.Up+c.Down+len(c.Reports) == 0 {
		return forum.Held
	}
	return forum.Published
}

// cast adds the accounts that vote, report and decide, as many as are needed.
func (s *seedTalk) cast(ctx context.Context, tx *store.Tx) error {
	if s.moderator == 0 {
		a, err := s.account(ctx, tx, forum.RoleModerator, s.seed.Moderator, s.began)
		if err != nil {
			return err
		}
		s.moderator = a.ID
		if s.seed.Second != "" {
			if a, err = s.account(ctx, tx, forum.RoleLead, s.seed.Second, s.began); err != nil {
				return err
			}
			s.second = a.ID
		}
	}
	need := 0
	for _, c := range s.in {
		need = max(need, c.Up+c.Down, len(c.Reports))
	}
	for len(s.voters) < need {
		a, err := s.account(ctx, tx, forum.RoleGuest, "", s.began)
		if err != nil {
			return err
		}
		s.voters = append(s.voters, a.ID)
	}
	return nil
}

func (s *seeder) account(ctx context.Context, tx *store.Tx, role forum.Role, name string, at time.Time) (forum.Account, error) {
	id, err := s.mint(at)
	a := forum.Account{SiteID: s.site.ID, ID: id, Role: role, Name: name, AuthorKey: authorKey(), CreatedAt: at}
	if err != nil {
		return a, err
	}
	tx.Now = at.UTC()
	return a, tx.AddAccount(ctx, a, "")
}

// comment adds the i-th comment as it came in.
func (t *seedTalk) comment(ctx context.Context, tx *store.Tx, i int) (forum.Comment, error) {
	s, in := t.seeder, t.in[i]
	tx.Now = in.At.UTC()
	id, err := s.mint(in.At)
	if err != nil {
		return forum.Comment{}, err
	}
	c := forum.Comment{
		SiteID: s.site.ID, ID: id, StoryID: t.story.ID, RootID: id, Source: in.Text, HTML: string(t.html[i]),
		State: in.entered(), CreatedAt: tx.Now,
	}
	if c.State == forum.Published {
		c.PublishedAt = tx.Now
	}
	if err := s.sign(ctx, tx, in, &c); err != nil {
		return c, err
	}
	if in.Parent >= 0 {
		if err := placeBelow(ctx, tx, &c, t.done[in.Parent]); err != nil {
			return c, err
		}
	}
	if err := s.desk.addCounted(ctx, tx, store.NewComment{
		Comment: c, HTMLVersion: markup.Version, ImportID: seedID(i),
		Prints: printsOf(rule.Read(c.Source, languageOf(s.site, t.story)), linksOf(c.Source)),
	}); err != nil {
		return c, err
	}
	if c.State == forum.Held {
		return c, s.decide(ctx, tx, forum.Decision{
			CommentID: c.ID, AccountID: c.AccountID, Verb: forum.Hold, Reason: orElse(in.Reason, "first-comment"),
			From: forum.Held, To: forum.Held, Automated: true,
		})
	}
	return c, nil
}

// sign gives a comment its author: the account of its name on the site, of its
// pseudonym in the story, or one of its own.
func (s *seeder) sign(ctx context.Context, tx *store.Tx, in SeedComment, c *forum.Comment) error {
	key := authorOfSeed(in, c.StoryID)
	author, known := s.named[key]
	if !known {
		var err error
		if author, err = s.author(ctx, tx, in); err != nil {
			return err
		}
		if in.Byline.Kind != forum.BylineNone {
			s.named[key] = author
		}
	}
	c.AccountID = author.ID
	draft := Draft{Byline: in.Byline.Kind, Name: in.Byline.Name}
	if err := setByline(ctx, tx, s.site, author, draft, c); err != nil {
		return err
	}
	if in.Byline.Kind == forum.BylineName {
		author.Name = c.Byline.Name
		s.named[key] = author
	}
	return nil
}

// authorOfSeed returns what the comments of one author of a seed share.
func authorOfSeed(in SeedComment, story forum.ID) string {
	key := string(in.Byline.Kind) + ":" + in.Byline.Name
	if in.Byline.Kind == forum.BylinePseudonym {
		key += ":" + story.String()
	}
	return key
}

// author returns the account an earlier seed gave a name, or a fresh one.
func (s *seeder) author(ctx context.Context, tx *store.Tx, in SeedComment) (forum.Account, error) {
	if in.Byline.Kind == forum.BylineName {
		n, err := checkName(s.site, forum.Account{}, in.Byline.Name)
		if err != nil {
			return forum.Account{}, err
		}
		a, err := tx.AccountBySkeleton(ctx, s.site.ID, n.Skeleton)
		if err == nil || !forum.IsKind(err, forum.NotFound) {
			return a, err
		}
	}
	return s.account(ctx, tx, forum.RoleGuest, "", in.At)
}

// aftermath votes on a comment, reports it and takes it where it ended up.
func (s *seeder) aftermath(ctx context.Context, tx *store.Tx, in SeedComment, c forum.Comment) error {
	if err := s.votes(ctx, tx, in, c); err != nil {
		return err
	}
	for i, r := range in.Reports {
		tx.Now = s.later(in.At, i)
		id, err := s.mint(tx.Now)
		if err != nil {
			return err
		}
		if _, err := tx.AddReport(ctx, forum.Report{
			SiteID: s.site.ID, ID: id, CommentID: c.ID, AccountID: s.voters[i], Reason: r.Reason, Words: r.Words,
		}); err != nil {
			return err
		}
	}
	tx.Now = s.later(in.At, in.Up+in.Down+len(in.Reports))
	return s.settle(ctx, tx, in, c)
}

// votes casts a comment's votes.
func (s *seeder) votes(ctx context.Context, tx *store.Tx, in SeedComment, c forum.Comment) error {
	tx.Now = s.later(in.At, 0)
	if err := tx.AddVotes(ctx, s.site.ID, c.ID, s.next(in.Up), forum.VoteUp); err != nil {
		return err
	}
	return tx.AddVotes(ctx, s.site.ID, c.ID, s.next(in.Down), forum.VoteDown)
}

// next returns the n voters whose turn it is.
func (s *seeder) next(n int) []forum.ID {
	voters := make([]forum.ID, n)
	for i := range voters {
		voters[i] = s.voters[s.voted%len(s.voters)]
		s.voted++
	}
	return voters
}

// later returns the instant of the i-th thing that happened to a comment, never
// after the seed itself.
func (s *seeder) later(at time.Time, i int) time.Time {
	at = at.Add(time.Duration(i+1) * 97 * time.Second).UTC()
	if at.After(s.began) {
		return s.began
	}
	return at
}

// settle takes a comment from the state it came in to the one it ended up in.
func (s *seeder) settle(ctx context.Context, tx *store.Tx, in SeedComment, c forum.Comment) error {
	if in.Undone && s.second != 0 {
		return s.undo(ctx, tx, in, c)
	}
	if in.State == c.State || in.State == "" {
		return nil
	}
	decision := forum.Decision{CommentID: c.ID, AccountID: c.AccountID, From: c.State, To: in.State, Reason: in.Reason}
	switch in.State {
	case forum.Withdrawn:
		if _, err := s.desk.move(ctx, tx, c, in.State); err != nil {
			return err
		}
		if err := tx.Blank(ctx, s.site.ID, c.ID); err != nil {
			return err
		}
		if err := tx.ResolveReports(ctx, s.site.ID, c.ID); err != nil {
			return err
		}
		return reword(ctx, tx, c, c.Source, "")
	case forum.Held:
		// Readers' reports brought it here, and stay open for the desk.
		if _, err := s.desk.move(ctx, tx, c, in.State); err != nil {
			return err
		}
		decision.Verb, decision.Automated, decision.Reason = forum.Hold, true, orElse(in.Reason, "reported")
	default:
		if _, err := s.desk.rule(ctx, tx, c, Ruling{Verb: forum.Reject}); err != nil {
			return err
		}
		decision.Verb, decision.ActorID, decision.ActorRole = forum.Reject, s.moderator, forum.RoleModerator
		if s.decided++; s.second != 0 && s.decided%2 == 0 {
			decision.ActorID, decision.ActorRole = s.second, forum.RoleLead
		}
		decision.Waited = tx.Now.Sub(c.CreatedAt)
		if !slices.Contains(forum.RejectReasons(), in.Reason) {
			decision.Reason = "other"
		}
	}
	return s.decide(ctx, tx, decision)
}

// undo rejects a comment and lets somebody else take that back.
func (s *seeder) undo(ctx context.Context, tx *store.Tx, in SeedComment, c forum.Comment) error {
	first := forum.Decision{
		CommentID: c.ID, AccountID: c.AccountID, From: c.State, To: forum.Rejected, Reason: in.Reason, Verb: forum.Reject,
		ActorID: s.moderator, ActorRole: forum.RoleModerator, Waited: tx.Now.Sub(c.CreatedAt),
	}
	rejected, err := s.desk.rule(ctx, tx, c, Ruling{Verb: forum.Reject})
	if err != nil {
		return err
	}
	if err := s.decide(ctx, tx, first); err != nil {
		return err
	}
	done, err := tx.DecisionsOn(ctx, s.site.ID, c.ID)
	if err != nil {
		return err
	}
	tx.Now = s.later(tx.Now, 20)
	if _, err := s.desk.rule(ctx, tx, rejected, Ruling{Verb: forum.Publish}); err != nil {
		return err
	}
	return s.decide(ctx, tx, forum.Decision{
		CommentID: c.ID, AccountID: c.AccountID, From: forum.Rejected, To: forum.Published, Verb: forum.Publish,
		ActorID: s.second, ActorRole: forum.RoleLead, Undoes: done[len(done)-1].ID,
	})
}

// decide records a decision at the transaction's present instant, and logs one
// that a person made.
func (s *seeder) decide(ctx context.Context, tx *store.Tx, x forum.Decision) error {
	id, err := s.mint(tx.Now)
	if err != nil {
		return err
	}
	x.SiteID, x.ID = s.site.ID, id
	if x.Verb == forum.Reject {
		if _, err := tx.SettleReports(ctx, x.SiteID, x.CommentID, x.ID, forum.ReportUpheld); err != nil {
			return err
		}
	}
	if err := tx.AddDecision(ctx, x); err != nil || x.ActorID == 0 {
		return err
	}
	by := forum.Actor{Account: forum.Account{ID: x.ActorID, Role: x.ActorRole}}
	return s.desk.log(ctx, tx, x.SiteID, by, act{
		Action: "comment." + string(x.Verb), Object: about("comment", x.CommentID), Reason: x.Reason, Before: string(x.From), After: string(x.To),
	})
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
