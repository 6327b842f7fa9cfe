package desk_test

import (
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/mail"
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
