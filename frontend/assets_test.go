package frontend_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"parley/frontend"
)

func TestAsset(t *testing.T) {
	path, body, ok := frontend.Asset("site.css")
	if !ok || !regexp.MustCompile(`^/assets/site\.[0-9a-f]{10}\.css$`).MatchString(path) {
		t.Fatalf("site.css: path %q, %t", path, ok)
	}
	same, ok := frontend.File(strings.TrimPrefix(path, "/assets/"))
	if !ok || !bytes.Equal(same, body) {
		t.Errorf("%s has other bytes by its file name", path)
	}
	for _, name := range []string{"manifest.json", "site.css", "../assets.go", ""} {
		if _, ok := frontend.File(name); ok {
			t.Errorf("File(%q) is served", name)
		}
	}
}

// Bytes in brotli. What a foreign page loads is promised; what our own pages
// load leaves room for the first view of a long discussion.
func TestAsset_sizes(t *testing.T) {
	const kB = 1024
	budgets := map[string]int{
		"embed.js": 6 * kB, "embed.css": 6 * kB, "site.js": 9 * kB, "write.js": 4 * kB, "desk.js": 6 * kB, "frame.js": 2 * kB,
	}
	for name, budget := range budgets {
		_, body, ok := frontend.Asset(name)
		if !ok {
			t.Errorf("there is no %s", name)
		}
		size := compressed(t, body)
		t.Logf("%s: %d bytes, %d in brotli", name, len(body), size)
		if size > budget {
			t.Errorf("%s has %d bytes in brotli, over its budget of %d", name, size, budget)
		}
	}
}

func compressed(t *testing.T, body []byte) int {
	t.Helper()
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, brotli.BestCompression)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}

// Scripts may not write HTML but through their one policy, nor run text.
func TestAsset_scriptsAreClean(t *testing.T) {
	policies := map[string]int{"site.js": 1, "embed.js": 1}
	for _, name := range []string{"site.js", "write.js", "desk.js", "frame.js", "embed.js"} {
		_, body, _ := frontend.Asset(name)
		if found := regexp.MustCompile(`outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc`).Find(body); found != nil {
			t.Errorf("%s uses %s", name, found)
		}
		if n := bytes.Count(body, []byte("innerHTML")); n != policies[name] {
			t.Errorf("%s sets innerHTML in %d places, want %d", name, n, policies[name])
		}
		if n := bytes.Count(body, []byte(`createPolicy("`)); n != policies[name] {
			t.Errorf("%s makes %d policies, want %d", name, n, policies[name])
		}
	}
}
