package name

import (
	"slices"
	"strings"
	"sync"
	"unicode"
)

// offices are words that claim a role of the site, in the languages of its
// interface. A name may neither be one nor begin or end with one.
const offices = `
	mod mods moderator moderators moderation admin admins administrator sysadmin
	webmaster editor editors editorial newsroom staff official verified support
	system parley
	المشرف المشرفون الإدارة مدير المدير محرر المحرر التحرير رسمي الرسمي الدعم النظام
	moderatör moderasyon yönetici yönetim editör editoryal personel resmî resmi destek sistem
	модератор модератора администратор администрация админ редактор редакция
	официальный официально персонал поддержка система`

// placeholders are words that stand where a name is missing. Some are parts of
// people's names (Christopher Guest, Pervez Musharraf), so that only the bare
// word is refused.
const placeholders = `
	anonymous anon guest nobody deleted removed unknown nameless user
	مجهول ضيف زائر مشرف محذوف
	anonim misafir konuk silindi
	аноним анонимно гость удалено`

var (
	officeSkeletons      = sync.OnceValue(func() []string { return skeletons(strings.Fields(offices)) })
	placeholderSkeletons = sync.OnceValue(func() []string { return skeletons(strings.Fields(placeholders)) })
)

// Reserved says whether a name claims to be what it is not: it looks like a word
// such as "moderator", "editor" or "anonymous", or like one of others (the names
// of the site and its staff), or it begins or ends with a word of a role or one
// of others: "admin_", "the moderator", "Site Staff". The door's word for it is
// error.nameReserved.
func Reserved(n Name, others []string) bool {
	if slices.Contains(placeholderSkeletons(), n.Skeleton) {
		return true
	}
	claimed := slices.Concat(officeSkeletons(), skeletons(others))
	words := skeletons(split(n.Shown))
	for i := range words {
		if slices.Contains(claimed, strings.Join(words[:i+1], "")) || slices.Contains(claimed, strings.Join(words[i:], "")) {
			return true
		}
	}
	return false
}

// skeletons returns the skeletons of the words that have one.
func skeletons(words []string) []string {
	var s []string
	for _, w := range words {
		if k := Skeleton(w); k != "" {
			s = append(s, k)
		}
	}
	return s
}

// split parts a name at blanks, punctuation and digits, and inside a word where
// a capital follows a small letter: "TheEditor2" is the, Editor, 2.
func split(name string) []string {
	var words []string
	class := func(r rune) int {
		switch {
		case unicode.Is(unicode.Nd, r):
			return 1
		case unicode.In(r, unicode.L, unicode.M):
			return 2
		}
		return 0
	}
	start, before := 0, ' '
	for i, r := range name {
		if class(r) != class(before) || unicode.IsUpper(r) && unicode.IsLower(before) {
			words = append(words, name[start:i])
			start = i
		}
		before = r
	}
	return append(words, name[start:])
}
