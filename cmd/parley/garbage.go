package main

import "runtime"

// spareHeap is how much the collector takes for live that is not, in bytes.
const spareHeap = 24 << 20

// spareCollector keeps the collector from running all the time while little is
// alive: it runs when there is as much garbage as is alive, and a server whose cache
// is nearly empty has next to nothing. What is reserved for that is never touched,
// so that the system gives no memory for it; a large cache makes it negligible. End
// gives it back.
func spareCollector() (end func()) {
	spare := make([]byte, spareHeap)
	return func() { runtime.KeepAlive(spare) }
}
