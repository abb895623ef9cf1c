// Package stdio talks to the built program over its standard streams.
package stdio

import (
	"slices"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

func reportQuantiles(b *testing.B, d []time.Duration) {
	slices.Sort(d)
	b.ReportMetric(float64(d[len(d)/2])/1e6, "p50-ms")
	b.ReportMetric(float64(d[len(d)*99/100])/1e6, "p99-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkInitialize is the time from the start of the process to the answer
// to initialize, while the pool warms.
func BenchmarkInitialize(b *testing.B) {
	program := e2etest.Program(b)
	var d []time.Duration
	for b.Loop() {
		began := time.Now()
		s := e2etest.StartStdio(b, program, "--log-level=error")
		s.Greet()
		d = append(d, time.Since(began))
		s.End()
	}
	reportQuantiles(b, d)
}

// BenchmarkWarmCall is 6 * 7 through MCP in a session that is in use.
func BenchmarkWarmCall(b *testing.B) {
	s := e2etest.StartStdio(b, e2etest.Program(b), "--log-level=error")
	s.Greet()
	s.Run(1, "6 * 7")
	var d []time.Duration
	for b.Loop() {
		answer, took := s.Run(2, "6 * 7")
		if !strings.Contains(answer, "42") {
			b.Fatal(answer)
		}
		d = append(d, took)
	}
	reportQuantiles(b, d)
}
