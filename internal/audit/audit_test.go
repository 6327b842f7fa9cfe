package audit

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/forum"
)

var site = forum.Site{ID: 7, Slug: "main"}

// grown is a log of n entries as the store writes them; every third has a value
// kept apart.
func grown(n int) []forum.LogEntry {
	var all []forum.LogEntry
	prev := ""
	for i := range n {
		e := forum.LogEntry{
			SiteID: site.ID, Seq: int64(i + 1), At: time.Unix(int64(1_000_000+i), 0).UTC(), ActorID: forum.ID(i%4 + 1),
			ActorRole: forum.RoleModerator, Action: "comment.reject", Object: fmt.Sprintf("comment:%d", i), Reason: "abuse",
			Before: "published", After: "rejected", Request: fmt.Sprint("r", i), Prev: prev,
		}
		if i%3 == 0 {
			e.Salt, e.Value = fmt.Sprint("salt", i), fmt.Sprint("name", i)
			e.Private = forum.Commit(e.Salt, e.Value)
		}
		e.Hash = e.Chain()
		prev = e.Hash
		all = append(all, e)
	}
	return all
}

// mended hashes a log anew, as somebody does who covers a change.
func mended(all []forum.LogEntry) []forum.LogEntry {
	prev := ""
	for i := range all {
		all[i].Prev = prev
		all[i].Hash = all[i].Chain()
		prev = all[i].Hash
	}
	return all
}

// verify takes a log whose head row follows its last entry.
func verify(all []forum.LogEntry, heads []Head) Report {
	seq, hash := int64(0), ""
	if len(all) > 0 {
		seq, hash = all[len(all)-1].Seq, all[len(all)-1].Hash
	}
	return verifyTo(all, heads, seq, hash)
}

func verifyTo(all []forum.LogEntry, heads []Head, seq int64, hash string) Report {
	v := NewVerifier(site, heads)
	values := int64(0)
	for _, e := range all {
		v.Entry(e)
		if e.Salt != "" {
			values++
		}
	}
	return v.Finish(seq, hash, values)
}

func key(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestVerify_untouched(t *testing.T) {
	all := grown(200)
	heads := []Head{
		Sign(key(t), "main", 50, all[49].Hash, time.Unix(2_000_000, 0)),
		Sign(key(t), "main", 200, all[199].Hash, time.Unix(2_000_001, 0)),
		Sign(key(t), "other", 9, "x", time.Unix(2_000_001, 0)),
	}
	r := verify(all, heads)
	if !r.Good() || r.Entries != 200 || r.Seq != 200 || r.Hash != all[199].Hash || r.Heads != 2 {
		t.Errorf("%+v", r)
	}
	if r := verify(nil, nil); !r.Good() || r.Entries != 0 {
		t.Errorf("an empty log: %+v", r)
	}
	// Erasure removes the value and its salt, and the chain stands.
	all[3].Salt, all[3].Value = "", ""
	if r := verify(all, heads); !r.Good() {
		t.Errorf("after an erasure: %v", r.Faults)
	}
}

// mutations are all ways to touch a log that leave its hashes alone.
var mutations = map[string]func(r *rand.Rand, all []forum.LogEntry) []forum.LogEntry{
	"edited": func(r *rand.Rand, all []forum.LogEntry) []forum.LogEntry {
		e := &all[r.IntN(len(all))]
		texts := []*string{&e.Action, &e.Object, &e.Reason, &e.Before, &e.After, &e.Request, &e.Private, &e.Prev, &e.Hash, (*string)(&e.ActorRole)}
		switch n := r.IntN(len(texts) + 2); n {
		case len(texts):
			e.At = e.At.Add(time.Duration(1+r.IntN(1000)) * time.Microsecond)
		case len(texts) + 1:
			e.ActorID ^= 1 << r.IntN(40)
		default:
			*texts[n] += "x"
		}
		return all
	},
	"removed": func(r *rand.Rand, all []forum.LogEntry) []forum.LogEntry {
		i := r.IntN(len(all) - 1)
		return slices.Delete(all, i, i+1)
	},
	"renumbered": func(r *rand.Rand, all []forum.LogEntry) []forum.LogEntry {
		i := r.IntN(len(all) - 1)
		all = slices.Delete(all, i, i+1)
		for ; i < len(all); i++ {
			all[i].Seq--
		}
		return all
	},
	"swapped": func(r *rand.Rand, all []forum.LogEntry) []forum.LogEntry {
		i := r.IntN(len(all) - 1)
		j := i + 1 + r.IntN(len(all)-i-1)
		all[i], all[j] = all[j], all[i]
		all[i].Seq, all[j].Seq = all[j].Seq, all[i].Seq
		return all
	},
	"reordered": func(r *rand.Rand, all []forum.LogEntry) []forum.LogEntry {
		i := r.IntN(len(all) - 1)
		all[i], all[i+1] = all[i+1], all[i]
		return all
	},
	"inserted": func(r *rand.Rand, all []forum.LogEntry) []forum.LogEntry {
		i := r.IntN(len(all))
		e := all[i]
		e.Reason, e.Salt, e.Value, e.Private = "forged", "", "", ""
		e.Hash = e.Chain()
		all = slices.Insert(all, i, e)
		for i++; i < len(all); i++ {
			all[i].Seq++
		}
		return all
	},
	"value": func(r *rand.Rand, all []forum.LogEntry) []forum.LogEntry {
		e := &all[3*r.IntN(len(all)/3)]
		if r.IntN(2) == 0 {
			e.Value += "x"
		} else {
			e.Salt += "x"
		}
		return all
	},
	"value given": func(r *rand.Rand, all []forum.LogEntry) []forum.LogEntry {
		e := &all[3*r.IntN(len(all)/3)+1]
		e.Salt, e.Value = "s", "v"
		return all
	},
}

func TestVerify_mutations(t *testing.T) {
	for name, mutate := range mutations {
		r := rand.New(rand.NewPCG(1, 2))
		for i := range 400 {
			if report := verify(mutate(r, grown(60)), nil); report.Good() {
				t.Fatalf("%s: mutation %d was not found", name, i)
			}
		}
	}
}

// TestVerify_cut cuts the end of a log: the head row tells, and when it was
// moved too, the signed heads do.
func TestVerify_cut(t *testing.T) {
	all := grown(60)
	k := key(t)
	heads := []Head{Sign(k, "main", 55, all[54].Hash, time.Unix(2_000_000, 0))}
	for keep := range 55 {
		if verifyTo(all[:keep], nil, 60, all[59].Hash).Good() {
			t.Errorf("%d of 60 entries pass for all", keep)
		}
		if verify(all[:keep], heads).Good() {
			t.Errorf("%d of 60 entries with a moved head pass the signed heads", keep)
		}
	}
	if r := verify(all[:57], heads); !r.Good() {
		t.Errorf("what came after the last signed head cannot be missed: %v", r.Faults)
	}
}

// TestVerify_rewritten writes the whole log anew behind a change: only the
// signed heads can tell.
func TestVerify_rewritten(t *testing.T) {
	all := grown(60)
	heads := []Head{Sign(key(t), "main", 60, all[59].Hash, time.Unix(2_000_000, 0))}
	all[20].Reason = "spam"
	all = mended(all)
	if r := verify(all, nil); !r.Good() {
		t.Fatalf("the forgery is not sound: %v", r.Faults)
	}
	if r := verify(all, heads); len(r.Faults) != 1 || r.Faults[0].Kind != Signed {
		t.Errorf("%+v", r)
	}
}

func TestVerify_listsAFew(t *testing.T) {
	all := grown(500)
	for i := range all {
		all[i].Reason = "x"
	}
	if r := verify(all, nil); len(r.Faults) != maxFaults || r.More != 500-maxFaults {
		t.Errorf("%d faults and %d more", len(r.Faults), r.More)
	}
}

func TestVerify_values(t *testing.T) {
	all := grown(9)
	v := NewVerifier(site, nil)
	for _, e := range all {
		v.Entry(e)
	}
	if r := v.Finish(9, all[8].Hash, 4); r.Good() {
		t.Error("a value that belongs to no entry was not found")
	}
}

func TestReadHeads(t *testing.T) {
	k := key(t)
	file := func(heads ...Head) []byte {
		var b bytes.Buffer
		for _, h := range heads {
			line, err := h.Line()
			if err != nil {
				t.Fatal(err)
			}
			b.Write(line)
		}
		return b.Bytes()
	}
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	one, two := Sign(k, "main", 1, "aa", at), Sign(k, "main", 2, "bb", at.Add(time.Hour))
	heads, faults, err := ReadHeads(bytes.NewReader(file(one, two)), k.Public().(ed25519.PublicKey))
	if err != nil || len(faults) != 0 || !slices.Equal(heads, []Head{one, two}) {
		t.Fatalf("%v %v %v", heads, faults, err)
	}
	text := string(file(one, two))
	for what, bad := range map[string]string{
		"number":      strings.Replace(text, `"seq":2`, `"seq":3`, 1),
		"hash":        strings.Replace(text, `"bb"`, `"bc"`, 1),
		"instant":     strings.Replace(text, "T11:", "T12:", 1),
		"site":        strings.Replace(text, `"main"`, `"mine"`, 1),
		"another key": text + string(file(Sign(key(t), "main", 3, "cc", at))),
		"torn line":   text[:len(text)-20],
		"more on it":  strings.Replace(text, "}\n", "}{}\n", 1),
		"new field":   strings.Replace(text, `{"site"`, `{"x":1,"site"`, 1),
	} {
		for _, pinned := range []ed25519.PublicKey{nil, k.Public().(ed25519.PublicKey)} {
			if _, faults, err := ReadHeads(strings.NewReader(bad), pinned); err != nil || len(faults) == 0 {
				t.Errorf("%s: %v %v", what, faults, err)
			}
		}
	}
	forged := file(Sign(key(t), "main", 1, "aa", at))
	if _, faults, _ := ReadHeads(bytes.NewReader(forged), k.Public().(ed25519.PublicKey)); len(faults) != 1 {
		t.Error("a head of another's key passes for one of ours")
	}
}

func TestKey_file(t *testing.T) {
	k := key(t)
	text, err := MarshalKey(k)
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseKey(text)
	if err != nil || !back.Equal(k) {
		t.Errorf("the key came back as another: %v", err)
	}
	for _, bad := range []string{"", "x", strings.Replace(string(text), "PRIVATE", "PUBLIC", 2)} {
		if _, err := ParseKey([]byte(bad)); err == nil {
			t.Errorf("%q passes for a key", bad)
		}
	}
}
