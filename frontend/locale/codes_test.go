package locale

import "parley/internal/forum"

// composed lists the codes that templates put behind a prefix.
func composed() map[string][]string {
	return map[string][]string{
		"reject.":  forum.RejectReasons(),
		"reason.":  append(texts(forum.Reasons()), string(forum.ReasonDisagree)),
		"state.":   texts(forum.States()),
		"view.":    {string(forum.Threaded), string(forum.Conversation)},
		"order.":   {string(forum.Newest), string(forum.Oldest), string(forum.Useful)},
		"verb.":    {string(forum.Publish), string(forum.Reject), string(forum.Hold), string(forum.Dismiss)},
		"desk.":    {"publish", "reject", "hold", "dismiss", "held", "reported", "decided"},
		"gone.":    {"rejected", "withdrawn", "held"},
		"comment.": {"up", "down"},
	}
}

func texts[T ~string](codes []T) []string {
	var all []string
	for _, code := range codes {
		all = append(all, string(code))
	}
	return all
}
