// Package audit checks a site's log: that every entry is there, unchanged and in
// its place, and that the log still has the ends that were signed while it grew.
//
// Each entry hashes the one before it, so whoever changes one entry must write
// all that follow anew. Whoever can do that cannot sign the new end: the heads
// that were signed every hour, and that lie outside the database, tell.
//
// Two files are read and written here, the key and the signed heads. What may
// never enter: SQL, clocks, and what an entry means.
package audit
