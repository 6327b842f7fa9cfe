//go:build race

package main

// The race detector makes SQLite twenty times slower; a smaller crowd goes
// through the same code.
func init() { demoCrowd = 120 }
