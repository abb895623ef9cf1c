package httpserver

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/httpserver/httpservertest"
)

func TestBodiesThatStallAreAnsweredAndClosed(t *testing.T) {
	t.Parallel()
	const refusedStatus = 401
	inner := http.NewServeMux()
	inner.HandleFunc("/ignored", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(refusedStatus) })
	inner.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) })
	inner.HandleFunc("/read", func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			w.WriteHeader(http.StatusRequestTimeout)
		}
	})
	server := httptest.NewServer(boundBodies(inner, 50*time.Millisecond, 50*time.Millisecond))
	t.Cleanup(server.Close)
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{"POST", "/ignored", refusedStatus}, {"GET", "/ignored", refusedStatus}, {"DELETE", "/ignored", refusedStatus},
		{"GET", "/long", 200}, {"POST", "/long", 200}, {"POST", "/read", 408},
	} {
		for _, body := range []string{"Content-Length: 100\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nab"} {
			in := httpservertest.Dial(t, server.URL, fmt.Sprintf("%s %s HTTP/1.1\r\nHost: localhost\r\n%s", tt.method, tt.path, body))
			response, err := http.ReadResponse(in, nil)
			if err != nil || response.StatusCode != tt.status {
				t.Errorf("%s %s: %v, %v", tt.method, tt.path, response, err)
				continue
			}
			if _, err := io.Copy(io.Discard, response.Body); err != nil {
				t.Errorf("%s %s: its body: %v", tt.method, tt.path, err)
			}
			if _, err := in.ReadByte(); err == nil || httpservertest.IsTimeout(err) {
				t.Errorf("%s %s: the connection stays open: %v", tt.method, tt.path, err)
			}
		}
	}
}
