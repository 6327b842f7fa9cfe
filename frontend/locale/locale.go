// Package locale has every text a reader sees, one catalogue per language, and
// the rules that fill them: placeholders, plural forms, numbers and dates. The
// scripts of a page read the same catalogues. No page, no HTML and no decision
// may enter here.
package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed *.json
var files embed.FS

// Fallback is the language whose text stands in for a missing one.
const Fallback = "en"

// language codes in the order in which a page offers them.
var supported = []string{"en", "ar", "tr", "ru"}

var names = map[string]string{"en": "English", "ar": "العربية", "tr": "Türkçe", "ru": "Русский"}

var tags = map[string]language.Tag{
	"en": language.English, "ar": language.Arabic, "tr": language.Turkish, "ru": language.Russian,
}

var forms = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two",
	plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// message is one entry of a catalogue: a sentence, or one per plural form.
type message map[string]string

// UnmarshalJSON reads a string or an object of plural forms.
func (m *message) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var text string
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
		*m = message{"other": text}
		return nil
	}
	return json.Unmarshal(b, (*map[string]string)(m))
}

var catalogues = load()

// load reads the catalogues built into the program; a broken one is a defect of
// the build, so it stops the program.
func load() map[string]map[string]message {
	all := make(map[string]map[string]message, len(supported))
	for _, loc := range supported {
		text, err := files.ReadFile(loc + ".json")
		if err != nil {
			panic(err)
		}
		var c map[string]message
		if err := json.Unmarshal(text, &c); err != nil {
			panic(fmt.Sprintf("locale %s: %v", loc, err))
		}
		all[loc] = c
	}
	return all
}

// Supported lists the languages of the interface, in the order shown.
func Supported() []string { return slices.Clone(supported) }

// Known returns loc if it is supported, else Fallback.
func Known(loc string) string {
	if slices.Contains(supported, loc) {
		return loc
	}
	return Fallback
}

// Name returns what a language calls itself.
func Name(loc string) string { return names[Known(loc)] }

// Dir returns the writing direction of a language's text: "rtl" or "ltr". It
// knows more languages than the interface has, since stories may be in any.
func Dir(loc string) string {
	base, _, _ := strings.Cut(strings.ToLower(loc), "-")
	if slices.Contains([]string{"ar", "he", "fa", "ur", "ps", "sd", "ug", "yi", "dv", "ckb", "arc"}, base) {
		return "rtl"
	}
	return "ltr"
}

// Has reports whether the catalogues know a key.
func Has(key string) bool {
	_, ok := catalogues[Fallback][key]
	return ok
}

// T returns the text of a key. The args are pairs of a placeholder's name and
// its value: text stands in bidirectional isolation, whole numbers and instants are
// written as the language writes them. A key without a text in loc gives the English
// one, an unknown key itself.
func T(loc, key string, args ...any) string {
	return fill(loc, lookup(loc, key)["other"], key, args)
}

// N returns the text of a key in the plural form that n asks for; the
// placeholder {n} is n. Further args are as in T.
func N(loc, key string, n int, args ...any) string {
	loc = Known(loc)
	m := lookup(loc, key)
	// MatchPlural allows a large operand to be reduced by 10,000,000.
	form := plural.Cardinal.MatchPlural(tags[loc], n%10_000_000, 0, 0, 0, 0)
	text, ok := m[forms[form]]
	if !ok {
		text = m["other"]
	}
	return fill(loc, text, key, append([]any{"n", n}, args...))
}

// Around returns what stands before and after the placeholder in a text, for
// markup that puts an element in its place.
func Around(loc, key, placeholder string) (before, after string) {
	before, after, _ = strings.Cut(T(loc, key), "{"+placeholder+"}")
	return before, after
}

// lookup finds the message of a key, in English if loc has none.
func lookup(loc, key string) message {
	if m, ok := catalogues[loc][key]; ok {
		return m
	}
	return catalogues[Fallback][key]
}

// fill puts the values of args into their placeholders, in one pass: a value
// that looks like a placeholder stays what it is.
func fill(loc, text, key string, args []any) string {
	if text == "" {
		return key
	}
	if len(args) == 0 {
		return text
	}
	if len(args) == 2 {
		name, _ := args[0].(string)
		return strings.ReplaceAll(text, "{"+name+"}", value(loc, args[1]))
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		name, _ := args[i].(string)
		pairs = append(pairs, "{"+name+"}", value(loc, args[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// value writes one placeholder's value.
func value(loc string, v any) string {
	switch v := v.(type) {
	case int:
		return Number(loc, v)
	case int64:
		return Number(loc, int(v))
	case string:
		return Isolate(v)
	case time.Time:
		return Isolate(Time(loc, v))
	}
	return Isolate(fmt.Sprint(v))
}

// Isolate wraps a text so that its direction cannot disturb what surrounds it:
// FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (UAX #9). Isolates and
// embeddings that the text itself leaves open end with it.
func Isolate(text string) string { return "\u2068" + text + "\u2069" }
