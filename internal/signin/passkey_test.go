package signin_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"parley/internal/forum"
	"parley/internal/signin"
	"parley/internal/signintest"
)

const base = "https://talk.paper.example"

// passkeys are the ceremonies of one host, a person, and the device of theirs.
type passkeys struct {
	t      *testing.T
	rp     *signin.Passkeys
	user   signin.PasskeyUser
	device *signintest.Authenticator
}

func newPasskeys(t *testing.T) *passkeys {
	t.Helper()
	rp, err := signin.NewPasskeys(base, "The Gazette")
	if err != nil {
		t.Fatal(err)
	}
	p := &passkeys{
		t: t, rp: rp, user: signin.PasskeyUser{Handle: []byte("site and account"), Name: "Ada Karim"},
		device: &signintest.Authenticator{Origin: base, Verifies: true},
	}
	c, err := rp.BeginAdding(p.user, true)
	if err != nil {
		t.Fatal(err)
	}
	made, err := rp.FinishAdding(p.user, c.Kept, p.device.Create(t, c.Options))
	if err != nil {
		t.Fatal(err)
	}
	p.user.Keys = []signin.Passkey{stored(t, made)}
	return p
}

// stored is a passkey after it was written and read.
func stored(t *testing.T, k signin.Passkey) signin.Passkey {
	t.Helper()
	b, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	var back signin.Passkey
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(back.ID(), k.ID()) || back.Synced() != k.Synced() {
		t.Error("a passkey changes when it is stored")
	}
	return back
}

func (p *passkeys) find(id, handle []byte) (signin.PasskeyUser, error) {
	if !bytes.Equal(id, p.user.Keys[0].ID()) || !bytes.Equal(handle, p.user.Handle) {
		return signin.PasskeyUser{}, forum.Fail(forum.NotFound, "error.notFound")
	}
	return p.user, nil
}

// use shows the passkey for a ceremony begun with verified.
func (p *passkeys) use(verified bool) (signin.Use, error) {
	p.t.Helper()
	c, err := p.rp.BeginUsing(verified)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.rp.FinishUsing(c.Kept, p.device.Use(p.t, c.Options), p.find)
}

func TestPasskeys(t *testing.T) {
	p := newPasskeys(t)
	used, err := p.use(false)
	if err != nil || !used.Verified || !used.Passkey.Synced() {
		t.Fatalf("used %+v, %v", used, err)
	}
	p.user.Keys[0] = stored(t, used.Passkey)

	p.device.Verifies = false
	if used, err = p.use(false); err != nil || used.Verified {
		t.Errorf("without a PIN: %+v, %v", used, err)
	}
	_, err = p.use(true)
	wantRefused(t, err, "User verification")
}

func TestPasskeys_refuse(t *testing.T) {
	t.Run("the answer to another question", func(t *testing.T) {
		p := newPasskeys(t)
		first, err := p.rp.BeginUsing(false)
		if err != nil {
			t.Fatal(err)
		}
		second, err := p.rp.BeginUsing(false)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.rp.FinishUsing(second.Kept, p.device.Use(t, first.Options), p.find)
		wantRefused(t, err, "challenge")
	})
	t.Run("a page of another origin", func(t *testing.T) {
		p := newPasskeys(t)
		p.device.Origin = "https://talk.paper.example.evil.example"
		_, err := p.use(false)
		wantRefused(t, err, "origin")
	})
	t.Run("somebody else's passkey", func(t *testing.T) {
		p, other := newPasskeys(t), newPasskeys(t)
		p.device = other.device
		_, err := p.use(false)
		wantRefused(t, err, "passkey")
	})
	t.Run("a copy of the device", func(t *testing.T) {
		p := newPasskeys(t)
		p.device.Counter = 40
		used, err := p.use(false)
		if err != nil {
			t.Fatal(err)
		}
		p.user.Keys[0] = stored(t, used.Passkey)
		p.device.Counter = 7
		_, err = p.use(false)
		wantRefused(t, err, "copied")
	})
	t.Run("garbage", func(t *testing.T) {
		p := newPasskeys(t)
		c, err := p.rp.BeginUsing(false)
		if err != nil {
			t.Fatal(err)
		}
		for _, answer := range []string{"", "{}", "[]", `{"id":"` + string(bytes.Repeat([]byte("A"), 40_000)) + `"}`} {
			_, err := p.rp.FinishUsing(c.Kept, []byte(answer), p.find)
			wantRefused(t, err, "passkey")
		}
	})
}

func TestNewPasskeys_number(t *testing.T) {
	if _, err := signin.NewPasskeys("http://127.0.0.1:8080", "x"); !errors.Is(err, signin.ErrNoPasskeys) {
		t.Errorf("got %v", err)
	}
	if _, err := signin.NewPasskeys("http://localhost:8080", "x"); err != nil {
		t.Errorf("on this machine: %v", err)
	}
}
