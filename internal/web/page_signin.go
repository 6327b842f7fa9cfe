package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"parley/frontend/locale"
	"parley/frontend/pages/confirm"
	"parley/frontend/pages/signin"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// tryLife is how long a browser holds the token of an attempt.
const tryLife = 10 * time.Minute

// tryCookie is the cookie with which an attempt belongs to a browser; each way in
// has its own.
func (s *server) tryCookie(r *request, way string) string {
	name := "parley-" + way + "-" + r.site.Slug
	if s.secure() {
		return "__Host-" + name
	}
	return name
}

// hold gives a browser the token of its attempt; an empty one takes it away.
func (s *server) hold(w http.ResponseWriter, r *request, way, token string) {
	c := &http.Cookie{
		Name: s.tryCookie(r, way), Value: token, Path: "/", HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
		MaxAge: int(tryLife / time.Second),
	}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// held returns the token of a browser's attempt; empty: it has none.
func (s *server) held(r *request, way string) string {
	if c, err := r.Cookie(s.tryCookie(r, way)); err == nil {
		return c.Value
	}
	return ""
}

// visitor is who signs in, on a page of ours.
func (r *request) visitor() forum.Actor {
	if !r.actor.Known() {
		r.actor.Kind = forum.SessionPage
	}
	return r.actor
}

// signInShell is the shell of a page about signing in.
func (s *server) signInShell(r *request, title string) view.Shell {
	shell := s.shell(r, title)
	shell.NoIndex = true
	return shell
}

// showSignIn shows the ways in.
func (s *server) showSignIn(w http.ResponseWriter, r *request) error {
	return s.show(w, r, signin.Page(s.signInView(r, s.readErrand(r, r.URL.Query()))))
}

func (s *server) signInView(r *request, e errand) view.SignIn {
	set := r.site.Settings.SignIn
	v := view.SignIn{
		Shell: s.signInShell(r, locale.T(r.locale, "signin.title")), Hidden: e.pairs(), Query: e.query(), Email: s.Desk.HasEmail(r.site),
		Passkeys: s.Desk.HasPasskeys(r.site), Prove: forum.WeakStaff(r.actor), Go: r.prefix + "/signin/on",
		Known: r.actor.Account.SignedIn(), Name: r.actor.Account.Name,
	}
	if v.Prove {
		v.Known = false
	}
	for _, p := range set.Providers {
		v.Providers = append(v.Providers, view.SignInWay{Name: p.Name, Path: r.prefix + "/signin/with/" + p.Slug})
	}
	if set.Paper != nil && set.Paper.URL != "" && !v.Prove {
		v.Providers = append(v.Providers, view.SignInWay{Name: set.Paper.Name, Path: r.prefix + "/signin/paper"})
	}
	return v
}

// signInAgain shows the ways in once more, with what was wrong.
func (s *server) signInAgain(w http.ResponseWriter, r *request, e errand, typed string, problem error) error {
	e2, status, err := s.mendable(w, r, problem)
	if err != nil {
		return err
	}
	v := s.signInView(r, e)
	v.Address, v.Errors = typed, e2
	s.writePage(w, r, status, signin.Page(v))
	return nil
}

// mendable turns an error that a person can do something about into what a form
// says, and passes others on.
func (s *server) mendable(w http.ResponseWriter, r *request, problem error) ([]view.FieldError, int, error) {
	var e *forum.Error
	if !errors.As(problem, &e) || e.Kind == forum.Internal || e.Kind == forum.NotFound || e.Kind == forum.Unavailable {
		return nil, 0, problem
	}
	setRetry(w.Header(), e)
	s.logFailure(r, e)
	return []view.FieldError{{Field: e.Field, Text: sentence(r.locale, e)}}, statuses[e.Kind], nil
}

// postGoOn goes on an errand with the session there is.
func (s *server) postGoOn(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	path, err := s.onward(r, s.readErrand(r, r.PostForm))
	if err != nil {
		return err
	}
	return seeOther(w, r, path)
}

// postEmail sends a code.
func (s *server) postEmail(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	e, typed := s.readErrand(r, r.PostForm), r.PostFormValue("email")
	token, err := s.Desk.StartEmail(r.Context(), r.site, r.visitor(), typed, e.query(), r.locale)
	if err != nil {
		return s.signInAgain(w, r, e, typed, err)
	}
	s.hold(w, r, "code", token)
	return seeOther(w, r, r.prefix+"/signin/code")
}

// codeLetters is how many characters a typed code may have, with what people add.
const codeLetters = 40

// showCode shows where the code is typed. A link in a mail leads here with it; only
// the button sends it, so that a scanner that follows links uses nothing up.
func (s *server) showCode(w http.ResponseWriter, r *request) error {
	w.Header().Set("Referrer-Policy", "same-origin")
	v, err := s.codeView(r)
	if err != nil {
		return err
	}
	v.Code = r.URL.Query().Get("code")
	if len(v.Code) > codeLetters {
		v.Code = ""
	}
	return s.show(w, r, signin.Code(v))
}

func (s *server) codeView(r *request) (view.SignInCode, error) {
	v := view.SignInCode{
		Shell: s.signInShell(r, locale.T(r.locale, "signin.codeTitle")), Heading: locale.T(r.locale, "signin.codeTitle"),
		Action: r.prefix + "/signin/code", Label: locale.T(r.locale, "signin.code"), Length: codeLetters, Again: r.prefix + "/signin",
	}
	address, kept, err := s.Desk.EmailAsked(r.Context(), r.site, s.held(r, "code"))
	if forum.IsKind(err, forum.NotFound) {
		v.Text, v.Missing = locale.T(r.locale, "signin.codeElsewhere"), true
		return v, nil
	}
	v.Text = locale.T(r.locale, "signin.codeSent", "address", address)
	v.Again += s.errandOf(r, kept).query()
	return v, err
}

// postCode signs in with the code.
func (s *server) postCode(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	in, err := s.Desk.RedeemEmail(r.Context(), r.site, r.visitor(), s.held(r, "code"), r.PostFormValue("code"))
	if err != nil {
		wrong, status, err := s.mendable(w, r, err)
		if err != nil {
			return err
		}
		v, err := s.codeView(r)
		if err != nil {
			return err
		}
		v.Errors = wrong
		s.writePage(w, r, status, signin.Code(v))
		return nil
	}
	return s.enterPage(w, r, "code", in)
}

// enterPage goes on from a form with which somebody signed in.
func (s *server) enterPage(w http.ResponseWriter, r *request, way string, in desk.Entered) error {
	s.hold(w, r, way, "")
	path, err := s.entered(w, r, in)
	if err != nil {
		return err
	}
	return seeOther(w, r, path)
}

// showRecovery shows where a recovery code is typed.
func (s *server) showRecovery(w http.ResponseWriter, r *request) error {
	return s.show(w, r, signin.Code(s.recoveryView(r, s.readErrand(r, r.URL.Query()))))
}

func (s *server) recoveryView(r *request, e errand) view.SignInCode {
	return view.SignInCode{
		Shell: s.signInShell(r, locale.T(r.locale, "signin.recoveryTitle")), Heading: locale.T(r.locale, "signin.recoveryTitle"),
		Text: locale.T(r.locale, "signin.recoveryIntro"), Action: r.prefix + "/signin/recovery" + e.query(),
		Label: locale.T(r.locale, "signin.recoveryCode"), Length: codeLetters,
	}
}

func (s *server) postRecovery(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	e := s.readErrand(r, r.URL.Query())
	in, err := s.Desk.RedeemRecovery(r.Context(), r.site, r.visitor(), r.PostFormValue("code"))
	if err != nil {
		wrong, status, err := s.mendable(w, r, err)
		if err != nil {
			return err
		}
		v := s.recoveryView(r, e)
		v.Errors = wrong
		s.writePage(w, r, status, signin.Code(v))
		return nil
	}
	in.Errand = e.query()
	return s.enterPage(w, r, "code", in)
}

// postPasskeyBegin answers script with what the browser is asked for a passkey.
func (s *server) postPasskeyBegin(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	token, options, err := s.Desk.BeginPasskey(r.Context(), r.site, r.visitor(), s.readErrand(r, r.PostForm).query())
	if err != nil {
		return err
	}
	s.hold(w, r, "passkey", token)
	return writeRawJSON(w, options)
}

// postPasskey signs in with what the browser answered.
func (s *server) postPasskey(w http.ResponseWriter, r *request) error {
	answer, err := r.ceremony()
	if err != nil {
		return err
	}
	in, err := s.Desk.FinishPasskey(r.Context(), r.site, r.visitor(), s.held(r, "passkey"), answer)
	if err != nil {
		return err
	}
	return s.enterScript(w, r, "passkey", in)
}

// enterScript tells script where somebody who has signed in goes on.
func (s *server) enterScript(w http.ResponseWriter, r *request, way string, in desk.Entered) error {
	s.hold(w, r, way, "")
	path, err := s.entered(w, r, in)
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"next": path})
}

// ceremony reads a browser's answer: JSON, which no form of another site can send.
func (r *request) ceremony() ([]byte, error) {
	if err := takesJSON(r); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, forum.Fail(forum.TooLarge, "error.bodyTooLarge").Because("%w", err)
	}
	return body, nil
}

// writeRawJSON answers with JSON that nobody may keep.
func writeRawJSON(w http.ResponseWriter, text []byte) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	// The client may be gone; there is nobody left to tell.
	_, _ = w.Write(text)
	return nil
}

// goThere sends a browser to a login elsewhere.
func goThere(w http.ResponseWriter, r *request, there string) error {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "same-origin")
	http.Redirect(w, r.Request, there, http.StatusSeeOther)
	return nil
}

// showProvider sends the browser to a provider.
func (s *server) showProvider(w http.ResponseWriter, r *request) error {
	e := s.readErrand(r, r.URL.Query())
	token, there, err := s.Desk.BeginProvider(r.Context(), r.site, r.visitor(), r.PathValue("provider"), e.query())
	if err != nil {
		return s.signInAgain(w, r, e, "", err)
	}
	s.hold(w, r, "provider", token)
	return goThere(w, r, there)
}

// showProviderBack signs in with what the provider sent the browser back with.
func (s *server) showProviderBack(w http.ResponseWriter, r *request) error {
	in, err := s.Desk.FinishProvider(r.Context(), r.site, r.visitor(), r.PathValue("provider"), s.held(r, "provider"), r.URL.Query())
	if err != nil {
		return s.signInAgain(w, r, errand{}, "", err)
	}
	return s.enterPage(w, r, "provider", in)
}

// showPaper sends the browser to the paper's own login.
func (s *server) showPaper(w http.ResponseWriter, r *request) error {
	e := s.readErrand(r, r.URL.Query())
	token, there, err := s.Desk.BeginPaper(r.Context(), r.site, r.visitor(), e.query())
	if err != nil {
		return s.signInAgain(w, r, e, "", err)
	}
	s.hold(w, r, "paper", token)
	return goThere(w, r, there)
}

// showPaperBack signs in with the answer of a login that speaks DiscourseConnect.
func (s *server) showPaperBack(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	in, err := s.Desk.FinishConnect(r.Context(), r.site, r.visitor(), s.held(r, "paper"), q.Get("sso"), q.Get("sig"))
	if err != nil {
		return s.signInAgain(w, r, errand{}, "", err)
	}
	return s.enterPage(w, r, "paper", in)
}

// postToken takes a token that the paper's login posts from its own origin, without
// the browser's cookies, and sends the browser on with a ticket.
func (s *server) postToken(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	ticket, err := s.Desk.TakeToken(r.Context(), r.site, forum.Actor{Network: r.actor.Network}, r.PostForm.Get("token"))
	if err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/signin/ticket/"+ticket)
}

// showTicket signs in whom this browser went to fetch a ticket for, and asks
// everybody else first.
func (s *server) showTicket(w http.ResponseWriter, r *request) error {
	ticket := r.PathValue("ticket")
	name, expected, err := s.Desk.Ticket(r.Context(), r.site, ticket, s.held(r, "paper"))
	if err != nil {
		return err
	}
	if expected {
		return s.enterTicket(w, r, ticket, s.held(r, "paper"))
	}
	heading := locale.T(r.locale, "signin.ticketNameless")
	if name != "" {
		heading = locale.T(r.locale, "signin.ticketTitle", "name", name)
	}
	w.Header().Set("Referrer-Policy", "same-origin")
	return s.show(w, r, confirm.Page(view.Confirm{
		Shell: s.signInShell(r, heading), Heading: heading,
		Text:   locale.T(r.locale, "signin.ticketText", "name", paperName(r), "site", r.site.Name),
		Action: r.prefix + "/signin/ticket/" + url.PathEscape(ticket), Button: locale.T(r.locale, "signin.go"), Back: r.prefix + "/",
	}))
}

func paperName(r *request) string {
	if p := r.site.Settings.SignIn.Paper; p != nil {
		return p.Name
	}
	return r.site.Name
}

func (s *server) postTicket(w http.ResponseWriter, r *request) error {
	return s.enterTicket(w, r, r.PathValue("ticket"), "")
}

func (s *server) enterTicket(w http.ResponseWriter, r *request, ticket, began string) error {
	in, err := s.Desk.EnterTicket(r.Context(), r.site, r.visitor(), ticket, began)
	if err != nil {
		return s.signInAgain(w, r, errand{}, "", err)
	}
	return s.enterPage(w, r, "paper", in)
}

// showName shows where the first name is chosen, and the rules.
func (s *server) showName(w http.ResponseWriter, r *request) error {
	v := s.nameView(r, s.readErrand(r, r.URL.Query()))
	v.Name = r.URL.Query().Get("name")
	return s.show(w, r, signin.Name(v))
}

func (s *server) nameView(r *request, e errand) view.SignInName {
	return view.SignInName{
		Shell: s.signInShell(r, locale.T(r.locale, "signin.nameTitle")), Hidden: e.pairs(), Rules: r.site.Settings.Guidelines,
	}
}

func (s *server) postName(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	e, name := s.readErrand(r, r.PostForm), strings.TrimSpace(r.PostFormValue("name"))
	if r.PostFormValue("later") != "" {
		name = ""
	} else if name == "" {
		name = " " // which the rules for names refuse in words
	}
	if err := s.Desk.ChooseName(r.Context(), r.site, r.actor, name); err != nil {
		wrong, status, err := s.mendable(w, r, err)
		if err != nil {
			return err
		}
		v := s.nameView(r, e)
		v.Name, v.Errors = r.PostFormValue("name"), wrong
		s.writePage(w, r, status, signin.Name(v))
		return nil
	}
	path, err := s.onward(r, e)
	if err != nil {
		return err
	}
	return seeOther(w, r, path)
}

// showWindow hands the page that opened this window the code for its session.
func (s *server) showWindow(w http.ResponseWriter, r *request) error {
	code := r.PathValue("code")
	origin, err := s.Desk.HandoffTo(r.Context(), r.site, r.actor, code)
	if err != nil {
		return err
	}
	w.Header().Set("Referrer-Policy", "same-origin")
	return s.show(w, r, signin.Done(view.SignInDone{
		Shell: s.signInShell(r, locale.T(r.locale, "signin.doneTitle")), Code: code, Origin: origin,
	}))
}
