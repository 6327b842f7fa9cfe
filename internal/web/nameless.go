package web

import (
	"log/slog"
	"net/netip"
	"strings"
)

// nameless writes the lines of net/http to the log without the addresses of
// clients that stand in them.
type nameless struct{ log *slog.Logger }

// Write logs one line.
func (n nameless) Write(line []byte) (int, error) {
	n.log.Warn("server", "error", withoutAddresses(string(line)))
	return len(line), nil
}

// withoutAddresses replaces every network address, with or without its port.
func withoutAddresses(text string) string {
	words := strings.Fields(strings.ReplaceAll(text, "->", " -> "))
	for i, w := range words {
		bare := strings.Trim(w, `:;,"'()[]`)
		_, errAddr := netip.ParseAddr(bare)
		_, errPort := netip.ParseAddrPort(strings.Trim(w, `:;,"'()`))
		if errAddr == nil || errPort == nil {
			words[i] = "(address)"
		}
	}
	return strings.Join(words, " ")
}
