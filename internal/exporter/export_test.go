package exporter

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"parley/frontend/locale"
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// TestMonth exports a month with a decision of every sort from both databases.
func TestMonth(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		site := storetest.Site(t, s, "main")
		author := storetest.Account(t, s, site.ID, forum.RoleReader)
		story := storetest.Story(t, s, site.ID, "Canary headline")
		comment := storetest.Grow(t, s, story, author.ID, 1, storetest.Roots)[0]
		at := storetest.Epoch.Add(time.Hour)
		n := 0
		decide := func(at time.Time, d forum.Decision) forum.ID {
			t.Helper()
			n++
			id, err := forum.MintAt(at, n)
			if err != nil {
				t.Fatal(err)
			}
			d.SiteID, d.ID, d.AccountID, d.Note = site.ID, id, author.ID, "canary note"
			if err := s.Write(ctx, at, func(ctx context.Context, tx *store.Tx) error { return tx.AddDecision(ctx, d) }); err != nil {
				t.Fatal(err)
			}
			return id
		}
		on := func(verb forum.Verb, by forum.ID) forum.Decision {
			return forum.Decision{CommentID: comment.ID, Verb: verb, ActorID: by, Reason: "abuse"}
		}
		one, two := forum.ID(5), forum.ID(6)
		want := map[string]bool{}
		keep := func(id forum.ID) { want["main-"+id.String()] = true }
		x := on(forum.Reject, one)
		x.Source = forum.SourceNotice
		keep(decide(at, x))
		slip := decide(at, on(forum.Reject, one))
		decide(at, forum.Decision{CommentID: comment.ID, Verb: forum.Publish, ActorID: one, Undoes: slip})
		reversed := decide(at, on(forum.Reject, one))
		keep(reversed)
		decide(at, forum.Decision{CommentID: comment.ID, Verb: forum.Publish, ActorID: two, Undoes: reversed})
		x = on(forum.Hold, 0)
		x.Automated, x.Reason = true, "first-comment"
		decide(at, x)
		x.RuleID, x.Reason = 9, ""
		keep(decide(at, x))
		keep(decide(at, forum.Decision{Verb: forum.Suspend, ActorID: one, Reason: "spam", Until: at.AddDate(0, 1, 0)}))
		keep(decide(at, forum.Decision{Verb: forum.Ban, ActorID: one, Reason: "illegal"}))
		decide(at, on(forum.Publish, one))
		decide(at, forum.Decision{Verb: forum.Warn, ActorID: one, Reason: "abuse"})
		decide(at.AddDate(0, 1, 0), on(forum.Reject, one))
		decide(at.AddDate(0, 0, -2), on(forum.Reject, one))

		var b bytes.Buffer
		d := desk.New(s, func() time.Time { return at })
		say := func(key string, args ...any) string { return locale.T("en", key, args...) }
		count, err := Month(ctx, &b, d, site, at, say, func(code string) string {
			return locale.Reason("en", site.Settings, code)
		})
		if err != nil || count != len(want) {
			t.Fatalf("%d statements, want %d: %v", count, len(want), err)
		}
		for line := range strings.Lines(b.String()) {
			var st Statement
			if err := json.Unmarshal([]byte(line), &st); err != nil {
				t.Fatal(err)
			}
			if !want[st.Puid] {
				t.Errorf("a statement of no restriction, or twice: %s", line)
			}
			delete(want, st.Puid)
			for _, secret := range []string{"anary", author.ID.String(), author.AuthorKey, comment.ID.String(), comment.Source + `"`} {
				if strings.Contains(line, secret) {
					t.Errorf("a statement says %q: %s", secret, line)
				}
			}
		}
	})
}
