package forum_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"parley/internal/forum"
)

// codeOf returns the catalogue code of an error, or nothing for none.
func codeOf(err error) string {
	if err == nil {
		return ""
	}
	var e *forum.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return err.Error()
}

func TestError(t *testing.T) {
	cause := errors.New("disk on fire")
	base := forum.Fail(forum.TooFast, "error.tooFast")
	err := base.At("text").With("seconds", 3).With("max", 9).After(time.Second).Because("post: %w", cause)
	if base.Field != "" || base.Args != nil || base.RetryAfter != 0 || base.Cause != nil {
		t.Errorf("the base changed: %+v", base)
	}
	if err.Error() != "error.tooFast (text): post: disk on fire" || !errors.Is(err, cause) {
		t.Errorf("Error() = %q", err)
	}
	if err.Args["seconds"] != 3 || err.Args["max"] != 9 || err.RetryAfter != time.Second {
		t.Errorf("%+v", err)
	}
	first := base.With("a", 1)
	second := first.With("b", 2)
	if len(first.Args) != 1 || len(second.Args) != 2 {
		t.Errorf("With shares its map: %v %v", first.Args, second.Args)
	}
}

func TestIsKind(t *testing.T) {
	wrapped := fmt.Errorf("door: %w", forum.Fail(forum.Gone, "error.linkUsed"))
	for _, c := range []struct {
		err  error
		kind forum.Kind
		want bool
	}{
		{nil, forum.Internal, false},
		{errors.New("x"), forum.Internal, false},
		{wrapped, forum.Gone, true},
		{wrapped, forum.Conflict, false},
	} {
		if got := forum.IsKind(c.err, c.kind); got != c.want {
			t.Errorf("IsKind(%v, %d) is %t", c.err, c.kind, got)
		}
	}
}
