package server

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"io"
	"slices"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/local"
)

func timed(do func()) time.Duration {
	begin := time.Now()
	do()
	return time.Since(begin)
}

func median[T cmp.Ordered](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}

// BenchmarkRESTTransfer moves a file of 100 MB through client, service and pool.
func BenchmarkRESTTransfer(b *testing.B) {
	data := make([]byte, 100_000_000)
	rand.Read(data)
	pool := overREST(b, local.Options{}, azure.Options{})
	const id = "benchmark"
	b.Run("upload", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			if _, err := pool.Upload(b.Context(), id, "big", bytes.NewReader(data)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("download", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			_, r, err := pool.Download(b.Context(), id, "big")
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, r); n != int64(len(data)) || err != nil {
				b.Fatal(n, err)
			}
			r.Close()
		}
	})
}
