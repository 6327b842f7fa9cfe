package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"parley/internal/bench"
)

// get is a request for a page as a browser makes it.
func get(path string, header ...string) bench.Request {
	return bench.Request{
		Method: http.MethodGet, Path: path, Want: http.StatusOK,
		Header: append([]string{"Accept: text/html", "Accept-Encoding: gzip, br, zstd", "Accept-Language: en"}, header...),
	}
}

// plan is a plan of requests without a rate, on so many connections.
func plan(connections int, requests ...bench.Request) bench.Plan {
	return bench.Plan{Connections: connections, Requests: requests}
}

// notModified is a request for a page that the reader has.
func notModified(path, etag string) bench.Request {
	r := get(path, "If-None-Match: "+etag)
	r.Want = http.StatusNotModified
	return r
}

// fetch reads a server's answer once, as it stands, so that the bare server can
// send the same.
func fetch(address string, r bench.Request) (bench.Ready, error) {
	var a bench.Ready
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return a, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return a, err
	}
	if _, err := io.WriteString(conn, r.Wire(address)); err != nil {
		return a, err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return a, err
	}
	if a.Body, err = io.ReadAll(answer.Body); err != nil {
		return a, err
	}
	if answer.StatusCode != r.Want {
		return a, fmt.Errorf("%s: %s, want %d: %.200s", r.Path, answer.Status, r.Want, a.Body)
	}
	a.Status, a.Header = answer.StatusCode, answer.Header
	a.Header.Del("Date") // the bare server has its own
	return a, nil
}
