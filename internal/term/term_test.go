package term

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestIndex(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"!? … 🙂", ""},
		{"The Tank, the TANK", "the tank"},
		{"Straße STRASSE strasse", "strasse"},
		{"İstanbul ISTANBUL ıstanbul istanbul", "istanbul"},
		{"Ankara'da l’homme O'Neill", "ankara da l homme o neill"},
		{"Ёлка елка ЁЛКА", "елка"},
		{"naïve Œuvre Ωραία Σίσυφος ΣΊΣΥΦΟΣ", "naive oeuvre ωραια σισυφοσ"},
		{"Wałęsa Øresund", "walesa oresund"},
		{"مُحَمَّد محـــمد مـُحمد أحمد", "محمد احمد"},
		{"שָׁלוֹם שלום", "שלום"},
		{"ﬁne ｆｕｌｌ Ⅷ 2⁵", "fine full viii 25"},
		{"٢٠٢٤ ۲۰۲۴ २०२४ 2024", "2024"},
		{"pre\u00adfix foo\u200bbar", "prefix foo bar"},
		{"example.com/a 3.14", "example com a 3 14"},
		{"नरेन्द्र मोदी", "नरेन्द्र मोदी"},
		{"李小龙", "李 李小 小 小龙 龙"},
		{"iPhone手机", "iphone 手 手机 机"},
		{"食べるラーメン", "食 食べ べる るラ ラー ーメ メン"},
		{"한국어를", "한 한국 국 국어 어 어를 를"},
		{"สมชาย ก", "สม มช ชา าย ก"},
		{"broken \xff\xfe bytes", "broken bytes"},
	} {
		if diff := cmp.Diff(strings.Fields(c.want), Index(c.text), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("Index(%q): -want +got\n%s", c.text, diff)
		}
	}
}

func TestIndex_caps(t *testing.T) {
	long := Index(strings.Repeat("я", 100) + " " + "a" + strings.Repeat("я", 100))
	if want := []string{strings.Repeat("я", 32), "a" + strings.Repeat("я", 31)}; !slices.Equal(long, want) {
		t.Errorf("long words: %q", long)
	}
	var many strings.Builder
	for i := range 5000 {
		many.WriteString(" w" + strings.Repeat("x", i%40) + string(rune('一'+i)))
	}
	if n := len(Index(many.String())); n != maxTerms {
		t.Errorf("%d terms of one text, want %d", n, maxTerms)
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		typed string
		want  Query
	}{
		{"", Query{}},
		{" \t…!", Query{}},
		{"Tank", Query{Prefix: "tank"}},
		{"Tank ", Query{Words: []string{"tank"}}},
		{"world!", Query{Words: []string{"world"}}},
		{"Turkish TAN", Query{Words: []string{"turkish"}, Prefix: "tan"}},
		{"tank x", Query{Words: []string{"tank", "x"}}},
		{"tank ta", Query{Words: []string{"tank"}}},
		{"tank tank", Query{Words: []string{"tank"}}},
		{"李小龙", Query{Words: []string{"李小", "小龙"}}},
		{"猫", Query{Words: []string{"猫"}}},
		{"สมชาย", Query{Words: []string{"สม", "มช", "ชา", "าย"}}},
		{"a b c d e f g h i jj", Query{Words: strings.Fields("a b c d e f g h")}},
		{"a b c d e f g hh", Query{Words: strings.Fields("a b c d e f g"), Prefix: "hh"}},
	} {
		if diff := cmp.Diff(c.want, Parse(c.typed), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("Parse(%q): -want +got\n%s", c.typed, diff)
		}
	}
	if !Parse(" ! ").Empty() || Parse("a").Empty() {
		t.Error("Empty is wrong")
	}
}

// finds answers a query from terms the way the databases do.
func finds(q Query, terms []string) bool {
	for _, w := range q.Words {
		if !slices.Contains(terms, w) {
			return false
		}
	}
	end := Next(q.Prefix)
	return q.Prefix == "" || slices.ContainsFunc(terms, func(t string) bool {
		return t >= q.Prefix && (end == "" || t < end)
	})
}

func TestParse_findsWhatIsThere(t *testing.T) {
	for _, c := range []struct{ typed, text string }{
		{"invasion by turk", "The INVASION by Turkish forces"},
		{"猫", "我爱猫"},
		{"물", "물을 마시다"},
		{"한국어", "한국어를 배우다"},
		{"istanb", "İSTANBUL'da"},
		{"ёлк", "новогодняя елка"},
		{"احمد", "قال أَحْمَد"},
		{"ชาย", "สมชายดี"},
	} {
		if !finds(Parse(c.typed), Index(c.text)) {
			t.Errorf("%q does not find %q: %q in %q", c.typed, c.text, Parse(c.typed), Index(c.text))
		}
	}
	if finds(Parse("turkey "), Index("The INVASION by Turkish forces")) {
		t.Error("a whole word is found as a part")
	}
}

// words are of many scripts; rapid mixes them with anything at all.
var someText = rapid.OneOf(
	rapid.String(),
	rapid.StringOf(rapid.SampledFrom([]rune("aIıİßΣςёйأمـُ猫の한ก่ำनि्क٣7'.-_ \u200b\u200d\u0301\u0345ﬁ"))),
)

func TestIndex_properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := someText.Draw(t, "text")
		if once, twice := fold(text), fold(fold(text)); once != twice {
			t.Fatalf("fold is not stable: %+q then %+q", once, twice)
		}
		terms := Index(text)
		for i, w := range terms {
			if w == "" || len(w) > maxBytes || !utf8.ValidString(w) || slices.Contains(terms[:i], w) {
				t.Fatalf("bad term %+q in %+q", w, terms)
			}
		}
		if q := Parse(text); !finds(q, terms) {
			t.Fatalf("the text does not find itself: %+q in %+q", q, terms)
		}
	})
}

func TestNext(t *testing.T) {
	for prefix, want := range map[string]string{
		"": "", "a": "b", "az": "a{", "\u007f": "\u0080", "\ud7ff": "\ue000", "\uffff": "\U00010000",
		"a\U0010ffff": "b", "\U0010ffff\U0010ffff": "",
	} {
		if got := Next(prefix); got != want {
			t.Errorf("Next(%+q) = %+q, want %+q", prefix, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		prefix, rest, other := rapid.StringN(1, 9, -1).Draw(t, "prefix"), rapid.String().Draw(t, "rest"), rapid.String().Draw(t, "other")
		end := Next(prefix)
		if end != "" && prefix+rest >= end {
			t.Fatalf("%+q is not before %+q", prefix+rest, end)
		}
		if end != "" && other > prefix && !strings.HasPrefix(other, prefix) && other < end {
			t.Fatalf("%+q lies within the range of %+q", other, prefix)
		}
	})
}

func BenchmarkIndex(b *testing.B) {
	text := strings.Repeat("The quick brown fox прыгает через 懒狗. ", 130)
	for b.Loop() {
		Index(text)
	}
}

// Folding piece by piece gives what folding the whole gives, and a text is an answer
// where its terms say so.
func TestFold_pieces(t *testing.T) {
	letters := rapid.SampledFrom([]rune("aZ09 .'  ßıİøﬁ\u0301\u0308\u00ad\u200b\u00b4\u00a0\u0650٣ΣςмЁ小देع한\u1100\u1161\t\n\x00\ufffd"))
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(letters, 0, 40).Draw(t, "text"))
		if cut := rapid.IntRange(0, 3).Draw(t, "cut"); cut < len(text) {
			text = text[cut:] // which may break a letter
		}
		if got, want := fold(text), foldAny(text); got != want {
			t.Fatalf("%q: %q, want %q", text, got, want)
		}
	})
}

func TestQuery_In(t *testing.T) {
	for _, c := range []struct {
		query, text string
		want        bool
	}{
		{"toll bridge ", "The Bridge, the toll!", true},
		{"toll bridge ", "The bridges, the toll!", false},
		{"toll brid", "The bridges, the toll!", true},
		{"toll brid", "The bridges", false},
		{"小龙", "李小龙", true},
		{"龙小", "李小龙", false},
	} {
		if got := Parse(c.query).In(c.text); got != c.want {
			t.Errorf("%q in %q: %t", c.query, c.text, got)
		}
	}
}
