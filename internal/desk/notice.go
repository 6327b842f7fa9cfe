package desk

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"parley/internal/forum"
	"parley/internal/mail"
	"parley/internal/store"
)

// noticesADay is how many notices one network may file in a day.
const noticesADay = 10

// notifierLife is how long it is kept who filed a notice that was answered: as
// long as the decision may be complained about.
const notifierLife = 183 * 24 * time.Hour

// FileNotice files a notice of illegal content and returns it with its receipt,
// which is shown once and not stored. key makes a repeated request the same
// notice; it must be hard to guess.
func (d *Desk) FileNotice(ctx context.Context, site forum.Site, actor forum.Actor, n forum.Notice, key string) (forum.Notice, string, error) {
	if !forum.May(actor, forum.ActReport) {
		return n, "", forum.Fail(forum.Forbidden, "error.forbidden")
	}
	n, err := d.readNotice(n)
	if err != nil {
		return n, "", err
	}
	if key == "" {
		key = secret()
	}
	receipt := digest("receipt", site.Slug, key, n.URL, string(n.Kind), n.Explanation, n.Email)[:32]
	n.SiteID, n.ID, n.Receipt, n.Network = site.ID, d.mint(), digest(receipt), actor.Network
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error { return d.fileNotice(ctx, tx, site, actor, &n, receipt) })
	return n, receipt, err
}

// readNotice checks a notice and makes of it what is stored.
func (d *Desk) readNotice(n forum.Notice) (forum.Notice, error) {
	n.Explanation, n.Law, n.Name = strings.TrimSpace(n.Explanation), strings.TrimSpace(n.Law), strings.TrimSpace(n.Name)
	n.URL, n.Email = strings.TrimSpace(n.URL), strings.TrimSpace(n.Email)
	if n.Email != "" {
		address, err := mail.Address(n.Email)
		if err != nil {
			return n, forum.Fail(forum.Invalid, "error.noticeEmail").At("email")
		}
		n.Email = address
	}
	return n, n.Check()
}

func (d *Desk) fileNotice(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, n *forum.Notice, receipt string) error {
	today, err := tx.NoticesFrom(ctx, site.ID, n.Network, tx.Now.Add(-24*time.Hour))
	if err != nil {
		return err
	}
	if today >= noticesADay {
		return forum.Fail(forum.TooFast, "error.tooManyNotices").After(24 * time.Hour)
	}
	if n.CommentID == 0 {
		n.CommentID = d.commentIn(n.URL)
	}
	if c, err := tx.Comment(ctx, site.ID, n.CommentID); forum.IsKind(err, forum.NotFound) || (err == nil && c.State == forum.Withdrawn) {
		n.CommentID = 0
	} else if err != nil {
		return err
	}
	added, err := tx.AddNotice(ctx, *n)
	if err != nil || !added {
		return err
	}
	n.CreatedAt = tx.Now
	if err := d.confirmNotice(ctx, tx, site, *n, receipt); err != nil {
		return err
	}
	return d.log(ctx, tx, site.ID, actor, act{Action: "notice.file", Object: about("notice", n.ID), Reason: string(n.Kind)})
}

// commentAddress is how the address of a comment ends.
var commentAddress = regexp.MustCompile(`(?:/c/|#c-)([0-9a-z]{13})(?:[/?#]|$)`)

// commentIn returns the comment that an address of this installation leads to;
// zero: none.
func (d *Desk) commentIn(address string) forum.ID {
	u, err := url.Parse(address)
	base, baseErr := url.Parse(d.out.BaseURL)
	if err != nil || baseErr != nil || (base.Host != "" && !strings.EqualFold(u.Host, base.Host)) {
		return 0
	}
	m := commentAddress.FindStringSubmatch(address)
	if m == nil {
		return 0
	}
	id, err := forum.ParseID(m[1])
	if err != nil {
		return 0
	}
	return id
}

// confirmNotice writes to who filed a notice that it was received. Anybody may type
// anybody's address, so it takes one of the address's turns; when those are taken,
// the page with the receipt is all the confirmation there is.
func (d *Desk) confirmNotice(ctx context.Context, tx *store.Tx, site forum.Site, n forum.Notice, receipt string) error {
	if n.Email == "" || !d.Mails() {
		return nil
	}
	err := d.turn(ctx, tx, site, mailsAddress, "mail address", mail.Key(n.Email))
	if forum.IsKind(err, forum.TooFast) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.mailNotifier(ctx, tx, site, n, "notice", receipt)
}

// mailNotifier writes to who filed a notice, if an address was given and this
// installation sends mail.
func (d *Desk) mailNotifier(ctx context.Context, tx *store.Tx, site forum.Site, n forum.Notice, template, receipt string) error {
	if n.Email == "" || !d.Mails() {
		return nil
	}
	data := map[string]string{"number": n.ID.String()}
	if receipt != "" {
		data["url"] = "/notices/" + receipt
	}
	_, err := d.enqueue(ctx, tx, site.ID, forum.Actor{}, JobMail, time.Time{}, mailJob{To: n.Email, Template: template, Locale: n.Locale, Data: data})
	return err
}

// NoticeStatus is what who filed a notice learns of it.
type NoticeStatus struct {
	Notice   forum.Notice // without name and address
	Decision forum.Decision
	Mailed   bool // a message was sent to who filed it
}

// NoticeStatus returns the notice of a receipt.
func (d *Desk) NoticeStatus(ctx context.Context, site forum.Site, receipt string) (NoticeStatus, error) {
	n, err := d.store.NoticeByReceipt(ctx, site.ID, digest(receipt))
	if err != nil {
		return NoticeStatus{}, err
	}
	out := NoticeStatus{Notice: withoutNotifier(n), Mailed: n.Email != "" && d.Mails()}
	if n.DecisionID != 0 {
		out.Decision, err = d.store.Decision(ctx, site.ID, n.DecisionID)
	}
	return out, err
}

func withoutNotifier(n forum.Notice) forum.Notice {
	n.Name, n.Email, n.Network, n.Receipt = "", "", "", ""
	return n
}

// NoticeCard is a notice as the desk sees it.
type NoticeCard struct {
	Notice  forum.Notice   // name and address only for who may reveal them, and asked
	Comment *forum.Comment // nil: the address leads to none
	Story   forum.Story    // of the comment
	By      forum.Account  // who answered
}

// Notices returns a page of notices, those that wait or all, without who filed
// them.
func (d *Desk) Notices(ctx context.Context, site forum.Site, actor forum.Actor, all bool, after forum.ID, limit int) ([]NoticeCard, error) {
	if !forum.May(actor, forum.ActAnswer) {
		return nil, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	read := d.store.OpenNotices
	if all {
		read = d.store.Notices
	}
	notices, err := read(ctx, site.ID, after, limit)
	if err != nil {
		return nil, err
	}
	cards := make([]NoticeCard, 0, len(notices))
	for _, n := range notices {
		card, err := d.noticeCard(ctx, d.store.Reader, site, withoutNotifier(n))
		if err != nil {
			return nil, err
		}
		if actor.Account.In(card.Story.Section) {
			cards = append(cards, card)
		}
	}
	return cards, nil
}

// Notice returns one notice, without who filed it.
func (d *Desk) Notice(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) (NoticeCard, error) {
	n, err := d.store.Notice(ctx, site.ID, id)
	if err != nil {
		return NoticeCard{}, err
	}
	card, err := d.noticeCard(ctx, d.store.Reader, site, withoutNotifier(n))
	if err == nil && !forum.MayIn(actor, forum.ActAnswer, card.Story.Section) {
		return NoticeCard{}, forum.Fail(forum.Forbidden, "error.forbidden").Because("section %q", card.Story.Section)
	}
	return card, err
}

// RevealNotifier returns a notice with who filed it. It takes words that say why;
// that it was asked, by whom and why stands in the log, and everybody who reads the
// log is told.
func (d *Desk) RevealNotifier(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID, words string) (NoticeCard, error) {
	var card NoticeCard
	if !forum.May(actor, forum.ActReveal) {
		return card, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	words, err := revealWords(words)
	if err != nil {
		return card, err
	}
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.Notice(ctx, site.ID, id)
		if err != nil {
			return err
		}
		if card, err = d.noticeCard(ctx, tx.Reader, site, n); err != nil {
			return err
		}
		if !forum.MayIn(actor, forum.ActReveal, card.Story.Section) {
			return forum.Fail(forum.Forbidden, "error.forbidden").Because("section %q", card.Story.Section)
		}
		if err := d.tellReaders(ctx, tx, site, actor); err != nil {
			return err
		}
		return d.log(ctx, tx, site.ID, actor, act{Action: "notice.reveal", Object: about("notice", id), Value: words})
	})
	if err != nil {
		return NoticeCard{}, err
	}
	card.Notice.Network, card.Notice.Receipt = "", ""
	return card, nil
}

// noticeCard gathers what a notice is about.
func (d *Desk) noticeCard(ctx context.Context, r store.Reader, site forum.Site, n forum.Notice) (NoticeCard, error) {
	card := NoticeCard{Notice: n}
	if n.DecidedBy != 0 {
		by, err := r.Account(ctx, site.ID, n.DecidedBy)
		if err != nil {
			return card, err
		}
		card.By = by
	}
	if n.CommentID == 0 {
		return card, nil
	}
	c, err := r.Comment(ctx, site.ID, n.CommentID)
	if err != nil {
		return card, err
	}
	card.Comment = &c
	card.Story, err = r.Story(ctx, site.ID, c.StoryID)
	return card, err
}

// NoticeAnswer is what the desk decides about a notice.
type NoticeAnswer struct {
	Notice forum.ID
	Remove bool   // the comment; otherwise it is kept, or gone already
	Reason string // of the rejection
	Words  string // the reasons, for who filed the notice and for the author; required to keep
	Seen   string // Seen of the text the moderator read, if known
}

// AnswerNotice removes the comment of a notice or keeps it, and tells who filed
// the notice. One that was answered meanwhile is Conflict.
func (d *Desk) AnswerNotice(ctx context.Context, site forum.Site, actor forum.Actor, in NoticeAnswer) (forum.Notice, error) {
	in.Words = strings.TrimSpace(in.Words)
	if err := checkAnswer(site, in); err != nil {
		return forum.Notice{}, err
	}
	var n forum.Notice
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if n, err = tx.Notice(ctx, site.ID, in.Notice); err != nil {
			return err
		}
		card, err := d.noticeCard(ctx, tx.Reader, site, n)
		if err != nil {
			return err
		}
		if card.Comment != nil {
			// The story is locked before the comment is judged, and the comment read again.
			if _, err := tx.LockStory(ctx, site.ID, card.Story.ID); err != nil {
				return err
			}
			if card, err = d.noticeCard(ctx, tx.Reader, site, n); err != nil {
				return err
			}
		}
		if err := mayAnswerNotice(ctx, tx, actor, card); err != nil {
			return err
		}
		n.DecidedBy, n.Answer, n.Outcome = actor.Account.ID, in.Words, forum.NoticeKept
		if card.Comment == nil || card.Comment.State == forum.Rejected || card.Comment.State == forum.Withdrawn {
			n.Outcome = forum.NoticeGone
		}
		if in.Remove {
			if n.Outcome == forum.NoticeGone {
				return forum.Fail(forum.Conflict, "error.conflict").Because("the comment is gone")
			}
			n.Outcome = forum.NoticeRemoved
		}
		if err := tx.AnswerNotice(ctx, n); err != nil {
			return err
		}
		if in.Remove {
			if n.DecisionID, err = d.removeNoticed(ctx, tx, actor, in, n, *card.Comment); err != nil {
				return err
			}
		}
		if err := d.mailNotifier(ctx, tx, site, n, "noticeAnswer", ""); err != nil {
			return err
		}
		return d.log(ctx, tx, site.ID, actor, act{Action: "notice.answer", Object: about("notice", n.ID), After: string(n.Outcome)})
	})
	return n, err
}

// mayAnswerNotice refuses who may not decide on what a notice is about: in its
// section, and neither on their own comment nor on a reply to them.
func mayAnswerNotice(ctx context.Context, tx *store.Tx, actor forum.Actor, card NoticeCard) error {
	if !forum.MayIn(actor, forum.ActAnswer, card.Story.Section) {
		return forum.Fail(forum.Forbidden, "error.forbidden").Because("section %q", card.Story.Section)
	}
	if card.Comment == nil {
		return nil
	}
	parentAuthor, err := authorOf(ctx, tx, card.Comment.SiteID, card.Comment.ParentID)
	if err != nil {
		return err
	}
	return forum.MayOn(actor, forum.ActDecide, *card.Comment, parentAuthor, tx.Now, 0)
}

// removeNoticed rejects the comment of a notice and returns the decision.
func (d *Desk) removeNoticed(ctx context.Context, tx *store.Tx, actor forum.Actor, in NoticeAnswer, n forum.Notice, c forum.Comment) (forum.ID, error) {
	if in.Seen != "" && in.Seen != Seen(c) {
		return 0, forum.Fail(forum.Conflict, "error.conflict").Because("the text was edited meanwhile")
	}
	from := c.State
	c, err := d.rule(ctx, tx, c, Ruling{Comment: c.ID, Verb: forum.Reject, From: from, Reason: in.Reason})
	if err != nil {
		return 0, err
	}
	err = d.record(ctx, tx, actor, forum.Decision{
		SiteID: c.SiteID, CommentID: c.ID, StoryID: c.StoryID, AccountID: c.AccountID, Verb: forum.Reject, Reason: in.Reason,
		Note: in.Words, From: from, To: c.State, Source: forum.SourceNotice, Waited: tx.Now.Sub(n.CreatedAt),
	})
	if err != nil {
		return 0, err
	}
	decisions, err := tx.DecisionsOn(ctx, c.SiteID, c.ID)
	if err != nil {
		return 0, err
	}
	last := decisions[len(decisions)-1].ID
	return last, tx.SetNoticeDecision(ctx, c.SiteID, n.ID, last)
}

// checkAnswer refuses an answer that nobody could understand.
func checkAnswer(site forum.Site, in NoticeAnswer) error {
	switch {
	case in.Remove && !slices.Contains(site.Settings.OpenReasons(), in.Reason):
		return forum.Fail(forum.Invalid, "error.reasonMissing").At("reason")
	case !in.Remove && in.Words == "":
		return forum.Fail(forum.Invalid, "error.answerMissing").At("words")
	case !goodText(in.Words):
		return forum.Fail(forum.Invalid, "error.textEncoding").At("words")
	case len([]rune(in.Words)) > maxNote:
		return forum.Fail(forum.Invalid, "error.wordsLong").With("max", maxNote).At("words")
	}
	return nil
}
