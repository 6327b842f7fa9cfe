//go:build unix

package live

import (
	"net"
	"syscall"
)

// raw is a connection that is written to without waiting.
type raw struct {
	net.Conn
	control syscall.RawConn
}

// newRaw returns the line of a connection, or nil if the system has no such thing.
func newRaw(c net.Conn) line {
	s, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	control, err := s.SyscallConn()
	if err != nil {
		return nil
	}
	noticeDeath(control)
	return raw{c, control}
}

// send hands bytes to the system. What it does not take whole was not wanted: its
// buffers hold many minutes of signals, so this reader has long stopped reading.
func (r raw) send(b []byte) bool {
	sent := 0
	err := r.control.Write(func(fd uintptr) bool {
		sent = writeNow(fd, b)
		return true
	})
	return err == nil && sent == len(b)
}

// close lets go of the connection; that it was lost before is no news.
func (r raw) close() { _ = r.Conn.Close() }

// writeNow writes to a descriptor what it takes without waiting, and returns how
// many bytes that were. It writes nothing to a reader who has hung up.
func writeNow(fd uintptr, b []byte) int {
	if hungUp(int(fd)) {
		return 0
	}
	for {
		n, err := syscall.Write(int(fd), b)
		if err == syscall.EINTR {
			continue
		}
		return max(n, 0)
	}
}

// hungUp reports whether the other side has closed the connection: then there is
// an end to read, and no error.
func hungUp(fd int) bool {
	var b [1]byte
	n, _, err := syscall.Recvfrom(fd, b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	return n == 0 && err == nil
}
