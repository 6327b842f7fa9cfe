package locale

import "encoding/json"

// scriptWords are the sentences that scripts show, by the name scripts give
// them (the type Key in base/words.ts; a test holds the two together), with the
// catalogue's key of each. What pages say as well is in the catalogue once.
var scriptWords = map[string]string{
	"awaiting":    "comment.held",
	"back":        "script.back",
	"cancel":      "box.cancel",
	"comments":    "comments.count",
	"edit":        "script.edit",
	"failed":      "script.failed",
	"keyNext":     "script.keyNext",
	"keyPrevious": "script.keyPrevious",
	"keys":        "script.keys",
	"keysOff":     "script.keysOff",
	"left":        "box.left",
	"loaded":      "script.loaded",
	"markRead":    "discussion.markRead",
	"mute":        "comment.mute",
	"muted":       "comment.muted",
	"news":        "script.news",
	"newsReplies": "script.newsReplies",
	"next":        "script.next",
	"posted":      "script.posted",
	"readWarning": "statement.read",
	"replies":     "branch.replies",
	"rejected":    "thanks.rejected",
	"saved":       "script.saved",
	"sendAnyway":  "box.sendAnyway",
	"show":        "comment.mutedShow",
	"signedIn":    "signin.alreadyNameless",
	"thanks":      "thanks.report",
	"tooLong":     "box.over",
	"unmute":      "comment.unmute",
	"unread":      "discussion.unread",
	"withdraw":    "comment.withdraw",
	"withdrawn":   "thanks.withdrawn",
}

var words = allWords()

// Words returns what scripts say in a language: a JSON object of texts and of
// plural forms, with the language itself under "locale". It is safe inside a
// script element: encoding/json escapes what could end one.
func Words(loc string) string { return words[Known(loc)] }

// allWords writes the object of every language once.
func allWords() map[string]string {
	all := make(map[string]string, len(supported))
	for _, loc := range supported {
		list := map[string]any{"locale": loc}
		for name, key := range scriptWords {
			list[name] = sentence(lookup(loc, key))
		}
		text, err := json.Marshal(list)
		if err != nil { // strings and maps of strings always marshal
			panic(err)
		}
		all[loc] = string(text)
	}
	return all
}

// sentence returns a message as scripts read it: text, or an object of forms.
func sentence(m message) any {
	if text, ok := m["other"]; ok && len(m) == 1 {
		return text
	}
	return m
}
