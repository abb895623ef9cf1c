package longruns

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// asAzure returns the address of a pool that has none of what this program adds to Azure's
// API about executions.
func asAzure(t *testing.T, endpoint string) string {
	t.Helper()
	to, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/output") || r.Method == http.MethodDelete && strings.HasPrefix(r.URL.Path, "/executions/") {
			http.Error(w, `{"error":{"code":"NotFound","message":"no such resource"}}`, http.StatusNotFound)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return front.URL
}

// TestSilentPool: where output comes only at the end, the answers say so.
func TestSilentPool(t *testing.T) {
	t.Parallel()
	program := e2etest.Program(t)
	pool := e2etest.StartPool(t, program, "--no-auth", "--max-run=10m")
	a := e2etest.StartStdio(t, program, "--answer-within=1s", "--out=none", "--pool-endpoint="+asAzure(t, pool.Endpoint), "--azure-credential=none").Agent(t, "test")
	finish(a, a.Run("ready = True"))
	const atTheEnd = "This pool tells what code writes and shows only when it has ended."
	for range 2 { // the second time it is known from the start
		r := a.Run(simulation)
		expect(t, r, "goes on (", atTheEnd)
		if strings.Contains(r.Text(), "step") {
			t.Errorf("it has output: %s", r.Text())
		}
		r = finish(a, r)
		expect(t, r, "step 1\nstep 2", "step 8", "result:\n'the result'")
		if n := len(r.Pictures(t)); n != 1 {
			t.Errorf("%d pictures", n)
		}
	}
}
