package local_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

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
	pool := localtest.New(b, local.Options{})
	id := sessions.NewID()
	localtest.Execute(b, pool, id, "6 * 7")
	var d []time.Duration
	for b.Loop() {
		began := time.Now()
		localtest.Execute(b, pool, id, "6 * 7")
		d = append(d, time.Since(began))
	}
	report(b, d)
}

// BenchmarkFirst is the first call of a new session when a sandbox is ready.
func BenchmarkFirst(b *testing.B) {
	pool := localtest.New(b, local.Options{})
	benchmarkNew(b, pool, func() {
		if err := pool.Prepare(context.Background()); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkCold is the first call of a new session when none is ready.
func BenchmarkCold(b *testing.B) {
	pool := localtest.New(b, local.Options{Warm: -1})
	localtest.Execute(b, pool, sessions.NewID(), "1")
	benchmarkNew(b, pool, func() {})
}

// BenchmarkTenAtOnce is how long ten new sessions take that begin together,
// until the last has answered: with no spares at all, and with those that the
// pool keeps after a burst.
func BenchmarkTenAtOnce(b *testing.B) {
	for _, c := range []struct {
		name string
		opts local.Options
	}{{"NoneReady", local.Options{Warm: -1}}, {"AfterBurst", local.Options{}}} {
		b.Run(c.name, func(b *testing.B) {
			pool := localtest.New(b, c.opts)
			tenAtOnce(b, pool)
			var d []time.Duration
			for b.Loop() {
				d = append(d, tenAtOnce(b, pool))
			}
			report(b, d)
		})
	}
}

// tenAtOnce returns how long ten new sessions take. When it returns they are
// gone, and the pool has had time to make spares.
func tenAtOnce(b *testing.B, pool sessions.Pool) time.Duration {
	ids := make([]sessions.ID, 10)
	var calls sync.WaitGroup
	began := time.Now()
	for i := range ids {
		ids[i] = sessions.NewID()
		calls.Go(func() { localtest.Execute(b, pool, ids[i], "6 * 7") })
	}
	calls.Wait()
	took := time.Since(began)
	for _, id := range ids {
		if err := pool.Stop(context.Background(), id); err != nil {
			b.Fatal(err)
		}
	}
	<-time.After(5 * time.Second)
	return took
}

// benchmarkNew measures first calls of new sessions, each after before.
func benchmarkNew(b *testing.B, pool sessions.Pool, before func()) {
	var d []time.Duration
	for b.Loop() {
		before()
		id := sessions.NewID()
		began := time.Now()
		localtest.Execute(b, pool, id, "6 * 7")
		d = append(d, time.Since(began))
		if err := pool.Stop(context.Background(), id); err != nil {
			b.Fatal(err)
		}
	}
	report(b, d)
}
