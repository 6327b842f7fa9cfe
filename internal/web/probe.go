package web

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Where whoever looks after the process asks how it is.
const (
	healthPath = "/healthz"
	readyPath  = "/readyz"
)

// probing reports whether a request asks after the process. It is answered under
// any Host: a load balancer often knows nothing but an address.
func probing(r *http.Request) bool { return r.URL.Path == healthPath || r.URL.Path == readyPath }

// showHealth answers that the process lives. It asks the database nothing:
// starting the process anew would not mend that.
func (s *server) showHealth(w http.ResponseWriter, _ *request) error {
	return writeJSON(w, map[string]string{"status": "ok"})
}

// showReady answers 200 if requests may be sent here, and otherwise 503; what is
// wrong comes in words that give nothing away. A process whose database takes no
// writes still serves readers, and so would no other: that alone is 503 only for
// who asks with ?for=writes.
func (s *server) showReady(w http.ResponseWriter, r *request) error {
	s.writeReady(w, r.Request)
	return nil
}

func (s *server) writeReady(w http.ResponseWriter, r *http.Request) {
	wrong := s.ready.wrong(r.Context(), s)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, unwritable := wrong["writes"]
	ready := len(wrong) == 0 || unwritable && len(wrong) == 1 && r.URL.Query().Get("for") != "writes"
	if !ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	// The client may be gone; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(readyAnswer{Ready: ready, Wrong: wrong})
}

// readyAnswer is the answer of /readyz.
type readyAnswer struct {
	Ready bool              `json:"ready"`
	Wrong map[string]string `json:"wrong,omitempty"` // by what was looked at: database, migrations, writes, draining
}

// readiness remembers what was found last, so that a crowd of probes costs the
// database as much as one.
type readiness struct {
	mu    sync.Mutex
	until time.Time
	found map[string]string
}

const (
	readyFor  = time.Second     // how long what was found counts
	readyWait = 3 * time.Second // how long the database may take to answer
)

// wrong returns what keeps this process from serving.
func (x *readiness) wrong(ctx context.Context, s *server) map[string]string {
	if s.draining.Load() {
		return map[string]string{"draining": "this process is stopping"}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if now := s.Desk.Now(); now.After(x.until) || x.until.Sub(now) > readyFor {
		x.found = s.examine(ctx)
		x.until = s.Desk.Now().Add(readyFor)
	}
	return x.found
}

// examine asks the database; the reasons go to the log.
func (s *server) examine(ctx context.Context) map[string]string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyWait)
	defer cancel()
	state := s.Desk.Ready(ctx)
	wrong := map[string]string{}
	for _, x := range []struct {
		what, words string
		err         error
	}{
		{"database", "the database does not answer", state.Reads},
		{"migrations", "the database's tables are older than this program", state.Migrations},
		{"writes", "the database takes no writes", state.Writes},
	} {
		if x.err != nil {
			wrong[x.what] = x.words
			s.Log.LogAttrs(ctx, slog.LevelError, "not ready", slog.String("wrong", x.what), slog.Any("error", x.err))
		}
	}
	return wrong
}
