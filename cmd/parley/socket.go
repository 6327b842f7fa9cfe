package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// What the listeners of parley serve are called, and the sockets of a systemd unit
// with FileDescriptorName=.
const (
	publicListener   = "public" // also any socket of another name
	adminListener    = "admin"
	redirectListener = "redirect"
)

// firstSocket is the first file descriptor that systemd hands over
// (sd_listen_fds(3)).
const firstSocket = 3

// takeSockets returns the listeners that were opened for this process before it
// was started, by name. While it is away, who connects waits for its successor.
// Processes that this one starts do not learn of them.
func takeSockets() (map[string]net.Listener, error) {
	pid, count, names := os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS"), strings.Split(os.Getenv("LISTEN_FDNAMES"), ":")
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		if err := os.Unsetenv(name); err != nil {
			return nil, err
		}
	}
	if count == "" || pid != strconv.Itoa(os.Getpid()) {
		return map[string]net.Listener{}, nil
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > 16 {
		return nil, fmt.Errorf("LISTEN_FDS: %q is no number of sockets", count)
	}
	sockets := map[string]net.Listener{}
	for i := range n {
		name := publicListener
		if i < len(names) && (names[i] == adminListener || names[i] == redirectListener) {
			name = names[i]
		}
		if sockets[name] != nil {
			return nil, fmt.Errorf("socket %d: there is a %s listener already", i, name)
		}
		if sockets[name], err = takeSocket(firstSocket + i); err != nil {
			return nil, fmt.Errorf("socket %d: %w", i, err)
		}
	}
	return sockets, nil
}

func takeSocket(fd int) (net.Listener, error) {
	f := os.NewFile(uintptr(fd), "socket")
	l, err := net.FileListener(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return l, nil
}

// listen opens a listener, unless it was handed over.
func (p *program) listen(name, address string) (net.Listener, error) {
	if p.sockets == nil {
		var err error
		if p.sockets, err = takeSockets(); err != nil {
			return nil, err
		}
	}
	if l := p.sockets[name]; l != nil {
		return l, nil
	}
	var listen net.ListenConfig
	return listen.Listen(p.ctx, "tcp", address)
}
