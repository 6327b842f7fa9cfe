package name

import (
	"strings"
	"unicode"
)

// scripts are those in use today: "recommended" and "limited use" in UAX #31,
// tables 5 and 7, and Mongolian.
var scripts = strings.Fields(`
	Arabic Armenian Bengali Bopomofo Cyrillic Devanagari Ethiopic Georgian Greek
	Gujarati Gurmukhi Han Hangul Hebrew Hiragana Kannada Katakana Khmer Lao Latin
	Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan
	Adlam Balinese Bamum Batak Canadian_Aboriginal Chakma Cham Cherokee
	Hanifi_Rohingya Javanese Kayah_Li Lepcha Limbu Lisu Mandaic Meetei_Mayek Miao
	Mongolian New_Tai_Lue Newa Nko Nyiakeng_Puachue_Hmong Ol_Chiki Osage
	Saurashtra Sundanese Syloti_Nagri Syriac Tai_Le Tai_Tham Tai_Viet Tifinagh Vai
	Wancho Yi`)

// together are the scripts that one word may mix: level "highly restrictive" of
// UTS #39, 5.2.
var together = []string{
	"Latin Han Hiragana Katakana",
	"Latin Han Bopomofo",
	"Latin Han Hangul",
}

// scriptOf names the living script a character belongs to; none for characters
// that many share.
func scriptOf(r rune) string {
	for _, s := range scripts {
		if unicode.Is(unicode.Scripts[s], r) {
			return s
		}
	}
	return ""
}

func living(r rune) bool {
	return unicode.In(r, unicode.Common, unicode.Inherited) || scriptOf(r) != ""
}

// mixed says whether a word of the name mixes scripts that no language mixes.
// Two words may be of two scripts.
func mixed(name string) bool {
	for word := range strings.FieldsSeq(name) {
		if !agree(word) {
			return true
		}
	}
	return false
}

func agree(word string) bool {
	first, candidates := "", together
	for _, r := range word {
		script := scriptOf(r)
		if script == "" || script == first {
			continue
		}
		if first == "" {
			first = script
		}
		var left []string
		for _, c := range candidates {
			if strings.Contains(c, first) && strings.Contains(c, script) {
				left = append(left, c)
			}
		}
		if candidates = left; script != first && len(left) == 0 {
			return false
		}
	}
	return true
}
