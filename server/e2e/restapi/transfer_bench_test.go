package restapi

import (
	"bytes"
	"crypto/rand"
	"io"
	"testing"

	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/local"
)

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
