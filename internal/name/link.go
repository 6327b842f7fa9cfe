package name

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// linkLike says whether a word of the name is a web address: its last part is a
// domain anyone can register under. "J.R.R." and "john.smith" are not.
func linkLike(name string) bool {
	for word := range strings.FieldsSeq(strings.ToLower(name)) {
		host, err := idna.ToASCII(strings.Trim(word, punctuation))
		if err != nil || !strings.Contains(host, ".") {
			continue
		}
		if _, listed := publicsuffix.PublicSuffix(host); listed || strings.HasPrefix(host, "www.") {
			return true
		}
	}
	return false
}
