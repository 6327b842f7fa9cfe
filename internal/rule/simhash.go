package rule

import "math/bits"

// Fingerprint is alike for texts that are alike: Charikar's SimHash of 64 bits,
// "Similarity estimation techniques from rounding algorithms" (2002), over the
// folded words and pairs of words of a text. Words with digits are left out,
// because they are what differs between copies (order numbers, prices). Zero
// says that the text is too short to tell a copy from another who says the same.
type Fingerprint uint64

// minWords is how many words a text must have for a fingerprint.
const minWords = 8

// Near is the most bits in which the fingerprints of near-duplicates differ.
const Near = 3

// Distance is the number of bits in which two fingerprints differ.
func (f Fingerprint) Distance(g Fingerprint) int { return bits.OnesCount64(uint64(f ^ g)) }

// Bands are the four quarters of a fingerprint, each with its place. Two that
// differ in at most [Near] bits share at least one.
func (f Fingerprint) Bands() [4]int64 {
	var b [4]int64
	for i := range b {
		b[i] = int64(i)<<16 | int64(f>>(16*i)&0xffff)
	}
	return b
}

// Fingerprint returns the fingerprint of a text.
func (t *Text) Fingerprint() Fingerprint {
	var sums [64]int
	words, last := 0, uint64(0)
	feature := func(h uint64) {
		words++
		addBits(&sums, mix(h))
		if last != 0 {
			addBits(&sums, mix(h^bits.RotateLeft64(last, 23)))
		}
		last = h
	}
	for word := range t.plain.words {
		switch {
		case hasDigit(word):
		case isUnspaced(word[0].r):
			for i := range word {
				feature(hashWord(word[i : i+1]))
			}
		default:
			feature(hashWord(word))
		}
	}
	if words < minWords {
		return 0
	}
	var f Fingerprint
	for i, sum := range sums {
		if sum > 0 {
			f |= 1 << i
		}
	}
	return f
}

func addBits(sums *[64]int, h uint64) {
	for i := range sums {
		sums[i] += int(h>>i&1)*2 - 1
	}
}

func hasDigit(word []symbol) bool {
	for _, x := range word {
		if '0' <= x.r && x.r <= '9' {
			return true
		}
	}
	return false
}

// hashWord is FNV-1a over the letters of a word: fingerprints are stored, so
// that it must stay the same.
func hashWord(word []symbol) uint64 {
	h := uint64(14695981039346656037)
	for _, x := range word {
		h = (h ^ uint64(x.r)) * 1099511628211
	}
	return h
}

// mix spreads a hash over all its bits (the finaliser of SplitMix64).
func mix(h uint64) uint64 {
	h ^= h >> 30
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 27
	h *= 0x94d049bb133111eb
	return h ^ h>>31
}
