// Package metrics counts what a server does and serves the counts in the text
// format of Prometheus.
//
//	counts := metrics.New()
//	mcp.Use(counts.Tool)                     // counts and times tool calls
//	handler = counts.Bytes(handler)          // counts bodies
//	mux.Handle("GET /metrics", counts.Handler())
//
// No metric contains an identifier, a file name or anything else of a client, so
// that the number of series is fixed.
package metrics

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const namespace = "dynamic_sessions"

// Metrics are the counters of one server. They may be used concurrently.
type Metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	waits    prometheus.Histogram
	refusals *prometheus.CounterVec
	bytes    *prometheus.CounterVec
}

// New returns metrics that count from zero.
func New() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "calls_total",
			Help: "Tool calls by outcome: ok, failed (an answer that says what went wrong), cancelled, error."}, []string{"tool", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: "call_duration_seconds",
			Help:    "Time of a tool call, including what it waited for.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 240}}, []string{"tool"}),
		waits: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: "execution_wait_seconds",
			Help:    "Time of an execution beyond the run of its code: until its session was ready and its turn had come.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 240}}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "refusals_total",
			Help: "Requests that were refused, by HTTP status."}, []string{"status"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "http_bytes_total",
			Help: "Bytes of bodies, in and out."}, []string{"direction"}),
	}
	m.registry.MustRegister(m.calls, m.seconds, m.waits, m.refusals, m.bytes, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Gauge adds a number that is read whenever the metrics are. read may be called
// concurrently.
func (m *Metrics) Gauge(name, help string, labels map[string]string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, read))
}

// Counter is Gauge for a number that only grows.
func (m *Metrics) Counter(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, read))
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// Waited counts an execution that waited for so long.
func (m *Metrics) Waited(d time.Duration) { m.waits.Observe(d.Seconds()) }

// Refused counts a request that was refused with an HTTP status.
func (m *Metrics) Refused(status int) { m.refusals.WithLabelValues(strconv.Itoa(status)).Inc() }

// Tool is a middleware that counts calls of tools.
func (m *Metrics) Tool(next server.ToolHandlerFunc) server.ToolHandlerFunc {
	return func(ctx context.Context, r mcp.CallToolRequest) (result *mcp.CallToolResult, err error) {
		began, outcome := time.Now(), "error"
		defer func() {
			m.calls.WithLabelValues(r.Params.Name, outcome).Inc()
			m.seconds.WithLabelValues(r.Params.Name).Observe(time.Since(began).Seconds())
		}()
		result, err = next(ctx, r)
		switch {
		case err != nil || result == nil:
		case errors.Is(ctx.Err(), context.Canceled):
			outcome = "cancelled"
		case result.IsError:
			outcome = "failed"
		default:
			outcome = "ok"
		}
		return result, err
	}
}

// Bytes counts the bodies that next reads and writes.
func (m *Metrics) Bytes(next http.Handler) http.Handler {
	in, out := m.bytes.WithLabelValues("in"), m.bytes.WithLabelValues("out")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil {
			r.Body = countedBody{r.Body, in}
		}
		next.ServeHTTP(countedWriter{w, out}, r)
	})
}

type countedBody struct {
	io.ReadCloser
	count prometheus.Counter
}

func (b countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.count.Add(float64(n))
	return n, err
}

type countedWriter struct {
	http.ResponseWriter
	count prometheus.Counter
}

func (w countedWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.count.Add(float64(n))
	return n, err
}

// Unwrap lets http.ResponseController find what can flush.
func (w countedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
