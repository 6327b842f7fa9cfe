// Package live tells readers who are looking that something moved: a story's
// discussion, the counts of a front page, what waits at the desk. What it tells
// are signals, never content: a story, its revision, how many comments it has.
//
// A Hub hands the moves of commits to the streams that follow them. It keeps
// nothing for a reader: what a stream cannot take at once is not queued, and a
// stream that cannot take it is ended, so that nobody who reads slowly costs
// memory or makes others wait. Streams are cheap: one goroutine writes to all.
//
// What may never enter: what a comment says, who reads, and HTTP (web opens the
// streams and hands their connections over).
package live
