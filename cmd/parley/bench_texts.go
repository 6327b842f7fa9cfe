package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"unicode"
)

// benchTexts is how many different texts a seeded site is made of.
const benchTexts = 20_000

// seedTexts makes texts as long as readers' are, the half of them below 200
// characters and a few of many paragraphs, in the scripts of the demo's crowd. Each
// has a word that few others have.
func seedTexts(w crowdWords, n int) []string {
	r := rand.New(rand.NewPCG(1853, uint64(n)))
	sentences := map[*unicode.RangeTable][]string{}
	var starts []string // one for each sentence, so that scripts stay in proportion
	for _, list := range [][]string{w.Openers, w.Replies, w.Followups} {
		for _, text := range list {
			for _, s := range strings.SplitAfter(strings.ReplaceAll(text, "\n", " "), ". ") {
				if s = strings.TrimSpace(s); s != "" {
					sentences[scriptOf(s)] = append(sentences[scriptOf(s)], s)
					starts = append(starts, s)
				}
			}
		}
	}
	texts := make([]string, n)
	for i := range texts {
		first := starts[r.IntN(len(starts))]
		same := sentences[scriptOf(first)]
		parts := []string{first, rareWord(int(float64(n) * math.Pow(r.Float64(), 2)))}
		for range int(math.Exp(r.NormFloat64()*0.8 + 0.3)) {
			parts = append(parts, same[r.IntN(len(same))])
		}
		if r.IntN(50) == 0 {
			parts = append(parts, fmt.Sprintf("https://source-%d.example/report", r.IntN(200)))
		}
		between := " "
		if len(parts) > 6 {
			between = "\n\n"
		}
		texts[i] = strings.Join(parts, between)
	}
	return texts
}

// rareWord is the n-th of words nobody else says.
func rareWord(n int) string {
	const consonants, vowels = "bdfgkmprstvz", "aeou"
	var b strings.Builder
	for range 4 {
		b.WriteByte(consonants[n%len(consonants)])
		n /= len(consonants)
		b.WriteByte(vowels[n%len(vowels)])
		n /= len(vowels)
	}
	return b.String()
}
