package rule

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func compile(t testing.TB, language string, entries ...string) *Words {
	t.Helper()
	w, err := CompileWords([]WordList{{Language: language, Grade: Banned, Entries: entries}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// found are the parts of a text in which entries of a list were found.
func found(w *Words, text, language string) []string {
	var parts []string
	for _, h := range w.Find(Read(text, language), 20) {
		parts = append(parts, text[h.Mark.From:h.Mark.To])
	}
	return parts
}

func TestWords_evasion(t *testing.T) {
	lists := map[string][]string{
		"en": {"shit", "asshole", "idiot*", "kill yourself", "bitch", "scum"},
		"tr": {"aptal", "gerizekâlı", "şerefsiz*", "defol git", "sıkıcı"},
		"ru": {"дурак*", "сука", "заткнись", "пошёл вон"},
		"ar": {"غبي", "حمار", "اخرس يا كلب"},
	}
	for _, c := range []struct{ language, text, want string }{
		{"en", "What a shit story", "shit"},
		{"en", "SHIT!", "SHIT"},
		{"en", "ｓｈｉｔ and 𝐬𝐡𝐢𝐭", "ｓｈｉｔ|𝐬𝐡𝐢𝐭"},
		{"en", "Ⓢⓗⓘⓣ", "Ⓢⓗⓘⓣ"},
		{"en", "sh1t sh!t $hit 5h1t", "sh1t|sh!t|$hit|5h1t"},
		{"en", "sh!t!", "sh!t"},
		{"en", "a$$h0le @ssh0l3", "a$$h0le|@ssh0l3"},
		{"en", "1d10t 1diots |diot", "1d10t|1diots||diot"},
		{"en", "shiiiiit shhhhit", "shiiiiit|shhhhit"},
		{"en", "sh\u200bi\u200dt s\u00adhit", "sh\u200bi\u200dt|s\u00adhit"},
		{"en", "ѕһіt", "ѕһіt"},
		{"en", "you are ѕсum", "ѕсum"},
		{"en", "bіtсh in a Latin text", "bіtсh"},
		{"en", "a word of look-alikes only, ѕсо, says nothing", ""},
		{"en", "s̸h̷i̵t̴ śḧîţ", "s̸h̷i̵t̴|śḧîţ"},
		{"en", "s h i t", "s h i t"},
		{"en", "you s.h.i.t", "s.h.i.t"},
		{"en", "a s-h-1-t", "s-h-1-t"},
		{"en", "S  H  I  T", "S  H  I  T"},
		{"en", "go **kill**\n  yourself now", "kill**\n  yourself"},
		{"en", "kill_yourself k1ll yourself", "kill_yourself|k1ll yourself"},
		{"en", "IDIOTIC", "IDIOTIC"},
		{"tr", "APTAL Aptal aptal", "APTAL|Aptal|aptal"},
		{"tr", "4pt4l @ptal ap+al", "4pt4l|@ptal"},
		{"tr", "gerizekalı GERİZEKÂLI", "gerizekalı|GERİZEKÂLI"},
		{"tr", "ŞEREFSİZLER s\u0327erefsiz", "ŞEREFSİZLER|s\u0327erefsiz"},
		{"tr", "aptaaaal a p t a l аptаl", "aptaaaal|a p t a l|аptаl"},
		{"tr", "defol   git", "defol   git"},
		{"tr", "Ap\u200btal'ın", "Ap\u200btal"},
		{"tr", "SIKICI", "SIKICI"},
		{"ru", "ДУРАКИ дураку", "ДУРАКИ|дураку"},
		{"ru", "дуpaк cyкa", "дуpaк|cyкa"},
		{"ru", "он cyka такая", "cyka"},
		{"ru", "сууука с у к а сук@", "сууука|с у к а|сук@"},
		{"ru", "дура́к ду\u200bрак", "дура́к|ду\u200bрак"},
		{"ru", "пошел вон, пошёл  вон", "пошел вон|пошёл  вон"},
		{"ru", "д0ура", ""},
		{"ar", "أنت غبي", "غبي"},
		{"ar", "غَبِيّ غبـــي غبی", "غَبِيّ|غبـــي|غبی"},
		{"ar", "غ ب ي", "غ ب ي"},
		{"ar", "غ\u200cبي غبيييييي", "غ\u200cبي|غبيييييي"},
		{"ar", "إخرس يا   كلب", "إخرس يا   كلب"},
	} {
		w := compile(t, c.language, lists[c.language]...)
		if got := strings.Join(found(w, c.text, c.language), "|"); got != c.want {
			t.Errorf("%s %q: found %q, want %q", c.language, c.text, got, c.want)
		}
	}
}

// What is written honestly is compared as it is written: none of these says what
// a list has.
func TestWords_falseFriends(t *testing.T) {
	for _, c := range []struct{ language, entries, text string }{
		{"en", "cunt, ass, tit, shit, cock, dick", "Scunthorpe's class of assassins titled Mishit: a cocktail by Dickens, Hancock and Cockburn"},
		{"en", "ass", "As I said, an iPhone 4s is as good as a 4S."},
		{"en", "ass", "The U.S.A.S.S.R. file"},
		{"en", "coon, boob", "Bob con"},
		{"en", "fall", "fail to see; FAIL; a fa1se start"},
		{"en", "ill", "lil' il 111"},
		{"en", "kill you", "What a kill. You should see it!"},
		{"en", "kill you", "kill\n\nyou"},
		{"en", "cop", "сор"}, // all Cyrillic: litter
		{"en", "poop", "роор и сор из избы"},
		{"ru", "сор", "The cop said no, and no means no"},
		{"ru", "мои", "мой дом"},
		{"ru", "сука", "сукачёв барсука"},
		{"tr", "sikici", "Çok sıkıcı, SIKICI bir maç"},
		{"tr", "sıkıcı", "sikici SİKİCİ"},
		{"tr", "göt", "I got it, got?"},
		{"tr", "piç", "pic"},
		{"tr", "am", "Adam, ama ham"},
		{"ar", "كره", "لعبة كرة القدم"},
		{"ar", "حمار", "حمارة الحمار"},
		{"", "เว", "hello"},
	} {
		w := compile(t, c.language, strings.Split(c.entries, ", ")...)
		if got := found(w, c.text, c.language); got != nil {
			t.Errorf("%s %q in %q: found %q", c.language, c.entries, c.text, got)
		}
	}
}

// Scripts without blanks hold an entry anywhere, and beside other scripts.
func TestWords_unspaced(t *testing.T) {
	for _, c := range []struct{ entry, text, want string }{
		{"傻逼", "你是傻逼吗", "傻逼"},
		{"傻逼", "你是傻 逼吗", "傻 逼"},
		{"傻逼", "你傻。逼我", ""},
		{"ควาย", "มึงมันควายจริงๆ", "ควาย"},
		{"fuck", "我fuck你", "fuck"},
		{"fuck", "我fucks你", ""},
		{"死ね", "お前、死ねよ", "死ね"},
	} {
		if got := strings.Join(found(compile(t, "", c.entry), c.text, "zh"), "|"); got != c.want {
			t.Errorf("%q in %q: found %q, want %q", c.entry, c.text, got, c.want)
		}
	}
}

func TestWords_languages(t *testing.T) {
	w, err := CompileWords([]WordList{
		{Grade: Suspect, Entries: []string{"casino", "ilaç"}},
		{Language: "en", Grade: Banned, Entries: []string{"idiot"}},
		{Language: "tr", Grade: Banned, Entries: []string{"salak", "ilik"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ language, text, want string }{
		{"en", "casino idiot salak", "casino idiot"},
		{"en-GB", "casino idiot salak", "casino idiot"},
		{"tr", "CASİNO idiot salak", "CASİNO salak"},
		{"ru", "casino idiot salak", "casino"},
		{"", "CASINO idiot", "CASINO"},
		{"az", "CASİNO CASINO", "CASİNO"},
		{"tr", "İLİK ILIK", "İLİK"},
	} {
		if got := strings.Join(found(w, c.text, c.language), " "); got != c.want {
			t.Errorf("%s %q: found %q, want %q", c.language, c.text, got, c.want)
		}
	}
}

func TestWords_refused(t *testing.T) {
	many := make([]string, MaxEntries+1)
	for i := range many {
		many[i] = "a"
	}
	for _, c := range []struct {
		list WordList
		want string
	}{
		{WordList{Grade: "bad", Entries: []string{"a"}}, "error.ruleGrade (lists.0.grade)"},
		{WordList{Grade: Banned}, "error.ruleNoWords (lists)"},
		{WordList{Grade: Banned, Entries: []string{"ok", " … "}}, "error.ruleWordEmpty (lists.0.entries.1)"},
		{WordList{Grade: Banned, Entries: []string{strings.Repeat("ж", 101)}}, "error.ruleWordLong (lists.0.entries.0)"},
		{WordList{Grade: Banned, Entries: many}, "error.ruleTooManyWords (lists.0.entries)"},
	} {
		if _, err := CompileWords([]WordList{c.list}); fmt.Sprint(err) != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// What is found is what a plain search for each entry finds.
func TestAutomaton_likePlainSearch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.RuneFrom([]rune("abя漢")), 1, 4, -1)
		entries := rapid.SliceOfN(word, 1, 12).Draw(t, "entries")
		text := rapid.StringOfN(rapid.RuneFrom([]rune("abя漢z")), 0, 40, -1).Draw(t, "text")
		patterns := make([][]rune, len(entries))
		for i, e := range entries {
			patterns[i] = []rune(e)
		}
		var symbols stream
		for _, r := range text {
			symbols.push(r, 0, 0)
		}
		got := map[string]bool{}
		newAutomaton(patterns).scan(symbols, func(p, end int) bool {
			got[fmt.Sprint(entries[p], end)] = true
			return true
		})
		want := map[string]bool{}
		for _, e := range entries {
			for i := range len([]rune(text)) {
				if rest := []rune(text)[i:]; strings.HasPrefix(string(rest), e) {
					want[fmt.Sprint(e, i+len([]rune(e)))] = true
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Whatever people write, marks lie in the source, at the bounds of characters.
func TestRead_marks(t *testing.T) {
	w := compile(t, "", "a", "s", "ss", "я", "漢", "i", "1", "l*", "x y")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("as$1!iя漢 .\n\u200b\u0327I@xyz")))).Draw(t, "text")
		for _, language := range []string{"", "tr", "ru"} {
			for _, h := range w.Find(Read(text, language), 20) {
				if h.Mark.From < 0 || h.Mark.From >= h.Mark.To || h.Mark.To > len(text) {
					t.Fatalf("%q: %+v", text, h)
				}
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	w := compile(f, "", "ass", "kill you", "傻逼", "idiot*")
	for _, s := range []string{"a$$", "s h i t", "傻 逼", "\xff\xfe", "İI", "e\u0301\u0301", "!!!1", "a.b.c.d"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		for _, language := range []string{"en", "tr"} {
			t := Read(text, language)
			w.Find(t, 20)
			t.Fingerprint()
			mentions(text)
		}
	})
}

// bigList makes entries like those of real lists: words and phrases of letters
// in the frequency of words.
func bigList(n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	letters := []rune("eeeetttaaaooiinnsshhrrddlluucmmwfgypbvkжиаоенст")
	seen := map[string]bool{}
	for len(seen) < n {
		var b strings.Builder
		for range 4 + r.IntN(9) {
			b.WriteRune(letters[r.IntN(len(letters))])
		}
		if r.IntN(5) == 0 {
			b.WriteString(" ")
			b.WriteRune(letters[r.IntN(len(letters))])
			b.WriteRune(letters[r.IntN(len(letters))])
		}
		seen[b.String()] = true
	}
	list := make([]string, 0, n)
	for e := range seen {
		list = append(list, e)
	}
	slices.Sort(list)
	return list
}

// texts of 500 characters.
var benchTexts = map[string]string{
	"English":  strings.Repeat("The council said on Tuesday that the bridge would stay closed until spring. ", 10)[:500],
	"Russian":  string([]rune(strings.Repeat("Городской совет сообщил, что мост останется закрытым до весны. ", 10))[:500]),
	"Turkish":  string([]rune(strings.Repeat("Belediye köprünün ilkbahara kadar kapalı kalacağını açıkladı, çünkü onarım sürüyor. ", 10))[:500]),
	"Arabic":   string([]rune(strings.Repeat("أعلن المجلس البلدي أن الجسر سيبقى مغلقا حتى الربيع بسبب الأعمال. ", 10))[:500]),
	"disguise": string([]rune(strings.Repeat("Th3 c0unc1l $aid оn Tuеsdаy th@t the brіdgе w0uld staaaay cl0sed u n t i l spring. ", 10))[:500]),
}

func BenchmarkWords_5000(b *testing.B) {
	w := compile(b, "", bigList(5000)...)
	for name, text := range benchTexts {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w.Find(Read(text, ""), maxHits)
			}
		})
	}
}

func BenchmarkCompileWords_5000(b *testing.B) {
	list := bigList(5000)
	b.ReportAllocs()
	for b.Loop() {
		compile(b, "", list...)
	}
}
