// Package forum has the nouns of Parley and the rules that hold between them.
// It knows no SQL, no HTTP and no clock of its own: every instant is a
// parameter. It imports the standard library only.
//
// The words, used for the same thing in every layer:
//
//   - site: one publication: its stories, readers, rules, staff. Everything
//     belongs to exactly one site.
//   - section: a part of a site (World, Sport).
//   - story: what is discussed: identity, URLs, headline, optional body and
//     picture; open, read-only or closed.
//   - discussion: all comments of one story.
//   - comment: what a reader wrote; root or reply; states in state.go.
//   - account: a person or device the site can hold to account: guest,
//     reader, staff. Archived authors of imported comments are accounts too.
//   - byline: the name a comment shows: the account's name, a pseudonym for
//     this story, or none.
//   - vote: a reader's judgement "worth reading" (+1) or "not worth reading"
//     (−1); never "I agree".
//   - report: a complaint about a comment, with a reason.
//   - rule: what the desk decided beforehand; may hold, reject, slow, or ask
//     the author to think again.
//   - verdict: what one rule or model says about one draft, with its reason.
//   - decision: an act that changed a comment's or an account's standing;
//     append-only.
//   - sanction: a warning, suspension or ban of an account.
//   - standing: all sanctions against an account at an instant.
//   - appeal: an author's request to have a decision looked at again.
//   - statement: what an author is told of a decision: what, why, by whom or what
//     kind of machine, and how to appeal.
//   - notice: a complaint that a comment is against the law, from anybody.
//   - controls: what the desk or measured signals set for one story's discussion.
//   - proposal: an act that waits for a second person to agree.
//   - job: work that a transaction left to be done after it.
//   - log: what was done, in order, each entry hashing the one before.
//   - note: a context note by readers on a sentence of the story.
//   - revision: a story's change counter; moves in the same transaction as
//     the change.
//   - session: the proof that a browser acts for an account.
//   - credential: a way an account proves itself: an address, a passkey, a login
//     elsewhere, a recovery code.
//   - attempt: somebody on the way in, from one browser.
//   - picture: an image the newsroom gave with a story.
//   - tombstone: what remains of a removed comment that has replies.
package forum
