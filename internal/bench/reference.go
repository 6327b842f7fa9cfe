package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
)

// Ready is an answer as it is sent, header and body.
type Ready struct {
	Status int
	Header http.Header
	Body   []byte
}

// Bare is a server that does nothing but send ready answers, by path: what an
// answer costs at least on this machine, in this language.
func Bare(answers map[string]Ready) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := answers[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		for name, values := range a.Header {
			h[name] = values
		}
		w.WriteHeader(a.Status)
		// The client may be gone; there is nobody left to tell.
		_, _ = w.Write(a.Body)
	})
}

// ServeReference reads the answers of a [Bare] server as JSON, says where it
// listens, and serves until there is nothing more to read or ctx ends.
func ServeReference(ctx context.Context, in io.Reader, out io.Writer) error {
	var answers map[string]Ready
	if err := json.NewDecoder(in).Decode(&answers); err != nil {
		return fmt.Errorf("read answers: %w", err)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: Bare(answers)}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	if _, err := fmt.Fprintln(out, l.Addr()); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return err
	}
	if err := srv.Close(); err != nil {
		return err
	}
	<-ended
	return nil
}
