//go:build !linux

package main

// forgetPages does nothing where the system does not say which pages are the
// program's own.
func forgetPages() error { return nil }
