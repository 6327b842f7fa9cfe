package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"parley/frontend/mail"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/jobs"
	"parley/internal/rule"
	"parley/internal/signin"
	"parley/internal/signintest"
	"parley/internal/store"
	"parley/internal/storetest"
)

// Sizes of what is laid out at the site "room", in characters. Many attacks share
// a field; what Parley keeps short itself is written past it, since escaping must
// not depend on that.
const (
	wordsSize   = 900  // words of the desk and of readers
	nameSize    = 1800 // names of the desk's people
	authorSize  = 4000 // names of authors
	reasonSize  = 3200 // words of a reason
	noticeSize  = 4900
	inWhyLength = 280
)

// bunched puts attacks together into texts of at most so many characters.
func bunched(attacks []attack, size int) []string {
	var out []string
	for _, a := range attacks {
		text := cut(a.Payload, size)
		if n := len(out); n > 0 && len([]rune(out[n-1]))+len([]rune(text)) < size {
			out[n-1] += " " + text
			continue
		}
		out = append(out, text)
	}
	return out
}

// room is a site where the desk has been at work on attacks for a while.
type room struct {
	*xss
	ctx     context.Context
	site    forum.Site
	base    string
	staff   []forum.Actor
	attacks []attack // that are laid out here
	words   []string // the same in bunches, one for each round
	rule    forum.Rule
	login   *signintest.Login
	ids     map[string]string // one of each thing that routes are about, by its name in them

	pages []string // addresses to look at, some behind who looks
	posts []string // addresses of all forms, behind who sends them
	asked []string // addresses that may read parameters, behind who asks
}

// author is who writes in the room.
type author struct {
	called string // of the session
	actor  forum.Actor
	warned forum.ID // the warning that is not read yet
}

// furnish fills the site "room" and says where to look at it.
func (s *xss) furnish(attacks []attack) *room {
	r := &room{xss: s, ctx: s.t.Context(), attacks: attacks, words: bunched(attacks, wordsSize), ids: map[string]string{
		"queue": "held", "sort": "all", "section": "part", "slug": "x", "provider": "idp", "month": time.Now().UTC().Format("2006-01"),
	}}
	r.login = signintest.NewLogin(s.t, "https://paper.example", "room", time.Now())
	r.open(attacks)
	r.hire(attacks)
	r.listen()
	names := bunched(attacks, authorSize)
	authors := make([]*author, len(names))
	for i, name := range names {
		authors[i] = r.join(i, name)
	}
	for i, words := range r.words {
		r.round(i, words, authors[i%len(authors)], authors[(i+1)%len(authors)])
	}
	for i, words := range bunched(attacks, noticeSize) {
		r.notify(i, words)
	}
	for _, a := range authors {
		r.look(a)
	}
	r.outside()
	r.arrive(authors[0])
	r.work()
	r.write(attacks)
	r.places()
	r.forms()
	return r
}

func (r *room) store(f func(ctx context.Context, tx *store.Tx) error) {
	r.t.Helper()
	r.must(r.db.Write(r.ctx, time.Now(), f), "write")
}

func (r *room) see(who, path string) { r.pages = append(r.pages, who+" "+r.base+path) }

// open adds the site; every text of its settings is an attack.
func (r *room) open(attacks []attack) {
	set := forum.DefaultSettings()
	set.HoldFirst, set.NamelessPace, set.ReaderPace = false, forum.Pace{}, forum.Pace{}
	site, err := r.desk.AddSite(r.ctx, "room", "Room", set)
	r.must(err, "add site")
	own := bunched(ownAttacks, wordsSize)[0]
	site.Name = r.watched.mark("the site's name", own)
	set.Guidelines = r.watched.mark("guidelines", own)
	set.Sections = []forum.Section{{Slug: "part", Name: r.watched.mark("a section's name", own)}}
	set.SignIn.Providers = []forum.Provider{{Slug: "idp", Name: r.watched.mark("a provider's name", own), Issuer: "https://idp.example", ClientID: own}}
	set.SignIn.Paper = &forum.Paper{Name: r.watched.mark("a paper's name", own), Issuer: r.login.Issuer, Algorithm: "HS256", Keys: []forum.PaperKey{{ID: r.login.KeyID, Secret: "paper"}}}
	r.desk.Connect(desk.Outside{BaseURL: r.url, Secret: func(string) ([]byte, error) { return r.login.Secret, nil }})
	chunks := bunched(attacks, reasonSize)
	for i, text := range chunks {
		loc := forum.Locales()[i%len(forum.Locales())]
		if i%len(forum.Locales()) == 0 {
			set.Reasons = append(set.Reasons, forum.RejectReason{Code: "own-" + strconv.Itoa(i), Words: map[string]string{}, Category: "CYBER_VIOLENCE"})
		}
		set.Reasons[len(set.Reasons)-1].Words[loc] = r.watched.mark("a reason in "+loc, text)
	}
	site.Settings = set
	r.store(func(ctx context.Context, tx *store.Tx) error { return tx.SetSite(ctx, site) })
	r.site, r.base = site, r.url+"/at/room"
}

// hire brings people to the desk, with attacks for names and devices.
func (r *room) hire(attacks []attack) {
	names := bunched(attacks, nameSize)
	for i := range max(len(names), 2) { // nobody answers for what they decided themselves
		name := names[i%len(names)]
		link, err := r.desk.RoleLink(r.ctx, r.site, forum.RoleAdmin)
		r.must(err, "link")
		grant, err := r.desk.Join(r.ctx, r.site, forum.Actor{Device: r.watched.mark("a device of the desk", name)}, link)
		r.must(err, "join")
		actor := r.enter(grant.Token)
		r.store(func(ctx context.Context, tx *store.Tx) error {
			return tx.SetName(ctx, r.site.ID, actor.Account.ID, r.watched.mark("names of the desk", name), "staff"+strconv.Itoa(i))
		})
		r.session["staff-"+strconv.Itoa(i)] = grant.Token
		r.staff = append(r.staff, r.enter(grant.Token))
	}
}

func (r *room) enter(token string) forum.Actor {
	r.t.Helper()
	actor, err := r.desk.Authenticate(r.ctx, r.site, token)
	r.must(err, "authenticate")
	return actor
}

// by is the person of the desk whose turn it is.
func (r *room) by(i int) forum.Actor { return r.staff[i%len(r.staff)] }

// listen adds a rule that marks attacks in comments, which the desk then sees.
func (r *room) listen() {
	entries := []string{"alert", "script", "onerror", "svg", "javascript", "img", "src"}
	x := desk.RuleDraft{Name: "r", Definition: rule.Definition{
		Format: rule.Format,
		When:   rule.Condition{Words: &rule.WordsCondition{Lists: []rule.WordList{{Grade: rule.Suspect, Entries: entries}}}},
		Then:   rule.Effect{Do: forum.EffectHold},
	}}
	var err error
	r.rule, err = r.desk.AddRule(r.ctx, r.site, r.staff[0], x)
	r.must(err, "add rule")
	r.rule, err = r.desk.StageRule(r.ctx, r.site, r.staff[0], r.rule, forum.StageShadow, r.watched.mark("why a rule is on", cut(r.words[0], 150)))
	r.must(err, "stage rule")
}

// join lets somebody write whose name, device and ways to sign in are attacks.
func (r *room) join(i int, name string) *author {
	n := strconv.Itoa(i)
	story := r.publish("join-"+n, cut(name, 250))
	posted, err := r.desk.Post(r.ctx, r.site, forum.Actor{Network: "room" + n, Device: r.watched.mark("a device", name)},
		desk.Draft{Story: story.ID, Byline: forum.BylineNone, Text: "The first.", Key: "join" + n})
	r.must(err, "post")
	a := &author{called: "author-" + n}
	r.session[a.called] = posted.Grant.Token
	account := posted.Comment.AccountID
	r.store(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.BecomeReader(ctx, r.site.ID, account); err != nil {
			return err
		}
		if err := tx.SetName(ctx, r.site.ID, account, r.watched.mark("an author's name", name), "author"+n); err != nil {
			return err
		}
		if err := tx.AddMute(ctx, r.site.ID, account, r.watched.mark("a muted author", cut(name, 200))); err != nil {
			return err
		}
		for j, kind := range []forum.CredentialKind{forum.CredentialEmail, forum.CredentialPasskey, forum.CredentialOIDC} {
			c := forum.Credential{
				SiteID: r.site.ID, ID: story.ID + forum.ID(j), AccountID: account, Kind: kind, Issuer: "https://idp.example", Subject: name + string(kind),
				Data: "{}", Label: r.watched.mark("what a "+string(kind)+" is called", name),
			}
			if err := tx.AddCredential(ctx, c); err != nil {
				return err
			}
		}
		return tx.AddPseudonym(ctx, r.site.ID, story.ID, account, store.Pseudonym{Name: r.watched.mark("a pseudonym", name), AuthorKey: "room" + n}, "mask"+n)
	})
	a.actor = r.enter(posted.Grant.Token)
	_, err = r.desk.Post(r.ctx, r.site, a.actor, desk.Draft{Story: story.ID, Byline: forum.BylinePseudonym, Text: "Behind a mask.", Key: "mask" + n})
	r.must(err, "post")
	r.pages = append(r.pages, r.url+forum.StoryPath("/at/room", story))
	return a
}

func (r *room) publish(id, headline string) forum.Story {
	story, _, err := r.desk.PutStory(r.ctx, r.site, desk.Article{ExternalID: id, Headline: headline, Body: "Text.", Section: "part", PublishedAt: time.Now().Add(-time.Hour)})
	r.must(err, "put story")
	return story
}

// say writes a comment; where it may not be said so, it says something else.
func (r *room) say(a *author, story forum.Story, parent forum.ID, text, key string) forum.Comment {
	draft := desk.Draft{Story: story.ID, Parent: parent, Byline: forum.BylineName, Text: text, Key: key}
	posted, err := r.desk.Post(r.ctx, r.site, a.actor, draft)
	if forum.IsKind(err, forum.Invalid) {
		draft.Text, draft.Key = searchedWord+" alert "+key, key+"-again"
		posted, err = r.desk.Post(r.ctx, r.site, a.actor, draft)
	}
	r.must(err, "post")
	return posted.Comment
}

// outside adds endpoints whose targets and answers are attacks, and mail that
// could not be sent.
func (r *room) outside() {
	var late []string
	for i, words := range r.words {
		id := r.rule.ID + forum.ID(1000+i)
		r.store(func(ctx context.Context, tx *store.Tx) error {
			e := forum.Endpoint{SiteID: r.site.ID, ID: id, Kind: forum.ToWebhook, Target: r.watched.mark("an endpoint", words), Events: forum.Events(), DisabledAt: time.Now()}
			if err := tx.AddEndpoint(ctx, e); err != nil {
				return err
			}
			x := forum.Delivery{SiteID: r.site.ID, ID: id + 1000, EndpointID: id, Event: forum.EventHeld, Body: words}
			if err := tx.AddDelivery(ctx, x); err != nil {
				return err
			}
			x.Tries, x.Status, x.Answer = 1, http.StatusTeapot, r.watched.mark("an endpoint's answer", words)
			if err := tx.SetDelivery(ctx, x); err != nil {
				return err
			}
			return tx.AddJob(ctx, forum.Job{SiteID: r.site.ID, ID: id + 2000, Kind: desk.JobMail, Payload: "{}", DueAt: time.Now().Add(time.Hour)})
		})
		late = append(late, fmt.Sprintf("update jobs set state = 'dead', ended_at = 1, error = '%s' where job_id = %d",
			quoted(r.watched.mark("why mail was not sent", words)), id+2000))
		r.ids["endpoint"] = id.String()
		r.see("staff-0", "/desk/alerts/"+id.String())
	}
	storetest.Plant(r.t, "sqlite", r.file, late...)
}

// quoted is a text as it stands between the quotes of a statement.
func quoted(text string) string { return strings.ReplaceAll(text, "'", "''") }

// work tries a rule on the past and does what else is queued.
func (r *room) work() {
	rehearsal, err := r.desk.Rehearse(r.ctx, r.site, r.staff[0], r.rule.ID, r.rule.Version, 30)
	r.must(err, "rehearse")
	ctx, stop := context.WithCancel(r.ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		jobs.New(r.desk, slog.New(slog.NewTextHandler(io.Discard, nil))).Run(ctx)
	}()
	for late := time.Now().Add(time.Minute); ; {
		x, err := r.desk.Rehearsal(r.ctx, r.site, r.staff[0], rehearsal)
		r.must(err, "rehearsal")
		if x.Result.Done {
			break
		}
		if time.Now().After(late) {
			r.t.Fatal("the rehearsal does not end")
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	<-ended
	r.ids["rule"], r.ids["rehearsal"] = r.rule.ID.String(), rehearsal.String()
	at := "/desk/rules/" + r.rule.ID.String()
	for _, path := range []string{at, at + "/undo?since=2020-01-01", at + "/rehearsals/" + rehearsal.String()} {
		r.see("staff-0", path)
	}
}

// letters are the templates that nothing but words make.
var letters = []string{"notice", "noticeAnswer", "code", "codeOld", "codeNew", "added", "removed"}

// write makes every sort of mail of attacks.
func (r *room) write(attacks []attack) {
	for i, words := range bunched(attacks, authorSize) {
		loc := forum.Locales()[i%len(forum.Locales())]
		base := view.Letter{SiteName: r.watched.mark("a letter's site", words), Locale: loc, Base: r.base}
		told := base
		told.Template, told.Stop = "told", r.base+"/mail/stop"
		for _, kind := range []forum.Occasion{forum.ToldReply, forum.ToldDecision, forum.ToldSanction, forum.ToldAppeal, forum.ToldReport} {
			told.Told = append(told.Told, view.Told{
				Kind: kind, Verb: forum.Reject, Headline: words, Who: words, Excerpt: r.watched.mark("a letter's excerpt", words),
				Reason: r.watched.mark("a letter's reason", words), Note: r.watched.mark("a letter's note", words), URL: r.base + "/c/1", At: time.Now(),
			})
		}
		alert := base
		alert.Template = "alert"
		alert.Alerts = []view.AlertLine{{Event: forum.EventHeld, About: r.watched.mark("what an alert is about", words), URL: r.base + "/desk", At: time.Now()}}
		all := []view.Letter{told, alert}
		for j, name := range letters {
			if i > 0 && i%len(letters) != j {
				continue // the words of all are written at one place
			}
			l := base
			l.Template, l.Data = name, map[string]string{"url": "/me/security"}
			for _, field := range []string{"device", "method", "name", "words", "answer", "receipt", "code", "outcome", "kind", "address", "minutes", "what", "credential", "label"} {
				l.Data[field] = words
			}
			all = append(all, l)
		}
		for _, l := range all {
			_, _, html, err := mail.Words(r.ctx, l)
			r.must(err, "letter")
			r.pages = append(r.pages, fmt.Sprintf("%s/letters/%d", r.url, len(r.watched.letters)))
			r.watched.letters = append(r.watched.letters, []byte(html))
		}
	}
}

// arrive is on the way in and out of the site.
func (r *room) arrive(a *author) {
	name, err := json.Marshal(r.watched.mark("the name a paper tells", r.words[0]))
	r.must(err, "name")
	ticket, err := r.desk.TakeToken(r.ctx, r.site, forum.Actor{}, r.login.Token("HS256", map[string]any{"sub": "subscriber", "name": "Plain Subscriber"}))
	r.must(err, "ticket")
	r.see("nobody", "/signin/ticket/"+ticket)
	r.ids["ticket"] = ticket
	code, err := r.desk.Handoff(r.ctx, r.site, a.actor, signin.Challenge("verifier"), r.watched.mark("where a window was opened", r.words[0]), forum.SessionFrame)
	r.must(err, "hand over")
	r.see(a.called, "/signin/window/"+code)
	r.ids["code"] = code
	storetest.Plant(r.t, "sqlite", r.file, "update sign_in_attempts set expires_at = expires_at + 3600000000",
		fmt.Sprintf("update sign_in_attempts set state = replace(state, '\"Plain Subscriber\"', '%s')", quoted(string(name))))
	link, _, err := r.desk.Invite(r.ctx, r.site, r.staff[0], forum.RoleReviewer, []string{"part"}, "")
	r.must(err, "invite")
	r.see("nobody", "/welcome/"+link)
	r.ids["token"] = link
	team, err := r.desk.Team(r.ctx, r.site, r.staff[0])
	r.must(err, "team")
	r.ids["invitation"] = team.Invitations[0].ID.String()
	r.store(func(ctx context.Context, tx *store.Tx) error {
		return tx.SetMailWishes(ctx, r.site.ID, a.actor.Account.ID, forum.MailWishes{Stop: "stop"})
	})
	r.see("nobody", "/mail/stop/all/"+a.actor.Account.ID.String()+"/stop")
	story := r.publish("left", "Left")
	posted, err := r.desk.Post(r.ctx, r.site, forum.Actor{Network: "leaver"}, desk.Draft{Story: story.ID, Byline: forum.BylineNone, Text: "Bye.", Key: "bye"})
	r.must(err, "post")
	job, err := r.desk.EraseMe(r.ctx, r.site, r.enter(posted.Grant.Token), forum.RemainsNothing, r.site.Slug)
	r.must(err, "erase")
	r.see("nobody", "/erasures/"+job.String())
	r.heed(a)
	own := r.say(a, r.publish("late", "Late"), 0, "alert(1) <b>late</b>", "late")
	r.ids["comment"], r.ids["author"] = own.ID.String(), a.actor.Account.AuthorKey
}
