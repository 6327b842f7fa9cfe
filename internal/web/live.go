package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"parley/internal/live"
)

// eventType is the type of a stream of server-sent events.
const eventType = "text/event-stream"

// refusedFor is how long a reader for whom there is no place asks now and then
// before trying again, in seconds.
const refusedFor = "120"

// showStoryLive tells whenever a discussion moves. The id of an event is the
// story's revision: who comes back says the last one, and is told what it missed.
func (s *server) showStoryLive(w http.ResponseWriter, r *request) error {
	id, err := r.id("story")
	if err != nil {
		return err
	}
	return s.stream(w, r, live.Topic{Site: r.site.ID, Story: id}, func() (live.Start, error) {
		x, err := s.heads.Story(r.Context(), r.site.ID, id, false)
		if err != nil {
			return live.Start{}, err
		}
		// One that was never told, or tells nonsense, is told how things stand.
		known, _ := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64)
		return live.Start{Now: live.Signal{Story: x.ID, Revision: x.Revision, Comments: x.Comments}, Known: known}, nil
	})
}

// showFrontLive tells of every story that front pages list how many comments it
// has, whenever that changes.
func (s *server) showFrontLive(w http.ResponseWriter, r *request) error {
	return s.stream(w, r, live.Topic{Site: r.site.ID}, func() (live.Start, error) { return live.Start{}, nil })
}

// showDeskLive tells whenever something moved that may wait at the desk.
func (s *server) showDeskLive(w http.ResponseWriter, r *request) error {
	to := live.Topic{Site: r.site.ID, Desk: true}
	return s.stream(w, r, to, func() (live.Start, error) { return live.Start{}, nil })
}

// stream opens a stream on a topic. Begin is asked once nothing can be missed any
// more. Without a hub, and for probes, the answer is an empty 204, after which
// browsers do not come back; without a place it is 503.
func (s *server) stream(w http.ResponseWriter, r *request, to live.Topic, begin func() (live.Start, error)) error {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if s.Live == nil || r.Method == http.MethodHead {
		_, err := begin()
		if err == nil {
			w.WriteHeader(http.StatusNoContent)
		}
		return err
	}
	network := r.actor.Network
	if s.Unlimited || s.network.client(r.Request).IsLoopback() {
		network = ""
	}
	stream, err := s.Live.Follow(to, network)
	if errors.Is(err, live.ErrEnded) {
		// Browsers come back after a connection was cut, not after an answer.
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		h.Set("Retry-After", refusedFor)
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	from, err := begin()
	if err == nil {
		h.Set("Content-Type", eventType)
		// Proxies that gather answers before they pass them on are told not to.
		h.Set("X-Accel-Buffering", "no")
		err = s.open(w, r, stream, from)
	}
	if err != nil {
		stream.End()
	}
	return err
}

// open lets a stream flow. Where the connection is this request's alone it is
// taken over, so that a reader costs no goroutine and no buffers.
func (s *server) open(w http.ResponseWriter, r *request, stream *live.Stream, from live.Start) error {
	c := http.NewResponseController(w)
	if r.ProtoMajor != 1 || r.TLS != nil {
		return passTo(c, w, r, stream, from)
	}
	conn, _, err := c.Hijack()
	if errors.Is(err, http.ErrNotSupported) {
		return passTo(c, w, r, stream, from)
	}
	if err != nil {
		return fmt.Errorf("take connection: %w", err)
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return errors.Join(err, conn.Close())
	}
	from.Head = headOf(w.Header(), s.Desk.Now().Format(http.TimeFormat))
	if !stream.Attach(conn, from) {
		defer conn.Close()
		stream.Pass(r.Context(), from, func(b []byte) error { return writeBy(conn, b) })
	}
	return nil
}

// passTo lets a stream flow through the server's own writer, whose limit of time
// is for answers that end.
func passTo(c *http.ResponseController, w http.ResponseWriter, r *request, stream *live.Stream, from live.Start) error {
	stream.Pass(r.Context(), from, func(b []byte) error { return pass(c, w, b, eventTime) })
	return nil
}

// headOf writes the head of an answer that ends with its connection.
func headOf(h http.Header, date string) []byte {
	h.Set("Date", date)
	h.Set("Connection", "close")
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 200 OK\r\n")
	// It writes to memory and takes line ends out of values.
	_ = h.Write(&head)
	head.WriteString("\r\n")
	return head.Bytes()
}
