package desk_test

import (
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/signin"
	"parley/internal/signintest"
)

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
