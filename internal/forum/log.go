package forum

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// LogEntry is one act in a site's log. Each entry hashes the one before it, so
// that none can be changed, removed, reordered or cut off unseen. What names a
// person beyond an account's id stands in Value, which is kept apart: the entry
// holds a commitment to it only, so that erasing the value keeps the chain.
type LogEntry struct {
	SiteID    ID
	Seq       int64 // from 1, without gaps
	At        time.Time
	ActorID   ID // zero: the program itself, or a rule
	ActorRole Role
	Action    string // "comment.reject", "rule.on", "staff.invite", …
	Object    string // "comment:0v…", "account:0v…"
	Reason    string // a code
	Before    string // state or digest before
	After     string
	Request   string // id of the request
	Private   string // commitment to Value; empty: none
	Prev      string // hash of the entry before; empty at the first
	Hash      string

	Value string // kept apart; empty: none, or erased
	Salt  string // kept with Value
}

// Commit returns the commitment to a value under a random salt: without the salt
// it says nothing about the value.
func Commit(salt, value string) string {
	mac := hmac.New(sha256.New, []byte(salt))
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil))
}

// Chain returns the hash of an entry: SHA-256 over the hash before it and its
// canonical form, every field behind its length.
func (e LogEntry) Chain() string {
	h := sha256.New()
	var n [8]byte
	text := func(s string) {
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	number := func(v int64) {
		binary.BigEndian.PutUint64(n[:], uint64(v))
		h.Write(n[:])
	}
	text("parley log 1")
	text(e.Prev)
	number(int64(e.SiteID))
	number(e.Seq)
	number(e.At.UnixMicro())
	number(int64(e.ActorID))
	for _, s := range []string{string(e.ActorRole), e.Action, e.Object, e.Reason, e.Before, e.After, e.Request, e.Private} {
		text(s)
	}
	return hex.EncodeToString(h.Sum(nil))
}
