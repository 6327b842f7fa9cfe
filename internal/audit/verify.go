package audit

import (
	"fmt"

	"parley/internal/forum"
)

// Fault is one thing that is wrong with a log.
type Fault struct {
	Seq  int64  `json:"seq,omitempty"` // the entry it was found at; 0: the log as a whole
	Kind string `json:"kind"`          // one of the kinds below
	Note string `json:"note"`          // what was expected and what is there
}

// The kinds of faults.
const (
	Changed  = "changed"  // the entry is not what its hash was made of
	Unlinked = "unlinked" // the entry does not follow the one before it
	Missing  = "missing"  // numbers are left out
	Foreign  = "foreign"  // the entry belongs elsewhere or stands out of order
	Value    = "value"    // what is kept apart is not what the entry committed to
	End      = "end"      // the log does not end where its head says
	Signed   = "signed"   // a signed head says otherwise, or its signature is wrong
)

// String returns the fault as one line.
func (f Fault) String() string {
	if f.Seq == 0 {
		return f.Kind + ": " + f.Note
	}
	return fmt.Sprintf("entry %d %s: %s", f.Seq, f.Kind, f.Note)
}

// Report is what a verification found.
type Report struct {
	Site    string  `json:"site"`
	Entries int64   `json:"entries"`
	Seq     int64   `json:"seq"` // number of the last entry
	Hash    string  `json:"hash"`
	Heads   int     `json:"heads"` // signed heads that were compared
	Faults  []Fault `json:"faults"`
	More    int     `json:"more"` // faults beyond those listed
}

// Good reports whether nothing was found.
func (r Report) Good() bool { return len(r.Faults) == 0 }

// maxFaults is how many faults a report lists: a log written anew is wrong at
// every entry, and the first ones say it all.
const maxFaults = 50

// Verifier takes a site's log entry by entry, in the order of their numbers, and
// remembers only the one before: logs of any length need the same memory.
type Verifier struct {
	site   forum.Site
	report Report
	next   int64 // the number that must come
	prev   string
	values int64
	heads  []Head
	at     int // the first head that no entry has reached
}

// NewVerifier begins the verification of a site's log against the signed heads
// of that site, whose signatures were checked when they were read.
func NewVerifier(site forum.Site, heads []Head) *Verifier {
	v := &Verifier{site: site, next: 1, report: Report{Site: site.Slug, Faults: []Fault{}}}
	for _, h := range heads {
		if h.Site == site.Slug {
			v.heads = append(v.heads, h)
		}
	}
	sortHeads(v.heads)
	return v
}

// Entry takes the next entry, with the value kept apart for it, if there is one.
func (v *Verifier) Entry(e forum.LogEntry) {
	v.report.Entries++
	switch {
	case e.SiteID != v.site.ID || e.Seq < v.next:
		v.fault(e.Seq, Foreign, fmt.Sprintf("number %d was to come", v.next))
	case e.Seq > v.next:
		v.fault(e.Seq, Missing, fmt.Sprintf("number %d was to come", v.next))
	}
	if e.Prev != v.prev {
		v.fault(e.Seq, Unlinked, "it follows "+short(e.Prev)+", before it stands "+short(v.prev))
	}
	if hash := e.Chain(); hash != e.Hash {
		v.fault(e.Seq, Changed, "its hash is "+short(e.Hash)+", its contents make "+short(hash))
	}
	v.value(e)
	v.reach(e)
	v.next, v.prev = max(v.next, e.Seq)+1, e.Hash
}

// value checks what is kept apart. A value that is gone was erased, which the
// chain survives; one that is there must be the one committed to.
func (v *Verifier) value(e forum.LogEntry) {
	if e.Salt == "" && e.Value == "" {
		return
	}
	v.values++
	if forum.Commit(e.Salt, e.Value) != e.Private {
		v.fault(e.Seq, Value, "what is kept apart is not what the entry committed to")
	}
}

// reach compares the signed heads of an entry.
func (v *Verifier) reach(e forum.LogEntry) {
	for v.at < len(v.heads) && v.heads[v.at].Seq <= e.Seq {
		h := v.heads[v.at]
		v.at++
		v.report.Heads++
		if h.Seq == e.Seq && h.Hash != e.Hash {
			v.fault(e.Seq, Signed, "its hash is "+short(e.Hash)+", signed was "+short(h.Hash))
		}
		if h.Seq < e.Seq {
			v.fault(h.Seq, Signed, "it was signed and is gone")
		}
	}
}

// Finish takes where the log's head says that it ends, and how many values are
// kept apart up to there, and returns what was found. Fewer values than entries
// had are no fault: some may have been erased since.
func (v *Verifier) Finish(seq int64, hash string, values int64) Report {
	if seq != v.next-1 || hash != v.prev {
		v.fault(0, End, fmt.Sprintf("the head says %d %s, the last entry is %d %s", seq, short(hash), v.next-1, short(v.prev)))
	}
	if values > v.values {
		v.fault(0, Value, fmt.Sprintf("%d values are kept apart, %d belong to entries", values, v.values))
	}
	for ; v.at < len(v.heads); v.at++ {
		v.report.Heads++
		v.fault(0, Signed, fmt.Sprintf("entry %d was signed at %s, the log ends at %d", v.heads[v.at].Seq, v.heads[v.at].At, v.next-1))
	}
	v.report.Seq, v.report.Hash = v.next-1, v.prev
	return v.report
}

func (v *Verifier) fault(seq int64, kind, note string) {
	if len(v.report.Faults) == maxFaults {
		v.report.More++
		return
	}
	v.report.Faults = append(v.report.Faults, Fault{Seq: seq, Kind: kind, Note: note})
}

// short returns the beginning of a hash, enough to tell two apart.
func short(hash string) string {
	if hash == "" {
		return "nothing"
	}
	return hash[:min(len(hash), 12)]
}
