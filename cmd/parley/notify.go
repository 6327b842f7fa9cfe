package main

import (
	"context"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// What systemd is told (sd_notify(3)).
const (
	notifyReady    = "READY=1"
	notifyStopping = "STOPPING=1"
	notifyAlive    = "WATCHDOG=1"
)

// notify tells the service manager how this process stands; without one it does
// nothing.
func (p *program) notify(state string) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	if rest, abstract := strings.CutPrefix(path, "@"); abstract {
		path = "\x00" + rest
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err == nil {
		defer c.Close()
		_, err = c.Write([]byte(state))
	}
	if err != nil {
		p.log.Warn("service manager was not told", "state", state, "error", err)
	}
}

// watchdog tells the service manager that this process lives, twice as often as it
// asks for, until ctx ends.
func (p *program) watchdog(ctx context.Context) {
	every := watchdogTime()
	if every == 0 {
		return
	}
	due := time.NewTicker(every / 2)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-due.C:
			p.notify(notifyAlive)
		}
	}
}

// watchdogTime is how long the service manager waits for a sign of life; 0: it does
// not.
func watchdogTime() time.Duration {
	if pid := os.Getenv("WATCHDOG_PID"); pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	us, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	if err != nil || us < 0 {
		return 0
	}
	return time.Duration(us) * time.Microsecond
}
