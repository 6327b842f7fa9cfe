package forum

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// ID names one thing: a positive 63-bit integer whose upper 43 bits are
// milliseconds since 1970 and whose lower 20 bits order what was minted in the
// same millisecond. So ids sort by the time of creation, and the order of
// comments by time is their order by id. The zero ID names nothing.
type ID int64

const (
	idLowBits  = 20
	idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz" // Crockford's base 32
	idLetters  = 13
)

// String returns the 13 base-32 letters of the id, as URLs and JSON show it.
func (id ID) String() string {
	var b [idLetters]byte
	for i := idLetters - 1; i >= 0; i-- {
		b[i] = idAlphabet[id&31]
		id >>= 5
	}
	return string(b[:])
}

// MarshalText writes the 13 letters.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads 13 letters, or nothing for the zero ID.
func (id *ID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*id = 0
		return nil
	}
	v, err := ParseID(string(b))
	*id = v
	return err
}

// Time returns the millisecond in which the id was minted.
func (id ID) Time() time.Time { return time.UnixMilli(int64(id) >> idLowBits).UTC() }

// ParseID reads an id as String writes it. Anything else is NotFound: a wrong
// id and an unknown one are the same to the caller.
func ParseID(s string) (ID, error) {
	if len(s) != idLetters {
		return 0, Fail(NotFound, "error.notFound").Because("id %q has %d letters", s, len(s))
	}
	var v uint64
	for i := range len(s) {
		n := strings.IndexByte(idAlphabet, s[i])
		if n < 0 || (i == 0 && n > 7) {
			return 0, Fail(NotFound, "error.notFound").Because("id %q is not base 32", s)
		}
		v = v<<5 | uint64(n)
	}
	if v == 0 || v > 1<<63-1 {
		return 0, Fail(NotFound, "error.notFound").Because("id %q is out of range", s)
	}
	return ID(v), nil
}

// Minter mints ids that never go backwards, even when the clock does. The zero
// Minter is ready to use and safe for concurrent use.
type Minter struct {
	mu   sync.Mutex
	last ID
}

// Mint returns an id for an instant, greater than any this Minter returned
// before.
func (m *Minter) Mint(at time.Time) ID {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := ID(at.UnixMilli()<<idLowBits | rand.Int64N(1<<(idLowBits-1)))
	if id <= m.last {
		// A random step keeps ids of one millisecond hard to enumerate.
		id = m.last + 1 + ID(rand.Int64N(64))
	}
	m.last = id
	return id
}

// MintAt returns an id for an instant in the past, as an import needs: n tells
// apart the things of that instant and keeps their order. It must be below
// 2^20, else Mint-like uniqueness is lost and an error is returned.
func MintAt(at time.Time, n int) (ID, error) {
	if n < 0 || n >= 1<<idLowBits {
		return 0, fmt.Errorf("forum: %d things in one instant, at most %d", n, 1<<idLowBits)
	}
	return ID(at.UnixMilli()<<idLowBits | int64(n)), nil
}

// FirstID returns the least id of an instant: what was minted before it is less,
// what was minted from then on is not.
func FirstID(at time.Time) ID { return ID(max(at.UnixMilli(), 0) << idLowBits) }
