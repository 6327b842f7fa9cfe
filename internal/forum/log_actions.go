package forum

// LogActions lists every action that the log knows, in the order in which a
// reader may choose from them. Their words are in the locale catalogues.
func LogActions() []string {
	return []string{
		"comment.publish", "comment.reject", "comment.hold", "comment.dismiss", "comment.feature", "comment.unfeature", "comment.undo",
		"account.warn", "account.always-hold", "account.suspend", "account.ban", "account.lift", "account.note", "account.reveal",
		"account.erase", "account.export",
		"appeal.file", "appeal.uphold", "appeal.reverse",
		"notice.file", "notice.answer", "notice.reveal",
		"rule.add", "rule.change", "rule.stage", "rule.undo",
		"story.cool", "story.close", "story.open",
		"staff.invite", "staff.uninvite", "staff.join", "staff.grant", "staff.revoke",
		"proposal.make", "proposal.approve", "proposal.refuse",
		"credential.add", "credential.remove", "session.end-all",
		"settings.change", "endpoint.add", "endpoint.change", "endpoint.remove", "key.add", "key.remove",
		"job.start", "job.pause", "job.resume", "job.retry", "job.cancel", "job.end", "mail.retry",
		"export.statements", "log.head",
	}
}
