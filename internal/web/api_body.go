package web

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth is how deep objects and arrays of a body may nest.
const maxDepth = 16

// decodeStrict reads a body that can be understood in one way only: one object
// of valid UTF-8 in which every name is known, exact and there once, without
// null, and nothing after it.
func decodeStrict(body []byte, v any) error {
	if err := checkShape(body); err != nil {
		return err
	}
	err := json.Unmarshal(body, v, json.RejectUnknownMembers(true))
	var meaning *json.SemanticError
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &meaning):
		return placeOf(string(meaning.JSONPointer))
	case errors.As(err, &syntax):
		return placeOf(string(syntax.JSONPointer))
	}
	return placeOf("")
}

// checkShape refuses what the decoder would take: another value than an object,
// null for a value, and nesting that is deeper than anything we ask for.
func checkShape(body []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	if d.PeekKind() != '{' {
		return placeOf("")
	}
	for {
		t, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || t.Kind() == 'n' || d.StackDepth() > maxDepth {
			return placeOf(string(d.StackPointer()))
		}
	}
}
