package desk_test

import (
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/egress"
	"parley/internal/forum"
	"parley/internal/rule"
	"parley/internal/webhook"
)

// service is a hook of the newsroom's that answers what a test wants.
func (o *office) service(answer http.HandlerFunc) (url string) {
	o.t.Helper()
	server := httptest.NewTLSServer(answer)
	o.t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	o.d.Connect(desk.Outside{Web: egress.New(egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Roots: roots})})
	return server.URL
}

// A hook is asked with a signature, and decides only when it answers well and in
// time.
func TestPost_hook(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		state  forum.State
	}{
		"holds":        {say(`{"holds":true,"words":"toxic"}`), forum.Held},
		"does not":     {say(`{"holds":false}`), forum.Published},
		"unclear":      {say(`{"words":"toxic"}`), forum.Published},
		"no JSON":      {say(`yes`), forum.Published},
		"broken":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, forum.Published},
		"sent on":      {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/else", http.StatusFound) }, forum.Published},
		"never answer": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, forum.Published},
	} {
		t.Run(name, func(t *testing.T) {
			forEach(t, func(t *testing.T, o *office) {
				type call struct {
					header http.Header
					body   []byte
				}
				calls := make(chan call, 1)
				url := o.service(func(w http.ResponseWriter, r *http.Request) {
					body, err := io.ReadAll(r.Body)
					if err != nil {
						t.Error(err)
					}
					calls <- call{r.Header, body}
					c.answer(w, r)
				})
				x := o.rule(forum.StageOn, `{"hook":{"url":"`+url+`","deadline_ms":300}}`, holds)
				d, err := rule.Decode([]byte(x.Definition))
				if err != nil || d.When.Hook.Secret == "" {
					t.Fatalf("no secret was made: %v", err)
				}
				p, err := o.d.Post(ctx, o.site, o.guest(), draftOf(o.story.ID, 0, "you cad"))
				if err != nil || p.Comment.State != c.state {
					t.Fatalf("%s, %v", p.Comment.State, err)
				}
				asked := <-calls
				key, err := webhook.NewKey(d.When.Hook.Secret)
				if err != nil {
					t.Fatal(err)
				}
				if err := key.Verify(asked.header, o.clock.now(), asked.body); err != nil {
					t.Errorf("the signature: %v", err)
				}
				var question struct {
					Type string
					Data map[string]string
				}
				if err := json.Unmarshal(asked.body, &question); err != nil || question.Data["text"] != "you cad" || question.Data["story"] != o.story.ID.String() {
					t.Errorf("asked %s, %v", asked.body, err)
				}
				if vs := o.verdicts(p.Comment); c.state == forum.Held && (len(vs) != 1 || vs[0].Why.Args["words"] != "toxic") {
					t.Errorf("verdicts %+v", vs)
				}
			})
		})
	}
}

func say(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

// Reports that count enough hold what they are about; what disagrees, comes from
// one network, or from people who were mostly wrong, does not.
func TestReport_rules(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		x := o.rule(forum.StageOn, `{"reports":{"at_least":2}}`, holds)
		o.rule(forum.StageOn, `{"all":[{"reports":{"at_least":1}},{"text":{"longer":1}}]}`, thinks)
		c := o.post(o.guest(), 0, "something")
		if vs := o.verdicts(c); len(vs) != 0 {
			t.Errorf("a rule about reports judges a new comment: %+v", vs)
		}
		file := func(reason forum.Reason) forum.Comment {
			t.Helper()
			got, _, err := o.d.Report(ctx, o.site, o.guest(), c.ID, reason, "")
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		file(forum.ReasonDisagree)
		if got := file(forum.ReasonAbuse); got.State != forum.Published {
			t.Fatalf("one report: %s", got.State)
		}
		o.clock.pass(time.Second)
		got := file(forum.ReasonSpam)
		if got.State != forum.Held || got.HeldFor != "rule" || o.reread(c).State != forum.Held {
			t.Fatalf("two reports: %s, %q", got.State, got.HeldFor)
		}
		ds := o.decisions(c)
		if len(ds) != 1 || ds[0].RuleID != x.ID || ds[0].Source != forum.SourceReport || !ds[0].Automated {
			t.Errorf("decisions %+v", ds)
		}
		var acted []string
		for _, v := range o.verdicts(c) {
			if v.Acted {
				acted = append(acted, string(v.Effect))
			}
		}
		if strings.Join(acted, " ") != "hold" {
			t.Errorf("acted: %q", acted)
		}
		o.sound()
	})
}
