package locale

import (
	"strings"

	"parley/internal/forum"
)

// composed lists the codes that templates put behind a prefix.
func composed() map[string][]string {
	return map[string][]string{
		"reject.":            forum.RejectReasons(),
		"reason.":            append(texts(forum.Reasons()), string(forum.ReasonDisagree)),
		"state.":             texts(forum.States()),
		"view.":              {string(forum.Threaded), string(forum.Conversation), string(forum.Picks)},
		"order.":             {string(forum.Newest), string(forum.Oldest), string(forum.Useful)},
		"verb.":              {"publish", "reject", "hold", "dismiss", "feature", "unfeature", "undo"},
		"category.":          forum.StatementCategories(),
		"sanction.":          {"warn", "warnHint", "always-hold", "always-holdHint", "suspend", "suspendHint", "ban", "banHint", "did", "proposed", "didLift"},
		"sanction.end.":      {"none", "1h", "1d", "1w", "30d", "date"},
		"statement.title.":   {"publish", "reject", "hold", "dismiss", "feature", "unfeature", "undo", "warn", "always-hold", "suspend", "ban", "lift"},
		"statement.did.":     {"publish", "reject", "hold", "dismiss", "feature", "unfeature", "undo", "warn", "always-hold", "suspend", "ban", "lift"},
		"statement.by.":      {"rule", "reviewer", "moderator", "lead", "admin", "none"},
		"statement.source.":  {"report", "notice", "rule", "own"},
		"statement.machine.": {"none", "found", "decided", "held"},
		"desk.":              {"publish", "reject", "hold", "dismiss", "feature", "unfeature"},
		"gone.":              {"rejected", "withdrawn", "held"},
		"comment.":           {"up", "down"},
		"act.":               forum.LogActions(),
		"weekday.":           {"0", "1", "2", "3", "4", "5", "6"},
		"deskbar.":           {"queues", "appeals", "reasons", "notices", "stories", "rules", "dashboard", "log", "proposals", "reveal", "staff", "settings", "keys", "export"},
		"outcome.":           {"open", "removed", "kept", "gone"},
		"tally.": {
			"publish", "reject", "hold", "dismiss", "feature", "unfeature", "warn", "always-hold", "suspend", "ban", "lift", "cool",
		},

		"rules.stage.":     {"off", "shadow", "on"},
		"rules.stageHint.": {"off", "shadow", "on"},
		"rules.do.":        {"think", "slow", "sign-in", "hold", "reject"},
		"rules.combine.":   {"all", "any"},
		"rules.group.":     {"words", "links", "author", "text", "copies", "pace", "story", "reports", "hook"},
		"rules.hint.":      {"words", "links", "author", "text", "copies", "pace", "story", "reports", "hook"},
		"rules.choice.":    {"all", "name", "pseudonym", "none", "anyone", "author", "calm", "slow", "verified", "hold"},
		"rules.field.": {
			"banned", "suspect", "language", "words_least", "links_least", "domains", "except", "first_link", "younger", "accepted_below",
			"rejected_share", "reported", "bylines", "guest", "shorter", "longer", "capitals", "repetition", "row", "copies_least",
			"copies_within", "copies_by", "pace_least", "pace_within", "pace_by", "sections", "story_younger", "story_older",
			"temperatures", "reports_least", "hook_url", "hook_secret", "hook_deadline",
		},
		"rule.why.byline.": {"name", "pseudonym", "none"},
		"rule.why.pace.":   {"author", "anyone"},
		"role.":            append(texts(forum.StaffRoles()), "guest", "reader", "trusted", "archived"),
		"badge.":           {"trusted", "new"},
		"mebar.":           {"comments", "inbox", "mail", "security", "privacy"},
		"myReport.":        {"open", "closed", "upheld", "dismissed"},
		"reveal.":          {"title", "intro"},
		"mydata.":          {"didProfile"},
		"dataPart.": {
			"profile", "credentials", "sessions", "comments", "pseudonyms", "votes", "reports", "notices", "decisions", "sanctions", "appeals",
			"notifications", "mutes",
		},
		"data.":    dataFields(),
		"roleMay.": texts(forum.StaffRoles()),
		"proposals.": {
			string(forum.ProposalApproved), string(forum.ProposalRefused), string(forum.ProposalExpired), "didApprove", "didRefuse",
			"didPropose", "title", "intro",
		},
		"proposalKind.":    {"grant", "invite", "four-eyes", "ban", "bulk", "export"},
		"team.":            {"didGrant", "didRevoke", "didUninvite", "didPropose", "title", "intro"},
		"keys.":            {"didRevoke", "title", "intro"},
		"settings.":        append(settingFields(), "didSave", "didPropose", "title", "intro"),
		"settings.byline.": {string(forum.BylineName), string(forum.BylinePseudonym), string(forum.BylineNone)},

		"control.state.": {string(forum.StoryOpen), string(forum.StoryReadOnly), string(forum.StoryClosed)},
		"signal.":        texts(forum.AllSignals()),
		"step.":          append([]string{forum.AutoNone}, forum.AutoSteps()[1:]...),
		"cooled.":        {"desk", "clock", "signals"},
		"notice.kind.":   texts(forum.NoticeKinds()),
		"notice.outcome.": {
			"open", string(forum.NoticeRemoved), string(forum.NoticeKept), string(forum.NoticeGone),
		},

		"bulk.sure.":     {"publish", "reject", "hold"},
		"job.does.":      {"publish", "reject", "hold"},
		"job.state.":     {"waiting", "paused", "done", "dead", "cancelled"},
		"author.byline.": {"name", "pseudonym", "none"},
		"standing.":      {"warn", "always-hold", "suspend", "ban", "warnUntil", "always-holdUntil", "suspendUntil", "banUntil"},
		"queue.":         {"reported", "held", "unseen", "rejected", "all", "appeals", "mine", "decided"},
	}
}

func texts[T ~string](codes []T) []string {
	var all []string
	for _, code := range codes {
		all = append(all, string(code))
	}
	return all
}

// settingFields are the fields of the form of settings, with their hints.
func settingFields() []string {
	fields := []string{
		"name", "locale", "sections", "guidelines", "profiles_hidden", "bylines", "hold_first", "links", "max_length", "edit_window",
		"trusted_after", "origins", "four_eyes", "sectionsHint", "trusted_afterHint", "originsHint", "four_eyesHint",
	}
	for _, pace := range []string{"nameless_pace", "reader_pace"} {
		fields = append(fields, pace+".gap", pace+".count", pace+".window")
	}
	return fields
}

// dataFields are the values that a person's data has.
func dataFields() []string {
	return strings.Fields(`account role name sections since accepted rejected reportsUpheld reportsDismissed profilePublic rulesSeen mail id kind
		issuer label at used device seen expires story headline answers byline text state edited up down earlier comment value reason words
		outcome ended receipt url law email answer verb note automated until decision other author true false`)
}
