package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"parley/internal/forum"
	"parley/internal/markup"
	"parley/internal/store"
)

// Seed is a past to fill a site with: the demonstration and the benchmarks
// write one. It is not a door for readers: no pace, no idempotency and no
// first-comment rule applies, and every instant is the seed's own.
type Seed struct {
	Moderator string // name of the account that made the seed's decisions
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
}

// SeedReport is one report on a comment of a seed.
type SeedReport struct {
	Reason forum.Reason
	Words  string
}

// Seed adds the stories of a seed that the site does not have, each with its
// discussion in one transaction, and returns how many it added. An account
// stands behind every name, every pseudonym, every nameless comment and every
// vote, and every counter says what a recount would.
func (d *Desk) Seed(ctx context.Context, site forum.Site, seed Seed) (int, error) {
	s := seeder{desk: d, site: site, seed: seed, named: map[string]forum.Account{}, began: d.Now()}
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
	_, err := d.RefreshScores(ctx, site.ID)
	return added, err
}

// seeder writes one seed. Each id carries the instant of what it names, so that
// discussions order as if they had been written then; n keeps ids apart.
type seeder struct {
	desk      *Desk
	site      forum.Site
	seed      Seed
	began     time.Time
	n         int
	named     map[string]forum.Account
	voters    []forum.ID
	moderator forum.ID
	voted     int // votes given so far; the next voters follow the last ones
}

// mint returns the id of something that happened at an instant.
func (s *seeder) mint(at time.Time) (forum.ID, error) {
	s.n++
	return forum.MintAt(at, s.n)
}

// addStory adds a story with its discussion unless the site has it already.
func (s *seeder) addStory(ctx context.Context, in SeedStory) (bool, error) {
	_, err := findStory(ctx, s.desk.store.Reader, s.site.ID, StoryRef{ExternalID: in.Article.ExternalID, URL: in.Article.URL})
	if err == nil || !forum.IsKind(err, forum.NotFound) {
		return false, err
	}
	html := make([]markup.HTML, len(in.Comments))
	for i, c := range in.Comments {
		if html[i], err = markup.Render(c.Text, rules(s.site)); err != nil {
			return false, fmt.Errorf("comment %d: %w", i+1, err)
		}
	}
	story, err := storyOf(s.site, in.Article)
	if err != nil {
		return false, err
	}
	picture, err := readPicture(in.Article.Picture)
	if err != nil {
		return false, err
	}
	story.Picture = picture.ID
	return true, s.desk.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		kept, _, err := s.desk.keepStory(ctx, tx, s.site, story, picture)
		if err != nil {
			return err
		}
		return s.discussion(ctx, tx, kept, in.Comments, html)
	})
}

// discussion writes all comments of a story as they came in, and then what was
// done to them.
func (s *seeder) discussion(ctx context.Context, tx *store.Tx, story forum.Story, in []SeedComment, html []markup.HTML) error {
	if len(in) == 0 {
		return nil
	}
	if err := s.cast(ctx, tx, in); err != nil {
		return err
	}
	published, held := 0, 0
	for _, c := range in {
		p, h := tally(c.entered())
		published, held = published+p, held+h
	}
	if _, err := tx.TouchStory(ctx, s.site.ID, story.ID, published, held); err != nil {
		return err
	}
	done := make([]forum.Comment, len(in))
	for i, c := range in {
		var err error
		if done[i], err = s.comment(ctx, tx, story, c, html[i], done); err != nil {
			return fmt.Errorf("comment %d: %w", i+1, err)
		}
	}
	for i, c := range in {
		if err := s.aftermath(ctx, tx, c, done[i]); err != nil {
			return fmt.Errorf("comment %d: %w", i+1, err)
		}
	}
	return nil
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
func (s *seeder) cast(ctx context.Context, tx *store.Tx, in []SeedComment) error {
	if s.moderator == 0 {
		a, err := s.account(ctx, tx, forum.RoleModerator, s.seed.Moderator, s.began)
		if err != nil {
			return err
		}
		s.moderator = a.ID
	}
	need := 0
	for _, c := range in {
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

// comment adds one comment as it came in.
func (s *seeder) comment(ctx context.Context, tx *store.Tx, story forum.Story, in SeedComment, html markup.HTML, done []forum.Comment) (forum.Comment, error) {
	tx.Now = in.At.UTC()
	id, err := s.mint(in.At)
	if err != nil {
		return forum.Comment{}, err
	}
	c := forum.Comment{
		SiteID: s.site.ID, ID: id, StoryID: story.ID, RootID: id, Source: in.Text, HTML: string(html),
		State: in.entered(), CreatedAt: tx.Now,
	}
	if c.State == forum.Published {
		c.PublishedAt = tx.Now
	}
	if err := s.sign(ctx, tx, in, &c); err != nil {
		return c, err
	}
	if in.Parent >= 0 {
		if err := placeBelow(ctx, tx, &c, done[in.Parent]); err != nil {
			return c, err
		}
	}
	if err := s.desk.addComment(ctx, tx, store.NewComment{Comment: c, HTMLVersion: markup.Version}); err != nil {
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
	key := string(in.Byline.Kind) + ":" + in.Byline.Name
	if in.Byline.Kind == forum.BylinePseudonym {
		key += ":" + c.StoryID.String()
	}
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

// votes casts a comment's votes, spread over the time after it.
func (s *seeder) votes(ctx context.Context, tx *store.Tx, in SeedComment, c forum.Comment) error {
	for i := range in.Up + in.Down {
		vote := forum.VoteUp
		if i >= in.Up {
			vote = forum.VoteDown
		}
		tx.Now = s.later(in.At, i)
		voter := s.voters[s.voted%len(s.voters)]
		s.voted++
		if _, err := tx.SetVote(ctx, s.site.ID, c.ID, voter, vote); err != nil {
			return err
		}
	}
	return nil
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
	if in.State == c.State || in.State == "" {
		return nil
	}
	decision := forum.Decision{CommentID: c.ID, AccountID: c.AccountID, From: c.State, To: in.State, Reason: in.Reason}
	switch in.State {
	case forum.Withdrawn:
		if _, err := s.desk.move(ctx, tx, c, in.State); err != nil {
			return err
		}
		return tx.ResolveReports(ctx, s.site.ID, c.ID)
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
		decision.Verb, decision.ActorID = forum.Reject, s.moderator
		if !slices.Contains(forum.RejectReasons(), in.Reason) {
			decision.Reason = "other"
		}
	}
	return s.decide(ctx, tx, decision)
}

// decide records a decision at the transaction's present instant.
func (s *seeder) decide(ctx context.Context, tx *store.Tx, x forum.Decision) error {
	id, err := s.mint(tx.Now)
	if err != nil {
		return err
	}
	x.SiteID, x.ID = s.site.ID, id
	return tx.AddDecision(ctx, x)
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
