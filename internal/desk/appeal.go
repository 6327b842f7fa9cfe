package desk

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"parley/internal/forum"
	"parley/internal/store"
)

// Limits of the words of an appeal and of its answer, in characters.
const (
	minAppeal = 10
	maxAppeal = 2000
)

// Appeal asks for a decision to be looked at again, in the author's words. There
// is one for each decision, within forum.AppealWindow, and only its author may
// file it; a guest does so from the same device. Errors stand at "words".
func (d *Desk) Appeal(ctx context.Context, site forum.Site, actor forum.Actor, decision forum.ID, words string) (forum.Appeal, error) {
	words = strings.TrimSpace(words)
	if !forum.May(actor, forum.ActAppeal) {
		return forum.Appeal{}, forum.Fail(forum.NotFound, "error.notFound")
	}
	s, err := d.Statement(ctx, site, actor, decision)
	if err != nil {
		return forum.Appeal{}, err
	}
	if !s.Own {
		return forum.Appeal{}, forum.Fail(forum.NotFound, "error.notFound").Because("somebody else's decision")
	}
	if err := checkAppeal(words); err != nil {
		return forum.Appeal{}, err
	}
	if err := appealable(s, d.Now()); err != nil {
		return forum.Appeal{}, err
	}
	a := forum.Appeal{SiteID: site.ID, ID: d.mint(), DecisionID: decision, AccountID: actor.Account.ID, Words: words, CreatedAt: d.Now()}
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddAppeal(ctx, a); err != nil {
			return err
		}
		if err := d.alert(ctx, tx, site.ID, forum.EventAppeal, appealEvent{Appeal: a.ID, Decision: decision}); err != nil {
			return err
		}
		return d.log(ctx, tx, site.ID, actor, act{Action: "appeal.file", Object: about("appeal", a.ID), Reason: s.Decision.Reason, Before: about("decision", decision)})
	})
	return a, err
}

// appealEvent is what endpoints are told of an appeal.
type appealEvent struct {
	Appeal   forum.ID `json:"appeal"`
	Decision forum.ID `json:"decision"`
}

// checkAppeal refuses words that are none, too few or too many.
func checkAppeal(words string) error {
	if !goodText(words) {
		return forum.Fail(forum.Invalid, "error.textEncoding").At("words")
	}
	if n := utf8.RuneCountInString(words); n < minAppeal || n > maxAppeal {
		return forum.Fail(forum.Invalid, "error.appealWords").With("min", minAppeal).With("max", maxAppeal).At("words")
	}
	return nil
}

// appealable says why the author of a decision may not appeal, if not.
func appealable(s Statement, now time.Time) error {
	x := s.Decision
	switch {
	case s.Appeal != nil:
		return forum.Fail(forum.Conflict, "error.appealTwice")
	case !x.Verb.Restricts() || x.Verb == forum.Hold && x.Automated:
		// What a rule holds is looked at by a person anyway.
		return forum.Fail(forum.Forbidden, "error.appealNone").Because("a %s", x.Verb)
	case s.Undone != nil || s.Comment != nil && !x.Verb.OnAccount() && s.Comment.State != x.To:
		return forum.Fail(forum.Forbidden, "error.appealMoot")
	case !now.Before(x.CreatedAt.Add(forum.AppealWindow)):
		return forum.Fail(forum.Forbidden, "error.appealLate")
	}
	return nil
}

// AppealCard is an appeal with what is needed to decide it.
type AppealCard struct {
	forum.Appeal
	Statement Statement
	Standing  []StandingLine
	MayAnswer bool // the reader may; who decided, proposed or was answered may not
}

// Appeals returns appeals that wait and concern the actor's sections, the one
// waiting longest first, and how many wait in all.
func (d *Desk) Appeals(ctx context.Context, site forum.Site, actor forum.Actor, after forum.ID, limit int) ([]AppealCard, int, error) {
	if !forum.May(actor, forum.ActAnswer) {
		return nil, 0, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	open, err := d.store.OpenAppeals(ctx, site.ID, after, limit)
	if err != nil {
		return nil, 0, err
	}
	var cards []AppealCard
	for _, a := range open {
		c, err := d.appealCard(ctx, site, actor, a)
		if forum.IsKind(err, forum.Forbidden) {
			continue // of another section
		}
		if err != nil {
			return nil, 0, err
		}
		cards = append(cards, c)
	}
	n, err := d.store.CountOpenAppeals(ctx, site.ID)
	return cards, n, err
}

// AppealsWaiting returns how many appeals wait, for who may decide them.
func (d *Desk) AppealsWaiting(ctx context.Context, site forum.Site, actor forum.Actor) (int, error) {
	if !forum.May(actor, forum.ActAnswer) {
		return 0, nil
	}
	return d.store.CountOpenAppeals(ctx, site.ID)
}

// AppealByID returns one appeal to who may decide on appeals in its section.
func (d *Desk) AppealByID(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) (AppealCard, error) {
	if !forum.May(actor, forum.ActAnswer) {
		return AppealCard{}, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	a, err := d.store.Appeal(ctx, site.ID, id)
	if err != nil {
		return AppealCard{}, err
	}
	return d.appealCard(ctx, site, actor, a)
}

func (d *Desk) appealCard(ctx context.Context, site forum.Site, actor forum.Actor, a forum.Appeal) (AppealCard, error) {
	x, err := d.store.Decision(ctx, site.ID, a.DecisionID)
	if err != nil {
		return AppealCard{}, err
	}
	card := AppealCard{Appeal: a, Statement: Statement{Decision: x}}
	s := &card.Statement
	if err := d.tellComment(ctx, s); err != nil {
		return card, err
	}
	if !forum.MayIn(actor, forum.ActAnswer, s.Story.Section) {
		return card, forum.Fail(forum.Forbidden, "error.forbidden").Because("section %q", s.Story.Section)
	}
	if err := d.tellStanding(ctx, s); err != nil {
		return card, err
	}
	if err := d.tellDesk(ctx, site, s); err != nil {
		return card, err
	}
	if card.Standing, err = d.standingLines(ctx, site, actor, a.AccountID); err != nil {
		return card, err
	}
	err = d.impartial(ctx, d.store.Reader, actor, a, *s)
	card.MayAnswer = err == nil && a.DecidedAt.IsZero()
	if forum.IsKind(err, forum.Forbidden) {
		err = nil
	}
	return card, err
}

// impartial refuses who cannot decide an appeal: who made the decision, who
// proposed or agreed to it, the author, and the author of what was answered.
func (d *Desk) impartial(ctx context.Context, r store.Reader, actor forum.Actor, a forum.Appeal, s Statement) error {
	own := forum.Fail(forum.Forbidden, "error.ownAppeal")
	me := actor.Account.ID
	if s.Decision.ActorID == me || a.AccountID == me || s.Decision.AccountID == me {
		return own
	}
	// A job's decisions are also those of who agreed to it, or to the ban it sweeps
	// after.
	if s.Decision.Verb == forum.Ban || s.Decision.Verb == forum.Suspend || s.Decision.JobID != 0 {
		took, err := r.TookPart(ctx, s.Decision.SiteID, me, about("account", s.Decision.AccountID), s.Decision.JobID)
		if err != nil {
			return err
		}
		if took {
			return own
		}
	}
	if s.Comment == nil || s.Comment.ParentID == 0 {
		return nil
	}
	parent, err := r.Comment(ctx, s.Decision.SiteID, s.Comment.ParentID)
	if err == nil && parent.AccountID == me {
		return own
	}
	return err
}

// AnswerAppeal decides an appeal: the decision stands, or is taken back and the
// comment published or the sanction lifted. Somebody else than who decided must
// do it, once, with a reason in words; the author is told. Errors stand at
// "outcome" and "answer".
func (d *Desk) AnswerAppeal(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID, outcome forum.Outcome, answer string) error {
	answer = strings.TrimSpace(answer)
	if outcome != forum.Upheld && outcome != forum.Reversed {
		return forum.Fail(forum.Invalid, "error.outcomeMissing").At("outcome")
	}
	if err := checkAppeal(answer); err != nil {
		return forum.Fail(forum.Invalid, "error.appealWords").With("min", minAppeal).With("max", maxAppeal).At("answer").Because("%w", err)
	}
	card, err := d.AppealByID(ctx, site, actor, id)
	if err != nil {
		return err
	}
	if err := d.impartial(ctx, d.store.Reader, actor, card.Appeal, card.Statement); err != nil {
		return err
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		x, err := tx.Decision(ctx, site.ID, card.DecisionID)
		if err != nil {
			return err
		}
		var back forum.Decision
		if outcome == forum.Reversed {
			// The story's row comes first, before the appeal's.
			if back, err = d.reverse(ctx, tx, actor, x, answer); err != nil {
				return err
			}
		}
		if err := tx.AnswerAppeal(ctx, site.ID, id, actor.Account.ID, outcome, answer); err != nil {
			return err
		}
		return d.tellAppeal(ctx, tx, actor, card.Appeal, x, outcome, back)
	})
}

// reverse takes back a decision that an appeal found wrong: the comment is
// published, the sanction ends. It returns the decision that does so; one without
// an id if there was nothing left to take back. The caller tells of it, last.
func (d *Desk) reverse(ctx context.Context, tx *store.Tx, actor forum.Actor, x forum.Decision, answer string) (forum.Decision, error) {
	_, err := tx.Undoing(ctx, x.SiteID, x.ID)
	if err == nil {
		return forum.Decision{}, nil
	}
	if !forum.IsKind(err, forum.NotFound) {
		return forum.Decision{}, err
	}
	if x.Verb.OnAccount() {
		lifted, err := d.lift(ctx, tx, actor, x, answer, 0)
		if forum.IsKind(err, forum.Conflict) {
			// It has ended by itself.
			return forum.Decision{}, nil
		}
		return lifted, err
	}
	c, err := tx.Comment(ctx, x.SiteID, x.CommentID)
	if err != nil || c.State != x.To || !forum.MayMove(c.State, forum.Published) {
		return forum.Decision{}, err
	}
	if c, err = d.move(ctx, tx, c, forum.Published); err != nil {
		return forum.Decision{}, err
	}
	back := forum.Decision{
		SiteID: x.SiteID, ID: d.mint(), CommentID: c.ID, StoryID: c.StoryID, AccountID: c.AccountID, ActorID: actor.Account.ID,
		ActorRole: actor.Account.Role, Verb: forum.Publish, Note: answer, From: x.To, To: c.State, Undoes: x.ID,
	}
	return back, tx.AddDecision(ctx, back)
}

// tellAppeal tells the author how the appeal ended, and logs it with what it took
// back.
func (d *Desk) tellAppeal(ctx context.Context, tx *store.Tx, actor forum.Actor, a forum.Appeal, x forum.Decision, outcome forum.Outcome, back forum.Decision) error {
	err := d.notify(ctx, tx, actor, forum.Notification{
		SiteID: a.SiteID, AccountID: a.AccountID, Kind: forum.ToldAppeal, StoryID: x.StoryID, CommentID: x.CommentID, DecisionID: x.ID,
	})
	if err != nil {
		return err
	}
	if back.ID != 0 && back.Verb == forum.Publish {
		if err := d.settleReports(ctx, tx, actor, back); err != nil {
			return err
		}
	}
	if back.ID != 0 {
		if err := d.alertDecision(ctx, tx, back); err != nil {
			return err
		}
	}
	action := map[forum.Outcome]string{forum.Upheld: "appeal.uphold", forum.Reversed: "appeal.reverse"}[outcome]
	err = d.log(ctx, tx, a.SiteID, actor, act{Action: action, Object: about("appeal", a.ID), Reason: x.Reason, Before: about("decision", x.ID)})
	if err != nil || back.ID == 0 {
		return err
	}
	undo := act{Action: "comment.publish", Object: about("comment", x.CommentID), Before: string(back.From), After: string(back.To)}
	if x.Verb.OnAccount() {
		undo = act{Action: "account.lift", Object: about("account", back.AccountID), Before: string(x.Verb)}
	}
	return d.log(ctx, tx, a.SiteID, actor, undo)
}
