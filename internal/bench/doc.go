// Package bench measures: it loads a server, keeps the times its answers took,
// asks the operating system what that cost, and writes figures as text, JSON,
// Markdown and a chart.
//
// What may never enter: a store, a desk, or anything else of the program that is
// measured. It knows addresses, processes and numbers only.
package bench
