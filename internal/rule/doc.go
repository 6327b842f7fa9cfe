// Package rule judges a draft by what the desk decided beforehand: it reads the
// definition of a rule, compiles it, and says what the rule makes of a text and
// of the facts around it.
//
// Texts are compared as they look, not as they are spelled: see [Text]. What
// must never enter: where facts come from (a database, a network, a clock) and
// what becomes of a verdict. A rule judges what it is told, so that a rehearsal
// on last month's comments judges as the rule would have done.
package rule
