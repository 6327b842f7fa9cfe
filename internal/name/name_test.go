package name

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"parley/internal/forum"
)

func TestCheck_realNames(t *testing.T) {
	for _, raw := range []string{
		"teddy j", "Mitach2002", "барба", "محمد علي", "Ayşe Gül Öztürk", "O'Neill", "Jean-Luc", "J. R. R.",
		"李小龙", "สมชาย", "N'Golo", "farwatchpost", "नरेन्द्र", "jaodernein", "cast235",
		"D’Arcy", "'t Hooft", "Tom & Jerry", "Smith, John", "j.smith", "John.Smith", "J.R.R. Tolkien", "St.John", "anna_k",
		"Nguyễn Thị Hồng", "Trịnh Ðình", "Łukasz Żółw", "Þórður", "Zoë", "Strauß", "Øystein", "María",
		"Ἀριστοτέλης", "Γιώργος", "Іван Франко", "Мар'яна", "Пётр Чайковский", "გიორგი", "Արամ Խաչատրյան", "Հովսեփյան և",
		"مُحَمَّد", "عبد\u200cالله", "فاطمه\u200cزهرا", "חַנָּה", "צה״ל", "ዓለም ጸሐይ",
		"सुब्रह्मण्यम्", "ক্ষিতি", "র\u200d্যাচেল", "க்ரிஷ்", "శ్రీనివాస్", "ശ്രീജിത്ത്", "അവന്\u200d", "ක්\u200dරිස්ටි",
		"ทองคำ", "น้ำทิพย์", "ຄຳ ໜູ", "ကျော်စွာ", "សុខា", "བསྟན་འཛིན",
		"山田 太郎", "ジョン・スミス", "ﾔﾏﾀﾞ", "ＪＯＨＮ", "Mr田中", "김철수", "BTS방탄", "ㄅㄆ李", "ᏣᎳᎩ", "ⵎⵓⵃⵏⴷ", "ߒߞߏ",
		"Ivan Петров", "NaN", "true", "Christopher Guest",
	} {
		if n, err := Check(raw); err != nil {
			t.Errorf("refuses %q: %v", raw, err)
		} else if Reserved(n, []string{"The Daily Planet"}) {
			t.Errorf("calls %q reserved", raw)
		}
	}
}

func TestCheck_refuses(t *testing.T) {
	for code, names := range map[string][]string{
		"error.nameShort": {"", "  \t", "a", " é ", "李"},
		"error.nameLong":  {strings.Repeat("a", 41), strings.Repeat("नि", 40), strings.Repeat(" ", 999)},
		"error.nameCharacters": {
			"\xff\xfeab", "ali\u200bce", "alice\u202e", "ali\u2066ce\u2069", "alice\u200d", "علی\u200c علي", "a\u200cb", "ali\u00adce", "\ue000ab", "ab\U000e0041",
			"ab\u0378", "alice ✓", "alice ✔", "alice ☑️", "★alice", "alice 🛡️", "🇹🇷 Ali", "alice🙂", "1️⃣ab", "𝐚𝐥𝐢𝐜𝐞", "ﬁona", "ᵃˡⁱ", "ⓐⓑ",
			"a\u0301\u0302\u0303\u0304\u0306b", "ab\u0316\u0316", "ab \u0301", "\u0301ab", "1\u0301a",
			"2002", "12-34", "...", "_ab", "-ab", "ab_", "ab-", "a--b", "a.-.b", "a . . . b", "'' a", "@alice", "a/b", "a:b", "a|b", "[ab]", "(ab)", "<b>", "a@b.c",
			"𒀱𒀱", "𓀀𓀁", "ab\u20dd", "ab\u180eb", "\u3164\u3164", "ab\x00c", "ab\x1b[31m", "ǃǃ",
		},
		"error.nameMixed": {"\u0430lice", "mod\u0435rator", "αdmin", "Jane Dоe", "press-оffice", "mаma", "Aनिल", "李Иван", "カナаб"},
		"error.nameLink":  {"example.com", "Buy at shop.de", "www.spam", "пример.рф", "ＳＰＡＭ．ＮＥＴ", "sub.example.co.uk."},
	} {
		for _, raw := range names {
			_, err := Check(raw)
			var e *forum.Error
			if !errors.As(err, &e) || e.Code != code || e.Field != "name" || e.Kind != forum.Invalid {
				t.Errorf("Check(%+q) = %v, want %s", raw, err, code)
			}
		}
	}
}

func TestCheck_tidies(t *testing.T) {
	for raw, want := range map[string]string{
		"  teddy \t\u00a0 j\n": "teddy j",
		"jose\u0301":           "jos\u00e9",
		"ＪＯＨＮ　Ｄ":               "JOHN D",
		"ﾔﾏﾀﾞ":                 "ヤマダ",
	} {
		if n, err := Check(raw); err != nil || n.Shown != want {
			t.Errorf("Check(%q) shows %q (%v), want %q", raw, n.Shown, err, want)
		}
	}
}

func TestSkeleton_alike(t *testing.T) {
	for _, pair := range [][2]string{
		{"The Ed itor", "TheEditor"},
		{"cIown", "clown"},
		{"ADMIN", "admin"},
		{"adm1n", "admin"},
		{"B0B", "bob"},
		{"rnike", "Mike"},
		{"José", "jose"},
		{"İSTANBUL", "istanbul"},
		{"ısmail", "İsmail"},
		{"straße", "STRASSE"},
		{"ɢoogle", "Google"},
		{"аlісе", "alice"},
		{"ѕсоре", "scope"},
		{"ВОВА", "вова"},
		{"ВОВА", "BOBA"},
		{"НИНА", "нина"},
		{"Ёлкин", "елкин"},
		{"محـــمد", "محمد"},
		{"مُحَمَّد", "محمد"},
		{"J. R.", "jr"},
		{"O’Neill", "o'neill"},
		{"σας", "ΣΑΣ"},
		{"x\u200by", "xy"},
		{"Ｊｏｈｎ", "john"},
		{"ali\ufe0fce", "alice"},
	} {
		if a, b := Skeleton(pair[0]), Skeleton(pair[1]); a != b || a == "" {
			t.Errorf("%q (%q) and %q (%q) differ", pair[0], a, pair[1], b)
		}
	}
}

func TestSkeleton_different(t *testing.T) {
	for _, pair := range [][2]string{
		{"alice", "alicia"},
		{"Ивана", "Иванов"},
		{"李小龙", "李小虎"},
		{"नरेन्द्र", "नरेन्द्रा"},
		{"สมชาย", "สมชาติ"},
		{"محمد", "محمود"},
		{"Mitach2002", "Mitach2003"},
		{"nina", "mina"},
		{"Viva", "Nina"},
	} {
		if Skeleton(pair[0]) == Skeleton(pair[1]) {
			t.Errorf("%q and %q are the same name", pair[0], pair[1])
		}
	}
}

func TestCheck_properties(t *testing.T) {
	raw := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("abIıi1l0Oоаé'-. _नि्ा\u200d\u200cمحـُ李สำㄅ\u0301✓@"))))
	rapid.Check(t, func(t *rapid.T) {
		n, err := Check(raw.Draw(t, "raw"))
		if err != nil {
			return
		}
		again, err := Check(n.Shown)
		if err != nil || again != n {
			t.Fatalf("%+q does not pass as it is shown: %+q, %v", n, again, err)
		}
		if s := Skeleton(n.Skeleton); s != n.Skeleton || s == "" {
			t.Fatalf("skeleton %+q has the skeleton %+q", n.Skeleton, s)
		}
	})
}

func TestReserved(t *testing.T) {
	others := []string{"The Daily Planet", "Clark Kent"}
	for _, raw := range []string{
		"moderator", "MODERATOR", "rnoderator", "Moderatör", "m o d e r a t o r", "the moderator", "Site Staff", "admin.bob", "Admin Bob",
		"admin123", "adm1n", "TheEditor", "The Ed itor", "editor-in-chief", "Anonymous", "guest", "Parley", "alice admin",
		"модератор", "Главный Редактор", "yönetici", "YÖNETİCİ Ali", "المشرف", "محرر الموقع", "مُشرف",
		"The Daily Planet", "the dai1y p1anet", "The Daily Planet News", "Clark Kent", "CIark Kent",
	} {
		n, err := Check(raw)
		if err != nil {
			t.Errorf("refuses %q: %v", raw, err)
		} else if !Reserved(n, others) {
			t.Errorf("%q is not reserved", raw)
		}
	}
	for _, raw := range []string{"teddy j", "Administer", "Modesty", "Systemic", "برويز مشرف", "Clark", "Kent Clark", "Edith", "Staffan", "anonymouse"} {
		if n, err := Check(raw); err != nil || Reserved(n, others) {
			t.Errorf("%q is reserved (%v)", raw, err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	for b.Loop() {
		n, _ := Check("Ayşe Gül Öztürk")
		Reserved(n, []string{"The Daily Planet"})
	}
}
