package jobs

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
)

// What names a person and is nobody's business: an address, where they wrote from,
// and as whom they filed a notice.
var canaries = []string{"canary.person@birds.example", "203.0.113.77", "canary.notifier@birds.example", "Canaria Notificata"}

// sent is what left the house for others than the canary.
type sent struct {
	mu    sync.Mutex
	hooks []string
}

func (s *sent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = append(s.hooks, string(body))
	w.WriteHeader(http.StatusOK)
}

// TestCanary has a person with an address write, answer, report, file a notice, be
// decided on and appeal, while others are told of all of it: no mail to others and
// no webhook names them.
func TestCanary(t *testing.T) {
	forEach(t, func(t *testing.T, n *newsroom) {
		good := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		out := &sent{}
		server := httptest.NewServer(out)
		t.Cleanup(server.Close)
		good(second(n.d.AddEndpoint(ctx, n.site, n.owner, forum.ToWebhook, server.URL+"/hook", forum.Events())))
		good(second(n.d.AddEndpoint(ctx, n.site, n.owner, forum.ToEmail, "desk@paper.example", forum.Events())))
		canary, other := n.reader(canaries[0]), n.reader("other@readers.example")
		canary.Network = canaries[1]
		theirs := n.post(other, 0, "What others wrote.")
		mine := n.post(canary, theirs.ID, "An answer under a mask.")
		n.post(other, mine.ID, "An answer to it.")
		_, _, err := n.d.Report(ctx, n.site, canary, theirs.ID, forum.ReasonAbuse, "It is about me.")
		good(err)
		_, _, err = n.d.FileNotice(ctx, n.site, canary, forum.Notice{
			CommentID: theirs.ID, URL: "https://talk.paper.example/c/" + theirs.ID.String(), Kind: forum.NoticeHate, Locale: "en",
			Explanation: "The second sentence calls for violence against a group.", Name: canaries[3], Email: canaries[2], GoodFaith: true,
		}, "")
		good(err)
		letters := n.pass(time.Hour, 10*time.Minute)
		n.rule(theirs, forum.Hold, forum.Published)
		n.rule(mine, forum.Reject, forum.Published)
		history, err := n.s.DecisionsOn(ctx, n.site.ID, mine.ID)
		good(err)
		good(second(n.d.Appeal(ctx, n.site, canary, history[len(history)-1].ID, "It was an honest answer, and nothing else.")))
		ban := desk.Penalty{Account: canary.Account.ID, Kind: forum.Suspend, Until: n.now.Add(50 * time.Hour), Reason: "abuse"}
		good(second(n.d.Sanction(ctx, n.site, n.owner, ban)))
		letters = append(letters, n.pass(26*time.Hour, time.Hour)...)

		to := map[string]int{}
		for _, l := range letters {
			to[l.to]++
			text := l.Text + l.HTML
			for _, name := range l.GetHeaderKeys() {
				text += " " + l.GetHeader(name)
			}
			for _, c := range canaries {
				if l.to != canaries[0] && l.to != canaries[2] && strings.Contains(text, c) {
					t.Errorf("a mail to %s names %s:\n%s", l.to, c, text)
				}
			}
		}
		if to["other@readers.example"] == 0 || to["desk@paper.example"] == 0 || to[canaries[0]] == 0 {
			t.Errorf("mails to %v", to)
		}
		out.mu.Lock()
		defer out.mu.Unlock()
		all := strings.Join(out.hooks, "\n")
		for _, e := range forum.Events() {
			if e != forum.EventTest && e != forum.EventLogHead && !strings.Contains(all, `"`+string(e)+`"`) {
				t.Logf("no webhook told %s", e)
			}
		}
		if len(out.hooks) < 4 {
			t.Errorf("%d webhooks", len(out.hooks))
		}
		for _, c := range canaries {
			if strings.Contains(all+n.log.String(), c) {
				t.Errorf("a webhook or the log names %s:\n%s\n%s", c, all, n.log.String())
			}
		}
	})
}
