package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"parley/internal/fixture"
)

func TestGenerate(t *testing.T) {
	got, err := generate(strings.NewReader("\ufeff# Version: 99.0.0\n\n" +
		"0435 ;\t0065 ;\tMA\t# ( е → e )\n" +
		"0031 ;\t006C ;\tMA\t# ( 1 → l )\n" +
		"212E ;\t0065 ;\tMA\t# ( ℮ → e )\n" +
		"0415 ;\t0045 ;\tMA\t# ( Е → E ) folded away before\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"confusables.txt 99.0.0.", `{"e", "\u0435\u212e"}`, `{"l", "1"}`} {
		if !bytes.Contains(got, []byte(want)) {
			t.Errorf("lacks %s:\n%s", want, got)
		}
	}
	if bytes.Contains(got, []byte(`"E"`)) {
		t.Errorf("keeps a capital letter:\n%s", got)
	}
	for _, broken := range []string{"0435 ; 0065\n", "04X5 ; 0065 ; MA\n"} {
		if _, err := generate(strings.NewReader(broken)); err == nil {
			t.Errorf("accepts %q", broken)
		}
	}
}

func TestGenerate_committedTable(t *testing.T) {
	file, err := os.Open(fixture.Path(t, "attacks", "unicode", "confusables.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	want, err := generate(file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../confusables_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("confusables_gen.go is not what the generator writes")
	}
}
