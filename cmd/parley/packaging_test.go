package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metricNames returns the names of all figures: those that rooms list, and those
// of the runtime and the process.
func metricNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	listed := regexp.MustCompile(`"(parley_[a-z_]+)"`)
	err := filepath.WalkDir("../../internal", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range listed.FindAllSubmatch(text, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		names[f.GetName()] = true
	}
	return names
}

// TestPackaging_queries looks for every figure that the dashboard and the alert
// rules ask for.
func TestPackaging_queries(t *testing.T) {
	names := metricNames(t)
	asked := regexp.MustCompile(`\b(?:parley|go|process)_[a-z_]+\b`)
	for _, file := range []string{"grafana.json", "alerts.yaml"} {
		text, err := os.ReadFile(filepath.Join("../../packaging/monitoring", file))
		if err != nil {
			t.Fatal(err)
		}
		found := asked.FindAllString(string(text), -1)
		if len(found) < 8 {
			t.Errorf("%s asks for %d figures", file, len(found))
		}
		for _, name := range found {
			whole := name
			for _, part := range []string{"_bucket", "_sum", "_count"} {
				whole = strings.TrimSuffix(whole, part)
			}
			if !names[name] && !names[whole] {
				t.Errorf("%s asks for %s, which there is not", file, name)
			}
		}
	}
}

// TestPackaging_options reads the options file of the package: it is right, and
// only its database is not there yet.
func TestPackaging_options(t *testing.T) {
	var out, wrong bytes.Buffer
	args := []string{"--config", "../../packaging/parley.toml", "--db", filepath.Join(t.TempDir(), "none.db"), "site", "list"}
	if code := run(t.Context(), args, &out, &wrong); code != exitDatabase {
		t.Errorf("exit code %d: %s", code, wrong.String())
	}
}

// TestPackaging_debian builds the package and looks into it.
func TestPackaging_debian(t *testing.T) {
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("no dpkg-deb here")
	}
	folder := t.TempDir()
	program := filepath.Join(folder, "parley")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.Command("bash", "../../packaging/debian/build.sh", program, "0.0.1", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	built, err := filepath.Glob(filepath.Join(folder, "parley_0.0.1_*.deb"))
	if err != nil || len(built) != 1 {
		t.Fatalf("built %v, %v", built, err)
	}
	list, err := exec.Command("dpkg-deb", "-c", built[0]).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`-rwxr-xr-x root/root .* \./usr/bin/parley\n`, `-rw-r--r-- root/root .* \./usr/lib/systemd/system/parley\.service\n`,
		`-rw-r--r-- root/root .* \./usr/lib/systemd/system/parley\.socket\n`, `-rw-r----- root/root .* \./etc/parley/parley\.toml\n`,
	} {
		if !regexp.MustCompile(want).Match(list) {
			t.Errorf("no %s in\n%s", want, list)
		}
	}
	for _, script := range []string{"postinst", "prerm"} {
		if text, err := exec.Command("sh", "-n", "../../packaging/debian/"+script).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", script, err, text)
		}
	}
}
