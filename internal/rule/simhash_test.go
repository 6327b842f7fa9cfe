package rule

import (
	"strings"
	"testing"
)

const spam = `Dear friends, I never believed in this either until my neighbour showed me how she
earns more than her salary from home every single week. No experience is needed, the training is free, and the
first payment arrives after three days. Write to the manager today while there are places left in the programme.`

func TestFingerprint(t *testing.T) {
	print := func(s string) Fingerprint { return Read(s, "en").Fingerprint() }
	first := print(spam)
	for name, copied := range map[string]string{
		"the same":            spam,
		"shouted":             strings.ToUpper(spam),
		"other blanks, signs": strings.ReplaceAll(strings.ReplaceAll(spam, ",", " – "), " ", "\n"),
		"hidden characters":   strings.ReplaceAll(spam, "e", "e\u200b"),
		"accents":             strings.ReplaceAll(spam, "a", "á"),
		"a number":            spam + " Offer 48151623.",
		"a smile":             "😀😀 " + spam + " 😀",
		"a word more":         spam + " Hurry!",
	} {
		if d := first.Distance(print(copied)); d > Near {
			t.Errorf("%s: %d bits", name, d)
		}
	}
	other := strings.NewReplacer("neighbour", "minister", "earns", "spends", "salary", "budget", "training", "tender",
		"manager", "court", "payment", "debate", "free", "rigged", "friends", "readers").Replace(spam)
	if d := first.Distance(print(other)); d <= Near {
		t.Errorf("another text: %d bits", d)
	}
	if f := print("I agree with you, well said"); f != 0 {
		t.Errorf("a short text has the fingerprint %x", f)
	}
	if f := print("这条评论说明了为什么桥梁必须在春天之前关闭"); f == 0 {
		t.Error("Chinese has no fingerprint")
	}
	// It is stored, so it must not change.
	if first != 0x919ec6aa09e775c3 {
		t.Errorf("fingerprint %#x", uint64(first))
	}
}

// Two fingerprints that are near share a band.
func TestFingerprint_bands(t *testing.T) {
	f := Fingerprint(0x0123_4567_89ab_cdef)
	for i := range 64 {
		for j := range 64 {
			for k := range 64 {
				g := f ^ 1<<i ^ 1<<j ^ 1<<k
				shared := false
				for n, band := range f.Bands() {
					shared = shared || band == g.Bands()[n]
				}
				if !shared {
					t.Fatalf("%x and %x share no band", f, g)
				}
			}
		}
	}
}
