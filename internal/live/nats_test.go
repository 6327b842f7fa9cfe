package live

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// TestNATS sends texts over a real server, ends it, and finds that it is told so.
func TestNATS(t *testing.T) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	listen := func(address string) (heard chan string, ended chan error) {
		b, err := NewNATS(address)
		if err != nil {
			t.Fatal(err)
		}
		up := make(chan bool, 1)
		heard, ended = make(chan string, 10), make(chan error, 1)
		go func() {
			ended <- b.Listen(context.Background(), func() { up <- true }, func(text []byte) { heard <- string(text) })
		}()
		<-up
		return heard, ended
	}
	heard, ended := listen(s.ClientURL())
	apart, _ := listen(s.ClientURL() + "/paper.moves")
	b, err := NewNATS(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Send(t.Context(), [][]byte{[]byte("one"), []byte("two")}); err != nil {
		t.Fatal(err)
	}
	if one, two := <-heard, <-heard; one != "one" || two != "two" {
		t.Errorf("heard %q and %q", one, two)
	}
	s.Shutdown()
	s.WaitForShutdown()
	if err := <-ended; err == nil {
		t.Error("a lost listener ended well")
	}
	if err := b.Send(t.Context(), [][]byte{[]byte("nobody")}); err == nil {
		t.Error("sent to a server that is gone")
	}
	if len(apart) > 0 {
		t.Errorf("another subject heard %q", <-apart)
	}
	if _, err := NewNATS("nats://"); err == nil {
		t.Error("an address without a host is taken")
	}
}
