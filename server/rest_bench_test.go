package server

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/rest"
)

// BenchmarkRESTOverhead compares 6 * 7 through the service with 6 * 7 on the
// pool itself, in turns so that both see the same machine.
func BenchmarkRESTOverhead(b *testing.B) {
	pool, err := local.New(local.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	handler := rest.New(pool, rest.Options{Token: "token"})
	defer handler.Close()
	server := httptest.NewServer(handler)
	defer server.Close()
	const id = "benchmark"
	direct := func() {
		if _, err := pool.Execute(b.Context(), id, sessions.Request{Code: "6 * 7"}); err != nil {
			b.Fatal(err)
		}
	}
	remote := func() {
		r, err := http.NewRequestWithContext(b.Context(), "POST", server.URL+"/executions?api-version=2025-10-02-preview&identifier="+id,
			strings.NewReader(`{"codeInputType":"Inline","executionType":"Synchronous","code":"6 * 7"}`))
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer token")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		defer response.Body.Close()
		if body, err := io.ReadAll(response.Body); err != nil || !bytes.Contains(body, []byte(`"executionResult":42`)) {
			b.Fatalf("%s, %v", body, err)
		}
	}
	direct()
	remote()
	var directs, remotes []time.Duration
	for b.Loop() {
		directs = append(directs, timed(direct))
		remotes = append(remotes, timed(remote))
	}
	b.ReportMetric(float64(median(directs).Microseconds()), "µs/direct")
	b.ReportMetric(float64(median(remotes).Microseconds()), "µs/REST")
}

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
