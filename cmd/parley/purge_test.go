package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/cdn"
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
)

// TestPurge posts a comment while a Varnish is configured: it is told of the story.
func TestPurge(t *testing.T) {
	told := make(chan string, 100)
	varnish := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		told <- r.Method + " " + r.Header.Get("Xkey-Purge")
	}))
	defer varnish.Close()
	s, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "parley.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d := desk.New(s, time.Now)
	p := &program{log: slog.New(slog.DiscardHandler)}
	p.opts.Purge = "varnish://" + strings.TrimPrefix(varnish.URL, "http://")
	p.opts.out = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	tags, run, _, err := p.purge(d)
	if err != nil || tags.Header != "Xkey" {
		t.Fatal(tags, err)
	}
	site, err := d.AddSite(context.Background(), "main", "Paper", forum.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	x, _, err := d.PutStory(context.Background(), site, desk.Article{Headline: "The dam holds", PublishedAt: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	end := beside(context.Background(), run)
	defer end()
	got := <-told
	for _, name := range []string{cdn.Site(site.ID), cdn.Story(x.ID), cdn.Lists(site.ID)} {
		if !slices.Contains(strings.Fields(got), name) {
			t.Errorf("told %q, which lacks %s", got, name)
		}
	}
}
