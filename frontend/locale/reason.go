package locale

import "parley/internal/forum"

// Reason returns the words of a decision's reason for a reader: the site's own
// in the reader's language, else those of the catalogue, else the site's own in
// another language. Codes of what holds a comment ("first-comment") have words in
// the catalogue only. An unknown code gives itself.
func Reason(loc string, s forum.Settings, code string) string {
	if code == "" {
		return ""
	}
	own, _ := s.Reason(code)
	if text := own.Words[Known(loc)]; text != "" {
		return text
	}
	for _, key := range []string{"reject." + code, "why." + code} {
		if Has(key) {
			return T(loc, key)
		}
	}
	for _, other := range append([]string{s.Locale}, supported...) {
		if text := own.Words[other]; text != "" {
			return text
		}
	}
	return code
}
