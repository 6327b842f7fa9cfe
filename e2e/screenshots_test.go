package e2e

import (
	"os"
	"testing"
)

// TestScreenshots takes pictures of the demo for people to look at, into the
// folder that PARLEY_SCREENSHOTS names.
func TestScreenshots(t *testing.T) {
	folder := os.Getenv("PARLEY_SCREENSHOTS")
	if folder == "" {
		t.Skip("PARLEY_SCREENSHOTS names no folder for the pictures")
	}
	require(t)
	host := startHost(t)
	in := install(t, "SQLite")
	prepareSites(in, host)
	play(t, "screenshots.mjs", facts{
		"parley": in.base, "ownerLink": in.owner, "foreign": host.Foreign, "shots": absolute(folder),
		"talk": talkAbroad(in, host),
	})
}

// talkAbroad publishes a story that stands on the host's page.
func talkAbroad(in *installation, host *hostServer) string {
	path := in.t.TempDir() + "/abroad.md"
	text := "+++\nid = \"abroad\"\nheadline = \"The ferry leaves late\"\nurl = \"" + host.Foreign + "/stories/shots\"\n+++\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		in.t.Fatal(err)
	}
	return address.FindString(in.run("story", "add", "--site", "demo", path))
}
