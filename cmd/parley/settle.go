package main

import (
	"context"
	"runtime/debug"
	"time"
)

// settleTime is how long after its start a server gives back what only the start
// has needed.
const settleTime = 10 * time.Second

// settle gives back the memory of the start: what was alive while the demo was
// written, and the pages of the program that nothing has come back to. End waits for
// it, or calls it off.
func (p *program) settle() (end func()) {
	ctx, cancel := context.WithCancel(p.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-ctx.Done():
			return
		case <-time.After(settleTime):
		}
		debug.FreeOSMemory()
		if err := forgetPages(); err != nil {
			p.log.Warn("the program's own pages stay in memory", "error", err)
		}
	}()
	return func() { cancel(); <-done }
}
