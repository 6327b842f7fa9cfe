package locale

import "encoding/json"

// deskWords are the sentences that the script of the desk shows besides those
// of every page, by the name it gives them.
var deskWords = map[string]string{
	"next":         "deskkey.next",
	"previous":     "deskkey.previous",
	"publish":      "deskkey.publish",
	"reject":       "deskkey.reject",
	"digit":        "deskkey.digit",
	"choose":       "deskkey.choose",
	"hold":         "deskkey.hold",
	"feature":      "deskkey.feature",
	"sanction":     "deskkey.sanction",
	"undo":         "deskkey.undo",
	"queue":        "deskkey.queue",
	"zen":          "deskkey.zen",
	"search":       "deskkey.search",
	"pick":         "deskkey.pick",
	"open":         "deskkey.open",
	"left":         "deskscript.left",
	"sending":      "deskscript.sending",
	"waiting":      "deskscript.waiting",
	"gone":         "deskscript.gone",
	"leftQueue":    "deskscript.leftQueue",
	"edited":       "deskscript.edited",
	"nothing":      "deskscript.nothing",
	"rest":         "deskscript.rest",
	"restHard":     "deskscript.restHard",
	"restOk":       "deskscript.restOk",
	"picked":       "deskscript.picked",
	"claimed":      "desk.claimed",
	"didPublish":   "desk.didPublish",
	"didReject":    "desk.didReject",
	"didHold":      "desk.didHold",
	"didDismiss":   "desk.didDismiss",
	"didFeature":   "desk.didFeature",
	"didUnfeature": "desk.didUnfeature",
	"didUndo":      "desk.didUndo",
	"didSeen":      "desk.didSeen",
}

// DeskWords returns what the script of the desk says in a language, as Words
// does.
func DeskWords(loc string) string {
	list := make(map[string]any, len(deskWords))
	for name, key := range deskWords {
		list[name] = sentence(lookup(Known(loc), key))
	}
	text, err := json.Marshal(list)
	if err != nil { // strings and maps of strings always marshal
		panic(err)
	}
	return string(text)
}
