package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/bench"
)

func TestHistogram(t *testing.T) {
	var h bench.Histogram
	if h.At(0.99) != 0 {
		t.Error("an empty histogram has times")
	}
	var all []time.Duration
	var halves [2]bench.Histogram
	for i := range 20_000 {
		at := time.Duration(math.Pow(1.0008, float64(i)) * 100)
		all = append(all, at)
		h.Add(at)
		halves[i%2].Add(at)
	}
	halves[0].Merge(halves[1])
	for _, share := range []float64{0.0001, 0.5, 0.95, 0.99, 0.999, 1} {
		want := all[max(int(math.Ceil(share*20_000)), 1)-1]
		for _, got := range []time.Duration{h.At(share), halves[0].At(share)} {
			if off := math.Abs(float64(got-want)) / float64(want); off > 1.0/128 {
				t.Errorf("%v: got %v, want %v, %.4f off", share, got, want, off)
			}
		}
	}
	if h.At(1) > h.Max || h.Max != all[len(all)-1] || h.N != 20_000 {
		t.Errorf("beyond the longest: %v of %v, %d", h.At(1), h.Max, h.N)
	}
}

func TestMedians(t *testing.T) {
	for want, numbers := range map[float64][]float64{0: nil, 3: {3}, 2: {3, 1}, 5: {9, 1, 5}} {
		if got := bench.Median(numbers); got != want {
			t.Errorf("%v: got %v, want %v", numbers, got, want)
		}
	}
	run := func(cpu, reference float64, errors int) []bench.Result {
		r := bench.Result{What: "x", CPU: cpu, Requests: 10, Errors: errors}
		return []bench.Result{r.Against(bench.Result{CPU: reference})}
	}
	got := bench.Medians([][]bench.Result{run(10, 5, 0), run(30, 10, 1), run(20, 20, 0)})[0]
	if got.CPU != 20 || got.ReferenceCPU != 10 || got.CPURatio != 2 || got.Requests != 30 || got.Errors != 1 {
		t.Errorf("%+v", got)
	}
}

// A server that stands still for a while makes every request that was due wait,
// although each is answered at once when it is sent.
func TestLoad_waitingCounts(t *testing.T) {
	var mu sync.Mutex
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if asked++; asked == 5 {
			time.Sleep(200 * time.Millisecond)
		}
	}))
	defer s.Close()
	plan := bench.Plan{
		Address: s.Listener.Addr().String(), Connections: 1, Rate: 200, Duration: 300 * time.Millisecond,
		Requests: []bench.Request{{Method: "GET", Path: "/", Want: 200}},
	}
	o := load(t, plan)[0]
	if o.Requests != 60 || o.Errors != 0 {
		t.Fatalf("%d requests, %d errors, %s", o.Requests, o.Errors, o.Error)
	}
	if o.Times.At(0.5) < 20*time.Millisecond {
		t.Errorf("half of the requests waited less than %v", o.Times.At(0.5))
	}
	plan.Rate = 0
	if o = load(t, plan)[0]; o.Requests < 61 || o.Times.N != int64(o.Requests) {
		t.Errorf("without a rate %d requests", o.Requests)
	}
}

// A connection on which nothing was sent yet is closed by a server after a few
// seconds, and who then sends on it is told "unexpected EOF": none is made before
// there is something to send.
func TestLoad_noIdleConnections(t *testing.T) {
	var made atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ConnState = func(_ net.Conn, to http.ConnState) {
		if to == http.StateNew {
			made.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	o := load(t, bench.Plan{
		Address: s.Listener.Addr().String(), Connections: 16, Rate: 40, Duration: 50 * time.Millisecond,
		Requests: []bench.Request{{Method: "GET", Path: "/", Want: 200}},
	})[0]
	if o.Requests != 2 || o.Errors != 0 || made.Load() > 2 {
		t.Errorf("%d requests, %d errors, on %d connections", o.Requests, o.Errors, made.Load())
	}
}

func load(t *testing.T, plans ...bench.Plan) []bench.Outcome {
	t.Helper()
	var in, out bytes.Buffer
	if err := json.NewEncoder(&in).Encode(bench.Task{Plans: plans}); err != nil {
		t.Fatal(err)
	}
	if err := bench.ServeLoad(context.Background(), &in, &out); err != nil {
		t.Fatal(err)
	}
	var a bench.Answer
	if err := json.NewDecoder(&out).Decode(&a); err != nil || a.Error != "" {
		t.Fatalf("%v %s", err, a.Error)
	}
	return a.Outcomes
}

func TestLoad_fillsIn(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		if seen = append(seen, r.URL.Path+" "+r.Header.Get("Key")+" "+string(body)); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusCreated)
	}))
	defer s.Close()
	o := load(t, bench.Plan{
		Address: s.Listener.Addr().String(), Connections: 1, Rate: 100, Duration: 40 * time.Millisecond, First: 7, Words: []string{"word"},
		Requests: []bench.Request{
			{Method: "POST", Path: "/a/{n}", Header: []string{"Key: k{n}"}, Body: `{"v":{flip},"t":"{words}"}`, Want: 201},
			{Method: "PUT", Path: "/b", Body: "{flip}", Want: 200},
		},
	})[0]
	if o.Requests != 2 || o.Errors != 2 || !strings.Contains(o.Error, "201 Created, want 200") {
		t.Errorf("%d answered, %d errors, %s", o.Requests, o.Errors, o.Error)
	}
	if len(seen) != 4 || seen[0] != "/b  -1" || !strings.HasPrefix(seen[1], `/a/8 k8 {"v":1,"t":"word word`) || seen[2] != "/b  1" ||
		!strings.HasPrefix(seen[3], `/a/10 k10 {"v":-1`) {
		t.Errorf("%q", seen)
	}
}

// Every stream hears of every change, and one that is silent is missed.
func TestWatch(t *testing.T) {
	moved, open := make(chan struct{}), make(chan struct{}, 5)
	var mu sync.Mutex
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			mu.Lock()
			defer mu.Unlock()
			close(moved)
			moved = make(chan struct{})
			return
		}
		if len(open) == cap(open) {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		open <- struct{}{}
		w.WriteHeader(http.StatusOK)
		for {
			mu.Lock()
			next := moved
			mu.Unlock()
			if err := http.NewResponseController(w).Flush(); err != nil {
				return
			}
			select {
			case <-next:
				if _, err := io.WriteString(w, "id: 1\ndata: {}\n\n"); err != nil {
					return
				}
			case <-r.Context().Done():
				return
			}
		}
	}))
	defer s.Close()
	var l bench.Loader
	defer l.Close()
	said := 0
	got, err := l.Watch(context.Background(), bench.Watch{
		Address: s.Listener.Addr().String(), Streams: 6, Rounds: 3,
		Stream: bench.Request{Method: "GET", Path: "/", Want: 200}, Change: bench.Request{Method: "POST", Path: "/", Want: 200},
	}, func(w bench.Watched) error { said = w.Open; return nil })
	if err != nil || said != 5 || got.Open != 5 || got.Missed != 0 || got.Arrived.N != 15 || !strings.Contains(got.Error, "503") {
		t.Errorf("%d, %+v, %v", said, got, err)
	}
}

// Streams that are cut off wait as they were told to and say what they heard last.
func TestWatch_return(t *testing.T) {
	var known, opened atomic.Int32
	cut := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if opened.Add(1); r.Header.Get("Last-Event-ID") == "7" {
			known.Add(1)
		}
		if _, err := io.WriteString(w, "retry: 20\n\nid: 7\ndata: {}\n\n"); err != nil {
			return
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return
		}
		select {
		case <-cut:
		case <-r.Context().Done():
		}
	}))
	defer s.Close()
	var l bench.Loader
	defer l.Close()
	told := 0
	got, err := l.Watch(context.Background(), bench.Watch{
		Address: s.Listener.Addr().String(), Streams: 6, Return: true, Stream: bench.Request{Method: "GET", Path: "/", Want: 200},
	}, func(bench.Watched) error {
		if told++; told == 2 {
			for range 6 {
				cut <- struct{}{}
			}
		}
		return nil
	})
	if err != nil || told != 2 || got.Open != 6 || got.Back.N != 6 || got.Peak != 6 || known.Load() != 6 || opened.Load() != 12 {
		t.Errorf("%d told, %d opened, %d knew, %+v, %v", told, opened.Load(), known.Load(), got, err)
	}
}

func TestLoad_unreachable(t *testing.T) {
	var l bench.Loader
	_, err := l.Run(context.Background(), []bench.Plan{{
		Address: "127.0.0.1:1", Connections: 1, Duration: time.Second, Requests: []bench.Request{{Method: "GET", Path: "/", Want: 200}},
	}})
	if err == nil {
		t.Error("nobody listens there")
	}
	if _, err = l.Run(context.Background(), []bench.Plan{{}}); err == nil {
		t.Error("an empty plan was carried out")
	}
}

func TestReference(t *testing.T) {
	in, tell := io.Pipe()
	heard, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- bench.ServeReference(context.Background(), in, out) }()
	ready := bench.Ready{Status: 200, Header: http.Header{"Etag": {`"x"`}, "Content-Length": {"5"}}, Body: []byte("hello")}
	go func() {
		if err := json.NewEncoder(tell).Encode(map[string]bench.Ready{"/a": ready, "/b": {Status: 304}}); err != nil {
			t.Error(err)
		}
	}()
	address := make([]byte, 64)
	n, err := heard.Read(address)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.TrimSpace(string(address[:n]))
	outcomes := load(
		t,
		bench.Plan{Address: at, Connections: 2, Duration: 20 * time.Millisecond, Requests: []bench.Request{{Method: "GET", Path: "/a", Want: 200}}},
		bench.Plan{Address: at, Connections: 2, Duration: 20 * time.Millisecond, Requests: []bench.Request{{Method: "GET", Path: "/b", Want: 304}}},
	)
	if outcomes[0].Requests == 0 || outcomes[0].Bytes != 5 || outcomes[1].Requests == 0 || outcomes[1].Bytes != 0 || outcomes[0].Errors+outcomes[1].Errors > 0 {
		t.Errorf("%+v", outcomes)
	}
	tell.Close()
	if err := <-ended; err != nil && !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

func TestProcess(t *testing.T) {
	p := bench.Process{PID: 1 << 30}
	if p.CPU() != 0 || p.Peak() != 0 {
		t.Error("a process that is not there used something")
	}
}

func TestReport(t *testing.T) {
	plan := bench.Plan{Connections: 64}
	var c bench.Cost
	for range 2 {
		o := bench.Outcome{Requests: 500, Elapsed: 500 * time.Millisecond, Bytes: 12_345}
		for range 500 {
			o.Times.Add(2 * time.Millisecond)
		}
		c.Add(o, 50*time.Millisecond)
	}
	reference := c
	reference.CPU /= 2
	r := bench.NewResult("first view", "1,000 <comments>", plan, c).Against(bench.NewResult("bare", "", plan, reference))
	report := bench.NewReport("parley bench read", [][]bench.Result{{r, {What: "304"}}}, 40e6, 3)
	report.ColdRatio, report.WorstRatio = 1.2, 1.5
	var text bytes.Buffer
	if err := report.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(text.Bytes(), &object); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]float64{
		"cpu_us": 100, "reference_cpu_us": 50, "cpu_ratio": 2, "bytes": 12_345, "rps": 1000, "peak_mb": 40, "cold_ratio": 1.2, "worst_ratio": 1.5, "load_average": 3, "connections": 64,
	} {
		if got, ok := object[key].(float64); !ok || got != want {
			t.Errorf("%s is %v, want %v", key, object[key], want)
		}
	}
	for _, key := range []string{"p50_ms", "p95_ms", "p99_ms", "p999_ms", "commit", "machine", "command"} {
		if object[key] == nil {
			t.Errorf("no %s in %s", key, text.String())
		}
	}
	var plain, table, chart bytes.Buffer
	for _, err := range []error{report.WriteText(&plain), report.WriteMarkdown(&table), report.WriteChart(&chart)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if rows := strings.Split(table.String(), "\n"); rows[0] != "| what | of | connections | requests/s | p50 ms | p95 ms | p99 ms | p99.9 ms | "+
		"CPU µs | reference CPU µs | CPU ratio | reference req/s | rate ratio | reference p99 ms | p99 ratio | bytes |" ||
		!strings.HasPrefix(rows[2], "| first view | 1,000 <comments> | 64 | 1,000 | 2.00 |") || strings.Count(rows[3], "|") != strings.Count(rows[0], "|") {
		t.Errorf("%q", rows)
	}
	if !strings.Contains(plain.String(), "Largest over smallest: 1.20 for a first view, 1.50 for what grew most.") {
		t.Error(plain.String())
	}
	if !strings.Contains(table.String(), "its load average was 3.0") {
		t.Error(table.String())
	}
	var elements []string
	for d := xml.NewDecoder(&chart); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			elements = append(elements, e.Name.Local)
		}
	}
	if n := len(slices.DeleteFunc(elements, func(e string) bool { return e != "rect" })); n != 4 {
		t.Errorf("%d rectangles, want the paper and three bars", n)
	}
}
