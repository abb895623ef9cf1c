package local_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
)

// execute runs code that must succeed.
func execute(tb testing.TB, pool sessions.Pool, id sessions.ID, code string) *sessions.Execution {
	tb.Helper()
	x, err := pool.Execute(context.Background(), id, sessions.Request{Code: code})
	if err != nil {
		tb.Fatalf("Execute(%q): %v", code, err)
	}
	return x
}

// report reports the median and the 99th percentile of durations.
func report(b *testing.B, d []time.Duration) {
	slices.Sort(d)
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	b.ReportMetric(ms(d[len(d)/2]), "p50-ms")
	b.ReportMetric(ms(d[len(d)*99/100]), "p99-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkWarm is a call of a session that is in use.
func BenchmarkWarm(b *testing.B) {
	pool := newPool(b, local.Options{})
	id := sessions.NewID()
	execute(b, pool, id, "6 * 7")
	var d []time.Duration
	for b.Loop() {
		began := time.Now()
		execute(b, pool, id, "6 * 7")
		d = append(d, time.Since(began))
	}
	report(b, d)
}

// BenchmarkFirst is the first call of a new session when a sandbox is ready.
func BenchmarkFirst(b *testing.B) {
	pool := newPool(b, local.Options{})
	benchmarkNew(b, pool, func() {
		if err := pool.Prepare(context.Background()); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkCold is the first call of a new session when none is ready.
func BenchmarkCold(b *testing.B) {
	pool := newPool(b, local.Options{Warm: -1})
	execute(b, pool, sessions.NewID(), "1")
	benchmarkNew(b, pool, func() {})
}

// benchmarkNew measures first calls of new sessions, each after before.
func benchmarkNew(b *testing.B, pool sessions.Pool, before func()) {
	var d []time.Duration
	for b.Loop() {
		before()
		id := sessions.NewID()
		began := time.Now()
		execute(b, pool, id, "6 * 7")
		d = append(d, time.Since(began))
		if err := pool.Stop(context.Background(), id); err != nil {
			b.Fatal(err)
		}
	}
	report(b, d)
}
