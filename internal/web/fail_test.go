package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

// A part of a page that cannot be read is worth a line, but not when its reader has
// left.
func TestLacks(t *testing.T) {
	var log bytes.Buffer
	s := &server{Config: Config{Log: slog.New(slog.NewTextHandler(&log, nil))}}
	ctx, leave := context.WithCancel(t.Context())
	asked, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r := &request{Request: asked}
	s.lacks(r, "bell", errors.New("the disk is broken"))
	if line := log.String(); !strings.Contains(line, "level=WARN") || !strings.Contains(line, "part=bell") || !strings.Contains(line, "disk is broken") {
		t.Errorf("%q", line)
	}
	log.Reset()
	leave()
	s.lacks(r, "bell", context.Canceled)
	if log.Len() > 0 {
		t.Errorf("%q of a reader who has left", log.String())
	}
}
