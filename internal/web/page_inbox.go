package web

import (
	"net/http"

	"parley/frontend/locale"
	"parley/frontend/pages/confirm"
	"parley/frontend/pages/inbox"
	"parley/frontend/pages/mailset"
	"parley/frontend/pages/notice"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// showInbox shows what the reader was told. Looking at it marks nothing as read.
func (s *server) showInbox(w http.ResponseWriter, r *request) error {
	before, err := r.queryID("before")
	if err != nil {
		return err
	}
	list, next, err := s.Desk.Inbox(r.Context(), r.site, r.actor, before)
	if err != nil {
		return err
	}
	v := view.Inbox{Shell: s.shell(r, locale.T(r.locale, "inbox.title")), Action: r.prefix + "/me/inbox", Mail: r.prefix + "/me/mail"}
	v.Shell.NoIndex = true
	if v.Shell.Account != nil {
		v.Unseen = v.Shell.Account.Unseen
	}
	if next != 0 {
		v.Next = r.prefix + "/me/inbox?before=" + next.String()
	}
	for _, t := range list {
		v.Told = append(v.Told, toldView(r, t))
	}
	return s.show(w, r, inbox.Page(v))
}

// toldView shows a notification on a page.
func toldView(r *request, t desk.Told) view.Told {
	v := view.Told{
		ID: t.ID, Kind: t.Kind, Verb: t.Verb, Headline: t.Headline, Who: t.Who, Excerpt: t.Excerpt, Note: t.Note,
		URL: r.prefix + t.Path, At: t.CreatedAt, New: t.SeenAt.IsZero(), Gone: t.Kind == forum.ToldReply && t.Silent,
	}
	if t.Reason != "" {
		v.Reason = reasonWords(r.site, r.locale, t.Reason)
	}
	if v.Gone {
		v.URL = r.prefix + "/c/" + t.CommentID.String()
	}
	return v
}

// postInbox marks one notification, or all up to it, as read.
func (s *server) postInbox(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	id, err := r.formID("id")
	if err != nil {
		return err
	}
	if err := s.Desk.See(r.Context(), r.site, r.actor, id, r.PostFormValue("all") != ""); err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/me/inbox")
}

// showMailSettings shows how often the reader is written to.
func (s *server) showMailSettings(w http.ResponseWriter, r *request) error {
	wishes, address, err := s.Desk.MailWishes(r.Context(), r.site, r.actor)
	if err != nil {
		return err
	}
	v := view.MailSettings{
		Shell: s.shell(r, locale.T(r.locale, "mailset.title")), Action: r.prefix + "/me/mail", Address: address, Off: !s.Desk.Mails(),
		Max: forum.MaxMailADay, Saved: r.URL.Query().Has("saved"),
	}
	v.Shell.NoIndex = true
	for _, sort := range []forum.MailSort{forum.MailReplies, forum.MailDecisions} {
		v.Sorts = append(v.Sorts, view.MailSort{Sort: sort, Rhythm: wishes.Rhythm(sort)})
	}
	return s.show(w, r, mailset.Page(v))
}

func (s *server) postMailSettings(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	err := s.Desk.SetMailWishes(r.Context(), r.site, r.actor, forum.MailWishes{
		Reply: forum.Rhythm(r.PostFormValue(string(forum.MailReplies))), Decision: forum.Rhythm(r.PostFormValue(string(forum.MailDecisions))),
		Locale: r.locale,
	})
	if err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/me/mail?saved=1")
}

// stopping reads the link that ends mail of a sort.
func (r *request) stopping() (account forum.ID, token string, sort forum.MailSort, err error) {
	sort = forum.MailSort(r.PathValue("sort"))
	if !sort.Valid() {
		return 0, "", "", forum.Fail(forum.NotFound, "error.notFound").Because("sort of mail %q", sort)
	}
	account, err = r.id("account")
	return account, r.PathValue("token"), sort, err
}

// showStopMail shows what a link in a message would end. Only the button does it:
// scanners of mail follow links.
func (s *server) showStopMail(w http.ResponseWriter, r *request) error {
	account, token, sort, err := r.stopping()
	if err != nil {
		return err
	}
	if err := s.Desk.CheckStop(r.Context(), r.site, account, token); err != nil {
		return err
	}
	title := locale.T(r.locale, "mailstop.title")
	v := view.Confirm{
		Shell: s.shell(r, title), Heading: title, Text: locale.T(r.locale, "mailstop."+string(sort)),
		Action: r.prefix + r.URL.Path, Button: locale.T(r.locale, "mailstop.button"), Back: r.prefix + "/me/mail",
	}
	v.Shell.NoIndex = true
	w.Header().Set("Referrer-Policy", "no-referrer")
	return s.show(w, r, confirm.Page(v))
}

// postStopMail ends mail of a sort. Mail programs post to it by themselves when
// their user asks them to (RFC 8058): without a cookie, with a body of whatever
// type, and without following a redirect.
func (s *server) postStopMail(w http.ResponseWriter, r *request) error {
	account, token, sort, err := r.stopping()
	if err != nil {
		return err
	}
	if err := s.Desk.StopMail(r.Context(), r.site, account, token, sort); err != nil {
		return err
	}
	title := locale.T(r.locale, "mailstop.title")
	v := view.Notice{
		Shell: s.shell(r, title), Heading: title, Text: locale.T(r.locale, "mailstop.done"),
		Back: r.prefix + "/me/mail", BackTo: locale.T(r.locale, "mailstop.change"),
	}
	v.Shell.NoIndex = true
	w.Header().Set("Referrer-Policy", "no-referrer")
	return s.show(w, r, notice.Page(v))
}

// unseen is the number at the reader's bell. A page is shown without it rather
// than not at all.
func (s *server) unseen(r *request) int {
	n, err := s.Desk.Unseen(r.Context(), r.site, r.actor)
	if err != nil {
		s.lacks(r, "unseen", err)
		return 0
	}
	return n
}
