package desk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/mail"
	"parley/internal/signin"
	"parley/internal/signintest"
	"parley/internal/store"
	"parley/internal/storetest"
)

// queuedMail is a mail that waits to be sent.
type queuedMail struct {
	To       string
	Template string
	Data     map[string]string
}

// mails returns the queued mails, the newest first.
func (o *office) mails() []queuedMail {
	o.t.Helper()
	queued, err := o.s.JobsOfKind(ctx, o.site.ID, "mail", 0, 100)
	if err != nil {
		o.t.Fatal(err)
	}
	all := make([]queuedMail, len(queued))
	for i, j := range queued {
		if err := json.Unmarshal([]byte(j.Payload), &all[i]); err != nil {
			o.t.Fatal(err)
		}
	}
	return all
}

const ada = "ada@mail.example"

// relay is a mail relay that nobody asks: mail stays queued.
func relay(t testing.TB) *mail.Sender {
	t.Helper()
	sender, err := mail.New(mail.Config{URL: "smtp://127.0.0.1:1?tls=none", From: "parley@talk.example"})
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

// ask asks for a code as a browser and returns its attempt and the code.
func (o *office) ask(by forum.Actor, address string) (token, code string) {
	o.t.Helper()
	token, err := o.d.StartEmail(ctx, o.site, by, address, "/back", "en")
	if err != nil {
		o.t.Fatal(err)
	}
	return token, o.mails()[0].Data["code"]
}

// signIn signs a browser in at an address.
func (o *office) signIn(by forum.Actor, address string) (forum.Actor, desk.Entered) {
	o.t.Helper()
	token, code := o.ask(by, address)
	in, err := o.d.RedeemEmail(ctx, o.site, by, token, code)
	if err != nil {
		o.t.Fatal(err)
	}
	o.clock.pass(2 * time.Hour) // so that no test meets the limits by accident
	return o.as(in.Grant), in
}

func TestSignIn_email(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		nobody := forum.Actor{Network: "n", Device: "Firefox on Linux"}
		token, code := o.ask(nobody, " Ada@Mail.Example ")
		if m := o.mails()[0]; m.To != "Ada@mail.example" || m.Template != "code" {
			t.Errorf("mail %+v", m)
		}
		other, _ := o.ask(forum.Actor{Network: "m"}, "bea@mail.example")
		_, err := o.d.RedeemEmail(ctx, o.site, nobody, other, code)
		refused(t, "another browser", err, "error.codeWrong", "code")
		_, err = o.d.RedeemEmail(ctx, o.site, nobody, token, "0000-0000")
		refused(t, "another code", err, "error.codeWrong", "code")

		in, err := o.d.RedeemEmail(ctx, o.site, nobody, token, code)
		if err != nil || in.Errand != "/back" || !in.First() || in.Account.Role != forum.RoleReader {
			t.Fatalf("entered %+v, %v", in, err)
		}
		if a := o.as(in.Grant); a.Strong || a.Kind != forum.SessionPage {
			t.Errorf("acts as %+v", a)
		}
		_, err = o.d.RedeemEmail(ctx, o.site, nobody, token, code)
		refused(t, "twice", err, "error.codeWrong", "code")
		o.clock.pass(2 * time.Hour)
		if _, again := o.signIn(forum.Actor{Network: "o"}, ada); again.Account.ID != in.Account.ID {
			t.Errorf("the same address is account %s, then %s", in.Account.ID, again.Account.ID)
		}
	})
}

// TestSignIn_codes: a code ends with its time, its tries, and the next code.
func TestSignIn_codes(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		redeem := func(token, code string) error {
			_, err := o.d.RedeemEmail(ctx, o.site, forum.Actor{Network: "n"}, token, code)
			return err
		}
		token, code := o.ask(forum.Actor{Network: "n"}, ada)
		o.clock.pass(10 * time.Minute)
		refused(t, "after ten minutes", redeem(token, code), "error.codeWrong", "code")

		token, code = o.ask(forum.Actor{Network: "n"}, ada)
		for range 5 {
			refused(t, "guess", redeem(token, "AAAA-AAAA"), "error.codeWrong", "code")
		}
		refused(t, "sixth try", redeem(token, code), "error.codeWrong", "code")

		o.clock.pass(time.Hour)
		token, code = o.ask(forum.Actor{Network: "n"}, ada)
		newer, newest := o.ask(forum.Actor{Network: "other"}, ada)
		refused(t, "not the newest", redeem(token, code), "error.codeWrong", "code")
		if err := redeem(newer, newest); err != nil {
			t.Errorf("the newest: %v", err)
		}
	})
}

func TestSignIn_mailLimits(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		ask := func(network, address string) error {
			_, err := o.d.StartEmail(ctx, o.site, forum.Actor{Network: network}, address, "", "en")
			return err
		}
		for i := range 3 {
			if err := ask(fmt.Sprint("network ", i), ada); err != nil {
				t.Fatal(err)
			}
		}
		refused(t, "a fourth to one address", ask("network 4", "ADA@mail.example"), "error.tooManyMails", "")
		for i := range 10 {
			if err := ask("crowd", fmt.Sprintf("reader%d@mail.example", i)); err != nil {
				t.Fatal(err)
			}
		}
		refused(t, "an eleventh from one network", ask("crowd", "reader11@mail.example"), "error.tooManyMails", "")
		o.clock.pass(time.Hour)
		if err := ask("crowd", ada); err != nil {
			t.Errorf("an hour later: %v", err)
		}
		refused(t, "no address", ask("n", "ada@mail"), "error.emailInvalid", "email")
		// Known or not, an address costs one attempt and one mail.
		before := len(o.mails())
		o.clock.pass(time.Hour)
		o.signIn(forum.Actor{Network: "n"}, ada)
		if err := ask("n", ada); err != nil {
			t.Fatal(err)
		}
		if err := ask("n", "unknown@mail.example"); err != nil {
			t.Fatal(err)
		}
		if got := len(o.mails()) - before; got != 3 {
			t.Errorf("%d mails for three codes", got)
		}
	})
}

// TestSignIn_guestStays: the account of a guest who signs in for the first time
// stays, with another session.
func TestSignIn_guestStays(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		posted, err := o.d.Post(ctx, o.site, forum.Actor{}, draftOf(o.story.ID, 0, "As a guest."))
		if err != nil {
			t.Fatal(err)
		}
		guest := o.as(posted.Grant)
		reader, in := o.signIn(guest, ada)
		if in.Account.ID != guest.Account.ID || reader.Account.Role != forum.RoleReader {
			t.Errorf("account %s became %s", guest.Account.ID, in.Account.ID)
		}
		if _, err := o.d.Authenticate(ctx, o.site, posted.Grant.Token); !forum.IsKind(err, forum.Unauthorised) {
			t.Errorf("the guest's session goes on: %v", err)
		}
	})
}

// TestSignIn_guestMerges: a guest of another device leaves everything to the
// account it signs in to, and nothing is counted twice.
func TestSignIn_guestMerges(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		reader, _ := o.signIn(forum.Actor{Network: "n"}, ada)
		written := o.post(reader, 0, "From the first device.")
		stranger := o.post(o.guest(), 0, "A stranger's.")
		must := func(_ forum.Comment, _ *desk.Grant, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		posted, err := o.d.Post(ctx, o.site, forum.Actor{}, desk.Draft{
			Story: o.story.ID, Byline: forum.BylinePseudonym, Name: "Quiet Heron", Text: "From the second device.", Key: "second device",
		})
		if err != nil {
			t.Fatal(err)
		}
		guest := o.as(posted.Grant)
		must(o.d.Vote(ctx, o.site, guest, written.ID, forum.VoteUp))            // becomes a vote on one's own
		must(o.d.Vote(ctx, o.site, reader, posted.Comment.ID, forum.VoteUp))    // so does this
		must(o.d.Vote(ctx, o.site, guest, stranger.ID, forum.VoteUp))           // becomes a second
		must(o.d.Vote(ctx, o.site, reader, stranger.ID, forum.VoteDown))        // the first
		must(o.d.Report(ctx, o.site, guest, stranger.ID, forum.ReasonSpam, "")) // moves over
		other := o.post(o.guest(), 0, "Another stranger's.")
		must(o.d.Vote(ctx, o.site, guest, other.ID, forum.VoteUp)) // moves over

		after, in := o.signIn(guest, ada)
		if in.Account.ID != reader.Account.ID || in.Account.Accepted != 2 {
			t.Errorf("entered %+v", in.Account)
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
		if c := o.reread(posted.Comment); c.AccountID != reader.Account.ID || c.Byline.Name != "Quiet Heron" || c.Up != 0 {
			t.Errorf("comment %+v", c)
		}
		if c := o.reread(written); c.Up != 0 {
			t.Errorf("a vote on one's own comment stays")
		}
		if c := o.reread(stranger); c.Up != 0 || c.Down != 1 || c.Reports != 1 {
			t.Errorf("up %d, down %d, reports %d", c.Up, c.Down, c.Reports)
		}
		overlay, err := o.d.Overlay(ctx, after, o.story)
		if err != nil || overlay.Pseudonym != "Quiet Heron" || overlay.Votes[other.ID] != forum.VoteUp {
			t.Errorf("overlay %+v, %v", overlay, err)
		}
		if _, err := o.d.Authenticate(ctx, o.site, posted.Grant.Token); !forum.IsKind(err, forum.Unauthorised) {
			t.Errorf("the guest's session goes on: %v", err)
		}
		// The same tab of the other device, late: nothing more to merge.
		if _, in := o.signIn(guest, ada); in.Account.ID != reader.Account.ID {
			t.Errorf("entered %+v", in.Account)
		}
	})
}

// TestRace_redeem redeems one code fifty times at once: one wins.
func TestRace_redeem(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		token, code := o.ask(forum.Actor{Network: "n"}, ada)
		var won atomic.Int64
		for _, err := range atOnce(50, func(int) error {
			_, err := o.d.RedeemEmail(ctx, o.site, forum.Actor{Network: "n"}, token, code)
			if err == nil {
				won.Add(1)
			}
			return err
		}) {
			if err != nil && !forum.IsKind(err, forum.Invalid) && !forum.IsKind(err, forum.Conflict) {
				t.Error(err)
			}
		}
		if won.Load() != 1 {
			t.Errorf("%d won", won.Load())
		}
	})
}

// TestRace_mails asks for fifty codes to one address at once: three are sent.
func TestRace_mails(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		atOnce(50, func(i int) error {
			_, err := o.d.StartEmail(ctx, o.site, forum.Actor{Network: fmt.Sprint("network ", i)}, ada, "", "en")
			return err
		})
		if n := len(o.mails()); n != 3 {
			t.Errorf("%d mails", n)
		}
	})
}

func TestSignIn_barred(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		reader, _ := o.signIn(forum.Actor{Network: "n"}, ada)
		if err := o.d.BarCredentials(ctx, o.site, reader.Account.ID, 7); err != nil {
			t.Fatal(err)
		}
		// Who is banned still comes in, to appeal; under no other account.
		o.signIn(forum.Actor{Network: "n"}, ada)
		o.dropCredentials(reader.Account.ID)
		token, code := o.ask(forum.Actor{Network: "n"}, ada)
		_, err := o.d.RedeemEmail(ctx, o.site, forum.Actor{Network: "n"}, token, code)
		refused(t, "barred", err, "error.signInBarred", "")
		if err := o.s.Write(ctx, o.clock.now(), unbar(o.site.ID, 7)); err != nil {
			t.Fatal(err)
		}
		o.clock.pass(time.Hour)
		o.signIn(forum.Actor{Network: "n"}, ada)
	})
}

// TestCredentials_staff: somebody of the newsroom changes how they sign in only
// with a session that is proof for the desk, and keeps one that is.
func TestCredentials_staff(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		weak := o.owner
		weak.Strong = false
		_, _, err := o.d.BeginEnrol(ctx, o.site, weak)
		refused(t, "a weak session enrols", err, "error.strongNeeded", "")
		_, err = o.d.NewRecovery(ctx, o.site, weak)
		refused(t, "a weak session makes codes", err, "error.strongNeeded", "")
		_, _, err = o.d.StartChange(ctx, o.site, weak, ada, "en")
		refused(t, "a weak session takes an address", err, "error.strongNeeded", "")
		if needs, err := o.d.NeedsProof(ctx, o.site, o.owner); err != nil || !needs {
			t.Errorf("needs proof: %t, %v", needs, err)
		}
		device, in := o.enrol(o.owner, true)
		owner := o.as(in.Grant)
		if !owner.Strong {
			t.Error("enrolling takes the proof away")
		}
		if needs, err := o.d.NeedsProof(ctx, o.site, owner); err != nil || needs {
			t.Errorf("needs proof: %t, %v", needs, err)
		}
		all, _, err := o.d.Credentials(ctx, o.site, owner)
		if err != nil || len(all) != 1 {
			t.Fatalf("credentials %v, %v", all, err)
		}
		refused(t, "the last", o.d.RemoveCredential(ctx, o.site, owner, all[0].ID), "error.lastCredential", "")

		// Shown without a PIN the passkey signs in, and not at the desk.
		device.Verifies = false
		if a := o.as(o.use(device).Grant); a.Strong || a.Account.ID != owner.Account.ID {
			t.Errorf("acts as %+v", a)
		}
		device.Verifies = true
		if a := o.as(o.use(device).Grant); !a.Strong {
			t.Error("a verified passkey is no proof")
		}
		o.recovery(owner)
	})
}

// recovery makes codes, uses one twice, and makes others.
func (o *office) recovery(owner forum.Actor) {
	t := o.t
	t.Helper()
	codes, err := o.d.NewRecovery(ctx, o.site, owner)
	if err != nil || len(codes) != signin.RecoveryCodes {
		t.Fatalf("%v, %v", codes, err)
	}
	in, err := o.d.RedeemRecovery(ctx, o.site, forum.Actor{Network: "n"}, codes[3])
	if err != nil || !o.as(in.Grant).Strong || in.Account.ID != owner.Account.ID {
		t.Fatalf("entered %+v, %v", in, err)
	}
	_, err = o.d.RedeemRecovery(ctx, o.site, forum.Actor{Network: "n"}, codes[3])
	if !forum.IsKind(err, forum.Invalid) {
		t.Errorf("a code is good twice: %v", err)
	}
	if _, left, err := o.d.Credentials(ctx, o.site, owner); err != nil || left != signin.RecoveryCodes-1 {
		t.Errorf("%d left, %v", left, err)
	}
	if _, err := o.d.NewRecovery(ctx, o.site, owner); err != nil {
		t.Fatal(err)
	}
	if _, err = o.d.RedeemRecovery(ctx, o.site, forum.Actor{Network: "n"}, codes[4]); !forum.IsKind(err, forum.Invalid) {
		t.Errorf("an old set is good: %v", err)
	}
	for range 10 {
		_, err = o.d.RedeemRecovery(ctx, o.site, forum.Actor{Network: "n"}, "0000-0000-0000-0000")
	}
	if !forum.IsKind(err, forum.TooFast) {
		t.Errorf("guessing goes on: %v", err)
	}
}

// connect gives the office an address, for passkeys and providers.
func (o *office) connect(base string) { o.d.Connect(desk.Outside{BaseURL: base, Mail: relay(o.t)}) }

// enrol adds a passkey of a fresh device to an account.
func (o *office) enrol(by forum.Actor, verifies bool) (*signintest.Authenticator, desk.Entered) {
	o.t.Helper()
	device := &signintest.Authenticator{Origin: "https://talk.example", Verifies: verifies}
	token, options, err := o.d.BeginEnrol(ctx, o.site, by)
	if err != nil {
		o.t.Fatal(err)
	}
	in, err := o.d.FinishEnrol(ctx, o.site, by, token, device.Create(o.t, options))
	if err != nil {
		o.t.Fatal(err)
	}
	return device, in
}

// use signs in with a device.
func (o *office) use(device *signintest.Authenticator) desk.Entered {
	o.t.Helper()
	token, options, err := o.d.BeginPasskey(ctx, o.site, forum.Actor{}, "/back")
	if err != nil {
		o.t.Fatal(err)
	}
	in, err := o.d.FinishPasskey(ctx, o.site, forum.Actor{}, token, device.Use(o.t, options))
	if err != nil {
		o.t.Fatal(err)
	}
	return in
}

func TestPasskey_account(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		// Who has no account gets one; a guest's becomes a reader's.
		device, in := o.enrol(forum.Actor{}, false)
		if in.Account.Role != forum.RoleReader || o.use(device).Account.ID != in.Account.ID {
			t.Errorf("entered %+v", in.Account)
		}
		guest := o.guest()
		if _, in := o.enrol(guest, false); in.Account.ID != guest.Account.ID || in.Account.Role != forum.RoleReader {
			t.Errorf("entered %+v", in.Account)
		}
		// A challenge is good once, whatever came of it.
		token, options, err := o.d.BeginPasskey(ctx, o.site, forum.Actor{}, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.d.FinishPasskey(ctx, o.site, forum.Actor{}, token, []byte("{}")); !forum.IsKind(err, forum.Unauthorised) {
			t.Errorf("garbage: %v", err)
		}
		if _, err := o.d.FinishPasskey(ctx, o.site, forum.Actor{}, token, device.Use(t, options)); !forum.IsKind(err, forum.Unauthorised) {
			t.Errorf("a used challenge: %v", err)
		}
		o.connect("http://127.0.0.1:8080")
		if o.d.HasPasskeys(o.site) {
			t.Error("passkeys for a number")
		}
	})
}

func TestEmail_change(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		reader, _ := o.signIn(forum.Actor{Network: "n"}, ada)
		o.signIn(forum.Actor{Network: "n"}, "bea@mail.example")
		start := func(address string) (token, code, old string) {
			t.Helper()
			token, both, err := o.d.StartChange(ctx, o.site, reader, address, "en")
			if err != nil || !both {
				t.Fatal(both, err)
			}
			m := o.mails()
			if m[0].To != address || m[1].To != ada {
				t.Fatalf("codes went to %s and %s", m[0].To, m[1].To)
			}
			return token, m[0].Data["code"], m[1].Data["code"]
		}
		token, code, old := start("ada@new.example")
		refused(t, "without the old address", o.d.FinishChange(ctx, o.site, reader, token, code, code), "error.codeWrong", "code")
		other, _ := o.signIn(forum.Actor{Network: "n"}, "cem@mail.example")
		refused(t, "for somebody else", o.d.FinishChange(ctx, o.site, other, token, code, old), "error.codeWrong", "code")
		token, code, old = start("ada@new.example")
		if err := o.d.FinishChange(ctx, o.site, reader, token, code, old); err != nil {
			t.Fatal(err)
		}
		if _, in := o.signIn(forum.Actor{Network: "n"}, "ada@new.example"); in.Account.ID != reader.Account.ID {
			t.Error("the new address is somebody else")
		}
		if _, in := o.signIn(forum.Actor{Network: "n"}, ada); in.Account.ID == reader.Account.ID {
			t.Error("the old address still signs in")
		}
		o.clock.pass(time.Hour)
		m := o.mails()
		_ = m
		token, _, err := o.d.StartChange(ctx, o.site, reader, "bea@mail.example", "en")
		if err != nil {
			t.Fatalf("a taken address is told apart: %v", err)
		}
		m = o.mails()
		err = o.d.FinishChange(ctx, o.site, reader, token, m[0].Data["code"], m[1].Data["code"])
		refused(t, "somebody's address", err, "error.credentialTaken", "")
	})
}

func TestSessions(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		first, _ := o.signIn(forum.Actor{Network: "n", Device: "Firefox on Linux"}, ada)
		second, _ := o.signIn(forum.Actor{Network: "n", Device: "Safari on iPhone"}, ada)
		list, err := o.d.Sessions(ctx, o.site, second)
		if err != nil || len(list) != 2 || list[0].Device != "Safari on iPhone" || list[0].ID != second.Session {
			t.Fatalf("sessions %+v, %v", list, err)
		}
		if err := o.d.EndSession(ctx, o.site, o.guest(), first.Session); !forum.IsKind(err, forum.NotFound) {
			t.Errorf("somebody else's session: %v", err)
		}
		if err := o.d.EndSession(ctx, o.site, second, first.Session); err != nil {
			t.Fatal(err)
		}
		third, _ := o.signIn(forum.Actor{Network: "n"}, ada)
		if err := o.d.EndOtherSessions(ctx, o.site, third); err != nil {
			t.Fatal(err)
		}
		if list, err := o.d.Sessions(ctx, o.site, third); err != nil || len(list) != 1 || list[0].ID != third.Session {
			t.Errorf("sessions %+v, %v", list, err)
		}
	})
}

// TestHandoff carries a session to another origin.
func TestHandoff(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		const paper, verifier = "https://paper.example", "a-verifier-of-at-least-forty-three-characters-0123"
		reader, _ := o.signIn(forum.Actor{Network: "n"}, ada)
		posted, err := o.d.Post(ctx, o.site, forum.Actor{Kind: forum.SessionFrame}, draftOf(o.story.ID, 0, "In a frame."))
		if err != nil {
			t.Fatal(err)
		}
		frame := o.as(posted.Grant)
		code := func() string {
			t.Helper()
			c, err := o.d.Handoff(ctx, o.site, reader, signin.Challenge(verifier), paper, forum.SessionFrame)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		for name, swap := range map[string]func(code string) (desk.Entered, error){
			"another origin": func(c string) (desk.Entered, error) {
				return o.d.Swap(ctx, o.site, frame, c, verifier, "https://evil.example")
			},
			"another verifier": func(c string) (desk.Entered, error) { return o.d.Swap(ctx, o.site, frame, c, verifier+"x", paper) },
			"another kind": func(c string) (desk.Entered, error) {
				return o.d.Swap(ctx, o.site, forum.Actor{Kind: forum.SessionEmbed}, c, verifier, paper)
			},
			"late": func(c string) (desk.Entered, error) {
				o.clock.pass(time.Minute)
				return o.d.Swap(ctx, o.site, frame, c, verifier, paper)
			},
		} {
			c := code()
			if _, err := swap(c); !forum.IsKind(err, forum.Unauthorised) {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := o.d.Swap(ctx, o.site, frame, c, verifier, paper); !forum.IsKind(err, forum.Unauthorised) {
				t.Errorf("after %s: %v", name, err)
			}
		}
		in, err := o.d.Swap(ctx, o.site, frame, code(), verifier, paper)
		if err != nil || in.Account.ID != reader.Account.ID || in.Grant.Session.Kind != forum.SessionFrame || in.Grant.Tab == "" {
			t.Fatalf("entered %+v, %v", in, err)
		}
		if c := o.reread(posted.Comment); c.AccountID != reader.Account.ID {
			t.Error("what was written in the frame stays behind")
		}
		o.tab(in.Grant)
		guest := o.guest()
		if _, err := o.d.Handoff(ctx, o.site, guest, signin.Challenge(verifier), paper, forum.SessionFrame); !forum.IsKind(err, forum.Unauthorised) {
			t.Errorf("a guest hands over: %v", err)
		}
	})
}

// tab lets a page in whose browser there are no cookies live for an hour.
func (o *office) tab(g *desk.Grant) {
	t := o.t
	t.Helper()
	token := g.Tab
	for range 6 {
		o.clock.pass(10 * time.Minute)
		next, err := o.d.RenewTab(ctx, o.site, token)
		if err != nil || next == "" {
			t.Fatalf("renewed %q, %v", next, err)
		}
		if young, err := o.d.RenewTab(ctx, o.site, next); err != nil || young != "" {
			t.Errorf("a young token is renewed: %q, %v", young, err)
		}
		token = next
	}
	if long, err := o.d.RenewTab(ctx, o.site, g.Token); err != nil || long != "" {
		t.Errorf("the session's own token is renewed: %q, %v", long, err)
	}
	o.clock.pass(15 * time.Minute)
	if _, err := o.d.Authenticate(ctx, o.site, token); !forum.IsKind(err, forum.Unauthorised) {
		t.Errorf("a page's token outlives its page: %v", err)
	}
	if err := o.d.SignOut(ctx, o.site, g.Token); err != nil {
		t.Fatal(err)
	}
}

// TestProvider signs in at an OpenID Connect provider.
func TestProvider(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		p := signintest.NewProvider(t, o.clock.now)
		o.d.Connect(desk.Outside{
			BaseURL: "https://talk.example", Web: signintest.Loopback(),
			Secret: func(string) ([]byte, error) { return []byte(p.ClientSecret), nil },
		})
		o.site.Settings.SignIn.Providers = []forum.Provider{{Slug: "id", Name: "Provider", Issuer: p.Issuer, ClientID: p.ClientID, Secret: "id"}}
		token, there, err := o.d.BeginProvider(ctx, o.site, forum.Actor{}, "id", "/back")
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(there)
		if err != nil {
			t.Fatal(err)
		}
		back, err := url.Parse(p.Answer(u.Query()))
		if err != nil || back.Path != "/at/gazette/signin/with/id/back" {
			t.Fatalf("sent to %s, %v", back, err)
		}
		in, err := o.d.FinishProvider(ctx, o.site, forum.Actor{}, "id", token, back.Query())
		if err != nil || !o.as(in.Grant).Strong || in.Suggested != "Ada Karim" || in.Errand != "/back" {
			t.Fatalf("entered %+v, %v", in, err)
		}
		_, err = o.d.FinishProvider(ctx, o.site, forum.Actor{}, "id", token, back.Query())
		refused(t, "twice", err, "error.signInFailed", "")
	})
}

// dropCredentials takes every credential from an account.
func (o *office) dropCredentials(account forum.ID) {
	o.t.Helper()
	all, err := o.s.Credentials(ctx, o.site.ID, account)
	if err != nil {
		o.t.Fatal(err)
	}
	storetest.Write(o.t, o.s, func(ctx ctxT, tx txT) error {
		for _, c := range all {
			if _, err := tx.DropCredential(ctx, o.site.ID, account, c.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

func unbar(site, decision forum.ID) func(context.Context, *store.Tx) error {
	return func(ctx context.Context, tx *store.Tx) error { return tx.Unbar(ctx, site, decision) }
}
