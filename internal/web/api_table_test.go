package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every operation of the API is a line in the table of routes, with its policy,
// and every such line is an operation.
func TestAPI_tableIsComplete(t *testing.T) {
	h := newHouse(t)
	s, err := newServer(Config{Desk: h.desk, BaseURL: "http://127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	a, err := newAPI(s)
	if err != nil {
		t.Fatal(err)
	}
	var described []string
	for path, item := range a.huma.OpenAPI().Paths {
		for method, op := range map[string]any{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete} {
			if b, _ := json.Marshal(op); string(b) != "null" {
				described = append(described, method+" "+path)
			}
		}
	}
	var routed []string
	for _, r := range s.routes() {
		if strings.HasPrefix(r.pattern, "/api/") && r.pattern != "/api/v1/openapi.json" {
			routed = append(routed, r.method+" "+r.pattern)
		}
	}
	slices.Sort(described)
	slices.Sort(routed)
	if len(routed) < 11 {
		t.Errorf("only %d routes", len(routed))
	}
	if d := cmp.Diff(routed, described); d != "" {
		t.Errorf("routes (-) and operations (+) differ:\n%s", d)
	}
}

func TestAPI_document(t *testing.T) {
	h := newHouse(t)
	a := h.browser().get("/api/v1/openapi.json").want(http.StatusOK)
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]json.RawMessage
		Components struct {
			Schemas         map[string]struct{ Properties map[string]json.RawMessage }
			SecuritySchemes map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(a.body), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %q", doc.OpenAPI)
	}
	if _, ok := doc.Paths["/api/v1/comments"]["post"]; !ok {
		t.Errorf("posting is not described: %v", slices.Collect(maps.Keys(doc.Paths)))
	}
	fields := slices.Sorted(maps.Keys(doc.Components.Schemas["Problem"].Properties))
	if d := cmp.Diff([]string{"code", "decision", "detail", "errors", "retryAfter", "status", "title", "type"}, fields); d != "" {
		t.Error(d)
	}
	// What leads to a person is no field of any answer; a form may ask for it.
	for name, schema := range doc.Components.Schemas {
		if strings.HasSuffix(name, "InputBody") {
			continue
		}
		for field := range schema.Properties {
			for _, never := range []string{"email", "address", "account", "network", "session", "token"} {
				if strings.Contains(strings.ToLower(field), never) {
					t.Errorf("%s has the field %s", name, field)
				}
			}
		}
	}
}
