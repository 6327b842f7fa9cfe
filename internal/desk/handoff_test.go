package desk_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/signin"
	"parley/internal/signintest"
	"parley/internal/store"
	"parley/internal/storetest"
)

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
