package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"parley/frontend/locale"
	"parley/internal/forum"
)

// exitCode is what the program ends with.
type exitCode int

// The exit codes, all of them.
const (
	exitOK       exitCode = iota // done
	exitFailure                  // it did not work; the message says why
	exitUsage                    // unknown command or flag, or an argument is missing
	exitConfig                   // an option has a value that cannot work, or the TOML file is wrong
	exitDatabase                 // the database cannot be opened or brought up to date
	exitInput                    // an input file (a story, an archived page) is wrong
	exitFinding                  // parley doctor or parley audit verify found something
)

// failure is an error with the exit code it deserves.
type failure struct {
	code exitCode
	err  error
}

func (f *failure) Error() string { return f.err.Error() }

func (f *failure) Unwrap() error { return f.err }

// exitWith gives an error its exit code; nil stays nil.
func exitWith(code exitCode, err error) error {
	if err == nil {
		return nil
	}
	return &failure{code: code, err: err}
}

// codeOf returns the exit code of an error.
func codeOf(err error) exitCode {
	var f *failure
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &f):
		return f.code
	}
	return exitFailure
}

// isolates are invisible marks that pages need and terminals do not.
var isolates = strings.NewReplacer("\u2068", "", "\u2069", "")

// sentence returns an error as one line in plain words: what Parley itself
// refuses reads as readers would read it in English.
func sentence(err error) string {
	text := err.Error()
	var refused *forum.Error
	if errors.As(err, &refused) && locale.Has(refused.Code) {
		text = strings.TrimSuffix(text, refused.Error()) + isolates.Replace(locale.T("en", refused.Code, placeholders(refused)...))
	}
	return strings.Join(strings.Fields(text), " ")
}

// placeholders returns what fills a refusal's sentence, as pairs.
func placeholders(e *forum.Error) []any {
	var pairs []any
	for name, value := range e.Args {
		if list, ok := value.([]string); ok {
			value = strings.Join(slices.Clone(list), ", ")
		}
		pairs = append(pairs, name, value)
	}
	return pairs
}

// badInput says what is wrong with an input file, and on which line if known.
func badInput(file string, line int, err error) error {
	where := file
	if line > 0 {
		where = fmt.Sprintf("%s:%d", file, line)
	}
	return exitWith(exitInput, fmt.Errorf("%s: %w", where, err))
}
