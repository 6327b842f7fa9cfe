//go:build race

package storetest

// Race says that the race detector is on. SQLite is Go code here, so that it
// makes everything ten times slower: tests of amounts, which no goroutines meet
// in, are smaller then or left to the run without it.
const Race = true
