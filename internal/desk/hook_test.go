package desk_test

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
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
	o.d.Connect(desk.Outside{
		Web: egress.New(egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Roots: roots}),
		Log: slog.New(slog.NewTextHandler(&o.log, nil)),
	})
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

// However many rules ask, one comment asks few hooks, those of rules that are on
// first; the desk sees which are not asked.
func TestPost_hooksBounded(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		var mu sync.Mutex
		var paths []string
		url := o.service(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			paths = append(paths, r.URL.Path)
			_, _ = io.WriteString(w, `{"holds":false}`)
		})
		var want []string
		for i := range desk.MaxAsked + 2 {
			stage, path := forum.StageOn, fmt.Sprintf("/%d", i)
			if i < 2 {
				stage = forum.StageShadow
			} else {
				want = append(want, path)
			}
			o.rule(stage, `{"hook":{"url":"`+url+path+`","deadline_ms":3000}}`, holds)
		}
		o.post(o.guest(), 0, "you cad")
		slices.Sort(paths)
		same(t, "asked", paths, want)
		lines, err := o.d.Rules(ctx, o.site, o.owner)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range lines {
			same(t, l.Definition.When.Hook.URL, l.Unasked, i < 2)
		}
	})
}

// A hook that keeps silent is shown to the desk, and the operator is told once; so
// when it answers again.
func TestPost_hookSilent(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		answer := say(`no`)
		url := o.service(func(w http.ResponseWriter, r *http.Request) { answer(w, r) })
		o.rule(forum.StageOn, `{"hook":{"url":"`+url+`/key-4711","deadline_ms":3000}}`, holds)
		told := func(after string, silent int, lines ...string) {
			t.Helper()
			all, err := o.d.Rules(ctx, o.site, o.owner)
			if err != nil || len(all) != 1 || all[0].Silent != silent {
				t.Errorf("%s: %+v, %v", after, all, err)
			}
			if got := o.log.String(); strings.Count(got, "\n") != len(lines) || strings.Contains(got, "4711") {
				t.Errorf("%s: the log says %q", after, got)
			}
			for _, line := range lines {
				if !strings.Contains(o.log.String(), line) {
					t.Errorf("%s: the log does not say %q: %q", after, line, o.log.String())
				}
			}
		}
		for range desk.HookSilent - 1 {
			o.post(o.guest(), 0, "you cad")
		}
		told("four times", desk.HookSilent-1)
		o.post(o.guest(), 0, "you cad")
		o.post(o.guest(), 0, "you cad")
		told("six times", desk.HookSilent+1, "a hook keeps silent")
		answer = say(`{"holds":false}`)
		o.post(o.guest(), 0, "you cad")
		told("once it answers", 0, "a hook keeps silent", "a hook answers again")
		o.post(o.guest(), 0, "you cad")
		told("and again", 0, "a hook keeps silent", "a hook answers again")
	})
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
