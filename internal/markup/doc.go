// Package markup turns what people write into safe HTML.
//
// The order is the safety: [accept] caps what comes in, goldmark parses it with
// the parsers of parse.go and no others, [writer] writes what the text means,
// and the sanitiser of policy.go has the last word. Nothing changes the HTML
// after that. What must never enter: a request, a database, and HTML that
// somebody else made.
package markup

// HTML is safe to send to a browser as it is. Only this package makes one; to
// convert any other string into it is a hole.
type HTML string

// Version is the number of the renderer. It grows with every change to what
// Render or Story return, so that stored HTML is known to be stale.
const Version = 1
