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
		"act.":     forum.LogActions(),
		"role.":    texts(forum.StaffRoles()),
		"weekday.": {"0", "1", "2", "3", "4", "5", "6"},
		"deskbar.": {"queues", "dashboard", "log"},
		"outcome.": {"open", "removed", "kept", "gone"},
		"tally.": {
			"publish", "reject", "hold", "dismiss", "feature", "unfeature", "warn", "always-hold", "suspend", "ban", "lift", "cool",
		},
	}
}

func texts[T ~string](codes []T) []string {
	var all []string
	for _, code := range codes {
		all = append(all, string(code))
	}
	return all
}
