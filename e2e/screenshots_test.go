package e2e

import (
	"net/http"
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
	in, box := install(t, "SQLite"), startMailbox(t)
	in.env = append(in.env, "PARLEY_SMTP=smtp://"+box.address+"?tls=none", "PARLEY_MAIL_FROM=The Meridian <talk@meridian.example>",
		"PARLEY_OUT_NETWORKS=127.0.0.0/8")
	prepareSites(in, host)
	second := redeem(t, in)
	play(t, "screenshots.mjs", facts{
		"parley": in.base, "ownerLink": in.ownerLink("demo"), "second": second, "codes": box.codes, "foreign": host.Foreign, "shots": absolute(folder),
		"talk": talkAbroad(in, host),
	})
}

// redeem uses up the link that serve printed and returns the cookie of whoever
// did: a second person at the desk, without whom nobody answers an appeal.
func redeem(t *testing.T, in *installation) map[string]string {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask, err := http.NewRequestWithContext(t.Context(), http.MethodPost, in.owner, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	ask.Header.Set("Origin", in.base)
	answer, err := client.Do(ask)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	for _, c := range answer.Cookies() {
		if c.HttpOnly {
			return map[string]string{"name": c.Name, "value": c.Value}
		}
	}
	t.Fatalf("the owner's link gave no session: %s", answer.Status)
	return nil
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
