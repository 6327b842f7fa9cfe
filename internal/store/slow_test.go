package store_test

import (
	"bytes"
	"context"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// TestLogSlow logs what reads and writes took, with what was looked for left out.
func TestLogSlow(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		storetest.Story(t, s, site.ID, "Secret Headline")
		var log bytes.Buffer
		s.LogSlow(slog.New(slog.NewTextHandler(&log, nil)), 0)
		ctx := forum.WithRequest(ctx, "RQ1")
		if _, err := s.Stories(ctx, site.ID, "", store.StoryCursor{}, 5); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Site(ctx, site.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.Write(ctx, epoch, func(ctx context.Context, tx *store.Tx) error {
			return tx.AddAlias(ctx, site.ID, "https://secret.example/", 1)
		}); err == nil {
			t.Log("an alias of no story was added")
		}
		for _, want := range []string{
			`level=WARN msg="slow statement" request=RQ1 what="list stories" ms=[0-9.]+ rows=1 sql="select .* from stories`,
			`request=RQ1 what="read site" ms=[0-9.]+ rows=1 sql="select`,
			`request=RQ1 what="[a-z ]*alias" ms=[0-9.]+ rows=\d sql="insert into`,
		} {
			if !regexp.MustCompile(want).MatchString(log.String()) {
				t.Errorf("no line %s in\n%s", want, log.String())
			}
		}
		if strings.Contains(strings.ToLower(log.String()), "secret") {
			t.Errorf("values were logged:\n%s", log.String())
		}
		slow := reading(t, s.Meters(), "parley_db_slow_statements_total").Value
		if lines := strings.Count(log.String(), "\n"); float64(lines) != slow {
			t.Errorf("%d lines, counted %v", lines, slow)
		}
		log.Reset()
		s.LogSlow(slog.New(slog.NewTextHandler(&log, nil)), time.Hour)
		if _, err := s.Site(ctx, site.ID); err != nil || log.Len() > 0 {
			t.Errorf("%v; what was quick was logged:\n%s", err, log.String())
		}
	})
}
