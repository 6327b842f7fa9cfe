package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestJourneys plays every journey on every database. The demo is the first
// site and holds first comments; "open" publishes at once; "strict" has the
// limits a new site has and allows no links.
func TestJourneys(t *testing.T) {
	require(t)
	for _, engine := range databases {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			host := startHost(t)
			in := install(t, engine)
			prepareSites(in, host)
			f := prepareStories(in)
			f["engine"], f["parley"], f["owner"], f["foreign"], f["kindred"] = engine, in.base, in.owner, host.Foreign, host.Kindred
			for _, name := range []string{"journey", "archive", "errors", "reading", "keyboard", "desk"} {
				t.Run(name, func(t *testing.T) { in.play(t, name, f) })
			}
			t.Run("day", func(t *testing.T) { in.playDay(t, f) })
			if engine != "SQLite" {
				return
			}
			for _, name := range []string{"budgets", "axe"} {
				t.Run(name, func(t *testing.T) { in.play(t, name, f) })
			}
		})
	}
}

// play runs a journey. All but the first, which has the link that serve printed,
// get a fresh link to the desk.
func (in *installation) play(t *testing.T, name string, f facts) {
	if name != "journey" {
		f["ownerLink"] = in.ownerLink("demo")
		f["nextLink"] = in.ownerLink("open")
	}
	play(t, name+".mjs", f)
}

// playDay plays a day at the desk of a site that nobody else uses; its log must
// have every one of some two hundred decisions and hold together afterwards.
func (in *installation) playDay(t *testing.T, f facts) {
	in.run("site", "add", "day", "--name", "The Daily Page", "--hold-first", "--nameless-pace", "0", "--reader-pace", "0")
	f["day.story"] = address.FindString(in.run("story", "add", "--site", "day", story("plain")))
	f["day.crowd"] = address.FindString(in.run("story", "add", "--site", "day", story("thread")))
	f["day.calm"] = address.FindString(in.run("story", "add", "--site", "day", story("keys")))
	f["dayLink"] = in.ownerLink("day")
	play(t, "day.mjs", f)
	found := in.run("audit", "verify", "--site", "day")
	if !regexp.MustCompile(`^ok +site day: [2-9]\d\d entries`).MatchString(found) {
		t.Errorf("audit verify after a day at the desk: %s", found)
	}
	t.Log(strings.TrimSpace(found))
}

func (in *installation) ownerLink(site string) string {
	return strings.TrimSpace(in.run("site", "owner-link", "--site", site))
}

// prepareSites starts the program on its demo and adds the other sites.
func prepareSites(in *installation, host *hostServer) {
	in.run("site", "add", "demo", "--name", "The Meridian", "--hold-first", "--nameless-pace", "0", "--reader-pace", "0",
		"--origin", host.Foreign, "--origin", host.Kindred,
		"--section", "world=World", "--section", "politics=Politics", "--section", "city=City",
		"--section", "science=Science", "--section", "culture=Culture", "--section", "sport=Sport")
	in.serve("--demo")
	in.run("site", "add", "open", "--name", "The Open Page", "--no-hold-first", "--nameless-pace", "0", "--reader-pace", "0")
	in.run("site", "add", "strict", "--name", "The Strict Page", "--no-hold-first", "--no-links", "--max-length", "200")
}

var address = regexp.MustCompile(`http://\S+`)

// prepareStories publishes the stories of the journeys and brings the archives
// in; it returns where they are.
func prepareStories(in *installation) facts {
	f := facts{}
	for _, site := range []string{"demo", "open", "strict"} {
		for _, name := range []string{"page", "plain", "thread", "keys", "shut"} {
			f[site+"."+name] = address.FindString(in.run("story", "add", "--site", site, story(name)))
		}
	}
	f["ownArchive"] = importArchive(in, filepath.Join("testdata", "archive.txt"))
	if folder := os.Getenv("PARLEY_FIXTURES"); folder != "" {
		f["archive"] = importArchive(in, filepath.Join(folder, "archive", "000_e776aff8290555f3.txt"))
	}
	return f
}

// story returns the path of a story of ours, absolute since commands run in a
// folder of their own.
func story(name string) string { return absolute(filepath.Join("testdata", name+".md")) }

func absolute(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		panic(err)
	}
	return path
}

// importArchive brings an archived page into a site of its own and returns
// where it is.
func importArchive(in *installation, path string) string {
	in.t.Helper()
	var done struct {
		URL string `json:"url"`
	}
	out := in.run("import", "archive", absolute(path), "--site", "archive", "--json")
	if err := json.Unmarshal([]byte(out), &done); err != nil || !strings.HasPrefix(done.URL, in.base) {
		in.t.Fatalf("import answers %s (%v)", out, err)
	}
	return done.URL
}
