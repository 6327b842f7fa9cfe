package rule

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"

	"parley/internal/fixture"
)

// Hostile texts have spans within them and end in time, whatever is looked for.
func TestRead_hostileTexts(t *testing.T) {
	w := compile(t, "", "admin", "a", "script*", "s", "http", "1", "的")
	read := 0
	for _, name := range []string{"texts-own.jsonl", "blns.jsonl", "unicode-fuzzdb.jsonl"} {
		f, err := os.Open(fixture.Path(t, "attacks", name))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			var line struct{ Payload string }
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				t.Fatal(err)
			}
			read++
			text := Read(line.Payload, "tr")
			for _, h := range w.Find(text, maxHits) {
				if h.Mark.From < 0 || h.Mark.From >= h.Mark.To || h.Mark.To > len(line.Payload) {
					t.Errorf("%q: %+v", line.Payload, h)
				}
			}
			text.Fingerprint()
			mentions(line.Payload)
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
	if read < 500 {
		t.Errorf("%d texts, too few", read)
	}
}
