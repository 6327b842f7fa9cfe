// Package exporter writes what Parley knows in forms that others read. Statements
// of reasons go out in the schema of the European Commission's Transparency
// Database (Digital Services Act, articles 17 and 24(5)).
//
// What may never enter: SQL, HTTP, sending anything anywhere, and personal
// data. A statement has no name, address, mail, text of a comment or words that
// a moderator wrote for one author.
package exporter
