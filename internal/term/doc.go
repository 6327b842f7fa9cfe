// Package term turns a text in any script into the words a search looks for.
//
// Both databases hold the same plain table of terms, filled by [Index] and
// asked with a [Query], so that a search has the same answers on each of them.
// What must never enter: SQL, ranking, and rules of one language (stems, stop
// words): a site's readers write in many.
package term
