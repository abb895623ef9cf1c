package kernel

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// BenchmarkExecute measures one round trip outside any sandbox.
func BenchmarkExecute(b *testing.B) {
	for _, code := range []string{"6 * 7", "x = 1", "print('hello')", "[1, 2, 3]"} {
		b.Run(code, func(b *testing.B) {
			p := start(b, Settings{}, Options{})
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				p.run(b, code)
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			for _, percent := range []int{50, 99} {
				b.ReportMetric(float64(took[len(took)*percent/100].Microseconds()), fmt.Sprintf("µs/p%d", percent))
			}
		})
	}
}

// BenchmarkOutput measures how fast the session takes what code writes.
func BenchmarkOutput(b *testing.B) {
	p := start(b, Settings{MaxSpill: 1}, Options{})
	for _, code := range []string{"print('x' * 99_999_999)", "for i in range(1_000_000): print('x' * 99)"} {
		b.Run(code, func(b *testing.B) {
			b.SetBytes(100_000_000)
			for b.Loop() {
				p.run(b, code)
			}
		})
	}
}
