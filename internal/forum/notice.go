package forum

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// NoticeKind is what law somebody thinks a comment breaks, in everyday words.
type NoticeKind string

// The kinds of illegal content a notice may name.
const (
	NoticeChildAbuse NoticeKind = "child-abuse" // sexual abuse of children
	NoticeHate       NoticeKind = "hate"        // incitement to hatred or violence against a group
	NoticeThreat     NoticeKind = "threat"      // threats and glorified violence
	NoticeTerror     NoticeKind = "terror"      // terrorist content, danger to public security
	NoticeHarassment NoticeKind = "harassment"  // stalking, intimate pictures, harassment
	NoticeDefamation NoticeKind = "defamation"  // insult and defamation
	NoticePrivacy    NoticeKind = "privacy"     // private data of somebody
	NoticeProperty   NoticeKind = "property"    // copyright, trade marks
	NoticeFraud      NoticeKind = "fraud"       // scams
	NoticeGoods      NoticeKind = "goods"       // illegal goods and services
	NoticeOther      NoticeKind = "other"
)

// NoticeKinds lists the kinds in the order shown.
func NoticeKinds() []NoticeKind {
	return []NoticeKind{
		NoticeHate, NoticeThreat, NoticeTerror, NoticeHarassment, NoticeDefamation, NoticePrivacy, NoticeProperty, NoticeFraud,
		NoticeGoods, NoticeChildAbuse, NoticeOther,
	}
}

// NoticeOutcome is what became of a notice.
type NoticeOutcome string

// The outcomes of a notice; empty: it waits.
const (
	NoticeRemoved NoticeOutcome = "removed" // the comment was rejected because of it
	NoticeKept    NoticeOutcome = "kept"    // it stays, with reasons in words
	NoticeGone    NoticeOutcome = "gone"    // it was gone already
)

// Notice is a complaint that something is against the law (Article 16 of the EU
// Digital Services Act), from anybody.
type Notice struct {
	SiteID      ID
	ID          ID
	Receipt     string // digest of the secret receipt
	CommentID   ID     // zero: the address leads to no comment
	URL         string // the exact address given
	Kind        NoticeKind
	Explanation string // why it is thought illegal
	Law         string // which law, if known
	Name        string // of the notifier; empty where none is asked for, or forgotten
	Email       string
	GoodFaith   bool
	Locale      string
	Network     string // keyed hash of the notifier's address; forgotten after a day
	CreatedAt   time.Time
	DecidedBy   ID
	DecidedAt   time.Time // zero: it waits
	DecisionID  ID        // that removed the comment; zero: none
	Outcome     NoticeOutcome
	Answer      string // the desk's reasons, in words
}

// Limits of a notice, in characters.
const (
	MinExplanation = 20
	MaxExplanation = 5000
	MaxLaw         = 500
	MaxNotifier    = 200
	MaxNoticeURL   = 2000
	MaxAnswer      = 2000
)

// Check refuses a notice that lacks what Article 16 asks for; the error names the
// field. Whether the e-mail address is one is asked elsewhere. Name and e-mail
// are not asked of who reports the sexual abuse of children.
func (n Notice) Check() error {
	length := utf8.RuneCountInString
	for field, text := range map[string]string{"explanation": n.Explanation, "law": n.Law, "name": n.Name, "url": n.URL} {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return Fail(Invalid, "error.textEncoding").At(field)
		}
	}
	switch {
	case !slices.Contains(NoticeKinds(), n.Kind):
		return Fail(Invalid, "error.noticeKind").At("kind")
	case length(n.Explanation) < MinExplanation:
		return Fail(Invalid, "error.noticeShort").With("min", MinExplanation).At("explanation")
	case length(n.Explanation) > MaxExplanation:
		return Fail(Invalid, "error.textLong").With("max", MaxExplanation).With("length", length(n.Explanation)).At("explanation")
	case length(n.Law) > MaxLaw:
		return Fail(Invalid, "error.textLong").With("max", MaxLaw).With("length", length(n.Law)).At("law")
	case length(n.Name) > MaxNotifier || strings.ContainsFunc(n.Name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return Fail(Invalid, "error.noticeName").At("name")
	case n.Kind != NoticeChildAbuse && n.Name == "":
		return Fail(Invalid, "error.noticeName").At("name")
	case n.Kind != NoticeChildAbuse && n.Email == "":
		return Fail(Invalid, "error.noticeEmail").At("email")
	case !n.GoodFaith:
		return Fail(Invalid, "error.noticeFaith").At("good_faith")
	}
	if _, err := CanonicalURL(n.URL); err != nil || length(n.URL) > MaxNoticeURL {
		return Fail(Invalid, "error.noticeURL").At("url")
	}
	return nil
}
