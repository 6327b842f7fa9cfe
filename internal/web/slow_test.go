package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/storetest"
)

// listening serves a house as `parley serve` does, with its limits of time and
// size, and returns the address.
func (h *house) listening() string {
	h.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, nil, h.server.Config.Handler, slog.New(slog.DiscardHandler)) }()
	h.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			h.t.Error(err)
		}
	})
	return l.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestServe_slowClients has clients that send nothing, send their headers or a body
// byte by byte without end, and read nothing of what they asked for. Readers are
// served beside them, and the connections are ended by the server.
func TestServe_slowClients(t *testing.T) {
	storetest.NoRace(t)
	h := newHouse(t)
	address := h.listening()
	h.server.URL = "http://" + address
	const each = 50
	head := "Host: " + address + "\r\n"
	var silent []net.Conn
	for range each {
		silent = append(silent, dial(t, address))
		for _, start := range []string{
			"GET / HTTP/1.1\r\n" + head + "X-Slow: ",
			"POST /api/v1/comments HTTP/1.1\r\n" + head + "Content-Type: application/json\r\nContent-Length: 20000\r\n\r\n{",
		} {
			c := dial(t, address)
			if _, err := io.WriteString(c, start); err != nil {
				t.Fatal(err)
			}
			silent = append(silent, c)
		}
		deaf := dial(t, address)
		if _, err := io.WriteString(deaf, strings.Repeat("GET / HTTP/1.1\r\n"+head+"\r\n", 100)); err != nil {
			t.Fatal(err)
		}
	}
	b := h.browser()
	for n := range 20 {
		b.get("/").want(http.StatusOK)
		b.postJSON(fmt.Sprintf(`{"story":%q,"byline":"none","text":"Beside slow ones, %d."}`, h.story.ID, n), nil).want(http.StatusCreated)
	}
	if !soaking() {
		return // the limits are in seconds
	}
	for _, c := range silent {
		if err := c.SetReadDeadline(time.Now().Add(readTime + 10*time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, c); isTimeout(err) {
			t.Error("a slow client is still connected")
		}
	}
}

func isTimeout(err error) bool {
	e, ok := err.(net.Error) //nolint:errorlint // what a connection returns is bare
	return ok && e.Timeout()
}

// TestServe_huge sends more than anybody needs to. It is refused before it is held.
func TestServe_huge(t *testing.T) {
	h := newHouse(t)
	address := h.listening()
	b := h.browser()
	h.server.URL = "http://" + address
	ask := func(request io.Reader) int {
		c := dial(t, address)
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			_, _ = io.Copy(c, request) // the server may hang up in the middle
		}()
		defer func() { c.Close(); <-sent }()
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			return 0
		}
		res.Body.Close()
		return res.StatusCode
	}
	b.get("/").want(http.StatusOK)
	const huge = 64 << 20
	before := heap()
	head := "Host: " + address + "\r\n"
	if got := ask(strings.NewReader("GET / HTTP/1.1\r\n" + head + "X-Big: " + strings.Repeat("x", 1<<20) + "\r\n\r\n")); got != http.StatusRequestHeaderFieldsTooLarge && got != 0 {
		t.Errorf("headers of 1 MiB: %d", got)
	}
	for _, media := range []string{"application/json", "application/x-www-form-urlencoded"} {
		body := fmt.Sprintf("POST /api/v1/comments HTTP/1.1\r\n%sContent-Type: %s\r\nContent-Length: %d\r\n\r\n", head, media, huge)
		if got := ask(io.MultiReader(strings.NewReader(body), io.LimitReader(endless{}, huge))); got < 400 || got >= 500 {
			t.Errorf("a %s body of 64 MiB: %d", media, got)
		}
	}
	if grew := heap() - before; grew > 16<<20 {
		t.Errorf("%d bytes are still held", grew)
	}
	b.get("/").want(http.StatusOK)
}

// endless is a text without end.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}

// heap returns the bytes in use after a collection.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestServe_flood has one network post as fast as it can. It is told to wait, and
// others are not.
func TestServe_flood(t *testing.T) {
	h := newHouse(t)
	h.limited()
	b := h.browser()
	b.postJSON(fmt.Sprintf(`{"story":%q,"byline":"none","text":"The first."}`, h.story.ID), nil).want(http.StatusCreated)
	var mu sync.Mutex
	counts := map[int]int{}
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			for i := range 25 {
				a := b.postJSON(fmt.Sprintf(`{"story":%q,"byline":"none","text":"Flood %d of %d."}`, h.story.ID, i, n), nil)
				if a.status == http.StatusTooManyRequests && a.header.Get("Retry-After") == "" {
					t.Error("429 without Retry-After")
				}
				mu.Lock()
				counts[a.status]++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if made, refused := counts[http.StatusCreated], counts[http.StatusTooManyRequests]; made+refused != 200 || refused < 50 || made < 30 {
		t.Errorf("%v", counts)
	}
	b.get("/s/" + h.story.ID.String() + "/the-dam-holds").want(http.StatusOK)
}
