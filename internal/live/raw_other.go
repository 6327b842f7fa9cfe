//go:build !unix

package live

import "net"

// newRaw returns nil: every stream has a goroutine of its own here.
func newRaw(net.Conn) line { return nil }
