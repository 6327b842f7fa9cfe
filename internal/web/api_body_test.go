package web

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"parley/internal/fixture"
)

// attack is a line of a file of hostile inputs.
type attack struct {
	ID, Payload, Enc, Name, Verdict, Must string
}

// attacks reads a file of hostile inputs kept outside the repository.
func attacks(t *testing.T, file string) []attack {
	t.Helper()
	f, err := os.Open(fixture.Path(t, "attacks", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []attack
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var a attack
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		if a.Enc == "base64" {
			b, err := base64.StdEncoding.DecodeString(a.Payload)
			if err != nil {
				t.Fatal(err)
			}
			a.Payload = string(b)
		}
		all = append(all, a)
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		t.Fatalf("%d lines: %v", len(all), err)
	}
	return all
}

// isProblem fails the test unless an answer is an error in the one shape errors
// have.
func isProblem(t *testing.T, a answer) problem {
	t.Helper()
	var p problem
	if kind := a.header.Get("Content-Type"); kind != "application/problem+json" {
		t.Fatalf("status %d with content type %q\n%s", a.status, kind, excerpt(a.body))
	}
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatal(err)
	}
	if p.Type != "about:blank" || p.Status != a.status || p.Title != http.StatusText(a.status) || !strings.HasPrefix(p.Code, "error.") || p.Detail == "" {
		t.Errorf("status %d: %+v", a.status, p)
	}
	return p
}

// inPlace is where the inputs' field names stand in a body of ours.
var inPlace = strings.NewReplacer(`"body"`, `"text"`, `"Body"`, `"Text"`, `"BODY"`, `"TEXT"`, `"parent_id"`, `"parent"`)

// TestAPI_smuggling sends bodies that two readers could understand differently.
// Each is refused as it stands and with our own field names.
func TestAPI_smuggling(t *testing.T) {
	list := attacks(t, "api-json-smuggling.jsonl")
	h := newHouse(t)
	b := h.browser()
	for _, x := range list {
		for _, body := range []string{x.Payload, inPlace.Replace(x.Payload)} {
			a := b.json(http.MethodPost, "/api/v1/preview", body)
			if a.status == http.StatusOK && x.Must == "ok" {
				continue
			}
			if a.status < 400 || a.status > 499 {
				t.Errorf("%s: status %d for %q: %s", x.ID, a.status, excerpt(body), a.body)
				continue
			}
			isProblem(t, a)
		}
	}
}

// TestAPI_parsing sends every case of a parser's test suite: what is not JSON is
// refused, and nothing breaks us.
func TestAPI_parsing(t *testing.T) {
	list := attacks(t, "json-parsing.jsonl")
	h := newHouse(t)
	b := h.browser()
	for _, x := range list {
		a := b.json(http.MethodPost, "/api/v1/preview", x.Payload)
		if a.status >= 500 || (strings.HasPrefix(x.Name, "n_") && (a.status < 400 || a.status > 499)) {
			t.Errorf("%s: status %d\n%s", x.Name, a.status, excerpt(a.body))
		}
	}
}

func TestAPI_strictBodies(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	nested := strings.Repeat(`{"a":`, 17) + "1" + strings.Repeat("}", 17)
	for body, place := range map[string]string{
		`{"text":"a","text":"b"}`:    "body.text",
		`{"Text":"a"}`:               "body.Text",
		`{"text":"a","role":"x"}`:    "body.role",
		`{"text":null}`:              "body.text",
		`{"text":1}`:                 "body.text",
		`{"text":"a"} {"text":"b"}`:  "",
		`[{"text":"a"}]`:             "body",
		`null`:                       "body",
		``:                           "",
		"{\"text\":\"\xff\"}":        "body.text",
		`{"text":"\ud800"}`:          "body.text",
		"\ufeff{\"text\":\"a\"}":     "body",
		`{"text":` + nested + `}`:    "",
		`{"text":"a",}`:              "",
		`{"text":"a"/* comment */}`:  "",
		`{'text':'a'}`:               "",
		`{"text":"a","__proto__":1}`: "body.__proto__",
	} {
		a := b.json(http.MethodPost, "/api/v1/preview", body).want(http.StatusBadRequest)
		p := isProblem(t, a)
		if p.Code != "error.badRequest" || (place != "" && (len(p.Errors) != 1 || p.Errors[0].Location != place)) {
			t.Errorf("%q: %+v, want it at %q", body, p, place)
		}
	}
	a := b.json(http.MethodPost, "/api/v1/preview", `{"text":"[[[[[[[[[[[[[[[[[[[[ \u0041 *b*"}`).want(http.StatusOK)
	if !strings.Contains(a.body, "A \\u003cem\\u003eb") {
		t.Error(a.body)
	}
}

func TestAPI_contentType(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	for kind, status := range map[string]int{
		"application/json":                      200,
		"application/json; charset=utf-8":       200,
		"Application/JSON":                      200,
		"application/json; charset=utf-7":       415,
		"text/plain":                            415,
		"application/x-www-form-urlencoded":     415,
		"multipart/form-data; boundary=x":       415,
		"":                                      415,
		"application/json, text/plain":          415,
		"application/jsonx":                     415,
		"application/merge-patch+json":          415,
		"text/plain; application/json":          415,
		"application/json; charset=utf-8; x=\"": 415,
	} {
		a := b.do(http.MethodPost, "/api/v1/preview", strings.NewReader(`{"text":"a"}`), http.Header{"Content-Type": {kind}})
		if a.status != status {
			t.Errorf("%q: status %d, want %d\n%s", kind, a.status, status, a.body)
		}
		if a.status != http.StatusOK && isProblem(t, a).Code != "error.mediaType" {
			t.Errorf("%q: %s", kind, a.body)
		}
	}
}

func TestAPI_bodyTooLarge(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	a := b.json(http.MethodPost, "/api/v1/preview", `{"text":"`+strings.Repeat("a", maxBody)+`"}`).want(http.StatusRequestEntityTooLarge)
	if p := isProblem(t, a); p.Code != "error.bodyTooLarge" {
		t.Errorf("%+v", p)
	}
	// Within the cap but too long for a comment is an error of the text.
	a = b.json(http.MethodPost, "/api/v1/preview", `{"text":"`+strings.Repeat("a", 6000)+`"}`).want(http.StatusUnprocessableEntity)
	if p := isProblem(t, a); p.Code != "error.textLong" || len(p.Errors) != 1 || p.Errors[0].Location != "body.text" {
		t.Errorf("%+v", p)
	}
}

// decodeStrict refuses a shape whatever it is to be read into.
func TestDecodeStrict_shape(t *testing.T) {
	object := func(depth int) string { return strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth) }
	for body, good := range map[string]bool{
		`{}`:                          true,
		` {"a":[{"b":"c"}]} `:         true,
		object(maxDepth):              true,
		object(maxDepth + 1):          false,
		object(5000):                  false,
		strings.Repeat("[", 100_000):  false,
		`{"a":[null]}`:                false,
		`[]`:                          false,
		`"a"`:                         false,
		`1`:                           false,
		`true`:                        false,
		`{"a":1}{"a":1}`:              false,
		`{"a":1} ]`:                   false,
		`{"a":{"b":1,"b":2}}`:         false,
		`{"a":"` + "\xed\xa0\x80\"}":  false,
		`{"a":1` + "\x00}":            false,
		`{"a":1}` + "\n\t ":           true,
		`{"a":1e400}`:                 false,
		`{"a":0x10}`:                  false,
		`{"a":.5}`:                    false,
		`{"\u0061":1,"a":2}`:          false,
		`{"a":1}` + "\ufeff":          false,
		`{"a":"` + "\u2028" + `"}`:    true,
		`{"a":"line` + "\n" + `feed"`: false,
	} {
		var v any
		if err := decodeStrict([]byte(body), &v); (err == nil) != good {
			t.Errorf("%.60q: %v, want good %t", body, err, good)
		}
	}
}
