package sandbox

import (
	"io"
	"slices"
	"testing"
	"time"
)

// BenchmarkRoundTrip is what a byte takes to a program in a sandbox and back:
// the part of every call that is not ours.
func BenchmarkRoundTrip(b *testing.B) {
	r := newRuntime(b)
	s, err := r.Start(Spec{
		Args: []string{"/usr/bin/perl", "-e", "$| = 1; while (sysread(STDIN, $c, 1)) { syswrite(STDOUT, $c) }"},
		Data: b.TempDir(),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Kill()
	buf := []byte{1}
	var d []time.Duration
	for b.Loop() {
		began := time.Now()
		if _, err := s.Stdin().Write(buf); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(s.Stdout(), buf); err != nil {
			b.Fatal(err)
		}
		d = append(d, time.Since(began))
	}
	slices.Sort(d)
	b.ReportMetric(float64(d[len(d)/2])/1e6, "p50-ms")
	b.ReportMetric(float64(d[len(d)*99/100])/1e6, "p99-ms")
	b.ReportMetric(0, "ns/op")
}
