// Package e2e runs the journeys: what readers, authors and the desk do, in a
// real browser against the real program, on SQLite and on PostgreSQL. Each
// journey is a script beside this file; Go starts the program, the pages that
// embed it and the browser's scripts, and reports what the scripts say.
//
// Nothing of the program may live here, and nothing that a test of one room can
// find out more cheaply.
package e2e
