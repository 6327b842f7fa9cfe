package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/desk"
	"parley/internal/forum"
)

func TestDemoSeed(t *testing.T) {
	now := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	seed, err := demoSeed(now)
	if err != nil {
		t.Fatal(err)
	}
	langs := map[string]bool{}
	largest := 0
	for _, s := range seed.Stories {
		langs[s.Article.Lang] = true
		if len(s.Article.Picture) == 0 || s.Article.PictureAlt == "" || s.Article.Caption == "" {
			t.Errorf("%q has no picture, or one without words", s.Article.Headline)
		}
		published := 0
		for i, c := range s.Comments {
			if c.State == forum.Published {
				published++
			}
			if c.Parent >= i {
				t.Fatalf("%q: comment %d answers %d, which comes later", s.Article.Headline, i, c.Parent)
			}
			if c.At.Before(s.Article.PublishedAt) || c.At.After(now) || (i > 0 && c.At.Before(s.Comments[i-1].At)) {
				t.Fatalf("%q: comment %d at %s is out of order", s.Article.Headline, i, c.At)
			}
		}
		largest = max(largest, published)
	}
	if len(seed.Stories) < 6 || len(langs) != 4 || largest != demoCrowd {
		t.Errorf("%d stories in %d languages, the largest discussion has %d comments", len(seed.Stories), len(langs), largest)
	}
}

func TestCrowd(t *testing.T) {
	words, err := readCrowd()
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	talk := words.talk(1200, from)
	if diff := cmp.Diff(talk, words.talk(1200, from)); diff != "" {
		t.Errorf("the crowd does not say the same twice:\n%s", diff)
	}
	if len(talk) != 1200 {
		t.Fatalf("%d comments, want 1200", len(talk))
	}
	shape := crowdShape(talk)
	if shape.deepest < 12 || shape.roots < 480 || shape.roots > 600 || shape.twice != 0 || shape.own != 0 {
		t.Errorf("%+v", shape)
	}
	if last := talk[1199].At.Sub(from); last < 40*time.Hour || last > 48*time.Hour {
		t.Errorf("the last comment came after %s", last)
	}
	if shape.votes[0] < 50 || shape.votes[0] > 200 || shape.silent < 100 {
		t.Errorf("most votes %d, %d comments without any", shape.votes[0], shape.silent)
	}
}

type shape struct {
	roots, deepest int
	twice          int // texts said twice
	own            int // answers to oneself
	silent         int // comments without votes
	votes          [1]int
}

func crowdShape(talk []desk.SeedComment) shape {
	var s shape
	depth := make([]int, len(talk))
	said := map[string]bool{}
	for i, c := range talk {
		if c.Parent < 0 {
			s.roots++
		} else {
			depth[i] = depth[c.Parent] + 1
			if c.Byline.Name != "" && c.Byline.Name == talk[c.Parent].Byline.Name {
				s.own++
			}
		}
		s.deepest = max(s.deepest, depth[i])
		if said[c.Text] {
			s.twice++
		}
		said[c.Text] = true
		s.votes[0] = max(s.votes[0], c.Up)
		if c.Up+c.Down == 0 {
			s.silent++
		}
	}
	return s
}

// TestServe_demo starts the program as make run does, on both databases, looks at
// it, stops it, and starts it again.
func TestServe_demo(t *testing.T) {
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := database(t)
			base, link, stop := serveDemo(t, db)
			if front := read(t, base+"/"); !strings.Contains(front, demoName) {
				t.Errorf("the front page does not name %s:\n%.500s", demoName, front)
			}
			read(t, link)
			stop()
			parley(t, "--db", db, "doctor")
			before := parley(t, "--db", db, "site", "list")
			_, again, stop := serveDemo(t, db)
			stop()
			if again == link {
				t.Error("the link of the first start is still there")
			}
			if after := parley(t, "--db", db, "site", "list"); after != before {
				t.Errorf("a second start changed the sites from\n%s to\n%s", before, after)
			}
		})
	}
}

// serveDemo starts parley serve --demo and returns where it is, the owner's link,
// and what stops it.
func serveDemo(t *testing.T, db string) (base, link string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan exitCode, 1)
	var errs bytes.Buffer
	go func() {
		code := run(ctx, []string{"--db", db, "--listen", "127.0.0.1:0", "serve", "--demo"}, w, &errs)
		w.Close()
		ended <- code
	}()
	lines := bufio.NewScanner(r)
	for lines.Scan() && link == "" {
		if _, at, ok := strings.Cut(lines.Text(), " is at "); ok {
			base = at
		}
		if strings.Contains(lines.Text(), "/welcome/") {
			link = lines.Text()
			break
		}
	}
	if base == "" || link == "" {
		cancel()
		t.Fatalf("the program said neither where it is nor whose: %s", errs.String())
	}
	return base, link, func() {
		cancel()
		if code := <-ended; code != exitOK {
			t.Errorf("exit code %d: %s", code, errs.String())
		}
	}
}

// read returns a page, which must be there.
func read(t *testing.T, url string) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v", url, resp.Status, err)
	}
	return string(body)
}

// TestFillDemo_leavesOthersAlone starts with --demo where a site is at home.
func TestFillDemo_leavesOthersAlone(t *testing.T) {
	db := filepath.Join(t.TempDir(), "parley.db")
	parley(t, "--db", db, "site", "add", "paper")
	before := parley(t, "--db", db, "site", "list")
	_, _, stop := serveDemo(t, db)
	stop()
	if after := parley(t, "--db", db, "site", "list"); after != before {
		t.Errorf("the demo changed the sites from\n%s to\n%s", before, after)
	}
}
