package web

import (
	"crypto/rand"
	"errors"
	"net/http"

	"parley/frontend/locale"
	"parley/frontend/pages/illegal"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/markup"
)

// showNoticeForm shows the form for a notice of illegal content, about the
// comment of the path or about what its reader names.
func (s *server) showNoticeForm(w http.ResponseWriter, r *request) error {
	return s.noticeForm(w, r, forum.Notice{}, rand.Text(), nil)
}

func (s *server) noticeForm(w http.ResponseWriter, r *request, n forum.Notice, key string, e *forum.Error) error {
	v := view.NoticeForm{Action: r.prefix + "/notice", Key: key, Values: n}
	if r.PathValue("comment") != "" {
		c, story, err := s.noticed(r)
		if err != nil {
			return err
		}
		r.in(story.Lang)
		shown := (&thread{r: r}).comment(c)
		v.Comment, v.Action = &shown, r.prefix+"/c/"+c.ID.String()+"/illegal"
		if v.Values.URL == "" {
			v.Values.URL = s.commentURL(r, c.ID)
		}
	}
	v.Shell = s.shell(r, locale.T(r.locale, "illegal.title"))
	v.Shell.NoIndex = true
	status := http.StatusOK
	if e != nil {
		v.Errors = []view.FieldError{{Field: e.Field, Text: sentence(r.locale, e)}}
		status = statuses[e.Kind]
		setRetry(w.Header(), e)
	}
	s.writePage(w, r, status, illegal.Form(v))
	return nil
}

// noticed returns the comment of the path, which must be there for everybody.
func (s *server) noticed(r *request) (forum.Comment, forum.Story, error) {
	id, err := r.id("comment")
	if err != nil {
		return forum.Comment{}, forum.Story{}, err
	}
	c, err := s.Desk.Visible(r.Context(), r.site, r.actor, id)
	if err != nil {
		return c, forum.Story{}, err
	}
	if c.State != forum.Published {
		return c, forum.Story{}, forum.Fail(forum.Gone, "error.notFound")
	}
	story, err := s.Desk.Story(r.Context(), r.site.ID, c.StoryID)
	return c, story, err
}

// postNotice files a notice and sends its writer to the page of its receipt. What
// is refused comes back in the form.
func (s *server) postNotice(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	n := forum.Notice{
		URL: r.PostFormValue("url"), Kind: forum.NoticeKind(r.PostFormValue("kind")),
		Explanation: normalText(r.PostFormValue("explanation")), Law: r.PostFormValue("law"), Name: r.PostFormValue("name"),
		Email: r.PostFormValue("email"), GoodFaith: r.PostFormValue("good_faith") == "1", Locale: r.locale,
	}
	if r.PathValue("comment") != "" {
		c, story, err := s.noticed(r)
		if err != nil {
			return err
		}
		r.in(story.Lang)
		n.CommentID, n.Locale = c.ID, r.locale
	}
	key := r.PostFormValue("key")
	_, receipt, err := s.Desk.FileNotice(r.Context(), r.site, r.actor, n, key)
	var e *forum.Error
	if errors.As(err, &e) && (e.Kind == forum.Invalid || e.Kind == forum.TooFast) {
		return s.noticeForm(w, r, n, key, e)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/notices/"+receipt+"?new=1")
}

// showNotice shows what became of a notice to whoever has its receipt.
func (s *server) showNotice(w http.ResponseWriter, r *request) error {
	x, err := s.Desk.NoticeStatus(r.Context(), r.site, r.PathValue("receipt"))
	if err != nil {
		return err
	}
	r.in(x.Notice.Locale)
	n := x.Notice
	v := view.NoticeStatus{
		Shell: s.shell(r, locale.T(r.locale, "illegal.status")), Number: n.ID.String(), Kind: n.Kind, URL: n.URL, At: n.CreatedAt,
		New: r.URL.Query().Get("new") == "1", Outcome: n.Outcome, DecidedAt: n.DecidedAt, Answer: n.Answer, Mailed: x.Mailed,
		Automated: x.Decision.Automated || x.Decision.RuleID != 0,
	}
	if x.Decision.Reason != "" {
		v.Reason = reasonWords(r.site, r.locale, x.Decision.Reason)
	}
	v.Shell.NoIndex = true
	// The address is the secret: it goes to no other page.
	w.Header().Set("Referrer-Policy", "no-referrer")
	return s.show(w, r, illegal.Status(v))
}

// noticeSize is how many notices a page of the desk shows.
const noticeSize = 25

// noticeExcerpt is how many characters of a notice the queue shows.
const noticeExcerpt = 160

// showNotices shows the desk's queue of notices.
func (s *server) showNotices(w http.ResponseWriter, r *request) error {
	all := r.URL.Query().Get("all") == "1"
	after, err := optionalID(r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	cards, err := s.Desk.Notices(r.Context(), r.site, r.actor, all, after, noticeSize+1)
	if err != nil {
		return err
	}
	v := view.NoticeList{Shell: s.shell(r, locale.T(r.locale, "notices.title")), All: all}
	v.Shell.NoIndex = true
	if len(cards) > noticeSize {
		cards = cards[:noticeSize]
		v.Next = withQuery(r.prefix+"/desk/notices", "after", cards[noticeSize-1].Notice.ID.String())
		if all {
			v.Next = withQuery(v.Next, "all", "1")
		}
	}
	for _, c := range cards {
		v.Lines = append(v.Lines, noticeLine(r, c))
	}
	return s.show(w, r, illegal.List(v))
}

func noticeLine(r *request, c desk.NoticeCard) view.NoticeLine {
	id := c.Notice.ID.String()
	return view.NoticeLine{
		Path: r.prefix + "/desk/notices/" + id, Number: id, Kind: c.Notice.Kind, At: c.Notice.CreatedAt, Headline: c.Story.Headline,
		Text: markup.Excerpt(c.Notice.Explanation, noticeExcerpt), Outcome: c.Notice.Outcome,
	}
}

// showNoticeDesk shows one notice to the desk.
func (s *server) showNoticeDesk(w http.ResponseWriter, r *request) error {
	id, err := r.id("notice")
	if err != nil {
		return err
	}
	card, err := s.Desk.Notice(r.Context(), r.site, r.actor, id)
	if err != nil {
		return err
	}
	return s.noticeDesk(w, r, card, false, desk.NoticeAnswer{Reason: "illegal"}, nil)
}

// postNoticeReveal shows who filed a notice, to somebody who said why; that it was
// asked for is logged.
func (s *server) postNoticeReveal(w http.ResponseWriter, r *request) error {
	id, err := r.id("notice")
	if err != nil {
		return err
	}
	if err := r.form(); err != nil {
		return err
	}
	words := normalText(r.PostFormValue("why"))
	card, err := s.Desk.RevealNotifier(r.Context(), r.site, r.actor, id, words)
	if mends(err) {
		return s.noticeRevealAgain(w, r, id, words, err)
	}
	if err != nil {
		return err
	}
	return s.noticeDesk(w, r, card, true, desk.NoticeAnswer{Reason: "illegal"}, nil)
}

// noticeRevealAgain asks once more why somebody wants to know who filed a notice.
func (s *server) noticeRevealAgain(w http.ResponseWriter, r *request, id forum.ID, words string, problem error) error {
	card, err := s.Desk.Notice(r.Context(), r.site, r.actor, id)
	if err != nil {
		return err
	}
	v := s.noticeView(r, card, desk.NoticeAnswer{Reason: "illegal"})
	v.Ask = askWhy(r, words, problem)
	s.writePage(w, r, statusOf(problem), illegal.Desk(v))
	return nil
}

// askWhy is the question why somebody wants to know who filed a notice.
func askWhy(r *request, words string, problem error) []view.Field {
	return []view.Field{{
		Kind: view.FieldArea, Name: "why", Label: t(r, "reveal.words"), Hint: t(r, "notices.revealHint"), Value: words, Required: true,
		Error: problemAt(r, problem, "words"),
	}}
}

func (s *server) noticeDesk(w http.ResponseWriter, r *request, c desk.NoticeCard, revealed bool, in desk.NoticeAnswer, e *forum.Error) error {
	v := s.noticeView(r, c, in)
	v.Revealed = revealed
	status := http.StatusOK
	if e != nil {
		v.Errors, status = []view.FieldError{{Field: e.Field, Text: sentence(r.locale, e)}}, statuses[e.Kind]
	}
	s.writePage(w, r, status, illegal.Desk(v))
	return nil
}

// noticeView is a notice as the desk sees it, without who filed it.
func (s *server) noticeView(r *request, c desk.NoticeCard, in desk.NoticeAnswer) view.NoticeDesk {
	v := view.NoticeDesk{
		Shell: s.shell(r, locale.T(r.locale, "notices.title")), Line: noticeLine(r, c), Notice: c.Notice, Ask: askWhy(r, "", nil),
		MayReveal: forum.MayIn(r.actor, forum.ActReveal, c.Story.Section), Action: r.prefix + "/desk/notices/" + c.Notice.ID.String(),
		List: r.prefix + "/desk/notices", Reasons: reasons(r), Reason: in.Reason, Words: in.Words, By: c.By.Name,
	}
	v.Shell.NoIndex = true
	if c.Comment != nil {
		shown := (&thread{r: r}).comment(*c.Comment)
		shown.Name = c.Comment.Byline.Name
		v.Comment, v.HTML, v.Seen = &shown, markup.HTML(c.Comment.HTML), desk.Seen(*c.Comment)
		v.StoryURL = forum.StoryPath(r.prefix, c.Story)
	}
	return v
}

// postNoticeAnswer answers a notice.
func (s *server) postNoticeAnswer(w http.ResponseWriter, r *request) error {
	id, err := r.id("notice")
	if err != nil {
		return err
	}
	if err := r.form(); err != nil {
		return err
	}
	in := desk.NoticeAnswer{
		Notice: id, Remove: r.PostFormValue("verb") == "remove", Reason: r.PostFormValue("reason"),
		Words: normalText(r.PostFormValue("words")), Seen: r.PostFormValue("seen"),
	}
	_, err = s.Desk.AnswerNotice(r.Context(), r.site, r.actor, in)
	var e *forum.Error
	if errors.As(err, &e) && (e.Kind == forum.Invalid || e.Kind == forum.Conflict) {
		card, err := s.Desk.Notice(r.Context(), r.site, r.actor, id)
		if err != nil {
			return err
		}
		return s.noticeDesk(w, r, card, false, in, e)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/desk/notices/"+id.String())
}

type noticeInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"Repeating a request with its key files once. It must be hard to guess."`
	Body struct {
		Comment     string           `json:"comment,omitempty" doc:"The comment's id, unless url leads to it."`
		URL         string           `json:"url" doc:"The exact address of what is meant."`
		Kind        forum.NoticeKind `json:"kind" enum:"hate,threat,terror,harassment,defamation,privacy,property,fraud,goods,child-abuse,other"`
		Explanation string           `json:"explanation" minLength:"20" maxLength:"5000"`
		Law         string           `json:"law,omitempty" maxLength:"500"`
		Name        string           `json:"name,omitempty" doc:"Required, except for child-abuse."`
		Email       string           `json:"email,omitempty" doc:"Required, except for child-abuse."`
		GoodFaith   bool             `json:"goodFaith" doc:"The notice is accurate and complete in good faith."`
	}
}

type noticeOutput struct {
	Status   int
	Location string `header:"Location"`
	Body     struct {
		Number string `json:"number"`
		URL    string `json:"url" doc:"Says what becomes of the notice. Keep it: it is secret and told once."`
	}
}

// apiNotice files a notice of illegal content.
func apiNotice(c *call, in *noticeInput) (*noticeOutput, error) {
	b := in.Body
	comment, err := optionalID(b.Comment)
	if err != nil {
		return nil, err
	}
	if len(in.Key) > maxKey {
		return nil, forum.Fail(forum.Invalid, "error.badRequest").Because("idempotency key of %d bytes", len(in.Key))
	}
	n, receipt, err := c.server.Desk.FileNotice(c.Context(), c.site, c.actor, forum.Notice{
		CommentID: comment, URL: b.URL, Kind: b.Kind, Explanation: normalText(b.Explanation), Law: b.Law, Name: b.Name, Email: b.Email,
		GoodFaith: b.GoodFaith, Locale: c.locale,
	}, in.Key)
	if err != nil {
		return nil, err
	}
	out := &noticeOutput{Status: http.StatusCreated}
	out.Body.Number, out.Body.URL = n.ID.String(), c.server.BaseURL+c.prefix+"/notices/"+receipt
	out.Location = out.Body.URL
	return out, nil
}
