package web

import (
	"context"
	stdlog "log"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"parley/internal/meter"
)

// Admin returns the handler of the admin listener, for whoever looks after the
// process and reaches that listener; it asks nobody who they are. It serves
// /healthz, /readyz, /metrics with the readings of the sources beside its own, and
// profiles under /debug/pprof/.
func (s *Server) Admin(sources ...func() []meter.Reading) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewBuildInfoCollector(),
		collector(append(sources, s.Meters, s.shared.jobMeters)),
	)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+healthPath, func(w http.ResponseWriter, _ *http.Request) {
		_ = writeJSON(w, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET "+readyPath, s.shared.writeReady)
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog: stdlog.New(nameless{s.shared.Log}, "", 0),
	}))
	// The command line, which pprof would also show, may hold a password.
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return sameSite(mux)
}

// sameSite keeps pages of other sites, open in a browser on the same machine, from
// starting a profile.
func sameSite(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from := r.Header.Get("Sec-Fetch-Site"); from != "" && from != "same-origin" && from != "none" {
			http.Error(w, "403 Forbidden", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// jobMetersWait bounds how long the database may take to count jobs.
const jobMetersWait = 3 * time.Second

// jobMeters counts the queue; while the database does not answer, nothing is said
// of it.
func (s *server) jobMeters() []meter.Reading {
	ctx, cancel := context.WithTimeout(context.Background(), jobMetersWait)
	defer cancel()
	all, err := s.Desk.JobMeters(ctx)
	if err != nil {
		s.Log.LogAttrs(ctx, slog.LevelError, "jobs were not counted", slog.Any("error", err))
		return nil
	}
	return all
}

// collector shows readings as Prometheus takes them.
type collector []func() []meter.Reading

// Describe says nothing beforehand: which labels there are is seen as they come.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect reads every source.
func (c collector) Collect(out chan<- prometheus.Metric) {
	for _, source := range c {
		for _, r := range source() {
			out <- metric(r)
		}
	}
}

func metric(r meter.Reading) prometheus.Metric {
	var names, values []string
	for i := 0; i < len(r.Labels); i += 2 {
		names, values = append(names, r.Labels[i]), append(values, r.Labels[i+1])
	}
	desc := prometheus.NewDesc(r.Name, r.Help, names, nil)
	if r.Spread != nil {
		return prometheus.MustNewConstHistogram(desc, r.Spread.Count, r.Spread.Sum, r.Spread.Buckets, values...)
	}
	kind := prometheus.CounterValue
	if r.Kind == meter.Level {
		kind = prometheus.GaugeValue
	}
	return prometheus.MustNewConstMetric(desc, kind, r.Value, values...)
}
