package web

import (
	"net/http"

	"parley/internal/desk"
	"parley/internal/forum"
)

// sessions registers how a page on another site, or our frame in one, gets its
// session.
func (a *api) sessions() {
	register(a, operation{"GET", "/api/v1/session", "readSession", "Who the caller is; an empty role: nobody yet.", 0, nil, false}, apiWhoAmI)
	register(a, operation{
		"POST", "/api/v1/session", "swapCode", "Swap the code of the sign-in window for a session.", 0, []int{401, 403, 415, 422, 429}, false,
	}, apiSwap)
	register(a, operation{
		"POST", "/api/v1/session/token", "signInWithToken", "Sign in with a token of the publication's own login.", 0,
		[]int{401, 403, 413, 415, 422, 429},
		false,
	}, apiToken)
}

type nobodyInput struct{}

type swapInput struct {
	Body struct {
		Code     string `json:"code" doc:"As the window handed it over."`
		Verifier string `json:"verifier" doc:"Whose SHA-256, as base64url, the window was opened with."`
	}
}

type tokenInput struct {
	Body struct {
		JWT string `json:"jwt" doc:"A signed token of the publication."`
	}
}

type sessionOutput struct {
	Body struct {
		Name string     `json:"name" doc:"Empty until chosen."`
		Role forum.Role `json:"role"`
	}
}

// elsewhere returns who asks for a session on another site: script of a page there
// or our frame in one.
func (c *call) elsewhere() (forum.Actor, error) {
	actor := c.writer()
	if actor.Kind == forum.SessionPage {
		return actor, forum.Fail(forum.Forbidden, "error.forbidden").Because("our own pages sign in by themselves")
	}
	return actor, nil
}

func apiWhoAmI(c *call, _ *nobodyInput) (*sessionOutput, error) {
	out := &sessionOutput{}
	out.Body.Name, out.Body.Role = c.actor.Account.Name, c.actor.Account.Role
	return out, nil
}

func apiSwap(c *call, in *swapInput) (*sessionOutput, error) {
	actor, err := c.elsewhere()
	if err != nil {
		return nil, err
	}
	done, err := c.server.Desk.Swap(c.Context(), c.site, actor, in.Body.Code, in.Body.Verifier, c.Header.Get("Origin"))
	return c.signedIn(done, err)
}

func apiToken(c *call, in *tokenInput) (*sessionOutput, error) {
	actor, err := c.elsewhere()
	if err != nil {
		return nil, err
	}
	done, err := c.server.Desk.EnterToken(c.Context(), c.site, actor, in.Body.JWT)
	return c.signedIn(done, err)
}

// signedIn gives the page its session.
func (c *call) signedIn(in desk.Entered, err error) (*sessionOutput, error) {
	if err != nil {
		return nil, err
	}
	c.server.remember(c.w, c.request, in.Grant)
	out := &sessionOutput{}
	out.Body.Name, out.Body.Role = in.Account.Name, in.Account.Role
	return out, nil
}

// renew gives a page that holds its token in memory the next one in time.
func (s *server) renew(w http.ResponseWriter, r *request) error {
	if !r.inMemory {
		return nil
	}
	next, err := s.Desk.RenewTab(r.Context(), r.site, r.token)
	if next != "" {
		w.Header().Set(tokenHeader, next)
	}
	return err
}
