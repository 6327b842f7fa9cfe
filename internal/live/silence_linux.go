package live

import "syscall"

// silence is how long written bytes may stay unacknowledged, in milliseconds: two
// heartbeats. Without it a machine that lost its network stays on our books for a
// quarter of an hour.
const silence = 30_000

// tcpUserTimeout is TCP_USER_TIMEOUT of tcp(7), which package syscall does not name.
const tcpUserTimeout = 18

// noticeDeath has the system give a connection up whose other side went silent.
// Where it will not, the connection is noticed later; nothing else is lost.
func noticeDeath(c syscall.RawConn) {
	_ = c.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, silence)
	})
}
