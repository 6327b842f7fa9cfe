package store

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"parley/internal/forum"
	"parley/internal/meter"
)

// outage remembers that the database takes no writes: its disk is full or broken,
// or it only reads. Meanwhile transactions are refused at once, so that nobody
// waits for what cannot be; once in a while one is let through to see whether
// it is over. Reads go on.
type outage struct {
	again time.Duration // how often one is let through

	mu    sync.Mutex
	cause error // nil: it takes writes, as far as is known
	tried meter.Mark
}

// tryAgain is how often a transaction tries whether an outage is over.
const tryAgain = time.Second

// readingOnly is the code of the error of a database that takes no writes.
const readingOnly = "error.readingOnly"

// noWrites is the error of a transaction for which the database had no room or
// no working disk.
func noWrites(what string, err error) error {
	return forum.Fail(forum.Unavailable, readingOnly).After(30*time.Second).Because("%s: %w", what, err)
}

// admit refuses a transaction during an outage. True lets it through to try; it
// must write something then.
func (o *outage) admit() (try bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.cause == nil {
		return false, nil
	}
	if o.tried.Within(o.again) {
		return false, fmt.Errorf("since an earlier failure: %w", o.cause)
	}
	o.tried.Set()
	return true, nil
}

// note learns from how a transaction ended.
func (o *outage) note(try bool, err error) {
	var e *forum.Error
	failed := errors.As(err, &e) && e.Code == readingOnly
	if !failed && (err != nil || !try) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cause = err
	if failed {
		o.tried.Set()
	}
}

// Outage returns why the database takes no writes at present; nil: it takes them,
// as far as is known.
func (s *Store) Outage() error {
	s.outage.mu.Lock()
	defer s.outage.mu.Unlock()
	return s.outage.cause
}
